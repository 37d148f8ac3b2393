/* eval - the machine that runs a program: a stack of values, and jumps forward. */
#include "core/expr/program.h"

#include <errno.h>
#include <stdio.h>

typedef struct Machine {
    const BerthExpr *expr;
    const BerthExprSubject *subject;
    BerthWriter *scratch;
    BerthExprValue *top; /* of the stack; before it begins when that is empty */
    bool failed;
} Machine;

static void push(Machine *machine, BerthBytes bytes, bool truth)
{
    *++machine->top = (BerthExprValue){bytes, truth};
}

static BerthBytes pop(Machine *machine)
{
    return (machine->top--)->bytes;
}

/* What is made of other strings; NULL when it has no room. */
static uint8_t *make(Machine *machine, size_t len, BerthBytes *ret)
{
    uint8_t *at = berth_write_room(machine->scratch, len);

    *ret = (BerthBytes){at, at ? len : 0};
    return at;
}

/* ---- functions ---- */

static void concat(Machine *machine)
{
    const BerthBytes b = pop(machine), a = pop(machine);
    BerthBytes both;
    uint8_t *at = make(machine, a.len + b.len, &both);

    if (at && a.len > 0)
        memcpy(at, a.data, a.len);
    if (at && b.len > 0)
        memcpy(at + a.len, b.data, b.len);
    push(machine, both, false);
}

/* Kea's rules: a start beyond either end gives nothing; a negative one counts from the end, a
 * negative length takes what is before the start. */
static BerthBytes substring(BerthBytes of, int64_t start, int64_t len)
{
    const int64_t whole = (int64_t)of.len;

    if (start < -whole || start >= whole)
        return (BerthBytes){NULL, 0};
    if (start < 0)
        start += whole;
    if (len < 0) {
        len = MIN(-len, start);
        start -= len;
    }
    return (BerthBytes){of.data + start, (size_t)MIN(len, whole - start)};
}

static BerthBytes split(BerthBytes of, BerthBytes delimiters, int32_t field)
{
    size_t from = 0;

    if (delimiters.len == 0)
        return of;
    for (size_t i = 0; field > 0 && i <= of.len; i++) {
        if (i < of.len && !memchr(delimiters.data, of.data[i], delimiters.len))
            continue;
        if (--field == 0)
            return (BerthBytes){of.data ? of.data + from : NULL, i - from};
        from = i + 1;
    }
    return (BerthBytes){NULL, 0};
}

static void change_case(Machine *machine, bool up)
{
    const BerthBytes of = pop(machine);
    BerthBytes made;
    uint8_t *at = make(machine, of.len, &made);

    for (size_t i = 0; at && i < of.len; i++)
        at[i] =
            (uint8_t)(up ? g_ascii_toupper((char)of.data[i]) : g_ascii_tolower((char)of.data[i]));
    push(machine, made, false);
}

static void hexstring(Machine *machine)
{
    static const char digits[] = "0123456789abcdef";
    const BerthBytes separator = pop(machine), of = pop(machine);
    const size_t len = of.len > 0 ? 2 * of.len + separator.len * (of.len - 1) : 0;
    BerthBytes made;
    uint8_t *at = make(machine, len, &made);

    for (size_t i = 0; at && i < of.len; i++) {
        if (i > 0 && separator.len > 0)
            at = (uint8_t *)memcpy(at, separator.data, separator.len) + separator.len;
        *at++ = (uint8_t)digits[of.data[i] >> 4];
        *at++ = (uint8_t)digits[of.data[i] & 15];
    }
    push(machine, made, false);
}

static void push_text(Machine *machine, const char *text)
{
    const BerthBytes of = berth_bytes(text);
    BerthBytes made;
    uint8_t *at = make(machine, of.len, &made);

    if (at && of.len > 0)
        memcpy(at, of.data, of.len);
    push(machine, made, false);
}

static void addrtotext(Machine *machine)
{
    const BerthBytes of = pop(machine);
    BerthAddr addr = of.len == 4 ? BERTH_ADDR4_ANY : BERTH_ADDR6_ANY;
    char text[BERTH_ADDR_TEXT] = "", mapped[BERTH_ADDR_TEXT + 8];

    if (of.len == 4)
        memcpy(addr.b + 12, of.data, 4);
    else if (of.len == sizeof(addr.b))
        memcpy(addr.b, of.data, sizeof(addr.b));
    else
        machine->failed |= of.len > 0;
    if (of.len == 0 || machine->failed) {
        push_text(machine, "");
        return;
    }
    berth_addr_text(addr, text);
    /* 16 bytes with an IPv4 address in them stay what they are. */
    g_snprintf(mapped, sizeof(mapped), "%s%s", of.len > 4 && berth_addr_is4(addr) ? "::ffff:" : "",
               text);
    push_text(machine, mapped);
}

static void number_to_text(Machine *machine, int32_t size, bool is_signed)
{
    const BerthBytes of = pop(machine);
    const unsigned shift = 32 - 8 * (unsigned)size;
    char text[16] = "";
    uint32_t value = 0;

    if (of.len > 0 && of.len != (size_t)size)
        machine->failed = true;
    for (size_t i = 0; i < of.len && !machine->failed; i++)
        value = value << 8 | of.data[i];
    if (of.len > 0 && is_signed)
        snprintf(text, sizeof(text), "%d", (int32_t)(value << shift) >> shift);
    else if (of.len > 0)
        snprintf(text, sizeof(text), "%u", value);
    push_text(machine, text);
}

/* ---- steps ---- */

static void fetch(Machine *machine, const Step *step)
{
    BerthBytes bytes = {0};
    const bool found = berth_expr_fetch(&machine->expr->accesses[step->a], machine->subject,
                                        machine->scratch, &bytes);

    push(machine, found ? bytes : (BerthBytes){NULL, 0}, found);
}

static bool is_member(const Machine *machine, const Step *step)
{
    const BerthExprSubject *subject = machine->subject;
    const char *name = (const char *)machine->expr->constants[step->a].data;

    return subject->is_member && subject->is_member(subject->data, name, (unsigned)step->b);
}

static void equal(Machine *machine)
{
    const BerthBytes b = pop(machine), a = pop(machine);

    push(machine, (BerthBytes){NULL, 0}, berth_bytes_equal(a, b));
}

static void match(Machine *machine, const Step *step)
{
    const BerthBytes of = pop(machine);
    const int r = berth_regex_matches(machine->expr->patterns[step->a], of);

    machine->failed |= r < 0;
    push(machine, (BerthBytes){NULL, 0}, r > 0);
}

static void run_string(Machine *machine, const Step *step)
{
    BerthBytes second;

    switch (step->op) {
    case OP_CONCAT:
        concat(machine);
        break;
    case OP_SUBSTRING:
        machine->top->bytes = substring(machine->top->bytes, step->a, step->b);
        break;
    case OP_REST:
        machine->top->bytes = substring(machine->top->bytes, step->a, INT64_MAX);
        break;
    case OP_SPLIT:
        second = pop(machine);
        machine->top->bytes = split(machine->top->bytes, second, step->a);
        break;
    case OP_LCASE:
    case OP_UCASE:
        change_case(machine, step->op == OP_UCASE);
        break;
    case OP_HEXSTRING:
        hexstring(machine);
        break;
    case OP_ADDRTOTEXT:
        addrtotext(machine);
        break;
    default:
        number_to_text(machine, step->a, step->op == OP_INTTOTEXT);
    }
}

/* The step after this one. */
static unsigned run_step(Machine *machine, unsigned at)
{
    const Step *step = &machine->expr->steps[at];
    const BerthBytes nothing = {NULL, 0};

    switch (step->op) {
    case OP_CONST:
        push(machine, machine->expr->constants[step->a], false);
        break;
    case OP_FETCH:
    case OP_EXISTS:
        fetch(machine, step);
        break;
    case OP_MEMBER:
        push(machine, nothing, is_member(machine, step));
        break;
    case OP_EQUAL:
        equal(machine);
        break;
    case OP_MATCH:
        match(machine, step);
        break;
    case OP_NOT:
        machine->top->truth = !machine->top->truth;
        break;
    case OP_AND:
    case OP_OR:
        if (machine->top->truth == (step->op == OP_OR))
            return (unsigned)step->a;
        machine->top--;
        break;
    case OP_BRANCH:
        return (machine->top--)->truth ? at + 1 : (unsigned)step->a;
    case OP_JUMP:
        return (unsigned)step->a;
    default:
        run_string(machine, step);
    }
    return at + 1;
}

/* Room for the values, and one below the first. */
static BerthExprValue *make_stack(const BerthExpr *expr, BerthWriter *scratch)
{
    const size_t align = _Alignof(BerthExprValue);

    if (!berth_write_room(scratch, align - (uintptr_t)scratch->at % align))
        return NULL;
    return (BerthExprValue *)(void *)berth_write_room(scratch,
                                                      (expr->stack + 1) * sizeof(BerthExprValue));
}

int berth_expr_eval(const BerthExpr *expr, const BerthExprSubject *subject, BerthWriter *scratch,
                    BerthExprValue *ret)
{
    Machine machine = {expr, subject, scratch, make_stack(expr, scratch), false};

    if (expr->family != subject->family || !machine.top)
        return -EINVAL;
    for (unsigned at = 0; at < expr->n_steps && !machine.failed && !scratch->full;)
        at = run_step(&machine, at);
    if (machine.failed || scratch->full)
        return -EINVAL;
    *ret = *machine.top;
    return 0;
}
