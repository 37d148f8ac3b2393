/* raw4 - see raw4.h. The kernel puts the Ethernet header on (so the sender's hardware address is
 * what it is now), this room those of IP and UDP. */
#include "core/net/raw4.h"

#include "core/base/addr.h"
#include "core/net/udp.h"
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>

#define IP_HEADER 20
#define UDP_HEADER 8
#define TTL 64

/* Protocol 0: the kernel hands no frames to this socket. */
int berth_raw4_open(BerthRaw4 *raw)
{
    raw->fd = socket(AF_PACKET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (raw->fd < 0)
        return -errno;
    berth_socket_buffer(raw->fd, SO_SNDBUF, BERTH_SOCKET_BUFFER);
    return 0;
}

/* ---- headers ---- */

static void put16(uint8_t *at, uint16_t value)
{
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
}

/* RFC 1071: the ones' complement sum of 16-bit words; a last odd byte is the high one of its word.
 * 64 bits cannot overflow with lengths of 16. */
static uint64_t add_words(uint64_t sum, const uint8_t *data, size_t len)
{
    for (size_t i = 0; i + 1 < len; i += 2)
        sum += (uint64_t)data[i] << 8 | data[i + 1];
    return len % 2 ? sum + ((uint64_t)data[len - 1] << 8) : sum;
}

static uint16_t fold(uint64_t sum)
{
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    return (uint16_t)~sum;
}

static void put_ip(const BerthDatagram *out, uint16_t id, size_t total, uint8_t *ip)
{
    memset(ip, 0, IP_HEADER);
    ip[0] = 0x45;
    put16(ip + 2, (uint16_t)total);
    put16(ip + 4, id);
    ip[8] = TTL;
    ip[9] = IPPROTO_UDP;
    memcpy(ip + 12, out->src.b + 12, 4);
    memcpy(ip + 16, out->dst.b + 12, 4);
    put16(ip + 10, fold(add_words(0, ip, IP_HEADER)));
}

static void put_udp(const BerthDatagram *out, const uint8_t *ip, uint8_t *udp)
{
    size_t len = UDP_HEADER + out->data.len;
    uint64_t pseudo = add_words(IPPROTO_UDP + len, ip + 12, 8);
    uint16_t checksum;

    put16(udp, out->src_port);
    put16(udp + 2, out->dst_port);
    put16(udp + 4, (uint16_t)len);
    put16(udp + 6, 0);
    checksum = fold(add_words(add_words(pseudo, udp, UDP_HEADER), out->data.data, out->data.len));
    /* RFC 768: a computed 0 is sent as all ones, for 0 means that there is none. */
    put16(udp + 6, checksum ? checksum : 0xffff);
}

int berth_raw4_headers(const BerthDatagram *out, uint16_t id, uint8_t ret[BERTH_RAW4_HEADERS])
{
    if (out->data.len > UINT16_MAX - BERTH_RAW4_HEADERS)
        return -EMSGSIZE;
    put_ip(out, id, BERTH_RAW4_HEADERS + out->data.len, ret);
    put_udp(out, ret, ret + IP_HEADER);
    return 0;
}

/* ---- sending ---- */

/* Room for one batch: what the message headers point to. */
typedef struct Frames {
    struct mmsghdr msgs[BERTH_BATCH];
    struct iovec iovecs[BERTH_BATCH][2];
    struct sockaddr_ll to[BERTH_BATCH];
    uint8_t headers[BERTH_BATCH][BERTH_RAW4_HEADERS];
} Frames;

static int put_frame(BerthRaw4 *raw, const BerthDatagram *out, Frames *frames, size_t i)
{
    struct sockaddr_ll *to = &frames->to[i];

    if (out->hwaddr.len == 0 || out->hwaddr.len > sizeof(to->sll_addr))
        return -EINVAL;
    *to = (struct sockaddr_ll){.sll_family = AF_PACKET,
                               .sll_protocol = htons(ETH_P_IP),
                               .sll_ifindex = raw->ifindex,
                               .sll_halen = out->hwaddr.len};
    memcpy(to->sll_addr, out->hwaddr.bytes, out->hwaddr.len);
    frames->iovecs[i][0] = (struct iovec){frames->headers[i], BERTH_RAW4_HEADERS};
    frames->iovecs[i][1] = (struct iovec){(void *)out->data.data, out->data.len};
    frames->msgs[i].msg_hdr = (struct msghdr){
        .msg_name = to, .msg_namelen = sizeof(*to), .msg_iov = frames->iovecs[i], .msg_iovlen = 2};
    return berth_raw4_headers(out, raw->next_id++, frames->headers[i]);
}

size_t berth_raw4_send(BerthRaw4 *raw, const BerthDatagram *const *out, size_t n)
{
    Frames frames;
    size_t n_frames = 0;

    for (size_t i = 0; i < n; i++)
        if (put_frame(raw, out[i], &frames, n_frames) == 0)
            n_frames++;
    return berth_mmsg_send(raw->fd, frames.msgs, n_frames);
}
