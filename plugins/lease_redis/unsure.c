/* unsure - what Redis holds at the addresses of units that ended UNKNOWN. See store.h.
 *
 * A command that was sent over a connection that is no more may still be done after this was read,
 * where Redis had stopped and goes on. That harms nobody: the script compares what stands there, so
 * either it comes to nothing or whatever was done meanwhile does, and the log tells of it.
 *
 * Where replicas must have each lease, what was read is settled when they have it, for else a
 * fail-over could take it back when it has been acknowledged. WAIT counts from what its own
 * connection has written, so that something has to be written behind the reading: look.lua, which
 * writes this server's record anyway. */
#include "store.h"

#define READ_MAX 500

typedef struct Reading {
    Store *store;
    unsigned turn;     /* of the connection that was read on */
    bool has_written;  /* behind that */
    GArray *addrs;     /* of BerthAddr */
    GPtrArray *values; /* of GBytes, empty where nothing was */
} Reading;

static void reading_free(Reading *reading)
{
    g_array_unref(reading->addrs);
    g_ptr_array_unref(reading->values);
    g_free(reading);
}

void unsure_add(Store *store, const BerthUnit *unit)
{
    for (size_t i = 0; i < berth_unit_count(unit); i++) {
        const BerthLease *after = berth_unit_after(unit, i);
        const BerthLease *lease = after ? after : berth_unit_before(unit, i);
        BerthAddr addr = berth_lease_addr(lease);

        g_hash_table_insert(store->unsure, g_memdup2(&addr, sizeof(addr)),
                            GUINT_TO_POINTER(berth_lease_prefix_len(lease)));
    }
}

/* From now on it may be acknowledged without being written again. */
static void note_own(Store *store, BerthAddr addr, BerthBytes value)
{
    uint8_t key[CODEC_KEY_MAX];

    store_note(store, codec_key(addr, key), value, true);
}

static void settle(Store *store, BerthAddr addr, GBytes *bytes)
{
    uint8_t len = (uint8_t)GPOINTER_TO_UINT(g_hash_table_lookup(store->unsure, &addr));
    BerthLease *lease = berth_lease_new();
    BerthBytes value;

    g_hash_table_remove(store->unsure, &addr);
    value.data = g_bytes_get_data(bytes, &value.len);
    if (value.len == 0 || !store_read(store, value, addr, lease))
        codec_none(addr, len, 0, lease);
    else if (!berth_lease_is_foreign(lease))
        note_own(store, addr, value);
    store->sink->settled(store->sink->data, lease);
    berth_lease_free(lease);
}

static void settle_all(Reading *reading)
{
    for (unsigned i = 0; i < reading->addrs->len; i++)
        settle(reading->store, g_array_index(reading->addrs, BerthAddr, i),
               reading->values->pdata[i]);
    unsure_read(reading->store);
}

static void on_looked(void *data, const Call *call, const BerthRedisAnswer *answer)
{
    Reading *reading = data;
    const redisReply *servers;
    Look look;

    (void)call;
    reading->has_written = call_says(answer, "LOOK") &&
                           look_parse(answer->reply, &look, &servers) &&
                           strcmp(look.data_set, reading->store->data_set) == 0;
}

/* What is not proven is read again with the next beat. */
static void on_waited(void *data, const Call *call, const BerthRedisAnswer *answer)
{
    Reading *reading = data;
    Store *store = reading->store;
    int64_t replicas;

    (void)call;
    store->is_unsure_asked = false;
    if (!store->is_closing && reading->has_written && reading->turn == store->turn &&
        answer->outcome == BERTH_REDIS_REPLY && berth_redis_int(answer->reply, &replicas) &&
        replicas >= store->conf.replicas)
        settle_all(reading);
    reading_free(reading);
}

static int prove(Reading *reading)
{
    Store *store = reading->store;
    Call *call = call_new(&store->place, SCRIPT_LOOK);
    char record[128];

    members_record(store, record, sizeof(record));
    call_add_text(call, store->self);
    call_add_text(call, record);
    call_wait(call, (unsigned)store->conf.replicas, (unsigned)store->conf.wait_ms, on_waited);
    return call_run(call, store->redis, commit_timeout_ms(store), on_looked, reading);
}

static void keep_values(Reading *reading, const redisReply *reply)
{
    BerthBytes value;

    for (size_t i = 0; i < reply->elements; i++) {
        bool is_there = berth_redis_bytes(reply->element[i], &value);

        g_ptr_array_add(reading->values,
                        g_bytes_new(is_there ? value.data : NULL, is_there ? value.len : 0));
    }
}

static void on_read(void *data, const BerthRedisAnswer *answer)
{
    Reading *reading = data;
    Store *store = reading->store;
    const redisReply *reply = answer->reply;

    store->is_unsure_asked = false;
    if (answer->outcome == BERTH_REDIS_REPLY && !store->is_closing) {
        if (reply->type == REDIS_REPLY_ARRAY && reply->elements == reading->addrs->len) {
            keep_values(reading, reply);
            if (store->conf.durability == DURABILITY_MASTER) {
                settle_all(reading);
            } else if (prove(reading) == 0) {
                store->is_unsure_asked = true;
                return;
            }
        } else if (answer->word == BERTH_REDIS_NONE) {
            store_nonsense(store, "an answer to HMGET that is none");
        }
    }
    reading_free(reading);
}

static int ask(Reading *reading)
{
    Store *store = reading->store;
    unsigned n = reading->addrs->len;
    g_autofree BerthBytes *args = g_new(BerthBytes, n + 2);
    g_autofree uint8_t *keys = g_malloc((size_t)n * CODEC_KEY_MAX);
    BerthRedisCommand command = {.args = args, .n = n + 2, .answered = on_read, .data = reading};

    args[0] = berth_bytes("HMGET");
    args[1] = berth_bytes(store->place.keys[KEY_LEASES]);
    for (unsigned i = 0; i < n; i++)
        args[i + 2] = codec_key(g_array_index(reading->addrs, BerthAddr, i),
                                keys + (size_t)i * CODEC_KEY_MAX);
    return berth_redis_command(store->redis, &command);
}

void unsure_read(Store *store)
{
    GHashTableIter iter;
    Reading *reading;
    gpointer addr;

    if (store->is_unsure_asked || !store_can_send(store) || !store->sink ||
        g_hash_table_size(store->unsure) == 0)
        return;
    reading = g_new0(Reading, 1);
    reading->store = store;
    reading->turn = store->turn;
    reading->values = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
    reading->addrs = g_array_new(FALSE, FALSE, sizeof(BerthAddr));
    g_hash_table_iter_init(&iter, store->unsure);
    while (reading->addrs->len < READ_MAX && g_hash_table_iter_next(&iter, &addr, NULL))
        g_array_append_vals(reading->addrs, addr, 1);
    store->is_unsure_asked = true;
    if (ask(reading) < 0) {
        store->is_unsure_asked = false;
        reading_free(reading);
    }
}
