/* table - see table.h. An entry knows what is wanted and what is installed; where they differ it is
 * in the queue, once, so the queue is as bounded as the table. */
#include "table.h"

#include <errno.h>

typedef struct Entry {
    BerthAddr prefix;
    uint8_t len;
    bool is_wanted, is_installed, is_queued, is_under_way;
    bool is_seen; /* by the check that runs */
    Hop wanted, installed;
    GList link;  /* of all entries, in the order of their making */
    GList queue; /* of those with something to do */
} Entry;

struct Table {
    RouteKind kind;
    size_t max;
    GHashTable *entries; /* by prefix and length */
    GQueue all, queue;
    GArray *strays;        /* of BerthRoute: ours, and to be removed */
    size_t n_strays_taken; /* of what is under way, the first are such */
};

static guint entry_hash(gconstpointer key)
{
    const Entry *entry = key;
    guint hash = 5381 + entry->len;

    for (size_t i = 0; i < sizeof(entry->prefix.b); i++)
        hash = hash * 33 + entry->prefix.b[i];
    return hash;
}

static gboolean entry_equal(gconstpointer a, gconstpointer b)
{
    const Entry *x = a, *y = b;

    return x->len == y->len && memcmp(&x->prefix, &y->prefix, sizeof(x->prefix)) == 0;
}

Table *table_new(RouteKind kind, size_t max)
{
    Table *table = g_new0(Table, 1);

    table->kind = kind;
    table->max = max;
    table->entries = g_hash_table_new_full(entry_hash, entry_equal, g_free, NULL);
    table->strays = g_array_new(FALSE, FALSE, sizeof(BerthRoute));
    return table;
}

void table_free(Table *table)
{
    if (!table)
        return;
    g_hash_table_unref(table->entries);
    g_array_unref(table->strays);
    g_free(table);
}

size_t table_count(const Table *table)
{
    return table->all.length;
}

static Entry *find(const Table *table, BerthAddr prefix, uint8_t len)
{
    return g_hash_table_lookup(table->entries, &(Entry){.prefix = prefix, .len = len});
}

/* ---- what is wanted ---- */

static bool has_work(const Entry *entry)
{
    if (entry->is_wanted && entry->is_installed)
        return !hop_equal(&entry->wanted, &entry->installed);
    return entry->is_wanted || entry->is_installed;
}

/* Queues it, or forgets it when there is nothing more to be known of it. */
static void settle(Table *table, Entry *entry)
{
    if (entry->is_under_way)
        return;
    if (has_work(entry) && !entry->is_queued) {
        g_queue_push_tail_link(&table->queue, &entry->queue);
        entry->is_queued = true;
    }
    if (entry->is_wanted || entry->is_installed)
        return;
    if (entry->is_queued)
        g_queue_unlink(&table->queue, &entry->queue);
    g_queue_unlink(&table->all, &entry->link);
    g_hash_table_remove(table->entries, entry);
}

int table_want(Table *table, BerthAddr prefix, uint8_t len, const Hop *hop)
{
    Entry *entry = find(table, prefix, len);

    if (!entry && table->all.length >= table->max)
        return -ENOSPC;
    if (!entry) {
        entry = g_new0(Entry, 1);
        entry->prefix = prefix;
        entry->len = len;
        entry->link.data = entry->queue.data = entry;
        g_hash_table_add(table->entries, entry);
        g_queue_push_tail_link(&table->all, &entry->link);
    }
    entry->is_wanted = true;
    entry->wanted = *hop;
    settle(table, entry);
    return 0;
}

void table_unwant(Table *table, BerthAddr prefix, uint8_t len)
{
    Entry *entry = find(table, prefix, len);

    if (!entry)
        return;
    entry->is_wanted = false;
    settle(table, entry);
}

void table_set_max(Table *table, size_t max)
{
    table->max = max;
}

void table_set_kind(Table *table, RouteKind kind)
{
    table->kind = kind;
    for (GList *at = table->all.head, *next; at; at = next) {
        Entry *entry = at->data;

        next = at->next;
        entry->is_installed = false;
        settle(table, entry);
    }
}

/* ---- what is to be done ---- */

static BerthRoute route_of(const Table *table, const Entry *entry, const Hop *hop)
{
    BerthRoute route = {.prefix = entry->prefix,
                        .prefix_len = entry->len,
                        .protocol = table->kind.protocol,
                        .via = hop->via,
                        .table = table->kind.table,
                        .metric = table->kind.metric};

    g_strlcpy(route.interface, hop->interface, sizeof(route.interface));
    return route;
}

static BerthRouteChange change_of(const Table *table, const Entry *entry)
{
    bool is_removal = entry->is_installed;

    return (BerthRouteChange){
        .route = route_of(table, entry, is_removal ? &entry->installed : &entry->wanted),
        .is_removal = is_removal};
}

/* Strays first: one may stand where another route is to be. */
size_t table_take(Table *table, BerthRouteChange *ret, size_t max)
{
    size_t n = 0;

    for (; n < max && table->strays->len > 0; n++) {
        unsigned last = table->strays->len - 1;

        ret[n] = (BerthRouteChange){g_array_index(table->strays, BerthRoute, last), true, 0};
        g_array_set_size(table->strays, last);
    }
    table->n_strays_taken = n;
    while (n < max && table->queue.length > 0) {
        Entry *entry = g_queue_pop_head_link(&table->queue)->data;

        entry->is_queued = false;
        if (!has_work(entry))
            continue;
        entry->is_under_way = true;
        ret[n++] = change_of(table, entry);
    }
    return n;
}

/* A route whose interface is gone is gone with it. */
static bool is_gone(int result)
{
    return result == 0 || result == -ESRCH || result == -ENODEV;
}

static bool is_again(const Table *table, const Entry *entry, const BerthRouteChange *change)
{
    BerthRouteChange next = change_of(table, entry);

    return next.is_removal == change->is_removal &&
           memcmp(&next.route.via, &change->route.via, sizeof(next.route.via)) == 0 &&
           strcmp(next.route.interface, change->route.interface) == 0;
}

/* What failed waits for the next check, unless something else is wanted meanwhile. */
static void entry_done(Table *table, Entry *entry, const BerthRouteChange *change)
{
    const BerthRoute *route = &change->route;
    bool is_ok = change->is_removal ? is_gone(change->result) : change->result == 0;

    entry->is_under_way = false;
    if (is_ok) {
        entry->is_installed = !change->is_removal;
        entry->installed.via = route->via;
        g_strlcpy(entry->installed.interface, route->interface, sizeof(entry->installed.interface));
    }
    if (is_ok || !has_work(entry) || !is_again(table, entry, change))
        settle(table, entry);
}

void table_done(Table *table, const BerthRouteChange *changes, size_t n)
{
    for (size_t i = table->n_strays_taken; i < n; i++) {
        const BerthRoute *route = &changes[i].route;

        entry_done(table, find(table, route->prefix, route->prefix_len), &changes[i]);
    }
}

/* ---- what there is ---- */

void table_begin_check(Table *table)
{
    for (GList *at = table->all.head; at; at = at->next)
        ((Entry *)at->data)->is_seen = false;
    g_array_set_size(table->strays, 0);
}

/* The kernel names the interface of a route in any case. */
static bool is_hop_of(const Hop *hop, const BerthRoute *route)
{
    return memcmp(&hop->via, &route->via, sizeof(hop->via)) == 0 &&
           (!*hop->interface || strcmp(hop->interface, route->interface) == 0);
}

void table_check(Table *table, const BerthRoute *route)
{
    Entry *entry = find(table, route->prefix, route->prefix_len);
    bool is_kind = route->protocol == table->kind.protocol && route->table == table->kind.table &&
                   route->metric == table->kind.metric;
    const Hop *hop = NULL;

    if (entry && is_kind && entry->is_wanted && is_hop_of(&entry->wanted, route))
        hop = &entry->wanted;
    else if (entry && is_kind && entry->is_installed && is_hop_of(&entry->installed, route))
        hop = &entry->installed;
    if (!hop) {
        g_array_append_val(table->strays, *route);
        return;
    }
    entry->installed = *hop;
    entry->is_installed = entry->is_seen = true;
}

void table_end_check(Table *table)
{
    for (GList *at = table->all.head, *next; at; at = next) {
        Entry *entry = at->data;

        next = at->next;
        entry->is_installed = entry->is_seen;
        settle(table, entry);
    }
}
