/* macsource - the hardware address of a client, which DHCPv6 does not carry: found where the
 * configuration's mac-sources look for it, in their order. It is told in logs, kept with the lease,
 * and never what identifies a client. */
#include "core/v6/steps6.h"

#define DOCSIS 4491
#define DOCSIS_DEVICE_ID 36
#define DOCSIS_CMTS_CM_MAC 1026
#define ETHERNET 1

static bool take_bytes(BerthBytes bytes, BerthHwaddr *ret)
{
    if (bytes.len == 0 || bytes.len > sizeof(ret->bytes))
        return false;
    *ret = (BerthHwaddr){.type = ETHERNET, .len = (uint8_t)bytes.len};
    memcpy(ret->bytes, bytes.data, bytes.len);
    return true;
}

/* RFC 4291 appendix A: an EUI-64 made of a MAC address has ff:fe in its middle and one bit turned.
 */
static bool from_link_local(const BerthPacket *pkt, BerthHwaddr *ret)
{
    const BerthMsg6 *query = &pkt->v6.query;
    BerthAddr addr = query->n_relays > 0 ? query->relays[query->n_relays - 1].peer : pkt->in.src;
    const uint8_t *id = addr.b + 8;

    if (!v6_is_link_local(addr) || id[3] != 0xff || id[4] != 0xfe)
        return false;
    *ret = (BerthHwaddr){ETHERNET, 6, {id[0] ^ 2, id[1], id[2], id[5], id[6], id[7]}};
    return true;
}

static bool from_docsis(BerthOptions6 options, uint16_t code, BerthHwaddr *ret)
{
    const BerthOption6 *vendor = berth_options6_vendor(options, BERTH_D6O_VENDOR_OPTS, DOCSIS);
    BerthBytes bytes;

    return vendor && berth_options6_bytes(berth_option6_inside(vendor), code, &bytes) &&
           take_bytes(bytes, ret);
}

static bool from_cmts(const BerthMsg6 *query, BerthHwaddr *ret)
{
    for (unsigned i = query->n_relays; i > 0; i--)
        if (from_docsis(query->relays[i - 1].options, DOCSIS_CMTS_CM_MAC, ret))
            return true;
    return false;
}

static bool from_source(const BerthPacket *pkt, BerthMacSource source, BerthHwaddr *ret)
{
    const BerthMsg6 *query = &pkt->v6.query;
    const BerthOption6 *option;
    BerthVendor6 remote;

    switch (source) {
    case BERTH_MAC_DUID:
        return berth_duid_hwaddr(pkt->client.client_id, ret);
    case BERTH_MAC_LINK_LOCAL:
        return from_link_local(pkt, ret);
    case BERTH_MAC_CLIENT_LINK_ADDR:
        option = berth_msg6_relay_option(query, BERTH_D6O_CLIENT_LINKLAYER_ADDR);
        return option && berth_option6_hwaddr(option, ret);
    case BERTH_MAC_REMOTE_ID:
        option = berth_msg6_relay_option(query, BERTH_D6O_REMOTE_ID);
        return option && berth_option6_vendor(option, &remote) && take_bytes(remote.value, ret);
    case BERTH_MAC_SUBSCRIBER_ID:
        option = berth_msg6_relay_option(query, BERTH_D6O_SUBSCRIBER_ID);
        return option && take_bytes(option->value, ret);
    case BERTH_MAC_DOCSIS_CMTS:
        return from_cmts(query, ret);
    case BERTH_MAC_DOCSIS_MODEM:
        return from_docsis(query->options, DOCSIS_DEVICE_ID, ret);
    case BERTH_MAC_RAW: /* UDP sockets show no frames */
    case BERTH_MAC_SOURCES:
        break;
    }
    return false;
}

void v6_find_hwaddr(BerthPacket *pkt)
{
    const BerthFamilyConf *conf = &pkt->conf->v6;

    for (size_t i = 0; i < conf->n_mac_sources; i++) {
        BerthMacSource source = conf->mac_sources[i];

        if (!from_source(pkt, source, &pkt->client.hwaddr))
            continue;
        /* The bits of Kea's column hwaddr_source stand in the order of the sources. */
        pkt->v6.hwaddr_source = (uint8_t)(1u << source);
        return;
    }
}
