/* library - opening a plugin's file and reading its descriptor: see library.h.
 *
 * The descriptor and the elements of its arrays say their own sizes. What a plugin that was built
 * against another 1.x has more is not looked at, what it has less is zero; nothing is read beyond.
 */
#include "core/server/library.h"
#include <dlfcn.h>
#include <errno.h>
#include <ltdl.h>

/* What interface 1.0 had: less can't be a plugin. */
#define SIZE_1_0 (offsetof(BerthPlugin, needs) + sizeof(((BerthPlugin *)0)->needs))
#define CONF_ITEM_SIZE_1_0 (offsetof(BerthConfItem, item_size) + sizeof(size_t))
#define HOOK_SIZE_1_0 (offsetof(BerthHook, call) + sizeof(((BerthHook *)0)->call))
#define ROLE_SIZE_1_0 (offsetof(BerthRole, conf_size) + sizeof(size_t))
/* An element or a descriptor beyond this is garbage, not growth. */
#define SIZE_SANE 4096

/* libltdl keeps one list of modules for the whole process and locks nothing; several servers and
 * the jobs that read configurations share it. A lock of process-wide state has to be process-wide.
 */
static GMutex ltdl_lock;

/* ---- the descriptor ---- */

static bool is_element_size(uint32_t size, size_t least)
{
    return size >= least && size <= SIZE_SANE && size % sizeof(void *) == 0;
}

static int check_sizes(const BerthPlugin *at, GError **error)
{
    if (at->abi != BERTH_ABI)
        return berth_fail(
            error, -EINVAL,
            "it was built for plugin interface %u, this server has %u; build it again", at->abi,
            BERTH_ABI);
    if (!is_element_size(at->size, SIZE_1_0) ||
        !is_element_size(at->conf_item_size, CONF_ITEM_SIZE_1_0) ||
        !is_element_size(at->hook_size, HOOK_SIZE_1_0) ||
        !is_element_size(at->role_size, ROLE_SIZE_1_0))
        return berth_fail(
            error, -EINVAL,
            "the sizes in its descriptor are impossible; make it with BERTH_PLUGIN()");
    return 0;
}

static int check_name(const BerthPlugin *plugin, const char *path, GError **error)
{
    g_autofree char *base = g_path_get_basename(path);
    g_autofree char *file = g_strconcat(plugin->name ? plugin->name : "", ".so", NULL);

    if (!plugin->name || !*plugin->name)
        return berth_fail(error, -EINVAL, "its descriptor has no .name");
    if (strcmp(base, file) != 0)
        return berth_fail(error, -EINVAL, "it calls itself '%s', so its file must be %s, not %s",
                          plugin->name, file, base);
    return 0;
}

static int check_conf(const BerthPlugin *plugin, GError **error)
{
    const char *at = (const char *)plugin->conf;
    BerthConfItem row;

    if (!at)
        return 0;
    for (;; at += plugin->conf_item_size) {
        memcpy(&row, at, CONF_ITEM_SIZE_1_0);
        if (row.type == BERTH_CONF_END)
            return 0;
        if (!row.key || row.offset > plugin->conf_size)
            return berth_fail(error, -EINVAL,
                              "the row '%s' of its configuration table lies outside .conf_size",
                              row.key ? row.key : "");
    }
}

static int check_hooks(BerthLibrary *library, GError **error)
{
    BerthHook hook;
    size_t n = 0;

    while (berth_plugin_hook(&library->plugin, n, &hook)) {
        if (hook.subject == BERTH_SUBJECT_COMMAND && !hook.call.command)
            return berth_fail(error, -EINVAL, "the handler of its command '%s' is NULL", hook.name);
        n++;
    }
    library->n_hooks = n;
    library->stats = g_new0(BerthCalloutStats, n + 1);
    return 0;
}

static bool is_known_role(const char *role)
{
    return strcmp(role, "lease-backend") == 0 || strcmp(role, "log-sink") == 0;
}

static int read_roles(BerthLibrary *library, GError **error)
{
    const char *at = (const char *)library->plugin.roles;
    GArray *roles = g_array_new(TRUE, TRUE, sizeof(BerthRole));
    BerthRole role = {0};
    int r = 0;

    for (; at && r == 0; at += library->plugin.role_size) {
        memcpy(&role, at, MIN(library->plugin.role_size, sizeof(role)));
        if (!role.role)
            break;
        if (!is_known_role(role.role) || !role.name || !role.ops)
            r = berth_fail(error, -EINVAL, "there is no role '%s', or it has no name or functions",
                           role.role);
        g_array_append_val(roles, role);
    }
    library->n_roles = roles->len;
    library->roles = (BerthRole *)g_array_free(roles, FALSE);
    return r;
}

static int read_descriptor(BerthLibrary *library, const BerthPlugin *at, GError **error)
{
    BerthPlugin *plugin = &library->plugin;
    int r = check_sizes(at, error);

    if (r < 0)
        return r;
    memcpy(plugin, at, MIN(at->size, sizeof(*plugin)));
    if ((r = check_name(plugin, library->path, error)) < 0 || (r = check_conf(plugin, error)) < 0 ||
        (r = check_hooks(library, error)) < 0 || (r = read_roles(library, error)) < 0)
        return r;
    library->run = g_malloc0(MAX(plugin->run_size, 1));
    return 0;
}

/* ---- opening and closing ---- */

/* libltdl often says "file not found" whatever happened; the linker itself knows better. */
static int fail_to_open(const char *path, GError **error)
{
    void *handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    const char *why = handle ? lt_dlerror() : dlerror();
    int r = berth_fail(error, -ENOEXEC, "can't load %s: %s", path, why ? why : "unknown reason");

    if (handle)
        dlclose(handle);
    return r;
}

static int open_locked(BerthLibrary *library, GError **error)
{
    const BerthPlugin *at;
    Dl_info info;

    if (lt_dlinit() != 0)
        return berth_fail(error, -ENOTSUP, "can't start libltdl: %s", lt_dlerror());
    library->handle = lt_dlopen(library->path);
    if (!library->handle) {
        int r = fail_to_open(library->path, error);

        lt_dlexit();
        return r;
    }
    at = lt_dlsym(library->handle, "berth_plugin");
    if (!at)
        return berth_fail(error, -EINVAL, "%s is no plugin: it does not export berth_plugin",
                          library->path);
    if (dladdr(at, &info) != 0)
        library->code = info.dli_fbase;
    return read_descriptor(library, at, error);
}

BerthLibrary *berth_library_open(const char *path, GError **error)
{
    BerthLibrary *library = g_new0(BerthLibrary, 1);
    int r;

    library->path = g_strdup(path);
    g_mutex_lock(&ltdl_lock);
    r = open_locked(library, error);
    g_mutex_unlock(&ltdl_lock);
    if (r == 0)
        return library;
    berth_library_close(library);
    return NULL;
}

void berth_library_close(BerthLibrary *library)
{
    if (!library)
        return;
    if (library->handle) {
        g_mutex_lock(&ltdl_lock);
        lt_dlclose(library->handle);
        lt_dlexit();
        g_mutex_unlock(&ltdl_lock);
    }
    g_free(library->run);
    g_free(library->stats);
    g_free(library->roles);
    g_free(library->path);
    g_free(library);
}

const char *berth_library_version(const BerthLibrary *library)
{
    return library->plugin.version ? library->plugin.version : BERTH_VERSION;
}

const BerthRole *berth_library_role(const BerthLibrary *library, const char *role, const char *name)
{
    for (size_t i = 0; i < library->n_roles; i++)
        if (strcmp(library->roles[i].role, role) == 0 &&
            (!name || strcmp(library->roles[i].name, name) == 0))
            return &library->roles[i];
    return NULL;
}
