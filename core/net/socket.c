/* socket - see socket.h. */
#include "core/net/socket.h"

#include "core/base/sockaddr.h"
#include "core/net/net.h"
#include "core/net/udp.h"
#include <errno.h>
#include <linux/filter.h>
#include <unistd.h>

#ifndef IPV6_MULTICAST_ALL
#define IPV6_MULTICAST_ALL 29 /* of linux/in6.h, which cannot stand beside netinet/in.h */
#endif

static int family_of(const BerthLinkConf *conf)
{
    return conf->kind == BERTH_LINK_UDP6 ? AF_INET6 : AF_INET;
}

static int set_int(int fd, int level, int option, int value)
{
    return setsockopt(fd, level, option, &value, sizeof(value)) < 0 ? -errno : 0;
}

static int bind_port(int fd, const BerthLinkConf *conf)
{
    BerthSockaddr any = {.len = sizeof(any.in), .in = {.sin_family = AF_INET}};
    int r = set_int(fd, SOL_SOCKET, SO_REUSEADDR, 1);

    any.in.sin_port = htons(conf->port);
    if (family_of(conf) == AF_INET6)
        any = (BerthSockaddr){
            .len = sizeof(any.in6),
            .in6 = {.sin6_family = AF_INET6, .sin6_port = htons(conf->port)},
        };
    if (r == 0 && bind(fd, &any.any, any.len) < 0)
        r = -errno;
    return r;
}

static int join(int fd, int ifindex, BerthAddr group)
{
    struct ipv6_mreq mreq = {.ipv6mr_interface = (unsigned)ifindex};

    memcpy(&mreq.ipv6mr_multiaddr, group.b, sizeof(group.b));
    return setsockopt(fd, IPPROTO_IPV6, IPV6_JOIN_GROUP, &mreq, sizeof(mreq)) < 0 ? -errno : 0;
}

/* Groups that others on this machine have joined would be let in, too, by kernels older than the
 * option; net.c leaves them out. */
static int set_up6(int fd, int ifindex)
{
    int r = set_int(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1);

    (void)set_int(fd, IPPROTO_IPV6, IPV6_MULTICAST_ALL, 0);
    if (r == 0)
        r = join(fd, ifindex, BERTH_GROUP_RELAYS_AND_SERVERS);
    if (r == 0)
        r = join(fd, ifindex, BERTH_GROUP_SERVERS);
    return r;
}

/* The port is bound last, so that nothing arrives before the socket is limited to its interface. */
static int set_up(int fd, const BerthLinkConf *conf)
{
    const char *name = conf->iface->name;
    int r = family_of(conf) == AF_INET6 ? set_up6(fd, conf->iface->index)
                                        : set_int(fd, SOL_SOCKET, SO_BROADCAST, 1);

    if (r == 0)
        r = berth_udp_prepare(fd, family_of(conf));
    if (r == 0 && setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, name, (socklen_t)strlen(name)) < 0)
        r = -errno;
    berth_socket_buffer(fd, SO_RCVBUF, BERTH_SOCKET_BUFFER);
    berth_socket_buffer(fd, SO_SNDBUF, BERTH_SOCKET_BUFFER);
    return r == 0 ? bind_port(fd, conf) : r;
}

/* Its port is the server's, so what arrives on interfaces that are not served could land here. */
static int set_up_routed(int fd, const BerthLinkConf *conf)
{
    struct sock_filter nothing = BPF_STMT(BPF_RET | BPF_K, 0);
    struct sock_fprog filter = {1, &nothing};

    if (setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof(filter)) < 0)
        return -errno;
    berth_socket_buffer(fd, SO_SNDBUF, BERTH_SOCKET_BUFFER);
    return bind_port(fd, conf);
}

static int make(const BerthLinkConf *conf, int (*prepare)(int fd, const BerthLinkConf *conf),
                int *ret_fd)
{
    int fd = socket(family_of(conf), SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_UDP), r;

    if (fd < 0)
        return -errno;
    r = prepare(fd, conf);
    if (r < 0)
        close(fd);
    else
        *ret_fd = fd;
    return r;
}

int berth_socket_open(const BerthLinkConf *conf, int *ret_fd)
{
    return make(conf, set_up, ret_fd);
}

int berth_socket_open_routed(const BerthLinkConf *conf, int *ret_fd)
{
    return make(conf, set_up_routed, ret_fd);
}
