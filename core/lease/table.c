/* table - see table.h. */
#include "core/lease/table.h"

#include "core/lease/index.h"
#include "core/lease/queue.h"
#include "core/lease/record.h"
#include <errno.h>
#include <glib.h>

#define CHUNK 1024 /* records */
/* An iterator of a chain is a handle and, above it, how many were visited. */
#define HANDLE_BITS 26
#define HANDLE_MASK ((1u << HANDLE_BITS) - 1)

G_STATIC_ASSERT(BERTH_TABLE_MAX == HANDLE_MASK);
G_STATIC_ASSERT(BERTH_CHAIN_MAX == 1 << (32 - HANDLE_BITS));

struct BerthTable {
    BerthHashSeed seed;
    GPtrArray *chunks;
    uint32_t used, unused; /* handles ever used; the first unused one of them */
    size_t count;
    BerthIndex by_addr, by_identity[BERTH_IDENTITIES];
    BerthQueue queues[BERTH_QUEUES];
};

/* What the leases of a chain have in common. */
typedef struct Identity {
    BerthIdentity which;
    uint32_t subnet_id;
    uint16_t hw_type;
    BerthBytes bytes;
} Identity;

static BerthRecord *record_of(const BerthTable *table, uint32_t handle)
{
    BerthRecord *chunk = g_ptr_array_index(table->chunks, (handle - 1) / CHUNK);

    return &chunk[(handle - 1) % CHUNK];
}

/* ---- identities ---- */

static Identity identity_of(const BerthRecord *record, BerthIdentity which)
{
    return (Identity){which, record->subnet_id, which == BERTH_BY_HWADDR ? record->hw_type : 0,
                      berth_record_identity(record, which)};
}

static bool same_identity(const Identity *a, const Identity *b)
{
    return a->subnet_id == b->subnet_id && a->hw_type == b->hw_type &&
           berth_bytes_equal(a->bytes, b->bytes);
}

static uint64_t hash_identity(const BerthTable *table, const Identity *identity)
{
    uint8_t buffer[4 + 2 + 255];
    BerthWriter w = berth_writer(buffer, sizeof(buffer));

    berth_write_u32(&w, identity->subnet_id);
    berth_write_u16(&w, identity->hw_type);
    berth_write(&w, identity->bytes);
    return berth_hash(table->seed, berth_writer_bytes(&w));
}

static uint64_t hash_by(const void *owner, uint32_t handle, BerthIdentity which)
{
    Identity identity = identity_of(record_of(owner, handle), which);

    return hash_identity(owner, &identity);
}

static uint64_t hash_client_id(const void *owner, uint32_t handle)
{
    return hash_by(owner, handle, BERTH_BY_CLIENT_ID);
}

static uint64_t hash_hwaddr(const void *owner, uint32_t handle)
{
    return hash_by(owner, handle, BERTH_BY_HWADDR);
}

static uint32_t *link_client_id(const void *owner, uint32_t handle)
{
    return &record_of(owner, handle)->chains[BERTH_BY_CLIENT_ID].in_bucket;
}

static uint32_t *link_hwaddr(const void *owner, uint32_t handle)
{
    return &record_of(owner, handle)->chains[BERTH_BY_HWADDR].in_bucket;
}

static uint64_t hash_addr(const BerthTable *table, const BerthAddr *addr)
{
    return berth_hash(table->seed, (BerthBytes){addr->b, sizeof(addr->b)});
}

static uint64_t hash_record_addr(const void *owner, uint32_t handle)
{
    return hash_addr(owner, &record_of(owner, handle)->addr);
}

static uint32_t *link_addr(const void *owner, uint32_t handle)
{
    return &record_of(owner, handle)->in_bucket;
}

static uint32_t *place_of(const void *owner, uint32_t handle)
{
    return &record_of(owner, handle)->place;
}

static const BerthIndexOps addr_ops = {hash_record_addr, link_addr};
static const BerthIndexOps identity_ops[] = {
    [BERTH_BY_CLIENT_ID] = {hash_client_id, link_client_id},
    [BERTH_BY_HWADDR] = {hash_hwaddr, link_hwaddr},
};

/* The first of the chain, 0: none. */
static uint32_t chain_of(const BerthTable *table, const Identity *identity)
{
    uint32_t at =
        berth_index_first(&table->by_identity[identity->which], hash_identity(table, identity));

    while (at) {
        const BerthRecord *record = record_of(table, at);
        Identity other = identity_of(record, identity->which);

        if (same_identity(&other, identity))
            break;
        at = record->chains[identity->which].in_bucket;
    }
    return at;
}

static void link_identity(BerthTable *table, uint32_t handle, BerthIdentity which)
{
    BerthRecord *record = record_of(table, handle);
    Identity identity = identity_of(record, which);
    uint32_t first;

    if (identity.bytes.len == 0)
        return;
    first = chain_of(table, &identity);
    record->chains[which] = (BerthChain){.next = first};
    if (!first) {
        berth_index_add(&table->by_identity[which], handle);
        return;
    }
    record_of(table, first)->chains[which].previous = handle;
    berth_index_replace(&table->by_identity[which], first, handle);
}

static void unlink_identity(BerthTable *table, uint32_t handle, BerthIdentity which)
{
    BerthRecord *record = record_of(table, handle);
    BerthChain *chain = &record->chains[which];

    if (berth_record_identity(record, which).len == 0)
        return;
    if (chain->next)
        record_of(table, chain->next)->chains[which].previous = chain->previous;
    if (chain->previous)
        record_of(table, chain->previous)->chains[which].next = chain->next;
    else if (chain->next)
        berth_index_replace(&table->by_identity[which], handle, chain->next);
    else
        berth_index_remove(&table->by_identity[which], handle);
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
    BerthRecord *record = record_of(table, handle);

    if (record->place)
        berth_queue_remove(&table->queues[record->queue], handle);
}

static void enqueue(BerthTable *table, uint32_t handle, const BerthLease *lease)
{
    BerthRecord *record = record_of(table, handle);
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
    record->queue = (uint8_t)to & 3;
    berth_queue_add(queue, handle, end);
}

bool berth_table_first(BerthTable *table, BerthTableQueue which, int64_t *ret_due, BerthLease *ret)
{
    BerthQueue *queue = &table->queues[which];
    uint32_t handle;
    int64_t due;

    while (berth_queue_first(queue, &handle, &due)) {
        berth_record_get(record_of(table, handle), ret);
        if (which != BERTH_QUEUE_VALID || due == berth_lease_end(ret)) {
            *ret_due = due;
            return true;
        }
        berth_queue_move(queue, handle, berth_lease_end(ret));
    }
    return false;
}

static uint32_t find(const BerthTable *table, BerthAddr addr)
{
    uint32_t at = berth_index_first(&table->by_addr, hash_addr(table, &addr));

    while (at && !berth_addr_equal(record_of(table, at)->addr, addr))
        at = record_of(table, at)->in_bucket;
    return at;
}

void berth_table_set_ended(BerthTable *table, BerthAddr addr)
{
    uint32_t handle = find(table, addr);
    BerthRecord *record = handle ? record_of(table, handle) : NULL;
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
    uint32_t handle = find(table, addr);
    BerthRecord *record = handle ? record_of(table, handle) : NULL;

    if (record && record->place && record->queue != BERTH_QUEUE_VALID)
        berth_queue_move(&table->queues[record->queue], handle, due);
}

/* ---- the table ---- */

BerthTable *berth_table_new(BerthHashSeed seed)
{
    BerthTable *table = g_new0(BerthTable, 1);

    table->seed = seed;
    table->chunks = g_ptr_array_new_with_free_func(g_free);
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
    for (uint32_t handle = 1; handle <= table->used; handle++)
        berth_record_clear(record_of(table, handle));
    berth_index_clear(&table->by_addr);
    for (int i = 0; i < BERTH_IDENTITIES; i++)
        berth_index_clear(&table->by_identity[i]);
    for (int i = 0; i < BERTH_QUEUES; i++)
        berth_queue_clear(&table->queues[i]);
    g_ptr_array_unref(table->chunks);
    g_free(table);
}

size_t berth_table_count(const BerthTable *table)
{
    return table->count;
}

/* A slot for a new lease, 0: no more. */
static uint32_t new_slot(BerthTable *table)
{
    uint32_t handle = table->unused;

    if (handle) {
        table->unused = record_of(table, handle)->in_bucket;
        record_of(table, handle)->in_bucket = 0;
        return handle;
    }
    if (table->used == BERTH_TABLE_MAX)
        return 0;
    if (table->used % CHUNK == 0)
        g_ptr_array_add(table->chunks, g_new0(BerthRecord, CHUNK));
    return ++table->used;
}

static int add(BerthTable *table, const BerthLease *lease, uint32_t *ret)
{
    uint32_t handle = new_slot(table);

    if (!handle)
        return -ENOSPC;
    berth_record_set(record_of(table, handle), lease);
    berth_index_add(&table->by_addr, handle);
    for (int i = 0; i < BERTH_IDENTITIES; i++)
        link_identity(table, handle, (BerthIdentity)i);
    table->count++;
    *ret = handle;
    return 0;
}

/* Whether the chain need not be touched: the same identity, and already its latest change. */
static bool keeps_chain(const BerthRecord *record, const BerthLease *lease, BerthIdentity which)
{
    Identity old = identity_of(record, which), new = {which, lease->subnet_id, 0, lease->client_id};

    if (which == BERTH_BY_HWADDR) {
        new.hw_type = lease->hwaddr.type;
        new.bytes = (BerthBytes){lease->hwaddr.bytes, lease->hwaddr.len};
    }
    return record->chains[which].previous == 0 && same_identity(&old, &new);
}

static void replace(BerthTable *table, uint32_t handle, const BerthLease *lease)
{
    BerthRecord *record = record_of(table, handle);
    bool keeps[BERTH_IDENTITIES];

    for (int i = 0; i < BERTH_IDENTITIES; i++) {
        keeps[i] = keeps_chain(record, lease, (BerthIdentity)i);
        if (!keeps[i])
            unlink_identity(table, handle, (BerthIdentity)i);
    }
    berth_record_set(record, lease);
    for (int i = 0; i < BERTH_IDENTITIES; i++)
        if (!keeps[i])
            link_identity(table, handle, (BerthIdentity)i);
}

int berth_table_put(BerthTable *table, const BerthLease *lease)
{
    uint32_t handle;
    BerthLease view;
    int r = 0;

    if (berth_lease_unfit(lease))
        return -EINVAL;
    handle = find(table, lease->addr);
    if (handle)
        replace(table, handle, lease);
    else
        r = add(table, lease, &handle);
    if (r < 0)
        return r;
    berth_record_get(record_of(table, handle), &view);
    enqueue(table, handle, &view);
    return 0;
}

bool berth_table_remove(BerthTable *table, BerthAddr addr)
{
    uint32_t handle = find(table, addr);

    if (!handle)
        return false;
    dequeue(table, handle);
    for (int i = 0; i < BERTH_IDENTITIES; i++)
        unlink_identity(table, handle, (BerthIdentity)i);
    berth_index_remove(&table->by_addr, handle);
    berth_record_clear(record_of(table, handle));
    record_of(table, handle)->in_bucket = table->unused;
    table->unused = handle;
    table->count--;
    return true;
}

bool berth_table_get(const BerthTable *table, BerthAddr addr, BerthLease *ret)
{
    uint32_t handle = find(table, addr);

    if (handle)
        berth_record_get(record_of(table, handle), ret);
    return handle != 0;
}

static bool walk(const BerthTable *table, const Identity *identity, uint32_t *iter, BerthLease *ret)
{
    uint32_t handle = *iter & HANDLE_MASK, visited = *iter >> HANDLE_BITS;

    if (identity->bytes.len == 0 || (handle && ++visited == BERTH_CHAIN_MAX))
        return false;
    handle =
        handle ? record_of(table, handle)->chains[identity->which].next : chain_of(table, identity);
    if (!handle)
        return false;
    *iter = handle | visited << HANDLE_BITS;
    berth_record_get(record_of(table, handle), ret);
    return true;
}

bool berth_table_by_client_id(const BerthTable *table, uint32_t subnet_id, BerthBytes id,
                              uint32_t *iter, BerthLease *ret)
{
    Identity identity = {BERTH_BY_CLIENT_ID, subnet_id, 0, id};

    return id.len <= UINT8_MAX && walk(table, &identity, iter, ret);
}

bool berth_table_by_hwaddr(const BerthTable *table, uint32_t subnet_id, BerthHwaddr hwaddr,
                           uint32_t *iter, BerthLease *ret)
{
    Identity identity = {BERTH_BY_HWADDR, subnet_id, hwaddr.type, {hwaddr.bytes, hwaddr.len}};

    return hwaddr.len <= BERTH_HWADDR_MAX && walk(table, &identity, iter, ret);
}

bool berth_table_next(const BerthTable *table, uint32_t *iter, BerthLease *ret)
{
    while (*iter < table->used) {
        const BerthRecord *record = record_of(table, ++*iter);

        if (record->prefix_len) {
            berth_record_get(record, ret);
            return true;
        }
    }
    return false;
}

bool berth_table_after(const BerthTable *table, BerthAddr after, BerthLease *ret)
{
    const BerthRecord *lowest = NULL;

    for (uint32_t handle = 1; handle <= table->used; handle++) {
        const BerthRecord *record = record_of(table, handle);

        if (record->prefix_len && berth_addr_compare(record->addr, after) > 0 &&
            (!lowest || berth_addr_compare(record->addr, lowest->addr) < 0))
            lowest = record;
    }
    if (lowest)
        berth_record_get(lowest, ret);
    return lowest != NULL;
}
