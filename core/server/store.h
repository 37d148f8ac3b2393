/* store - a family's lease store that is open: opening it, loading its leases, and what it tells
 * the core.
 *
 * A family has one in use, and a second one while it goes over to that (swap.h). Each has a sink of
 * its own, so that what the other one tells can be told apart. */
#pragma once

#include "core/conf/conf.h"
#include "core/store/handover.h"

typedef struct BerthStore {
    struct BerthFamily *family;
    BerthStoreRef ref;
    char *text; /* for people: its lease-database, without secrets */
    BerthLeaseSink sink;
    BerthShare share;                /* as it told last; size 0: there is one writer */
    struct BerthHandover *filled_by; /* NULL: it is in use */
    unsigned rows_bad;
    bool load_waits; /* for it to be ready */
    bool said_away;
    BerthTimer *load_timer;
} BerthStore;

/* Around what is open already. */
BerthStore *berth_store_new(struct BerthFamily *family, BerthStoreRef ref);
/* Opens what `conf`, a prepared snapshot with its plugins started, names for the family. NULL with
 * errors. */
BerthStore *berth_store_open(struct BerthFamily *family, BerthConf *conf, BerthErrors *errors);
/* Closes it. NULL is fine. */
void berth_store_close(BerthStore *store);
/* Likewise, when what it is made of was closed already. */
void berth_store_free(BerthStore *store);

/* Begins to load the leases, a part a turn; then the store is the family's backend and the family
 * is ready, and the server is told by berth_server_family_ready or, of a failure, stopped. */
void berth_store_load(BerthStore *store);
void berth_store_stop_loading(BerthStore *store);

/* A store that was filled is in use from now on: what it tells counts. */
void berth_store_use(BerthStore *store);

/* NULL: DOWN. */
BerthHealth berth_store_health(const BerthStore *store, char *why, size_t size);
const char *berth_health_text(BerthHealth health); /* "up", … */
