/* control - the UNIX sockets that commands come in by: Kea's framing, one command a connection.
 *
 * A client writes one JSON object and need not end its side; the command runs when the object's
 * last brace is there. The answer is written, and then the server closes. What a command does is
 * not known here; HTTP is a plugin of its own. */
#include <berth/plugin.h>

#include <errno.h>

#define COMMAND_BYTES_MAX (16u << 20)
#define CONNECTIONS_MAX 64
#define IDLE_USEC ((int64_t)10 * G_USEC_PER_SEC) /* Kea's, between chunks */

typedef struct SocketConf {
    int type;
    const char *name;
} SocketConf;

typedef struct ControlConf {
    BerthList sockets, socket;   /* of Dhcp4: SocketConf */
    BerthList sockets6, socket6; /* of Dhcp6 */
} ControlConf;

/* clang-format off */
static const char *const socket_types[] = {"unix", NULL};

static const BerthConfItem socket_items[] = {
    {"socket-type", BERTH_WORD(SocketConf, type),   NULL, "unix; http and https come with a plugin of their own", BERTH_CONF_REQUIRED, .words = socket_types},
    {"socket-name", BERTH_STRING(SocketConf, name), NULL, "file of the socket, in the run directory", BERTH_CONF_REQUIRED},
    {0},
};

static const BerthConfItem conf_items[] = {
    {"control-sockets", BERTH_LIST(ControlConf, sockets), NULL, "sockets that commands come in by", BERTH_CONF_GLOBAL, .items = socket_items, .item_size = sizeof(SocketConf)},
    {"control-socket",  BERTH_MAP(ControlConf, socket),   NULL, "the older form, for one socket", BERTH_CONF_GLOBAL, .items = socket_items, .item_size = sizeof(SocketConf)},
    {"control-sockets", BERTH_LIST(ControlConf, sockets6), NULL, "sockets that commands come in by", BERTH_CONF_GLOBAL6, .items = socket_items, .item_size = sizeof(SocketConf)},
    {"control-socket",  BERTH_MAP(ControlConf, socket6),   NULL, "the older form, for one socket", BERTH_CONF_GLOBAL6, .items = socket_items, .item_size = sizeof(SocketConf)},
    {0},
};
/* clang-format on */

typedef struct Control {
    BerthServer *server;
    GPtrArray *listeners;   /* of Listener */
    GPtrArray *connections; /* of Connection, not owned */
} Control;

typedef struct Listener {
    Control *control;
    int family; /* whose map names it, 4 or 6; of both DHCPv4's */
    char *path;
    BerthStream *stream;
    bool wanted;
} Listener;

typedef struct Connection {
    Control *control;    /* NULL: the plugin was stopped */
    int family;          /* whose socket it came in by */
    BerthStream *stream; /* NULL: closed; the command may still be running */
    GString *input;
    size_t scanned; /* bytes of `input` that the scanner has seen */
    unsigned depth;
    bool in_string, escaped, running;
    BerthTimer *idle;
} Connection;

/* ---- one connection ---- */

static void connection_close(Connection *c)
{
    berth_stream_close(g_steal_pointer(&c->stream));
    berth_timer_free(g_steal_pointer(&c->idle));
    if (c->control)
        g_ptr_array_remove_fast(c->control->connections, c);
    c->control = NULL;
    if (c->running)
        return;
    g_string_free(c->input, TRUE);
    g_free(c);
}

static int write_error(BerthStream *stream, const char *why)
{
    g_autofree char *text = g_strdup_printf("{ \"result\": 1, \"text\": \"%s\" }", why);

    return berth_stream_write(stream, berth_bytes(text));
}

/* `why` needs no escapes in JSON. */
static void refuse(Connection *c, const char *why)
{
    BERTH_LOG(c->control->server, BERTH_WARN, "commands", "COMMAND_PROCESS_ERROR1",
              "Error while processing command: %s", why);
    write_error(c->stream, why);
    connection_close(c);
}

static void answered(void *data, BerthBytes json)
{
    Connection *c = data;

    c->running = false;
    if (c->stream && berth_stream_write(c->stream, json) == -ENOBUFS)
        write_error(c->stream, "the answer is longer than 64 MiB; ask for a part of it");
    connection_close(c);
}

static void run_command(Connection *c, size_t len)
{
    BerthBytes json = {(const uint8_t *)c->input->str, len};

    c->running = true;
    berth_timer_stop(c->idle);
    berth_server_command_in(c->control->server, c->family, json, answered, c);
}

/* Looks for the brace that closes the command. Returns its length, 0 while it is incomplete,
 * -EINVAL when it can't become an object. The reader checks the rest. */
static int64_t scan(Connection *c)
{
    for (; c->scanned < c->input->len; c->scanned++) {
        char ch = c->input->str[c->scanned];

        if (c->escaped)
            c->escaped = false;
        else if (c->in_string && ch == '\\')
            c->escaped = true;
        else if (ch == '"')
            c->in_string = !c->in_string;
        else if (c->in_string)
            continue;
        else if (ch == '{' || ch == '[')
            c->depth++;
        else if ((ch == '}' || ch == ']') && c->depth > 0 && --c->depth == 0)
            return (int64_t)++c->scanned;
        if (c->depth == 0 && !g_ascii_isspace(ch))
            return -EINVAL;
    }
    return 0;
}

static void on_received(void *data, BerthBytes bytes)
{
    Connection *c = data;
    int64_t len;

    if (c->running)
        return;
    if (c->input->len + bytes.len > COMMAND_BYTES_MAX) {
        refuse(c, "the command is longer than 16 MiB");
        return;
    }
    g_string_append_len(c->input, (const char *)bytes.data, (gssize)bytes.len);
    berth_timer_set(c->control->server, c->idle, IDLE_USEC);
    len = scan(c);
    if (len < 0)
        refuse(c, "a command is one JSON object in braces");
    else if (len > 0)
        run_command(c, (size_t)len);
}

static void on_ended(void *data)
{
    Connection *c = data;

    if (c->running)
        return;
    if (c->depth > 0)
        refuse(c, "the command ends before its last brace");
    else
        connection_close(c);
}

static void on_failed(void *data, int error)
{
    (void)error;
    connection_close(data);
}

static void on_idle(void *data)
{
    Connection *c = data;

    BERTH_LOG(c->control->server, BERTH_INFO, "commands", "COMMAND_SOCKET_CONNECTION_TIMEOUT",
              "Timeout occurred for connection: nothing came for 10 seconds");
    write_error(c->stream, "nothing came for 10 seconds, and the command is not complete");
    connection_close(c);
}

static const BerthStreamEvents connection_events = {
    .size = sizeof(BerthStreamEvents),
    .received = on_received,
    .ended = on_ended,
    .failed = on_failed,
};

static void turn_away(const Control *control, BerthStream *stream)
{
    BERTH_LOG(control->server, BERTH_WARN, "commands", "COMMAND_SOCKET_CONNECTIONS_MAX",
              "a connection is turned away: %d are open", CONNECTIONS_MAX);
    write_error(stream, "too many connections are open; try again");
    berth_stream_close(stream);
}

static void on_accepted(void *data, BerthStream *stream)
{
    const Listener *listener = data;
    Control *control = listener->control;
    Connection *c;

    if (control->connections->len >= CONNECTIONS_MAX) {
        turn_away(control, stream);
        return;
    }
    c = g_new0(Connection, 1);
    c->control = control;
    c->family = listener->family;
    c->stream = stream;
    c->input = g_string_new(NULL);
    c->idle = berth_timer_new(control->server, on_idle, c);
    g_ptr_array_add(control->connections, c);
    berth_timer_set(control->server, c->idle, IDLE_USEC);
    berth_stream_set_events(stream, &connection_events, c);
}

/* The stream goes on by itself when it can. */
static void on_accept_failed(void *data, int error)
{
    const Listener *listener = data;

    BERTH_LOG(listener->control->server, BERTH_ERROR, "commands", "COMMAND_SOCKET_ACCEPT_FAIL",
              "Failed to accept incoming connection on command socket %s: %s", listener->path,
              g_strerror(-error));
}

static const BerthStreamEvents listener_events = {
    .size = sizeof(BerthStreamEvents),
    .accepted = on_accepted,
    .failed = on_accept_failed,
};

/* ---- the sockets of the configuration ---- */

static void listener_free(void *data)
{
    Listener *listener = data;

    berth_stream_close(listener->stream);
    g_free(listener->path);
    g_free(listener);
}

static Listener *find_listener(const Control *control, const char *path)
{
    for (unsigned i = 0; i < control->listeners->len; i++)
        if (strcmp(((Listener *)control->listeners->pdata[i])->path, path) == 0)
            return control->listeners->pdata[i];
    return NULL;
}

static const char *why_not(int r)
{
    switch (r) {
    case -EADDRINUSE:
        return "another server answers there; stop it, or name another socket";
    case -EEXIST:
        return "a file that is no socket is in the way; remove it, or name another socket";
    case -EPERM:
        return "everybody may write the folder it would be in; chmod o-w the folder";
    case -ENOENT:
        return "the folder it would be in is not there; make it";
    default:
        return g_strerror(-r);
    }
}

static int add_listener(Control *control, int family, char *path, GError **error)
{
    g_autofree char *address = g_strdup_printf("unix:%s", path);
    Listener *listener = g_new0(Listener, 1);
    int r;

    listener->control = control;
    listener->family = family;
    listener->path = path;
    listener->wanted = true;
    r = berth_stream_listen(control->server, address, &listener_events, listener,
                            &listener->stream);
    if (r < 0) {
        berth_fail(error, r, "can't listen on the control socket %s: %s", path, why_not(r));
        listener_free(listener);
        return r;
    }
    g_ptr_array_add(control->listeners, listener);
    BERTH_LOG(control->server, BERTH_INFO, "commands", "COMMAND_ACCEPTOR_START",
              "Starting to accept connections via unix domain socket bound to %s", path);
    return 0;
}

static int want_socket(Control *control, int family, const SocketConf *conf, GError **error)
{
    char *path;
    Listener *listener;
    int r = berth_server_path(control->server, BERTH_PATH_RUN, conf->name, &path, error);

    if (r < 0)
        return r;
    listener = find_listener(control, path);
    if (!listener)
        return add_listener(control, family, path, error);
    if (!listener->wanted)
        listener->family = family;
    listener->wanted = true;
    g_free(path);
    return 0;
}

static int want_sockets(Control *control, int family, BerthList sockets, GError **error)
{
    const SocketConf *at = sockets.at;
    int r = 0;

    for (size_t i = 0; r == 0 && i < sockets.n; i++)
        r = want_socket(control, family, &at[i], error);
    return r;
}

/* Opens what is new and then closes what is no longer named; sockets that stay are not touched. On
 * failure all is as it was. */
static int configure(Control *control, const ControlConf *conf, GError **error)
{
    unsigned before = control->listeners->len;
    int r;

    for (unsigned i = 0; i < control->listeners->len; i++)
        ((Listener *)control->listeners->pdata[i])->wanted = false;
    r = want_sockets(control, 4, conf->sockets, error);
    if (r == 0)
        r = want_sockets(control, 4, conf->socket, error);
    if (r == 0)
        r = want_sockets(control, 6, conf->sockets6, error);
    if (r == 0)
        r = want_sockets(control, 6, conf->socket6, error);
    if (r < 0) {
        g_ptr_array_set_size(control->listeners, (int)before);
        return r;
    }
    for (unsigned i = control->listeners->len; i-- > 0;)
        if (!((Listener *)control->listeners->pdata[i])->wanted)
            g_ptr_array_remove_index_fast(control->listeners, i);
    return 0;
}

static void stop(void *run)
{
    Control *control = run;

    while (control->connections->len > 0)
        connection_close(control->connections->pdata[control->connections->len - 1]);
    g_ptr_array_unref(control->connections);
    g_ptr_array_unref(control->listeners);
}

static int start(BerthServer *server, const void *conf, void *run, GError **error)
{
    Control *control = run;
    int r;

    control->server = server;
    control->listeners = g_ptr_array_new_with_free_func(listener_free);
    control->connections = g_ptr_array_new();
    r = configure(control, conf, error);
    if (r < 0)
        stop(control);
    return r;
}

static void apply(const void *conf, void *run)
{
    Control *control = run;
    g_autoptr(GError) error = NULL;

    if (configure(control, conf, &error) < 0)
        BERTH_LOG(control->server, BERTH_ERROR, "commands", "COMMAND_ACCEPTOR_FAIL",
                  "%s; the sockets stay as they were", error->message);
}

BERTH_PLUGIN(.name = "control", .about = "takes commands from UNIX sockets",
             .conf_size = sizeof(ControlConf), .conf = conf_items, .run_size = sizeof(Control),
             .start = start, .apply = apply, .stop = stop);
