/* leases_i - what the rooms behind leases.h share.
 *
 *   leases.c   the whole, loading, finding         commit.c   propose, batches, results
 *   pick.c     something for a client, allocators  reclaim.c  what happens when leases end
 *   count.c    statistics                          load.c     what the store holds
 *   free.c     what is free                        follow.c   who is told of changes
 *   enter.c    a change enters the table           remote.c   what other servers change
 *   reload.c   a shared store is read anew   reserve.c  for whom something is reserved
 *   withdraw.c  offers that give way
 *
 * Whether a prefix is free is asked in one place, berth_leases_mark, which anybody calls after
 * anything about it has changed; who has just taken it says so (berth_leases_mark_as). An address
 * is a prefix of all its bits. */
#pragma once

#include "core/lease/hold.h"
#include "core/lease/leases.h"
#include "core/lease/unit.h"
#include "core/pool/pools.h"
#include "core/pool/strays.h"

/* How long an address stays out of use after a commit that perhaps happened. */
#define BERTH_UNKNOWN_SEC 60

typedef struct BerthCounts {
    uint64_t id; /* subnet, and pool, where it is of one */
    uint64_t assigned, declined, registered;
    uint64_t cumulative, reclaimed, reclaimed_declined, cumulative_registered, reused;
} BerthCounts;

/* Of many subnets or pools. What was counted last is nearly always counted next. */
typedef struct BerthCountsTable {
    GHashTable *by_id;
    BerthCounts *last;
} BerthCountsTable;

/* What is counted apart from each other. */
typedef enum BerthCounted {
    BERTH_COUNT_ADDRS,
    BERTH_COUNT_PREFIXES,
    BERTH_COUNTED,
} BerthCounted;

/* Leases that are about to be put into the table. */
#define BERTH_LOAD_BATCH 16
typedef struct BerthLoad {
    BerthArena arena;
    const BerthLease *leases[BERTH_LOAD_BATCH];
    BerthTablePlace places[BERTH_LOAD_BATCH];
    unsigned n;
} BerthLoad;

/* reload.c: where reading the store anew is. */
typedef struct BerthReloading {
    enum {
        BERTH_RELOADING_NOT,
        BERTH_RELOADING_CLEAR,
        BERTH_RELOADING_LOAD,
        BERTH_RELOADING_SWEEP,
    } phase;
    uint32_t iter;
} BerthReloading;

#define BERTH_HOST_SETS (BERTH_HOSTS_DATABASE + 1)

struct BerthLeases {
    BerthWorld *world;
    BerthLog *log;
    BerthStats *stats;
    int family;
    int64_t ahead_usec; /* lease time less boot clock */
    BerthTable *table;
    BerthPools pools;
    BerthStrays *strays; /* IPv6 only */
    BerthHolds offers, unknowns, pending;

    BerthLoad load;
    GArray *followers; /* follow.c */

    /* free.c */
    BerthTimer *fill_timer;
    bool is_filling;    /* maps of new spaces may not know of all leases */
    uint32_t filled_to; /* in the table */

    /* reserve.c */
    BerthHosts *hosts[BERTH_HOST_SETS]; /* by BerthHostTarget; NULL: none */
    GHashTable *unreserved;             /* ids of subnets whose own reservations do not count */
    GQueue markings;                    /* of Marking */
    BerthTimer *marking_timer;

    /* remote.c */
    BerthShare share; /* size 0: there is one writer */
    BerthHolds gone;  /* addresses of which a lease was removed, with the revision of that */
    BerthReloading reload;
    BerthShareCounts share_counts;
    uint64_t confirmed_before; /* of share_counts, when it began */

    /* commit.c */
    const BerthLeaseBackend *backend;
    void *backend_store;
    GPtrArray *gathered;  /* of BerthUnit * */
    GPtrArray *in_flight; /* of BerthBatch * */
    GPtrArray *spare_units, *spare_batches;
    size_t n_claiming; /* units that hold a claim */
    size_t n_submitted;
    BerthTimer *again; /* wakes the world when something is left to hand over */

    /* reclaim.c */
    BerthOnExpire on_expire;
    void *on_expire_data;
    BerthTimer *reclaim_timer, *flush_timer;
    int64_t reclaim_wait_sec, hold_reclaimed_sec, flush_wait_sec;
    int64_t max_reclaim_leases, max_reclaim_msec, unwarned_reclaim_cycles;
    int64_t unwarned_rounds; /* that left something, one after the other */
    size_t n_expiring;       /* units of ends that were submitted and are not yet answered */
    GQueue sweeps;           /* of Sweep: those who wait for everything to be reclaimed */
    BerthTimer *sweep_timer;
    bool is_behind; /* which lease ends next is not known yet */

    /* count.c */
    BerthCounts total[BERTH_COUNTED];
    BerthCountsTable by_subnet[BERTH_COUNTED], by_pool[BERTH_COUNTED];
};

/* An address of this family as a prefix. */
BerthPrefix berth_leases_whole(const BerthLeases *leases, BerthAddr addr);
/* What ended before this keeps nobody away any more. In a shared store that is some time later than
 * its end: another server's clock may be behind. */
int64_t berth_leases_past(const BerthLeases *leases);
BerthKey berth_leases_key(const BerthLeases *leases, const BerthLease *lease);
BerthKey berth_leases_client_key(const BerthLeases *leases, uint32_t subnet_id,
                                 const BerthClient *client);
/* Walks the leases that may be of the binding; berth_leases_key tells. */
bool berth_leases_next_of(const BerthLeases *leases, uint32_t subnet_id, const BerthClient *client,
                          uint32_t *iter, BerthLease *ret);
/* A lease that keeps others from its address, if what ended before `now` does not. */
bool berth_lease_blocks(const BerthLease *lease, int64_t now);
/* The highest revision of any lease of the binding that the lease has; 0: none. */
uint64_t berth_leases_known(const BerthLeases *leases, const BerthLease *lease);

void berth_leases_mark(BerthLeases *leases, BerthPrefix prefix);
void berth_leases_mark_as(BerthLeases *leases, BerthPrefix prefix, BerthMark mark);
/* The same of a prefix about which something is on record, or was: it was used, so its turn is
 * after those that never were. */
void berth_leases_mark_used(BerthLeases *leases, BerthPrefix prefix);
/* Fills the maps of new spaces: everything that can make a prefix not free is gone through once.
 * IPv4: of leases a part, and the others in turns; reservations have turns of their own. Called
 * again meanwhile it begins again. */
void berth_free_fill(BerthLeases *leases);
void berth_free_init(BerthLeases *leases);
void berth_free_clear(BerthLeases *leases);
/* IPv6: whether a part of the prefix, or more than it, is somebody's; the prefix as a whole does
 * not count. `ret` (or NULL): what overlaps. */
bool berth_leases_overlap(const BerthLeases *leases, BerthPrefix prefix, BerthPrefix *ret);

/* As berth_leases_usable6, whoever else it is offered to. */
BerthUsable berth_leases_usable_but_for_offers(const BerthLeases *leases, const BerthSubnet *subnet,
                                               BerthPrefix prefix, const BerthClient *client);

void berth_reserve_init(BerthLeases *leases);
void berth_reserve_clear(BerthLeases *leases);
void berth_reserve_set_conf(BerthLeases *leases, const BerthFamilyConf *conf);
/* Whether it is to be left out where any free prefix of the subnet is looked for. */
bool berth_leases_sets_aside(const BerthLeases *leases, uint32_t subnet_id, BerthPrefix prefix);

void berth_load_init(BerthLeases *leases);
void berth_load_clear(BerthLeases *leases);

void berth_commit_init(BerthLeases *leases);
void berth_commit_clear(BerthLeases *leases);

void berth_reclaim_init(BerthLeases *leases);
void berth_reclaim_clear(BerthLeases *leases);
void berth_reclaim_set_conf(BerthLeases *leases, const BerthFamilyConf *conf);
/* Makes the addresses of leases that have ended free, in memory only; at most `max`. */
unsigned berth_leases_lapse(BerthLeases *leases, unsigned max);
/* A lease that ended gives way to another, or is reclaimed in a shared store: its callouts run
 * now. */
void berth_leases_gave_way(BerthLeases *leases, const BerthLease *old);

/* The one place where a lease that is in force is changed: counts, tells, puts it into the table
 * (`after` NULL: takes what is there away), and ends offers of the address. Marks nothing: the
 * caller does. `place` is where `after` goes, where it is known; or NULL. `revision` 0: there is
 * one writer. */
void berth_leases_enter(BerthLeases *leases, BerthPrefix prefix, const BerthLease *after,
                        const BerthTablePlace *place, uint64_t revision);

void berth_remote_init(BerthLeases *leases);
void berth_remote_clear(BerthLeases *leases);
/* The latest revision that is known of the address, of a lease or of its removal; 0: none. */
uint64_t berth_leases_revision(const BerthLeases *leases, BerthAddr addr);
/* Remembers the revision of a removal (0: that there was one counts no more). */
void berth_leases_set_gone(BerthLeases *leases, BerthPrefix prefix, uint64_t revision);
/* Takes into the table what the store has at an address, valid_sec 0: nothing; marks, and ends
 * offers that nobody will come for. */
void berth_leases_replace(BerthLeases *leases, const BerthLease *lease);
/* Whether what was read from the store is later than what is known of its address; if not, it is
 * noted that the store has something there. Of the store of one writer everything is. */
bool berth_leases_is_news(BerthLeases *leases, const BerthLease *lease);
static inline bool berth_leases_is_shared(const BerthLeases *leases)
{
    return leases->share.size > 0;
}

void berth_follow_init(BerthLeases *leases);
void berth_follow_clear(BerthLeases *leases);
void berth_follow_tell(BerthLeases *leases, const BerthLease *before, const BerthLease *after);

void berth_count_init(BerthLeases *leases);
void berth_count_clear(BerthLeases *leases);
/* A change of the table; NULL: was not, is no more there. */
void berth_leases_count(BerthLeases *leases, const BerthLease *old, const BerthLease *after);
/* This one had ended. */
void berth_leases_count_reclaimed(BerthLeases *leases, const BerthLease *old);
