/* test_live - the connection with real servers: TCP and UNIX socket, log-in, Sentinel, Cluster, a
 * server that dies, stops or is loading. TLS is in test_tls.c. */
#include "test_client.h"

#include <signal.h>

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

/* ---- Sentinel ---- */

#define SENTINELS 3

static bool is_at(const Site *site, const TestRedis *redis)
{
    return is_at_port(site, test_redis_port(redis));
}

static TestRedis *new_replica(const TestRedis *of)
{
    TestRedis *redis = test_redis_new_replica(of, NULL);

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

static void test_cluster(void)
{
    g_autofree char *slot = NULL, *id_a = NULL, *id_b = NULL;
    TestRedis *a, *b;
    Site site;

    if (!test_redis_is_there())
        return;
    a = test_redis_new(TEST_REDIS_NODE, NULL);
    b = test_redis_new(TEST_REDIS_NODE, NULL);
    test_redis_join(a, b, test_redis_port(b));
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
    {"log-in", test_login},
    {"death", test_death},
    {"sentinel", test_sentinel},
    {"cluster", test_cluster},
    {0},
};

int main(int argc, char **argv)
{
    return berth_tests_main("common_live", tests, argc, argv);
}
