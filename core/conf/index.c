/* The look-ups of the packet path: sorted arrays and binary search, made once a snapshot.
 *
 * Prefixes may lie inside each other. The address space is cut into segments at every first address
 * and behind every last one; each segment knows the longest prefix over it, so one search finds it.
 */
#include "core/conf/build.h"

typedef struct Segment {
    BerthAddr from;            /* up to the next segment */
    const BerthSubnet *subnet; /* NULL: none */
} Segment;

typedef struct Relay {
    BerthAddr addr;
    const BerthSubnet *subnet;
} Relay;

struct BerthConfIndex {
    const BerthSubnet **by_id;
    Segment *segments;
    size_t n_segments;
    Relay *relays;
    size_t n_relays;
    const BerthSubnet **by_interface; /* those that have one */
    size_t n_by_interface;
};

/* ---- making ---- */

static int compare_ids(const void *a, const void *b)
{
    const BerthSubnet *x = *(const BerthSubnet *const *)a, *y = *(const BerthSubnet *const *)b;

    return (x->id > y->id) - (x->id < y->id);
}

/* Outer prefixes before the inner ones. */
static int compare_prefixes(const void *a, const void *b)
{
    const BerthSubnet *x = *(const BerthSubnet *const *)a, *y = *(const BerthSubnet *const *)b;
    int order = berth_addr_compare(x->prefix, y->prefix);

    return order ? order : (int)x->prefix_len - (int)y->prefix_len;
}

/* The first subnet of the file is the first of its interface, and of its relay. */
static int compare_interfaces(const void *a, const void *b)
{
    const BerthSubnet *x = *(const BerthSubnet *const *)a, *y = *(const BerthSubnet *const *)b;
    int order = strcmp(x->interface, y->interface);

    return order ? order : (x > y) - (x < y);
}

static int compare_relays(const void *a, const void *b)
{
    const Relay *x = a, *y = b;
    int order = berth_addr_compare(x->addr, y->addr);

    return order ? order : (x->subnet > y->subnet) - (x->subnet < y->subnet);
}

static void add_segment(struct BerthConfIndex *index, BerthAddr from, const BerthSubnet *subnet)
{
    size_t n = index->n_segments;

    if (n > 0 && berth_addr_equal(index->segments[n - 1].from, from))
        index->segments[n - 1].subnet = subnet;
    else
        index->segments[index->n_segments++] = (Segment){from, subnet};
}

static BerthAddr last_of(const BerthSubnet *subnet)
{
    return berth_prefix_last(subnet->prefix, subnet->prefix_len);
}

/* Ends the innermost open prefix: behind it the one around it goes on. */
static void close_segment(struct BerthConfIndex *index, GPtrArray *open)
{
    const BerthSubnet *ended = g_ptr_array_steal_index(open, open->len - 1);
    const BerthU128 last = berth_addr_to_number(last_of(ended));

    if (last + 1 != 0)
        add_segment(index, berth_addr_from_number(last + 1),
                    open->len > 0 ? open->pdata[open->len - 1] : NULL);
}

static void make_segments(struct BerthConfIndex *index, const BerthSubnet *const *sorted, size_t n)
{
    GPtrArray *open = g_ptr_array_new();

    for (size_t i = 0; i < n; i++) {
        while (open->len > 0 &&
               berth_addr_compare(last_of(open->pdata[open->len - 1]), sorted[i]->prefix) < 0)
            close_segment(index, open);
        add_segment(index, sorted[i]->prefix, sorted[i]);
        g_ptr_array_add(open, (void *)sorted[i]);
    }
    while (open->len > 0)
        close_segment(index, open);
    g_ptr_array_unref(open);
}

static size_t count_relays(const BerthFamilyConf *v4)
{
    size_t n = 0;

    for (size_t i = 0; i < v4->n_subnets; i++)
        n += v4->subnets[i].relays.n;
    return n;
}

static void make_relays(BerthBuild *build, struct BerthConfIndex *index)
{
    const BerthFamilyConf *v4 = &build->conf->v4;

    index->relays = berth_build_array(build, count_relays(v4), sizeof(Relay));
    for (size_t i = 0; i < v4->n_subnets; i++) {
        const BerthSubnet *subnet = &v4->subnets[i];
        const BerthAddr *addrs = subnet->relays.at;

        for (size_t j = 0; j < subnet->relays.n; j++)
            index->relays[index->n_relays++] = (Relay){addrs[j], subnet};
    }
    if (index->n_relays > 0)
        qsort(index->relays, index->n_relays, sizeof(Relay), compare_relays);
}

static void make_interfaces(BerthBuild *build, struct BerthConfIndex *index)
{
    const BerthFamilyConf *v4 = &build->conf->v4;

    index->by_interface = berth_build_array(build, v4->n_subnets, sizeof(BerthSubnet *));
    for (size_t i = 0; i < v4->n_subnets; i++)
        if (v4->subnets[i].interface)
            index->by_interface[index->n_by_interface++] = &v4->subnets[i];
    if (index->n_by_interface > 0)
        qsort(index->by_interface, index->n_by_interface, sizeof(BerthSubnet *),
              compare_interfaces);
}

void berth_build_index(BerthBuild *build)
{
    const BerthFamilyConf *v4 = &build->conf->v4;
    struct BerthConfIndex *index = berth_build_array(build, 1, sizeof(*index));
    const size_t n = v4->n_subnets;

    build->conf->index = index;
    if (n == 0)
        return;
    index->by_id = berth_build_array(build, n, sizeof(BerthSubnet *));
    for (size_t i = 0; i < n; i++)
        index->by_id[i] = &v4->subnets[i];
    index->segments = berth_build_array(build, 2 * n, sizeof(Segment));
    qsort(index->by_id, n, sizeof(BerthSubnet *), compare_prefixes);
    make_segments(index, index->by_id, n);
    qsort(index->by_id, n, sizeof(BerthSubnet *), compare_ids);
    make_relays(build, index);
    make_interfaces(build, index);
}

/* ---- asking ---- */

const BerthSubnet *berth_conf_subnet_by_id(const BerthConf *conf, uint32_t id)
{
    const BerthSubnet key = {.id = id}, *at = &key;
    const BerthSubnet *const *found;

    if (conf->v4.n_subnets == 0)
        return NULL;
    found = bsearch(&at, conf->index->by_id, conf->v4.n_subnets, sizeof(at), compare_ids);
    return found ? *found : NULL;
}

const BerthSubnet *berth_conf_subnet_of(const BerthConf *conf, BerthAddr addr)
{
    const struct BerthConfIndex *index = conf->index;
    size_t low = 0, high = index->n_segments;

    while (low < high) {
        const size_t middle = low + (high - low) / 2;

        if (berth_addr_compare(index->segments[middle].from, addr) <= 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low > 0 ? index->segments[low - 1].subnet : NULL;
}

const BerthSubnet *berth_conf_subnet_by_relay(const BerthConf *conf, BerthAddr relay)
{
    const struct BerthConfIndex *index = conf->index;
    size_t low = 0, high = index->n_relays;

    while (low < high) {
        const size_t middle = low + (high - low) / 2;

        if (berth_addr_compare(index->relays[middle].addr, relay) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    if (low < index->n_relays && berth_addr_equal(index->relays[low].addr, relay))
        return index->relays[low].subnet;
    return berth_conf_subnet_of(conf, relay);
}

const BerthSubnet *berth_conf_subnet_by_interface(const BerthConf *conf, const char *name)
{
    const struct BerthConfIndex *index = conf->index;
    size_t low = 0, high = index->n_by_interface;

    while (low < high) {
        const size_t middle = low + (high - low) / 2;

        if (strcmp(index->by_interface[middle]->interface, name) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    if (low < index->n_by_interface && strcmp(index->by_interface[low]->interface, name) == 0)
        return index->by_interface[low];
    return NULL;
}

const BerthPool *berth_conf_pool_of(const BerthSubnet *subnet, BerthAddr addr)
{
    size_t low = 0, high = subnet->n_pools;

    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        const BerthPool *pool = subnet->pools_by_addr[middle];

        if (berth_addr_compare(addr, pool->first) < 0)
            high = middle;
        else if (berth_addr_compare(addr, pool->last) > 0)
            low = middle + 1;
        else
            return pool;
    }
    return NULL;
}
