/* receive - from a UDP payload to a DHCPv4 message of a known client.
 *
 * What is wrong with a packet is found here, before anything is looked up; every refusal has its
 * row in drops.def. Which subnet and what to answer is left to the steps after. */
#include "core/packet/vendor.h"
#include "core/v4/steps4.h"

BerthVerdict v4_skip_parse(BerthPacket *pkt)
{
    /* A callout that says SKIP has put a payload of its own into the packet that needs no parsing;
     * the core has no message without one, so an unparsed query is parsed all the same. */
    return pkt->parsed ? BERTH_CONTINUE : v4_parse(pkt);
}

static const BerthDropReason parse_drops[] = {
    [BERTH_PARSE4_OK] = BERTH_DROP_NONE,           [BERTH_PARSE4_SHORT] = BERTH_DROP_SHORT,
    [BERTH_PARSE4_COOKIE] = BERTH_DROP_COOKIE,     [BERTH_PARSE4_OP] = BERTH_DROP_OP,
    [BERTH_PARSE4_HLEN] = BERTH_DROP_HLEN,         [BERTH_PARSE4_OPTIONS] = BERTH_DROP_OPTIONS,
    [BERTH_PARSE4_OVERLOAD] = BERTH_DROP_OVERLOAD, [BERTH_PARSE4_LENGTH] = BERTH_DROP_LENGTH,
    [BERTH_PARSE4_MEMORY] = BERTH_DROP_MEMORY,
};

BerthVerdict v4_parse(BerthPacket *pkt)
{
    BerthParse4 r;

    if (pkt->parsed)
        return BERTH_CONTINUE;
    r = berth_msg4_parse(&pkt->v4.query, pkt->in.data, BERTH_BOOTREQUEST, &pkt->arena);
    if (r != BERTH_PARSE4_OK)
        return berth_packet_drop(pkt, parse_drops[r]);
    pkt->parsed = true;
    return BERTH_CONTINUE;
}

bool v4_is_net_itself(BerthAddr net, uint8_t len, BerthAddr addr)
{
    uint32_t hosts = len < 32 ? UINT32_MAX >> len : 0;
    uint32_t host = berth_addr_to4(addr) & hosts;

    /* RFC 3021: of two addresses both are hosts'. */
    return len < 31 && (host == 0 || host == hosts) && berth_addr_is4(net) &&
           berth_addr_is4(addr) &&
           (berth_addr_to4(net) & ~hosts) == (berth_addr_to4(addr) & ~hosts);
}

/* Whether it can be the address of another host on this link: RFC 1812 section 5.3.7 lists what
 * can't. A reply never goes anywhere else because a query said so. */
bool v4_is_other_host(const BerthPacket *pkt, BerthAddr addr)
{
    uint32_t net = berth_addr_to4(addr) >> 24;

    if (net == 0 || net == 127 || net >= 224 || berth_net_is_own(pkt->env->net, addr))
        return false;
    for (unsigned i = 0; i < pkt->iface.n_addrs; i++)
        if (v4_is_net_itself(pkt->iface.addrs[i], pkt->iface.prefix_lens[i], addr))
            return false;
    return true;
}

/* RFC 2131 table 5: what has its address elsewhere leaves ciaddr empty; if it does not, nothing
 * comes of it. */
static bool uses_ciaddr(const BerthMsg4 *query)
{
    return query->type != BERTH_DHCPDISCOVER &&
           !(query->type == BERTH_DHCPREQUEST &&
             query->has_option[BERTH_DHO_DHCP_SERVER_IDENTIFIER] &&
             query->has_option[BERTH_DHO_DHCP_REQUESTED_ADDRESS]);
}

/* Where an INFORM without ciaddr would be answered. */
static bool answers_source(const BerthPacket *pkt)
{
    return pkt->v4.query.type == BERTH_DHCPINFORM && berth_addr_is_any(pkt->v4.query.ciaddr) &&
           !berth_addr_is_any(pkt->in.src);
}

static BerthVerdict check_addresses(BerthPacket *pkt)
{
    const BerthMsg4 *query = &pkt->v4.query;
    bool relayed = !berth_addr_is_any(query->giaddr);

    if (pkt->in.src_port == 0)
        return berth_packet_drop(pkt, BERTH_DROP_OWN_PACKET);
    if (relayed && !v4_is_other_host(pkt, query->giaddr))
        return berth_packet_drop(pkt, BERTH_DROP_BAD_RELAY);
    if (!relayed && berth_net_is_own(pkt->env->net, pkt->in.src))
        return berth_packet_drop(pkt, BERTH_DROP_OWN_PACKET);
    if (uses_ciaddr(query) && !berth_addr_is_any(query->ciaddr) &&
        !v4_is_other_host(pkt, query->ciaddr))
        return berth_packet_drop(pkt, BERTH_DROP_BAD_ADDRESS);
    if (!relayed && answers_source(pkt) && !v4_is_other_host(pkt, pkt->in.src))
        return berth_packet_drop(pkt, BERTH_DROP_BAD_ADDRESS);
    return BERTH_CONTINUE;
}

/* What has no step of its own for this: RFC 2131 table 5 allows none in a DISCOVER, and an INFORM
 * may name one, as with Kea. */
static BerthVerdict check_server_id(BerthPacket *pkt)
{
    const BerthType4 type = pkt->v4.query.type;

    return type == BERTH_DHCPDISCOVER || type == BERTH_DHCPINFORM ? v4_check_server_id(pkt)
                                                                  : BERTH_CONTINUE;
}

/* RFC 2131 section 4.2: the client identifier if there is one, else the hardware address. */
static BerthVerdict identify(BerthPacket *pkt)
{
    BerthBytes id;

    pkt->client.classes = &pkt->class_set;
    pkt->client.hwaddr = pkt->v4.query.hwaddr;
    if (berth_msg4_bytes(&pkt->v4.query, BERTH_DHO_DHCP_CLIENT_IDENTIFIER, &id)) {
        /* RFC 2132 section 9.14: its minimum length is 2. */
        if (id.len < 2 || id.len > 255)
            return berth_packet_drop(pkt, BERTH_DROP_CLIENT_ID);
        pkt->client.client_id = id;
    }
    if (pkt->client.hwaddr.len == 0 && pkt->client.client_id.len == 0)
        return berth_packet_drop(pkt, BERTH_DROP_NO_CLIENT);
    return BERTH_CONTINUE;
}

BerthCounter **v4_counters_new(BerthStats *stats)
{
    static const char *const names[] = {
#define BERTH_COUNTER4(NAME, name) name,
#include "core/v4/counters4.def"
#undef BERTH_COUNTER4
    };

    return berth_stats_counters(stats, names, V4_COUNTERS);
}

/* The counters stand in the order of option 53. */
static void count_received(BerthPacket *pkt)
{
    BerthType4 type = pkt->v4.query.type;

    v4_count(pkt->env, type >= BERTH_DHCPDISCOVER && type <= BERTH_DHCPINFORM
                           ? V4_RECEIVED + type
                           : V4_UNKNOWN_RECEIVED);
}

BerthVerdict v4_check(BerthPacket *pkt)
{
    BerthVerdict verdict;

    count_received(pkt);
    pkt->v4.asked_directly = berth_net_is_own(pkt->env->net, pkt->in.dst);
    if (!pkt->v4.query.has_option[BERTH_DHO_DHCP_MESSAGE_TYPE])
        return berth_packet_drop(pkt, BERTH_DROP_NO_TYPE);
    verdict = check_addresses(pkt);
    if (verdict == BERTH_CONTINUE)
        verdict = identify(pkt);
    if (verdict == BERTH_CONTINUE)
        verdict = check_server_id(pkt);
    if (verdict == BERTH_CONTINUE && !v4_fqdn_is_good(pkt))
        verdict = berth_packet_drop(pkt, BERTH_DROP_NAME);
    if (verdict == BERTH_CONTINUE && !berth_packet_has_sound_vendors(pkt))
        verdict = berth_packet_drop(pkt, BERTH_DROP_VENDOR_CLASS);
    if (verdict != BERTH_CONTINUE)
        return verdict;
    v4_recover_relay_info(pkt);
    berth_packet_log(pkt, BERTH_INFO, "packets", "DHCP4_PACKET_RECEIVED",
                     ": %s (type %u) received from %s to %s on interface %s",
                     berth_type4_name(pkt->v4.query.type), pkt->v4.query.type,
                     berth_addr_text(pkt->in.src, (char[BERTH_ADDR_TEXT]){0}),
                     berth_addr_text(pkt->in.dst, (char[BERTH_ADDR_TEXT]){0}), pkt->iface.name);
    return BERTH_CONTINUE;
}

BerthVerdict v4_claim_client(BerthPacket *pkt)
{
    const BerthClient *client = &pkt->client;
    BerthBytes hwaddr = {client->hwaddr.bytes, client->hwaddr.len};

    return berth_packet_claim_client(pkt, client->client_id.len ? client->client_id : hwaddr);
}

BerthVerdict v4_dispatch(BerthPacket *pkt)
{
    switch ((unsigned)pkt->v4.query.type) {
    case BERTH_DHCPDISCOVER:
        return berth_packet_enter(pkt, &berth_discover4);
    case BERTH_DHCPREQUEST:
        return berth_packet_enter(pkt, &berth_request4);
    case BERTH_DHCPDECLINE:
        return berth_packet_enter(pkt, &berth_decline4);
    case BERTH_DHCPRELEASE:
        return berth_packet_enter(pkt, &berth_release4);
    case BERTH_DHCPINFORM:
        return berth_packet_enter(pkt, &berth_inform4);
    case BERTH_DHCPOFFER:
    case BERTH_DHCPACK:
    case BERTH_DHCPNAK:
        return berth_packet_drop(pkt, BERTH_DROP_SERVER_TYPE);
    default:
        return berth_packet_drop(pkt, BERTH_DROP_UNKNOWN_TYPE);
    }
}
