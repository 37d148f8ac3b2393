/* confirm - CONFIRM: whether the client is still on the link that its addresses are of (RFC 9915
 * section 18.3.3). Leases are neither looked up nor made. */
#include "core/v6/steps6.h"

typedef struct Addresses {
    unsigned n, n_on_link;
} Addresses;

static void look_at_ia(const BerthPacket *pkt, const BerthOption6 *ia, Addresses *addresses)
{
    BerthIaLease6 lease;

    for (BERTH_EACH_OPTION6(option, berth_option6_inside(ia))) {
        if (option->code != BERTH_D6O_IAADDR || !berth_option6_lease(option, &lease))
            continue;
        addresses->n++;
        addresses->n_on_link += v6_is_on_link(pkt, lease.addr);
    }
}

BerthVerdict v6_confirm(BerthPacket *pkt)
{
    Addresses addresses = {0};

    for (BERTH_EACH_OPTION6(option, pkt->v6.query.options))
        if (option->code == BERTH_D6O_IA_NA || option->code == BERTH_D6O_IA_TA)
            look_at_ia(pkt, option, &addresses);
    /* Without knowing, or without being asked about an address, the server keeps silent. */
    if (!pkt->subnet)
        return berth_packet_drop(pkt, BERTH_DROP_NO_SUBNET);
    if (addresses.n == 0)
        return berth_packet_drop(pkt, BERTH_DROP_NO_ANSWER);
    if (addresses.n == addresses.n_on_link) {
        pkt->v6.status = BERTH_STATUS6_SUCCESS;
        pkt->v6.status_text = "All addresses are on-link";
    } else {
        pkt->v6.status = BERTH_STATUS6_NOT_ON_LINK;
        pkt->v6.status_text = "At least one address is not on-link";
    }
    return BERTH_CONTINUE;
}
