/* fake_backend - see fake_backend.h. */
#include "tests/lib/fake_backend.h"

#include <errno.h>

typedef struct Pending {
    BerthBatch *batch;
    bool is_import;
} Pending;

static BerthFakeBackend *fake_of(BerthFakeData *data)
{
    BerthFakeBackend *fake = g_new0(BerthFakeBackend, 1);

    fake->data = data;
    fake->leases = data->leases;
    fake->answers = g_array_new(FALSE, FALSE, sizeof(BerthCommitResult));
    fake->unknown = g_array_new(FALSE, FALSE, sizeof(BerthAddr));
    fake->share = (BerthShare){.size = sizeof(BerthShare), .epoch = data->epoch, .stripes = 1};
    g_queue_init(&fake->batches);
    g_queue_init(&fake->stream);
    return fake;
}

BerthFakeBackend *berth_fake_backend_new(void)
{
    return fake_of(berth_fake_data_new());
}

static void subscribe(BerthFakeBackend *fake)
{
    if (!g_ptr_array_find(fake->data->streams, &fake->stream, NULL))
        g_ptr_array_add(fake->data->streams, &fake->stream);
}

BerthFakeBackend *berth_fake_backend_beside(BerthFakeBackend *fake)
{
    BerthFakeBackend *other = fake_of(berth_fake_data_ref(fake->data));

    fake->data->is_shared = true;
    subscribe(fake);
    subscribe(other);
    return other;
}

static void forget_unread(BerthFakeBackend *fake)
{
    g_clear_pointer(&fake->unread, g_array_unref);
}

void berth_fake_backend_free(BerthFakeBackend *fake)
{
    forget_unread(fake);
    g_ptr_array_remove(fake->data->streams, &fake->stream);
    g_queue_clear_full(&fake->stream, berth_fake_kept_free);
    g_queue_clear_full(&fake->batches, g_free);
    g_array_unref(fake->answers);
    g_array_unref(fake->unknown);
    g_free(fake->superseded_by);
    berth_fake_data_unref(fake->data);
    g_free(fake);
}

/* ---- results ---- */

void berth_fake_backend_answer(BerthFakeBackend *fake, BerthCommitResult result)
{
    g_array_append_val(fake->answers, result);
}

static BerthCommitResult next_answer(BerthFakeBackend *fake)
{
    BerthCommitResult result = fake->down ? BERTH_COMMIT_FAILED : BERTH_COMMIT_OK;

    if (fake->answers->len) {
        result = g_array_index(fake->answers, BerthCommitResult, 0);
        g_array_remove_index(fake->answers, 0);
    }
    return result;
}

static void tell(void *data, const BerthFakeKept *kept)
{
    const BerthFakeBackend *fake = data;
    BerthLease lease = kept->lease;

    lease.is_foreign = kept->writer != fake;
    if (fake->sink.changed)
        fake->sink.changed(fake->sink.data, &lease);
}

static void note_unknown(BerthFakeBackend *fake, const BerthUnit *unit)
{
    for (size_t i = 0; i < berth_unit_count(unit); i++) {
        const BerthLease *after = berth_unit_after(unit, i);
        BerthAddr addr = (after ? after : berth_unit_before(unit, i))->addr;

        g_array_append_val(fake->unknown, addr);
    }
}

static BerthCommitResult finish_unit(BerthFakeBackend *fake, BerthUnit *unit)
{
    BerthCommitResult result = next_answer(fake);

    if (result == BERTH_COMMIT_OK && berth_fake_data_check(fake->data, unit, tell, fake) > 0)
        result = BERTH_COMMIT_CONFLICT;
    if (result == BERTH_COMMIT_OK || (result == BERTH_COMMIT_UNKNOWN && fake->unknown_written))
        berth_fake_data_write(fake->data, unit, fake);
    if (fake->echoes_first)
        berth_fake_backend_follow(fake);
    if (result == BERTH_COMMIT_UNKNOWN && fake->data->is_shared)
        note_unknown(fake, unit);
    return result;
}

/* Revisions that are given later are greater. */
static void go_behind(BerthFakeBackend *fake, uint64_t revision)
{
    BerthFakeData *data = fake->data;

    if (revision <= berth_fake_data_revision(data))
        return;
    data->counter = revision & ((UINT64_C(1) << BERTH_REVISION_EPOCH_SHIFT) - 1);
    data->epoch = (uint16_t)(revision >> BERTH_REVISION_EPOCH_SHIFT);
    if (data->is_shared)
        berth_fake_backend_announce(fake);
}

static BerthCommitResult import_unit(BerthFakeBackend *fake, const BerthUnit *unit)
{
    BerthCommitResult result = next_answer(fake);

    for (size_t i = 0; result == BERTH_COMMIT_OK && i < berth_unit_count(unit); i++) {
        const BerthLease *after = berth_unit_after(unit, i);

        if (after)
            go_behind(fake, after->revision);
        if (after)
            berth_fake_data_put(fake->data, after, fake);
        else
            berth_fake_data_remove(fake->data, berth_unit_before(unit, i)->addr);
    }
    return result;
}

static const char *why_not_superseded(const BerthFakeBackend *fake)
{
    if (fake->refuses_supersede)
        return fake->refuses_supersede;
    return fake->data->streams->len > 1 ? "other servers use the store" : NULL;
}

static void finish_superseding(BerthFakeBackend *fake)
{
    void (*done)(void *data, const GError *error) = fake->superseded;
    const char *why = why_not_superseded(fake);
    g_autoptr(GError) error = NULL;

    if (!done)
        return;
    fake->superseded = NULL;
    if (why) {
        g_set_error_literal(&error, G_FILE_ERROR, G_FILE_ERROR_AGAIN, why);
    } else {
        g_free(fake->data->superseded_by);
        fake->data->superseded_by = g_strdup(fake->superseded_by);
    }
    done(fake->superseded_data, error);
}

unsigned berth_fake_backend_finish(BerthFakeBackend *fake)
{
    unsigned n = fake->batches.length, calls = fake->superseded != NULL;

    for (unsigned b = 0; b < n; b++) {
        g_autofree Pending *pending = g_queue_pop_head(&fake->batches);

        for (size_t i = 0; i < berth_batch_count(pending->batch); i++) {
            BerthUnit *unit = berth_batch_unit(pending->batch, i);

            berth_unit_set_result(unit, pending->is_import ? import_unit(fake, unit)
                                                           : finish_unit(fake, unit));
        }
        berth_batch_done(pending->batch);
    }
    if (calls)
        finish_superseding(fake);
    return n + calls;
}

/* ---- a shared store ---- */

void berth_fake_backend_announce(BerthFakeBackend *fake)
{
    fake->share.epoch = fake->data->epoch;
    if (fake->sink.share)
        fake->sink.share(fake->sink.data, &fake->share);
}

unsigned berth_fake_backend_follow(BerthFakeBackend *fake)
{
    unsigned n = 0;

    for (BerthFakeKept *kept; (kept = g_queue_pop_head(&fake->stream)); n++) {
        tell(fake, kept);
        berth_fake_kept_free(kept);
    }
    return n;
}

unsigned berth_fake_backend_reread(BerthFakeBackend *fake)
{
    unsigned n = fake->unknown->len;

    for (unsigned i = 0; i < n; i++) {
        BerthAddr addr = g_array_index(fake->unknown, BerthAddr, i);
        const BerthFakeKept *kept = berth_fake_data_get(fake->data, addr);
        BerthLease lease;

        berth_lease_clear(&lease);
        lease.addr = addr;
        if (kept)
            lease = kept->lease;
        lease.is_foreign = kept && kept->writer != fake;
        fake->sink.settled(fake->sink.data, &lease);
    }
    g_array_set_size(fake->unknown, 0);
    return n;
}

void berth_fake_backend_miss(BerthFakeBackend *fake)
{
    g_queue_clear_full(&fake->stream, berth_fake_kept_free);
    forget_unread(fake);
    fake->sink.reload(fake->sink.data);
}

void berth_fake_backend_fail_over(BerthFakeBackend *fake)
{
    fake->data->epoch++;
    berth_fake_backend_announce(fake);
    berth_fake_backend_miss(fake);
}

void berth_fake_backend_ready(BerthFakeBackend *fake)
{
    fake->waits = false;
    fake->sink.ready(fake->sink.data);
}

/* ---- the role ---- */

static int fake_open(void *run, BerthServer *server, int family, const void *conf, void **ret_store,
                     GError **error)
{
    BerthFakeBackend *fake = (void *)conf;

    (void)run, (void)server, (void)family, (void)error;
    fake->is_open = true;
    if (fake->data->is_shared)
        subscribe(fake);
    *ret_store = fake;
    return 0;
}

static void fake_close(void *store)
{
    BerthFakeBackend *fake = store;

    forget_unread(fake);
    g_ptr_array_remove(fake->data->streams, &fake->stream);
    g_queue_clear_full(&fake->stream, berth_fake_kept_free);
    g_array_set_size(fake->unknown, 0);
    g_queue_clear_full(&fake->batches, g_free);
    fake->superseded = NULL;
    fake->sink = (BerthLeaseSink){0};
    fake->is_open = false;
}

static void begin_load(BerthFakeBackend *fake, const BerthLeaseSink *sink)
{
    GHashTableIter iter;
    void *addr;

    fake->sink = *sink;
    fake->unread = g_array_new(FALSE, FALSE, sizeof(BerthAddr));
    g_hash_table_iter_init(&iter, fake->leases);
    while (g_hash_table_iter_next(&iter, &addr, NULL))
        g_array_append_vals(fake->unread, addr, 1);
    sink->expect(sink->data, fake->unread->len);
    if (fake->data->is_shared)
        berth_fake_backend_announce(fake);
}

static void take_last(BerthFakeBackend *fake, const BerthLeaseSink *sink)
{
    unsigned last = fake->unread->len - 1;
    BerthAddr addr = g_array_index(fake->unread, BerthAddr, last);
    const BerthFakeKept *kept = berth_fake_data_get(fake->data, addr);
    BerthLease lease;

    g_array_set_size(fake->unread, last);
    if (!kept)
        return;
    lease = kept->lease;
    lease.is_foreign = fake->data->is_shared && kept->writer != fake;
    sink->take(sink->data, &lease);
}

static int fake_load(void *store, unsigned max_rows, const BerthLeaseSink *sink, GError **error)
{
    BerthFakeBackend *fake = store;

    if (fake->data->superseded_by) {
        g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_PERM,
                    "the store was given up in favour of %s", fake->data->superseded_by);
        return -EPERM;
    }
    if (!fake->unread)
        begin_load(fake, sink);
    if (fake->waits)
        return BERTH_LOAD_WAITS;
    for (; max_rows && fake->unread->len; max_rows--)
        take_last(fake, sink);
    return fake->unread->len > 0 ? BERTH_LOAD_MORE : BERTH_LOAD_DONE;
}

static void push(BerthFakeBackend *fake, BerthBatch *batch, bool is_import)
{
    Pending *pending = g_new(Pending, 1);

    *pending = (Pending){batch, is_import};
    g_queue_push_tail(&fake->batches, pending);
    fake->most_in_flight = MAX(fake->most_in_flight, fake->batches.length);
}

static void fake_commit(void *store, BerthBatch *batch)
{
    BerthFakeBackend *fake = store;

    fake->commits++;
    push(fake, batch, false);
}

static void fake_import(void *store, BerthBatch *batch)
{
    push(store, batch, true);
}

static BerthHealth fake_health(void *store, char *why, size_t size)
{
    const BerthFakeBackend *fake = store;

    g_strlcpy(why, fake->down ? fake->down : "", size);
    return fake->down ? BERTH_HEALTH_DOWN : BERTH_HEALTH_UP;
}

static int fake_fill(void *store, const char *data_set, const BerthLeaseSink *sink, GError **error)
{
    BerthFakeBackend *fake = store;
    BerthFakeData *data = fake->data;

    fake->sink = *sink;
    if (fake->waits)
        return BERTH_LOAD_WAITS;
    if (fake->refuses_fill) {
        g_set_error_literal(error, G_FILE_ERROR, G_FILE_ERROR_IO, fake->refuses_fill);
        return -EIO;
    }
    if (g_hash_table_size(data->leases) > 0 &&
        !(data->superseded_by && g_strcmp0(data->data_set, data_set) == 0)) {
        g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_EXIST,
                    "the store holds %u leases; empty it, or name another one",
                    g_hash_table_size(data->leases));
        return -EEXIST;
    }
    g_hash_table_remove_all(data->leases);
    g_free(data->superseded_by);
    data->superseded_by = g_strdup("nothing: it is being filled");
    g_free(data->data_set);
    data->data_set = g_strdup(data_set);
    return BERTH_LOAD_DONE;
}

static const char *fake_data_set(void *store)
{
    return ((BerthFakeBackend *)store)->data->data_set;
}

static void fake_supersede(void *store, const char *by,
                           void (*done)(void *data, const GError *error), void *data)
{
    BerthFakeBackend *fake = store;

    fake->superseded = done;
    fake->superseded_data = data;
    g_free(fake->superseded_by);
    fake->superseded_by = g_strdup(by);
}

const BerthLeaseBackend berth_fake_backend = {
    .size = sizeof(BerthLeaseBackend),
    .max_in_flight = 2,
    .open = fake_open,
    .close = fake_close,
    .load = fake_load,
    .commit = fake_commit,
    .health = fake_health,
    .import = fake_import,
    .fill = fake_fill,
    .data_set = fake_data_set,
    .supersede = fake_supersede,
};
