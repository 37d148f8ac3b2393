/* test_conf - snapshots: what is refused and how it is said, what is inherited, what is found. */
#include "core/conf/conf.h"
#include "tests/lib/confs.h"

/* clang-format off */
#define NET "\"subnet\": \"192.0.2.0/24\""

static const ConfsRow errors[] = {
    {"unknown key in a subnet", CONFS_NET("{" NET ", \"max-valid-lifetmie\": 1}"),
     "f:1: Dhcp4.subnet4[0].max-valid-lifetmie: unknown key; did you mean \"max-valid-lifetime\"?"},
    {"subnet is missing", CONFS_NET("{\"id\": 3}"), "f:1: Dhcp4.subnet4[0]: the key \"subnet\" is missing"},
    {"subnets are a map", "\"subnet4\": {}", "f:1: Dhcp4.subnet4: must be a list"},
    {"a subnet is a number", "\"subnet4\": [ 1 ]", "f:1: Dhcp4.subnet4[0]: must be a map"},
    {"prefix", CONFS_NET("{\"subnet\": \"192.0.2.0/33\"}"),
     "f:1: Dhcp4.subnet4[0]: \"192.0.2.0/33\" is no IPv4 prefix; write \"192.0.2.0/24\""},
    {"IPv6 prefix", CONFS_NET("{\"subnet\": \"2001:db8::/32\"}"),
     "f:1: Dhcp4.subnet4[0]: \"2001:db8::/32\" is no IPv4 prefix; write \"192.0.2.0/24\""},
    {"pool outside", CONFS_NET("{" NET ", \"pools\": [{\"pool\": \"192.0.2.250 - 192.0.3.5\"}]}"),
     "f:1: Dhcp4.subnet4[0].pools[0]: the pool 192.0.2.250 - 192.0.3.5 is not inside its subnet 192.0.2.0/24"},
    {"pool ends before it begins", CONFS_NET("{" NET ", \"pools\": [{\"pool\": \"192.0.2.9 - 192.0.2.8\"}]}"),
     "f:1: Dhcp4.subnet4[0].pools[0]: \"192.0.2.9 - 192.0.2.8\" ends before it begins"},
    {"pool text", CONFS_NET("{" NET ", \"pools\": [{\"pool\": \"192.0.2.9\"}]}"),
     "f:1: Dhcp4.subnet4[0].pools[0]: \"192.0.2.9\" is no pool; write \"192.0.2.10 - 192.0.2.99\" or \"192.0.2.64/26\""},
    {"pool prefix has bits behind it", CONFS_NET("{" NET ", \"pools\": [{\"pool\": \"192.0.2.5/30\"}]}"),
     "f:1: Dhcp4.subnet4[0].pools[0]: \"192.0.2.5/30\" does not begin at the first address of its prefix; write a range \"first - last\""},
    {"pools overlap", CONFS_NET("{" NET ", \"pools\": [{\"pool\": \"192.0.2.1-192.0.2.9\"}, {\"pool\": \"192.0.2.8/30\"}]}"),
     "f:1: the pool 192.0.2.8/30 of subnet 192.0.2.0/24 overlaps the pool 192.0.2.1-192.0.2.9 of subnet 192.0.2.0/24, line 1"},
    {"pools of two subnets overlap",
     CONFS_NET("{" NET ", \"pools\": [{\"pool\": \"192.0.2.0/24\"}]},{\"subnet\": \"192.0.2.0/25\", \"pools\": [{\"pool\": \"192.0.2.8/30\"}]}"),
     "f:1: the pool 192.0.2.8/30 of subnet 192.0.2.0/25 overlaps the pool 192.0.2.0/24 of subnet 192.0.2.0/24, line 1"},
    {"subnet twice", CONFS_NET("{" NET "}, {" NET "}"), "f:1: the subnet 192.0.2.0/24 stands there already, line 1"},
    {"id twice", CONFS_NET("{" NET ", \"id\": 7}, {\"subnet\": \"10.0.0.0/8\", \"id\": 7}"),
     "f:1: the id 7 of subnet 10.0.0.0/8 is that of subnet 192.0.2.0/24, line 1, too"},
    {"id 0", CONFS_NET("{" NET ", \"id\": 0}"), "f:1: Dhcp4.subnet4[0].id: 0 is not in the range 1 to 4294967294"},
    {"id too large", CONFS_NET("{" NET ", \"id\": 4294967295}"),
     "f:1: Dhcp4.subnet4[0].id: 4294967295 is not in the range 1 to 4294967294"},
    {"min above valid", CONFS_IF ", \"valid-lifetime\": 100, \"min-valid-lifetime\": 200",
     "f:1: Dhcp4: min-valid-lifetime 200 is above valid-lifetime 100"},
    {"max below valid, of which one is inherited", "\"valid-lifetime\": 100, " CONFS_NET("{" NET ", \"max-valid-lifetime\": 99}"),
     "f:1: Dhcp4.subnet4[0]: max-valid-lifetime 99 is below valid-lifetime 100"},
    {"characters that are no pattern", CONFS_IF ", \"hostname-char-set\": \"[^a-z\"",
     "f:1: Dhcp4: hostname-char-set \"[^a-z\" can't be read: missing terminating ] for character class"},
    {"the same of a pool",
     CONFS_NET("{" NET ", \"pools\": [{\"pool\": \"192.0.2.10 - 192.0.2.20\", \"hostname-char-set\": \"(\"}]}"),
     "f:1: Dhcp4.subnet4[0].pools[0]: hostname-char-set \"(\" can't be read: missing closing parenthesis"},
    {"T1 after T2", CONFS_IF ", \"renew-timer\": 51, \"rebind-timer\": 50",
     "f:1: Dhcp4: the value of renew-timer (51) is greater than the value of rebind-timer (50)"},
    {"T1 after T2, in a subnet", CONFS_NET("{" NET ", \"renew-timer\": 51}") ", \"rebind-timer\": 50",
     "f:1: Dhcp4.subnet4[0]: the value of renew-timer (51) is greater than the value of rebind-timer (50)"},
    {"lifetime 0", CONFS_IF ", \"valid-lifetime\": 0", "f:1: Dhcp4.valid-lifetime: 0 is not in the range 1 to 4294967295"},
    {"lifetime negative", CONFS_IF ", \"valid-lifetime\": -1", "f:1: Dhcp4.valid-lifetime: -1 is not in the range 1 to 4294967295"},
    {"lifetime beyond 32 bits", CONFS_IF ", \"valid-lifetime\": 4294967296",
     "f:1: Dhcp4.valid-lifetime: 4294967296 is not in the range 1 to 4294967295"},
    {"percents", CONFS_IF ", \"t1-percent\": 0.9",
     "f:1: Dhcp4: t1-percent 0.9 and t2-percent 0.875 do not fit; 0 < t1-percent < t2-percent < 1 is needed"},
    {"next-server IPv6", CONFS_IF ", \"next-server\": \"::1\"", "f:1: Dhcp4: next-server must be an IPv4 address"},
    {"interface", "\"interfaces-config\": {\"interfaces\": [\"eth0/x\"]}",
     "f:1: Dhcp4.interfaces-config.interfaces: \"eth0/x\" is no interface; write \"eth0\", \"eth0/192.0.2.1\" or \"*\""},
    {"interfaces that are none", "\"interfaces-config\": {\"interfaces\": [1, \"eth0\", null]}",
     "f:1: Dhcp4.interfaces-config.interfaces[0]: a number where a string is expected\n"
     "f:1: Dhcp4.interfaces-config.interfaces[2]: null where a string is expected"},
    {"interface with a long name", "\"interfaces-config\": {\"interfaces\": [\"abcdefghijklmnop\"]}",
     "f:1: Dhcp4.interfaces-config.interfaces: \"abcdefghijklmnop\" is no interface; write \"eth0\", \"eth0/192.0.2.1\" or \"*\""},
    {"interface twice", "\"interfaces-config\": {\"interfaces\": [\"eth0\", \"eth0\"]}",
     "f:1: Dhcp4.interfaces-config.interfaces: \"eth0\" stands there twice"},
    {"socket type", "\"interfaces-config\": {\"interfaces\": [\"*\"], \"dhcp-socket-type\": \"tcp\"}",
     "f:1: Dhcp4.interfaces-config.dhcp-socket-type: \"tcp\" is not one of raw, udp"},
    {"a relay that is a number", CONFS_NET("{" NET ", \"relay\": {\"ip-addresses\": [7]}}"),
     "f:1: Dhcp4.subnet4[0].relay.ip-addresses[0]: a number where a string is expected"},
    {"relay", CONFS_NET("{" NET ", \"relay\": {\"ip-addresses\": [\"x\"]}}"),
     "f:1: Dhcp4.subnet4[0].relay: \"x\" is no IPv4 address"},
    {"relay in its older spelling", CONFS_NET("{" NET ", \"relay\": {\"ip-address\": \"y\"}}"),
     "f:1: Dhcp4.subnet4[0].relay: \"y\" is no IPv4 address"},
    {"relay in both spellings",
     CONFS_NET("{" NET ", \"relay\": {\"ip-address\": \"192.0.2.2\", \"ip-addresses\": [\"192.0.2.3\"]}}"),
     "f:1: Dhcp4.subnet4[0].relay: \"ip-address\" is \"ip-addresses\" once more; leave one of them out"},
    {"severity", CONFS_IF ", \"loggers\": [{\"name\": \"kea-dhcp4\", \"severity\": \"LOUD\"}]",
     "f:1: Dhcp4.loggers[0].severity: \"LOUD\" is not one of DEBUG, INFO, WARN, ERROR, FATAL, NONE"},
    {"output of a logger", CONFS_IF ", \"loggers\": [{\"name\": \"kea-dhcp4\", \"output-options\": [{\"maxversion\": 1}]}]",
     "f:1: Dhcp4.loggers[0].output-options[0].maxversion: unknown key"},
    {"lease-database is a list", CONFS_IF ", \"lease-database\": []", "f:1: Dhcp4.lease-database: must be a map"},
    {"lease-database type", CONFS_IF ", \"lease-database\": {\"type\": 1}",
     "f:1: Dhcp4.lease-database.type: must be the name of a lease backend, \"memfile\" for a file"},
    {"plugin twice", CONFS_IF ", \"plugins\": [{\"name\": \"a\"}], \"hooks-libraries\": [{\"library\": \"/x/libdhcp_a.so\"}]",
     "f:1: Dhcp4.hooks-libraries[0]: the plugin \"a\" is named twice"},
    {"plugin by a relative path", CONFS_IF ", \"plugins\": [{\"name\": \"x/a.so\"}]",
     "f:1: Dhcp4.plugins[0]: \"x/a.so\" names no plugin; write its plain name or the absolute path of its .so file"},
    {"parameters of a plugin", CONFS_IF ", \"plugins\": [{\"name\": \"a\", \"parameters\": []}]",
     "f:1: Dhcp4.plugins[0].parameters: must be a map"},
    {"class without a name", CONFS_IF ", \"client-classes\": [{\"test\": \"'a' == 'a'\"}]",
     "f:1: Dhcp4.client-classes[0]: the key \"name\" is missing"},
    {"class twice", CONFS_IF ", \"client-classes\": [{\"name\": \"a\"}, {\"name\": \"a\"}]",
     "f:1: Dhcp4.client-classes[1]: the class \"a\" stands there already, line 1"},
    {"class with a bad test", CONFS_IF ", \"client-classes\": [{\"name\": \"a\", \"test\": \"option[60].hex == \"}]",
     "f:1: Dhcp4.client-classes[0]: test: column 19: expected a value, not the end"},
    {"class that asks for a later one", CONFS_IF ", \"client-classes\": [{\"name\": \"a\", \"test\": \"member('b')\"}, {\"name\": \"b\"}]",
     "f:1: Dhcp4.client-classes[0]: test: column 8: no class \"b\" is defined before this one"},
    {"class that asks for itself", CONFS_IF ", \"client-classes\": [{\"name\": \"a\", \"test\": \"member('a')\"}]",
     "f:1: Dhcp4.client-classes[0]: test: column 8: no class \"a\" is defined before this one"},
    {"class that asks for DROP without one", CONFS_IF ", \"client-classes\": [{\"name\": \"a\", \"test\": \"member('BOOTP') or member('DROP')\"}]",
     "f:1: Dhcp4.client-classes[0]: test: column 27: no class \"DROP\" is defined before this one"},
    {"template that is a condition", CONFS_IF ", \"client-classes\": [{\"name\": \"a\", \"template-test\": \"option[60].exists\"}]",
     "f:1: Dhcp4.client-classes[0]: template-test: column 1: expected a string, not a condition"},
    {"test and template", CONFS_IF ", \"client-classes\": [{\"name\": \"a\", \"test\": \"known\", \"template-test\": \"'x'\"}]",
     "f:1: Dhcp4.client-classes[0]: test and template-test exclude each other"},
    {"built-in class with a test", CONFS_IF ", \"client-classes\": [{\"name\": \"KNOWN\", \"test\": \"'a' == 'a'\"}]",
     "f:1: Dhcp4.client-classes[0]: the class \"KNOWN\" is built in and has no test"},
    {"DROP later", CONFS_IF ", \"client-classes\": [{\"name\": \"DROP\", \"only-if-required\": true}]",
     "f:1: Dhcp4.client-classes[0]: the class \"DROP\" cannot be only-in-additional-list"},
    {"class with lifetimes that do not fit", CONFS_IF ", \"client-classes\": [{\"name\": \"a\", \"valid-lifetime\": 10, \"min-valid-lifetime\": 11}]",
     "f:1: Dhcp4.client-classes[0]: min-valid-lifetime 11 is above valid-lifetime 10"},
    {"option-def of a class", CONFS_IF ", \"client-classes\": [{\"name\": \"a\", \"option-def\": [{\"name\": \"x\", \"code\": 223, \"type\": \"string\"}]}]",
     "f:1: Dhcp4.client-classes[0].option-def: a class defines the options 43 and 224 to 254 only, not 223"},
    {"guard in both spellings", CONFS_NET("{" NET ", \"client-class\": \"a\", \"client-classes\": [\"b\"]}"),
     "f:1: Dhcp4.subnet4[0]: client-class is the older spelling of client-classes; leave it out"},
    {"guard without a name", CONFS_NET("{" NET ", \"client-classes\": [\"\"]}"),
     "f:1: Dhcp4.subnet4[0]: the name of a class must not be empty"},
    {"config-control", CONFS_IF ", \"config-control\": {\"config-databases\": []}",
     "f:1: Dhcp4.config-control: is not supported: this version has no configuration backends"},
    {"4o6", CONFS_IF ", \"dhcp4o6-port\": 1", "f:1: Dhcp4.dhcp4o6-port: is not supported: this version has no DHCPv4 over DHCPv6"},
    {"all errors at once", "\"valid-lifetime\": \"x\", " CONFS_NET("{" NET ", \"id\": 0, \"pools\": [{\"pool\": \"x\"}]}"),
     "f:1: Dhcp4.valid-lifetime: a string where a number is expected\n"
     "f:1: Dhcp4.subnet4[0].id: 0 is not in the range 1 to 4294967294\n"
     "f:1: Dhcp4.subnet4[0].pools[0]: \"x\" is no pool; write \"192.0.2.10 - 192.0.2.99\" or \"192.0.2.64/26\""},
};

static const ConfsRow warnings[] = {
    {"nothing to say", CONFS_NET("{" NET "}"), ""},
    {"empty lists and false say nothing",
     CONFS_IF ", \"reservations\": [], \"shared-networks\": [], \"client-classes\": [], \"hosts-databases\": [],"
     "\"reservations-global\": false, \"reservations-in-subnet\": true, \"dhcp4o6-port\": 0, \"server-tag\": \"\"", ""},
    {"no interface", "\"valid-lifetime\": 10", "f:1: Dhcp4.interfaces-config: no interface is listed: nothing is served"},
    {"ignored", CONFS_IF ", \"multi-threading\": {\"enable-multi-threading\": true}",
     "f:1: Dhcp4.multi-threading: has no effect: one thread serves all packets"},
    {"the same key at many places is said once",
     CONFS_NET("{" NET ", \"ddns-send-updates\": true}, {\"subnet\": \"10.0.0.0/8\", \"ddns-send-updates\": true}"),
     "f:1: Dhcp4.subnet4[0].ddns-send-updates: has no effect: DNS updates are not made by this version"},
    {"updates of the DNS", CONFS_IF ", \"dhcp-ddns\": {\"enable-updates\": true}",
     "f:1: Dhcp4.dhcp-ddns: has no effect: DNS updates are not made by this version"},
    {"T2 above the lifetime", CONFS_IF ", \"valid-lifetime\": 100, \"renew-timer\": 50, \"rebind-timer\": 100",
     "f:1: Dhcp4: rebind-timer 100 is not below valid-lifetime 100; it is not sent"},
    {"T1 above T2", CONFS_IF ", \"renew-timer\": 50, \"rebind-timer\": 50",
     "f:1: Dhcp4: renew-timer 50 is not below rebind-timer 50; it is not sent"},
    {"T1 above the lifetime", CONFS_IF ", \"renew-timer\": 7200",
     "f:1: Dhcp4: renew-timer 7200 is not below valid-lifetime 7200; it is not sent"},
    {"bits behind the prefix", CONFS_NET("{\"subnet\": \"192.0.2.5/24\"}"),
     "f:1: Dhcp4.subnet4[0]: 192.0.2.5/24 has bits set behind its prefix; it is taken as 192.0.2.0/24"},
    {"routing over raw sockets", "\"interfaces-config\": {\"interfaces\": [\"*\"], \"outbound-interface\": \"use-routing\"}",
     "f:1: Dhcp4.interfaces-config: outbound-interface use-routing needs dhcp-socket-type udp; replies leave by the interface that the query came in"},
};

static const ConfsRow tops[] = {
    {"a list", "[]", "f:1: a configuration must be a map that holds Dhcp4 or Dhcp6"},
    {"nothing", "{}", "f:1: there is neither Dhcp4 nor Dhcp6: nothing would be served"},
    {"old loggers", "{\"Dhcp4\": {}, \"Logging\": {}}",
     "f:1: Logging: the map is no longer used; move its loggers to Dhcp4.loggers and Dhcp6.loggers"},
    {"control agent", "{\"Dhcp4\": {}, \"Control-agent\": {}}",
     "f:1: Control-agent: this is the configuration of Kea's control agent, which is not needed; remove it"},
    {"unknown", "{\"Dhcp4\": {}, \"dhcp4\": {}}",
     "f:1: dhcp4: unknown key; the top of a configuration holds Dhcp4, Dhcp6 and plugins"},
    {"Dhcp6 is a list", "{\"Dhcp6\": []}", "f:1: Dhcp6: must be a map"},
    {"Dhcp4 is a list", "{\"Dhcp4\": []}", "f:1: Dhcp4: must be a map"},
    {"plugins are a map", "{\"Dhcp4\": {}, \"plugins\": {}}", "f:1: plugins: must be a list"},
};

/* `want`: the plugins in order, ~ before one of the usual set. */
static const ConfsRow plugins[] = {
    {"the usual set", CONFS_IF, "~log ~lease_file ~control"},
    {"one more", CONFS_IF ", \"plugins\": [{\"name\": \"a\"}]", "~log ~lease_file ~control a"},
    {"one of the set named", CONFS_IF ", \"plugins\": [{\"name\": \"a\"}, {\"name\": \"log\"}]", "~lease_file ~control a log"},
    {"one of the set off", CONFS_IF ", \"plugins\": [{\"name\": \"log\", \"enabled\": false}]", "~lease_file ~control"},
    {"the store in Redis", CONFS_IF ", \"lease-database\": {\"type\": \"redis\"}", "~log ~lease_redis ~control"},
    {"another store", CONFS_IF ", \"lease-database\": {\"type\": \"other\"}", "~log ~control"},
    {"the file store by name", CONFS_IF ", \"lease-database\": {\"type\": \"memfile\"}", "~log ~lease_file ~control"},
    {"a library of Kea", CONFS_IF ", \"hooks-libraries\": [{\"library\": \"/usr/lib/kea/hooks/libdhcp_lease_cmds.so\"}]",
     "~log ~lease_file ~control lease_cmds"},
    {"a library by its name alone", CONFS_IF ", \"hooks-libraries\": [{\"library\": \"libdhcp_stat_cmds.so\"}]",
     "~log ~lease_file ~control stat_cmds"},
    {"somebody's library", CONFS_IF ", \"hooks-libraries\": [{\"library\": \"/opt/x/mine.so\"}]",
     "~log ~lease_file ~control /opt/x/mine.so"},
};
/* clang-format on */

static void test_errors(void)
{
    confs_check(errors, G_N_ELEMENTS(errors), confs_read, false);
}

static void test_warnings(void)
{
    confs_check(warnings, G_N_ELEMENTS(warnings), confs_read, true);
}

static void test_tops(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(tops); i++) {
        BerthErrors found;
        g_autofree char *text = NULL;
        BerthDoc *doc;

        berth_row("%s", tops[i].name);
        berth_errors_init(&found);
        doc = berth_doc_parse_json(berth_bytes(tops[i].body), "f", false, &found);
        CHECK(berth_conf_from_doc(doc, "f", &found) == NULL);
        text = berth_errors_text(&found);
        CHECK_TEXT(text, tops[i].want);
        berth_errors_clear(&found);
    }
}

static void show_plugins(const BerthConf *conf, GString *to)
{
    for (size_t i = 0; i < conf->n_plugins; i++)
        g_string_append_printf(to, "%s%s%s", i > 0 ? " " : "", conf->plugins[i].usual ? "~" : "",
                               conf->plugins[i].name);
}

static void test_plugins(void)
{
    confs_check_shown(plugins, G_N_ELEMENTS(plugins), confs_read, show_plugins);
}

/* ---- inheritance ---- */

static void show_params(const BerthConf *conf, GString *to)
{
    const BerthParams *params = &conf->v4.subnets[0].params;
    char addr[BERTH_ADDR_TEXT];

    g_string_append_printf(to, "%d/%d/%d %d %d %s%s %s '%s'", (int)params->min_valid_sec,
                           (int)params->valid_sec, (int)params->max_valid_sec,
                           (int)params->renew_sec, (int)params->rebind_sec,
                           params->authoritative ? "A" : "", params->match_client_id ? "M" : "",
                           berth_addr_text(params->next_server, addr), params->boot_file_name);
}

static void test_inheritance(void)
{
    static const ConfsRow rows[] = {
        {"defaults", CONFS_NET("{" NET "}"), "-1/7200/-1 -1 -1 M 0.0.0.0 ''"},
        {"of the global scope",
         "\"valid-lifetime\": 600, \"renew-timer\": 100, \"rebind-timer\": 200, \"authoritative\": "
         "true, \"match-client-id\": false, \"next-server\": \"192.0.2.1\", \"boot-file-name\": "
         "\"f\", " CONFS_NET("{" NET "}"),
         "-1/600/-1 100 200 A 192.0.2.1 'f'"},
        {"its own wins",
         "\"valid-lifetime\": 600, \"min-valid-lifetime\": 60, \"authoritative\": true, "
         "\"boot-file-name\": \"f\", " CONFS_NET(
             "{" NET ", \"valid-lifetime\": 300, \"max-valid-lifetime\": 900, \"authoritative\": "
             "false, \"boot-file-name\": \"\"}"),
         "60/300/900 -1 -1 M 0.0.0.0 'f'"},
        {"a shorter lifetime leaves the inherited T2 as it is",
         "\"renew-timer\": 100, \"rebind-timer\": 200, " CONFS_NET("{" NET
                                                                   ", \"valid-lifetime\": 150}"),
         "-1/150/-1 100 200 M 0.0.0.0 ''"},
    };

    confs_check_shown(rows, G_N_ELEMENTS(rows), confs_read, show_params);
}

/* ---- look-ups ---- */

static const char lookup_conf[] = CONFS_NET(
    "{\"subnet\": \"10.0.0.0/8\", \"pools\": [{\"pool\": \"10.9.0.0/16\"}, {\"pool\": \"10.1.0.5 - "
    "10.1.0.9\", \"pool-id\": 4}]},"
    "{\"subnet\": \"10.2.0.0/16\", \"id\": 2, \"interface\": \"eth1\", \"relay\": "
    "{\"ip-addresses\": [\"172.16.0.1\", \"172.16.0.2\"]}},"
    "{\"subnet\": \"10.2.3.0/24\", \"interface\": \"eth0\"},"
    "{\"subnet\": \"10.2.3.0/30\", \"id\": 9, \"interface\": \"eth0\"},"
    "{\"subnet\": \"192.0.2.1/32\", \"relay\": {\"ip-addresses\": [\"10.2.3.1\"]}},"
    "{\"subnet\": \"255.255.255.0/24\"}");

static void test_subnets(void)
{
    static const ConfsLookup rows[] = {
        {"9.255.255.255", 0, 0},   {"10.0.0.0", 1, 1},
        {"10.1.255.255", 1, 1},    {"10.2.0.0", 2, 2},
        {"10.2.2.255", 2, 2},      {"10.2.3.0", 9, 9},
        {"10.2.3.1", 9, 4},        {"10.2.3.3", 9, 9},
        {"10.2.3.4", 3, 3},        {"10.2.3.255", 3, 3},
        {"10.2.4.0", 2, 2},        {"10.3.0.0", 1, 1},
        {"10.255.255.255", 1, 1},  {"11.0.0.0", 0, 0},
        {"192.0.2.0", 0, 0},       {"192.0.2.1", 4, 4},
        {"192.0.2.2", 0, 0},       {"172.16.0.1", 0, 2},
        {"172.16.0.2", 0, 2},      {"172.16.0.3", 0, 0},
        {"255.255.255.255", 5, 5}, {"::", 0, 0},
        {"ffff::", 0, 0},          {"0.0.0.0", 0, 0},
    };
    g_autofree char *text = NULL;
    BerthConf *conf = confs_read(lookup_conf, &text);

    CHECK_TEXT(text, "");
    if (!conf)
        return;
    confs_check_lookups(&conf->v4, rows, G_N_ELEMENTS(rows));
    berth_conf_unref(conf);
}

static void test_names(void)
{
    g_autofree char *text = NULL;
    BerthConf *conf = confs_read(lookup_conf, &text);

    if (!CHECK(conf != NULL))
        return;
    berth_row("by interface");
    CHECK_INT(confs_id(berth_conf_subnet_by_interface(&conf->v4, "eth0", NULL)), 3);
    CHECK_INT(confs_id(berth_conf_subnet_by_interface(&conf->v4, "eth1", NULL)), 2);
    CHECK_INT(confs_id(berth_conf_subnet_by_interface(&conf->v4, "eth2", NULL)), 0);
    berth_row("by id");
    for (uint32_t id = 0; id < 12; id++)
        CHECK_INT(confs_id(berth_conf_subnet_by_id(&conf->v4, id)),
                  id >= 1 && (id <= 5 || id == 9) ? id : 0);
    berth_conf_unref(conf);
}

static void test_pools(void)
{
    static const struct {
        const char *addr;
        int index;
    } rows[] = {
        {"10.1.0.4", -1},     {"10.1.0.5", 1}, {"10.1.0.9", 1},     {"10.1.0.10", -1},
        {"10.8.255.255", -1}, {"10.9.0.0", 0}, {"10.9.255.255", 0}, {"10.10.0.0", -1},
    };
    g_autofree char *text = NULL;
    BerthConf *conf = confs_read(lookup_conf, &text);

    if (!CHECK(conf != NULL))
        return;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        const BerthPool *pool = berth_conf_pool_of(&conf->v4.subnets[0], confs_addr(rows[i].addr));

        berth_row("%s", rows[i].addr);
        CHECK_INT(pool ? (int)pool->index : -1, rows[i].index);
    }
    berth_row("the pools themselves");
    CHECK_INT(conf->v4.n_pools, 2);
    CHECK_INT(conf->v4.pools[1].id, 4);
    CHECK(conf->v4.pools[1].subnet == &conf->v4.subnets[0]);
    CHECK(berth_conf_pool_of(&conf->v4.subnets[1], confs_addr("10.2.0.1")) == NULL);
    berth_conf_unref(conf);
}

#define MANY 10000

static void test_many(void)
{
    g_autoptr(GString) body = g_string_new(CONFS_IF ", \"subnet4\": [");
    g_autofree char *text = NULL;
    BerthConf *conf;
    unsigned wrong = 0;

    for (unsigned i = 0; i < MANY; i++)
        g_string_append_printf(body,
                               "{\"subnet\": \"10.%u.%u.0/24\", \"pools\": [{\"pool\": "
                               "\"10.%u.%u.10 - 10.%u.%u.99\"}]},",
                               i / 256, i % 256, i / 256, i % 256, i / 256, i % 256);
    g_string_overwrite(body, body->len - 1, "]");
    conf = confs_read(body->str, &text);
    CHECK_TEXT(text, "");
    if (!conf)
        return;
    for (unsigned i = 0; i < MANY; i++) {
        const BerthAddr addr = berth_addr4(0x0a000000 + i * 256 + 50);
        const BerthSubnet *subnet = berth_conf_subnet_of(&conf->v4, addr, NULL);
        const BerthPool *pool = subnet ? berth_conf_pool_of(subnet, addr) : NULL;

        wrong += !pool || subnet->id != i + 1 || pool->index != i ||
                 berth_conf_subnet_by_id(&conf->v4, i + 1) != subnet;
    }
    CHECK_INT(wrong, 0);
    berth_conf_unref(conf);
}

/* ---- the whole ---- */

static void test_kea_file(void)
{
    BerthConf *conf = confs_read_file("kea-dhcp4.conf");

    if (!conf)
        return;
    CHECK_INT(conf->v4.n_subnets, 3);
    CHECK_INT(conf->v4.n_pools, 4);
    CHECK_INT(conf->v4.options.n, 3);
    CHECK_INT(conf->n_loggers, 2);
    CHECK_INT(conf->loggers[1].level, BERTH_DEBUG);
    CHECK_INT(conf->n_plugins, 5);
    CHECK_INT(conf->v4.unclaimed->len, 1);
    CHECK_INT(conf->warnings->len, 3);
    CHECK_INT(conf->v4.reclaim_wait_sec, 10);
    CHECK_TEXT(conf->v4.lease_type, "memfile");
    berth_conf_unref(conf);
}

static void test_libconfig(void)
{
    static const char text[] =
        "Dhcp4 = {\n"
        "  interfaces-config = { interfaces = [ \"eth0\", \"eth1/192.0.2.1\" ]; };\n"
        "  valid-lifetime = 600;\n"
        "  subnet4 = ( { subnet = \"192.0.2.0/24\"; pools = ( { pool = \"192.0.2.8/29\"; } ); } "
        ");\n"
        "};\n"
        "plugins = ( { name = \"log\"; enabled = false; }, { name = \"a\"; } );\n";
    BerthErrors found;
    BerthConf *conf;

    berth_errors_init(&found);
    conf =
        berth_conf_from_doc(berth_doc_parse_libconfig(berth_bytes(text), "f", &found), "f", &found);
    berth_errors_clear(&found);
    if (!CHECK(conf != NULL))
        return;
    CHECK_INT(conf->v4.interfaces.n_names, 2);
    CHECK_TEXT(conf->v4.interfaces.names[1].name, "eth1");
    CHECK(berth_addr_equal(conf->v4.interfaces.names[1].addr, berth_addr4(0xc0000201)));
    CHECK(conf->v4.interfaces.raw);
    CHECK_INT(conf->v4.subnets[0].params.valid_sec, 600);
    CHECK_INT(conf->n_plugins, 3);
    CHECK_INT(conf->plugins_off.n, 1);
    berth_conf_unref(conf);
}

static void count_free(void *loaded)
{
    ++*(int *)loaded;
}

static void test_references(void)
{
    g_autofree char *text = NULL;
    BerthConf *conf = confs_read(CONFS_NET("{" NET "}"), &text);
    int freed = 0;

    if (!CHECK(conf != NULL))
        return;
    conf->loaded = &freed;
    conf->loaded_free = count_free;
    CHECK(berth_conf_ref(conf) == conf);
    berth_conf_unref(conf);
    CHECK_INT(freed, 0);
    berth_conf_unref(conf);
    CHECK_INT(freed, 1);
    berth_conf_unref(NULL);
}

int main(int argc, char **argv)
{
    static const BerthTest tests[] = {
        {"errors", test_errors},
        {"warnings", test_warnings},
        {"tops", test_tops},
        {"plugins", test_plugins},
        {"inheritance", test_inheritance},
        {"subnets", test_subnets},
        {"names", test_names},
        {"pools", test_pools},
        {"many", test_many},
        {"kea_file", test_kea_file},
        {"libconfig", test_libconfig},
        {"references", test_references},
        {0},
    };

    return berth_tests_main("conf", tests, argc, argv);
}
