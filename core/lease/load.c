/* load - stored leases on their way into the table. See leases_i.h.
 *
 * What costs time is memory that is far away: each lease is put into three hash tables. So some are
 * gathered, the memory for all of them is asked for, and when they are put in it has come. */
#include "core/lease/leases_i.h"

#include <errno.h>

void berth_load_init(BerthLeases *leases)
{
    berth_arena_init(&leases->load.arena, BERTH_LOAD_BATCH * (sizeof(BerthLease) + (1u << 17)));
}

void berth_load_clear(BerthLeases *leases)
{
    berth_arena_clear(&leases->load.arena);
}

static int put(BerthLeases *leases, const BerthLease *lease, const BerthTablePlace *place)
{
    BerthLease view;
    const BerthLease *old = berth_table_get(leases->table, lease->addr, &view) ? &view : NULL;
    const BerthLease *after = lease->valid_sec > 0 ? lease : NULL;
    BerthPrefix was = berth_lease_prefix(old ? old : lease), is = berth_lease_prefix(lease);
    int r = 0;

    if (old || after)
        berth_leases_count(leases, old, after);
    if (after)
        r = berth_table_put_at(leases->table, after, place);
    else
        berth_table_remove(leases->table, lease->addr);
    if (r < 0) {
        berth_leases_count(leases, after, old);
        return r;
    }
    berth_leases_mark_used(leases, was);
    if (after && is.len != was.len)
        berth_leases_mark_used(leases, is);
    return 0;
}

static int enter(BerthLeases *leases, const BerthLease *lease, const BerthTablePlace *place)
{
    if (leases->reload.phase == BERTH_RELOADING_NOT)
        return put(leases, lease, place);
    berth_leases_replace(leases, lease);
    return 0;
}

unsigned berth_leases_load_end(BerthLeases *leases)
{
    BerthLoad *load = &leases->load;
    unsigned lost = 0;

    for (unsigned step = 0; step < 2; step++)
        for (unsigned i = 0; i < load->n; i++)
            berth_table_expect_more(leases->table, &load->places[i], step);
    for (unsigned i = 0; i < load->n; i++)
        if (berth_leases_is_news(leases, load->leases[i]))
            lost += enter(leases, load->leases[i], &load->places[i]) < 0;
    load->n = 0;
    berth_arena_reset(&load->arena);
    return lost;
}

void berth_leases_load_expect(BerthLeases *leases, uint64_t n)
{
    berth_table_reserve(leases->table, (uint32_t)MIN(n, BERTH_TABLE_MAX));
}

int berth_leases_load(BerthLeases *leases, const BerthLease *lease)
{
    BerthLoad *load = &leases->load;
    BerthLease gone;

    if (lease->valid_sec == 0) {
        berth_lease_clear(&gone);
        gone.addr = lease->addr;
        lease = &gone;
    } else if (berth_lease_unfit(lease)) {
        return -EINVAL;
    }
    if (load->n == BERTH_LOAD_BATCH && berth_leases_load_end(leases) > 0)
        return -ENOSPC;
    load->leases[load->n] = berth_lease_copy(lease, &load->arena);
    if (!load->leases[load->n])
        return -ENOMEM;
    berth_table_expect(leases->table, lease, &load->places[load->n++]);
    return 0;
}

int berth_leases_loaded(BerthLeases *leases, const BerthLease *lease)
{
    int r = berth_leases_load(leases, lease);

    return berth_leases_load_end(leases) > 0 ? -ENOSPC : r;
}
