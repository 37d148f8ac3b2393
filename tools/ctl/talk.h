/* talk - one command to the server and its answer, over the control socket. What goes wrong is told
 * on standard error. */
#pragma once

#include "core/conf/node.h"

#define NO_ANSWER 5 /* an exit status */

typedef struct Server {
    const char *socket_path;
    const char *service; /* "dhcp4", "dhcp6"; NULL: the socket's */
} Server;

/* The command with its arguments (JSON text of a map, NULL: none) as the server takes it. NULL: the
 * arguments are no JSON. */
GString *talk_command(const Server *server, const char *name, const char *arguments);
/* Sends it; false: there is no answer. */
bool talk_ask(const Server *server, const GString *command, GString *ret_answer);

/* NULL: it is no JSON. */
BerthDoc *talk_parse(const char *text, size_t len, const char *name);
/* The answer's result, or NO_ANSWER. */
int talk_result(const BerthNode *answer);
/* The text of a member; "": there is none. */
const char *talk_text(const BerthNode *map, const char *key);

/* ---- a command and its answer in one ---- */

/* The answer with its document; result NO_ANSWER: there is none. */
typedef struct Answer {
    GString *text;
    BerthDoc *doc;
    int result;
} Answer;

Answer answer_of(const Server *server, const char *name, const char *arguments);
void answer_clear(Answer *answer);
const BerthNode *answer_arguments(const Answer *answer);
/* Tells what the server says where it does not do what was asked; the result. */
int answer_complain(const Answer *answer);
