/* clients - virtual DHCP clients that obey RFC 2131's timers, on a lossy, duplicating, delaying
 * link.
 *
 * Each gets an address, renews, rebinds, and by chance releases, declines, reboots, moves away for
 * good, or asks for an address of its liking. What reaches the server and what the server sends is
 * told to the history. */
#pragma once

#include "tests/sim/history.h"
#include "tests/sim/simworld.h"

typedef struct Clients Clients;

Clients *clients_new(SimWorld *sim, History *history, unsigned n);
void clients_free(Clients *clients);
/* What the server sent: to be given to sim_on_sent. */
void clients_take(void *clients, const BerthDatagram *datagram);
void clients_mac(int client, BerthHwaddr *ret);
