/* near - the known word nearest to a misspelt one, for "did you mean". */
#pragma once

#include <stddef.h>

/* Edits (a character put in, left out, replaced, or two swapped) that lead from a to b; words
 * longer than 63 characters are cut. */
unsigned berth_near_distance(const char *a, const char *b);

/* Whether `known` is worth suggesting for `word`: at most 2 edits, and at most a third of its
 * length. */
#define BERTH_NEAR_MAX 2
unsigned berth_near_limit(const char *word);
