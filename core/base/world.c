/* world - the part that every world shares (idle calls, watchers), and the functions of
 * berth/world.h that need nothing but a file or a stream, which know their world. */
#include "core/base/world.h"

#include <errno.h>

typedef struct Idle {
    void (*call)(void *data); /* NULL: taken off while the calls are running */
    void *data;
} Idle;

typedef struct Watcher {
    BerthIfaceChange change; /* NULL: free for the next */
    void *data;
} Watcher;

void berth_world_init(BerthWorld *world, const BerthWorldOps *ops)
{
    world->ops = ops;
    berth_timers_init(&world->timers);
    world->idle = g_array_new(FALSE, FALSE, sizeof(Idle));
    world->in_idle = false;
    world->watchers = g_array_new(FALSE, FALSE, sizeof(Watcher));
}

void berth_world_clear(BerthWorld *world)
{
    berth_timers_clear(&world->timers);
    g_clear_pointer(&world->idle, g_array_unref);
    g_clear_pointer(&world->watchers, g_array_unref);
}

void berth_world_on_idle(BerthWorld *world, void (*call)(void *data), void *data)
{
    Idle idle = {call, data};

    g_array_append_val(world->idle, idle);
}

void berth_world_off_idle(BerthWorld *world, void (*call)(void *data), void *data)
{
    for (unsigned i = 0; i < world->idle->len; i++) {
        Idle *idle = &g_array_index(world->idle, Idle, i);

        if (idle->call != call || idle->data != data)
            continue;
        if (world->in_idle)
            idle->call = NULL;
        else
            g_array_remove_index(world->idle, i);
        return;
    }
}

static void sweep_idle(BerthWorld *world)
{
    for (unsigned i = world->idle->len; i-- > 0;)
        if (!g_array_index(world->idle, Idle, i).call)
            g_array_remove_index(world->idle, i);
}

void berth_world_run_idle(BerthWorld *world)
{
    unsigned n = world->idle->len;

    if (world->in_idle)
        return;
    world->in_idle = true;
    for (unsigned i = 0; i < n; i++) {
        /* A copy: a call may add others and so move the array. */
        Idle idle = g_array_index(world->idle, Idle, i);

        if (idle.call)
            idle.call(idle.data);
    }
    world->in_idle = false;
    sweep_idle(world);
}

/* ---- interfaces ---- */

static Watcher *find_watcher(const BerthWorld *world, BerthIfaceChange change, const void *data)
{
    for (unsigned i = 0; i < world->watchers->len; i++) {
        Watcher *watcher = &g_array_index(world->watchers, Watcher, i);

        if (watcher->change == change && (!change || watcher->data == data))
            return watcher;
    }
    return NULL;
}

static bool is_watched(const BerthWorld *world)
{
    for (unsigned i = 0; i < world->watchers->len; i++)
        if (g_array_index(world->watchers, Watcher, i).change)
            return true;
    return false;
}

static void tell_watchers(void *data, const BerthIface *all, size_t n)
{
    BerthWorld *world = data;

    for (unsigned i = 0; i < world->watchers->len; i++) {
        /* A copy: a call may add others and so move the array. */
        Watcher watcher = g_array_index(world->watchers, Watcher, i);

        if (watcher.change)
            watcher.change(watcher.data, all, n);
    }
}

/* To watch anew is to be told anew, the others too: it does them no harm. */
int berth_world_watch_ifaces(BerthWorld *world, BerthIfaceChange change, void *data)
{
    Watcher watcher = {change, data}, *place = find_watcher(world, NULL, NULL);

    if (place)
        *place = watcher;
    else
        g_array_append_val(world->watchers, watcher);
    return world->ops->iface_watch(world, tell_watchers, world);
}

void berth_world_unwatch_ifaces(BerthWorld *world, BerthIfaceChange change, void *data)
{
    Watcher *watcher = find_watcher(world, change, data);

    if (!watcher)
        return;
    watcher->change = NULL;
    if (!is_watched(world))
        world->ops->iface_watch(world, NULL, NULL);
}

/* ---- echo ---- */

int berth_echo_send(BerthEcho *echo, BerthAddr addr, uint16_t sequence)
{
    return echo->world->ops->echo_send(echo, addr, sequence);
}

void berth_echo_close(BerthEcho *echo)
{
    echo->world->ops->echo_close(echo);
}

/* ---- programs ---- */

void berth_process_kill(BerthProcess *process)
{
    process->world->ops->process_kill(process);
}

void berth_process_leave(BerthProcess *process)
{
    process->world->ops->process_leave(process);
}

/* ---- files and streams ---- */

void berth_file_close(BerthFile *file)
{
    if (file)
        file->world->ops->file_close(file);
}

int64_t berth_file_read(BerthFile *file, int64_t offset, void *ret, size_t len)
{
    return file->world->ops->file_read(file, offset, ret, len);
}

int berth_file_append(BerthFile *file, BerthBytes bytes)
{
    while (bytes.len > 0) {
        int64_t n = file->world->ops->file_append(file, bytes.data, bytes.len);

        if (n <= 0)
            return n < 0 ? (int)n : -EIO;
        bytes.data += n;
        bytes.len -= (size_t)n;
    }
    return 0;
}

int berth_file_sync(BerthFile *file)
{
    return file->world->ops->file_sync(file);
}

int64_t berth_file_room(BerthFile *file)
{
    return file->world->ops->file_room(file);
}

int64_t berth_file_size(BerthFile *file)
{
    return file->world->ops->file_size(file);
}

int berth_file_truncate(BerthFile *file, int64_t size)
{
    return file->world->ops->file_truncate(file, size);
}

int berth_file_is_at(BerthFile *file, const char *path)
{
    return file->world->ops->file_is_at(file, path);
}

int berth_file_lock(BerthFile *file)
{
    return file->world->ops->file_lock(file);
}

void berth_stream_set_events(BerthStream *stream, const BerthStreamEvents *events, void *data)
{
    stream->world->ops->stream_events(stream, events, data);
}

int berth_stream_write(BerthStream *stream, BerthBytes bytes)
{
    return stream->world->ops->stream_write(stream, bytes);
}

void berth_stream_close(BerthStream *stream)
{
    if (stream)
        stream->world->ops->stream_close(stream);
}

const char *berth_stream_why(BerthStream *stream, int error)
{
    const BerthWorldOps *ops = stream->world->ops;
    const char *why = ops->stream_why ? ops->stream_why(stream) : NULL;

    return why ? why : g_strerror(-error);
}

void berth_tls_free(BerthTls *tls)
{
    if (tls)
        tls->world->ops->tls_free(tls);
}

int berth_stream_start_tls(BerthStream *stream, BerthTls *tls, const char *name)
{
    const BerthWorldOps *ops = stream->world->ops;

    return ops->stream_start_tls ? ops->stream_start_tls(stream, tls, name) : -ENOSYS;
}
