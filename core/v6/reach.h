/* reach - what a lease keeps of a client that accepts RECONFIGURE (RFC 9915 section 18.3.11): the
 * key that it was told, and where it was last heard. The lease's user-context has a member of ours
 * beside what others keep there:
 *
 *     { "berth-reconfigure": { "key": "00112233445566778899aabbccddeeff", "interface": "eth0",
 *                              "peer": "fe80::a", "port": 546 }, … }
 *
 * and, of a client behind relays, "relays": the levels of RELAY-REPL around an empty message, in
 * hex. So both live through a restart, whatever the backend. A lease without the member is one of a
 * client that does not accept. The key stands in the store and in the REPLY that tells it, nowhere
 * else: no log and no answer to a command has it. */
#pragma once

#include "core/packet/packet.h"
#include "core/wire/rkap.h"

#define V6_RELAYS_MAX 1024u /* bytes of `relays`; a client further away can't be reconfigured */

typedef struct V6Reach {
    uint8_t key[BERTH_RKAP_KEY];
    char interface[16];
    BerthAddr peer; /* who sent us its message: itself, or the relay next to us */
    uint16_t port;  /* of that */
    BerthBytes relays;
} V6Reach;

/* False: the context has none, or none that can be used. Bytes are in `arena`. */
bool v6_reach_read(BerthBytes context, BerthArena *arena, V6Reach *ret);
/* The context with it, or (NULL) without any. False: it is no JSON object, or memory is short. */
bool v6_reach_write(BerthBytes context, const V6Reach *reach, BerthArena *arena, BerthBytes *ret);
