/* test_show - config-get: what tools look for is there, secrets are not, and it reads back the
 * same. */
#include "core/base/json.h"
#include "core/conf/conf.h"
#include "tests/lib/confs.h"

#define NET "\"subnet\": \"192.0.2.0/24\""

/* What is shown is a configuration itself, and it means the same. */
static void check_again(const char *text)
{
    BerthErrors found;
    g_autofree char *errors_text = NULL, *again = NULL;
    BerthConf *conf;

    berth_errors_init(&found);
    conf = berth_conf_from_doc(berth_doc_parse_json(berth_bytes(text), "f", false, &found), "f",
                               &found);
    errors_text = berth_errors_text(&found);
    berth_errors_clear(&found);
    CHECK_TEXT(errors_text, "");
    if (!conf)
        return;
    again = confs_shown(conf);
    CHECK_TEXT(again, text);
    berth_conf_unref(conf);
}

static void check_shown(BerthConf *conf, const char *want)
{
    g_autofree char *json = NULL;

    if (!CHECK(conf != NULL))
        return;
    json = confs_shown(conf);
    CHECK_HAS(json, want);
    check_again(json);
    berth_conf_unref(conf);
}

static void test_shown(void)
{
    static const ConfsRow rows[] = {
        {"lists are there", CONFS_IF,
         "\"option-data\": [ ], \"option-def\": [ ], \"reservations\": [ ], \"subnet4\": [ ], "
         "\"shared-networks\": [ ], "
         "\"loggers\": [ ], \"hooks-libraries\": [ { \"library\": \"libdhcp_log.so\" }"},
        {"the store", CONFS_IF,
         "\"lease-database\": { \"type\": \"memfile\", \"name\": \"kea-leases4.csv\", "
         "\"persist\": true }"},
        {"another store",
         CONFS_IF ", \"lease-database\": {\"type\": \"redis\", \"password\": \"x\"}",
         "\"lease-database\": { \"type\": \"redis\", \"password\": \"*****\" }"},
        {"secrets of plugins",
         CONFS_IF ", \"control-sockets\": [{\"socket-type\": \"http\", \"authentication\": "
                  "{\"clients\": [{\"user\": \"u\", \"password\": \"p\"}]}}]",
         "\"control-sockets\": [ { \"socket-type\": \"http\", \"authentication\": { \"clients\": [ "
         "{ "
         "\"user\": \"u\", \"password\": \"*****\" } ] } } ]"},
        {"a pool", CONFS_NET("{" NET ", \"pools\": [{\"pool\": \"192.0.2.0/28\"}]}"),
         "\"pools\": [ { \"pool\": \"192.0.2.0/28\", \"pool-id\": 0, \"option-data\": [ ] } ], "
         "\"option-data\": [ ], \"relay\": { \"ip-addresses\": [ ] }"},
        {"a subnet's id", CONFS_NET("{" NET "}"),
         "\"id\": 1, \"subnet\": \"192.0.2.0/24\", "
         "\"valid-lifetime\": 7200"},
        {"an option in full",
         CONFS_IF ", \"option-data\": [{\"code\": 3, \"data\": \"192.0.2.1\"}]",
         "{ \"name\": \"routers\", \"code\": 3, \"space\": \"dhcp4\", \"data\": \"192.0.2.1\", "
         "\"csv-format\": true, \"always-send\": false, \"never-send\": false }"},
        {"a class",
         CONFS_IF
         ", \"client-classes\": [{\"name\": \"a\", \"test\": \"known\", \"only-if-required\": "
         "true, \"min-valid-lifetime\": 9, \"boot-file-name\": \"b\"}]",
         "\"client-classes\": [ { \"name\": \"a\", \"test\": \"known\", "
         "\"only-in-additional-list\": true, \"min-valid-lifetime\": 9, \"boot-file-name\": \"b\", "
         "\"option-data\": [ ] } ]"},
        {"guards",
         CONFS_NET("{" NET ", \"client-class\": \"a\", \"require-client-classes\": [\"b\"]}"),
         "\"client-classes\": [ \"a\" ], \"evaluate-additional-classes\": [ \"b\" ], "
         "\"option-data\": [ ]"},
        {"an option for a class",
         CONFS_IF ", \"option-data\": [{\"code\": 3, \"data\": \"192.0.2.1\", \"client-classes\": "
                  "[\"a\"]}]",
         "\"never-send\": false, \"client-classes\": [ \"a\" ] }"},
        {"a plugin that is off",
         CONFS_IF ", \"plugins\": [{\"name\": \"log\", \"enabled\": false}]",
         "\"plugins\": [ { \"name\": \"log\", \"enabled\": false } ]"},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *text = NULL;

        berth_row("%s", rows[i].name);
        check_shown(confs_read(rows[i].body, &text), rows[i].want);
    }
}

#define NET6 "\"subnet\": \"2001:db8:1::/64\""

static void test_shown6(void)
{
    static const ConfsRow rows[] = {
        {"it is Dhcp6", CONFS_IF,
         "{ \"Dhcp6\": { \"interfaces-config\": { \"interfaces\": [ \"*\" ] }"},
        {"lists are there", CONFS_IF,
         "\"option-data\": [ ], \"option-def\": [ ], \"reservations\": [ ], \"subnet6\": [ ], "
         "\"shared-networks\": [ ], "
         "\"loggers\": [ ], \"hooks-libraries\": [ { \"library\": \"libdhcp_log.so\" }"},
        {"the store", CONFS_IF,
         "\"lease-database\": { \"type\": \"memfile\", \"name\": \"kea-leases6.csv\", "
         "\"persist\": true }"},
        {"who it is", CONFS_IF ", \"server-id\": {\"type\": \"LL\", \"identifier\": \"0a0b\"}",
         "\"server-id\": { \"type\": \"LL\", \"identifier\": \"0a0b\", \"htype\": 0, \"time\": 0, "
         "\"enterprise-id\": 0, \"persist\": true }"},
        {"what is in force", CONFS_IF,
         "\"preferred-lifetime\": 4500, \"calculate-tee-times\": true, \"t2-percent\": 0.8, "
         "\"rapid-commit\": false"},
        {"the map's own", CONFS_IF ", \"relay-supplied-options\": [\"23\"]",
         "\"mac-sources\": [ \"any\" ], \"relay-supplied-options\": [ \"23\" ], "
         "\"allow-address-registration\": true, \"reconfigure-accept\": false, "
         "\"reconfigure-on-change\": false"},
        {"a pool", CONFS_NET6("{" NET6 ", \"pools\": [{\"pool\": \"2001:db8:1::/80\"}]}"),
         "\"pools\": [ { \"pool\": \"2001:db8:1::/80\", \"pool-id\": 0, \"option-data\": [ ] } ], "
         "\"pd-pools\": [ ], \"option-data\": [ ], \"relay\": { \"ip-addresses\": [ ] }"},
        {"a pool of prefixes",
         CONFS_NET6("{" NET6
                    ", \"pd-pools\": [{\"prefix\": \"2001:DB8:8:0::\", \"prefix-len\": 45, "
                    "\"delegated-len\": 56, \"excluded-prefix\": \"2001:db8:8:f::\", "
                    "\"excluded-prefix-len\": 64, \"pool-id\": 7, \"user-context\": {\"a\": 1}}]}"),
         "\"pd-pools\": [ { \"prefix\": \"2001:db8:8::\", \"prefix-len\": 45, \"delegated-len\": "
         "56, "
         "\"excluded-prefix\": \"2001:db8:8:f::\", \"excluded-prefix-len\": 64, \"pool-id\": 7, "
         "\"option-data\": [ ], \"user-context\": { \"a\": 1 } } ]"},
        {"an interface-id", CONFS_NET6("{" NET6 ", \"interface-id\": \"vlan \\\"1\\\"\"}"),
         "\"id\": 1, \"subnet\": \"2001:db8:1::/64\", \"interface-id\": \"vlan \\\"1\\\"\", "
         "\"valid-lifetime\": 7200"},
        {"a network",
         CONFS_IF ", \"shared-networks\": [{\"name\": \"n\", \"interface\": \"eth0\", "
                  "\"valid-lifetime\": 10, \"user-context\": {\"a\": 1}, \"subnet6\": [{" NET6
                  "}]}]",
         "\"subnet6\": [ ], \"shared-networks\": [ { \"name\": \"n\", \"interface\": \"eth0\", "
         "\"valid-lifetime\": 10, "},
        {"a subnet of a network",
         CONFS_IF ", \"shared-networks\": [{\"name\": \"n\", \"interface\": \"eth0\", "
                  "\"subnet6\": [{" NET6 "}]}]",
         "\"option-data\": [ ], \"relay\": { \"ip-addresses\": [ ] }, \"subnet6\": [ { \"id\": 1, "
         "\"subnet\": \"2001:db8:1::/64\", \"interface\": \"eth0\", \"valid-lifetime\": 7200"},
        {"an option in full", CONFS_IF ", \"option-data\": [{\"code\": 7, \"data\": \"1\"}]",
         "{ \"name\": \"preference\", \"code\": 7, \"space\": \"dhcp6\", \"data\": \"1\", "
         "\"csv-format\": true, \"always-send\": false, \"never-send\": false }"},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *text = NULL;

        berth_row("%s", rows[i].name);
        check_shown(confs_read6(rows[i].body, &text), rows[i].want);
    }
}

static void test_both_shown(void)
{
    static const char file[] =
        "{\"Dhcp6\": {" CONFS_IF ", \"plugins\": [{\"name\": \"a\", \"parameters\": {\"x\": 1}}, "
        "{\"name\": \"log\", \"enabled\": false}]}, \"Dhcp4\": {" CONFS_IF "}}";
    g_autofree char *text = NULL;
    BerthConf *conf = confs_read_text(file, &text);

    CHECK_TEXT(text, "");
    check_shown(conf, "}, \"Dhcp6\": {");
}

static void test_files_shown(void)
{
    static const char *const names[] = {"kea-dhcp4.conf", "kea-dhcp6.conf", "both.conf"};

    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        berth_row("%s", names[i]);
        check_shown(confs_read_file(names[i]), "{ \"Dhcp");
    }
}

int main(int argc, char **argv)
{
    static const BerthTest tests[] = {
        {"shown", test_shown},
        {"shown6", test_shown6},
        {"both", test_both_shown},
        {"files", test_files_shown},
        {0},
    };

    return berth_tests_main("show", tests, argc, argv);
}
