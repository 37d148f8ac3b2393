/* store - see store.h. */
#include "core/server/store.h"

#include "core/server/sanity.h"
#include "core/server/server.h"

/* Packets that come while leases are loaded must not wait for longer than this to be dropped. */
#define LOAD_SLICE_USEC (INT64_C(5) * 1000)
#define LOAD_ROWS 256 /* from one look at the clock to the next */
#define LOAD_ROWS_MAX (1000 * LOAD_ROWS)
/* While it waits for a store. */
#define LOOK_AGAIN_USEC (INT64_C(1000) * 1000)

static void load_slice(void *data);

static BerthLeases *leases_of(const BerthStore *store)
{
    return store->family->env.leases;
}

/* ---- what it tells ---- */

static void load_soon(BerthStore *store)
{
    store->load_waits = false;
    berth_world_timer_set(store->family->env.world, store->load_timer, 0);
}

static int take(void *data, const BerthLease *lease)
{
    BerthStore *store = data;
    BerthFamily *family = store->family;
    g_autofree char *context = NULL;
    BerthLease checked = *lease;
    int r;

    if (store->filled_by) {
        berth_handover_taken(store->filled_by);
        return 0;
    }
    if (!berth_sanity_check(berth_family_conf(family, family->server->conf), family->env.log,
                            &checked, &context))
        return 0;
    r = berth_leases_load(leases_of(store), &checked);
    if (r < 0)
        store->rows_bad++;
    return r;
}

static void expect(void *data, uint64_t leases)
{
    BerthStore *store = data;

    if (!store->filled_by)
        berth_leases_load_expect(leases_of(store), leases);
}

static void ready(void *data)
{
    BerthStore *store = data;

    if (store->filled_by)
        berth_handover_ready(store->filled_by);
    else
        load_soon(store);
}

/* What is told of a store that is being filled came from here. */
static int changed(void *data, const BerthLease *lease)
{
    BerthStore *store = data;

    return store->filled_by ? 0 : berth_leases_changed(leases_of(store), lease);
}

static int settled(void *data, const BerthLease *lease)
{
    BerthStore *store = data;

    return store->filled_by ? 0 : berth_leases_settled(leases_of(store), lease);
}

static void reload(void *data)
{
    BerthStore *store = data;

    if (store->filled_by)
        return;
    berth_leases_reload_begin(leases_of(store));
    load_soon(store);
}

static void share(void *data, const BerthShare *told)
{
    BerthStore *store = data;

    store->share = (BerthShare){0};
    memcpy(&store->share, told, MIN(told->size, sizeof(store->share)));
    if (!store->filled_by)
        berth_leases_set_share(leases_of(store), told);
}

void berth_store_use(BerthStore *store)
{
    store->filled_by = NULL;
    berth_leases_set_share(leases_of(store), store->share.size ? &store->share : NULL);
}

/* ---- opening ---- */

BerthStore *berth_store_new(BerthFamily *family, BerthStoreRef ref)
{
    BerthStore *store = g_new0(BerthStore, 1);

    store->family = family;
    store->ref = ref;
    store->load_timer = berth_world_timer(family->env.world, load_slice, store);
    store->sink = (BerthLeaseSink){
        .take = take,
        .expect = expect,
        .ready = ready,
        .data = store,
        .changed = changed,
        .settled = settled,
        .reload = reload,
        .share = share,
    };
    return store;
}

static bool open_role(BerthStore *store, BerthConf *conf, const BerthRole *role, void *run,
                      BerthErrors *errors)
{
    const BerthFamily *family = store->family;
    const BerthNode *node = berth_family_conf(family, conf)->lease_database;
    const BerthLeaseBackend *ops = role->ops;
    g_autofree char *path = g_strdup_printf("%s.lease-database", family->names->map);
    const void *role_conf = berth_loader_role_conf(conf, role, node, path, errors);
    g_autoptr(GError) error = NULL;

    if (!role_conf)
        return false;
    if (ops->open(run, family->server, family->env.family, role_conf, &store->ref.store, &error) <
        0) {
        berth_errors_add(errors, node, path, "%s", error->message);
        return false;
    }
    store->ref.ops = ops;
    return true;
}

static char *text_of(const BerthConf *conf, const BerthFamilyConf *family, const BerthRole *role)
{
    GString *text = g_string_new(NULL);
    BerthJson *json = berth_json_new(text, 0);

    berth_json_begin_object(json, NULL);
    berth_json_string(json, "type", family->lease_type);
    for (const BerthNode *node = berth_node_first(family->lease_database); node;
         node = berth_node_next(node))
        if (strcmp(berth_node_key(node), "type") != 0 &&
            !berth_loader_role_hides(conf, role, berth_node_key(node)))
            berth_json_node(json, berth_node_key(node), node);
    berth_json_end(json);
    berth_json_free(json);
    return g_string_free(text, FALSE);
}

BerthStore *berth_store_open(BerthFamily *family, BerthConf *conf, BerthErrors *errors)
{
    const BerthFamilyConf *mine = berth_family_conf(family, conf);
    g_autofree char *path = g_strdup_printf("%s.lease-database.type", family->names->map);
    BerthStore *store;
    void *run;
    const BerthRole *role =
        berth_loader_role(family->server->loader, conf, "lease-backend", mine->lease_type, &run);

    if (!role) {
        berth_errors_add(
            errors, mine->lease_database, path,
            "no loaded plugin keeps leases as '%s'; \"memfile\" is the plugin lease_file, "
            "\"redis\" lease_redis",
            mine->lease_type);
        return NULL;
    }
    store = berth_store_new(family, (BerthStoreRef){NULL, NULL});
    if (!open_role(store, conf, role, run, errors)) {
        berth_store_free(store);
        return NULL;
    }
    store->text = text_of(conf, mine, role);
    return store;
}

void berth_store_free(BerthStore *store)
{
    if (!store)
        return;
    berth_timer_free(store->load_timer);
    g_free(store->text);
    g_free(store);
}

void berth_store_close(BerthStore *store)
{
    if (store)
        store->ref.ops->close(store->ref.store);
    berth_store_free(store);
}

BerthHealth berth_store_health(const BerthStore *store, char *why, size_t size)
{
    g_strlcpy(why, "", size);
    return store ? store->ref.ops->health(store->ref.store, why, size) : BERTH_HEALTH_DOWN;
}

const char *berth_health_text(BerthHealth health)
{
    static const char *const words[] = {"up", "degraded", "down"};

    return words[health];
}

/* ---- loading ---- */

static void serve(BerthStore *store)
{
    BerthFamily *family = store->family;

    berth_leases_set_backend(family->env.leases, store->ref.ops, store->ref.store);
    family->ready = true;
    berth_server_family_ready(family->server);
    if (store->rows_bad > 0)
        berth_log_to(family->env.log, BERTH_ERROR, "dhcpsrv", "DHCPSRV_LEASE_SANITY_FAIL",
                     "%u stored leases are not fit to be used and were left out", store->rows_bad);
    berth_family_log(family, BERTH_INFO, "STARTED",
                     "Berth %s server version %s started with %zu leases", family->names->text,
                     BERTH_VERSION, berth_table_count(berth_leases_table(family->env.leases)));
}

static int load_some(BerthStore *store, GError **error)
{
    BerthWorld *world = store->family->env.world;
    int64_t until = berth_world_boot_usec(world) + LOAD_SLICE_USEC;
    int r, n = 0;

    do
        r = store->ref.ops->load(store->ref.store, LOAD_ROWS, &store->sink, error);
    while (r == BERTH_LOAD_MORE && ++n < LOAD_ROWS_MAX / LOAD_ROWS &&
           berth_world_boot_usec(world) < until);
    store->rows_bad += berth_leases_load_end(leases_of(store));
    return r;
}

static void fail_load(BerthStore *store, const char *why)
{
    BerthFamily *family = store->family;

    if (family->ready) {
        berth_leases_reload_give_up(family->env.leases);
        berth_family_log(family, BERTH_ERROR, "LEASES_RELOAD_FAIL",
                         "the leases can't be read anew, those that are known stay: %s", why);
        return;
    }
    berth_family_log(family, BERTH_ERROR, "INIT_FAIL",
                     "failed to initialize Kea server: can't load the leases: %s", why);
    berth_server_stop(family->server, 1);
}

static void end_reload(BerthStore *store)
{
    BerthFamily *family = store->family;

    if (family->ready)
        berth_family_log(family, BERTH_INFO, "LEASES_RELOADED",
                         "the leases were read anew: there are %zu",
                         berth_table_count(berth_leases_table(family->env.leases)));
    else
        serve(store);
}

/* A store that is away makes the server wait, and it says so once. */
static void wait_for_it(BerthStore *store)
{
    char why[256] = "";

    if (!store->said_away && berth_store_health(store, why, sizeof(why)) == BERTH_HEALTH_DOWN) {
        store->said_away = true;
        berth_family_log(
            store->family, BERTH_WARN, "LEASE_STORE_AWAY",
            "the leases can't be loaded yet, and packets are dropped until they are: %s", why);
    }
    store->load_waits = true;
    berth_world_timer_set(store->family->env.world, store->load_timer, LOOK_AGAIN_USEC);
}

static void load_part(BerthStore *store, BerthReload reload)
{
    g_autoptr(GError) error = NULL;
    int r = load_some(store, &error);

    if (r == BERTH_LOAD_DONE && reload == BERTH_RELOAD_NONE) {
        serve(store);
    } else if (r == BERTH_LOAD_DONE) {
        berth_leases_reload_read(leases_of(store));
        load_soon(store);
    } else if (r == BERTH_LOAD_MORE) {
        load_soon(store);
    } else if (r == BERTH_LOAD_WAITS) {
        if (!store->family->ready)
            wait_for_it(store);
    } else {
        fail_load(store, error->message);
    }
}

/* A part of the store a turn: commands are answered meanwhile, and packets are dropped, whose
 * senders ask again; while a shared store is read anew they are served. */
static void load_slice(void *data)
{
    BerthStore *store = data;
    BerthReload reload;

    if (store->load_waits) {
        wait_for_it(store);
        return;
    }
    reload = berth_leases_reload_step(leases_of(store));
    if (reload == BERTH_RELOAD_WAIT)
        load_soon(store);
    else if (reload == BERTH_RELOAD_DONE)
        end_reload(store);
    else if (reload == BERTH_RELOAD_LOAD || !store->family->ready)
        load_part(store, reload);
}

void berth_store_load(BerthStore *store)
{
    load_soon(store);
}

void berth_store_stop_loading(BerthStore *store)
{
    berth_timer_stop(store->load_timer);
}
