/* wire - messages out and in, many at a time: by UDP as a relay does, or by frames on an interface
 * as clients do that have no address yet.
 *
 * Sending is gathering: put a message into perf_wire_room() and say perf_wire_push(); when a batch
 * is full, or at perf_wire_flush(), all of them leave by one call of the kernel. With frames, each
 * client has its own hardware address, and the wire tells of ARP queries, for somebody must answer
 * for an address that a client holds. */
#pragma once

#include "tools/perf/conf.h"
#include <netinet/in.h>

#define PERF_BATCH 64

typedef struct PerfWire PerfWire;

/* An address and a port of either family, as sockets want it. */
typedef union PerfName {
    struct sockaddr any;
    struct sockaddr_in in;
    struct sockaddr_in6 in6;
} PerfName;

PerfName perf_name(BerthAddr addr, uint16_t port);
BerthAddr perf_name_addr(const PerfName *name);
socklen_t perf_name_len(const PerfName *name);
bool perf_name_equal(const PerfName *a, const PerfName *b);

/* Where a message goes to. UDP reads `name` only, NULL being the server of the configuration;
 * frames read the rest, addresses in host order. */
typedef struct PerfTo {
    const PerfName *name;
    uint32_t ip, source_ip;
    uint8_t mac[6], source_mac[6];
} PerfTo;

typedef struct PerfIn {
    BerthBytes message;
    PerfName from;
    uint8_t from_mac[6];
    bool is_arp; /* then somebody at `from` asks for arp_target, host order; no message */
    uint32_t arp_target;
} PerfIn;

bool perf_wire_open(const PerfConf *conf, PerfWire **ret, GError **error);
void perf_wire_close(PerfWire *wire);

/* The address of ours that the kernel would send from to there; false when there is no way. */
bool perf_wire_route(BerthAddr to, BerthAddr *ret);
/* Whether what is sent to this address arrives at this host. */
bool perf_wire_is_local(BerthAddr addr);
/* Hardware and IPv4 address of an interface; 0 where it has none. */
void perf_wire_interface(const char *interface, uint8_t ret_mac[6], uint32_t *ret_ip);

int perf_wire_fd(const PerfWire *wire);
/* Room for PERF_PACKET_MAX bytes, good until push. */
uint8_t *perf_wire_room(PerfWire *wire);
void perf_wire_push(PerfWire *wire, size_t len, const PerfTo *to);
/* "`ip` is at `mac`", to who asked. */
void perf_wire_push_arp(PerfWire *wire, const PerfIn *query, const uint8_t mac[6]);
/* What the kernel did not take is lost and counted. */
void perf_wire_flush(PerfWire *wire);
uint64_t perf_wire_unsent(const PerfWire *wire);

/* What has arrived, at most PERF_BATCH; valid until the next call. Of what came merged some may be
 * left that poll() does not tell of: call until there is no more. */
size_t perf_wire_receive(PerfWire *wire, PerfIn *ret);
