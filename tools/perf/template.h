/* template - a message from a file of hexadecimal digits, and where in it the values stand. */
#pragma once

#include "tools/perf/conf.h"

typedef struct PerfTemplateFile {
    uint8_t *bytes; /* room for the message */
    size_t size;
    uint16_t len;
    char **offsets; /* "xid=4", to be freed */
} PerfTemplateFile;

/* A field of a template: where its offset, a uint16_t, is in the struct that has them. */
typedef struct PerfField {
    const char *name;
    size_t at;
    unsigned len;
} PerfField;

/* Reads "FILE[:FIELD=OFFSET,…]": hex digits in any grouping, `min` bytes or more. False with an
 * error. */
bool perf_template_read(PerfTemplateFile *file, const char *spec, size_t min, GError **error);
/* Stores each of the file's offsets into `ret`; the n fields are named in an error. */
bool perf_template_offsets(const PerfTemplateFile *file, const PerfField *fields, size_t n,
                           void *ret, GError **error);
