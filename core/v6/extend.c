/* extend - RENEW and REBIND: what the client has goes on, what it can't keep it is told to give up,
 * and what it asks for beside that it may get (RFC 9915 sections 18.3.4 and 18.3.5). */
#include "core/packet/classes.h"
#include "core/v6/steps6.h"

/* The client has this, and goes on having it; in the first part of its lifetime as it is. */
static BerthVerdict prolong(BerthPacket *pkt, BerthPacketIa *ia, const BerthLease *own)
{
    int64_t now = berth_leases_now(pkt->env->leases);
    BerthPacketLease *pl = v6_prolong_lease(pkt, ia, own);

    if (!pl)
        return berth_packet_drop(pkt, BERTH_DROP_MEMORY);
    if (v6_is_fresh(pl, v6_subnet_of(pkt, own), now))
        v6_reuse_lease(pkt, pl);
    return BERTH_CONTINUE;
}

/* It has this, and what is stored of it can't be found out now. */
static BerthVerdict confirm(BerthPacket *pkt, BerthPacketIa *ia, const BerthLease *own)
{
    BerthPacketLease *pl = v6_prolong_lease(pkt, ia, own);

    if (!pl)
        return berth_packet_drop(pkt, BERTH_DROP_MEMORY);
    berth_packet_confirm_lease(pkt, pl);
    return BERTH_CONTINUE;
}

/* It has this, but it is in no pool any more: that is told with lifetimes of 0. The answer may be
 * lost, and then the client goes on using it; so until its end nobody else has it. */
static BerthVerdict take_away(BerthPacket *pkt, const BerthPacketIa *ia, const BerthLease *own)
{
    BerthPacketLease *pl = berth_packet_change_lease(pkt, BERTH_ACT_NONE, own);

    if (!pl)
        return berth_packet_drop(pkt, BERTH_DROP_MEMORY);
    pl->told = true;
    pl->ia = (uint8_t)(ia - pkt->v6.ias);
    pl->lease.valid_sec = pl->lease.preferred_sec = 0;
    return BERTH_CONTINUE;
}

static BerthVerdict leave(BerthPacket *pkt, const BerthPacketIa *ia, const BerthLease *own)
{
    return v6_leave(pkt, ia, own, true) ? BERTH_CONTINUE
                                        : berth_packet_drop(pkt, BERTH_DROP_MEMORY);
}

/* `has_reserved`: the IA can have something that is reserved for it, and leaves the rest. */
static BerthVerdict extend_lease(BerthPacket *pkt, BerthPacketIa *ia, const BerthLease *own,
                                 bool has_reserved, unsigned *n_extended)
{
    BerthClient binding = v6_binding(pkt, ia);

    switch (berth_leases_usable6(pkt->env->leases, v6_subnet_of(pkt, own), berth_lease_prefix(own),
                                 &binding)) {
    case BERTH_USABLE:
        if (has_reserved && !v6_is_reserved(pkt, own))
            return leave(pkt, ia, own);
        ++*n_extended;
        return prolong(pkt, ia, own);
    case BERTH_USABLE_RESERVED:
        return leave(pkt, ia, own);
    case BERTH_USABLE_OUTSIDE:
    case BERTH_USABLE_TAKEN:
        return take_away(pkt, ia, own);
    default:
        /* It is being changed, or perhaps was: silence, for any word could be wrong. */
        if (!berth_packet_may_confirm(pkt))
            return berth_packet_drop(pkt, BERTH_DROP_LEASE_BUSY);
        ++*n_extended;
        return confirm(pkt, ia, own);
    }
}

/* All valid leases of the IA, whatever the client wrote into it. */
static BerthVerdict extend_known(BerthPacket *pkt, BerthPacketIa *ia, bool has_reserved,
                                 unsigned *n_extended)
{
    BerthClient binding = v6_binding(pkt, ia);
    int64_t now = berth_leases_now(pkt->env->leases);
    BerthVerdict verdict = BERTH_CONTINUE;
    V6Walk walk = {0};
    BerthLease own;

    while (verdict == BERTH_CONTINUE && v6_next_own(pkt, &binding, &walk, &own))
        if (berth_lease_is_valid(&own, now))
            verdict = extend_lease(pkt, ia, &own, has_reserved, n_extended);
    return verdict;
}

/* The client names addresses, and none is of this link: no server here will extend them. */
static bool comes_from_elsewhere(const BerthPacket *pkt, const BerthPacketIa *ia)
{
    const BerthOption6 *at = NULL;
    BerthIaLease6 hint;
    bool any = false;

    while (ia->type == BERTH_LEASE_NA && v6_next_hint(ia, &at, &hint)) {
        if (v6_is_on_link(pkt, hint.addr))
            return false;
        any = true;
    }
    return any;
}

/* RFC 9915 section 18.3.4: a RENEW of what is not known makes a binding where that is possible;
 * section 18.3.5: so does a REBIND, but only of a server that commits rapidly, since every server
 * hears it. As Kea, who has moved here gets something, too. */
static bool may_create(const BerthPacket *pkt, const BerthPacketIa *ia)
{
    return pkt->v6.query.type == BERTH_RENEW || pkt->subnet->params.rapid_commit ||
           comes_from_elsewhere(pkt, ia);
}

/* What becomes of the binding itself; whether there is one in the end. */
static BerthVerdict extend_ia(BerthPacket *pkt, BerthPacketIa *ia, bool *ret_bound)
{
    unsigned n_extended = 0, before = pkt->n_leases;
    const BerthClient binding = v6_binding(pkt, ia);
    BerthPick reserved;
    const bool has_reserved = v6_pick_reserved(pkt, &binding, &reserved) != NULL;
    bool known, given = false;
    BerthVerdict verdict = extend_known(pkt, ia, has_reserved, &n_extended);

    known = pkt->n_leases > before;
    if (verdict == BERTH_CONTINUE && n_extended == 0 &&
        (known || has_reserved || may_create(pkt, ia))) {
        verdict = v6_give(pkt, ia, BERTH_ACT_ASSIGN, &given);
        if (!given)
            v6_say_none(pkt, ia, false);
    }
    *ret_bound = known || given;
    return verdict;
}

/* RFC 9915 section 18.3.4: what the client has from elsewhere, and can't have here, it gets back
 * with lifetimes of 0. Where nothing is known of the IA a REBIND is told so only of what is not of
 * this link; of the rest another server may know. Of more than fits the client is told nothing:
 * what is not in the reply ends by itself (section 18.2.10.1). */
static unsigned tell_gone(BerthPacket *pkt, const BerthPacketIa *ia, bool bound)
{
    const bool is_ours = bound || pkt->v6.query.type == BERTH_RENEW;
    const BerthOption6 *at = NULL;
    BerthIaLease6 hint;
    unsigned n = 0;

    while (v6_next_hint(ia, &at, &hint)) {
        bool on_link = ia->type == BERTH_LEASE_PD || v6_is_on_link(pkt, hint.addr);

        if (berth_addr_is_any(hint.addr) || v6_is_told(pkt, hint.addr) || (!is_ours && on_link))
            continue;
        if (!v6_tell_gone(pkt, ia, (BerthPrefix){hint.addr, hint.len}))
            break;
        n++;
    }
    return n;
}

/* Whether the IA is one that the server has something to say of. */
static bool tell_ia(BerthPacket *pkt, BerthPacketIa *ia, bool bound)
{
    /* A lease of it may be what is missing. */
    if (!bound && berth_packet_only_known(pkt)) {
        ia->told = false;
        return false;
    }
    if (tell_gone(pkt, ia, bound) > 0 || bound)
        return true;
    /* As Kea, where none could be made: that none is there. Else RFC 9915 section 18.3.5: no
     * binding, and none made. */
    if (ia->status == BERTH_STATUS6_SUCCESS)
        v6_set_status(ia, BERTH_STATUS6_NO_BINDING, "There is no binding of this IA.");
    berth_packet_log(pkt, BERTH_DEBUG, "leases", "DHCP6_EXTEND_LEASE_NOT_FOUND",
                     ": no lease of the IAID %u is known", ia->iaid);
    return pkt->v6.query.type == BERTH_RENEW;
}

static BerthVerdict extend_nowhere(BerthPacket *pkt)
{
    for (unsigned i = 0; i < pkt->v6.n_ias; i++)
        v6_set_status(&pkt->v6.ias[i], BERTH_STATUS6_NO_BINDING,
                      "No subnet is configured for this link.");
    return pkt->v6.query.type == BERTH_RENEW ? BERTH_CONTINUE
                                             : berth_packet_drop(pkt, BERTH_DROP_NO_SUBNET);
}

/* The class REJECT: what it has it keeps until it ends. */
static BerthVerdict extend_nothing(BerthPacket *pkt)
{
    for (unsigned i = 0; i < pkt->v6.n_ias; i++)
        v6_set_none(&pkt->v6.ias[i], "This client is not served.");
    return BERTH_CONTINUE;
}

BerthVerdict v6_extend_leases(BerthPacket *pkt)
{
    BerthVerdict verdict = BERTH_CONTINUE;
    bool bound[BERTH_PACKET_IAS_MAX] = {false};
    unsigned n_said = 0;

    v6_start_over(pkt);
    if (!pkt->subnet)
        return extend_nowhere(pkt);
    if (berth_packet_is_rejected(pkt))
        return extend_nothing(pkt);
    /* First what the client has: a packet tells of so many leases, and of foreign ones a client can
     * name any number. */
    for (unsigned i = 0; verdict == BERTH_CONTINUE && i < pkt->v6.n_ias; i++)
        verdict = extend_ia(pkt, &pkt->v6.ias[i], &bound[i]);
    for (unsigned i = 0; verdict == BERTH_CONTINUE && i < pkt->v6.n_ias; i++)
        n_said += tell_ia(pkt, &pkt->v6.ias[i], bound[i]);
    v6_settle(pkt);
    if (verdict == BERTH_CONTINUE && n_said == 0 && berth_packet_only_known(pkt))
        return berth_packet_drop(pkt, BERTH_DROP_ONLY_KNOWN);
    /* RFC 9915 section 18.3.5: a REBIND is heard by every server; who knows nothing says nothing.
     */
    if (verdict == BERTH_CONTINUE && n_said == 0 && pkt->v6.query.type == BERTH_REBIND)
        return berth_packet_drop(pkt, BERTH_DROP_NO_ANSWER);
    return verdict;
}

BerthVerdict v6_keep_lease(BerthPacket *pkt)
{
    berth_packet_keep_lease(&pkt->leases[pkt->lease_at], berth_leases_now(pkt->env->leases));
    return BERTH_CONTINUE;
}
