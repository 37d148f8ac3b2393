/* bench_lfc - how much a clean-up of the lease file disturbs the main thread.
 *
 * bench_lfc FOLDER [ROWS]: a server with a lease file of ROWS rows (a million), three quarters of
 * them overtaken, in FOLDER, which has to be on the disk in question. A timer is set for each
 * millisecond, and one change after the other is committed; first for some seconds alone, then
 * while the file is cleaned up. Printed: how late the timer came at the most, which is how long the
 * main thread was not to be had; its longest turn; and how long commits took. */
#include "core/lease/unit.h"
#include "core/server/store.h"
#include "tests/bench/inproc.h"
#include "tests/bench/turns.h"

#include <glib/gstdio.h>
#include <stdio.h>
#include <stdlib.h>

#define TICK_USEC 1000
#define ALONE_USEC 3000000

typedef struct Phase {
    int64_t late_max, commit_max, commit_sum, usec;
    unsigned ticks, late_1, late_5, commits;
} Phase;

typedef struct Bench {
    BerthWorld *world;
    BerthServer *server;
    BerthTimer *tick;
    int64_t due, committed_at;
    BerthBatch *batch;
    BerthLease *lease;
    unsigned serial;
    Phase phase;
    bool stopping;
} Bench;

static int64_t now_usec(const Bench *bench)
{
    return berth_world_boot_usec(bench->world);
}

static void on_tick(void *data)
{
    Bench *bench = data;
    int64_t late = now_usec(bench) - bench->due;
    Phase *phase = &bench->phase;

    phase->late_max = MAX(phase->late_max, late);
    phase->ticks++;
    phase->late_1 += late > 1000;
    phase->late_5 += late > 5000;
    bench->due = now_usec(bench) + TICK_USEC;
    berth_world_timer_set(bench->world, bench->tick, TICK_USEC);
}

static void commit(Bench *bench);

static void on_committed(void *data, BerthBatch *batch)
{
    Bench *bench = data;
    BerthUnit *unit = g_ptr_array_index(batch->units, 0);
    int64_t took = now_usec(bench) - bench->committed_at;

    if (unit->result != BERTH_COMMIT_OK)
        g_error("a commit failed");
    bench->phase.commit_max = MAX(bench->phase.commit_max, took);
    bench->phase.commit_sum += took;
    bench->phase.commits++;
    berth_unit_destroy(unit);
    berth_batch_destroy(batch);
    bench->batch = NULL;
    if (!bench->stopping)
        commit(bench);
}

static void commit(Bench *bench)
{
    BerthUnit *unit = berth_unit_make();
    BerthStoreRef store;

    berth_lease_set_addr(bench->lease, berth_addr4(0x0a000001 + bench->serial++ % 1000), 32);
    berth_unit_put(unit, NULL, bench->lease);
    bench->batch = berth_batch_make(on_committed, bench);
    g_ptr_array_add(bench->batch->units, unit);
    bench->committed_at = now_usec(bench);
    store = bench->server->families[0]->store->ref;
    store.ops->commit(store.store, bench->batch);
}

static void begin(Bench *bench)
{
    turns_begin();
    bench->phase = (Phase){.usec = now_usec(bench)};
    bench->due = bench->phase.usec + TICK_USEC;
    berth_world_timer_set(bench->world, bench->tick, TICK_USEC);
}

static void print(Bench *bench, const char *name)
{
    const Phase *p = &bench->phase;

    printf("%-9s %6.2f s  timer: latest %7.2f ms, of %u late by 1 ms %u, by 5 ms %u;  commits: %u, "
           "mean %.2f ms, longest %.2f ms\n",
           name, (double)(now_usec(bench) - p->usec) / 1e6, (double)p->late_max / 1e3, p->ticks,
           p->late_1, p->late_5, p->commits, (double)p->commit_sum / 1e3 / MAX(p->commits, 1),
           (double)p->commit_max / 1e3);
    printf("%-9s longest of %u turns of the main loop: %.2f ms, without waiting for a processor "
           "%.2f ms\n",
           "", turns_now()->n, turns_now()->longest_msec, turns_now()->own_msec);
}

static void on_answer(void *data, BerthBytes json)
{
    g_free(*(char **)data);
    *(char **)data = g_strndup((const char *)json.data, json.len);
}

static char *ask(Bench *bench, const char *name)
{
    g_autofree char *json = g_strdup_printf("{\"command\": \"%s\"}", name);
    char *answer = NULL;

    berth_server_command(bench->server, berth_bytes(json), on_answer, &answer);
    return answer;
}

static bool is_running(Bench *bench)
{
    g_autofree char *answer = ask(bench, "status-get");

    return answer && strstr(answer, "\"running\": true");
}

static void write_leases(const char *folder, unsigned rows)
{
    g_autofree char *path = g_build_filename(folder, "leases.csv", NULL);
    FILE *file = fopen(path, "we");
    unsigned addrs = MAX(rows / 4, 1);

    if (!file)
        g_error("%s: cannot be written", path);
    fputs("address,hwaddr,client_id,valid_lifetime,expire,subnet_id,fqdn_fwd,fqdn_rev,hostname,"
          "state,user_context,pool_id\n",
          file);
    for (unsigned i = 0; i < rows; i++) {
        unsigned addr = 0x0a010000 + i % addrs;

        fprintf(file, "%u.%u.%u.%u,02:00:%02x:%02x:%02x:%02x,,3600,%u,1,0,0,host-%u,0,,0\n",
                addr >> 24, addr >> 16 & 255, addr >> 8 & 255, addr & 255, addr >> 24,
                addr >> 16 & 255, addr >> 8 & 255, addr & 255, 2000000000 + i / addrs, i % addrs);
    }
    fclose(file);
}

static void bench_start(Bench *bench, const char *folder)
{
    bench->world = berth_world_real_new(NULL);
    bench->server = inproc_start(
        bench->world, folder,
        "plugins = ( { name = \"log\"; enabled = false; }, { name = \"control\"; enabled = "
        "false; } );\n"
        "Dhcp4 = { loggers = ( { name = \"kea-dhcp4\"; severity = \"WARN\"; } );\n"
        "  lease-database = { type = \"memfile\"; name = \"leases.csv\"; lfc-interval = 0;\n"
        "                     lfc-growth-rows = 1000000000; };\n"
        "  subnet4 = ( { id = 1; subnet = \"10.0.0.0/8\"; } ); };\n");
    bench->tick = berth_world_timer(bench->world, on_tick, bench);
    bench->lease = berth_lease_new();
    berth_lease_set_subnet(bench->lease, 1, 0);
    berth_lease_set_lifetimes(bench->lease, 3600, 3600);
    berth_lease_set_cltt(bench->lease, 2000000000);
    berth_lease_set_hwaddr(bench->lease, (BerthHwaddr){1, 6, {2, 0, 0, 0, 0, 1}});
}

static void run(Bench *bench)
{
    g_autofree char *answer = NULL;
    int64_t next = 0;

    commit(bench);
    begin(bench);
    while (now_usec(bench) < bench->phase.usec + ALONE_USEC)
        g_main_context_iteration(NULL, TRUE);
    print(bench, "alone");

    begin(bench);
    answer = ask(bench, "kea-lfc-start");
    while (now_usec(bench) < next || is_running(bench)) {
        if (now_usec(bench) >= next)
            next = now_usec(bench) + 10 * TICK_USEC;
        g_main_context_iteration(NULL, TRUE);
    }
    print(bench, "clean-up");
    bench->stopping = true;
    while (bench->batch)
        g_main_context_iteration(NULL, TRUE);
}

int main(int argc, char **argv)
{
    Bench bench = {0};
    g_autofree char *status = NULL;

    if (argc < 2) {
        fprintf(stderr, "usage: %s FOLDER [ROWS]\n", argv[0]);
        return 2;
    }
    write_leases(argv[1], argc > 2 ? (unsigned)atoi(argv[2]) : 1000000);
    bench_start(&bench, argv[1]);
    run(&bench);
    status = ask(&bench, "status-get");
    printf("%s\n", strstr(status, "\"lfc\""));
    berth_timer_free(bench.tick);
    berth_lease_free(bench.lease);
    berth_server_free(bench.server);
    berth_world_real_free(bench.world);
    return 0;
}
