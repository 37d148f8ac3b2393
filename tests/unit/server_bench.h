/* server_bench - a whole server on the simulated world, to which messages are delivered as they
 * are. */
#pragma once

#include "core/server/server.h"
#include "tests/lib/rows.h"
#include "tests/sim/simworld.h"

typedef struct Bench {
    SimWorld *sim;
    BerthServer *server;
    char *path;
    GString *log, *sent, *answer; /* "kea-dhcp4 DHCP4_STARTED;", "67 OP;" */
    GString *texts;               /* what else the log says, a line each */
    uint8_t last[1500];           /* sent */
    size_t last_len;
} Bench;

/* With these maps; its plugins are those that are on by default, and t_backend. */
void bench_init(Bench *bench, const char *maps);
/* The same, and not a moment has passed yet. */
void bench_start(Bench *bench, const char *maps);
/* The same in a world of that seed. */
void bench_start_seed(Bench *bench, const char *maps, uint64_t seed);
void bench_clear(Bench *bench);
/* It dies with whatever is under way; what was not synced may be lost. */
void bench_kill(Bench *bench);
/* The same, and it starts again with these maps; whether it is ready a second later. */
bool bench_restart(Bench *bench, const char *maps);
/* The same with a configuration of this text, plugins and all. */
bool bench_restart_file(Bench *bench, const char *text);
void bench_write_conf(Bench *bench, const char *maps);
void bench_run(Bench *bench, int64_t usec);
void bench_deliver(Bench *bench, const char *hex, const char *src, const char *dst, uint16_t port);
/* A broadcast message of the client 0a:00:00:00:00:01, ciaddr and options in hex. */
#define NO_ADDR4 "00000000"
void bench_deliver4(Bench *bench, const char *ciaddr, const char *options);
void bench_discover(Bench *bench);
void bench_solicit(Bench *bench);
/* `family` is that of the socket. Waits a second, or so long. */
void bench_ask(Bench *bench, int family, const char *json);
void bench_ask_for(Bench *bench, int family, const char *json, int64_t usec);
