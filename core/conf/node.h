/* node - a configuration or command as one compact tree, whatever text it came from.
 *
 * Each value knows its file and line. A document owns all its nodes and strings; depth, size and
 * the number of nodes are bounded while it is read. Reading functions for plugins are in
 * berth/json.h. */
#pragma once

#include "core/base/arena.h"
#include <berth/json.h>
#include <glib.h>

#define BERTH_NODE_DEPTH 32           /* commands */
#define BERTH_NODE_DEPTH_FILE 64      /* files */
#define BERTH_NODE_BYTES (256u << 20) /* text of one document with its includes */
#define BERTH_INCLUDE_DEPTH 10

struct BerthNode {
    BerthNodeKind kind;
    const char *key;  /* in a map, else NULL */
    const char *file; /* "<command>" for a command */
    int line, column; /* 1.. ; column 0 when the reader does not tell (libconfig) */
    union {
        bool boolean;
        int64_t integer;
        double real;
        const char *string;
        struct {
            struct BerthNode *first, *last;
            unsigned count;
        } children;
    } value;
    struct BerthNode *next;
};

/* The syntax of the file that a document was read from. */
typedef enum BerthSyntax {
    BERTH_SYNTAX_NONE, /* it is no file's */
    BERTH_SYNTAX_JSON,
    BERTH_SYNTAX_LIBCONFIG,
} BerthSyntax;

typedef struct BerthDoc {
    BerthNode *root;
    BerthSyntax syntax;
    BerthArena arena;
} BerthDoc;

/* All errors of a check, each with its place; printed together. */
typedef struct BerthErrors {
    GPtrArray *lines; /* of char *, "FILE:LINE: PATH: what is wrong; what to do" */
    unsigned more;    /* how many were not kept */
} BerthErrors;
void berth_errors_init(BerthErrors *errors);
void berth_errors_clear(BerthErrors *errors);
/* `at` may be NULL; `path` is the place in the tree, "Dhcp4.subnet4[0].pools[1].pool", or NULL. At
 * most 100 are kept, then one line tells how many more there were. */
void berth_errors_add(BerthErrors *errors, const BerthNode *at, const char *path,
                      const char *format, ...) G_GNUC_PRINTF(4, 5);
static inline bool berth_errors_any(const BerthErrors *errors)
{
    return errors->lines->len > 0;
}
/* All lines joined by newlines; g_free it. */
char *berth_errors_text(const BerthErrors *errors);

/* JSON as Kea writes it: '#', '//' and C comments, trailing commas, <?include "file"?> when `file`
 * is true (a relative one starts at the including file's folder); duplicate keys are an error.
 * `name` is what errors call it. NULL with errors added. Free with berth_doc_free. */
BerthDoc *berth_doc_parse_json(BerthBytes text, const char *name, bool file, BerthErrors *errors);
/* libconfig, with @include. Integers beyond 31 bits are read right or reported, never wrapped. */
BerthDoc *berth_doc_parse_libconfig(BerthBytes text, const char *name, BerthErrors *errors);
/* Reads a file; JSON when its first character after spaces and comments is '{', or it begins with
 * <?include. Refuses what is not a regular file. */
BerthDoc *berth_doc_read(const char *path, BerthErrors *errors);
void berth_doc_free(BerthDoc *doc);

/* The members of a map as a libconfig text, a user-context as a string of JSON; NULL when there is
 * something in it that libconfig can't name, or null. g_free it. */
char *berth_node_libconfig(const BerthNode *root);
/* A document's tree as a file of that syntax, which was read back and found the same. NULL with
 * errors added. g_free it. */
char *berth_doc_text(const BerthDoc *doc, BerthSyntax syntax, BerthErrors *errors);
