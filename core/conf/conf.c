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

bool berth_build_is_own(const BerthBuild *build, BerthAddr addr)
{
    return berth_addr_is4(addr) == (build->family->family == 4);
}

const char *berth_build_path(const BerthBuild *build, const char *key)
{
    return berth_arena_printf(&build->conf->arena, "%s.%s", build->family->tables->map, key);
}

void berth_build_map(BerthBuild *build, const BerthNode *node, const char *path,
                     const BerthConfItem *items, void *ret)
{
    const BerthFillTable table = {.items = items, .ret = ret};

    berth_schema_fill(&build->fill, node, path, &table, 1, sizeof(BerthConfItem));
}

static size_t add_tables(BerthFillTable *to, size_t n, const BerthTables *tables,
                         const BerthFillTable *what)
{
    to[n] = *what;
    to[n++].items = tables->both;
    if (!tables->own)
        return n;
    to[n] = *what;
    to[n++].items = tables->own;
    return n;
}

void berth_build_scope(BerthBuild *build, const BerthNode *node, const char *path,
                       const BerthScopeIn *in)
{
    BerthFillTable all[4];
    BerthFill fill = build->fill;
    size_t n = add_tables(all, 0, in->tables, &(BerthFillTable){.ret = in->ret});

    if (in->params)
        n = add_tables(all, n, &build->family->tables->params,
                       &(BerthFillTable){.ret = in->params, .parent = in->outer});
    fill.unclaimed = in->unclaimed;
    berth_schema_fill(&fill, node, path, all, n, sizeof(BerthConfItem));
    if (in->params)
        berth_build_host_mode(build, node, path, in->params);
}

const char *berth_conf_suggest(const BerthFamilyConf *family, const char *key)
{
    const BerthFamilyTables *tables = family->tables;
    BerthFillTable all[4];
    size_t n = add_tables(all, 0, &tables->global, &(BerthFillTable){0});

    n = add_tables(all, n, &tables->params, &(BerthFillTable){0});
    return berth_schema_suggest(key, all, n, sizeof(BerthConfItem));
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
    {"DhcpDdns", "this is the configuration of Kea's DDNS daemon; remove it"},
    {"Netconf", "this is the configuration of Kea's NETCONF agent; remove it"},
    {"Control-agent",
     "this is the configuration of Kea's control agent, which is not needed; remove it"},
    {"Logging", "the map is no longer used; move its loggers to Dhcp4.loggers and Dhcp6.loggers"},
};

static void strange_key(BerthBuild *build, const BerthNode *node)
{
    for (size_t i = 0; i < G_N_ELEMENTS(strange); i++)
        if (strcmp(node->key, strange[i].key) == 0) {
            berth_errors_add(build->fill.errors, node, node->key, "%s", strange[i].why);
            return;
        }
    berth_errors_add(build->fill.errors, node, node->key,
                     "unknown key; the top of a configuration holds Dhcp4, Dhcp6 and plugins");
}

static BerthFamilyConf *family_of(BerthConf *conf, const char *map)
{
    if (strcmp(map, "Dhcp4") == 0)
        return &conf->v4;
    return strcmp(map, "Dhcp6") == 0 ? &conf->v6 : NULL;
}

/* Finds the families' maps and the list of plugins; false when there is nothing to go on with. */
static bool read_top(BerthBuild *build, const BerthNode *root, const BerthNode **ret_plugins)
{
    BerthConf *conf = build->conf;

    if (root->kind != BERTH_NODE_MAP)
        return berth_build_fail(build, root, NULL,
                                "a configuration must be a map that holds Dhcp4 or Dhcp6");
    for (const BerthNode *node = root->value.children.first; node; node = node->next) {
        BerthFamilyConf *family = family_of(conf, node->key);

        if (family) {
            family->node = node;
            family->present = berth_build_is_map(build, node, node->key);
        } else if (strcmp(node->key, "plugins") == 0) {
            *ret_plugins = node;
        } else {
            strange_key(build, node);
        }
    }
    if (!conf->v4.node && !conf->v6.node)
        return berth_build_fail(build, root, NULL,
                                "there is neither Dhcp4 nor Dhcp6: nothing would be served");
    return conf->v4.present || conf->v6.present;
}

static void read_keys(BerthBuild *build)
{
    BerthFamilyConf *family = build->family;
    const char *map = family->tables->map;
    const BerthScopeIn in = {
        .tables = &family->tables->global,
        .ret = family,
        .params = &family->params_in,
        .unclaimed = family->unclaimed,
    };

    berth_build_scope(build, family->node, map, &in);
    berth_build_map(build, family->maps.expired,
                    berth_build_path(build, "expired-leases-processing"), berth_conf_expired,
                    family);
    berth_build_map(build, family->maps.sanity, berth_build_path(build, "sanity-checks"),
                    berth_conf_sanity, family);
    berth_build_map(build, family->maps.compatibility, berth_build_path(build, "compatibility"),
                    family->tables->compat, family);
    family->params = family->params_in;
    berth_build_params(build, family->node, map, &family->params, NULL);
    family->params_in.naming = family->params.naming;
}

static void read_family(BerthBuild *build, BerthFamilyConf *family)
{
    build->family = family;
    if (!family->present)
        return;
    read_keys(build);
    berth_build_interfaces(build);
    berth_build_lease_database(build);
    berth_build_optdefs(build);
    berth_build_class_names(build);
    berth_build_classes(build);
    if (family->family == 6)
        berth_build_global6(build);
    family->options =
        berth_build_options(build, family->maps.options, berth_build_path(build, "option-data"));
    berth_build_networks(build);
    berth_build_subnets(build);
    berth_build_check_networks(build);
    berth_build_hosts(build);
    berth_build_class_index(build);
    berth_build_class_plans(build);
    berth_build_server_ids(build);
}

static void build_all(BerthBuild *build)
{
    const BerthNode *plugins = NULL;

    if (!read_top(build, build->conf->doc->root, &plugins))
        return;
    read_family(build, &build->conf->v4);
    read_family(build, &build->conf->v6);
    berth_build_loggers(build);
    berth_build_plugins(build, plugins);
}

/* ---- the snapshot ---- */

static void init_family(BerthFamilyConf *family, int number, const BerthFamilyTables *tables)
{
    family->family = number;
    family->tables = tables;
    family->unclaimed = g_ptr_array_new();
}

BerthConf *berth_conf_draft(BerthDoc *doc, const char *file, BerthErrors *errors)
{
    BerthConf *conf = g_new0(BerthConf, 1);
    BerthBuild build = {.conf = conf};

    conf->refs = 1;
    conf->doc = doc;
    conf->file = g_strdup(file);
    conf->warnings = g_ptr_array_new_with_free_func(g_free);
    conf->scrubs = g_ptr_array_new_with_free_func((GDestroyNotify)berth_scrub_free);
    init_family(&conf->v4, 4, &berth_conf_family4);
    init_family(&conf->v6, 6, &berth_conf_family6);
    berth_arena_init(&conf->arena, SIZE_MAX / 2);
    build.fill = (BerthFill){.arena = &conf->arena, .errors = errors, .warnings = conf->warnings};
    build_all(&build);
    build.family = &conf->v4;
    if (!berth_errors_any(errors))
        berth_build_index(&build);
    build.family = &conf->v6;
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

static void clear_classes(BerthFamilyConf *family)
{
    for (size_t i = 0; i < family->n_classes; i++)
        berth_class_clear((BerthClass *)&family->classes[i]);
    g_clear_pointer(&family->class_numbers, g_hash_table_unref);
}

static void clear_family(BerthFamilyConf *family)
{
    clear_classes(family);
    berth_hosts_unref(family->hosts);
    g_ptr_array_unref(family->unclaimed);
}

/* Of a million reservations that takes longer than a packet should wait. */
static void free_rest(void *data)
{
    BerthConf *conf = data;

    g_ptr_array_unref(conf->warnings);
    g_ptr_array_unref(conf->scrubs);
    clear_family(&conf->v4);
    clear_family(&conf->v6);
    berth_arena_clear(&conf->arena);
    berth_doc_free(conf->doc);
    g_free(conf->file);
    g_free(conf);
}

static void is_freed(void *data)
{
    (void)data;
}

void berth_conf_unref(BerthConf *conf)
{
    if (!conf || !g_atomic_int_dec_and_test(&conf->refs))
        return;
    if (conf->loaded_free)
        conf->loaded_free(conf->loaded);
    if (conf->callouts)
        berth_callouts_free(conf->callouts);
    if (conf->retired)
        conf->retired->ops->job(conf->retired, free_rest, is_freed, conf);
    else
        free_rest(conf);
}
