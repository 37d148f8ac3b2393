/* fake_backend - see fake_backend.h. */
#include "tests/lib/fake_backend.h"

#include "core/lease/lease.h"

static unsigned hash_addr(const void *addr)
{
    return (unsigned)berth_addr_to_number(*(const BerthAddr *)addr);
}

static gboolean same_addr(const void *a, const void *b)
{
    return berth_addr_equal(*(const BerthAddr *)a, *(const BerthAddr *)b);
}

static BerthBytes keep(BerthBytes bytes)
{
    return (BerthBytes){bytes.len ? g_memdup2(bytes.data, bytes.len) : NULL, bytes.len};
}

static void free_kept(void *data)
{
    BerthLease *lease = data;

    g_free((void *)lease->client_id.data);
    g_free((void *)lease->hostname.data);
    g_free((void *)lease->context.data);
    g_free(lease);
}

static void store_lease(BerthFakeBackend *fake, const BerthLease *lease)
{
    BerthLease *kept = g_memdup2(lease, sizeof(*lease));

    kept->client_id = keep(lease->client_id);
    kept->hostname = keep(lease->hostname);
    kept->context = keep(lease->context);
    g_hash_table_replace(fake->leases, &kept->addr, kept);
}

BerthFakeBackend *berth_fake_backend_new(void)
{
    BerthFakeBackend *fake = g_new0(BerthFakeBackend, 1);

    fake->leases = g_hash_table_new_full(hash_addr, same_addr, NULL, free_kept);
    fake->answers = g_array_new(FALSE, FALSE, sizeof(BerthCommitResult));
    g_queue_init(&fake->batches);
    return fake;
}

static void forget_unread(BerthFakeBackend *fake)
{
    if (fake->unread)
        g_array_unref(fake->unread);
    fake->unread = NULL;
}

void berth_fake_backend_free(BerthFakeBackend *fake)
{
    forget_unread(fake);
    g_hash_table_unref(fake->leases);
    g_array_unref(fake->answers);
    g_queue_clear(&fake->batches);
    g_free(fake);
}

void berth_fake_backend_answer(BerthFakeBackend *fake, BerthCommitResult result)
{
    g_array_append_val(fake->answers, result);
}

static BerthCommitResult next_answer(BerthFakeBackend *fake)
{
    BerthCommitResult result = BERTH_COMMIT_OK;

    if (fake->answers->len) {
        result = g_array_index(fake->answers, BerthCommitResult, 0);
        g_array_remove_index(fake->answers, 0);
    }
    return result;
}

static void store_unit(BerthFakeBackend *fake, const BerthUnit *unit)
{
    for (size_t i = 0; i < berth_unit_count(unit); i++) {
        const BerthLease *before = berth_unit_before(unit, i), *after = berth_unit_after(unit, i);

        if (after)
            store_lease(fake, after);
        else
            g_hash_table_remove(fake->leases, &before->addr);
    }
}

unsigned berth_fake_backend_finish(BerthFakeBackend *fake)
{
    unsigned n = fake->batches.length;

    for (unsigned b = 0; b < n; b++) {
        BerthBatch *batch = g_queue_pop_head(&fake->batches);

        for (size_t i = 0; i < berth_batch_count(batch); i++) {
            BerthUnit *unit = berth_batch_unit(batch, i);
            BerthCommitResult result = next_answer(fake);

            if (result == BERTH_COMMIT_OK)
                store_unit(fake, unit);
            berth_unit_set_result(unit, result);
        }
        berth_batch_done(batch);
    }
    return n;
}

static int fake_open(void *run, BerthServer *server, int family, const void *conf, void **ret_store,
                     GError **error)
{
    BerthFakeBackend *fake = (void *)conf;

    (void)run, (void)server, (void)family, (void)error;
    fake->is_open = true;
    *ret_store = fake;
    return 0;
}

static void fake_close(void *store)
{
    BerthFakeBackend *fake = store;

    forget_unread(fake);
    fake->is_open = false;
}

static void list_unread(BerthFakeBackend *fake)
{
    GHashTableIter iter;
    void *addr;

    fake->unread = g_array_new(FALSE, FALSE, sizeof(BerthAddr));
    g_hash_table_iter_init(&iter, fake->leases);
    while (g_hash_table_iter_next(&iter, &addr, NULL))
        g_array_append_vals(fake->unread, addr, 1);
}

static int fake_load(void *store, unsigned max_rows, const BerthLeaseSink *sink, GError **error)
{
    BerthFakeBackend *fake = store;

    (void)error;
    if (!fake->unread) {
        list_unread(fake);
        sink->expect(sink->data, fake->unread->len);
    }
    for (; max_rows && fake->unread->len; max_rows--) {
        unsigned last = fake->unread->len - 1;
        BerthAddr addr = g_array_index(fake->unread, BerthAddr, last);

        g_array_set_size(fake->unread, last);
        sink->take(sink->data, g_hash_table_lookup(fake->leases, &addr));
    }
    return fake->unread->len > 0 ? BERTH_LOAD_MORE : BERTH_LOAD_DONE;
}

static void fake_commit(void *store, BerthBatch *batch)
{
    BerthFakeBackend *fake = store;

    fake->commits++;
    g_queue_push_tail(&fake->batches, batch);
    fake->most_in_flight = MAX(fake->most_in_flight, fake->batches.length);
}

static BerthHealth fake_health(void *store, char *why, size_t size)
{
    (void)store;
    g_strlcpy(why, "", size);
    return BERTH_HEALTH_UP;
}

const BerthLeaseBackend berth_fake_backend = {
    .size = sizeof(BerthLeaseBackend),
    .max_in_flight = 2,
    .open = fake_open,
    .close = fake_close,
    .load = fake_load,
    .commit = fake_commit,
    .health = fake_health,
};
