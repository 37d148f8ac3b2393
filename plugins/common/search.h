/* search - where the master is, by what those say who should know: Sentinels, or the nodes of a
 * cluster. All are asked at once; their answers are votes. */
#pragma once

#include "ask.h"

typedef struct Vote {
    Place *place;
    int64_t epoch; /* of the configuration that it is from; the higher wins */
    unsigned n;    /* who say so */
} Vote;

typedef struct SearchKind {
    AskWhat what;
    /* What one of them, at `asked`, said: a place and its epoch; or NULL, and *ret_why. */
    Place *(*read)(void *data, redisReply *const *replies, const Place *asked, int64_t *ret_epoch,
                   char **ret_why);
    void *data;
    bool first_is_enough; /* else a majority that is of one mind, or all */
} SearchKind;

typedef struct Search Search;

/* The places that were named, best first, the caller's; none: why. */
typedef void (*Found)(void *data, GPtrArray *places, const char *why);

/* Takes `asked`, of Place. `params` and what `kind` points to must last. Never calls within the
 * call. */
Search *search_new(BerthServer *server, const BerthRedisParams *params, GPtrArray *asked,
                   const SearchKind *kind, Found found, void *data);
/* Also within `found`. NULL is fine. */
void search_free(Search *search);
