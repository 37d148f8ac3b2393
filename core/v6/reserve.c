/* reserve - the addresses and prefixes that are reserved for a client: each IA gets one of them, as
 * long as there are any, and leaves for it what is not reserved (Kea's ways). */
#include "core/packet/hosts.h"
#include "core/v6/steps6.h"

static bool is_leased_to(const BerthPacket *pkt, BerthPrefix prefix, const BerthClient *binding)
{
    BerthLease lease;

    return berth_table_get(berth_leases_table(pkt->env->leases), prefix.addr, &lease) &&
           lease.prefix_len == prefix.len && berth_lease_belongs_to(&lease, binding) &&
           berth_lease_is_valid(&lease, berth_leases_now(pkt->env->leases));
}

/* In the subnet; `leased`: only what the IA has already. */
static bool pick_in(const BerthPacket *pkt, const BerthSubnet *subnet, const BerthClient *binding,
                    bool leased, BerthPick *ret)
{
    BerthReservedWalk walk = {0};
    const BerthHostAddr *addr;

    while ((addr = berth_packet_next_reserved(pkt, subnet, binding->type, &walk))) {
        const BerthPrefix prefix = {addr->addr, addr->len};

        if (v6_is_told(pkt, addr->addr) || (leased && !is_leased_to(pkt, prefix, binding)) ||
            (!addr->is_prefix && berth_net_is_own(pkt->env->net, addr->addr)))
            continue;
        if (berth_leases_take(pkt->env->leases, subnet, binding, prefix, ret))
            return true;
    }
    return false;
}

const BerthSubnet *v6_pick_reserved(const BerthPacket *pkt, const BerthClient *binding,
                                    BerthPick *ret)
{
    if (!pkt->hosts || berth_packet_only_known(pkt))
        return NULL;
    for (int leased = 1; leased >= 0; leased--)
        for (const BerthSubnet *at = pkt->subnet; at;
             at = berth_conf_next_subnet(pkt->subnet, at, &pkt->class_set))
            if (pick_in(pkt, at, binding, leased, ret))
                return at;
    return NULL;
}

bool v6_is_reserved(const BerthPacket *pkt, const BerthLease *lease)
{
    BerthClient client = pkt->client;

    client.type = lease->type;
    return berth_leases_reserved(pkt->env->leases, v6_subnet_of(pkt, lease),
                                 berth_lease_prefix(lease), &client) == BERTH_RESERVED_OWN;
}

const BerthHostAddr *v6_reserved_as(const BerthPacket *pkt, const BerthLease *lease)
{
    const BerthSubnet *subnet = pkt->hosts ? v6_subnet_of(pkt, lease) : NULL;
    BerthReservedWalk walk = {0};
    const BerthHostAddr *addr;

    while (subnet && (addr = berth_packet_next_reserved(pkt, subnet, lease->type, &walk)))
        if (addr->len == lease->prefix_len && berth_addr_equal(addr->addr, lease->addr))
            return addr;
    return NULL;
}

/* Kea: it is taken away at once, so that whom it is reserved for can have it. */
bool v6_leave(BerthPacket *pkt, const BerthPacketIa *ia, const BerthLease *own, bool told)
{
    BerthPacketLease *pl = berth_packet_change_lease(pkt, BERTH_ACT_LEAVE, own);

    if (!pl)
        return false;
    pl->told = told;
    pl->ia = (uint8_t)(ia - pkt->v6.ias);
    pl->lease.valid_sec = pl->lease.preferred_sec = 0;
    return true;
}

static bool goes(const BerthPacket *pkt, const BerthLease *own, const BerthClient *binding,
                 bool got_reserved)
{
    switch (berth_leases_reserved(pkt->env->leases, v6_subnet_of(pkt, own), berth_lease_prefix(own),
                                  binding)) {
    case BERTH_RESERVED_OWN:
        return false;
    case BERTH_RESERVED_OTHER:
        return true;
    default:
        return got_reserved;
    }
}

bool v6_leave_others(BerthPacket *pkt, const BerthPacketIa *ia, BerthPrefix got, bool got_reserved)
{
    const BerthClient binding = v6_binding(pkt, ia);
    const int64_t now = berth_leases_now(pkt->env->leases);
    V6Walk walk = {0};
    BerthLease own;

    if (!berth_leases_have_reserved(pkt->env->leases))
        return true;
    while (v6_next_own(pkt, &binding, &walk, &own))
        if (berth_lease_is_valid(&own, now) && own.state == BERTH_LEASE_ACTIVE &&
            !berth_prefix_equal(berth_lease_prefix(&own), got) && !v6_is_told(pkt, own.addr) &&
            goes(pkt, &own, &binding, got_reserved) && !v6_leave(pkt, ia, &own, false))
            return false;
    return true;
}

void v6_stay(BerthPacket *pkt, const BerthPacketIa *ia)
{
    const BerthClient binding = v6_binding(pkt, ia);

    for (unsigned i = 0; i < pkt->n_leases; i++) {
        BerthPacketLease *pl = &pkt->leases[i];

        if (pl->act != BERTH_ACT_LEAVE || &pkt->v6.ias[pl->ia] != ia ||
            goes(pkt, &pl->before, &binding, false))
            continue;
        pl->act = BERTH_ACT_NONE;
        pl->told = false;
    }
}
