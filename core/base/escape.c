/* escape - client bytes made harmless for logs and answers; declared in berth/plugin.h. */
#include <berth/plugin.h>

const char *berth_escape(BerthBytes bytes, char *buffer, size_t size)
{
    static const char digits[] = "0123456789abcdef";
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
