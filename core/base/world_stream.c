/* world_stream - byte streams of the real world; see berth/world.h. Listening is in world_listen.c.
 *
 * What is written is queued and leaves from the loop, so that several writes of one turn leave
 * together and no error comes back within a call. A stream may be closed within any of its events:
 * its memory then stays until the event has returned. */
#include "core/base/sockaddr.h"
#include "core/base/world_real.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#define MAX_WAITING ((size_t)64 * 1024 * 1024)
#define KEEP_WAITING ((size_t)64 * 1024) /* a larger empty queue is given back */
#define SEND_SIZE ((size_t)64 * 1024)
#define SENDS_A_TURN 16
#define READS_A_TURN 16
#define LINGER_USEC ((int64_t)10 * 1000000)

typedef struct Connection {
    BerthRealStream s;
    bool connecting, ended, dead, closing;
    bool securing;     /* hands are being shaken: the descriptor is TLS's alone */
    int secured;       /* what became of it */
    BerthTls *keys;    /* that TLS is to start with when it is connected, */
    char *name;        /* and the other side's name */
    BerthRealTls *tls; /* NULL: none is spoken */
    bool drain_owed;   /* something was written since `drained` was called */
    GByteArray *out;
    size_t sent; /* how much of `out` has left */
    BerthTimer *deadline;
    void (*left)(void *listener, BerthStream *stream); /* while it waits at its listener */
    void *listener;
} Connection;

/* ---- what connections and listeners share ---- */

static void on_ready(void *data, unsigned events)
{
    BerthRealStream *s = data;

    s->in_event = true;
    s->kind->ready(s, events);
    s->in_event = false;
    if (s->gone)
        g_free(s);
}

void berth_real_stream_init(BerthRealStream *s, BerthWorld *world, const BerthRealStreamKind *kind,
                            int fd)
{
    *s = (BerthRealStream){.stream = {world}, .real = (BerthReal *)world, .kind = kind, .fd = fd};
}

void berth_real_stream_set_events(BerthRealStream *s, const BerthStreamEvents *events, void *data)
{
    s->events = (BerthStreamEvents){0};
    s->data = data;
    if (!events)
        return;
    /* A plugin of another minor version may know fewer or more of them. */
    memcpy(&s->events, events, MIN(events->size, sizeof(s->events)));
    s->events.size = sizeof(s->events);
}

void berth_real_stream_watch(BerthRealStream *s, unsigned events)
{
    if (events && s->watch)
        berth_world_real_rewatch_fd(s->watch, events);
    else if (events)
        s->watch = berth_world_real_watch_fd(s->stream.world, s->fd, events, on_ready, s);
    else
        g_clear_pointer(&s->watch, berth_world_real_unwatch_fd);
}

void berth_real_stream_end(BerthRealStream *s)
{
    s->kind->release(s);
    berth_real_stream_watch(s, 0);
    close(s->fd);
    s->gone = true;
    if (!s->in_event)
        g_free(s);
}

/* ---- a connection ---- */

static size_t waiting(const Connection *c)
{
    return c->out->len - c->sent;
}

/* It neither reads nor writes yet. */
static bool is_starting(const Connection *c)
{
    return c->connecting || c->securing;
}

static bool wants_input(const Connection *c)
{
    /* While it lingers, what still comes is thrown away: closing with unread bytes would reset the
     * connection, and the other side might lose the tail of its answer. */
    return !is_starting(c) && !c->ended && (c->closing || c->s.events.size > 0);
}

static void update_watch(Connection *c)
{
    unsigned events = wants_input(c) ? POLLIN : 0;

    if (c->connecting || waiting(c) > 0 || c->drain_owed)
        events |= POLLOUT;
    berth_real_stream_watch(&c->s, c->dead || c->securing ? 0 : events);
}

static void empty_queue(Connection *c)
{
    c->sent = 0;
    if (c->out->len <= KEEP_WAITING) {
        g_byte_array_set_size(c->out, 0);
        return;
    }
    g_byte_array_unref(c->out);
    c->out = g_byte_array_new();
}

static void fail(Connection *c, int error)
{
    c->dead = true;
    empty_queue(c);
    if (c->closing)
        berth_real_stream_end(&c->s);
    else if (c->s.events.failed)
        c->s.events.failed(c->s.data, error);
}

static int start_tls(Connection *c);

static void connected(Connection *c)
{
    int r = c->keys ? start_tls(c) : 0;

    if (r < 0)
        fail(c, r);
    else if (!c->securing && c->s.events.connected)
        c->s.events.connected(c->s.data);
}

static void finish_connect(Connection *c)
{
    socklen_t len = sizeof(int);
    int error = 0;

    if (getsockopt(c->s.fd, SOL_SOCKET, SO_ERROR, &error, &len) < 0)
        error = errno;
    c->connecting = false;
    if (error)
        fail(c, -error);
    else
        connected(c);
}

static ssize_t or_errno(ssize_t n)
{
    return n < 0 ? -errno : n;
}

static ssize_t receive_some(Connection *c, void *ret, size_t size)
{
    return c->tls ? berth_real_tls_read(c->tls, ret, size) : or_errno(recv(c->s.fd, ret, size, 0));
}

static ssize_t send_some(Connection *c)
{
    const uint8_t *data = c->out->data + c->sent;
    size_t len = MIN(waiting(c), SEND_SIZE);

    return c->tls ? berth_real_tls_write(c->tls, data, len)
                  : or_errno(send(c->s.fd, data, len, MSG_NOSIGNAL));
}

/* Whether there is more to do for it within this event. */
static bool alive(const Connection *c)
{
    return !c->s.gone && !c->dead;
}

/* False: there is no more now. */
static bool receive(Connection *c)
{
    uint8_t *input = c->s.real->input;
    ssize_t n = receive_some(c, input, BERTH_REAL_INPUT);

    if (n < 0) {
        if (n != -EAGAIN && n != -EINTR)
            fail(c, (int)n);
        return false;
    }
    c->ended = n == 0;
    if (c->ended && c->s.events.ended)
        c->s.events.ended(c->s.data);
    else if (!c->ended && c->s.events.received)
        c->s.events.received(c->s.data, (BerthBytes){input, (size_t)n});
    return true;
}

/* A read is one record of TLS, so there it takes several. */
static void receive_all(Connection *c)
{
    unsigned left = c->tls ? READS_A_TURN : 1;

    while (left-- > 0 && receive(c) && alive(c) && wants_input(c))
        continue;
}

/* Everything has left. */
static void drained(Connection *c)
{
    empty_queue(c);
    c->drain_owed = false;
    if (c->closing)
        berth_real_stream_end(&c->s);
    else if (c->s.events.drained)
        c->s.events.drained(c->s.data);
}

/* Bounded, so that a fast reader of a long answer does not hold up the packets. */
static void flush(Connection *c)
{
    for (unsigned i = 0; i < SENDS_A_TURN && waiting(c) > 0; i++) {
        ssize_t n = send_some(c);

        if (n < 0) {
            if (n != -EAGAIN && n != -EINTR)
                fail(c, (int)n);
            return;
        }
        c->sent += (size_t)n;
    }
    if (waiting(c) == 0 && c->drain_owed)
        drained(c);
}

static void finish_tls(Connection *c)
{
    c->securing = false;
    if (c->secured < 0)
        fail(c, c->secured);
    else
        connected(c);
    /* Its first bytes may have come with the last of the handshake. */
    if (alive(c) && wants_input(c))
        receive_all(c);
}

static void connection_ready(BerthRealStream *s, unsigned events)
{
    Connection *c = (Connection *)s;

    if (c->connecting) {
        finish_connect(c);
    } else if (c->securing) {
        finish_tls(c);
    } else {
        if (wants_input(c) && events & (POLLIN | POLLHUP | POLLERR))
            receive_all(c);
        if (alive(c) && !c->securing && events & (POLLOUT | POLLHUP | POLLERR))
            flush(c);
    }
    if (!s->gone)
        update_watch(c);
}

/* ---- TLS ---- */

static void on_secured(void *data, int error)
{
    ((Connection *)data)->secured = error;
    on_ready(data, 0);
}

static int start_tls(Connection *c)
{
    BerthTls *keys = g_steal_pointer(&c->keys);
    int r = berth_real_tls_new(keys, c->s.fd, c->name, &c->tls);

    berth_tls_free(keys);
    if (r < 0)
        return r;
    c->securing = true;
    berth_real_tls_shake(c->tls, on_secured, c);
    return 0;
}

static int stream_start_tls(BerthStream *stream, BerthTls *tls, const char *name)
{
    Connection *c = (Connection *)stream;
    int r = 0;

    if (c->dead || c->tls || c->keys)
        return c->dead ? -EPIPE : -EALREADY;
    c->keys = berth_real_tls_ref(tls);
    c->name = g_strdup(name);
    if (!c->connecting)
        r = start_tls(c);
    update_watch(c);
    return r;
}

static const char *stream_why(BerthStream *stream)
{
    const Connection *c = (const Connection *)stream;

    return c->tls ? berth_real_tls_why(c->tls) : NULL;
}

static void leave_listener(Connection *c)
{
    if (c->left)
        c->left(c->listener, &c->s.stream);
    c->left = NULL;
}

static void connection_events_set(BerthRealStream *s)
{
    Connection *c = (Connection *)s;

    if (s->events.size > 0)
        leave_listener(c);
    update_watch(c);
}

static int connection_write(BerthRealStream *s, BerthBytes bytes)
{
    Connection *c = (Connection *)s;

    if (c->dead)
        return -EPIPE;
    if (bytes.len > MAX_WAITING - waiting(c))
        return -ENOBUFS;
    if (bytes.len == 0)
        return 0;
    if (c->sent > 0 && c->sent >= waiting(c)) {
        g_byte_array_remove_range(c->out, 0, (unsigned)c->sent);
        c->sent = 0;
    }
    g_byte_array_append(c->out, bytes.data, (unsigned)bytes.len);
    c->drain_owed = true;
    update_watch(c);
    return 0;
}

/* See wants_input(). Not into the world's input, which an event of this turn may be looking at. */
static void discard_input(const Connection *c)
{
    uint8_t bytes[4096];

    for (unsigned i = 0; i < SENDS_A_TURN; i++)
        if (recv(c->s.fd, bytes, sizeof(bytes), 0) < (ssize_t)sizeof(bytes))
            return;
}

/* What could not leave in time, when the world ends: as much as the kernel still takes. */
static void send_rest(Connection *c)
{
    ssize_t n = 1;

    while (n > 0 && waiting(c) > 0) {
        n = send_some(c);
        if (n > 0)
            c->sent += (size_t)n;
    }
}

static void connection_release(BerthRealStream *s)
{
    Connection *c = (Connection *)s;

    if (!is_starting(c) && !c->dead)
        send_rest(c);
    g_clear_pointer(&c->tls, berth_real_tls_free);
    g_clear_pointer(&c->keys, berth_tls_free);
    g_clear_pointer(&c->name, g_free);
    /* The other side sees the end before it can see a reset. */
    shutdown(s->fd, SHUT_WR);
    if (!is_starting(c) && !c->dead)
        discard_input(c);
    g_ptr_array_remove(s->real->lingering, s);
    g_clear_pointer(&c->deadline, berth_timer_free);
    g_clear_pointer(&c->out, g_byte_array_unref);
}

static void on_deadline(void *data)
{
    berth_real_stream_end(data);
}

static void connection_close(BerthRealStream *s)
{
    Connection *c = (Connection *)s;

    leave_listener(c);
    berth_real_stream_set_events(s, NULL, NULL);
    c->closing = true;
    if (c->dead || waiting(c) == 0) {
        berth_real_stream_end(s);
        return;
    }
    g_ptr_array_add(s->real->lingering, s);
    c->deadline = berth_world_timer(s->stream.world, on_deadline, s);
    berth_world_timer_set(s->stream.world, c->deadline, LINGER_USEC);
    update_watch(c);
}

static const BerthRealStreamKind connection_kind = {
    .ready = connection_ready,
    .events_set = connection_events_set,
    .write = connection_write,
    .close = connection_close,
    .release = connection_release,
};

static Connection *new_connection(BerthWorld *world, int fd)
{
    Connection *c = g_new0(Connection, 1);
    int on = 1;

    /* Fails on a UNIX socket, which has no such delay. */
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    berth_real_stream_init(&c->s, world, &connection_kind, fd);
    c->out = g_byte_array_new();
    return c;
}

BerthStream *berth_real_stream_accepted(BerthWorld *world, int fd,
                                        void (*left)(void *listener, BerthStream *stream),
                                        void *listener)
{
    Connection *c = new_connection(world, fd);

    c->left = left;
    c->listener = listener;
    return &c->s.stream;
}

void berth_real_stream_orphan(BerthStream *stream)
{
    ((Connection *)stream)->left = NULL;
}

/* ---- the table ---- */

static int stream_connect(BerthWorld *world, const char *address, const BerthStreamEvents *events,
                          void *data, BerthStream **ret)
{
    BerthSockaddr to;
    Connection *c;
    int fd, r = berth_sockaddr_parse(address, &to);

    if (r < 0)
        return r;
    fd = socket(to.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return -errno;
    if (connect(fd, &to.any, to.len) < 0 && errno != EINPROGRESS && errno != EINTR) {
        r = -errno;
        close(fd);
        return r;
    }
    c = new_connection(world, fd);
    c->connecting = true;
    berth_real_stream_set_events(&c->s, events, data);
    update_watch(c);
    *ret = &c->s.stream;
    return 0;
}

static int stream_write(BerthStream *stream, BerthBytes bytes)
{
    BerthRealStream *s = (BerthRealStream *)stream;

    return s->kind->write(s, bytes);
}

static void stream_events(BerthStream *stream, const BerthStreamEvents *events, void *data)
{
    BerthRealStream *s = (BerthRealStream *)stream;

    berth_real_stream_set_events(s, events, data);
    s->kind->events_set(s);
}

static void stream_close(BerthStream *stream)
{
    BerthRealStream *s = (BerthRealStream *)stream;

    s->kind->close(s);
}

void berth_real_add_streams(BerthWorldOps *ops)
{
    ops->stream_listen = berth_real_stream_listen;
    ops->stream_connect = stream_connect;
    ops->stream_write = stream_write;
    ops->stream_events = stream_events;
    ops->stream_close = stream_close;
    ops->stream_start_tls = stream_start_tls;
    ops->stream_why = stream_why;
}
