/* The option-data of a scope: each entry is found, checked and turned into bytes; and the look-up
 * of the option that a client gets, over its scopes. Sub-options are optfold.c's work. */
#include "core/conf/optdata.h"
#include "core/base/nearest.h"
#include "core/conf/build.h"

/* Options that the server makes itself, or that only clients and relays send: a configured value
 * would be a wrong one. */
static const uint8_t managed[] = {1,  12, 50, 51,  52,  53,  55,  58,  59,  61,  81, 82,
                                  90, 91, 92, 118, 151, 152, 153, 154, 155, 156, 157};

static bool is_managed(const BerthOptionIn *in)
{
    return strcmp(in->space, "dhcp4") == 0 && memchr(managed, (int)in->code, sizeof(managed));
}

/* ---- which option an entry means ---- */

typedef struct Names {
    const BerthConf *conf;
    const char *space;
} Names;

static const char *name_at(const void *data, size_t i)
{
    const Names *names = data;
    const BerthFamilyConf *v4 = &names->conf->v4;
    const BerthOptDef *def;

    if (i >= 256 + v4->n_optdefs)
        return NULL;
    def = i < 256 ? berth_optdef_find(4, names->space, (uint16_t)i) : &v4->optdefs[i - 256];
    return def && strcmp(def->space, names->space) == 0 ? def->name : "";
}

static bool unknown_name(BerthBuild *build, const BerthOptEntry *entry)
{
    const Names names = {build->conf, entry->in.space};
    const char *near = berth_nearest(entry->in.name, name_at, &names);

    if (near)
        return berth_build_fail(build, entry->node, entry->path,
                                "no option \"%s\" in space %s; did you mean \"%s\"?",
                                entry->in.name, entry->in.space, near);
    return berth_build_fail(build, entry->node, entry->path,
                            "no option \"%s\" in space %s; define it in option-def", entry->in.name,
                            entry->in.space);
}

/* An option without a definition is bytes. */
static const BerthOptDef *anonymous(BerthBuild *build, const BerthOptionIn *in)
{
    BerthOptDef *def = berth_build_array(build, 1, sizeof(*def));

    *def = (BerthOptDef){
        .space = in->space,
        .code = (uint16_t)in->code,
        .name = "",
        .format = {.fields = {BERTH_OPT_BINARY}, .n_fields = 1},
    };
    return def;
}

static bool find_by_code(BerthBuild *build, BerthOptEntry *entry)
{
    BerthOptionIn *in = &entry->in;

    entry->def = berth_conf_optdef(build->conf, in->space, (uint16_t)in->code);
    if (entry->def && in->name && strcmp(in->name, entry->def->name) != 0)
        return berth_build_fail(build, entry->node, entry->path,
                                "code %u is \"%s\", not \"%s\"; keep name or code",
                                entry->def->code, entry->def->name, in->name);
    if (entry->def)
        return true;
    if (in->name)
        return unknown_name(build, entry);
    if (berth_node_get(entry->node, "csv-format") && in->csv)
        return berth_build_fail(
            build, entry->node, entry->path,
            "option %d of space %s has no definition; define it in option-def, or give its "
            "bytes in hex with csv-format false",
            (int)in->code, in->space);
    in->csv = false;
    entry->def = anonymous(build, in);
    return true;
}

static bool find_def(BerthBuild *build, BerthOptEntry *entry)
{
    BerthOptionIn *in = &entry->in;

    if (in->code >= 0) {
        if (!find_by_code(build, entry))
            return false;
    } else if (in->name) {
        entry->def = berth_conf_optdef_name(build->conf, in->space, in->name);
        if (!entry->def)
            return unknown_name(build, entry);
    } else {
        return berth_build_fail(build, entry->node, entry->path, "name or code is missing");
    }
    in->code = entry->def->code;
    in->name = entry->def->name[0] ? entry->def->name : NULL;
    if (is_managed(in))
        return berth_build_fail(build, entry->node, entry->path,
                                "option %d \"%s\" is the server's own and cannot be configured",
                                (int)in->code, in->name);
    return true;
}

/* ---- its value ---- */

static bool read_value(BerthBuild *build, BerthOptEntry *entry)
{
    const BerthOptionIn *in = &entry->in;
    const BerthOptFormat *format = &entry->def->format;
    const size_t fixed = berth_optformat_fixed_len(format);
    g_autoptr(GError) error = NULL;

    if (in->data[0] == '\0') {
        if (in->never_send || format->fields[0] == BERTH_OPT_EMPTY ||
            entry->def->code == BERTH_VIVSO)
            return true;
        return berth_build_fail(build, entry->node, entry->path, "data is missing");
    }
    if (berth_opt_from_text(entry->def, in->data, in->csv, &build->conf->arena, &entry->value,
                            &error) < 0)
        return berth_build_fail(build, entry->node, entry->path, "data: %s", error->message);
    /* RFC 2132: many options have one length only; hex can have any. A container is longer. */
    if (fixed > 0 && entry->value.len != fixed && !format->space[0] &&
        format->fields[0] != BERTH_OPT_EMPTY && entry->def->code != BERTH_VIVSO)
        return berth_build_fail(build, entry->node, entry->path,
                                "data is %zu bytes; option \"%s\" has exactly %zu",
                                entry->value.len, entry->def->name, fixed);
    if (entry->value.len > BERTH_OPT_VALUE_MAX)
        return berth_build_fail(build, entry->node, entry->path, "data is longer than %d bytes",
                                BERTH_OPT_VALUE_MAX);
    return true;
}

static BerthOptEntry *read_entry(BerthBuild *build, const BerthNode *node, const char *path)
{
    BerthOptEntry *entry = berth_build_array(build, 1, sizeof(*entry));
    const unsigned errors = build->fill.errors->lines->len;

    *entry = (BerthOptEntry){.node = node, .path = path};
    berth_build_map(build, node, path, berth_conf_option4, &entry->in);
    if (build->fill.errors->lines->len > errors)
        return NULL;
    return find_def(build, entry) && read_value(build, entry) ? entry : NULL;
}

static bool is_there(const GPtrArray *entries, const BerthOptEntry *entry)
{
    for (unsigned i = 0; i < entries->len; i++) {
        const BerthOptEntry *other = entries->pdata[i];

        if (other->in.code == entry->in.code && strcmp(other->in.space, entry->in.space) == 0)
            return true;
    }
    return false;
}

static void read_entries(BerthBuild *build, const BerthNode *node, const char *path,
                         GPtrArray *entries)
{
    unsigned i = 0;

    for (node = node->value.children.first; node; node = node->next, i++) {
        char *at = berth_arena_printf(&build->conf->arena, "%s[%u]", path, i);
        BerthOptEntry *entry = read_entry(build, node, at);

        if (entry && is_there(entries, entry))
            berth_build_fail(build, entry->node, entry->path,
                             "option %d of space %s stands in this list twice", (int)entry->in.code,
                             entry->in.space);
        else if (entry)
            g_ptr_array_add(entries, entry);
    }
}

static BerthOptList compile(BerthBuild *build, const GPtrArray *entries)
{
    BerthOptData *at = berth_build_array(build, entries->len, sizeof(*at));

    for (unsigned i = 0; i < entries->len; i++) {
        const BerthOptEntry *entry = entries->pdata[i];

        at[i] = (BerthOptData){
            .def = entry->def,
            .code = entry->def->code,
            .space = entry->def->space,
            .value = entry->value,
            .always_send = entry->in.always_send,
            .never_send = entry->in.never_send,
        };
    }
    return (BerthOptList){.at = at, .n = entries->len};
}

BerthOptList berth_build_options(BerthBuild *build, const BerthNode *node, const char *path)
{
    const size_t n = berth_build_count(build, node, path);
    GPtrArray *entries;
    BerthOptList list = {0};

    if (n == 0)
        return list;
    entries = g_ptr_array_new();
    read_entries(build, node, path, entries);
    struct BerthOptEntry *const *in_order =
        berth_build_copy(build, entries->pdata, entries->len, sizeof(BerthOptEntry *));
    const size_t n_in_order = entries->len;

    berth_opt_fold(build, entries);
    list = compile(build, entries);
    list.entries = in_order;
    list.n_entries = n_in_order;
    g_ptr_array_unref(entries);
    return list;
}

/* ---- looking up ---- */

static const BerthOptData *find(const BerthOptList *list, uint16_t code)
{
    size_t low = 0, high = list->n;

    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        const BerthOptData *data = &list->at[middle];
        int order = strcmp(data->space, "dhcp4");

        if (order == 0)
            order = (int)data->code - (int)code;
        if (order == 0)
            return data;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

/* The scopes from the innermost; those that are not there have no options. */
static unsigned scopes(const BerthConf *conf, const BerthSubnet *subnet, const BerthPool *pool,
                       const BerthOptList *ret[3])
{
    unsigned n = 0;

    if (pool)
        ret[n++] = &pool->options;
    if (subnet)
        ret[n++] = &subnet->options;
    ret[n++] = &conf->v4.options;
    return n;
}

const BerthOptData *berth_conf_option(const BerthConf *conf, const BerthSubnet *subnet,
                                      const BerthPool *pool, uint16_t code)
{
    const BerthOptList *lists[3];
    const unsigned n = scopes(conf, subnet, pool, lists);
    const BerthOptData *found = NULL;

    for (unsigned i = 0; i < n; i++) {
        const BerthOptData *data = find(lists[i], code);

        if (data && data->never_send)
            return NULL;
        if (!found)
            found = data;
    }
    return found;
}

unsigned berth_conf_always_sent(const BerthConf *conf, const BerthSubnet *subnet,
                                const BerthPool *pool, uint8_t *ret)
{
    const BerthOptList *lists[3];
    const unsigned n = scopes(conf, subnet, pool, lists);
    bool seen[256] = {false};
    unsigned n_ret = 0;

    for (unsigned i = 0; i < n; i++)
        for (size_t j = 0; j < lists[i]->n; j++) {
            const BerthOptData *data = &lists[i]->at[j];

            if (!data->always_send || seen[data->code & 0xff] || strcmp(data->space, "dhcp4") != 0)
                continue;
            seen[data->code & 0xff] = true;
            if (berth_conf_option(conf, subnet, pool, data->code))
                ret[n_ret++] = (uint8_t)data->code;
        }
    return n_ret;
}
