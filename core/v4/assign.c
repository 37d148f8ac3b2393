/* assign - DISCOVER and REQUEST: which address, for how long, or a NAK, or silence. */
#include "core/packet/classes.h"
#include "core/v4/steps4.h"

/* So many addresses of ours may stand in a row in a pool. */
#define PICK_TRIES 16

static uint32_t clamp_lifetime(int64_t asked, int64_t min, int64_t max)
{
    return (uint32_t)CLAMP(asked, min, max);
}

static bool is_bootp(const BerthPacket *pkt)
{
    return berth_classes_have(&pkt->class_set, BERTH_CLASS_BOOTP);
}

/* RFC 2131 section 4.3.1: what the client asks, within the limits of its subnet, else the default.
 * RFC 1534 section 2: a client of BOOTP knows no lease, so its own never ends. */
static uint32_t lifetime(const BerthPacket *pkt)
{
    const BerthParams *params = berth_packet_valid(pkt, &pkt->subnet->params);
    int64_t min = params->min_valid_sec < 0 ? params->valid_sec : params->min_valid_sec;
    int64_t max = params->max_valid_sec < 0 ? params->valid_sec : params->max_valid_sec;
    uint32_t asked;

    if (is_bootp(pkt))
        return BERTH_LIFETIME_INFINITE;
    if (berth_msg4_u32(&pkt->v4.query, BERTH_DHO_DHCP_LEASE_TIME, &asked) && asked > 0)
        return clamp_lifetime(asked, min, max);
    return (uint32_t)params->valid_sec;
}

static bool is_own(const BerthPacket *pkt, const BerthPacketLease *pl, int64_t now)
{
    return pl->has_before && berth_lease_belongs_to(&pl->before, &pkt->client) &&
           berth_lease_is_valid(&pl->before, now);
}

/* Where addresses run short. */
static void tighten(const BerthPacket *pkt, BerthPacketLease *pl)
{
    const int64_t now = berth_leases_about_now(pkt->env->leases);
    const uint32_t left = is_own(pkt, pl, now) ? berth_lease_left(&pl->before, now) : 0;

    if (berth_packet_is_tight(pkt, pkt->subnet, berth_lease_prefix(&pl->lease), &pkt->client))
        pl->lease.valid_sec = berth_lifetime_tight(
            pl->lease.valid_sec, berth_packet_valid(pkt, &pkt->subnet->params)->min_valid_sec,
            left);
}

BerthPacketLease *v4_new_lease(BerthPacket *pkt, BerthLeaseAct act, BerthAddr addr,
                               const BerthLease *before)
{
    BerthPacketLease *pl = berth_packet_add_lease(pkt, act);
    const BerthPool *pool = berth_conf_pool_of(pkt->subnet, addr);

    if (!pl || (before && !berth_packet_set_before(pkt, pl, before)))
        return NULL;
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
        .hostname = v4_hostname(pkt, addr),
    };
    if (pl->has_before && berth_lease_belongs_to(&pl->before, &pkt->client))
        pl->lease.context = pl->before.context;
    v4_keep_relay_info(pkt, &pl->lease);
    tighten(pkt, pl);
    return pl;
}

/* Kea's lease caching, of a lease that is wholly the client's as it identifies itself now. */
static bool is_fresh(const BerthPacket *pkt, const BerthPacketLease *pl, int64_t now)
{
    const BerthLease *lease = &pl->before;

    return berth_lease_is_fresh(pl, &pkt->subnet->params, now) &&
           (!is_bootp(pkt) || lease->valid_sec == BERTH_LIFETIME_INFINITE) &&
           lease->hwaddr.len == pkt->client.hwaddr.len &&
           memcmp(lease->hwaddr.bytes, pkt->client.hwaddr.bytes, lease->hwaddr.len) == 0 &&
           berth_bytes_equal(lease->client_id, pkt->client.client_id) &&
           berth_bytes_equal(lease->hostname, pl->lease.hostname) &&
           berth_bytes_equal(lease->context, pl->lease.context) &&
           lease->subnet_id == pkt->subnet->id;
}

/* What berth_leases_usable says, and that our own addresses are nobody's. */
static BerthUsable usable_here(const BerthPacket *pkt, BerthAddr addr)
{
    if (berth_net_is_own(pkt->env->net, addr))
        return BERTH_USABLE_OUTSIDE;
    return berth_leases_usable(pkt->env->leases, pkt->subnet, addr, &pkt->client);
}

/* ---- DISCOVER ---- */

/* An address of ours in a pool is a slip of the configuration; it is passed over. */
static bool pick_in(BerthPacket *pkt, const BerthSubnet *subnet, BerthAddr hint, BerthAddr *ret)
{
    for (int i = 0; i < PICK_TRIES; i++) {
        if (!berth_leases_pick(pkt->env->leases, subnet, &pkt->client, hint, ret))
            return false;
        if (!berth_net_is_own(pkt->env->net, *ret))
            return true;
        hint = BERTH_ADDR4_ANY;
    }
    return false;
}

/* Of several subnets the one where the client's own address is, else that which it asks for, if it
 * can have it. */
static void prefer_subnet(BerthPacket *pkt, BerthAddr hint)
{
    const BerthSubnet *selected = pkt->subnet;
    BerthLease own;

    if (!selected->network)
        return;
    if (v4_own_lease(pkt, &own)) {
        v4_settle(pkt, own.addr);
        if (usable_here(pkt, own.addr) == BERTH_USABLE)
            return;
        pkt->subnet = selected;
    }
    if (berth_addr_is_any(hint))
        return;
    v4_settle(pkt, hint);
    if (usable_here(pkt, hint) != BERTH_USABLE)
        pkt->subnet = selected;
}

static bool can_have(BerthPacket *pkt, BerthAddr addr)
{
    const BerthSubnet *selected = pkt->subnet;
    bool can;

    v4_settle(pkt, addr);
    can = usable_here(pkt, addr) == BERTH_USABLE;
    pkt->subnet = selected;
    return can;
}

/* An offer that is still held is repeated, so that a retransmitted DISCOVER gets the same; but as
 * with Kea not to a client that asks for another address now, and can have it. */
static bool repeat_offer(BerthPacket *pkt, BerthAddr hint, BerthAddr *ret)
{
    const BerthSubnet *selected = pkt->subnet;

    if (berth_packet_only_known(pkt) || !v4_held(pkt, ret))
        return false;
    if (berth_addr_equal(hint, *ret) || !can_have(pkt, hint)) {
        v4_settle(pkt, *ret);
        if (usable_here(pkt, *ret) == BERTH_USABLE)
            return true;
        pkt->subnet = selected;
    }
    v4_unhold(pkt);
    return false;
}

static bool pick_offered(BerthPacket *pkt, const BerthSubnet *subnet, BerthAddr hint,
                         BerthAddr *ret)
{
    BerthPrefix got;

    if (!berth_leases_withdraw(pkt->env->leases, subnet, &pkt->client, (BerthPrefix){hint, 32},
                               &got))
        return false;
    *ret = got.addr;
    return true;
}

static bool pick(BerthPacket *pkt, BerthAddr *ret)
{
    BerthAddr hint = BERTH_ADDR4_ANY;
    const BerthSubnet *first, *at;

    if (v4_pick_reserved(pkt, ret))
        return true;
    berth_msg4_addr(&pkt->v4.query, BERTH_DHO_DHCP_REQUESTED_ADDRESS, &hint);
    if (repeat_offer(pkt, hint, ret))
        return true;
    prefer_subnet(pkt, hint);
    first = pkt->subnet;
    for (at = first; at && !pick_in(pkt, at, hint, ret);
         at = berth_conf_next_subnet(first, at, &pkt->class_set))
        ;
    /* Nothing is free: what others have been offered and not taken yet. */
    if (!at)
        for (at = first; at && !pick_offered(pkt, at, hint, ret);
             at = berth_conf_next_subnet(first, at, &pkt->class_set))
            ;
    if (at)
        pkt->subnet = at;
    return at != NULL;
}

static BerthVerdict drop_exhausted(BerthPacket *pkt)
{
    if (berth_packet_only_known(pkt))
        return berth_packet_drop(pkt, BERTH_DROP_ONLY_KNOWN);
    berth_packet_say_exhausted(pkt, BERTH_LEASE_V4);
    v4_say_asked(pkt, "DHCP4_PACKET_NAK_0003", "failed to advertise a lease");
    return berth_packet_drop_said(pkt, BERTH_DROP_POOLS_FULL);
}

BerthVerdict v4_pick_lease(BerthPacket *pkt)
{
    int64_t now = berth_leases_about_now(pkt->env->leases);
    BerthPacketLease *pl;
    BerthAddr addr;
    BerthLease at;
    bool has;

    if (berth_packet_is_rejected(pkt))
        return berth_packet_drop(pkt, BERTH_DROP_REJECTED);
    /* RFC 8925 section 3.3.1: an offer of 0.0.0.0, and no address is taken. */
    if (v4_prefers_v6(pkt))
        return BERTH_CONTINUE;
    if (!pick(pkt, &addr))
        return drop_exhausted(pkt);
    has = berth_table_get(berth_leases_table(pkt->env->leases), addr, &at);
    pl = v4_new_lease(pkt, BERTH_ACT_OFFER, addr, has ? &at : NULL);
    if (!pl)
        return berth_packet_drop(pkt, BERTH_DROP_MEMORY);
    v4_say_lease(pkt, addr, is_own(pkt, pl, now));
    /* RFC 2131 section 4.3.1: what is offered is what will be acknowledged. */
    if (is_own(pkt, pl, now) && is_fresh(pkt, pl, now))
        pl->lease.valid_sec = berth_lease_left(&pl->before, now);
    /* From here on, for the offer may be parked for a while before it is made. */
    berth_leases_hold(pkt->env->leases, addr, pkt->subnet->id, &pkt->client);
    return BERTH_CONTINUE;
}

BerthVerdict v4_hold_offer(BerthPacket *pkt)
{
    const BerthLease *lease = &pkt->leases[0].lease;

    if (pkt->n_leases == 0)
        return BERTH_CONTINUE;
    if (pkt->v4.in_use)
        return berth_packet_enter(pkt, &berth_taken4);
    if (!berth_leases_hold_on(pkt->env->leases, lease->addr, lease->subnet_id, &pkt->client)) {
        /* Parked until the hold was over, it may have gone to another. */
        if (usable_here(pkt, lease->addr) != BERTH_USABLE)
            return berth_packet_drop(pkt, BERTH_DROP_LEASE_BUSY);
        berth_leases_hold(pkt->env->leases, lease->addr, lease->subnet_id, &pkt->client);
    }
    berth_packet_log(pkt, BERTH_INFO, "leases", "DHCP4_LEASE_OFFER", ": lease %s will be offered",
                     berth_addr_text(lease->addr, (char[BERTH_ADDR_TEXT]){0}));
    return BERTH_CONTINUE;
}

BerthVerdict v4_no_lease(BerthPacket *pkt)
{
    bool is_request = pkt->v4.query.type == BERTH_DHCPREQUEST;

    pkt->n_leases = 0;
    v4_unhold(pkt);
    return is_request ? berth_packet_enter(pkt, &berth_nak4)
                      : berth_packet_drop(pkt, BERTH_DROP_HOOK);
}

/* ---- offers that are stored (offer-lifetime) ---- */

/* What the client has for longer anyway need not be. */
static bool is_stored_longer(const BerthPacket *pkt, const BerthPacketLease *pl, uint32_t offer_sec)
{
    const int64_t now = berth_leases_about_now(pkt->env->leases);

    return is_own(pkt, pl, now) && berth_lease_left(&pl->before, now) > offer_sec;
}

BerthVerdict v4_store_offer(BerthPacket *pkt)
{
    const uint32_t offer_sec = berth_packet_offer_sec(pkt, &pkt->subnet->params);
    BerthPacketLease *pl = &pkt->leases[0];

    if (pkt->n_leases == 0)
        return BERTH_CONTINUE;
    pkt->v4.offered_sec = pl->lease.valid_sec;
    if (offer_sec == 0 || is_stored_longer(pkt, pl, offer_sec))
        return BERTH_CONTINUE;
    pl->act = BERTH_ACT_ASSIGN;
    pl->lease.valid_sec = offer_sec;
    return BERTH_CONTINUE;
}

BerthVerdict v4_offer_stored(BerthPacket *pkt)
{
    BerthPacketLease *pl = &pkt->leases[0];
    BerthLease stored;

    if (pkt->commit == BERTH_COMMIT_CONFLICT) {
        pkt->n_leases = 0;
        return berth_packet_enter(pkt, &berth_offer4);
    }
    if (pkt->commit != BERTH_COMMIT_OK)
        return berth_packet_drop_uncommitted(pkt);
    if (pkt->n_leases == 0)
        return BERTH_CONTINUE;
    /* For who changes it yet, such as a ping that has an answer. */
    if (pl->act == BERTH_ACT_ASSIGN &&
        berth_table_get(berth_leases_table(pkt->env->leases), pl->lease.addr, &stored) &&
        !berth_packet_set_before(pkt, pl, &stored))
        return berth_packet_drop(pkt, BERTH_DROP_MEMORY);
    pl->act = BERTH_ACT_OFFER;
    pl->lease.valid_sec = pkt->v4.offered_sec;
    return BERTH_CONTINUE;
}

/* ---- an ACK at once (RFC 4039) ---- */

/* RFC 8925 section 3.3.2: who may do without an address is asked first whether it wants one. */
BerthVerdict v4_rapid_commit(BerthPacket *pkt)
{
    if (!pkt->subnet->params.rapid_commit || !pkt->v4.query.has_option[V4_RAPID_COMMIT] ||
        v4_prefers_v6(pkt))
        return BERTH_CONTINUE;
    return berth_packet_enter(pkt, &berth_assign4);
}

static BerthVerdict grant(BerthPacket *pkt, BerthAddr addr, const BerthLease *former);

static BerthVerdict assign_picked(BerthPacket *pkt, BerthAddr addr)
{
    BerthLease own;
    const bool moves = v4_own_lease(pkt, &own) && !berth_addr_equal(own.addr, addr);

    return grant(pkt, addr, moves ? &own : NULL);
}

static BerthVerdict assign_at_once(BerthPacket *pkt)
{
    BerthAddr addr;

    if (berth_packet_is_rejected(pkt))
        return berth_packet_drop(pkt, BERTH_DROP_REJECTED);
    return pick(pkt, &addr) ? assign_picked(pkt, addr) : drop_exhausted(pkt);
}

/* ---- REQUEST ---- */

BerthVerdict v4_check_request(BerthPacket *pkt)
{
    const BerthVerdict verdict = v4_check_server_id(pkt);
    BerthLease own;

    /* RFC 2131 section 3.1(3): a request to another server declines our offer. */
    if (verdict != BERTH_CONTINUE) {
        v4_unhold(pkt);
        return verdict;
    }
    /* As it was offered; a client that has an address here may keep it. */
    if (v4_prefers_v6(pkt) && !v4_own_lease(pkt, &own))
        return berth_packet_enter(pkt, &berth_noaddress4);
    return BERTH_CONTINUE;
}

/* What a REQUEST is about: the address, and whether the client answers an offer of ours. */
typedef struct Request {
    BerthAddr addr;
    bool selecting;   /* RFC 2131 section 4.3.2: names a server */
    bool init_reboot; /* names no server but an address, and has none in use */
} Request;

static Request read_request(const BerthPacket *pkt)
{
    bool configured = !berth_addr_is_any(pkt->v4.query.ciaddr);
    Request request = {.addr = pkt->v4.query.ciaddr};

    request.selecting = pkt->v4.query.has_option[BERTH_DHO_DHCP_SERVER_IDENTIFIER];
    request.init_reboot = !request.selecting && !configured &&
                          pkt->v4.query.has_option[BERTH_DHO_DHCP_REQUESTED_ADDRESS];
    if (!configured || request.selecting)
        berth_msg4_addr(&pkt->v4.query, BERTH_DHO_DHCP_REQUESTED_ADDRESS, &request.addr);
    return request;
}

/* Of a shared store others may know better until this server has heard of it, above all while it is
 * cut off; and no NAK can be taken back. Who got an offer from here has nothing yet; and where no
 * pool has the address, or it is reserved for another, none of them knows better. */
static bool may_refuse(const BerthPacket *pkt, const Request *request, BerthUsable usable)
{
    return berth_leases_share(pkt->env->leases)->size == 0 || request->selecting ||
           usable == BERTH_USABLE_OUTSIDE || usable == BERTH_USABLE_RESERVED;
}

static BerthVerdict refuse(BerthPacket *pkt, const Request *request, BerthUsable usable)
{
    if (!may_refuse(pkt, request, usable))
        return berth_packet_drop(pkt, BERTH_DROP_NO_LEASE);
    if (request->init_reboot)
        berth_packet_log(pkt, BERTH_DEBUG, "bad-packets", "DHCP4_PACKET_NAK_0002",
                         ": invalid address %s requested by INIT-REBOOT",
                         berth_addr_text(request->addr, (char[BERTH_ADDR_TEXT]){0}));
    else
        v4_say_asked(pkt, "DHCP4_PACKET_NAK_0004", "failed to grant a lease");
    v4_unhold(pkt);
    return berth_packet_enter(pkt, &berth_nak4);
}

/* A client that comes up again with an address that is not on record for it. RFC 2131
 * section 4.3.2: where there is none for it at all the server MUST remain silent, since another may
 * know it; an authoritative one speaks for its networks. */
static BerthVerdict answer_reboot(BerthPacket *pkt, const Request *request, bool known,
                                  BerthUsable usable)
{
    if (known || pkt->subnet->params.authoritative)
        return refuse(pkt, request, usable);
    berth_packet_log(pkt, BERTH_DEBUG, "bad-packets", "DHCP4_NO_LEASE_INIT_REBOOT",
                     ": no lease for address %s requested by INIT-REBOOT client",
                     berth_addr_text(request->addr, (char[BERTH_ADDR_TEXT]){0}));
    return berth_packet_drop_said(pkt, BERTH_DROP_NO_LEASE);
}

/* A REQUEST that names no address, which no client should send (RFC 2131 table 4), gets one, as
 * with Kea. */
static BerthVerdict assign_any(BerthPacket *pkt, const Request *request)
{
    BerthAddr addr;

    if (is_bootp(pkt))
        return assign_at_once(pkt);
    if (berth_packet_is_rejected(pkt))
        return refuse(pkt, request, BERTH_USABLE_OUTSIDE);
    if (pick(pkt, &addr))
        return assign_picked(pkt, addr);
    if (berth_packet_only_known(pkt))
        return drop_exhausted(pkt);
    berth_packet_say_exhausted(pkt, BERTH_LEASE_V4);
    return refuse(pkt, request, BERTH_USABLE_OUTSIDE);
}

static void reuse(BerthPacket *pkt, BerthPacketLease *pl, int64_t now)
{
    berth_packet_keep_lease(pl, now);
    v4_count(pkt->env, V4_LEASE_REUSES);
    berth_leases_count_reused(pkt->env->leases, &pl->lease);
    berth_packet_log(
        pkt, BERTH_INFO, "leases", "DHCP4_LEASE_REUSE", ": lease %s has been reused for %u seconds",
        berth_addr_text(pl->lease.addr, (char[BERTH_ADDR_TEXT]){0}), pl->lease.valid_sec);
}

/* `former`: the client's lease of another address, which it leaves; NULL: none. */
static BerthVerdict grant(BerthPacket *pkt, BerthAddr addr, const BerthLease *former)
{
    int64_t now = berth_leases_about_now(pkt->env->leases);
    BerthPacketLease *pl;
    BerthLease at;
    bool has = berth_table_get(berth_leases_table(pkt->env->leases), addr, &at);

    pl = v4_new_lease(pkt, BERTH_ACT_ASSIGN, addr, has ? &at : NULL);
    if (!pl || (former && !berth_packet_change_lease(pkt, BERTH_ACT_LEAVE, former)))
        return berth_packet_drop(pkt, BERTH_DROP_MEMORY);
    v4_say_lease(pkt, addr, is_own(pkt, pl, now));
    if (!is_own(pkt, pl, now))
        return BERTH_CONTINUE;
    pl->act = BERTH_ACT_RENEW;
    if (is_fresh(pkt, pl, now))
        reuse(pkt, pl, now);
    return BERTH_CONTINUE;
}

static bool is_valid_now(const BerthPacket *pkt, const BerthLease *lease)
{
    return berth_lease_is_valid(lease, berth_leases_now(pkt->env->leases));
}

/* What is stored of it can't be found out now. */
static BerthVerdict confirm(BerthPacket *pkt, const BerthLease *own)
{
    BerthPacketLease *pl;

    if (!berth_packet_may_confirm(pkt) || !is_valid_now(pkt, own))
        return berth_packet_drop(pkt, BERTH_DROP_LEASE_BUSY);
    pl = berth_packet_change_lease(pkt, BERTH_ACT_RENEW, own);
    if (!pl)
        return berth_packet_drop(pkt, BERTH_DROP_MEMORY);
    berth_packet_confirm_lease(pkt, pl);
    return BERTH_CONTINUE;
}

/* `own`: the client's lease of it, NULL: it has none. */
static BerthVerdict answer_unusable(BerthPacket *pkt, const Request *request, const BerthLease *own,
                                    BerthUsable usable)
{
    /* Its own lease is being changed, or perhaps was: silence, for a NAK could be wrong. */
    if (own && usable == BERTH_USABLE_BUSY)
        return confirm(pkt, own);
    if (usable == BERTH_USABLE_BUSY && !request->selecting)
        return berth_packet_drop(pkt, BERTH_DROP_LEASE_BUSY);
    /* As Kea: another server may have given an address that none of our pools has. */
    if (usable == BERTH_USABLE_OUTSIDE && !v4_link_has_address(pkt, request->addr)) {
        v4_say_asked(pkt, "DHCP4_UNKNOWN_ADDRESS_REQUESTED", "client requested an unknown address");
        return berth_packet_drop_said(pkt, BERTH_DROP_UNKNOWN_ADDRESS);
    }
    return refuse(pkt, request, usable);
}

BerthVerdict v4_assign_lease(BerthPacket *pkt)
{
    Request request = read_request(pkt);
    BerthUsable usable;
    BerthLease own;
    bool known, moves;

    if (pkt->v4.query.type == BERTH_DHCPDISCOVER)
        return assign_at_once(pkt);
    if (request.init_reboot)
        berth_packet_log(pkt, BERTH_INFO, "leases", "DHCP4_INIT_REBOOT",
                         ": client is in INIT-REBOOT state and requests address %s",
                         berth_addr_text(request.addr, (char[BERTH_ADDR_TEXT]){0}));
    if (berth_addr_is_any(request.addr) && !request.init_reboot)
        return assign_any(pkt, &request);
    v4_settle(pkt, request.addr);
    usable = usable_here(pkt, request.addr);
    if (berth_packet_is_rejected(pkt))
        return refuse(pkt, &request, BERTH_USABLE_OUTSIDE);
    known = v4_own_lease(pkt, &own);
    moves = known && !berth_addr_equal(own.addr, request.addr);
    /* Neither an address nor a NAK: a lease of the client may be what is missing. */
    if (berth_packet_only_known(pkt) && (!known || moves || !is_valid_now(pkt, &own)))
        return berth_packet_drop(pkt, BERTH_DROP_ONLY_KNOWN);
    if (request.init_reboot && (!known || moves))
        return answer_reboot(pkt, &request, known, usable);
    /* As with Kea: what several were offered is the first one's who asks for it. */
    if (usable == BERTH_USABLE_HELD)
        usable = BERTH_USABLE;
    if ((usable == BERTH_USABLE || usable == BERTH_USABLE_OUTSIDE) &&
        v4_misses_reserved(pkt, request.addr))
        usable = BERTH_USABLE_RESERVED;
    if (usable != BERTH_USABLE)
        return answer_unusable(pkt, &request, known && !moves ? &own : NULL, usable);
    return grant(pkt, request.addr, moves ? &own : NULL);
}

/* RENEW: the client is told what is stored. RELEASE, DECLINE: nothing changes. */
BerthVerdict v4_keep_lease(BerthPacket *pkt)
{
    berth_packet_keep_lease(&pkt->leases[pkt->lease_at], berth_leases_now(pkt->env->leases));
    return BERTH_CONTINUE;
}
