/* regex - the patterns of `match`: PCRE2 as ECMAScript has it, over bytes, for the whole value.
 *
 * Nothing that a client sends keeps it busy or makes it grow: of a value that takes more steps or
 * memory than there are for one it is not told whether it matches, for "no" could be what somebody
 * wants to hear who makes it so long. After the first value nothing is allocated but
 * where one needs more than those before it. */
#pragma once

#include "core/base/bytes.h"

typedef struct Regex Regex;

/* For one value; a step may look at all of it, so a long one has fewer. */
#define REGEX_STEPS_MAX 20000
#define REGEX_BYTES_MAX (4u << 20)
#define REGEX_HEAP_KIB_MAX 256

/* NULL: it is no pattern, `ret_why` (g_free) says why not and `ret_at` where in it. */
Regex *berth_regex_new(BerthBytes pattern, char **ret_why, size_t *ret_at);
void berth_regex_free(Regex *regex); /* NULL is fine */
/* 1, 0, or -E2BIG: it would take too much. */
int berth_regex_matches(Regex *regex, BerthBytes value);
