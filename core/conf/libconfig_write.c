/* libconfig_write - a tree as a libconfig text, the way back of libconfig.c. */
#include "core/base/json.h"
#include "core/conf/node.h"

#define INDENT 4

typedef struct Writer {
    GString *out;
    unsigned depth;
    bool failed; /* there is something that libconfig can't say */
} Writer;

static bool is_name(const char *key)
{
    if (!g_ascii_isalpha(key[0]) && key[0] != '*')
        return false;
    for (const char *at = key; *at; at++)
        if (!g_ascii_isalnum(*at) && !strchr("-_*", *at))
            return false;
    return true;
}

static void put_string(GString *out, const char *text)
{
    static const char plain[] = "\"\\\f\n\r\t", named[] = "\"\\fnrt";

    g_string_append_c(out, '"');
    for (; *text; text++) {
        const char *at = strchr(plain, *text);

        if (at)
            g_string_append_printf(out, "\\%c", named[at - plain]);
        else if ((uint8_t)*text < ' ' || *text == 0x7f)
            g_string_append_printf(out, "\\x%02x", (uint8_t)*text);
        else
            g_string_append_c(out, *text);
    }
    g_string_append_c(out, '"');
}

static void put_int(GString *out, int64_t value)
{
    bool is_long = value > G_MAXINT32 || value < G_MININT32;

    g_string_append_printf(out, "%" G_GINT64_FORMAT "%s", value, is_long ? "L" : "");
}

static void new_line(Writer *w)
{
    g_string_append_c(w->out, '\n');
    for (unsigned i = INDENT * w->depth; i > 0; i--)
        g_string_append_c(w->out, ' ');
}

static void put_value(Writer *w, const BerthNode *node);

static void put_members(Writer *w, const BerthNode *map)
{
    for (const BerthNode *node = berth_node_first(map); node; node = berth_node_next(node)) {
        if (w->out->len > 0)
            new_line(w);
        if (!is_name(berth_node_key(node)))
            w->failed = true;
        g_string_append_printf(w->out, "%s = ", berth_node_key(node));
        put_value(w, node);
        g_string_append_c(w->out, ';');
    }
}

static bool is_plain(const BerthNode *list)
{
    for (const BerthNode *node = berth_node_first(list); node; node = berth_node_next(node))
        if (berth_node_kind(node) >= BERTH_NODE_LIST)
            return false;
    return true;
}

/* Of plain values all on one line. */
static void put_plain(Writer *w, const BerthNode *list)
{
    g_string_append(w->out, "( ");
    for (const BerthNode *node = berth_node_first(list); node; node = berth_node_next(node)) {
        put_value(w, node);
        g_string_append(w->out, berth_node_next(node) ? ", " : " ");
    }
    g_string_append_c(w->out, ')');
}

static void put_elements(Writer *w, const BerthNode *list)
{
    for (const BerthNode *node = berth_node_first(list); node; node = berth_node_next(node)) {
        new_line(w);
        put_value(w, node);
        if (berth_node_next(node))
            g_string_append_c(w->out, ',');
    }
}

static void put_inner(Writer *w, const BerthNode *node, const char *brackets,
                      void (*put)(Writer *w, const BerthNode *node))
{
    g_string_append_c(w->out, brackets[0]);
    if (berth_node_first(node)) {
        w->depth++;
        put(w, node);
        w->depth--;
        new_line(w);
    } else {
        g_string_append_c(w->out, ' ');
    }
    g_string_append_c(w->out, brackets[1]);
}

/* What is free-form has keys and values that libconfig has not: as the string of JSON that it may
 * be written as. */
static void put_context(Writer *w, const BerthNode *node)
{
    g_autofree char *text = berth_node_json(node);

    put_string(w->out, text);
}

/* It calls itself no deeper than a document may nest. */
static void put_value(Writer *w, const BerthNode *node)
{
    switch (berth_node_kind(node)) {
    case BERTH_NODE_BOOL:
        g_string_append(w->out, berth_node_bool(node, false) ? "true" : "false");
        break;
    case BERTH_NODE_INT:
        put_int(w->out, berth_node_int(node, 0));
        break;
    case BERTH_NODE_REAL:
        berth_real_append(w->out, berth_node_real(node, 0));
        break;
    case BERTH_NODE_STRING:
        put_string(w->out, berth_node_string(node, ""));
        break;
    case BERTH_NODE_LIST:
        if (is_plain(node))
            put_plain(w, node);
        else
            put_inner(w, node, "()", put_elements);
        break;
    case BERTH_NODE_MAP:
        if (g_strcmp0(berth_node_key(node), "user-context") == 0)
            put_context(w, node);
        else
            put_inner(w, node, "{}", put_members);
        break;
    default:
        w->failed = true;
        break;
    }
}

char *berth_node_libconfig(const BerthNode *root)
{
    Writer w = {.out = g_string_new(NULL)};

    put_members(&w, root);
    if (w.out->len > 0)
        g_string_append_c(w.out, '\n');
    return g_string_free(w.out, w.failed);
}
