/* index - a hash table of handles that grows a bucket at a time.
 *
 * Linear hashing: an insertion splits at most one bucket, so a table of ten million leases never
 * stops to be rebuilt, and the array of heads only ever grows at its end. The entries' own records
 * carry the links; the index knows neither them nor their keys. */
#pragma once

#include <stdint.h>

/* An entry is a handle; 0 is none. Beside the first one of a bucket stands a filter of its hashes,
 * so that what is not there is mostly found missing without a look at any record. */
#define BERTH_INDEX_HANDLE_BITS 26
#define BERTH_INDEX_HANDLE_MAX ((UINT32_C(1) << BERTH_INDEX_HANDLE_BITS) - 1)

typedef struct BerthIndexOps {
    uint64_t (*hash)(const void *owner, uint32_t handle);
    uint32_t *(*link)(const void *owner, uint32_t handle); /* next in the bucket */
} BerthIndexOps;

typedef struct BerthIndex {
    const BerthIndexOps *ops;
    const void *owner;
    uint32_t *heads;
    uint32_t n_buckets, room, count;
} BerthIndex;

void berth_index_init(BerthIndex *index, const BerthIndexOps *ops, const void *owner);
void berth_index_clear(BerthIndex *index);
/* While it is empty: so many entries will come. */
void berth_index_reserve(BerthIndex *index, uint32_t n);
/* The first entry of the bucket of `hash`, 0: none, or none that has this hash; go on with
 * ops->link.
 */
uint32_t berth_index_first(const BerthIndex *index, uint64_t hash);
void berth_index_add(BerthIndex *index, uint32_t handle, uint64_t hash);
/* Steps in which memory is asked for before it is needed: the bucket of this hash, and then, each
 * some time after the other, its entries, the first one being 0. */
void berth_index_expect(const BerthIndex *index, uint64_t hash);
void berth_index_expect_entry(const BerthIndex *index, uint64_t hash, unsigned n);
/* `handle` must be in the index, under the hash that it has now. */
void berth_index_remove(BerthIndex *index, uint32_t handle);
/* Puts `other`, of the same hash, in its place. */
void berth_index_replace(BerthIndex *index, uint32_t handle, uint32_t other);
