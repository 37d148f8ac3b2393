/* hosts - what a packet has from the hosts that its client is. berth/host.h has the rest. */
#pragma once

#include "core/packet/packet.h"

/* The one that counts in that subnet, NULL: none. */
const BerthHost *berth_packet_host_in(const BerthPacket *pkt, const BerthSubnet *subnet);
/* When the packet ends. */
void berth_packet_drop_hosts(BerthPacket *pkt);
