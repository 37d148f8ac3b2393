/* The replies of berthperf's DHCPv6: read, checked, and those of the bare responder. */
#include "perf6_rows.h"
#include "tools/perf/v6/null6.h"
#include "tools/perf/v6/relay6.h"
#include "tools/perf/v6/reply6.h"

/* ---- replies ---- */

/* Bytes of a good answer of the responder to what the client of the row sent. */
static size_t make_reply(const PerfConf *conf, PerfStep step, uint8_t ret[PERF_PACKET6_MAX])
{
    PerfPatch patch = perf6_patch();
    PerfNull null = {.counter = 3};
    uint8_t packet[PERF_PACKET6_MAX];
    PerfTemplate6 template;
    size_t len;

    CHECK(perf_template6_make(&template, step, conf, NULL));
    len = perf_template6_write(&template, &patch, (BerthBytes){perf6_server, sizeof(perf6_server)},
                               packet);
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

    perf6_conf(&conf, 2);
    len = make_reply(&conf, PERF_REQUEST, bytes);
    berth_row("a REPLY");
    CHECK_INT(perf_reply6_read(&conf, &servers, (BerthBytes){bytes, len}, &reply), PERF_RIGHT);
    CHECK_INT(reply.type, BERTH_REPLY);
    CHECK_INT(reply.answer, PERF_ACKED);
    CHECK_INT(reply.xid, XID);
    CHECK_INT(reply.levels, 2);
    CHECK_BYTES(reply.id, ((BerthBytes){perf6_id, sizeof(perf6_id)}));
    CHECK_BYTES(perf_servers_duid(&servers, reply.server),
                ((BerthBytes){perf6_server, sizeof(perf6_server)}));
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
    PerfPatch patch = perf6_patch();

    return (PerfExpected){.state = state,
                          .id = {perf6_id, sizeof(perf6_id)},
                          .relay = patch.relay,
                          .leases = {patch.leases[0], patch.leases[1]}};
}

typedef struct Judged {
    PerfWrong wrong;
    PerfReply reply;
    bool is_late;
} Judged;

static Judged judge(const PerfConf *conf, BerthBytes message, PerfState state)
{
    PerfExpected expected = expected_by(state);
    PerfServers servers = {.n = 0};
    Judged got = {.is_late = false};

    (void)perf_servers_number(&servers, (BerthBytes){perf6_server, sizeof(perf6_server)});
    got.wrong = perf_reply6_read(conf, &servers, message, &got.reply);
    if (got.wrong == PERF_RIGHT)
        got.wrong = perf_reply6_check(conf, &got.reply, &expected, &got.is_late);
    return got;
}

/* Judged to be wrong as the row has it, or right; what there is then to be looked at. */
static Judged check_judged(const PerfConf *conf, BerthBytes message, PerfState state,
                           PerfWrong wrong)
{
    Judged got = judge(conf, message, state);

    CHECK_TEXT(perf_wrong_name(got.wrong), perf_wrong_name(wrong));
    return got;
}

static void test_reply_check(void)
{
    PerfConf conf;

    perf6_conf(&conf, 1);
    for (size_t i = 0; i < G_N_ELEMENTS(reply_rows); i++) {
        const ReplyRow *row = &reply_rows[i];
        uint8_t bytes[PERF_PACKET6_MAX];
        size_t len;
        Judged got;

        berth_row("%s", row->name);
        len = make_reply(&conf, row->step, bytes);
        memcpy(bytes + row->at, row->bytes, row->len);
        got = check_judged(&conf, (BerthBytes){bytes, len}, row->state, row->wrong);
        CHECK_INT(got.is_late, row->state == PERF_IDLE);
        if (row->wrong == PERF_RIGHT)
            CHECK_INT(got.reply.answer, row->answer);
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

static BerthBytes make_by_hand(const HandRow *row, uint8_t ret[PERF_PACKET6_MAX])
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
    return (BerthBytes){ret, (size_t)MAX(len, 0)};
}

static void test_reply_by_hand(void)
{
    PerfConf conf;

    perf6_conf(&conf, 0);
    for (size_t i = 0; i < G_N_ELEMENTS(hand_rows); i++) {
        const HandRow *row = &hand_rows[i];
        uint8_t bytes[PERF_PACKET6_MAX];
        Judged got;

        berth_row("%s", row->name);
        got = check_judged(&conf, make_by_hand(row, bytes), row->state, row->wrong);
        if (row->wrong != PERF_RIGHT)
            continue;
        CHECK_INT(got.reply.answer, row->answer);
        CHECK_INT(got.reply.status, row->status);
    }
    perf_conf_clear(&conf);
}

static void test_unasked(void)
{
    static const HandRow row = {
        "a prefix for who asked for an address", PERF_WAIT_ACK, GOOD_NA GOOD_PD, 0, 0, 0};
    uint8_t bytes[PERF_PACKET6_MAX];
    PerfConf conf;

    perf6_conf(&conf, 0);
    conf.wants[PERF_PREFIX] = false;
    berth_row("%s", row.name);
    (void)check_judged(&conf, make_by_hand(&row, bytes), row.state, PERF_WRONG_UNASKED);
    perf_conf_clear(&conf);
}

/* Every length of a good reply, each in memory of its own size, so that a sanitizer sees a byte too
 * many. */
static void test_reply_cut(void)
{
    uint8_t bytes[PERF_PACKET6_MAX];
    PerfConf conf;
    size_t whole;

    perf6_conf(&conf, 2);
    whole = make_reply(&conf, PERF_REQUEST, bytes);
    for (size_t len = 0; len <= whole; len++) {
        g_autofree uint8_t *cut = g_memdup2(bytes, len ? len : 1);
        PerfWrong wrong = len < PERF_RELAY6_HEAD ? PERF_WRONG_SHORT
                          : len < whole          ? PERF_WRONG_OPTIONS
                                                 : PERF_RIGHT;

        berth_row("%zu bytes", len);
        (void)check_judged(&conf, (BerthBytes){cut, len}, PERF_WAIT_ACK, wrong);
    }
    perf_conf_clear(&conf);
}

static void test_reply_levels(void)
{
    uint8_t bytes[PERF_PACKET6_MAX];
    PerfConf conf;
    size_t len;

    perf6_conf(&conf, 2);
    len = make_reply(&conf, PERF_REQUEST, bytes);
    conf.levels = 1;
    berth_row("one level too many");
    (void)check_judged(&conf, (BerthBytes){bytes, len}, PERF_WAIT_ACK, PERF_WRONG_LEVELS);
    berth_row("one too few");
    conf.levels = 2;
    (void)check_judged(&conf, (BerthBytes){bytes + 38, len - 38}, PERF_WAIT_ACK, PERF_WRONG_LEVELS);
    perf_conf_clear(&conf);
}

static void test_rapid_commit(void)
{
    uint8_t bytes[PERF_PACKET6_MAX];
    PerfConf conf;
    Judged got;
    size_t len;

    perf6_conf(&conf, 0);
    conf.rapid_commit = true;
    len = make_reply(&conf, PERF_DISCOVER, bytes);
    berth_row("a REPLY to a SOLICIT that asked for it");
    CHECK_INT(bytes[0], BERTH_REPLY);
    got = check_judged(&conf, (BerthBytes){bytes, len}, PERF_WAIT_OFFER, PERF_RIGHT);
    CHECK_INT(got.reply.answer, PERF_ACKED);
    berth_row("without the option");
    bytes[19] = 99;
    (void)check_judged(&conf, (BerthBytes){bytes, len}, PERF_WAIT_OFFER, PERF_WRONG_TYPE);
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
    PerfPatch patch = perf6_patch();
    uint8_t packet[PERF_PACKET6_MAX];
    PerfTemplate6 template;
    BerthArena arena;
    PerfConf conf;
    const char *text;
    size_t len, n;

    perf6_conf(&conf, 2);
    berth_arena_init(&arena, 1 << 20);
    CHECK(perf_template6_make(&template, PERF_DISCOVER, &conf, NULL));
    len = perf_template6_write(&template, &patch, (BerthBytes){.len = 0}, packet);
    n = perf_null6_answer(&null, (BerthBytes){packet, len}, bytes);
    CHECK_INT(perf_null6_answer(&null, (BerthBytes){packet, len}, other), n);
    berth_row("what it says is a DHCPv6 message");
    text = perf6_text((BerthBytes){bytes, n}, &arena);
    CHECK_HAS(text, "ADVERTISE");
    CHECK_HAS(text, "\n3.5 iaaddr: 2001:db8::1, 3600, 3600");
    CHECK_HAS(text, "\n25.26 iaprefix: 3600, 3600, 56, 3fff:0:0:100::");
    berth_row("two ADVERTISEs are of two addresses and two prefixes");
    text = perf6_text((BerthBytes){other, n}, &arena);
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

    return berth_tests_main("perf6_reply", tests, argc, argv);
}
