/* faults - preloaded into a server: while there is a file $BERTH_FAULTS/write, or /sync, writing to
 * lease files, or syncing them, fails with EIO, as on a disk that dies; while there is /clock, the
 * wall clock is ahead by the milliseconds that stand in it. */
#include <dlfcn.h>
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define NSEC_PER_SEC INT64_C(1000000000)

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

static bool is_fault(const char *what, char *ret_path, size_t size)
{
    const char *folder = getenv("BERTH_FAULTS");

    if (!folder)
        return false;
    snprintf(ret_path, size, "%s/%s", folder, what);
    return access(ret_path, F_OK) == 0;
}

static bool fails(const char *what, int fd)
{
    char path[512];

    if (!is_lease_file(fd) || !is_fault(what, path, sizeof(path)))
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

static int64_t ahead_msec(void)
{
    char path[512], text[32] = "";
    FILE *file = is_fault("clock", path, sizeof(path)) ? fopen(path, "re") : NULL;

    if (!file)
        return 0;
    if (!fgets(text, sizeof(text), file))
        text[0] = '\0';
    fclose(file);
    return strtoll(text, NULL, 10);
}

int clock_gettime(clockid_t clock, struct timespec *ret)
{
    static int (*real)(clockid_t, struct timespec *);
    int64_t nsec;
    int r;

    if (!real)
        *(void **)&real = dlsym(RTLD_NEXT, "clock_gettime");
    r = real(clock, ret);
    if (r < 0 || clock != CLOCK_REALTIME)
        return r;
    nsec = (int64_t)ret->tv_sec * NSEC_PER_SEC + ret->tv_nsec + ahead_msec() * 1000000;
    *ret = (struct timespec){nsec / NSEC_PER_SEC, nsec % NSEC_PER_SEC};
    return r;
}
