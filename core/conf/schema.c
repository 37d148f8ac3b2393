/* schema - the walk through a map and its tables: each row meets its value, each key its row. */
#include "core/conf/schema.h"
#include "core/base/nearest.h"
#include "core/conf/schema_cell.h"

#include <stdarg.h>

/* Keys that annotate any map. */
static const char *const everywhere[] = {"comment", "user-context"};

static const size_t sizes[] = {
    [BERTH_CONF_BOOL] = sizeof(bool),
    [BERTH_CONF_INT] = sizeof(int64_t),
    [BERTH_CONF_REAL] = sizeof(double),
    [BERTH_CONF_STRING] = sizeof(char *),
    [BERTH_CONF_WORD] = sizeof(int),
    [BERTH_CONF_ADDR] = sizeof(BerthAddr),
    [BERTH_CONF_STRINGS] = sizeof(BerthList),
    [BERTH_CONF_MAP] = sizeof(BerthList),
    [BERTH_CONF_LIST] = sizeof(BerthList),
    [BERTH_CONF_NODE] = sizeof(BerthNode *),
    [BERTH_CONF_IGNORED] = 0,
    [BERTH_CONF_REFUSED] = 0,
    [BERTH_CONF_ALIAS] = 0,
};

/* The i-th row, whatever size rows had when the plugin was compiled; false behind the last. */
static bool row_at(const BerthConfItem *items, size_t i, size_t item_size, BerthConfItem *ret)
{
    *ret = (BerthConfItem){0};
    memcpy(ret, (const char *)items + i * item_size, MIN(item_size, sizeof(*ret)));
    return ret->type != BERTH_CONF_END;
}

bool berth_schema_next_row(const BerthFillTable *table, size_t item_size, size_t *i,
                           BerthConfItem *ret)
{
    while (row_at(table->items, (*i)++, item_size, ret)) {
        if (ret->type > BERTH_CONF_ALIAS)
            continue; /* a plugin newer than we are */
        if (table->only_flags ? ret->flags & table->only_flags
                              : !(ret->flags & (BERTH_CONF_GLOBAL | BERTH_CONF_GLOBAL6)))
            return true;
    }
    return false;
}

static void append_path(GString *text, const BerthPath *path)
{
    if (path->up)
        append_path(text, path->up);
    if (!path->key) {
        g_string_append_printf(text, "[%zu]", path->index);
        return;
    }
    /* The outermost map may have no name. */
    if (path->up && (path->up->up || *path->up->key))
        g_string_append_c(text, '.');
    g_string_append(text, path->key);
}

void berth_cell_report(const BerthFill *fill, const BerthNode *node, const BerthPath *path,
                       const char *format, ...)
{
    GString *where = g_string_new(NULL);
    g_autofree char *what = NULL;
    va_list args;

    va_start(args, format);
    what = g_strdup_vprintf(format, args);
    va_end(args);
    append_path(where, path);
    berth_errors_add(fill->errors, node, where->len > 0 ? where->str : NULL, "%s", what);
    g_string_free(where, TRUE);
}

void berth_cell_warn(const BerthCell *cell, const char *what)
{
    g_autofree char *tail = g_strdup_printf("%s: %s", cell->row.key, what);
    GPtrArray *warnings = cell->fill->warnings;
    GString *text;

    if (!warnings)
        return;
    for (unsigned i = 0; i < warnings->len; i++)
        if (g_str_has_suffix(g_ptr_array_index(warnings, i), tail))
            return;
    text = g_string_new(NULL);
    g_string_append_printf(text, "%s:%d: ", cell->node->file, cell->node->line);
    append_path(text, &cell->path);
    g_string_append_printf(text, ": %s", what);
    g_ptr_array_add(warnings, g_string_free(text, FALSE));
}

/* The alias of `key` that is in the map, or NULL. */
static const BerthNode *alias_of(const BerthFillTable *table, size_t item_size,
                                 const BerthNode *node, const char *key)
{
    const BerthNode *value = NULL;
    BerthConfItem row;

    for (size_t i = 0; !value && berth_schema_next_row(table, item_size, &i, &row);)
        if (row.type == BERTH_CONF_ALIAS && g_strcmp0(row.fallback, key) == 0)
            value = berth_node_get(node, row.key);
    return value;
}

/* A member that is not in the map; `node` is the map, for errors. */
static void fill_absent(BerthCell *cell, const BerthFillTable *table, const BerthNode *node,
                        const BerthPath *path)
{
    size_t size = sizes[cell->row.type];

    if (size == 0)
        return;
    if (cell->row.flags & BERTH_CONF_INHERIT && table->parent)
        memcpy(cell->at, (const char *)table->parent + cell->row.offset, size);
    else
        berth_cell_default(cell);
    if (cell->row.flags & BERTH_CONF_REQUIRED &&
        !alias_of(table, cell->item_size, node, cell->row.key))
        berth_cell_report(cell->fill, node, path, "the key \"%s\" is missing", cell->row.key);
}

/* The old spelling fills the member of the key that it stands for. */
static void fill_alias(BerthCell *cell, const BerthFillTable *table, const BerthNode *node)
{
    const char *key = cell->row.fallback;
    g_autofree char *what = g_strdup_printf("is the old spelling of \"%s\"", key);
    BerthConfItem row;

    berth_cell_warn(cell, what);
    if (berth_node_get(node, key)) {
        berth_cell_error(cell, "is \"%s\" once more; leave one of them out", key);
        return;
    }
    for (size_t i = 0; berth_schema_next_row(table, cell->item_size, &i, &row);)
        if (row.type != BERTH_CONF_ALIAS && strcmp(row.key, key) == 0) {
            cell->row = row;
            cell->at = (char *)table->ret + row.offset;
            berth_cell_read(cell);
        }
}

/* `aliases`: only rows of this kind, else all others; so that defaults are there before them. */
static void fill_rows(const BerthFill *fill, const BerthNode *node, const BerthPath *path,
                      const BerthFillTable *table, size_t item_size, bool aliases)
{
    BerthCell cell = {.fill = fill, .item_size = item_size};

    for (size_t i = 0; berth_schema_next_row(table, item_size, &i, &cell.row);) {
        if ((cell.row.type == BERTH_CONF_ALIAS) != aliases)
            continue;
        cell.node = berth_node_get(node, cell.row.key);
        cell.path = (BerthPath){path, cell.row.key, 0};
        cell.at = (char *)table->ret + cell.row.offset;
        if (!cell.node)
            fill_absent(&cell, table, node, path);
        else if (aliases)
            fill_alias(&cell, table, node);
        else
            berth_cell_read(&cell);
    }
}

static bool is_known(const char *key, const BerthFillTable *tables, size_t n_tables,
                     size_t item_size)
{
    BerthConfItem row;

    for (size_t t = 0; t < n_tables; t++)
        for (size_t i = 0; berth_schema_next_row(&tables[t], item_size, &i, &row);)
            if (row.key[0] == key[0] && strcmp(row.key, key) == 0)
                return true;
    for (size_t i = 0; i < G_N_ELEMENTS(everywhere); i++)
        if (strcmp(everywhere[i], key) == 0)
            return true;
    return false;
}

static void report_unknown(const BerthFill *fill, const BerthNode *node, const BerthPath *path,
                           const char *near)
{
    BerthPath at = {path, node->key, 0};

    if (near)
        berth_cell_report(fill, node, &at, "unknown key; did you mean \"%s\"?", near);
    else
        berth_cell_report(fill, node, &at, "unknown key");
}

void berth_schema_fill_at(const BerthFill *fill, const BerthNode *node, const BerthPath *path,
                          const BerthFillTable *tables, size_t n_tables, size_t item_size)
{
    BerthCell cell = {.fill = fill, .node = node, .path = *path};

    if (node && berth_node_kind(node) != BERTH_NODE_MAP) {
        berth_cell_type_error(&cell, "a map");
        return;
    }
    for (size_t t = 0; t < n_tables; t++) {
        fill_rows(fill, node, path, &tables[t], item_size, false);
        fill_rows(fill, node, path, &tables[t], item_size, true);
    }
    for (const BerthNode *child = berth_node_first(node); child; child = child->next) {
        if (is_known(child->key, tables, n_tables, item_size))
            continue;
        if (fill->unclaimed)
            g_ptr_array_add(fill->unclaimed, (void *)child);
        else
            report_unknown(fill, child, path,
                           berth_schema_suggest(child->key, tables, n_tables, item_size));
    }
}

void berth_schema_fill(const BerthFill *fill, const BerthNode *node, const char *path,
                       const BerthFillTable *tables, size_t n_tables, size_t item_size)
{
    BerthPath root = {.key = path ? path : ""};

    berth_schema_fill_at(fill, node, &root, tables, n_tables, item_size);
}

static const char *candidate(const void *data, size_t i)
{
    const GPtrArray *names = data;

    return i < names->len ? g_ptr_array_index(names, i) : NULL;
}

const char *berth_schema_suggest(const char *key, const BerthFillTable *tables, size_t n_tables,
                                 size_t item_size)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    BerthConfItem row;

    for (size_t t = 0; t < n_tables; t++)
        for (size_t i = 0; berth_schema_next_row(&tables[t], item_size, &i, &row);)
            if (row.type != BERTH_CONF_ALIAS)
                g_ptr_array_add(names, (void *)row.key);
    for (size_t i = 0; i < G_N_ELEMENTS(everywhere); i++)
        g_ptr_array_add(names, (void *)everywhere[i]);
    return berth_nearest(key, candidate, names);
}
