/* load - when exchanges begin, and when it all ends.
 *
 * Open loop (-r): by the clock, whether or not earlier ones were answered. Closed loop (-w): one
 * ends, another begins. Avalanche: every client at once. A run that renews or releases only lets
 * its clients have their addresses first, and does not count that. */
#pragma once

#include "tools/perf/exchange.h"

typedef enum PerfPhase {
    PERF_PREPARING, /* clients get their addresses; not counted */
    PERF_WARMING,   /* the real load, not counted yet */
    PERF_RUNNING,
    PERF_DRAINING, /* nothing new begins; answers are waited for */
    PERF_OVER,
} PerfPhase;

typedef struct PerfPace {
    PerfPhase phase;
    int64_t begin_usec; /* of warming or running: the time that the rate counts from */
    int64_t phase_usec; /* this phase began */
    uint64_t n_begun;   /* since then, with those that could not be */
} PerfPace;

/* How many exchanges ought to begin now, by the rate, the window or the number of clients. What an
 * open loop is behind by more than a quarter of a second is given up: *ret_given_up. */
uint64_t perf_pace_due(const PerfPace *pace, const PerfConf *conf, const PerfLoad *load,
                       uint64_t *ret_given_up);

/* The whole run; the exit status. `stop_fd` is readable when a signal asks for the end. */
int perf_load_run(const PerfConf *conf, int stop_fd);
