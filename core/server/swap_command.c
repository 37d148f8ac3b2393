/* swap_command - the commands lease-backend-set, lease-backend-status and lease-backend-abort. Kea
 * has none like these; their arguments and answers follow its ways. */
#include "core/server/reload.h"
#include "core/server/server.h"
#include "core/server/store.h"
#include "core/server/swap.h"

/* The new lease-database: `type`, and the members of `parameters`. */
static char *lease_database(const char *type, const BerthNode *parameters)
{
    GString *text = g_string_new(NULL);
    BerthJson *json = berth_json_new(text, 0);

    berth_json_begin_object(json, NULL);
    berth_json_string(json, "type", type);
    for (const BerthNode *node = berth_node_first(parameters); node; node = berth_node_next(node))
        berth_json_node(json, berth_node_key(node), node);
    berth_json_end(json);
    berth_json_free(json);
    return g_string_free(text, FALSE);
}

void berth_swap_command_set(BerthCommand *command, const void *conf, void *run)
{
    const BerthNode *arguments = berth_command_arguments(command);
    const BerthNode *parameters = berth_node_get(arguments, "parameters");
    const char *type = berth_node_string(berth_node_get(arguments, "type"), NULL);
    BerthNodeKind kind = berth_node_kind(parameters);
    g_autofree char *text = NULL;

    (void)conf;
    (void)run;
    if (!type || !*type) {
        berth_command_done(command, BERTH_RESULT_ERROR, "missing string parameter 'type'");
    } else if (kind != BERTH_NODE_NULL && kind != BERTH_NODE_MAP) {
        berth_command_done(command, BERTH_RESULT_ERROR, "'parameters' must be a map");
    } else if (berth_node_get(parameters, "type")) {
        berth_command_done(command, BERTH_RESULT_ERROR,
                           "'type' stands beside 'parameters', not in it");
    } else {
        text = lease_database(type, parameters);
        berth_command_defer(command);
        berth_reload_lease_database(berth_command_its_family(command), text, command);
    }
}

void berth_swap_command_status(BerthCommand *command, const void *conf, void *run)
{
    const BerthFamily *family = berth_command_its_family(command);
    const BerthStore *store = family->store;
    BerthJson *json = berth_command_answer(command);
    const char *data_set = store ? berth_store_data_set(store->ref) : NULL;
    char why[256];
    BerthHealth health = berth_store_health(store, why, sizeof(why));

    (void)conf;
    (void)run;
    berth_json_begin_object(json, NULL);
    berth_json_string(json, "type", berth_family_conf(family, family->server->conf)->lease_type);
    berth_json_string(json, "health", berth_health_text(health));
    berth_json_string(json, "reason", why);
    if (data_set)
        berth_json_string(json, "data-set", data_set);
    berth_swap_write(family->swap, json);
    berth_json_end(json);
    berth_command_done(command, BERTH_RESULT_OK, "%s", "");
}

void berth_swap_command_abort(BerthCommand *command, const void *conf, void *run)
{
    BerthSwap *swap = berth_command_its_family(command)->swap;

    (void)conf;
    (void)run;
    if (!berth_swap_is_running(swap))
        berth_command_done(command, BERTH_RESULT_EMPTY, "the lease backend is not being changed");
    else if (berth_swap_abort(swap, "aborted by command"))
        berth_command_done(command, BERTH_RESULT_OK,
                           "The lease backend that was in use stays in use.");
    else
        berth_command_done(command, BERTH_RESULT_ERROR,
                           "it is too late: the leases have been copied, and the old lease "
                           "backend is being given up");
}
