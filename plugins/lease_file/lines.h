/* lines - the lines of a file, one after the other, whatever is in it.
 *
 * A line is bounded: a longer one is read over and handed out empty. A last line without a newline
 * is a torn tail: it is never handed out. */
#pragma once

#include <berth/plugin.h>

typedef struct Lines {
    BerthFile *file; /* lent */
    GByteArray *buffer;
    size_t at;       /* of `buffer`: where the next line begins, or what is left of it */
    int64_t offset;  /* of the file: where the next line begins */
    int64_t dropped; /* bytes of the next line that were read over */
    size_t max;
    uint64_t number; /* of the line handed out last, from 1 */
} Lines;

typedef struct Line {
    char *text;   /* a NUL behind `len` bytes; lent until the next call, may be changed */
    size_t len;   /* without newline and the CR before it */
    bool is_long; /* it had more than `max` bytes; `len` is 0 */
} Line;

void lines_init(Lines *lines, BerthFile *file, size_t max);
void lines_clear(Lines *lines);
/* 1: a line. 0: the end, and `offset` is where the torn tail begins, if there is one. < 0: -errno.
 */
int lines_next(Lines *lines, Line *ret);
/* At the end: the length of the torn tail. */
int64_t lines_torn(const Lines *lines);
