/* history6 - what was promised to whom of IPv6, and the invariants over it (conformance.md 3.2).
 *
 * INV-01 and INV-21: what two bindings (DUID, IAID, type) were promised never overlaps, be it
 * addresses or prefixes of any length; INV-02, INV-03, INV-05, INV-07 and INV-12 as history.h. The
 * first broken one is kept in the common history. */
#pragma once

#include "tests/crowd/history.h"

typedef struct Binding6 {
    int client;
    BerthLeaseType type;
} Binding6;

typedef struct History6 {
    History *common;
    GArray *promises; /* of Promise6 */
    unsigned nas, pds, ended;
} History6;

void history6_init(History6 *history, History *common);
void history6_clear(History6 *history);
/* `until` 0: the client will not heed it. */
void history6_ack(History6 *history, int64_t now, Binding6 who, BerthPrefix prefix, int64_t until);
void history6_offer(History6 *history, int64_t now, Binding6 who, BerthPrefix prefix);
/* The client makes no claim to it any more. */
void history6_give_back(History6 *history, int64_t now, Binding6 who, BerthPrefix prefix,
                        Ending ending);
/* After a restart: every promise that still holds is in the table, for its binding. At any time: no
 * two leases of it that keep others away overlap. `duid_of` writes a client's DUID of 6 bytes. */
void history6_check_table(History6 *history, int64_t now, const BerthLeases *leases,
                          void (*duid_of)(int client, uint8_t *ret));
