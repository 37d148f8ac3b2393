/* entry - what an entry of the log holds: fields named by one letter.
 *
 *   c  counter of its first change      b  all its changes, one behind the other:
 *   n  how many there are                  length 1, address | length 4, value
 *   e  an epoch that begins
 *
 */
#pragma once

#include "plugins/common/redis.h"

typedef struct Entry {
    BerthBytes changes;
    int64_t first, n, epoch; /* -1: not said; `n` 0 */
} Entry;

/* False: it is none of ours. Other letters are of another version, and left alone. */
bool entry_read(const redisReply *fields, Entry *ret);

/* Its changes come out even, are as many as it says, and have the counters that it says: only then
 * is any of them believed. */
bool entry_is_whole(const Entry *entry);

/* Cuts the next change from the front of `left`. False: there is none, and if bytes are left these
 * are damaged. */
bool entry_next(BerthBytes *left, BerthBytes *ret_key, BerthBytes *ret_value);
