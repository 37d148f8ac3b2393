/* sentinel - which server the Sentinels call the master; whether it still is the one we are at.
 *
 * They are asked, and not listened to: a subscription that is dead looks like one that has nothing
 * to say. What they name is not believed before the named one has said by ROLE that it is a master.
 */
#pragma once

#include "search.h"

Search *sentinel_search(BerthServer *server, const BerthRedisParams *params, Found found,
                        void *data);
/* Whether a reply to ROLE is a master's. */
bool sentinel_is_master(const redisReply *role);

typedef struct Watch Watch;
/* The Sentinels name another, which is a master. */
typedef void (*WatchMoved)(void *data, const Place *to);

/* Asks every few seconds. `at` is copied. */
Watch *watch_new(BerthServer *server, const BerthRedisParams *params, const Place *at,
                 WatchMoved moved, void *data);
/* Also within `moved`. NULL is fine. */
void watch_free(Watch *watch);
