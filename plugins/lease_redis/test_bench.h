/* test_bench - stores on a real redis-server, each of a server of its own, all in one real world.
 *
 * A server's connections go through a line that the test can hold, cut, and damage. */
#pragma once

#include "core/server/server.h"
#include "lease_redis.h"
#include "store.h"
#include "test_proc.h"

/* A redis-server as operators should have it, but that the test's disk is not waited for. */
#define BENCH_REDIS "appendonly yes\nappendfsync no\n"

typedef struct Bench Bench;

/* What happens on a line. */
typedef enum LineFault {
    LINE_GOOD,
    LINE_HELD,        /* nothing passes, nothing is lost */
    LINE_CUT_REQUEST, /* the next commit does not arrive, and the line is cut */
    LINE_CUT_REPLY,   /* the next commit arrives, and the line is cut in its reply */
    LINE_ANSWER, /* the next request with `word` does not arrive, and is answered with `answer` */
    LINE_DOWN,   /* nobody gets through */
} LineFault;

typedef struct Machine {
    Bench *bench;
    BerthServer *server;
    char *dir, *address;
    Run run;
    Store *store;
    GString *log;
    BerthStream *listener;
    GPtrArray *lines;
    LineFault fault;
    const char *word, *answer;
    bool holds_ears, holds_replies; /* of the log; of everything else */
    BerthFamily *family;            /* NULL: the store is used without a core */
} Machine;

struct Bench {
    int family;
    Proc *proc;
    BerthWorld *world;
    GPtrArray *machines;
    Conf conf;     /* of stores that are opened from now on */
    GString *told; /* what `told` of a sink was, by whoever uses it */
};

/* The redis-server is lent, and emptied. */
Bench *bench_new(Proc *proc, int family);
void bench_free(Bench *bench);
void bench_empty(Bench *bench);
/* A server that never had a store before. */
Machine *bench_machine(Bench *bench);
/* The same with the core on it: its leases are loaded from the store and served. */
Machine *bench_server(Bench *bench);
/* Opens its store; a server with a core was never told of one before. */
int machine_open(Machine *machine, GError **error);
void machine_close(Machine *machine);
/* As if it had died: nothing is said to Redis. */
void machine_crash(Machine *machine);
/* The process dies and is started again; a server with a core only. */
void machine_restart(Machine *machine);
void machine_cut(Machine *machine);
/* LINE_ANSWER. */
void machine_set_answer(Machine *machine, const char *word, const char *answer);
void machine_set_fault(Machine *machine, LineFault fault);
/* Lets the world go on until `is_so`, for some seconds at most; whether it is so. */
bool bench_until(Bench *bench, bool (*is_so)(void *data), void *data);
void bench_pass(Bench *bench, unsigned msec);
/* Until all stores are quiet, and all have been told everything. */
void bench_settle(Bench *bench);
