/* t_backend - a lease backend that keeps nothing, says of the first so many units that another
 * server was first, and may be away when the server starts. */
#include <berth/plugin.h>

typedef struct Conf {
    const char *type;
    int64_t conflicts, away_sec;
} Conf;

typedef struct Store {
    BerthServer *server;
    BerthTimer *timer, *away;
    BerthBatch *batch;
    const BerthLeaseSink *sink;
    bool is_away;
    int64_t conflicts;
} Store;

static const BerthConfItem conf_items[] = {
    {"type", BERTH_STRING(Conf, type), NULL, "t_backend"},
    {"conflicts", BERTH_INT(Conf, conflicts), "0", "units to be refused"},
    {"away", BERTH_INT(Conf, away_sec), "0", "seconds until leases can be loaded"},
    {0},
};

static void on_timer(void *data)
{
    Store *store = data;
    BerthBatch *batch = g_steal_pointer(&store->batch);

    for (size_t i = 0; i < berth_batch_count(batch); i++)
        berth_unit_set_result(berth_batch_unit(batch, i),
                              store->conflicts-- > 0 ? BERTH_COMMIT_CONFLICT : BERTH_COMMIT_OK);
    berth_batch_done(batch);
}

static void on_back(void *data)
{
    Store *store = data;

    store->is_away = false;
    store->sink->ready(store->sink->data);
}

static int open_store(void *run, BerthServer *server, int family, const void *conf,
                      void **ret_store, GError **error)
{
    Store *store = g_new0(Store, 1);

    (void)run;
    (void)family;
    (void)error;
    store->server = server;
    store->conflicts = ((const Conf *)conf)->conflicts;
    store->timer = berth_timer_new(server, on_timer, store);
    store->away = berth_timer_new(server, on_back, store);
    store->is_away = ((const Conf *)conf)->away_sec > 0;
    if (store->is_away)
        berth_timer_set(server, store->away, ((const Conf *)conf)->away_sec * G_USEC_PER_SEC);
    *ret_store = store;
    return 0;
}

static void close_store(void *data)
{
    Store *store = data;

    berth_timer_free(store->timer);
    berth_timer_free(store->away);
    g_free(store);
}

static int load(void *data, unsigned max_rows, const BerthLeaseSink *sink, GError **error)
{
    Store *store = data;

    (void)max_rows;
    (void)error;
    store->sink = sink;
    return store->is_away ? BERTH_LOAD_WAITS : BERTH_LOAD_DONE;
}

static void commit(void *data, BerthBatch *batch)
{
    Store *store = data;

    store->batch = batch;
    berth_timer_set(store->server, store->timer, 0);
}

static BerthHealth health(void *data, char *why, size_t size)
{
    const Store *store = data;

    g_strlcpy(why, store->is_away ? "not connected" : "", size);
    return store->is_away ? BERTH_HEALTH_DOWN : BERTH_HEALTH_UP;
}

static const BerthLeaseBackend backend = {
    .size = sizeof(backend),
    .max_in_flight = 1,
    .open = open_store,
    .close = close_store,
    .load = load,
    .commit = commit,
    .health = health,
};

static const BerthRole roles[] = {
    BERTH_LEASE_BACKEND("t_backend", &backend, conf_items, Conf),
    {0},
};

BERTH_PLUGIN(.name = "t_backend", .about = "refuses the first units", .roles = roles);
