/* test_conf6 - Dhcp6 in a snapshot: what is refused and how it is said, what is inherited, what is
 * found. What Dhcp4 has alike is test_conf's, both in one file are test_conf_both's. */
#include "core/conf/conf.h"
#include "tests/lib/confs.h"

/* clang-format off */
#define NET "\"subnet\": \"2001:db8:1::/64\""
#define PD(body) CONFS_NET6("{" NET ", \"pd-pools\": [" body "]}")
#define AT "f:1: Dhcp6.subnet6[0]"
#define PD_AT AT ".pd-pools[0]: "

static const ConfsRow errors[] = {
    {"unknown key in a subnet", CONFS_NET6("{" NET ", \"pd-pool\": []}"), AT ".pd-pool: unknown key; did you mean \"pd-pools\"?"},
    {"a key of Dhcp4 in a subnet", CONFS_NET6("{" NET ", \"next-server\": \"192.0.2.1\"}"), AT ".next-server: unknown key"},
    {"a key of Dhcp4 in interfaces-config", "\"interfaces-config\": {\"interfaces\": [\"*\"], \"dhcp-socket-type\": \"udp\"}",
     "f:1: Dhcp6.interfaces-config.dhcp-socket-type: unknown key"},
    {"subnet is missing", CONFS_NET6("{\"id\": 3}"), AT ": the key \"subnet\" is missing"},
    {"subnets are a map", "\"subnet6\": {}", "f:1: Dhcp6.subnet6: must be a list"},
    {"a subnet is a number", "\"subnet6\": [ 1 ]", AT ": must be a map"},
    {"prefix", CONFS_NET6("{\"subnet\": \"2001:db8::/129\"}"), AT ": \"2001:db8::/129\" is no IPv6 prefix; write \"2001:db8:1::/64\""},
    {"IPv4 prefix", CONFS_NET6("{\"subnet\": \"192.0.2.0/24\"}"), AT ": \"192.0.2.0/24\" is no IPv6 prefix; write \"2001:db8:1::/64\""},
    {"mapped prefix", CONFS_NET6("{\"subnet\": \"::ffff:192.0.2.0/120\"}"), AT ": \"::ffff:192.0.2.0/120\" is no IPv6 prefix; write \"2001:db8:1::/64\""},
    {"pool outside", CONFS_NET6("{" NET ", \"pools\": [{\"pool\": \"2001:db8:1::1 - 2001:db8:1:1::\"}]}"),
     AT ".pools[0]: the pool 2001:db8:1::1 - 2001:db8:1:1:: is not inside its subnet 2001:db8:1::/64"},
    {"pool ends before it begins", CONFS_NET6("{" NET ", \"pools\": [{\"pool\": \"2001:db8:1::9 - 2001:db8:1::8\"}]}"),
     AT ".pools[0]: \"2001:db8:1::9 - 2001:db8:1::8\" ends before it begins"},
    {"pool text", CONFS_NET6("{" NET ", \"pools\": [{\"pool\": \"2001:db8:1::9\"}]}"),
     AT ".pools[0]: \"2001:db8:1::9\" is no pool; write \"2001:db8:1::100 - 2001:db8:1::1ff\" or \"2001:db8:1::/80\""},
    {"pool of IPv4", CONFS_NET6("{" NET ", \"pools\": [{\"pool\": \"192.0.2.64/26\"}]}"),
     AT ".pools[0]: \"192.0.2.64/26\" is no IPv6 prefix; write \"2001:db8:1::/80\""},
    {"pool prefix has bits behind it", CONFS_NET6("{" NET ", \"pools\": [{\"pool\": \"2001:db8:1::5/126\"}]}"),
     AT ".pools[0]: \"2001:db8:1::5/126\" does not begin at the first address of its prefix; write a range \"first - last\""},
    {"pools overlap", CONFS_NET6("{" NET ", \"pools\": [{\"pool\": \"2001:db8:1::1-2001:db8:1::9\"}, {\"pool\": \"2001:db8:1::8/126\"}]}"),
     "f:1: the pool 2001:db8:1::8/126 of subnet 2001:db8:1::/64 overlaps the pool 2001:db8:1::1-2001:db8:1::9 of subnet 2001:db8:1::/64, line 1"},
    {"subnet twice", CONFS_NET6("{" NET "}, {\"subnet\": \"2001:db8:1:0::/64\"}"), "f:1: the subnet 2001:db8:1:0::/64 stands there already, line 1"},
    {"id twice", CONFS_NET6("{" NET ", \"id\": 7}, {\"subnet\": \"2001:db8:2::/64\", \"id\": 7}"),
     "f:1: the id 7 of subnet 2001:db8:2::/64 is that of subnet 2001:db8:1::/64, line 1, too"},
    {"id 0", CONFS_NET6("{" NET ", \"id\": 0}"), AT ".id: 0 is not in the range 1 to 4294967294"},
    {"relay", CONFS_NET6("{" NET ", \"relay\": {\"ip-addresses\": [\"192.0.2.1\"]}}"), AT ".relay: \"192.0.2.1\" is no IPv6 address"},
    {"interface and interface-id", CONFS_NET6("{" NET ", \"interface\": \"eth0\", \"interface-id\": \"a\"}"),
     AT ": interface is for clients on a link of the server, interface-id for those behind a relay; leave one of them out"},
    {"no free-lease queue for addresses", CONFS_IF ", \"allocator\": \"flq\"", "f:1: Dhcp6.allocator: \"flq\" is not one of iterative, random"},
    {"interface", "\"interfaces-config\": {\"interfaces\": [\"eth0/192.0.2.1\"]}",
     "f:1: Dhcp6.interfaces-config.interfaces: \"eth0/192.0.2.1\" is no interface; write \"eth0\", \"eth0/2001:db8::1\" or \"*\""},
    {"interface twice", "\"interfaces-config\": {\"interfaces\": [\"eth0/2001:db8::1\", \"eth0/2001:DB8:0::1\"]}",
     "f:1: Dhcp6.interfaces-config.interfaces: \"eth0/2001:DB8:0::1\" stands there twice"},

    /* ---- lifetimes ---- */
    {"min above valid", CONFS_IF ", \"valid-lifetime\": 100, \"min-valid-lifetime\": 200", "f:1: Dhcp6: min-valid-lifetime 200 is above valid-lifetime 100"},
    {"min above preferred", CONFS_IF ", \"preferred-lifetime\": 100, \"min-preferred-lifetime\": 200",
     "f:1: Dhcp6: min-preferred-lifetime 200 is above preferred-lifetime 100"},
    {"max below preferred, of which one is inherited", "\"preferred-lifetime\": 100, " CONFS_NET6("{" NET ", \"max-preferred-lifetime\": 99}"),
     AT ": max-preferred-lifetime 99 is below preferred-lifetime 100"},
    {"min above max", CONFS_IF ", \"min-preferred-lifetime\": 200, \"max-preferred-lifetime\": 100",
     "f:1: Dhcp6: max-preferred-lifetime 100 is below preferred-lifetime 200"},
    {"min preferred above valid", CONFS_IF ", \"valid-lifetime\": 100, \"min-preferred-lifetime\": 200",
     "f:1: Dhcp6: min-preferred-lifetime 200 is above valid-lifetime 100"},
    {"preferred 0", CONFS_IF ", \"preferred-lifetime\": 0", "f:1: Dhcp6.preferred-lifetime: 0 is not in the range 1 to 4294967295"},
    {"percents", CONFS_IF ", \"t1-percent\": 0.8", "f:1: Dhcp6: t1-percent 0.8 and t2-percent 0.8 do not fit; 0 < t1-percent < t2-percent < 1 is needed"},

    /* ---- pools of prefixes ---- */
    {"keys are missing", PD("{}"), AT ".pd-pools[0]: the key \"prefix\" is missing\n" AT ".pd-pools[0]: the key \"prefix-len\" is missing\n"
     AT ".pd-pools[0]: the key \"delegated-len\" is missing"},
    {"pd-pools are a map", CONFS_NET6("{" NET ", \"pd-pools\": {}}"), AT ".pd-pools: must be a list"},
    {"prefix with a length", PD("{\"prefix\": \"2001:db8:8::/45\", \"prefix-len\": 45, \"delegated-len\": 56}"),
     PD_AT "prefix: \"2001:db8:8::/45\" is no IPv6 address; write \"2001:db8:8::\", the length is a key of its own"},
    {"prefix of IPv4", PD("{\"prefix\": \"192.0.2.0\", \"prefix-len\": 45, \"delegated-len\": 56}"),
     PD_AT "prefix: \"192.0.2.0\" is no IPv6 address; write \"2001:db8:8::\", the length is a key of its own"},
    {"prefix-len 0", PD("{\"prefix\": \"::\", \"prefix-len\": 0, \"delegated-len\": 56}"), AT ".pd-pools[0].prefix-len: 0 is not in the range 1 to 128"},
    {"delegated-len 129", PD("{\"prefix\": \"2001:db8:8::\", \"prefix-len\": 45, \"delegated-len\": 129}"),
     AT ".pd-pools[0].delegated-len: 129 is not in the range 1 to 128"},
    {"delegated-len below prefix-len", PD("{\"prefix\": \"2001:db8:8::\", \"prefix-len\": 45, \"delegated-len\": 44}"),
     PD_AT "delegated-len 44 is less than prefix-len 45"},
    {"more prefixes than one can number", PD("{\"prefix\": \"2001:db8:8::\", \"prefix-len\": 45, \"delegated-len\": 110}"),
     PD_AT "delegated-len 110 is more than 64 above prefix-len 45"},
    {"excluded without a length", PD("{\"prefix\": \"2001:db8:8::\", \"prefix-len\": 45, \"delegated-len\": 56, \"excluded-prefix\": \"2001:db8:8::\"}"),
     PD_AT "excluded-prefix and excluded-prefix-len need each other"},
    {"a length of nothing excluded", PD("{\"prefix\": \"2001:db8:8::\", \"prefix-len\": 45, \"delegated-len\": 56, \"excluded-prefix-len\": 64}"),
     PD_AT "excluded-prefix and excluded-prefix-len need each other"},
    {"excluded as long as delegated",
     PD("{\"prefix\": \"2001:db8:8::\", \"prefix-len\": 45, \"delegated-len\": 56, \"excluded-prefix\": \"2001:db8:8::\", \"excluded-prefix-len\": 56}"),
     PD_AT "excluded-prefix-len 56 is not above delegated-len 56"},
    {"excluded outside of the first",
     PD("{\"prefix\": \"2001:db8:8::\", \"prefix-len\": 45, \"delegated-len\": 56, \"excluded-prefix\": \"2001:db8:8:100::\", \"excluded-prefix-len\": 64}"),
     PD_AT "excluded-prefix 2001:db8:8:100:: is not inside 2001:db8:8::/56, the first prefix of the pool"},
    {"bits behind the excluded",
     PD("{\"prefix\": \"2001:db8:8::\", \"prefix-len\": 45, \"delegated-len\": 56, \"excluded-prefix\": \"2001:db8:8:1::1\", \"excluded-prefix-len\": 64}"),
     PD_AT "excluded-prefix: 2001:db8:8:1::1 has bits set behind its length 64"},
    {"pd-pools overlap",
     PD("{\"prefix\": \"2001:db8:8::\", \"prefix-len\": 45, \"delegated-len\": 56}, {\"prefix\": \"2001:db8:f::\", \"prefix-len\": 48, \"delegated-len\": 64}"),
     "f:1: the pool 2001:db8:f::/48 of subnet 2001:db8:1::/64 overlaps the pool 2001:db8:8::/45 of subnet 2001:db8:1::/64, line 1"},
    {"a pd-pool overlaps the addresses of another subnet",
     CONFS_NET6("{" NET ", \"pd-pools\": [{\"prefix\": \"2001:db8::\", \"prefix-len\": 32, \"delegated-len\": 56}]},"
                "{\"subnet\": \"2001:db8:2::/64\", \"pools\": [{\"pool\": \"2001:db8:2::/80\"}]}"),
     "f:1: the pool 2001:db8:2::/80 of subnet 2001:db8:2::/64 overlaps the pool 2001:db8::/32 of subnet 2001:db8:1::/64, line 1"},

    /* ---- the map itself ---- */
    {"server-id type", CONFS_IF ", \"server-id\": {\"type\": \"UUID\"}", "f:1: Dhcp6.server-id.type: \"UUID\" is not one of LLT, EN, LL"},
    {"server-id identifier", CONFS_IF ", \"server-id\": {\"identifier\": \"xyz\"}",
     "f:1: Dhcp6.server-id: identifier: \"xyz\" is not the hex digits of 1 to 20 bytes"},
    {"server-id identifier too long", CONFS_IF ", \"server-id\": {\"identifier\": \"0102030405060708090a0b0c0d0e0f101112131415\"}",
     "f:1: Dhcp6.server-id: identifier: \"0102030405060708090a0b0c0d0e0f101112131415\" is not the hex digits of 1 to 20 bytes"},
    {"server-id htype", CONFS_IF ", \"server-id\": {\"htype\": 65536}", "f:1: Dhcp6.server-id.htype: 65536 is not in the range 0 to 65535"},
    {"mac-sources", CONFS_IF ", \"mac-sources\": [\"duid\", \"arp\"]",
     "f:1: Dhcp6.mac-sources: \"arp\" is no source; there are any, raw, duid, ipv6-link-local, client-link-addr-option, remote-id, "
     "subscriber-id, docsis-cmts and docsis-modem"},
    {"relay-supplied-options", CONFS_IF ", \"relay-supplied-options\": [\"dns-server\"]",
     "f:1: Dhcp6.relay-supplied-options: \"dns-server\" is no option of space dhcp6"},
    {"relay-supplied-options by a code that is none", CONFS_IF ", \"relay-supplied-options\": [\"65536\"]",
     "f:1: Dhcp6.relay-supplied-options: \"65536\" is no option of space dhcp6"},
    {"lease-database is a list", CONFS_IF ", \"lease-database\": []", "f:1: Dhcp6.lease-database: must be a map"},
    {"severity", CONFS_IF ", \"loggers\": [{\"name\": \"kea-dhcp6\", \"severity\": \"LOUD\"}]",
     "f:1: Dhcp6.loggers[0].severity: \"LOUD\" is not one of DEBUG, INFO, WARN, ERROR, FATAL, NONE"},
    {"class of DHCPv4", CONFS_IF ", \"client-classes\": [{\"name\": \"a\", \"test\": \"pkt4.mac == 0x01\"}]",
     "f:1: Dhcp6.client-classes[0]: test: column 1: DHCPv6 has no pkt4"},
    {"key of DHCPv4", CONFS_IF ", \"client-classes\": [{\"name\": \"a\", \"next-server\": \"192.0.2.1\"}]",
     "f:1: Dhcp6.client-classes[0].next-server: unknown key"},
    {"4o6", CONFS_IF ", \"dhcp4o6-port\": 1", "f:1: Dhcp6.dhcp4o6-port: is not supported: this version has no DHCPv4 over DHCPv6"},
    {"all errors at once", "\"valid-lifetime\": \"x\", " CONFS_NET6("{" NET ", \"id\": 0, \"pools\": [{\"pool\": \"x\"}], \"pd-pools\": [1]}"),
     "f:1: Dhcp6.valid-lifetime: a string where a number is expected\n"
     AT ".id: 0 is not in the range 1 to 4294967294\n"
     AT ".pools[0]: \"x\" is no pool; write \"2001:db8:1::100 - 2001:db8:1::1ff\" or \"2001:db8:1::/80\"\n"
     AT ".pd-pools[0]: a number where a map is expected"},
};

static const ConfsRow warnings[] = {
    {"nothing to say", CONFS_NET6("{" NET "}"), ""},
    {"empty lists and false say nothing",
     CONFS_IF ", \"reservations\": [], \"shared-networks\": [], \"client-classes\": [], \"hosts-databases\": [],"
     "\"reservations-global\": false, \"dhcp4o6-port\": 0, \"server-tag\": \"\", \"data-directory\": \"\"", ""},
    {"no interface", "\"valid-lifetime\": 10", "f:1: Dhcp6.interfaces-config: no interface is listed: nothing is served"},
    {"updates of the DNS", CONFS_IF ", \"dhcp-ddns\": {\"enable-updates\": true}, \"ddns-send-updates\": true",
     "f:1: Dhcp6.dhcp-ddns: has no effect: DNS updates are not made by this version\n"
     "f:1: Dhcp6.ddns-send-updates: has no effect: DNS updates are not made by this version"},
    {"data-directory", CONFS_IF ", \"data-directory\": \"/var\"", "f:1: Dhcp6.data-directory: has no effect: the environment says it: KEA_DHCP_DATA_DIR"},
    {"preferred above valid", CONFS_IF ", \"preferred-lifetime\": 200, \"valid-lifetime\": 100",
     "f:1: Dhcp6: preferred-lifetime 200 is above valid-lifetime 100; 0.625 of that is used"},
    {"T2 above the lifetime", CONFS_IF ", \"valid-lifetime\": 100, \"renew-timer\": 50, \"rebind-timer\": 100", ""},
    {"T1 above T2", CONFS_IF ", \"renew-timer\": 50, \"rebind-timer\": 50", "f:1: Dhcp6: renew-timer 50 is not below rebind-timer 50; it is not sent"},
    {"bits behind the prefix", CONFS_NET6("{\"subnet\": \"2001:db8:1::5/64\"}"),
     AT ": 2001:db8:1::5/64 has bits set behind its prefix; it is taken as 2001:db8:1::/64"},
    {"bits behind the prefix of a pool", PD("{\"prefix\": \"2001:db8:9::\", \"prefix-len\": 45, \"delegated-len\": 56}"),
     PD_AT "prefix: 2001:db8:9:: has bits set behind its length; it is taken as 2001:db8:8::/45"},
    {"bits behind a reserved prefix", CONFS_NET6("{" NET ", \"reservations\": [{\"duid\": \"01:02:03\", \"prefixes\": [\"2001:db8:8::1/56\"]}]}"),
     AT ".reservations[0]: prefixes: 2001:db8:8::1/56 has bits set behind its length; it is taken as 2001:db8:8::/56"},
};
/* clang-format on */

static void test_errors(void)
{
    confs_check(errors, G_N_ELEMENTS(errors), confs_read6, false);
}

static void test_warnings(void)
{
    confs_check(warnings, G_N_ELEMENTS(warnings), confs_read6, true);
}

/* ---- inheritance ---- */

static void show_params(const BerthConf *conf, GString *to)
{
    const BerthParams *params = &conf->v6.subnets[0].params;
    g_string_append_printf(
        to, "%d/%d/%d %d/%d/%d T%d/%d%s%s%s a%d p%d", (int)params->min_valid_sec,
        (int)params->valid_sec, (int)params->max_valid_sec, (int)params->min_preferred_sec,
        (int)params->preferred_sec, (int)params->max_preferred_sec, (int)params->renew_sec,
        (int)params->rebind_sec, params->calculate_tee_times ? " C" : "",
        params->rapid_commit ? " R" : "", params->store_extended_info ? " X" : "",
        params->allocator, params->pd_allocator);
}

static void test_inheritance(void)
{
    static const ConfsRow rows[] = {
        {"defaults", CONFS_NET6("{" NET "}"), "-1/7200/-1 -1/4500/-1 T-1/-1 C a0 p0"},
        {"of the global scope",
         "\"preferred-lifetime\": 600, \"min-preferred-lifetime\": 300, "
         "\"max-preferred-lifetime\": "
         "900, \"rapid-commit\": true, \"store-extended-info\": true, \"allocator\": \"random\", "
         "\"pd-allocator\": \"flq\", \"calculate-tee-times\": false, " CONFS_NET6("{" NET "}"),
         "-1/7200/-1 300/600/900 T-1/-1 R X a1 p2"},
        {"its own wins",
         "\"preferred-lifetime\": 600, \"rapid-commit\": true, \"renew-timer\": 60, " CONFS_NET6(
             "{" NET
             ", \"preferred-lifetime\": 500, \"rapid-commit\": false, \"renew-timer\": 50}"),
         "-1/7200/-1 -1/500/-1 T50/-1 C a0 p0"},
        {"what is derived is derived from its own",
         "\"valid-lifetime\": 100, " CONFS_NET6("{" NET ", \"valid-lifetime\": 1000}"),
         "-1/1000/-1 -1/625/-1 T-1/-1 C a0 p0"},
        {"what does not fit outside may fit inside",
         "\"valid-lifetime\": 100, \"preferred-lifetime\": 500, \"renew-timer\": 300, " CONFS_NET6(
             "{" NET ", \"valid-lifetime\": 1000}"),
         "-1/1000/-1 -1/500/-1 T300/-1 C a0 p0"},
        {"what is derived keeps to its bounds",
         "\"max-preferred-lifetime\": 900, " CONFS_NET6("{" NET "}"),
         "-1/7200/-1 -1/900/900 T-1/-1 C a0 p0"},
        {"the least lifetime", "\"valid-lifetime\": 1, " CONFS_NET6("{" NET "}"),
         "-1/1/-1 -1/1/-1 T-1/-1 C a0 p0"},
    };

    confs_check_shown(rows, G_N_ELEMENTS(rows), confs_read6, show_params);
}

/* ---- look-ups ---- */

static const char lookup_conf[] = CONFS_NET6(
    "{\"subnet\": \"2001:db8::/32\", \"pools\": [{\"pool\": \"2001:db8:9::/48\"}, {\"pool\": "
    "\"2001:db8:1::5 - 2001:db8:1::9\", \"pool-id\": 4}], \"pd-pools\": [{\"prefix\": "
    "\"2001:db9::\", \"prefix-len\": 32, \"delegated-len\": 56, \"pool-id\": 6, "
    "\"excluded-prefix\": \"2001:db9:0:ff::\", \"excluded-prefix-len\": 64}, {\"prefix\": "
    "\"2001:db8:8::\", \"prefix-len\": 48, \"delegated-len\": 48}]},"
    "{\"subnet\": \"2001:db8:2::/48\", \"id\": 2, \"interface\": \"eth1\", \"relay\": "
    "{\"ip-addresses\": [\"fe80::1\", \"2001:db8:ff::2\"]}},"
    "{\"subnet\": \"2001:db8:2:3::/64\", \"interface-id\": \"vlan12\"},"
    "{\"subnet\": \"fd00::/8\", \"id\": 9, \"interface-id\": \"vlan12\"},"
    "{\"subnet\": \"2001:db8:4::/128\", \"interface-id\": \"vlan1\", \"pd-pools\": [{\"prefix\": "
    "\"2001:dba::\", \"prefix-len\": 64, \"delegated-len\": 128}]}");

static void test_subnets(void)
{
    static const ConfsLookup rows[] = {
        {"2001:db7:ffff::", 0, 0}, {"2001:db8::", 1, 1},
        {"2001:db8:2::", 2, 2},    {"2001:db8:2:3::1", 3, 3},
        {"2001:db8:2:4::", 2, 2},  {"2001:db8:3::", 1, 1},
        {"2001:db9::", 0, 0},      {"fe80::1", 0, 2},
        {"fe80::2", 0, 0},         {"2001:db8:ff::2", 1, 2},
        {"fdff::1", 9, 9},         {"2001:db8:4::", 4, 4},
        {"2001:db8:4::1", 1, 1},   {"::", 0, 0},
        {"192.0.2.1", 0, 0},
    };
    g_autofree char *text = NULL;
    BerthConf *conf = confs_read6(lookup_conf, &text);

    CHECK_TEXT(text, "");
    if (!conf)
        return;
    confs_check_lookups(&conf->v6, rows, G_N_ELEMENTS(rows));
    berth_conf_unref(conf);
}

static void test_names(void)
{
    static const struct {
        const char *id;
        int want;
    } rows[] = {{"vlan12", 3}, {"vlan1", 4}, {"vlan", 0}, {"vlan123", 0}, {"", 0}};
    g_autofree char *text = NULL;
    BerthConf *conf = confs_read6(lookup_conf, &text);

    if (!CHECK(conf != NULL))
        return;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        berth_row("interface-id %s", rows[i].id);
        CHECK_INT(
            confs_id(berth_conf_subnet_by_interface_id(&conf->v6, berth_bytes(rows[i].id), NULL)),
            rows[i].want);
    }
    berth_row("by interface");
    CHECK_INT(confs_id(berth_conf_subnet_by_interface(&conf->v6, "eth1", NULL)), 2);
    CHECK_INT(confs_id(berth_conf_subnet_by_interface(&conf->v6, "eth0", NULL)), 0);
    berth_row("by id");
    CHECK_INT(confs_id(berth_conf_subnet_by_id(&conf->v6, 9)), 9);
    CHECK_INT(confs_id(berth_conf_subnet_by_id(&conf->v6, 5)), 0);
    berth_row("of the other family");
    CHECK(!conf->v4.present);
    berth_conf_unref(conf);
}

static void test_pools(void)
{
    static const struct {
        const char *addr;
        int pool, pd_pool;
    } rows[] = {
        {"2001:db8:1::4", -1, -1},        {"2001:db8:1::5", 1, -1}, {"2001:db8:1::9", 1, -1},
        {"2001:db8:1::a", -1, -1},        {"2001:db8:9::", 0, -1},  {"2001:db8:9:ffff::", 0, -1},
        {"2001:db8:8::", -1, 3},          {"2001:db9::", -1, 2},    {"2001:db9:ffff:ff00::", -1, 2},
        {"2001:db9:ffff:ffff::1", -1, 2}, {"2001:dba::", -1, -1},
    };
    g_autofree char *text = NULL;
    BerthConf *conf = confs_read6(lookup_conf, &text);
    const BerthSubnet *subnet;

    if (!CHECK(conf != NULL))
        return;
    subnet = &conf->v6.subnets[0];
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        const BerthPool *pool = berth_conf_pool_of(subnet, confs_addr(rows[i].addr));
        const BerthPool *pd_pool = berth_conf_pd_pool_of(subnet, confs_addr(rows[i].addr));

        berth_row("%s", rows[i].addr);
        CHECK_INT(pool ? (int)pool->index : -1, rows[i].pool);
        CHECK_INT(pd_pool ? (int)pd_pool->index : -1, rows[i].pd_pool);
    }
    berth_row("of another subnet");
    CHECK(berth_conf_pool_of(&conf->v6.subnets[1], confs_addr("2001:db8:9::")) == NULL);
    CHECK(berth_conf_pd_pool_of(&conf->v6.subnets[4], confs_addr("2001:dba::1")) ==
          &conf->v6.pools[4]);
    berth_conf_unref(conf);
}

static void test_pd_pool(void)
{
    g_autofree char *text = NULL;
    BerthConf *conf = confs_read6(lookup_conf, &text);
    const BerthPool *pool;
    char addr[BERTH_ADDR_TEXT];

    if (!CHECK(conf != NULL))
        return;
    CHECK_INT(conf->v6.n_pools, 5);
    pool = &conf->v6.pools[2];
    CHECK_INT(pool->type, BERTH_LEASE_PD);
    CHECK_INT(pool->prefix_len, 32);
    CHECK_INT(pool->delegated_len, 56);
    CHECK_INT(pool->id, 6);
    CHECK(pool->subnet == &conf->v6.subnets[0]);
    CHECK_TEXT(pool->text, "2001:db9::/32");
    CHECK_TEXT(berth_addr_text(pool->last, addr), "2001:db9:ffff:ffff:ffff:ffff:ffff:ffff");
    CHECK_INT(pool->excluded_len, 64);
    CHECK_TEXT(berth_addr_text(berth_conf_excluded(pool, confs_addr("2001:db9:1:200::")), addr),
               "2001:db9:1:2ff::");
    berth_row("addresses");
    CHECK_INT(conf->v6.pools[0].type, BERTH_LEASE_NA);
    CHECK_INT(conf->v6.pools[0].delegated_len, 128);
    CHECK_INT(conf->v6.pools[0].excluded_len, 0);
    berth_conf_unref(conf);
}

/* ---- the map itself ---- */

static void test_server_id(void)
{
    g_autofree char *text = NULL, *text2 = NULL;
    BerthConf *conf = confs_read6(CONFS_IF, &text);
    char hex[100];

    if (!CHECK(conf != NULL))
        return;
    berth_row("defaults");
    CHECK_INT(conf->v6.server_id.type, BERTH_DUID_LLT);
    CHECK_INT(conf->v6.server_id.identifier.len, 0);
    CHECK(conf->v6.server_id.persist);
    berth_conf_unref(conf);
    conf = confs_read6(CONFS_IF ", \"server-id\": {\"type\": \"en\", \"identifier\": \"87:65:43\", "
                                "\"enterprise-id\": 4294967295, \"htype\": 65535, \"time\": 7, "
                                "\"persist\": false}",
                       &text2);
    if (!CHECK(conf != NULL))
        return;
    berth_row("said");
    CHECK_INT(conf->v6.server_id.type, BERTH_DUID_EN);
    CHECK_TEXT(berth_hex_text(conf->v6.server_id.identifier, 0, hex, sizeof(hex)), "876543");
    CHECK_INT(conf->v6.server_id.enterprise_id, UINT32_MAX);
    CHECK_INT(conf->v6.server_id.htype, 65535);
    CHECK_INT(conf->v6.server_id.time, 7);
    CHECK(!conf->v6.server_id.persist);
    berth_conf_unref(conf);
}

static void show_mac_sources(const BerthConf *conf, GString *to)
{
    for (size_t i = 0; i < conf->v6.n_mac_sources; i++)
        g_string_append_printf(to, "%u", conf->v6.mac_sources[i]);
}

static void test_mac_sources(void)
{
    static const ConfsRow rows[] = {
        {"all", CONFS_IF, "01234567"},
        {"two of them", CONFS_IF ", \"mac-sources\": [\"rfc6939\", \"duid\"]", "31"},
        {"one first, then all", CONFS_IF ", \"mac-sources\": [\"remote-id\", \"any\", \"duid\"]",
         "40123567"},
        {"by both names", CONFS_IF ", \"mac-sources\": [\"rfc4649\", \"remote-id\"]", "4"},
        {"none", CONFS_IF ", \"mac-sources\": []", ""},
    };

    confs_check_shown(rows, G_N_ELEMENTS(rows), confs_read6, show_mac_sources);
}

static void test_relay_supplied(void)
{
    g_autofree char *text = NULL;
    BerthConf *conf = confs_read6(
        CONFS_IF ", \"option-def\": [{\"name\": \"mine\", \"code\": 65000, \"type\": \"string\"}], "
                 "\"relay-supplied-options\": [\"mine\", \"23\", \"sntp-servers\", \"65\"]",
        &text);
    static const uint16_t codes[] = {23, 31, 65, 65000};

    CHECK_TEXT(text, "");
    if (!conf)
        return;
    for (unsigned code = 0; code <= UINT16_MAX; code++) {
        const bool want =
            code == codes[0] || code == codes[1] || code == codes[2] || code == codes[3];

        if (berth_conf_relay_supplies(&conf->v6, (uint16_t)code) != want) {
            berth_row("%u", code);
            CHECK(!want);
        }
    }
    berth_conf_unref(conf);
}

static void test_interfaces(void)
{
    g_autofree char *text = NULL;
    BerthConf *conf = confs_read6(
        "\"interfaces-config\": {\"interfaces\": [\"eth0\", \"eth0/2001:db8::1\"]}", &text);

    CHECK_TEXT(text, "");
    if (!conf)
        return;
    CHECK_INT(conf->v6.interfaces.n_names, 2);
    CHECK(berth_addr_equal(conf->v6.interfaces.names[0].addr, BERTH_ADDR6_ANY));
    CHECK(berth_addr_equal(conf->v6.interfaces.names[1].addr, confs_addr("2001:db8::1")));
    CHECK(!conf->v6.interfaces.raw);
    berth_conf_unref(conf);
}

/* ---- whole files ---- */

static void test_kea_file(void)
{
    BerthConf *conf = confs_read_file("kea-dhcp6.conf");

    if (!conf)
        return;
    CHECK(!conf->v4.present);
    CHECK_INT(conf->v6.n_subnets, 3);
    CHECK_INT(conf->v6.n_pools, 5);
    CHECK_INT(conf->v6.subnets[0].n_pools, 2);
    CHECK_INT(conf->v6.subnets[0].n_pd_pools, 1);
    CHECK_INT(conf->v6.options.n_own, 4);
    CHECK_INT(conf->v6.unclaimed->len, 1);
    CHECK_INT(conf->warnings->len, 3);
    CHECK_INT(conf->n_plugins, 5);
    CHECK_INT(conf->v6.params.preferred_sec, 3000);
    CHECK_INT(conf->v6.subnets[2].params.preferred_sec, 500);
    berth_conf_unref(conf);
}

int main(int argc, char **argv)
{
    static const BerthTest tests[] = {
        {"errors", test_errors},
        {"warnings", test_warnings},
        {"inheritance", test_inheritance},
        {"subnets", test_subnets},
        {"names", test_names},
        {"pools", test_pools},
        {"pd_pool", test_pd_pool},
        {"server_id", test_server_id},
        {"mac_sources", test_mac_sources},
        {"relay_supplied", test_relay_supplied},
        {"interfaces", test_interfaces},
        {"kea_file", test_kea_file},
        {0},
    };

    return berth_tests_main("conf6", tests, argc, argv);
}
