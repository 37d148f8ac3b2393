/* route - the system's IPv6 routes, by rtnetlink. They may be asked for in a job: see
 * berth/world.h, whose functions these are. */
#pragma once

#include <berth/world.h>

void berth_route_change(BerthRouteChange *changes, size_t n);
int berth_route_list(uint8_t protocol, uint32_t table, BerthRouteEach each, void *data);
