/* freemap - which numbers of 0..size-1 are free, with a next-free query that costs the same at
 * every fill: a bitmap with summary levels and counts, 1.03 bits a number. Up to 2^24 numbers.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define BERTH_FREEMAP_MAX (1u << 24)
typedef struct BerthFreemap BerthFreemap;

BerthFreemap *berth_freemap_new(uint32_t size); /* all free; NULL when size is 0 or too large */
void berth_freemap_free(BerthFreemap *map);
uint32_t berth_freemap_size(const BerthFreemap *map);
uint32_t berth_freemap_count(const BerthFreemap *map); /* free ones */
bool berth_freemap_is_free(const BerthFreemap *map, uint32_t number);
void berth_freemap_take(BerthFreemap *map, uint32_t number); /* taking a taken one does nothing */
void berth_freemap_give(BerthFreemap *map, uint32_t number);
/* The nth free one in the order of numbers, from 0; false when there are not so many. */
bool berth_freemap_nth(const BerthFreemap *map, uint32_t n, uint32_t *ret);
/* How many free ones there are before `number`, which is at most the size. */
uint32_t berth_freemap_rank(const BerthFreemap *map, uint32_t number);
/* The first free number >= from, going round once; false when none is free. */
bool berth_freemap_next(const BerthFreemap *map, uint32_t from, uint32_t *ret);
