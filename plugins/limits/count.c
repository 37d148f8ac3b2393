/* count - see count.h. */
#include "count.h"

#include "names.h"
#include <errno.h>

#define WALK_MAX 1000 /* leases of a turn */
#define LOADING_USEC 100000

typedef struct Tally {
    uint64_t stored[LIMIT_KINDS], pending[LIMIT_KINDS];
} Tally;

struct Counts {
    BerthServer *server;
    int family;
    GHashTable *subnets; /* id -> Tally */
    GHashTable *classes; /* name -> Tally */
    GHashTable *pending; /* address -> Pending: the last one granted there */
    /* the walk */
    bool is_ready;
    uint32_t iter;
    BerthTimer *turn;
    GHashTable *changed; /* addresses that have changed during the walk, which leaves them out */
    void (*ready)(void *data);
    void *data;
};

/* ---- numbers ---- */

static guint addr_hash(gconstpointer addr)
{
    uint64_t halves[2];

    memcpy(halves, addr, sizeof(halves));
    halves[0] = (halves[0] ^ halves[1]) * UINT64_C(0x9e3779b97f4a7c15);
    return (guint)(halves[0] >> 32);
}

static gboolean addr_same(gconstpointer a, gconstpointer b)
{
    return memcmp(a, b, sizeof(BerthAddr)) == 0;
}

static bool is_zero(const Tally *tally)
{
    static const Tally none;

    return memcmp(tally, &none, sizeof(none)) == 0;
}

static Tally *tally_of(GHashTable *table, gconstpointer key, bool is_name)
{
    Tally *tally = g_hash_table_lookup(table, key);

    if (!tally) {
        tally = g_new0(Tally, 1);
        g_hash_table_insert(table, is_name ? g_strdup(key) : (void *)key, tally);
    }
    return tally;
}

typedef struct Step {
    Counts *counts;
    LimitKind kind;
    bool is_pending;
    int by; /* 1 or -1 */
} Step;

/* What is zero is forgotten: of some templates every client has a class of its own. */
static void step(const Step *step, GHashTable *table, gconstpointer key, bool is_name)
{
    Tally *tally = tally_of(table, key, is_name);
    uint64_t *n = step->is_pending ? &tally->pending[step->kind] : &tally->stored[step->kind];

    *n += (uint64_t)step->by;
    if (is_zero(tally))
        g_hash_table_remove(table, key);
}

static void step_class(void *data, const char *name)
{
    const Step *by = data;

    step(by, by->counts->classes, name, true);
}

static void step_lease(Counts *counts, const BerthLease *lease, int by)
{
    Step one = {.counts = counts, .by = by};

    if (!lease || !count_is_held(lease))
        return;
    one.kind = count_kind(lease);
    step(&one, counts->subnets, GUINT_TO_POINTER(berth_lease_subnet_id(lease)), false);
    if (berth_lease_state(lease) == BERTH_LEASE_ACTIVE)
        names_each(berth_lease_context(lease), step_class, &one);
}

LimitKind count_kind(const BerthLease *lease)
{
    return berth_lease_type(lease) == BERTH_LEASE_PD ? LIMIT_PREFIXES : LIMIT_ADDRESSES;
}

/* Kea: what is declined is still assigned, of its subnet; and what has ended is until it is
 * reclaimed. */
bool count_is_held(const BerthLease *lease)
{
    return berth_lease_state(lease) == BERTH_LEASE_ACTIVE ||
           berth_lease_state(lease) == BERTH_LEASE_DECLINED;
}

bool count_is_of_class(const BerthLease *lease, const char *name)
{
    return berth_lease_state(lease) == BERTH_LEASE_ACTIVE &&
           names_have(berth_lease_context(lease), name);
}

static uint64_t sum_of(GHashTable *table, gconstpointer key, LimitKind kind)
{
    const Tally *tally = g_hash_table_lookup(table, key);

    return tally ? tally->stored[kind] + tally->pending[kind] : 0;
}

uint64_t counts_of_subnet(const Counts *counts, uint32_t subnet_id, LimitKind kind)
{
    return sum_of(counts->subnets, GUINT_TO_POINTER(subnet_id), kind);
}

uint64_t counts_of_class(const Counts *counts, const char *name, LimitKind kind)
{
    return sum_of(counts->classes, name, kind);
}

bool counts_are_ready(const Counts *counts)
{
    return counts->is_ready;
}

/* ---- granted, not stored yet ---- */

typedef struct Pending {
    struct Pending *next; /* of the same packet */
    Counts *counts;
    BerthAddr addr;
    LimitKind kind;
    uint32_t subnet_id;
    bool is_over;
    size_t n_classes;
    const char *classes[]; /* of the packet, and so are these bytes */
} Pending;

static void step_pending(const Pending *pending, int by)
{
    Step one = {pending->counts, pending->kind, true, by};

    step(&one, pending->counts->subnets, GUINT_TO_POINTER(pending->subnet_id), false);
    for (size_t i = 0; i < pending->n_classes; i++)
        step(&one, pending->counts->classes, pending->classes[i], true);
}

static void settle(Pending *pending)
{
    if (pending->is_over)
        return;
    pending->is_over = true;
    if (g_hash_table_lookup(pending->counts->pending, &pending->addr) == pending)
        g_hash_table_remove(pending->counts->pending, &pending->addr);
    step_pending(pending, -1);
}

static void at_end(void *data)
{
    settle(data);
}

static bool has_address(const BerthPacket *pkt, BerthAddr addr)
{
    const BerthLease *lease;
    BerthLeaseAct act;

    for (size_t i = 0; (lease = berth_packet_lease(pkt, i, &act)); i++) {
        BerthAddr own = berth_lease_addr(lease);

        if (memcmp(&own, &addr, sizeof(addr)) == 0)
            return true;
    }
    return false;
}

/* A packet that has lost a commit picks again: what it was granted before is not its any more. */
static void settle_former(Pending *first, const BerthPacket *pkt, BerthAddr again)
{
    for (Pending *at = first; at; at = at->next)
        if (memcmp(&at->addr, &again, sizeof(again)) == 0 || !has_address(pkt, at->addr))
            settle(at);
}

static Pending *new_pending(BerthPacket *pkt)
{
    Pending *pending;
    size_t n = 0;

    while (berth_packet_class(pkt, n))
        n++;
    pending = berth_packet_alloc(pkt, sizeof(*pending) + n * sizeof(*pending->classes));
    if (!pending)
        return NULL;
    pending->n_classes = n;
    for (size_t i = 0; i < n; i++)
        pending->classes[i] = berth_packet_class(pkt, i);
    return pending;
}

bool counts_grant(Counts *counts, BerthPacket *pkt, const BerthLease *lease)
{
    Pending **first = berth_packet_slot(pkt, counts, sizeof(*first));
    Pending *pending = new_pending(pkt);

    if (!first || !pending || !berth_packet_at_end(pkt, at_end, pending))
        return false;
    pending->addr = berth_lease_addr(lease);
    settle_former(*first, pkt, pending->addr);
    pending->counts = counts;
    pending->kind = count_kind(lease);
    pending->subnet_id = berth_lease_subnet_id(lease);
    pending->next = *first;
    *first = pending;
    g_hash_table_replace(counts->pending, &pending->addr, pending);
    step_pending(pending, 1);
    return true;
}

/* ---- stored ---- */

static BerthAddr addr_of(const BerthLease *before, const BerthLease *after)
{
    return berth_lease_addr(after ? after : before);
}

/* The walk counts what it comes to, but not what has changed since it began: that is followed. What
 * it had come to before is counted already. */
static bool is_counted(Counts *counts, BerthAddr addr)
{
    bool is_new;

    if (counts->is_ready)
        return true;
    is_new = g_hash_table_add(counts->changed, g_memdup2(&addr, sizeof(addr)));
    return !is_new ||
           berth_server_leases_passed(counts->server, counts->family, counts->iter, addr);
}

static void on_change(void *data, const BerthLease *before, const BerthLease *after)
{
    Counts *counts = data;
    BerthAddr addr = addr_of(before, after);
    Pending *pending = g_hash_table_lookup(counts->pending, &addr);

    if (pending)
        settle(pending);
    if (is_counted(counts, addr))
        step_lease(counts, before, -1);
    step_lease(counts, after, 1);
}

static int on_lease(void *data, const BerthLease *lease)
{
    Counts *counts = data;
    BerthAddr addr = berth_lease_addr(lease);

    if (!g_hash_table_contains(counts->changed, &addr))
        step_lease(counts, lease, 1);
    return 0;
}

static void on_turn(void *data)
{
    Counts *counts = data;
    int r = berth_server_leases(counts->server, counts->family, &counts->iter, WALK_MAX, on_lease,
                                counts);

    if (r != 0) {
        berth_timer_set(counts->server, counts->turn, r == -EAGAIN ? LOADING_USEC : 0);
        return;
    }
    counts->is_ready = true;
    g_hash_table_remove_all(counts->changed);
    counts->ready(counts->data);
}

Counts *counts_new(BerthServer *server, int family, void (*ready)(void *data), void *data)
{
    Counts *counts = g_new0(Counts, 1);

    if (berth_server_follow_leases(server, family, on_change, counts) < 0) {
        g_free(counts);
        return NULL;
    }
    counts->server = server;
    counts->family = family;
    counts->ready = ready;
    counts->data = data;
    counts->subnets = g_hash_table_new_full(NULL, NULL, NULL, g_free);
    counts->classes = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    counts->pending = g_hash_table_new(addr_hash, addr_same);
    counts->changed = g_hash_table_new_full(addr_hash, addr_same, g_free, NULL);
    counts->turn = berth_timer_new(server, on_turn, counts);
    berth_timer_set(server, counts->turn, 0);
    return counts;
}

void counts_free(Counts *counts)
{
    if (!counts)
        return;
    berth_server_unfollow_leases(counts->server, counts->family, on_change, counts);
    berth_timer_free(counts->turn);
    g_hash_table_unref(counts->subnets);
    g_hash_table_unref(counts->classes);
    g_hash_table_unref(counts->pending);
    g_hash_table_unref(counts->changed);
    g_free(counts);
}
