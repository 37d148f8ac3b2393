/* copy - copying files; may run in a job. */
#pragma once

#include <berth/plugin.h>

/* Appends the first `size` bytes of `from` to `to`. 0, -errno, or -EIO when `from` is shorter. */
int copy_bytes(BerthFile *from, int64_t size, BerthFile *to);
/* Makes `to` a synced copy of the file `from`. 0 or -errno. */
int copy_aside(BerthServer *server, const char *from, const char *to);
