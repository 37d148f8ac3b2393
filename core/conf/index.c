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

/* The links of one key: of a network of thousands all have the same. */
typedef struct Key {
    BerthBytes bytes;
    size_t from, until;
} Key;

typedef struct Links {
    BerthSubnetLink *at;
    size_t n;
    Key *keys;
    size_t n_keys;
    bool guarded; /* some are not for everybody */
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

/* By key; then by whom they are for, so that somebody's are neighbours; then as in the file. */
static int compare_links(const void *a, const void *b)
{
    const BerthSubnetLink *x = a, *y = b;
    int order = compare_bytes(x->key, y->key);

    if (order == 0)
        order = (x->number > y->number) - (x->number < y->number);
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
        if (open->len > 0)
            ((BerthSubnet *)sorted[i])->outer = open->pdata[open->len - 1];
        add_segment(index, sorted[i]->prefix, sorted[i]);
        g_ptr_array_add(open, (void *)sorted[i]);
    }
    while (open->len > 0)
        close_segment(index, open);
    g_ptr_array_unref(open);
}

/* Whom a subnet is for: what it says itself, or else its network. */
static const BerthGuard *guard_of(const BerthSubnet *subnet)
{
    const BerthGuard *own = &subnet->guards.any;

    return own->n == 0 && subnet->network ? &subnet->network->guards.any : own;
}

static size_t count_relays(const BerthFamilyConf *family)
{
    size_t n = 0;

    for (size_t i = 0; i < family->n_subnets; i++)
        n += family->subnets[i].relays.n * MAX(guard_of(&family->subnets[i])->n, 1);
    return n;
}

static size_t count_names(const BerthFamilyConf *family)
{
    size_t n = 0;

    for (size_t i = 0; i < family->n_subnets; i++)
        n += MAX(guard_of(&family->subnets[i])->n, 1);
    return n;
}

static Links new_links(BerthBuild *build, size_t n)
{
    return (Links){.at = berth_build_array(build, n, sizeof(BerthSubnetLink))};
}

/* Once for each class of the guard. */
static size_t add_guarded(BerthSubnetLink *to, const BerthGuard *guard, BerthSubnetLink link)
{
    for (unsigned i = 0; i < guard->n; i++) {
        link.number = guard->numbers[i];
        to[i] = link;
    }
    if (guard->n == 0)
        *to = link;
    return MAX(guard->n, 1);
}

static void add_link(Links *links, BerthBytes key, const BerthSubnet *subnet)
{
    const BerthGuard *guard = guard_of(subnet);

    if (key.len == 0)
        return;
    links->guarded |= guard->n > 0;
    links->n += add_guarded(links->at + links->n, guard, (BerthSubnetLink){key, 0, subnet});
}

static void sort_links(Links *links)
{
    if (links->n > 0)
        qsort(links->at, links->n, sizeof(BerthSubnetLink), compare_links);
}

static void find_keys(BerthBuild *build, Links *links)
{
    sort_links(links);
    links->keys = berth_build_array(build, links->n, sizeof(Key));
    for (size_t i = 0; i < links->n; i++) {
        if (i == 0 || !berth_bytes_equal(links->at[i].key, links->at[i - 1].key))
            links->keys[links->n_keys++] = (Key){links->at[i].key, i, 0};
        links->keys[links->n_keys - 1].until = i + 1;
    }
}

static void make_links(BerthBuild *build, struct BerthConfIndex *index)
{
    const BerthFamilyConf *family = build->family;
    const size_t n_names = count_names(family);

    index->relays = new_links(build, count_relays(family));
    index->interfaces = new_links(build, n_names);
    index->interface_ids = new_links(build, n_names);
    for (size_t i = 0; i < family->n_subnets; i++) {
        const BerthSubnet *subnet = &family->subnets[i];
        const BerthAddr *addrs = subnet->relays.at;

        for (size_t j = 0; j < subnet->relays.n; j++)
            add_link(&index->relays, (BerthBytes){addrs[j].b, sizeof(addrs[j].b)}, subnet);
        add_link(&index->interfaces, berth_bytes(subnet->interface), subnet);
        add_link(&index->interface_ids, subnet->interface_id, subnet);
    }
    find_keys(build, &index->relays);
    find_keys(build, &index->interfaces);
    find_keys(build, &index->interface_ids);
}

static struct BerthByClass *group_links(BerthBuild *build, const Links *links)
{
    struct BerthByClass *by_class = berth_build_array(build, 1, sizeof(*by_class));
    uint32_t *numbers = berth_build_array(build, links->n, sizeof(*numbers));
    uint32_t *starts = berth_build_array(build, links->n + 1, sizeof(*starts));
    const BerthSubnet **subnets = berth_build_array(build, links->n, sizeof(*subnets));
    size_t n = 0;

    for (size_t i = 0; i < links->n; i++) {
        subnets[i] = links->at[i].subnet;
        if (i > 0 && links->at[i].number == links->at[i - 1].number)
            continue;
        numbers[n] = links->at[i].number;
        starts[n++] = (uint32_t)i;
    }
    starts[n] = (uint32_t)links->n;
    *by_class = (struct BerthByClass){numbers, starts, n, subnets};
    return by_class;
}

/* Where they are not all for everybody. */
static void make_by_class(BerthBuild *build, BerthNetwork *network)
{
    Links links = {0};
    size_t n = 0, n_guarded = 0;

    for (size_t i = 0; i < network->n_subnets; i++) {
        n += MAX(network->subnets[i].guards.any.n, 1);
        n_guarded += network->subnets[i].guards.any.n;
    }
    if (n_guarded == 0)
        return;
    links = new_links(build, n);
    for (size_t i = 0; i < network->n_subnets; i++)
        links.n += add_guarded(links.at + links.n, &network->subnets[i].guards.any,
                               (BerthSubnetLink){.subnet = &network->subnets[i]});
    sort_links(&links);
    network->by_class = group_links(build, &links);
}

void berth_build_index(BerthBuild *build)
{
    const BerthFamilyConf *family = build->family;
    struct BerthConfIndex *index = berth_build_array(build, 1, sizeof(*index));
    const size_t n = family->n_subnets;

    build->family->index = index;
    for (size_t i = 0; i < family->n_networks; i++)
        make_by_class(build, (BerthNetwork *)&family->networks[i]);
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

bool berth_conf_admits(const BerthSubnet *subnet, const BerthClassSet *set)
{
    return berth_guard_admits(&subnet->guards.any, set) &&
           (!subnet->network || berth_guard_admits(&subnet->network->guards.any, set));
}

/* The innermost of those around it that lets the set in. */
static const BerthSubnet *admitting(const BerthSubnet *subnet, const BerthClassSet *set)
{
    while (subnet && !berth_conf_admits(subnet, set))
        subnet = subnet->outer;
    return subnet;
}

/* Whoever it is for. */
static const BerthSubnet *innermost(const BerthFamilyConf *family, BerthAddr addr)
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

const BerthSubnet *berth_conf_subnet_of(const BerthFamilyConf *family, BerthAddr addr,
                                        const BerthClassSet *set)
{
    return admitting(innermost(family, addr), set);
}

const BerthSubnet *berth_conf_link_subnet_of(const BerthFamilyConf *family,
                                             const BerthSubnet *subnet, BerthAddr addr,
                                             const BerthClassSet *set)
{
    const BerthSubnet *at;

    if (!subnet->network)
        return berth_prefix_contains(subnet->prefix, subnet->prefix_len, addr) ? subnet : NULL;
    for (at = innermost(family, addr); at && at != subnet; at = at->outer)
        if (at->network == subnet->network && berth_guard_admits(&at->guards.any, set))
            break;
    return at;
}

static const Key *find_key(const Links *links, BerthBytes bytes)
{
    size_t low = 0, high = links->n_keys;

    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        const int order = compare_bytes(links->keys[middle].bytes, bytes);

        if (order == 0)
            return &links->keys[middle];
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

/* The first of the file of those of the key that are for the class `number`. */
static const BerthSubnet *find_for(const Links *links, const Key *key, unsigned number,
                                   const BerthClassSet *set)
{
    size_t low = key->from, high = key->until;

    while (low < high) {
        const size_t middle = low + (high - low) / 2;

        if (links->at[middle].number < number)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < key->until && links->at[low].number == number; low++)
        if (berth_conf_admits(links->at[low].subnet, set))
            return links->at[low].subnet;
    return NULL;
}

static const BerthSubnet *earlier(const BerthSubnet *a, const BerthSubnet *b)
{
    return !a || (b && b < a) ? b : a;
}

/* Whoever they are for. */
static const BerthSubnet *find_any(const Links *links, const Key *key)
{
    const BerthSubnet *found = NULL;

    for (size_t i = key->from; i < key->until; i++)
        found = earlier(found, links->at[i].subnet);
    return found;
}

static const BerthSubnet *find_link(const Links *links, BerthBytes bytes, const BerthClassSet *set)
{
    const Key *key = find_key(links, bytes);
    const BerthSubnet *found;

    if (!key || !set)
        return key ? find_any(links, key) : NULL;
    found = find_for(links, key, 0, set);
    for (unsigned i = 0; links->guarded && i < set->n; i++)
        if (set->numbers[i] > 0)
            found = earlier(found, find_for(links, key, set->numbers[i], set));
    return found;
}

const BerthSubnet *berth_conf_subnet_by_relay(const BerthFamilyConf *family, BerthAddr relay,
                                              const BerthClassSet *set)
{
    const BerthSubnet *subnet =
        find_link(&family->index->relays, (BerthBytes){relay.b, sizeof(relay.b)}, set);

    return subnet ? subnet : berth_conf_subnet_of(family, relay, set);
}

const BerthSubnet *berth_conf_subnet_by_interface(const BerthFamilyConf *family, const char *name,
                                                  const BerthClassSet *set)
{
    return find_link(&family->index->interfaces, berth_bytes(name), set);
}

const BerthSubnet *berth_conf_subnet_by_interface_id(const BerthFamilyConf *family, BerthBytes id,
                                                     const BerthClassSet *set)
{
    return find_link(&family->index->interface_ids, id, set);
}

/* ---- pools ---- */

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

const BerthNaming *berth_conf_naming_of(const BerthSubnet *subnet, BerthAddr addr)
{
    const BerthPool *pool = subnet->names_pools ? berth_conf_pool_of(subnet, addr) : NULL;

    return pool && pool->naming ? pool->naming : &subnet->params.naming;
}

const BerthPool *berth_conf_pd_pool_of(const BerthSubnet *subnet, BerthAddr prefix)
{
    return find_pool(subnet->pd_pools_by_addr, subnet->n_pd_pools, prefix);
}
