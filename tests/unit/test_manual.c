/* test_manual - the reference manual of the configuration is the tables themselves:
 * core/conf/README.md holds what they print, and etc/berth.conf shows every key that has an effect.
 *
 * "test_manual print" prints the part of the README between its two marks. */
#include "core/conf/schema.h"
#include "core/conf/tables.h"
#include "tests/lib/rows.h"

#include <stdio.h>

static const char begin_mark[] = "<!-- keys: printed by test_manual -->\n";
static const char end_mark[] = "<!-- end of keys -->\n";

static char *read_top(const char *name)
{
    g_autofree char *path = g_build_filename(g_getenv("BERTH_TEST_DIR"), "../..", name, NULL);
    char *text = NULL;

    CHECK(g_file_get_contents(path, &text, NULL, NULL));
    return text;
}

static GString *manual(void)
{
    GString *text = g_string_new(NULL);

    for (const BerthConfTable *table = berth_conf_tables; table->place; table++) {
        g_string_append_printf(
            text, "\n### `%s`\n\n| key | | default | range | |\n|---|---|---|---|---|\n",
            table->place);
        berth_schema_manual(table->items, text);
    }
    g_string_append_c(text, '\n');
    return text;
}

static void readme_is_what_the_tables_say(void)
{
    g_autofree char *readme = read_top("core/conf/README.md");
    char *from = readme ? strstr(readme, begin_mark) : NULL;
    char *to = from ? strstr(from, end_mark) : NULL;
    g_autoptr(GString) want = manual();

    if (!CHECK(from && to))
        return;
    *to = 0;
    CHECK_TEXT(from + strlen(begin_mark), want->str);
}

static bool has_effect(const BerthConfItem *item)
{
    return item->type != BERTH_CONF_IGNORED && item->type != BERTH_CONF_REFUSED &&
           item->type != BERTH_CONF_ALIAS;
}

/* `key` as a word of its own, followed by " =". */
static bool shows(const char *text, const char *key)
{
    g_autofree char *assigned = g_strdup_printf("%s = ", key);

    for (const char *at = text; (at = strstr(at, assigned)); at++)
        if (at == text || strchr(" ({#", at[-1]))
            return true;
    return false;
}

/* Whether it is shown with its default: "key = 7200" or "key = \"raw\"". What has none, or a list,
 * is shown with whatever value says most. */
static bool shows_default(const char *text, const BerthConfItem *item)
{
    bool quoted = item->type == BERTH_CONF_STRING || item->type == BERTH_CONF_WORD ||
                  item->type == BERTH_CONF_ADDR;
    const char *quote = quoted ? "\"" : "";
    g_autofree char *assigned = g_strdup_printf("%s = %s%s%s;", item->key, quote,
                                                item->fallback ? item->fallback : "", quote);

    return !item->fallback || item->type == BERTH_CONF_STRINGS || strstr(text, assigned) != NULL;
}

static void example_shows_every_key(void)
{
    g_autofree char *example = read_top("etc/berth.conf");

    for (const BerthConfTable *table = berth_conf_tables; example && table->place; table++)
        for (const BerthConfItem *item = table->items; item->key; item++) {
            if (!has_effect(item))
                continue;
            berth_row("%s of %s", item->key, table->place);
            CHECK(shows(example, item->key));
            CHECK(shows_default(example, item));
        }
}

static const BerthTest tests[] = {
    {"readme is what the tables say", readme_is_what_the_tables_say},
    {"example shows every key", example_shows_every_key},
    {0},
};

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "print") == 0) {
        g_autoptr(GString) text = manual();

        fputs(text->str, stdout);
        return 0;
    }
    return berth_tests_main("manual", tests, argc, argv);
}
