/* leases - what the rest of the core does with leases: find, pick, hold, propose, commit, expire.
 *
 * A change becomes real in three moves (design: propose, commit, answer). A proposal reserves its
 * address and its client binding; nobody else sees it. Units are gathered and handed to the backend
 * as one batch when the world is idle; when the backend says OK they enter the table, on anything
 * else they vanish. Offers are held in memory only. */
#pragma once

#include "core/base/log.h"
#include "core/base/stats.h"
#include "core/base/world.h"
#include "core/conf/conf.h"
#include "core/lease/table.h"

typedef struct BerthLeases BerthLeases;

/* The leases of one family, 4 or 6. */
BerthLeases *berth_leases_new(BerthWorld *world, BerthLog *log, BerthStats *stats, int family);
/* Abandons everything pending without calling anybody. The backend is closed by whoever opened it.
 */
void berth_leases_free(BerthLeases *leases);

/* Lease time in seconds since 1970: wall clock at the making of `leases` plus boot clock since. */
int64_t berth_leases_now(const BerthLeases *leases);
/* The same when this turn of the world began, and cheaper: a lease may seem valid for some
 * milliseconds longer than it is, never shorter. */
int64_t berth_leases_about_now(const BerthLeases *leases);

/* The pools and times from now on; free maps of unchanged pools are kept, others are made from the
 * table, of IPv4 part by part. What is needed of `conf` is copied. */
void berth_leases_set_conf(BerthLeases *leases, BerthConf *conf);

/* The backend, and its store that is open. Until set (and in tests without) commits fail. */
void berth_leases_set_backend(BerthLeases *leases, const BerthLeaseBackend *ops, void *store);
/* For the load: takes a stored lease into the table; one with valid_sec 0 takes the lease of its
 * address out of it (not being there is fine). 0, or -EINVAL when it is not fit; the caller reports
 * it. */
int berth_leases_loaded(BerthLeases *leases, const BerthLease *lease);
/* The same for many, faster: they may be in the table only after berth_leases_load_end, which
 * returns how many did not fit into it any more (-ENOSPC is said of a later one, too). */
int berth_leases_load(BerthLeases *leases, const BerthLease *lease);
unsigned berth_leases_load_end(BerthLeases *leases);
/* Before the first: about so many will come. What only grows need not, then. */
void berth_leases_load_expect(BerthLeases *leases, uint64_t n);

const BerthTable *berth_leases_table(const BerthLeases *leases);

/* ---- finding ---- */

/* The lease of this binding in the subnet, whatever its state or age, if it belongs to the client
 * (berth_lease_belongs_to). Prefers an active one. IPv4: by client identifier, then by hardware
 * address. */
bool berth_leases_of_client(const BerthLeases *leases, uint32_t subnet_id,
                            const BerthClient *client, BerthLease *ret);
/* Who is asked for in many subnets, in most of which it has nothing. False means that there is no
 * lease of its binding, of its DUID, or no offer; true that it may be. */
typedef struct BerthWho {
    BerthTableWho leased;
    uint64_t held[2], iaid;
} BerthWho;
void berth_leases_who(const BerthLeases *leases, const BerthClient *client, BerthWho *ret);
bool berth_leases_may_have(const BerthLeases *leases, const BerthWho *who, uint32_t subnet_id);
bool berth_leases_may_hold(const BerthLeases *leases, const BerthWho *who, uint32_t subnet_id);

/* IPv6: walks all of them, and those of all bindings of a DUID; latest change first, whatever their
 * state or age. Start with *iter = 0; false at the end. At most BERTH_CHAIN_MAX are visited. What
 * is at an address, and whose it is, berth_table_get and berth_lease_belongs_to say. */
bool berth_leases_of_binding(const BerthLeases *leases, uint32_t subnet_id,
                             const BerthClient *client, uint32_t *iter, BerthLease *ret);
bool berth_leases_of_duid(const BerthLeases *leases, uint32_t subnet_id, BerthBytes duid,
                          uint32_t *iter, BerthLease *ret);

/* IPv6: the valid lease of a prefix that the address lies in. RFC 9686: its client may register the
 * address, which then keeps others from it, but nobody from the prefix. */
bool berth_leases_delegated(const BerthLeases *leases, BerthAddr addr, BerthLease *ret);

/* ---- what is reserved ---- */

/* Another set; a reference is taken. That of the configuration comes with it otherwise. */
void berth_leases_set_hosts(BerthLeases *leases, BerthHostTarget target, BerthHosts *hosts);
/* This one has come into a set in use, or has gone. */
void berth_leases_host_changed(BerthLeases *leases, const BerthHost *host);
bool berth_leases_have_reserved(const BerthLeases *leases);

typedef enum BerthReserved {
    BERTH_RESERVED_NOT,
    BERTH_RESERVED_OTHER, /* for others alone */
    BERTH_RESERVED_OWN,   /* for one of the hosts that the client is */
} BerthReserved;
BerthReserved berth_leases_reserved(const BerthLeases *leases, const BerthSubnet *subnet,
                                    BerthPrefix prefix, const BerthClient *client);
/* Whether reservations of the subnet, and of the whole family, count for the prefix there. */
bool berth_subnet_reserves(const BerthSubnet *subnet, BerthPrefix prefix, BerthLeaseType type);
bool berth_subnet_reserves_global(const BerthSubnet *subnet, BerthPrefix prefix,
                                  BerthLeaseType type);

/* ---- picking ----
 *
 * While a shared store says only_known, what is picked is what the client has a valid lease of, or
 * nothing. */

typedef enum BerthUsable {
    BERTH_USABLE,          /* free, or expired, or this client's own */
    BERTH_USABLE_TAKEN,    /* somebody else's lease is valid */
    BERTH_USABLE_DECLINED, /* in probation */
    BERTH_USABLE_HELD,     /* offered to another client */
    BERTH_USABLE_BUSY,     /* a change is pending, or it is not known whether one was stored */
    BERTH_USABLE_RESERVED, /* for somebody else */
    BERTH_USABLE_OUTSIDE,  /* in no pool of the current configuration, or for nobody */
} BerthUsable;
BerthUsable berth_leases_usable(const BerthLeases *leases, const BerthSubnet *subnet,
                                BerthAddr addr, const BerthClient *client);
/* The same for an address or a delegated prefix of IPv6. A prefix must have the length that its
 * pool delegates. TAKEN also where a lease of another length overlaps. */
BerthUsable berth_leases_usable6(const BerthLeases *leases, const BerthSubnet *subnet,
                                 BerthPrefix prefix, const BerthClient *client);

/* A free address of the subnet's pools for this client: its former lease's address if still usable,
 * else `hint` (any: none), else the next free one. False when every pool is full. Counts nothing
 * and reserves nothing. Asks the current free maps; `subnet` may be of an older snapshot. */
bool berth_leases_pick(BerthLeases *leases, const BerthSubnet *subnet, const BerthClient *client,
                       BerthAddr hint, BerthAddr *ret);

/* What an IPv6 binding may have: its own lease (valid, expired, released), else what is held for
 * it, else what it asks for, else something free. `hint`: address :: or length 0 where the client
 * has none; a prefix is looked for in Kea's steps: the hinted one, its address with another length,
 * any of the hinted length, the next larger and then the next smaller, any. Otherwise as above. */
typedef struct BerthPick {
    BerthPrefix prefix;
    uint32_t pool_id;
    const BerthPool *pool; /* of `subnet`; NULL when that snapshot has not got it */
} BerthPick;
bool berth_leases_pick6(BerthLeases *leases, const BerthSubnet *subnet, const BerthClient *client,
                        BerthPrefix hint, BerthPick *ret);

/* That very prefix, if the binding may have it; the pool is NULL where it is in none. */
bool berth_leases_take(const BerthLeases *leases, const BerthSubnet *subnet,
                       const BerthClient *client, BerthPrefix prefix, BerthPick *ret);

/* Where nothing can be picked: the offer of the hint's address to another client ends, as the
 * client may have been offered the same, or else an old one in this subnet. Kea keeps no offer
 * from others, and who comes first with a REQUEST has it. What was offered in this very turn stays:
 * it may be another IA's of the same message. */
bool berth_leases_withdraw(BerthLeases *leases, const BerthSubnet *subnet,
                           const BerthClient *client, BerthPrefix hint, BerthPrefix *ret);

/* How full the pools of the subnet are that the client may be in, from 0 to 1, without what it is
 * to have; -1: none of them has that, or it has no free-lease queue, which Kea asks for. */
double berth_leases_occupancy(const BerthLeases *leases, const BerthSubnet *subnet,
                              BerthPrefix prefix, const BerthClient *client);

/* Holds `addr` for the binding for some seconds (an OFFER); replaces its earlier hold. Holds are
 * bounded by BERTH_HOLDS_MAX; beyond that the oldest goes. */
#define BERTH_HOLDS_MAX (1u << 20)
#define BERTH_HOLD_SEC 10
void berth_leases_hold(BerthLeases *leases, BerthAddr addr, uint32_t subnet_id,
                       const BerthClient *client);
void berth_leases_hold6(BerthLeases *leases, BerthPrefix prefix, uint32_t subnet_id,
                        const BerthClient *client);
/* The same where it is held for the binding already; false: it is not. */
bool berth_leases_hold_on(BerthLeases *leases, BerthAddr addr, uint32_t subnet_id,
                          const BerthClient *client);
bool berth_leases_hold_on6(BerthLeases *leases, BerthPrefix prefix, uint32_t subnet_id,
                           const BerthClient *client);
void berth_leases_unhold(BerthLeases *leases, uint32_t subnet_id, const BerthClient *client);
/* What is held for this binding in the subnet. */
bool berth_leases_held(const BerthLeases *leases, uint32_t subnet_id, const BerthClient *client,
                       BerthAddr *ret);
bool berth_leases_held6(const BerthLeases *leases, uint32_t subnet_id, const BerthClient *client,
                        BerthPrefix *ret);

/* ---- changing ---- */

typedef enum BerthPropose {
    BERTH_PROPOSED = 0,
    BERTH_PROPOSE_BUSY,  /* a change of this address or client binding is pending already */
    BERTH_PROPOSE_FULL,  /* too many packets wait for a commit (BERTH_PENDING_MAX) */
    BERTH_PROPOSE_UNFIT, /* not a lease that could be stored: see berth_lease_unfit */
} BerthPropose;
#define BERTH_PENDING_MAX 4096

/* Called once, on the main thread, never within berth_leases_submit: the table has the changes if
 * and only if `result` is OK. */
typedef void (*BerthCommitted)(void *data, BerthCommitResult result);

/* An empty unit; its changes are copied as they are added. */
BerthUnit *berth_unit_new(BerthLeases *leases);
/* `before` as found (NULL: none, or one that keeps nobody away), `after` what shall be (NULL:
 * removal). BUSY also when the table is no more as it was found: look again. 0 or BerthPropose. */
BerthPropose berth_unit_add(BerthUnit *unit, const BerthLease *before, const BerthLease *after);
/* Makes an unsubmitted unit vanish. NULL is fine. */
void berth_unit_abandon(BerthUnit *unit);
/* Gathers it for the next batch; the unit is no longer the caller's. */
void berth_unit_submit(BerthUnit *unit, BerthCommitted committed, void *data);
size_t berth_leases_pending(const BerthLeases *leases); /* units submitted and not yet answered */
/* A change of the lease of this address is under way. */
bool berth_leases_is_pending(const BerthLeases *leases, BerthAddr addr);

/* `call` is told of every change that has become durable, whoever asked for it, just before it
 * enters the table; loading tells nothing. NULL: there was no lease, or is none any more; the views
 * are good until it returns. */
typedef void (*BerthOnLeaseChange)(void *data, const BerthLease *before, const BerthLease *after);
void berth_leases_follow(BerthLeases *leases, BerthOnLeaseChange call, void *data);
void berth_leases_unfollow(BerthLeases *leases, BerthOnLeaseChange call, void *data);

/* ---- other servers ----
 *
 * What the functions of BerthLeaseSink of the same names are told. */

/* NULL: there is one writer, as at first. */
void berth_leases_set_share(BerthLeases *leases, const BerthShare *share);
const BerthShare *berth_leases_share(const BerthLeases *leases); /* size 0: one writer */
/* What has come of its being shared, since the start. */
typedef struct BerthShareCounts {
    uint64_t conflicts, unknown; /* units */
    uint64_t followed;           /* changes of others, and rows read anew, that were news */
    uint64_t confirmed;          /* leases, while the store was away */
    uint64_t reloads;
} BerthShareCounts;
BerthShareCounts berth_leases_share_counts(const BerthLeases *leases);
bool berth_leases_is_reloading(const BerthLeases *leases);
size_t
berth_leases_unknown(const BerthLeases *leases); /* addresses that are nobody's until settled */
/* A lease was young enough to be given again as it is: counted for its subnet. */
void berth_leases_count_reused(BerthLeases *leases, const BerthLease *lease);
void berth_leases_note_confirmed(BerthLeases *leases);
int berth_leases_changed(BerthLeases *leases, const BerthLease *lease);
int berth_leases_settled(BerthLeases *leases, const BerthLease *lease);

/* Reading the store anew, a part a turn: begin, or begin again; then berth_leases_reload_step until
 * it no longer says WAIT; at LOAD the store is to be read by berth_leases_load, and when that is
 * done berth_leases_reload_read tells so; and steps again, until it is DONE. */
typedef enum BerthReload {
    BERTH_RELOAD_NONE, /* nothing is read anew */
    BERTH_RELOAD_WAIT, /* it has something to do itself: call step again */
    BERTH_RELOAD_LOAD,
    BERTH_RELOAD_DONE, /* has just ended */
} BerthReload;
void berth_leases_reload_begin(BerthLeases *leases);
BerthReload berth_leases_reload_step(BerthLeases *leases);
void berth_leases_reload_read(BerthLeases *leases);
void berth_leases_reload_give_up(BerthLeases *leases); /* and what is known stays */

/* ---- time ---- */

/* What to do with an expired lease: runs the hook points lease4_expire and lease4_recover. Called
 * before the lease is reclaimed: on CONTINUE it is, on anything else it stays, and comes up in a
 * later round. Where an expired lease was not yet reclaimed and its address goes to another client,
 * called when that is durable, and the verdict counts for nothing. So in a shared store always, by
 * the one server whose change the store took. `lease` is a copy. */
typedef BerthVerdict (*BerthOnExpire)(void *data, BerthLease *lease, bool was_declined);
void berth_leases_on_expire(BerthLeases *leases, BerthOnExpire call, void *data);
/* One round of reclamation, bounded by the configuration; returns the number of leases. A timer
 * inside does this every reclaim-timer-wait-time. */
unsigned berth_leases_reclaim(BerthLeases *leases);
/* Reclaims all that has ended, in rounds of a few milliseconds; `remove`: nothing is kept for its
 * owner. `done` is called later, when that is committed. */
void berth_leases_reclaim_all(BerthLeases *leases, bool remove, void (*done)(void *data),
                              void *data);
