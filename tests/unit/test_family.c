/* A server of both families, of DHCPv6 alone, and what belongs to which: packets, ports, logs,
 * statistics, commands, configuration. */
#include "core/server/server.h"
#include "tests/lib/rows.h"
#include "tests/sim/simworld.h"

#include <glib/gstdio.h>
#include <unistd.h>

#define DHCP4                                                                             \
    "Dhcp4 = { interfaces-config = { interfaces = ( \"eth0\" ); };\n"                     \
    "lease-database = { type = \"memfile\"; name = \"leases4.csv\"; };\n"                 \
    "subnet4 = ( { id = 1; subnet = \"192.0.2.0/24\"; pools = ( { pool = \"192.0.2.10 - " \
    "192.0.2.99\"; } ); } ); };\n"
#define DHCP6                                                                                   \
    "Dhcp6 = { interfaces-config = { interfaces = ( \"eth0\" ); };\n"                           \
    "lease-database = { type = \"memfile\"; name = \"leases6.csv\"; };\n"                       \
    "subnet6 = ( { id = 1; subnet = \"2001:db8::/64\"; interface = \"eth0\"; pools = ( { pool " \
    "= \"2001:db8::1:0/112\"; } ); } ); };\n"

typedef struct Bench {
    SimWorld *sim;
    BerthServer *server;
    char *path;
    GString *log, *sent, *answer; /* "kea-dhcp4 DHCP4_STARTED;", "67 OP;" */
} Bench;

static void write_log(void *run, const BerthLogEvent *event)
{
    g_string_append_printf(((Bench *)run)->log, "%s.%s %s;", event->daemon, event->logger,
                           event->id);
}

static const BerthLogSink sink = {.size = sizeof(sink), .write = write_log};

static void on_sent(void *data, const BerthDatagram *datagram)
{
    g_string_append_printf(((Bench *)data)->sent, "%u %u;", datagram->src_port,
                           datagram->data.data[0]);
}

static void write_conf(Bench *bench, const char *maps)
{
    g_autofree char *text = g_strconcat(
        "plugins = ( { name = \"log\"; enabled = false; }, { name = \"control\"; enabled = false; "
        "}, { name = \"t_backend\"; } );\n",
        maps, NULL);

    CHECK(g_file_set_contents(bench->path, text, -1, NULL));
}

static void run(Bench *bench, int64_t usec)
{
    sim_run(bench->sim, sim_now(bench->sim) + usec);
}

static void bench_init(Bench *bench, const char *maps)
{
    BerthServerOptions options = {.plugin_path = g_getenv("BERTH_PLUGIN_PATH"),
                                  .paths = {"/data", "/log", "/run"},
                                  .no_path_checks = true};
    BerthErrors errors;
    int fd;

    *bench = (Bench){.sim = sim_world_new(1),
                     .log = g_string_new(NULL),
                     .sent = g_string_new(NULL),
                     .answer = g_string_new(NULL)};
    fd = g_file_open_tmp("berth-family-XXXXXX", &bench->path, NULL);
    CHECK(fd >= 0);
    close(fd);
    write_conf(bench, maps);
    sim_on_sent(bench->sim, on_sent, bench);
    options.conf_file = bench->path;
    bench->server = berth_server_new(sim_world(bench->sim), &options);
    berth_log_add_sink(bench->server->log, &sink, bench);
    berth_errors_init(&errors);
    CHECK(berth_server_start(bench->server, &errors));
    berth_errors_clear(&errors);
    run(bench, SIM_SEC);
    CHECK_INT(bench->server->state, BERTH_SERVER_READY);
}

static void bench_clear(Bench *bench)
{
    sim_cut_power(bench->sim);
    sim_drain(bench->sim);
    berth_server_free(bench->server);
    sim_power_up(bench->sim);
    sim_end(bench->sim);
    sim_world_free(bench->sim);
    g_unlink(bench->path);
    g_free(bench->path);
    g_string_free(bench->log, TRUE);
    g_string_free(bench->sent, TRUE);
    g_string_free(bench->answer, TRUE);
}

/* ---- asking ---- */

static void deliver(Bench *bench, const char *hex, const char *src, const char *dst, uint16_t port)
{
    uint8_t bytes[512];
    int len = berth_hex_parse(hex, bytes, sizeof(bytes));
    BerthDatagram in = {.src_port = (uint16_t)(port == 67 ? 68 : 546), .dst_port = port};

    CHECK(len > 0);
    CHECK_INT(berth_addr_parse(src, &in.src), 0);
    CHECK_INT(berth_addr_parse(dst, &in.dst), 0);
    in.data = (BerthBytes){bytes, (size_t)len};
    sim_deliver(bench->sim, &in, 0);
}

/* A message with these options, in hex. */
static void deliver4(Bench *bench, const char *options)
{
    GString *hex = g_string_new("0101060001020304");

    for (int i = 0; i < 20; i++)
        g_string_append(hex, "00");
    g_string_append(hex, "0a0000000001");
    for (int i = 0; i < 202; i++)
        g_string_append(hex, "00");
    g_string_append_printf(hex, "63825363%sff", options);
    deliver(bench, hex->str, "0.0.0.0", "255.255.255.255", 67);
    g_string_free(hex, TRUE);
}

static void discover(Bench *bench)
{
    deliver4(bench, "350101");
}

static void solicit(Bench *bench)
{
    deliver(bench,
            "01010203"
            "0001000a000300010a0000000001"
            "0003000c000000010000000000000000",
            "fe80::1234", "ff02::1:2", 547);
}

static void answered(void *data, BerthBytes json)
{
    g_string_append_len(data, (const char *)json.data, (gssize)json.len);
}

/* `family` is that of the socket. */
static void ask(Bench *bench, int family, const char *json)
{
    g_string_truncate(bench->answer, 0);
    berth_server_command_in(bench->server, family, berth_bytes(json), answered, bench->answer);
    run(bench, SIM_SEC);
}

/* ---- tests ---- */

static void test_both(void)
{
    Bench bench;

    bench_init(&bench, DHCP4 DHCP6);
    CHECK_HAS(bench.log->str, "kea-dhcp4.dhcp4 DHCP4_STARTED;");
    CHECK_HAS(bench.log->str, "kea-dhcp6.dhcp6 DHCP6_STARTED;");
    CHECK(!strstr(bench.log->str, "kea-dhcp6.dhcp6 DHCP4"));
    solicit(&bench);
    discover(&bench);
    run(&bench, SIM_SEC);
    CHECK_HAS(bench.sent->str, "67 2;");
    CHECK_HAS(bench.sent->str, "547 2;");
    CHECK_HAS(bench.log->str, "kea-dhcp4.leases DHCP4_LEASE_OFFER;");
    CHECK_HAS(bench.log->str, "kea-dhcp6.leases DHCP6_LEASE_ADVERT;");
    bench_clear(&bench);
}

static void test_commands(void)
{
    static const struct {
        const char *name;
        int socket;
        const char *json, *has, *has_not;
    } rows[] = {
        {"the socket says it", 6, "{\"command\": \"config-get\"}", "\"Dhcp6\": {", "\"Dhcp4\""},
        {"service overrules the socket", 6,
         "{\"command\": \"config-get\", \"service\": [\"dhcp4\"]}", "\"Dhcp4\": {", "\"Dhcp6\""},
        {"without either the first", 0, "{\"command\": \"config-get\", \"service\": []}",
         "\"Dhcp4\": {", "\"Dhcp6\""},
        {"a service that is none", 4, "{\"command\": \"config-get\", \"service\": [\"d2\"]}",
         "answers for 'dhcp4' and 'dhcp6'", "\"arguments\""},
        {"statistics of DHCPv6", 6, "{\"command\": \"statistic-get-all\"}",
         "\"pkt6-solicit-received\": [ [ 1,", "pkt4-"},
        {"statistics of DHCPv4", 4, "{\"command\": \"statistic-get-all\"}",
         "\"pkt4-discover-received\": [ [ 0,", "pkt6-"},
        {"status of DHCPv6", 4, "{\"command\": \"status-get\", \"service\": [\"dhcp6\"]}",
         "\"state\": \"ready\"", "retrying"},
        {"reclaiming", 6, "{\"command\": \"leases-reclaim\", \"arguments\": {\"remove\": true}}",
         "\"result\": 0", "error"},
    };
    Bench bench;

    bench_init(&bench, DHCP4 DHCP6);
    solicit(&bench);
    run(&bench, SIM_SEC);
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        berth_row("%s", rows[i].name);
        ask(&bench, rows[i].socket, rows[i].json);
        CHECK_HAS(bench.answer->str, rows[i].has);
        CHECK(!strstr(bench.answer->str, rows[i].has_not));
    }
    bench_clear(&bench);
}

static void test_alone(void)
{
    Bench bench;

    bench_init(&bench, DHCP6);
    CHECK(berth_server_family(bench.server, 4) == NULL);
    CHECK(berth_server_family(bench.server, 0) == berth_server_family(bench.server, 6));
    CHECK(!strstr(bench.log->str, "kea-dhcp4"));
    discover(&bench);
    run(&bench, SIM_SEC);
    CHECK_TEXT(bench.sent->str, "");
    ask(&bench, 4, "{\"command\": \"config-get\"}");
    CHECK_HAS(bench.answer->str, "\"Dhcp6\": {");
    ask(&bench, 4, "{\"command\": \"config-get\", \"service\": [\"dhcp4\"]}");
    CHECK_HAS(bench.answer->str, "answers for 'dhcp6' alone");
    bench_clear(&bench);
}

static void reload(Bench *bench, const char *maps)
{
    write_conf(bench, maps);
    g_string_truncate(bench->log, 0);
    ask(bench, 0, "{\"command\": \"config-reload\"}");
}

static void test_reload(void)
{
    Bench bench;

    bench_init(&bench, DHCP4 DHCP6);
    reload(&bench, DHCP4 DHCP6);
    CHECK_HAS(bench.answer->str, "\"result\": 0");
    CHECK_HAS(bench.log->str, "kea-dhcp4.dhcp4 DHCP4_DYNAMIC_RECONFIGURATION_SUCCESS;");
    CHECK_HAS(bench.log->str, "kea-dhcp6.dhcp6 DHCP6_DYNAMIC_RECONFIGURATION_SUCCESS;");
    berth_row("a family less");
    reload(&bench, DHCP4);
    CHECK_HAS(bench.answer->str, "Dhcp6: the map can't be taken away while running");
    solicit(&bench);
    run(&bench, SIM_SEC);
    CHECK_TEXT(bench.sent->str, "547 2;");
    bench_clear(&bench);

    berth_row("a family more");
    bench_init(&bench, DHCP4);
    reload(&bench, DHCP4 DHCP6);
    CHECK_HAS(bench.answer->str, "Dhcp6: the map can't be added while running");
    bench_clear(&bench);
}

/* ---- a lost commit ---- */

#define IDS                        \
    "0001000a000300010a0000000001" \
    "0002000a000300010200000000fe"
#define IA_NA "0003000c000000010000000000000000"

/* A SOLICIT to be committed rapidly, REQUEST, RENEW and RELEASE of a store where another server was
 * first so many times. */
static void test_conflict(void)
{
    static const struct {
        const char *name, *message;
        unsigned conflicts;
        const char *sent, *drop;
    } rows[] = {
        {"none", "03010203" IDS IA_NA, 0, "547 7;", NULL},
        {"REQUEST picks again", "03010203" IDS IA_NA, 2, "547 7;", NULL},
        {"rapid commit picks again",
         "01010203"
         "0001000a000300010a0000000001"
         "000e0000" IA_NA,
         2, "547 7;", NULL},
        {"RENEW picks again", "05010203" IDS IA_NA, 2, "547 7;", NULL},
        {"but not for ever", "03010203" IDS IA_NA, 100, "", "pkt6-drop-too-many-retries"},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *maps = g_strdup_printf(
            "Dhcp6 = { interfaces-config = { interfaces = ( \"eth0\" ); };\n"
            "server-id = { type = \"LL\"; htype = 1; identifier = \"0200000000fe\"; };\n"
            "lease-database = { type = \"t_backend\"; conflicts = %u; };\n"
            "subnet6 = ( { id = 1; subnet = \"2001:db8::/64\"; interface = \"eth0\"; rapid-commit "
            "= true; pools = ( { pool = \"2001:db8::1:0/112\"; } ); } ); };\n",
            rows[i].conflicts);
        Bench bench;

        berth_row("%s", rows[i].name);
        bench_init(&bench, maps);
        deliver(&bench, rows[i].message, "fe80::1234", "ff02::1:2", 547);
        run(&bench, SIM_SEC);
        CHECK_TEXT(bench.sent->str, rows[i].sent);
        if (rows[i].drop)
            CHECK_INT(*berth_stats_counter(bench.server->families[0]->env.stats, rows[i].drop), 1);
        bench_clear(&bench);
    }
}

/* A REQUEST is looked at again, for it may have been another server that heard it, too. */
static void test_conflict4(void)
{
    static const struct {
        const char *name;
        unsigned conflicts;
        const char *sent, *drop;
    } rows[] = {
        {"none", 0, "67 2;67 2;", NULL},
        {"REQUEST is looked at again", 2, "67 2;67 2;", NULL},
        {"but not for ever", 100, "67 2;", "pkt4-drop-too-many-retries"},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *maps =
            g_strdup_printf("Dhcp4 = { interfaces-config = { interfaces = ( \"eth0\" ); };\n"
                            "lease-database = { type = \"t_backend\"; conflicts = %u; };\n"
                            "subnet4 = ( { id = 1; subnet = \"192.0.2.0/24\"; "
                            "pools = ( { pool = \"192.0.2.10 - 192.0.2.99\"; } ); } ); };\n",
                            rows[i].conflicts);
        Bench bench;

        berth_row("%s", rows[i].name);
        bench_init(&bench, maps);
        discover(&bench);
        run(&bench, SIM_SEC);
        deliver4(&bench, "3501033604c00002013204c000020a");
        run(&bench, SIM_SEC);
        CHECK_TEXT(bench.sent->str, rows[i].sent);
        CHECK_INT(strstr(bench.log->str, "DHCP4_LEASE_ALLOC") != NULL, !rows[i].drop);
        if (rows[i].drop)
            CHECK_INT(*berth_stats_counter(bench.server->families[0]->env.stats, rows[i].drop), 1);
        bench_clear(&bench);
    }
}

int main(int argc, char **argv)
{
    static const BerthTest tests[] = {
        {"both", test_both},
        {"commands", test_commands},
        {"alone", test_alone},
        {"reload", test_reload},
        {"conflict", test_conflict},
        {"conflict4", test_conflict4},
        {0},
    };

    return berth_tests_main("family", tests, argc, argv);
}
