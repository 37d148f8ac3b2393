/* journal_i - what the two rooms of the journal share: journal.c writes and says when, renew.c
 * makes a new file in place of the old one, or beside it.
 *
 * Of the file, the first `synced` bytes are durable, the bytes up to `size` are written, and those
 * between the two are in `unsynced` as well. While a job runs, all of this is the job's. */
#pragma once

#include "journal.h"

/* Files of the store beside NAME, by their descriptors. */
typedef struct Beside {
    BerthFile *previous, *copy; /* NAME.2 (or what becomes it), NAME.1; or NULL */
} Beside;

typedef enum Task { TASK_NONE, TASK_BEGIN, TASK_WRITE, TASK_SYNC, TASK_MEND, TASK_ROTATE } Task;

struct Journal {
    BerthServer *server;
    char *path, *dir, *fresh; /* the file, its folder, the new file while it is made */
    char *previous_path, *copy_path;
    char *header;
    JournalOptions options;
    FileLock *lock;
    BerthFile *file;

    /* The job's while it runs. */
    int64_t size, synced;
    GString *unsynced;
    bool broken; /* what is behind `synced` is not to be trusted: mend before anything else */
    bool begun;
    GString *rows;       /* to be written */
    char *copy, *unless; /* to be rotated to; NULL: not */
    Beside beside;
    int result;

    Beside next_beside; /* when there is no job */
    bool has_next_beside;
    Task task; /* that is running */
    bool closed;
    bool waits, due;        /* `later` is set, has come */
    JournalWritten written; /* of the write that runs or waits */
    void *written_data;
    JournalWritten rotated;
    void *rotated_data;
    JournalWritten began;
    void *began_data;
    BerthTimer *soon, *later; /* to refuse what waits; to sync or mend */
    int error;                /* 0, or the last result, as health shows it */
    bool down;                /* `broken`, for the main thread */
};

/* In the job; 0 or -errno. */

/* After a failure the file is `broken`. */
int journal_sync_file(Journal *j);
/* The same when NAME is not this file any more. */
int journal_check_name(Journal *j);
/* All that is written counts as synced. */
void journal_note_durable(Journal *j);
/* Copies what is trusted, and the rows that are in memory, to a new file that replaces the old one.
 */
int journal_mend(Journal *j);
/* See journal_rotate. */
int journal_rotate_file(Journal *j);
