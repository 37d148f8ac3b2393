/* talk - see talk.h. */
#include "tools/ctl/talk.h"

#include "core/base/json.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#define ANSWER_WAIT_SEC 60

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

BerthDoc *talk_parse(const char *text, size_t len, const char *name)
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

int talk_result(const BerthNode *answer)
{
    int64_t result = berth_node_int(berth_node_get(answer, "result"), -1);

    if (result >= 0 && result < NO_ANSWER)
        return (int)result;
    fputs("berthctl: the answer has no result from 0 to 4\n", stderr);
    return NO_ANSWER;
}

GString *talk_command(const Server *server, const char *name, const char *arguments)
{
    BerthDoc *doc = arguments ? talk_parse(arguments, strlen(arguments), "<arguments>") : NULL;
    GString *text;
    BerthJson *json;

    if (arguments && !doc)
        return NULL;
    text = g_string_new(NULL);
    json = berth_json_new(text, 0);
    berth_json_begin_object(json, NULL);
    berth_json_string(json, "command", name);
    if (server->service) {
        berth_json_begin_list(json, "service");
        berth_json_string(json, NULL, server->service);
        berth_json_end(json);
    }
    if (doc)
        berth_json_node(json, "arguments", doc->root);
    berth_json_end(json);
    berth_json_free(json);
    berth_doc_free(doc);
    return text;
}

bool talk_ask(const Server *server, const GString *command, GString *ret_answer)
{
    int fd = open_socket(server->socket_path);
    const char *why;

    if (fd < 0)
        return false;
    g_string_truncate(ret_answer, 0);
    send_all(fd, command);
    why = read_all(fd, ret_answer);
    close(fd);
    if (why)
        fprintf(stderr, "berthctl: the server at %s %s\n", server->socket_path, why);
    return why == NULL;
}

const char *talk_text(const BerthNode *map, const char *key)
{
    return berth_node_string(berth_node_get(map, key), "");
}

/* ---- a command and its answer in one ---- */

Answer answer_of(const Server *server, const char *name, const char *arguments)
{
    Answer answer = {.text = g_string_new(NULL), .result = NO_ANSWER};
    GString *command = talk_command(server, name, arguments);

    if (command && talk_ask(server, command, answer.text))
        answer.doc = talk_parse(answer.text->str, answer.text->len, "<answer>");
    if (answer.doc)
        answer.result = talk_result(answer.doc->root);
    if (command)
        g_string_free(command, TRUE);
    return answer;
}

void answer_clear(Answer *answer)
{
    berth_doc_free(answer->doc);
    g_string_free(answer->text, TRUE);
}

const BerthNode *answer_arguments(const Answer *answer)
{
    return answer->doc ? berth_node_get(answer->doc->root, "arguments") : NULL;
}

int answer_complain(const Answer *answer)
{
    if (answer->doc)
        fprintf(stderr, "berthctl: %s\n", talk_text(answer->doc->root, "text"));
    return answer->result;
}
