/* frame4 - see frame4.h. */
#include "tools/perf/v4/frame4.h"

#include "core/base/addr.h"
#include "core/net/raw4.h"
#include <errno.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#define ETHERNET 14
#define ARP_LEN 28
#define ARP_QUERY 1
#define ARP_ANSWER 2

/* ---- the socket ---- */

/* ARP, or IPv4 + UDP + this destination port, unfragmented. */
static int set_filter(int fd, uint16_t port)
{
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 12),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ETH_P_ARP, 8, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ETH_P_IP, 0, 8),
        BPF_STMT(BPF_LD | BPF_B | BPF_ABS, ETHERNET + 9),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, IPPROTO_UDP, 0, 6),
        BPF_STMT(BPF_LD | BPF_H | BPF_ABS, ETHERNET + 6),
        BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, 0x3fff, 4, 0),
        BPF_STMT(BPF_LDX | BPF_B | BPF_MSH, ETHERNET),
        BPF_STMT(BPF_LD | BPF_H | BPF_IND, ETHERNET + 2),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, port, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, 0xffff),
        BPF_STMT(BPF_RET | BPF_K, 0),
    };
    struct sock_fprog program = {G_N_ELEMENTS(code), code};

    return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program));
}

/* Replies come to hardware addresses that the interface does not have. */
static int see_all(int fd, int ifindex)
{
    struct packet_mreq all = {.mr_ifindex = ifindex, .mr_type = PACKET_MR_PROMISC};
    int on = 1;

    if (setsockopt(fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &all, sizeof(all)) < 0)
        return -1;
    return setsockopt(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &on, sizeof(on));
}

/* Bound last, so that nothing arrives that the filter has not seen. */
static int set_up(int fd, const char *interface, uint16_t port)
{
    struct sockaddr_ll address = {.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL)};

    address.sll_ifindex = (int)if_nametoindex(interface);
    if (address.sll_ifindex == 0 || set_filter(fd, port) < 0 ||
        see_all(fd, address.sll_ifindex) < 0)
        return -1;
    return bind(fd, (struct sockaddr *)&address, sizeof(address));
}

int perf_frame_open(const char *interface, uint16_t port, GError **error)
{
    int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);

    if (fd >= 0 && set_up(fd, interface, port) == 0)
        return fd;
    g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_FAILED, "interface %s: %s%s", interface,
                g_strerror(errno), errno == EPERM ? ": this needs root or CAP_NET_RAW" : "");
    if (fd >= 0)
        close(fd);
    return -1;
}

/* ---- making ---- */

static void put_ethernet(uint8_t *frame, const uint8_t to[6], const uint8_t from[6], uint16_t type)
{
    memcpy(frame, to, 6);
    memcpy(frame + 6, from, 6);
    frame[12] = (uint8_t)(type >> 8);
    frame[13] = (uint8_t)type;
}

void perf_frame_head(uint8_t *frame, size_t len, const PerfTo *to, const uint16_t ports[2])
{
    BerthDatagram out = {.src = berth_addr4(to->source_ip),
                         .dst = berth_addr4(to->ip),
                         .src_port = ports[0],
                         .dst_port = ports[1],
                         .data = {frame + PERF_FRAME_HEADERS, len}};

    put_ethernet(frame, to->mac, to->source_mac, ETH_P_IP);
    (void)berth_raw4_headers(&out, 0, frame + ETHERNET); /* a message is never too long for IPv4 */
}

static uint32_t get32(const uint8_t *at)
{
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

/* RFC 826, for Ethernet and IPv4. */
size_t perf_frame_arp(uint8_t *frame, const PerfIn *query, const uint8_t mac[6])
{
    static const uint8_t head[] = {0, 1, 8, 0, 6, 4, 0, ARP_ANSWER};
    uint32_t from = ntohl(query->from.in.sin_addr.s_addr);
    uint8_t *arp = frame + ETHERNET;

    put_ethernet(frame, query->from_mac, mac, ETH_P_ARP);
    memcpy(arp, head, sizeof(head));
    memcpy(arp + 8, mac, 6);
    for (int i = 0; i < 4; i++) {
        arp[14 + i] = (uint8_t)(query->arp_target >> (24 - 8 * i));
        arp[24 + i] = (uint8_t)(from >> (24 - 8 * i));
    }
    memcpy(arp + 18, query->from_mac, 6);
    return ETHERNET + ARP_LEN;
}

/* ---- taking apart ---- */

static bool read_arp(BerthBytes arp, PerfIn *ret)
{
    if (arp.len < ARP_LEN || arp.data[7] != ARP_QUERY)
        return false;
    ret->is_arp = true;
    ret->from = perf_name(berth_addr4(get32(arp.data + 14)), 0);
    ret->arp_target = get32(arp.data + 24);
    return true;
}

/* The filter has seen that it is UDP; the length that IP says leaves Ethernet's padding out. */
static bool read_ip(BerthBytes ip, PerfIn *ret)
{
    size_t head, len;

    if (ip.len < BERTH_RAW4_HEADERS)
        return false;
    head = (size_t)(ip.data[0] & 15u) * 4;
    len = (size_t)ip.data[2] << 8 | ip.data[3];
    if (head < 20 || len > ip.len || len < head + 8)
        return false;
    ret->from = perf_name(berth_addr4(get32(ip.data + 12)),
                          (uint16_t)(ip.data[head] << 8 | ip.data[head + 1]));
    ret->message = (BerthBytes){ip.data + head + 8, len - head - 8};
    return true;
}

bool perf_frame_read(BerthBytes frame, PerfIn *ret)
{
    BerthBytes rest;

    *ret = (PerfIn){.is_arp = false};
    if (frame.len < ETHERNET)
        return false;
    rest = (BerthBytes){frame.data + ETHERNET, frame.len - ETHERNET};
    memcpy(ret->from_mac, frame.data + 6, 6);
    return (frame.data[12] << 8 | frame.data[13]) == ETH_P_ARP ? read_arp(rest, ret)
                                                               : read_ip(rest, ret);
}
