/* space - one pool as what it can give: numbers from 0 on, each an address or a prefix of one
 * length, with the map of which are free.
 *
 * A space of more than BERTH_FREEMAP_MAX numbers has a map that only knows what is taken, so a /64
 * is never gone through. Of more than 2^64 - 1 addresses only the first so many are numbers; the
 * rest is given to who asks for it. */
#pragma once

#include "core/base/addr.h"
#include "core/conf/conf.h"
#include "core/set/freemap.h"
#include "core/set/ring.h"
#include "core/set/widemap.h"

typedef struct BerthSpace {
    BerthLeaseType type;
    uint8_t len;           /* of what it gives: 32, 128, or delegated-len */
    BerthAddr first, last; /* addresses of the range */
    /* The prefix of the subnet, and whether .0 and .255 are left out: what of the range is never
     * given depends on them. */
    BerthAddr subnet;
    uint8_t subnet_len;
    bool no_first_last_24;
    uint32_t subnet_id, pool_id;
    uint64_t numbers;
    /* Numbers of this server's stripe, where several share the leases: they are given first. Else
     * all. */
    uint64_t own_from, own_until;
    BerthFreemap *map; /* or NULL, and then `wide` is there */
    BerthWidemap *wide;
    BerthAllocator allocator;
    uint64_t cursor;    /* iterative: behind the one given last */
    BerthRing *ring;    /* flq, else NULL: the free ones, that which was used longest ago first */
    uint64_t withdrawn; /* behind the number that was asked last for an offer to be withdrawn */
    uint64_t given;     /* when one of it became free last, in BerthPools.given */
    bool is_new;        /* of the last berth_pools_set; its map knows no lease yet */
    bool is_kept;
} BerthSpace;

/* Whether it gives what has been free longest, from a queue. */
static inline bool berth_allocator_queues(int allocator)
{
    return allocator == BERTH_ALLOCATOR_FLQ || allocator == BERTH_ALLOCATOR_SHARED_FLQ;
}

/* A space like this one with a map in which all is free that anybody may have. */
BerthSpace *berth_space_new(const BerthSpace *like, uint64_t secret);
void berth_space_free(BerthSpace *space);
/* The same numbers mean the same, so that the map may be kept. */
bool berth_space_is_same(const BerthSpace *a, const BerthSpace *b);

BerthU128 berth_space_size(const BerthSpace *space); /* how many it holds, given or not */
BerthPrefix berth_space_at(const BerthSpace *space, uint64_t number);
/* False when the prefix is no number of it. */
bool berth_space_number(const BerthSpace *space, BerthPrefix prefix, uint64_t *ret);
/* The number that `addr`, which lies in the range, belongs to, or the last one. */
uint64_t berth_space_nearest(const BerthSpace *space, BerthAddr addr);

/* Whether the address is in the range but for nobody: the network's own, the broadcast address, the
 * anycast addresses of IPv6. */
bool berth_space_excludes(const BerthSpace *space, BerthAddr addr);

uint64_t berth_space_count(const BerthSpace *space); /* free ones; of a large space some excluded */
bool berth_space_is_free(const BerthSpace *space, uint64_t number);
void berth_space_take(BerthSpace *space, uint64_t number);
void berth_space_give(BerthSpace *space, uint64_t number);
/* The first free one >= from, going round once; none that is excluded. `own`: of the stripe. */
bool berth_space_next(const BerthSpace *space, bool own, uint64_t from, uint64_t *ret);
/* Stripe number `stripe` of `stripes`, at least 1, is this server's. */
void berth_space_set_stripe(BerthSpace *space, unsigned stripe, unsigned stripes);
/* How many of the stripe are free; of a large space an estimate. */
uint64_t berth_space_count_own(const BerthSpace *space);
