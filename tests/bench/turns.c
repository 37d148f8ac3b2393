/* turns - see turns.h. */
#include "tests/bench/turns.h"

#include <fcntl.h>
#include <glib.h>
#include <stdlib.h>
#include <unistd.h>

static Turns turns;
static double began_msec, began_waited_msec;

static double clock_msec(void)
{
    return (double)g_get_monotonic_time() / 1e3;
}

/* The second number of schedstat: nanoseconds on a run queue. 0 where the kernel doesn't count. */
static double waited_msec(void)
{
    static int fd = -1;
    char text[128] = "", *space;

    if (fd < 0)
        fd = open("/proc/thread-self/schedstat", O_RDONLY | O_CLOEXEC);
    if (fd < 0 || pread(fd, text, sizeof(text) - 1, 0) <= 0)
        return 0;
    space = strchr(text, ' ');
    return space ? strtod(space, NULL) / 1e6 : 0;
}

static int wait_for_events(GPollFD *fds, guint n, int timeout)
{
    double took = clock_msec() - began_msec, waited = waited_msec() - began_waited_msec;
    int r;

    turns.n++;
    turns.longest_msec = MAX(turns.longest_msec, took);
    turns.own_msec = MAX(turns.own_msec, took - waited);
    r = g_poll(fds, n, timeout);
    began_waited_msec = waited_msec();
    began_msec = clock_msec();
    return r;
}

void turns_begin(void)
{
    turns = (Turns){0};
    began_waited_msec = waited_msec();
    began_msec = clock_msec();
    g_main_context_set_poll_func(NULL, wait_for_events);
}

const Turns *turns_now(void)
{
    return &turns;
}
