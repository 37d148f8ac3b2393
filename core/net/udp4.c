/* udp4 - see udp4.h. */
#include "core/net/udp4.h"

#include "core/net/udp.h"
#include <errno.h>
#include <linux/filter.h>
#include <netinet/in.h>
#include <unistd.h>

/* ---- opening ---- */

static int set_flag(int fd, int level, int option)
{
    int on = 1;

    return setsockopt(fd, level, option, &on, sizeof(on)) < 0 ? -errno : 0;
}

static int bind_port(int fd, uint16_t port)
{
    struct sockaddr_in any = {.sin_family = AF_INET, .sin_port = htons(port)};
    int r = set_flag(fd, SOL_SOCKET, SO_REUSEADDR);

    if (r == 0 && bind(fd, (struct sockaddr *)&any, sizeof(any)) < 0)
        r = -errno;
    return r;
}

/* The port is bound last, so that nothing arrives before the socket is limited to its interface. */
static int set_up(int fd, const BerthLinkConf *conf)
{
    const char *name = conf->iface->name;
    int r = set_flag(fd, SOL_SOCKET, SO_BROADCAST);

    if (r == 0)
        r = berth_udp_prepare(fd, AF_INET);
    if (r == 0 && setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, name, (socklen_t)strlen(name)) < 0)
        r = -errno;
    berth_socket_buffer(fd, SO_RCVBUF, BERTH_SOCKET_BUFFER);
    berth_socket_buffer(fd, SO_SNDBUF, BERTH_SOCKET_BUFFER);
    return r == 0 ? bind_port(fd, conf->port) : r;
}

/* Its port is the server's, so what arrives on interfaces that are not served could land here. */
static int set_up_routed(int fd, uint16_t port)
{
    struct sock_filter nothing = BPF_STMT(BPF_RET | BPF_K, 0);
    struct sock_fprog filter = {1, &nothing};

    if (setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof(filter)) < 0)
        return -errno;
    berth_socket_buffer(fd, SO_SNDBUF, BERTH_SOCKET_BUFFER);
    return bind_port(fd, port);
}

static int finish(int fd, int r, int *ret_fd)
{
    if (r < 0)
        close(fd);
    else
        *ret_fd = fd;
    return r;
}

static int udp_socket(void)
{
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_UDP);

    return fd < 0 ? -errno : fd;
}

int berth_udp4_open(const BerthLinkConf *conf, int *ret_fd)
{
    int fd = udp_socket();

    return fd < 0 ? fd : finish(fd, set_up(fd, conf), ret_fd);
}

int berth_udp4_open_routed(uint16_t port, int *ret_fd)
{
    int fd = udp_socket();

    return fd < 0 ? fd : finish(fd, set_up_routed(fd, port), ret_fd);
}
