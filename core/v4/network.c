/* network - where a link has several subnets (shared-networks): which of them a message is about,
 * and what its client has in any of them. Where it has one all of this is that one. */
#include "core/v4/steps4.h"

void v4_settle(BerthPacket *pkt, BerthAddr addr)
{
    const BerthSubnet *subnet =
        berth_conf_link_subnet_of(&pkt->conf->v4, pkt->subnet, addr, &pkt->class_set);

    if (subnet)
        pkt->subnet = subnet;
}

bool v4_own_lease(const BerthPacket *pkt, BerthLease *ret)
{
    const int64_t now = berth_leases_about_now(pkt->env->leases);
    bool found = false;
    BerthLease own;
    BerthWho who;

    berth_leases_who(pkt->env->leases, &pkt->client, &who);
    for (const BerthSubnet *at = pkt->subnet; at;
         at = berth_conf_next_subnet(pkt->subnet, at, &pkt->class_set)) {
        if (!berth_leases_may_have(pkt->env->leases, &who, at->id) ||
            !berth_leases_of_client(pkt->env->leases, at->id, &pkt->client, &own))
            continue;
        if (!found)
            *ret = own;
        found = true;
        if (berth_lease_is_valid(&own, now)) {
            *ret = own;
            break;
        }
    }
    return found;
}

bool v4_held(const BerthPacket *pkt, BerthAddr *ret)
{
    BerthWho who;

    berth_leases_who(pkt->env->leases, &pkt->client, &who);
    for (const BerthSubnet *at = pkt->subnet; at;
         at = berth_conf_next_subnet(pkt->subnet, at, &pkt->class_set))
        if (berth_leases_may_hold(pkt->env->leases, &who, at->id) &&
            berth_leases_held(pkt->env->leases, at->id, &pkt->client, ret))
            return true;
    return false;
}

/* A link has one offer for a client, most often in the subnet that the message is about; one that
 * was left behind elsewhere ends by itself. */
void v4_unhold(BerthPacket *pkt)
{
    BerthAddr held;
    BerthWho who;

    berth_leases_who(pkt->env->leases, &pkt->client, &who);
    for (const BerthSubnet *at = pkt->subnet; at;
         at = berth_conf_next_subnet(pkt->subnet, at, &pkt->class_set))
        if (berth_leases_may_hold(pkt->env->leases, &who, at->id) &&
            berth_leases_held(pkt->env->leases, at->id, &pkt->client, &held)) {
            berth_leases_unhold(pkt->env->leases, at->id, &pkt->client);
            return;
        }
}

bool v4_link_has_address(const BerthPacket *pkt, BerthAddr addr)
{
    for (const BerthSubnet *at = pkt->subnet; at;
         at = berth_conf_next_subnet(pkt->subnet, at, NULL))
        if (berth_conf_pool_of(at, addr))
            return true;
    return false;
}
