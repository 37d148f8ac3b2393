/* copier - see copier.h. */
#include "core/store/copier.h"

#include "core/lease/unit.h"

/* One slice: so long, and so many leases to a unit and in all. Storing it takes about as long again
 * on this thread. */
#define SLICE_USEC INT64_C(2000)
#define SLICE_MAX 1024
#define UNIT_LEASES 64
/* Of leases that changed by themselves since the last import. */
#define DIRTY_BYTES_MAX (64u << 20)

/* ---- units ---- */

void berth_copies_init(BerthCopies *copies)
{
    *copies = (BerthCopies){.units = g_ptr_array_new()};
}

void berth_copies_clear(BerthCopies *copies)
{
    for (unsigned i = 0; i < copies->units->len; i++)
        berth_unit_destroy(copies->units->pdata[i]);
    g_ptr_array_unref(copies->units);
}

void berth_copies_reset(BerthCopies *copies)
{
    for (unsigned i = 0; i < copies->n; i++)
        berth_unit_reset(copies->units->pdata[i]);
    copies->n = 0;
}

static BerthUnit *next_unit(BerthCopies *copies)
{
    if (copies->n == copies->units->len)
        g_ptr_array_add(copies->units, berth_unit_make());
    return copies->units->pdata[copies->n++];
}

/* Copies that replace nothing stand in other units than those that do. `after` NULL: there is none
 * any more. */
static void add(BerthCopies *copies, const BerthLease *before, const BerthLease *after)
{
    BerthUnit *unit = copies->n ? copies->units->pdata[copies->n - 1] : next_unit(copies);
    bool is_first = unit->changes->len == 0;

    if (unit->changes->len == UNIT_LEASES ||
        (!is_first && (berth_unit_before(unit, 0) != NULL) != (before != NULL)) ||
        !berth_unit_put(unit, before, after))
        berth_unit_put(next_unit(copies), before, after);
}

/* ---- the copier ---- */

void berth_copier_init(BerthCopier *copier, BerthWorld *world, BerthLeases *leases, unsigned slice)
{
    *copier = (BerthCopier){
        .world = world,
        .leases = leases,
        .slice = slice ? slice : SLICE_MAX,
        .dirty = g_ptr_array_new(),
    };
    berth_arena_init(&copier->arena, DIRTY_BYTES_MAX);
}

void berth_copier_clear(BerthCopier *copier)
{
    g_ptr_array_unref(copier->dirty);
    berth_arena_clear(&copier->arena);
}

void berth_copier_note(BerthCopier *copier, const BerthLease *lease)
{
    BerthLease *kept = berth_lease_copy(lease, &copier->arena);

    if (kept)
        g_ptr_array_add(copier->dirty, kept);
    else
        copier->is_full = true;
}

bool berth_copier_is_done(const BerthCopier *copier)
{
    return copier->walked && !copier->dirty->len && !copier->is_full;
}

static void copy_dirty(BerthCopier *copier, BerthCopies *copies)
{
    const BerthTable *table = berth_leases_table(copier->leases);
    unsigned stay = 0;
    BerthLease now;

    for (unsigned i = 0; i < copier->dirty->len; i++) {
        BerthLease *was = copier->dirty->pdata[i];

        if (berth_leases_is_pending(copier->leases, was->addr))
            copier->dirty->pdata[stay++] = was;
        else
            add(copies, was, berth_table_get(table, was->addr, &now) ? &now : NULL);
    }
    g_ptr_array_set_size(copier->dirty, (int)stay);
    if (stay == 0)
        berth_arena_reset(&copier->arena);
}

static void copy_slice(BerthCopier *copier, BerthCopies *copies)
{
    const BerthTable *table = berth_leases_table(copier->leases);
    int64_t until = berth_world_boot_usec(copier->world) + SLICE_USEC;
    BerthLease lease;

    copies->walked = 0;
    while (!copier->walked && copies->walked < copier->slice) {
        copier->walked = !berth_table_next(table, &copier->iter, &lease);
        if (copier->walked)
            break;
        if (berth_leases_is_pending(copier->leases, lease.addr))
            berth_copier_note(copier, &lease);
        else
            add(copies, NULL, &lease);
        copies->walked++;
        if (copies->walked % UNIT_LEASES == 0 && berth_world_boot_usec(copier->world) >= until)
            break;
    }
}

void berth_copier_go_on(BerthCopier *copier, BerthCopies *copies)
{
    copy_slice(copier, copies);
    copy_dirty(copier, copies);
}
