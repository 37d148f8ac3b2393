/* null6 - what the bare responder says in DHCPv6; see tools/perf/null.h. */
#pragma once

#include "tools/perf/null.h"

/* The answer to a message, relayed or not, into a buffer of PERF_PACKET6_MAX bytes; its length, 0
 * when there is none. */
size_t perf_null6_answer(PerfNull *null, BerthBytes query, uint8_t *ret);
