/* timer - the server's own timers, on the world's boot clock.
 *
 * A heap of deadlines. The world only has to call berth_timers_run() no later than
 * berth_timers_next(); so a simulation owns time completely. Callbacks may set, stop and free any
 * timer, their own included. */
#pragma once

#include <glib.h>
#include <stdint.h>

typedef struct BerthTimer BerthTimer;
typedef struct BerthTimers {
    GPtrArray *heap;
    uint64_t settings; /* how often any of them was set */
} BerthTimers;

void berth_timers_init(BerthTimers *timers);
void berth_timers_clear(BerthTimers *timers); /* every timer must have been freed before */

/* A stopped timer. It belongs to the caller. */
BerthTimer *berth_timer_new_in(BerthTimers *timers, void (*call)(void *data), void *data);
void berth_timer_free(BerthTimer *timer); /* NULL is fine; a running one is stopped */

/* Calls once when the boot clock reaches `boot_usec`; a later set replaces an earlier one. */
void berth_timer_set_at(BerthTimer *timer, int64_t boot_usec);
void berth_timer_stop(BerthTimer *timer);

/* The earliest deadline in microseconds of the boot clock; INT64_MAX when none is set. */
int64_t berth_timers_next(const BerthTimers *timers);

/* Runs what is due at `boot_usec`, at most as many calls as timers were due on entry; returns their
 * number. */
unsigned berth_timers_run(BerthTimers *timers, int64_t boot_usec);
