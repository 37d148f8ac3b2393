/* test_sim - the whole server in one process, on a virtual clock: 200 clients of DHCPv4 and 60 of
 * DHCPv6, loss and duplication, a disk that forgets, power that fails at a random write, and a
 * delegated-len that is another one in every second life. One seed is one history.
 *
 * Arguments: a seed, to replay that one with its history printed. BERTH_SIM_SEEDS: how many seeds
 * (200, or 2000 with BERTH_SLOW). Seeds are run from 1 on, so that a failing one can be named and
 * replayed. */
#include "core/server/server.h"
#include "tests/crowd/clients.h"
#include "tests/crowd/clients6.h"
#include "tests/lib/rows.h"
#include "tests/sim/lossy.h"

#include <glib/gstdio.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define N_CLIENTS 200
#define N_CLIENTS6 60
#define LIVES 5 /* of the server: it dies at the end of each but the last */
#define LIFE_USEC (120 * SIM_SEC)
#define LOAD_WAIT_USEC (5 * SIM_SEC)

/* Fewer addresses than clients, and lifetimes of a minute: everything has to be given again. The
 * lease file is cleaned up several times in a life. */
static const char conf_text[] =
    "plugins = ( { name = \"log\"; enabled = false; }, { name = \"control\"; enabled = false; } "
    ");\n"
    "Dhcp4 = {\n"
    "    interfaces-config = { interfaces = ( \"eth0\" ); };\n"
    "    loggers = ( { name = \"kea-dhcp4\"; severity = \"%s\"; } );\n"
    "    lease-database = { type = \"memfile\"; name = \"leases.csv\"; sync = \"%s\";\n"
    "                       lfc-growth-rows = 5; lfc-interval = 20; };\n"
    "    valid-lifetime = 60;\n"
    "    decline-probation-period = 100;\n"
    "    expired-leases-processing = { reclaim-timer-wait-time = 3; hold-reclaimed-time = 60; };\n"
    "    subnet4 = ( { id = 1; subnet = \"192.0.2.0/24\";\n"
    "                  pools = ( { pool = \"192.0.2.10 - 192.0.2.160\"; } ); } );\n"
    "};\n"
    "Dhcp6 = {\n"
    "    interfaces-config = { interfaces = ( \"eth0\" ); };\n"
    "    loggers = ( { name = \"kea-dhcp6\"; severity = \"%s\"; } );\n"
    "    lease-database = { type = \"memfile\"; name = \"leases6.csv\"; sync = \"%s\";\n"
    "                       lfc-growth-rows = 5; lfc-interval = 20; };\n"
    "    valid-lifetime = 60; preferred-lifetime = 40;\n"
    "    decline-probation-period = 100;\n"
    "    expired-leases-processing = { reclaim-timer-wait-time = 3; hold-reclaimed-time = 60; };\n"
    "    subnet6 = ( { id = 1; subnet = \"2001:db8:1::/64\"; interface = \"eth0\";\n"
    "                  pools = ( { pool = \"2001:db8:1::10 - 2001:db8:1::2f\"; } );\n"
    "                  pd-pools = ( { prefix = \"2001:db8:a000::\"; prefix-len = 58;\n"
    "                                 delegated-len = %d; } ); } );\n"
    "};\n";

/* By turns, a life each. */
static const int delegated_lens[] = {64, 62};
static char *conf_paths[2];
static bool is_replay;

static void write_conf(const char *sync)
{
    const char *severity = is_replay ? "INFO" : "NONE";

    for (int i = 0; i < 2; i++) {
        g_autofree char *text =
            g_strdup_printf(conf_text, severity, sync, severity, sync, delegated_lens[i]);

        if (!g_file_set_contents(conf_paths[i], text, -1, NULL))
            exit(2);
    }
}

/* What one seed makes. */
typedef struct Story {
    SimWorld *sim;
    History *history;
    History6 history6;
    Clients *clients;
    Clients6 *clients6;
} Story;

static BerthServer *start_server(SimWorld *sim, History *history, unsigned life)
{
    BerthServerOptions options = {
        .conf_file = conf_paths[life % 2],
        .plugin_path = g_getenv("BERTH_PLUGIN_PATH"),
        .paths = {"/data", "/log", "/run", "/script"},
        .port = 67,
        .no_path_checks = true,
    };
    BerthServer *server = berth_server_new(sim_world(sim), &options);
    BerthErrors errors;

    berth_errors_init(&errors);
    if (!berth_server_start(server, &errors) && !sim_power_failed(sim)) {
        g_autofree char *why = berth_errors_text(&errors);

        g_strlcpy(history->broken, why, sizeof(history->broken));
    }
    berth_errors_clear(&errors);
    return server;
}

/* Until the leases are read; then what was promised must be there. */
static void check_after_start(Story *story, BerthServer *server)
{
    SimWorld *sim = story->sim;
    History *history = story->history;
    int64_t until = sim_now(sim) + LOAD_WAIT_USEC;

    while (server->state == BERTH_SERVER_LOADING && sim_now(sim) < until &&
           !sim_power_failed(sim)) {
        int64_t next = sim_now(sim) + SIM_MSEC;

        sim_run(sim, next);
        sim_advance(sim, next);
    }
    if (sim_power_failed(sim))
        return;
    if (server->state != BERTH_SERVER_READY && !*history->broken)
        g_strlcpy(history->broken, "the server did not become ready", sizeof(history->broken));
    else {
        history_check_table(history, sim_now(sim),
                            berth_leases_table(server->families[0]->env.leases), clients_mac);
        history6_check_table(&story->history6, sim_now(sim), server->families[1]->env.leases,
                             clients6_duid);
    }
}

static void one_life(Story *story, unsigned life)
{
    SimWorld *sim = story->sim;
    History *history = story->history;
    bool last = life == LIVES - 1;
    BerthServer *server;

    sim_fail_power_at(sim, last ? 0 : (unsigned)g_rand_int_range(sim_rand(sim), 1, 400));
    server = start_server(sim, history, life);
    if (!*history->broken && !sim_power_failed(sim))
        check_after_start(story, server);
    if (!*history->broken)
        sim_run(sim, sim_now(sim) + LIFE_USEC);
    if (last && !*history->broken)
        history6_check_table(&story->history6, sim_now(sim), server->families[1]->env.leases,
                             clients6_duid);
    if (!last || *history->broken) {
        history_note(history, sim_now(sim), "POWER FAILS");
        history->crashes++;
        sim_cut_power(sim);
    }
    sim_drain(sim);
    berth_server_free(server);
    sim_power_up(sim);
}

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

static void run_seed(uint64_t seed, bool trace, History *history)
{
    SimWorld *sim = sim_world_new(seed);
    Ground ground = lossy_ground(sim);
    Story story = {.sim = sim, .history = history};

    history_init(history, sim_wall_offset(), trace ? stdout : NULL);
    history6_init(&story.history6, history);
    story.clients = clients_new(&ground, history, N_CLIENTS);
    story.clients6 = clients6_new(&ground, &story.history6, N_CLIENTS6);
    sim_on_sent(sim, take, &story);
    for (unsigned life = 0; life < LIVES && !*history->broken; life++)
        one_life(&story, life);
    sim_end(sim);
    history->nas = story.history6.nas;
    history->pds = story.history6.pds;
    history->cleaned_up = berth_disk_get(sim_disk(sim), "/data/leases.csv.2").data != NULL;
    clients_free(story.clients);
    clients6_free(story.clients6);
    history6_clear(&story.history6);
    sim_world_free(sim);
}

static unsigned seeds_wanted(void)
{
    const char *text = g_getenv("BERTH_SIM_SEEDS"), *slow = g_getenv("BERTH_SLOW");

    if (text)
        return (unsigned)atoi(text);
    return slow && *slow ? 2000 : 200;
}

static void seeds_keep_the_invariants(void)
{
    unsigned n = seeds_wanted(), acks = 0, naks = 0, crashes = 0, cleanups = 0;

    for (unsigned seed = 1; seed <= n; seed++) {
        History history;

        run_seed(seed, false, &history);
        berth_row("seed %u (replay: test_sim %u)", seed, seed);
        CHECK_TEXT(history.broken, "");
        /* A history in which nothing happened proves nothing. */
        CHECK(history.acks > 100);
        CHECK(history.nas > 20);
        CHECK(history.pds > 20);
        acks += history.acks;
        naks += history.naks;
        crashes += history.crashes;
        cleanups += history.cleaned_up;
    }
    berth_row("all seeds");
    CHECK(cleanups > n / 2);
    CHECK(naks > 0);
    CHECK_INT(crashes, n * (LIVES - 1));
    printf("%u seeds, %u acknowledgements, %u refusals, %u power failures\n", n, acks, naks,
           crashes);
}

/* The checker sees what it is there for: without syncing, power failures lose acknowledged leases.
 */
static void without_sync_leases_are_lost(void)
{
    unsigned broken = 0;

    write_conf("never");
    for (unsigned seed = 1; seed <= 20; seed++) {
        History history;

        run_seed(seed, false, &history);
        broken += strstr(history.broken, "INV-0") != NULL;
    }
    write_conf("always");
    CHECK(broken > 10);
}

/* The same seed gives the same history, or a failing one could not be looked into. */
static void a_seed_replays(void)
{
    History first, second;

    run_seed(7, false, &first);
    run_seed(7, false, &second);
    CHECK_INT(second.acks, first.acks);
    CHECK_INT(second.naks, first.naks);
    CHECK_INT(second.offers, first.offers);
    CHECK_INT(second.nas, first.nas);
    CHECK_INT(second.pds, first.pds);
}

static const BerthTest tests[] = {
    {"seeds keep the invariants", seeds_keep_the_invariants},
    {"a seed replays", a_seed_replays},
    {"without sync leases are lost", without_sync_leases_are_lost},
    {0},
};

static bool is_number(const char *text)
{
    return *text && strspn(text, "0123456789") == strlen(text);
}

static int replay(const char *seed)
{
    History history;

    run_seed(strtoull(seed, NULL, 10), true, &history);
    printf("%s\n", *history.broken ? history.broken : "all invariants held");
    return *history.broken != 0;
}

int main(int argc, char **argv)
{
    int r;

    for (int i = 0; i < 2; i++) {
        int fd = g_file_open_tmp("berth-sim-XXXXXX", &conf_paths[i], NULL);

        if (fd < 0)
            return 2;
        close(fd);
    }
    is_replay = argc == 2 && is_number(argv[1]);
    write_conf("always");
    r = is_replay ? replay(argv[1]) : berth_tests_main("sim", tests, argc, argv);
    for (int i = 0; i < 2; i++) {
        g_unlink(conf_paths[i]);
        g_free(conf_paths[i]);
    }
    return r;
}
