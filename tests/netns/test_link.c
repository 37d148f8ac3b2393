/* The real links of IPv4, and the interfaces that both families share. */
#include "core/base/addr.h"
#include "core/net/iface.h"
#include "core/net/link.h"
#include "core/net/net.h"
#include "core/net/raw4.h"
#include "core/net/udp.h"
#include "tests/netns/linkbench.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <linux/udp.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define HEADERS (ETH_HLEN + BERTH_RAW4_HEADERS)

static const uint8_t all_mac[6] = {255, 255, 255, 255, 255, 255};

/* ---- receiving ---- */

static size_t make_frame(const BerthDatagram *d, const uint8_t *mac, uint8_t *ret)
{
    struct ethhdr eth = {.h_proto = htons(ETH_P_IP)};

    memcpy(eth.h_dest, mac, 6);
    memcpy(eth.h_source, cli_mac, 6);
    memcpy(ret, &eth, ETH_HLEN);
    CHECK_INT(berth_raw4_headers(d, 1, ret + ETH_HLEN), 0);
    memcpy(ret + HEADERS, d->data.data, d->data.len);
    return HEADERS + d->data.len;
}

static const Incoming incoming[] = {
    // clang-format off
    {"client without address",  "0.0.0.0",    "255.255.255.255", all_mac, 67, 0,            true, NULL},
    {"unicast",                 "192.0.2.50", "192.0.2.1",       srv_mac, 67, 0,            true, NULL},
    {"unicast, second address", "192.0.2.50", "192.0.2.2",       srv_mac, 67, 0,            true, NULL},
    {"subnet broadcast",        "192.0.2.50", "192.0.2.255",     all_mac, 67, 0,            true, NULL},
    {"another port",            "192.0.2.50", "192.0.2.1",       srv_mac, 69, 0,            false, NULL},
    {"not our address",         "192.0.2.50", "192.0.2.9",       srv_mac, 67, 0,            false, NULL},
    {"wrong IP checksum",       "0.0.0.0",    "255.255.255.255", all_mac, 67, ETH_HLEN + 8, false, NULL},
    {"wrong UDP checksum",      "0.0.0.0",    "255.255.255.255", all_mac, 67, HEADERS + 2,  false, NULL},
    {"UDP longer than IP",      "0.0.0.0",    "255.255.255.255", all_mac, 67, ETH_HLEN + 24, false, NULL},
    // clang-format on
};

static void test_receive(void)
{
    Bench b;

    if (!bench_plug(&b, 4, (BerthNetConf){.raw = true}))
        return;
    check_incoming(&b, make_frame, incoming, G_N_ELEMENTS(incoming));
    bench_clear(&b);
}

/* The largest datagram comes whole, and many come in batches that lose none. */
static void test_loopback(void)
{
    static const uint8_t data[65507] = {42};
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(67)};
    int fd;
    Bench b;

    if (!can_run())
        return;
    bench_init(&b, 4);
    configure(&b, "lo", (BerthNetConf){.raw = true});
    check_why(&b, "");
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    berth_row("65507 bytes");
    CHECK_INT(sendto(fd, data, sizeof(data), 0, (struct sockaddr *)&to, sizeof(to)), sizeof(data));
    check_received(&b, 1);
    CHECK_INT(b.last.data.len, sizeof(data));
    CHECK_INT(b.head[0], 42);
    CHECK(b.iface.loopback);

    berth_row("a thousand datagrams");
    b.n_received = b.n_batches = 0;
    for (int i = 0; i < 1000; i++)
        CHECK_INT(sendto(fd, data, 300, 0, (struct sockaddr *)&to, sizeof(to)), 300);
    check_received(&b, 1000);
    CHECK_INT(b.largest_batch, BERTH_BATCH);
    CHECK_INT(b.n_batches, (1000 + BERTH_BATCH - 1) / BERTH_BATCH);
    close(fd);
    bench_clear(&b);
}

/* ---- runs ---- */

/* Datagrams of equal length that pass the kernel as one; the last of a run may be shorter. */
static void send_run(int fd, const struct sockaddr_in *to, uint8_t *number, uint16_t len, size_t n,
                     size_t last_len)
{
    static uint8_t bytes[65507];
    size_t sum = (n - 1) * len + last_len;
    _Alignas(struct cmsghdr) uint8_t control[CMSG_SPACE(sizeof(len))] = {0};
    struct iovec iovec = {bytes, sum};
    struct msghdr msg = {.msg_name = (void *)to,
                         .msg_namelen = sizeof(*to),
                         .msg_iov = &iovec,
                         .msg_iovlen = 1,
                         .msg_control = control,
                         .msg_controllen = sizeof(control)};
    struct cmsghdr *c = CMSG_FIRSTHDR(&msg);

    c->cmsg_level = IPPROTO_UDP;
    c->cmsg_type = UDP_SEGMENT;
    c->cmsg_len = CMSG_LEN(sizeof(len));
    memcpy(CMSG_DATA(c), &len, sizeof(len));
    for (size_t i = 0; i < n; i++)
        bytes[i * len] = (*number)++;
    CHECK_INT(sendmsg(fd, &msg, 0), sum);
}

static void check_runs_in(Bench *b)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(67)};
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    uint8_t number = 0;

    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    berth_row("runs, the last of one shorter");
    send_run(fd, &to, &number, 300, 41, 100);
    send_run(fd, &to, &number, 20, 1, 20);
    send_run(fd, &to, &number, 50, 64, 50);
    check_received(b, 41 + 1 + 64);
    CHECK_INT(b->n_bytes, 40 * 300 + 100 + 20 + 64 * 50);
    CHECK_INT(b->n_out_of_turn, 0);
    CHECK_INT(b->largest_batch, BERTH_BATCH);

    berth_row("many runs, more than are taken at a time");
    b->n_received = b->n_out_of_turn = number = 0;
    for (int i = 0; i < 40; i++)
        send_run(fd, &to, &number, 300, 60, 299);
    check_received(b, (size_t)40 * 60);
    CHECK_INT(b->n_out_of_turn, 0);
    close(fd);
}

static int local_socket(struct sockaddr_in *ret)
{
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    socklen_t len = sizeof(*ret);

    *ret = (struct sockaddr_in){.sin_family = AF_INET};
    ret->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    berth_socket_buffer(fd, SO_RCVBUF, BERTH_SOCKET_BUFFER);
    CHECK_INT(bind(fd, (struct sockaddr *)ret, sizeof(*ret)), 0);
    CHECK_INT(getsockname(fd, (struct sockaddr *)ret, &len), 0);
    return fd;
}

/* What a receiver that knows nothing of runs gets: each by itself, whole and in order. */
static void check_runs_out(Bench *b, const char *row, const size_t *lens, size_t n)
{
    static uint8_t bytes[256][4000], got[65536];
    struct sockaddr_in to;
    int fd = local_socket(&to);
    size_t lost = 9;

    berth_row("%s", row);
    for (size_t i = 0; i < n; i++) {
        BerthDatagram d = {.src = BERTH_ADDR4_ANY,
                           .dst = addr("127.0.0.1"),
                           .src_port = 67,
                           .dst_port = ntohs(to.sin_port),
                           .data = {bytes[i], lens[i]}};

        bytes[i][0] = (uint8_t)i;
        CHECK_INT(berth_net_send(b->net, (int)if_nametoindex("lo"), &d), 0);
    }
    berth_net_flush(b->net, &lost);
    CHECK_INT(lost, 0);
    for (size_t i = 0; i < n; i++) {
        CHECK_INT(recv(fd, got, sizeof(got), 0), lens[i]);
        CHECK_INT(got[0], i);
    }
    close(fd);
}

static void test_runs(void)
{
    size_t lens[200];
    Bench b;

    if (!can_run())
        return;
    ip("link set lo mtu 1500");
    bench_init(&b, 4);
    configure(&b, "lo", (BerthNetConf){.raw = false});
    check_why(&b, "");
    check_runs_in(&b);
    for (size_t i = 0; i < G_N_ELEMENTS(lens); i++)
        lens[i] = 300;
    check_runs_out(&b, "one long run", lens, G_N_ELEMENTS(lens));
    lens[10] = 299;
    lens[11] = 301;
    lens[150] = 1;
    check_runs_out(&b, "others between", lens, G_N_ELEMENTS(lens));
    lens[64] = lens[65] = lens[66] = 3000;
    check_runs_out(&b, "a run of what is larger than the MTU", lens, G_N_ELEMENTS(lens));
    bench_clear(&b);
}

/* ---- sending ---- */

static const struct {
    const char *row;
    bool raw;
    const char *src, *dst;
    bool to_hwaddr;
    const char *want_src, *want_dst;
    const uint8_t *want_mac;
} outgoing[] = {
    // clang-format off
    {"frame",                    true,  "192.0.2.1", "192.0.2.77",      true,  "192.0.2.1", "192.0.2.77",      cli_mac},
    {"frame, source chosen",     true,  "0.0.0.0",   "192.0.2.77",      true,  "192.0.2.1", "192.0.2.77",      cli_mac},
    {"UDP",                      true,  "0.0.0.0",   "192.0.2.50",      false, "192.0.2.1", "192.0.2.50",      cli_mac},
    {"UDP from another address", false, "192.0.2.2", "192.0.2.50",      false, "192.0.2.2", "192.0.2.50",      cli_mac},
    {"broadcast",                false, "192.0.2.2", "255.255.255.255", false, "192.0.2.2", "255.255.255.255", all_mac},
    {"a frame without raw",      false, "192.0.2.1", "192.0.2.77",      true,  "192.0.2.1", "255.255.255.255", all_mac},
    // clang-format on
};

static void check_frame(const Frame *f, size_t row, const char *payload)
{
    const uint8_t *ip_head = f->bytes + ETH_HLEN, *udp = ip_head + 20;
    uint32_t udp_len = (uint32_t)(udp[4] << 8 | udp[5]);
    BerthAddr src = addr(outgoing[row].want_src), dst = addr(outgoing[row].want_dst);

    CHECK_INT(f->len, (int64_t)(HEADERS + strlen(payload)));
    CHECK_BYTES(((BerthBytes){f->bytes, 6}), ((BerthBytes){outgoing[row].want_mac, 6}));
    CHECK_BYTES(((BerthBytes){f->bytes + 6, 6}), ((BerthBytes){srv_mac, 6}));
    CHECK_BYTES(((BerthBytes){ip_head + 12, 4}), ((BerthBytes){src.b + 12, 4}));
    CHECK_BYTES(((BerthBytes){ip_head + 16, 4}), ((BerthBytes){dst.b + 12, 4}));
    CHECK_INT(ip_head[8], 64);
    CHECK_INT(ip_head[2] << 8 | ip_head[3], f->len - ETH_HLEN);
    CHECK_INT(sum_of(ip_head, 20, 0), 0xffff);
    CHECK_INT(udp[0] << 8 | udp[1], 67);
    CHECK_INT(udp[2] << 8 | udp[3], 68);
    CHECK_INT(udp_len, 8 + strlen(payload));
    CHECK(memcmp(udp + 8, payload, strlen(payload)) == 0);
    /* The kernel leaves the checksum of its own UDP to the card, which a veth is not. */
    if (outgoing[row].to_hwaddr && outgoing[row].raw)
        CHECK_INT(sum_of(ip_head + 12, 8 + udp_len, 17 + udp_len), 0xffff);
}

static void test_send(void)
{
    static const char payload[] = "an answer, of odd length!";
    Bench b;

    for (size_t i = 0; i < G_N_ELEMENTS(outgoing); i++) {
        BerthDatagram d = {.src = addr(outgoing[i].src),
                           .dst = addr(outgoing[i].dst),
                           .src_port = 67,
                           .dst_port = 68,
                           .to_hwaddr = outgoing[i].to_hwaddr,
                           .hwaddr = {1, 6, {2, 0, 0, 0, 0, 2}},
                           .data = berth_bytes(payload)};
        Frame frame;

        berth_row("%s", outgoing[i].row);
        if (!bench_plug(&b, 4, (BerthNetConf){.raw = outgoing[i].raw}))
            return;
        if (send_and_read(&b, &d, &frame))
            check_frame(&frame, i, payload);
        bench_clear(&b);
    }
}

/* What does not fit is counted, and does not keep the others back. */
static void test_lost(void)
{
    static const uint8_t large[3000];
    BerthDatagram d = {.src = BERTH_ADDR4_ANY,
                       .dst = addr("192.0.2.77"),
                       .src_port = 67,
                       .dst_port = 68,
                       .to_hwaddr = true,
                       .hwaddr = {1, 6, {2, 0, 0, 0, 0, 2}}};
    Frame frame = {0};
    size_t lost = 0;
    Bench b;

    berth_row("a frame larger than the MTU");
    if (!bench_plug(&b, 4, (BerthNetConf){.raw = true}))
        return;
    for (int i = 0; i < 3; i++) {
        d.data = i == 1 ? (BerthBytes){large, 4} : (BerthBytes){large, sizeof(large)};
        CHECK_INT(berth_net_send(b.net, (int)if_nametoindex("srv"), &d), 0);
    }
    berth_net_flush(b.net, &lost);
    CHECK_INT(lost, 2);
    CHECK(wait_for(&b, reads_frame, &frame));
    CHECK_INT(frame.len, HEADERS + 4);
    bench_clear(&b);
}

/* With routing the answer leaves where the table says, though it is for another interface; and what
 * arrives there is still not ours. */
static void test_routing(void)
{
    BerthDatagram d = {.src = BERTH_ADDR4_ANY,
                       .dst = addr("198.51.100.9"),
                       .src_port = 67,
                       .dst_port = 68,
                       .data = berth_bytes("routed")};
    Frame frame = {0};
    uint8_t question[FRAME_MAX];
    size_t len;
    Bench b;

    berth_row("routing");
    if (!bench_plug(&b, 4, (BerthNetConf){.use_routing = true}))
        return;
    d.dst = addr("255.255.255.255");
    CHECK_INT(berth_net_send(b.net, (int)if_nametoindex("srv"), &d), 0);
    berth_net_flush(b.net, NULL);
    if (CHECK(wait_for(&b, reads_frame, &frame))) /* no table says where this goes */
        CHECK(memcmp(frame.bytes + HEADERS, "routed", 6) == 0);

    frame = (Frame){0};
    d.dst = addr("198.51.100.9");
    ip("link add up0 address 02:00:00:00:00:03 type veth peer name isp address 02:00:00:00:00:02");
    ip("link set isp up");
    ip("link set up0 up");
    ip("addr add 198.51.100.1/24 dev up0");
    ip("neigh add 198.51.100.9 lladdr 02:00:00:00:00:02 dev up0 nud permanent");
    close(b.cli);
    b.cli = packet_socket("isp", 4);
    CHECK_INT(berth_net_send(b.net, (int)if_nametoindex("srv"), &d), 0);
    berth_net_flush(b.net, NULL);
    if (CHECK(wait_for(&b, reads_frame, &frame)))
        CHECK(memcmp(frame.bytes + HEADERS, "routed", 6) == 0);

    d.src = addr("198.51.100.9");
    d.dst = addr("255.255.255.255");
    d.dst_port = 67;
    len = make_frame(&d, all_mac, question);
    CHECK_INT(send(b.cli, question, len, 0), (int64_t)len);
    let_run(&b);
    CHECK_INT(b.n_received, 0);
    bench_clear(&b);
}

/* ---- interfaces that come and go ---- */

static void check_hears_all(Bench *b)
{
    check_hears(b, make_frame, "0.0.0.0", "255.255.255.255", all_mac);
}

static void plug_slowly(Bench *b)
{
    ip("link add srv type veth peer name cli");
    check_why(b, "down");
    ip("link set srv up");
    ip("link set cli up");
    check_why(b, "no IPv4 address yet");
    ip("addr add 192.0.2.1/24 dev srv");
    check_why(b, "");
    check_hears_all(b);
}

static bool has_two_addrs(Bench *b, const void *arg)
{
    (void)arg;
    return berth_net_is_own(b->net, addr("192.0.2.3"));
}

static void test_hotplug(void)
{
    Bench b;

    berth_row("hotplug");
    if (!can_run())
        return;
    bench_init(&b, 4);
    configure(&b, "srv", (BerthNetConf){.raw = true});
    check_why(&b, "no such interface");
    plug_slowly(&b);
    ip("addr add 192.0.2.3/24 dev srv");
    CHECK(wait_for(&b, has_two_addrs, NULL));
    check_hears_all(&b);
    CHECK(b.iface.n_addrs >= 2);
    ip("link set cli down");
    check_why(&b, "down");
    ip("link set cli up");
    check_why(&b, "");
    check_hears_all(&b);
    ip("addr flush dev srv");
    check_why(&b, "no IPv4 address yet");
    ip("link del srv");
    check_why(&b, "no such interface");
    plug_slowly(&b);
    ip("link set srv down");
    ip("link set srv name other");
    check_why(&b, "no such interface");
    bench_clear(&b);
}

/* ---- errors that stay ---- */

static bool is_link(int fd)
{
    char name[IFNAMSIZ] = "";
    socklen_t len = sizeof(name);

    return getsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, name, &len) == 0 && strcmp(name, "srv") == 0;
}

static bool is_events(int fd)
{
    struct sockaddr_nl at = {0};
    socklen_t len = sizeof(at);

    return getsockname(fd, (struct sockaddr *)&at, &len) == 0 && at.nl_family == AF_NETLINK &&
           at.nl_groups != 0;
}

static int find_fd(bool (*is_it)(int fd))
{
    for (int fd = 3; fd < 256; fd++)
        if (is_it(fd))
            return fd;
    return -1;
}

static unsigned count_dispatches(void)
{
    gint64 since = g_get_monotonic_time();
    unsigned n = 0;

    while (g_get_monotonic_time() < since + G_USEC_PER_SEC / 10) {
        n += g_main_context_iteration(NULL, FALSE);
        g_usleep(100);
    }
    return n;
}

/* In place of the socket stands a file that is always readable and never a socket. */
static void check_pause(Bench *b, bool (*is_it)(int fd))
{
    int fd = find_fd(is_it), nothing = open("/dev/null", O_RDWR | O_CLOEXEC), kept;

    if (!CHECK(fd >= 0))
        return;
    let_run(b);
    kept = dup(fd);
    dup2(nothing, fd);
    CHECK(count_dispatches() < 5);
    dup2(kept, fd);
    close(kept);
    close(nothing);
}

static void test_pause(void)
{
    Bench b;

    berth_row("a link");
    if (!bench_plug(&b, 4, (BerthNetConf){.raw = true}))
        return;
    check_pause(&b, is_link);
    check_hears_all(&b);
    berth_row("the events");
    check_pause(&b, is_events);
    ip("link del srv");
    check_why(&b, "no such interface");
    bench_clear(&b);
}

/* A bridge says in its own family that a port leaves; the port is still there and served. */
static void test_bridge(void)
{
    Bench b;

    berth_row("bridge");
    if (!bench_plug(&b, 4, (BerthNetConf){0}))
        return;
    ip("link add br0 type bridge");
    ip("link set srv master br0");
    ip("link set srv nomaster");
    let_run(&b);
    check_why(&b, "");
    check_hears_all(&b);
    bench_clear(&b);
}

/* When the kernel had to throw events away, the list is read anew. */
static void test_overrun(void)
{
    BerthIfaces *ifaces = NULL;
    const BerthIface *all;
    bool is_changed = false;
    int small = 1, seen = 0;
    size_t n = 0;

    berth_row("overrun");
    if (!can_run())
        return;
    if (!CHECK_INT(berth_ifaces_new(&ifaces), 0))
        return;
    CHECK_INT(setsockopt(berth_ifaces_fd(ifaces), SOL_SOCKET, SO_RCVBUF, &small, sizeof(small)), 0);
    for (int i = 0; i < 10; i++)
        ip("link add d%d type veth peer name e%d", i, i);
    ip("addr add 192.0.2.1/24 dev d9");
    CHECK_INT(berth_ifaces_read(ifaces, &is_changed), 0);
    CHECK(is_changed);
    all = berth_ifaces_list(ifaces, &n);
    for (size_t i = 0; i < n; i++) {
        seen += all[i].name[0] == 'd';
        if (strcmp(all[i].name, "d9") == 0)
            CHECK_INT(all[i].n_addrs, 1);
    }
    CHECK_INT(seen, 10);
    CHECK_INT(berth_ifaces_read(ifaces, &is_changed), 0);
    CHECK(!is_changed);
    berth_ifaces_free(ifaces);
}

int main(int argc, char **argv)
{
    static const BerthTest tests[] = {
        {"receive", test_receive},
        {"loopback", test_loopback},
        {"send", test_send},
        {"lost", test_lost},
        {"routing", test_routing},
        {"hotplug", test_hotplug},
        {"pause", test_pause},
        {"bridge", test_bridge},
        {"overrun", test_overrun},
        {"runs", test_runs},
        {0},
    };

    return berth_tests_main("netns-link", tests, argc, argv);
}
