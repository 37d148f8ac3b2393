/* fake_server - see fake_server.h. */
#include "tests/lib/fake_server.h"

#include "core/server/family.h"

#include <errno.h>
#include <stdarg.h>

#define LOG_MAX (1u << 20)

struct BerthServer {
    BerthFakeWorld *world;
    BerthDisk *disk;
    BerthFakeStreams *streams;
    GString *log;
    GHashTable *counters; /* name -> BerthCounter */
    GHashTable *hosts;    /* name -> GArray of BerthAddr */
    BerthFakeCommand command;
    void *command_data;
    BerthFamily families[2];
};

/* What a job syncs last is durable when it ends. */
static void on_job(void *data, const void *job, BerthFakeJob what)
{
    BerthDisk *disk = ((BerthServer *)data)->disk;

    if (what == BERTH_FAKE_JOB_ENDS)
        berth_disk_ended(disk, job);
    else
        berth_disk_work(disk, what == BERTH_FAKE_JOB_BEGINS ? job : NULL);
}

BerthServer *berth_fake_server_new(BerthDisk *disk)
{
    BerthServer *server = g_new0(BerthServer, 1);
    BerthWorldOps ops = {0};

    server->families[0].env.family = 4;
    server->families[1].env.family = 6;

    berth_fake_streams_add(&ops);
    server->world = berth_fake_world_new(1, &ops);
    server->streams = berth_fake_streams_new(&server->world->world);
    server->disk = disk;
    server->world->on_job = disk ? on_job : NULL;
    server->world->on_job_data = server;
    server->log = g_string_new(NULL);
    server->hosts =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_array_unref);
    server->counters = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    return server;
}

void berth_fake_server_free(BerthServer *server)
{
    berth_fake_streams_free(server->streams);
    berth_fake_world_free(server->world);
    g_string_free(server->log, TRUE);
    g_hash_table_unref(server->counters);
    g_hash_table_unref(server->hosts);
    g_free(server);
}

BerthFakeWorld *berth_fake_server_world(BerthServer *server)
{
    return server->world;
}

BerthFakeStreams *berth_fake_server_streams(BerthServer *server)
{
    return server->streams;
}

void berth_fake_server_add_host(BerthServer *server, const char *name, const char *addr)
{
    GArray *addrs = g_hash_table_lookup(server->hosts, name);
    BerthAddr a;

    if (!addrs) {
        addrs = g_array_new(FALSE, FALSE, sizeof(BerthAddr));
        g_hash_table_insert(server->hosts, g_strdup(name), addrs);
    }
    if (berth_addr_parse(addr, &a) < 0)
        g_error("%s is no address", addr);
    g_array_append_val(addrs, a);
}

void berth_fake_server_on_command(BerthServer *server, BerthFakeCommand call, void *data)
{
    server->command = call;
    server->command_data = data;
}

const char *berth_fake_server_log(const BerthServer *server)
{
    return server->log->str;
}

void berth_fake_server_clear_log(BerthServer *server)
{
    g_string_truncate(server->log, 0);
}

/* ---- berth/plugin.h ---- */

bool berth_server_log_wants(BerthServer *server, BerthLevel level, const char *logger)
{
    (void)level;
    (void)logger;
    return server->log->len < LOG_MAX;
}

void berth_server_log(BerthServer *server, BerthLevel level, const char *logger, const char *id,
                      const char *format, ...)
{
    static const char *const levels[] = {"DEBUG", "INFO", "WARN", "ERROR", "FATAL"};
    va_list args;

    (void)logger;
    g_string_append_printf(server->log, "%s %s ", levels[level], id);
    va_start(args, format);
    g_string_append_vprintf(server->log, format, args);
    va_end(args);
    g_string_append_c(server->log, '\n');
}

BerthCounter *berth_server_counter(BerthServer *server, const char *name)
{
    BerthCounter *counter = g_hash_table_lookup(server->counters, name);

    if (!counter)
        g_hash_table_insert(server->counters, g_strdup(name), counter = g_new0(BerthCounter, 1));
    return counter;
}

/* It serves both families. */
BerthCounter *berth_server_counter_in(BerthServer *server, int family, const char *name)
{
    g_autofree char *key = g_strdup_printf("6 %s", name);

    return berth_server_counter(server, family == 6 ? key : name);
}

int berth_server_path(BerthServer *server, BerthPathKind kind, const char *name, char **ret_path,
                      GError **error)
{
    static const char *const dirs[] = {"/data", "/log", "/run", "/script"};

    (void)server;
    if (strchr(name, '/'))
        return berth_fail(error, -EACCES, "%s: outside of %s", name, dirs[kind]);
    *ret_path = g_build_filename(dirs[kind], name, NULL);
    return 0;
}

void berth_server_command(BerthServer *server, BerthBytes json, BerthAnswered answered, void *data)
{
    if (server->command)
        server->command(server->command_data, json, answered, data);
}

void berth_server_command_in(BerthServer *server, int family, BerthBytes json,
                             BerthAnswered answered, void *data)
{
    (void)family;
    berth_server_command(server, json, answered, data);
}

/* ---- core/server ---- */

BerthFamily *berth_server_family(BerthServer *server, int number)
{
    return &server->families[number == 6];
}

/* ---- berth/world.h ---- */

int64_t berth_server_now(const BerthServer *server)
{
    return server->world->wall_usec / G_USEC_PER_SEC;
}

int64_t berth_server_boot_usec(const BerthServer *server)
{
    return server->world->boot_usec;
}

int64_t berth_server_wall_usec(const BerthServer *server)
{
    return server->world->wall_usec;
}

void berth_server_random(const BerthServer *server, void *ret, size_t len)
{
    server->world->ops.random(&server->world->world, ret, len);
}

BerthTimer *berth_timer_new(BerthServer *server, void (*call)(void *data), void *data)
{
    return berth_timer_new_in(&server->world->world.timers, call, data);
}

void berth_timer_set(BerthServer *server, BerthTimer *timer, int64_t delay_usec)
{
    berth_timer_set_at(timer, server->world->boot_usec + delay_usec);
}

void berth_job_run(BerthServer *server, void (*work)(void *data), void (*done)(void *data),
                   void *data)
{
    server->world->ops.job(&server->world->world, work, done, data);
}

static BerthDiskFile *on_disk(BerthFile *file)
{
    return (BerthDiskFile *)file;
}

int berth_file_open(BerthServer *server, const char *path, BerthOpen how, BerthFile **ret)
{
    return server->disk ? berth_disk_open(server->disk, path, how, (BerthDiskFile **)ret) : -ENOSYS;
}

void berth_file_close(BerthFile *file)
{
    berth_disk_close(on_disk(file));
}

int64_t berth_file_read(BerthFile *file, int64_t offset, void *ret, size_t len)
{
    return berth_disk_read(on_disk(file), offset, ret, len);
}

int berth_file_append(BerthFile *file, BerthBytes bytes)
{
    while (bytes.len) {
        int64_t n = berth_disk_append(on_disk(file), bytes.data, bytes.len);

        if (n <= 0)
            return n < 0 ? (int)n : -EIO;
        bytes.data += n;
        bytes.len -= (size_t)n;
    }
    return 0;
}

int berth_file_sync(BerthFile *file)
{
    return berth_disk_sync(on_disk(file));
}

int64_t berth_file_size(BerthFile *file)
{
    return berth_disk_size(on_disk(file));
}

int64_t berth_file_room(BerthFile *file)
{
    return berth_disk_room(on_disk(file));
}

int berth_file_truncate(BerthFile *file, int64_t size)
{
    return berth_disk_truncate(on_disk(file), size);
}

int berth_file_is_at(BerthFile *file, const char *path)
{
    return berth_disk_is_at(on_disk(file), path);
}

int berth_file_lock(BerthFile *file)
{
    return berth_disk_lock(on_disk(file));
}

int berth_file_rename(BerthServer *server, const char *from, const char *to)
{
    return berth_disk_rename(server->disk, from, to);
}

int berth_file_unlink(BerthServer *server, const char *path)
{
    return berth_disk_unlink(server->disk, path);
}

int berth_file_sync_dir(BerthServer *server, const char *dir)
{
    return berth_disk_sync_dir(server->disk, dir);
}

int berth_stream_listen(BerthServer *server, const char *address, const BerthStreamEvents *events,
                        void *data, BerthStream **ret)
{
    return berth_fake_streams_listen(server->streams, address, events, data, ret);
}

int berth_stream_connect(BerthServer *server, const char *address, const BerthStreamEvents *events,
                         void *data, BerthStream **ret)
{
    return berth_fake_streams_connect(server->streams, address, events, data, ret);
}

int berth_host_resolve(BerthServer *server, const char *name, BerthAddr *ret, unsigned max)
{
    const GArray *addrs = g_hash_table_lookup(server->hosts, name);
    unsigned n = addrs ? MIN(addrs->len, max) : 0;

    if (n == 0)
        return -ENOENT;
    memcpy(ret, addrs->data, n * sizeof(*ret));
    return (int)n;
}

int berth_tls_load(BerthServer *server, const BerthTlsConf *conf, BerthTls **ret, GError **error)
{
    (void)server;
    (void)conf;
    (void)ret;
    return berth_fail(error, -ENOSYS, "there is no TLS here");
}
