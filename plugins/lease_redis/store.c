/* store - see store.h. */
#include "store.h"

#include "lease_redis.h"
#include <errno.h>

#define EPOCHS_AHEAD 16
#define SHOWN 32 /* bytes of a damaged value in the log */

/* ---- small things ---- */

int64_t store_now_sec(const Store *store)
{
    return berth_server_boot_usec(store->server) / G_USEC_PER_SEC;
}

bool store_is_serving(const Store *store)
{
    return store->phase == PHASE_SERVING && !store->is_superseded;
}

bool store_can_send(const Store *store)
{
    return store_is_serving(store) && berth_redis_is_up(store->redis);
}

void store_saw(Store *store, uint64_t revision)
{
    store->top = MAX(store->top, revision);
}

void store_note(Store *store, BerthBytes key, BerthBytes value, bool is_own)
{
    store_saw(store, codec_revision(value));
    recent_add(store->recent, store_now_sec(store), key, value);
    if (is_own && store->journal)
        journal_add(store->journal, berth_server_now(store->server), key, value);
}

void store_nonsense(Store *store, const char *what)
{
    char why[STORE_TEXT];

    g_snprintf(why, sizeof(why), "Redis has said what it should not: %s", what);
    berth_redis_refuse(store->redis, why);
}

/* FNV-1a. The addresses are those of our pools. */
static guint addr_hash(gconstpointer data)
{
    const BerthAddr *addr = data;
    guint hash = 2166136261u;

    for (size_t i = 0; i < sizeof(addr->b); i++)
        hash = (hash ^ addr->b[i]) * 16777619u;
    return hash;
}

static gboolean addr_equal(gconstpointer a, gconstpointer b)
{
    return memcmp(a, b, sizeof(BerthAddr)) == 0;
}

/* ---- values ---- */

/* What stands there is overwritten when the address is given to somebody: the script is told how it
 * begins, which is as much as it compares. */
static void note_damaged(Store *store, BerthBytes value, BerthAddr addr, const char *why)
{
    char addr_text[BERTH_ADDR_TEXT], text[2 * SHOWN + 1];
    BerthBytes shown = {value.data, MIN(value.len, SHOWN)};

    BERTH_LOG(store->server, BERTH_ERROR, "dhcpsrv", "LEASE_REDIS_DAMAGED",
              "%s: the value of %s is no lease: %s; it counts as none, and was %s%s",
              store->place.keys[KEY_LEASES], berth_addr_text(addr, addr_text), why,
              berth_hex_text(shown, 0, text, sizeof(text)), value.len > SHOWN ? "..." : "");
    g_hash_table_replace(store->damaged, g_memdup2(&addr, sizeof(addr)),
                         g_bytes_new(value.data, MIN(value.len, CODEC_REVISION_LEN)));
}

/* Others may have raised the epoch, perhaps more than once, and we have not seen it yet. */
static bool is_of_the_future(const Store *store, BerthBytes value)
{
    return codec_revision(value) >> BERTH_REVISION_EPOCH_SHIFT >
           (uint64_t)store->epoch + EPOCHS_AHEAD;
}

bool store_read_change(Store *store, BerthBytes value, BerthAddr addr, BerthLease *ret)
{
    const char *why = codec_read(value, addr, store->state->id, ret);

    if (!why && is_of_the_future(store, value))
        why = "its revision was never given";
    if (why)
        note_damaged(store, value, addr, why);
    return !why;
}

bool store_read(Store *store, BerthBytes value, BerthAddr addr, BerthLease *ret)
{
    if (value.len != CODEC_REVISION_LEN + 1)
        return store_read_change(store, value, addr, ret);
    note_damaged(store, value, addr, "what is removed does not stand there");
    return false;
}

/* ---- phases, and what the core is told ---- */

void store_share(Store *store)
{
    BerthShare share = {
        .size = sizeof(share),
        .epoch = store->epoch,
        .stripe = store->members.stripe,
        .stripes = store->members.stripes,
        .grace_sec = (uint32_t)store->conf.grace_sec,
        .foreign_extra_sec = (uint32_t)store->conf.foreign_extra_sec,
        .only_known = !guard_is_over(store),
        .confirms_known =
            store->conf.on_loss == ON_LOSS_RENEW_KNOWN && store->phase != PHASE_SERVING,
    };
    const BerthShare *was = &store->share;

    if (!store->sink || store->epoch == 0 ||
        (was->size == share.size && was->epoch == share.epoch && was->stripe == share.stripe &&
         was->stripes == share.stripes && was->only_known == share.only_known &&
         was->confirms_known == share.confirms_known))
        return;
    store->share = share;
    store->sink->share(store->sink->data, &store->share);
}

static void tell_phase(const Store *store)
{
    if (store->phase == PHASE_SERVING)
        BERTH_LOG(store->server, BERTH_INFO, "dhcpsrv", "LEASE_REDIS_UP",
                  "leases are in Redis at %s, data set %s, epoch %u",
                  berth_redis_peer(store->redis), store->data_set, store->epoch);
    else if (store->phase != PHASE_LOOKING)
        BERTH_LOG(store->server, BERTH_ERROR, "dhcpsrv", "LEASE_REDIS_DOWN", "%s", store->why);
}

void store_set_phase(Store *store, Phase phase, const char *why)
{
    bool is_new = phase != store->phase;
    /* Being looked at again and again is no news, but what is found is. */
    bool is_news = phase == PHASE_SERVING ? is_new : strcmp(why, store->why) != 0;

    store->phase = phase;
    if (phase != PHASE_LOOKING)
        g_strlcpy(store->why, why, sizeof(store->why));
    if (is_news)
        tell_phase(store);
    if (is_new)
        store_share(store);
}

/* ---- the connections ---- */

static void on_check(void *data)
{
    Store *store = data;

    store->turn++;
    store_set_phase(store, PHASE_LOOKING, "");
    guard_look(store);
}

static void on_down(void *data, const char *why)
{
    Store *store = data;

    if (store->is_closing)
        return;
    store->turn++;
    store_set_phase(store, PHASE_AWAY, why);
    mend_lost(store);
    if (store->sink)
        load_lost(store);
}

static void connect_both(Store *store, const Conf *conf)
{
    g_autofree char *name = g_strdup_printf("berth-%s-%d", store->self, store->family);
    g_autofree char *ears_name = g_strconcat(name, "-log", NULL);
    const BerthRedisOwner owner = {
        .name = name, .slot_key = store->place.slot, .check = on_check, .down = on_down};

    store->redis = berth_redis_new(store->server, &conf->redis, &owner, store);
    store->follow.tail = follow_new(store, &conf->redis, ears_name);
}

/* ---- open and close ---- */

static void set_names(Store *store, const char *name)
{
    uint64_t run;

    berth_server_random(store->server, &run, sizeof(run));
    g_snprintf(store->self, sizeof(store->self), "%016" G_GINT64_MODIFIER "x", store->state->id);
    g_snprintf(store->run_id, sizeof(store->run_id), "%016" G_GINT64_MODIFIER "x", run);
    g_snprintf(store->swap_owner, sizeof(store->swap_owner), "swap:%s", store->self);
    g_snprintf(store->mend_owner, sizeof(store->mend_owner), "mend:%s", store->self);
    store->name = g_strdup(name ? name : store->self);
}

static int open_state(Store *store, const char *name, GError **error)
{
    g_autofree char *usual = g_strdup_printf("lease-redis%d.state", store->family);
    g_autofree char *path = NULL;
    int r = berth_server_path(store->server, BERTH_PATH_DATA, name ? name : usual, &path, error);

    return r < 0 ? r : state_open(store->server, &store->run->states, path, &store->state, error);
}

static Store *store_new(Run *run, BerthServer *server, int family, const Conf *conf)
{
    Store *store = g_new0(Store, 1);

    *store = (Store){.run = run, .server = server, .family = family, .conf = *conf};
    store->recent = recent_new(conf->guard_sec);
    store->unsure = g_hash_table_new_full(addr_hash, addr_equal, g_free, NULL);
    store->damaged =
        g_hash_table_new_full(addr_hash, addr_equal, g_free, (GDestroyNotify)g_bytes_unref);
    call_place_init(&store->place, &lease_redis_kind, conf->redis.key_prefix, family);
    members_init(store);
    commit_init(store);
    guard_init(store);
    g_queue_push_tail(&run->stores, store);
    return store;
}

static void leave(Store *store)
{
    if (store->phase == PHASE_SERVING)
        berth_redis_call(store->redis, NULL, NULL, "HDEL %s %s", store->place.keys[KEY_SERVERS],
                         store->self);
}

void store_close(void *data)
{
    Store *store = data;

    store->is_closing = true;
    if (store->redis)
        leave(store);
    scan_free(g_steal_pointer(&store->load.scan));
    berth_redis_free(store->redis);
    tail_free(store->follow.tail);
    g_queue_remove(&store->run->stores, store);
    store_looked(store, false);
    guard_clear(store);
    commit_clear(store);
    mend_lost(store);
    members_clear(store);
    journal_close(store->journal);
    state_close(store->state);
    recent_free(store->recent);
    call_place_clear(&store->place);
    g_hash_table_unref(store->unsure);
    g_hash_table_unref(store->damaged);
    g_free(store->name);
    g_free(store);
}

int store_open(void *run, BerthServer *server, int family, const void *conf_data, void **ret_store,
               GError **error)
{
    const Conf *conf = conf_data;
    Store *store;
    int r = berth_redis_params_check(&conf->redis, error);

    if (r < 0)
        return r;
    if (strpbrk(conf->redis.key_prefix, "{}"))
        return berth_fail(error, -EINVAL, "key-prefix must not hold { or }");
    store = store_new(run, server, family, conf);
    r = open_state(store, conf->state_file, error);
    if (r < 0) {
        store_close(store);
        return r;
    }
    set_names(store, conf->server_name);
    connect_both(store, conf);
    *ret_store = store;
    return 0;
}

/* ---- the role's other calls ---- */

static void set_sink(Store *store, const BerthLeaseSink *sink)
{
    bool is_first = !store->sink;

    store->sink = sink;
    if (is_first)
        guard_look(store);
}

int store_load(void *data, unsigned max_rows, const BerthLeaseSink *sink, GError **error)
{
    Store *store = data;

    set_sink(store, sink);
    return load_some(store, max_rows, error);
}

int store_fill(void *data, const char *data_set, const BerthLeaseSink *sink, GError **error)
{
    Store *store = data;

    if (!store->sink)
        g_strlcpy(store->fill_set, data_set, sizeof(store->fill_set));
    set_sink(store, sink);
    if (store->is_final)
        return berth_fail(error, -EEXIST, "%s", store->why);
    if (store_is_serving(store))
        return BERTH_LOAD_DONE;
    store->load.is_waiting = true;
    return BERTH_LOAD_WAITS;
}

void store_commit(void *data, BerthBatch *batch)
{
    commit_batch(data, batch, false);
}

void store_import(void *data, BerthBatch *batch)
{
    commit_batch(data, batch, true);
}

const char *store_data_set(void *data)
{
    const Store *store = data;

    return store->data_set[0] ? store->data_set : NULL;
}

BerthHealth store_health(void *data, char *why, size_t size)
{
    const Store *store = data;

    g_snprintf(why, size, "%s", "");
    if (store->phase != PHASE_SERVING) {
        g_snprintf(why, size, "%s", store->why[0] ? store->why : "connecting to Redis");
        return BERTH_HEALTH_DOWN;
    }
    if (store->guard.warning[0])
        g_snprintf(why, size, "%s", store->guard.warning);
    else if (store->journal && journal_is_failing(store->journal))
        g_snprintf(why, size, "the journal of acknowledgements can't be written");
    else
        return BERTH_HEALTH_UP;
    return BERTH_HEALTH_DEGRADED;
}

void store_status(void *data, BerthJson *json)
{
    static const char *const phases[] = {"away", "looking", "held", "mending", "serving"};
    const Store *store = data;

    berth_json_string(json, "redis", berth_redis_peer(store->redis));
    berth_json_string(json, "phase", phases[store->phase]);
    berth_json_string(json, "data-set", store->data_set);
    berth_json_string(json, "durability",
                      store->conf.durability == DURABILITY_MASTER ? "master" : "replicas");
    berth_json_uint(json, "replicas", store->guard.info.replicas);
    berth_json_string(json, "server-id", store->self);
    berth_json_uint(json, "committed", store->units_ok);
    berth_json_uint(json, "failed", store->units_failed);
    berth_json_uint(json, "damaged", g_hash_table_size(store->damaged));
    members_status(store, json);
}
