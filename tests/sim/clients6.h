/* clients6 - virtual DHCPv6 clients that obey RFC 9915's timers, on the same link as clients.h.
 *
 * Each wants an address, a prefix or both; every second one is behind a relay. They renew, rebind,
 * and by chance release, decline, start again as if they had rebooted, or are never seen again. */
#pragma once

#include "tests/sim/history6.h"
#include "tests/sim/simworld.h"

typedef struct Clients6 Clients6;

Clients6 *clients6_new(SimWorld *sim, History6 *history, unsigned n);
void clients6_free(Clients6 *clients);
void clients6_take(Clients6 *clients, const BerthDatagram *datagram);
void clients6_duid(int client, uint8_t *ret); /* 6 bytes */
