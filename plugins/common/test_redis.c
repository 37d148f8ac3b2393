/* test_redis - the connection with a scripted other side: order, deadlines, outcomes, rounds. */
#include "redis.h"
#include "tests/lib/fake_server.h"
#include "tests/lib/rows.h"

#include <errno.h>

#define MSEC INT64_C(1000)
#define ADDRESS "tcp:127.0.0.1:6379"

typedef struct Site {
    BerthServer *server;
    BerthFakeWorld *world;
    BerthFakeStreams *streams;
    BerthRedis *redis;
    GPtrArray *peers; /* of BerthFakeClient, all that came; the last is the newest */
    GString *told;    /* what the owner was told, a line each */
    bool refuses, frees;
} Site;

/* ---- the owner ---- */

static void on_check(void *data)
{
    Site *site = data;

    g_string_append(site->told, "check\n");
    if (site->refuses)
        berth_redis_refuse(site->redis, "not this one");
    else
        berth_redis_accept(site->redis);
}

static void on_up(void *data)
{
    g_string_append(((Site *)data)->told, "up\n");
}

static void on_down(void *data, const char *why)
{
    g_string_append_printf(((Site *)data)->told, "down: %s\n", why);
}

static void on_answer(void *data, const BerthRedisAnswer *answer)
{
    Site *site = data;
    char text[100];

    g_string_append_printf(site->told, "%d %d %s\n", answer->outcome, answer->word,
                           berth_redis_text(answer, text, sizeof(text)));
    if (site->frees)
        berth_redis_free(g_steal_pointer(&site->redis));
}

/* ---- the site ---- */

static void on_peer(void *data, BerthFakeClient *peer)
{
    g_ptr_array_add(((Site *)data)->peers, peer);
}

static BerthRedisParams params_of(void)
{
    return (BerthRedisParams){.host = "127.0.0.1",
                              .port = 6379,
                              .key_prefix = "berth",
                              .tls_verify = true,
                              .connect_timeout_sec = 2,
                              .command_timeout_sec = 1,
                              .reconnect_wait_ms = 100,
                              .reconnect_wait_max_ms = 1000};
}

static void site_init(Site *site)
{
    *site = (Site){.server = berth_fake_server_new(NULL)};
    site->world = berth_fake_server_world(site->server);
    site->streams = berth_fake_server_streams(site->server);
    site->peers = g_ptr_array_new_with_free_func((GDestroyNotify)berth_fake_client_free);
    site->told = g_string_new(NULL);
    berth_fake_streams_serve(site->streams, ADDRESS, on_peer, site);
}

static void site_open(Site *site, const BerthRedisParams *params)
{
    BerthRedisOwner owner = {.name = "t",
                             .check = on_check,
                             .up = on_up,
                             .down = on_down,
                             .limits = {.commands = 4, .command_bytes = 1000}};

    site->redis = berth_redis_new(site->server, params, &owner, site);
    berth_fake_world_pass(site->world, 0);
}

static void site_clear(Site *site)
{
    berth_redis_free(site->redis);
    CHECK_INT(berth_fake_streams_open(site->streams), 0);
    g_ptr_array_unref(site->peers);
    berth_fake_server_free(site->server);
    g_string_free(site->told, TRUE);
}

static BerthFakeClient *peer_of(const Site *site)
{
    return site->peers->len ? site->peers->pdata[site->peers->len - 1] : NULL;
}

static void say(Site *site, const char *text)
{
    berth_fake_client_send(peer_of(site), berth_bytes(text));
}

/* Up, with nothing said of it. */
static void site_up(Site *site)
{
    BerthRedisParams params = params_of();

    site_init(site);
    site_open(site, &params);
    say(site, "+OK\r\n");
    CHECK(berth_redis_is_up(site->redis));
    berth_fake_client_forget(peer_of(site));
    g_string_truncate(site->told, 0);
}

/* What the owner was told since the last time. */
static void check_told(Site *site, const char *want)
{
    CHECK_TEXT(site->told->str, want);
    g_string_truncate(site->told, 0);
}

/* ---- */

static void test_greeting(void)
{
    BerthRedisParams params = params_of();
    Site site;

    site_init(&site);
    params.user = "u";
    params.password = "p";
    params.database = 3;
    site_open(&site, &params);
    CHECK_TEXT(berth_fake_client_got(peer_of(&site)),
               "*3\r\n$4\r\nAUTH\r\n$1\r\nu\r\n$1\r\np\r\n*2\r\n$6\r\nSELECT\r\n$1\r\n3\r\n"
               "*3\r\n$6\r\nCLIENT\r\n$7\r\nSETNAME\r\n$1\r\nt\r\n");
    CHECK_INT(berth_redis_call(site.redis, on_answer, &site, "GET %s", "a"), 0);
    say(&site, "+OK\r\n+OK\r\n");
    check_told(&site, "");
    /* A server that takes no names is as good. */
    say(&site, "-NOPERM no\r\n");
    check_told(&site, "check\nup\n");
    CHECK_HAS(berth_fake_client_got(peer_of(&site)), "$3\r\nGET\r\n$1\r\na\r\n");
    say(&site, "$-1\r\n");
    check_told(&site, "0 0 nothing\n");
    site_clear(&site);
}

static void test_outcomes(void)
{
    Site site;

    site_up(&site);
    berth_redis_call(site.redis, on_answer, &site, "A");
    berth_redis_call(site.redis, on_answer, &site, "B");
    say(&site, ":7\r\n");
    check_told(&site, "0 0 a number\n");
    berth_fake_client_break(peer_of(&site), -ECONNRESET);
    check_told(&site, "2 0 no reply\ndown: Connection reset by peer\n");
    /* Made while it is away: waits up to its deadline. */
    berth_fake_streams_unserve(site.streams, ADDRESS);
    berth_redis_call(site.redis, on_answer, &site, "C");
    berth_fake_world_pass(site.world, 999 * MSEC);
    check_told(&site, "");
    berth_fake_world_pass(site.world, 1 * MSEC);
    check_told(&site, "1 0 not sent\n");
    site_clear(&site);
}

/* ---- what the other side may do ---- */

typedef struct ErrorRow {
    const char *word;
    BerthRedisWord as;
    bool leaves; /* the server is given up */
} ErrorRow;

/* HI-164 */
static const ErrorRow error_rows[] = {
    {"LOADING", BERTH_REDIS_LOADING, true},
    {"READONLY", BERTH_REDIS_READONLY, true},
    {"MASTERDOWN", BERTH_REDIS_MASTERDOWN, true},
    {"NOAUTH", BERTH_REDIS_NOAUTH, true},
    {"NOREPLICAS", BERTH_REDIS_NOREPLICAS, false},
    {"MISCONF", BERTH_REDIS_MISCONF, false},
    {"OOM", BERTH_REDIS_OOM, false},
    {"BUSY", BERTH_REDIS_BUSY, false},
    {"NOSCRIPT", BERTH_REDIS_NOSCRIPT, false},
    {"NOPERM", BERTH_REDIS_NOPERM, false},
    {"WRONGTYPE", BERTH_REDIS_WRONGTYPE, false},
    {"EXECABORT", BERTH_REDIS_EXECABORT, false},
    {"MOVED", BERTH_REDIS_MOVED, false}, /* it is no cluster */
    {"ASK", BERTH_REDIS_ASK, false},
    {"TRYAGAIN", BERTH_REDIS_TRYAGAIN, false},
    {"CLUSTERDOWN", BERTH_REDIS_CLUSTERDOWN, false},
    {"CROSSSLOT", BERTH_REDIS_CROSSSLOT, false},
    {"ERR", BERTH_REDIS_ERR, false},
    {"UNHEARDOF", BERTH_REDIS_OTHER, false},
};

static void test_errors(void)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(error_rows); i++) {
        const ErrorRow *row = &error_rows[i];
        g_autofree char *reply = g_strdup_printf("-%s why\r\n", row->word);
        g_autofree char *told = g_strdup_printf("0 %d %s why\n", row->as, row->word);
        g_autofree char *then = g_strdup_printf(
            row->leaves ? "0 0 a number\ndown: %s why\n" : "0 0 a number\n", row->word);
        Site site;

        berth_row("%s", row->word);
        site_up(&site);
        berth_redis_call(site.redis, on_answer, &site, "A");
        berth_redis_call(site.redis, on_answer, &site, "B");
        say(&site, reply);
        check_told(&site, told);
        /* What was sent before is answered in either case, and what comes now waits. */
        CHECK_INT(berth_redis_is_up(site.redis), !row->leaves);
        berth_fake_client_forget(peer_of(&site));
        berth_redis_call(site.redis, NULL, NULL, "C");
        CHECK_INT(strlen(berth_fake_client_got(peer_of(&site))) == 0, row->leaves);
        say(&site, ":1\r\n");
        check_told(&site, then);
        site_clear(&site);
    }
}

typedef struct BrokenRow {
    const char *name, *bytes, *told;
} BrokenRow;

/* With one command sent, INCR, and one that waits for nobody. HI-161 and HI-162. */
static const BrokenRow broken_rows[] = {
    {"one reply too many", ":1\r\n:2\r\n", "0 0 a number\ndown: a reply that nobody asked for\n"},
    {"no RESP", "SSH-2.0-OpenSSH_9.2\r\n", "2 0 no reply\ndown: not a type of RESP2\n"},
    {"a push", ">2\r\n+message\r\n+x\r\n", "2 0 no reply\ndown: not a type of RESP2\n"},
    {"a size too large", "$536870913\r\n", "2 0 no reply\ndown: a string too long\n"},
    {"a count too large", "*1073741825\r\n", "2 0 no reply\ndown: too many values\n"},
    {"nothing is to be believed after", "$-2\r\n:1\r\n",
     "2 0 no reply\ndown: a string of a negative length\n"},
};

static void test_broken(void)
{
    for (unsigned i = 0; i < 2 * G_N_ELEMENTS(broken_rows); i++) {
        const BrokenRow *row = &broken_rows[i / 2];
        size_t step = i % 2 ? 1 : strlen(row->bytes);
        Site site;

        berth_row("%s, in pieces of %zu", row->name, step);
        site_up(&site);
        berth_redis_call(site.redis, on_answer, &site, "INCR n");
        for (size_t at = 0; at < strlen(row->bytes); at += step)
            berth_fake_client_send(peer_of(&site),
                                   (BerthBytes){(const uint8_t *)row->bytes + at, step});
        check_told(&site, row->told);
        CHECK(berth_fake_client_is_closed(peer_of(&site)));
        CHECK(!berth_redis_is_up(site.redis));
        site_clear(&site);
    }
}

static void test_silence(void)
{
    BerthRedisParams params = params_of();
    Site site;

    berth_row("silent after a command");
    site_up(&site);
    berth_redis_call(site.redis, on_answer, &site, "A");
    berth_fake_world_pass(site.world, 500 * MSEC);
    berth_redis_call(site.redis, on_answer, &site, "B");
    berth_fake_world_pass(site.world, 499 * MSEC);
    check_told(&site, "");
    /* One is late: nothing on this connection is to be waited for. */
    berth_fake_world_pass(site.world, 1 * MSEC);
    check_told(&site, "2 0 no reply\n2 0 no reply\ndown: no reply in time\n");
    site_clear(&site);

    berth_row("silent from the beginning");
    site_init(&site);
    site_open(&site, &params);
    berth_fake_world_pass(site.world, 1999 * MSEC);
    check_told(&site, "");
    berth_fake_world_pass(site.world, 1 * MSEC);
    check_told(&site, "down: no reply in time\n");
    site_clear(&site);

    berth_row("no connection");
    site_init(&site);
    berth_fake_streams_serve(site.streams, ADDRESS, NULL, NULL);
    site_open(&site, &params);
    berth_fake_world_pass(site.world, 2000 * MSEC);
    check_told(&site, "down: tcp:127.0.0.1:6379: no connection in time\n");
    site_clear(&site);
}

/* ---- rounds ---- */

static unsigned count(const char *text, const char *word)
{
    unsigned n = 0;

    for (; (text = strstr(text, word)); text += strlen(word))
        n++;
    return n;
}

/* Bytes come, and no command gets any longer by that. */
static void test_trickle(void)
{
    static const char answer[] = "+PONG\r\n";
    Site site;

    berth_row("HI-163: one byte a second, after a command");
    site_up(&site);
    berth_redis_call(site.redis, on_answer, &site, "A");
    for (size_t i = 0; i < 3; i++) {
        berth_fake_client_send(peer_of(&site), (BerthBytes){(const uint8_t *)answer + i, 1});
        berth_fake_world_pass(site.world, 333 * MSEC);
        check_told(&site, "");
    }
    berth_fake_world_pass(site.world, 1 * MSEC);
    check_told(&site, "2 0 no reply\ndown: no reply in time\n");
    berth_row("HI-163: one byte a second, at each log-in");
    for (size_t i = 0; i < 60; i++) {
        berth_fake_world_pass(site.world, 1000 * MSEC);
        berth_fake_client_send(peer_of(&site),
                               (BerthBytes){(const uint8_t *)answer + i % strlen(answer), 1});
    }
    check_told(&site, "");
    CHECK(site.peers->len > 20 && site.peers->len < 40);
    CHECK_INT(count(berth_fake_server_log(site.server), "BERTH_REDIS_DOWN"), 1);
    berth_row("HI-163: as fast as before");
    berth_fake_world_pass(site.world, 3000 * MSEC);
    say(&site, "+OK\r\n");
    check_told(&site, "check\nup\n");
    site_clear(&site);
}

/* For each connection, when its first request came; it is answered so much later. */
static void answer_late(Site *site, GArray *asked, int64_t now_ms, int64_t latency_ms)
{
    g_array_set_size(asked, site->peers->len);
    for (unsigned i = 0; i < site->peers->len; i++) {
        int64_t *since = &g_array_index(asked, int64_t, i);

        if (*since == 0)
            *since = now_ms;
        else if (*since > 0 && now_ms - *since >= latency_ms) {
            berth_fake_client_send(site->peers->pdata[i], berth_bytes("+OK\r\n"));
            *since = -1;
        }
    }
}

static void test_latency(void)
{
    GArray *asked = g_array_new(FALSE, TRUE, sizeof(int64_t));
    BerthRedisParams params = params_of();
    Site site;

    berth_row("HI-163: each answer comes after 30 s");
    site_init(&site);
    site_open(&site, &params);
    for (int64_t ms = 100; ms <= 120000; ms += 100) {
        berth_fake_world_pass(site.world, 100 * MSEC);
        answer_late(&site, asked, ms, 30000);
        if (ms % 10000 == 0)
            berth_redis_call(site.redis, on_answer, &site, "A");
    }
    CHECK_INT(count(site.told->str, "up"), 0);
    CHECK_INT(count(site.told->str, "down: no reply in time"), 1);
    /* They have waited here for a connection, each for its time. */
    CHECK_INT(count(site.told->str, "1 0 not sent"), 11);
    CHECK(site.peers->len > 40 && site.peers->len < 80);
    g_string_truncate(site.told, 0);
    berth_row("HI-163: and then after 200 ms");
    for (int64_t ms = 100; ms <= 4000 && !berth_redis_is_up(site.redis); ms += 100) {
        berth_fake_world_pass(site.world, 100 * MSEC);
        answer_late(&site, asked, 120000 + ms, 200);
    }
    CHECK(berth_redis_is_up(site.redis));
    g_array_unref(asked);
    site_clear(&site);
}

static void test_rounds(void)
{
    BerthRedisParams params = params_of();
    Site site;

    site_init(&site);
    site.refuses = true;
    site_open(&site, &params);
    say(&site, "+OK\r\n");
    check_told(&site, "check\ndown: not this one\n");
    /* Tried again and again, ever more slowly, and said once. */
    for (unsigned i = 0; i < 1000; i++) {
        berth_fake_world_pass(site.world, 10 * MSEC);
        if (!berth_fake_client_is_closed(peer_of(&site)))
            say(&site, "+OK\r\n");
    }
    CHECK(site.peers->len > 10 && site.peers->len < 22);
    CHECK_INT(count(site.told->str, "check"), site.peers->len - 1);
    CHECK_INT(count(site.told->str, "down"), 0);
    CHECK_INT(count(berth_fake_server_log(site.server), "BERTH_REDIS_DOWN"), 1);
    /* The one that is good enough. */
    site.refuses = false;
    g_string_truncate(site.told, 0);
    berth_fake_world_pass(site.world, 1000 * MSEC);
    say(&site, "+OK\r\n");
    check_told(&site, "check\nup\n");
    site_clear(&site);
}

static void test_names(void)
{
    BerthRedisParams params = params_of();
    Site site;

    berth_row("the second address");
    site_init(&site);
    berth_fake_server_add_host(site.server, "redis.test", "::1");
    berth_fake_server_add_host(site.server, "redis.test", "127.0.0.1");
    params.host = "redis.test";
    site_open(&site, &params);
    say(&site, "+OK\r\n");
    CHECK_TEXT(berth_redis_peer(site.redis), ADDRESS);
    check_told(&site, "check\nup\n");
    site_clear(&site);

    berth_row("no host");
    site_init(&site);
    site_open(&site, &params);
    check_told(&site, "down: redis.test: there is no such host\n");
    site_clear(&site);
}

/* ---- bounds, and owners that let go ---- */

static void test_limits(void)
{
    g_autofree char *large = g_strnfill(1000, 'x');
    Site site;

    site_up(&site);
    CHECK_INT(berth_redis_call(site.redis, on_answer, &site, "SET a %s", large), -ENOBUFS);
    for (unsigned i = 0; i < 4; i++)
        CHECK_INT(berth_redis_call(site.redis, on_answer, &site, "A"), 0);
    CHECK_INT(berth_redis_call(site.redis, on_answer, &site, "A"), -ENOBUFS);
    CHECK_INT(berth_redis_waiting(site.redis), 4);
    say(&site, ":1\r\n");
    CHECK_INT(berth_redis_call(site.redis, on_answer, &site, "A"), 0);
    CHECK_INT(berth_redis_command(site.redis, &(BerthRedisCommand){0}), -EINVAL);
    site_clear(&site);
}

/* Whoever is told that a command is over may free the connection: the others are told within. */
static void test_free(void)
{
    Site site;

    for (unsigned i = 0; i < 4; i++) {
        berth_row("way %u", i);
        site_up(&site);
        site.frees = true;
        if (i == 3)
            berth_fake_client_break(peer_of(&site), -EPIPE);
        berth_redis_call(site.redis, on_answer, &site, "A");
        berth_redis_call(site.redis, on_answer, &site, "B");
        g_string_truncate(site.told, 0);
        if (i == 0)
            say(&site, ":1\r\n:1\r\n");
        else if (i == 1)
            berth_fake_client_break(peer_of(&site), -ECONNRESET);
        else
            berth_fake_world_pass(site.world, 1000 * MSEC);
        CHECK(!site.redis);
        check_told(&site, i == 0   ? "0 0 a number\n2 0 no reply\n"
                          : i == 3 ? "1 0 not sent\n1 0 not sent\n"
                                   : "2 0 no reply\n2 0 no reply\n");
        site_clear(&site);
    }
}

static const BerthTest tests[] = {
    {"greeting", test_greeting}, {"outcomes", test_outcomes}, {"errors", test_errors},
    {"broken", test_broken},     {"silence", test_silence},   {"trickle", test_trickle},
    {"latency", test_latency},   {"rounds", test_rounds},     {"names", test_names},
    {"limits", test_limits},     {"free", test_free},         {0},
};

int main(int argc, char **argv)
{
    return berth_tests_main("redis", tests, argc, argv);
}
