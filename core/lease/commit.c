/* commit - propose, gather, hand over, apply. See leases_i.h.
 *
 * A change claims its address and its client bindings from the moment it is added until its unit
 * has its result; a claim of another unit is BUSY. So what a change was proposed on still holds
 * when it is applied. */
#include "core/lease/leases_i.h"

/* Units and batches kept for the next ones. */
#define SPARE_MAX 1024

static void on_idle(void *data);
static void on_again(void *data);

void berth_commit_init(BerthLeases *leases)
{
    berth_holds_init(&leases->pending, leases->world, INT64_MAX, NULL, NULL);
    leases->gathered = g_ptr_array_new();
    leases->in_flight = g_ptr_array_new();
    leases->spare_units = g_ptr_array_new();
    leases->spare_batches = g_ptr_array_new();
    leases->again = berth_world_timer(leases->world, on_again, leases);
    berth_world_on_idle(leases->world, on_idle, leases);
}

static void destroy_units(GPtrArray *units)
{
    for (unsigned i = 0; i < units->len; i++)
        berth_unit_destroy(g_ptr_array_index(units, i));
}

static void destroy_batches(GPtrArray *batches, bool with_units)
{
    for (unsigned i = 0; i < batches->len; i++) {
        BerthBatch *batch = g_ptr_array_index(batches, i);

        if (with_units)
            destroy_units(batch->units);
        berth_batch_destroy(batch);
    }
    g_ptr_array_unref(batches);
}

void berth_commit_clear(BerthLeases *leases)
{
    berth_world_off_idle(leases->world, on_idle, leases);
    berth_timer_free(leases->again);
    destroy_units(leases->gathered);
    g_ptr_array_unref(leases->gathered);
    destroy_units(leases->spare_units);
    g_ptr_array_unref(leases->spare_units);
    destroy_batches(leases->in_flight, true);
    destroy_batches(leases->spare_batches, false);
    berth_holds_clear(&leases->pending);
}

void berth_leases_set_backend(BerthLeases *leases, const BerthLeaseBackend *ops, void *store)
{
    leases->backend = ops;
    leases->backend_store = store;
}

size_t berth_leases_pending(const BerthLeases *leases)
{
    return leases->n_submitted;
}

bool berth_leases_is_pending(const BerthLeases *leases, BerthAddr addr)
{
    return berth_holds_of_addr(&leases->pending, addr) != NULL;
}

/* ---- proposing ---- */

BerthUnit *berth_unit_new(BerthLeases *leases)
{
    BerthUnit *unit =
        leases->spare_units->len
            ? g_ptr_array_steal_index(leases->spare_units, leases->spare_units->len - 1)
            : berth_unit_make();

    unit->leases = leases;
    return unit;
}

static bool is_same(const BerthLease *a, const BerthLease *b)
{
    return a->cltt == b->cltt && a->valid_sec == b->valid_sec && a->state == b->state &&
           a->subnet_id == b->subnet_id && a->revision == b->revision &&
           berth_hwaddr_equal(a->hwaddr, b->hwaddr) &&
           berth_bytes_equal(a->client_id, b->client_id);
}

/* Whether the table is as the caller found it. Time may have passed since, while the packet was
 * parked; what was found then is good for nothing. A lease that keeps nobody away need not have
 * been found: it is put into *before. */
static bool still_holds(const BerthLeases *leases, BerthAddr addr, const BerthLease **before,
                        BerthLease *now)
{
    if (!berth_table_get(leases->table, addr, now))
        return *before == NULL;
    if (*before)
        return is_same(*before, now);
    *before = now;
    return !berth_lease_blocks(now, berth_leases_past(leases));
}

static void set_key(BerthChange *change, const BerthLeases *leases)
{
    const BerthLease *claimant = berth_change_claimant(change);

    if (!claimant)
        return;
    change->key = berth_leases_key(leases, claimant);
    change->has_key = true;
    if (berth_leases_is_shared(leases))
        change->known = berth_leases_known(leases, claimant);
}

static bool is_claimed(const BerthLeases *leases, const BerthUnit *unit, const BerthChange *change)
{
    const BerthHold *other =
        change->has_key ? berth_holds_of_key(&leases->pending, &change->key) : NULL;

    return other && other->unit != unit;
}

static void claim(BerthLeases *leases, BerthChange *change)
{
    /* Another change of the unit may have claimed the binding. */
    bool has_key = change->has_key && !berth_holds_of_key(&leases->pending, &change->key);
    BerthHold *hold =
        berth_holds_put(&leases->pending, has_key ? &change->key : NULL, change->prefix, SIZE_MAX);

    hold->unit = change->unit;
    if (change->unit->changes->len == 1)
        leases->n_claiming++;
    berth_leases_mark_as(leases, change->prefix,
                         change->unit->is_expiry ? BERTH_MARK_ASIDE : BERTH_MARK_TAKEN);
}

static void release_claims(BerthLeases *leases, const BerthUnit *unit)
{
    for (unsigned c = 0; c < unit->changes->len; c++) {
        const BerthChange *change = g_ptr_array_index(unit->changes, c);

        berth_holds_drop(&leases->pending,
                         berth_holds_of_addr(&leases->pending, change->prefix.addr));
    }
    if (unit->changes->len)
        leases->n_claiming--;
}

/* Whether the table has exactly what the change wanted, and nobody else can have its address: then
 * that is marked so since the claim. */
static bool is_in_force(const BerthChange *change, BerthCommitResult result, int64_t now)
{
    return result == BERTH_COMMIT_OK && !change->revision && !change->unit->is_expiry &&
           change->after && change->after->state != BERTH_LEASE_REGISTERED &&
           berth_lease_blocks(change->after, now);
}

static void mark_all(BerthLeases *leases, const BerthUnit *unit, BerthCommitResult result)
{
    int64_t now = berth_leases_past(leases);

    for (unsigned c = 0; c < unit->changes->len; c++) {
        const BerthChange *change = g_ptr_array_index(unit->changes, c);

        if (!is_in_force(change, result, now))
            berth_leases_mark(leases, change->prefix);
        if (change->before && change->before->prefix_len != change->prefix.len)
            berth_leases_mark(leases, berth_lease_prefix(change->before));
    }
}

static bool is_fit(const BerthLease *before, const BerthLease *after)
{
    if (before && after && !berth_addr_equal(before->addr, after->addr))
        return false;
    /* In a store a lifetime of 0 means that there is no lease. */
    return after ? after->valid_sec > 0 && berth_lease_unfit(after) == NULL : before != NULL;
}

/* What begins to keep others away must not overlap with anything that does. */
static bool is_overlapped(const BerthLeases *leases, const BerthLease *before,
                          const BerthLease *after)
{
    int64_t now = berth_leases_past(leases);
    bool did = before && before->prefix_len == after->prefix_len && berth_lease_blocks(before, now);

    return leases->strays && !did && berth_lease_blocks(after, now) &&
           after->state != BERTH_LEASE_REGISTERED &&
           berth_leases_overlap(leases, berth_lease_prefix(after), NULL);
}

BerthPropose berth_unit_add(BerthUnit *unit, const BerthLease *before, const BerthLease *after)
{
    BerthLeases *leases = unit->leases;
    BerthChange plan = {0}, *change;
    BerthLease now;

    if (!is_fit(before, after))
        return BERTH_PROPOSE_UNFIT;
    if (unit->changes->len == 0 && leases->n_claiming >= BERTH_PENDING_MAX)
        return BERTH_PROPOSE_FULL;
    plan.prefix = berth_lease_prefix(after ? after : before);
    if (berth_leases_is_pending(leases, plan.prefix.addr) ||
        berth_holds_of_addr(&leases->unknowns, plan.prefix.addr) ||
        !still_holds(leases, plan.prefix.addr, &before, &now))
        return BERTH_PROPOSE_BUSY;
    plan.before = (BerthLease *)before;
    plan.after = (BerthLease *)after;
    set_key(&plan, leases);
    if (is_claimed(leases, unit, &plan) || (after && is_overlapped(leases, before, after)))
        return BERTH_PROPOSE_BUSY;
    change = berth_unit_put(unit, before, after);
    if (!change)
        return BERTH_PROPOSE_FULL;
    change->key = plan.key;
    change->has_key = plan.has_key;
    change->known = plan.known;
    if (change->after)
        berth_table_expect(leases->table, change->after, &change->place);
    claim(leases, change);
    return BERTH_PROPOSED;
}

static void recycle(BerthLeases *leases, BerthUnit *unit)
{
    if (leases->spare_units->len == SPARE_MAX) {
        berth_unit_destroy(unit);
        return;
    }
    berth_unit_reset(unit);
    g_ptr_array_add(leases->spare_units, unit);
}

/* The unit gives up what it claimed; what it wanted is applied or not by now. */
static void let_go(BerthLeases *leases, BerthUnit *unit, BerthCommitResult result)
{
    release_claims(leases, unit);
    mark_all(leases, unit, result);
    recycle(leases, unit);
}

void berth_unit_abandon(BerthUnit *unit)
{
    if (unit)
        let_go(unit->leases, unit, BERTH_COMMIT_FAILED);
}

void berth_unit_submit(BerthUnit *unit, BerthCommitted committed, void *data)
{
    BerthLeases *leases = unit->leases;

    unit->committed = committed;
    unit->data = data;
    leases->n_submitted++;
    leases->n_expiring += unit->is_expiry;
    g_ptr_array_add(leases->gathered, unit);
    /* Where this is an idle call itself, ours may have been already. */
    if (leases->gathered->len == 1)
        berth_world_timer_set(leases->world, leases->again, 0);
}

/* ---- results ---- */

/* Another client takes over from a lease that had ended, or it ends for good. */
static bool is_end(const BerthLease *old, const BerthLease *after, int64_t now)
{
    BerthClient client;

    if (!old || !berth_lease_has_ended(old, now) || old->state == BERTH_LEASE_RECLAIMED ||
        old->state == BERTH_LEASE_RELEASED)
        return false;
    if (!after || after->state == BERTH_LEASE_RECLAIMED)
        return true;
    client = berth_lease_client(after);
    return !berth_lease_belongs_to(old, &client);
}

/* In a shared store the change may have come back already, and a later one of another server. What
 * it means for whom it was taken from is the same. */
static void apply(BerthLeases *leases, const BerthChange *change)
{
    BerthLease *after = change->after;

    if (is_end(change->before, after, berth_leases_about_now(leases))) {
        if (!change->unit->is_expiry || berth_leases_is_shared(leases))
            berth_leases_gave_way(leases, change->before);
        berth_leases_count_reclaimed(leases, change->before);
    }
    if (after) {
        after->revision = change->revision;
        after->is_foreign = false;
    }
    if (!change->revision || change->revision > berth_leases_revision(leases, change->prefix.addr))
        berth_leases_enter(leases, change->prefix, after, &change->place, change->revision);
    /* The binding has what it wanted, or wants no more; where a lease only ended, its former owner
     * may have been offered another. */
    if (change->has_key && !change->unit->is_expiry)
        berth_holds_drop(&leases->offers, berth_holds_of_key(&leases->offers, &change->key));
}

/* The store and the table may disagree about these addresses from now on. */
static void set_apart(BerthLeases *leases, const BerthUnit *unit)
{
    for (unsigned i = 0; i < unit->changes->len; i++) {
        const BerthChange *change = g_ptr_array_index(unit->changes, i);
        BerthKey key;

        G_STATIC_ASSERT(sizeof(key) == sizeof(change->prefix.addr));
        memcpy(&key, &change->prefix.addr, sizeof(key));
        berth_holds_put(&leases->unknowns, &key, change->prefix, BERTH_HOLDS_MAX)->revision =
            berth_leases_revision(leases, change->prefix.addr);
    }
}

static void finish(BerthLeases *leases, BerthUnit *unit, BerthCommitResult result)
{
    BerthCommitted committed = unit->committed;
    void *data = unit->data;

    for (unsigned i = 0; result == BERTH_COMMIT_OK && i < unit->changes->len; i++)
        apply(leases, g_ptr_array_index(unit->changes, i));
    if (result == BERTH_COMMIT_UNKNOWN)
        set_apart(leases, unit);
    leases->share_counts.conflicts += result == BERTH_COMMIT_CONFLICT;
    leases->share_counts.unknown += result == BERTH_COMMIT_UNKNOWN;
    leases->n_submitted--;
    leases->n_expiring -= unit->is_expiry;
    let_go(leases, unit, result);
    if (committed)
        committed(data, result);
}

static void on_done(void *data, BerthBatch *batch)
{
    BerthLeases *leases = data;

    g_ptr_array_remove(leases->in_flight, batch);
    for (unsigned i = 0; i < batch->units->len; i++) {
        BerthUnit *unit = g_ptr_array_index(batch->units, i);

        finish(leases, unit, unit->result);
    }
    g_ptr_array_set_size(batch->units, 0);
    g_ptr_array_add(leases->spare_batches, batch);
}

/* ---- handing over ---- */

static BerthBatch *new_batch(BerthLeases *leases)
{
    unsigned n = leases->spare_batches->len;

    return n ? g_ptr_array_steal_index(leases->spare_batches, n - 1)
             : berth_batch_make(on_done, leases);
}

static void hand_over(BerthLeases *leases, BerthBatch *batch)
{
    g_ptr_array_add(leases->in_flight, batch);
    leases->backend->commit(leases->backend_store, batch);
}

/* Units that need no backend, because they change nothing, or that find none. */
static void finish_without(BerthLeases *leases, BerthBatch *batch)
{
    for (unsigned i = 0; i < batch->units->len;) {
        BerthUnit *unit = g_ptr_array_index(batch->units, i);
        bool is_empty = unit->changes->len == 0;

        if (!is_empty && leases->backend) {
            i++;
            continue;
        }
        g_ptr_array_remove_index(batch->units, i);
        finish(leases, unit, is_empty ? BERTH_COMMIT_OK : BERTH_COMMIT_FAILED);
    }
}

static bool may_hand_over(const BerthLeases *leases)
{
    unsigned max = leases->backend ? MAX(leases->backend->max_in_flight, 1u) : 1;

    return leases->gathered->len > 0 && leases->in_flight->len < max;
}

static void on_again(void *data)
{
    (void)data; /* The world was to be woken; its idle calls do the rest. */
}

/* All that was gathered since the last time is one batch; while the backend is busy it grows. */
static void on_idle(void *data)
{
    BerthLeases *leases = data;
    BerthBatch *batch;
    GPtrArray *units;

    /* When the backend is busy, its next result wakes the world. */
    berth_timer_stop(leases->again);
    if (!may_hand_over(leases))
        return;
    batch = new_batch(leases);
    units = batch->units;
    batch->units = leases->gathered;
    leases->gathered = units;
    finish_without(leases, batch);
    if (batch->units->len)
        hand_over(leases, batch);
    else
        g_ptr_array_add(leases->spare_batches, batch);
}
