/* rowmap - which row of an address is its last one: addresses to numbers.
 *
 * Of an address it keeps what tells those of one family apart, 4 or 16 bytes, and 4 for the number.
 * Ten million IPv4 addresses take 128 MiB, and another 64 MiB for the moment in which it grows;
 * of IPv6 it is 320 and 160. */
#pragma once

#include <berth/types.h>

#define ROW_MAP_SEEDS 4

typedef struct RowMap {
    uint32_t *slots;       /* each `words` of the address, and the number; 0: free */
    const uint64_t *seeds; /* lent: ROW_MAP_SEEDS random numbers */
    unsigned words, bits;  /* 2^bits slots */
    uint64_t used;
} RowMap;

/* `addr_len` 4 or 16. 0 or -ENOMEM. Clear it in either case. */
int row_map_init(RowMap *map, size_t addr_len, const uint64_t *seeds);
void row_map_clear(RowMap *map);
/* `row` is not 0. 0 or -ENOMEM, and nothing has changed. */
int row_map_set(RowMap *map, BerthAddr addr, uint32_t row);
/* 0: it was never set. */
uint32_t row_map_get(const RowMap *map, BerthAddr addr);
