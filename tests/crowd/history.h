/* history - what was promised to whom, and the invariants that hold over it (conformance.md 3.2).
 *
 * INV-01 never two clients with an unexpired ACK for one address; INV-02 no ACK before the lease is
 * durable; INV-03 an acknowledged lease is not forgotten before its end, nor its client refused;
 * INV-04 who renews while a server is there keeps its lease; INV-05 an address is not given to
 * another before the latest end that was ever granted, and the grace of a shared store; INV-06 a
 * declined one not within its probation; INV-07 a released one is for others only when its release
 * is durable, and not at all where the release was lost; INV-08 what is reserved for clients that
 * never come is nobody's; INV-12 all this although the servers' clocks differ. The first broken one
 * is kept as text. */
#pragma once

#include "core/lease/leases.h"
#include <stdio.h>

#define HISTORY_ADDRS 256 /* of 192.0.2.0/24 by their last byte */

/* How a client ends its lease. */
typedef enum Ending {
    ENDING_RELEASE,
    ENDING_LOST_RELEASE, /* it was not heard by any server */
    ENDING_DECLINE,
    ENDING_SILENT, /* it makes no claim any more, and does not say so */
} Ending;

typedef struct Promise {
    int client;            /* who was acknowledged last; -1 nobody */
    int64_t until;         /* microseconds: the latest end granted to that client */
    bool given_back;       /* a RELEASE or DECLINE was sent since */
    bool is_left;          /* its client has gone, and no server knows */
    int64_t released_usec; /* when a RELEASE was sent; 0: none */
    int64_t declined_usec; /* a DECLINE that surely was stored; 0: none */
} Promise;

typedef struct History {
    Promise promises[HISTORY_ADDRS];
    unsigned acks, renewals, naks, offers, crashes, lapsed, declines;
    unsigned nas, pds;                         /* addresses and prefixes in replies of DHCPv6 */
    unsigned lost_releases, unstored_releases; /* of both families */
    char broken[512];
    int64_t wall_offset; /* wall clock minus boot clock, microseconds */
    FILE *trace;         /* NULL: none */
    bool cleaned_up;     /* the lease file was, at least once */

    /* What the test knows of the service, where it knows: */
    int64_t grace_usec, probation_usec;
    unsigned reserved_from, reserved_to; /* last bytes of what is reserved for others; 0, 0: none */
    int64_t skew_usec;                   /* by which a server's clock may be wrong */
    int64_t unstored_since; /* nothing can be stored; INT64_MAX: it can, or that is unknown */
    int64_t served_since;   /* a server and its store can be reached; INT64_MAX: none, or unknown */
    int64_t calm_since;     /* nothing is wrong anywhere; INT64_MAX: something is, or unknown */
} History;

void history_init(History *history, int64_t wall_offset, FILE *trace);
void history_note(History *history, int64_t now, const char *format, ...) G_GNUC_PRINTF(3, 4);
/* An invariant does not hold: kept where it is the first one. */
void history_broken(History *history, int64_t now, const char *format, ...) G_GNUC_PRINTF(3, 4);
/* `until` 0: the client will not heed it, so it promises nothing but must not go against a promise.
 */
void history_ack(History *history, int64_t now, int client, BerthAddr addr, int64_t until);
/* `asked_for_own`: the client asked for what it has, at `addr`. */
void history_nak(History *history, int64_t now, int client, BerthAddr addr, bool asked_for_own);
void history_offer(History *history, int64_t now, int client, BerthAddr addr);
void history_give_back(History *history, int64_t now, int client, BerthAddr addr, Ending ending);
/* The client's lease has ended although it asked, since t2 any server. */
void history_lapsed(History *history, int64_t now, int client, BerthAddr addr, int64_t t2);
/* The client may count on that address until then. */
bool history_promises(const History *history, int64_t until, int client, BerthAddr addr);
/* Something is wrong from now on. Without `served`: no server or store can be reached. */
void history_fault(History *history, int64_t now, bool served);
/* From now on nothing is. */
void history_calm(History *history, int64_t now);
/* From now on nothing can be stored, whichever server is asked; or it can again. */
void history_store(History *history, int64_t now, bool is_there);
/* A RELEASE that was sent then can't be durable. */
bool history_is_unstored(const History *history, int64_t released_usec);
/* The invariants against which somebody gets what is promised to another. */
const char *history_broken_promise(const History *history, bool is_left);
/* After a restart: every promise that still holds is in the table, for its client. `mac_of` fills
 * in a client's hardware address. */
void history_check_table(History *history, int64_t now, const BerthTable *table,
                         void (*mac_of)(int client, BerthHwaddr *ret));
