/* pools - the ranges that addresses are picked from, each with its free map and what its allocator
 * remembers.
 *
 * What is free is decided in leases.c and only kept here. A space is known by its range, so one
 * that a new configuration still has keeps map, cursor and queue. */
#pragma once

#include "core/base/addr.h"
#include "core/conf/conf.h"
#include "core/set/freemap.h"
#include "core/set/ring.h"

typedef struct BerthSpace {
    BerthAddr first, last;
    /* The prefix of the subnet, and whether .0 and .255 are left out: what of the range is never
     * given depends on them. */
    BerthAddr prefix;
    uint8_t prefix_len;
    bool no_first_last_24;
    uint32_t subnet_id, pool_id;
    BerthFreemap *map;
    BerthAllocator allocator;
    uint32_t cursor; /* iterative: behind the one given last */
    BerthRing *ring; /* flq, else NULL: the free ones, that which was used longest ago first */
    uint64_t given;  /* when one of it became free last, in BerthPools.given */
    bool is_new;     /* of the last berth_pools_set; its map knows no lease yet */
    bool is_kept;
} BerthSpace;

/* The spaces of one subnet, in the order of its pools. */
typedef struct BerthSubnetSpaces {
    uint32_t subnet_id;
    BerthSpace **at;
    size_t n;
} BerthSubnetSpaces;

typedef struct BerthPools {
    GPtrArray *by_first;  /* of BerthSpace *, owned, sorted */
    GPtrArray *by_subnet; /* of BerthSpace *, sorted by subnet */
    GArray *subnets;      /* of BerthSubnetSpaces, sorted */
    BerthHashSeed seed;   /* of the random allocator */
    uint64_t drawn;       /* numbers so far */
    uint64_t given;       /* how often an address became free */
} BerthPools;

void berth_pools_init(BerthPools *pools, BerthHashSeed seed);
void berth_pools_clear(BerthPools *pools);
/* Returns how many spaces are new; berth_pools_set_known says when their maps are filled. */
unsigned berth_pools_set(BerthPools *pools, const BerthFamilyConf *conf);
void berth_pools_set_known(BerthPools *pools);

BerthSpace *berth_pools_find(const BerthPools *pools, BerthAddr addr); /* NULL: in none */
const BerthSubnetSpaces *berth_pools_of_subnet(const BerthPools *pools, uint32_t subnet_id);

/* Whether the address is in the range but for nobody: the network's own, the broadcast address. */
bool berth_space_excludes(const BerthSpace *space, BerthAddr addr);
uint64_t berth_space_size(const BerthSpace *space); /* of the range */
BerthAddr berth_space_at(const BerthSpace *space, uint32_t number);

typedef enum BerthMark {
    BERTH_MARK_FREE,
    BERTH_MARK_ASIDE, /* nobody's for a moment, in which it keeps its turn among the free ones */
    BERTH_MARK_TAKEN,
} BerthMark;
void berth_pools_mark(BerthPools *pools, BerthSpace *space, BerthAddr addr, BerthMark mark);

/* A number that nobody can guess, without asking the system for it. */
uint64_t berth_pools_random(BerthPools *pools);
