/* The rooms of berthperf that know DHCPv4: packets that are patched, replies that are checked, the
 * bare responder. */
#include "core/wire/msg4.h"
#include "perf_rows.h"
#include "tools/perf/null.h"
#include "tools/perf/v4/reply4.h"
#include "tools/perf/v4/template4.h"
#include "tools/perf/wrong.h"
#include <stdio.h>

#define SERVER 0xc0000201u
#define RELAY 0x0a000002u
#define ADDRESS 0xc000024du
#define XID 0x12345678u
static const uint8_t mac_of_row[6] = {0x02, 0, 0, 0, 0, 7};

static void make_conf(PerfConf *conf)
{
    BerthAddr relay = berth_addr4(RELAY);

    perf_conf_init(conf);
    conf->n_clients = 1;
    conf->local_port = perf_conf_server_port(conf);
    g_array_append_val(conf->relays, relay);
}

/* ---- packets ---- */

static PerfPatch patch_of_row(void)
{
    return (PerfPatch){.xid = XID,
                       .waited_ms = 3999,
                       .id = {mac_of_row, sizeof(mac_of_row)},
                       .relay = berth_addr4(RELAY),
                       .server = SERVER,
                       .leases = {{berth_addr4(ADDRESS), 128}}};
}

static const char *patched(const PerfTemplate4 *template, BerthArena *arena)
{
    PerfPatch patch = patch_of_row();
    uint8_t packet[PERF_PACKET_MAX];
    GString *text = g_string_new(NULL);
    BerthMsg4 message;
    BerthParse4 r;
    const char *copy;

    perf_template4_patch(template, &patch, packet);
    r = berth_msg4_parse(&message, (BerthBytes){packet, template->len}, BERTH_BOOTREQUEST, arena);
    if (r == BERTH_PARSE4_OK)
        berth_msg4_text(&message, text);
    copy = berth_arena_strdup(arena, text->str);
    g_string_free(text, TRUE);
    return copy;
}

/* clang-format off */
static const PerfTextRow template_rows[] = {
    {"DISCOVER", PERF_DISCOVER,
     {"DHCPDISCOVER", "xid 0x12345678", "secs 3", "giaddr 10.0.0.2", "02:00:00:00:00:07", "60 vendor-class-identifier: MSFT"},
     {"\n50 ", "\n54 ", "ciaddr"}},
    {"REQUEST", PERF_REQUEST,
     {"DHCPREQUEST", "dhcp-requested-address: 192.0.2.77", "dhcp-server-identifier: 192.0.2.1", "giaddr 10.0.0.2", "\n55 ", "\n60 "},
     {"ciaddr"}},
    {"renewal", PERF_RENEWAL,
     {"DHCPREQUEST", "ciaddr 192.0.2.77", "giaddr 10.0.0.2", "\n61 dhcp-client-identifier: 0x01020000000007"},
     {"\n50 ", "\n54 "}},
    {"rebinding", PERF_REBINDING,
     {"DHCPREQUEST", "ciaddr 192.0.2.77"},
     {"\n50 ", "\n54 "}},
    {"RELEASE", PERF_GIVE_BACK,
     {"DHCPRELEASE", "ciaddr 192.0.2.77", "dhcp-server-identifier: 192.0.2.1", "\n61 dhcp-client-identifier: 0x01020000000007"},
     {"\n50 ", "\n55 ", "\n60 "}},
};
/* clang-format on */

static void test_templates(void)
{
    PerfConf conf;
    PerfTemplate4 template;
    BerthArena arena;

    make_conf(&conf);
    perf_add_option(&conf, 60, "MSFT");
    berth_arena_init(&arena, 1 << 20);
    for (size_t i = 0; i < G_N_ELEMENTS(template_rows); i++) {
        const PerfTextRow *row = &template_rows[i];

        berth_row("%s", row->name);
        if (!CHECK(perf_template4_make(&template, row->step, &conf, NULL)))
            continue;
        perf_check_text(patched(&template, &arena), row);
        CHECK_INT(template.len, BERTH_MSG4_MIN);
    }
    berth_arena_clear(&arena);
    perf_conf_clear(&conf);
}

static void test_template_settings(void)
{
    PerfConf conf;
    PerfTemplate4 template;
    BerthArena arena;
    const char *text;

    make_conf(&conf);
    conf.client_id = false;
    conf.broadcast = conf.rapid_commit = true;
    conf.local_port = 1067;
    berth_arena_init(&arena, 1 << 20);
    CHECK(perf_template4_make(&template, PERF_DISCOVER, &conf, NULL));
    text = patched(&template, &arena);
    berth_row("no client-id");
    CHECK(!strstr(text, "\n61 "));
    berth_row("rapid commit, broadcast");
    CHECK_HAS(text, "\n80:");
    CHECK_HAS(text, "0x8000");
    berth_row("RFC 8357: answers to another port");
    CHECK_HAS(text, "\n82.19 ");
    berth_arena_clear(&arena);
    perf_conf_clear(&conf);
}

static void test_too_many_options(void)
{
    g_autofree char *text = g_strnfill(255, 'x');
    g_autoptr(GError) error = NULL;
    PerfConf conf;
    PerfTemplate4 template;

    make_conf(&conf);
    for (uint8_t code = 224; code < 232; code++)
        perf_add_option(&conf, code, text);
    berth_row("what does not fit is refused");
    CHECK(!perf_template4_make(&template, PERF_DISCOVER, &conf, &error));
    CHECK_HAS(error ? error->message : "", "do not fit");
    perf_conf_clear(&conf);
}

/* The DISCOVER that berthperf makes itself, as a file. */
static char *write_template(const char *dir, const PerfConf *conf, const char *offsets)
{
    PerfTemplate4 template;
    GString *hex = g_string_new(NULL);
    g_autofree char *path = g_build_filename(dir, "template.hex", NULL);
    char *spec = g_strdup_printf("%s%s", path, offsets);

    CHECK(perf_template4_make(&template, PERF_DISCOVER, conf, NULL));
    for (size_t i = 0; i < template.len; i++)
        g_string_append_printf(hex, "%02x%s", template.bytes[i], i % 16 == 15 ? "\n" : " ");
    CHECK(g_file_set_contents(path, hex->str, -1, NULL));
    g_string_free(hex, TRUE);
    return spec;
}

static void test_template_file(void)
{
    static const struct {
        const char *offsets, *error;
    } rows[] = {
        {"", NULL},
        {":xid=4,mac=28,client-id=0x100", NULL},
        {":xid=298", "xid=298: expected FIELD=OFFSET within the template's 300 bytes"},
        {":mac", "expected FIELD=OFFSET"},
        {":name=3", "expected FIELD=OFFSET"},
    };
    g_autofree char *dir = g_dir_make_tmp("berthperf-XXXXXX", NULL);
    g_autofree char *path = g_build_filename(dir, "template.hex", NULL);
    PerfTemplate4 template;
    PerfConf conf;

    make_conf(&conf);
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(GError) error = NULL;
        char *spec = write_template(dir, &conf, rows[i].offsets);
        bool good;

        berth_row("template.hex%s", rows[i].offsets);
        conf.templates[PERF_DISCOVER] = spec;
        good = perf_template4_make(&template, PERF_DISCOVER, &conf, &error);
        CHECK_INT(good, !rows[i].error);
        CHECK_HAS(error ? error->message : "", rows[i].error ? rows[i].error : "");
        if (good)
            CHECK_INT(template.mac << 16 | template.xid, 28 << 16 | 4);
        g_clear_pointer(&conf.templates[PERF_DISCOVER], g_free);
    }
    remove(path);
    remove(dir);
    perf_conf_clear(&conf);
}

/* ---- replies ---- */

/* Bytes of a good answer of the responder to what the client of the row sent. */
static void make_reply(PerfStep step, uint8_t ret[PERF_NULL_LEN])
{
    PerfPatch patch = patch_of_row();
    PerfNull null = {.server = SERVER, .counter = ADDRESS - 0x0a000001u};
    uint8_t packet[PERF_PACKET_MAX];
    PerfTemplate4 template;
    PerfConf conf;

    make_conf(&conf);
    CHECK(perf_template4_make(&template, step, &conf, NULL));
    perf_template4_patch(&template, &patch, packet);
    CHECK(perf_null_answer(&null, (BerthBytes){packet, template.len}, ret));
    perf_conf_clear(&conf);
}

static void test_reply_read(void)
{
    uint8_t bytes[PERF_NULL_LEN];
    PerfReply reply;

    berth_row("an ACK");
    make_reply(PERF_REQUEST, bytes);
    CHECK_INT(perf_reply4_read((BerthBytes){bytes, sizeof(bytes)}, &reply), PERF_RIGHT);
    CHECK_INT(reply.type, BERTH_DHCPACK);
    CHECK_INT(reply.xid, XID);
    CHECK_INT(berth_addr_to4(reply.leases[PERF_ADDRESS].addr), ADDRESS);
    CHECK_INT(reply.server, SERVER);
    CHECK_INT(berth_addr_to4(reply.giaddr), RELAY);
    CHECK_INT(reply.lifetimes_sec[PERF_ADDRESS], 3600);
    CHECK_BYTES(reply.id, ((BerthBytes){mac_of_row, 6}));
}

/* One thing is changed in a good answer. Options begin at 240: 53 1 T, 54 4 SERVER, 51 4 TIME. */
typedef struct ReplyRow {
    const char *name;
    PerfStep step;   /* what was sent */
    PerfState state; /* what is waited for */
    unsigned at, len;
    uint8_t bytes[4];
    PerfWrong wrong;
    bool is_late;
} ReplyRow;

/* clang-format off */
static const ReplyRow reply_rows[] = {
    {"a good OFFER",            PERF_DISCOVER, PERF_WAIT_OFFER,   0, 0, {0}, PERF_RIGHT, false},
    {"a good ACK",              PERF_REQUEST,  PERF_WAIT_ACK,     0, 0, {0}, PERF_RIGHT, false},
    {"a renewed lease",         PERF_RENEWAL,  PERF_WAIT_RENEWED, 0, 0, {0}, PERF_RIGHT, false},
    {"no BOOTREPLY",            PERF_REQUEST,  PERF_WAIT_ACK,     0, 1, {1}, PERF_WRONG_OP, false},
    {"no cookie",               PERF_REQUEST,  PERF_WAIT_ACK,   236, 1, {1}, PERF_WRONG_COOKIE, false},
    {"a long server id",        PERF_REQUEST,  PERF_WAIT_ACK,   244, 1, {5}, PERF_WRONG_OPTIONS, false},
    {"an endless option",       PERF_REQUEST,  PERF_WAIT_ACK,   240, 2, {99, 255}, PERF_WRONG_OPTIONS, false},
    {"another's MAC",           PERF_REQUEST,  PERF_WAIT_ACK,    33, 1, {8}, PERF_WRONG_MAC, false},
    {"another giaddr",          PERF_REQUEST,  PERF_WAIT_ACK,    24, 1, {11}, PERF_WRONG_GIADDR, false},
    {"no server id",            PERF_REQUEST,  PERF_WAIT_ACK,   243, 1, {60}, PERF_WRONG_NO_SERVER, false},
    {"another server",          PERF_REQUEST,  PERF_WAIT_ACK,   248, 1, {9}, PERF_WRONG_SERVER, false},
    {"no lease time",           PERF_REQUEST,  PERF_WAIT_ACK,   249, 1, {60}, PERF_WRONG_NO_LIFETIME, false},
    {"no lease time offered",   PERF_DISCOVER, PERF_WAIT_OFFER, 249, 1, {60}, PERF_WRONG_NO_LIFETIME, false},
    {"no address",              PERF_DISCOVER, PERF_WAIT_OFFER,  16, 4, {0}, PERF_WRONG_NO_ADDRESS, false},
    {"another address",         PERF_REQUEST,  PERF_WAIT_ACK,    19, 1, {78}, PERF_WRONG_ADDRESS, false},
    {"another one renewed",     PERF_RENEWAL,  PERF_WAIT_RENEWED, 19, 1, {78}, PERF_WRONG_RENEWED, false},
    {"an ACK to a DISCOVER",    PERF_DISCOVER, PERF_WAIT_OFFER, 242, 1, {5}, PERF_WRONG_TYPE, false},
    {"a NAK to a DISCOVER",     PERF_DISCOVER, PERF_WAIT_OFFER, 242, 1, {6}, PERF_WRONG_TYPE, false},
    {"a rebound lease",         PERF_REBINDING, PERF_WAIT_REBOUND, 0, 0, {0}, PERF_RIGHT, false},
    {"an OFFER to a renewal",   PERF_RENEWAL,  PERF_WAIT_RENEWED, 242, 1, {2}, PERF_WRONG_TYPE, false},
    {"a type that is none",     PERF_REQUEST,  PERF_WAIT_ACK,   242, 1, {1}, PERF_WRONG_TYPE, false},
    {"a NAK",                   PERF_REQUEST,  PERF_WAIT_ACK,   242, 1, {6}, PERF_RIGHT, false},
    {"a second OFFER",          PERF_DISCOVER, PERF_WAIT_ACK,     0, 0, {0}, PERF_RIGHT, true},
    {"an ACK twice",            PERF_REQUEST,  PERF_IDLE,         0, 0, {0}, PERF_RIGHT, true},
};
/* clang-format on */

static PerfExpected expected_by(PerfState state)
{
    return (PerfExpected){.state = state,
                          .id = {mac_of_row, sizeof(mac_of_row)},
                          .relay = berth_addr4(RELAY),
                          .server = SERVER,
                          .leases = {{berth_addr4(ADDRESS), 128}}};
}

static void test_reply_check(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(reply_rows); i++) {
        const ReplyRow *row = &reply_rows[i];
        PerfExpected expected = expected_by(row->state);
        PerfConf conf = {.rapid_commit = false};
        uint8_t bytes[PERF_NULL_LEN];
        PerfReply reply;
        PerfWrong wrong;
        bool is_late = false;

        berth_row("%s", row->name);
        make_reply(row->step, bytes);
        memcpy(bytes + row->at, row->bytes, row->len);
        wrong = perf_reply4_read((BerthBytes){bytes, sizeof(bytes)}, &reply);
        if (wrong == PERF_RIGHT)
            wrong = perf_reply4_check(&conf, &reply, &expected, &is_late);
        CHECK_TEXT(perf_wrong_name(wrong), perf_wrong_name(row->wrong));
        CHECK_INT(is_late, row->is_late);
    }
}

/* Every length of a good reply, each in memory of its own size, so that a sanitizer sees a byte too
 * many. */
static void test_reply_cut(void)
{
    uint8_t bytes[PERF_NULL_LEN];

    make_reply(PERF_REQUEST, bytes);
    for (size_t len = 0; len < 256; len++) {
        g_autofree uint8_t *cut = g_memdup2(bytes, len ? len : 1);
        PerfReply reply;
        PerfWrong wrong = perf_reply4_read((BerthBytes){cut, len}, &reply);

        berth_row("%zu bytes", len);
        CHECK_INT(wrong, len < BERTH_MSG4_HEADER ? PERF_WRONG_SHORT
                         : len < 255             ? PERF_WRONG_OPTIONS
                                                 : PERF_RIGHT);
    }
}

static void test_rapid_commit(void)
{
    PerfExpected expected = expected_by(PERF_WAIT_OFFER);
    PerfConf conf = {.rapid_commit = true};
    uint8_t bytes[PERF_NULL_LEN];
    PerfReply reply;
    bool is_late;

    berth_row("an ACK to a DISCOVER that asked for it");
    make_reply(PERF_DISCOVER, bytes);
    bytes[242] = BERTH_DHCPACK;
    CHECK_INT(perf_reply4_read((BerthBytes){bytes, sizeof(bytes)}, &reply), PERF_RIGHT);
    CHECK_INT(perf_reply4_check(&conf, &reply, &expected, &is_late), PERF_RIGHT);
}

static void test_wrong_names(void)
{
    for (int i = 0; i < PERF_WRONGS; i++) {
        berth_row("%d", i);
        CHECK(perf_wrong_name((PerfWrong)i) && perf_wrong_text((PerfWrong)i));
    }
}

/* ---- the bare responder ---- */

static void test_null(void)
{
    PerfNull null = {.server = SERVER};
    uint8_t reply[PERF_NULL_LEN], other[PERF_NULL_LEN], query[PERF_NULL_LEN];
    BerthArena arena;
    BerthMsg4 message;

    make_reply(PERF_REQUEST, query);
    berth_row("a reply is not answered");
    CHECK(!perf_null_answer(&null, (BerthBytes){query, sizeof(query)}, reply));
    query[0] = BERTH_BOOTREQUEST;
    query[242] = BERTH_DHCPDISCOVER;
    berth_row("two OFFERs are of two addresses");
    CHECK(perf_null_answer(&null, (BerthBytes){query, sizeof(query)}, reply));
    CHECK(perf_null_answer(&null, (BerthBytes){query, sizeof(query)}, other));
    CHECK(memcmp(reply + 16, other + 16, 4) != 0);
    berth_row("a RELEASE is not answered");
    query[242] = BERTH_DHCPRELEASE;
    CHECK(!perf_null_answer(&null, (BerthBytes){query, sizeof(query)}, other));
    berth_row("what it says is a DHCP message");
    berth_arena_init(&arena, 1 << 16);
    CHECK_INT(
        berth_msg4_parse(&message, (BerthBytes){reply, sizeof(reply)}, BERTH_BOOTREPLY, &arena),
        BERTH_PARSE4_OK);
    berth_arena_clear(&arena);
}

int main(int argc, char **argv)
{
    static const BerthTest tests[] = {
        {"templates", test_templates},
        {"template settings", test_template_settings},
        {"too many options", test_too_many_options},
        {"template file", test_template_file},
        {"reading replies", test_reply_read},
        {"checking replies", test_reply_check},
        {"replies cut short", test_reply_cut},
        {"rapid commit", test_rapid_commit},
        {"names of what is wrong", test_wrong_names},
        {"null", test_null},
        {0},
    };

    return berth_tests_main("perf4", tests, argc, argv);
}
