/* target - where lines end up: standard output, standard error, or a file that rotates. Lines are
 * held until target_write; what can't be written is lost, with one complaint on standard error. */
#pragma once

#include <berth/plugin.h>

typedef enum TargetKind { TARGET_STDOUT, TARGET_STDERR, TARGET_FILE } TargetKind;

typedef struct Target {
    BerthServer *server;
    TargetKind kind;
    char *path;              /* of a file, else NULL */
    int64_t maxsize, maxver; /* bytes after which it is rotated, 0 never; rotated files kept */
    BerthFile *file;         /* NULL: could not be opened; tried again with the next lines */
    int64_t size;
    bool said_failed;
    bool torn;     /* a write ended within a line */
    GString *held; /* whole lines */
} Target;

/* `path` is taken over. A file is opened, and made if it is not there. */
Target *target_new(BerthServer *server, TargetKind kind, char *path, int64_t maxsize,
                   int64_t maxver);
/* Does not write what is held. For GPtrArrays. */
void target_free(void *target);
void target_write(Target *target);
