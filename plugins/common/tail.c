/* tail - see tail.h. */
#include "tail.h"

#define BLOCK_MS 2000
#define BLOCK_TEXT "2000"

struct Tail {
    BerthRedis *redis;
    TailOwner owner;
    void *data;
    unsigned timeout_ms;
    bool is_wanted, is_asked;
    unsigned turn; /* answers of an older one are not looked at */
    char id[TAIL_ID_MAX];
};

typedef struct Asking {
    Tail *tail;
    unsigned turn;
} Asking;

static void ask(Tail *tail);

static void fail(Tail *tail, const char *why)
{
    tail_stop(tail);
    tail->owner.failed(tail->data, why);
}

/* False: it was stopped, by whom ever. */
static bool take_entry(Tail *tail, const redisReply *entry)
{
    unsigned turn = tail->turn;
    BerthBytes id;

    if (!berth_redis_bytes(berth_redis_at(entry, 0), &id) || id.len >= sizeof(tail->id)) {
        fail(tail, "an entry of the log is none of ours");
        return false;
    }
    memcpy(tail->id, id.data, id.len);
    tail->id[id.len] = '\0';
    tail->owner.entry(tail->data, tail->id, berth_redis_at(entry, 1));
    return turn == tail->turn;
}

/* [[the log, [[id, [field, value, ...]], ...]]], or nil when nothing came. */
static void take_entries(Tail *tail, const redisReply *reply)
{
    const redisReply *entries = berth_redis_at(berth_redis_at(reply, 0), 1);

    if (reply->type == REDIS_REPLY_NIL)
        return;
    if (!entries || entries->type != REDIS_REPLY_ARRAY) {
        fail(tail, "the log is none");
        return;
    }
    for (size_t i = 0; i < entries->elements; i++)
        if (!take_entry(tail, entries->element[i]))
            return;
}

static void on_entries(void *data, const BerthRedisAnswer *answer)
{
    Asking *asking = data;
    Tail *tail = asking->tail;
    bool is_ours = asking->turn == tail->turn;

    g_free(asking);
    if (!is_ours)
        return;
    tail->is_asked = false;
    if (answer->outcome != BERTH_REDIS_REPLY)
        return; /* The next connection asks. */
    if (answer->word != BERTH_REDIS_NONE)
        berth_redis_refuse(tail->redis, "the log can't be followed");
    else
        take_entries(tail, answer->reply);
    ask(tail);
}

static void ask(Tail *tail)
{
    BerthBytes args[] = {
        berth_bytes("XREAD"),         berth_bytes("COUNT"),    berth_bytes("100"),
        berth_bytes("BLOCK"),         berth_bytes(BLOCK_TEXT), berth_bytes("STREAMS"),
        berth_bytes(tail->owner.key), berth_bytes(tail->id),
    };
    BerthRedisCommand command = {.args = args,
                                 .n = G_N_ELEMENTS(args),
                                 .timeout_ms = tail->timeout_ms,
                                 .answered = on_entries};
    Asking *asking;

    if (!tail->is_wanted || tail->is_asked || !berth_redis_is_up(tail->redis))
        return;
    asking = g_new0(Asking, 1);
    *asking = (Asking){tail, tail->turn};
    command.data = asking;
    tail->is_asked = berth_redis_command(tail->redis, &command) == 0;
    if (!tail->is_asked)
        g_free(asking);
}

static void on_up(void *data)
{
    ask(data);
}

Tail *tail_new(BerthServer *server, const BerthRedisParams *params, const TailOwner *owner,
               void *data)
{
    const BerthRedisOwner of_connection = {
        .name = owner->name, .slot_key = owner->slot_key, .up = on_up};
    Tail *tail = g_new0(Tail, 1);

    *tail = (Tail){.owner = *owner, .data = data, .id = "0-0"};
    tail->timeout_ms = BLOCK_MS + (unsigned)(params->command_timeout_sec * 1e3);
    tail->redis = berth_redis_new(server, params, &of_connection, tail);
    return tail;
}

void tail_free(Tail *tail)
{
    if (!tail)
        return;
    tail_stop(tail);
    berth_redis_free(tail->redis);
    g_free(tail);
}

void tail_stop(Tail *tail)
{
    tail->is_wanted = false;
    tail->turn++;
    tail->is_asked = false;
}

void tail_refuse(Tail *tail, const char *why)
{
    berth_redis_refuse(tail->redis, why);
}

void tail_place(Tail *tail, const char *id, const char *peer)
{
    tail_stop(tail);
    g_strlcpy(tail->id, id, sizeof(tail->id));
    /* It may still be connected to a master that is none any more, and wait there. */
    if (berth_redis_is_up(tail->redis) && strcmp(berth_redis_peer(tail->redis), peer) != 0)
        berth_redis_refuse(tail->redis, "the log is elsewhere");
}

void tail_go(Tail *tail)
{
    tail->is_wanted = true;
    ask(tail);
}

const char *tail_id(const Tail *tail)
{
    return tail->id;
}

bool tail_is_after(const char *a, const char *b)
{
    char *end_a, *end_b;
    uint64_t msec_a = g_ascii_strtoull(a, &end_a, 10), msec_b = g_ascii_strtoull(b, &end_b, 10);

    if (msec_a != msec_b)
        return msec_a > msec_b;
    return g_ascii_strtoull(end_a + (*end_a == '-'), NULL, 10) >
           g_ascii_strtoull(end_b + (*end_b == '-'), NULL, 10);
}
