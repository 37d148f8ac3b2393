/* select - which subnet a query belongs to, and which address of ours answers it. */
#include "core/v4/steps4.h"

/* Sub-options of the relay agent information. */
#define LINK_SELECTION 5      /* RFC 3527 */
#define SERVER_ID_OVERRIDE 11 /* RFC 5107 */

static bool relay_says(const BerthPacket *pkt, uint8_t sub, BerthAddr *ret)
{
    BerthBytes value;

    if (!berth_query4_get_sub(pkt, BERTH_DHO_DHCP_AGENT_OPTIONS, sub, &value) || value.len != 4)
        return false;
    *ret = BERTH_ADDR4_ANY;
    memcpy(ret->b + 12, value.data, 4);
    return !berth_addr_is_any(*ret);
}

/* The subnet of the interface: bound to it by name, else the one that an address of it lies in. */
static const BerthSubnet *subnet_of_interface(const BerthPacket *pkt)
{
    const BerthSubnet *subnet =
        berth_conf_subnet_by_interface(&pkt->conf->v4, pkt->iface.name, &pkt->class_set);

    for (unsigned i = 0; !subnet && i < pkt->iface.n_addrs; i++)
        if (berth_addr_is4(pkt->iface.addrs[i]))
            subnet = berth_conf_subnet_of(&pkt->conf->v4, pkt->iface.addrs[i], &pkt->class_set);
    return subnet;
}

static bool is_on_interface(const BerthPacket *pkt, const BerthSubnet *subnet)
{
    for (unsigned i = 0; i < pkt->iface.n_addrs; i++)
        if (berth_addr_is4(pkt->iface.addrs[i]) &&
            berth_prefix_contains(subnet->prefix, subnet->prefix_len, pkt->iface.addrs[i]))
            return true;
    return false;
}

/* The link that the query names itself. RFC 3527 section 3: the relay's word goes before the
 * client's subnet selection (RFC 3011). */
static bool names_link(const BerthPacket *pkt, BerthAddr *ret)
{
    return (!pkt->conf->v4.ignore_link_selection && relay_says(pkt, LINK_SELECTION, ret)) ||
           (berth_msg4_addr(&pkt->v4.query, BERTH_DHO_SUBNET_SELECTION, ret) &&
            !berth_addr_is_any(*ret));
}

static const BerthSubnet *find_subnet(const BerthPacket *pkt)
{
    const BerthMsg4 *query = &pkt->v4.query;
    const BerthSubnet *subnet = NULL;
    BerthAddr link;

    /* It is a subnet of ours, or nobody's. */
    if (names_link(pkt, &link))
        return berth_conf_subnet_of(&pkt->conf->v4, link, &pkt->class_set);
    /* RFC 2131 section 4.3.1: giaddr says where a relayed client is, and only it. */
    if (!berth_addr_is_any(query->giaddr))
        return berth_conf_subnet_by_relay(&pkt->conf->v4, query->giaddr, &pkt->class_set);
    /* A client that renews may be behind a relay and write to us directly: its address tells. One
     * that broadcasts is on this link, whatever address it still has. */
    if (!berth_addr_is_any(query->ciaddr))
        subnet = berth_conf_subnet_of(&pkt->conf->v4, query->ciaddr, &pkt->class_set);
    else if (pkt->v4.asked_directly && !berth_addr_is_any(pkt->in.src))
        subnet = berth_conf_subnet_of(&pkt->conf->v4, pkt->in.src, &pkt->class_set);
    if (subnet && (pkt->v4.asked_directly || is_on_interface(pkt, subnet)))
        return subnet;
    return subnet_of_interface(pkt);
}

BerthVerdict v4_select_subnet(BerthPacket *pkt)
{
    const BerthSubnet *subnet = find_subnet(pkt);

    pkt->subnet = subnet;
    if (!subnet) {
        berth_packet_log(pkt, BERTH_DEBUG, "packets", "DHCP4_SUBNET_SELECTION_FAILED",
                         ": failed to select subnet for the client");
        return BERTH_CONTINUE;
    }
    /* The network's own two addresses are no relay; sending there would be a broadcast. */
    if (!berth_addr_is_any(pkt->v4.query.giaddr) &&
        v4_is_net_itself(subnet->prefix, subnet->prefix_len, pkt->v4.query.giaddr))
        return berth_packet_drop(pkt, BERTH_DROP_BAD_RELAY);
    v4_say_subnet(pkt, subnet);
    return BERTH_CONTINUE;
}

BerthVerdict v4_no_subnet(BerthPacket *pkt)
{
    pkt->subnet = NULL;
    return BERTH_CONTINUE;
}

/* What a client gives back or complains of is known by its address, wherever it now is. */
static const BerthSubnet *subnet_of_lease(const BerthPacket *pkt)
{
    const BerthMsg4 *query = &pkt->v4.query;
    BerthAddr addr = query->ciaddr;
    BerthLease lease;

    if (query->type == BERTH_DHCPDECLINE)
        berth_msg4_addr(query, BERTH_DHO_DHCP_REQUESTED_ADDRESS, &addr);
    else if (query->type != BERTH_DHCPRELEASE)
        return NULL;
    return berth_table_get(berth_leases_table(pkt->env->leases), addr, &lease)
               ? berth_conf_subnet_by_id(&pkt->conf->v4, lease.subnet_id)
               : NULL;
}

/* From where no subnet is nobody is answered, but who asks for what this very server has offered,
 * and not by a broadcast that others hear: as with Kea it is told to start over. */
static BerthVerdict answer_unplaced(BerthPacket *pkt)
{
    const BerthMsg4 *query = &pkt->v4.query;
    BerthAddr id;

    berth_packet_log(pkt, BERTH_ERROR, "bad-packets", "DHCP4_PACKET_NAK_0001",
                     ": failed to select a subnet for incoming packet, src %s, type %s",
                     berth_addr_text(pkt->in.src, (char[BERTH_ADDR_TEXT]){0}),
                     berth_type4_name(query->type));
    if (query->type != BERTH_DHCPREQUEST ||
        (berth_addr_is_any(query->giaddr) && !pkt->v4.asked_directly) ||
        !berth_msg4_addr(query, BERTH_DHO_DHCP_SERVER_IDENTIFIER, &id) ||
        !v4_server_id_is_ours(pkt, id))
        return berth_packet_drop_said(pkt, BERTH_DROP_NO_SUBNET);
    return berth_packet_enter(pkt, &berth_nak4);
}

BerthVerdict v4_need_subnet(BerthPacket *pkt)
{
    if (!pkt->subnet)
        pkt->subnet = subnet_of_lease(pkt);
    if (!pkt->subnet)
        return answer_unplaced(pkt);
    /* match-client-id false: the hardware address alone tells clients apart. */
    if (!pkt->subnet->params.match_client_id && pkt->client.hwaddr.len > 0)
        pkt->client.client_id = (BerthBytes){0};
    v4_say_client(pkt);
    return BERTH_CONTINUE;
}

/* A configured option 54 replaces the address of the interface. */
static bool configured_id(BerthPacket *pkt, BerthAddr *ret)
{
    const BerthScope scope = {
        .family = &pkt->conf->v4,
        .subnet = pkt->subnet,
        .classes = &pkt->class_set,
        .pools = {pkt->n_leases ? berth_conf_pool_of(pkt->subnet, pkt->leases[0].lease.addr)
                                : NULL},
    };
    const BerthOptData *opt = berth_conf_option(&scope, BERTH_DHO_DHCP_SERVER_IDENTIFIER);

    if (!opt || opt->value.len != 4)
        return false;
    *ret = berth_addr4((uint32_t)opt->value.data[0] << 24 | (uint32_t)opt->value.data[1] << 16 |
                       (uint32_t)opt->value.data[2] << 8 | opt->value.data[3]);
    return true;
}

/* The address that was asked, else one on the client's subnet, else the interface's first. */
bool v4_own_address(BerthPacket *pkt, BerthAddr *ret)
{
    bool found = false;

    if (pkt->v4.asked_directly) {
        *ret = pkt->in.dst;
        return true;
    }
    for (unsigned i = 0; i < pkt->iface.n_addrs; i++) {
        BerthAddr own = pkt->iface.addrs[i];

        if (!berth_addr_is4(own))
            continue;
        if (!found)
            *ret = own;
        found = true;
        if (pkt->subnet &&
            berth_prefix_contains(pkt->subnet->prefix, pkt->subnet->prefix_len, own)) {
            *ret = own;
            break;
        }
    }
    return found;
}

bool v4_server_id(BerthPacket *pkt, BerthAddr *ret)
{
    /* RFC 5107 section 4: the relay wants to be asked instead of us. */
    return relay_says(pkt, SERVER_ID_OVERRIDE, ret) || configured_id(pkt, ret) ||
           v4_own_address(pkt, ret);
}

bool v4_server_id_is_ours(BerthPacket *pkt, BerthAddr id)
{
    BerthAddr other;

    /* RFC 2131 section 4.1: any of our addresses is ours, not only the one we would name. As with
     * Kea, any that some scope configures is. */
    return (pkt->v4.asked_directly && berth_addr_equal(id, pkt->in.dst)) ||
           berth_net_is_own(pkt->env->net, id) ||
           (relay_says(pkt, SERVER_ID_OVERRIDE, &other) && berth_addr_equal(other, id)) ||
           berth_conf_is_server_id(&pkt->conf->v4, id) || pkt->conf->v4.ignore_server_id;
}

BerthVerdict v4_check_server_id(BerthPacket *pkt)
{
    BerthAddr id;

    if (!berth_msg4_addr(&pkt->v4.query, BERTH_DHO_DHCP_SERVER_IDENTIFIER, &id))
        return BERTH_CONTINUE;
    /* RFC 2131 table 5: a DISCOVER has none. */
    if (pkt->v4.query.type == BERTH_DHCPDISCOVER)
        return berth_packet_drop(pkt, BERTH_DROP_HAS_SERVER_ID);
    return v4_server_id_is_ours(pkt, id) ? BERTH_CONTINUE
                                         : berth_packet_drop(pkt, BERTH_DROP_NOT_FOR_US);
}
