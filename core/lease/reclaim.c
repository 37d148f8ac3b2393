/* reclaim - what happens when leases end. See leases_i.h.
 *
 * First a lease lapses: its address is free for others, in memory only and as soon as anybody needs
 * it. Then it is reclaimed: callouts, a change of the store; in rounds, bounded as Kea's are. At
 * last, when it has been kept for its owner long enough, its record is removed (flushed). */
#include "core/lease/leases_i.h"

#define USEC INT64_C(1000000)
/* Of one call; what is left comes with the next round or pick. */
#define LAPSE_IN_ROUND 100000
#define FLUSH_IN_ROUND 1000
/* A lease that was to be reclaimed and is still there comes up again no sooner than this. */
#define AGAIN_SEC 5
/* Reclaiming leaves room for packets. */
#define RECLAIM_PENDING_MAX (BERTH_PENDING_MAX / 2)

static void on_reclaim_timer(void *data);
static void on_flush_timer(void *data);

void berth_reclaim_init(BerthLeases *leases)
{
    leases->reclaim_timer = berth_world_timer(leases->world, on_reclaim_timer, leases);
    leases->flush_timer = berth_world_timer(leases->world, on_flush_timer, leases);
}

void berth_reclaim_clear(BerthLeases *leases)
{
    berth_timer_free(leases->reclaim_timer);
    berth_timer_free(leases->flush_timer);
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
    /* Frequent reloads must not keep a timer from ever ending. */
    if (same)
        return;
    set_timer(leases, leases->reclaim_timer, leases->reclaim_wait_sec);
    set_timer(leases, leases->flush_timer, leases->flush_wait_sec);
}

unsigned berth_leases_lapse(BerthLeases *leases, unsigned max)
{
    int64_t now = berth_leases_now(leases), due;
    unsigned n = 0;
    BerthLease lease;

    while (n < max && berth_table_first(leases->table, BERTH_QUEUE_VALID, &due, &lease) &&
           berth_lease_has_ended(&lease, now)) {
        BerthAddr addr = lease.addr;

        berth_table_set_ended(leases->table, addr);
        berth_leases_mark(leases, addr);
        n++;
    }
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
    char text[BERTH_ADDR_TEXT];

    if (lease->state == BERTH_LEASE_DECLINED)
        berth_log_to(leases->log, BERTH_INFO, "alloc-engine", "ALLOC_ENGINE_V4_DECLINED_RECOVERED",
                     "declined address %s is back in its pool after %u seconds",
                     berth_addr_text(lease->addr, text), lease->valid_sec);
    else
        berth_log_to(leases->log, BERTH_DEBUG, "alloc-engine", "ALLOC_ENGINE_V4_LEASE_RECLAIM",
                     "the lease of %s has expired and is reclaimed",
                     berth_addr_text(lease->addr, text));
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

static bool is_kept(const BerthLeases *leases, const BerthLease *lease)
{
    return leases->hold_reclaimed_sec > 0 && leases->flush_wait_sec > 0 &&
           lease->state != BERTH_LEASE_DECLINED;
}

static bool reclaim_one(BerthLeases *leases, const BerthLease *lease)
{
    BerthLease after = *lease;

    /* Somebody may be about to renew it, and then it has not ended. */
    if (berth_leases_is_pending(leases, lease->addr) || call_out(leases, lease) != BERTH_CONTINUE)
        return false;
    log_end(leases, lease);
    after.state = BERTH_LEASE_RECLAIMED;
    berth_lease_set_hostname(&after, (BerthBytes){0}, false, false);
    return propose(leases, lease, is_kept(leases, lease) ? &after : NULL);
}

typedef struct Round {
    unsigned tried, max;
    int64_t until_usec;
} Round;

static bool may_go_on(const BerthLeases *leases, Round *round)
{
    return leases->n_submitted < RECLAIM_PENDING_MAX && round->tried++ < round->max &&
           berth_world_boot_usec(leases->world) < round->until_usec;
}

static Round round_of(const BerthLeases *leases)
{
    int64_t leases_max = leases->max_reclaim_leases, msec = leases->max_reclaim_msec;

    return (Round){
        .max = leases_max > 0 ? (unsigned)MIN(leases_max, UINT32_MAX) : UINT32_MAX,
        .until_usec = msec > 0 ? berth_world_boot_usec(leases->world) + msec * 1000 : INT64_MAX,
    };
}

unsigned berth_leases_reclaim(BerthLeases *leases)
{
    int64_t now = berth_leases_now(leases), due;
    Round round = round_of(leases);
    unsigned n = 0;
    BerthLease lease;

    berth_leases_lapse(leases, LAPSE_IN_ROUND);
    /* Without a store nothing can be reclaimed, and callouts would run for nothing. */
    if (!leases->backend)
        return 0;
    while (may_go_on(leases, &round) &&
           berth_table_first(leases->table, BERTH_QUEUE_ENDED, &due, &lease) && due <= now) {
        n += reclaim_one(leases, &lease);
        berth_table_postpone(leases->table, lease.addr, now + AGAIN_SEC);
    }
    return n;
}

static unsigned flush(BerthLeases *leases)
{
    int64_t now = berth_leases_now(leases), due, hold = leases->hold_reclaimed_sec;
    Round round = {.max = FLUSH_IN_ROUND, .until_usec = INT64_MAX};
    unsigned n = 0;
    BerthLease lease;

    if (!leases->backend)
        return 0;
    while (may_go_on(leases, &round) &&
           berth_table_first(leases->table, BERTH_QUEUE_KEPT, &due, &lease) && due <= now - hold) {
        n += propose(leases, &lease, NULL);
        berth_table_postpone(leases->table, lease.addr, now - hold + AGAIN_SEC);
    }
    if (n)
        berth_log_to(leases->log, BERTH_DEBUG, "alloc-engine",
                     "ALLOC_ENGINE_V4_RECLAIMED_LEASES_DELETE_COMPLETE",
                     "%u reclaimed leases are removed", n);
    return n;
}

static void on_reclaim_timer(void *data)
{
    BerthLeases *leases = data;

    berth_leases_reclaim(leases);
    set_timer(leases, leases->reclaim_timer, leases->reclaim_wait_sec);
}

static void on_flush_timer(void *data)
{
    BerthLeases *leases = data;

    flush(leases);
    set_timer(leases, leases->flush_timer, leases->flush_wait_sec);
}
