/* test_run_script - what scripts are told at each point, how many run, and what is refused. */
#include "tests/lib/harness.h"
#include "tests/lib/rows.h"
#include <errno.h>
#include <signal.h>
#include <stdlib.h>

static const char *plugin_file(void)
{
    return getenv("BERTH_PLUGIN");
}

static BerthHarness *harness_with(const char *parameters)
{
    g_autoptr(GError) error = NULL;
    BerthHarness *harness = berth_harness_new(plugin_file(), parameters, &error);

    CHECK_TEXT(error ? error->message : "", "");
    return harness;
}

#define NAME "{\"name\": \"tell.sh\"}"

static BerthAddr addr(const char *text)
{
    BerthAddr ret = BERTH_ADDR6_ANY;

    CHECK_INT(berth_addr_parse(text, &ret), 0);
    return ret;
}

/* ---- what they are told ---- */

static void fill4(BerthLease *lease, BerthBytes hostname)
{
    static const uint8_t id[] = {1, 2, 3};

    berth_lease_set_addr(lease, addr("192.0.2.10"), 32);
    berth_lease_set_subnet(lease, 1, 0);
    berth_lease_set_lifetimes(lease, 3600, 0);
    berth_lease_set_cltt(lease, 1700000000);
    berth_lease_set_hwaddr(lease, (BerthHwaddr){1, 6, {0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff}});
    berth_lease_set_client_id(lease, (BerthBytes){id, sizeof(id)});
    berth_lease_set_hostname(lease, hostname, false, false);
}

static void fill6(BerthLease *lease, BerthLeaseType type)
{
    static const uint8_t duid[] = {0, 3, 0, 1, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff};
    bool is_prefix = type == BERTH_LEASE_PD;

    berth_lease_set_type(lease, type);
    berth_lease_set_addr(lease, addr("2001:db8:1::"), is_prefix ? 56 : 128);
    berth_lease_set_subnet(lease, 1, 0);
    berth_lease_set_iaid(lease, 77);
    berth_lease_set_lifetimes(lease, 3600, 1800);
    berth_lease_set_cltt(lease, 1700000000);
    berth_lease_set_client_id(lease, (BerthBytes){duid, sizeof(duid)});
    berth_lease_set_hostname(lease, berth_bytes("host.example."), false, false);
}

#define HEAD(point) "/script/tell.sh\n/script/tell.sh\n" point "\n"
#define QUERY4(type)                                                                        \
    "QUERY4_TYPE=" type "\nQUERY4_TXID=16909060\nQUERY4_LOCAL_ADDR=255.255.255.255\n"       \
    "QUERY4_LOCAL_PORT=67\nQUERY4_REMOTE_ADDR=0.0.0.0\nQUERY4_REMOTE_PORT=68\n"             \
    "QUERY4_IFACE_INDEX=2\nQUERY4_IFACE_NAME=test0\nQUERY4_HOPS=0\nQUERY4_SECS=0\n"         \
    "QUERY4_FLAGS=0\nQUERY4_CIADDR=0.0.0.0\nQUERY4_SIADDR=0.0.0.0\nQUERY4_YIADDR=0.0.0.0\n" \
    "QUERY4_GIADDR=0.0.0.0\nQUERY4_RELAYED=false\nQUERY4_HWADDR=aa:bb:cc:dd:ee:ff\n"        \
    "QUERY4_HWADDR_TYPE=1\nQUERY4_LOCAL_HWADDR=\nQUERY4_LOCAL_HWADDR_TYPE=\n"               \
    "QUERY4_REMOTE_HWADDR=\nQUERY4_REMOTE_HWADDR_TYPE=\n"
#define RELAY4                                                                  \
    "QUERY4_OPTION_82=0x01020A0B02010C\nQUERY4_OPTION_82_SUB_OPTION_1=0x0A0B\n" \
    "QUERY4_OPTION_82_SUB_OPTION_2=0x0C\n"
#define NO_SUBNET4 "SUBNET4_ID=\nSUBNET4_NAME=\nSUBNET4_PREFIX=\nSUBNET4_PREFIX_LEN=\n"
#define CLIENT4 "PKT4_CLIENT_ID=01:02:03\nPKT4_HWADDR=aa:bb:cc:dd:ee:ff\nPKT4_HWADDR_TYPE=1\n"
#define LEASE4_OF(prefix, state)                                                                \
    prefix "_ADDRESS=192.0.2.10\n" prefix "_CLTT=1700000000\n" prefix "_HOSTNAME=host\n" prefix \
           "_HWADDR=aa:bb:cc:dd:ee:ff\n" prefix "_HWADDR_TYPE=1\n" prefix "_STATE=" state       \
           "\n" prefix "_SUBNET_ID=1\n" prefix "_VALID_LIFETIME=3600\n" prefix                  \
           "_CLIENT_ID=01:02:03\n"
#define NO_LEASE4(prefix)                                                                   \
    prefix "_ADDRESS=\n" prefix "_CLTT=\n" prefix "_HOSTNAME=\n" prefix "_HWADDR=\n" prefix \
           "_HWADDR_TYPE=\n" prefix "_STATE=\n" prefix "_SUBNET_ID=\n" prefix               \
           "_VALID_LIFETIME=\n" prefix "_CLIENT_ID=\n"
#define QUERY6(type)                                                          \
    "QUERY6_TYPE=" type "\nQUERY6_TXID=66051\nQUERY6_LOCAL_ADDR=ff02::1:2\n"  \
    "QUERY6_LOCAL_PORT=547\nQUERY6_REMOTE_ADDR=fe80::a8bb:ccff:fedd:eeff\n"   \
    "QUERY6_REMOTE_PORT=546\nQUERY6_IFACE_INDEX=2\nQUERY6_IFACE_NAME=test0\n" \
    "QUERY6_REMOTE_HWADDR=\nQUERY6_REMOTE_HWADDR_TYPE=\nQUERY6_PROTO=UDP\n"   \
    "QUERY6_CLIENT_ID=00:03:00:01:aa:bb:cc:dd:ee:ff\n"
#define LEASE6_OF(prefix, state, len, type)                                                    \
    prefix "_ADDRESS=2001:db8:1::\n" prefix "_CLTT=1700000000\n" prefix                        \
           "_HOSTNAME=host.example.\n" prefix "_HWADDR=\n" prefix "_HWADDR_TYPE=\n" prefix     \
           "_STATE=" state "\n" prefix "_SUBNET_ID=1\n" prefix "_VALID_LIFETIME=3600\n" prefix \
           "_DUID=00:03:00:01:aa:bb:cc:dd:ee:ff\n" prefix "_IAID=77\n" prefix                  \
           "_PREFERRED_LIFETIME=1800\n" prefix "_PREFIX_LEN=" len "\n" prefix "_TYPE=" type "\n"
#define NO_LEASE6(prefix)                                                                   \
    prefix "_ADDRESS=\n" prefix "_CLTT=\n" prefix "_HOSTNAME=\n" prefix "_HWADDR=\n" prefix \
           "_HWADDR_TYPE=\n" prefix "_STATE=\n" prefix "_SUBNET_ID=\n" prefix               \
           "_VALID_LIFETIME=\n" prefix "_DUID=\n" prefix "_IAID=\n" prefix                  \
           "_PREFERRED_LIFETIME=\n" prefix "_PREFIX_LEN=\n" prefix "_TYPE=\n"
#define IA6(type) "PKT6_IA_IAID=77\nPKT6_IA_IA_TYPE=" type "\nPKT6_IA_IA_T1=0\nPKT6_IA_IA_T2=0\n"

typedef struct Row {
    const char *point;
    unsigned type;
    const char *options;
    BerthLeaseAct act;
    BerthLeaseType lease_type;
    const char *told;
} Row;

static const Row rows[] = {
    {"lease4_renew", BERTH_DHCPREQUEST, "3d 03 010203", BERTH_ACT_RENEW, BERTH_LEASE_V4,
     HEAD("lease4_renew") QUERY4("DHCPREQUEST") NO_SUBNET4 CLIENT4 LEASE4_OF("LEASE4", "default")},
    {"lease4_release", BERTH_DHCPRELEASE, "52 07 01020a0b 02010c", BERTH_ACT_RELEASE,
     BERTH_LEASE_V4, HEAD("lease4_release") QUERY4("DHCPRELEASE") RELAY4 NO_LEASE4("LEASE4")},
    {"lease4_decline", BERTH_DHCPDECLINE, NULL, BERTH_ACT_DECLINE, BERTH_LEASE_V4,
     HEAD("lease4_decline") QUERY4("DHCPDECLINE") NO_LEASE4("LEASE4")},
    {"lease4_expire", 0, NULL, BERTH_ACT_NONE, BERTH_LEASE_V4,
     HEAD("lease4_expire") LEASE4_OF("LEASE4", "default") "REMOVE_LEASE=false\n"},
    {"lease4_recover", 0, NULL, BERTH_ACT_NONE, BERTH_LEASE_V4,
     HEAD("lease4_recover") LEASE4_OF("LEASE4", "default")},
    {"leases4_committed", BERTH_DHCPREQUEST, NULL, BERTH_ACT_ASSIGN, BERTH_LEASE_V4,
     HEAD("leases4_committed") QUERY4("DHCPREQUEST")
         LEASE4_OF("LEASES4_AT0", "default") "LEASES4_SIZE=1\nDELETED_LEASES4_SIZE=0\n"},
    {"leases4_committed", BERTH_DHCPRELEASE, NULL, BERTH_ACT_RELEASE, BERTH_LEASE_V4,
     HEAD("leases4_committed") QUERY4("DHCPRELEASE") "LEASES4_SIZE=0\n" NO_LEASE4(
         "DELETED_LEASES4_AT0") "DELETED_LEASES4_SIZE=1\n"},
    {"leases4_committed", BERTH_DHCPREQUEST, NULL, BERTH_ACT_NONE, BERTH_LEASE_V4,
     HEAD("leases4_committed") QUERY4("DHCPREQUEST") "LEASES4_SIZE=0\nDELETED_LEASES4_SIZE=0\n"},
    {"lease6_renew", BERTH_RENEW, NULL, BERTH_ACT_RENEW, BERTH_LEASE_NA,
     HEAD("lease6_renew") QUERY6("RENEW") LEASE6_OF("LEASE6", "default", "128", "IA_NA") IA6("3")},
    {"lease6_rebind", BERTH_REBIND, NULL, BERTH_ACT_RENEW, BERTH_LEASE_PD,
     HEAD("lease6_rebind") QUERY6("REBIND") LEASE6_OF("LEASE6", "default", "56", "IA_PD")
         IA6("25")},
    {"lease6_release", BERTH_RELEASE, NULL, BERTH_ACT_RELEASE, BERTH_LEASE_NA,
     HEAD("lease6_release") QUERY6("RELEASE") NO_LEASE6("LEASE6")},
    {"lease6_decline", BERTH_DECLINE, NULL, BERTH_ACT_DECLINE, BERTH_LEASE_NA,
     HEAD("lease6_decline") QUERY6("DECLINE") NO_LEASE6("LEASE6")},
    {"lease6_expire", 0, NULL, BERTH_ACT_NONE, BERTH_LEASE_PD,
     HEAD("lease6_expire") LEASE6_OF("LEASE6", "default", "56", "IA_PD") "REMOVE_LEASE=false\n"},
    {"lease6_recover", 0, NULL, BERTH_ACT_NONE, BERTH_LEASE_NA,
     HEAD("lease6_recover") LEASE6_OF("LEASE6", "default", "128", "IA_NA")},
    {"leases6_committed", BERTH_REQUEST, NULL, BERTH_ACT_ASSIGN, BERTH_LEASE_PD,
     HEAD("leases6_committed") QUERY6("REQUEST") LEASE6_OF(
         "LEASES6_AT0", "default", "56", "IA_PD") "LEASES6_SIZE=1\nDELETED_LEASES6_SIZE=0\n"},
    {"addr6_register", BERTH_ADDR_REG_INFORM, NULL, BERTH_ACT_REGISTER, BERTH_LEASE_NA,
     HEAD("addr6_register") QUERY6("ADDR_REG_INFORM") "ADDRESS6=2001:db8:1::\n" NO_LEASE6(
         "OLD_LEASE6") LEASE6_OF("NEW_LEASE6", "default", "128", "IA_NA")},
};

static bool is6(const Row *row)
{
    return row->lease_type != BERTH_LEASE_V4;
}

static void fill(BerthLease *lease, const Row *row)
{
    if (is6(row))
        fill6(lease, row->lease_type);
    else
        fill4(lease, berth_bytes("host"));
}

static BerthVerdict run_row(BerthHarness *harness, const Row *row)
{
    BerthPacket *pkt;
    BerthLease *lease;

    if (row->type == 0) {
        BerthVerdict verdict;

        lease = berth_lease_new();
        fill(lease, row);
        pkt = berth_harness_message(harness, BERTH_DHCPREQUEST, NULL); /* only carries the cursor */
        verdict = berth_harness_run(harness, row->point, pkt, lease);
        berth_lease_free(lease);
        return verdict;
    }
    pkt = is6(row) ? berth_harness_message6(harness, (BerthType6)row->type, row->options)
                   : berth_harness_message(harness, (BerthType4)row->type, row->options);
    lease = berth_harness_add_lease(pkt, row->act);
    fill(lease, row);
    return berth_harness_run(harness, row->point, pkt, lease);
}

static void test_told(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        BerthHarness *harness = harness_with(NAME);

        berth_row("%s %zu", rows[i].point, i);
        CHECK_INT(run_row(harness, &rows[i]), BERTH_CONTINUE);
        CHECK_TEXT(berth_harness_program(harness, 0), rows[i].told);
        CHECK(berth_harness_program(harness, 1) == NULL);
        berth_harness_end_program(harness, 0, 0);
        CHECK_INT(berth_harness_counter(harness, "run-script-started"), 1);
        CHECK_INT(berth_harness_counter(harness, "run-script-failed"), 0);
        berth_harness_free(harness);
    }
}

/* What a client calls itself can't end a line, end the text, or begin a variable. */
static void test_hostile(void)
{
    static const struct {
        const char *row, *name;
        size_t len;
        const char *told;
    } names[] = {
        {"a line end", "a\nPATH=/evil", 12, "LEASE4_HOSTNAME=a\\x0aPATH=/evil\n"},
        {"a NUL", "a\0b", 3, "LEASE4_HOSTNAME=a\\x00b\n"},
        {"an escape of its own", "a\\x0a", 5, "LEASE4_HOSTNAME=a\\x5cx0a\n"},
        {"a terminal's", "\x1b[2J\xff", 5, "LEASE4_HOSTNAME=\\x1b[2J\\xff\n"},
        {"a shell's", "$(id);`id`", 10, "LEASE4_HOSTNAME=$(id);`id`\n"},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        BerthHarness *harness = harness_with(NAME);
        BerthPacket *pkt = berth_harness_message(harness, BERTH_DHCPREQUEST, NULL);
        BerthLease *lease = berth_harness_add_lease(pkt, BERTH_ACT_RENEW);

        berth_row("%s", names[i].row);
        fill4(lease, (BerthBytes){(const uint8_t *)names[i].name, names[i].len});
        berth_harness_run(harness, "lease4_renew", pkt, lease);
        CHECK_HAS(berth_harness_program(harness, 0), names[i].told);
        CHECK(!strstr(berth_harness_program(harness, 0), "\nPATH="));
        berth_harness_free(harness);
    }
}

/* ---- how many ---- */

static void tell(BerthHarness *harness)
{
    run_row(harness, &rows[0]);
}

static void test_bounded(void)
{
    BerthHarness *harness =
        harness_with("{\"name\": \"tell.sh\", \"max-running\": 2, \"max-waiting\": 3}");

    for (int i = 0; i < 7; i++)
        tell(harness);
    CHECK(berth_harness_program(harness, 1) != NULL);
    CHECK(berth_harness_program(harness, 2) == NULL);
    CHECK_INT(berth_harness_counter(harness, "run-script-started"), 2);
    CHECK_INT(berth_harness_counter(harness, "run-script-lost"), 2);
    berth_row("one line for all that is lost");
    CHECK_HAS(berth_harness_log(harness),
              "WARN run-script-hooks BERTH_RUN_SCRIPT_FULL 2 scripts run "
              "and 3 wait");
    CHECK(strstr(berth_harness_log(harness), "RUN_SCRIPT_FULL") ==
          g_strrstr(berth_harness_log(harness), "RUN_SCRIPT_FULL"));
    for (unsigned n = 3; n <= 5; n++) {
        berth_harness_end_program(harness, 0, 0);
        CHECK_INT(berth_harness_counter(harness, "run-script-started"), n);
    }
    berth_row("a reload allows more at once");
    for (int i = 0; i < 3; i++)
        tell(harness);
    CHECK(berth_harness_reload(harness, "{\"name\": \"tell.sh\", \"max-running\": 9}", NULL));
    CHECK_INT(berth_harness_counter(harness, "run-script-started"), 8);
    CHECK(berth_harness_program(harness, 4) != NULL);
    berth_harness_free(harness);
}

static void test_ends(void)
{
    BerthHarness *harness = harness_with("{\"name\": \"tell.sh\", \"timeout\": 10}");

    tell(harness);
    berth_harness_end_program(harness, 0, 3);
    CHECK_HAS(berth_harness_log(harness),
              "BERTH_RUN_SCRIPT_FAILED /script/tell.sh for lease4_renew "
              "ended with 3");
    berth_row("it goes on failing: no further line");
    tell(harness);
    berth_harness_end_program(harness, 0, -ENOENT);
    CHECK(!strstr(berth_harness_log(harness), "can't be run"));
    tell(harness);
    berth_harness_end_program(harness, 0, 0);
    berth_row("whoever hosts the server has taken its end");
    tell(harness);
    berth_harness_end_program(harness, 0, -ECHILD);
    CHECK_INT(berth_harness_counter(harness, "run-script-failed"), 2);
    berth_row("one that does not end is killed");
    tell(harness);
    berth_harness_pass(harness, 9999);
    CHECK(!berth_harness_program_is_killed(harness, 0));
    berth_harness_pass(harness, 1);
    CHECK(berth_harness_program_is_killed(harness, 0));
    berth_harness_end_program(harness, 0, 256 + SIGKILL);
    CHECK_HAS(berth_harness_log(harness), "was ended by signal 9");
    berth_row("the server ends while one runs");
    tell(harness);
    berth_harness_free(harness);
}

static void test_refused(void)
{
    static const struct {
        const char *parameters, *error;
    } wrong[] = {
        {"{}", "name"},
        {"{\"name\": \"tell.sh\", \"sync\": true}", "the 'sync' parameter must be false"},
        {"{\"name\": \"missing.sh\"}",
         "invalid 'name' parameter: file not found: /script/missing.sh"},
        {"{\"name\": \"locked.sh\"}",
         "invalid 'name' parameter: file not executable: /script/locked.sh"},
        {"{\"name\": \"\"}", "a file name must have"},
        {"{\"name\": 7}", "name"},
        {"{\"name\": \"tell.sh\", \"max-running\": 0}", "max-running"},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(wrong); i++)
        berth_harness_check_refused(plugin_file(), wrong[i].parameters, wrong[i].error);
}

static void test_reload(void)
{
    BerthHarness *harness = harness_with("{\"name\": \"tell.sh\", \"sync\": false}");

    CHECK(!berth_harness_reload(harness, "{\"name\": \"missing.sh\"}", NULL));
    tell(harness);
    CHECK_HAS(berth_harness_program(harness, 0), "/script/tell.sh\n");
    CHECK(berth_harness_reload(harness, "{\"name\": \"sub/other.sh\"}", NULL));
    tell(harness);
    CHECK_HAS(berth_harness_program(harness, 1), "/script/sub/other.sh\n");
    berth_harness_free(harness);
}

int main(int argc, char **argv)
{
    static const BerthTest tests[] = {
        {"told", test_told},
        {"hostile", test_hostile},
        {"bounded", test_bounded},
        {"ends", test_ends},
        {"refused", test_refused},
        {"reload", test_reload},
        {0},
    };

    return berth_tests_main("run_script", tests, argc, argv);
}
