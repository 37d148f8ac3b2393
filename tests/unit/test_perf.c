/* The rooms of berthperf that know no protocol: histogram, clients and their transaction ids, the
 * ring of timeouts, who holds what, and what lies in what. */
#include "tests/lib/rows.h"
#include "tools/perf/hist.h"
#include "tools/perf/holders.h"
#include "tools/perf/load.h"
#include "tools/perf/wheel.h"

#define RELAY 0x0a000002u
#define ADDRESS 0xc000024du

/* ---- histogram ---- */

static void test_hist_buckets(void)
{
    uint64_t end = 0;

    for (size_t i = 1; i < PERF_HIST_BUCKETS; i++) {
        uint64_t next = perf_hist_bucket_end(i);

        berth_row("bucket %zu", i);
        if (!CHECK_INT(perf_hist_bucket(end + 1), i) || !CHECK_INT(perf_hist_bucket(next), i) ||
            !CHECK((double)(next - end - 1) <= (double)next / 64))
            return;
        end = next;
    }
    berth_row("the greatest");
    CHECK_INT(end, (1ll << PERF_HIST_TOP) - 1);
    CHECK_INT(perf_hist_bucket(UINT64_MAX), PERF_HIST_BUCKETS - 1);
}

static void test_hist_quantiles(void)
{
    static const struct {
        double q;
        int64_t least, most;
    } rows[] = {{0, 1, 1},         {0.5, 500, 508},    {0.9, 900, 915},
                {0.99, 990, 1000}, {0.999, 999, 1000}, {1, 1000, 1000}};
    g_autofree PerfHist *hist = g_new0(PerfHist, 1);

    berth_row("nothing");
    CHECK_INT(perf_hist_quantile(hist, 0.5), 0);
    CHECK(perf_hist_mean(hist) <= 0);
    for (uint64_t i = 1000; i > 0; i--)
        perf_hist_add(hist, i);
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        int64_t got = (int64_t)perf_hist_quantile(hist, rows[i].q);

        berth_row("the share %g of 1 to 1000 is %d", rows[i].q, (int)got);
        CHECK(got >= rows[i].least && got <= rows[i].most);
    }
    CHECK_INT(hist->min, 1);
    CHECK_INT(hist->max, 1000);
    CHECK_INT((int64_t)(perf_hist_mean(hist) * 10), 5005);
}

/* ---- clients ---- */

static void make_conf(PerfConf *conf, bool is_v6, uint32_t n_clients)
{
    BerthAddr relays[] = {berth_addr4(RELAY), berth_addr4(RELAY + 1)};
    uint8_t mac[6];

    perf_conf_init(conf);
    memcpy(mac, conf->base, sizeof(mac));
    conf->is_v6 = is_v6;
    perf_conf_set_mac(conf, mac);
    conf->n_clients = n_clients;
    g_array_append_vals(conf->relays, relays, 2);
}

static void check_xids(uint32_t n_clients, bool is_v6)
{
    static const BerthBytes nobody = {.len = 0};
    uint8_t buffer[PERF_ID_MAX];
    PerfConf conf;
    PerfClients clients;
    PerfClient *client = NULL, *found = NULL;
    uint32_t old, later, number = n_clients - 58;
    BerthBytes id;

    make_conf(&conf, is_v6, n_clients);
    perf_clients_init(&clients, &conf, 0xdeadbeef);
    client = &clients.all[number];
    id = n_clients > 65536 ? perf_client_id(&clients, number, buffer) : nobody;
    old = client->xid;
    perf_client_next_xid(&clients, client);
    berth_row("%u clients: the current one", n_clients);
    CHECK_INT(perf_clients_find_xid(&clients, client->xid, id, &found), PERF_XID_CURRENT);
    CHECK(found == client);
    CHECK(!is_v6 || client->xid <= 0xffffff);
    berth_row("%u clients: the one before", n_clients);
    CHECK_INT(perf_clients_find_xid(&clients, old, id, &found), PERF_XID_OLD);
    CHECK(found == client);
    berth_row("%u clients: one that comes later", n_clients);
    later = client->xid;
    client->xid = old;
    CHECK_INT(perf_clients_find_xid(&clients, later, id, &found), PERF_XID_UNKNOWN);
    for (int i = 0; i < 70000; i++)
        perf_client_next_xid(&clients, client);
    berth_row("%u clients: after many", n_clients);
    CHECK_INT(perf_clients_find_xid(&clients, client->xid, id, &found), PERF_XID_CURRENT);
    CHECK(found == client);
    perf_clients_clear(&clients);
    perf_conf_clear(&conf);
}

static void test_xids(void)
{
    PerfConf conf;
    PerfClients clients;
    PerfClient *found = NULL;

    check_xids(100, false);
    check_xids(70000, false);
    check_xids(100, true);
    check_xids(70000, true);
    make_conf(&conf, false, 100);
    perf_clients_init(&clients, &conf, 0xdeadbeef);
    berth_row("of a client that there is not");
    CHECK_INT(perf_clients_find_xid(&clients, 101 ^ 0xdeadbeef, (BerthBytes){.len = 0}, &found),
              PERF_XID_UNKNOWN);
    perf_clients_clear(&clients);
    perf_conf_clear(&conf);
}

/* 24 bits hold no more than the end of the number, so the identity has to fit. */
static void test_xid_of_another(void)
{
    uint8_t buffer[PERF_ID_MAX];
    PerfConf conf;
    PerfClients clients;
    PerfClient *found = NULL;

    make_conf(&conf, true, 70000);
    perf_clients_init(&clients, &conf, 0);
    berth_row("of a client whose number ends alike");
    CHECK_INT(perf_clients_find_xid(&clients, clients.all[3].xid,
                                    perf_client_id(&clients, 3 + 65536, buffer), &found),
              PERF_XID_CURRENT);
    CHECK(found == &clients.all[3 + 65536]);
    berth_row("of another one");
    CHECK_INT(perf_clients_find_xid(&clients, clients.all[3].xid,
                                    perf_client_id(&clients, 4, buffer), &found),
              PERF_XID_UNKNOWN);
    perf_clients_clear(&clients);
    perf_conf_clear(&conf);
}

#define HEX(text) ((BerthBytes){(const uint8_t *)(text), sizeof(text) - 1})

static void add_id(PerfConf *conf, BerthBytes id)
{
    g_byte_array_append(conf->ids.bytes, id.data, (guint)id.len);
    g_array_append_val(conf->ids.ends, conf->ids.bytes->len);
}

static void test_ids(void)
{
    uint8_t buffer[PERF_ID_MAX];
    PerfConf conf;
    PerfClients clients;
    BerthBytes id;

    make_conf(&conf, false, 300);
    perf_conf_set_mac(&conf, (const uint8_t[]){0, 0x0c, 1, 2, 3, 0xff});
    perf_clients_init(&clients, &conf, 0);
    berth_row("counted");
    id = perf_client_id(&clients, 257, buffer);
    CHECK_BYTES(id, HEX("\x00\x0c\x01\x02\x05\x00"));
    CHECK_INT(perf_clients_find_id(&clients, id), 257);
    CHECK_INT(perf_clients_find_id(&clients, HEX("\2\0\0\0\0\2")), PERF_NOBODY);
    berth_row("relays in turn");
    CHECK_INT(berth_addr_to4(perf_client_relay(&clients, 4)), RELAY);
    CHECK_INT(berth_addr_to4(perf_client_relay(&clients, 7)), RELAY + 1);
    perf_clients_clear(&clients);
    berth_row("listed, of different lengths");
    conf.n_clients = 2;
    add_id(&conf, HEX("\2\0\0\0\0\1"));
    add_id(&conf, HEX("\0\2\0\0\x11\x8b\1\2\3"));
    perf_clients_init(&clients, &conf, 0);
    CHECK_BYTES(perf_client_id(&clients, 1, buffer), HEX("\0\2\0\0\x11\x8b\1\2\3"));
    CHECK_INT(perf_clients_find_id(&clients, HEX("\0\2\0\0\x11\x8b\1\2\3")), 1);
    CHECK_INT(perf_clients_find_id(&clients, HEX("\0\2\0\0\x11\x8b\1\2")), PERF_NOBODY);
    perf_clients_clear(&clients);
    perf_conf_clear(&conf);
}

static void test_duids(void)
{
    uint8_t buffer[PERF_ID_MAX];
    PerfConf conf;
    PerfClients clients;

    make_conf(&conf, true, 300);
    perf_clients_init(&clients, &conf, 0);
    berth_row("a DUID-LL of a hardware address that counts up");
    CHECK_BYTES(perf_client_id(&clients, 256, buffer), HEX("\0\3\0\1\0\x0c\1\2\4\4"));
    CHECK_INT(perf_clients_find_id(&clients, HEX("\0\3\0\1\0\x0c\1\2\4\4")), 256);
    berth_row("another kind of DUID with the same end");
    CHECK_INT(perf_clients_find_id(&clients, HEX("\0\1\0\1\0\x0c\1\2\4\4")), PERF_NOBODY);
    perf_clients_clear(&clients);
    perf_conf_clear(&conf);
}

static void test_idle(void)
{
    PerfConf conf;
    PerfClients clients;
    PerfClient *first;

    make_conf(&conf, false, 2);
    perf_clients_init(&clients, &conf, 0);
    berth_row("who waited longest is first");
    first = perf_clients_take(&clients, false);
    CHECK(first == &clients.all[0]);
    CHECK(perf_clients_take(&clients, false) == &clients.all[1]);
    CHECK(!perf_clients_take(&clients, false));
    first->is_bound = true;
    perf_clients_put(&clients, first);
    berth_row("who holds an address is in a list of its own");
    CHECK(!perf_clients_take(&clients, false));
    CHECK(perf_clients_take(&clients, true) == first);
    perf_clients_clear(&clients);
    perf_conf_clear(&conf);
}

/* ---- timeouts ---- */

#define N_TIMED 5000

/* Whatever is set, stopped and set again: nobody early, nobody late, nobody forgotten. */
static void test_wheel(void)
{
    g_autofree PerfClient *all = g_new0(PerfClient, N_TIMED);
    g_autofree PerfWheel *wheel = g_new0(PerfWheel, 1);
    uint32_t n = 0, wrong = 0;
    PerfClient *client;

    perf_wheel_init(wheel, all);
    for (uint32_t i = 0; i < N_TIMED; i++)
        perf_wheel_set(wheel, &all[i], i * 37 % 40000);
    for (uint32_t i = 0; i < N_TIMED; i += 5)
        perf_wheel_stop(wheel, &all[i]);
    for (uint32_t i = 0; i < N_TIMED; i += 10)
        perf_wheel_set(wheel, &all[i], i);
    for (uint32_t now = 0; now < 41000; now += 7)
        while ((client = perf_wheel_due(wheel, now))) {
            n++;
            wrong += client->due_ms > now || client->due_ms + 7 <= now;
        }
    berth_row("all once, in their time");
    CHECK_INT(n, N_TIMED - N_TIMED / 10);
    CHECK_INT(wrong, 0);
    CHECK_INT(wheel->n, 0);
    berth_row("what is due in the past is due now");
    perf_wheel_set(wheel, &all[3], 5);
    CHECK(perf_wheel_due(wheel, 41000) == &all[3]);
}

/* ---- holders ---- */

typedef struct Site {
    PerfConf conf;
    PerfClients clients;
    PerfHolders holders;
    PerfNested nested;
} Site;

static void make_site(Site *site, bool is_v6)
{
    make_conf(&site->conf, is_v6, 1000);
    site->conf.wants[PERF_PREFIX] = is_v6;
    perf_clients_init(&site->clients, &site->conf, 0);
    perf_holders_init(&site->holders, &site->clients);
    perf_nested_init(&site->nested, &site->holders);
}

static void clear_site(Site *site)
{
    perf_nested_clear(&site->nested);
    perf_holders_clear(&site->holders);
    perf_clients_clear(&site->clients);
    perf_conf_clear(&site->conf);
}

static PerfLease lease_of(const char *text)
{
    PerfLease lease = {.len = 128};

    CHECK_INT(strchr(text, '/') ? berth_prefix_parse(text, &lease.addr, &lease.len)
                                : berth_addr_parse(text, &lease.addr),
              0);
    return lease;
}

/* Of two clients, or of one and its two parts, in both families. */
static PerfLease made_up(bool is_v6, uint32_t i)
{
    PerfLease lease = {berth_addr4(ADDRESS + i * 16), 128};

    if (is_v6)
        lease.addr = berth_addr_from_number(((BerthU128)0x20010db8 << 96) + ((BerthU128)i << 62));
    return lease;
}

static uint32_t find_held(const Site *site, PerfLease lease, uint32_t now_sec)
{
    return perf_holders_find(&site->holders, &lease, now_sec);
}

static void check_holders(bool is_v6)
{
    Site site;
    uint32_t missing = 0, ghosts = 0;

    make_site(&site, is_v6);
    for (uint32_t i = 0; i < 1000; i++) {
        perf_client_set_lease(&site.clients, &site.clients.all[i], PERF_ADDRESS, made_up(is_v6, i));
        perf_holders_put(&site.holders, &site.clients.all[i], PERF_ADDRESS, 100);
    }
    for (uint32_t i = 0; i < 1000; i += 3)
        perf_holders_drop(&site.holders, &site.clients.all[i], PERF_ADDRESS);
    for (uint32_t i = 0; i < 1000; i++) {
        uint32_t holder = find_held(&site, made_up(is_v6, i), 99);

        missing += i % 3 && holder != i;
        ghosts += i % 3 == 0 && holder != PERF_NOBODY;
    }
    berth_row("%s: a third is dropped, the others stay", is_v6 ? "IPv6" : "IPv4");
    CHECK_INT(missing, 0);
    CHECK_INT(ghosts, 0);
    berth_row("%s: a lease that is over", is_v6 ? "IPv6" : "IPv4");
    CHECK_INT(find_held(&site, made_up(is_v6, 1), 100), PERF_NOBODY);
    berth_row("%s: another's is not dropped", is_v6 ? "IPv6" : "IPv4");
    perf_client_set_lease(&site.clients, &site.clients.all[0], PERF_ADDRESS, made_up(is_v6, 1));
    perf_holders_drop(&site.holders, &site.clients.all[0], PERF_ADDRESS);
    CHECK_INT(find_held(&site, made_up(is_v6, 1), 0), 1);
    clear_site(&site);
}

static void test_holders(void)
{
    check_holders(false);
    check_holders(true);
}

/* ---- nested ---- */

static void hold(Site *site, uint32_t client, PerfPart part, const char *text)
{
    PerfLease lease = lease_of(text);

    perf_client_set_lease(&site->clients, &site->clients.all[client], part, lease);
    perf_holders_put(&site->holders, &site->clients.all[client], part, 100);
    perf_nested_add(&site->nested, &lease, client, 100);
}

static void give_up(Site *site, uint32_t client, PerfPart part)
{
    PerfClient *holder = &site->clients.all[client];
    PerfLease lease = perf_client_lease(&site->clients, holder, part);

    perf_holders_drop(&site->holders, holder, part);
    perf_nested_drop(&site->nested, &lease);
}

typedef struct NestedRow {
    const char *name, *lease;
    uint32_t client, now_sec;
    bool is_nested;
} NestedRow;

/* Client 1 holds 2001:db8:0:100::/56 and 2001:db8:1::5, client 2 2001:db8:0:200::/64, client 3
 * 2001:db8:1::9. */
/* clang-format off */
static const NestedRow nested_rows[] = {
    {"an address in a prefix",               "2001:db8:0:1ff::7",      9,   0, true},
    {"in the client's own one",              "2001:db8:0:1ff::7",      1,   0, false},
    {"when that is over",                    "2001:db8:0:1ff::7",      9, 100, false},
    {"an address beside it",                 "2001:db8:0:2ff::7",      9,   0, false},
    {"a prefix in a shorter one",            "2001:db8:0:123::/64",    9,   0, true},
    {"a prefix around a longer one",         "2001:db8:0:200::/56",    9,   0, true},
    {"around the client's own one",          "2001:db8:0:200::/56",    2,   0, false},
    {"a prefix around addresses",            "2001:db8:1::/64",        9,   0, true},
    {"around the client's own and another",  "2001:db8:1::/64",        1,   0, true},
    {"beside everything",                    "2001:db8:2::/56",        9,   0, false},
};
/* clang-format on */

static void test_nested(void)
{
    Site site;

    make_site(&site, true);
    hold(&site, 1, PERF_ADDRESS, "2001:db8:1::5");
    hold(&site, 3, PERF_ADDRESS, "2001:db8:1::9");
    hold(&site, 1, PERF_PREFIX, "2001:db8:0:100::/56");
    hold(&site, 2, PERF_PREFIX, "2001:db8:0:200::/64");
    for (size_t i = 0; i < G_N_ELEMENTS(nested_rows); i++) {
        const NestedRow *row = &nested_rows[i];
        PerfLease lease = lease_of(row->lease);

        berth_row("%s", row->name);
        CHECK_INT(perf_nested_find(&site.nested, &lease, row->client, row->now_sec),
                  row->is_nested);
    }
    clear_site(&site);
}

static void test_nested_given_up(void)
{
    PerfLease around = lease_of("2001:db8:0:200::/56");
    Site site;

    make_site(&site, true);
    hold(&site, 2, PERF_PREFIX, "2001:db8:0:200::/64");
    hold(&site, 3, PERF_PREFIX, "2001:db8:0:100::/56");
    berth_row("what is given up lies in nothing");
    CHECK(perf_nested_find(&site.nested, &around, 9, 0));
    give_up(&site, 2, PERF_PREFIX);
    CHECK(!perf_nested_find(&site.nested, &around, 9, 0));
    clear_site(&site);
}

/* ---- pace ---- */

typedef struct PaceRow {
    const char *name;
    PerfPhase phase;
    double rate;
    uint32_t window, running;
    bool is_avalanche;
    uint64_t n_exchanges, n_begun;
    int64_t now_usec; /* since the pace began */
    uint64_t due, given_up;
} PaceRow;

/* Of 1000 clients. */
/* clang-format off */
static const PaceRow pace_rows[] = {
    {"by the clock",             PERF_RUNNING,   1000, 0,  0,  false, 0,  40,   50000,   10,   0},
    {"ahead of the clock",       PERF_RUNNING,   1000, 0,  0,  false, 0,  60,   50000,    0,   0},
    {"a quarter of a second late", PERF_RUNNING, 1000, 0,  0,  false, 0,   0,  378000,  378,   0},
    {"later than that",          PERF_RUNNING,   1000, 0,  0,  false, 0,   0, 1000000,  378, 622},
    {"the last of a number",     PERF_RUNNING,   1000, 0,  0,  false, 42, 40,   50000,    2,   0},
    {"warming up has no number", PERF_WARMING,   1000, 0,  0,  false, 42, 40,   50000,   10,   0},
    {"room in the window",       PERF_RUNNING,      0, 64, 60, false, 0,  99,   50000,    4,   0},
    {"a full window",            PERF_RUNNING,      0, 64, 64, false, 0,  99,   50000,    0,   0},
    {"preparing, not by the clock", PERF_PREPARING, 1000, 64, 4, false, 0, 10,  50000,   60,   0},
    {"preparing, all begun",     PERF_PREPARING, 1000, 64, 4,  false, 0, 1000,  50000,    0,   0},
    {"an avalanche",             PERF_RUNNING,      0, 64, 64, true,  0,   0,       0, 1000,   0},
    {"an avalanche, all begun",  PERF_RUNNING,      0, 64, 64, true,  0, 1000,      0,    0,   0},
    {"draining",                 PERF_DRAINING,  1000, 64, 0,  false, 0,   0,   50000,    0,   0},
};
/* clang-format on */

static void test_pace(void)
{
    g_autofree PerfLoad *load = g_new0(PerfLoad, 1);

    for (size_t i = 0; i < G_N_ELEMENTS(pace_rows); i++) {
        const PaceRow *row = &pace_rows[i];
        PerfConf conf = {.n_clients = 1000,
                         .rate = row->rate,
                         .window = row->window,
                         .is_avalanche = row->is_avalanche,
                         .n_exchanges = row->n_exchanges};
        PerfPace pace = {.phase = row->phase, .begin_usec = 7, .n_begun = row->n_begun};
        uint64_t given_up;

        berth_row("%s", row->name);
        load->now_usec = row->now_usec + 7;
        load->wheel.n = row->running;
        CHECK_INT(perf_pace_due(&pace, &conf, load, &given_up), row->due);
        CHECK_INT(given_up, row->given_up);
    }
}

int main(int argc, char **argv)
{
    static const BerthTest tests[] = {
        {"buckets", test_hist_buckets},
        {"quantiles", test_hist_quantiles},
        {"transaction ids", test_xids},
        {"transaction id of another", test_xid_of_another},
        {"hardware addresses", test_ids},
        {"DUIDs", test_duids},
        {"idle clients", test_idle},
        {"wheel", test_wheel},
        {"holders", test_holders},
        {"nested leases", test_nested},
        {"nested leases given up", test_nested_given_up},
        {"pace", test_pace},
        {0},
    };

    return berth_tests_main("perf", tests, argc, argv);
}
