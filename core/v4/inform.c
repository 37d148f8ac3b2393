/* inform - INFORM: options for a client that has its address from elsewhere. No lease is touched.
 */
#include "core/v4/steps4.h"

BerthVerdict v4_build_inform_ack(BerthPacket *pkt)
{
    /* RFC 2131 section 4.4.3: the client puts its own address into ciaddr. Without it the source of
     * the datagram has to do, and without that there is nobody to answer. */
    if (berth_addr_is_any(pkt->v4.query.ciaddr) && berth_addr_is_any(pkt->in.src))
        return berth_packet_drop(pkt, BERTH_DROP_NO_ADDRESS);
    v4_settle(pkt, berth_addr_is_any(pkt->v4.query.ciaddr) ? pkt->in.src : pkt->v4.query.ciaddr);
    return v4_build_ack(pkt);
}
