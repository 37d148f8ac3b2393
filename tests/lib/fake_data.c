/* fake_data - see fake_data.h. */
#include "tests/lib/fake_data.h"

#include "tests/lib/kept_lease.h"

static unsigned hash_addr(const void *addr)
{
    return (unsigned)berth_addr_to_number(*(const BerthAddr *)addr);
}

static gboolean same_addr(const void *a, const void *b)
{
    return berth_addr_equal(*(const BerthAddr *)a, *(const BerthAddr *)b);
}

static BerthFakeKept *kept_of(const BerthLease *lease, const void *writer)
{
    BerthFakeKept *kept = g_new(BerthFakeKept, 1);

    *kept = (BerthFakeKept){kept_lease(lease), writer};
    return kept;
}

void berth_fake_kept_free(void *data)
{
    BerthFakeKept *kept = data;

    kept_lease_clear(&kept->lease);
    g_free(kept);
}

BerthFakeData *berth_fake_data_new(void)
{
    BerthFakeData *data = g_new0(BerthFakeData, 1);

    data->leases = g_hash_table_new_full(hash_addr, same_addr, NULL, berth_fake_kept_free);
    data->streams = g_ptr_array_new();
    data->epoch = 1;
    data->users = 1;
    return data;
}

BerthFakeData *berth_fake_data_ref(BerthFakeData *data)
{
    data->users++;
    return data;
}

void berth_fake_data_unref(BerthFakeData *data)
{
    if (--data->users > 0)
        return;
    g_hash_table_unref(data->leases);
    g_ptr_array_unref(data->streams);
    g_free(data->data_set);
    g_free(data->superseded_by);
    g_free(data);
}

void berth_fake_data_put(BerthFakeData *data, const BerthLease *lease, const void *writer)
{
    BerthFakeKept *kept = kept_of(lease, writer);

    g_hash_table_replace(data->leases, &kept->lease.addr, kept);
}

void berth_fake_data_remove(BerthFakeData *data, BerthAddr addr)
{
    g_hash_table_remove(data->leases, &addr);
}

const BerthFakeKept *berth_fake_data_get(const BerthFakeData *data, BerthAddr addr)
{
    return g_hash_table_lookup(data->leases, &addr);
}

uint64_t berth_fake_data_revision(const BerthFakeData *data)
{
    return (uint64_t)data->epoch << BERTH_REVISION_EPOCH_SHIFT | data->counter;
}

/* ---- what a unit loses to ---- */

/* There is nothing any more, where something was to be replaced. */
static BerthFakeKept removal_of(const BerthFakeData *data, const BerthLease *before)
{
    BerthFakeKept gone = {0};

    berth_lease_clear(&gone.lease);
    gone.lease.type = before->type;
    gone.lease.addr = before->addr;
    gone.lease.prefix_len = before->prefix_len;
    gone.lease.revision = berth_fake_data_revision(data);
    return gone;
}

static unsigned check_addr(const BerthFakeData *data, const BerthUnit *unit, size_t i,
                           BerthFakeWinner each, void *each_data)
{
    const BerthLease *before = berth_unit_before(unit, i), *after = berth_unit_after(unit, i);
    const BerthFakeKept *kept = berth_fake_data_get(data, (before ? before : after)->addr);
    BerthFakeKept gone;

    if (before ? kept && kept->lease.revision == before->revision : !kept)
        return 0;
    if (!kept) {
        gone = removal_of(data, before);
        kept = &gone;
    }
    each(each_data, kept);
    return 1;
}

static bool changes_addr(const BerthUnit *unit, BerthAddr addr)
{
    for (size_t i = 0; i < berth_unit_count(unit); i++) {
        const BerthLease *after = berth_unit_after(unit, i);

        if (berth_addr_equal((after ? after : berth_unit_before(unit, i))->addr, addr))
            return true;
    }
    return false;
}

/* What gives nothing to anybody needs no claim to the binding. */
static unsigned check_binding(const BerthFakeData *data, const BerthUnit *unit, size_t i,
                              BerthFakeWinner each, void *each_data)
{
    const BerthLease *after = berth_unit_after(unit, i);
    uint8_t claimed[BERTH_BINDING_MAX], other[BERTH_BINDING_MAX];
    BerthBytes binding = berth_unit_binding(unit, i, claimed);
    GHashTableIter iter;
    void *value;
    unsigned n = 0;

    if (!after || after->state != BERTH_LEASE_ACTIVE)
        return 0;
    g_hash_table_iter_init(&iter, data->leases);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        const BerthFakeKept *kept = value;

        if (kept->lease.revision <= berth_unit_known(unit, i) ||
            changes_addr(unit, kept->lease.addr) ||
            !berth_bytes_equal(binding, berth_lease_binding(&kept->lease, other)))
            continue;
        each(each_data, kept);
        n++;
    }
    return n;
}

unsigned berth_fake_data_check(const BerthFakeData *data, const BerthUnit *unit,
                               BerthFakeWinner each, void *each_data)
{
    unsigned n = 0;

    for (size_t i = 0; data->is_shared && i < berth_unit_count(unit); i++)
        n += check_addr(data, unit, i, each, each_data) +
             check_binding(data, unit, i, each, each_data);
    return n;
}

/* ---- writing ---- */

static void tell(BerthFakeData *data, const BerthLease *lease, const void *writer)
{
    for (unsigned i = 0; i < data->streams->len; i++)
        g_queue_push_tail(g_ptr_array_index(data->streams, i), kept_of(lease, writer));
}

static uint64_t next_revision(BerthFakeData *data)
{
    data->counter++;
    return berth_fake_data_revision(data);
}

void berth_fake_data_write(BerthFakeData *data, BerthUnit *unit, const void *writer)
{
    for (size_t i = 0; i < berth_unit_count(unit); i++) {
        const BerthLease *before = berth_unit_before(unit, i), *after = berth_unit_after(unit, i);
        BerthLease now = after ? *after : *before;

        if (!after)
            now = removal_of(data, before).lease;
        now.revision = data->is_shared ? next_revision(data) : 0;
        berth_unit_set_revision(unit, i, now.revision);
        if (after)
            berth_fake_data_put(data, &now, writer);
        else
            berth_fake_data_remove(data, now.addr);
        tell(data, &now, writer);
    }
}
