/* test_msg6 - what the wire vectors don't show of DHCPv6: readers, values with an encoding of their
 * own, identifiers, and the writer at the end of its room. */
#include "core/base/addr.h"
#include "core/wire/ids.h"
#include "tests/lib/rows.h"

#include <errno.h>

static BerthBytes hex_bytes(const char *hex, uint8_t *buffer, size_t size)
{
    g_auto(GStrv) groups = g_strsplit(hex, " ", -1);
    g_autofree char *digits = g_strjoinv(NULL, groups);
    int len = *digits ? berth_hex_parse(digits, buffer, size) : 0;

    CHECK(len >= 0);
    return (BerthBytes){buffer, (size_t)MAX(len, 0)};
}

static BerthAddr addr_of(const char *text)
{
    BerthAddr addr = BERTH_ADDR6_ANY;

    CHECK_INT(berth_addr_parse(text, &addr), 0);
    return addr;
}

static BerthParse6 parse(BerthMsg6 *msg, BerthBytes payload, BerthArena *arena)
{
    berth_arena_init(arena, 64u << 10);
    return berth_msg6_parse(msg, payload, arena);
}

/* ---- walking and reading ---- */

static void test_walk(void)
{
    static const char hex[] = "01000001"
                              "0001000301020300060004001700180003001c00000001000000020000000"
                              "3000d000c0002"
                              "6e6f6e65206c65667421"
                              "0003000c00000002ffffffff00000000"
                              "00070001ff"
                              "0008000201f4"
                              "0020000400015180"
                              "0050001020010db8000000000000000000000001";
    uint8_t buffer[256], u8 = 0;
    uint16_t u16 = 0;
    uint32_t u32 = 0;
    BerthAddr addr = BERTH_ADDR6_ANY;
    BerthArena arena;
    BerthMsg6 msg;
    const BerthOption6 *ia;
    BerthIa6 values;
    BerthStatusOption6 status;
    unsigned n = 0;

    CHECK_INT(parse(&msg, hex_bytes(hex, buffer, sizeof(buffer)), &arena), BERTH_PARSE6_OK);
    for (BERTH_EACH_OPTION6(option, msg.options))
        n++;
    CHECK_INT(n, 8);
    CHECK_INT(msg.options.n, 9);
    ia = berth_options6_find(msg.options, BERTH_D6O_IA_NA);
    if (CHECK(ia && berth_option6_ia(ia, &values))) {
        CHECK_INT(values.iaid, 1);
        CHECK_INT(values.t1, 2);
        CHECK_INT(values.t2, 3);
        ia = berth_options6_find(berth_option6_inside(ia), BERTH_D6O_STATUS_CODE);
        CHECK(ia && berth_option6_status(ia, &status));
        CHECK_INT(status.status, BERTH_STATUS6_NO_ADDRS_AVAIL);
        CHECK_BYTES(status.text, berth_bytes("none left!"));
    }
    ia = berth_options6_find(msg.options, BERTH_D6O_IA_NA);
    ia = berth_options6_find_next(msg.options, BERTH_D6O_IA_NA, ia);
    CHECK(ia && berth_option6_ia(ia, &values) && values.t1 == UINT32_MAX);
    CHECK(!berth_options6_find_next(msg.options, BERTH_D6O_IA_NA, ia));
    /* What is inside of an option is not found around it. */
    CHECK(!berth_options6_find(msg.options, BERTH_D6O_STATUS_CODE));
    CHECK(berth_options6_u8(msg.options, BERTH_D6O_PREFERENCE, &u8) && u8 == 255);
    CHECK(berth_options6_u16(msg.options, BERTH_D6O_ELAPSED_TIME, &u16) && u16 == 500);
    CHECK(berth_options6_u32(msg.options, BERTH_D6O_INFORMATION_REFRESH_TIME, &u32) &&
          u32 == 86400);
    CHECK(berth_options6_addr(msg.options, BERTH_D6O_LINK_ADDRESS, &addr) &&
          berth_addr_equal(addr, addr_of("2001:db8::1")));
    CHECK(!berth_options6_u8(msg.options, BERTH_D6O_ELAPSED_TIME, &u8));
    CHECK(!berth_options6_u32(msg.options, BERTH_D6O_SOLMAX_RT, &u32));
    CHECK(berth_options6_asks(msg.options, BERTH_D6O_ORO, 24));
    CHECK(!berth_options6_asks(msg.options, BERTH_D6O_ORO, 25));
    CHECK(!berth_options6_asks(msg.options, BERTH_D6O_ERO, 24));
    berth_arena_clear(&arena);
}

static BerthOption6 option_of(uint16_t code, const char *hex, uint8_t *buffer, size_t size)
{
    return (BerthOption6){.code = code, .value = hex_bytes(hex, buffer, size)};
}

static void test_fqdn(void)
{
    static const struct {
        const char *name, *hex;
        bool ok;
        uint8_t flags;
        bool is_partial;
        const char *text;
    } rows[] = {
        {"full", "01 02 7063 03 6c616e 00", true, BERTH_FQDN6_S, false, "pc.lan"},
        {"partial", "00 02 7063", true, 0, true, "pc"},
        {"partial of two", "04 02 7063 03 6c616e", true, BERTH_FQDN6_N, true, "pc.lan"},
        {"root", "00 00", true, 0, false, ""},
        {"no name", "00", true, 0, true, ""},
        {"case stays", "00 02 5063", true, 0, true, "Pc"},
        {"nothing", "", false, 0, false, NULL},
        {"behind the root", "00 01 61 00 00", false, 0, false, NULL},
        {"long label", "00 40 61", false, 0, false, NULL},
        {"cut label", "00 03 6161", false, 0, false, NULL},
        {"pointer", "00 01 61 c0 00", false, 0, false, NULL},
        {"a dot in a label", "00 03 612e61 00", false, 0, false, NULL},
        {"a blank in a label", "00 03 612061 00", false, 0, false, NULL},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        uint8_t buffer[64];
        BerthOption6 option = option_of(BERTH_D6O_CLIENT_FQDN, rows[i].hex, buffer, sizeof(buffer));
        BerthFqdn6 fqdn;

        berth_row("%s", rows[i].name);
        if (!CHECK_INT(berth_option6_fqdn(&option, &fqdn), rows[i].ok) || !rows[i].ok)
            continue;
        CHECK_INT(fqdn.flags, rows[i].flags);
        CHECK_INT(fqdn.is_partial, rows[i].is_partial);
        CHECK_TEXT(fqdn.name, rows[i].text);
    }
}

/* RFC 1035 section 2.3.4: 255 bytes with all lengths and the root. */
static void test_longest_fqdn(void)
{
    for (unsigned n = 126; n <= 128; n++) {
        uint8_t wire[1 + 2 * 128 + 1] = {0};
        BerthOption6 option = {.code = BERTH_D6O_CLIENT_FQDN, .value = {wire, 2 + 2 * n}};
        BerthFqdn6 fqdn;

        for (unsigned i = 0; i < n; i++)
            memcpy(wire + 1 + 2 * i, "\1a", 2);
        berth_row("%u labels", n);
        CHECK_INT(berth_option6_fqdn(&option, &fqdn), n <= 127);
        option.value.len--;
        CHECK_INT(berth_option6_fqdn(&option, &fqdn), n <= 127);
    }
}

/* V6-147: the subnet id has as many bytes as its bits need, the rest of them zero. */
static void test_pd_exclude(void)
{
    static const struct {
        const char *prefix;
        uint8_t len;
        const char *excluded;
        uint8_t excluded_len;
        const char *hex; /* of the option; NULL: cannot be */
    } rows[] = {
        {"2001:db8::", 48, "2001:db8::", 49, "0043 0002 31 00"},
        {"2001:db8::", 48, "2001:db8:0:8000::", 49, "0043 0002 31 80"},
        {"2001:db8::", 48, "2001:db8:0:fe00::", 57, "0043 0003 39 fe00"},
        {"2001:db8::", 48, "2001:db8:0:1234::", 64, "0043 0003 40 1234"},
        {"2001:db8:0:100::", 56, "2001:db8:0:1ff::", 64, "0043 0002 40 ff"},
        {"2001:db8::", 59, "2001:db8:0:1f::", 64, "0043 0002 40 f8"},
        {"2001:db8::", 48, "2001:db8::1", 128, "0043 000b 80 00000000000000000001"},
        {"::", 0, "8000::", 1, "0043 0002 01 80"},
        {"::", 0, "2001:db8::1", 128, "0043 0011 80 20010db8000000000000000000000001"},
        {"2001:db8::", 127, "2001:db8::1", 128, "0043 0002 80 80"},
        {"2001:db8::", 48, "2001:db8::", 48, NULL},
        {"2001:db8::", 48, "2001:db8::", 47, NULL},
        {"2001:db8::", 48, "2001:db8:1::", 64, NULL},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        BerthAddr prefix = addr_of(rows[i].prefix), excluded = addr_of(rows[i].excluded), read;
        uint8_t buffer[64], want[64], len = 0;
        BerthWriter w = berth_writer(buffer, sizeof(buffer));
        BerthBytes bytes;

        berth_row("%s/%u without %s/%u", rows[i].prefix, rows[i].len, rows[i].excluded,
                  rows[i].excluded_len);
        if (!CHECK_INT(
                berth_pd_exclude_write(&w, prefix, rows[i].len, excluded, rows[i].excluded_len),
                rows[i].hex != NULL) ||
            !rows[i].hex)
            continue;
        bytes = berth_writer_bytes(&w);
        CHECK_BYTES(bytes, hex_bytes(rows[i].hex, want, sizeof(want)));
        bytes = (BerthBytes){bytes.data + 4, bytes.len - 4};
        CHECK(berth_pd_exclude_read(bytes, prefix, rows[i].len, &read, &len));
        CHECK(berth_addr_equal(read, excluded));
        CHECK_INT(len, rows[i].excluded_len);
        bytes.len--;
        CHECK(!berth_pd_exclude_read(bytes, prefix, rows[i].len, &read, &len));
    }
}

static void test_hwaddr(void)
{
    static const struct {
        const char *hex;
        unsigned type, len;
    } rows[] = {
        {"", 0, 0},
        {"00", 0, 0},
        {"0001", 0, 0},
        {"000101", 1, 1},
        {"0001020000000001", 1, 6},
        {"0020000102030405060708090a0b0c0d0e0f10111213", 32, 20},
        {"0020000102030405060708090a0b0c0d0e0f1011121314", 0, 0},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        uint8_t buffer[64];
        BerthOption6 option =
            option_of(BERTH_D6O_CLIENT_LINKLAYER_ADDR, rows[i].hex, buffer, sizeof(buffer));
        BerthHwaddr hwaddr = {0};

        berth_row("\"%s\"", rows[i].hex);
        CHECK_INT(berth_option6_hwaddr(&option, &hwaddr), rows[i].len > 0);
        CHECK_INT(hwaddr.len, rows[i].len);
        CHECK_INT(hwaddr.type, rows[i].type);
        if (rows[i].len > 0)
            CHECK_BYTES(((BerthBytes){hwaddr.bytes, hwaddr.len}),
                        ((BerthBytes){option.value.data + 2, option.value.len - 2}));
    }
}

static void test_vendor(void)
{
    static const char hex[] = "01000001"
                              "00110000"
                              "001100040000000a"
                              "0011000a0000118b000200026869"
                              "0011000a0000118b00020002686f"
                              "001000060000118b0000";
    uint8_t buffer[128];
    BerthArena arena;
    BerthMsg6 msg;
    const BerthOption6 *option;
    BerthBytes type = {0};
    BerthVendor6 vendor;

    CHECK_INT(parse(&msg, hex_bytes(hex, buffer, sizeof(buffer)), &arena), BERTH_PARSE6_OK);
    option = berth_options6_vendor(msg.options, BERTH_D6O_VENDOR_OPTS, 4491);
    if (CHECK(option != NULL))
        CHECK(berth_options6_bytes(berth_option6_inside(option), 2, &type));
    CHECK_BYTES(type, berth_bytes("hi"));
    CHECK(!berth_options6_vendor(msg.options, BERTH_D6O_VENDOR_OPTS, 11));
    option = berth_options6_vendor(msg.options, BERTH_D6O_VENDOR_CLASS, 4491);
    CHECK(option && berth_option6_vendor(option, &vendor) && vendor.value.len == 2);
    berth_arena_clear(&arena);
}

/* ---- bounds ---- */

/* HI-065: as many levels as a datagram holds; the walk ends at its bound. */
static void test_levels(void)
{
    static const struct {
        unsigned n;
        BerthParse6 expected;
    } rows[] = {
        {0, BERTH_PARSE6_OK},    {1, BERTH_PARSE6_OK},      {32, BERTH_PARSE6_OK},
        {33, BERTH_PARSE6_HOPS}, {1000, BERTH_PARSE6_HOPS}, {1723, BERTH_PARSE6_HOPS},
    };
    g_autofree uint8_t *payload = g_malloc0(BERTH_MSG6_MAX);

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        const size_t len = rows[i].n * 38u + 4;
        BerthWriter w = berth_writer(payload, BERTH_MSG6_MAX);
        BerthArena arena;
        BerthMsg6 msg;

        for (unsigned level = 0; level < rows[i].n; level++) {
            berth_write_u16(&w, BERTH_RELAY_FORW << 8);
            berth_write_zeros(&w, 32);
            berth_write_u16(&w, BERTH_D6O_RELAY_MSG);
            berth_write_u16(&w, (uint16_t)(len - (level + 1) * 38u));
        }
        berth_write_u32(&w, 0x0b000001);
        CHECK(!w.full);
        berth_row("%u levels", rows[i].n);
        CHECK_INT(parse(&msg, berth_writer_bytes(&w), &arena), rows[i].expected);
        if (rows[i].expected == BERTH_PARSE6_OK)
            CHECK_INT(msg.n_relays, rows[i].n);
        berth_arena_clear(&arena);
    }
}

static void test_memory(void)
{
    uint8_t buffer[64];
    BerthBytes payload = hex_bytes("01000001 0007000100", buffer, sizeof(buffer));
    BerthArena arena;
    BerthMsg6 msg;

    berth_arena_init(&arena, sizeof(BerthOption6) - 1);
    CHECK_INT(berth_msg6_parse(&msg, payload, &arena), BERTH_PARSE6_MEMORY);
    berth_arena_clear(&arena);
}

/* ---- writing ---- */

static void test_write_values(void)
{
    uint8_t buffer[128], want[128];
    BerthWriter w = berth_writer(buffer, sizeof(buffer));
    const BerthIa6 ia = {7, 1000, 2000};
    const BerthIaLease6 address = {addr_of("2001:db8::1"), 128, 3000, 4000};
    const BerthIaLease6 prefix = {addr_of("2001:db8:1::"), 56, 3000, 4000};
    uint8_t *outer = berth_write_ia6_begin(&w, BERTH_D6O_IA_NA, &ia), *inner;

    inner = berth_write_lease6_begin(&w, BERTH_D6O_IAADDR, &address);
    berth_write_option6_end(&w, inner);
    berth_write_status6(&w, BERTH_STATUS6_NOT_ON_LINK, "no");
    berth_write_option6_end(&w, outer);
    outer = berth_write_ia6_begin(&w, BERTH_D6O_IA_PD, &ia);
    inner = berth_write_lease6_begin(&w, BERTH_D6O_IAPREFIX, &prefix);
    berth_write_option6_end(&w, inner);
    berth_write_option6_end(&w, outer);
    CHECK(!w.full);
    CHECK_BYTES(berth_writer_bytes(&w),
                hex_bytes("0003 0030 00000007 000003e8 000007d0"
                          "0005 0018 20010db8000000000000000000000001 00000bb8 00000fa0"
                          "000d 0004 0004 6e6f"
                          "0019 0029 00000007 000003e8 000007d0"
                          "001a 0019 00000bb8 00000fa0 38 20010db8000100000000000000000000",
                          want, sizeof(want)));
}

/* At every size: nothing beyond it, and `full` as soon as anything is missing. */
static void test_write_full(void)
{
    const BerthIa6 ia = {7, 1000, 2000};

    for (size_t size = 0; size <= 24; size++) {
        g_autofree uint8_t *buffer = g_malloc(size);
        BerthWriter w = berth_writer(buffer, size);
        uint8_t *mark = berth_write_ia6_begin(&w, BERTH_D6O_IA_NA, &ia);

        berth_row("%zu bytes", size);
        berth_write_option6(&w, BERTH_D6O_PREFERENCE, (BerthBytes){(const uint8_t *)"x", 1});
        berth_write_option6_end(&w, mark);
        CHECK_INT(w.full, size < 21);
        if (!w.full)
            CHECK_INT(buffer[3], 17);
    }
}

/* HI-086: what has no room is left out whole; without what is needed there is no reply. */
static void test_write_limit(void)
{
    static const uint8_t bytes[20];
    const BerthMsg6 msg = {.type = BERTH_REPLY, .xid = 0xabcdef};
    const BerthOption6 options[] = {
        {.code = BERTH_D6O_CLIENTID, .value = {bytes, 10}},    /* 14 */
        {.code = BERTH_D6O_DNS_SERVERS, .value = {bytes, 16}}, /* 20 */
        {.code = BERTH_D6O_PREFERENCE, .value = {bytes, 1}},   /* 5 */
    };
    static const struct {
        size_t size;
        int len;
        unsigned left;
    } rows[] = {{3, -ENOSPC, 0}, {17, -ENOSPC, 0}, {18, 18, 2}, {22, 18, 2},
                {23, 23, 1},     {38, 38, 1},      {42, 38, 1}, {43, 43, 0}};

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree uint8_t *buffer = g_malloc(rows[i].size);
        BerthWriter w = berth_writer(buffer, rows[i].size);
        BerthMsg6Left left = {0};

        berth_row("%zu bytes", rows[i].size);
        CHECK_INT(berth_msg6_write(&msg, options, G_N_ELEMENTS(options), NULL, &w, &left),
                  rows[i].len);
        CHECK_INT(left.options, rows[i].left);
        CHECK_INT((int64_t)berth_writer_bytes(&w).len, MAX(rows[i].len, 0));
    }
}

/* HI-085: an Interface-Id that fits into a query, but not into a reply with more around it. */
static void test_write_echo(void)
{
    g_autofree uint8_t *interface_id = g_malloc0(65400);
    g_autofree uint8_t *buffer = g_malloc(BERTH_MSG6_MAX);
    BerthOption6 echoed = {.code = BERTH_D6O_INTERFACE_ID, .value = {interface_id, 65000}};
    const BerthOption6 id = {.code = BERTH_D6O_SERVERID, .value = {interface_id, 130}};
    const BerthMsg6 msg = {.type = BERTH_REPLY, .xid = 1};
    BerthMsg6 query = {.n_relays = 1};
    BerthWriter w = berth_writer(buffer, BERTH_MSG6_MAX);
    BerthMsg6Left left;

    query.relays[0].options = (BerthOptions6){&echoed, 1};
    CHECK_INT(berth_msg6_write(&msg, &id, 1, &query, &w, &left), 34 + 65004 + 4 + 4 + 134);
    w = berth_writer(buffer, BERTH_MSG6_MAX);
    echoed.value.len = 65400;
    CHECK_INT(berth_msg6_write(&msg, &id, 1, &query, &w, &left), -ENOSPC);
}

/* ---- identifiers ---- */

static void test_duid(void)
{
    static const struct {
        const char *text;
        unsigned type;
        bool is_fit;
        const char *hwaddr;
    } rows[] = {
        {"00:01:00:01:2a:3b:4c:5d:02:00:00:00:00:01", 1, true, "020000000001"},
        {"00:01:00:01:2a:3b:4c:5d", 1, false, NULL},
        {"00:03:00:01:02:00:00:00:00:01", 3, true, "020000000001"},
        {"00:03:00:01", 3, false, NULL},
        {"00:02:00:00:ab:11:01", 2, true, NULL},
        {"00:02:00:00:ab:11", 2, false, NULL},
        {"00:04:00:11:22:33:44:55:66:77:88:99:aa:bb:cc:dd:ee:ff", 4, true, NULL},
        {"00:04:00:11:22:33:44:55:66:77:88:99:aa:bb:cc:dd:ee", 4, false, NULL},
        {"00:05:01", 5, true, NULL},
        {"ff:ff:00", 65535, true, NULL},
        {"00:05", 5, false, NULL},
        {"00", 0, false, NULL},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        uint8_t buffer[BERTH_DUID_MAX], parsed[BERTH_DUID_MAX], want[BERTH_HWADDR_MAX];
        BerthBytes duid = hex_bytes(rows[i].text, buffer, sizeof(buffer));
        char text[BERTH_DUID_TEXT];
        BerthHwaddr hwaddr;

        berth_row("%s", rows[i].text);
        CHECK_INT(berth_duid_type(duid), rows[i].type);
        CHECK_INT(berth_duid_unfit(duid) == NULL, rows[i].is_fit);
        CHECK_TEXT(berth_duid_text(duid, text, sizeof(text)), rows[i].text);
        CHECK_INT(berth_duid_parse(rows[i].text, parsed),
                  rows[i].is_fit ? (int64_t)duid.len : -EINVAL);
        CHECK_INT(berth_duid_hwaddr(duid, &hwaddr), rows[i].hwaddr != NULL);
        if (rows[i].hwaddr)
            CHECK_BYTES(((BerthBytes){hwaddr.bytes, hwaddr.len}),
                        hex_bytes(rows[i].hwaddr, want, sizeof(want)));
    }
    CHECK_INT(berth_duid_parse("no hex", (uint8_t[BERTH_DUID_MAX]){0}), -EINVAL);
}

/* RFC 9915 section 11.1: 3 to 130 bytes. */
static void test_duid_lengths(void)
{
    uint8_t bytes[BERTH_DUID_MAX + 1] = {0, 5};
    char text[3 * sizeof(bytes) + 1];

    for (size_t len = 0; len <= sizeof(bytes); len++) {
        BerthBytes duid = {bytes, len};

        berth_row("%zu bytes", len);
        CHECK_INT(berth_duid_is_valid(duid), len >= 3 && len <= 130);
        CHECK_INT(berth_duid_unfit(duid) == NULL, len >= 3 && len <= 130);
        berth_hex_text(duid, ':', text, sizeof(text));
        CHECK_INT(berth_duid_parse(text, (uint8_t[BERTH_DUID_MAX]){0}) > 0, len >= 3 && len <= 130);
    }
}

static void test_duid_make(void)
{
    const BerthHwaddr hwaddr = {1, 6, {2, 0, 0, 0, 0, 1}}, none = {0};
    uint8_t made[BERTH_DUID_MAX], id[BERTH_DUID_MAX] = {0};
    char text[BERTH_DUID_TEXT];
    int len = berth_duid_make_llt(0x2a3b4c5d, &hwaddr, made);

    CHECK_TEXT(berth_duid_text((BerthBytes){made, (size_t)len}, text, sizeof(text)),
               "00:01:00:01:2a:3b:4c:5d:02:00:00:00:00:01");
    len = berth_duid_make_ll(&hwaddr, made);
    CHECK_TEXT(berth_duid_text((BerthBytes){made, (size_t)len}, text, sizeof(text)),
               "00:03:00:01:02:00:00:00:00:01");
    len = berth_duid_make_en(2495, berth_bytes("ab"), made);
    CHECK_TEXT(berth_duid_text((BerthBytes){made, (size_t)len}, text, sizeof(text)),
               "00:02:00:00:09:bf:61:62");
    CHECK_INT(berth_duid_make_en(2495, (BerthBytes){id, 124}, made), 130);
    CHECK_INT(berth_duid_make_en(2495, (BerthBytes){id, 125}, made), -EINVAL);
    CHECK_INT(berth_duid_make_en(2495, (BerthBytes){0}, made), -EINVAL);
    CHECK_INT(berth_duid_make_ll(&none, made), -EINVAL);
    CHECK_INT(berth_duid_make_llt(1, &none, made), -EINVAL);
}

static void test_label(void)
{
    static const struct {
        const char *hex, *label, *label_hw;
    } rows[] = {
        {"01 00002a 0001 000a 0003 0001 020000000001",
         "duid=[00:03:00:01:02:00:00:00:00:01], tid=0x2a",
         "duid=[00:03:00:01:02:00:00:00:00:01], [hwtype=1 02:00:00:00:00:09], tid=0x2a"},
        {"0b abcdef", "duid=[no info], tid=0xabcdef",
         "duid=[no info], [hwtype=1 02:00:00:00:00:09], tid=0xabcdef"},
    };
    const BerthHwaddr none = {0}, hwaddr = {1, 6, {2, 0, 0, 0, 0, 9}};

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        uint8_t buffer[64];
        char label[BERTH_LABEL_SIZE];
        BerthArena arena;
        BerthMsg6 msg;

        berth_row("%s", rows[i].hex);
        CHECK_INT(parse(&msg, hex_bytes(rows[i].hex, buffer, sizeof(buffer)), &arena),
                  BERTH_PARSE6_OK);
        CHECK_TEXT(berth_label6(&msg, none, label, sizeof(label)), rows[i].label);
        CHECK_TEXT(berth_label6(&msg, hwaddr, label, sizeof(label)), rows[i].label_hw);
        berth_arena_clear(&arena);
    }
}

static void test_names(void)
{
    CHECK_TEXT(berth_type6_name(BERTH_ADDR_REG_INFORM), "ADDR_REG_INFORM");
    CHECK_TEXT(berth_type6_name((BerthType6)18), "UNKNOWN");
    CHECK_TEXT(berth_type6_name((BerthType6)255), "UNKNOWN");
    CHECK_TEXT(berth_status6_name(BERTH_STATUS6_NO_PREFIX_AVAIL), "NoPrefixAvail");
    CHECK_TEXT(berth_status6_name(11), "QueryTerminated");
    CHECK_TEXT(berth_status6_name(12), "");
}

int main(int argc, char **argv)
{
    static const BerthTest tests[] = {
        {"walk", test_walk},
        {"fqdn", test_fqdn},
        {"longest-fqdn", test_longest_fqdn},
        {"pd-exclude", test_pd_exclude},
        {"hwaddr", test_hwaddr},
        {"vendor", test_vendor},
        {"levels", test_levels},
        {"memory", test_memory},
        {"write-values", test_write_values},
        {"write-full", test_write_full},
        {"write-limit", test_write_limit},
        {"write-echo", test_write_echo},
        {"duid", test_duid},
        {"duid-lengths", test_duid_lengths},
        {"duid-make", test_duid_make},
        {"label", test_label},
        {"names", test_names},
        {0},
    };

    return berth_tests_main("msg6", tests, argc, argv);
}
