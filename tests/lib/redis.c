/* redis - see redis.h. */
#include "tests/lib/redis.h"

#include "tests/lib/rows.h"

#include <arpa/inet.h>
#include <glib/gstdio.h>
#include <hiredis/hiredis.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define WAIT_USEC (INT64_C(20) * G_USEC_PER_SEC)

struct TestRedis {
    TestRedisKind kind;
    char *dir, *socket, *file, *said;
    unsigned port;
    GPid pid; /* 0: it does not run */
    redisContext *context;
};

bool test_redis_is_there(void)
{
    g_autofree char *path = g_find_program_in_path("redis-server");

    if (!path)
        berth_test_skip("redis-server is not installed");
    return path != NULL;
}

static unsigned free_port(void)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(at);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd < 0 || bind(fd, (struct sockaddr *)&at, len) < 0 ||
        getsockname(fd, (struct sockaddr *)&at, &len) < 0)
        g_error("no free port");
    close(fd);
    return ntohs(at.sin_port);
}

/* ---- certificates ---- */

static void run(const char *dir, const char *command)
{
    const char *argv[] = {"/bin/sh", "-ec", command, NULL};
    g_autofree char *said = NULL;
    int status;

    if (!g_spawn_sync(dir, (char **)argv, NULL, G_SPAWN_DEFAULT, NULL, NULL, NULL, &said, &status,
                      NULL) ||
        status != 0)
        g_error("%s: %s", command, said);
}

static void make_certificates(const char *dir)
{
    run(dir,
        "new='openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2'\n"
        "$new -subj /CN=ca -keyout ca.key -out ca.crt\n"
        "$new -subj /CN=other -keyout other.key -out other.crt\n"
        "$new -subj /CN=server -addext 'subjectAltName=DNS:redis.test,IP:127.0.0.1'"
        " -addext 'basicConstraints=critical,CA:FALSE' -CA ca.crt -CAkey ca.key"
        " -keyout server.key -out server.crt\n"
        "$new -subj /CN=client -addext 'basicConstraints=critical,CA:FALSE' -CA ca.crt"
        " -CAkey ca.key -keyout client.key -out client.crt\n");
}

/* ---- the process ---- */

static char *configuration(const TestRedis *redis, const char *more)
{
    GString *text = g_string_new("bind 127.0.0.1\nprotected-mode no\nloglevel notice\n");

    g_string_append_printf(text, "dir %s\nlogfile %s/log\n", redis->dir, redis->dir);
    if (redis->kind != TEST_REDIS_SENTINEL)
        g_string_append_printf(text, "unixsocket %s\nsave \"\"\n", redis->socket);
    if (redis->kind == TEST_REDIS_NODE)
        g_string_append_printf(
            text, "cluster-enabled yes\ncluster-port %u\ncluster-node-timeout 2000\n", free_port());
    if (redis->kind == TEST_REDIS_TLS)
        g_string_append_printf(text,
                               "port 0\ntls-port %u\ntls-cert-file server.crt\n"
                               "tls-key-file server.key\ntls-ca-cert-file ca.crt\n",
                               redis->port);
    else
        g_string_append_printf(text, "port %u\n", redis->port);
    return g_string_free(g_string_append(text, more ? more : ""), FALSE);
}

/* In the child: it must not outlive us, however we end. */
static void die_with_parent(void *data)
{
    (void)data;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
}

static redisContext *connect_to(const TestRedis *redis)
{
    struct timeval wait = {5, 0};
    redisContext *context = redis->kind == TEST_REDIS_SENTINEL
                                ? redisConnectWithTimeout("127.0.0.1", (int)redis->port, wait)
                                : redisConnectUnixWithTimeout(redis->socket, wait);

    if (context && context->err == 0)
        redisSetTimeout(context, wait);
    return context;
}

static bool is_answering(TestRedis *redis)
{
    redisReply *reply;

    g_clear_pointer(&redis->context, redisFree);
    redis->context = connect_to(redis);
    reply =
        redis->context && redis->context->err == 0 ? redisCommand(redis->context, "PING") : NULL;
    if (reply) {
        freeReplyObject(reply);
        return true;
    }
    g_clear_pointer(&redis->context, redisFree);
    return false;
}

void test_redis_start(TestRedis *redis)
{
    g_autofree char *conf = g_build_filename(redis->dir, "conf", NULL);
    const char *argv[] = {"redis-server", conf,
                          redis->kind == TEST_REDIS_SENTINEL ? "--sentinel" : NULL, NULL};
    int64_t end = g_get_monotonic_time() + WAIT_USEC;
    g_autoptr(GError) error = NULL;

    if (!g_spawn_async(redis->dir, (char **)argv, NULL,
                       G_SPAWN_SEARCH_PATH | G_SPAWN_DO_NOT_REAP_CHILD |
                           G_SPAWN_STDOUT_TO_DEV_NULL | G_SPAWN_STDERR_TO_DEV_NULL,
                       die_with_parent, NULL, &redis->pid, &error))
        g_error("redis-server: %s", error->message);
    while (!is_answering(redis)) {
        if (g_get_monotonic_time() > end)
            g_error("redis-server in %s does not answer", redis->dir);
        g_usleep(10000);
    }
}

TestRedis *test_redis_new(TestRedisKind kind, const char *more)
{
    TestRedis *redis = g_new0(TestRedis, 1);
    g_autofree char *conf = NULL, *text = NULL;

    /* hiredis writes without MSG_NOSIGNAL. */
    signal(SIGPIPE, SIG_IGN);
    redis->kind = kind;
    redis->dir = g_dir_make_tmp("berth-redis-XXXXXX", NULL);
    if (!redis->dir)
        g_error("no folder for Redis");
    redis->socket = g_build_filename(redis->dir, "socket", NULL);
    redis->port = free_port();
    if (kind == TEST_REDIS_TLS)
        make_certificates(redis->dir);
    conf = g_build_filename(redis->dir, "conf", NULL);
    text = configuration(redis, more);
    if (!g_file_set_contents(conf, text, -1, NULL))
        g_error("%s can't be written", conf);
    test_redis_start(redis);
    return redis;
}

void test_redis_signal(TestRedis *redis, int signal)
{
    if (redis->pid)
        kill(redis->pid, signal);
}

void test_redis_kill(TestRedis *redis)
{
    if (!redis->pid)
        return;
    test_redis_signal(redis, SIGKILL);
    waitpid(redis->pid, NULL, 0);
    redis->pid = 0;
    g_clear_pointer(&redis->context, redisFree);
}

static void remove_dir(const char *path)
{
    GDir *dir = g_dir_open(path, 0, NULL);
    const char *name;

    while (dir && (name = g_dir_read_name(dir))) {
        g_autofree char *inner = g_build_filename(path, name, NULL);

        if (g_file_test(inner, G_FILE_TEST_IS_DIR))
            remove_dir(inner);
        else
            g_unlink(inner);
    }
    if (dir)
        g_dir_close(dir);
    g_rmdir(path);
}

void test_redis_free(TestRedis *redis)
{
    if (!redis)
        return;
    test_redis_kill(redis);
    remove_dir(redis->dir);
    g_free(redis->dir);
    g_free(redis->socket);
    g_free(redis->file);
    g_free(redis->said);
    g_free(redis);
}

/* ---- what it has and says ---- */

unsigned test_redis_port(const TestRedis *redis)
{
    return redis->port;
}

const char *test_redis_socket(const TestRedis *redis)
{
    return redis->socket;
}

const char *test_redis_file(TestRedis *redis, const char *name)
{
    g_free(redis->file);
    redis->file = g_build_filename(redis->dir, name, NULL);
    return g_intern_string(redis->file);
}

char *test_redis_tls_lines(const TestRedis *authority, unsigned *ret_port)
{
    const char *dir = authority->dir;

    *ret_port = free_port();
    return g_strdup_printf("tls-port %u\ntls-cert-file %s/server.crt\ntls-key-file %s/server.key\n"
                           "tls-ca-cert-file %s/ca.crt\n",
                           *ret_port, dir, dir, dir);
}

static void append_reply(GString *out, const redisReply *reply)
{
    if (out->len)
        g_string_append_c(out, ' ');
    if (reply->type == REDIS_REPLY_INTEGER)
        g_string_append_printf(out, "%lld", reply->integer);
    else if (reply->type == REDIS_REPLY_NIL)
        g_string_append(out, "nil");
    else if (reply->type != REDIS_REPLY_ARRAY)
        g_string_append_len(out, reply->str, (gssize)reply->len);
    for (size_t i = 0; reply->type == REDIS_REPLY_ARRAY && i < reply->elements; i++)
        append_reply(out, reply->element[i]);
}

const char *test_redis_say(TestRedis *redis, const char *command)
{
    GString *out = g_string_new(NULL);
    g_auto(GStrv) words = g_strsplit(command, " ", -1);
    int n = (int)g_strv_length(words);
    redisReply *reply = NULL;

    if (redis->context)
        reply = redisCommandArgv(redis->context, n, (const char **)words, NULL);
    /* A Sentinel ends the connections to whom it gives another role. */
    if (!reply && redis->pid && is_answering(redis))
        reply = redisCommandArgv(redis->context, n, (const char **)words, NULL);
    if (reply) {
        append_reply(out, reply);
        freeReplyObject(reply);
    }
    g_free(redis->said);
    redis->said = g_string_free(out, FALSE);
    return redis->said;
}

bool test_redis_await(TestRedis *redis, const char *command, const char *want)
{
    int64_t end = g_get_monotonic_time() + WAIT_USEC;

    while (!strstr(test_redis_say(redis, command), want)) {
        if (g_get_monotonic_time() > end)
            return false;
        g_usleep(20000);
    }
    return true;
}

/* ---- several ---- */

TestRedis *test_redis_new_replica(const TestRedis *master, const char *more)
{
    g_autofree char *lines =
        g_strdup_printf("replicaof 127.0.0.1 %u\n%s", master->port, more ? more : "");

    return test_redis_new(TEST_REDIS_SERVER, lines);
}

TestRedis *test_redis_new_sentinel(const TestRedis *master, const char *name)
{
    g_autofree char *lines = g_strdup_printf("sentinel monitor %s 127.0.0.1 %u 1\n"
                                             "sentinel down-after-milliseconds %s 500\n"
                                             "sentinel failover-timeout %s 2000\n",
                                             name, master->port, name, name);

    return test_redis_new(TEST_REDIS_SENTINEL, lines);
}

void test_redis_join(TestRedis *first, TestRedis *second, unsigned port)
{
    g_autofree char *meet = g_strdup_printf("CLUSTER MEET 127.0.0.1 %u %s", port,
                                            test_redis_say(second, "CONFIG GET cluster-port") +
                                                strlen("cluster-port "));

    if (strcmp(test_redis_say(first, "CLUSTER ADDSLOTSRANGE 0 16383"), "OK") != 0 ||
        strcmp(test_redis_say(first, meet), "OK") != 0 ||
        !test_redis_await(first, "CLUSTER INFO", "cluster_known_nodes:2") ||
        !test_redis_await(first, "CLUSTER INFO", "cluster_state:ok") ||
        !test_redis_await(second, "CLUSTER INFO", "cluster_state:ok"))
        g_error("two nodes of Redis become no cluster");
}
