/* test_live - the connection with real servers: TCP and UNIX socket, log-in, TLS, Sentinel,
 * Cluster, a server that dies, stops or is loading. */
#include "core/server/server.h"
#include "redis.h"
#include "tests/lib/redis.h"
#include "tests/lib/rows.h"

#include <signal.h>

#define LIMIT_USEC (INT64_C(20) * G_USEC_PER_SEC)

typedef struct Site {
    GMainContext *context;
    BerthWorld *world;
    BerthServer *server;
    BerthRedis *redis;
    BerthRedisParams params;
    BerthTimer *limit;
    bool is_late;
    unsigned ups, downs, replies, unknown, unsent;
    GString *last; /* the last reply or reason */
} Site;

static void on_limit(void *data)
{
    ((Site *)data)->is_late = true;
}

static void site_init(Site *site)
{
    static const BerthServerOptions options = {
        .plugin_path = "", .paths = {"/data", "/log", "/run"}, .no_path_checks = true};

    *site = (Site){.context = g_main_context_new()};
    site->params = (BerthRedisParams){.host = "127.0.0.1",
                                      .port = 6379,
                                      .key_prefix = "berth",
                                      .tls_verify = true,
                                      .connect_timeout_sec = 2,
                                      .command_timeout_sec = 1,
                                      .reconnect_wait_ms = 20,
                                      .reconnect_wait_max_ms = 200,
                                      .master_name = "m"};
    site->world = berth_world_real_new(site->context);
    site->server = berth_server_new(site->world, &options);
    site->limit = berth_world_timer(site->world, on_limit, site);
    site->last = g_string_new(NULL);
}

static void on_up(void *data)
{
    ((Site *)data)->ups++;
}

static void on_down(void *data, const char *why)
{
    Site *site = data;

    site->downs++;
    g_string_assign(site->last, why);
}

static void site_open(Site *site)
{
    BerthRedisOwner owner = {.name = "live", .slot_key = "{berth}", .up = on_up, .down = on_down};

    site->redis = berth_redis_new(site->server, &site->params, &owner, site);
}

static void site_clear(Site *site)
{
    CHECK(!site->is_late);
    berth_redis_free(site->redis);
    berth_timer_free(site->limit);
    berth_server_free(site->server);
    berth_world_real_free(site->world);
    g_main_context_unref(site->context);
    g_string_free(site->last, TRUE);
}

/* Lets the world go round until the condition holds. */
#define AWAIT(site, condition)                                           \
    do {                                                                 \
        berth_world_timer_set((site)->world, (site)->limit, LIMIT_USEC); \
        while (!(condition) && !(site)->is_late)                         \
            g_main_context_iteration((site)->context, TRUE);             \
        CHECK(condition);                                                \
    } while (0)

static void on_reply(void *data, const BerthRedisAnswer *answer)
{
    Site *site = data;
    BerthBytes bytes;
    char text[200];

    site->replies += answer->outcome == BERTH_REDIS_REPLY;
    site->unknown += answer->outcome == BERTH_REDIS_UNKNOWN;
    site->unsent += answer->outcome == BERTH_REDIS_NOT_SENT;
    if (answer->reply && answer->reply->type == REDIS_REPLY_STRING &&
        berth_redis_bytes(answer->reply, &bytes))
        g_string_assign(site->last, (const char *)bytes.data);
    else
        g_string_assign(site->last, berth_redis_text(answer, text, sizeof(text)));
}

/* The answer to a command of one argument. */
static const char *say(Site *site, const char *command, const char *argument)
{
    unsigned before = site->replies + site->unknown + site->unsent;

    berth_redis_call(site->redis, on_reply, site, argument ? "%s %s" : "%s", command, argument);
    AWAIT(site, site->replies + site->unknown + site->unsent > before);
    return site->last->str;
}

/* ---- one server ---- */

static void test_login(void)
{
    TestRedis *redis;
    Site site;

    if (!test_redis_is_there())
        return;
    redis = test_redis_new(TEST_REDIS_SERVER, "requirepass open\nuser u on >sesame ~* +@all\n");
    test_redis_say(redis, "AUTH open");
    for (unsigned i = 0; i < 3; i++) {
        berth_row("way %u", i);
        site_init(&site);
        site.params.port = test_redis_port(redis);
        site.params.unix_socket = i == 0 ? test_redis_socket(redis) : NULL;
        site.params.host = i == 1 ? "localhost" : "127.0.0.1";
        site.params.user = i == 2 ? "u" : NULL;
        site.params.password = i == 2 ? "sesame" : "open";
        site.params.database = i;
        site_open(&site);
        AWAIT(&site, site.ups == 1);
        CHECK_TEXT(say(&site, "SET", "a"), "ERR wrong number of arguments for 'set' command");
        berth_redis_call(site.redis, on_reply, &site, "SET %s %u", "a", i);
        CHECK_HAS(test_redis_say(redis, "CLIENT LIST"), "name=live");
        site_clear(&site);
    }
    site_init(&site);
    site.params.port = test_redis_port(redis);
    site.params.password = "wrong";
    site_open(&site);
    AWAIT(&site, site.downs == 1);
    CHECK_HAS(site.last->str, "WRONGPASS");
    site_clear(&site);
    test_redis_free(redis);
}

static void test_death(void)
{
    TestRedis *redis;
    Site site;

    if (!test_redis_is_there())
        return;
    redis = test_redis_new(TEST_REDIS_SERVER, NULL);
    site_init(&site);
    site.params.port = test_redis_port(redis);
    site_open(&site);
    AWAIT(&site, site.ups == 1);
    /* Stopped: what was sent may have been done, and was. */
    test_redis_signal(redis, SIGSTOP);
    CHECK_TEXT(say(&site, "INCR", "n"), "no reply in time");
    AWAIT(&site, site.downs == 1);
    CHECK_INT(site.unknown, 1);
    CHECK_TEXT(say(&site, "INCR", "n"), "not sent");
    test_redis_signal(redis, SIGCONT);
    AWAIT(&site, site.ups == 2);
    CHECK_TEXT(say(&site, "GET", "n"), "1");
    /* Dead, and there again. */
    test_redis_kill(redis);
    AWAIT(&site, site.downs == 2);
    CHECK_TEXT(say(&site, "INCR", "n"), "not sent");
    test_redis_start(redis);
    AWAIT(&site, site.ups == 3);
    CHECK_TEXT(say(&site, "PING", NULL), "PONG");
    site_clear(&site);
    test_redis_free(redis);
}

/* ---- TLS ---- */

typedef struct TlsRow {
    const char *name;
    const char *trust, *cert, *key, *server_name;
    bool is_unverified;
    const char *why; /* NULL: it works */
} TlsRow;

static const TlsRow tls_rows[] = {
    {"all in order", "ca.crt", "client.crt", "client.key", NULL, false, NULL},
    {"another name of it", "ca.crt", "client.crt", "client.key", "redis.test", false, NULL},
    {"the name of another", "ca.crt", "client.crt", "client.key", "redis.example", false,
     "it is another server's"},
    {"an authority of others", "other.crt", "client.crt", "client.key", NULL, false,
     "it is signed by nobody we trust"},
    {"the system's authorities", NULL, "client.crt", "client.key", NULL, false,
     "it is signed by nobody we trust"},
    {"any certificate", NULL, "client.crt", "client.key", "redis.example", true, NULL},
    {"none of our own", "ca.crt", NULL, NULL, NULL, false, ""},
    {"a file that is not there", "none.crt", NULL, NULL, NULL, false, "none.crt"},
    {"a key that is a certificate", "ca.crt", "client.crt", "ca.crt", NULL, false, "client.crt"},
};

static const char *file_or_null(TestRedis *redis, const char *name)
{
    return name ? test_redis_file(redis, name) : NULL;
}

static void check_tls(TestRedis *redis, const TlsRow *row)
{
    Site site;

    berth_row("%s", row->name);
    site_init(&site);
    site.params.port = test_redis_port(redis);
    site.params.tls = true;
    site.params.tls_verify = !row->is_unverified;
    site.params.tls_name = row->server_name;
    site.params.trust_anchor = file_or_null(redis, row->trust);
    site.params.cert_file = file_or_null(redis, row->cert);
    site.params.key_file = file_or_null(redis, row->key);
    site_open(&site);
    AWAIT(&site, site.ups + site.downs > 0);
    CHECK_INT(site.ups, row->why ? 0 : 1);
    if (row->why)
        CHECK_HAS(site.last->str, row->why);
    else
        CHECK_TEXT(say(&site, "ECHO", "hello"), "hello");
    site_clear(&site);
}

/* Much more than the sockets hold, in both directions at once. */
static void check_tls_volume(TestRedis *redis)
{
    g_autofree char *value = g_strnfill(1 << 20, 'v');
    Site site;

    site_init(&site);
    site.params.port = test_redis_port(redis);
    site.params.command_timeout_sec = 20;
    site.params.tls = true;
    site.params.trust_anchor = test_redis_file(redis, "ca.crt");
    site.params.cert_file = test_redis_file(redis, "client.crt");
    site.params.key_file = test_redis_file(redis, "client.key");
    site_open(&site);
    for (unsigned i = 0; i < 24; i++)
        CHECK_INT(berth_redis_call(site.redis, on_reply, &site, "ECHO %s", value), 0);
    AWAIT(&site, site.replies == 24);
    CHECK(strcmp(site.last->str, value) == 0);
    site_clear(&site);
}

static void test_tls(void)
{
    TestRedis *redis;

    if (!test_redis_is_there())
        return;
    redis = test_redis_new(TEST_REDIS_TLS, NULL);
    for (unsigned i = 0; i < G_N_ELEMENTS(tls_rows); i++)
        check_tls(redis, &tls_rows[i]);
    check_tls_volume(redis);
    test_redis_free(redis);
}

static const BerthTest tests[] = {
    {"log-in", test_login},
    {"death", test_death},
    {"tls", test_tls},
    {0},
};

int main(int argc, char **argv)
{
    return berth_tests_main("redis live", tests, argc, argv);
}
