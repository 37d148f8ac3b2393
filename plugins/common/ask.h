/* ask - a few questions to one server, on a connection of their own that ends with the answers. */
#pragma once

#include "dial.h"

typedef struct Ask Ask;

#define ASK_MAX 2
typedef struct AskWhat {
    const char *user, *password;           /* NULL: nobody logs in */
    const char *const *questions[ASK_MAX]; /* the words of each, ended by NULL; a NULL ends them */
} AskWhat;

/* As many replies as questions, errors perhaps, gone after the call; or NULL, and `why`. */
typedef void (*Asked)(void *data, redisReply *const *replies, const char *why);

/* `params` and `place` must last, `what` need not. Never calls within the call. */
Ask *ask_new(BerthServer *server, const BerthRedisParams *params, const Place *place,
             const AskWhat *what, Asked asked, void *data);
/* Also within `asked`. NULL is fine. */
void ask_free(Ask *ask);
