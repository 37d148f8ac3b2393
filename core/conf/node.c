/* node - the tree itself, reading it, and the list of errors. */
#include "core/conf/node.h"
#include "core/conf/text.h"

#include <stdarg.h>

#define ERRORS_MAX 100
#define ERROR_LEN 1000
#define DOC_MEMORY ((size_t)2 << 30)

void berth_errors_init(BerthErrors *errors)
{
    errors->lines = g_ptr_array_new_with_free_func(g_free);
    errors->more = 0;
}

void berth_errors_clear(BerthErrors *errors)
{
    g_clear_pointer(&errors->lines, g_ptr_array_unref);
}

/* Control characters out of a quoted key would forge lines in a log or on a terminal. */
static char *clean_line(const char *text)
{
    char *line = g_utf8_make_valid(text, (gssize)strnlen(text, ERROR_LEN));

    for (char *at = line; *at; at++)
        if ((uint8_t)*at < ' ' || *at == 0x7f)
            *at = '?';
    return line;
}

void berth_errors_add(BerthErrors *errors, const BerthNode *at, const char *path,
                      const char *format, ...)
{
    GString *line = g_string_new(NULL);
    va_list args;

    if (at)
        g_string_append_printf(line, "%s:%d: ", at->file, at->line);
    if (path)
        g_string_append_printf(line, "%s: ", path);
    va_start(args, format);
    g_string_append_vprintf(line, format, args);
    va_end(args);
    if (errors->lines->len < ERRORS_MAX) {
        g_ptr_array_add(errors->lines, clean_line(line->str));
    } else {
        if (errors->more++ > 0)
            g_ptr_array_set_size(errors->lines, ERRORS_MAX);
        g_ptr_array_add(errors->lines, g_strdup_printf("and %u more errors", errors->more));
    }
    g_string_free(line, TRUE);
}

char *berth_errors_text(const BerthErrors *errors)
{
    GString *text = g_string_new(NULL);

    for (unsigned i = 0; i < errors->lines->len; i++) {
        if (i > 0)
            g_string_append_c(text, '\n');
        g_string_append(text, g_ptr_array_index(errors->lines, i));
    }
    return g_string_free(text, FALSE);
}

BerthDoc *berth_doc_new(BerthTexts *ret_texts, BerthErrors *errors)
{
    BerthDoc *doc = g_new0(BerthDoc, 1);

    berth_arena_init(&doc->arena, DOC_MEMORY);
    *ret_texts = (BerthTexts){.arena = &doc->arena, .errors = errors};
    return doc;
}

void berth_doc_free(BerthDoc *doc)
{
    if (!doc)
        return;
    berth_arena_clear(&doc->arena);
    g_free(doc);
}

BerthDoc *berth_doc_parse_json(BerthBytes text, const char *name, bool file, BerthErrors *errors)
{
    BerthTexts texts;
    BerthDoc *doc = berth_doc_new(&texts, errors);

    berth_texts_open(&texts, text, name);
    return berth_json_read(&texts, doc, file);
}

BerthDoc *berth_doc_parse_libconfig(BerthBytes text, const char *name, BerthErrors *errors)
{
    BerthTexts texts;
    BerthDoc *doc = berth_doc_new(&texts, errors);

    berth_texts_open(&texts, text, name);
    return berth_libconfig_read(&texts, doc);
}

/* The first character that is neither space nor comment decides; both syntaxes have these comments.
 */
static bool looks_like_json(const BerthText *text)
{
    const char *at = text->at, *end = text->end, *stop;

    while (at < end) {
        size_t left = (size_t)(end - at);

        if (g_ascii_isspace(*at)) {
            at++;
        } else if (*at == '#' || (left > 1 && at[0] == '/' && at[1] == '/')) {
            stop = memchr(at, '\n', left);
            at = stop ? stop : end;
        } else if (left > 1 && at[0] == '/' && at[1] == '*') {
            stop = memmem(at + 2, left - 2, "*/", 2);
            at = stop ? stop + 2 : end;
        } else {
            return *at == '{' ||
                   berth_bytes_start_with((BerthBytes){(const uint8_t *)at, left}, "<?include");
        }
    }
    return false;
}

BerthDoc *berth_doc_read(const char *path, BerthErrors *errors)
{
    BerthTexts texts;
    BerthDoc *doc = berth_doc_new(&texts, errors);

    doc->syntax = BERTH_SYNTAX_LIBCONFIG;
    if (!berth_texts_open_file(&texts, path) || !looks_like_json(berth_texts_top(&texts)))
        return berth_libconfig_read(&texts, doc);
    doc->syntax = BERTH_SYNTAX_JSON;
    return berth_json_read(&texts, doc, true);
}

static void report_full(BerthTexts *texts, BerthPlace at)
{
    berth_texts_error(texts, at, "the text is too large: it needs more than %zu MB of memory",
                      DOC_MEMORY >> 20);
}

BerthNode *berth_node_new(BerthTexts *texts, const char *key, BerthPlace at)
{
    BerthNode *node = berth_arena_alloc(texts->arena, sizeof(*node));

    if (!node) {
        report_full(texts, at);
        return NULL;
    }
    node->key = key;
    node->file = at.file;
    node->line = at.line;
    node->column = at.column;
    return node;
}

char *berth_node_text(BerthTexts *texts, const char *text, size_t len, BerthPlace at)
{
    char *copy = berth_arena_alloc(texts->arena, len + 1);

    if (!copy)
        report_full(texts, at);
    else if (text && len > 0)
        memcpy(copy, text, len);
    return copy;
}

void berth_node_append(BerthNode *parent, BerthNode *child)
{
    if (parent->value.children.last)
        parent->value.children.last->next = child;
    else
        parent->value.children.first = child;
    parent->value.children.last = child;
    parent->value.children.count++;
}

BerthNodeKind berth_node_kind(const BerthNode *node)
{
    return node ? node->kind : BERTH_NODE_NULL;
}

const char *berth_node_key(const BerthNode *node)
{
    return node ? node->key : NULL;
}

const BerthNode *berth_node_get(const BerthNode *node, const char *key)
{
    if (berth_node_kind(node) != BERTH_NODE_MAP)
        return NULL;
    for (const BerthNode *child = node->value.children.first; child; child = child->next)
        if (child->key[0] == key[0] && strcmp(child->key, key) == 0)
            return child;
    return NULL;
}

const BerthNode *berth_node_first(const BerthNode *node)
{
    BerthNodeKind kind = berth_node_kind(node);

    return kind == BERTH_NODE_MAP || kind == BERTH_NODE_LIST ? node->value.children.first : NULL;
}

const BerthNode *berth_node_next(const BerthNode *node)
{
    return node ? node->next : NULL;
}

const char *berth_node_string(const BerthNode *node, const char *fallback)
{
    return berth_node_kind(node) == BERTH_NODE_STRING ? node->value.string : fallback;
}

int64_t berth_node_int(const BerthNode *node, int64_t fallback)
{
    return berth_node_kind(node) == BERTH_NODE_INT ? node->value.integer : fallback;
}

double berth_node_real(const BerthNode *node, double fallback)
{
    switch (berth_node_kind(node)) {
    case BERTH_NODE_REAL:
        return node->value.real;
    case BERTH_NODE_INT:
        return (double)node->value.integer;
    default:
        return fallback;
    }
}

bool berth_node_bool(const BerthNode *node, bool fallback)
{
    return berth_node_kind(node) == BERTH_NODE_BOOL ? node->value.boolean : fallback;
}
