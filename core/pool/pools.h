/* pools - the spaces that addresses and prefixes are picked from, found by address and by subnet.
 *
 * What is free is decided in core/lease and only kept here. A space is known by its range, so one
 * that a new configuration still has keeps map, cursor and queue. */
#pragma once

#include "core/pool/space.h"

/* In the order of the configuration. */
typedef struct BerthSpaces {
    BerthSpace **at;
    size_t n;
} BerthSpaces;

typedef struct BerthSubnetSpaces {
    uint32_t subnet_id;
    BerthSpaces addrs, prefixes;
} BerthSubnetSpaces;

typedef struct BerthPools {
    GPtrArray *by_first;  /* of BerthSpace *, owned, sorted */
    GPtrArray *by_subnet; /* of BerthSpace *, sorted by subnet, of each the addresses first */
    GArray *subnets;      /* of BerthSubnetSpaces, sorted */
    BerthAddr *firsts;    /* of by_first, side by side for the search */
    BerthSpace **found;   /* the last one: a packet asks for its address again and again */
    BerthHashSeed seed;   /* of the random allocator */
    uint64_t drawn;       /* numbers so far */
    uint64_t given;       /* how often an address became free */
    unsigned stripe, stripes;
} BerthPools;

void berth_pools_init(BerthPools *pools, BerthHashSeed seed);
void berth_pools_clear(BerthPools *pools);
/* Whether anything is other than before: new spaces, or such that are gone. berth_pools_set_known
 * says when the maps of the new ones are filled. */
bool berth_pools_set(BerthPools *pools, const BerthFamilyConf *conf);
void berth_pools_set_known(BerthPools *pools);

/* This server is number `stripe` of `stripes`, from 0; at first 0 of 1. */
void berth_pools_set_stripe(BerthPools *pools, unsigned stripe, unsigned stripes);

/* The space whose range the address lies in; NULL: none. */
BerthSpace *berth_pools_find(const BerthPools *pools, BerthAddr addr);
/* The first space of which a part is in the prefix, or that the prefix is a part of; and the next.
 * *iter starts at 0; NULL at the end. */
BerthSpace *berth_pools_overlap(const BerthPools *pools, BerthPrefix prefix, unsigned *iter);
const BerthSubnetSpaces *berth_pools_of_subnet(const BerthPools *pools, uint32_t subnet_id);

typedef enum BerthMark {
    BERTH_MARK_FREE,
    BERTH_MARK_ASIDE, /* nobody's for a moment, in which it keeps its turn among the free ones */
    BERTH_MARK_TAKEN,
} BerthMark;
void berth_pools_mark(BerthPools *pools, BerthSpace *space, uint64_t number, BerthMark mark);

/* A number that nobody can guess, without asking the system for it. */
uint64_t berth_pools_random(BerthPools *pools);
