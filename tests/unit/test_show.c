/* test_show - config-get: what tools look for is there, secrets are not, and it reads back the
 * same. */
#include "core/base/json.h"
#include "core/conf/conf.h"
#include "tests/lib/confs.h"
#include "tests/lib/rows.h"

#define NET "\"subnet\": \"192.0.2.0/24\""

typedef struct Row {
    const char *name, *body, *want;
} Row;

static char *shown(const BerthConf *conf)
{
    GString *out = g_string_new(NULL);
    BerthJson *json = berth_json_new(out, 0);

    berth_json_begin_object(json, NULL);
    berth_conf_write(conf, json);
    berth_json_end(json);
    berth_json_free(json);
    return g_string_free(out, FALSE);
}

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
    again = shown(conf);
    CHECK_TEXT(again, text);
    berth_conf_unref(conf);
}

static void test_shown(void)
{
    static const Row rows[] = {
        {"lists are there", CONFS_IF,
         "\"option-data\": [ ], \"option-def\": [ ], \"subnet4\": [ ], \"shared-networks\": [ ], "
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
        {"a plugin that is off",
         CONFS_IF ", \"plugins\": [{\"name\": \"log\", \"enabled\": false}]",
         "\"plugins\": [ { \"name\": \"log\", \"enabled\": false } ]"},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *text = NULL, *json = NULL;
        BerthConf *conf = confs_read(rows[i].body, &text);

        berth_row("%s", rows[i].name);
        if (!CHECK(conf != NULL))
            continue;
        json = shown(conf);
        CHECK_HAS(json, rows[i].want);
        check_again(json);
        berth_conf_unref(conf);
    }
}

static void test_kea_file_shown(void)
{
    g_autofree char *path = g_build_filename(g_getenv("BERTH_TEST_DIR"), "kea-dhcp4.conf", NULL);
    g_autofree char *json = NULL;
    BerthErrors found;
    BerthConf *conf;

    berth_errors_init(&found);
    conf = berth_conf_read(path, &found);
    berth_errors_clear(&found);
    if (!CHECK(conf != NULL))
        return;
    json = shown(conf);
    check_again(json);
    berth_conf_unref(conf);
}

int main(int argc, char **argv)
{
    static const BerthTest tests[] = {
        {"shown", test_shown},
        {"kea_file", test_kea_file_shown},
        {0},
    };

    return berth_tests_main("show", tests, argc, argv);
}
