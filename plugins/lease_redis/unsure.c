/* unsure - what Redis holds at the addresses of units that ended UNKNOWN. See store.h.
 *
 * A command that was sent over a connection that is no more may still be done after this was read,
 * where Redis had stopped and goes on. That harms nobody: the script compares what stands there, so
 * either it comes to nothing or whatever was done meanwhile does, and the log tells of it. */
#include "store.h"

#define READ_MAX 500

typedef struct Reading {
    Store *store;
    GArray *addrs; /* of BerthAddr */
} Reading;

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

static void settle(Store *store, BerthAddr addr, const redisReply *reply)
{
    uint8_t len = (uint8_t)GPOINTER_TO_UINT(g_hash_table_lookup(store->unsure, &addr));
    BerthLease *lease = berth_lease_new();
    BerthBytes value;

    g_hash_table_remove(store->unsure, &addr);
    if (!berth_redis_bytes(reply, &value) || !store_read(store, value, addr, lease))
        codec_none(addr, len, 0, lease);
    store->sink->settled(store->sink->data, lease);
    berth_lease_free(lease);
}

static void on_read(void *data, const BerthRedisAnswer *answer)
{
    Reading *reading = data;
    Store *store = reading->store;
    const redisReply *reply = answer->reply;

    store->is_unsure_asked = false;
    if (answer->outcome == BERTH_REDIS_REPLY && !store->is_closing) {
        if (reply->type == REDIS_REPLY_ARRAY && reply->elements == reading->addrs->len) {
            for (unsigned i = 0; i < reading->addrs->len; i++)
                settle(store, g_array_index(reading->addrs, BerthAddr, i), reply->element[i]);
            unsure_read(store);
        } else if (answer->word == BERTH_REDIS_NONE) {
            store_nonsense(store, "an answer to HMGET that is none");
        }
    }
    g_array_unref(reading->addrs);
    g_free(reading);
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

    if (store->is_unsure_asked || !store_is_serving(store) || !store->sink ||
        g_hash_table_size(store->unsure) == 0)
        return;
    reading = g_new0(Reading, 1);
    reading->store = store;
    reading->addrs = g_array_new(FALSE, FALSE, sizeof(BerthAddr));
    g_hash_table_iter_init(&iter, store->unsure);
    while (reading->addrs->len < READ_MAX && g_hash_table_iter_next(&iter, &addr, NULL))
        g_array_append_vals(reading->addrs, addr, 1);
    store->is_unsure_asked = true;
    if (ask(reading) < 0) {
        store->is_unsure_asked = false;
        g_array_unref(reading->addrs);
        g_free(reading);
    }
}
