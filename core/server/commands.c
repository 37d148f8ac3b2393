/* commands - the commands that the core itself answers, in Kea's words. */
#include "core/server/confwrite.h"
#include "core/server/reconfigure.h"
#include "core/server/server.h"
#include "core/server/store.h"
#include "core/server/swap.h"

#include <unistd.h>

static void list_commands(BerthCommand *command, const void *conf, void *run)
{
    BerthServer *server = run;
    BerthJson *json = berth_command_answer(command);
    g_autofree const char **names = berth_commands_names(server->commands);

    (void)conf;
    berth_json_begin_list(json, NULL);
    for (const char **name = names; *name; name++)
        berth_json_string(json, NULL, *name);
    berth_json_end(json);
    berth_command_done(command, BERTH_RESULT_OK, "%s", "");
}

static void version_get(BerthCommand *command, const void *conf, void *run)
{
    BerthJson *json = berth_command_answer(command);

    (void)conf;
    (void)run;
    berth_json_begin_object(json, NULL);
    berth_json_string(json, "extended",
                      BERTH_KEA_LEVEL " (Berth " BERTH_VERSION ", speaking Kea " BERTH_KEA_LEVEL
                                      ")");
    berth_json_end(json);
    berth_command_done(command, BERTH_RESULT_OK, BERTH_KEA_LEVEL);
}

static const char *const states[] = {"starting", "loading", "ready", "stopping", "stopped"};

static void write_sockets(const BerthFamily *family, BerthJson *json)
{
    BerthNetStatus status[64];
    size_t n = berth_net_status(family->env.net, status, G_N_ELEMENTS(status));
    bool all_open = true;

    for (size_t i = 0; i < n; i++)
        all_open = all_open && status[i].open;
    berth_json_begin_object(json, "sockets");
    berth_json_string(json, "status", all_open ? "ready" : "retrying");
    if (!all_open) {
        berth_json_begin_list(json, "errors");
        for (size_t i = 0; i < n; i++) {
            g_autofree char *line = g_strdup_printf("%s: %s", status[i].name, status[i].why);

            if (!status[i].open)
                berth_json_string(json, NULL, line);
        }
        berth_json_end(json);
    }
    berth_json_end(json);
}

static void write_share(const BerthLeases *leases, BerthJson *json)
{
    const BerthShare *share = berth_leases_share(leases);
    BerthShareCounts counts = berth_leases_share_counts(leases);

    berth_json_begin_object(json, "shared");
    berth_json_uint(json, "epoch", share->epoch);
    berth_json_uint(json, "stripe", share->stripe);
    berth_json_uint(json, "stripes", MAX(share->stripes, 1));
    berth_json_uint(json, "grace", share->grace_sec);
    berth_json_bool(json, "only-known", share->only_known);
    berth_json_bool(json, "confirms-known", share->confirms_known);
    berth_json_bool(json, "reloading", berth_leases_is_reloading(leases));
    berth_json_uint(json, "unsettled-addresses", berth_leases_unknown(leases));
    berth_json_uint(json, "conflicts", counts.conflicts);
    berth_json_uint(json, "unknown", counts.unknown);
    berth_json_uint(json, "followed", counts.followed);
    berth_json_uint(json, "confirmed", counts.confirmed);
    berth_json_uint(json, "reloads", counts.reloads);
    berth_json_end(json);
}

static void write_backend(const BerthFamily *family, BerthJson *json)
{
    const BerthStore *store = family->store;
    char why[256];
    BerthHealth health = berth_store_health(store, why, sizeof(why));

    berth_json_begin_object(json, "lease-backend");
    berth_json_string(json, "type", berth_family_conf(family, family->server->conf)->lease_type);
    berth_json_string(json, "health", berth_health_text(health));
    berth_json_string(json, "reason", why);
    berth_json_uint(json, "pending-commits", berth_leases_pending(family->env.leases));
    if (berth_leases_share(family->env.leases)->size)
        write_share(family->env.leases, json);
    if (store && BERTH_BACKEND_HAS(store->ref.ops, status))
        store->ref.ops->status(store->ref.store, json);
    berth_json_end(json);
}

/* A family is ready as soon as its own leases are loaded. */
static BerthServerState state_of(const BerthFamily *family)
{
    BerthServerState state = family->server->state;

    return state == BERTH_SERVER_LOADING && family->ready ? BERTH_SERVER_READY : state;
}

static const char *state_word(const BerthFamily *family)
{
    char why[256];

    if (state_of(family) == BERTH_SERVER_READY &&
        berth_store_health(family->store, why, sizeof(why)) != BERTH_HEALTH_UP)
        return "degraded";
    return states[state_of(family)];
}

static void status_get(BerthCommand *command, const void *conf, void *run)
{
    const BerthFamily *family = berth_command_its_family(command);
    BerthServer *server = run;
    BerthJson *json = berth_command_answer(command);
    int64_t now = berth_world_boot_usec(server->world);

    (void)conf;
    berth_json_begin_object(json, NULL);
    berth_json_int(json, "pid", getpid());
    berth_json_int(json, "uptime", (now - server->started_usec) / G_USEC_PER_SEC);
    berth_json_int(json, "reload", (now - server->reloaded_usec) / G_USEC_PER_SEC);
    berth_json_string(json, "state", state_word(family));
    berth_json_begin_object(json, "dhcp-state");
    berth_json_bool(json, "globally-disabled", state_of(family) != BERTH_SERVER_READY);
    berth_json_end(json);
    write_sockets(family, json);
    write_backend(family, json);
    berth_json_bool(json, "multi-threading-enabled", false);
    berth_json_uint(json, "packets-in-work", berth_runner_in_work(server->runner));
    berth_json_uint(json, "packets-parked", berth_runner_parked(server->runner));
    berth_json_end(json);
    berth_command_done(command, BERTH_RESULT_OK, "%s", "");
}

static void config_get(BerthCommand *command, const void *conf, void *run)
{
    const BerthFamily *family = berth_command_its_family(command);
    BerthServer *server = run;
    BerthJson *json = berth_command_answer(command);

    (void)conf;
    berth_json_begin_object(json, NULL);
    berth_conf_write_family(server->conf, berth_family_conf(family, server->conf), json);
    berth_confwrite_hash(family, json);
    berth_json_end(json);
    berth_command_done(command, BERTH_RESULT_OK, "%s", "");
}

/* The argument map as a document of its own: written out and read again, so that the snapshot made
 * from it owns all it needs. */
static BerthDoc *copy_arguments(BerthCommand *command, BerthErrors *errors)
{
    g_autofree char *text = berth_node_json(berth_command_arguments(command));

    return berth_doc_parse_json(berth_bytes(text), "<string>", false, errors);
}

static void config_test(BerthCommand *command, const void *unused, void *run)
{
    BerthServer *server = run;
    BerthErrors errors;
    BerthDoc *doc;
    BerthConf *conf = NULL;

    (void)unused;
    berth_errors_init(&errors);
    doc = copy_arguments(command, &errors);
    if (doc)
        conf = berth_server_prepare(server, doc, "<string>", &errors);
    if (conf) {
        berth_command_done(command, BERTH_RESULT_OK,
                           "Configuration seems sane. Control-socket, hook-libraries, and D2 "
                           "configuration were sanity checked, but not applied.");
    } else {
        g_autofree char *why = berth_errors_text(&errors);

        berth_command_done(command, BERTH_RESULT_ERROR, "%s", why);
    }
    berth_conf_unref(conf);
    berth_errors_clear(&errors);
}

static void config_reload(BerthCommand *command, const void *conf, void *run)
{
    (void)conf;
    berth_command_defer(command);
    berth_server_reload(run, command);
}

static void statistics(BerthCommand *command, const char *only)
{
    BerthJson *json = berth_command_answer(command);

    berth_json_begin_object(json, NULL);
    berth_stats_write(berth_command_its_family(command)->env.stats, only, json);
    berth_json_end(json);
    berth_command_done(command, BERTH_RESULT_OK, "%s", "");
}

static void statistic_get_all(BerthCommand *command, const void *conf, void *run)
{
    (void)conf;
    (void)run;
    statistics(command, NULL);
}

static void statistic_get(BerthCommand *command, const void *conf, void *run)
{
    const char *name =
        berth_node_string(berth_node_get(berth_command_arguments(command), "name"), NULL);

    (void)conf;
    (void)run;
    if (!name)
        berth_command_done(command, BERTH_RESULT_ERROR, "missing string parameter 'name'");
    else
        statistics(command, name);
}

static void all_reclaimed(void *command)
{
    berth_command_done(command, BERTH_RESULT_OK, "Reclamation of expired leases is complete.");
}

/* Answered when the last of them is committed. */
static void leases_reclaim(BerthCommand *command, const void *conf, void *run)
{
    const BerthNode *remove = berth_node_get(berth_command_arguments(command), "remove");
    const BerthFamily *family = berth_command_its_family(command);

    (void)conf;
    (void)run;
    if (berth_node_kind(remove) == BERTH_NODE_NULL) {
        berth_command_done(command, BERTH_RESULT_ERROR, "Missing mandatory 'remove' parameter.");
    } else if (berth_node_kind(remove) != BERTH_NODE_BOOL) {
        berth_command_done(command, BERTH_RESULT_ERROR,
                           "'remove' parameter expected to be a boolean.");
    } else if (state_of(family) != BERTH_SERVER_READY) {
        berth_command_done(command, BERTH_RESULT_ERROR, "the leases are not loaded yet");
    } else {
        berth_command_defer(command);
        berth_leases_reclaim_all(family->env.leases, berth_node_bool(remove, false), all_reclaimed,
                                 command);
    }
}

static void plugin_list(BerthCommand *command, const void *conf, void *run)
{
    BerthServer *server = run;
    BerthJson *json = berth_command_answer(command);

    (void)conf;
    berth_json_begin_object(json, NULL);
    berth_json_begin_list(json, "plugins");
    berth_loader_write(server->loader, server->conf, json);
    berth_json_end(json);
    berth_json_end(json);
    berth_command_done(command, BERTH_RESULT_OK, "%s", "");
}

static void shutdown_server(BerthCommand *command, const void *conf, void *run)
{
    int64_t value =
        berth_node_int(berth_node_get(berth_command_arguments(command), "exit-value"), 0);

    (void)conf;
    if (value < 0 || value > 255) {
        berth_command_done(command, BERTH_RESULT_ERROR, "exit-value must be 0 to 255");
        return;
    }
    berth_command_done(command, BERTH_RESULT_OK, "Shutting down.");
    berth_server_stop(run, (int)value);
}

/* clang-format off */
const BerthHook berth_core_commands[] = {
    BERTH_ON_COMMAND("config-get",           config_get),
    BERTH_ON_COMMAND("config-hash-get",      berth_confwrite_hash_command),
    BERTH_ON_COMMAND("config-reload",        config_reload),
    BERTH_ON_COMMAND("config-test",          config_test),
    BERTH_ON_COMMAND("config-write",         berth_confwrite_command),
    BERTH_ON_COMMAND("lease-backend-abort",  berth_swap_command_abort),
    BERTH_ON_COMMAND("lease-backend-set",    berth_swap_command_set),
    BERTH_ON_COMMAND("lease-backend-status", berth_swap_command_status),
    BERTH_ON_COMMAND("leases-reclaim",       leases_reclaim),
    BERTH_ON_COMMAND("list-commands",        list_commands),
    BERTH_ON_COMMAND("plugin-list",          plugin_list),
    BERTH_ON_COMMAND("reconfigure",          berth_reconfigure_command),
    BERTH_ON_COMMAND("shutdown",             shutdown_server),
    BERTH_ON_COMMAND("statistic-get",        statistic_get),
    BERTH_ON_COMMAND("statistic-get-all",    statistic_get_all),
    BERTH_ON_COMMAND("status-get",           status_get),
    BERTH_ON_COMMAND("version-get",          version_get),
    {0},
};
/* clang-format on */
