/* opttext - whole options, text <-> bytes; see opttype.h. Single fields are in optfield.c. */
#include "core/wire/optfield.h"

#include <berth/plugin.h>
#include <errno.h>

/* ---- pieces of text ---- */

GPtrArray *berth_opttext_split(const char *text, char separator)
{
    GPtrArray *parts = g_ptr_array_new_with_free_func(g_free);
    GString *part = g_string_new(NULL);
    bool any = text[strspn(text, " \t")] != 0;

    for (; any; text++) {
        if (*text == separator || !*text) {
            g_ptr_array_add(parts, g_strstrip(g_strdup(part->str)));
            g_string_truncate(part, 0);
            any = *text != 0;
            continue;
        }
        if (text[0] == '\\' && text[1] == separator)
            text++;
        g_string_append_c(part, *text);
    }
    g_string_free(part, TRUE);
    return parts;
}

bool berth_opttext_number(const char *text, int64_t min, int64_t max, int64_t *ret)
{
    bool is_hex = g_ascii_strncasecmp(text, "0x", 2) == 0;
    gint64 value;

    if (is_hex && !g_ascii_isxdigit(text[2]))
        return false;
    if (!g_ascii_string_to_signed(is_hex ? text + 2 : text, is_hex ? 16 : 10, min, max, &value,
                                  NULL))
        return false;
    *ret = value;
    return true;
}

void berth_opttext_escape(const char *text, char separator, GString *ret)
{
    for (; *text; text++) {
        if (*text == separator)
            g_string_append_c(ret, '\\');
        g_string_append_c(ret, *text);
    }
}

void berth_opttext_hex(BerthBytes bytes, GString *ret)
{
    static const char digits[] = "0123456789abcdef";

    g_string_append(ret, bytes.len > 0 ? "0x" : "");
    for (size_t i = 0; i < bytes.len; i++) {
        g_string_append_c(ret, digits[bytes.data[i] >> 4]);
        g_string_append_c(ret, digits[bytes.data[i] & 15]);
    }
}

int berth_opttext_binary(const char *text, GByteArray *out)
{
    g_autofree char *stripped = g_strstrip(g_strdup(text));
    size_t len = strlen(stripped);
    guint start = out->len;
    int r;

    if (len >= 2 && stripped[0] == '\'' && stripped[len - 1] == '\'') {
        g_byte_array_append(out, (const guint8 *)stripped + 1, (guint)len - 2);
        return 0;
    }
    /* No spelling of a byte is shorter than two characters, a single digit excepted. */
    g_byte_array_set_size(out, start + (guint)len / 2 + 1);
    r = berth_hex_parse(stripped, out->data + start, len / 2 + 1);
    g_byte_array_set_size(out, start + (guint)MAX(r, 0));
    return r < 0 ? r : 0;
}

/* ---- text to bytes ---- */

static int write_binary(BerthOptWriting *writing, const char *text)
{
    if (berth_opttext_binary(text, writing->out) < 0)
        return berth_fail(writing->error, -EINVAL,
                          "\"%s\" is neither hex (0xabcd, abcd, ab:cd, ab cd) nor 'text' in single "
                          "quotes",
                          text);
    return 0;
}

/* Whether the text of the option has a syntax of its own. */
static bool is_routes(const BerthOptDef *def)
{
    return strcmp(def->space, "dhcp4") == 0 && def->code == BERTH_DHO_CLASSLESS_STATIC_ROUTE;
}

static bool is_dnr(const BerthOptDef *def)
{
    return (strcmp(def->space, "dhcp4") == 0 && def->code == BERTH_DHO_V4_DNR) ||
           (strcmp(def->space, "dhcp6") == 0 && def->code == BERTH_D6O_V6_DNR);
}

static int write_internal(BerthOptWriting *writing, const char *text)
{
    if (is_routes(writing->def))
        return berth_optroutes_write(writing, text);
    if (is_dnr(writing->def))
        return berth_optdnr_write(writing, text);
    return berth_fail(writing->error, -EINVAL,
                      "this option has no text syntax; set csv-format to false and write hex");
}

static int wrong_count(const BerthOptWriting *writing, unsigned n)
{
    const BerthOptFormat *format = &writing->def->format;
    g_autoptr(GString) names = g_string_new(NULL);

    for (unsigned i = 0; i < format->n_fields; i++)
        g_string_append_printf(names, "%s%s", i ? ", " : "",
                               berth_optfield_name(format->fields[i]));
    if (format->array)
        g_string_append(names, ", …");
    return berth_fail(writing->error, -EINVAL,
                      "%u field%s given, expected %s%u (%s); a comma inside a field is written "
                      "\"\\\\,\"",
                      n, n == 1 ? "" : "s", format->array ? "at least " : "", format->n_fields,
                      names->str);
}

static int write_fields(BerthOptWriting *writing, const char *text)
{
    const BerthOptFormat *format = &writing->def->format;
    g_autoptr(GPtrArray) parts = berth_opttext_split(text, ',');
    unsigned n = format->n_fields;

    if (parts->len < n || (parts->len > n && !format->array))
        return wrong_count(writing, parts->len);
    for (guint i = 0; i < parts->len; i++) {
        int r;

        writing->field = i + 1;
        r = berth_optfield_write(writing, format->fields[MIN(i, n - 1)], parts->pdata[i]);
        if (r < 0)
            return r;
    }
    return 0;
}

static bool has_fields(const BerthOptFormat *format)
{
    const BerthOptField first = format->fields[0];

    return first != BERTH_OPT_EMPTY && first != BERTH_OPT_INTERNAL &&
           !(format->n_fields == 1 && first == BERTH_OPT_BINARY);
}

unsigned berth_opttext_trim(const BerthOptDef *def, const char *text, GString *ret)
{
    const BerthOptFormat *format = &def->format;
    g_autoptr(GPtrArray) parts = has_fields(format) ? berth_opttext_split(text, ',') : NULL;
    const size_t start = ret->len;
    unsigned n = 0, n_left = 0;

    for (guint i = 0; parts && i < parts->len; i++) {
        const char *part = parts->pdata[i];

        if (!*part || (n == format->n_fields && !format->array)) {
            n_left++;
            continue;
        }
        g_string_append(ret, n++ > 0 ? "," : "");
        berth_opttext_escape(part, ',', ret);
    }
    if (n_left > 0)
        return n_left;
    g_string_truncate(ret, start);
    g_string_append(ret, text);
    return 0;
}

static int write_nothing(const BerthOptWriting *writing, const char *text)
{
    if (text[strspn(text, " \t")] == 0)
        return 0;
    return berth_fail(writing->error, -EINVAL,
                      "\"%s\" given, but this option has no fields; set csv-format to false to "
                      "write hex",
                      text);
}

static int write_option(BerthOptWriting *writing, const char *text, bool csv)
{
    const BerthOptFormat *format = writing->def ? &writing->def->format : NULL;

    if (!csv || !format || (format->n_fields == 1 && format->fields[0] == BERTH_OPT_BINARY))
        return write_binary(writing, text);
    if (format->fields[0] == BERTH_OPT_INTERNAL)
        return write_internal(writing, text);
    if (format->fields[0] == BERTH_OPT_EMPTY)
        return write_nothing(writing, text);
    return write_fields(writing, text);
}

int berth_opt_from_text(const BerthOptDef *def, const char *text, bool csv, BerthArena *arena,
                        BerthBytes *ret, GError **error)
{
    g_autoptr(GByteArray) out = g_byte_array_new();
    BerthOptWriting writing = {def, 0, out, error};
    BerthBytes bytes;
    int r = write_option(&writing, text, csv);

    if (r < 0)
        return r;
    bytes = berth_arena_copy(arena, (BerthBytes){out->data, out->len});
    if (out->len > 0 && !bytes.data)
        return berth_fail(error, -ENOMEM, "%u bytes are more than an option may take here",
                          out->len);
    *ret = bytes;
    return 0;
}

/* ---- bytes to text ---- */

/* A compressed domain name (RFC 3397) can stand for many times its bytes. */
static bool grew_too_much(size_t text_len, BerthBytes bytes)
{
    return text_len > 16 * bytes.len + 1024;
}

static bool read_fields(const BerthOptDef *def, BerthBytes bytes, GString *ret)
{
    const BerthOptFormat *format = &def->format;
    BerthReader r = berth_reader(bytes);
    size_t start = ret->len;

    for (unsigned i = 0; i < format->n_fields || berth_reader_left(&r) > 0; i++) {
        if (i >= format->n_fields && !format->array)
            return false;
        g_string_append(ret, i ? ", " : "");
        if (!berth_optfield_read(def, format->fields[MIN(i, format->n_fields - 1u)], &r, bytes,
                                 ret) ||
            grew_too_much(ret->len - start, bytes))
            return false;
    }
    return true;
}

static bool read_option(const BerthOptDef *def, BerthBytes bytes, GString *ret)
{
    if (!def)
        return false;
    if (def->format.fields[0] == BERTH_OPT_EMPTY)
        return bytes.len == 0;
    if (def->format.fields[0] != BERTH_OPT_INTERNAL)
        return read_fields(def, bytes, ret);
    if (is_routes(def))
        return berth_optroutes_read(bytes, ret);
    return is_dnr(def) && berth_optdnr_read(bytes, def->family, ret);
}

void berth_opt_to_text(const BerthOptDef *def, BerthBytes bytes, GString *ret)
{
    size_t start = ret->len;

    if (read_option(def, bytes, ret))
        return;
    g_string_truncate(ret, start);
    berth_opttext_hex(bytes, ret);
}
