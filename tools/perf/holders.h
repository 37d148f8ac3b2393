/* holders - which client holds which address or prefix, so that one given twice is noticed. */
#pragma once

#include "tools/perf/clients.h"

/* In twelve bytes: the lease itself is with its client. */
typedef struct PerfHolder {
    uint32_t key;       /* the IPv4 address, or a hash of the lease; 0: a free place */
    uint32_t holding;   /* number of the client, PerfPart above it */
    uint32_t until_sec; /* the lease ends; seconds since the start, UINT32_MAX: never */
} PerfHolder;

typedef struct PerfHolders {
    const PerfClients *clients;
    PerfHolder *places;
    uint32_t mask;
} PerfHolders;

/* Room for all that the clients may hold. */
void perf_holders_init(PerfHolders *holders, const PerfClients *clients);
void perf_holders_clear(PerfHolders *holders);

/* Who holds it at this time, or PERF_NOBODY. */
uint32_t perf_holders_find(const PerfHolders *holders, const PerfLease *lease, uint32_t now_sec);
/* The client holds from now on what it has in this part; it holds nothing else there. */
void perf_holders_put(PerfHolders *holders, const PerfClient *client, PerfPart part,
                      uint32_t until_sec);
/* The client, which still has it in this part, no longer holds it; nothing happens when it did not.
 */
void perf_holders_drop(PerfHolders *holders, const PerfClient *client, PerfPart part);

/* What is held at this place, free ones being PERF_NOBODY's. */
uint32_t perf_holders_at(const PerfHolders *holders, uint32_t place, PerfLease *ret);
