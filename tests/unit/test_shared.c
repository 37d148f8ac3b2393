/* shared: a whole server on a store that others share, which fails, which may have lost leases, and
 * in which others are first: what the client hears.
 *
 * Words of a script:
 *   D S B R E L X   DISCOVER, REQUEST in SELECTING, INIT-REBOOT, RENEWING and of a foreign address,
 *                   RELEASE, DECLINE; of IPv6 s q p n b l x: SOLICIT, REQUEST of IAID 1, of 1 and
 * 2, RENEW of 1 and 2, REBIND of 1 and 2, RELEASE, DECLINE of 1 k K   only who is known is served,
 * from now on or no longer c C   the store is away, and what is known is confirmed; it is back d
 * the store is away, and nothing is confirmed !3 u  the next 3 changes are lost to another server;
 * it is not known of the next t90   so many seconds pass What is heard: "offer/VALID"
 * "ack/VALID/T1/T2" "nak"; "adv 1/VALID 2/NoAddrsAvail", "reply …". */
#include "core/server/store.h"
#include "tests/lib/fake_backend.h"
#include "tests/unit/server_bench.h"

#include <stdlib.h>

#define DHCP4                                                                                  \
    "Dhcp4 = { interfaces-config = { interfaces = ( \"eth0\" ); }; authoritative = true;\n"    \
    "valid-lifetime = 4000; renew-timer = 1000; rebind-timer = 2000; cache-threshold = 0.0;\n" \
    "lease-database = { type = \"t_backend\"; };\n"                                            \
    "subnet4 = ( { id = 1; subnet = \"192.0.2.0/24\"; pools = ( { pool = \"192.0.2.10 - "      \
    "192.0.2.99\"; } ); } ); };\n"
#define DHCP6                                                                                   \
    "Dhcp6 = { interfaces-config = { interfaces = ( \"eth0\" ); };\n"                           \
    "server-id = { type = \"LL\"; htype = 1; identifier = \"0200000000fe\"; };\n"               \
    "valid-lifetime = 4000; preferred-lifetime = 3000; renew-timer = 1000;\n"                   \
    "rebind-timer = 2000; cache-threshold = 0.0; lease-database = { type = \"t_backend\"; };\n" \
    "subnet6 = ( { id = 1; subnet = \"2001:db8::/64\"; interface = \"eth0\"; rapid-commit = "   \
    "false; pools = ( { pool = \"2001:db8::1:0/112\"; } ); } ); };\n"

typedef struct Case {
    Bench bench;
    BerthFakeBackend *fake;
    BerthShare share;
    GString *heard;
} Case;

static BerthLeases *leases_of(const Case *c)
{
    return c->bench.server->families[0]->env.leases;
}

static void case_init(Case *c, const char *maps)
{
    BerthFamily *family;

    *c = (Case){.fake = berth_fake_backend_new(), .heard = g_string_new(NULL)};
    bench_init(&c->bench, maps);
    family = c->bench.server->families[0];
    family->store->ref.ops->close(family->store->ref.store);
    family->store->ref = (BerthStoreRef){&berth_fake_backend, c->fake};
    berth_leases_set_backend(family->env.leases, &berth_fake_backend, c->fake);
    c->share = (BerthShare){.size = sizeof(c->share), .epoch = 1, .grace_sec = 300};
    berth_leases_set_share(family->env.leases, &c->share);
}

static void case_clear(Case *c)
{
    bench_clear(&c->bench);
    berth_fake_backend_free(c->fake);
    g_string_free(c->heard, TRUE);
}

static void settle(Case *c)
{
    do
        bench_run(&c->bench, SIM_SEC / 100);
    while (berth_fake_backend_finish(c->fake) > 0);
}

/* ---- what is heard ---- */

static uint32_t number_at(const uint8_t *at, size_t len)
{
    uint32_t number = 0;

    for (size_t i = 0; i < len; i++)
        number = number << 8 | at[i];
    return number;
}

/* 0: it is not there. */
static uint32_t option4(const Bench *bench, uint8_t code)
{
    for (size_t at = 240; at + 1 < bench->last_len && bench->last[at] != 255;
         at += 2u + bench->last[at + 1])
        if (bench->last[at] == code)
            return number_at(bench->last + at + 2, bench->last[at + 1]);
    return 0;
}

static void hear4(Case *c)
{
    static const char *const types[] = {[2] = "offer", [5] = "ack", [6] = "nak"};
    const Bench *bench = &c->bench;
    uint32_t type = option4(bench, 53);

    g_string_append_printf(c->heard, " %s", type < G_N_ELEMENTS(types) ? types[type] : "?");
    if (type == 6)
        return;
    g_string_append_printf(c->heard, "/%u", option4(bench, 51));
    if (type == 5)
        g_string_append_printf(c->heard, "/%u/%u", option4(bench, 58), option4(bench, 59));
}

/* An IA as "IAID/VALID" or "IAID/STATUS". */
static void hear_ia(Case *c, const uint8_t *ia, size_t len)
{
    static const char *const statuses[] = {
        "Success", "UnspecFail", "NoAddrsAvail", "NoBinding", "NotOnLink",
    };

    g_string_append_printf(c->heard, " %u", number_at(ia, 4));
    for (size_t at = 12; at + 4 <= len; at += 4 + number_at(ia + at + 2, 2)) {
        uint32_t code = number_at(ia + at, 2), status = number_at(ia + at + 4, 2);

        if (code == 5)
            g_string_append_printf(c->heard, "/%u", number_at(ia + at + 4 + 20, 4));
        else if (code == 13 && status < G_N_ELEMENTS(statuses))
            g_string_append_printf(c->heard, "/%s", statuses[status]);
    }
}

static void hear6(Case *c)
{
    const Bench *bench = &c->bench;

    g_string_append(c->heard, bench->last[0] == 2 ? " adv" : " reply");
    for (size_t at = 4; at + 4 <= bench->last_len; at += 4 + number_at(bench->last + at + 2, 2))
        if (number_at(bench->last + at, 2) == 3)
            hear_ia(c, bench->last + at + 4, number_at(bench->last + at + 2, 2));
}

/* ---- words ---- */

#define SERVER_ID "3604c0000201"
#define IDS                        \
    "0001000a000300010a0000000001" \
    "0002000a000300010200000000fe"
#define IA(n) "0003000c0000000" n "0000000000000000"
#define IA_WITH \
    "000300280000000100000000000000000005001820010db80000000000000000000100000000000000000000"

static const struct {
    char word;
    const char *ciaddr, *options;
} words4[] = {
    {'D', NO_ADDR4, "350101"},
    {'S', NO_ADDR4, "350103" SERVER_ID "3204c000020a"},
    {'B', NO_ADDR4, "3501033204c000020a"},
    {'R', "c000020a", "350103"},
    {'E', "c0000263", "350103"},
    {'L', "c000020a", "350107" SERVER_ID},
    {'X', NO_ADDR4, "350104" SERVER_ID "3204c000020a"},
};

static const struct {
    char word;
    const char *message;
} words6[] = {
    {'s', "010102030001000a000300010a0000000001" IA("1")},
    {'q', "03010203" IDS IA("1")},
    {'p', "03010203" IDS IA("1") IA("2")},
    {'n', "05010203" IDS IA("1") IA("2")},
    {'b', "060102030001000a000300010a0000000001" IA("1") IA("2")},
    {'l', "08010203" IDS IA_WITH},
    {'x', "09010203" IDS IA_WITH},
};

static bool send_word(Case *c, char word)
{
    for (size_t i = 0; i < G_N_ELEMENTS(words4); i++)
        if (words4[i].word == word)
            bench_deliver4(&c->bench, words4[i].ciaddr, words4[i].options);
    for (size_t i = 0; i < G_N_ELEMENTS(words6); i++)
        if (words6[i].word == word)
            bench_deliver(&c->bench, words6[i].message, "fe80::1234", "ff02::1:2", 547);
    c->bench.last_len = 0;
    settle(c);
    if (c->bench.last_len > 0)
        (c->bench.last[0] == 2 && c->bench.last_len > 240 ? hear4 : hear6)(c);
    return true;
}

static const char *run_word(Case *c, const char *at)
{
    char word = *at++, *end;
    long n = strtol(at, &end, 10);

    if (word == 'k' || word == 'K')
        c->share.only_known = word == 'k';
    else if (strchr("cCd", word))
        c->share.confirms_known = word == 'c';
    if (strchr("kKcCd", word)) {
        if (strchr("cCd", word))
            c->fake->down = word == 'C' ? NULL : "cut off";
        berth_leases_set_share(leases_of(c), &c->share);
    } else if (word == '!') {
        for (; n > 0; n--)
            berth_fake_backend_answer(c->fake, BERTH_COMMIT_CONFLICT);
    } else if (word == 'u') {
        berth_fake_backend_answer(c->fake, BERTH_COMMIT_UNKNOWN);
    } else if (word == 't') {
        bench_run(&c->bench, n * SIM_SEC);
    } else {
        send_word(c, word);
    }
    return word == '!' || word == 't' ? end : at;
}

typedef struct Row {
    const char *name, *script, *heard, *drop;
} Row;

static void run_rows(const Row *rows, const char *maps)
{
    for (const Row *row = rows; row->name; row++) {
        Case c;

        berth_row("%s", row->name);
        case_init(&c, maps);
        for (const char *at = row->script; *at;)
            at = *at == ' ' ? at + 1 : run_word(&c, at);
        CHECK_TEXT(c.heard->str, row->heard);
        if (row->drop)
            CHECK_INT(*berth_stats_counter(c.bench.server->families[0]->env.stats, row->drop), 1);
        case_clear(&c);
    }
}

#define ONLY_KNOWN4 "pkt4-drop-only-known"
#define ONLY_KNOWN6 "pkt6-drop-only-known"

/* clang-format off */
static const Row rows4[] = {
    {"all is well",                      "D S R",          " offer/4000 ack/4000/1000/2000 ack/4000/1000/2000", NULL},
    /* leases may be missing */
    {"no offer to who is not known",     "k D",            "",                       ONLY_KNOWN4},
    {"... once more when all is there",  "k D K D",        " offer/4000",            ONLY_KNOWN4},
    {"no lease for an earlier offer",    "D k S",          " offer/4000",            ONLY_KNOWN4},
    {"... nor the offer again",          "D k D",          " offer/4000",            ONLY_KNOWN4},
    {"who renews is not refused",        "k R",            "",                       ONLY_KNOWN4},
    {"... nor who reboots",              "k B",            "",                       ONLY_KNOWN4},
    {"... nor who has another address",  "D S k E",        " offer/4000 ack/4000/1000/2000", ONLY_KNOWN4},
    {"who is known renews",              "D S k R",        " offer/4000 ack/4000/1000/2000 ack/4000/1000/2000", NULL},
    {"... and is offered what it has",   "D S k D S",      " offer/4000 ack/4000/1000/2000 offer/4000 ack/4000/1000/2000", NULL},
    {"... and not when it has ended",    "D S k t4012 D",  " offer/4000 ack/4000/1000/2000", ONLY_KNOWN4},
    {"... and gives back",               "D S k L D",      " offer/4000 ack/4000/1000/2000", ONLY_KNOWN4},
    /* the store is away */
    {"nothing is acknowledged",          "D d S",          " offer/4000",            "pkt4-drop-commit-failed"},
    {"nor confirmed, if not wanted",     "D S d R",        " offer/4000 ack/4000/1000/2000", "pkt4-drop-commit-failed"},
    {"nothing new is confirmed",         "D c S",          " offer/4000",            "pkt4-drop-commit-failed"},
    {"what remains is",                  "D S c t500 R",   " offer/4000 ack/4000/1000/2000 ack/3500/1000/2000", NULL},
    {"... with timers that fit",         "D S c t2500 R",  " offer/4000 ack/4000/1000/2000 ack/1500/1000/0", NULL},
    {"... and again, less",              "D S c t500 R t3000 B", " offer/4000 ack/4000/1000/2000 ack/3500/1000/2000 ack/500/0/0", NULL},
    {"... up to the end",                "D S c t4012 R",  " offer/4000 ack/4000/1000/2000", "pkt4-drop-commit-failed"},
    {"... and wholly when it is back",   "D S c t500 R C R", " offer/4000 ack/4000/1000/2000 ack/3500/1000/2000 ack/4000/1000/2000", NULL},
    {"not known, and then away",         "D S u R c t500 R", " offer/4000 ack/4000/1000/2000 ack/3500/1000/2000", "pkt4-drop-commit-unknown"},
    {"not known, and not away",          "D S u R R",      " offer/4000 ack/4000/1000/2000", "pkt4-drop-lease-busy"},
    /* another is first */
    {"a release tries again",            "D S !2 L D",     " offer/4000 ack/4000/1000/2000 offer/4000", NULL},
    {"... not for ever",                 "D S !100 L",     " offer/4000 ack/4000/1000/2000", "pkt4-drop-too-many-retries"},
    {"a decline tries again",            "D S !2 X",       " offer/4000 ack/4000/1000/2000", NULL},
    {"... not for ever",                 "D S !100 X",     " offer/4000 ack/4000/1000/2000", "pkt4-drop-too-many-retries"},
    {0},
};

static const Row rows6[] = {
    {"all is well",                      "s q p",          " adv 1/4000 reply 1/4000 reply 1/4000 2/4000", NULL},
    /* leases may be missing */
    {"no advertise to who is not known", "k s",            "",                       ONLY_KNOWN6},
    {"no lease",                         "k q",            "",                       ONLY_KNOWN6},
    {"... nor for an earlier offer",     "s k q",          " adv 1/4000",            ONLY_KNOWN6},
    {"one of two is known",              "q k p",          " reply 1/4000 reply 1/4000 2/NoAddrsAvail", NULL},
    {"... and is advertised",            "q k s",          " reply 1/4000 adv 1/4000", NULL},
    {"one of two is renewed",            "q k n",          " reply 1/4000 reply 1/4000", NULL},
    {"one of two is rebound",            "q k b",          " reply 1/4000 reply 1/4000", NULL},
    {"who renews gets no NoBinding",     "k n",            "",                       ONLY_KNOWN6},
    {"who rebinds neither",              "k b",            "",                       ONLY_KNOWN6},
    {"... as usual",                     "b",              "",                       NULL},
    {"what has ended is not known",      "q k t4012 q",    " reply 1/4000",          ONLY_KNOWN6},
    /* the store is away */
    {"nothing is acknowledged",          "d q",            "",                       "pkt6-drop-commit-failed"},
    {"nor confirmed, if not wanted",     "q d n",          " reply 1/4000",          "pkt6-drop-commit-failed"},
    {"nothing new is confirmed",         "c q",            "",                       "pkt6-drop-commit-failed"},
    {"what remains is, of one of two",   "q c t500 n",     " reply 1/4000 reply 1/3500", NULL},
    {"... of both",                      "p c t500 n",     " reply 1/4000 2/4000 reply 1/3500 2/3500", NULL},
    {"... to who rebinds",               "p c t2500 b",    " reply 1/4000 2/4000 reply 1/1500 2/1500", NULL},
    {"... to who requests",              "q c t500 p",     " reply 1/4000 reply 1/3500", NULL},
    {"... up to the end",                "q c t4012 b",    " reply 1/4000",          NULL},
    {"... and wholly when it is back",   "q c t500 n C n", " reply 1/4000 reply 1/3500 reply 1/4000 2/4000", NULL},
    {"not known, and then away",         "p u n c t500 n", " reply 1/4000 2/4000 reply 1/3500 2/3500", "pkt6-drop-commit-unknown"},
    /* another is first */
    {"a release tries again",            "q !2 l",         " reply 1/4000 reply 1/Success",    NULL},
    {"... not for ever",                 "q !100 l",       " reply 1/4000",          "pkt6-drop-too-many-retries"},
    {"a decline tries again",            "q !2 x",         " reply 1/4000 reply 1/Success",    NULL},
    {"... not for ever",                 "q !100 x",       " reply 1/4000",          "pkt6-drop-too-many-retries"},
    {0},
};
/* clang-format on */

static void test_dhcp4(void)
{
    run_rows(rows4, DHCP4);
}

static void test_dhcp6(void)
{
    run_rows(rows6, DHCP6);
}

/* What begins and ends is said once. */
static void test_said(void)
{
    static const char *const ids[] = {
        "kea-dhcp4.leases LEASES_ONLY_KNOWN;", "kea-dhcp4.leases LEASES_ALL_CLIENTS;",
        "kea-dhcp4.leases LEASES_CONFIRMS_KNOWN;", "kea-dhcp4.leases LEASES_RENEWS_AGAIN;"};
    Case c;

    case_init(&c, DHCP4);
    for (const char *at = "D S k D D R K c R R R C R"; *at;)
        at = *at == ' ' ? at + 1 : run_word(&c, at);
    for (size_t i = 0; i < G_N_ELEMENTS(ids); i++) {
        const char *first = strstr(c.bench.log->str, ids[i]);

        berth_row("%s", ids[i]);
        CHECK(first != NULL);
        CHECK(!first || !strstr(first + 1, ids[i]));
    }
    berth_row("statistics");
    bench_ask(&c.bench, 4, "{\"command\": \"statistic-get-all\"}");
    CHECK_HAS(c.bench.answer->str, "\"lease-backend-confirmed\": [ [ 3,");
    berth_row("status");
    bench_ask(&c.bench, 4, "{\"command\": \"status-get\"}");
    CHECK_HAS(c.bench.answer->str, "\"shared\": {");
    CHECK_HAS(c.bench.answer->str, "\"confirmed\": 3");
    CHECK_HAS(c.bench.answer->str, "\"only-known\": false");
    case_clear(&c);
}

static void store(Case *c, unsigned octet, uint64_t revision)
{
    BerthLease lease;

    berth_lease_clear(&lease);
    lease.addr = berth_addr4(0xc0000200 + octet);
    lease.subnet_id = 1;
    lease.cltt = berth_leases_now(leases_of(c));
    lease.valid_sec = 4000;
    lease.revision = revision;
    lease.hwaddr = (BerthHwaddr){.type = 1, .len = 6, .bytes = {0x0a, 0, 0, 0, 1, (uint8_t)octet}};
    berth_fake_data_put(c->fake->data, &lease, NULL);
}

static size_t known(const Case *c)
{
    return berth_table_count(berth_leases_table(leases_of(c)));
}

/* The store asks for it while the server serves. */
static void test_reload(void)
{
    Case c;

    case_init(&c, DHCP4);
    c.fake->sink = c.bench.server->families[0]->store->sink;
    c.fake->data->is_shared = true;
    send_word(&c, 'D');
    send_word(&c, 'S');
    for (unsigned octet = 20; octet < 80; octet++)
        store(&c, octet, octet);
    berth_row("a client is served meanwhile");
    berth_fake_backend_miss(c.fake);
    send_word(&c, 'R');
    settle(&c);
    CHECK_TEXT(c.heard->str, " offer/4000 ack/4000/1000/2000 ack/4000/1000/2000");
    CHECK_INT(known(&c), 61);
    CHECK_HAS(c.bench.log->str, "kea-dhcp4.dhcp4 DHCP4_LEASES_RELOADED;");
    berth_row("another master that has lost some");
    for (unsigned octet = 20; octet < 50; octet++)
        berth_fake_data_remove(c.fake->data, berth_addr4(0xc0000200 + octet));
    berth_fake_backend_fail_over(c.fake);
    settle(&c);
    CHECK_INT(known(&c), 31);
    berth_row("it can't be read, and what is known stays");
    c.fake->data->superseded_by = g_strdup("another one");
    berth_fake_backend_miss(c.fake);
    settle(&c);
    CHECK_HAS(c.bench.log->str, "kea-dhcp4.dhcp4 DHCP4_LEASES_RELOAD_FAIL;");
    CHECK_INT(known(&c), 31);
    CHECK_INT(c.bench.server->state, BERTH_SERVER_READY);
    case_clear(&c);
}

/* A store that is away at the start is waited for. */
static void test_away(void)
{
    static const char said[] = "kea-dhcp4.dhcp4 DHCP4_LEASE_STORE_AWAY;";
    const char *first;
    Bench bench;

    bench_start(&bench, "Dhcp4 = { interfaces-config = { interfaces = ( \"eth0\" ); };\n"
                        "lease-database = { type = \"t_backend\"; away = 20; };\n"
                        "subnet4 = ( { id = 1; subnet = \"192.0.2.0/24\"; pools = ( { pool = "
                        "\"192.0.2.10 - 192.0.2.99\"; } ); } ); };\n");
    berth_row("while it is away");
    bench_run(&bench, 15 * SIM_SEC);
    bench_discover(&bench);
    bench_run(&bench, SIM_SEC);
    CHECK_INT(bench.server->state, BERTH_SERVER_LOADING);
    CHECK_TEXT(bench.sent->str, "");
    bench_ask(&bench, 4, "{\"command\": \"status-get\"}");
    CHECK_HAS(bench.answer->str, "\"state\": \"loading\"");
    CHECK_HAS(bench.answer->str, "\"reason\": \"not connected\"");
    first = strstr(bench.log->str, said);
    CHECK(first != NULL);
    CHECK(!first || !strstr(first + 1, said));
    berth_row("when it is back");
    bench_run(&bench, 5 * SIM_SEC);
    CHECK_INT(bench.server->state, BERTH_SERVER_READY);
    bench_discover(&bench);
    bench_run(&bench, SIM_SEC);
    CHECK_TEXT(bench.sent->str, "67 2;");
    bench_clear(&bench);
}

static const BerthTest tests[] = {
    {"dhcp4", test_dhcp4},   {"dhcp6", test_dhcp6}, {"said", test_said},
    {"reload", test_reload}, {"away", test_away},   {0},
};

int main(int argc, char **argv)
{
    return berth_tests_main("shared", tests, argc, argv);
}
