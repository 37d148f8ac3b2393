/* watch - what a running server says of itself over its control socket: its counters, and that it
 * is still the same process. The environment says where it is:
 *   HOSTILE_SOCKET, HOSTILE_PID    control socket, process */
#pragma once

#include "tests/lib/rows.h"

typedef struct Counts {
    int64_t received, dropped, sent;
} Counts;

/* Of "pkt4" or "pkt6"; -1 where the server does not answer. */
Counts watch_counts(const char *family);
/* Once `n` more have been received than before and each was dropped or answered, or after a second.
 */
Counts watch_counts_after(const char *family, Counts before, int64_t n);
/* The process is there and says that it is itself. */
void watch_process(void);
