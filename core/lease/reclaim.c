/* reclaim - what happens when leases end. See leases_i.h.
 *
 * First a lease lapses: its address is free for others, in memory only and as soon as anybody needs
 * it. Then it is reclaimed: callouts, a change of the store; in rounds, bounded as Kea's are. At
 * last, when it has been kept for its owner long enough, its record is removed (flushed).
 *
 * In a shared store all of this begins some time after the end (grace_sec), and later still where
 * another server wrote the lease last (foreign_extra_sec): that one is alive, most often, and then
 * it does it. Whoever does, the store decides; so callouts run when the change is committed, by the
 * one server that got it, and not before. It is too late for a verdict then. If the server dies
 * between the two they never run. */
#include "core/lease/leases_i.h"

#define USEC INT64_C(1000000)
/* What is left comes with the next call. */
#define FLUSH_IN_ROUND 1000
/* A lease that was to be reclaimed and is still there comes up again no sooner than this. */
#define AGAIN_SEC 5
/* So many lapse before the first of them is reclaimed. */
#define LAPSE_AT_ONCE 64
/* Many were renewed, and it is being found out which. */
#define BEHIND_USEC 10000
/* Whoever waits for all to be reclaimed must not make packets wait for longer than this. */
#define SWEEP_ROUND_USEC 5000
#define SWEEP_WAIT_USEC 1000
/* Reclaiming leaves room for packets. */
#define RECLAIM_PENDING_MAX (BERTH_PENDING_MAX / 2)

/* An identifier of a message, in the words of the family. */
#define ID(leases, rest) ((leases)->family == 6 ? "ALLOC_ENGINE_V6_" rest : "ALLOC_ENGINE_V4_" rest)

static void on_reclaim_timer(void *data);
static void on_flush_timer(void *data);
static void on_sweep_timer(void *data);

void berth_reclaim_init(BerthLeases *leases)
{
    leases->reclaim_timer = berth_world_timer(leases->world, on_reclaim_timer, leases);
    leases->flush_timer = berth_world_timer(leases->world, on_flush_timer, leases);
    leases->sweep_timer = berth_world_timer(leases->world, on_sweep_timer, leases);
    g_queue_init(&leases->sweeps);
}

void berth_reclaim_clear(BerthLeases *leases)
{
    berth_timer_free(leases->reclaim_timer);
    berth_timer_free(leases->flush_timer);
    berth_timer_free(leases->sweep_timer);
    g_queue_clear_full(&leases->sweeps, g_free);
}

void berth_leases_on_expire(BerthLeases *leases, BerthOnExpire call, void *data)
{
    leases->on_expire = call;
    leases->on_expire_data = data;
}

/* 0: never. */
static void set_timer(BerthLeases *leases, BerthTimer *timer, int64_t wait_sec)
{
    if (wait_sec > 0)
        berth_world_timer_set(leases->world, timer, wait_sec * USEC);
    else
        berth_timer_stop(timer);
}

void berth_reclaim_set_conf(BerthLeases *leases, const BerthFamilyConf *conf)
{
    bool same = leases->reclaim_wait_sec == conf->reclaim_wait_sec &&
                leases->flush_wait_sec == conf->flush_reclaimed_wait_sec;

    leases->reclaim_wait_sec = conf->reclaim_wait_sec;
    leases->hold_reclaimed_sec = MAX(conf->hold_reclaimed_sec, 0);
    leases->flush_wait_sec = conf->flush_reclaimed_wait_sec;
    leases->max_reclaim_leases = conf->max_reclaim_leases;
    leases->max_reclaim_msec = conf->max_reclaim_msec;
    leases->unwarned_reclaim_cycles = conf->unwarned_reclaim_cycles;
    /* Frequent reloads must not keep a timer from ever ending. */
    if (same)
        return;
    set_timer(leases, leases->reclaim_timer, leases->reclaim_wait_sec);
    set_timer(leases, leases->flush_timer, leases->flush_wait_sec);
}

/* How much later something is done to a lease that another server wrote last. */
static int64_t extra_of(const BerthLeases *leases, const BerthLease *lease)
{
    return lease->is_foreign ? leases->share.foreign_extra_sec : 0;
}

unsigned berth_leases_lapse(BerthLeases *leases, unsigned max)
{
    int64_t grace = leases->share.grace_sec, now = berth_leases_now(leases) - grace, due;
    BerthTableFirst first = BERTH_FIRST_NONE;
    unsigned n = 0;
    BerthLease lease;

    while (n < max && (first = berth_table_first(leases->table, BERTH_QUEUE_VALID, now, &due,
                                                 &lease)) == BERTH_FIRST_FOUND) {
        BerthPrefix prefix = berth_lease_prefix(&lease);

        int64_t extra = extra_of(leases, &lease);

        berth_table_set_ended(leases->table, prefix.addr);
        if (extra)
            berth_table_postpone(leases->table, prefix.addr, due + grace + extra);
        berth_leases_mark(leases, prefix);
        n++;
    }
    leases->is_behind = first == BERTH_FIRST_BEHIND;
    if (leases->is_behind && leases->reclaim_wait_sec > 0)
        berth_world_timer_set(leases->world, leases->reclaim_timer, BEHIND_USEC);
    return n;
}

/* ---- callouts ---- */

static BerthVerdict call_out(BerthLeases *leases, const BerthLease *lease)
{
    BerthLease copy = *lease;

    if (!leases->on_expire)
        return BERTH_CONTINUE;
    return leases->on_expire(leases->on_expire_data, &copy, lease->state == BERTH_LEASE_DECLINED);
}

static void log_end(const BerthLeases *leases, const BerthLease *lease)
{
    char text[BERTH_ADDR_TEXT], len[8] = "";

    if (lease->type == BERTH_LEASE_PD)
        g_snprintf(len, sizeof(len), "/%u", lease->prefix_len);
    if (lease->state == BERTH_LEASE_DECLINED)
        berth_log_to(leases->log, BERTH_INFO, "alloc-engine", ID(leases, "DECLINED_RECOVERED"),
                     "declined address %s is back in its pool after %u seconds",
                     berth_addr_text(lease->addr, text), lease->valid_sec);
    else
        berth_log_to(leases->log, BERTH_DEBUG, "alloc-engine", ID(leases, "LEASE_RECLAIM"),
                     "the lease of %s%s has expired and is reclaimed",
                     berth_addr_text(lease->addr, text), len);
}

void berth_leases_gave_way(BerthLeases *leases, const BerthLease *old)
{
    log_end(leases, old);
    /* It is too late for a verdict. */
    call_out(leases, old);
}

/* ---- rounds ---- */

static bool propose(BerthLeases *leases, const BerthLease *before, const BerthLease *after)
{
    BerthUnit *unit = berth_unit_new(leases);

    unit->is_expiry = true;
    if (berth_unit_add(unit, before, after) != BERTH_PROPOSED) {
        berth_unit_abandon(unit);
        return false;
    }
    berth_unit_submit(unit, NULL, NULL);
    return true;
}

typedef struct Round {
    unsigned tried, max;
    int64_t began_usec, until_usec;
    bool keep; /* for the owners */
} Round;

static bool is_offered(const BerthLeases *leases, const BerthLease *lease)
{
    const BerthHold *offer = berth_holds_of_addr(&leases->offers, lease->addr);

    return offer && berth_prefix_equal(offer->prefix, berth_lease_prefix(lease));
}

static bool reclaim_one(BerthLeases *leases, const Round *round, const BerthLease *lease)
{
    BerthLease after = *lease;
    /* A declined address has no owner, and one that was registered comes from elsewhere. */
    bool keep = round->keep && lease->state == BERTH_LEASE_ACTIVE;

    /* Somebody may be about to renew it, and then it has not ended. Who was offered the address is
     * about to get it, which a change under way would prevent. */
    if (berth_leases_is_pending(leases, lease->addr) || is_offered(leases, lease))
        return false;
    if (!berth_leases_is_shared(leases)) {
        if (call_out(leases, lease) != BERTH_CONTINUE)
            return false;
        log_end(leases, lease);
    }
    after.state = BERTH_LEASE_RECLAIMED;
    berth_lease_set_hostname(&after, (BerthBytes){0}, false, false);
    return propose(leases, lease, keep ? &after : NULL);
}

static bool may_go_on(const BerthLeases *leases, Round *round)
{
    return leases->n_submitted < RECLAIM_PENDING_MAX && round->tried++ < round->max &&
           berth_world_boot_usec(leases->world) < round->until_usec;
}

/* The bounds of Kea; 0: none. */
static Round round_of(const BerthLeases *leases)
{
    int64_t leases_max = leases->max_reclaim_leases, msec = leases->max_reclaim_msec;
    int64_t now = berth_world_boot_usec(leases->world);

    return (Round){
        .max = leases_max > 0 ? (unsigned)MIN(leases_max, UINT32_MAX) : UINT32_MAX,
        .began_usec = now,
        .until_usec = msec > 0 ? now + msec * 1000 : INT64_MAX,
        .keep = leases->hold_reclaimed_sec > 0 && leases->flush_wait_sec > 0,
    };
}

static bool first_ended(const BerthLeases *leases, int64_t now, BerthLease *ret)
{
    int64_t due;

    return berth_table_first(leases->table, BERTH_QUEUE_ENDED, now + 1, &due, ret) ==
           BERTH_FIRST_FOUND;
}

/* The next lease to be reclaimed; leases lapse as they are needed. */
static bool next_ended(BerthLeases *leases, int64_t now, BerthLease *ret)
{
    return first_ended(leases, now, ret) ||
           (berth_leases_lapse(leases, LAPSE_AT_ONCE) > 0 && first_ended(leases, now, ret));
}

static unsigned run_round(BerthLeases *leases, Round *round)
{
    int64_t now = berth_leases_now(leases);
    unsigned n = 0;
    BerthLease lease;

    while (may_go_on(leases, round) && next_ended(leases, now, &lease)) {
        BerthAddr addr = lease.addr;

        n += reclaim_one(leases, round, &lease);
        berth_table_postpone(leases->table, addr, now + AGAIN_SEC);
    }
    return n;
}

static bool is_something_left(BerthLeases *leases)
{
    BerthLease lease;

    return next_ended(leases, berth_leases_now(leases), &lease) || leases->is_behind;
}

/* As Kea does: after so many rounds that left something a warning, and then from the start. */
static void warn_if_slow(BerthLeases *leases)
{
    int64_t max = leases->unwarned_reclaim_cycles;

    if (!is_something_left(leases)) {
        leases->unwarned_rounds = 0;
    } else if (max > 0 && ++leases->unwarned_rounds > max) {
        berth_log_to(leases->log, BERTH_WARN, "alloc-engine", ID(leases, "LEASES_RECLAMATION_SLOW"),
                     "expired leases still exist after %" G_GINT64_FORMAT
                     " reclamations; raise max-reclaim-leases or max-reclaim-time",
                     max);
        leases->unwarned_rounds = 0;
    }
}

static void log_complete(const BerthLeases *leases, const Round *round, unsigned n)
{
    int64_t usec = berth_world_boot_usec(leases->world) - round->began_usec;

    berth_log_to(leases->log, BERTH_DEBUG, "alloc-engine",
                 ID(leases, "LEASES_RECLAMATION_COMPLETE"), "reclaimed %u leases in %.3f ms", n,
                 (double)usec / 1000);
}

/* Without a store nothing can be reclaimed, and callouts would run for nothing. Where the store may
 * have lost leases, what has ended here may have been renewed elsewhere, and its server has yet to
 * write that back; what was reclaimed meanwhile would be the later one. */
static bool may_reclaim(const BerthLeases *leases)
{
    return leases->backend && !leases->share.only_known;
}

unsigned berth_leases_reclaim(BerthLeases *leases)
{
    Round round = round_of(leases);
    unsigned n;

    if (!may_reclaim(leases))
        return 0;
    berth_log_to(leases->log, BERTH_DEBUG, "alloc-engine", ID(leases, "LEASES_RECLAMATION_START"),
                 "starting reclamation of expired leases (limit = %" G_GINT64_FORMAT
                 " leases or %" G_GINT64_FORMAT " milliseconds)",
                 leases->max_reclaim_leases, leases->max_reclaim_msec);
    n = run_round(leases, &round);
    log_complete(leases, &round, n);
    warn_if_slow(leases);
    return n;
}

/* ---- all at once ---- */

typedef struct Sweep {
    bool remove;
    void (*done)(void *data);
    void *data;
} Sweep;

void berth_leases_reclaim_all(BerthLeases *leases, bool remove, void (*done)(void *data),
                              void *data)
{
    Sweep *sweep = g_new(Sweep, 1);

    *sweep = (Sweep){remove, done, data};
    g_queue_push_tail(&leases->sweeps, sweep);
    berth_world_timer_set(leases->world, leases->sweep_timer, 0);
}

/* One part of the first sweep, until nothing is left and nothing is under way. */
static void on_sweep_timer(void *data)
{
    BerthLeases *leases = data;
    Sweep *sweep = g_queue_peek_head(&leases->sweeps);
    int64_t now = berth_world_boot_usec(leases->world);
    Round round = {
        .max = UINT32_MAX,
        .began_usec = now,
        .until_usec = now + SWEEP_ROUND_USEC,
        .keep = !sweep->remove,
    };
    unsigned n = may_reclaim(leases) ? run_round(leases, &round) : 0;

    log_complete(leases, &round, n);
    if (leases->n_expiring > 0 || (leases->backend && is_something_left(leases))) {
        berth_world_timer_set(leases->world, leases->sweep_timer, SWEEP_WAIT_USEC);
        return;
    }
    g_queue_pop_head(&leases->sweeps);
    sweep->done(sweep->data);
    g_free(sweep);
    if (!g_queue_is_empty(&leases->sweeps))
        berth_world_timer_set(leases->world, leases->sweep_timer, 0);
}

/* ---- flushing ---- */

static unsigned flush(BerthLeases *leases)
{
    int64_t now = berth_leases_now(leases), due;
    int64_t hold = leases->hold_reclaimed_sec + leases->share.grace_sec;
    Round round = {.max = FLUSH_IN_ROUND, .until_usec = INT64_MAX};
    unsigned n = 0;
    BerthLease lease;

    if (!may_reclaim(leases))
        return 0;
    while (may_go_on(leases, &round) &&
           berth_table_first(leases->table, BERTH_QUEUE_KEPT, now - hold + 1, &due, &lease) ==
               BERTH_FIRST_FOUND) {
        int64_t extra = extra_of(leases, &lease);
        bool is_due = due >= berth_lease_end(&lease) + extra;

        n += is_due && propose(leases, &lease, NULL);
        berth_table_postpone(leases->table, lease.addr,
                             is_due ? now - hold + AGAIN_SEC : due + extra);
    }
    if (n)
        berth_log_to(leases->log, BERTH_DEBUG, "alloc-engine",
                     ID(leases, "RECLAIMED_LEASES_DELETE_COMPLETE"),
                     "%u reclaimed leases are removed", n);
    return n;
}

static void on_reclaim_timer(void *data)
{
    BerthLeases *leases = data;

    /* Catching up is no round of reclamation, whose number and size are Kea's. */
    if (leases->is_behind)
        berth_leases_lapse(leases, LAPSE_AT_ONCE);
    else
        berth_leases_reclaim(leases);
    if (!leases->is_behind)
        set_timer(leases, leases->reclaim_timer, leases->reclaim_wait_sec);
}

static void on_flush_timer(void *data)
{
    BerthLeases *leases = data;

    flush(leases);
    set_timer(leases, leases->flush_timer, leases->flush_wait_sec);
}
