/* network - where a link has several subnets (shared-networks): what a client has in any of them,
 * and which of them gives it more. Where it has one all of this is that one. */
#include "core/v6/steps6.h"

static const BerthSubnet *next_of_link(const BerthPacket *pkt, const BerthSubnet *at)
{
    return at ? berth_conf_next_subnet(pkt->subnet, at, &pkt->class_set) : pkt->subnet;
}

const BerthSubnet *v6_subnet_of(const BerthPacket *pkt, const BerthLease *lease)
{
    const BerthSubnet *at = NULL;

    while ((at = next_of_link(pkt, at)))
        if (at->id == lease->subnet_id)
            return at;
    return pkt->subnet;
}

bool v6_is_on_link(const BerthPacket *pkt, BerthAddr addr)
{
    return pkt->subnet && berth_conf_link_subnet_of(berth_packet_conf(pkt), pkt->subnet, addr,
                                                    &pkt->class_set) != NULL;
}

bool v6_next_own(const BerthPacket *pkt, const BerthClient *binding, V6Walk *walk, BerthLease *ret)
{
    if (!walk->subnet) {
        walk->subnet = pkt->subnet;
        berth_leases_who(pkt->env->leases, binding, &walk->who);
    }
    while (walk->subnet) {
        if (berth_leases_may_have(pkt->env->leases, &walk->who, walk->subnet->id) &&
            berth_leases_of_binding(pkt->env->leases, walk->subnet->id, binding, &walk->iter, ret))
            return true;
        walk->subnet = berth_conf_next_subnet(pkt->subnet, walk->subnet, &pkt->class_set);
        walk->iter = 0;
    }
    return false;
}

void v6_unhold(const BerthPacket *pkt, const BerthClient *binding)
{
    const BerthSubnet *at = NULL;
    BerthWho who;

    berth_leases_who(pkt->env->leases, binding, &who);
    while ((at = next_of_link(pkt, at)))
        if (berth_leases_may_hold(pkt->env->leases, &who, at->id))
            berth_leases_unhold(pkt->env->leases, at->id, binding);
}

/* ---- which subnet gives ---- */

static bool may_have(const BerthPacket *pkt, const BerthSubnet *subnet, BerthPrefix prefix,
                     const BerthClient *binding)
{
    return berth_leases_usable6(pkt->env->leases, subnet, prefix, binding) == BERTH_USABLE;
}

/* Where its own is that it may have again; what is valid goes before what was. */
static const BerthSubnet *subnet_of_own(const BerthPacket *pkt, const BerthClient *binding)
{
    int64_t now = berth_leases_now(pkt->env->leases);
    const BerthSubnet *found = NULL;
    V6Walk walk = {0};
    BerthLease own;

    while (v6_next_own(pkt, binding, &walk, &own)) {
        if (own.state == BERTH_LEASE_REGISTERED ||
            !may_have(pkt, walk.subnet, berth_lease_prefix(&own), binding))
            continue;
        if (berth_lease_is_valid(&own, now))
            return walk.subnet;
        if (!found)
            found = walk.subnet;
    }
    return found;
}

static const BerthSubnet *subnet_of_held(const BerthPacket *pkt, const BerthClient *binding)
{
    const BerthSubnet *at = NULL;
    BerthPrefix held;
    BerthWho who;

    berth_leases_who(pkt->env->leases, binding, &who);
    while ((at = next_of_link(pkt, at)))
        if (berth_leases_may_hold(pkt->env->leases, &who, at->id) &&
            berth_leases_held6(pkt->env->leases, at->id, binding, &held) &&
            may_have(pkt, at, held, binding))
            return at;
    return NULL;
}

static const BerthSubnet *subnet_of_hint(const BerthPacket *pkt, const BerthClient *binding,
                                         BerthPrefix hint)
{
    const BerthSubnet *at = NULL;

    if (berth_addr_is_any(hint.addr))
        return NULL;
    while ((at = next_of_link(pkt, at)))
        if (may_have(pkt, at, hint, binding))
            return at;
    return NULL;
}

const BerthSubnet *v6_first_subnet(const BerthPacket *pkt, const BerthClient *binding,
                                   BerthPrefix hint)
{
    const BerthSubnet *found;

    if (!pkt->subnet->network)
        return pkt->subnet;
    found = subnet_of_own(pkt, binding);
    if (!found)
        found = subnet_of_hint(pkt, binding, hint);
    if (!found)
        found = subnet_of_held(pkt, binding);
    return found ? found : pkt->subnet;
}

/* As Kea, which goes through addresses first, and stays where it has found something last. */
void v6_settle(BerthPacket *pkt)
{
    const BerthLease *last = NULL;

    for (unsigned i = 0; pkt->subnet && i < pkt->n_leases; i++) {
        const BerthLease *lease = &pkt->leases[i].lease;

        if (pkt->leases[i].told && lease->valid_sec > 0 &&
            (!last || lease->type == BERTH_LEASE_PD || last->type != BERTH_LEASE_PD))
            last = lease;
    }
    if (last)
        pkt->subnet = v6_subnet_of(pkt, last);
}
