/* test_live - two servers on one real redis-server: what one is told by command the other knows,
 * and what happens to Redis. */
#include "test_nodes.h"

#define HOSTS "{t:4}:hosts"

static TestRedis *redis;

static void begin(void)
{
    test_redis_say(redis, "FLUSHALL");
    nodes_begin();
}

/* ---- tests ---- */

static void test_shared(void)
{
    Node *a = &nodes[0], *b = &nodes[1];

    begin();
    berth_row("added on one, it is in force there with the answer, and on the other in a second");
    node_check(a, "reservation-add", ADD(MAC(01) ", " IP(10) ", 'hostname': 'one'"), ADDED);
    node_check(a, "reservation-get", OF(10), FOUND);
    node_check_soon(b, "reservation-get", OF(10), "\"hostname\": \"one\"");
    berth_row("an identifier or an address that is there is refused everywhere");
    node_check(b, "reservation-add", ADD(MAC(01) ", " IP(11)),
               "{ \"result\": 1, \"text\": \"Database duplicate entry error\" }");
    node_check(b, "reservation-add", ADD(MAC(02) ", " IP(10)),
               "\"Database duplicate entry error\"");
    node_check(b, "reservation-add", "'reservation': {'subnet-id': 0, " MAC(01) "}", ADDED);
    berth_row("updated on the other");
    node_check(b, "reservation-update", ADD(MAC(01) ", " IP(12)),
               "{ \"result\": 0, \"text\": \"Host updated.\" }");
    node_check_soon(a, "reservation-get", OF(12), FOUND);
    node_check(a, "reservation-get", OF(10), "\"result\": 3");
    node_check(a, "reservation-add", ADD(MAC(03) ", " IP(10)), ADDED);
    node_check(a, "reservation-update", ADD(MAC(03) ", " IP(12)),
               "\"Database duplicate entry error\"");
    node_check(a, "reservation-update", ADD(MAC(09) ", " IP(19)),
               "{ \"result\": 1, \"text\": \"Host not updated (not found).\" }");
    berth_row("pages tell that they are of the database");
    node_check_soon(b, "reservation-get-page", "'limit': 10, 'subnet-id': 1",
                    "\"count\": 2, \"next\": { \"source-index\": 1, \"from\": ");
    berth_row("deleted by address on one");
    node_check(a, "reservation-del", OF(12), "{ \"result\": 0, \"text\": \"Host deleted.\" }");
    node_check(a, "reservation-del", OF(12),
               "{ \"result\": 3, \"text\": \"Host not deleted (not found).\" }");
    node_check_soon(b, "reservation-get", OF(12), "\"result\": 3");
    berth_row("nothing is left of what was deleted");
    node_check(b, "reservation-add", ADD(MAC(01) ", " IP(12)), ADDED);
    nodes_end();
}

static void test_targets(void)
{
    Node *a = &nodes[0];

    begin();
    berth_row("all: when the database refuses, memory is as it was");
    node_check(a, "reservation-add", ADD(MAC(01) ", " IP(10)), ADDED);
    node_check(a, "reservation-add", ADD(MAC(01) ", " IP(10)) ", 'operation-target': 'all'",
               "Database duplicate entry error");
    node_check(a, "reservation-get", OF(10) ", 'operation-target': 'memory'", "\"result\": 3");
    berth_row("all: both have it, and both lose it");
    node_check(a, "reservation-add", ADD(MAC(02) ", " IP(11)) ", 'operation-target': 'all'", ADDED);
    node_check(a, "reservation-get-by-address", IP(11), "\"2 IPv4 host(s) found.\"");
    node_check(a, "reservation-get-all", "'subnet-id': 1, 'operation-target': 'memory'",
               "\"1 IPv4 host(s) found.\"");
    node_check(a, "reservation-del", OF(11) ", 'operation-target': 'all'", "Host deleted.");
    node_check(a, "reservation-get-by-address", IP(11), "\"0 IPv4 host(s) found.\"");
    berth_row("where addresses need not be unique");
    node_write_conf(a, "], \"ip-reservations-unique\": false, \"shared-networks\": [");
    node_check(a, "config-reload", "", "\"result\": 0");
    node_await(a);
    node_check(a, "reservation-add", ADD(MAC(05) ", " IP(10)), ADDED);
    node_check(a, "reservation-get-by-address", IP(10), "\"2 IPv4 host(s) found.\"");
    node_check(a, "reservation-del", OF(10), "Host deleted.");
    node_check(a, "reservation-get-by-address", IP(10), "\"0 IPv4 host(s) found.\"");
    nodes_end();
}

static void test_restart(void)
{
    Node *a = &nodes[0], *b = &nodes[1];

    begin();
    node_check(a, "reservation-add", ADD(MAC(01) ", " IP(10)), ADDED);
    node_check_soon(b, "reservation-get", OF(10), FOUND);
    berth_row("Redis is away: what is known goes on, what would change is an error");
    test_redis_kill(redis);
    node_check(a, "reservation-add", ADD(MAC(02) ", " IP(11)),
               "\"result\": 1, \"text\": \"the host database ");
    node_check(a, "reservation-add", ADD(MAC(02) ", " IP(11)), "is not available");
    node_check(a, "reservation-get", OF(10), FOUND);
    node_check(b, "reservation-get", OF(10), FOUND);
    berth_row("it comes back, and all goes on by itself");
    test_redis_start(redis);
    node_await(a);
    node_await(b);
    node_check(b, "reservation-get", OF(10), FOUND);
    node_check(a, "reservation-add", ADD(MAC(03) ", " IP(12)), ADDED);
    node_check_soon(b, "reservation-get", OF(12), FOUND);
    berth_row("a server that starts again has all of it");
    node_shut(b);
    node_boot(b);
    node_await(b);
    node_check(b, "reservation-get-all", "'subnet-id': 1", "\"2 IPv4 host(s) found.\"");
    nodes_end();
}

/* Puts a value into the hash behind the servers' back. */
static void plant(const char *field, const char *sequence, const char *json)
{
    g_autofree char *line = g_strdup_printf(
        "EVAL return(redis.call('HSET',KEYS[1],'%s',ARGV[1]..string.char(32)..ARGV[2])) 1 " HOSTS
        " %s %s",
        field, sequence, json);

    test_redis_say(redis, line);
}

#define HOST(x) "{\"subnet-id\":1,\"hw-address\":\"02:00:00:00:00:" #x "\""

static void test_hostile(void)
{
    Node *a = &nodes[0], *b = &nodes[1];

    begin();
    node_check(a, "reservation-add", ADD(MAC(01) ", " IP(10)), ADDED);
    plant("900", "x", "garbage");
    plant("901", "5", "{not-json");
    plant("902", "5", HOST(02) ",\"frob\":1}");
    plant("903", "5", HOST(03) ",\"ip-address\":\"10.0.0.1\"}");
    plant("904", "5", "[]");
    plant("905", "5", HOST(05) ",\"ip-address\":\"192.0.2.15\"}");
    plant("906", "5", HOST(05) "}");
    plant("907", "5", "{\"subnet-id\":42,\"duid\":\"0107\",\"ip-address\":\"10.99.0.1\"}");
    plant("908", "5", "{\"subnet-id\":42,\"duid\":\"0108\",\"ip-address\":\"10.42.0.8\"}");
    plant("what", "5", "{}");
    berth_row("what can't be used costs itself alone");
    node_shut(b);
    node_boot(b);
    node_await(b);
    node_check(b, "hosts-redis-status", "", "\"reservations\": 10, \"left-out\": 6");
    node_check(b, "reservation-get", OF(10), FOUND);
    berth_row("of two that claim the same, one is used");
    node_check(b, "reservation-get",
               "'subnet-id': 1, 'identifier-type': 'hw-address', 'identifier': '020000000005'",
               FOUND);
    node_check(b, "reservation-get-all", "'subnet-id': 1", "\"2 IPv4 host(s) found.\"");
    CHECK_HAS(b->log->str, "HOSTS_REDIS_REFUSED {t:4}:hosts: the reservation 902 is left out");
    CHECK_HAS(b->log->str, "the field 'what' is no number of a reservation");
    berth_row("with a subnet that a reload brings it is known what fits into it");
    node_write_conf(b, ", {\"id\": 42, \"subnet\": \"10.42.0.0/16\"}");
    node_check(b, "config-reload", "", "\"result\": 0");
    node_check_soon(b, "hosts-redis-status", "", "\"left-out\": 7");
    node_check(b, "reservation-get", "'subnet-id': 42, 'ip-address': '10.42.0.8'", FOUND);
    node_check(b, "reservation-get", "'subnet-id': 42, 'ip-address': '10.99.0.1'", "\"result\": 3");
    berth_row("the log says nonsense: all is read anew, and goes on");
    test_redis_say(redis, "XADD {t:4}:hosts-log * frob 1");
    node_check_soon(a, "hosts-redis-status", "", "\"reservations\": 10");
    node_check(b, "reservation-add", ADD(MAC(08) ", " IP(18)), ADDED);
    node_check_soon(a, "reservation-get", OF(18), FOUND);
    nodes_end();
}

static void test_trimmed(void)
{
    Node *a = &nodes[0], *b = &nodes[1];

    begin();
    berth_row("entries of the log are missing: all is read anew");
    node_check(a, "reservation-add", ADD(MAC(01) ", " IP(10)), ADDED);
    plant("77", "2",
          "{\"subnet-id\":1,\"hw-address\":\"02:00:00:00:00:07\",\"ip-address\":\"192.0.2.17\"}");
    test_redis_say(redis, "HINCRBY {t:4}:hosts-meta sequence 1");
    node_check(a, "reservation-add", ADD(MAC(02) ", " IP(11)), ADDED);
    node_check_soon(a, "reservation-get", OF(17), FOUND);
    node_check_soon(b, "reservation-get", OF(17), FOUND);
    node_check_soon(b, "reservation-get", OF(11), FOUND);
    CHECK_HAS(b->log->str, "HOSTS_REDIS_RELOAD entries of the log are missing");
    berth_row("and what is gone meanwhile is gone");
    test_redis_say(redis, "HDEL " HOSTS " 77");
    test_redis_say(redis, "HINCRBY {t:4}:hosts-meta sequence 1");
    node_check(a, "reservation-add", ADD(MAC(03) ", " IP(12)), ADDED);
    node_check_soon(b, "reservation-get", OF(17), "\"result\": 3");
    nodes_end();
}

static bool has_noticed(void *data)
{
    return strstr(node_ask(data, "hosts-redis-status", ""), "Redis is empty") != NULL;
}

static void test_emptied(void)
{
    Node *a = &nodes[0];

    begin();
    node_check(a, "reservation-add", ADD(MAC(01) ", " IP(10)), ADDED);
    berth_row("a Redis that has lost everything takes nothing from those who know it");
    test_redis_say(redis, "FLUSHALL");
    CHECK(nodes_until(has_noticed, a, 15000));
    node_check(a, "reservation-get", OF(10), FOUND);
    node_check(a, "reservation-add", ADD(MAC(02) ", " IP(11)), "\"result\": 1");
    berth_row("until an operator says that it is right");
    node_check(a, "hosts-redis-accept", "", "accepted");
    node_await(a);
    node_check(a, "reservation-get", OF(10), "\"result\": 3");
    node_check(a, "reservation-add", ADD(MAC(02) ", " IP(11)), ADDED);
    nodes_end();
}

static void test_six(void)
{
    Node *a = &nodes[0], *b = &nodes[1];

    begin();
    node_family = 6;
    node_await(a);
    node_await(b);
    berth_row("DHCPv6 has its own, found by address, prefix and identifier");
    node_check(
        a, "reservation-add",
        "'reservation': {'subnet-id': 1, 'duid': '01:02', 'ip-addresses': ['2001:db8:1::5'], "
        "'prefixes': ['2001:db8:8::/56']}",
        ADDED);
    node_check_soon(b, "reservation-get", "'subnet-id': 1, 'ip-address': '2001:db8:1::5'", FOUND);
    node_check(b, "reservation-get", "'subnet-id': 1, 'ip-address': '2001:db8:8::'", FOUND);
    node_check(b, "reservation-add",
               "'reservation': {'subnet-id': 1, 'duid': '01:03', 'prefixes': ['2001:db8:8::/56']}",
               "\"Database duplicate entry error\"");
    node_check(b, "reservation-del", "'subnet-id': 1, 'ip-address': '2001:db8:8::'",
               "Host deleted.");
    node_check_soon(a, "reservation-get",
                    "'subnet-id': 1, 'identifier-type': 'duid', 'identifier': '0102'",
                    "\"result\": 3");
    node_family = 4;
    node_check(a, "reservation-get-page", "'limit': 5", "\"count\": 0");
    nodes_end();
}

static const BerthTest tests[] = {
    {"shared", test_shared},   {"targets", test_targets},
    {"restart", test_restart}, {"hostile", test_hostile},
    {"trimmed", test_trimmed}, {"emptied", test_emptied},
    {"six", test_six},         {0},
};

int main(int argc, char **argv)
{
    int r;

    if (!test_redis_is_there())
        return 77;
    redis = test_redis_new(TEST_REDIS_SERVER, "appendonly yes\nappendfsync no\n");
    node_database = g_strdup_printf("\"unix-socket\": \"%s\"", test_redis_socket(redis));
    r = nodes_main("hosts_redis_live", tests, argc, argv);
    test_redis_free(redis);
    return r;
}
