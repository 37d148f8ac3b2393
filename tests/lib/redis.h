/* redis - Redis servers of a test's own: each a process on a free port of the loopback and a UNIX
 * socket, in a folder below /tmp, gone with the test whatever becomes of it.
 *
 * What is asked of them here goes through hiredis's own blocking connection, so that a test does
 * not look at Redis through what it tests. */
#pragma once

#include <berth/types.h>
#include <glib.h>

typedef struct TestRedis TestRedis;

typedef enum TestRedisKind {
    TEST_REDIS_SERVER,
    TEST_REDIS_SENTINEL,
    TEST_REDIS_NODE, /* of a cluster */
    TEST_REDIS_TLS,  /* a server whose TCP port speaks TLS and wants the client's certificate */
} TestRedisKind;

/* False, having said so (berth_test_skip): there is no redis-server here. */
bool test_redis_is_there(void);

/* Starts one and waits until it answers; `more` are further lines of its configuration. A test that
 * can't have it ends. */
TestRedis *test_redis_new(TestRedisKind kind, const char *more);
/* Ends the process and removes the folder. NULL is fine. */
void test_redis_free(TestRedis *redis);

unsigned test_redis_port(const TestRedis *redis);
const char *test_redis_socket(const TestRedis *redis);
/* A file of its folder; of TLS: ca.crt, client.crt, client.key, other.crt (an authority that signed
 * nothing). The string is the server's. */
const char *test_redis_file(TestRedis *redis, const char *name);

/* Lines of configuration for another server, which then speaks TLS with the certificates of this
 * one (of TLS) at a further port; g_free them. */
char *test_redis_tls_lines(const TestRedis *authority, unsigned *ret_port);

/* One that follows it, `more` as above; a Sentinel that watches over it by that name and needs no
 * other's consent. */
TestRedis *test_redis_new_replica(const TestRedis *master, const char *more);
TestRedis *test_redis_new_sentinel(const TestRedis *master, const char *name);
/* Two nodes become a cluster, whose slots are all at the first one; `port`: of the second, which
 * the nodes speak. */
void test_redis_join(TestRedis *first, TestRedis *second, unsigned port);

/* The answer to a command as text (an array: words with spaces between); gone with the next call.
 */
const char *test_redis_say(TestRedis *redis, const char *command);
/* Says it until the answer holds `want`; false after 20 seconds. */
bool test_redis_await(TestRedis *redis, const char *command, const char *want);

void test_redis_signal(TestRedis *redis, int signal);
void test_redis_kill(TestRedis *redis);  /* kill -9; the folder stays */
void test_redis_start(TestRedis *redis); /* again, on the same port */
