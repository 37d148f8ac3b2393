/* round - one connection after the other; see redis_i.h.
 *
 * A round finds the places where the master may be, and tries one after the other: dial, log in,
 * let the owner look. When none of them will do, or an accepted connection is lost, a new round
 * begins after a while. */
#include "redis_i.h"

#include "cluster.h"

#define USEC_PER_MSEC INT64_C(1000)

void redis_leave(BerthRedis *redis)
{
    if (--redis->busy == 0 && redis->gone)
        g_free(redis);
}

int64_t redis_from_now(const BerthRedis *redis, double sec)
{
    return berth_server_boot_usec(redis->server) + (int64_t)(sec * G_USEC_PER_SEC);
}

static void set_text(char **text, const char *value)
{
    char *copy = g_strdup(value);

    g_free(*text);
    *text = copy;
}

/* ---- the end of one ---- */

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

void redis_forget_connection(BerthRedis *redis)
{
    BerthRedis *aside = g_steal_pointer(&redis->aside);

    search_free(g_steal_pointer(&redis->search));
    watch_free(g_steal_pointer(&redis->watch));
    dial_free(g_steal_pointer(&redis->dial));
    link_free(g_steal_pointer(&redis->link), &redis->unknown);
    /* Whoever is told may do anything to us. */
    commands_end(&redis->unknown, BERTH_REDIS_UNKNOWN);
    if (aside)
        aside->parent = NULL;
    berth_redis_free(aside);
}

static void tell_down(BerthRedis *redis)
{
    bool says_where = !*redis->peer || g_str_has_prefix(redis->why, redis->peer);

    if (redis->is_down_told)
        return;
    redis->is_down_told = true;
    BERTH_LOG(redis->server, BERTH_WARN, "redis", "BERTH_REDIS_DOWN", "%s: %s%s%s",
              redis->owner.name, says_where ? "" : redis->peer, says_where ? "" : ": ", redis->why);
    if (redis->owner.down)
        redis->owner.down(redis->data, redis->why);
}

void redis_lose(BerthRedis *redis, const char *why)
{
    int64_t lasted = redis->up_at ? berth_server_boot_usec(redis->server) - redis->up_at : 0;

    set_text(&redis->why, why);
    redis->state = REDIS_WAITING;
    redis->up_at = 0;
    if (lasted >= redis->params->reconnect_wait_max_ms * USEC_PER_MSEC)
        redis->rounds = 0;
    redis->rounds++;
    berth_timer_set(redis->server, redis->round, wait_usec(redis));
    redis_forget_connection(redis);
    if (!redis->gone)
        tell_down(redis);
}

void redis_go(BerthRedis *redis, const char *why)
{
    if (redis->state != REDIS_UP && redis->state != REDIS_CHECKING)
        return;
    redis->state = REDIS_LEAVING;
    set_text(&redis->why, why);
}

void redis_left(BerthRedis *redis)
{
    g_autofree char *why = g_strdup(redis->why);

    if (redis->state == REDIS_LEAVING && link_waiting(redis->link) == 0)
        redis_lose(redis, why);
}

static void try_place(BerthRedis *redis);

void redis_give_up_place(BerthRedis *redis, const char *why)
{
    if (redis->next >= redis->places->len) {
        redis_lose(redis, why);
        return;
    }
    redis_forget_connection(redis);
    if (!redis->gone)
        try_place(redis);
}

/* ---- logging in ---- */

static void go_checking(BerthRedis *redis)
{
    redis->state = REDIS_CHECKING;
    if (redis->owner.check)
        redis->owner.check(redis->data);
    else
        berth_redis_accept(redis);
}

static void greeted(BerthRedis *redis, const BerthRedisAnswer *answer, const char *why)
{
    if (answer->outcome != BERTH_REDIS_REPLY || redis->state != REDIS_GREETING)
        return;
    redis->busy++;
    redis->greetings--;
    if (why)
        redis_give_up_place(redis, why);
    else if (redis->greetings == 0)
        go_checking(redis);
    redis_leave(redis);
}

static void on_greeting(void *data, const BerthRedisAnswer *answer)
{
    char text[200];

    greeted(data, answer,
            berth_redis_is_ok(answer) ? NULL : berth_redis_text(answer, text, sizeof(text)));
}

/* A name that a server does not take is no harm. */
static void on_named(void *data, const BerthRedisAnswer *answer)
{
    greeted(data, answer, NULL);
}

static void on_role(void *data, const BerthRedisAnswer *answer)
{
    greeted(data, answer,
            sentinel_is_master(answer->reply) ? NULL : "named by Sentinels, but no master");
}

static void greet(BerthRedis *redis, BerthRedisAnswered answered, const char *const *words)
{
    Command *command = command_new_words(words);

    command->answered = answered;
    command->data = redis;
    command->deadline = redis_from_now(redis, redis->params->connect_timeout_sec);
    redis->greetings++;
    link_send(redis->link, command);
}

static void send_greetings(BerthRedis *redis)
{
    const BerthRedisParams *params = redis->params;
    char database[24];

    g_snprintf(database, sizeof(database), "%" G_GINT64_FORMAT, params->database);
    redis->state = REDIS_GREETING;
    redis->greetings = 0;
    if (params->password && params->user)
        greet(redis, on_greeting, (const char *[]){"AUTH", params->user, params->password, NULL});
    else if (params->password)
        greet(redis, on_greeting, (const char *[]){"AUTH", params->password, NULL});
    if (params->database > 0)
        greet(redis, on_greeting, (const char *[]){"SELECT", database, NULL});
    if (params->sentinels.n > 0)
        greet(redis, on_role, (const char *[]){"ROLE", NULL});
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
    if (!redis_follow(redis, command, *reply)) {
        if (is_wrong_server(resp_word(*reply)))
            redis_go(redis, (*reply)->str);
        command_end(command, BERTH_REDIS_REPLY, *reply);
    }
    if (!redis->gone)
        redis_left(redis);
    redis_leave(redis);
}

static void on_closed(void *data, const char *why)
{
    BerthRedis *redis = data;

    redis->busy++;
    if (redis->state == REDIS_GREETING)
        redis_give_up_place(redis, why);
    else
        redis_lose(redis, why);
    redis_leave(redis);
}

static void on_dialed(void *data, BerthStream *stream, const char *peer, const char *why)
{
    static const LinkEvents events = {on_answered, on_closed};
    BerthRedis *redis = data;

    redis->busy++;
    set_text(&redis->peer, peer);
    if (stream) {
        redis->link = link_new(redis->server, stream, &redis->owner.limits, &events, redis);
        dial_free(g_steal_pointer(&redis->dial));
        send_greetings(redis);
    } else {
        redis_give_up_place(redis, why);
    }
    redis_leave(redis);
}

/* ---- the beginning of one ---- */

static void try_place(BerthRedis *redis)
{
    const Place *place = redis->places->pdata[redis->next++];

    place_free(redis->at);
    redis->at = place_new(place->host, place->port);
    redis->state = REDIS_DIALING;
    redis->dial = dial_new(redis->server, redis->params, redis->at, on_dialed, redis);
}

static void on_found(void *data, GPtrArray *places, const char *why)
{
    BerthRedis *redis = data;

    redis->busy++;
    g_ptr_array_unref(redis->places);
    redis->places = places;
    if (places->len > 0) {
        search_free(g_steal_pointer(&redis->search));
        try_place(redis);
    } else {
        redis_lose(redis, why);
    }
    redis_leave(redis);
}

void redis_on_round(void *data)
{
    BerthRedis *redis = data;

    redis->next = 0;
    redis->state = REDIS_FINDING;
    if (redis->hint) {
        g_ptr_array_set_size(redis->places, 0);
        g_ptr_array_add(redis->places, g_steal_pointer(&redis->hint));
        try_place(redis);
    } else if (redis->params->sentinels.n > 0) {
        redis->search = sentinel_search(redis->server, redis->params, on_found, redis);
    } else if (redis->params->cluster) {
        redis->search =
            cluster_search(redis->server, redis->params, redis->at, redis->slot, on_found, redis);
    } else {
        try_place(redis);
    }
}
