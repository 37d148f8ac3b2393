/* test_proc - a redis-server of tests/lib/redis.h, with commands and answers that hold bytes. */
#pragma once

#include "tests/lib/redis.h"
#include <hiredis/hiredis.h>

typedef struct Proc {
    TestRedis *redis;
    redisContext *context; /* the test's own connection, which waits; NULL: made when needed */
} Proc;

/* `more` lines of its configuration; NULL: none. */
void proc_init(Proc *proc, const char *more);
void proc_clear(Proc *proc);
void proc_kill(Proc *proc);    /* kill -9 */
void proc_restart(Proc *proc); /* with what is in its folder */

/* A command, answered; to be freed. */
redisReply *proc_do(Proc *proc, const char *format, ...);
redisReply *proc_do_args(Proc *proc, int n, const char **args, const size_t *lens);
/* The same where the answer does not matter, but must be none of an error. */
void proc_tell(Proc *proc, const char *format, ...);

/* Runs the tests if there is a redis-server, else says that they were skipped. */
int proc_tests_main(const char *name, int (*run)(int argc, char **argv), int argc, char **argv);
