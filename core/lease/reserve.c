/* reserve - for whom an address or a prefix is reserved. See leases_i.h.
 *
 * Two sets are asked, that of the configuration in force and that of plugins, whatever snapshot a
 * packet has. The maps of what is free know of what is reserved in their subnet, so that picking
 * does not walk over it; that is for speed alone, and after a reload they come to know it part by
 * part: whoever gives something has asked here. */
#include "core/lease/leases_i.h"

/* A turn ends after so long, or so many hosts. */
#define SLICE_USEC 2000
#define SLICE_HOSTS 64
#define TURN_SLICES 32

/* A set whose addresses are to be marked again. */
typedef struct Marking {
    BerthHosts *hosts;
    uint64_t from;
} Marking;

/* ---- for whom ---- */

static bool is_same(const BerthHost *a, const BerthHost *b)
{
    return a == b || (a->subnet_id == b->subnet_id && a->id_type == b->id_type &&
                      berth_bytes_equal(berth_host_id(a), berth_host_id(b)));
}

static bool is_clients(const BerthClient *client, const BerthHost *host)
{
    for (const BerthHostList *at = client->hosts; at; at = at->next)
        if (is_same(at->host, host))
            return true;
    return false;
}

/* Without ip-reservations-unique it may be reserved for many, and is the client's if it is one. */
static BerthReserved look(const BerthHosts *hosts, uint32_t scope, BerthPrefix prefix,
                          const BerthClient *client)
{
    BerthReserved reserved = BERTH_RESERVED_NOT;
    const BerthHost *host;
    uint32_t iter = 0;

    while ((host = berth_hosts_next_of(hosts, scope, prefix, &iter))) {
        if (is_clients(client, host))
            return BERTH_RESERVED_OWN;
        reserved = BERTH_RESERVED_OTHER;
    }
    return reserved;
}

static BerthReserved in_scope(const BerthLeases *leases, uint32_t scope, BerthPrefix prefix,
                              const BerthClient *client)
{
    BerthReserved reserved = BERTH_RESERVED_NOT;

    for (unsigned i = 0; i < BERTH_HOST_SETS && reserved != BERTH_RESERVED_OWN; i++)
        if (leases->hosts[i] && berth_hosts_count(leases->hosts[i]) > 0)
            reserved = MAX(reserved, look(leases->hosts[i], scope, prefix, client));
    return reserved;
}

static bool is_in_pool(const BerthSubnet *subnet, BerthPrefix prefix, BerthLeaseType type)
{
    return type == BERTH_LEASE_PD ? berth_conf_pd_pool_of(subnet, prefix.addr) != NULL
                                  : berth_conf_pool_of(subnet, prefix.addr) != NULL;
}

bool berth_subnet_reserves(const BerthSubnet *subnet, BerthPrefix prefix, BerthLeaseType type)
{
    /* Kea: what is promised to be outside of pools does not count inside. */
    return subnet->params.hosts_in_subnet &&
           (!subnet->params.hosts_out_of_pool || !is_in_pool(subnet, prefix, type));
}

bool berth_subnet_reserves_global(const BerthSubnet *subnet, BerthPrefix prefix,
                                  BerthLeaseType type)
{
    return subnet->params.hosts_global &&
           (type == BERTH_LEASE_PD ||
            berth_prefix_contains(subnet->prefix, subnet->prefix_len, prefix.addr));
}

BerthReserved berth_leases_reserved(const BerthLeases *leases, const BerthSubnet *subnet,
                                    BerthPrefix prefix, const BerthClient *client)
{
    const BerthLeaseType type = leases->family == 4 ? BERTH_LEASE_V4 : client->type;
    BerthReserved reserved = BERTH_RESERVED_NOT;

    if (!berth_leases_have_reserved(leases))
        return reserved;
    if (berth_subnet_reserves(subnet, prefix, type))
        reserved = in_scope(leases, subnet->id, prefix, client);
    if (reserved == BERTH_RESERVED_NOT && berth_subnet_reserves_global(subnet, prefix, type))
        reserved = in_scope(leases, BERTH_HOST_GLOBAL, prefix, client);
    return reserved;
}

bool berth_leases_have_reserved(const BerthLeases *leases)
{
    for (unsigned i = 0; i < BERTH_HOST_SETS; i++)
        if (leases->hosts[i] && berth_hosts_have_addrs(leases->hosts[i]))
            return true;
    return false;
}

/* ---- the maps of what is free ---- */

bool berth_leases_sets_aside(const BerthLeases *leases, uint32_t subnet_id, BerthPrefix prefix)
{
    static const BerthClient nobody;

    return berth_leases_have_reserved(leases) &&
           !(leases->unreserved &&
             g_hash_table_contains(leases->unreserved, GUINT_TO_POINTER(subnet_id))) &&
           in_scope(leases, subnet_id, prefix, &nobody) != BERTH_RESERVED_NOT;
}

void berth_leases_host_changed(BerthLeases *leases, const BerthHost *host)
{
    for (unsigned i = 0; i < host->n_addrs; i++)
        berth_leases_mark(leases, (BerthPrefix){host->addrs[i].addr, host->addrs[i].len});
}

static void marking_free(void *data)
{
    Marking *marking = data;

    berth_hosts_unref(marking->hosts);
    g_free(marking);
}

static void is_freed(void *data)
{
    (void)data;
}

/* It may be the last who knows of a large set. */
static void end_marking(BerthLeases *leases)
{
    leases->world->ops->job(leases->world, marking_free, is_freed,
                            g_queue_pop_head(&leases->markings));
}

static bool mark_some(BerthLeases *leases, Marking *marking)
{
    const BerthHost *host = NULL;

    for (unsigned i = 0; i < SLICE_HOSTS; i++) {
        host = berth_hosts_next(marking->hosts, &marking->from);
        if (!host)
            return false;
        berth_leases_host_changed(leases, host);
    }
    return true;
}

static void on_marking(void *data)
{
    BerthLeases *leases = data;
    const int64_t until = berth_world_boot_usec(leases->world) + SLICE_USEC;

    for (unsigned i = 0; i < TURN_SLICES && !g_queue_is_empty(&leases->markings); i++) {
        if (!mark_some(leases, g_queue_peek_head(&leases->markings)))
            end_marking(leases);
        if (berth_world_boot_usec(leases->world) >= until)
            break;
    }
    if (!g_queue_is_empty(&leases->markings))
        berth_world_timer_set(leases->world, leases->marking_timer, 0);
}

static void mark_again(BerthLeases *leases, BerthHosts *hosts)
{
    Marking *marking;

    if (!hosts || !berth_hosts_have_addrs(hosts))
        return;
    marking = g_new0(Marking, 1);
    marking->hosts = berth_hosts_ref(hosts);
    g_queue_push_tail(&leases->markings, marking);
    berth_world_timer_set(leases->world, leases->marking_timer, 0);
}

static void set_unreserved(BerthLeases *leases, const BerthFamilyConf *conf)
{
    g_clear_pointer(&leases->unreserved, g_hash_table_unref);
    for (size_t i = 0; i < conf->n_subnets; i++) {
        const BerthSubnet *subnet = &conf->subnets[i];

        if (subnet->params.hosts_in_subnet)
            continue;
        if (!leases->unreserved)
            leases->unreserved = g_hash_table_new(NULL, NULL);
        g_hash_table_add(leases->unreserved, GUINT_TO_POINTER(subnet->id));
    }
}

void berth_reserve_set_conf(BerthLeases *leases, const BerthFamilyConf *conf)
{
    BerthHosts *before = leases->hosts[BERTH_HOSTS_MEMORY];

    leases->hosts[BERTH_HOSTS_MEMORY] = conf->hosts ? berth_hosts_ref(conf->hosts) : NULL;
    set_unreserved(leases, conf);
    mark_again(leases, before);
    berth_hosts_unref(before);
    for (unsigned i = 0; i < BERTH_HOST_SETS; i++)
        mark_again(leases, leases->hosts[i]);
}

void berth_leases_set_hosts(BerthLeases *leases, BerthHostTarget target, BerthHosts *hosts)
{
    BerthHosts *before = leases->hosts[target];

    leases->hosts[target] = berth_hosts_ref(hosts);
    mark_again(leases, before);
    mark_again(leases, hosts);
    berth_hosts_unref(before);
}

void berth_reserve_init(BerthLeases *leases)
{
    g_queue_init(&leases->markings);
    leases->marking_timer = berth_world_timer(leases->world, on_marking, leases);
}

void berth_reserve_clear(BerthLeases *leases)
{
    berth_timer_free(leases->marking_timer);
    g_queue_clear_full(&leases->markings, marking_free);
    g_clear_pointer(&leases->unreserved, g_hash_table_unref);
    for (unsigned i = 0; i < BERTH_HOST_SETS; i++)
        berth_hosts_unref(leases->hosts[i]);
}
