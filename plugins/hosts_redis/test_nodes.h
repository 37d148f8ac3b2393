/* test_nodes - two servers with the plugins hosts and hosts_redis as they are loaded, whose
 * reservations are in one Redis, and commands for them. */
#pragma once

#include "core/server/server.h"
#include "tests/lib/redis.h"
#include "tests/lib/rows.h"

typedef struct Node {
    char *dir, *conf;
    BerthServer *server;
    GString *answer, *log;
    bool is_answered;
} Node;

extern Node nodes[2];
extern int node_family;     /* that commands are for */
extern char *node_database; /* where Redis is: keys of hosts-database */

/* Both are started, and have read what is there. */
void nodes_begin(void);
void nodes_end(void);
/* False: it is not so in that time. */
bool nodes_until(bool (*is_so)(void *data), void *data, unsigned msec);
/* `more`: of the list subnet4, or behind it. */
void node_write_conf(const Node *node, const char *more);
void node_boot(Node *node);
void node_shut(Node *node);
/* Until it follows Redis. */
void node_await(Node *node);

/* `arguments`: without their braces; a quote is '. */
const char *node_ask(Node *node, const char *command, const char *arguments);
void node_check(Node *node, const char *command, const char *arguments, const char *want);
/* Polls, so that what comes by Redis alone is waited for: a second at most. */
void node_check_soon(Node *node, const char *command, const char *arguments, const char *want);

#define MAC(x) "'hw-address': '02:00:00:00:00:" #x "'"
#define IP(x) "'ip-address': '192.0.2." #x "'"
#define ADD(rest) "'reservation': {'subnet-id': 1, " rest "}"
#define OF(ip) "'subnet-id': 1, 'ip-address': '192.0.2." #ip "'"
#define FOUND "\"text\": \"Host found.\""
#define ADDED "{ \"result\": 0, \"text\": \"Host added.\" }"

int nodes_main(const char *name, const BerthTest *tests, int argc, char **argv);
