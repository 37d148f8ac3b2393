/* hold - see hold.h. */
#include "core/lease/hold.h"

/* So many end in one call of the timer; the rest in the next. */
#define ENDS_AT_ONCE 4096

bool berth_key_equal(const BerthKey *a, const BerthKey *b)
{
    return memcmp(a, b, sizeof(*a)) == 0;
}

static BerthHold *hold_at(const BerthHolds *holds, uint32_t handle)
{
    return berth_slab_at(&holds->slab, handle);
}

/* ---- indexes ---- */

/* Addresses here are of our own pools, so nobody chooses who collides; the multiplication spreads
 * neighbours over the table. */
static uint64_t hash_addr(BerthAddr addr)
{
    BerthU128 number = berth_addr_to_number(addr);
    uint64_t product = ((uint64_t)number ^ (uint64_t)(number >> 64)) * UINT64_C(0x9e3779b97f4a7c15);

    return product ^ product >> 32;
}

static uint64_t hash_hold_addr(const void *owner, uint32_t handle)
{
    return hash_addr(hold_at(owner, handle)->prefix.addr);
}

/* A key is a hash with a secret seed already. */
static uint64_t hash_hold_key(const void *owner, uint32_t handle)
{
    return hold_at(owner, handle)->key.k[0];
}

static uint32_t *link_addr(const void *owner, uint32_t handle)
{
    return &hold_at(owner, handle)->links[BERTH_HELD_BY_ADDR];
}

static uint32_t *link_key(const void *owner, uint32_t handle)
{
    return &hold_at(owner, handle)->links[BERTH_HELD_BY_KEY];
}

static const BerthIndexOps index_ops[] = {
    [BERTH_HELD_BY_ADDR] = {hash_hold_addr, link_addr},
    [BERTH_HELD_BY_KEY] = {hash_hold_key, link_key},
};

static BerthHold *find_addr(const BerthHolds *holds, BerthAddr addr)
{
    uint32_t at;

    /* As while leases are loaded. */
    if (holds->count == 0)
        return NULL;
    at = berth_index_first(&holds->by[BERTH_HELD_BY_ADDR], hash_addr(addr));
    while (at && !berth_addr_equal(hold_at(holds, at)->prefix.addr, addr))
        at = hold_at(holds, at)->links[BERTH_HELD_BY_ADDR];
    return at ? hold_at(holds, at) : NULL;
}

static BerthHold *find_key(const BerthHolds *holds, const BerthKey *key)
{
    uint32_t at = berth_index_first(&holds->by[BERTH_HELD_BY_KEY], key->k[0]);

    while (at && !berth_key_equal(&hold_at(holds, at)->key, key))
        at = hold_at(holds, at)->links[BERTH_HELD_BY_KEY];
    return at ? hold_at(holds, at) : NULL;
}

/* ---- the order of their ends ---- */

static void append(BerthHolds *holds, BerthHold *hold)
{
    hold->older = holds->newest;
    if (holds->newest)
        hold_at(holds, holds->newest)->newer = hold->handle;
    else
        holds->oldest = hold->handle;
    holds->newest = hold->handle;
    holds->count++;
}

static void unlink_hold(BerthHolds *holds, const BerthHold *hold)
{
    if (hold->older)
        hold_at(holds, hold->older)->newer = hold->newer;
    else
        holds->oldest = hold->newer;
    if (hold->newer)
        hold_at(holds, hold->newer)->older = hold->older;
    else
        holds->newest = hold->older;
    holds->count--;
}

static bool is_over(const BerthHolds *holds, const BerthHold *hold)
{
    return hold->until_usec != INT64_MAX && hold->until_usec <= berth_world_turn_usec(holds->world);
}

static const BerthHold *oldest(const BerthHolds *holds)
{
    return holds->oldest ? hold_at(holds, holds->oldest) : NULL;
}

static void set_timer(BerthHolds *holds)
{
    const BerthHold *hold = oldest(holds);

    if (hold && hold->until_usec != INT64_MAX)
        berth_timer_set_at(holds->timer, hold->until_usec);
    else
        berth_timer_stop(holds->timer);
}

static void on_timer(void *data)
{
    BerthHolds *holds = data;
    const BerthHold *hold;

    for (int i = 0; i < ENDS_AT_ONCE && (hold = oldest(holds)) && is_over(holds, hold); i++)
        berth_holds_drop(holds, hold);
    set_timer(holds);
}

/* ---- the whole ---- */

void berth_holds_init(BerthHolds *holds, BerthWorld *world, int64_t duration_usec,
                      void (*ended)(void *data, BerthPrefix prefix), void *data)
{
    *holds =
        (BerthHolds){.world = world, .duration_usec = duration_usec, .ended = ended, .data = data};
    holds->timer = berth_world_timer(world, on_timer, holds);
    berth_slab_init(&holds->slab, sizeof(BerthHold), BERTH_INDEX_HANDLE_MAX);
    for (int i = 0; i < BERTH_HELD_BY; i++)
        berth_index_init(&holds->by[i], &index_ops[i], holds);
}

void berth_holds_clear(BerthHolds *holds)
{
    for (int i = 0; i < BERTH_HELD_BY; i++)
        berth_index_clear(&holds->by[i]);
    berth_slab_clear(&holds->slab);
    berth_timer_free(holds->timer);
}

void berth_holds_forget(BerthHolds *holds, const BerthHold *hold)
{
    uint32_t handle = hold->handle;

    berth_index_remove(&holds->by[BERTH_HELD_BY_ADDR], handle);
    if (hold->has_key)
        berth_index_remove(&holds->by[BERTH_HELD_BY_KEY], handle);
    unlink_hold(holds, hold);
    berth_slab_give(&holds->slab, handle);
}

void berth_holds_drop(BerthHolds *holds, const BerthHold *hold)
{
    BerthPrefix prefix;

    if (!hold)
        return;
    prefix = hold->prefix;
    berth_holds_forget(holds, hold);
    if (holds->ended)
        holds->ended(holds->data, prefix);
}

static BerthHold *new_hold(BerthHolds *holds)
{
    uint32_t handle = berth_slab_take(&holds->slab);
    BerthHold *hold = hold_at(holds, handle);

    hold->handle = handle;
    return hold;
}

static int64_t end_of_new(const BerthHolds *holds)
{
    return holds->duration_usec == INT64_MAX
               ? INT64_MAX
               : berth_world_turn_usec(holds->world) + holds->duration_usec;
}

void berth_holds_set_duration(BerthHolds *holds, int64_t duration_usec)
{
    holds->duration_usec = duration_usec;
    if (duration_usec == INT64_MAX)
        return;
    for (uint32_t at = holds->oldest; at; at = hold_at(holds, at)->newer)
        if (hold_at(holds, at)->until_usec == INT64_MAX)
            hold_at(holds, at)->until_usec = end_of_new(holds);
    set_timer(holds);
}

bool berth_holds_renew(BerthHolds *holds, const BerthKey *key, BerthPrefix prefix)
{
    BerthHold *hold = find_key(holds, key);

    if (!hold || is_over(holds, hold) || !berth_addr_equal(hold->prefix.addr, prefix.addr) ||
        hold->prefix.len != prefix.len)
        return false;
    unlink_hold(holds, hold);
    hold->newer = 0;
    hold->until_usec = end_of_new(holds);
    append(holds, hold);
    return true;
}

BerthHold *berth_holds_put(BerthHolds *holds, const BerthKey *key, BerthPrefix prefix, size_t max)
{
    BerthHold *hold;

    if (key)
        berth_holds_drop(holds, find_key(holds, key));
    berth_holds_drop(holds, find_addr(holds, prefix.addr));
    if (holds->count >= max)
        berth_holds_drop(holds, oldest(holds));
    hold = new_hold(holds);
    hold->prefix = prefix;
    hold->until_usec = end_of_new(holds);
    berth_index_add(&holds->by[BERTH_HELD_BY_ADDR], hold->handle, hash_addr(prefix.addr));
    if (key) {
        hold->key = *key;
        hold->has_key = true;
        berth_index_add(&holds->by[BERTH_HELD_BY_KEY], hold->handle, key->k[0]);
    }
    append(holds, hold);
    if (holds->count == 1)
        set_timer(holds);
    return hold;
}

static const BerthHold *unless_over(const BerthHolds *holds, const BerthHold *hold)
{
    return hold && !is_over(holds, hold) ? hold : NULL;
}

const BerthHold *berth_holds_of_key(const BerthHolds *holds, const BerthKey *key)
{
    return unless_over(holds, find_key(holds, key));
}

bool berth_holds_may_have(const BerthHolds *holds, uint64_t first_of_key)
{
    return berth_index_first(&holds->by[BERTH_HELD_BY_KEY], first_of_key) != 0;
}

const BerthHold *berth_holds_of_addr(const BerthHolds *holds, BerthAddr addr)
{
    return unless_over(holds, find_addr(holds, addr));
}

bool berth_holds_is_new(const BerthHolds *holds, const BerthHold *hold)
{
    return hold->until_usec == end_of_new(holds);
}

const BerthHold *berth_holds_next(const BerthHolds *holds, const BerthHold *hold)
{
    uint32_t handle = hold ? hold->newer : holds->oldest;

    return handle ? hold_at(holds, handle) : NULL;
}
