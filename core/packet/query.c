/* query - what plugins see of the bytes of a query and of its reply (berth/packet.h), whatever the
 * family. */
#include "core/packet/packet.h"

#include <errno.h>

#define PAYLOAD_MAX 65507 /* of a UDP datagram */

BerthBytes berth_query_bytes(const BerthPacket *pkt)
{
    return pkt->in.data;
}

int berth_query_set_bytes(BerthPacket *pkt, BerthBytes bytes)
{
    BerthBytes copy = berth_arena_copy(&pkt->arena, bytes);

    if (bytes.len > PAYLOAD_MAX || (bytes.len > 0 && !copy.data))
        return -ENOSPC;
    pkt->in.data = copy;
    pkt->parsed = false;
    return 0;
}

int berth_query_parse(BerthPacket *pkt)
{
    if (!pkt->parsed && pkt->env->family == 6)
        pkt->parsed =
            berth_msg6_parse(&pkt->v6.query, pkt->in.data, &pkt->arena) == BERTH_PARSE6_OK;
    else if (!pkt->parsed)
        pkt->parsed = berth_msg4_parse(&pkt->v4.query, pkt->in.data, BERTH_BOOTREQUEST,
                                       &pkt->arena) == BERTH_PARSE4_OK;
    return pkt->parsed ? 0 : -EINVAL;
}

BerthAddr berth_query_source(const BerthPacket *pkt)
{
    return pkt->in.src;
}

BerthAddr berth_query_destination(const BerthPacket *pkt)
{
    return pkt->in.dst;
}

uint16_t berth_query_source_port(const BerthPacket *pkt)
{
    return pkt->in.src_port;
}

uint16_t berth_query_destination_port(const BerthPacket *pkt)
{
    return pkt->in.dst_port;
}

BerthBytes berth_reply_bytes(const BerthPacket *pkt)
{
    return pkt->packed ? pkt->out.data : (BerthBytes){NULL, 0};
}

int berth_reply_set_bytes(BerthPacket *pkt, BerthBytes bytes)
{
    BerthBytes copy = berth_arena_copy(&pkt->arena, bytes);

    if (bytes.len > PAYLOAD_MAX || (bytes.len > 0 && !copy.data))
        return -ENOSPC;
    pkt->out.data = copy;
    pkt->packed = true;
    return 0;
}
