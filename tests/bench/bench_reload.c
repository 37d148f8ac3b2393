/* bench_reload - for how long a reload of many reservations keeps the main loop busy at a time: so
 * long packets wait.
 *
 *   BERTH_PLUGIN_PATH=build/plugins build/tests/bench/bench_reload FOLDER [RESERVATIONS [LEASES]]
 */
#include "core/base/world_real.h"
#include "tests/bench/inproc.h"
#include "tests/bench/turns.h"

#include <stdio.h>

#define RELOADS 4

/* One /8; every second reload has other clients at the same addresses, and pools of another size.
 */
static char *conf_of(unsigned n, unsigned variant)
{
    GString *text = g_string_new(NULL);

    g_string_append_printf(text,
                           "{\"Dhcp4\": {\"interfaces-config\": {\"interfaces\": []},\n"
                           "\"lease-database\": {\"type\": \"memfile\", \"persist\": false},\n"
                           "\"loggers\": [{\"name\": \"kea-dhcp4\", \"severity\": \"ERROR\"}],\n"
                           "\"subnet4\": [{\"id\": 1, \"subnet\": \"10.0.0.0/8\", \"pools\": "
                           "[{\"pool\": \"10.0.0.0 - 10.%u.0.0\"}], \"reservations\": [",
                           100 + variant / 2);
    for (unsigned i = 0; i < n; i++)
        g_string_append_printf(text,
                               "%s\n{\"hw-address\": \"02:00:%02x:%02x:%02x:%02x\", "
                               "\"ip-address\": \"10.%u.%u.%u\", \"hostname\": \"h%u\"}",
                               i ? "," : "", variant & 1, i >> 16, i >> 8 & 255, i & 255, i >> 16,
                               i >> 8 & 255, i & 255, i);
    g_string_append(text, "]}]}}\n");
    return g_string_free(text, FALSE);
}

static void write_conf(const char *folder, unsigned n, unsigned variant)
{
    g_autofree char *path = g_build_filename(folder, "bench.conf", NULL);
    g_autofree char *conf = conf_of(n, variant);

    if (!g_file_set_contents(path, conf, -1, NULL))
        g_error("%s: cannot be written", path);
}

static void add_leases(BerthLeases *leases, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        const BerthLease lease = {
            .addr = berth_addr4(0x0a400000 + i),
            .type = BERTH_LEASE_V4,
            .prefix_len = 32,
            .subnet_id = 1,
            .valid_sec = 86400,
            .cltt = berth_leases_now(leases),
            .hwaddr = {.type = 1,
                       .len = 6,
                       .bytes = {6, 0, 0, (uint8_t)(i >> 16), (uint8_t)(i >> 8), (uint8_t)i}},
        };

        if (berth_leases_loaded(leases, &lease) < 0)
            g_error("a lease is not fit");
    }
}

/* Until nothing has been left to do for a while. */
static void settle(BerthServer *server)
{
    int64_t idle = g_get_monotonic_time();

    while (server->reload || g_get_monotonic_time() - idle < G_USEC_PER_SEC / 2) {
        if (!g_main_context_iteration(NULL, FALSE))
            g_usleep(1000);
        else
            idle = g_get_monotonic_time();
        if (server->reload)
            idle = g_get_monotonic_time();
    }
}

int main(int argc, char **argv)
{
    const unsigned n = argc > 2 ? (unsigned)strtoul(argv[2], NULL, 10) : 1000000;
    const unsigned n_leases = argc > 3 ? (unsigned)strtoul(argv[3], NULL, 10) : 0;
    BerthWorld *world = berth_world_real_new(NULL);
    g_autofree char *conf = conf_of(n, 0);
    BerthServer *server;

    if (argc < 2) {
        fprintf(stderr, "usage: bench_reload FOLDER [RESERVATIONS [LEASES]]\n");
        return 2;
    }
    server = inproc_start(world, argv[1], conf);
    add_leases(server->families[0]->env.leases, n_leases);
    for (unsigned i = 1; i <= RELOADS; i++) {
        write_conf(argv[1], n, i);
        turns_begin();
        berth_server_reload(server, NULL);
        settle(server);
        printf(
            "reload %u of %u reservations, %u leases: longest turn %.2f ms, of its own %.2f ms\n",
            i, n, n_leases, turns_now()->longest_msec, turns_now()->own_msec);
    }
    berth_server_free(server);
    berth_world_real_free(world);
    return 0;
}
