/* family - see family.h. */
#include "core/server/family.h"

#include "core/server/server.h"
#include "core/server/serverid.h"
#include "core/server/store.h"
#include "core/server/swap.h"
#include "core/v4/steps4.h"
#include "core/v6/reconfigure.h"
#include "core/v6/steps6.h"

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
    env->hosts = berth_hosts_new(true);
    env->leases = berth_leases_new(server->world, log, env->stats, number);
    berth_leases_set_hosts(env->leases, BERTH_HOSTS_DATABASE, env->hosts);
    berth_leases_on_expire(env->leases, on_expire, family);
    family->swap = berth_swap_new(family);
    if (number == 6)
        env->reconfigure = v6_reconfigure_new(env);
    return family;
}

void berth_family_close(BerthFamily *family)
{
    berth_serverid_free(g_steal_pointer(&family->server_id));
    v6_reconfigure_free(g_steal_pointer(&family->env.reconfigure));
    berth_net_free(g_steal_pointer(&family->env.net));
    berth_store_close(g_steal_pointer(&family->store));
    berth_swap_free(g_steal_pointer(&family->swap));
    berth_leases_free(g_steal_pointer(&family->env.leases));
}

void berth_family_free(BerthFamily *family)
{
    berth_drops_free(family->env.drops);
    g_free(family->env.counters);
    berth_hosts_unref(family->env.hosts);
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
    berth_hosts_set_unique(family->env.hosts, mine->unique_hosts);
    berth_family_log(family, BERTH_INFO, "CONFIG_COMPLETE",
                     "%s server has completed configuration: added %s subnets: %zu; pools: %zu; "
                     "plugins: %zu",
                     family->names->text, family->names->ip, mine->n_subnets, mine->n_pools,
                     conf->n_plugins);
}

bool berth_family_keeps_store(const BerthFamily *family, const BerthConf *conf)
{
    g_autofree char *now =
        berth_node_json(berth_family_conf(family, family->server->conf)->lease_database);
    g_autofree char *then = berth_node_json(berth_family_conf(family, conf)->lease_database);

    return strcmp(now, then) == 0;
}

void berth_family_stop(BerthFamily *family)
{
    if (family->store)
        berth_store_stop_loading(family->store);
    berth_swap_abort(family->swap, "the server is stopping");
    berth_net_configure(family->env.net, &(BerthNetConf){.port = port_of(family)});
}
