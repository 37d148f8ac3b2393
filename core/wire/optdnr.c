/* optdnr - the text of encrypted DNS resolvers (RFC 9463, parameters as in RFC 9460 section 2.2):
 * "10, dot.example.org., 192.0.2.1 192.0.2.2, alpn=dot port=853 | …".
 *
 * DHCPv4 (option 162, section 5.1) has several in one option, each behind its length, and lengths
 * of one byte within; DHCPv6 (option 144, section 4.1) has an option for each, and lengths of two.
 */
#include "core/wire/optfield.h"

#include "core/base/addr.h"
#include "core/wire/msg6.h"
#include <errno.h>

/* Service parameters, in the order of their keys. */
#define PARAMS_MAX 16
typedef struct Params {
    unsigned n;
    struct {
        uint16_t key;
        GByteArray *value;
    } list[PARAMS_MAX];
} Params;

enum { KEY_ALPN = 1, KEY_NO_DEFAULT_ALPN = 2, KEY_PORT = 3, KEY_DOHPATH = 7 };

/* clang-format off */
static const struct {
    const char *name;
    uint16_t key;
} keys[] = {
    {"alpn",            KEY_ALPN},
    {"no-default-alpn", KEY_NO_DEFAULT_ALPN},
    {"port",            KEY_PORT},
    {"dohpath",         KEY_DOHPATH},
};
/* clang-format on */

static void params_clear(Params *params)
{
    for (unsigned i = 0; i < params->n; i++)
        g_byte_array_unref(params->list[i].value);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Params, params_clear)

static int find_key(const char *name, uint16_t *ret)
{
    int64_t number;

    for (size_t i = 0; i < G_N_ELEMENTS(keys); i++) {
        if (strcmp(keys[i].name, name) == 0) {
            *ret = keys[i].key;
            return 0;
        }
    }
    if (!g_str_has_prefix(name, "key") ||
        !berth_opttext_number(name + strlen("key"), 0, UINT16_MAX, &number))
        return -EINVAL;
    *ret = (uint16_t)number;
    return 0;
}

/* RFC 9460 section 2.2: in ascending order, no key twice. */
static GByteArray *add_param(Params *params, uint16_t key)
{
    unsigned at = params->n;

    while (at > 0 && params->list[at - 1].key > key)
        at--;
    if (params->n == PARAMS_MAX || (at > 0 && params->list[at - 1].key == key))
        return NULL;
    memmove(&params->list[at + 1], &params->list[at], (params->n - at) * sizeof(params->list[0]));
    params->list[at].key = key;
    params->list[at].value = g_byte_array_new();
    params->n++;
    return params->list[at].value;
}

/* RFC 9460 section 7.1.1: each identifier behind its length. */
static int write_alpn(GByteArray *out, const char *text)
{
    g_auto(GStrv) ids = g_strsplit(text, ",", -1);

    for (char **id = ids; *id; id++) {
        size_t len = strlen(*id);

        if (len == 0 || len > UINT8_MAX)
            return -EINVAL;
        berth_opt_append(out, len, 1);
        g_byte_array_append(out, (const guint8 *)*id, (guint)len);
    }
    return *ids ? 0 : -EINVAL;
}

static int write_value(GByteArray *out, uint16_t key, const char *text)
{
    int64_t port;

    switch (key) {
    case KEY_ALPN:
        return write_alpn(out, text);
    case KEY_NO_DEFAULT_ALPN:
        return *text ? -EINVAL : 0;
    case KEY_PORT:
        if (!berth_opttext_number(text, 0, UINT16_MAX, &port))
            return -EINVAL;
        berth_opt_append(out, (uint64_t)port, 2);
        return 0;
    case KEY_DOHPATH:
        g_byte_array_append(out, (const guint8 *)text, (guint)strlen(text));
        return *text ? 0 : -EINVAL;
    default:
        return berth_opttext_binary(text, out);
    }
}

static int parse_params(Params *params, const char *text)
{
    g_auto(GStrv) words = g_strsplit_set(text, " \t", -1);

    for (char **word = words; *word; word++) {
        g_auto(GStrv) halves = g_strsplit(*word, "=", 2);
        GByteArray *value;
        uint16_t key;

        if (!halves[0])
            continue;
        if (find_key(halves[0], &key) < 0 || !(value = add_param(params, key)) ||
            write_value(value, key, halves[1] ? halves[1] : "") < 0 || value->len > UINT16_MAX)
            return -EINVAL;
    }
    return 0;
}

static int write_params(GByteArray *out, const char *text)
{
    g_auto(Params) params = {0};

    if (parse_params(&params, text) < 0)
        return -EINVAL;
    for (unsigned i = 0; i < params.n; i++) {
        berth_opt_append(out, params.list[i].key, 2);
        berth_opt_append(out, params.list[i].value->len, 2);
        g_byte_array_append(out, params.list[i].value->data, params.list[i].value->len);
    }
    return 0;
}

/* Bytes of the lengths of name and addresses. */
static unsigned len_size(int family)
{
    return family == 6 ? 2 : 1;
}

static size_t addr_size(int family)
{
    return family == 6 ? 16 : 4;
}

static int write_addresses(GByteArray *out, int family, const char *text)
{
    const size_t size = addr_size(family);
    g_auto(GStrv) words = g_strsplit_set(text, " \t", -1);
    g_autoptr(GByteArray) addrs = g_byte_array_new();

    for (char **word = words; *word; word++) {
        BerthAddr addr;

        if (!**word)
            continue;
        if ((strchr(*word, ':') != NULL) != (family == 6) || berth_addr_parse(*word, &addr) < 0)
            return -EINVAL;
        g_byte_array_append(addrs, addr.b + sizeof(addr.b) - size, (guint)size);
    }
    if (addrs->len == 0 || addrs->len > (family == 6 ? UINT16_MAX : UINT8_MAX))
        return -EINVAL;
    berth_opt_append(out, addrs->len, len_size(family));
    g_byte_array_append(out, addrs->data, addrs->len);
    return 0;
}

/* The fields of one resolver; the answer is what was expected instead, or NULL. */
static const char *write_fields(GByteArray *out, int family, const GPtrArray *fields)
{
    g_autoptr(GByteArray) name = g_byte_array_new();
    int64_t priority;

    if (fields->len < 2 || fields->len > 4)
        return "a resolver: priority, name, addresses, parameters (the last two may be left out)";
    if (!berth_opttext_number(fields->pdata[0], 0, UINT16_MAX, &priority))
        return "a resolver that begins with a priority from 0 to 65535";
    if (berth_optname_write(name, fields->pdata[1]) < 0)
        return "a resolver with a domain name in second place";
    berth_opt_append(out, (uint64_t)priority, 2);
    berth_opt_append(out, name->len, len_size(family));
    g_byte_array_append(out, name->data, name->len);
    if (fields->len > 2 && write_addresses(out, family, fields->pdata[2]) < 0)
        return family == 6 ? "a resolver with IPv6 addresses, blanks between, in third place"
                           : "a resolver with IPv4 addresses, blanks between, in third place";
    if (fields->len > 3 && write_params(out, fields->pdata[3]) < 0)
        return "a resolver with parameters like alpn=dot\\,doq port=853 dohpath=/q{?dns} in fourth "
               "place";
    return NULL;
}

static int write_resolver(const BerthOptWriting *writing, const char *text)
{
    g_autoptr(GPtrArray) fields = berth_opttext_split(text, ',');
    g_autoptr(GByteArray) instance = g_byte_array_new();
    const int family = writing->def->family;
    const char *expected = write_fields(instance, family, fields);

    if (!expected && instance->len > UINT16_MAX)
        expected = "at most 65535 bytes long";
    if (expected)
        return berth_optwriting_fail(writing, BERTH_OPT_INTERNAL, text, expected);
    if (family != 6)
        berth_opt_append(writing->out, instance->len, 2);
    g_byte_array_append(writing->out, instance->data, instance->len);
    return 0;
}

int berth_optdnr_write(BerthOptWriting *writing, const char *text)
{
    g_autoptr(GPtrArray) resolvers = berth_opttext_split(text, '|');

    if (resolvers->len == 0 || (writing->def->family == 6 && resolvers->len > 1))
        return berth_optwriting_fail(writing, BERTH_OPT_INTERNAL, text,
                                     writing->def->family == 6
                                         ? "one resolver; write another option for another one"
                                         : "a list of resolvers");
    for (guint i = 0; i < resolvers->len; i++) {
        int r;

        writing->field = i + 1;
        r = write_resolver(writing, resolvers->pdata[i]);
        if (r < 0)
            return r;
    }
    return 0;
}

/* ---- bytes to text ---- */

/* Text that needs no escape but the one for the comma, which is left to the caller. */
static bool read_plain(BerthBytes bytes, GString *ret)
{
    for (size_t i = 0; i < bytes.len; i++)
        if (!g_ascii_isgraph((char)bytes.data[i]) || strchr("\\|,", bytes.data[i]))
            return false;
    g_string_append_len(ret, (const char *)bytes.data, (gssize)bytes.len);
    return bytes.len > 0;
}

static bool read_alpn(BerthBytes value, GString *ret)
{
    BerthReader r = berth_reader(value);

    for (const char *comma = ""; berth_reader_left(&r) > 0; comma = "\\,") {
        g_string_append(ret, comma);
        if (!read_plain(berth_read(&r, berth_read_u8(&r)), ret))
            return false;
    }
    return value.len > 0;
}

static bool read_value(uint16_t key, BerthBytes value, GString *ret)
{
    BerthReader r = berth_reader(value);

    switch (key) {
    case KEY_ALPN:
        g_string_append(ret, "alpn=");
        return read_alpn(value, ret);
    case KEY_NO_DEFAULT_ALPN:
        g_string_append(ret, "no-default-alpn");
        return value.len == 0;
    case KEY_PORT:
        g_string_append_printf(ret, "port=%u", berth_read_u16(&r));
        return value.len == 2;
    case KEY_DOHPATH:
        g_string_append(ret, "dohpath=");
        return read_plain(value, ret);
    default:
        g_string_append_printf(ret, "key%u=", key);
        berth_opttext_hex(value, ret);
        return true;
    }
}

static bool read_params(BerthReader *r, GString *ret)
{
    int64_t last = -1;
    unsigned n = 0;

    for (; berth_reader_left(r) > 0; n++) {
        uint16_t key = berth_read_u16(r);
        BerthBytes value = berth_read(r, berth_read_u16(r));

        if (r->failed || key <= last || n == PARAMS_MAX)
            return false;
        last = key;
        g_string_append(ret, n ? " " : ", ");
        if (!read_value(key, value, ret))
            return false;
    }
    return true;
}

static bool read_addresses(BerthReader *r, int family, GString *ret)
{
    const size_t size = addr_size(family);
    BerthBytes addrs = berth_read(r, family == 6 ? berth_read_u16(r) : berth_read_u8(r));
    BerthReader each = berth_reader(addrs);

    if (r->failed || addrs.len == 0 || addrs.len % size)
        return false;
    for (const char *blank = ", "; berth_reader_left(&each) > 0; blank = " ") {
        BerthAddr addr = family == 6 ? berth_read_addr6(&each) : berth_addr4(berth_read_u32(&each));
        char text[BERTH_ADDR_TEXT];

        /* A mapped address would be read back as one of the other family. */
        if (berth_addr_is4(addr) != (family != 6))
            return false;
        g_string_append(ret, blank);
        g_string_append(ret, berth_addr_text(addr, text));
    }
    return true;
}

/* RFC 9463 sections 4.1 and 5.1: one that ends with its name has neither addresses nor parameters.
 */
static bool read_resolver(BerthBytes instance, int family, GString *ret)
{
    BerthReader r = berth_reader(instance);
    uint16_t priority = berth_read_u16(&r);
    BerthBytes name = berth_read(&r, family == 6 ? berth_read_u16(&r) : berth_read_u8(&r));
    BerthReader name_reader = berth_reader(name);

    if (r.failed)
        return false;
    g_string_append_printf(ret, "%u, ", priority);
    if (!berth_optname_read(&name_reader, name, ret) || berth_reader_left(&name_reader) > 0)
        return false;
    if (berth_reader_left(&r) == 0)
        return true;
    return read_addresses(&r, family, ret) && read_params(&r, ret);
}

bool berth_optdnr_read(BerthBytes bytes, int family, GString *ret)
{
    BerthReader r = berth_reader(bytes);

    if (family == 6)
        return read_resolver(bytes, family, ret);
    for (const char *bar = ""; berth_reader_left(&r) > 0; bar = " | ") {
        BerthBytes instance = berth_read(&r, berth_read_u16(&r));

        g_string_append(ret, bar);
        if (r.failed || !read_resolver(instance, family, ret))
            return false;
    }
    return bytes.len > 0;
}
