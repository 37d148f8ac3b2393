/* Which interfaces are served, when, and what is sent on them: the policy over a world without any.
 */
#include "core/base/addr.h"
#include "core/net/net.h"
#include "tests/lib/rows.h"
#include <errno.h>

/* ---- a world that tells what it is told to, and writes down what is asked of it ---- */

typedef struct Fake {
    BerthWorld base;
    int64_t now;
    BerthIfaceChange change;
    void *change_data;
    GArray *ifaces;
    GString *events;     /* "+eth0 -eth0": links opened and closed; "!eth0": could not be opened */
    const char *refused; /* an interface whose link cannot be opened */
    int refused_error;
    GPtrArray *links;  /* of FakeLink */
    size_t send_limit; /* datagrams that a send takes; the rest is lost */
    GArray *sent;      /* of BerthDatagram */
    unsigned n_sends;
    unsigned n_warnings;
    size_t n_received; /* by the user of net */
    BerthIface received_on;
    BerthDatagram received[BERTH_BATCH];
} Fake;

typedef struct FakeLink {
    BerthLink base;
    char name[16];
    int ifindex;
    BerthReceive receive;
    void *data;
} FakeLink;

static int64_t fake_boot_usec(BerthWorld *world)
{
    return ((Fake *)world)->now;
}

static int fake_iface_watch(BerthWorld *world, BerthIfaceChange change, void *data)
{
    Fake *fake = (Fake *)world;

    fake->change = change;
    fake->change_data = data;
    return 0;
}

static int fake_link_open(BerthWorld *world, const BerthLinkConf *conf, BerthReceive receive,
                          void *data, BerthLink **ret)
{
    static const char *const kinds[] = {"", "(raw)", "(6)"};
    Fake *fake = (Fake *)world;
    FakeLink *link;

    if (g_strcmp0(fake->refused, conf->iface->name) == 0) {
        g_string_append_printf(fake->events, "!%s ", conf->iface->name);
        return fake->refused_error;
    }
    link = g_new0(FakeLink, 1);
    link->base.world = world;
    g_strlcpy(link->name, conf->iface->name, sizeof(link->name));
    link->ifindex = conf->iface->index;
    link->receive = receive;
    link->data = data;
    g_ptr_array_add(fake->links, link);
    g_string_append_printf(fake->events, "+%s%s%s%s ", link->name, kinds[conf->kind],
                           conf->use_routing ? "(routed)" : "",
                           conf->port == (conf->kind == BERTH_LINK_UDP6 ? 547 : 67) ? ""
                                                                                    : "(port)");
    *ret = &link->base;
    return 0;
}

static size_t fake_link_send(BerthLink *link, const BerthDatagram *batch, size_t n)
{
    Fake *fake = (Fake *)link->world;

    fake->n_sends++;
    n = MIN(n, fake->send_limit);
    g_array_append_vals(fake->sent, batch, (guint)n);
    return n;
}

static void fake_link_close(BerthLink *base)
{
    Fake *fake = (Fake *)base->world;
    FakeLink *link = (FakeLink *)base;

    g_string_append_printf(fake->events, "-%s ", link->name);
    g_ptr_array_remove(fake->links, link);
    g_free(link);
}

static const BerthWorldOps fake_ops = {
    .wall_usec = fake_boot_usec,
    .boot_usec = fake_boot_usec,
    .iface_watch = fake_iface_watch,
    .link_open = fake_link_open,
    .link_send = fake_link_send,
    .link_close = fake_link_close,
};

/* ---- a net on it ---- */

typedef struct Bench {
    Fake fake;
    BerthLog *log;
    BerthNet *net;
} Bench;

static void on_receive(void *data, const BerthIface *iface, const BerthDatagram *batch, size_t n)
{
    Fake *fake = data;

    fake->n_received += n;
    fake->received_on = *iface;
    memcpy(fake->received, batch, n * sizeof(*batch));
}

static void on_log(void *run, const BerthLogEvent *event)
{
    Fake *fake = run;

    fake->n_warnings += event->level == BERTH_WARN;
}

static const BerthLogSink sink = {.size = sizeof(BerthLogSink), .write = on_log};

static void bench_init(Bench *b, int family)
{
    *b = (Bench){.fake = {.now = 1000, .send_limit = SIZE_MAX}};
    berth_world_init(&b->fake.base, &fake_ops);
    b->fake.ifaces = g_array_new(FALSE, TRUE, sizeof(BerthIface));
    b->fake.events = g_string_new(NULL);
    b->fake.links = g_ptr_array_new();
    b->fake.sent = g_array_new(FALSE, FALSE, sizeof(BerthDatagram));
    b->log = berth_log_new(&b->fake.base);
    berth_log_add_sink(b->log, &sink, &b->fake);
    b->net = berth_net_new(&b->fake.base, b->log, family, on_receive, &b->fake);
}

static void bench_clear(Bench *b)
{
    berth_net_free(b->net);
    CHECK_INT(b->fake.links->len, 0);
    CHECK(!b->fake.change);
    berth_log_free(b->log);
    g_array_unref(b->fake.sent);
    g_ptr_array_unref(b->fake.links);
    g_string_free(b->fake.events, TRUE);
    g_array_unref(b->fake.ifaces);
    berth_world_clear(&b->fake.base);
}

static BerthAddr addr(const char *text)
{
    BerthAddr ret = BERTH_ADDR4_ANY;

    CHECK_INT(berth_addr_parse(text, &ret), 0);
    return ret;
}

/* "2 eth0 u 192.0.2.1 10.0.0.1": index, name, flags (u up, l loopback, t tunnel, - none),
 * addresses. */
static BerthIface read_iface(const char *text)
{
    g_auto(GStrv) words = g_strsplit(text, " ", -1);
    BerthIface iface = {
        .index = atoi(words[0]),
        .up = strchr(words[2], 'u'),
        .loopback = strchr(words[2], 'l'),
        .hwaddr = {.type = strpbrk(words[2], "tl") ? 65534 : 1, .len = 6, .bytes = {2}},
    };

    g_strlcpy(iface.name, words[1], sizeof(iface.name));
    for (size_t i = 3; words[i]; i++)
        iface.addrs[iface.n_addrs++] = addr(words[i]);
    return iface;
}

/* Interfaces separated by '|'. */
static void tell(Bench *b, const char *text)
{
    g_auto(GStrv) parts = g_strsplit(text, "|", -1);

    g_array_set_size(b->fake.ifaces, 0);
    for (size_t i = 0; parts[i] && *parts[i]; i++) {
        BerthIface iface = read_iface(parts[i]);

        g_array_append_val(b->fake.ifaces, iface);
    }
    b->fake.change(b->fake.change_data, (BerthIface *)b->fake.ifaces->data, b->fake.ifaces->len);
}

/* "eth0 eth1/192.0.2.1 *", and conf's other members as they are. */
static void configure(Bench *b, const char *text, BerthNetConf conf)
{
    g_auto(GStrv) words = g_strsplit(text, " ", -1);
    BerthNetName names[8];

    for (; words[conf.n_names] && *words[conf.n_names]; conf.n_names++) {
        char *slash = strchr(words[conf.n_names], '/');

        names[conf.n_names].addr = slash ? addr(slash + 1) : BERTH_ADDR4_ANY;
        names[conf.n_names].name = words[conf.n_names];
        if (slash)
            *slash = '\0';
    }
    conf.names = names;
    berth_net_configure(b->net, &conf);
}

static const BerthNetConf plain = {.port = 67}, plain6 = {.port = 547};

static void check_events(Bench *b, const char *want)
{
    CHECK_TEXT(g_strchomp(b->fake.events->str), want);
    g_string_truncate(b->fake.events, 0);
}

static void check_status(Bench *b, const char *want)
{
    BerthNetStatus status[8];
    size_t n = berth_net_status(b->net, status, 8);
    g_autoptr(GString) got = g_string_new(NULL);

    for (size_t i = 0; i < n; i++)
        g_string_append_printf(got, "%s%s: %s%s", i ? ", " : "", status[i].name,
                               status[i].open ? "open" : "", status[i].why);
    CHECK_TEXT(got->str, want);
}

/* ---- which interfaces are served ---- */

#define LO "1 lo ul 127.0.0.1"
#define ETH0 "2 eth0 u 192.0.2.1"
#define ETH1 "3 eth1 u 198.51.100.1 203.0.113.1"

/* Steps of one story: a row that has `names` begins with a new net; NULL in `ifaces` tells nothing.
 */
typedef struct Policy {
    const char *row, *names, *ifaces, *events, *status;
} Policy;

static const Policy policy4[] = {
    // clang-format off
    {"named, not told yet",   "eth0", NULL,           "",            "eth0: the system has not told its interfaces"},
    {"named, not there",      NULL,   LO,             "",            "eth0: no such interface"},
    {"it appears, down",      NULL,   LO "|2 eth0 -", "",            "eth0: down"},
    {"it is up",              NULL,   LO "|2 eth0 u", "",            "eth0: no IPv4 address yet"},
    {"IPv6 is not enough",    NULL,   "2 eth0 u 2001:db8::1", "",    "eth0: no IPv4 address yet"},
    {"its address is there",  NULL,   LO "|" ETH0,    "+eth0",       "eth0: open"},
    {"told again",            NULL,   LO "|" ETH0,    "",            "eth0: open"},
    {"another address",       NULL,   "2 eth0 u 192.0.2.9 10.0.0.1", "", "eth0: open"},
    {"no carrier",            NULL,   "2 eth0 - 192.0.2.1", "-eth0", "eth0: down"},
    {"carrier again",         NULL,   ETH0,           "+eth0",       "eth0: open"},
    {"address gone",          NULL,   "2 eth0 u",     "-eth0",       "eth0: no IPv4 address yet"},
    {"back",                  NULL,   ETH0,           "+eth0",       "eth0: open"},
    {"a new one of this name",NULL,   "7 eth0 u 192.0.2.1", "+eth0 -eth0", "eth0: open"},
    {"vanished",              NULL,   "",             "-eth0",       "eth0: no such interface"},

    {"star takes all but loopback", "*", LO "|" ETH0 "|" ETH1, "+eth0 +eth1", "*: open"},
    {"star: a third appears", NULL,   LO "|" ETH0 "|" ETH1 "|4 t0 ut 10.1.0.1", "+t0", "*: open"},
    {"star: one goes down",   NULL,   LO "|2 eth0 - 192.0.2.1|" ETH1 "|4 t0 ut 10.1.0.1", "-eth0", "*: open"},
    {"star: only loopback",   NULL,   LO,             "-t0 -eth1",   "*: no interface but loopback"},
    {"star: without address", NULL,   LO "|3 eth1 u", "",            "*: no IPv4 address yet"},
    {"loopback by its name",  "lo",   LO "|" ETH0,    "+lo",         "lo: open"},
    {"loopback beside star",  "* lo", LO "|" ETH0,    "+lo +eth0",   "*: open, lo: open"},

    {"one address of it",     "eth1/203.0.113.1", ETH1, "+eth1",     "eth1: open"},
    {"that address is gone",  NULL,   "3 eth1 u 198.51.100.1", "-eth1", "eth1: the interface does not have this address yet"},
    {"two addresses of it",   "eth1/203.0.113.1 eth1/203.0.113.2", ETH1, "+eth1", "eth1: open, eth1: the interface does not have this address yet"},
    {"several names",         "eth0 eth1 eth2", LO "|" ETH0 "|3 eth1 -", "+eth0", "eth0: open, eth1: down, eth2: no such interface"},
    {"none",                  "",     ETH0,           "",            ""},
    // clang-format on
};

#define ETH0_6 "2 eth0 u 192.0.2.1 fe80::1 2001:db8::1"
#define ETH1_6 "3 eth1 u 2001:db8:1::1 2001:db8:1::2 fe80::1"

static const Policy policy6[] = {
    // clang-format off
    {"named, not there",      "eth0", LO,             "",            "eth0: no such interface"},
    {"it appears, down",      NULL,   "2 eth0 -",     "",            "eth0: down"},
    {"it is up",              NULL,   "2 eth0 u",     "",            "eth0: no IPv6 link-local address yet"},
    {"IPv4 is not enough",    NULL,   ETH0,           "",            "eth0: no IPv6 link-local address yet"},
    {"nor is a global one",   NULL,   "2 eth0 u 2001:db8::1", "",    "eth0: no IPv6 link-local address yet"},
    {"its link-local is there", NULL, "2 eth0 u fe80::1", "+eth0(6)", "eth0: open"},
    {"told again",            NULL,   ETH0_6,         "",            "eth0: open"},
    {"no carrier",            NULL,   "2 eth0 - fe80::1", "-eth0",   "eth0: down"},
    {"tentative again",       NULL,   "2 eth0 u",     "",            "eth0: no IPv6 link-local address yet"},
    {"back",                  NULL,   ETH0_6,         "+eth0(6)",    "eth0: open"},
    {"another of this name",  NULL,   "7 eth0 u fe80::1", "+eth0(6) -eth0", "eth0: open"},
    {"vanished",              NULL,   "",             "-eth0",       "eth0: no such interface"},

    {"star takes all but loopback", "*", "1 lo ul ::1|" ETH0_6 "|" ETH1_6, "+eth0(6) +eth1(6)", "*: open"},
    {"star: one has IPv4 only", NULL, ETH0 "|" ETH1_6, "-eth0",      "*: open"},
    {"loopback by its name",  "lo",   "1 lo ul 127.0.0.1 ::1", "+lo(6)", "lo: open"},
    {"loopback without IPv6", NULL,   LO,             "-lo",         "lo: no IPv6 link-local address yet"},

    {"a unicast address",     "eth1/2001:db8:1::1", ETH1_6, "+eth1(6)", "eth1: open"},
    {"it is gone, the groups stay", NULL, "3 eth1 u fe80::1", "",    "eth1: the interface does not have this address yet"},
    {"the link-local goes, too", NULL, "3 eth1 u",    "-eth1",       "eth1: no IPv6 link-local address yet"},
    {"it suffices alone",     NULL,   "3 eth1 u 2001:db8:1::1", "+eth1(6)", "eth1: open"},
    {"and down is down",      NULL,   "3 eth1 - 2001:db8:1::1", "-eth1", "eth1: down"},
    {"of the loopback, beside star", "* lo/2001:db8::53", ETH0_6 "|1 lo ul ::1 2001:db8::53", "+eth0(6) +lo(6)", "*: open, lo: open"},
    // clang-format on
};

static void run_policy(int family, const Policy *policy, size_t n)
{
    Bench b;
    bool is_open = false;

    for (size_t i = 0; i < n; i++) {
        berth_row("%s", policy[i].row);
        if (policy[i].names) {
            if (is_open)
                bench_clear(&b);
            bench_init(&b, family);
            is_open = true;
            configure(&b, policy[i].names, family == 6 ? plain6 : plain);
        }
        if (policy[i].ifaces)
            tell(&b, policy[i].ifaces);
        check_events(&b, policy[i].events);
        check_status(&b, policy[i].status);
    }
    bench_clear(&b);
}

static void test_policy(void)
{
    run_policy(4, policy4, G_N_ELEMENTS(policy4));
    run_policy(6, policy6, G_N_ELEMENTS(policy6));
}

static const struct {
    const char *row, *names;
    BerthNetConf conf;
    const char *events;
} changes[] = {
    // clang-format off
    {"first",          "eth0",   {.port = 67},                                     "+eth0"},
    {"the same",       "eth0",   {.port = 67},                                     ""},
    {"one more",       "eth0 t0",{.port = 67},                                     "+t0"},
    {"by star",        "*",      {.port = 67},                                     "+eth1"},
    {"one address",    "eth0/192.0.2.1 eth1", {.port = 67},                        "-t0"},
    {"raw",            "* lo",   {.port = 67, .raw = true},                        "-eth0 +eth0(raw) -eth1 +eth1(raw) +t0 +lo"},
    {"port",           "eth0",   {.port = 6767, .raw = true},                      "-eth0 -eth1 -t0 -lo +eth0(raw)(port)"},
    {"routing",        "eth0",   {.port = 67, .raw = true, .use_routing = true},   "-eth0 +eth0(raw)(routed)"},
    {"nothing",        "",       {.port = 67, .raw = true, .use_routing = true},   "-eth0"},
    // clang-format on
};

static void test_configure(void)
{
    Bench b;

    bench_init(&b, 4);
    tell(&b, ETH0 "|" ETH1 "|4 t0 ut 10.1.0.1|" LO);
    check_events(&b, "");
    for (size_t i = 0; i < G_N_ELEMENTS(changes); i++) {
        berth_row("%s", changes[i].row);
        configure(&b, changes[i].names, changes[i].conf);
        check_events(&b, changes[i].events);
    }
    bench_clear(&b);
}

/* An error of opening is told once, tried again later, and forgotten when it is gone. */
static void test_refused(void)
{
    Bench b;

    berth_row("refused");
    bench_init(&b, 4);
    b.fake.refused = "eth0";
    b.fake.refused_error = -EADDRINUSE;
    configure(&b, "eth0 eth1", plain);
    tell(&b, ETH0 "|" ETH1);
    check_events(&b, "!eth0 +eth1");
    check_status(&b, "eth0: Address already in use, eth1: open");
    CHECK_INT(b.fake.n_warnings, 1);
    CHECK_INT(berth_net_send(b.net, 2, &(BerthDatagram){0}), -ENODEV);
    for (unsigned i = 1; i <= 3; i++) {
        int64_t next = berth_timers_next(&b.fake.base.timers);

        CHECK(next > b.fake.now && next <= b.fake.now + 60000000);
        if (i == 3)
            b.fake.refused = NULL;
        b.fake.now = next;
        berth_timers_run(&b.fake.base.timers, b.fake.now);
        check_events(&b, i == 3 ? "+eth0" : "!eth0");
    }
    CHECK_INT(b.fake.n_warnings, 1);
    check_status(&b, "eth0: open, eth1: open");
    CHECK_INT(berth_timers_next(&b.fake.base.timers), INT64_MAX);
    bench_clear(&b);
}

/* What keeps a named interface from being served is told when it changes, not with every event. */
static void test_warnings(void)
{
    Bench b;

    berth_row("warnings");
    bench_init(&b, 4);
    configure(&b, "eth0", plain);
    CHECK_INT(b.fake.n_warnings, 0);
    tell(&b, LO);
    tell(&b, LO "|" ETH1);
    CHECK_INT(b.fake.n_warnings, 1);
    tell(&b, "2 eth0 -");
    tell(&b, "2 eth0 -");
    CHECK_INT(b.fake.n_warnings, 2);
    tell(&b, ETH0);
    CHECK_INT(b.fake.n_warnings, 2);
    bench_clear(&b);
}

/* ---- receiving ---- */

static FakeLink *link_of(Bench *b, const char *name)
{
    for (size_t i = 0; i < b->fake.links->len; i++) {
        FakeLink *link = g_ptr_array_index(b->fake.links, i);

        if (strcmp(link->name, name) == 0)
            return link;
    }
    return NULL;
}

static void arrive(Bench *b, const char *name, const char *const *dsts, size_t n)
{
    BerthDatagram batch[8] = {0};
    FakeLink *link = link_of(b, name);

    for (size_t i = 0; i < n; i++)
        batch[i] = (BerthDatagram){.dst = addr(dsts[i]), .dst_port = 67};
    b->fake.n_received = 0;
    if (CHECK(link != NULL))
        link->receive(link->data, batch, n);
}

static void test_receive(void)
{
    static const char *const dsts[] = {"255.255.255.255", "198.51.100.1", "203.0.113.1"};
    Bench b;

    bench_init(&b, 4);
    configure(&b, "eth1", plain);
    tell(&b, ETH1);
    berth_row("all addresses");
    arrive(&b, "eth1", dsts, 3);
    CHECK_INT(b.fake.n_received, 3);
    CHECK_INT(b.fake.received_on.index, 3);
    CHECK_INT(b.fake.received_on.n_addrs, 2);

    berth_row("the interface as it is now");
    tell(&b, "3 eth1 u 198.51.100.1 203.0.113.1 203.0.113.2");
    arrive(&b, "eth1", dsts, 1);
    CHECK_INT(b.fake.received_on.n_addrs, 3);

    berth_row("one address of it");
    configure(&b, "eth1/203.0.113.1", plain);
    arrive(&b, "eth1", dsts, 3);
    CHECK_INT(b.fake.n_received, 2);
    CHECK(berth_addr_equal(b.fake.received[0].dst, addr("255.255.255.255")));
    CHECK(berth_addr_equal(b.fake.received[1].dst, addr("203.0.113.1")));
    berth_row("nothing for us");
    arrive(&b, "eth1", dsts + 1, 1);
    CHECK_INT(b.fake.n_received, 0);
    bench_clear(&b);
}

static const struct {
    const char *row, *names, *dst;
    bool arrives;
} taken6[] = {
    // clang-format off
    {"relays and servers",          "eth1",               "ff02::1:2",     true},
    {"servers",                     "eth1",               "ff05::1:3",     true},
    {"all nodes: not ours",         "eth1",               "ff02::1",       false},
    {"link-local",                  "eth1",               "fe80::1",       true},
    {"a global one: not named",     "eth1",               "2001:db8:1::1", false},
    {"named",                       "eth1/2001:db8:1::1", "2001:db8:1::1", true},
    {"the other one",               "eth1/2001:db8:1::1", "2001:db8:1::2", false},
    {"the groups stay",             "eth1/2001:db8:1::1", "ff02::1:2",     true},
    {"named with another interface","eth1 lo/2001:db8::53", "2001:db8::53", true},
    {"of another, not named",       "* lo",               "2001:db8::53",  false},
    // clang-format on
};

static void test_receive6(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(taken6); i++) {
        Bench b;

        berth_row("%s", taken6[i].row);
        bench_init(&b, 6);
        configure(&b, taken6[i].names, plain6);
        tell(&b, "1 lo ul ::1 2001:db8::53|" ETH1_6);
        arrive(&b, "eth1", &taken6[i].dst, 1);
        CHECK_INT(b.fake.n_received, taken6[i].arrives);
        if (taken6[i].arrives)
            CHECK_INT(b.fake.received_on.n_addrs, 3);
        bench_clear(&b);
    }
}

/* ---- sending ---- */

static void send_some(Bench *b, int ifindex, size_t n)
{
    BerthDatagram out = {.src = BERTH_ADDR4_ANY, .dst = addr("192.0.2.77"), .dst_port = 68};

    for (size_t i = 0; i < n; i++)
        CHECK_INT(berth_net_send(b->net, ifindex, &out), 0);
}

static void test_send(void)
{
    BerthDatagram out = {.src = BERTH_ADDR4_ANY};
    size_t lost = 77;
    Bench b;

    bench_init(&b, 4);
    configure(&b, "eth0 eth1", plain);
    tell(&b, LO "|" ETH0 "|" ETH1);
    berth_row("not served");
    CHECK_INT(berth_net_send(b.net, 1, &out), -ENODEV);
    CHECK_INT(berth_net_send(b.net, 9, &out), -ENODEV);

    berth_row("gathered until the flush, a batch a link");
    send_some(&b, 2, 3);
    send_some(&b, 3, 2);
    CHECK_INT(b.fake.n_sends, 0);
    berth_net_flush(b.net, &lost);
    CHECK_INT(b.fake.n_sends, 2);
    CHECK_INT(b.fake.sent->len, 5);
    CHECK_INT(lost, 0);
    berth_net_flush(b.net, NULL);
    CHECK_INT(b.fake.n_sends, 2);

    berth_row("a full batch leaves by itself");
    send_some(&b, 2, BERTH_BATCH - 1);
    CHECK_INT(b.fake.n_sends, 2);
    send_some(&b, 2, 1);
    CHECK_INT(b.fake.n_sends, 3);
    CHECK_INT(b.fake.sent->len, 5 + BERTH_BATCH);
    bench_clear(&b);
}

static void test_lost(void)
{
    size_t lost = 0;
    Bench b;

    bench_init(&b, 4);
    configure(&b, "eth0 eth1", plain);
    tell(&b, ETH0 "|" ETH1);
    berth_row("the link takes a part");
    b.fake.send_limit = 2;
    send_some(&b, 2, BERTH_BATCH + 5);
    send_some(&b, 3, 1);
    berth_net_flush(b.net, &lost);
    CHECK_INT(lost, BERTH_BATCH + 5 - 4);
    berth_net_flush(b.net, &lost);
    CHECK_INT(lost, 0);

    berth_row("the interface goes: what is queued is tried, then counted");
    send_some(&b, 2, 3);
    tell(&b, ETH1);
    CHECK_INT(berth_net_send(b.net, 2, &(BerthDatagram){0}), -ENODEV);
    berth_net_flush(b.net, &lost);
    CHECK_INT(lost, 1);
    bench_clear(&b);
}

static const struct {
    const char *row, *names, *src, *want;
    bool use_routing, to_hwaddr;
    const char *dst6;
} sources[] = {
    // clang-format off
    {"the first address",         "eth1",             "0.0.0.0",     "198.51.100.1", false, false},
    {"the first that is served",  "eth1/203.0.113.1", "0.0.0.0",     "203.0.113.1",  false, false},
    {"the one that is given",     "eth1",             "203.0.113.1", "203.0.113.1",  false, false},
    {"routing: the kernel's",     "eth1",             "0.0.0.0",     "0.0.0.0",      true,  false},
    {"routing, but a frame",      "eth1",             "0.0.0.0",     "198.51.100.1", true,  true},
    {"IPv6: to a neighbour",      "eth1",             "::",          "fe80::1",      false, false, "fe80::77"},
    {"IPv6: from where it came",  "eth1",             "2001:db8::1", "2001:db8::1",  false, false, "fe80::77"},
    {"IPv6: afar, the kernel's",  "eth1",             "::",          "::",           false, false, "2001:db8:9::9"},
    {"IPv6: afar, the named",     "eth1/2001:db8::2", "::",          "2001:db8::2",  false, false, "2001:db8:9::9"},
    {"IPv6: near, though named",  "eth1/2001:db8::2", "::",          "fe80::1",      false, false, "fe80::77"},
    // clang-format on
};

static void test_source(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(sources); i++) {
        BerthNetConf conf = {.port = 67, .raw = true, .use_routing = sources[i].use_routing};
        BerthDatagram out = {.src = addr(sources[i].src), .to_hwaddr = sources[i].to_hwaddr};
        const char *dst6 = sources[i].dst6;
        BerthDatagram *sent;
        char text[BERTH_ADDR_TEXT];
        Bench b;

        berth_row("%s", sources[i].row);
        if (dst6)
            out.dst = addr(dst6);
        bench_init(&b, dst6 ? 6 : 4);
        configure(&b, sources[i].names, conf);
        tell(&b, "3 eth1 u fe80::1 2001:db8::1 2001:db8::2 198.51.100.1 203.0.113.1");
        CHECK_INT(berth_net_send(b.net, 3, &out), 0);
        berth_net_flush(b.net, NULL);
        sent = &g_array_index(b.fake.sent, BerthDatagram, 0);
        if (CHECK_INT(b.fake.sent->len, 1))
            CHECK_TEXT(berth_addr_text(sent->src, text), sources[i].want);
        bench_clear(&b);
    }
}

static void test_own(void)
{
    static const struct {
        const char *addr;
        bool is_own;
    } rows[] = {{"127.0.0.1", true},        {"192.0.2.1", true},  {"203.0.113.1", true},
                {"2001:db8::1", true},      {"192.0.2.2", false}, {"0.0.0.0", false},
                {"255.255.255.255", false}, {"fe80::1", false}};
    Bench b;

    bench_init(&b, 4);
    CHECK(!berth_net_is_own(b.net, addr("127.0.0.1")));
    tell(&b, ETH1 "|" ETH0 "|" LO "|4 x - fe80::1 2001:db8::1");
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        berth_row("%s", rows[i].addr);
        CHECK_INT(berth_net_is_own(b.net, addr(rows[i].addr)), rows[i].is_own);
    }
    bench_clear(&b);
}

int main(int argc, char **argv)
{
    static const BerthTest tests[] = {
        {"policy", test_policy},
        {"configure", test_configure},
        {"refused", test_refused},
        {"warnings", test_warnings},
        {"receive", test_receive},
        {"receive6", test_receive6},
        {"send", test_send},
        {"lost", test_lost},
        {"source", test_source},
        {"own", test_own},
        {0},
    };

    return berth_tests_main("net", tests, argc, argv);
}
