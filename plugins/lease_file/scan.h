/* scan - the rows of one lease file, one after the other, whatever schema and whatever damage.
 *
 * It says what it finds and leaves the telling to others; it may run in a job. */
#pragma once

#include "csv.h"
#include "lines.h"

typedef struct Scan {
    BerthFile *file;
    Lines lines; /* lines.number: of the row handed out last */
    CsvReader reader;
    CsvHeader header; /* FOREIGN: reader.why says what it is; there are no rows to be had */
    BerthLease *lease;
    uint64_t rows; /* handed out, damaged ones too */
    const char *why;
} Scan;

typedef enum ScanRow {
    SCAN_END = 0,
    SCAN_ROW,     /* `lease` is lent until the next call */
    SCAN_DAMAGED, /* `why` */
} ScanRow;

/* Opens the file and reads its header. 0, or -errno: `scan` is as cleared then. */
int scan_open(Scan *scan, BerthServer *server, const char *path, const CsvFormat *format);
/* A ScanRow, or -errno. */
int scan_next(Scan *scan);
/* The same in two parts. SCAN_ROW: a line, lent until the next call; SCAN_END, or -errno. */
int scan_line(Scan *scan, Line *ret);
/* Reads the row into `lease`, which the text is lent to. NULL, or what is wrong with it, until the
 * next call. */
const char *scan_parse(Scan *scan, const Line *line, BerthLease *lease);
void scan_close(Scan *scan); /* zeroed is fine */
