/* unit - see unit.h. */
#include "core/lease/unit.h"

BerthUnit *berth_unit_make(void)
{
    BerthUnit *unit = g_new0(BerthUnit, 1);

    berth_arena_init(&unit->arena, BERTH_UNIT_BYTES_MAX);
    unit->changes = g_ptr_array_new();
    return unit;
}

void berth_unit_destroy(BerthUnit *unit)
{
    if (!unit)
        return;
    berth_arena_clear(&unit->arena);
    g_ptr_array_unref(unit->changes);
    g_free(unit);
}

void berth_unit_reset(BerthUnit *unit)
{
    GPtrArray *changes = unit->changes;
    BerthArena arena;

    berth_arena_reset(&unit->arena);
    g_ptr_array_set_size(changes, 0);
    arena = unit->arena;
    *unit = (BerthUnit){.arena = arena, .changes = changes};
}

static unsigned first_removal(const GPtrArray *changes)
{
    unsigned i = changes->len;

    while (i > 0 && !((const BerthChange *)g_ptr_array_index(changes, i - 1))->after)
        i--;
    return i;
}

BerthChange *berth_unit_put(BerthUnit *unit, const BerthLease *before, const BerthLease *after)
{
    BerthChange *change = berth_arena_alloc(&unit->arena, sizeof(*change));
    const BerthLease *either = after ? after : before;

    if (!change || !either)
        return NULL;
    change->unit = unit;
    change->prefix = berth_lease_prefix(either);
    change->before = before ? berth_lease_copy(before, &unit->arena) : NULL;
    change->after = after ? berth_lease_copy(after, &unit->arena) : NULL;
    if ((before && !change->before) || (after && !change->after))
        return NULL;
    /* Removals stand last, so that half a unit is never a client without any lease. */
    g_ptr_array_insert(unit->changes, after ? (int)first_removal(unit->changes) : -1, change);
    return change;
}

size_t berth_unit_count(const BerthUnit *unit)
{
    return unit->changes->len;
}

const BerthLease *berth_change_claimant(const BerthChange *change)
{
    const BerthLease *sides[] = {change->after, change->before};

    for (size_t i = 0; i < G_N_ELEMENTS(sides); i++)
        if (sides[i] && berth_lease_has_identity(sides[i]))
            return sides[i];
    return NULL;
}

static const BerthChange *change_at(const BerthUnit *unit, size_t i)
{
    return i < unit->changes->len ? g_ptr_array_index(unit->changes, i) : NULL;
}

const BerthLease *berth_unit_before(const BerthUnit *unit, size_t i)
{
    const BerthChange *change = change_at(unit, i);

    return change ? change->before : NULL;
}

const BerthLease *berth_unit_after(const BerthUnit *unit, size_t i)
{
    const BerthChange *change = change_at(unit, i);

    return change ? change->after : NULL;
}

BerthBytes berth_unit_binding(const BerthUnit *unit, size_t i, uint8_t buffer[BERTH_BINDING_MAX])
{
    const BerthChange *change = change_at(unit, i);
    const BerthLease *claimant = change ? berth_change_claimant(change) : NULL;

    return claimant ? berth_lease_binding(claimant, buffer) : (BerthBytes){0};
}

uint64_t berth_unit_known(const BerthUnit *unit, size_t i)
{
    const BerthChange *change = change_at(unit, i);

    return change ? change->known : 0;
}

void berth_unit_set_revision(BerthUnit *unit, size_t i, uint64_t revision)
{
    if (i < unit->changes->len)
        ((BerthChange *)g_ptr_array_index(unit->changes, i))->revision = revision;
}

void berth_unit_set_result(BerthUnit *unit, BerthCommitResult result)
{
    unit->has_result = true;
    unit->result = result;
}

BerthBatch *berth_batch_make(BerthBatchDone done, void *data)
{
    BerthBatch *batch = g_new0(BerthBatch, 1);

    *batch = (BerthBatch){.units = g_ptr_array_new(), .done = done, .data = data};
    return batch;
}

void berth_batch_destroy(BerthBatch *batch)
{
    if (!batch)
        return;
    g_ptr_array_unref(batch->units);
    g_free(batch);
}

size_t berth_batch_count(const BerthBatch *batch)
{
    return batch->units->len;
}

BerthUnit *berth_batch_unit(BerthBatch *batch, size_t i)
{
    return i < batch->units->len ? g_ptr_array_index(batch->units, i) : NULL;
}

void berth_batch_done(BerthBatch *batch)
{
    for (size_t i = 0; i < batch->units->len; i++) {
        BerthUnit *unit = g_ptr_array_index(batch->units, i);

        if (!unit->has_result)
            berth_unit_set_result(unit, BERTH_COMMIT_FAILED);
    }
    batch->done(batch->data, batch);
}
