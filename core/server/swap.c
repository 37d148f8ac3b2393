/* swap - see swap.h. */
#include "core/server/swap.h"

#include "core/server/server.h"
#include "core/server/store.h"

#define USEC INT64_C(1000000)

/* How the last one ended. */
typedef struct Last {
    const char *outcome; /* "done", "failed", "aborted"; NULL: there was none */
    char *error;
    uint64_t copied;
    int64_t took_usec, ended_usec;
} Last;

struct BerthSwap {
    BerthFamily *family;
    BerthHandover *handover; /* kept until the next one: the old store may have something left */
    BerthStore *next;        /* while it runs */
    BerthConf *conf, *old_conf;
    BerthSwapEvents events;
    char *from, *to; /* texts of the stores, of the last one, too */
    int64_t began_usec;
    bool aborted;
    Last last;
};

BerthSwap *berth_swap_new(BerthFamily *family)
{
    BerthSwap *swap = g_new0(BerthSwap, 1);

    swap->family = family;
    return swap;
}

static void unpin(BerthSwap *swap)
{
    berth_conf_unref(g_steal_pointer(&swap->conf));
    berth_conf_unref(g_steal_pointer(&swap->old_conf));
}

void berth_swap_free(BerthSwap *swap)
{
    if (!swap)
        return;
    berth_handover_free(swap->handover);
    berth_store_free(swap->next);
    unpin(swap);
    g_free(swap->from);
    g_free(swap->to);
    g_free(swap->last.error);
    g_free(swap);
}

bool berth_swap_is_running(const BerthSwap *swap)
{
    return swap->next != NULL;
}

static int64_t now_usec(const BerthSwap *swap)
{
    return berth_world_boot_usec(swap->family->env.world);
}

/* ---- the end ---- */

static void note_end(BerthSwap *swap, const GError *error)
{
    Last *last = &swap->last;
    uint64_t total;

    g_free(last->error);
    last->outcome = !error ? "done" : swap->aborted ? "aborted" : "failed";
    last->error = error ? g_strdup(error->message) : NULL;
    berth_handover_progress(swap->handover, &last->copied, &total);
    last->ended_usec = now_usec(swap);
    last->took_usec = last->ended_usec - swap->began_usec;
}

static void log_end(const BerthSwap *swap)
{
    const Last *last = &swap->last;

    if (last->error)
        berth_family_log(swap->family, BERTH_ERROR, "LEASE_BACKEND_SWAP_FAILED",
                         "the leases stay in %s and do not go to %s: %s", swap->from, swap->to,
                         last->error);
    else
        berth_family_log(swap->family, BERTH_INFO, "LEASE_BACKEND_SWAP_DONE",
                         "the leases are in %s now, and no more in %s: %" G_GUINT64_FORMAT
                         " were copied in %" G_GINT64_FORMAT " ms",
                         swap->to, swap->from, last->copied, last->took_usec / 1000);
}

/* The handover has closed the store that is not in use. */
static void on_ended(void *data, const GError *error)
{
    BerthSwap *swap = data;
    BerthStore *next = g_steal_pointer(&swap->next);

    note_end(swap, error);
    if (error) {
        berth_store_free(next);
    } else {
        berth_store_free(swap->family->store);
        swap->family->store = next;
        berth_store_use(next);
    }
    log_end(swap);
    swap->events.ended(swap->events.data, swap->last.error);
    unpin(swap);
}

static void on_filled(void *data)
{
    BerthSwap *swap = data;

    swap->events.began(swap->events.data);
}

bool berth_swap_abort(BerthSwap *swap, const char *why)
{
    if (!berth_swap_is_running(swap) || !berth_handover_abort(swap->handover, why))
        return false;
    swap->aborted = true;
    return true;
}

/* ---- the beginning ---- */

static const char *why_not(const BerthSwap *swap)
{
    const BerthFamily *family = swap->family;

    if (!family->ready)
        return "the leases are not loaded yet";
    if (berth_swap_is_running(swap) || (swap->handover && !berth_handover_is_idle(swap->handover)))
        return "another change of the lease backend has not ended yet";
    if (!berth_store_can_be_superseded(family->store->ref))
        return "the lease backend in use can't be left while running; restart the server for it";
    return NULL;
}

static void begin(BerthSwap *swap, BerthConf *conf, const BerthSwapEvents *events)
{
    BerthFamily *family = swap->family;

    berth_handover_free(swap->handover);
    g_free(swap->from);
    g_free(swap->to);
    swap->from = g_strdup(family->store->text);
    swap->to = g_strdup(swap->next->text);
    swap->conf = berth_conf_ref(conf);
    swap->old_conf = berth_conf_ref(family->server->conf);
    swap->events = *events;
    swap->aborted = false;
    swap->began_usec = now_usec(swap);
    swap->handover = berth_handover_new(&(BerthHandoverConf){
        .world = family->env.world,
        .leases = family->env.leases,
        .from = family->store->ref,
        .to = swap->next->ref,
        .from_text = swap->from,
        .to_text = swap->to,
        .sink = &swap->next->sink,
        .events = {on_filled, on_ended, swap},
    });
    swap->next->filled_by = swap->handover;
    berth_family_log(family, BERTH_INFO, "LEASE_BACKEND_SWAP", "the leases are to go from %s to %s",
                     swap->from, swap->to);
}

bool berth_swap_begin(BerthSwap *swap, BerthConf *conf, const BerthSwapEvents *events,
                      BerthErrors *errors)
{
    const char *why = why_not(swap);

    if (why) {
        berth_errors_add(errors, NULL, NULL, "%s", why);
        return false;
    }
    swap->next = berth_store_open(swap->family, conf, errors);
    if (swap->next)
        begin(swap, conf, events);
    return swap->next != NULL;
}

/* ---- telling ---- */

static double seconds(int64_t usec)
{
    return (double)usec / (double)USEC;
}

static void write_running(const BerthSwap *swap, BerthJson *json)
{
    uint64_t copied, total;

    berth_handover_progress(swap->handover, &copied, &total);
    berth_json_begin_object(json, "swap");
    berth_json_string(json, "from", swap->from);
    berth_json_string(json, "to", swap->to);
    berth_json_string(json, "phase", berth_handover_phase_text(swap->handover));
    berth_json_uint(json, "copied", copied);
    berth_json_uint(json, "total", total);
    berth_json_real(json, "seconds", seconds(now_usec(swap) - swap->began_usec));
    berth_json_end(json);
}

static void write_last(const BerthSwap *swap, BerthJson *json)
{
    const Last *last = &swap->last;

    berth_json_begin_object(json, "last-swap");
    berth_json_string(json, "from", swap->from);
    berth_json_string(json, "to", swap->to);
    berth_json_string(json, "outcome", last->outcome);
    if (last->error)
        berth_json_string(json, "error", last->error);
    berth_json_uint(json, "copied", last->copied);
    berth_json_real(json, "seconds", seconds(last->took_usec));
    berth_json_int(json, "age", (now_usec(swap) - last->ended_usec) / USEC);
    berth_json_end(json);
}

void berth_swap_write(const BerthSwap *swap, BerthJson *json)
{
    bool runs = berth_swap_is_running(swap);

    berth_json_string(json, "state", runs ? "swapping" : "idle");
    if (runs)
        write_running(swap, json);
    else if (swap->last.outcome)
        write_last(swap, json);
}
