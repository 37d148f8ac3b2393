/* raw4 - IPv4 datagrams as Ethernet frames to a hardware address.
 *
 * RFC 2131 4.1: a client that has no address yet cannot answer ARP, so its reply goes to yiaddr in
 * a frame addressed to chaddr. This only sends; receiving is udp's. */
#pragma once

#include "core/base/world.h"

typedef struct BerthRaw4 {
    int fd;
    int ifindex;
    uint16_t next_id; /* of IP; start it at random */
} BerthRaw4;

/* 0 or -errno; sets fd. */
int berth_raw4_open(BerthRaw4 *raw);

/* Sends n <= BERTH_BATCH datagrams, all with hardware and source address; how many left. One that
 * does not fit into the interface's MTU is not sent, for frames are not put together by anybody. */
size_t berth_raw4_send(BerthRaw4 *raw, const BerthDatagram *const *out, size_t n);

/* The IP and UDP header before the datagram's bytes; -EMSGSIZE when IPv4 cannot hold so many. */
#define BERTH_RAW4_HEADERS 28
int berth_raw4_headers(const BerthDatagram *out, uint16_t id, uint8_t ret[BERTH_RAW4_HEADERS]);
