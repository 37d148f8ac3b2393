/* release - RELEASE and DECLINE: a client gives its address back, or says that somebody else uses
 * it. */
#include "core/v4/steps4.h"

/* The lease at `addr` if it is valid and this client's. */
static bool find_own(BerthPacket *pkt, BerthAddr addr, BerthLease *ret)
{
    return berth_table_get(berth_leases_table(pkt->env->leases), addr, ret) &&
           berth_lease_is_valid(ret, berth_leases_now(pkt->env->leases)) &&
           berth_lease_belongs_to(ret, &pkt->client);
}

/* RFC 2131 section 4.4.4 and 4.4.6: both messages name the server that they are for. */
static bool is_for_us(BerthPacket *pkt)
{
    BerthAddr id;

    return !berth_msg4_addr(&pkt->v4.query, BERTH_DHO_DHCP_SERVER_IDENTIFIER, &id) ||
           v4_server_id_is_ours(pkt, id);
}

BerthPacketLease *v4_change_lease(BerthPacket *pkt, BerthLeaseAct act, const BerthLease *own)
{
    BerthPacketLease *pl = berth_packet_add_lease(pkt, act);
    BerthLease *copy = pl ? berth_lease_copy(own, &pkt->arena) : NULL;

    if (!copy)
        return NULL;
    pl->before = pl->lease = *copy;
    pl->has_before = true;
    return pl;
}

BerthVerdict v4_find_released(BerthPacket *pkt)
{
    int64_t now = berth_leases_now(pkt->env->leases);
    BerthPacketLease *pl;
    BerthLease own;

    if (!is_for_us(pkt))
        return berth_packet_drop(pkt, BERTH_DROP_NOT_FOR_US);
    if (!find_own(pkt, pkt->v4.query.ciaddr, &own))
        return berth_packet_drop(pkt, BERTH_DROP_NOT_OWNER);
    pl = v4_change_lease(pkt, BERTH_ACT_RELEASE, &own);
    if (!pl)
        return berth_packet_drop(pkt, BERTH_DROP_MEMORY);
    /* It ends now but stays on record, so that the owner gets it back (RFC 2131 section 4.3.4). A
     * lifetime of 0 would mean removal, so a lease of this very second begins a second earlier. */
    pl->lease.state = BERTH_LEASE_RELEASED;
    pl->lease.cltt = MIN(own.cltt, now - 1);
    pl->lease.valid_sec = (uint32_t)MIN(now - pl->lease.cltt, (int64_t)UINT32_MAX - 1);
    return BERTH_CONTINUE;
}

BerthVerdict v4_find_declined(BerthPacket *pkt)
{
    BerthPacketLease *pl;
    BerthAddr addr;
    BerthLease own;

    if (!is_for_us(pkt))
        return berth_packet_drop(pkt, BERTH_DROP_NOT_FOR_US);
    if (!berth_msg4_addr(&pkt->v4.query, BERTH_DHO_DHCP_REQUESTED_ADDRESS, &addr))
        return berth_packet_drop(pkt, BERTH_DROP_NO_ADDRESS);
    if (!find_own(pkt, addr, &own)) {
        berth_packet_log(pkt, BERTH_WARN, "dhcp4", "DHCP4_DECLINE_LEASE_NOT_FOUND",
                         ": declined %s, which is not its lease",
                         berth_addr_text(addr, (char[BERTH_ADDR_TEXT]){0}));
        return berth_packet_drop(pkt, BERTH_DROP_NOT_OWNER);
    }
    pl = v4_change_lease(pkt, BERTH_ACT_DECLINE, &own);
    if (!pl)
        return berth_packet_drop(pkt, BERTH_DROP_MEMORY);
    /* RFC 2131 section 4.3.3: nobody gets it; it is nobody's for the probation period. */
    pl->lease = (BerthLease){
        .addr = addr,
        .type = BERTH_LEASE_V4,
        .prefix_len = 32,
        .state = BERTH_LEASE_DECLINED,
        .subnet_id = own.subnet_id,
        .pool_id = own.pool_id,
        .cltt = berth_leases_now(pkt->env->leases),
        .valid_sec = (uint32_t)MAX(pkt->conf->v4.decline_probation_sec, 1),
    };
    return BERTH_CONTINUE;
}
