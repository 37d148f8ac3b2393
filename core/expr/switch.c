/* switch - many expressions that compare one thing with constants are asked as one: the thing is
 * found once, and looked up among the constants. */
#include "core/expr/program.h"

#include <errno.h>

static void add(GByteArray *to, const void *data, size_t len)
{
    if (len > 0)
        g_byte_array_append(to, data, (guint)len);
}

static void add_constant(GByteArray *to, BerthBytes constant)
{
    add(to, &constant.len, sizeof(constant.len));
    add(to, constant.data, constant.len);
}

static void add_access(GByteArray *to, const Access *access)
{
    add(to, &access->place, sizeof(access->place));
    add(to, &access->n_codes, sizeof(access->n_codes));
    add(to, access->codes, access->n_codes * sizeof(*access->codes));
    add(to, &access->index, sizeof(access->index));
    add(to, &access->enterprise, sizeof(access->enterprise));
    add(to, &access->as_text, sizeof(access->as_text));
    add(to, (const void *)&access->def, sizeof(access->def));
}

static void add_step(GByteArray *to, const BerthExpr *expr, const Step *step)
{
    add(to, &step->op, sizeof(step->op));
    if (step->op == OP_CONST)
        add_constant(to, expr->constants[step->a]);
    else if (step->op == OP_FETCH || step->op == OP_EXISTS)
        add_access(to, &expr->accesses[step->a]);
    else
        add(to, &step->a, sizeof(step->a));
    add(to, &step->b, sizeof(step->b));
}

/* Who is a member of what changes from one class to the next; a part of `and` or `or` is not the
 * whole; a pattern is not compared with others. */
static bool is_plain(const BerthExpr *expr)
{
    const unsigned n = expr->n_steps;

    if (expr->type != BERTH_EXPR_BOOL || n < 3 || expr->steps[n - 1].op != OP_EQUAL ||
        expr->steps[n - 2].op != OP_CONST)
        return false;
    for (unsigned i = 0; i < n - 2; i++)
        if (expr->steps[i].op == OP_MEMBER || expr->steps[i].op == OP_MATCH ||
            expr->steps[i].op == OP_AND || expr->steps[i].op == OP_OR)
            return false;
    return true;
}

bool berth_expr_is_case(const BerthExpr *expr, GByteArray *ret_left, BerthBytes *ret_value)
{
    if (!is_plain(expr))
        return false;
    for (unsigned i = 0; i < expr->n_steps - 2; i++)
        add_step(ret_left, expr, &expr->steps[i]);
    *ret_value = expr->constants[expr->steps[expr->n_steps - 2].a];
    return true;
}

int berth_expr_eval_left(const BerthExpr *expr, const BerthExprSubject *subject,
                         BerthWriter *scratch, BerthBytes *ret)
{
    BerthExpr left = *expr;
    BerthExprValue value;
    int r;

    left.n_steps -= 2;
    r = berth_expr_eval(&left, subject, scratch, &value);
    if (r == 0)
        *ret = value.bytes;
    return r;
}
