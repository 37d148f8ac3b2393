/* Networks: subnets that share a link, and what they say for all of them. */
#include "core/conf/build.h"

/* The keys of a network, its own and those that it inherits from the map and hands on. */
static BerthNetworkIn read_keys(const BerthReading *reading, BerthNetwork *network)
{
    BerthBuild *build = reading->build;
    const BerthParams *outer = &build->family->params_in;
    BerthNetworkIn in = {0};
    const BerthScopeIn scope = {
        .tables = &build->family->tables->network,
        .ret = &in,
        .params = &network->params_in,
        .outer = outer,
    };

    berth_build_scope(build, reading->node, reading->path, &scope);
    network->params = network->params_in;
    berth_build_params(build, reading->node, reading->path, &network->params, outer);
    network->params_in.naming = network->params.naming;
    return in;
}

static void read_network(const BerthReading *reading, BerthNetwork *network)
{
    g_autofree char *options_path = g_strdup_printf("%s.option-data", reading->path);
    const BerthNetworkIn in = read_keys(reading, network);
    const BerthLinkIn link = berth_build_link(reading, in.interface, in.interface_id, in.relay);

    network->name = in.name;
    network->interface = link.interface;
    network->interface_id = link.interface_id;
    network->relays = link.relays;
    network->user_context = in.user_context;
    network->guards = berth_build_guards(reading, &in.guard);
    network->options = berth_build_options(reading->build, in.options, options_path);
    if (in.name && in.name[0] == '\0')
        berth_build_fail(reading->build, reading->node, reading->path, "name must not be empty");
}

static void check_names(BerthBuild *build)
{
    const BerthFamilyConf *family = build->family;
    GHashTable *names = g_hash_table_new(g_str_hash, g_str_equal);

    for (size_t i = 0; i < family->n_networks; i++) {
        const BerthNetwork *network = &family->networks[i];

        if (network->name && !g_hash_table_add(names, (void *)network->name))
            berth_build_fail(build, network->node, NULL, "the network \"%s\" stands there already",
                             network->name);
    }
    g_hash_table_unref(names);
}

void berth_build_networks(BerthBuild *build)
{
    BerthFamilyConf *family = build->family;
    const char *list_path = berth_build_path(build, "shared-networks");
    const size_t n = berth_build_count(build, family->maps.networks, list_path);
    BerthNetwork *networks = berth_build_array(build, n, sizeof(*networks));
    const BerthNode *node = n > 0 ? family->maps.networks->value.children.first : NULL;

    family->networks = networks;
    family->n_networks = n;
    for (size_t i = 0; i < n; i++, node = node->next) {
        g_autofree char *path = g_strdup_printf("%s[%zu]", list_path, i);
        const BerthReading reading = {build, node, path};

        networks[i].node = node;
        if (berth_build_is_map(build, node, path))
            read_network(&reading, &networks[i]);
    }
    check_names(build);
}

/* ---- what holds between the subnets of a network ---- */

static void check_subnet(BerthBuild *build, const BerthSubnet *subnet, const BerthSubnet *first)
{
    const char *name = subnet->network->name;

    if (subnet->interface && first->interface && strcmp(subnet->interface, first->interface) != 0)
        berth_build_fail(build, subnet->node, NULL,
                         "the subnet %s of network \"%s\" is on interface %s, but %s on %s; a "
                         "network is one link",
                         subnet->text, name, subnet->interface, first->text, first->interface);
    /* The answer to a SOLICIT can't depend on the subnet that the lease will be of. */
    if (build->family->family == 6 && subnet->params.rapid_commit != first->params.rapid_commit)
        berth_build_fail(build, subnet->node, NULL,
                         "rapid-commit of subnet %s differs from that of %s in the network \"%s\"",
                         subnet->text, first->text, name);
}

void berth_build_check_networks(BerthBuild *build)
{
    const BerthFamilyConf *family = build->family;

    for (size_t i = 0; i < family->n_networks; i++) {
        const BerthNetwork *network = &family->networks[i];

        for (size_t j = 1; j < network->n_subnets; j++)
            if (network->name && network->subnets[0].text && network->subnets[j].text)
                check_subnet(build, &network->subnets[j], &network->subnets[0]);
    }
}
