/* Byte streams of the real world, over UNIX and TCP sockets on this host. */
#include "core/base/sockaddr.h"
#include "core/base/world.h"
#include "tests/lib/rows.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define WAIT_USEC 5000000

typedef struct Fixture {
    GMainContext *context;
    BerthWorld *world;
    char *dir, *path, *address;
    BerthTimer *limit;
    bool late;
} Fixture;

static void on_limit(void *data)
{
    ((Fixture *)data)->late = true;
}

static Fixture *setup(void)
{
    Fixture *f = g_new0(Fixture, 1);

    f->context = g_main_context_new();
    f->world = berth_world_real_new(f->context);
    f->dir = g_dir_make_tmp("berth-stream-XXXXXX", NULL);
    f->path = g_build_filename(f->dir, "socket", NULL);
    f->address = g_strconcat("unix:", f->path, NULL);
    f->limit = berth_world_timer(f->world, on_limit, f);
    berth_world_timer_set(f->world, f->limit, WAIT_USEC);
    return f;
}

static void teardown(Fixture *f)
{
    CHECK(!f->late);
    berth_timer_free(f->limit);
    berth_world_real_free(f->world);
    g_main_context_unref(f->context);
    CHECK_INT(g_rmdir(f->dir), 0);
    g_free(f->dir);
    g_free(f->path);
    g_free(f->address);
    g_free(f);
}

static void turn(Fixture *f)
{
    g_main_context_iteration(f->context, TRUE);
}

/* Everything that is there already. */
static void settle(Fixture *f)
{
    for (int i = 0; i < 20; i++)
        g_main_context_iteration(f->context, FALSE);
}

/* One side of a connection, or a listener: what it saw. */
typedef struct Side {
    BerthStream *stream;
    GString *got;
    unsigned accepted, connected, ended, drained;
    int failed;
    size_t bytes;
    bool close_on_received, close_on_accepted;
    GPtrArray *kept;   /* of a listener: where accepted streams go that get no events */
    struct Side *peer; /* of a listener: what becomes the accepted stream */
    const BerthStreamEvents *events;
} Side;

static void on_connected(void *data)
{
    ((Side *)data)->connected++;
}

static void on_received(void *data, BerthBytes bytes)
{
    Side *s = data;

    s->bytes += bytes.len;
    if (s->got)
        g_string_append_len(s->got, (const char *)bytes.data, (gssize)bytes.len);
    if (s->close_on_received)
        g_clear_pointer(&s->stream, berth_stream_close);
}

static void on_ended(void *data)
{
    ((Side *)data)->ended++;
}

static void on_drained(void *data)
{
    ((Side *)data)->drained++;
}

static void on_failed(void *data, int error)
{
    ((Side *)data)->failed = error;
}

static void on_accepted(void *data, BerthStream *stream)
{
    Side *s = data;

    s->accepted++;
    if (s->close_on_accepted) {
        berth_stream_close(stream);
        g_clear_pointer(&s->stream, berth_stream_close);
        return;
    }
    if (s->kept) {
        g_ptr_array_add(s->kept, stream);
        return;
    }
    s->peer->stream = stream;
    berth_stream_set_events(stream, s->events, s->peer);
}

static const BerthStreamEvents events = {
    .size = sizeof(BerthStreamEvents),
    .accepted = on_accepted,
    .connected = on_connected,
    .received = on_received,
    .ended = on_ended,
    .drained = on_drained,
    .failed = on_failed,
};

static int do_listen(Fixture *f, const char *address, Side *ret)
{
    ret->events = &events;
    return f->world->ops->stream_listen(f->world, address, &events, ret, &ret->stream);
}

static int do_connect(Fixture *f, const char *address, Side *ret)
{
    return f->world->ops->stream_connect(f->world, address, &events, ret, &ret->stream);
}

static void wait_connected(Fixture *f, Side *client, Side *server)
{
    while ((!client->connected || !server->stream) && !f->late)
        turn(f);
}

static uint16_t free_port(void)
{
    struct sockaddr_in in = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t len = sizeof(in);
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    CHECK_INT(bind(fd, (struct sockaddr *)&in, sizeof(in)), 0);
    CHECK_INT(getsockname(fd, (struct sockaddr *)&in, &len), 0);
    close(fd);
    return ntohs(in.sin_port);
}

static void check_talk(Fixture *f, const char *address)
{
    Side server = {.got = g_string_new(NULL)}, client = {.got = g_string_new(NULL)};
    Side listener = {.peer = &server};

    CHECK_INT(do_listen(f, address, &listener), 0);
    CHECK_INT(do_connect(f, address, &client), 0);
    CHECK_INT(client.connected, 0); /* never from within the call */
    CHECK_INT(berth_stream_write(client.stream, berth_bytes("ask")), 0);
    wait_connected(f, &client, &server);
    while ((server.got->len < 3 || !client.drained) && !f->late)
        turn(f);
    CHECK_TEXT(server.got->str, "ask");
    CHECK_INT(berth_stream_write(server.stream, berth_bytes("ans")), 0);
    CHECK_INT(berth_stream_write(server.stream, berth_bytes("wer")), 0);
    g_clear_pointer(&server.stream, berth_stream_close);
    while (!client.ended && !f->late)
        turn(f);
    CHECK_TEXT(client.got->str, "answer");
    CHECK_INT(client.failed, 0);
    CHECK_INT(server.drained, 0); /* nothing after the close */
    berth_stream_close(client.stream);
    berth_stream_close(listener.stream);
    g_string_free(server.got, TRUE);
    g_string_free(client.got, TRUE);
}

static void test_talk(void)
{
    Fixture *f = setup();
    uint16_t port = free_port();
    g_autofree char *tcp = g_strdup_printf("tcp:127.0.0.1:%u", port);
    g_autofree char *bracketed = g_strdup_printf("tcp:[127.0.0.1]:%u", port);

    berth_row("unix");
    check_talk(f, f->address);
    berth_row("tcp");
    check_talk(f, tcp);
    check_talk(f, bracketed);
    teardown(f);
}

static void test_big_answer(void)
{
    Fixture *f = setup();
    const size_t size = (size_t)5 * 1024 * 1024;
    g_autofree uint8_t *data = g_malloc0(size);
    Side server = {0}, client = {0}, listener = {.peer = &server};

    CHECK_INT(do_listen(f, f->address, &listener), 0);
    CHECK_INT(do_connect(f, f->address, &client), 0);
    wait_connected(f, &client, &server);
    berth_stream_set_events(client.stream, NULL, NULL);
    CHECK_INT(berth_stream_write(server.stream, (BerthBytes){data, size}), 0);
    settle(f);
    berth_row("nothing is read without events, and what waits is kept");
    CHECK_INT((int64_t)client.bytes, 0);
    CHECK_INT(server.drained, 0);
    g_clear_pointer(&server.stream, berth_stream_close);
    settle(f);
    berth_stream_set_events(client.stream, &events, &client);
    while (!client.ended && !f->late)
        turn(f);
    berth_row("a close sends the rest");
    CHECK_INT((int64_t)client.bytes, (int64_t)size);
    berth_stream_close(client.stream);
    berth_stream_close(listener.stream);
    teardown(f);
}

static void test_write_bound(void)
{
    Fixture *f = setup();
    const size_t size = (size_t)32 * 1024 * 1024;
    g_autofree uint8_t *data = g_malloc0(size);
    Side server = {0}, client = {0}, listener = {.peer = &server};

    CHECK_INT(do_listen(f, f->address, &listener), 0);
    CHECK_INT(do_connect(f, f->address, &client), 0);
    wait_connected(f, &client, &server);
    CHECK_INT(berth_stream_write(server.stream, (BerthBytes){data, size}), 0);
    CHECK_INT(berth_stream_write(server.stream, (BerthBytes){data, size}), 0);
    CHECK_INT(berth_stream_write(server.stream, (BerthBytes){data, 1}), -ENOBUFS);
    CHECK_INT(berth_stream_write(listener.stream, (BerthBytes){data, 1}), -ENOTCONN);
    berth_row("the reader goes away");
    berth_stream_close(client.stream);
    while (!server.failed && !f->late)
        turn(f);
    CHECK(server.failed == -EPIPE || server.failed == -ECONNRESET);
    CHECK_INT(server.drained, 0);
    CHECK_INT(berth_stream_write(server.stream, (BerthBytes){data, 1}), -EPIPE);
    berth_stream_close(server.stream);
    berth_stream_close(listener.stream);
    teardown(f);
}

/* A world that ends does not wait for readers that never come. */
static void test_lingering_at_the_end(void)
{
    Fixture *f = setup();
    const size_t size = (size_t)4 * 1024 * 1024;
    g_autofree uint8_t *data = g_malloc0(size);
    Side server = {0}, client = {0}, listener = {.peer = &server};

    CHECK_INT(do_listen(f, f->address, &listener), 0);
    CHECK_INT(do_connect(f, f->address, &client), 0);
    wait_connected(f, &client, &server);
    berth_stream_set_events(client.stream, NULL, NULL);
    CHECK_INT(berth_stream_write(server.stream, (BerthBytes){data, size}), 0);
    berth_stream_close(server.stream);
    settle(f);
    berth_stream_close(client.stream);
    berth_stream_close(listener.stream);
    teardown(f);
}

/* A client that has said its word and gone before anybody looks. */
static void ask_and_go(const char *path)
{
    struct sockaddr_un un = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);

    g_strlcpy(un.sun_path, path, sizeof(un.sun_path));
    CHECK_INT(connect(fd, (struct sockaddr *)&un, sizeof(un)), 0);
    CHECK_INT(write(fd, "x", 1), 1);
    close(fd);
}

static void test_client_gone(void)
{
    Fixture *f = setup();
    Side server = {.close_on_received = true}, listener = {.peer = &server};

    CHECK_INT(do_listen(f, f->address, &listener), 0);
    berth_row("closed by its event");
    ask_and_go(f->path);
    settle(f);
    CHECK(!server.stream);
    CHECK_INT((int64_t)server.bytes, 1);
    CHECK_INT(server.ended, 0);
    berth_row("kept");
    server.close_on_received = false;
    ask_and_go(f->path);
    settle(f);
    CHECK_INT((int64_t)server.bytes, 2);
    CHECK_INT(server.ended, 1);
    CHECK(!g_main_context_pending(f->context));
    berth_row("answered in vain");
    CHECK_INT(berth_stream_write(server.stream, berth_bytes("y")), 0);
    settle(f);
    CHECK_INT(server.failed, -EPIPE);
    CHECK_INT(server.drained, 0);
    berth_stream_close(server.stream);
    berth_stream_close(listener.stream);
    teardown(f);
}

static void test_close_in_event(void)
{
    Fixture *f = setup();
    Side server = {.close_on_received = true}, client = {0}, listener = {.peer = &server};

    CHECK_INT(do_listen(f, f->address, &listener), 0);
    CHECK_INT(do_connect(f, f->address, &client), 0);
    CHECK_INT(berth_stream_write(client.stream, berth_bytes("x")), 0);
    while (!client.ended && !f->late)
        turn(f);
    CHECK_INT((int64_t)server.bytes, 1);
    CHECK_INT(server.ended, 0);
    berth_stream_close(client.stream);

    berth_row("the listener, too");
    listener.close_on_accepted = true;
    client = (Side){0};
    CHECK_INT(do_connect(f, f->address, &client), 0);
    while (!client.ended && !client.failed && !f->late)
        turn(f);
    CHECK(!listener.stream);
    CHECK_INT(listener.accepted, 2);
    berth_stream_close(client.stream);
    berth_stream_close(NULL);
    teardown(f);
}

static void test_refused(void)
{
    Fixture *f = setup();
    g_autofree char *tcp = g_strdup_printf("tcp:127.0.0.1:%u", free_port());
    Side client = {0};

    CHECK_INT(do_connect(f, f->address, &client), -ENOENT);
    CHECK_INT(do_connect(f, "unix:relative", &client), -EINVAL);
    if (do_connect(f, tcp, &client) == 0) {
        while (!client.failed && !f->late)
            turn(f);
        CHECK_INT(client.connected, 0);
        CHECK_INT(client.failed, -ECONNREFUSED);
        berth_stream_close(client.stream);
    }
    teardown(f);
}

static void close_stream(void *stream)
{
    berth_stream_close(stream);
}

static void test_waiting_bound(void)
{
    Fixture *f = setup();
    GPtrArray *kept = g_ptr_array_new_with_free_func(close_stream);
    Side server = {0}, listener = {.kept = kept}, clients[70] = {0};

    CHECK_INT(do_listen(f, f->address, &listener), 0);
    for (size_t i = 0; i < G_N_ELEMENTS(clients); i++)
        CHECK_INT(do_connect(f, f->address, &clients[i]), 0);
    settle(f);
    CHECK_INT(listener.accepted, 64);
    CHECK(!g_main_context_pending(f->context)); /* the others wait without keeping us busy */
    berth_row("events for one, the end of another: two more");
    berth_stream_set_events(g_ptr_array_index(kept, 0), &events, &server);
    g_ptr_array_remove_index(kept, 1);
    settle(f);
    CHECK_INT(listener.accepted, 66);
    berth_row("streams outlive their listener");
    berth_stream_close(listener.stream);
    g_ptr_array_unref(kept);
    for (size_t i = 0; i < G_N_ELEMENTS(clients); i++)
        berth_stream_close(clients[i].stream);
    teardown(f);
}

static void make_stale(const char *path)
{
    struct sockaddr_un un = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);

    g_strlcpy(un.sun_path, path, sizeof(un.sun_path));
    CHECK_INT(bind(fd, (struct sockaddr *)&un, sizeof(un)), 0);
    close(fd);
}

static void test_socket_file(void)
{
    Fixture *f = setup();
    Side listener = {0}, other = {0};
    struct stat st = {0};

    berth_row("a stale one is replaced");
    make_stale(f->path);
    CHECK_INT(do_listen(f, f->address, &listener), 0);
    CHECK_INT(stat(f->path, &st), 0);
    CHECK_INT(st.st_mode & 0777, 0660);
    berth_row("one that answers is not");
    CHECK_INT(do_listen(f, f->address, &other), -EADDRINUSE);
    berth_row("removed with its stream");
    berth_stream_close(listener.stream);
    CHECK_INT(access(f->path, F_OK), -1);
    berth_row("a file that is no socket stays");
    CHECK(g_file_set_contents(f->path, "precious", -1, NULL));
    CHECK_INT(do_listen(f, f->address, &other), -EEXIST);
    CHECK_INT(access(f->path, F_OK), 0);
    g_unlink(f->path);
    berth_row("another's socket at our place stays");
    CHECK_INT(do_listen(f, f->address, &listener), 0);
    g_unlink(f->path);
    make_stale(f->path);
    berth_stream_close(listener.stream);
    CHECK_INT(access(f->path, F_OK), 0);
    g_unlink(f->path);
    teardown(f);
}

/* Also one to a stale socket: what it points to is not ours to remove. */
static void test_symlink(void)
{
    Fixture *f = setup();
    g_autofree char *target = g_build_filename(f->dir, "target", NULL);
    Side listener = {0};
    struct stat st;

    make_stale(target);
    CHECK_INT(symlink(target, f->path), 0);
    CHECK_INT(do_listen(f, f->address, &listener), -EEXIST);
    CHECK_INT(lstat(f->path, &st), 0);
    CHECK(S_ISLNK(st.st_mode));
    CHECK_INT(access(target, F_OK), 0);
    g_unlink(f->path);
    g_unlink(target);
    teardown(f);
}

static void test_folder(void)
{
    static const struct {
        const char *name;
        mode_t mode;
        int r;
    } rows[] = {
        {"the owner's", 0700, 0},          {"the group's", 0770, 0},
        {"everybody's", 0777, -EPERM},     {"everybody's, but not to read", 0702, -EPERM},
        {"everybody's, sticky", 01777, 0},
    };
    Fixture *f = setup();

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        Side listener = {0};

        berth_row("%s", rows[i].name);
        CHECK_INT(chmod(f->dir, rows[i].mode), 0);
        CHECK_INT(do_listen(f, f->address, &listener), rows[i].r);
        berth_stream_close(listener.stream);
        CHECK_INT(access(f->path, F_OK), -1);
    }
    berth_row("a stale socket in everybody's folder stays");
    make_stale(f->path);
    CHECK_INT(chmod(f->dir, 0777), 0);
    CHECK_INT(do_listen(f, f->address, &(Side){0}), -EPERM);
    CHECK_INT(access(f->path, F_OK), 0);
    g_unlink(f->path);
    teardown(f);
}

static void test_sockaddr(void)
{
    static const struct {
        const char *text;
        int r;
    } rows[] = {
        {"unix:/run/berth/socket", 0},
        {"tcp:127.0.0.1:8000", 0},
        {"tcp:[::1]:8000", 0},
        {"tcp:[127.0.0.1]:1", 0},
        {"unix:", -EINVAL},
        {"unix:berth", -EINVAL},
        {"unix:/0123456789012345678901234567890123456789012345678901234567890123456789012345678901"
         "23456789012345678901234567",
         -ENAMETOOLONG},
        {"tcp:127.0.0.1", -EINVAL},
        {"tcp:127.0.0.1:", -EINVAL},
        {"tcp:127.0.0.1:0", -EINVAL},
        {"tcp:127.0.0.1:65536", -EINVAL},
        {"tcp:127.0.0.1:+1", -EINVAL},
        {"tcp:127.0.0.1:80x", -EINVAL},
        {"tcp:::1:80", -EINVAL},
        {"tcp:[::1]80", -EINVAL},
        {"tcp:[::1:80", -EINVAL},
        {"tcp:localhost:80", -EINVAL},
        {"/run/socket", -EINVAL},
        {"", -EINVAL},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        BerthSockaddr at;

        berth_row("%s", rows[i].text);
        CHECK_INT(berth_sockaddr_parse(rows[i].text, &at), rows[i].r);
    }
}

int main(int argc, char **argv)
{
    static const BerthTest tests[] = {
        {"sockaddr", test_sockaddr},
        {"talk", test_talk},
        {"big_answer", test_big_answer},
        {"write_bound", test_write_bound},
        {"lingering_at_the_end", test_lingering_at_the_end},
        {"client_gone", test_client_gone},
        {"close_in_event", test_close_in_event},
        {"refused", test_refused},
        {"waiting_bound", test_waiting_bound},
        {"socket_file", test_socket_file},
        {"symlink", test_symlink},
        {"folder", test_folder},
        {0},
    };

    /* A misuse of GLib fails the test. */
    g_log_set_always_fatal(G_LOG_LEVEL_CRITICAL | G_LOG_LEVEL_WARNING);
    return berth_tests_main("stream", tests, argc, argv);
}
