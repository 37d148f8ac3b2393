/* The snapshot as config-get shows it: Kea's tree, every key with its value in force.
 *
 * Tools want the lists (subnet4, pools, option-data, loggers, hooks-libraries) to be there even
 * when they are empty. What belongs to plugins is shown as it stands in the file, its secrets
 * masked. */
#include "core/base/json.h"
#include "core/conf/optdata.h"
#include "core/conf/schema.h"

static bool is_secret(const char *key)
{
    return key && (strcmp(key, "password") == 0 || strcmp(key, "secret") == 0);
}

/* It calls itself no deeper than a document may nest. */
static void write_node(BerthJson *json, const char *key, const BerthNode *node)
{
    const BerthNodeKind kind = berth_node_kind(node);

    if (is_secret(key)) {
        berth_json_string(json, key, "*****");
        return;
    }
    if (kind != BERTH_NODE_MAP && kind != BERTH_NODE_LIST) {
        berth_json_node(json, key, node);
        return;
    }
    if (kind == BERTH_NODE_MAP)
        berth_json_begin_object(json, key);
    else
        berth_json_begin_list(json, key);
    for (const BerthNode *child = berth_node_first(node); child; child = berth_node_next(child))
        write_node(json, berth_node_key(child), child);
    berth_json_end(json);
}

static void write_context(BerthJson *json, const BerthNode *context)
{
    if (berth_node_kind(context) == BERTH_NODE_MAP)
        write_node(json, "user-context", context);
}

/* Both tables of a map. */
static void write_tables(BerthJson *json, const BerthTables *tables, const void *data)
{
    berth_schema_write(tables->both, data, json);
    if (tables->own)
        berth_schema_write(tables->own, data, json);
}

void berth_conf_write_options(const BerthOptList *options, BerthJson *json)
{
    berth_json_begin_list(json, "option-data");
    for (size_t i = 0; i < options->n_entries; i++) {
        berth_json_begin_object(json, NULL);
        /* Both families have the same rows. */
        berth_schema_write(berth_conf_option4, &options->entries[i]->in, json);
        berth_json_end(json);
    }
    berth_json_end(json);
}

static void write_optdefs(BerthJson *json, const BerthList *in)
{
    const BerthOptDefIn *defs = in->at;

    berth_json_begin_list(json, "option-def");
    for (size_t i = 0; i < in->n; i++) {
        berth_json_begin_object(json, NULL);
        berth_schema_write(berth_conf_optdef4, &defs[i], json);
        berth_json_end(json);
    }
    berth_json_end(json);
}

static void write_strings(BerthJson *json, const char *key, const BerthList *list)
{
    const char *const *all = list->at;

    berth_json_begin_list(json, key);
    for (size_t i = 0; i < list->n; i++)
        berth_json_string(json, NULL, all[i]);
    berth_json_end(json);
}

static void write_guards(BerthJson *json, const BerthGuards *guards)
{
    if (guards->in.any.n > 0)
        write_strings(json, "client-classes", &guards->in.any);
    if (guards->in.additional.n > 0)
        write_strings(json, "evaluate-additional-classes", &guards->in.additional);
}

static void write_class(BerthJson *json, const BerthFamilyConf *family, const BerthClass *class)
{
    BerthClassIn shown = *class->in;

    shown.options = shown.optdefs = shown.user_context = NULL;
    berth_json_begin_object(json, NULL);
    write_tables(json, &family->tables->class, &shown);
    if (class->optdefs_in.n > 0)
        write_optdefs(json, &class->optdefs_in);
    berth_conf_write_options(&class->options, json);
    write_context(json, class->in->user_context);
    berth_json_end(json);
}

static void write_classes(BerthJson *json, const BerthFamilyConf *family)
{
    if (family->n_classes == 0)
        return;
    berth_json_begin_list(json, "client-classes");
    for (size_t i = 0; i < family->n_classes; i++)
        write_class(json, family, &family->classes[i]);
    berth_json_end(json);
}

/* ---- subnets ---- */

static void write_pool(BerthJson *json, const BerthPool *pool)
{
    char first[BERTH_ADDR_TEXT], excluded[BERTH_ADDR_TEXT];

    berth_json_begin_object(json, NULL);
    if (pool->type == BERTH_LEASE_PD) {
        berth_json_string(json, "prefix", berth_addr_text(pool->first, first));
        berth_json_int(json, "prefix-len", pool->prefix_len);
        berth_json_int(json, "delegated-len", pool->delegated_len);
    } else {
        berth_json_string(json, "pool", pool->text);
    }
    if (pool->excluded_len > 0) {
        berth_json_string(json, "excluded-prefix", berth_addr_text(pool->excluded, excluded));
        berth_json_int(json, "excluded-prefix-len", pool->excluded_len);
    }
    berth_json_int(json, "pool-id", pool->id);
    if (pool->naming)
        berth_schema_write(berth_conf_naming, pool->naming, json);
    write_guards(json, &pool->guards);
    berth_conf_write_options(&pool->options, json);
    write_context(json, pool->user_context);
    berth_json_end(json);
}

static void write_pools(BerthJson *json, const char *key, const BerthPool *pools, size_t n)
{
    berth_json_begin_list(json, key);
    for (size_t i = 0; i < n; i++)
        write_pool(json, &pools[i]);
    berth_json_end(json);
}

static void write_relays(BerthJson *json, const BerthList *relays)
{
    const BerthAddr *addrs = relays->at;
    char text[BERTH_ADDR_TEXT];

    berth_json_begin_object(json, "relay");
    berth_json_begin_list(json, "ip-addresses");
    for (size_t i = 0; i < relays->n; i++)
        berth_json_string(json, NULL, berth_addr_text(addrs[i], text));
    berth_json_end(json);
    berth_json_end(json);
}

/* The bytes of an interface-id are the text that stood in the file. */
static void write_link(BerthJson *json, const char *interface, BerthBytes interface_id)
{
    g_autofree char *text = g_strndup((const char *)interface_id.data, interface_id.len);

    if (interface)
        berth_json_string(json, "interface", interface);
    if (interface_id.len > 0)
        berth_json_string(json, "interface-id", text);
}

/* What is shown of a family; `hosts` sorted by scope, NULL: none of them. */
typedef struct Shown {
    const BerthFamilyConf *family;
    const BerthHost **hosts;
    size_t n_hosts;
} Shown;

static int compare_scopes(const void *a, const void *b, void *data)
{
    const uint32_t x = berth_host_subnet_id(*(const BerthHost *const *)a);
    const uint32_t y = berth_host_subnet_id(*(const BerthHost *const *)b);

    (void)data;
    return (x > y) - (x < y);
}

/* Those of a scope in their order. */
static Shown show(const BerthFamilyConf *family)
{
    Shown shown = {.family = family};
    uint64_t from = 0;

    shown.hosts = g_new(const BerthHost *, berth_hosts_count(family->hosts) + 1);
    while ((shown.hosts[shown.n_hosts] = berth_hosts_next(family->hosts, &from)))
        shown.n_hosts++;
    /* g_qsort_with_data is stable. */
    g_qsort_with_data(shown.hosts, (int)shown.n_hosts, sizeof(*shown.hosts), compare_scopes, NULL);
    return shown;
}

static size_t first_of(const Shown *shown, uint32_t subnet_id)
{
    size_t low = 0, high = shown->n_hosts;

    while (low < high) {
        const size_t middle = low + (high - low) / 2;

        if (berth_host_subnet_id(shown->hosts[middle]) < subnet_id)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void write_hosts(BerthJson *json, const Shown *shown, uint32_t subnet_id)
{
    berth_json_begin_list(json, "reservations");
    for (size_t i = first_of(shown, subnet_id);
         i < shown->n_hosts && berth_host_subnet_id(shown->hosts[i]) == subnet_id; i++) {
        berth_json_begin_object(json, NULL);
        berth_host_write(shown->hosts[i], json);
        berth_json_end(json);
    }
    berth_json_end(json);
}

static void write_subnet(BerthJson *json, const Shown *shown, const BerthSubnet *subnet)
{
    const BerthFamilyConf *family = shown->family;

    berth_json_begin_object(json, NULL);
    berth_json_int(json, "id", subnet->id);
    berth_json_string(json, "subnet", subnet->text);
    write_link(json, subnet->interface, subnet->interface_id);
    write_tables(json, &family->tables->params, &subnet->params);
    write_pools(json, "pools", subnet->pools, subnet->n_pools);
    if (family->family == 6)
        write_pools(json, "pd-pools", subnet->pd_pools, subnet->n_pd_pools);
    write_guards(json, &subnet->guards);
    berth_conf_write_options(&subnet->options, json);
    write_relays(json, &subnet->relays);
    write_hosts(json, shown, subnet->id);
    write_context(json, subnet->user_context);
    berth_json_end(json);
}

static void write_subnets(BerthJson *json, const Shown *shown, const BerthSubnet *subnets, size_t n)
{
    berth_json_begin_list(json, shown->family->tables->subnets);
    for (size_t i = 0; i < n; i++)
        write_subnet(json, shown, &subnets[i]);
    berth_json_end(json);
}

static void write_network(BerthJson *json, const Shown *shown, const BerthNetwork *network)
{
    const BerthFamilyConf *family = shown->family;

    berth_json_begin_object(json, NULL);
    berth_json_string(json, "name", network->name);
    write_link(json, network->interface, network->interface_id);
    write_tables(json, &family->tables->params, &network->params);
    write_guards(json, &network->guards);
    berth_conf_write_options(&network->options, json);
    write_relays(json, &network->relays);
    write_subnets(json, shown, network->subnets, network->n_subnets);
    write_context(json, network->user_context);
    berth_json_end(json);
}

/* ---- the rest of the map ---- */

/* What the file says of the store, and the type that is in force. */
static void write_lease_database(BerthJson *json, const BerthFamilyConf *family)
{
    const bool is_file = strcmp(family->lease_type, "memfile") == 0;

    berth_json_begin_object(json, "lease-database");
    berth_json_string(json, "type", family->lease_type);
    if (is_file && !berth_node_get(family->lease_database, "name"))
        berth_json_string(json, "name", family->tables->lease_file);
    if (is_file && !berth_node_get(family->lease_database, "persist"))
        berth_json_bool(json, "persist", true);
    for (const BerthNode *node = berth_node_first(family->lease_database); node;
         node = berth_node_next(node))
        if (strcmp(berth_node_key(node), "type") != 0)
            write_node(json, berth_node_key(node), node);
    berth_json_end(json);
}

static void write_loggers(BerthJson *json, const BerthList *in)
{
    const BerthLoggerIn *loggers = in->at;

    berth_json_begin_list(json, "loggers");
    for (size_t i = 0; i < in->n; i++) {
        berth_json_begin_object(json, NULL);
        berth_schema_write(berth_conf_logger, &loggers[i], json);
        berth_json_end(json);
    }
    berth_json_end(json);
}

/* Every plugin is listed as the hook library that Kea would have for it: tools look there for what
 * the server can do. Reading this back gives the same plugins. */
static void write_library(BerthJson *json, const BerthPluginConf *plugin)
{
    g_autofree char *library = plugin->name[0] == '/'
                                   ? g_strdup(plugin->name)
                                   : g_strdup_printf("libdhcp_%s.so", plugin->name);

    berth_json_begin_object(json, NULL);
    berth_json_string(json, "library", plugin->library ? plugin->library : library);
    if (plugin->parameters)
        write_node(json, "parameters", plugin->parameters);
    berth_json_end(json);
}

static void write_plugins(BerthJson *json, const BerthConf *conf)
{
    const char *const *off = conf->plugins_off.at;

    berth_json_begin_list(json, "hooks-libraries");
    for (size_t i = 0; i < conf->n_plugins; i++)
        write_library(json, &conf->plugins[i]);
    berth_json_end(json);
    if (conf->plugins_off.n == 0)
        return;
    berth_json_begin_list(json, "plugins");
    for (size_t i = 0; i < conf->plugins_off.n; i++) {
        berth_json_begin_object(json, NULL);
        berth_json_string(json, "name", off[i]);
        berth_json_bool(json, "enabled", false);
        berth_json_end(json);
    }
    berth_json_end(json);
}

static void write_maps(BerthJson *json, const BerthFamilyConf *family)
{
    berth_json_begin_object(json, "interfaces-config");
    write_tables(json, &family->tables->interfaces, family->interfaces_in);
    berth_json_end(json);
    berth_json_begin_object(json, "expired-leases-processing");
    berth_schema_write(berth_conf_expired, family, json);
    berth_json_end(json);
    berth_json_begin_object(json, "sanity-checks");
    berth_schema_write(berth_conf_sanity, family, json);
    berth_json_end(json);
    berth_json_begin_object(json, "compatibility");
    berth_schema_write(family->tables->compat, family, json);
    berth_json_end(json);
    write_lease_database(json, family);
}

static void write_server_id(BerthJson *json, const BerthFamilyConf *family)
{
    if (family->family != 6)
        return;
    berth_json_begin_object(json, "server-id");
    berth_schema_write(berth_conf_serverid, family->server_id_in, json);
    berth_json_end(json);
}

/* The plain values of the map; what is a map or list itself is written by the others here. */
static void write_values(BerthJson *json, const BerthFamilyConf *family)
{
    write_tables(json, &family->tables->params, &family->params);
    berth_json_int(json, "decline-probation-period", family->decline_probation_sec);
    berth_json_int(json, "parked-packet-limit", family->parked_packet_limit);
    write_strings(json, "host-reservation-identifiers", &family->host_ids_in);
    berth_json_bool(json, "ip-reservations-unique", family->unique_hosts);
    berth_json_bool(json, "early-global-reservations-lookup", family->early_hosts);
    if (family->family == 4) {
        berth_json_bool(json, "echo-client-id", family->echo_client_id);
        return;
    }
    write_strings(json, "mac-sources", &family->mac_sources_in);
    write_strings(json, "relay-supplied-options", &family->relay_supplied_in);
    berth_json_bool(json, "allow-address-registration", family->allow_address_registration);
    berth_json_bool(json, "reconfigure-accept", family->reconfigure_accept);
    berth_json_bool(json, "reconfigure-on-change", family->reconfigure_on_change);
}

void berth_conf_write_subnet(const BerthFamilyConf *family, const BerthSubnet *subnet,
                             BerthJson *json)
{
    berth_json_begin_list(json, NULL);
    write_subnet(json, &(Shown){.family = family}, subnet);
    berth_json_begin_object(json, NULL);
    berth_conf_write_options(&family->options, json);
    write_optdefs(json, &family->optdefs_in);
    berth_json_end(json);
    if (subnet->network) {
        berth_json_begin_object(json, NULL);
        berth_conf_write_options(&subnet->network->options, json);
        berth_json_end(json);
    }
    berth_json_end(json);
}

void berth_conf_write_family(const BerthConf *conf, const BerthFamilyConf *family, BerthJson *json)
{
    const Shown shown = show(family);
    size_t n_alone = 0;

    while (n_alone < family->n_subnets && !family->subnets[n_alone].network)
        n_alone++;
    berth_json_begin_object(json, family->tables->map);
    write_maps(json, family);
    write_server_id(json, family);
    write_values(json, family);
    berth_conf_write_options(&family->options, json);
    write_optdefs(json, &family->optdefs_in);
    write_classes(json, family);
    write_hosts(json, &shown, BERTH_HOST_GLOBAL);
    write_subnets(json, &shown, family->subnets, n_alone);
    berth_json_begin_list(json, "shared-networks");
    for (size_t i = 0; i < family->n_networks; i++)
        write_network(json, &shown, &family->networks[i]);
    berth_json_end(json);
    g_free(shown.hosts);
    write_loggers(json, &family->loggers_in);
    write_plugins(json, conf);
    for (unsigned i = 0; i < family->unclaimed->len; i++) {
        const BerthNode *node = family->unclaimed->pdata[i];

        write_node(json, berth_node_key(node), node);
    }
    write_context(json, family->maps.user_context);
    berth_json_end(json);
}

void berth_conf_write(const BerthConf *conf, BerthJson *json)
{
    if (conf->v4.present)
        berth_conf_write_family(conf, &conf->v4, json);
    if (conf->v6.present)
        berth_conf_write_family(conf, &conf->v6, json);
}
