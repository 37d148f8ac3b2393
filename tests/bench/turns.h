/* turns - how long the main loop is busy from one wait to the next: so long packets, timers and
 * commands wait.
 *
 * On a shared machine a turn has pauses that are nobody's fault: the thread could run and had no
 * processor. The kernel says how long that was (schedstat), and it is told apart. */
#pragma once

typedef struct Turns {
    unsigned n;
    double longest_msec; /* by the clock */
    double own_msec;     /* the longest without waiting for a processor */
} Turns;

/* Counts from now on, in the default main context, and from zero. */
void turns_begin(void);
const Turns *turns_now(void);
