/* strays - what is taken beside the numbers of the spaces: leases of a length that their pool has
 * no more, leases outside all pools. Found by what overlaps with them.
 *
 * An ordered set. Prefixes never overlap half: one contains the other. So what overlaps with a
 * prefix begins within it, or is one of those few that contain it. */
#pragma once

#include "core/base/addr.h"

typedef struct BerthStrays BerthStrays;

BerthStrays *berth_strays_new(void);
void berth_strays_free(BerthStrays *strays); /* NULL is fine */
void berth_strays_clear(BerthStrays *strays);
uint64_t berth_strays_count(const BerthStrays *strays);
void berth_strays_set(BerthStrays *strays, BerthPrefix prefix, bool is_there);

/* Whether one of those that overlap with `prefix`, itself aside, passes the test; the first such
 * one. After BERTH_STRAYS_TESTED tests the answer is yes. */
#define BERTH_STRAYS_TESTED 256
typedef bool (*BerthStrayTest)(void *data, BerthPrefix stray);
bool berth_strays_overlap(const BerthStrays *strays, BerthPrefix prefix, BerthStrayTest test,
                          void *data, BerthPrefix *ret);
