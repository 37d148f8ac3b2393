/* follow - each change as the log tells of it. See source.h. */
#include "source.h"

#include <stdlib.h>

typedef struct Entry {
    int64_t sequence, id;
    BerthBytes json; /* len 0: it is gone */
} Entry;

void follow_gap(Source *source, const char *why)
{
    BERTH_LOG(source->server, BERTH_WARN, "hosts", "HOSTS_REDIS_RELOAD",
              "%s: all reservations are read anew", why);
    tail_stop(source->tail);
    look_begin(source);
}

static bool read_entry(const redisReply *fields, Entry *ret)
{
    *ret = (Entry){.sequence = -1, .id = -1};
    if (!fields || fields->type != REDIS_REPLY_ARRAY)
        return false;
    for (size_t i = 0; i + 1 < fields->elements; i += 2) {
        const redisReply *value = fields->element[i + 1];
        BerthBytes name;

        if (!berth_redis_bytes(fields->element[i], &name) || name.len != 1 ||
            (name.data[0] == 'n' && !berth_redis_int(value, &ret->sequence)) ||
            (name.data[0] == 'i' && !berth_redis_int(value, &ret->id)) ||
            (name.data[0] == 'h' && !berth_redis_bytes(value, &ret->json)))
            return false;
    }
    return ret->sequence > 0 && ret->id > 0;
}

static void put(Source *source, const Entry *entry)
{
    g_autofree char *value = g_strdup_printf("%" G_GINT64_FORMAT " %.*s", entry->sequence,
                                             (int)entry->json.len, (const char *)entry->json.data);
    const Row *row = rows_put(&source->rows, &source->put, (uint64_t)entry->id, berth_bytes(value));

    if (row->why)
        BERTH_LOG(source->server, BERTH_ERROR, "hosts", "HOSTS_REDIS_REFUSED",
                  "%s: the reservation %" G_GUINT64_FORMAT " is left out: %s",
                  source->place.keys[KEY_HOSTS], row->id, row->why);
}

static void take(Source *source, const Entry *entry)
{
    Row *row = rows_find(&source->rows, (uint64_t)entry->id);

    if (entry->json.len)
        put(source, entry);
    else if (row && row->sequence <= (uint64_t)entry->sequence)
        rows_remove(&source->rows, &source->put, row);
}

static void on_entry(void *data, const char *id, const redisReply *fields)
{
    Source *source = data;
    Entry entry;

    (void)id;
    if (!read_entry(fields, &entry)) {
        follow_gap(source, "an entry of the log is none of ours");
    } else if ((uint64_t)entry.sequence > source->sequence + 1) {
        follow_gap(source, "entries of the log are missing");
    } else if ((uint64_t)entry.sequence == source->sequence + 1) {
        source->sequence++;
        take(source, &entry);
        change_followed(source, false);
    }
}

static void on_failed(void *data, const char *why)
{
    follow_gap(data, why);
}

Tail *follow_new(Source *source, const BerthRedisParams *params, const char *name)
{
    const TailOwner owner = {.name = name,
                             .slot_key = source->place.slot,
                             .key = source->place.keys[KEY_LOG],
                             .entry = on_entry,
                             .failed = on_failed};

    return tail_new(source->server, params, &owner, source);
}
