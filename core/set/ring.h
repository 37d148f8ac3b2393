/* ring - numbers of 0..size-1, each at most once, in the order in which they were added; any of
 * them can be taken out. Every call costs the same. 8 bytes a number, whether it is in or not. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

typedef struct BerthRing BerthRing;

BerthRing *berth_ring_new(uint32_t size); /* empty */
void berth_ring_free(BerthRing *ring);    /* NULL is fine */
bool berth_ring_has(const BerthRing *ring, uint32_t number);
void berth_ring_add(BerthRing *ring, uint32_t number); /* last; one that is in moves there */
void berth_ring_drop(BerthRing *ring, uint32_t number);
/* From now on two orders: numbers in [from, until) stand in the first, all others in the other. At
 * first all are in the first one. Those that come from the other one stand behind those that are
 * there. Goes through all numbers that are in. */
void berth_ring_split(BerthRing *ring, uint32_t from, uint32_t until);
/* False when there is none, in the first or the other order, or after `number` in its own. */
bool berth_ring_first(const BerthRing *ring, uint32_t *ret);
bool berth_ring_first_other(const BerthRing *ring, uint32_t *ret);
bool berth_ring_next(const BerthRing *ring, uint32_t number, uint32_t *ret);
