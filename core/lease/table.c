/* table - see table.h. */
#include "core/lease/table_i.h"

#include <errno.h>
#include <glib.h>

#define NEIGHBOURS 64 /* addresses whose buckets are side by side */

G_STATIC_ASSERT(G_N_ELEMENTS(((BerthTablePlace *)0)->identity) == BERTH_IDENTITIES);

/* ---- identities ---- */

/* RFC 2132 section 9.14: most identifiers are the hardware address behind its type. These have the
 * hash of the address, so that of such a client one is made, not two. */
static BerthBytes hashed_of(BerthIdentityKind which, BerthBytes bytes)
{
    bool is_ethernet = which == BERTH_BY_CLIENT_ID && bytes.len == 7 && bytes.data[0] == 1;

    return is_ethernet ? (BerthBytes){bytes.data + 1, bytes.len - 1} : bytes;
}

const uint64_t *berth_table_hash(const BerthTable *table, BerthIdentityKind which, BerthBytes bytes)
{
    return berth_hash_again(table->memo, hashed_of(which, bytes));
}

/* `hash` is that of the bytes. No client chooses it; what else tells identities apart are few small
 * numbers, which this keeps in different buckets. */
uint64_t berth_table_place(uint64_t hash, uint32_t subnet_id, uint16_t type)
{
    hash += ((uint64_t)subnet_id << 16 | type) * UINT64_C(0x9e3779b97f4a7c15);
    /* So much of it is kept in the record. */
    return type == BERTH_DUID_TYPE ? (uint32_t)hash : hash;
}

static uint64_t place_identity(const BerthIdentity *identity, uint64_t hash)
{
    return berth_table_place(hash, identity->subnet_id, identity->type);
}

static uint64_t hash_identity(const BerthTable *table, const BerthIdentity *identity)
{
    const uint64_t *hash = berth_table_hash(table, identity->which, identity->bytes);

    return place_identity(identity, hash[0]);
}

/* Of whoever stands in the index: nobody who is asked for again. */
static uint64_t hash_by(const void *owner, uint32_t handle, BerthIdentityKind which)
{
    const BerthTable *table = owner;
    BerthIdentity identity = berth_record_identity(berth_table_record(table, handle), which);
    uint64_t hash[2];

    berth_hash_long(table->seed, hashed_of(which, identity.bytes), hash);
    return place_identity(&identity, hash[0]);
}

static uint64_t hash_client_id(const void *owner, uint32_t handle)
{
    const BerthRecord *record = berth_table_record(owner, handle);

    return record->has_six ? record->id_hash : hash_by(owner, handle, BERTH_BY_CLIENT_ID);
}

static uint64_t hash_hwaddr(const void *owner, uint32_t handle)
{
    return hash_by(owner, handle, BERTH_BY_HWADDR);
}

static uint32_t *link_client_id(const void *owner, uint32_t handle)
{
    return &berth_table_record(owner, handle)->chains[BERTH_BY_CLIENT_ID].back;
}

static uint32_t *link_hwaddr(const void *owner, uint32_t handle)
{
    return &berth_table_record(owner, handle)->chains[BERTH_BY_HWADDR].back;
}

static uint64_t hash_addr6(const BerthTable *table, BerthAddr addr)
{
    BerthTableMemo *memo = table->addr_memo;
    uint8_t *low = &addr.b[sizeof(addr.b) - 1], number = *low % NEIGHBOURS;

    *low -= number;
    if (!berth_addr_equal(memo->addr, addr))
        *memo =
            (BerthTableMemo){addr, berth_hash(table->seed, (BerthBytes){addr.b, sizeof(addr.b)})};
    return memo->hash + number;
}

/* Neighbours stay together, since they are likely to be used together. IPv4 addresses are of our
 * own pools, nobody chooses them. */
static uint64_t hash_addr(const BerthTable *table, const BerthAddr *addr)
{
    uint32_t number;

    if (!berth_addr_is4(*addr))
        return hash_addr6(table, *addr);
    number = berth_addr_to4(*addr);
    return ((number / NEIGHBOURS) * UINT64_C(0x9e3779b97f4a7c15) >> 32) * NEIGHBOURS +
           number % NEIGHBOURS;
}

static uint64_t hash_record_addr(const void *owner, uint32_t handle)
{
    BerthAddr addr = berth_record_addr(berth_table_record(owner, handle));

    return hash_addr(owner, &addr);
}

static uint32_t *link_addr(const void *owner, uint32_t handle)
{
    return &berth_table_record(owner, handle)->in_bucket;
}

static uint32_t *place_of(const void *owner, uint32_t handle)
{
    return &berth_table_record(owner, handle)->place;
}

static const BerthIndexOps addr_ops = {hash_record_addr, link_addr};
static const BerthIndexOps identity_ops[] = {
    [BERTH_BY_CLIENT_ID] = {hash_client_id, link_client_id},
    [BERTH_BY_HWADDR] = {hash_hwaddr, link_hwaddr},
};

static bool has_identity(const BerthRecord *record, const BerthIdentity *identity, uint64_t hash)
{
    BerthIdentity other;

    /* Its bytes are elsewhere; most often there is no need to look. */
    if (record->has_six && record->id_hash != (uint32_t)hash)
        return false;
    other = berth_record_identity(record, identity->which);
    return berth_identity_equal(&other, identity);
}

/* The first of the chain, 0: none. */
static uint32_t chain_of(const BerthTable *table, const BerthIdentity *identity, uint64_t hash)
{
    uint32_t at = berth_index_first(&table->by_identity[identity->which], hash);

    while (at && !has_identity(berth_table_record(table, at), identity, hash))
        at = berth_table_record(table, at)->chains[identity->which].back;
    return at;
}

uint32_t berth_table_chain(const BerthTable *table, const BerthIdentity *identity)
{
    return chain_of(table, identity, hash_identity(table, identity));
}

static bool is_first(const BerthRecord *record, BerthIdentityKind which)
{
    return record->first >> which & 1;
}

static void set_first(BerthRecord *record, BerthIdentityKind which, bool is)
{
    uint64_t bit = UINT64_C(1) << which;

    record->first = (is ? record->first | bit : record->first & ~bit) & 3;
}

static void link_identity(BerthTable *table, uint32_t handle, BerthIdentityKind which,
                          uint64_t hash)
{
    BerthRecord *record = berth_table_record(table, handle);
    BerthIdentity identity = berth_record_identity(record, which);
    uint32_t first;

    if (identity.bytes.len == 0)
        return;
    if (record->has_six)
        record->id_hash = (uint32_t)hash;
    first = chain_of(table, &identity, hash);
    record->chains[which] = (BerthChain){.next = first};
    set_first(record, which, true);
    if (!first) {
        berth_index_add(&table->by_identity[which], handle, hash);
        return;
    }
    berth_index_replace(&table->by_identity[which], first, handle);
    set_first(berth_table_record(table, first), which, false);
    berth_table_record(table, first)->chains[which].back = handle;
}

static void unlink_identity(BerthTable *table, uint32_t handle, BerthIdentityKind which)
{
    BerthRecord *record = berth_table_record(table, handle);
    BerthChain *chain = &record->chains[which];
    BerthRecord *next;

    /* Without an identity there is no chain, and something else may stand in its place. */
    if (berth_record_identity(record, which).bytes.len == 0)
        return;
    next = chain->next ? berth_table_record(table, chain->next) : NULL;
    if (!is_first(record, which)) {
        berth_table_record(table, chain->back)->chains[which].next = chain->next;
        if (next)
            next->chains[which].back = chain->back;
    } else if (next) {
        berth_index_replace(&table->by_identity[which], handle, chain->next);
        set_first(next, which, true);
    } else {
        berth_index_remove(&table->by_identity[which], handle);
    }
    set_first(record, which, false);
    *chain = (BerthChain){0};
}

/* ---- queues ---- */

static BerthTableQueue queue_of(const BerthLease *lease)
{
    return lease->state == BERTH_LEASE_RECLAIMED || lease->state == BERTH_LEASE_RELEASED
               ? BERTH_QUEUE_KEPT
               : BERTH_QUEUE_VALID;
}

static void dequeue(BerthTable *table, uint32_t handle)
{
    BerthRecord *record = berth_table_record(table, handle);

    if (record->place)
        berth_queue_remove(&table->queues[record->queue], handle);
}

static void enqueue(BerthTable *table, uint32_t handle, const BerthLease *lease)
{
    BerthRecord *record = berth_table_record(table, handle);
    BerthTableQueue to = queue_of(lease);
    int64_t end = berth_lease_end(lease);
    BerthQueue *queue = &table->queues[to];

    /* A renewal only ends later. It stays where it is until it comes up first, so that a lease
     * costs one walk through the heap in its lifetime instead of one a renewal. */
    if (record->place && record->queue == BERTH_QUEUE_VALID && to == BERTH_QUEUE_VALID &&
        queue->times[record->place] <= end && end != INT64_MAX)
        return;
    dequeue(table, handle);
    if (end == INT64_MAX)
        return;
    record->queue = to & 3u;
    berth_queue_add(queue, handle, end);
}

BerthTableFirst berth_table_first(BerthTable *table, BerthTableQueue which, int64_t until,
                                  int64_t *ret_due, BerthLease *ret)
{
    BerthQueue *queue = &table->queues[which];
    uint32_t handle;
    int64_t due;

    for (unsigned moves = 0; berth_queue_first(queue, &handle, &due) && due < until; moves++) {
        if (moves == BERTH_FIRST_MOVES)
            return BERTH_FIRST_BEHIND;
        berth_record_get(berth_table_record(table, handle), ret);
        if (which != BERTH_QUEUE_VALID || due == berth_lease_end(ret)) {
            *ret_due = due;
            return BERTH_FIRST_FOUND;
        }
        berth_queue_move(queue, handle, berth_lease_end(ret));
    }
    return BERTH_FIRST_NONE;
}

static uint32_t find_at(const BerthTable *table, BerthAddr addr, uint64_t hash)
{
    uint32_t at = berth_index_first(&table->by_addr, hash);

    while (at && !berth_addr_equal(berth_record_addr(berth_table_record(table, at)), addr))
        at = berth_table_record(table, at)->in_bucket;
    return at;
}

uint32_t berth_table_find(const BerthTable *table, BerthAddr addr)
{
    return find_at(table, addr, hash_addr(table, &addr));
}

void berth_table_set_ended(BerthTable *table, BerthAddr addr)
{
    uint32_t handle = berth_table_find(table, addr);
    BerthRecord *record = handle ? berth_table_record(table, handle) : NULL;
    BerthLease lease;

    if (!record || !record->place || record->queue != BERTH_QUEUE_VALID)
        return;
    berth_record_get(record, &lease);
    dequeue(table, handle);
    record->queue = BERTH_QUEUE_ENDED;
    berth_queue_add(&table->queues[BERTH_QUEUE_ENDED], handle, berth_lease_end(&lease));
}

void berth_table_postpone(BerthTable *table, BerthAddr addr, int64_t due)
{
    uint32_t handle = berth_table_find(table, addr);
    BerthRecord *record = handle ? berth_table_record(table, handle) : NULL;

    if (record && record->place && record->queue != BERTH_QUEUE_VALID)
        berth_queue_move(&table->queues[record->queue], handle, due);
}

/* ---- the table ---- */

BerthTable *berth_table_new(BerthHashSeed seed)
{
    BerthTable *table = g_new0(BerthTable, 1);

    table->seed = seed;
    table->memo = g_new0(BerthHashMemo, 1);
    table->memo->seed = seed;
    table->addr_memo = g_new0(BerthTableMemo, 1);
    table->addr_memo->hash =
        berth_hash(seed, (BerthBytes){table->addr_memo->addr.b, sizeof(BerthAddr)});
    berth_slab_init(&table->records, sizeof(BerthRecord), BERTH_TABLE_MAX);
    berth_index_init(&table->by_addr, &addr_ops, table);
    for (int i = 0; i < BERTH_IDENTITIES; i++)
        berth_index_init(&table->by_identity[i], &identity_ops[i], table);
    for (int i = 0; i < BERTH_QUEUES; i++)
        berth_queue_init(&table->queues[i], place_of, table);
    return table;
}

void berth_table_free(BerthTable *table)
{
    if (!table)
        return;
    for (uint32_t handle = 1; handle <= table->records.used; handle++)
        if (berth_table_record(table, handle)->prefix_len)
            berth_record_clear(berth_table_record(table, handle));
    berth_index_clear(&table->by_addr);
    for (int i = 0; i < BERTH_IDENTITIES; i++)
        berth_index_clear(&table->by_identity[i]);
    for (int i = 0; i < BERTH_QUEUES; i++)
        berth_queue_clear(&table->queues[i]);
    berth_slab_clear(&table->records);
    g_free(table->memo);
    g_free(table->addr_memo);
    g_free(table);
}

size_t berth_table_count(const BerthTable *table)
{
    return table->count;
}

void berth_table_reserve(BerthTable *table, uint32_t n)
{
    berth_index_reserve(&table->by_addr, n);
    for (int i = 0; i < BERTH_IDENTITIES; i++)
        berth_index_reserve(&table->by_identity[i], n);
}

static int add(BerthTable *table, const BerthLease *lease, const BerthTablePlace *place,
               uint32_t *ret)
{
    uint32_t handle = berth_slab_take(&table->records);

    if (!handle)
        return -ENOSPC;
    berth_record_set(berth_table_record(table, handle), lease);
    berth_index_add(&table->by_addr, handle, place->addr);
    for (int i = 0; i < BERTH_IDENTITIES; i++)
        link_identity(table, handle, (BerthIdentityKind)i, place->identity[i]);
    table->count++;
    *ret = handle;
    return 0;
}

/* Whether the chain need not be touched: the same identity, and already its latest change. */
static bool keeps_chain(const BerthRecord *record, const BerthLease *lease, BerthIdentityKind which)
{
    BerthIdentity old = berth_record_identity(record, which);
    BerthIdentity new = berth_lease_identity(lease, which);

    return berth_identity_equal(&old, &new) && (new.bytes.len == 0 || is_first(record, which));
}

static void replace(BerthTable *table, uint32_t handle, const BerthLease *lease)
{
    BerthRecord *record = berth_table_record(table, handle);
    bool keeps[BERTH_IDENTITIES];

    for (int i = 0; i < BERTH_IDENTITIES; i++) {
        keeps[i] = keeps_chain(record, lease, (BerthIdentityKind)i);
        if (!keeps[i])
            unlink_identity(table, handle, (BerthIdentityKind)i);
    }
    berth_record_set(record, lease);
    for (int i = 0; i < BERTH_IDENTITIES; i++)
        if (!keeps[i])
            link_identity(table, handle, (BerthIdentityKind)i,
                          hash_by(table, handle, (BerthIdentityKind)i));
}

void berth_table_expect(const BerthTable *table, const BerthLease *lease, BerthTablePlace *ret)
{
    ret->addr = hash_addr(table, &lease->addr);
    berth_index_expect(&table->by_addr, ret->addr);
    for (int i = 0; i < BERTH_IDENTITIES; i++) {
        BerthIdentity identity = berth_lease_identity(lease, (BerthIdentityKind)i);

        ret->identity[i] = hash_identity(table, &identity);
        berth_index_expect(&table->by_identity[i], ret->identity[i]);
    }
}

void berth_table_expect_more(const BerthTable *table, const BerthTablePlace *place, unsigned step)
{
    berth_index_expect_entry(&table->by_addr, place->addr, step);
    for (int i = 0; i < BERTH_IDENTITIES; i++)
        berth_index_expect_entry(&table->by_identity[i], place->identity[i], step);
}

int berth_table_put(BerthTable *table, const BerthLease *lease)
{
    BerthTablePlace place;

    if (berth_lease_unfit(lease))
        return -EINVAL;
    berth_table_expect(table, lease, &place);
    return berth_table_put_at(table, lease, &place);
}

static void settle(BerthTable *table, uint32_t handle, const BerthLease *lease)
{
    berth_table_record(table, handle)->mark = 1;
    enqueue(table, handle, lease);
}

int berth_table_put_at(BerthTable *table, const BerthLease *lease, const BerthTablePlace *place)
{
    uint32_t handle = find_at(table, lease->addr, place->addr);

    if (!handle)
        return berth_table_add_at(table, lease, place);
    replace(table, handle, lease);
    settle(table, handle, lease);
    return 0;
}

int berth_table_add_at(BerthTable *table, const BerthLease *lease, const BerthTablePlace *place)
{
    uint32_t handle;
    int r = add(table, lease, place, &handle);

    if (r == 0)
        settle(table, handle, lease);
    return r;
}

bool berth_table_remove(BerthTable *table, BerthAddr addr)
{
    uint32_t handle = berth_table_find(table, addr);

    if (!handle)
        return false;
    dequeue(table, handle);
    for (int i = 0; i < BERTH_IDENTITIES; i++)
        unlink_identity(table, handle, (BerthIdentityKind)i);
    berth_index_remove(&table->by_addr, handle);
    berth_record_clear(berth_table_record(table, handle));
    berth_slab_give(&table->records, handle);
    table->count--;
    return true;
}
