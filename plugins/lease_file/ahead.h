/* ahead - some rows of a lease file, read and parsed in a job before they are asked for. */
#pragma once

#include "scan.h"

#define AHEAD_ROWS 2048

typedef struct AheadRow {
    BerthLease *lease; /* made when it is needed first */
    uint64_t line;
    const char *why; /* it is damaged; NULL: it is not */
} AheadRow;

typedef struct Ahead {
    AheadRow rows[AHEAD_ROWS];
    unsigned n;
    int end;            /* of the file, behind the rows: as scan_line answers */
    GStringChunk *text; /* what the leases borrow */
} Ahead;

Ahead *ahead_new(void);
void ahead_free(Ahead *ahead); /* NULL is fine */
/* In a job: takes the place of what was in it. */
void ahead_fill(Ahead *ahead, Scan *scan);
