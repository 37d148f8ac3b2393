/* wire - see wire.h. */
#include "tools/perf/wire.h"

#include "core/base/addr.h"
#include "core/net/udp.h"
#include "tools/perf/v4/frame4.h"
#include <arpa/inet.h>
#include <errno.h>
#include <linux/udp.h>
#include <net/if.h>
#include <sched.h>
#include <sys/socket.h>
#include <unistd.h>

#define SLOT 2048 /* a frame with all its headers */
#define SOCKET_BUFFER (16 << 20)
#define TRIES 100
#define MERGED_MAX 60000 /* an IPv4 datagram's length is 16 bits */

typedef struct Slots {
    struct mmsghdr msgs[PERF_BATCH];
    struct iovec iovecs[PERF_BATCH];
    PerfName names[PERF_BATCH];
    uint8_t bytes[PERF_BATCH][SLOT];
} Slots;

/* UDP_SEGMENT of udp(7), as ancillary data. */
typedef struct Segment {
    _Alignas(struct cmsghdr) uint8_t bytes[CMSG_SPACE(sizeof(uint16_t))];
} Segment;

struct PerfWire {
    int fd;
    bool is_frames;
    bool merges; /* equal messages to one place leave as one that the kernel takes apart late */
    uint16_t ports[2]; /* from, to */
    PerfName server;
    size_t n_out;
    uint64_t unsent;
    Slots out, in;
    BerthInbox *inbox; /* with `merges`: what came in a row is received as one, too */
};

/* ---- opening ---- */

static bool fail(GError **error, const char *what, uint16_t port)
{
    int why = errno;

    g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_FAILED, "%s UDP port %u: %s%s", what, port,
                g_strerror(why),
                why == EACCES       ? ": a port below 1024 needs root; or take another with -L"
                : why == EADDRINUSE ? ": a server or relay runs here; take another with -L"
                                    : "");
    return false;
}

/* What of an address only one interface knows: link-local ones and groups. */
static void set_scope(PerfName *name, unsigned ifindex)
{
    const struct in6_addr *addr = &name->in6.sin6_addr;

    if (name->any.sa_family == AF_INET6 && (IN6_IS_ADDR_LINKLOCAL(addr) || addr->s6_addr[0] == 255))
        name->in6.sin6_scope_id = ifindex;
}

/* RFC 9915 section 7.1: where servers are heard; of all of them on a wire, and within a site. */
static bool join_groups(int fd, unsigned ifindex)
{
    static const char *const groups[] = {"ff02::1:2", "ff05::1:3"};

    for (size_t i = 0; i < G_N_ELEMENTS(groups); i++) {
        struct ipv6_mreq group = {.ipv6mr_interface = ifindex};

        inet_pton(AF_INET6, groups[i], &group.ipv6mr_multiaddr);
        if (setsockopt(fd, IPPROTO_IPV6, IPV6_JOIN_GROUP, &group, sizeof(group)) < 0)
            return false;
    }
    return true;
}

static bool set_up_udp(PerfWire *wire, const PerfConf *conf, PerfName *local)
{
    unsigned ifindex = conf->interface ? if_nametoindex(conf->interface) : 0;
    int on = 1;

    set_scope(local, ifindex);
    set_scope(&wire->server, ifindex);
    if (local->any.sa_family == AF_INET)
        return setsockopt(wire->fd, SOL_SOCKET, SO_BROADCAST, &on, sizeof(on)) == 0;
    if (setsockopt(wire->fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on)) < 0 ||
        (conf->interface && ifindex == 0))
        return false;
    return !conf->is_null || !conf->interface || join_groups(wire->fd, ifindex);
}

static bool open_udp(PerfWire *wire, const PerfConf *conf, GError **error)
{
    BerthAddr any = conf->is_v6 ? BERTH_ADDR6_ANY : BERTH_ADDR4_ANY;
    PerfName local = perf_name(berth_addr_is_any(conf->local) ? any : conf->local, wire->ports[0]);

    wire->fd = socket(local.any.sa_family, SOCK_DGRAM | SOCK_CLOEXEC, IPPROTO_UDP);
    if (wire->fd < 0 || !set_up_udp(wire, conf, &local))
        return fail(error, "opening", wire->ports[0]);
    if (bind(wire->fd, &local.any, perf_name_len(&local)) == 0)
        return true;
    return fail(error, "binding to", wire->ports[0]);
}

static void prepare(Slots *slots, bool has_names)
{
    for (size_t i = 0; i < PERF_BATCH; i++) {
        slots->iovecs[i] = (struct iovec){slots->bytes[i], SLOT};
        slots->msgs[i].msg_hdr = (struct msghdr){.msg_iov = &slots->iovecs[i], .msg_iovlen = 1};
        if (has_names)
            slots->msgs[i].msg_hdr.msg_name = &slots->names[i];
    }
}

bool perf_wire_open(const PerfConf *conf, PerfWire **ret, GError **error)
{
    PerfWire *wire = g_new0(PerfWire, 1);

    wire->fd = -1;
    wire->is_frames = perf_conf_uses_frames(conf);
    wire->merges = conf->merges && !wire->is_frames;
    wire->server = perf_name(conf->server, conf->server_port);
    wire->ports[0] = conf->local_port;
    wire->ports[1] = conf->server_port;
    if (wire->is_frames)
        wire->fd = perf_frame_open(conf->interface, conf->local_port, error);
    if (wire->is_frames ? wire->fd < 0 : !open_udp(wire, conf, error)) {
        perf_wire_close(wire);
        return false;
    }
    berth_socket_buffer(wire->fd, SO_RCVBUF, SOCKET_BUFFER);
    berth_socket_buffer(wire->fd, SO_SNDBUF, SOCKET_BUFFER);
    prepare(&wire->out, !wire->is_frames);
    prepare(&wire->in, !wire->is_frames);
    /* An inbox tells no interface, which link-local senders could not be answered without. */
    if (wire->merges && !conf->interface &&
        berth_udp_prepare(wire->fd, conf->is_v6 ? AF_INET6 : AF_INET) == 0)
        wire->inbox = berth_inbox_new();
    *ret = wire;
    return true;
}

void perf_wire_close(PerfWire *wire)
{
    if (!wire)
        return;
    if (wire->fd >= 0)
        close(wire->fd);
    berth_inbox_free(wire->inbox);
    g_free(wire);
}

int perf_wire_fd(const PerfWire *wire)
{
    return wire->fd;
}

uint64_t perf_wire_unsent(const PerfWire *wire)
{
    return wire->unsent;
}

/* ---- out ---- */

uint8_t *perf_wire_room(PerfWire *wire)
{
    return wire->out.bytes[wire->n_out] + (wire->is_frames ? PERF_FRAME_HEADERS : 0);
}

static void push(PerfWire *wire, size_t len)
{
    wire->out.iovecs[wire->n_out].iov_len = len;
    if (++wire->n_out == PERF_BATCH)
        perf_wire_flush(wire);
}

void perf_wire_push(PerfWire *wire, size_t len, const PerfTo *to)
{
    size_t i = wire->n_out;

    if (wire->is_frames) {
        perf_frame_head(wire->out.bytes[i], len, to, wire->ports);
        push(wire, len + PERF_FRAME_HEADERS);
        return;
    }
    wire->out.names[i] = to->name ? *to->name : wire->server;
    wire->out.msgs[i].msg_hdr.msg_namelen = perf_name_len(&wire->out.names[i]);
    push(wire, len);
}

void perf_wire_push_arp(PerfWire *wire, const PerfIn *query, const uint8_t mac[6])
{
    push(wire, perf_frame_arp(wire->out.bytes[wire->n_out], query, mac));
}

/* The socket waits while its buffer is full; a full device queue says ENOBUFS instead, and there is
 * nothing to wait for but time. */
static void send_all(PerfWire *wire, struct mmsghdr *msgs, size_t n)
{
    size_t at = 0;

    for (int tries = 0; at < n && tries < TRIES;) {
        int r = sendmmsg(wire->fd, msgs + at, (unsigned)(n - at), 0);

        if (r > 0) {
            at += (size_t)r;
        } else if (errno == ENOBUFS || errno == EAGAIN) {
            sched_yield();
            tries++;
        } else if (errno != EINTR && errno != ECONNREFUSED) {
            wire->unsent += msgs[at].msg_hdr.msg_iovlen;
            at++; /* this one can't be sent; the next may have another destination */
        } else {
            tries++; /* an answer of ICMP to an earlier one; this one was not tried */
        }
    }
    for (; at < n; at++)
        wire->unsent += msgs[at].msg_hdr.msg_iovlen;
}

/* How many from i on have the same length and destination, and go through the kernel as one. */
static size_t run_length(const Slots *out, size_t i, size_t n)
{
    size_t len = out->iovecs[i].iov_len, k = i + 1;

    while (k < n && out->iovecs[k].iov_len == len && (k + 1 - i) * len <= MERGED_MAX &&
           perf_name_equal(&out->names[i], &out->names[k]))
        k++;
    return k - i;
}

static void set_segment(struct msghdr *msg, Segment *segment, size_t len)
{
    uint16_t size = (uint16_t)len;
    struct cmsghdr *c;

    msg->msg_control = segment->bytes;
    msg->msg_controllen = sizeof(segment->bytes);
    c = CMSG_FIRSTHDR(msg);
    c->cmsg_level = IPPROTO_UDP;
    c->cmsg_type = UDP_SEGMENT;
    c->cmsg_len = CMSG_LEN(sizeof(size));
    memcpy(CMSG_DATA(c), &size, sizeof(size));
}

static void send_merged(PerfWire *wire)
{
    struct mmsghdr msgs[PERF_BATCH];
    Segment segments[PERF_BATCH];
    size_t n = 0;

    for (size_t i = 0; i < wire->n_out; n++) {
        size_t run = run_length(&wire->out, i, wire->n_out);

        msgs[n] = wire->out.msgs[i];
        msgs[n].msg_hdr.msg_iovlen = run;
        if (run > 1)
            set_segment(&msgs[n].msg_hdr, &segments[n], wire->out.iovecs[i].iov_len);
        i += run;
    }
    send_all(wire, msgs, n);
}

void perf_wire_flush(PerfWire *wire)
{
    if (wire->merges)
        send_merged(wire);
    else
        send_all(wire, wire->out.msgs, wire->n_out);
    wire->n_out = 0;
}

/* ---- in ---- */

static bool read_slot(const PerfWire *wire, int i, PerfIn *ret)
{
    const Slots *in = &wire->in;
    BerthBytes bytes = {in->bytes[i], in->msgs[i].msg_len};

    if (in->msgs[i].msg_hdr.msg_flags & MSG_TRUNC)
        return false;
    if (wire->is_frames)
        return perf_frame_read(bytes, ret);
    *ret = (PerfIn){.message = bytes, .from = in->names[i]};
    return true;
}

G_STATIC_ASSERT(PERF_BATCH >= BERTH_BATCH);

static size_t receive_merged(PerfWire *wire, PerfIn *ret)
{
    BerthDatagram batch[BERTH_BATCH];
    size_t n = berth_inbox_next(wire->inbox, 0, batch);

    if (n == 0 && berth_udp_fetch(wire->fd, wire->inbox, PERF_BATCH) >= 0)
        n = berth_inbox_next(wire->inbox, 0, batch);
    for (size_t i = 0; i < n; i++)
        ret[i] =
            (PerfIn){.message = batch[i].data, .from = perf_name(batch[i].src, batch[i].src_port)};
    return n;
}

size_t perf_wire_receive(PerfWire *wire, PerfIn *ret)
{
    size_t n = 0;
    int got;

    if (wire->inbox)
        return receive_merged(wire, ret);
    for (size_t i = 0; !wire->is_frames && i < PERF_BATCH; i++)
        wire->in.msgs[i].msg_hdr.msg_namelen = sizeof(PerfName);
    got = recvmmsg(wire->fd, wire->in.msgs, PERF_BATCH, MSG_DONTWAIT, NULL);
    for (int i = 0; i < got; i++)
        n += read_slot(wire, i, &ret[n]);
    return n;
}
