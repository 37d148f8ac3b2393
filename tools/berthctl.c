/* berthctl - sends one command to a running server and prints the answer.
 *
 * The exit status is the answer's result: 0 done, 1 error, 2 unsupported, 3 nothing found, 4
 * conflict; 5 when the command was not sent or no server answered. */
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
    "berthctl [-4 | -6] [-s SOCKET] [-r] COMMAND [ARGUMENTS]\n"
    "\n"
    "Sends COMMAND with ARGUMENTS (a JSON object) to the server and prints its answer.\n"
    "  -4, -6      about DHCPv4 or DHCPv6 (default: the family of the socket)\n"
    "  -s SOCKET   the server's control socket (default: $BERTH_SOCKET, else " BERTH_RUN_DIR
    "/berth.sock)\n"
    "  -r          print the answer as it came, on one line\n"
    "\n"
    "berthctl list-commands tells what the server knows. Exit status: the answer's result (0 "
    "done,\n"
    "1 error, 2 unsupported, 3 nothing found, 4 conflict), or 5 when there is no answer.\n";

typedef struct Request {
    const char *socket_path;
    const char *service; /* "dhcp4", "dhcp6"; NULL: the socket's */
    const char *name, *arguments;
    bool raw;
} Request;

static int connect_to(const struct sockaddr_un *address)
{
    const struct timeval wait = {.tv_sec = ANSWER_WAIT_SEC};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int error;

    if (fd < 0)
        return -errno;
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait));
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof(wait));
    if (connect(fd, (const struct sockaddr *)address, sizeof(*address)) == 0)
        return fd;
    error = errno;
    close(fd);
    return -error;
}

static int open_socket(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd;

    if (g_strlcpy(address.sun_path, path, sizeof(address.sun_path)) >= sizeof(address.sun_path)) {
        fprintf(stderr, "berthctl: the socket's path is too long: %s\n", path);
        return -1;
    }
    fd = connect_to(&address);
    if (fd < 0)
        fprintf(stderr,
                "berthctl: can't reach the server at %s: %s; is it running, and does its "
                "configuration name this control socket?\n",
                path, g_strerror(-fd));
    return fd;
}

/* A server that has said why it refuses a command need not read it: its answer counts, not whether
 * all was sent. */
static void send_all(int fd, const GString *text)
{
    for (size_t sent = 0; sent < text->len;) {
        ssize_t n = send(fd, text->str + sent, text->len - sent, MSG_NOSIGNAL);

        if (n < 0)
            break;
        sent += (size_t)n;
    }
    shutdown(fd, SHUT_WR);
}

/* Why there is no answer; NULL when there is one. */
static const char *read_all(int fd, GString *ret)
{
    char buffer[65536];
    ssize_t n;

    while ((n = recv(fd, buffer, sizeof(buffer), 0)) > 0)
        g_string_append_len(ret, buffer, n);
    if (n < 0 && errno == EAGAIN)
        return "did not answer within " G_STRINGIFY(ANSWER_WAIT_SEC) " seconds";
    return ret->len > 0 ? NULL : "closed the connection without an answer";
}

static BerthDoc *parse(const char *text, size_t len, const char *name)
{
    BerthErrors errors;
    BerthDoc *doc;

    berth_errors_init(&errors);
    doc = berth_doc_parse_json((BerthBytes){(const uint8_t *)text, len}, name, false, &errors);
    if (!doc) {
        g_autofree char *why = berth_errors_text(&errors);

        fprintf(stderr, "berthctl: %s\n", why);
    }
    berth_errors_clear(&errors);
    return doc;
}

static int result_of(const BerthNode *answer)
{
    int64_t result = berth_node_int(berth_node_get(answer, "result"), -1);

    if (result >= 0 && result < NO_ANSWER)
        return (int)result;
    fputs("berthctl: the answer has no result from 0 to 4\n", stderr);
    return NO_ANSWER;
}

/* What can't be read is shown as it came. */
static int print_answer(const GString *answer, bool raw)
{
    g_autoptr(GString) text = g_string_new(NULL);
    BerthDoc *doc = parse(answer->str, answer->len, "<answer>");
    BerthJson *json;
    int result = doc ? result_of(doc->root) : NO_ANSWER;

    if (doc && !raw) {
        json = berth_json_new(text, 2);
        berth_json_node(json, NULL, doc->root);
        berth_json_free(json);
    }
    puts(text->len > 0 ? text->str : answer->str);
    berth_doc_free(doc);
    return result;
}

/* NULL: the arguments are no JSON. */
static GString *make_command(const Request *request)
{
    const char *arguments = request->arguments;
    BerthDoc *doc = arguments ? parse(arguments, strlen(arguments), "<arguments>") : NULL;
    GString *text;
    BerthJson *json;

    if (arguments && !doc)
        return NULL;
    text = g_string_new(NULL);
    json = berth_json_new(text, 0);
    berth_json_begin_object(json, NULL);
    berth_json_string(json, "command", request->name);
    if (request->service) {
        berth_json_begin_list(json, "service");
        berth_json_string(json, NULL, request->service);
        berth_json_end(json);
    }
    if (doc)
        berth_json_node(json, "arguments", doc->root);
    berth_json_end(json);
    berth_json_free(json);
    berth_doc_free(doc);
    return text;
}

static int talk(int fd, const Request *request, const GString *command)
{
    g_autoptr(GString) answer = g_string_new(NULL);
    const char *why;

    send_all(fd, command);
    why = read_all(fd, answer);
    if (!why)
        return print_answer(answer, request->raw);
    fprintf(stderr, "berthctl: the server at %s %s\n", request->socket_path, why);
    return NO_ANSWER;
}

static int run(const Request *request)
{
    GString *command = make_command(request);
    int result = NO_ANSWER;
    int fd;

    if (!command)
        return NO_ANSWER;
    fd = open_socket(request->socket_path);
    if (fd >= 0) {
        result = talk(fd, request, command);
        close(fd);
    }
    g_string_free(command, TRUE);
    return result;
}

int main(int argc, char **argv)
{
    Request request = {.socket_path = g_getenv("BERTH_SOCKET")};
    int c;

    if (!request.socket_path || !*request.socket_path)
        request.socket_path = BERTH_RUN_DIR "/berth.sock";
    while ((c = getopt(argc, argv, "46s:rh")) != -1)
        if (c == '4' || c == '6')
            request.service = c == '4' ? "dhcp4" : "dhcp6";
        else if (c == 's')
            request.socket_path = optarg;
        else if (c == 'r')
            request.raw = true;
        else {
            fputs(usage, c == 'h' ? stdout : stderr);
            return c == 'h' ? 0 : NO_ANSWER;
        }
    if (argc - optind < 1 || argc - optind > 2) {
        fputs(usage, stderr);
        return NO_ANSWER;
    }
    request.name = argv[optind];
    request.arguments = argv[optind + 1];
    return run(&request);
}
