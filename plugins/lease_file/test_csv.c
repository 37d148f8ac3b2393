/* The rows of a lease file, both ways. */
#include "csv.h"

#include "core/lease/lease.h"
#include "tests/lib/rows.h"

#include <errno.h>

#define NAMES "address,hwaddr,client_id,valid_lifetime,expire,subnet_id,fqdn_fwd,fqdn_rev,hostname"
#define FIRST "10.0.0.1,02:00:00:00:00:01,01:02:03,3600,1767229200,1,"

/* Reads a row below a header and writes it again; NULL with reader->why when it is refused. */
static char *again(CsvReader *reader, const char *header, BerthBytes row)
{
    g_autofree char *names = g_strdup(header), *line = g_malloc0(row.len + 1);
    BerthLease *lease = berth_lease_new();
    GString *out = NULL;

    csv_reader_init(reader);
    CHECK_INT(csv_read_header(reader, names), CSV_HEADER_GOOD);
    memcpy(line, row.data, row.len);
    if (csv_read_row(reader, line, row.len, lease) == 0) {
        out = g_string_new(NULL);
        csv_append_row(out, lease, lease->valid_sec == 0);
        g_string_truncate(out, out->len - 1);
    }
    berth_lease_free(lease);
    return out ? g_string_free(out, FALSE) : NULL;
}

static void test_rows(void)
{
    static const char newest[] = NAMES ",state,user_context,pool_id";
    /* `out` NULL: as it was; `why`: it is refused, saying this. */
    static const struct {
        const char *name, *header, *row, *out, *why;
    } rows[] = {
        /* clang-format off */
        {"all columns", newest, FIRST "1,0,a.example,0,{ \"a\": 1 },7", NULL, NULL},
        {"schema 1.0", NAMES, FIRST "1,1,h", FIRST "1,1,h,0,,0", NULL},
        {"schema 2.0", NAMES ",state", FIRST "0,0,,2", FIRST "0,0,,2,,0", NULL},
        {"schema 2.1", NAMES ",state,user_context", FIRST "0,0,,0,{}", FIRST "0,0,,0,{},0", NULL},
        {"a newer row below an old header", NAMES, FIRST "0,0,h,3,{},9", NULL, NULL},
        {"a newer schema", NAMES ",state,user_context,pool_id,more,yet", FIRST "0,0,,0,,3,x,y", FIRST "0,0,,0,,3", NULL},
        {"our row below a newer header", NAMES ",state,user_context,pool_id,more", FIRST "0,0,,0,,3", NULL, NULL},
        {"too few columns", newest, FIRST "0,0,h", NULL, "9 columns, not 12"},
        {"too few for a newer header", NAMES ",state,user_context,pool_id,more", FIRST "0,0,,0,", NULL, "11 columns, not 12"},
        {"too many columns", newest, FIRST "0,0,h,0,,0,", NULL, "13 columns, not 12"},
        {"an empty line", newest, "", NULL, "1 columns, not 12"},
        {"declined, nobody's", newest, "10.0.0.9,,,86400,1767229200,1,0,0,,1,,0", NULL, NULL},
        {"active, nobody's", newest, "10.0.0.9,,,86400,1767229200,1,0,0,,0,,0", NULL, "both empty"},
        {"removed, nobody's", newest, "10.0.0.9,,,0,1767229200,1,0,0,,0,,0", NULL, NULL},
        {"client id only", newest, "10.0.0.9,,ff:00,60,1767229200,1,0,0,,0,,0", NULL, NULL},
        {"hwaddr only", newest, "10.0.0.9,0a,,60,1767229200,1,0,0,,0,,0", NULL, NULL},
        {"hwaddr of 21 bytes", newest, "10.0.0.9,00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00,,60,1767229200,1,0,0,,0,,0", NULL, "hwaddr must be"},
        {"infinite", newest, "10.0.0.9,0a,,4294967295,6062196495,1,0,0,,0,,0", NULL, NULL},
        {"no address", newest, ",0a,,60,1767229200,1,0,0,,0,,0", NULL, "address must be"},
        {"a v6 address", newest, "2001:db8::1,0a,,60,1767229200,1,0,0,,0,,0", NULL, "address must be"},
        {"hwaddr not hex", newest, "10.0.0.9,0x:zz,,60,1767229200,1,0,0,,0,,0", NULL, "hwaddr must be"},
        {"lifetime empty", newest, "10.0.0.9,0a,,,1767229200,1,0,0,,0,,0", NULL, "valid_lifetime must be"},
        {"lifetime too large", newest, "10.0.0.9,0a,,4294967296,1767229200,1,0,0,,0,,0", NULL, "valid_lifetime must be"},
        {"lifetime negative", newest, "10.0.0.9,0a,,-1,1767229200,1,0,0,,0,,0", NULL, "valid_lifetime must be"},
        {"lifetime of 40 digits", newest, "10.0.0.9,0a,,1000000000000000000000000000000000000000,1767229200,1,0,0,,0,,0", NULL, "valid_lifetime must be"},
        {"expire 0", newest, "10.0.0.9,0a,,60,0,1,0,0,,0,,0", NULL, NULL},
        {"expire negative", newest, "10.0.0.9,0a,,60,-5,1,0,0,,0,,0", NULL, "expire must be"},
        {"expire beyond 2^32", newest, "10.0.0.9,0a,,60,4294967297,1,0,0,,0,,0", NULL, NULL},
        {"expire in the year 9999", newest, "10.0.0.9,0a,,60,253402300799,1,0,0,,0,,0", NULL, NULL},
        {"expire in the year 10000", newest, "10.0.0.9,0a,,60,253402300800,1,0,0,,0,,0", NULL, "expire must be"},
        {"expire beyond 2^64", newest, "10.0.0.9,0a,,60,18446744073709551616,1,0,0,,0,,0", NULL, "expire must be"},
        {"subnet not a number", newest, "10.0.0.9,0a,,60,1767229200,one,0,0,,0,,0", NULL, "subnet_id must be"},
        {"flag 2", newest, "10.0.0.9,0a,,60,1767229200,1,2,0,,0,,0", NULL, "fqdn_fwd must be"},
        {"flag empty", newest, "10.0.0.9,0a,,60,1767229200,1,0,,,0,,0", NULL, "fqdn_rev must be"},
        {"state 4", newest, FIRST "0,0,,4,,0", NULL, "state must be"},
        {"pool id", newest, FIRST "0,0,,0,,x", NULL, "pool_id must be"},
        {"an escaped comma", newest, FIRST "0,0,a&#x2cb,0,,0", NULL, NULL},
        {"an escape in capitals", newest, FIRST "0,0,a&#x2Cb,0,,0", FIRST "0,0,a&#x2cb,0,,0", NULL},
        {"an escape of nothing special", newest, FIRST "0,0,&#x61,0,,0", FIRST "0,0,a,0,,0", NULL},
        {"a plain ampersand", newest, FIRST "0,0,a&b,0,,0", FIRST "0,0,a&#x26b,0,,0", NULL},
        {"half an escape", newest, FIRST "0,0,a&#x2,0,,0", FIRST "0,0,a&#x26#x2,0,,0", NULL},
        {"no escape", newest, FIRST "0,0,&#xzz,0,,0", FIRST "0,0,&#x26#xzz,0,,0", NULL},
        {"an escape that makes an escape", newest, FIRST "0,0,&#x26#x2c,0,,0", NULL, NULL},
        {"context", newest, FIRST "0,0,,0,{ \"a\": \"b&#x2cc\" },0", NULL, NULL},
        /* clang-format on */
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        CsvReader reader;
        g_autofree char *out = again(&reader, rows[i].header, berth_bytes(rows[i].row));

        berth_row("%s", rows[i].name);
        if (rows[i].why)
            CHECK_HAS(reader.why, rows[i].why);
        CHECK_TEXT(out, rows[i].why ? NULL : rows[i].out ? rows[i].out : rows[i].row);
    }
}

static void test_headers(void)
{
    static const struct {
        const char *name, *text;
        int kind;
        const char *why;
    } rows[] = {
        {"schema 1.0", NAMES, CSV_HEADER_GOOD, ""},
        {"too short", "address,hwaddr,client_id", CSV_HEADER_FOREIGN, "has 3 columns"},
        {"of DHCPv6", "address,duid,valid_lifetime,expire", CSV_HEADER_FOREIGN,
         "column 2 is 'duid'"},
        {"another order", "address,client_id,hwaddr", CSV_HEADER_FOREIGN,
         "column 2 is 'client_id'"},
        {"empty", "", CSV_HEADER_DAMAGED, ""},
        {"a row", FIRST, CSV_HEADER_DAMAGED, ""},
        {"garbage", "\x01\xff,,", CSV_HEADER_DAMAGED, ""},
        {"its first letter gone", "ddress,hwaddr", CSV_HEADER_DAMAGED, ""},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *text = g_strdup(rows[i].text);
        CsvReader reader;

        csv_reader_init(&reader);
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
}

/* Writes a lease, reads it again, and it is the same. */
static void round_trip(const BerthLease *lease)
{
    g_autoptr(GString) out = g_string_new(NULL);
    BerthLease *back = berth_lease_new();
    CsvReader reader;

    csv_reader_init(&reader);
    csv_append_row(out, lease, false);
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
static void test_bytes(void)
{
    g_autofree uint8_t *bytes = g_malloc(65535);
    BerthLease lease;

    for (size_t i = 0; i < 65535; i++)
        bytes[i] = (uint8_t)i;
    berth_lease_clear(&lease);
    lease.addr = berth_addr4(0x0a000001);
    lease.valid_sec = 3600;
    lease.cltt = 1767225600;
    for (size_t len = 1; len <= 255; len++) {
        berth_row("%zu bytes", len);
        lease.client_id = (BerthBytes){bytes + 255 - len, len};
        lease.hostname = (BerthBytes){bytes + len, len};
        lease.context = (BerthBytes){bytes, 256 * (len - 1) + len};
        round_trip(&lease);
    }
    memset(bytes, 0, 65535);
    berth_row("the longest row");
    lease.context = (BerthBytes){bytes, 65535};
    lease.hostname = (BerthBytes){bytes, 255};
    round_trip(&lease);
}

/* Every byte of a row becomes every other byte: read or refused, and never a step beyond the end.
 */
static void test_damage(void)
{
    static const char row[] = FIRST "1,0,a&#x2cb,0,{ \"a\": 1 },7";
    unsigned read = 0, refused = 0;

    for (size_t i = 0; i < strlen(row); i++) {
        for (unsigned byte = 0; byte < 256; byte++) {
            g_autofree char *line = g_strdup(row), *out = NULL;
            CsvReader reader;

            berth_row("byte %zu is 0x%02x", i, byte);
            line[i] = (char)byte;
            out = again(&reader, NAMES ",state,user_context,pool_id",
                        (BerthBytes){(uint8_t *)line, strlen(row)});
            CHECK_INT(out == NULL, reader.why[0] != '\0');
            if (byte == 0)
                CHECK_TEXT(reader.why, "it has a NUL byte");
            read += out != NULL;
            refused += out == NULL;
        }
    }
    CHECK(read > 1000 && refused > 5000);
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
        csv_append_row(out, &lease, false);
        csv_append_row(removed, &lease, true);
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
