/* clients - virtual DHCP clients that obey RFC 2131's timers.
 *
 * Each gets an address, renews, rebinds, and by chance releases, declines, reboots, moves away for
 * good, or asks for an address of its liking. What they and the servers send is told to the
 * history. */
#pragma once

#include "tests/crowd/ground.h"
#include "tests/crowd/history.h"

typedef struct Clients Clients;

/* The ground and the history have to outlive them. */
Clients *clients_new(const Ground *ground, History *history, unsigned n);
void clients_free(Clients *clients);
/* A server has sent this; the history counts it from now on. */
void clients_see(Clients *clients, BerthBytes bytes);
/* And now it is where the client is. */
void clients_arrived(void *clients, BerthBytes bytes);
void clients_mac(int client, BerthHwaddr *ret);

/* The end of a test: every client whose lease is promised for longer than CLIENTS_SWEEP_USEC, be it
 * one that has gone away, renews it at this server, and does nothing else any more. */
#define CLIENTS_SWEEP_USEC (5 * GROUND_SEC)
void clients_sweep(Clients *clients, BerthAddr server);
bool clients_are_swept(const Clients *clients); /* all of them have been answered */
/* Then, or once that time is over: how many it confirmed. One that it did not is a broken
 * invariant. */
unsigned clients_sweep_end(Clients *clients);
