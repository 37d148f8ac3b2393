/* The lease file keeps the contract of lease backends, on a disk that forgets what was not synced.
 */
#include "test_bench.h"
#include "tests/contract/contract.h"
#include "tests/lib/rows.h"

extern const BerthPlugin berth_plugin;

static void *make(int family)
{
    Bench *bench = g_new0(Bench, 1);

    bench_init(bench, family);
    return bench;
}

static void destroy(void *place)
{
    bench_clear(place);
    g_free(place);
}

static void *open_store(void *place, GError **error)
{
    Bench *bench = place;

    return bench_open(bench, error) < 0 ? NULL : bench->store;
}

static void close_store(void *place, void *store)
{
    Bench *bench = place;

    CHECK(store == bench->store);
    bench_close(bench);
}

static void settle(void *place)
{
    bench_settle(place);
}

static void crash(void *place, void *store)
{
    (void)store;
    bench_crash(place, NULL);
}

/* The disk is full, then there is room again. */
static void break_down(void *place, bool broken)
{
    Bench *bench = place;

    berth_disk_set_capacity(bench->disk, broken ? 0 : UINT64_MAX);
}

int main(int argc, char **argv)
{
    BerthContract contract = {
        .name = "contract_lease_file",
        .ops = berth_plugin.roles[0].ops,
        .make = make,
        .destroy = destroy,
        .open = open_store,
        .close = close_store,
        .settle = settle,
        .crash = crash,
        .break_down = break_down,
    };

    return berth_contract_main(&contract, argc, argv);
}
