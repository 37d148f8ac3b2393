/* test_hosts - reservations as the configuration reads and shows them, and the sets that they are
 * found in. */
#include "core/base/json.h"
#include "core/conf/conf.h"
#include "tests/lib/confs.h"

/* clang-format off */
#define SUBNET "\"subnet\": \"192.0.2.0/24\", \"id\": 7"
#define SUBNET6 "\"subnet\": \"2001:db8:1::/64\", \"id\": 7"
#define HOSTS(list) CONFS_NET("{" SUBNET ", \"reservations\": [" list "]}")
#define HOSTS6(list) CONFS_NET6("{" SUBNET6 ", \"reservations\": [" list "]}")
#define HW "\"hw-address\": \"02:00:00:00:00:01\""
#define AT "f:1: Dhcp4.subnet4[0].reservations[0]"
#define AT6 "f:1: Dhcp6.subnet6[0].reservations[0]"

static const ConfsRow errors4[] = {
    {"no list", CONFS_NET("{" SUBNET ", \"reservations\": {}}"), "f:1: Dhcp4.subnet4[0].reservations: must be a list"},
    {"no map", HOSTS("1"), AT ": must be a map"},
    {"nobody", HOSTS("{}"), AT ": one of hw-address, duid, client-id, circuit-id, flex-id is needed"},
    {"two identifiers", HOSTS("{" HW ", \"client-id\": \"01\"}"), AT ": the 'hw-address' and 'client-id' are mutually exclusive"},
    {"an identifier that is none", HOSTS("{\"hw-address\": \"x\"}"), AT ": \"x\" is no hw-address; write hex, or 'text'"},
    {"an empty one", HOSTS("{\"flex-id\": \"\"}"), AT ": \"\" is no flex-id; write hex, or 'text'"},
    {"a hardware address of 21 bytes", HOSTS("{\"hw-address\": \"010203040506070809101112131415161718192021\"}"),
     AT ": \"010203040506070809101112131415161718192021\" is no hw-address; write hex, or 'text'"},
    {"a quote without an end", HOSTS("{\"client-id\": \"'a\"}"), AT ": \"'a\" is no client-id; write hex, or 'text'"},
    {"unknown key", HOSTS("{" HW ", \"ip-adress\": \"192.0.2.1\"}"), AT ".ip-adress: unknown key; did you mean \"ip-address\"?"},
    {"a key of DHCPv6", HOSTS("{" HW ", \"ip-addresses\": [\"192.0.2.1\"]}"), AT ".ip-addresses: unknown key; did you mean \"ip-address\"?"},
    {"no address", HOSTS("{" HW ", \"ip-address\": \"x\"}"), AT ": ip-address: \"x\" is no IPv4 address"},
    {"an address of the other family", HOSTS("{" HW ", \"ip-address\": \"2001:db8::1\"}"), AT ": ip-address: \"2001:db8::1\" is no IPv4 address"},
    {"outside the subnet", HOSTS("{" HW ", \"ip-address\": \"198.51.100.1\"}"), AT ": ip-address: \"198.51.100.1\" is not within the IPv4 subnet '192.0.2.0/24'"},
    {"nobody's address", CONFS_IF ", \"reservations\": [{" HW ", \"ip-address\": \"0.0.0.0\"}]", "f:1: Dhcp4.reservations[0]: ip-address: \"0.0.0.0\" is nobody's"},
    {"one client twice", HOSTS("{" HW "}, {" HW ", \"ip-address\": \"192.0.2.1\"}"),
     "f:1: Dhcp4.subnet4[0].reservations[1]: failed to add new host using the HW address '02:00:00:00:00:01' to the IPv4 subnet id '7' as this host has already been added"},
    {"one address twice", HOSTS("{" HW ", \"ip-address\": \"192.0.2.1\"}, {\"client-id\": \"'a'\", \"ip-address\": \"192.0.2.1\"}"),
     "f:1: Dhcp4.subnet4[0].reservations[1]: failed to add new host using the HW address '(null) and DUID '(null)' to the IPv4 subnet id '7' for the address 192.0.2.1: There's already a reservation for this address"},
    {"a name that is too long", HOSTS("{" HW ", \"server-hostname\": \"0123456789012345678901234567890123456789012345678901234567890123456\"}"),
     AT ": server-hostname is longer than 64 bytes"},
    {"an option", HOSTS("{" HW ", \"option-data\": [{\"name\": \"router\"}]}"),
     AT ".option-data[0]: no option \"router\" in space dhcp4; did you mean \"routers\"?"},
    {"a class without a name", HOSTS("{" HW ", \"client-classes\": [\"\"]}"), AT ": the name of a class must not be empty"},
    {"an identifier that nothing is called", CONFS_IF ", \"host-reservation-identifiers\": [\"mac\"]",
     "f:1: Dhcp4.host-reservation-identifiers: \"mac\" is no identifier of reservations"},
    {"one of them twice", CONFS_IF ", \"host-reservation-identifiers\": [\"duid\", \"duid\"]",
     "f:1: Dhcp4.host-reservation-identifiers: \"duid\" stands there twice"},
    {"old mode", CONFS_IF ", \"reservation-mode\": \"some\"",
     "f:1: Dhcp4: \"some\" is no reservation-mode; there are all, out-of-pool, global and disabled"},
    {"old mode and new", CONFS_IF ", \"reservation-mode\": \"all\", \"reservations-global\": true",
     "f:1: Dhcp4: reservation-mode is the older spelling of reservations-global, reservations-in-subnet and reservations-out-of-pool; leave it out"},
    {"in no subnet of the network", CONFS_IF ", \"shared-networks\": [{\"name\": \"n\", \"subnet4\": [{" SUBNET "}], \"reservations\": [{" HW ", \"ip-address\": \"10.0.0.1\"}]}]",
     "f:1: Dhcp4.shared-networks[0].reservations[0]: 10.0.0.1 lies in no subnet of the network"},
};

static const ConfsRow errors6[] = {
    {"nobody", HOSTS6("{}"), AT6 ": one of hw-address, duid, flex-id is needed"},
    {"a key of DHCPv4", HOSTS6("{\"client-id\": \"01\"}"), AT6 ".client-id: unknown key"},
    {"outside the subnet", HOSTS6("{" HW ", \"ip-addresses\": [\"2001:db8:1::1\", \"2001:db8:2::1\"]}"),
     AT6 ": ip-addresses: \"2001:db8:2::1\" is not within the IPv6 subnet '2001:db8:1::/64'"},
    {"one address twice", HOSTS6("{" HW ", \"ip-addresses\": [\"2001:db8:1::1\", \"2001:db8:1:0::1\"]}"), AT6 ": an address or prefix stands there twice"},
    {"no prefix", HOSTS6("{" HW ", \"prefixes\": [\"2001:db8:8::\"]}"), AT6 ": prefixes: \"2001:db8:8::\" is no IPv6 prefix; write \"2001:db8:8::/56\""},
    {"excluded without a prefix", HOSTS6("{" HW ", \"excluded-prefixes\": [\"2001:db8:8::/64\"]}"),
     AT6 ": excluded-prefixes has 1 elements and prefixes 0; each prefix needs one, which may be \"\""},
    {"excluded outside", HOSTS6("{" HW ", \"prefixes\": [\"2001:db8:8::/56\"], \"excluded-prefixes\": [\"2001:db8:9::/64\"]}"),
     AT6 ": excluded-prefixes: \"2001:db8:9::/64\" is no longer prefix within its prefix"},
    {"a prefix of two clients", HOSTS6("{" HW ", \"prefixes\": [\"2001:db8:8::/56\"]}, {\"duid\": \"0102030405\", \"prefixes\": [\"2001:db8:8::/56\"]}"),
     "f:1: Dhcp6.subnet6[0].reservations[1]: failed to add address reservation for host using the HW address '(null) and DUID '01:02:03:04:05' to the IPv6 subnet id '7' for address/prefix 2001:db8:8::: There's already reservation for this address/prefix"},
    {"circuit-id", CONFS_IF ", \"host-reservation-identifiers\": [\"circuit-id\"]",
     "f:1: Dhcp6.host-reservation-identifiers: \"circuit-id\" is no identifier of reservations"},
};

/* What is read, and how it is shown. */
static const ConfsRow shown4[] = {
    {"an identifier alone", HOSTS("{\"hw-address\": \"2:0:0:0:0:a\"}"),
     "{ \"hw-address\": \"02:00:00:00:00:0a\", \"next-server\": \"0.0.0.0\", \"server-hostname\": \"\", \"boot-file-name\": \"\", "
     "\"hostname\": \"\", \"client-classes\": [ ], \"option-data\": [ ] }"},
    {"text", HOSTS("{\"circuit-id\": \"'a/1'\"}"), "\"circuit-id\": \"612F31\""},
    {"all of it", HOSTS("{\"client-id\": \"0xABcd\", \"ip-address\": \"192.0.2.9\", \"hostname\": \"h\", \"client-classes\": [\"x\", \"y\"], "
     "\"next-server\": \"192.0.2.2\", \"server-hostname\": \"s\", \"boot-file-name\": \"b\", \"user-context\": {\"a\": 1}, "
     "\"option-data\": [{\"code\": 3, \"data\": \"192.0.2.1\"}]}"),
     "{ \"client-id\": \"ABCD\", \"ip-address\": \"192.0.2.9\", \"next-server\": \"192.0.2.2\", \"server-hostname\": \"s\", "
     "\"boot-file-name\": \"b\", \"hostname\": \"h\", \"client-classes\": [ \"x\", \"y\" ], \"option-data\": [ { \"name\": \"routers\", "
     "\"code\": 3, \"space\": \"dhcp4\", \"data\": \"192.0.2.1\", \"csv-format\": true, \"always-send\": false, "
     "\"never-send\": false } ], \"user-context\": { \"a\": 1 } }"},
    {"one address of many, allowed", "\"ip-reservations-unique\": false, "
     HOSTS("{" HW ", \"ip-address\": \"192.0.2.1\"}, {\"client-id\": \"'a'\", \"ip-address\": \"192.0.2.1\"}"), "\"client-id\": \"61\""},
    {"old mode", CONFS_IF ", \"reservation-mode\": \"global\"", "\"reservations-global\": true, \"reservations-in-subnet\": false, \"reservations-out-of-pool\": false"},
    {"old mode is inherited", CONFS_NET("{" SUBNET "}") ", \"reservation-mode\": \"out-of-pool\"",
     "\"subnet\": \"192.0.2.0/24\", \"valid-lifetime\": 7200, \"t1-percent\": 0.5, \"cache-threshold\": 0.25, \"reservations-global\": false, "
     "\"reservations-in-subnet\": true, \"reservations-out-of-pool\": true"},
    {"of a network, without an address", CONFS_IF ", \"shared-networks\": [{\"name\": \"n\", \"subnet4\": [{" SUBNET "}, "
     "{\"subnet\": \"198.51.100.0/24\", \"id\": 8}], \"reservations\": [{" HW "}]}]", "\"id\": 8, \"subnet\": \"198.51.100.0/24\""},
};

static const ConfsRow shown6[] = {
    {"all of it", HOSTS6("{\"duid\": \"00:03:00:01:02\", \"ip-addresses\": [\"2001:db8:1::1\", \"2001:db8:1::2\"], "
     "\"prefixes\": [\"2001:db8:8::/56\", \"2001:db8:9::/56\"], \"excluded-prefixes\": [\"\", \"2001:db8:9:1::/64\"]}"),
     "{ \"duid\": \"00:03:00:01:02\", \"ip-addresses\": [ \"2001:db8:1::1\", \"2001:db8:1::2\" ], \"prefixes\": [ \"2001:db8:8::/56\", "
     "\"2001:db8:9::/56\" ], \"excluded-prefixes\": [ \"\", \"2001:db8:9:1::/64\" ], \"hostname\": \"\", \"client-classes\": [ ], "
     "\"option-data\": [ ] }"},
};
/* clang-format on */

static void test_errors(void)
{
    confs_check(errors4, G_N_ELEMENTS(errors4), confs_read, false);
    confs_check(errors6, G_N_ELEMENTS(errors6), confs_read6, false);
}

/* What is shown reads back as the same. */
static void check_shown(const ConfsRow *row, ConfsRead read)
{
    g_autofree char *text = NULL, *shown = NULL, *text_again = NULL, *again = NULL;
    BerthConf *conf = read(row->body, &text);

    berth_row("%s", row->name);
    if (!CHECK(conf != NULL))
        return;
    shown = confs_shown(conf);
    CHECK_HAS(shown, row->want);
    berth_conf_unref(conf);
    conf = confs_read_text(shown, &text_again);
    CHECK_TEXT(text_again, "");
    again = conf ? confs_shown(conf) : NULL;
    CHECK_TEXT(again, shown);
    berth_conf_unref(conf);
}

static void test_shown(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(shown4); i++)
        check_shown(&shown4[i], confs_read);
    for (size_t i = 0; i < G_N_ELEMENTS(shown6); i++)
        check_shown(&shown6[i], confs_read6);
}

/* ---- the sets ---- */

static BerthHost *host_of(uint32_t subnet, uint32_t id, const char *addr)
{
    BerthHostAddr at = {.len = 32};
    BerthHostSpec spec = {.family = 4,
                          .subnet_id = subnet,
                          .id_type = BERTH_HOST_CLIENT_ID,
                          .id = {(const uint8_t *)&id, sizeof(id)},
                          .addrs = &at};

    if (addr && CHECK_INT(berth_addr_parse(addr, &at.addr), 0))
        spec.n_addrs = 1;
    return berth_host_new(&spec);
}

static BerthHostsPut put(BerthHosts *hosts, uint32_t subnet, uint32_t id, const char *addr)
{
    BerthHost *host = host_of(subnet, id, addr);
    const BerthHostsPut result = berth_hosts_put(hosts, host, NULL);

    berth_host_unref(host);
    return result;
}

static const BerthHost *find(const BerthHosts *hosts, uint32_t subnet, uint32_t id)
{
    return berth_hosts_find(hosts, subnet, BERTH_HOST_CLIENT_ID,
                            (BerthBytes){(const uint8_t *)&id, sizeof(id)});
}

static unsigned count_at(const BerthHosts *hosts, uint32_t subnet, const char *addr)
{
    BerthPrefix prefix = {.len = 32};
    uint32_t iter = 0;
    unsigned n = 0;

    CHECK_INT(berth_addr_parse(addr, &prefix.addr), 0);
    while (berth_hosts_next_of(hosts, subnet, prefix, &iter))
        n++;
    return n;
}

static void test_clashes(void)
{
    BerthHosts *hosts = berth_hosts_new(true);

    CHECK_INT(put(hosts, 1, 1, "192.0.2.1"), BERTH_HOSTS_PUT);
    CHECK_INT(put(hosts, 1, 1, NULL), BERTH_HOSTS_HAVE_ID);
    CHECK_INT(put(hosts, 2, 1, "192.0.2.1"), BERTH_HOSTS_PUT);
    CHECK_INT(put(hosts, 1, 2, "192.0.2.1"), BERTH_HOSTS_HAVE_ADDR);
    CHECK_INT(berth_hosts_count(hosts), 2);
    berth_hosts_set_unique(hosts, false);
    CHECK_INT(put(hosts, 1, 2, "192.0.2.1"), BERTH_HOSTS_PUT);
    CHECK_INT(count_at(hosts, 1, "192.0.2.1"), 2);
    CHECK_INT(count_at(hosts, 2, "192.0.2.1"), 1);
    CHECK_INT(count_at(hosts, 3, "192.0.2.1"), 0);
    berth_hosts_unref(hosts);
}

/* A host that is taken out is found no more, whatever was put beside it. */
static void test_many(void)
{
    enum { MANY = 5000 };
    BerthHosts *hosts = berth_hosts_new(true);
    uint64_t from = 0;
    unsigned n = 0;

    for (uint32_t i = 0; i < MANY; i++) {
        g_autofree char *addr = g_strdup_printf("10.0.%u.%u", i / 256, i % 256);

        CHECK_INT(put(hosts, i % 3, i, addr), BERTH_HOSTS_PUT);
    }
    for (uint32_t i = 0; i < MANY; i += 2)
        CHECK(berth_hosts_remove(hosts, find(hosts, i % 3, i)));
    for (uint32_t i = 0; i < MANY; i++) {
        g_autofree char *addr = g_strdup_printf("10.0.%u.%u", i / 256, i % 256);

        CHECK((find(hosts, i % 3, i) != NULL) == (i % 2 == 1));
        CHECK_INT(count_at(hosts, i % 3, addr), i % 2);
    }
    CHECK_INT(put(hosts, 9, 9, NULL), BERTH_HOSTS_PUT);
    while (berth_hosts_next(hosts, &from))
        n++;
    CHECK_INT(n, MANY / 2 + 1);
    berth_hosts_clear(hosts);
    CHECK_INT(berth_hosts_count(hosts), 0);
    CHECK(find(hosts, 9, 9) == NULL);
    CHECK_INT(put(hosts, 9, 9, "10.0.0.1"), BERTH_HOSTS_PUT);
    berth_hosts_unref(hosts);
}

static bool knows(const BerthHosts *hosts, uint32_t id)
{
    return berth_hosts_know(hosts, BERTH_HOST_CLIENT_ID,
                            (BerthBytes){(const uint8_t *)&id, sizeof(id)});
}

/* An identifier is known for as long as any scope has it. */
static void test_known(void)
{
    enum { MANY = 3000 };
    BerthHosts *hosts = berth_hosts_new(true);

    CHECK(!knows(hosts, 0));
    for (uint32_t i = 0; i < MANY; i++)
        for (uint32_t subnet = 1; subnet <= 1 + i % 3; subnet++)
            CHECK_INT(put(hosts, subnet, i, NULL), BERTH_HOSTS_PUT);
    for (uint32_t subnet = 3; subnet > 0; subnet--) {
        for (uint32_t i = 0; i < MANY; i++)
            if (find(hosts, subnet, i))
                CHECK(berth_hosts_remove(hosts, find(hosts, subnet, i)));
        for (uint32_t i = 0; i < MANY; i++)
            CHECK(knows(hosts, i) == (subnet > 1));
        CHECK(!knows(hosts, MANY + subnet));
    }
    CHECK_INT(put(hosts, 1, 1, NULL), BERTH_HOSTS_PUT);
    berth_hosts_clear(hosts);
    CHECK(!knows(hosts, 1));
    berth_hosts_unref(hosts);
}

/* One that somebody holds outlives the set. */
static void test_held(void)
{
    BerthHosts *hosts = berth_hosts_new(true);
    BerthHost *host = host_of(1, 1, "192.0.2.1");

    CHECK_INT(berth_hosts_put(hosts, host, NULL), BERTH_HOSTS_PUT);
    CHECK(berth_hosts_remove(hosts, host));
    CHECK(!berth_hosts_remove(hosts, host));
    berth_hosts_unref(hosts);
    CHECK_INT(berth_host_subnet_id(host), 1);
    berth_host_unref(host);
}

static const BerthTest tests[] = {
    {"errors", test_errors},
    {"shown", test_shown},
    {"clashes", test_clashes},
    {"many", test_many},
    {"known", test_known},
    {"held", test_held},
    {0},
};

int main(int argc, char **argv)
{
    return berth_tests_main("hosts", tests, argc, argv);
}
