/* fake_world - a world that stands still until a test moves it.
 *
 * Clock, random numbers (from a seed), timers, idle calls, jobs that wait until the test lets them
 * run, programs that never do,
 * and hosts that may answer an echo request (fake_echo.h). Files, streams, interfaces and links are
 * not here: a test that wants them copies `ops`, fills those functions in and makes the world with
 * them. */
#pragma once

#include "core/base/world.h"

typedef enum BerthFakeJob {
    BERTH_FAKE_JOB_BEGINS, /* its `work` will run now */
    BERTH_FAKE_JOB_RESTS,  /* its `work` has run */
    BERTH_FAKE_JOB_ENDS,   /* its `done` will run now */
} BerthFakeJob;

/* So many jobs are under way at the same time, at most. */
#define BERTH_FAKE_THREADS 4

typedef struct BerthFakeWorld {
    BerthWorld world; /* first: a BerthWorld * of it may be cast back */
    BerthWorldOps ops;
    int64_t wall_usec, boot_usec;
    uint64_t random;
    GQueue jobs;   /* those that are under way before those that wait */
    GRand *chance; /* lent: jobs begin and end by chance, overlapping; NULL: one after the other */
    /* Told of each job: `job` is its name. */
    void (*on_job)(void *data, const void *job, BerthFakeJob what);
    void *on_job_data;
    GPtrArray *programs; /* of BerthFakeProgram, that have not ended, as they were started */
} BerthFakeWorld;

/* A program that was started: it never runs, and ends when the test says so. Every path is one, but
 * "missing" in its name is -ENOENT and "locked" -EACCES. */
typedef struct BerthFakeProgram {
    BerthProcess process;
    char *path, **args, **env;
    BerthProcessEnded ended; /* NULL: nobody wants to know */
    void *data;
    bool is_killed;
} BerthFakeProgram;

/* It has ended so. */
void berth_fake_world_end_program(BerthFakeWorld *fake, BerthFakeProgram *program, int status);

/* 2026-01-01 00:00:00 UTC, with the boot clock at 1000 s. */
#define BERTH_FAKE_START_SEC INT64_C(1767225600)

/* `more` has further functions (files, …), NULL: none. */
BerthFakeWorld *berth_fake_world_new(uint64_t seed, const BerthWorldOps *more);
void berth_fake_world_free(BerthFakeWorld *fake);

/* Runs idle calls and all jobs, also those that come up meanwhile, until none is left. */
void berth_fake_world_settle(BerthFakeWorld *fake);
/* Runs the job that has waited longest, if there is one; with `chance`, see there. */
void berth_fake_world_step(BerthFakeWorld *fake);
/* Its two halves: the work of the job that has waited longest, and the `done` of the nth of those
 * under way (from 0), in whatever order. False: there is none. */
bool berth_fake_world_begin(BerthFakeWorld *fake);
bool berth_fake_world_end(BerthFakeWorld *fake, unsigned nth);
/* Lets time pass, with every timer at its time, settling after each. */
void berth_fake_world_pass(BerthFakeWorld *fake, int64_t usec);
/* Steps the wall clock alone, as an administrator does. */
void berth_fake_world_step_wall(BerthFakeWorld *fake, int64_t usec);
