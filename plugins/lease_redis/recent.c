/* recent - see recent.h. */
#include "recent.h"

#include "codec.h"

typedef struct Entry {
    int64_t time;
    size_t value_len;
    uint8_t key_len;
    uint8_t bytes[];
} Entry;

struct Recent {
    int64_t keep_sec;
    GQueue entries;
    uint64_t dropped; /* the highest revision that is no more here */
};

Recent *recent_new(int64_t keep_sec)
{
    Recent *recent = g_new0(Recent, 1);

    recent->keep_sec = keep_sec;
    g_queue_init(&recent->entries);
    return recent;
}

void recent_free(Recent *recent)
{
    if (!recent)
        return;
    g_queue_clear_full(&recent->entries, g_free);
    g_free(recent);
}

static BerthBytes value_of(const Entry *entry)
{
    return (BerthBytes){entry->bytes + entry->key_len, entry->value_len};
}

static void drop_first(Recent *recent)
{
    Entry *entry = g_queue_pop_head(&recent->entries);

    recent_stored(recent, codec_revision(value_of(entry)));
    g_free(entry);
}

static void drop_old(Recent *recent, int64_t now)
{
    const Entry *first;

    while ((first = g_queue_peek_head(&recent->entries)) != NULL &&
           (first->time < now - recent->keep_sec || recent->entries.length > RECENT_MAX))
        drop_first(recent);
}

void recent_add(Recent *recent, int64_t now, BerthBytes key, BerthBytes value)
{
    Entry *entry;

    if (key.len > CODEC_KEY_MAX)
        return;
    entry = g_malloc(sizeof(*entry) + key.len + value.len);
    *entry = (Entry){.time = now, .value_len = value.len, .key_len = (uint8_t)key.len};
    memcpy(entry->bytes, key.data, key.len);
    memcpy(entry->bytes + key.len, value.data, value.len);
    g_queue_push_tail(&recent->entries, entry);
    drop_old(recent, now);
}

/* The latest entry of each address, which need not be the one that came last: what others have
 * changed comes by the log, and may come late. */
static GHashTable *latest_of(const Recent *recent)
{
    GHashTable *latest =
        g_hash_table_new_full(g_bytes_hash, g_bytes_equal, (GDestroyNotify)g_bytes_unref, NULL);

    for (GList *l = recent->entries.head; l; l = l->next) {
        Entry *entry = l->data;
        GBytes *key = g_bytes_new_static(entry->bytes, entry->key_len);
        const Entry *other = g_hash_table_lookup(latest, key);

        if (!other || codec_revision(value_of(entry)) >= codec_revision(value_of(other)))
            g_hash_table_replace(latest, key, entry);
        else
            g_bytes_unref(key);
    }
    return latest;
}

void recent_each(Recent *recent, int64_t now, RecentEach each, void *data)
{
    GHashTable *latest;

    drop_old(recent, now);
    latest = latest_of(recent);
    for (GList *l = recent->entries.head; l; l = l->next) {
        const Entry *entry = l->data;
        BerthBytes key = {entry->bytes, entry->key_len};
        g_autoptr(GBytes) bytes = g_bytes_new_static(key.data, key.len);

        if (g_hash_table_lookup(latest, bytes) == entry)
            each(data, key, value_of(entry));
    }
    g_hash_table_unref(latest);
}

void recent_stored(Recent *recent, uint64_t revision)
{
    recent->dropped = MAX(recent->dropped, revision);
}

bool recent_covers(const Recent *recent, uint64_t revision)
{
    return recent->dropped <= revision;
}

unsigned recent_count(const Recent *recent)
{
    return recent->entries.length;
}
