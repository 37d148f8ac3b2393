/* call - see call.h. */
#include "tests/model/call.h"

#define LATENCY_USEC 200
#define LATENCY_USEC_MAX 3000
#define STALL_USEC 20000 /* how often a stalled store is looked at */

static int64_t latency(const ModelPlace *place)
{
    return LATENCY_USEC + ground_up_to(place->ground, LATENCY_USEC_MAX);
}

Call *call_new(ModelPlace *place, CallRun run, CallDone done)
{
    Call *call = g_new0(Call, 1);

    *call = (Call){.place = place, .run = run, .done = done, .refs = 1};
    call->values = g_ptr_array_new_with_free_func((GDestroyNotify)model_value_unref);
    call->units = g_ptr_array_new_with_free_func((GDestroyNotify)model_unit_free);
    call->addrs = g_array_new(FALSE, FALSE, sizeof(BerthAddr));
    return call;
}

void call_unref(Call *call)
{
    if (--call->refs > 0)
        return;
    berth_timer_free(call->timer);
    g_ptr_array_unref(call->values);
    g_ptr_array_unref(call->units);
    g_array_unref(call->addrs);
    g_free(call->text);
    g_free(call->name);
    g_free(call);
}

/* It has nothing to do with the network any more. */
static void leave(Call *call)
{
    g_queue_remove(&call->place->calls, call);
    call_unref(call);
}

/* Whether an earlier request of its connection has not been done yet. */
static bool waits_for_others(const Call *call)
{
    for (GList *l = call->place->calls.head; l && l->data != call; l = l->next) {
        const Call *other = l->data;

        if (other->connection == call->connection && !other->has_run)
            return true;
    }
    return false;
}

/* What the test wants to happen to the next commit. */
static bool loses(Call *call, int what)
{
    ModelPlace *place = call->place;

    if (!call->batch || (int)place->loses != what)
        return false;
    place->loses = MODEL_LOSES_NOTHING;
    model_place_break(place);
    return true;
}

static void arrive(Call *call)
{
    ModelPlace *place = call->place;
    ModelCluster *cluster = place->cluster;
    bool is_broken = call->connection != place->connection;
    ModelStore *store;

    if (loses(call, MODEL_LOSES_REQUEST) || place->is_cut ||
        (is_broken && !ground_chance(place->ground, 0.5))) {
        leave(call);
        return;
    }
    if (cluster->stalled || waits_for_others(call)) {
        /* What connections have sent waits in their buffers; which is read first is open. */
        ground_timer_set(place->ground, call->timer, STALL_USEC + (is_broken ? latency(place) : 0));
        return;
    }
    store = place->at_old && cluster->old ? cluster->old : cluster->master;
    call->run(call, store);
    call->is_replicated = !cluster->waits || (store == cluster->master && !cluster->has_no_replica);
    if (cluster->waits && call->is_replicated)
        model_store_replicated(store);
    call->has_run = true;
    loses(call, MODEL_LOSES_ANSWER);
    ground_timer_set(place->ground, call->timer, latency(place));
}

static void answer(Call *call)
{
    ModelPlace *place = call->place;

    if (!place->is_cut && call->connection == place->connection && place->backend) {
        call->has_answer = true;
        model_backend_wake(place->backend);
    }
    leave(call);
}

static void on_timer(void *data)
{
    Call *call = data;

    (call->has_run ? answer : arrive)(call);
}

void call_send(Call *call)
{
    ModelPlace *place = call->place;
    int64_t now = ground_now(place->ground);

    call->refs++;
    call->connection = place->connection;
    call->asked = now;
    call->timer = berth_timer_new_in(place->ground->timers, on_timer, call);
    g_queue_push_tail(&place->calls, call);
    place->last_usec = MAX(place->last_usec + 1, now + latency(place));
    berth_timer_set_at(call->timer, place->last_usec);
}
