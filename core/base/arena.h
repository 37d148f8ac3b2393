/* arena - memory that lives exactly as long as one packet (or one parse), and has a limit.
 *
 * Allocation is a pointer bump; nothing is freed by itself. When the limit is reached every further
 * allocation answers NULL: the caller gives the packet up with a reason. Reset keeps the first
 * block, so a steady state allocates nothing from the system. */
#pragma once

#include <berth/types.h>
#include <glib.h>

#define BERTH_ARENA_ALIGN ((size_t)16)

typedef struct BerthArenaBlock {
    struct BerthArenaBlock *next;
    size_t size, used;
    _Alignas(BERTH_ARENA_ALIGN) uint8_t data[];
} BerthArenaBlock;

typedef struct BerthArena {
    BerthArenaBlock *first, *current;
    size_t used;  /* bytes handed out */
    size_t limit; /* bytes that may be handed out */
} BerthArena;

void berth_arena_init(BerthArena *arena, size_t limit);
void berth_arena_reset(BerthArena *arena); /* all contents gone, first block kept */
void berth_arena_clear(BerthArena *arena); /* back to the system */

/* Memory aligned for any type, to be written before it is read; NULL at the limit. */
void *berth_arena_take_more(BerthArena *arena, size_t size); /* the rare case of the next one */
static inline void *berth_arena_take(BerthArena *arena, size_t size)
{
    BerthArenaBlock *block = arena->current;
    size_t whole = (size + BERTH_ARENA_ALIGN - 1) & ~(BERTH_ARENA_ALIGN - 1);
    void *at;

    if (!block || whole < size || whole > block->size - block->used ||
        whole > arena->limit - arena->used)
        return berth_arena_take_more(arena, size);
    at = block->data + block->used;
    block->used += whole;
    arena->used += whole;
    return at;
}

/* The same, zeroed. */
static inline void *berth_arena_alloc(BerthArena *arena, size_t size)
{
    void *at = berth_arena_take(arena, size);

    return at ? memset(at, 0, size) : NULL;
}

/* A copy; with data NULL and the original's len when the limit is reached and len > 0. */
BerthBytes berth_arena_copy(BerthArena *arena, BerthBytes bytes);
char *berth_arena_strdup(BerthArena *arena, const char *text);
char *berth_arena_printf(BerthArena *arena, const char *format, ...) G_GNUC_PRINTF(2, 3);
