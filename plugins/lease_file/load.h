/* load - reading the stored leases in slices, whatever state the files are in.
 *
 * In order: NAME.completed if there is one, otherwise NAME.2 and NAME.1 (what a cleanup of Kea left
 * behind), then NAME itself. What can't be read as a row is reported with file and line, counted
 * and skipped, and the file is copied to FILE.damaged so that nothing rewrites the evidence away.
 */
#pragma once

#include <berth/plugin.h>

typedef struct Load Load;

/* `max_row_errors` 0: any number. `path` is copied. */
Load *load_new(BerthServer *server, const char *path, int64_t max_row_errors);
void load_free(Load *load); /* NULL is fine */

/* As `load` of the role. */
int load_some(Load *load, unsigned max_rows, BerthLeaseEach each, void *each_data, GError **error);
/* After the end: the bytes of NAME that are whole lines. What follows is a torn tail. */
int64_t load_size(const Load *load);
