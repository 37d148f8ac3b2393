/* guard - whether this Redis may be used, and how far: at every connection and with every beat. See
 * store.h.
 *
 * INFO and look.lua are asked, and what they say is judged, one matter after the other; the first
 * that is not well ends the judgement. What can be done about it is done (a data set is made, the
 * epoch is raised, what was lost is written back), and then all of it is looked at again. So there
 * is no sequence of states to be got right, only a judgement to be repeated until it finds nothing.
 */
#include "store.h"

/* A clock that is so far from that of Redis is told of. */
#define CLOCK_SEC 300
#define NOTE_BEATS 30

/* ---- what is said and done about it ---- */

/* This server of Redis will not do; there may be another, or it changes. */
bool guard_refuse(Store *store, const char *format, const char *what)
{
    char why[STORE_TEXT];

    g_snprintf(why, sizeof(why), format, what);
    store_set_phase(store, PHASE_AWAY, why);
    berth_redis_refuse(store->redis, why);
    return true;
}

/* It will not do until an operator or, where that may be waited for, time says so. */
bool guard_hold(Store *store, const char *why)
{
    Guard *guard = &store->guard;

    if (guard->held_usec == 0)
        guard->held_usec = berth_server_boot_usec(store->server);
    store_set_phase(store, PHASE_HELD, why);
    return true;
}

/* It never will. */
bool guard_end(Store *store, const char *why)
{
    store->is_final = store->epoch == 0;
    guard_hold(store, why);
    if (store->sink)
        load_wake(store);
    return true;
}

bool guard_has_waited(const Store *store)
{
    const Guard *guard = &store->guard;

    return guard->is_accepted ||
           (guard->held_usec && berth_server_boot_usec(store->server) - guard->held_usec >=
                                    store->conf.guard_sec * G_USEC_PER_SEC);
}

void guard_let_go(Store *store)
{
    store->guard.is_accepted = false;
    store->guard.held_usec = 0;
}

bool guard_is_running(const Store *store)
{
    return store->epoch != 0;
}

static void on_done(void *data, const Call *call, const BerthRedisAnswer *answer)
{
    Store *store = data;

    (void)call;
    if (store->is_closing)
        return;
    if (call_says(answer, "SPENT"))
        guard_end(store, "all epochs of this data set are used up; fill another one by a swap");
    else if (call_says(answer, "FOREIGN"))
        guard_end(store, "keys are there that are not Berth's; choose another key-prefix");
    else if (answer->word == BERTH_REDIS_NONE && answer->outcome == BERTH_REDIS_REPLY)
        guard_look(store); /* After an error the next beat does. */
}

/* Whatever comes of it, it is looked at again. */
bool guard_act(Store *store, Call *call)
{
    call_run(call, store->redis, 0, on_done, store);
    return true;
}

void guard_open_journal(Store *store)
{
    g_autofree char *path =
        g_strdup_printf("%s.%.8s.acks", store->state->path, store->guard.look.data_set);

    if (!store->journal || strcmp(store->data_set, store->guard.look.data_set) != 0) {
        journal_close(store->journal);
        store->journal = journal_new(store->server, path);
        g_strlcpy(store->data_set, store->guard.look.data_set, sizeof(store->data_set));
    }
}

/* ---- Redis itself ---- */

static bool is_unfit(Store *store)
{
    const Info *info = &store->guard.info;
    const Look *look = &store->guard.look;

    if (!info->is_there)
        return guard_refuse(store, "%s: INFO is refused", berth_redis_peer(store->redis));
    if (!info->is_master)
        return guard_refuse(store, "%s is a replica", berth_redis_peer(store->redis));
    if (info->is_evicting)
        return guard_refuse(
            store, "its maxmemory-policy is %s: leases would vanish; set noeviction", info->policy);
    if (look->schema[0] && strcmp(look->schema, "1") != 0)
        return guard_end(store, "the data set there has a schema that this version does not know");
    if (look->data_set[0] == '\0' && look->is_anything)
        return guard_end(store, "keys are there that are not Berth's; choose another key-prefix");
    return false;
}

static bool is_superseded(Store *store)
{
    char why[2 * STORE_TEXT];

    if (store->guard.look.superseded[0] == '\0')
        return false;
    g_snprintf(why, sizeof(why), "this data set was given up: superseded by %s",
               store->guard.look.superseded);
    return guard_end(store, why);
}

/* ---- it may be used ---- */

/* A restarted server that finds an epoch which began without it tells its own acknowledgements. */
static bool is_to_be_told(Store *store)
{
    const Look *look = &store->guard.look;
    const StateSet *set = state_find(store->state, look->data_set);

    if (guard_is_running(store) || store->guard.asserted == look->epoch || !set ||
        set->epoch >= look->epoch)
        return false;
    store_set_phase(store, PHASE_MENDING, "what this server has acknowledged is written back");
    mend_all(store, berth_server_now(store->server) - store->conf.guard_sec);
    return true;
}

void guard_asserted(Store *store, unsigned epoch)
{
    store->guard.asserted = epoch;
    store_share(store);
    guard_look(store);
}

bool guard_is_over(const Store *store)
{
    const Guard *guard = &store->guard;

    return guard->guard_usec == 0 || berth_server_boot_usec(store->server) >= guard->guard_usec ||
           (guard->asserted == store->epoch && members_have_asserted(store, store->epoch));
}

/* At a start, too: the others may not have seen yet that the epoch is another one, and what they
 * know is not there before. */
static void begin_guard(Store *store)
{
    store->guard.guard_usec =
        berth_server_boot_usec(store->server) + store->conf.guard_sec * G_USEC_PER_SEC;
    members_wait(store);
}

static void enter_epoch(Store *store)
{
    begin_guard(store);
    if (store->guard.asserted != store->epoch)
        mend_recent(store);
    follow_stop(store);
    load_reset(store);
    store_share(store);
    if (store->sink)
        store->sink->reload(store->sink->data);
}

/* What is kept of the writing back is of no use when nobody can come with any more of it: what is
 * recent, and what the journal is read for, is no older than the guard time. */
static void forget_told(Store *store)
{
    Guard *guard = &store->guard;

    if (guard->told_usec == 0 || berth_server_boot_usec(store->server) < guard->told_usec)
        return;
    guard->told_usec = 0;
    call_run(mark_new(&store->place, store->data_set, store->epoch, store->mend_owner, "told"),
             store->redis, 0, NULL, NULL);
}

static void note_state(Store *store)
{
    const Look *look = &store->guard.look;
    const StateSet *set = state_last(store->state);

    if (set && strcmp(set->id, look->data_set) == 0 && set->epoch == look->epoch &&
        ++store->guard.noted < NOTE_BEATS)
        return;
    store->guard.noted = 0;
    state_note(store->state, look->data_set, look->epoch, look->counter);
}

static void set_warning(Store *store, const char *text)
{
    char *warning = store->guard.warning;

    if (strcmp(warning, text) == 0)
        return;
    g_strlcpy(warning, text, STORE_TEXT);
    if (*text)
        BERTH_LOG(store->server, BERTH_WARN, "dhcpsrv", "LEASE_REDIS_DEGRADED", "%s", text);
}

/* What is not as it should be, though it works. */
static void warn(Store *store)
{
    const Info *info = &store->guard.info;
    int64_t ahead = store->guard.ahead_sec, skew;
    char name[64] = "", text[STORE_TEXT] = "";

    skew = members_skew(store, name, sizeof(name));
    if (store->conf.durability == DURABILITY_REPLICAS && info->replicas < store->conf.replicas)
        g_snprintf(text, sizeof(text),
                   "Redis has %u replicas, and %" G_GINT64_FORMAT " must have each lease: nothing "
                   "can be acknowledged",
                   info->replicas, store->conf.replicas);
    else if (!guard_is_over(store))
        g_strlcpy(text, "guard time after another master: only known clients are served",
                  sizeof(text));
    else if (skew > store->conf.grace_sec / 2)
        g_snprintf(text, sizeof(text),
                   "the clocks of this server and %s are %" G_GINT64_FORMAT " s apart", name, skew);
    else if (ABS(ahead) > CLOCK_SEC)
        g_snprintf(text, sizeof(text), "the clock of Redis is %" G_GINT64_FORMAT " s off", -ahead);
    else if (!info->has_aof)
        g_strlcpy(text, "appendonly is off: a restart of Redis loses leases", sizeof(text));
    set_warning(store, text);
}

static void serve(Store *store)
{
    const Look *look = &store->guard.look;
    unsigned was = store->epoch;
    bool is_same_set = strcmp(store->data_set, look->data_set) == 0;

    guard_let_go(store);
    guard_open_journal(store);
    if (is_to_be_told(store))
        return;
    store->epoch = (uint16_t)look->epoch;
    /* Others are to know at once. */
    store->guard.is_stale |= store->phase != PHASE_SERVING;
    store_set_phase(store, PHASE_SERVING, "");
    if (was != look->epoch)
        store->guard.told_usec =
            berth_server_boot_usec(store->server) + store->conf.guard_sec * G_USEC_PER_SEC;
    if (was && (was != look->epoch || !is_same_set))
        enter_epoch(store);
    else
        store->guard.asserted = look->epoch;
    if (!was)
        begin_guard(store);
    store_saw(store, look_revision(look));
    note_state(store);
    forget_told(store);
    warn(store);
    store_share(store);
    follow_check(store, look->counter, look->last_id);
    unsure_read(store);
    load_wake(store);
}

/* ---- looking ---- */

static void judge(Store *store)
{
    /* By this server itself: it is about to be closed. */
    if (store->is_superseded || is_unfit(store))
        return;
    /* Whatever is found: it is the right server of Redis. */
    berth_redis_accept(store->redis);
    /* It is not known yet whether it is to be loaded or filled. */
    if (!store->sink)
        return;
    if (!origin_is_being_filled(store) && !is_superseded(store) && !origin_is_another_set(store) &&
        !origin_is_mended(store) && !origin_is_another_history(store))
        serve(store);
}

static void on_info(void *data, const BerthRedisAnswer *answer)
{
    Store *store = data;
    BerthBytes text;

    store->guard.info.is_there = false;
    if (answer->word == BERTH_REDIS_NONE && berth_redis_bytes(answer->reply, &text))
        look_parse_info(text, &store->guard.info);
}

static void on_look(void *data, const Call *call, const BerthRedisAnswer *answer)
{
    Store *store = data;
    Guard *guard = &store->guard;
    const redisReply *servers;
    char text[200];

    (void)call;
    guard->is_looking = false;
    if (store->is_closing)
        return;
    if (answer->outcome != BERTH_REDIS_REPLY) {
        store_looked(store, false);
        return;
    }
    if (answer->word != BERTH_REDIS_NONE || !call_says(answer, "LOOK") ||
        !look_parse(answer->reply, &guard->look, &servers)) {
        guard_refuse(store, "it can't be looked at: %s",
                     berth_redis_text(answer, text, sizeof(text)));
        return;
    }
    guard->ahead_sec = berth_server_now(store->server) - guard->look.sec;
    members_update(store, servers);
    judge(store);
    store_looked(store, true);
    if (guard->is_stale) {
        guard->is_stale = false;
        guard_look(store);
    }
}

void guard_look(Store *store)
{
    Guard *guard = &store->guard;
    bool is_member = store->phase == PHASE_SERVING || store->phase == PHASE_MENDING;
    char record[128] = "";
    Call *call;

    if (store->phase == PHASE_AWAY)
        return;
    if (guard->is_looking) {
        guard->is_stale = true;
        return;
    }
    call = call_new(&store->place, SCRIPT_LOOK);
    if (is_member)
        members_record(store, record, sizeof(record));
    call_add_text(call, is_member ? store->self : "");
    call_add_text(call, record);
    members_forget(store, call);
    guard->is_looking = true;
    guard->asked_top = store->top;
    if (berth_redis_call(store->redis, on_info, store, "INFO") < 0) {
        guard->is_looking = false;
        call_free(call);
        return;
    }
    guard->is_looking = call_run(call, store->redis, 0, on_look, store) == 0;
}

bool guard_accept(Store *store)
{
    if (store->phase != PHASE_HELD)
        return false;
    store->guard.is_accepted = true;
    guard_look(store);
    return true;
}

static void on_beat(void *data)
{
    Store *store = data;

    berth_timer_set(store->server, store->guard.beat, STORE_BEAT_USEC);
    guard_look(store);
    store_share(store);
}

void guard_init(Store *store)
{
    store->guard.beat = berth_timer_new(store->server, on_beat, store);
    berth_timer_set(store->server, store->guard.beat, STORE_BEAT_USEC);
}

void guard_clear(Store *store)
{
    berth_timer_free(store->guard.beat);
}
