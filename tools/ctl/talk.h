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
