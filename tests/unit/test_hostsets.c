/* The two sets of reservations of a running server, as plugins reach them (berth/host.h): what is
 * put into one, taken out, and cleared, and what clients are offered then. */
#include "tests/unit/server_bench.h"

#define MAPS                                                                                     \
    "Dhcp4 = { interfaces-config = { interfaces = ( \"eth0\" ); };\n"                            \
    "lease-database = { type = \"memfile\"; name = \"leases4.csv\"; };\n"                        \
    "subnet4 = ( { id = 1; subnet = \"192.0.2.0/24\"; pools = ( { pool = \"192.0.2.10 - "        \
    "192.0.2.99\"; } ); reservations = ( { hw-address = \"0a:00:00:00:00:02\"; ip-address = "    \
    "\"192.0.2.10\"; } ); } ); };\n"                                                             \
    "Dhcp6 = { interfaces-config = { interfaces = ( \"eth0\" ); };\n"                            \
    "lease-database = { type = \"memfile\"; name = \"leases6.csv\"; };\n"                        \
    "subnet6 = ( { id = 1; subnet = \"2001:db8::/64\"; interface = \"eth0\"; reservations = ( {" \
    "duid = \"0001aabb\"; ip-addresses = ( \"2001:db8::7\" ); } ); } ); };\n"

#define YIADDR 16

static BerthHost *host_of(const Bench *bench, const char *json)
{
    g_autoptr(GError) error = NULL;
    BerthHost *host = berth_server_parse_host(bench->server, 4, berth_bytes(json), &error);

    CHECK_TEXT(error ? error->message : "", "");
    return host;
}

static void put(const Bench *bench, const char *json)
{
    BerthHost *host = host_of(bench, json);

    CHECK_INT(berth_server_put_host(bench->server, 4, BERTH_HOSTS_DATABASE, host, NULL), 0);
    berth_host_unref(host);
}

/* What client 1 is offered when it asks for 192.0.2.`wanted`. */
static unsigned offered(Bench *bench, unsigned wanted)
{
    g_autofree char *options = g_strdup_printf("3501013204c00002%02x", wanted);

    bench->last_len = 0;
    bench_deliver4(bench, NO_ADDR4, options);
    bench_run(bench, SIM_SEC);
    return bench->last_len > YIADDR + 3 ? bench->last[YIADDR + 3] : 0;
}

static size_t count(const Bench *bench, int family, BerthHostTarget target)
{
    return berth_server_count_hosts(bench->server, family, target);
}

static void test_clear(void)
{
    Bench bench;

    bench_init(&bench, MAPS);
    berth_row("what is reserved in either set is not offered to others");
    put(&bench, "{ \"subnet-id\": 1, \"hw-address\": \"0a:00:00:00:00:03\", \"ip-address\": "
                "\"192.0.2.11\" }");
    put(&bench, "{ \"subnet-id\": 1, \"hw-address\": \"0a:00:00:00:00:04\" }");
    CHECK_INT(offered(&bench, 10), 12);
    CHECK_INT(offered(&bench, 11), 12);
    berth_row("the database's is cleared, and that alone");
    berth_server_clear_hosts(bench.server, 4, BERTH_HOSTS_DATABASE);
    CHECK_INT(count(&bench, 4, BERTH_HOSTS_DATABASE), 0);
    CHECK_INT(count(&bench, 4, BERTH_HOSTS_MEMORY), 1);
    CHECK_INT(count(&bench, 6, BERTH_HOSTS_MEMORY), 1);
    CHECK_INT(offered(&bench, 10), 12);
    CHECK_INT(offered(&bench, 11), 11);
    berth_row("it can be filled again");
    put(&bench, "{ \"subnet-id\": 1, \"hw-address\": \"0a:00:00:00:00:03\", \"ip-address\": "
                "\"192.0.2.11\" }");
    CHECK_INT(count(&bench, 4, BERTH_HOSTS_DATABASE), 1);
    CHECK(offered(&bench, 11) > 11);
    berth_row("the configuration's");
    berth_server_clear_hosts(bench.server, 4, BERTH_HOSTS_MEMORY);
    CHECK_INT(count(&bench, 4, BERTH_HOSTS_MEMORY), 0);
    CHECK_INT(offered(&bench, 10), 10);
    berth_row("which is there again after a reload");
    berth_server_reload(bench.server, NULL);
    bench_run(&bench, SIM_SEC);
    CHECK_INT(count(&bench, 4, BERTH_HOSTS_MEMORY), 1);
    CHECK_INT(count(&bench, 4, BERTH_HOSTS_DATABASE), 1);
    CHECK(offered(&bench, 10) > 11);
    bench_clear(&bench);
}

/* While a packet that has found its host waits for the disk, the host is taken away. */
static void test_clear_below(void)
{
    Bench bench;

    bench_init(&bench, MAPS);
    put(&bench, "{ \"subnet-id\": 1, \"hw-address\": \"0a:00:00:00:00:01\", \"ip-address\": "
                "\"192.0.2.50\", \"hostname\": \"mine\" }");
    CHECK_INT(offered(&bench, 10), 50);
    sim_slow_jobs(bench.sim, SIM_SEC / 2);
    bench_deliver4(&bench, NO_ADDR4, "3501033604c00002013204c0000232");
    bench_run(&bench, SIM_SEC / 10);
    berth_server_clear_hosts(bench.server, 4, BERTH_HOSTS_DATABASE);
    g_string_truncate(bench.log, 0);
    bench_run(&bench, 2 * SIM_SEC);
    CHECK_HAS(bench.log->str, "DHCP4_LEASE_ALLOC;");
    CHECK_INT(bench.last[YIADDR + 3], 50);
    bench_clear(&bench);
}

static void test_nowhere(void)
{
    Bench bench;

    bench_init(&bench, MAPS);
    berth_row("a family that is none");
    berth_server_clear_hosts(bench.server, 5, BERTH_HOSTS_MEMORY);
    berth_server_clear_hosts(bench.server, 0, BERTH_HOSTS_DATABASE);
    berth_row("what is empty already");
    berth_server_clear_hosts(bench.server, 6, BERTH_HOSTS_DATABASE);
    CHECK_INT(count(&bench, 6, BERTH_HOSTS_MEMORY), 1);
    bench_clear(&bench);
}

int main(int argc, char **argv)
{
    static const BerthTest tests[] = {
        {"clear", test_clear},
        {"clear_below", test_clear_below},
        {"nowhere", test_nowhere},
        {0},
    };

    return berth_tests_main("hostsets", tests, argc, argv);
}
