/* freemap - see freemap.h.
 *
 * Level 0 has a bit a number, set when it is free. Each level above has a bit a word of the one
 * below, set when that word is not 0. Four levels reach 2^24, so every call is at most four steps
 * up and four down. */
#include "core/lease/freemap.h"

#include <glib.h>

#define LEVELS 4

struct BerthFreemap {
    uint32_t size, count;
    uint64_t *level[LEVELS];
    uint32_t n_words[LEVELS];
};

BerthFreemap *berth_freemap_new(uint32_t size)
{
    BerthFreemap *map;
    uint32_t n = size;

    if (size == 0 || size > BERTH_FREEMAP_MAX)
        return NULL;
    map = g_new0(BerthFreemap, 1);
    map->size = map->count = size;
    for (int k = 0; k < LEVELS; k++) {
        uint32_t bits = n;

        n = (bits + 63) / 64;
        map->n_words[k] = n;
        map->level[k] = g_new(uint64_t, n);
        memset(map->level[k], 0xff, n * sizeof(uint64_t));
        if (bits % 64)
            map->level[k][n - 1] = (UINT64_C(1) << bits % 64) - 1;
    }
    return map;
}

void berth_freemap_free(BerthFreemap *map)
{
    if (!map)
        return;
    for (int k = 0; k < LEVELS; k++)
        g_free(map->level[k]);
    g_free(map);
}

uint32_t berth_freemap_size(const BerthFreemap *map)
{
    return map->size;
}

uint32_t berth_freemap_count(const BerthFreemap *map)
{
    return map->count;
}

bool berth_freemap_is_free(const BerthFreemap *map, uint32_t number)
{
    return number < map->size && map->level[0][number / 64] >> number % 64 & 1;
}

void berth_freemap_take(BerthFreemap *map, uint32_t number)
{
    if (!berth_freemap_is_free(map, number))
        return;
    map->count--;
    for (int k = 0; k < LEVELS; k++) {
        uint64_t *word = &map->level[k][number / 64];

        *word &= ~(UINT64_C(1) << number % 64);
        if (*word)
            return;
        number /= 64;
    }
}

void berth_freemap_give(BerthFreemap *map, uint32_t number)
{
    if (number >= map->size || berth_freemap_is_free(map, number))
        return;
    map->count++;
    for (int k = 0; k < LEVELS; k++) {
        uint64_t *word = &map->level[k][number / 64];
        uint64_t was = *word;

        *word |= UINT64_C(1) << number % 64;
        if (was)
            return;
        number /= 64;
    }
}

/* The first set bit >= from within its word of level k. */
static bool in_word(const BerthFreemap *map, int k, uint32_t from, uint32_t *ret)
{
    uint64_t word;

    if (from / 64 >= map->n_words[k])
        return false;
    word = map->level[k][from / 64] & ~UINT64_C(0) << from % 64;
    if (!word)
        return false;
    *ret = from / 64 * 64 + (uint32_t)__builtin_ctzll(word);
    return true;
}

/* The first free number >= from. */
static bool find(const BerthFreemap *map, uint32_t from, uint32_t *ret)
{
    uint32_t at = from;
    int k = 0;

    while (!in_word(map, k, at, &at)) {
        if (++k == LEVELS)
            return false;
        at = at / 64 + 1;
    }
    while (k-- > 0)
        at = at * 64 + (uint32_t)__builtin_ctzll(map->level[k][at]);
    *ret = at;
    return true;
}

bool berth_freemap_next(const BerthFreemap *map, uint32_t from, uint32_t *ret)
{
    return (from < map->size && find(map, from, ret)) || find(map, 0, ret);
}
