/* Subnets: prefix, id, relays, and what they inherit. Their pools are pool.c's work. */
#include "core/conf/build.h"

static bool read_prefix(const BerthReading *reading, const char *text, BerthSubnet *subnet)
{
    const BerthFamilyTables *tables = reading->build->family->tables;
    BerthAddr addr;

    if (berth_prefix_parse(text, &addr, &subnet->prefix_len) < 0 ||
        !berth_build_is_own(reading->build, addr))
        return berth_build_fail(reading->build, reading->node, reading->path,
                                "\"%s\" is no %s prefix; write \"%s\"", text, tables->ip,
                                tables->prefix);
    subnet->prefix = berth_prefix_first(addr, subnet->prefix_len);
    if (!berth_addr_equal(subnet->prefix, addr)) {
        char first[BERTH_ADDR_TEXT];

        berth_build_warn(reading->build, reading->node, reading->path,
                         "%s has bits set behind its prefix; it is taken as %s/%u", text,
                         berth_addr_text(subnet->prefix, first), subnet->prefix_len);
    }
    subnet->text = text;
    return true;
}

static BerthList read_relays(const BerthReading *reading, const BerthNode *node)
{
    BerthBuild *build = reading->build;
    g_autofree char *path = g_strdup_printf("%s.relay", reading->path);
    BerthRelayIn in = {0};
    const char *const *texts;
    BerthAddr *addrs;
    size_t n;

    if (!node || !berth_build_is_map(build, node, path))
        return (BerthList){0};
    berth_build_map(build, node, path, berth_conf_relay, &in);
    if (in.address && in.addresses.n > 0)
        berth_errors_add(build->fill.errors, node, path,
                         "\"ip-address\" is \"ip-addresses\" once more; leave one of them out");
    texts = in.address ? &in.address : in.addresses.at;
    n = in.address ? 1 : in.addresses.n;
    addrs = berth_build_array(build, n, sizeof(*addrs));
    for (size_t i = 0; i < n; i++)
        if (berth_addr_parse(texts[i], &addrs[i]) < 0 || !berth_build_is_own(build, addrs[i]))
            berth_errors_add(build->fill.errors, node, path, "\"%s\" is no %s address", texts[i],
                             build->family->tables->ip);
    return (BerthList){addrs, n};
}

BerthLinkIn berth_build_link(const BerthReading *reading, const char *interface,
                             const char *interface_id, const BerthNode *relay)
{
    BerthLinkIn link = {
        .interface = interface && interface[0] ? interface : NULL,
        .interface_id = berth_bytes(interface_id),
        .relays = read_relays(reading, relay),
    };

    if (link.interface && link.interface_id.len > 0)
        berth_build_fail(reading->build, reading->node, reading->path,
                         "interface is for clients on a link of the server, interface-id for those "
                         "behind a relay; leave one of them out");
    return link;
}

/* What the subnet says, else what its network does. One of interface and interface-id stands for
 * both. */
static void set_link(BerthSubnet *subnet, const BerthLinkIn *link)
{
    const BerthNetwork *network = subnet->network;

    subnet->interface = link->interface;
    subnet->interface_id = link->interface_id;
    subnet->relays = link->relays;
    if (!network)
        return;
    if (!subnet->interface && subnet->interface_id.len == 0) {
        subnet->interface = network->interface;
        subnet->interface_id = network->interface_id;
    }
    if (subnet->relays.n == 0)
        subnet->relays = network->relays;
}

/* The keys of a subnet, its own and those that it inherits from the scope around it. */
static BerthSubnetIn read_keys(const BerthReading *reading, BerthSubnet *subnet)
{
    BerthBuild *build = reading->build;
    const BerthParams *outer =
        subnet->network ? &subnet->network->params_in : &build->family->params_in;
    BerthSubnetIn in = {0};
    const BerthScopeIn scope = {
        .tables = &build->family->tables->subnet,
        .ret = &in,
        .params = &subnet->params,
        .outer = outer,
    };

    berth_build_scope(build, reading->node, reading->path, &scope);
    berth_build_params(build, reading->node, reading->path, &subnet->params, outer);
    return in;
}

/* Both kinds of pools, one behind the other from `pools` on. */
static void read_pools(const BerthReading *reading, const BerthSubnetIn *in, BerthSubnet *subnet,
                       BerthPool *pools)
{
    BerthBuild *build = reading->build;
    g_autofree char *path = g_strdup_printf("%s.pools", reading->path);
    g_autofree char *pd_path = g_strdup_printf("%s.pd-pools", reading->path);
    const bool is4 = build->family->family == 4;
    BerthPool blank = {.subnet = subnet, .type = is4 ? BERTH_LEASE_V4 : BERTH_LEASE_NA};

    subnet->pools = pools;
    subnet->n_pools = berth_build_pools(build, in->pools, path, &blank, pools);
    if (pools)
        pools += subnet->n_pools;
    blank.type = BERTH_LEASE_PD;
    subnet->pd_pools = pools;
    subnet->n_pd_pools = berth_build_pools(build, in->pd_pools, pd_path, &blank, pools);
}

static void read_subnet(const BerthReading *reading, BerthSubnet *subnet, BerthPool *pools)
{
    BerthFamilyConf *family = reading->build->family;
    const BerthSubnetIn in = read_keys(reading, subnet);
    const BerthLinkIn link = berth_build_link(reading, in.interface, in.interface_id, in.relay);
    g_autofree char *options_path = g_strdup_printf("%s.option-data", reading->path);

    subnet->id = in.id > 0 ? (uint32_t)in.id : 0;
    subnet->user_context = in.user_context;
    subnet->guards = berth_build_guards(reading, &in.guard);
    if (in.subnet)
        read_prefix(reading, in.subnet, subnet);
    set_link(subnet, &link);
    subnet->options = berth_build_options(reading->build, in.options, options_path);
    read_pools(reading, &in, subnet, pools);
    for (size_t i = 0; pools && i < subnet->n_pools + subnet->n_pd_pools; i++) {
        pools[i].index = (unsigned)family->n_pools++;
        subnet->guards_pools |= pools[i].guards.any.n > 0;
        subnet->names_pools |= pools[i].naming != NULL;
    }
}

/* ---- what holds between subnets ---- */

static int compare_ids(const void *a, const void *b)
{
    const BerthSubnet *x = *(BerthSubnet *const *)a, *y = *(BerthSubnet *const *)b;

    return x->id != y->id ? (x->id > y->id) - (x->id < y->id) : (x > y) - (x < y);
}

static int compare_prefixes(const void *a, const void *b)
{
    const BerthSubnet *x = *(BerthSubnet *const *)a, *y = *(BerthSubnet *const *)b;
    int order = berth_addr_compare(x->prefix, y->prefix);

    if (order == 0)
        order = (int)x->prefix_len - (int)y->prefix_len;
    return order ? order : (x > y) - (x < y);
}

static const char *text_of(const BerthSubnet *subnet)
{
    return subnet->text ? subnet->text : "?";
}

static void check_ids(BerthBuild *build, BerthSubnet **sorted, size_t n)
{
    for (size_t i = 1; i < n; i++)
        if (sorted[i]->id != 0 && sorted[i]->id == sorted[i - 1]->id)
            berth_errors_add(build->fill.errors, sorted[i]->node, NULL,
                             "the id %u of subnet %s is that of subnet %s, line %d, too",
                             sorted[i]->id, text_of(sorted[i]), text_of(sorted[i - 1]),
                             sorted[i - 1]->node->line);
}

/* One prefix inside another is fine, the longer one wins; the same one twice would hide one. */
static void check_prefixes(BerthBuild *build, BerthSubnet **sorted, size_t n)
{
    for (size_t i = 1; i < n; i++)
        if (sorted[i]->text && sorted[i - 1]->text &&
            sorted[i]->prefix_len == sorted[i - 1]->prefix_len &&
            berth_addr_equal(sorted[i]->prefix, sorted[i - 1]->prefix))
            berth_errors_add(build->fill.errors, sorted[i]->node, NULL,
                             "the subnet %s stands there already, line %d", sorted[i]->text,
                             sorted[i - 1]->node->line);
}

/* Subnets without an id get the lowest free ones, in the order of the file. `sorted` is by id,
 * those without one first. */
static void give_ids(BerthSubnet *subnets, BerthSubnet **sorted, size_t n)
{
    size_t taken = 0;
    uint32_t next = 1;

    while (taken < n && sorted[taken]->id == 0)
        taken++;
    for (size_t i = 0; i < n; i++) {
        if (subnets[i].id != 0)
            continue;
        for (; taken < n && sorted[taken]->id <= next; taken++)
            if (sorted[taken]->id == next)
                next++;
        subnets[i].id = next++;
    }
}

static void check_all(BerthBuild *build, BerthSubnet *subnets, size_t n)
{
    BerthSubnet **sorted = g_new(BerthSubnet *, n + 1);

    for (size_t i = 0; i < n; i++)
        sorted[i] = &subnets[i];
    qsort(sorted, n, sizeof(*sorted), compare_prefixes);
    check_prefixes(build, sorted, n);
    qsort(sorted, n, sizeof(*sorted), compare_ids);
    check_ids(build, sorted, n);
    give_ids(subnets, sorted, n);
    g_free(sorted);
    berth_build_sort_pools(build);
}

/* ---- the lists ---- */

static size_t count_pools(const BerthNode *list)
{
    static const char *const keys[] = {"pools", "pd-pools"};
    size_t n = 0;

    for (const BerthNode *node = berth_node_first(list); node; node = node->next)
        for (size_t i = 0; i < G_N_ELEMENTS(keys); i++) {
            const BerthNode *pools = berth_node_get(node, keys[i]);

            if (pools && pools->kind == BERTH_NODE_LIST)
                n += pools->value.children.count;
        }
    return n;
}

/* One list of subnets: that of the map itself, or of a network. */
typedef struct List {
    const BerthNode *node;
    const char *path;
    BerthNetwork *network; /* NULL: none */
    size_t n;
} List;

static List *find_lists(BerthBuild *build)
{
    BerthFamilyConf *family = build->family;
    List *lists = berth_build_array(build, 1 + family->n_networks, sizeof(*lists));

    lists[0].node = family->maps.subnets;
    lists[0].path = berth_build_path(build, family->tables->subnets);
    for (size_t i = 0; i < family->n_networks; i++) {
        BerthNetwork *network = (BerthNetwork *)&family->networks[i];

        lists[1 + i].network = network;
        lists[1 + i].node = berth_node_get(network->node, family->tables->subnets);
        lists[1 + i].path = berth_arena_printf(&build->conf->arena, "%s.shared-networks[%zu].%s",
                                               family->tables->map, i, family->tables->subnets);
    }
    for (size_t i = 0; i < 1 + family->n_networks; i++)
        lists[i].n = berth_build_count(build, lists[i].node, lists[i].path);
    return lists;
}

static void read_list(BerthBuild *build, const List *list, BerthSubnet *subnets, BerthPool *pools)
{
    BerthFamilyConf *family = build->family;
    const BerthNode *node = list->n > 0 ? list->node->value.children.first : NULL;

    if (list->network) {
        list->network->subnets = subnets;
        list->network->n_subnets = list->n;
    }
    for (size_t i = 0; i < list->n; i++, node = node->next) {
        g_autofree char *path = g_strdup_printf("%s[%zu]", list->path, i);
        const BerthReading reading = {build, node, path};

        subnets[i].node = node;
        subnets[i].network = list->network;
        if (berth_build_is_map(build, node, path))
            read_subnet(&reading, &subnets[i], pools ? pools + family->n_pools : NULL);
    }
}

void berth_build_subnets(BerthBuild *build)
{
    BerthFamilyConf *family = build->family;
    const List *lists = find_lists(build);
    const size_t n_lists = 1 + family->n_networks;
    size_t n = 0, n_pools = 0;

    for (size_t i = 0; i < n_lists; i++) {
        n += lists[i].n;
        n_pools += count_pools(lists[i].node);
    }
    if (n == 0)
        return;
    BerthSubnet *subnets = berth_build_array(build, n, sizeof(*subnets));
    BerthPool *pools = berth_build_array(build, n_pools, sizeof(*pools));

    family->subnets = subnets;
    family->pools = pools;
    for (size_t i = 0; i < n_lists; i++) {
        read_list(build, &lists[i], subnets + family->n_subnets, pools);
        family->n_subnets += lists[i].n;
    }
    check_all(build, subnets, n);
}
