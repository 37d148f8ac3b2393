/* lfc - "lease file cleanup": when the lease files are cleaned up, and what is told of it.
 *
 * A run begins when the file has grown, when lfc-interval says so, by command, or when a start
 * found one unfinished. First the journal goes on in a new file (journal_rotate), then the old ones
 * are made one in a job (compact). A run that fails harms nothing: it is told once, and tried again
 * a minute later, then two, four, … up to an hour or so. */
#pragma once

#include "journal.h"
#include "load.h"
#include "lock.h"

typedef struct Lfc Lfc;

typedef struct LfcOptions {
    const CsvFormat *format;
    int64_t interval_sec; /* 0: not by time */
    uint64_t growth_rows; /* so many rows more than three times the leases are allowed */
} LfcOptions;

Lfc *lfc_new(BerthServer *server, const char *path, FileLock *lock, Journal *journal,
             const LfcOptions *options);
/* Close it before the journal. A run in progress ends soon by itself, and holds the lock until
 * then. NULL is fine. */
void lfc_close(Lfc *lfc);

/* The leases are loaded, the journal has begun. */
void lfc_begin(Lfc *lfc, const LoadFound *found);
/* So many rows are in the file, and with them so many more (or fewer) leases. */
void lfc_added(Lfc *lfc, uint64_t rows, int64_t gain);

typedef enum LfcStart {
    LFC_STARTED = 0,
    LFC_RUNNING, /* already */
    LFC_LOADING, /* not begun yet */
} LfcStart;
LfcStart lfc_start(Lfc *lfc);

/* UP, or DEGRADED when the last run failed. */
BerthHealth lfc_health(const Lfc *lfc, char *why, size_t size);
/* Writes the member "lfc". */
void lfc_status(const Lfc *lfc, BerthJson *json);
