/* json - see json.h. On one line it spaces as Kea does: { "a": 1, "b": [ 2, 3 ] }. */
#include "core/base/json.h"

#include <math.h>

typedef struct Level {
    bool list, any; /* any: something was written in it */
} Level;

struct BerthJson {
    GString *out;
    unsigned indent;
    unsigned depth;
    unsigned skipped; /* levels below the deepest one, which are left out */
    Level levels[BERTH_JSON_DEPTH];
};

BerthJson *berth_json_new(GString *out, unsigned indent)
{
    BerthJson *json = g_new0(BerthJson, 1);

    json->out = out;
    json->indent = indent;
    return json;
}

void berth_json_free(BerthJson *json)
{
    g_free(json);
}

static void put_space(BerthJson *json)
{
    if (json->indent == 0) {
        g_string_append_c(json->out, ' ');
        return;
    }
    g_string_append_c(json->out, '\n');
    for (unsigned i = json->indent * json->depth; i > 0; i--)
        g_string_append_c(json->out, ' ');
}

/* One character from the front of `text` and how long it was there. Bytes that are no UTF-8 become
 * the character of their number, as Kea has it, so that the answer stays JSON whatever a client
 * sent. */
static size_t put_char(GString *out, BerthBytes text)
{
    static const char plain[] = "\"\\\b\f\n\r\t", named[] = "\"\\bfnrt";
    uint8_t c = text.data[0];
    const char *at = c ? strchr(plain, c) : NULL;
    gunichar wide;

    if (at) {
        g_string_append_c(out, '\\');
        g_string_append_c(out, named[at - plain]);
        return 1;
    }
    if (c >= 0x20 && c < 0x7f) {
        g_string_append_c(out, (char)c);
        return 1;
    }
    wide = c < 0x80 ? c : g_utf8_get_char_validated((const char *)text.data, (gssize)text.len);
    if (wide < 0xa0 || wide >= (gunichar)-2) {
        g_string_append_printf(out, "\\u%04x", wide < 0xa0 ? wide : c);
        return wide >= 0x80 && wide < 0xa0 ? 2 : 1;
    }
    g_string_append_unichar(out, wide);
    return (size_t)(g_utf8_next_char(text.data) - (const char *)text.data);
}

static void put_text(GString *out, BerthBytes text)
{
    g_string_append_c(out, '"');
    while (text.len > 0) {
        size_t n = put_char(out, text);

        text.data += n;
        text.len -= n;
    }
    g_string_append_c(out, '"');
}

/* Comma, place and key of the next value; false where nothing is written any more. */
static bool begin_value(BerthJson *json, const char *key)
{
    Level *level = json->depth > 0 ? &json->levels[json->depth - 1] : NULL;

    if (json->skipped > 0)
        return false;
    if (!level)
        return true;
    if (level->any)
        g_string_append_c(json->out, ',');
    level->any = true;
    put_space(json);
    if (!level->list) {
        put_text(json->out, berth_bytes(key ? key : ""));
        g_string_append(json->out, ": ");
    }
    return true;
}

static void begin(BerthJson *json, const char *key, bool list)
{
    if (json->skipped > 0 || json->depth == BERTH_JSON_DEPTH) {
        if (begin_value(json, key))
            g_string_append(json->out, "null");
        json->skipped++;
        return;
    }
    begin_value(json, key);
    g_string_append_c(json->out, list ? '[' : '{');
    json->levels[json->depth++] = (Level){.list = list};
}

void berth_json_begin_object(BerthJson *json, const char *key)
{
    begin(json, key, false);
}

void berth_json_begin_list(BerthJson *json, const char *key)
{
    begin(json, key, true);
}

void berth_json_end(BerthJson *json)
{
    const Level *level;

    if (json->skipped > 0) {
        json->skipped--;
        return;
    }
    if (json->depth == 0)
        return;
    level = &json->levels[--json->depth];
    if (level->any)
        put_space(json);
    else
        g_string_append_c(json->out, ' ');
    g_string_append_c(json->out, level->list ? ']' : '}');
}

void berth_json_string(BerthJson *json, const char *key, const char *value)
{
    if (value)
        berth_json_bytes(json, key, berth_bytes(value));
    else if (begin_value(json, key))
        g_string_append(json->out, "null");
}

void berth_json_bytes(BerthJson *json, const char *key, BerthBytes value)
{
    if (begin_value(json, key))
        put_text(json->out, value);
}

void berth_json_int(BerthJson *json, const char *key, int64_t value)
{
    if (begin_value(json, key))
        g_string_append_printf(json->out, "%" G_GINT64_FORMAT, value);
}

void berth_json_uint(BerthJson *json, const char *key, uint64_t value)
{
    if (begin_value(json, key))
        g_string_append_printf(json->out, "%" G_GUINT64_FORMAT, value);
}

void berth_json_u128(BerthJson *json, const char *key, BerthU128 value)
{
    char text[40]; /* 39 digits and its NUL */
    char *at = text + sizeof(text) - 1;

    *at = 0;
    do {
        *--at = (char)('0' + (int)(value % 10));
        value /= 10;
    } while (value);
    if (begin_value(json, key))
        g_string_append(json->out, at);
}

void berth_real_append(GString *out, double value)
{
    char text[G_ASCII_DTOSTR_BUF_SIZE];

    g_ascii_formatd(text, sizeof(text), "%.15g", value);
    if (g_ascii_strtod(text, NULL) != value)
        g_ascii_formatd(text, sizeof(text), "%.17g", value);
    g_string_append(out, text);
    if (!strpbrk(text, ".e"))
        g_string_append(out, ".0");
}

void berth_json_real(BerthJson *json, const char *key, double value)
{
    if (!isfinite(value))
        berth_json_string(json, key, NULL); /* JSON has no word for it */
    else if (begin_value(json, key))
        berth_real_append(json->out, value);
}

void berth_json_bool(BerthJson *json, const char *key, bool value)
{
    if (begin_value(json, key))
        g_string_append(json->out, value ? "true" : "false");
}

void berth_json_raw(BerthJson *json, const char *key, const char *value)
{
    if (begin_value(json, key))
        g_string_append(json->out, value);
}

void berth_json_hex(BerthJson *json, const char *key, const char *prefix, BerthBytes value)
{
    static const char digits[] = "0123456789ABCDEF";
    g_autoptr(GString) hex = g_string_new(prefix);

    for (size_t i = 0; i < value.len; i++) {
        g_string_append_c(hex, digits[value.data[i] >> 4]);
        g_string_append_c(hex, digits[value.data[i] & 15]);
    }
    berth_json_string(json, key, hex->str);
}
