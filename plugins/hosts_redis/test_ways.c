/* test_ways - two servers whose reservations are in a Redis that is not simply there: over TLS, by
 * Sentinels through a fail-over, in a cluster. The connection by itself is tested in
 * plugins/common. */
#include "test_nodes.h"

static void set_database(const char *format, ...) G_GNUC_PRINTF(1, 2);
static void set_database(const char *format, ...)
{
    va_list args;

    g_free(node_database);
    va_start(args, format);
    node_database = g_strdup_vprintf(format, args);
    va_end(args);
}

/* What one is told the other knows. */
static void check_shared(Node *to, Node *at, const char *added, const char *of)
{
    node_await(to);
    node_await(at);
    node_check(to, "reservation-add", added, ADDED);
    node_check_soon(at, "reservation-get", of, FOUND);
}

/* ---- TLS ---- */

static void set_tls(TestRedis *redis, const char *trusted)
{
    g_autofree char *cert = g_strdup(test_redis_file(redis, "client.crt")),
                    *key = g_strdup(test_redis_file(redis, "client.key"));

    set_database("\"port\": %u, \"tls\": true, \"trust-anchor\": \"%s\", \"cert-file\": \"%s\", "
                 "\"key-file\": \"%s\"",
                 test_redis_port(redis), test_redis_file(redis, trusted), cert, key);
}

static bool is_distrustful(void *data)
{
    return strstr(node_ask(data, "hosts-redis-status", ""), "it is signed by nobody we trust") !=
           NULL;
}

static void test_tls(void)
{
    TestRedis *redis = test_redis_new(TEST_REDIS_TLS, NULL);

    berth_row("over TLS");
    set_tls(redis, "ca.crt");
    nodes_begin();
    check_shared(&nodes[0], &nodes[1], ADD(MAC(01) ", " IP(10)), OF(10));
    berth_row("where nobody trusts its certificate nothing is read and nothing changed");
    set_tls(redis, "other.crt");
    node_write_conf(&nodes[1], "");
    node_shut(&nodes[1]);
    node_boot(&nodes[1]);
    CHECK(nodes_until(is_distrustful, &nodes[1], 5000));
    node_check(&nodes[1], "reservation-get", OF(10), "\"result\": 3");
    node_check(&nodes[1], "reservation-add", ADD(MAC(02) ", " IP(11)), "is not available");
    berth_row("and after a reload with the right authority all is there");
    set_tls(redis, "ca.crt");
    node_write_conf(&nodes[1], "");
    node_check(&nodes[1], "config-reload", "", "\"result\": 0");
    node_await(&nodes[1]);
    node_check(&nodes[1], "reservation-get", OF(10), FOUND);
    nodes_end();
    test_redis_free(redis);
}

/* ---- Sentinel ---- */

static bool is_master(void *data)
{
    return strstr(test_redis_say(data, "INFO replication"), "role:master") != NULL;
}

static void test_sentinel(void)
{
    TestRedis *master = test_redis_new(TEST_REDIS_SERVER, NULL),
              *replica = test_redis_new_replica(master, NULL),
              *sentinel = test_redis_new_sentinel(master, "m");

    CHECK(test_redis_await(sentinel, "SENTINEL MASTER m", "num-slaves 1"));
    berth_row("the master that the Sentinel names");
    set_database("\"sentinels\": [\"127.0.0.1:%u\"], \"master-name\": \"m\"",
                 test_redis_port(sentinel));
    nodes_begin();
    check_shared(&nodes[0], &nodes[1], ADD(MAC(01) ", " IP(10)), OF(10));
    CHECK(test_redis_await(replica, "HLEN {t:4}:hosts", "1"));
    berth_row("a fail-over: what is known goes on, and is there again");
    test_redis_kill(master);
    node_check(&nodes[1], "reservation-get", OF(10), FOUND);
    CHECK(nodes_until(is_master, replica, 15000));
    check_shared(&nodes[1], &nodes[0], ADD(MAC(02) ", " IP(11)), OF(11));
    node_check(&nodes[0], "reservation-get-all", "'subnet-id': 1", "\"2 IPv4 host(s) found.\"");
    node_check(&nodes[0], "reservation-add", ADD(MAC(01) ", " IP(12)),
               "Database duplicate entry error");
    CHECK_TEXT(test_redis_say(replica, "HLEN {t:4}:hosts"), "2");
    nodes_end();
    test_redis_free(sentinel);
    test_redis_free(replica);
    test_redis_free(master);
}

/* ---- Cluster ---- */

static void test_cluster(void)
{
    TestRedis *first = test_redis_new(TEST_REDIS_NODE, NULL),
              *second = test_redis_new(TEST_REDIS_NODE, NULL);

    test_redis_join(first, second, test_redis_port(second));
    berth_row("the node that has the keys, by the one that has not");
    set_database("\"cluster\": true, \"port\": %u", test_redis_port(second));
    nodes_begin();
    check_shared(&nodes[0], &nodes[1], ADD(MAC(01) ", " IP(10)), OF(10));
    node_check(&nodes[1], "reservation-del", OF(10), "Host deleted.");
    node_check_soon(&nodes[0], "reservation-get", OF(10), "\"result\": 3");
    check_shared(&nodes[1], &nodes[0], ADD(MAC(02) ", " IP(11)), OF(11));
    CHECK_TEXT(test_redis_say(first, "HLEN {t:4}:hosts"), "1");
    nodes_end();
    test_redis_free(second);
    test_redis_free(first);
}

static const BerthTest tests[] = {
    {"tls", test_tls},
    {"sentinel", test_sentinel},
    {"cluster", test_cluster},
    {0},
};

int main(int argc, char **argv)
{
    if (!test_redis_is_there())
        return 77;
    return nodes_main("hosts_redis_ways", tests, argc, argv);
}
