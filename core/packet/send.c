/* send - what is packed on its way to the net, whatever the family. */
#include "core/packet/run.h"

#include <errno.h>

/* The bytes where they live until the links are flushed: the packet may be gone before. NULL: they
 * are more than all of them may be. */
static const uint8_t *keep_until_flushed(BerthEnv *env, BerthBytes bytes)
{
    const uint8_t *kept = berth_arena_copy(env->out, bytes).data;

    if (kept)
        return kept;
    berth_net_flush(env->net, NULL);
    berth_arena_reset(env->out);
    return berth_arena_copy(env->out, bytes).data;
}

int berth_env_send(BerthEnv *env, int ifindex, const BerthDatagram *out)
{
    BerthDatagram kept = *out;

    kept.data.data = keep_until_flushed(env, out->data);
    return kept.data.data ? berth_net_send(env->net, ifindex, &kept) : -ENOSPC;
}

BerthVerdict berth_packet_send(BerthPacket *pkt)
{
    /* A callout may have emptied it. */
    if (pkt->out.data.len == 0)
        return berth_packet_drop(pkt, BERTH_DROP_PACK);
    if (berth_env_send(pkt->env, pkt->iface.index, &pkt->out) < 0)
        return berth_packet_drop(pkt, BERTH_DROP_NO_LINK);
    return BERTH_CONTINUE;
}
