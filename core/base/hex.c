/* hex - bytes as hexadecimal text and back; declared in berth/types.h. */
#include <berth/types.h>
#include <errno.h>
#include <glib.h>

const char *berth_hex_text(BerthBytes bytes, char separator, char *buffer, size_t size)
{
    static const char digits[] = "0123456789abcdef";
    char *at = buffer;

    if (size == 0)
        return buffer;
    for (size_t i = 0; i < bytes.len; i++) {
        bool separated = separator && i > 0;

        if (size - (size_t)(at - buffer) < 3u + separated)
            break;
        if (separated)
            *at++ = separator;
        *at++ = digits[bytes.data[i] >> 4];
        *at++ = digits[bytes.data[i] & 15];
    }
    *at = 0;
    return buffer;
}

static size_t count_digits(const char *text)
{
    size_t n = 0;

    while (g_ascii_isxdigit(text[n]))
        n++;
    return n;
}

/* `n` digits as (n + 1) / 2 bytes, the first from a single digit when n is odd. */
static void parse_run(const char *digits, size_t n, uint8_t *ret)
{
    for (size_t i = 0, at = n & 1; i < n; i++, at++) {
        uint8_t value = (uint8_t)g_ascii_xdigit_value(digits[i]);

        ret[at / 2] = at & 1 && i > 0 ? (uint8_t)(ret[at / 2] << 4 | value) : value;
    }
}

int berth_hex_parse(const char *text, uint8_t *ret, size_t size)
{
    char separator;
    size_t n, len = 0;

    if (text[0] == '0' && (text[1] == 'x' || text[1] == 'X'))
        text += 2;
    n = count_digits(text);
    separator = text[n];
    if (separator && (n == 0 || n > 2 || !strchr(": -", separator)))
        return -EINVAL;
    for (;; n = count_digits(++text)) {
        if (separator && (n == 0 || n > 2))
            return -EINVAL;
        if ((n + 1) / 2 > size - len)
            return -ENOSPC;
        parse_run(text, n, ret + len);
        len += (n + 1) / 2;
        text += n;
        if (!*text)
            return len <= G_MAXINT ? (int)len : -ENOSPC;
        if (*text != separator)
            return -EINVAL;
    }
}
