/* slab - many records of one size, addressed by 32-bit handles and never moved.
 *
 * A record given back is the next one taken, so a slab that has grown to what is needed allocates
 * no more. */
#pragma once

#include <glib.h>
#include <stdint.h>

#define BERTH_SLAB_CHUNK 1024 /* records */

typedef struct BerthSlab {
    GPtrArray *chunks;
    size_t size;           /* of a record; its first four bytes are the slab's while it is unused */
    uint32_t used, unused; /* handles ever used; the first unused one of them */
    uint32_t max;
} BerthSlab;

void berth_slab_init(BerthSlab *slab, size_t size, uint32_t max);
void berth_slab_clear(BerthSlab *slab);
/* A record of zeros; 0: there are `max` of them. */
uint32_t berth_slab_take(BerthSlab *slab);
/* All of an unused record but its first four bytes is zeros. */
void berth_slab_give(BerthSlab *slab, uint32_t handle);

static inline void *berth_slab_at(const BerthSlab *slab, uint32_t handle)
{
    char *chunk = (char *)slab->chunks->pdata[(handle - 1) / BERTH_SLAB_CHUNK];

    return chunk + (handle - 1) % BERTH_SLAB_CHUNK * slab->size;
}
