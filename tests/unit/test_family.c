/* A server of both families, of DHCPv6 alone, and what belongs to which: packets, ports, logs,
 * statistics, commands, configuration. */
#include "tests/unit/server_bench.h"

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

/* ---- tests ---- */

static void test_both(void)
{
    Bench bench;

    bench_init(&bench, DHCP4 DHCP6);
    CHECK_HAS(bench.log->str, "kea-dhcp4.dhcp4 DHCP4_STARTED;");
    CHECK_HAS(bench.log->str, "kea-dhcp6.dhcp6 DHCP6_STARTED;");
    CHECK(!strstr(bench.log->str, "kea-dhcp6.dhcp6 DHCP4"));
    bench_solicit(&bench);
    bench_discover(&bench);
    bench_run(&bench, SIM_SEC);
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
    bench_solicit(&bench);
    bench_run(&bench, SIM_SEC);
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        berth_row("%s", rows[i].name);
        bench_ask(&bench, rows[i].socket, rows[i].json);
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
    bench_discover(&bench);
    bench_run(&bench, SIM_SEC);
    CHECK_TEXT(bench.sent->str, "");
    bench_ask(&bench, 4, "{\"command\": \"config-get\"}");
    CHECK_HAS(bench.answer->str, "\"Dhcp6\": {");
    bench_ask(&bench, 4, "{\"command\": \"config-get\", \"service\": [\"dhcp4\"]}");
    CHECK_HAS(bench.answer->str, "answers for 'dhcp6' alone");
    bench_clear(&bench);
}

static void reload(Bench *bench, const char *maps)
{
    bench_write_conf(bench, maps);
    g_string_truncate(bench->log, 0);
    bench_ask(bench, 0, "{\"command\": \"config-reload\"}");
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
    bench_solicit(&bench);
    bench_run(&bench, SIM_SEC);
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
        bench_deliver(&bench, rows[i].message, "fe80::1234", "ff02::1:2", 547);
        bench_run(&bench, SIM_SEC);
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
        bench_discover(&bench);
        bench_run(&bench, SIM_SEC);
        bench_deliver4(&bench, NO_ADDR4, "3501033604c00002013204c000020a");
        bench_run(&bench, SIM_SEC);
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
