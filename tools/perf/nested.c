/* nested - see nested.h. */
#include "tools/perf/nested.h"

typedef struct Inside {
    PerfLease prefix;
    uint32_t n;
    uint32_t client;    /* of the last one */
    uint32_t until_sec; /* when the last of them ends, as far as is known */
} Inside;

static guint lease_hash(gconstpointer key)
{
    const PerfLease *lease = key;
    guint hash = lease->len;

    for (size_t i = 0; i < sizeof(lease->addr.b); i++)
        hash = hash * 33 ^ lease->addr.b[i];
    return hash;
}

static gboolean lease_equal(gconstpointer a, gconstpointer b)
{
    return perf_lease_equal(a, b);
}

void perf_nested_init(PerfNested *nested, const PerfHolders *holders)
{
    nested->holders = holders;
    nested->n_lens = 0;
    nested->inside = g_hash_table_new_full(lease_hash, lease_equal, NULL, g_free);
}

void perf_nested_clear(PerfNested *nested)
{
    g_clear_pointer(&nested->inside, g_hash_table_unref);
}

static PerfLease around(const PerfLease *lease, uint8_t len)
{
    return (PerfLease){berth_prefix_first(lease->addr, len), len};
}

static void note(PerfNested *nested, PerfLease prefix, uint32_t client, uint32_t until_sec)
{
    Inside *inside = g_hash_table_lookup(nested->inside, &prefix);

    if (!inside) {
        inside = g_new0(Inside, 1);
        inside->prefix = prefix;
        g_hash_table_add(nested->inside, inside);
    }
    inside->n++;
    inside->client = client;
    inside->until_sec = MAX(inside->until_sec, until_sec);
    /* cppcheck-suppress memleak ; the table has it */
}

/* A length that was not met before: what is held already may lie in such prefixes. */
static void meet(PerfNested *nested, uint8_t len)
{
    for (unsigned i = 0; i < nested->n_lens; i++)
        if (nested->lens[i] == len)
            return;
    nested->lens[nested->n_lens++] = len;
    for (uint32_t place = 0; nested->n_lens > 1 && place <= nested->holders->mask; place++) {
        PerfLease lease;
        uint32_t client = perf_holders_at(nested->holders, place, &lease);

        if (client != PERF_NOBODY && lease.len > len)
            note(nested, around(&lease, len), client, nested->holders->places[place].until_sec);
    }
}

void perf_nested_add(PerfNested *nested, const PerfLease *lease, uint32_t client,
                     uint32_t until_sec)
{
    meet(nested, lease->len);
    for (unsigned i = 0; i < nested->n_lens; i++)
        if (nested->lens[i] < lease->len)
            note(nested, around(lease, nested->lens[i]), client, until_sec);
}

void perf_nested_drop(PerfNested *nested, const PerfLease *lease)
{
    for (unsigned i = 0; i < nested->n_lens; i++) {
        PerfLease prefix = around(lease, nested->lens[i]);
        Inside *inside =
            prefix.len < lease->len ? g_hash_table_lookup(nested->inside, &prefix) : NULL;

        if (inside && --inside->n == 0)
            g_hash_table_remove(nested->inside, &prefix);
    }
}

static bool is_around(const PerfNested *nested, const PerfLease *lease, uint32_t client,
                      uint32_t now_sec)
{
    for (unsigned i = 0; i < nested->n_lens; i++) {
        PerfLease prefix = around(lease, nested->lens[i]);
        uint32_t holder = prefix.len < lease->len
                              ? perf_holders_find(nested->holders, &prefix, now_sec)
                              : PERF_NOBODY;

        if (holder != PERF_NOBODY && holder != client)
            return true;
    }
    return false;
}

bool perf_nested_find(const PerfNested *nested, const PerfLease *lease, uint32_t client,
                      uint32_t now_sec)
{
    const Inside *inside = nested->n_lens ? g_hash_table_lookup(nested->inside, lease) : NULL;

    if (inside && inside->until_sec > now_sec && (inside->n > 1 || inside->client != client))
        return true;
    return is_around(nested, lease, client, now_sec);
}
