/* enter - a change enters the table. See leases_i.h. */
#include "core/lease/leases_i.h"

static void put(BerthLeases *leases, const BerthLease *old, const BerthLease *after,
                const BerthTablePlace *place)
{
    int r;

    if (!place)
        r = berth_table_put(leases->table, after);
    else if (old)
        r = berth_table_put_at(leases->table, after, place);
    else
        r = berth_table_add_at(leases->table, after, place);
    if (r < 0)
        berth_log_to(leases->log, BERTH_ERROR, "leases", "LEASES_TABLE_FULL",
                     "a lease is stored but not known until the next start: the table is full");
}

/* Whoever was offered the address has it now or will not get it. */
static void end_offer(BerthLeases *leases, BerthPrefix prefix)
{
    const BerthHold *offer = berth_holds_of_addr(&leases->offers, prefix.addr);

    /* The prefix itself is marked by our caller. */
    if (offer && offer->prefix.len == prefix.len)
        berth_holds_forget(&leases->offers, offer);
    else
        berth_holds_drop(&leases->offers, offer);
}

void berth_leases_enter(BerthLeases *leases, BerthPrefix prefix, const BerthLease *after,
                        const BerthTablePlace *place, uint64_t revision)
{
    BerthLease view;
    const BerthLease *old = berth_table_get(leases->table, prefix.addr, &view) ? &view : NULL;

    if (revision)
        berth_leases_set_gone(leases, prefix, after ? 0 : revision);
    if (old || after) {
        berth_leases_count(leases, old, after);
        berth_follow_tell(leases, old, after);
        if (after)
            put(leases, old, after, place);
        else
            berth_table_remove(leases->table, prefix.addr);
    }
    end_offer(leases, prefix);
}
