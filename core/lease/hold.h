/* hold - addresses and prefixes that are kept from others: offered ones, those with a change under
 * way, and those about which the store and the table may disagree. At an address is one at most. In
 * memory only, and nothing is allocated once there were as many as there are. */
#pragma once

#include "core/base/world.h"
#include "core/lease/unit.h"
#include "core/set/index.h"
#include "core/set/slab.h"

typedef enum BerthHeldBy {
    BERTH_HELD_BY_ADDR,
    BERTH_HELD_BY_KEY,
    BERTH_HELD_BY,
} BerthHeldBy;

typedef struct BerthHold {
    uint32_t links[BERTH_HELD_BY]; /* next in the bucket; see also slab.h */
    uint32_t handle, older, newer;
    bool has_key;
    BerthKey key;
    BerthPrefix prefix;
    int64_t until_usec;    /* boot clock; INT64_MAX: until it is dropped */
    const BerthUnit *unit; /* whose change it is, where it is one */
    uint64_t revision;     /* of a removal */
} BerthHold;

typedef struct BerthHolds {
    BerthWorld *world;
    BerthTimer *timer;
    int64_t duration_usec;
    BerthSlab slab;
    BerthIndex by[BERTH_HELD_BY];
    uint32_t oldest, newest, count;
    void (*ended)(void *data, BerthPrefix prefix);
    void *data;
} BerthHolds;

/* `ended` (or NULL) is called whenever a hold has gone, in whatever way but one. A duration of
 * INT64_MAX has no end. */
void berth_holds_init(BerthHolds *holds, BerthWorld *world, int64_t duration_usec,
                      void (*ended)(void *data, BerthPrefix prefix), void *data);
void berth_holds_clear(BerthHolds *holds); /* without calling anybody */

/* For those that are put from now on. Such as have no end get one where this has. */
void berth_holds_set_duration(BerthHolds *holds, int64_t duration_usec);

/* Replaces the holds that this key (NULL: none) and this address have; beyond `max` the oldest
 * goes. The hold is valid until it goes. */
BerthHold *berth_holds_put(BerthHolds *holds, const BerthKey *key, BerthPrefix prefix, size_t max);
/* From now on again for the holds' duration; false: this is not held by this key. */
bool berth_holds_renew(BerthHolds *holds, const BerthKey *key, BerthPrefix prefix);
void berth_holds_drop(BerthHolds *holds, const BerthHold *hold);   /* NULL is fine */
void berth_holds_forget(BerthHolds *holds, const BerthHold *hold); /* without calling anybody */
const BerthHold *berth_holds_of_key(const BerthHolds *holds, const BerthKey *key);
/* Whether there may be one whose key begins with this; no hold is looked at. */
bool berth_holds_may_have(const BerthHolds *holds, uint64_t first_of_key);
const BerthHold *berth_holds_of_addr(const BerthHolds *holds, BerthAddr addr);
/* Whether it was put in this turn of the world. */
bool berth_holds_is_new(const BerthHolds *holds, const BerthHold *hold);
/* All of them, the oldest first: start with NULL; NULL at the end. */
const BerthHold *berth_holds_next(const BerthHolds *holds, const BerthHold *hold);

bool berth_key_equal(const BerthKey *a, const BerthKey *b);
