/* fake_data - what a fake lease backend keeps, and how it decides where several servers write it: a
 * model of a shared store, small enough to be seen right. */
#pragma once

#include "core/lease/unit.h"

/* A stored lease, and who wrote it. A removal in a stream has valid_sec 0. */
typedef struct BerthFakeKept {
    BerthLease lease; /* owning its bytes */
    const void *writer;
} BerthFakeKept;

typedef struct BerthFakeData {
    GHashTable *leases; /* BerthAddr -> BerthFakeKept */
    GPtrArray *streams; /* of GQueue * of BerthFakeKept *: one for each server */
    bool is_shared;     /* changes are checked, and get revisions */
    uint16_t epoch;
    uint64_t counter;
    char *data_set, *superseded_by; /* or NULL */
    unsigned users;
} BerthFakeData;

BerthFakeData *berth_fake_data_new(void);
BerthFakeData *berth_fake_data_ref(BerthFakeData *data);
void berth_fake_data_unref(BerthFakeData *data);
void berth_fake_kept_free(void *kept);

/* As they are, and nobody is told. */
void berth_fake_data_put(BerthFakeData *data, const BerthLease *lease, const void *writer);
void berth_fake_data_remove(BerthFakeData *data, BerthAddr addr);
const BerthFakeKept *berth_fake_data_get(const BerthFakeData *data, BerthAddr addr);

uint64_t berth_fake_data_revision(const BerthFakeData *data); /* the last one that was given */

/* Hands over each lease that the unit loses to, in the words of BerthLeaseSink.changed; how many
 * there are. */
typedef void (*BerthFakeWinner)(void *winner_data, const BerthFakeKept *winner);
unsigned berth_fake_data_check(const BerthFakeData *data, const BerthUnit *unit,
                               BerthFakeWinner each, void *each_data);
/* Writes all changes of the unit, and tells all servers. */
void berth_fake_data_write(BerthFakeData *data, BerthUnit *unit, const void *writer);
