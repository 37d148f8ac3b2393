/* net - which interfaces are served, now: policy over the world's interfaces and links.
 *
 * Given names (or "*") it opens one link for each interface that is there, has IPv4 and is up, and
 * follows what appears, vanishes or gets an address later. It knows no DHCP. Sending is gathered
 * and flushed in batches by link. */
#pragma once

#include "core/base/log.h"
#include "core/base/world.h"

typedef struct BerthNetName {
    const char *name; /* an interface, or "*": all but loopback, which is served only by its name */
    BerthAddr addr;   /* serve only this address of it; any: all */
} BerthNetName;

typedef struct BerthNetConf {
    const BerthNetName *names; /* copied */
    size_t n_names;
    bool raw; /* where the interface speaks Ethernet; others are served through UDP alone */
    bool use_routing;
    uint16_t port; /* 67 */
} BerthNetConf;

typedef struct BerthNet BerthNet;
/* `iface` is as the system told it last, not as it was when its link was opened. */
typedef void (*BerthNetReceive)(void *data, const BerthIface *iface, const BerthDatagram *batch,
                                size_t n);

BerthNet *berth_net_new(BerthWorld *world, BerthLog *log, BerthNetReceive receive, void *data);
void berth_net_free(BerthNet *net);
/* Links that the new configuration still wants are not touched. */
void berth_net_configure(BerthNet *net, const BerthNetConf *conf);

/* Queues a datagram for the interface; its bytes must live until the flush. -ENODEV when the
 * interface is not served (any more). Flushes by itself when BERTH_BATCH are queued. Without a
 * source address it leaves from the first address that is served there; with routing the kernel
 * chooses instead. */
int berth_net_send(BerthNet *net, int ifindex, const BerthDatagram *out);
/* Sends what is queued. *ret_lost (may be NULL) is how many were not sent since the last flush. */
void berth_net_flush(BerthNet *net, size_t *ret_lost);

/* Whether an address is one of ours, on any interface. */
bool berth_net_is_own(const BerthNet *net, BerthAddr addr);

/* For status-get: one entry a configured name: served, or why not ("no such interface", "down", "no
 * IPv4 address yet", an error text). */
typedef struct BerthNetStatus {
    char name[16];
    bool open;
    char why[128];
} BerthNetStatus;
size_t berth_net_status(const BerthNet *net, BerthNetStatus *ret, size_t max);
