/* msg6 - reading a parsed message; see msg6.h. Parsing, writing and text have rooms of their own.
 */
#include "core/wire/msg6.h"

#include "core/base/addr.h"
#include <glib.h>

const BerthOption6 *berth_options6_find_next(BerthOptions6 in, uint16_t code,
                                             const BerthOption6 *after)
{
    const BerthOption6 *option = after;

    while ((option = berth_options6_next(in, option)))
        if (option->code == code)
            return option;
    return NULL;
}

const BerthOption6 *berth_options6_find(BerthOptions6 in, uint16_t code)
{
    return berth_options6_find_next(in, code, NULL);
}

bool berth_options6_bytes(BerthOptions6 in, uint16_t code, BerthBytes *ret)
{
    const BerthOption6 *option = berth_options6_find(in, code);

    if (option)
        *ret = option->value;
    return option != NULL;
}

/* A reader over the option when it has that length. */
static bool read_of_len(BerthOptions6 in, uint16_t code, size_t len, BerthReader *ret)
{
    BerthBytes value;

    if (!berth_options6_bytes(in, code, &value) || value.len != len)
        return false;
    *ret = berth_reader(value);
    return true;
}

bool berth_options6_u8(BerthOptions6 in, uint16_t code, uint8_t *ret)
{
    BerthReader r;
    bool ok = read_of_len(in, code, 1, &r);

    if (ok)
        *ret = berth_read_u8(&r);
    return ok;
}

bool berth_options6_u16(BerthOptions6 in, uint16_t code, uint16_t *ret)
{
    BerthReader r;
    bool ok = read_of_len(in, code, 2, &r);

    if (ok)
        *ret = berth_read_u16(&r);
    return ok;
}

bool berth_options6_u32(BerthOptions6 in, uint16_t code, uint32_t *ret)
{
    BerthReader r;
    bool ok = read_of_len(in, code, 4, &r);

    if (ok)
        *ret = berth_read_u32(&r);
    return ok;
}

BerthAddr berth_read_addr6(BerthReader *r)
{
    BerthBytes bytes = berth_read(r, sizeof(BerthAddr));
    BerthAddr addr = BERTH_ADDR6_ANY;

    if (bytes.len > 0)
        memcpy(addr.b, bytes.data, bytes.len);
    return addr;
}

bool berth_options6_addr(BerthOptions6 in, uint16_t code, BerthAddr *ret)
{
    BerthReader r;
    bool ok = read_of_len(in, code, sizeof(*ret), &r);

    if (ok)
        *ret = berth_read_addr6(&r);
    return ok;
}

const BerthOption6 *berth_msg6_relay_option(const BerthMsg6 *msg, uint16_t code)
{
    const BerthOption6 *option = NULL;

    for (unsigned i = msg->n_relays; i > 0 && !option; i--)
        option = berth_options6_find(msg->relays[i - 1].options, code);
    return option;
}

bool berth_options6_asks(BerthOptions6 in, uint16_t request, uint16_t code)
{
    BerthBytes codes = {0};
    BerthReader r;

    berth_options6_bytes(in, request, &codes);
    r = berth_reader(codes);
    while (berth_reader_left(&r) >= 2)
        if (berth_read_u16(&r) == code)
            return true;
    return false;
}

bool berth_option6_ia(const BerthOption6 *option, BerthIa6 *ret)
{
    BerthReader r = berth_reader(option->value);
    BerthIa6 ia = {.iaid = berth_read_u32(&r)};

    if (option->code != BERTH_D6O_IA_TA) {
        ia.t1 = berth_read_u32(&r);
        ia.t2 = berth_read_u32(&r);
    }
    if (r.failed)
        return false;
    *ret = ia;
    return true;
}

bool berth_option6_lease(const BerthOption6 *option, BerthIaLease6 *ret)
{
    BerthReader r = berth_reader(option->value);
    BerthIaLease6 lease = {.len = 128};

    /* RFC 9915 sections 21.6 and 21.22: an address stands before its times, a prefix behind. */
    if (option->code == BERTH_D6O_IAADDR)
        lease.addr = berth_read_addr6(&r);
    lease.preferred_sec = berth_read_u32(&r);
    lease.valid_sec = berth_read_u32(&r);
    if (option->code != BERTH_D6O_IAADDR) {
        lease.len = berth_read_u8(&r);
        lease.addr = berth_read_addr6(&r);
    }
    if (r.failed || lease.len > 128)
        return false;
    *ret = lease;
    return true;
}

bool berth_option6_status(const BerthOption6 *option, BerthStatusOption6 *ret)
{
    BerthReader r = berth_reader(option->value);
    uint16_t status = berth_read_u16(&r);

    if (r.failed)
        return false;
    *ret = (BerthStatusOption6){status, berth_read(&r, berth_reader_left(&r))};
    return true;
}

bool berth_option6_vendor(const BerthOption6 *option, BerthVendor6 *ret)
{
    BerthReader r = berth_reader(option->value);
    uint32_t enterprise = berth_read_u32(&r);

    if (r.failed)
        return false;
    *ret = (BerthVendor6){enterprise, berth_read(&r, berth_reader_left(&r))};
    return true;
}

const BerthOption6 *berth_options6_vendor(BerthOptions6 in, uint16_t code, uint32_t enterprise)
{
    const BerthOption6 *option = NULL;
    BerthVendor6 vendor;

    while ((option = berth_options6_find_next(in, code, option)))
        if (berth_option6_vendor(option, &vendor) && vendor.enterprise == enterprise)
            return option;
    return NULL;
}

bool berth_option6_hwaddr(const BerthOption6 *option, BerthHwaddr *ret)
{
    BerthReader r = berth_reader(option->value);
    BerthHwaddr hwaddr = {.type = berth_read_u16(&r)};
    BerthBytes bytes = berth_read(&r, berth_reader_left(&r));

    if (r.failed || bytes.len == 0 || bytes.len > sizeof(hwaddr.bytes))
        return false;
    hwaddr.len = (uint8_t)bytes.len;
    memcpy(hwaddr.bytes, bytes.data, bytes.len);
    *ret = hwaddr;
    return true;
}

const char *berth_type6_name(BerthType6 type)
{
    static const char *const names[] = {
        [BERTH_SOLICIT] = "SOLICIT",
        [BERTH_ADVERTISE] = "ADVERTISE",
        [BERTH_REQUEST] = "REQUEST",
        [BERTH_CONFIRM] = "CONFIRM",
        [BERTH_RENEW] = "RENEW",
        [BERTH_REBIND] = "REBIND",
        [BERTH_REPLY] = "REPLY",
        [BERTH_RELEASE] = "RELEASE",
        [BERTH_DECLINE] = "DECLINE",
        [BERTH_RECONFIGURE] = "RECONFIGURE",
        [BERTH_INFORMATION_REQUEST] = "INFORMATION_REQUEST",
        [BERTH_RELAY_FORW] = "RELAY_FORW",
        [BERTH_RELAY_REPL] = "RELAY_REPL",
        [14] = "LEASEQUERY", /* RFC 5007, RFC 5460 */
        [15] = "LEASEQUERY_REPLY",
        [16] = "LEASEQUERY_DONE",
        [17] = "LEASEQUERY_DATA",
        [20] = "DHCPV4_QUERY", /* RFC 7341 */
        [21] = "DHCPV4_RESPONSE",
        [BERTH_ADDR_REG_INFORM] = "ADDR_REG_INFORM",
        [BERTH_ADDR_REG_REPLY] = "ADDR_REG_REPLY",
    };

    return (unsigned)type < G_N_ELEMENTS(names) && names[type] ? names[type] : "UNKNOWN";
}

const char *berth_status6_name(uint16_t status)
{
    static const char *const names[] = {
        "Success",        "UnspecFail",    "NoAddrsAvail",  "NoBinding",
        "NotOnLink",      "UseMulticast",  "NoPrefixAvail", "UnknownQueryType",
        "MalformedQuery", "NotConfigured", "NotAllowed",    "QueryTerminated",
    };

    return status < G_N_ELEMENTS(names) ? names[status] : "";
}
