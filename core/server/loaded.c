/* loaded - filling and checking what a snapshot says about its plugins; may run in a job. */
#include "core/server/loaded.h"

#include "core/conf/schema.h"
#include "core/conf/tables.h"
#include "core/server/command.h"
#include "core/server/family.h"
#include <errno.h>

/* ---- checks among plugins ---- */

static bool is_before(const BerthLoaded *loaded, size_t end, const char *name)
{
    for (size_t i = 0; i < end; i++)
        if (strcmp(loaded->uses[i].library->plugin.name, name) == 0)
            return true;
    return false;
}

static void check_needs(const BerthLoaded *loaded, size_t i, BerthErrors *errors)
{
    const BerthUse *use = &loaded->uses[i];
    const char *const *need = use->library->plugin.needs;

    for (; need && *need; need++)
        if (!is_before(loaded, i, *need))
            berth_errors_add(
                errors, use->at->at, NULL,
                "the plugin '%s' needs the plugin '%s', which must be listed before it",
                use->library->plugin.name, *need);
}

static bool is_core_command(const char *name)
{
    for (const BerthHook *hook = berth_core_commands; hook->name; hook++)
        if (strcmp(hook->name, name) == 0)
            return true;
    return false;
}

static void check_command(GHashTable *owners, const BerthUse *use, const char *name,
                          BerthErrors *errors)
{
    const char *plugin = use->library->plugin.name;
    const char *other = is_core_command(name) ? "the server" : g_hash_table_lookup(owners, name);

    if (!other)
        g_hash_table_insert(owners, (void *)name, (void *)plugin);
    else
        berth_errors_add(errors, use->at->at, NULL,
                         "the plugin '%s' provides the command '%s', but so does %s", plugin, name,
                         other);
}

void berth_loaded_check(const BerthLoaded *loaded, BerthErrors *errors)
{
    GHashTable *owners = g_hash_table_new(g_str_hash, g_str_equal);
    BerthHook hook;

    for (size_t i = 0; i < loaded->n; i++) {
        check_needs(loaded, i, errors);
        for (size_t h = 0; berth_plugin_hook(&loaded->uses[i].library->plugin, h, &hook); h++)
            if (hook.subject == BERTH_SUBJECT_COMMAND)
                check_command(owners, &loaded->uses[i], hook.name, errors);
    }
    g_hash_table_unref(owners);
}

/* ---- configurations ---- */

static BerthFill fill_for(BerthConf *conf, BerthErrors *errors)
{
    return (BerthFill){.arena = &conf->arena, .errors = errors, .warnings = conf->warnings};
}

static void *fill_one(const BerthUse *use, BerthConf *conf, const BerthNode *parameters,
                      BerthErrors *errors)
{
    static const BerthConfItem none[] = {{0}};
    const BerthPlugin *plugin = &use->library->plugin;
    g_autofree char *path = g_strdup_printf("plugin(%s).parameters", plugin->name);
    BerthFill fill = fill_for(conf, errors);
    BerthFillTable table = {.items = plugin->conf ? plugin->conf : none};

    table.ret = berth_arena_alloc(&conf->arena, MAX(plugin->conf_size, 1));
    if (table.ret)
        berth_schema_fill(&fill, parameters, path, &table, 1, plugin->conf_item_size);
    else
        berth_errors_add(errors, use->at->at, path,
                         "no memory for the configuration of the plugin");
    return table.ret;
}

static const BerthFamilyConf *family_at(const BerthConf *conf, int i)
{
    return i ? &conf->v6 : &conf->v4;
}

static void fill_parameters(BerthUse *use, BerthConf *conf, BerthErrors *errors)
{
    const BerthPluginConf *at = use->at;
    const bool split = berth_use_is_split(use);

    if (at->differs_at && !split)
        berth_errors_add(errors, at->differs_at, NULL,
                         "the plugin \"%s\" serves both families, but has other parameters in the "
                         "other one's map",
                         at->name);
    if (!split)
        use->conf_of[0] = use->conf_of[1] = fill_one(use, conf, at->parameters, errors);
    for (int i = 0; split && i < 2; i++)
        if (at->for_family[i] && family_at(conf, i)->present)
            use->conf_of[i] = fill_one(use, conf, at->parameters_of[i], errors);
    use->conf = use->conf_of[0] ? use->conf_of[0] : use->conf_of[1];
}

static unsigned global_flag(const BerthFamilyConf *family)
{
    return family->family == 6 ? BERTH_CONF_GLOBAL6 : BERTH_CONF_GLOBAL;
}

/* Keys of the family's map that are the plugin's are taken out of `unclaimed`. Without the map they
 * have their defaults. */
static void fill_globals(BerthUse *use, BerthConf *conf, const BerthFamilyConf *family,
                         GPtrArray *unclaimed, BerthErrors *errors)
{
    const BerthPlugin *plugin = &use->library->plugin;
    g_autoptr(GPtrArray) unknown = g_ptr_array_new();
    BerthFill fill = fill_for(conf, errors);
    BerthFillTable table = {.items = plugin->conf,
                            .ret = use->conf_of[family->family == 6],
                            .only_flags = global_flag(family)};

    if (!plugin->conf || !table.ret)
        return;
    fill.unclaimed = unknown;
    berth_schema_fill(&fill, family->node, berth_family_names(family->family)->map, &table, 1,
                      plugin->conf_item_size);
    for (unsigned i = unclaimed->len; i-- > 0;)
        if (!g_ptr_array_find(unknown, unclaimed->pdata[i], NULL))
            g_ptr_array_remove_index(unclaimed, i);
}

static const char *suggest_global(const BerthLoaded *loaded, const BerthFamilyConf *family,
                                  const char *key)
{
    const char *near = berth_conf_suggest(family, key);
    BerthFillTable table;

    for (size_t i = 0; i < loaded->n && !near; i++) {
        const BerthPlugin *plugin = &loaded->uses[i].library->plugin;

        table = (BerthFillTable){.items = plugin->conf, .only_flags = global_flag(family)};
        if (plugin->conf)
            near = berth_schema_suggest(key, &table, 1, plugin->conf_item_size);
    }
    return near;
}

static void report_unclaimed(const BerthLoaded *loaded, const BerthFamilyConf *family,
                             const BerthNode *node, BerthErrors *errors)
{
    const char *near = suggest_global(loaded, family, node->key);
    g_autofree char *path =
        g_strdup_printf("%s.%s", berth_family_names(family->family)->map, node->key);

    if (near)
        berth_errors_add(errors, node, path, "unknown key; did you mean \"%s\"?", near);
    else
        berth_errors_add(errors, node, path,
                         "unknown key, of the server and of all plugins that are loaded");
}

static const char *why(const GError *error)
{
    return error ? error->message : "it does not say why";
}

static int call_prepare(const BerthUse *use, const BerthConf *conf, int i, GError **error)
{
    const BerthPlugin *plugin = &use->library->plugin;

    if (plugin->prepare_for)
        return plugin->prepare_for(berth_conf_setup(family_at(conf, i)), use->conf_of[i], error);
    return plugin->prepare ? plugin->prepare(use->conf, error) : 0;
}

static void refuse(const BerthUse *use, int i, const GError *error, BerthErrors *errors)
{
    const BerthNode *at = berth_use_is_split(use) ? use->at->parameters_of[i] : use->at->parameters;

    berth_errors_add(errors, at ? at : use->at->at, NULL,
                     "the plugin '%s' refuses its parameters: %s", use->library->plugin.name,
                     why(error));
}

static void prepare(BerthUse *use, const BerthConf *conf, int i, BerthErrors *errors)
{
    g_autoptr(GError) error = NULL;

    if (call_prepare(use, conf, i, &error) < 0)
        refuse(use, i, error, errors);
    else
        use->prepared[i] = true;
}

/* Each struct once. */
static void prepare_all(BerthUse *use, const BerthConf *conf, BerthErrors *errors)
{
    for (int i = 0; i < 2; i++)
        if (use->conf_of[i] && (i == 0 || use->conf_of[0] != use->conf_of[1]))
            prepare(use, conf, i, errors);
}

/* ---- what the plugins read of it besides ---- */

static void check_conf(const BerthUse *use, BerthServer *server, int i, BerthErrors *errors)
{
    const BerthPlugin *plugin = &use->library->plugin;
    g_autoptr(GError) error = NULL;

    if (plugin->check && plugin->check(server, use->conf_of[i], &error) < 0)
        refuse(use, i, error, errors);
}

static void check_all(const BerthUse *use, BerthServer *server, BerthErrors *errors)
{
    for (int i = 0; i < 2; i++)
        if (use->prepared[i])
            check_conf(use, server, i, errors);
}

/* "Dhcp4.subnet4[id 1].user-context"; g_free it. */
static char *context_path(const BerthContext *context)
{
    const char *map = berth_family_names(context->family)->map;

    switch (context->of) {
    case BERTH_CONTEXT_SUBNET:
        return g_strdup_printf("%s.subnet%d[id %u].user-context", map, context->family,
                               context->subnet_id);
    case BERTH_CONTEXT_NETWORK:
        return g_strdup_printf("%s.shared-networks[%s].user-context", map, context->name);
    case BERTH_CONTEXT_CLASS:
        break;
    }
    return g_strdup_printf("%s.client-classes[%s].user-context", map, context->name);
}

static void read_context(const BerthUse *use, BerthContext context, BerthErrors *errors)
{
    const BerthPlugin *plugin = &use->library->plugin;
    g_autoptr(GError) error = NULL;
    g_autofree char *path = NULL;

    context.size = sizeof(context);
    if (!context.map ||
        plugin->read_context(use->conf_of[context.family == 6], &context, &error) >= 0)
        return;
    path = context_path(&context);
    berth_errors_add(errors, context.map, path, "the plugin '%s' refuses it: %s", plugin->name,
                     why(error));
}

/* Of a struct that both families have it is said once. */
static bool is_prepared(const BerthUse *use, const void *conf)
{
    return (use->prepared[0] && use->conf_of[0] == conf) ||
           (use->prepared[1] && use->conf_of[1] == conf);
}

static void read_contexts(const BerthUse *use, const BerthFamilyConf *family, BerthErrors *errors)
{
    BerthContext context = {.family = family->family};

    const void *conf = use->conf_of[family->family == 6];

    if (!use->library->plugin.read_context || !conf || !is_prepared(use, conf))
        return;
    context.of = BERTH_CONTEXT_SUBNET;
    for (size_t i = 0; i < family->n_subnets; i++) {
        context.subnet_id = family->subnets[i].id;
        context.map = family->subnets[i].user_context;
        read_context(use, context, errors);
    }
    context = (BerthContext){.family = family->family, .of = BERTH_CONTEXT_NETWORK};
    for (size_t i = 0; i < family->n_networks; i++) {
        context.name = family->networks[i].name;
        context.map = family->networks[i].user_context;
        read_context(use, context, errors);
    }
    context = (BerthContext){.family = family->family, .of = BERTH_CONTEXT_CLASS};
    for (size_t i = 0; i < family->n_classes; i++) {
        context.name = family->classes[i].name;
        context.is_template = family->classes[i].template_test != NULL;
        context.map = family->classes[i].in->user_context;
        read_context(use, context, errors);
    }
}

/* The role in use has a table of its own, for `lease-database`. */
static void check_backend(const BerthLoaded *loaded, BerthConf *conf, const BerthFamilyConf *family,
                          BerthErrors *errors)
{
    g_autofree char *path =
        g_strdup_printf("%s.lease-database", berth_family_names(family->family)->map);
    void *run;
    const BerthRole *role =
        family->lease_type
            ? berth_loader_role(loaded->loader, conf, "lease-backend", family->lease_type, &run)
            : NULL;

    if (role)
        berth_loader_role_conf(conf, role, family->lease_database, path, errors);
}

static void fill_family(BerthLoaded *loaded, BerthConf *conf, const BerthFamilyConf *family,
                        BerthErrors *errors)
{
    g_autoptr(GPtrArray) unclaimed = g_ptr_array_new();

    for (unsigned i = 0; family->present && i < family->unclaimed->len; i++)
        g_ptr_array_add(unclaimed, family->unclaimed->pdata[i]);
    for (size_t i = 0; i < loaded->n; i++)
        fill_globals(&loaded->uses[i], conf, family, unclaimed, errors);
    for (unsigned i = 0; i < unclaimed->len; i++)
        report_unclaimed(loaded, family, unclaimed->pdata[i], errors);
    if (family->present)
        check_backend(loaded, conf, family, errors);
}

void berth_loaded_fill(BerthLoaded *loaded, BerthConf *conf, BerthErrors *errors)
{
    for (size_t i = 0; i < loaded->n; i++)
        fill_parameters(&loaded->uses[i], conf, errors);
    fill_family(loaded, conf, &conf->v4, errors);
    fill_family(loaded, conf, &conf->v6, errors);
    /* A plugin is asked only about values that passed its table. */
    for (size_t i = 0; i < loaded->n && !berth_errors_any(errors); i++)
        prepare_all(&loaded->uses[i], conf, errors);
    for (size_t i = 0; i < loaded->n; i++) {
        check_all(&loaded->uses[i], berth_loader_server(loaded->loader), errors);
        read_contexts(&loaded->uses[i], &conf->v4, errors);
        read_contexts(&loaded->uses[i], &conf->v6, errors);
    }
}

void berth_loaded_release(const BerthLoaded *loaded)
{
    for (size_t i = loaded->n; i-- > 0;) {
        const BerthUse *use = &loaded->uses[i];

        for (int f = 1; f >= 0; f--)
            if (use->prepared[f] && use->library->plugin.release)
                use->library->plugin.release(use->conf_of[f]);
    }
}

/* ---- roles ---- */

static const BerthLibrary *owner_of(const BerthLoaded *loaded, const BerthRole *role)
{
    for (size_t i = 0; loaded && i < loaded->n; i++) {
        const BerthLibrary *library = loaded->uses[i].library;

        if (role >= library->roles && role < library->roles + library->n_roles)
            return library;
    }
    return NULL;
}

const void *berth_loader_role_conf(BerthConf *conf, const BerthRole *role, const BerthNode *node,
                                   const char *path, BerthErrors *errors)
{
    const BerthLibrary *library = owner_of(berth_loaded(conf), role);
    BerthFill fill = fill_for(conf, errors);
    BerthFillTable table = {.items = role->conf};
    unsigned before = errors->lines->len;

    table.ret = berth_arena_alloc(&conf->arena, MAX(role->conf_size, 1));
    if (!library || !table.ret) {
        berth_errors_add(errors, node, path, "no memory for the configuration of '%s'", role->name);
        return NULL;
    }
    if (role->conf)
        berth_schema_fill(&fill, node, path, &table, 1, library->plugin.conf_item_size);
    return errors->lines->len == before ? table.ret : NULL;
}

bool berth_loader_role_hides(const BerthConf *conf, const BerthRole *role, const char *key)
{
    const BerthLibrary *library = owner_of(berth_loaded(conf), role);
    const char *at = (const char *)role->conf;

    if (!library || !at)
        return false;
    for (;; at += library->plugin.conf_item_size) {
        const BerthConfItem *item = (const BerthConfItem *)at;

        if (!item->key || strcmp(item->key, key) == 0)
            return item->key && item->flags & BERTH_CONF_SECRET;
    }
}

const BerthRole *berth_loader_role(const BerthLoader *loader, const BerthConf *conf,
                                   const char *role, const char *name, void **ret_run)
{
    const BerthLoaded *loaded = berth_loaded(conf);

    (void)loader;
    for (size_t i = 0; loaded && i < loaded->n; i++) {
        const BerthLibrary *library = loaded->uses[i].library;
        const BerthRole *found = berth_library_role(library, role, name);

        if (!found)
            continue;
        *ret_run = library->run;
        return found;
    }
    return NULL;
}
