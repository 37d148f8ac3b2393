/* test_opttype - formats, standard definitions, option text <-> bytes, and what errors say. */
#include "core/wire/opttype.h"
#include "tests/lib/rows.h"

#include <errno.h>

#define DNR_PREFIX \
    "0001"         \
    "10"           \
    "03646f74076578616d706c6500" /* behind the length: 1, dot.example. */

typedef struct TextRow {
    const char *name;
    const char *format;
    const char *text;
    const char *hex;  /* the bytes */
    const char *back; /* their text, NULL: as it was */
} TextRow;

/* clang-format off */
static const TextRow texts[] = {
    {"uint8",              "uint8", "255", "ff", NULL},
    {"uint8 hex",          "uint8", "0x10", "10", "16"},
    {"uint8 blanks",       "uint8", " 7 ", "07", "7"},
    {"uint16",             "uint16", "1500", "05dc", NULL},
    {"uint32",             "uint32", "4294967295", "ffffffff", NULL},
    {"int8",               "int8", "-128", "80", NULL},
    {"int16",              "int16", "-2", "fffe", NULL},
    {"int32 lowest",       "int32", "-2147483648", "80000000", NULL},
    {"int32 highest",      "int32", "2147483647", "7fffffff", NULL},
    {"boolean true",       "boolean", "true", "01", NULL},
    {"boolean 0",          "boolean", "0", "00", "false"},
    {"ipv4",               "ipv4-address", "192.0.2.1", "c0000201", NULL},
    {"ipv4 array",         "ipv4-address array", "192.0.2.1,192.0.2.2", "c0000201c0000202",
                           "192.0.2.1, 192.0.2.2"},
    {"ipv6",               "ipv6-address", "2001:db8::1", "20010db8000000000000000000000001", NULL},
    {"ipv6 prefix",        "ipv6-prefix", "2001:db8::/33", "2120010db800", NULL},
    {"ipv6 prefix all",    "ipv6-prefix", "::/0", "00", NULL},
    {"ipv6 prefix host bits", "ipv6-prefix", "2001:db8::1/32", "2020010db8", "2001:db8::/32"},
    {"psid",               "psid", "3/4", "043000", NULL},
    {"psid 16",            "psid", "65535/16", "10ffff", NULL},
    {"psid 0",             "psid", "0/0", "000000", NULL},
    {"string",             "string", "a text", "612074657874", NULL},
    {"string with comma",  "string", "a\\,b", "612c62", NULL},
    {"string with backslash", "string", "C:\\boot", "433a5c626f6f74", NULL},
    {"string with both",   "string", "a\\\\,b", "615c2c62", NULL},
    {"tuple array",        "tuple array", "one, b\\,c", "036f6e6503622c63", NULL},
    {"fqdn",               "fqdn", "www.Example.org", "03777777074578616d706c65036f726700", "www.Example.org."},
    {"fqdn root",          "fqdn", ".", "00", NULL},
    {"fqdn array",         "fqdn array", "a.b., c.", "0161016200016300", NULL},
    {"record",             "record(uint8, uint16, ipv4-address)", "1, 2, 192.0.2.1", "010002c0000201", NULL},
    {"record array",       "record(boolean, ipv4-address) array", "true, 192.0.2.1, 192.0.2.2",
                           "01c0000201c0000202", NULL},
    {"record with string", "record(uint8, string)", "3, hello", "0368656c6c6f", NULL},
    {"record with binary", "record(uint32, binary)", "4491, 0x0102", "0000118b0102", NULL},
    {"record with quotes", "record(uint8, binary)", "0, 'ab'", "006162", "0, 0x6162"},
    {"binary",             "binary", "0xaBcd", "abcd", "0xabcd"},
    {"binary plain",       "binary", "abcd", "abcd", "0xabcd"},
    {"binary colons",      "binary", "ab:c:1", "ab0c01", "0xab0c01"},
    {"binary blanks",      "binary", "ab cd", "abcd", "0xabcd"},
    {"binary single digits", "binary", "a:b:c", "0a0b0c", "0x0a0b0c"},
    {"binary quoted",      "binary", " 'it''s, x' ", "69742727732c2078", "0x69742727732c2078"},
    {"empty",              "empty", " ", "", ""},
};

static const TextRow hex_texts[] = {
    {"csv off for a string",  "string", "0x666f6f", "666f6f", "foo"},
    {"csv off with quotes",   "string", "'foo'", "666f6f", "foo"},
    {"csv off for a number",  "uint32", "00 00 00 01", "00000001", "1"},
    {"csv off, wrong size",   "uint32", "0001", "0001", "0x0001"},
    {"csv off for sub-options", "empty + s", "0102:", NULL, NULL},
    {"csv off, some sub-options", "empty + s", "01:02:03:04", "01020304", "0x01020304"},
};

/* Bytes that do not fit their format, or would not be read back. */
static const TextRow misfits[] = {
    {"uint8 of 2",            "uint8", NULL, "0001", "0x0001"},
    {"uint16 array of 3",     "uint16 array", NULL, "000102", "0x000102"},
    {"boolean 2",             "boolean", NULL, "02", "0x02"},
    {"ipv4 of 3",             "ipv4-address", NULL, "c00002", "0xc00002"},
    {"record cut",            "record(uint8, uint8, uint8)", NULL, "0102", "0x0102"},
    {"record too long",       "record(uint8, uint8)", NULL, "010203", "0x010203"},
    {"record without array item", "record(boolean, ipv4-address) array", NULL, "01", "0x01"},
    {"psid of 17 bits",       "psid", NULL, "110000", "0x110000"},
    {"psid with more bits",   "psid", NULL, "043800", "0x043800"},
    {"prefix of 129 bits",    "ipv6-prefix", NULL, "81", "0x81"},
    {"prefix cut",            "ipv6-prefix", NULL, "2020", "0x2020"},
    {"ipv6 mapped",           "ipv6-address", NULL, "00000000000000000000ffffc0000201",
                              "0x00000000000000000000ffffc0000201"},
    {"string with NUL",       "string", NULL, "610062", "0x610062"},
    {"string with newline",   "string", NULL, "610a62", "0x610a62"},
    {"string with 8 bits",    "string", NULL, "c3a4", "0xc3a4"},
    {"string with blank end", "string", NULL, "6120", "0x6120"},
    {"string with \\ at end", "string", NULL, "615c", "0x615c"},
    {"string empty",          "string", NULL, "", ""},
    {"tuple cut",             "tuple array", NULL, "0361", "0x0361"},
    {"fqdn without root",     "fqdn", NULL, "0161", "0x0161"},
    {"fqdn label past end",   "fqdn", NULL, "0561", "0x0561"},
    {"fqdn label type 0x40",  "fqdn", NULL, "4161", "0x4161"},
    {"fqdn with dot inside",  "fqdn", NULL, "03612e6200", "0x03612e6200"},
    {"fqdn with comma",       "fqdn", NULL, "03612c6200", "0x03612c6200"},
    {"fqdn pointer to itself", "fqdn array", NULL, "c000", "0xc000"},
    {"fqdn pointer forward",  "fqdn array", NULL, "c002016100", "0xc002016100"},
    {"fqdn pointer outside",  "fqdn array", NULL, "016100c010", "0x016100c010"},
    {"fqdn pointer cut",      "fqdn array", NULL, "016100c0", "0x016100c0"},
    {"fqdn pointer loop",     "fqdn array", NULL, "0161c0020162c000", "0x0161c0020162c000"},
    {"compressed",            "fqdn array", NULL, "0161016200" "0163c002", "a.b., c.b."},
    {"compressed, more behind", "fqdn array", NULL, "0161016200" "c002" "016400", "a.b., b., d."},
    {"compressed twice",      "fqdn array", NULL, "016100" "0162c000" "0163c003", "a., b.a., c.b.a."},
};

/* Options by their own codes: internal syntax, widths of tuples. */
static const TextRow by_name[] = {
    {"route",          "classless-static-route", "10.229.0.128/25 - 10.229.0.1", "190ae500800ae50001", NULL},
    {"routes of RFC 3442", "classless-static-route",
     "0.0.0.0/0 - 10.0.0.1, 10.0.0.0/8 - 10.0.0.2, 10.17.0.0/16-10.0.0.3, 10.27.129.0/24 - 10.0.0.4",
     "000a000001" "080a0a000002" "100a110a000003" "180a1b810a000004",
     "0.0.0.0/0 - 10.0.0.1, 10.0.0.0/8 - 10.0.0.2, 10.17.0.0/16 - 10.0.0.3, 10.27.129.0/24 - 10.0.0.4"},
    {"route with host bits", "classless-static-route", "10.0.0.7/8 - 10.0.0.1", "080a0a000001", "10.0.0.0/8 - 10.0.0.1"},
    {"route with host bits in its last octet", "classless-static-route", "10.255.0.0/9 - 10.0.0.1",
     "090a800a000001", "10.128.0.0/9 - 10.0.0.1"},
    {"route cut",      "classless-static-route", NULL, "080a0a0000", "0x080a0a0000"},
    {"route of 33",    "classless-static-route", NULL, "210a000000000a000001", "0x210a000000000a000001"},
    {"SZTP tuple",     "v4-sztp-redirect", "https://a", "000968747470733a2f2f61", NULL},
    {"DNR name only",  "v4-dnr", "1, dot.example.", "0010" "0001" "0d" "03646f74076578616d706c6500", NULL},
    {"DNR addresses",  "v4-dnr", "1, dot.example., 192.0.2.1 192.0.2.2",
     "0019" "0001" "0d" "03646f74076578616d706c6500" "08" "c0000201c0000202", NULL},
    {"DNR parameters", "v4-dnr", "1, dot.example., 192.0.2.1, port=853 alpn=dot\\,doq",
     "0027" "0001" "0d" "03646f74076578616d706c6500" "04" "c0000201" "00010008" "03646f7403646f71" "00030002" "0355",
     "1, dot.example., 192.0.2.1, alpn=dot\\,doq port=853"},
    {"DNR more parameters", "v4-dnr", "1, a., 192.0.2.1, no-default-alpn dohpath=/q{?dns} key9=0x01",
     "0020" "0001" "03" "016100" "04" "c0000201" "00020000" "00070008" "2f717b3f646e737d" "00090001" "01", NULL},
    {"DNR two",        "v4-dnr", "1, a. | 2, b., 192.0.2.1", "0006" "0001" "03" "016100" "000b" "0002" "03" "016200" "04" "c0000201",
     NULL},
    {"DNR keys out of order", "v4-dnr", NULL, "0013" "0001" "03" "016100" "04" "c0000201" "00020000" "00020000",
     "0x0013000103016100" "04c00002010002000000020000"},
    {"DNR cut",        "v4-dnr", NULL, "000700010301610004", "0x000700010301610004"},
};

static const struct ErrorRow {
    const char *format; /* or the name of an option of dhcp4 */
    const char *text;
    const char *error;
} errors[] = {
    {"uint8", "256", "field 1 (uint8): \"256\" is not a whole number from 0 to 255"},
    {"uint8", "-1", "a whole number from 0 to 255"},
    {"uint8", "1x", "field 1 (uint8): \"1x\""},
    {"uint8", "0x", "field 1 (uint8): \"0x\""},
    {"uint8", "", "0 fields given, expected 1 (uint8)"},
    {"uint8", "1, 2", "2 fields given, expected 1 (uint8); a comma inside a field is written \"\\\\,\""},
    {"int8", "128", "from -128 to 127"},
    {"uint32", "4294967296", "from 0 to 4294967295"},
    {"boolean", "yes", "true, false, 1 or 0"},
    {"ipv4-address", "192.0.2", "an IPv4 address, as 192.0.2.1"},
    {"ipv4-address", "::1", "an IPv4 address"},
    {"ipv4-address array", "192.0.2.1, x", "field 2 (ipv4-address): \"x\""},
    {"ipv4-address array", "192.0.2.1,", "field 2 (ipv4-address): \"\""},
    {"ipv4-address array", "", "0 fields given, expected at least 1 (ipv4-address, …)"},
    {"ipv6-address", "192.0.2.1", "an IPv6 address, as 2001:db8::1"},
    {"ipv6-prefix", "2001:db8::", "an IPv6 prefix"},
    {"ipv6-prefix", "10.0.0.0/8", "an IPv6 prefix"},
    {"ipv6-prefix", "2001:db8::/129", "an IPv6 prefix"},
    {"psid", "16/4", "a PSID and its length"},
    {"psid", "1/17", "a PSID and its length"},
    {"psid", "1", "a PSID and its length"},
    {"v4-lost", "a..b", "a domain name"},
    {"v4-lost", "..", "a domain name"},
    {"v4-lost", "a b", "a domain name"},
    {"record(uint8, fqdn)", "1", "1 field given, expected 2 (uint8, fqdn)"},
    {"record(uint8, fqdn)", "x, a", "field 1 (uint8): \"x\""},
    {"string", "", "0 fields given, expected 1 (string)"},
    {"string", "a,b", "2 fields given, expected 1 (string)"},
    {"empty", "x", "this option has no fields; set csv-format to false"},
    {"empty + s", "x", "this option has no fields"},
    {"binary", "xyz", "\"xyz\" is neither hex (0xabcd, abcd, ab:cd, ab cd) nor 'text' in single quotes"},
    {"binary", "'abc", "neither hex"},
    {"internal", "x", "this option has no text syntax"},
    {"classless-static-route", "10.0.0.0/8", "field 1 (internal): \"10.0.0.0/8\" is not a route"},
    {"classless-static-route", "10.0.0.0/8 - 10.0.0.1, 10.0.0.0/33 - 10.0.0.1", "field 2 (internal)"},
    {"classless-static-route", "2001::/16 - 10.0.0.1", "a route"},
    {"classless-static-route", "", "a list of routes"},
    {"v4-dnr", "", "a list of resolvers"},
    {"v4-dnr", "1", "priority, name, addresses, parameters"},
    {"v4-dnr", "x, a.", "a priority from 0 to 65535"},
    {"v4-dnr", "1, a..", "a domain name in second place"},
    {"v4-dnr", "1, a., 192.0.2.1 | 2, b., ::1", "field 2 (internal): \"2, b., ::1\""},
    {"v4-dnr", "1, a., 192.0.2.1, port=65536", "in fourth place"},
    {"v4-dnr", "1, a., 192.0.2.1, port=1 port=2", "in fourth place"},
    {"v4-dnr", "1, a., 192.0.2.1, alpn=", "in fourth place"},
    {"v4-dnr", "1, a., 192.0.2.1, what=1", "in fourth place"},
};
/* clang-format on */

static BerthBytes hex(const char *text, uint8_t *buffer, size_t size)
{
    int len = berth_hex_parse(text, buffer, size);

    CHECK(len >= 0);
    return (BerthBytes){buffer, len < 0 ? 0 : (size_t)len};
}

static void check_row(const BerthOptDef *def, const TextRow *row, bool csv)
{
    g_autoptr(GString) back = g_string_new(NULL);
    g_autoptr(GError) error = NULL;
    BerthArena arena;
    BerthBytes bytes = {0};
    uint8_t want[256];
    int r;

    berth_row("%s", row->name);
    berth_arena_init(&arena, 4096);
    if (row->text) {
        r = berth_opt_from_text(def, row->text, csv, &arena, &bytes, &error);
        CHECK_INT(r, row->hex ? 0 : -EINVAL);
        if (r < 0 && row->hex)
            CHECK_TEXT(error->message, "");
    }
    if (row->hex) {
        BerthBytes expected = hex(row->hex, want, sizeof(want));

        if (row->text)
            CHECK_BYTES(bytes, expected);
        berth_opt_to_text(def, expected, back);
        CHECK_TEXT(back->str, row->back ? row->back : row->text);
    }
    berth_arena_clear(&arena);
}

static void check_rows(const TextRow *rows, size_t n, bool csv)
{
    for (size_t i = 0; i < n; i++) {
        BerthOptDef def = {.space = "test", .code = 1, .name = "x"};

        berth_row("%s", rows[i].name);
        if (CHECK_INT(berth_optformat_parse(rows[i].format, &def.format), 0))
            check_row(&def, &rows[i], csv);
    }
}

static void test_text(void)
{
    check_rows(texts, G_N_ELEMENTS(texts), true);
    check_rows(misfits, G_N_ELEMENTS(misfits), true);
}

static void test_hex(void)
{
    static const TextRow no_def = {"no definition", NULL, "01:02", "0102", "0x0102"};

    check_rows(hex_texts, G_N_ELEMENTS(hex_texts), false);
    check_row(NULL, &no_def, true);
}

static void test_by_name(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(by_name); i++) {
        const BerthOptDef *def = berth_optdef_find_name(4, "dhcp4", by_name[i].format);

        if (CHECK(def != NULL))
            check_row(def, &by_name[i], true);
    }
}

static void test_errors(void)
{
    BerthArena arena;

    berth_arena_init(&arena, 4096);
    for (size_t i = 0; i < G_N_ELEMENTS(errors); i++) {
        const BerthOptDef *standard = berth_optdef_find_name(4, "dhcp4", errors[i].format);
        BerthOptDef def = {.space = "test", .code = 1, .name = "x"};
        g_autoptr(GError) error = NULL;
        BerthBytes bytes = {0};

        berth_row("%s \"%s\"", errors[i].format, errors[i].text);
        if (!standard && !CHECK_INT(berth_optformat_parse(errors[i].format, &def.format), 0))
            continue;
        CHECK_INT(berth_opt_from_text(standard ? standard : &def, errors[i].text, true, &arena,
                                      &bytes, &error),
                  -EINVAL);
        CHECK_HAS(error ? error->message : NULL, errors[i].error);
        CHECK(bytes.data == NULL);
    }
    berth_arena_clear(&arena);
}

/* RFC 1035 section 2.3.4: a label has at most 63 bytes, a name 255 with all its lengths. */
static void test_long_names(void)
{
    static const struct {
        unsigned labels, len, last; /* `labels` of `len` and one of `last` */
        int expected;
    } rows[] = {{0, 0, 63, 0},        {0, 0, 64, -EINVAL}, {126, 1, 1, 0},
                {126, 1, 2, -EINVAL}, {3, 63, 61, 0},      {3, 63, 62, -EINVAL}};
    BerthOptDef def = {.space = "test", .code = 1, .name = "x"};
    BerthArena arena;

    CHECK_INT(berth_optformat_parse("fqdn", &def.format), 0);
    berth_arena_init(&arena, 4096);
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(GString) name = g_string_new(NULL);
        g_autoptr(GString) wire = g_string_new(NULL);
        g_autoptr(GString) back = g_string_new(NULL);
        g_autoptr(GError) error = NULL;
        BerthBytes bytes = {0};

        berth_row("%u labels of %u, one of %u", rows[i].labels, rows[i].len, rows[i].last);
        for (unsigned j = 0; j <= rows[i].labels; j++) {
            unsigned len = j < rows[i].labels ? rows[i].len : rows[i].last;
            g_autofree char *label = g_strnfill(len, 'a');

            g_string_append_printf(name, "%s.", label);
            g_string_append_printf(wire, "%c%s", (char)len, label);
        }
        CHECK_INT(berth_opt_from_text(&def, name->str, true, &arena, &bytes, &error),
                  rows[i].expected);
        /* The string's own NUL is the root. */
        if (rows[i].expected == 0)
            CHECK_BYTES(bytes, ((BerthBytes){(const uint8_t *)wire->str, wire->len + 1}));
        berth_opt_to_text(&def, (BerthBytes){(const uint8_t *)wire->str, wire->len + 1}, back);
        CHECK_INT(strcmp(back->str, name->str) == 0, rows[i].expected == 0);
    }
    berth_arena_clear(&arena);
}

/* Pointers must not turn a packet into megabytes of text. */
static void test_compression_is_bounded(void)
{
    BerthOptDef def = {.space = "test", .code = 1, .name = "x"};
    g_autoptr(GByteArray) bytes = g_byte_array_new();
    g_autoptr(GString) text = g_string_new(NULL);

    CHECK_INT(berth_optformat_parse("fqdn array", &def.format), 0);
    for (unsigned i = 0; i < 127; i++)
        g_byte_array_append(bytes, (const guint8 *)"\001a", 2);
    g_byte_array_append(bytes, (const guint8 *)"", 1);
    for (unsigned i = 0; i < 30000; i++)
        g_byte_array_append(bytes, (const guint8 *)"\xc0", 2);
    berth_opt_to_text(&def, (BerthBytes){bytes->data, bytes->len}, text);
    CHECK_INT((int64_t)text->len, 2 + 2 * (int64_t)bytes->len);
}

static void test_formats(void)
{
    static const struct {
        const char *text;
        int expected, fixed_len;
    } rows[] = {
        {"uint8", 0, 1},
        {"ipv4-address", 0, 4},
        {"psid", 0, 3},
        {"record(uint8, uint16, ipv6-address)", 0, 19},
        {"record( uint8,uint8 )", 0, 2},
        {"uint8 array", 0, 0},
        {"record(uint8, string)", 0, 0},
        {"fqdn", 0, 0},
        {"empty", 0, 0},
        {"empty + dhcp-agent-options-space", 0, 0},
        {"uint32 + vendor-1", 0, 0},
        {"", -EINVAL, 0},
        {"uint64", -EINVAL, 0},
        {"record()", -EINVAL, 0},
        {"record(uint8", -EINVAL, 0},
        {"record(uint8, )", -EINVAL, 0},
        {"record(string, uint8)", -EINVAL, 0},
        {"record(uint8, string) array", -EINVAL, 0},
        {"record(uint8, empty)", -EINVAL, 0},
        {"string array", -EINVAL, 0},
        {"binary array", -EINVAL, 0},
        {"empty array", -EINVAL, 0},
        {"empty + 3456789012345678901234567890123456789", 0, 0},
        {"empty + 3456789012345678901234567890123456789012", -EINVAL, 0},
        {"record(int8,int8,int8,int8,int8,int8,int8,int8,int8,int8,int8,int8,int8,int8,int8,int8)",
         0, 16},
        {"record(int8,int8,int8,int8,int8,int8,int8,int8,int8,int8,int8,int8,int8,int8,int8,int8,"
         "int8)",
         -EINVAL, 0},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        BerthOptFormat format = {0};

        berth_row("\"%s\"", rows[i].text);
        CHECK_INT(berth_optformat_parse(rows[i].text, &format), rows[i].expected);
        CHECK_INT((int64_t)berth_optformat_fixed_len(&format), rows[i].fixed_len);
    }
}

static void test_standard(void)
{
    static const struct {
        int family;
        const char *space;
        uint16_t code;
        const char *name, *format;
    } rows[] = {
        {4, "dhcp4", 1, "subnet-mask", "ipv4-address"},
        {4, "dhcp4", 43, "vendor-encapsulated-options",
         "empty + vendor-encapsulated-options-space"},
        {4, "dhcp4", 81, "fqdn", "record(uint8, uint8, uint8, fqdn)"},
        {4, "dhcp4", 146, "rdnss-selection",
         "record(uint8, ipv4-address, ipv4-address, fqdn) array"},
        {4, "dhcp4", 213, "v4-access-domain", "fqdn"},
        {4, "dhcp-agent-options-space", 1, "circuit-id", "binary"},
        {4, "dhcp-agent-options-space", 152, "virtual-subnet-select-ctrl", "empty"},
        {4, "cablelabs-client-conf", 4, "tsp-as-parameters", "record(uint32, uint32, uint32)"},
        {4, "vendor-4491", 2, "tftp-servers", "ipv4-address array"},
        {6, "dhcp6", 1, "clientid", "binary"},
        {6, "dhcp6", 3, "ia-na", "record(uint32, uint32, uint32) + dhcp6"},
        {6, "dhcp6", 60, "bootfile-param", "tuple array"},
        {6, "dhcp6", 94, "s46-cont-mape", "empty + s46-cont-mape-options"},
        {6, "dhcp6", 148, "addr-reg-enable", "empty"},
        {6, "rsoo-opts", 65, "erp-local-domain-name", "fqdn"},
        {6, "s46-cont-mapt-options", 89, "s46-rule",
         "record(uint8, uint8, uint8, ipv4-address, ipv6-prefix) + s46-rule-options"},
        {6, "s46-rule-options", 93, "s46-portparams", "record(uint8, psid)"},
        {6, "v6-ntp-server-suboptions", 3, "ntp-server-fqdn", "fqdn"},
        {6, "vendor-4491", 2, "device-type", "string"},
        {6, "vendor-4491", 1026, "cmts-cm-mac", "binary"},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        const BerthOptDef *def = berth_optdef_find(rows[i].family, rows[i].space, rows[i].code);
        BerthOptFormat format = {0};

        berth_row("%s %u", rows[i].space, rows[i].code);
        if (!CHECK(def != NULL))
            continue;
        CHECK_TEXT(def->name, rows[i].name);
        CHECK_INT(def->family, rows[i].family);
        CHECK(berth_optdef_find_name(rows[i].family, rows[i].space, rows[i].name) == def);
        CHECK_INT(berth_optformat_parse(rows[i].format, &format), 0);
        CHECK_BYTES(((BerthBytes){(const uint8_t *)&def->format, sizeof(format)}),
                    ((BerthBytes){(const uint8_t *)&format, sizeof(format)}));
    }
    berth_row("unknown");
    CHECK(!berth_optdef_find(4, "dhcp4", 0));
    CHECK(!berth_optdef_find(4, "dhcp4", 224));
    CHECK(!berth_optdef_find(4, "dhcp4", 300));
    CHECK(!berth_optdef_find(4, "no-space", 1));
    CHECK(!berth_optdef_find(4, "dhcp6", 1));
    CHECK(!berth_optdef_find(6, "dhcp4", 1));
    CHECK(!berth_optdef_find(6, "dhcp6", 10));
    CHECK(!berth_optdef_find(6, "dhcp6", 1026));
    CHECK(!berth_optdef_find_name(4, "dhcp4", "circuit-id"));
}

int main(int argc, char **argv)
{
    static const BerthTest tests[] = {
        {"text", test_text},
        {"hex", test_hex},
        {"by-name", test_by_name},
        {"errors", test_errors},
        {"long-names", test_long_names},
        {"compression-is-bounded", test_compression_is_bounded},
        {"formats", test_formats},
        {"standard", test_standard},
        {0},
    };

    return berth_tests_main("opttype", tests, argc, argv);
}
