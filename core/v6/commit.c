/* commit - what came of the changes that the packet proposed (core/packet/change.h). */
#include "core/v6/steps6.h"

const char *v6_lease_text(const BerthLease *lease, char *buffer)
{
    berth_addr_text(lease->addr, buffer);
    if (lease->type == BERTH_LEASE_PD)
        g_snprintf(buffer + strlen(buffer), 5, "/%u", lease->prefix_len);
    return buffer;
}

void v6_say_lease(BerthPacket *pkt, const BerthLease *lease)
{
    char addr[BERTH_ADDR_TEXT], duid[BERTH_DUID_TEXT], hwaddr[BERTH_DUID_TEXT] = "(none)";

    if (!berth_log_wants(pkt->env->log, BERTH_DEBUG, "leases"))
        return;
    if (lease->hwaddr.len > 0)
        berth_hex_text((BerthBytes){lease->hwaddr.bytes, lease->hwaddr.len}, ':', hwaddr,
                       sizeof(hwaddr));
    berth_packet_log(pkt, BERTH_DEBUG, "leases", "DHCP6_LEASE_DATA",
                     ": detailed lease information for iaid=%u: Type: %s Address: %s Prefix "
                     "length: %u Pref life: %u Valid life: %u Cltt: %" G_GINT64_FORMAT
                     " DUID: %s Hardware addr: %s Subnet ID: %u State: default",
                     lease->iaid, lease->type == BERTH_LEASE_PD ? "IA_PD(2)" : "IA_NA(0)",
                     berth_addr_text(lease->addr, addr), lease->prefix_len, lease->preferred_sec,
                     lease->valid_sec, lease->cltt,
                     berth_hex_text(lease->client_id, ':', duid, sizeof(duid)), hwaddr,
                     lease->subnet_id);
}

static void say_given(BerthPacket *pkt, const BerthPacketLease *pl, const char *text)
{
    bool is_pd = pl->lease.type == BERTH_LEASE_PD;

    if (pl->act == BERTH_ACT_RENEW)
        berth_packet_log(pkt, BERTH_INFO, "leases",
                         is_pd ? "DHCP6_PD_LEASE_RENEW" : "DHCP6_LEASE_RENEW",
                         ": lease %s for the IAID %u has been extended for %u seconds", text,
                         pl->lease.iaid, pl->lease.valid_sec);
    else
        berth_packet_log(pkt, BERTH_INFO, "leases",
                         is_pd ? "DHCP6_PD_LEASE_ALLOC" : "DHCP6_LEASE_ALLOC",
                         ": lease %s for the IAID %u has been allocated for %u seconds", text,
                         pl->lease.iaid, pl->lease.valid_sec);
    v6_say_lease(pkt, &pl->lease);
}

static void say_ended(BerthPacket *pkt, const BerthPacketLease *pl, const char *text)
{
    bool is_pd = pl->before.type == BERTH_LEASE_PD;

    if (pl->act == BERTH_ACT_RELEASE)
        berth_packet_log(pkt, BERTH_INFO, "leases", is_pd ? "DHCP6_RELEASE_PD" : "DHCP6_RELEASE_NA",
                         ": lease %s of the IAID %u was released properly", text, pl->before.iaid);
    else
        berth_packet_log(pkt, BERTH_INFO, "leases", "DHCP6_DECLINE_LEASE",
                         ": address %s is declined and will be unavailable for %u seconds", text,
                         pl->lease.valid_sec);
}

static void say_committed(BerthPacket *pkt, const BerthPacketLease *pl)
{
    char text[BERTH_PREFIX_TEXT];

    if (!berth_log_wants(pkt->env->log, BERTH_INFO, "leases"))
        return;
    v6_lease_text(&pl->lease, text);
    switch (pl->act) {
    case BERTH_ACT_ASSIGN:
    case BERTH_ACT_RENEW:
        say_given(pkt, pl, text);
        break;
    case BERTH_ACT_RELEASE:
    case BERTH_ACT_DECLINE:
        say_ended(pkt, pl, text);
        break;
    case BERTH_ACT_REGISTER:
        berth_packet_log(pkt, BERTH_INFO, "leases", "DHCP6_ADDR_REG_INFORM_REGISTERED",
                         ": address %s has been registered for %u seconds", text,
                         pl->lease.valid_sec);
        break;
    case BERTH_ACT_NONE:
    case BERTH_ACT_OFFER:
        break;
    case BERTH_ACT_LEAVE:
        berth_packet_log(pkt, BERTH_INFO, "alloc-engine", "ALLOC_ENGINE_V6_REVOKED_ADDR_LEASE",
                         ": lease %s of the IAID %u has gone, because of a reservation", text,
                         pl->before.iaid);
        break;
    }
}

/* Another server was first: what it has given is not picked again. */
static BerthVerdict pick_again(BerthPacket *pkt)
{
    switch ((unsigned)pkt->v6.query.type) {
    case BERTH_SOLICIT:
    case BERTH_REQUEST:
        return berth_packet_enter(pkt, &berth_assign6);
    case BERTH_RENEW:
        return berth_packet_enter(pkt, &berth_renewing6);
    case BERTH_REBIND:
        return berth_packet_enter(pkt, &berth_rebinding6);
    case BERTH_RELEASE:
        return berth_packet_enter(pkt, &berth_releasing6);
    case BERTH_DECLINE:
        return berth_packet_enter(pkt, &berth_declining6);
    default:
        return berth_packet_drop_uncommitted(pkt);
    }
}

/* The store is away: what is known is confirmed, and of the rest nothing is told. Whether anything
 * is. */
static bool confirm_known(BerthPacket *pkt)
{
    bool any = false;

    if (pkt->commit != BERTH_COMMIT_FAILED || !berth_packet_may_confirm(pkt))
        return false;
    berth_packet_confirm_renewals(pkt);
    for (unsigned i = 0; i < pkt->v6.n_ias; i++)
        pkt->v6.ias[i].told = false;
    for (unsigned i = 0; i < pkt->n_leases; i++) {
        BerthPacketLease *pl = &pkt->leases[i];

        pl->told = pl->told && pl->act == BERTH_ACT_NONE;
        pl->act = BERTH_ACT_NONE;
        if (pl->told)
            pkt->v6.ias[pl->ia].told = any = true;
    }
    return any;
}

static void unhold(BerthPacket *pkt)
{
    for (unsigned i = 0; i < pkt->v6.n_ias; i++) {
        BerthClient binding = v6_binding(pkt, &pkt->v6.ias[i]);

        v6_unhold(pkt, &binding);
    }
}

BerthVerdict v6_committed(BerthPacket *pkt)
{
    if (pkt->commit == BERTH_COMMIT_OK || pkt->commit == BERTH_COMMIT_CONFLICT)
        unhold(pkt);
    if (pkt->commit == BERTH_COMMIT_CONFLICT)
        return pick_again(pkt);
    if (confirm_known(pkt))
        return BERTH_CONTINUE;
    if (pkt->commit != BERTH_COMMIT_OK)
        return berth_packet_drop_uncommitted(pkt);
    for (unsigned i = 0; i < pkt->n_leases; i++)
        say_committed(pkt, &pkt->leases[i]);
    return BERTH_CONTINUE;
}
