/* recent - what was stored lately, as Redis has it: what a fail-over may have lost.
 *
 * Own acknowledgements and those of others that were followed, at most RECENT_MAX of them and none
 * older than the guard time. In memory; journal.h keeps one's own over a restart. */
#pragma once

#include <berth/plugin.h>

#define RECENT_MAX (1u << 16)

typedef struct Recent Recent;
typedef void (*RecentEach)(void *data, BerthBytes key, BerthBytes value);

Recent *recent_new(int64_t keep_sec);
void recent_free(Recent *recent);
/* `now`: seconds of any clock that only goes forward. */
void recent_add(Recent *recent, int64_t now, BerthBytes key, BerthBytes value);
/* Of each address what was stored last: what it had before must not come back by a server that has
 * seen it go. */
void recent_each(Recent *recent, int64_t now, RecentEach each, void *data);
/* Everything up to this revision is known to be in the store, and not kept. */
void recent_stored(Recent *recent, uint64_t revision);
/* Whether everything is kept that is later than `revision`. */
bool recent_covers(const Recent *recent, uint64_t revision);
unsigned recent_count(const Recent *recent);
