/* server - see server.h: the rooms put together, and the server's life from start to stop. */
#include "core/server/server.h"

#include "core/v4/steps4.h"

#include <errno.h>

/* Packets that come while leases are loaded must not wait for longer than this to be dropped. */
#define LOAD_SLICE_USEC (INT64_C(10) * 1000)
#define LOAD_ROWS 256 /* from one look at the clock to the next */
#define LOAD_ROWS_MAX (1000 * LOAD_ROWS)
#define STOP_WAIT_USEC ((int64_t)5 * G_USEC_PER_SEC)
#define OUT_BYTES (1u << 20) /* replies waiting for a flush */

/* ---- packets ---- */

static void receive(void *data, const BerthIface *iface, const BerthDatagram *batch, size_t n)
{
    BerthServer *server = data;

    *server->env.counters4[V4_RECEIVED] += n;
    for (size_t i = 0; i < n; i++) {
        BerthPacket *pkt;

        if (server->state != BERTH_SERVER_READY) {
            berth_drop_count(&server->env, BERTH_DROP_NOT_READY);
            continue;
        }
        pkt = berth_runner_packet(server->env.runner, server->conf, iface, &batch[i]);
        if (pkt)
            berth_runner_start(server->env.runner, pkt, &berth_receive4);
    }
}

/* What waited for a commit goes on, and replies leave. Runs before and after the lease room
 * gathers: replies of this round leave in it, and what went on may have proposed anew. */
static void go_on(void *data)
{
    BerthServer *server = data;
    size_t lost = 0;

    berth_runner_run_resumed(server->env.runner);
    berth_net_flush(server->env.net, &lost);
    berth_arena_reset(&server->out);
    if (lost > 0)
        *server->env.counters4[V4_SEND_FAILED] += lost;
}

static void nothing(void *data)
{
    (void)data;
}

static void go_on_again(void *data)
{
    BerthServer *server = data;

    if (berth_runner_run_resumed(server->env.runner) > 0)
        berth_world_timer_set(server->world, server->kick, 0);
    go_on(server);
}

static BerthVerdict on_expire(void *data, BerthLease *lease, bool was_declined)
{
    BerthServer *server = data;
    unsigned cursor = 0;

    return berth_callouts_run(server->conf->callouts,
                              was_declined ? BERTH_POINT_lease4_recover : BERTH_POINT_lease4_expire,
                              NULL, lease, &cursor);
}

/* ---- making ---- */

static BerthServerOptions copy_options(const BerthServerOptions *options)
{
    BerthServerOptions copy = *options;

    copy.conf_file = g_strdup(options->conf_file);
    copy.plugin_path = g_strdup(options->plugin_path);
    for (int kind = BERTH_PATH_DATA; kind <= BERTH_PATH_RUN; kind++)
        copy.paths[kind] = g_strdup(options->paths[kind]);
    return copy;
}

static void clear_options(BerthServerOptions *options)
{
    g_free((char *)options->conf_file);
    g_free((char *)options->plugin_path);
    for (int kind = BERTH_PATH_DATA; kind <= BERTH_PATH_RUN; kind++)
        g_free((char *)options->paths[kind]);
}

BerthServer *berth_server_new(BerthWorld *world, const BerthServerOptions *options)
{
    BerthServer *server = g_new0(BerthServer, 1);
    BerthEnv *env = &server->env;

    server->world = world;
    server->options = copy_options(options);
    server->log = berth_log_new(world);
    berth_log_set_verbose(server->log, options->verbose);
    server->started_usec = server->reloaded_usec = berth_world_boot_usec(world);
    berth_arena_init(&server->out, OUT_BYTES);
    *env = (BerthEnv){.world = world, .log = server->log, .server = server, .out = &server->out};
    env->stats = berth_stats_new(world);
    env->counters4 = v4_counters_new(env->stats);
    env->runner = berth_runner_new(env);
    env->net = berth_net_new(world, server->log, 4, receive, server);
    berth_world_on_idle(world, go_on, server);
    env->leases = berth_leases_new(world, server->log, env->stats, 4);
    berth_world_on_idle(world, go_on_again, server);
    berth_leases_on_expire(env->leases, on_expire, server);
    server->commands = berth_commands_new(server);
    server->loader = berth_loader_new(server, &server->options, server->commands);
    server->kick = berth_world_timer(world, nothing, NULL);
    server->reload_waiters = g_ptr_array_new();
    return server;
}

void berth_server_free(BerthServer *server)
{
    if (!server)
        return;
    berth_timer_free(server->load_timer);
    berth_timer_free(server->stop_timer);
    berth_timer_free(server->kick);
    berth_net_free(server->env.net);
    berth_runner_free(server->env.runner);
    if (server->backend)
        server->backend->close(server->backend_store);
    berth_leases_free(server->env.leases);
    berth_world_off_idle(server->world, go_on, server);
    berth_world_off_idle(server->world, go_on_again, server);
    g_ptr_array_unref(server->reload_waiters);
    berth_conf_unref(server->conf);
    berth_loader_free(server->loader);
    berth_commands_free(server->commands);
    g_free(server->env.counters4);
    berth_stats_free(server->env.stats);
    berth_log_free(server->log);
    berth_arena_clear(&server->out);
    clear_options(&server->options);
    g_free(server);
}

/* ---- configuration ---- */

static void log_warnings(BerthServer *server, const BerthConf *conf)
{
    for (unsigned i = 0; i < conf->warnings->len; i++)
        berth_log_write(server->log, BERTH_WARN, "dhcp4", "DHCP4_CONFIG_SYNTAX_WARNING", "%s",
                        (const char *)conf->warnings->pdata[i]);
}

static void configure_net(BerthServer *server)
{
    const BerthInterfacesConf *in = &server->conf->v4.interfaces;
    g_autofree BerthNetName *names = g_new0(BerthNetName, in->n_names + 1);

    for (size_t i = 0; i < in->n_names; i++)
        names[i] = (BerthNetName){in->names[i].name, in->names[i].addr};
    berth_net_configure(server->env.net, &(BerthNetConf){.names = names,
                                                         .n_names = in->n_names,
                                                         .raw = in->raw,
                                                         .use_routing = in->use_routing,
                                                         .port = server->options.port});
}

/* From here on `conf` is in force. */
static void adopt(BerthServer *server, BerthConf *conf)
{
    BerthConf *old = server->conf;

    server->conf = conf;
    berth_leases_set_conf(server->env.leases, conf);
    berth_conf_unref(old);
    log_warnings(server, conf);
    berth_log_to(server->log, BERTH_INFO, "dhcp4", "DHCP4_CONFIG_COMPLETE",
                 "DHCPv4 server has completed configuration: added IPv4 subnets: %zu; pools: %zu; "
                 "plugins: %zu",
                 conf->v4.n_subnets, conf->v4.n_pools, conf->n_plugins);
}

BerthConf *berth_server_prepare(BerthServer *server, BerthDoc *doc, const char *name,
                                BerthErrors *errors)
{
    BerthConf *conf;

    if (!doc)
        doc = berth_doc_read(name, errors);
    if (!doc)
        return NULL;
    conf = berth_conf_draft(doc, name, errors);
    if (berth_loader_prepare(server->loader, conf, errors))
        return conf;
    berth_conf_unref(conf);
    return NULL;
}

bool berth_server_check(BerthServer *server, BerthErrors *errors)
{
    BerthConf *conf = berth_server_prepare(server, NULL, server->options.conf_file, errors);
    bool good = conf != NULL;

    for (unsigned i = 0; conf && i < conf->warnings->len; i++)
        g_printerr("warning: %s\n", (const char *)conf->warnings->pdata[i]);
    berth_conf_unref(conf);
    return good;
}

/* ---- the lease store ---- */

static int take_stored(void *data, const BerthLease *lease)
{
    BerthServer *server = data;
    int r = berth_leases_load(server->env.leases, lease);

    if (r < 0)
        server->load_rows_bad++;
    return r;
}

static bool open_store(BerthServer *server, BerthErrors *errors)
{
    const BerthFamilyConf *v4 = &server->conf->v4;
    g_autoptr(GError) error = NULL;
    const BerthRole *role;
    const void *conf;
    void *run;

    role = berth_loader_role(server->loader, server->conf, "lease-backend", v4->lease_type, &run);
    if (!role) {
        berth_errors_add(
            errors, v4->lease_database, "Dhcp4.lease-database.type",
            "no loaded plugin keeps leases as '%s'; \"memfile\" is the plugin lease_file",
            v4->lease_type);
        return false;
    }
    conf = berth_loader_role_conf(server->conf, role, v4->lease_database, "Dhcp4.lease-database",
                                  errors);
    if (!conf)
        return false;
    if (((const BerthLeaseBackend *)role->ops)
            ->open(run, server, 4, conf, &server->backend_store, &error) < 0) {
        berth_errors_add(errors, v4->lease_database, "Dhcp4.lease-database", "%s", error->message);
        return false;
    }
    server->backend = role->ops;
    return true;
}

static void serve(BerthServer *server)
{
    berth_leases_set_backend(server->env.leases, server->backend, server->backend_store);
    server->state = BERTH_SERVER_READY;
    if (server->load_rows_bad > 0)
        berth_log_to(server->log, BERTH_ERROR, "dhcpsrv", "DHCPSRV_LEASE_SANITY_FAIL",
                     "%u stored leases are not fit to be used and were left out",
                     server->load_rows_bad);
    berth_log_to(server->log, BERTH_INFO, "dhcp4", "DHCP4_STARTED",
                 "Berth DHCPv4 server version %s started with %zu leases", BERTH_VERSION,
                 berth_table_count(berth_leases_table(server->env.leases)));
}

static int load_some(BerthServer *server, GError **error)
{
    int64_t until = berth_world_boot_usec(server->world) + LOAD_SLICE_USEC;
    int r, n = 0;

    do
        r = server->backend->load(server->backend_store, LOAD_ROWS, take_stored, server, error);
    while (r > 0 && ++n < LOAD_ROWS_MAX / LOAD_ROWS &&
           berth_world_boot_usec(server->world) < until);
    server->load_rows_bad += berth_leases_load_end(server->env.leases);
    return r;
}

/* A part of the store a turn: commands are answered meanwhile, and packets are dropped, whose
 * senders ask again. */
static void load_slice(void *data)
{
    BerthServer *server = data;
    g_autoptr(GError) error = NULL;
    int r = load_some(server, &error);

    if (r > 0) {
        berth_world_timer_set(server->world, server->load_timer, 0);
    } else if (r == 0) {
        serve(server);
    } else {
        berth_log_write(server->log, BERTH_ERROR, "dhcp4", "DHCP4_INIT_FAIL",
                        "failed to initialize Kea server: can't load the leases: %s",
                        error->message);
        berth_server_stop(server, 1);
    }
}

/* ---- start ---- */

static bool start(BerthServer *server, BerthErrors *errors)
{
    BerthConf *conf = berth_server_prepare(server, NULL, server->options.conf_file, errors);

    if (conf)
        berth_log_configure(server->log, conf->loggers, conf->n_loggers);
    if (!conf || !berth_loader_apply(server->loader, conf, errors)) {
        berth_conf_unref(conf);
        return false;
    }
    adopt(server, conf);
    if (!open_store(server, errors))
        return false;
    server->state = BERTH_SERVER_LOADING;
    configure_net(server);
    server->load_timer = berth_world_timer(server->world, load_slice, server);
    berth_world_timer_set(server->world, server->load_timer, 0);
    return true;
}

bool berth_server_start(BerthServer *server, BerthErrors *errors)
{
    if (start(server, errors)) {
        if (server->options.no_path_checks)
            berth_log_to(server->log, BERTH_WARN, "dhcp4", "DHCP4_SECURITY_CHECKS_DISABLED",
                         "files and plugins may be anywhere (-X)");
        return true;
    }
    for (unsigned i = 0; i < errors->lines->len; i++)
        berth_log_write(server->log, BERTH_ERROR, "dhcp4", "DHCP4_INIT_FAIL",
                        "failed to initialize Kea server: configuration error using file '%s': %s",
                        server->options.conf_file, (const char *)errors->lines->pdata[i]);
    return false;
}

/* ---- reload ---- */

typedef struct Reload {
    BerthServer *server;
    BerthConf *conf;
    BerthErrors errors;
} Reload;

/* In a job: reads, checks, indexes. */
static void reload_read(void *data)
{
    Reload *reload = data;
    BerthServer *server = reload->server;

    reload->conf = berth_server_prepare(server, NULL, server->options.conf_file, &reload->errors);
}

static void answer_waiters(BerthServer *server, const char *why)
{
    for (unsigned i = 0; i < server->reload_waiters->len; i++)
        berth_command_done(server->reload_waiters->pdata[i],
                           why ? BERTH_RESULT_ERROR : BERTH_RESULT_OK, "%s",
                           why ? why : "Configuration successful.");
    g_ptr_array_set_size(server->reload_waiters, 0);
}

static char *node_text(const BerthNode *node)
{
    GString *text = g_string_new(NULL);
    BerthJson *json = berth_json_new(text, 0);

    berth_json_node(json, NULL, node);
    berth_json_free(json);
    return g_string_free(text, FALSE);
}

/* The store can't be changed under a running server by a reload (yet: see plugins/lease_file). */
static bool keeps_store(BerthServer *server, Reload *reload)
{
    g_autofree char *now = node_text(server->conf->v4.lease_database);
    g_autofree char *then = node_text(reload->conf->v4.lease_database);

    if (strcmp(now, then) == 0)
        return true;
    berth_errors_add(&reload->errors, reload->conf->v4.lease_database, "Dhcp4.lease-database",
                     "the lease store can't be changed while running; restart the server for it");
    return false;
}

static bool reload_apply(BerthServer *server, Reload *reload)
{
    if (!reload->conf || !keeps_store(server, reload) ||
        !berth_loader_apply(server->loader, reload->conf, &reload->errors))
        return false;
    berth_log_configure(server->log, reload->conf->loggers, reload->conf->n_loggers);
    adopt(server, g_steal_pointer(&reload->conf));
    configure_net(server);
    server->reloaded_usec = berth_world_boot_usec(server->world);
    return true;
}

static void reload_done(void *data)
{
    Reload *reload = data;
    BerthServer *server = reload->server;
    g_autofree char *why = NULL;

    server->reloading = false;
    if (server->state >= BERTH_SERVER_STOPPING) {
        berth_errors_add(&reload->errors, NULL, NULL, "the server is stopping");
        why = berth_errors_text(&reload->errors);
    } else if (reload_apply(server, reload)) {
        berth_log_to(server->log, BERTH_INFO, "dhcp4", "DHCP4_DYNAMIC_RECONFIGURATION_SUCCESS",
                     "dynamic server reconfiguration succeeded with file: %s",
                     server->options.conf_file);
    } else {
        why = berth_errors_text(&reload->errors);
        berth_log_write(
            server->log, BERTH_ERROR, "dhcp4", "DHCP4_DYNAMIC_RECONFIGURATION_FAIL",
            "dynamic server reconfiguration failed with file: %s; nothing has changed: %s",
            server->options.conf_file, why);
    }
    berth_conf_unref(reload->conf);
    berth_errors_clear(&reload->errors);
    g_free(reload);
    answer_waiters(server, why);
    if (server->reload_again)
        berth_server_reload(server, NULL);
}

void berth_server_reload(BerthServer *server, BerthCommand *waiter)
{
    Reload *reload;

    if (waiter)
        g_ptr_array_add(server->reload_waiters, waiter);
    /* A second request while one is being read: read once more, the file may have changed since. */
    server->reload_again = server->reloading;
    if (server->reloading)
        return;
    berth_log_to(server->log, BERTH_INFO, "dhcp4", "DHCP4_DYNAMIC_RECONFIGURATION",
                 "initiate server reconfiguration using file: %s", server->options.conf_file);
    server->reloading = true;
    reload = g_new0(Reload, 1);
    reload->server = server;
    berth_errors_init(&reload->errors);
    server->world->ops->job(server->world, reload_read, reload_done, reload);
}

/* ---- stop ---- */

void berth_server_on_stopped(BerthServer *server, void (*call)(void *data, int exit_value),
                             void *data)
{
    server->stopped = call;
    server->stopped_data = data;
}

static void stop_when_quiet(void *data)
{
    BerthServer *server = data;
    int64_t waited = berth_world_boot_usec(server->world) - server->stopping_usec;

    /* A reload that is being read needs the server to be there; it ends by itself. */
    if (server->reloading ||
        (berth_leases_pending(server->env.leases) > 0 && waited < STOP_WAIT_USEC)) {
        berth_world_timer_set(server->world, server->stop_timer, INT64_C(10) * 1000);
        return;
    }
    server->state = BERTH_SERVER_STOPPED;
    berth_log_to(server->log, BERTH_INFO, "dhcp4", "DHCP4_SHUTDOWN", "server shutdown");
    if (server->stopped)
        server->stopped(server->stopped_data, server->exit_value);
}

void berth_server_stop(BerthServer *server, int exit_value)
{
    if (server->state >= BERTH_SERVER_STOPPING)
        return;
    server->state = BERTH_SERVER_STOPPING;
    server->exit_value = exit_value;
    if (server->load_timer)
        berth_timer_stop(server->load_timer);
    server->stopping_usec = berth_world_boot_usec(server->world);
    berth_net_configure(server->env.net, &(BerthNetConf){.port = server->options.port});
    server->stop_timer = berth_world_timer(server->world, stop_when_quiet, server);
    berth_world_timer_set(server->world, server->stop_timer, 0);
}
