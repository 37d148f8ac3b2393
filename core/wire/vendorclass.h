/* vendorclass - what a vendor class holds: option 124 of DHCPv4 (RFC 3925 section 3), where each
 * chunk has its length in a byte and the enterprise before it, and 16 of DHCPv6 (RFC 9915
 * section 21.16), which has one enterprise and lengths of two bytes.
 *
 * As with Kea a chunk that says that it is longer than what is left spoils the option; with
 * lenient-option-parsing it is what is left. */
#pragma once

#include "core/base/bytes.h"

typedef struct BerthVendorClass {
    BerthReader r;
    int family;
    bool lenient;
    uint32_t enterprise; /* of the last chunk */
} BerthVendorClass;

BerthVendorClass berth_vendor_class(int family, BerthBytes option, bool lenient);
/* The next chunk; false: there is none, or it is spoilt. An enterprise of DHCPv4 without anything
 * is one without bytes. */
bool berth_vendor_class_next(BerthVendorClass *at, BerthBytes *ret);
bool berth_vendor_class_is_sound(int family, BerthBytes option, bool lenient);
