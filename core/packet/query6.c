/* query6 - what plugins see of a DHCPv6 query and its reply (berth/packet.h), and the making of the
 * reply. */
#include "core/packet/packet.h"

void berth_packet6_clear(BerthPacket *pkt)
{
    BerthPacket6 *v6 = &pkt->v6;

    v6->n_ias = v6->n_options = 0;
    v6->status = BERTH_STATUS6_SUCCESS;
    v6->status_text = NULL;
    berth_msg6_clear(&v6->query);
    berth_msg6_clear(&v6->reply);
}
