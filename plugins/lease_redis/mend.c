/* mend - what this server knows is told to a Redis that may have forgotten it. See store.h.
 *
 * reassert.lua writes what was lost and is later than all that others have told, so this can be
 * done by several servers, in any order, and again. Nothing that was removed comes back, but where
 * the removal was lost and nobody tells it: then a lease lives on until its end, and nobody is
 * harmed. */
#include "store.h"

#define ITEMS 500 /* leases in one call */

typedef struct Told {
    Store *store;
    unsigned turn;
} Told;

static void go_on(Store *store);

static void on_told(void *data, const Call *call, const BerthRedisAnswer *answer)
{
    Told *told = data;
    Store *store = told->store;
    bool is_ours = !store->is_closing && told->turn == store->turn;
    int64_t n;

    (void)call;
    g_free(told);
    if (!is_ours)
        return;
    store->mend.calls--;
    if (!call_says(answer, "OK"))
        store->mend.has_failed = true;
    else if (berth_redis_int(berth_redis_at(answer->reply, 2), &n) && n > 0)
        store->mend.written += (uint64_t)n;
    if (store->mend.calls == 0)
        go_on(store);
}

static void send_call(Store *store)
{
    Call *call = g_steal_pointer(&store->mend.call);
    Told *told;

    if (!call)
        return;
    told = g_new0(Told, 1);
    *told = (Told){store, store->turn};
    if (call_run(call, store->redis, 0, on_told, told) == 0) {
        store->mend.calls++;
        return;
    }
    store->mend.has_failed = true;
    g_free(told);
}

static Call *head(const Store *store)
{
    Call *call = call_new(&store->place, SCRIPT_REASSERT);

    call_add_text(call, store->guard.look.data_set);
    call_add_number(call, store->guard.look.epoch);
    call_add_text(call, store->mend_owner);
    call_add_number(call, (uint64_t)store->conf.stream_length);
    return call;
}

static void tell(void *data, BerthBytes key, BerthBytes value)
{
    Store *store = data;

    if (!store->mend.call)
        store->mend.call = head(store);
    call_add(store->mend.call, key);
    call_add(store->mend.call, value);
    if (call_count(store->mend.call) >= 2 * ITEMS)
        send_call(store);
}

/* ---- what was stored lately ---- */

void mend_recent(Store *store)
{
    store->mend.has_failed = false;
    recent_each(store->recent, store_now_sec(store), tell, store);
    send_call(store);
    if (store->mend.calls == 0)
        go_on(store);
}

/* ---- all there is ---- */

static int tell_lease(void *data, const BerthLease *lease)
{
    Store *store = data;
    g_autoptr(GByteArray) value = g_byte_array_new();
    uint8_t key[CODEC_KEY_MAX];

    g_byte_array_set_size(value, CODEC_REVISION_LEN);
    codec_put_revision(berth_lease_revision(lease), value->data);
    codec_write(value, lease, store->state->id);
    tell(store, codec_key(berth_lease_addr(lease), key), (BerthBytes){value->data, value->len});
    return 0;
}

/* The next part of the table; false: that was all. */
static bool walk(Store *store)
{
    Mend *mend = &store->mend;

    while (mend->iter != UINT32_MAX && mend->calls == 0) {
        if (berth_server_leases(store->server, store->family, &mend->iter, ITEMS, tell_lease,
                                store) != 1)
            mend->iter = UINT32_MAX;
        send_call(store);
    }
    return mend->calls > 0;
}

static void on_filled(void *data, const Call *call, const BerthRedisAnswer *answer)
{
    Store *store = data;

    (void)call;
    (void)answer;
    if (!store->is_closing)
        guard_look(store);
}

static void finish(Store *store)
{
    const Look *look = &store->guard.look;

    store->mend.is_running = false;
    if (store->mend.written)
        BERTH_LOG(store->server, BERTH_WARN, "dhcpsrv", "LEASE_REDIS_MENDED",
                  "%" G_GUINT64_FORMAT " leases that Redis had lost were written back",
                  store->mend.written);
    guard_asserted(store, look->epoch);
    call_run(mark_new(&store->place, look->data_set, look->epoch, store->mend_owner, "filled"),
             store->redis, 0, on_filled, store);
}

/* All calls are answered. */
static void go_on(Store *store)
{
    Mend *mend = &store->mend;

    if (mend->has_failed) {
        mend->is_running = false;
        guard_look(store);
    } else if (!mend->is_running) {
        guard_asserted(store, store->guard.look.epoch);
    } else if (!walk(store)) {
        finish(store);
    }
}

static void begin(Store *store)
{
    recent_each(store->recent, store_now_sec(store), tell, store);
    send_call(store);
    if (store->mend.calls == 0)
        go_on(store);
}

/* Of the journal; an empty key is its end. */
static void tell_journal(void *data, BerthBytes key, BerthBytes value)
{
    Store *store = data;

    if (!store->mend.is_running)
        return;
    if (key.len)
        tell(store, key, value);
    else
        begin(store);
}

void mend_all(Store *store, int64_t since)
{
    if (store->mend.is_running)
        return;
    mend_lost(store);
    store->mend = (Mend){.is_running = true};
    /* What is served is later than anything in the journal, and knows what others have removed. */
    if (guard_is_running(store))
        begin(store);
    else
        journal_read(store->journal, since, tell_journal, store);
}

void mend_lost(Store *store)
{
    g_clear_pointer(&store->mend.call, call_free);
    store->mend = (Mend){0};
}
