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

static const BerthTest tests[] = {
    {"greeting", test_greeting},
    {"outcomes", test_outcomes},
    {0},
};

int main(int argc, char **argv)
{
    return berth_tests_main("redis", tests, argc, argv);
}
