/* copier - the leases of the table as units for a store that has none of them, in slices, and again
 * those that change by themselves meanwhile. */
#pragma once

#include "core/lease/leases.h"

/* The units of one import; kept for the next. */
typedef struct BerthCopies {
    GPtrArray *units; /* of BerthUnit: the first n are of this one */
    unsigned n;
    unsigned walked; /* leases of the table that it has, or that wait for another import */
} BerthCopies;

void berth_copies_init(BerthCopies *copies);
void berth_copies_clear(BerthCopies *copies);
void berth_copies_reset(BerthCopies *copies);

typedef struct BerthCopier {
    BerthWorld *world;
    BerthLeases *leases;
    unsigned slice;
    uint32_t iter; /* of the walk */
    bool walked;   /* to its end */
    BerthArena arena;
    GPtrArray *dirty; /* of BerthLease: to be copied as they will be then, or their removal */
    bool is_full;     /* more are dirty than can be remembered: it will never be done */
} BerthCopier;

/* `slice`: how many leases at most are walked at a time; 0: as many as there is time for. */
void berth_copier_init(BerthCopier *copier, BerthWorld *world, BerthLeases *leases, unsigned slice);
void berth_copier_clear(BerthCopier *copier);
/* To be copied again. */
void berth_copier_note(BerthCopier *copier, const BerthLease *lease);
/* Nothing is left but what is under way. */
bool berth_copier_is_done(const BerthCopier *copier);
/* Adds the next slice. What has a change under way is left for later: that change may be in an
 * import and not in the table. */
void berth_copier_go_on(BerthCopier *copier, BerthCopies *copies);
