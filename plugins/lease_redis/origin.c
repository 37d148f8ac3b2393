/* origin - whose leases Redis has: which data set, who fills it, which epoch. See store.h.
 *
 * Each function is a matter of the judgement in guard.c. True: it is not well, something was done
 * or is waited for, and the judgement is over for now. */
#include "store.h"

/* ---- the highest revision that this server knows of the data set ---- */

/* Of an earlier life. In this one `top` is as high, and the state may be noting for another store
 * with the same data set, which a swap fills, too. */
static uint64_t noted_top(const Store *store)
{
    const char *look = store->guard.look.data_set;
    const StateSet *set = state_find(store->state, look[0] ? look : store->data_set);

    return set && !guard_is_running(store)
               ? (uint64_t)set->epoch << BERTH_REVISION_EPOCH_SHIFT | set->counter
               : 0;
}

static uint64_t known_top(const Store *store)
{
    return MAX(store->top, noted_top(store));
}

static void add_top(Call *call, uint64_t top)
{
    call_add_number(call, top >> BERTH_REVISION_EPOCH_SHIFT);
    call_add_number(call, top & ((UINT64_C(1) << BERTH_REVISION_EPOCH_SHIFT) - 1));
}

/* ---- the data set ---- */

static bool create(Store *store, const char *data_set, uint64_t top, const char *filler)
{
    Call *call = call_new(&store->place, SCRIPT_CREATE);

    call_add_text(call, data_set);
    add_top(call, top + (UINT64_C(1) << BERTH_REVISION_EPOCH_SHIFT));
    call_add_text(call, store->guard.info.run_id);
    call_add_text(call, filler);
    BERTH_LOG(store->server, BERTH_WARN, "dhcpsrv", "LEASE_REDIS_CREATED",
              "%s: there is no data set; %s is begun", store->place.slot, data_set);
    return guard_act(store, call);
}

static bool create_new(Store *store)
{
    uint8_t b[16];
    char id[STATE_ID_LEN + 1];

    berth_server_random(store->server, b, sizeof(b));
    b[6] = (b[6] & 0x0f) | 0x40; /* RFC 9562 section 5.4: version 4. */
    b[8] = (b[8] & 0x3f) | 0x80;
    g_snprintf(id, sizeof(id),
               "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", b[0], b[1],
               b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12], b[13], b[14],
               b[15]);
    return create(store, id, 0, "");
}

static bool is_gone(Store *store)
{
    const StateSet *last = state_last(store->state);
    char why[STORE_TEXT];

    if (guard_is_running(store))
        return create(store, store->data_set, known_top(store), store->mend_owner);
    if (!last)
        return create_new(store);
    if (!guard_has_waited(store)) {
        g_snprintf(
            why, sizeof(why),
            "Redis is empty, and this server has used the data set %s: is it the right Redis? "
            "The command lease-redis-accept begins anew, as does the guard time",
            last->id);
        return guard_hold(store, why);
    }
    guard_let_go(store);
    g_strlcpy(store->data_set, last->id, sizeof(store->data_set));
    return create(store, last->id, known_top(store), store->mend_owner);
}

bool origin_is_another_set(Store *store)
{
    const Look *look = &store->guard.look;
    char why[STORE_TEXT];

    if (look->data_set[0] == '\0')
        return is_gone(store);
    if (guard_is_running(store)
            ? strcmp(look->data_set, store->data_set) == 0
            : state_last(store->state) == NULL || state_find(store->state, look->data_set) != NULL)
        return false;
    /* While leases of another data set are being served no time makes it the right one. */
    if (guard_is_running(store) ? store->guard.is_accepted : guard_has_waited(store)) {
        guard_let_go(store);
        store->top = 0;
        return false;
    }
    g_snprintf(why, sizeof(why),
               "Redis holds the data set %s, and this server has used another one: is it the right "
               "Redis? The command lease-redis-accept takes it",
               look->data_set);
    return guard_hold(store, why);
}

/* ---- whoever fills it ---- */

static bool take_over(Store *store)
{
    const Look *look = &store->guard.look;

    guard_let_go(store);
    store->guard.has_taken = g_str_has_prefix(look->filling, "mend:");
    return guard_act(
        store, mark_new(&store->place, look->data_set, look->epoch, store->mend_owner, "taken"));
}

bool origin_is_mended(Store *store)
{
    const Look *look = &store->guard.look;

    if (look->filling[0] == '\0')
        return false;
    if (strcmp(look->filling, store->mend_owner) == 0) {
        store_set_phase(store, PHASE_MENDING, "what Redis has lost is being written back");
        guard_open_journal(store);
        mend_all(store, 0);
        return true;
    }
    if (g_str_has_prefix(look->filling, "mend:")) {
        if (!members_is_alive(store, look->filling + strlen("mend:")))
            return take_over(store);
        store_set_phase(store, PHASE_MENDING, "another server writes back what Redis has lost");
        return true;
    }
    if (store->guard.is_accepted || strcmp(look->filling, store->swap_owner) == 0) {
        BERTH_LOG(store->server, BERTH_WARN, "dhcpsrv", "LEASE_REDIS_TAKEN",
                  "%s: a swap has filled the data set %s, and its end was not seen; it is taken as "
                  "it is",
                  store->place.slot, look->data_set);
        return take_over(store);
    }
    return guard_hold(store,
                      "a swap has begun to fill this data set, and its end was not seen; if it was "
                      "completed, the command lease-redis-accept takes the data set as it is");
}

/* ---- the epoch ---- */

static bool raise_epoch(Store *store, uint64_t top, bool mends)
{
    const Look *look = &store->guard.look;
    Call *call = call_new(&store->place, SCRIPT_EPOCH);

    BERTH_LOG(store->server, BERTH_WARN, "dhcpsrv", "LEASE_REDIS_EPOCH",
              "%s is another master than before, or has lost its end: epoch %u ends%s",
              berth_redis_peer(store->redis), look->epoch,
              mends ? ", and what is known here is written back" : "");
    store->guard.has_taken = false;
    call_add_text(call, look->data_set);
    call_add_number(call, look->epoch);
    call_add_text(call, store->guard.info.run_id);
    add_top(call, top);
    call_add_text(call, mends ? store->mend_owner : "");
    return guard_act(store, call);
}

bool origin_is_another_history(Store *store)
{
    const Guard *guard = &store->guard;
    uint64_t stored = look_revision(&guard->look);
    /* What the log has brought since is later than the answer, and no sign of a loss. */
    bool is_lost = stored < MAX(guard->asked_top, noted_top(store));

    if (!is_lost && !guard->has_taken && strcmp(guard->look.master, guard->info.run_id) == 0)
        return false;
    if (is_lost && !guard_is_running(store) && !guard_has_waited(store))
        return guard_hold(store,
                          "Redis holds an older state of the data set than this server has seen; "
                          "the command lease-redis-accept takes it, as does the guard time");
    guard_let_go(store);
    return raise_epoch(store, known_top(store),
                       guard->has_taken || (is_lost && (!guard_is_running(store) ||
                                                        !recent_covers(store->recent, stored))));
}

/* ---- a swap fills it ---- */

static bool empty(Store *store)
{
    Call *call = call_new(&store->place, SCRIPT_EMPTY);

    call_add_text(call, store->fill_set);
    /* It is another history than that which was given up. */
    call_add_number(call, MIN(store->guard.look.epoch + 1, UINT16_MAX));
    call_add_text(call, store->guard.info.run_id);
    call_add_text(call, store->swap_owner);
    return guard_act(store, call);
}

/* What was acknowledged before it was emptied is of another history. */
static void begin_history(Store *store)
{
    const Look *look = &store->guard.look;

    guard_open_journal(store);
    journal_discard(store->journal);
    state_note(store->state, look->data_set, look->epoch, look->counter);
}

static void begin_filling(Store *store)
{
    const Look *look = &store->guard.look;

    if (!guard_is_running(store)) {
        /* From Redis to Redis the store that is left has the journal and the state for itself,
         * until this one is in use. */
        if (!state_is_shared(store->state))
            begin_history(store);
        g_strlcpy(store->data_set, look->data_set, sizeof(store->data_set));
        follow_start(store, look->last_id, FOLLOW_ANY);
    }
    store->epoch = (uint16_t)look->epoch;
    store->guard.asserted = look->epoch;
    store_set_phase(store, PHASE_SERVING, "");
    load_wake(store);
}

/* False: it is no more being filled, the first commit has ended that. */
bool origin_is_being_filled(Store *store)
{
    const Look *look = &store->guard.look;
    bool is_same = strcmp(look->data_set, store->fill_set) == 0;

    if (store->fill_set[0] == '\0')
        return false;
    if (look->data_set[0] == '\0' && !guard_is_running(store)) {
        Call *call = call_new(&store->place, SCRIPT_CREATE);

        call_add_text(call, store->fill_set);
        call_add_text(call, "1");
        call_add_text(call, "0");
        call_add_text(call, store->guard.info.run_id);
        call_add_text(call, store->swap_owner);
        return guard_act(store, call);
    }
    /* What an earlier swap has left is not all, and not what is there now; and where it is nothing,
     * Redis may have been started anew since, which is no new epoch of what is filled. */
    if (is_same && strcmp(look->filling, store->swap_owner) == 0 &&
        (guard_is_running(store) ||
         (look->leases == 0 && strcmp(look->master, store->guard.info.run_id) == 0))) {
        begin_filling(store);
        return true;
    }
    if (guard_is_running(store)) {
        store->fill_set[0] = '\0';
        follow_go(store);
        return false;
    }
    if (is_same && members_others(store) == 0 &&
        (look->superseded[0] || g_str_has_prefix(look->filling, "swap:")))
        return empty(store);
    return guard_end(store,
                     is_same ? "the data set there is in use"
                             : "another data set is there: empty it (UNLINK its keys), or choose "
                               "another key-prefix");
}
