/* The real links of IPv6: groups, link-local addresses, interfaces that come and go. */
#include "core/base/addr.h"
#include "core/net/link.h"
#include "tests/netns/linkbench.h"
#include <linux/ipv6.h>
#include <linux/udp.h>
#include <net/if.h>
#include <sys/socket.h>
#include <unistd.h>

#define IP_LEN sizeof(struct ipv6hdr)
#define HEADERS (ETH_HLEN + IP_LEN + sizeof(struct udphdr))

/* RFC 2464 7: a group's last four bytes behind 33:33. */
static const uint8_t relays_mac[6] = {0x33, 0x33, 0, 1, 0, 2};
static const uint8_t servers_mac[6] = {0x33, 0x33, 0, 1, 0, 3};
static const uint8_t nodes_mac[6] = {0x33, 0x33, 0, 0, 0, 1};

static size_t make_frame(const BerthDatagram *d, const uint8_t *mac, uint8_t *ret)
{
    uint16_t udp_len = (uint16_t)(sizeof(struct udphdr) + d->data.len);
    struct ethhdr eth = {.h_proto = htons(ETH_P_IPV6)};
    struct ipv6hdr ip6 = {
        .version = 6, .payload_len = htons(udp_len), .nexthdr = IPPROTO_UDP, .hop_limit = 8};
    struct udphdr udp = {
        .source = htons(d->src_port), .dest = htons(d->dst_port), .len = htons(udp_len)};
    uint8_t *at = ret + ETH_HLEN;

    memcpy(eth.h_dest, mac, 6);
    memcpy(eth.h_source, cli_mac, 6);
    memcpy(&ip6.saddr, d->src.b, 16);
    memcpy(&ip6.daddr, d->dst.b, 16);
    memcpy(ret, &eth, ETH_HLEN);
    memcpy(at, &ip6, IP_LEN);
    memcpy(at + IP_LEN, &udp, sizeof(udp));
    memcpy(ret + HEADERS, d->data.data, d->data.len);
    udp.check = htons((uint16_t)~sum_of(at + 8, 32U + udp_len, IPPROTO_UDP + udp_len));
    memcpy(at + IP_LEN, &udp, sizeof(udp));
    return HEADERS + d->data.len;
}

/* ---- receiving ---- */

static const Incoming incoming[] = {
    // clang-format off
    {"V6-001 relays and servers", "fe80::50",     "ff02::1:2",   relays_mac,  547, 0,       true,  "srv"},
    {"V6-001 servers",            "2001:db8::50", "ff05::1:3",   servers_mac, 547, 0,       true,  "srv"},
    {"link-local",                "fe80::50",     "fe80::1",     srv_mac,     547, 0,       true,  "srv"},
    {"all nodes",                 "fe80::50",     "ff02::1",     nodes_mac,   547, 0,       false, "srv"},
    {"another port",              "fe80::50",     "ff02::1:2",   relays_mac,  546, 0,       false, "srv"},
    {"wrong UDP checksum",        "fe80::50",     "ff02::1:2",   relays_mac,  547, HEADERS, false, "srv"},
    {"a global address",          "2001:db8::50", "2001:db8::1", srv_mac,     547, 0,       false, "srv"},
    {"the same, named",           "2001:db8::50", "2001:db8::1", srv_mac,     547, 0,       true,  "srv/2001:db8::1"},
    {"the other one",             "2001:db8::50", "2001:db8::2", srv_mac,     547, 0,       false, "srv/2001:db8::1"},
    {"a group beside it",         "fe80::50",     "ff02::1:2",   relays_mac,  547, 0,       true,  "srv/2001:db8::1"},
    // clang-format on
};

static void test_receive(void)
{
    Bench b;

    if (!bench_plug(&b, 6, (BerthNetConf){.raw = true}))
        return;
    check_incoming(&b, make_frame, incoming, G_N_ELEMENTS(incoming));
    bench_clear(&b);
}

/* On the loopback, which has no link-local address; many lose none, nor their order. */
static void test_loopback(void)
{
    struct sockaddr_in6 to = {.sin6_family = AF_INET6, .sin6_port = htons(547)};
    uint8_t data[300] = {0};
    int fd;
    Bench b;

    if (!can_run())
        return;
    berth_row("a thousand datagrams");
    bench_init(&b, 6);
    configure(&b, "lo", (BerthNetConf){0});
    check_why(&b, "");
    to.sin6_addr = in6addr_loopback;
    fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    for (int i = 0; i < 1000; i++) {
        data[0] = (uint8_t)i;
        CHECK_INT(sendto(fd, data, sizeof(data), 0, (struct sockaddr *)&to, sizeof(to)), 300);
    }
    check_received(&b, 1000);
    CHECK_INT(b.n_out_of_turn, 0);
    CHECK_INT(b.n_bytes, 300000);
    CHECK(berth_addr_equal(b.last.dst, addr("::1")));
    close(fd);
    bench_clear(&b);
}

/* ---- sending ---- */

static const struct {
    const char *row, *name, *src, *dst;
    uint16_t port;
    const char *want_src; /* NULL: the kernel's choice, a global one */
} outgoing[] = {
    // clang-format off
    {"V6-022 to a client, source chosen", "srv", "::",            "fe80::50",     546, "fe80::1"},
    {"to a relay nearby",                 "srv", "fe80::1",       "fe80::50",     547, "fe80::1"},
    {"to a relay's own port",             "srv", "fe80::1",       "fe80::50",     40001, "fe80::1"},
    {"to a relay afar",                   "srv", "::",            "2001:db8::50", 547, NULL},
    {"from where it came to",             "srv", "2001:db8::2",   "2001:db8::50", 547, "2001:db8::2"},
    {"from the named address",            "srv/2001:db8::2", "::", "2001:db8::50", 547, "2001:db8::2"},
    {"V6-022 near, though one is named",  "srv/2001:db8::2", "::", "fe80::50",    546, "fe80::1"},
    // clang-format on
};

static void check_frame(const Frame *f, size_t row, const char *payload)
{
    const uint8_t *ip6 = f->bytes + ETH_HLEN, *udp = ip6 + IP_LEN;
    BerthAddr dst = addr(outgoing[row].dst), src = {{0}};

    CHECK_INT(f->len, (int64_t)(HEADERS + strlen(payload)));
    CHECK_BYTES(((BerthBytes){f->bytes, 6}), ((BerthBytes){cli_mac, 6}));
    CHECK_BYTES(((BerthBytes){f->bytes + 6, 6}), ((BerthBytes){srv_mac, 6}));
    memcpy(src.b, ip6 + 8, 16);
    if (outgoing[row].want_src)
        CHECK(berth_addr_equal(src, addr(outgoing[row].want_src)));
    else
        CHECK(berth_prefix_contains(addr("2001:db8::"), 64, src));
    CHECK_BYTES(((BerthBytes){ip6 + 24, 16}), ((BerthBytes){dst.b, 16}));
    CHECK_INT(udp[0] << 8 | udp[1], 547);
    CHECK_INT(udp[2] << 8 | udp[3], outgoing[row].port);
    CHECK(memcmp(udp + 8, payload, strlen(payload)) == 0);
}

static void test_send(void)
{
    static const char payload[] = "an answer, of odd length!";
    Bench b;

    if (!bench_plug(&b, 6, (BerthNetConf){0}))
        return;
    for (size_t i = 0; i < G_N_ELEMENTS(outgoing); i++) {
        BerthDatagram d = {.src = addr(outgoing[i].src),
                           .dst = addr(outgoing[i].dst),
                           .src_port = 547,
                           .dst_port = outgoing[i].port,
                           .data = berth_bytes(payload)};
        Frame frame;

        berth_row("%s", outgoing[i].row);
        configure(&b, outgoing[i].name, (BerthNetConf){0});
        if (send_and_read(&b, &d, &frame))
            check_frame(&frame, i, payload);
    }
    bench_clear(&b);
}

/* ---- interfaces that come and go ---- */

static void check_hears_all(Bench *b)
{
    check_why(b, "");
    check_hears(b, make_frame, "fe80::50", "ff02::1:2", relays_mac);
    check_hears(b, make_frame, "fe80::50", "ff05::1:3", servers_mac);
}

/* Between "up" and served lies the second or two in which the kernel tries the link-local address.
 */
static void plug_slowly(Bench *b)
{
    ip("link add srv type veth peer name cli");
    check_why(b, "down");
    ip("link set srv up");
    ip("link set cli up");
    check_why(b, "no IPv6 link-local address yet");
    check_hears_all(b);
}

static void test_hotplug(void)
{
    Bench b;
    BerthNet *net4;

    berth_row("hotplug");
    if (!can_run())
        return;
    bench_init(&b, 6);
    net4 = berth_net_new(b.world, b.log, 4, NULL, NULL);
    configure(&b, "srv", (BerthNetConf){0});
    check_why(&b, "no such interface");
    plug_slowly(&b);
    berth_row("the link flaps");
    ip("link set cli down");
    check_why(&b, "down");
    ip("link set cli up");
    check_hears_all(&b);
    berth_row("down and up");
    ip("link set srv down");
    check_why(&b, "down");
    ip("link set srv up");
    check_hears_all(&b);
    berth_row("the addresses go and another comes");
    ip("addr flush dev srv");
    check_why(&b, "no IPv6 link-local address yet");
    ip("addr add fe80::77/64 dev srv");
    check_hears_all(&b);
    berth_row("it vanishes and comes back");
    ip("link del srv");
    check_why(&b, "no such interface");
    plug_slowly(&b);
    berth_net_free(net4);
    berth_row("one net is left");
    ip("link set srv down");
    check_why(&b, "down");
    bench_clear(&b);
}

/* More addresses than are kept: the link-local one, which comes last, is among them. */
static void test_crowded(void)
{
    Bench b;

    berth_row("crowded");
    if (!can_run())
        return;
    plug();
    ip("addr del fe80::1/64 dev srv");
    for (int i = 0; i <= BERTH_IFACE_ADDRS_MAX; i++)
        ip("addr add 10.0.0.%d/32 dev srv", i + 1);
    bench_init(&b, 6);
    configure(&b, "srv", (BerthNetConf){0});
    check_why(&b, "no IPv6 link-local address yet");
    ip("addr add fe80::1/64 dev srv nodad");
    check_hears_all(&b);
    ip("addr del fe80::1/64 dev srv");
    check_why(&b, "no IPv6 link-local address yet");
    bench_clear(&b);
}

/* An address that another has is never ours, however long it stands there. */
static void test_duplicate(void)
{
    Bench b;

    berth_row("duplicate");
    if (!can_run())
        return;
    bench_init(&b, 6);
    plug();
    ip("addr flush dev srv");
    configure(&b, "srv/2001:db8::9", (BerthNetConf){0});
    ip("addr add fe80::1/64 dev srv nodad");
    check_why(&b, "the interface does not have this address yet");
    ip("addr add 2001:db8::9/64 dev cli nodad");
    ip("addr add 2001:db8::9/64 dev srv");
    for (int i = 0; i < 25; i++) /* longer than the trial */
        let_run(&b);
    check_why(&b, "the interface does not have this address yet");
    check_hears(&b, make_frame, "fe80::50", "ff02::1:2", relays_mac);
    bench_clear(&b);
}

int main(int argc, char **argv)
{
    static const BerthTest tests[] = {
        {"receive", test_receive},
        {"loopback", test_loopback},
        {"send", test_send},
        {"hotplug", test_hotplug},
        {"duplicate", test_duplicate},
        {"crowded", test_crowded},
        {0},
    };

    return berth_tests_main("netns-link6", tests, argc, argv);
}
