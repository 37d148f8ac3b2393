/* opttype - formats read from text, and the standard definitions; see opttype.h. */
#include "core/wire/optfield.h"

#include <errno.h>

/* The type names as the tables write them. */
enum {
    binary = BERTH_OPT_BINARY,
    boolean = BERTH_OPT_BOOLEAN,
    empty = BERTH_OPT_EMPTY,
    fqdn = BERTH_OPT_FQDN,
    ipv4_address = BERTH_OPT_IPV4,
    ipv6_address = BERTH_OPT_IPV6,
    psid = BERTH_OPT_PSID,
    string = BERTH_OPT_STRING,
    tuple = BERTH_OPT_TUPLE,
    uint8 = BERTH_OPT_UINT8,
    uint16 = BERTH_OPT_UINT16,
    uint32 = BERTH_OPT_UINT32,
    int32 = BERTH_OPT_INT32,
    internal = BERTH_OPT_INTERNAL,
};

#define FIELDS(...) .fields = {__VA_ARGS__}, .n_fields = sizeof((uint8_t[]){__VA_ARGS__})
#define ONE(type)    \
    {                \
        FIELDS(type) \
    }
#define RECORD(...)         \
    {                       \
        FIELDS(__VA_ARGS__) \
    }
#define LIST(...)                          \
    {                                      \
        FIELDS(__VA_ARGS__), .array = true \
    }
#define SPACE(name)                  \
    {                                \
        FIELDS(empty), .space = name \
    }

static const BerthOptDef options4[256] = {
#define BERTH_OPTION4(code, NAME, name, format) [code] = {"dhcp4", code, name, format},
#include <berth/options4.def>
#undef BERTH_OPTION4
};

static const BerthOptDef suboptions4[] = {
#define BERTH_SUBOPTION4(space, code, name, format) {space, code, name, format},
#include "core/wire/suboptions4.def"
#undef BERTH_SUBOPTION4
};

const BerthOptDef *berth_optdef_find(const char *space, uint16_t code)
{
    if (strcmp(space, "dhcp4") == 0)
        return code < G_N_ELEMENTS(options4) && options4[code].name ? &options4[code] : NULL;
    for (size_t i = 0; i < G_N_ELEMENTS(suboptions4); i++)
        if (suboptions4[i].code == code && strcmp(suboptions4[i].space, space) == 0)
            return &suboptions4[i];
    return NULL;
}

const BerthOptDef *berth_optdef_find_name(const char *space, const char *name)
{
    bool is_dhcp4 = strcmp(space, "dhcp4") == 0;
    const BerthOptDef *defs = is_dhcp4 ? options4 : suboptions4;
    size_t n = is_dhcp4 ? G_N_ELEMENTS(options4) : G_N_ELEMENTS(suboptions4);

    for (size_t i = 0; i < n; i++)
        if (defs[i].name && strcmp(defs[i].name, name) == 0 && strcmp(defs[i].space, space) == 0)
            return &defs[i];
    return NULL;
}

/* clang-format off */
static const struct {
    const char *name;
    size_t size; /* 0: varies */
} types[] = {
    [BERTH_OPT_BINARY]      = {"binary", 0},
    [BERTH_OPT_BOOLEAN]     = {"boolean", 1},
    [BERTH_OPT_EMPTY]       = {"empty", 0},
    [BERTH_OPT_FQDN]        = {"fqdn", 0},
    [BERTH_OPT_IPV4]        = {"ipv4-address", 4},
    [BERTH_OPT_IPV6]        = {"ipv6-address", 16},
    [BERTH_OPT_IPV6_PREFIX] = {"ipv6-prefix", 0},
    [BERTH_OPT_PSID]        = {"psid", 3},
    [BERTH_OPT_STRING]      = {"string", 0},
    [BERTH_OPT_TUPLE]       = {"tuple", 0},
    [BERTH_OPT_UINT8]       = {"uint8", 1},
    [BERTH_OPT_UINT16]      = {"uint16", 2},
    [BERTH_OPT_UINT32]      = {"uint32", 4},
    [BERTH_OPT_INT8]        = {"int8", 1},
    [BERTH_OPT_INT16]       = {"int16", 2},
    [BERTH_OPT_INT32]       = {"int32", 4},
    [BERTH_OPT_INTERNAL]    = {"internal", 0},
};
/* clang-format on */

const char *berth_optfield_name(BerthOptField type)
{
    return types[type].name;
}

size_t berth_optfield_size(BerthOptField type)
{
    return types[type].size;
}

static bool takes_the_rest(BerthOptField type)
{
    return type == BERTH_OPT_STRING || type == BERTH_OPT_BINARY;
}

static bool stands_alone(BerthOptField type)
{
    return type == BERTH_OPT_EMPTY || type == BERTH_OPT_INTERNAL;
}

static bool fields_can_be_told_apart(const BerthOptFormat *format)
{
    for (unsigned i = 0; i < format->n_fields; i++) {
        bool last = i + 1u == format->n_fields;

        if (takes_the_rest(format->fields[i]) && (!last || format->array))
            return false;
        if (stands_alone(format->fields[i]) && (format->n_fields > 1 || format->array))
            return false;
    }
    return true;
}

static int add_field(BerthOptFormat *format, const char *name)
{
    for (size_t i = BERTH_OPT_BINARY; i < G_N_ELEMENTS(types); i++) {
        if (strcmp(types[i].name, name) != 0)
            continue;
        if (format->n_fields == BERTH_OPT_FIELDS_MAX)
            return -EINVAL;
        format->fields[format->n_fields++] = (uint8_t)i;
        return 0;
    }
    return -EINVAL;
}

static int add_record(BerthOptFormat *format, const char *names)
{
    g_auto(GStrv) parts = g_strsplit(names, ",", -1);

    if (!parts[0])
        return -EINVAL;
    for (char **part = parts; *part; part++)
        if (add_field(format, g_strstrip(*part)) < 0)
            return -EINVAL;
    return 0;
}

/* Cuts `suffix` off; false when the text does not end with it. */
static bool cut(char *text, const char *suffix)
{
    if (!g_str_has_suffix(text, suffix))
        return false;
    text[strlen(text) - strlen(suffix)] = 0;
    return true;
}

int berth_optformat_parse(const char *text, BerthOptFormat *ret)
{
    g_auto(GStrv) halves = g_strsplit(text, " + ", 2);
    BerthOptFormat format = {0};
    int r;

    if (!halves[0])
        return -EINVAL;
    g_strstrip(halves[0]);
    if (halves[1] && g_strlcpy(format.space, g_strstrip(halves[1]), sizeof(format.space)) >=
                         sizeof(format.space))
        return -EINVAL;
    format.array = cut(halves[0], " array");
    if (g_str_has_prefix(halves[0], "record(") && cut(halves[0], ")"))
        r = add_record(&format, halves[0] + strlen("record("));
    else
        r = add_field(&format, halves[0]);
    if (r < 0 || !fields_can_be_told_apart(&format))
        return -EINVAL;
    *ret = format;
    return 0;
}

size_t berth_optformat_fixed_len(const BerthOptFormat *format)
{
    size_t len = 0;

    if (format->array || *format->space)
        return 0;
    for (unsigned i = 0; i < format->n_fields; i++) {
        if (types[format->fields[i]].size == 0)
            return 0;
        len += types[format->fields[i]].size;
    }
    return len;
}
