/* fuzz_expr - any text as an expression, of either family and either type: it is refused with a
 * column, or a program that runs over a query, the same way twice. */
#include "core/expr/expr.h"
#include "tests/fuzz/fuzz.h"

#define ARENA (64u << 10)

static const uint8_t options4[] = {53,  1, 1, 60, 3,  'P', 'X', 'E', 82, 4,   1,  2, 'g', '1',
                                   125, 8, 0, 0,  17, 139, 3,   1,   1,  'm', 12, 1, 'h', 255};
static const uint8_t query6[] = {1, 0,  0, 1, 0, 1, 0,  3,   0, 1, 2,
                                 0, 16, 0, 7, 0, 0, 17, 139, 0, 1, 'a'};

static void evaluate(const BerthExpr *expr, const BerthExprSubject *subject)
{
    uint8_t made[2][BERTH_EXPR_SCRATCH];
    BerthExprValue values[2] = {0};
    int r[2];

    for (unsigned i = 0; i < 2; i++) {
        BerthWriter scratch = berth_writer(made[i], sizeof(made[i]));

        r[i] = berth_expr_eval(expr, subject, &scratch, &values[i]);
    }
    if (r[0] != r[1] || values[0].truth != values[1].truth ||
        !berth_bytes_equal(values[0].bytes, values[1].bytes))
        g_error("it gives now this, now that");
}

static void read_as(const BerthExprSubject *subject, BerthExprType type, const char *text)
{
    g_autoptr(GError) error = NULL;
    BerthExpr *expr = berth_expr_new(subject->family, type, text, &error);

    if (!expr && !error)
        g_error("refused without a reason");
    if (error && !g_str_has_prefix(error->message, "column ") &&
        !g_str_has_prefix(error->message, "the expression is longer"))
        g_error("refused without a place: %s", error->message);
    if (expr)
        evaluate(expr, subject);
    berth_expr_free(expr);
}

static void set_query4(uint8_t message[BERTH_MSG4_HEADER + sizeof(options4)])
{
    BerthWire4 head = {.op = 1, .htype = 1, .hlen = 6, .cookie = htobe32(BERTH_COOKIE4)};

    memcpy(message, &head, sizeof(head));
    memcpy(message + sizeof(head), options4, sizeof(options4));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    g_autofree char *text = g_strndup(len > 0 ? (const char *)data : "", len);
    uint8_t message[BERTH_MSG4_HEADER + sizeof(options4)];
    BerthMsg4 *msg4 = g_new0(BerthMsg4, 1);
    BerthMsg6 *msg6 = g_new0(BerthMsg6, 1);
    BerthArena arena;

    berth_arena_init(&arena, ARENA);
    set_query4(message);
    if (berth_msg4_parse(msg4, (BerthBytes){message, sizeof(message)}, 1, &arena) != 0 ||
        berth_msg6_parse(msg6, (BerthBytes){query6, sizeof(query6)}, &arena) != 0)
        g_error("its own query is none");
    for (int family = 4; family <= 6; family += 2) {
        const BerthExprSubject subject = {
            .family = family, .msg4 = msg4, .msg6 = msg6, .iface = "eth0"};

        read_as(&subject, BERTH_EXPR_BOOL, text);
        read_as(&subject, BERTH_EXPR_BYTES, text);
    }
    berth_arena_clear(&arena);
    g_free(msg4);
    g_free(msg6);
    return 0;
}
