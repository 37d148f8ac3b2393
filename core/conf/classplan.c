/* Which classes are tested when: those that ask for KNOWN or UNKNOWN after the others. Tests that
 * compare the same thing with constants are put together, so that a thousand of them cost about
 * what one does. */
#include "core/conf/build.h"
#include "core/expr/expr.h"

/* A case with what it is about. */
typedef struct Found {
    GByteArray *left;
    BerthClassCase as;
    const BerthExpr *expr;
} Found;

static int compare_bytes(BerthBytes a, BerthBytes b)
{
    const size_t len = MIN(a.len, b.len);
    const int order = len > 0 ? memcmp(a.data, b.data, len) : 0;

    return order ? order : (a.len > b.len) - (a.len < b.len);
}

static BerthBytes left_of(const Found *found)
{
    return (BerthBytes){found->left->data, found->left->len};
}

static int compare_found(const void *a, const void *b)
{
    const Found *x = a, *y = b;
    int order = compare_bytes(left_of(x), left_of(y));

    if (order == 0)
        order = compare_bytes(x->as.value, y->as.value);
    return order ? order : (x->as.at > y->as.at) - (x->as.at < y->as.at);
}

static int compare_each(const void *a, const void *b)
{
    const unsigned x = *(const unsigned *)a, y = *(const unsigned *)b;

    return (x > y) - (x < y);
}

static void clear_found(void *found)
{
    g_byte_array_unref(((Found *)found)->left);
}

/* Of the classes of one moment: which are cases, and which stand for themselves. */
static void sort_out(const BerthFamilyConf *family, bool after_known, GArray *each, GArray *cases)
{
    for (unsigned i = 0; i < family->n_classes; i++) {
        const BerthClass *class = &family->classes[i];
        Found found = {.as = {.at = i}, .expr = class->test};

        if (class->additional || class->after_known != after_known ||
            (!class->test && !class->template_test))
            continue;
        found.left = g_byte_array_new();
        if (class->test && berth_expr_is_case(class->test, found.left, &found.as.value)) {
            g_array_append_val(cases, found);
            continue;
        }
        clear_found(&found);
        g_array_append_val(each, i);
    }
}

/* From `from` on, so many are about the same thing. */
static size_t count_same(const GArray *cases, size_t from)
{
    const Found *first = &g_array_index(cases, Found, from);
    size_t n = 1;

    while (from + n < cases->len &&
           compare_bytes(left_of(&g_array_index(cases, Found, from + n)), left_of(first)) == 0)
        n++;
    return n;
}

static BerthClassSwitch make_switch(BerthBuild *build, const GArray *cases, size_t from, size_t n)
{
    BerthClassCase *all = berth_build_array(build, n, sizeof(*all));

    for (size_t i = 0; i < n; i++)
        all[i] = g_array_index(cases, Found, from + i).as;
    return (BerthClassSwitch){g_array_index(cases, Found, from).expr, all, n};
}

static BerthClassPlan make_plan(BerthBuild *build, bool after_known)
{
    GArray *each = g_array_new(FALSE, FALSE, sizeof(unsigned));
    GArray *cases = g_array_new(FALSE, FALSE, sizeof(Found));
    GArray *switches = g_array_new(FALSE, FALSE, sizeof(BerthClassSwitch));
    BerthClassPlan plan;
    size_t n;

    g_array_set_clear_func(cases, clear_found);
    sort_out(build->family, after_known, each, cases);
    g_array_sort(cases, compare_found);
    for (size_t i = 0; i < cases->len; i += n) {
        n = count_same(cases, i);
        if (n == 1) {
            g_array_append_val(each, g_array_index(cases, Found, i).as.at);
            continue;
        }
        BerthClassSwitch one = make_switch(build, cases, i, n);
        g_array_append_val(switches, one);
    }
    g_array_sort(each, compare_each);
    plan = (BerthClassPlan){
        berth_build_copy(build, each->data, each->len, sizeof(unsigned)),
        each->len,
        berth_build_copy(build, switches->data, switches->len, sizeof(BerthClassSwitch)),
        switches->len,
    };
    g_array_unref(each);
    g_array_unref(cases);
    g_array_unref(switches);
    return plan;
}

void berth_build_class_plans(BerthBuild *build)
{
    build->family->first_classes = make_plan(build, false);
    build->family->known_classes = make_plan(build, true);
}

size_t berth_conf_class_cases(const BerthClassSwitch *of, BerthBytes value, size_t *ret_first)
{
    size_t low = 0, high = of->n, n = 0;

    while (low < high) {
        const size_t middle = low + (high - low) / 2;

        if (compare_bytes(of->cases[middle].value, value) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    while (low + n < of->n && berth_bytes_equal(of->cases[low + n].value, value))
        n++;
    *ret_first = low;
    return n;
}
