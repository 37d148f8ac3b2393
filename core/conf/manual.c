/* manual - a table for people: as pages of the reference manual, and one key explained. See
 * schema.h. */
#include "core/conf/schema.h"

#define MANUAL_DEPTH 8

static const char *const types[] = {
    [BERTH_CONF_BOOL] = "boolean",      [BERTH_CONF_INT] = "integer",
    [BERTH_CONF_REAL] = "number",       [BERTH_CONF_STRING] = "string",
    [BERTH_CONF_WORD] = "word",         [BERTH_CONF_ADDR] = "address",
    [BERTH_CONF_STRINGS] = "strings",   [BERTH_CONF_MAP] = "map",
    [BERTH_CONF_LIST] = "list of maps", [BERTH_CONF_NODE] = "any",
    [BERTH_CONF_IGNORED] = "no effect", [BERTH_CONF_REFUSED] = "not supported",
};

static char *range_text(const BerthConfItem *row)
{
    if (row->words)
        return g_strjoinv(", ", (char **)row->words);
    if (row->max <= row->min)
        return g_strdup("");
    if (row->max == INT64_MAX)
        return g_strdup_printf("%" G_GINT64_FORMAT " and more", row->min);
    return g_strdup_printf("%" G_GINT64_FORMAT " to %" G_GINT64_FORMAT, row->min, row->max);
}

static const char *default_text(const BerthConfItem *row)
{
    if (row->flags & BERTH_CONF_REQUIRED)
        return "required";
    if (row->fallback)
        return row->fallback;
    return row->type == BERTH_CONF_BOOL ? "false" : "";
}

/* ---- pages ---- */

/* A cell of a Markdown table; a bar would end it. */
static void append_cell(GString *ret, const char *text)
{
    g_string_append(ret, " | ");
    for (; text && *text; text++) {
        if (*text == '|')
            g_string_append_c(ret, '\\');
        g_string_append_c(ret, *text);
    }
}

static void append_manual(const BerthConfItem *items, const char *prefix, unsigned depth,
                          GString *ret)
{
    for (; items->type != BERTH_CONF_END; items++) {
        g_autofree char *range = range_text(items);
        g_autofree char *inner = NULL;

        if (items->type == BERTH_CONF_ALIAS)
            continue;
        g_string_append_printf(ret, "| `%s%s`", prefix, items->key);
        append_cell(ret, types[items->type]);
        append_cell(ret, default_text(items));
        append_cell(ret, range);
        append_cell(ret, items->help);
        g_string_append(ret, " |\n");
        if (!items->items || depth == MANUAL_DEPTH)
            continue;
        inner = g_strdup_printf("%s%s%s.", prefix, items->key,
                                items->type == BERTH_CONF_LIST ? "[]" : "");
        append_manual(items->items, inner, depth + 1, ret);
    }
}

void berth_schema_manual(const BerthConfItem *items, GString *ret)
{
    append_manual(items, "", 0, ret);
}

/* ---- one key ---- */

static void append_line(GString *ret, const char *what, const char *text)
{
    if (text && *text)
        g_string_append_printf(ret, "    %-10s %s\n", what, text);
}

void berth_schema_explain(const BerthConfItem *row, const char *place, GString *ret)
{
    g_autofree char *range = range_text(row);

    g_string_append_printf(ret, "%s\n", row->key);
    append_line(ret, "where", place);
    if (row->type == BERTH_CONF_ALIAS) {
        append_line(ret, "stands for", row->fallback);
        return;
    }
    append_line(ret, "type", types[row->type]);
    append_line(ret, row->words ? "one of" : "range", range);
    append_line(ret, "default", default_text(row));
    if (row->flags & BERTH_CONF_INHERIT)
        append_line(ret, "inherited", "where it is absent, from the scope around it");
    if (row->flags & BERTH_CONF_SECRET)
        append_line(ret, "secret", "never shown, and never logged");
    append_line(ret,
                row->type == BERTH_CONF_IGNORED || row->type == BERTH_CONF_REFUSED ? "why" : "what",
                row->help);
}
