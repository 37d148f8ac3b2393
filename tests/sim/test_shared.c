/* test_shared - two or three whole servers on one store, in one process and on a virtual clock: 200
 * clients of DHCPv4 and 60 of DHCPv6, loss and duplication, clocks that differ by 10 s; servers
 * that die and stop, connections that break, a store that stalls, fails over and loses its tail,
 * and an old master that one of them goes on with. One seed is one history.
 *
 * Arguments: a seed, to replay that one with its history printed. BERTH_SIM_SEEDS: how many seeds
 * (50, or 500 with BERTH_SLOW). */
#include "tests/crowd/clients.h"
#include "tests/crowd/clients6.h"
#include "tests/lib/rows.h"
#include "tests/sim/cluster.h"
#include "tests/sim/lossy.h"

#include <stdio.h>
#include <stdlib.h>

#define N_CLIENTS 200
#define N_CLIENTS6 60
#define FAULTS 12
#define WARM_UP_USEC (40 * SIM_SEC)
#define REST_USEC_MAX (40 * SIM_SEC)
#define QUIET_USEC (90 * SIM_SEC)
#define SKEW_USEC (5 * SIM_SEC) /* that the grace of the cluster is good for */

typedef struct Story {
    SimWorld *sim;
    History history;
    History6 history6;
    Ground ground;
    Clients *clients;
    Clients6 *clients6;
    Cluster cluster;
} Story;

typedef struct Totals {
    unsigned acks, naks, fail_overs, lost, conflicts, unknowns, reasserted, reloads;
    unsigned lost_releases, unstored_releases;
} Totals;

static void take(void *data, const BerthDatagram *datagram)
{
    Story *story = data;

    if (berth_addr_is4(datagram->dst)) {
        clients_see(story->clients, datagram->data);
        lossy_take(story->sim, datagram->data, clients_arrived, story->clients);
    } else {
        clients6_see(story->clients6, datagram->data);
        lossy_take(story->sim, datagram->data, clients6_arrived, story->clients6);
    }
}

/* ---- what happens ---- */

static int below(Story *story, int n)
{
    return g_rand_int_range(sim_rand(story->sim), 0, n);
}

static void pass(Story *story, int64_t usec)
{
    int64_t until = sim_now(story->sim) + usec;

    sim_run(story->sim, until);
    sim_advance(story->sim, until);
}

static void set_stores(Story *story, bool stalled, bool has_no_replica)
{
    for (int family = 0; family < 2; family++) {
        story->cluster.stores[family].stalled |= stalled;
        story->cluster.stores[family].has_no_replica |= has_no_replica;
    }
}

static void fault_kill(Story *story, unsigned i)
{
    cluster_kill(&story->cluster, i);
}

static void fault_kill_all(Story *story, unsigned i)
{
    (void)i;
    for (unsigned k = 0; k < story->cluster.n; k++)
        cluster_kill(&story->cluster, k);
}

static void fault_stop(Story *story, unsigned i)
{
    sim_pause(story->cluster.machines[i].sim, true);
}

static void fault_break(Story *story, unsigned i)
{
    cluster_cut(&story->cluster, i, false);
}

static void fault_partition(Story *story, unsigned i)
{
    cluster_cut(&story->cluster, i, true);
}

static void fault_stall(Story *story, unsigned i)
{
    (void)i;
    set_stores(story, true, false);
    history_store(&story->history, sim_now(story->sim), false);
}

static void fault_lag(Story *story, unsigned i)
{
    for (int family = 0; family < 2; family++)
        story->cluster.machines[i].places[family].lag_usec = 5 * SIM_SEC;
}

static void fault_trim(Story *story, unsigned i)
{
    (void)i;
    for (int family = 0; family < 2; family++)
        model_store_trim(story->cluster.stores[family].master, 1);
}

static void fault_no_replica(Story *story, unsigned i)
{
    (void)i;
    set_stores(story, false, true);
}

/* Where nobody waits for replicas, a server that goes on with the old master may acknowledge what
 * is then lost; its journal saves that, as long as it comes back within the guard time. */
static void fault_fail_over(Story *story, unsigned i)
{
    bool is_behind = below(story, 3) == 0;

    cluster_fail_over(&story->cluster, 1U << below(story, 11), is_behind ? (int)i : -1);
}

/* Redis is killed and comes back: another process, without what it had not written. */
static void fault_restart(Story *story, unsigned i)
{
    (void)i;
    cluster_fail_over(&story->cluster, (unsigned)below(story, 30), -1);
}

typedef struct Fault {
    const char *name;
    void (*inject)(Story *story, unsigned server);
    int max_sec; /* until all is well again */
} Fault;

static const Fault faults[] = {
    {"a server is killed", fault_kill, 40},
    {"all servers are killed", fault_kill_all, 10},
    {"a server stops", fault_stop, 20},
    {"a connection breaks", fault_break, 5},
    {"a server is cut off", fault_partition, 40},
    {"the store stalls", fault_stall, 10},
    {"a follower is slow", fault_lag, 20},
    {"the log is trimmed", fault_trim, 5},
    {"there is no replica", fault_no_replica, 10},
    {"a fail-over", fault_fail_over, 20},
    {"the store restarts", fault_restart, 5},
};

/* One or two at once, then all is well again, and some time passes. */
static void happen(Story *story)
{
    int n = 1 + (below(story, 3) == 0), sec = 1;

    for (int i = 0; i < n; i++) {
        const Fault *fault = &faults[below(story, G_N_ELEMENTS(faults))];
        unsigned server = (unsigned)below(story, (int)story->cluster.n);

        history_note(&story->history, sim_now(story->sim), "======== %s (server %u)", fault->name,
                     server);
        fault->inject(story, server);
        sec = MAX(sec, fault->max_sec);
        pass(story, below(story, 500) * SIM_MSEC);
    }
    pass(story, ground_up_to(&story->ground, sec * SIM_SEC));
    history_note(&story->history, sim_now(story->sim), "======== all is well");
    history_store(&story->history, sim_now(story->sim), true);
    cluster_heal(&story->cluster);
    pass(story, ground_up_to(&story->ground, REST_USEC_MAX));
}

static void send_nothing(void *data, const BerthDatagram *datagram)
{
    (void)data;
    (void)datagram;
}

/* Leases end all the time, and then servers write; but there is a moment between. */
static void look_around(Story *story)
{
    story->ground.send = send_nothing;
    for (int i = 0; i < 100 && !cluster_is_same(&story->cluster); i++)
        pass(story, SIM_SEC / 20);
    cluster_check(&story->cluster, &story->history6);
}

static void live(Story *story)
{
    for (unsigned i = 0; i < story->cluster.n; i++)
        cluster_start(&story->cluster, i);
    pass(story, WARM_UP_USEC);
    for (int i = 0; i < FAULTS && !*story->history.broken; i++)
        happen(story);
    if (!*story->history.broken)
        pass(story, QUIET_USEC);
    if (!*story->history.broken)
        look_around(story);
    for (unsigned i = 0; i < story->cluster.n; i++)
        cluster_kill(&story->cluster, i);
}

static void count(const Story *story, Totals *totals)
{
    totals->acks += story->history.acks;
    totals->naks += story->history.naks;
    totals->lost_releases += story->history.lost_releases;
    totals->unstored_releases += story->history.unstored_releases;
    totals->fail_overs += story->cluster.fail_overs;
    totals->lost += story->cluster.lost;
    for (unsigned i = 0; i < story->cluster.n * 2; i++) {
        const ModelPlace *place = &story->cluster.machines[i / 2].places[i % 2];

        totals->conflicts += place->conflicts;
        totals->unknowns += place->unknowns;
        totals->reasserted += place->reasserted;
        totals->reloads += place->reloads;
    }
}

/* Every second seed waits for replicas; of those and of the others every second has a third server.
 */
static void run_seed(uint64_t seed, int64_t skew_usec, bool trace, Totals *totals, char broken[512])
{
    Story *story = g_new0(Story, 1);
    SimWorld *sim = sim_world_new(seed);

    story->sim = sim;
    story->ground = lossy_ground(sim);
    history_init(&story->history, sim_wall_offset(), trace ? stdout : NULL);
    history6_init(&story->history6, &story->history);
    story->clients = clients_new(&story->ground, &story->history, N_CLIENTS);
    story->clients6 = clients6_new(&story->ground, &story->history6, N_CLIENTS6);
    story->history.skew_usec = skew_usec;
    cluster_init(&story->cluster, &story->ground, sim, &story->history, 2 + seed / 2 % 2, seed % 2);
    for (unsigned i = 0; i < story->cluster.n; i++)
        sim_on_sent(story->cluster.machines[i].sim, take, story);
    live(story);
    sim_end(sim);
    count(story, totals);
    g_strlcpy(broken, story->history.broken, sizeof(story->history.broken));
    clients_free(story->clients);
    clients6_free(story->clients6);
    history6_clear(&story->history6);
    cluster_clear(&story->cluster);
    sim_world_free(sim);
    g_free(story);
}

static unsigned seeds_wanted(void)
{
    const char *text = g_getenv("BERTH_SIM_SEEDS"), *slow = g_getenv("BERTH_SLOW");

    if (text)
        return (unsigned)strtoul(text, NULL, 10);
    return slow && *slow ? 500 : 50;
}

static void seeds_keep_the_invariants(void)
{
    unsigned n = seeds_wanted();
    Totals totals = {0};
    char broken[512];

    for (unsigned seed = 1; seed <= n; seed++) {
        unsigned before = totals.acks;

        run_seed(seed, SKEW_USEC, false, &totals, broken);
        berth_row("seed %u (replay: test_sim_shared %u)", seed, seed);
        CHECK_TEXT(broken, "");
        /* A history in which nothing happened proves nothing. */
        CHECK(totals.acks > before + 500);
    }
    berth_row("all seeds");
    CHECK(totals.fail_overs > n);
    CHECK(totals.lost > n);
    CHECK(totals.reasserted > n);
    CHECK(totals.reloads > n);
    CHECK(totals.unknowns > n);
    CHECK(totals.conflicts > n);
    CHECK(totals.lost_releases > n);
    CHECK(totals.unstored_releases > n);
    printf("%u seeds, %u acknowledgements, %u refusals; %u fail-overs that lost %u scripts; %u "
           "conflicts, %u unknown outcomes, %u leases asserted again, %u reloads\n",
           n, totals.acks, totals.naks, totals.fail_overs, totals.lost, totals.conflicts,
           totals.unknowns, totals.reasserted, totals.reloads);
}

/* So the history would show if the grace were not heeded. */
static void clocks_too_far_apart_break_them(void)
{
    unsigned n_broken = 0;
    Totals totals = {0};
    char broken[512];

    for (unsigned seed = 1; seed <= 5; seed++) {
        run_seed(seed, 10 * SKEW_USEC, false, &totals, broken);
        n_broken += strstr(broken, "INV-01/05") != NULL && strstr(broken, "/12") != NULL;
    }
    CHECK(n_broken > 0);
}

static const BerthTest tests[] = {
    {"seeds keep the invariants", seeds_keep_the_invariants},
    {"clocks too far apart break them", clocks_too_far_apart_break_them},
    {0},
};

int main(int argc, char **argv)
{
    Totals totals = {0};
    char broken[512];

    if (argc != 2 || strspn(argv[1], "0123456789") != strlen(argv[1]))
        return berth_tests_main("sim_shared", tests, argc, argv);
    run_seed(strtoull(argv[1], NULL, 10), SKEW_USEC, true, &totals, broken);
    printf("%s\n", *broken ? broken : "all invariants held");
    return *broken != 0;
}
