/* run_script - a program of the site, told of what happens to leases.
 *
 * Callouts only write down what there is to tell (env.h). A bounded number of scripts runs at a
 * time; what comes meanwhile waits, a bounded number of times, and beyond that it is lost, and
 * counted: no packet ever waits for a script. */
#include "env.h"

#include <errno.h>

#define LOGGER "run-script-hooks"
#define USEC_PER_SEC INT64_C(1000000)
#define KILLED 256 /* a status above it tells the signal */

typedef struct Conf {
    const char *name;
    bool sync;
    int64_t max_running, max_waiting, timeout_sec;
    char *path; /* of `name`, where scripts belong */
} Conf;

static const BerthConfItem conf_items[] = {
    {"name", BERTH_STRING(Conf, name), NULL, "the program, in the directory of scripts",
     BERTH_CONF_REQUIRED},
    {"sync", BERTH_BOOL(Conf, sync), "false", "whether to wait for it, which is not supported"},
    {"max-running", BERTH_INT(Conf, max_running), "8", "so many run at the same time", .min = 1,
     .max = 1000},
    {"max-waiting", BERTH_INT(Conf, max_waiting), "1000",
     "so many wait to be run; what comes beyond is lost", .min = 0, .max = 1000000},
    {"timeout", BERTH_INT(Conf, timeout_sec), "300",
     "seconds until one that still runs is killed; 0: never", .min = 0, .max = 86400},
    {0},
};

typedef struct Script {
    struct Run *run;
    char *path;
    const char *point;
    GPtrArray *env;
    BerthProcess *process;
    BerthTimer *limit; /* NULL: none */
    int64_t timeout_sec;
} Script;

typedef struct Run {
    BerthServer *server;
    int64_t max_running;
    GPtrArray *running; /* of Script */
    GQueue waiting;     /* of Script, the oldest first */
    bool is_full, is_failing;
    BerthCounter *started, *failed, *lost;
} Run;

/* ---- scripts ---- */

static void script_free(void *data)
{
    Script *script = data;

    if (script->limit)
        berth_timer_free(script->limit);
    g_ptr_array_unref(script->env);
    g_free(script->path);
    g_free(script);
}

/* One line when it begins to fail, not one for each. */
static void note_end(Run *run, const Script *script, int status)
{
    bool failed = status != 0;

    *run->failed += failed;
    if (failed && !run->is_failing) {
        g_autofree char *how = status < 0 ? g_strdup_printf("can't be run: %s", g_strerror(-status))
                               : status >= KILLED
                                   ? g_strdup_printf("was ended by signal %d", status - KILLED)
                                   : g_strdup_printf("ended with %d", status);

        BERTH_LOG(run->server, BERTH_WARN, LOGGER, "BERTH_RUN_SCRIPT_FAILED", "%s for %s %s",
                  script->path, script->point, how);
    }
    run->is_failing = failed;
}

static void start_next(Run *run);

static void on_ended(void *data, int status)
{
    Script *script = data;
    Run *run = script->run;

    /* Whoever ignores its children does not learn how they end. */
    note_end(run, script, status == -ECHILD ? 0 : status);
    g_ptr_array_remove_fast(run->running, script);
    start_next(run);
}

static void on_limit(void *data)
{
    berth_process_kill(((Script *)data)->process);
}

static void start(Script *script)
{
    Run *run = script->run;
    const char *args[] = {script->path, script->point, NULL};

    g_ptr_array_add(run->running, script);
    ++*run->started;
    script->process = berth_process_start(run->server, script->path, args, env_list(script->env),
                                          on_ended, script);
    if (!script->process) {
        note_end(run, script, -ENOSYS);
        g_ptr_array_remove_fast(run->running, script);
    } else if (script->timeout_sec > 0) {
        script->limit = berth_timer_new(run->server, on_limit, script);
        berth_timer_set(run->server, script->limit, script->timeout_sec * USEC_PER_SEC);
    }
}

static void start_next(Run *run)
{
    while (run->running->len < run->max_running && !g_queue_is_empty(&run->waiting))
        start(g_queue_pop_head(&run->waiting));
    if (g_queue_is_empty(&run->waiting))
        run->is_full = false;
}

static void lose(Run *run, const char *point)
{
    ++*run->lost;
    if (!run->is_full)
        BERTH_LOG(run->server, BERTH_WARN, LOGGER, "BERTH_RUN_SCRIPT_FULL",
                  "%u scripts run and %u wait, no more may: %s is not told of", run->running->len,
                  g_queue_get_length(&run->waiting), point);
    run->is_full = true;
}

/* Takes `env` over. */
static void tell(const Conf *conf, Run *run, const char *point, GPtrArray *env)
{
    Script *script;

    if (run->running->len >= run->max_running &&
        g_queue_get_length(&run->waiting) >= conf->max_waiting) {
        lose(run, point);
        g_ptr_array_unref(env);
        return;
    }
    script = g_new0(Script, 1);
    *script = (Script){.run = run,
                       .path = g_strdup(conf->path),
                       .point = point,
                       .env = env,
                       .timeout_sec = conf->timeout_sec};
    g_queue_push_tail(&run->waiting, script);
    start_next(run);
}

/* ---- what there is to tell ---- */

/* It as it is stored while the packet wants to change it. */
static const BerthLease *stored(const BerthPacket *pkt, const BerthLease *lease)
{
    const BerthLease *at;
    BerthLeaseAct act;

    for (size_t i = 0; (at = berth_packet_lease(pkt, i, &act)); i++)
        if (at == lease)
            return berth_packet_lease_before(pkt, i);
    return NULL;
}

static void renewed4(GPtrArray *env, const Run *run, BerthPacket *pkt, const BerthLease *lease)
{
    (void)run;
    env_query4(env, pkt);
    env_subnet4(env, pkt);
    env_client4(env, pkt);
    env_lease4(env, "LEASE4_", lease);
}

static void given_up4(GPtrArray *env, const Run *run, BerthPacket *pkt, const BerthLease *lease)
{
    (void)run;
    env_query4(env, pkt);
    env_lease4(env, "LEASE4_", stored(pkt, lease));
}

static void expired4(GPtrArray *env, const Run *run, BerthPacket *pkt, const BerthLease *lease)
{
    (void)pkt;
    env_lease4(env, "LEASE4_", lease);
    env_bool(env, "REMOVE_LEASE", berth_server_removes_expired(run->server, 4));
}

static void recovered4(GPtrArray *env, const Run *run, BerthPacket *pkt, const BerthLease *lease)
{
    (void)run;
    (void)pkt;
    env_lease4(env, "LEASE4_", lease);
}

static void renewed6(GPtrArray *env, const Run *run, BerthPacket *pkt, const BerthLease *lease)
{
    (void)run;
    env_query6(env, pkt);
    env_lease6(env, "LEASE6_", lease);
    env_ia6(env, lease);
}

static void given_up6(GPtrArray *env, const Run *run, BerthPacket *pkt, const BerthLease *lease)
{
    (void)run;
    env_query6(env, pkt);
    env_lease6(env, "LEASE6_", stored(pkt, lease));
}

static void expired6(GPtrArray *env, const Run *run, BerthPacket *pkt, const BerthLease *lease)
{
    (void)pkt;
    env_lease6(env, "LEASE6_", lease);
    env_bool(env, "REMOVE_LEASE", berth_server_removes_expired(run->server, 6));
}

static void recovered6(GPtrArray *env, const Run *run, BerthPacket *pkt, const BerthLease *lease)
{
    (void)run;
    (void)pkt;
    env_lease6(env, "LEASE6_", lease);
}

static void registered6(GPtrArray *env, const Run *run, BerthPacket *pkt, const BerthLease *lease)
{
    (void)run;
    env_query6(env, pkt);
    env_addr(env, "ADDRESS6", berth_lease_addr(lease));
    env_lease6(env, "OLD_LEASE6_", stored(pkt, lease));
    env_lease6(env, "NEW_LEASE6_", lease);
}

/* A callout does not know the name of its point. */
#define ABOUT_LEASE(point, what)                                                          \
    static BerthVerdict on_##point(BerthPacket *pkt, BerthLease *lease, const void *conf, \
                                   void *run)                                             \
    {                                                                                     \
        GPtrArray *env = env_new();                                                       \
                                                                                          \
        what(env, run, pkt, lease);                                                       \
        tell(conf, run, #point, env);                                                     \
        return BERTH_CONTINUE;                                                            \
    }

ABOUT_LEASE(lease4_renew, renewed4)
ABOUT_LEASE(lease4_release, given_up4)
ABOUT_LEASE(lease4_decline, given_up4)
ABOUT_LEASE(lease4_expire, expired4)
ABOUT_LEASE(lease4_recover, recovered4)
ABOUT_LEASE(lease6_renew, renewed6)
ABOUT_LEASE(lease6_rebind, renewed6)
ABOUT_LEASE(lease6_release, given_up6)
ABOUT_LEASE(lease6_decline, given_up6)
ABOUT_LEASE(lease6_expire, expired6)
ABOUT_LEASE(lease6_recover, recovered6)
ABOUT_LEASE(addr6_register, registered6)

static BerthVerdict on_committed(BerthPacket *pkt, const void *conf, void *run)
{
    bool is6 = berth_packet_family(pkt) == 6;
    GPtrArray *env = env_new();

    if (is6)
        env_query6(env, pkt);
    else
        env_query4(env, pkt);
    env_leases(env, pkt);
    tell(conf, run, is6 ? "leases6_committed" : "leases4_committed", env);
    return BERTH_CONTINUE;
}

static const BerthHook hooks[] = {
    BERTH_ON_LEASE("lease4_renew", BERTH_LATE, on_lease4_renew),
    BERTH_ON_LEASE("lease4_release", BERTH_LATE, on_lease4_release),
    BERTH_ON_LEASE("lease4_decline", BERTH_LATE, on_lease4_decline),
    BERTH_ON_LEASE("lease4_expire", BERTH_LATE, on_lease4_expire),
    BERTH_ON_LEASE("lease4_recover", BERTH_LATE, on_lease4_recover),
    BERTH_ON_PACKET("leases4_committed", BERTH_LATE, on_committed),
    BERTH_ON_LEASE("lease6_renew", BERTH_LATE, on_lease6_renew),
    BERTH_ON_LEASE("lease6_rebind", BERTH_LATE, on_lease6_rebind),
    BERTH_ON_LEASE("lease6_release", BERTH_LATE, on_lease6_release),
    BERTH_ON_LEASE("lease6_decline", BERTH_LATE, on_lease6_decline),
    BERTH_ON_LEASE("lease6_expire", BERTH_LATE, on_lease6_expire),
    BERTH_ON_LEASE("lease6_recover", BERTH_LATE, on_lease6_recover),
    BERTH_ON_LEASE("addr6_register", BERTH_LATE, on_addr6_register),
    BERTH_ON_PACKET("leases6_committed", BERTH_LATE, on_committed),
    {0},
};

/* ---- the plugin ---- */

static int check(BerthServer *server, void *conf_data, GError **error)
{
    Conf *conf = conf_data;
    int r;

    if (conf->sync)
        return berth_fail(error, -EINVAL,
                          "the 'sync' parameter must be false: no packet waits for a script");
    r = berth_server_path(server, BERTH_PATH_SCRIPT, conf->name, &conf->path, error);
    if (r < 0)
        return r;
    r = berth_process_check(server, conf->path);
    if (r == -ENOENT)
        return berth_fail(error, r, "invalid 'name' parameter: file not found: %s", conf->path);
    return r < 0 ? berth_fail(error, r, "invalid 'name' parameter: file not executable: %s",
                              conf->path)
                 : 0;
}

static void release(void *conf)
{
    g_free(((Conf *)conf)->path);
}

static int start_plugin(BerthServer *server, const void *conf, void *run_state, GError **error)
{
    Run *run = run_state;

    (void)error;
    run->server = server;
    run->max_running = ((const Conf *)conf)->max_running;
    run->running = g_ptr_array_new_with_free_func(script_free);
    g_queue_init(&run->waiting);
    run->started = berth_server_counter(server, "run-script-started");
    run->failed = berth_server_counter(server, "run-script-failed");
    run->lost = berth_server_counter(server, "run-script-lost");
    BERTH_LOG(server, BERTH_INFO, LOGGER, "RUN_SCRIPT_LOAD",
              "Run Script hooks library has been loaded");
    return 0;
}

static void apply(const void *conf, void *run_state)
{
    Run *run = run_state;

    run->max_running = ((const Conf *)conf)->max_running;
    start_next(run);
}

/* Those that run go on; those that wait are lost. */
static void stop(void *run_state)
{
    Run *run = run_state;

    for (unsigned i = 0; i < run->running->len; i++)
        berth_process_leave(((Script *)run->running->pdata[i])->process);
    g_ptr_array_unref(run->running);
    g_queue_clear_full(&run->waiting, script_free);
    BERTH_LOG(run->server, BERTH_INFO, LOGGER, "RUN_SCRIPT_UNLOAD",
              "Run Script hooks library has been unloaded");
}

BERTH_PLUGIN(.name = "run_script", .about = "tells a program of what happens to leases",
             .conf_size = sizeof(Conf), .conf = conf_items, .check = check, .release = release,
             .run_size = sizeof(Run), .start = start_plugin, .apply = apply, .stop = stop,
             .hooks = hooks);
