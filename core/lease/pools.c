/* pools - see pools.h. */
#include "core/lease/pools.h"

static void free_space(void *data)
{
    BerthSpace *space = data;

    berth_freemap_free(space->map);
    berth_ring_free(space->ring);
    g_free(space);
}

void berth_pools_init(BerthPools *pools, BerthHashSeed seed)
{
    pools->seed = seed;
    pools->drawn = pools->given = 0;
    pools->by_first = g_ptr_array_new_with_free_func(free_space);
    pools->by_subnet = g_ptr_array_new();
    pools->subnets = g_array_new(FALSE, FALSE, sizeof(BerthSubnetSpaces));
}

void berth_pools_clear(BerthPools *pools)
{
    g_clear_pointer(&pools->by_first, g_ptr_array_unref);
    g_clear_pointer(&pools->by_subnet, g_ptr_array_unref);
    g_clear_pointer(&pools->subnets, g_array_unref);
}

uint64_t berth_pools_random(BerthPools *pools)
{
    uint64_t number = pools->drawn++;

    return berth_hash(pools->seed, (BerthBytes){(const uint8_t *)&number, sizeof(number)});
}

/* ---- one space ---- */

uint64_t berth_space_size(const BerthSpace *space)
{
    BerthU128 size = berth_addr_to_number(space->last) - berth_addr_to_number(space->first) + 1;

    return size > UINT64_MAX ? UINT64_MAX : (uint64_t)size;
}

bool berth_space_excludes(const BerthSpace *space, BerthAddr addr)
{
    if (!berth_addr_is4(addr))
        return false;
    /* RFC 1122 section 3.2.1.3 and RFC 3021: the first and last address of a network are nobody's,
     * but where a network has only two or one. */
    if (space->prefix_len <= 30 &&
        (berth_addr_equal(addr, berth_prefix_first(space->prefix, space->prefix_len)) ||
         berth_addr_equal(addr, berth_prefix_last(space->prefix, space->prefix_len))))
        return true;
    return space->no_first_last_24 && space->prefix_len <= 24 &&
           (addr.b[15] == 0 || addr.b[15] == 255);
}

BerthAddr berth_space_at(const BerthSpace *space, uint32_t number)
{
    return berth_addr_from_number(berth_addr_to_number(space->first) + number);
}

static void make_map(BerthSpace *space)
{
    uint32_t size = (uint32_t)MIN(berth_space_size(space), (uint64_t)BERTH_FREEMAP_MAX);

    space->map = berth_freemap_new(size);
    /* Excluded ones are at the ends of the network and of its /24s. */
    for (uint32_t i = 0; i < size; i++) {
        uint8_t octet = (uint8_t)(space->first.b[15] + i);

        if ((i == 0 || i + 1 == size || octet == 0 || octet == 255) &&
            berth_space_excludes(space, berth_space_at(space, i)))
            berth_freemap_take(space->map, i);
    }
}

static void give(BerthPools *pools, BerthSpace *space, uint32_t number)
{
    space->given = ++pools->given;
    berth_freemap_give(space->map, number);
    if (space->ring && !berth_ring_has(space->ring, number))
        berth_ring_add(space->ring, number);
}

void berth_pools_mark(BerthPools *pools, BerthSpace *space, BerthAddr addr, BerthMark mark)
{
    BerthU128 number = berth_addr_to_number(addr) - berth_addr_to_number(space->first);

    if (number >= berth_freemap_size(space->map))
        return;
    if (mark == BERTH_MARK_FREE) {
        if (!berth_space_excludes(space, addr))
            give(pools, space, (uint32_t)number);
        return;
    }
    berth_freemap_take(space->map, (uint32_t)number);
    if (space->ring && mark == BERTH_MARK_TAKEN)
        berth_ring_drop(space->ring, (uint32_t)number);
}

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
    bool needs_ring = allocator == BERTH_ALLOCATOR_FLQ || allocator == BERTH_ALLOCATOR_SHARED_FLQ;

    space->allocator = (BerthAllocator)allocator;
    if (needs_ring && !space->ring)
        space->ring = make_ring(space->map, berth_pools_random(pools));
    else if (!needs_ring)
        g_clear_pointer(&space->ring, berth_ring_free);
}

/* ---- finding ---- */

/* How many spaces begin at or before `addr`. */
static unsigned begun_by(const BerthPools *pools, BerthAddr addr)
{
    unsigned low = 0, high = pools->by_first->len;

    while (low < high) {
        unsigned middle = low + (high - low) / 2;
        const BerthSpace *space = g_ptr_array_index(pools->by_first, middle);

        if (berth_addr_compare(space->first, addr) <= 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

BerthSpace *berth_pools_find(const BerthPools *pools, BerthAddr addr)
{
    unsigned n = begun_by(pools, addr);
    BerthSpace *space = n ? g_ptr_array_index(pools->by_first, n - 1) : NULL;

    return space && berth_addr_compare(addr, space->last) <= 0 ? space : NULL;
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

static bool same_space(const BerthSpace *a, const BerthSpace *b)
{
    return berth_addr_equal(a->first, b->first) && berth_addr_equal(a->last, b->last) &&
           berth_addr_equal(a->prefix, b->prefix) && a->prefix_len == b->prefix_len &&
           a->no_first_last_24 == b->no_first_last_24;
}

/* The space for a pool: the one that is there, or a new one. */
static BerthSpace *take_space(const BerthPools *old, const BerthSpace *wanted)
{
    unsigned n = begun_by(old, wanted->first);
    BerthSpace *space = n ? g_ptr_array_index(old->by_first, n - 1) : NULL;

    if (!space || space->is_kept || !same_space(space, wanted)) {
        space = g_memdup2(wanted, sizeof(*wanted));
        space->is_new = true;
        make_map(space);
    }
    space->is_kept = true;
    space->subnet_id = wanted->subnet_id;
    space->pool_id = wanted->pool_id;
    return space;
}

static void drop_unkept(GPtrArray *spaces)
{
    for (unsigned i = 0; i < spaces->len; i++) {
        BerthSpace *space = g_ptr_array_index(spaces, i);

        if (!space->is_kept)
            free_space(space);
    }
    g_ptr_array_set_free_func(spaces, NULL);
    g_ptr_array_unref(spaces);
}

static int compare_firsts(const void *a, const void *b)
{
    const BerthSpace *x = *(BerthSpace *const *)a, *y = *(BerthSpace *const *)b;

    return berth_addr_compare(x->first, y->first);
}

static void add_spaces(BerthPools *pools, const BerthPools *old, const BerthSubnet *subnet,
                       bool no_first_last_24)
{
    for (size_t i = 0; i < subnet->n_pools; i++) {
        const BerthPool *pool = &subnet->pools[i];
        BerthSpace wanted = {
            .first = pool->first,
            .last = pool->last,
            .prefix = subnet->prefix,
            .prefix_len = subnet->prefix_len,
            .no_first_last_24 = no_first_last_24,
            .subnet_id = subnet->id,
            .pool_id = pool->id,
        };
        BerthSpace *space = take_space(old, &wanted);

        set_allocator(pools, space, subnet->params.allocator);
        g_ptr_array_add(pools->by_first, space);
        g_ptr_array_add(pools->by_subnet, space);
    }
}

/* by_subnet does not move any more: each subnet gets its part of it. */
static void list_subnets(BerthPools *pools, const BerthFamilyConf *conf)
{
    size_t from = 0;

    for (size_t i = 0; i < conf->n_subnets; i++) {
        const BerthSubnet *subnet = &conf->subnets[i];
        BerthSubnetSpaces spaces = {
            .subnet_id = subnet->id,
            .at = (BerthSpace **)pools->by_subnet->pdata + from,
            .n = subnet->n_pools,
        };

        g_array_append_val(pools->subnets, spaces);
        from += subnet->n_pools;
    }
    g_array_sort(pools->subnets, compare_subnets);
}

unsigned berth_pools_set(BerthPools *pools, const BerthFamilyConf *conf)
{
    BerthPools old = *pools;
    unsigned n = 0;

    berth_pools_init(pools, old.seed);
    pools->drawn = old.drawn;
    pools->given = old.given;
    for (size_t i = 0; i < conf->n_subnets; i++)
        add_spaces(pools, &old, &conf->subnets[i], conf->exclude_first_last_24);
    g_ptr_array_sort(pools->by_first, compare_firsts);
    list_subnets(pools, conf);
    drop_unkept(g_steal_pointer(&old.by_first));
    berth_pools_clear(&old);
    for (unsigned i = 0; i < pools->by_first->len; i++) {
        BerthSpace *space = g_ptr_array_index(pools->by_first, i);

        space->is_kept = false;
        n += space->is_new;
    }
    return n;
}

void berth_pools_set_known(BerthPools *pools)
{
    for (unsigned i = 0; i < pools->by_first->len; i++)
        ((BerthSpace *)g_ptr_array_index(pools->by_first, i))->is_new = false;
}
