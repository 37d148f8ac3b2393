/* ring - see ring.h. A list in both directions whose ends meet in one node more than there are
 * numbers. */
#include "core/set/ring.h"

#include <glib.h>

typedef struct Node {
    uint32_t previous, next;
} Node;

struct BerthRing {
    uint32_t size;
    Node at[]; /* size + 1; one that points to itself is not in the ring */
};

BerthRing *berth_ring_new(uint32_t size)
{
    BerthRing *ring = g_malloc(sizeof(*ring) + ((size_t)size + 1) * sizeof(Node));

    ring->size = size;
    for (uint32_t i = 0; i <= size; i++)
        ring->at[i] = (Node){i, i};
    return ring;
}

void berth_ring_free(BerthRing *ring)
{
    g_free(ring);
}

bool berth_ring_has(const BerthRing *ring, uint32_t number)
{
    /* Even the only one has the ends beside it. */
    return number < ring->size && ring->at[number].next != number;
}

void berth_ring_drop(BerthRing *ring, uint32_t number)
{
    Node *node = &ring->at[number];

    if (!berth_ring_has(ring, number))
        return;
    ring->at[node->previous].next = node->next;
    ring->at[node->next].previous = node->previous;
    *node = (Node){number, number};
}

void berth_ring_add(BerthRing *ring, uint32_t number)
{
    Node *ends = &ring->at[ring->size];

    if (number >= ring->size)
        return;
    berth_ring_drop(ring, number);
    ring->at[number] = (Node){ends->previous, ring->size};
    ring->at[ends->previous].next = number;
    ends->previous = number;
}

bool berth_ring_next(const BerthRing *ring, uint32_t number, uint32_t *ret)
{
    uint32_t next = ring->at[number].next;

    if (next == ring->size)
        return false;
    *ret = next;
    return true;
}

bool berth_ring_first(const BerthRing *ring, uint32_t *ret)
{
    return berth_ring_next(ring, ring->size, ret);
}
