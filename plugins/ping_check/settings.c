/* settings - see settings.h. */
#include "settings.h"

#include <errno.h>

const BerthConfItem settings_items[] = {
    {"enable-ping-check", BERTH_BOOL(Conf, all.is_enabled), "true", "whether to ask at all"},
    {"min-ping-requests", BERTH_INT(Conf, all.min_requests), "1",
     "so many requests without an answer, and the address is free", .min = 1, .max = 1000},
    {"reply-timeout", BERTH_INT(Conf, all.timeout_msec), "100",
     "milliseconds to wait for the answer to a request", .min = 1, .max = 60000},
    {"ping-cltt-secs", BERTH_INT(Conf, all.cltt_sec), "60",
     "seconds for which a client's own lease is not asked about after it was heard", .min = 0,
     .max = UINT32_MAX},
    {"ping-channel-threads", BERTH_INT(Conf, threads), "0",
     "Kea's number of threads; nothing here needs one", .min = 0, .max = UINT32_MAX},
    {0},
};

int settings_prepare(void *conf, GError **error)
{
    (void)error;
    ((Conf *)conf)->subnets = g_hash_table_new_full(NULL, NULL, NULL, g_free);
    return 0;
}

void settings_release(void *conf)
{
    g_hash_table_unref(((Conf *)conf)->subnets);
}

const Settings *settings_of(const Conf *conf, uint32_t subnet_id)
{
    const Settings *own = g_hash_table_lookup(conf->subnets, GUINT_TO_POINTER(subnet_id));

    return own ? own : &conf->all;
}

/* ---- of a subnet ---- */

static int read_bool(const BerthNode *node, bool *ret, GError **error)
{
    if (berth_node_kind(node) != BERTH_NODE_BOOL)
        return berth_fail(error, -EINVAL, "'%s' must be true or false", berth_node_key(node));
    *ret = berth_node_bool(node, false);
    return 0;
}

static int read_int(const BerthNode *node, const BerthConfItem *item, int64_t *ret, GError **error)
{
    int64_t value = berth_node_int(node, INT64_MIN);

    if (berth_node_kind(node) != BERTH_NODE_INT || value < item->min || value > item->max)
        return berth_fail(error, -EINVAL, "'%s' must be a number from %d to %u", item->key,
                          (int)item->min, (unsigned)item->max);
    *ret = value;
    return 0;
}

static const BerthConfItem *find_item(const char *key)
{
    const BerthConfItem *item = settings_items;

    while (item->key && strcmp(item->key, key) != 0)
        item++;
    return item->key ? item : NULL;
}

/* One key, as the parameter of this name. */
static int read_key(const BerthNode *node, Conf *conf, GError **error)
{
    const BerthConfItem *item = find_item(berth_node_key(node));
    char *at;

    if (!item)
        return berth_fail(error, -EINVAL, "'ping-check' has no parameter '%s'",
                          berth_node_key(node));
    at = (char *)conf + item->offset;
    return item->type == BERTH_CONF_BOOL ? read_bool(node, (bool *)at, error)
                                         : read_int(node, item, (int64_t *)at, error);
}

/* What it does not say is as the parameters of the plugin have it. */
int settings_read(void *conf_data, const BerthContext *context, GError **error)
{
    Conf *conf = conf_data, own = *conf;
    const BerthNode *map = berth_node_get(context->map, "ping-check");
    int r = 0;

    if (!map || context->of != BERTH_CONTEXT_SUBNET || context->family != 4)
        return 0;
    if (berth_node_kind(map) != BERTH_NODE_MAP)
        return berth_fail(error, -EINVAL, "'ping-check' must be a map");
    for (const BerthNode *at = berth_node_first(map); at && r == 0; at = berth_node_next(at))
        r = read_key(at, &own, error);
    if (r == 0)
        g_hash_table_insert(conf->subnets, GUINT_TO_POINTER(context->subnet_id),
                            g_memdup2(&own.all, sizeof(own.all)));
    return r;
}
