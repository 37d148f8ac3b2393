/* link - the subnets of one link, of which a packet may have some: those that let it in.
 *
 * A packet goes round them many times, and a network may have thousands that are for others. So the
 * first round finds those for it and keeps them beside its classes; where they are too many to be
 * kept the next one is looked for each time. */
#include "core/conf/build.h"

/* Some neighbours of BerthByClass.subnets. */
typedef struct Range {
    const BerthSubnet *const *at;
    size_t n;
} Range;

/* The subnets that are for the class. */
static Range range_of(const struct BerthByClass *by_class, unsigned number)
{
    size_t low = 0, high = by_class->n;

    while (low < high) {
        const size_t middle = low + (high - low) / 2;

        if (by_class->numbers[middle] < number)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == by_class->n || by_class->numbers[low] != number)
        return (Range){NULL, 0};
    return (Range){by_class->subnets + by_class->starts[low],
                   by_class->starts[low + 1] - by_class->starts[low]};
}

/* The first of them behind `subnet`, going round; NULL: there is none at all. */
static const BerthSubnet *next_in(Range range, const BerthSubnet *subnet)
{
    size_t low = 0, high = range.n;

    if (range.n == 0)
        return NULL;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;

        if (range.at[middle] <= subnet)
            low = middle + 1;
        else
            high = middle;
    }
    return range.at[low < range.n ? low : 0];
}

/* ---- what is remembered ---- */

/* One may be for several of the classes. */
static void insert(BerthLinkMemo *memo, const BerthSubnet *subnet)
{
    unsigned place = memo->n;

    while (place > 0 && memo->at[place - 1] > subnet)
        place--;
    if (place > 0 && memo->at[place - 1] == subnet)
        return;
    if (memo->n < BERTH_LINK_MAX) {
        memmove(&memo->at[place + 1], &memo->at[place], (memo->n - place) * sizeof(memo->at[0]));
        memo->at[place] = subnet;
    }
    memo->n++;
}

static void insert_all(BerthLinkMemo *memo, Range range)
{
    for (size_t i = 0; i < range.n && memo->n <= BERTH_LINK_MAX; i++)
        insert(memo, range.at[i]);
}

static void remember(BerthLinkMemo *memo, const BerthNetwork *network, const BerthClassSet *set)
{
    memo->network = network;
    memo->n_classes = set->n;
    memo->n = 0;
    insert_all(memo, range_of(network->by_class, 0));
    for (unsigned i = 0; i < set->n; i++)
        if (set->numbers[i] > 0)
            insert_all(memo, range_of(network->by_class, set->numbers[i]));
}

static inline BerthLinkMemo *remembered(const BerthNetwork *network, const BerthClassSet *set)
{
    BerthLinkMemo *memo = set->link;

    if (memo && (memo->network != network || memo->n_classes != set->n))
        remember(memo, network, set);
    return memo;
}

/* ---- going round ---- */

/* How far it is from `from`, going round; a whole round for NULL. */
static size_t steps_to(const BerthNetwork *network, const BerthSubnet *from,
                       const BerthSubnet *subnet)
{
    if (!subnet || subnet == from)
        return network->n_subnets;
    return (size_t)(subnet - from) + (subnet < from ? network->n_subnets : 0);
}

static const BerthSubnet *nearer(const BerthNetwork *network, const BerthSubnet *from,
                                 const BerthSubnet *a, const BerthSubnet *b)
{
    return steps_to(network, from, b) < steps_to(network, from, a) ? b : a;
}

static const BerthSubnet *next_for(const BerthNetwork *network, const BerthSubnet *subnet,
                                   const BerthClassSet *set)
{
    const BerthLinkMemo *memo = remembered(network, set);
    const BerthSubnet *next;

    if (memo && memo->n <= BERTH_LINK_MAX)
        return next_in((Range){memo->at, memo->n}, subnet);
    next = next_in(range_of(network->by_class, 0), subnet);
    for (unsigned i = 0; i < set->n; i++)
        if (set->numbers[i] > 0)
            next = nearer(network, subnet, next,
                          next_in(range_of(network->by_class, set->numbers[i]), subnet));
    return next;
}

static bool find_kept(const BerthLinkMemo *memo, const BerthSubnet *subnet, unsigned *ret)
{
    for (unsigned i = 0; i < memo->n; i++)
        if (memo->at[i] == subnet) {
            *ret = i;
            return true;
        }
    return false;
}

/* `place` is where it probably is. */
static inline bool is_kept(const BerthLinkMemo *memo, const BerthSubnet *subnet, unsigned *place)
{
    return (*place < memo->n && memo->at[*place] == subnet) || find_kept(memo, subnet, place);
}

static bool is_round(BerthLinkMemo *memo, const BerthSubnet *first, const BerthSubnet *subnet)
{
    return memo->n <= BERTH_LINK_MAX && is_kept(memo, first, &memo->first) &&
           is_kept(memo, subnet, &memo->near);
}

/* Most rounds begin at one that lets the set in: they are a walk through what is kept. */
static bool next_kept(const BerthSubnet *first, const BerthSubnet *subnet, const BerthClassSet *set,
                      const BerthSubnet **ret)
{
    BerthLinkMemo *memo = remembered(first->network, set);

    if (!memo || !is_round(memo, first, subnet))
        return false;
    memo->near = memo->near + 1 < memo->n ? memo->near + 1 : 0;
    *ret = memo->near == memo->first ? NULL : memo->at[memo->near];
    return true;
}

/* The first one may be one that lets nobody in any more: then the round ends where it was. */
static const BerthSubnet *next_guarded(const BerthSubnet *first, const BerthSubnet *subnet,
                                       const BerthClassSet *set)
{
    const BerthNetwork *network = first->network;
    const BerthSubnet *next;

    if (next_kept(first, subnet, set, &next))
        return next;
    next = next_for(network, subnet, set);
    if (!next || next == first ||
        (subnet != first && steps_to(network, first, next) <= steps_to(network, first, subnet)))
        return NULL;
    return next == subnet ? NULL : next;
}

const BerthSubnet *berth_conf_next_subnet(const BerthSubnet *first, const BerthSubnet *subnet,
                                          const BerthClassSet *set)
{
    const BerthNetwork *network = first->network;

    if (!network)
        return NULL;
    if (network->by_class && set)
        return next_guarded(first, subnet, set);
    subnet++;
    if (subnet == network->subnets + network->n_subnets)
        subnet = network->subnets;
    return subnet == first ? NULL : subnet;
}
