/* rowmap - see rowmap.h. Open addressing; never more than three quarters full. */
#include "rowmap.h"

#include <errno.h>
#include <glib.h>

#define BITS_MIN 10

typedef struct RowSlot {
    uint32_t addr, row; /* addr 0: free */
} RowSlot;

/* Fibonacci hashing: neighbours in a pool are spread out. */
static RowSlot *find(const RowMap *map, uint32_t addr)
{
    uint64_t mask = (UINT64_C(1) << map->bits) - 1;
    uint64_t at = (addr * UINT64_C(0x9e3779b97f4a7c15)) >> (64 - map->bits);

    while (map->slots[at].addr != 0 && map->slots[at].addr != addr)
        at = (at + 1) & mask;
    return &map->slots[at];
}

static RowSlot *new_slots(unsigned bits)
{
    return g_try_malloc0_n((gsize)1 << bits, sizeof(RowSlot));
}

int row_map_init(RowMap *map)
{
    *map = (RowMap){.slots = new_slots(BITS_MIN), .bits = BITS_MIN};
    return map->slots ? 0 : -ENOMEM;
}

void row_map_clear(RowMap *map)
{
    g_free(map->slots);
    *map = (RowMap){0};
}

static int grow(RowMap *map)
{
    RowMap larger = {new_slots(map->bits + 1), map->bits + 1, map->used};

    if (!larger.slots)
        return -ENOMEM;
    for (uint64_t i = 0; i < UINT64_C(1) << map->bits; i++)
        if (map->slots[i].addr)
            *find(&larger, map->slots[i].addr) = map->slots[i];
    g_free(map->slots);
    *map = larger;
    return 0;
}

int row_map_set(RowMap *map, uint32_t addr, uint32_t row)
{
    RowSlot *slot = find(map, addr);

    if (slot->addr == 0) {
        if (map->used >= UINT64_C(3) << (map->bits - 2) && grow(map) < 0)
            return -ENOMEM;
        slot = find(map, addr);
        map->used++;
    }
    *slot = (RowSlot){addr, row};
    return 0;
}

uint32_t row_map_get(const RowMap *map, uint32_t addr)
{
    return find(map, addr)->row;
}
