/* schema_cell - one row of a table meeting one value: between the walk (schema.c) and the reading
 * of values (schema_value.c). */
#pragma once

#include "core/conf/schema.h"

/* A place in the tree, made to text only for an error. A list's element has no key. */
typedef struct BerthPath {
    const struct BerthPath *up;
    const char *key;
    size_t index;
} BerthPath;

/* One row meeting one value. */
typedef struct BerthCell {
    const BerthFill *fill;
    BerthConfItem row;
    size_t item_size;
    const BerthNode *node;
    BerthPath path;
    void *at; /* the member */
} BerthCell;

/* Goes through a table's rows that its flags mean: *i starts at 0; false behind the last. */
bool berth_schema_next_row(const BerthFillTable *table, size_t item_size, size_t *i,
                           BerthConfItem *ret);

/* berth_schema_fill for a map that is somewhere inside. */
void berth_schema_fill_at(const BerthFill *fill, const BerthNode *node, const BerthPath *path,
                          const BerthFillTable *tables, size_t n_tables, size_t item_size);

void berth_cell_report(const BerthFill *fill, const BerthNode *node, const BerthPath *path,
                       const char *format, ...) G_GNUC_PRINTF(4, 5);
#define berth_cell_error(cell, ...) \
    berth_cell_report((cell)->fill, (cell)->node, &(cell)->path, __VA_ARGS__)
/* Once a key: a thousand subnets with the same one need no thousand warnings. */
void berth_cell_warn(const BerthCell *cell, const char *what);
/* "a string where … is expected", by the cell's value. */
void berth_cell_type_error(const BerthCell *cell, const char *what);

/* Fills the member from the value, or from the table's default. */
void berth_cell_read(BerthCell *cell);
void berth_cell_default(BerthCell *cell);
