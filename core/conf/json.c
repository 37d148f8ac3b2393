/* json - reads JSON as Kea writes it: RFC 8259 with comments, trailing commas and <?include?>.
 *
 * A descent that is as deep as the text nests, which is bounded. The text is known to be UTF-8
 * without NUL (text.c). After the first error of syntax it stops; duplicate keys are all reported.
 */
#include "core/conf/json_scalar.h"
#include "core/conf/text.h"

#define NUMBER_LEN 100

typedef struct Parser {
    BerthTexts *texts;
    bool include;            /* <?include?> is allowed */
    unsigned depth, deepest; /* of lists and maps that are open */
    const BerthPlace *fixed; /* where all nodes are, when the text is part of another */
    GPtrArray *members;      /* scratch of check_keys */
} Parser;

static bool parse_value(Parser *p, BerthNode *ret);

static BerthText *top(Parser *p)
{
    return berth_texts_top(p->texts);
}

static BerthPlace here(Parser *p)
{
    return berth_text_place(top(p));
}

static size_t left(Parser *p)
{
    return (size_t)(top(p)->end - top(p)->at);
}

static bool starts_with(Parser *p, const char *word)
{
    return berth_bytes_start_with((BerthBytes){(const uint8_t *)top(p)->at, left(p)}, word);
}

static void step(Parser *p)
{
    BerthText *text = top(p);

    if (*text->at++ == '\n') {
        text->line++;
        text->line_start = text->at;
    }
}

/* What is there instead of what should be: "'}'", "the end of the text". */
static char *found(Parser *p)
{
    const char *at = top(p)->at;

    if (left(p) == 0)
        return g_strdup("the end of the text");
    if ((uint8_t)*at < ' ' || *at == 0x7f)
        return g_strdup_printf("byte 0x%02x", (unsigned)*at);
    return g_strdup_printf("'%.*s'", (int)(g_utf8_next_char(at) - at), at);
}

static bool expected(Parser *p, const char *what)
{
    g_autofree char *instead = found(p);

    berth_texts_error(p->texts, here(p), "%s where %s is expected", instead, what);
    return false;
}

static void skip_line(Parser *p)
{
    while (left(p) > 0 && *top(p)->at != '\n')
        step(p);
}

static bool skip_comment(Parser *p)
{
    BerthPlace at = here(p);

    for (step(p), step(p); left(p) > 0; step(p))
        if (starts_with(p, "*/")) {
            step(p);
            step(p);
            return true;
        }
    berth_texts_error(p->texts, at, "this comment has no end; close it with */");
    return false;
}

static void skip_blanks(Parser *p)
{
    while (left(p) > 0 && strchr(" \t\r\n", *top(p)->at))
        step(p);
}

/* <?include "file"?>: the text goes on with that file. */
static bool enter_include(Parser *p)
{
    BerthPlace at = here(p);
    g_autofree char *path = NULL;
    const char *start, *quote = NULL;

    if (!p->include) {
        berth_texts_error(p->texts, at, "<?include?> is only allowed in files");
        return false;
    }
    top(p)->at += strlen("<?include");
    skip_blanks(p);
    start = top(p)->at + 1;
    if (left(p) > 1 && start[-1] == '"')
        quote = memchr(start, '"', left(p) - 1);
    if (quote && !memchr(start, '\n', (size_t)(quote - start))) {
        path = g_strndup(start, (size_t)(quote - start));
        top(p)->at = quote + 1;
        skip_blanks(p);
        if (starts_with(p, "?>")) {
            top(p)->at += 2;
            return berth_texts_include(p->texts, path, at);
        }
    }
    berth_texts_error(p->texts, at, "an include is written <?include \"file\"?>");
    return false;
}

/* To the next character that means something, through includes in and out. False after an error; at
 * the end of everything `left` is 0. */
static bool skip(Parser *p)
{
    for (;;) {
        skip_blanks(p);
        if (left(p) == 0) {
            if (p->texts->n == 1)
                return true;
            berth_texts_pop(p->texts);
        } else if (*top(p)->at == '#' || starts_with(p, "//")) {
            skip_line(p);
        } else if (starts_with(p, "/*")) {
            if (!skip_comment(p))
                return false;
        } else if (starts_with(p, "<?include")) {
            if (!enter_include(p))
                return false;
        } else {
            return true;
        }
    }
}

/* Is the next character this one? Then it is passed. */
static bool take(Parser *p, char c)
{
    if (left(p) == 0 || *top(p)->at != c)
        return false;
    top(p)->at++;
    return true;
}

/* The quote that ends the string whose content begins at `at`, or NULL. */
static const char *closing_quote(const char *at, const char *end)
{
    for (; at < end; at++) {
        if (*at == '"')
            return at;
        if (*at == '\\' && ++at == end)
            return NULL;
    }
    return NULL;
}

static char *parse_string(Parser *p)
{
    BerthText *text = top(p);
    BerthPlace at = here(p);
    const char *from = text->at + 1, *end = closing_quote(from, text->end), *why = NULL;
    char *copy, *to;

    if (!end) {
        berth_texts_error(p->texts, at, "this string has no end");
        return NULL;
    }
    copy = to = berth_node_text(p->texts, NULL, (size_t)(end - from), at);
    while (to && from < end && !why) {
        text->at = from;
        if ((uint8_t)*from < ' ')
            why = "a control character in a string; write it as an escape, like \\n or \\t";
        else if (*from++ == '\\')
            why = berth_json_escape(&from, end, &to);
        else
            *to++ = from[-1];
    }
    if (why) {
        berth_texts_error(p->texts, here(p), "%s", why);
        return NULL;
    }
    text->at = end + 1;
    return copy;
}

static bool parse_number(Parser *p, BerthNode *ret)
{
    const char *from = top(p)->at, *why;
    char number[NUMBER_LEN + 1];
    size_t len = 0;

    while (len < left(p) && (g_ascii_isdigit(from[len]) || strchr("+-.eE", from[len])))
        len++;
    if (len > NUMBER_LEN) {
        berth_texts_error(p->texts, here(p), "a number of %zu characters; at most %d are read", len,
                          NUMBER_LEN);
        return false;
    }
    memcpy(number, from, len);
    number[len] = '\0';
    why = berth_json_number(number, ret);
    if (why) {
        berth_texts_error(p->texts, here(p), "\"%s\" %s", number, why);
        return false;
    }
    top(p)->at += len;
    return true;
}

static bool parse_word(Parser *p, BerthNode *ret)
{
    const char *from = top(p)->at;
    size_t len = 0;
    g_autofree char *word = NULL;

    while (len < left(p) && len < 20 && g_ascii_isalpha(from[len]))
        len++;
    word = g_ascii_strdown(from, (gssize)len);
    if (strcmp(word, "null") == 0) {
        ret->kind = BERTH_NODE_NULL;
    } else if (strcmp(word, "true") == 0 || strcmp(word, "false") == 0) {
        ret->kind = BERTH_NODE_BOOL;
        ret->value.boolean = *word == 't';
    } else {
        return expected(p, "a value");
    }
    if (memcmp(word, from, len) != 0) {
        berth_texts_error(p->texts, here(p), "%s must be written in lower case", word);
        return false;
    }
    top(p)->at += len;
    return true;
}

static BerthNode *new_node(Parser *p, const char *key, BerthPlace at)
{
    return berth_node_new(p->texts, key, p->fixed ? *p->fixed : at);
}

static int compare_members(const void *a, const void *b)
{
    const BerthNode *m = *(BerthNode *const *)a, *n = *(BerthNode *const *)b;
    int r = strcmp(m->key, n->key);

    if (r == 0)
        r = (m->line > n->line) - (m->line < n->line);
    return r ? r : (m->column > n->column) - (m->column < n->column);
}

/* RFC 8259, 4 leaves it open what a repeated key means; one of the two is a mistake. Sorted, so
 * that a map of a million members costs no square of it. */
static void check_keys(Parser *p, const BerthNode *map)
{
    GPtrArray *all = p->members;

    g_ptr_array_set_size(all, 0);
    for (BerthNode *child = map->value.children.first; child; child = child->next)
        g_ptr_array_add(all, child);
    if (all->len > 1)
        qsort(all->pdata, all->len, sizeof(void *), compare_members);
    for (unsigned i = 1; i < all->len; i++) {
        const BerthNode *first = g_ptr_array_index(all, i - 1), *next = g_ptr_array_index(all, i);

        if (strcmp(first->key, next->key) == 0)
            berth_texts_error(p->texts, (BerthPlace){next->file, next->line, next->column},
                              "\"%s\" is given twice, first at %s:%d:%d", next->key, first->file,
                              first->line, first->column);
    }
}

static BerthNode *parse_member(Parser *p)
{
    BerthPlace at = here(p);
    BerthNode *member;
    const char *key;

    if (left(p) == 0 || *top(p)->at != '"') {
        expected(p, "a key in quotes or '}'");
        return NULL;
    }
    key = parse_string(p);
    if (!key || !skip(p))
        return NULL;
    if (!take(p, ':')) {
        expected(p, "':'");
        return NULL;
    }
    member = new_node(p, key, at);
    return member && skip(p) && parse_value(p, member) ? member : NULL;
}

static BerthNode *parse_element(Parser *p)
{
    BerthNode *element = new_node(p, NULL, here(p));

    return element && parse_value(p, element) ? element : NULL;
}

/* Behind the opening bracket, up to and with the closing one. */
static bool parse_children(Parser *p, BerthNode *ret, char close)
{
    BerthNode *child;

    for (;;) {
        if (!skip(p))
            return false;
        if (take(p, close))
            return true;
        child = ret->kind == BERTH_NODE_MAP ? parse_member(p) : parse_element(p);
        if (!child || !skip(p))
            return false;
        berth_node_append(ret, child);
        if (!take(p, ',') && (left(p) == 0 || *top(p)->at != close))
            return expected(p, close == '}' ? "',' or '}'" : "',' or ']'");
    }
}

static bool parse_nested(Parser *p, BerthNode *ret)
{
    bool map = *top(p)->at == '{';
    bool r;

    if (p->depth == p->deepest) {
        berth_texts_error(p->texts, here(p), "more than %u lists and maps inside each other",
                          p->deepest);
        return false;
    }
    top(p)->at++;
    p->depth++;
    ret->kind = map ? BERTH_NODE_MAP : BERTH_NODE_LIST;
    r = parse_children(p, ret, map ? '}' : ']');
    if (r && map)
        check_keys(p, ret);
    p->depth--;
    return r;
}

/* At the first character of it. */
static bool parse_value(Parser *p, BerthNode *ret)
{
    char c;

    if (left(p) == 0)
        return expected(p, "a value");
    c = *top(p)->at;
    if (c == '{' || c == '[')
        return parse_nested(p, ret);
    if (c == '"') {
        ret->kind = BERTH_NODE_STRING;
        ret->value.string = parse_string(p);
        return ret->value.string != NULL;
    }
    if (c == '-' || c == '.' || g_ascii_isdigit(c))
        return parse_number(p, ret);
    return parse_word(p, ret);
}

static BerthNode *parse_document(Parser *p)
{
    BerthNode *root;

    if (!skip(p) || !(root = new_node(p, NULL, here(p))) || !parse_value(p, root) || !skip(p))
        return NULL;
    if (left(p) > 0) {
        expected(p, "the end of the text");
        return NULL;
    }
    return p->texts->failed ? NULL : root;
}

BerthDoc *berth_json_read(BerthTexts *texts, BerthDoc *doc, bool file)
{
    Parser p = {.texts = texts,
                .include = file,
                .deepest = file ? BERTH_NODE_DEPTH_FILE : BERTH_NODE_DEPTH};

    if (!texts->failed) {
        p.members = g_ptr_array_new();
        doc->root = parse_document(&p);
        g_ptr_array_unref(p.members);
    }
    berth_texts_clear(texts);
    if (doc->root)
        return doc;
    berth_doc_free(doc);
    return NULL;
}

BerthNode *berth_json_read_inner(BerthTexts *outer, const char *text, const char *key,
                                 BerthPlace at, unsigned depth)
{
    BerthErrors errors;
    BerthTexts texts = {.arena = outer->arena, .errors = &errors};
    Parser p = {.texts = &texts, .depth = depth, .deepest = BERTH_NODE_DEPTH_FILE, .fixed = &at};
    BerthNode *root = NULL;

    berth_errors_init(&errors);
    if (berth_texts_open(&texts, berth_bytes(text), "JSON")) {
        p.members = g_ptr_array_new();
        root = parse_document(&p);
        g_ptr_array_unref(p.members);
    }
    berth_texts_clear(&texts);
    for (unsigned i = 0; i < errors.lines->len; i++)
        berth_texts_error(outer, at, "in this string, %s",
                          (char *)g_ptr_array_index(errors.lines, i));
    berth_errors_clear(&errors);
    if (root)
        root->key = key;
    return root;
}
