/* berth/lease.h - a lease, and the role of a lease backend.
 *
 * One record serves IPv4 addresses, IPv6 addresses and delegated prefixes. What a callout or a
 * backend holds is a view: its strings and bytes are valid until the call returns. */
#pragma once

#include <berth/conf.h>
#include <berth/json.h>
#include <berth/types.h>
#include <berth/world.h>
#include <glib.h>

typedef struct BerthLease BerthLease;

typedef enum BerthLeaseType {
    BERTH_LEASE_NA = 0, /* an IPv6 address; the numbers are Kea's column lease_type */
    BERTH_LEASE_PD = 2, /* a delegated prefix */
    BERTH_LEASE_V4 = 3, /* an IPv4 address */
} BerthLeaseType;

typedef enum BerthLeaseState { /* Kea's column state */
                               BERTH_LEASE_ACTIVE = 0,
                               BERTH_LEASE_DECLINED = 1,
                               BERTH_LEASE_RECLAIMED =
                                   2, /* expired; kept for its owner until somebody needs it */
                               BERTH_LEASE_RELEASED = 3,
                               BERTH_LEASE_REGISTERED = 4,
} BerthLeaseState;

#define BERTH_LIFETIME_INFINITE UINT32_MAX

BerthLeaseType berth_lease_type(const BerthLease *lease);
BerthLeaseState berth_lease_state(const BerthLease *lease);
BerthAddr berth_lease_addr(const BerthLease *lease);
uint8_t berth_lease_prefix_len(const BerthLease *lease); /* 32, 128, or the delegated length */
uint32_t berth_lease_subnet_id(const BerthLease *lease);
uint32_t berth_lease_pool_id(const BerthLease *lease);
uint32_t berth_lease_iaid(const BerthLease *lease);
uint32_t berth_lease_valid_sec(const BerthLease *lease);
uint32_t berth_lease_preferred_sec(const BerthLease *lease);
int64_t
berth_lease_cltt(const BerthLease *lease); /* when the client was last heard, seconds since 1970 */
/* cltt + valid_sec; INT64_MAX for an infinite lease. */
int64_t berth_lease_expires(const BerthLease *lease);
BerthHwaddr berth_lease_hwaddr(const BerthLease *lease);
/* IPv6 only: how the hardware address was found, as Kea's column says it; 0: not known. */
uint8_t berth_lease_hwaddr_source(const BerthLease *lease);
BerthBytes berth_lease_client_id(const BerthLease *lease); /* option 61, or the DUID; len 0: none */
BerthBytes berth_lease_hostname(const BerthLease *lease);
BerthBytes berth_lease_context(const BerthLease *lease); /* user-context, JSON; len 0: none */
bool berth_lease_fqdn_fwd(const BerthLease *lease);
bool berth_lease_fqdn_rev(const BerthLease *lease);
/* Which of two stored states of an address is the later one: the greater, (epoch << 48) | counter.
 * 0: the store keeps none. */
uint64_t berth_lease_revision(const BerthLease *lease);
#define BERTH_REVISION_EPOCH_SHIFT 48
/* Another server wrote it last. */
bool berth_lease_is_foreign(const BerthLease *lease);
/* Whom the lease is for, as bytes that are the same on every server and in every version, so that a
 * store can keep them: subnet, and client identifier or else hardware address; of IPv6 subnet,
 * DUID, IAID and type. len 0: nobody, a declined address. They stand in `buffer`. */
#define BERTH_BINDING_MAX (4 + 4 + 1 + 1 + 2 + 255)
BerthBytes berth_lease_binding(const BerthLease *lease, uint8_t buffer[BERTH_BINDING_MAX]);

/* Setting. In lease4_select and lease4_renew, lease6_select, lease6_renew and lease6_rebind a
 * callout may set the lifetimes (the preferred one not above the valid one), the host name and the
 * context; their bytes have to live as long as the packet: berth_packet_alloc. A backend that loads
 * sets everything; there bytes are borrowed until the call that they are for returns. */
void berth_lease_clear(BerthLease *lease); /* all empty, type V4 */
void berth_lease_set_type(BerthLease *lease, BerthLeaseType type);
void berth_lease_set_state(BerthLease *lease, BerthLeaseState state);
void berth_lease_set_addr(BerthLease *lease, BerthAddr addr, uint8_t prefix_len);
void berth_lease_set_subnet(BerthLease *lease, uint32_t subnet_id, uint32_t pool_id);
void berth_lease_set_iaid(BerthLease *lease, uint32_t iaid);
void berth_lease_set_lifetimes(BerthLease *lease, uint32_t valid_sec, uint32_t preferred_sec);
void berth_lease_set_cltt(BerthLease *lease, int64_t cltt);
void berth_lease_set_hwaddr(BerthLease *lease, BerthHwaddr hwaddr);
void berth_lease_set_hwaddr_source(BerthLease *lease, uint8_t source);
void berth_lease_set_client_id(BerthLease *lease, BerthBytes id);
void berth_lease_set_hostname(BerthLease *lease, BerthBytes name, bool fwd, bool rev);
void berth_lease_set_context(BerthLease *lease, BerthBytes json);
void berth_lease_set_revision(BerthLease *lease, uint64_t revision);
void berth_lease_set_foreign(BerthLease *lease, bool is_foreign);
BerthLease *berth_lease_new(void);
void berth_lease_free(BerthLease *lease);

/* Why the record is not fit to be stored, NULL when it is: no identity, lengths, address family.
 * As all of the above, it may be called in a job, on a lease of its own. */
const char *berth_lease_unfit(const BerthLease *lease);

/* ---- the leases of the server: as they are, and then every change ---- */

/* Called with one lease. Non-zero: where the caller says what that means. */
typedef int (*BerthLeaseEach)(void *each_data, const BerthLease *lease);

/* Hands over leases of the family, 4 or 6, about `max` of them, in no particular order, whatever
 * their state; *iter starts at 0. A lease that is there from the first call to the last comes once.
 * 1: there are more; 0: that was all; -EAGAIN: they are still being loaded, and have not begun to
 * come; -ESRCH: the family is not served; or what `each` returned, and the walk is over. */
int berth_server_leases(BerthServer *server, int family, uint32_t *iter, unsigned max,
                        BerthLeaseEach each, void *data);

/* Whether a walk that is at `iter` has come to the lease that this address has now. */
bool berth_server_leases_passed(BerthServer *server, int family, uint32_t iter, BerthAddr addr);

/* `changed` is told of every change that has become durable, whoever asked for it, just before it
 * can be seen; not of those that are loaded. `before` NULL: there was none; `after` NULL: there is
 * none any more. -ESRCH: the family is not served. Stop in the plugin's `stop` at the latest. */
typedef void (*BerthLeaseChanged)(void *data, const BerthLease *before, const BerthLease *after);
int berth_server_follow_leases(BerthServer *server, int family, BerthLeaseChanged changed,
                               void *data);
void berth_server_unfollow_leases(BerthServer *server, int family, BerthLeaseChanged changed,
                                  void *data);

/* ---- the role "lease-backend" ---- */

/* A unit is all changes of one packet: all of them become durable or none. */
typedef struct BerthUnit BerthUnit;
/* A batch is what was gathered while the last one was being made durable. */
typedef struct BerthBatch BerthBatch;

typedef enum BerthCommitResult {
    BERTH_COMMIT_OK,       /* durable */
    BERTH_COMMIT_CONFLICT, /* another server was first; nothing of the unit was written */
    BERTH_COMMIT_FAILED,   /* surely not written */
    BERTH_COMMIT_UNKNOWN,  /* perhaps written: not to be answered, to be read again before use */
} BerthCommitResult;

size_t berth_batch_count(const BerthBatch *batch);
BerthUnit *berth_batch_unit(BerthBatch *batch, size_t i);
size_t berth_unit_count(const BerthUnit *unit);
/* The i-th change: the lease that it replaces (NULL: none) and what shall be there after (NULL: it
 * is removed). Removals stand last. */
const BerthLease *berth_unit_before(const BerthUnit *unit, size_t i);
const BerthLease *berth_unit_after(const BerthUnit *unit, size_t i);
/* Of shared stores. The binding that the i-th change claims: that of the lease that shall be there,
 * or, where this is nobody's or none, that of the one before; see berth_lease_binding. */
BerthBytes berth_unit_binding(const BerthUnit *unit, size_t i, uint8_t buffer[BERTH_BINDING_MAX]);
/* The highest revision of any lease of this binding that this server knew when the change was
 * proposed; 0: none. A store where the binding has a later one knows of a lease that this server
 * does not: CONFLICT, where the change gives something (what is there after it is ACTIVE).
 * Computed once a store has announced that it is shared. */
uint64_t berth_unit_known(const BerthUnit *unit, size_t i);
/* What the store gave to the i-th change, before set_result(OK). The core applies the change if
 * this is greater than what it knows of the address by then. Not called: 0. */
void berth_unit_set_revision(BerthUnit *unit, size_t i, uint64_t revision);
void berth_unit_set_result(BerthUnit *unit, BerthCommitResult result);
/* All units have their result (those without one FAILED). The batch is the core's again. */
void berth_batch_done(BerthBatch *batch);

typedef enum BerthHealth {
    BERTH_HEALTH_UP,
    BERTH_HEALTH_DEGRADED,
    BERTH_HEALTH_DOWN,
} BerthHealth;

/* How several servers share a store. Later versions may grow it at its end. */
typedef struct BerthShare {
    size_t size; /* sizeof(BerthShare) */
    /* The current one. A lease of an older epoch may be replaced by a lower revision when the
     * store is read anew. */
    uint16_t epoch;
    /* This server is number `stripe` of `stripes`, from 0. Of a pool of N it gives the part
     * [stripe * N / stripes, (stripe + 1) * N / stripes) first, and others only when that is
     * empty. 0 or 1 stripes: all of it. */
    unsigned stripe, stripes;
    /* So long after its end a lease is given to others and reclaimed, above the skew of the
     * servers' clocks; its own client may come back at once. */
    uint32_t grace_sec;
    /* What another server wrote last is reclaimed so much later still, so that mostly one server
     * does. */
    uint32_t foreign_extra_sec;
    /* The store may have lost leases, or have none of what was given: nothing is given to a binding
     * that has no lease; what is known is renewed. */
    bool only_known;
    /* The store is down, and the operator wants this: a client with a valid lease is told the time
     * that remains of it, and nothing is written. */
    bool confirms_known;
} BerthShare;

/* What a store tells the core. Valid from the first `load` until the store is closed. */
typedef struct BerthLeaseSink {
    /* Takes one stored lease, within `load`; it is copied and replaces an earlier one of its
     * address. A lease with valid_sec 0 is none: it takes the earlier one away, and only its
     * address counts. In a shared store the greater revision wins, not the later call. Non-zero: it
     * is not fit to be stored; the backend reports where it stands, and goes on. */
    int (*take)(void *data, const BerthLease *lease);
    /* To be called before the first, by whoever knows: about so many will come. */
    void (*expect)(void *data, uint64_t leases);
    /* After BERTH_LOAD_WAITS: there is something to be had again. Never within `load`. */
    void (*ready)(void *data);
    void *data;

    /* Of shared stores; the first three never within `load` or `commit`. */

    /* What is stored now at an address: another server's change, one's own come back, or what a
     * unit that ends with CONFLICT has lost to, before its result is set. valid_sec 0: the lease
     * was removed; address, prefix length and revision count. Applied only if its revision is
     * greater than what is known of the address, so that each may come several times and late, but
     * what comes last must be the last. 0, or -EINVAL of a lease that is not fit. */
    int (*changed)(void *data, const BerthLease *lease);
    /* What the store holds now at an address of a unit that ended UNKNOWN; valid_sec 0: nothing.
     * To be called for each address of it: until then nobody gets the address, however long. */
    int (*settled)(void *data, const BerthLease *lease);
    /* The store has to be read anew, because the follower has missed something, or of a new epoch:
     * the core calls `load` again, which begins from the beginning, in the background while it
     * serves. A row wins over what the core has if its revision is greater, or if what it has is of
     * an older epoch; what has not come when the load is done, nor been changed meanwhile, is
     * removed. During a load: it begins again. */
    void (*reload)(void *data);
    /* How the store is shared: before the first load ends, within `load` or not, and whenever
     * anything of it changes. Never called: there is one writer. */
    void (*share)(void *data, const BerthShare *share);
} BerthLeaseSink;

/* What `load` answers, if not -errno. */
typedef enum BerthLoadState {
    BERTH_LOAD_DONE = 0, /* that was all */
    BERTH_LOAD_MORE,     /* call again */
    BERTH_LOAD_WAITS,    /* call again after `ready` */
} BerthLoadState;

/* A store is one set of leases of one family. A server opens one for each family that it serves,
 * and two of one family while it goes over from one to the other, of the same plugin or not: what
 * belongs to a store stands in the store, and what a plugin's stores share in its run state. */
typedef struct BerthLeaseBackend {
    size_t size; /* sizeof(BerthLeaseBackend) */
    /* How many batches the core may hand over to a store before the first is done. */
    unsigned max_in_flight;
    /* Connects, locks, checks. `conf` is filled from the role's table out of `lease-database`.
     * `family` 4 or 6; `run` is the plugin's run state, which outlives its stores. 0, and
     * *ret_store is what all other calls get; or -errno with `error` set, and nothing is open. */
    int (*open)(void *run, BerthServer *server, int family, const void *conf, void **ret_store,
                GError **error);
    /* Never while batches are in flight that somebody waits for: nobody is called any more. */
    void (*close)(void *store);
    /* Hands over up to about `max_rows` leases: a BerthLoadState, or -errno with `error` set.
     * Called again and again between packets, with the same sink; what takes long is done in a job
     * meanwhile. Later rows of one address win, so that a journal can be read from its
     * beginning. After DONE it is called again only where the store asked for a reload. */
    int (*load)(void *store, unsigned max_rows, const BerthLeaseSink *sink, GError **error);
    /* Makes the batch durable, then berth_batch_done, on the main thread but never within this
     * call. What is UNKNOWN is read again by a shared store, and then `settled`. */
    void (*commit)(void *store, BerthBatch *batch);
    /* What an operator should know; `why` one line, "" when up. */
    BerthHealth (*health)(void *store, char *why, size_t size);

    /* All of the following is optional: NULL, or left out by `size`. */

    /* Further members of "lease-backend" in the answer to status-get. */
    void (*status)(void *store, BerthJson *json);
    /* As commit, but whatever stands there now, and each lease keeps the revision that it has, 0
     * included: how a swap fills a store that nobody else uses. Where a change has no `before`,
     * there is no lease of anybody else at the address; most come so, in the first units. What is
     * committed later gets revisions that are greater than all of these. NULL: commit does it. */
    void (*import)(void *store, BerthBatch *batch);
    /* Instead of `load`, with its answers: the store is about to be filled by a swap with the
     * data set of this name (a UUID as text). Refused with -EEXIST and an error that says what to
     * do, unless it is empty or was superseded and belongs to the same data set; then it is emptied
     * and the data set noted. */
    int (*fill)(void *store, const char *data_set, const BerthLeaseSink *sink, GError **error);
    /* The UUID of what it holds; NULL: none was noted yet. */
    const char *(*data_set)(void *store);
    /* Marks the store durably as given up in favour of `by`, a text for people; from then on it is
     * refused at `open` or `load`, never at `fill`, and the error says by what. `done` later, on
     * the main thread, when it is sure how it ended: NULL, it is marked; with an error nothing was,
     * as where other servers are alive. A store that is being filled counts as given up, too, from
     * `fill` until all is there, which `by` NULL tells: it takes the mark away. */
    void (*supersede)(void *store, const char *by, void (*done)(void *data, const GError *error),
                      void *data);
} BerthLeaseBackend;
