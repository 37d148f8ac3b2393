/* test_msg4 - what vectors cannot say: limits of the writer, sizes, typed readers, labels. */
#include "core/base/addr.h"
#include "core/wire/ids.h"
#include "core/wire/msg4.h"
#include "tests/lib/rows.h"

#include <errno.h>

/* What was written, and the message that it reads as. */
typedef struct Written {
    uint8_t buffer[BERTH_MSG4_MAX];
    int len;
    BerthMsg4Left left;
    BerthArena arena;
    BerthMsg4 msg;
    BerthParse4 result;
} Written;

static const uint8_t zeros[4096];

static BerthOption4 option(uint8_t code, size_t len)
{
    return (BerthOption4){code, {zeros, len}};
}

static Written *write_msg(const BerthMsg4 *msg, const BerthOption4 *options, size_t n, size_t limit)
{
    Written *w = g_new0(Written, 1);
    BerthWriter writer;

    memset(w->buffer, 0xee, sizeof(w->buffer));
    writer = berth_writer(w->buffer, sizeof(w->buffer));
    w->len = berth_msg4_write(msg, options, n, limit, &writer, &w->left);
    CHECK_INT(w->len, (int64_t)berth_writer_bytes(&writer).len);
    CHECK((size_t)w->len <= MAX(limit, BERTH_MSG4_MIN));
    berth_arena_init(&w->arena, 256u << 10);
    w->result = berth_msg4_parse(&w->msg, (BerthBytes){w->buffer, (size_t)MAX(w->len, 0)}, msg->op,
                                 &w->arena);
    CHECK_INT(w->result, BERTH_PARSE4_OK);
    return w;
}

static void written_free(Written *w)
{
    berth_arena_clear(&w->arena);
    g_free(w);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Written, written_free)

static BerthMsg4 offer(void)
{
    return (BerthMsg4){.op = BERTH_BOOTREPLY,
                       .type = BERTH_DHCPOFFER,
                       .xid = 1,
                       .hwaddr = {1, 6, {2, 0, 0, 0, 0, 1}},
                       .yiaddr = berth_addr4(0xc0000264)};
}

/* The room of the option field is limit - 240 - 3 for the type - 1 for END. */
static void test_limits(void)
{
    static const struct {
        const char *name;
        size_t limit;
        size_t len1, len2, relay; /* value sizes of options 43, 60 and 82; SIZE_MAX: none */
        bool file, sname;         /* hold text */
        int len;
        unsigned left_out;
        unsigned overload; /* 0: none */
        bool has1, has2, has_relay;
    } rows[] = {
        /* clang-format off */
        {"least",               548, 0, SIZE_MAX, SIZE_MAX, false, false, 300, 0, 0, true, false, false},
        {"limit 0 means 300",   0, 54, SIZE_MAX, SIZE_MAX, true, true, 300, 0, 0, true, false, false},
        {"one more than fits",  0, 55, SIZE_MAX, SIZE_MAX, true, true, 300, 1, 0, false, false, false},
        {"limit 301",           301, 55, SIZE_MAX, SIZE_MAX, true, true, 301, 0, 0, true, false, false},
        {"exactly 548",         548, 248, 50, SIZE_MAX, true, true, 546, 0, 0, true, true, false},
        {"to the last byte",    548, 248, 52, SIZE_MAX, true, true, 548, 0, 0, true, true, false},
        {"later one goes",      548, 248, 53, SIZE_MAX, true, true, 494, 1, 0, true, false, false},
        {"to file",             548, 248, 53, SIZE_MAX, false, false, 497, 0, 1, true, true, false},
        {"to sname",            548, 248, 53, SIZE_MAX, true, false, 497, 0, 2, true, true, false},
        {"sname too small",     548, 248, 62, SIZE_MAX, true, false, 494, 1, 0, true, false, false},
        {"sname full",          548, 248, 61, SIZE_MAX, true, false, 497, 0, 2, true, true, false},
        {"file full",           548, 248, 125, SIZE_MAX, false, false, 497, 0, 1, true, true, false},
        {"file too small",      548, 248, 126, SIZE_MAX, false, false, 494, 1, 0, true, false, false},
        {"too long for file, next is not", 548, 2000, 10, SIZE_MAX, false, false, 300, 1, 0, false, true, false},
        {"relay last",          548, 10, 10, 20, false, false, 300, 0, 0, true, true, true},
        {"relay pushes to file", 548, 248, 40, 20, false, false, 519, 0, 1, true, true, true},
        {"relay goes first",    548, 248, 40, 20, true, true, 536, 1, 0, true, true, false},
        {"relay never in file", 548, 10, SIZE_MAX, 255, false, false, 513, 0, 0, true, false, true},
        {"another goes, relay stays", 548, 248, 130, 20, false, false, 516, 1, 0, true, false, true},
        {"relay alone too long", 300, SIZE_MAX, SIZE_MAX, 60, false, false, 300, 1, 0, false, false, false},
        {"split in two",        1472, 300, SIZE_MAX, SIZE_MAX, true, true, 548, 0, 0, true, false, false},
        {"split in nine",       4096, 2048, SIZE_MAX, SIZE_MAX, true, true, 2310, 0, 0, true, false, false},
        {"split at 510",        1472, 510, SIZE_MAX, SIZE_MAX, true, true, 758, 0, 0, true, false, false},
        {"huge limit",          1 << 20, 4096, 4096, 10, true, true, 8516, 0, 0, true, true, true},
        /* clang-format on */
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        BerthMsg4 msg = offer();
        BerthOption4 options[3];
        g_autoptr(Written) w = NULL;
        size_t n = 0;

        berth_row("%s", rows[i].name);
        g_strlcpy(msg.file, rows[i].file ? "f" : "", sizeof(msg.file));
        g_strlcpy(msg.sname, rows[i].sname ? "s" : "", sizeof(msg.sname));
        /* 82 first, to see it moved. */
        if (rows[i].relay != SIZE_MAX)
            options[n++] = option(82, rows[i].relay);
        if (rows[i].len1 != SIZE_MAX)
            options[n++] = option(43, rows[i].len1);
        if (rows[i].len2 != SIZE_MAX)
            options[n++] = option(61, rows[i].len2);
        w = write_msg(&msg, options, n, rows[i].limit);
        CHECK_INT(w->len, rows[i].len);
        CHECK_INT(w->left.options, rows[i].left_out);
        CHECK_INT(w->msg.type, BERTH_DHCPOFFER);
        CHECK_INT(w->msg.has_option[52], rows[i].overload != 0);
        CHECK_INT(rows[i].overload ? w->msg.option[52].data[0] : 0, rows[i].overload);
        CHECK_INT(w->msg.has_option[43], rows[i].has1);
        CHECK_INT(w->msg.has_option[61], rows[i].has2);
        CHECK_INT(w->msg.has_option[82], rows[i].has_relay);
        CHECK_INT(w->left.relay_info, rows[i].relay != SIZE_MAX && !rows[i].has_relay);
        CHECK_INT((int64_t)w->msg.option[43].len, rows[i].has1 ? (int64_t)rows[i].len1 : 0);
        CHECK_INT((int64_t)w->msg.option[61].len, rows[i].has2 ? (int64_t)rows[i].len2 : 0);
        CHECK_TEXT(w->msg.file, rows[i].file ? "f" : "");
        CHECK_TEXT(w->msg.sname, rows[i].sname ? "s" : "");
    }
}

/* Without a type it is BOOTP, which knows no option 52. */
static void test_no_type(void)
{
    const BerthOption4 options[] = {option(43, 50), option(60, 50)};
    BerthMsg4 msg = offer();
    g_autoptr(Written) w = NULL;

    msg.type = 0;
    w = write_msg(&msg, options, G_N_ELEMENTS(options), 300);
    CHECK_INT(w->len, 300);
    CHECK_INT(w->left.options, 1);
    CHECK(!w->msg.has_option[52] && !w->msg.has_option[53]);
    CHECK(w->msg.has_option[43] && !w->msg.has_option[60]);
}

/* File and sname begin with an option at octet 0, end with END, and are zero behind it; 82 is last.
 */
static void test_overload_bytes(void)
{
    BerthMsg4 msg = offer();
    const BerthOption4 options[] = {
        {82, {zeros, 4}}, option(43, 200), {3, {zeros, 80}}, {4, {zeros, 40}}, {6, {zeros, 48}}};
    g_autoptr(Written) w = write_msg(&msg, options, G_N_ELEMENTS(options), 460);
    const uint8_t *sname = w->buffer + 44, *file = w->buffer + 108;

    CHECK_INT(w->left.options, 0);
    CHECK_BYTES(((BerthBytes){w->buffer + 240, 6}),
                ((BerthBytes){(const uint8_t *)"\x35\x01\x02\x34\x01\x03", 6}));
    CHECK_INT(file[0], 3);
    CHECK_INT(file[82], 4);
    CHECK_INT(file[124], 255);
    CHECK(memcmp(file + 125, zeros, 3) == 0);
    CHECK_INT(sname[0], 6);
    CHECK_INT(sname[50], 255);
    CHECK(memcmp(sname + 51, zeros, 13) == 0);
    CHECK_INT(w->buffer[240 + 6 + 202], 82);
    CHECK_INT(w->buffer[w->len - 1], 255);
    CHECK_INT(w->len, 240 + 6 + 202 + 6 + 1);
}

static void test_writer_own_codes(void)
{
    BerthMsg4 msg = offer();
    const BerthOption4 options[] = {option(0, 1), option(53, 1), option(255, 1), option(1, 4)};
    g_autoptr(Written) w = write_msg(&msg, options, G_N_ELEMENTS(options), 548);

    CHECK_INT(w->left.options, 0);
    CHECK_INT(w->msg.type, BERTH_DHCPOFFER);
    CHECK(!w->msg.has_option[52]);
    CHECK_INT(w->buffer[243], 1);
    CHECK_INT(w->buffer[249], 255);
    /* Nothing of the buffer's earlier contents shows in the padding. */
    CHECK(memcmp(w->buffer + 250, zeros, 50) == 0);
}

/* Where the writer has no option 52 of its own, one may be configured. */
static void test_overload_as_given(void)
{
    BerthMsg4 msg = offer();
    const BerthOption4 small[] = {option(52, 1), option(1, 4)};
    const BerthOption4 large[] = {option(52, 1), option(224, 240), option(67, 100)};
    BERTH_UNCLEARED uint8_t buffer[548];
    BerthWriter w = berth_writer(buffer, sizeof(buffer));
    BerthMsg4Left left;

    CHECK_INT(berth_msg4_write(&msg, small, G_N_ELEMENTS(small), 548, &w, &left), 300);
    CHECK(memcmp(buffer + 243, "\x34\x01", 2) == 0);
    w = berth_writer(buffer, sizeof(buffer));
    CHECK(berth_msg4_write(&msg, large, G_N_ELEMENTS(large), 548, &w, &left) > 0);
    CHECK_INT(left.options, 0);
    CHECK(memcmp(buffer + 243, "\x34\x01\x01\xe0", 4) == 0);
}

static void test_small_buffer(void)
{
    uint8_t bytes[400];
    BerthMsg4 msg = offer();
    const BerthOption4 options[] = {option(43, 100)};
    BerthWriter w = berth_writer(bytes, 299);
    BerthMsg4Left left = {7, false};

    CHECK_INT(berth_msg4_write(&msg, NULL, 0, 548, &w, &left), -ENOSPC);
    CHECK_INT((int64_t)berth_writer_bytes(&w).len, 0);
    CHECK_INT(left.options, 7);
    msg.file[0] = msg.sname[0] = 'x';
    w = berth_writer(bytes, 345);
    CHECK_INT(berth_msg4_write(&msg, options, 1, 548, &w, &left), 300);
    CHECK_INT(left.options, 1);
    w = berth_writer(bytes, 346);
    CHECK_INT(berth_msg4_write(&msg, options, 1, 548, &w, &left), 346);
    CHECK_INT(left.options, 0);
}

/* A message of `n` options of one code, or of ever other codes. */
static GByteArray *many_options(unsigned n, uint8_t code, uint8_t len)
{
    GByteArray *bytes = g_byte_array_new();
    static const uint8_t head[BERTH_MSG4_HEADER] = {
        [0] = 1, [1] = 1, [2] = 6, [236] = 0x63, [237] = 0x82, [238] = 0x53, [239] = 0x63};

    g_byte_array_append(bytes, head, sizeof(head));
    for (unsigned i = 0; i < n; i++) {
        const uint8_t item[] = {code ? code : (uint8_t)(200 + i % 50), len};

        g_byte_array_append(bytes, item, 2);
        g_byte_array_append(bytes, zeros, len);
    }
    g_byte_array_append(bytes, (const guint8 *)"\xff", 1);
    return bytes;
}

/* HI-028: memory is what the payload holds, whatever the options are. */
static void test_many_options(void)
{
    static const struct {
        const char *name;
        unsigned n;
        uint8_t code, len;
        size_t limit;
        BerthParse4 result;
        uint8_t look_at;
        size_t joined;
    } rows[] = {
        {"1,000 of one byte", 1000, 0, 1, 1000, BERTH_PARSE4_OK, 200, 20},
        {"one 200 times", 200, 43, 255, 51000, BERTH_PARSE4_OK, 43, 51000},
        {"one 200 times, no memory", 200, 43, 255, 50000, BERTH_PARSE4_MEMORY, 0, 0},
        {"5,000 options", 5000, 0, 4, 20000, BERTH_PARSE4_OK, 249, 400},
        {"30,000 empty options", 30000, 82, 0, 0, BERTH_PARSE4_OK, 82, 0},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(GByteArray) payload = many_options(rows[i].n, rows[i].code, rows[i].len);
        BerthArena arena;
        BerthMsg4 msg;

        berth_row("%s", rows[i].name);
        /* Alignment may take some bytes of the arena. */
        berth_arena_init(&arena, rows[i].limit + (rows[i].result == BERTH_PARSE4_OK ? 16 : 0));
        CHECK_INT(berth_msg4_parse(&msg, (BerthBytes){payload->data, payload->len}, 1, &arena),
                  rows[i].result);
        if (rows[i].result == BERTH_PARSE4_OK) {
            CHECK(msg.has_option[rows[i].look_at]);
            CHECK_INT((int64_t)msg.option[rows[i].look_at].len, (int64_t)rows[i].joined);
        }
        berth_arena_clear(&arena);
    }
}

/* HI-006: the last option's length runs 1..255 past the end. */
static void test_past_the_end(void)
{
    for (unsigned over = 1; over <= 255; over++) {
        g_autoptr(GByteArray) payload = many_options(1, 224, 0);
        BerthArena arena;
        BerthMsg4 msg;

        berth_row("%u past the end", over);
        payload->data[BERTH_MSG4_HEADER + 1] = (uint8_t)over;
        berth_arena_init(&arena, 1024);
        CHECK_INT(berth_msg4_parse(&msg, (BerthBytes){payload->data, payload->len}, 1, &arena),
                  BERTH_PARSE4_OPTIONS);
        berth_arena_clear(&arena);
    }
}

static void test_readers(void)
{
    static const uint8_t bytes[] = {192, 0, 2, 1};
    BerthMsg4 msg = {0};
    BerthBytes got = {0};
    BerthAddr addr;
    uint32_t u32 = 7;
    uint16_t u16 = 7;
    uint8_t u8 = 7;

    msg.has_option[1] = msg.has_option[2] = msg.has_option[4] = msg.has_option[5] = true;
    msg.option[1] = (BerthBytes){bytes, 1};
    msg.option[2] = (BerthBytes){bytes, 2};
    msg.option[4] = (BerthBytes){bytes, 4};
    CHECK(!berth_msg4_u8(&msg, 2, &u8) && !berth_msg4_u8(&msg, 3, &u8) && u8 == 7);
    CHECK(!berth_msg4_u8(&msg, 5, &u8));
    CHECK(berth_msg4_u8(&msg, 1, &u8) && u8 == 192);
    CHECK(!berth_msg4_u16(&msg, 1, &u16) && !berth_msg4_u16(&msg, 4, &u16) && u16 == 7);
    CHECK(berth_msg4_u16(&msg, 2, &u16) && u16 == 0xc000);
    CHECK(!berth_msg4_u32(&msg, 2, &u32) && u32 == 7);
    CHECK(berth_msg4_u32(&msg, 4, &u32) && u32 == 0xc0000201);
    CHECK(!berth_msg4_addr(&msg, 2, &addr));
    CHECK(berth_msg4_addr(&msg, 4, &addr) && berth_addr_equal(addr, berth_addr4(0xc0000201)));
    CHECK(!berth_msg4_bytes(&msg, 3, &got));
    CHECK(berth_msg4_bytes(&msg, 5, &got) && got.len == 0);
    CHECK(berth_msg4_bytes(&msg, 2, &got) && got.len == 2);
}

static void test_suboptions(void)
{
    static const struct {
        const char *name, *hex;
        bool valid;
        uint8_t sub;
        const char *found; /* hex, NULL: not found */
    } rows[] = {
        {"none", "", false, 1, NULL},
        {"one", "010161", true, 1, "61"},
        {"second of two", "01016102026263", true, 2, "6263"},
        {"first of the same", "010161010162", true, 1, "61"},
        {"empty", "0100", true, 1, ""},
        {"code alone", "01", false, 1, NULL},
        {"past the end", "010261", false, 1, NULL},
        {"found before it breaks", "01016102", false, 1, "61"},
        {"broken before it is found", "01ff0201", false, 2, NULL},
        {"0 and 255 are codes like others", "000161ff0162", true, 255, "62"},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        uint8_t buffer[32], want[32];
        int len = berth_hex_parse(rows[i].hex, buffer, sizeof(buffer));
        BerthBytes items = {buffer, (size_t)MAX(len, 0)}, found = {0};

        berth_row("%s", rows[i].name);
        if (len < 0)
            continue;
        CHECK_INT(berth_sub4_valid(items), rows[i].valid);
        CHECK_INT(berth_sub4_find(items, rows[i].sub, &found), rows[i].found != NULL);
        len = berth_hex_parse(rows[i].found ? rows[i].found : "", want, sizeof(want));
        CHECK_BYTES(found, ((BerthBytes){want, (size_t)len}));
    }
}

static void test_labels(void)
{
    BerthMsg4 msg = offer();
    char label[BERTH_LABEL_SIZE];

    CHECK_TEXT(berth_label4(&msg, label, sizeof(label)),
               "[hwtype=1 02:00:00:00:00:01], cid=[no info], tid=0x1");
    msg.has_option[61] = true;
    msg.option[61] = (BerthBytes){(const uint8_t *)"\x01\xab", 2};
    msg.hwaddr.len = 0;
    CHECK_TEXT(berth_label4(&msg, label, sizeof(label)), "[no hwaddr info], cid=[01:ab], tid=0x1");
    CHECK_TEXT(berth_label4(&msg, label, 10), "[no hwadd");
    msg.option[61] = (BerthBytes){zeros, 255};
    msg.hwaddr.len = BERTH_HWADDR_MAX;
    CHECK_HAS(berth_label4(&msg, label, sizeof(label)), ":00], tid=0x1");
}

static void test_type_names(void)
{
    CHECK_TEXT(berth_type4_name(BERTH_DHCPDISCOVER), "DHCPDISCOVER");
    CHECK_TEXT(berth_type4_name(BERTH_DHCPINFORM), "DHCPINFORM");
    CHECK_TEXT(berth_type4_name((BerthType4)0), "UNKNOWN");
    CHECK_TEXT(berth_type4_name((BerthType4)9), "UNKNOWN");
    CHECK_TEXT(berth_type4_name((BerthType4)255), "UNKNOWN");
}

int main(int argc, char **argv)
{
    static const BerthTest tests[] = {
        {"limits", test_limits},
        {"no-type", test_no_type},
        {"overload-bytes", test_overload_bytes},
        {"overload-as-given", test_overload_as_given},
        {"writer-own-codes", test_writer_own_codes},
        {"small-buffer", test_small_buffer},
        {"many-options", test_many_options},
        {"past-the-end", test_past_the_end},
        {"readers", test_readers},
        {"suboptions", test_suboptions},
        {"labels", test_labels},
        {"type-names", test_type_names},
        {0},
    };

    return berth_tests_main("msg4", tests, argc, argv);
}
