/* reader - what the two files that read an expression share: read.c knows operators and functions,
 * read_access.c what a packet has. */
#pragma once

#include "core/expr/lexer.h"
#include "core/expr/program.h"

/* What a part of an expression is. NOTHING: an error was found, and everybody returns. */
typedef enum Kind { KIND_NOTHING, KIND_BOOL, KIND_BYTES } Kind;

typedef struct Reader {
    Lexer lexer;
    const BerthExprNames *names;
    GArray *steps;       /* of Step */
    GArray *constants;   /* of BerthBytes, each g_malloc'ed */
    GArray *accesses;    /* of Access */
    GPtrArray *patterns; /* of Regex */
    unsigned nested;
    unsigned stack, most_stack;
    GError **error;
    bool failed;
} Reader;

/* "column 5: expected …"; only the first counts. Answers KIND_NOTHING, which is false. */
Kind reader_expected(Reader *reader, const char *what);
/* The same of a token that was already read. */
Kind reader_fail(Reader *reader, size_t at, const char *format, ...) G_GNUC_PRINTF(3, 4);
/* Takes the sign, or fails. */
bool reader_sign(Reader *reader, char sign);
/* Takes the word or sign when it is there. */
bool reader_has_word(Reader *reader, const char *word);
bool reader_has_sign(Reader *reader, char sign);
bool reader_number(Reader *reader, int64_t min, int64_t max, int64_t *ret);

/* A step; `taken` values are popped before it pushes `given`. Answers its number. */
unsigned reader_emit(Reader *reader, Step step, unsigned taken, unsigned given);
int32_t reader_constant(Reader *reader, const void *data, size_t len);
/* What a packet has, from the word on that begins it; `is_access` tells which words do. */
bool reader_is_access(const Reader *reader);
Kind reader_access(Reader *reader);
