/* assign - SOLICIT and REQUEST: an address or a prefix for each IA, or a word why there is none
 * (RFC 9915 sections 18.3.1, 18.3.2 and 18.3.9). */
#include "core/packet/classes.h"
#include "core/v6/steps6.h"

/* So many addresses of ours may stand in a row in a pool. */
#define PICK_TRIES 16

/* ---- giving ---- */

/* An address of ours in a pool is a slip of the configuration; it is passed over. */
static bool pick_in(const BerthPacket *pkt, const BerthSubnet *subnet, const BerthClient *binding,
                    BerthPrefix hint, BerthPick *ret)
{
    for (int i = 0; i < PICK_TRIES; i++) {
        if (!berth_leases_pick6(pkt->env->leases, subnet, binding, hint, ret))
            return false;
        if (binding->type == BERTH_LEASE_PD || !berth_net_is_own(pkt->env->net, ret->prefix.addr))
            return true;
        hint = (BerthPrefix){BERTH_ADDR6_ANY, 0};
    }
    return false;
}

/* Where nothing is free: what others have been offered and not taken yet. */
static bool pick_offered(const BerthPacket *pkt, const BerthSubnet *subnet,
                         const BerthClient *binding, BerthPrefix hint, BerthPick *ret)
{
    BerthPrefix prefix;

    return berth_leases_withdraw(pkt->env->leases, subnet, binding, hint, &prefix) &&
           berth_leases_take(pkt->env->leases, subnet, binding, prefix, ret);
}

/* Which subnet of the link, from `at` on, gives something when `first` was asked first; NULL: none.
 */
static const BerthSubnet *pick_from(const BerthPacket *pkt, const BerthSubnet *first,
                                    const BerthSubnet *at, const BerthClient *binding,
                                    BerthPrefix hint, BerthPick *ret)
{
    const BerthSubnet *begin = at;

    while (at && !pick_in(pkt, at, binding, hint, ret))
        at = berth_conf_next_subnet(first, at, &pkt->class_set);
    if (at)
        return at;
    for (at = begin; at && !pick_offered(pkt, at, binding, hint, ret);
         at = berth_conf_next_subnet(first, at, &pkt->class_set))
        ;
    return at;
}

/* `*first`: where it was asked first, and `refused` where it was asked last; NULL: not yet. */
static const BerthSubnet *pick(const BerthPacket *pkt, const BerthPacketIa *ia,
                               const BerthSubnet **first, const BerthSubnet *refused,
                               BerthPick *ret)
{
    const BerthClient binding = v6_binding(pkt, ia);
    BerthPrefix hint = {BERTH_ADDR6_ANY, 0};
    BerthIaLease6 asked;

    if (v6_hint_for(ia, BERTH_ADDR6_ANY, &asked))
        hint = (BerthPrefix){asked.addr, asked.len};
    if (*first)
        refused = berth_conf_next_subnet(*first, refused, &pkt->class_set);
    else
        refused = *first = v6_first_subnet(pkt, &binding, hint);
    return refused ? pick_from(pkt, *first, refused, &binding, hint, ret) : NULL;
}

bool v6_is_fresh(const BerthPacketLease *pl, const BerthSubnet *subnet, int64_t now)
{
    return berth_lease_is_fresh(pl, &subnet->params, now) &&
           berth_bytes_equal(pl->before.hostname, pl->lease.hostname) &&
           berth_bytes_equal(pl->before.context, pl->lease.context);
}

void v6_reuse_lease(BerthPacket *pkt, BerthPacketLease *pl)
{
    bool is_pd = pl->lease.type == BERTH_LEASE_PD;
    char text[BERTH_PREFIX_TEXT];

    berth_packet_keep_lease(pl, berth_leases_now(pkt->env->leases));
    v6_count(pkt->env, is_pd ? V6_PD_LEASE_REUSES : V6_NA_LEASE_REUSES);
    berth_leases_count_reused(pkt->env->leases, &pl->lease);
    berth_packet_log(pkt, BERTH_INFO, "leases",
                     is_pd ? "DHCP6_PD_LEASE_REUSE" : "DHCP6_LEASE_REUSE",
                     ": lease %s for the IAID %u has been reused for %u seconds",
                     v6_lease_text(&pl->lease, text), pl->lease.iaid, pl->lease.valid_sec);
}

/* What is offered is what will be confirmed. */
static void keep_fresh(BerthPacket *pkt, BerthPacketLease *pl, const BerthClient *binding,
                       const BerthSubnet *subnet)
{
    const int64_t now = berth_leases_now(pkt->env->leases);
    const BerthLeaseAct act = pl->act;

    if (!pl->has_before || !berth_lease_belongs_to(&pl->before, binding) ||
        !berth_lease_is_valid(&pl->before, now) || !v6_is_fresh(pl, subnet, now))
        return;
    if (act == BERTH_ACT_ASSIGN) {
        v6_reuse_lease(pkt, pl);
    } else {
        berth_packet_keep_lease(pl, now);
        pl->act = act;
    }
}

/* From here on it is held, so that nobody else gets it, not another IA of this message either. */
static bool give(BerthPacket *pkt, BerthPacketIa *ia, BerthPacketLease *pl,
                 const BerthSubnet *subnet, const BerthPick *got)
{
    const BerthClient binding = v6_binding(pkt, ia);

    if (!v6_set_lease(pkt, ia, pl, subnet, got))
        return false;
    keep_fresh(pkt, pl, &binding, subnet);
    berth_leases_hold6(pkt->env->leases, got->prefix, subnet->id, &binding);
    return true;
}

BerthVerdict v6_give(BerthPacket *pkt, BerthPacketIa *ia, BerthLeaseAct act, bool *ret_found)
{
    BerthClient binding = v6_binding(pkt, ia);
    const BerthSubnet *subnet, *first = NULL;
    BerthPacketLease *pl;
    BerthPick got;

    subnet = v6_pick_reserved(pkt, &binding, &got);
    if (!subnet)
        subnet = pick(pkt, ia, &first, NULL, &got);
    *ret_found = subnet != NULL;
    if (!subnet)
        return BERTH_CONTINUE;
    pl = berth_packet_add_lease(pkt, act);
    if (!pl || !give(pkt, ia, pl, subnet, &got))
        return berth_packet_drop(pkt, BERTH_DROP_MEMORY);
    pl->first = first;
    /* What the binding has elsewhere, in no pool any more, ends by itself: an earlier answer that
     * gave it may still be under way to the client. */
    if (act == BERTH_ACT_ASSIGN && !v6_leave_others(pkt, ia, got.prefix, !first))
        return berth_packet_drop(pkt, BERTH_DROP_MEMORY);
    return BERTH_CONTINUE;
}

/* ---- SOLICIT ---- */

BerthVerdict v6_rapid_commit(BerthPacket *pkt)
{
    if (!v6_is_rapid(pkt))
        return BERTH_CONTINUE;
    berth_packet_log(pkt, BERTH_DEBUG, "options", "DHCP6_RAPID_COMMIT",
                     ": rapid commit: the reply follows at once");
    return berth_packet_enter(pkt, &berth_assign6);
}

/* What Kea says of an IA that gets nothing; of what is extended it says nothing. */
static void say_failed(BerthPacket *pkt, const BerthPacketIa *ia)
{
    const bool is_pd = ia->type == BERTH_LEASE_PD;

    if (pkt->v6.query.type == BERTH_SOLICIT && !v6_is_rapid(pkt))
        berth_packet_log(pkt, BERTH_DEBUG, "leases",
                         is_pd ? "DHCP6_PD_LEASE_ADVERT_FAIL" : "DHCP6_LEASE_ADVERT_FAIL",
                         ": failed to advertise a lease for iaid=%u", ia->iaid);
    else if (pkt->v6.query.type == BERTH_SOLICIT || pkt->v6.query.type == BERTH_REQUEST)
        berth_packet_log(pkt, BERTH_DEBUG, "leases",
                         is_pd ? "DHCP6_PD_LEASE_ALLOC_FAIL" : "DHCP6_LEASE_ALLOC_FAIL",
                         ": failed to grant a lease for iaid=%u", ia->iaid);
}

void v6_say_none(BerthPacket *pkt, BerthPacketIa *ia, bool told)
{
    if (!berth_packet_only_known(pkt))
        berth_packet_say_exhausted(pkt, ia->type);
    say_failed(pkt, ia);
    if (!told)
        v6_set_none(ia, ia->type == BERTH_LEASE_PD ? "No prefix is available."
                                                   : "No address is available.");
}

/* Something for an IA, or its status. */
static BerthVerdict serve_ia(BerthPacket *pkt, BerthPacketIa *ia, BerthLeaseAct act)
{
    BerthVerdict verdict;
    bool found;

    if (!pkt->subnet) {
        v6_set_none(ia, "No subnet is configured for this link.");
        return BERTH_CONTINUE;
    }
    if (berth_packet_is_rejected(pkt)) {
        v6_set_none(ia, "This client is not served.");
        return BERTH_CONTINUE;
    }
    verdict = v6_give(pkt, ia, act, &found);
    if (verdict != BERTH_CONTINUE || found)
        return verdict;
    v6_say_none(pkt, ia, false);
    return BERTH_CONTINUE;
}

/* Who is known gets what is known, and of the rest that there is none; who is not is told nothing.
 */
static BerthVerdict end_serving(BerthPacket *pkt, BerthVerdict verdict)
{
    bool nothing = pkt->subnet && pkt->v6.n_ias > 0 && pkt->n_leases == 0;

    v6_settle(pkt);
    if (verdict != BERTH_CONTINUE || !nothing || !berth_packet_only_known(pkt))
        return verdict;
    for (unsigned i = 0; i < pkt->v6.n_ias; i++)
        if (pkt->v6.ias[i].status == BERTH_STATUS6_NOT_ON_LINK)
            return verdict;
    return berth_packet_drop(pkt, BERTH_DROP_ONLY_KNOWN);
}

BerthVerdict v6_pick_leases(BerthPacket *pkt)
{
    BerthVerdict verdict = BERTH_CONTINUE;

    v6_start_over(pkt);
    for (unsigned i = 0; verdict == BERTH_CONTINUE && i < pkt->v6.n_ias; i++)
        verdict = serve_ia(pkt, &pkt->v6.ias[i], BERTH_ACT_OFFER);
    return end_serving(pkt, verdict);
}

/* What is held since it was picked is held on. Parked until that was over, it may have gone to
 * another. */
static bool hold(BerthPacket *pkt, const BerthLease *lease, const BerthClient *binding)
{
    BerthPrefix prefix = berth_lease_prefix(lease);

    if (berth_leases_hold_on6(pkt->env->leases, prefix, lease->subnet_id, binding))
        return true;
    if (berth_leases_usable6(pkt->env->leases, v6_subnet_of(pkt, lease), prefix, binding) !=
        BERTH_USABLE)
        return false;
    berth_leases_hold6(pkt->env->leases, prefix, lease->subnet_id, binding);
    return true;
}

BerthVerdict v6_hold_offers(BerthPacket *pkt)
{
    char text[BERTH_PREFIX_TEXT];

    for (unsigned i = 0; i < pkt->n_leases; i++) {
        BerthLease *lease = &pkt->leases[i].lease;
        BerthClient binding = v6_binding(pkt, &pkt->v6.ias[pkt->leases[i].ia]);

        if (pkt->leases[i].act != BERTH_ACT_OFFER)
            continue;
        if (!hold(pkt, lease, &binding))
            return berth_packet_drop(pkt, BERTH_DROP_LEASE_BUSY);
        lease->preferred_sec = MIN(lease->preferred_sec, lease->valid_sec);
        berth_packet_log(pkt, BERTH_INFO, "leases",
                         lease->type == BERTH_LEASE_PD ? "DHCP6_PD_LEASE_ADVERT"
                                                       : "DHCP6_LEASE_ADVERT",
                         ": lease %s for the IAID %u will be advertised",
                         v6_lease_text(lease, text), lease->iaid);
        v6_say_lease(pkt, lease);
    }
    return BERTH_CONTINUE;
}

/* ---- REQUEST, and SOLICIT with Rapid Commit ---- */

/* RFC 9915 section 18.3.2: an address that is not of the link is answered with NotOnLink, and
 * nothing is assigned to that IA. */
static bool is_not_on_link(const BerthPacket *pkt, const BerthPacketIa *ia)
{
    const BerthOption6 *at = NULL;
    BerthIaLease6 hint;

    if (pkt->v6.query.type != BERTH_REQUEST || ia->type != BERTH_LEASE_NA || !pkt->subnet)
        return false;
    while (v6_next_hint(ia, &at, &hint))
        if (!berth_addr_is_any(hint.addr) && !v6_is_on_link(pkt, hint.addr))
            return true;
    return false;
}

BerthVerdict v6_assign_leases(BerthPacket *pkt)
{
    BerthVerdict verdict = BERTH_CONTINUE;

    v6_start_over(pkt);
    for (unsigned i = 0; verdict == BERTH_CONTINUE && i < pkt->v6.n_ias; i++) {
        BerthPacketIa *ia = &pkt->v6.ias[i];

        if (is_not_on_link(pkt, ia))
            v6_set_status(ia, BERTH_STATUS6_NOT_ON_LINK,
                          "An address in this IA is not of the link that you are on.");
        else
            verdict = serve_ia(pkt, ia, BERTH_ACT_ASSIGN);
    }
    return end_serving(pkt, verdict);
}

/* Whether anything but the lease in hand is told in the IA. */
static bool has_other(const BerthPacket *pkt, unsigned ia)
{
    for (unsigned i = 0; i < pkt->n_leases; i++)
        if (i != pkt->lease_at && pkt->leases[i].told && pkt->leases[i].ia == ia)
            return true;
    return false;
}

BerthVerdict v6_no_lease(BerthPacket *pkt)
{
    BerthPacketLease *pl = &pkt->leases[pkt->lease_at];
    BerthPacketIa *ia = &pkt->v6.ias[pl->ia];
    const BerthLeaseAct act = pl->act;
    const BerthSubnet *subnet, *first = pl->first;
    BerthClient binding = v6_binding(pkt, ia);
    BerthPick got;

    pl->act = BERTH_ACT_NONE;
    pl->told = false;
    v6_unhold(pkt, &binding);
    if (!first)
        v6_stay(pkt, ia);
    subnet = pick(pkt, ia, &first, v6_subnet_of(pkt, &pl->lease), &got);
    if (!subnet) {
        v6_say_none(pkt, ia, has_other(pkt, pl->ia));
        return BERTH_CONTINUE;
    }
    pl->act = act;
    pl->first = first;
    if (!give(pkt, ia, pl, subnet, &got))
        return berth_packet_drop(pkt, BERTH_DROP_MEMORY);
    v6_settle(pkt);
    return BERTH_SKIP;
}
