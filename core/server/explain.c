/* explain - see explain.h. Tables are looked through one after the other, the core's and then those
 * of every plugin that can be opened; how one row reads is the business of core/conf/manual. */
#include "core/server/explain.h"
#include "core/base/nearest.h"
#include "core/conf/conf.h"
#include "core/conf/schema_cell.h"

#include <errno.h>

typedef struct Search {
    char **words; /* of the path; the last one is the key */
    guint n_words;
    GString *out;
    unsigned found;
    bool whole;       /* a plugin is asked for: all its keys */
    GPtrArray *names; /* of all keys and plugins, for a suggestion; g_free */
} Search;

/* Where rows stand, in words: "subnet4[], subnet6[]". */
typedef struct Place {
    const char *text;
    size_t item_size;
    unsigned only_flags; /* see BerthFillTable */
} Place;

/* ---- does a path mean this place ---- */

static bool is_word_char(char c)
{
    return g_ascii_isalnum(c) || c == '-' || c == '_';
}

/* Whether `word` stands in the place as a whole. */
static bool has_word(const char *place, const char *word)
{
    size_t len = strlen(word);

    for (const char *at = place; len > 0 && (at = strstr(at, word)); at++)
        if ((at == place || !is_word_char(at[-1])) && !is_word_char(at[len]))
            return true;
    return false;
}

/* The family that a place or a word names: 4, 6, or 0 for neither and for both. */
static int family_of(const char *text)
{
    bool four = strchr(text, '4') != NULL, six = strchr(text, '6') != NULL;

    return four == six ? 0 : four ? 4 : 6;
}

static bool is_foreign(const char *place, const char *word)
{
    int one = family_of(place), other = family_of(word);

    return one != 0 && other != 0 && one != other;
}

/* What stands before the key: the map around it has to be this place, what is further out only
 * says of which family, or of which plugin. */
static bool is_meant(const Search *search, const char *place)
{
    for (guint i = 0; i + 1 < search->n_words; i++)
        if (!*search->words[i] || is_foreign(place, search->words[i]))
            return false;
    return search->n_words == 1 || has_word(place, search->words[search->n_words - 2]);
}

/* ---- looking through tables ---- */

/* Of a key that holds a map, or a list of them: the keys in it, as far as the core's tables say. */
static void append_inner(GString *out, const char *key, const char *place)
{
    const char *between = "    keys       ";

    for (const BerthConfTable *table = berth_conf_tables; table->place; table++)
        for (const BerthConfItem *row = table->items;
             has_word(table->place, key) && !is_foreign(table->place, place) && row->key; row++)
            if (row->type < BERTH_CONF_IGNORED) {
                g_string_append_printf(out, "%s%s", between, row->key);
                between = ", ";
            }
    if (*between == ',')
        g_string_append_c(out, '\n');
}

static void look_at(Search *search, const Place *place, const BerthConfItem *row)
{
    g_ptr_array_add(search->names, g_strdup(row->key));
    if (!search->whole && (strcmp(row->key, search->words[search->n_words - 1]) != 0 ||
                           !is_meant(search, place->text)))
        return;
    if (search->found++ > 0)
        g_string_append_c(search->out, '\n');
    berth_schema_explain(row, place->text, search->out);
    if (row->type == BERTH_CONF_NODE)
        append_inner(search->out, row->key, place->text);
}

static void look_through(Search *search, const Place *place, const BerthConfItem *items)
{
    BerthFillTable table = {.items = items, .only_flags = place->only_flags};
    BerthConfItem row;

    for (size_t i = 0; items && berth_schema_next_row(&table, place->item_size, &i, &row);)
        look_at(search, place, &row);
}

/* The maps within a plugin's rows; the core's stand in its list of tables. */
static void look_within(Search *search, const Place *place, const BerthConfItem *items)
{
    BerthFillTable table = {.items = items, .only_flags = place->only_flags};
    BerthConfItem row;

    for (size_t i = 0; items && berth_schema_next_row(&table, place->item_size, &i, &row);)
        if (row.items) {
            g_autofree char *text = g_strdup_printf("%s of the %s", row.key, place->text);
            Place inner = {text, place->item_size, 0};

            look_through(search, &inner, row.items);
        }
}

static void look_in_core(Search *search)
{
    for (const BerthConfTable *table = berth_conf_tables; table->place; table++) {
        Place place = {table->place, sizeof(BerthConfItem), 0};

        look_through(search, &place, table->items);
    }
}

/* ---- plugins ---- */

static void look_in_scope(Search *search, const BerthLibrary *library, unsigned flag,
                          const char *map)
{
    const BerthPlugin *plugin = &library->plugin;
    g_autofree char *text = g_strdup_printf("%s, with the plugin %s", map, plugin->name);
    Place place = {text, plugin->conf_item_size, flag};

    look_through(search, &place, plugin->conf);
}

static void look_in_roles(Search *search, const BerthLibrary *library)
{
    for (size_t i = 0; i < library->n_roles; i++) {
        const BerthRole *role = &library->roles[i];
        g_autofree char *text = g_strdup_printf("lease-database with type %s, of the plugin %s",
                                                role->name, library->plugin.name);
        Place place = {text, library->plugin.conf_item_size, 0};

        look_through(search, &place, role->conf);
    }
}

static void look_in_plugin(Search *search, const BerthLibrary *library)
{
    const BerthPlugin *plugin = &library->plugin;
    g_autofree char *text = g_strdup_printf("parameters of the plugin %s", plugin->name);
    Place place = {text, plugin->conf_item_size, 0};

    look_through(search, &place, plugin->conf);
    look_within(search, &place, plugin->conf);
    look_in_scope(search, library, BERTH_CONF_GLOBAL, "Dhcp4");
    look_in_scope(search, library, BERTH_CONF_GLOBAL6, "Dhcp6");
    look_in_roles(search, library);
}

/* "lease_redis" alone: what it is, and all its keys. */
static void tell_whole(Search *search, const BerthLibrary *library)
{
    g_string_append_printf(search->out, "%s%s %s: %s\n", search->found++ > 0 ? "\n" : "",
                           library->plugin.name, berth_library_version(library),
                           library->plugin.about);
    search->whole = true;
    look_in_plugin(search, library);
    search->whole = false;
}

static void look_in_plugins(Search *search, const BerthLibraryPlaces *places)
{
    g_autoptr(GPtrArray) names = berth_library_names(places);

    for (guint i = 0; i < names->len; i++) {
        const char *name = names->pdata[i];
        g_autofree char *path = NULL;
        BerthLibrary *library;

        g_ptr_array_add(search->names, g_strdup(name));
        if (berth_library_find(places, name, &path, NULL) < 0)
            continue;
        library = berth_library_open(path, NULL);
        if (!library)
            continue;
        if (search->n_words == 1 && strcmp(search->words[0], name) == 0)
            tell_whole(search, library);
        else
            look_in_plugin(search, library);
        berth_library_close(library);
    }
}

/* ---- the answer ---- */

static const char *candidate(const void *data, size_t i)
{
    const GPtrArray *names = data;

    return i < names->len ? names->pdata[i] : NULL;
}

int berth_explain(const char *key, const BerthLibraryPlaces *places, GString *ret, GError **error)
{
    g_auto(GStrv) words = g_strsplit(key, ".", 0);
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    Search search = {words, g_strv_length(words), ret, 0, false, names};
    const char *near;

    if (search.n_words > 0) {
        look_in_core(&search);
        look_in_plugins(&search, places);
    }
    if (search.found > 0)
        return 0;
    near = search.n_words > 0 ? berth_nearest(words[search.n_words - 1], candidate, names) : NULL;
    if (near && strcmp(near, words[search.n_words - 1]) == 0)
        return berth_fail(error, -ENOENT, "there is a key '%s', but not there: berthd --explain %s",
                          near, near);
    if (near)
        return berth_fail(error, -ENOENT, "there is no key '%s'; did you mean '%s'?", key, near);
    return berth_fail(error, -ENOENT, "there is no key '%s'", key);
}
