/* load - reading the stored leases in slices, whatever state the files are in.
 *
 * In order: NAME.completed if there is one, otherwise NAME.2 and NAME.1 (what a cleanup left
 * behind), then NAME itself. What can't be read as a row is reported with file and line, counted
 * and skipped, and the file is copied to FILE.damaged so that nothing rewrites the evidence away.
 *
 * While some rows are handed out, the next ones are read and parsed in a job. */
#pragma once

#include "csv.h"
#include "lock.h"

typedef struct Load Load;

/* What was found; whole after the end. */
typedef struct LoadFound {
    int64_t size;           /* the bytes of NAME that are whole lines; a torn tail follows */
    uint64_t rows;          /* of NAME */
    uint64_t cleaned;       /* rows of NAME.2 */
    bool unfinished;        /* a cleanup: there is a NAME.completed or NAME.1 */
    uint64_t damaged;       /* rows of NAME that are kept aside */
    uint64_t older_damaged; /* and of the files before it */
} LoadFound;

/* `max_row_errors` 0: any number. `path` is copied; the lock is held as long as a job works. */
Load *load_new(BerthServer *server, const char *path, const CsvFormat *format, FileLock *lock,
               int64_t max_row_errors);
/* A job that is running ends by itself later, without calling anybody. NULL is fine. */
void load_free(Load *load);

/* As `load` of the role. */
int load_some(Load *load, unsigned max_rows, const BerthLeaseSink *sink, GError **error);
const LoadFound *load_found(const Load *load);
