/* lock - one server a lease file: a lock on FILE.lock, held as long as anybody works on the files.
 */
#pragma once

#include <berth/plugin.h>

typedef struct FileLock FileLock;

/* 0, or -errno with `error` set: -EWOULDBLOCK when another server has it. */
int file_lock_take(BerthServer *server, const char *path, FileLock **ret, GError **error);
FileLock *file_lock_ref(FileLock *lock);
void file_lock_unref(FileLock *lock); /* NULL is fine; the last one gives it up */

/* Why a file cannot be opened, for people. */
const char *file_reason(int error);
