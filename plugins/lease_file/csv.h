/* csv - one line of a lease file to a lease and back, in Kea's columns.
 *
 * Every schema version is a prefix of the newest one, so a schema is a number of columns. There are
 * no quotes: within a host name or user context a comma, '&' and what is not printable ASCII stand
 * as
 * &#xHH. A row with valid_lifetime 0 takes the lease of its address away. */
#pragma once

#include <berth/plugin.h>

/* A longer line is damage: more than a row can have whose user context has 65535 escaped bytes. */
#define CSV_LINE_MAX (1u << 19)

/* Latest time that is taken for one: the end of the year 9999. */
#define CSV_TIME_MAX 253402300799

/* How many fields rows below a header may have. */
typedef struct CsvSchema {
    unsigned min, max;
    bool is_older, is_newer; /* than what is written here */
} CsvSchema;

/* The header line, ended by a newline. */
void csv_append_header(GString *out);

/* What is known of rows when the header is damaged. */
CsvSchema csv_schema_unknown(void);

typedef enum CsvHeader {
    CSV_HEADER_GOOD = 0,
    CSV_HEADER_DAMAGED, /* no header at all: rows may still be good */
    CSV_HEADER_FOREIGN, /* a header, but of another kind of file; `why` says so */
} CsvHeader;
/* Reads a header; `line` (NUL-terminated) is changed. */
CsvHeader csv_read_header(char *line, CsvSchema *ret, char *why, size_t why_size);

/* What a row's bytes are put into; the lease borrows from it and from the line. */
typedef struct CsvScratch {
    uint8_t client_id[255];
} CsvScratch;

/* Reads a row of `len` bytes with a NUL behind them; `line` is changed and lent to `lease`. 0, or
 * -EINVAL with `why` telling which column is wrong. */
int csv_read_row(char *line, size_t len, const CsvSchema *schema, CsvScratch *scratch,
                 BerthLease *lease, char *why, size_t why_size);

/* Appends the row of a lease, or the row that takes it away, with its newline. */
void csv_append_row(GString *out, const BerthLease *lease, bool removed);
