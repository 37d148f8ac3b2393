/* faults - preloaded into a server: while there is a file $BERTH_FAULTS/write, or /sync, writing to
 * lease files, or syncing them, fails with EIO, as on a disk that dies. */
#include <dlfcn.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool is_lease_file(int fd)
{
    char link[64], path[512];
    ssize_t n;

    snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
    n = readlink(link, path, sizeof(path) - 1);
    if (n < 0)
        return false;
    path[n] = '\0';
    return strstr(path, "kea-leases") != NULL;
}

static bool fails(const char *what, int fd)
{
    const char *folder = getenv("BERTH_FAULTS");
    char path[512];

    if (!folder || !is_lease_file(fd))
        return false;
    snprintf(path, sizeof(path), "%s/%s", folder, what);
    if (access(path, F_OK) < 0)
        return false;
    errno = EIO;
    return true;
}

ssize_t write(int fd, const void *data, size_t len)
{
    static ssize_t (*real)(int, const void *, size_t);

    if (!real)
        *(void **)&real = dlsym(RTLD_NEXT, "write");
    return fails("write", fd) ? -1 : real(fd, data, len);
}

int fdatasync(int fd)
{
    static int (*real)(int);

    if (!real)
        *(void **)&real = dlsym(RTLD_NEXT, "fdatasync");
    return fails("sync", fd) ? -1 : real(fd);
}
