/* table - all leases in memory, found by address and by every identity of a client.
 *
 * Records are compact: a slab of fixed parts addressed by 32-bit handles, with a block of bytes
 * each where identity, name and context don't fit in. Indexes are hash tables of handles; leases of
 * one identity form a chain. An IPv4 lease of an Ethernet client costs
 * about 105 bytes in all, one of IPv6 about 132. Nothing
 * here knows pools, pending changes or the backend (leases.h). */
#pragma once

#include "core/base/bytes.h"
#include "core/lease/lease.h"

typedef struct BerthTable BerthTable;

typedef enum BerthIdentityKind {
    BERTH_BY_CLIENT_ID, /* IPv6: by DUID */
    BERTH_BY_HWADDR,    /* not IPv6 */
    BERTH_IDENTITIES,
} BerthIdentityKind;

BerthTable *berth_table_new(BerthHashSeed seed);
void berth_table_free(BerthTable *table);
size_t berth_table_count(const BerthTable *table);
/* While it is empty: its indexes are made for `n` leases, instead of growing to it. */
void berth_table_reserve(BerthTable *table, uint32_t n);

/* Stores a copy, replacing the lease of the same address. 0, -EINVAL for an unfit record, or
 * -ENOSPC beyond BERTH_TABLE_MAX leases. */
#define BERTH_TABLE_MAX ((1u << 26) - 1)
int berth_table_put(BerthTable *table, const BerthLease *lease);
/* The same for many, faster: `expect` for each of some, `expect_more` for each with step 0 and then
 * with step 1, and then `put_at`. Meanwhile they are not there. */
typedef struct BerthTablePlace {
    uint64_t addr, identity[BERTH_IDENTITIES]; /* hashes */
} BerthTablePlace;
void berth_table_expect(const BerthTable *table, const BerthLease *lease, BerthTablePlace *ret);
void berth_table_expect_more(const BerthTable *table, const BerthTablePlace *place, unsigned step);
int berth_table_put_at(BerthTable *table, const BerthLease *lease, const BerthTablePlace *place);
/* The same of a lease whose address has none yet. */
int berth_table_add_at(BerthTable *table, const BerthLease *lease, const BerthTablePlace *place);
bool berth_table_remove(BerthTable *table, BerthAddr addr);

/* The hash of an identity's bytes with the secret of the table; valid until the next call. An
 * identifier that is an Ethernet address behind its type has that of the address. */
const uint64_t *berth_table_hash(const BerthTable *table, BerthIdentityKind which,
                                 BerthBytes bytes);

/* The hashes of a client whom many subnets are asked for; without an identifier of a kind `has` is
 * false. Whether it may have a lease in a subnet: no record is looked at, so now and then it is
 * said of one that has none. */
typedef struct BerthTableWho {
    uint64_t hash[BERTH_IDENTITIES];
    uint16_t type[BERTH_IDENTITIES];
    bool has[BERTH_IDENTITIES];
} BerthTableWho;
void berth_table_who(const BerthTable *table, const BerthClient *client, bool is6,
                     BerthTableWho *ret);
bool berth_table_may_have(const BerthTable *table, const BerthTableWho *who, uint32_t subnet_id);

/* Views are valid until the table changes. */
bool berth_table_get(const BerthTable *table, BerthAddr addr, BerthLease *ret);

/* Walks leases of one identity within a subnet, latest change first; start with *iter = 0; false at
 * the end. At most BERTH_CHAIN_MAX are visited. */
#define BERTH_CHAIN_MAX 64
bool berth_table_by_client_id(const BerthTable *table, uint32_t subnet_id, BerthBytes id,
                              uint32_t *iter, BerthLease *ret);
bool berth_table_by_hwaddr(const BerthTable *table, uint32_t subnet_id, BerthHwaddr hwaddr,
                           uint32_t *iter, BerthLease *ret);
/* IPv6: by DUID, type and IAID, which looks at BERTH_DUID_CHAIN_MAX leases of the DUID a step; by
 * DUID alone. The two above find no IPv6 lease. */
#define BERTH_DUID_CHAIN_MAX 4096
bool berth_table_by_binding(const BerthTable *table, uint32_t subnet_id, const BerthClient *client,
                            uint32_t *iter, BerthLease *ret);
bool berth_table_by_duid(const BerthTable *table, uint32_t subnet_id, BerthBytes duid,
                         uint32_t *iter, BerthLease *ret);

/* Each lease that ends is in one of three queues, by its end. */
typedef enum BerthTableQueue {
    BERTH_QUEUE_VALID, /* neither reclaimed nor released, and not said to have ended */
    BERTH_QUEUE_ENDED, /* the same, after berth_table_set_ended */
    BERTH_QUEUE_KEPT,  /* reclaimed and released */
    BERTH_QUEUES,
} BerthTableQueue;

/* The first in a queue of those that are due before `until`, and when it is. A lease that was
 * renewed still stands where it was, until it comes up here; so that many of them make nobody wait,
 * a call puts only some where they belong. */
typedef enum BerthTableFirst {
    BERTH_FIRST_NONE = 0,
    BERTH_FIRST_FOUND,
    BERTH_FIRST_BEHIND, /* not known yet: call again */
} BerthTableFirst;
#define BERTH_FIRST_MOVES 4096
BerthTableFirst berth_table_first(BerthTable *table, BerthTableQueue queue, int64_t until,
                                  int64_t *ret_due, BerthLease *ret);
/* From the first queue into the second; the next put of the lease takes it back. */
void berth_table_set_ended(BerthTable *table, BerthAddr addr);
/* Makes a lease of the second or third queue due later than its end, until the next put. */
void berth_table_postpone(BerthTable *table, BerthAddr addr, int64_t due);

/* Marks: every lease that is put has one, until it is cleared. Handles are numbers from 1 on, not
 * all of which are in use. */
uint32_t berth_table_handles(const BerthTable *table); /* the highest one */
/* Clears the marks of handles in (from, until]. */
void berth_table_unmark(BerthTable *table, uint32_t from, uint32_t until);
void berth_table_touch(BerthTable *table, BerthAddr addr); /* as if it were put anew */
/* The next one behind *iter, until `until`, that has no mark. The lease may be removed then. */
bool berth_table_next_unmarked(const BerthTable *table, uint32_t *iter, uint32_t until,
                               BerthLease *ret);

/* All leases in no particular order; *iter starts at 0. Changes in between are allowed: a lease
 * that is there all the time is visited exactly once. */
bool berth_table_next(const BerthTable *table, uint32_t *iter, BerthLease *ret);
/* Whether such a walk, at `iter`, has come to the lease of this address. */
bool berth_table_passed(const BerthTable *table, uint32_t iter, BerthAddr addr);
/* The lease with the lowest address > `after`, for paging; costs O(count). */
bool berth_table_after(const BerthTable *table, BerthAddr after, BerthLease *ret);
