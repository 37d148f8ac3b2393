/* journal - see journal.h and journal_i.h. */
#include "journal_i.h"

#include <errno.h>

#define MEND_AGAIN_USEC 1000000
/* So many unsynced bytes are synced without waiting for the interval. */
#define UNSYNCED_MAX (16u << 20)

static void start_next(Journal *journal);

/* ---- in the job ---- */

/* A failed write may have left some of its bytes. Only when their removal is durable is it sure
 * that a restart does not find rows that nobody answered for. */
static void take_back(Journal *j)
{
    if (berth_file_truncate(j->file, j->size) < 0)
        j->broken = true;
    else
        journal_sync_file(j);
}

static void written(Journal *j)
{
    j->size += (int64_t)j->rows->len;
    if (j->options.sync == JOURNAL_INTERVAL)
        g_string_append_len(j->unsynced, j->rows->str, (gssize)j->rows->len);
    else
        j->synced = j->size;
}

static int write_rows(Journal *j)
{
    int r = berth_file_append(j->file, (BerthBytes){(uint8_t *)j->rows->str, j->rows->len});

    if (r < 0)
        take_back(j);
    else if (j->options.sync == JOURNAL_ALWAYS && (r = berth_file_sync(j->file)) < 0)
        j->broken = true;
    else if ((r = journal_check_name(j)) == 0)
        written(j);
    if (r == 0 && j->unsynced->len > UNSYNCED_MAX)
        journal_sync_file(j);
    if (j->broken)
        journal_mend(j);
    return r;
}

static int sync_rows(Journal *j)
{
    int r = journal_sync_file(j);

    return r < 0 ? journal_mend(j) : 0;
}

static int begin(Journal *j)
{
    int64_t has = berth_file_size(j->file);
    int r = 0;

    if (has < j->size)
        return has < 0 ? (int)has : -EIO;
    if (has > j->size)
        r = berth_file_truncate(j->file, j->size);
    if (r == 0 && j->size == 0) {
        r = berth_file_append(j->file, berth_bytes(j->header));
        j->size = (int64_t)strlen(j->header);
    }
    if (r == 0)
        r = berth_file_sync(j->file);
    return r;
}

static void work(void *data)
{
    Journal *j = data;

    switch (j->task) {
    case TASK_BEGIN:
        j->result = begin(j);
        break;
    case TASK_WRITE:
        j->result = write_rows(j);
        break;
    case TASK_SYNC:
        j->result = sync_rows(j);
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

/* Rows that are answered for but not durable: the last chance. */
static void finish(Journal *j)
{
    int r = 0;

    if (j->broken)
        r = journal_mend(j);
    else if (j->unsynced->len)
        r = sync_rows(j);
    if (r < 0)
        BERTH_LOG(j->server, BERTH_ERROR, "dhcpsrv", "LEASE_FILE_FAILED",
                  "%s: the last rows may be lost, for writing failed: %s", j->path, g_strerror(-r));
}

static void close_beside(void *data)
{
    const Beside *beside = data;

    berth_file_close(beside->previous);
    berth_file_close(beside->copy);
}

/* Closing a large file that has no name any more takes long, for then its room is given back. */
static void clear_beside(Journal *j, Beside *beside)
{
    if (beside->previous || beside->copy)
        berth_job_run(j->server, close_beside, g_free, g_memdup2(beside, sizeof(*beside)));
    *beside = (Beside){NULL, NULL};
}

static void clear(Journal *j)
{
    if (j->begun)
        finish(j);
    /* These have their names, or the server ends: no job for them. */
    close_beside(&j->beside);
    close_beside(&j->next_beside);
    berth_timer_free(j->soon);
    berth_timer_free(j->later);
    berth_file_close(j->file);
    file_lock_unref(j->lock);
    g_string_free(j->unsynced, TRUE);
    if (j->rows)
        g_string_free(j->rows, TRUE);
    g_free(j->path);
    g_free(j->dir);
    g_free(j->fresh);
    g_free(j->previous_path);
    g_free(j->copy_path);
    g_free(j->header);
    g_free(j->copy);
    g_free(j->unless);
    g_free(j);
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

static void answer(Journal *j, int result)
{
    JournalWritten call = j->written;

    g_string_free(j->rows, TRUE);
    j->rows = NULL;
    j->written = NULL;
    call(j->written_data, result);
}

static void answer_rotated(Journal *j, int result)
{
    g_clear_pointer(&j->copy, g_free);
    g_clear_pointer(&j->unless, g_free);
    j->rotated(j->rotated_data, result);
}

static void take_beside(Journal *j)
{
    if (j->task != TASK_NONE || !j->has_next_beside)
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

static void answer_begun(Journal *j)
{
    if (j->result == 0)
        journal_note_durable(j);
    j->begun = j->result == 0;
    j->began(j->began_data, j->result);
}

static void done(void *data)
{
    Journal *j = data;
    Task task = j->task;

    j->task = TASK_NONE;
    take_beside(j);
    if (j->closed) {
        clear(j);
        return;
    }
    if (task == TASK_BEGIN) {
        answer_begun(j);
        return;
    }
    /* That a rotation failed is its caller's to tell, unless the file suffered. */
    tell(j, task == TASK_ROTATE && !j->broken ? j->error : j->result);
    if (task == TASK_WRITE)
        answer(j, j->result);
    if (task == TASK_ROTATE)
        answer_rotated(j, j->result);
    start_next(j);
}

static void start(Journal *j, Task task)
{
    j->task = task;
    berth_job_run(j->server, work, done, j);
}

static void refuse(void *data)
{
    Journal *j = data;

    if (j->task != TASK_NONE)
        return;
    if (j->copy)
        answer_rotated(j, j->error ? j->error : -EIO);
    if (j->rows)
        answer(j, j->error ? j->error : -EIO);
}

static void look(void *data)
{
    Journal *j = data;

    j->waits = false;
    j->due = true;
    start_next(j);
}

/* What is unsynced or broken is looked after at the latest when the timer says so, however many
 * rows come meanwhile. */
static void start_next(Journal *j)
{
    bool unfinished;

    if (j->task != TASK_NONE || !j->begun)
        return;
    unfinished = j->broken || j->unsynced->len;
    if (unfinished && j->due)
        start(j, j->broken ? TASK_MEND : TASK_SYNC);
    else if ((j->rows || j->copy) && j->broken)
        berth_timer_set(j->server, j->soon, 0);
    else if (j->copy)
        start(j, TASK_ROTATE);
    else if (j->rows)
        start(j, TASK_WRITE);
    j->due = false;
    if (unfinished && !j->waits) {
        berth_timer_set(j->server, j->later,
                        j->broken ? MEND_AGAIN_USEC : j->options.interval_usec);
        j->waits = true;
    }
}

void journal_write(Journal *journal, GString *rows, JournalWritten written_call, void *data)
{
    journal->rows = rows;
    journal->written = written_call;
    journal->written_data = data;
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

/* ---- opening and closing ---- */

static Journal *journal_new(BerthServer *server, const char *path)
{
    Journal *j = g_new0(Journal, 1);

    j->server = server;
    j->path = g_strdup(path);
    j->dir = g_path_get_dirname(path);
    j->fresh = g_strconcat(path, ".new", NULL);
    j->previous_path = g_strconcat(path, ".2", NULL);
    j->copy_path = g_strconcat(path, ".1", NULL);
    j->unsynced = g_string_new(NULL);
    j->soon = berth_timer_new(server, refuse, j);
    j->later = berth_timer_new(server, look, j);
    return j;
}

/* Making the new file once shows before serving whether the folder can be written to when it will
 * matter, and takes away what a crash left. */
static int try_folder(Journal *j, GError **error)
{
    BerthFile *file = NULL;
    int r = berth_file_open(j->server, j->fresh, BERTH_OPEN_NEW, &file);

    berth_file_close(file);
    if (r == 0)
        r = berth_file_unlink(j->server, j->fresh);
    if (r == 0)
        r = berth_file_sync_dir(j->server, j->dir);
    return r < 0 ? berth_fail(error, r, "%s: the server cannot make files in this folder: %s",
                              j->dir, file_reason(r))
                 : 0;
}

static int open_files(Journal *j, GError **error)
{
    int r = berth_file_open(j->server, j->path, BERTH_OPEN_APPEND, &j->file);

    if (r < 0)
        return berth_fail(error, r, "%s: the lease file cannot be opened for writing: %s", j->path,
                          file_reason(r));
    return try_folder(j, error);
}

int journal_open(BerthServer *server, const char *path, FileLock *lock,
                 const JournalOptions *options, Journal **ret, GError **error)
{
    Journal *j = journal_new(server, path);
    int r;

    j->lock = file_lock_ref(lock);
    r = open_files(j, error);
    if (r < 0) {
        clear(j);
        return r;
    }
    j->options = *options;
    *ret = j;
    return 0;
}

void journal_begin(Journal *journal, int64_t size, const char *header, JournalWritten begun,
                   void *data)
{
    journal->size = size;
    journal->header = g_strdup(header);
    journal->began = begun;
    journal->began_data = data;
    start(journal, TASK_BEGIN);
}

void journal_close(Journal *journal)
{
    if (!journal)
        return;
    if (journal->task != TASK_NONE)
        journal->closed = true;
    else
        clear(journal);
}
