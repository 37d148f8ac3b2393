/* read - operators and functions, from text to steps, in one pass.
 *
 *     or    = and { "or" and }
 *     and   = not { "and" not }
 *     not   = { "not" } equal
 *     equal = sum [ "==" sum ]
 *     sum   = one { "+" one }
 *     one   = "(" or ")" | literal | function | member | what a packet has
 *
 * `sand`, `sor` and `sifelse`, which evaluate all of their parts in Kea, give the same here as
 * those without the s: no part has an effect. */
#include "core/expr/reader.h"

#include <berth/plugin.h>
#include <errno.h>

static Kind read_or(Reader *reader);

/* ---- errors and tokens ---- */

Kind reader_fail(Reader *reader, size_t at, const char *format, ...)
{
    g_autofree char *text = NULL;
    va_list args;

    va_start(args, format);
    text = g_strdup_vprintf(format, args);
    va_end(args);
    if (!reader->failed)
        berth_fail(reader->error, -EINVAL, "column %zu: %s", at + 1, text);
    reader->failed = true;
    return KIND_NOTHING;
}

Kind reader_expected(Reader *reader, const char *what)
{
    const Token *now = &reader->lexer.now;
    g_autofree char *escaped = NULL, *found = NULL;

    if (now->kind == TOKEN_BAD)
        return reader_fail(reader, now->at, "expected %s", now->text);
    if (now->kind == TOKEN_END)
        return reader_fail(reader, now->at, "expected %s, not the end", what);
    found = g_strndup(reader->lexer.text + now->at, MIN(now->len, 40));
    escaped = g_strescape(found, "\"");
    return reader_fail(reader, now->at, "expected %s, not %s", what, escaped);
}

bool reader_has_word(Reader *reader, const char *word)
{
    if (!lexer_is_word(&reader->lexer, word))
        return false;
    lexer_next(&reader->lexer);
    return true;
}

bool reader_has_sign(Reader *reader, char sign)
{
    if (!lexer_is_sign(&reader->lexer, sign))
        return false;
    lexer_next(&reader->lexer);
    return true;
}

bool reader_sign(Reader *reader, char sign)
{
    const char text[] = {sign, 0};

    return reader_has_sign(reader, sign) || reader_expected(reader, text);
}

bool reader_number(Reader *reader, int64_t min, int64_t max, int64_t *ret)
{
    const Token *now = &reader->lexer.now;

    if (now->kind != TOKEN_NUMBER)
        return reader_expected(reader, "a number");
    if (now->number < min || now->number > max)
        return reader_fail(reader, now->at,
                           "expected a number from %" G_GINT64_FORMAT " to %" G_GINT64_FORMAT, min,
                           max);
    *ret = now->number;
    lexer_next(&reader->lexer);
    return true;
}

/* ---- steps ---- */

unsigned reader_emit(Reader *reader, Step step, unsigned taken, unsigned given)
{
    const size_t at = reader->lexer.now.at;

    g_array_append_val(reader->steps, step);
    reader->stack = reader->stack - taken + given;
    reader->most_stack = MAX(reader->most_stack, reader->stack);
    if (reader->steps->len > BERTH_EXPR_STEPS_MAX)
        reader_fail(reader, at, "the expression is longer than %d steps", BERTH_EXPR_STEPS_MAX);
    if (reader->most_stack > BERTH_EXPR_STACK_MAX)
        reader_fail(reader, at, "the expression is nested too deep");
    return reader->steps->len - 1;
}

int32_t reader_constant(Reader *reader, const void *data, size_t len)
{
    uint8_t *copy = g_malloc(len + 1);
    const BerthBytes bytes = {copy, len};

    if (len > 0)
        memcpy(copy, data, len);
    copy[len] = 0;
    g_array_append_val(reader->constants, bytes);
    /* cppcheck-suppress memleak */
    return (int32_t)reader->constants->len - 1;
}

/* The jump lands behind what has been read. */
static void land(Reader *reader, unsigned jump)
{
    g_array_index(reader->steps, Step, jump).a = (int32_t)reader->steps->len;
}

static Kind emit(Reader *reader, Step step, unsigned taken, Kind kind)
{
    reader_emit(reader, step, taken, 1);
    return reader->failed ? KIND_NOTHING : kind;
}

/* ---- functions ---- */

/* A part that has to be a string, or a condition. */
static bool part(Reader *reader, Kind wanted)
{
    const size_t at = reader->lexer.now.at;
    const Kind kind = read_or(reader);

    if (kind == KIND_BYTES && wanted == KIND_BOOL && reader->lexer.now.kind == TOKEN_BAD)
        return reader_expected(reader, "==");
    if (kind != KIND_NOTHING && kind != wanted)
        reader_fail(reader, at, "expected a %s, not a %s",
                    wanted == KIND_BOOL ? "condition" : "string",
                    wanted == KIND_BOOL ? "string" : "condition");
    return kind == wanted;
}

static bool bytes_and(Reader *reader, char sign)
{
    return part(reader, KIND_BYTES) && reader_sign(reader, sign);
}

static bool two_strings(Reader *reader, char sign)
{
    if (!bytes_and(reader, ','))
        return false;
    return bytes_and(reader, sign);
}

static Kind read_substring(Reader *reader)
{
    Step step = {.op = OP_SUBSTRING};
    int64_t start = 0, len = 0;

    if (!bytes_and(reader, ',') || !reader_number(reader, INT64_MIN, INT64_MAX, &start) ||
        !reader_sign(reader, ','))
        return KIND_NOTHING;
    if (reader_has_word(reader, "all"))
        step.op = OP_REST;
    else if (reader->lexer.now.kind != TOKEN_NUMBER)
        return reader_expected(reader, "a number or all");
    else if (!reader_number(reader, INT64_MIN, INT64_MAX, &len))
        return KIND_NOTHING;
    /* No value is longer than either. */
    step.a = (int32_t)CLAMP(start, INT32_MIN, INT32_MAX);
    step.b = (int32_t)CLAMP(len, INT32_MIN, INT32_MAX);
    return reader_sign(reader, ')') ? emit(reader, step, 1, KIND_BYTES) : KIND_NOTHING;
}

static Kind read_split(Reader *reader)
{
    int64_t field;

    if (!two_strings(reader, ',') || !reader_number(reader, INT32_MIN, INT32_MAX, &field) ||
        !reader_sign(reader, ')'))
        return KIND_NOTHING;
    return emit(reader, (Step){OP_SPLIT, (int32_t)field, 0}, 2, KIND_BYTES);
}

static Kind read_two(Reader *reader, Op op)
{
    return two_strings(reader, ')') ? emit(reader, (Step){.op = op}, 2, KIND_BYTES) : KIND_NOTHING;
}

/* A pattern is known when it is read. */
static Kind read_match(Reader *reader)
{
    const Token *now = &reader->lexer.now;
    const bool is_text = now->kind == TOKEN_BYTES && reader->lexer.text[now->at] == '\'';
    g_autofree char *why = NULL;
    size_t at = 0;
    Regex *pattern;
    Step step = {.op = OP_MATCH, .a = (int32_t)reader->patterns->len};

    if (!is_text)
        return reader_expected(reader, "a regular expression in ' '");
    pattern = berth_regex_new((BerthBytes){now->bytes->data, now->bytes->len}, &why, &at);
    if (!pattern)
        return reader_fail(reader, now->at + 1 + at, "in the regular expression: %s", why);
    g_ptr_array_add(reader->patterns, pattern);
    lexer_next(&reader->lexer);
    if (!reader_sign(reader, ',') || !bytes_and(reader, ')'))
        return KIND_NOTHING;
    return emit(reader, step, 1, KIND_BOOL);
}

static Kind read_ifelse(Reader *reader)
{
    unsigned otherwise, end;

    if (!part(reader, KIND_BOOL) || !reader_sign(reader, ','))
        return KIND_NOTHING;
    otherwise = reader_emit(reader, (Step){.op = OP_BRANCH}, 1, 0);
    if (!bytes_and(reader, ','))
        return KIND_NOTHING;
    end = reader_emit(reader, (Step){.op = OP_JUMP}, 1, 0);
    land(reader, otherwise);
    if (!bytes_and(reader, ')'))
        return KIND_NOTHING;
    land(reader, end);
    return KIND_BYTES;
}

static Kind read_concat(Reader *reader)
{
    return read_two(reader, OP_CONCAT);
}

static Kind read_hexstring(Reader *reader)
{
    return read_two(reader, OP_HEXSTRING);
}

typedef struct Function {
    const char *name;
    Kind (*read)(Reader *reader); /* NULL: of one string, by `step` */
    Step step;
} Function;

/* clang-format off */
static const Function functions[] = {
    {"substring",    read_substring, {0}},
    {"split",        read_split,     {0}},
    {"concat",       read_concat,    {0}},
    {"hexstring",    read_hexstring, {0}},
    {"ifelse",       read_ifelse,    {0}},
    {"sifelse",      read_ifelse,    {0}},
    {"match",        read_match,     {0}},
    {"lcase",        NULL,           {.op = OP_LCASE}},
    {"ucase",        NULL,           {.op = OP_UCASE}},
    {"addrtotext",   NULL,           {.op = OP_ADDRTOTEXT}},
    {"int8totext",   NULL,           {.op = OP_INTTOTEXT,  .a = 1}},
    {"int16totext",  NULL,           {.op = OP_INTTOTEXT,  .a = 2}},
    {"int32totext",  NULL,           {.op = OP_INTTOTEXT,  .a = 4}},
    {"uint8totext",  NULL,           {.op = OP_UINTTOTEXT, .a = 1}},
    {"uint16totext", NULL,           {.op = OP_UINTTOTEXT, .a = 2}},
    {"uint32totext", NULL,           {.op = OP_UINTTOTEXT, .a = 4}},
};
/* clang-format on */

static const Function *find_function(const Reader *reader)
{
    for (size_t i = 0; i < G_N_ELEMENTS(functions); i++)
        if (lexer_is_word(&reader->lexer, functions[i].name))
            return &functions[i];
    return NULL;
}

static Kind read_function(Reader *reader, const Function *function)
{
    lexer_next(&reader->lexer);
    if (!reader_sign(reader, '('))
        return KIND_NOTHING;
    if (function->read)
        return function->read(reader);
    return bytes_and(reader, ')') ? emit(reader, function->step, 1, KIND_BYTES) : KIND_NOTHING;
}

/* ---- members ---- */

static Kind ask_member(Reader *reader, size_t at, const void *name, size_t len)
{
    const int32_t constant = reader_constant(reader, name, len);
    const char *text = (const char *)g_array_index(reader->constants, BerthBytes, constant).data;
    const BerthExprNames *names = reader->names;
    unsigned number = 0;

    if (names->class_of && !names->class_of(names->to, text, &number))
        return reader_fail(reader, at, "no class \"%s\" is defined before this one", text);
    return emit(reader, (Step){OP_MEMBER, constant, (int32_t)number}, 0, KIND_BOOL);
}

static Kind read_member(Reader *reader)
{
    const size_t at = reader->lexer.now.at;
    const GByteArray *name = reader->lexer.now.bytes;

    if (reader->lexer.now.kind != TOKEN_BYTES || name->len == 0 || memchr(name->data, 0, name->len))
        return reader_expected(reader, "the name of a class in ' '");
    if (!ask_member(reader, at, name->data, name->len))
        return KIND_NOTHING;
    lexer_next(&reader->lexer);
    return reader_sign(reader, ')') ? KIND_BOOL : KIND_NOTHING;
}

/* ---- operators ---- */

static Kind read_literal(Reader *reader)
{
    const Token *now = &reader->lexer.now;
    const uint32_t number = htobe32((uint32_t)now->number);
    int32_t constant;

    if (now->kind == TOKEN_NUMBER && (now->number < INT32_MIN || now->number > UINT32_MAX))
        return reader_fail(reader, now->at, "expected a number from %d to %u", INT32_MIN,
                           UINT32_MAX);
    if (now->kind == TOKEN_NUMBER)
        constant = reader_constant(reader, &number, sizeof(number));
    else
        constant = reader_constant(reader, now->bytes->data, now->bytes->len);
    lexer_next(&reader->lexer);
    return emit(reader, (Step){OP_CONST, constant, 0}, 0, KIND_BYTES);
}

static Kind read_inside(Reader *reader)
{
    const Kind kind = read_or(reader);

    return kind && reader_sign(reader, ')') ? kind : KIND_NOTHING;
}

static Kind read_word(Reader *reader)
{
    const Function *function = find_function(reader);
    const size_t at = reader->lexer.now.at;

    if (function)
        return read_function(reader, function);
    if (reader_is_access(reader))
        return reader_access(reader);
    if (reader_has_word(reader, "member"))
        return reader_sign(reader, '(') ? read_member(reader) : KIND_NOTHING;
    if (reader_has_word(reader, "known"))
        return ask_member(reader, at, "KNOWN", strlen("KNOWN"));
    if (reader_has_word(reader, "unknown"))
        return ask_member(reader, at, "UNKNOWN", strlen("UNKNOWN"));
    return reader_expected(reader, "a value");
}

static Kind read_one(Reader *reader)
{
    const TokenKind kind = reader->lexer.now.kind;

    if (kind == TOKEN_BYTES || kind == TOKEN_NUMBER)
        return read_literal(reader);
    if (reader_has_sign(reader, '('))
        return read_inside(reader);
    return kind == TOKEN_WORD ? read_word(reader) : reader_expected(reader, "a value");
}

static Kind read_sum(Reader *reader)
{
    Kind kind = read_one(reader);

    while (kind == KIND_BYTES && reader_has_sign(reader, '+')) {
        const size_t at = reader->lexer.now.at;

        kind = read_one(reader);
        if (kind == KIND_BOOL)
            return reader_fail(reader, at, "expected a string, not a condition");
        if (kind == KIND_BYTES)
            kind = emit(reader, (Step){.op = OP_CONCAT}, 2, KIND_BYTES);
    }
    return kind;
}

static Kind read_equal(Reader *reader)
{
    Kind kind = read_sum(reader);
    size_t at;

    if (kind != KIND_BYTES || !reader_has_sign(reader, '='))
        return kind;
    at = reader->lexer.now.at;
    kind = read_sum(reader);
    if (kind == KIND_BOOL)
        return reader_fail(reader, at, "expected a string, not a condition");
    return kind ? emit(reader, (Step){.op = OP_EQUAL}, 2, KIND_BOOL) : KIND_NOTHING;
}

/* A string where a condition has to be; `at` is where it begins. */
static Kind must_be_bool(Reader *reader, Kind kind, size_t at)
{
    return kind == KIND_BYTES
               ? reader_fail(reader, at, "expected a condition, not a string; compare it with ==")
               : kind;
}

static Kind read_not(Reader *reader)
{
    unsigned times = 0;
    size_t at = reader->lexer.now.at;
    Kind kind;

    for (; reader_has_word(reader, "not"); times++)
        at = reader->lexer.now.at;
    kind = read_equal(reader);
    if (times > 0)
        kind = must_be_bool(reader, kind, at);
    return times % 2 == 1 && kind ? emit(reader, (Step){.op = OP_NOT}, 1, kind) : kind;
}

typedef struct Join {
    Op op;
    const char *word, *also;
    Kind (*part)(Reader *reader);
} Join;

static Kind read_joined(Reader *reader, const Join *join)
{
    const size_t first_at = reader->lexer.now.at;
    Kind kind = join->part(reader);

    while (kind && (reader_has_word(reader, join->word) || reader_has_word(reader, join->also))) {
        const unsigned jump = reader_emit(reader, (Step){.op = join->op}, 1, 0);
        const size_t at = reader->lexer.now.at;

        if (!must_be_bool(reader, kind, first_at))
            return KIND_NOTHING;
        kind = must_be_bool(reader, join->part(reader), at);
        land(reader, jump);
    }
    return kind;
}

static Kind read_and(Reader *reader)
{
    static const Join join = {OP_AND, "and", "sand", read_not};

    return read_joined(reader, &join);
}

static Kind read_or(Reader *reader)
{
    static const Join join = {OP_OR, "or", "sor", read_and};
    Kind kind;

    if (reader->nested >= BERTH_EXPR_NESTED_MAX)
        return reader_fail(reader, reader->lexer.now.at, "nested deeper than %d",
                           BERTH_EXPR_NESTED_MAX);
    reader->nested++;
    kind = read_joined(reader, &join);
    reader->nested--;
    return reader->failed ? KIND_NOTHING : kind;
}

/* ---- all of it ---- */

static BerthExpr *finish(Reader *reader, BerthExprType type)
{
    BerthExpr *expr = g_new0(BerthExpr, 1);

    expr->family = reader->names->family;
    expr->type = type;
    expr->stack = reader->most_stack;
    expr->n_steps = reader->steps->len;
    expr->n_constants = reader->constants->len;
    expr->n_accesses = reader->accesses->len;
    expr->steps = (Step *)(void *)g_array_free(reader->steps, FALSE);
    expr->constants = (BerthBytes *)(void *)g_array_free(reader->constants, FALSE);
    expr->n_patterns = reader->patterns->len;
    expr->patterns = (Regex **)(void *)g_ptr_array_free(reader->patterns, FALSE);
    expr->accesses = (Access *)(void *)g_array_free(reader->accesses, FALSE);
    return expr;
}

static bool read_all(Reader *reader, BerthExprType type)
{
    const Kind wanted = type == BERTH_EXPR_BOOL ? KIND_BOOL : KIND_BYTES;

    if (!part(reader, wanted))
        return false;
    return reader->lexer.now.kind == TOKEN_END ||
           reader_expected(reader, wanted == KIND_BOOL ? "and, or, or the end" : "+ or the end");
}

BerthExpr *berth_expr_read(const BerthExprNames *names, BerthExprType type, const char *text,
                           GError **error)
{
    Reader reader = {.names = names, .error = error};
    BerthExpr *expr;
    bool good;

    if (strlen(text) > BERTH_EXPR_TEXT_MAX) {
        berth_fail(error, -EINVAL, "the expression is longer than %u bytes", BERTH_EXPR_TEXT_MAX);
        return NULL;
    }
    reader.steps = g_array_new(FALSE, TRUE, sizeof(Step));
    reader.constants = g_array_new(FALSE, TRUE, sizeof(BerthBytes));
    reader.accesses = g_array_new(FALSE, TRUE, sizeof(Access));
    reader.patterns = g_ptr_array_new();
    lexer_init(&reader.lexer, text);
    good = read_all(&reader, type) && !reader.failed;
    lexer_clear(&reader.lexer);
    expr = finish(&reader, type);
    if (good)
        return expr;
    berth_expr_free(expr);
    return NULL;
}

BerthExpr *berth_expr_new(int family, BerthExprType type, const char *text, GError **error)
{
    const BerthExprNames names = {.family = family};

    return berth_expr_read(&names, type, text, error);
}

BerthExprType berth_expr_type(const BerthExpr *expr)
{
    return expr->type;
}

void berth_expr_free(BerthExpr *expr)
{
    if (!expr)
        return;
    for (unsigned i = 0; i < expr->n_constants; i++)
        g_free((void *)expr->constants[i].data);
    for (unsigned i = 0; i < expr->n_patterns; i++)
        berth_regex_free(expr->patterns[i]);
    g_free(expr->patterns);
    g_free(expr->steps);
    g_free(expr->constants);
    g_free(expr->accesses);
    g_free(expr);
}
