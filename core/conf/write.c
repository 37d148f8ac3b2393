/* write - the way back: a tree and a filled struct as JSON. */
#include "core/base/addr.h"
#include "core/base/json.h"
#include "core/conf/schema_cell.h"

#define MASK "*****"

static void write_children(BerthJson *json, const BerthNode *node)
{
    for (const BerthNode *child = berth_node_first(node); child; child = child->next)
        berth_json_node(json, child->key, child);
    berth_json_end(json);
}

/* It calls itself no deeper than a document may nest. */
void berth_json_node(BerthJson *json, const char *key, const BerthNode *value)
{
    switch (berth_node_kind(value)) {
    case BERTH_NODE_NULL:
        berth_json_string(json, key, NULL);
        break;
    case BERTH_NODE_BOOL:
        berth_json_bool(json, key, value->value.boolean);
        break;
    case BERTH_NODE_INT:
        berth_json_int(json, key, value->value.integer);
        break;
    case BERTH_NODE_REAL:
        berth_json_real(json, key, value->value.real);
        break;
    case BERTH_NODE_STRING:
        berth_json_string(json, key, value->value.string);
        break;
    case BERTH_NODE_LIST:
        berth_json_begin_list(json, key);
        write_children(json, value);
        break;
    case BERTH_NODE_MAP:
        berth_json_begin_object(json, key);
        write_children(json, value);
        break;
    }
}

char *berth_node_json(const BerthNode *node)
{
    GString *text = g_string_new(NULL);
    BerthJson *json = berth_json_new(text, 0);

    berth_json_node(json, NULL, node);
    berth_json_free(json);
    return g_string_free(text, FALSE);
}

/* ---- a document as a file ---- */

static bool same_value(const BerthNode *a, const BerthNode *b)
{
    switch (a->kind) {
    case BERTH_NODE_BOOL:
        return a->value.boolean == b->value.boolean;
    case BERTH_NODE_INT:
        return a->value.integer == b->value.integer;
    case BERTH_NODE_REAL:
        return a->value.real == b->value.real;
    case BERTH_NODE_STRING:
        return strcmp(a->value.string, b->value.string) == 0;
    default:
        return true;
    }
}

/* It calls itself no deeper than a document may nest. */
static bool same(const BerthNode *a, const BerthNode *b)
{
    const BerthNode *in_a = berth_node_first(a), *in_b = berth_node_first(b);

    if (a->kind != b->kind || g_strcmp0(a->key, b->key) != 0 || !same_value(a, b))
        return false;
    for (; in_a && in_b && same(in_a, in_b); in_b = in_b->next)
        in_a = in_a->next;
    return !in_a && !in_b;
}

static char *json_file(const BerthNode *root)
{
    GString *text = g_string_new(NULL);
    BerthJson *json = berth_json_new(text, 4);

    berth_json_node(json, NULL, root);
    berth_json_free(json);
    g_string_append_c(text, '\n');
    return g_string_free(text, FALSE);
}

static BerthDoc *parse(const char *text, BerthSyntax syntax, BerthErrors *errors)
{
    if (syntax == BERTH_SYNTAX_LIBCONFIG)
        return berth_doc_parse_libconfig(berth_bytes(text), "<written>", errors);
    return berth_doc_parse_json(berth_bytes(text), "<written>", true, errors);
}

char *berth_doc_text(const BerthDoc *doc, BerthSyntax syntax, BerthErrors *errors)
{
    g_autofree char *text =
        syntax == BERTH_SYNTAX_LIBCONFIG ? berth_node_libconfig(doc->root) : json_file(doc->root);
    BerthDoc *again = text ? parse(text, syntax, errors) : NULL;
    bool is_same = again && same(doc->root, again->root);

    if (!text)
        berth_errors_add(errors, NULL, NULL,
                         "there is a key or a null in it that libconfig can't write");
    else if (again && !is_same)
        berth_errors_add(errors, NULL, NULL, "it would not be read back as it is");
    berth_doc_free(again);
    return is_same ? g_steal_pointer(&text) : NULL;
}

static void write_strings(BerthJson *json, const char *key, const BerthList *list, bool secret)
{
    const char *const *all = list->at;

    berth_json_begin_list(json, key);
    for (size_t i = 0; i < list->n; i++)
        berth_json_string(json, NULL, secret ? MASK : all[i]);
    berth_json_end(json);
}

static void write_struct(BerthJson *json, const char *key, const BerthConfItem *row, const void *at)
{
    berth_json_begin_object(json, key);
    berth_schema_write(row->items, at, json);
    berth_json_end(json);
}

static void write_structs(BerthJson *json, const BerthConfItem *row, const BerthList *list)
{
    const char *all = list->at;

    if (row->type == BERTH_CONF_MAP) {
        if (list->n > 0)
            write_struct(json, row->key, row, all);
        return;
    }
    berth_json_begin_list(json, row->key);
    for (size_t i = 0; i < list->n; i++)
        write_struct(json, NULL, row, all + i * row->item_size);
    berth_json_end(json);
}

/* Neither the file nor the table said what this member is. */
static bool is_unset(const BerthConfItem *row, const void *at)
{
    switch (row->type) {
    case BERTH_CONF_INT:
        return !row->fallback && *(const int64_t *)at == -1;
    case BERTH_CONF_REAL:
        return !row->fallback && *(const double *)at < 0;
    case BERTH_CONF_STRING:
        return !*(const char *const *)at;
    case BERTH_CONF_ADDR:
        return !row->fallback && berth_addr_is_any(*(const BerthAddr *)at);
    case BERTH_CONF_NODE:
        return !*(const BerthNode *const *)at;
    case BERTH_CONF_STRINGS:
        return (row->flags & BERTH_CONF_QUIET) && ((const BerthList *)at)->n == 0;
    default:
        return row->type > BERTH_CONF_NODE; /* it has no member */
    }
}

static const char *word_of(const BerthConfItem *row, int i)
{
    for (int n = 0; row->words && row->words[n]; n++)
        if (n == i)
            return row->words[n];
    return NULL;
}

static void write_row(BerthJson *json, const BerthConfItem *row, const void *at)
{
    char addr[BERTH_ADDR_TEXT];

    switch (row->type) {
    case BERTH_CONF_BOOL:
        berth_json_bool(json, row->key, *(const bool *)at);
        break;
    case BERTH_CONF_INT:
        berth_json_int(json, row->key, *(const int64_t *)at);
        break;
    case BERTH_CONF_REAL:
        berth_json_real(json, row->key, *(const double *)at);
        break;
    case BERTH_CONF_STRING:
        berth_json_string(json, row->key, *(const char *const *)at);
        break;
    case BERTH_CONF_WORD:
        berth_json_string(json, row->key, word_of(row, *(const int *)at));
        break;
    case BERTH_CONF_ADDR:
        berth_json_string(json, row->key, berth_addr_text(*(const BerthAddr *)at, addr));
        break;
    case BERTH_CONF_MAP:
    case BERTH_CONF_LIST:
        write_structs(json, row, at);
        break;
    case BERTH_CONF_NODE:
        berth_json_node(json, row->key, *(const BerthNode *const *)at);
        break;
    default:
        break;
    }
}

void berth_schema_write(const BerthConfItem *items, const void *data, BerthJson *json)
{
    for (; items->type != BERTH_CONF_END; items++) {
        const void *at = (const char *)data + items->offset;
        bool secret = items->flags & BERTH_CONF_SECRET;

        if (is_unset(items, at))
            continue;
        if (items->type == BERTH_CONF_STRINGS)
            write_strings(json, items->key, at, secret);
        else if (secret)
            berth_json_string(json, items->key, MASK);
        else
            write_row(json, items, at);
    }
}
