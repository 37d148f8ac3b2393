/* dest - packing a reply, where it goes (RFC 9915 sections 18.3.10 and 19.3), and handing it to the
 * net. */
#include "core/v6/steps6.h"

BerthVerdict v6_address_reply(BerthPacket *pkt)
{
    const BerthMsg6 *query = &pkt->v6.query;

    pkt->out.src_port = BERTH_PORT6_SERVER;
    /* From the address that a relay has asked; else the net finds one that fits. */
    pkt->out.src = pkt->in.dst.b[0] == 0xff ? BERTH_ADDR6_ANY : pkt->in.dst;
    pkt->out.dst = pkt->in.src;
    pkt->out.dst_port = BERTH_PORT6_CLIENT;
    if (query->n_relays == 0)
        return BERTH_CONTINUE;
    pkt->out.dst_port = BERTH_PORT6_SERVER;
    /* RFC 8357 section 5.2: a relay with the option is answered at its own port. */
    if (berth_options6_find(query->relays[0].options, BERTH_D6O_RELAY_SOURCE_PORT))
        pkt->out.dst_port = pkt->in.src_port;
    return BERTH_CONTINUE;
}

BerthVerdict v6_skip_pack(BerthPacket *pkt)
{
    pkt->packed = pkt->out.data.len > 0;
    return BERTH_CONTINUE;
}

/* As much as the reply can take: relays get back no more than they sent. */
static size_t room_for(const BerthPacket6 *v6)
{
    size_t len = BERTH_MSG6_HEADER;

    for (unsigned i = 0; i < v6->n_options; i++)
        len += 4 + v6->options[i].value.len;
    for (unsigned i = 0; i < v6->query.n_relays; i++) {
        len += BERTH_MSG6_RELAY_HEADER + 4;
        for (BERTH_EACH_OPTION6(option, v6->query.relays[i].options))
            len += 4 + option->value.len;
    }
    return MIN(len, BERTH_MSG6_MAX);
}

BerthVerdict v6_pack(BerthPacket *pkt)
{
    BerthPacket6 *v6 = &pkt->v6;
    size_t size = room_for(v6);
    BerthMsg6Left left;
    uint8_t *buffer;
    BerthWriter w;

    if (pkt->packed)
        return BERTH_CONTINUE;
    buffer = berth_arena_take(&pkt->arena, size);
    if (!buffer)
        return berth_packet_drop(pkt, BERTH_DROP_MEMORY);
    w = berth_writer(buffer, size);
    if (berth_msg6_write(&v6->reply, v6->options, v6->n_options, &v6->query, &w, &left) < 0)
        return berth_packet_drop(pkt, BERTH_DROP_PACK);
    if (left.options > 0)
        berth_packet_log(pkt, BERTH_DEBUG, "options", "DHCP6_PACKET_OPTIONS_SKIPPED",
                         ": %u options did not fit into %zu bytes and were left out", left.options,
                         size);
    pkt->out.data = berth_writer_bytes(&w);
    pkt->packed = true;
    return BERTH_CONTINUE;
}

static V6Counter sent_counter(BerthType6 type)
{
    switch (type) {
    case BERTH_ADVERTISE:
        return V6_ADVERTISE_SENT;
    case BERTH_ADDR_REG_REPLY:
        return V6_ADDR_REG_REPLY_SENT;
    default:
        return V6_REPLY_SENT;
    }
}

BerthVerdict v6_transmit(BerthPacket *pkt)
{
    BerthType6 type = pkt->v6.reply.type;
    BerthVerdict verdict =
        berth_packet_send(pkt, "DHCP6_PACKET_SEND", berth_type6_name(type), type);

    if (verdict == BERTH_CONTINUE) {
        v6_count(pkt->env, V6_SENT);
        v6_count(pkt->env, sent_counter(type));
    }
    return verdict;
}
