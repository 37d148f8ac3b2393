/* world_file - files of the real world, by plain system calls; see berth/world.h for each.
 *
 * Nothing here is shared between files, so that a job may work on one of its own. */
#include "core/base/world_real.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define MODE 0640

typedef struct RealFile {
    BerthFile file;
    int fd;
} RealFile;

static int fd_of(BerthFile *file)
{
    return ((RealFile *)file)->fd;
}

/* A link at the place of a file that we write would lead our bytes wherever its maker likes.
 * Readers follow links. Without O_NONBLOCK opening a FIFO would wait for its other side. */
static int open_flags(BerthOpen how)
{
    switch (how) {
    case BERTH_OPEN_APPEND:
        return O_RDWR | O_APPEND | O_CREAT | O_NOFOLLOW;
    case BERTH_OPEN_NEW:
        return O_RDWR | O_APPEND | O_CREAT | O_TRUNC | O_NOFOLLOW;
    case BERTH_OPEN_READ:
    default:
        return O_RDONLY;
    }
}

static int open_retrying(const char *path, int flags)
{
    int fd;

    do
        fd = open(path, flags | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, MODE);
    while (fd < 0 && errno == EINTR);
    return fd < 0 ? -errno : fd;
}

static int check_kind(int fd)
{
    struct stat st;

    if (fstat(fd, &st) < 0)
        return -errno;
    if (S_ISDIR(st.st_mode))
        return -EISDIR;
    return S_ISREG(st.st_mode) || S_ISCHR(st.st_mode) ? 0 : -EINVAL;
}

static int file_open(BerthWorld *world, const char *path, BerthOpen how, BerthFile **ret)
{
    int fd = open_retrying(path, open_flags(how));
    RealFile *file;
    int r;

    if (fd < 0)
        return fd;
    r = check_kind(fd);
    if (r < 0) {
        close(fd);
        return r;
    }
    file = g_new(RealFile, 1);
    *file = (RealFile){{world}, fd};
    *ret = &file->file;
    return 0;
}

static void file_close(BerthFile *file)
{
    close(fd_of(file));
    g_free(file);
}

static int64_t file_read(BerthFile *file, int64_t offset, void *ret, size_t len)
{
    ssize_t n;

    do
        n = pread(fd_of(file), ret, len, offset);
    while (n < 0 && errno == EINTR);
    return n < 0 ? -errno : n;
}

static int64_t file_append(BerthFile *file, const void *data, size_t len)
{
    ssize_t n;

    do
        n = write(fd_of(file), data, len);
    while (n < 0 && errno == EINTR);
    return n < 0 ? -errno : n;
}

static int file_sync(BerthFile *file)
{
    int r;

    do
        r = fdatasync(fd_of(file));
    while (r < 0 && errno == EINTR);
    return r < 0 ? -errno : 0;
}

static int64_t file_size(BerthFile *file)
{
    struct stat st;

    return fstat(fd_of(file), &st) < 0 ? -errno : st.st_size;
}

static int64_t file_room(BerthFile *file)
{
    struct statvfs st;

    if (fstatvfs(fd_of(file), &st) < 0)
        return -errno;
    if (st.f_frsize && st.f_bavail > INT64_MAX / st.f_frsize)
        return INT64_MAX;
    return (int64_t)(st.f_bavail * st.f_frsize);
}

static int file_truncate(BerthFile *file, int64_t size)
{
    int r;

    do
        r = ftruncate(fd_of(file), size);
    while (r < 0 && errno == EINTR);
    return r < 0 ? -errno : 0;
}

static int file_is_at(BerthFile *file, const char *path)
{
    struct stat ours, theirs;

    if (fstat(fd_of(file), &ours) < 0 || stat(path, &theirs) < 0)
        return -errno;
    return ours.st_dev == theirs.st_dev && ours.st_ino == theirs.st_ino ? 0 : -ESTALE;
}

static int file_lock(BerthFile *file)
{
    return flock(fd_of(file), LOCK_EX | LOCK_NB) < 0 ? -errno : 0;
}

static int file_rename(BerthWorld *world, const char *from, const char *to)
{
    (void)world;
    return rename(from, to) < 0 ? -errno : 0;
}

static int file_unlink(BerthWorld *world, const char *path)
{
    (void)world;
    return unlink(path) < 0 ? -errno : 0;
}

static int file_sync_dir(BerthWorld *world, const char *dir)
{
    int fd = open_retrying(dir, O_RDONLY | O_DIRECTORY);
    int r;

    (void)world;
    if (fd < 0)
        return fd;
    do
        r = fsync(fd);
    while (r < 0 && errno == EINTR);
    r = r < 0 ? -errno : 0;
    close(fd);
    return r;
}

/* Our group may be another one than that which the bits of the group were meant for. */
static mode_t without_group(mode_t mode)
{
    return (mode & ~(mode_t)S_IRWXG) | (mode & S_IRWXO) << 3;
}

static int file_take_mode(BerthFile *file, const char *path, unsigned mask)
{
    int fd = fd_of(file);
    struct stat st;
    mode_t mode;

    if (stat(path, &st) < 0)
        return -errno;
    mode = st.st_mode & mask;
    if (fchown(fd, st.st_uid, st.st_gid) < 0 && fchown(fd, (uid_t)-1, st.st_gid) < 0)
        mode = without_group(mode);
    return fchmod(fd, mode) < 0 ? -errno : 0;
}

static char *file_real_path(BerthWorld *world, const char *path)
{
    char *real = realpath(path, NULL), *ret = g_strdup(real);

    (void)world;
    free(real);
    return ret;
}

void berth_real_add_files(BerthWorldOps *ops)
{
    ops->file_open = file_open;
    ops->file_close = file_close;
    ops->file_read = file_read;
    ops->file_append = file_append;
    ops->file_sync = file_sync;
    ops->file_size = file_size;
    ops->file_room = file_room;
    ops->file_truncate = file_truncate;
    ops->file_is_at = file_is_at;
    ops->file_lock = file_lock;
    ops->file_rename = file_rename;
    ops->file_unlink = file_unlink;
    ops->file_sync_dir = file_sync_dir;
    ops->file_take_mode = file_take_mode;
    ops->file_real_path = file_real_path;
}
