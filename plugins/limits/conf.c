/* conf - see conf.h. */
#include "conf.h"

#include <errno.h>

#define USEC_PER_SEC INT64_C(1000000)
#define DAY INT64_C(86400)
#define SPAWNED "SPAWN_"
#define CLASS_NAME_MAX 256

static FamilyConf *family_of(Conf *conf, int family)
{
    return &conf->families[family == 6];
}

int conf_prepare(void *conf_data, GError **error)
{
    Conf *conf = conf_data;

    (void)error;
    for (int i = 0; i < 2; i++) {
        conf->families[i].subnets = g_hash_table_new_full(NULL, NULL, NULL, g_free);
        conf->families[i].classes = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, g_free);
    }
    return 0;
}

void conf_release(void *conf_data)
{
    Conf *conf = conf_data;

    for (int i = 0; i < 2; i++) {
        g_hash_table_unref(conf->families[i].subnets);
        g_hash_table_unref(conf->families[i].classes);
    }
}

/* ---- reading ---- */

/* A month has 30 days and a year 365, as Kea's have. */
static const struct {
    const char *name;
    int64_t sec;
} units[] = {{"second", 1},     {"minute", 60},      {"hour", 3600},     {"day", DAY},
             {"week", 7 * DAY}, {"month", 30 * DAY}, {"year", 365 * DAY}};

static int64_t unit_sec(const char *name)
{
    for (size_t i = 0; i < G_N_ELEMENTS(units); i++)
        if (strcmp(units[i].name, name) == 0)
            return units[i].sec;
    return 0;
}

int conf_read_rate(const char *text, Rate *ret, GError **error)
{
    const char *per = strstr(text, " packets per ");
    size_t len = strlen(" packets per ");
    g_autofree char *number = NULL;
    guint64 packets;

    if (!per) {
        per = strstr(text, " packet per ");
        len = strlen(" packet per ");
    }
    if (!per)
        return berth_fail(error, -EINVAL,
                          "expected rate limit of format <n> packet[s] per <time-unit>, got: %s",
                          text);
    number = g_strndup(text, (gsize)(per - text));
    if (!g_ascii_string_to_unsigned(number, 10, 0, UINT32_MAX, &packets, NULL))
        return berth_fail(error, -EINVAL, "expected limit in range [0, %u], got limit %s",
                          UINT32_MAX, number);
    if (unit_sec(per + len) == 0)
        return berth_fail(error, -EINVAL, "invalid time period %s", per + len);
    *ret = (Rate){text, (uint32_t)packets, unit_sec(per + len) * USEC_PER_SEC};
    return 0;
}

static int read_number(const BerthNode *limits, const char *key, int64_t *ret, GError **error)
{
    const BerthNode *node = berth_node_get(limits, key);
    int64_t value = berth_node_int(node, -1);

    *ret = -1;
    if (!node)
        return 0;
    if (berth_node_kind(node) != BERTH_NODE_INT)
        return berth_fail(error, -EINVAL, "'%s' must be a number", key);
    if (value < 0 || value > UINT32_MAX)
        return berth_fail(error, -EINVAL, "'%s': expected limit in range [0, %u]", key, UINT32_MAX);
    *ret = value;
    return 0;
}

static int read_limit(const BerthNode *limits, Limit *ret, GError **error)
{
    const BerthNode *rate = berth_node_get(limits, "rate-limit");
    int r;

    if (berth_node_kind(limits) != BERTH_NODE_MAP)
        return berth_fail(error, -EINVAL, "'limits' must be a map");
    r = read_number(limits, "address-limit", &ret->leases[LIMIT_ADDRESSES], error);
    if (r == 0)
        r = read_number(limits, "prefix-limit", &ret->leases[LIMIT_PREFIXES], error);
    if (r < 0 || !rate)
        return r;
    if (berth_node_kind(rate) != BERTH_NODE_STRING)
        return berth_fail(error, -EINVAL, "'rate-limit' must be a string");
    return conf_read_rate(berth_node_string(rate, ""), &ret->rate, error);
}

int conf_read(void *conf, const BerthContext *context, GError **error)
{
    const BerthNode *limits = berth_node_get(context->map, "limits");
    FamilyConf *family = family_of(conf, context->family);
    Limit limit = {.is_template = context->is_template};
    int r;

    if (!limits || context->of == BERTH_CONTEXT_NETWORK)
        return 0;
    r = read_limit(limits, &limit, error);
    if (r < 0)
        return r;
    if (context->of == BERTH_CONTEXT_SUBNET)
        g_hash_table_insert(family->subnets, GUINT_TO_POINTER(context->subnet_id),
                            g_memdup2(&limit, sizeof(limit)));
    else
        g_hash_table_insert(family->classes, (void *)context->name,
                            g_memdup2(&limit, sizeof(limit)));
    return 0;
}

/* ---- asking ---- */

const Limit *conf_of_subnet(const Conf *conf, int family, uint32_t subnet_id)
{
    return g_hash_table_lookup(family_of((Conf *)conf, family)->subnets,
                               GUINT_TO_POINTER(subnet_id));
}

/* SPAWN_<template>_<value>: a template may have "_" in its name. */
static const Limit *of_spawned(GHashTable *classes, const char *name)
{
    char template[CLASS_NAME_MAX];

    g_strlcpy(template, name, sizeof(template));
    for (char *end; (end = strrchr(template, '_'));) {
        const Limit *limit;

        *end = '\0';
        limit = g_hash_table_lookup(classes, template);
        if (limit && limit->is_template)
            return limit;
    }
    return NULL;
}

/* As in Kea a template's own name, which stands for all that it makes, has no limit. */
const Limit *conf_of_class(const Conf *conf, int family, const char *name)
{
    GHashTable *classes = family_of((Conf *)conf, family)->classes;
    const Limit *limit;

    if (g_hash_table_size(classes) == 0)
        return NULL;
    limit = g_hash_table_lookup(classes, name);
    if (limit)
        return limit->is_template ? NULL : limit;
    return g_str_has_prefix(name, SPAWNED) ? of_spawned(classes, name + strlen(SPAWNED)) : NULL;
}
