/* redis - see redis.h: one connection after the other, and the commands that wait for one.
 *
 * A round finds the places where the master may be, and tries one after the other: dial, log in,
 * let the owner look. When none of them will do, or an accepted connection is lost, a new round
 * begins after a while. */
#include "dial.h"
#include "link.h"
#include "params.h"

#include <errno.h>

#define USEC_PER_MSEC INT64_C(1000)

typedef enum State {
    WAITING,  /* for the next round */
    DIALING,  /* to a place */
    GREETING, /* logging in */
    CHECKING, /* the owner looks */
    UP,
    LEAVING, /* what was sent is still answered, nothing more is sent */
} State;

struct BerthRedis {
    BerthServer *server;
    BerthRedisParams *params;
    BerthRedisOwner owner;
    void *data;
    State state;
    GPtrArray *places; /* of this round */
    unsigned next;     /* of them */
    Dial *dial;
    Link *link;
    unsigned greetings; /* not answered yet */
    GQueue waiting;     /* of Command */
    Budget budget;
    BerthTimer *round;
    BerthTimer *late; /* of the commands that wait */
    int64_t late_at;
    unsigned rounds; /* since it was up for long enough */
    int64_t up_at;
    bool is_down_told;
    char *peer, *why;
    unsigned busy; /* calls that still need the memory */
    bool gone;
};

static void leave(BerthRedis *redis)
{
    if (--redis->busy == 0 && redis->gone)
        g_free(redis);
}

static void set_text(char **text, const char *value)
{
    char *copy = g_strdup(value);

    g_free(*text);
    *text = copy;
}

static int64_t from_now(const BerthRedis *redis, double sec)
{
    return berth_server_boot_usec(redis->server) + (int64_t)(sec * G_USEC_PER_SEC);
}

/* ---- rounds ---- */

/* Doubled each time, and the upper half of it by chance, so that many servers whose Redis comes
 * back do not come all at once. */
static int64_t wait_usec(const BerthRedis *redis)
{
    int64_t most = redis->params->reconnect_wait_max_ms, wait = redis->params->reconnect_wait_ms;
    uint64_t chance;

    for (unsigned i = 1; i < redis->rounds && wait < most; i++)
        wait *= 2;
    wait = MIN(wait, most) * USEC_PER_MSEC;
    berth_server_random(redis->server, &chance, sizeof(chance));
    return wait / 2 + (int64_t)(chance % (uint64_t)(wait / 2 + 1));
}

static void forget_connection(BerthRedis *redis)
{
    dial_free(g_steal_pointer(&redis->dial));
    /* Its commands learn that their outcome is unknown, and may do anything to us. */
    link_free(g_steal_pointer(&redis->link));
}

static void tell_down(BerthRedis *redis)
{
    if (redis->is_down_told)
        return;
    redis->is_down_told = true;
    BERTH_LOG(redis->server, BERTH_WARN, "redis", "BERTH_REDIS_DOWN", "%s: %s: %s",
              redis->owner.name, redis->peer, redis->why);
    if (redis->owner.down)
        redis->owner.down(redis->data, redis->why);
}

/* The end of a round or of a connection. */
static void lose(BerthRedis *redis, const char *why)
{
    int64_t lasted = berth_server_boot_usec(redis->server) - redis->up_at;
    bool was_up = redis->state == UP || redis->state == LEAVING;

    set_text(&redis->why, why);
    redis->state = WAITING;
    if (was_up && lasted >= redis->params->reconnect_wait_max_ms * USEC_PER_MSEC)
        redis->rounds = 0;
    redis->rounds++;
    berth_timer_set(redis->server, redis->round, wait_usec(redis));
    forget_connection(redis);
    if (!redis->gone)
        tell_down(redis);
}

static void try_place(BerthRedis *redis);

/* One place will not do. */
static void give_up_place(BerthRedis *redis, const char *why)
{
    if (redis->next >= redis->places->len) {
        lose(redis, why);
        return;
    }
    forget_connection(redis);
    if (!redis->gone)
        try_place(redis);
}

/* ---- logging in ---- */

static void go_checking(BerthRedis *redis)
{
    redis->state = CHECKING;
    if (redis->owner.check)
        redis->owner.check(redis->data);
    else
        berth_redis_accept(redis);
}

static void greeted(BerthRedis *redis, const BerthRedisAnswer *answer, bool is_good)
{
    char text[200];

    if (answer->outcome != BERTH_REDIS_REPLY || redis->state != GREETING)
        return;
    redis->busy++;
    redis->greetings--;
    if (!is_good)
        give_up_place(redis, berth_redis_text(answer, text, sizeof(text)));
    else if (redis->greetings == 0)
        go_checking(redis);
    leave(redis);
}

static void on_greeting(void *data, const BerthRedisAnswer *answer)
{
    greeted(data, answer, berth_redis_is_ok(answer));
}

/* A name that a server does not take is no harm. */
static void on_named(void *data, const BerthRedisAnswer *answer)
{
    greeted(data, answer, true);
}

static void greet(BerthRedis *redis, BerthRedisAnswered answered, const char *const *words)
{
    Command *command = command_new_words(words);

    command->answered = answered;
    command->data = redis;
    command->deadline = from_now(redis, redis->params->connect_timeout_sec);
    redis->greetings++;
    link_send(redis->link, command);
}

static void send_greetings(BerthRedis *redis)
{
    const BerthRedisParams *params = redis->params;
    char database[24];

    g_snprintf(database, sizeof(database), "%" G_GINT64_FORMAT, params->database);
    redis->state = GREETING;
    redis->greetings = 0;
    if (params->password && params->user)
        greet(redis, on_greeting, (const char *[]){"AUTH", params->user, params->password, NULL});
    else if (params->password)
        greet(redis, on_greeting, (const char *[]){"AUTH", params->password, NULL});
    if (params->database > 0)
        greet(redis, on_greeting, (const char *[]){"SELECT", database, NULL});
    greet(redis, on_named, (const char *[]){"CLIENT", "SETNAME", redis->owner.name, NULL});
}

/* ---- a connection ---- */

/* What these say is true of the server and not of the command. */
static bool is_wrong_server(BerthRedisWord word)
{
    return word == BERTH_REDIS_READONLY || word == BERTH_REDIS_LOADING ||
           word == BERTH_REDIS_MASTERDOWN || word == BERTH_REDIS_NOAUTH;
}

static void on_answered(void *data, Command *command, redisReply **reply)
{
    BerthRedis *redis = data;

    redis->busy++;
    if (redis->state == UP && is_wrong_server(resp_word(*reply))) {
        redis->state = LEAVING;
        set_text(&redis->why, (*reply)->str);
    }
    command_end(command, BERTH_REDIS_REPLY, *reply);
    if (!redis->gone && redis->state == LEAVING && link_waiting(redis->link) == 0) {
        g_autofree char *why = g_strdup(redis->why);

        lose(redis, why);
    }
    leave(redis);
}

static void on_closed(void *data, const char *why)
{
    BerthRedis *redis = data;

    redis->busy++;
    if (redis->state == GREETING)
        give_up_place(redis, why);
    else
        lose(redis, why);
    leave(redis);
}

static void on_dialed(void *data, BerthStream *stream, const char *peer, const char *why)
{
    static const LinkEvents events = {on_answered, on_closed};
    BerthRedis *redis = data;

    redis->busy++;
    set_text(&redis->peer, peer);
    if (stream) {
        redis->link = link_new(redis->server, stream, &redis->owner.limits, &events, redis);
        send_greetings(redis);
        dial_free(g_steal_pointer(&redis->dial));
    } else {
        give_up_place(redis, why);
    }
    leave(redis);
}

static void try_place(BerthRedis *redis)
{
    redis->state = DIALING;
    redis->dial = dial_new(redis->server, redis->params, redis->places->pdata[redis->next++],
                           on_dialed, redis);
}

static void on_round(void *data)
{
    BerthRedis *redis = data;

    redis->next = 0;
    try_place(redis);
}

/* ---- the owner's word ---- */

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
    if (redis->state != CHECKING)
        return;
    redis->busy++;
    redis->state = UP;
    redis->up_at = berth_server_boot_usec(redis->server);
    redis->is_down_told = false;
    set_text(&redis->why, "");
    BERTH_LOG(redis->server, BERTH_INFO, "redis", "BERTH_REDIS_UP", "%s: connected to %s",
              redis->owner.name, redis->peer);
    send_waiting(redis);
    if (redis->owner.up)
        redis->owner.up(redis->data);
    leave(redis);
}

void berth_redis_refuse(BerthRedis *redis, const char *why)
{
    if (!redis->link)
        return;
    redis->busy++;
    if (redis->state == CHECKING)
        give_up_place(redis, why);
    else
        lose(redis, why);
    leave(redis);
}

bool berth_redis_is_up(const BerthRedis *redis)
{
    return redis->state == UP;
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
    GQueue late = G_QUEUE_INIT;

    redis->busy++;
    redis->late_at = INT64_MAX;
    commands_take_late(&redis->waiting, berth_server_boot_usec(redis->server), &late);
    set_late(redis, commands_deadline(&redis->waiting));
    commands_end(&late, BERTH_REDIS_NOT_SENT);
    leave(redis);
}

static int add(BerthRedis *redis, Command *command)
{
    const BerthRedisLimits *limits = &redis->owner.limits;

    if (!command)
        return -EINVAL;
    if (redis->budget.commands >= limits->commands ||
        command->len > limits->command_bytes - redis->budget.bytes) {
        command_free(command);
        return -ENOBUFS;
    }
    command_count(command, &redis->budget);
    if (redis->state == UP || redis->state == CHECKING) {
        link_send(redis->link, command);
        return 0;
    }
    g_queue_push_tail_link(&redis->waiting, &command->link);
    set_late(redis, command->deadline);
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
        command->deadline = from_now(redis, timeout);
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
        command->deadline = from_now(redis, redis->params->command_timeout_sec);
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
    redis->late = berth_timer_new(server, on_late, redis);
    redis->late_at = INT64_MAX;
    redis->round = berth_timer_new(server, on_round, redis);
    berth_timer_set(server, redis->round, 0);
    return redis;
}

void berth_redis_free(BerthRedis *redis)
{
    if (!redis || redis->gone)
        return;
    redis->busy++;
    redis->gone = true;
    redis->state = WAITING;
    forget_connection(redis);
    commands_end(&redis->waiting, BERTH_REDIS_NOT_SENT);
    berth_timer_free(redis->round);
    berth_timer_free(redis->late);
    g_ptr_array_unref(redis->places);
    params_free(redis->params);
    g_free((char *)redis->owner.name);
    g_free((char *)redis->owner.slot_key);
    g_free(redis->peer);
    g_free(redis->why);
    leave(redis);
}
