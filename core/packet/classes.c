/* classes - which classes a packet is in, the tests of those that the configuration defines, what
 * it has from them, and expressions as such (berth/expr.h). When they are tested is for others to
 * say (plugins/classify). */
#include "core/packet/classes.h"
#include "core/expr/expr.h"

#include <errno.h>

/* ---- being in one ---- */

bool berth_packet_has_class(const BerthPacket *pkt, const char *name)
{
    for (unsigned i = 0; i < pkt->n_classes; i++)
        if (strcmp(pkt->classes[i], name) == 0)
            return true;
    return false;
}

/* Room for the bits of all that the configuration says. */
static bool make_bits(BerthPacket *pkt)
{
    const GHashTable *names = berth_packet_conf(pkt)->class_numbers;
    const unsigned n = (names ? g_hash_table_size((GHashTable *)names) : 0) / 64 + 1;

    if (pkt->class_set.bits)
        return true;
    pkt->class_set.bits = berth_arena_alloc(&pkt->arena, n * sizeof(uint64_t));
    pkt->class_set.n_words = pkt->class_set.bits ? n : 0;
    pkt->class_set.numbers = pkt->class_numbers;
    pkt->class_set.names = pkt->classes;
    pkt->class_set.link = &pkt->link;
    pkt->link.network = NULL;
    return pkt->class_set.bits != NULL;
}

/* `name` lives as long as the packet. */
static int add(BerthPacket *pkt, const char *name, unsigned number)
{
    if (pkt->n_classes >= BERTH_CLASSES_MAX || !make_bits(pkt))
        return -ENOSPC;
    if (number > 0)
        pkt->class_set.bits[number / 64] |= UINT64_C(1) << number % 64;
    pkt->classes[pkt->n_classes] = name;
    pkt->class_numbers[pkt->n_classes++] = (uint16_t)number;
    pkt->class_set.n = pkt->n_classes;
    return 0;
}

int berth_packet_add_class(BerthPacket *pkt, const char *name)
{
    unsigned number;

    if (!name || !*name)
        return -EINVAL;
    number = berth_conf_class_named(berth_packet_conf(pkt), &name);
    if (number > 0 ? berth_classes_have(&pkt->class_set, number)
                   : berth_packet_has_class(pkt, name))
        return 0;
    /* The configuration's own name is as good as a copy: the packet pins it. */
    if (number == 0 && pkt->n_classes < BERTH_CLASSES_MAX)
        name = berth_arena_strdup(&pkt->arena, name);
    return name ? add(pkt, name, number) : -ENOSPC;
}

const char *berth_packet_class(const BerthPacket *pkt, size_t i)
{
    return i < pkt->n_classes ? pkt->classes[i] : NULL;
}

/* The definition's own name is as good as a copy: the packet pins the configuration. */
static void enter(BerthPacket *pkt, const BerthClass *class)
{
    if (!berth_classes_have(&pkt->class_set, class->number))
        add(pkt, class->name, class->number);
}

/* ---- expressions ---- */

static bool is_member(const void *data, const char *name, unsigned number)
{
    const BerthPacket *pkt = data;

    return number > 0 ? berth_classes_have(&pkt->class_set, number)
                      : berth_packet_has_class(pkt, name);
}

BerthExprSubject berth_packet_subject(const BerthPacket *pkt)
{
    const bool is6 = pkt->env->family == 6;

    return (BerthExprSubject){
        .family = pkt->parsed ? pkt->env->family : 0,
        .msg4 = is6 ? NULL : &pkt->v4.query,
        .msg6 = is6 ? &pkt->v6.query : NULL,
        .src = pkt->in.src,
        .dst = pkt->in.dst,
        .len = pkt->in.data.len,
        .iface = pkt->iface.name,
        .lenient = berth_packet_conf(pkt)->lenient_options,
        .data = pkt,
        .is_member = is_member,
    };
}

bool berth_packet_eval_holds(const BerthExpr *expr, const BerthExprSubject *subject)
{
    BERTH_UNCLEARED uint8_t bytes[BERTH_EXPR_SCRATCH];
    BerthWriter scratch = berth_writer(bytes, sizeof(bytes));
    BerthExprValue value;

    return berth_expr_type(expr) == BERTH_EXPR_BOOL &&
           berth_expr_eval(expr, subject, &scratch, &value) == 0 && value.truth;
}

bool berth_expr_holds(const BerthExpr *expr, BerthPacket *pkt)
{
    const BerthExprSubject subject = berth_packet_subject(pkt);

    return berth_packet_eval_holds(expr, &subject);
}

int berth_packet_eval_bytes(BerthPacket *pkt, const BerthExpr *expr,
                            const BerthExprSubject *subject, BerthBytes *ret)
{
    BERTH_UNCLEARED uint8_t bytes[BERTH_EXPR_SCRATCH];
    BerthWriter scratch = berth_writer(bytes, sizeof(bytes));
    BerthExprValue value;
    BerthBytes copy;

    if (berth_expr_type(expr) != BERTH_EXPR_BYTES ||
        berth_expr_eval(expr, subject, &scratch, &value) < 0)
        return -EINVAL;
    copy = berth_arena_copy(&pkt->arena, value.bytes);
    if (copy.len > 0 && !copy.data)
        return -ENOSPC;
    *ret = copy;
    return 0;
}

int berth_expr_bytes(const BerthExpr *expr, BerthPacket *pkt, BerthBytes *ret)
{
    const BerthExprSubject subject = berth_packet_subject(pkt);

    return berth_packet_eval_bytes(pkt, expr, &subject, ret);
}

/* ---- the tests of the configuration ---- */

#define SPAWN_VALUE_MAX 256

/* Kea: SPAWN_<name>_<value>; the class itself tells of all of them. What does not print is escaped,
 * so that a name is text. */
static void spawn(BerthPacket *pkt, const BerthClass *class)
{
    char value[SPAWN_VALUE_MAX];
    BerthBytes bytes;
    char *name;

    if (berth_expr_bytes(class->template_test, pkt, &bytes) < 0 || bytes.len == 0)
        return;
    name = berth_arena_printf(&pkt->arena, "SPAWN_%s_%s", class->name,
                              berth_escape(bytes, value, sizeof(value)));
    if (name)
        berth_packet_add_class(pkt, name);
    enter(pkt, class);
}

static void test(BerthPacket *pkt, const BerthClass *class)
{
    if (class->template_test)
        spawn(pkt, class);
    else if (berth_expr_holds(class->test, pkt))
        enter(pkt, class);
}

/* Classes that hold, by what was found for many at once; in their order. */
typedef struct Holding {
    unsigned at[BERTH_CLASSES_MAX];
    size_t n;
} Holding;

static void hold(Holding *holding, unsigned at)
{
    size_t i = holding->n;

    if (holding->n == BERTH_CLASSES_MAX)
        return;
    for (; i > 0 && holding->at[i - 1] > at; i--)
        holding->at[i] = holding->at[i - 1];
    holding->at[i] = at;
    holding->n++;
}

static void ask_switch(BerthPacket *pkt, const BerthClassSwitch *of, Holding *holding)
{
    const BerthExprSubject subject = berth_packet_subject(pkt);
    BERTH_UNCLEARED uint8_t bytes[BERTH_EXPR_SCRATCH];
    BerthWriter scratch = berth_writer(bytes, sizeof(bytes));
    BerthBytes value;
    size_t first, n;

    if (berth_expr_eval_left(of->of, &subject, &scratch, &value) < 0)
        return;
    n = berth_conf_class_cases(of, value, &first);
    for (size_t i = 0; i < n; i++)
        hold(holding, of->cases[first + i].at);
}

/* In the order of the file, since a test may ask for what was entered before. */
static void run_plan(BerthPacket *pkt, const BerthClassPlan *plan)
{
    const BerthClass *classes = berth_packet_conf(pkt)->classes;
    BERTH_UNCLEARED Holding holding;
    size_t h = 0;

    holding.n = 0;
    for (size_t i = 0; i < plan->n_switches; i++)
        ask_switch(pkt, &plan->switches[i], &holding);
    for (size_t i = 0; i < plan->n_each; i++) {
        for (; h < holding.n && holding.at[h] < plan->each[i]; h++)
            enter(pkt, &classes[holding.at[h]]);
        test(pkt, &classes[plan->each[i]]);
    }
    for (; h < holding.n; h++)
        enter(pkt, &classes[holding.at[h]]);
}

/* Kea: who is in a list is tested, and without a test is in. */
static void run_list(BerthPacket *pkt, const BerthGuards *guards)
{
    const BerthFamilyConf *family = berth_packet_conf(pkt);

    for (unsigned i = 0; i < guards->additional.n; i++) {
        const BerthClass *class = family->class_of_number[guards->additional.numbers[i]];

        if (class && (class->test || class->template_test))
            test(pkt, class);
        else if (class)
            enter(pkt, class);
    }
}

static const BerthPool *pool_of(const BerthPacket *pkt, const BerthLease *lease)
{
    const BerthSubnet *subnet = berth_conf_subnet_by_id(berth_packet_conf(pkt), lease->subnet_id);

    if (!subnet)
        return NULL;
    return lease->type == BERTH_LEASE_PD ? berth_conf_pd_pool_of(subnet, lease->addr)
                                         : berth_conf_pool_of(subnet, lease->addr);
}

static void run_additional(BerthPacket *pkt)
{
    if (!pkt->subnet)
        return;
    for (unsigned i = 0; i < pkt->n_leases; i++) {
        const BerthPool *pool = pool_of(pkt, &pkt->leases[i].lease);

        if (pool)
            run_list(pkt, &pool->guards);
    }
    run_list(pkt, &pkt->subnet->guards);
    if (pkt->subnet->network)
        run_list(pkt, &pkt->subnet->network->guards);
}

static bool is_built_in(const char *name)
{
    static const char *const names[] = {"ALL", "KNOWN", "UNKNOWN", "BOOTP", NULL};

    return g_strv_contains(names, name);
}

static void say_unconfigured6(BerthPacket *pkt)
{
    const BerthClass **definitions = berth_packet_conf(pkt)->class_of_number;

    for (unsigned i = 0; i < pkt->n_classes; i++)
        if (!definitions[pkt->class_numbers[i]] && !is_built_in(pkt->classes[i]))
            berth_packet_log(pkt, BERTH_DEBUG, "dhcp6", "DHCP6_CLASS_UNCONFIGURED",
                             ": client packet belongs to an unconfigured class: %s",
                             pkt->classes[i]);
}

/* As Kea: once they are known at the receipt, and again when it is known who the client is. What
 * DHCPv4 says of them stands in core/v4. */
static void say_classes6(BerthPacket *pkt, BerthClassify moment)
{
    g_autofree char *names = NULL;

    if (pkt->env->family != 6 || moment == BERTH_CLASSIFY_ADDITIONAL ||
        !berth_log_wants(pkt->env->log, BERTH_DEBUG, "packets") ||
        !berth_log_wants(pkt->env->log, BERTH_DEBUG, "dhcp6"))
        return;
    names = berth_packet_class_names(pkt);
    if (moment == BERTH_CLASSIFY_FIRST) {
        berth_packet_log(pkt, BERTH_DEBUG, "dhcp6", "DHCP6_CLASSES_ASSIGNED",
                         ": client packet has been assigned on %s message to the following "
                         "classes: %s",
                         berth_type6_name(pkt->v6.query.type), names);
        return;
    }
    berth_packet_log(pkt, BERTH_DEBUG, "dhcp6", "DHCP6_CLASSES_ASSIGNED_AFTER_SUBNET_SELECTION",
                     ": client packet has been assigned to the following classes: %s", names);
    say_unconfigured6(pkt);
}

void berth_packet_classify(BerthPacket *pkt, BerthClassify moment)
{
    const BerthFamilyConf *family = berth_packet_conf(pkt);

    if (!pkt->parsed)
        return;
    switch (moment) {
    case BERTH_CLASSIFY_FIRST:
        run_plan(pkt, &family->first_classes);
        break;
    case BERTH_CLASSIFY_KNOWN:
        run_plan(pkt, &family->known_classes);
        break;
    case BERTH_CLASSIFY_ADDITIONAL:
        run_additional(pkt);
        break;
    }
    say_classes6(pkt, moment);
}

char *berth_packet_class_names(const BerthPacket *pkt)
{
    GString *names = g_string_new(NULL);

    for (unsigned i = 0; i < pkt->n_classes; i++)
        g_string_append_printf(names, "%s%s", i > 0 ? ", " : "", pkt->classes[i]);
    return g_string_free(names, FALSE);
}

/* What others have said stays. */
void berth_packet_forget_classes(BerthPacket *pkt)
{
    const BerthFamilyConf *family = berth_packet_conf(pkt);
    unsigned n = 0;

    for (unsigned i = 0; i < pkt->n_classes; i++) {
        const uint16_t number = pkt->class_numbers[i];
        const BerthClass *class = family->class_of_number[number];

        if (class && (class->test || class->template_test)) {
            pkt->class_set.bits[number / 64] &= ~(UINT64_C(1) << number % 64);
            continue;
        }
        pkt->classes[n] = pkt->classes[i];
        pkt->class_numbers[n++] = number;
    }
    pkt->n_classes = pkt->class_set.n = n;
    pkt->link.network = NULL;
}

/* ---- what it has from them ---- */

/* The i-th it is in that has a definition, in the order of entry; NULL: the i-th has none. */
static const BerthClass *definition(const BerthPacket *pkt, unsigned i)
{
    return berth_packet_conf(pkt)->class_of_number[pkt->class_numbers[i]];
}

const BerthParams *berth_packet_valid(const BerthPacket *pkt, const BerthParams *params)
{
    for (unsigned i = 0; i < pkt->n_classes; i++) {
        const BerthClass *class = definition(pkt, i);

        if (class && class->params.valid_sec >= 0)
            return &class->params;
    }
    return params;
}

const BerthParams *berth_packet_preferred(const BerthPacket *pkt, const BerthParams *params)
{
    for (unsigned i = 0; i < pkt->n_classes; i++) {
        const BerthClass *class = definition(pkt, i);

        if (class && class->params.preferred_sec >= 0)
            return &class->params;
    }
    return params;
}

/* What its own host says goes before everything. */
static BerthBoot boot_of_host(const BerthPacket *pkt)
{
    const BerthHost *host = berth_packet_host(pkt);
    BerthBoot boot = {.next_server = BERTH_ADDR4_ANY};

    if (!host || !host->more)
        return boot;
    boot.next_server = host->more->next_server;
    if (host->more->server_hostname[0])
        boot.server_hostname = host->more->server_hostname;
    if (host->more->boot_file_name[0])
        boot.boot_file_name = host->more->boot_file_name;
    return boot;
}

uint32_t berth_packet_offer_sec(const BerthPacket *pkt, const BerthParams *params)
{
    for (unsigned i = 0; i < pkt->n_classes; i++) {
        const BerthClass *class = definition(pkt, i);

        if (class && class->params.offer_sec >= 0)
            return (uint32_t) class->params.offer_sec;
    }
    return (uint32_t)MAX(params->offer_sec, 0);
}

/* The first that says something about a field has it. */
BerthBoot berth_packet_boot(const BerthPacket *pkt, const BerthParams *params)
{
    BerthBoot boot = boot_of_host(pkt);

    for (unsigned i = 0; i < pkt->n_classes; i++) {
        const BerthClass *class = definition(pkt, i);

        if (!class)
            continue;
        if (berth_addr_is_any(boot.next_server))
            boot.next_server = class->params.next_server;
        if (!boot.server_hostname)
            boot.server_hostname = class->params.server_hostname;
        if (!boot.boot_file_name)
            boot.boot_file_name = class->params.boot_file_name;
    }
    if (berth_addr_is_any(boot.next_server))
        boot.next_server = params->next_server;
    if (!boot.server_hostname)
        boot.server_hostname = params->server_hostname;
    if (!boot.boot_file_name)
        boot.boot_file_name = params->boot_file_name;
    return boot;
}
