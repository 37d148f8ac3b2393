/* count - the statistics of leases, by Kea's names. See leases_i.h.
 *
 * assigned-addresses is what the table holds as active or declined, as in Kea: a lease counts until
 * it is reclaimed, and a declined one is somebody's problem still. Kept by subnet and pool as
 * leases change, and handed out by a reader; so a subnet that is gone from the configuration shows
 * none, and has its numbers again when it comes back. Delegated prefixes are counted apart from
 * addresses; what clients registered themselves (RFC 9686) is nobody's assignment. */
#include "core/lease/leases_i.h"

#define LEVELS 3 /* all, subnet, pool */

static void read_counts(void *data, BerthStatsAnswer *answer);

static BerthCountsTable new_counts(void)
{
    return (BerthCountsTable){g_hash_table_new_full(g_int64_hash, g_int64_equal, NULL, g_free),
                              NULL};
}

void berth_count_init(BerthLeases *leases)
{
    for (int i = 0; i < BERTH_COUNTED; i++) {
        leases->by_subnet[i] = new_counts();
        leases->by_pool[i] = new_counts();
    }
    berth_stats_add_reader(leases->stats, read_counts, leases);
}

void berth_count_clear(BerthLeases *leases)
{
    berth_stats_remove_reader(leases->stats, read_counts, leases);
    for (int i = 0; i < BERTH_COUNTED; i++) {
        g_hash_table_unref(leases->by_subnet[i].by_id);
        g_hash_table_unref(leases->by_pool[i].by_id);
    }
}

static uint64_t counts_id(uint32_t subnet_id, uint32_t pool_id)
{
    return (uint64_t)subnet_id << 32 | pool_id;
}

static BerthCounts *counts_of(BerthCountsTable *table, uint64_t id)
{
    BerthCounts *counts = table->last;

    if (counts && counts->id == id)
        return counts;
    counts = g_hash_table_lookup(table->by_id, &id);
    if (!counts) {
        counts = g_new0(BerthCounts, 1);
        counts->id = id;
        g_hash_table_insert(table->by_id, &counts->id, counts);
    }
    table->last = counts;
    return counts;
}

/* Everything is counted where it belongs: in the whole, its subnet, and its pool. */
static void counts_for(BerthLeases *leases, const BerthLease *lease, BerthCounts *ret[LEVELS])
{
    BerthCounted what = lease->type == BERTH_LEASE_PD ? BERTH_COUNT_PREFIXES : BERTH_COUNT_ADDRS;

    ret[0] = &leases->total[what];
    ret[1] = counts_of(&leases->by_subnet[what], lease->subnet_id);
    ret[2] = counts_of(&leases->by_pool[what], counts_id(lease->subnet_id, lease->pool_id));
}

static bool is_assigned(const BerthLease *lease)
{
    return lease && (lease->state == BERTH_LEASE_ACTIVE || lease->state == BERTH_LEASE_DECLINED);
}

static bool is_declined(const BerthLease *lease)
{
    return lease && lease->state == BERTH_LEASE_DECLINED;
}

static bool is_registered(const BerthLease *lease)
{
    return lease && lease->state == BERTH_LEASE_REGISTERED;
}

/* Got by a client that did not have it in this state. */
static bool is_new_to(const BerthLease *old, const BerthLease *after, BerthLeaseState state)
{
    BerthClient client;

    if (!after || after->state != state)
        return false;
    client = berth_lease_client(after);
    return !old || old->state != state || !berth_lease_belongs_to(old, &client);
}

void berth_leases_count_reclaimed(BerthLeases *leases, const BerthLease *old)
{
    BerthCounts *counts[LEVELS];

    counts_for(leases, old, counts);
    for (int i = 0; i < LEVELS; i++) {
        counts[i]->reclaimed++;
        counts[i]->reclaimed_declined += is_declined(old);
    }
}

void berth_leases_count_reused(BerthLeases *leases, const BerthLease *lease)
{
    BerthCounts *counts[LEVELS];

    counts_for(leases, lease, counts);
    for (int i = 0; i < LEVELS; i++)
        counts[i]->reused++;
}

static void count_old(BerthLeases *leases, const BerthLease *old)
{
    BerthCounts *counts[LEVELS];

    counts_for(leases, old, counts);
    for (int i = 0; i < LEVELS; i++) {
        counts[i]->assigned -= is_assigned(old);
        counts[i]->declined -= is_declined(old);
        counts[i]->registered -= is_registered(old);
    }
}

void berth_leases_count(BerthLeases *leases, const BerthLease *old, const BerthLease *after)
{
    BerthCounts *counts[LEVELS];

    if (old)
        count_old(leases, old);
    if (!after)
        return;
    counts_for(leases, after, counts);
    for (int i = 0; i < LEVELS; i++) {
        counts[i]->assigned += is_assigned(after);
        counts[i]->declined += is_declined(after);
        counts[i]->registered += is_registered(after);
        counts[i]->cumulative += is_new_to(old, after, BERTH_LEASE_ACTIVE);
        counts[i]->cumulative_registered += is_new_to(old, after, BERTH_LEASE_REGISTERED);
    }
}

/* ---- the answer ---- */

/* Where a statistic is shown. */
#define GLOBAL 1u
#define SUBNET 2u
#define POOL 4u

typedef struct Row {
    const char *name;
    size_t at; /* in BerthCounts */
    unsigned where;
} Row;

/* clang-format off */
static const Row rows4[] = {
    {"assigned-addresses",            offsetof(BerthCounts, assigned),              GLOBAL | SUBNET | POOL},
    {"cumulative-assigned-addresses", offsetof(BerthCounts, cumulative),            GLOBAL | SUBNET | POOL},
    {"declined-addresses",            offsetof(BerthCounts, declined),              GLOBAL | SUBNET | POOL},
    {"reclaimed-leases",              offsetof(BerthCounts, reclaimed),             GLOBAL | SUBNET | POOL},
    {"reclaimed-declined-addresses",  offsetof(BerthCounts, reclaimed_declined),    GLOBAL | SUBNET | POOL},
    {"v4-lease-reuses",               offsetof(BerthCounts, reused),                SUBNET},
    {0},
};
static const Row rows_na[] = {
    {"assigned-nas",                  offsetof(BerthCounts, assigned),              GLOBAL | SUBNET | POOL},
    {"cumulative-assigned-nas",       offsetof(BerthCounts, cumulative),            GLOBAL | SUBNET | POOL},
    {"declined-addresses",            offsetof(BerthCounts, declined),              GLOBAL | SUBNET | POOL},
    {"reclaimed-declined-addresses",  offsetof(BerthCounts, reclaimed_declined),    GLOBAL | SUBNET | POOL},
    {"registered-nas",                offsetof(BerthCounts, registered),            SUBNET},
    {"cumulative-registered-nas",     offsetof(BerthCounts, cumulative_registered), GLOBAL | SUBNET},
    {"v6-ia-na-lease-reuses",         offsetof(BerthCounts, reused),                SUBNET},
    {"reclaimed-leases",              offsetof(BerthCounts, reclaimed),             POOL},
    {0},
};
static const Row rows_pd[] = {
    {"assigned-pds",                  offsetof(BerthCounts, assigned),              GLOBAL | SUBNET | POOL},
    {"cumulative-assigned-pds",       offsetof(BerthCounts, cumulative),            GLOBAL | SUBNET | POOL},
    {"v6-ia-pd-lease-reuses",         offsetof(BerthCounts, reused),                SUBNET},
    {"reclaimed-leases",              offsetof(BerthCounts, reclaimed),             POOL},
    {0},
};
/* clang-format on */

static void write_value(BerthStatsAnswer *answer, const char *prefix, const char *name,
                        BerthU128 value)
{
    char full[128];

    g_snprintf(full, sizeof(full), "%s%s", prefix, name);
    berth_stats_value(answer, full, value);
}

/* `counts` NULL: none yet, all 0. */
static void write_rows(BerthStatsAnswer *answer, const char *prefix, unsigned where,
                       const Row *rows, const BerthCounts *counts)
{
    static const BerthCounts none;
    uint64_t value;

    for (const Row *row = rows; row->name; row++) {
        memcpy(&value, (const char *)(counts ? counts : &none) + row->at, sizeof(value));
        if (row->where & where)
            write_value(answer, prefix, row->name, value);
    }
}

static void write_both(const BerthLeases *leases, BerthStatsAnswer *answer, const char *prefix,
                       unsigned where, const BerthCounts *const counts[BERTH_COUNTED])
{
    uint64_t reclaimed = 0;

    if (leases->family == 4) {
        write_rows(answer, prefix, where, rows4, counts[BERTH_COUNT_ADDRS]);
        return;
    }
    for (int i = 0; i < BERTH_COUNTED; i++)
        reclaimed += counts[i] ? counts[i]->reclaimed : 0;
    write_rows(answer, prefix, where, rows_na, counts[BERTH_COUNT_ADDRS]);
    write_rows(answer, prefix, where, rows_pd, counts[BERTH_COUNT_PREFIXES]);
    write_value(answer, prefix, "reclaimed-leases", reclaimed);
}

/* ---- subnets and pools ---- */

/* What the pools of a subnet are to the statistics. */
typedef struct Kind {
    BerthCounted what;
    const char *pool, *total;
    const Row *rows;
} Kind;

static const Kind addrs4 = {BERTH_COUNT_ADDRS, "pool", "total-addresses", rows4};
static const Kind addrs6 = {BERTH_COUNT_ADDRS, "pool", "total-nas", rows_na};
static const Kind prefixes6 = {BERTH_COUNT_PREFIXES, "pd-pool", "total-pds", rows_pd};

/* All of IPv6 is more than its number of addresses says. */
static BerthU128 add_sizes(BerthU128 a, BerthU128 b)
{
    return a + b < a ? ~(BerthU128)0 : a + b;
}

/* Pools of one identifier are one to the statistics, shown where the first of them stands. */
static bool is_first_of_id(const BerthSpaces *spaces, size_t i)
{
    for (size_t j = 0; j < i; j++)
        if (spaces->at[j]->pool_id == spaces->at[i]->pool_id)
            return false;
    return true;
}

static BerthU128 size_of_id(const BerthSpaces *spaces, uint32_t pool_id)
{
    BerthU128 size = 0;

    for (size_t i = 0; i < spaces->n; i++)
        if (spaces->at[i]->pool_id == pool_id)
            size = add_sizes(size, berth_space_size(spaces->at[i]));
    return size;
}

static BerthU128 size_of_all(const BerthSpaces *spaces)
{
    BerthU128 size = 0;

    for (size_t i = 0; i < spaces->n; i++)
        size = add_sizes(size, berth_space_size(spaces->at[i]));
    return size;
}

static void read_pools(const BerthLeases *leases, uint32_t subnet_id, const BerthSpaces *spaces,
                       const Kind *kind, BerthStatsAnswer *answer)
{
    char prefix[64];

    for (size_t i = 0; i < spaces->n; i++) {
        uint32_t pool_id = spaces->at[i]->pool_id;
        uint64_t id = counts_id(subnet_id, pool_id);

        if (!is_first_of_id(spaces, i))
            continue;
        g_snprintf(prefix, sizeof(prefix), "subnet[%u].%s[%u].", subnet_id, kind->pool, pool_id);
        write_value(answer, prefix, kind->total, size_of_id(spaces, pool_id));
        write_rows(answer, prefix, POOL, kind->rows,
                   g_hash_table_lookup(leases->by_pool[kind->what].by_id, &id));
    }
}

static void read_subnet(const BerthLeases *leases, const BerthSubnetSpaces *subnet,
                        BerthStatsAnswer *answer)
{
    const Kind *addrs = leases->family == 4 ? &addrs4 : &addrs6;
    uint64_t id = subnet->subnet_id;
    const BerthCounts *counts[BERTH_COUNTED];
    char prefix[64];

    for (int i = 0; i < BERTH_COUNTED; i++)
        counts[i] = g_hash_table_lookup(leases->by_subnet[i].by_id, &id);
    g_snprintf(prefix, sizeof(prefix), "subnet[%u].", subnet->subnet_id);
    write_value(answer, prefix, addrs->total, size_of_all(&subnet->addrs));
    if (leases->family == 6)
        write_value(answer, prefix, prefixes6.total, size_of_all(&subnet->prefixes));
    write_both(leases, answer, prefix, SUBNET, counts);
    read_pools(leases, subnet->subnet_id, &subnet->addrs, addrs, answer);
    read_pools(leases, subnet->subnet_id, &subnet->prefixes, &prefixes6, answer);
}

static void read_counts(void *data, BerthStatsAnswer *answer)
{
    const BerthLeases *leases = data;
    const BerthCounts *counts[] = {&leases->total[0], &leases->total[1]};

    write_both(leases, answer, "", GLOBAL, counts);
    for (unsigned i = 0; i < leases->pools.subnets->len; i++)
        read_subnet(leases, &g_array_index(leases->pools.subnets, BerthSubnetSpaces, i), answer);
}

/* ---- how full ---- */

/* Only held, which the map does not tell from leased. */
static bool is_held_only(const BerthLeases *leases, const BerthSpace *space, BerthPrefix prefix)
{
    uint64_t number;
    BerthLease lease;

    return berth_space_number(space, prefix, &number) && !berth_space_is_free(space, number) &&
           !(berth_table_get(leases->table, prefix.addr, &lease) &&
             berth_lease_blocks(&lease, berth_leases_past(leases)));
}

double berth_leases_occupancy(const BerthLeases *leases, const BerthSubnet *subnet,
                              BerthPrefix prefix, const BerthClient *client)
{
    const bool is_pd = leases->family == 6 && client->type == BERTH_LEASE_PD;
    const BerthPool *pools = is_pd ? subnet->pd_pools : subnet->pools;
    const size_t n = is_pd ? subnet->n_pd_pools : subnet->n_pools;
    uint64_t all = 0, busy = 0;
    bool found = false;

    /* Kea: only these count what is free. */
    if (!berth_allocator_queues(is_pd ? subnet->params.pd_allocator : subnet->params.allocator))
        return -1;
    for (size_t i = 0; i < n; i++) {
        const BerthSpace *space = berth_pools_find(&leases->pools, pools[i].first);

        if (!space ||
            (client->classes && !berth_guard_admits(&pools[i].guards.any, client->classes)))
            continue;
        all += space->numbers;
        busy += space->numbers - MIN(berth_space_count(space), space->numbers);
        if (berth_addr_compare(prefix.addr, pools[i].first) < 0 ||
            berth_addr_compare(prefix.addr, pools[i].last) > 0)
            continue;
        found = true;
        busy -= is_held_only(leases, space, prefix);
    }
    return found ? (double)busy / (double)all : -1;
}
