/* lease - the record, as everybody but the table sees it.
 *
 * A BerthLease is a view or a proposal: plain fields, with bytes borrowed from the table, an arena
 * or a caller. The table keeps its own compact form. Accessors for plugins are in berth/lease.h. */
#pragma once

#include "core/base/addr.h"
#include "core/base/arena.h"
#include "core/conf/class.h"
#include "core/host/host.h"
#include <berth/lease.h>

struct BerthLease {
    BerthAddr addr;
    uint8_t type;       /* BerthLeaseType */
    uint8_t prefix_len; /* 32, 128, or the delegated length */
    uint8_t state;      /* BerthLeaseState */
    bool fqdn_fwd, fqdn_rev;
    bool is_foreign;       /* another server wrote it last */
    uint8_t hwaddr_source; /* Kea's column, IPv6 only: how the hardware address was found */
    uint32_t subnet_id, pool_id, iaid;
    uint32_t valid_sec, preferred_sec;
    int64_t cltt; /* lease time, seconds since 1970 */
    uint64_t revision;
    BerthHwaddr hwaddr;
    BerthBytes client_id; /* or DUID; at most 255 (130) bytes */
    BerthBytes hostname;  /* at most 255 bytes */
    BerthBytes context;   /* at most 65535 bytes */
};

static inline BerthPrefix berth_lease_prefix(const BerthLease *lease)
{
    return (BerthPrefix){lease->addr, lease->prefix_len};
}

/* Whether a backend has an optional member of its role. */
#define BERTH_BACKEND_HAS(ops, member) \
    ((ops)->size >= offsetof(BerthLeaseBackend, member) + sizeof((ops)->member) && (ops)->member)

/* cltt + valid_sec; INT64_MAX when infinite. */
static inline int64_t berth_lease_end(const BerthLease *lease)
{
    return lease->valid_sec == BERTH_LIFETIME_INFINITE ? INT64_MAX : lease->cltt + lease->valid_sec;
}

/* Whether its time is over. Lease time counts whole seconds, rounded down when a
 * lease begins; its last second therefore counts as a whole one, or an address could be given away
 * up to a second before its client stops using it. */
static inline bool berth_lease_has_ended(const BerthLease *lease, int64_t now)
{
    return berth_lease_end(lease) < now;
}

/* Assigned to somebody at `now`: active and not past its end. */
static inline bool berth_lease_is_valid(const BerthLease *lease, int64_t now)
{
    return lease->state == BERTH_LEASE_ACTIVE && !berth_lease_has_ended(lease, now);
}

/* A binding: who a lease is for, which is what leases are found by. An IPv4 client has one in a
 * subnet, and `type` and `iaid` count for nothing; an IPv6 client has one for each identity
 * association, and its hardware address counts for nothing. */
typedef struct BerthClient {
    BerthHwaddr hwaddr;
    BerthBytes client_id; /* len 0: none, or match-client-id is off; of IPv6 the DUID */
    BerthLeaseType type;  /* NA or PD */
    uint32_t iaid;
    /* What lets it into pools; NULL: it may be in all. Not a part of who it is. */
    const BerthClassSet *classes;
    /* What may be reserved for it; likewise. */
    const BerthHostList *hosts;
} BerthClient;

BerthClient berth_lease_client(const BerthLease *lease);

/* Whether it can be told whose it is. */
bool berth_lease_has_identity(const BerthLease *lease);

bool berth_hwaddr_equal(BerthHwaddr a, BerthHwaddr b);

/* Whether the lease is of this binding. IPv4: by client identifier when both have one, else by
 * hardware address (RFC 2131 section 4.2; the rule of Kea). IPv6: by DUID, IAID and type. Never
 * when there is nothing to compare. */
bool berth_lease_belongs_to(const BerthLease *lease, const BerthClient *client);

/* A deep copy whose bytes are in `arena`; NULL at its limit. */
BerthLease *berth_lease_copy(const BerthLease *lease, BerthArena *arena);
