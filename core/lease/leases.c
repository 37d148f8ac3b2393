/* leases - the whole: its making, its configuration, finding, offers. See leases_i.h. */
#include "core/lease/leases_i.h"

#define USEC INT64_C(1000000)
#define PRIME UINT64_C(0x9e3779b97f4a7c15)

static void on_hold_end(void *data, BerthPrefix prefix)
{
    berth_leases_mark(data, prefix);
}

BerthLeases *berth_leases_new(BerthWorld *world, BerthLog *log, BerthStats *stats, int family)
{
    BerthLeases *leases = g_new0(BerthLeases, 1);
    BerthHashSeed seed;

    leases->world = world;
    leases->log = log;
    leases->stats = stats;
    leases->family = family;
    leases->ahead_usec = world->ops->wall_usec(world) - berth_world_boot_usec(world);
    world->ops->random(world, &seed, sizeof(seed));
    leases->table = berth_table_new(seed);
    world->ops->random(world, &seed, sizeof(seed));
    berth_pools_init(&leases->pools, seed);
    if (family == 6)
        leases->strays = berth_strays_new();
    berth_holds_init(&leases->offers, world, BERTH_HOLD_SEC * USEC, on_hold_end, leases);
    berth_holds_init(&leases->unknowns, world, BERTH_UNKNOWN_SEC * USEC, on_hold_end, leases);
    berth_free_init(leases);
    berth_commit_init(leases);
    berth_reclaim_init(leases);
    berth_count_init(leases);
    berth_load_init(leases);
    berth_follow_init(leases);
    berth_reserve_init(leases);
    berth_remote_init(leases);
    return leases;
}

void berth_leases_free(BerthLeases *leases)
{
    if (!leases)
        return;
    berth_remote_clear(leases);
    berth_follow_clear(leases);
    berth_reserve_clear(leases);
    berth_load_clear(leases);
    berth_count_clear(leases);
    berth_reclaim_clear(leases);
    berth_commit_clear(leases);
    berth_free_clear(leases);
    berth_holds_clear(&leases->offers);
    berth_holds_clear(&leases->unknowns);
    berth_pools_clear(&leases->pools);
    berth_strays_free(leases->strays);
    berth_table_free(leases->table);
    g_free(leases);
}

int64_t berth_leases_now(const BerthLeases *leases)
{
    return (leases->ahead_usec + berth_world_boot_usec(leases->world)) / USEC;
}

int64_t berth_leases_about_now(const BerthLeases *leases)
{
    return (leases->ahead_usec + berth_world_turn_usec(leases->world)) / USEC;
}

int64_t berth_leases_past(const BerthLeases *leases)
{
    return berth_leases_about_now(leases) - leases->share.grace_sec;
}

const BerthTable *berth_leases_table(const BerthLeases *leases)
{
    return leases->table;
}

/* ---- who, and what ---- */

BerthPrefix berth_leases_whole(const BerthLeases *leases, BerthAddr addr)
{
    return (BerthPrefix){addr, leases->family == 6 ? 128 : 32};
}

/* Of two clients the hashes differ in 128 bits that nobody foresees. What the keys of one client
 * differ by is multiplied by an odd number, so that no two are the same; it is a secret one, and
 * high bits go into the low ones, so that nobody chooses who is in one bucket. */
static uint64_t held_at(const uint64_t who[2], uint64_t where)
{
    uint64_t product = where * (who[1] | 1);

    return who[0] ^ product ^ product >> 32;
}

static uint64_t where_of(uint32_t subnet_id, uint64_t iaid)
{
    return (uint64_t)subnet_id << 32 | iaid;
}

static const uint64_t *hash_of_binding(const BerthLeases *leases, const BerthClient *client)
{
    if (leases->family == 6 || client->client_id.len > 0)
        return berth_table_hash(leases->table, BERTH_BY_CLIENT_ID, client->client_id);
    return berth_table_hash(leases->table, BERTH_BY_HWADDR,
                            (BerthBytes){client->hwaddr.bytes, client->hwaddr.len});
}

BerthKey berth_leases_client_key(const BerthLeases *leases, uint32_t subnet_id,
                                 const BerthClient *client)
{
    bool is6 = leases->family == 6;
    bool by_id = is6 || client->client_id.len > 0;
    const uint64_t *who = hash_of_binding(leases, client);
    uint64_t what =
        (uint64_t)(is6 ? client->type : BERTH_LEASE_V4) << 32 |
        (by_id ? (uint64_t)client->client_id.len << 40 | 1u << 16 : client->hwaddr.type);

    return (BerthKey){
        {held_at(who, where_of(subnet_id, is6 ? client->iaid : 0)), who[1] + what * PRIME}};
}

void berth_leases_who(const BerthLeases *leases, const BerthClient *client, BerthWho *ret)
{
    bool is6 = leases->family == 6;
    const uint64_t *who = hash_of_binding(leases, client);

    ret->held[0] = who[0];
    ret->held[1] = who[1];
    ret->iaid = is6 ? client->iaid : 0;
    berth_table_who(leases->table, client, is6, &ret->leased);
}

bool berth_leases_may_have(const BerthLeases *leases, const BerthWho *who, uint32_t subnet_id)
{
    return berth_table_may_have(leases->table, &who->leased, subnet_id);
}

bool berth_leases_may_hold(const BerthLeases *leases, const BerthWho *who, uint32_t subnet_id)
{
    return berth_holds_may_have(&leases->offers,
                                held_at(who->held, where_of(subnet_id, who->iaid)));
}

BerthKey berth_leases_key(const BerthLeases *leases, const BerthLease *lease)
{
    BerthClient client = berth_lease_client(lease);

    return berth_leases_client_key(leases, lease->subnet_id, &client);
}

/* ---- configuration ---- */

static const BerthFamilyConf *conf_of(const BerthLeases *leases, const BerthConf *conf)
{
    return leases->family == 6 ? &conf->v6 : &conf->v4;
}

static void warn_of_large(const BerthLeases *leases)
{
    for (unsigned i = 0; i < leases->pools.by_first->len; i++) {
        const BerthSpace *space = g_ptr_array_index(leases->pools.by_first, i);
        char first[BERTH_ADDR_TEXT], last[BERTH_ADDR_TEXT];

        if (space->is_new && space->wide && berth_allocator_queues(space->allocator))
            berth_log_to(leases->log, BERTH_WARN, "alloc-engine", "ALLOC_ENGINE_POOL_TOO_LARGE",
                         "the pool %s - %s has more than the %u leases that the allocator flq can "
                         "queue; it gives them at random",
                         berth_addr_text(space->first, first), berth_addr_text(space->last, last),
                         BERTH_FREEMAP_MAX);
    }
}

void berth_leases_set_conf(BerthLeases *leases, BerthConf *conf)
{
    berth_reserve_set_conf(leases, conf_of(leases, conf));
    if (berth_pools_set(&leases->pools, conf_of(leases, conf))) {
        warn_of_large(leases);
        berth_free_fill(leases);
    }
    berth_reclaim_set_conf(leases, conf_of(leases, conf));
}

/* ---- finding ---- */

typedef bool (*Walk)(const BerthLeases *leases, uint32_t subnet_id, const BerthClient *client,
                     uint32_t *iter, BerthLease *ret);

static bool walk_client_id(const BerthLeases *leases, uint32_t subnet_id, const BerthClient *client,
                           uint32_t *iter, BerthLease *ret)
{
    return berth_table_by_client_id(leases->table, subnet_id, client->client_id, iter, ret);
}

static bool walk_hwaddr(const BerthLeases *leases, uint32_t subnet_id, const BerthClient *client,
                        uint32_t *iter, BerthLease *ret)
{
    return berth_table_by_hwaddr(leases->table, subnet_id, client->hwaddr, iter, ret);
}

bool berth_leases_of_binding(const BerthLeases *leases, uint32_t subnet_id,
                             const BerthClient *client, uint32_t *iter, BerthLease *ret)
{
    return berth_table_by_binding(leases->table, subnet_id, client, iter, ret);
}

bool berth_leases_of_duid(const BerthLeases *leases, uint32_t subnet_id, BerthBytes duid,
                          uint32_t *iter, BerthLease *ret)
{
    return berth_table_by_duid(leases->table, subnet_id, duid, iter, ret);
}

bool berth_leases_next_of(const BerthLeases *leases, uint32_t subnet_id, const BerthClient *client,
                          uint32_t *iter, BerthLease *ret)
{
    Walk walk = leases->family == 6     ? berth_leases_of_binding
                : client->client_id.len ? walk_client_id
                                        : walk_hwaddr;

    return walk(leases, subnet_id, client, iter, ret);
}

bool berth_leases_of_client(const BerthLeases *leases, uint32_t subnet_id,
                            const BerthClient *client, BerthLease *ret)
{
    static const Walk walks4[] = {walk_client_id, walk_hwaddr},
                      walks6[] = {berth_leases_of_binding};
    bool is6 = leases->family == 6, found = false;
    const Walk *walks = is6 ? walks6 : walks4;
    BerthLease lease;

    for (size_t i = 0; i < (is6 ? G_N_ELEMENTS(walks6) : G_N_ELEMENTS(walks4)); i++) {
        uint32_t iter = 0;

        while (walks[i](leases, subnet_id, client, &iter, &lease)) {
            if (!berth_lease_belongs_to(&lease, client))
                continue;
            if (!found || lease.state == BERTH_LEASE_ACTIVE)
                *ret = lease;
            found = true;
            if (lease.state == BERTH_LEASE_ACTIVE)
                return true;
        }
    }
    return found;
}

/* ---- offers ---- */

void berth_leases_hold6(BerthLeases *leases, BerthPrefix prefix, uint32_t subnet_id,
                        const BerthClient *client)
{
    BerthKey key = berth_leases_client_key(leases, subnet_id, client);

    if (berth_holds_renew(&leases->offers, &key, prefix))
        return;
    berth_holds_put(&leases->offers, &key, prefix, BERTH_HOLDS_MAX);
    berth_leases_mark_as(leases, prefix, BERTH_MARK_TAKEN);
}

bool berth_leases_hold_on6(BerthLeases *leases, BerthPrefix prefix, uint32_t subnet_id,
                           const BerthClient *client)
{
    BerthKey key = berth_leases_client_key(leases, subnet_id, client);

    return berth_holds_renew(&leases->offers, &key, prefix);
}

bool berth_leases_hold_on(BerthLeases *leases, BerthAddr addr, uint32_t subnet_id,
                          const BerthClient *client)
{
    return berth_leases_hold_on6(leases, berth_leases_whole(leases, addr), subnet_id, client);
}

void berth_leases_hold(BerthLeases *leases, BerthAddr addr, uint32_t subnet_id,
                       const BerthClient *client)
{
    berth_leases_hold6(leases, berth_leases_whole(leases, addr), subnet_id, client);
}

void berth_leases_unhold(BerthLeases *leases, uint32_t subnet_id, const BerthClient *client)
{
    BerthKey key = berth_leases_client_key(leases, subnet_id, client);

    berth_holds_drop(&leases->offers, berth_holds_of_key(&leases->offers, &key));
}

bool berth_leases_held6(const BerthLeases *leases, uint32_t subnet_id, const BerthClient *client,
                        BerthPrefix *ret)
{
    BerthKey key = berth_leases_client_key(leases, subnet_id, client);
    const BerthHold *hold = berth_holds_of_key(&leases->offers, &key);

    if (hold)
        *ret = hold->prefix;
    return hold != NULL;
}

bool berth_leases_held(const BerthLeases *leases, uint32_t subnet_id, const BerthClient *client,
                       BerthAddr *ret)
{
    BerthPrefix held;
    bool found = berth_leases_held6(leases, subnet_id, client, &held);

    if (found)
        *ret = held.addr;
    return found;
}
