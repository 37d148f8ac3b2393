/* send - a packed reply on its way to the net, whatever the family. */
#include "core/packet/run.h"

/* The bytes of the reply where they live until the links are flushed: the packet may be gone
 * before. NULL: it is larger than all of them may be. */
static const uint8_t *keep_until_flushed(BerthPacket *pkt)
{
    BerthEnv *env = pkt->env;
    const uint8_t *kept = berth_arena_copy(env->out, pkt->out.data).data;

    if (kept)
        return kept;
    berth_net_flush(env->net, NULL);
    berth_arena_reset(env->out);
    return berth_arena_copy(env->out, pkt->out.data).data;
}

BerthVerdict berth_packet_send(BerthPacket *pkt)
{
    BerthDatagram out = pkt->out;

    /* A callout may have emptied it. */
    if (out.data.len == 0)
        return berth_packet_drop(pkt, BERTH_DROP_PACK);
    out.data.data = keep_until_flushed(pkt);
    if (!out.data.data || berth_net_send(pkt->env->net, pkt->iface.index, &out) < 0)
        return berth_packet_drop(pkt, BERTH_DROP_NO_LINK);
    return BERTH_CONTINUE;
}
