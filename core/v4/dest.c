/* dest - where a reply goes (RFC 2131 section 4.1) and handing it to the net. */
#include "core/v4/steps4.h"

static void to_relay(BerthPacket *pkt)
{
    BerthBytes port;

    pkt->out.dst = pkt->v4.query.giaddr;
    pkt->out.dst_port = BERTH_PORT4_SERVER;
    /* RFC 8357 section 5.1: a relay that sends sub-option 19 is answered at its own port. */
    if (berth_query4_get_sub(pkt, BERTH_DHO_DHCP_AGENT_OPTIONS, 19, &port))
        pkt->out.dst_port = pkt->in.src_port;
}

static void to_client(BerthPacket *pkt, BerthAddr addr)
{
    pkt->out.dst = addr;
    pkt->out.dst_port = BERTH_PORT4_CLIENT;
}

/* A client that can't be reached by ARP yet takes a frame to its hardware address, unless that is
 * a group's, or all zeros: such a client has its identity from there, as with Kea, and is broadcast
 * to. */
static bool takes_frames(const BerthPacket *pkt)
{
    static const uint8_t nobody[6];
    const BerthHwaddr *hwaddr = &pkt->v4.query.hwaddr;

    return hwaddr->type == 1 && hwaddr->len == 6 && !(hwaddr->bytes[0] & 1) &&
           memcmp(hwaddr->bytes, nobody, sizeof(nobody)) != 0;
}

/* RFC 2131 section 4.3.5: an INFORM is answered at ciaddr. As with Kea that is so through a relay,
 * too, which the reply then knows nothing of. */
static void to_informed(BerthPacket *pkt)
{
    const BerthMsg4 *query = &pkt->v4.query;

    if (!berth_addr_is_any(query->ciaddr)) {
        pkt->v4.reply.giaddr = BERTH_ADDR4_ANY;
        berth_packet4_remove_option(pkt, BERTH_DHO_DHCP_AGENT_OPTIONS);
        to_client(pkt, query->ciaddr);
    } else if (!berth_addr_is_any(query->giaddr)) {
        /* The relay can't know where the client is. */
        pkt->v4.reply.flags |= BERTH_FLAG4_BROADCAST;
        to_relay(pkt);
    } else {
        to_client(pkt, pkt->in.src);
    }
}

BerthVerdict v4_address_reply(BerthPacket *pkt)
{
    const BerthMsg4 *query = &pkt->v4.query;
    BerthAddr broadcast = berth_addr4(UINT32_MAX);
    bool wants_broadcast = query->flags & BERTH_FLAG4_BROADCAST;

    pkt->out.src_port = BERTH_PORT4_SERVER;
    if (!v4_own_address(pkt, &pkt->out.src))
        return berth_packet_drop(pkt, BERTH_DROP_NO_LINK);
    if (query->type == BERTH_DHCPINFORM)
        to_informed(pkt);
    else if (!berth_addr_is_any(query->giaddr))
        to_relay(pkt);
    else if (pkt->v4.reply.type == BERTH_DHCPNAK)
        to_client(pkt, broadcast);
    else if (!berth_addr_is_any(query->ciaddr) && v4_is_other_host(pkt, query->ciaddr))
        to_client(pkt, query->ciaddr);
    else if (wants_broadcast || !takes_frames(pkt) || berth_addr_is_any(pkt->v4.reply.yiaddr))
        to_client(pkt, broadcast);
    else {
        to_client(pkt, pkt->v4.reply.yiaddr);
        pkt->out.to_hwaddr = true;
        pkt->out.hwaddr = query->hwaddr;
    }
    return BERTH_CONTINUE;
}

/* A reply of BOOTP has no counter of its own. */
static void count_sent(BerthPacket *pkt, BerthType4 type)
{
    v4_count(pkt->env, V4_SENT);
    if (type == BERTH_DHCPOFFER)
        v4_count(pkt->env, V4_OFFER_SENT);
    else if (type == BERTH_DHCPACK)
        v4_count(pkt->env, V4_ACK_SENT);
    else if (type == BERTH_DHCPNAK)
        v4_count(pkt->env, V4_NAK_SENT);
}

BerthVerdict v4_transmit(BerthPacket *pkt)
{
    BerthType4 type = pkt->v4.reply.type;
    BerthVerdict verdict =
        berth_packet_send(pkt, "DHCP4_PACKET_SEND", berth_type4_name(type), type);

    if (verdict == BERTH_CONTINUE)
        count_sent(pkt, type);
    return verdict;
}
