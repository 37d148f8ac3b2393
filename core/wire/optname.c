/* optname - domain names in options: RFC 1035 section 3.1, compressed ones as RFC 3397 allows. */
#include "core/wire/optfield.h"

#include <errno.h>

#define LABEL_MAX 63
#define NAME_MAX_WIRE 255

static bool is_label_text(const char *label, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (!g_ascii_isgraph(label[i]) || strchr(".,\\|", label[i]))
            return false;
    return len >= 1 && len <= LABEL_MAX;
}

int berth_optname_write(GByteArray *out, const char *text)
{
    guint start = out->len;

    if (strcmp(text, ".") == 0)
        text = "";
    else if (!*text)
        return -EINVAL;
    while (*text) {
        size_t len = strcspn(text, ".");

        if (!is_label_text(text, len) || out->len - start + len + 2 > NAME_MAX_WIRE)
            return -EINVAL;
        berth_opt_append(out, len, 1);
        g_byte_array_append(out, (const guint8 *)text, (guint)len);
        text += len;
        if (*text == '.')
            text++;
    }
    berth_opt_append(out, 0, 1);
    return 0;
}

/* Follows a pointer: the offset counts from the start of the option. Each must point before the
 * last, so that there is no loop. */
static bool follow(BerthReader *at, uint8_t high, BerthBytes all, size_t *lowest)
{
    size_t target = (size_t)(high & 0x3f) << 8 | berth_read_u8(at);

    if (at->failed || target >= *lowest)
        return false;
    *lowest = target;
    *at = berth_reader(all);
    berth_read(at, target);
    return true;
}

bool berth_optname_read(BerthReader *r, BerthBytes all, GString *ret)
{
    BerthReader at = *r;
    size_t lowest = (size_t)(r->at - all.data), len = 0;
    bool jumped = false;

    for (;;) {
        uint8_t n = berth_read_u8(&at);
        BerthBytes label;

        if (n > LABEL_MAX) {
            if (!jumped && berth_reader_left(&at) > 0)
                *r = (BerthReader){at.at + 1, at.end, false};
            jumped = true;
            if (n < 0xc0 || !follow(&at, n, all, &lowest))
                return false;
            continue;
        }
        label = berth_read(&at, n);
        len += n + 1u;
        if (at.failed || len > NAME_MAX_WIRE)
            return false;
        if (n == 0)
            break;
        if (!is_label_text((const char *)label.data, n))
            return false;
        g_string_append_len(ret, (const char *)label.data, n);
        g_string_append_c(ret, '.');
    }
    if (len == 1)
        g_string_append_c(ret, '.');
    if (!jumped)
        *r = at;
    return true;
}
