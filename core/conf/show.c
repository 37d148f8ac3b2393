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

static void write_options(BerthJson *json, const BerthOptList *options)
{
    berth_json_begin_list(json, "option-data");
    for (size_t i = 0; i < options->n_entries; i++) {
        berth_json_begin_object(json, NULL);
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

/* ---- subnets ---- */

static void write_pool(BerthJson *json, const BerthPool *pool)
{
    berth_json_begin_object(json, NULL);
    berth_json_string(json, "pool", pool->text);
    berth_json_int(json, "pool-id", pool->id);
    write_options(json, &pool->options);
    write_context(json, pool->user_context);
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

static void write_subnet(BerthJson *json, const BerthSubnet *subnet)
{
    berth_json_begin_object(json, NULL);
    berth_json_int(json, "id", subnet->id);
    berth_json_string(json, "subnet", subnet->text);
    if (subnet->interface)
        berth_json_string(json, "interface", subnet->interface);
    berth_schema_write(berth_conf_params4, &subnet->params, json);
    berth_json_begin_list(json, "pools");
    for (size_t i = 0; i < subnet->n_pools; i++)
        write_pool(json, &subnet->pools[i]);
    berth_json_end(json);
    write_options(json, &subnet->options);
    write_relays(json, &subnet->relays);
    berth_json_begin_list(json, "reservations");
    berth_json_end(json);
    write_context(json, subnet->user_context);
    berth_json_end(json);
}

/* ---- the rest of Dhcp4 ---- */

/* What the file says of the store, and the type that is in force. */
static void write_lease_database(BerthJson *json, const BerthFamilyConf *v4)
{
    const bool is_file = strcmp(v4->lease_type, "memfile") == 0;

    berth_json_begin_object(json, "lease-database");
    berth_json_string(json, "type", v4->lease_type);
    if (is_file && !berth_node_get(v4->lease_database, "name"))
        berth_json_string(json, "name", "kea-leases4.csv");
    if (is_file && !berth_node_get(v4->lease_database, "persist"))
        berth_json_bool(json, "persist", true);
    for (const BerthNode *node = berth_node_first(v4->lease_database); node;
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

static void write_maps(BerthJson *json, const BerthFamilyConf *v4)
{
    berth_json_begin_object(json, "interfaces-config");
    berth_schema_write(berth_conf_interfaces4, v4->interfaces_in, json);
    berth_json_end(json);
    berth_json_begin_object(json, "expired-leases-processing");
    berth_schema_write(berth_conf_expired, v4, json);
    berth_json_end(json);
    berth_json_begin_object(json, "compatibility");
    berth_schema_write(berth_conf_compat4, v4, json);
    berth_json_end(json);
    write_lease_database(json, v4);
}

void berth_conf_write(const BerthConf *conf, BerthJson *json)
{
    const BerthFamilyConf *v4 = &conf->v4;

    berth_json_begin_object(json, "Dhcp4");
    write_maps(json, v4);
    berth_schema_write(berth_conf_params4, &v4->params, json);
    berth_json_int(json, "decline-probation-period", v4->decline_probation_sec);
    berth_json_int(json, "parked-packet-limit", v4->parked_packet_limit);
    berth_json_bool(json, "echo-client-id", v4->echo_client_id);
    write_options(json, &v4->options);
    write_optdefs(json, &v4->optdefs_in);
    berth_json_begin_list(json, "subnet4");
    for (size_t i = 0; i < v4->n_subnets; i++)
        write_subnet(json, &v4->subnets[i]);
    berth_json_end(json);
    berth_json_begin_list(json, "shared-networks");
    berth_json_end(json);
    write_loggers(json, &v4->loggers_in);
    write_plugins(json, conf);
    for (unsigned i = 0; i < conf->unclaimed->len; i++) {
        const BerthNode *node = conf->unclaimed->pdata[i];

        write_node(json, berth_node_key(node), node);
    }
    write_context(json, v4->maps.user_context);
    berth_json_end(json);
}
