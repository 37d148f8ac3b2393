/* count - the statistics of leases, by Kea's names. See leases_i.h.
 *
 * assigned-addresses is what the table holds as active or declined, as in Kea: a lease counts until
 * it is reclaimed, and a declined one is somebody's problem still. Kept by subnet and pool as
 * leases change, and handed out by a reader; so a subnet that is gone from the configuration shows
 * none, and has its numbers again when it comes back. */
#include "core/lease/leases_i.h"

#define LEVELS 3 /* all, subnet, pool */

static void read_counts(void *data, BerthStatsAnswer *answer);

void berth_count_init(BerthLeases *leases)
{
    leases->by_subnet = g_hash_table_new_full(g_int64_hash, g_int64_equal, NULL, g_free);
    leases->by_pool = g_hash_table_new_full(g_int64_hash, g_int64_equal, NULL, g_free);
    berth_stats_add_reader(leases->stats, read_counts, leases);
}

void berth_count_clear(BerthLeases *leases)
{
    berth_stats_remove_reader(leases->stats, read_counts, leases);
    g_hash_table_unref(leases->by_subnet);
    g_hash_table_unref(leases->by_pool);
}

static uint64_t counts_id(uint32_t subnet_id, uint32_t pool_id)
{
    return (uint64_t)subnet_id << 32 | pool_id;
}

static BerthCounts *counts_of(GHashTable *table, uint64_t id)
{
    BerthCounts *counts = g_hash_table_lookup(table, &id);

    if (!counts) {
        counts = g_new0(BerthCounts, 1);
        counts->id = id;
        g_hash_table_insert(table, &counts->id, counts);
    }
    return counts;
}

/* Everything is counted where it belongs: in the whole, its subnet, and its pool. */
static void counts_for(BerthLeases *leases, const BerthLease *lease, BerthCounts *ret[LEVELS])
{
    ret[0] = &leases->total;
    ret[1] = counts_of(leases->by_subnet, lease->subnet_id);
    ret[2] = counts_of(leases->by_pool, counts_id(lease->subnet_id, lease->pool_id));
}

static bool is_assigned(const BerthLease *lease)
{
    return lease && (lease->state == BERTH_LEASE_ACTIVE || lease->state == BERTH_LEASE_DECLINED);
}

static bool is_declined(const BerthLease *lease)
{
    return lease && lease->state == BERTH_LEASE_DECLINED;
}

/* Given to a client that did not have it. */
static bool is_new_to(const BerthLease *old, const BerthLease *after)
{
    BerthClient client;

    if (!after || after->state != BERTH_LEASE_ACTIVE)
        return false;
    client = berth_lease_client(after);
    return !old || old->state != BERTH_LEASE_ACTIVE || !berth_lease_belongs_to(old, &client);
}

static void count_old(BerthLeases *leases, const BerthLease *old, bool reclaimed)
{
    BerthCounts *counts[LEVELS];

    counts_for(leases, old, counts);
    for (int i = 0; i < LEVELS; i++) {
        counts[i]->assigned -= is_assigned(old);
        counts[i]->declined -= is_declined(old);
        counts[i]->reclaimed += reclaimed;
        counts[i]->reclaimed_declined += reclaimed && is_declined(old);
    }
}

void berth_leases_count(BerthLeases *leases, const BerthLease *old, const BerthLease *after,
                        bool reclaimed)
{
    BerthCounts *counts[LEVELS];

    if (old)
        count_old(leases, old, reclaimed);
    if (!after)
        return;
    counts_for(leases, after, counts);
    for (int i = 0; i < LEVELS; i++) {
        counts[i]->assigned += is_assigned(after);
        counts[i]->declined += is_declined(after);
        counts[i]->cumulative += is_new_to(old, after);
    }
}

/* ---- the answer ---- */

/* `counts` NULL: none yet, all 0. */
static void write_counts(BerthStatsAnswer *answer, const char *prefix, const BerthCounts *counts)
{
    static const BerthCounts none;
    const BerthCounts *c = counts ? counts : &none;
    const struct {
        const char *name;
        uint64_t value;
    } rows[] = {
        {"assigned-addresses", c->assigned},
        {"cumulative-assigned-addresses", c->cumulative},
        {"declined-addresses", c->declined},
        {"reclaimed-leases", c->reclaimed},
        {"reclaimed-declined-addresses", c->reclaimed_declined},
    };
    char name[128];

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_snprintf(name, sizeof(name), "%s%s", prefix, rows[i].name);
        berth_stats_value(answer, name, rows[i].value);
    }
}

static void write_total(BerthStatsAnswer *answer, const char *prefix, uint64_t total)
{
    char name[128];

    g_snprintf(name, sizeof(name), "%stotal-addresses", prefix);
    berth_stats_value(answer, name, total);
}

/* Pools of one identifier are one to the statistics, shown where the first of them stands. */
static bool is_first_of_id(const BerthSubnetSpaces *subnet, size_t i)
{
    for (size_t j = 0; j < i; j++)
        if (subnet->at[j]->pool_id == subnet->at[i]->pool_id)
            return false;
    return true;
}

static uint64_t size_of_id(const BerthSubnetSpaces *subnet, uint32_t pool_id)
{
    uint64_t size = 0;

    for (size_t i = 0; i < subnet->n; i++)
        if (subnet->at[i]->pool_id == pool_id)
            size += berth_space_size(subnet->at[i]);
    return size;
}

static void read_pools(BerthLeases *leases, const BerthSubnetSpaces *subnet,
                       BerthStatsAnswer *answer)
{
    char prefix[64];

    for (size_t i = 0; i < subnet->n; i++) {
        uint32_t pool_id = subnet->at[i]->pool_id;
        uint64_t id = counts_id(subnet->subnet_id, pool_id);

        if (!is_first_of_id(subnet, i))
            continue;
        g_snprintf(prefix, sizeof(prefix), "subnet[%u].pool[%u].", subnet->subnet_id, pool_id);
        write_total(answer, prefix, size_of_id(subnet, pool_id));
        write_counts(answer, prefix, g_hash_table_lookup(leases->by_pool, &id));
    }
}

static void read_subnet(BerthLeases *leases, const BerthSubnetSpaces *subnet,
                        BerthStatsAnswer *answer)
{
    uint64_t total = 0, id = subnet->subnet_id;
    char prefix[64];

    for (size_t i = 0; i < subnet->n; i++)
        total += berth_space_size(subnet->at[i]);
    g_snprintf(prefix, sizeof(prefix), "subnet[%u].", subnet->subnet_id);
    write_total(answer, prefix, total);
    write_counts(answer, prefix, g_hash_table_lookup(leases->by_subnet, &id));
    read_pools(leases, subnet, answer);
}

static void read_counts(void *data, BerthStatsAnswer *answer)
{
    BerthLeases *leases = data;

    write_counts(answer, "", &leases->total);
    for (unsigned i = 0; i < leases->pools.subnets->len; i++)
        read_subnet(leases, &g_array_index(leases->pools.subnets, BerthSubnetSpaces, i), answer);
}
