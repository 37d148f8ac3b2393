/* world_real - what the rooms of the real world share among each other, and nobody else includes.
 *
 * world_real.c is the loop, clock and jobs; world_file.c the files; world_stream.c the connections,
 * world_tls.c TLS on them, world_listen.c the listening streams, world_host.c the names of hosts,
 * world_process.c programs.
 * Links and interfaces are added by core/net. */
#pragma once

#include "core/base/world.h"

typedef struct BerthReal {
    BerthWorld world;
    BerthWorldOps ops;
    GSource *source;
    GPtrArray *watches; /* of BerthFdWatch */
    bool dispatching;

    int timer_fd;
    int64_t armed; /* the deadline that timer_fd is set to */

    GThreadPool *pool;
    GAsyncQueue *finished; /* of jobs, in the order of completion */
    int job_fd;            /* eventfd: something is in `finished` */
    unsigned jobs;         /* started and not done */

    uint8_t *input;       /* BERTH_REAL_INPUT bytes, what a stream just read */
    GPtrArray *lingering; /* closed streams that are still sending */
    GPtrArray *processes; /* that have not ended */
} BerthReal;

#define BERTH_REAL_INPUT ((size_t)64 * 1024)

/* Each room puts its functions into the table. */
void berth_real_add_files(BerthWorldOps *ops);
void berth_real_add_streams(BerthWorldOps *ops);
void berth_real_add_hosts(BerthWorldOps *ops);
void berth_real_add_tls(BerthWorldOps *ops);
void berth_real_add_processes(BerthWorldOps *ops);
/* Of those that have not ended: they go on, and nobody hears of them. */
void berth_real_processes_end(BerthReal *real);

/* The common part of connections and listening streams. */
typedef struct BerthRealStream {
    BerthStream stream;
    BerthReal *real;
    const struct BerthRealStreamKind *kind;
    int fd;
    BerthFdWatch *watch;
    BerthStreamEvents events; /* zeroed: none are wanted now */
    void *data;
    bool in_event; /* its kind's `ready` is running: whoever ends it leaves the memory alone */
    bool gone;     /* ended within `ready`, which frees it when it returns */
} BerthRealStream;

typedef struct BerthRealStreamKind {
    void (*ready)(BerthRealStream *s, unsigned events);
    void (*events_set)(BerthRealStream *s);
    int (*write)(BerthRealStream *s, BerthBytes bytes);
    void (*close)(BerthRealStream *s);   /* by its owner; may go on sending */
    void (*release)(BerthRealStream *s); /* of what the kind holds, before the end */
} BerthRealStreamKind;

/* Takes the descriptor over. */
void berth_real_stream_init(BerthRealStream *s, BerthWorld *world, const BerthRealStreamKind *kind,
                            int fd);
void berth_real_stream_set_events(BerthRealStream *s, const BerthStreamEvents *events, void *data);
/* Watches for `events`, 0 for not even the end of the other side. */
void berth_real_stream_watch(BerthRealStream *s, unsigned events);
/* Closes the descriptor and frees the memory, now or when `ready` has returned. */
void berth_real_stream_end(BerthRealStream *s);

int berth_real_stream_listen(BerthWorld *world, const char *address,
                             const BerthStreamEvents *events, void *data, BerthStream **ret);

/* A connection that waits at its listener until it gets events or is closed; `left` is called then.
 */
BerthStream *berth_real_stream_accepted(BerthWorld *world, int fd,
                                        void (*left)(void *listener, BerthStream *stream),
                                        void *listener);
/* Its listener is no more: `left` will not be called. */
void berth_real_stream_orphan(BerthStream *stream);

/* ---- TLS on a connection ---- */

typedef struct BerthRealTls BerthRealTls;

/* The keys outlive whoever loaded them while a connection has yet to begin. */
BerthTls *berth_real_tls_ref(BerthTls *keys);

/* Begins to shake hands on the connected descriptor, which nobody else touches until `done` is
 * called, as from a job: 0, or -errno and berth_real_tls_why says more. */
int berth_real_tls_new(BerthTls *keys, int fd, const char *name, BerthRealTls **ret);
void berth_real_tls_shake(BerthRealTls *tls, void (*done)(void *data, int error), void *data);
/* `done` will not be called any more. NULL is fine. */
void berth_real_tls_free(BerthRealTls *tls);
/* As recv(2) and send(2) on a non-blocking descriptor, but -errno. A read
 * into less than 16 KiB may leave something that the descriptor does not tell of any more. */
ssize_t berth_real_tls_read(BerthRealTls *tls, void *ret, size_t size);
ssize_t berth_real_tls_write(BerthRealTls *tls, const void *data, size_t len);
const char *berth_real_tls_why(const BerthRealTls *tls); /* NULL: nothing is wrong */
