/* test_client - a connection of redis.h on the real world, for the tests with real servers. */
#pragma once

#include "core/server/server.h"
#include "redis.h"
#include "tests/lib/redis.h"
#include "tests/lib/rows.h"

#define LIMIT_USEC (INT64_C(20) * G_USEC_PER_SEC)

typedef struct Site {
    GMainContext *context;
    BerthWorld *world;
    BerthServer *server;
    BerthRedis *redis;
    BerthRedisParams params;
    BerthTimer *limit;
    bool is_late;
    unsigned ups, downs, replies, unknown, unsent;
    GString *last; /* the last reply or reason */
} Site;

/* Not open yet: `params` may be changed. */
void site_init(Site *site);
void site_open(Site *site);
void site_clear(Site *site);

/* Lets the world go round until the condition holds. */
#define AWAIT(site, condition)                                           \
    do {                                                                 \
        berth_world_timer_set((site)->world, (site)->limit, LIMIT_USEC); \
        while (!(condition) && !(site)->is_late)                         \
            g_main_context_iteration((site)->context, TRUE);             \
        CHECK(condition);                                                \
    } while (0)

/* Whose answers are counted, and the last is kept. */
void on_reply(void *data, const BerthRedisAnswer *answer);
/* The answer to a command of one argument. */
const char *say(Site *site, const char *command, const char *argument);

/* It is connected with this port of the loopback. */
bool is_at_port(const Site *site, unsigned port);
