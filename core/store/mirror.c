/* mirror - see mirror.h. */
#include "core/store/mirror.h"

#include "core/lease/unit.h"
#include "core/store/copier.h"

typedef enum State {
    STATE_NEW,
    STATE_MIRRORING,
    STATE_FAILED,
    STATE_ENDED,
} State;

/* A batch of the core on its way. */
typedef struct Passage {
    BerthMirror *mirror;
    BerthBatch *core, *own; /* the same units */
} Passage;

/* What is at `to`. */
#define IMPORTS 2
typedef struct Import {
    BerthMirror *mirror;
    BerthBatch *batch; /* NULL: nothing is */
    int64_t since_usec;
    BerthCopies copies;
    GQueue passages; /* to be answered then */
} Import;

struct BerthMirror {
    BerthWorld *world;
    BerthLeases *leases;
    BerthMirrorEvents events;
    State state;
    bool holds, answering;
    BerthStoreRef from, to;
    BerthLeaseBackend ops; /* this one's */
    BerthTimer *next;

    GQueue waiting;           /* of BerthBatch, the core's: not handed over yet */
    GQueue deciding, decided; /* of Passage: at `from`, to be imported */
    Import imports[IMPORTS];

    BerthCopier copier;
    uint64_t copied;
};

static void pump(void *data);

static void fail(BerthMirror *m, const char *why)
{
    m->state = STATE_FAILED;
    m->events.failed(m->events.data, why);
}

/* Whatever changes without having come through here. */
static void on_change(void *data, const BerthLease *before, const BerthLease *after)
{
    BerthMirror *m = data;

    if (m->answering || m->state != STATE_MIRRORING)
        return;
    berth_copier_note(&m->copier, after ? after : before);
    berth_world_timer_set(m->world, m->next, 0);
}

/* ---- batches ---- */

static void free_passage(Passage *passage)
{
    berth_batch_destroy(passage->own);
    g_free(passage);
}

static void answer(BerthMirror *m, Passage *passage)
{
    BerthBatch *batch = passage->core;

    free_passage(passage);
    m->answering = true;
    berth_batch_done(batch);
    m->answering = false;
}

static void answer_all(BerthMirror *m, GQueue *passages)
{
    Passage *passage;

    while ((passage = g_queue_pop_head(passages)))
        answer(m, passage);
}

static void on_decided(void *data, BerthBatch *batch);

static void pass(BerthMirror *m, BerthBatch *core)
{
    Passage *passage = g_new0(Passage, 1);

    *passage = (Passage){.mirror = m, .core = core};
    passage->own = berth_batch_make(on_decided, passage);
    for (unsigned i = 0; i < core->units->len; i++)
        g_ptr_array_add(passage->own->units, core->units->pdata[i]);
    g_queue_push_tail(&m->deciding, passage);
    m->from.ops->commit(m->from.store, passage->own);
}

static unsigned max_of(const BerthStoreRef *ref)
{
    return MAX(ref->ops->max_in_flight, 1u);
}

static void pass_on(BerthMirror *m)
{
    while (!m->holds && m->waiting.length && m->deciding.length < max_of(&m->from))
        pass(m, g_queue_pop_head(&m->waiting));
}

/* After the end there is nothing to be done but to hand on: the core's own batch, which comes back
 * to the core. Since it hands over only as many as the backend may have, there is room for it. */
static void hand_on(BerthMirror *m, const BerthStoreRef *to)
{
    while (m->waiting.length && m->deciding.length < max_of(to))
        to->ops->commit(to->store, g_queue_pop_head(&m->waiting));
}

static void on_decided(void *data, BerthBatch *batch)
{
    Passage *passage = data;
    BerthMirror *m = passage->mirror;

    (void)batch;
    g_queue_remove(&m->deciding, passage);
    if (m->state == STATE_ENDED) {
        hand_on(m, &m->from);
        answer(m, passage);
        return;
    }
    g_queue_push_tail(&m->decided, passage);
    pass_on(m);
    pump(m);
}

static void mirror_commit(void *store, BerthBatch *batch)
{
    BerthMirror *m = store;

    /* This is the first, or at least what went straight to the old store is done. */
    m->ops.max_in_flight = m->holds ? 1 : max_of(&m->from) + 1;
    g_queue_push_tail(&m->waiting, batch);
    pass_on(m);
}

static BerthHealth mirror_health(void *store, char *why, size_t size)
{
    BerthMirror *m = store;

    return m->from.ops->health(m->from.store, why, size);
}

/* ---- imports ---- */

/* The new store shall hold what the old one has given. */
static void take_revisions(BerthUnit *unit)
{
    for (unsigned i = 0; i < unit->changes->len; i++) {
        BerthChange *change = unit->changes->pdata[i];

        if (change->after)
            change->after->revision = change->revision;
    }
}

static void add_decided(BerthMirror *m, Import *import)
{
    Passage *passage;

    while ((passage = g_queue_pop_head(&m->decided))) {
        for (unsigned i = 0; i < passage->own->units->len; i++) {
            BerthUnit *unit = passage->own->units->pdata[i];

            if (unit->result != BERTH_COMMIT_OK)
                continue;
            take_revisions(unit);
            unit->has_result = false;
            g_ptr_array_add(import->batch->units, unit);
        }
        g_queue_push_tail(&import->passages, passage);
    }
}

/* What the first store said is what counts. */
static void end_import(Import *import)
{
    for (unsigned i = 0; import->batch && i < import->batch->units->len; i++)
        berth_unit_set_result(import->batch->units->pdata[i], BERTH_COMMIT_OK);
    berth_batch_destroy(g_steal_pointer(&import->batch));
    berth_copies_reset(&import->copies);
    answer_all(import->mirror, &import->passages);
}

static unsigned refused(const BerthBatch *batch, BerthCommitResult *ret)
{
    unsigned n = 0;

    for (unsigned i = 0; i < batch->units->len; i++) {
        const BerthUnit *unit = batch->units->pdata[i];

        if (unit->result == BERTH_COMMIT_OK)
            continue;
        *ret = unit->result;
        n++;
    }
    return n;
}

static char *why_refused(const BerthMirror *m, const BerthBatch *batch)
{
    static const char *const words[] = {"OK", "CONFLICT", "FAILED", "UNKNOWN"};
    BerthCommitResult result = BERTH_COMMIT_OK;
    unsigned n = refused(batch, &result);
    char health[256] = "";

    if (n == 0)
        return NULL;
    m->to.ops->health(m->to.store, health, sizeof(health));
    return g_strdup_printf("the new store did not take %u of %u changes (%s)%s%s", n,
                           batch->units->len, words[result], *health ? ": " : "", health);
}

static void on_imported(void *data, BerthBatch *batch)
{
    Import *import = data;
    BerthMirror *m = import->mirror;
    g_autofree char *why = why_refused(m, batch);

    if (!why)
        m->copied += import->copies.walked;
    end_import(import);
    if (why && m->state == STATE_MIRRORING)
        fail(m, why);
    berth_world_timer_set(m->world, m->next, 0);
    m->events.progress(m->events.data);
}

static void compose(BerthMirror *m, Import *import)
{
    import->batch = berth_batch_make(on_imported, import);
    berth_copier_go_on(&m->copier, &import->copies);
    for (unsigned i = 0; i < import->copies.n; i++)
        g_ptr_array_add(import->batch->units, import->copies.units->pdata[i]);
    add_decided(m, import);
}

static void give(BerthMirror *m, Import *import)
{
    const BerthLeaseBackend *ops = m->to.ops;

    import->since_usec = berth_world_boot_usec(m->world);
    (BERTH_BACKEND_HAS(ops, import) ? ops->import : ops->commit)(m->to.store, import->batch);
}

static Import *free_import(BerthMirror *m)
{
    for (unsigned i = 0; i < MIN(max_of(&m->to), IMPORTS); i++)
        if (!m->imports[i].batch)
            return &m->imports[i];
    return NULL;
}

static bool has_more(const BerthMirror *m)
{
    return !berth_copier_is_done(&m->copier) || m->decided.length;
}

/* While one is under way the next is made. Where nothing came of it, because all was refused or is
 * under way, what happens next comes here again. */
static void pump(void *data)
{
    BerthMirror *m = data;
    Import *import;

    if (m->copier.is_full && m->state == STATE_MIRRORING)
        fail(m, "too many leases changed at once");
    import = m->state == STATE_MIRRORING && has_more(m) ? free_import(m) : NULL;
    if (!import) {
        if (m->state == STATE_MIRRORING)
            m->events.progress(m->events.data);
        return;
    }
    compose(m, import);
    if (import->batch->units->len) {
        give(m, import);
        berth_world_timer_set(m->world, m->next, 0);
        return;
    }
    m->copied += import->copies.walked;
    end_import(import);
    m->events.progress(m->events.data);
}

/* ---- the whole ---- */

BerthMirror *berth_mirror_new(BerthWorld *world, BerthLeases *leases, unsigned slice,
                              const BerthMirrorEvents *events)
{
    BerthMirror *m = g_new0(BerthMirror, 1);

    m->world = world;
    m->leases = leases;
    m->events = *events;
    m->next = berth_world_timer(world, pump, m);
    for (unsigned i = 0; i < IMPORTS; i++) {
        m->imports[i].mirror = m;
        berth_copies_init(&m->imports[i].copies);
    }
    berth_copier_init(&m->copier, world, leases, slice);
    return m;
}

static void free_passages(GQueue *passages)
{
    Passage *passage;

    while ((passage = g_queue_pop_head(passages)))
        free_passage(passage);
}

static void free_import_of(Import *import)
{
    free_passages(&import->passages);
    berth_batch_destroy(import->batch);
    berth_copies_clear(&import->copies);
}

void berth_mirror_free(BerthMirror *m)
{
    if (!m)
        return;
    if (m->state == STATE_MIRRORING || m->state == STATE_FAILED)
        berth_leases_unfollow(m->leases, on_change, m);
    berth_timer_free(m->next);
    g_queue_clear(&m->waiting);
    free_passages(&m->deciding);
    free_passages(&m->decided);
    for (unsigned i = 0; i < IMPORTS; i++)
        free_import_of(&m->imports[i]);
    berth_copier_clear(&m->copier);
    g_free(m);
}

void berth_mirror_begin(BerthMirror *m, BerthStoreRef from, BerthStoreRef to)
{
    m->from = from;
    m->to = to;
    m->ops = (BerthLeaseBackend){
        .size = sizeof(m->ops),
        /* While one is imported the old store may have the next; but not before it is done with
         * what it has by now. */
        .max_in_flight = 1,
        .commit = mirror_commit,
        .health = mirror_health,
    };
    m->state = STATE_MIRRORING;
    berth_leases_follow(m->leases, on_change, m);
    berth_leases_set_backend(m->leases, &m->ops, m);
    berth_world_timer_set(m->world, m->next, 0);
}

/* One batch waits behind those that the old store has, at most; the core shall not add to it. */
void berth_mirror_hold(BerthMirror *m)
{
    m->holds = true;
    m->ops.max_in_flight = 1;
}

void berth_mirror_stop(BerthMirror *m)
{
    if (m->state == STATE_MIRRORING)
        m->state = STATE_FAILED;
}

void berth_mirror_end(BerthMirror *m, bool over)
{
    const BerthStoreRef *to = over ? &m->to : &m->from;

    if (m->state == STATE_NEW || m->state == STATE_ENDED)
        return;
    berth_leases_unfollow(m->leases, on_change, m);
    berth_timer_stop(m->next);
    m->state = STATE_ENDED;
    berth_leases_set_backend(m->leases, to->ops, to->store);
    for (unsigned i = 0; i < IMPORTS; i++)
        end_import(&m->imports[i]);
    answer_all(m, &m->decided);
    hand_on(m, to);
}

uint64_t berth_mirror_copied(const BerthMirror *m)
{
    return m->copied;
}

bool berth_mirror_is_importing(const BerthMirror *m)
{
    for (unsigned i = 0; i < IMPORTS; i++)
        if (m->imports[i].batch)
            return true;
    return false;
}

bool berth_mirror_is_whole(const BerthMirror *m)
{
    return berth_copier_is_done(&m->copier) && !berth_mirror_is_importing(m);
}

bool berth_mirror_is_quiet(const BerthMirror *m)
{
    return m->holds && berth_mirror_is_whole(m) && !m->deciding.length && !m->decided.length;
}

int64_t berth_mirror_import_usec(const BerthMirror *m)
{
    int64_t now = berth_world_boot_usec(m->world), longest = 0;

    for (unsigned i = 0; i < IMPORTS; i++)
        if (m->imports[i].batch)
            longest = MAX(longest, now - m->imports[i].since_usec);
    return longest;
}

bool berth_mirror_is_busy(const BerthMirror *m)
{
    return m->deciding.length > 0 || m->waiting.length > 0;
}
