/* schema_value - reading one value into its member: type, range, default. See schema_cell.h. */
#include "core/base/addr.h"
#include "core/base/nearest.h"
#include "core/conf/schema_cell.h"

#include <errno.h>

static const char *kind_name(const BerthNode *node)
{
    static const char *const names[] = {
        [BERTH_NODE_NULL] = "null",       [BERTH_NODE_BOOL] = "a boolean",
        [BERTH_NODE_INT] = "a number",    [BERTH_NODE_REAL] = "a fraction",
        [BERTH_NODE_STRING] = "a string", [BERTH_NODE_LIST] = "a list",
        [BERTH_NODE_MAP] = "a map",
    };

    return names[berth_node_kind(node)];
}

void berth_cell_type_error(const BerthCell *cell, const char *what)
{
    berth_cell_error(cell, "%s where %s is expected", kind_name(cell->node), what);
}

/* A value as errors may show it. */
static char *shown(const BerthCell *cell, const char *value)
{
    if (cell->row.flags & BERTH_CONF_SECRET)
        return g_strdup("the value");
    return strlen(value) > 80 ? g_strdup_printf("\"%.80s…\"", value)
                              : g_strdup_printf("\"%s\"", value);
}

static void *cell_alloc(BerthCell *cell, size_t n, size_t size)
{
    void *ret = size && n > SIZE_MAX / size ? NULL : berth_arena_alloc(cell->fill->arena, n * size);

    if (!ret)
        berth_cell_error(cell, "the configuration is too large for its memory");
    return ret;
}

static const char *cell_strdup(BerthCell *cell, const char *text)
{
    size_t len = strlen(text);
    char *copy = cell_alloc(cell, len + 1, 1);

    return copy ? memcpy(copy, text, len + 1) : NULL;
}

static void read_bool(BerthCell *cell)
{
    if (berth_node_kind(cell->node) != BERTH_NODE_BOOL)
        berth_cell_type_error(cell, "true or false");
    else
        *(bool *)cell->at = berth_node_bool(cell->node, false);
}

static bool has_range(const BerthCell *cell)
{
    return cell->row.max > cell->row.min;
}

static void range_error(BerthCell *cell, const char *value)
{
    const char *text = cell->row.flags & BERTH_CONF_SECRET ? "the value" : value;

    if (cell->row.max == INT64_MAX)
        berth_cell_error(cell, "%s is less than %" G_GINT64_FORMAT, text, cell->row.min);
    else
        berth_cell_error(cell, "%s is not in the range %" G_GINT64_FORMAT " to %" G_GINT64_FORMAT,
                         text, cell->row.min, cell->row.max);
}

static void read_int(BerthCell *cell)
{
    int64_t value = berth_node_int(cell->node, 0);
    char text[32];

    if (berth_node_kind(cell->node) == BERTH_NODE_REAL) {
        berth_cell_type_error(cell, "a whole number");
    } else if (berth_node_kind(cell->node) != BERTH_NODE_INT) {
        berth_cell_type_error(cell, "a number");
    } else if (has_range(cell) && (value < cell->row.min || value > cell->row.max)) {
        g_snprintf(text, sizeof(text), "%" G_GINT64_FORMAT, value);
        range_error(cell, text);
    } else {
        *(int64_t *)cell->at = value;
    }
}

static void read_real(BerthCell *cell)
{
    BerthNodeKind kind = berth_node_kind(cell->node);
    double value = berth_node_real(cell->node, 0);
    char text[G_ASCII_DTOSTR_BUF_SIZE];

    if (kind != BERTH_NODE_REAL && kind != BERTH_NODE_INT)
        berth_cell_type_error(cell, "a number");
    else if (has_range(cell) && (value < (double)cell->row.min || value > (double)cell->row.max))
        range_error(cell, g_ascii_dtostr(text, sizeof(text), value));
    else
        *(double *)cell->at = value;
}

static void read_string(BerthCell *cell)
{
    const char *value = berth_node_string(cell->node, NULL);
    int64_t len = value ? (int64_t)strlen(value) : 0;

    if (!value)
        berth_cell_type_error(cell, "a string");
    else if (has_range(cell) && len < cell->row.min)
        berth_cell_error(cell,
                         "is too short: %" G_GINT64_FORMAT " bytes, at least %" G_GINT64_FORMAT,
                         len, cell->row.min);
    else if (has_range(cell) && len > cell->row.max)
        berth_cell_error(cell, "is too long: %" G_GINT64_FORMAT " bytes, at most %" G_GINT64_FORMAT,
                         len, cell->row.max);
    else
        *(const char **)cell->at = cell_strdup(cell, value);
}

static int find_word(const char *const *words, const char *word)
{
    for (int i = 0; words && words[i]; i++)
        if (g_ascii_strcasecmp(words[i], word) == 0)
            return i;
    return -1;
}

static const char *word_candidate(const void *data, size_t i)
{
    return ((const char *const *)data)[i];
}

static void read_word(BerthCell *cell)
{
    const char *const *words = cell->row.words;
    g_autofree char *all = words ? g_strjoinv(", ", (char **)words) : g_strdup("none");
    g_autofree char *text = NULL;
    const char *value = berth_node_string(cell->node, NULL), *near;
    int i;

    /* Kea widened some switches from true and false to words. */
    if (berth_node_kind(cell->node) == BERTH_NODE_BOOL && find_word(words, "true") >= 0)
        value = berth_node_bool(cell->node, false) ? "true" : "false";
    if (!value) {
        g_autofree char *what = g_strdup_printf("one of %s", all);

        berth_cell_type_error(cell, what);
        return;
    }
    i = find_word(words, value);
    if (i >= 0) {
        *(int *)cell->at = i;
        return;
    }
    text = shown(cell, value);
    near = words ? berth_nearest(value, word_candidate, words) : NULL;
    if (near)
        berth_cell_error(cell, "%s is not one of %s; did you mean \"%s\"?", text, all, near);
    else
        berth_cell_error(cell, "%s is not one of %s", text, all);
}

static void read_addr(BerthCell *cell)
{
    const char *value = berth_node_string(cell->node, NULL);
    g_autofree char *text = NULL;

    if (!value) {
        berth_cell_type_error(cell, "an address");
    } else if (*value == '\0') {
        cell->row.flags &= ~(unsigned)BERTH_CONF_INHERIT;
        berth_cell_default(cell);
    } else if (berth_addr_parse(value, cell->at) < 0) {
        text = shown(cell, value);
        berth_cell_error(cell, "%s is not an IP address", text);
    }
}

/* The cell of a list's element, which lies at `at`. */
static BerthCell element_cell(const BerthCell *list, const BerthNode *node, size_t index, void *at)
{
    BerthCell cell = *list;

    cell.node = node;
    cell.path = (BerthPath){&list->path, NULL, index};
    cell.at = at;
    return cell;
}

/* An element that is wrong is reported and left out, so that whoever reads on finds strings only.
 */
static void read_strings(BerthCell *cell)
{
    size_t n = 0, index = 0;
    const char **all;
    BerthCell element;

    if (berth_node_kind(cell->node) != BERTH_NODE_LIST) {
        berth_cell_type_error(cell, "a list of strings");
        return;
    }
    all = cell_alloc(cell, cell->node->value.children.count, sizeof(*all));
    if (!all)
        return;
    for (const BerthNode *node = berth_node_first(cell->node); node; node = node->next) {
        element = element_cell(cell, node, index++, &all[n]);
        read_string(&element);
        if (all[n])
            n++;
    }
    *(BerthList *)cell->at = (BerthList){all, n};
}

/* One struct by the inner table, from `node`, or of defaults when it is NULL. */
static void fill_inner(BerthCell *cell, const BerthNode *node, void *ret)
{
    BerthFill fill = *cell->fill;
    BerthFillTable table = {.items = cell->row.items, .ret = ret};

    fill.unclaimed = NULL;
    berth_schema_fill_at(&fill, node, &cell->path, &table, 1, cell->item_size);
}

static void read_map(BerthCell *cell)
{
    void *inner = cell_alloc(cell, 1, cell->row.item_size);

    if (!inner)
        return;
    fill_inner(cell, cell->node, inner);
    *(BerthList *)cell->at = (BerthList){inner, 1};
}

static void read_list(BerthCell *cell)
{
    size_t n = 0;
    char *all;

    if (berth_node_kind(cell->node) != BERTH_NODE_LIST) {
        berth_cell_type_error(cell, "a list");
        return;
    }
    all = cell_alloc(cell, cell->node->value.children.count, cell->row.item_size);
    if (!all)
        return;
    for (const BerthNode *node = berth_node_first(cell->node); node; node = node->next) {
        void *at = all + n * cell->row.item_size;
        BerthCell element = element_cell(cell, node, n, at);

        fill_inner(&element, node, at);
        n++;
    }
    *(BerthList *)cell->at = (BerthList){all, n};
}

static void read_node(BerthCell *cell)
{
    *(const BerthNode **)cell->at = cell->node;
}

/* Does the value ask for nothing: false, null, 0, "", [], {}? */
static bool is_empty(const BerthNode *node)
{
    switch (berth_node_kind(node)) {
    case BERTH_NODE_NULL:
        return true;
    case BERTH_NODE_BOOL:
        return !node->value.boolean;
    case BERTH_NODE_INT:
        return node->value.integer == 0;
    case BERTH_NODE_REAL:
        return node->value.real >= 0 && node->value.real <= 0;
    case BERTH_NODE_STRING:
        return *node->value.string == '\0';
    default:
        return node->value.children.count == 0;
    }
}

static const char *help(const BerthCell *cell)
{
    return cell->row.help ? cell->row.help : "leave it out";
}

static void read_ignored(BerthCell *cell)
{
    g_autofree char *what = g_strdup_printf("has no effect: %s", help(cell));

    if (!is_empty(cell->node))
        berth_cell_warn(cell, what);
}

static void read_refused(BerthCell *cell)
{
    if (!is_empty(cell->node))
        berth_cell_error(cell, "is not supported: %s", help(cell));
}

void berth_cell_read(BerthCell *cell)
{
    static void (*const read[])(BerthCell *) = {
        [BERTH_CONF_BOOL] = read_bool,       [BERTH_CONF_INT] = read_int,
        [BERTH_CONF_REAL] = read_real,       [BERTH_CONF_STRING] = read_string,
        [BERTH_CONF_WORD] = read_word,       [BERTH_CONF_ADDR] = read_addr,
        [BERTH_CONF_STRINGS] = read_strings, [BERTH_CONF_MAP] = read_map,
        [BERTH_CONF_LIST] = read_list,       [BERTH_CONF_NODE] = read_node,
        [BERTH_CONF_IGNORED] = read_ignored, [BERTH_CONF_REFUSED] = read_refused,
    };

    read[cell->row.type](cell);
}

static bool default_int(const char *text, int64_t *ret)
{
    char *end;

    errno = 0;
    *ret = g_ascii_strtoll(text, &end, 10);
    return errno == 0 && end > text && *end == '\0';
}

static bool default_real(const char *text, double *ret)
{
    char *end;

    *ret = g_ascii_strtod(text, &end);
    return end > text && *end == '\0';
}

static bool default_strings(BerthCell *cell, const char *text)
{
    g_auto(GStrv) parts = g_strsplit(text, ",", -1);
    size_t n = g_strv_length(parts);
    const char **all = cell_alloc(cell, n, sizeof(*all));

    if (!all)
        return true; /* reported */
    for (size_t i = 0; i < n; i++)
        all[i] = cell_strdup(cell, g_strstrip(parts[i]));
    *(BerthList *)cell->at = (BerthList){all, n};
    return true;
}

static bool default_from_text(BerthCell *cell, const char *text)
{
    switch (cell->row.type) {
    case BERTH_CONF_BOOL:
        *(bool *)cell->at = strcmp(text, "true") == 0;
        return *(bool *)cell->at || strcmp(text, "false") == 0;
    case BERTH_CONF_INT:
        return default_int(text, cell->at);
    case BERTH_CONF_REAL:
        return default_real(text, cell->at);
    case BERTH_CONF_STRING:
        *(const char **)cell->at = cell_strdup(cell, text);
        return true;
    case BERTH_CONF_WORD:
        *(int *)cell->at = find_word(cell->row.words, text);
        return *(int *)cell->at >= 0;
    case BERTH_CONF_ADDR:
        return berth_addr_parse(text, cell->at) == 0;
    case BERTH_CONF_STRINGS:
        return default_strings(cell, text);
    case BERTH_CONF_MAP:
        cell->node = NULL;
        read_map(cell);
        return strcmp(text, "{}") == 0;
    default:
        return false;
    }
}

/* What a member is when neither the file nor the table says it; the rest is zero already. */
static void use_unset(BerthCell *cell)
{
    if (cell->row.type == BERTH_CONF_INT)
        *(int64_t *)cell->at = -1;
    else if (cell->row.type == BERTH_CONF_REAL)
        *(double *)cell->at = -1;
}

void berth_cell_default(BerthCell *cell)
{
    if (!cell->row.fallback)
        use_unset(cell);
    else if (!default_from_text(cell, cell->row.fallback))
        berth_cell_error(cell, "the default \"%s\" of its table is wrong", cell->row.fallback);
}
