/* arena - memory that lives exactly as long as one packet (or one parse), and has a limit.
 *
 * Allocation is a pointer bump; nothing is freed by itself. When the limit is reached every further
 * allocation answers NULL: the caller gives the packet up with a reason. Reset keeps the first
 * block, so a steady state allocates nothing from the system. */
#pragma once

#include <berth/types.h>
#include <glib.h>

typedef struct BerthArena {
    struct BerthArenaBlock *first, *current;
    size_t used;  /* bytes handed out */
    size_t limit; /* bytes that may be handed out */
} BerthArena;

void berth_arena_init(BerthArena *arena, size_t limit);
void berth_arena_reset(BerthArena *arena); /* all contents gone, first block kept */
void berth_arena_clear(BerthArena *arena); /* back to the system */

/* Zeroed memory aligned for any type; NULL at the limit. */
void *berth_arena_alloc(BerthArena *arena, size_t size);

/* A copy; with data NULL and the original's len when the limit is reached and len > 0. */
BerthBytes berth_arena_copy(BerthArena *arena, BerthBytes bytes);
char *berth_arena_strdup(BerthArena *arena, const char *text);
char *berth_arena_printf(BerthArena *arena, const char *format, ...) G_GNUC_PRINTF(2, 3);
