/* msg4 - reading a parsed message; see msg4.h. Parsing, writing and text have rooms of their own.
 */
#include "core/wire/msg4.h"

#include "core/base/addr.h"
#include <glib.h>

static BerthReader option_of_len(const BerthMsg4 *msg, uint8_t code, size_t len, bool *ret_ok)
{
    *ret_ok = msg->has_option[code] && msg->option[code].len == len;
    return berth_reader(msg->option[code]);
}

bool berth_msg4_u8(const BerthMsg4 *msg, uint8_t code, uint8_t *ret)
{
    bool ok;
    BerthReader r = option_of_len(msg, code, 1, &ok);

    if (ok)
        *ret = berth_read_u8(&r);
    return ok;
}

bool berth_msg4_u16(const BerthMsg4 *msg, uint8_t code, uint16_t *ret)
{
    bool ok;
    BerthReader r = option_of_len(msg, code, 2, &ok);

    if (ok)
        *ret = berth_read_u16(&r);
    return ok;
}

bool berth_msg4_u32(const BerthMsg4 *msg, uint8_t code, uint32_t *ret)
{
    bool ok;
    BerthReader r = option_of_len(msg, code, 4, &ok);

    if (ok)
        *ret = berth_read_u32(&r);
    return ok;
}

bool berth_msg4_addr(const BerthMsg4 *msg, uint8_t code, BerthAddr *ret)
{
    uint32_t number;
    bool ok = berth_msg4_u32(msg, code, &number);

    if (ok)
        *ret = berth_addr4(number);
    return ok;
}

bool berth_msg4_bytes(const BerthMsg4 *msg, uint8_t code, BerthBytes *ret)
{
    if (msg->has_option[code])
        *ret = msg->option[code];
    return msg->has_option[code];
}

/* The next code-length-value item; false when it does not lie within. */
static bool next_item(BerthReader *r, uint8_t *ret_code, BerthBytes *ret_value)
{
    *ret_code = berth_read_u8(r);
    *ret_value = berth_read(r, berth_read_u8(r));
    return !r->failed;
}

bool berth_sub4_find(BerthBytes items, uint8_t sub, BerthBytes *ret)
{
    BerthReader r = berth_reader(items);
    BerthBytes value;
    uint8_t code;

    while (berth_reader_left(&r) > 0 && next_item(&r, &code, &value)) {
        if (code != sub)
            continue;
        *ret = value;
        return true;
    }
    return false;
}

bool berth_sub4_valid(BerthBytes items)
{
    BerthReader r = berth_reader(items);
    BerthBytes value;
    uint8_t code;

    while (berth_reader_left(&r) > 0)
        if (!next_item(&r, &code, &value))
            return false;
    return items.len > 0;
}

const char *berth_type4_name(BerthType4 type)
{
    static const char *const names[] = {
        [BERTH_DHCPDISCOVER] = "DHCPDISCOVER",
        [BERTH_DHCPOFFER] = "DHCPOFFER",
        [BERTH_DHCPREQUEST] = "DHCPREQUEST",
        [BERTH_DHCPDECLINE] = "DHCPDECLINE",
        [BERTH_DHCPACK] = "DHCPACK",
        [BERTH_DHCPNAK] = "DHCPNAK",
        [BERTH_DHCPRELEASE] = "DHCPRELEASE",
        [BERTH_DHCPINFORM] = "DHCPINFORM",
        [10] = "DHCPLEASEQUERY", /* RFC 4388 */
        [11] = "DHCPLEASEUNASSIGNED",
        [12] = "DHCPLEASEUNKNOWN",
        [13] = "DHCPLEASEACTIVE",
        [14] = "DHCPBULKLEASEQUERY", /* RFC 6926 */
        [15] = "DHCPLEASEQUERYDONE",
    };

    return type < G_N_ELEMENTS(names) && names[type] ? names[type] : "UNKNOWN";
}
