/* swap - the part of a lease file when the server goes over to it, or from it to another store:
 * being made empty to be filled, being marked as given up. What is written is mark.h's, and written
 * in jobs. */
#pragma once

#include "mark.h"

typedef struct Swap Swap;

/* Reads the mark. `path` NULL: nothing is kept in files. The lock is held as long as a job runs. 0,
 * or -errno with `error` set. */
int swap_open(BerthServer *server, const char *path, FileLock *lock, Swap **ret, GError **error);
/* A job that runs ends by itself later, without calling anybody. NULL is fine. */
void swap_close(Swap *swap);

/* Whether the leases may be used: 0, or -errno with `error` set. */
int swap_check(const Swap *swap, GError **error);
/* Made when there is none, and written when the leases are given up. */
const char *swap_data_set(Swap *swap);

/* Makes the files empty: see mark_make_room. `made` is called when that is done, never within this
 * call; then swap_made tells how it ended. */
void swap_make_room(Swap *swap, const char *data_set, void (*made)(void *data), void *data);
int swap_made(Swap *swap, GError **error);

/* As `supersede` of the role. */
void swap_supersede(Swap *swap, const char *by, void (*done)(void *data, const GError *error),
                    void *data);
