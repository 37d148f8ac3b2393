/* select - which subnet a query belongs to. */
#include "core/v6/steps6.h"

bool v6_is_link_local(BerthAddr addr)
{
    return addr.b[0] == 0xfe && (addr.b[1] & 0xc0) == 0x80;
}

/* The subnet of the interface: bound to it by name, else the one that an address of it lies in. */
static const BerthSubnet *subnet_of_interface(const BerthPacket *pkt)
{
    const BerthFamilyConf *conf = &pkt->conf->v6;
    const BerthSubnet *subnet =
        berth_conf_subnet_by_interface(conf, pkt->iface.name, &pkt->class_set);

    for (unsigned i = 0; !subnet && i < pkt->iface.n_addrs; i++)
        if (!berth_addr_is4(pkt->iface.addrs[i]))
            subnet = berth_conf_subnet_of(conf, pkt->iface.addrs[i], &pkt->class_set);
    return subnet;
}

/* RFC 9915 section 21.18: what the relay nearest to the client calls the client's link. */
static const BerthSubnet *subnet_of_interface_id(const BerthPacket *pkt)
{
    const BerthMsg6 *query = &pkt->v6.query;
    const BerthSubnet *subnet = NULL;
    BerthBytes id;

    for (unsigned i = query->n_relays; i > 0 && !subnet; i--)
        if (berth_options6_bytes(query->relays[i - 1].options, BERTH_D6O_INTERFACE_ID, &id))
            subnet = berth_conf_subnet_by_interface_id(&pkt->conf->v6, id, &pkt->class_set);
    return subnet;
}

static const BerthSubnet *find_subnet(const BerthPacket *pkt)
{
    const BerthSubnet *subnet = subnet_of_interface_id(pkt);
    BerthAddr link;

    if (subnet)
        return subnet;
    /* RFC 9915 section 13.1. */
    if (berth_query6_link(pkt, &link))
        return berth_conf_subnet_by_relay(&pkt->conf->v6, link, &pkt->class_set);
    /* Direct, or through relays of layer 2 alone, which are on the client's link as we are. */
    return subnet_of_interface(pkt);
}

BerthVerdict v6_select_subnet(BerthPacket *pkt)
{
    pkt->subnet = find_subnet(pkt);
    if (!pkt->subnet)
        berth_packet_log(pkt, BERTH_DEBUG, "packets", "DHCP6_SUBNET_SELECTION_FAILED",
                         ": no subnet serves this query");
    else
        berth_packet_log(pkt, BERTH_DEBUG, "packets", "DHCP6_SUBNET_SELECTED",
                         ": the subnet with ID %u was selected for client assignments",
                         pkt->subnet->id);
    return BERTH_CONTINUE;
}

BerthVerdict v6_no_subnet(BerthPacket *pkt)
{
    pkt->subnet = NULL;
    return BERTH_CONTINUE;
}
