/* hosts - what a packet has from the hosts that its client is. berth/host.h has the rest. */
#pragma once

#include "core/packet/packet.h"

/* The one that counts in that subnet, NULL: none. */
const BerthHost *berth_packet_host_in(const BerthPacket *pkt, const BerthSubnet *subnet);
/* The options of that host of the packet; NULL: none. */
const BerthOptList *berth_packet_host_options(const BerthPacket *pkt);
/* What is reserved for the client in a subnet, of one type, one after the other: what is reserved
 * for it in the whole family comes first. `walk` starts as zeros. */
typedef struct BerthReservedWalk {
    unsigned stage, i;
} BerthReservedWalk;
const BerthHostAddr *berth_packet_next_reserved(const BerthPacket *pkt, const BerthSubnet *subnet,
                                                BerthLeaseType type, BerthReservedWalk *walk);
/* When the packet ends. */
void berth_packet_drop_hosts(BerthPacket *pkt);
