/* server - see server.h: the rooms put together, and the server's life from start to stop. What
 * there is of each family is family.c's. */
#include "core/server/server.h"

#include "core/server/reconfigure.h"
#include "core/server/reload.h"
#include "core/server/serverid.h"
#include "core/server/store.h"

#define STOP_WAIT_USEC ((int64_t)5 * G_USEC_PER_SEC)
#define OUT_BYTES (1u << 20) /* replies waiting for a flush */

/* ---- packets ---- */

/* What waited for a commit goes on, and replies leave. Runs before and after the lease rooms
 * gather: replies of this round leave in it, and what went on may have proposed anew. */
static void go_on(void *data)
{
    BerthServer *server = data;

    berth_runner_run_resumed(server->runner);
    for (BerthFamily **family = server->families; *family; family++)
        berth_family_flush(*family);
    berth_arena_reset(&server->out);
}

static void nothing(void *data)
{
    (void)data;
}

static void go_on_again(void *data)
{
    BerthServer *server = data;

    if (berth_runner_run_resumed(server->runner) > 0)
        berth_world_timer_set(server->world, server->kick, 0);
    go_on(server);
}

void berth_server_say(BerthServer *server, BerthLevel level, const char *id, const char *format,
                      ...)
{
    g_autofree char *text = NULL;
    va_list args;

    va_start(args, format);
    text = g_strdup_vprintf(format, args);
    va_end(args);
    for (BerthFamily **family = server->families; *family; family++)
        berth_family_log(*family, level, id, "%s", text);
}

/* ---- making ---- */

static BerthServerOptions copy_options(const BerthServerOptions *options)
{
    BerthServerOptions copy = *options;

    copy.conf_file = g_strdup(options->conf_file);
    copy.plugin_path = g_strdup(options->plugin_path);
    for (int kind = 0; kind < BERTH_PATHS; kind++)
        copy.paths[kind] = g_strdup(options->paths[kind]);
    return copy;
}

static void clear_options(BerthServerOptions *options)
{
    g_free((char *)options->conf_file);
    g_free((char *)options->plugin_path);
    for (int kind = 0; kind < BERTH_PATHS; kind++)
        g_free((char *)options->paths[kind]);
}

BerthServer *berth_server_new(BerthWorld *world, const BerthServerOptions *options)
{
    BerthServer *server = g_new0(BerthServer, 1);

    server->world = world;
    server->options = copy_options(options);
    server->log = berth_log_new(world);
    berth_log_set_daemon(server->log, berth_family_names(options->family)->daemon);
    berth_log_set_verbose(server->log, options->verbose);
    server->started_usec = server->reloaded_usec = berth_world_boot_usec(world);
    berth_arena_init(&server->out, OUT_BYTES);
    server->runner = berth_runner_new(world);
    server->commands = berth_commands_new(server);
    server->loader = berth_loader_new(server, &server->options, server->commands);
    server->kick = berth_world_timer(world, nothing, NULL);
    server->reload_waiters = g_ptr_array_new();
    return server;
}

void berth_server_make_families(BerthServer *server, const BerthConf *conf)
{
    BerthFamily **next = server->families;

    if (*next)
        return;
    berth_world_on_idle(server->world, go_on, server);
    for (int number = 4; number <= 6; number += 2) {
        bool first = next == server->families;
        BerthLog *log = server->log;

        if (!berth_conf_family(conf, number)->present)
            continue;
        if (first)
            berth_log_set_daemon(log, berth_family_names(number)->daemon);
        else
            log = berth_log_new_beside(log, berth_family_names(number)->daemon);
        *next++ = berth_family_new(server, number, log, !first);
    }
    berth_world_on_idle(server->world, go_on_again, server);
}

BerthFamily *berth_server_family(BerthServer *server, int number)
{
    BerthFamily **family = server->families;

    while (*family && number != 0 && (*family)->env.family != number)
        family++;
    return *family;
}

void berth_server_free(BerthServer *server)
{
    if (!server)
        return;
    berth_timer_free(server->stop_timer);
    berth_timer_free(server->kick);
    berth_runner_free(g_steal_pointer(&server->runner));
    for (BerthFamily **family = server->families; *family; family++)
        berth_family_close(*family);
    berth_world_off_idle(server->world, go_on, server);
    berth_world_off_idle(server->world, go_on_again, server);
    /* Of stores that were closed at work, and what reads a configuration. */
    server->state = MAX(server->state, BERTH_SERVER_STOPPING);
    server->world->ops->end_jobs(server->world);
    berth_reload_end(server);
    g_ptr_array_unref(server->reload_waiters);
    berth_conf_unref(server->conf);
    berth_loader_free(server->loader);
    berth_commands_free(server->commands);
    for (BerthFamily **family = server->families; *family; family++)
        berth_family_free(*family);
    berth_log_free(server->log);
    berth_arena_clear(&server->out);
    clear_options(&server->options);
    g_free(server);
}

/* ---- configuration ---- */

static void log_warnings(BerthServer *server, const BerthConf *conf)
{
    for (unsigned i = 0; i < conf->warnings->len; i++)
        berth_server_say(server, BERTH_WARN, "CONFIG_SYNTAX_WARNING", "%s",
                         (const char *)conf->warnings->pdata[i]);
}

static void configure_logs(BerthServer *server, const BerthConf *conf)
{
    berth_log_configure(server->log, conf->loggers, conf->n_loggers);
    for (BerthFamily **family = server->families; *family; family++)
        berth_log_configure((*family)->env.log, conf->loggers, conf->n_loggers);
}

/* From here on `conf` is in force. */
static void adopt(BerthServer *server, BerthConf *conf)
{
    BerthConf *old = server->conf;

    server->conf = conf;
    if (conf->doc->syntax)
        server->syntax = conf->doc->syntax;
    for (BerthFamily **family = server->families; *family; family++)
        berth_family_adopt(*family, conf);
    berth_reconfigure_changed(server, old);
    if (old)
        old->retired = server->world;
    berth_conf_unref(old);
    log_warnings(server, conf);
}

static void configure_net(BerthServer *server)
{
    for (BerthFamily **family = server->families; *family; family++)
        berth_family_configure_net(*family);
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

void berth_server_adopt(BerthServer *server, BerthConf *conf)
{
    configure_logs(server, conf);
    adopt(server, conf);
    configure_net(server);
    server->reloaded_usec = berth_world_boot_usec(server->world);
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

/* ---- start ---- */

static bool open_stores(BerthServer *server, BerthErrors *errors)
{
    for (BerthFamily **family = server->families; *family; family++)
        if (!((*family)->store = berth_store_open(*family, server->conf, errors)))
            return false;
    return true;
}

static bool find_server_id(BerthServer *server, BerthErrors *errors)
{
    BerthFamily *family = berth_server_family(server, 6);

    if (family)
        family->server_id = berth_serverid_new(family, errors);
    return !family || family->server_id;
}

void berth_server_family_ready(BerthServer *server)
{
    bool all = true;

    for (BerthFamily **family = server->families; *family; family++)
        all = all && (*family)->ready;
    if (all && server->state == BERTH_SERVER_LOADING)
        server->state = BERTH_SERVER_READY;
}

static bool start(BerthServer *server, BerthErrors *errors)
{
    BerthConf *conf = berth_server_prepare(server, NULL, server->options.conf_file, errors);

    if (!conf)
        return false;
    berth_server_make_families(server, conf);
    configure_logs(server, conf);
    if (!berth_loader_apply(server->loader, conf, errors)) {
        berth_conf_unref(conf);
        return false;
    }
    adopt(server, conf);
    if (!open_stores(server, errors) || !find_server_id(server, errors))
        return false;
    server->state = BERTH_SERVER_LOADING;
    configure_net(server);
    for (BerthFamily **family = server->families; *family; family++)
        berth_store_load((*family)->store);
    return true;
}

static void log_failure(BerthServer *server, const char *why)
{
    const BerthFamilyNames *names = berth_family_names(server->options.family);
    g_autofree char *id = g_strdup_printf("%s_INIT_FAIL", names->id);
    g_autofree char *text =
        g_strdup_printf("failed to initialize Kea server: configuration error using file '%s': %s",
                        server->options.conf_file, why);

    if (server->families[0])
        berth_server_say(server, BERTH_ERROR, "INIT_FAIL", "%s", text);
    else
        berth_log_write(server->log, BERTH_ERROR, names->service, id, "%s", text);
}

bool berth_server_start(BerthServer *server, BerthErrors *errors)
{
    if (start(server, errors)) {
        if (server->options.no_path_checks)
            berth_server_say(server, BERTH_WARN, "SECURITY_CHECKS_DISABLED",
                             "files and plugins may be anywhere (-X)");
        return true;
    }
    for (unsigned i = 0; i < errors->lines->len; i++)
        log_failure(server, errors->lines->pdata[i]);
    return false;
}

/* ---- stop ---- */

void berth_server_on_stopped(BerthServer *server, void (*call)(void *data, int exit_value),
                             void *data)
{
    server->stopped = call;
    server->stopped_data = data;
}

static size_t pending(const BerthServer *server)
{
    size_t n = 0;

    for (BerthFamily *const *family = server->families; *family; family++)
        n += berth_leases_pending((*family)->env.leases);
    return n;
}

static void stop_when_quiet(void *data)
{
    BerthServer *server = data;
    int64_t waited = berth_world_boot_usec(server->world) - server->stopping_usec;

    /* What reads or writes the configuration needs the server to be there; it ends by itself. */
    if (berth_reload_is_reading(server->reload) || server->conf_write ||
        ((server->reload || pending(server) > 0) && waited < STOP_WAIT_USEC)) {
        berth_world_timer_set(server->world, server->stop_timer, INT64_C(10) * 1000);
        return;
    }
    server->state = BERTH_SERVER_STOPPED;
    berth_server_say(server, BERTH_INFO, "SHUTDOWN", "server shutdown");
    if (server->stopped)
        server->stopped(server->stopped_data, server->exit_value);
}

void berth_server_stop(BerthServer *server, int exit_value)
{
    if (server->state >= BERTH_SERVER_STOPPING)
        return;
    server->state = BERTH_SERVER_STOPPING;
    server->exit_value = exit_value;
    server->stopping_usec = berth_world_boot_usec(server->world);
    for (BerthFamily **family = server->families; *family; family++)
        berth_family_stop(*family);
    server->stop_timer = berth_world_timer(server->world, stop_when_quiet, server);
    berth_world_timer_set(server->world, server->stop_timer, 0);
}
