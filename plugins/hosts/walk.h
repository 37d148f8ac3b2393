/* walk - going through the reservations of a set, or of both, and answering with those that are
 * wanted: a part of them at a time, so that a million is no pause for packets. */
#pragma once

#include "request.h"

typedef struct Walk Walk;

typedef bool (*Wants)(const Request *request, const BerthHost *host);

typedef struct Page {
    unsigned source; /* 0: the configuration, 1: the database */
    uint64_t from;
    uint32_t limit;
} Page;

/* Answers with `hosts`: all that are wanted in request->targets; takes the request over. */
void walk_all(Request *request, Wants wants);
/* So many of one source behind a place; of the next one when it has no more. */
void walk_page(Request *request, Wants wants, Page page);
/* The plugin goes: what goes on is answered with an error. */
void walk_end_all(Run *run);

/* A host as an element of an open list, or with key NULL as the answer. */
void walk_write(const BerthHost *host, BerthJson *json);
/* Looks a host up by the request's selector, in this set; the i-th of an address. */
const BerthHost *walk_find(const Request *request, BerthHostTarget target, size_t i);
