/* receive - from a UDP payload to a DHCPv6 message of a known client.
 *
 * What is wrong with a packet is found here, before anything is looked up; every refusal has its
 * row in drops.def. Which link the client is on and what to answer is left to the steps after. */
#include "core/packet/vendor.h"
#include "core/v6/reconfigure.h"
#include "core/v6/steps6.h"

BerthVerdict v6_skip_parse(BerthPacket *pkt)
{
    /* A callout that says SKIP has put a payload of its own into the packet that needs no parsing;
     * the core has no message without one, so an unparsed query is parsed all the same. */
    return pkt->parsed ? BERTH_CONTINUE : v6_parse(pkt);
}

static const BerthDropReason parse_drops[] = {
    [BERTH_PARSE6_OK] = BERTH_DROP_NONE,          [BERTH_PARSE6_SHORT] = BERTH_DROP_SHORT,
    [BERTH_PARSE6_RELAY] = BERTH_DROP_NO_RELAYED, [BERTH_PARSE6_HOPS] = BERTH_DROP_RELAY_DEPTH,
    [BERTH_PARSE6_OPTIONS] = BERTH_DROP_OPTIONS,  [BERTH_PARSE6_MANY] = BERTH_DROP_DEPTH,
    [BERTH_PARSE6_LENGTH] = BERTH_DROP_LENGTH,    [BERTH_PARSE6_TWICE] = BERTH_DROP_REPEATED,
    [BERTH_PARSE6_DUID] = BERTH_DROP_CLIENT_ID,   [BERTH_PARSE6_MEMORY] = BERTH_DROP_MEMORY,
};

BerthVerdict v6_parse(BerthPacket *pkt)
{
    BerthParse6 r;

    if (pkt->parsed)
        return BERTH_CONTINUE;
    r = berth_msg6_parse(&pkt->v6.query, pkt->in.data, &pkt->arena);
    if (r != BERTH_PARSE6_OK)
        return berth_packet_drop(pkt, parse_drops[r]);
    pkt->parsed = true;
    return BERTH_CONTINUE;
}

/* ---- what each type of message must have and must not have ---- */

typedef enum Need { ANY, MUST, NEVER } Need;

/* Who sends it, and RFC 9915 sections 16.2 to 16.12: by type. A server identifier that is there has
 * to be ours. */
typedef struct Rule {
    bool is_served, from_server;
    Need client_id, server_id, ia, oro;
    V6Counter counter; /* 0: Kea has none of its own */
} Rule;

/* clang-format off */
static const Rule rules[] = {
    [BERTH_SOLICIT]             = {true,  false, MUST, NEVER, ANY,   ANY,   V6_SOLICIT_RECEIVED},
    [BERTH_ADVERTISE]           = {false, true,  ANY,  ANY,   ANY,   ANY,   V6_ADVERTISE_RECEIVED},
    [BERTH_REQUEST]             = {true,  false, MUST, MUST,  ANY,   ANY,   V6_REQUEST_RECEIVED},
    [BERTH_CONFIRM]             = {true,  false, MUST, NEVER, ANY,   ANY,   V6_UNKNOWN_RECEIVED},
    [BERTH_RENEW]               = {true,  false, MUST, MUST,  ANY,   ANY,   V6_RENEW_RECEIVED},
    [BERTH_REBIND]              = {true,  false, MUST, NEVER, ANY,   ANY,   V6_REBIND_RECEIVED},
    [BERTH_REPLY]               = {false, true,  ANY,  ANY,   ANY,   ANY,   V6_REPLY_RECEIVED},
    [BERTH_RELEASE]             = {true,  false, MUST, MUST,  ANY,   ANY,   V6_RELEASE_RECEIVED},
    [BERTH_DECLINE]             = {true,  false, MUST, MUST,  ANY,   ANY,   V6_DECLINE_RECEIVED},
    [BERTH_RECONFIGURE]         = {false, true,  ANY,  ANY,   ANY,   ANY,   V6_UNKNOWN_RECEIVED},
    [BERTH_INFORMATION_REQUEST] = {true,  false, ANY,  ANY,   NEVER, ANY,   V6_INFREQUEST_RECEIVED},
    [14 /* LEASEQUERY */]       = {false, true,  ANY,  ANY,   ANY,   ANY,   V6_LEASE_QUERY_RECEIVED},
    [15 /* LEASEQUERY_REPLY */] = {false, true,  ANY,  ANY,   ANY,   ANY,   V6_UNKNOWN_RECEIVED},
    [20 /* DHCPV4_QUERY */]     = {false, true,  ANY,  ANY,   ANY,   ANY,   V6_DHCPV4_QUERY_RECEIVED},
    [21 /* DHCPV4_RESPONSE */]  = {false, true,  ANY,  ANY,   ANY,   ANY,   V6_DHCPV4_RESPONSE_RECEIVED},
    [BERTH_ADDR_REG_INFORM]     = {true,  false, MUST, NEVER, ANY,   NEVER, V6_ADDR_REG_INFORM_RECEIVED},
    [BERTH_ADDR_REG_REPLY]      = {false, true,  ANY,  ANY,   ANY,   ANY,   V6_ADDR_REG_REPLY_RECEIVED},
};
/* clang-format on */

static Rule rule_of(const BerthMsg6 *query)
{
    static const Rule unknown = {.counter = V6_UNKNOWN_RECEIVED};

    return (unsigned)query->type < G_N_ELEMENTS(rules) && rules[query->type].counter
               ? rules[query->type]
               : unknown;
}

static bool breaks(Need need, const BerthMsg6 *query, uint16_t code)
{
    bool has = berth_options6_find(query->options, code) != NULL;

    return (need == MUST && !has) || (need == NEVER && has);
}

static bool has_ia(const BerthMsg6 *query)
{
    return berth_options6_find(query->options, BERTH_D6O_IA_NA) ||
           berth_options6_find(query->options, BERTH_D6O_IA_TA) ||
           berth_options6_find(query->options, BERTH_D6O_IA_PD);
}

static BerthVerdict check_options(BerthPacket *pkt, const Rule *rule)
{
    const BerthMsg6 *query = &pkt->v6.query;
    BerthBytes server_id;

    if (breaks(rule->client_id, query, BERTH_D6O_CLIENTID))
        return berth_packet_drop(pkt, BERTH_DROP_NO_CLIENT);
    if (breaks(rule->server_id, query, BERTH_D6O_SERVERID))
        return berth_packet_drop(pkt, rule->server_id == MUST ? BERTH_DROP_NO_SERVER_ID
                                                              : BERTH_DROP_HAS_SERVER_ID);
    if (rule->ia == NEVER && has_ia(query))
        return berth_packet_drop(pkt, BERTH_DROP_HAS_IA);
    if (breaks(rule->oro, query, BERTH_D6O_ORO))
        return berth_packet_drop(pkt, BERTH_DROP_HAS_ORO);
    if (berth_options6_bytes(query->options, BERTH_D6O_SERVERID, &server_id) &&
        !berth_bytes_equal(server_id, pkt->env->duid))
        return berth_packet_drop(pkt, BERTH_DROP_NOT_FOR_US);
    return BERTH_CONTINUE;
}

static BerthVerdict check_type(BerthPacket *pkt, const Rule *rule)
{
    /* RFC 9915 section 16.14: nobody sends RELAY-REPL to a server. */
    if (rule->from_server || pkt->v6.query.is_relay_reply)
        return berth_packet_drop(pkt, BERTH_DROP_SERVER_TYPE);
    return rule->is_served ? BERTH_CONTINUE : berth_packet_drop(pkt, BERTH_DROP_UNKNOWN_TYPE);
}

/* ---- where it came from ---- */

static bool is_multicast(BerthAddr addr)
{
    return addr.b[0] == 0xff;
}

/* Whether a reply may go there at all. */
static bool is_host(BerthAddr addr)
{
    return !is_multicast(addr) && !berth_addr_is4(addr) && !berth_addr_is_any(addr);
}

static bool is_of_interface(const BerthPacket *pkt, BerthAddr addr)
{
    for (unsigned i = 0; i < pkt->iface.n_addrs; i++)
        if (!berth_addr_is4(pkt->iface.addrs[i]) &&
            berth_prefix_contains(pkt->iface.addrs[i], pkt->iface.prefix_lens[i], addr))
            return true;
    return false;
}

/* RFC 8415 section 16: what is for all servers is discarded. The Server Unicast option is gone from
 * RFC 9915, and clients use the group; but as with Kea, who was told an address of ours by it is
 * answered. */
static bool may_be_unicast(BerthType6 type)
{
    return type == BERTH_REQUEST || type == BERTH_RENEW || type == BERTH_RELEASE ||
           type == BERTH_DECLINE;
}

/* RFC 9915 section 13.1: a client sends from its link-local address, and one that registers an
 * address from that one. Somebody further away is no client of this link; a reply never goes
 * anywhere because a forged source said so. */
static BerthVerdict check_client_source(BerthPacket *pkt)
{
    BerthAddr src = pkt->in.src;

    if (berth_net_is_own(pkt->env->net, src) || berth_iface_has_addr(&pkt->iface, src))
        return berth_packet_drop(pkt, BERTH_DROP_OWN_PACKET);
    if (!v6_is_link_local(src) && pkt->v6.query.type != BERTH_ADDR_REG_INFORM &&
        !is_of_interface(pkt, src))
        return berth_packet_drop(pkt, BERTH_DROP_BAD_ADDRESS);
    if (!is_multicast(pkt->in.dst) && !may_be_unicast(pkt->v6.query.type))
        return berth_packet_drop(pkt, BERTH_DROP_UNICAST);
    return BERTH_CONTINUE;
}

static BerthVerdict check_relays(BerthPacket *pkt)
{
    const BerthMsg6 *query = &pkt->v6.query;

    for (unsigned i = 0; i < query->n_relays; i++) {
        BerthAddr link = query->relays[i].link, peer = query->relays[i].peer;

        /* A layer 2 relay has no address to name: RFC 6221 section 5.2.1. */
        if ((!berth_addr_is_any(link) && !is_host(link)) ||
            (!berth_addr_is_any(peer) && !is_host(peer)))
            return berth_packet_drop(pkt, BERTH_DROP_BAD_RELAY);
    }
    return BERTH_CONTINUE;
}

static BerthVerdict check_source(BerthPacket *pkt)
{
    if (pkt->in.src_port == 0)
        return berth_packet_drop(pkt, BERTH_DROP_OWN_PACKET);
    if (!is_host(pkt->in.src))
        return berth_packet_drop(pkt, BERTH_DROP_BAD_ADDRESS);
    return pkt->v6.query.n_relays > 0 ? check_relays(pkt) : check_client_source(pkt);
}

/* ---- all of it ---- */

static void say_received(BerthPacket *pkt)
{
    berth_packet_log(pkt, BERTH_INFO, "packets", "DHCP6_PACKET_RECEIVED",
                     ": %s (type %u) received from %s to %s on interface %s",
                     berth_type6_name(pkt->v6.query.type), pkt->v6.query.type,
                     berth_addr_text(pkt->in.src, (char[BERTH_ADDR_TEXT]){0}),
                     berth_addr_text(pkt->in.dst, (char[BERTH_ADDR_TEXT]){0}), pkt->iface.name);
}

BerthVerdict v6_check(BerthPacket *pkt)
{
    const Rule rule = rule_of(&pkt->v6.query);
    BerthVerdict verdict;

    v6_count(pkt->env, rule.counter);
    pkt->client.classes = &pkt->class_set;
    berth_options6_bytes(pkt->v6.query.options, BERTH_D6O_CLIENTID, &pkt->client.client_id);
    v6_find_hwaddr(pkt);
    verdict = check_type(pkt, &rule);
    if (verdict == BERTH_CONTINUE)
        verdict = check_source(pkt);
    if (verdict == BERTH_CONTINUE)
        verdict = check_options(pkt, &rule);
    if (verdict == BERTH_CONTINUE && !v6_fqdn_is_good(pkt))
        verdict = berth_packet_drop(pkt, BERTH_DROP_NAME);
    if (verdict == BERTH_CONTINUE && !berth_packet_has_sound_vendors(pkt))
        verdict = berth_packet_drop(pkt, BERTH_DROP_VENDOR_CLASS);
    if (verdict == BERTH_CONTINUE)
        say_received(pkt);
    return verdict;
}

BerthVerdict v6_claim_client(BerthPacket *pkt)
{
    return berth_packet_claim_client(pkt, pkt->client.client_id);
}

BerthVerdict v6_dispatch(BerthPacket *pkt)
{
    v6_reconfigure_heard(pkt->env->reconfigure, pkt->client.client_id, pkt->v6.query.type);
    switch ((unsigned)pkt->v6.query.type) {
    case BERTH_SOLICIT:
        return berth_packet_enter(pkt, &berth_solicit6);
    case BERTH_REQUEST:
        return berth_packet_enter(pkt, &berth_request6);
    case BERTH_CONFIRM:
        return berth_packet_enter(pkt, &berth_confirm6);
    case BERTH_RENEW:
        return berth_packet_enter(pkt, &berth_renew6);
    case BERTH_REBIND:
        return berth_packet_enter(pkt, &berth_rebind6);
    case BERTH_RELEASE:
        return berth_packet_enter(pkt, &berth_release6);
    case BERTH_DECLINE:
        return berth_packet_enter(pkt, &berth_decline6);
    case BERTH_INFORMATION_REQUEST:
        return berth_packet_enter(pkt, &berth_inform6);
    case BERTH_ADDR_REG_INFORM:
        return berth_packet_enter(pkt, &berth_register6);
    default:
        return berth_packet_drop(pkt, BERTH_DROP_UNKNOWN_TYPE);
    }
}
