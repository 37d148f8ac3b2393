/* csv - one line of a lease file to a lease and back, in Kea's columns.
 *
 * Every schema version is a prefix of the newest one, so a schema is a number of columns. There are
 * no quotes: within a host name or user context a comma, '&' and what is not printable ASCII stand
 * as &#xHH. A row with valid_lifetime 0 takes the lease of its address away. */
#pragma once

#include "columns.h"

/* A longer line is damage: more than a row can have whose user context has 65535 escaped bytes. */
#define CSV_LINE_MAX (1u << 19)

/* The files of one family. */
typedef struct CsvFormat {
    int family;
    const char *kind; /* what they are called */
    const char *name; /* of the file, where the configuration has none */
    size_t addr_len;  /* so many bytes at the end of an address tell leases apart */
    const Column *columns;
    unsigned oldest, newest; /* columns of the first schema, and of ours */
} CsvFormat;

const CsvFormat *csv_format(int family);

/* How many fields rows below a header may have. */
typedef struct CsvSchema {
    unsigned min, max;
    bool is_older, is_newer; /* than what is written here */
} CsvSchema;

/* What reading needs: the schema of the file, and what is wrong. */
typedef struct CsvReader {
    const CsvFormat *format;
    CsvSchema schema;
    char why[160];
} CsvReader;

/* The header line, ended by a newline. */
void csv_append_header(const CsvFormat *format, GString *out);

/* For a file whose header is not known (yet). */
void csv_reader_init(CsvReader *reader, const CsvFormat *format);

typedef enum CsvHeader {
    CSV_HEADER_GOOD = 0,
    CSV_HEADER_DAMAGED, /* no header at all: rows may still be good */
    CSV_HEADER_FOREIGN, /* a header, but of another kind of file; `why` says so */
} CsvHeader;
/* Takes the schema from a header; `line` (NUL-terminated) is changed unless it is damaged. */
CsvHeader csv_read_header(CsvReader *reader, char *line);

/* Reads a row of `len` bytes with a NUL behind them; `line` is changed, and lent to `lease`. 0, or
 * -EINVAL with `why`. Whether the lease is fit to be stored is not asked. */
int csv_read_row(CsvReader *reader, char *line, size_t len, BerthLease *lease);

/* Appends the row of a lease, or the row that takes it away, with its newline. */
void csv_append_row(const CsvFormat *format, GString *out, const BerthLease *lease, bool removed);
