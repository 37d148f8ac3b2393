/* table - the routes that there should be and those that there are, and what has to be done about
 * the difference. It knows neither leases nor the kernel. */
#pragma once

#include "hop.h"

typedef struct Table Table;

/* What all our routes have in common. */
typedef struct RouteKind {
    uint8_t protocol;
    uint32_t table, metric;
} RouteKind;

Table *table_new(RouteKind kind, size_t max);
void table_free(Table *table);
/* Routes of another kind are to be made from now on, while nothing is under way; what was made is
 * no more known of, and is a stray in the next check that sees it. */
void table_set_kind(Table *table, RouteKind kind);
void table_set_max(Table *table, size_t max); /* takes none away */

/* -ENOSPC: there are `max` already. */
int table_want(Table *table, BerthAddr prefix, uint8_t len, const Hop *hop);
void table_unwant(Table *table, BerthAddr prefix, uint8_t len);
size_t table_count(const Table *table); /* wanted, or still there */

/* What is to be done now, in its order: at most `max` changes, which are then under way until
 * table_done is handed the same with their results. One such set at a time. */
size_t table_take(Table *table, BerthRouteChange *ret, size_t max);
void table_done(Table *table, const BerthRouteChange *changes, size_t n);

/* The kernel's list, while nothing is under way: begin, each route, end. What is ours by its
 * protocol and wanted by nobody will be removed, what is missing will be added, and what failed
 * will be tried again. */
void table_begin_check(Table *table);
void table_check(Table *table, const BerthRoute *route);
void table_end_check(Table *table);
