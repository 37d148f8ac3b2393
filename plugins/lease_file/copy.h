/* copy - copying the beginning of a file; may run in a job. */
#pragma once

#include <berth/plugin.h>

/* Appends the first `size` bytes of the file `from` (< 0: all of it) to the open file `to`. 0,
 * -errno, or -EIO when `from` is shorter. */
int copy_file(BerthServer *server, const char *from, int64_t size, BerthFile *to);
