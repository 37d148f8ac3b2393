/* query - what plugins see of the query and the reply (berth/packet.h). Before the query is parsed
 * its fields are empty; before there is a reply so are the reply's. */
#include "core/packet/packet.h"

#include <errno.h>

/* ---- the query ---- */

BerthBytes berth_query_bytes(const BerthPacket *pkt)
{
    return pkt->in.data;
}

int berth_query_set_bytes(BerthPacket *pkt, BerthBytes bytes)
{
    BerthBytes copy = berth_arena_copy(&pkt->arena, bytes);

    if (bytes.len > BERTH_MSG4_MAX || (bytes.len > 0 && !copy.data))
        return -ENOSPC;
    pkt->in.data = copy;
    return 0;
}

BerthAddr berth_query_source(const BerthPacket *pkt)
{
    return pkt->in.src;
}

BerthAddr berth_query_destination(const BerthPacket *pkt)
{
    return pkt->in.dst;
}

BerthType4 berth_query4_type(const BerthPacket *pkt)
{
    return pkt->query.type;
}

uint32_t berth_query4_xid(const BerthPacket *pkt)
{
    return pkt->query.xid;
}

uint16_t berth_query4_secs(const BerthPacket *pkt)
{
    return pkt->query.secs;
}

BerthAddr berth_query4_ciaddr(const BerthPacket *pkt)
{
    return pkt->parsed ? pkt->query.ciaddr : BERTH_ADDR4_ANY;
}

BerthAddr berth_query4_giaddr(const BerthPacket *pkt)
{
    return pkt->parsed ? pkt->query.giaddr : BERTH_ADDR4_ANY;
}

BerthHwaddr berth_query4_hwaddr(const BerthPacket *pkt)
{
    return pkt->query.hwaddr;
}

bool berth_query4_get(const BerthPacket *pkt, uint8_t code, BerthBytes *ret)
{
    return berth_msg4_bytes(&pkt->query, code, ret);
}

bool berth_query4_get_sub(const BerthPacket *pkt, uint8_t code, uint8_t sub, BerthBytes *ret)
{
    BerthBytes option;

    return berth_query4_get(pkt, code, &option) && berth_sub4_find(option, sub, ret);
}

/* ---- the reply ---- */

BerthType4 berth_reply4_type(const BerthPacket *pkt)
{
    return pkt->has_reply ? pkt->reply.type : 0;
}

BerthAddr berth_reply4_yiaddr(const BerthPacket *pkt)
{
    return pkt->has_reply ? pkt->reply.yiaddr : BERTH_ADDR4_ANY;
}

bool berth_reply4_get(const BerthPacket *pkt, uint8_t code, BerthBytes *ret)
{
    for (unsigned i = 0; i < pkt->n_options; i++) {
        if (pkt->options[i].code == code) {
            *ret = pkt->options[i].value;
            return true;
        }
    }
    return false;
}

/* Padding, overload, message type and end are the writer's own. */
static bool is_writers(uint8_t code)
{
    return code == 0 || code == BERTH_DHO_DHCP_OPTION_OVERLOAD ||
           code == BERTH_DHO_DHCP_MESSAGE_TYPE || code == 255;
}

int berth_reply4_set(BerthPacket *pkt, uint8_t code, BerthBytes value)
{
    if (is_writers(code))
        return -EINVAL;
    return berth_packet_set_option(pkt, code, value, false);
}

void berth_reply4_remove(BerthPacket *pkt, uint8_t code)
{
    berth_packet_remove_option(pkt, code);
}

BerthBytes berth_reply_bytes(const BerthPacket *pkt)
{
    return pkt->packed ? pkt->out.data : (BerthBytes){NULL, 0};
}

int berth_reply_set_bytes(BerthPacket *pkt, BerthBytes bytes)
{
    BerthBytes copy = berth_arena_copy(&pkt->arena, bytes);

    if (bytes.len > BERTH_MSG4_MAX || (bytes.len > 0 && !copy.data))
        return -ENOSPC;
    pkt->out.data = copy;
    pkt->packed = true;
    return 0;
}
