/* hold - addresses that are kept from others for some time: offered ones, and those about which the
 * store and the table may disagree. In memory only, one a client, bounded. */
#pragma once

#include "core/base/world.h"
#include "core/lease/unit.h"

typedef struct BerthHold {
    BerthKey key;
    BerthAddr addr;
    int64_t until_usec; /* boot clock */
    GList link;         /* in the order of their ends */
} BerthHold;

typedef struct BerthHolds {
    BerthWorld *world;
    BerthTimer *timer;
    int64_t duration_usec;
    GHashTable *by_key, *by_addr; /* of BerthHold * */
    GQueue order;
    void (*ended)(void *data, BerthAddr addr);
    void *data;
} BerthHolds;

/* `ended` is called whenever a hold has gone, in whatever way. */
void berth_holds_init(BerthHolds *holds, BerthWorld *world, int64_t duration_usec,
                      void (*ended)(void *data, BerthAddr addr), void *data);
void berth_holds_clear(BerthHolds *holds); /* without calling anybody */

/* Replaces the holds that this key and this address have; beyond `max` the oldest goes. */
void berth_holds_put(BerthHolds *holds, const BerthKey *key, BerthAddr addr, size_t max);
void berth_holds_drop(BerthHolds *holds, const BerthHold *hold); /* NULL is fine */
const BerthHold *berth_holds_of_key(const BerthHolds *holds, const BerthKey *key);
const BerthHold *berth_holds_of_addr(const BerthHolds *holds, BerthAddr addr);

/* For hash tables by content. */
unsigned berth_key_hash(const void *key);
gboolean berth_key_equal(const void *a, const void *b);
unsigned berth_addr_hash(const void *addr);
gboolean berth_addr_same(const void *a, const void *b);
