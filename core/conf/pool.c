/* Pools: "first - last" or a prefix, inside their subnet, apart from each other, and of addresses
 * that a client can use. */
#include "core/conf/build.h"

/* A prefix stands for all its addresses. */
static bool read_prefix(const BerthReading *reading, const char *text, BerthPool *pool)
{
    const BerthFamilyTables *tables = reading->build->family->tables;
    BerthAddr addr;
    uint8_t len;

    if (berth_prefix_parse(text, &addr, &len) < 0 || !berth_build_is_own(reading->build, addr))
        return berth_build_fail(reading->build, reading->node, reading->path,
                                "\"%s\" is no %s prefix; write \"%s\"", text, tables->ip,
                                tables->part);
    pool->first = berth_prefix_first(addr, len);
    pool->last = berth_prefix_last(addr, len);
    if (!berth_addr_equal(addr, pool->first))
        return berth_build_fail(reading->build, reading->node, reading->path,
                                "\"%s\" does not begin at the first address of its prefix; write a "
                                "range \"first - last\"",
                                text);
    return true;
}

static bool read_addr(const BerthReading *reading, const char *text, size_t len, BerthAddr *ret)
{
    g_autofree char *copy = g_strstrip(g_strndup(text, len));

    return berth_addr_parse(copy, ret) == 0 && berth_build_is_own(reading->build, *ret);
}

static bool read_range(const BerthReading *reading, const char *text, BerthPool *pool)
{
    const BerthFamilyTables *tables = reading->build->family->tables;
    const char *dash = strchr(text, '-');

    if (!dash || !read_addr(reading, text, (size_t)(dash - text), &pool->first) ||
        !read_addr(reading, dash + 1, strlen(dash + 1), &pool->last))
        return berth_build_fail(reading->build, reading->node, reading->path,
                                "\"%s\" is no pool; write \"%s\" or \"%s\"", text, tables->range,
                                tables->part);
    if (berth_addr_compare(pool->first, pool->last) > 0)
        return berth_build_fail(reading->build, reading->node, reading->path,
                                "\"%s\" ends before it begins", text);
    return true;
}

static bool is_inside(const BerthReading *reading, const BerthPool *pool)
{
    const BerthSubnet *subnet = pool->subnet;

    if (!subnet->text || (berth_prefix_contains(subnet->prefix, subnet->prefix_len, pool->first) &&
                          berth_prefix_contains(subnet->prefix, subnet->prefix_len, pool->last)))
        return true;
    return berth_build_fail(reading->build, reading->node, reading->path,
                            "the pool %s is not inside its subnet %s", pool->text, subnet->text);
}

/* ---- what no client can use ---- */

/* Kea accepts these; a client that is given one of them is cut off. */
static const struct {
    int family;
    const char *first, *last, *what;
} unusable[] = {
    {4, "0.0.0.0", "0.255.255.255", "0.0.0.0/8, this network"},
    {4, "127.0.0.0", "127.255.255.255", "127.0.0.0/8, loopback"},
    {4, "224.0.0.0", "239.255.255.255", "224.0.0.0/4, multicast"},
    {4, "255.255.255.255", "255.255.255.255", "255.255.255.255, broadcast"},
    {6, "::", "::", "::, unspecified"},
    {6, "::1", "::1", "::1, loopback"},
    {6, "0.0.0.0", "255.255.255.255", "::ffff:0:0/96, addresses of IPv4"},
    {6, "fe80::", "febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "fe80::/10, link-local"},
    {6, "ff00::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "ff00::/8, multicast"},
};

static bool overlaps(const BerthPool *pool, const char *first_text, const char *last_text)
{
    BerthAddr first, last;

    return berth_addr_parse(first_text, &first) == 0 && berth_addr_parse(last_text, &last) == 0 &&
           berth_addr_compare(pool->first, last) <= 0 && berth_addr_compare(first, pool->last) <= 0;
}

static bool is_usable(const BerthReading *reading, const BerthPool *pool)
{
    int family = pool->type == BERTH_LEASE_V4 ? 4 : 6;

    for (size_t i = 0; i < G_N_ELEMENTS(unusable); i++)
        if (unusable[i].family == family && overlaps(pool, unusable[i].first, unusable[i].last))
            return berth_build_fail(reading->build, reading->node, reading->path,
                                    "the pool %s holds what no client can use: %s", pool->text,
                                    unusable[i].what);
    return true;
}

/* ---- pools ---- */

static bool says_names(const BerthNode *node)
{
    for (const BerthConfItem *row = berth_conf_naming; row->key; row++)
        if (berth_node_get(node, row->key))
            return true;
    return false;
}

static void read_keys(const BerthReading *reading, BerthPool *pool, BerthPoolIn *in)
{
    const BerthNaming *outer = &pool->subnet->params.naming;
    BerthNaming naming;
    const BerthFillTable all[] = {
        {.items = berth_conf_pool, .ret = in},
        {.items = berth_conf_naming, .ret = &naming, .parent = outer},
    };

    berth_schema_fill(&reading->build->fill, reading->node, reading->path, all, G_N_ELEMENTS(all),
                      sizeof(BerthConfItem));
    if (!says_names(reading->node))
        return;
    berth_build_naming(reading->build, reading->node, reading->path, &naming, outer);
    pool->naming = berth_build_copy(reading->build, &naming, 1, sizeof(naming));
}

static bool read_pool(const BerthReading *reading, BerthPool *pool)
{
    BerthPoolIn in = {0};
    g_autofree char *options = g_strdup_printf("%s.option-data", reading->path);

    read_keys(reading, pool, &in);
    pool->delegated_len = pool->type == BERTH_LEASE_V4 ? 32 : 128;
    pool->id = (uint32_t)in.id;
    pool->text = in.pool;
    pool->user_context = in.user_context;
    pool->guards = berth_build_guards(reading, &in.guard);
    pool->options = berth_build_options(reading->build, in.options, options);
    if (!in.pool)
        return false;
    if (strchr(in.pool, '/') ? !read_prefix(reading, in.pool, pool)
                             : !read_range(reading, in.pool, pool))
        return false;
    return is_inside(reading, pool);
}

size_t berth_build_pools(BerthBuild *build, const BerthNode *node, const char *path,
                         const BerthPool *blank, BerthPool *pools)
{
    const size_t n = berth_build_count(build, node, path);
    size_t n_good = 0;

    if (n == 0)
        return 0;
    node = node->value.children.first;
    for (size_t i = 0; i < n; i++, node = node->next) {
        g_autofree char *at = g_strdup_printf("%s[%zu]", path, i);
        const BerthReading reading = {build, node, at};
        BerthPool pool = *blank;

        pool.node = node;
        if ((pool.type == BERTH_LEASE_PD ? berth_build_pd_pool(&reading, &pool)
                                         : read_pool(&reading, &pool)) &&
            is_usable(&reading, &pool))
            pools[n_good++] = pool;
    }
    return n_good;
}

static int compare_pools(const void *a, const void *b)
{
    const BerthPool *x = *(const BerthPool *const *)a, *y = *(const BerthPool *const *)b;
    int order = berth_addr_compare(x->first, y->first);

    return order ? order : (x > y) - (x < y);
}

/* One address in two pools would be two entries of the free map for one lease. */
static void check_apart(BerthBuild *build, const BerthPool *const *sorted, size_t n)
{
    const BerthPool *widest = sorted[0];

    for (size_t i = 1; i < n; i++) {
        const BerthPool *pool = sorted[i];

        if (berth_addr_compare(pool->first, widest->last) <= 0 && pool->subnet->text &&
            widest->subnet->text) {
            const BerthPool *later = pool > widest ? pool : widest;
            const BerthPool *earlier = pool > widest ? widest : pool;

            berth_errors_add(build->fill.errors, later->node, NULL,
                             "the pool %s of subnet %s overlaps the pool %s of subnet %s, line %d",
                             later->text, later->subnet->text, earlier->text, earlier->subnet->text,
                             earlier->node->line);
        }
        if (berth_addr_compare(pool->last, widest->last) > 0)
            widest = pool;
    }
}

/* All pools by address. Those of one subnet are not always neighbours, since a subnet may lie
 * inside another; so each subnet gets its own runs, one of addresses and one of prefixes. `sorted`
 * is put into them in its order. */
static void sort_by_subnet(BerthBuild *build, const BerthPool *const *sorted, size_t n)
{
    BerthFamilyConf *family = build->family;
    BerthSubnet *subnets = (BerthSubnet *)family->subnets;
    const BerthPool **runs = berth_build_array(build, n, sizeof(*runs));
    const BerthPool **next = runs;
    size_t *filled = g_new0(size_t, 2 * family->n_subnets + 1);

    for (size_t i = 0; i < family->n_subnets; i++) {
        subnets[i].pools_by_addr = next;
        next += subnets[i].n_pools;
        subnets[i].pd_pools_by_addr = next;
        next += subnets[i].n_pd_pools;
    }
    for (size_t i = 0; i < n; i++) {
        const BerthSubnet *subnet = sorted[i]->subnet;
        const bool is_pd = sorted[i]->type == BERTH_LEASE_PD;
        const BerthPool *const *run = is_pd ? subnet->pd_pools_by_addr : subnet->pools_by_addr;

        runs[(size_t)(run - runs) + filled[2 * (subnet - subnets) + is_pd]++] = sorted[i];
    }
    g_free(filled);
}

void berth_build_sort_pools(BerthBuild *build)
{
    const BerthFamilyConf *family = build->family;
    const size_t n = family->n_pools;
    const BerthPool **sorted;

    if (n == 0)
        return;
    sorted = g_new(const BerthPool *, n);
    for (size_t i = 0; i < n; i++)
        sorted[i] = &family->pools[i];
    qsort(sorted, n, sizeof(*sorted), compare_pools);
    check_apart(build, sorted, n);
    sort_by_subnet(build, sorted, n);
    g_free(sorted);
}
