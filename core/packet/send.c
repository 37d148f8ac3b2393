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

BerthVerdict berth_packet_send(BerthPacket *pkt, const char *id, const char *name, unsigned type)
{
    const bool is6 = pkt->env->family == 6;
    const char *open = is6 ? "[" : "", *close = is6 ? "]" : "";
    char src[BERTH_ADDR_TEXT], dst[BERTH_ADDR_TEXT];

    /* A callout may have emptied it. */
    if (pkt->out.data.len == 0)
        return berth_packet_drop(pkt, BERTH_DROP_PACK);
    if (berth_env_send(pkt->env, pkt->iface.index, &pkt->out) < 0)
        return berth_packet_drop(pkt, BERTH_DROP_NO_LINK);
    berth_packet_log(pkt, BERTH_INFO, "packets", id,
                     ": trying to send packet %s (type %u) from %s%s%s:%u to %s%s%s:%u on "
                     "interface %s",
                     name, type, open, berth_addr_text(pkt->out.src, src), close, pkt->out.src_port,
                     open, berth_addr_text(pkt->out.dst, dst), close, pkt->out.dst_port,
                     pkt->iface.name);
    return BERTH_CONTINUE;
}
