/* loader - opening, starting, stopping and closing plugins: see loader.h.
 *
 * Libraries are counted by the snapshots (and jobs) that use them, under a lock because snapshots
 * are made and freed in jobs. Nothing is stopped where a count reaches zero: that may be in a job
 * or below a callout. The idle moment of the main loop finds them. */
#include "core/server/loader.h"

#include "core/server/command.h"
#include "core/server/loaded.h"
#include "core/server/server.h"
#include <dlfcn.h>
#include <errno.h>

struct BerthLoader {
    BerthServer *server;
    struct BerthCommands *commands;
    BerthLibraryPlaces places;
    BerthConf *current;      /* pinned */
    GMutex lock;             /* of the list and of its counts */
    BerthLibrary *libraries; /* the last opened first, so that stopping goes backwards */
    int unused;              /* atomic: some count reached zero */
};

BerthServer *berth_loader_server(const BerthLoader *loader)
{
    return loader->server;
}

/* ---- counting ---- */

static void take(BerthLibrary *library)
{
    library->users++;
}

static void give_back(BerthLoader *loader, BerthLibrary *library)
{
    g_mutex_lock(&loader->lock);
    if (--library->users == 0)
        g_atomic_int_set(&loader->unused, 1);
    g_mutex_unlock(&loader->lock);
}

static void end(BerthLoader *loader, BerthLibrary *library)
{
    if (library->started && library->plugin.stop)
        library->plugin.stop(library->run);
    if (library->started)
        berth_log_to(loader->server->log, BERTH_INFO, "hooks", "HOOKS_LIBRARY_UNLOADED",
                     "plugin %s has been unloaded", library->path);
    library->started = false;
}

static BerthLibrary *next_unused(BerthLoader *loader)
{
    BerthLibrary **at = &loader->libraries;
    BerthLibrary *found;

    g_mutex_lock(&loader->lock);
    while (*at && (*at)->users > 0)
        at = &(*at)->next;
    found = *at;
    if (found)
        *at = found->next;
    g_mutex_unlock(&loader->lock);
    return found;
}

static void on_idle(void *data)
{
    BerthLoader *loader = data;
    BerthLibrary *library;

    if (!g_atomic_int_compare_and_exchange(&loader->unused, 1, 0))
        return;
    while ((library = next_unused(loader))) {
        end(loader, library);
        berth_library_close(library);
    }
}

BerthLibrary *berth_loader_pin(BerthLoader *loader, const void *code)
{
    BerthLibrary *library;
    Dl_info info;

    if (dladdr(code, &info) == 0)
        return NULL;
    g_mutex_lock(&loader->lock);
    library = loader->libraries;
    while (library && library->code != info.dli_fbase)
        library = library->next;
    if (library)
        take(library);
    g_mutex_unlock(&loader->lock);
    return library;
}

void berth_loader_unpin(BerthLoader *loader, BerthLibrary *library)
{
    if (library)
        give_back(loader, library);
}

/* ---- making ---- */

/* An empty folder name would mean the current one, wherever that is. */
static char **split_path(const char *path)
{
    g_auto(GStrv) all = g_strsplit(path ? path : "", ":", -1);
    GPtrArray *dirs = g_ptr_array_new();

    for (char **dir = all; *dir; dir++)
        if (**dir)
            g_ptr_array_add(dirs, g_strdup(*dir));
    g_ptr_array_add(dirs, NULL);
    return (char **)g_ptr_array_free(dirs, FALSE);
}

BerthLoader *berth_loader_new(BerthServer *server, const struct BerthServerOptions *options,
                              struct BerthCommands *commands)
{
    BerthLoader *loader = g_new0(BerthLoader, 1);

    loader->server = server;
    loader->commands = commands;
    loader->places.dirs = split_path(options->plugin_path);
    loader->places.unchecked = options->no_path_checks;
    g_mutex_init(&loader->lock);
    berth_world_on_idle(server->world, on_idle, loader);
    return loader;
}

static void detach(BerthLoader *loader, const BerthLibrary *library)
{
    const BerthRole *role = berth_library_role(library, "log-sink", NULL);

    berth_commands_remove(loader->commands, library->plugin.name);
    if (role)
        berth_log_remove_sink(loader->server->log, role->ops, library->run);
}

void berth_loader_free(BerthLoader *loader)
{
    const BerthLoaded *loaded;

    if (!loader)
        return;
    berth_world_off_idle(loader->server->world, on_idle, loader);
    loaded = berth_loaded(loader->current);
    for (size_t i = loaded ? loaded->n : 0; i-- > 0;)
        detach(loader, loaded->uses[i].library);
    berth_conf_unref(loader->current);
    for (BerthLibrary *library = loader->libraries; library; library = library->next)
        end(loader, library);
    while (loader->libraries) {
        BerthLibrary *library = loader->libraries;

        loader->libraries = library->next;
        /* Somebody still uses it: better mapped for good than a jump into nothing. */
        if (library->users == 0)
            berth_library_close(library);
    }
    g_mutex_clear(&loader->lock);
    g_strfreev(loader->places.dirs);
    g_free(loader);
}

/* ---- preparing ---- */

static BerthLibrary *find_opened(BerthLoader *loader, const char *path)
{
    BerthLibrary *library;

    g_mutex_lock(&loader->lock);
    library = loader->libraries;
    while (library && strcmp(library->path, path) != 0)
        library = library->next;
    if (library)
        take(library);
    g_mutex_unlock(&loader->lock);
    return library;
}

static BerthLibrary *find_or_open(BerthLoader *loader, const char *path, GError **error)
{
    BerthLibrary *library = find_opened(loader, path);

    if (library)
        return library;
    library = berth_library_open(path, error);
    if (!library)
        return NULL;
    take(library);
    g_mutex_lock(&loader->lock);
    library->next = loader->libraries;
    loader->libraries = library;
    g_mutex_unlock(&loader->lock);
    return library;
}

static bool is_named(const BerthLoaded *loaded, const char *name)
{
    for (size_t i = 0; i < loaded->n; i++)
        if (strcmp(loaded->uses[i].library->plugin.name, name) == 0)
            return true;
    return false;
}

static void add_use(BerthLoaded *loaded, BerthConf *conf, const BerthPluginConf *at,
                    BerthErrors *errors)
{
    BerthLoader *loader = loaded->loader;
    BerthLibrary *library = NULL;
    g_autoptr(GError) error = NULL;
    g_autofree char *path = NULL;
    int r = berth_library_find(&loader->places, at->name, &path, &error);

    if (r == 0)
        library = find_or_open(loader, path, &error);
    if (library && is_named(loaded, library->plugin.name)) {
        berth_errors_add(errors, at->at, NULL, "the plugin '%s' is listed twice", at->name);
        give_back(loader, library);
    } else if (library) {
        loaded->uses[loaded->n++] = (BerthUse){.library = library, .at = at};
    } else if (r == -ENOENT && at->usual) {
        /* Nobody asked for it by name: a smaller installation is none the worse. */
        g_ptr_array_add(conf->warnings, g_strdup_printf("%s; going on without it", error->message));
    } else {
        berth_errors_add(errors, at->at, NULL, "plugin '%s': %s", at->name, error->message);
    }
}

static int64_t clock_usec(void *data)
{
    return berth_world_boot_usec(data);
}

static void add_callouts(BerthLoaded *loaded, BerthConf *conf, BerthErrors *errors)
{
    conf->callouts = berth_callouts_new();
    berth_callouts_set_clock(conf->callouts, clock_usec, loaded->loader->server->world);
    for (size_t i = 0; i < loaded->n; i++) {
        BerthUse *use = &loaded->uses[i];
        BerthLibrary *library = use->library;
        g_autoptr(GError) error = NULL;

        for (int f = 0; f < 2 && !error; f++)
            if (use->conf_of[f])
                berth_callouts_add_for(conf->callouts, &library->plugin, f ? 6 : 4, use->conf_of[f],
                                       library->run, library->stats, &error);
        if (error)
            berth_errors_add(errors, use->at->at, NULL, "plugin '%s': %s", library->plugin.name,
                             error->message);
    }
    berth_callouts_freeze(conf->callouts);
}

static void free_loaded(void *data)
{
    BerthLoaded *loaded = data;

    berth_loaded_release(loaded);
    for (size_t i = loaded->n; i-- > 0;)
        give_back(loaded->loader, loaded->uses[i].library);
    g_free(loaded->uses);
    g_free(loaded);
}

static void unprepare(BerthConf *conf)
{
    berth_callouts_free(g_steal_pointer(&conf->callouts));
    free_loaded(g_steal_pointer(&conf->loaded));
    conf->loaded_free = NULL;
}

bool berth_loader_prepare(BerthLoader *loader, BerthConf *conf, BerthErrors *errors)
{
    BerthLoaded *loaded = g_new0(BerthLoaded, 1);
    unsigned before = errors->lines->len;

    loaded->loader = loader;
    loaded->uses = g_new0(BerthUse, conf->n_plugins + 1);
    conf->loaded = loaded;
    conf->loaded_free = free_loaded;
    for (size_t i = 0; i < conf->n_plugins; i++)
        add_use(loaded, conf, &conf->plugins[i], errors);
    /* What hangs on a plugin that could not be opened would only be errors that follow from it. */
    if (errors->lines->len == before) {
        berth_loaded_check(loaded, errors);
        berth_loaded_fill(loaded, conf, errors);
        add_callouts(loaded, conf, errors);
    }
    if (!berth_errors_any(errors))
        return true;
    unprepare(conf);
    return false;
}

/* ---- applying ---- */

static bool is_used(const BerthLoaded *loaded, const BerthLibrary *library)
{
    for (size_t i = 0; loaded && i < loaded->n; i++)
        if (loaded->uses[i].library == library)
            return true;
    return false;
}

static bool start(BerthLoader *loader, const BerthUse *use, BerthErrors *errors)
{
    BerthLibrary *library = use->library;
    const BerthPlugin *plugin = &library->plugin;
    g_autoptr(GError) error = NULL;

    if (plugin->start && plugin->start(loader->server, use->conf, library->run, &error) < 0) {
        berth_errors_add(errors, use->at->at, NULL, "the plugin '%s' can't start: %s", plugin->name,
                         error ? error->message : "it does not say why");
        /* A later attempt begins with zeros, as the first did. */
        memset(library->run, 0, plugin->run_size);
        return false;
    }
    library->started = true;
    berth_log_to(loader->server->log, BERTH_INFO, "hooks", "HOOKS_LIBRARY_LOADED",
                 "plugin %s %s has been loaded from %s", plugin->name,
                 berth_library_version(library), library->path);
    return true;
}

/* Stops again what this snapshot started. */
static void unstart(BerthLoader *loader, BerthLoaded *loaded)
{
    for (size_t i = loaded->n; i-- > 0;) {
        BerthUse *use = &loaded->uses[i];

        if (!use->fresh)
            continue;
        use->fresh = false;
        end(loader, use->library);
        memset(use->library->run, 0, use->library->plugin.run_size);
    }
}

static bool start_all(BerthLoader *loader, BerthLoaded *loaded, BerthErrors *errors)
{
    for (size_t i = 0; i < loaded->n; i++) {
        BerthUse *use = &loaded->uses[i];

        if (use->library->started)
            continue;
        if (!start(loader, use, errors))
            return false;
        use->fresh = true;
    }
    return true;
}

static bool is_accepted_by(BerthLoader *loader, const BerthConf *conf, BerthPoint point,
                           BerthErrors *errors)
{
    const char *plugin = NULL;
    BerthVerdict verdict =
        berth_callouts_run_server(conf->callouts, point, loader->server, &plugin);

    if (verdict == BERTH_DROP)
        berth_errors_add(errors, NULL, NULL, "the plugin '%s' refuses this configuration", plugin);
    return verdict != BERTH_DROP;
}

static bool is_accepted(BerthLoader *loader, const BerthConf *conf, BerthErrors *errors)
{
    return (!conf->v4.present ||
            is_accepted_by(loader, conf, BERTH_POINT_dhcp4_srv_configured, errors)) &&
           (!conf->v6.present ||
            is_accepted_by(loader, conf, BERTH_POINT_dhcp6_srv_configured, errors));
}

static void add_commands(BerthLoader *loader, const BerthUse *use)
{
    const BerthPlugin *plugin = &use->library->plugin;
    BerthHook hook;

    for (size_t i = 0; berth_plugin_hook(plugin, i, &hook); i++)
        if (hook.subject == BERTH_SUBJECT_COMMAND &&
            berth_commands_add(loader->commands, plugin->name, &hook, use->conf,
                               use->library->run) < 0)
            berth_log_to(loader->server->log, BERTH_ERROR, "hooks", "HOOKS_CALLOUT_ERROR",
                         "the command %s of plugin %s can't be added", hook.name, plugin->name);
}

static void attach(BerthLoader *loader, BerthUse *use, bool was_current)
{
    BerthLibrary *library = use->library;
    const BerthRole *role = berth_library_role(library, "log-sink", NULL);

    if (!use->fresh && library->plugin.apply)
        library->plugin.apply(use->conf, library->run);
    use->fresh = false;
    add_commands(loader, use);
    if (role && !was_current)
        berth_log_add_sink(loader->server->log, role->ops, library->run);
}

bool berth_loader_start(BerthLoader *loader, BerthConf *conf, BerthErrors *errors)
{
    BerthLoaded *loaded = conf->loaded;

    if (start_all(loader, loaded, errors) && is_accepted(loader, conf, errors))
        return true;
    unstart(loader, loaded);
    return false;
}

void berth_loader_adopt(BerthLoader *loader, BerthConf *conf)
{
    const BerthLoaded *loaded = berth_loaded(conf), *old = berth_loaded(loader->current);
    BerthConf *gone = loader->current;

    for (size_t i = old ? old->n : 0; i-- > 0;)
        if (!is_used(loaded, old->uses[i].library))
            detach(loader, old->uses[i].library);
    for (size_t i = 0; i < loaded->n; i++)
        attach(loader, &loaded->uses[i], is_used(old, loaded->uses[i].library));
    loader->current = berth_conf_ref(conf);
    berth_conf_unref(gone);
}

bool berth_loader_apply(BerthLoader *loader, BerthConf *conf, BerthErrors *errors)
{
    if (!berth_loader_start(loader, conf, errors))
        return false;
    berth_loader_adopt(loader, conf);
    return true;
}

/* ---- telling ---- */

static void write_callout(const BerthHook *hook, const BerthCalloutStats *stats, BerthJson *json)
{
    berth_json_begin_object(json, NULL);
    berth_json_string(json, "point", hook->name);
    berth_json_int(json, "priority", hook->priority);
    berth_json_uint(json, "calls", stats->calls);
    berth_json_uint(json, "skips", stats->skips);
    berth_json_uint(json, "drops", stats->drops);
    berth_json_uint(json, "parks", stats->parks);
    if (stats->sampled > 0)
        berth_json_uint(json, "mean-nsec", stats->sampled_nsec / stats->sampled);
    berth_json_end(json);
}

static void write_use(const BerthUse *use, BerthJson *json)
{
    const BerthLibrary *library = use->library;
    BerthHook hook;

    berth_json_begin_object(json, NULL);
    berth_json_string(json, "name", library->plugin.name);
    berth_json_string(json, "version", berth_library_version(library));
    berth_json_string(json, "about", library->plugin.about);
    berth_json_string(json, "file", library->path);
    berth_json_begin_list(json, "callouts");
    for (size_t i = 0; berth_plugin_hook(&library->plugin, i, &hook); i++)
        if (hook.subject != BERTH_SUBJECT_COMMAND)
            write_callout(&hook, &library->stats[i], json);
    berth_json_end(json);
    berth_json_begin_list(json, "commands");
    for (size_t i = 0; berth_plugin_hook(&library->plugin, i, &hook); i++)
        if (hook.subject == BERTH_SUBJECT_COMMAND)
            berth_json_string(json, NULL, hook.name);
    berth_json_end(json);
    berth_json_end(json);
}

void berth_loader_write(const BerthLoader *loader, const BerthConf *conf, BerthJson *json)
{
    const BerthLoaded *loaded = berth_loaded(conf);

    (void)loader;
    for (size_t i = 0; loaded && i < loaded->n; i++)
        write_use(&loaded->uses[i], json);
}
