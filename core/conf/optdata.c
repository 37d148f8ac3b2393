/* The option-data of a scope: each entry is found, checked and turned into bytes. Sub-options are
 * optfold.c's work, the look-up of the option that a client gets is optscope.c's. */
#include "core/conf/optdata.h"
#include "core/base/nearest.h"
#include "core/conf/build.h"
#include "core/wire/optfield.h"

/* Options that the server makes itself, or that only clients and relays send: what is configured is
 * never sent. */
static const uint8_t managed4[] = {51, 53, 82};
static const uint8_t managed6[] = {1,  2,  3,  4,  5,  6,  8,  9,   11, 13,
                                   14, 18, 19, 25, 26, 66, 67, 135, 148};

static bool is_managed(const BerthBuild *build, const BerthOptionIn *in)
{
    if (strcmp(in->space, build->family->tables->space) != 0 || in->code > UINT8_MAX)
        return false;
    return build->family->family == 4 ? memchr(managed4, (int)in->code, sizeof(managed4))
                                      : memchr(managed6, (int)in->code, sizeof(managed6));
}

bool berth_opt_is_vendor(const BerthBuild *build, const BerthOptDef *def)
{
    return def->code == build->family->tables->vendor &&
           strcmp(def->space, build->family->tables->space) == 0;
}

uint32_t berth_opt_enterprise(const BerthOptEntry *entry)
{
    BerthReader r = berth_reader(entry->value);
    const uint32_t number = berth_read_u32(&r);

    return r.failed ? 0 : number;
}

/* ---- which option an entry means ---- */

typedef struct Names {
    const BerthFamilyConf *family;
    const char *space;
} Names;

static const char *name_at(const void *data, size_t i)
{
    const Names *names = data;
    const BerthFamilyConf *family = names->family;
    const BerthOptDef *def;

    if (i >= 256 + family->n_optdefs)
        return NULL;
    def = i < 256 ? berth_optdef_find(family->family, names->space, (uint16_t)i)
                  : &family->optdefs[i - 256];
    return def && strcmp(def->space, names->space) == 0 ? def->name : "";
}

static bool unknown_name(BerthBuild *build, const BerthOptEntry *entry)
{
    const Names names = {build->family, entry->in.space};
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
        .family = (uint8_t)build->family->family,
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

    entry->def = berth_build_optdef(build, in->space, (uint16_t)in->code);
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

    const BerthReading reading = {build, entry->node, entry->path};

    if (in->code >= 0 && !berth_build_code_is_good(&reading, in->space, in->code))
        return false;
    if (in->code >= 0) {
        if (!find_by_code(build, entry))
            return false;
    } else if (in->name) {
        entry->def = berth_build_optdef_name(build, in->space, in->name);
        if (!entry->def)
            return unknown_name(build, entry);
    } else {
        return berth_build_fail(build, entry->node, entry->path, "name or code is missing");
    }
    in->code = entry->def->code;
    in->name = entry->def->name[0] ? entry->def->name : NULL;
    if (is_managed(build, in))
        berth_build_warn(build, entry->node, entry->path,
                         "option %d \"%s\" is the server's own; this one is never sent",
                         (int)in->code, in->name);
    return true;
}

/* ---- its value ---- */

/* Whether the definition lets data be left out. */
static bool may_be_empty(const BerthOptEntry *entry)
{
    const BerthOptFormat *format = &entry->def->format;

    return entry->in.never_send || format->fields[0] == BERTH_OPT_EMPTY ||
           (!entry->in.csv && format->fields[0] == BERTH_OPT_BINARY && !format->array);
}

/* RFC 2132: many options have one length only; hex can have any, and of more Kea sends what fits. A
 * container is longer. */
static bool check_fixed(BerthBuild *build, BerthOptEntry *entry)
{
    const BerthOptFormat *format = &entry->def->format;
    const size_t fixed = berth_optformat_fixed_len(format), len = entry->value.len;

    if (fixed == 0 || len == fixed || format->space[0] || format->fields[0] == BERTH_OPT_EMPTY)
        return true;
    if (berth_opt_is_vendor(build, entry->def))
        return len > fixed || berth_build_fail(build, entry->node, entry->path,
                                               "data is %zu bytes; it begins with an enterprise "
                                               "number of 4",
                                               len);
    if (len < fixed)
        return berth_build_fail(build, entry->node, entry->path,
                                "data is %zu bytes; option \"%s\" has exactly %zu", len,
                                entry->def->name, fixed);
    berth_build_warn(build, entry->node, entry->path,
                     "data is %zu bytes; option \"%s\" has exactly %zu, and only these are sent",
                     len, entry->def->name, fixed);
    entry->value.len = fixed;
    return true;
}

static bool check_length(BerthBuild *build, BerthOptEntry *entry)
{
    const size_t len = entry->value.len;

    if (!check_fixed(build, entry))
        return false;
    /* RFC 3925: all that an enterprise has shares one byte of length. */
    if (build->family->family == 4 && len > UINT8_MAX &&
        berth_opt_space_enterprise(entry->in.space) > 0)
        return berth_build_fail(build, entry->node, entry->path,
                                "a vendor's option holds at most %d bytes, this one has %zu",
                                UINT8_MAX, len);
    if (len > BERTH_OPT_VALUE_MAX)
        return berth_build_fail(build, entry->node, entry->path, "data is longer than %d bytes",
                                BERTH_OPT_VALUE_MAX);
    return true;
}

/* RFC 9915 sections 21.24 and 21.25: clients ignore SOL_MAX_RT and INF_MAX_RT beyond these. */
#define MAX_RT_LOWEST_SEC 60
#define MAX_RT_HIGHEST_SEC 86400

static bool check_max_rt(BerthBuild *build, const BerthOptEntry *entry)
{
    BerthReader r = berth_reader(entry->value);
    const uint32_t sec = berth_read_u32(&r);

    if (build->family->family != 6 || strcmp(entry->in.space, "dhcp6") != 0 ||
        (entry->in.code != BERTH_D6O_SOLMAX_RT && entry->in.code != BERTH_D6O_INF_MAX_RT))
        return true;
    return (sec >= MAX_RT_LOWEST_SEC && sec <= MAX_RT_HIGHEST_SEC) ||
           berth_build_fail(build, entry->node, entry->path,
                            "data: option \"%s\" is %d to %d seconds, not %u", entry->def->name,
                            MAX_RT_LOWEST_SEC, MAX_RT_HIGHEST_SEC, sec);
}

/* RFC 8925 section 3.4: V6ONLY_WAIT is no shorter than MIN_V6ONLY_WAIT; 0 leaves it to the client.
 */
#define MIN_V6ONLY_WAIT_SEC 300

static void raise_v6only_wait(BerthBuild *build, BerthOptEntry *entry)
{
    BerthReader r = berth_reader(entry->value);
    const uint32_t sec = berth_read_u32(&r), least = GUINT32_TO_BE(MIN_V6ONLY_WAIT_SEC);

    if (build->family->family != 4 || strcmp(entry->in.space, "dhcp4") != 0 ||
        entry->in.code != BERTH_DHO_V6_ONLY_PREFERRED || sec == 0 || sec >= MIN_V6ONLY_WAIT_SEC)
        return;
    berth_build_warn(build, entry->node, entry->path,
                     "data: option \"%s\" is at least %d seconds, or 0; %u is sent as %d",
                     entry->def->name, MIN_V6ONLY_WAIT_SEC, sec, MIN_V6ONLY_WAIT_SEC);
    entry->value =
        berth_arena_copy(&build->conf->arena, (BerthBytes){(const uint8_t *)&least, sizeof(least)});
}

/* What is never sent need not have a text form either, as with Kea. */
static bool needs_no_value(const BerthBuild *build, const BerthOptEntry *entry)
{
    return entry->in.csv && entry->def->format.fields[0] == BERTH_OPT_INTERNAL &&
           is_managed(build, &entry->in);
}

static bool read_value(BerthBuild *build, BerthOptEntry *entry)
{
    const BerthOptionIn *in = &entry->in;
    g_autoptr(GString) text = g_string_new(NULL), trimmed = g_string_new(NULL);
    g_autoptr(GError) error = NULL;

    if (needs_no_value(build, entry))
        return true;
    if (in->data[0] == '\0')
        return may_be_empty(entry) ||
               berth_build_fail(build, entry->node, entry->path, "data is missing");
    g_string_assign(text, in->data);
    if (in->csv && berth_opttext_trim(entry->def, in->data, trimmed) > 0) {
        g_string_assign(text, trimmed->str);
        berth_build_warn(build, entry->node, entry->path,
                         "data: empty fields and those that option \"%s\" has no place for are "
                         "not sent; a comma inside a field is written \"\\\\,\"",
                         entry->def->name);
    }
    if (berth_opt_from_text(entry->def, text->str, in->csv, &build->conf->arena, &entry->value,
                            &error) < 0)
        return berth_build_fail(build, entry->node, entry->path, "data: %s", error->message);
    if (!check_length(build, entry) || !check_max_rt(build, entry))
        return false;
    raise_v6only_wait(build, entry);
    return true;
}

/* A sub-option lies in the bytes of the option that holds it, which are the same for everybody; but
 * those of vendors are chosen for each reply. */
static bool read_tag(BerthBuild *build, BerthOptEntry *entry)
{
    const BerthReading reading = {build, entry->node, entry->path};

    if (entry->in.classes.n > 0 && strcmp(entry->in.space, build->family->tables->space) != 0 &&
        berth_opt_space_enterprise(entry->in.space) == 0)
        return berth_build_fail(build, entry->node, entry->path,
                                "client-classes is not for sub-options; tag the option that holds "
                                "them, or make them options of a class");
    entry->guard = build->at_run_time ? berth_build_named_guard(&reading, &entry->in.classes)
                                      : berth_build_guard(&reading, &entry->in.classes);
    return true;
}

/* The names that Kea had for CableLabs' options until 2.4. */
static void use_todays_space(BerthOptionIn *in)
{
    if (strcmp(in->space, "docsis3-v4") == 0 || strcmp(in->space, "docsis3-v6") == 0)
        in->space = "vendor-4491";
}

static BerthOptEntry *read_entry(BerthBuild *build, const BerthNode *node, const char *path)
{
    BerthOptEntry *entry = berth_build_array(build, 1, sizeof(*entry));
    const unsigned errors = build->fill.errors->lines->len;

    *entry = (BerthOptEntry){.node = node, .path = path};
    berth_build_map(build, node, path, build->family->tables->option, &entry->in);
    if (build->fill.errors->lines->len > errors)
        return NULL;
    use_todays_space(&entry->in);
    return find_def(build, entry) && read_value(build, entry) && read_tag(build, entry) ? entry
                                                                                        : NULL;
}

static bool same_guard(const BerthGuard *a, const BerthGuard *b)
{
    for (unsigned i = 0; i < a->n && a->n == b->n; i++)
        if (a->names ? strcmp(a->names[i], b->names[i]) != 0 : a->numbers[i] != b->numbers[i])
            return false;
    return a->n == b->n;
}

/* RFC 3925, RFC 9915 sections 21.16 and 21.17: the vendor class and the vendor option stand once
 * for each enterprise. */
static bool is_of_vendors(const BerthBuild *build, const BerthOptDef *def)
{
    const BerthFamilyTables *tables = build->family->tables;

    return (def->code == tables->vendor || def->code == tables->vendor_class) &&
           strcmp(def->space, tables->space) == 0;
}

static bool is_same(const BerthBuild *build, const BerthOptEntry *a, const BerthOptEntry *b)
{
    if (a->in.code != b->in.code || strcmp(a->in.space, b->in.space) != 0 ||
        !same_guard(&a->guard, &b->guard))
        return false;
    return !is_of_vendors(build, a->def) || berth_opt_enterprise(a) == berth_opt_enterprise(b);
}

/* As with Kea the last one of several counts. */
static void add_entry(BerthBuild *build, GPtrArray *entries, BerthOptEntry *entry)
{
    for (unsigned i = 0; i < entries->len; i++) {
        if (!is_same(build, entries->pdata[i], entry))
            continue;
        berth_build_warn(build, entry->node, entry->path,
                         "option %d of space %s stands in this list twice; the last one counts",
                         (int)entry->in.code, entry->in.space);
        g_ptr_array_remove_index(entries, i);
        break;
    }
    g_ptr_array_add(entries, entry);
}

static void read_entries(BerthBuild *build, const BerthNode *node, const char *path,
                         GPtrArray *entries)
{
    unsigned i = 0;

    for (node = node->value.children.first; node; node = node->next, i++) {
        char *at = berth_arena_printf(&build->conf->arena, "%s[%u]", path, i);
        BerthOptEntry *entry = read_entry(build, node, at);

        if (!entry)
            continue;
        entry->order = i;
        add_entry(build, entries, entry);
    }
}

/* Those of the vendors' spaces are neighbours, too. */
static void find_vendors(BerthOptList *list)
{
    for (size_t i = 0; i < list->n; i++)
        if (berth_opt_space_enterprise(list->at[i].space) > 0 && list->n_vendor++ == 0)
            list->vendor = &list->at[i];
}

/* Those of the family's own space are neighbours. */
static void find_own(BerthOptList *list, const char *space)
{
    for (size_t i = 0; i < list->n; i++) {
        const BerthOptData *data = &list->at[i];

        if (strcmp(data->space, space) != 0)
            continue;
        if (list->n_own++ == 0)
            list->own = data;
        if (data->code <= UINT8_MAX)
            list->codes.bits[data->code / 64] |= UINT64_C(1) << data->code % 64;
        list->always |= data->always_send;
    }
}

static BerthOptList compile(BerthBuild *build, const GPtrArray *entries)
{
    BerthOptData *at = berth_build_array(build, entries->len, sizeof(*at));
    BerthOptList list = {.at = at, .n = entries->len};

    for (unsigned i = 0; i < entries->len; i++) {
        const BerthOptEntry *entry = entries->pdata[i];

        at[i] = (BerthOptData){
            .def = entry->def,
            .code = entry->def->code,
            .space = entry->def->space,
            .value = entry->value,
            .always_send = entry->in.always_send,
            .never_send = entry->in.never_send,
            .guard = entry->guard,
            .enterprise = is_of_vendors(build, entry->def)
                              ? berth_opt_enterprise(entry)
                              : berth_opt_space_enterprise(entry->def->space),
        };
    }
    find_own(&list, build->family->tables->space);
    find_vendors(&list);
    return list;
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
