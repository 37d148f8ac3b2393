/* berth/plugin.h - everything the author of a hook library needs, and all that it may include.
 *
 * A plugin is a shared object with ONE exported constant, made by BERTH_PLUGIN at the end of its
 * source. It says which hook points the plugin wants, which commands and roles it provides, and
 * what its configuration looks like. hooks/README.md is the tutorial; hooks/points.def lists the
 * points.
 *
 * Rules, all of them:
 * - One thread calls you. Never block: what has to wait parks its packet (berth/packet.h) or goes
 *   into a job (berth/world.h).
 * - You get your configuration (immutable, a new one after each reload) and your run state (one per
 *   server, kept across reloads). Use no mutable static data: two servers may live in one process.
 * - Keep no pointer that you were handed past the call, unless you copy what it points to. */
#pragma once

#include <berth/conf.h>
#include <berth/expr.h>
#include <berth/host.h>
#include <berth/json.h>
#include <berth/lease.h>
#include <berth/packet.h>
#include <berth/setup.h>
#include <berth/types.h>
#include <berth/world.h>
#include <glib.h>

#define BERTH_ABI 1
#define BERTH_VERSION "0.1.0"

/* ---- callouts ---- */

typedef struct BerthCommand BerthCommand;

typedef enum BerthSubject {
    BERTH_SUBJECT_PACKET = 1, /* the packet as a whole */
    BERTH_SUBJECT_LEASE,      /* once for each lease that the point is about; pkt may be NULL */
    BERTH_SUBJECT_SERVER,     /* the server and its new configuration */
    BERTH_SUBJECT_COMMAND,    /* a command of yours */
} BerthSubject;

typedef BerthVerdict (*BerthOnPacket)(BerthPacket *pkt, const void *conf, void *run);
typedef BerthVerdict (*BerthOnLease)(BerthPacket *pkt, BerthLease *lease, const void *conf,
                                     void *run);
typedef BerthVerdict (*BerthOnServer)(BerthServer *server, const void *conf, void *run);
typedef void (*BerthOnCommand)(BerthCommand *command, const void *conf, void *run);

/* Order among the callouts of a point; within one priority plugins keep the order of the
 * configuration. Any number between is allowed. */
enum {
    BERTH_FIRST = -1000,
    BERTH_EARLY = -100,
    BERTH_NORMAL = 0,
    BERTH_LATE = 100,
    BERTH_LAST = 1000
};

typedef struct BerthHook {
    const char *name; /* of the hook point, or of the command */
    BerthSubject subject;
    int priority;
    union {
        BerthOnPacket packet;
        BerthOnLease lease;
        BerthOnServer server;
        BerthOnCommand command;
    } call;
} BerthHook;

/* clang-format off */
#define BERTH_ON_PACKET(point, priority, f) {point, BERTH_SUBJECT_PACKET, priority, {.packet = f}}
#define BERTH_ON_LEASE(point, priority, f) {point, BERTH_SUBJECT_LEASE, priority, {.lease = f}}
#define BERTH_ON_SERVER(point, priority, f) {point, BERTH_SUBJECT_SERVER, priority, {.server = f}}
#define BERTH_ON_COMMAND(name, f) {name, BERTH_SUBJECT_COMMAND, 0, {.command = f}}
/* clang-format on */

/* ---- roles: what a plugin can be for the core ---- */

typedef struct BerthLogEvent {
    size_t size;
    int64_t wall_usec;
    BerthLevel level;
    const char *daemon; /* "kea-dhcp4" or "kea-dhcp6" */
    const char *logger; /* below the daemon: "leases", "dhcp4" */
    const char *id;     /* DHCP4_LEASE_ALLOC */
    const char *text;   /* one line, already escaped */
} BerthLogEvent;

typedef struct BerthLogSink {
    size_t size;
    void (*write)(void *run, const BerthLogEvent *event);
} BerthLogSink;

typedef struct BerthRole {
    const char *role; /* "lease-backend", "log-sink" */
    const char *name; /* among several of one role: the `type` of lease-database */
    const void *ops;
    const BerthConfItem *conf; /* the role's own map, if it has one */
    size_t conf_size;
} BerthRole;

/* clang-format off */
#define BERTH_LEASE_BACKEND(name, ops, conf, T) {"lease-backend", name, ops, conf, sizeof(T)}
#define BERTH_LOG_SINK(ops) {"log-sink", "log", ops, NULL, 0}
/* clang-format on */

/* ---- user-contexts ---- */

typedef enum BerthContextOf {
    BERTH_CONTEXT_SUBNET = 1,
    BERTH_CONTEXT_NETWORK, /* shared-networks */
    BERTH_CONTEXT_CLASS,   /* client-classes */
} BerthContextOf;

/* The user-context of a map in the configuration, which lives as long as that. */
typedef struct BerthContext {
    size_t size;
    int family; /* 4 or 6 */
    BerthContextOf of;
    uint32_t subnet_id; /* of a subnet */
    const char *name;   /* of a network or a class */
    bool is_template;   /* a class with template-test: clients are in SPAWN_<name>_<value> */
    const BerthNode *map;
} BerthContext;

/* ---- the descriptor ---- */

typedef struct BerthPlugin {
    uint32_t abi;
    uint32_t size, conf_item_size, hook_size, role_size;
    const char *name;    /* as the configuration names it, and the file without .so */
    const char *version; /* yours; NULL: it comes with the server and has its version */
    const char *about;   /* one line */

    /* Configuration: the struct that `conf` (ended by {0}) describes. `prepare`, in a job, checks
     * and completes it; `release` undoes that; both optional. */
    size_t conf_size;
    const BerthConfItem *conf;
    int (*prepare)(void *conf, GError **error);
    void (*release)(void *conf);

    /* Run state: `run_size` zeroed bytes. `start` once, before the first packet; `apply` after each
     * later configuration, short, cannot fail; `stop` once, undoes `start`. All optional. */
    size_t run_size;
    int (*start)(BerthServer *server, const void *conf, void *run, GError **error);
    void (*apply)(const void *conf, void *run);
    void (*stop)(void *run);

    const BerthHook *hooks;   /* ended by {0} */
    const BerthRole *roles;   /* ended by {0} */
    const char *const *needs; /* names of plugins that must be loaded before, ended by NULL */

    /* More of the configuration, in the same job, behind `prepare`. Both optional; what they put
     * into it `release` undoes, which is called also where they refuse it. `check` may use the
     * server for berth_server_path and the file functions, and nothing else. `read_context` is
     * called for each user-context that there is; an error is reported at its line. */
    int (*check)(BerthServer *server, void *conf, GError **error);
    int (*read_context)(void *conf, const BerthContext *context, GError **error);

    /* Instead of `prepare`, where a family's parameters are its own: `conf` is filled and prepared
     * for each family whose map names the plugin (for all that are served where it is named beside
     * these maps), and callouts of the family's points get it. A family that does not name it calls
     * none. `start`, `apply` and commands get that of the first. Optional. */
    int (*prepare_for)(const BerthSetup *setup, void *conf, GError **error);
} BerthPlugin;

/* The one exported symbol. */
#define BERTH_PLUGIN(...)                                                         \
    __attribute__((visibility("default"))) extern const BerthPlugin berth_plugin; \
    const BerthPlugin berth_plugin = {.abi = BERTH_ABI,                           \
                                      .size = sizeof(BerthPlugin),                \
                                      .conf_item_size = sizeof(BerthConfItem),    \
                                      .hook_size = sizeof(BerthHook),             \
                                      .role_size = sizeof(BerthRole),             \
                                      __VA_ARGS__}

/* ---- errors: for `start`, `prepare`, `open` ---- */

#define BERTH_ERROR_DOMAIN (berth_error_quark())
GQuark berth_error_quark(void);
/* Sets `error` to the text and returns `code` (-errno): `return berth_fail(error, -EINVAL, "…")`.
 */
int berth_fail(GError **error, int code, const char *format, ...) G_GNUC_PRINTF(3, 4);

/* ---- logging ---- */

bool berth_server_log_wants(BerthServer *server, BerthLevel level, const char *logger);
void berth_server_log(BerthServer *server, BerthLevel level, const char *logger, const char *id,
                      const char *format, ...) G_GNUC_PRINTF(5, 6);
/* Arguments are evaluated only when somebody wants the message. */
#define BERTH_LOG(server, level, logger, id, ...)                     \
    do {                                                              \
        if (berth_server_log_wants(server, level, logger))            \
            berth_server_log(server, level, logger, id, __VA_ARGS__); \
    } while (0)
/* Bytes of a client as printable ASCII, the rest as \xHH, cut to `size`; returns `buffer`. */
const char *berth_escape(BerthBytes bytes, char *buffer, size_t size);

/* ---- the server ---- */

typedef uint64_t BerthCounter;
/* A statistic: found once, then incremented. Lives as long as the server; of two families it stands
 * among those of DHCPv4. */
BerthCounter *berth_server_counter(BerthServer *server, const char *name);
/* The same among those of the family, 4 or 6; NULL: it is not served, nor will it be without a
 * restart. */
BerthCounter *berth_server_counter_in(BerthServer *server, int family, const char *name);
/* Whether an expired lease of the family is removed, not kept for its owner
 * (hold-reclaimed-time 0). */
bool berth_server_removes_expired(BerthServer *server, int family);
/* A subnet of the configuration in force; its text lives as long as that. */
typedef struct BerthSubnetView {
    uint32_t id;
    BerthAddr prefix;
    uint8_t prefix_len;
    bool is_guarded;  /* it is for clients of some classes */
    const char *text; /* "192.0.2.0/24" as configured */
} BerthSubnetView;
/* By its id. False: there is none, or the family (4 or 6) is not served. */
bool berth_server_subnet(BerthServer *server, int family, uint32_t id, BerthSubnetView *ret);
/* The i-th; false: there are no more. */
bool berth_server_nth_subnet(BerthServer *server, int family, size_t i, BerthSubnetView *ret);
/* Begins to ask a client of DHCPv6 by RECONFIGURE (RFC 9915 section 18.3.11) to send `type`:
 * BERTH_RENEW, BERTH_REBIND or BERTH_INFORMATION_REQUEST. 1; 0: it has no lease or does not accept
 * that; -ENOSPC: too many are being asked; -EAGAIN: leases are still being loaded; -EINVAL; -ESRCH:
 * DHCPv6 is not served. */
int berth_server_reconfigure(BerthServer *server, BerthBytes duid, BerthType6 type);
/* Puts a file name of the configuration into the directory for its kind and refuses one that leaves
 * it (berthd -X: allowed). `*ret_path` is to be g_free'd. */
typedef enum BerthPathKind {
    BERTH_PATH_DATA,
    BERTH_PATH_LOG,
    BERTH_PATH_RUN,
    BERTH_PATH_SCRIPT,
    BERTH_PATHS,
} BerthPathKind;
int berth_server_path(BerthServer *server, BerthPathKind kind, const char *name, char **ret_path,
                      GError **error);

/* ---- commands ---- */

/* Kea's result codes. */
enum {
    BERTH_RESULT_OK,
    BERTH_RESULT_ERROR,
    BERTH_RESULT_UNSUPPORTED,
    BERTH_RESULT_EMPTY,
    BERTH_RESULT_CONFLICT
};

BerthServer *berth_command_server(const BerthCommand *command);
const BerthNode *berth_command_arguments(const BerthCommand *command); /* NULL: none were given */
/* The family that it is for, 4 or 6: what its `service` says, else that of its transport, else the
 * first that is served. */
int berth_command_family(const BerthCommand *command);
/* Where `arguments` of the answer is written: call a begin function with key NULL first. Without it
 * the answer has none. */
BerthJson *berth_command_answer(BerthCommand *command);
/* Ends the command. A handler calls it once, before it returns or, after berth_command_defer, at
 * any later time. A plugin that a reload takes away is stopped when its commands have ended; at the
 * end of the server it is stopped all the same, and ends them before it has. */
void berth_command_defer(BerthCommand *command);
void berth_command_done(BerthCommand *command, int result, const char *format, ...)
    G_GNUC_PRINTF(3, 4);

/* For transports: runs the command in `json` (one JSON object) and answers with JSON text without
 * a line end, within the call or later. The bytes are gone after `answered` returns. */
typedef void (*BerthAnswered)(void *data, BerthBytes json);
void berth_server_command(BerthServer *server, BerthBytes json, BerthAnswered answered, void *data);
/* The same over a transport of one family, 4 or 6: a command that names no service is for it. */
void berth_server_command_in(BerthServer *server, int family, BerthBytes json,
                             BerthAnswered answered, void *data);
