/* history - what was promised to whom, and the invariants that hold over it (conformance.md 3.2).
 *
 * INV-01 never two clients with an unexpired ACK for one address; INV-02 no ACK before the lease is
 * durable; INV-03 an acknowledged lease is not forgotten before its end; INV-05 an address is not
 * given to another before the latest end that was ever granted. The first broken one is kept as
 * text. */
#pragma once

#include "core/lease/leases.h"

#define HISTORY_ADDRS 256 /* of 192.0.2.0/24 by their last byte */

typedef struct Promise {
    int client;      /* who was acknowledged last; -1 nobody */
    int64_t until;   /* microseconds: the latest end granted to that client */
    bool given_back; /* a RELEASE or DECLINE reached the server since */
} Promise;

typedef struct History {
    Promise promises[HISTORY_ADDRS];
    unsigned acks, renewals, naks, offers, crashes;
    unsigned nas, pds; /* addresses and prefixes in replies of DHCPv6 */
    char broken[512];
    int64_t wall_offset; /* wall clock minus boot clock, microseconds */
    bool trace;
    bool cleaned_up; /* the lease file was, at least once */
} History;

void history_init(History *history, int64_t wall_offset, bool trace);
void history_note(History *history, int64_t now, const char *format, ...) G_GNUC_PRINTF(3, 4);
/* An invariant does not hold: kept where it is the first one. */
void history_broken(History *history, int64_t now, const char *format, ...) G_GNUC_PRINTF(3, 4);
/* `until` 0: the client will not heed it, so it promises nothing but must not go against a promise.
 */
void history_ack(History *history, int64_t now, int client, BerthAddr addr, int64_t until);
void history_give_back(History *history, int64_t now, int client, BerthAddr addr);
/* After a restart: every promise that still holds is in the table, for its client. `mac_of` fills
 * in a client's hardware address. */
void history_check_table(History *history, int64_t now, const BerthTable *table,
                         void (*mac_of)(int client, BerthHwaddr *ret));
