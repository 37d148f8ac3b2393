/* handover - see handover.h. Whatever ends it is done in a turn of its own (`turn`), because stores
 * tell it from within. */
#include "core/store/handover.h"

#include <berth/plugin.h>
#include <errno.h>

#define USEC INT64_C(1000000)
/* As for any load: packets wait so long. */
#define FILL_SLICE_USEC (INT64_C(5) * 1000)
#define FILL_ROWS 256
/* A store that does not answer is given up, before clients have to wait for much longer. */
#define FILL_MAX_USEC (30 * USEC)
#define IMPORT_MAX_USEC (10 * USEC)
#define WATCH_USEC (USEC / 5)

struct BerthHandover {
    BerthHandoverConf conf;
    BerthHandoverPhase phase;
    BerthMirror *mirror;
    char *from_text, *to_text;
    char *data_set;
    BerthTimer *turn, *watch;
    int64_t since_usec; /* of the filling */
    GError *error;      /* why it failed */
    bool found_leases;  /* in a store that only `load` can tell of */
    bool has_mark;      /* the new store has one that keeps it from use */
    bool marking;       /* and loses it just now, or gets it again */
    bool marked;        /* the old store is */
    bool closed;        /* the new store is */
    bool is_lost;       /* the new store does not answer any more */
};

const char *berth_store_data_set(BerthStoreRef ref)
{
    return BERTH_BACKEND_HAS(ref.ops, data_set) ? ref.ops->data_set(ref.store) : NULL;
}

bool berth_store_can_be_superseded(BerthStoreRef ref)
{
    return BERTH_BACKEND_HAS(ref.ops, supersede);
}

/* ---- the end ---- */

static void turn_soon(BerthHandover *h)
{
    berth_world_timer_set(h->conf.world, h->turn, 0);
}

/* The first reason counts. Once the old store is being marked there is no way back but its own
 * refusal. */
static void fail(BerthHandover *h, const char *why)
{
    if (h->error || h->phase >= BERTH_HANDOVER_MARKING)
        return;
    berth_fail(&h->error, -EIO, "%s", why);
    turn_soon(h);
}

static void close_new(BerthHandover *h)
{
    if (!h->closed)
        h->conf.to.ops->close(h->conf.to.store);
    h->closed = true;
}

static void end(BerthHandover *h)
{
    h->phase = BERTH_HANDOVER_OVER;
    berth_timer_stop(h->watch);
    berth_timer_stop(h->turn);
    h->conf.events.ended(h->conf.events.data, h->error);
}

static void on_marked_again(void *data, const GError *error)
{
    BerthHandover *h = data;

    (void)error; /* Then somebody has to empty it by hand before it is filled again. */
    h->marking = false;
    h->has_mark = true;
    turn_soon(h);
}

static void begin_to_end(BerthHandover *h)
{
    h->phase = BERTH_HANDOVER_ENDING;
    h->since_usec = berth_world_boot_usec(h->conf.world);
    berth_mirror_stop(h->mirror);
}

/* One step after the other, as far as it goes: an import that runs ends, the old store is the only
 * one again, the new one gets its mark back if it has lost it, for it will soon have less. A store
 * that does not answer is not waited for. */
static void go_back(BerthHandover *h)
{
    if (h->phase != BERTH_HANDOVER_ENDING)
        begin_to_end(h);
    if (h->is_lost)
        close_new(h);
    else if (berth_mirror_is_importing(h->mirror))
        return;
    berth_mirror_end(h->mirror, false);
    if (!h->is_lost && h->marking)
        return;
    if (!h->is_lost && !h->has_mark) {
        h->marking = true;
        h->conf.to.ops->supersede(h->conf.to.store, h->from_text, on_marked_again, h);
        return;
    }
    close_new(h);
    end(h);
}

static void end_well(BerthHandover *h)
{
    berth_mirror_end(h->mirror, true);
    h->conf.from.ops->close(h->conf.from.store);
    end(h);
}

/* ---- agreeing ---- */

static void on_marked(void *data, const GError *error)
{
    BerthHandover *h = data;

    if (error)
        berth_fail(&h->error, -EIO, "the old store stays: %s", error->message);
    h->marked = !error;
    turn_soon(h);
}

static void look(BerthHandover *h);

static void on_unmarked(void *data, const GError *error)
{
    BerthHandover *h = data;
    g_autofree char *why = NULL;

    h->marking = false;
    if (h->error) {
        turn_soon(h);
        return;
    }
    if (error) {
        why = g_strdup_printf("the new store cannot be taken into use: %s", error->message);
        fail(h, why);
        return;
    }
    berth_mirror_hold(h->mirror);
    look(h);
}

static void agree(BerthHandover *h)
{
    h->phase = BERTH_HANDOVER_AGREEING;
    if (!berth_store_can_be_superseded(h->conf.to)) {
        on_unmarked(h, NULL);
        return;
    }
    h->has_mark = false;
    h->marking = true;
    h->conf.to.ops->supersede(h->conf.to.store, NULL, on_unmarked, h);
}

static void mark(BerthHandover *h)
{
    h->phase = BERTH_HANDOVER_MARKING;
    h->conf.from.ops->supersede(h->conf.from.store, h->to_text, on_marked, h);
}

/* What is the next step, if its time has come. */
static void look(BerthHandover *h)
{
    if (h->error || berth_leases_is_reloading(h->conf.leases))
        return;
    if (h->phase == BERTH_HANDOVER_COPYING && berth_mirror_is_whole(h->mirror))
        agree(h);
    else if (h->phase == BERTH_HANDOVER_AGREEING && berth_mirror_is_quiet(h->mirror))
        mark(h);
}

static void on_progress(void *data)
{
    BerthHandover *h = data;

    if (h->error)
        turn_soon(h);
    else
        look(h);
}

static void on_failed(void *data, const char *why)
{
    BerthHandover *h = data;

    fail(h, why);
    turn_soon(h);
}

/* ---- filling ---- */

static void copy(BerthHandover *h)
{
    h->phase = BERTH_HANDOVER_COPYING;
    berth_mirror_begin(h->mirror, h->conf.from, h->conf.to);
    h->conf.events.filled(h->conf.events.data);
}

static int fill_some(BerthHandover *h, GError **error)
{
    const BerthLeaseBackend *ops = h->conf.to.ops;

    if (BERTH_BACKEND_HAS(ops, fill))
        return ops->fill(h->conf.to.store, h->data_set, h->conf.sink, error);
    return ops->load(h->conf.to.store, FILL_ROWS, h->conf.sink, error);
}

static void fill(BerthHandover *h)
{
    BerthWorld *world = h->conf.world;
    int64_t until = berth_world_boot_usec(world) + FILL_SLICE_USEC;
    g_autoptr(GError) error = NULL;
    int r;

    do
        r = fill_some(h, &error);
    while (r == BERTH_LOAD_MORE && !h->found_leases && berth_world_boot_usec(world) < until);
    if (r < 0)
        fail(h, error ? error->message : "it cannot be filled, and does not say why");
    else if (h->found_leases)
        fail(h, "it holds leases already; only an empty store can be filled");
    else if (r == BERTH_LOAD_DONE)
        copy(h);
    else if (r == BERTH_LOAD_MORE)
        berth_world_timer_set(world, h->turn, 0);
}

/* ---- turns ---- */

static void turn(void *data)
{
    BerthHandover *h = data;

    if (h->error)
        go_back(h);
    else if (h->phase == BERTH_HANDOVER_FILLING)
        fill(h);
    else if (h->phase == BERTH_HANDOVER_MARKING && h->marked)
        end_well(h);
}

static bool takes_too_long(const BerthHandover *h)
{
    int64_t waited = berth_world_boot_usec(h->conf.world) - h->since_usec;

    if (h->phase == BERTH_HANDOVER_FILLING)
        return waited > FILL_MAX_USEC;
    if (h->phase == BERTH_HANDOVER_ENDING)
        return waited > IMPORT_MAX_USEC;
    return berth_mirror_import_usec(h->mirror) > IMPORT_MAX_USEC;
}

/* While it is made ready the store itself tells of failures. */
static bool is_down(const BerthHandover *h, char *why, size_t size)
{
    return h->conf.to.ops->health(h->conf.to.store, why, size) == BERTH_HEALTH_DOWN &&
           h->phase != BERTH_HANDOVER_FILLING;
}

static void watch(void *data)
{
    BerthHandover *h = data;
    char health[256] = "";
    bool down = is_down(h, health, sizeof(health));
    g_autofree char *why = NULL;

    berth_world_timer_set(h->conf.world, h->watch, WATCH_USEC);
    if (h->phase == BERTH_HANDOVER_MARKING)
        return;
    if (!down && !takes_too_long(h)) {
        look(h);
        return;
    }
    why = g_strdup_printf("the new store %s%s%s", down ? "is down" : "does not answer",
                          *health ? ": " : "", health);
    h->is_lost = true;
    fail(h, why);
    turn_soon(h);
}

/* ---- the whole ---- */

static char *new_data_set(BerthWorld *world)
{
    uint8_t random[16];
    char text[BERTH_UUID_TEXT];

    world->ops->random(world, random, sizeof(random));
    return g_strdup(berth_uuid_text(random, text));
}

BerthHandover *berth_handover_new(const BerthHandoverConf *conf)
{
    BerthHandover *h = g_new0(BerthHandover, 1);
    const BerthMirrorEvents events = {on_progress, on_failed, h};
    const char *data_set = berth_store_data_set(conf->from);

    h->conf = *conf;
    h->from_text = g_strdup(conf->from_text);
    h->to_text = g_strdup(conf->to_text);
    h->data_set = data_set ? g_strdup(data_set) : new_data_set(conf->world);
    h->has_mark = true;
    h->mirror = berth_mirror_new(conf->world, conf->leases, conf->slice, &events);
    h->turn = berth_world_timer(conf->world, turn, h);
    h->watch = berth_world_timer(conf->world, watch, h);
    h->since_usec = berth_world_boot_usec(conf->world);
    berth_world_timer_set(conf->world, h->watch, WATCH_USEC);
    turn_soon(h);
    return h;
}

void berth_handover_free(BerthHandover *h)
{
    if (!h)
        return;
    if (h->phase != BERTH_HANDOVER_OVER)
        close_new(h);
    berth_timer_free(h->turn);
    berth_timer_free(h->watch);
    berth_mirror_free(h->mirror);
    g_clear_error(&h->error);
    g_free(h->from_text);
    g_free(h->to_text);
    g_free(h->data_set);
    g_free(h);
}

void berth_handover_ready(BerthHandover *h)
{
    if (h->phase == BERTH_HANDOVER_FILLING)
        turn_soon(h);
}

void berth_handover_taken(BerthHandover *h)
{
    h->found_leases = true;
}

bool berth_handover_abort(BerthHandover *h, const char *why)
{
    if (h->phase >= BERTH_HANDOVER_MARKING)
        return false;
    fail(h, why);
    return true;
}

BerthHandoverPhase berth_handover_phase(const BerthHandover *h)
{
    return h->phase;
}

const char *berth_handover_phase_text(const BerthHandover *h)
{
    static const char *const words[] = {
        "filling", "copying", "agreeing", "marking", "ending", "over",
    };

    return words[h->phase];
}

void berth_handover_progress(const BerthHandover *h, uint64_t *ret_copied, uint64_t *ret_total)
{
    uint64_t copied = berth_mirror_copied(h->mirror);

    *ret_copied = copied;
    *ret_total = MAX(copied, berth_table_count(berth_leases_table(h->conf.leases)));
}

bool berth_handover_is_idle(const BerthHandover *h)
{
    return h->phase == BERTH_HANDOVER_OVER && !berth_mirror_is_busy(h->mirror);
}
