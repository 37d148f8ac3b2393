/* count - how many leases of a family each subnet and each class has, exactly, at any time.
 *
 * Counted once through the table when it is there, and from then on from change to change, whoever
 * makes them: packets, commands, the clock, another store, another server. What was granted and is
 * not stored yet counts, too, as pending. */
#pragma once

#include "conf.h"

typedef struct Counts Counts;

/* NULL: the family is not served. `ready` is called once, when all are counted. */
Counts *counts_new(BerthServer *server, int family, void (*ready)(void *data), void *data);
void counts_free(Counts *counts); /* NULL is fine */
bool counts_are_ready(const Counts *counts);

uint64_t counts_of_subnet(const Counts *counts, uint32_t subnet_id, LimitKind kind);
uint64_t counts_of_class(const Counts *counts, const char *name, LimitKind kind);

/* What a lease counts for. */
LimitKind count_kind(const BerthLease *lease);
/* Whether it is one at all, of its subnet, and of its classes. */
bool count_is_held(const BerthLease *lease);
bool count_is_of_class(const BerthLease *lease, const char *name);

/* The lease is granted to the packet: it counts until that is stored, and then as stored; or until
 * the packet ends, or is granted another one instead. False: no memory is left to the packet. */
bool counts_grant(Counts *counts, BerthPacket *pkt, const BerthLease *lease);
