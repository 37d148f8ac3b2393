/* servers - the servers that have answered, by number, for a DUID does not fit into 32 bits. */
#pragma once

#include "tools/perf/family.h"

#define PERF_SERVERS_MAX 64

typedef struct PerfServers {
    uint32_t n;
    struct {
        uint8_t len, bytes[PERF_ID_MAX];
    } list[PERF_SERVERS_MAX];
} PerfServers;

/* The number of a DUID, which is new to the list or not; PERF_NOBODY when there are too many, or it
 * is no DUID. */
uint32_t perf_servers_number(PerfServers *servers, BerthBytes duid);
/* Empty for a number that there is not. */
BerthBytes perf_servers_duid(const PerfServers *servers, uint32_t number);
