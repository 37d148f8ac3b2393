/* pick - addresses for clients. See leases_i.h.
 *
 * Which free address comes next is the allocator's to say. The three of them are policies over the
 * same free map, and the cost of none depends on how large a pool is or how full:
 *
 *   iterative  the next free one behind that given last. One given back comes up again only when
 *              the cursor has gone round.
 *   random     each free address of the subnet is as likely as any other.
 *   flq        the one that has been free longest; those that never were used come first, in an
 *              order of their own. What has just been given back is last. */
#include "core/lease/leases_i.h"

/* So many leases may be found to have ended because a pool seems full; the rest at the next pick.
 */
#define LAPSE_AT_PICK 4096
/* The map and the table agree; were they ever not to, so many wrong bits are mended in one pick. */
#define PICK_TRIES 16

/* ---- allocators ---- */

static bool next_iterative(const BerthSubnetSpaces *subnet, BerthAddr *ret)
{
    for (size_t i = 0; i < subnet->n; i++) {
        BerthSpace *space = subnet->at[i];
        uint32_t number;

        if (!berth_freemap_next(space->map, space->cursor, &number))
            continue;
        space->cursor = number + 1;
        *ret = berth_space_at(space, number);
        return true;
    }
    return false;
}

static bool next_random(BerthPools *pools, const BerthSubnetSpaces *subnet, BerthAddr *ret)
{
    uint64_t free = 0, n;
    uint32_t number;

    for (size_t i = 0; i < subnet->n; i++)
        free += berth_freemap_count(subnet->at[i]->map);
    if (free == 0)
        return false;
    n = berth_pools_random(pools) % free;
    for (size_t i = 0; i < subnet->n; i++) {
        const BerthSpace *space = subnet->at[i];
        uint32_t count = berth_freemap_count(space->map);

        if (n < count && berth_freemap_nth(space->map, (uint32_t)n, &number)) {
            *ret = berth_space_at(space, number);
            return true;
        }
        n -= count;
    }
    return false;
}

/* The pool with the most free addresses, and among such that in which the last one became free
 * before. So what has just become free is given only when nothing else is. */
static bool goes_before(const BerthSpace *a, const BerthSpace *b)
{
    uint32_t n = berth_freemap_count(a->map), m = berth_freemap_count(b->map);

    return n != m ? n > m : a->given < b->given;
}

static const BerthSpace *first_queue(const BerthSubnetSpaces *subnet)
{
    const BerthSpace *best = subnet->n ? subnet->at[0] : NULL;

    for (size_t i = 1; i < subnet->n; i++)
        if (goes_before(subnet->at[i], best))
            best = subnet->at[i];
    return best;
}

static bool next_queued(const BerthSubnetSpaces *subnet, BerthAddr *ret)
{
    const BerthSpace *space = first_queue(subnet);
    uint32_t number;
    bool found = space && berth_ring_first(space->ring, &number);

    /* Those set aside for a moment are in their places; they are no more than the reclamation may
     * have under way at once. */
    while (found && !berth_freemap_is_free(space->map, number))
        found = berth_ring_next(space->ring, number, &number);
    if (!found)
        return false;
    /* Should nobody take it after all, it is not tried again and again. */
    berth_ring_add(space->ring, number);
    *ret = berth_space_at(space, number);
    return true;
}

static bool next_of_subnet(BerthPools *pools, uint32_t subnet_id, BerthAddr *ret)
{
    const BerthSubnetSpaces *subnet = berth_pools_of_subnet(pools, subnet_id);

    if (!subnet || subnet->n == 0)
        return false;
    switch (subnet->at[0]->allocator) {
    case BERTH_ALLOCATOR_RANDOM:
        return next_random(pools, subnet, ret);
    case BERTH_ALLOCATOR_FLQ:
    case BERTH_ALLOCATOR_SHARED_FLQ:
        return next_queued(subnet, ret);
    default:
        return next_iterative(subnet, ret);
    }
}

/* ---- what may be given ---- */

static BerthUsable usable_by_table(const BerthLeases *leases, const BerthSubnet *subnet,
                                   BerthAddr addr, const BerthClient *client)
{
    BerthLease lease;

    if (!berth_table_get(leases->table, addr, &lease) ||
        !berth_lease_blocks(&lease, berth_leases_now(leases)))
        return BERTH_USABLE;
    if (lease.state == BERTH_LEASE_DECLINED)
        return BERTH_USABLE_DECLINED;
    return lease.subnet_id == subnet->id && berth_lease_belongs_to(&lease, client)
               ? BERTH_USABLE
               : BERTH_USABLE_TAKEN;
}

BerthUsable berth_leases_usable6(const BerthLeases *leases, const BerthSubnet *subnet,
                                 BerthPrefix prefix, const BerthClient *client)
{
    return prefix.len == 128 ? berth_leases_usable(leases, subnet, prefix.addr, client)
                             : BERTH_USABLE_OUTSIDE;
}

BerthUsable berth_leases_usable(const BerthLeases *leases, const BerthSubnet *subnet,
                                BerthAddr addr, const BerthClient *client)
{
    const BerthSpace *space = berth_pools_find(&leases->pools, addr);
    BerthKey key = berth_leases_client_key(leases, subnet->id, client);
    const BerthHold *offer;

    if (!space || space->subnet_id != subnet->id || berth_space_excludes(space, addr))
        return BERTH_USABLE_OUTSIDE;
    if (berth_leases_is_pending(leases, addr) || berth_holds_of_addr(&leases->unknowns, addr))
        return BERTH_USABLE_BUSY;
    offer = berth_holds_of_addr(&leases->offers, addr);
    if (offer && !berth_key_equal(&offer->key, &key))
        return BERTH_USABLE_HELD;
    return usable_by_table(leases, subnet, addr, client);
}

static bool is_usable(const BerthLeases *leases, const BerthSubnet *subnet, BerthAddr addr,
                      const BerthClient *client)
{
    return berth_leases_usable(leases, subnet, addr, client) == BERTH_USABLE;
}

/* ---- picking ---- */

static bool next_free(BerthLeases *leases, const BerthSubnet *subnet, const BerthClient *client,
                      BerthAddr *ret)
{
    BerthAddr addr;

    for (int i = 0; i < PICK_TRIES && next_of_subnet(&leases->pools, subnet->id, &addr); i++) {
        if (is_usable(leases, subnet, addr, client)) {
            *ret = addr;
            return true;
        }
        berth_leases_mark(leases, addr);
    }
    return false;
}

bool berth_leases_pick(BerthLeases *leases, const BerthSubnet *subnet, const BerthClient *client,
                       BerthAddr hint, BerthAddr *ret)
{
    BerthLease former;
    BerthAddr held;

    /* RFC 2131 section 4.3.1: the client's current address, its former one, the one that it asks
     * for, and then any. What it was offered just now comes before what it asks for. */
    if (berth_leases_of_client(leases, subnet->id, client, &former) &&
        is_usable(leases, subnet, former.addr, client)) {
        *ret = former.addr;
        return true;
    }
    if (berth_leases_held(leases, subnet->id, client, &held) &&
        is_usable(leases, subnet, held, client)) {
        *ret = held;
        return true;
    }
    if (!berth_addr_is_any(hint) && is_usable(leases, subnet, hint, client)) {
        *ret = hint;
        return true;
    }
    return next_free(leases, subnet, client, ret) ||
           (berth_leases_lapse(leases, LAPSE_AT_PICK) > 0 &&
            next_free(leases, subnet, client, ret));
}

/* Addresses only. */
bool berth_leases_pick6(BerthLeases *leases, const BerthSubnet *subnet, const BerthClient *client,
                        BerthPrefix hint, BerthPick *ret)
{
    BerthAddr asked = hint.len == 128 ? hint.addr : BERTH_ADDR6_ANY, addr;

    if (client->type != BERTH_LEASE_NA || !berth_leases_pick(leases, subnet, client, asked, &addr))
        return false;
    ret->prefix = berth_leases_whole(leases, addr);
    ret->pool = berth_conf_pool_of(subnet, addr);
    ret->pool_id = ret->pool ? ret->pool->id : 0;
    return true;
}
