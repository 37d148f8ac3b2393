/* table_find - leases of the table found by address, by identity, and one after the other. See
 * table.h. */
#include "core/lease/table_i.h"

#include <glib.h>

/* An iterator of a chain is a handle and, above it, how many were visited. */
#define HANDLE_BITS 26
#define HANDLE_MASK ((1u << HANDLE_BITS) - 1)

G_STATIC_ASSERT(BERTH_TABLE_MAX == HANDLE_MASK);
G_STATIC_ASSERT(BERTH_CHAIN_MAX == 1 << (32 - HANDLE_BITS));

bool berth_table_get(const BerthTable *table, BerthAddr addr, BerthLease *ret)
{
    uint32_t handle = berth_table_find(table, addr);

    if (handle)
        berth_record_get(berth_table_record(table, handle), ret);
    return handle != 0;
}

bool berth_table_passed(const BerthTable *table, uint32_t iter, BerthAddr addr)
{
    uint32_t handle = berth_table_find(table, addr);

    return handle != 0 && handle <= iter;
}

static bool walk(const BerthTable *table, const BerthIdentity *identity, uint32_t *iter,
                 BerthLease *ret)
{
    uint32_t handle = *iter & HANDLE_MASK, visited = *iter >> HANDLE_BITS;

    if (identity->bytes.len == 0 || (handle && ++visited == BERTH_CHAIN_MAX))
        return false;
    handle = handle ? berth_table_record(table, handle)->chains[identity->which].next
                    : berth_table_chain(table, identity);
    if (!handle)
        return false;
    *iter = handle | visited << HANDLE_BITS;
    berth_record_get(berth_table_record(table, handle), ret);
    return true;
}

void berth_table_who(const BerthTable *table, const BerthClient *client, bool is6,
                     BerthTableWho *ret)
{
    const BerthBytes bytes[] = {
        [BERTH_BY_CLIENT_ID] = client->client_id,
        [BERTH_BY_HWADDR] = {client->hwaddr.bytes, is6 ? 0 : client->hwaddr.len},
    };

    ret->type[BERTH_BY_CLIENT_ID] = is6 ? BERTH_DUID_TYPE : 0;
    ret->type[BERTH_BY_HWADDR] = client->hwaddr.type;
    for (int i = 0; i < BERTH_IDENTITIES; i++) {
        ret->has[i] = bytes[i].len > 0 && bytes[i].len <= UINT8_MAX;
        if (ret->has[i])
            ret->hash[i] = berth_table_hash(table, (BerthIdentityKind)i, bytes[i])[0];
    }
}

bool berth_table_may_have(const BerthTable *table, const BerthTableWho *who, uint32_t subnet_id)
{
    for (int i = 0; i < BERTH_IDENTITIES; i++)
        if (who->has[i] &&
            berth_index_first(&table->by_identity[i],
                              berth_table_place(who->hash[i], subnet_id, who->type[i])) != 0)
            return true;
    return false;
}

bool berth_table_by_client_id(const BerthTable *table, uint32_t subnet_id, BerthBytes id,
                              uint32_t *iter, BerthLease *ret)
{
    BerthIdentity identity = {BERTH_BY_CLIENT_ID, subnet_id, 0, id};

    return id.len <= UINT8_MAX && walk(table, &identity, iter, ret);
}

bool berth_table_by_hwaddr(const BerthTable *table, uint32_t subnet_id, BerthHwaddr hwaddr,
                           uint32_t *iter, BerthLease *ret)
{
    BerthIdentity identity = {BERTH_BY_HWADDR, subnet_id, hwaddr.type, {hwaddr.bytes, hwaddr.len}};

    return hwaddr.len <= BERTH_HWADDR_MAX && walk(table, &identity, iter, ret);
}

/* All leases of a DUID are in one chain, and most clients have two. */
bool berth_table_by_binding(const BerthTable *table, uint32_t subnet_id, const BerthClient *client,
                            uint32_t *iter, BerthLease *ret)
{
    BerthIdentity identity = {BERTH_BY_CLIENT_ID, subnet_id, BERTH_DUID_TYPE, client->client_id};
    uint32_t handle = *iter & HANDLE_MASK, found = *iter >> HANDLE_BITS;

    if (identity.bytes.len == 0 || identity.bytes.len > UINT8_MAX ||
        (handle && ++found == BERTH_CHAIN_MAX))
        return false;
    handle = handle ? berth_table_record(table, handle)->of_duid.next
                    : berth_table_chain(table, &identity);
    for (unsigned n = 0; handle && n < BERTH_DUID_CHAIN_MAX; n++) {
        const BerthRecord *record = berth_table_record(table, handle);

        if (record->iaid == client->iaid && record->type == client->type) {
            *iter = handle | found << HANDLE_BITS;
            berth_record_get(record, ret);
            return true;
        }
        handle = record->of_duid.next;
    }
    return false;
}

bool berth_table_by_duid(const BerthTable *table, uint32_t subnet_id, BerthBytes duid,
                         uint32_t *iter, BerthLease *ret)
{
    BerthIdentity identity = {BERTH_BY_CLIENT_ID, subnet_id, BERTH_DUID_TYPE, duid};

    return duid.len <= UINT8_MAX && walk(table, &identity, iter, ret);
}

bool berth_table_next(const BerthTable *table, uint32_t *iter, BerthLease *ret)
{
    while (*iter < table->records.used) {
        const BerthRecord *record = berth_table_record(table, ++*iter);

        if (record->prefix_len) {
            berth_record_get(record, ret);
            return true;
        }
    }
    return false;
}

uint32_t berth_table_handles(const BerthTable *table)
{
    return table->records.used;
}

void berth_table_unmark(BerthTable *table, uint32_t from, uint32_t until)
{
    for (uint32_t handle = from + 1; handle <= until; handle++)
        berth_table_record(table, handle)->mark = 0;
}

void berth_table_touch(BerthTable *table, BerthAddr addr)
{
    uint32_t handle = berth_table_find(table, addr);

    if (handle)
        berth_table_record(table, handle)->mark = 1;
}

bool berth_table_next_unmarked(const BerthTable *table, uint32_t *iter, uint32_t until,
                               BerthLease *ret)
{
    while (*iter < until) {
        const BerthRecord *record = berth_table_record(table, ++*iter);

        if (!record->prefix_len || record->mark)
            continue;
        berth_record_get(record, ret);
        return true;
    }
    return false;
}

bool berth_table_after(const BerthTable *table, BerthAddr after, BerthLease *ret)
{
    uint32_t best = 0;
    BerthAddr lowest = after;

    for (uint32_t handle = 1; handle <= table->records.used; handle++) {
        const BerthRecord *record = berth_table_record(table, handle);
        BerthAddr addr;

        if (!record->prefix_len)
            continue;
        addr = berth_record_addr(record);
        if (berth_addr_compare(addr, after) > 0 &&
            (!best || berth_addr_compare(addr, lowest) < 0)) {
            best = handle;
            lowest = addr;
        }
    }
    if (best)
        berth_record_get(berth_table_record(table, best), ret);
    return best != 0;
}
