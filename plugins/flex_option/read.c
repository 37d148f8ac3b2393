/* read - see read.h. */
#include "read.h"

#include <errno.h>
#include <stdlib.h>

static const char *const query_first[] = {"query", "response", NULL};
#define QUERY 0

/* What options and those inside have in common. */
#define COMMON                                                                                \
    {"code",   BERTH_INT(Entry, code), NULL, "code of the option; it or its name",            \
     .min = 0, .max = UINT16_MAX},                                                            \
        {"name", BERTH_STRING(Entry, name), NULL, "name of the option"},                      \
        {"csv-format", BERTH_BOOL(Entry, csv_format), "false",                                \
         "the expression gives the text of the option, not its bytes"},                       \
        {"add", BERTH_STRING(Entry, says[ACT_ADD]), NULL,                                     \
         "expression: the value that the option gets where it is not there"},                 \
        {"supersede", BERTH_STRING(Entry, says[ACT_SUPERSEDE]), NULL,                         \
         "expression: the value that the option gets in any case"},                           \
        {"remove", BERTH_STRING(Entry, says[ACT_REMOVE]), NULL,                               \
         "condition: whether the option is taken out"},                                       \
        {"client-class", BERTH_STRING(Entry, class), NULL, "only for clients of this class"}, \
    {                                                                                         \
        "comment", BERTH_IGNORED, NULL, "for people"                                          \
    }

static const BerthConfItem inside_items[] = {
    COMMON,
    {"space", BERTH_STRING(Entry, space), NULL, "space of the option; else that of its container"},
    {"container-add", BERTH_BOOL(Entry, container_add), "true",
     "add and supersede make the container where it is not there"},
    {"container-remove", BERTH_BOOL(Entry, container_remove), "true",
     "remove takes the container out where it is left empty"},
    {0},
};

const BerthConfItem entry_items[] = {
    COMMON,
    {"space", BERTH_STRING(Entry, space), NULL, "space of the option: dhcp4, dhcp6"},
    {"source", BERTH_WORD(Entry, source), "query", "what expressions are about",
     .words = query_first},
    {"destination", BERTH_WORD(Entry, destination), "response", "what is changed",
     .words = query_first},
    {"sub-options", BERTH_LIST(Entry, inside), NULL,
     "options inside of this one, each with an action", .items = inside_items,
     .item_size = sizeof(Entry)},
    {0},
};

static const char *const words[] = {"add", "supersede", "remove"};

/* What is being read. */
typedef struct Reading {
    const BerthSetup *setup;
    const Entry *entry;
    const char *space; /* of the entry; NULL: the family's */
    const char *what;  /* "option", "sub-option" */
} Reading;

/* ---- which option ---- */

/* Kea: a code of the family's own space has no 0, and 255 ends the options of DHCPv4. */
static int check_code(const Reading *reading, GError **error)
{
    const int family = berth_setup_family(reading->setup);
    const int64_t most = family == 4 ? UINT8_MAX : UINT16_MAX, code = reading->entry->code;
    const char *own = family == 4 ? "dhcp4" : "dhcp6";

    if (code < 0 && !reading->entry->name)
        return berth_fail(error, -EINVAL, "'code' or 'name' must be specified");
    if (code > most)
        return berth_fail(error, -EINVAL, "invalid 'code' value %d not in [0..%d]", (int)code,
                          (int)most);
    if (reading->space && strcmp(reading->space, own) != 0)
        return 0;
    if (code == 0 || (family == 4 && code == UINT8_MAX))
        return berth_fail(error, -EINVAL, "invalid 'code' value %d: reserved%s", (int)code,
                          family == 6   ? ""
                          : code == 255 ? " for END"
                                        : " for PAD");
    return 0;
}

/* The code, and the definition if there is one. */
static int find_option(const Reading *reading, uint16_t *ret_code, const BerthOptDef **ret_def,
                       GError **error)
{
    const Entry *entry = reading->entry;
    int r = check_code(reading, error);

    if (r < 0)
        return r;
    if (entry->name) {
        *ret_def = berth_setup_option_name(reading->setup, reading->space, entry->name);
        if (!*ret_def)
            return berth_fail(error, -EINVAL, "no known '%s' %s in '%s' space", entry->name,
                              reading->what, reading->space ? reading->space : "the family's");
        *ret_code = berth_optdef_code(*ret_def);
        if (entry->code >= 0 && entry->code != *ret_code)
            return berth_fail(error, -EINVAL,
                              "%s '%s' is defined as code: %u, not the specified code: %d",
                              reading->what, entry->name, *ret_code, (int)entry->code);
        return 0;
    }
    *ret_code = (uint16_t)entry->code;
    *ret_def = berth_setup_option(reading->setup, reading->space, *ret_code);
    if (!*ret_def && entry->csv_format)
        return berth_fail(error, -EINVAL, "no known %s with code '%u': csv-format needs one",
                          reading->what, *ret_code);
    return 0;
}

/* ---- what is done ---- */

static int read_action(const Reading *reading, Act *act, GError **error)
{
    const Entry *entry = reading->entry;
    int found = -1;

    for (int i = 0; i < 3; i++) {
        if (!entry->says[i])
            continue;
        if (found >= 0)
            return berth_fail(error, -EINVAL, "%s %u: multiple actions", reading->what, act->code);
        if (!*entry->says[i])
            return berth_fail(error, -EINVAL, "'%s' must not be empty", words[i]);
        found = i;
    }
    if (found < 0)
        return berth_fail(error, -EINVAL, "%s %u: no action", reading->what, act->code);
    act->kind = (ActKind)found;
    act->expr =
        berth_setup_expr(reading->setup, found == ACT_REMOVE ? BERTH_EXPR_BOOL : BERTH_EXPR_BYTES,
                         entry->says[found], error);
    if (act->expr)
        return 0;
    g_prefix_error(error, "%s %u: can't parse %s expression [%s] error: ", reading->what, act->code,
                   words[found], entry->says[found]);
    return -EINVAL;
}

static int read_option(const Reading *reading, Act *act, GArray *acts, GError **error)
{
    int r;

    act->class = reading->entry->class;
    if (!reading->entry->csv_format)
        act->def = NULL;
    r = read_action(reading, act, error);
    if (r == 0)
        g_array_append_vals(acts, act, 1);
    return r;
}

/* ---- inside ---- */

/* Kea: "vendor-4491" is the space of that enterprise. */
static uint32_t enterprise_of(const char *space)
{
    return g_str_has_prefix(space, "vendor-")
               ? (uint32_t)strtoul(space + strlen("vendor-"), NULL, 10)
               : 0;
}

static bool is_vendors(int family, uint16_t container)
{
    return container == (family == 4 ? BERTH_DHO_VIVSO_SUBOPTIONS : BERTH_D6O_VENDOR_OPTS);
}

static bool is_there(const GArray *acts, uint16_t container, uint16_t code)
{
    for (unsigned i = 0; i < acts->len; i++) {
        const Act *act = &g_array_index(acts, Act, i);

        if (act->is_inside && act->container == container && act->code == code)
            return true;
    }
    return false;
}

static int read_inside(const Reading *outer, const Act *container, const BerthOptDef *def,
                       const Entry *entry, GArray *acts, GError **error)
{
    Reading reading = {outer->setup, entry, entry->space, "sub-option"};
    Act act = *container;
    int r;

    if (!reading.space && def)
        reading.space = berth_optdef_inside(def);
    if (!reading.space)
        return berth_fail(error, -EINVAL, "option %u: %s", act.container,
                          def ? "container does not encapsulate a space"
                              : "container is not defined: can't get space");
    r = find_option(&reading, &act.code, &act.def, error);
    if (r < 0)
        return r;
    if (is_there(acts, act.container, act.code))
        return berth_fail(error, -EINVAL, "sub-option %u of option %u was already specified",
                          act.code, act.container);
    if (is_vendors(act.family, act.container))
        act.enterprise = enterprise_of(reading.space);
    act.moves_container = entry->says[ACT_REMOVE] ? entry->container_remove : entry->container_add;
    return read_option(&reading, &act, acts, error);
}

static int read_all_inside(const Reading *reading, Act *container, const BerthOptDef *def,
                           GArray *acts, GError **error)
{
    const Entry *inside = reading->entry->inside.at;

    container->is_inside = true;
    container->container = container->code;
    container->container_class = reading->entry->class;
    for (int i = 0; i < 3; i++)
        if (reading->entry->says[i])
            return berth_fail(error, -EINVAL,
                              "'sub-options' and '%s' are incompatible in the same entry",
                              words[i]);
    for (size_t i = 0; i < reading->entry->inside.n; i++) {
        int r = read_inside(reading, container, def, &inside[i], acts, error);

        if (r < 0)
            return r;
    }
    return 0;
}

int entry_read(const BerthSetup *setup, const Entry *entry, GArray *acts, GError **error)
{
    const Reading reading = {setup, entry, entry->space, "option"};
    Act act = {
        .family = berth_setup_family(setup),
        .from_reply = entry->source != QUERY,
        .to_query = entry->destination == QUERY,
    };
    int r;

    if (act.from_reply && act.to_query)
        return berth_fail(error, -EINVAL, "destination 'query' requires source 'query'");
    r = find_option(&reading, &act.code, &act.def, error);
    if (r < 0)
        return r;
    return entry->inside.n > 0 ? read_all_inside(&reading, &act, act.def, acts, error)
                               : read_option(&reading, &act, acts, error);
}
