/* scrub - hostname-char-set: each match of a pattern in a name gives way to a replacement.
 *
 * The pattern is an extended regular expression of POSIX, as Kea's std::regex reads it: in brackets
 * a backslash is a character like any other, outside it takes the meaning of a sign. Of several
 * alternatives the first that fits counts, where POSIX takes the longest. In the replacement $& is
 * what matched, $1 to $99 a group, $$ a dollar.
 *
 * Nothing that a client sends keeps it busy: what takes too many steps is given up. */
#pragma once

#include "core/base/bytes.h"

typedef struct BerthScrub BerthScrub;

/* Of a pattern and of a replacement, as with Kea. */
#define BERTH_SCRUB_TEXT_MAX 4096
/* For one match; a name has no more of them than characters, and one. */
#define BERTH_SCRUB_STEPS_MAX 5000

/* NULL: it is no pattern, and `ret_why` (g_free) says why not. */
BerthScrub *berth_scrub_new(const char *pattern, const char *replacement, char **ret_why);
void berth_scrub_free(BerthScrub *scrub); /* NULL is fine */

/* What is left of `text`. A writer that has too little room, or a text that takes too many steps,
 * ends up `full`. On the main thread alone. */
void berth_scrub_write(BerthScrub *scrub, BerthBytes text, BerthWriter *w);
