/* load - all leases by HSCAN, in slices. See store.h.
 *
 * Where the log ends is noted first, and followed from there when all is read: a row that was read
 * before it was changed is overtaken then. HSCAN tells of everything that is there all the time; of
 * what comes or goes meanwhile the log tells. The next slice is asked for when one has come, and
 * handed over while that one is on its way. */
#include "store.h"

#include <errno.h>

#define SLICE "1000"

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
    load->at = 0;
    load->bad = 0;
    load->is_asked = false;
    g_byte_array_set_size(load->rows, 0);
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

/* ---- rows ---- */

static void put_bytes(GByteArray *rows, BerthBytes bytes)
{
    uint32_t len = (uint32_t)bytes.len;

    g_byte_array_append(rows, (const uint8_t *)&len, sizeof(len));
    if (bytes.len)
        g_byte_array_append(rows, bytes.data, len);
}

static BerthBytes get_bytes(Load *load)
{
    BerthBytes bytes;
    uint32_t len;

    memcpy(&len, load->rows->data + load->at, sizeof(len));
    bytes = (BerthBytes){load->rows->data + load->at + sizeof(len), len};
    load->at += sizeof(len) + len;
    return bytes;
}

/* A cursor, and fields and values by turns. */
static bool take_slice(Load *load, const redisReply *reply)
{
    const redisReply *rows = berth_redis_at(reply, 1);
    BerthBytes cursor, bytes;

    if (!rows || rows->type != REDIS_REPLY_ARRAY || rows->elements % 2 ||
        !berth_redis_bytes(berth_redis_at(reply, 0), &cursor) || cursor.len >= sizeof(load->cursor))
        return false;
    for (size_t i = 0; i < rows->elements; i++)
        if (!berth_redis_bytes(rows->element[i], &bytes))
            return false;
    for (size_t i = 0; i < rows->elements; i++) {
        berth_redis_bytes(rows->element[i], &bytes);
        put_bytes(load->rows, bytes);
    }
    memcpy(load->cursor, cursor.data, cursor.len);
    load->cursor[cursor.len] = '\0';
    return true;
}

static void on_slice(void *data, const BerthRedisAnswer *answer)
{
    Store *store = data;
    Load *load = &store->load;

    if (store->is_closing || load->stage != LOAD_SCANNING || !is_current(store) || !load->is_asked)
        return;
    load->is_asked = false;
    if (answer->outcome != BERTH_REDIS_REPLY) {
        begin_again(store);
    } else if (!take_slice(load, answer->reply)) {
        char text[200];

        begin_again(store);
        store_nonsense(store, berth_redis_text(answer, text, sizeof(text)));
    } else {
        if (strcmp(load->cursor, "0") == 0)
            load->stage = LOAD_LAST;
        load_wake(store);
    }
}

static void ask(Store *store)
{
    Load *load = &store->load;

    if (load->is_asked || load->stage != LOAD_SCANNING)
        return;
    load->is_asked = berth_redis_call(store->redis, on_slice, store, "HSCAN %s %s COUNT " SLICE,
                                      store->place.keys[KEY_LEASES], load->cursor) == 0;
}

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
    g_strlcpy(load->cursor, "0", sizeof(load->cursor));
    follow_start(store, look.last_id, look.counter);
    store->sink->expect(store->sink->data, (uint64_t)look.leases);
    store_saw(store, look_revision(&look));
    ask(store);
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

static void take_row(Store *store, BerthLease *lease)
{
    Load *load = &store->load;
    BerthBytes key = get_bytes(load), value = get_bytes(load);
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
        store_saw(store, codec_revision(value));
        store->sink->take(store->sink->data, lease);
    }
}

static bool take_rows(Store *store, unsigned max_rows)
{
    Load *load = &store->load;
    BerthLease *lease = berth_lease_new();

    for (unsigned i = 0; i < max_rows && load->at < load->rows->len; i++)
        take_row(store, lease);
    berth_lease_free(lease);
    if (load->at < load->rows->len)
        return true;
    g_byte_array_set_size(load->rows, 0);
    load->at = 0;
    return false;
}

static int wait(Store *store)
{
    store->load.is_waiting = true;
    return BERTH_LOAD_WAITS;
}

static int finish(Store *store)
{
    store->load.stage = LOAD_ENDED;
    recent_stored(store->recent, store->top);
    if (store->load.bad)
        BERTH_LOG(store->server, BERTH_ERROR, "dhcpsrv", "LEASE_REDIS_DAMAGED_ROWS",
                  "%u stored values are damaged and were left out", store->load.bad);
    store->follow.is_wanted = true;
    follow_up(store);
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
    if (take_rows(store, max_rows))
        return BERTH_LOAD_MORE;
    if (load->stage == LOAD_LAST)
        return finish(store);
    ask(store);
    return wait(store);
}
