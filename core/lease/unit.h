/* unit - the changes of one packet, and the batch in which they reach a backend.
 *
 * Only the shape: order, copies, results. Reserving and applying is commit.c's, writing a
 * backend's. The contract suite makes batches of these without any BerthLeases. */
#pragma once

#include "core/lease/table.h"
#include <glib.h>

/* Who a change or a hold is for, as a number that no client can choose: (subnet, client identifier)
 * or (subnet, hardware address). Of 128 bits, so that two clients never meet in one. */
typedef struct BerthKey {
    uint64_t k[2];
} BerthKey;

typedef struct BerthChange {
    BerthUnit *unit;
    BerthLease *before, *after; /* NULL: none, removed */
    BerthPrefix prefix;
    /* The client binding that it claims, and where `after` goes; set and used by commit.c. */
    BerthKey key;
    bool has_key;
    uint64_t known;    /* the highest revision of the binding */
    uint64_t revision; /* what the store gave it; 0: none */
    BerthTablePlace place;
} BerthChange;

#define BERTH_UNIT_BYTES_MAX (1u << 20)

struct BerthUnit {
    BerthArena arena;
    GPtrArray *changes; /* of BerthChange *, removals last */
    bool has_result;
    BerthCommitResult result;
    /* commit.c's. */
    struct BerthLeases *leases;
    void (*committed)(void *data, BerthCommitResult result);
    void *data;
    bool is_expiry; /* its callouts have run already */
};

BerthUnit *berth_unit_make(void);
void berth_unit_destroy(BerthUnit *unit);
void berth_unit_reset(BerthUnit *unit); /* as made, its memory kept */
/* Copies a change into the unit; NULL when it would hold more than BERTH_UNIT_BYTES_MAX. */
BerthChange *berth_unit_put(BerthUnit *unit, const BerthLease *before, const BerthLease *after);

/* The one of the two whose binding is claimed: that of the client that the lease is for, or was; a
 * change of a lease that had ended claims nothing of its former owner. NULL: nobody's. */
const BerthLease *berth_change_claimant(const BerthChange *change);

typedef void (*BerthBatchDone)(void *data, BerthBatch *batch);

struct BerthBatch {
    GPtrArray *units; /* of BerthUnit *, not owned */
    BerthBatchDone done;
    void *data;
};

BerthBatch *berth_batch_make(BerthBatchDone done, void *data);
void berth_batch_destroy(BerthBatch *batch); /* not its units */
