/* scan - all fields of a Redis hash by HSCAN, in slices.
 *
 * It tells of everything that is there all the while. The next slice is asked for when all of one
 * has been taken. */
#pragma once

#include "redis.h"

typedef struct Scan Scan;

typedef struct ScanOwner {
    void (*came)(void *data); /* there is more to take, or the end */
    /* Nothing more will come. `nonsense`: what Redis has said; NULL: the connection was lost. */
    void (*failed)(void *data, const char *nonsense);
} ScanOwner;

/* `key` must last. */
Scan *scan_new(BerthRedis *redis, const char *key, const ScanOwner *owner, void *data);
void scan_free(Scan *scan); /* the owner is not called any more; NULL is fine */

/* The next field, which is gone with the next call. False: wait for `came`, or it is done. */
bool scan_next(Scan *scan, BerthBytes *ret_field, BerthBytes *ret_value);
bool scan_is_done(const Scan *scan);
bool scan_is_asking(const Scan *scan);
