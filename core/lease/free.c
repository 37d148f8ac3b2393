/* free - what is free. See leases_i.h.
 *
 * Whatever is a number of a space is marked in the map of the space. What is not, with IPv6, is a
 * stray while somebody has it: a lease of the length that a pool had before, a prefix from outside
 * all pools. The maps know nothing of strays; whoever gives a number asks whether one overlaps.
 *
 * The maps of new pools come to know of leases part by part. Meanwhile they say that what is taken
 * is free; whoever gives something has asked the table, and mends the map. */
#include "core/lease/leases_i.h"

/* So many numbers of a space within a prefix are looked at one by one. */
#define NUMBERS_LOOKED_AT 4096
/* A turn of filling maps ends after so long, or so many leases. */
#define SLICE_USEC 2000
#define SLICE_LEASES 64
#define TURN_SLICES 32

bool berth_lease_blocks(const BerthLease *lease, int64_t now)
{
    return lease->state != BERTH_LEASE_RECLAIMED && lease->state != BERTH_LEASE_RELEASED &&
           !berth_lease_has_ended(lease, now);
}

/* ---- marks ---- */

static const BerthHold *hold_of(const BerthHolds *holds, BerthPrefix prefix)
{
    const BerthHold *hold = berth_holds_of_addr(holds, prefix.addr);

    return hold && hold->prefix.len == prefix.len ? hold : NULL;
}

static BerthMark mark_of(const BerthLeases *leases, BerthPrefix prefix)
{
    const BerthHold *pending = hold_of(&leases->pending, prefix);
    BerthLease lease;

    if (pending)
        return pending->unit->is_expiry ? BERTH_MARK_ASIDE : BERTH_MARK_TAKEN;
    if (hold_of(&leases->offers, prefix) || hold_of(&leases->unknowns, prefix))
        return BERTH_MARK_TAKEN;
    return berth_table_get(leases->table, prefix.addr, &lease) && lease.prefix_len == prefix.len &&
                   berth_lease_blocks(&lease, berth_leases_past(leases))
               ? BERTH_MARK_TAKEN
               : BERTH_MARK_FREE;
}

/* RFC 9686 section 4.2.1: a client may register an address of a prefix that it was delegated. So
 * what is registered keeps others from the address, and nobody from a prefix around it. */
static bool is_registered(const BerthLeases *leases, BerthPrefix prefix)
{
    BerthLease lease;

    return prefix.len == 128 && berth_table_get(leases->table, prefix.addr, &lease) &&
           lease.state == BERTH_LEASE_REGISTERED;
}

static bool keeps_prefixes(const BerthLeases *leases, BerthPrefix prefix)
{
    return mark_of(leases, prefix) != BERTH_MARK_FREE && !is_registered(leases, prefix);
}

/* The space that the prefix is a number of; NULL: it is none. */
static BerthSpace *space_of(const BerthLeases *leases, BerthPrefix prefix, uint64_t *ret)
{
    BerthSpace *space = berth_pools_find(&leases->pools, prefix.addr);

    return space && berth_space_number(space, prefix, ret) ? space : NULL;
}

static void mark_stray(BerthLeases *leases, BerthPrefix prefix)
{
    if (leases->strays)
        berth_strays_set(leases->strays, prefix, keeps_prefixes(leases, prefix));
}

/* What is reserved is not free. */
static void mark_number(BerthLeases *leases, BerthSpace *space, uint64_t number, BerthMark mark)
{
    if (mark == BERTH_MARK_FREE &&
        berth_leases_sets_aside(leases, space->subnet_id, berth_space_at(space, number)))
        mark = BERTH_MARK_TAKEN;
    berth_pools_mark(&leases->pools, space, number, mark);
}

void berth_leases_mark(BerthLeases *leases, BerthPrefix prefix)
{
    uint64_t number;
    BerthSpace *space = space_of(leases, prefix, &number);

    if (space)
        mark_number(leases, space, number, mark_of(leases, prefix));
    else
        mark_stray(leases, prefix);
}

void berth_leases_mark_as(BerthLeases *leases, BerthPrefix prefix, BerthMark mark)
{
    uint64_t number;
    BerthSpace *space = space_of(leases, prefix, &number);

    if (space)
        mark_number(leases, space, number, mark);
    else
        mark_stray(leases, prefix);
}

void berth_leases_mark_used(BerthLeases *leases, BerthPrefix prefix)
{
    uint64_t number;
    BerthSpace *space = space_of(leases, prefix, &number);

    if (space && space->ring)
        berth_pools_mark(&leases->pools, space, number, BERTH_MARK_TAKEN);
    berth_leases_mark(leases, prefix);
}

static void mark_new(BerthLeases *leases, BerthPrefix prefix)
{
    uint64_t number;
    const BerthSpace *space = space_of(leases, prefix, &number);

    if (!space || space->is_new)
        berth_leases_mark_used(leases, prefix);
}

static void mark_holds(BerthLeases *leases, const BerthHolds *holds)
{
    for (const BerthHold *hold = NULL; (hold = berth_holds_next(holds, hold));)
        mark_new(leases, hold->prefix);
}

static bool fill_some(BerthLeases *leases)
{
    BerthLease lease;

    for (unsigned i = 0; i < SLICE_LEASES; i++) {
        if (!berth_table_next(leases->table, &leases->filled_to, &lease))
            return false;
        mark_new(leases, berth_lease_prefix(&lease));
    }
    return true;
}

/* IPv6: what overlaps is asked of maps and strays alone, so all of them are there before anybody
 * asks. */
static void fill(BerthLeases *leases)
{
    const int64_t until = berth_world_boot_usec(leases->world) + SLICE_USEC;

    for (unsigned i = 0; leases->is_filling && (leases->strays || i < TURN_SLICES); i++) {
        leases->is_filling = fill_some(leases);
        if (!leases->strays && berth_world_boot_usec(leases->world) >= until)
            break;
    }
    if (leases->is_filling)
        berth_world_timer_set(leases->world, leases->fill_timer, 0);
    else
        berth_pools_set_known(&leases->pools);
}

static void on_fill(void *data)
{
    BerthLeases *leases = data;

    if (leases->is_filling)
        fill(leases);
}

void berth_free_fill(BerthLeases *leases)
{
    if (leases->strays)
        berth_strays_clear(leases->strays);
    mark_holds(leases, &leases->offers);
    mark_holds(leases, &leases->unknowns);
    mark_holds(leases, &leases->pending);
    leases->is_filling = true;
    leases->filled_to = 0;
    fill(leases);
}

void berth_free_init(BerthLeases *leases)
{
    leases->fill_timer = berth_world_timer(leases->world, on_fill, leases);
}

void berth_free_clear(BerthLeases *leases)
{
    berth_timer_free(leases->fill_timer);
}

/* ---- what overlaps ---- */

static bool test_stray(void *data, BerthPrefix stray)
{
    return keeps_prefixes(data, stray);
}

/* Looks at the numbers of a space that are within the prefix. */
static bool is_any_taken(const BerthLeases *leases, const BerthSpace *space, BerthPrefix prefix,
                         BerthPrefix *ret)
{
    BerthAddr last = berth_prefix_last(prefix.addr, prefix.len);
    uint64_t from = berth_addr_compare(prefix.addr, space->first) <= 0
                        ? 0
                        : berth_space_nearest(space, prefix.addr);
    uint64_t until = berth_addr_compare(last, space->last) >= 0 ? space->numbers - 1
                                                                : berth_space_nearest(space, last);

    *ret = berth_space_at(space, from);
    if (until - from > NUMBERS_LOOKED_AT)
        return berth_space_count(space) < space->numbers;
    for (uint64_t number = from; number <= until; number++) {
        *ret = berth_space_at(space, number);
        if (!berth_space_is_free(space, number) && keeps_prefixes(leases, *ret))
            return true;
    }
    return false;
}

/* Something that is a number of its space can't overlap with the numbers of any. */
static bool overlaps_numbers(const BerthLeases *leases, BerthPrefix prefix, BerthPrefix *ret)
{
    unsigned iter = 0;
    const BerthSpace *space;
    uint64_t number;

    if (space_of(leases, prefix, &number))
        return false;
    while ((space = berth_pools_overlap(&leases->pools, prefix, &iter)))
        if (is_any_taken(leases, space, prefix, ret))
            return true;
    return false;
}

bool berth_leases_overlap(const BerthLeases *leases, BerthPrefix prefix, BerthPrefix *ret)
{
    BerthPrefix other;
    bool overlaps = leases->strays && (berth_strays_overlap(leases->strays, prefix, test_stray,
                                                            (void *)leases, &other) ||
                                       overlaps_numbers(leases, prefix, &other));

    if (overlaps && ret)
        *ret = other;
    return overlaps;
}

static bool is_delegated(const BerthLeases *leases, BerthPrefix prefix, BerthLease *ret)
{
    return berth_table_get(leases->table, prefix.addr, ret) && ret->type == BERTH_LEASE_PD &&
           ret->prefix_len == prefix.len && berth_lease_is_valid(ret, berth_leases_now(leases));
}

bool berth_leases_delegated(const BerthLeases *leases, BerthAddr addr, BerthLease *ret)
{
    const BerthSpace *space = berth_pools_find(&leases->pools, addr);
    BerthPrefix around = {addr, 128};

    if (space)
        around = (BerthPrefix){berth_prefix_first(addr, space->len), space->len};
    return is_delegated(leases, around, ret) ||
           (leases->strays &&
            berth_strays_overlap(leases->strays, (BerthPrefix){addr, 128}, test_stray,
                                 (void *)leases, &around) &&
            is_delegated(leases, around, ret));
}
