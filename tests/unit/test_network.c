/* test_network - shared-networks of both families: what is refused, what subnets inherit, how one
 * gets from a subnet to the others of its link, and which options a client there gets. */
#include "core/conf/conf.h"
#include "tests/lib/confs.h"

/* clang-format off */
#define NETS(list) CONFS_IF ", \"shared-networks\": [" list "]"
#define A "\"name\": \"a\""
#define AT4 "f:1: Dhcp4.shared-networks[0]"
#define AT6 "f:1: Dhcp6.shared-networks[0]"

static const ConfsRow errors4[] = {
    {"no list", CONFS_IF ", \"shared-networks\": {}", "f:1: Dhcp4.shared-networks: must be a list"},
    {"no map", NETS("1"), AT4 ": must be a map"},
    {"no name", NETS("{}"), AT4 ": the key \"name\" is missing"},
    {"an empty name", NETS("{\"name\": \"\"}"), AT4 ": name must not be empty"},
    {"one name twice", NETS("{" A "}, {" A "}"), "f:1: the network \"a\" stands there already"},
    {"unknown key", NETS("{" A ", \"subnet6\": []}"), AT4 ".subnet6: unknown key; did you mean \"subnet4\"?"},
    {"interface-id is of DHCPv6", NETS("{" A ", \"interface-id\": \"x\"}"), AT4 ".interface-id: unknown key"},
    {"subnets are a map", NETS("{" A ", \"subnet4\": {}}"), AT4 ".subnet4: must be a list"},
    {"a subnet's prefix", NETS("{" A ", \"subnet4\": [{\"subnet\": \"x\"}]}"), AT4 ".subnet4[0]: \"x\" is no IPv4 prefix; write \"192.0.2.0/24\""},
    {"a subnet's pool", NETS("{" A ", \"subnet4\": [{\"subnet\": \"192.0.2.0/24\", \"pools\": [{\"pool\": \"x\"}]}]}"),
     AT4 ".subnet4[0].pools[0]: \"x\" is no pool; write \"192.0.2.10 - 192.0.2.99\" or \"192.0.2.64/26\""},
    {"an id of a subnet elsewhere", "\"subnet4\": [{\"subnet\": \"10.0.0.0/8\", \"id\": 3}], " NETS("{" A ", \"subnet4\": [{\"subnet\": \"192.0.2.0/24\", \"id\": 3}]}"),
     "f:1: the id 3 of subnet 192.0.2.0/24 is that of subnet 10.0.0.0/8, line 1, too"},
    {"a pool of a subnet elsewhere", "\"subnet4\": [{\"subnet\": \"192.0.0.0/16\", \"pools\": [{\"pool\": \"192.0.2.0/24\"}]}], "
     NETS("{" A ", \"subnet4\": [{\"subnet\": \"192.0.2.0/24\", \"pools\": [{\"pool\": \"192.0.2.0/28\"}]}]}"),
     "f:1: the pool 192.0.2.0/28 of subnet 192.0.2.0/24 overlaps the pool 192.0.2.0/24 of subnet 192.0.0.0/16, line 1"},
    {"relay", NETS("{" A ", \"relay\": {\"ip-addresses\": [\"::1\"]}}"), AT4 ".relay: \"::1\" is no IPv4 address"},
    {"lifetimes", NETS("{" A ", \"min-valid-lifetime\": 9000}"), AT4 ": min-valid-lifetime 9000 is above valid-lifetime 7200"},
    {"lifetimes of one and of the other", NETS("{" A ", \"min-valid-lifetime\": 100, \"subnet4\": [{\"subnet\": \"192.0.2.0/24\", \"valid-lifetime\": 50}]}"),
     AT4 ".subnet4[0]: min-valid-lifetime 100 is above valid-lifetime 50"},
    {"two interfaces", NETS("{" A ", \"interface\": \"eth0\", \"subnet4\": [{\"subnet\": \"192.0.2.0/24\"}, {\"subnet\": \"10.0.0.0/8\", \"interface\": \"eth1\"}]}"),
     "f:1: the subnet 10.0.0.0/8 of network \"a\" is on interface eth1, but 192.0.2.0/24 on eth0; a network is one link"},
    {"a guard without a name", NETS("{" A ", \"client-class\": \"x\", \"require-client-classes\": [\"\"]}"), AT4 ": the name of a class must not be empty"},
    {"options", NETS("{" A ", \"option-data\": [{\"code\": 3}]}"), AT4 ".option-data[0]: data is missing"},
};

static const ConfsRow errors6[] = {
    {"interface and interface-id", NETS("{" A ", \"interface\": \"eth0\", \"interface-id\": \"x\"}"),
     AT6 ": interface is for clients on a link of the server, interface-id for those behind a relay; leave one of them out"},
    {"rapid-commit of some", NETS("{" A ", \"rapid-commit\": true, \"subnet6\": [{\"subnet\": \"2001:db8:1::/64\"}, {\"subnet\": \"2001:db8:2::/64\", \"rapid-commit\": false}]}"),
     "f:1: rapid-commit of subnet 2001:db8:2::/64 differs from that of 2001:db8:1::/64 in the network \"a\""},
    {"a pool of prefixes", NETS("{" A ", \"subnet6\": [{\"subnet\": \"2001:db8:1::/64\", \"pd-pools\": [{\"prefix\": \"::\", \"prefix-len\": 3, \"delegated-len\": 2}]}]}"),
     AT6 ".subnet6[0].pd-pools[0]: delegated-len 2 is less than prefix-len 3"},
};
/* clang-format on */

static void test_errors(void)
{
    confs_check(errors4, G_N_ELEMENTS(errors4), confs_read, false);
    confs_check(errors6, G_N_ELEMENTS(errors6), confs_read6, false);
}

/* Subnets 1 to 6: two alone, three on a link behind a relay, one in a network of its own. */
static const char conf6[] =
    "\"valid-lifetime\": 100, \"renew-timer\": 10, \"option-data\": [{\"code\": 7, \"data\": "
    "\"1\"}, "
    "{\"code\": 1001, \"data\": \"01\", \"always-send\": true}], "
    "\"subnet6\": [{\"subnet\": \"2001:db8:1::/64\", \"id\": 1, \"interface\": \"eth1\"}, "
    "{\"subnet\": \"2001:db8:2::/64\", \"id\": 2}], " NETS(
        "{\"name\": \"link\", \"valid-lifetime\": 200, \"rapid-commit\": true, \"interface-id\": "
        "\"v\", \"relay\": {\"ip-addresses\": [\"fe80::1\"]}, \"option-data\": [{\"code\": 7, "
        "\"data\": \"2\"}, {\"code\": 1002, \"data\": \"02\", \"always-send\": true}], "
        "\"subnet6\": ["
        "{\"subnet\": \"2001:db8:3::/64\", \"id\": 3, \"pools\": [{\"pool\": "
        "\"2001:db8:3::/80\"}]}, "
        "{\"subnet\": \"2001:db8:4::/64\", \"id\": 4, \"interface-id\": \"w\", \"renew-timer\": "
        "20, "
        "\"option-data\": [{\"code\": 7, \"data\": \"4\"}], \"pools\": [{\"pool\": "
        "\"2001:db8:4::/80\"}]}, "
        "{\"subnet\": \"2001:db8:5::/64\", \"id\": 5, \"relay\": {\"ip-addresses\": "
        "[\"fe80::5\"]}}]}, "
        "{\"name\": \"alone\", \"interface\": \"eth6\", \"subnet6\": [{\"subnet\": "
        "\"2001:db8:6::/64\"}]}, {\"name\": \"empty\"}");

static void test_inheritance(void)
{
    static const struct {
        uint32_t id;
        int valid, renew;
        bool rapid_commit;
        const char *interface, *interface_id, *network;
    } rows[] = {
        {1, 100, 10, false, "eth1", "", ""}, {2, 100, 10, false, "", "", ""},
        {3, 200, 10, true, "", "v", "link"}, {4, 200, 20, true, "", "w", "link"},
        {5, 200, 10, true, "", "v", "link"}, {6, 100, 10, false, "eth6", "", "alone"},
    };
    g_autofree char *text = NULL;
    BerthConf *conf = confs_read6(conf6, &text);

    CHECK_TEXT(text, "");
    if (!conf)
        return;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        const BerthSubnet *subnet = berth_conf_subnet_by_id(&conf->v6, rows[i].id);

        berth_row("subnet %u", rows[i].id);
        if (!CHECK(subnet != NULL))
            continue;
        CHECK_INT(subnet->params.valid_sec, rows[i].valid);
        CHECK_INT(subnet->params.renew_sec, rows[i].renew);
        CHECK(subnet->params.rapid_commit == rows[i].rapid_commit);
        CHECK_TEXT(subnet->interface ? subnet->interface : "", rows[i].interface);
        CHECK(berth_bytes_equal(subnet->interface_id, berth_bytes(rows[i].interface_id)));
        CHECK_TEXT(subnet->network ? subnet->network->name : "", rows[i].network);
    }
    berth_conf_unref(conf);
}

static void test_links(void)
{
    g_autofree char *text = NULL;
    BerthConf *conf = confs_read6(conf6, &text);

    if (!CHECK(conf != NULL))
        return;
    CHECK_INT(confs_id(berth_conf_subnet_by_interface_id(&conf->v6, berth_bytes("v"), NULL)), 3);
    CHECK_INT(confs_id(berth_conf_subnet_by_interface_id(&conf->v6, berth_bytes("w"), NULL)), 4);
    CHECK_INT(confs_id(berth_conf_subnet_by_interface(&conf->v6, "eth6", NULL)), 6);
    CHECK_INT(confs_id(berth_conf_subnet_by_relay(&conf->v6, confs_addr("fe80::1"), NULL)), 3);
    CHECK_INT(confs_id(berth_conf_subnet_by_relay(&conf->v6, confs_addr("fe80::5"), NULL)), 5);
    CHECK_INT(confs_id(berth_conf_subnet_of(&conf->v6, confs_addr("2001:db8:4::9"), NULL)), 4);
    CHECK_INT(conf->v6.n_networks, 3);
    CHECK_INT(conf->v6.networks[2].n_subnets, 0);
    berth_conf_unref(conf);
}

static void test_walk(void)
{
    static const char *const rows[] = {"1", "2", "345", "453", "534", "6"};
    g_autofree char *text = NULL;
    BerthConf *conf = confs_read6(conf6, &text);

    if (!CHECK(conf != NULL))
        return;
    for (uint32_t id = 1; id <= G_N_ELEMENTS(rows); id++) {
        const BerthSubnet *first = berth_conf_subnet_by_id(&conf->v6, id);
        g_autoptr(GString) met = g_string_new(NULL);

        for (const BerthSubnet *at = first; at && met->len < 9;
             at = berth_conf_next_subnet(first, at, NULL))
            g_string_append_printf(met, "%u", at->id);
        berth_row("from %u", id);
        CHECK_TEXT(met->str, rows[id - 1]);
    }
    berth_conf_unref(conf);
}

/* ---- who is let in ---- */

#define GUARDED 200

/* Every third subnet is for everybody where `open`; the others for two of seven classes. */
static BerthConf *guarded(bool open)
{
    g_autoptr(GString) body =
        g_string_new(CONFS_IF ", \"shared-networks\": [{\"name\": \"n\", \"subnet4\": [");
    g_autofree char *text = NULL;
    BerthConf *conf;

    for (unsigned i = 0; i < GUARDED; i++) {
        g_string_append_printf(body, "%s{\"subnet\": \"10.0.%u.0/24\", \"id\": %u", i ? ", " : "",
                               i, i + 1);
        if (!open || i % 3)
            g_string_append_printf(body, ", \"client-classes\": [\"c%u\", \"c%u\"]", i % 7,
                                   i * i % 5);
        g_string_append(body, "}");
    }
    g_string_append(body, "]}]");
    conf = confs_read(body->str, &text);
    CHECK_TEXT(text, "");
    return conf;
}

/* From `first`, by looking at each. */
static char *met_slowly(const BerthNetwork *network, const BerthSubnet *first,
                        const BerthClassSet *set)
{
    GString *met = g_string_new(NULL);

    for (size_t i = 0; i < network->n_subnets; i++) {
        const BerthSubnet *at =
            &network->subnets[((size_t)(first - network->subnets) + i) % network->n_subnets];

        if (at == first || berth_conf_admits(at, set))
            g_string_append_printf(met, "%u ", at->id);
    }
    return g_string_free(met, FALSE);
}

static char *met(const BerthSubnet *first, const BerthClassSet *set)
{
    GString *text = g_string_new(NULL);
    unsigned n = 0;

    for (const BerthSubnet *at = first; at && n++ < 2 * GUARDED;
         at = berth_conf_next_subnet(first, at, set))
        g_string_append_printf(text, "%u ", at->id);
    return g_string_free(text, FALSE);
}

/* The innermost that a round from `first` meets. */
static const BerthSubnet *holder_slowly(const BerthSubnet *first, BerthAddr addr,
                                        const BerthClassSet *set)
{
    const BerthSubnet *found = NULL;

    for (const BerthSubnet *at = first; at; at = berth_conf_next_subnet(first, at, set))
        if (berth_prefix_contains(at->prefix, at->prefix_len, addr) &&
            (!found || at->prefix_len > found->prefix_len))
            found = at;
    return found;
}

static void check_holders(const BerthConf *conf, const BerthSubnet *first, const BerthClassSet *set)
{
    const BerthNetwork *network = first->network;

    for (size_t i = 0; i < network->n_subnets; i++) {
        const BerthAddr addr = network->subnets[i].prefix;

        CHECK(berth_conf_link_subnet_of(&conf->v4, first, addr, set) ==
              holder_slowly(first, addr, set));
    }
}

static void check_rounds(const BerthConf *conf, const BerthClassSet *set)
{
    const BerthNetwork *network = &conf->v4.networks[0];

    for (size_t i = 0; i < network->n_subnets; i++) {
        g_autofree char *want = met_slowly(network, &network->subnets[i], set);
        g_autofree char *got = met(&network->subnets[i], set);

        CHECK_TEXT(got, want);
        if (i % 60 == 0)
            check_holders(conf, &network->subnets[i], set);
    }
}

/* With what is remembered and without; the set grows on the way, as that of a packet does. */
static void test_guarded(void)
{
    for (int open = 0; open < 2; open++) {
        BerthConf *conf = guarded(open);
        uint64_t bits[1] = {0};
        uint16_t numbers[7];
        BerthLinkMemo memo = {0};
        BerthClassSet set = {.bits = bits, .n_words = 1, .numbers = numbers};

        for (; conf && set.n < G_N_ELEMENTS(numbers); set.n++) {
            g_autofree char *name = g_strdup_printf("c%u", set.n);
            const unsigned number = berth_conf_class_number(&conf->v4, name);

            berth_row("%s, %u classes", open ? "open" : "guarded", set.n);
            set.link = &memo;
            check_rounds(conf, &set);
            CHECK(set.n == 0 || memo.network != NULL);
            set.link = NULL;
            check_rounds(conf, &set);
            CHECK(number > 0 && number < 64);
            bits[0] |= UINT64_C(1) << number;
            numbers[set.n] = (uint16_t)number;
        }
        berth_conf_unref(conf);
    }
}

static void test_options(void)
{
    static const struct {
        uint32_t id;
        int preference; /* option 7 */
        unsigned always;
    } rows[] = {{1, 1, 1}, {3, 2, 2}, {4, 4, 2}, {6, 1, 1}};
    g_autofree char *text = NULL;
    BerthConf *conf = confs_read6(conf6, &text);
    uint16_t codes[4];

    if (!CHECK(conf != NULL))
        return;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        const BerthScope scope = {
            .family = &conf->v6,
            .subnet = berth_conf_subnet_by_id(&conf->v6, rows[i].id),
        };

        berth_row("subnet %u", rows[i].id);
        CHECK_INT(berth_conf_option(&scope, 7)->value.data[0], rows[i].preference);
        CHECK_INT(berth_conf_always_sent(&scope, codes, G_N_ELEMENTS(codes)), rows[i].always);
    }
    berth_conf_unref(conf);
}

static void test_dhcp4(void)
{
    g_autofree char *text = NULL;
    BerthConf *conf = confs_read(
        NETS("{" A ", \"authoritative\": true, \"next-server\": \"192.0.2.1\", \"subnet4\": "
             "[{\"subnet\": \"192.0.2.0/24\", \"pools\": [{\"pool\": \"192.0.2.0/28\"}]}, "
             "{\"subnet\": \"10.0.0.0/8\", \"authoritative\": false, \"pools\": [{\"pool\": "
             "\"10.0.0.0/28\"}]}]}"),
        &text);
    const BerthSubnet *subnets;

    CHECK_TEXT(text, "");
    if (!conf)
        return;
    subnets = conf->v4.networks[0].subnets;
    CHECK(subnets == conf->v4.subnets && conf->v4.n_subnets == 2);
    CHECK(subnets[0].params.authoritative && !subnets[1].params.authoritative);
    CHECK(berth_addr_equal(subnets[1].params.next_server, berth_addr4(0xc0000201)));
    CHECK_INT(conf->v4.n_pools, 2);
    CHECK_INT(subnets[1].id, 2);
    CHECK(berth_conf_pool_of(&subnets[1], berth_addr4(0x0a000003)) == &conf->v4.pools[1]);
    CHECK(berth_conf_next_subnet(&subnets[1], &subnets[1], NULL) == &subnets[0]);
    berth_conf_unref(conf);
}

int main(int argc, char **argv)
{
    static const BerthTest tests[] = {
        {"errors", test_errors},   {"inheritance", test_inheritance},
        {"links", test_links},     {"walk", test_walk},
        {"guarded", test_guarded}, {"options", test_options},
        {"dhcp4", test_dhcp4},     {0},
    };

    return berth_tests_main("network", tests, argc, argv);
}
