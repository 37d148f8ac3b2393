/* journal - appending rows to the lease file so that what was answered for is never lost.
 *
 * All syncing happens in jobs, and all writing where one may have to wait for it. Two batches of
 * rows may be on their way: each is written behind the other, and answered, in the order of their
 * coming, when a sync that began after its rows were written has ended well (JOURNAL_ALWAYS). In
 * the other modes a sync goes on beside the writing.
 *
 * A write that fails is taken back (truncated and synced). Where that fails, too, or a sync failed,
 * the file behind the last good sync is not trusted any more, and whatever is on its way is
 * refused: the trusted beginning and the rows that are kept in memory are copied to a new file,
 * which is synced and renamed over the old one; until this has succeeded nothing is written and
 * every write is refused. So it is when NAME is not the file any more that is written to. It knows
 * bytes and files, no leases. */
#pragma once

#include "lock.h"

typedef struct Journal Journal;

/* When a row is durable: before it is answered for, soon after, or when the system likes. */
typedef enum JournalSync { JOURNAL_ALWAYS, JOURNAL_INTERVAL, JOURNAL_NEVER } JournalSync;

typedef struct JournalOptions {
    JournalSync sync;
    int64_t interval_usec; /* JOURNAL_INTERVAL: how long a row may wait for its sync */
} JournalOptions;

/* Makes NAME if it is missing. The journal holds the lock, too, as long as it writes. 0, or -errno
 * with `error` set. */
int journal_open(BerthServer *server, const char *path, FileLock *lock,
                 const JournalOptions *options, Journal **ret, GError **error);
/* Syncs what is not synced yet. Jobs that are running end by themselves later, without calling
 * anybody. */
void journal_close(Journal *journal); /* NULL is fine */

/* What was to be done is done: `error` is 0 or -errno. */
typedef void (*JournalWritten)(void *data, int error);

/* Before the first write: cuts what is behind the first `size` bytes, puts `header` into an empty
 * file, and makes sure that all that was read from it is durable; then calls, never within this
 * call. */
void journal_begin(Journal *journal, int64_t size, const char *header, JournalWritten begun,
                   void *data);

/* How many writes may be on their way. */
#define JOURNAL_BATCHES 2u

/* Writes the rows, which are the journal's from now on; then calls, never within this call. `error`
 * is 0, or -errno when they are not in the file and will not be found there. */
void journal_write(Journal *journal, GString *rows, JournalWritten written, void *data);

/* Renames NAME to `copy`, durably and with every row in it synced, and goes on in a new NAME; then
 * calls, never within this call. `error` is 0; -EEXIST when there is a `copy` or an `unless`
 * already, and nothing was done; or -errno, and all rows are still in NAME or in `copy` and NAME
 * together. One at a time; before a write that waits. */
void journal_rotate(Journal *journal, const char *copy, const char *unless, JournalWritten rotated,
                    void *data);

/* The files that a start reads before NAME, from now on the journal's; NULL: there is none. Should
 * NAME be found gone (and with it, as a rule, its folder), all are made anew. */
void journal_keep(Journal *journal, BerthFile *previous, BerthFile *copy);

BerthHealth journal_health(const Journal *journal, char *why, size_t size);
