/* journal - a server's own acknowledgements on its own disk, for the case that both it and Redis
 * restart and Redis has lost the end: what it has told clients is written back.
 *
 * A record is length 4, CRC32 4, and of these: seconds 8, length 1, address, value. Two files of at
 * most JOURNAL_FILE_MAX bytes; the older one is `path`.1. Written in jobs and not synced: it helps
 * where the process dies, and where the machine lives on. A damaged record ends its file. */
#pragma once

#include "recent.h"
#include <berth/plugin.h>

#define JOURNAL_FILE_MAX (8u << 20)

typedef struct Journal Journal;

/* `path` is copied. Never fails: what can't be written is told once, and `health` says so. */
Journal *journal_new(BerthServer *server, const char *path);
/* What was added is still written. NULL is fine. */
void journal_close(Journal *journal);
/* Of one that nothing was added to yet: forgets what its files hold. */
void journal_discard(Journal *journal);
void journal_add(Journal *journal, int64_t now, BerthBytes key, BerthBytes value);
bool journal_is_failing(const Journal *journal);

/* Reads in a job what is not older than `since`, and then hands it over, oldest first, and ends
 * with an empty key; unless the journal was closed. */
void journal_read(Journal *journal, int64_t since, RecentEach each, void *data);
