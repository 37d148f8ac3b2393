/* nested - whether a lease lies in another one, or the other way around.
 *
 * That two are the same is known by holders.h. Of different lengths there are few (an address is
 * one of 128), so a longer lease is looked for under each shorter length that was ever met, and for
 * each of these it is noted in which prefix it lies. */
#pragma once

#include "tools/perf/holders.h"

typedef struct PerfNested {
    const PerfHolders *holders;
    uint8_t lens[129]; /* every length that was ever held */
    unsigned n_lens;
    GHashTable *inside; /* a PerfLease that may be nobody's: what lies in it */
} PerfNested;

void perf_nested_init(PerfNested *nested, const PerfHolders *holders);
void perf_nested_clear(PerfNested *nested);

/* What `client` was given is in `holders` since just now, or not much longer. */
void perf_nested_add(PerfNested *nested, const PerfLease *lease, uint32_t client,
                     uint32_t until_sec);
void perf_nested_drop(PerfNested *nested, const PerfLease *lease);
/* Whether another client holds what this lease lies in, or something that lies in it. */
bool perf_nested_find(const PerfNested *nested, const PerfLease *lease, uint32_t client,
                      uint32_t now_sec);
