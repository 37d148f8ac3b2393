/* Client classes: their names as numbers, guards, and the definitions of client-classes. Which of
 * them are tested when, and how, is classplan.c's work. */
#include "core/conf/build.h"
#include "core/expr/expr.h"

/* ---- names ---- */

static const char *const built_in[] = {
    [BERTH_CLASS_ALL] = "ALL",
    [BERTH_CLASS_KNOWN] = "KNOWN",
    [BERTH_CLASS_UNKNOWN] = "UNKNOWN",
    [BERTH_CLASS_BOOTP] = "BOOTP",
    [BERTH_CLASS_DROP] = "DROP",
    [BERTH_CLASS_REJECT] = "REJECT",
    [BERTH_CLASS_SKIP_DDNS] = "SKIP_DDNS",
};

void berth_build_class_names(BerthBuild *build)
{
    GHashTable *numbers = g_hash_table_new(g_str_hash, g_str_equal);

    for (unsigned i = 1; i < G_N_ELEMENTS(built_in); i++)
        g_hash_table_insert(numbers, (char *)built_in[i], GUINT_TO_POINTER(i));
    build->family->class_numbers = numbers;
    build->class_defs = g_hash_table_new(g_str_hash, g_str_equal);
}

unsigned berth_conf_class_named(const BerthFamilyConf *family, const char **name)
{
    void *own, *number;

    if (!family->class_numbers ||
        !g_hash_table_lookup_extended(family->class_numbers, *name, &own, &number))
        return 0;
    *name = own;
    return GPOINTER_TO_UINT(number);
}

unsigned berth_conf_class_number(const BerthFamilyConf *family, const char *name)
{
    return berth_conf_class_named(family, &name);
}

/* The number of a name, which it is given when it is new; 0 and an error: there are too many. */
static unsigned number_of(const BerthReading *reading, const char *name)
{
    BerthFamilyConf *family = reading->build->family;
    unsigned number = berth_conf_class_number(family, name);

    if (number > 0)
        return number;
    number = g_hash_table_size(family->class_numbers) + 1;
    if (number > BERTH_CLASS_NAMES_MAX)
        return berth_build_fail(reading->build, reading->node, reading->path,
                                "more than %d names of classes", BERTH_CLASS_NAMES_MAX);
    g_hash_table_insert(family->class_numbers, (char *)name, GUINT_TO_POINTER(number));
    return number;
}

static bool has_prefix(const char *name)
{
    static const char *const prefixes[] = {"VENDOR_CLASS_", "HA_", "AFTER_", "EXTERNAL_", "SPAWN_"};

    for (size_t i = 0; i < G_N_ELEMENTS(prefixes); i++)
        if (g_str_has_prefix(name, prefixes[i]))
            return true;
    return false;
}

static const BerthClass *definition(const BerthBuild *build, const char *name)
{
    return g_hash_table_lookup(build->class_defs, name);
}

/* ---- guards ---- */

static bool has_number(const BerthGuard *guard, unsigned number)
{
    for (unsigned i = 0; i < guard->n; i++)
        if (guard->numbers[i] == number)
            return true;
    return false;
}

BerthGuard berth_build_guard(const BerthReading *reading, const BerthList *names)
{
    uint16_t *numbers = berth_build_array(reading->build, names->n, sizeof(*numbers));
    const char *const *at = names->at;
    BerthGuard guard = {.numbers = numbers};

    reading->build->family->has_classes |= names->n > 0;
    for (size_t i = 0; i < names->n; i++) {
        const unsigned number = at[i][0] ? number_of(reading, at[i]) : 0;

        if (at[i][0] == '\0')
            berth_build_fail(reading->build, reading->node, reading->path,
                             "the name of a class must not be empty");
        else if (!has_number(&guard, number))
            numbers[guard.n++] = (uint16_t)number;
    }
    return guard;
}

/* The numbers of classes are those of one configuration, which is in use already. */
BerthGuard berth_build_named_guard(const BerthReading *reading, const BerthList *names)
{
    const char *const *at = names->at;

    for (size_t i = 0; i < names->n; i++)
        if (at[i][0] == '\0')
            berth_build_fail(reading->build, reading->node, reading->path,
                             "the name of a class must not be empty");
    return (BerthGuard){.names = at, .n = (unsigned)names->n};
}

bool berth_guard_admits_name(const BerthGuard *guard, const BerthClassSet *set)
{
    for (unsigned i = 0; i < guard->n; i++)
        for (unsigned k = 0; k < set->n; k++)
            if (strcmp(guard->names[i], set->names[k]) == 0)
                return true;
    return false;
}

BerthGuards berth_build_guards(const BerthReading *reading, const BerthGuardIn *in)
{
    BerthGuards guards = {.in = *in};

    /* Kea's older spelling of a list of one. */
    if (in->one && in->one[0] && in->any.n > 0)
        berth_build_fail(reading->build, reading->node, reading->path,
                         "client-class is the older spelling of client-classes; leave it out");
    if (in->one && in->one[0] && in->any.n == 0)
        guards.in.any =
            (BerthList){berth_build_copy(reading->build, &in->one, 1, sizeof(in->one)), 1};
    guards.any = berth_build_guard(reading, &guards.in.any);
    guards.additional = berth_build_guard(reading, &in->additional);
    return guards;
}

/* ---- tests ---- */

/* What is known while a test is read. */
typedef struct Testing {
    const BerthReading *reading;
    BerthClass *class;
} Testing;

static const BerthOptDef *find_option(const void *data, const char *space, uint16_t code)
{
    return berth_conf_optdef(data, space, code);
}

static const BerthOptDef *find_option_name(const void *data, const char *space, const char *name)
{
    return berth_conf_optdef_name(data, space, name);
}

/* Only what stands before it in the file can be asked for: so no two ask for each other. DROP and
 * those behind it are as any class, as Kea has it: who asks for one has to define it. */
static bool find_class(void *to, const char *name, unsigned *ret_number)
{
    const Testing *testing = to;
    const BerthFamilyConf *family = testing->reading->build->family;
    const BerthClass *class = definition(testing->reading->build, name);
    const unsigned number = berth_conf_class_number(family, name);

    if (!class && (number == 0 || number > BERTH_CLASS_BOOTP) && !has_prefix(name))
        return false;
    testing->class->after_known |= number == BERTH_CLASS_KNOWN || number == BERTH_CLASS_UNKNOWN ||
                                   (class && class->after_known);
    *ret_number = number_of(testing->reading,
                            berth_arena_strdup(&testing->reading->build->conf->arena, name));
    return *ret_number > 0;
}

static BerthExpr *read_test(const BerthReading *reading, BerthClass *class, const char *key,
                            const char *text)
{
    BerthFamilyConf *family = reading->build->family;
    Testing testing = {reading, class};
    const BerthExprNames names = {
        .family = family->family,
        .data = family,
        .option = find_option,
        .option_name = find_option_name,
        .class_of = find_class,
        .to = &testing,
    };
    const bool is_template = strcmp(key, "template-test") == 0;
    g_autoptr(GError) error = NULL;
    BerthExpr *expr;

    if (!text || !text[0])
        return NULL;
    expr = berth_expr_read(&names, is_template ? BERTH_EXPR_BYTES : BERTH_EXPR_BOOL, text, &error);
    if (!expr)
        berth_build_fail(reading->build, berth_node_get(reading->node, key), reading->path,
                         "%s: %s", key, error->message);
    return expr;
}

/* ---- definitions ---- */

static bool check_name(const BerthReading *reading, const char *name)
{
    const BerthClass *before = definition(reading->build, name);

    if (name[0] == '\0')
        return berth_build_fail(reading->build, reading->node, reading->path,
                                "name must not be empty");
    if (before)
        return berth_build_fail(reading->build, reading->node, reading->path,
                                "the class \"%s\" stands there already, line %d", name,
                                before->node->line);
    return true;
}

/* Kea's rules for the classes that the server fills itself. */
static bool check_special(const BerthReading *reading, const BerthClass *class,
                          const BerthClassIn *in)
{
    const bool tested = (in->test && in->test[0]) || (in->template_test && in->template_test[0]);

    if (in->test && in->test[0] && in->template_test && in->template_test[0])
        return berth_build_fail(reading->build, reading->node, reading->path,
                                "test and template-test exclude each other");
    if (class->number <= BERTH_CLASS_BOOTP && tested)
        return berth_build_fail(reading->build, reading->node, reading->path,
                                "the class \"%s\" is built in and has no test", class->name);
    if (class->number <= BERTH_CLASS_DROP && in->additional)
        return berth_build_fail(reading->build, reading->node, reading->path,
                                "the class \"%s\" cannot be only-in-additional-list", class->name);
    return true;
}

/* RFC 2132: 43 is the vendor's, 224 to 254 are the site's; of others all clients mean the same. */
static bool may_define(const BerthOptDef *def)
{
    return strcmp(def->space, "dhcp4") != 0 || def->code == 43 || def->code >= 224;
}

/* Definitions that hold within the class, for its option-data. */
static void read_optdefs(const BerthReading *reading, const BerthClassIn *in, BerthClass *class)
{
    BerthBuild *build = reading->build;
    g_autofree char *path = g_strdup_printf("%s.option-def", reading->path);
    const size_t n = berth_build_count(build, in->optdefs, path);

    build->class_optdefs = berth_build_optdef_list(build, in->optdefs, path, &class->optdefs_in);
    for (size_t i = 0; i < build->class_optdefs.n && n > 0; i++) {
        const BerthOptDef *def = (const BerthOptDef *)build->class_optdefs.at + i;

        if (!may_define(def))
            berth_build_fail(build, reading->node, path,
                             "a class defines the options 43 and 224 to 254 only, not %u",
                             def->code);
    }
}

/* As with Kea, an empty one leaves the field to who comes after. */
static const char *unless_empty(const char *text)
{
    return text && *text ? text : NULL;
}

static void read_keys(const BerthReading *reading, BerthClassIn *in, BerthParams *params)
{
    const BerthFamilyTables *tables = reading->build->family->tables;
    const BerthScopeIn scope = {.tables = &tables->class, .ret = in};

    berth_build_scope(reading->build, reading->node, reading->path, &scope);
    *params = (BerthParams){
        .valid_sec = in->valid_sec,
        .min_valid_sec = in->min_valid_sec,
        .max_valid_sec = in->max_valid_sec,
        .preferred_sec = in->preferred_sec,
        .min_preferred_sec = in->min_preferred_sec,
        .max_preferred_sec = in->max_preferred_sec,
        .offer_sec = in->offer_sec,
        .next_server = in->next_server,
        .server_hostname = unless_empty(in->server_hostname),
        .boot_file_name = unless_empty(in->boot_file_name),
    };
    if (reading->build->family->family == 4)
        params->preferred_sec = params->min_preferred_sec = params->max_preferred_sec = -1;
    if (reading->build->family->family == 6 || !berth_node_get(reading->node, "next-server"))
        params->next_server = BERTH_ADDR4_ANY;
    berth_build_class_params(reading, params);
}

static bool read_class(const BerthReading *reading, BerthClass *class)
{
    BerthClassIn *in = berth_build_array(reading->build, 1, sizeof(*in));
    g_autofree char *options = g_strdup_printf("%s.option-data", reading->path);

    read_keys(reading, in, &class->params);
    if (!in->name || !check_name(reading, in->name))
        return false;
    class->name = in->name;
    class->number = number_of(reading, in->name);
    class->node = reading->node;
    class->in = in;
    class->additional = in->additional;
    if (class->number == 0 || !check_special(reading, class, in))
        return false;
    class->test = read_test(reading, class, "test", in->test);
    class->template_test = read_test(reading, class, "template-test", in->template_test);
    read_optdefs(reading, in, class);
    class->options = berth_build_options(reading->build, in->options, options);
    reading->build->class_optdefs = (BerthList){0};
    return true;
}

void berth_build_classes(BerthBuild *build)
{
    BerthFamilyConf *family = build->family;
    const char *list_path = berth_build_path(build, "client-classes");
    const size_t n = berth_build_count(build, family->maps.classes, list_path);
    BerthClass *classes = berth_build_array(build, n, sizeof(*classes));
    const BerthNode *node = n > 0 ? family->maps.classes->value.children.first : NULL;

    family->classes = classes;
    for (size_t i = 0; i < n; i++, node = node->next) {
        g_autofree char *path = g_strdup_printf("%s[%zu]", list_path, i);
        const BerthReading reading = {build, node, path};
        BerthClass class = {0};

        if (!berth_build_is_map(build, node, path))
            continue;
        if (!read_class(&reading, &class)) {
            berth_class_clear(&class);
            continue;
        }
        family->has_classes = true;
        classes[family->n_classes] = class;
        g_hash_table_insert(build->class_defs, (char *)class.name, &classes[family->n_classes++]);
    }
}

/* When all names are known. */
void berth_build_class_index(BerthBuild *build)
{
    BerthFamilyConf *family = build->family;
    const BerthClass **of;

    g_clear_pointer(&build->class_defs, g_hash_table_unref);
    of = berth_build_array(build, g_hash_table_size(family->class_numbers) + 1, sizeof(*of));
    for (size_t i = 0; i < family->n_classes; i++)
        of[family->classes[i].number] = &family->classes[i];
    family->class_of_number = of;
}

void berth_class_clear(BerthClass *class)
{
    berth_expr_free(class->test);
    berth_expr_free(class->template_test);
    class->test = class->template_test = NULL;
}
