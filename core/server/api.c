/* api - the functions of <berth/plugin.h> that take a BerthServer: each hands on to its room. */
#include "core/server/server.h"

#include <errno.h>

BerthRunner *berth_server_runner(BerthServer *server)
{
    return server->runner;
}

/* ---- time ---- */

/* Lease time is the same in both families, to the second. */
int64_t berth_server_now(const BerthServer *server)
{
    const BerthFamily *family = server->families[0];

    return family && family->env.leases ? berth_leases_now(family->env.leases)
                                        : berth_server_wall_usec(server) / G_USEC_PER_SEC;
}

int64_t berth_server_boot_usec(const BerthServer *server)
{
    return berth_world_boot_usec(server->world);
}

int64_t berth_server_wall_usec(const BerthServer *server)
{
    return server->world->ops->wall_usec(server->world);
}

void berth_server_random(const BerthServer *server, void *ret, size_t len)
{
    server->world->ops->random(server->world, ret, len);
}

BerthTimer *berth_timer_new(BerthServer *server, void (*call)(void *data), void *data)
{
    return berth_world_timer(server->world, call, data);
}

void berth_timer_set(BerthServer *server, BerthTimer *timer, int64_t delay_usec)
{
    berth_world_timer_set(server->world, timer, delay_usec);
}

/* A job of a plugin keeps the plugin's code in place until it is done. */
typedef struct Job {
    BerthServer *server;
    BerthLibrary *library;
    void (*work)(void *data);
    void (*done)(void *data);
    void *data;
} Job;

static void job_work(void *data)
{
    const Job *job = data;

    job->work(job->data);
}

static void job_done(void *data)
{
    Job *job = data;

    job->done(job->data);
    berth_loader_unpin(job->server->loader, job->library);
    g_free(job);
}

void berth_job_run(BerthServer *server, void (*work)(void *data), void (*done)(void *data),
                   void *data)
{
    Job *job = g_new(Job, 1);

    *job = (Job){server, berth_loader_pin(server->loader, (const void *)(uintptr_t)work), work,
                 done, data};
    server->world->ops->job(server->world, job_work, job_done, job);
}

/* ---- subnets ---- */

static const BerthFamilyConf *conf_of(BerthServer *server, int number)
{
    const BerthFamily *family = number ? berth_server_family(server, number) : NULL;

    return family && server->conf ? berth_family_conf(family, server->conf) : NULL;
}

static bool view(const BerthSubnet *subnet, BerthSubnetView *ret)
{
    if (!subnet)
        return false;
    *ret = (BerthSubnetView){
        .id = subnet->id,
        .prefix = subnet->prefix,
        .prefix_len = subnet->prefix_len,
        .is_guarded = !berth_conf_admits(subnet, &(BerthClassSet){0}),
        .text = subnet->text,
    };
    return true;
}

bool berth_server_subnet(BerthServer *server, int family, uint32_t id, BerthSubnetView *ret)
{
    const BerthFamilyConf *conf = conf_of(server, family);

    return conf && view(berth_conf_subnet_by_id(conf, id), ret);
}

bool berth_server_nth_subnet(BerthServer *server, int family, size_t i, BerthSubnetView *ret)
{
    const BerthFamilyConf *conf = conf_of(server, family);

    return conf && i < conf->n_subnets && view(&conf->subnets[i], ret);
}

/* ---- files and streams ---- */

int berth_file_open(BerthServer *server, const char *path, BerthOpen how, BerthFile **ret)
{
    return server->world->ops->file_open(server->world, path, how, ret);
}

int berth_file_rename(BerthServer *server, const char *from, const char *to)
{
    return server->world->ops->file_rename(server->world, from, to);
}

int berth_file_unlink(BerthServer *server, const char *path)
{
    return server->world->ops->file_unlink(server->world, path);
}

int berth_file_sync_dir(BerthServer *server, const char *dir)
{
    return server->world->ops->file_sync_dir(server->world, dir);
}

int berth_stream_listen(BerthServer *server, const char *address, const BerthStreamEvents *events,
                        void *data, BerthStream **ret)
{
    return server->world->ops->stream_listen(server->world, address, events, data, ret);
}

int berth_stream_connect(BerthServer *server, const char *address, const BerthStreamEvents *events,
                         void *data, BerthStream **ret)
{
    return server->world->ops->stream_connect(server->world, address, events, data, ret);
}

int berth_host_resolve(BerthServer *server, const char *name, BerthAddr *ret, unsigned max)
{
    const BerthWorldOps *ops = server->world->ops;

    return ops->host_resolve ? ops->host_resolve(server->world, name, ret, max) : -ENOSYS;
}

int berth_tls_load(BerthServer *server, const BerthTlsConf *conf, BerthTls **ret, GError **error)
{
    const BerthWorldOps *ops = server->world->ops;

    if (!ops->tls_load)
        return berth_fail(error, -ENOSYS, "there is no TLS here");
    return ops->tls_load(server->world, conf, ret, error);
}

/* ---- leases ---- */

static BerthLeases *leases_of(BerthServer *server, int number)
{
    const BerthFamily *family = berth_server_family(server, number);

    return family ? family->env.leases : NULL;
}

int berth_server_leases(BerthServer *server, int family, uint32_t *iter, unsigned max,
                        BerthLeaseEach each, void *data)
{
    const BerthLeases *leases = leases_of(server, family);
    BerthLease lease;

    if (!leases)
        return -ESRCH;
    if (!berth_server_family(server, family)->ready)
        return -EAGAIN;
    for (unsigned i = 0; i < max; i++) {
        int r = 0;

        if (!berth_table_next(berth_leases_table(leases), iter, &lease))
            return 0;
        r = each(data, &lease);
        if (r != 0)
            return r;
    }
    return 1;
}

bool berth_server_leases_passed(BerthServer *server, int family, uint32_t iter, BerthAddr addr)
{
    const BerthLeases *leases = leases_of(server, family);

    return leases && berth_table_passed(berth_leases_table(leases), iter, addr);
}

int berth_server_follow_leases(BerthServer *server, int family, BerthLeaseChanged changed,
                               void *data)
{
    BerthLeases *leases = leases_of(server, family);

    if (!leases)
        return -ESRCH;
    berth_leases_follow(leases, changed, data);
    return 0;
}

void berth_server_unfollow_leases(BerthServer *server, int family, BerthLeaseChanged changed,
                                  void *data)
{
    BerthLeases *leases = leases_of(server, family);

    if (leases)
        berth_leases_unfollow(leases, changed, data);
}

bool berth_server_removes_expired(BerthServer *server, int family)
{
    return server->conf && berth_conf_family(server->conf, family)->hold_reclaimed_sec == 0;
}

/* ---- echo ---- */

int berth_echo_open(BerthServer *server, BerthEchoAnswer answered, void *data, BerthEcho **ret)
{
    const BerthWorldOps *ops = server->world->ops;

    return ops->echo_open ? ops->echo_open(server->world, answered, data, ret) : -ENOSYS;
}

/* ---- programs ---- */

int berth_process_check(BerthServer *server, const char *path)
{
    const BerthWorldOps *ops = server->world->ops;

    return ops->process_check ? ops->process_check(server->world, path) : -ENOSYS;
}

BerthProcess *berth_process_start(BerthServer *server, const char *path, const char *const *args,
                                  const char *const *env, BerthProcessEnded ended, void *data)
{
    const BerthWorldOps *ops = server->world->ops;

    return ops->process_start ? ops->process_start(server->world, path, args, env, ended, data)
                              : NULL;
}

/* ---- routes ---- */

void berth_routes_change(BerthServer *server, BerthRouteChange *changes, size_t n)
{
    const BerthWorldOps *ops = server->world->ops;

    for (size_t i = 0; i < n; i++)
        changes[i].result = -ENOSYS;
    if (ops->routes_change)
        ops->routes_change(server->world, changes, n);
}

int berth_routes_list(BerthServer *server, uint8_t protocol, uint32_t table, BerthRouteEach each,
                      void *data)
{
    const BerthWorldOps *ops = server->world->ops;

    return ops->routes_list ? ops->routes_list(server->world, protocol, table, each, data)
                            : -ENOSYS;
}

/* ---- logging and counting ---- */

/* Whoever speaks within a packet's callout speaks as the daemon of the packet's family. */
static BerthLog *log_of(BerthServer *server)
{
    const BerthPacket *pkt = server->runner ? berth_runner_running(server->runner) : NULL;

    return pkt ? pkt->env->log : server->log;
}

bool berth_server_log_wants(BerthServer *server, BerthLevel level, const char *logger)
{
    return berth_log_wants(log_of(server), level, logger);
}

void berth_server_log(BerthServer *server, BerthLevel level, const char *logger, const char *id,
                      const char *format, ...)
{
    va_list args;

    va_start(args, format);
    berth_log_writev(log_of(server), level, logger, id, format, args);
    va_end(args);
}

BerthCounter *berth_server_counter(BerthServer *server, const char *name)
{
    return berth_stats_counter(server->families[0]->env.stats, name);
}

BerthCounter *berth_server_counter_in(BerthServer *server, int number, const char *name)
{
    const BerthFamily *family = berth_server_family(server, number);

    return family ? berth_stats_counter(family->env.stats, name) : NULL;
}

/* ---- paths ---- */

static const char *const path_kinds[] = {"data", "log", "run", "script"};

/* Whether `name` is directly or deeper in `dir`, with no way out by "..". */
static bool is_inside(const char *name, const char *dir)
{
    size_t len = strlen(dir);

    while (len > 1 && dir[len - 1] == '/')
        len--;
    return strncmp(name, dir, len) == 0 && name[len] == '/';
}

static bool has_dots(const char *name)
{
    g_auto(GStrv) parts = g_strsplit(name, "/", -1);

    for (char **part = parts; *part; part++)
        if (strcmp(*part, "..") == 0 || strcmp(*part, ".") == 0)
            return true;
    return false;
}

static bool is_allowed(const char *name, char **dirs)
{
    if (has_dots(name))
        return false;
    for (char **dir = dirs; *dir; dir++)
        if (is_inside(name, *dir))
            return true;
    return false;
}

int berth_server_path(BerthServer *server, BerthPathKind kind, const char *name, char **ret_path,
                      GError **error)
{
    const char *paths = server->options.paths[kind] ? server->options.paths[kind] : "/";
    g_auto(GStrv) dirs = g_strsplit(paths, ":", -1);
    g_autofree char *path = NULL;

    if (!name || !*name || strlen(name) > 1024)
        return berth_fail(error, -EINVAL, "a file name must have 1 to 1024 characters");
    path = *name == '/' ? g_strdup(name) : g_strdup_printf("%s/%s", dirs[0], name);
    if (!server->options.no_path_checks && !is_allowed(path, dirs))
        return berth_fail(
            error, -EPERM,
            "'%s' is outside the %s directory %s; name a file in it, or start with -X", name,
            path_kinds[kind], paths);
    *ret_path = g_steal_pointer(&path);
    return 0;
}

/* ---- commands ---- */

void berth_server_command(BerthServer *server, BerthBytes json, BerthAnswered answered, void *data)
{
    berth_commands_run(server->commands, 0, json, answered, data);
}

void berth_server_command_in(BerthServer *server, int family, BerthBytes json,
                             BerthAnswered answered, void *data)
{
    berth_commands_run(server->commands, family, json, answered, data);
}
