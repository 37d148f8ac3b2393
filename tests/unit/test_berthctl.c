/* The program berthctl, run against a small server on a UNIX socket. $BERTHCTL names it. */
#include "tests/lib/rows.h"

#include <glib/gstdio.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- a server ---- */

typedef struct Server {
    char *dir, *path;
    const char *answer;         /* NULL: none */
    const char *const *answers; /* of several connections, ended by NULL; NULL: there is one */
    bool early;                 /* answers and closes before it has read anything */
    bool slow;                  /* answers byte by byte */
    int fd;
    GString *got;
    size_t sent;
} Server;

static void write_answer(Server *server, int fd)
{
    size_t len = server->answer ? strlen(server->answer) : 0;
    size_t piece = server->slow ? 1 : MAX(len, 1);

    for (size_t at = 0; at < len; at += piece) {
        ssize_t n = send(fd, server->answer + at, MIN(piece, len - at), MSG_NOSIGNAL);

        server->sent += n > 0 ? (size_t)n : 0;
    }
}

static void serve_one(Server *server)
{
    int fd = accept(server->fd, NULL, NULL);
    char buffer[65536];
    ssize_t n;

    while (!server->early && (n = recv(fd, buffer, sizeof(buffer), 0)) > 0)
        g_string_append_len(server->got, buffer, n);
    write_answer(server, fd);
    close(fd);
}

static void *serve(void *data)
{
    Server *server = data;

    if (!server->answers)
        serve_one(server);
    for (; server->answers && *server->answers; server->answers++) {
        server->answer = *server->answers;
        serve_one(server);
        g_string_append_c(server->got, '\n');
    }
    return NULL;
}

static void server_init(Server *server)
{
    struct sockaddr_un un = {.sun_family = AF_UNIX};

    *server = (Server){.dir = g_dir_make_tmp("berthctl-XXXXXX", NULL), .got = g_string_new(NULL)};
    server->path = g_build_filename(server->dir, "socket", NULL);
    g_strlcpy(un.sun_path, server->path, sizeof(un.sun_path));
    server->fd = socket(AF_UNIX, SOCK_STREAM, 0);
    CHECK_INT(bind(server->fd, (struct sockaddr *)&un, sizeof(un)), 0);
    CHECK_INT(listen(server->fd, 1), 0);
}

static void server_clear(Server *server)
{
    close(server->fd);
    g_unlink(server->path);
    g_rmdir(server->dir);
    g_string_free(server->got, TRUE);
    g_free(server->path);
    g_free(server->dir);
}

/* ---- a run of the program ---- */

typedef struct Run {
    int status;
    char *out, *err;
} Run;

static void run_clear(Run *run)
{
    g_free(run->out);
    g_free(run->err);
}

/* `arguments` end with NULL; the first that is "SOCKET" becomes `path`. */
static Run run(const char *path, const char *const *arguments)
{
    char *argv[10] = {getenv("BERTHCTL")};
    GError *error = NULL;
    Run result = {.status = -1};
    int status = 0;

    for (size_t i = 0; arguments[i] && i < G_N_ELEMENTS(argv) - 2; i++)
        argv[i + 1] = (char *)(strcmp(arguments[i], "SOCKET") == 0 ? path : arguments[i]);
    CHECK(g_spawn_sync(NULL, argv, NULL, G_SPAWN_DEFAULT, NULL, NULL, &result.out, &result.err,
                       &status, &error));
    CHECK_TEXT(error ? error->message : "", "");
    g_clear_error(&error);
    if (WIFEXITED(status))
        result.status = WEXITSTATUS(status);
    return result;
}

static Run run_with(Server *server, const char *const *arguments)
{
    GThread *thread = g_thread_new("server", serve, server);
    Run result = run(server->path, arguments);

    g_thread_join(thread);
    CHECK_INT((int64_t)server->sent, server->answer ? (int64_t)strlen(server->answer) : 0);
    return result;
}

#define ARGS(...) ((const char *const[]){__VA_ARGS__, NULL})

/* ---- answers ---- */

static void test_answers(void)
{
    static const struct {
        const char *name, *answer, *out, *err;
        int status;
    } rows[] = {
        {"done", "{\"result\": 0}", "{\n  \"result\": 0\n}\n", "", 0},
        {"pretty", "{\"result\":0,\"arguments\":{\"a\":[1,2]}}",
         "{\n  \"result\": 0,\n  \"arguments\": {\n    \"a\": [\n      1,\n      2\n    ]\n  "
         "}\n}\n",
         "", 0},
        {"error", "{\"result\": 1, \"text\": \"no\"}",
         "{\n  \"result\": 1,\n  \"text\": \"no\"\n}\n", "", 1},
        {"unsupported", "{\"result\": 2}", "{\n  \"result\": 2\n}\n", "", 2},
        {"nothing found", "{\"result\": 3}", "{\n  \"result\": 3\n}\n", "", 3},
        {"conflict", "{\"result\": 4}", "{\n  \"result\": 4\n}\n", "", 4},
        {"no result", "{}", "{ }\n", "berthctl: the answer has no result", 5},
        {"a result that would be 0", "{\"result\": 256}", "{\n  \"result\": 256\n}\n",
         "berthctl: the answer has no result", 5},
        {"a negative one", "{\"result\": -1}", "{\n  \"result\": -1\n}\n",
         "berthctl: the answer has no result", 5},
        {"a list", "[]", "[ ]\n", "berthctl: the answer has no result", 5},
        {"no JSON", "nonsense", "nonsense\n", "berthctl: <answer>:1:", 5},
        {"half of it", "{\"result\": 0", "{\"result\": 0\n", "berthctl: <answer>:1:", 5},
        {"none", NULL, "", "without an answer", 5},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        Server server;
        Run r;

        berth_row("%s", rows[i].name);
        server_init(&server);
        server.answer = rows[i].answer;
        r = run_with(&server, ARGS("-s", "SOCKET", "x"));
        CHECK_INT(r.status, rows[i].status);
        CHECK_TEXT(r.out, rows[i].out);
        CHECK_HAS(r.err, rows[i].err);
        if (!*rows[i].err)
            CHECK_TEXT(r.err, "");
        CHECK_TEXT(server.got->str, "{ \"command\": \"x\" }");
        run_clear(&r);
        server_clear(&server);
    }
}

static void test_raw(void)
{
    Server server;
    Run r;

    server_init(&server);
    server.answer = "{ \"result\":3,\"text\" : \"x\" }";
    r = run_with(&server, ARGS("-r", "-s", "SOCKET", "x"));
    CHECK_INT(r.status, 3);
    CHECK_TEXT(r.out, "{ \"result\":3,\"text\" : \"x\" }\n");
    CHECK_TEXT(r.err, "");
    run_clear(&r);
    server_clear(&server);
}

/* With a server that gives these answers, one after the other. */
static Run run_answered(const char *const *answers, const char *const *arguments, char **ret_got)
{
    Server server;
    GThread *thread;
    Run r;

    server_init(&server);
    server.answers = answers;
    thread = g_thread_new("server", serve, &server);
    r = run(server.path, arguments);
    g_thread_join(thread);
    *ret_got = g_strdup(server.got->str);
    server_clear(&server);
    return r;
}

static void test_reservations(void)
{
    static const char *const answers[] = {
        "{\"result\": 0, \"arguments\": {\"count\": 1, \"hosts\": [{\"subnet-id\": 12, "
        "\"hw-address\": "
        "\"02:00:00:00:00:01\", \"ip-address\": \"192.0.2.1\", \"hostname\": \"one\"}], \"next\": "
        "{\"source-index\": 0, \"from\": 7}}}",
        "{\"result\": 0, \"arguments\": {\"count\": 1, \"hosts\": [{\"subnet-id\": 0, \"duid\": "
        "\"01:02\", "
        "\"ip-addresses\": [\"2001:db8::1\"], \"prefixes\": [\"2001:db8:8::/56\"], \"hostname\": "
        "\"\"}], "
        "\"next\": {\"source-index\": 1, \"from\": 9}}}",
        "{\"result\": 3, \"text\": \"0\", \"arguments\": {\"count\": 0, \"hosts\": []}}",
        NULL,
    };
    static const char *const wrong[] = {
        "{\"result\": 1, \"text\": \"IPv4 subnet with ID of '9' is not configured\"}", NULL};
    g_autofree char *got = NULL, *got_wrong = NULL;
    Run r;

    berth_row("page after page, as a table");
    r = run_answered(answers, ARGS("-s", "SOCKET", "reservations"), &got);
    CHECK_HAS(got, "\"limit\": 1000, \"source-index\": 0, \"from\": 0");
    CHECK_HAS(got, "\"source-index\": 0, \"from\": 7");
    CHECK_HAS(got, "\"source-index\": 1, \"from\": 9");
    CHECK_TEXT(
        r.out,
        "SUBNET  IDENTIFIER                    RESERVED                     HOSTNAME  FROM\n"
        "12      hw-address 02:00:00:00:00:01  192.0.2.1                    one       "
        "configuration\n"
        "global  duid 01:02                    2001:db8::1 2001:db8:8::/56            database\n");
    CHECK_INT(r.status, 0);
    run_clear(&r);
    berth_row("of a subnet that is not there");
    r = run_answered(wrong, ARGS("-s", "SOCKET", "reservations", "9"), &got_wrong);
    CHECK_HAS(got_wrong, "\"subnet-id\": 9");
    CHECK_TEXT(r.err, "berthctl: IPv4 subnet with ID of '9' is not configured\n");
    CHECK_INT(r.status, 1);
    run_clear(&r);
}

static void test_ways_to_answer(void)
{
    g_autofree char *text = g_strnfill(1 << 20, 'x');
    g_autofree char *big = g_strdup_printf("{\"result\": 0, \"text\": \"%s\"}", text);
    const struct {
        const char *name, *answer;
        bool slow;
    } rows[] = {{"byte by byte", "{\"result\": 0}", true}, {"large", big, false}};

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        Server server;
        Run r;

        berth_row("%s", rows[i].name);
        server_init(&server);
        server.answer = rows[i].answer;
        server.slow = rows[i].slow;
        r = run_with(&server, ARGS("-r", "-s", "SOCKET", "x"));
        CHECK_INT(r.status, 0);
        CHECK_INT((int64_t)strlen(r.out), (int64_t)strlen(rows[i].answer) + 1);
        CHECK(g_str_has_prefix(r.out, rows[i].answer));
        run_clear(&r);
        server_clear(&server);
    }
}

/* A server that turns a client away need not read its command. */
static void test_refused_early(void)
{
    g_autofree char *text = g_strnfill(100000, 'x');
    g_autofree char *arguments = g_strdup_printf("{\"a\": \"%s\"}", text);
    Server server;
    Run r;

    server_init(&server);
    server.answer = "{\"result\": 1, \"text\": \"too many connections\"}";
    server.early = true;
    r = run_with(&server, ARGS("-s", "SOCKET", "x", arguments));
    CHECK_INT(r.status, 1);
    CHECK_HAS(r.out, "too many connections");
    CHECK_TEXT(r.err, "");
    run_clear(&r);
    server_clear(&server);
}

/* ---- commands ---- */

static void test_arguments(void)
{
    static const struct {
        const char *name, *arguments, *sent;
    } rows[] = {
        {"a map", "{\"a\": 1}", "{ \"command\": \"x\", \"arguments\": { \"a\": 1 } }"},
        {"an empty one", "{}", "{ \"command\": \"x\", \"arguments\": { } }"},
        {"with a comment", "{ } # x", "{ \"command\": \"x\", \"arguments\": { } }"},
        {"braces in a string", "{\"a\": \"}\"}",
         "{ \"command\": \"x\", \"arguments\": { \"a\": \"}\" } }"},
        {"a number is the server's to refuse", "7", "{ \"command\": \"x\", \"arguments\": 7 }"},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        Server server;
        Run r;

        berth_row("%s", rows[i].name);
        server_init(&server);
        server.answer = "{\"result\": 0}";
        r = run_with(&server, ARGS("-s", "SOCKET", "x", rows[i].arguments));
        CHECK_INT(r.status, 0);
        CHECK_TEXT(server.got->str, rows[i].sent);
        run_clear(&r);
        server_clear(&server);
    }
}

static void test_families(void)
{
    static const struct {
        const char *option, *sent;
    } rows[] = {
        {"-4", "{ \"command\": \"x\", \"service\": [ \"dhcp4\" ] }"},
        {"-6", "{ \"command\": \"x\", \"service\": [ \"dhcp6\" ] }"},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        Server server;
        Run r;

        berth_row("%s", rows[i].option);
        server_init(&server);
        server.answer = "{\"result\": 0}";
        r = run_with(&server, ARGS(rows[i].option, "-s", "SOCKET", "x"));
        CHECK_INT(r.status, 0);
        CHECK_TEXT(server.got->str, rows[i].sent);
        run_clear(&r);
        server_clear(&server);
    }
}

static void test_not_sent(void)
{
    static const char *const rows[] = {"{", "{} {}", "}", "", "{a: 1}"};

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        Run r = run("/nonexistent", ARGS("-s", "SOCKET", "x", rows[i]));

        berth_row("%s", rows[i]);
        CHECK_INT(r.status, 5);
        CHECK_HAS(r.err, "berthctl: <arguments>:1:");
        CHECK(!strstr(r.err, "can't reach"));
        CHECK_TEXT(r.out, "");
        run_clear(&r);
    }
}

static void test_quotes(void)
{
    Server server;
    Run r;

    server_init(&server);
    server.answer = "{\"result\": 2}";
    r = run_with(&server, ARGS("-s", "SOCKET", "a\"b"));
    CHECK_TEXT(server.got->str, "{ \"command\": \"a\\\"b\" }");
    run_clear(&r);
    server_clear(&server);
}

/* ---- no server ---- */

static void test_no_server(void)
{
    g_autofree char *dir = g_dir_make_tmp("berthctl-XXXXXX", NULL);
    g_autofree char *missing = g_build_filename(dir, "missing", NULL);
    g_autofree char *file = g_build_filename(dir, "file", NULL);
    g_autofree char *long_name = g_strnfill(120, 'x');
    g_autofree char *too_long = g_build_filename(dir, long_name, NULL);
    const struct {
        const char *path, *err;
    } rows[] = {
        {missing, "No such file or directory; is it running"},
        {file, "Connection refused; is it running"},
        {too_long, "the socket's path is too long"},
    };

    CHECK(g_file_set_contents(file, "", -1, NULL));
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        Run r = run(rows[i].path, ARGS("-s", "SOCKET", "x"));

        berth_row("%s", rows[i].path);
        CHECK_INT(r.status, 5);
        CHECK_TEXT(r.out, "");
        CHECK_HAS(r.err, rows[i].err);
        CHECK_HAS(r.err, rows[i].path);
        run_clear(&r);
    }
    g_unlink(file);
    g_rmdir(dir);
}

static void test_environment(void)
{
    Run r;

    g_setenv("BERTH_SOCKET", "/nonexistent/from-environment", TRUE);
    r = run("", ARGS("x"));
    CHECK_HAS(r.err, "/nonexistent/from-environment");
    run_clear(&r);
    berth_row("-s wins");
    r = run("/nonexistent/given", ARGS("-s", "SOCKET", "x"));
    CHECK_HAS(r.err, "/nonexistent/given");
    run_clear(&r);
    berth_row("empty is absent");
    g_setenv("BERTH_SOCKET", "", TRUE);
    r = run("", ARGS("-h"));
    CHECK_INT(r.status, 0);
    CHECK_HAS(r.out, "berthctl [-4 | -6] [-s SOCKET]");
    CHECK_HAS(r.out, "/berth.sock)");
    CHECK_TEXT(r.err, "");
    run_clear(&r);
    g_unsetenv("BERTH_SOCKET");
}

static void test_usage(void)
{
    const char *const none[] = {NULL};
    const char *const *rows[] = {none, ARGS("a", "{}", "more"), ARGS("-q", "x"), ARGS("-s")};

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        Run r = run("", rows[i]);

        berth_row("%zu", i);
        CHECK_INT(r.status, 5);
        CHECK_TEXT(r.out, "");
        CHECK_HAS(r.err, "berthctl [-4 | -6] [-s SOCKET]");
        run_clear(&r);
    }
}

/* ---- backend ---- */

#define STATUS(members)                                                                 \
    "{\"result\": 0, \"arguments\": {\"type\": \"memfile\", \"health\": \"degraded\", " \
    "\"reason\": "                                                                      \
    "\"full\", \"data-set\": \"1-2\", " members "}}"
#define SWAPPING                                                                                   \
    STATUS(                                                                                        \
        "\"state\": \"swapping\", \"swap\": {\"to\": \"TO\", \"phase\": \"copying\", \"copied\": " \
        "250000, \"total\": 1000000, \"seconds\": 1.25}")
#define ENDED(outcome, more)                                                           \
    STATUS("\"state\": \"idle\", \"last-swap\": {\"from\": \"FROM\", \"to\": \"TO\", " \
           "\"outcome\": \"" outcome "\", " more                                       \
           "\"copied\": 1000000, \"seconds\": 2.5, \"age\": 7}")

typedef struct BackendRow {
    const char *name;
    const char *arguments[4], *answers[4];
    int status;
    const char *out, *err, *got;
} BackendRow;

#define ASKED "{ \"command\": \"lease-backend-status\" }\n"
/* clang-format off */
static const BackendRow backend_rows[] = {
    {"status", {"status"}, {STATUS("\"state\": \"idle\"")}, 0,
     "type       memfile\nhealth     degraded: full\ndata set   1-2\n", "", ASKED},
    {"status of a swap", {"status"}, {SWAPPING}, 0,
     "swap       copying: 250,000 of 1,000,000 leases, 1.2 s\n           to TO\n", "", ASKED},
    {"status after one", {"status"}, {ENDED("failed", "\"error\": \"why\", ")}, 0,
     "last swap  failed, 7 s ago\n           from FROM\n             to TO\n           1,000,000 "
     "leases copied in 2.5 s\n           why\n", "", ASKED},
    {"swap", {"swap", "memfile", "name=b.csv"}, {"{\"result\": 0}", SWAPPING, ENDED("done", "")}, 0,
     "copying   25 %  250,000 leases, 1.2 s\nDone: 1,000,000 leases copied in 2.5 s. They are kept in\n"
     "  TO\nnow. \"berthctl config-write\" keeps that in", "",
     "{ \"command\": \"lease-backend-set\", \"arguments\": { \"type\": \"memfile\", \"parameters\": { "
     "\"name\": \"b.csv\" } } }\n" ASKED ASKED},
    {"values that are no strings", {"swap", "redis", "port=6380"},
     {"{\"result\": 1, \"text\": \"no\"}"}, 1, "", "berthctl: no\n",
     "{ \"command\": \"lease-backend-set\", \"arguments\": { \"type\": \"redis\", \"parameters\": { "
     "\"port\": 6380 } } }\n"},
    {"another one runs", {"swap", "redis"}, {"{\"result\": 4, \"text\": \"busy\"}"}, 4, "",
     "berthctl: busy\n",
     "{ \"command\": \"lease-backend-set\", \"arguments\": { \"type\": \"redis\", \"parameters\": { } } "
     "}\n"},
    {"a swap that fails", {"swap", "redis"},
     {"{\"result\": 0}", ENDED("failed", "\"error\": \"down\", ")}, 1, "",
     "berthctl: the swap failed: down\nThe leases stay in FROM\n", NULL},
    {"abort", {"abort"}, {"{\"result\": 0, \"text\": \"stays\"}"}, 0, "stays\n", "",
     "{ \"command\": \"lease-backend-abort\" }\n"},
    {"nothing to abort", {"abort"}, {"{\"result\": 3, \"text\": \"none\"}"}, 3, "",
     "berthctl: none\n", NULL},
    {"no pair", {"swap", "redis", "port"}, {NULL}, 5, "", "berthctl: 'port' is no KEY=VALUE\n", NULL},
    {"no such word", {"look"}, {NULL}, 5, "", "berthctl backend status | swap", NULL},
};
/* clang-format on */

static void test_backend(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(backend_rows); i++) {
        const BackendRow *row = &backend_rows[i];
        const char *arguments[8] = {"-s", "SOCKET", "backend"};
        g_autofree char *got = NULL;
        Run r;

        berth_row("%s", row->name);
        memcpy(arguments + 3, row->arguments, sizeof(row->arguments));
        r = run_answered(row->answers, arguments, &got);
        CHECK_INT(r.status, row->status);
        CHECK_HAS(r.out, row->out);
        CHECK_HAS(r.err, row->err);
        if (row->got)
            CHECK_TEXT(got, row->got);
        run_clear(&r);
    }
}

int main(int argc, char **argv)
{
    static const BerthTest tests[] = {
        {"answers", test_answers},
        {"raw", test_raw},
        {"backend", test_backend},
        {"reservations", test_reservations},
        {"ways_to_answer", test_ways_to_answer},
        {"refused_early", test_refused_early},
        {"arguments", test_arguments},
        {"families", test_families},
        {"not_sent", test_not_sent},
        {"quotes", test_quotes},
        {"no_server", test_no_server},
        {"environment", test_environment},
        {"usage", test_usage},
        {0},
    };

    if (!g_getenv("BERTHCTL")) {
        fputs("test_berthctl: BERTHCTL must name the program\n", stderr);
        return 1;
    }
    return berth_tests_main("berthctl", tests, argc, argv);
}
