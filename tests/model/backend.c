/* backend - see backend.h.
 *
 * A connection is up when a look has been answered. A new epoch is made by whoever first sees
 * another master; then, and at its start, a server writes back what its journal has and the store
 * may have lost, says so, and has the core read everything anew. Until then it commits nothing, and
 * until all others that are alive have said so, or the guard time is over, it gives nothing to
 * bindings without a lease. */
#include "tests/model/backend_i.h"
#include "tests/model/set.h"

#include <errno.h>

#define SEC MODEL_SEC
#define TICK_USEC 20000
#define LOOK_USEC (SEC / 2)
#define TIMEOUT_USEC (2 * SEC)
#define JOURNAL_SEC 600

/* What was acknowledged, and when. */
typedef struct Kept {
    int64_t usec;
    ModelValue *value;
} Kept;

static bool can_commit(const ModelBackend *b)
{
    /* A new connection may be one to another master. */
    return b->is_up && b->connection == b->place->connection && b->asserted == b->epoch;
}

void model_backend_ask(ModelBackend *b, Call *call)
{
    g_queue_push_tail(&b->sent, call);
    call_send(call);
}

static void hand(ModelBackend *b, ModelValue *value, int (*to)(void *data, const BerthLease *lease))
{
    BerthLease lease = *value->lease;

    lease.is_foreign = value->server != b->place->server;
    b->place->top = MAX(b->place->top, lease.revision);
    to(b->sink.data, &lease);
}

/* ---- the journal ---- */

static void clear_kept(void *data)
{
    model_value_unref(((Kept *)data)->value);
}

static void keep(ModelBackend *b, ModelValue *after, uint64_t revision)
{
    GArray *journal = b->place->journal;
    Kept kept = {model_now(b), model_value_stamped(after, revision)};
    unsigned n = 0;

    while (n < journal->len && g_array_index(journal, Kept, n).usec < kept.usec - JOURNAL_SEC * SEC)
        n++;
    if (n > 0)
        g_array_remove_range(journal, 0, n);
    g_array_append_val(journal, kept);
}

/* ---- the share ---- */

/* One that was heard of lately, and may know what the store does not. */
static bool is_behind(const ModelBackend *b, const ModelServer *server)
{
    int64_t guard = b->place->cluster->guard_sec * SEC;

    return server->heard_usec > 0 && server->heard_usec > model_now(b) - guard &&
           server->asserted < b->epoch;
}

static bool is_guarded(const ModelBackend *b, const ModelLook *look)
{
    if (b->asserted < b->epoch)
        return true;
    if (model_now(b) >= b->epoch_usec + b->place->cluster->guard_sec * SEC)
        return false;
    for (unsigned i = 0; i < MODEL_SERVERS; i++)
        if (i != b->place->server && is_behind(b, &look->servers[i]))
            return true;
    return false;
}

static void announce(ModelBackend *b, const ModelLook *look)
{
    const ModelCluster *cluster = b->place->cluster;
    BerthShare share = {
        .size = sizeof(share),
        .epoch = b->epoch,
        .stripe = b->place->server,
        .stripes = cluster->servers,
        .grace_sec = cluster->grace_sec,
        .foreign_extra_sec = cluster->foreign_extra_sec,
        .only_known = is_guarded(b, look),
    };

    if (b->share.size > 0 && share.epoch == b->share.epoch &&
        share.only_known == b->share.only_known)
        return;
    b->share = share;
    b->sink.share(b->sink.data, &b->share);
}

/* ---- looking: is it there, which epoch ---- */

static void run_reassert(Call *call, ModelStore *store)
{
    call->look = model_store_look(store, call->place->server, call->said);
    call->ok = call->look.epoch == call->epoch;
    call->number = model_store_reassert(store, call->epoch, call->values);
}

static void done_reassert(ModelBackend *b, Call *call, bool lost)
{
    b->asserting = false;
    if (lost || !call->ok || call->epoch != b->epoch)
        return;
    b->asserted = b->place->asserted = b->epoch;
    b->place->reasserted += (unsigned)call->number;
    b->looked_usec = 0; /* tell it at once */
    if (b->cursor == 0 && b->scan != SCAN_NONE)
        return; /* The first load has not begun. */
    b->place->reloads++;
    b->cursor = 0;
    b->scan = SCAN_NONE;
    g_clear_pointer(&b->rows, g_ptr_array_unref);
    b->sink.reload(b->sink.data);
}

static void reassert(ModelBackend *b)
{
    Call *call = call_new(b->place, run_reassert, done_reassert);

    call->epoch = b->epoch;
    call->said = (ModelServer){model_now(b), b->epoch};
    for (unsigned i = 0; i < b->place->journal->len; i++)
        g_ptr_array_add(call->values,
                        model_value_ref(g_array_index(b->place->journal, Kept, i).value));
    b->asserting = true;
    model_backend_ask(b, call);
}

static void run_raise(Call *call, ModelStore *store)
{
    model_store_raise_epoch(store, call->epoch, call->number);
}

/* Whoever was first: the next look tells. */
static void done_raise(ModelBackend *b, Call *call, bool lost)
{
    (void)call;
    (void)lost;
    b->raising = false;
    b->looked_usec = 0;
}

static void raise_epoch(ModelBackend *b, uint16_t epoch)
{
    Call *call = call_new(b->place, run_raise, done_raise);

    call->epoch = epoch;
    call->number = b->place->top;
    b->raising = true;
    b->is_up = false;
    model_backend_ask(b, call);
}

static void run_look(Call *call, ModelStore *store)
{
    call->look = model_store_look(store, call->place->server, call->said);
}

static void done_look(ModelBackend *b, Call *call, bool lost)
{
    const ModelLook *look = &call->look;
    bool needs_epoch;

    b->looking = false;
    /* Also one that has lost what this server knows, when another that did not know it was the
     * first to see the new master: then the number of the epoch may be that of one that is lost. */
    needs_epoch = look->is_new_master || look->top < b->place->top;
    b->is_up = !lost && !needs_epoch;
    b->connection = call->connection;
    if (lost)
        return;
    if (needs_epoch) {
        if (!b->raising)
            raise_epoch(b, look->epoch);
        return;
    }
    if (look->epoch != b->epoch) {
        b->epoch = look->epoch;
        b->epoch_usec = model_now(b);
        /* After a restart it need not be done again. */
        b->asserted = b->place->asserted == b->epoch ? b->epoch : 0;
    }
    announce(b, look);
}

static void look(ModelBackend *b)
{
    Call *call = call_new(b->place, run_look, done_look);

    call->said = (ModelServer){model_now(b), b->asserted};
    b->looking = true;
    b->looked_usec = model_now(b);
    model_backend_ask(b, call);
}

/* ---- reading ---- */

static void run_scan(Call *call, ModelStore *store)
{
    call->text = model_set_why(store);
    if (call->text)
        return;
    call->name = g_strdup(model_set_name(store));
    call->number = model_store_log_end(store);
    g_ptr_array_unref(call->values);
    call->values = model_store_all(store);
}

static void done_scan(ModelBackend *b, Call *call, bool lost)
{
    if (b->scan != SCAN_SENT)
        return;
    b->scan = lost ? SCAN_WANTED : SCAN_HERE;
    if (lost)
        return;
    if (call->text) {
        b->scan = SCAN_REFUSED;
        b->why = g_steal_pointer(&call->text);
        b->sink.ready(b->sink.data);
        return;
    }
    g_free(b->data_set);
    b->data_set = g_steal_pointer(&call->name);
    b->cursor = call->number;
    b->rows = g_ptr_array_ref(call->values);
    b->sink.expect(b->sink.data, b->rows->len);
    b->sink.ready(b->sink.data);
}

static void run_follow(Call *call, ModelStore *store)
{
    call->number = model_store_log(store, call->number, call->values);
}

static void done_follow(ModelBackend *b, Call *call, bool lost)
{
    b->following = false;
    if (lost || b->cursor == 0 || call->epoch != b->epoch || b->asserted != b->epoch)
        return;
    b->cursor = call->number;
    if (call->number == 0) {
        b->place->reloads++;
        b->scan = SCAN_NONE;
        g_clear_pointer(&b->rows, g_ptr_array_unref);
        b->sink.reload(b->sink.data);
        return;
    }
    for (unsigned i = 0; i < call->values->len; i++)
        hand(b, call->values->pdata[i], b->sink.changed);
}

static void follow(ModelBackend *b)
{
    Call *call = call_new(b->place, run_follow, done_follow);

    call->number = b->cursor;
    call->epoch = b->epoch;
    b->following = true;
    b->followed_usec = model_now(b) + ground_up_to(b->place->ground, b->place->lag_usec);
    model_backend_ask(b, call);
}

static void run_settle(Call *call, ModelStore *store)
{
    for (unsigned i = 0; i < call->addrs->len; i++)
        g_ptr_array_add(call->values,
                        model_store_get(store, g_array_index(call->addrs, BerthAddr, i)));
}

static void settle_none(ModelBackend *b, BerthAddr addr)
{
    BerthLease none;

    berth_lease_clear(&none);
    none.addr = addr;
    none.valid_sec = 0;
    b->sink.settled(b->sink.data, &none);
}

static void done_settle(ModelBackend *b, Call *call, bool lost)
{
    b->settling = false;
    /* What no replica has may be gone again. */
    if (lost || !call->is_replicated)
        return;
    for (unsigned i = 0; i < call->addrs->len; i++) {
        ModelValue *value = call->values->pdata[i];

        /* It may be acknowledged from now on, without being written again. */
        if (value && value->server == b->place->server)
            keep(b, value, value->lease->revision);
        if (value)
            hand(b, value, b->sink.settled);
        else
            settle_none(b, g_array_index(call->addrs, BerthAddr, i));
    }
    g_array_remove_range(b->unsettled, 0, call->addrs->len);
}

static void settle(ModelBackend *b)
{
    Call *call = call_new(b->place, run_settle, done_settle);

    g_array_append_vals(call->addrs, b->unsettled->data, b->unsettled->len);
    b->settling = true;
    model_backend_ask(b, call);
}

/* ---- committing ---- */

static void run_commit(Call *call, ModelStore *store)
{
    call->ok = !model_set_refuses(store, call->place->server) &&
               model_store_commit(store, call->epoch, call->units);
}

static void take_ok(ModelBackend *b, const ModelUnit *done, BerthUnit *unit)
{
    for (unsigned i = 0; i < done->changes->len; i++) {
        const ModelChange *change = &g_array_index(done->changes, ModelChange, i);

        b->place->top = MAX(b->place->top, change->revision);
        keep(b, change->after, change->revision);
        berth_unit_set_revision(unit, i, change->revision);
    }
    b->place->commits++;
}

static void set_unknown(ModelBackend *b, const ModelUnit *done)
{
    for (unsigned i = 0; i < done->changes->len; i++)
        g_array_append_val(b->unsettled, g_array_index(done->changes, ModelChange, i).addr);
    b->place->unknowns++;
}

/* What it lost to is older than what is known: the store has lost its end, which is not the
 * client's fault. It is asked again when that is mended. */
static bool lost_to_the_past(const ModelUnit *done)
{
    for (unsigned i = 0; i < done->lost_to->len; i++) {
        const ModelValue *winner = done->lost_to->pdata[i];

        for (unsigned k = 0; k < done->changes->len; k++) {
            const ModelChange *change = &g_array_index(done->changes, ModelChange, k);

            if (berth_addr_equal(change->addr, winner->lease->addr) &&
                winner->lease->revision < change->expected)
                return true;
        }
    }
    return false;
}

static BerthCommitResult result_of(ModelBackend *b, const Call *call, unsigned i)
{
    ModelUnit *done = call->units->pdata[i];
    BerthUnit *unit = berth_batch_unit(call->batch, i);

    if (done->result == BERTH_COMMIT_CONFLICT) {
        for (unsigned k = 0; k < done->lost_to->len; k++)
            hand(b, done->lost_to->pdata[k], b->sink.changed);
        b->place->conflicts++;
        return lost_to_the_past(done) ? BERTH_COMMIT_FAILED : BERTH_COMMIT_CONFLICT;
    }
    if (call->is_replicated) {
        take_ok(b, done, unit);
        return BERTH_COMMIT_OK;
    }
    set_unknown(b, done);
    return BERTH_COMMIT_UNKNOWN;
}

static void done_commit(ModelBackend *b, Call *call, bool lost)
{
    for (unsigned i = 0; i < call->units->len; i++) {
        BerthUnit *unit = berth_batch_unit(call->batch, i);
        BerthCommitResult result = BERTH_COMMIT_UNKNOWN;

        if (lost)
            set_unknown(b, call->units->pdata[i]);
        else if (!call->ok)
            result = BERTH_COMMIT_FAILED; /* It was of an epoch that is over. */
        else
            result = result_of(b, call, i);
        berth_unit_set_result(unit, result);
    }
    if (!lost && !call->ok)
        b->looked_usec = 0;
    berth_batch_done(call->batch);
}

Call *model_backend_call(ModelBackend *b, BerthBatch *batch, CallRun run, CallDone done)
{
    Call *call = call_new(b->place, run, done);

    call->batch = batch;
    call->epoch = b->epoch;
    for (size_t i = 0; i < berth_batch_count(batch); i++)
        g_ptr_array_add(call->units, model_unit_new(berth_batch_unit(batch, i), b->place->server));
    return call;
}

static void backend_commit(void *store, BerthBatch *batch)
{
    ModelBackend *b = store;

    if (can_commit(b)) {
        model_backend_ask(b, model_backend_call(b, batch, run_commit, done_commit));
    } else {
        g_queue_push_tail(&b->refused, batch);
        berth_timer_set(b->server, b->wake, 0);
    }
}

/* ---- its own time ---- */

static void give_up(ModelBackend *b)
{
    unsigned n = b->sent.length;

    b->is_up = false;
    for (unsigned i = 0; i < n; i++) {
        Call *call = g_queue_pop_head(&b->sent);

        call->done(b, call, true);
        call_unref(call);
    }
}

static void on_wake(void *data)
{
    ModelBackend *b = data;
    Call *call = g_queue_peek_head(&b->sent);
    BerthBatch *batch;

    if (call && call->connection != b->place->connection && !call->has_answer)
        give_up(b);
    while ((call = g_queue_peek_head(&b->sent)) && call->has_answer) {
        g_queue_pop_head(&b->sent);
        call->done(b, call, false);
        call_unref(call);
    }
    while ((batch = g_queue_pop_head(&b->refused)))
        berth_batch_done(batch);
}

void model_backend_wake(ModelBackend *backend)
{
    berth_timer_set(backend->server, backend->wake, 0);
}

static void check_time(ModelBackend *b)
{
    const Call *call = g_queue_peek_head(&b->sent);

    if (call && call->connection == b->place->connection && !call->has_answer &&
        model_now(b) > call->asked + TIMEOUT_USEC)
        model_place_break(b->place);
}

static void on_tick(void *data)
{
    ModelBackend *b = data;
    int64_t now = model_now(b);

    check_time(b);
    if (!b->looking && !b->raising &&
        now >= b->looked_usec + (can_commit(b) ? LOOK_USEC : TICK_USEC))
        look(b);
    if (b->is_up && b->asserted != b->epoch && !b->asserting)
        reassert(b);
    if (can_commit(b) && b->scan == SCAN_WANTED) {
        b->scan = SCAN_SENT;
        model_backend_ask(b, call_new(b->place, run_scan, done_scan));
    }
    if (can_commit(b) && b->cursor > 0 && !b->following && !b->place->is_deaf &&
        now >= b->followed_usec)
        follow(b);
    if (can_commit(b) && b->unsettled->len > 0 && !b->settling)
        settle(b);
    model_swap_tick(b);
    berth_timer_set(b->server, b->tick, TICK_USEC);
}

void model_place_break(ModelPlace *place)
{
    place->connection++;
    if (place->backend)
        model_backend_wake(place->backend);
}

/* ---- the role ---- */

static int backend_open(void *run, BerthServer *server, int family, const void *conf,
                        void **ret_store, GError **error)
{
    ModelBackend *b = g_new0(ModelBackend, 1);
    const ModelConf *model = conf;

    (void)run;
    (void)error;
    *b = (ModelBackend){
        .place = GSIZE_TO_POINTER(g_ascii_strtoull(model->place, NULL, 16)),
        .server = server,
        .family = family,
    };
    b->unsettled = g_array_new(FALSE, FALSE, sizeof(BerthAddr));
    b->tick = berth_timer_new(server, on_tick, b);
    b->wake = berth_timer_new(server, on_wake, b);
    b->place->backend = b;
    berth_timer_set(server, b->tick, 0);
    *ret_store = b;
    return 0;
}

static void backend_close(void *store)
{
    ModelBackend *b = store;
    Call *call;

    b->place->backend = NULL;
    b->place->connection++;
    while ((call = g_queue_pop_head(&b->sent)))
        call_unref(call);
    g_queue_clear(&b->refused);
    berth_timer_free(b->tick);
    berth_timer_free(b->wake);
    g_array_unref(b->unsettled);
    g_clear_pointer(&b->rows, g_ptr_array_unref);
    g_free(b->why);
    g_free(b->data_set);
    g_free(b->fill_set);
    g_free(b->superseding.by);
    g_free(b);
}

static int backend_load(void *store, unsigned max_rows, const BerthLeaseSink *sink, GError **error)
{
    ModelBackend *b = store;

    b->sink = *sink;
    if (b->scan == SCAN_NONE)
        b->scan = SCAN_WANTED;
    if (b->scan == SCAN_REFUSED) {
        berth_fail(error, -EPERM, "%s", b->why);
        return -EPERM;
    }
    if (b->scan != SCAN_HERE)
        return BERTH_LOAD_WAITS;
    for (; max_rows > 0 && b->rows->len > 0; max_rows--) {
        hand(b, b->rows->pdata[b->rows->len - 1], b->sink.take);
        g_ptr_array_set_size(b->rows, (int)b->rows->len - 1);
    }
    if (b->rows->len > 0)
        return BERTH_LOAD_MORE;
    g_clear_pointer(&b->rows, g_ptr_array_unref);
    b->scan = SCAN_NONE;
    return BERTH_LOAD_DONE;
}

static BerthHealth backend_health(void *store, char *why, size_t size)
{
    const ModelBackend *b = store;

    g_strlcpy(why, b->is_up ? "" : "no answer", size);
    return b->is_up ? BERTH_HEALTH_UP : BERTH_HEALTH_DOWN;
}

const BerthLeaseBackend model_backend = {
    .size = sizeof(BerthLeaseBackend),
    .max_in_flight = 4,
    .open = backend_open,
    .close = backend_close,
    .load = backend_load,
    .commit = backend_commit,
    .health = backend_health,
    .import = model_swap_import,
    .fill = model_swap_fill,
    .data_set = model_swap_data_set,
    .supersede = model_swap_supersede,
};

void model_place_init(ModelPlace *place, const Ground *ground, ModelCluster *cluster,
                      unsigned server)
{
    *place = (ModelPlace){.ground = ground, .cluster = cluster, .server = server};
    place->journal = g_array_new(FALSE, FALSE, sizeof(Kept));
    g_array_set_clear_func(place->journal, clear_kept);
    g_queue_init(&place->calls);
}

static void unref_call(void *call)
{
    call_unref(call);
}

void model_place_clear(ModelPlace *place)
{
    g_queue_clear_full(&place->calls, unref_call);
    g_array_unref(place->journal);
}
