/* columns - see columns.h. The tables at the end are the format; the rest reads and writes fields.
 */
#include "columns.h"

#define CLIENT_ID_MAX 255
#define DUID_MAX 130
#define HOSTNAME_MAX 255
#define CONTEXT_MAX 65535

/* ---- numbers ---- */

static bool read_number(const char *text, uint64_t max, uint64_t *ret)
{
    uint64_t value = 0;

    if (!*text)
        return false;
    for (; *text; text++) {
        unsigned digit = (unsigned)*text - '0';

        if (digit > 9 || digit > max || value > (max - digit) / 10)
            return false;
        value = value * 10 + digit;
    }
    *ret = value;
    return true;
}

static char *put_number(char *at, uint64_t value)
{
    char *end = at + 1;

    for (uint64_t rest = value; rest >= 10; rest /= 10)
        end++;
    for (char *digit = end; digit > at; value /= 10)
        *--digit = (char)('0' + value % 10);
    return end;
}

/* A field of 32 bits that holds at most `max`. */
static bool read_up_to(const char *text, uint32_t max, void *field)
{
    uint64_t value;

    if (!read_number(text, max, &value))
        return false;
    *(uint32_t *)field = (uint32_t)value;
    return true;
}

static bool read_u32(char *text, size_t len, void *field)
{
    (void)len;
    return read_up_to(text, UINT32_MAX, field);
}

static char *write_u32(char *at, const void *field)
{
    return put_number(at, *(const uint32_t *)field);
}

static bool read_state4(char *text, size_t len, void *field)
{
    (void)len;
    return read_up_to(text, BERTH_LEASE_RELEASED, field);
}

static bool read_state6(char *text, size_t len, void *field)
{
    (void)len;
    return read_up_to(text, BERTH_LEASE_REGISTERED, field);
}

static bool read_prefix_len(char *text, size_t len, void *field)
{
    (void)len;
    return read_up_to(text, 128, field);
}

/* Kea's 1, a temporary address, is in no file: neither server gives such. */
static bool read_type(char *text, size_t len, void *field)
{
    const uint32_t *type = field;

    (void)len;
    return read_up_to(text, BERTH_LEASE_PD, field) &&
           (*type == BERTH_LEASE_NA || *type == BERTH_LEASE_PD);
}

static bool read_time(char *text, size_t len, void *field)
{
    uint64_t value;

    (void)len;
    if (!read_number(text, COLUMNS_TIME_MAX, &value))
        return false;
    *(int64_t *)field = (int64_t)value;
    return true;
}

static char *write_time(char *at, const void *field)
{
    return put_number(at, (uint64_t) * (const int64_t *)field);
}

static bool read_flag(char *text, size_t len, void *field)
{
    (void)len;
    if ((text[0] != '0' && text[0] != '1') || text[1])
        return false;
    *(bool *)field = text[0] == '1';
    return true;
}

static char *write_flag(char *at, const void *field)
{
    *at = *(const bool *)field ? '1' : '0';
    return at + 1;
}

/* What Kea leaves empty where there is no hardware address. */
static bool read_optional(const char *text, uint32_t max, void *field)
{
    uint32_t value;
    bool is_given = *text, is_good = !is_given || read_up_to(text, max, &value);

    if (is_given && is_good)
        *(int64_t *)field = value;
    return is_good;
}

static bool read_hwtype(char *text, size_t len, void *field)
{
    (void)len;
    return read_optional(text, UINT16_MAX, field);
}

static bool read_hwsource(char *text, size_t len, void *field)
{
    (void)len;
    return read_optional(text, UINT32_MAX, field);
}

static char *write_optional(char *at, const void *field)
{
    int64_t value = *(const int64_t *)field;

    return value >= 0 ? put_number(at, (uint64_t)value) : at;
}

/* ---- addresses and identifiers ---- */

static bool read_addr4(char *text, size_t len, void *field)
{
    BerthAddr *addr = field;

    (void)len;
    return berth_addr_parse(text, addr) == 0 && berth_addr_is4(*addr);
}

static bool read_addr6(char *text, size_t len, void *field)
{
    BerthAddr *addr = field;

    (void)len;
    return berth_addr_parse(text, addr) == 0 && !berth_addr_is4(*addr);
}

static char *write_addr(char *at, const void *field)
{
    berth_addr_text(*(const BerthAddr *)field, at);
    return at + strlen(at);
}

static char *put_hex(char *at, BerthBytes bytes)
{
    size_t len = MIN(bytes.len, CLIENT_ID_MAX);

    if (len == 0)
        return at;
    berth_hex_text((BerthBytes){bytes.data, len}, ':', at, 3 * len);
    return at + 3 * len - 1;
}

static bool read_hwaddr(char *text, size_t len, void *field)
{
    BerthHwaddr *hwaddr = field;
    int n = len ? berth_hex_parse(text, hwaddr->bytes, sizeof(hwaddr->bytes)) : 0;

    if (n < 0)
        return false;
    hwaddr->len = (uint8_t)n;
    return true;
}

static char *write_hwaddr(char *at, const void *field)
{
    const BerthHwaddr *hwaddr = field;

    return put_hex(at, (BerthBytes){hwaddr->bytes, hwaddr->len});
}

/* The bytes take the place of their text. */
static bool read_hex(char *text, size_t len, size_t max, BerthBytes *ret)
{
    int n = len ? berth_hex_parse(text, (uint8_t *)text, max) : 0;

    if (n < 0)
        return false;
    *ret = (BerthBytes){(uint8_t *)text, (size_t)n};
    return true;
}

static bool read_client_id(char *text, size_t len, void *field)
{
    return read_hex(text, len, CLIENT_ID_MAX, field);
}

static char *write_client_id(char *at, const void *field)
{
    return put_hex(at, *(const BerthBytes *)field);
}

/* Nobody's, of a declined address: Kea's older versions write one zero, newer ones three. */
static const uint8_t nobody[3];

static bool read_duid(char *text, size_t len, void *field)
{
    BerthBytes *duid = field;

    if (!read_hex(text, len, DUID_MAX, duid))
        return false;
    if (duid->len <= sizeof(nobody) && duid->len != 2 && memcmp(duid->data, nobody, duid->len) == 0)
        duid->len = 0;
    return true;
}

static char *write_duid(char *at, const void *field)
{
    BerthBytes duid = *(const BerthBytes *)field;

    return put_hex(at, duid.len ? duid : (BerthBytes){nobody, sizeof(nobody)});
}

/* ---- escaped text ---- */

#define ESCAPED_LEN 5 /* &#x2c */

static bool is_plain(uint8_t c)
{
    return c >= 0x20 && c <= 0x7e && c != ',' && c != '&';
}

static char *write_escaped(char *at, const void *field)
{
    static const char hex[] = "0123456789abcdef";
    BerthBytes bytes = *(const BerthBytes *)field;

    for (size_t i = 0; i < bytes.len; i++) {
        uint8_t c = bytes.data[i];
        const char escaped[ESCAPED_LEN] = {'&', '#', 'x', hex[c >> 4], hex[c & 15]};

        if (is_plain(c)) {
            *at++ = (char)c;
        } else {
            memcpy(at, escaped, ESCAPED_LEN);
            at += ESCAPED_LEN;
        }
    }
    return at;
}

/* In place, for it only gets shorter. What merely resembles an escape stays as it is: older
 * versions of Kea did not escape '&'. */
static bool read_escaped(char *text, size_t len, size_t max, BerthBytes *ret)
{
    size_t n = 0;

    for (size_t i = 0; i < len; n++) {
        int high = -1, low = -1;

        if (len - i >= ESCAPED_LEN && memcmp(text + i, "&#x", 3) == 0) {
            high = g_ascii_xdigit_value(text[i + 3]);
            low = g_ascii_xdigit_value(text[i + 4]);
        }
        if (high >= 0 && low >= 0) {
            text[n] = (char)(high << 4 | low);
            i += ESCAPED_LEN;
        } else {
            text[n] = text[i++];
        }
    }
    *ret = (BerthBytes){(const uint8_t *)text, n};
    return n <= max;
}

static bool read_hostname(char *text, size_t len, void *field)
{
    return read_escaped(text, len, HOSTNAME_MAX, field);
}

static bool read_context(char *text, size_t len, void *field)
{
    return read_escaped(text, len, CONTEXT_MAX, field);
}

/* ---- rows and leases ---- */

void row_clear(Row *row)
{
    *row = (Row){.type = BERTH_LEASE_V4, .prefix_len = 32, .hw_type = -1, .hw_source = -1};
}

void row_to_lease(const Row *row, BerthLease *lease)
{
    BerthHwaddr hwaddr = row->hwaddr;

    /* Where the file doesn't have it: Ethernet. */
    hwaddr.type = hwaddr.len == 0 ? 0 : row->hw_type < 0 ? 1 : (uint16_t)row->hw_type;
    berth_lease_clear(lease);
    berth_lease_set_type(lease, (BerthLeaseType)row->type);
    berth_lease_set_state(lease, (BerthLeaseState)row->state);
    berth_lease_set_addr(lease, row->addr, (uint8_t)row->prefix_len);
    berth_lease_set_subnet(lease, row->subnet_id, row->pool_id);
    berth_lease_set_iaid(lease, row->iaid);
    berth_lease_set_lifetimes(lease, row->valid_sec,
                              row->type == BERTH_LEASE_V4 ? row->valid_sec : row->preferred_sec);
    berth_lease_set_cltt(lease, row->expire - row->valid_sec);
    berth_lease_set_hwaddr(lease, hwaddr);
    /* Kea's numbers are one bit each, of 8; what is none of them is of unknown source. */
    if (row->hw_source > 0 && row->hw_source <= UINT8_MAX)
        berth_lease_set_hwaddr_source(lease, (uint8_t)row->hw_source);
    berth_lease_set_client_id(lease, row->id);
    berth_lease_set_hostname(lease, row->hostname, row->fwd, row->rev);
    berth_lease_set_context(lease, row->context);
}

/* Always cltt + valid_lifetime, for an infinite lease, too; cut to what can be read again. */
static int64_t expire(int64_t cltt, uint32_t valid_sec)
{
    return CLAMP(CLAMP(cltt, -(int64_t)UINT32_MAX, COLUMNS_TIME_MAX) + valid_sec, 0,
                 COLUMNS_TIME_MAX);
}

void row_from_lease(Row *row, const BerthLease *lease, bool removed)
{
    uint32_t valid_sec = removed ? 0 : berth_lease_valid_sec(lease);
    BerthHwaddr hwaddr = berth_lease_hwaddr(lease);

    *row = (Row){
        .addr = berth_lease_addr(lease),
        .hwaddr = hwaddr,
        .id = berth_lease_client_id(lease),
        .hostname = berth_lease_hostname(lease),
        .context = berth_lease_context(lease),
        .valid_sec = valid_sec,
        .preferred_sec = berth_lease_preferred_sec(lease),
        .subnet_id = berth_lease_subnet_id(lease),
        .pool_id = berth_lease_pool_id(lease),
        .iaid = berth_lease_iaid(lease),
        .state = berth_lease_state(lease),
        .type = berth_lease_type(lease),
        .prefix_len = berth_lease_prefix_len(lease),
        .expire = expire(berth_lease_cltt(lease), valid_sec),
        .hw_type = hwaddr.len ? hwaddr.type : -1,
        .hw_source = hwaddr.len ? berth_lease_hwaddr_source(lease) : -1,
        .fwd = berth_lease_fqdn_fwd(lease),
        .rev = berth_lease_fqdn_rev(lease),
    };
}

size_t row_text_max(const Row *row)
{
    /* Of the rest addresses are longest, but for these two. */
    return COLUMNS_MAX * (BERTH_ADDR_TEXT + 1) + 3 * CLIENT_ID_MAX + 3 * BERTH_HWADDR_MAX +
           ESCAPED_LEN * (row->hostname.len + row->context.len);
}

/* ---- the format: kea-leases4.csv, schema 3.0, and kea-leases6.csv, schema 5.0 ---- */

#define AT(member) offsetof(Row, member)
#define U32 "a number from 0 to 4294967295"
#define TIME "seconds since 1970, at most 253402300799"
#define FLAG "0 or 1"
#define HWADDR "up to 20 bytes in hex, or empty"
#define HOSTNAME "at most 255 bytes"
#define CONTEXT "at most 65535 bytes"

/* clang-format off */
const Column columns4[] = {
    {"address",        AT(addr),          read_addr4,      write_addr,      "an IPv4 address"},
    {"hwaddr",         AT(hwaddr),        read_hwaddr,     write_hwaddr,    HWADDR},
    {"client_id",      AT(id),            read_client_id,  write_client_id, "up to 255 bytes in hex, or empty"},
    {"valid_lifetime", AT(valid_sec),     read_u32,        write_u32,       U32},
    {"expire",         AT(expire),        read_time,       write_time,      TIME},
    {"subnet_id",      AT(subnet_id),     read_u32,        write_u32,       U32},
    {"fqdn_fwd",       AT(fwd),           read_flag,       write_flag,      FLAG},
    {"fqdn_rev",       AT(rev),           read_flag,       write_flag,      FLAG},
    {"hostname",       AT(hostname),      read_hostname,   write_escaped,   HOSTNAME},
    {"state",          AT(state),         read_state4,     write_u32,       "0, 1, 2 or 3"},
    {"user_context",   AT(context),       read_context,    write_escaped,   CONTEXT},
    {"pool_id",        AT(pool_id),       read_u32,        write_u32,       U32},
};

const Column columns6[] = {
    {"address",        AT(addr),          read_addr6,      write_addr,      "an IPv6 address"},
    {"duid",           AT(id),            read_duid,       write_duid,      "up to 130 bytes in hex"},
    {"valid_lifetime", AT(valid_sec),     read_u32,        write_u32,       U32},
    {"expire",         AT(expire),        read_time,       write_time,      TIME},
    {"subnet_id",      AT(subnet_id),     read_u32,        write_u32,       U32},
    {"pref_lifetime",  AT(preferred_sec), read_u32,        write_u32,       U32},
    {"lease_type",     AT(type),          read_type,       write_u32,       "0 or 2"},
    {"iaid",           AT(iaid),          read_u32,        write_u32,       U32},
    {"prefix_len",     AT(prefix_len),    read_prefix_len, write_u32,       "a number from 0 to 128"},
    {"fqdn_fwd",       AT(fwd),           read_flag,       write_flag,      FLAG},
    {"fqdn_rev",       AT(rev),           read_flag,       write_flag,      FLAG},
    {"hostname",       AT(hostname),      read_hostname,   write_escaped,   HOSTNAME},
    {"hwaddr",         AT(hwaddr),        read_hwaddr,     write_hwaddr,    HWADDR},
    {"state",          AT(state),         read_state6,     write_u32,       "a number from 0 to 4"},
    {"user_context",   AT(context),       read_context,    write_escaped,   CONTEXT},
    {"hwtype",         AT(hw_type),       read_hwtype,     write_optional,  "a number from 0 to 65535, or empty"},
    {"hwaddr_source",  AT(hw_source),     read_hwsource,   write_optional,  U32 ", or empty"},
    {"pool_id",        AT(pool_id),       read_u32,        write_u32,       U32},
};
/* clang-format on */
