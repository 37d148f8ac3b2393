/* load - all leases by HSCAN, in slices. See store.h.
 *
 * Where the log ends is noted first, and followed from there when all is read: a row that was read
 * before it was changed is overtaken then. HSCAN tells of everything that is there all the time; of
 * what comes or goes meanwhile the log tells. The next slice is asked for when one has come, and
 * handed over while that one is on its way. */
#include "store.h"

#include <errno.h>

static bool is_current(const Store *store)
{
    return store->load.turn == store->turn;
}

void load_wake(Store *store)
{
    if (!store->load.is_waiting)
        return;
    store->load.is_waiting = false;
    store->sink->ready(store->sink->data);
}

void load_reset(Store *store)
{
    Load *load = &store->load;

    load->stage = LOAD_IDLE;
    load->turn = 0;
    load->bad = 0;
    scan_free(g_steal_pointer(&load->scan));
}

/* The connection is another one than that which was read from: what was read may be of another
 * history. The core begins again, and forgets what does not come any more. */
static void begin_again(Store *store)
{
    bool had_begun = store->load.stage > LOAD_PLACING;

    load_reset(store);
    if (had_begun)
        store->sink->reload(store->sink->data);
    load_wake(store);
}

void load_lost(Store *store)
{
    if (store->load.stage != LOAD_IDLE && store->load.stage != LOAD_ENDED)
        begin_again(store);
}

/* ---- slices ---- */

static void on_rows(void *data)
{
    load_wake(data);
}

static void on_scan_failed(void *data, const char *nonsense)
{
    Store *store = data;

    begin_again(store);
    if (nonsense)
        store_nonsense(store, nonsense);
}

static const ScanOwner scan_owner = {.came = on_rows, .failed = on_scan_failed};

/* ---- where the log ends ---- */

static void on_place(void *data, const Call *call, const BerthRedisAnswer *answer)
{
    Store *store = data;
    Load *load = &store->load;
    const redisReply *servers;
    Look look;

    (void)call;
    if (store->is_closing || load->stage != LOAD_PLACING || !is_current(store))
        return;
    /* The guard has seen another connection, or will: it wakes us. */
    if (!call_says(answer, "LOOK") || !look_parse(answer->reply, &look, &servers) ||
        strcmp(look.data_set, store->data_set) != 0) {
        load_reset(store);
        return;
    }
    load->stage = LOAD_SCANNING;
    follow_start(store, look.last_id, look.counter);
    store->sink->expect(store->sink->data, (uint64_t)look.leases);
    store_saw(store, look_revision(&look));
    load->scan = scan_new(store->redis, store->place.keys[KEY_LEASES], &scan_owner, store);
}

static void begin(Store *store)
{
    Call *call = call_new(&store->place, SCRIPT_LOOK);

    load_reset(store);
    store->load.stage = LOAD_PLACING;
    store->load.turn = store->turn;
    follow_stop(store);
    call_add_text(call, "");
    call_add_text(call, "");
    if (call_run(call, store->redis, 0, on_place, store) < 0)
        load_reset(store);
}

/* ---- handing over ---- */

/* How far the store has come is told by the guard's look, not by a row, whose revision may be
 * damaged: what none of it ever was would look lost. */
static void take_row(Store *store, BerthBytes key, BerthBytes value, BerthLease *lease)
{
    Load *load = &store->load;
    char text[64];
    BerthAddr addr;

    if (!codec_addr(key, store->family, &addr)) {
        load->bad++;
        BERTH_LOG(store->server, BERTH_ERROR, "dhcpsrv", "LEASE_REDIS_DAMAGED",
                  "%s: the field %s is no address; it is left alone", store->place.keys[KEY_LEASES],
                  berth_hex_text(key, 0, text, sizeof(text)));
    } else if (!store_read(store, value, addr, lease)) {
        load->bad++;
    } else {
        store->sink->take(store->sink->data, lease);
    }
}

/* True: there may be more of them at once. */
static bool take_rows(Store *store, unsigned max_rows)
{
    BerthLease *lease = berth_lease_new();
    BerthBytes key, value;
    unsigned i = 0;

    for (; i < max_rows && scan_next(store->load.scan, &key, &value); i++)
        take_row(store, key, value, lease);
    berth_lease_free(lease);
    return i == max_rows;
}

static int wait(Store *store)
{
    store->load.is_waiting = true;
    return BERTH_LOAD_WAITS;
}

static int finish(Store *store)
{
    store->load.stage = LOAD_ENDED;
    scan_free(g_steal_pointer(&store->load.scan));
    recent_stored(store->recent, store->top);
    if (store->load.bad)
        BERTH_LOG(store->server, BERTH_ERROR, "dhcpsrv", "LEASE_REDIS_DAMAGED_ROWS",
                  "%u stored values are damaged and were left out", store->load.bad);
    follow_go(store);
    return BERTH_LOAD_DONE;
}

int load_some(Store *store, unsigned max_rows, GError **error)
{
    Load *load = &store->load;

    if (store->is_final)
        return berth_fail(error, -EPERM, "%s", store->why);
    if (!store_is_serving(store))
        return wait(store);
    if (load->stage == LOAD_IDLE || load->stage == LOAD_ENDED)
        begin(store);
    if (load->stage != LOAD_SCANNING)
        return wait(store);
    if (take_rows(store, max_rows))
        return BERTH_LOAD_MORE;
    return scan_is_done(load->scan) ? finish(store) : wait(store);
}
