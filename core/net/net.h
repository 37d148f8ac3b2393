/* net - which interfaces are served, now: policy over the world's interfaces and links.
 *
 * Given names (or "*") it opens one link for each interface that is there, has IPv4 and is up, and
 * follows what appears, vanishes or gets an address later. It knows no DHCP. Sending is gathered and
 * flushed in batches by link. */
#pragma once

#include "core/base/log.h"
#include "core/base/world.h"

typedef struct BerthNetName {
    const char *name; /* "*" or an interface */
    BerthAddr addr;   /* serve only this address of it; any: all */
} BerthNetName;

typedef struct BerthNetConf {
    const BerthNetName *names; /* copied */
    size_t n_names;
    bool raw;
    bool use_routing;
    uint16_t port; /* 67 */
} BerthNetConf;

typedef struct BerthNet BerthNet;
typedef void (*BerthNetReceive)(void *data, const BerthIface *iface, const BerthDatagram *batch,
                                size_t n);

BerthNet *berth_net_new(BerthWorld *world, BerthLog *log, BerthNetReceive receive, void *data);
void berth_net_free(BerthNet *net);
/* Links that the new configuration still wants are not touched. */
void berth_net_configure(BerthNet *net, const BerthNetConf *conf);

/* Queues a datagram for the interface; its bytes must live until the flush. -ENODEV when the interface
 * is not served (any more). Flushes by itself when BERTH_BATCH are queued. */
int berth_net_send(BerthNet *net, int ifindex, const BerthDatagram *out);
/* Sends what is queued; `lost` datagrams are counted in *ret_lost (may be NULL). */
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
