/* The rows of a lease file, both ways. */
#include "csv.h"

#include "core/lease/lease.h"
#include "tests/lib/rows.h"

#include <errno.h>

#define NAMES "address,hwaddr,client_id,valid_lifetime,expire,subnet_id,fqdn_fwd,fqdn_rev,hostname"
#define FIRST "10.0.0.1,02:00:00:00:00:01,01:02:03,3600,1767229200,1,"
#define NEWEST NAMES ",state,user_context,pool_id"
#define NAMES6                                                                               \
    "address,duid,valid_lifetime,expire,subnet_id,pref_lifetime,lease_type,iaid,prefix_len," \
    "fqdn_fwd,fqdn_rev,hostname"
#define FIRST6 "2001:db8::1,00:03:00:01:0a,3600,1767229200,1,1800,0,4294967295,128,"
#define PREFIX6 "2001:db8:0:ff00::,00:03:00:01:0a,3600,1767229200,1,1800,2,1,56,"
#define NEWEST6 NAMES6 ",hwaddr,state,user_context,hwtype,hwaddr_source,pool_id"

/* Reads a row below a header and writes it again; NULL with reader->why when it is refused. */
static char *again(CsvReader *reader, int family, const char *header, BerthBytes row)
{
    g_autofree char *names = g_strdup(header), *line = g_malloc0(row.len + 1);
    BerthLease *lease = berth_lease_new();
    GString *out = NULL;

    csv_reader_init(reader, csv_format(family));
    CHECK_INT(csv_read_header(reader, names), CSV_HEADER_GOOD);
    memcpy(line, row.data, row.len);
    if (csv_read_row(reader, line, row.len, lease) == 0) {
        out = g_string_new(NULL);
        csv_append_row(reader->format, out, lease, lease->valid_sec == 0);
        g_string_truncate(out, out->len - 1);
    }
    berth_lease_free(lease);
    return out ? g_string_free(out, FALSE) : NULL;
}

/* `out` NULL: as it was; `why`: it is refused, saying this. */
typedef struct RowCase {
    const char *name, *header, *row, *out, *why;
} RowCase;

/* clang-format off */
static const RowCase rows4[] = {
    {"all columns", NEWEST, FIRST "1,0,a.example,0,{ \"a\": 1 },7", NULL, NULL},
    {"schema 1.0", NAMES, FIRST "1,1,h", FIRST "1,1,h,0,,0", NULL},
    {"schema 2.0", NAMES ",state", FIRST "0,0,,2", FIRST "0,0,,2,,0", NULL},
    {"schema 2.1", NAMES ",state,user_context", FIRST "0,0,,0,{}", FIRST "0,0,,0,{},0", NULL},
    {"a newer row below an old header", NAMES, FIRST "0,0,h,3,{},9", NULL, NULL},
    {"a newer schema", NAMES ",state,user_context,pool_id,more,yet", FIRST "0,0,,0,,3,x,y", FIRST "0,0,,0,,3", NULL},
    {"our row below a newer header", NAMES ",state,user_context,pool_id,more", FIRST "0,0,,0,,3", NULL, NULL},
    {"too few columns", NEWEST, FIRST "0,0,h", NULL, "9 columns, not 12"},
    {"too few for a newer header", NAMES ",state,user_context,pool_id,more", FIRST "0,0,,0,", NULL, "11 columns, not 12"},
    {"too many columns", NEWEST, FIRST "0,0,h,0,,0,", NULL, "13 columns, not 12"},
    {"an empty line", NEWEST, "", NULL, "1 columns, not 12"},
    {"declined, nobody's", NEWEST, "10.0.0.9,,,86400,1767229200,1,0,0,,1,,0", NULL, NULL},
    {"removed, nobody's", NEWEST, "10.0.0.9,,,0,1767229200,1,0,0,,0,,0", NULL, NULL},
    {"client id only", NEWEST, "10.0.0.9,,ff:00,60,1767229200,1,0,0,,0,,0", NULL, NULL},
    {"hwaddr only", NEWEST, "10.0.0.9,0a,,60,1767229200,1,0,0,,0,,0", NULL, NULL},
    {"hwaddr of 21 bytes", NEWEST, "10.0.0.9,00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00,,60,1767229200,1,0,0,,0,,0", NULL, "hwaddr must be"},
    {"infinite", NEWEST, "10.0.0.9,0a,,4294967295,6062196495,1,0,0,,0,,0", NULL, NULL},
    {"no address", NEWEST, ",0a,,60,1767229200,1,0,0,,0,,0", NULL, "address must be"},
    {"a v6 address", NEWEST, "2001:db8::1,0a,,60,1767229200,1,0,0,,0,,0", NULL, "address must be"},
    {"hwaddr not hex", NEWEST, "10.0.0.9,0x:zz,,60,1767229200,1,0,0,,0,,0", NULL, "hwaddr must be"},
    {"lifetime empty", NEWEST, "10.0.0.9,0a,,,1767229200,1,0,0,,0,,0", NULL, "valid_lifetime must be"},
    {"lifetime too large", NEWEST, "10.0.0.9,0a,,4294967296,1767229200,1,0,0,,0,,0", NULL, "valid_lifetime must be"},
    {"lifetime negative", NEWEST, "10.0.0.9,0a,,-1,1767229200,1,0,0,,0,,0", NULL, "valid_lifetime must be"},
    {"lifetime of 40 digits", NEWEST, "10.0.0.9,0a,,1000000000000000000000000000000000000000,1767229200,1,0,0,,0,,0", NULL, "valid_lifetime must be"},
    {"expire 0", NEWEST, "10.0.0.9,0a,,60,0,1,0,0,,0,,0", NULL, NULL},
    {"expire negative", NEWEST, "10.0.0.9,0a,,60,-5,1,0,0,,0,,0", NULL, "expire must be"},
    {"expire beyond 2^32", NEWEST, "10.0.0.9,0a,,60,4294967297,1,0,0,,0,,0", NULL, NULL},
    {"expire in the year 9999", NEWEST, "10.0.0.9,0a,,60,253402300799,1,0,0,,0,,0", NULL, NULL},
    {"expire in the year 10000", NEWEST, "10.0.0.9,0a,,60,253402300800,1,0,0,,0,,0", NULL, "expire must be"},
    {"expire beyond 2^64", NEWEST, "10.0.0.9,0a,,60,18446744073709551616,1,0,0,,0,,0", NULL, "expire must be"},
    {"subnet not a number", NEWEST, "10.0.0.9,0a,,60,1767229200,one,0,0,,0,,0", NULL, "subnet_id must be"},
    {"flag 2", NEWEST, "10.0.0.9,0a,,60,1767229200,1,2,0,,0,,0", NULL, "fqdn_fwd must be"},
    {"flag empty", NEWEST, "10.0.0.9,0a,,60,1767229200,1,0,,,0,,0", NULL, "fqdn_rev must be"},
    {"state 4", NEWEST, FIRST "0,0,,4,,0", NULL, "state must be"},
    {"pool id", NEWEST, FIRST "0,0,,0,,x", NULL, "pool_id must be"},
    {"an escaped comma", NEWEST, FIRST "0,0,a&#x2cb,0,,0", NULL, NULL},
    {"an escape in capitals", NEWEST, FIRST "0,0,a&#x2Cb,0,,0", FIRST "0,0,a&#x2cb,0,,0", NULL},
    {"an escape of nothing special", NEWEST, FIRST "0,0,&#x61,0,,0", FIRST "0,0,a,0,,0", NULL},
    {"a plain ampersand", NEWEST, FIRST "0,0,a&b,0,,0", FIRST "0,0,a&#x26b,0,,0", NULL},
    {"half an escape", NEWEST, FIRST "0,0,a&#x2,0,,0", FIRST "0,0,a&#x26#x2,0,,0", NULL},
    {"no escape", NEWEST, FIRST "0,0,&#xzz,0,,0", FIRST "0,0,&#x26#xzz,0,,0", NULL},
    {"an escape that makes an escape", NEWEST, FIRST "0,0,&#x26#x2c,0,,0", NULL, NULL},
    {"context", NEWEST, FIRST "0,0,,0,{ \"a\": \"b&#x2cc\" },0", NULL, NULL},
    {0},
};

static const RowCase rows6[] = {
    {"an address, all columns", NEWEST6, FIRST6 "1,0,a.example,02:00:00:00:00:01,0,{ \"a\": 1 },1,0,7", NULL, NULL},
    {"a prefix, all columns", NEWEST6, PREFIX6 "0,1,,02:00:00:00:00:01,0,{},6,0,7", NULL, NULL},
    {"without a hardware address", NEWEST6, FIRST6 "0,0,,,0,,,,0", NULL, NULL},
    {"a hardware address of another type", NEWEST6, FIRST6 "0,0,,0a:0b,0,,32,0,0", NULL, NULL},
    {"a hardware address of some source", NEWEST6, FIRST6 "0,0,,0a:0b,0,,1,8,0", NULL, NULL},
    {"of one that no lease can have", NEWEST6, FIRST6 "0,0,,0a:0b,0,,1,4294967295,0", FIRST6 "0,0,,0a:0b,0,,1,0,0", NULL},
    {"a hardware address of empty type", NEWEST6, FIRST6 "0,0,,0a:0b,0,,,,0", FIRST6 "0,0,,0a:0b,0,,1,0,0", NULL},
    {"a type of no hardware address", NEWEST6, FIRST6 "0,0,,,0,,1,2,0", FIRST6 "0,0,,,0,,,,0", NULL},
    {"schema 1.0", NAMES6, FIRST6 "1,1,h", FIRST6 "1,1,h,,0,,,,0", NULL},
    {"schema 2.0", NAMES6 ",hwaddr", FIRST6 "0,0,,0a", FIRST6 "0,0,,0a,0,,1,0,0", NULL},
    {"schema 3.0", NAMES6 ",hwaddr,state", FIRST6 "0,0,,0a,2", FIRST6 "0,0,,0a,2,,1,0,0", NULL},
    {"schema 3.1", NAMES6 ",hwaddr,state,user_context", PREFIX6 "0,0,,,3,{}", PREFIX6 "0,0,,,3,{},,,0", NULL},
    {"schema 4.0", NAMES6 ",hwaddr,state,user_context,hwtype,hwaddr_source", PREFIX6 "0,0,,0a,0,{},6,0", PREFIX6 "0,0,,0a,0,{},6,0,0", NULL},
    {"a newer row below an old header", NAMES6, PREFIX6 "0,0,h,,4,,,,9", NULL, NULL},
    {"a newer schema", NEWEST6 ",more", FIRST6 "0,0,,,0,,,,3,x", FIRST6 "0,0,,,0,,,,3", NULL},
    {"too few columns", NEWEST6, FIRST6 "0,0,h", NULL, "12 columns, not 18"},
    {"too many columns", NEWEST6, FIRST6 "0,0,h,,0,,,,0,", NULL, "19 columns, not 18"},
    {"registered", NEWEST6, FIRST6 "0,0,,,4,,,,0", NULL, NULL},
    {"state 5", NEWEST6, FIRST6 "0,0,,,5,,,,0", NULL, "state must be"},
    {"declined, nobody's", NEWEST6, "2001:db8::9,00:00:00,86400,1767229200,1,0,0,0,128,0,0,,,1,,,,0", NULL, NULL},
    {"declined, nobody's, of an older Kea", NEWEST6, "2001:db8::9,00,86400,1767229200,1,0,0,0,128,0,0,,,1,,,,0",
     "2001:db8::9,00:00:00,86400,1767229200,1,0,0,0,128,0,0,,,1,,,,0", NULL},
    {"declined, without any DUID", NEWEST6, "2001:db8::9,,86400,1767229200,1,0,0,0,128,0,0,,,1,,,,0",
     "2001:db8::9,00:00:00,86400,1767229200,1,0,0,0,128,0,0,,,1,,,,0", NULL},
    {"a DUID of two zeros", NEWEST6, "2001:db8::9,00:00,86400,1767229200,1,0,0,0,128,0,0,,,1,,,,0", NULL, NULL},
    {"removed", NEWEST6, "2001:db8::9,0a,0,1767229200,1,0,0,0,128,0,0,,,0,,,,0", NULL, NULL},
    {"infinite", NEWEST6, "2001:db8::9,0a,4294967295,6062196495,1,4294967295,0,0,128,0,0,,,0,,,,0", NULL, NULL},
    {"a prefix of 128 bits", NEWEST6, "2001:db8::9,0a,60,1767229200,1,0,2,0,128,0,0,,,0,,,,0", NULL, NULL},
    {"a prefix of 129 bits", NEWEST6, "2001:db8::9,0a,60,1767229200,1,0,2,0,129,0,0,,,0,,,,0", NULL, "prefix_len must be"},
    {"a temporary address", NEWEST6, "2001:db8::9,0a,60,1767229200,1,0,1,0,128,0,0,,,0,,,,0", NULL, "lease_type must be 0 or 2"},
    {"an IPv4 address", NEWEST6, "10.0.0.1,0a,60,1767229200,1,0,0,0,128,0,0,,,0,,,,0", NULL, "address must be an IPv6"},
    {"a mapped address", NEWEST6, "::ffff:10.0.0.1,0a,60,1767229200,1,0,0,0,128,0,0,,,0,,,,0", NULL, "address must be an IPv6"},
    {"an address in capitals", NEWEST6, "2001:DB8:0::9,0a,60,1767229200,1,0,0,0,128,0,0,,,0,,,,0",
     "2001:db8::9,0a,60,1767229200,1,0,0,0,128,0,0,,,0,,,,0", NULL},
    {"IAID too large", NEWEST6, "2001:db8::9,0a,60,1767229200,1,0,0,4294967296,128,0,0,,,0,,,,0", NULL, "iaid must be"},
    {"IAID empty", NEWEST6, "2001:db8::9,0a,60,1767229200,1,0,0,,128,0,0,,,0,,,,0", NULL, "iaid must be"},
    {"preferred lifetime negative", NEWEST6, "2001:db8::9,0a,60,1767229200,1,-1,0,0,128,0,0,,,0,,,,0", NULL, "pref_lifetime must be"},
    {"hwtype too large", NEWEST6, FIRST6 "0,0,,0a,0,,65536,0,0", NULL, "hwtype must be"},
    {"hwaddr_source not a number", NEWEST6, FIRST6 "0,0,,0a,0,,1,duid,0", NULL, "hwaddr_source must be"},
    {0},
};
/* clang-format on */

static void check_rows(int family, const RowCase *rows)
{
    for (const RowCase *row = rows; row->name; row++) {
        CsvReader reader;
        g_autofree char *out = again(&reader, family, row->header, berth_bytes(row->row));

        berth_row("DHCPv%d: %s", family, row->name);
        if (row->why)
            CHECK_HAS(reader.why, row->why);
        CHECK_TEXT(out, row->why ? NULL : row->out ? row->out : row->row);
    }
}

static void test_rows(void)
{
    check_rows(4, rows4);
    check_rows(6, rows6);
}

static void test_headers(void)
{
    static const struct {
        const char *name, *text;
        int family, kind;
        const char *why;
    } rows[] = {
        {"schema 1.0", NAMES, 4, CSV_HEADER_GOOD, ""},
        {"too short", "address,hwaddr,client_id", 4, CSV_HEADER_FOREIGN, "has 3 columns"},
        {"of DHCPv6", NEWEST6, 4, CSV_HEADER_FOREIGN,
         "column 2 is 'duid', but in a DHCPv4 lease file it is 'hwaddr'"},
        {"another order", "address,client_id,hwaddr", 4, CSV_HEADER_FOREIGN,
         "column 2 is 'client_id'"},
        {"empty", "", 4, CSV_HEADER_DAMAGED, ""},
        {"a row", FIRST, 4, CSV_HEADER_DAMAGED, ""},
        {"garbage", "\x01\xff,,", 4, CSV_HEADER_DAMAGED, ""},
        {"its first letter gone", "ddress,hwaddr", 4, CSV_HEADER_DAMAGED, ""},
        {"v6, schema 1.0", NAMES6, 6, CSV_HEADER_GOOD, ""},
        {"v6, newest schema", NEWEST6, 6, CSV_HEADER_GOOD, ""},
        {"v6, too short", "address,duid,valid_lifetime", 6, CSV_HEADER_FOREIGN,
         "has 3 columns, but a DHCPv6 lease file has at least 12"},
        {"v6, of DHCPv4", NEWEST, 6, CSV_HEADER_FOREIGN,
         "column 2 is 'hwaddr', but in a DHCPv6 lease file it is 'duid'"},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *text = g_strdup(rows[i].text);
        CsvReader reader;

        csv_reader_init(&reader, csv_format(rows[i].family));
        berth_row("%s", rows[i].name);
        CHECK_INT(csv_read_header(&reader, text), rows[i].kind);
        CHECK_HAS(reader.why, rows[i].why);
    }
}

static void check_same(const BerthLease *a, const BerthLease *b)
{
    CHECK_BYTES(a->client_id, b->client_id);
    CHECK_BYTES(a->hostname, b->hostname);
    CHECK_BYTES(a->context, b->context);
    CHECK_INT(a->hwaddr.len, b->hwaddr.len);
    CHECK_INT(a->cltt, b->cltt);
    CHECK_INT(a->valid_sec, b->valid_sec);
    CHECK_INT(a->preferred_sec, b->preferred_sec);
    CHECK_INT(a->iaid, b->iaid);
    CHECK_INT(a->type, b->type);
    CHECK_INT(a->prefix_len, b->prefix_len);
    CHECK_INT(a->state, b->state);
}

/* Writes a lease, reads it again, and it is the same. */
static void round_trip(const BerthLease *lease)
{
    const CsvFormat *format = csv_format(lease->type == BERTH_LEASE_V4 ? 4 : 6);
    g_autoptr(GString) out = g_string_new(NULL);
    BerthLease *back = berth_lease_new();
    CsvReader reader;

    csv_reader_init(&reader, format);
    csv_append_row(format, out, lease, false);
    CHECK(out->len <= CSV_LINE_MAX);
    CHECK_INT(out->str[out->len - 1], '\n');
    CHECK(strchr(out->str, '\n') == out->str + out->len - 1);
    out->str[out->len - 1] = '\0';
    CHECK_INT(csv_read_row(&reader, out->str, out->len - 1, back), 0);
    CHECK_TEXT(reader.why, "");
    check_same(back, lease);
    berth_lease_free(back);
}

/* HI-004 and HI-147: every length of identifier, every byte in names, the longest of all. */
static void trip_bytes(BerthLease *lease, size_t id_max)
{
    g_autofree uint8_t *bytes = g_malloc(65535);

    for (size_t i = 0; i < 65535; i++)
        bytes[i] = (uint8_t)i;
    for (size_t len = 1; len <= id_max; len++) {
        berth_row("type %u, %zu bytes", lease->type, len);
        lease->client_id = (BerthBytes){bytes + 255 - len, len};
        lease->hostname = (BerthBytes){bytes + len, len};
        lease->context = (BerthBytes){bytes, 256 * (len - 1) + len};
        round_trip(lease);
    }
    memset(bytes, 0, 65535);
    berth_row("type %u, the longest row", lease->type);
    lease->context = (BerthBytes){bytes, 65535};
    lease->hostname = (BerthBytes){bytes, 255};
    round_trip(lease);
}

static void test_bytes(void)
{
    BerthLease lease;

    berth_lease_clear(&lease);
    lease.addr = berth_addr4(0x0a000001);
    lease.valid_sec = lease.preferred_sec = 3600;
    lease.cltt = 1767225600;
    trip_bytes(&lease, 255);
    lease.type = BERTH_LEASE_PD;
    lease.addr = (BerthAddr){{0x20, 1, 0xd, 0xb8}};
    lease.prefix_len = 56;
    lease.iaid = 0x80000000;
    lease.preferred_sec = 1800;
    lease.state = BERTH_LEASE_REGISTERED;
    trip_bytes(&lease, 130);
}

/* Every byte of a row becomes every other byte: read or refused, and never a step beyond the end.
 */
static void damage(int family, const char *header, const char *row)
{
    unsigned read = 0, refused = 0;

    for (size_t i = 0; i < strlen(row); i++) {
        for (unsigned byte = 0; byte < 256; byte++) {
            g_autofree char *line = g_strdup(row), *out = NULL;
            CsvReader reader;

            berth_row("byte %zu is 0x%02x", i, byte);
            line[i] = (char)byte;
            out = again(&reader, family, header, (BerthBytes){(uint8_t *)line, strlen(row)});
            CHECK_INT(out == NULL, reader.why[0] != '\0');
            if (byte == 0)
                CHECK_TEXT(reader.why, "it has a NUL byte");
            read += out != NULL;
            refused += out == NULL;
        }
    }
    CHECK(read > 1000 && refused > 5000);
}

static void test_damage(void)
{
    damage(4, NEWEST, FIRST "1,0,a&#x2cb,0,{ \"a\": 1 },7");
    damage(6, NEWEST6, PREFIX6 "1,0,a&#x2cb,0a:0b,0,{ \"a\": 1 },1,0,7");
}

/* What is written of times that no file can hold is cut to what can be read again. */
static void test_times(void)
{
    static const struct {
        const char *name;
        int64_t cltt;
        const char *want, *want_removed;
    } rows[] = {
        {"before 1970", -1000000, ",3600,0,", ",0,0,"},
        {"at the end of time", INT64_MAX, ",3600,253402300799,", ",0,253402300799,"},
        {"at its beginning", INT64_MIN, ",3600,0,", ",0,0,"},
        {"now", 1767225600, ",3600,1767229200,", ",0,1767225600,"},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(GString) out = g_string_new(NULL), removed = g_string_new(NULL);
        BerthLease lease;

        berth_row("%s", rows[i].name);
        berth_lease_clear(&lease);
        lease.addr = berth_addr4(0x0a000001);
        lease.valid_sec = 3600;
        lease.cltt = rows[i].cltt;
        csv_append_row(csv_format(4), out, &lease, false);
        csv_append_row(csv_format(4), removed, &lease, true);
        CHECK_HAS(out->str, rows[i].want);
        CHECK_HAS(removed->str, rows[i].want_removed);
    }
}

int main(int argc, char **argv)
{
    static const BerthTest tests[] = {
        {"rows", test_rows},     {"headers", test_headers}, {"bytes", test_bytes},
        {"damage", test_damage}, {"times", test_times},     {0},
    };

    return berth_tests_main("lease_file_csv", tests, argc, argv);
}
