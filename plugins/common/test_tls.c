/* test_tls - the connection with real servers that speak TLS: one, those that Sentinels name, and
 * the nodes of a cluster. */
#include "test_client.h"

/* ---- one server ---- */

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

/* A place that speaks TLS with the certificates of `authority`. */
typedef struct Place {
    TestRedis *redis;
    unsigned port; /* its TLS port */
} Place;

static Place new_place(TestRedisKind kind, TestRedis *authority, const char *more)
{
    Place place;
    g_autofree char *tls = test_redis_tls_lines(authority, &place.port);
    g_autofree char *lines = g_strconcat(tls, more, NULL);

    place.redis = test_redis_new(kind, lines);
    return place;
}

static void site_init_tls(Site *site, TestRedis *authority)
{
    site_init(site);
    site->params.tls = true;
    site->params.trust_anchor = test_redis_file(authority, "ca.crt");
    site->params.cert_file = test_redis_file(authority, "client.crt");
    site->params.key_file = test_redis_file(authority, "client.key");
}

static void check_distrust(TestRedis *authority, const char *sentinel)
{
    const char *names[] = {sentinel};
    Site site;

    site_init_tls(&site, authority);
    site.params.sentinels = (BerthList){names, 1};
    site.params.trust_anchor = test_redis_file(authority, "other.crt");
    site_open(&site);
    AWAIT(&site, site.downs > 0);
    CHECK_INT(site.ups, 0);
    CHECK_HAS(site.last->str, "it is signed by nobody we trust");
    site_clear(&site);
}

/* Neither the Sentinel nor a master would understand anything else at these ports. */
static void test_sentinel(void)
{
    g_autofree char *replica_of = NULL, *monitor = NULL, *at = NULL;
    const char *names[1];
    TestRedis *master;
    Place replica, sentinel;
    Site site;

    if (!test_redis_is_there())
        return;
    master = test_redis_new(TEST_REDIS_TLS, "tls-replication yes\n");
    replica_of =
        g_strdup_printf("tls-replication yes\nreplicaof 127.0.0.1 %u\n", test_redis_port(master));
    replica = new_place(TEST_REDIS_SERVER, master, replica_of);
    CHECK(test_redis_await(replica.redis, "INFO replication", "master_link_status:up"));
    monitor = g_strdup_printf("tls-replication yes\nsentinel monitor m 127.0.0.1 %u 1\n"
                              "sentinel down-after-milliseconds m 500\n"
                              "sentinel failover-timeout m 2000\n",
                              test_redis_port(master));
    sentinel = new_place(TEST_REDIS_SENTINEL, master, monitor);
    CHECK(test_redis_await(sentinel.redis, "SENTINEL MASTER m", "num-slaves 1"));
    at = g_strdup_printf("127.0.0.1:%u", sentinel.port);
    names[0] = at;
    berth_row("a Sentinel that is not trusted is not believed");
    check_distrust(master, at);
    berth_row("the master that the Sentinel names");
    site_init_tls(&site, master);
    site.params.sentinels = (BerthList){names, 1};
    site.params.port = 1;
    site_open(&site);
    AWAIT(&site, is_at_port(&site, test_redis_port(master)));
    CHECK_TEXT(say(&site, "ECHO", "hello"), "hello");
    berth_row("a fail-over");
    test_redis_kill(master);
    AWAIT(&site, is_at_port(&site, replica.port));
    CHECK_TEXT(say(&site, "ECHO", "hello"), "hello");
    site_clear(&site);
    test_redis_free(sentinel.redis);
    test_redis_free(replica.redis);
    test_redis_free(master);
}

/* ---- Cluster ---- */

static void move_slot(TestRedis *a, TestRedis *b)
{
    g_autofree char *slot = g_strdup(test_redis_say(a, "CLUSTER KEYSLOT {berth}")),
                    *id = g_strdup(test_redis_say(b, "CLUSTER MYID")),
                    *set = g_strdup_printf("CLUSTER SETSLOT %s NODE %s", slot, id);

    CHECK_TEXT(test_redis_say(b, set), "OK");
    CHECK_TEXT(test_redis_say(a, set), "OK");
}

static void test_cluster(void)
{
    static const char tls[] = "tls-cluster yes\n";
    TestRedis *authority;
    Place a, b;
    Site site;

    if (!test_redis_is_there())
        return;
    authority = test_redis_new(TEST_REDIS_TLS, NULL);
    a = new_place(TEST_REDIS_NODE, authority, tls);
    b = new_place(TEST_REDIS_NODE, authority, tls);
    test_redis_join(a.redis, b.redis, b.port);
    berth_row("the node that any other names");
    site_init_tls(&site, authority);
    site.params.cluster = true;
    site.params.port = b.port;
    site_open(&site);
    AWAIT(&site, is_at_port(&site, a.port));
    CHECK_TEXT(say(&site, "INCR", "{berth}n"), "a number");
    berth_row("MOVED");
    CHECK_TEXT(say(&site, "DEL", "{berth}n"), "a number");
    move_slot(a.redis, b.redis);
    CHECK_TEXT(say(&site, "INCR", "{berth}n"), "a number");
    AWAIT(&site, is_at_port(&site, b.port));
    CHECK_TEXT(test_redis_say(b.redis, "GET {berth}n"), "1");
    site_clear(&site);
    test_redis_free(a.redis);
    test_redis_free(b.redis);
    test_redis_free(authority);
}

static const BerthTest tests[] = {
    {"server", test_tls},
    {"sentinel", test_sentinel},
    {"cluster", test_cluster},
    {0},
};

int main(int argc, char **argv)
{
    return berth_tests_main("common_tls", tests, argc, argv);
}
