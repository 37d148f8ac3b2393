/* expr - Kea's expressions over a query: read once into a flat program, run for each packet.
 *
 * Everything is a string of bytes; numbers are 4 bytes, big endian; what is absent is empty. A
 * condition is true or false and is told apart from a string when it is read. A program has jumps
 * forward only, so it takes at most as many steps as it is long, and what it makes lies in a
 * scratch of fixed size: no packet makes it allocate or run away. Who is a member of what, and what
 * is done with the answer, is left to others. */
#pragma once

#include "core/base/bytes.h"
#include "core/wire/msg4.h"
#include "core/wire/msg6.h"
#include "core/wire/opttype.h"
#include <berth/expr.h>

#define BERTH_EXPR_TEXT_MAX (64u << 10) /* bytes of text */
#define BERTH_EXPR_NESTED_MAX 100       /* parentheses, functions, `not`, one in another */
#define BERTH_EXPR_STEPS_MAX 8192
#define BERTH_EXPR_STACK_MAX 128
#define BERTH_EXPR_SCRATCH (16u << 10) /* bytes that one evaluation may make */

/* Where names come from while an expression is read. Functions that are NULL: the standard options,
 * any class. */
typedef struct BerthExprNames {
    int family; /* 4 or 6 */
    const void *data;
    const BerthOptDef *(*option)(const void *data, const char *space, uint16_t code);
    const BerthOptDef *(*option_name)(const void *data, const char *space, const char *name);
    /* Whether a class of that name can be asked for; and the number it is known by. */
    bool (*class_of)(void *to, const char *name, unsigned *ret_number);
    void *to;
} BerthExprNames;

/* What an expression is asked about. */
typedef struct BerthExprSubject {
    int family;
    const BerthMsg4 *msg4; /* the one of the family */
    const BerthMsg6 *msg6;
    BerthAddr src, dst;
    size_t len;
    const char *iface;
    bool lenient; /* a vendor class that runs over ends with its option */
    const void *data;
    bool (*is_member)(const void *data, const char *name, unsigned number);
} BerthExprSubject;

/* Of a condition `truth`, else `bytes`, which lie in the message, the program or the scratch. */
typedef struct BerthExprValue {
    BerthBytes bytes;
    bool truth;
} BerthExprValue;

/* NULL with an error that tells the column and what was expected. */
BerthExpr *berth_expr_read(const BerthExprNames *names, BerthExprType type, const char *text,
                           GError **error);
/* -EINVAL: a value has no length that a function takes, or no room in `scratch`. Kea's classes do
 * not hold then. */
int berth_expr_eval(const BerthExpr *expr, const BerthExprSubject *subject, BerthWriter *scratch,
                    BerthExprValue *ret);
/* Whether it is `what == constant` as a whole. `ret_left` gets bytes that are the same for the same
 * `what`, and berth_expr_eval_left finds that. */
bool berth_expr_is_case(const BerthExpr *expr, GByteArray *ret_left, BerthBytes *ret_value);
int berth_expr_eval_left(const BerthExpr *expr, const BerthExprSubject *subject,
                         BerthWriter *scratch, BerthBytes *ret);
BerthExprType berth_expr_type(const BerthExpr *expr);
