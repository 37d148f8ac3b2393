/* socket - opening the sockets of both families; what they receive and send is udp's. */
#pragma once

#include "core/base/world.h"

/* A socket of the link's family that receives what arrives on the interface for the port, sent to
 * it, to all, or to the groups of DHCPv6 servers, and sends there. 0 or -errno. */
int berth_socket_open(const BerthLinkConf *conf, int *ret_fd);
/* A socket that only sends, from the same port, where the routing table says. */
int berth_socket_open_routed(const BerthLinkConf *conf, int *ret_fd);
