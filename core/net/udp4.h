/* udp4 - the sockets of IPv4; what they receive and send is udp's. */
#pragma once

#include "core/base/world.h"

/* A socket that receives what arrives on the interface for the port, broadcasts too, and sends
 * there. 0 or -errno. */
int berth_udp4_open(const BerthLinkConf *conf, int *ret_fd);
/* A socket that only sends, from the same port, where the routing table says. */
int berth_udp4_open_routed(uint16_t port, int *ret_fd);
