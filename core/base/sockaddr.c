/* sockaddr - see sockaddr.h. */
#include "core/base/sockaddr.h"

#include "core/base/addr.h"
#include <errno.h>
#include <glib.h>

static int parse_unix(const char *path, BerthSockaddr *ret)
{
    size_t size = strlen(path) + 1;

    if (*path != '/')
        return -EINVAL;
    if (size > sizeof(ret->un.sun_path))
        return -ENAMETOOLONG;
    *ret = (BerthSockaddr){.len = sizeof(ret->un), .un = {.sun_family = AF_UNIX}};
    memcpy(ret->un.sun_path, path, size);
    return 0;
}

static int parse_port(const char *text, in_port_t *ret)
{
    guint64 port;

    if (!g_ascii_string_to_unsigned(text, 10, 1, UINT16_MAX, &port, NULL))
        return -EINVAL;
    *ret = htons((uint16_t)port);
    return 0;
}

/* The address may be in brackets, and must be when it has colons itself. */
static int split_tcp(char *text, char **ret_port)
{
    char *end = *text == '[' ? strchr(text, ']') : strchr(text, ':');

    if (!end)
        return -EINVAL;
    if (*text == '[')
        *end++ = 0;
    if (*end != ':')
        return -EINVAL;
    *end = 0;
    *ret_port = end + 1;
    return 0;
}

static int parse_tcp(const char *text, BerthSockaddr *ret)
{
    g_autofree char *copy = g_strdup(text);
    char *port_text;
    in_port_t port;
    BerthAddr a;

    if (split_tcp(copy, &port_text) < 0 || parse_port(port_text, &port) < 0 ||
        berth_addr_parse(*copy == '[' ? copy + 1 : copy, &a) < 0)
        return -EINVAL;
    if (berth_addr_is4(a)) {
        *ret = (BerthSockaddr){.len = sizeof(ret->in), .in = {.sin_family = AF_INET}};
        ret->in.sin_port = port;
        ret->in.sin_addr = berth_addr_to_in(a);
    } else {
        *ret = (BerthSockaddr){.len = sizeof(ret->in6), .in6 = {.sin6_family = AF_INET6}};
        ret->in6.sin6_port = port;
        memcpy(&ret->in6.sin6_addr, a.b, sizeof(a.b));
    }
    return 0;
}

int berth_sockaddr_parse(const char *text, BerthSockaddr *ret)
{
    if (g_str_has_prefix(text, "unix:"))
        return parse_unix(text + strlen("unix:"), ret);
    if (g_str_has_prefix(text, "tcp:"))
        return parse_tcp(text + strlen("tcp:"), ret);
    return -EINVAL;
}
