/* slab - see slab.h. */
#include "core/set/slab.h"

#include <string.h>

void berth_slab_init(BerthSlab *slab, size_t size, uint32_t max)
{
    *slab = (BerthSlab){.size = size, .max = max};
    slab->chunks = g_ptr_array_new_with_free_func(g_free);
}

void berth_slab_clear(BerthSlab *slab)
{
    g_clear_pointer(&slab->chunks, g_ptr_array_unref);
}

uint32_t berth_slab_take(BerthSlab *slab)
{
    uint32_t handle = slab->unused;

    if (handle) {
        void *record = berth_slab_at(slab, handle);

        memcpy(&slab->unused, record, sizeof(slab->unused));
        memset(record, 0, sizeof(slab->unused));
        return handle;
    }
    if (slab->used == slab->max)
        return 0;
    if (slab->used % BERTH_SLAB_CHUNK == 0)
        g_ptr_array_add(slab->chunks, g_malloc0_n(BERTH_SLAB_CHUNK, slab->size));
    return ++slab->used;
}

void berth_slab_give(BerthSlab *slab, uint32_t handle)
{
    void *record = berth_slab_at(slab, handle);

    memset(record, 0, slab->size);
    memcpy(record, &slab->unused, sizeof(slab->unused));
    slab->unused = handle;
}
