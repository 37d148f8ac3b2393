/* Sub-options into the options that hold them.
 *
 * An entry of option-data in a space that some option encapsulates becomes code, length and value
 * inside that option's value: 43 for vendor-encapsulated-options-space, or an option of option-def.
 * Kea wants the container listed beside its sub-options; here it is made when it is missing, since
 * sub-options without it are never sent. Those of a space vendor-<number> are chosen for each reply
 * (core/packet/vendor.h). */
#include "core/conf/optdata.h"

#define DEPTH_MAX 8
#define SUBOPT4_MAX 251 /* so that it fits into one option, with its head */

/* ---- the containers ---- */

uint32_t berth_opt_space_enterprise(const char *space)
{
    guint64 number;

    if (!g_str_has_prefix(space, "vendor-") ||
        !g_ascii_string_to_unsigned(space + strlen("vendor-"), 10, 1, UINT32_MAX, &number, NULL))
        return 0;
    return (uint32_t)number;
}

/* The standard option of space `in` that holds options of `space`, or holds one that does. */
static const BerthOptDef *standard_container(const BerthFamilyConf *family, const char *in,
                                             const char *space, unsigned depth)
{
    for (uint16_t code = 1; code < 256; code++) {
        const BerthOptDef *def = berth_conf_optdef(family, in, code);

        if (!def || !def->format.space[0] || strcmp(def->format.space, in) == 0)
            continue;
        if (strcmp(def->format.space, space) == 0)
            return def;
        if (depth > 1 && (def = standard_container(family, def->format.space, space, depth - 1)))
            return def;
    }
    return NULL;
}

/* The definition of the option that holds options of `space`, NULL when there is none. */
static const BerthOptDef *container_of(const BerthBuild *build, const char *space)
{
    const BerthFamilyConf *family = build->family;
    const BerthOptDef *own = build->class_optdefs.at;
    const BerthFamilyTables *tables = family->tables;

    for (size_t i = 0; i < build->class_optdefs.n; i++)
        if (strcmp(own[i].format.space, space) == 0)
            return &own[i];
    for (size_t i = 0; i < family->n_optdefs; i++)
        if (strcmp(family->optdefs[i].format.space, space) == 0)
            return &family->optdefs[i];
    return standard_container(family, tables->space, space, 2);
}

/* Whether any entry of the scope holds options of the space: several may. */
static bool has_container(const GPtrArray *entries, const char *space)
{
    for (unsigned i = 0; i < entries->len; i++) {
        const BerthOptEntry *entry = entries->pdata[i];

        if (strcmp(entry->def->format.space, space) == 0)
            return true;
    }
    return false;
}

static BerthOptEntry *find_entry(const GPtrArray *entries, const BerthOptDef *def)
{
    for (unsigned i = 0; i < entries->len; i++) {
        BerthOptEntry *entry = entries->pdata[i];

        if (entry->def == def)
            return entry;
    }
    return NULL;
}

/* What only relays send. */
static bool is_relays(const BerthBuild *build, const BerthOptDef *def)
{
    if (strcmp(def->space, build->family->tables->space) != 0)
        return false;
    return def->code ==
           (build->family->family == 4 ? BERTH_DHO_DHCP_AGENT_OPTIONS : BERTH_D6O_RSOO);
}

static void imply(BerthBuild *build, GPtrArray *entries, const BerthOptDef *def,
                  const BerthOptEntry *inner)
{
    BerthOptEntry *entry = berth_build_array(build, 1, sizeof(*entry));

    *entry = (BerthOptEntry){.def = def, .node = inner->node, .path = inner->path, .implied = true};
    entry->in = (BerthOptionIn){.code = def->code, .name = def->name, .space = def->space};
    g_ptr_array_add(entries, entry);
}

static bool add_container(BerthBuild *build, GPtrArray *entries, const BerthOptEntry *inner)
{
    const char *space = inner->in.space;
    const BerthOptDef *def;

    if (strcmp(space, build->family->tables->space) == 0 || berth_opt_space_enterprise(space) > 0 ||
        has_container(entries, space))
        return true;
    def = container_of(build, space);
    if (!def) {
        berth_build_warn(build, inner->node, inner->path,
                         "no option holds options of space %s, so it is never sent; define one in "
                         "option-def with encapsulate \"%s\"",
                         space, space);
        return true;
    }
    if (is_relays(build, def))
        return berth_build_fail(build, inner->node, inner->path,
                                "option %u \"%s\" is the relay's and cannot be configured",
                                def->code, def->name);
    if (find_entry(entries, def))
        return true;
    if (def->format.fields[0] == BERTH_OPT_EMPTY)
        imply(build, entries, def, inner);
    else
        berth_build_warn(build, inner->node, inner->path,
                         "the option that holds it, \"%s\", has data of its own; it is not sent "
                         "until that is listed, too",
                         def->name);
    return true;
}

/* A container that the file does not name is sent to whom what it holds is sent. */
static void imply_flags(const GPtrArray *entries, const BerthOptEntry *inner)
{
    for (unsigned i = 0; inner->in.always_send && i < entries->len; i++) {
        BerthOptEntry *entry = entries->pdata[i];

        if (entry->implied && strcmp(entry->def->format.space, inner->in.space) == 0)
            entry->in.always_send = true;
    }
}

/* ---- folding ---- */

static int compare_entries(const void *a, const void *b)
{
    const BerthOptEntry *x = *(const BerthOptEntry *const *)a,
                        *y = *(const BerthOptEntry *const *)b;
    int order = strcmp(x->in.space, y->in.space);

    if (order == 0)
        order = (int)(x->in.code - y->in.code);
    return order ? order : (x->order > y->order) - (x->order < y->order);
}

typedef struct Folding {
    BerthBuild *build;
    const GPtrArray *entries; /* sorted */
    unsigned depth;
} Folding;

static bool fold(Folding *folding, BerthOptEntry *entry);

/* The index of the first entry of `space`, or where it would stand. */
static unsigned first_of(const GPtrArray *entries, const char *space)
{
    unsigned low = 0, high = entries->len;

    while (low < high) {
        const unsigned middle = low + (high - low) / 2;

        if (strcmp(((const BerthOptEntry *)entries->pdata[middle])->in.space, space) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* A byte each for code and length. As with Kea what is longer than one can say comes in parts, one
 * behind the other, as an option does (RFC 3396). */
static void append_item4(uint8_t code, BerthBytes value, GByteArray *out)
{
    do {
        const size_t len = MIN(value.len, (size_t)SUBOPT4_MAX);
        const uint8_t head[] = {code, (uint8_t)len};

        g_byte_array_append(out, head, sizeof(head));
        if (len > 0)
            g_byte_array_append(out, value.data, (guint)len);
        value = (BerthBytes){value.data ? value.data + len : NULL, value.len - len};
    } while (value.len > 0);
}

/* RFC 9915 section 21.1: two bytes each. */
static void append_item6(uint16_t code, BerthBytes value, GByteArray *out)
{
    const uint8_t head[] = {code >> 8, (uint8_t)code, (uint8_t)(value.len >> 8),
                            (uint8_t)value.len};

    g_byte_array_append(out, head, sizeof(head));
    if (value.len > 0)
        g_byte_array_append(out, value.data, (guint)value.len);
}

/* Appends code, length and value of every entry of `space`. */
static bool append_space(Folding *folding, const char *space, GByteArray *out)
{
    for (unsigned i = first_of(folding->entries, space); i < folding->entries->len; i++) {
        BerthOptEntry *sub = folding->entries->pdata[i];

        if (strcmp(sub->in.space, space) != 0)
            break;
        if (sub->in.never_send)
            continue;
        if (!fold(folding, sub))
            return false;
        if (folding->build->family->family == 6)
            append_item6((uint16_t)sub->in.code, sub->value, out);
        else
            append_item4((uint8_t)sub->in.code, sub->value, out);
    }
    return true;
}

/* RFC 3925 section 4: a length stands behind the number of an enterprise. What its space holds is
 * added to each reply (core/packet/vendor.h). In hex it is anything. */
static void append_vendor_head(const Folding *folding, GByteArray *out)
{
    if (folding->build->family->family == 4 && out->len == sizeof(uint32_t))
        g_byte_array_append(out, (const uint8_t *)"", 1);
}

static bool append_all(Folding *folding, const BerthOptEntry *entry, GByteArray *out)
{
    const char *space = entry->def->format.space;

    if (berth_opt_is_vendor(folding->build, entry->def)) {
        append_vendor_head(folding, out);
        return true;
    }
    /* Of options of messages, which hold whole messages or leases: nothing is put in. */
    if (space[0] == '\0' || strcmp(space, folding->build->family->tables->space) == 0)
        return true;
    return append_space(folding, space, out);
}

/* Each entry is folded once, however many hold it, so the work is bounded by what the file lists.
 */
static bool fold(Folding *folding, BerthOptEntry *entry)
{
    GByteArray *out;
    bool good;

    if (entry->state == BERTH_OPT_FOLDED)
        return true;
    if (entry->state == BERTH_OPT_FOLDING || folding->depth == DEPTH_MAX)
        return berth_build_fail(folding->build, entry->node, entry->path,
                                "its sub-options hold each other, or are nested deeper than %d",
                                DEPTH_MAX);
    entry->state = BERTH_OPT_FOLDING;
    folding->depth++;
    out = g_byte_array_new();
    if (entry->value.len > 0)
        g_byte_array_append(out, entry->value.data, (guint)entry->value.len);
    good = append_all(folding, entry, out);
    if (good && out->len > BERTH_OPT_VALUE_MAX)
        good = berth_build_fail(folding->build, entry->node, entry->path,
                                "it is longer than %d bytes with its sub-options",
                                BERTH_OPT_VALUE_MAX);
    if (good && out->len > entry->value.len)
        entry->value =
            berth_arena_copy(&folding->build->conf->arena, (BerthBytes){out->data, out->len});
    g_byte_array_unref(out);
    folding->depth--;
    entry->state = BERTH_OPT_FOLDED;
    return good;
}

void berth_opt_fold(BerthBuild *build, GPtrArray *entries)
{
    Folding folding = {.build = build, .entries = entries};

    for (unsigned i = 0; i < entries->len; i++)
        if (!add_container(build, entries, entries->pdata[i]))
            return;
    for (unsigned i = 0; i < entries->len; i++)
        imply_flags(entries, entries->pdata[i]);
    g_ptr_array_sort(entries, compare_entries);
    for (unsigned i = 0; i < entries->len; i++)
        if (!fold(&folding, entries->pdata[i]))
            return;
}
