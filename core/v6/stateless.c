/* stateless - see stateless.h. */
#include "core/v6/stateless.h"

#include "core/base/world.h"

typedef struct Known {
    GList link;   /* in `heard` */
    GList marked; /* in `to_ask`, while is_marked */
    bool is_marked;
    GBytes *duid;
    uint32_t subnet_id;
    int64_t heard_usec;
    V6Reach reach; /* its relays are of the client's own */
} Known;

struct V6Stateless {
    BerthWorld *world;
    GHashTable *by_duid;
    GQueue heard; /* longest ago first */
    GQueue to_ask;
};

static void known_free(void *data)
{
    Known *known = data;

    g_bytes_unref(known->duid);
    g_free((void *)known->reach.relays.data);
    g_free(known);
}

V6Stateless *v6_stateless_new(BerthWorld *world)
{
    V6Stateless *stateless = g_new0(V6Stateless, 1);

    stateless->world = world;
    stateless->by_duid = g_hash_table_new_full(g_bytes_hash, g_bytes_equal, NULL, known_free);
    return stateless;
}

void v6_stateless_free(V6Stateless *stateless)
{
    if (!stateless)
        return;
    g_hash_table_unref(stateless->by_duid);
    g_free(stateless);
}

static void forget(V6Stateless *stateless, Known *known)
{
    g_queue_unlink(&stateless->heard, &known->link);
    if (known->is_marked)
        g_queue_unlink(&stateless->to_ask, &known->marked);
    g_hash_table_remove(stateless->by_duid, known->duid);
}

static Known *lookup(V6Stateless *stateless, BerthBytes duid)
{
    g_autoptr(GBytes) key = g_bytes_new_static(duid.data, duid.len);

    return g_hash_table_lookup(stateless->by_duid, key);
}

/* Who is gone is not known any more. */
static void forget_gone(V6Stateless *stateless)
{
    int64_t now = berth_world_boot_usec(stateless->world);
    Known *first;

    while ((first = g_queue_peek_head(&stateless->heard)) &&
           now - first->heard_usec > (int64_t)V6_STATELESS_SEC * G_USEC_PER_SEC)
        forget(stateless, first);
}

static Known *add(V6Stateless *stateless, BerthBytes duid)
{
    Known *known = g_new0(Known, 1);

    if (g_hash_table_size(stateless->by_duid) >= V6_STATELESS_MAX)
        forget(stateless, g_queue_peek_head(&stateless->heard));
    known->link.data = known->marked.data = known;
    known->duid = g_bytes_new(duid.data, duid.len);
    g_hash_table_insert(stateless->by_duid, known->duid, known);
    g_queue_push_tail_link(&stateless->heard, &known->link);
    return known;
}

void v6_stateless_put(V6Stateless *stateless, BerthBytes duid, uint32_t subnet_id,
                      const V6Reach *reach)
{
    Known *known = lookup(stateless, duid);
    BerthBytes relays = reach->relays;

    if (!known)
        known = add(stateless, duid);
    relays.data = relays.len > 0 ? g_memdup2(relays.data, relays.len) : NULL;
    g_free((void *)known->reach.relays.data);
    known->reach = *reach;
    known->reach.relays = relays;
    known->subnet_id = subnet_id;
    known->heard_usec = berth_world_boot_usec(stateless->world);
    g_queue_unlink(&stateless->heard, &known->link);
    g_queue_push_tail_link(&stateless->heard, &known->link);
}

bool v6_stateless_find(V6Stateless *stateless, BerthBytes duid, V6Reach *ret)
{
    const Known *known;

    forget_gone(stateless);
    known = lookup(stateless, duid);
    if (known)
        *ret = known->reach;
    return known != NULL;
}

void v6_stateless_remove(V6Stateless *stateless, BerthBytes duid)
{
    Known *known = lookup(stateless, duid);

    if (known)
        forget(stateless, known);
}

void v6_stateless_mark(V6Stateless *stateless, GHashTable *subnets)
{
    forget_gone(stateless);
    for (GList *link = stateless->heard.head; link; link = link->next) {
        Known *known = link->data;

        if (known->is_marked ||
            (subnets && !g_hash_table_contains(subnets, GUINT_TO_POINTER(known->subnet_id))))
            continue;
        known->is_marked = true;
        g_queue_push_tail_link(&stateless->to_ask, &known->marked);
    }
}

bool v6_stateless_next_marked(V6Stateless *stateless, BerthBytes *ret_duid)
{
    GList *link = g_queue_pop_head_link(&stateless->to_ask);
    Known *known = link ? link->data : NULL;

    if (!known)
        return false;
    known->is_marked = false;
    ret_duid->data = g_bytes_get_data(known->duid, &ret_duid->len);
    return true;
}
