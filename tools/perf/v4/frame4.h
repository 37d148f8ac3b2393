/* frame4 - Ethernet frames with a DHCP message or an ARP answer in them, made and taken apart, and
 * the socket for them. */
#pragma once

#include "tools/perf/wire.h"

#define PERF_FRAME_HEADERS 42 /* Ethernet, IPv4, UDP */

/* A socket that sees DHCP to this port and ARP queries, frames to made-up hardware addresses among
 * them, and none of what leaves. -1 with an error. */
int perf_frame_open(const char *interface, uint16_t port, GError **error);

/* Puts the headers before the `len` bytes of message that stand at frame + PERF_FRAME_HEADERS. */
void perf_frame_head(uint8_t *frame, size_t len, const PerfTo *to, const uint16_t ports[2]);
/* Whether the frame is something for us. */
bool perf_frame_read(BerthBytes frame, PerfIn *ret);
/* The length of the frame that answers an ARP query. */
size_t perf_frame_arp(uint8_t *frame, const PerfIn *query, const uint8_t mac[6]);
