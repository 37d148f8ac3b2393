/* widemap - which numbers of 0..size-1 are free, where they are too many for a bit each
 * (freemap.h): only what is taken needs memory, 28 bytes for each 64 numbers of which one is. Up to
 * 2^64 - 1 numbers; looking for a free one costs the same at every fill. What would need more than
 * 2^26 - 1 words is not marked. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

typedef struct BerthWidemap BerthWidemap;

/* All free; NULL when size is 0. `secret`: so that nobody can choose numbers that are slow. */
BerthWidemap *berth_widemap_new(uint64_t size, uint64_t secret);
void berth_widemap_free(BerthWidemap *map);
uint64_t berth_widemap_size(const BerthWidemap *map);
uint64_t berth_widemap_count(const BerthWidemap *map); /* free ones */
bool berth_widemap_is_free(const BerthWidemap *map, uint64_t number);
void berth_widemap_take(BerthWidemap *map, uint64_t number); /* taking a taken one does nothing */
void berth_widemap_give(BerthWidemap *map, uint64_t number);
/* The first free number >= from, going round once; false when none is free. */
bool berth_widemap_next(const BerthWidemap *map, uint64_t from, uint64_t *ret);
