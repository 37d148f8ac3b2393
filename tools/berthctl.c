/* berthctl - sends one command to a running server and prints the answer.
 *
 * The exit status is the answer's result: 0 done, 1 error, 2 unsupported, 3 nothing found, 4
 * conflict; 5 when no server answered. */
#include "core/base/json.h"
#include "core/conf/node.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#define NO_ANSWER 5
#define ANSWER_WAIT_SEC 60

static const char usage[] =
    "berthctl [-s SOCKET] [-r] COMMAND [ARGUMENTS]\n"
    "\n"
    "Sends COMMAND with ARGUMENTS (a JSON object) to the server and prints its answer.\n"
    "  -s SOCKET   the server's control socket (default: $BERTH_SOCKET, else " BERTH_RUN_DIR
    "/berth.sock)\n"
    "  -r          print the answer as it came, on one line\n"
    "\n"
    "berthctl list-commands tells what the server knows. Exit status: the answer's result;\n"
    "5 when there is no answer.\n";

static int open_socket(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    struct timeval wait = {.tv_sec = ANSWER_WAIT_SEC};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (g_strlcpy(address.sun_path, path, sizeof(address.sun_path)) >= sizeof(address.sun_path)) {
        fprintf(stderr, "berthctl: the socket's path is too long: %s\n", path);
        return -1;
    }
    if (fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0) {
        setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait));
        return fd;
    }
    fprintf(stderr,
            "berthctl: can't reach the server at %s: %s; is it running, and does its "
            "configuration name this control socket?\n",
            path, g_strerror(errno));
    if (fd >= 0)
        close(fd);
    return -1;
}

static bool send_all(int fd, const GString *text)
{
    for (size_t sent = 0; sent < text->len;) {
        ssize_t n = send(fd, text->str + sent, text->len - sent, MSG_NOSIGNAL);

        if (n < 0)
            return false;
        sent += (size_t)n;
    }
    return true;
}

static bool read_all(int fd, GString *ret)
{
    char buffer[65536];
    ssize_t n;

    while ((n = recv(fd, buffer, sizeof(buffer), 0)) > 0)
        g_string_append_len(ret, buffer, n);
    return n == 0 && ret->len > 0;
}

static int print_answer(const GString *answer, bool raw)
{
    g_autoptr(GString) text = g_string_new(NULL);
    BerthErrors errors;
    BerthDoc *doc;
    BerthJson *json;
    int result = NO_ANSWER;

    berth_errors_init(&errors);
    doc = berth_doc_parse_json((BerthBytes){(const uint8_t *)answer->str, answer->len}, "<answer>",
                               false, &errors);
    if (doc) {
        result = (int)berth_node_int(berth_node_get(doc->root, "result"), NO_ANSWER);
        json = berth_json_new(text, 2);
        berth_json_node(json, NULL, doc->root);
        berth_json_free(json);
    }
    puts(raw || !doc ? answer->str : text->str);
    berth_doc_free(doc);
    berth_errors_clear(&errors);
    return result;
}

/* The arguments go into the command as they are; the server reports what is wrong with them. */
static GString *make_command(const char *name, const char *arguments)
{
    GString *text = g_string_new(NULL);
    BerthJson *json = berth_json_new(text, 0);

    berth_json_begin_object(json, NULL);
    berth_json_string(json, "command", name);
    berth_json_end(json);
    berth_json_free(json);
    if (arguments) {
        g_string_truncate(text, text->len - strlen(" }"));
        g_string_append_printf(text, ", \"arguments\": %s }", arguments);
    }
    return text;
}

static int run(const char *socket_path, const char *name, const char *arguments, bool raw)
{
    g_autoptr(GString) command = make_command(name, arguments);
    g_autoptr(GString) answer = g_string_new(NULL);
    int fd = open_socket(socket_path);
    bool good;

    if (fd < 0)
        return NO_ANSWER;
    good = send_all(fd, command) && shutdown(fd, SHUT_WR) == 0 && read_all(fd, answer);
    close(fd);
    if (good)
        return print_answer(answer, raw);
    fprintf(stderr, "berthctl: the server closed %s without an answer\n", socket_path);
    return NO_ANSWER;
}

int main(int argc, char **argv)
{
    const char *path = g_getenv("BERTH_SOCKET");
    bool raw = false;
    int c;

    if (!path || !*path)
        path = BERTH_RUN_DIR "/berth.sock";
    while ((c = getopt(argc, argv, "s:rh")) != -1)
        if (c == 's')
            path = optarg;
        else if (c == 'r')
            raw = true;
        else {
            fputs(usage, c == 'h' ? stdout : stderr);
            return c == 'h' ? 0 : NO_ANSWER;
        }
    if (argc - optind < 1 || argc - optind > 2) {
        fputs(usage, stderr);
        return NO_ANSWER;
    }
    return run(path, argv[optind], argv[optind + 1], raw);
}
