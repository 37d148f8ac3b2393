/* text - the files that a document is read from: bounded, regular, valid UTF-8; and where in them
 * something is wrong. What both readers (json.c, libconfig.c) share. */
#pragma once

#include "core/conf/node.h"
#include <sys/types.h>

#define BERTH_INCLUDES_MAX 10000 /* files that one document may include, counted each time */

/* One file's text while it is read. */
typedef struct BerthText {
    const char *name; /* as errors show it; lives in the document's arena */
    const char *at, *end;
    const char *line_start;
    int line;
    char *owned; /* g_free; NULL when the caller keeps the bytes */
    dev_t dev;
    ino_t ino;
} BerthText;

/* The texts that are open now, the innermost last, and what all have cost. */
typedef struct BerthTexts {
    BerthText stack[1 + BERTH_INCLUDE_DEPTH];
    unsigned n;
    unsigned included;
    size_t bytes;
    BerthArena *arena;
    BerthErrors *errors;
    bool failed; /* at least one error of this document was added */
} BerthTexts;

typedef struct BerthPlace {
    const char *file;
    int line, column;
} BerthPlace;

static inline BerthText *berth_texts_top(BerthTexts *texts)
{
    return &texts->stack[texts->n - 1];
}

BerthPlace berth_text_place(const BerthText *text);

/* Adds "FILE:LINE:COLUMN: …" (without column when it is 0). */
void berth_texts_error(BerthTexts *texts, BerthPlace at, const char *format, ...)
    G_GNUC_PRINTF(3, 4);

/* Opens the outermost text, whose bytes the caller keeps. False with an error added. */
bool berth_texts_open(BerthTexts *texts, BerthBytes bytes, const char *name);
/* Opens the outermost text from a file. */
bool berth_texts_open_file(BerthTexts *texts, const char *path);
/* Opens a file on top, because of a directive at `at`; a relative path starts at the folder of the
 * file that is on top now. */
bool berth_texts_include(BerthTexts *texts, const char *path, BerthPlace at);
/* Leaves the innermost text. */
void berth_texts_pop(BerthTexts *texts);
void berth_texts_clear(BerthTexts *texts);

/* Readers proper: `texts` holds the outermost text and is cleared; see berth_doc_parse_*. */
BerthDoc *berth_json_read(BerthTexts *texts, BerthDoc *doc, bool file);
BerthDoc *berth_libconfig_read(BerthTexts *texts, BerthDoc *doc);
/* A JSON value inside a string of another syntax, which is `depth` deep in the outer document; NULL
 * with errors added. */
BerthNode *berth_json_read_inner(BerthTexts *outer, const char *text, const char *key,
                                 BerthPlace at, unsigned depth);

/* A document and the texts that it will be read from. */
BerthDoc *berth_doc_new(BerthTexts *ret_texts, BerthErrors *errors);
/* A node of no kind yet; NULL when the document is full, which is reported. */
BerthNode *berth_node_new(BerthTexts *texts, const char *key, BerthPlace at);
/* A string of the document, or of NUL when `text` is NULL; NULL when it is full, which is reported.
 */
char *berth_node_text(BerthTexts *texts, const char *text, size_t len, BerthPlace at);
void berth_node_append(BerthNode *parent, BerthNode *child);
