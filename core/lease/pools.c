/* pools - see pools.h. */
#include "core/lease/pools.h"

static void free_space(void *data)
{
    BerthSpace *space = data;

    berth_freemap_free(space->map);
    g_free(space);
}

void berth_pools_init(BerthPools *pools)
{
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

static BerthAddr address_at(const BerthSpace *space, uint32_t number)
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
            berth_space_excludes(space, address_at(space, i)))
            berth_freemap_take(space->map, i);
    }
}

void berth_space_mark(BerthSpace *space, BerthAddr addr, bool taken)
{
    BerthU128 number = berth_addr_to_number(addr) - berth_addr_to_number(space->first);

    if (number >= berth_freemap_size(space->map))
        return;
    if (taken || berth_space_excludes(space, addr))
        berth_freemap_take(space->map, (uint32_t)number);
    else
        berth_freemap_give(space->map, (uint32_t)number);
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

bool berth_pools_next(BerthPools *pools, uint32_t subnet_id, BerthAddr *ret)
{
    const BerthSubnetSpaces *subnet = berth_pools_of_subnet(pools, subnet_id);

    for (size_t i = 0; subnet && i < subnet->n; i++) {
        BerthSpace *space = subnet->at[i];
        uint32_t number;

        if (!berth_freemap_next(space->map, space->cursor, &number))
            continue;
        /* Behind the one just found, so that an address given back comes up last. */
        space->cursor = number + 1;
        *ret = address_at(space, number);
        return true;
    }
    return false;
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

    berth_pools_init(pools);
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
