/* climb - the search that freemap and widemap share: a tree of words of 64 bits, each level of
 * which says of the words of the one below whether there is a free number under them. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* The first free bit >= from within its word of the level; false when there is none, also behind
 * the last word. */
typedef bool (*BerthInWord)(const void *map, int level, uint64_t from, uint64_t *ret);

/* The first free number >= from: up until a word has something further on, and down again, where
 * each word has, for the level above says so. Inline, so that `in_word` is called by its name. */
static inline bool berth_climb(const void *map, int levels, BerthInWord in_word, uint64_t from,
                               uint64_t *ret)
{
    uint64_t at = from;
    int k = 0;

    while (!in_word(map, k, at, &at)) {
        if (++k == levels)
            return false;
        at = at / 64 + 1;
    }
    while (k-- > 0)
        in_word(map, k, at * 64, &at);
    *ret = at;
    return true;
}

/* The same going round once. */
static inline bool berth_climb_round(const void *map, int levels, BerthInWord in_word,
                                     uint64_t size, uint64_t from, uint64_t *ret)
{
    return (from < size && berth_climb(map, levels, in_word, from, ret)) ||
           berth_climb(map, levels, in_word, 0, ret);
}
