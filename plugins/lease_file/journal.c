/* journal - what is done when; see journal.h and journal_i.h. */
#include "journal_i.h"

#include <errno.h>

#define MEND_AGAIN_USEC 1000000
/* So many unsynced bytes are synced without waiting for the interval. */
#define UNSYNCED_MAX (16u << 20)
/* With so many, even while they are synced, writing waits. */
#define UNSYNCED_FULL (32u << 20)
/* A write that need not reach the disk takes some microseconds. Where one took as long as this, or
 * a sync as long as that, the disk is in the way, and for a while jobs write. */
#define WRITE_SLOW_USEC 2000
#define SYNC_SLOW_USEC 500000
#define SLOW_FOR_USEC 5000000

static void done(void *data);
static void start_next(Journal *j);

/* ---- in the job ---- */

static void work(void *data)
{
    Journal *j = data;

    switch (j->task) {
    case TASK_BEGIN:
        j->result = journal_begin_file(j);
        break;
    case TASK_SYNC:
        j->result = berth_file_sync(j->twin ? j->twin : j->file);
        break;
    case TASK_MEND:
        j->result = journal_mend(j);
        break;
    case TASK_ROTATE:
        j->result = journal_rotate_file(j);
        break;
    case TASK_NONE:
        break;
    }
}

/* ---- on the main thread ---- */

/* Closing a large file that has no name any more takes long, for then its room is given back. */
static void clear_beside(Journal *j, Beside *beside)
{
    if (beside->previous || beside->copy)
        berth_job_run(j->server, journal_close_beside, g_free, g_memdup2(beside, sizeof(*beside)));
    *beside = (Beside){NULL, NULL};
}

/* Says once that something is wrong and once that it is over. */
static void tell(Journal *j, int result)
{
    int error = result;

    if (error == 0 && j->broken)
        error = j->error ? j->error : -EIO;
    if (error && !j->error)
        BERTH_LOG(
            j->server, BERTH_ERROR, "dhcpsrv", "LEASE_FILE_FAILED",
            "%s: writing failed: %s; nothing is answered that is not on disk, and it is tried "
            "again until it works",
            j->path, g_strerror(-error));
    if (!error && j->error)
        BERTH_LOG(j->server, BERTH_INFO, "dhcpsrv", "LEASE_FILE_RECOVERED",
                  "%s: writing works again", j->path);
    j->error = error;
    j->down = j->broken;
}

static Batch *oldest(Journal *j)
{
    return j->n_batches ? &j->batches[j->oldest] : NULL;
}

/* The oldest batch goes; within the call another may come. */
static void answer(Journal *j, int result)
{
    Batch *b = oldest(j);
    JournalWritten call = b->written;

    g_string_free(g_steal_pointer(&b->rows), TRUE);
    b->stage = BATCH_NONE;
    j->oldest = (j->oldest + 1) % JOURNAL_BATCHES;
    j->n_batches--;
    if (!j->closed)
        call(b->data, result);
}

static void answer_rotated(Journal *j, int result)
{
    g_clear_pointer(&j->copy, g_free);
    g_clear_pointer(&j->unless, g_free);
    j->rotated(j->rotated_data, result);
}

/* ---- what runs ---- */

static bool batch_runs(const Journal *j)
{
    for (unsigned i = 0; i < JOURNAL_BATCHES; i++)
        if (j->batches[i].stage == BATCH_RUNS)
            return true;
    return false;
}

static bool is_idle(const Journal *j)
{
    return j->task == TASK_NONE && !batch_runs(j);
}

/* A batch is about to be answered, or to be refused. */
static bool has_ended(Journal *j)
{
    const Batch *b = oldest(j);

    return b && b->stage == BATCH_ENDED;
}

/* A task has the file for itself. */
static bool is_taken(const Journal *j)
{
    return j->task != TASK_NONE && (j->task != TASK_SYNC || !j->twin);
}

static void take_beside(Journal *j)
{
    if (is_taken(j) || !j->has_next_beside)
        return;
    clear_beside(j, &j->beside);
    j->beside = j->next_beside;
    j->next_beside = (Beside){NULL, NULL};
    j->has_next_beside = false;
}

void journal_keep(Journal *journal, BerthFile *previous, BerthFile *copy)
{
    clear_beside(journal, &journal->next_beside);
    journal->next_beside = (Beside){previous, copy};
    journal->has_next_beside = true;
    take_beside(journal);
}

/* Since `began` something was done that is slow if it took longer than `limit`. */
static void note_time(Journal *j, int64_t began, int64_t limit)
{
    int64_t now = berth_server_boot_usec(j->server);

    if (now - began > limit)
        j->slow_until = now + SLOW_FOR_USEC;
}

static void start(Journal *j, Task task)
{
    j->task = task;
    j->task_began = berth_server_boot_usec(j->server);
    berth_job_run(j->server, work, done, j);
}

/* ---- results ---- */

static void break_down(Journal *j)
{
    if (j->broken)
        return;
    j->broken = j->mends_next = true;
    j->waits = false; /* the time of a sync, for a mend is another */
}

/* The rows of the oldest batch are written, and durable if they are to be. */
static void note_written(Journal *j, const Batch *b)
{
    j->written = b->end;
    if (j->options.sync == JOURNAL_INTERVAL)
        g_string_append_len(j->unsynced, b->rows->str, (gssize)b->rows->len);
    else
        j->synced = b->end;
}

/* In order: what a batch stands behind is certain before. Once the file is broken nothing is
 * believed; all are refused when it has been mended, or could not be. */
static void answer_ended(Journal *j)
{
    const Batch *b;

    while (!j->broken && (b = oldest(j)) && b->stage == BATCH_ENDED) {
        if (b->result == 0)
            note_written(j, b);
        tell(j, b->result);
        answer(j, b->result);
    }
}

static void refuse_ended(Journal *j)
{
    const Batch *b;

    while ((b = oldest(j)) && b->stage == BATCH_ENDED) {
        int r = b->result < 0 ? b->result : -EIO;

        tell(j, r);
        answer(j, r);
    }
}

static void batch_done(void *data)
{
    Batch *b = data;
    Journal *j = b->journal;

    b->stage = BATCH_ENDED;
    if (b->broken)
        break_down(j);
    answer_ended(j);
    if (!j->closed)
        start_next(j);
    else if (is_idle(j))
        journal_free(j);
}

static void answer_begun(Journal *j)
{
    if (j->result == 0)
        journal_note_durable(j);
    j->begun = j->result == 0;
    j->began(j->began_data, j->result);
}

static void note_synced(Journal *j)
{
    if (j->result < 0) {
        break_down(j);
        return;
    }
    g_string_erase(j->unsynced, 0, (gssize)(j->sync_end - j->synced));
    j->synced = j->sync_end;
}

static void end_task(Journal *j, Task task)
{
    switch (task) {
    case TASK_BEGIN:
        answer_begun(j);
        break;
    case TASK_MEND:
        /* What is refused says more than that the file is well again. */
        if (!has_ended(j))
            tell(j, j->result);
        refuse_ended(j);
        break;
    case TASK_ROTATE:
        /* That it failed is its caller's to tell, unless the file suffered. */
        tell(j, j->broken ? j->result : j->error);
        answer_rotated(j, j->result);
        break;
    case TASK_SYNC: /* Of what it found, a write that fails knows more, and a mend. */
    case TASK_NONE:
        break;
    }
}

static void done(void *data)
{
    Journal *j = data;
    Task task = j->task;

    j->task = TASK_NONE;
    take_beside(j);
    if (task == TASK_SYNC) {
        note_time(j, j->task_began, SYNC_SLOW_USEC);
        note_synced(j);
    }
    if (!j->closed) {
        end_task(j, task);
        start_next(j);
    } else if (is_idle(j)) {
        journal_free(j);
    }
}

/* ---- what is next ---- */

void journal_refuse(void *data)
{
    Journal *j = data;
    int r = j->error ? j->error : -EIO;
    const Batch *b;

    if (!is_idle(j) || !j->broken)
        return;
    if (j->copy)
        answer_rotated(j, r);
    while ((b = oldest(j)) && b->stage == BATCH_WAITS && is_idle(j))
        answer(j, r);
}

void journal_look(void *data)
{
    Journal *j = data;

    j->waits = false;
    j->due = true;
    start_next(j);
}

/* What is unsynced or broken is looked after at the latest when the timer says so, however many
 * rows come meanwhile. */
static void set_later(Journal *j)
{
    if (j->waits || j->due || (!j->broken && !j->unsynced->len))
        return;
    berth_timer_set(j->server, j->later, j->broken ? MEND_AGAIN_USEC : j->options.interval_usec);
    j->waits = true;
}

/* What waits meanwhile is refused when it has had its chance. */
static void start_mending(Journal *j)
{
    if (!is_idle(j))
        return;
    if (j->mends_next || j->due) {
        j->mends_next = j->due = false;
        start(j, TASK_MEND);
    } else if (j->n_batches || j->copy) {
        berth_timer_set(j->server, j->soon, 0);
    }
}

static void start_sync(Journal *j)
{
    bool wanted = j->due || j->unsynced->len > UNSYNCED_MAX;

    if (!j->unsynced->len)
        j->due = false;
    if (!j->unsynced->len || !wanted || j->task != TASK_NONE || (!j->twin && batch_runs(j)))
        return;
    j->due = false;
    j->sync_end = j->written;
    start(j, TASK_SYNC);
    set_later(j); /* of what is written meanwhile */
}

/* Without a sync a write is done sooner than a job is begun. */
static bool may_write_here(const Journal *j)
{
    return j->options.sync != JOURNAL_ALWAYS && j->task == TASK_NONE &&
           berth_server_boot_usec(j->server) >= j->slow_until;
}

void journal_wrote_here(void *data)
{
    Journal *j = data;
    Batch *b = j->here;

    j->here = NULL;
    if (b)
        batch_done(b);
}

static void write_here(Journal *j, Batch *b)
{
    int64_t began = berth_server_boot_usec(j->server);

    j->here = b;
    journal_write_batch(b);
    note_time(j, began, WRITE_SLOW_USEC);
    berth_timer_set(j->server, j->wrote, 0);
}

static void run_batch(Journal *j, Batch *b)
{
    b->stage = BATCH_RUNS;
    b->number = j->n_started++;
    if (j->options.sync == JOURNAL_ALWAYS && j->twin && b->number % 2)
        b->file = j->twin;
    else
        b->file = j->file;
    if (may_write_here(j))
        write_here(j, b);
    else
        berth_job_run(j->server, journal_write_batch, batch_done, b);
}

/* Syncs take long, so that two are worth their while; writes don't. */
static void start_batches(Journal *j)
{
    bool overlap = j->options.sync == JOURNAL_ALWAYS && j->twin;

    for (unsigned i = 0; i < j->n_batches && !is_taken(j); i++) {
        Batch *b = &j->batches[(j->oldest + i) % JOURNAL_BATCHES];

        if (b->stage != BATCH_WAITS)
            continue;
        if ((batch_runs(j) && !overlap) || j->unsynced->len > UNSYNCED_FULL)
            return;
        run_batch(j, b);
    }
}

static void start_next(Journal *j)
{
    if (!j->begun || is_taken(j))
        return;
    set_later(j);
    if (j->broken) {
        start_mending(j);
    } else if (j->copy) {
        if (is_idle(j) && !has_ended(j))
            start(j, TASK_ROTATE);
    } else {
        start_sync(j);
        start_batches(j);
    }
}

void journal_write(Journal *journal, GString *rows, JournalWritten written, void *data)
{
    Batch *b = &journal->batches[(journal->oldest + journal->n_batches++) % JOURNAL_BATCHES];

    *b = (Batch){
        .journal = journal, .stage = BATCH_WAITS, .rows = rows, .written = written, .data = data};
    start_next(journal);
}

void journal_rotate(Journal *journal, const char *copy, const char *unless, JournalWritten rotated,
                    void *data)
{
    journal->copy = g_strdup(copy);
    journal->unless = g_strdup(unless);
    journal->rotated = rotated;
    journal->rotated_data = data;
    start_next(journal);
}

BerthHealth journal_health(const Journal *journal, char *why, size_t size)
{
    if (journal->error == 0) {
        g_snprintf(why, size, "%s", "");
        return BERTH_HEALTH_UP;
    }
    g_snprintf(why, size, "%s: %s%s", journal->path, g_strerror(-journal->error),
               journal->down ? "; nothing is written until the file could be made anew" : "");
    return journal->down ? BERTH_HEALTH_DOWN : BERTH_HEALTH_DEGRADED;
}

void journal_begin(Journal *journal, int64_t size, const char *header, JournalWritten begun,
                   void *data)
{
    journal->turn.size = size;
    journal->header = g_strdup(header);
    journal->began = begun;
    journal->began_data = data;
    start(journal, TASK_BEGIN);
}

void journal_close(Journal *journal)
{
    if (!journal)
        return;
    journal->closed = true;
    if (journal->here)
        journal_wrote_here(journal);
    else if (is_idle(journal))
        journal_free(journal);
}
