/* hosts - whom the configuration, or a plugin, has reserved something for: which hosts a packet's
 * client is, and the classes that follow. When they are looked for is for others to say
 * (plugins/hosts).
 *
 * As Kea has it: the hosts of all subnets of the link are found, by the first identifier that finds
 * one, and a global one; the configuration is asked first. What counts is the host of the subnet
 * that the client is in, else the global one. */
#include "core/packet/hosts.h"
#include "core/packet/classes.h"

#define CIRCUIT_ID 1 /* RFC 3046 section 2.0 */
#define DUID_IN_CLIENT_ID 255
#define DUID_AT 5 /* RFC 4361 section 6.1: type, IAID, DUID */

/* ---- by what ---- */

static bool duid4(BerthBytes client_id, BerthBytes *ret)
{
    if (client_id.len <= DUID_AT || client_id.data[0] != DUID_IN_CLIENT_ID)
        return false;
    *ret = (BerthBytes){client_id.data + DUID_AT, client_id.len - DUID_AT};
    return true;
}

static bool id_of(const BerthPacket *pkt, BerthHostIdType type, BerthBytes *ret)
{
    const bool is4 = pkt->env->family == 4;

    *ret = (BerthBytes){NULL, 0};
    switch (type) {
    case BERTH_HOST_HWADDR:
        *ret = (BerthBytes){pkt->client.hwaddr.bytes, pkt->client.hwaddr.len};
        break;
    case BERTH_HOST_DUID:
        if (!is4)
            *ret = pkt->client.client_id;
        else
            duid4(pkt->client.client_id, ret);
        break;
    case BERTH_HOST_CIRCUIT_ID:
        if (is4)
            berth_query4_get_sub(pkt, BERTH_DHO_DHCP_AGENT_OPTIONS, CIRCUIT_ID, ret);
        break;
    case BERTH_HOST_CLIENT_ID:
        if (is4)
            *ret = pkt->client.client_id;
        break;
    default:
        *ret = pkt->flex_id;
    }
    return ret->len > 0 && ret->len <= BERTH_HOST_ID_MAX;
}

void berth_packet_set_flex_id(BerthPacket *pkt, BerthBytes id)
{
    pkt->flex_id = id;
}

/* ---- finding ---- */

static bool is_anybody(const BerthPacket *pkt)
{
    return berth_hosts_count(berth_packet_conf(pkt)->hosts) > 0 ||
           berth_hosts_count(pkt->env->hosts) > 0;
}

/* An identifier of the packet, and a set that has a host of it in some scope. */
typedef struct Known {
    const BerthHosts *hosts;
    BerthHostIdType type;
    BerthBytes id;
} Known;

/* Most often there is none, and then no subnet of the link is asked. */
typedef struct Who {
    unsigned n;
    Known at[BERTH_HOST_ID_TYPES * 2];
} Who;

/* Kea asks the configuration first. */
static void find_who(const BerthPacket *pkt, Who *ret)
{
    const BerthFamilyConf *family = berth_packet_conf(pkt);
    const BerthHosts *const sets[] = {family->hosts, pkt->env->hosts};
    BerthBytes id;

    ret->n = 0;
    for (size_t i = 0; i < family->n_host_ids; i++) {
        const BerthHostIdType type = (BerthHostIdType)family->host_ids[i];

        if (!id_of(pkt, type, &id))
            continue;
        for (size_t s = 0; s < G_N_ELEMENTS(sets); s++)
            if (sets[s] && berth_hosts_know(sets[s], type, id))
                ret->at[ret->n++] = (Known){sets[s], type, id};
    }
}

static const BerthHost *find(const Who *who, uint32_t subnet_id)
{
    const BerthHost *host = NULL;

    for (unsigned i = 0; i < who->n && !host; i++)
        host = berth_hosts_find(who->at[i].hosts, subnet_id, who->at[i].type, who->at[i].id);
    return host;
}

static bool has_scope(const BerthPacket *pkt, uint32_t subnet_id)
{
    for (const BerthHostList *at = pkt->hosts; at; at = at->next)
        if (at->host->subnet_id == subnet_id)
            return true;
    return false;
}

static void look_in(BerthPacket *pkt, const Who *who, uint32_t subnet_id)
{
    const BerthHost *host = has_scope(pkt, subnet_id) ? NULL : find(who, subnet_id);
    BerthHostList *found = host ? berth_arena_alloc(&pkt->arena, sizeof(*found)) : NULL;

    if (!found)
        return;
    /* It may be taken out of its set while the packet waits. */
    *found = (BerthHostList){pkt->hosts, berth_host_ref((BerthHost *)host)};
    pkt->hosts = found;
    pkt->client.hosts = found;
}

void berth_packet_drop_hosts(BerthPacket *pkt)
{
    for (const BerthHostList *at = pkt->hosts; at; at = at->next)
        berth_host_unref(at->host);
    pkt->hosts = NULL;
}

static const BerthHost *found_in(const BerthPacket *pkt, uint32_t subnet_id)
{
    for (const BerthHostList *at = pkt->hosts; at; at = at->next)
        if (at->host->subnet_id == subnet_id)
            return at->host;
    return NULL;
}

const BerthHost *berth_packet_host_in(const BerthPacket *pkt, const BerthSubnet *subnet)
{
    const BerthHost *host = NULL;

    if (!subnet || !pkt->hosts)
        return NULL;
    if (subnet->params.hosts_in_subnet)
        host = found_in(pkt, subnet->id);
    if (!host && subnet->params.hosts_global)
        host = found_in(pkt, BERTH_HOST_GLOBAL);
    return host;
}

const BerthHost *berth_packet_host(const BerthPacket *pkt)
{
    return berth_packet_host_in(pkt, pkt->subnet);
}

const BerthOptList *berth_packet_host_options(const BerthPacket *pkt)
{
    const BerthHost *host = berth_packet_host(pkt);

    return host ? berth_host_options(host) : NULL;
}

/* ---- what is reserved ---- */

static const BerthHost *host_at(const BerthPacket *pkt, const BerthSubnet *subnet, unsigned stage)
{
    if (stage == 0)
        return subnet->params.hosts_global ? found_in(pkt, BERTH_HOST_GLOBAL) : NULL;
    return subnet->params.hosts_in_subnet ? found_in(pkt, subnet->id) : NULL;
}

static bool counts(const BerthSubnet *subnet, const BerthHostAddr *addr, BerthLeaseType type,
                   unsigned stage)
{
    const BerthPrefix prefix = {addr->addr, addr->len};

    return stage == 0 ? berth_subnet_reserves_global(subnet, prefix, type)
                      : berth_subnet_reserves(subnet, prefix, type);
}

const BerthHostAddr *berth_packet_next_reserved(const BerthPacket *pkt, const BerthSubnet *subnet,
                                                BerthLeaseType type, BerthReservedWalk *walk)
{
    for (; walk->stage < 2; walk->stage++, walk->i = 0) {
        const BerthHost *host = host_at(pkt, subnet, walk->stage);
        const BerthHostAddr *addr;

        while (host && (addr = berth_host_addr(host, walk->i))) {
            walk->i++;
            if (addr->is_prefix == (type == BERTH_LEASE_PD) &&
                counts(subnet, addr, type, walk->stage))
                return addr;
        }
    }
    return NULL;
}

/* ---- classes ---- */

static void enter_classes(BerthPacket *pkt, const BerthHost *host)
{
    const char *name;

    for (size_t i = 0; (name = berth_host_class(host, i)); i++)
        berth_packet_add_class(pkt, name);
}

/* Kea: tests that were made before may have asked for these classes, and are made again. */
static void reclassify(BerthPacket *pkt, const BerthHost *host)
{
    const bool is_classified = berth_classes_have(&pkt->class_set, BERTH_CLASS_ALL);

    if (is_classified)
        berth_packet_forget_classes(pkt);
    enter_classes(pkt, host);
    if (is_classified)
        berth_packet_classify(pkt, BERTH_CLASSIFY_FIRST);
}

static bool has_classes(const BerthHost *host)
{
    return host && berth_host_class(host, 0);
}

/* ---- the moments ---- */

static void find_early(BerthPacket *pkt)
{
    const BerthHost *global;
    BERTH_UNCLEARED Who who;

    if (!berth_packet_conf(pkt)->early_hosts)
        return;
    find_who(pkt, &who);
    look_in(pkt, &who, BERTH_HOST_GLOBAL);
    global = found_in(pkt, BERTH_HOST_GLOBAL);
    if (!global)
        return;
    if (has_classes(global))
        reclassify(pkt, global);
    berth_packet_add_class(pkt, "KNOWN");
    if (berth_classes_have(&pkt->class_set, BERTH_CLASS_ALL))
        berth_packet_classify(pkt, BERTH_CLASSIFY_KNOWN);
}

static void look_on_link(BerthPacket *pkt)
{
    const BerthParams *params = &pkt->subnet->params;
    const BerthSubnet *at = pkt->subnet;
    BERTH_UNCLEARED Who who;

    find_who(pkt, &who);
    if (who.n == 0)
        return;
    if (params->hosts_global && !berth_packet_conf(pkt)->early_hosts)
        look_in(pkt, &who, BERTH_HOST_GLOBAL);
    if (!params->hosts_in_subnet && found_in(pkt, BERTH_HOST_GLOBAL))
        return;
    for (; at; at = berth_conf_next_subnet(pkt->subnet, at, &pkt->class_set))
        if (at->params.hosts_in_subnet)
            look_in(pkt, &who, at->id);
}

/* Of a network it is not known yet which subnet the client will be in; see enter_late. */
static void find_for_subnet(BerthPacket *pkt)
{
    const BerthHost *host;

    if (!pkt->subnet)
        return;
    look_on_link(pkt);
    host = berth_packet_host(pkt);
    if (has_classes(host) && (!pkt->subnet->network || host->subnet_id == BERTH_HOST_GLOBAL))
        reclassify(pkt, host);
    if (pkt->hosts)
        berth_packet_add_class(pkt, "KNOWN");
}

static void enter_late(BerthPacket *pkt)
{
    const BerthHost *host = berth_packet_host(pkt);

    if (host && pkt->subnet->network && host->subnet_id != BERTH_HOST_GLOBAL)
        enter_classes(pkt, host);
}

void berth_packet_find_hosts(BerthPacket *pkt, BerthHostMoment moment)
{
    if (!pkt->parsed || !is_anybody(pkt))
        return;
    switch (moment) {
    case BERTH_HOSTS_EARLY:
        find_early(pkt);
        break;
    case BERTH_HOSTS_SUBNET:
        find_for_subnet(pkt);
        break;
    case BERTH_HOSTS_LEASE:
        enter_late(pkt);
        break;
    }
}
