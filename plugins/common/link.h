/* link - one byte stream to a Redis server, with the commands on it that are not answered yet.
 *
 * It lives once: when anything is wrong with the stream, the order or the form of replies, or one
 * of them is late, it is closed for good, and what had been sent has an unknown outcome. */
#pragma once

#include "command.h"
#include "resp.h"

typedef struct Link Link;

typedef struct LinkEvents {
    /* The command is the callee's now. So is the reply when it sets *reply to NULL. */
    void (*answered)(void *data, Command *command, redisReply **reply);
    /* No more will come. The commands are still there. */
    void (*closed)(void *data, const char *why);
} LinkEvents;

/* Takes a connected stream. The limits are complete (resp.h). */
Link *link_new(BerthServer *server, BerthStream *stream, const BerthRedisLimits *limits,
               const LinkEvents *events, void *data);
/* May be called within the events, which end then. The commands that have no reply are moved to
 * `ret_left`; NULL: nobody waits for them. A NULL link is fine. */
void link_free(Link *link, GQueue *ret_left);

/* Sends it; it is the link's until it is answered. */
void link_send(Link *link, Command *command);
unsigned link_waiting(const Link *link);
