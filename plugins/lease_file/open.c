/* open - opening and closing the journal; see journal.h and journal_i.h. */
#include "journal_i.h"

/* Rows that are answered for but not durable: the last chance. */
static void finish(Journal *j)
{
    int r = 0;

    if (!j->broken && j->unsynced->len && berth_file_sync(j->file) < 0)
        j->broken = true;
    if (j->broken)
        r = journal_mend(j);
    if (r < 0)
        BERTH_LOG(j->server, BERTH_ERROR, "dhcpsrv", "LEASE_FILE_FAILED",
                  "%s: the last rows may be lost, for writing failed: %s", j->path, g_strerror(-r));
}

void journal_close_beside(void *data)
{
    const Beside *beside = data;

    berth_file_close(beside->previous);
    berth_file_close(beside->copy);
}

static void clear_batches(Journal *j)
{
    for (unsigned i = 0; i < JOURNAL_BATCHES; i++)
        if (j->batches[i].rows)
            g_string_free(j->batches[i].rows, TRUE);
}

void journal_free(Journal *j)
{
    if (j->begun)
        finish(j);
    /* These have their names, or the server ends: no job for them. */
    journal_close_beside(&j->beside);
    journal_close_beside(&j->next_beside);
    berth_timer_free(j->soon);
    berth_timer_free(j->later);
    berth_timer_free(j->wrote);
    berth_file_close(j->twin);
    berth_file_close(j->file);
    file_lock_unref(j->lock);
    g_mutex_clear(&j->turn.lock);
    g_cond_clear(&j->turn.next);
    g_string_free(j->unsynced, TRUE);
    clear_batches(j);
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
    g_mutex_init(&j->turn.lock);
    g_cond_init(&j->turn.next);
    j->soon = berth_timer_new(server, journal_refuse, j);
    j->later = berth_timer_new(server, journal_look, j);
    j->wrote = berth_timer_new(server, journal_wrote_here, j);
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
        journal_free(j);
        return r;
    }
    j->options = *options;
    *ret = j;
    return 0;
}
