/* columns - the fields of a row of Kea's lease files: one table of columns a family, and how each
 * is read and written. What a row is, csv says. */
#pragma once

#include <berth/plugin.h>

/* A row, field by field. Every field has a default, for rows of older schemas. */
typedef struct Row {
    BerthAddr addr;
    BerthHwaddr hwaddr; /* its type is in `hw_type` */
    BerthBytes id;      /* client identifier or DUID */
    BerthBytes hostname, context;
    uint32_t valid_sec, preferred_sec, subnet_id, pool_id, iaid;
    uint32_t state, type, prefix_len;
    int64_t expire;
    int64_t hw_type, hw_source; /* -1: empty */
    bool fwd, rev;
} Row;

typedef struct Column {
    const char *name;
    size_t offset; /* of its field in Row */
    /* `text` has a NUL at `len`; it may be changed, and lent to the field. False: it is wrong. */
    bool (*read)(char *text, size_t len, void *field);
    char *(*write)(char *at, const void *field); /* the end; no NUL */
    const char *must;                            /* how it must look, for people */
} Column;

/* Latest time that is taken for one: the end of the year 9999. */
#define COLUMNS_TIME_MAX INT64_C(253402300799)

#define COLUMNS_MAX 18
extern const Column columns4[12], columns6[COLUMNS_MAX];

/* The bytes of the lease are the row's, and the other way round. `removed`: of the row that takes
 * the lease away. */
void row_clear(Row *row);
void row_to_lease(const Row *row, BerthLease *lease);
void row_from_lease(Row *row, const BerthLease *lease, bool removed);
size_t
row_text_max(const Row *row); /* no longer is what all columns write, and what separates them */
