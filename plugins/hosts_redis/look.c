/* look - is what is there the data set that it was, or may a new one be made. See source.h.
 *
 * Reservations that vanish all at once, because a Redis came back without its file or another one
 * is at the address, would give addresses to strangers: what is known goes on then until somebody
 * says that it is right. */
#include "source.h"

#define BEAT_USEC (INT64_C(5) * G_USEC_PER_SEC)

/* In the order of look.lua. */
enum { AT_WORD, AT_SCHEMA, AT_DATA_SET, AT_SEQUENCE, AT_HOSTS, AT_LAST_ID, AT_KEYS };

typedef struct Look {
    char schema[8], data_set[BERTH_UUID_TEXT], last_id[TAIL_ID_MAX];
    int64_t sequence, keys;
} Look;

typedef struct Looking {
    Source *source;
    unsigned turn;
    bool is_beat;
} Looking;

static bool text_at(const redisReply *reply, size_t i, char *ret, size_t size)
{
    BerthBytes bytes;

    if (!berth_redis_bytes(berth_redis_at(reply, i), &bytes) || bytes.len >= size)
        return false;
    memcpy(ret, bytes.data, bytes.len);
    ret[bytes.len] = '\0';
    return true;
}

static bool read_look(const BerthRedisAnswer *answer, Look *ret)
{
    const redisReply *reply = answer->reply;

    *ret = (Look){0};
    return call_says(answer, "LOOK") &&
           text_at(reply, AT_SCHEMA, ret->schema, sizeof(ret->schema)) &&
           text_at(reply, AT_DATA_SET, ret->data_set, sizeof(ret->data_set)) &&
           text_at(reply, AT_LAST_ID, ret->last_id, sizeof(ret->last_id)) &&
           berth_redis_int(berth_redis_at(reply, AT_KEYS), &ret->keys) &&
           (!ret->schema[0] ||
            (berth_redis_int(berth_redis_at(reply, AT_SEQUENCE), &ret->sequence) &&
             ret->sequence >= 0));
}

/* ---- at a new connection, or to read anew ---- */

static void refuse(Source *source, const char *format, ...) G_GNUC_PRINTF(2, 3);

static void refuse(Source *source, const char *format, ...)
{
    g_autofree char *why = NULL;
    va_list args;

    va_start(args, format);
    why = g_strdup_vprintf(format, args);
    va_end(args);
    /* `down` is told of a connection that was up, not of every one that was looked at. */
    source_set_phase(source, PHASE_AWAY);
    g_strlcpy(source->why, why, sizeof(source->why));
    berth_redis_refuse(source->redis, why);
}

static void on_created(void *data, const Call *call, const BerthRedisAnswer *answer)
{
    Source *source = data;

    (void)call;
    if (source->is_closing || answer->outcome != BERTH_REDIS_REPLY)
        return;
    /* THERE: another server was faster. */
    if (call_says(answer, "OK") || call_says(answer, "THERE"))
        look_begin(source);
    else
        refuse(source, "a data set can't be made there");
}

static void create(Source *source)
{
    Call *call = call_new(&source->place, SCRIPT_CREATE);
    char id[BERTH_UUID_TEXT];
    uint8_t random[16];

    berth_server_random(source->server, random, sizeof(random));
    call_add_text(call, berth_uuid_text(random, id));
    call_run(call, source->redis, 0, on_created, source);
}

static void judge_empty(Source *source, const Look *look)
{
    if (look->keys > 0)
        refuse(source, "the keys of %s are not ours", source->place.slot);
    else if (rows_count(&source->rows) > 0 && !source->is_accepted)
        refuse(source,
               "Redis is empty, but %" G_GSIZE_FORMAT
               " reservations are known, which go on; bring its data back, or say "
               "hosts-redis-accept",
               rows_count(&source->rows));
    else
        create(source);
}

static void take(Source *source, const Look *look)
{
    if (strcmp(source->data_set, look->data_set) != 0)
        source->put.conf++; /* Its numbers say nothing about what is known. */
    g_strlcpy(source->data_set, look->data_set, sizeof(source->data_set));
    source->is_accepted = false;
    berth_redis_accept(source->redis);
    load_begin(source, (uint64_t)look->sequence, look->last_id);
}

static void judge(Source *source, const Look *look)
{
    const bool is_other = source->data_set[0] && strcmp(source->data_set, look->data_set) != 0;

    if (!look->schema[0])
        judge_empty(source, look);
    else if (strcmp(look->schema, "1") != 0)
        refuse(source, "its schema is %s, which this version does not know", look->schema);
    else if (is_other && rows_count(&source->rows) > 0 && !source->is_accepted)
        refuse(source, "another data set is there; what is known goes on until hosts-redis-accept");
    else
        take(source, look);
}

/* ---- every few seconds ---- */

static void judge_beat(Source *source, const Look *look)
{
    const uint64_t sequence = (uint64_t)look->sequence;

    if (source->phase != PHASE_FOLLOWING)
        return;
    if (strcmp(look->data_set, source->data_set) != 0)
        refuse(source, "the data set is gone");
    else if (sequence < source->sequence)
        follow_gap(source, "Redis has gone back");
    else if (sequence > source->sequence && !tail_is_after(look->last_id, tail_id(source->tail)))
        follow_gap(source, "the log was trimmed");
    else if (source->behind && source->sequence < source->behind)
        follow_gap(source, "the log has gone on without us");
    source->behind = sequence;
}

static void on_look(void *data, const Call *call, const BerthRedisAnswer *answer)
{
    Looking *looking = data;
    Source *source = looking->source;
    const bool is_beat = looking->is_beat, is_ours = looking->turn == source->turn;
    char text[200];
    Look look;

    (void)call;
    g_free(looking);
    if (source->is_closing || !is_ours || answer->outcome != BERTH_REDIS_REPLY)
        return;
    if (!read_look(answer, &look))
        refuse(source, "it has said what it should not: %s",
               berth_redis_text(answer, text, sizeof(text)));
    else if (is_beat)
        judge_beat(source, &look);
    else
        judge(source, &look);
}

static void look(Source *source, bool is_beat)
{
    Looking *looking = g_new0(Looking, 1);

    *looking = (Looking){source, source->turn, is_beat};
    if (call_run(call_new(&source->place, SCRIPT_LOOK), source->redis, 0, on_look, looking) < 0)
        g_free(looking);
}

void look_begin(Source *source)
{
    load_stop(source);
    look(source, false);
}

void look_beat(void *data)
{
    Source *source = data;

    change_followed(source, false);
    if (source->phase == PHASE_FOLLOWING)
        look(source, true);
    berth_timer_set(source->server, source->beat, BEAT_USEC);
}
