/* bench_load - how long a server takes from its start until it answers, and what a lease costs in
 * memory. Prints figures; nothing here is a test.
 *
 *   bench_load [LEASES [allocator [name]]]     1000000 iterative; at most 16777214
 *
 * With a name each client has it as its host name, with its number behind. */
#include "core/net/link.h"
#include "core/server/server.h"
#include "tests/bench/leasefile.h"
#include "tests/bench/turns.h"

#include <glib/gstdio.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

static const char conf_text[] =
    "plugins = ( { name = \"log\"; enabled = false; }, { name = \"control\"; enabled = false; } "
    ");\n"
    "Dhcp4 = {\n"
    "    interfaces-config = { interfaces = ( ); };\n"
    "    loggers = ( { name = \"kea-dhcp4\"; severity = \"WARN\"; } );\n"
    "    lease-database = { type = \"memfile\"; name = \"leases.csv\"; lfc-interval = 0; };\n"
    "    allocator = \"%s\";\n"
    "    subnet4 = ( { id = 1; subnet = \"10.0.0.0/8\"; pools = ( { pool = \"10.0.0.0/8\"; } ); } "
    ");\n"
    "};\n";

static double seconds(void)
{
    return (double)g_get_monotonic_time() / 1e6;
}

static double cpu_seconds(void)
{
    struct rusage usage;

    getrusage(RUSAGE_SELF, &usage);
    return (double)usage.ru_utime.tv_sec + (double)usage.ru_utime.tv_usec / 1e6 +
           (double)usage.ru_stime.tv_sec + (double)usage.ru_stime.tv_usec / 1e6;
}

static double thread_seconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static long rss_bytes(void)
{
    FILE *file = fopen("/proc/self/statm", "r");
    long pages = 0;

    if (file && fscanf(file, "%*d %ld", &pages) != 1)
        pages = 0;
    if (file)
        fclose(file);
    return pages * sysconf(_SC_PAGESIZE);
}

static void write_conf(const char *path, const char *allocator)
{
    g_autofree char *text = g_strdup_printf(conf_text, allocator);

    if (!g_file_set_contents(path, text, -1, NULL))
        exit(2);
}

static void run_until_ready(const BerthServer *server)
{
    turns_begin();
    while (server->state == BERTH_SERVER_LOADING)
        g_main_context_iteration(NULL, TRUE);
}

static void pick_some(BerthServer *server, unsigned n_leases)
{
    const BerthSubnet *subnet = berth_conf_subnet_by_id(&server->conf->v4, 1);
    BerthClient client = {.hwaddr = {1, 6, {4}}};
    double from = seconds();
    unsigned n = 0;
    BerthAddr addr;

    for (; n < 100000; n++) {
        memcpy(client.hwaddr.bytes + 1, &n, sizeof(n));
        if (!berth_leases_pick(server->families[0]->env.leases, subnet, &client, BERTH_ADDR4_ANY,
                               &addr))
            break;
    }
    printf("picking with %.2f %% of the pool taken: %.0f ns each\n", n_leases * 100.0 / 16777214,
           (seconds() - from) * 1e9 / MAX(n, 1));
}

static void measure(BerthServer *server, unsigned n)
{
    double from = seconds(), cpu = cpu_seconds(), thread = thread_seconds();
    long before = rss_bytes();
    BerthErrors errors;

    berth_errors_init(&errors);
    if (!berth_server_start(server, &errors))
        exit(1);
    printf("reading the configuration: %.3f s\n", seconds() - from);
    run_until_ready(server);
    printf("%u leases: answering after %.2f s; processor time %.2f s, of which %.2f s of the main "
           "thread\n",
           n, seconds() - from, cpu_seconds() - cpu, thread_seconds() - thread);
    printf(
        "longest of %u turns of the main loop: %.1f ms, without waiting for a processor %.1f ms\n",
        turns_now()->n, turns_now()->longest_msec, turns_now()->own_msec);
    printf("memory: %.1f bytes a lease, with free map and whatever else a server has\n",
           (double)(rss_bytes() - before) / n);
    pick_some(server, n);
    berth_errors_clear(&errors);
}

static void serve(const char *dir, const char *conf, unsigned n)
{
    BerthServerOptions options = {
        .conf_file = conf,
        .plugin_path = g_getenv("BERTH_PLUGIN_PATH"),
        .paths = {dir, dir, dir},
        .no_path_checks = true,
    };
    BerthWorld *world = berth_world_real_new(NULL);
    BerthServer *server;

    berth_net_attach(world);
    server = berth_server_new(world, &options);
    measure(server, n);
    berth_server_free(server);
    berth_world_real_free(world);
}

static void remove_files(const char *path)
{
    GDir *dir = g_dir_open(path, 0, NULL);
    const char *name;

    while (dir && (name = g_dir_read_name(dir))) {
        g_autofree char *file = g_build_filename(path, name, NULL);

        g_unlink(file);
    }
    if (dir)
        g_dir_close(dir);
    g_rmdir(path);
}

int main(int argc, char **argv)
{
    unsigned n = argc > 1 ? (unsigned)atoi(argv[1]) : 1000000;
    g_autofree char *dir = g_dir_make_tmp("berth-bench-XXXXXX", NULL);
    g_autofree char *leases = g_build_filename(dir, "leases.csv", NULL);
    g_autofree char *conf = g_build_filename(dir, "berth.conf", NULL);

    n = CLAMP(n, 1, 16777214);
    leasefile_write(leases, n, argc > 3 ? argv[3] : NULL);
    write_conf(conf, argc > 2 ? argv[2] : "iterative");
    serve(dir, conf, n);
    remove_files(dir);
    return 0;
}
