/* strays - see strays.h. */
#include "core/pool/strays.h"

#include <glib.h>

#define LENGTHS 129

struct BerthStrays {
    GTree *tree;             /* of BerthPrefix */
    uint64_t count[LENGTHS]; /* of each length */
};

/* By address, and at one address the longest prefix first: so all that begin within a prefix come
 * in a row. */
static int compare(const void *a, const void *b, void *data)
{
    const BerthPrefix *x = a, *y = b;
    int r = berth_addr_compare(x->addr, y->addr);

    (void)data;
    return r ? r : (int)y->len - (int)x->len;
}

BerthStrays *berth_strays_new(void)
{
    BerthStrays *strays = g_new0(BerthStrays, 1);

    strays->tree = g_tree_new_full(compare, NULL, g_free, NULL);
    return strays;
}

void berth_strays_free(BerthStrays *strays)
{
    if (!strays)
        return;
    g_tree_unref(strays->tree);
    g_free(strays);
}

void berth_strays_clear(BerthStrays *strays)
{
    g_tree_remove_all(strays->tree);
    memset(strays->count, 0, sizeof(strays->count));
}

uint64_t berth_strays_count(const BerthStrays *strays)
{
    return (uint64_t)g_tree_nnodes(strays->tree);
}

void berth_strays_set(BerthStrays *strays, BerthPrefix prefix, bool is_there)
{
    bool was_there = g_tree_lookup(strays->tree, &prefix) != NULL;
    BerthPrefix *key;

    if (was_there == is_there || prefix.len >= LENGTHS)
        return;
    if (is_there) {
        key = g_memdup2(&prefix, sizeof(prefix));
        g_tree_insert(strays->tree, key, key);
        strays->count[prefix.len]++;
    } else {
        g_tree_remove(strays->tree, &prefix);
        strays->count[prefix.len]--;
    }
}

/* ---- overlapping ---- */

static bool find_around(const BerthStrays *strays, BerthPrefix prefix, BerthStrayTest test,
                        void *data, BerthPrefix *ret)
{
    for (uint8_t len = 0; len < prefix.len; len++) {
        BerthPrefix around;

        if (strays->count[len] == 0)
            continue;
        around = (BerthPrefix){berth_prefix_first(prefix.addr, len), len};
        if (g_tree_lookup(strays->tree, &around) && test(data, around)) {
            *ret = around;
            return true;
        }
    }
    return false;
}

static bool find_within(const BerthStrays *strays, BerthPrefix prefix, BerthStrayTest test,
                        void *data, BerthPrefix *ret)
{
    BerthPrefix from = {prefix.addr, LENGTHS};
    BerthAddr last = berth_prefix_last(prefix.addr, prefix.len);
    GTreeNode *node = g_tree_lower_bound(strays->tree, &from);

    for (unsigned tested = 0; node; node = g_tree_node_next(node)) {
        const BerthPrefix *stray = g_tree_node_key(node);

        if (berth_addr_compare(stray->addr, last) > 0)
            return false;
        /* What is at its first address and shorter contains it. */
        if (stray->len <= prefix.len)
            continue;
        if (++tested > BERTH_STRAYS_TESTED || test(data, *stray)) {
            *ret = *stray;
            return true;
        }
    }
    return false;
}

bool berth_strays_overlap(const BerthStrays *strays, BerthPrefix prefix, BerthStrayTest test,
                          void *data, BerthPrefix *ret)
{
    return g_tree_nnodes(strays->tree) > 0 && (find_around(strays, prefix, test, data, ret) ||
                                               find_within(strays, prefix, test, data, ret));
}
