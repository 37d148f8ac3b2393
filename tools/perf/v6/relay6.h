/* relay6 - what the relays that berthperf plays say of themselves: hop count, link-address and
 * peer-address of each level (RFC 9915 section 19.1). The first is the nearest to the server. */
#pragma once

#include <berth/types.h>

#define PERF_RELAY6_HEAD 34 /* type, and the rest: */
#define PERF_RELAY6_WHO 33

typedef struct PerfRelay6 {
    unsigned n_levels;
    BerthAddr relay; /* the client's, which has its link */
    BerthBytes id;   /* of the client; its link-local address is made of the end */
} PerfRelay6;

void perf_relay6_put(const PerfRelay6 *relay, unsigned level, uint8_t ret[PERF_RELAY6_WHO]);
