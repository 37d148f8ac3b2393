/* mark - what is to be known of a lease file and stands beside it, in NAME.berth: the data set that
 * its leases are, and whether they are still the truth.
 *
 * The file is small text, made anew, synced and renamed, so that it is the old one or the new one.
 * Without it the leases are the truth, of a data set that has no name yet. */
#pragma once

#include "lock.h"

typedef struct Mark {
    char *data_set;      /* a UUID, NULL: none */
    char *superseded_by; /* what has the leases now, for people; NULL: nothing, they are here */
    bool unfinished;     /* the file was being filled: what it has is not all */
} Mark;

void mark_clear(Mark *mark);
void mark_set(Mark *mark, const Mark *from);

/* 0, also without NAME.berth; or -errno with `error` set. */
int mark_read(BerthServer *server, const char *path, Mark *ret, GError **error);
/* Of leases that are not to be used: says why and what to do; -ESTALE. 0: they are good. */
int mark_check(const Mark *mark, const char *path, GError **error);

/* Writes NAME.berth, in a job: 0 when it is durable; -errno when it surely is not there, or
 * MARK_UNSURE: after a crash it may be found or not. */
#define MARK_UNSURE 1
int mark_write(BerthServer *server, const char *path, const Mark *mark);

/* Makes NAME, marked so until now, an empty lease file, in a job: refuses (-EEXIST with `error`)
 * when there is anything in it but what was superseded of the data set of `next`, or was never
 * finished. First `next` is written, then what is beside NAME is removed; NAME itself is the
 * journal's to empty. */
int mark_make_room(BerthServer *server, const char *path, const Mark *mark, const Mark *next,
                   GError **error);
