/* bench_swap - what going over to another lease store costs, under load. Prints figures, and fails
 * only where a change was not committed.
 *
 *   bench_swap FOLDER [LEASES [TYPE [PARAMETERS]]]   1000000 memfile '"name": "to.csv"'
 *
 * A server in this process with a lease file of so many in FOLDER, which has to be on the disk in
 * question. 5,000 changes a second are committed, by turns the renewal of a lease and a new one,
 * as an exchange of four messages does; for some seconds alone, then while the leases go to a store
 * of TYPE. Printed: how long that took, the longest turn of the main loop, and how long commits
 * took. */
#include "tests/bench/inproc.h"
#include "tests/bench/leasefile.h"
#include "tests/bench/turns.h"

#include <stdio.h>
#include <stdlib.h>

#define USEC INT64_C(1000000)
#define RATE 5000
#define TICK_USEC 1000
#define ALONE_USEC (3 * USEC)

typedef struct Bench {
    BerthWorld *world;
    BerthServer *server;
    BerthTimer *tick;
    unsigned leases, serial, failed, under_way;
    int64_t since_usec; /* of the phase */
    uint64_t asked;
    GArray *took; /* of int64_t: microseconds of each commit */
} Bench;

typedef struct Ask {
    Bench *bench;
    int64_t since_usec;
} Ask;

static int64_t now_usec(const Bench *bench)
{
    return berth_world_boot_usec(bench->world);
}

/* ---- changes ---- */

static void on_committed(void *data, BerthCommitResult result)
{
    Ask *ask = data;
    Bench *bench = ask->bench;
    int64_t took = now_usec(bench) - ask->since_usec;

    g_array_append_val(bench->took, took);
    bench->failed += result != BERTH_COMMIT_OK;
    bench->under_way--;
    g_free(ask);
}

/* A lease that is there, far from the last one; or one behind them all. */
static unsigned next_number(Bench *bench)
{
    unsigned n = bench->serial++;

    return n % 2 ? bench->leases + n / 2 + 1
                 : 1 + (unsigned)((uint64_t)n * 2654435761u % bench->leases);
}

static void change(Bench *bench)
{
    BerthLeases *leases = bench->server->families[0]->env.leases;
    BerthUnit *unit = berth_unit_new(leases);
    unsigned i = next_number(bench);
    BerthAddr addr = berth_addr4(0x0a000000 + i);
    BerthLease before, after;
    bool was = berth_table_get(berth_leases_table(leases), addr, &before);
    Ask *ask;

    berth_lease_clear(&after);
    if (was)
        after = before;
    after.addr = addr;
    after.subnet_id = 1;
    after.cltt = berth_leases_now(leases);
    after.valid_sec = 86400;
    after.hwaddr =
        (BerthHwaddr){1, 6, {2, 0, 0, (uint8_t)(i >> 16), (uint8_t)(i >> 8), (uint8_t)i}};
    /* It is being changed already. */
    if (berth_unit_add(unit, was ? &before : NULL, &after) != BERTH_PROPOSED) {
        berth_unit_abandon(unit);
        return;
    }
    ask = g_new(Ask, 1);
    *ask = (Ask){bench, now_usec(bench)};
    bench->under_way++;
    berth_unit_submit(unit, on_committed, ask);
}

static void on_tick(void *data)
{
    Bench *bench = data;
    uint64_t due = (uint64_t)((now_usec(bench) - bench->since_usec) * RATE / USEC);

    for (; bench->asked < due; bench->asked++)
        change(bench);
    berth_world_timer_set(bench->world, bench->tick, TICK_USEC);
}

/* ---- phases ---- */

static void begin(Bench *bench)
{
    g_array_set_size(bench->took, 0);
    bench->since_usec = now_usec(bench);
    bench->asked = 0;
    turns_begin();
    berth_world_timer_set(bench->world, bench->tick, TICK_USEC);
}

static int compare(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

    return (x > y) - (x < y);
}

static double msec_at(const Bench *bench, double part)
{
    unsigned n = bench->took->len;

    return n ? (double)g_array_index(bench->took, int64_t, (unsigned)(part * (n - 1))) / 1e3 : 0;
}

static void print(Bench *bench, const char *phase)
{
    const Turns *turns = turns_now();

    qsort(bench->took->data, bench->took->len, sizeof(int64_t), compare);
    printf("%-6s %6.2f s, %u changes: commit p50 %.1f, p99 %.1f, longest %.1f ms; turn longest "
           "%.1f ms, of its own %.1f\n",
           phase, (double)(now_usec(bench) - bench->since_usec) / 1e6, bench->took->len,
           msec_at(bench, 0.5), msec_at(bench, 0.99), msec_at(bench, 1), turns->longest_msec,
           turns->own_msec);
}

static void answered(void *data, BerthBytes json)
{
    g_string_append_len(data, (const char *)json.data, (gssize)json.len);
}

static void ask(Bench *bench, const char *json, GString *answer)
{
    g_string_truncate(answer, 0);
    berth_server_command_in(bench->server, 4, berth_bytes(json), answered, answer);
    while (!answer->len)
        g_main_context_iteration(NULL, TRUE);
}

static void swap(Bench *bench, const char *type, const char *parameters)
{
    g_autofree char *set = g_strdup_printf("{\"command\": \"lease-backend-set\", \"arguments\": "
                                           "{\"type\": \"%s\", \"parameters\": {%s}}}",
                                           type, parameters);
    g_autoptr(GString) answer = g_string_new(NULL);
    int64_t next = 0;

    ask(bench, set, answer);
    if (!strstr(answer->str, "\"result\": 0"))
        g_error("%s", answer->str);
    do {
        while (now_usec(bench) < next)
            g_main_context_iteration(NULL, TRUE);
        next = now_usec(bench) + USEC / 20;
        ask(bench, "{\"command\": \"lease-backend-status\"}", answer);
    } while (strstr(answer->str, "\"swapping\""));
    print(bench, "swap");
    printf("%s\n", strstr(answer->str, "\"last-swap\""));
}

/* ---- the server ---- */

static void start(Bench *bench, const char *folder)
{
    bench->world = berth_world_real_new(NULL);
    bench->server = inproc_start(
        bench->world, folder,
        "plugins = ( { name = \"log\"; enabled = false; }, { name = \"control\"; enabled = "
        "false; }, { name = \"lease_redis\"; } );\n"
        "Dhcp4 = { interfaces-config = { interfaces = ( ); };\n"
        "  loggers = ( { name = \"kea-dhcp4\"; severity = \"WARN\"; } );\n"
        "  lease-database = { type = \"memfile\"; name = \"from.csv\"; };\n"
        "  subnet4 = ( { id = 1; subnet = \"10.0.0.0/8\"; pools = ( { pool = \"10.0.0.0/8\"; } "
        "); } ); };\n");
    bench->tick = berth_world_timer(bench->world, on_tick, bench);
}

int main(int argc, char **argv)
{
    Bench bench = {.leases = argc > 2 ? (unsigned)strtoul(argv[2], NULL, 10) : 1000000,
                   .took = g_array_new(FALSE, FALSE, sizeof(int64_t))};
    g_autofree char *path = NULL;

    if (argc < 2 || bench.leases == 0) {
        fprintf(stderr, "usage: %s FOLDER [LEASES [TYPE [PARAMETERS]]]\n", argv[0]);
        return 2;
    }
    path = g_build_filename(argv[1], "from.csv", NULL);
    leasefile_write(path, bench.leases, NULL);
    start(&bench, argv[1]);
    begin(&bench);
    while (now_usec(&bench) < bench.since_usec + ALONE_USEC)
        g_main_context_iteration(NULL, TRUE);
    print(&bench, "alone");
    begin(&bench);
    swap(&bench, argc > 3 ? argv[3] : "memfile", argc > 4 ? argv[4] : "\"name\": \"to.csv\"");
    berth_timer_stop(bench.tick);
    while (bench.under_way)
        g_main_context_iteration(NULL, TRUE);
    berth_timer_free(bench.tick);
    berth_server_free(bench.server);
    berth_world_real_free(bench.world);
    g_array_unref(bench.took);
    if (bench.failed)
        fprintf(stderr, "%u changes were not committed\n", bench.failed);
    return bench.failed > 0;
}
