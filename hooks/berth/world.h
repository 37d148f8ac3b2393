/* berth/world.h - time, jobs, files, byte streams and routes, as a plugin reaches them.
 *
 * A plugin asks the server for these and never the system, because the server may be running on a
 * virtual clock and a virtual disk (tests/sim). Nothing here blocks the main thread but the file
 * and route functions; those that can be slow (sync, big reads, all routes) belong into a job. */
#pragma once

#include <berth/types.h>
#include <glib.h>

typedef struct BerthServer BerthServer;
typedef struct BerthTimer BerthTimer;
typedef struct BerthFile BerthFile;
typedef struct BerthStream BerthStream;

/* ---- time ---- */

/* Lease time: wall clock at start plus time since then, so it never steps. Seconds since 1970. */
int64_t berth_server_now(const BerthServer *server);
/* Microseconds of a clock that only goes forward; for intervals. */
int64_t berth_server_boot_usec(const BerthServer *server);
/* The wall clock as it is now, microseconds since 1970; for what people read. */
int64_t berth_server_wall_usec(const BerthServer *server);
void berth_server_random(const BerthServer *server, void *ret, size_t len);

/* "YYYY-MM-DD hh:mm:ss.uuuuuu" in local time, as Kea writes it, into a buffer of BERTH_TIME_TEXT
 * bytes; returns the buffer. Cut it three characters shorter for milliseconds. */
#define BERTH_TIME_TEXT 32
const char *berth_time_text(int64_t wall_usec, char *buffer);

/* Random bytes as the text of a UUID (RFC 9562, version 4), into a buffer of BERTH_UUID_TEXT bytes;
 * returns the buffer. */
#define BERTH_UUID_TEXT 37
const char *berth_uuid_text(const uint8_t random[16], char *buffer);

/* A stopped timer that calls on the main thread. Free it in the plugin's `stop` at the latest. */
BerthTimer *berth_timer_new(BerthServer *server, void (*call)(void *data), void *data);
void berth_timer_set(BerthServer *server, BerthTimer *timer, int64_t delay_usec);
void berth_timer_stop(BerthTimer *timer);
void berth_timer_free(BerthTimer *timer);

/* ---- jobs ---- */

/* Runs work(data) on a helper thread and then done(data) on the main thread. `work` sees only what
 * `data` holds, and of this interface only the file and route functions. The plugin stays loaded
 * until done.
 */
void berth_job_run(BerthServer *server, void (*work)(void *data), void (*done)(void *data),
                   void *data);

/* ---- files: 0 or a count, or -errno ---- */

typedef enum BerthOpen {
    BERTH_OPEN_READ,   /* must exist */
    BERTH_OPEN_APPEND, /* made when missing, mode 0640; written at the end only */
    BERTH_OPEN_NEW,    /* emptied when it exists, mode 0640 */
} BerthOpen;

int berth_file_open(BerthServer *server, const char *path, BerthOpen how, BerthFile **ret);
void berth_file_close(BerthFile *file); /* NULL is fine. Does not sync. */
/* Up to `len` bytes from `offset`; 0 at the end. */
int64_t berth_file_read(BerthFile *file, int64_t offset, void *ret, size_t len);
/* All of it (0) or an error, after which some may have been written. */
int berth_file_append(BerthFile *file, BerthBytes bytes);
int berth_file_sync(
    BerthFile *file); /* fdatasync; after a failure the contents are not to be trusted */
int64_t berth_file_size(BerthFile *file);
/* How many bytes the disk has room for, about; a quota is not seen. */
int64_t berth_file_room(BerthFile *file);
int berth_file_truncate(BerthFile *file, int64_t size);
/* 0: whoever opens `path` gets this file. -ESTALE: another one; -ENOENT: none; ... */
int berth_file_is_at(BerthFile *file, const char *path);
int berth_file_lock(BerthFile *file); /* exclusive, not waiting: -EWOULDBLOCK when another has it */
int berth_file_rename(BerthServer *server, const char *from, const char *to);
int berth_file_unlink(BerthServer *server, const char *path);
int berth_file_sync_dir(BerthServer *server, const char *dir);

/* ---- byte streams ---- */

/* Addresses: "unix:/path" and "tcp:ADDRESS:PORT" ("tcp:[::1]:PORT"); no names are looked up. */
typedef struct BerthStreamEvents {
    size_t size; /* sizeof(BerthStreamEvents) */
    /* Of a listening stream: `stream` is new and the callee's; give it events or close it. */
    void (*accepted)(void *data, BerthStream *stream);
    void (*connected)(void *data);
    /* Bytes came; they are gone when this returns. */
    void (*received)(void *data, BerthBytes bytes);
    /* The other side will send no more. */
    void (*ended)(void *data);
    /* Everything written so far has left for the kernel. */
    void (*drained)(void *data);
    /* Broken, -errno. The stream is dead but still has to be closed. */
    void (*failed)(void *data, int error);
} BerthStreamEvents;

/* A UNIX socket is refused with -EADDRINUSE where somebody answers, -EEXIST where a file is that is
 * no socket, -EPERM in a folder that everybody may write and that is not sticky. */
int berth_stream_listen(BerthServer *server, const char *address, const BerthStreamEvents *events,
                        void *data, BerthStream **ret);
int berth_stream_connect(BerthServer *server, const char *address, const BerthStreamEvents *events,
                         void *data, BerthStream **ret);
void berth_stream_set_events(BerthStream *stream, const BerthStreamEvents *events, void *data);
/* Queues a copy. -ENOBUFS when more than 64 MiB would wait: close the stream, its reader is gone.
 */
int berth_stream_write(BerthStream *stream, BerthBytes bytes);
/* What was written is still sent; no event comes after this. NULL is fine. */
void berth_stream_close(BerthStream *stream);
/* In words, why it `failed` with `error`; gone with the stream. */
const char *berth_stream_why(BerthStream *stream, int error);

/* The addresses of a host, for a job: their number, at most `max`; -ENOENT: there is no such host;
 * -EAGAIN: the name servers don't say; … */
int berth_host_resolve(BerthServer *server, const char *name, BerthAddr *ret, unsigned max);

/* ---- TLS, as the client ---- */

typedef struct BerthTls BerthTls;

/* Files are in PEM; each may be NULL. */
typedef struct BerthTlsConf {
    size_t size;              /* sizeof(BerthTlsConf) */
    const char *trust_anchor; /* the authorities to believe; without it those of the system */
    const char *cert_file;    /* our certificate, and those between it and an authority */
    const char *key_file;     /* its key; without it in cert_file, too */
    bool is_unverified;       /* any certificate of the other side will do */
} BerthTlsConf;

/* Reads the files, so for a job. 0, or -errno with `error` saying which file and why. -ENOSYS:
 * there is no TLS here (GIO has it in the package glib-networking). */
int berth_tls_load(BerthServer *server, const BerthTlsConf *conf, BerthTls **ret, GError **error);
/* NULL is fine; streams that use it go on. */
void berth_tls_free(BerthTls *tls);
/* From here on TLS is spoken on the stream, whose certificate must be for `name` (a host or an
 * address). Right after berth_stream_connect, and then `connected` comes when TLS is there; or
 * later, between two messages of the protocol above (STARTTLS), and then `connected` comes once
 * more. Until then nothing may be written. 0 or -errno. */
int berth_stream_start_tls(BerthStream *stream, BerthTls *tls, const char *name);

/* ---- programs ---- */

typedef struct BerthProcess BerthProcess;

/* How it ended: what it exited with, or 256 and the number of the signal that killed it; -errno:
 * it could not be started, or somebody else has taken its status (-ECHILD). */
typedef void (*BerthProcessEnded)(void *data, int status);

/* 0: a file that may be executed; -ENOENT, -EACCES, ... For a job, as it may have to wait. */
int berth_process_check(BerthServer *server, const char *path);
/* Starts the program, off the main thread, with these arguments (the first is its name) and exactly
 * this environment, "NAME=value"; both end with NULL and are copied. It begins a session of its
 * own, has /dev/null for its standard files, no other descriptor of ours, and no signal blocked or
 * ignored. `ended` comes once, later; no handler of SIGCHLD is needed, and none is set. NULL: there
 * are no programs here, and `ended` will not come. */
BerthProcess *berth_process_start(BerthServer *server, const char *path, const char *const *args,
                                  const char *const *env, BerthProcessEnded ended, void *data);
/* Kills it with all that it has started in its session's group; `ended` still comes. */
void berth_process_kill(BerthProcess *process);
/* Nobody wants to know any more: `ended` will not come. It goes on. */
void berth_process_leave(BerthProcess *process);

/* ---- ICMP echo, of IPv4 ---- */

typedef struct BerthEcho BerthEcho;

/* The identifier of all requests, which is Kea's; what tells them from others' is a random word. */
#define BERTH_ECHO_ID 1

/* What came of a request: the address itself has answered; or `is_reply` false, somebody on the way
 * says that it can't be reached. */
typedef void (*BerthEchoAnswer)(void *data, BerthAddr addr, uint16_t sequence, bool is_reply);

/* -EPERM: without CAP_NET_RAW there is none; ... */
int berth_echo_open(BerthServer *server, BerthEchoAnswer answered, void *data, BerthEcho **ret);
/* Asks once, without waiting for anything. 0 or -errno: -ENETUNREACH, ... */
int berth_echo_send(BerthEcho *echo, BerthAddr addr, uint16_t sequence);
void berth_echo_close(BerthEcho *echo);

/* ---- the system's IPv6 routes ---- */

typedef struct BerthRoute {
    BerthAddr prefix;
    uint8_t prefix_len;
    uint8_t protocol;   /* who made it: the numbers of rtm_protocol in rtnetlink(7) */
    BerthAddr via;      /* the next hop; ::, none: what is sent there is on the interface itself */
    char interface[16]; /* "": where the next hop is found */
    uint32_t table, metric;
} BerthRoute;

typedef struct BerthRouteChange {
    BerthRoute route;
    bool is_removal;
    int result; /* 0 or -errno */
} BerthRouteChange;

/* Makes the changes one after the other, for a job; each gets its result. What is there with the
 * same prefix and metric is never replaced (-EEXIST), and nothing is removed but a route that is
 * the same with its protocol (-ESRCH: there is none). -ENODEV: no such interface. */
void berth_routes_change(BerthServer *server, BerthRouteChange *changes, size_t n);
/* All routes of the protocol in the table, for a job. 0 or -errno. */
typedef void (*BerthRouteEach)(void *data, const BerthRoute *route);
int berth_routes_list(BerthServer *server, uint8_t protocol, uint32_t table, BerthRouteEach each,
                      void *data);
