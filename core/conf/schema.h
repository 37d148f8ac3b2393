/* schema - filling C structs from a tree by declared tables (berth/conf.h), and the way back.
 *
 * Every key of a map is looked up in its table; unknown ones are errors with the nearest known
 * name, wrong types and ranges too, all of them, each with file, line and path. */
#pragma once

#include "core/conf/node.h"
#include <berth/conf.h>

typedef struct BerthFill {
    BerthArena *arena; /* strings and lists are made here */
    BerthErrors *errors;
    GPtrArray *warnings;  /* of char *: ignored keys, deprecated spellings; g_free */
    GPtrArray *unclaimed; /* of BerthNode *: collects unknown keys; NULL: they are errors */
} BerthFill;

/* Fills `ret` (zeroed by the caller) from the map `node` (NULL: all defaults). `parent` is the
 * filled struct of the enclosing scope for INHERIT rows, or NULL. `path` names the map in errors.
 * Several tables may describe one map: a key must be in one of them; each fills its own struct. The
 * keys "comment" and "user-context" are allowed in every map. `item_size` is the distance of the
 * rows: sizeof(BerthConfItem) of whoever compiled them. Structs inside MAP and LIST inherit
 * nothing. */
typedef struct BerthFillTable {
    const BerthConfItem *items; /* ended by {0} */
    void *ret;
    const void *parent;
    unsigned only_flags; /* BERTH_CONF_GLOBAL: only these rows; 0: all but these */
} BerthFillTable;
void berth_schema_fill(const BerthFill *fill, const BerthNode *node, const char *path,
                       const BerthFillTable *tables, size_t n_tables, size_t item_size);

/* Writes the members of a filled struct into an open object: every row with its value in force,
 * secrets masked, absent strings and unset numbers left out. */
void berth_schema_write(const BerthConfItem *items, const void *data, BerthJson *json);

/* "max-valid-lifetime" for "max-valid-lifetmie", NULL when nothing is near (distance > 2, or > a
 * third of its length). */
const char *berth_schema_suggest(const char *key, const BerthFillTable *tables, size_t n_tables,
                                 size_t item_size);

/* The table as Markdown rows for the reference manual: key, type, default, range, help. */
void berth_schema_manual(const BerthConfItem *items, GString *ret);
/* One row as lines: the key, then where it stands, type, range, default and what it is for. */
void berth_schema_explain(const BerthConfItem *row, const char *place, GString *ret);
