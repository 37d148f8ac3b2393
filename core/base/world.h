/* world - the seam: everything that is not computation passes here.
 *
 * Clock, timers, jobs, random numbers, files, byte streams, interfaces, links and routes. The real
 * world (world_real.c, core/net/link.c) stands on Linux and GLib; the simulated one (tests/sim) on
 * a seed. Nothing else in core or plugins may ask the system for any of these; tools/seam-check
 * enforces it.
 *
 * Only the main thread calls in, with one exception: the file and route functions may also be
 * called from a job's `work`, on files that the main thread leaves alone meanwhile. */
#pragma once

#include "core/base/timer.h"
#include <berth/types.h>
#include <berth/world.h>
#include <glib.h>

/* What a plugin sees as BerthFile, BerthJob, BerthStream is made by the world. */
typedef struct BerthWorld BerthWorld;
typedef struct BerthLink BerthLink;

/* A network interface as the system tells it now. */
#define BERTH_IFACE_ADDRS_MAX 64
typedef struct BerthIface {
    int index;
    char name[16];
    bool up; /* administratively up and with carrier */
    bool loopback;
    bool broadcast;
    BerthHwaddr hwaddr;
    uint32_t mtu;
    unsigned n_addrs;
    /* Both families, in the system's order; without IPv6 ones that it is still trying. */
    BerthAddr addrs[BERTH_IFACE_ADDRS_MAX];
    uint8_t prefix_lens[BERTH_IFACE_ADDRS_MAX];
} BerthIface;

/* One UDP payload on its way in or out. In: `data` is the receiver's until its callback returns.
 * Out: `src` any means "choose"; with to_hwaddr the datagram leaves as an Ethernet frame to that
 * address without asking ARP. */
typedef struct BerthDatagram {
    BerthAddr src, dst;
    uint16_t src_port, dst_port;
    bool to_hwaddr;
    BerthHwaddr hwaddr;
    BerthBytes data;
} BerthDatagram;

typedef enum BerthLinkKind {
    BERTH_LINK_UDP4, /* in and out through the kernel's UDP */
    BERTH_LINK_RAW4, /* the same, and can send frames to a hardware address */
    BERTH_LINK_UDP6, /* IPv6: also what is sent to the groups of DHCP servers and relays */
} BerthLinkKind;

typedef struct BerthLinkConf {
    BerthLinkKind kind;
    const BerthIface *iface;
    uint16_t port;    /* local port, 67 or 547 */
    bool use_routing; /* replies leave by the routing table, not by this interface */
} BerthLinkConf;

/* Called with all that arrived together, at most BERTH_BATCH datagrams. */
#define BERTH_BATCH 64
typedef void (*BerthReceive)(void *data, const BerthDatagram *batch, size_t n);
typedef void (*BerthIfaceChange)(void *data, const BerthIface *all, size_t n);

typedef struct BerthWorldOps {
    /* Clock, microseconds. wall: since 1970, may step. boot: since boot, goes on in suspend. */
    int64_t (*wall_usec)(BerthWorld *world);
    int64_t (*boot_usec)(BerthWorld *world);
    void (*random)(BerthWorld *world, void *ret, size_t len);

    /* Runs work(data) off the main thread, then done(data) on it, in the order of completion. */
    void (*job)(BerthWorld *world, void (*work)(void *data), void (*done)(void *data), void *data);
    /* Waits until all jobs are done, those that a `done` starts among them: before what they use is
     * gone. */
    void (*end_jobs)(BerthWorld *world);

    /* Files: like open(2), pread(2), write(2) at the end, fdatasync(2), … but results are 0 or a
     * count, or -errno. See berth/world.h for each. */
    int (*file_open)(BerthWorld *world, const char *path, BerthOpen how, BerthFile **ret);
    void (*file_close)(BerthFile *file);
    int64_t (*file_read)(BerthFile *file, int64_t offset, void *ret, size_t len);
    int64_t (*file_append)(BerthFile *file, const void *data, size_t len);
    int (*file_sync)(BerthFile *file);
    int64_t (*file_size)(BerthFile *file);
    int64_t (*file_room)(BerthFile *file);
    int (*file_truncate)(BerthFile *file, int64_t size);
    int (*file_is_at)(BerthFile *file, const char *path);
    int (*file_lock)(BerthFile *file);
    int (*file_rename)(BerthWorld *world, const char *from, const char *to);
    int (*file_unlink)(BerthWorld *world, const char *path);
    int (*file_sync_dir)(BerthWorld *world, const char *dir);
    /* Gives the file the owner and the mode, within `mask`, of what is at `path`; where the owner
     * can't be had, nobody else gets to read it either. NULL in a world without. */
    int (*file_take_mode)(BerthFile *file, const char *path, unsigned mask);
    /* Where the links at `path` lead to, to be g_free'd; NULL: it is not there. NULL in a world
     * without. */
    char *(*file_real_path)(BerthWorld *world, const char *path);

    /* Byte streams, see berth/world.h. */
    int (*stream_listen)(BerthWorld *world, const char *address, const BerthStreamEvents *events,
                         void *data, BerthStream **ret);
    int (*stream_connect)(BerthWorld *world, const char *address, const BerthStreamEvents *events,
                          void *data, BerthStream **ret);
    int (*stream_write)(BerthStream *stream, BerthBytes bytes);
    void (*stream_events)(BerthStream *stream, const BerthStreamEvents *events, void *data);
    void (*stream_close)(BerthStream *stream);
    /* NULL in a world whose errors have no more to say than their number. */
    const char *(*stream_why)(BerthStream *stream);
    /* TLS and names of hosts; NULL in a world that has none. */
    int (*tls_load)(BerthWorld *world, const BerthTlsConf *conf, BerthTls **ret, GError **error);
    void (*tls_free)(BerthTls *tls);
    int (*stream_start_tls)(BerthStream *stream, BerthTls *tls, const char *name);
    int (*host_resolve)(BerthWorld *world, const char *name, BerthAddr *ret, unsigned max);

    /* ICMP echo, see berth/world.h. NULL in a world that has none. */
    int (*echo_open)(BerthWorld *world, BerthEchoAnswer answered, void *data, BerthEcho **ret);
    int (*echo_send)(BerthEcho *echo, BerthAddr addr, uint16_t sequence);
    void (*echo_close)(BerthEcho *echo);

    /* Programs, see berth/world.h. NULL in a world that has none. */
    int (*process_check)(BerthWorld *world, const char *path);
    BerthProcess *(*process_start)(BerthWorld *world, const char *path, const char *const *args,
                                   const char *const *env, BerthProcessEnded ended, void *data);
    void (*process_kill)(BerthProcess *process);
    void (*process_leave)(BerthProcess *process);

    /* Interfaces: `change` is called soon after this and then whenever anything changed, with the
     * whole list. One at a time, and NULL stops; but see berth_world_watch_ifaces. */
    int (*iface_watch)(BerthWorld *world, BerthIfaceChange change, void *data);

    int (*link_open)(BerthWorld *world, const BerthLinkConf *conf, BerthReceive receive, void *data,
                     BerthLink **ret);
    /* How many of the n were sent; the caller counts the rest as lost. */
    size_t (*link_send)(BerthLink *link, const BerthDatagram *batch, size_t n);
    void (*link_close)(BerthLink *link);

    /* Routes, see berth/world.h. NULL in a world that has none. */
    void (*routes_change)(BerthWorld *world, BerthRouteChange *changes, size_t n);
    int (*routes_list)(BerthWorld *world, uint8_t protocol, uint32_t table, BerthRouteEach each,
                       void *data);
} BerthWorldOps;

/* Every world's files, streams and so on begin with these, so that they know where they belong. */
struct BerthFile {
    BerthWorld *world;
};

struct BerthStream {
    BerthWorld *world;
};

struct BerthTls {
    BerthWorld *world;
};

struct BerthEcho {
    BerthWorld *world;
};

struct BerthProcess {
    BerthWorld *world;
};

struct BerthLink {
    BerthWorld *world;
};

struct BerthWorld {
    const BerthWorldOps *ops;
    BerthTimers timers;
    GArray *idle;      /* see berth_world_on_idle */
    int64_t turn_usec; /* see berth_world_turn_usec; 0 outside */
    bool in_idle;
    GArray *watchers; /* see berth_world_watch_ifaces */
    void *net;        /* of core/net, in a real world */
    void *hosts;      /* of tests/lib/fake_echo, in a fake one */
};

/* For makers of worlds: set up and tear down the common part. */
void berth_world_init(BerthWorld *world, const BerthWorldOps *ops);
void berth_world_clear(BerthWorld *world);

/* `call` runs after every batch of events (packets, timers, finished jobs, stream input), before
 * the world waits again: the place where what was gathered is committed and sent. */
void berth_world_on_idle(BerthWorld *world, void (*call)(void *data), void *data);
void berth_world_off_idle(BerthWorld *world, void (*call)(void *data), void *data);
void berth_world_run_idle(BerthWorld *world);

/* `change` is called soon and whenever the system's interfaces change; the list is gone when it
 * returns. Any number may watch. 0 or -errno: then it is not called until another watch succeeds.
 */
int berth_world_watch_ifaces(BerthWorld *world, BerthIfaceChange change, void *data);
void berth_world_unwatch_ifaces(BerthWorld *world, BerthIfaceChange change, void *data);

static inline int64_t berth_world_boot_usec(BerthWorld *world)
{
    return world->ops->boot_usec(world);
}

/* The boot clock when this turn of the loop began, or its last idle calls: for whatever is asked
 * for with each packet and does not mind some milliseconds. */
static inline int64_t berth_world_turn_usec(BerthWorld *world)
{
    return world->turn_usec ? world->turn_usec : berth_world_boot_usec(world);
}

static inline BerthTimer *berth_world_timer(BerthWorld *world, void (*call)(void *data), void *data)
{
    return berth_timer_new_in(&world->timers, call, data);
}

/* Sets a timer `delay_usec` from now. */
static inline void berth_world_timer_set(BerthWorld *world, BerthTimer *timer, int64_t delay_usec)
{
    berth_timer_set_at(timer, world->ops->boot_usec(world) + delay_usec);
}

/* The real world, on a GMainContext (NULL: the thread's default). Free it after everything in it.
 */
BerthWorld *berth_world_real_new(GMainContext *context);
void berth_world_real_free(BerthWorld *world);

/* What core/net adds to a real world: iface_watch, link_open, link_send, link_close, the echo and
 * the route functions are taken from `net_ops`. Until then they answer -ENOSYS. */
void berth_world_real_add_net(BerthWorld *world, const BerthWorldOps *net_ops);

/* For those: calls `ready` on the main thread when the descriptor has some of `events` (POLLIN, …;
 * POLLERR and POLLHUP always). Unwatch before closing the descriptor; it may be done within
 * `ready`, and no call comes after it. */
typedef struct BerthFdWatch BerthFdWatch;
BerthFdWatch *berth_world_real_watch_fd(BerthWorld *world, int fd, unsigned events,
                                        void (*ready)(void *data, unsigned events), void *data);
void berth_world_real_rewatch_fd(BerthFdWatch *watch, unsigned events);
void berth_world_real_unwatch_fd(BerthFdWatch *watch);
