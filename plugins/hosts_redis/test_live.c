/* test_live - two servers with the plugins hosts and hosts_redis as they are loaded, on one real
 * redis-server: what one is told by command the other knows, and what happens to Redis. */
#include "core/server/server.h"
#include "tests/lib/redis.h"
#include "tests/lib/rows.h"
#include <glib/gstdio.h>
#include <stdlib.h>

#define MSEC INT64_C(1000)
#define HOSTS "{t:4}:hosts"

typedef struct Node {
    char *dir, *conf;
    BerthServer *server;
    GString *answer, *log;
    bool is_answered;
} Node;

static TestRedis *redis;
static BerthWorld *world;
static Node nodes[2];
static int family = 4; /* that commands are for */

/* ---- servers ---- */

static void write_log(void *run, const BerthLogEvent *event)
{
    Node *node = run;

    g_string_append_printf(node->log, "%s %s\n", event->id, event->text);
}

static const BerthLogSink sink = {.size = sizeof(sink), .write = write_log};

#define COMMON(family)                                                           \
    "\"interfaces-config\": {\"interfaces\": []},"                               \
    " \"loggers\": [{\"name\": \"kea-dhcp" #family "\", \"severity\": \"INFO\"," \
    " \"output-options\": [{\"output\": \"/dev/null\"}]}],"                      \
    " \"lease-database\": {\"type\": \"memfile\", \"persist\": false},"

/* `more`: of the list subnet4, or behind it. */
static void write_conf(const Node *node, const char *more)
{
    g_autofree char *database =
        g_strdup_printf("{\"type\": \"redis\", \"unix-socket\": \"%s\", \"key-prefix\": \"t\", "
                        "\"command-timeout\": 1,"
                        " \"reconnect-wait-time\": 5, \"reconnect-wait-max\": 50}",
                        test_redis_socket(redis));
    g_autofree char *text = g_strdup_printf(
        "{\"Dhcp4\": {" COMMON(
            4) " \"hosts-database\": %s,"
               " \"subnet4\": [{\"id\": 1, \"subnet\": \"192.0.2.0/24\"}%s]},"
               " \"Dhcp6\": {" COMMON(
                   6) " \"server-id\": {\"type\": \"EN\", \"enterprise-id\": 9, \"identifier\": "
                      "\"0102030405\", \"persist\": false},"
                      " \"hosts-databases\": [%s],"
                      " \"subnet6\": [{\"id\": 1, \"subnet\": \"2001:db8:1::/64\"}]}}",
        database, more, database);

    g_assert_true(g_file_set_contents(node->conf, text, -1, NULL));
}

static void step(void)
{
    if (!g_main_context_iteration(NULL, FALSE))
        g_usleep(200);
}

static bool until(bool (*is_so)(void *data), void *data, unsigned msec)
{
    int64_t end = g_get_monotonic_time() + msec * MSEC;

    while (!is_so(data)) {
        if (g_get_monotonic_time() > end)
            return false;
        step();
    }
    return true;
}

static void boot(Node *node)
{
    BerthServerOptions options = {.conf_file = node->conf,
                                  .plugin_path = g_getenv("BERTH_PLUGIN_PATH"),
                                  .no_path_checks = true};
    BerthErrors errors;

    for (int kind = 0; kind <= BERTH_PATH_RUN; kind++)
        options.paths[kind] = node->dir;
    berth_errors_init(&errors);
    node->server = berth_server_new(world, &options);
    berth_log_add_sink(node->server->log, &sink, node);
    if (!CHECK(berth_server_start(node->server, &errors)))
        CHECK_TEXT(berth_errors_text(&errors), "");
    berth_errors_clear(&errors);
}

static void open_node(Node *node)
{
    *node = (Node){.dir = g_dir_make_tmp("berth-hosts-XXXXXX", NULL),
                   .answer = g_string_new(NULL),
                   .log = g_string_new(NULL)};
    node->conf = g_build_filename(node->dir, "berth.conf", NULL);
    write_conf(node, "");
    boot(node);
}

static void shut(Node *node)
{
    node->server->world->ops->end_jobs(world);
    berth_server_free(g_steal_pointer(&node->server));
}

static void close_node(Node *node)
{
    shut(node);
    g_unlink(node->conf);
    g_rmdir(node->dir);
    g_string_free(node->answer, TRUE);
    g_string_free(node->log, TRUE);
    g_free(node->conf);
    g_free(node->dir);
}

/* ---- commands ---- */

static void on_answered(void *data, BerthBytes json)
{
    Node *node = data;

    g_string_truncate(node->answer, 0);
    g_string_append_len(node->answer, (const char *)json.data, (gssize)json.len);
    node->is_answered = true;
}

static bool is_answered(void *data)
{
    return ((const Node *)data)->is_answered;
}

/* `arguments`: without their braces; a quote is '. */
static const char *ask(Node *node, const char *command, const char *arguments)
{
    g_autofree char *text =
        g_strdup_printf("{'command': '%s', 'arguments': {%s}}", command, arguments);

    for (char *at = text; *at; at++)
        if (*at == '\'')
            *at = '"';
    node->is_answered = false;
    berth_server_command_in(node->server, family, berth_bytes(text), on_answered, node);
    if (!until(is_answered, node, 5000))
        g_string_assign(node->answer, "no answer");
    return node->answer->str;
}

static void check(Node *node, const char *command, const char *arguments, const char *want)
{
    CHECK_HAS(ask(node, command, arguments), want);
}

/* Polls, so that what comes by Redis alone is waited for: a second at most. */
static void check_soon(Node *node, const char *command, const char *arguments, const char *want)
{
    int64_t end = g_get_monotonic_time() + 1000 * MSEC;

    while (!strstr(ask(node, command, arguments), want) && g_get_monotonic_time() < end)
        step();
    CHECK_HAS(node->answer->str, want);
}

static bool is_following(void *data)
{
    return strstr(ask(data, "hosts-redis-status", ""), "\"phase\": \"following\"") != NULL;
}

static void await(Node *node)
{
    CHECK(until(is_following, node, 8000));
}

static void begin(void)
{
    test_redis_say(redis, "FLUSHALL");
    for (size_t i = 0; i < G_N_ELEMENTS(nodes); i++)
        open_node(&nodes[i]);
    for (size_t i = 0; i < G_N_ELEMENTS(nodes); i++)
        await(&nodes[i]);
}

static void end(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(nodes); i++)
        close_node(&nodes[i]);
}

#define MAC(x) "'hw-address': '02:00:00:00:00:" #x "'"
#define IP(x) "'ip-address': '192.0.2." #x "'"
#define ADD(rest) "'reservation': {'subnet-id': 1, " rest "}"
#define OF(ip) "'subnet-id': 1, 'ip-address': '192.0.2." #ip "'"
#define FOUND "\"text\": \"Host found.\""
#define ADDED "{ \"result\": 0, \"text\": \"Host added.\" }"

/* ---- tests ---- */

static void test_shared(void)
{
    Node *a = &nodes[0], *b = &nodes[1];

    begin();
    berth_row("added on one, it is in force there with the answer, and on the other in a second");
    check(a, "reservation-add", ADD(MAC(01) ", " IP(10) ", 'hostname': 'one'"), ADDED);
    check(a, "reservation-get", OF(10), FOUND);
    check_soon(b, "reservation-get", OF(10), "\"hostname\": \"one\"");
    berth_row("an identifier or an address that is there is refused everywhere");
    check(b, "reservation-add", ADD(MAC(01) ", " IP(11)),
          "{ \"result\": 1, \"text\": \"Database duplicate entry error\" }");
    check(b, "reservation-add", ADD(MAC(02) ", " IP(10)), "\"Database duplicate entry error\"");
    check(b, "reservation-add", "'reservation': {'subnet-id': 0, " MAC(01) "}", ADDED);
    berth_row("updated on the other");
    check(b, "reservation-update", ADD(MAC(01) ", " IP(12)),
          "{ \"result\": 0, \"text\": \"Host updated.\" }");
    check_soon(a, "reservation-get", OF(12), FOUND);
    check(a, "reservation-get", OF(10), "\"result\": 3");
    check(a, "reservation-add", ADD(MAC(03) ", " IP(10)), ADDED);
    check(a, "reservation-update", ADD(MAC(03) ", " IP(12)), "\"Database duplicate entry error\"");
    check(a, "reservation-update", ADD(MAC(09) ", " IP(19)),
          "{ \"result\": 1, \"text\": \"Host not updated (not found).\" }");
    berth_row("pages tell that they are of the database");
    check_soon(b, "reservation-get-page", "'limit': 10, 'subnet-id': 1",
               "\"count\": 2, \"next\": { \"source-index\": 1, \"from\": ");
    berth_row("deleted by address on one");
    check(a, "reservation-del", OF(12), "{ \"result\": 0, \"text\": \"Host deleted.\" }");
    check(a, "reservation-del", OF(12),
          "{ \"result\": 3, \"text\": \"Host not deleted (not found).\" }");
    check_soon(b, "reservation-get", OF(12), "\"result\": 3");
    berth_row("nothing is left of what was deleted");
    check(b, "reservation-add", ADD(MAC(01) ", " IP(12)), ADDED);
    end();
}

static void test_targets(void)
{
    Node *a = &nodes[0];

    begin();
    berth_row("all: when the database refuses, memory is as it was");
    check(a, "reservation-add", ADD(MAC(01) ", " IP(10)), ADDED);
    check(a, "reservation-add", ADD(MAC(01) ", " IP(10)) ", 'operation-target': 'all'",
          "Database duplicate entry error");
    check(a, "reservation-get", OF(10) ", 'operation-target': 'memory'", "\"result\": 3");
    berth_row("all: both have it, and both lose it");
    check(a, "reservation-add", ADD(MAC(02) ", " IP(11)) ", 'operation-target': 'all'", ADDED);
    check(a, "reservation-get-by-address", IP(11), "\"2 IPv4 host(s) found.\"");
    check(a, "reservation-get-all", "'subnet-id': 1, 'operation-target': 'memory'",
          "\"1 IPv4 host(s) found.\"");
    check(a, "reservation-del", OF(11) ", 'operation-target': 'all'", "Host deleted.");
    check(a, "reservation-get-by-address", IP(11), "\"0 IPv4 host(s) found.\"");
    berth_row("where addresses need not be unique");
    write_conf(a, "], \"ip-reservations-unique\": false, \"shared-networks\": [");
    check(a, "config-reload", "", "\"result\": 0");
    await(a);
    check(a, "reservation-add", ADD(MAC(05) ", " IP(10)), ADDED);
    check(a, "reservation-get-by-address", IP(10), "\"2 IPv4 host(s) found.\"");
    check(a, "reservation-del", OF(10), "Host deleted.");
    check(a, "reservation-get-by-address", IP(10), "\"0 IPv4 host(s) found.\"");
    end();
}

static void test_restart(void)
{
    Node *a = &nodes[0], *b = &nodes[1];

    begin();
    check(a, "reservation-add", ADD(MAC(01) ", " IP(10)), ADDED);
    check_soon(b, "reservation-get", OF(10), FOUND);
    berth_row("Redis is away: what is known goes on, what would change is an error");
    test_redis_kill(redis);
    check(a, "reservation-add", ADD(MAC(02) ", " IP(11)),
          "\"result\": 1, \"text\": \"the host database ");
    check(a, "reservation-add", ADD(MAC(02) ", " IP(11)), "is not available");
    check(a, "reservation-get", OF(10), FOUND);
    check(b, "reservation-get", OF(10), FOUND);
    berth_row("it comes back, and all goes on by itself");
    test_redis_start(redis);
    await(a);
    await(b);
    check(b, "reservation-get", OF(10), FOUND);
    check(a, "reservation-add", ADD(MAC(03) ", " IP(12)), ADDED);
    check_soon(b, "reservation-get", OF(12), FOUND);
    berth_row("a server that starts again has all of it");
    shut(b);
    boot(b);
    await(b);
    check(b, "reservation-get-all", "'subnet-id': 1", "\"2 IPv4 host(s) found.\"");
    end();
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
    check(a, "reservation-add", ADD(MAC(01) ", " IP(10)), ADDED);
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
    shut(b);
    boot(b);
    await(b);
    check(b, "hosts-redis-status", "", "\"reservations\": 10, \"left-out\": 6");
    check(b, "reservation-get", OF(10), FOUND);
    berth_row("of two that claim the same, one is used");
    check(b, "reservation-get",
          "'subnet-id': 1, 'identifier-type': 'hw-address', 'identifier': '020000000005'", FOUND);
    check(b, "reservation-get-all", "'subnet-id': 1", "\"2 IPv4 host(s) found.\"");
    CHECK_HAS(b->log->str, "HOSTS_REDIS_REFUSED {t:4}:hosts: the reservation 902 is left out");
    CHECK_HAS(b->log->str, "the field 'what' is no number of a reservation");
    berth_row("with a subnet that a reload brings it is known what fits into it");
    write_conf(b, ", {\"id\": 42, \"subnet\": \"10.42.0.0/16\"}");
    check(b, "config-reload", "", "\"result\": 0");
    check_soon(b, "hosts-redis-status", "", "\"left-out\": 7");
    check(b, "reservation-get", "'subnet-id': 42, 'ip-address': '10.42.0.8'", FOUND);
    check(b, "reservation-get", "'subnet-id': 42, 'ip-address': '10.99.0.1'", "\"result\": 3");
    berth_row("the log says nonsense: all is read anew, and goes on");
    test_redis_say(redis, "XADD {t:4}:hosts-log * frob 1");
    check_soon(a, "hosts-redis-status", "", "\"reservations\": 10");
    check(b, "reservation-add", ADD(MAC(08) ", " IP(18)), ADDED);
    check_soon(a, "reservation-get", OF(18), FOUND);
    end();
}

static void test_trimmed(void)
{
    Node *a = &nodes[0], *b = &nodes[1];

    begin();
    berth_row("entries of the log are missing: all is read anew");
    check(a, "reservation-add", ADD(MAC(01) ", " IP(10)), ADDED);
    plant("77", "2",
          "{\"subnet-id\":1,\"hw-address\":\"02:00:00:00:00:07\",\"ip-address\":\"192.0.2.17\"}");
    test_redis_say(redis, "HINCRBY {t:4}:hosts-meta sequence 1");
    check(a, "reservation-add", ADD(MAC(02) ", " IP(11)), ADDED);
    check_soon(a, "reservation-get", OF(17), FOUND);
    check_soon(b, "reservation-get", OF(17), FOUND);
    check_soon(b, "reservation-get", OF(11), FOUND);
    CHECK_HAS(b->log->str, "HOSTS_REDIS_RELOAD entries of the log are missing");
    berth_row("and what is gone meanwhile is gone");
    test_redis_say(redis, "HDEL " HOSTS " 77");
    test_redis_say(redis, "HINCRBY {t:4}:hosts-meta sequence 1");
    check(a, "reservation-add", ADD(MAC(03) ", " IP(12)), ADDED);
    check_soon(b, "reservation-get", OF(17), "\"result\": 3");
    end();
}

static bool has_noticed(void *data)
{
    return strstr(ask(data, "hosts-redis-status", ""), "Redis is empty") != NULL;
}

static void test_emptied(void)
{
    Node *a = &nodes[0];

    begin();
    check(a, "reservation-add", ADD(MAC(01) ", " IP(10)), ADDED);
    berth_row("a Redis that has lost everything takes nothing from those who know it");
    test_redis_say(redis, "FLUSHALL");
    CHECK(until(has_noticed, a, 15000));
    check(a, "reservation-get", OF(10), FOUND);
    check(a, "reservation-add", ADD(MAC(02) ", " IP(11)), "\"result\": 1");
    berth_row("until an operator says that it is right");
    check(a, "hosts-redis-accept", "", "accepted");
    await(a);
    check(a, "reservation-get", OF(10), "\"result\": 3");
    check(a, "reservation-add", ADD(MAC(02) ", " IP(11)), ADDED);
    end();
}

static void test_six(void)
{
    Node *a = &nodes[0], *b = &nodes[1];

    begin();
    family = 6;
    await(a);
    await(b);
    berth_row("DHCPv6 has its own, found by address, prefix and identifier");
    check(a, "reservation-add",
          "'reservation': {'subnet-id': 1, 'duid': '01:02', 'ip-addresses': ['2001:db8:1::5'], "
          "'prefixes': ['2001:db8:8::/56']}",
          ADDED);
    check_soon(b, "reservation-get", "'subnet-id': 1, 'ip-address': '2001:db8:1::5'", FOUND);
    check(b, "reservation-get", "'subnet-id': 1, 'ip-address': '2001:db8:8::'", FOUND);
    check(b, "reservation-add",
          "'reservation': {'subnet-id': 1, 'duid': '01:03', 'prefixes': ['2001:db8:8::/56']}",
          "\"Database duplicate entry error\"");
    check(b, "reservation-del", "'subnet-id': 1, 'ip-address': '2001:db8:8::'", "Host deleted.");
    check_soon(a, "reservation-get",
               "'subnet-id': 1, 'identifier-type': 'duid', 'identifier': '0102'", "\"result\": 3");
    family = 4;
    check(a, "reservation-get-page", "'limit': 5", "\"count\": 0");
    end();
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
    world = berth_world_real_new(NULL);
    r = berth_tests_main("hosts_redis_live", tests, argc, argv);
    berth_world_real_free(world);
    test_redis_free(redis);
    return r;
}
