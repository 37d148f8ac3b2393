/* release - RELEASE and DECLINE: a client gives its address back, or says that somebody else uses
 * it. */
#include "core/v4/steps4.h"

static bool find_valid(const BerthPacket *pkt, BerthAddr addr, BerthLease *ret)
{
    return berth_table_get(berth_leases_table(pkt->env->leases), addr, ret) &&
           berth_lease_is_valid(ret, berth_leases_now(pkt->env->leases));
}

static bool find_own(const BerthPacket *pkt, BerthAddr addr, BerthLease *ret)
{
    return find_valid(pkt, addr, ret) && berth_lease_belongs_to(ret, &pkt->client);
}

/* ---- RELEASE ---- */

static BerthVerdict not_released(BerthPacket *pkt)
{
    const BerthAddr addr = pkt->v4.query.ciaddr;
    char text[BERTH_ADDR_TEXT];
    BerthLease lease;

    if (find_valid(pkt, addr, &lease))
        berth_packet_log(pkt, BERTH_DEBUG, "leases", "DHCP4_RELEASE_FAIL_WRONG_CLIENT",
                         ": client is trying to release the lease %s which belongs to a different "
                         "client",
                         berth_addr_text(addr, text));
    else
        berth_packet_log(pkt, BERTH_DEBUG, "leases", "DHCP4_RELEASE_FAIL_NO_LEASE",
                         ": client is trying to release non-existing lease %s",
                         berth_addr_text(addr, text));
    return berth_packet_drop_said(pkt, BERTH_DROP_NOT_OWNER);
}

BerthVerdict v4_find_released(BerthPacket *pkt)
{
    const BerthVerdict verdict = v4_check_server_id(pkt);
    BerthPacketLease *pl;
    BerthLease own;

    /* RFC 2131 section 4.4.6: it names the server that it is for. */
    if (verdict != BERTH_CONTINUE)
        return verdict;
    if (!find_own(pkt, pkt->v4.query.ciaddr, &own))
        return not_released(pkt);
    v4_settle(pkt, own.addr);
    pl = berth_packet_change_lease(pkt, BERTH_ACT_RELEASE, &own);
    if (!pl)
        return berth_packet_drop(pkt, BERTH_DROP_MEMORY);
    /* RFC 2131 section 4.3.4: it stays on record, so that the owner gets it back. */
    berth_packet_end_lease(pl, berth_leases_now(pkt->env->leases));
    return BERTH_CONTINUE;
}

/* ---- DECLINE ---- */

static BerthVerdict not_declined(BerthPacket *pkt, BerthAddr addr)
{
    BerthLease lease;

    v4_say_not_declined(pkt, addr, find_valid(pkt, addr, &lease) ? &lease : NULL);
    return berth_packet_drop_said(pkt, BERTH_DROP_NOT_OWNER);
}

BerthVerdict v4_find_declined(BerthPacket *pkt)
{
    const BerthVerdict verdict = v4_check_server_id(pkt);
    BerthPacketLease *pl;
    BerthAddr addr;
    BerthLease own;

    if (verdict != BERTH_CONTINUE)
        return verdict;
    if (!berth_msg4_addr(&pkt->v4.query, BERTH_DHO_DHCP_REQUESTED_ADDRESS, &addr))
        return berth_packet_drop(pkt, BERTH_DROP_NO_ADDRESS);
    if (!find_own(pkt, addr, &own))
        return not_declined(pkt, addr);
    v4_settle(pkt, own.addr);
    pl = berth_packet_change_lease(pkt, BERTH_ACT_DECLINE, &own);
    if (!pl)
        return berth_packet_drop(pkt, BERTH_DROP_MEMORY);
    /* RFC 2131 section 4.3.3: nobody gets it. */
    berth_packet_decline_lease(pl, berth_leases_now(pkt->env->leases),
                               pkt->conf->v4.decline_probation_sec);
    return BERTH_CONTINUE;
}

/* ---- by the server itself ---- */

BerthVerdict v4_decline_offer(BerthPacket *pkt)
{
    BerthPacketLease *pl = &pkt->leases[0];

    v4_unhold(pkt);
    pl->act = BERTH_ACT_DECLINE;
    berth_packet_decline_lease(pl, berth_leases_now(pkt->env->leases),
                               pkt->conf->v4.decline_probation_sec);
    return BERTH_CONTINUE;
}

/* The client hears nothing; when it asks again it is offered another address. */
BerthVerdict v4_offer_declined(BerthPacket *pkt)
{
    const BerthLease *lease = &pkt->leases[0].lease;

    if (pkt->commit != BERTH_COMMIT_OK)
        return berth_packet_drop_uncommitted(pkt);
    berth_packet_log(pkt, BERTH_INFO, "leases", "DHCP4_SERVER_INITIATED_DECLINE",
                     ": Lease for addr %s has been found to be already in use. The lease will be "
                     "unavailable for %u seconds.",
                     berth_addr_text(lease->addr, (char[BERTH_ADDR_TEXT]){0}), lease->valid_sec);
    return BERTH_CONTINUE;
}
