/* local - what this host's kernel says of addresses and interfaces; see wire.h. */
#include "tools/perf/wire.h"

#include <net/if.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

static int udp_socket(void)
{
    return socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, IPPROTO_UDP);
}

static struct sockaddr_in name_of(uint32_t ip, uint16_t port)
{
    return (struct sockaddr_in){
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(ip)};
}

/* Connecting a UDP socket sends nothing; it only looks the route up. */
uint32_t perf_wire_route(uint32_t ip)
{
    struct sockaddr_in name = name_of(ip, PERF_PORT_SERVER);
    socklen_t len = sizeof(name);
    int fd = udp_socket();
    bool good = fd >= 0 && connect(fd, (struct sockaddr *)&name, len) == 0 &&
                getsockname(fd, (struct sockaddr *)&name, &len) == 0;

    if (fd >= 0)
        close(fd);
    return good ? ntohl(name.sin_addr.s_addr) : 0;
}

bool perf_wire_is_local(uint32_t ip)
{
    struct sockaddr_in name = name_of(ip, 0);
    int fd = udp_socket();
    bool good = fd >= 0 && bind(fd, (struct sockaddr *)&name, sizeof(name)) == 0;

    if (fd >= 0)
        close(fd);
    return good;
}

void perf_wire_interface(const char *interface, uint8_t ret_mac[6], uint32_t *ret_ip)
{
    struct ifreq request = {0};
    int fd = udp_socket();

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
