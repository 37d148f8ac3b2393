/* vendorclass - see vendorclass.h. */
#include "core/wire/vendorclass.h"

#include <glib.h>

BerthVendorClass berth_vendor_class(int family, BerthBytes option, bool lenient)
{
    BerthVendorClass at = {berth_reader(option), family, lenient, 0};

    if (family == 6)
        at.enterprise = berth_read_u32(&at.r);
    return at;
}

bool berth_vendor_class_next(BerthVendorClass *at, BerthBytes *ret)
{
    size_t len = 0;

    if (berth_reader_left(&at->r) == 0)
        return false;
    if (at->family == 4)
        at->enterprise = berth_read_u32(&at->r);
    if (at->family == 6)
        len = berth_read_u16(&at->r);
    else if (berth_reader_left(&at->r) > 0)
        len = berth_read_u8(&at->r);
    if (at->lenient)
        len = MIN(len, berth_reader_left(&at->r));
    *ret = berth_read(&at->r, len);
    return !at->r.failed;
}

bool berth_vendor_class_is_sound(int family, BerthBytes option, bool lenient)
{
    BerthVendorClass at = berth_vendor_class(family, option, lenient);
    BerthBytes chunk;

    while (berth_vendor_class_next(&at, &chunk))
        ;
    return option.len > 0 && !at.r.failed;
}
