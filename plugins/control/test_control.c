/* Commands over sockets in memory: framing, limits, and which sockets are there. */
#include "tests/lib/fake_plugin.h"
#include "tests/lib/rows.h"

#include <errno.h>

extern const BerthPlugin berth_plugin;

#define SEC ((int64_t)G_USEC_PER_SEC)
#define SOCKET(name) "{\"socket-type\": \"unix\", \"socket-name\": \"" name "\"}"
#define ONE_SOCKET "{\"control-sockets\": [" SOCKET("a") "]}"
#define ADDRESS "unix:/run/a"
#define ANSWER "{\"result\": 0}"

/* ---- the bench ---- */

typedef struct Bench {
    BerthServer *server;
    BerthFakeStreams *streams;
    BerthFakePlugin *plugin;
    GString *commands; /* each that was run, and a line end */
    bool late;         /* commands are answered by answer() */
    BerthAnswered answered;
    void *data;
} Bench;

static void on_command(void *data, BerthBytes json, BerthAnswered answered, void *answered_data)
{
    Bench *b = data;

    g_string_append_len(b->commands, (const char *)json.data, (gssize)json.len);
    g_string_append_c(b->commands, '\n');
    b->answered = answered;
    b->data = answered_data;
    if (!b->late)
        answered(answered_data, berth_bytes(ANSWER));
}

static void answer(Bench *b)
{
    b->answered(b->data, berth_bytes(ANSWER));
}

static void bench_init(Bench *b, const char *conf)
{
    g_autoptr(GError) error = NULL;

    *b = (Bench){.server = berth_fake_server_new(NULL), .commands = g_string_new(NULL)};
    b->streams = berth_fake_server_streams(b->server);
    berth_fake_server_on_command(b->server, on_command, b);
    b->plugin = berth_fake_plugin_start(b->server, &berth_plugin, conf, &error);
    CHECK_TEXT(error ? error->message : "", "");
}

static void bench_clear(Bench *b)
{
    berth_fake_plugin_stop(b->plugin);
    CHECK_INT(berth_fake_streams_open(b->streams), 0);
    CHECK_INT(berth_timers_next(&berth_fake_server_world(b->server)->world.timers), INT64_MAX);
    berth_fake_server_free(b->server);
    g_string_free(b->commands, TRUE);
}

static void apply(Bench *b, const char *conf)
{
    g_autoptr(GError) error = NULL;

    CHECK(berth_fake_plugin_apply(b->plugin, conf, &error));
    CHECK_TEXT(error ? error->message : "", "");
}

static void pass(Bench *b, int64_t usec)
{
    berth_fake_world_pass(berth_fake_server_world(b->server), usec);
}

static BerthFakeClient *client(Bench *b)
{
    return berth_fake_client_new(b->streams, ADDRESS);
}

static void send_text(BerthFakeClient *c, const char *text)
{
    berth_fake_client_send(c, berth_bytes(text));
}

/* ---- framing ---- */

static const struct {
    const char *name, *sent, *command; /* NULL: refused */
} framing[] = {
    {"plain", "{\"command\": \"x\"}", "{\"command\": \"x\"}\n"},
    {"empty", "{}", "{}\n"},
    {"space around", " \r\n\t{ }\n ", " \r\n\t{ }\n"},
    {"nested", "{\"a\": {\"b\": [{}, [[]]]}}", "{\"a\": {\"b\": [{}, [[]]]}}\n"},
    {"braces in strings", "{\"}\": \"{[\"}", "{\"}\": \"{[\"}\n"},
    {"escaped quotes", "{\"\\\"}\": \"\\\\\"}", "{\"\\\"}\": \"\\\\\"}\n"},
    {"a backslash before the quote that ends", "{\"\\\\\"}", "{\"\\\\\"}\n"},
    {"a list is the reader's to refuse", "[ {} ]", "[ {} ]\n"},
    {"braces that do not match, too", "{]", "{]\n"},
    {"two commands: the first", "{\"a\": 1}{\"b\": 2}", "{\"a\": 1}\n"},
    {"garbage behind", "{} x", "{}\n"},
    {"garbage first", "x{}", NULL},
    {"a string first", "\"{}\"", NULL},
    {"a closing brace first", "}", NULL},
    {"a number", "1", NULL},
    {"binary", "\x01", NULL},
    {"HTTP", "POST / HTTP/1.1\r\n", NULL},
};

static void check_framing(size_t i, size_t piece)
{
    const char *sent = framing[i].sent, *want = framing[i].command;
    BerthFakeClient *c;
    Bench b;

    berth_row("%s, %s", framing[i].name, piece == 1 ? "byte by byte" : "whole");
    bench_init(&b, ONE_SOCKET);
    c = client(&b);
    for (size_t at = 0; at < strlen(sent); at += piece)
        berth_fake_client_send(
            c, (BerthBytes){(const uint8_t *)sent + at, MIN(piece, strlen(sent) - at)});
    CHECK_TEXT(b.commands->str, want ? want : "");
    if (want)
        CHECK_TEXT(berth_fake_client_got(c), ANSWER);
    else
        CHECK_HAS(berth_fake_client_got(c), "one JSON object in braces");
    CHECK(berth_fake_client_is_closed(c));
    berth_fake_client_free(c);
    bench_clear(&b);
}

static void test_framing(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(framing); i++) {
        check_framing(i, 1);
        check_framing(i, 1000);
    }
}

/* An unfinished command is not run, and said to be unfinished when the client ends its side. */
static void test_incomplete(void)
{
    static const char *const rows[] = {"{", "{\"}", "[{}", "{\"a\": \"\\\"}", "  {  ", "{[[{"};

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        BerthFakeClient *c;
        Bench b;

        berth_row("%s", rows[i]);
        bench_init(&b, ONE_SOCKET);
        c = client(&b);
        send_text(c, rows[i]);
        CHECK(!berth_fake_client_is_closed(c));
        berth_fake_client_end(c);
        CHECK_TEXT(b.commands->str, "");
        CHECK_HAS(berth_fake_client_got(c), "{ \"result\": 1, \"text\": \"the command ends before");
        CHECK(berth_fake_client_is_closed(c));
        berth_fake_client_free(c);
        bench_clear(&b);
    }
}

static void test_deep(void)
{
    static const struct {
        const char *name, *piece;
    } rows[] = {{"lists", "["}, {"maps", "{\"bogus\":"}};

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        BerthFakeClient *c;
        Bench b;

        berth_row("%s", rows[i].name);
        bench_init(&b, ONE_SOCKET);
        c = client(&b);
        for (int n = 0; n < 20000; n++)
            send_text(c, rows[i].piece);
        CHECK(!berth_fake_client_is_closed(c));
        for (int n = 0; n < 20000; n++)
            send_text(c, "}");
        CHECK_TEXT(berth_fake_client_got(c), ANSWER);
        berth_fake_client_free(c);
        bench_clear(&b);
    }
}

static void test_too_long(void)
{
    const size_t mib = (size_t)1 << 20;
    g_autofree char *part = g_strnfill(mib, ' ');
    BerthFakeClient *c;
    Bench b;

    bench_init(&b, ONE_SOCKET);
    c = client(&b);
    part[0] = '{';
    for (int i = 0; i < 16; i++) {
        berth_fake_client_send(c, (BerthBytes){(const uint8_t *)part, mib});
        part[0] = ' ';
    }
    CHECK(!berth_fake_client_is_closed(c));
    send_text(c, "}");
    CHECK(berth_fake_client_is_closed(c));
    CHECK_HAS(berth_fake_client_got(c), "longer than 16 MiB");
    CHECK_TEXT(b.commands->str, "");
    berth_fake_client_free(c);
    bench_clear(&b);
}

/* ---- time ---- */

static void test_silence(void)
{
    Bench b;
    BerthFakeClient *c, *quiet;

    bench_init(&b, ONE_SOCKET);
    c = client(&b);
    quiet = client(&b);
    pass(&b, 9 * SEC);
    send_text(c, "{");
    pass(&b, SEC);
    berth_row("who never spoke");
    CHECK(berth_fake_client_is_closed(quiet));
    CHECK_HAS(berth_fake_client_got(quiet), "{ \"result\": 1, \"text\": \"nothing came for 10 s");
    CHECK_HAS(berth_fake_server_log(b.server), "INFO COMMAND_SOCKET_CONNECTION_TIMEOUT");
    berth_row("who speaks in between has another 10 seconds");
    pass(&b, 9 * SEC - 1);
    CHECK(!berth_fake_client_is_closed(c));
    pass(&b, 1);
    CHECK(berth_fake_client_is_closed(c));
    berth_fake_client_free(c);
    berth_fake_client_free(quiet);
    bench_clear(&b);
}

static void test_slow_command(void)
{
    Bench b;
    BerthFakeClient *c;

    bench_init(&b, ONE_SOCKET);
    b.late = true;
    c = client(&b);
    send_text(c, "{}");
    pass(&b, 3600 * SEC);
    berth_row("a client waits as long as its command takes");
    CHECK(!berth_fake_client_is_closed(c));
    berth_row("what it sends meanwhile is nothing");
    send_text(c, "{}");
    CHECK_TEXT(b.commands->str, "{}\n");
    CHECK_TEXT(berth_fake_client_got(c), "");
    berth_row("ended is not gone");
    berth_fake_client_end(c);
    CHECK(!berth_fake_client_is_closed(c));
    answer(&b);
    CHECK_TEXT(berth_fake_client_got(c), ANSWER);
    CHECK(berth_fake_client_is_closed(c));
    berth_fake_client_free(c);
    bench_clear(&b);
}

static void test_long_answer(void)
{
    const size_t size = ((size_t)64 << 20) + 1;
    g_autofree uint8_t *json = g_malloc0(size);
    BerthFakeClient *c;
    Bench b;

    bench_init(&b, ONE_SOCKET);
    b.late = true;
    c = client(&b);
    send_text(c, "{}");
    b.answered(b.data, (BerthBytes){json, size});
    CHECK_HAS(berth_fake_client_got(c),
              "{ \"result\": 1, \"text\": \"the answer is longer than 64 MiB");
    CHECK(berth_fake_client_is_closed(c));
    berth_fake_client_free(c);
    bench_clear(&b);
}

/* ---- clients that go ---- */

static void test_gone(void)
{
    static const struct {
        const char *name, *sent;
        bool breaks;
    } rows[] = {
        {"before a byte", "", false},           {"within a command", "{", false},
        {"before the answer", "{}", false},     {"broken before a byte", "", true},
        {"broken within a command", "{", true}, {"broken before the answer", "{}", true},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        BerthFakeClient *c;
        Bench b;

        berth_row("%s", rows[i].name);
        bench_init(&b, ONE_SOCKET);
        b.late = true;
        c = client(&b);
        send_text(c, rows[i].sent);
        if (rows[i].breaks)
            berth_fake_client_break(c, -ECONNRESET);
        berth_fake_client_free(c);
        if (b.answered)
            answer(&b);
        CHECK_INT(berth_fake_streams_open(b.streams), 1);
        CHECK_TEXT(b.commands->str, strlen(rows[i].sent) == 2 ? "{}\n" : "");
        bench_clear(&b);
    }
}

static void test_stop_while_running(void)
{
    Bench b;
    BerthFakeClient *c;

    bench_init(&b, ONE_SOCKET);
    b.late = true;
    c = client(&b);
    send_text(c, "{}");
    berth_fake_plugin_stop(g_steal_pointer(&b.plugin));
    CHECK(berth_fake_client_is_closed(c));
    answer(&b); /* finds nobody, and frees what waited for it */
    CHECK_TEXT(berth_fake_client_got(c), "");
    berth_fake_client_free(c);
    bench_clear(&b);
}

static void test_too_many(void)
{
    BerthFakeClient *clients[64], *more;
    Bench b;

    bench_init(&b, ONE_SOCKET);
    for (size_t i = 0; i < G_N_ELEMENTS(clients); i++) {
        clients[i] = client(&b);
        CHECK(!berth_fake_client_is_closed(clients[i]));
    }
    berth_row("the 65th is told so");
    more = client(&b);
    CHECK(berth_fake_client_is_closed(more));
    CHECK_HAS(berth_fake_client_got(more), "too many connections");
    berth_fake_client_free(more);
    berth_row("the others are served");
    send_text(clients[63], "{}");
    CHECK_TEXT(berth_fake_client_got(clients[63]), ANSWER);
    berth_row("and there is room again");
    more = client(&b);
    send_text(more, "{}");
    CHECK_TEXT(berth_fake_client_got(more), ANSWER);
    berth_fake_client_free(more);
    for (size_t i = 0; i < G_N_ELEMENTS(clients); i++)
        berth_fake_client_free(clients[i]);
    bench_clear(&b);
}

/* ---- which sockets ---- */

static void test_sockets(void)
{
    static const struct {
        const char *name, *conf;
        bool a, b;
    } rows[] = {
        {"none", "{}", false, false},
        {"one", ONE_SOCKET, true, false},
        {"two", "{\"control-sockets\": [" SOCKET("a") "," SOCKET("b") "]}", true, true},
        {"one twice", "{\"control-sockets\": [" SOCKET("a") "," SOCKET("a") "]}", true, false},
        {"the older form", "{\"control-socket\": " SOCKET("b") "}", false, true},
        {"both forms",
         "{\"control-sockets\": [" SOCKET("a") "], \"control-socket\": " SOCKET("b") "}", true,
         true},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        Bench b;

        berth_row("%s", rows[i].name);
        bench_init(&b, rows[i].conf);
        CHECK_INT(berth_fake_streams_listens(b.streams, "unix:/run/a"), rows[i].a);
        CHECK_INT(berth_fake_streams_listens(b.streams, "unix:/run/b"), rows[i].b);
        bench_clear(&b);
    }
}

static void test_reload(void)
{
    Bench b;
    BerthFakeClient *c;

    bench_init(&b, "{\"control-sockets\": [" SOCKET("a") "," SOCKET("b") "]}");
    c = client(&b);
    send_text(c, "{");
    berth_fake_server_clear_log(b.server);
    apply(&b, "{\"control-sockets\": [" SOCKET("c") "," SOCKET("a") "]}");
    CHECK(berth_fake_streams_listens(b.streams, "unix:/run/a"));
    CHECK(!berth_fake_streams_listens(b.streams, "unix:/run/b"));
    CHECK(berth_fake_streams_listens(b.streams, "unix:/run/c"));
    berth_row("a socket that stays is not opened again");
    CHECK_TEXT(berth_fake_server_log(b.server),
               "INFO COMMAND_ACCEPTOR_START Starting to accept connections via unix domain socket "
               "bound to /run/c\n");
    berth_row("connections stay, even those of a socket that goes");
    apply(&b, "{}");
    CHECK_INT(berth_fake_streams_open(b.streams), 1);
    send_text(c, "}");
    CHECK_TEXT(berth_fake_client_got(c), ANSWER);
    berth_fake_client_free(c);
    bench_clear(&b);
}

static void test_reload_fails(void)
{
    Bench b;

    bench_init(&b, ONE_SOCKET);
    berth_fake_streams_refuse(b.streams, "unix:/run/c", -EPERM);
    apply(&b, "{\"control-sockets\": [" SOCKET("b") "," SOCKET("c") "]}");
    CHECK_HAS(
        berth_fake_server_log(b.server),
        "ERROR COMMAND_ACCEPTOR_FAIL can't listen on the control socket /run/c: everybody may "
        "write the folder it would be in; chmod o-w the folder; the sockets stay as they were");
    CHECK(berth_fake_streams_listens(b.streams, "unix:/run/a"));
    CHECK(!berth_fake_streams_listens(b.streams, "unix:/run/b"));
    berth_row("a later reload begins anew");
    apply(&b, "{\"control-sockets\": [" SOCKET("b") "]}");
    CHECK(!berth_fake_streams_listens(b.streams, "unix:/run/a"));
    CHECK(berth_fake_streams_listens(b.streams, "unix:/run/b"));
    bench_clear(&b);
}

static void test_refused_start(void)
{
    static const struct {
        const char *name, *conf, *error;
        int listen;
    } rows[] = {
        {"outside", "{\"control-sockets\": [" SOCKET("a") "," SOCKET("/etc/x") "]}",
         "/etc/x: outside of /run", 0},
        {"a parent", "{\"control-sockets\": [" SOCKET("../x") "]}", "../x: outside of /run", 0},
        {"taken", "{\"control-sockets\": [" SOCKET("b") "," SOCKET("a") "]}",
         "can't listen on the control socket /run/a: another server answers there", -EADDRINUSE},
        {"a file", ONE_SOCKET, "/run/a: a file that is no socket is in the way", -EEXIST},
        {"everybody's folder", ONE_SOCKET, "/run/a: everybody may write the folder", -EPERM},
        {"no folder", ONE_SOCKET, "/run/a: the folder it would be in is not there", -ENOENT},
        {"something else", ONE_SOCKET, "/run/a: File name too long", -ENAMETOOLONG},
        {"http", "{\"control-sockets\": [{\"socket-type\": \"http\", \"socket-name\": \"a\"}]}",
         "socket-type", 0},
        {"no name", "{\"control-sockets\": [{\"socket-type\": \"unix\"}]}", "socket-name", 0},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        BerthServer *server = berth_fake_server_new(NULL);
        BerthFakeStreams *streams = berth_fake_server_streams(server);
        g_autoptr(GError) error = NULL;

        berth_row("%s", rows[i].name);
        if (rows[i].listen)
            berth_fake_streams_refuse(streams, ADDRESS, rows[i].listen);
        CHECK(!berth_fake_plugin_start(server, &berth_plugin, rows[i].conf, &error));
        CHECK_HAS(error ? error->message : "", rows[i].error);
        CHECK_INT(berth_fake_streams_open(streams), 0);
        berth_fake_server_free(server);
    }
}

static void test_accept_fails(void)
{
    Bench b;

    bench_init(&b, ONE_SOCKET);
    berth_fake_streams_break(b.streams, ADDRESS, -EBADF);
    CHECK_HAS(berth_fake_server_log(b.server),
              "ERROR COMMAND_SOCKET_ACCEPT_FAIL Failed to accept incoming connection on command "
              "socket /run/a: Bad file descriptor");
    bench_clear(&b);
}

int main(int argc, char **argv)
{
    static const BerthTest tests[] = {
        {"framing", test_framing},
        {"incomplete", test_incomplete},
        {"deep", test_deep},
        {"too_long", test_too_long},
        {"silence", test_silence},
        {"slow_command", test_slow_command},
        {"long_answer", test_long_answer},
        {"gone", test_gone},
        {"stop_while_running", test_stop_while_running},
        {"too_many", test_too_many},
        {"sockets", test_sockets},
        {"reload", test_reload},
        {"reload_fails", test_reload_fails},
        {"refused_start", test_refused_start},
        {"accept_fails", test_accept_fails},
        {0},
    };

    return berth_tests_main("control_plugin", tests, argc, argv);
}
