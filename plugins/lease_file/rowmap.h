/* rowmap - which row of an address is its last one: IPv4 addresses to numbers, in 8 bytes a slot.
 *
 * Ten million addresses take 128 MiB, and another 64 MiB for the moment in which it grows. */
#pragma once

#include <stdint.h>

typedef struct RowMap {
    struct RowSlot *slots;
    unsigned bits; /* 2^bits slots */
    uint64_t used;
} RowMap;

/* 0 or -ENOMEM. Clear it in either case. */
int row_map_init(RowMap *map);
void row_map_clear(RowMap *map);
/* `addr` is not 0 (0.0.0.0 is nobody's). 0 or -ENOMEM, and nothing has changed. */
int row_map_set(RowMap *map, uint32_t addr, uint32_t row);
/* 0: it was never set. */
uint32_t row_map_get(const RowMap *map, uint32_t addr);
