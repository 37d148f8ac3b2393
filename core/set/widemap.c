/* widemap - see widemap.h.
 *
 * A freemap upside down: level 0 has a bit a number, set when it is taken, and each level above a
 * bit a word of the one below, set when that word is full. A word of which no bit is set is not
 * there at all; the others are in one hash table. */
#include "core/set/widemap.h"

#include "core/set/climb.h"
#include "core/set/index.h"
#include "core/set/slab.h"

/* 64 to the power of 11 is more than 2^64. */
#define LEVELS 11

typedef struct Word {
    uint32_t link; /* next in its bucket; see also slab.h */
    uint64_t key;
    uint64_t bits;
} Word;

struct BerthWidemap {
    uint64_t size, taken, secret;
    uint64_t n_bits[LEVELS];
    BerthSlab words;
    BerthIndex index;
};

static Word *word_at(const BerthWidemap *map, uint32_t handle)
{
    return berth_slab_at(&map->words, handle);
}

/* Words are numbered within their level, which stands above the number. */
static uint64_t key_of(int k, uint64_t number)
{
    return (uint64_t)k << 58 | number;
}

static uint64_t hash_key(const BerthWidemap *map, uint64_t key)
{
    uint64_t h = (key ^ map->secret) * UINT64_C(0x9e3779b97f4a7c15);

    h = (h ^ h >> 32 ^ map->secret) * UINT64_C(0xd6e8feb86659fd93);
    return h ^ h >> 32;
}

static uint64_t hash_word(const void *owner, uint32_t handle)
{
    return hash_key(owner, word_at(owner, handle)->key);
}

static uint32_t *link_word(const void *owner, uint32_t handle)
{
    return &word_at(owner, handle)->link;
}

static const BerthIndexOps index_ops = {hash_word, link_word};

BerthWidemap *berth_widemap_new(uint64_t size, uint64_t secret)
{
    BerthWidemap *map;

    if (size == 0)
        return NULL;
    map = g_new0(BerthWidemap, 1);
    map->size = size;
    map->secret = secret;
    for (int k = 0; k < LEVELS; k++) {
        map->n_bits[k] = size;
        size = size / 64 + (size % 64 > 0);
    }
    berth_slab_init(&map->words, sizeof(Word), BERTH_INDEX_HANDLE_MAX);
    berth_index_init(&map->index, &index_ops, map);
    return map;
}

void berth_widemap_free(BerthWidemap *map)
{
    if (!map)
        return;
    berth_index_clear(&map->index);
    berth_slab_clear(&map->words);
    g_free(map);
}

uint64_t berth_widemap_size(const BerthWidemap *map)
{
    return map->size;
}

uint64_t berth_widemap_count(const BerthWidemap *map)
{
    return map->size - map->taken;
}

/* ---- words ---- */

static uint32_t find(const BerthWidemap *map, uint64_t key)
{
    uint32_t at = berth_index_first(&map->index, hash_key(map, key));

    while (at && word_at(map, at)->key != key)
        at = word_at(map, at)->link;
    return at;
}

static uint64_t bits_of(const BerthWidemap *map, int k, uint64_t number)
{
    uint32_t at = find(map, key_of(k, number));

    return at ? word_at(map, at)->bits : 0;
}

/* Those bits of the word that stand for something. */
static uint64_t all_bits(const BerthWidemap *map, int k, uint64_t number)
{
    if (number < map->n_bits[k] / 64)
        return ~UINT64_C(0);
    return number == map->n_bits[k] / 64 ? (UINT64_C(1) << map->n_bits[k] % 64) - 1 : 0;
}

/* NULL: there are too many. */
static Word *make_word(BerthWidemap *map, uint64_t key)
{
    uint32_t handle = berth_slab_take(&map->words);
    Word *word;

    if (!handle)
        return NULL;
    word = word_at(map, handle);
    word->key = key;
    berth_index_add(&map->index, handle, hash_key(map, key));
    return word;
}

static void drop_word(BerthWidemap *map, uint32_t handle)
{
    berth_index_remove(&map->index, handle);
    berth_slab_give(&map->words, handle);
}

/* ---- numbers ---- */

bool berth_widemap_is_free(const BerthWidemap *map, uint64_t number)
{
    return number < map->size && !(bits_of(map, 0, number / 64) >> number % 64 & 1);
}

void berth_widemap_take(BerthWidemap *map, uint64_t number)
{
    if (!berth_widemap_is_free(map, number))
        return;
    for (int k = 0; k < LEVELS; k++) {
        uint64_t key = key_of(k, number / 64);
        uint32_t handle = find(map, key);
        Word *word = handle ? word_at(map, handle) : make_word(map, key);

        if (!word)
            return;
        map->taken += k == 0;
        word->bits |= UINT64_C(1) << number % 64;
        if (word->bits != all_bits(map, k, number / 64))
            return;
        number /= 64;
    }
}

void berth_widemap_give(BerthWidemap *map, uint64_t number)
{
    if (number >= map->size || berth_widemap_is_free(map, number))
        return;
    map->taken--;
    for (int k = 0; k < LEVELS; k++) {
        uint32_t handle = find(map, key_of(k, number / 64));
        Word *word = handle ? word_at(map, handle) : NULL;
        bool was_full = word && word->bits == all_bits(map, k, number / 64);

        if (!word)
            return;
        word->bits &= ~(UINT64_C(1) << number % 64);
        if (!word->bits)
            drop_word(map, handle);
        if (!was_full)
            return;
        number /= 64;
    }
}

/* The first clear bit >= from within its word of level k. */
static bool in_word(const void *owner, int k, uint64_t from, uint64_t *ret)
{
    const BerthWidemap *map = owner;
    uint64_t word = all_bits(map, k, from / 64) & ~UINT64_C(0) << from % 64;

    /* Beyond the last word there is none. */
    if (word)
        word &= ~bits_of(map, k, from / 64);
    if (!word)
        return false;
    *ret = from / 64 * 64 + (uint64_t)__builtin_ctzll(word);
    return true;
}

bool berth_widemap_next(const BerthWidemap *map, uint64_t from, uint64_t *ret)
{
    return berth_climb_round(map, LEVELS, in_word, map->size, from, ret);
}
