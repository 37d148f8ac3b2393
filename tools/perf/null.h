/* null - the bare responder: an OFFER for every DISCOVER, an ACK for every REQUEST, with addresses
 * that are made up. It keeps nothing but a counter, so no server can be faster than it on the same
 * machine, and what berthperf reaches against it is the limit of what can be measured there. */
#pragma once

#include "tools/perf/wire.h"

#define PERF_NULL_LEN 300

typedef struct PerfNull {
    uint32_t server; /* DHCPv4: option 54 */
    uint32_t
        counter; /* addresses are given from 10.0.0.1 and 2001:db8:: on, prefixes from 3fff:: */
    uint64_t n_offers, n_acks, n_others; /* ADVERTISEs and REPLYs, too */
} PerfNull;

/* The answer to a message, PERF_NULL_LEN bytes in `ret`; false when there is none. */
bool perf_null_answer(PerfNull *null, BerthBytes query, uint8_t *ret);

/* Answers until a signal, or until conf->period_sec are over; the exit status. */
int perf_null_run(const PerfConf *conf, int stop_fd);
