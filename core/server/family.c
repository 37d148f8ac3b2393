/* family - see family.h. */
#include "core/server/family.h"

#include "core/server/server.h"
#include "core/server/serverid.h"
#include "core/v4/steps4.h"
#include "core/v6/reconfigure.h"
#include "core/v6/steps6.h"

/* Packets that come while leases are loaded must not wait for longer than this to be dropped. */
#define LOAD_SLICE_USEC (INT64_C(5) * 1000)
#define LOAD_ROWS 256 /* from one look at the clock to the next */
#define LOAD_ROWS_MAX (1000 * LOAD_ROWS)
/* While it waits for a store. */
#define LOOK_AGAIN_USEC (INT64_C(1000) * 1000)

const BerthFamilyNames *berth_family_names(int number)
{
    static const BerthFamilyNames v4 = {"dhcp4", "kea-dhcp4", "Dhcp4", "DHCP4", "DHCPv4", "IPv4"};
    static const BerthFamilyNames v6 = {"dhcp6", "kea-dhcp6", "Dhcp6", "DHCP6", "DHCPv6", "IPv6"};

    return number == 6 ? &v6 : &v4;
}

const BerthFamilyConf *berth_family_conf(const BerthFamily *family, const BerthConf *conf)
{
    return berth_conf_family(conf, family->env.family);
}

void berth_family_log(const BerthFamily *family, BerthLevel level, const char *id,
                      const char *format, ...)
{
    const BerthFamilyNames *names = family->names;
    g_autofree char *full = NULL;
    va_list args;

    if (!berth_log_wants(family->env.log, level, names->service))
        return;
    full = g_strdup_printf("%s_%s", names->id, id);
    va_start(args, format);
    berth_log_writev(family->env.log, level, names->service, full, format, args);
    va_end(args);
}

/* What the server has to know of a family's steps. */
struct BerthFamilySteps {
    const BerthPath *first;
    BerthPoint expire, recover;
    BerthCounter **(*counters_new)(BerthStats *stats);
    unsigned received, send_failed; /* of these counters */
    uint16_t port;
};

static const struct BerthFamilySteps steps4 = {
    &berth_receive4,
    BERTH_POINT_lease4_expire,
    BERTH_POINT_lease4_recover,
    v4_counters_new,
    V4_RECEIVED,
    V4_SEND_FAILED,
    BERTH_PORT4_SERVER,
};

static const struct BerthFamilySteps steps6 = {
    &berth_receive6,
    BERTH_POINT_lease6_expire,
    BERTH_POINT_lease6_recover,
    v6_counters_new,
    V6_RECEIVED,
    V6_SEND_FAILED,
    BERTH_PORT6_SERVER,
};

/* ---- packets ---- */

static void receive(void *data, const BerthIface *iface, const BerthDatagram *batch, size_t n)
{
    BerthFamily *family = data;
    BerthServer *server = family->server;
    BerthEnv *env = &family->env;

    *env->counters[family->steps->received] += n;
    for (size_t i = 0; i < n; i++) {
        BerthPacket *pkt;

        if (!family->ready || server->state >= BERTH_SERVER_STOPPING ||
            (env->family == 6 && env->duid.len == 0)) {
            berth_drop_count(env, BERTH_DROP_NOT_READY);
            continue;
        }
        pkt = berth_runner_packet(env, server->conf, iface, &batch[i]);
        if (pkt)
            berth_runner_start(env->runner, pkt, family->steps->first);
    }
}

void berth_family_flush(BerthFamily *family)
{
    size_t lost = 0;

    berth_net_flush(family->env.net, &lost);
    if (lost > 0)
        *family->env.counters[family->steps->send_failed] += lost;
}

static BerthVerdict on_expire(void *data, BerthLease *lease, bool was_declined)
{
    BerthFamily *family = data;
    unsigned cursor = 0;

    return berth_callouts_run(family->server->conf->callouts,
                              was_declined ? family->steps->recover : family->steps->expire, NULL,
                              lease, &cursor);
}

/* ---- making ---- */

BerthFamily *berth_family_new(BerthServer *server, int number, BerthLog *log, bool owns_log)
{
    BerthFamily *family = g_new0(BerthFamily, 1);
    BerthEnv *env = &family->env;

    family->server = server;
    family->names = berth_family_names(number);
    family->steps = number == 6 ? &steps6 : &steps4;
    family->owns_log = owns_log;
    *env = (BerthEnv){
        .family = number,
        .world = server->world,
        .log = log,
        .runner = server->runner,
        .server = server,
        .out = &server->out,
    };
    env->stats = berth_stats_new(server->world);
    env->counters = family->steps->counters_new(env->stats);
    env->drops = berth_drops_new(env);
    env->net = berth_net_new(server->world, log, number, receive, family);
    env->leases = berth_leases_new(server->world, log, env->stats, number);
    berth_leases_on_expire(env->leases, on_expire, family);
    if (number == 6)
        env->reconfigure = v6_reconfigure_new(env);
    return family;
}

void berth_family_close(BerthFamily *family)
{
    berth_timer_free(g_steal_pointer(&family->load_timer));
    berth_serverid_free(g_steal_pointer(&family->server_id));
    v6_reconfigure_free(g_steal_pointer(&family->env.reconfigure));
    berth_net_free(g_steal_pointer(&family->env.net));
    if (family->backend)
        family->backend->close(family->backend_store);
    berth_leases_free(g_steal_pointer(&family->env.leases));
}

void berth_family_free(BerthFamily *family)
{
    berth_drops_free(family->env.drops);
    g_free(family->env.counters);
    berth_stats_free(family->env.stats);
    if (family->owns_log)
        berth_log_free(family->env.log);
    g_free(family);
}

/* ---- configuration ---- */

static uint16_t port_of(const BerthFamily *family)
{
    uint16_t port = family->server->options.port;

    return port ? port : family->steps->port;
}

void berth_family_configure_net(BerthFamily *family)
{
    const BerthServer *server = family->server;
    const BerthInterfacesConf *in = &berth_family_conf(family, server->conf)->interfaces;
    g_autofree BerthNetName *names = g_new0(BerthNetName, in->n_names + 1);

    for (size_t i = 0; i < in->n_names; i++)
        names[i] = (BerthNetName){in->names[i].name, in->names[i].addr};
    berth_net_configure(family->env.net, &(BerthNetConf){.names = names,
                                                         .n_names = in->n_names,
                                                         .raw = in->raw,
                                                         .use_routing = in->use_routing,
                                                         .port = port_of(family)});
}

void berth_family_adopt(BerthFamily *family, BerthConf *conf)
{
    const BerthFamilyConf *mine = berth_family_conf(family, conf);

    berth_leases_set_conf(family->env.leases, conf);
    berth_family_log(family, BERTH_INFO, "CONFIG_COMPLETE",
                     "%s server has completed configuration: added %s subnets: %zu; pools: %zu; "
                     "plugins: %zu",
                     family->names->text, family->names->ip, mine->n_subnets, mine->n_pools,
                     conf->n_plugins);
}

static char *store_path(const BerthFamily *family, const char *member)
{
    return g_strdup_printf("%s.lease-database%s", family->names->map, member);
}

bool berth_family_keeps_store(const BerthFamily *family, const BerthConf *conf, BerthErrors *errors)
{
    const BerthNode *node = berth_family_conf(family, conf)->lease_database;
    g_autofree char *now =
        berth_node_json(berth_family_conf(family, family->server->conf)->lease_database);
    g_autofree char *then = berth_node_json(node);
    g_autofree char *path = store_path(family, "");

    if (strcmp(now, then) == 0)
        return true;
    berth_errors_add(errors, node, path,
                     "the lease store can't be changed while running; restart the server for it");
    return false;
}

/* ---- the lease store ---- */

static int take_stored(void *data, const BerthLease *lease)
{
    BerthFamily *family = data;
    int r = berth_leases_load(family->env.leases, lease);

    if (r < 0)
        family->load_rows_bad++;
    return r;
}

static void expect_stored(void *data, uint64_t leases)
{
    BerthFamily *family = data;

    berth_leases_load_expect(family->env.leases, leases);
}

static void load_soon(void *data)
{
    BerthFamily *family = data;

    family->load_waits = false;
    berth_world_timer_set(family->env.world, family->load_timer, 0);
}

static int take_changed(void *data, const BerthLease *lease)
{
    return berth_leases_changed(((BerthFamily *)data)->env.leases, lease);
}

static int take_settled(void *data, const BerthLease *lease)
{
    return berth_leases_settled(((BerthFamily *)data)->env.leases, lease);
}

static void reload_stored(void *data)
{
    BerthFamily *family = data;

    berth_leases_reload_begin(family->env.leases);
    load_soon(family);
}

static void take_share(void *data, const BerthShare *share)
{
    berth_leases_set_share(((BerthFamily *)data)->env.leases, share);
}

bool berth_family_open_store(BerthFamily *family, BerthErrors *errors)
{
    BerthServer *server = family->server;
    const BerthFamilyConf *mine = berth_family_conf(family, server->conf);
    g_autofree char *path = store_path(family, ""), *type_path = store_path(family, ".type");
    g_autoptr(GError) error = NULL;
    const BerthRole *role;
    const void *conf;
    void *run;

    role = berth_loader_role(server->loader, server->conf, "lease-backend", mine->lease_type, &run);
    if (!role) {
        berth_errors_add(
            errors, mine->lease_database, type_path,
            "no loaded plugin keeps leases as '%s'; \"memfile\" is the plugin lease_file, "
            "\"redis\" lease_redis",
            mine->lease_type);
        return false;
    }
    conf = berth_loader_role_conf(server->conf, role, mine->lease_database, path, errors);
    if (!conf)
        return false;
    if (((const BerthLeaseBackend *)role->ops)
            ->open(run, server, family->env.family, conf, &family->backend_store, &error) < 0) {
        berth_errors_add(errors, mine->lease_database, path, "%s", error->message);
        return false;
    }
    family->backend = role->ops;
    return true;
}

static void serve(BerthFamily *family)
{
    berth_leases_set_backend(family->env.leases, family->backend, family->backend_store);
    family->ready = true;
    berth_server_family_ready(family->server);
    if (family->load_rows_bad > 0)
        berth_log_to(family->env.log, BERTH_ERROR, "dhcpsrv", "DHCPSRV_LEASE_SANITY_FAIL",
                     "%u stored leases are not fit to be used and were left out",
                     family->load_rows_bad);
    berth_family_log(family, BERTH_INFO, "STARTED",
                     "Berth %s server version %s started with %zu leases", family->names->text,
                     BERTH_VERSION, berth_table_count(berth_leases_table(family->env.leases)));
}

static int load_some(BerthFamily *family, GError **error)
{
    BerthWorld *world = family->env.world;
    int64_t until = berth_world_boot_usec(world) + LOAD_SLICE_USEC;
    int r, n = 0;

    do
        r = family->backend->load(family->backend_store, LOAD_ROWS, &family->sink, error);
    while (r == BERTH_LOAD_MORE && ++n < LOAD_ROWS_MAX / LOAD_ROWS &&
           berth_world_boot_usec(world) < until);
    family->load_rows_bad += berth_leases_load_end(family->env.leases);
    return r;
}

static void fail_load(BerthFamily *family, const char *why)
{
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

static void end_reload(BerthFamily *family)
{
    if (family->ready)
        berth_family_log(family, BERTH_INFO, "LEASES_RELOADED",
                         "the leases were read anew: there are %zu",
                         berth_table_count(berth_leases_table(family->env.leases)));
    else
        serve(family);
}

/* A store that is away makes the server wait, and it says so once. */
static void wait_for_store(BerthFamily *family)
{
    char why[256] = "";

    if (!family->said_away &&
        family->backend->health(family->backend_store, why, sizeof(why)) == BERTH_HEALTH_DOWN) {
        family->said_away = true;
        berth_family_log(
            family, BERTH_WARN, "LEASE_STORE_AWAY",
            "the leases can't be loaded yet, and packets are dropped until they are: %s", why);
    }
    family->load_waits = true;
    berth_world_timer_set(family->env.world, family->load_timer, LOOK_AGAIN_USEC);
}

static void load_part(BerthFamily *family, BerthReload reload)
{
    g_autoptr(GError) error = NULL;
    int r = load_some(family, &error);

    if (r == BERTH_LOAD_DONE && reload == BERTH_RELOAD_NONE) {
        serve(family);
    } else if (r == BERTH_LOAD_DONE) {
        berth_leases_reload_read(family->env.leases);
        load_soon(family);
    } else if (r == BERTH_LOAD_MORE) {
        load_soon(family);
    } else if (r == BERTH_LOAD_WAITS) {
        if (!family->ready)
            wait_for_store(family);
    } else {
        fail_load(family, error->message);
    }
}

/* A part of the store a turn: commands are answered meanwhile, and packets are dropped, whose
 * senders ask again; while a shared store is read anew they are served. */
static void load_slice(void *data)
{
    BerthFamily *family = data;
    BerthReload reload;

    if (family->load_waits) {
        wait_for_store(family);
        return;
    }
    reload = berth_leases_reload_step(family->env.leases);
    if (reload == BERTH_RELOAD_WAIT)
        load_soon(family);
    else if (reload == BERTH_RELOAD_DONE)
        end_reload(family);
    else if (reload == BERTH_RELOAD_LOAD || !family->ready)
        load_part(family, reload);
}

void berth_family_load(BerthFamily *family)
{
    family->load_timer = berth_world_timer(family->env.world, load_slice, family);
    family->sink = (BerthLeaseSink){
        .take = take_stored,
        .expect = expect_stored,
        .ready = load_soon,
        .data = family,
        .changed = take_changed,
        .settled = take_settled,
        .reload = reload_stored,
        .share = take_share,
    };
    load_soon(family);
}

void berth_family_stop(BerthFamily *family)
{
    if (family->load_timer)
        berth_timer_stop(family->load_timer);
    berth_net_configure(family->env.net, &(BerthNetConf){.port = port_of(family)});
}
