/* server - one DHCP server: its rooms put together, start, reload, stop.
 *
 * It lives on a BerthWorld and nowhere else, so several live in one process. States: starting ->
 * loading (leases are read; nothing is answered) -> ready <-> degraded (the backend says so) ->
 * stopping. A reload is read and checked in a job; until it is applied, in one go on the main
 * thread, nothing has changed. */
#pragma once

#include "core/base/log.h"
#include "core/conf/conf.h"
#include "core/net/net.h"
#include "core/packet/packet.h"
#include "core/packet/run.h"
#include "core/server/command.h"
#include "core/server/family.h"
#include "core/server/loader.h"

/* The Kea whose keys, commands and files we speak: what -v and version-get say when the program is
 * called kea-dhcp4. */
#define BERTH_KEA_LEVEL "3.0.1"

typedef struct BerthServerOptions {
    const char *conf_file;
    const char *plugin_path; /* folders, separated by ':' */
    /* For each kind of file the folders that it may be in, separated by ':'; the first is where a
     * relative name goes. */
    const char *paths[BERTH_PATHS];
    uint16_t port;       /* 0: 67, and 547 for DHCPv6 */
    int family;          /* 4 or 6: who speaks when the configuration can't be read; 0: 4 */
    bool no_path_checks; /* -X */
    bool verbose;        /* -d */
} BerthServerOptions;

typedef enum BerthServerState {
    BERTH_SERVER_STARTING,
    BERTH_SERVER_LOADING,
    BERTH_SERVER_READY,
    BERTH_SERVER_STOPPING,
    BERTH_SERVER_STOPPED,
} BerthServerState;

#define BERTH_FAMILIES 2

struct BerthServer {
    BerthServerOptions options; /* strings are copies */
    BerthWorld *world;
    BerthLog *log; /* of the first family */
    /* Those that the configuration has, DHCPv4 first; NULL behind the last. */
    BerthFamily *families[BERTH_FAMILIES + 1];
    BerthRunner *runner;
    BerthConf *conf;
    BerthLoader *loader;
    BerthCommands *commands;
    BerthArena out;
    BerthServerState state;
    int64_t started_usec, reloaded_usec; /* boot clock */

    BerthTimer *kick;                  /* makes the world go round once more */
    struct BerthConfReload *reload;    /* that runs; NULL: none */
    bool reload_again;                 /* once more when it has ended */
    BerthSyntax syntax;                /* of the configuration file, as it was read last */
    struct BerthConfWrite *conf_write; /* that runs; NULL: none */
    GPtrArray *reload_waiters;         /* of BerthCommand *, for both */

    BerthTimer *stop_timer;
    int64_t stopping_usec;
    int exit_value;
    void (*stopped)(void *data, int exit_value);
    void *stopped_data;
};

/* Does nothing yet. Strings of `options` are copied. */
BerthServer *berth_server_new(BerthWorld *world, const BerthServerOptions *options);

/* Reads the configuration, loads the plugins, opens the store and the sockets, and begins to load
 * the leases; what is received before they are there is dropped and counted. False with errors:
 * nothing is running. */
bool berth_server_start(BerthServer *server, BerthErrors *errors);

/* A snapshot that could be applied, from `doc` (which it takes over) or, when that is NULL, from
 * the configuration file; NULL with all errors. Any thread: this is the work of a reload's job. */
BerthConf *berth_server_prepare(BerthServer *server, BerthDoc *doc, const char *name,
                                BerthErrors *errors);

/* Makes the families that `conf` has; once. Part of the start. */
void berth_server_make_families(BerthServer *server, const BerthConf *conf);

/* Only checks: what -t does. Plugins are opened and their parameters checked, nothing is started.
 */
bool berth_server_check(BerthServer *server, BerthErrors *errors);

/* SIGHUP and config-reload; see reload.h. Success and failure are logged; `waiter` (NULL: nobody)
 * is answered. */
void berth_server_reload(BerthServer *server, BerthCommand *waiter);
/* From here on `conf`, which the loader has adopted, is in force; takes it over. */
void berth_server_adopt(BerthServer *server, BerthConf *conf);
/* Says something as each of the daemons that this server is. */
void berth_server_say(BerthServer *server, BerthLevel level, const char *id, const char *format,
                      ...) G_GNUC_PRINTF(4, 5);

/* Closes the sockets, lets commits in flight end (at most 5 s), then calls `stopped` from the loop.
 */
void berth_server_stop(BerthServer *server, int exit_value);
void berth_server_on_stopped(BerthServer *server, void (*call)(void *data, int exit_value),
                             void *data);
/* At any time, also as if the power went: nothing is written any more. */
void berth_server_free(BerthServer *server);
