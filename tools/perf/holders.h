/* holders - which client holds which address, so that one given twice is noticed. */
#pragma once

#include "tools/perf/clients.h"

typedef struct PerfHolder {
    uint32_t address; /* 0: a free place */
    uint32_t client;
    uint32_t until_sec; /* the lease ends; seconds since the start, UINT32_MAX: never */
} PerfHolder;

typedef struct PerfHolders {
    PerfHolder *places;
    uint32_t mask;
} PerfHolders;

/* Room for one address a client. */
void perf_holders_init(PerfHolders *holders, uint32_t n_clients);
void perf_holders_clear(PerfHolders *holders);

/* Who holds it at this time, or PERF_NOBODY. */
uint32_t perf_holders_find(const PerfHolders *holders, uint32_t address, uint32_t now_sec);
/* From now on this client; the caller has dropped the one that it held before. */
void perf_holders_put(PerfHolders *holders, PerfHolder holder);
/* It is no longer this client's; nothing happens when it was not. */
void perf_holders_drop(PerfHolders *holders, uint32_t address, uint32_t client);
