/* udp - see udp.h. */
#include "core/net/udp.h"

#include "core/base/addr.h"
#include "core/base/bytes.h"
#include "core/base/sockaddr.h"
#include <errno.h>
#include <linux/udp.h>
#include <sys/mman.h>

/* A UDP length is 16 bits. The stride is more by a cache line, because buffers that all begin at
 * the same place of a cache set would drive each other out. */
#define PAYLOAD_MAX 65535
#define STRIDE (PAYLOAD_MAX + 1 + 64)
/* The bytes of a run together with all headers fit into 16 bits. */
#define RUN_BYTES_MAX 65000

/* A destination or source address, and the length of the pieces of a run. */
typedef struct Control {
    _Alignas(struct cmsghdr)
        uint8_t bytes[CMSG_SPACE(sizeof(struct in6_pktinfo)) + CMSG_SPACE(sizeof(int))];
} Control;

struct BerthInbox {
    struct mmsghdr msgs[BERTH_BATCH];
    struct iovec iovecs[BERTH_BATCH];
    BerthSockaddr from[BERTH_BATCH];
    Control control[BERTH_BATCH];
    uint8_t *data;
    unsigned n;       /* messages that were fetched */
    unsigned at;      /* the one to be read next */
    size_t offset;    /* and what of it was read */
    unsigned pieces;  /* most datagrams in one of them */
    BerthDatagram as; /* what the pieces of this message have in common */
    size_t piece_len; /* 0: not begun */
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

int berth_udp_prepare(int fd, int family)
{
    int level = family == AF_INET ? IPPROTO_IP : IPPROTO_IPV6;
    int option = family == AF_INET ? IP_PKTINFO : IPV6_RECVPKTINFO, on = 1;

    if (setsockopt(fd, level, option, &on, sizeof(on)) < 0)
        return -errno;
    (void)setsockopt(fd, IPPROTO_UDP, UDP_GRO, &on, sizeof(on)); /* Linux before 5.0 can't */
    return 0;
}

/* ---- receiving ---- */

static void prepare(BerthInbox *inbox, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        inbox->msgs[i].msg_hdr = (struct msghdr){
            .msg_name = &inbox->from[i].any,
            .msg_namelen = sizeof(struct sockaddr_in6),
            .msg_iov = &inbox->iovecs[i],
            .msg_iovlen = 1,
            .msg_control = &inbox->control[i],
            .msg_controllen = sizeof(inbox->control[i]),
        };
}

/* Where runs came last time they are expected again, so that one turn takes no more than `max`. */
int berth_udp_fetch(int fd, BerthInbox *inbox, unsigned max)
{
    unsigned room = CLAMP(max / MAX(inbox->pieces, 1), 1, BERTH_BATCH);
    int got;

    inbox->n = inbox->at = inbox->pieces = 0;
    inbox->piece_len = 0;
    prepare(inbox, room);
    got = recvmmsg(fd, inbox->msgs, room, MSG_DONTWAIT, NULL);
    if (got < 0)
        return errno == EAGAIN || errno == EINTR ? 0 : -errno;
    inbox->n = (unsigned)got;
    return inbox->n == room;
}

static bool read_control(struct msghdr *msg, BerthAddr *ret_dst, size_t *ret_piece_len)
{
    bool found = false;

    for (struct cmsghdr *c = CMSG_FIRSTHDR(msg); c; c = CMSG_NXTHDR(msg, c)) {
        struct in_pktinfo info;
        struct in6_pktinfo info6;
        int len;

        if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO) {
            memcpy(&info, CMSG_DATA(c), sizeof(info));
            *ret_dst = berth_addr_from_in(info.ipi_addr);
            found = true;
        } else if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_PKTINFO) {
            memcpy(&info6, CMSG_DATA(c), sizeof(info6));
            *ret_dst = berth_addr_from_in6(&info6.ipi6_addr);
            found = true;
        } else if (c->cmsg_level == IPPROTO_UDP && c->cmsg_type == UDP_GRO) {
            memcpy(&len, CMSG_DATA(c), sizeof(len));
            if (len > 0)
                *ret_piece_len = (size_t)len;
        }
    }
    return found;
}

static void read_source(const BerthSockaddr *from, BerthDatagram *ret)
{
    if (from->any.sa_family == AF_INET6) {
        ret->src = berth_addr_from_in6(&from->in6.sin6_addr);
        ret->src_port = ntohs(from->in6.sin6_port);
    } else {
        ret->src = berth_addr_from_in(from->in.sin_addr);
        ret->src_port = ntohs(from->in.sin_port);
    }
}

/* What all pieces of the message have in common; false: it is to be left out. */
static bool begin_message(BerthInbox *inbox)
{
    struct msghdr *msg = &inbox->msgs[inbox->at].msg_hdr;
    size_t len = inbox->msgs[inbox->at].msg_len;

    inbox->offset = 0;
    inbox->piece_len = MAX(len, 1);
    inbox->as = (BerthDatagram){.src_port = 0};
    if (msg->msg_flags & (MSG_TRUNC | MSG_CTRUNC) ||
        !read_control(msg, &inbox->as.dst, &inbox->piece_len))
        return false;
    read_source(&inbox->from[inbox->at], &inbox->as);
    inbox->pieces = MAX(inbox->pieces, (unsigned)((len + inbox->piece_len - 1) / inbox->piece_len));
    return true;
}

static void end_message(BerthInbox *inbox)
{
    inbox->at++;
    inbox->piece_len = 0;
}

size_t berth_inbox_next(BerthInbox *inbox, uint16_t port, BerthDatagram *ret)
{
    size_t n = 0;

    while (n < BERTH_BATCH && inbox->at < inbox->n) {
        size_t len = inbox->msgs[inbox->at].msg_len;

        if (inbox->piece_len == 0 && !begin_message(inbox)) {
            end_message(inbox);
            continue;
        }
        ret[n] = inbox->as;
        ret[n].dst_port = port;
        ret[n].data = (BerthBytes){(uint8_t *)inbox->iovecs[inbox->at].iov_base + inbox->offset,
                                   MIN(inbox->piece_len, len - inbox->offset)};
        n++;
        inbox->offset += inbox->piece_len;
        if (inbox->offset >= len)
            end_message(inbox);
    }
    return n;
}

/* ---- sending ---- */

typedef struct Outgoing {
    struct mmsghdr msgs[BERTH_BATCH];
    struct iovec iovecs[BERTH_BATCH];
    BerthSockaddr to[BERTH_BATCH];
    Control control[BERTH_BATCH];
} Outgoing;

static void put_destination(const BerthDatagram *d, BerthSockaddr *ret)
{
    if (berth_addr_is4(d->dst)) {
        ret->len = sizeof(ret->in);
        ret->in = (struct sockaddr_in){.sin_family = AF_INET,
                                       .sin_port = htons(d->dst_port),
                                       .sin_addr = berth_addr_to_in(d->dst)};
    } else {
        ret->len = sizeof(ret->in6);
        ret->in6 = (struct sockaddr_in6){.sin6_family = AF_INET6, .sin6_port = htons(d->dst_port)};
        memcpy(&ret->in6.sin6_addr, d->dst.b, sizeof(d->dst.b));
    }
}

static void put_control(struct msghdr *msg, Control *control, int level, int type, const void *data,
                        size_t len)
{
    struct cmsghdr *c = (struct cmsghdr *)(control->bytes + msg->msg_controllen);

    msg->msg_control = control;
    c->cmsg_level = level;
    c->cmsg_type = type;
    c->cmsg_len = CMSG_LEN(len);
    memcpy(CMSG_DATA(c), data, len);
    msg->msg_controllen += CMSG_SPACE(len);
}

/* The index stays 0: a bound socket leaves by its interface, a routed one where it should. */
static void put_source(struct msghdr *msg, Control *control, BerthAddr src)
{
    if (berth_addr_is4(src)) {
        struct in_pktinfo info = {.ipi_spec_dst = berth_addr_to_in(src)};

        put_control(msg, control, IPPROTO_IP, IP_PKTINFO, &info, sizeof(info));
    } else {
        struct in6_pktinfo info = {.ipi6_ifindex = 0};

        memcpy(&info.ipi6_addr, src.b, sizeof(src.b));
        put_control(msg, control, IPPROTO_IPV6, IPV6_PKTINFO, &info, sizeof(info));
    }
}

/* `n` equal ones as one message that the kernel takes apart again. */
static void put_run(Outgoing *out, size_t i, const BerthDatagram *const *run, size_t first,
                    size_t n)
{
    const BerthDatagram *d = run[0];
    /* cppcheck-suppress uninitvar ; its place is taken, not its value */
    struct msghdr *msg = &out->msgs[i].msg_hdr;
    uint16_t len = (uint16_t)d->data.len;

    put_destination(d, &out->to[i]);
    *msg = (struct msghdr){.msg_name = &out->to[i].any,
                           .msg_namelen = out->to[i].len,
                           .msg_iov = &out->iovecs[first],
                           .msg_iovlen = n};
    for (size_t k = 0; k < n; k++)
        out->iovecs[first + k] = (struct iovec){(void *)run[k]->data.data, run[k]->data.len};
    if (!berth_addr_is_any(d->src))
        put_source(msg, &out->control[i], d->src);
    if (n > 1)
        put_control(msg, &out->control[i], IPPROTO_UDP, UDP_SEGMENT, &len, sizeof(len));
}

static bool is_alike(const BerthDatagram *a, const BerthDatagram *b)
{
    return a->data.len == b->data.len && a->dst_port == b->dst_port &&
           berth_addr_equal(a->dst, b->dst) && berth_addr_equal(a->src, b->src);
}

/* How many from the first on go as one. */
static size_t run_length(const BerthDatagram *const *out, size_t n)
{
    size_t len = out[0]->data.len, most = len ? MIN(n, RUN_BYTES_MAX / len) : 1, k = 1;

    while (k < most && is_alike(out[0], out[k]))
        k++;
    return k;
}

/* Each by itself. */
static size_t send_singly(int fd, const BerthDatagram *const *out, size_t n)
{
    BERTH_UNCLEARED Outgoing outgoing;

    for (size_t i = 0; i < n; i++)
        put_run(&outgoing, i, &out[i], i, 1);
    return berth_mmsg_send(fd, outgoing.msgs, n);
}

size_t berth_udp_send(int fd, const BerthDatagram *const *out, size_t n)
{
    BERTH_UNCLEARED Outgoing outgoing;
    size_t n_msgs = 0, at, sent = 0;
    int r;

    for (at = 0; at < n; n_msgs++) {
        size_t run = run_length(out + at, n - at);

        put_run(&outgoing, n_msgs, out + at, at, run);
        at += run;
    }
    if (n_msgs == n)
        return berth_mmsg_send(fd, outgoing.msgs, n);
    r = sendmmsg(fd, outgoing.msgs, (unsigned)n_msgs, 0);
    for (int i = 0; i < r; i++)
        sent += outgoing.msgs[i].msg_hdr.msg_iovlen;
    /* A run that the kernel does not take, because of an interface that can't or a message beyond
     * its MTU, may go in pieces. */
    return sent + (sent < n ? send_singly(fd, out + sent, n - sent) : 0);
}

size_t berth_mmsg_send(int fd, struct mmsghdr *msgs, size_t n)
{
    size_t at = 0, sent = 0;

    while (at < n) {
        int r = sendmmsg(fd, msgs + at, (unsigned)(n - at), 0);

        if (r > 0) {
            at += (size_t)r;
            sent += (size_t)r;
        } else if (r < 0 && errno == EINTR) {
            continue;
        } else if (r < 0 && (errno == EAGAIN || errno == ENOBUFS)) {
            break; /* full: the rest would not fit either, and clients ask again */
        } else {
            at++; /* this one is refused; the next may have another destination */
        }
    }
    return sent;
}

void berth_socket_buffer(int fd, int which, int size)
{
    int force = which == SO_RCVBUF ? SO_RCVBUFFORCE : SO_SNDBUFFORCE;

    if (setsockopt(fd, SOL_SOCKET, force, &size, sizeof(size)) < 0)
        (void)!setsockopt(fd, SOL_SOCKET, which, &size, sizeof(size));
}
