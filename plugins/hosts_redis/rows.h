/* rows - the reservations of one data set, by the id that Redis has for them, and what became of
 * each in the server: it is in use, or it was refused, and why.
 *
 * They stand in the order in which they were seen last, so that those which a load does not tell of
 * any more stand in front. */
#pragma once

#include <berth/plugin.h>

typedef struct Row {
    GList link; /* in Rows.order */
    uint64_t id;
    uint64_t sequence; /* of the change that it is of */
    unsigned load;     /* that has seen it last */
    unsigned conf;     /* configuration that it was read with */
    BerthHost *host;   /* in the server's set; NULL: it was refused */
    char *json;        /* of what was refused */
    char *why;
} Row;

typedef struct Rows {
    GHashTable *by_id; /* &Row.id -> Row */
    GQueue order;
    size_t refused;
} Rows;

/* Where rows are put, and taken from. */
typedef struct RowsPlace {
    BerthServer *server;
    int family;
    unsigned conf, load; /* of rows that are put from now on */
} RowsPlace;

void rows_init(Rows *rows);
/* Takes all out of the server's set, too. */
void rows_clear(Rows *rows, const RowsPlace *place);

Row *rows_find(const Rows *rows, uint64_t id);
/* What stands in Redis: "SEQUENCE JSON". It is used, if it can be, in place of what the id had; a
 * change that is not later than that only counts as seen. */
Row *rows_put(Rows *rows, const RowsPlace *place, uint64_t id, BerthBytes value);
/* Tries what was refused once more. False: it still is. */
bool rows_retry(Rows *rows, const RowsPlace *place, Row *row);
void rows_remove(Rows *rows, const RowsPlace *place, Row *row);
/* The first that this load has not seen; NULL: there is none. */
Row *rows_unseen(const Rows *rows, const RowsPlace *place);
size_t rows_count(const Rows *rows);
