/* local - what this host's kernel says of addresses and interfaces; see wire.h. */
#include "tools/perf/wire.h"

#include "core/base/addr.h"
#include <net/if.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

static int udp_socket(int family)
{
    return socket(family, SOCK_DGRAM | SOCK_CLOEXEC, IPPROTO_UDP);
}

/* ---- addresses as sockets want them ---- */

PerfName perf_name(BerthAddr addr, uint16_t port)
{
    PerfName name = {.any = {.sa_family = 0}};

    if (berth_addr_is4(addr)) {
        name.in.sin_family = AF_INET;
        name.in.sin_port = htons(port);
        name.in.sin_addr = berth_addr_to_in(addr);
    } else {
        name.in6.sin6_family = AF_INET6;
        name.in6.sin6_port = htons(port);
        memcpy(&name.in6.sin6_addr, addr.b, sizeof(addr.b));
    }
    return name;
}

BerthAddr perf_name_addr(const PerfName *name)
{
    if (name->any.sa_family == AF_INET)
        return berth_addr_from_in(name->in.sin_addr);
    return berth_addr_from_in6(&name->in6.sin6_addr);
}

socklen_t perf_name_len(const PerfName *name)
{
    return name->any.sa_family == AF_INET ? sizeof(name->in) : sizeof(name->in6);
}

bool perf_name_equal(const PerfName *a, const PerfName *b)
{
    if (a->any.sa_family != b->any.sa_family)
        return false;
    if (a->any.sa_family == AF_INET)
        return a->in.sin_port == b->in.sin_port && a->in.sin_addr.s_addr == b->in.sin_addr.s_addr;
    return a->in6.sin6_port == b->in6.sin6_port && a->in6.sin6_scope_id == b->in6.sin6_scope_id &&
           memcmp(&a->in6.sin6_addr, &b->in6.sin6_addr, sizeof(a->in6.sin6_addr)) == 0;
}

/* ---- what the kernel says ---- */

/* Connecting a UDP socket sends nothing; it only looks the route up. */
bool perf_wire_route(BerthAddr to, BerthAddr *ret)
{
    PerfName name = perf_name(to, 1);
    socklen_t len = sizeof(name);
    int fd = udp_socket(name.any.sa_family);
    bool good = fd >= 0 && connect(fd, &name.any, perf_name_len(&name)) == 0 &&
                getsockname(fd, &name.any, &len) == 0;

    if (fd >= 0)
        close(fd);
    if (good)
        *ret = perf_name_addr(&name);
    return good;
}

bool perf_wire_is_local(BerthAddr addr)
{
    PerfName name = perf_name(addr, 0);
    int fd = udp_socket(name.any.sa_family);
    bool good = fd >= 0 && bind(fd, &name.any, perf_name_len(&name)) == 0;

    if (fd >= 0)
        close(fd);
    return good;
}

void perf_wire_interface(const char *interface, uint8_t ret_mac[6], uint32_t *ret_ip)
{
    struct ifreq request = {0};
    int fd = udp_socket(AF_INET);

    memset(ret_mac, 0, 6);
    *ret_ip = 0;
    g_strlcpy(request.ifr_name, interface, sizeof(request.ifr_name));
    if (fd >= 0 && ioctl(fd, SIOCGIFHWADDR, &request) == 0)
        memcpy(ret_mac, request.ifr_hwaddr.sa_data, 6);
    if (fd >= 0 && ioctl(fd, SIOCGIFADDR, &request) == 0) {
        struct sockaddr_in name;

        memcpy(&name, &request.ifr_addr, sizeof(name));
        *ret_ip = ntohl(name.sin_addr.s_addr);
    }
    if (fd >= 0)
        close(fd);
}
