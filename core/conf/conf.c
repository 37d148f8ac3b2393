/* The way from a document to a snapshot: the top of the file, the order of the rooms, the counting
 * of references. Each part of the map is checked in a room of its own (build.h). */
#include "core/conf/build.h"

#define WARNINGS_MAX 100

void *berth_build_array(BerthBuild *build, size_t n, size_t size)
{
    if (n == 0)
        return NULL;
    g_return_val_if_fail(size == 0 || n <= SIZE_MAX / 2 / size, NULL);
    return berth_arena_alloc(&build->conf->arena, n * size);
}

void *berth_build_copy(BerthBuild *build, const void *data, size_t n, size_t size)
{
    void *copy = berth_build_array(build, n, size);

    if (copy)
        memcpy(copy, data, n * size);
    return copy;
}

bool berth_build_fail(BerthBuild *build, const BerthNode *at, const char *path, const char *format,
                      ...)
{
    va_list args;

    va_start(args, format);
    g_autofree char *text = g_strdup_vprintf(format, args);
    va_end(args);
    berth_errors_add(build->fill.errors, at, path, "%s", text);
    return false;
}

static bool is_said(const GPtrArray *warnings, const char *text)
{
    for (unsigned i = 0; i < warnings->len; i++)
        if (g_str_has_suffix(warnings->pdata[i], text))
            return true;
    return false;
}

/* Ten thousand subnets with the same fault are worth one line. */
void berth_build_warn(BerthBuild *build, const BerthNode *at, const char *path, const char *format,
                      ...)
{
    GPtrArray *warnings = build->fill.warnings;
    va_list args;

    va_start(args, format);
    g_autofree char *text = g_strdup_vprintf(format, args);
    va_end(args);
    if (warnings->len < WARNINGS_MAX && !is_said(warnings, text))
        g_ptr_array_add(warnings, g_strdup_printf("%s:%d: %s: %s", at->file, at->line, path, text));
}

void berth_build_map(BerthBuild *build, const BerthNode *node, const char *path,
                     const BerthConfItem *items, void *ret)
{
    const BerthFillTable table = {.items = items, .ret = ret};

    berth_schema_fill(&build->fill, node, path, &table, 1, sizeof(BerthConfItem));
}

size_t berth_build_count(BerthBuild *build, const BerthNode *node, const char *path)
{
    if (!node)
        return 0;
    if (node->kind != BERTH_NODE_LIST) {
        berth_errors_add(build->fill.errors, node, path, "must be a list");
        return 0;
    }
    return node->value.children.count;
}

bool berth_build_is_map(BerthBuild *build, const BerthNode *node, const char *path)
{
    if (!node || node->kind == BERTH_NODE_MAP)
        return true;
    berth_errors_add(build->fill.errors, node, path, "must be a map");
    return false;
}

/* ---- the top of the file ---- */

/* Maps that a file of Kea may have at its top and that are nothing for this server. */
static const struct {
    const char *key, *why;
} strange[] = {
    {"Dhcp6", "DHCPv6 is not served yet by this version; remove it"},
    {"DhcpDdns", "this is the configuration of Kea's DDNS daemon; remove it"},
    {"Netconf", "this is the configuration of Kea's NETCONF agent; remove it"},
    {"Control-agent",
     "this is the configuration of Kea's control agent, which is not needed; remove it"},
    {"Logging", "the map is no longer used; move its loggers to Dhcp4.loggers"},
};

static void strange_key(BerthBuild *build, const BerthNode *node)
{
    for (size_t i = 0; i < G_N_ELEMENTS(strange); i++)
        if (strcmp(node->key, strange[i].key) == 0) {
            berth_errors_add(build->fill.errors, node, node->key, "%s", strange[i].why);
            return;
        }
    berth_errors_add(build->fill.errors, node, node->key,
                     "unknown key; the top of a configuration holds Dhcp4 and plugins");
}

/* Finds Dhcp4 and the list of plugins; false when there is nothing to go on with. */
static bool read_top(BerthBuild *build, const BerthNode *root, const BerthNode **ret_plugins)
{
    BerthFamilyConf *v4 = &build->conf->v4;

    if (root->kind != BERTH_NODE_MAP) {
        berth_errors_add(build->fill.errors, root, NULL,
                         "a configuration must be a map that holds Dhcp4");
        return false;
    }
    for (const BerthNode *node = root->value.children.first; node; node = node->next)
        if (strcmp(node->key, "Dhcp4") == 0)
            v4->node = node;
        else if (strcmp(node->key, "plugins") == 0)
            *ret_plugins = node;
        else
            strange_key(build, node);
    if (v4->node)
        return berth_build_is_map(build, v4->node, "Dhcp4");
    berth_errors_add(build->fill.errors, root, NULL, "there is no Dhcp4: nothing would be served");
    return false;
}

static void read_dhcp4(BerthBuild *build)
{
    BerthFamilyConf *v4 = &build->conf->v4;
    const BerthFillTable tables[] = {
        {.items = berth_conf_global4, .ret = v4},
        {.items = berth_conf_params4, .ret = &v4->params},
    };
    BerthFill fill = build->fill;

    fill.unclaimed = build->conf->unclaimed;
    berth_schema_fill(&fill, v4->node, "Dhcp4", tables, G_N_ELEMENTS(tables),
                      sizeof(BerthConfItem));
    if (!v4->maps.reservations_in_subnet)
        berth_errors_add(build->fill.errors, berth_node_get(v4->node, "reservations-in-subnet"),
                         "Dhcp4.reservations-in-subnet",
                         "is not supported: this version has no host reservations; remove the key");
    berth_build_map(build, v4->maps.expired, "Dhcp4.expired-leases-processing", berth_conf_expired,
                    v4);
    berth_build_map(build, v4->maps.compatibility, "Dhcp4.compatibility", berth_conf_compat4, v4);
    berth_build_params(build, v4->node, "Dhcp4", &v4->params, NULL);
    berth_build_interfaces(build);
    berth_build_loggers(build);
    berth_build_lease_database(build);
    berth_build_optdefs(build);
    v4->options = berth_build_options(build, v4->maps.options, "Dhcp4.option-data");
    berth_build_subnets(build);
}

static void build_all(BerthBuild *build)
{
    const BerthNode *plugins = NULL;

    if (!read_top(build, build->conf->doc->root, &plugins))
        return;
    read_dhcp4(build);
    berth_build_plugins(build, plugins);
}

/* ---- the snapshot ---- */

BerthConf *berth_conf_draft(BerthDoc *doc, const char *file, BerthErrors *errors)
{
    BerthConf *conf = g_new0(BerthConf, 1);
    BerthBuild build = {.conf = conf};

    conf->refs = 1;
    conf->doc = doc;
    conf->file = g_strdup(file);
    conf->warnings = g_ptr_array_new_with_free_func(g_free);
    conf->unclaimed = g_ptr_array_new();
    berth_arena_init(&conf->arena, SIZE_MAX / 2);
    build.fill = (BerthFill){.arena = &conf->arena, .errors = errors, .warnings = conf->warnings};
    build_all(&build);
    if (!berth_errors_any(errors))
        berth_build_index(&build);
    return conf;
}

BerthConf *berth_conf_from_doc(BerthDoc *doc, const char *file, BerthErrors *errors)
{
    BerthConf *conf = berth_conf_draft(doc, file, errors);

    if (!berth_errors_any(errors))
        return conf;
    berth_conf_unref(conf);
    return NULL;
}

BerthConf *berth_conf_read(const char *path, BerthErrors *errors)
{
    BerthDoc *doc = berth_doc_read(path, errors);

    return doc ? berth_conf_from_doc(doc, path, errors) : NULL;
}

BerthConf *berth_conf_ref(BerthConf *conf)
{
    g_atomic_int_inc(&conf->refs);
    return conf;
}

void berth_conf_unref(BerthConf *conf)
{
    if (!conf || !g_atomic_int_dec_and_test(&conf->refs))
        return;
    if (conf->loaded_free)
        conf->loaded_free(conf->loaded);
    if (conf->callouts)
        berth_callouts_free(conf->callouts);
    g_ptr_array_unref(conf->warnings);
    g_ptr_array_unref(conf->unclaimed);
    berth_arena_clear(&conf->arena);
    berth_doc_free(conf->doc);
    g_free(conf->file);
    g_free(conf);
}
