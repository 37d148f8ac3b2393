/* watch - see watch.h. */
#include "tests/netns/watch.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define WAIT_USEC G_USEC_PER_SEC

static bool call(const char *command, GString *ret)
{
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    g_autofree char *text = g_strdup_printf("{ \"command\": \"%s\" }", command);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    char buffer[4096];
    ssize_t n = -1;

    g_strlcpy(at.sun_path, g_getenv("HOSTILE_SOCKET"), sizeof(at.sun_path));
    if (fd >= 0 && connect(fd, (struct sockaddr *)&at, sizeof(at)) == 0 &&
        send(fd, text, strlen(text), MSG_NOSIGNAL) > 0)
        while ((n = recv(fd, buffer, sizeof(buffer), 0)) > 0)
            g_string_append_len(ret, buffer, n);
    if (fd >= 0)
        close(fd);
    return n == 0;
}

/* The number that follows the name; 0: the name is not there, nothing has been counted yet. */
static int64_t number_after(const char *text, const char *name)
{
    g_autofree char *quoted = g_strdup_printf("\"%s\"", name);
    const char *at = strstr(text, quoted);

    if (!at)
        return 0;
    at += strlen(quoted);
    return g_ascii_strtoll(at + strcspn(at, "0123456789"), NULL, 10);
}

static int64_t counter(const char *text, const char *family, const char *name)
{
    g_autofree char *whole = g_strdup_printf("%s-%s", family, name);

    return number_after(text, whole);
}

Counts watch_counts(const char *family)
{
    g_autoptr(GString) text = g_string_new(NULL);

    if (!CHECK(call("statistic-get-all", text)))
        return (Counts){-1, -1, -1};
    return (Counts){.received = counter(text->str, family, "received"),
                    .dropped = counter(text->str, family, "receive-drop"),
                    .sent = counter(text->str, family, "sent")};
}

static bool is_settled(Counts before, Counts now, int64_t n)
{
    return now.received >= before.received + n &&
           now.dropped + now.sent >= before.dropped + before.sent + n;
}

Counts watch_counts_after(const char *family, Counts before, int64_t n)
{
    gint64 until = g_get_monotonic_time() + WAIT_USEC;
    Counts now = watch_counts(family);

    while (!is_settled(before, now, n) && g_get_monotonic_time() < until) {
        g_usleep(500);
        now = watch_counts(family);
    }
    return now;
}

void watch_process(void)
{
    g_autoptr(GString) text = g_string_new(NULL);
    int pid = atoi(g_getenv("HOSTILE_PID"));

    CHECK_INT(kill(pid, 0), 0);
    CHECK(call("status-get", text));
    CHECK_INT(number_after(text->str, "pid"), pid);
}
