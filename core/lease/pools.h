/* pools - the ranges that addresses are picked from, each with its free map and its cursor.
 *
 * What is free is decided in leases.c and only kept here. A space is known by its range, so one
 * that a new configuration still has keeps map and cursor. */
#pragma once

#include "core/base/addr.h"
#include "core/conf/conf.h"
#include "core/lease/freemap.h"

typedef struct BerthSpace {
    BerthAddr first, last;
    /* The prefix of the subnet, and whether .0 and .255 are left out: what of the range is never
     * given depends on them. */
    BerthAddr prefix;
    uint8_t prefix_len;
    bool no_first_last_24;
    uint32_t subnet_id, pool_id;
    BerthFreemap *map;
    uint32_t cursor;
    bool is_new; /* of the last berth_pools_set; its map knows no lease yet */
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
} BerthPools;

void berth_pools_init(BerthPools *pools);
void berth_pools_clear(BerthPools *pools);
/* Returns how many spaces are new; berth_pools_set_known says when their maps are filled. */
unsigned berth_pools_set(BerthPools *pools, const BerthFamilyConf *conf);
void berth_pools_set_known(BerthPools *pools);

BerthSpace *berth_pools_find(const BerthPools *pools, BerthAddr addr); /* NULL: in none */
const BerthSubnetSpaces *berth_pools_of_subnet(const BerthPools *pools, uint32_t subnet_id);

/* Whether the address is in the range but for nobody: the network's own, the broadcast address. */
bool berth_space_excludes(const BerthSpace *space, BerthAddr addr);
uint64_t berth_space_size(const BerthSpace *space); /* of the range */
void berth_space_mark(BerthSpace *space, BerthAddr addr, bool taken);

/* The next free address of the subnet; the cursor moves on. */
bool berth_pools_next(BerthPools *pools, uint32_t subnet_id, BerthAddr *ret);
