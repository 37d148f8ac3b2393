/* net - which interfaces one family serves, now: policy over the world's interfaces and links.
 *
 * Given names (or "*") it opens one link for each interface that is there, is up and has an address
 * to serve from, and follows what appears, vanishes or gets an address later. It knows of DHCP only
 * the groups of its servers. Sending is gathered and flushed in batches by link.
 *
 * IPv4: every address of an interface is served, or those alone that are named with it. IPv6: the
 * link-local address and the groups ff02::1:2 and ff05::1:3 always, another unicast address only
 * when it is named, as in Kea; it is then served on every interface that is, so that relays can ask
 * for an address of the loopback. */
#pragma once

#include "core/base/log.h"
#include "core/base/world.h"

/* RFC 9915 7.1: All_DHCP_Relay_Agents_and_Servers ff02::1:2, All_DHCP_Servers ff05::1:3. */
#define BERTH_GROUP_RELAYS_AND_SERVERS ((BerthAddr){{0xff, 2, [13] = 1, [15] = 2}})
#define BERTH_GROUP_SERVERS ((BerthAddr){{0xff, 5, [13] = 1, [15] = 3}})

typedef struct BerthNetName {
    const char *name; /* an interface, or "*": all but loopback, which is served only by its name */
    BerthAddr addr;   /* IPv4: serve only this address of it; IPv6: this one too. Any: none named */
} BerthNetName;

typedef struct BerthNetConf {
    const BerthNetName *names; /* copied */
    size_t n_names;
    bool raw; /* IPv4, where the interface speaks Ethernet; others are served through UDP alone */
    bool use_routing;
    uint16_t port; /* 67, 547 */
} BerthNetConf;

typedef struct BerthNet BerthNet;
/* `iface` is as the system told it last, not as it was when its link was opened. */
typedef void (*BerthNetReceive)(void *data, const BerthIface *iface, const BerthDatagram *batch,
                                size_t n);

/* `family` is 4 or 6. */
BerthNet *berth_net_new(BerthWorld *world, BerthLog *log, int family, BerthNetReceive receive,
                        void *data);
void berth_net_free(BerthNet *net);
/* Links that the new configuration still wants are not touched. */
void berth_net_configure(BerthNet *net, const BerthNetConf *conf);

/* Queues a datagram for the interface; its bytes must live until the flush. -ENODEV when the
 * interface is not served (any more). Flushes by itself when BERTH_BATCH are queued. Without a
 * source address it leaves from the first address that is served there (IPv6: and is fit for the
 * destination: link-local to link-local); with routing, or when there is none, the kernel chooses.
 */
int berth_net_send(BerthNet *net, int ifindex, const BerthDatagram *out);
/* The index of the interface of that name, when it is served; -ENODEV. */
int berth_net_find(const BerthNet *net, const char *name);
/* Sends what is queued. *ret_lost (may be NULL) is how many were not sent since the last flush. */
void berth_net_flush(BerthNet *net, size_t *ret_lost);

/* Whether an address is one of ours, of either family, on any interface. Link-local addresses are
 * not told here, for they mean something on one interface only: see berth_iface_has_addr(). */
bool berth_net_is_own(const BerthNet *net, BerthAddr addr);
bool berth_iface_has_addr(const BerthIface *iface, BerthAddr addr);

/* For status-get: one entry a configured name: served, or why not ("no such interface", "down", "no
 * IPv4 address yet", "no IPv6 link-local address yet", an error text). */
typedef struct BerthNetStatus {
    char name[16];
    bool open;
    char why[128];
} BerthNetStatus;
size_t berth_net_status(const BerthNet *net, BerthNetStatus *ret, size_t max);
