/* register - ADDR-REG-INFORM: a client tells of an address that it made itself (RFC 9686 section
 * 4.2). It becomes a lease of the state REGISTERED, which nobody else is given. */
#include "core/packet/change.h"
#include "core/v6/steps6.h"

/* RFC 9686 section 4.2.1: the address that is registered sends the message, and is the only one. */
static bool registered_address(const BerthPacket *pkt, BerthIaLease6 *ret)
{
    const BerthMsg6 *query = &pkt->v6.query;
    const BerthOption6 *option = berth_options6_find(query->options, BERTH_D6O_IAADDR);
    BerthAddr from = query->n_relays > 0 ? query->relays[query->n_relays - 1].peer : pkt->in.src;

    return option && berth_option6_lease(option, ret) && berth_addr_equal(ret->addr, from) &&
           !berth_options6_find_next(query->options, BERTH_D6O_IAADDR, option);
}

static BerthVerdict refuse(BerthPacket *pkt, BerthDropReason reason, const char *why)
{
    berth_packet_log(pkt, BERTH_INFO, "packets", "DHCP6_ADDR_REG_INFORM_FAIL",
                     ": error on ADDR-REG-INFORM from client %s: %s",
                     berth_addr_text(pkt->in.src, (char[BERTH_ADDR_TEXT]){0}), why);
    return berth_packet_drop(pkt, reason);
}

/* A lease of DHCPv6 is nothing that a client may register: it has it already, or it is another's.
 */
static bool is_leased(const BerthPacket *pkt, const BerthLease *lease)
{
    return lease->state == BERTH_LEASE_DECLINED ||
           berth_lease_is_valid(lease, berth_leases_now(pkt->env->leases));
}

/* RFC 9686 section 4.2.1: it is of the link, or of a prefix that the client was delegated. */
static bool may_be_here(const BerthPacket *pkt, BerthAddr addr)
{
    BerthLease around;

    if (berth_leases_delegated(pkt->env->leases, addr, &around))
        return berth_bytes_equal(around.client_id, pkt->client.client_id);
    return v6_is_on_link(pkt, addr);
}

static BerthVerdict add_registration(BerthPacket *pkt, const BerthIaLease6 *address,
                                     const BerthLease *before)
{
    BerthPacketLease *pl = berth_packet_add_lease(pkt, BERTH_ACT_REGISTER);

    if (!pl || (before && !berth_packet_set_before(pkt, pl, before)))
        return berth_packet_drop(pkt, BERTH_DROP_MEMORY);
    pl->lease = (BerthLease){
        .addr = address->addr,
        .type = BERTH_LEASE_NA,
        .prefix_len = 128,
        .state = BERTH_LEASE_REGISTERED,
        .hwaddr_source = pkt->v6.hwaddr_source,
        .subnet_id = pkt->subnet->id,
        .valid_sec = address->valid_sec,
        .preferred_sec = MIN(address->preferred_sec, address->valid_sec),
        .cltt = berth_leases_now(pkt->env->leases),
        .hwaddr = pkt->client.hwaddr,
        .client_id = pkt->client.client_id,
    };
    v6_keep_relay_info(pkt, &pl->lease);
    return BERTH_CONTINUE;
}

static void say_changed_hands(BerthPacket *pkt, const BerthLease *before)
{
    if (!berth_bytes_equal(before->client_id, pkt->client.client_id))
        berth_packet_log(pkt, BERTH_INFO, "packets", "DHCP6_ADDR6_REGISTER_NEW_OWNER",
                         ": address %s was registered by another client before",
                         berth_addr_text(before->addr, (char[BERTH_ADDR_TEXT]){0}));
}

BerthVerdict v6_find_registered(BerthPacket *pkt)
{
    const BerthTable *table = berth_leases_table(pkt->env->leases);
    BerthIaLease6 address;
    BerthLease before;
    bool has_before;

    if (!pkt->conf->v6.allow_address_registration)
        return berth_packet_drop(pkt, BERTH_DROP_REGISTER_OFF);
    if (!registered_address(pkt, &address))
        return refuse(pkt, BERTH_DROP_BAD_ADDRESS,
                      "it has not one IAADDR option with the address that it was sent from");
    if (!may_be_here(pkt, address.addr))
        return refuse(pkt, BERTH_DROP_NOT_ON_LINK,
                      "the address is neither of the client's link nor of a prefix of its own");
    if (address.valid_sec == 0)
        return refuse(pkt, BERTH_DROP_LEASE_UNFIT, "the valid lifetime is 0");
    has_before = berth_table_get(table, address.addr, &before);
    if (has_before && is_leased(pkt, &before))
        return refuse(pkt, BERTH_DROP_LEASED, "the address is a lease of this server");
    if (has_before && before.state == BERTH_LEASE_REGISTERED)
        say_changed_hands(pkt, &before);
    return add_registration(pkt, &address, has_before ? &before : NULL);
}

/* RFC 9686 section 4.2: the client has its answer all the same. */
BerthVerdict v6_not_stored(BerthPacket *pkt)
{
    pkt->leases[pkt->lease_at].act = BERTH_ACT_NONE;
    return BERTH_CONTINUE;
}
