/* hostopt - the options of one host in a block of their own: a host outlives the configuration that
 * it was read with. */
#include "core/conf/build.h"

/* First everything is counted, then it is put. */
typedef struct Block {
    char *at; /* NULL: only counted */
    size_t used;
} Block;

static void *put(Block *block, const void *data, size_t len)
{
    char *at = block->at ? block->at + block->used : NULL;

    if (at && len > 0)
        memcpy(at, data, len);
    block->used += (len + BERTH_ARENA_ALIGN - 1) / BERTH_ARENA_ALIGN * BERTH_ARENA_ALIGN;
    return at;
}

static const char *put_text(Block *block, const char *text)
{
    return text ? put(block, text, strlen(text) + 1) : NULL;
}

static const BerthOptDef *put_def(Block *block, const BerthOptDef *def)
{
    BerthOptDef copy = *def;

    copy.space = put_text(block, def->space);
    copy.name = put_text(block, def->name);
    return put(block, &copy, sizeof(copy));
}

static BerthGuard put_guard(Block *block, const BerthGuard *guard)
{
    const char **names = put(block, guard->names, guard->names ? guard->n * sizeof(*names) : 0);
    const uint16_t *numbers =
        put(block, guard->numbers, guard->numbers ? guard->n * sizeof(*numbers) : 0);

    for (unsigned i = 0; guard->names && i < guard->n; i++) {
        const char *name = put_text(block, guard->names[i]);

        if (names)
            names[i] = name;
    }
    return (BerthGuard){numbers, guard->n, guard->names ? names : NULL};
}

static BerthOptData put_data(Block *block, const BerthOptData *data)
{
    BerthOptData copy = *data;

    copy.def = put_def(block, data->def);
    copy.space = put_text(block, data->space);
    copy.value.data = put(block, data->value.data, data->value.len);
    copy.guard = put_guard(block, &data->guard);
    return copy;
}

static BerthOptList *put_list(Block *block, const BerthOptList *list)
{
    BerthOptList *ret = put(block, list, sizeof(*list));
    BerthOptData *at = put(block, list->at, list->n * sizeof(*list->at));

    for (size_t i = 0; i < list->n; i++) {
        const BerthOptData data = put_data(block, &list->at[i]);

        if (at)
            at[i] = data;
    }
    if (!ret)
        return NULL;
    ret->at = at;
    ret->own = list->own ? at + (list->own - list->at) : NULL;
    ret->entries = NULL;
    ret->n_entries = 0;
    return ret;
}

BerthOptList *berth_optlist_copy(const BerthOptList *list)
{
    Block block = {0};

    put_list(&block, list);
    block = (Block){.at = g_malloc(block.used)};
    return put_list(&block, list);
}
