/* swap - a store of the model that is filled by a swap, or given up by one. See backend_i.h. */
#include "tests/model/backend_i.h"
#include "tests/model/set.h"

#include <errno.h>

#define ALIVE_USEC (10 * MODEL_SEC)

/* ---- filling ---- */

static void run_fill(Call *call, ModelStore *store)
{
    call->ok = model_set_fill(store, call->text, call->place->server);
    call->number = model_store_log_end(store);
    call->look = model_store_look(store, call->place->server, call->said);
}

/* What was acknowledged before it was emptied is of another history. */
static void begin_filling(ModelBackend *b, const Call *call)
{
    g_array_set_size(b->place->journal, 0);
    b->place->top = 0;
    b->epoch = b->asserted = b->place->asserted = call->look.epoch;
    b->epoch_usec = model_now(b);
    b->cursor = call->number;
    b->looked_usec = 0;
    b->data_set = g_strdup(call->text);
}

static void done_fill(ModelBackend *b, Call *call, bool lost)
{
    if (lost) {
        b->filling = FILLING_WANTED; /* It may be done twice. */
        return;
    }
    b->filling = call->ok ? FILLING_BEGUN : FILLING_REFUSED;
    if (call->ok)
        begin_filling(b, call);
    b->sink.ready(b->sink.data);
}

static void fill(ModelBackend *b)
{
    Call *call = call_new(b->place, run_fill, done_fill);

    call->text = g_strdup(b->fill_set);
    call->said = (ModelServer){model_now(b), b->asserted};
    b->filling = FILLING_SENT;
    model_backend_ask(b, call);
}

int model_swap_fill(void *store, const char *data_set, const BerthLeaseSink *sink, GError **error)
{
    ModelBackend *b = store;

    b->sink = *sink;
    switch (b->filling) {
    case FILLING_NONE:
        b->fill_set = g_strdup(data_set);
        b->filling = FILLING_WANTED;
        return BERTH_LOAD_WAITS;
    case FILLING_BEGUN:
        return BERTH_LOAD_DONE;
    case FILLING_REFUSED:
        berth_fail(error, -EEXIST, "another data set is there, or it is in use");
        return -EEXIST;
    default:
        return BERTH_LOAD_WAITS;
    }
}

const char *model_swap_data_set(void *store)
{
    return ((ModelBackend *)store)->data_set;
}

/* ---- importing ---- */

static void run_import(Call *call, ModelStore *store)
{
    model_store_import(store, call->units);
    call->look = model_store_look(store, call->place->server, call->said);
}

/* It may have raised the epoch. */
static void done_import(ModelBackend *b, Call *call, bool lost)
{
    for (unsigned i = 0; i < call->units->len; i++)
        berth_unit_set_result(berth_batch_unit(call->batch, i),
                              lost ? BERTH_COMMIT_UNKNOWN : BERTH_COMMIT_OK);
    if (!lost)
        b->epoch = b->asserted = b->place->asserted = call->look.epoch;
    berth_batch_done(call->batch);
}

void model_swap_import(void *store, BerthBatch *batch)
{
    ModelBackend *b = store;
    Call *call = model_backend_call(b, batch, run_import, done_import);

    call->said = (ModelServer){model_now(b), b->asserted};
    model_backend_ask(b, call);
}

/* ---- giving up ---- */

static void end_superseding(ModelBackend *b, const GError *error)
{
    Superseding ended = b->superseding;

    b->superseding = (Superseding){0};
    ended.done(ended.data, error);
    g_free(ended.by);
}

/* Others that were heard of lately are in the way of giving it up. */
static void run_mark(Call *call, ModelStore *store)
{
    call->look = model_store_look(store, call->place->server, call->said);
    for (unsigned i = 0; i < MODEL_SERVERS; i++)
        call->number += i != call->place->server && call->look.servers[i].heard_usec > 0 &&
                        call->look.servers[i].heard_usec > call->said.heard_usec - ALIVE_USEC;
    call->ok = call->number == 0 || !call->text;
    if (call->ok)
        model_set_mark(store, call->text);
}

/* Without an answer it is asked again: to mark it twice is to mark it. */
static void done_mark(ModelBackend *b, Call *call, bool lost)
{
    g_autoptr(GError) error = NULL;

    b->superseding.is_sent = false;
    if (lost)
        return;
    if (!call->ok)
        berth_fail(&error, -EBUSY, "%u other servers use it", (unsigned)call->number);
    end_superseding(b, error);
}

static void mark(ModelBackend *b)
{
    Call *call = call_new(b->place, run_mark, done_mark);

    call->text = g_strdup(b->superseding.by);
    call->said = (ModelServer){model_now(b), b->asserted};
    b->superseding.is_sent = true;
    model_backend_ask(b, call);
}

void model_swap_supersede(void *store, const char *by,
                          void (*done)(void *data, const GError *error), void *data)
{
    ModelBackend *b = store;

    b->superseding =
        (Superseding){.is_wanted = true, .by = g_strdup(by), .done = done, .data = data};
}

/* ---- its own time ---- */

void model_swap_tick(ModelBackend *b)
{
    if (b->is_up && b->filling == FILLING_WANTED)
        fill(b);
    if (b->is_up && b->superseding.is_wanted && !b->superseding.is_sent)
        mark(b);
}
