/* source - see source.h. */
#include "source.h"

#define FIRST_BEAT_USEC (INT64_C(1) * G_USEC_PER_SEC)

static const char *const key_names[KEYS] = {"hosts", "hosts-index", "hosts-claims", "hosts-meta",
                                            "hosts-log"};
static const CallKind kind = {key_names, KEYS, hosts_redis_scripts, SCRIPTS};

static const char *const phase_names[] = {"away", "looking", "reading", "following"};

void source_set_phase(Source *source, Phase phase)
{
    source->phase = phase;
    if (phase >= PHASE_READING)
        source->why[0] = '\0';
}

/* ---- the connection ---- */

static void on_check(void *data)
{
    Source *source = data;

    source->turn++;
    source_set_phase(source, PHASE_LOOKING);
    look_begin(source);
}

static void on_down(void *data, const char *why)
{
    Source *source = data;

    if (source->is_closing)
        return;
    source->turn++;
    source->behind = 0;
    source_set_phase(source, PHASE_AWAY);
    g_strlcpy(source->why, why, sizeof(source->why));
    load_stop(source);
    tail_stop(source->tail);
}

static void connect_both(Source *source, const SourceConf *conf)
{
    g_autofree char *name = g_strdup_printf("berth-hosts-%d", source->family);
    g_autofree char *tail_name = g_strconcat(name, "-log", NULL);
    const BerthRedisOwner owner = {
        .name = name, .slot_key = source->place.slot, .check = on_check, .down = on_down};

    source->tail = follow_new(source, &conf->redis, tail_name);
    source->redis = berth_redis_new(source->server, &conf->redis, &owner, source);
}

/* ---- beginning and end ---- */

Source *source_new(BerthServer *server, int family, const SourceConf *conf, const char *text)
{
    Source *source = g_new0(Source, 1);

    *source = (Source){.server = server, .family = family, .conf = *conf, .text = g_strdup(text)};
    source->put = (RowsPlace){.server = server, .family = family, .conf = 1};
    g_strlcpy(source->why, "connecting to Redis", sizeof(source->why));
    g_queue_init(&source->waiting);
    rows_init(&source->rows);
    call_place_init(&source->place, &kind, conf->redis.key_prefix, family);
    load_init(source);
    source->beat = berth_timer_new(server, look_beat, source);
    berth_timer_set(server, source->beat, FIRST_BEAT_USEC);
    connect_both(source, conf);
    berth_server_set_host_source(server, family, &change_ops, source);
    return source;
}

void source_free(Source *source)
{
    if (!source)
        return;
    source->is_closing = true;
    berth_server_set_host_source(source->server, source->family, NULL, NULL);
    load_clear(source);
    berth_redis_free(source->redis);
    tail_free(source->tail);
    change_followed(source, true);
    berth_timer_free(source->beat);
    rows_clear(&source->rows, &source->put);
    call_place_clear(&source->place);
    g_free(source->text);
    g_free(source);
}

void source_configure(Source *source)
{
    source->put.conf++;
    if (source->phase < PHASE_READING)
        return; /* It is read anyway when it is back. */
    tail_stop(source->tail);
    look_begin(source);
}

bool source_accept(Source *source)
{
    bool waits = source->phase == PHASE_AWAY && source->is_loaded;

    source->is_accepted = waits;
    return waits;
}

void source_status(const Source *source, BerthJson *json)
{
    berth_json_string(json, "redis", berth_redis_peer(source->redis));
    berth_json_string(json, "phase", phase_names[source->phase]);
    berth_json_string(json, "reason", source->why);
    berth_json_string(json, "data-set", source->data_set);
    berth_json_uint(json, "sequence", source->sequence);
    berth_json_uint(json, "reservations", rows_count(&source->rows));
    berth_json_uint(json, "left-out", source->rows.refused);
    berth_json_bool(json, "loaded", source->is_loaded);
}
