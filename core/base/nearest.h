/* nearest - "did you mean": the known name that a mistyped one is closest to. */
#pragma once

#include <stddef.h>

/* `candidate` answers the known names by number, NULL after the last. The nearest one (the first
 * among equals) that is at most 2 changes (a letter more, less, other, or two swapped) and at most
 * a third of the length of `name` away; NULL when none is. */
const char *berth_nearest(const char *name, const char *(*candidate)(const void *data, size_t i),
                          const void *data);
