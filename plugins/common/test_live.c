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

/* ---- Sentinel ---- */

#define SENTINELS 3

static bool is_at(const Site *site, const TestRedis *redis)
{
    g_autofree char *at = g_strdup_printf("tcp:127.0.0.1:%u", test_redis_port(redis));

    return berth_redis_is_up(site->redis) && strcmp(berth_redis_peer(site->redis), at) == 0;
}

static TestRedis *new_replica(const TestRedis *of)
{
    g_autofree char *conf = g_strdup_printf("replicaof 127.0.0.1 %u\n", test_redis_port(of));
    TestRedis *redis = test_redis_new(TEST_REDIS_SERVER, conf);

    CHECK(test_redis_await(redis, "INFO replication", "master_link_status:up"));
    return redis;
}

static void start_sentinels(TestRedis **ret, char **ret_names, const TestRedis *master)
{
    g_autofree char *conf = g_strdup_printf("sentinel monitor m 127.0.0.1 %u 2\n"
                                            "sentinel down-after-milliseconds m 500\n"
                                            "sentinel failover-timeout m 2000\n",
                                            test_redis_port(master));

    for (unsigned i = 0; i < SENTINELS; i++) {
        ret[i] = test_redis_new(TEST_REDIS_SENTINEL, conf);
        ret_names[i] = g_strdup_printf("127.0.0.1:%u", test_redis_port(ret[i]));
    }
    for (unsigned i = 0; i < SENTINELS; i++)
        CHECK(test_redis_await(ret[i], "SENTINEL MASTER m", "num-slaves 1 num-other-sentinels 2"));
}

/* Writes until one is done: all the others surely were not. */
static void write_until_done(Site *site)
{
    for (unsigned i = 0; i < 100; i++)
        if (strcmp(say(site, "INCR", "n"), "OK") != 0 && g_str_has_prefix(site->last->str, "a num"))
            return;
    CHECK(false);
}

static void test_sentinel(void)
{
    TestRedis *a, *b, *sentinels[SENTINELS];
    char *names[SENTINELS];
    g_autofree char *follow = NULL;
    Site site;

    if (!test_redis_is_there())
        return;
    a = test_redis_new(TEST_REDIS_SERVER, NULL);
    b = new_replica(a);
    start_sentinels(sentinels, names, a);
    site_init(&site);
    site.params.sentinels = (BerthList){names, SENTINELS};
    site.params.port = 1;
    site_open(&site);
    AWAIT(&site, is_at(&site, a));
    /* The old one is still there, and writes for eight seconds more: only the Sentinels tell. */
    CHECK(test_redis_await(sentinels[0], "SENTINEL FAILOVER m", "OK"));
    AWAIT(&site, is_at(&site, b));
    CHECK_HAS(test_redis_say(a, "ROLE"), "master");
    write_until_done(&site);
    CHECK_TEXT(test_redis_say(b, "GET n"), "1");
    follow = g_strdup_printf("REPLICAOF 127.0.0.1 %u", test_redis_port(b));
    CHECK_TEXT(test_redis_say(a, follow), "OK");
    CHECK(test_redis_await(a, "INFO replication", "master_link_status:up"));
    /* It is dead, and one of the Sentinels too. */
    test_redis_kill(sentinels[1]);
    test_redis_kill(b);
    AWAIT(&site, is_at(&site, a));
    write_until_done(&site);
    site_clear(&site);
    for (unsigned i = 0; i < SENTINELS; i++) {
        test_redis_free(sentinels[i]);
        g_free(names[i]);
    }
    test_redis_free(b);
    test_redis_free(a);
}

/* ---- Cluster ---- */

/* What it is called by the others. */
static char *node_id(TestRedis *node)
{
    return g_strdup(test_redis_say(node, "CLUSTER MYID"));
}

static void set_slot(TestRedis *node, const char *slot, const char *how, const char *id)
{
    g_autofree char *command = g_strdup_printf("CLUSTER SETSLOT %s %s %s", slot, how, id);

    CHECK_TEXT(test_redis_say(node, command), "OK");
}

static void join(TestRedis *a, TestRedis *b)
{
    g_autofree char *meet =
        g_strdup_printf("CLUSTER MEET 127.0.0.1 %u %s", test_redis_port(b),
                        test_redis_say(b, "CONFIG GET cluster-port") + strlen("cluster-port "));

    CHECK_TEXT(test_redis_say(a, "CLUSTER ADDSLOTSRANGE 0 16383"), "OK");
    CHECK_TEXT(test_redis_say(a, meet), "OK");
    CHECK(test_redis_await(a, "CLUSTER INFO", "cluster_known_nodes:2"));
    CHECK(test_redis_await(a, "CLUSTER INFO", "cluster_state:ok"));
    CHECK(test_redis_await(b, "CLUSTER INFO", "cluster_state:ok"));
}

static void test_cluster(void)
{
    g_autofree char *slot = NULL, *id_a = NULL, *id_b = NULL;
    TestRedis *a, *b;
    Site site;

    if (!test_redis_is_there())
        return;
    a = test_redis_new(TEST_REDIS_NODE, NULL);
    b = test_redis_new(TEST_REDIS_NODE, NULL);
    join(a, b);
    id_a = node_id(a);
    id_b = node_id(b);
    slot = g_strdup(test_redis_say(a, "CLUSTER KEYSLOT {berth}"));
    site_init(&site);
    site.params.cluster = true;
    site.params.port = test_redis_port(b); /* any node knows */
    site_open(&site);
    AWAIT(&site, is_at(&site, a));
    CHECK_TEXT(say(&site, "INCR", "{berth}old"), "a number");
    /* On its way: what is not here is asked there, without the owner knowing. */
    set_slot(b, slot, "IMPORTING", id_a);
    set_slot(a, slot, "MIGRATING", id_b);
    for (unsigned i = 0; i < 100; i++)
        berth_redis_call(site.redis, on_reply, &site, "RPUSH %s %u", "{berth}new", i);
    AWAIT(&site, site.replies == 101);
    CHECK_TEXT(say(&site, "GET", "{berth}old"), "1");
    CHECK_INT(site.downs, 0);
    CHECK_HAS(test_redis_say(a, "EXISTS {berth}new"), "ASK");
    /* There: one is told, all others come along. */
    test_redis_say(a, "DEL {berth}old");
    set_slot(b, slot, "NODE", id_b);
    set_slot(a, slot, "NODE", id_b);
    for (unsigned i = 100; i < 200; i++)
        berth_redis_call(site.redis, on_reply, &site, "RPUSH %s %u", "{berth}new", i);
    AWAIT(&site, is_at(&site, b));
    AWAIT(&site, site.replies == 202);
    CHECK_INT(site.unknown + site.unsent, 0);
    CHECK_TEXT(test_redis_say(b, "LLEN {berth}new"), "200");
    CHECK_TEXT(test_redis_say(b, "LRANGE {berth}new 98 101"), "98 99 100 101");
    site_clear(&site);
    test_redis_free(a);
    test_redis_free(b);
}

static const BerthTest tests[] = {
    {"log-in", test_login},      {"death", test_death},     {"tls", test_tls},
    {"sentinel", test_sentinel}, {"cluster", test_cluster}, {0},
};

int main(int argc, char **argv)
{
    return berth_tests_main("redis live", tests, argc, argv);
}
