/* The plugins to load, in order: the usual set, then those of `plugins` and of hooks-libraries.
 *
 * One set of plugins serves both families, so a library that stands in Dhcp4 and in Dhcp6 is one
 * plugin; its parameters, where both say them, must be the same. The usual set makes a plain
 * configuration work. A file that names one of it decides about its place and parameters, or
 * switches it off. */
#include "core/base/json.h"
#include "core/conf/build.h"

/* Some are there for a lease backend, for classes, for reservations, and loaded where that is used.
 */
typedef enum Use { ALWAYS, CLASSES, HOSTS, HOSTS_DATABASE } Use;
static const struct {
    const char *name, *lease_type;
    Use use;
} usual[] = {{"log", NULL, ALWAYS},
             {"lease_file", "memfile", ALWAYS},
             {"lease_redis", "redis", ALWAYS},
             {"hosts", NULL, HOSTS},
             {"hosts_redis", NULL, HOSTS_DATABASE},
             {"classify", NULL, CLASSES},
             {"control", NULL, ALWAYS}};

/* Kea has the commands of one in a library of another name. */
static const struct {
    const char *library, *name;
} renamed[] = {{"host_cmds", "hosts"}};

typedef struct PluginList {
    BerthBuild *build;
    GArray *all;                   /* of BerthPluginConf */
    GPtrArray *off;                /* of const char *: switched off */
    GHashTable *named;             /* names that the file has said something about -> Named */
    const BerthFamilyConf *family; /* whose map is read; NULL: the top of the file */
} PluginList;

/* Who has named a plugin, and how. */
typedef struct Named {
    const BerthFamilyConf *family;
    const BerthNode *parameters;
    bool enabled;
} Named;

/* The plugin's name for the library of a Kea configuration: libdhcp_lease_cmds.so is lease_cmds;
 * any other path stays one, anything else loses its ".so". */
static const char *library_name(BerthBuild *build, const char *library)
{
    const char *slash = strrchr(library, '/');
    const char *base = slash ? slash + 1 : library;
    const bool kea = g_str_has_prefix(base, "libdhcp_");
    size_t len;

    if (slash && !kea)
        return library;
    base += kea ? strlen("libdhcp_") : 0;
    len = strlen(base);
    if (g_str_has_suffix(base, ".so"))
        len -= strlen(".so");
    for (size_t i = 0; i < G_N_ELEMENTS(renamed); i++)
        if (strlen(renamed[i].library) == len && strncmp(base, renamed[i].library, len) == 0)
            return renamed[i].name;
    return berth_arena_printf(&build->conf->arena, "%.*s", (int)len, base);
}

/* A plain name, or the absolute path of a file. */
static bool name_is_good(const char *name)
{
    if (name[0] == '/')
        return g_str_has_suffix(name, ".so");
    for (const char *at = name; *at; at++)
        if (!g_ascii_isalnum(*at) && !strchr("_-", *at))
            return false;
    return name[0] != '\0';
}

static bool same_parameters(const BerthNode *a, const BerthNode *b)
{
    g_autofree char *x = berth_node_json(a), *y = berth_node_json(b);

    return !a || !b || strcmp(x, y) == 0;
}

/* The one of that name that is loaded already. */
static BerthPluginConf *find_plugin(PluginList *list, const char *name)
{
    for (unsigned i = 0; i < list->all->len; i++) {
        BerthPluginConf *plugin = &g_array_index(list->all, BerthPluginConf, i);

        if (strcmp(plugin->name, name) == 0)
            return plugin;
    }
    return NULL;
}

/* What the map of a family says, or the list beside the maps of both. */
static void set_families(BerthPluginConf *plugin, const BerthFamilyConf *family,
                         const BerthNode *parameters)
{
    for (int i = 0; i < 2; i++) {
        if (family && (family->family == 6) != i)
            continue;
        plugin->for_family[i] = true;
        plugin->parameters_of[i] = parameters;
    }
}

/* The other family's map has named it, too. Whether it may say something else is the plugin's to
 * tell. */
static void join_plugin(PluginList *list, const BerthPluginConf *plugin, const char *path,
                        const Named *named, bool enabled)
{
    BerthPluginConf *other = find_plugin(list, plugin->name);

    if (enabled != named->enabled)
        berth_build_fail(list->build, plugin->at, path,
                         "the plugin \"%s\" is switched on by one family and off by the other",
                         plugin->name);
    if (!other)
        return;
    set_families(other, list->family, plugin->parameters);
    if (!same_parameters(plugin->parameters, named->parameters))
        other->differs_at = plugin->at;
    else if (!other->parameters)
        other->parameters = plugin->parameters;
}

static bool accept_name(PluginList *list, const BerthNode *node, const char *path, const char *name)
{
    if (!name)
        return false;
    return name_is_good(name) ||
           berth_build_fail(list->build, node, path,
                            "\"%s\" names no plugin; write its plain name or the absolute path of "
                            "its .so file",
                            name);
}

static void take_plugin(PluginList *list, const BerthPluginConf *plugin, const char *path,
                        bool enabled)
{
    const Named *other = g_hash_table_lookup(list->named, plugin->name);
    Named *named;

    if (other && list->family && other->family && other->family != list->family) {
        join_plugin(list, plugin, path, other, enabled);
        return;
    }
    if (other) {
        berth_build_fail(list->build, plugin->at, path, "the plugin \"%s\" is named twice",
                         plugin->name);
        return;
    }
    named = berth_build_array(list->build, 1, sizeof(*named));
    *named = (Named){list->family, plugin->parameters, enabled};
    g_hash_table_insert(list->named, (void *)plugin->name, named);
    if (enabled)
        g_array_append_vals(list->all, plugin, 1);
    else
        g_ptr_array_add(list->off, (void *)plugin->name);
}

static void add_plugin(PluginList *list, const BerthNode *node, const char *path, bool is_library)
{
    BerthPluginIn in = {.enabled = true};
    BerthPluginConf plugin = {.at = node};
    g_autofree char *parameters = g_strdup_printf("%s.parameters", path);

    berth_build_map(list->build, node, path, is_library ? berth_conf_library : berth_conf_plugin,
                    &in);
    if (is_library && in.name)
        plugin.library = in.name;
    plugin.name = plugin.library ? library_name(list->build, in.name) : in.name;
    plugin.parameters = in.parameters;
    set_families(&plugin, list->family, in.parameters);
    berth_build_is_map(list->build, in.parameters, parameters);
    if (accept_name(list, node, path, plugin.name))
        take_plugin(list, &plugin, path, in.enabled);
}

static void add_plugins(PluginList *list, const BerthNode *node, const char *path, bool is_library)
{
    size_t n = berth_build_count(list->build, node, path);

    if (n == 0)
        return;
    node = node->value.children.first;
    for (size_t i = 0; i < n; i++, node = node->next) {
        g_autofree char *at = g_strdup_printf("%s[%zu]", path, i);

        add_plugin(list, node, at, is_library);
    }
}

static bool keeps_leases(const BerthFamilyConf *family, const char *lease_type)
{
    return family->present && strcmp(family->lease_type, lease_type) == 0;
}

static bool is_used(const BerthConf *conf, const char *lease_type)
{
    return !lease_type || keeps_leases(&conf->v4, lease_type) ||
           keeps_leases(&conf->v6, lease_type);
}

static bool has_database(const BerthFamilyConf *family)
{
    return berth_node_get(family->node, "hosts-database") ||
           berth_node_get(family->node, "hosts-databases");
}

static bool has_use(const BerthFamilyConf *family, Use use)
{
    if (!family->present)
        return false;
    if (use == CLASSES)
        return family->has_classes;
    return has_database(family) || (use == HOSTS && berth_hosts_count(family->hosts) > 0);
}

static void add_usual(PluginList *list)
{
    const BerthConf *conf = list->build->conf;
    unsigned place = 0;

    for (size_t i = 0; i < G_N_ELEMENTS(usual); i++) {
        BerthPluginConf plugin = {.name = usual[i].name, .usual = true, .for_family = {true, true}};

        if (g_hash_table_contains(list->named, plugin.name) ||
            !is_used(conf, usual[i].lease_type) ||
            (usual[i].use != ALWAYS && !has_use(&conf->v4, usual[i].use) &&
             !has_use(&conf->v6, usual[i].use)))
            continue;
        g_array_insert_val(list->all, place, plugin);
        place++;
    }
}

static void add_family(PluginList *list, const BerthFamilyConf *family)
{
    const char *map = family->tables->map;
    g_autofree char *plugins = g_strdup_printf("%s.plugins", map);
    g_autofree char *libraries = g_strdup_printf("%s.hooks-libraries", map);

    list->family = family;
    add_plugins(list, family->maps.plugins, plugins, false);
    add_plugins(list, family->maps.hooks, libraries, true);
}

void berth_build_plugins(BerthBuild *build, const BerthNode *top)
{
    BerthConf *conf = build->conf;
    PluginList list = {
        .build = build,
        .all = g_array_new(FALSE, FALSE, sizeof(BerthPluginConf)),
        .off = g_ptr_array_new(),
        .named = g_hash_table_new(g_str_hash, g_str_equal),
    };

    add_plugins(&list, top, "plugins", false);
    add_family(&list, &conf->v4);
    add_family(&list, &conf->v6);
    add_usual(&list);
    conf->n_plugins = list.all->len;
    conf->plugins = berth_build_copy(build, list.all->data, list.all->len, sizeof(BerthPluginConf));
    conf->plugins_off.n = list.off->len;
    conf->plugins_off.at = berth_build_copy(build, list.off->pdata, list.off->len, sizeof(char *));
    g_array_unref(list.all);
    g_ptr_array_unref(list.off);
    g_hash_table_unref(list.named);
}
