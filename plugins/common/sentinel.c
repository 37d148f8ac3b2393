/* sentinel - see sentinel.h. */
#include "sentinel.h"

#define SENTINEL_PORT 26379
#define WATCH_USEC (INT64_C(2) * G_USEC_PER_SEC)

struct Watch {
    BerthServer *server;
    const BerthRedisParams *params;
    Place *at, *to;
    WatchMoved moved;
    void *data;
    BerthTimer *timer;
    Search *search;
    Ask *ask;
};

/* ---- what one of them says ---- */

/* A value of a flat list of names and values. */
static const redisReply *field(const redisReply *list, const char *name)
{
    BerthBytes bytes;

    for (size_t i = 0; berth_redis_bytes(berth_redis_at(list, i), &bytes); i += 2)
        if (berth_bytes_equal(bytes, berth_bytes(name)))
            return berth_redis_at(list, i + 1);
    return NULL;
}

static Place *read_addr(const redisReply *addr, char **ret_why)
{
    BerthBytes host;
    int64_t port;

    if (addr->type == REDIS_REPLY_NIL)
        *ret_why = g_strdup("knows no master of that name");
    else if (addr->type == REDIS_REPLY_ERROR)
        *ret_why = g_strdup(addr->str);
    else if (!berth_redis_bytes(berth_redis_at(addr, 0), &host) || host.len == 0 ||
             memchr(host.data, 0, host.len) || host.data[0] == '/' ||
             !berth_redis_int(berth_redis_at(addr, 1), &port) || port < 1 || port > UINT16_MAX)
        *ret_why = g_strdup("names a master without an address");
    else
        return place_new((const char *)host.data, (unsigned)port);
    return NULL;
}

static Place *read_answer(void *data, redisReply *const *replies, const Place *asked,
                          int64_t *ret_epoch, char **ret_why)
{
    (void)data;
    (void)asked;
    /* One that keeps its epoch to itself is heard last. */
    if (!berth_redis_int(field(replies[1], "config-epoch"), ret_epoch))
        *ret_epoch = -1;
    return read_addr(replies[0], ret_why);
}

bool sentinel_is_master(const redisReply *role)
{
    BerthBytes bytes;

    return berth_redis_bytes(berth_redis_at(role, 0), &bytes) &&
           berth_bytes_equal(bytes, berth_bytes("master"));
}

/* ---- all of them ---- */

static Search *ask_these(BerthServer *server, const BerthRedisParams *params, GPtrArray *places,
                         Found found, void *data)
{
    const char *const addr[] = {"SENTINEL", "get-master-addr-by-name", params->master_name, NULL};
    const char *const master[] = {"SENTINEL", "MASTER", params->master_name, NULL};
    SearchKind kind = {.what = {.user = params->sentinel_user,
                                .password = params->sentinel_password,
                                .questions = {addr, master}},
                       .read = read_answer};

    return search_new(server, params, places, &kind, found, data);
}

static void add_sentinel(GPtrArray *places, const BerthRedisParams *params, size_t i)
{
    const char *const *texts = params->sentinels.at;
    Place *place = place_parse(texts[i], SENTINEL_PORT);

    if (place)
        g_ptr_array_add(places, place);
}

Search *sentinel_search(BerthServer *server, const BerthRedisParams *params, Found found,
                        void *data)
{
    GPtrArray *places = g_ptr_array_new_with_free_func((GDestroyNotify)place_free);

    for (size_t i = 0; i < params->sentinels.n; i++)
        add_sentinel(places, params, i);
    return ask_these(server, params, places, found, data);
}

/* ---- watching ---- */

/* The upper half of the time by chance: many servers watch. */
static void set_timer(Watch *watch)
{
    uint32_t chance;

    berth_server_random(watch->server, &chance, sizeof(chance));
    berth_timer_set(watch->server, watch->timer, WATCH_USEC / 2 + chance % (WATCH_USEC / 2));
}

static void on_role(void *data, redisReply *const *replies, const char *why)
{
    Watch *watch = data;

    (void)why;
    if (replies && sentinel_is_master(replies[0])) {
        watch->moved(watch->data, watch->to);
        return;
    }
    ask_free(g_steal_pointer(&watch->ask));
    set_timer(watch);
}

/* The place that is named instead of ours; it has to say itself that it is a master, or a Sentinel
 * that errs would take us away from one. */
static bool is_elsewhere(Watch *watch, GPtrArray *places)
{
    bool is = places->len > 0 && !place_is_equal(places->pdata[0], watch->at);

    if (is) {
        const Place *to = places->pdata[0];

        place_free(watch->to);
        watch->to = place_new(to->host, to->port);
    }
    g_ptr_array_unref(places);
    search_free(g_steal_pointer(&watch->search));
    return is;
}

static void on_all(void *data, GPtrArray *places, const char *why)
{
    static const char *const role[] = {"ROLE", NULL};
    Watch *watch = data;
    AskWhat what = {
        .user = watch->params->user, .password = watch->params->password, .questions = {role}};

    (void)why;
    if (is_elsewhere(watch, places))
        watch->ask = ask_new(watch->server, watch->params, watch->to, &what, on_role, watch);
    else
        set_timer(watch);
}

static void on_one(void *data, GPtrArray *places, const char *why)
{
    Watch *watch = data;

    (void)why;
    if (is_elsewhere(watch, places))
        watch->search = sentinel_search(watch->server, watch->params, on_all, watch);
    else
        set_timer(watch);
}

/* One of them by chance; only when it has news all are asked. */
static void on_timer(void *data)
{
    Watch *watch = data;
    GPtrArray *places = g_ptr_array_new_with_free_func((GDestroyNotify)place_free);
    uint32_t chance;

    berth_server_random(watch->server, &chance, sizeof(chance));
    add_sentinel(places, watch->params, chance % watch->params->sentinels.n);
    watch->search = ask_these(watch->server, watch->params, places, on_one, watch);
}

Watch *watch_new(BerthServer *server, const BerthRedisParams *params, const Place *at,
                 WatchMoved moved, void *data)
{
    Watch *watch = g_new0(Watch, 1);

    *watch = (Watch){.server = server, .params = params, .moved = moved, .data = data};
    watch->at = place_new(at->host, at->port);
    watch->timer = berth_timer_new(server, on_timer, watch);
    set_timer(watch);
    return watch;
}

void watch_free(Watch *watch)
{
    if (!watch)
        return;
    berth_timer_free(watch->timer);
    search_free(watch->search);
    ask_free(watch->ask);
    place_free(watch->at);
    place_free(watch->to);
    g_free(watch);
}
