/* reserve - the address that is reserved for a client. Kea's order: of the subnets of the link the
 * first one where it has one, and in each the one of the whole family first. */
#include "core/packet/hosts.h"
#include "core/v4/steps4.h"

/* The subnet of the link where something is reserved for the client; NULL: in none. */
static const BerthSubnet *find(const BerthPacket *pkt, BerthAddr *ret)
{
    for (const BerthSubnet *at = pkt->hosts ? pkt->subnet : NULL; at;
         at = berth_conf_next_subnet(pkt->subnet, at, &pkt->class_set)) {
        BerthReservedWalk walk = {0};
        const BerthHostAddr *addr = berth_packet_next_reserved(pkt, at, BERTH_LEASE_V4, &walk);

        if (!addr)
            continue;
        *ret = addr->addr;
        return at;
    }
    return NULL;
}

static BerthUsable usable_at(const BerthPacket *pkt, const BerthSubnet *subnet, BerthAddr addr)
{
    if (berth_net_is_own(pkt->env->net, addr))
        return BERTH_USABLE_OUTSIDE;
    return berth_leases_usable(pkt->env->leases, subnet, addr, &pkt->client);
}

bool v4_pick_reserved(BerthPacket *pkt, BerthAddr *ret)
{
    BerthAddr addr;
    const BerthSubnet *subnet = find(pkt, &addr);

    if (!subnet || berth_packet_only_known(pkt))
        return false;
    if (usable_at(pkt, subnet, addr) == BERTH_USABLE) {
        pkt->subnet = subnet;
        *ret = addr;
        return true;
    }
    /* Kea: the client gets another one until it is free. */
    v4_count(pkt->env, V4_RESERVATION_CONFLICTS);
    berth_packet_log(pkt, BERTH_WARN, "alloc-engine", "ALLOC_ENGINE_V4_DISCOVER_ADDRESS_CONFLICT",
                     ": the reserved address %s can't be given, it is in use",
                     berth_addr_text(addr, (char[BERTH_ADDR_TEXT]){0}));
    return false;
}

bool v4_is_reserved(const BerthPacket *pkt, BerthAddr addr)
{
    BerthAddr reserved;

    return find(pkt, &reserved) && berth_addr_equal(reserved, addr);
}

/* Kea: who asks for another address than its own is sent back to DISCOVER, if it can have that. */
bool v4_misses_reserved(const BerthPacket *pkt, BerthAddr addr)
{
    BerthAddr reserved;
    const BerthSubnet *subnet = find(pkt, &reserved);

    return subnet && !berth_addr_equal(reserved, addr) &&
           usable_at(pkt, subnet, reserved) == BERTH_USABLE;
}
