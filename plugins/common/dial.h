/* dial - from the name of a place to a connected stream: look the name up, try all its addresses,
 * one after the other, start TLS. */
#pragma once

#include "redis.h"

/* Host or address and port; or, with '/' in front, a UNIX socket. */
typedef struct Place {
    char *host;
    unsigned port;
} Place;

Place *place_new(const char *host, unsigned port);
/* "host", "host:port", "address", "[address]:port", "/path". NULL: none of them. */
Place *place_parse(const char *text, unsigned default_port);
bool place_is_equal(const Place *a, const Place *b);
void place_free(Place *place);

typedef struct Dial Dial;

/* Called once and never within dial_new. The stream is the callee's, and has no events yet; NULL:
 * `why`. `peer` says which address it is. */
typedef void (*Dialed)(void *data, BerthStream *stream, const char *peer, const char *why);

/* `place` and `params` (for TLS and the time-out of all of it) stay the caller's and must last. */
Dial *dial_new(BerthServer *server, const BerthRedisParams *params, const Place *place,
               Dialed dialed, void *data);
/* Gives up, or forgets what has been done; also within `dialed`. NULL is fine. */
void dial_free(Dial *dial);
