/* echo - see echo.h. One raw socket; the kernel hands over only the two kinds of message that
 * count, and by a random word each tells whether it is about a request of ours. */
#include "core/net/echo.h"

#include "core/base/addr.h"
#include "core/base/bytes.h"
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

/* linux/icmp.h can't stand beside netinet/ip_icmp.h, and of both little is needed. */
#define ICMP_REPLY 0
#define ICMP_UNREACHABLE 3
#define ICMP_REQUEST 8
#define ICMP_FILTER_OPTION 1
#define ICMP_HEADER 8
#define IP_HEADER_MIN 20

#define WORD_LEN 8
#define RECEIVE_MAX 64 /* messages of a turn */

typedef struct Echo {
    BerthEcho echo;
    int fd;
    uint8_t word[WORD_LEN];
    BerthFdWatch *watch;
    BerthEchoAnswer answered;
    void *data;
    bool is_receiving, is_closed; /* closed within `answered`: freed when that has returned */
} Echo;

/* ---- bytes ---- */

static uint16_t checksum(const uint8_t *bytes, size_t len)
{
    uint32_t sum = 0;

    for (size_t i = 0; i + 1 < len; i += 2)
        sum += (uint32_t)(bytes[i] << 8 | bytes[i + 1]);
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    return (uint16_t)~sum;
}

static void put16(uint8_t *at, uint16_t value)
{
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
}

static uint16_t get16(const uint8_t *at)
{
    return (uint16_t)(at[0] << 8 | at[1]);
}

/* What stands behind an IPv4 header; NULL: it is none, or cut off before `least` bytes of that. */
static const uint8_t *behind_ip(BerthBytes packet, size_t least, size_t *ret_len)
{
    size_t header = packet.len ? (size_t)(packet.data[0] & 15) * 4 : 0;

    if (header < IP_HEADER_MIN || packet.len < header || packet.len - header < least)
        return NULL;
    *ret_len = packet.len - header;
    return packet.data + header;
}

static BerthAddr addr_at(const uint8_t *at)
{
    struct in_addr in;

    memcpy(&in, at, sizeof(in));
    return berth_addr_from_in(in);
}

/* ---- receiving ---- */

static bool is_ours(const Echo *echo, const uint8_t *icmp, size_t len)
{
    return get16(icmp + 4) == BERTH_ECHO_ID && len >= ICMP_HEADER + WORD_LEN &&
           memcmp(icmp + ICMP_HEADER, echo->word, WORD_LEN) == 0;
}

/* RFC 1812 section 4.3.2.3: an error quotes more of what it is about than RFC 792's 8 bytes behind
 * the header. One that does not tells nothing: without it there is no answer either. */
static void take_error(const Echo *echo, BerthBytes quoted)
{
    size_t len;
    const uint8_t *icmp = behind_ip(quoted, ICMP_HEADER, &len);

    if (icmp && quoted.data[9] == IPPROTO_ICMP && icmp[0] == ICMP_REQUEST &&
        is_ours(echo, icmp, len))
        echo->answered(echo->data, addr_at(quoted.data + 16), get16(icmp + 6), false);
}

static void take_packet(const Echo *echo, BerthBytes packet)
{
    size_t len;
    const uint8_t *icmp = behind_ip(packet, ICMP_HEADER, &len);

    if (!icmp)
        return;
    if (icmp[0] == ICMP_UNREACHABLE)
        take_error(echo, (BerthBytes){icmp + ICMP_HEADER, len - ICMP_HEADER});
    else if (icmp[0] == ICMP_REPLY && is_ours(echo, icmp, len))
        echo->answered(echo->data, addr_at(packet.data + 12), get16(icmp + 6), true);
}

static void on_ready(void *data, unsigned events)
{
    Echo *echo = data;
    uint8_t bytes[1500];
    ssize_t n;

    (void)events;
    echo->is_receiving = true;
    for (int i = 0; i < RECEIVE_MAX && !echo->is_closed; i++) {
        n = recv(echo->fd, bytes, sizeof(bytes), MSG_DONTWAIT);
        if (n < 0)
            break;
        take_packet(echo, (BerthBytes){bytes, (size_t)n});
    }
    echo->is_receiving = false;
    if (echo->is_closed)
        g_free(echo);
}

/* ---- what the world calls ---- */

static int open_socket(void)
{
    uint32_t blocked = ~(1u << ICMP_REPLY | 1u << ICMP_UNREACHABLE);
    int fd = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_ICMP);

    if (fd < 0)
        return -errno;
    if (setsockopt(fd, SOL_RAW, ICMP_FILTER_OPTION, &blocked, sizeof(blocked)) < 0) {
        int r = -errno;

        close(fd);
        return r;
    }
    return fd;
}

int berth_echo_real_open(BerthWorld *world, BerthEchoAnswer answered, void *data, BerthEcho **ret)
{
    int fd = open_socket();
    Echo *echo;

    if (fd < 0)
        return fd;
    echo = g_new0(Echo, 1);
    *echo = (Echo){.echo.world = world, .fd = fd, .answered = answered, .data = data};
    world->ops->random(world, echo->word, sizeof(echo->word));
    echo->watch = berth_world_real_watch_fd(world, fd, POLLIN, on_ready, echo);
    *ret = &echo->echo;
    return 0;
}

int berth_echo_real_send(BerthEcho *base, BerthAddr addr, uint16_t sequence)
{
    const Echo *echo = (const Echo *)base;
    struct sockaddr_in to = {.sin_family = AF_INET};
    uint8_t icmp[ICMP_HEADER + WORD_LEN] = {ICMP_REQUEST};

    memcpy(&to.sin_addr, addr.b + 12, sizeof(to.sin_addr));
    put16(icmp + 4, BERTH_ECHO_ID);
    put16(icmp + 6, sequence);
    memcpy(icmp + ICMP_HEADER, echo->word, WORD_LEN);
    put16(icmp + 2, checksum(icmp, sizeof(icmp)));
    return sendto(echo->fd, icmp, sizeof(icmp), MSG_DONTWAIT, (const struct sockaddr *)&to,
                  sizeof(to)) < 0
               ? -errno
               : 0;
}

void berth_echo_real_close(BerthEcho *base)
{
    Echo *echo = (Echo *)base;

    berth_world_real_unwatch_fd(echo->watch);
    close(echo->fd);
    echo->is_closed = true;
    if (!echo->is_receiving)
        g_free(echo);
}
