/* reload - a shared store is read anew while the server serves: mark and sweep. See leases_i.h.
 *
 * First all marks in the table are cleared. From then on whatever is put there has one, and what
 * the store is found to hold gets one. When all of it was read, what has none is not in the store,
 * and is removed. Each a part a turn; when it begins again, it begins with the marks. */
#include "core/lease/leases_i.h"

/* Leases to be looked at in one step: to remove one costs much more than to clear its mark. */
#define CLEARED 4096
#define SWEPT 256

static bool is_older_epoch(const BerthLeases *leases, uint64_t revision)
{
    return revision >> BERTH_REVISION_EPOCH_SHIFT < leases->share.epoch;
}

bool berth_leases_is_news(BerthLeases *leases, const BerthLease *lease)
{
    BerthLease old;
    bool is_there, is_known;
    uint64_t known;

    if (!berth_leases_is_shared(leases))
        return true;
    is_there = berth_table_get(leases->table, lease->addr, &old);
    is_known = is_there || berth_holds_of_addr(&leases->gone, lease->addr);
    known = berth_leases_revision(leases, lease->addr);
    /* A revision is given once, so the same one is the same state. */
    if (!is_known || lease->revision > known ||
        (lease->revision < known && is_older_epoch(leases, known)))
        return true;
    berth_table_touch(leases->table, lease->addr);
    return false;
}

bool berth_leases_is_reloading(const BerthLeases *leases)
{
    return leases->reload.phase != BERTH_RELOADING_NOT;
}

void berth_leases_reload_begin(BerthLeases *leases)
{
    leases->share_counts.reloads++;
    leases->reload.phase = BERTH_RELOADING_CLEAR;
    leases->reload.iter = 0;
}

void berth_leases_reload_read(BerthLeases *leases)
{
    leases->reload.phase = BERTH_RELOADING_SWEEP;
    leases->reload.iter = 0;
}

void berth_leases_reload_give_up(BerthLeases *leases)
{
    leases->reload.phase = BERTH_RELOADING_NOT;
}

static void remove_unmarked(BerthLeases *leases, uint32_t until)
{
    BerthLease lease;

    while (berth_table_next_unmarked(leases->table, &leases->reload.iter, until, &lease)) {
        BerthPrefix prefix = berth_lease_prefix(&lease);

        berth_leases_enter(leases, prefix, NULL, NULL, lease.revision);
        berth_leases_mark_used(leases, prefix);
    }
}

BerthReload berth_leases_reload_step(BerthLeases *leases)
{
    uint32_t all = berth_table_handles(leases->table);
    uint32_t step = leases->reload.phase == BERTH_RELOADING_CLEAR ? CLEARED : SWEPT;
    uint32_t until = MIN(all, leases->reload.iter + step);

    if (leases->reload.phase == BERTH_RELOADING_NOT)
        return BERTH_RELOAD_NONE;
    if (leases->reload.phase == BERTH_RELOADING_LOAD)
        return BERTH_RELOAD_LOAD;
    if (leases->reload.phase == BERTH_RELOADING_CLEAR)
        berth_table_unmark(leases->table, leases->reload.iter, until);
    else
        remove_unmarked(leases, until);
    leases->reload.iter = until;
    if (until < all)
        return BERTH_RELOAD_WAIT;
    leases->reload.phase =
        leases->reload.phase == BERTH_RELOADING_CLEAR ? BERTH_RELOADING_LOAD : BERTH_RELOADING_NOT;
    return leases->reload.phase == BERTH_RELOADING_LOAD ? BERTH_RELOAD_LOAD : BERTH_RELOAD_DONE;
}
