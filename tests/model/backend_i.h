/* backend_i - what the files of the backend share. */
#pragma once

#include "tests/model/backend.h"

#include "tests/model/call.h"
#include <berth/plugin.h>

#define MODEL_SEC INT64_C(1000000)

typedef enum Scan {
    SCAN_NONE,
    SCAN_WANTED,
    SCAN_SENT,
    SCAN_HERE,
    SCAN_REFUSED,
} Scan;

typedef enum Filling {
    FILLING_NONE,
    FILLING_WANTED,
    FILLING_SENT,
    FILLING_BEGUN,
    FILLING_REFUSED,
} Filling;

/* Somebody waits to know how it ended. */
typedef struct Superseding {
    bool is_wanted, is_sent;
    char *by;
    void (*done)(void *data, const GError *error);
    void *data;
} Superseding;

struct ModelBackend {
    ModelPlace *place;
    BerthServer *server;
    int family;
    BerthLeaseSink sink;
    BerthTimer *tick, *wake;
    GQueue sent;       /* of Call, in the order of their answers */
    GQueue refused;    /* of BerthBatch: fail, but not within commit */
    GArray *unsettled; /* of BerthAddr */
    bool is_up, looking, following, settling, asserting, raising;
    unsigned connection; /* which of them is up */
    int64_t looked_usec, followed_usec;
    uint16_t epoch, asserted;
    int64_t epoch_usec; /* since when it is known */
    uint64_t cursor;    /* in the log; 0: none yet */
    BerthShare share;
    Scan scan;
    GPtrArray *rows; /* of the scan, to be handed over */
    char *why;       /* the scan was refused */

    char *data_set; /* NULL: it is not known yet */
    Filling filling;
    char *fill_set;
    Superseding superseding;
};

static inline int64_t model_now(const ModelBackend *b)
{
    return berth_server_boot_usec(b->server);
}

void model_backend_ask(ModelBackend *b, Call *call);
Call *model_backend_call(ModelBackend *b, BerthBatch *batch, CallRun run, CallDone done);

/* swap.c: the members of the role that a swap needs, and what they do in their own time. */
int model_swap_fill(void *store, const char *data_set, const BerthLeaseSink *sink, GError **error);
const char *model_swap_data_set(void *store);
void model_swap_supersede(void *store, const char *by,
                          void (*done)(void *data, const GError *error), void *data);
void model_swap_import(void *store, BerthBatch *batch);
void model_swap_tick(ModelBackend *b);
