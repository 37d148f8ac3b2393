/* script - tests as text: a word and its arguments a line, gathered under the `test` before them.
 *
 * A line that begins with a blank continues the one before; '#' begins a comment line. What stands
 * before the first `test` of a file is done at the beginning of each of its tests. */
#pragma once

#include <berth/types.h>
#include <glib.h>

typedef struct Step {
    const char *file;
    unsigned line;
    char *word;
    char *text;  /* the rest of the line as it stands */
    char **args; /* the same in words; blanks within '…' do not part */
} Step;

typedef struct Scene {
    char *name;
    GPtrArray *steps; /* of Step */
} Scene;

typedef struct Script {
    char *file;
    Scene *before;     /* the first test */
    GPtrArray *scenes; /* of Scene */
} Script;

/* NULL and a message on standard error when it cannot be read. */
Script *script_read(const char *path);
void script_free(Script *script);

/* "key=value" in `arg`: the value when the key is this one, else NULL. */
const char *script_value(const char *arg, const char *key);
/* "10", "250ms", "10s", "5m", "2h" in microseconds (plain numbers are seconds); -1: none of these.
 */
int64_t script_time(const char *text);
/* Appends bytes: items with commas between, each 192.0.2.1, 2001:db8::1, 0x0a0b, 'text', or a
 * number in `width` bytes; any of them may end with *N, N times. False: not understood. */
bool script_bytes(const char *text, unsigned width, GByteArray *ret);
