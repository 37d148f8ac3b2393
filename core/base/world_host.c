/* world_host - the addresses of hosts by their names, from the system's resolver; see
 * berth/world.h.
 */
#include "core/base/addr.h"
#include "core/base/world_real.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>

static int from_gai(int error)
{
    switch (error) {
    case EAI_NONAME:
    case EAI_NODATA:
        return -ENOENT;
    case EAI_MEMORY:
        return -ENOMEM;
    case EAI_SYSTEM:
        return errno ? -errno : -EIO;
    default:
        return -EAGAIN;
    }
}

static bool read_addr(const struct sockaddr *from, BerthAddr *ret)
{
    if (from->sa_family == AF_INET)
        *ret = berth_addr_from_in(((const struct sockaddr_in *)from)->sin_addr);
    else if (from->sa_family == AF_INET6)
        memcpy(ret->b, &((const struct sockaddr_in6 *)from)->sin6_addr, sizeof(ret->b));
    return from->sa_family == AF_INET || from->sa_family == AF_INET6;
}

static int host_resolve(BerthWorld *world, const char *name, BerthAddr *ret, unsigned max)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *all;
    int r = getaddrinfo(name, NULL, &hints, &all);
    unsigned n = 0;

    (void)world;
    if (r != 0)
        return from_gai(r);
    for (const struct addrinfo *at = all; at && n < max; at = at->ai_next)
        n += read_addr(at->ai_addr, &ret[n]);
    freeaddrinfo(all);
    return n > 0 ? (int)n : -ENOENT;
}

void berth_real_add_hosts(BerthWorldOps *ops)
{
    ops->host_resolve = host_resolve;
}
