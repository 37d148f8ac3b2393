/* The plugins to load, in order: the usual set, then those of `plugins` and of hooks-libraries.
 *
 * The usual set makes a plain configuration work. A file that names one of it decides about its
 * place and parameters, or switches it off. */
#include "core/conf/build.h"

static const char *const usual[] = {"log", "lease_file", "control"};

typedef struct PluginList {
    BerthBuild *build;
    GArray *all;       /* of BerthPluginConf */
    GPtrArray *off;    /* of const char *: switched off */
    GHashTable *named; /* names that the file has said something about */
} PluginList;

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

static bool accept_name(PluginList *list, const BerthNode *node, const char *path, const char *name)
{
    BerthErrors *errors = list->build->fill.errors;

    if (!name)
        return false;
    if (!name_is_good(name)) {
        berth_errors_add(errors, node, path,
                         "\"%s\" names no plugin; write its plain name or the absolute path of its "
                         ".so file",
                         name);
        return false;
    }
    if (!g_hash_table_add(list->named, (void *)name)) {
        berth_errors_add(errors, node, path, "the plugin \"%s\" is named twice", name);
        return false;
    }
    return true;
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
    berth_build_is_map(list->build, in.parameters, parameters);
    if (!accept_name(list, node, path, plugin.name))
        return;
    if (in.enabled)
        g_array_append_val(list->all, plugin);
    else
        g_ptr_array_add(list->off, (void *)plugin.name);
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

static void add_usual(PluginList *list)
{
    unsigned place = 0;

    for (size_t i = 0; i < G_N_ELEMENTS(usual); i++) {
        BerthPluginConf plugin = {.name = usual[i], .usual = true};

        if (g_hash_table_contains(list->named, usual[i]))
            continue;
        if (strcmp(usual[i], "lease_file") == 0 &&
            strcmp(list->build->conf->v4.lease_type, "memfile") != 0)
            continue;
        g_array_insert_val(list->all, place, plugin);
        place++;
    }
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
    add_plugins(&list, conf->v4.maps.plugins, "Dhcp4.plugins", false);
    add_plugins(&list, conf->v4.maps.hooks, "Dhcp4.hooks-libraries", true);
    add_usual(&list);
    conf->n_plugins = list.all->len;
    conf->plugins = berth_build_copy(build, list.all->data, list.all->len, sizeof(BerthPluginConf));
    conf->plugins_off.n = list.off->len;
    conf->plugins_off.at = berth_build_copy(build, list.off->pdata, list.off->len, sizeof(char *));
    g_array_unref(list.all);
    g_ptr_array_unref(list.off);
    g_hash_table_unref(list.named);
}
