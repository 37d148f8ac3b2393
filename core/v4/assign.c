/* assign - DISCOVER and REQUEST: which address, for how long, or a NAK, or silence. */
#include "core/v4/steps4.h"

static uint32_t clamp_lifetime(int64_t asked, int64_t min, int64_t max)
{
    return (uint32_t)CLAMP(asked, min, max);
}

/* RFC 2131 section 4.3.1: what the client asks, within the limits of its subnet, else the default.
 */
static uint32_t lifetime(const BerthPacket *pkt)
{
    const BerthParams *params = &pkt->subnet->params;
    int64_t min = params->min_valid_sec < 0 ? params->valid_sec : params->min_valid_sec;
    int64_t max = params->max_valid_sec < 0 ? params->valid_sec : params->max_valid_sec;
    uint32_t asked;

    if (berth_msg4_u32(&pkt->query, BERTH_DHO_DHCP_LEASE_TIME, &asked))
        return clamp_lifetime(asked, min, max);
    return (uint32_t)params->valid_sec;
}

BerthPacketLease *v4_new_lease(BerthPacket *pkt, BerthLeaseAct act, BerthAddr addr,
                               const BerthLease *before)
{
    BerthPacketLease *pl = berth_packet_add_lease(pkt, act);
    const BerthPool *pool = berth_conf_pool_of(pkt->subnet, addr);
    BerthLease *copy;

    if (!pl)
        return NULL;
    if (before) {
        copy = berth_lease_copy(before, &pkt->arena);
        if (!copy)
            return NULL;
        pl->before = *copy;
        pl->has_before = true;
    }
    pl->lease = (BerthLease){
        .addr = addr,
        .type = BERTH_LEASE_V4,
        .prefix_len = 32,
        .state = BERTH_LEASE_ACTIVE,
        .subnet_id = pkt->subnet->id,
        .pool_id = pool ? pool->id : 0,
        .valid_sec = lifetime(pkt),
        .cltt = berth_leases_now(pkt->env->leases),
        .hwaddr = pkt->client.hwaddr,
        .client_id = pkt->client.client_id,
    };
    if (pl->has_before && berth_lease_belongs_to(&pl->before, &pkt->client)) {
        pl->lease.hostname = pl->before.hostname;
        pl->lease.context = pl->before.context;
    }
    return pl;
}

/* ---- DISCOVER ---- */

static void say_exhausted(BerthPacket *pkt)
{
    ++*berth_stats_counter(pkt->env->stats, "v4-allocation-fail");
    ++*berth_stats_counter(pkt->env->stats, pkt->subnet->n_pools ? "v4-allocation-fail-subnet"
                                                                 : "v4-allocation-fail-no-pools");
    if (pkt->subnet->n_pools == 0)
        berth_packet_log(pkt, BERTH_WARN, "alloc-engine", "ALLOC_ENGINE_V4_ALLOC_FAIL_NO_POOLS",
                         ": the subnet %s has no pools; add one", pkt->subnet->text);
    else
        berth_packet_log(pkt, BERTH_WARN, "alloc-engine", "ALLOC_ENGINE_V4_ALLOC_FAIL_SUBNET",
                         ": no address is free in the subnet %s, id %u; enlarge its pools",
                         pkt->subnet->text, pkt->subnet->id);
}

/* An offer that is still held is repeated, so that a retransmitted DISCOVER gets the same; but not
 * one that a new configuration no longer grants. */
static bool find_offer(const BerthPacket *pkt, BerthAddr *ret)
{
    const BerthLeases *leases = pkt->env->leases;

    return berth_leases_held(leases, pkt->subnet->id, &pkt->client, ret) &&
           berth_leases_usable(leases, pkt->subnet, *ret, &pkt->client) == BERTH_USABLE;
}

BerthVerdict v4_pick_lease(BerthPacket *pkt)
{
    BerthAddr hint = BERTH_ADDR4_ANY, addr;
    BerthLease at;
    bool has_lease;

    berth_msg4_addr(&pkt->query, BERTH_DHO_DHCP_REQUESTED_ADDRESS, &hint);
    if (!find_offer(pkt, &addr) &&
        !berth_leases_pick(pkt->env->leases, pkt->subnet, &pkt->client, hint, &addr)) {
        say_exhausted(pkt);
        return berth_packet_drop(pkt, BERTH_DROP_POOLS_FULL);
    }
    has_lease = berth_table_get(berth_leases_table(pkt->env->leases), addr, &at);
    if (!v4_new_lease(pkt, BERTH_ACT_OFFER, addr, has_lease ? &at : NULL))
        return berth_packet_drop(pkt, BERTH_DROP_MEMORY);
    return BERTH_CONTINUE;
}

BerthVerdict v4_hold_offer(BerthPacket *pkt)
{
    const BerthLease *lease = &pkt->leases[0].lease;

    berth_leases_hold(pkt->env->leases, lease->addr, lease->subnet_id, &pkt->client);
    berth_packet_log(pkt, BERTH_INFO, "leases", "DHCP4_LEASE_OFFER", ": lease %s will be offered",
                     berth_addr_text(lease->addr, (char[BERTH_ADDR_TEXT]){0}));
    return BERTH_CONTINUE;
}

BerthVerdict v4_no_lease(BerthPacket *pkt)
{
    bool is_request = pkt->query.type == BERTH_DHCPREQUEST;

    pkt->n_leases = 0;
    return is_request ? berth_packet_enter(pkt, &berth_nak4)
                      : berth_packet_drop(pkt, BERTH_DROP_HOOK);
}

/* ---- REQUEST ---- */

BerthVerdict v4_check_request(BerthPacket *pkt)
{
    BerthAddr id, asked;

    /* RFC 2131 section 3.1(3): a request to another server declines our offer. */
    if (berth_msg4_addr(&pkt->query, BERTH_DHO_DHCP_SERVER_IDENTIFIER, &id) &&
        !v4_server_id_is_ours(pkt, id)) {
        berth_leases_unhold(pkt->env->leases, pkt->subnet->id, &pkt->client);
        return berth_packet_drop(pkt, BERTH_DROP_NOT_FOR_US);
    }
    if (!berth_msg4_addr(&pkt->query, BERTH_DHO_DHCP_REQUESTED_ADDRESS, &asked) &&
        berth_addr_is_any(pkt->query.ciaddr))
        return berth_packet_drop(pkt, BERTH_DROP_NO_ADDRESS);
    return BERTH_CONTINUE;
}

/* What a REQUEST is about: the address, and whether the client answers an offer of ours. */
typedef struct Request {
    BerthAddr addr;
    bool selecting;   /* RFC 2131 section 4.3.2: names a server */
    bool init_reboot; /* names no server and has no address in use */
} Request;

static Request read_request(const BerthPacket *pkt)
{
    bool configured = !berth_addr_is_any(pkt->query.ciaddr);
    Request request = {.addr = pkt->query.ciaddr};

    request.selecting = pkt->query.has_option[BERTH_DHO_DHCP_SERVER_IDENTIFIER];
    request.init_reboot = !request.selecting && !configured;
    if (!configured || request.selecting)
        berth_msg4_addr(&pkt->query, BERTH_DHO_DHCP_REQUESTED_ADDRESS, &request.addr);
    return request;
}

static BerthVerdict refuse(BerthPacket *pkt, BerthAddr addr)
{
    berth_packet_log(pkt, BERTH_DEBUG, "bad-packets",
                     pkt->subnet->params.authoritative ? "DHCP4_PACKET_NAK_0004"
                                                       : "DHCP4_PACKET_NAK_0003",
                     ": the address %s can't be granted to this client",
                     berth_addr_text(addr, (char[BERTH_ADDR_TEXT]){0}));
    berth_leases_unhold(pkt->env->leases, pkt->subnet->id, &pkt->client);
    return berth_packet_enter(pkt, &berth_nak4);
}

/* A client whom nothing here remembers. RFC 2131 section 4.3.2: silence, since another server may
 * know it; an authoritative server speaks for its networks. */
static BerthVerdict answer_unknown(BerthPacket *pkt, const Request *request, BerthUsable usable)
{
    if (!pkt->subnet->params.authoritative)
        return berth_packet_drop(pkt, BERTH_DROP_NO_LEASE);
    if (request->init_reboot || usable != BERTH_USABLE)
        return refuse(pkt, request->addr);
    if (!v4_new_lease(pkt, BERTH_ACT_ASSIGN, request->addr, NULL))
        return berth_packet_drop(pkt, BERTH_DROP_MEMORY);
    return BERTH_CONTINUE;
}

/* Kea's lease caching: within a fraction of its lifetime a lease is confirmed as it is, unwritten.
 */
static bool is_fresh(const BerthPacket *pkt, const BerthLease *lease, int64_t now)
{
    const BerthParams *params = &pkt->subnet->params;
    int64_t age = now - lease->cltt;

    if (lease->valid_sec == BERTH_LIFETIME_INFINITE || params->cache_threshold <= 0 ||
        params->cache_threshold > 1 || age < 0 || age >= lease->valid_sec)
        return false;
    if (params->cache_max_age_sec > 0 && age > params->cache_max_age_sec)
        return false;
    return (double)age <= params->cache_threshold * lease->valid_sec &&
           lease->hwaddr.len == pkt->client.hwaddr.len &&
           memcmp(lease->hwaddr.bytes, pkt->client.hwaddr.bytes, lease->hwaddr.len) == 0 &&
           berth_bytes_equal(lease->client_id, pkt->client.client_id) &&
           lease->subnet_id == pkt->subnet->id;
}

static void reuse(BerthPacket *pkt, BerthPacketLease *pl, int64_t now)
{
    uint32_t left = (uint32_t)(berth_lease_end(&pl->before) - now);

    pl->act = BERTH_ACT_NONE;
    pl->lease = pl->before;
    pl->lease.valid_sec = left;
    ++*berth_stats_counter(pkt->env->stats, "v4-lease-reuses");
    berth_packet_log(pkt, BERTH_INFO, "leases", "DHCP4_LEASE_REUSE",
                     ": lease %s has been reused for %u seconds",
                     berth_addr_text(pl->lease.addr, (char[BERTH_ADDR_TEXT]){0}), left);
}

static BerthVerdict grant(BerthPacket *pkt, BerthAddr addr)
{
    int64_t now = berth_leases_now(pkt->env->leases);
    BerthPacketLease *pl;
    BerthLease at;
    bool has = berth_table_get(berth_leases_table(pkt->env->leases), addr, &at);
    bool own = has && berth_lease_belongs_to(&at, &pkt->client) && berth_lease_is_valid(&at, now);

    pl = v4_new_lease(pkt, own ? BERTH_ACT_RENEW : BERTH_ACT_ASSIGN, addr, has ? &at : NULL);
    if (!pl)
        return berth_packet_drop(pkt, BERTH_DROP_MEMORY);
    if (own && is_fresh(pkt, &pl->before, now))
        reuse(pkt, pl, now);
    return BERTH_CONTINUE;
}

BerthVerdict v4_assign_lease(BerthPacket *pkt)
{
    Request request = read_request(pkt);
    BerthLeases *leases = pkt->env->leases;
    BerthUsable usable = berth_leases_usable(leases, pkt->subnet, request.addr, &pkt->client);
    BerthLease own;
    bool known = berth_leases_of_client(leases, pkt->subnet->id, &pkt->client, &own);

    if (known && !berth_addr_equal(own.addr, request.addr) &&
        (!request.selecting || berth_lease_is_valid(&own, berth_leases_now(leases))))
        return refuse(pkt, request.addr);
    if (!known && !request.selecting)
        return answer_unknown(pkt, &request, usable);
    if (usable != BERTH_USABLE)
        return refuse(pkt, request.addr);
    if (request.init_reboot)
        berth_packet_log(pkt, BERTH_INFO, "leases", "DHCP4_INIT_REBOOT",
                         ": client is in INIT-REBOOT state and requests address %s",
                         berth_addr_text(request.addr, (char[BERTH_ADDR_TEXT]){0}));
    return grant(pkt, request.addr);
}

/* RENEW: the client is told what is stored. RELEASE, DECLINE: nothing changes. */
BerthVerdict v4_keep_lease(BerthPacket *pkt)
{
    BerthPacketLease *pl = &pkt->leases[pkt->lease_at];
    int64_t left = berth_lease_end(&pl->before) - berth_leases_now(pkt->env->leases);

    pl->act = BERTH_ACT_NONE;
    pl->lease = pl->before;
    if (pl->lease.valid_sec != BERTH_LIFETIME_INFINITE)
        pl->lease.valid_sec = (uint32_t)CLAMP(left, 0, pl->before.valid_sec);
    return BERTH_CONTINUE;
}
