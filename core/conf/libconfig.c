/* libconfig - reads a libconfig text into our tree.
 *
 * libconfig 1.5 cuts integers to 32 bits in silence, knows no bound, and finds includes elsewhere
 * than beside the including file. So the text is scanned first: comments go, each integer becomes
 * one of 64 bits or an error, includes are put in place, and a list remembers which line came from
 * where. */
#include "core/conf/text.h"

#include <errno.h>
#include <libconfig.h>
#include <math.h>

/* From `line` of the scanned text on, the lines are those of `file` from `file_line` on. */
typedef struct Stretch {
    int line;
    const char *file;
    int file_line;
} Stretch;

typedef struct Scan {
    BerthTexts *texts;
    GString *out;
    int out_line;
    unsigned depth;
    GArray *stretches; /* of Stretch */
} Scan;

static BerthText *top(Scan *s)
{
    return berth_texts_top(s->texts);
}

static size_t left(Scan *s)
{
    return (size_t)(top(s)->end - top(s)->at);
}

static bool starts_with(Scan *s, const char *word)
{
    return berth_bytes_start_with((BerthBytes){(const uint8_t *)top(s)->at, left(s)}, word);
}

static bool failed(Scan *s, BerthPlace at, const char *what)
{
    berth_texts_error(s->texts, at, "%s", what);
    return false;
}

static void begin_stretch(Scan *s)
{
    Stretch stretch = {s->out_line, top(s)->name, top(s)->line};

    g_array_append_val(s->stretches, stretch);
}

static BerthPlace place_of_line(const Scan *s, unsigned given)
{
    int line = given > 0 ? (int)given : 1; /* the root is at line 0 */
    size_t low = 0, high = s->stretches->len;
    const Stretch *stretch;

    while (high - low > 1) {
        size_t middle = (low + high) / 2;

        if (g_array_index(s->stretches, Stretch, middle).line <= line)
            low = middle;
        else
            high = middle;
    }
    stretch = &g_array_index(s->stretches, Stretch, low);
    return (BerthPlace){stretch->file, stretch->file_line + (line - stretch->line), 0};
}

/* Passes one character, and a newline always goes out, too, so that lines can be told. */
static void step(Scan *s, bool copy)
{
    BerthText *text = top(s);
    char c = *text->at++;

    if (c == '\n') {
        text->line++;
        text->line_start = text->at;
        s->out_line++;
    }
    if (copy || c == '\n')
        g_string_append_c(s->out, c);
}

static bool scan_comment(Scan *s)
{
    BerthPlace at = berth_text_place(top(s));
    bool to_line_end = !starts_with(s, "/*");

    g_string_append_c(s->out, ' ');
    step(s, false);
    if (!to_line_end)
        step(s, false);
    for (; left(s) > 0; step(s, false)) {
        if (to_line_end && *top(s)->at == '\n')
            return true;
        if (!to_line_end && starts_with(s, "*/")) {
            top(s)->at += 2;
            return true;
        }
    }
    return to_line_end || failed(s, at, "this comment has no end; close it with */");
}

static bool scan_string(Scan *s)
{
    BerthPlace at = berth_text_place(top(s));

    for (step(s, true); left(s) > 0; step(s, true)) {
        if (*top(s)->at == '"') {
            step(s, true);
            return true;
        }
        if (starts_with(s, "\\x00"))
            return failed(s, berth_text_place(top(s)), "a NUL character cannot be in a string");
        if (*top(s)->at == '\\' && left(s) > 1)
            step(s, true);
    }
    return failed(s, at, "this string has no end");
}

/* @include "file", first on its line. */
static bool scan_include(Scan *s)
{
    BerthPlace at = berth_text_place(top(s));
    g_autofree char *path = NULL;
    const char *start, *quote = NULL;

    for (const char *c = top(s)->line_start; c < top(s)->at; c++)
        if (*c != ' ' && *c != '\t')
            return failed(s, at, "@include must be the first word of its line");
    top(s)->at += strlen("@include");
    while (left(s) > 0 && (*top(s)->at == ' ' || *top(s)->at == '\t'))
        top(s)->at++;
    start = top(s)->at + 1;
    if (left(s) > 1 && start[-1] == '"')
        quote = memchr(start, '"', left(s) - 1);
    if (!quote || memchr(start, '\n', (size_t)(quote - start)))
        return failed(s, at, "an include is written @include \"file\"");
    path = g_strndup(start, (size_t)(quote - start));
    top(s)->at = quote + 1;
    if (!berth_texts_include(s->texts, path, at))
        return false;
    begin_stretch(s);
    return true;
}

/* Back to the including file; a new line, because both may have a part of the last one. */
static void leave_include(Scan *s)
{
    berth_texts_pop(s->texts);
    g_string_append_c(s->out, '\n');
    s->out_line++;
    begin_stretch(s);
}

/* Is it an integer, 12, -5L, 0x1f? Then its value; why it cannot be had, in *ret_why. */
static bool read_integer(const char *word, int64_t *ret, const char **ret_why)
{
    bool hex = word[0] == '0' && (word[1] == 'x' || word[1] == 'X');
    const char *digits = word + (hex ? 2 : *word == '-' || *word == '+');
    size_t n = strspn(digits, hex ? "0123456789abcdefABCDEF" : "0123456789");
    const char *rest = digits + n;

    if (n == 0 || (strcmp(rest, "") != 0 && strcmp(rest, "L") != 0 && strcmp(rest, "LL") != 0))
        return false;
    errno = 0;
    *ret = g_ascii_strtoll(word, NULL, hex ? 16 : 10);
    if (errno == ERANGE)
        *ret_why = "does not fit into 64 bits";
    return true;
}

/* How long the number or name at `at` is. A sign inside belongs to an exponent or a name. */
static size_t word_len(const char *at, const char *end, bool number)
{
    size_t len = 1;

    while (at + len < end) {
        char c = at[len], before = at[len - 1];
        bool exponent = number && (c == '+' || c == '-') && (before == 'e' || before == 'E');

        if (!g_ascii_isalnum(c) && !(number ? c == '.' || exponent : strchr("-_*", c) != NULL))
            break;
        len++;
    }
    return len;
}

/* Every integer becomes one of 64 bits: also in arrays, whose elements must be of one type. */
static bool scan_number(Scan *s)
{
    size_t len = word_len(top(s)->at, top(s)->end, true);
    g_autofree char *word = g_strndup(top(s)->at, len);
    const char *why = NULL;
    int64_t value;

    if (!read_integer(word, &value, &why))
        g_string_append_len(s->out, top(s)->at, (gssize)len);
    else if (!why)
        g_string_append_printf(s->out, "%" G_GINT64_FORMAT "L", value);
    if (why) {
        berth_texts_error(s->texts, berth_text_place(top(s)), "%.40s %s", word, why);
        return false;
    }
    top(s)->at += len;
    return true;
}

static bool scan_bracket(Scan *s, char c)
{
    if (strchr("{[(", c)) {
        if (++s->depth > BERTH_NODE_DEPTH_FILE) {
            berth_texts_error(s->texts, berth_text_place(top(s)),
                              "more than %d lists and groups inside each other",
                              BERTH_NODE_DEPTH_FILE);
            return false;
        }
    } else if (s->depth > 0) {
        s->depth--;
    }
    step(s, true);
    return true;
}

static bool scan_next(Scan *s)
{
    char c = *top(s)->at;
    size_t len;

    if (c == '"')
        return scan_string(s);
    if (c == '#' || starts_with(s, "//") || starts_with(s, "/*"))
        return scan_comment(s);
    if (starts_with(s, "@include"))
        return scan_include(s);
    if (strchr("{}[]()", c))
        return scan_bracket(s, c);
    if (g_ascii_isdigit(c) || strchr("+-.", c))
        return scan_number(s);
    if (g_ascii_isalpha(c) || c == '*') {
        len = word_len(top(s)->at, top(s)->end, false);
        g_string_append_len(s->out, top(s)->at, (gssize)len);
        top(s)->at += len;
        return true;
    }
    step(s, true);
    return true;
}

static bool scan(Scan *s)
{
    begin_stretch(s);
    for (;;) {
        if (left(s) > 0) {
            if (!scan_next(s))
                return false;
        } else if (s->texts->n > 1) {
            leave_include(s);
        } else {
            return true;
        }
    }
}

static BerthNode *convert(Scan *s, const config_setting_t *setting, unsigned depth);

static bool convert_string(Scan *s, const config_setting_t *setting, BerthPlace at, BerthNode *ret)
{
    const char *text = setting->value.sval ? setting->value.sval : "";
    size_t len = strlen(text);

    if (!g_utf8_validate(text, (gssize)len, NULL))
        return failed(s, at, "the escapes of this string make no valid UTF-8");
    ret->kind = BERTH_NODE_STRING;
    ret->value.string = berth_node_text(s->texts, text, len, at);
    return ret->value.string != NULL;
}

static bool convert_scalar(Scan *s, const config_setting_t *setting, BerthPlace at, BerthNode *ret)
{
    switch (config_setting_type(setting)) {
    case CONFIG_TYPE_INT:
    case CONFIG_TYPE_INT64:
        ret->kind = BERTH_NODE_INT;
        ret->value.integer = config_setting_get_int64(setting);
        return true;
    case CONFIG_TYPE_FLOAT:
        ret->kind = BERTH_NODE_REAL;
        ret->value.real = setting->value.fval;
        return isfinite(ret->value.real) || failed(s, at, "this number is too large");
    case CONFIG_TYPE_BOOL:
        ret->kind = BERTH_NODE_BOOL;
        ret->value.boolean = setting->value.ival != 0;
        return true;
    default:
        return convert_string(s, setting, at, ret);
    }
}

static bool convert_children(Scan *s, const config_setting_t *setting, unsigned depth,
                             BerthNode *ret)
{
    unsigned n = (unsigned)config_setting_length(setting);
    BerthNode *child;

    ret->kind = config_setting_is_group(setting) ? BERTH_NODE_MAP : BERTH_NODE_LIST;
    for (unsigned i = 0; i < n; i++) {
        child = convert(s, config_setting_get_elem(setting, i), depth + 1);
        if (!child)
            return false;
        berth_node_append(ret, child);
    }
    return true;
}

/* As deep as the scan let the text nest. */
static BerthNode *convert(Scan *s, const config_setting_t *setting, unsigned depth)
{
    BerthPlace at = place_of_line(s, config_setting_source_line(setting));
    const char *name = config_setting_name(setting), *key = NULL, *text;
    BerthNode *node;

    if (name && !(key = berth_node_text(s->texts, name, strlen(name), at)))
        return NULL;
    /* libconfig has no null and cannot name every key: what is free-form may be written as JSON. */
    text = config_setting_get_string(setting);
    if (text && *text == '{' && g_strcmp0(key, "user-context") == 0)
        return berth_json_read_inner(s->texts, text, key, at, depth);
    node = berth_node_new(s->texts, key, at);
    if (!node)
        return NULL;
    if (config_setting_is_aggregate(setting))
        return convert_children(s, setting, depth, node) ? node : NULL;
    return convert_scalar(s, setting, at, node) ? node : NULL;
}

static void report(Scan *s, const config_t *config)
{
    const char *what = config_error_text(config);

    if (g_strcmp0(what, "duplicate setting name") == 0)
        what = "this key is given twice in its group";
    else if (g_strcmp0(what, "mismatched element type in array") == 0)
        what = "the elements of an array [ ] are of one type; write a list ( ) instead";
    berth_texts_error(s->texts, place_of_line(s, (unsigned)config_error_line(config)), "%s",
                      what ? what : "cannot be read");
}

static BerthNode *read_scanned(Scan *s)
{
    config_t config;
    BerthNode *root = NULL;

    config_init(&config);
    if (config_read_string(&config, s->out->str))
        root = convert(s, config_root_setting(&config), 0);
    else
        report(s, &config);
    config_destroy(&config);
    return s->texts->failed ? NULL : root;
}

BerthDoc *berth_libconfig_read(BerthTexts *texts, BerthDoc *doc)
{
    Scan s = {.texts = texts, .out_line = 1};

    if (!texts->failed) {
        s.out = g_string_new(NULL);
        s.stretches = g_array_new(FALSE, FALSE, sizeof(Stretch));
        if (scan(&s))
            doc->root = read_scanned(&s);
        g_string_free(s.out, TRUE);
        g_array_unref(s.stretches);
    }
    berth_texts_clear(texts);
    if (doc->root)
        return doc;
    berth_doc_free(doc);
    return NULL;
}
