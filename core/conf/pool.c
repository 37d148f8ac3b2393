/* Pools: "first - last" or a prefix, inside their subnet and apart from each other. */
#include "core/conf/build.h"

typedef struct Reading {
    BerthBuild *build;
    const BerthNode *node;
    const char *path;
} Reading;

/* A prefix stands for all its addresses. */
static bool read_prefix(const Reading *reading, const char *text, BerthPool *pool)
{
    BerthAddr addr;
    uint8_t len;

    if (berth_prefix_parse(text, &addr, &len) < 0 || !berth_addr_is4(addr))
        return berth_build_fail(reading->build, reading->node, reading->path,
                                "\"%s\" is no IPv4 prefix; write \"192.0.2.64/26\"", text);
    pool->first = berth_prefix_first(addr, len);
    pool->last = berth_prefix_last(addr, len);
    if (!berth_addr_equal(addr, pool->first))
        return berth_build_fail(reading->build, reading->node, reading->path,
                                "\"%s\" does not begin at the first address of its prefix; write a "
                                "range \"first - last\"",
                                text);
    return true;
}

static bool read_addr(const char *text, size_t len, BerthAddr *ret)
{
    g_autofree char *copy = g_strstrip(g_strndup(text, len));

    return berth_addr_parse(copy, ret) == 0 && berth_addr_is4(*ret);
}

static bool read_range(const Reading *reading, const char *text, BerthPool *pool)
{
    const char *dash = strchr(text, '-');

    if (!dash || !read_addr(text, (size_t)(dash - text), &pool->first) ||
        !read_addr(dash + 1, strlen(dash + 1), &pool->last))
        return berth_build_fail(reading->build, reading->node, reading->path,
                                "\"%s\" is no pool; write \"192.0.2.10 - 192.0.2.99\" or "
                                "\"192.0.2.64/26\"",
                                text);
    if (berth_addr_compare(pool->first, pool->last) > 0)
        return berth_build_fail(reading->build, reading->node, reading->path,
                                "\"%s\" ends before it begins", text);
    return true;
}

static bool is_inside(const Reading *reading, const BerthPool *pool)
{
    const BerthSubnet *subnet = pool->subnet;

    if (!subnet->text || (berth_prefix_contains(subnet->prefix, subnet->prefix_len, pool->first) &&
                          berth_prefix_contains(subnet->prefix, subnet->prefix_len, pool->last)))
        return true;
    return berth_build_fail(reading->build, reading->node, reading->path,
                            "the pool %s is not inside its subnet %s", pool->text, subnet->text);
}

static bool read_pool(const Reading *reading, BerthPool *pool)
{
    BerthPoolIn in = {0};
    g_autofree char *options = g_strdup_printf("%s.option-data", reading->path);

    berth_build_map(reading->build, reading->node, reading->path, berth_conf_pool4, &in);
    pool->id = (uint32_t)in.id;
    pool->text = in.pool;
    pool->user_context = in.user_context;
    pool->options = berth_build_options(reading->build, in.options, options);
    if (!in.pool)
        return false;
    if (strchr(in.pool, '/') ? !read_prefix(reading, in.pool, pool)
                             : !read_range(reading, in.pool, pool))
        return false;
    return is_inside(reading, pool);
}

size_t berth_build_pools(BerthBuild *build, const BerthNode *node, const char *path,
                         const BerthSubnet *subnet, BerthPool *pools)
{
    const size_t n = berth_build_count(build, node, path);
    size_t n_good = 0;

    if (n == 0)
        return 0;
    node = node->value.children.first;
    for (size_t i = 0; i < n; i++, node = node->next) {
        g_autofree char *at = g_strdup_printf("%s[%zu]", path, i);
        const Reading reading = {build, node, at};
        BerthPool pool = {.subnet = subnet, .node = node};

        if (read_pool(&reading, &pool))
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
    const BerthPool *widest = n > 0 ? sorted[0] : NULL;

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
 * inside another; so each subnet gets its own run, in the same order. */
static void sort_by_subnet(BerthBuild *build, const BerthPool *const *sorted, size_t n)
{
    const BerthFamilyConf *v4 = &build->conf->v4;
    const BerthPool **runs = berth_build_array(build, n, sizeof(*runs));
    size_t *filled = g_new0(size_t, v4->n_subnets + 1);

    for (size_t i = 0; i < n; i++) {
        const BerthSubnet *subnet = sorted[i]->subnet;

        runs[(size_t)(subnet->pools - v4->pools) + filled[subnet - v4->subnets]++] = sorted[i];
    }
    for (size_t i = 0; i < v4->n_subnets; i++) {
        BerthSubnet *subnet = (BerthSubnet *)&v4->subnets[i];

        subnet->pools_by_addr = subnet->n_pools ? &runs[subnet->pools - v4->pools] : NULL;
    }
    g_free(filled);
}

void berth_build_sort_pools(BerthBuild *build)
{
    const BerthFamilyConf *v4 = &build->conf->v4;
    const size_t n = v4->n_pools;
    const BerthPool **sorted = g_new(const BerthPool *, n + 1);

    for (size_t i = 0; i < n; i++)
        sorted[i] = &v4->pools[i];
    qsort(sorted, n, sizeof(*sorted), compare_pools);
    check_apart(build, sorted, n);
    sort_by_subnet(build, sorted, n);
    g_free(sorted);
}
