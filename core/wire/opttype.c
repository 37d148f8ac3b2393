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
    ipv6_prefix = BERTH_OPT_IPV6_PREFIX,
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
#define RECORD_SPACE(name, ...)            \
    {                                      \
        FIELDS(__VA_ARGS__), .space = name \
    }

static const BerthOptDef options4[256] = {
#define BERTH_OPTION4(code, NAME, name, format) [code] = {"dhcp4", code, name, format, 4},
#include <berth/options4.def>
#undef BERTH_OPTION4
};

static const BerthOptDef options6[256] = {
#define BERTH_OPTION6(code, NAME, name, format) [code] = {"dhcp6", code, name, format, 6},
#include <berth/options6.def>
#undef BERTH_OPTION6
};

static const BerthOptDef suboptions4[] = {
#define BERTH_SUBOPTION4(space, code, name, format) {space, code, name, format, 4},
#include "core/wire/suboptions4.def"
#undef BERTH_SUBOPTION4
};

static const BerthOptDef suboptions6[] = {
#define BERTH_SUBOPTION6(space, code, name, format) {space, code, name, format, 6},
#include "core/wire/suboptions6.def"
#undef BERTH_SUBOPTION6
};

/* The tables of a family: the options by code, and what stands inside of them. */
typedef struct Tables {
    const char *space;
    const BerthOptDef *options;
    size_t n_options;
    const BerthOptDef *suboptions;
    size_t n_suboptions;
} Tables;

static const Tables *tables_of(int family)
{
    static const Tables tables4 = {"dhcp4", options4, G_N_ELEMENTS(options4), suboptions4,
                                   G_N_ELEMENTS(suboptions4)};
    static const Tables tables6 = {"dhcp6", options6, G_N_ELEMENTS(options6), suboptions6,
                                   G_N_ELEMENTS(suboptions6)};

    return family == 6 ? &tables6 : &tables4;
}

/* What a relay supplies for the client (RFC 6422) is options of the client's own space. */
static const char *space_of(int family, const char *space)
{
    return family == 6 && strcmp(space, "rsoo-opts") == 0 ? "dhcp6" : space;
}

const BerthOptDef *berth_optdef_find(int family, const char *space, uint16_t code)
{
    const Tables *tables = tables_of(family);

    space = space_of(family, space);
    if (strcmp(space, tables->space) == 0)
        return code < tables->n_options && tables->options[code].name ? &tables->options[code]
                                                                      : NULL;
    for (size_t i = 0; i < tables->n_suboptions; i++)
        if (tables->suboptions[i].code == code && strcmp(tables->suboptions[i].space, space) == 0)
            return &tables->suboptions[i];
    return NULL;
}

const BerthOptDef *berth_optdef_find_name(int family, const char *space, const char *name)
{
    const Tables *tables = tables_of(family);
    bool is_main;

    space = space_of(family, space);
    is_main = strcmp(space, tables->space) == 0;
    for (size_t i = 0; i < (is_main ? tables->n_options : tables->n_suboptions); i++) {
        const BerthOptDef *def = is_main ? &tables->options[i] : &tables->suboptions[i];

        if (def->name && strcmp(def->name, name) == 0 && strcmp(def->space, space) == 0)
            return def;
    }
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
