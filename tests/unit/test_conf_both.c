/* test_conf_both - Dhcp4 and Dhcp6 in one file: each is read for itself, and what both say of
 * plugins must fit. */
#include "core/conf/conf.h"
#include "tests/lib/confs.h"

static void test_both(void)
{
    static const char file[] =
        "{\"Dhcp6\": {" CONFS_IF ", \"valid-lifetime\": 600, \"subnet6\": [{\"id\": 1, \"subnet\": "
        "\"2001:db8:1::/64\"}], \"loggers\": [{\"name\": \"kea-dhcp6\", \"severity\": \"WARN\"}], "
        "\"later\": 1},"
        "\"Dhcp4\": {" CONFS_IF ", \"subnet4\": [{\"id\": 1, "
        "\"subnet\": \"192.0.2.0/24\"}, "
        "{\"id\": "
        "2, \"subnet\": \"10.0.0.0/8\"}], "
        "\"loggers\": [{\"name\": "
        "\"kea-dhcp4\"}], "
        "\"control-socket\": "
        "{}}}";
    g_autofree char *text = NULL;
    BerthConf *conf = confs_read_text(file, &text);

    CHECK_TEXT(text, "");
    if (!conf)
        return;
    CHECK(conf->v4.present && conf->v6.present);
    CHECK(berth_conf_family(conf, 4) == &conf->v4 && berth_conf_family(conf, 6) == &conf->v6);
    CHECK_INT(conf->v4.n_subnets, 2);
    CHECK_INT(conf->v6.n_subnets, 1);
    CHECK(berth_conf_subnet_by_id(&conf->v6, 1) == &conf->v6.subnets[0]);
    CHECK(berth_conf_subnet_by_id(&conf->v6, 2) == NULL);
    CHECK_INT(conf->v4.params.valid_sec, 7200);
    CHECK_INT(conf->v6.params.valid_sec, 600);
    CHECK_TEXT(conf->v6.lease_type, "memfile");
    CHECK_INT(conf->n_loggers, 2);
    CHECK_TEXT(conf->loggers[0].name, "kea-dhcp4");
    CHECK_INT(conf->loggers[1].level, BERTH_WARN);
    CHECK_INT(conf->v4.unclaimed->len, 1);
    CHECK_INT(conf->v6.unclaimed->len, 1);
    berth_conf_unref(conf);
}

/* clang-format off */
#define BOTH(four, six) "{\"Dhcp4\": {" CONFS_IF ", " four "}, \"Dhcp6\": {" CONFS_IF ", " six "}}"

/* `want`: the plugins that are not of the usual set, or the errors. */
static const ConfsRow plugins[] = {
    {"one library in both", BOTH("\"hooks-libraries\": [{\"library\": \"libdhcp_a.so\"}]", "\"hooks-libraries\": [{\"library\": \"libdhcp_a.so\"}]"), "a"},
    {"the same parameters", BOTH("\"plugins\": [{\"name\": \"a\", \"parameters\": {\"x\": 1}}]", "\"plugins\": [{\"name\": \"a\", \"parameters\": {\"x\": 1}}]"), "a+"},
    {"parameters in one of them", BOTH("\"plugins\": [{\"name\": \"a\"}]", "\"plugins\": [{\"name\": \"a\", \"parameters\": {\"x\": 1}}]"), "a+"},
    {"on and off", BOTH("\"plugins\": [{\"name\": \"a\"}]", "\"plugins\": [{\"name\": \"a\", \"enabled\": false}]"),
     "f:1: Dhcp6.plugins[0]: the plugin \"a\" is switched on by one family and off by the other"},
    {"twice in one family", BOTH("\"plugins\": []", "\"plugins\": [{\"name\": \"a\"}], \"hooks-libraries\": [{\"library\": \"libdhcp_a.so\"}]"),
     "f:1: Dhcp6.hooks-libraries[0]: the plugin \"a\" is named twice"},
    {"each its own", BOTH("\"plugins\": [{\"name\": \"a\"}]", "\"plugins\": [{\"name\": \"b\"}]"), "a b"},
    {"the file store for one family", BOTH("\"lease-database\": {\"type\": \"redis\"}", "\"lease-database\": {\"type\": \"memfile\"}"), "~lease_file"},
    {"the file store for none", BOTH("\"lease-database\": {\"type\": \"redis\"}", "\"lease-database\": {\"type\": \"redis\"}"), ""},
};
/* clang-format on */

static void show_plugins(const BerthConf *conf, bool with_store, GString *to)
{
    for (size_t i = 0; i < conf->n_plugins; i++) {
        const BerthPluginConf *plugin = &conf->plugins[i];

        if (plugin->usual && !(with_store && strcmp(plugin->name, "lease_file") == 0))
            continue;
        g_string_append_printf(to, "%s%s%s%s", to->len > 0 ? " " : "", plugin->usual ? "~" : "",
                               plugin->name, plugin->parameters ? "+" : "");
    }
}

static void test_plugins(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(plugins); i++) {
        g_autofree char *text = NULL;
        BerthConf *conf = confs_read_text(plugins[i].body, &text);
        g_autoptr(GString) shown = g_string_new(NULL);

        berth_row("%s", plugins[i].name);
        if (conf)
            show_plugins(conf, strstr(plugins[i].name, "store") != NULL, shown);
        CHECK_TEXT(conf ? shown->str : text, plugins[i].want);
        berth_conf_unref(conf);
    }
}

static void test_libconfig(void)
{
    BerthConf *conf = confs_read_file("both.conf");

    if (!conf)
        return;
    CHECK(conf->v4.present && conf->v6.present);
    CHECK_INT(conf->v6.subnets[0].n_pd_pools, 1);
    CHECK_INT(conf->v6.subnets[0].pd_pools[0].delegated_len, 56);
    CHECK_INT(conf->v6.server_id.enterprise_id, 4294967295);
    CHECK_INT(conf->warnings->len, 0);
    berth_conf_unref(conf);
}

int main(int argc, char **argv)
{
    static const BerthTest tests[] = {
        {"both", test_both},
        {"plugins", test_plugins},
        {"libconfig", test_libconfig},
        {0},
    };

    return berth_tests_main("conf_both", tests, argc, argv);
}
