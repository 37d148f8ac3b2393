/* link - the real world's interfaces, links, echo and routes: glue between the rooms of this folder
 * and the world. */
#pragma once

#include "core/base/world.h"

/* Gives a real world its iface_watch, link_open, link_send, link_close, echo and route functions.
 * What they need of their own is made with the first use and gone when the watch is stopped and the
 * last link is closed.
 *
 * BERTH_LINK_RAW4 sends a datagram with to_hwaddr as a frame. BERTH_LINK_UDP4 cannot, and
 * broadcasts it instead, which RFC 2131 4.1 allows: the client sees from xid and chaddr that it is
 * meant. A raw frame whose source is any has the first address that the interface had when the link
 * was opened. */
void berth_net_attach(BerthWorld *real);
