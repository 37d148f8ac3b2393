/* reply - OFFER, ACK and NAK: header fields, and what the server says itself (RFC 2131 table 3).
 * What is configured is added by options.c. */
#include "core/packet/classes.h"
#include "core/packet/hosts.h"
#include "core/v4/steps4.h"

#include <errno.h>

#define IP_DATAGRAM_MIN 576 /* what every client takes, RFC 2131 section 2 */

static void start_reply(BerthPacket *pkt, BerthType4 type)
{
    const BerthMsg4 *query = &pkt->v4.query;
    BerthMsg4 *reply = &pkt->v4.reply;

    pkt->has_reply = true;
    pkt->v4.n_options = 0;
    berth_msg4_clear_fixed(reply);
    reply->op = BERTH_BOOTREPLY;
    reply->xid = query->xid;
    reply->flags = query->flags;
    reply->ciaddr = reply->yiaddr = reply->siaddr = BERTH_ADDR4_ANY;
    reply->giaddr = query->giaddr;
    reply->hwaddr = query->hwaddr;
    reply->type = type;
}

static int add_u32(BerthPacket *pkt, uint8_t code, uint32_t value)
{
    uint8_t *bytes = berth_arena_take(&pkt->arena, sizeof(value));
    BerthWriter w = berth_writer(bytes, bytes ? sizeof(value) : 0);

    berth_write_u32(&w, value);
    return w.full ? -ENOSPC : berth_packet4_add_option(pkt, code, berth_writer_bytes(&w));
}

/* As configured, or calculated; 0: not sent. */
static uint32_t timer(const BerthParams *params, int64_t configured, double part, uint32_t valid)
{
    if (configured >= 0)
        return (uint32_t)configured;
    return params->calculate_tee_times ? (uint32_t)(part * valid + 0.5) : 0;
}

/* T1 and T2; left out when they do not fit below the lifetime (RFC 2131 section 4.4.5: T1 < T2 <
 * lease). */
static int add_timers(BerthPacket *pkt, uint32_t valid_sec)
{
    const BerthParams *params = &pkt->subnet->params;
    const uint32_t t1 = timer(params, params->renew_sec, params->t1_percent, valid_sec);
    const uint32_t t2 = timer(params, params->rebind_sec, params->t2_percent, valid_sec);
    const bool has_t2 = t2 > 0 && t2 < valid_sec;
    int r = 0;

    if (t1 > 0 && t1 < (has_t2 ? t2 : valid_sec))
        r = add_u32(pkt, BERTH_DHO_DHCP_RENEWAL_TIME, t1);
    if (r == 0 && has_t2)
        r = add_u32(pkt, BERTH_DHO_DHCP_REBINDING_TIME, t2);
    return r;
}

/* What every reply repeats: RFC 6842 for option 61, RFC 3011 section 4 for option 118, RFC 3046
 * section 2.2 for option 82, also where a switch inserted it and giaddr is 0. */
static int add_echoes(BerthPacket *pkt)
{
    BerthBytes value;
    int r = 0;

    if (pkt->conf->v4.echo_client_id &&
        berth_msg4_bytes(&pkt->v4.query, BERTH_DHO_DHCP_CLIENT_IDENTIFIER, &value))
        r = berth_packet4_add_option(pkt, BERTH_DHO_DHCP_CLIENT_IDENTIFIER, value);
    if (r == 0 && berth_msg4_bytes(&pkt->v4.query, BERTH_DHO_SUBNET_SELECTION, &value))
        r = berth_packet4_add_option(pkt, BERTH_DHO_SUBNET_SELECTION, value);
    if (r == 0 && !pkt->v4.relay_info_stashed &&
        berth_msg4_bytes(&pkt->v4.query, BERTH_DHO_DHCP_AGENT_OPTIONS, &value) &&
        berth_sub4_valid(value))
        r = berth_packet4_add_option(pkt, BERTH_DHO_DHCP_AGENT_OPTIONS, value);
    return r;
}

static int add_server_id(BerthPacket *pkt)
{
    BerthAddr id;

    return v4_server_id(pkt, &id)
               ? add_u32(pkt, BERTH_DHO_DHCP_SERVER_IDENTIFIER, berth_addr_to4(id))
               : -ENODEV;
}

static int add_lease(BerthPacket *pkt, const BerthLease *lease)
{
    uint32_t mask = pkt->subnet->prefix_len ? UINT32_MAX << (32 - pkt->subnet->prefix_len) : 0;
    int r = add_u32(pkt, BERTH_DHO_DHCP_LEASE_TIME, lease->valid_sec);

    pkt->v4.reply.yiaddr = lease->addr;
    if (r == 0)
        r = add_timers(pkt, lease->valid_sec);
    if (r == 0)
        r = add_u32(pkt, BERTH_DHO_SUBNET_MASK, mask);
    return r;
}

/* Kea: the reserved name is told whether it is asked for or not, but for clients that speak of
 * their full name (RFC 4702), or that have their address from elsewhere. */
static int add_hostname(BerthPacket *pkt)
{
    const BerthHost *host = berth_packet_host(pkt);
    const char *name = host ? berth_host_hostname(host) : "";

    if (!name[0] || pkt->v4.query.type == BERTH_DHCPINFORM ||
        pkt->v4.query.has_option[BERTH_DHO_FQDN] || berth_packet4_option(pkt, BERTH_DHO_HOST_NAME))
        return 0;
    return berth_packet4_add_option(pkt, BERTH_DHO_HOST_NAME,
                                    v4_reserved_name(pkt, name, pkt->v4.reply.yiaddr));
}

static void set_boot_fields(BerthPacket *pkt)
{
    const BerthBoot boot = berth_packet_boot(pkt, &pkt->subnet->params);

    pkt->v4.reply.siaddr = boot.next_server;
    if (boot.server_hostname && *boot.server_hostname)
        g_strlcpy(pkt->v4.reply.sname, boot.server_hostname, sizeof(pkt->v4.reply.sname));
    if (boot.boot_file_name && *boot.boot_file_name)
        g_strlcpy(pkt->v4.reply.file, boot.boot_file_name, sizeof(pkt->v4.reply.file));
}

static BerthVerdict build(BerthPacket *pkt, BerthType4 type)
{
    const BerthLease *lease = pkt->n_leases ? &pkt->leases[0].lease : NULL;
    const BerthScope scope = {
        .family = &pkt->conf->v4,
        .subnet = pkt->subnet,
        .host = berth_packet_host_options(pkt),
        .classes = &pkt->class_set,
        .pools = {lease ? berth_conf_pool_of(pkt->subnet, lease->addr) : NULL},
    };
    int r;

    /* A callout may have set it so; nobody can have an address for no time. */
    if (lease && lease->valid_sec == 0)
        return berth_packet_drop(pkt, BERTH_DROP_LEASE_UNFIT);
    start_reply(pkt, type);
    set_boot_fields(pkt);
    if (type == BERTH_DHCPACK)
        pkt->v4.reply.ciaddr = pkt->v4.query.ciaddr;
    r = add_server_id(pkt);
    if (r < 0)
        return berth_packet_drop(pkt, BERTH_DROP_NO_LINK);
    /* RFC 2131 section 4.3.5: an INFORM is answered without lease time and timers. */
    if (lease)
        r = add_lease(pkt, lease);
    if (r == 0 && lease)
        r = v4_add_name(pkt, lease);
    /* RFC 4039 section 4: so that the client knows that this is no stray. */
    if (r == 0 && type == BERTH_DHCPACK && pkt->v4.query.type == BERTH_DHCPDISCOVER)
        r = berth_packet4_add_option(pkt, V4_RAPID_COMMIT, (BerthBytes){NULL, 0});
    /* Before what is configured, which may be too much for the reply. */
    if (r == 0)
        r = add_echoes(pkt);
    if (r == 0)
        r = add_hostname(pkt);
    if (r == 0)
        r = v4_add_options(pkt, &scope);
    return r < 0 ? berth_packet_drop(pkt, BERTH_DROP_MEMORY) : BERTH_CONTINUE;
}

BerthVerdict v4_build_offer(BerthPacket *pkt)
{
    return build(pkt, BERTH_DHCPOFFER);
}

BerthVerdict v4_build_ack(BerthPacket *pkt)
{
    return build(pkt, BERTH_DHCPACK);
}

BerthVerdict v4_build_nak(BerthPacket *pkt)
{
    start_reply(pkt, BERTH_DHCPNAK);
    pkt->n_leases = 0;
    /* RFC 2131 section 4.3.2: the relay is to broadcast a NAK. */
    if (!berth_addr_is_any(pkt->v4.query.giaddr))
        pkt->v4.reply.flags |= BERTH_FLAG4_BROADCAST;
    if (add_server_id(pkt) < 0)
        return berth_packet_drop(pkt, BERTH_DROP_NO_LINK);
    return add_echoes(pkt) < 0 ? berth_packet_drop(pkt, BERTH_DROP_MEMORY) : BERTH_CONTINUE;
}

/* ---- packing ---- */

/* RFC 2132 section 9.10: option 57 counts the whole IP datagram and is at least 576. A frame can't
 * be larger than the interface takes. RFC 2131 section 2: a client takes 576 bytes at least; one
 * that does not say how many gets all that is configured for it, as from Kea. */
static size_t payload_limit(const BerthPacket *pkt)
{
    uint32_t mtu = MAX(pkt->iface.mtu, IP_DATAGRAM_MIN);
    uint32_t datagram = mtu;
    uint16_t asked;

    if (pkt->v4.limit)
        return pkt->v4.limit;
    if (berth_msg4_u16(&pkt->v4.query, BERTH_DHO_DHCP_MAX_MESSAGE_SIZE, &asked))
        datagram = CLAMP((uint32_t)asked, IP_DATAGRAM_MIN, mtu);
    return MIN(datagram - BERTH_IP_UDP4, BERTH_MSG4_MAX);
}

BerthVerdict v4_skip_pack(BerthPacket *pkt)
{
    pkt->packed = pkt->out.data.len > 0;
    return BERTH_CONTINUE;
}

static void say_left_out(BerthPacket *pkt, BerthMsg4Left left, size_t limit)
{
    if (left.relay_info)
        v4_count(pkt->env, V4_RELAY_INFO_OMITTED);
    if (left.options > 0)
        berth_packet_log(pkt, BERTH_DEBUG, "options", "DHCP4_PACKET_OPTIONS_SKIPPED",
                         ": %u options did not fit into %zu bytes and were left out", left.options,
                         limit);
}

BerthVerdict v4_pack(BerthPacket *pkt)
{
    size_t limit = payload_limit(pkt);
    uint8_t *buffer;
    BerthWriter w;
    BerthMsg4Left left;

    if (pkt->packed)
        return BERTH_CONTINUE;
    berth_packet_log(pkt, BERTH_DEBUG, "options", "DHCP4_PACKET_PACK",
                     ": preparing on-wire format of the packet to be sent");
    buffer = berth_arena_take(&pkt->arena, limit);
    if (!buffer)
        return berth_packet_drop(pkt, BERTH_DROP_MEMORY);
    w = berth_writer(buffer, limit);
    if (berth_msg4_write(&pkt->v4.reply, pkt->v4.options, pkt->v4.n_options, limit, &w, &left) < 0)
        return berth_packet_drop(pkt, BERTH_DROP_PACK);
    say_left_out(pkt, left, limit);
    pkt->out.data = berth_writer_bytes(&w);
    pkt->packed = true;
    return BERTH_CONTINUE;
}
