/* ia - what the client asks for, IA by IA, and what becomes of one: its status, its leases
 * and their lifetimes. */
#include "core/packet/classes.h"
#include "core/v6/steps6.h"

/* ---- reading the query ---- */

static bool has_ia(const BerthPacket *pkt, BerthLeaseType type, uint32_t iaid)
{
    for (unsigned i = 0; i < pkt->v6.n_ias; i++)
        if (pkt->v6.ias[i].type == type && pkt->v6.ias[i].iaid == iaid)
            return true;
    return false;
}

/* RFC 9915 section 12: the IAIDs of IA_NA and IA_PD are two spaces, and in each they are unique.
 * What stands twice, or beyond BERTH_PACKET_IAS_MAX, has no answer. */
static void add_ia(BerthPacket *pkt, BerthLeaseType type, const BerthOption6 *option)
{
    BerthIa6 ia;

    if (!berth_option6_ia(option, &ia) || pkt->v6.n_ias >= BERTH_PACKET_IAS_MAX ||
        has_ia(pkt, type, ia.iaid))
        return;
    pkt->v6.ias[pkt->v6.n_ias++] = (BerthPacketIa){
        .type = type,
        .iaid = ia.iaid,
        .told = true,
        .inside = berth_option6_inside(option),
    };
}

BerthVerdict v6_read_ias(BerthPacket *pkt)
{
    pkt->v6.n_ias = 0;
    for (BERTH_EACH_OPTION6(option, pkt->v6.query.options)) {
        /* RFC 9915 appendix A: IA_TA is no more. */
        if (option->code == BERTH_D6O_IA_NA)
            add_ia(pkt, BERTH_LEASE_NA, option);
        else if (option->code == BERTH_D6O_IA_PD)
            add_ia(pkt, BERTH_LEASE_PD, option);
    }
    return BERTH_CONTINUE;
}

BerthClient v6_binding(const BerthPacket *pkt, const BerthPacketIa *ia)
{
    BerthClient client = pkt->client;

    client.type = ia->type;
    client.iaid = ia->iaid;
    return client;
}

bool v6_next_hint(const BerthPacketIa *ia, const BerthOption6 **at, BerthIaLease6 *ret)
{
    uint16_t code = ia->type == BERTH_LEASE_PD ? BERTH_D6O_IAPREFIX : BERTH_D6O_IAADDR;

    while ((*at = berth_options6_find_next(ia->inside, code, *at))) {
        /* RFC 9915 section 21.6: the server ignores one whose preferred lifetime is the greater; a
         * valid one of 0 says nothing. */
        if (!berth_option6_lease(*at, ret) ||
            (ret->valid_sec > 0 && ret->preferred_sec > ret->valid_sec))
            continue;
        /* RFC 9915 section 21.22: what a client writes behind the prefix is none of it. */
        ret->addr = berth_prefix_first(ret->addr, ret->len);
        return true;
    }
    return false;
}

bool v6_hint_for(const BerthPacketIa *ia, BerthAddr addr, BerthIaLease6 *ret)
{
    const BerthOption6 *at = NULL;
    BerthIaLease6 hint;
    bool found = false;

    while (v6_next_hint(ia, &at, &hint)) {
        bool exact = berth_addr_equal(hint.addr, addr);

        if (!found || exact)
            *ret = hint;
        found = true;
        if (exact)
            break;
    }
    return found;
}

bool v6_is_rapid(const BerthPacket *pkt)
{
    return pkt->subnet && pkt->subnet->params.rapid_commit &&
           berth_options6_find(pkt->v6.query.options, BERTH_D6O_RAPID_COMMIT);
}

/* ---- what becomes of an IA ---- */

void v6_start_over(BerthPacket *pkt)
{
    pkt->n_leases = 0;
    for (unsigned i = 0; i < pkt->v6.n_ias; i++) {
        pkt->v6.ias[i].told = true;
        v6_set_status(&pkt->v6.ias[i], BERTH_STATUS6_SUCCESS, NULL);
    }
}

void v6_set_status(BerthPacketIa *ia, BerthStatus6 status, const char *text)
{
    ia->status = status;
    ia->text = text;
}

void v6_set_none(BerthPacketIa *ia, const char *text)
{
    v6_set_status(ia,
                  ia->type == BERTH_LEASE_PD ? BERTH_STATUS6_NO_PREFIX_AVAIL
                                             : BERTH_STATUS6_NO_ADDRS_AVAIL,
                  text);
}

bool v6_is_told(const BerthPacket *pkt, BerthAddr addr)
{
    for (unsigned i = 0; i < pkt->n_leases; i++)
        if (pkt->leases[i].told && berth_addr_equal(pkt->leases[i].lease.addr, addr))
            return true;
    return false;
}

/* ---- lifetimes ---- */

/* What is asked for within the limits, where there are any; nothing asked for is the default. */
static uint32_t within(int64_t asked, int64_t usual, int64_t min, int64_t max)
{
    if (asked == 0)
        return (uint32_t)usual;
    return (uint32_t)CLAMP(asked, min < 0 ? usual : min, max < 0 ? usual : max);
}

/* RFC 9915 section 21.6: what the client writes is a hint, and the preferred lifetime is never the
 * greater. */
static void set_lifetimes(const BerthPacket *pkt, const BerthPacketIa *ia, BerthLease *lease)
{
    const BerthParams *of = &v6_subnet_of(pkt, lease)->params;
    const BerthParams *valid = berth_packet_valid(pkt, of);
    const BerthParams *preferred = berth_packet_preferred(pkt, of);
    BerthIaLease6 hint = {0};

    v6_hint_for(ia, lease->addr, &hint);
    lease->valid_sec =
        within(hint.valid_sec, valid->valid_sec, valid->min_valid_sec, valid->max_valid_sec);
    lease->preferred_sec = within(hint.preferred_sec, preferred->preferred_sec,
                                  preferred->min_preferred_sec, preferred->max_preferred_sec);
    lease->preferred_sec = MIN(lease->preferred_sec, lease->valid_sec);
}

/* Where addresses or prefixes run short. */
static void tighten(const BerthPacket *pkt, const BerthPacketIa *ia, BerthPacketLease *pl)
{
    const int64_t now = berth_leases_about_now(pkt->env->leases);
    const BerthClient binding = v6_binding(pkt, ia);
    const BerthSubnet *subnet = v6_subnet_of(pkt, &pl->lease);
    const bool is_own = pl->has_before && berth_lease_belongs_to(&pl->before, &binding) &&
                        berth_lease_is_valid(&pl->before, now);
    BerthPacketLease left = *pl;

    if (!berth_packet_is_tight(pkt, subnet, berth_lease_prefix(&pl->lease), &binding))
        return;
    left.lease.valid_sec = left.lease.preferred_sec = 0;
    if (is_own)
        berth_packet_keep_lease(&left, now);
    pl->lease.valid_sec = berth_lifetime_tight(
        pl->lease.valid_sec, berth_packet_valid(pkt, &subnet->params)->min_valid_sec,
        left.lease.valid_sec);
    pl->lease.preferred_sec = berth_lifetime_tight(
        MIN(pl->lease.preferred_sec, pl->lease.valid_sec),
        berth_packet_preferred(pkt, &subnet->params)->min_preferred_sec, left.lease.preferred_sec);
}

/* ---- leases of an IA ---- */

static uint8_t index_of(const BerthPacket *pkt, const BerthPacketIa *ia)
{
    return (uint8_t)(ia - pkt->v6.ias);
}

bool v6_set_lease(BerthPacket *pkt, BerthPacketIa *ia, BerthPacketLease *pl,
                  const BerthSubnet *subnet, const BerthPick *pick)
{
    BerthClient binding;
    BerthLease at;

    pl->has_before = false;
    if (berth_table_get(berth_leases_table(pkt->env->leases), pick->prefix.addr, &at) &&
        !berth_packet_set_before(pkt, pl, &at))
        return false;
    pl->told = true;
    pl->ia = index_of(pkt, ia);
    pl->lease = (BerthLease){
        .addr = pick->prefix.addr,
        .type = ia->type,
        .prefix_len = pick->prefix.len,
        .state = BERTH_LEASE_ACTIVE,
        .subnet_id = subnet->id,
        .pool_id = pick->pool_id,
        .iaid = ia->iaid,
        .cltt = berth_leases_now(pkt->env->leases),
        .hwaddr = pkt->client.hwaddr,
        .hwaddr_source = pkt->v6.hwaddr_source,
        .client_id = pkt->client.client_id,
    };
    pl->lease.hostname = v6_hostname(pkt, &pl->lease);
    binding = v6_binding(pkt, ia);
    if (pl->has_before && berth_lease_belongs_to(&pl->before, &binding))
        pl->lease.context = pl->before.context;
    v6_keep_relay_info(pkt, &pl->lease);
    v6_keep_reach(pkt, &pl->lease);
    set_lifetimes(pkt, ia, &pl->lease);
    tighten(pkt, ia, pl);
    return true;
}

BerthPacketLease *v6_prolong_lease(BerthPacket *pkt, BerthPacketIa *ia, const BerthLease *own)
{
    BerthPacketLease *pl = berth_packet_change_lease(pkt, BERTH_ACT_RENEW, own);

    if (!pl)
        return NULL;
    pl->told = true;
    pl->ia = index_of(pkt, ia);
    pl->lease.cltt = berth_leases_now(pkt->env->leases);
    if (pkt->client.hwaddr.len > 0) {
        pl->lease.hwaddr = pkt->client.hwaddr;
        pl->lease.hwaddr_source = pkt->v6.hwaddr_source;
    }
    pl->lease.hostname = v6_hostname(pkt, &pl->lease);
    v6_keep_relay_info(pkt, &pl->lease);
    v6_keep_reach(pkt, &pl->lease);
    set_lifetimes(pkt, ia, &pl->lease);
    tighten(pkt, ia, pl);
    return pl;
}

bool v6_tell_gone(BerthPacket *pkt, const BerthPacketIa *ia, BerthPrefix prefix)
{
    BerthPacketLease *pl = berth_packet_add_lease(pkt, BERTH_ACT_NONE);

    if (!pl)
        return false;
    pl->told = true;
    pl->ia = index_of(pkt, ia);
    pl->lease = (BerthLease){
        .addr = prefix.addr, .prefix_len = prefix.len, .type = ia->type, .iaid = ia->iaid};
    return true;
}
