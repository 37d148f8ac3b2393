/* damage - tells of the damaged rows of a file: of the first hundred why they are none, of all
 * others their lines, many in a message. So none goes untold, and a file of nothing but rubbish
 * does not fill the log. */
#pragma once

#include <berth/plugin.h>

typedef struct Damage {
    BerthServer *server;
    const char *path; /* the caller's */
    uint64_t rows;
    uint64_t first, last; /* lines one after the other, not written yet; 0: none */
    GString *lines;       /* what is to be told at once */
} Damage;

/* Of another file; `damage` is cleared or all zero. */
void damage_begin(Damage *damage, BerthServer *server, const char *path);
void damage_add(Damage *damage, uint64_t line, const char *why);
/* Tells what is not told yet. */
void damage_tell(Damage *damage);
void damage_clear(Damage *damage);
