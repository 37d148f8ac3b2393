/* clients6 - virtual DHCPv6 clients that obey RFC 9915's timers.
 *
 * Each wants an address, a prefix or both; every second one is behind a relay. They renew, rebind,
 * and by chance release, decline, start again as if they had rebooted, or are never seen again. */
#pragma once

#include "tests/crowd/ground.h"
#include "tests/crowd/history6.h"

typedef struct Clients6 Clients6;

Clients6 *clients6_new(const Ground *ground, History6 *history, unsigned n);
void clients6_free(Clients6 *clients);
/* See clients.h. */
void clients6_see(Clients6 *clients, BerthBytes bytes);
void clients6_arrived(void *clients, BerthBytes bytes);
void clients6_duid(int client, uint8_t *ret); /* 6 bytes */
