/* peer - a client of the tests, or many behind a relay: one UDP socket, and messages made by the
 * wire room's writer.
 *
 * With a relay address it speaks as that relay, unicast, port 67; without, it broadcasts from port
 * 68 on its interface and asks for broadcast replies, since it never takes an address. */
#pragma once

#include "core/wire/msg4.h"
#include <berth/types.h>

typedef struct Peer {
    int fd;
    BerthAddr relay, server; /* BERTH_ADDR4_ANY: none, broadcast */
} Peer;

/* One message; what is 0.0.0.0 or empty is left out. */
typedef struct PeerAsk {
    BerthType4 type;
    uint32_t xid;
    uint8_t mac[6];
    BerthAddr ciaddr, requested, server_id;
    BerthBytes client_id;
} PeerAsk;

typedef struct PeerAnswer {
    BerthType4 type;
    uint32_t xid, lifetime_sec;
    uint8_t mac[6];
    BerthAddr addr, server_id;
    uint8_t client_id[256];
    size_t client_id_len;
} PeerAnswer;

/* An ask with every address at 0.0.0.0, from the client that has this number. */
PeerAsk peer_ask(BerthType4 type, uint32_t client);

/* 0 or -errno; `iface` may be NULL for a relay. */
int peer_open(Peer *peer, const char *iface, BerthAddr relay, BerthAddr server);
void peer_close(Peer *peer);

/* The bytes of a message; `buffer` holds at least 600. */
BerthBytes peer_write(const Peer *peer, const PeerAsk *ask, uint8_t *buffer, size_t size);
int peer_send_bytes(Peer *peer, BerthBytes bytes);
int peer_send(Peer *peer, const PeerAsk *ask);

/* The next answer, if one comes within the time. What is no answer of a DHCP server ends the
 * program: a server that sends such a thing has failed. */
bool peer_receive(Peer *peer, int wait_ms, PeerAnswer *ret);
/* The answer to that message; others are passed over. */
bool peer_receive_for(Peer *peer, uint32_t xid, int wait_ms, PeerAnswer *ret);
