/* handover - going over from one open store of leases to another while the server serves.
 *
 *   FILLING   the new store is made ready: empty, and marked as not to be used
 *   COPYING   the old one decides, every change goes to both, the table is copied (mirror)
 *   AGREEING  both hold the same: the new store loses its mark; then no more is decided
 *   MARKING   the old store is marked durably as given up in favour of the new one
 *   OVER      one of them is the backend, and the other one is closed
 *
 * Until the mark is there the old store is the truth, and any failure leaves it so; afterwards the
 * new one is, which by then has all that was answered. */
#pragma once

#include "core/store/mirror.h"

typedef enum BerthHandoverPhase {
    BERTH_HANDOVER_FILLING,
    BERTH_HANDOVER_COPYING,
    BERTH_HANDOVER_AGREEING,
    BERTH_HANDOVER_MARKING,
    BERTH_HANDOVER_ENDING, /* failed; the new store is about to be closed */
    BERTH_HANDOVER_OVER,
} BerthHandoverPhase;

typedef struct BerthHandoverEvents {
    /* The new store is ready, COPYING begins. */
    void (*filled)(void *data);
    /* NULL: the new store is in force and the old one is closed. With an error: the other way
     * round. Never within a call of this room or of a store. */
    void (*ended)(void *data, const GError *error);
    void *data;
} BerthHandoverEvents;

typedef struct BerthHandoverConf {
    BerthWorld *world;
    BerthLeases *leases;
    BerthStoreRef from, to;
    const char *from_text, *to_text; /* for people: what each of them is */
    /* The new store's. Its `take` and `ready` have to call the functions below until it is in
     * force. */
    const BerthLeaseSink *sink;
    unsigned slice; /* see berth_mirror_new */
    BerthHandoverEvents events;
} BerthHandoverConf;

typedef struct BerthHandover BerthHandover;

/* Both stores are open; the old one is the backend of `leases`. Text is copied. Begins soon. */
BerthHandover *berth_handover_new(const BerthHandoverConf *conf);
/* At any time, as if the power went, when the old store is closed; closes the new one unless it is
 * in force. NULL is fine. */
void berth_handover_free(BerthHandover *handover);

/* From the new store's sink. */
void berth_handover_ready(BerthHandover *handover);
void berth_handover_taken(BerthHandover *handover);

/* Gives it up for this reason. False when it is too late: the old store is being marked, or it is
 * over. */
bool berth_handover_abort(BerthHandover *handover, const char *why);

BerthHandoverPhase berth_handover_phase(const BerthHandover *handover);
const char *berth_handover_phase_text(const BerthHandover *handover);
/* Leases copied, of about so many. */
void berth_handover_progress(const BerthHandover *handover, uint64_t *ret_copied,
                             uint64_t *ret_total);
/* OVER, and nothing needs it any more. */
bool berth_handover_is_idle(const BerthHandover *handover);

/* The data set of a store, NULL: it has none; whether it can be given up. */
const char *berth_store_data_set(BerthStoreRef store);
bool berth_store_can_be_superseded(BerthStoreRef store);
