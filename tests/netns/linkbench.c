/* linkbench - see linkbench.h. */
#include "tests/netns/linkbench.h"

#include "core/base/addr.h"
#include "core/net/link.h"
#include <errno.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define WAIT_USEC (5 * G_USEC_PER_SEC)
#define QUIET_USEC (100 * 1000) /* long enough for a frame that must not come */

bool can_run(void)
{
    static const char hint[] = "a network namespace needs root (CAP_SYS_ADMIN)";

    if (unshare(CLONE_NEWNET) < 0) {
        berth_test_skip("%s: %s", hint, g_strerror(errno));
        return false;
    }
    if (system("ip link set lo up") != 0) {
        berth_test_skip("the command \"ip\" of iproute2 does not work here");
        return false;
    }
    return true;
}

void ip(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree char *words = g_strdup_vprintf(format, args);
    g_autofree char *command = g_strdup_printf("ip %s", words);
    va_end(args);

    if (system(command) != 0) {
        fprintf(stderr, "failed: %s\n", command);
        CHECK(!"ip works");
    }
}

void plug(void)
{
    ip("link add srv address 02:00:00:00:00:01 type veth peer name cli address 02:00:00:00:00:02");
    ip("link set cli addrgenmode none up");
    ip("link set srv addrgenmode none up");
    ip("addr add 192.0.2.1/24 dev srv");
    ip("addr add 192.0.2.2/24 dev srv");
    ip("neigh add 192.0.2.50 lladdr 02:00:00:00:00:02 dev srv nud permanent");
    ip("addr add fe80::1/64 dev srv nodad");
    ip("addr add 2001:db8::1/64 dev srv nodad");
    ip("addr add 2001:db8::2/64 dev srv nodad");
    ip("neigh add fe80::50 lladdr 02:00:00:00:00:02 dev srv nud permanent");
    ip("neigh add 2001:db8::50 lladdr 02:00:00:00:00:02 dev srv nud permanent");
}

int packet_socket(const char *name, int family)
{
    struct sockaddr_ll at = {.sll_family = AF_PACKET,
                             .sll_protocol = htons(family == 6 ? ETH_P_IPV6 : ETH_P_IP),
                             .sll_ifindex = (int)if_nametoindex(name)};
    int fd = socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    CHECK(fd >= 0 && bind(fd, (struct sockaddr *)&at, sizeof(at)) == 0);
    return fd;
}

static void on_receive(void *data, const BerthIface *iface, const BerthDatagram *batch, size_t n)
{
    Bench *b = data;

    for (size_t i = 0; i < n; i++) {
        const BerthBytes *bytes = &batch[i].data;

        b->n_out_of_turn += bytes->len == 0 || *bytes->data != (uint8_t)(b->n_received + i);
        b->n_bytes += bytes->len;
    }
    b->n_batches++;
    b->n_received += n;
    b->largest_batch = MAX(b->largest_batch, n);
    b->iface = *iface;
    b->last = batch[n - 1];
    memcpy(b->head, b->last.data.data, MIN(sizeof(b->head), b->last.data.len));
}

static uint16_t port_of(const Bench *b)
{
    return b->family == 6 ? 547 : 67;
}

void configure(Bench *b, const char *name, BerthNetConf conf)
{
    g_auto(GStrv) parts = g_strsplit(name, "/", 2);
    BerthNetName names[] = {{parts[0], parts[1] ? addr(parts[1]) : BERTH_ADDR4_ANY}};

    conf.names = names;
    conf.n_names = 1;
    conf.port = port_of(b);
    berth_net_configure(b->net, &conf);
}

void bench_init(Bench *b, int family)
{
    static const BerthLogger quiet = {"kea-dhcp4", BERTH_ERROR, 0};

    *b = (Bench){.family = family, .cli = -1};
    b->world = berth_world_real_new(NULL);
    berth_net_attach(b->world);
    b->log = berth_log_new(b->world);
    berth_log_configure(b->log, &quiet, 1);
    b->net = berth_net_new(b->world, b->log, family, on_receive, b);
}

void bench_clear(Bench *b)
{
    if (b->cli >= 0)
        close(b->cli);
    berth_net_free(b->net);
    CHECK(!b->world->net);
    berth_log_free(b->log);
    berth_world_real_free(b->world);
}

bool wait_for(Bench *b, bool (*holds)(Bench *b, const void *arg), const void *arg)
{
    gint64 end = g_get_monotonic_time() + WAIT_USEC;

    while (!holds(b, arg) && g_get_monotonic_time() < end)
        if (!g_main_context_iteration(NULL, FALSE))
            g_usleep(500);
    return holds(b, arg);
}

static bool never(Bench *b, const void *since)
{
    (void)b;
    return g_get_monotonic_time() > *(const gint64 *)since + QUIET_USEC;
}

void let_run(Bench *b)
{
    gint64 now = g_get_monotonic_time();

    wait_for(b, never, &now);
}

static BerthNetStatus status_of(Bench *b)
{
    BerthNetStatus status = {0};

    CHECK_INT(berth_net_status(b->net, &status, 1), 1);
    return status;
}

static bool why_is(Bench *b, const void *why)
{
    return strcmp(status_of(b).why, why) == 0;
}

bool check_why(Bench *b, const char *why)
{
    wait_for(b, why_is, why);
    CHECK_INT(status_of(b).open, *why == '\0');
    return CHECK_TEXT(status_of(b).why, why);
}

static bool has_received(Bench *b, const void *n)
{
    return b->n_received >= *(const size_t *)n;
}

void check_received(Bench *b, size_t n)
{
    wait_for(b, has_received, &n);
    CHECK_INT(b->n_received, n);
}

bool bench_plug(Bench *b, int family, BerthNetConf conf)
{
    if (!can_run())
        return false;
    plug();
    bench_init(b, family);
    configure(b, "srv", conf);
    check_why(b, "");
    b->cli = packet_socket("cli", family);
    /* The kernel tells of a new wire several times; what is sent in between may be lost. */
    let_run(b);
    return true;
}

BerthAddr addr(const char *text)
{
    BerthAddr ret = BERTH_ADDR4_ANY;

    CHECK_INT(berth_addr_parse(text, &ret), 0);
    return ret;
}

/* IPv6 has much to say by itself: neighbours, groups. */
static bool is_udp(const Bench *b, const Frame *f)
{
    size_t at = b->family == 6 ? 6 : 9;

    return f->len > (ssize_t)(ETH_HLEN + at) && f->bytes[ETH_HLEN + at] == IPPROTO_UDP;
}

bool reads_frame(Bench *b, const void *frame)
{
    Frame *f = (Frame *)frame;

    while (f->len <= 0 || !is_udp(b, f)) {
        f->len = recv(b->cli, f->bytes, sizeof(f->bytes), 0);
        if (f->len <= 0)
            return false;
    }
    return true;
}

uint16_t sum_of(const uint8_t *data, size_t len, uint32_t sum)
{
    for (size_t i = 0; i < len; i++)
        sum += (uint32_t)data[i] << (i % 2 ? 0 : 8);
    while (sum > 0xffff)
        sum = (sum & 0xffff) + (sum >> 16);
    return (uint16_t)sum;
}

static void check_as_sent(Bench *b, const BerthDatagram *d)
{
    CHECK(berth_addr_equal(b->last.src, d->src));
    CHECK(berth_addr_equal(b->last.dst, d->dst));
    CHECK_INT(b->last.src_port, d->src_port);
    CHECK_INT(b->last.dst_port, d->dst_port);
    CHECK_INT(b->last.data.len, d->data.len);
    CHECK(memcmp(b->head, d->data.data, d->data.len) == 0);
    CHECK_INT(b->iface.index, if_nametoindex("srv"));
    CHECK(memcmp(b->iface.hwaddr.bytes, srv_mac, 6) == 0);
}

void check_incoming(Bench *b, MakeFrame make_frame, const Incoming *rows, size_t n)
{
    size_t want = 0;

    for (const Incoming *in = rows; in < rows + n; in++) {
        BerthDatagram d = {.src = addr(in->src),
                           .dst = addr(in->dst),
                           .src_port = 40000,
                           .dst_port = in->port,
                           .data = berth_bytes("a question")};
        uint8_t frame[FRAME_MAX];
        size_t len = make_frame(&d, in->mac, frame);

        berth_row("%s", in->row);
        if (in->name)
            configure(b, in->name, (BerthNetConf){.raw = true});
        if (in->flipped)
            frame[in->flipped] ^= 1;
        CHECK_INT(send(b->cli, frame, len, 0), (int64_t)len);
        if (!in->arrives)
            let_run(b);
        check_received(b, want += in->arrives);
        if (in->arrives)
            check_as_sent(b, &d);
    }
}

void check_hears(Bench *b, MakeFrame make_frame, const char *src, const char *dst,
                 const uint8_t *mac)
{
    BerthDatagram d = {.src = addr(src),
                       .dst = addr(dst),
                       .src_port = 68,
                       .dst_port = port_of(b),
                       .data = berth_bytes("anybody?")};
    uint8_t frame[FRAME_MAX];
    size_t len = make_frame(&d, mac, frame);
    int fd = packet_socket("cli", b->family);

    b->n_received = 0;
    CHECK_INT(send(fd, frame, len, 0), (int64_t)len);
    check_received(b, 1);
    CHECK_INT(b->iface.index, if_nametoindex("srv"));
    close(fd);
}

bool send_and_read(Bench *b, const BerthDatagram *d, Frame *ret)
{
    size_t lost = 9;

    ret->len = 0;
    CHECK_INT(berth_net_send(b->net, (int)if_nametoindex("srv"), d), 0);
    berth_net_flush(b->net, &lost);
    CHECK_INT(lost, 0);
    return CHECK(wait_for(b, reads_frame, ret));
}
