/* freemap - see freemap.h.
 *
 * Level 0 has a bit a number, set when it is free. Each level above has a bit a word of the one
 * below, set when that word is not 0. Four levels reach 2^24, so every call is at most four steps
 * up and four down. Above level 0 it is also counted how many numbers are free below each word, so
 * that the nth free one is found by adding up 64 counts a level. */
#include "core/set/freemap.h"

#include "core/set/climb.h"
#include <glib.h>

#define LEVELS 4

struct BerthFreemap {
    uint32_t size, count;
    uint64_t *level[LEVELS];
    uint32_t n_words[LEVELS];
    uint32_t *below[LEVELS]; /* of level 0: none, its words say it */
};

/* How many numbers a word of level k stands for, as a power of 2. */
static unsigned span(int k)
{
    return 6 * ((unsigned)k + 1);
}

static void count_level(BerthFreemap *map, int k)
{
    map->below[k] = g_new(uint32_t, map->n_words[k]);
    for (uint32_t i = 0; i < map->n_words[k]; i++)
        map->below[k][i] = MIN(UINT32_C(1) << span(k), map->size - (i << span(k)));
}

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
        if (k > 0)
            count_level(map, k);
    }
    return map;
}

void berth_freemap_free(BerthFreemap *map)
{
    if (!map)
        return;
    for (int k = 0; k < LEVELS; k++) {
        g_free(map->level[k]);
        g_free(map->below[k]);
    }
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

static void count_change(BerthFreemap *map, uint32_t number, uint32_t change)
{
    map->count += change;
    for (int k = 1; k < LEVELS; k++)
        map->below[k][number >> span(k)] += change;
}

void berth_freemap_take(BerthFreemap *map, uint32_t number)
{
    if (!berth_freemap_is_free(map, number))
        return;
    count_change(map, number, UINT32_MAX); /* one less */
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
    count_change(map, number, 1);
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
static bool in_word(const void *owner, int k, uint64_t from, uint64_t *ret)
{
    const BerthFreemap *map = owner;
    uint64_t word;

    if (from / 64 >= map->n_words[k])
        return false;
    word = map->level[k][from / 64] & ~UINT64_C(0) << from % 64;
    if (!word)
        return false;
    *ret = from / 64 * 64 + (uint64_t)__builtin_ctzll(word);
    return true;
}

bool berth_freemap_next(const BerthFreemap *map, uint32_t from, uint32_t *ret)
{
    uint64_t number;

    if (!berth_climb_round(map, LEVELS, in_word, map->size, from, &number))
        return false;
    *ret = (uint32_t)number;
    return true;
}

static uint32_t below(const BerthFreemap *map, int k, uint32_t word)
{
    return k ? map->below[k][word] : (uint32_t)__builtin_popcountll(map->level[0][word]);
}

uint32_t berth_freemap_rank(const BerthFreemap *map, uint32_t number)
{
    uint32_t n = 0, word;

    if (number >= map->size)
        return map->count;
    /* Of each level the words before that of the number, from where the level above leaves off. */
    for (int k = LEVELS - 1; k >= 0; k--) {
        word = number >> span(k);
        for (uint32_t at = word / 64 * 64; at < word; at++)
            n += below(map, k, at);
    }
    word = number / 64;
    return n +
           (uint32_t)__builtin_popcountll(map->level[0][word] & ((UINT64_C(1) << number % 64) - 1));
}

bool berth_freemap_nth(const BerthFreemap *map, uint32_t n, uint32_t *ret)
{
    uint32_t at = 0; /* a word of level k + 1, and at last a number */
    uint64_t word;

    if (n >= map->count)
        return false;
    for (int k = LEVELS - 2; k >= 0; k--)
        for (at *= 64; n >= below(map, k, at); at++)
            n -= below(map, k, at);
    for (word = map->level[0][at]; n > 0; n--)
        word &= word - 1;
    *ret = at * 64 + (uint32_t)__builtin_ctzll(word);
    return true;
}
