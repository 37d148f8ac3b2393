/* fake_plugin - see fake_plugin.h. */
#include "tests/lib/fake_plugin.h"

#include "core/conf/schema.h"

#include <errno.h>

typedef struct Filled {
    void *conf;
    BerthArena arena;
} Filled;

struct BerthFakePlugin {
    const BerthPlugin *plugin;
    Filled filled;
    void *run;
};

static void clear(const BerthPlugin *plugin, Filled *filled)
{
    if (plugin->release)
        plugin->release(filled->conf);
    g_free(filled->conf);
    berth_arena_clear(&filled->arena);
}

static int fill_from(const BerthPlugin *plugin, const BerthDoc *doc, Filled *ret,
                     BerthErrors *errors)
{
    GPtrArray *warnings = g_ptr_array_new_with_free_func(g_free);
    const BerthFill fill = {.arena = &ret->arena, .errors = errors, .warnings = warnings};
    const BerthFillTable tables[] = {
        {.items = plugin->conf, .ret = ret->conf},
        {.items = plugin->conf, .ret = ret->conf, .only_flags = BERTH_CONF_GLOBAL},
    };

    berth_schema_fill(&fill, doc->root, "Dhcp4", tables, G_N_ELEMENTS(tables),
                      sizeof(BerthConfItem));
    g_ptr_array_unref(warnings);
    return berth_errors_any(errors) ? -EINVAL : 0;
}

static int read_conf(const BerthPlugin *plugin, const char *text, Filled *ret, GError **error)
{
    g_autofree char *wrong = NULL;
    BerthErrors errors;
    BerthDoc *doc;
    int r = -EINVAL;

    berth_errors_init(&errors);
    berth_arena_init(&ret->arena, 1 << 20);
    ret->conf = g_malloc0(plugin->conf_size);
    doc = berth_doc_parse_json(berth_bytes(text), "conf", false, &errors);
    if (doc)
        r = fill_from(plugin, doc, ret, &errors);
    wrong = berth_errors_text(&errors);
    if (r < 0)
        berth_fail(error, r, "%s", wrong);
    else if (plugin->prepare)
        r = plugin->prepare(ret->conf, error);
    if (r < 0)
        clear(plugin, ret);
    berth_doc_free(doc);
    berth_errors_clear(&errors);
    return r;
}

BerthFakePlugin *berth_fake_plugin_start(BerthServer *server, const BerthPlugin *plugin,
                                         const char *conf, GError **error)
{
    Filled filled;
    BerthFakePlugin *fake;
    void *run;

    if (read_conf(plugin, conf, &filled, error) < 0)
        return NULL;
    run = g_malloc0(plugin->run_size);
    if (plugin->start(server, filled.conf, run, error) < 0) {
        clear(plugin, &filled);
        g_free(run);
        return NULL;
    }
    fake = g_new0(BerthFakePlugin, 1);
    *fake = (BerthFakePlugin){plugin, filled, run};
    return fake;
}

/* The old configuration is gone when the next packet comes; keeping a pointer into it shows under a
 * sanitizer. */
bool berth_fake_plugin_apply(BerthFakePlugin *fake, const char *conf, GError **error)
{
    Filled filled;

    if (read_conf(fake->plugin, conf, &filled, error) < 0)
        return false;
    fake->plugin->apply(filled.conf, fake->run);
    clear(fake->plugin, &fake->filled);
    fake->filled = filled;
    return true;
}

void *berth_fake_plugin_run(BerthFakePlugin *fake)
{
    return fake->run;
}

void berth_fake_plugin_stop(BerthFakePlugin *fake)
{
    if (!fake)
        return;
    fake->plugin->stop(fake->run);
    clear(fake->plugin, &fake->filled);
    g_free(fake->run);
    g_free(fake);
}
