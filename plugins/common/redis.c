/* redis - see redis.h: the owner's calls, and the commands that wait for a connection. */
#include "redis_i.h"

#include "cluster.h"
#include "params.h"

#include <errno.h>

/* ---- the owner's word ---- */

static void on_moved(void *data, const Place *to)
{
    BerthRedis *redis = data;

    redis->busy++;
    place_free(redis->hint);
    redis->hint = place_new(to->host, to->port);
    redis_lose(redis, "the Sentinels name another master");
    redis_leave(redis);
}

static void send_waiting(BerthRedis *redis)
{
    Command *command;

    berth_timer_stop(redis->late);
    redis->late_at = INT64_MAX;
    while ((command = command_pop(&redis->waiting)))
        link_send(redis->link, command);
}

void berth_redis_accept(BerthRedis *redis)
{
    if (redis->state != REDIS_CHECKING)
        return;
    redis->busy++;
    redis->state = REDIS_UP;
    redis->up_at = berth_server_boot_usec(redis->server);
    redis->is_down_told = false;
    g_free(redis->why);
    redis->why = g_strdup("");
    BERTH_LOG(redis->server, BERTH_INFO, "redis", "BERTH_REDIS_UP", "%s: connected to %s",
              redis->owner.name, redis->peer);
    if (redis->params->sentinels.n > 0)
        redis->watch = watch_new(redis->server, redis->params, redis->at, on_moved, redis);
    send_waiting(redis);
    if (redis->owner.up)
        redis->owner.up(redis->data);
    redis_leave(redis);
}

void berth_redis_refuse(BerthRedis *redis, const char *why)
{
    if (!redis->link)
        return;
    redis->busy++;
    if (redis->state == REDIS_CHECKING)
        redis_give_up_place(redis, why);
    else
        redis_lose(redis, why);
    redis_leave(redis);
}

bool berth_redis_is_up(const BerthRedis *redis)
{
    return redis->state == REDIS_UP;
}

const char *berth_redis_peer(const BerthRedis *redis)
{
    return redis->peer;
}

const char *berth_redis_why(const BerthRedis *redis)
{
    return redis->why;
}

unsigned berth_redis_waiting(const BerthRedis *redis)
{
    return redis->budget.commands;
}

/* ---- commands ---- */

/* As in link.c: set to the earliest there was. */
static void set_late(BerthRedis *redis, int64_t at)
{
    if (at >= redis->late_at)
        return;
    redis->late_at = at;
    berth_timer_set(redis->server, redis->late, MAX(at - berth_server_boot_usec(redis->server), 0));
}

static void on_late(void *data)
{
    BerthRedis *redis = data;

    redis->busy++;
    redis->late_at = INT64_MAX;
    commands_take_late(&redis->waiting, berth_server_boot_usec(redis->server), &redis->unsent);
    set_late(redis, commands_deadline(&redis->waiting));
    commands_end(&redis->unsent, BERTH_REDIS_NOT_SENT);
    redis_leave(redis);
}

void redis_wait(BerthRedis *redis, Command *command)
{
    g_queue_push_tail_link(&redis->waiting, &command->link);
    set_late(redis, command->deadline);
}

void redis_add(BerthRedis *redis, Command *command)
{
    if (redis->state == REDIS_UP || redis->state == REDIS_CHECKING)
        link_send(redis->link, command);
    else
        redis_wait(redis, command);
}

static int add(BerthRedis *redis, Command *command)
{
    const BerthRedisLimits *limits = &redis->owner.limits;

    if (!command)
        return -EINVAL;
    if (redis->gone || redis->budget.commands >= limits->commands ||
        command->len > limits->command_bytes - redis->budget.bytes) {
        command_free(command);
        return -ENOBUFS;
    }
    command_count(command, &redis->budget);
    redis_add(redis, command);
    return 0;
}

static bool has_room(const BerthRedis *redis, const BerthRedisCommand *command)
{
    size_t room = redis->owner.limits.command_bytes - redis->budget.bytes;

    for (unsigned i = 0; i < command->n; i++) {
        if (command->args[i].len > room)
            return false;
        room -= command->args[i].len;
    }
    return true;
}

int berth_redis_command(BerthRedis *redis, const BerthRedisCommand *from)
{
    double timeout = from->timeout_ms ? from->timeout_ms / 1e3 : redis->params->command_timeout_sec;
    Command *command;

    if (!has_room(redis, from))
        return -ENOBUFS;
    command = command_new(from->args, from->n);
    if (command) {
        command->deadline = redis_from_now(redis, timeout);
        command->answered = from->answered;
        command->data = from->data;
    }
    return add(redis, command);
}

int berth_redis_call(BerthRedis *redis, BerthRedisAnswered answered, void *data, const char *format,
                     ...)
{
    Command *command;
    va_list args;

    va_start(args, format);
    command = command_new_format(format, args);
    va_end(args);
    if (command) {
        command->deadline = redis_from_now(redis, redis->params->command_timeout_sec);
        command->answered = answered;
        command->data = data;
    }
    return add(redis, command);
}

/* ---- the whole of it ---- */

BerthRedis *berth_redis_new(BerthServer *server, const BerthRedisParams *params,
                            const BerthRedisOwner *owner, void *data)
{
    BerthRedis *redis = g_new0(BerthRedis, 1);

    redis->server = server;
    redis->params = params_copy(params);
    redis->owner = *owner;
    redis->owner.name = g_strdup(owner->name);
    redis->owner.slot_key = g_strdup(owner->slot_key);
    resp_limits_complete(&redis->owner.limits);
    redis->data = data;
    redis->peer = g_strdup("");
    redis->why = g_strdup("not connected yet");
    redis->places = g_ptr_array_new_with_free_func((GDestroyNotify)place_free);
    g_ptr_array_add(redis->places, params->unix_socket
                                       ? place_new(params->unix_socket, 0)
                                       : place_new(params->host, (unsigned)params->port));
    redis->slot = cluster_slot(berth_bytes(owner->slot_key));
    redis->late = berth_timer_new(server, on_late, redis);
    redis->late_at = INT64_MAX;
    redis->round = berth_timer_new(server, redis_on_round, redis);
    berth_timer_set(server, redis->round, 0);
    return redis;
}

void berth_redis_free(BerthRedis *redis)
{
    if (!redis || redis->gone)
        return;
    redis->busy++;
    redis->gone = true;
    redis->state = REDIS_WAITING;
    redis_forget_connection(redis);
    commands_end(&redis->unsent, BERTH_REDIS_NOT_SENT);
    commands_end(&redis->waiting, BERTH_REDIS_NOT_SENT);
    berth_timer_free(redis->round);
    berth_timer_free(redis->late);
    g_ptr_array_unref(redis->places);
    place_free(redis->at);
    place_free(redis->hint);
    params_free(redis->params);
    g_free((char *)redis->owner.name);
    g_free((char *)redis->owner.slot_key);
    g_free(redis->peer);
    g_free(redis->why);
    redis_leave(redis);
}
