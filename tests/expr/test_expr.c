/* test_expr - runs the rows of expr4.txt and expr6.txt, whose first lines say what the words mean;
 * and what is too long for a row. */
#include "core/expr/expr.h"
#include "tests/lib/rows.h"
#include "tests/wire/vectors.h"

#include <stdlib.h>

#define ARENA (256u << 10)

typedef struct Run {
    const char *file;
    int family;
    BerthArena arena;
    GByteArray *payload;
    BerthMsg4 msg4;
    BerthMsg6 msg6;
    GString *error; /* of the last expression; empty: none */
    bool failed, is_bool;
    BerthExprValue value;
    GByteArray *bytes; /* a copy of the value's */
} Run;

static bool is_member(const void *data, const char *name, unsigned number)
{
    (void)data;
    return (strcmp(name, "foo") == 0 && number == 7) || strcmp(name, "KNOWN") == 0;
}

static bool class_of(void *to, const char *name, unsigned *ret_number)
{
    (void)to;
    *ret_number = strcmp(name, "foo") == 0 ? 7 : 1;
    return strcmp(name, "nobody") != 0;
}

static BerthExprSubject subject_of(const Run *run)
{
    BerthExprSubject subject = {
        .family = run->family,
        .msg4 = &run->msg4,
        .msg6 = &run->msg6,
        .len = run->payload->len,
        .iface = "eth0",
        .is_member = is_member,
    };

    berth_addr_parse(run->family == 6 ? "fe80::1" : "192.0.2.1", &subject.src);
    berth_addr_parse(run->family == 6 ? "ff02::1:2" : "255.255.255.255", &subject.dst);
    return subject;
}

static void decode(Run *run, const Vector *vector)
{
    BerthBytes payload;

    berth_arena_reset(&run->arena);
    g_byte_array_set_size(run->payload, 0);
    CHECK(vector_message(vector, run->payload));
    payload = (BerthBytes){run->payload->data, run->payload->len};
    if (run->family == 6)
        CHECK_INT(berth_msg6_parse(&run->msg6, payload, &run->arena), BERTH_PARSE6_OK);
    else
        CHECK_INT(berth_msg4_parse(&run->msg4, payload, BERTH_BOOTREQUEST, &run->arena),
                  BERTH_PARSE4_OK);
}

static void evaluate(Run *run, BerthExprType type, const char *text)
{
    const BerthExprNames names = {.family = run->family, .class_of = class_of};
    const BerthExprSubject subject = subject_of(run);
    uint8_t made[BERTH_EXPR_SCRATCH];
    BerthWriter scratch = berth_writer(made, sizeof(made));
    g_autoptr(GError) error = NULL;
    BerthExpr *expr = berth_expr_read(&names, type, text, &error);

    g_string_assign(run->error, error ? error->message : "");
    g_byte_array_set_size(run->bytes, 0);
    run->is_bool = type == BERTH_EXPR_BOOL;
    CHECK((expr != NULL) == (error == NULL));
    run->failed = expr && berth_expr_eval(expr, &subject, &scratch, &run->value) < 0;
    if (expr && !run->failed && !run->is_bool && run->value.bytes.len > 0)
        g_byte_array_append(run->bytes, run->value.bytes.data, (guint)run->value.bytes.len);
    berth_expr_free(expr);
}

static void compare(const Run *run, const char *want)
{
    g_autoptr(GByteArray) bytes = g_byte_array_new();

    if (g_str_has_prefix(want, "error ")) {
        CHECK_HAS(run->error->str, want + strlen("error "));
        CHECK(run->error->len > 0);
        return;
    }
    CHECK_TEXT(run->error->str, "");
    CHECK_INT(run->failed, strcmp(want, "fails") == 0);
    if (run->failed)
        return;
    if (run->is_bool)
        CHECK_TEXT(run->value.truth ? "true" : "false", want);
    else if (CHECK(vector_bytes(want, bytes)))
        CHECK_BYTES(((BerthBytes){run->bytes->data, run->bytes->len}),
                    ((BerthBytes){bytes->data, bytes->len}));
}

static void run_line(Run *run, const Vector *vector)
{
    berth_row("%s:%u", run->file, vector->line);
    if (vector_is_message(vector))
        decode(run, vector);
    else if (strcmp(vector->word, "expr") == 0)
        evaluate(run, BERTH_EXPR_BOOL, vector->text);
    else if (strcmp(vector->word, "string") == 0)
        evaluate(run, BERTH_EXPR_BYTES, vector->text);
    else if (strcmp(vector->word, "is") == 0)
        compare(run, vector->text);
    else
        CHECK_TEXT(vector->word, "a word that is known");
}

static void run_file(const char *name, int family)
{
    g_autofree char *path = g_build_filename(getenv("BERTH_TEST_DIR"), name, NULL);
    Run *run = g_new0(Run, 1);
    GPtrArray *vectors = vectors_read(path);

    CHECK(vectors != NULL);
    if (!vectors)
        return;
    run->file = name;
    run->family = family;
    run->payload = g_byte_array_new();
    run->bytes = g_byte_array_new();
    run->error = g_string_new(NULL);
    berth_arena_init(&run->arena, ARENA);
    for (unsigned i = 0; i < vectors->len; i++)
        run_line(run, vectors->pdata[i]);
    berth_arena_clear(&run->arena);
    g_byte_array_unref(run->payload);
    g_byte_array_unref(run->bytes);
    g_string_free(run->error, TRUE);
    g_ptr_array_unref(vectors);
    g_free(run);
}

static void test_rows4(void)
{
    run_file("expr4.txt", 4);
}

static void test_rows6(void)
{
    run_file("expr6.txt", 6);
}

/* `n` times `before`, `inside`, `n` times `after`. */
static char *nested(unsigned n, const char *before, const char *inside, const char *after)
{
    GString *text = g_string_new(NULL);

    for (unsigned i = 0; i < n; i++)
        g_string_append(text, before);
    g_string_append(text, inside);
    for (unsigned i = 0; i < n; i++)
        g_string_append(text, after);
    return g_string_free(text, FALSE);
}

/* HI-095: what is nested or long beyond measure is an error. */
static void test_bounds(void)
{
    static const struct {
        const char *name;
        unsigned n;
        const char *before, *inside, *after, *want;
    } rows[] = {
        {"99 parentheses", 98, "(", "'a' == 'a'", ")", NULL},
        {"10,000 parentheses", 10000, "(", "'a' == 'a'", ")", "column 101: nested deeper than 100"},
        {"10,000 open ones", 10000, "(", "", "", "nested deeper than 100"},
        {"10,000 times not", 10000, "not ", "'a' == 'a'", "", NULL},
        {"90 in one another", 45, "lcase(concat('a', ", "'a'", "))", NULL},
        {"200 in one another", 200, "concat('a', ", "'a'", ")", "nested deeper than 100"},
        {"2,000 terms", 2000, "'a' == 'b' or ", "'a' == 'a'", "", NULL},
        {"5,000 terms", 4000, "'a' == 'b' or ", "'a' == 'a'", "", "is longer than 8192 steps"},
        {"a long text", 70000, " ", "'a' == 'a'", "", "longer than 65536 bytes"},
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *text = nested(rows[i].n, rows[i].before, rows[i].inside, rows[i].after);
        g_autoptr(GError) error = NULL;
        BerthExpr *expr = berth_expr_new(
            4,
            g_str_has_prefix(rows[i].inside, "'a' ==") || !*rows[i].inside ? BERTH_EXPR_BOOL
                                                                           : BERTH_EXPR_BYTES,
            text, &error);

        berth_row("%s", rows[i].name);
        CHECK((expr != NULL) == !rows[i].want);
        if (rows[i].want)
            CHECK_HAS(error ? error->message : "", rows[i].want);
        berth_expr_free(expr);
    }
}

int main(int argc, char **argv)
{
    static const BerthTest tests[] = {
        {"rows4", test_rows4}, {"rows6", test_rows6}, {"bounds", test_bounds}, {0}};

    return berth_tests_main("expr", tests, argc, argv);
}
