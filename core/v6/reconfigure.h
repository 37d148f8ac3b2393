/* reconfigure - RECONFIGURE: the server asks clients to come back (RFC 9915 section 18.3.11), which
 * they authenticate by the key that they were told (section 20.4). One for a server of DHCPv6.
 *
 * Clients in question stand in queues by how often they have been asked, each queue in the order in
 * which its clients are due, for the time to the next try depends on the number of tries alone. So
 * many may be asked at one time, at a bounded pace. Where all clients of subnets are asked, leases
 * are walked as there is room. Nothing of this is stored: a restart asks nobody any more. */
#pragma once

#include "core/v6/reach.h"
#include "core/v6/stateless.h"

typedef struct V6Ask {
    BerthBytes server_id, client_id;
    BerthType6 type; /* what the client shall send: RENEW, REBIND or INFORMATION-REQUEST */
    uint64_t replay;
} V6Ask;
/* A RECONFIGURE as it leaves, signed and in its RELAY-REPLs; -errno. */
int v6_reconfigure_write(const V6Ask *ask, const V6Reach *reach, BerthArena *arena, BerthWriter *w);

#define V6_REC_TIMEOUT_SEC 2 /* RFC 9915 section 7.6 */
#define V6_REC_MAX_RC 8
#define V6_ASKED_MAX 4096 /* clients at a time */

typedef struct V6Reconfigure V6Reconfigure;
V6Reconfigure *v6_reconfigure_new(BerthEnv *env);
void v6_reconfigure_free(V6Reconfigure *reconfigure); /* NULL is fine */

/* A replay detection value (section 20.3): each is greater than all before, and by the clock also
 * than those before a restart. */
uint64_t v6_reconfigure_replay(V6Reconfigure *reconfigure);

/* Begins to ask the client of the lease, soon, or begins again. 1; 0: it does not accept that, or
 * the lease is over; -ENOSPC: too many are being asked. */
int v6_reconfigure_lease(V6Reconfigure *reconfigure, const BerthLease *lease, BerthType6 type);
/* The same for the client of that DUID, whatever leases it has in subnets of `conf`. One without a
 * lease is asked for an INFORMATION-REQUEST, whatever `type`: it has nothing else to ask for. */
int v6_reconfigure_client(V6Reconfigure *reconfigure, const BerthFamilyConf *conf, BerthBytes duid,
                          BerthType6 type);
/* All clients of these subnets, with leases or without (a set of ids by GUINT_TO_POINTER, which it
 * takes over); NULL: in all. Joined with those that are still to be asked from earlier. Answers how
 * many it has begun with; *ret_more: the others follow. */
unsigned v6_reconfigure_subnets(V6Reconfigure *reconfigure, GHashTable *subnets, BerthType6 type,
                                bool *ret_more);

/* Clients that have no lease. */
V6Stateless *v6_reconfigure_stateless(V6Reconfigure *reconfigure);

/* The client was heard with this message; NULL is fine. */
void v6_reconfigure_heard(V6Reconfigure *reconfigure, BerthBytes duid, BerthType6 type);
