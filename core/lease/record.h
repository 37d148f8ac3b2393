/* record - a lease as the table keeps it: a fixed part of 104 bytes, and its bytes.
 *
 * Hardware address, client identifier, host name and context stand one after the other, inside the
 * record up to 24 bytes and in a block of their own beyond. What few leases have (revision, and
 * what only IPv6 has) stands before them, if it is there at all. */
#pragma once

#include "core/lease/lease.h"

#define BERTH_RECORD_INSIDE 24

/* Leases of one identity, latest change first; the first one is in the index. 0: none. */
typedef struct BerthChain {
    uint32_t in_bucket, previous, next;
} BerthChain;

typedef enum BerthIdentity {
    BERTH_BY_CLIENT_ID,
    BERTH_BY_HWADDR,
    BERTH_IDENTITIES,
} BerthIdentity;

typedef struct BerthRecord {
    BerthAddr addr;
    int64_t cltt;
    uint32_t valid_sec, subnet_id, pool_id;
    uint8_t type, state;
    uint8_t prefix_len; /* 0: this slot is unused */
    uint8_t fwd : 1, rev : 1, has_more : 1, queue : 2;
    uint16_t hw_type, context_len;
    uint8_t hw_len, id_len, name_len;
    uint32_t in_bucket; /* of the index by address; of an unused slot the next unused one */
    uint32_t place;     /* in its queue, 0: in none */
    BerthChain chains[BERTH_IDENTITIES];
    union {
        uint8_t inside[BERTH_RECORD_INSIDE];
        uint8_t *block;
    };
} BerthRecord;

/* `lease` is fit and may be a view of this very record; a new record is all zeros. Links and queue
 * are left alone. */
void berth_record_set(BerthRecord *record, const BerthLease *lease);
void berth_record_get(const BerthRecord *record, BerthLease *ret);
void berth_record_clear(BerthRecord *record); /* all zeros */
/* The bytes by which it is found; len 0: not at all. */
BerthBytes berth_record_identity(const BerthRecord *record, BerthIdentity which);
