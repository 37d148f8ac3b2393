/* pools - see pools.h. */
#include "core/pool/pools.h"

static void free_space(void *data)
{
    berth_space_free(data);
}

void berth_pools_init(BerthPools *pools, BerthHashSeed seed)
{
    pools->seed = seed;
    pools->drawn = pools->given = 0;
    pools->stripe = 0;
    pools->stripes = 1;
    pools->by_first = g_ptr_array_new_with_free_func(free_space);
    pools->by_subnet = g_ptr_array_sized_new(1);
    pools->subnets = g_array_new(FALSE, FALSE, sizeof(BerthSubnetSpaces));
    pools->firsts = NULL;
    pools->found = g_new0(BerthSpace *, 1);
}

void berth_pools_clear(BerthPools *pools)
{
    g_clear_pointer(&pools->by_first, g_ptr_array_unref);
    g_clear_pointer(&pools->by_subnet, g_ptr_array_unref);
    g_clear_pointer(&pools->subnets, g_array_unref);
    g_clear_pointer(&pools->firsts, g_free);
    g_clear_pointer(&pools->found, g_free);
}

uint64_t berth_pools_random(BerthPools *pools)
{
    uint64_t number = pools->drawn++;

    return berth_hash(pools->seed, (BerthBytes){(const uint8_t *)&number, sizeof(number)});
}

/* ---- marks ---- */

static void give(BerthPools *pools, BerthSpace *space, uint64_t number)
{
    space->given = ++pools->given;
    berth_space_give(space, number);
    if (space->ring && !berth_ring_has(space->ring, (uint32_t)number))
        berth_ring_add(space->ring, (uint32_t)number);
}

void berth_pools_mark(BerthPools *pools, BerthSpace *space, uint64_t number, BerthMark mark)
{
    if (mark == BERTH_MARK_FREE) {
        if (!berth_space_excludes(space, berth_space_at(space, number).addr))
            give(pools, space, number);
        return;
    }
    berth_space_take(space, number);
    if (space->ring && mark == BERTH_MARK_TAKEN)
        berth_ring_drop(space->ring, (uint32_t)number);
}

/* ---- the queue of the flq allocator ---- */

/* A number without a common factor with `size` that leads away from where one is, but in a large
 * pool not so far that each step is a page of memory. */
#define STRIDE_MAX 128
static uint32_t stride_of(uint32_t size)
{
    uint32_t stride = (uint32_t)(MIN(size, STRIDE_MAX) * 0.6180339887), a, b;

    for (stride = MAX(stride, 1);; stride++) {
        for (a = size, b = stride; b > 0;) {
            uint32_t rest = a % b;

            a = b;
            b = rest;
        }
        if (a == 1)
            return stride;
    }
}

/* The free ones in an order that is not that of the addresses, as Kea has it: from `from` on by
 * equal strides, which reaches each once. */
static BerthRing *make_ring(const BerthFreemap *map, uint64_t from)
{
    uint32_t size = berth_freemap_size(map), stride = stride_of(size);
    uint32_t number = (uint32_t)(from % size);
    BerthRing *ring = berth_ring_new(size);

    for (uint32_t i = 0; i < size; i++) {
        if (berth_freemap_is_free(map, number))
            berth_ring_add(ring, number);
        number = (uint32_t)(((uint64_t)number + stride) % size);
    }
    return ring;
}

static void set_allocator(BerthPools *pools, BerthSpace *space, int allocator)
{
    bool needs_ring = space->map && berth_allocator_queues(allocator);

    space->allocator = (BerthAllocator)allocator;
    if (needs_ring && !space->ring)
        space->ring = make_ring(space->map, berth_pools_random(pools));
    else if (!needs_ring)
        g_clear_pointer(&space->ring, berth_ring_free);
    berth_space_set_stripe(space, pools->stripe, pools->stripes);
}

void berth_pools_set_stripe(BerthPools *pools, unsigned stripe, unsigned stripes)
{
    stripes = MAX(stripes, 1);
    stripe = MIN(stripe, stripes - 1);
    if (stripe == pools->stripe && stripes == pools->stripes)
        return;
    pools->stripe = stripe;
    pools->stripes = stripes;
    for (unsigned i = 0; i < pools->by_first->len; i++)
        berth_space_set_stripe(g_ptr_array_index(pools->by_first, i), stripe, stripes);
}

/* ---- finding ---- */

/* How many spaces begin at or before `addr`. */
static unsigned begun_by(const BerthPools *pools, BerthAddr addr)
{
    unsigned low = 0, high = pools->by_first->len;

    while (low < high) {
        unsigned middle = low + (high - low) / 2;

        if (berth_addr_compare(pools->firsts[middle], addr) <= 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool is_in(const BerthSpace *space, BerthAddr addr)
{
    return berth_addr_compare(space->first, addr) <= 0 &&
           berth_addr_compare(addr, space->last) <= 0;
}

BerthSpace *berth_pools_find(const BerthPools *pools, BerthAddr addr)
{
    BerthSpace *space = *pools->found;
    unsigned n;

    if (space && is_in(space, addr))
        return space;
    n = begun_by(pools, addr);
    space = n ? g_ptr_array_index(pools->by_first, n - 1) : NULL;
    if (!space || !is_in(space, addr))
        return NULL;
    *pools->found = space;
    return space;
}

BerthSpace *berth_pools_overlap(const BerthPools *pools, BerthPrefix prefix, unsigned *iter)
{
    BerthAddr last = berth_prefix_last(prefix.addr, prefix.len);
    unsigned i = *iter ? *iter : begun_by(pools, prefix.addr);
    BerthSpace *space;

    /* What begins before may reach into it. */
    if (*iter == 0 && i > 0) {
        space = g_ptr_array_index(pools->by_first, i - 1);
        i -= berth_addr_compare(prefix.addr, space->last) <= 0;
    }
    *iter = i + 1;
    if (i >= pools->by_first->len)
        return NULL;
    space = g_ptr_array_index(pools->by_first, i);
    return berth_addr_compare(space->first, last) <= 0 ? space : NULL;
}

static int compare_subnets(const void *a, const void *b)
{
    uint32_t x = ((const BerthSubnetSpaces *)a)->subnet_id;
    uint32_t y = ((const BerthSubnetSpaces *)b)->subnet_id;

    return (x > y) - (x < y);
}

const BerthSubnetSpaces *berth_pools_of_subnet(const BerthPools *pools, uint32_t subnet_id)
{
    BerthSubnetSpaces key = {.subnet_id = subnet_id};

    if (pools->subnets->len == 0)
        return NULL;
    return bsearch(&key, pools->subnets->data, pools->subnets->len, sizeof(key), compare_subnets);
}

/* ---- a new configuration ---- */

/* The space for a pool: the one that is there, or a new one. */
static BerthSpace *take_space(BerthPools *pools, const BerthPools *old, const BerthSpace *wanted)
{
    unsigned n = begun_by(old, wanted->first);
    BerthSpace *space = n ? g_ptr_array_index(old->by_first, n - 1) : NULL;

    if (!space || space->is_kept || !berth_space_is_same(space, wanted)) {
        space = berth_space_new(wanted, berth_pools_random(pools));
        space->is_new = true;
    }
    space->is_kept = true;
    space->subnet_id = wanted->subnet_id;
    space->pool_id = wanted->pool_id;
    return space;
}

/* Returns how many these are. */
static unsigned drop_unkept(GPtrArray *spaces)
{
    unsigned n = 0;

    for (unsigned i = 0; i < spaces->len; i++) {
        BerthSpace *space = g_ptr_array_index(spaces, i);

        if (space->is_kept)
            continue;
        berth_space_free(space);
        n++;
    }
    g_ptr_array_set_free_func(spaces, NULL);
    g_ptr_array_unref(spaces);
    return n;
}

static int compare_firsts(const void *a, const void *b)
{
    const BerthSpace *x = *(BerthSpace *const *)a, *y = *(BerthSpace *const *)b;

    return berth_addr_compare(x->first, y->first);
}

static void sort_spaces(BerthPools *pools)
{
    g_ptr_array_sort(pools->by_first, compare_firsts);
    pools->firsts = g_new(BerthAddr, pools->by_first->len);
    for (unsigned i = 0; i < pools->by_first->len; i++)
        pools->firsts[i] = ((const BerthSpace *)g_ptr_array_index(pools->by_first, i))->first;
}

static void add_spaces(BerthPools *pools, const BerthPools *old, const BerthPool *of, size_t n,
                       bool no_first_last_24)
{
    for (size_t i = 0; i < n; i++) {
        const BerthSubnet *subnet = of[i].subnet;
        bool is_pd = of[i].type == BERTH_LEASE_PD;
        BerthSpace wanted = {
            .type = of[i].type,
            .len = of[i].delegated_len,
            .first = of[i].first,
            .last = of[i].last,
            .subnet = subnet->prefix,
            .subnet_len = subnet->prefix_len,
            .no_first_last_24 = no_first_last_24,
            .subnet_id = subnet->id,
            .pool_id = of[i].id,
        };
        BerthSpace *space = take_space(pools, old, &wanted);

        set_allocator(pools, space, is_pd ? subnet->params.pd_allocator : subnet->params.allocator);
        g_ptr_array_add(pools->by_first, space);
        g_ptr_array_add(pools->by_subnet, space);
    }
}

/* by_subnet does not move any more: each subnet gets its part of it. */
static void list_subnets(BerthPools *pools, const BerthFamilyConf *conf)
{
    BerthSpace **at = (BerthSpace **)pools->by_subnet->pdata;

    for (size_t i = 0; i < conf->n_subnets; i++) {
        const BerthSubnet *subnet = &conf->subnets[i];
        BerthSubnetSpaces spaces = {
            .subnet_id = subnet->id,
            .addrs = {at, subnet->n_pools},
            .prefixes = {at + subnet->n_pools, subnet->n_pd_pools},
        };

        g_array_append_val(pools->subnets, spaces);
        at += subnet->n_pools + subnet->n_pd_pools;
    }
    g_array_sort(pools->subnets, compare_subnets);
}

bool berth_pools_set(BerthPools *pools, const BerthFamilyConf *conf)
{
    BerthPools old = *pools;
    unsigned changes = 0;

    berth_pools_init(pools, old.seed);
    pools->stripe = old.stripe;
    pools->stripes = old.stripes;
    pools->drawn = old.drawn;
    pools->given = old.given;
    for (size_t i = 0; i < conf->n_subnets; i++) {
        const BerthSubnet *subnet = &conf->subnets[i];

        add_spaces(pools, &old, subnet->pools, subnet->n_pools, conf->exclude_first_last_24);
        add_spaces(pools, &old, subnet->pd_pools, subnet->n_pd_pools, false);
    }
    sort_spaces(pools);
    list_subnets(pools, conf);
    changes = drop_unkept(g_steal_pointer(&old.by_first));
    berth_pools_clear(&old);
    for (unsigned i = 0; i < pools->by_first->len; i++) {
        BerthSpace *space = g_ptr_array_index(pools->by_first, i);

        space->is_kept = false;
        changes += space->is_new;
    }
    return changes > 0;
}

void berth_pools_set_known(BerthPools *pools)
{
    for (unsigned i = 0; i < pools->by_first->len; i++)
        ((BerthSpace *)g_ptr_array_index(pools->by_first, i))->is_new = false;
}
