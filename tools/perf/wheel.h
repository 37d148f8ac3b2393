/* wheel - the ring of timeouts: a slot a millisecond, in it the clients that are due then.
 *
 * Setting, stopping and finding the next one that is due cost the same however many wait. Who is
 * due later than the ring is long stays in its slot for another round. */
#pragma once

#include "tools/perf/clients.h"

#define PERF_WHEEL_SLOTS 16384 /* a power of two */

typedef struct PerfWheel {
    PerfClient *all;
    uint32_t now_ms; /* slots before this one hold nobody who is due */
    uint32_t n;
    PerfList slots[PERF_WHEEL_SLOTS];
} PerfWheel;

void perf_wheel_init(PerfWheel *wheel, PerfClient *all);
/* The client must be in no list; what is due before now is due now. */
void perf_wheel_set(PerfWheel *wheel, PerfClient *client, uint32_t due_ms);
void perf_wheel_stop(PerfWheel *wheel, PerfClient *client);
/* Takes out one that is due; NULL when there is no more. Call it until then. */
PerfClient *perf_wheel_due(PerfWheel *wheel, uint32_t now_ms);
