/* The lease file keeps the contract of lease backends, on a disk that forgets what was not synced.
 */
#include "test_bench.h"
#include "tests/contract/contract.h"
#include "tests/lib/rows.h"

extern const BerthPlugin berth_plugin;

static void *make(void)
{
    Bench *bench = g_new0(Bench, 1);

    bench_init(bench);
    return bench;
}

static void destroy(void *store)
{
    bench_clear(store);
    g_free(store);
}

static void *open_run(void *store, GError **error)
{
    Bench *bench = store;

    return bench_open(bench, error) < 0 ? NULL : bench->run;
}

static void close_run(void *store, void *run)
{
    Bench *bench = store;

    CHECK(run == bench->run);
    bench_close(bench);
}

static void settle(void *store)
{
    bench_settle(store);
}

static void crash(void *store, void *run)
{
    (void)run;
    bench_crash(store, NULL);
}

/* The disk is full, then there is room again. */
static void break_down(void *store, bool broken)
{
    Bench *bench = store;

    berth_disk_set_capacity(bench->disk, broken ? 0 : UINT64_MAX);
}

int main(int argc, char **argv)
{
    BerthContract contract = {
        .name = "contract_lease_file",
        .ops = berth_plugin.roles[0].ops,
        .make = make,
        .destroy = destroy,
        .open = open_run,
        .close = close_run,
        .settle = settle,
        .crash = crash,
        .break_down = break_down,
    };

    return berth_contract_main(&contract, argc, argv);
}
