/* commit - batches on their way: each is one script, several may be under way. See store.h.
 *
 * What a unit ends with is decided by what is known of its script: OK and CONFLICT are what it
 * said; FAILED where it surely did not run; UNKNOWN in all other cases, and then what the store
 * holds is read again (unsure.c). */
#include "store.h"

/* Where the units begin in the script's arguments, and what a change has. */
#define FIRST_UNIT 5
#define CHANGE_ARGS 5
#define BODY_ARG 4

typedef struct Flight {
    GList link;
    Store *store;
    BerthBatch *batch;
    unsigned turn; /* of the connection that answered */
    bool is_import;
    GArray *written; /* of size_t: the units that are OK */
} Flight;

#define NOT_SENT UINT_MAX /* in place of a turn */

/* ---- the end ---- */

static void set_result(Flight *flight, size_t i, BerthCommitResult result)
{
    BerthUnit *unit = berth_batch_unit(flight->batch, i);

    flight->store->units_ok += result == BERTH_COMMIT_OK;
    flight->store->units_failed += result == BERTH_COMMIT_FAILED;
    if (result == BERTH_COMMIT_UNKNOWN)
        unsure_add(flight->store, unit);
    berth_unit_set_result(unit, result);
}

static void set_all(Flight *flight, BerthCommitResult result)
{
    for (size_t i = 0; i < berth_batch_count(flight->batch); i++)
        set_result(flight, i, result);
}

static void flight_free(Flight *flight)
{
    g_array_unref(flight->written);
    g_free(flight);
}

/* The core may hand over the next batch at once. */
static void finish(Flight *flight)
{
    Store *store = flight->store;
    BerthBatch *batch = flight->batch;

    g_queue_unlink(&store->flights, &flight->link);
    flight_free(flight);
    if (store->is_closing)
        return;
    berth_batch_done(batch);
    unsure_read(store);
}

static void on_soon(void *data)
{
    Store *store = data;
    GList *next;

    store_looked(store, false);
    for (GList *l = store->flights.head; l; l = next) {
        Flight *flight = l->data;

        next = l->next;
        if (flight->turn == NOT_SENT) {
            set_all(flight, BERTH_COMMIT_FAILED);
            finish(flight);
        }
    }
}

/* Nothing was sent. */
static void fail_soon(Flight *flight)
{
    flight->turn = NOT_SENT;
    berth_timer_set(flight->store->server, flight->store->soon, 0);
}

/* ---- what the script answers ---- */

/* The i-th change's address; that of a removal is the lease's that was there. */
static const BerthLease *either(const BerthUnit *unit, size_t i)
{
    const BerthLease *after = berth_unit_after(unit, i);

    return after ? after : berth_unit_before(unit, i);
}

/* What was written is noted as Redis has it: the revision and the body that we sent. */
static void note_change(Flight *flight, BerthBytes key, BerthBytes body, uint64_t revision)
{
    g_autoptr(GByteArray) value = g_byte_array_sized_new((unsigned)body.len + CODEC_REVISION_LEN);
    BerthAddr addr;

    g_byte_array_set_size(value, CODEC_REVISION_LEN);
    codec_put_revision(revision, value->data);
    g_byte_array_append(value, body.data, (unsigned)body.len);
    store_note(flight->store, key, (BerthBytes){value->data, value->len}, true);
    if (codec_addr(key, flight->store->family, &addr))
        g_hash_table_remove(flight->store->damaged, &addr);
}

static void set_written(Flight *flight, size_t i)
{
    g_array_append_val(flight->written, i);
    set_result(flight, i, BERTH_COMMIT_OK);
}

static void take_written(Flight *flight, const Call *call, unsigned at, size_t i, uint64_t revision)
{
    BerthUnit *unit = berth_batch_unit(flight->batch, i);

    for (size_t c = 0; c < berth_unit_count(unit); c++, at += CHANGE_ARGS, revision++) {
        berth_unit_set_revision(unit, c, revision);
        note_change(flight, call_arg(call, at), call_arg(call, at + BODY_ARG), revision);
    }
    set_written(flight, i);
}

/* `none`: the revision that nothing has. Which revision was found; of what is damaged, no old one.
 */
static uint64_t tell_winner(Store *store, BerthBytes key, BerthBytes value, uint64_t none,
                            uint8_t len)
{
    BerthLease *lease = berth_lease_new();
    uint64_t found = UINT64_MAX;
    BerthAddr addr;

    if (codec_addr(key, store->family, &addr)) {
        if (value.len == 0)
            codec_none(addr, len, none, lease);
        if (value.len == 0 || store_read(store, value, addr, lease)) {
            found = value.len ? codec_revision(value) : none;
            store->sink->changed(store->sink->data, lease);
        }
    }
    berth_lease_free(lease);
    return found;
}

/* Whether that is older than what the change was to replace. */
static bool is_past(const BerthUnit *unit, BerthBytes key, uint64_t found)
{
    uint8_t buffer[CODEC_KEY_MAX];

    for (size_t i = 0; i < berth_unit_count(unit); i++) {
        const BerthLease *before = berth_unit_before(unit, i);

        if (before && found < berth_lease_revision(before) &&
            berth_bytes_equal(codec_key(berth_lease_addr(before), buffer), key))
            return true;
    }
    return false;
}

static uint8_t prefix_len_at(const BerthUnit *unit, BerthBytes key, int family)
{
    uint8_t buffer[CODEC_KEY_MAX];

    for (size_t i = 0; i < berth_unit_count(unit); i++)
        if (berth_bytes_equal(codec_key(berth_lease_addr(either(unit, i)), buffer), key))
            return berth_lease_prefix_len(either(unit, i));
    return family == 4 ? 32 : 128;
}

static void take_lost(Flight *flight, size_t i, const redisReply *lost)
{
    const BerthUnit *unit = berth_batch_unit(flight->batch, i);
    Store *store = flight->store;
    BerthBytes key, value, none;
    bool has_lost_end = false;

    berth_redis_bytes(berth_redis_at(lost, lost->elements - 1), &none);
    for (size_t w = 0; w + 2 < lost->elements; w += 2)
        if (berth_redis_bytes(berth_redis_at(lost, w), &key) &&
            berth_redis_bytes(berth_redis_at(lost, w + 1), &value))
            has_lost_end |= is_past(unit, key,
                                    tell_winner(store, key, value, codec_revision(none),
                                                prefix_len_at(unit, key, store->family)));
    /* Then it is not the client's fault, who may ask again when that is mended. */
    set_result(flight, i, has_lost_end ? BERTH_COMMIT_FAILED : BERTH_COMMIT_CONFLICT);
    if (has_lost_end)
        guard_look(store);
}

/* OK, epoch, and an integer or an odd number of strings for each unit. */
static bool is_whole(const Flight *flight, const redisReply *reply, int64_t *ret_epoch)
{
    size_t n = berth_batch_count(flight->batch);
    BerthBytes bytes;

    if (reply->type != REDIS_REPLY_ARRAY || reply->elements != n + 2 ||
        !berth_redis_int(reply->element[1], ret_epoch) || *ret_epoch < 0 || *ret_epoch > UINT16_MAX)
        return false;
    for (size_t i = 2; i < n + 2; i++) {
        const redisReply *result = reply->element[i];

        if (result->type == REDIS_REPLY_INTEGER)
            continue;
        if (result->type != REDIS_REPLY_ARRAY || result->elements % 2 == 0 ||
            !berth_redis_bytes(result->element[result->elements - 1], &bytes))
            return false;
    }
    return true;
}

static void take_results(Flight *flight, const Call *call, const redisReply *reply, int64_t epoch)
{
    unsigned at = FIRST_UNIT;

    /* What is imported may raise it. */
    if (flight->is_import)
        flight->store->epoch = MAX(flight->store->epoch, (uint16_t)epoch);
    for (size_t i = 0; i < berth_batch_count(flight->batch); i++) {
        const redisReply *result = reply->element[i + 2];
        size_t n = berth_unit_count(berth_batch_unit(flight->batch, i));

        if (flight->is_import)
            set_written(flight, i);
        else if (result->type == REDIS_REPLY_ARRAY)
            take_lost(flight, i, result);
        else
            take_written(flight, call, at + 1, i,
                         (uint64_t)epoch << BERTH_REVISION_EPOCH_SHIFT | (uint64_t)result->integer);
        at += 1 + (unsigned)n * CHANGE_ARGS;
    }
}

/* What a refusing script or Redis itself says surely means that nothing was written. A script that
 * broke (ERR) and words that we do not know say nothing. */
static bool is_surely_not_done(const BerthRedisAnswer *answer)
{
    static const char *const refusals[] = {"DATASET", "SCHEMA", "SUPERSEDED", "EPOCH", "FILLING"};

    if (answer->word != BERTH_REDIS_NONE)
        return answer->word != BERTH_REDIS_ERR && answer->word != BERTH_REDIS_OTHER;
    for (size_t i = 0; i < G_N_ELEMENTS(refusals); i++)
        if (call_says(answer, refusals[i]))
            return true;
    return false;
}

static void take_answer(Flight *flight, const Call *call, const BerthRedisAnswer *answer)
{
    Store *store = flight->store;
    int64_t epoch;

    if (answer->outcome == BERTH_REDIS_NOT_SENT) {
        set_all(flight, BERTH_COMMIT_FAILED);
    } else if (answer->outcome == BERTH_REDIS_UNKNOWN) {
        set_all(flight, BERTH_COMMIT_UNKNOWN);
    } else if (is_surely_not_done(answer)) {
        set_all(flight, BERTH_COMMIT_FAILED);
        guard_look(store);
    } else if (!call_says(answer, "OK") || !is_whole(flight, answer->reply, &epoch)) {
        char text[200];

        set_all(flight, BERTH_COMMIT_UNKNOWN);
        store_nonsense(store, berth_redis_text(answer, text, sizeof(text)));
    } else {
        take_results(flight, call, answer->reply, epoch);
    }
}

static void on_committed(void *data, const Call *call, const BerthRedisAnswer *answer)
{
    Flight *flight = data;
    Store *store = flight->store;

    if (!store->is_closing)
        take_answer(flight, call, answer);
    flight->turn = store->turn;
    if (store->conf.durability == DURABILITY_MASTER)
        finish(flight);
}

/* Too few replicas have it, or it is not known how many: the master has it, but that is not what
 * the client may be told. */
static void unprove(Flight *flight)
{
    for (unsigned w = 0; w < flight->written->len; w++) {
        flight->store->units_ok--;
        set_result(flight, g_array_index(flight->written, size_t, w), BERTH_COMMIT_UNKNOWN);
    }
}

static void on_waited(void *data, const Call *call, const BerthRedisAnswer *answer)
{
    Flight *flight = data;
    Store *store = flight->store;
    int64_t replicas = 0;

    (void)call;
    if (!store->is_closing && flight->written->len &&
        (answer->outcome != BERTH_REDIS_REPLY || flight->turn != store->turn ||
         !berth_redis_int(answer->reply, &replicas) || replicas < store->conf.replicas))
        unprove(flight);
    finish(flight);
}

/* ---- what the script is asked ---- */

/* What must stand at the address. */
static void add_expected(Call *call, Store *store, const BerthLease *before, BerthAddr addr)
{
    const GBytes *damaged = g_hash_table_lookup(store->damaged, &addr);
    uint8_t revision[CODEC_REVISION_LEN];
    size_t len;

    if (damaged) {
        const void *bytes = g_bytes_get_data((GBytes *)damaged, &len);

        call_add(call, (BerthBytes){bytes, len});
    } else if (before) {
        codec_put_revision(berth_lease_revision(before), revision);
        call_add(call, (BerthBytes){revision, sizeof(revision)});
    } else {
        call_add(call, (BerthBytes){0});
    }
}

static void add_change(Call *call, Flight *flight, const BerthUnit *unit, size_t i)
{
    const BerthLease *after = berth_unit_after(unit, i), *lease = either(unit, i);
    uint8_t key[CODEC_KEY_MAX], binding[BERTH_BINDING_MAX], known[CODEC_REVISION_LEN];

    call_add(call, codec_key(berth_lease_addr(lease), key));
    if (flight->is_import) {
        codec_put_revision(berth_lease_revision(lease), known);
        call_add(call, (BerthBytes){known, sizeof(known)});
    } else {
        add_expected(call, flight->store, berth_unit_before(unit, i), berth_lease_addr(lease));
    }
    call_add(call, berth_unit_binding(unit, i, binding));
    codec_put_revision(berth_unit_known(unit, i), known);
    call_add(call, (BerthBytes){known, sizeof(known)});
    if (after)
        codec_write(call_begin(call), after, flight->store->state->id);
    else
        codec_write_removal(call_begin(call), berth_lease_prefix_len(lease));
    call_end(call);
}

/* Of a swap, which copies leases to where nothing is but, perhaps, the same client's. */
static bool is_copy(const BerthUnit *unit)
{
    for (size_t c = 0; c < berth_unit_count(unit); c++)
        if (berth_unit_before(unit, c) || !berth_unit_after(unit, c))
            return false;
    return true;
}

/* The revision, and then what may follow it. */
static GByteArray *begin_value(Call *call, uint64_t revision)
{
    GByteArray *out = call_begin(call);
    uint8_t bytes[CODEC_REVISION_LEN];

    codec_put_revision(revision, bytes);
    g_byte_array_append(out, bytes, sizeof(bytes));
    return out;
}

static void add_copied_lease(Call *call, const Flight *flight, const BerthLease *lease)
{
    uint8_t key[CODEC_KEY_MAX];

    call_add(call, codec_key(berth_lease_addr(lease), key));
    codec_write(begin_value(call, berth_lease_revision(lease)), lease, flight->store->state->id);
    call_end(call);
}

static void add_copied_binding(Call *call, const BerthLease *lease, BerthBytes binding)
{
    uint8_t key[CODEC_KEY_MAX];
    BerthBytes address = codec_key(berth_lease_addr(lease), key);
    GByteArray *out;

    call_add(call, binding);
    out = begin_value(call, berth_lease_revision(lease));
    g_byte_array_append(out, address.data, (unsigned)address.len);
    call_end(call);
}

typedef struct Copied {
    size_t units, leases, bindings;
    uint64_t top;
} Copied;

static Copied count_copied(const Flight *flight)
{
    Copied copied = {0};
    uint8_t binding[BERTH_BINDING_MAX];

    for (; copied.units < berth_batch_count(flight->batch); copied.units++) {
        const BerthUnit *unit = berth_batch_unit(flight->batch, copied.units);

        if (!is_copy(unit))
            break;
        for (size_t c = 0; c < berth_unit_count(unit); c++) {
            copied.leases++;
            copied.bindings += berth_unit_binding(unit, c, binding).len > 0;
            copied.top = MAX(copied.top, berth_lease_revision(berth_unit_after(unit, c)));
        }
    }
    return copied;
}

/* The units that stand first and are copies, as they are written. Returns how many there are. */
static size_t add_copied(Call *call, const Flight *flight)
{
    Copied copied = count_copied(flight);

    call_add_number(call, copied.units);
    begin_value(call, copied.top);
    call_end(call);
    call_add_number(call, 2 * copied.leases);
    for (size_t i = 0; i < copied.units; i++) {
        const BerthUnit *unit = berth_batch_unit(flight->batch, i);

        for (size_t c = 0; c < berth_unit_count(unit); c++)
            add_copied_lease(call, flight, berth_unit_after(unit, c));
    }
    call_add_number(call, 2 * copied.bindings);
    for (size_t i = 0; i < copied.units; i++) {
        const BerthUnit *unit = berth_batch_unit(flight->batch, i);

        for (size_t c = 0; c < berth_unit_count(unit); c++) {
            uint8_t buffer[BERTH_BINDING_MAX];
            BerthBytes binding = berth_unit_binding(unit, c, buffer);

            if (binding.len)
                add_copied_binding(call, berth_unit_after(unit, c), binding);
        }
    }
    return copied.units;
}

static Call *make_call(Flight *flight)
{
    Store *store = flight->store;
    Call *call = call_new(&store->place, SCRIPT_COMMIT);

    call_add_text(call, flight->is_import ? "import" : "commit");
    call_add_text(call, store->data_set);
    call_add_number(call, store->epoch);
    call_add_text(call, store->swap_owner);
    call_add_number(call, (uint64_t)store->conf.stream_length);
    for (size_t i = flight->is_import ? add_copied(call, flight) : 0;
         i < berth_batch_count(flight->batch); i++) {
        const BerthUnit *unit = berth_batch_unit(flight->batch, i);

        call_add_number(call, berth_unit_count(unit));
        for (size_t c = 0; c < berth_unit_count(unit); c++)
            add_change(call, flight, unit, c);
    }
    return call;
}

/* Those that wait for replicas wait one after the other. */
unsigned commit_timeout_ms(const Store *store)
{
    double wait_ms = store->conf.durability == DURABILITY_REPLICAS
                         ? (double)store->conf.wait_ms * STORE_IN_FLIGHT
                         : 0;

    return (unsigned)(store->conf.redis.command_timeout_sec * 1e3 + wait_ms);
}

void commit_batch(Store *store, BerthBatch *batch, bool is_import)
{
    Flight *flight = g_new0(Flight, 1);
    Call *call;

    *flight = (Flight){.store = store, .batch = batch, .is_import = is_import};
    flight->written = g_array_new(FALSE, FALSE, sizeof(size_t));
    flight->link.data = flight;
    g_queue_push_tail_link(&store->flights, &flight->link);
    if (!store_can_send(store)) {
        fail_soon(flight);
        return;
    }
    call = make_call(flight);
    if (store->conf.durability == DURABILITY_REPLICAS)
        call_wait(call, (unsigned)store->conf.replicas, (unsigned)store->conf.wait_ms, on_waited);
    if (call_run(call, store->redis, commit_timeout_ms(store), on_committed, flight) < 0)
        fail_soon(flight);
}

void commit_init(Store *store)
{
    g_queue_init(&store->flights);
    store->soon = berth_timer_new(store->server, on_soon, store);
}

void commit_clear(Store *store)
{
    GList *l;

    berth_timer_free(store->soon);
    while ((l = g_queue_pop_head_link(&store->flights)) != NULL)
        flight_free(l->data);
}
