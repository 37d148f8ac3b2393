/* request - a command about reservations: its arguments as Kea reads them, its log lines, its end.
 *
 * What Kea says when something is wrong is part of its interface, so the texts are Kea's. */
#pragma once

#include <berth/plugin.h>

typedef enum Targets {
    TARGET_MEMORY = 1,
    TARGET_DATABASE = 2,
    TARGET_ALL = TARGET_MEMORY | TARGET_DATABASE,
} Targets;

/* What differs between the commands. */
typedef struct Kind {
    const char *name; /* "reservation-add" */
    const char *stem; /* "ADD", of HOST_CMDS_RESERV_ADD */
    Targets targets;  /* without operation-target */
} Kind;

typedef struct Run {
    GQueue walks; /* of Walk, those that go on */
} Run;

/* One command until it is answered. */
typedef struct Request {
    BerthCommand *command;
    BerthServer *server;
    Run *run;
    const Kind *kind;
    int family;
    const BerthNode *args;
    char *shown; /* the arguments, for the log */
    Targets targets;
    bool has_subnet;
    uint32_t subnet_id;
    bool has_addr;
    BerthAddr addr;
    BerthHostIdType id_type;
    uint8_t id[BERTH_HOST_ID_MAX];
    size_t id_len;
    const char *hostname; /* of the arguments */
} Request;

Request *request_new(BerthCommand *command, Run *run, const Kind *kind);
/* Answers, logs and frees. */
void request_end(Request *request, int result, const char *format, ...) G_GNUC_PRINTF(3, 4);
/* With result 1 and the text; frees the error. */
void request_fail(Request *request, GError *error);

/* Parts of the arguments into the request. False with the error. */
bool request_map(const Request *request, GError **error);
bool request_target(Request *request, GError **error);
/* An integer within 0 to `max` that has to be there. */
bool request_integer(const Request *request, const char *key, int64_t max, int64_t *ret,
                     GError **error);
bool request_subnet(Request *request, bool is_required, GError **error);
bool request_subnet_exists(const Request *request, GError **error);
/* "identifier-type" and "identifier"; `where` begins what is said when one is missing. */
bool request_id(Request *request, const char *where, GError **error);
/* An address and a subnet, or an identifier and a subnet. */
bool request_selector(Request *request, GError **error);
bool request_addr(Request *request, GError **error);
bool request_hostname(Request *request, GError **error);
