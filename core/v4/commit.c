/* commit - propose what the packet changes, wait until it is durable, and then say so.
 *
 * RFC 2131 section 3.1(4): the binding is committed to storage before the DHCPACK leaves. */
#include "core/v4/steps4.h"

static bool changes_something(const BerthPacketLease *pl)
{
    return pl->act != BERTH_ACT_NONE && pl->act != BERTH_ACT_OFFER;
}

/* A released lease that nobody wants to remember is removed. */
static const BerthLease *lease_after(const BerthPacket *pkt, const BerthPacketLease *pl)
{
    bool forget =
        pkt->conf->v4.hold_reclaimed_sec == 0 || pkt->conf->v4.flush_reclaimed_wait_sec == 0;

    return pl->act == BERTH_ACT_LEAVE || (pl->act == BERTH_ACT_RELEASE && forget) ? NULL
                                                                                  : &pl->lease;
}

static BerthVerdict propose(BerthPacket *pkt)
{
    for (unsigned i = 0; i < pkt->n_leases; i++) {
        BerthPacketLease *pl = &pkt->leases[i];

        if (!changes_something(pl))
            continue;
        if (!pkt->unit)
            pkt->unit = berth_unit_new(pkt->env->leases);
        switch (
            berth_unit_add(pkt->unit, pl->has_before ? &pl->before : NULL, lease_after(pkt, pl))) {
        case BERTH_PROPOSED:
            break;
        case BERTH_PROPOSE_BUSY:
            return berth_packet_drop(pkt, BERTH_DROP_LEASE_BUSY);
        case BERTH_PROPOSE_UNFIT:
            return berth_packet_drop(pkt, BERTH_DROP_LEASE_UNFIT);
        case BERTH_PROPOSE_FULL:
            return berth_packet_drop(pkt, BERTH_DROP_TOO_MANY_PENDING);
        }
    }
    return BERTH_CONTINUE;
}

static void on_committed(void *data, BerthCommitResult result)
{
    BerthPacket *pkt = data;

    pkt->commit = result;
    berth_packet_resume(pkt->env->server, pkt->ticket, BERTH_CONTINUE);
}

BerthVerdict v4_commit(BerthPacket *pkt)
{
    BerthVerdict verdict = propose(pkt);

    if (verdict != BERTH_CONTINUE || !pkt->unit)
        return verdict;
    pkt->ticket = berth_packet_wait(pkt);
    berth_unit_submit(g_steal_pointer(&pkt->unit), on_committed, pkt);
    return BERTH_PARK;
}

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
                         ": address %s was released properly",
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

BerthVerdict v4_committed(BerthPacket *pkt)
{
    switch (pkt->commit) {
    case BERTH_COMMIT_OK:
        break;
    case BERTH_COMMIT_CONFLICT:
        /* Another server gave the address away: the client has to start over. */
        return pkt->v4.query.type == BERTH_DHCPREQUEST
                   ? berth_packet_enter(pkt, &berth_nak4)
                   : berth_packet_drop(pkt, BERTH_DROP_NOT_OWNER);
    case BERTH_COMMIT_FAILED:
        return berth_packet_drop(pkt, BERTH_DROP_COMMIT_FAILED);
    case BERTH_COMMIT_UNKNOWN:
        return berth_packet_drop(pkt, BERTH_DROP_COMMIT_UNKNOWN);
    }
    for (unsigned i = 0; i < pkt->n_leases; i++)
        say_committed(pkt, &pkt->leases[i]);
    berth_leases_unhold(pkt->env->leases, pkt->subnet->id, &pkt->client);
    return BERTH_CONTINUE;
}
