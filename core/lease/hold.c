/* hold - see hold.h. */
#include "core/lease/hold.h"

/* So many end in one call of the timer; the rest in the next. */
#define ENDS_AT_ONCE 4096

unsigned berth_key_hash(const void *key)
{
    return (unsigned)((const BerthKey *)key)->k[0];
}

gboolean berth_key_equal(const void *a, const void *b)
{
    return memcmp(a, b, sizeof(BerthKey)) == 0;
}

/* Addresses here are of our own pools, so nobody chooses who collides; the multiplication spreads
 * neighbours over the table. */
unsigned berth_addr_hash(const void *addr)
{
    BerthU128 number = berth_addr_to_number(*(const BerthAddr *)addr);

    return (unsigned)(((uint64_t)number ^ (uint64_t)(number >> 64)) *
                          UINT64_C(0x9e3779b97f4a7c15) >>
                      32);
}

gboolean berth_addr_same(const void *a, const void *b)
{
    return berth_addr_equal(*(const BerthAddr *)a, *(const BerthAddr *)b);
}

static bool is_over(const BerthHolds *holds, const BerthHold *hold)
{
    return hold->until_usec <= berth_world_boot_usec(holds->world);
}

static const BerthHold *oldest(const BerthHolds *holds)
{
    return holds->order.head ? holds->order.head->data : NULL;
}

static void set_timer(BerthHolds *holds)
{
    const BerthHold *hold = oldest(holds);

    if (hold)
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

void berth_holds_init(BerthHolds *holds, BerthWorld *world, int64_t duration_usec,
                      void (*ended)(void *data, BerthAddr addr), void *data)
{
    *holds =
        (BerthHolds){.world = world, .duration_usec = duration_usec, .ended = ended, .data = data};
    holds->timer = berth_world_timer(world, on_timer, holds);
    holds->by_key = g_hash_table_new(berth_key_hash, berth_key_equal);
    holds->by_addr = g_hash_table_new(berth_addr_hash, berth_addr_same);
    g_queue_init(&holds->order);
}

void berth_holds_clear(BerthHolds *holds)
{
    GList *link;

    g_hash_table_unref(holds->by_key);
    g_hash_table_unref(holds->by_addr);
    while ((link = g_queue_pop_head_link(&holds->order)))
        g_free(link->data);
    berth_timer_free(holds->timer);
}

void berth_holds_drop(BerthHolds *holds, const BerthHold *which)
{
    BerthHold *hold = which ? g_hash_table_lookup(holds->by_addr, &which->addr) : NULL;
    BerthAddr addr;

    if (!hold)
        return;
    addr = hold->addr;
    g_hash_table_remove(holds->by_addr, &hold->addr);
    g_hash_table_remove(holds->by_key, &hold->key);
    g_queue_unlink(&holds->order, &hold->link);
    g_free(hold);
    holds->ended(holds->data, addr);
}

void berth_holds_put(BerthHolds *holds, const BerthKey *key, BerthAddr addr, size_t max)
{
    BerthHold *hold;

    berth_holds_drop(holds, g_hash_table_lookup(holds->by_key, key));
    berth_holds_drop(holds, g_hash_table_lookup(holds->by_addr, &addr));
    if (holds->order.length >= max)
        berth_holds_drop(holds, oldest(holds));
    hold = g_new0(BerthHold, 1);
    hold->key = *key;
    hold->addr = addr;
    hold->until_usec = berth_world_boot_usec(holds->world) + holds->duration_usec;
    hold->link.data = hold;
    g_hash_table_insert(holds->by_key, &hold->key, hold);
    g_hash_table_insert(holds->by_addr, &hold->addr, hold);
    g_queue_push_tail_link(&holds->order, &hold->link);
    if (holds->order.length == 1)
        set_timer(holds);
}

static const BerthHold *unless_over(const BerthHolds *holds, const BerthHold *hold)
{
    return hold && !is_over(holds, hold) ? hold : NULL;
}

const BerthHold *berth_holds_of_key(const BerthHolds *holds, const BerthKey *key)
{
    return unless_over(holds, g_hash_table_lookup(holds->by_key, key));
}

const BerthHold *berth_holds_of_addr(const BerthHolds *holds, BerthAddr addr)
{
    return unless_over(holds, g_hash_table_lookup(holds->by_addr, &addr));
}
