/* lock - see lock.h. The file stays when the lock is given up: removing it would let two in. */
#include "lock.h"

#include <errno.h>

struct FileLock {
    BerthFile *file;
    unsigned refs;
};

const char *file_reason(int error)
{
    if (error == -ELOOP)
        return "it is a symbolic link; name the file that is meant";
    if (error == -EINVAL || error == -ENXIO)
        return "it is no plain file";
    return g_strerror(-error);
}

int file_lock_take(BerthServer *server, const char *path, FileLock **ret, GError **error)
{
    g_autofree char *name = g_strconcat(path, ".lock", NULL);
    BerthFile *file = NULL;
    int r = berth_file_open(server, name, BERTH_OPEN_APPEND, &file);

    if (r == 0)
        r = berth_file_lock(file);
    if (r == 0) {
        *ret = g_new0(FileLock, 1);
        **ret = (FileLock){file, 1};
        return 0;
    }
    berth_file_close(file);
    if (r == -EWOULDBLOCK)
        return berth_fail(error, r,
                          "%s: another server uses this lease file (it has the lock on %s)", path,
                          name);
    return berth_fail(error, r, "%s: cannot be locked: %s", name, file_reason(r));
}

FileLock *file_lock_ref(FileLock *lock)
{
    lock->refs++;
    return lock;
}

void file_lock_unref(FileLock *lock)
{
    if (!lock || --lock->refs > 0)
        return;
    berth_file_close(lock->file);
    g_free(lock);
}
