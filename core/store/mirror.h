/* mirror - a lease backend in front of two stores: the first decides, and the second gets every
 * lease of the table and every change, until they hold the same.
 *
 * A batch of the core goes to the first store. What that says OK to is imported into the second
 * one, and only then answered, so that whatever was answered is in both. Beside it the table is
 * walked in slices, which go with the changes in one import, and stores apply imports in their
 * order. An address with a change under way is left out of a slice, for that change may be in an
 * import and not yet in the table, and copied later: so no copy brings back what a change has
 * replaced. What enters the table by itself (of another server, or on its way to the first store
 * when this began) is copied again. */
#pragma once

#include "core/lease/leases.h"

/* A store that is open. */
typedef struct BerthStoreRef {
    const BerthLeaseBackend *ops;
    void *store;
} BerthStoreRef;

typedef struct BerthMirrorEvents {
    /* A step further: ask whether it is whole, or quiet. */
    void (*progress)(void *data);
    /* The second store has not taken what it was given; nothing more is imported. Whoever is told
     * ends the mirror, later: this is called by that store. */
    void (*failed)(void *data, const char *why);
    void *data;
} BerthMirrorEvents;

typedef struct BerthMirror BerthMirror;

/* `slice`: how many leases an import copies at most; 0: as many as there is time for. */
BerthMirror *berth_mirror_new(BerthWorld *world, BerthLeases *leases, unsigned slice,
                              const BerthMirrorEvents *events);
/* The stores must be closed by now, or have nothing in flight. NULL is fine. */
void berth_mirror_free(BerthMirror *mirror);

/* Puts it in front, and begins to copy. Once. */
void berth_mirror_begin(BerthMirror *mirror, BerthStoreRef from, BerthStoreRef to);
/* No more goes to the first store. At most one batch is kept back. */
void berth_mirror_hold(BerthMirror *mirror);
/* Nothing more is imported; what is under way ends, and `progress` or `failed` tells so. */
void berth_mirror_stop(BerthMirror *mirror);
/* Ends it: with `over` the second store is the backend from now on (it must be quiet), otherwise
 * the first one is. Before the latter the second one is to be closed if an import runs. */
void berth_mirror_end(BerthMirror *mirror, bool over);

uint64_t berth_mirror_copied(const BerthMirror *mirror);
/* The second store has all of the table, and nothing is being imported. */
bool berth_mirror_is_whole(const BerthMirror *mirror);
/* And while it holds: nothing is under way. */
bool berth_mirror_is_quiet(const BerthMirror *mirror);
/* Whether an import runs, and for how long. */
bool berth_mirror_is_importing(const BerthMirror *mirror);
int64_t berth_mirror_import_usec(const BerthMirror *mirror);
/* After the end: the first store still has batches that were given to it before. */
bool berth_mirror_is_busy(const BerthMirror *mirror);
