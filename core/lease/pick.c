/* pick - addresses and prefixes for clients. See leases_i.h.
 *
 * Which free one comes next is the allocator's to say. The three of them are policies over the same
 * maps, and the cost of none depends on how large a pool is or how full:
 *
 *   iterative  the next free one behind that given last. One given back comes up again only when
 *              the cursor has gone round.
 *   random     each free one of the subnet is as likely as any other.
 *   flq        the one that has been free longest; those that were never used come first, in an
 *              order of their own. What has just been given back is last.
 *
 * A large space, of which there is no map of what is free, gives at random where it has no queue,
 * and draws again when what it drew is taken.
 *
 * Servers that share their leases have a stripe of each pool each. It is given first, so that they
 * seldom want the same, and what is in other stripes only when all of one's own is taken. */
#include "core/lease/leases_i.h"

/* So many leases may be found to have ended because a pool seems full; the rest at the next pick.
 */
#define LAPSE_AT_PICK 4096
/* The map and the table agree; were they ever not to, so many wrong bits are mended in one pick. */
#define PICK_TRIES 16
/* So many strays, or such of which the maps do not know yet, are passed over in one pick; the next
 * one goes on behind them. */
#define PASSED_MAX 4096
#define DRAWS 16
/* Larger spaces are as likely as one of this size. */
#define WEIGHT_MAX (UINT64_C(1) << 40)

/* ---- allocators ---- */

/* Of which spaces, by which policy. */
typedef struct Choice {
    const BerthSpaces *spaces;
    const BerthSubnet *subnet;    /* whose pools say whom they are for */
    const BerthClassSet *classes; /* of the client */
    uint8_t len;                  /* only those that give this length; 0: all */
    bool own;                     /* of this server's stripe alone */
    BerthAllocator allocator;
} Choice;

typedef struct Next {
    BerthSpace *space;
    uint64_t number;
} Next;

/* Whether the pool that the address is in lets the client in. The pools in use may be of a later
 * configuration than the client's; an address that its own has in no pool is not guarded there. */
static bool may_enter(const BerthSubnet *subnet, BerthLeaseType type, BerthAddr addr,
                      const BerthClassSet *classes)
{
    const BerthPool *pool;

    if (!subnet->guards_pools || !classes)
        return true;
    pool = type == BERTH_LEASE_PD ? berth_conf_pd_pool_of(subnet, addr)
                                  : berth_conf_pool_of(subnet, addr);
    return !pool || berth_guard_admits(&pool->guards.any, classes);
}

static BerthSpace *space_at(const Choice *choice, size_t i)
{
    BerthSpace *space = choice->spaces->at[i];

    if (choice->len && space->len != choice->len)
        return NULL;
    return may_enter(choice->subnet, space->type, space->first, choice->classes) ? space : NULL;
}

static bool next_iterative(const Choice *choice, Next *ret)
{
    for (size_t i = 0; i < choice->spaces->n; i++) {
        BerthSpace *space = space_at(choice, i);

        if (!space || !berth_space_next(space, choice->own, space->cursor, &ret->number))
            continue;
        space->cursor = ret->number + 1;
        ret->space = space;
        return true;
    }
    return false;
}

static uint64_t count_of(const BerthSpace *space, bool own)
{
    return own ? berth_space_count_own(space) : berth_space_count(space);
}

static uint64_t weight_of(const BerthSpace *space, bool own)
{
    return space ? MIN(count_of(space, own), WEIGHT_MAX) : 0;
}

/* Most of a large space is free; where it is not, the next free one behind the last draw will do.
 */
static bool draw(BerthPools *pools, BerthSpace *space, bool own, Next *ret)
{
    uint64_t from = own ? space->own_from : 0, until = own ? space->own_until : space->numbers;
    uint64_t number = from;

    ret->space = space;
    if (from == until)
        return false;
    for (int i = 0; i < DRAWS; i++) {
        number = from + berth_pools_random(pools) % (until - from);
        if (berth_space_is_free(space, number) &&
            !berth_space_excludes(space, berth_space_at(space, number).addr)) {
            ret->number = number;
            return true;
        }
    }
    return berth_space_next(space, own, number, &ret->number);
}

static bool next_random(BerthPools *pools, const Choice *choice, Next *ret)
{
    uint64_t free = 0, n;
    uint32_t number;

    for (size_t i = 0; i < choice->spaces->n; i++)
        free += weight_of(space_at(choice, i), choice->own);
    if (free == 0)
        return false;
    n = berth_pools_random(pools) % free;
    for (size_t i = 0; i < choice->spaces->n; i++) {
        BerthSpace *space = space_at(choice, i);
        uint64_t weight = weight_of(space, choice->own);

        if (n >= weight) {
            n -= weight;
            continue;
        }
        if (space->wide)
            return draw(pools, space, choice->own, ret);
        if (choice->own)
            n += berth_freemap_rank(space->map, (uint32_t)space->own_from);
        if (!berth_freemap_nth(space->map, (uint32_t)n, &number))
            return false;
        *ret = (Next){space, number};
        return true;
    }
    return false;
}

/* The pool with the most free addresses, and among such that in which the last one became free
 * before. So what has just become free is given only when nothing else is. */
static bool goes_before(const BerthSpace *a, const BerthSpace *b, bool own)
{
    uint64_t n = count_of(a, own), m = count_of(b, own);

    return n != m ? n > m : a->given < b->given;
}

static BerthSpace *first_queue(const Choice *choice)
{
    BerthSpace *best = NULL;

    for (size_t i = 0; i < choice->spaces->n; i++) {
        BerthSpace *space = space_at(choice, i);

        if (space && (!best || goes_before(space, best, choice->own)))
            best = space;
    }
    return best;
}

static bool first_in_queue(const BerthSpace *space, bool own, uint32_t *ret)
{
    return own ? berth_ring_first(space->ring, ret)
               : berth_ring_first_other(space->ring, ret) || berth_ring_first(space->ring, ret);
}

static bool next_queued(BerthPools *pools, const Choice *choice, Next *ret)
{
    BerthSpace *space = first_queue(choice);
    uint32_t number;
    bool found;

    if (space && !space->ring)
        return draw(pools, space, choice->own, ret);
    found = space && first_in_queue(space, choice->own, &number);
    /* Those set aside for a moment are in their places; they are no more than the reclamation may
     * have under way at once. */
    while (found && !berth_freemap_is_free(space->map, number))
        found = berth_ring_next(space->ring, number, &number);
    if (!found)
        return false;
    /* Should nobody take it after all, it is not tried again and again. */
    berth_ring_add(space->ring, number);
    *ret = (Next){space, number};
    return true;
}

static bool next_of(BerthPools *pools, const Choice *choice, Next *ret)
{
    if (berth_allocator_queues(choice->allocator))
        return next_queued(pools, choice, ret);
    if (choice->allocator == BERTH_ALLOCATOR_RANDOM)
        return next_random(pools, choice, ret);
    return next_iterative(choice, ret);
}

/* ---- what may be given ---- */

static BerthUsable usable_by_table(const BerthLeases *leases, const BerthSubnet *subnet,
                                   BerthPrefix prefix, const BerthClient *client)
{
    BerthLease lease;

    if (!berth_table_get(leases->table, prefix.addr, &lease) ||
        !berth_lease_blocks(&lease, berth_leases_past(leases)))
        return BERTH_USABLE;
    if (lease.state == BERTH_LEASE_DECLINED)
        return BERTH_USABLE_DECLINED;
    return lease.state == BERTH_LEASE_ACTIVE && lease.prefix_len == prefix.len &&
                   lease.subnet_id == subnet->id && berth_lease_belongs_to(&lease, client)
               ? BERTH_USABLE
               : BERTH_USABLE_TAKEN;
}

static bool may_give(const BerthLeases *leases, const BerthSpace *space, const BerthSubnet *subnet,
                     BerthPrefix prefix, const BerthClient *client)
{
    return space && space->subnet_id == subnet->id && space->len == prefix.len &&
           (leases->family == 4 || space->type == client->type) &&
           may_enter(subnet, space->type, prefix.addr, client->classes) &&
           !berth_space_excludes(space, prefix.addr);
}

static bool is_offered_to(const BerthLeases *leases, const BerthHold *offer, uint8_t len,
                          uint32_t subnet_id, const BerthClient *client)
{
    BerthKey key = berth_leases_client_key(leases, subnet_id, client);

    return offer->prefix.len == len && berth_key_equal(&offer->key, &key);
}

BerthUsable berth_leases_usable_but_for_offers(const BerthLeases *leases, const BerthSubnet *subnet,
                                               BerthPrefix prefix, const BerthClient *client)
{
    const BerthSpace *space = berth_pools_find(&leases->pools, prefix.addr);
    BerthReserved reserved;
    BerthUsable usable;

    reserved = berth_leases_reserved(leases, subnet, prefix, client);
    if (reserved == BERTH_RESERVED_OTHER)
        return BERTH_USABLE_RESERVED;
    /* What is reserved for it is its own, in a pool or not. */
    if (reserved == BERTH_RESERVED_NOT && !may_give(leases, space, subnet, prefix, client))
        return BERTH_USABLE_OUTSIDE;
    if (berth_leases_is_pending(leases, prefix.addr) ||
        berth_holds_of_addr(&leases->unknowns, prefix.addr))
        return BERTH_USABLE_BUSY;
    usable = usable_by_table(leases, subnet, prefix, client);
    return usable == BERTH_USABLE && berth_leases_overlap(leases, prefix, NULL) ? BERTH_USABLE_TAKEN
                                                                                : usable;
}

BerthUsable berth_leases_usable6(const BerthLeases *leases, const BerthSubnet *subnet,
                                 BerthPrefix prefix, const BerthClient *client)
{
    const BerthUsable usable = berth_leases_usable_but_for_offers(leases, subnet, prefix, client);
    const BerthHold *offer = berth_holds_of_addr(&leases->offers, prefix.addr);

    return usable == BERTH_USABLE && offer &&
                   !is_offered_to(leases, offer, prefix.len, subnet->id, client)
               ? BERTH_USABLE_HELD
               : usable;
}

BerthUsable berth_leases_usable(const BerthLeases *leases, const BerthSubnet *subnet,
                                BerthAddr addr, const BerthClient *client)
{
    return berth_leases_usable6(leases, subnet, berth_leases_whole(leases, addr), client);
}

/* Who it is for, and what may be theirs. */
typedef struct Picker {
    BerthLeases *leases;
    const BerthSubnet *subnet;
    const BerthClient *client;
    const BerthSpaces *spaces; /* of the subnet */
    BerthAllocator allocator;
} Picker;

static BerthUsable usable_to(const Picker *picker, BerthPrefix prefix)
{
    return berth_leases_usable6(picker->leases, picker->subnet, prefix, picker->client);
}

static bool take_if_usable(const Picker *picker, BerthPrefix prefix, BerthPrefix *ret)
{
    if (usable_to(picker, prefix) != BERTH_USABLE)
        return false;
    *ret = prefix;
    return true;
}

/* ---- any free one ---- */

/* What can't be had although its map says so: either the map is wrong, or something overlaps, and
 * the cursor goes behind that. */
static void pass_over(BerthLeases *leases, BerthSpace *space, BerthPrefix prefix)
{
    BerthPrefix stray;
    BerthAddr last;

    berth_leases_mark(leases, prefix);
    if (!berth_leases_overlap(leases, prefix, &stray) || stray.len >= prefix.len)
        return;
    last = berth_prefix_last(stray.addr, stray.len);
    space->cursor = berth_addr_compare(last, space->last) < 0 ? berth_space_nearest(space, last) + 1
                                                              : space->numbers;
}

static bool try_next(const Picker *picker, const Choice *choice, uint64_t tries, BerthPrefix *ret)
{
    const bool is_filling = picker->leases->is_filling;
    unsigned n_passed = 0;
    Next next;

    while (tries-- > 0 && next_of(&picker->leases->pools, choice, &next)) {
        BerthPrefix prefix = berth_space_at(next.space, next.number);
        const BerthUsable usable = usable_to(picker, prefix);

        *ret = prefix;
        if (usable == BERTH_USABLE)
            return true;
        /* The maps may not know of it yet. */
        if ((usable == BERTH_USABLE_RESERVED || is_filling) && n_passed++ < PASSED_MAX)
            tries++;
        pass_over(picker->leases, next.space, prefix);
    }
    return false;
}

static bool next_free(const Picker *picker, bool own, uint8_t len, BerthPrefix *ret)
{
    const BerthStrays *strays = picker->leases->strays;
    Choice choice = {.spaces = picker->spaces,
                     .subnet = picker->subnet,
                     .classes = picker->client->classes,
                     .len = len,
                     .own = own,
                     .allocator = picker->allocator};

    if (try_next(picker, &choice, PICK_TRIES, ret))
        return true;
    if (!strays || berth_strays_count(strays) == 0)
        return false;
    /* Those that overlap may be many in a row; a cursor goes past them in the fewest steps. */
    choice.allocator = BERTH_ALLOCATOR_ITERATIVE;
    return try_next(picker, &choice, MIN(berth_strays_count(strays), PASSED_MAX) + PICK_TRIES, ret);
}

static bool any_free(const Picker *picker, uint8_t len, BerthPrefix *ret)
{
    bool is_striped = picker->leases->pools.stripes > 1;

    return next_free(picker, true, len, ret) ||
           (berth_leases_lapse(picker->leases, LAPSE_AT_PICK) > 0 &&
            next_free(picker, true, len, ret)) ||
           (is_striped && next_free(picker, false, len, ret));
}

/* ---- what is the client's ---- */

static bool take_held(const Picker *picker, BerthPrefix *ret)
{
    BerthPrefix held;

    return berth_leases_held6(picker->leases, picker->subnet->id, picker->client, &held) &&
           take_if_usable(picker, held, ret);
}

static Picker picker_of(BerthLeases *leases, const BerthSubnet *subnet, const BerthClient *client)
{
    static const BerthSpaces none;
    const BerthSubnetSpaces *of = berth_pools_of_subnet(&leases->pools, subnet->id);
    bool is_pd = leases->family == 6 && client->type == BERTH_LEASE_PD;
    const BerthSpaces *spaces = !of ? &none : is_pd ? &of->prefixes : &of->addrs;

    return (Picker){
        .leases = leases,
        .subnet = subnet,
        .client = client,
        .spaces = spaces,
        .allocator = spaces->n ? spaces->at[0]->allocator : BERTH_ALLOCATOR_ITERATIVE,
    };
}

/* ---- IPv4 ---- */

/* While leases may be missing nobody gets anything but what is theirs. */
static bool take_valid(const Picker *picker, BerthPrefix *ret)
{
    BerthLeases *leases = picker->leases;
    BerthLease own;

    return berth_leases_of_client(leases, picker->subnet->id, picker->client, &own) &&
           berth_lease_is_valid(&own, berth_leases_now(leases)) &&
           take_if_usable(picker, berth_lease_prefix(&own), ret);
}

bool berth_leases_pick(BerthLeases *leases, const BerthSubnet *subnet, const BerthClient *client,
                       BerthAddr hint, BerthAddr *ret)
{
    Picker picker = picker_of(leases, subnet, client);
    BerthLease former;
    BerthPrefix got;
    bool found;

    /* RFC 2131 section 4.3.1: the client's current address, its former one, the one that it asks
     * for, and then any: that which it was offered just now, if it was offered one. */
    if (leases->share.only_known)
        found = take_valid(&picker, &got);
    else
        found = (berth_leases_of_client(leases, subnet->id, client, &former) &&
                 take_if_usable(&picker, berth_lease_prefix(&former), &got)) ||
                (!berth_addr_is_any(hint) &&
                 take_if_usable(&picker, berth_leases_whole(leases, hint), &got)) ||
                take_held(&picker, &got) || any_free(&picker, 0, &got);
    if (found)
        *ret = got.addr;
    return found;
}

/* ---- IPv6 ---- */

/* A valid lease of the binding, else one that it had. What the client has registered by itself is
 * none of these. */
static bool take_own(const Picker *picker, BerthPrefix *ret)
{
    int64_t now = berth_leases_now(picker->leases);
    int least = picker->leases->share.only_known ? 1 : 0;

    for (int valid = 1; valid >= least; valid--) {
        uint32_t iter = 0;
        BerthLease own;

        while (berth_leases_of_binding(picker->leases, picker->subnet->id, picker->client, &iter,
                                       &own))
            if (berth_lease_is_valid(&own, now) == valid && own.state != BERTH_LEASE_REGISTERED &&
                take_if_usable(picker, berth_lease_prefix(&own), ret))
                return true;
    }
    return false;
}

/* What is asked for as it would be given here: the address, or the prefix around it that its pool
 * delegates. */
static bool take_hinted(const Picker *picker, BerthPrefix hint, BerthPrefix *ret)
{
    const BerthSpace *space = berth_pools_find(&picker->leases->pools, hint.addr);

    if (berth_addr_is_any(hint.addr) || !space || space->type != picker->client->type)
        return false;
    hint.addr = berth_prefix_first(hint.addr, space->len);
    hint.len = space->len;
    return take_if_usable(picker, hint, ret);
}

/* In which order lengths are tried: the hinted one, those of larger prefixes, those of smaller
 * ones; the closest first. */
static unsigned rank(uint8_t len, uint8_t hint)
{
    if (len <= hint)
        return hint - len;
    return 256u + len - hint;
}

/* The length that comes after the one of rank `after`. */
static bool next_length(const Picker *picker, uint8_t hint, unsigned *rank_of, uint8_t *ret)
{
    unsigned best = UINT_MAX;

    for (size_t i = 0; i < picker->spaces->n; i++) {
        uint8_t len = picker->spaces->at[i]->len;
        unsigned r = rank(len, hint) + 1;

        if (r <= *rank_of || r >= best)
            continue;
        best = r;
        *ret = len;
    }
    *rank_of = best;
    return best != UINT_MAX;
}

static bool take_of_length(const Picker *picker, uint8_t hint, BerthPrefix *ret)
{
    unsigned at = 0;
    uint8_t len;

    while (next_length(picker, hint, &at, &len))
        if (any_free(picker, len, ret))
            return true;
    return false;
}

/* What is asked for, what was offered, and then any. */
static bool take_other(const Picker *picker, BerthPrefix hint, BerthPrefix *ret)
{
    bool by_len = picker->client->type == BERTH_LEASE_PD && hint.len > 0;

    return take_hinted(picker, hint, ret) || take_held(picker, ret) ||
           (by_len ? take_of_length(picker, hint.len, ret) : any_free(picker, 0, ret));
}

static BerthPick pick_of(const BerthLeases *leases, const BerthSubnet *subnet,
                         const BerthClient *client, BerthPrefix got)
{
    const BerthSpace *space = berth_pools_find(&leases->pools, got.addr);

    return (BerthPick){
        .prefix = got,
        .pool_id = space && space->subnet_id == subnet->id ? space->pool_id : 0,
        .pool = client->type == BERTH_LEASE_PD ? berth_conf_pd_pool_of(subnet, got.addr)
                                               : berth_conf_pool_of(subnet, got.addr),
    };
}

bool berth_leases_pick6(BerthLeases *leases, const BerthSubnet *subnet, const BerthClient *client,
                        BerthPrefix hint, BerthPick *ret)
{
    Picker picker = picker_of(leases, subnet, client);
    BerthPrefix got;

    if (!take_own(&picker, &got) && (leases->share.only_known || !take_other(&picker, hint, &got)))
        return false;
    *ret = pick_of(leases, subnet, client, got);
    return true;
}

bool berth_leases_take(const BerthLeases *leases, const BerthSubnet *subnet,
                       const BerthClient *client, BerthPrefix prefix, BerthPick *ret)
{
    if (berth_leases_usable6(leases, subnet, prefix, client) != BERTH_USABLE)
        return false;
    *ret = pick_of(leases, subnet, client, prefix);
    return true;
}
