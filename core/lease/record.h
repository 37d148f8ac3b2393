/* record - a lease as the table keeps it: a fixed part of 80 bytes, and its bytes.
 *
 * Hardware address, client identifier, host name and context stand one after the other, inside the
 * record up to 24 bytes and in a block of their own beyond; a client identifier that is the
 * hardware address behind its type, as most are, holds both. What few leases have (a revision)
 * stands before them, if it is there at all.
 *
 * An IPv6 lease is found by its DUID alone, so the second chain's place is free for what else tells
 * bindings apart; and since its bytes are always in a block, the rest of its address has room
 * beside it. So the block is read only when the lease has been found. */
#pragma once

#include "core/lease/table.h"

#define BERTH_RECORD_INSIDE 24

/* Leases of one identity, latest change first; 0: none. Only the first one is in the index. */
typedef struct BerthChain {
    uint32_t next;
    uint32_t back; /* of the first one the next in its bucket, of others the previous one */
} BerthChain;

/* What the leases of a chain have in common; without bytes: nothing, it is in none. */
typedef struct BerthIdentity {
    BerthIdentityKind which;
    uint32_t subnet_id;
    uint16_t type; /* of the hardware address; BERTH_DUID_TYPE, which none has: a DUID */
    BerthBytes bytes;
} BerthIdentity;
#define BERTH_DUID_TYPE 0xffff

typedef struct BerthRecord {
    uint32_t in_bucket; /* of the index by address; see also slab.h */
    uint32_t place;     /* in its queue, 0: in none */
    uint64_t cltt : 40;
    uint64_t prefix_len : 8; /* 0: this slot is unused */
    uint64_t type : 2, state : 3, queue : 2;
    uint64_t fwd : 1, rev : 1;
    uint64_t is_foreign : 1;
    uint64_t mark : 1; /* the table's, left alone by set */
    uint64_t has_revision : 1, has_six : 1, id_holds_hw : 1;
    uint64_t first : BERTH_IDENTITIES; /* a bit for each chain that it is the first of */
    uint32_t addr_low;                 /* all of an IPv4 address */
    uint32_t valid_sec, subnet_id, pool_id;
    uint16_t hw_type, context_len;
    uint8_t hw_len, id_len, name_len;
    union {
        BerthChain chains[BERTH_IDENTITIES];
        struct {
            BerthChain of_duid;
            uint32_t iaid, id_hash; /* IPv6; the hash is the table's, of subnet and DUID */
        };
    };
    union {
        uint8_t inside[BERTH_RECORD_INSIDE];
        struct {
            uint8_t *block;
            uint8_t addr_high[12]; /* IPv6: what stands before addr_low */
            uint32_t preferred_sec;
        };
    };
} BerthRecord;

/* `lease` is fit and may be a view of this very record; a new record is all zeros. Links and queue
 * are left alone. */
void berth_record_set(BerthRecord *record, const BerthLease *lease);
void berth_record_get(const BerthRecord *record, BerthLease *ret);
BerthAddr berth_record_addr(const BerthRecord *record);
void berth_record_clear(BerthRecord *record); /* all zeros */
BerthIdentity berth_record_identity(const BerthRecord *record, BerthIdentityKind which);
BerthIdentity berth_lease_identity(const BerthLease *lease, BerthIdentityKind which);
bool berth_identity_equal(const BerthIdentity *a, const BerthIdentity *b);
