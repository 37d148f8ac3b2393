/* vectors - wire test vectors in plain text.
 *
 * A line is a word and its text; lines that begin with a blank continue the one before; '#' begins
 * a comment line. Bytes are written as hex, with blanks anywhere between bytes, "00*192" for a run
 * repeated, "00..300" for one repeated until there are 300 bytes, and 'text' in single quotes.
 * tests/wire/README.md has the words. */
#pragma once

#include <berth/types.h>
#include <glib.h>

typedef struct Vector {
    unsigned line;
    int family; /* 6 in files whose names end with "6.txt", else 4 */
    char *word;
    char *text; /* continuation lines stripped and joined by '\n' */
} Vector;

/* All vectors of a file; NULL and a message on standard error when it cannot be read. */
GPtrArray *vectors_read(const char *path);

/* Appends the bytes that `text` writes. False: it is no hex. */
bool vector_bytes(const char *text, GByteArray *ret);

/* Whether the vector is a message: `decode HEX`, or `decode-options HEX` with a head of our own
 * before it. Appends its bytes. */
bool vector_is_message(const Vector *vector);
bool vector_message(const Vector *vector, GByteArray *ret);
