/* follow - a cluster says that our hash slot is elsewhere (MOVED), or that a part of it already is
 * (ASK).
 *
 * Neither was done, so the command may go to the other node: for MOVED by the next round, with all
 * others; for ASK on a connection beside ours, command by command, while the slot is being moved.
 * Commands that were sent elsewhere may so be done after later ones. */
#include "redis_i.h"

#include "cluster.h"

#define MOVES_MAX 5 /* of one command; nodes that send it in circles end here */

static void free_aside(BerthRedis *redis)
{
    BerthRedis *aside = g_steal_pointer(&redis->aside);

    if (aside)
        aside->parent = NULL;
    berth_redis_free(aside);
}

static void open_aside(BerthRedis *redis, const Place *place)
{
    BerthRedisParams params = *redis->params;
    BerthRedisOwner owner = {.name = redis->owner.name, .limits = redis->owner.limits};

    if (redis->aside && place_is_equal(redis->aside->places->pdata[0], place))
        return;
    free_aside(redis);
    params.cluster = false;
    params.host = place->host;
    params.port = place->port;
    redis->aside = berth_redis_new(redis->server, &params, &owner, NULL);
    redis->aside->parent = redis;
}

static void ask_aside(BerthRedis *redis, const Place *place, Command *command)
{
    Command *asking = command_new_words((const char *[]){"ASKING", NULL});

    redis->busy++;
    open_aside(redis, place);
    if (redis->gone) {
        command_free(asking);
        command_end(command, BERTH_REDIS_NOT_SENT, NULL);
    } else {
        asking->deadline = command->deadline;
        redis_add(redis->aside, asking);
        redis_add(redis->aside, command);
    }
    redis_leave(redis);
}

/* The owner's first look is not followed: it begins anew at the other node. False then. */
static bool move(BerthRedis *redis, Place *place, Command *command)
{
    bool is_look = redis->state == REDIS_CHECKING;

    place_free(redis->hint);
    redis->hint = place;
    redis_go(redis, "our hash slot has moved");
    if (!is_look)
        redis_wait(redis, command);
    return !is_look;
}

bool redis_follow(BerthRedis *redis, Command *command, const redisReply *reply)
{
    BerthRedis *main = redis->parent ? redis->parent : redis;
    BerthRedisWord word = resp_word(reply);
    Place *place;

    if (!main->params->cluster || (word != BERTH_REDIS_MOVED && word != BERTH_REDIS_ASK) ||
        command->moves >= MOVES_MAX)
        return false;
    place = cluster_redirect(reply, main->slot, redis->at->host);
    if (!place)
        return false;
    command->moves++;
    if (word == BERTH_REDIS_ASK) {
        ask_aside(main, place, command);
        place_free(place);
        return true;
    }
    if (!move(main, place, command))
        return false;
    if (main != redis)
        redis_left(main);
    return true;
}
