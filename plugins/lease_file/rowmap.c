/* rowmap - see rowmap.h. Open addressing; never more than three quarters full. */
#include "rowmap.h"

#include <errno.h>
#include <glib.h>

#define BITS_MIN 10
#define WORD sizeof(uint32_t)

static uint32_t *slot_at(const RowMap *map, uint64_t i)
{
    return map->slots + i * (map->words + 1);
}

/* A sum of words times random numbers: who chooses addresses can't choose where they meet. */
static uint64_t place_of(const RowMap *map, const uint32_t *words)
{
    uint64_t sum = 0;

    for (unsigned i = 0; i < map->words; i++)
        sum += words[i] * (map->seeds[i] | 1);
    return sum >> (64 - map->bits);
}

/* The slot of the address, or the free one where it belongs. */
static uint32_t *find(const RowMap *map, const uint32_t *words)
{
    uint64_t mask = (UINT64_C(1) << map->bits) - 1, i = place_of(map, words);

    while (slot_at(map, i)[map->words] != 0 &&
           memcmp(slot_at(map, i), words, map->words * WORD) != 0)
        i = (i + 1) & mask;
    return slot_at(map, i);
}

static uint32_t *new_slots(const RowMap *map)
{
    return g_try_malloc0_n((gsize)1 << map->bits, (map->words + 1) * WORD);
}

int row_map_init(RowMap *map, size_t addr_len, const uint64_t *seeds)
{
    *map = (RowMap){.seeds = seeds, .words = (unsigned)(addr_len / WORD), .bits = BITS_MIN};
    map->slots = new_slots(map);
    return map->slots ? 0 : -ENOMEM;
}

void row_map_clear(RowMap *map)
{
    g_free(map->slots);
    *map = (RowMap){0};
}

static int grow(RowMap *map)
{
    RowMap larger = *map;

    larger.bits++;
    larger.slots = new_slots(&larger);
    if (!larger.slots)
        return -ENOMEM;
    for (uint64_t i = 0; i < UINT64_C(1) << map->bits; i++) {
        const uint32_t *slot = slot_at(map, i);

        if (slot[map->words])
            memcpy(find(&larger, slot), slot, (map->words + 1) * WORD);
    }
    g_free(map->slots);
    *map = larger;
    return 0;
}

static void words_of(const RowMap *map, BerthAddr addr, uint32_t ret[ROW_MAP_SEEDS])
{
    size_t len = map->words * WORD;

    memcpy(ret, addr.b + sizeof(addr.b) - len, len);
}

int row_map_set(RowMap *map, BerthAddr addr, uint32_t row)
{
    uint32_t words[ROW_MAP_SEEDS], *slot;

    words_of(map, addr, words);
    slot = find(map, words);
    if (slot[map->words] == 0) {
        if (map->used >= UINT64_C(3) << (map->bits - 2) && grow(map) < 0)
            return -ENOMEM;
        slot = find(map, words);
        memcpy(slot, words, map->words * WORD);
        map->used++;
    }
    slot[map->words] = row;
    return 0;
}

uint32_t row_map_get(const RowMap *map, BerthAddr addr)
{
    uint32_t words[ROW_MAP_SEEDS];

    words_of(map, addr, words);
    return find(map, words)[map->words];
}
