/* Definitions of options: those of option-def, and looking one up among them and the standard ones.
 */
#include "core/conf/build.h"

/* ---- making one of a row of option-def ---- */

/* The field that a type's name means, 0 for what no option-def may use. */
static BerthOptField field_of(const char *type)
{
    BerthOptFormat format = {0};

    if (berth_optformat_parse(type, &format) < 0)
        return 0;
    if (format.n_fields != 1 || format.array || format.space[0] ||
        format.fields[0] == BERTH_OPT_INTERNAL || strchr(type, '('))
        return 0;
    return format.fields[0];
}

static bool read_field(const BerthReading *place, const char *key, const char *type,
                       BerthOptFormat *format)
{
    BerthOptField field = field_of(type);

    if (field == 0)
        return berth_build_fail(
            place->build, place->node, place->path,
            "%s: \"%s\" is no type; there are binary, boolean, empty, fqdn, ipv4-address, "
            "ipv6-address, ipv6-prefix, psid, string, tuple, uint8, uint16, uint32, int8, "
            "int16, int32 and record",
            key, type);
    if (format->n_fields == BERTH_OPT_FIELDS_MAX)
        return berth_build_fail(place->build, place->node, place->path,
                                "a record has at most %d fields", BERTH_OPT_FIELDS_MAX);
    format->fields[format->n_fields++] = field;
    return true;
}

static bool read_record(const BerthReading *place, const char *types, BerthOptFormat *format)
{
    g_auto(GStrv) parts = g_strsplit(types, ",", -1);

    for (char **part = parts; *part; part++) {
        if (!read_field(place, "record-types", g_strstrip(*part), format))
            return false;
        /* A field without an end of its own can only be the last one. */
        if (part[1] && (format->fields[format->n_fields - 1] == BERTH_OPT_STRING ||
                        format->fields[format->n_fields - 1] == BERTH_OPT_BINARY))
            return berth_build_fail(place->build, place->node, place->path,
                                    "record-types: %s can only be the last field of a record",
                                    *part);
    }
    if (format->n_fields < 2)
        return berth_build_fail(place->build, place->node, place->path,
                                "type record needs at least two record-types");
    return true;
}

static bool array_is_good(const BerthReading *place, const BerthOptDefIn *in,
                          const BerthOptFormat *format)
{
    const BerthOptField last = format->fields[format->n_fields - 1];

    if (last == BERTH_OPT_STRING || last == BERTH_OPT_BINARY || last == BERTH_OPT_EMPTY)
        return berth_build_fail(place->build, place->node, place->path,
                                "an array of %s has no ends between its elements; leave array away",
                                in->type);
    if (in->encapsulate[0])
        return berth_build_fail(
            place->build, place->node, place->path,
            "an array cannot have sub-options; leave array or encapsulate away");
    return true;
}

static bool read_format(const BerthReading *place, const BerthOptDefIn *in, BerthOptFormat *format)
{
    const bool is_record = strcmp(in->type, "record") == 0;

    if (!is_record && in->record_types[0])
        return berth_build_fail(place->build, place->node, place->path,
                                "record-types is for type record only");
    if (is_record ? !read_record(place, in->record_types, format)
                  : !read_field(place, "type", in->type, format))
        return false;
    format->array = in->is_array;
    if (in->is_array && !array_is_good(place, in, format))
        return false;
    if (strlen(in->encapsulate) >= sizeof(format->space))
        return berth_build_fail(place->build, place->node, place->path,
                                "encapsulate: the name of a space is at most %zu bytes long",
                                sizeof(format->space) - 1);
    if (strcmp(in->encapsulate, in->space) == 0)
        return berth_build_fail(place->build, place->node, place->path,
                                "an option cannot hold options of its own space \"%s\"", in->space);
    g_strlcpy(format->space, in->encapsulate, sizeof(format->space));
    return true;
}

/* Whether code and name are new. Option 43 may be redefined, for its content is the vendor's; and
 * as with Kea everything outside of dhcp4 and dhcp6. */
static bool is_new(const BerthReading *place, const BerthOptDef *def)
{
    const BerthFamilyConf *family = place->build->family;
    const BerthOptDef *old = berth_optdef_find(family->family, def->space, def->code);
    const bool is_open = (def->code == 43 && strcmp(def->space, "dhcp4") == 0) ||
                         strcmp(def->space, family->tables->space) != 0;

    if (old && !is_open)
        return berth_build_fail(place->build, place->node, place->path,
                                "code %u is the standard option \"%s\" and cannot be redefined",
                                def->code, old->name);
    old = berth_optdef_find_name(family->family, def->space, def->name);
    if (old && !is_open)
        return berth_build_fail(place->build, place->node, place->path,
                                "\"%s\" is the standard option %u and cannot be redefined",
                                def->name, old->code);
    for (size_t i = 0; i < place->build->reading_optdefs.n; i++) {
        old = (const BerthOptDef *)place->build->reading_optdefs.at + i;
        if (strcmp(old->space, def->space) != 0)
            continue;
        if (old->code == def->code || strcmp(old->name, def->name) == 0)
            return berth_build_fail(place->build, place->node, place->path,
                                    "code %u \"%s\" of space %s is defined above already",
                                    old->code, old->name, old->space);
    }
    return true;
}

bool berth_build_code_is_good(const BerthReading *reading, const char *space, int64_t code)
{
    const BerthFamilyConf *family = reading->build->family;
    const bool is_own = strcmp(space, family->tables->space) == 0;

    if (!is_own || (code > 0 && (family->family == 6 || code < UINT8_MAX)))
        return true;
    return berth_build_fail(reading->build, reading->node, reading->path,
                            "no option of space %s has the code %d", space, (int)code);
}

static bool read_def(const BerthReading *place, BerthOptDefIn *in, BerthOptDef *def)
{
    const unsigned errors = place->build->fill.errors->lines->len;

    berth_build_map(place->build, place->node, place->path, place->build->family->tables->optdef,
                    in);
    if (place->build->fill.errors->lines->len > errors || !in->name || !in->type)
        return false;
    *def = (BerthOptDef){
        .space = in->space,
        .code = (uint16_t)in->code,
        .name = in->name,
        .family = (uint8_t)place->build->family->family,
    };
    if (!in->name[0] || !in->space[0])
        return berth_build_fail(place->build, place->node, place->path,
                                "name and space must not be empty");
    return berth_build_code_is_good(place, in->space, in->code) &&
           read_format(place, in, &def->format) && is_new(place, def);
}

static int compare_defs(const void *a, const void *b)
{
    const BerthOptDef *x = a, *y = b;
    int order = strcmp(x->space, y->space);

    return order ? order : (int)x->code - (int)y->code;
}

/* `defs` and `in` have room for all; the number of those that are right. */
static size_t read_defs(BerthBuild *build, const BerthNode *node, const char *list_path,
                        BerthOptDefIn *in, const BerthList *defs)
{
    BerthList *known = &build->reading_optdefs;
    size_t i = 0;

    *known = (BerthList){defs->at, 0};
    for (node = berth_node_first(node); node; node = node->next, i++) {
        g_autofree char *path = g_strdup_printf("%s[%zu]", list_path, i);
        const BerthReading place = {build, node, path};

        if (read_def(&place, &in[known->n], (BerthOptDef *)defs->at + known->n))
            known->n++;
    }
    return known->n;
}

BerthList berth_build_optdef_list(BerthBuild *build, const BerthNode *node, const char *path,
                                  BerthList *ret_in)
{
    size_t n = berth_build_count(build, node, path);
    BerthOptDef *defs = berth_build_array(build, n, sizeof(*defs));
    BerthOptDefIn *in = berth_build_array(build, n, sizeof(*in));
    const BerthList room = {defs, n};

    if (n > 0)
        n = read_defs(build, node, path, in, &room);
    *ret_in = (BerthList){in, n};
    if (n > 1)
        qsort(defs, n, sizeof(*defs), compare_defs);
    return (BerthList){defs, n};
}

void berth_build_optdefs(BerthBuild *build)
{
    BerthFamilyConf *family = build->family;
    const BerthList defs = berth_build_optdef_list(
        build, family->maps.optdefs, berth_build_path(build, "option-def"), &family->optdefs_in);

    family->optdefs = defs.at;
    family->n_optdefs = defs.n;
}

/* ---- finding one ---- */

const BerthOptDef *berth_conf_optdef(const BerthFamilyConf *family, const char *space,
                                     uint16_t code)
{
    const BerthOptDef key = {.space = space, .code = code};
    const BerthOptDef *own = NULL;

    if (family->n_optdefs > 0)
        own = bsearch(&key, family->optdefs, family->n_optdefs, sizeof(key), compare_defs);
    return own ? own : berth_optdef_find(family->family, space, code);
}

const BerthOptDef *berth_conf_optdef_name(const BerthFamilyConf *family, const char *space,
                                          const char *name)
{
    for (size_t i = 0; i < family->n_optdefs; i++) {
        const BerthOptDef *own = &family->optdefs[i];

        if (strcmp(own->space, space) == 0 && strcmp(own->name, name) == 0)
            return own;
    }
    return berth_optdef_find_name(family->family, space, name);
}

const BerthOptDef *berth_build_optdef(const BerthBuild *build, const char *space, uint16_t code)
{
    const BerthOptDef key = {.space = space, .code = code};
    const BerthList *own = &build->class_optdefs;
    const BerthOptDef *def =
        own->n > 0 ? bsearch(&key, own->at, own->n, sizeof(key), compare_defs) : NULL;

    return def ? def : berth_conf_optdef(build->family, space, code);
}

const BerthOptDef *berth_build_optdef_name(const BerthBuild *build, const char *space,
                                           const char *name)
{
    const BerthOptDef *own = build->class_optdefs.at;

    for (size_t i = 0; i < build->class_optdefs.n; i++)
        if (strcmp(own[i].space, space) == 0 && strcmp(own[i].name, name) == 0)
            return &own[i];
    return berth_conf_optdef_name(build->family, space, name);
}
