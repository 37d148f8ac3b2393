/* test_explain - berthd --explain KEY: names, paths, plugins, and what was misspelt; and that each
 * plugin's README says of its parameters what its table says. */
#include "core/conf/schema_cell.h"
#include "core/server/explain.h"
#include "tests/lib/rows.h"

static char *ask(const char *key, char **ret_error)
{
    char *dirs[] = {(char *)g_getenv("BERTH_PLUGIN_PATH"), NULL};
    BerthLibraryPlaces places = {dirs, true};
    GString *text = g_string_new(NULL);
    g_autoptr(GError) error = NULL;
    int r = berth_explain(key, &places, text, &error);

    CHECK((r < 0) == (error != NULL));
    *ret_error = error ? g_strdup(error->message) : NULL;
    return g_string_free(text, FALSE);
}

typedef struct KnownRow {
    const char *key;
    const char *has, *has_too, *not ;
} KnownRow;

static void known(void)
{
    static const KnownRow rows[] = {
        {"valid-lifetime", "default    7200", "inherited", "preferred"},
        {"valid-lifetime", "client-classes[]", "1 to 4294967295", NULL},
        {"client-classes.valid-lifetime", "where      client-classes[]", NULL, "7200"},
        {"subnet4.pools.pool", "where      pools[]", "default    required", "pd-pools"},
        {"subnet6.allocator", "one of     iterative, random\n", NULL, "flq"},
        {"Dhcp4.compatibility.exclude-first-last-24", "Dhcp4.compatibility", NULL, "Dhcp6"},
        {"only-if-required", "stands for only-in-additional-list", NULL, NULL},
        {"dhcp4o6-port", "type       not supported", "why ", NULL},
        {"expired-leases-processing", "keys       reclaim-timer-wait-time, ", NULL, NULL},
        {"output-options.maxver", "loggers[].output-options[]", "0 to 10000", NULL},
        {"lease_redis.host", "type redis, of the plugin lease_redis", "127.0.0.1", NULL},
        {"lease_redis.password", "secret     never shown", NULL, NULL},
        {"lease-database.lfc-interval", "of the plugin lease_file", NULL, "lease_redis"},
        {"route.metric", "where      parameters of the plugin route", "default    1024", NULL},
        {"route", "routes for delegated prefixes", "max-routes\n", NULL},
        {0},
    };

    for (const KnownRow *row = rows; row->key; row++) {
        g_autofree char *error = NULL;
        g_autofree char *text = ask(row->key, &error);

        berth_row("%s", row->key);
        CHECK_TEXT(error, NULL);
        CHECK_HAS(text, row->has);
        if (row->has_too)
            CHECK_HAS(text, row->has_too);
        if (row->not )
            CHECK(!strstr(text, row->not ));
    }
}

static void unknown(void)
{
    static const char *const rows[][2] = {
        {"valid-lifetmie", "there is no key 'valid-lifetmie'; did you mean 'valid-lifetime'?"},
        {"lease_redis.hst", "did you mean 'host'?"},
        {"route.host", "there is a key 'host', but not there"},
        {"pd-pools.renew-timer", "there is a key 'renew-timer', but not there"},
        {"lease_rediss", "did you mean 'lease_redis'?"},
        {"entirely-else", "there is no key 'entirely-else'"},
        {"", "there is no key ''"},
        {".", "there is no key '.'"},
        {"pools.", "there is no key 'pools.'"},
        {NULL, NULL},
    };

    for (size_t i = 0; rows[i][0]; i++) {
        g_autofree char *error = NULL;
        g_autofree char *text = ask(rows[i][0], &error);

        berth_row("%s", rows[i][0]);
        CHECK_TEXT(text, "");
        if (CHECK(error != NULL))
            CHECK_HAS(error, rows[i][1]);
    }
}

/* ---- the READMEs ---- */

/* The line of a table that has `key` in its first column, or NULL; g_free. */
static char *line_of(const char *readme, const char *key)
{
    g_autofree char *quoted = g_strdup_printf("`%s`", key);
    g_auto(GStrv) lines = g_strsplit(readme, "\n", 0);

    for (char **line = lines; *line; line++) {
        char *bar = **line == '|' ? strchr(*line + 1, '|') : NULL;
        char *at = strstr(*line, quoted);

        if (bar && at && at < bar)
            return g_strdup(*line);
    }
    return NULL;
}

static void check_table(const char *readme, const char *plugin, const BerthConfItem *items,
                        size_t item_size)
{
    BerthFillTable table = {.items = items};
    BerthConfItem row;

    for (size_t i = 0; items && berth_schema_next_row(&table, item_size, &i, &row);) {
        g_autofree char *line = line_of(readme, row.key);

        if (row.type >= BERTH_CONF_IGNORED)
            continue;
        berth_row("%s of %s", row.key, plugin);
        if (CHECK(line != NULL) && row.fallback && *row.fallback)
            CHECK_HAS(line, row.fallback);
    }
}

static void check_readme(const BerthLibrary *library)
{
    const BerthPlugin *plugin = &library->plugin;
    g_autofree char *path = g_build_filename(g_getenv("BERTH_TEST_DIR"), "../../plugins",
                                             plugin->name, "README.md", NULL);
    g_autofree char *readme = NULL;

    berth_row("%s", plugin->name);
    if (!CHECK(g_file_get_contents(path, &readme, NULL, NULL)))
        return;
    CHECK(strstr(readme, "```\n") != NULL); /* an example */
    check_table(readme, plugin->name, plugin->conf, plugin->conf_item_size);
    for (size_t i = 0; i < library->n_roles; i++)
        check_table(readme, plugin->name, library->roles[i].conf, plugin->conf_item_size);
}

static void readmes_have_what_the_tables_have(void)
{
    char *dirs[] = {(char *)g_getenv("BERTH_PLUGIN_PATH"), NULL};
    BerthLibraryPlaces places = {dirs, true};
    g_autoptr(GPtrArray) names = berth_library_names(&places);

    CHECK(names->len > 0);
    for (guint i = 0; i < names->len; i++) {
        g_autofree char *path = NULL;
        BerthLibrary *library = NULL;

        berth_row("%s", (const char *)names->pdata[i]);
        if (berth_library_find(&places, names->pdata[i], &path, NULL) == 0)
            library = berth_library_open(path, NULL);
        if (CHECK(library != NULL))
            check_readme(library);
        berth_library_close(library);
    }
}

static const BerthTest tests[] = {
    {"readmes have what the tables have", readmes_have_what_the_tables_have},
    {"known", known},
    {"unknown", unknown},
    {0},
};

int main(int argc, char **argv)
{
    return berth_tests_main("explain", tests, argc, argv);
}
