/* json_scalar - see json_scalar.h. */
#include "core/conf/json_scalar.h"

#include <errno.h>
#include <glib.h>
#include <math.h>

/* Four hex digits at `at`, or -1. */
static int read_hex4(const char *at, const char *end)
{
    int value = 0;

    if (end - at < 4)
        return -1;
    for (int i = 0; i < 4; i++) {
        if (!g_ascii_isxdigit(at[i]))
            return -1;
        value = value << 4 | g_ascii_xdigit_value(at[i]);
    }
    return value;
}

/* RFC 8259, 7: \uXXXX, or two of them that make a surrogate pair. `at` is behind the 'u'; answers
 * what is wrong or NULL, and moves both pointers. */
static const char *read_unicode(const char **at, const char *end, char **ret)
{
    int unit = read_hex4(*at, end), low;
    gunichar c = (gunichar)unit;

    if (unit < 0)
        return "\\u needs four hex digits";
    if (unit == 0)
        return "a NUL character cannot be in a string";
    *at += 4;
    if (unit >= 0xd800 && unit <= 0xdfff) {
        low = end - *at >= 6 && (*at)[0] == '\\' && (*at)[1] == 'u' ? read_hex4(*at + 2, end) : -1;
        if (unit >= 0xdc00 || low < 0xdc00 || low > 0xdfff)
            return "a surrogate without its other half";
        *at += 6;
        c = 0x10000 + (((gunichar)unit - 0xd800) << 10) + ((gunichar)low - 0xdc00);
    }
    *ret += g_unichar_to_utf8(c, *ret);
    return NULL;
}

const char *berth_json_escape(const char **at, const char *end, char **ret)
{
    static const char names[] = "\"\\/bfnrt", values[] = "\"\\/\b\f\n\r\t";
    const char *name;
    char c = *(*at)++;

    if (c == 'u')
        return read_unicode(at, end, ret);
    name = c ? strchr(names, c) : NULL;
    if (!name)
        return "an unknown escape; a backslash itself is written \\\\";
    *(*ret)++ = values[name - names];
    return NULL;
}

/* RFC 8259, 6: is all of `text` a number, and does it have a fraction or an exponent? Kea's files
 * may leave out the 0 before a point. */
static const char *check_number(const char *text, bool *ret_real)
{
    size_t digits;

    text += *text == '-';
    digits = strspn(text, "0123456789");
    if (digits == 0 && *text != '.')
        return "is not a number";
    if (digits > 1 && *text == '0')
        return "is not a number: leave out the leading zeros";
    text += digits;
    *ret_real = *text != '\0';
    if (*text == '.') {
        digits = strspn(++text, "0123456789");
        if (digits == 0)
            return "is not a number: a digit must follow the point";
        text += digits;
    }
    if (*text == 'e' || *text == 'E') {
        text++;
        text += *text == '-' || *text == '+';
        digits = strspn(text, "0123456789");
        text += digits;
        if (digits == 0)
            return "is not a number: its exponent has no digits";
    }
    return *text ? "is not a number" : NULL;
}

const char *berth_json_number(const char *text, BerthNode *ret)
{
    bool real = false;
    const char *why = check_number(text, &real);

    if (why)
        return why;
    errno = 0;
    if (!real) {
        ret->kind = BERTH_NODE_INT;
        ret->value.integer = g_ascii_strtoll(text, NULL, 10);
        return errno == ERANGE ? "does not fit into 64 bits" : NULL;
    }
    ret->kind = BERTH_NODE_REAL;
    ret->value.real = g_ascii_strtod(text, NULL);
    return isfinite(ret->value.real) ? NULL : "is too large for a number";
}
