/* ring - see ring.h. Two lists in both directions; the ends of each meet in a node behind those of
 * the numbers. */
#include "core/set/ring.h"

#include <glib.h>

typedef struct Node {
    uint32_t previous, next;
} Node;

struct BerthRing {
    uint32_t size;
    uint32_t from, until; /* numbers of the first list */
    Node at[];            /* size + 2; one that points to itself is not in the ring */
};

BerthRing *berth_ring_new(uint32_t size)
{
    BerthRing *ring = g_malloc(sizeof(*ring) + ((size_t)size + 2) * sizeof(Node));

    ring->size = ring->until = size;
    ring->from = 0;
    for (uint32_t i = 0; i <= size + 1; i++)
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
    uint32_t list = number >= ring->from && number < ring->until ? ring->size : ring->size + 1;
    Node *ends = &ring->at[list];

    if (number >= ring->size)
        return;
    berth_ring_drop(ring, number);
    ring->at[number] = (Node){ends->previous, list};
    ring->at[ends->previous].next = number;
    ends->previous = number;
}

/* Takes all out of the list and puts them behind those of their own. */
static void sort_out(BerthRing *ring, uint32_t list)
{
    uint32_t last = ring->at[list].previous, number;

    if (last == list)
        return;
    do {
        number = ring->at[list].next;
        berth_ring_add(ring, number);
    } while (number != last);
}

void berth_ring_split(BerthRing *ring, uint32_t from, uint32_t until)
{
    ring->from = from;
    ring->until = until;
    sort_out(ring, ring->size);
    sort_out(ring, ring->size + 1);
}

bool berth_ring_next(const BerthRing *ring, uint32_t number, uint32_t *ret)
{
    uint32_t next = ring->at[number].next;

    if (next >= ring->size)
        return false;
    *ret = next;
    return true;
}

bool berth_ring_first_other(const BerthRing *ring, uint32_t *ret)
{
    return berth_ring_next(ring, ring->size + 1, ret);
}

bool berth_ring_first(const BerthRing *ring, uint32_t *ret)
{
    return berth_ring_next(ring, ring->size, ret);
}
