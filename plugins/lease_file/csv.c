/* csv - see csv.h. The table of columns at the end is the format; the rest reads and writes fields.
 */
#include "csv.h"

#include <errno.h>
#include <stdarg.h>

#define HOSTNAME_MAX 255
#define CONTEXT_MAX 65535

/* A row while it is read. */
typedef struct Row {
    BerthAddr addr;
    BerthHwaddr hwaddr;
    uint8_t *client_id; /* room for 255 */
    size_t client_id_len;
    uint32_t valid_sec, subnet_id, pool_id, state;
    int64_t expire;
    bool fwd, rev;
    BerthBytes hostname, context;
} Row;

/* A field of a row: `text` has a NUL at `len`. */
typedef bool (*ReadField)(char *text, size_t len, Row *row);
/* `removed`: the row that takes the lease away is being written. */
typedef void (*WriteField)(GString *out, const BerthLease *lease, bool removed);

typedef struct Column {
    const char *name;
    ReadField read;
    WriteField write;
    const char *must; /* how it must look, for people */
} Column;

/* ---- plain values ---- */

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

static bool read_u32(const char *text, uint32_t *ret)
{
    uint64_t value;

    if (!read_number(text, UINT32_MAX, &value))
        return false;
    *ret = (uint32_t)value;
    return true;
}

static bool read_flag(const char *text, bool *ret)
{
    uint64_t value;

    if (!read_number(text, 1, &value))
        return false;
    *ret = value;
    return true;
}

/* ---- escaped text ---- */

static bool is_plain(uint8_t c)
{
    return c >= 0x20 && c <= 0x7e && c != ',' && c != '&';
}

static void append_escaped(GString *out, BerthBytes bytes)
{
    for (size_t i = 0; i < bytes.len; i++) {
        if (is_plain(bytes.data[i]))
            g_string_append_c(out, (char)bytes.data[i]);
        else
            g_string_append_printf(out, "&#x%02x", bytes.data[i]);
    }
}

/* In place, for it only gets shorter. What merely resembles an escape stays as it is: older
 * versions of Kea did not escape '&'. */
static BerthBytes unescape(char *text, size_t len)
{
    size_t n = 0;

    for (size_t i = 0; i < len; n++) {
        int high = -1, low = -1;

        if (len - i >= 5 && memcmp(text + i, "&#x", 3) == 0) {
            high = g_ascii_xdigit_value(text[i + 3]);
            low = g_ascii_xdigit_value(text[i + 4]);
        }
        if (high >= 0 && low >= 0) {
            text[n] = (char)(high << 4 | low);
            i += 5;
        } else {
            text[n] = text[i++];
        }
    }
    return (BerthBytes){(const uint8_t *)text, n};
}

/* ---- the columns, read ---- */

static bool read_address(char *text, size_t len, Row *row)
{
    (void)len;
    return berth_addr_parse(text, &row->addr) == 0 && berth_addr_is4(row->addr);
}

static bool read_hwaddr(char *text, size_t len, Row *row)
{
    int n = len ? berth_hex_parse(text, row->hwaddr.bytes, sizeof(row->hwaddr.bytes)) : 0;

    if (n < 0)
        return false;
    row->hwaddr.len = (uint8_t)n;
    row->hwaddr.type = n ? 1 : 0; /* The file doesn't have it: Ethernet. */
    return true;
}

static bool read_client_id(char *text, size_t len, Row *row)
{
    int n = len ? berth_hex_parse(text, row->client_id, 255) : 0;

    if (n < 0)
        return false;
    row->client_id_len = (size_t)n;
    return true;
}

static bool read_valid(char *text, size_t len, Row *row)
{
    (void)len;
    return read_u32(text, &row->valid_sec);
}

static bool read_expire(char *text, size_t len, Row *row)
{
    uint64_t value;

    (void)len;
    if (!read_number(text, CSV_TIME_MAX, &value))
        return false;
    row->expire = (int64_t)value;
    return true;
}

static bool read_subnet(char *text, size_t len, Row *row)
{
    (void)len;
    return read_u32(text, &row->subnet_id);
}

static bool read_fwd(char *text, size_t len, Row *row)
{
    (void)len;
    return read_flag(text, &row->fwd);
}

static bool read_rev(char *text, size_t len, Row *row)
{
    (void)len;
    return read_flag(text, &row->rev);
}

static bool read_hostname(char *text, size_t len, Row *row)
{
    row->hostname = unescape(text, len);
    return row->hostname.len <= HOSTNAME_MAX;
}

static bool read_state(char *text, size_t len, Row *row)
{
    (void)len;
    return read_u32(text, &row->state) && row->state <= BERTH_LEASE_RELEASED;
}

static bool read_context(char *text, size_t len, Row *row)
{
    row->context = unescape(text, len);
    return row->context.len <= CONTEXT_MAX;
}

static bool read_pool(char *text, size_t len, Row *row)
{
    (void)len;
    return read_u32(text, &row->pool_id);
}

/* ---- the columns, written ---- */

static void write_address(GString *out, const BerthLease *lease, bool removed)
{
    char text[BERTH_ADDR_TEXT];

    (void)removed;
    g_string_append(out, berth_addr_text(berth_lease_addr(lease), text));
}

static void append_hex(GString *out, BerthBytes bytes)
{
    char text[3 * 255 + 1];

    g_string_append(out, berth_hex_text(bytes, ':', text, sizeof(text)));
}

static void write_hwaddr(GString *out, const BerthLease *lease, bool removed)
{
    BerthHwaddr hwaddr = berth_lease_hwaddr(lease);

    (void)removed;
    append_hex(out, (BerthBytes){hwaddr.bytes, hwaddr.len});
}

static void write_client_id(GString *out, const BerthLease *lease, bool removed)
{
    (void)removed;
    append_hex(out, berth_lease_client_id(lease));
}

static uint32_t valid_sec(const BerthLease *lease, bool removed)
{
    return removed ? 0 : berth_lease_valid_sec(lease);
}

static void write_valid(GString *out, const BerthLease *lease, bool removed)
{
    g_string_append_printf(out, "%" G_GUINT32_FORMAT, valid_sec(lease, removed));
}

/* Always cltt + valid_lifetime, for an infinite lease, too; cut to what can be read again. */
static void write_expire(GString *out, const BerthLease *lease, bool removed)
{
    int64_t cltt = CLAMP(berth_lease_cltt(lease), -(int64_t)UINT32_MAX, CSV_TIME_MAX);
    int64_t expire = CLAMP(cltt + valid_sec(lease, removed), 0, CSV_TIME_MAX);

    g_string_append_printf(out, "%" G_GINT64_FORMAT, expire);
}

static void write_subnet(GString *out, const BerthLease *lease, bool removed)
{
    (void)removed;
    g_string_append_printf(out, "%" G_GUINT32_FORMAT, berth_lease_subnet_id(lease));
}

static void write_fwd(GString *out, const BerthLease *lease, bool removed)
{
    (void)removed;
    g_string_append_c(out, berth_lease_fqdn_fwd(lease) ? '1' : '0');
}

static void write_rev(GString *out, const BerthLease *lease, bool removed)
{
    (void)removed;
    g_string_append_c(out, berth_lease_fqdn_rev(lease) ? '1' : '0');
}

static void write_hostname(GString *out, const BerthLease *lease, bool removed)
{
    (void)removed;
    append_escaped(out, berth_lease_hostname(lease));
}

static void write_state(GString *out, const BerthLease *lease, bool removed)
{
    (void)removed;
    g_string_append_printf(out, "%u", (unsigned)berth_lease_state(lease));
}

static void write_context(GString *out, const BerthLease *lease, bool removed)
{
    (void)removed;
    append_escaped(out, berth_lease_context(lease));
}

static void write_pool(GString *out, const BerthLease *lease, bool removed)
{
    (void)removed;
    g_string_append_printf(out, "%" G_GUINT32_FORMAT, berth_lease_pool_id(lease));
}

/* ---- the format: kea-leases4.csv, schema 3.0 ---- */

#define COLUMNS_MIN 9 /* schema 1.0; 2.0 added state, 2.1 user_context, 3.0 pool_id */
#define COLUMNS G_N_ELEMENTS(columns)
#define U32 "a number from 0 to 4294967295"

/* clang-format off */
static const Column columns[] = {
    {"address",        read_address,   write_address,   "an IPv4 address"},
    {"hwaddr",         read_hwaddr,    write_hwaddr,    "up to 20 bytes in hex, or empty"},
    {"client_id",      read_client_id, write_client_id, "up to 255 bytes in hex, or empty"},
    {"valid_lifetime", read_valid,     write_valid,     U32},
    {"expire",         read_expire,    write_expire,    "seconds since 1970, at most 253402300799"},
    {"subnet_id",      read_subnet,    write_subnet,    U32},
    {"fqdn_fwd",       read_fwd,       write_fwd,       "0 or 1"},
    {"fqdn_rev",       read_rev,       write_rev,       "0 or 1"},
    {"hostname",       read_hostname,  write_hostname,  "at most 255 bytes"},
    {"state",          read_state,     write_state,     "0, 1, 2 or 3"},
    {"user_context",   read_context,   write_context,   "at most 65535 bytes"},
    {"pool_id",        read_pool,      write_pool,      U32},
};
/* clang-format on */

void csv_append_header(GString *out)
{
    for (size_t i = 0; i < COLUMNS; i++)
        g_string_append_printf(out, "%s%s", i ? "," : "", columns[i].name);
    g_string_append_c(out, '\n');
}

void csv_reader_init(CsvReader *reader)
{
    reader->schema = (CsvSchema){.min = COLUMNS_MIN, .max = COLUMNS};
    reader->why[0] = '\0';
}

/* Cuts the first field off *rest; NULL when there is none left. */
static char *next_field(char **rest, size_t *len)
{
    char *field = *rest, *comma = field ? strchr(field, ',') : NULL;

    if (!field)
        return NULL;
    *len = comma ? (size_t)(comma - field) : strlen(field);
    *rest = comma ? comma + 1 : NULL;
    if (comma)
        *comma = '\0';
    return field;
}

static int damaged(CsvReader *reader, const char *format, ...) G_GNUC_PRINTF(2, 3);
static int damaged(CsvReader *reader, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    g_vsnprintf(reader->why, sizeof(reader->why), format, args);
    va_end(args);
    return -EINVAL;
}

static CsvHeader foreign(CsvReader *reader, unsigned column, const char *name)
{
    char shown[64];

    damaged(reader, "column %u is '%s', but in a DHCPv4 lease file it is '%s'", column + 1,
            berth_escape(berth_bytes(name), shown, sizeof(shown)), columns[column].name);
    return CSV_HEADER_FOREIGN;
}

CsvHeader csv_read_header(CsvReader *reader, char *line)
{
    unsigned n = 0;
    size_t len;

    if (strncmp(line, "address,", 8) != 0)
        return CSV_HEADER_DAMAGED;
    for (char *field; (field = next_field(&line, &len)); n++)
        if (n < COLUMNS && strcmp(field, columns[n].name) != 0)
            return foreign(reader, n, field);
    if (n < COLUMNS_MIN) {
        damaged(reader, "it has %u columns, but a DHCPv4 lease file has at least %u", n,
                COLUMNS_MIN);
        return CSV_HEADER_FOREIGN;
    }
    reader->schema = (CsvSchema){.min = MIN(n, (unsigned)COLUMNS),
                                 .max = MAX(n, (unsigned)COLUMNS),
                                 .is_older = (n < COLUMNS),
                                 .is_newer = (n > COLUMNS)};
    return CSV_HEADER_GOOD;
}

static unsigned count_fields(const char *line)
{
    unsigned n = 1;

    while ((line = strchr(line, ','))) {
        line++;
        n++;
    }
    return n;
}

static int read_fields(CsvReader *reader, char *line, Row *row)
{
    size_t len;

    for (size_t i = 0; i < COLUMNS; i++) {
        char *field = next_field(&line, &len);

        if (!field)
            return 0; /* An older schema: the rest keeps its default, 0 or empty. */
        if (!columns[i].read(field, len, row))
            return damaged(reader, "%s must be %s", columns[i].name, columns[i].must);
    }
    return 0;
}

static void fill(BerthLease *lease, const Row *row)
{
    berth_lease_clear(lease);
    berth_lease_set_type(lease, BERTH_LEASE_V4);
    berth_lease_set_state(lease, (BerthLeaseState)row->state);
    berth_lease_set_addr(lease, row->addr, 32);
    berth_lease_set_subnet(lease, row->subnet_id, row->pool_id);
    berth_lease_set_lifetimes(lease, row->valid_sec, row->valid_sec);
    berth_lease_set_cltt(lease, row->expire - row->valid_sec);
    berth_lease_set_hwaddr(lease, row->hwaddr);
    berth_lease_set_client_id(lease, (BerthBytes){row->client_id, row->client_id_len});
    berth_lease_set_hostname(lease, row->hostname, row->fwd, row->rev);
    berth_lease_set_context(lease, row->context);
}

int csv_read_row(CsvReader *reader, char *line, size_t len, BerthLease *lease)
{
    const CsvSchema *schema = &reader->schema;
    Row row = {.client_id = reader->client_id};
    unsigned n;
    int r;

    if (strlen(line) != len)
        return damaged(reader, "it has a NUL byte");
    n = count_fields(line);
    if (n < schema->min || n > schema->max)
        return damaged(reader, "it has %u columns, not %u", n,
                       n < schema->min ? schema->min : schema->max);
    r = read_fields(reader, line, &row);
    if (r < 0)
        return r;
    if (row.valid_sec && row.state != BERTH_LEASE_DECLINED && !row.hwaddr.len && !row.client_id_len)
        return damaged(reader, "hwaddr and client_id are both empty");
    fill(lease, &row);
    return 0;
}

void csv_append_row(GString *out, const BerthLease *lease, bool removed)
{
    for (size_t i = 0; i < COLUMNS; i++) {
        if (i)
            g_string_append_c(out, ',');
        columns[i].write(out, lease, removed);
    }
    g_string_append_c(out, '\n');
}
