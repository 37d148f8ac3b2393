/* journal_i - what the rooms of the journal share: open.c is its beginning and end, journal.c says
 * on the main thread what is done when, batch.c writes rows, renew.c makes a new file in place of
 * the old one, or beside it.
 *
 * Of the file, the first `synced` bytes are durable, and those up to `written` are answered for; in
 * JOURNAL_INTERVAL the bytes between the two are in `unsynced` as well. Batches that are on their
 * way stand behind `written`.
 *
 * A sync that fails tells each descriptor of the file once. Two that share one could not both be
 * believed: the failure of what one waits for may be told to the other. So each batch has its own,
 * `file` or `twin`. */
#pragma once

#include "journal.h"

/* Files of the store beside NAME, by their descriptors. */
typedef struct Beside {
    BerthFile *previous, *copy; /* NAME.2 (or what becomes it), NAME.1; or NULL */
} Beside;

/* What jobs do. A sync goes on beside batches; all others have the file for themselves. */
typedef enum Task { TASK_NONE, TASK_BEGIN, TASK_SYNC, TASK_MEND, TASK_ROTATE } Task;

typedef enum BatchStage {
    BATCH_NONE,
    BATCH_WAITS,
    BATCH_RUNS,  /* its job does */
    BATCH_ENDED, /* but it is not answered yet */
} BatchStage;

/* Rows on their way to the disk. While it RUNS all but `stage` is its job's. */
typedef struct Batch {
    Journal *journal;
    BatchStage stage;
    GString *rows;
    JournalWritten written;
    void *data;
    uint64_t number; /* in which order rows are written */
    BerthFile *file; /* lent: whose syncs are this batch's alone */
    int64_t end;     /* of the file, with its rows */
    int result;      /* 0: they are written, and durable if they are to be */
    bool broken;     /* the file behind `synced` is not to be trusted any more */
} Batch;

/* The end of the file belongs to one batch after the other. */
typedef struct Turn {
    GMutex lock;
    GCond next;
    uint64_t number; /* of the batch that may write */
    int64_t size;    /* of the file; its, while it writes; else whoever has the file alone */
    bool broken;     /* likewise: nothing must be written behind this */
} Turn;

struct Journal {
    BerthServer *server;
    char *path, *dir, *fresh; /* the file, its folder, the new file while it is made */
    char *previous_path, *copy_path;
    char *header;
    JournalOptions options;
    FileLock *lock;
    BerthFile *file;
    BerthFile *twin; /* another descriptor of it; NULL: it could not be had, and nothing overlaps */
    Turn turn;

    /* Changed by whatever task has the file for itself, or on the main thread while none does. */
    int64_t synced, written;
    GString *unsynced;
    bool broken; /* what is behind `synced` is not to be trusted: mend before anything else */
    bool begun;
    char *copy, *unless; /* to be rotated to; NULL: not */
    Beside beside;
    int result;

    Beside next_beside; /* when no task has the file for itself */
    bool has_next_beside;
    Task task;        /* that is running */
    int64_t sync_end; /* so much is durable when TASK_SYNC succeeds */
    Batch batches[JOURNAL_BATCHES];
    unsigned oldest; /* of them, if there is one */
    unsigned n_batches;
    Batch *here;        /* written on the main thread, and not ended yet; or NULL */
    int64_t slow_until; /* by the clock for intervals: no writing on the main thread */
    int64_t task_began;
    uint64_t n_started; /* batches since the beginning */
    bool closed;
    bool mends_next; /* broken, and not tried yet */
    bool waits, due; /* `later` is set, has come */
    JournalWritten rotated;
    void *rotated_data;
    JournalWritten began;
    void *began_data;
    BerthTimer *soon, *later; /* to refuse what waits; to sync or mend */
    BerthTimer *wrote;        /* to end `here` */
    int error;                /* 0, or the last result, as health shows it */
    bool down;                /* `broken`, likewise */
};

/* In the job of a batch, or where it may not be slow: writes its rows when it is its turn, and
 * syncs them if they are to be. */
void journal_write_batch(void *batch);

/* Of the timers `soon`, `later` and `wrote`. */
void journal_refuse(void *journal);
void journal_look(void *journal);
void journal_wrote_here(void *journal);
/* When nothing runs. */
void journal_free(Journal *j);
void journal_close_beside(void *beside);

/* In jobs that have the file for themselves; 0 or -errno. */

/* See journal_begin. */
int journal_begin_file(Journal *j);
/* All that is in it counts as durable. */
void journal_note_durable(Journal *j);
/* Copies what is trusted, and the rows that are in memory, to a new file that replaces the old one.
 */
int journal_mend(Journal *j);
/* See journal_rotate. */
int journal_rotate_file(Journal *j);
