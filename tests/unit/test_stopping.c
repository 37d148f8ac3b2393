/* What comes while the server stops, or after: nothing is begun that its end would not wait for. */
#include "core/server/reload.h"
#include "tests/unit/server_bench.h"

#define MAPS                                                                              \
    "Dhcp4 = { interfaces-config = { interfaces = ( \"eth0\" ); };\n"                     \
    "lease-database = { type = \"memfile\"; name = \"leases4.csv\"; };\n"                 \
    "subnet4 = ( { id = 1; subnet = \"192.0.2.0/24\"; pools = ( { pool = \"192.0.2.10 - " \
    "192.0.2.99\"; } ); } ); };\n"

static void on_stopped(void *data, int exit_value)
{
    (void)exit_value;
    *(bool *)data = true;
}

/* Whether it is at its end after so long. */
static bool is_stopped_after(Bench *bench, bool *stopped, int64_t usec)
{
    bench_run(bench, usec);
    return *stopped;
}

static void test_reload(void)
{
    bool stopped = false;
    Bench bench;

    bench_init(&bench, MAPS);
    berth_server_on_stopped(bench.server, on_stopped, &stopped);
    sim_slow_jobs(bench.sim, SIM_SEC / 2);
    berth_row("what is being read is waited for");
    berth_server_reload(bench.server, NULL);
    berth_server_stop(bench.server, 0);
    CHECK(!is_stopped_after(&bench, &stopped, SIM_SEC / 10));
    berth_row("while it stops nothing is read");
    berth_server_reload(bench.server, NULL);
    CHECK(is_stopped_after(&bench, &stopped, SIM_SEC));
    CHECK(!bench.server->reload);
    berth_row("nor afterwards");
    berth_server_reload(bench.server, NULL);
    CHECK(!berth_reload_is_reading(bench.server->reload));
    bench_clear(&bench);
}

static void test_end(void)
{
    Bench bench;

    bench_init(&bench, MAPS);
    berth_row("the end waits for what is being read, whoever has not");
    berth_server_reload(bench.server, NULL);
    CHECK(berth_reload_is_reading(bench.server->reload));
    berth_server_free(g_steal_pointer(&bench.server));
    CHECK_HAS(bench.log->str, "DHCP4_DYNAMIC_RECONFIGURATION_FAIL;");
    bench_clear(&bench);
}

int main(int argc, char **argv)
{
    static const BerthTest tests[] = {
        {"reload", test_reload},
        {"end", test_end},
        {0},
    };

    return berth_tests_main("stopping", tests, argc, argv);
}
