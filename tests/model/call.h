/* call - one request to the store of tests/model, on its way there and back.
 *
 * Requests of a connection arrive in their order. When the connection breaks, what is under way may
 * still arrive, as late as a stalled store likes; its answer does not. */
#pragma once

#include "tests/model/backend.h"

typedef struct Call Call;

/* At the store. */
typedef void (*CallRun)(Call *call, ModelStore *store);
/* Back at the server, in its own time; `lost`: there is no answer. */
typedef void (*CallDone)(ModelBackend *backend, Call *call, bool lost);

struct Call {
    ModelPlace *place;
    CallRun run;
    CallDone done;
    unsigned connection;
    unsigned refs; /* of the network, and of whoever waits */
    int64_t asked;
    BerthTimer *timer;
    bool has_run, has_answer;
    bool is_replicated; /* as far as it has to be */

    /* What is asked and answered; each kind has its own. */
    BerthBatch *batch;
    GPtrArray *units;  /* of ModelUnit */
    GPtrArray *values; /* of ModelValue, where nothing stands NULL */
    GArray *addrs;     /* of BerthAddr */
    uint16_t epoch;
    uint64_t number; /* a revision, or a place in the log */
    ModelServer said;
    ModelLook look;
    char *text, *name;
    bool ok;
};

/* A reference of the caller's. */
Call *call_new(ModelPlace *place, CallRun run, CallDone done);
void call_unref(Call *call);
/* On its way. When it is answered, `answered` of the backend's place is told. */
void call_send(Call *call);

/* backend.c's: a call has its answer, or all of older connections never get one. */
void model_backend_wake(ModelBackend *backend);
