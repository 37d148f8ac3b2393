/* echo - ICMP echo requests of IPv4, and what comes back (RFC 792). They are the functions of
 * berth/world.h, for the real world. */
#pragma once

#include "core/base/world.h"

int berth_echo_real_open(BerthWorld *world, BerthEchoAnswer answered, void *data, BerthEcho **ret);
int berth_echo_real_send(BerthEcho *echo, BerthAddr addr, uint16_t sequence);
void berth_echo_real_close(BerthEcho *echo);
