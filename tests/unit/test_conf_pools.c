/* test_conf_pools - pools of both families that hold what no client can use. What else is refused
 * of a pool is test_conf's and test_conf6's. */
#include "core/conf/conf.h"
#include "tests/lib/confs.h"

/* clang-format off */
#define NET4(subnet, pool) CONFS_NET("{\"subnet\": \"" subnet "\", \"pools\": [{\"pool\": \"" pool "\"}]}")
#define NET6(subnet, pool) CONFS_NET6("{\"subnet\": \"" subnet "\", \"pools\": [{\"pool\": \"" pool "\"}]}")
#define PD(prefix, len) CONFS_NET6("{\"subnet\": \"2001:db8:1::/64\", \"pd-pools\": [{\"prefix\": \"" prefix "\", \"prefix-len\": " len ", \"delegated-len\": 64}]}")
#define REFUSED4(pool, what) "f:1: Dhcp4.subnet4[0].pools[0]: the pool " pool " holds what no client can use: " what
#define REFUSED6(pool, what) "f:1: Dhcp6.subnet6[0].pools[0]: the pool " pool " holds what no client can use: " what
#define REFUSED_PD(pool, what) "f:1: Dhcp6.subnet6[0].pd-pools[0]: the pool " pool " holds what no client can use: " what

static const ConfsRow refused4[] = {
    {"this network", NET4("0.0.0.0/8", "0.0.0.1 - 0.0.0.9"), REFUSED4("0.0.0.1 - 0.0.0.9", "0.0.0.0/8, this network")},
    {"all of IPv4", NET4("0.0.0.0/0", "0.0.0.0/0"), REFUSED4("0.0.0.0/0", "0.0.0.0/8, this network")},
    {"up to the last of this network", NET4("0.0.0.0/0", "0.255.255.255 - 1.0.0.9"),
     REFUSED4("0.255.255.255 - 1.0.0.9", "0.0.0.0/8, this network")},
    {"loopback", NET4("127.0.0.0/8", "127.0.0.10 - 127.0.0.99"), REFUSED4("127.0.0.10 - 127.0.0.99", "127.0.0.0/8, loopback")},
    {"across loopback", NET4("0.0.0.0/0", "126.0.0.0 - 128.0.0.0"), REFUSED4("126.0.0.0 - 128.0.0.0", "127.0.0.0/8, loopback")},
    {"multicast", NET4("239.0.0.0/8", "239.1.0.0/16"), REFUSED4("239.1.0.0/16", "224.0.0.0/4, multicast")},
    {"into multicast", NET4("0.0.0.0/0", "223.255.255.255 - 224.0.0.0"),
     REFUSED4("223.255.255.255 - 224.0.0.0", "224.0.0.0/4, multicast")},
    {"broadcast", NET4("255.255.255.0/24", "255.255.255.10 - 255.255.255.255"),
     REFUSED4("255.255.255.10 - 255.255.255.255", "255.255.255.255, broadcast")},
};

static const ConfsRow refused6[] = {
    {"unspecified", NET6("::/64", ":: - ::0"), REFUSED6(":: - ::0", "::, unspecified")},
    {"all of IPv6", NET6("::/0", "::/0"), REFUSED6("::/0", "::, unspecified")},
    {"loopback", NET6("::/64", "::1 - ::9"), REFUSED6("::1 - ::9", "::1, loopback")},
    {"across those of IPv4", NET6("::/0", "::2 - ::1:0:0:0"), REFUSED6("::2 - ::1:0:0:0", "::ffff:0:0/96, addresses of IPv4")},
    {"link-local", NET6("fe80::/64", "fe80::100 - fe80::1ff"), REFUSED6("fe80::100 - fe80::1ff", "fe80::/10, link-local")},
    {"the last of link-local", NET6("fe00::/7", "febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff - fec0::"),
     REFUSED6("febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff - fec0::", "fe80::/10, link-local")},
    {"multicast", NET6("ff02::/64", "ff02::/80"), REFUSED6("ff02::/80", "ff00::/8, multicast")},
    {"prefixes of link-local", PD("fe80::", "48"), REFUSED_PD("fe80::/48", "fe80::/10, link-local")},
    {"prefixes of multicast", PD("ff00::", "16"), REFUSED_PD("ff00::/16", "ff00::/8, multicast")},
    {"the first prefix of all", PD("::", "48"), REFUSED_PD("::/48", "::, unspecified")},
};

static const ConfsRow good4[] = {
    {"behind this network", NET4("0.0.0.0/0", "1.0.0.0 - 126.255.255.255"), ""},
    {"behind loopback", NET4("0.0.0.0/0", "128.0.0.0 - 223.255.255.255"), ""},
    {"behind multicast", NET4("240.0.0.0/4", "240.0.0.0 - 255.255.255.254"), ""},
};

static const ConfsRow good6[] = {
    {"in front of those of IPv4", NET6("::/64", "::2 - ::9"), ""},
    {"behind those of IPv4", NET6("::/0", "::1:0:0:0 - fe7f::"), ""},
    {"behind link-local", NET6("fe00::/7", "fec0:: - feff::"), ""},
    {"prefixes of unique local addresses", PD("fc00::", "8"), ""},
};
/* clang-format on */

static void test_refused(void)
{
    confs_check(refused4, G_N_ELEMENTS(refused4), confs_read, false);
    confs_check(refused6, G_N_ELEMENTS(refused6), confs_read6, false);
}

static void test_good(void)
{
    confs_check(good4, G_N_ELEMENTS(good4), confs_read, true);
    confs_check(good6, G_N_ELEMENTS(good6), confs_read6, true);
}

int main(int argc, char **argv)
{
    static const BerthTest tests[] = {
        {"refused", test_refused},
        {"good", test_good},
        {0},
    };

    return berth_tests_main("conf_pools", tests, argc, argv);
}
