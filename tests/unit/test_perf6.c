/* The rooms of berthperf that know DHCPv6: packets that are patched, replies that are checked, the
 * bare responder. */
#include "core/wire/msg6.h"
#include "tests/lib/rows.h"
#include "tools/perf/v6/null6.h"
#include "tools/perf/v6/relay6.h"
#include "tools/perf/v6/reply6.h"
#include "tools/perf/v6/template6.h"
#include <stdio.h>

#define XID 0x123456u
static const uint8_t id_of_row[PERF_DUID_LL_LEN] = {0, 3, 0, 1, 2, 0, 0, 0, 0, 7};
static const uint8_t server_of_row[] = {0, 3, 0, 1, 2, 0, 0, 0, 0, 1}; /* the responder's */

static BerthAddr addr_of(const char *text)
{
    BerthAddr addr = BERTH_ADDR6_ANY;

    CHECK_INT(berth_addr_parse(text, &addr), 0);
    return addr;
}

static void make_conf(PerfConf *conf, unsigned n_levels)
{
    BerthAddr relay = addr_of("2001:db8:5::1");

    perf_conf_init(conf);
    conf->is_v6 = true;
    conf->n_clients = 1;
    conf->levels = n_levels;
    conf->wants[PERF_PREFIX] = true;
    conf->local_port = perf_conf_server_port(conf);
    g_array_append_val(conf->relays, relay);
}

static PerfPatch patch_of_row(void)
{
    return (PerfPatch){.xid = XID,
                       .waited_ms = 3999,
                       .id = {id_of_row, sizeof(id_of_row)},
                       .relay = addr_of("2001:db8:5::1"),
                       .leases = {{addr_of("2001:db8::4d"), 128}, {addr_of("3fff:0:0:300::"), 56}}};
}

/* ---- packets ---- */

static const char *text_of(BerthBytes bytes, BerthArena *arena)
{
    GString *text = g_string_new(NULL);
    g_autofree BerthMsg6 *message = g_new0(BerthMsg6, 1);
    const char *copy;

    if (CHECK_INT(berth_msg6_parse(message, bytes, arena), BERTH_PARSE6_OK))
        berth_msg6_text(message, text);
    copy = berth_arena_strdup(arena, text->str);
    g_string_free(text, TRUE);
    return copy;
}

static const char *patched(const PerfTemplate6 *template, BerthArena *arena)
{
    PerfPatch patch = patch_of_row();
    uint8_t *packet = berth_arena_alloc(arena, PERF_PACKET6_MAX);
    size_t len = perf_template6_write(template, &patch,
                                      (BerthBytes){server_of_row, sizeof(server_of_row)}, packet);

    return text_of((BerthBytes){packet, len}, arena);
}

typedef struct TemplateRow {
    const char *name;
    PerfStep step;
    const char *has[8], *lacks[4];
} TemplateRow;

#define CLIENT "\n1 clientid: 0x00030001020000000007"
#define SERVER "\n2 serverid: 0x00030001020000000001"
#define ADDRESS "\n3.5 iaaddr: 2001:db8::4d, 0, 0"
#define PREFIX "\n25.26 iaprefix: 0, 0, 56, 3fff:0:0:300::"

/* clang-format off */
static const TemplateRow template_rows[] = {
    {"SOLICIT", PERF_DISCOVER,
     {"SOLICIT", "xid 0x123456", "\n8 elapsed-time: 399", CLIENT, "\n3 ia-na: 1, 0, 0", "\n25 ia-pd: 1, 0, 0", "\n6 oro: 23, 24, 82", "\n15 "},
     {"\n2 ", "\n3.5", "\n25.26", "\n14 "}},
    {"REQUEST", PERF_REQUEST,
     {"REQUEST", CLIENT, SERVER, ADDRESS, PREFIX, "\n6 oro", "\n15 "}, {NULL}},
    {"RENEW", PERF_RENEWAL,
     {"RENEW", CLIENT, SERVER, ADDRESS, PREFIX, "\n6 oro", "\n15 "}, {NULL}},
    {"REBIND", PERF_REBINDING,
     {"REBIND", CLIENT, ADDRESS, PREFIX, "\n6 oro", "\n15 "}, {"\n2 "}},
    {"RELEASE", PERF_GIVE_BACK,
     {"RELEASE", CLIENT, SERVER, ADDRESS, PREFIX}, {"\n6 ", "\n15 "}},
};
/* clang-format on */

static void add_option(PerfConf *conf, uint16_t code, const char *text)
{
    PerfOption option = {code, g_bytes_new(text, strlen(text))};

    g_array_append_val(conf->options, option);
}

static void check_text(const char *text, const TemplateRow *row)
{
    for (size_t k = 0; k < G_N_ELEMENTS(row->has) && row->has[k]; k++)
        CHECK_HAS(text, row->has[k]);
    for (size_t k = 0; k < G_N_ELEMENTS(row->lacks) && row->lacks[k]; k++)
        CHECK(!strstr(text, row->lacks[k]));
}

static void test_templates(void)
{
    PerfConf conf;
    PerfTemplate6 template;
    BerthArena arena;

    make_conf(&conf, 0);
    add_option(&conf, BERTH_D6O_USER_CLASS, "x");
    berth_arena_init(&arena, 1 << 20);
    for (size_t i = 0; i < G_N_ELEMENTS(template_rows); i++) {
        const TemplateRow *row = &template_rows[i];

        berth_row("%s", row->name);
        if (CHECK(perf_template6_make(&template, row->step, &conf, NULL)))
            check_text(patched(&template, &arena), row);
    }
    berth_arena_clear(&arena);
    perf_conf_clear(&conf);
}

static void test_template_settings(void)
{
    PerfConf conf;
    PerfTemplate6 template;
    BerthArena arena;
    const char *text;

    make_conf(&conf, 0);
    conf.rapid_commit = true;
    conf.wants[PERF_PREFIX] = false;
    berth_arena_init(&arena, 1 << 20);
    CHECK(perf_template6_make(&template, PERF_DISCOVER, &conf, NULL));
    text = patched(&template, &arena);
    berth_row("rapid commit");
    CHECK_HAS(text, "\n14 ");
    berth_row("addresses only");
    CHECK(!strstr(text, "\n25 "));
    conf.wants[PERF_PREFIX] = true;
    conf.wants[PERF_ADDRESS] = false;
    CHECK(perf_template6_make(&template, PERF_DISCOVER, &conf, NULL));
    text = patched(&template, &arena);
    berth_row("prefixes only");
    CHECK_HAS(text, "\n25 ");
    CHECK(!strstr(text, "\n3 "));
    berth_arena_clear(&arena);
    perf_conf_clear(&conf);
}

static void test_levels(void)
{
    PerfConf conf;
    PerfTemplate6 template;
    BerthArena arena;
    const char *text;

    make_conf(&conf, 3);
    conf.local_port = 1547;
    berth_arena_init(&arena, 1 << 20);
    CHECK(perf_template6_make(&template, PERF_REQUEST, &conf, NULL));
    text = patched(&template, &arena);
    berth_row("RFC 9915 19.1: who is around whom");
    CHECK_HAS(text, "relay 0 hops 2 link :: peer 2001:db8:5::1\n");
    CHECK_HAS(text, "relay 1 hops 1 link :: peer 2001:db8:5::1\n");
    CHECK_HAS(text, "relay 2 hops 0 link 2001:db8:5::1 peer fe80::ff:fe00:7\n");
    CHECK_HAS(text, "REQUEST");
    CHECK_HAS(text, SERVER);
    berth_row("RFC 8357: answers to another port");
    CHECK_HAS(text, "relay 0 135 relay-source-port: 0");
    CHECK(!strstr(text, "relay 1 135"));
    conf.levels = PERF_LEVELS_MAX;
    berth_row("as many levels as there may be");
    CHECK(perf_template6_make(&template, PERF_REQUEST, &conf, NULL));
    CHECK_HAS(patched(&template, &arena), "relay 31 hops 0 link 2001:db8:5::1");
    berth_arena_clear(&arena);
    perf_conf_clear(&conf);
}

static void test_too_many_options(void)
{
    g_autofree char *text = g_strnfill(1900, 'x');
    g_autoptr(GError) error = NULL;
    PerfConf conf;
    PerfTemplate6 template;

    make_conf(&conf, 1);
    add_option(&conf, 1000, text);
    berth_row("what does not fit is refused");
    CHECK(!perf_template6_make(&template, PERF_DISCOVER, &conf, &error));
    CHECK_HAS(error ? error->message : "", "do not fit");
    perf_conf_clear(&conf);
}

/* ---- packets from a file ---- */

/* A RENEW with both identifiers, of another client and server, before what is patched; and vendor
 * options that end with the hardware address. */
#define FILE_HEX                                                                \
    "05 aabbcc  0001 000a 00030001 0a0000000009  0002 0008 0002 0000118b 0102 " \
    "0008 0002 0000  0003 0028 00000001 00000000 00000000 "                     \
    "0005 0018 20010db8000000000000000000000009 00000000 00000000 "             \
    "0019 0029 00000001 00000000 00000000 "                                     \
    "001a 0019 00000000 00000000 40 3fff0000000000090000000000000000 "          \
    "0011 000a 0000118b 0a0000000009"

typedef struct FileRow {
    const char *offsets, *error;
    const char *has;
} FileRow;

/* clang-format off */
static const FileRow file_rows[] = {
    {"",             NULL, "0x0000118b0a0000000009"},
    {":mac=0x85",    NULL, "0x0000118b020000000007"},
    {":elapsed=0",   NULL, "\n8 elapsed-time: 399"},
    {":mac=0x86",    "mac=0x86: expected FIELD=OFFSET within the template's 139 bytes", NULL},
    {":secs=4",      "FIELD being xid, elapsed, ip, prefix or mac", NULL},
    {":xid",         "expected FIELD=OFFSET", NULL},
};
/* clang-format on */

static void check_file_row(const FileRow *row, const PerfConf *conf)
{
    g_autoptr(GError) error = NULL;
    PerfTemplate6 template;
    BerthArena arena;
    bool good = perf_template6_make(&template, PERF_RENEWAL, conf, &error);
    const char *text;

    CHECK_INT(good, !row->error);
    CHECK_HAS(error ? error->message : "", row->error ? row->error : "");
    if (!good)
        return;
    berth_arena_init(&arena, 1 << 20);
    text = patched(&template, &arena);
    CHECK_HAS(text, row->has);
    CHECK_HAS(text, "relay 0 hops 0");
    CHECK_HAS(text, "RENEW");
    CHECK_HAS(text, "xid 0x123456");
    CHECK_HAS(text, CLIENT);
    CHECK_HAS(text, SERVER);
    CHECK_HAS(text, ADDRESS);
    CHECK_HAS(text, PREFIX);
    CHECK(!strstr(text, "0002000"));
    berth_arena_clear(&arena);
}

static void test_template_file(void)
{
    g_autofree char *dir = g_dir_make_tmp("berthperf-XXXXXX", NULL);
    g_autofree char *path = g_build_filename(dir, "template.hex", NULL);
    PerfConf conf;

    make_conf(&conf, 1);
    CHECK(g_file_set_contents(path, FILE_HEX, -1, NULL));
    for (size_t i = 0; i < G_N_ELEMENTS(file_rows); i++) {
        berth_row("template.hex%s", file_rows[i].offsets);
        conf.templates[PERF_RENEWAL] = g_strdup_printf("%s%s", path, file_rows[i].offsets);
        check_file_row(&file_rows[i], &conf);
        g_clear_pointer(&conf.templates[PERF_RENEWAL], g_free);
    }
    remove(path);
    remove(dir);
    perf_conf_clear(&conf);
}

/* ---- replies ---- */

/* Bytes of a good answer of the responder to what the client of the row sent. */
static size_t make_reply(const PerfConf *conf, PerfStep step, uint8_t ret[PERF_PACKET6_MAX])
{
    PerfPatch patch = patch_of_row();
    PerfNull null = {.counter = 3};
    uint8_t packet[PERF_PACKET6_MAX];
    PerfTemplate6 template;
    size_t len;

    CHECK(perf_template6_make(&template, step, conf, NULL));
    len = perf_template6_write(&template, &patch,
                               (BerthBytes){server_of_row, sizeof(server_of_row)}, packet);
    len = perf_null6_answer(&null, (BerthBytes){packet, len}, ret);
    CHECK(len > 0);
    return len;
}

static void test_reply_read(void)
{
    uint8_t bytes[PERF_PACKET6_MAX];
    char text[BERTH_PREFIX_TEXT];
    PerfServers servers = {.n = 0};
    PerfConf conf;
    PerfReply reply;
    size_t len;

    make_conf(&conf, 2);
    len = make_reply(&conf, PERF_REQUEST, bytes);
    berth_row("a REPLY");
    CHECK_INT(perf_reply6_read(&conf, &servers, (BerthBytes){bytes, len}, &reply), PERF_RIGHT);
    CHECK_INT(reply.type, BERTH_REPLY);
    CHECK_INT(reply.answer, PERF_ACKED);
    CHECK_INT(reply.xid, XID);
    CHECK_INT(reply.levels, 2);
    CHECK_BYTES(reply.id, ((BerthBytes){id_of_row, sizeof(id_of_row)}));
    CHECK_BYTES(perf_servers_duid(&servers, reply.server),
                ((BerthBytes){server_of_row, sizeof(server_of_row)}));
    CHECK_TEXT(perf_lease_text(&reply.leases[PERF_ADDRESS], text), "2001:db8::4d");
    CHECK_TEXT(perf_lease_text(&reply.leases[PERF_PREFIX], text), "3fff:0:0:300::/56");
    CHECK_INT(reply.lifetimes_sec[PERF_PREFIX], 3600);
    perf_conf_clear(&conf);
}

/* One thing is changed in a good answer through one relay. It begins with the RELAY-REPL (38 with
 * the head of option 9); from there: type 0, xid 1, server-id 4..17, then options as they were
 * asked for: IA_NA 18 (IAADDR 34), IA_PD 62 (IAPREFIX 78), client-id 107. */
#define AT(offset) (38 + (offset))
typedef struct ReplyRow {
    const char *name;
    PerfStep step;   /* what was sent */
    PerfState state; /* what is waited for */
    unsigned at, len;
    uint8_t bytes[4];
    PerfWrong wrong;
    PerfAnswer answer; /* of what is right */
} ReplyRow;

/* clang-format off */
static const ReplyRow reply_rows[] = {
    {"a good ADVERTISE",         PERF_DISCOVER,  PERF_WAIT_OFFER,    0, 0, {0}, PERF_RIGHT, PERF_OFFERED},
    {"a good REPLY",             PERF_REQUEST,   PERF_WAIT_ACK,      0, 0, {0}, PERF_RIGHT, PERF_ACKED},
    {"a renewed lease",          PERF_RENEWAL,   PERF_WAIT_RENEWED,  0, 0, {0}, PERF_RIGHT, PERF_ACKED},
    {"a rebound lease",          PERF_REBINDING, PERF_WAIT_REBOUND,  0, 0, {0}, PERF_RIGHT, PERF_ACKED},
    {"a released lease",         PERF_GIVE_BACK, PERF_WAIT_RELEASED, 0, 0, {0}, PERF_RIGHT, PERF_ACKED},
    {"another hop count",        PERF_REQUEST,   PERF_WAIT_ACK,      1, 1, {1}, PERF_WRONG_RELAY, 0},
    {"another link-address",     PERF_REQUEST,   PERF_WAIT_ACK,     17, 1, {9}, PERF_WRONG_RELAY, 0},
    {"another peer-address",     PERF_REQUEST,   PERF_WAIT_ACK,     33, 1, {9}, PERF_WRONG_RELAY, 0},
    {"a RELAY-FORW",             PERF_REQUEST,   PERF_WAIT_ACK,      0, 1, {12}, PERF_WRONG_OPTIONS, 0},
    {"no Relay Message option",  PERF_REQUEST,   PERF_WAIT_ACK,     35, 1, {7}, PERF_WRONG_OPTIONS, 0},
    {"an endless Relay Message", PERF_REQUEST,   PERF_WAIT_ACK,     36, 1, {9}, PERF_WRONG_OPTIONS, 0},
    {"an endless option",        PERF_REQUEST,   PERF_WAIT_ACK,     AT(109), 1, {1}, PERF_WRONG_OPTIONS, 0},
    {"an endless IA",            PERF_REQUEST,   PERF_WAIT_ACK,     AT(20), 1, {1}, PERF_WRONG_OPTIONS, 0},
    {"an endless IAADDR",        PERF_REQUEST,   PERF_WAIT_ACK,     AT(37), 1, {25}, PERF_WRONG_OPTIONS, 0},
    {"a short IAADDR",           PERF_REQUEST,   PERF_WAIT_ACK,     AT(37), 1, {23}, PERF_WRONG_OPTIONS, 0},
    {"no client-id",             PERF_REQUEST,   PERF_WAIT_ACK,     AT(108), 1, {99}, PERF_WRONG_NO_CLIENT, 0},
    {"another client-id",        PERF_REQUEST,   PERF_WAIT_ACK,     AT(120), 1, {8}, PERF_WRONG_CLIENT, 0},
    {"no server-id",             PERF_REQUEST,   PERF_WAIT_ACK,     AT(5), 1, {99}, PERF_WRONG_NO_SERVER, 0},
    {"another server-id",        PERF_REQUEST,   PERF_WAIT_ACK,     AT(17), 1, {9}, PERF_WRONG_SERVER, 0},
    {"another server renews",    PERF_RENEWAL,   PERF_WAIT_RENEWED, AT(17), 1, {9}, PERF_WRONG_SERVER, 0},
    {"another server rebinds",   PERF_REBINDING, PERF_WAIT_REBOUND, AT(17), 1, {9}, PERF_RIGHT, PERF_ACKED},
    {"a REPLY to a SOLICIT",     PERF_DISCOVER,  PERF_WAIT_OFFER,   AT(0), 1, {7}, PERF_WRONG_TYPE, 0},
    {"an ADVERTISE to a REQUEST", PERF_REQUEST,  PERF_WAIT_ACK,     AT(0), 1, {2}, PERF_WRONG_TYPE, 0},
    {"a RECONFIGURE",            PERF_REQUEST,   PERF_WAIT_ACK,     AT(0), 1, {10}, PERF_WRONG_TYPE, 0},
    {"another IAID",             PERF_REQUEST,   PERF_WAIT_ACK,     AT(25), 1, {2}, PERF_WRONG_IAID, 0},
    {"T1 after T2",              PERF_REQUEST,   PERF_WAIT_ACK,     AT(28), 2, {8, 0}, PERF_WRONG_TIMES, 0},
    {"T1 and T2 are left open",  PERF_REQUEST,   PERF_WAIT_ACK,     AT(32), 2, {0, 0}, PERF_RIGHT, PERF_ACKED},
    {"T2 after the lifetime",    PERF_REQUEST,   PERF_WAIT_ACK,     AT(32), 1, {99}, PERF_WRONG_TIMES, 0},
    {"preferred after valid",    PERF_REQUEST,   PERF_WAIT_ACK,     AT(54), 1, {1}, PERF_WRONG_LIFETIMES, 0},
    {"another address",          PERF_REQUEST,   PERF_WAIT_ACK,     AT(53), 1, {78}, PERF_WRONG_ADDRESS, 0},
    {"another one renewed",      PERF_RENEWAL,   PERF_WAIT_RENEWED, AT(53), 1, {78}, PERF_WRONG_RENEWED, 0},
    {"another prefix",           PERF_REQUEST,   PERF_WAIT_ACK,     AT(97), 1, {4}, PERF_WRONG_PREFIX, 0},
    {"another length",           PERF_REQUEST,   PERF_WAIT_ACK,     AT(90), 1, {60}, PERF_WRONG_PREFIX, 0},
    {"another prefix renewed",   PERF_RENEWAL,   PERF_WAIT_RENEWED, AT(97), 1, {4}, PERF_WRONG_RENEWED_PREFIX, 0},
    {"a prefix with host bits",  PERF_DISCOVER,  PERF_WAIT_OFFER,   AT(106), 1, {1}, PERF_WRONG_PREFIX_BITS, 0},
    {"a prefix of 129 bits",     PERF_DISCOVER,  PERF_WAIT_OFFER,   AT(90), 1, {129}, PERF_WRONG_PREFIX_BITS, 0},
    {"the address in the prefix", PERF_DISCOVER, PERF_WAIT_OFFER,   AT(38), 4, {0x3f, 0xff, 0, 0}, PERF_RIGHT, PERF_OFFERED},
    {"no IA_NA",                 PERF_REQUEST,   PERF_WAIT_ACK,     AT(19), 1, {99}, PERF_WRONG_NO_ADDRESS, 0},
    {"no IA_PD",                 PERF_REQUEST,   PERF_WAIT_ACK,     AT(63), 1, {99}, PERF_WRONG_NO_PREFIX, 0},
    {"no IAADDR",                PERF_DISCOVER,  PERF_WAIT_OFFER,   AT(35), 1, {99}, PERF_WRONG_NO_ADDRESS, 0},
    {"a status instead of a lease", PERF_DISCOVER, PERF_WAIT_OFFER, AT(35), 1, {13}, PERF_WRONG_STATUS, 0},
    {"a REPLY twice",            PERF_REQUEST,   PERF_IDLE,          0, 0, {0}, PERF_RIGHT, PERF_ACKED},
};
/* clang-format on */

static PerfExpected expected_by(PerfState state)
{
    PerfPatch patch = patch_of_row();

    return (PerfExpected){.state = state,
                          .id = {id_of_row, sizeof(id_of_row)},
                          .relay = patch.relay,
                          .leases = {patch.leases[0], patch.leases[1]}};
}

static PerfWrong judge(const PerfConf *conf, BerthBytes message, PerfState state, PerfReply *ret,
                       bool *ret_is_late)
{
    PerfExpected expected = expected_by(state);
    PerfServers servers = {.n = 0};
    PerfWrong wrong;

    (void)perf_servers_number(&servers, (BerthBytes){server_of_row, sizeof(server_of_row)});
    wrong = perf_reply6_read(conf, &servers, message, ret);
    return wrong == PERF_RIGHT ? perf_reply6_check(conf, ret, &expected, ret_is_late) : wrong;
}

static void test_reply_check(void)
{
    PerfConf conf;

    make_conf(&conf, 1);
    for (size_t i = 0; i < G_N_ELEMENTS(reply_rows); i++) {
        const ReplyRow *row = &reply_rows[i];
        uint8_t bytes[PERF_PACKET6_MAX];
        PerfReply reply;
        bool is_late = false;
        size_t len;

        berth_row("%s", row->name);
        len = make_reply(&conf, row->step, bytes);
        memcpy(bytes + row->at, row->bytes, row->len);
        CHECK_TEXT(
            perf_wrong_name(judge(&conf, (BerthBytes){bytes, len}, row->state, &reply, &is_late)),
            perf_wrong_name(row->wrong));
        CHECK_INT(is_late, row->state == PERF_IDLE);
        if (row->wrong == PERF_RIGHT)
            CHECK_INT(reply.answer, row->answer);
    }
    perf_conf_clear(&conf);
}

/* ---- replies made by hand ---- */

typedef struct HandRow {
    const char *name;
    PerfState state;
    const char *options; /* behind those of client and server */
    PerfWrong wrong;
    PerfAnswer answer;
    uint16_t status;
} HandRow;

#define NA "0003 0028 00000001 00000000 00000000 0005 0018 20010db800000000000000000000004d "
#define PD "0019 0029 00000001 00000000 00000000 001a 0019 "
#define PD_PREFIX "38 3fff0000000003000000000000000000 "
#define GOOD_NA NA "00000e10 00000e10 "
#define GOOD_PD PD "00000e10 00000e10 " PD_PREFIX

/* clang-format off */
static const HandRow hand_rows[] = {
    {"both",                        PERF_WAIT_ACK, GOOD_NA GOOD_PD, PERF_RIGHT, PERF_ACKED, 0},
    {"for ever",                    PERF_WAIT_ACK, "0003 0028 00000001 ffffffff ffffffff 0005 0018 20010db800000000000000000000004d ffffffff ffffffff " GOOD_PD,
     PERF_RIGHT, PERF_ACKED, 0},
    {"a status at the top",         PERF_WAIT_ACK, "000d 0002 0001", PERF_RIGHT, PERF_REFUSED, 1},
    {"success is no refusal",       PERF_WAIT_ACK, "000d 0004 0000 6f6b " GOOD_NA GOOD_PD, PERF_RIGHT, PERF_ACKED, 0},
    {"a status in one IA",          PERF_WAIT_ACK, "0003 0012 00000001 00000000 00000000 000d 0002 0002 " GOOD_PD, PERF_RIGHT, PERF_REFUSED, 2},
    {"a status in the other IA",    PERF_WAIT_ACK, GOOD_NA "0019 0012 00000001 00000000 00000000 000d 0002 0006", PERF_RIGHT, PERF_REFUSED, 6},
    {"a status in an address",      PERF_WAIT_ACK,
     "0003 002e 00000001 00000000 00000000 0005 001e 20010db800000000000000000000004d 00000e10 00000e10 000d 0002 0004 " GOOD_PD,
     PERF_RIGHT, PERF_REFUSED, 4},
    {"no binding",                  PERF_WAIT_RENEWED, "0003 0012 00000001 00000000 00000000 000d 0002 0003", PERF_RIGHT, PERF_REFUSED, 3},
    {"no binding to release",       PERF_WAIT_RELEASED, "0003 0012 00000001 00000000 00000000 000d 0002 0003 000d 0002 0000", PERF_RIGHT, PERF_REFUSED, 3},
    {"a status that there is not",  PERF_WAIT_ACK, "000d 0002 0063", PERF_WRONG_STATUS, 0, 0},
    {"a short status",              PERF_WAIT_ACK, "000d 0001 00", PERF_WRONG_OPTIONS, 0, 0},
    {"a lifetime of 0",             PERF_WAIT_RENEWED, NA "00000000 00000000 " GOOD_PD, PERF_RIGHT, PERF_REFUSED, 0},
    {"nothing",                     PERF_WAIT_ACK, "", PERF_WRONG_NO_ADDRESS, 0, 0},
    {"nothing to release",          PERF_WAIT_RELEASED, "", PERF_RIGHT, PERF_ACKED, 0},
    {"the address in the prefix",   PERF_WAIT_OFFER, GOOD_NA PD "00000e10 00000e10 20 20010db8000000000000000000000000 ", PERF_WRONG_OVERLAP, 0, 0},
    {"half an option",              PERF_WAIT_ACK, GOOD_NA GOOD_PD "0001 00", PERF_WRONG_OPTIONS, 0, 0},
    {"half an IA",                  PERF_WAIT_ACK, GOOD_NA "0019 000b 00000001 00000000 000000", PERF_WRONG_OPTIONS, 0, 0},
    {"half an IAADDR",              PERF_WAIT_ACK, "0003 0013 00000001 00000000 00000000 0005 0003 200102 " GOOD_PD, PERF_WRONG_OPTIONS, 0, 0},
};
/* clang-format on */

static size_t make_by_hand(const HandRow *row, uint8_t ret[PERF_PACKET6_MAX])
{
    g_autofree char *hex = g_strdup_printf(
        "%s 123456 0001 000a 00030001020000000007 0002 000a 00030001020000000001 %s",
        row->state == PERF_WAIT_OFFER ? "02" : "07", row->options);
    char *to = hex;
    int len;

    for (const char *at = hex; *at; at++)
        if (*at != ' ')
            *to++ = *at;
    *to = '\0';
    len = berth_hex_parse(hex, ret, PERF_PACKET6_MAX);
    CHECK(len > 0);
    return (size_t)MAX(len, 0);
}

static void test_reply_by_hand(void)
{
    PerfConf conf;

    make_conf(&conf, 0);
    for (size_t i = 0; i < G_N_ELEMENTS(hand_rows); i++) {
        const HandRow *row = &hand_rows[i];
        uint8_t bytes[PERF_PACKET6_MAX];
        size_t len;
        PerfReply reply;
        bool is_late = false;

        berth_row("%s", row->name);
        len = make_by_hand(row, bytes);
        CHECK_TEXT(
            perf_wrong_name(judge(&conf, (BerthBytes){bytes, len}, row->state, &reply, &is_late)),
            perf_wrong_name(row->wrong));
        if (row->wrong != PERF_RIGHT)
            continue;
        CHECK_INT(reply.answer, row->answer);
        CHECK_INT(reply.status, row->status);
    }
    perf_conf_clear(&conf);
}

static void test_unasked(void)
{
    static const HandRow row = {
        "a prefix for who asked for an address", PERF_WAIT_ACK, GOOD_NA GOOD_PD, 0, 0, 0};
    uint8_t bytes[PERF_PACKET6_MAX];
    PerfConf conf;
    PerfReply reply;
    bool is_late;
    size_t len;

    make_conf(&conf, 0);
    conf.wants[PERF_PREFIX] = false;
    berth_row("%s", row.name);
    len = make_by_hand(&row, bytes);
    CHECK_INT(judge(&conf, (BerthBytes){bytes, len}, row.state, &reply, &is_late),
              PERF_WRONG_UNASKED);
    perf_conf_clear(&conf);
}

/* Every length of a good reply, each in memory of its own size, so that a sanitizer sees a byte too
 * many. */
static void test_reply_cut(void)
{
    uint8_t bytes[PERF_PACKET6_MAX];
    PerfConf conf;
    size_t whole;

    make_conf(&conf, 2);
    whole = make_reply(&conf, PERF_REQUEST, bytes);
    for (size_t len = 0; len <= whole; len++) {
        g_autofree uint8_t *cut = g_memdup2(bytes, len ? len : 1);
        PerfReply reply;
        bool is_late;
        PerfWrong wrong = judge(&conf, (BerthBytes){cut, len}, PERF_WAIT_ACK, &reply, &is_late);

        berth_row("%zu bytes", len);
        CHECK_INT(wrong, len < PERF_RELAY6_HEAD ? PERF_WRONG_SHORT
                         : len < whole          ? PERF_WRONG_OPTIONS
                                                : PERF_RIGHT);
    }
    perf_conf_clear(&conf);
}

static void test_reply_levels(void)
{
    uint8_t bytes[PERF_PACKET6_MAX];
    PerfConf conf;
    PerfReply reply;
    bool is_late;
    size_t len;

    make_conf(&conf, 2);
    len = make_reply(&conf, PERF_REQUEST, bytes);
    conf.levels = 1;
    berth_row("one level too many");
    CHECK_INT(judge(&conf, (BerthBytes){bytes, len}, PERF_WAIT_ACK, &reply, &is_late),
              PERF_WRONG_LEVELS);
    berth_row("one too few");
    conf.levels = 2;
    CHECK_INT(judge(&conf, (BerthBytes){bytes + 38, len - 38}, PERF_WAIT_ACK, &reply, &is_late),
              PERF_WRONG_LEVELS);
    perf_conf_clear(&conf);
}

static void test_rapid_commit(void)
{
    uint8_t bytes[PERF_PACKET6_MAX];
    PerfConf conf;
    PerfReply reply;
    bool is_late;
    size_t len;

    make_conf(&conf, 0);
    conf.rapid_commit = true;
    len = make_reply(&conf, PERF_DISCOVER, bytes);
    berth_row("a REPLY to a SOLICIT that asked for it");
    CHECK_INT(bytes[0], BERTH_REPLY);
    CHECK_INT(judge(&conf, (BerthBytes){bytes, len}, PERF_WAIT_OFFER, &reply, &is_late),
              PERF_RIGHT);
    CHECK_INT(reply.answer, PERF_ACKED);
    berth_row("without the option");
    bytes[19] = 99;
    CHECK_INT(judge(&conf, (BerthBytes){bytes, len}, PERF_WAIT_OFFER, &reply, &is_late),
              PERF_WRONG_TYPE);
    perf_conf_clear(&conf);
}

static void test_servers(void)
{
    PerfServers servers = {.n = 0};
    uint8_t duid[3] = {0, 3, 0};

    for (uint32_t i = 0; i < PERF_SERVERS_MAX; i++) {
        duid[2] = (uint8_t)i;
        berth_row("server %u", i);
        CHECK_INT(perf_servers_number(&servers, (BerthBytes){duid, 3}), i);
    }
    berth_row("one that is known");
    duid[2] = 5;
    CHECK_INT(perf_servers_number(&servers, (BerthBytes){duid, 3}), 5);
    berth_row("one too many");
    duid[2] = 255;
    CHECK_INT(perf_servers_number(&servers, (BerthBytes){duid, 3}), PERF_NOBODY);
    CHECK_INT(perf_servers_duid(&servers, PERF_NOBODY).len, 0);
}

/* ---- the bare responder ---- */

static void test_null(void)
{
    uint8_t bytes[PERF_PACKET6_MAX], other[PERF_PACKET6_MAX];
    PerfNull null = {.counter = 0};
    PerfPatch patch = patch_of_row();
    uint8_t packet[PERF_PACKET6_MAX];
    PerfTemplate6 template;
    BerthArena arena;
    PerfConf conf;
    const char *text;
    size_t len, n;

    make_conf(&conf, 2);
    berth_arena_init(&arena, 1 << 20);
    CHECK(perf_template6_make(&template, PERF_DISCOVER, &conf, NULL));
    len = perf_template6_write(&template, &patch, (BerthBytes){.len = 0}, packet);
    n = perf_null6_answer(&null, (BerthBytes){packet, len}, bytes);
    CHECK_INT(perf_null6_answer(&null, (BerthBytes){packet, len}, other), n);
    berth_row("what it says is a DHCPv6 message");
    text = text_of((BerthBytes){bytes, n}, &arena);
    CHECK_HAS(text, "ADVERTISE");
    CHECK_HAS(text, "\n3.5 iaaddr: 2001:db8::1, 3600, 3600");
    CHECK_HAS(text, "\n25.26 iaprefix: 3600, 3600, 56, 3fff:0:0:100::");
    berth_row("two ADVERTISEs are of two addresses and two prefixes");
    text = text_of((BerthBytes){other, n}, &arena);
    CHECK_HAS(text, "\n3.5 iaaddr: 2001:db8::3, 3600, 3600");
    CHECK_HAS(text, "\n25.26 iaprefix: 3600, 3600, 56, 3fff:0:0:300::");
    berth_row("a reply is not answered");
    CHECK_INT(perf_null6_answer(&null, (BerthBytes){bytes, n}, other), 0);
    CHECK_INT(null.n_others, 1);
    for (size_t cut = 0; cut < len; cut++) {
        g_autofree uint8_t *copy = g_memdup2(packet, cut ? cut : 1);

        (void)perf_null6_answer(&null, (BerthBytes){copy, cut}, other);
    }
    berth_arena_clear(&arena);
    perf_conf_clear(&conf);
}

int main(int argc, char **argv)
{
    static const BerthTest tests[] = {
        {"templates", test_templates},
        {"template settings", test_template_settings},
        {"levels of relays", test_levels},
        {"too many options", test_too_many_options},
        {"template file", test_template_file},
        {"reading replies", test_reply_read},
        {"checking replies", test_reply_check},
        {"replies made by hand", test_reply_by_hand},
        {"what was not asked for", test_unasked},
        {"replies cut short", test_reply_cut},
        {"levels of replies", test_reply_levels},
        {"rapid commit", test_rapid_commit},
        {"servers", test_servers},
        {"null", test_null},
        {0},
    };

    return berth_tests_main("perf6", tests, argc, argv);
}
