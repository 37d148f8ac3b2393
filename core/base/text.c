/* text - values as people read them: bytes as hex (berth/types.h), a client's bytes made harmless
 * (berth/plugin.h), a point in time (berth/world.h). Addresses are in addr.c. */
#include <berth/plugin.h>
#include <errno.h>
#include <time.h>

#define USEC_PER_SEC 1000000

static const char digits[] = "0123456789abcdef";

const char *berth_hex_text(BerthBytes bytes, char separator, char *buffer, size_t size)
{
    char *at = buffer;
    size_t fit;

    if (size == 0)
        return buffer;
    /* Whole bytes, with a NUL in place of the separator that the last one has not. */
    fit = separator ? size / 3 : (size - 1) / 2;
    fit = MIN(fit, bytes.len);
    for (size_t i = 0; i < fit; i++) {
        at[0] = digits[bytes.data[i] >> 4];
        at[1] = digits[bytes.data[i] & 15];
        at[2] = separator;
        at += separator ? 3 : 2;
    }
    if (separator && fit > 0)
        at--;
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
static void parse_run(const char *text, size_t n, uint8_t *ret)
{
    for (size_t i = 0, at = n & 1; i < n; i++, at++) {
        uint8_t value = (uint8_t)g_ascii_xdigit_value(text[i]);

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

const char *berth_escape(BerthBytes bytes, char *buffer, size_t size)
{
    char *at = buffer;

    if (size == 0)
        return buffer;
    for (size_t i = 0; i < bytes.len; i++) {
        uint8_t c = bytes.data[i];
        /* The backslash too, or a client could write an escape of its own. */
        bool plain = g_ascii_isprint((char)c) && c != '\\';

        if (size - (size_t)(at - buffer) < (plain ? 2u : 5u))
            break;
        if (plain) {
            *at++ = (char)c;
            continue;
        }
        *at++ = '\\';
        *at++ = 'x';
        *at++ = digits[c >> 4];
        *at++ = digits[c & 15];
    }
    *at = 0;
    return buffer;
}

const char *berth_time_text(int64_t wall_usec, char *buffer)
{
    int64_t usec = wall_usec % USEC_PER_SEC;
    time_t seconds = wall_usec / USEC_PER_SEC;
    struct tm tm = {0};

    if (usec < 0) {
        usec += USEC_PER_SEC;
        seconds--;
    }
    localtime_r(&seconds, &tm);
    g_snprintf(buffer, BERTH_TIME_TEXT, "%04d-%02d-%02d %02d:%02d:%02d.%06d", tm.tm_year + 1900,
               tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec, (int)usec);
    return buffer;
}

const char *berth_uuid_text(const uint8_t random[16], char *buffer)
{
    char *at = buffer;
    uint8_t b[16];

    memcpy(b, random, sizeof(b));
    b[6] = (uint8_t)((b[6] & 0x0f) | 0x40);
    b[8] = (uint8_t)((b[8] & 0x3f) | 0x80);
    for (size_t i = 0; i < sizeof(b); i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10)
            *at++ = '-';
        *at++ = digits[b[i] >> 4];
        *at++ = digits[b[i] & 15];
    }
    *at = 0;
    return buffer;
}
