/* commit - what came of the changes that the packet proposed (core/packet/change.h). */
#include "core/v4/steps4.h"

static void say_committed(BerthPacket *pkt, const BerthPacketLease *pl)
{
    char buffer[BERTH_ADDR_TEXT];

    switch (pl->act) {
    case BERTH_ACT_ASSIGN:
    case BERTH_ACT_RENEW:
        berth_packet_log(pkt, BERTH_INFO, "leases", "DHCP4_LEASE_ALLOC",
                         ": lease %s has been allocated for %u seconds",
                         berth_addr_text(pl->lease.addr, buffer), pl->lease.valid_sec);
        break;
    case BERTH_ACT_RELEASE:
        berth_packet_log(pkt, BERTH_INFO, "leases", "DHCP4_RELEASE",
                         ": address %s was released properly.",
                         berth_addr_text(pl->lease.addr, buffer));
        berth_packet_log(pkt, BERTH_INFO, "leases", "DHCP4_RELEASE_EXPIRED",
                         ": address %s expired on release.",
                         berth_addr_text(pl->lease.addr, buffer));
        break;
    case BERTH_ACT_DECLINE:
        berth_log_to(
            pkt->env->log, BERTH_INFO, "leases", "DHCP4_DECLINE_LEASE",
            "Received DHCPDECLINE for addr %s from client %s. The lease will be unavailable "
            "for %u seconds.",
            berth_addr_text(pl->lease.addr, buffer), berth_packet_label(pkt), pl->lease.valid_sec);
        break;
    case BERTH_ACT_LEAVE:
        berth_packet_log(pkt, BERTH_INFO, "alloc-engine", "ALLOC_ENGINE_V4_REQUEST_REMOVE_LEASE",
                         ": its lease %s is removed, it has another address now",
                         berth_addr_text(pl->lease.addr, buffer));
        break;
    case BERTH_ACT_NONE:
    case BERTH_ACT_OFFER:
    case BERTH_ACT_REGISTER:
        break;
    }
}

static const BerthPath *path_of_change(const BerthPacket *pkt)
{
    switch ((unsigned)pkt->v4.query.type) {
    case BERTH_DHCPRELEASE:
        return &berth_releasing4;
    case BERTH_DHCPDECLINE:
        return &berth_declining4;
    default:
        return &berth_assign4;
    }
}

BerthVerdict v4_committed(BerthPacket *pkt)
{
    /* Another server was first. It may have given the address away, and the client has to start
     * over; but perhaps it has heard the same message, and the lease is the client's. */
    if (pkt->commit == BERTH_COMMIT_CONFLICT) {
        pkt->n_leases = 0;
        return berth_packet_enter(pkt, path_of_change(pkt));
    }
    if (berth_packet_confirm_renewals(pkt) > 0)
        return BERTH_CONTINUE;
    if (pkt->commit != BERTH_COMMIT_OK)
        return berth_packet_drop_uncommitted(pkt);
    for (unsigned i = 0; i < pkt->n_leases; i++)
        say_committed(pkt, &pkt->leases[i]);
    /* A change has ended what was offered to its binding, but not on other subnets of the link. */
    if (pkt->subnet->network || !berth_packet_has_changed(pkt))
        v4_unhold(pkt);
    return BERTH_CONTINUE;
}
