/* arena - see arena.h. A chain of blocks; the current one is the last that was taken. */
#include "core/base/arena.h"

#define ALIGN BERTH_ARENA_ALIGN
#define FIRST_BLOCK ((size_t)16 * 1024) /* enough for nearly every packet */
#define MAX_BLOCK ((size_t)1024 * 1024)

void berth_arena_init(BerthArena *arena, size_t limit)
{
    *arena = (BerthArena){.limit = limit};
}

static void free_chain(BerthArenaBlock *block)
{
    while (block) {
        BerthArenaBlock *next = block->next;

        g_free(block);
        block = next;
    }
}

void berth_arena_reset(BerthArena *arena)
{
    if (arena->first) {
        free_chain(arena->first->next);
        arena->first->next = NULL;
        arena->first->used = 0;
    }
    arena->current = arena->first;
    arena->used = 0;
}

void berth_arena_clear(BerthArena *arena)
{
    free_chain(arena->first);
    berth_arena_init(arena, arena->limit);
}

/* Blocks double, so that a large document takes few of them. A small limit makes a small block. */
static size_t block_size(const BerthArena *arena, size_t need)
{
    size_t size = MIN(FIRST_BLOCK, arena->limit);

    if (arena->current)
        size = MIN(MAX(arena->current->size, FIRST_BLOCK / 2) * 2, MAX_BLOCK);
    return (MAX(size, need) + ALIGN - 1) / ALIGN * ALIGN;
}

static BerthArenaBlock *add_block(BerthArena *arena, size_t need)
{
    size_t size = block_size(arena, need);
    BerthArenaBlock *block = g_try_malloc(sizeof(*block) + size);

    if (!block)
        return NULL;
    block->next = NULL;
    block->size = size;
    block->used = 0;
    if (arena->current)
        arena->current->next = block;
    else
        arena->first = block;
    arena->current = block;
    return block;
}

void *berth_arena_take_more(BerthArena *arena, size_t size)
{
    BerthArenaBlock *block = arena->current;
    void *at;

    /* Half of the address space is out of reach anyway; so the sums below can't overflow. */
    if (size > SIZE_MAX / 2 || size > arena->limit - arena->used)
        return NULL;
    size = (size + ALIGN - 1) / ALIGN * ALIGN;
    if (!block || size > block->size - block->used)
        block = add_block(arena, size);
    if (!block)
        return NULL;
    at = block->data + block->used;
    block->used += size;
    arena->used = MIN(arena->used + size, arena->limit);
    return at;
}

BerthBytes berth_arena_copy(BerthArena *arena, BerthBytes bytes)
{
    uint8_t *copy = berth_arena_take(arena, bytes.len);

    if (copy && bytes.len > 0)
        memcpy(copy, bytes.data, bytes.len);
    return (BerthBytes){copy, bytes.len};
}

char *berth_arena_strdup(BerthArena *arena, const char *text)
{
    size_t size = strlen(text) + 1;
    char *copy = berth_arena_take(arena, size);

    return copy ? memcpy(copy, text, size) : NULL;
}

char *berth_arena_printf(BerthArena *arena, const char *format, ...)
{
    g_autofree char *text = NULL;
    va_list args;

    va_start(args, format);
    text = g_strdup_vprintf(format, args);
    va_end(args);
    return berth_arena_strdup(arena, text);
}
