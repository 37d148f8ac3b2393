/* udp4 - see udp4.h. */
#include "core/net/udp4.h"

#include "core/base/addr.h"
#include "core/net/mmsg.h"
#include <errno.h>
#include <linux/filter.h>
#include <sys/mman.h>
#include <unistd.h>

/* A UDP length is 16 bits. The stride is more by a cache line, because buffers that all begin at
 * the same place of a cache set would drive each other out. */
#define PAYLOAD_MAX 65535
#define STRIDE (PAYLOAD_MAX + 1 + 64)

typedef struct Control {
    _Alignas(struct cmsghdr) uint8_t bytes[CMSG_SPACE(sizeof(struct in_pktinfo))];
} Control;

struct BerthInbox {
    struct mmsghdr msgs[BERTH_BATCH];
    struct iovec iovecs[BERTH_BATCH];
    struct sockaddr_in from[BERTH_BATCH];
    Control control[BERTH_BATCH];
    uint8_t *data;
};

BerthInbox *berth_inbox_new(void)
{
    BerthInbox *inbox = g_new0(BerthInbox, 1);

    inbox->data = mmap(NULL, (size_t)BERTH_BATCH * STRIDE, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (inbox->data == MAP_FAILED)
        g_error("no memory for the receive buffers"); /* as every g_new() does */
    for (size_t i = 0; i < BERTH_BATCH; i++)
        inbox->iovecs[i] = (struct iovec){inbox->data + i * STRIDE, PAYLOAD_MAX};
    return inbox;
}

void berth_inbox_free(BerthInbox *inbox)
{
    if (!inbox)
        return;
    munmap(inbox->data, (size_t)BERTH_BATCH * STRIDE);
    g_free(inbox);
}

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
        r = set_flag(fd, IPPROTO_IP, IP_PKTINFO);
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

/* ---- receiving ---- */

static void prepare(BerthInbox *inbox)
{
    for (size_t i = 0; i < BERTH_BATCH; i++)
        inbox->msgs[i].msg_hdr = (struct msghdr){
            .msg_name = &inbox->from[i],
            .msg_namelen = sizeof(inbox->from[i]),
            .msg_iov = &inbox->iovecs[i],
            .msg_iovlen = 1,
            .msg_control = &inbox->control[i],
            .msg_controllen = sizeof(inbox->control[i]),
        };
}

static bool find_destination(struct msghdr *msg, BerthAddr *ret)
{
    for (struct cmsghdr *c = CMSG_FIRSTHDR(msg); c; c = CMSG_NXTHDR(msg, c)) {
        struct in_pktinfo info;

        if (c->cmsg_level != IPPROTO_IP || c->cmsg_type != IP_PKTINFO)
            continue;
        memcpy(&info, CMSG_DATA(c), sizeof(info));
        *ret = berth_addr_from_in(info.ipi_addr);
        return true;
    }
    return false;
}

int berth_udp4_receive(int fd, BerthInbox *inbox, uint16_t port, BerthDatagram *ret, size_t *ret_n)
{
    size_t n = 0;
    int got;

    prepare(inbox);
    got = recvmmsg(fd, inbox->msgs, BERTH_BATCH, 0, NULL);
    if (got < 0)
        return errno == EAGAIN || errno == EINTR ? (int)(*ret_n = 0) : -errno;
    for (int i = 0; i < got; i++) {
        struct msghdr *msg = &inbox->msgs[i].msg_hdr;
        BerthDatagram *d = &ret[n];

        *d = (BerthDatagram){.dst_port = port};
        if (msg->msg_flags & (MSG_TRUNC | MSG_CTRUNC) || !find_destination(msg, &d->dst))
            continue;
        d->src = berth_addr_from_in(inbox->from[i].sin_addr);
        d->src_port = ntohs(inbox->from[i].sin_port);
        d->data = (BerthBytes){inbox->iovecs[i].iov_base, inbox->msgs[i].msg_len};
        n++;
    }
    *ret_n = n;
    return got;
}

/* ---- sending ---- */

/* ipi_ifindex stays 0: a bound socket leaves by its interface, a routed one where it should. */
static void put_source(struct msghdr *msg, Control *control, BerthAddr src)
{
    struct in_pktinfo info = {.ipi_spec_dst = berth_addr_to_in(src)};
    struct cmsghdr *c = (struct cmsghdr *)control->bytes;

    msg->msg_control = control;
    msg->msg_controllen = sizeof(control->bytes);
    c->cmsg_level = IPPROTO_IP;
    c->cmsg_type = IP_PKTINFO;
    c->cmsg_len = CMSG_LEN(sizeof(info));
    memcpy(CMSG_DATA(c), &info, sizeof(info));
}

size_t berth_udp4_send(int fd, const BerthDatagram *const *out, size_t n)
{
    struct mmsghdr msgs[BERTH_BATCH] = {0};
    struct iovec iovecs[BERTH_BATCH];
    struct sockaddr_in to[BERTH_BATCH];
    Control control[BERTH_BATCH];

    for (size_t i = 0; i < n; i++) {
        const BerthDatagram *d = out[i];
        struct msghdr *msg = &msgs[i].msg_hdr;

        iovecs[i] = (struct iovec){(void *)d->data.data, d->data.len};
        to[i] = (struct sockaddr_in){.sin_family = AF_INET,
                                     .sin_port = htons(d->dst_port),
                                     .sin_addr = berth_addr_to_in(d->dst)};
        msg->msg_name = &to[i];
        msg->msg_namelen = sizeof(to[i]);
        msg->msg_iov = &iovecs[i];
        msg->msg_iovlen = 1;
        if (!berth_addr_is_any(d->src))
            put_source(msg, &control[i], d->src);
    }
    return berth_mmsg_send(fd, msgs, n);
}
