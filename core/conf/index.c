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

/* A subnet by the bytes of a name, of an address: whatever clients on it are known by. */
typedef struct Link {
    BerthBytes key;
    const BerthSubnet *subnet;
} Link;

typedef struct Links {
    Link *at;
    size_t n;
} Links;

struct BerthConfIndex {
    const BerthSubnet **by_id;
    Segment *segments;
    size_t n_segments;
    Links relays, interfaces, interface_ids;
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

static int compare_bytes(BerthBytes a, BerthBytes b)
{
    const size_t len = MIN(a.len, b.len);
    const int order = len > 0 ? memcmp(a.data, b.data, len) : 0;

    return order ? order : (a.len > b.len) - (a.len < b.len);
}

/* Of several subnets with one key the first of the file stands first. */
static int compare_links(const void *a, const void *b)
{
    const Link *x = a, *y = b;
    const int order = compare_bytes(x->key, y->key);

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

static size_t count_relays(const BerthFamilyConf *family)
{
    size_t n = 0;

    for (size_t i = 0; i < family->n_subnets; i++)
        n += family->subnets[i].relays.n;
    return n;
}

static Links new_links(BerthBuild *build, size_t n)
{
    return (Links){.at = berth_build_array(build, n, sizeof(Link))};
}

static void add_link(Links *links, BerthBytes key, const BerthSubnet *subnet)
{
    if (key.len > 0)
        links->at[links->n++] = (Link){key, subnet};
}

static void sort_links(Links *links)
{
    if (links->n > 0)
        qsort(links->at, links->n, sizeof(Link), compare_links);
}

static void make_links(BerthBuild *build, struct BerthConfIndex *index)
{
    const BerthFamilyConf *family = build->family;

    index->relays = new_links(build, count_relays(family));
    index->interfaces = new_links(build, family->n_subnets);
    index->interface_ids = new_links(build, family->n_subnets);
    for (size_t i = 0; i < family->n_subnets; i++) {
        const BerthSubnet *subnet = &family->subnets[i];
        const BerthAddr *addrs = subnet->relays.at;

        for (size_t j = 0; j < subnet->relays.n; j++)
            add_link(&index->relays, (BerthBytes){addrs[j].b, sizeof(addrs[j].b)}, subnet);
        add_link(&index->interfaces, berth_bytes(subnet->interface), subnet);
        add_link(&index->interface_ids, subnet->interface_id, subnet);
    }
    sort_links(&index->relays);
    sort_links(&index->interfaces);
    sort_links(&index->interface_ids);
}

void berth_build_index(BerthBuild *build)
{
    const BerthFamilyConf *family = build->family;
    struct BerthConfIndex *index = berth_build_array(build, 1, sizeof(*index));
    const size_t n = family->n_subnets;

    build->family->index = index;
    if (n == 0)
        return;
    index->by_id = berth_build_array(build, n, sizeof(BerthSubnet *));
    for (size_t i = 0; i < n; i++)
        index->by_id[i] = &family->subnets[i];
    index->segments = berth_build_array(build, 2 * n, sizeof(Segment));
    qsort(index->by_id, n, sizeof(BerthSubnet *), compare_prefixes);
    make_segments(index, index->by_id, n);
    qsort(index->by_id, n, sizeof(BerthSubnet *), compare_ids);
    make_links(build, index);
}

/* ---- asking ---- */

const BerthSubnet *berth_conf_subnet_by_id(const BerthFamilyConf *family, uint32_t id)
{
    const BerthSubnet key = {.id = id}, *at = &key;
    const BerthSubnet *const *found;

    if (family->n_subnets == 0)
        return NULL;
    found = bsearch(&at, family->index->by_id, family->n_subnets, sizeof(at), compare_ids);
    return found ? *found : NULL;
}

const BerthSubnet *berth_conf_subnet_of(const BerthFamilyConf *family, BerthAddr addr)
{
    const struct BerthConfIndex *index = family->index;
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

static const BerthSubnet *find_link(const Links *links, BerthBytes key)
{
    size_t low = 0, high = links->n;

    while (low < high) {
        const size_t middle = low + (high - low) / 2;

        if (compare_bytes(links->at[middle].key, key) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low < links->n && berth_bytes_equal(links->at[low].key, key) ? links->at[low].subnet
                                                                        : NULL;
}

const BerthSubnet *berth_conf_subnet_by_relay(const BerthFamilyConf *family, BerthAddr relay)
{
    const BerthSubnet *subnet =
        find_link(&family->index->relays, (BerthBytes){relay.b, sizeof(relay.b)});

    return subnet ? subnet : berth_conf_subnet_of(family, relay);
}

const BerthSubnet *berth_conf_subnet_by_interface(const BerthFamilyConf *family, const char *name)
{
    return find_link(&family->index->interfaces, berth_bytes(name));
}

const BerthSubnet *berth_conf_subnet_by_interface_id(const BerthFamilyConf *family, BerthBytes id)
{
    return find_link(&family->index->interface_ids, id);
}

static const BerthPool *find_pool(const BerthPool *const *pools, size_t n, BerthAddr addr)
{
    size_t low = 0, high = n;

    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        const BerthPool *pool = pools[middle];

        if (berth_addr_compare(addr, pool->first) < 0)
            high = middle;
        else if (berth_addr_compare(addr, pool->last) > 0)
            low = middle + 1;
        else
            return pool;
    }
    return NULL;
}

const BerthPool *berth_conf_pool_of(const BerthSubnet *subnet, BerthAddr addr)
{
    return find_pool(subnet->pools_by_addr, subnet->n_pools, addr);
}

const BerthPool *berth_conf_pd_pool_of(const BerthSubnet *subnet, BerthAddr prefix)
{
    return find_pool(subnet->pd_pools_by_addr, subnet->n_pd_pools, prefix);
}
