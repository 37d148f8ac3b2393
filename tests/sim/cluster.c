/* cluster - see cluster.h. */
#include "tests/sim/cluster.h"

#include "tests/crowd/clients.h"
#include "tests/crowd/clients6.h"
#include <glib/gstdio.h>
#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

#define GRACE_SEC 20
#define FOREIGN_EXTRA_SEC 8

static const char conf_text[] =
    "plugins = ( { name = \"log\"; enabled = false; }, { name = \"control\"; enabled = false; },\n"
    "            { name = \"lease_model\"; } );\n"
    "Dhcp4 = {\n"
    "    interfaces-config = { interfaces = ( \"eth0\" ); };\n"
    "    loggers = ( { name = \"kea-dhcp4\"; severity = \"%s\"; } );\n"
    "    lease-database = { type = \"model\"; place = \"%p\"; };\n"
    "    valid-lifetime = 60;\n"
    "    decline-probation-period = 100;\n"
    "    expired-leases-processing = { reclaim-timer-wait-time = 3; hold-reclaimed-time = 60; };\n"
    "    subnet4 = ( { id = 1; subnet = \"192.0.2.0/24\";\n"
    "                  pools = ( { pool = \"192.0.2.10 - 192.0.2.200\"; } ); } );\n"
    "};\n"
    "Dhcp6 = {\n"
    "    interfaces-config = { interfaces = ( \"eth0\" ); };\n"
    "    loggers = ( { name = \"kea-dhcp6\"; severity = \"%s\"; } );\n"
    "    lease-database = { type = \"model\"; place = \"%p\"; };\n"
    "    valid-lifetime = 60; preferred-lifetime = 40;\n"
    "    decline-probation-period = 100;\n"
    "    expired-leases-processing = { reclaim-timer-wait-time = 3; hold-reclaimed-time = 60; };\n"
    "    subnet6 = ( { id = 1; subnet = \"2001:db8:1::/64\"; interface = \"eth0\";\n"
    "                  pools = ( { pool = \"2001:db8:1::10 - 2001:db8:1::3f\"; } );\n"
    "                  pd-pools = ( { prefix = \"2001:db8:a000::\"; prefix-len = 57;\n"
    "                                 delegated-len = 64; } ); } );\n"
    "};\n";

static void write_conf(Machine *machine, bool is_traced)
{
    const char *severity = is_traced ? "INFO" : "NONE";
    g_autofree char *text = g_strdup_printf(conf_text, severity, (void *)&machine->places[0],
                                            severity, (void *)&machine->places[1]);
    int fd = g_file_open_tmp("berth-sim-XXXXXX", &machine->conf_path, NULL);

    if (fd < 0 || !g_file_set_contents(machine->conf_path, text, -1, NULL))
        exit(2);
    close(fd);
}

static void machine_init(Cluster *cluster, unsigned i)
{
    Machine *machine = &cluster->machines[i];
    SimWorld *sim = cluster->sim;
    int skew;

    machine->sim = i == 0 ? sim : sim_world_join(sim);
    skew = (int)cluster->history->skew_usec;
    sim_skew(machine->sim, g_rand_int_range(sim_rand(sim), -skew, skew));
    for (int family = 0; family < 2; family++)
        model_place_init(&machine->places[family], cluster->ground, &cluster->stores[family], i);
    write_conf(machine, cluster->history->trace != NULL);
}

void cluster_init(Cluster *cluster, const Ground *ground, SimWorld *sim, History *history,
                  unsigned n, bool waits)
{
    *cluster = (Cluster){.sim = sim, .ground = ground, .history = history, .n = n};
    for (int family = 0; family < 2; family++)
        cluster->stores[family] = (ModelCluster){
            .master = model_store_new(),
            .waits = waits,
            .servers = n,
            .guard_sec = CLUSTER_GUARD_SEC,
            .grace_sec = GRACE_SEC,
            .foreign_extra_sec = FOREIGN_EXTRA_SEC,
        };
    for (unsigned i = 0; i < n; i++)
        machine_init(cluster, i);
}

void cluster_clear(Cluster *cluster)
{
    for (unsigned i = cluster->n; i > 0; i--) {
        Machine *machine = &cluster->machines[i - 1];

        g_unlink(machine->conf_path);
        g_free(machine->conf_path);
        for (int family = 0; family < 2; family++)
            model_place_clear(&machine->places[family]);
        if (machine->sim != cluster->sim)
            sim_world_free(machine->sim);
    }
    for (int family = 0; family < 2; family++)
        model_store_free(cluster->stores[family].master);
}

/* ---- the servers ---- */

void cluster_start(Cluster *cluster, unsigned i)
{
    Machine *machine = &cluster->machines[i];
    BerthServerOptions options = {
        .conf_file = machine->conf_path,
        .plugin_path = g_getenv("BERTH_PLUGIN_PATH"),
        .paths = {"/data", "/log", "/run", "/script"},
        .no_path_checks = true,
    };
    BerthErrors errors;

    if (machine->server)
        return;
    history_note(cluster->history, sim_now(cluster->sim), "======== server %u starts", i);
    berth_errors_init(&errors);
    machine->server = berth_server_new(sim_world(machine->sim), &options);
    if (!berth_server_start(machine->server, &errors)) {
        g_autofree char *why = berth_errors_text(&errors);

        g_strlcpy(cluster->history->broken, why, sizeof(cluster->history->broken));
    }
    berth_errors_clear(&errors);
}

void cluster_kill(Cluster *cluster, unsigned i)
{
    Machine *machine = &cluster->machines[i];

    if (!machine->server)
        return;
    history_note(cluster->history, sim_now(cluster->sim), "======== server %u is killed", i);
    sim_pause(machine->sim, false);
    sim_cut_power(machine->sim);
    sim_drain(machine->sim);
    berth_server_free(g_steal_pointer(&machine->server));
    sim_power_up(machine->sim);
}

/* ---- the way to the store ---- */

void cluster_cut(Cluster *cluster, unsigned i, bool stay_cut)
{
    for (int family = 0; family < 2; family++) {
        ModelPlace *place = &cluster->machines[i].places[family];

        model_place_break(place);
        place->is_cut = stay_cut;
    }
}

static bool is_anybody_behind(const Cluster *cluster)
{
    for (unsigned i = 0; i < cluster->n; i++)
        if (cluster->machines[i].places[0].at_old)
            return true;
    return false;
}

void cluster_mend(Cluster *cluster, unsigned i)
{
    for (int family = 0; family < 2; family++) {
        ModelPlace *place = &cluster->machines[i].places[family];

        if (place->at_old)
            model_place_break(place);
        place->is_cut = place->at_old = false;
    }
    for (int family = 0; family < 2 && !is_anybody_behind(cluster); family++)
        if (cluster->stores[family].old)
            model_store_free(g_steal_pointer(&cluster->stores[family].old));
}

void cluster_fail_over(Cluster *cluster, unsigned lose, int behind)
{
    unsigned lost = 0;

    for (int family = 0; family < 2; family++) {
        ModelCluster *store = &cluster->stores[family];

        if (behind >= 0 && !store->old)
            store->old = model_store_clone(store->master);
        lost += model_store_fail_over(store->master, lose);
    }
    cluster->fail_overs++;
    cluster->lost += lost;
    history_note(cluster->history, sim_now(cluster->sim),
                 "======== another master, %u scripts are lost, server %d goes on with the old one",
                 lost, behind);
    for (unsigned i = 0; i < cluster->n; i++) {
        if ((int)i != behind)
            cluster_cut(cluster, i, true);
        for (int family = 0; family < 2 && (int)i == behind; family++)
            cluster->machines[i].places[family].at_old = true;
    }
}

void cluster_heal(Cluster *cluster)
{
    for (int family = 0; family < 2; family++)
        cluster->stores[family].stalled = cluster->stores[family].has_no_replica = false;
    for (unsigned i = 0; i < cluster->n; i++) {
        cluster_mend(cluster, i);
        for (int family = 0; family < 2; family++)
            cluster->machines[i].places[family].lag_usec = 0;
        sim_pause(cluster->machines[i].sim, false);
        cluster_start(cluster, i);
    }
}

/* ---- the looks at the end ---- */

static void check_row(Cluster *cluster, unsigned i, const BerthTable *table,
                      const ModelValue *value)
{
    BerthLease lease;
    char text[BERTH_ADDR_TEXT];

    berth_addr_text(value->lease->addr, text);
    if (!berth_table_get(table, value->lease->addr, &lease))
        history_broken(cluster->history, sim_now(cluster->sim),
                       "INV-11: server %u does not know the lease of %s, of revision %" PRIx64, i,
                       text, value->lease->revision);
    else if (lease.revision != value->lease->revision || lease.state != value->lease->state ||
             lease.cltt != value->lease->cltt)
        history_broken(cluster->history, sim_now(cluster->sim),
                       "INV-11: server %u has %s of revision %" PRIx64 ", the store of %" PRIx64, i,
                       text, lease.revision, value->lease->revision);
}

static void check_same(Cluster *cluster, unsigned i, int family)
{
    const BerthServer *server = cluster->machines[i].server;
    const BerthTable *table = berth_leases_table(server->families[family]->env.leases);
    g_autoptr(GPtrArray) all = model_store_all(cluster->stores[family].master);

    if (berth_table_count(table) != all->len)
        history_broken(cluster->history, sim_now(cluster->sim),
                       "INV-11: server %u has %zu leases of family %d, the store %u", i,
                       berth_table_count(table), family ? 6 : 4, all->len);
    for (unsigned k = 0; k < all->len; k++)
        check_row(cluster, i, table, all->pdata[k]);
}

static bool is_same_lease(const BerthTable *table, const BerthLease *stored)
{
    BerthLease lease;

    return berth_table_get(table, stored->addr, &lease) && lease.revision == stored->revision;
}

static bool is_same(const Cluster *cluster, unsigned i, int family)
{
    const BerthServer *server = cluster->machines[i].server;
    const BerthTable *table = berth_leases_table(server->families[family]->env.leases);
    g_autoptr(GPtrArray) all = model_store_all(cluster->stores[family].master);

    for (unsigned k = 0; k < all->len; k++)
        if (!is_same_lease(table, ((ModelValue *)all->pdata[k])->lease))
            return false;
    return berth_table_count(table) == all->len;
}

bool cluster_is_same(const Cluster *cluster)
{
    for (unsigned i = 0; i < cluster->n * 2; i++)
        if (!is_same(cluster, i / 2, (int)i % 2))
            return false;
    return true;
}

void cluster_check(Cluster *cluster, History6 *history6)
{
    int64_t now = sim_now(cluster->sim);

    for (unsigned i = 0; i < cluster->n; i++) {
        const BerthServer *server = cluster->machines[i].server;

        if (server->state != BERTH_SERVER_READY) {
            history_broken(cluster->history, now, "server %u did not become ready", i);
            continue;
        }
        for (int family = 0; family < 2; family++)
            check_same(cluster, i, family);
        history_check_table(cluster->history, now,
                            berth_leases_table(server->families[0]->env.leases), clients_mac);
        history6_check_table(history6, now, server->families[1]->env.leases, clients6_duid);
    }
}
