/* compact - one clean-up of the lease files: NAME.2 and NAME.1 become a new NAME.2 that has the
 * last row of each address. README.md has the steps, and what a start makes of each.
 *
 * All of it is done by compact_run in a job, beside the journal, whose file it never touches. */
#pragma once

#include "csv.h"
#include "rowmap.h"

typedef struct Compact {
    BerthServer *server;
    const CsvFormat *format;
    uint64_t seeds[ROW_MAP_SEEDS];
    char *dir, *copy, *previous, *output, *completed;
    int cancelled; /* atomic */
    uint64_t known_damaged;

    /* The result. */
    int error;
    const char *step, *path;      /* what failed, and on which file */
    uint64_t rows, damaged, kept; /* read; of these; written */
} Compact;

void compact_init(Compact *compact, BerthServer *server, const char *path, const CsvFormat *format);
void compact_clear(Compact *compact);
/* Before each run. `known_damaged`: so many damaged rows are kept aside already; with more, the
 * files are copied before they go. */
void compact_reset(Compact *compact, uint64_t known_damaged);
/* In a job. Does what is left to do of a run that was interrupted, or a whole one. */
void compact_run(Compact *compact);
/* From the main thread: the run ends soon, with -ECANCELED, and nothing is lost. */
void compact_cancel(Compact *compact);
