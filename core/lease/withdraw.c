/* withdraw - offers that give way where nothing is free, so that clients that never come back keep
 * nobody out. See leases_i.h. */
#include "core/lease/leases_i.h"

/* So many offers are looked at in one pick, the oldest first; and where there are more, so many
 * numbers of each space. */
#define OFFERS_ASKED 256
#define NUMBERS_ASKED 1024

/* Who it is for. */
typedef struct Picker {
    BerthLeases *leases;
    const BerthSubnet *subnet;
    const BerthClient *client;
} Picker;

static bool withdraw(const Picker *picker, const BerthHold *hold, BerthPrefix *ret)
{
    if (berth_holds_is_new(&picker->leases->offers, hold) ||
        berth_leases_usable_but_for_offers(picker->leases, picker->subnet, hold->prefix,
                                           picker->client) != BERTH_USABLE)
        return false;
    *ret = hold->prefix;
    berth_holds_drop(&picker->leases->offers, hold);
    return true;
}

/* The oldest in any subnet, most likely of those that were never taken. */
static bool withdraw_oldest(const Picker *picker, BerthPrefix *ret)
{
    const BerthHolds *offers = &picker->leases->offers;
    const BerthHold *hold = NULL;

    for (int i = 0; i < OFFERS_ASKED && (hold = berth_holds_next(offers, hold)); i++)
        if (withdraw(picker, hold, ret))
            return true;
    return false;
}

/* The next one among the numbers of a space; each pick goes on where the last one has stopped. */
static bool withdraw_in(const Picker *picker, BerthSpace *space, BerthPrefix *ret)
{
    const BerthHolds *offers = &picker->leases->offers;

    for (uint64_t i = 0; i < MIN(space->numbers, NUMBERS_ASKED); i++) {
        const BerthPrefix prefix = berth_space_at(space, space->withdrawn % space->numbers);
        const BerthHold *hold = berth_holds_of_addr(offers, prefix.addr);

        space->withdrawn++;
        if (hold && withdraw(picker, hold, ret))
            return true;
    }
    return false;
}

/* Where other subnets have many offers, those of this one are not among the oldest; who keeps its
 * pools busy with offers would keep everybody else out. */
static bool withdraw_any(const Picker *picker, BerthPrefix *ret)
{
    const BerthSubnetSpaces *of = berth_pools_of_subnet(&picker->leases->pools, picker->subnet->id);
    const bool is_pd = picker->leases->family == 6 && picker->client->type == BERTH_LEASE_PD;
    const BerthSpaces *spaces = !of ? NULL : is_pd ? &of->prefixes : &of->addrs;

    for (size_t i = 0; spaces && i < spaces->n; i++)
        if (withdraw_in(picker, spaces->at[i], ret))
            return true;
    return false;
}

bool berth_leases_withdraw(BerthLeases *leases, const BerthSubnet *subnet,
                           const BerthClient *client, BerthPrefix hint, BerthPrefix *ret)
{
    const Picker picker = {leases, subnet, client};
    const BerthHolds *offers = &leases->offers;
    const BerthHold *hold = berth_holds_of_addr(offers, hint.addr);

    if (leases->share.only_known)
        return false;
    if (hold && withdraw(&picker, hold, ret))
        return true;
    return withdraw_oldest(&picker, ret) ||
           (offers->count > OFFERS_ASKED && withdraw_any(&picker, ret));
}
