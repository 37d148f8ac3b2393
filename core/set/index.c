/* index - see index.h. */
#include "core/set/index.h"

#include <glib.h>

#define ROOM_MIN 64
#define BUCKETS_MAX (UINT32_C(1) << 30)
/* Buckets are split in their order, so it is known which are next. */
#define SPLITS_AHEAD 8

void berth_index_init(BerthIndex *index, const BerthIndexOps *ops, const void *owner)
{
    *index = (BerthIndex){.ops = ops, .owner = owner, .n_buckets = 1, .room = ROOM_MIN};
    index->heads = g_new0(uint32_t, ROOM_MIN);
}

void berth_index_clear(BerthIndex *index)
{
    g_free(index->heads);
    index->heads = NULL;
}

void berth_index_reserve(BerthIndex *index, uint32_t n)
{
    if (index->count > 0 || n <= index->room || n > BUCKETS_MAX)
        return;
    g_free(index->heads);
    index->heads = g_new0(uint32_t, n);
    index->n_buckets = index->room = n;
}

/* The highest power of two that is not above n > 0. */
static uint32_t power_below(uint32_t n)
{
    return UINT32_C(1) << (31 - __builtin_clz(n));
}

static uint32_t *bucket(const BerthIndex *index, uint64_t hash)
{
    uint32_t half = power_below(index->n_buckets);
    uint32_t number = (uint32_t)hash & (2 * half - 1);

    /* The upper half is there only as far as it has been split off. */
    if (number >= index->n_buckets)
        number -= half;
    return &index->heads[number];
}

/* ---- a head: handle and filter ---- */

static uint32_t first_of(uint32_t head)
{
    return head & BERTH_INDEX_HANDLE_MAX;
}

static uint32_t filter_of(uint32_t head)
{
    return head & ~BERTH_INDEX_HANDLE_MAX;
}

/* Entries of a bucket agree in the low bits, so the bit depends on all of them. */
static uint32_t filter_bit(uint64_t hash)
{
    uint64_t mixed = hash * UINT64_C(0x9e3779b97f4a7c15) >> 32;

    return UINT32_C(1) << (BERTH_INDEX_HANDLE_BITS +
                           (mixed * (32 - BERTH_INDEX_HANDLE_BITS) >> 32));
}

static void push(const BerthIndex *index, uint32_t *head, uint32_t handle, uint64_t hash)
{
    *index->ops->link(index->owner, handle) = first_of(*head);
    *head = handle | filter_of(*head) | filter_bit(hash);
}

uint32_t berth_index_first(const BerthIndex *index, uint64_t hash)
{
    uint32_t head = *bucket(index, hash);

    return head & filter_bit(hash) ? first_of(head) : 0;
}

static void make_room(BerthIndex *index)
{
    if (index->n_buckets < index->room)
        return;
    index->heads = g_renew(uint32_t, index->heads, (size_t)index->room * 2);
    index->room *= 2;
}

/* Asks for the nth entry from this one on; those before it must be near already. */
static void expect_entry(const BerthIndex *index, uint32_t at, unsigned n)
{
    while (at && n-- > 0)
        at = *index->ops->link(index->owner, at);
    if (at)
        __builtin_prefetch(index->ops->link(index->owner, at));
}

void berth_index_expect(const BerthIndex *index, uint64_t hash)
{
    __builtin_prefetch(bucket(index, hash));
}

void berth_index_expect_entry(const BerthIndex *index, uint64_t hash, unsigned n)
{
    expect_entry(index, first_of(*bucket(index, hash)), n);
}

/* For the splits to come: the bucket that is far ahead has its first entry on its way when its
 * second one is asked for. */
static void expect_splits(const BerthIndex *index, uint32_t low)
{
    for (unsigned n = 0; n < 2; n++) {
        uint32_t ahead = low + SPLITS_AHEAD * (2 - n);

        if (ahead < index->n_buckets)
            expect_entry(index, first_of(index->heads[ahead]), n);
    }
}

/* Makes one bucket more, with the entries of its lower twin that belong there. */
static void split(BerthIndex *index)
{
    uint32_t half = power_below(index->n_buckets), number = index->n_buckets;
    uint32_t at, *low;

    make_room(index);
    low = &index->heads[number - half];
    index->n_buckets++;
    expect_splits(index, number - half);
    at = first_of(*low);
    *low = index->heads[number] = 0;
    while (at) {
        uint32_t next = *index->ops->link(index->owner, at);
        uint64_t hash = index->ops->hash(index->owner, at);

        push(index, hash & half ? &index->heads[number] : low, at, hash);
        at = next;
    }
}

void berth_index_add(BerthIndex *index, uint32_t handle, uint64_t hash)
{
    if (++index->count > index->n_buckets && index->n_buckets < BUCKETS_MAX)
        split(index);
    push(index, bucket(index, hash), handle, hash);
}

/* Puts `other` where `handle` is. */
static void put_at_place(const BerthIndex *index, uint32_t *head, uint32_t handle, uint32_t other)
{
    uint32_t at = first_of(*head), *link = NULL;

    while (at != handle) {
        link = index->ops->link(index->owner, at);
        at = *link;
    }
    if (link)
        *link = other;
    else
        *head = filter_of(*head) | other;
}

static void set_filter(const BerthIndex *index, uint32_t *head)
{
    uint32_t filter = 0;

    for (uint32_t at = first_of(*head); at; at = *index->ops->link(index->owner, at))
        filter |= filter_bit(index->ops->hash(index->owner, at));
    *head = first_of(*head) | filter;
}

void berth_index_remove(BerthIndex *index, uint32_t handle)
{
    uint32_t *link = index->ops->link(index->owner, handle);
    uint32_t *head = bucket(index, index->ops->hash(index->owner, handle));

    put_at_place(index, head, handle, *link);
    *link = 0;
    set_filter(index, head);
    index->count--;
}

void berth_index_replace(BerthIndex *index, uint32_t handle, uint32_t other)
{
    uint32_t *link = index->ops->link(index->owner, handle);

    *index->ops->link(index->owner, other) = *link;
    put_at_place(index, bucket(index, index->ops->hash(index->owner, handle)), handle, other);
    *link = 0;
}
