/* table_i - what the two halves of the table share: table.c keeps records in their indexes and
 * queues, table_find.c finds and walks them. */
#pragma once

#include "core/lease/record.h"
#include "core/lease/table.h"
#include "core/set/index.h"
#include "core/set/queue.h"
#include "core/set/slab.h"

/* The last IPv6 address that was hashed: a packet looks for its own again and again. */
typedef struct BerthTableMemo {
    BerthAddr addr;
    uint64_t hash;
} BerthTableMemo;

struct BerthTable {
    BerthHashSeed seed;
    BerthHashMemo *memo;
    BerthTableMemo *addr_memo;
    BerthSlab records;
    size_t count;
    BerthIndex by_addr, by_identity[BERTH_IDENTITIES];
    BerthQueue queues[BERTH_QUEUES];
};

static inline BerthRecord *berth_table_record(const BerthTable *table, uint32_t handle)
{
    return berth_slab_at(&table->records, handle);
}

/* Where an identity of this hash, subnet and type stands in its index. */
uint64_t berth_table_place(uint64_t hash, uint32_t subnet_id, uint16_t type);
/* The first of its chain, the record at an address; 0: none. */
uint32_t berth_table_chain(const BerthTable *table, const BerthIdentity *identity);
uint32_t berth_table_find(const BerthTable *table, BerthAddr addr);
