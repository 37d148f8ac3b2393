/* tail - the entries of a Redis Stream as they are added, one after the other: XREAD on a
 * connection that does nothing else.
 *
 * It is placed behind an entry, and begins when it is told to go. Over a loss of the connection it
 * goes on behind the last entry that came; whether some were trimmed meanwhile is for its owner to
 * find out, by what the entries say. */
#pragma once

#include "redis.h"

typedef struct Tail Tail;

#define TAIL_ID_MAX 48

typedef struct TailOwner {
    const char *name, *slot_key; /* of the connection; copied */
    const char *key;             /* of the stream; must last */
    /* An entry and its array of fields and values by turns, which may be anything. */
    void (*entry)(void *data, const char *id, const redisReply *fields);
    /* That is no stream, or no entry of one. It was stopped. */
    void (*failed)(void *data, const char *why);
} TailOwner;

Tail *tail_new(BerthServer *server, const BerthRedisParams *params, const TailOwner *owner,
               void *data);
void tail_free(Tail *tail); /* NULL is fine */

/* Behind this entry. `peer` is the master that it was read of: a connection that leads elsewhere is
 * made anew. Nothing comes before tail_go. */
void tail_place(Tail *tail, const char *id, const char *peer);
void tail_go(Tail *tail);
/* Nothing comes any more, also of what is there already. */
void tail_stop(Tail *tail);
/* Connects anew, and goes on. */
void tail_refuse(Tail *tail, const char *why);

/* The last entry that came, or what it was placed behind. */
const char *tail_id(const Tail *tail);
/* Entries are numbered by milliseconds and a count within. */
bool tail_is_after(const char *a, const char *b);
