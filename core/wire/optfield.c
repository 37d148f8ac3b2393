/* optfield - one field of an option, text <-> bytes, by its type; see optfield.h. */
#include "core/wire/optfield.h"

#include "core/base/addr.h"
#include <berth/plugin.h>
#include <errno.h>

/* clang-format off */
static const struct {
    unsigned len;
    int64_t min, max;
    const char *expected;
} numbers[] = {
    [BERTH_OPT_UINT8]  = {1, 0, UINT8_MAX, "a whole number from 0 to 255"},
    [BERTH_OPT_UINT16] = {2, 0, UINT16_MAX, "a whole number from 0 to 65535"},
    [BERTH_OPT_UINT32] = {4, 0, UINT32_MAX, "a whole number from 0 to 4294967295"},
    [BERTH_OPT_INT8]   = {1, INT8_MIN, INT8_MAX, "a whole number from -128 to 127"},
    [BERTH_OPT_INT16]  = {2, INT16_MIN, INT16_MAX, "a whole number from -32768 to 32767"},
    [BERTH_OPT_INT32]  = {4, INT32_MIN, INT32_MAX, "a whole number from -2147483648 to 2147483647"},
};
/* clang-format on */

static bool is_number(BerthOptField type)
{
    return type < G_N_ELEMENTS(numbers) && numbers[type].len > 0;
}

/* RFC 8572 section 8.1 and DHCPv6 (RFC 7227 section 5.8) have 16 bits for a tuple's length. */
static unsigned tuple_prefix(const BerthOptDef *def)
{
    bool is_sztp = strcmp(def->space, "dhcp4") == 0 && def->code == 143;

    return is_sztp || def->family == 6 ? 2 : 1;
}

int berth_optwriting_fail(const BerthOptWriting *writing, BerthOptField type, const char *text,
                          const char *expected)
{
    return berth_fail(writing->error, -EINVAL, "field %u (%s): \"%s\" is not %s", writing->field,
                      berth_optfield_name(type), text, expected);
}

/* ---- text to bytes: each answers what was expected instead, or NULL ---- */

static const char *write_number(GByteArray *out, BerthOptField type, const char *text)
{
    int64_t value;

    if (!berth_opttext_number(text, numbers[type].min, numbers[type].max, &value))
        return numbers[type].expected;
    berth_opt_append(out, (uint64_t)value, numbers[type].len);
    return NULL;
}

static const char *write_boolean(GByteArray *out, const char *text)
{
    bool is_true = g_ascii_strcasecmp(text, "true") == 0 || strcmp(text, "1") == 0;

    if (!is_true && g_ascii_strcasecmp(text, "false") != 0 && strcmp(text, "0") != 0)
        return "true, false, 1 or 0";
    berth_opt_append(out, is_true, 1);
    return NULL;
}

static const char *write_address(GByteArray *out, BerthOptField type, const char *text)
{
    bool is4 = !strchr(text, ':');
    BerthAddr addr;

    if (is4 != (type == BERTH_OPT_IPV4) || berth_addr_parse(text, &addr) < 0)
        return type == BERTH_OPT_IPV4 ? "an IPv4 address, as 192.0.2.1"
                                      : "an IPv6 address, as 2001:db8::1";
    g_byte_array_append(out, is4 ? addr.b + 12 : addr.b, is4 ? 4 : 16);
    return NULL;
}

static const char *write_prefix(GByteArray *out, const char *text)
{
    BerthAddr addr;
    uint8_t len;

    if (!strchr(text, ':') || berth_prefix_parse(text, &addr, &len) < 0 || berth_addr_is4(addr))
        return "an IPv6 prefix, as 2001:db8::/32";
    addr = berth_prefix_first(addr, len);
    berth_opt_append(out, len, 1);
    g_byte_array_append(out, addr.b, (len + 7u) / 8);
    return NULL;
}

/* RFC 7618 section 9: the length, then the PSID in the high bits of 16. */
static const char *write_psid(GByteArray *out, const char *text)
{
    g_auto(GStrv) halves = g_strsplit(text, "/", 2);
    int64_t psid, len;

    if (!halves[0] || !halves[1] || !berth_opttext_number(halves[1], 0, 16, &len) ||
        !berth_opttext_number(halves[0], 0, (1 << len) - 1, &psid))
        return "a PSID and its length of at most 16 bits that hold it, as 3/4";
    berth_opt_append(out, (uint64_t)len, 1);
    berth_opt_append(out, (uint64_t)psid << (16 - len), 2);
    return NULL;
}

static const char *write_tuple(const BerthOptDef *def, GByteArray *out, const char *text)
{
    unsigned prefix = tuple_prefix(def);
    size_t len = strlen(text);

    if (len > (prefix == 1 ? UINT8_MAX : UINT16_MAX))
        return prefix == 1 ? "at most 255 bytes long" : "at most 65535 bytes long";
    berth_opt_append(out, len, prefix);
    g_byte_array_append(out, (const guint8 *)text, (guint)len);
    return NULL;
}

static const char *write_field(const BerthOptWriting *writing, BerthOptField type, const char *text)
{
    switch (type) {
    case BERTH_OPT_BOOLEAN:
        return write_boolean(writing->out, text);
    case BERTH_OPT_IPV4:
    case BERTH_OPT_IPV6:
        return write_address(writing->out, type, text);
    case BERTH_OPT_IPV6_PREFIX:
        return write_prefix(writing->out, text);
    case BERTH_OPT_PSID:
        return write_psid(writing->out, text);
    case BERTH_OPT_TUPLE:
        return write_tuple(writing->def, writing->out, text);
    case BERTH_OPT_FQDN:
        return berth_optname_write(writing->out, text) < 0
                   ? "a domain name of labels of 1..63 characters, 255 in all"
                   : NULL;
    case BERTH_OPT_BINARY:
        return berth_opttext_binary(text, writing->out) < 0 ? "hex digits or 'text' in quotes"
                                                            : NULL;
    case BERTH_OPT_STRING:
        g_byte_array_append(writing->out, (const guint8 *)text, (guint)strlen(text));
        return *text ? NULL : "a text of at least one character";
    default:
        return write_number(writing->out, type, text);
    }
}

int berth_optfield_write(BerthOptWriting *writing, BerthOptField type, const char *text)
{
    const char *expected = write_field(writing, type, text);

    return expected ? berth_optwriting_fail(writing, type, text, expected) : 0;
}

/* ---- bytes to text: each answers whether the bytes fit ---- */

static bool read_number(BerthReader *r, BerthOptField type, GString *ret)
{
    BerthBytes bytes = berth_read(r, numbers[type].len);
    int64_t value = 0;

    if (r->failed)
        return false;
    for (size_t i = 0; i < bytes.len; i++)
        value = value << 8 | bytes.data[i];
    if (value > numbers[type].max)
        value -= INT64_C(1) << (8 * numbers[type].len);
    g_string_append_printf(ret, "%" G_GINT64_FORMAT, value);
    return true;
}

static bool read_boolean(BerthReader *r, GString *ret)
{
    uint8_t value = berth_read_u8(r);

    g_string_append(ret, value ? "true" : "false");
    return !r->failed && value <= 1;
}

static bool read_address(BerthReader *r, BerthOptField type, GString *ret)
{
    BerthBytes bytes = berth_read(r, berth_optfield_size(type));
    BerthAddr addr = type == BERTH_OPT_IPV4 ? BERTH_ADDR4_ANY : BERTH_ADDR6_ANY;
    char text[BERTH_ADDR_TEXT];

    if (r->failed)
        return false;
    memcpy(addr.b + sizeof(addr.b) - bytes.len, bytes.data, bytes.len);
    /* A mapped IPv4 address would be written as IPv4 and not read back as IPv6. */
    if (type == BERTH_OPT_IPV6 && berth_addr_is4(addr))
        return false;
    g_string_append(ret, berth_addr_text(addr, text));
    return true;
}

static bool read_prefix(BerthReader *r, GString *ret)
{
    uint8_t len = berth_read_u8(r);
    BerthBytes bytes = berth_read(r, (len + 7u) / 8);
    BerthAddr addr = BERTH_ADDR6_ANY;
    char text[BERTH_ADDR_TEXT];

    if (r->failed || len > 128)
        return false;
    if (bytes.len > 0)
        memcpy(addr.b, bytes.data, bytes.len);
    if (berth_addr_is4(addr))
        return false;
    addr = berth_prefix_first(addr, len);
    g_string_append_printf(ret, "%s/%u", berth_addr_text(addr, text), len);
    return true;
}

static bool read_psid(BerthReader *r, GString *ret)
{
    uint8_t len = berth_read_u8(r);
    uint16_t bits = berth_read_u16(r);

    if (r->failed || len > 16 || (uint16_t)((unsigned)bits << len) != 0)
        return false;
    g_string_append_printf(ret, "%u/%u", (unsigned)bits >> (16 - len), len);
    return true;
}

static bool is_printable(BerthBytes bytes)
{
    for (size_t i = 0; i < bytes.len; i++)
        if (!g_ascii_isprint((char)bytes.data[i]))
            return false;
    return true;
}

/* Text that splitting would change is not text: blanks at its ends, a backslash before a comma. */
static bool read_text(BerthBytes bytes, GString *ret)
{
    g_autofree char *text = NULL;

    if (bytes.len == 0 || !is_printable(bytes))
        return false;
    text = g_strndup((const char *)bytes.data, bytes.len);
    if (g_ascii_isspace(text[0]) || g_ascii_isspace(text[bytes.len - 1]) ||
        text[bytes.len - 1] == '\\')
        return false;
    berth_opttext_escape(text, ',', ret);
    return true;
}

static bool read_tuple(const BerthOptDef *def, BerthReader *r, GString *ret)
{
    size_t len = tuple_prefix(def) == 1 ? berth_read_u8(r) : berth_read_u16(r);
    BerthBytes bytes = berth_read(r, len);

    return !r->failed && read_text(bytes, ret);
}

bool berth_optfield_read(const BerthOptDef *def, BerthOptField type, BerthReader *r, BerthBytes all,
                         GString *ret)
{
    switch (type) {
    case BERTH_OPT_BOOLEAN:
        return read_boolean(r, ret);
    case BERTH_OPT_IPV4:
    case BERTH_OPT_IPV6:
        return read_address(r, type, ret);
    case BERTH_OPT_IPV6_PREFIX:
        return read_prefix(r, ret);
    case BERTH_OPT_PSID:
        return read_psid(r, ret);
    case BERTH_OPT_TUPLE:
        return read_tuple(def, r, ret);
    case BERTH_OPT_FQDN:
        return berth_optname_read(r, all, ret);
    case BERTH_OPT_BINARY:
        berth_opttext_hex(berth_read(r, berth_reader_left(r)), ret);
        return true;
    case BERTH_OPT_STRING:
        return read_text(berth_read(r, berth_reader_left(r)), ret);
    default:
        return is_number(type) && read_number(r, type, ret);
    }
}
