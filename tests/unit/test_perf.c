/* The rooms of berthperf that know no protocol: histogram, clients and their transaction ids, the
 * ring of timeouts, who holds what. */
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

static void make_conf(PerfConf *conf, uint32_t n_clients)
{
    uint32_t relays[] = {RELAY, RELAY + 1};

    perf_conf_init(conf);
    conf->n_clients = n_clients;
    conf->local_port = PERF_PORT_SERVER;
    g_array_append_vals(conf->relays, relays, 2);
}

static void test_xids(void)
{
    PerfConf conf;
    PerfClients clients;
    PerfClient *client = NULL, *found = NULL;
    uint32_t old, later;

    make_conf(&conf, 100);
    perf_clients_init(&clients, &conf, 0xdeadbeef);
    client = &clients.all[42];
    old = client->xid;
    perf_client_next_xid(&clients, client);
    berth_row("the current one");
    CHECK_INT(perf_clients_find_xid(&clients, client->xid, &found), PERF_XID_CURRENT);
    CHECK(found == client);
    berth_row("the one before");
    CHECK_INT(perf_clients_find_xid(&clients, old, &found), PERF_XID_OLD);
    CHECK(found == client);
    berth_row("one that comes later");
    later = client->xid;
    client->xid = old;
    CHECK_INT(perf_clients_find_xid(&clients, later, &found), PERF_XID_UNKNOWN);
    berth_row("of a client that there is not");
    CHECK_INT(perf_clients_find_xid(&clients, 101 ^ 0xdeadbeef, &found), PERF_XID_UNKNOWN);
    perf_clients_clear(&clients);
    perf_conf_clear(&conf);
}

static void test_macs(void)
{
    static const uint8_t macs[] = {2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 9};
    static const uint8_t other[6] = {2, 0, 0, 0, 0, 2};
    PerfConf conf;
    PerfClients clients;
    uint8_t mac[6];

    make_conf(&conf, 300);
    memcpy(conf.mac, (uint8_t[]){0, 0x0c, 1, 2, 3, 0xff}, 6);
    perf_clients_init(&clients, &conf, 0);
    berth_row("counted");
    perf_client_mac(&clients, 257, mac);
    CHECK_BYTES(((BerthBytes){mac, 6}), ((BerthBytes){(uint8_t[]){0, 0x0c, 1, 2, 5, 0}, 6}));
    CHECK_INT(perf_clients_find_mac(&clients, mac), 257);
    CHECK_INT(perf_clients_find_mac(&clients, other), PERF_NOBODY);
    berth_row("relays in turn");
    CHECK_INT(perf_client_relay(&clients, 4), RELAY);
    CHECK_INT(perf_client_relay(&clients, 7), RELAY + 1);
    perf_clients_clear(&clients);
    berth_row("listed");
    conf.n_clients = 2;
    conf.macs = g_array_new(FALSE, FALSE, 6);
    g_array_append_vals(conf.macs, macs, 2);
    perf_clients_init(&clients, &conf, 0);
    perf_client_mac(&clients, 1, mac);
    CHECK_INT(mac[5], 9);
    CHECK_INT(perf_clients_find_mac(&clients, mac), 1);
    CHECK_INT(perf_clients_find_mac(&clients, other), PERF_NOBODY);
    perf_clients_clear(&clients);
    perf_conf_clear(&conf);
}

static void test_idle(void)
{
    PerfConf conf;
    PerfClients clients;
    PerfClient *first;

    make_conf(&conf, 2);
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

static void test_holders(void)
{
    PerfHolders holders;
    uint32_t missing = 0, ghosts = 0;

    perf_holders_init(&holders, 1000);
    for (uint32_t i = 0; i < 1000; i++)
        perf_holders_put(&holders, (PerfHolder){ADDRESS + i * 16, i, 100});
    for (uint32_t i = 0; i < 1000; i += 3)
        perf_holders_drop(&holders, ADDRESS + i * 16, i);
    for (uint32_t i = 0; i < 1000; i++) {
        uint32_t holder = perf_holders_find(&holders, ADDRESS + i * 16, 99);

        missing += i % 3 && holder != i;
        ghosts += i % 3 == 0 && holder != PERF_NOBODY;
    }
    berth_row("a third is dropped, the others stay");
    CHECK_INT(missing, 0);
    CHECK_INT(ghosts, 0);
    berth_row("a lease that is over");
    CHECK_INT(perf_holders_find(&holders, ADDRESS + 16, 100), PERF_NOBODY);
    berth_row("another's is not dropped");
    perf_holders_drop(&holders, ADDRESS + 16, 7);
    CHECK_INT(perf_holders_find(&holders, ADDRESS + 16, 0), 1);
    perf_holders_clear(&holders);
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
        {"hardware addresses", test_macs},
        {"idle clients", test_idle},
        {"wheel", test_wheel},
        {"holders", test_holders},
        {"pace", test_pace},
        {0},
    };

    return berth_tests_main("perf", tests, argc, argv);
}
