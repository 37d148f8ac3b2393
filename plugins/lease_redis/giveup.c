/* giveup - the mark of a data set that has been left for another store, and the end of the filling
 * of one that is gone over to. See store.h.
 *
 * Whoever asks is told how it ended, never that it is not known: where no answer came, what Redis
 * has is looked at when it is there again, and if it has no mark it is asked once more. */
#include "lease_redis.h"
#include "store.h"

#include <errno.h>

struct Superseding {
    Store *store;
    char *by; /* NULL: the filling has ended */
    void (*done)(void *data, const GError *error);
    void *data;
    bool is_unsure; /* it may have been done */
};

static void end(Superseding *superseding, const GError *error)
{
    if (!superseding->store->is_closing)
        superseding->done(superseding->data, error);
    g_free(superseding->by);
    g_free(superseding);
}

static void fail(Superseding *superseding, int code, const char *text)
{
    g_autoptr(GError) error = NULL;

    berth_fail(&error, code, "%s", text);
    end(superseding, error);
}

static void on_marked(void *data, const Call *call, const BerthRedisAnswer *answer)
{
    Superseding *superseding = data;
    Store *store = superseding->store;
    g_autofree char *why = NULL;
    char text[200];

    (void)call;
    if (answer->outcome == BERTH_REDIS_UNKNOWN && !store->is_closing) {
        superseding->is_unsure = true;
        store->superseding = superseding;
        guard_look(store);
        return;
    }
    if (call_says(answer, "OK")) {
        store->is_superseded = superseding->by != NULL;
        end(superseding, NULL);
        return;
    }
    why = g_strdup_printf("the data set in Redis was not marked: %s",
                          berth_redis_text(answer, text, sizeof(text)));
    fail(superseding, -EIO, why);
}

static int mark(Superseding *superseding)
{
    const Store *store = superseding->store;
    Call *call = mark_new(&store->place, store->data_set, store->epoch, store->swap_owner,
                          superseding->by ? "superseded" : "filled");

    if (superseding->by)
        call_add_text(call, superseding->by);
    return call_run(call, store->redis, 0, on_marked, superseding);
}

/* Of what has just been looked at. */
static bool is_marked(const Superseding *superseding)
{
    const Store *store = superseding->store;
    const Look *look = &store->guard.look;

    if (strcmp(look->data_set, store->data_set) != 0)
        return false;
    return superseding->by ? strcmp(look->superseded, superseding->by) == 0
                           : look->filling[0] == '\0';
}

static void go_on(Superseding *superseding)
{
    Store *store = superseding->store;
    unsigned others = superseding->by ? members_others(store) : 0;
    g_autofree char *why = NULL;

    if (others) {
        why =
            g_strdup_printf("%u other servers use the data set in Redis; stop them first", others);
        fail(superseding, -EBUSY, why);
    } else if (!store_can_send(store) || mark(superseding) < 0) {
        why = g_strdup_printf("Redis is away: %s", store->why);
        fail(superseding, -ENOTCONN, why);
    }
}

void store_looked(Store *store, bool has_seen)
{
    Superseding *superseding = store->superseding;

    if (!superseding || (superseding->is_unsure && !has_seen && !store->is_closing))
        return;
    store->superseding = NULL;
    if (superseding->is_unsure && has_seen && is_marked(superseding)) {
        store->is_superseded = superseding->by != NULL;
        end(superseding, NULL);
    } else {
        go_on(superseding);
    }
}

/* cppcheck-suppress funcArgOrderDifferent */
void store_supersede(void *data, const char *by, void (*done)(void *data, const GError *error),
                     void *done_data)
{
    Store *store = data;
    Superseding *superseding = g_new0(Superseding, 1);

    *superseding = (Superseding){
        .store = store,
        /* As long as it can be read again. */
        .by = by ? g_strndup(by, sizeof(store->guard.look.superseded) - 1) : NULL,
        .done = done,
        .data = done_data,
    };
    store->superseding = superseding;
    /* Its answer, or the timer where there will be none. */
    guard_look(store);
    if (store->phase == PHASE_AWAY)
        berth_timer_set(store->server, store->soon, 0);
}
