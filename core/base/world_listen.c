/* world_listen - listening streams of the real world; see berth/world.h.
 *
 * A UNIX socket is for its owner and group. Its file is removed when its stream is closed, and a
 * stale one before listening, but never a file that is no socket or a socket that somebody answers
 * on; and it lies in no folder where everybody may put another socket at its place. */
#include "core/base/sockaddr.h"
#include "core/base/world_real.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define BACKLOG 128
#define MAX_ACCEPTED 64 /* accepted and not yet given events or closed */
#define ACCEPTS_A_TURN 16
#define MODE 0660
#define PAUSE_USEC 1000000

typedef struct Listener {
    BerthRealStream s;
    GPtrArray *accepted; /* of BerthStream: those that wait */
    BerthTimer *pause;   /* set while the system has no room for more connections */
    bool pausing;
    char *path; /* of a UNIX socket, else NULL */
    dev_t dev;
    ino_t ino;
} Listener;

static void update_watch(Listener *l)
{
    bool open = !l->pausing && l->accepted->len < MAX_ACCEPTED;

    berth_real_stream_watch(&l->s, open ? POLLIN : 0);
}

static void on_pause_end(void *data)
{
    Listener *l = data;

    l->pausing = false;
    update_watch(l);
}

static void on_left(void *data, BerthStream *stream)
{
    Listener *l = data;

    g_ptr_array_remove(l->accepted, stream);
    if (!l->s.in_event)
        update_watch(l);
}

/* What accept(2) says of a connection that broke before we came to it, not of the listener. */
static bool is_passing(int error)
{
    switch (error) {
    case EINTR:
    case ECONNABORTED:
    case EPROTO:
    case EPERM:
    case ENETDOWN:
    case ENETUNREACH:
    case EHOSTDOWN:
    case EHOSTUNREACH:
        return true;
    default:
        return false;
    }
}

static void accept_failed(Listener *l, int error)
{
    if (error == EAGAIN)
        return;
    /* Out of descriptors or memory, or worse: the connection would stay and wake us at once. */
    l->pausing = true;
    berth_world_timer_set(l->s.stream.world, l->pause, PAUSE_USEC);
    if (l->s.events.failed && error != EMFILE && error != ENFILE && error != ENOBUFS &&
        error != ENOMEM)
        l->s.events.failed(l->s.data, -error);
}

static void accepted(Listener *l, int fd)
{
    BerthStream *stream = berth_real_stream_accepted(l->s.stream.world, fd, on_left, l);

    g_ptr_array_add(l->accepted, stream);
    if (l->s.events.accepted)
        l->s.events.accepted(l->s.data, stream);
    else
        berth_stream_close(stream);
}

static void listener_ready(BerthRealStream *s, unsigned events)
{
    Listener *l = (Listener *)s;

    (void)events;
    for (int i = 0; i < ACCEPTS_A_TURN && !s->gone && l->accepted->len < MAX_ACCEPTED; i++) {
        int fd = accept4(s->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

        if (fd >= 0) {
            accepted(l, fd);
        } else if (!is_passing(errno)) {
            accept_failed(l, errno);
            break;
        }
    }
    if (!s->gone)
        update_watch(l);
}

static void listener_events_set(BerthRealStream *s)
{
    (void)s;
}

static int listener_write(BerthRealStream *s, BerthBytes bytes)
{
    (void)s;
    (void)bytes;
    return -ENOTCONN;
}

/* Somebody may have put another socket at the place of ours. */
static void remove_own(const Listener *l)
{
    struct stat st;

    if (l->path && lstat(l->path, &st) == 0 && st.st_dev == l->dev && st.st_ino == l->ino)
        unlink(l->path);
}

static void listener_release(BerthRealStream *s)
{
    Listener *l = (Listener *)s;

    for (unsigned i = 0; i < l->accepted->len; i++)
        berth_real_stream_orphan(g_ptr_array_index(l->accepted, i));
    g_ptr_array_unref(l->accepted);
    berth_timer_free(l->pause);
    remove_own(l);
    g_free(l->path);
}

static const BerthRealStreamKind listener_kind = {
    .ready = listener_ready,
    .events_set = listener_events_set,
    .write = listener_write,
    .close = berth_real_stream_end,
    .release = listener_release,
};

/* In a folder that everybody may write, without the sticky bit, anybody could take our socket away
 * and read the next client's commands. */
static int check_folder(const BerthSockaddr *at)
{
    g_autofree char *folder = g_path_get_dirname(at->un.sun_path);
    struct stat st;

    if (stat(folder, &st) < 0)
        return -errno;
    return st.st_mode & S_IWOTH && !(st.st_mode & S_ISVTX) ? -EPERM : 0;
}

/* Whether nobody answers at the socket file: 0, or -EADDRINUSE. */
static int probe(const BerthSockaddr *at)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    int r;

    if (fd < 0)
        return -errno;
    r = connect(fd, &at->any, at->len) < 0 && errno == ECONNREFUSED ? 0 : -EADDRINUSE;
    close(fd);
    return r;
}

static int remove_stale(const BerthSockaddr *at)
{
    struct stat st;
    int r;

    if (lstat(at->un.sun_path, &st) < 0)
        return errno == ENOENT ? 0 : -errno;
    if (!S_ISSOCK(st.st_mode))
        return -EEXIST;
    r = probe(at);
    if (r < 0)
        return r;
    return unlink(at->un.sun_path) < 0 && errno != ENOENT ? -errno : 0;
}

static int bind_unix(int fd, const BerthSockaddr *at)
{
    int r = check_folder(at);

    if (r == 0)
        r = remove_stale(at);
    if (r < 0)
        return r;
    /* The socket's own mode becomes the file's, less the umask, so that there is no moment in which
     * others could connect; the chmod gives back what the umask took. */
    if (fchmod(fd, MODE) < 0 || bind(fd, &at->any, at->len) < 0 || chmod(at->un.sun_path, MODE) < 0)
        return -errno;
    return 0;
}

static int bind_tcp(int fd, const BerthSockaddr *at)
{
    int on = 1;

    if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) < 0)
        return -errno;
    if (at->any.sa_family == AF_INET6 &&
        setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on)) < 0)
        return -errno;
    return bind(fd, &at->any, at->len) < 0 ? -errno : 0;
}

/* A listening descriptor, or -errno. */
static int open_listening(const BerthSockaddr *at)
{
    int fd = socket(at->any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    int r;

    if (fd < 0)
        return -errno;
    r = at->any.sa_family == AF_UNIX ? bind_unix(fd, at) : bind_tcp(fd, at);
    if (r == 0 && listen(fd, BACKLOG) < 0)
        r = -errno;
    if (r < 0)
        close(fd);
    return r < 0 ? r : fd;
}

static void remember_file(Listener *l, const BerthSockaddr *at)
{
    struct stat st;

    if (at->any.sa_family != AF_UNIX || lstat(at->un.sun_path, &st) < 0)
        return;
    l->path = g_strdup(at->un.sun_path);
    l->dev = st.st_dev;
    l->ino = st.st_ino;
}

int berth_real_stream_listen(BerthWorld *world, const char *address,
                             const BerthStreamEvents *events, void *data, BerthStream **ret)
{
    BerthSockaddr at;
    Listener *l;
    int fd, r = berth_sockaddr_parse(address, &at);

    if (r < 0)
        return r;
    fd = open_listening(&at);
    if (fd < 0)
        return fd;
    l = g_new0(Listener, 1);
    berth_real_stream_init(&l->s, world, &listener_kind, fd);
    berth_real_stream_set_events(&l->s, events, data);
    l->accepted = g_ptr_array_new();
    l->pause = berth_world_timer(world, on_pause_end, l);
    remember_file(l, &at);
    update_watch(l);
    *ret = &l->s.stream;
    return 0;
}
