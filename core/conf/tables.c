/* tables - the maps that Dhcp4 and Dhcp6 have alike, and the list of all tables.
 *
 * This and tables4.c and tables6.c are the one place where keys, defaults and ranges stand. Keys
 * that Kea knows and that are without effect here are IGNORED: one warning says so. Keys that
 * decide who gets which address and that this version does not obey are REFUSED: whoever relies on
 * them must not believe that they work. */
#include "core/conf/tables.h"

#define U32 UINT32_MAX

/* In the order of BerthLevel. */
static const char *const severities[] = {"DEBUG", "INFO", "WARN", "ERROR", "FATAL", "NONE", NULL};

static const char *const lease_checks[] = {"none", "warn", "fix", "fix-del", "del", NULL};
static const char *const info_checks[] = {"none", "fix", "strict", "pedantic", NULL};

/* In the order of BerthNameMode. */
static const char *const name_modes[] = {"never", "always", "when-present", "when-not-present",
                                         NULL};

static const char dns[] = "DNS updates are not made by this version";
static const char threads[] = "one thread serves all packets";
static const char samples[] = "a statistic holds its last value only";
static const char fouro6[] = "this version has no DHCPv4 over DHCPv6";
static const char backend[] = "this version has no configuration backends";
static const char tags[] = "there is no configuration backend that would use it";

/* clang-format off */

/* ---- rows that several scopes share ---- */

#define CONTEXT(T, member) {"user-context", BERTH_NODE(T, member), NULL, "a map of your own, shown by config-get"}

/* Scopes global, network, subnet and pool. */
#define NAMING                                                                                     \
    {"ddns-send-updates", BERTH_IGNORED, NULL, dns},                                               \
    {"ddns-override-no-update", BERTH_IGNORED, NULL, dns},                                         \
    {"ddns-override-client-update", BERTH_IGNORED, NULL, dns},                                     \
    {"ddns-update-on-renew", BERTH_IGNORED, NULL, dns},                                            \
    {"ddns-use-conflict-resolution", BERTH_IGNORED, NULL, dns},                                    \
    {"ddns-conflict-resolution-mode", BERTH_IGNORED, NULL, dns},                                   \
    {"ddns-ttl", BERTH_IGNORED, NULL, dns},                                                        \
    {"ddns-ttl-min", BERTH_IGNORED, NULL, dns},                                                    \
    {"ddns-ttl-max", BERTH_IGNORED, NULL, dns},                                                    \
    {"ddns-ttl-percent", BERTH_IGNORED, NULL, dns},                                                \
    {"metadata", BERTH_IGNORED, NULL, tags}

/* Scopes global, network, subnet and pool; `at` is where they are in a T. */
#define NAMES(T, at)                                                                               \
    {"ddns-replace-client-name", BERTH_WORD(T, at mode), "never", "when a client has a name that is made of its address", BERTH_CONF_INHERIT, .words = name_modes}, \
    {"ddns-generated-prefix", BERTH_STRING(T, at prefix), "myhost", "how such a name begins", BERTH_CONF_INHERIT}, \
    {"ddns-qualifying-suffix", BERTH_STRING(T, at suffix), "", "the domain of names that have none", BERTH_CONF_INHERIT}, \
    {"hostname-char-set", BERTH_STRING(T, at characters), "[^A-Za-z0-9.-]", "what of a client's name is replaced: a regular expression of POSIX; empty: nothing", BERTH_CONF_INHERIT}, \
    {"hostname-char-replacement", BERTH_STRING(T, at replacement), "", "what stands in its place", BERTH_CONF_INHERIT}

#define GUARDS(T)                                                                                  \
    {"client-classes", BERTH_STRINGS(T, guard.any), NULL, "only for clients in one of these classes"}, \
    {"client-class", BERTH_STRING(T, guard.one), NULL, "only for clients in this class; the older spelling"}, \
    {"evaluate-additional-classes", BERTH_STRINGS(T, guard.additional), NULL, "classes that are looked at when a client gets a lease here"}, \
    {"require-client-classes", BERTH_ALIAS, "evaluate-additional-classes"}

/* Scopes global, network and subnet. */
#define RESERVATIONS(T, member) {"reservations", BERTH_NODE(T, member), NULL, "what is reserved for single clients"}

/* ---- global, network and subnet: inherited ---- */

#define I BERTH_CONF_INHERIT
const BerthConfItem berth_conf_params[] = {
    {"valid-lifetime", BERTH_INT(BerthParams, valid_sec), "7200", "seconds that a lease lasts", I, 1, U32},
    {"min-valid-lifetime", BERTH_INT(BerthParams, min_valid_sec), NULL, "least seconds a client may ask for; absent: valid-lifetime", I, 1, U32},
    {"max-valid-lifetime", BERTH_INT(BerthParams, max_valid_sec), NULL, "most seconds a client may ask for; absent: valid-lifetime", I, 1, U32},
    {"renew-timer", BERTH_INT(BerthParams, renew_sec), NULL, "T1 in seconds; absent: not sent unless calculated", I, 0, U32},
    {"rebind-timer", BERTH_INT(BerthParams, rebind_sec), NULL, "T2 in seconds; absent: not sent unless calculated", I, 0, U32},
    {"t1-percent", BERTH_REAL(BerthParams, t1_percent), "0.5", "T1 as a fraction of the lifetime", I, 0, 1},
    {"cache-threshold", BERTH_REAL(BerthParams, cache_threshold), "0.25", "fraction of the lifetime during which a renewal writes nothing; 0: off", I, 0, 1000},
    {"cache-max-age", BERTH_INT(BerthParams, cache_max_age_sec), NULL, "most seconds for that; 0: off", I, 0, U32},
    {"reservations-global", BERTH_BOOL(BerthParams, hosts_global), "false", "look for reservations of the whole family", I},
    {"reservations-in-subnet", BERTH_BOOL(BerthParams, hosts_in_subnet), "true", "look for reservations of the subnet", I},
    {"reservations-out-of-pool", BERTH_BOOL(BerthParams, hosts_out_of_pool), "false", "no address of a pool is reserved: do not look there whether one is", I},
    {"reservation-mode", BERTH_STRING(BerthParams, hosts_mode), NULL, "all, out-of-pool, global or disabled: the older spelling of the three"},
    {"adaptive-lease-time-threshold", BERTH_REAL(BerthParams, adaptive_threshold), NULL, "how full a subnet's pools are from where on leases have the least lifetime; with flq", I, 0, 1},
    NAMES(BerthParams, naming.),
    {0},
};
#undef I

/* ---- Dhcp4 and Dhcp6 ---- */

#define F BerthFamilyConf
const BerthConfItem berth_conf_global[] = {
    {"interfaces-config", BERTH_NODE(F, maps.interfaces), NULL, "the interfaces that are served"},
    {"option-data", BERTH_NODE(F, maps.options), NULL, "options for every subnet"},
    {"option-def", BERTH_NODE(F, maps.optdefs), NULL, "options of your own"},
    {"lease-database", BERTH_NODE(F, lease_database), NULL, "where leases are kept"},
    {"loggers", BERTH_NODE(F, maps.loggers), NULL, "what is logged, and where to"},
    {"hooks-libraries", BERTH_NODE(F, maps.hooks), NULL, "plugins, as Kea names them"},
    {"plugins", BERTH_NODE(F, maps.plugins), NULL, "plugins, in the order in which they are loaded"},
    {"expired-leases-processing", BERTH_NODE(F, maps.expired), NULL, "how expired leases are reclaimed"},
    {"compatibility", BERTH_NODE(F, maps.compatibility), NULL, "deviations from the RFCs for the sake of some clients"},
    {"decline-probation-period", BERTH_INT(F, decline_probation_sec), "86400", "seconds that a declined address stays out of use", 0, 0, U32},
    {"parked-packet-limit", BERTH_INT(F, parked_packet_limit), "256", "most packets that wait for plugins; 0: no limit of the configuration", 0, 0, U32},
    RESERVATIONS(F, maps.reservations),
    {"reservations-lookup-first", BERTH_IGNORED, NULL, "reservations are always looked for first"},
    {"ip-reservations-unique", BERTH_BOOL(F, unique_hosts), "true", "no address is reserved for two clients of a subnet"},
    {"early-global-reservations-lookup", BERTH_BOOL(F, early_hosts), "false", "look for reservations of the whole family before a subnet is selected, so that their classes count there"},
    {"shared-networks", BERTH_NODE(F, maps.networks), NULL, "groups of subnets, each on one link"},
    {"client-classes", BERTH_NODE(F, maps.classes), NULL, "the classes that clients may be in"},
    {"config-control", BERTH_REFUSED, NULL, backend},
    {"dhcp4o6-port", BERTH_REFUSED, NULL, fouro6},
    {"dhcp-ddns", BERTH_IGNORED, NULL, dns},
    NAMING,
    {"multi-threading", BERTH_IGNORED, NULL, threads},
    {"dhcp-queue-control", BERTH_IGNORED, NULL, threads},
    {"sanity-checks", BERTH_NODE(F, maps.sanity), NULL, "what is done about stored leases that do not fit"},
    {"statistic-default-sample-count", BERTH_IGNORED, NULL, samples},
    {"statistic-default-sample-age", BERTH_IGNORED, NULL, samples},
    {"server-tag", BERTH_IGNORED, NULL, tags},
    CONTEXT(F, maps.user_context),
    {0},
};

const BerthConfItem berth_conf_expired[] = {
    {"reclaim-timer-wait-time", BERTH_INT(F, reclaim_wait_sec), "10", "seconds between two rounds; 0: never", 0, 0, U32},
    {"flush-reclaimed-timer-wait-time", BERTH_INT(F, flush_reclaimed_wait_sec), "25", "seconds between removals of reclaimed leases", 0, 0, U32},
    {"hold-reclaimed-time", BERTH_INT(F, hold_reclaimed_sec), "3600", "seconds that a reclaimed lease is kept for its owner", 0, 0, U32},
    {"max-reclaim-leases", BERTH_INT(F, max_reclaim_leases), "100", "most leases in one round; 0: all", 0, 0, U32},
    {"max-reclaim-time", BERTH_INT(F, max_reclaim_msec), "250", "most milliseconds for one round; 0: no limit", 0, 0, U32},
    {"unwarned-reclaim-cycles", BERTH_INT(F, unwarned_reclaim_cycles), "5", "rounds with leases left over before a warning", 0, 0, U32},
    {0},
};
const BerthConfItem berth_conf_sanity[] = {
    {"lease-checks", BERTH_WORD(F, lease_checks), "warn", "of a lease that does not lie in its subnet: nothing, a warning, it goes to the subnet that has it, or else it is left out, or it is left out", .words = lease_checks},
    {"extended-info-checks", BERTH_WORD(F, extended_info_checks), "fix", "what relays said, as leases have it: it stays, or is brought into today's form, and what can't be right is taken out; strict and pedantic look at more of it", .words = info_checks},
    {0},
};
#undef F

const BerthConfItem berth_conf_interfaces[] = {
    {"interfaces", BERTH_STRINGS(BerthInterfacesIn, interfaces), NULL, "\"eth0\", \"*\", or one address: \"eth0/192.0.2.1\"; for DHCPv6 \"eth0/2001:db8::1\", which is served beside multicast"},
    {"re-detect", BERTH_IGNORED, NULL, "interfaces are followed all the time while the server runs"},
    {"service-sockets-require-all", BERTH_IGNORED, NULL, "the server starts with the interfaces that are there and serves others when they come"},
    {"service-sockets-max-retries", BERTH_IGNORED, NULL, "a socket that cannot be opened is tried again every 10 seconds"},
    {"service-sockets-retry-wait-time", BERTH_IGNORED, NULL, "a socket that cannot be opened is tried again every 10 seconds"},
    {0},
};

/* ---- networks, subnets and pools ---- */

const BerthConfItem berth_conf_network[] = {
    {"name", BERTH_STRING(BerthNetworkIn, name), NULL, "a name that no other network has", BERTH_CONF_REQUIRED},
    {"option-data", BERTH_NODE(BerthNetworkIn, options), NULL, "options for this network"},
    {"interface", BERTH_STRING(BerthNetworkIn, interface), NULL, "clients heard on this interface belong here"},
    {"relay", BERTH_NODE(BerthNetworkIn, relay), NULL, "clients behind these relays belong here"},
    RESERVATIONS(BerthNetworkIn, reservations),
    GUARDS(BerthNetworkIn),
    NAMING,
    CONTEXT(BerthNetworkIn, user_context),
    {0},
};

const BerthConfItem berth_conf_subnet[] = {
    {"subnet", BERTH_STRING(BerthSubnetIn, subnet), NULL, "the prefix of the link: \"192.0.2.0/24\", \"2001:db8:1::/64\"", BERTH_CONF_REQUIRED},
    {"id", BERTH_INT(BerthSubnetIn, id), NULL, "a number that stays; absent: the first free one", 0, 1, 4294967294},
    {"pools", BERTH_NODE(BerthSubnetIn, pools), NULL, "the addresses that are given out"},
    {"option-data", BERTH_NODE(BerthSubnetIn, options), NULL, "options for this subnet"},
    {"interface", BERTH_STRING(BerthSubnetIn, interface), NULL, "clients heard on this interface belong here"},
    {"relay", BERTH_NODE(BerthSubnetIn, relay), NULL, "clients behind these relays belong here"},
    RESERVATIONS(BerthSubnetIn, reservations),
    GUARDS(BerthSubnetIn),
    NAMING,
    CONTEXT(BerthSubnetIn, user_context),
    {0},
};

const BerthConfItem berth_conf_relay[] = {
    {"ip-addresses", BERTH_STRINGS(BerthRelayIn, addresses), NULL, "addresses of the relays: giaddr, or link-address"},
    {"ip-address", BERTH_STRING(BerthRelayIn, address), NULL, "a single one; the older spelling"},
    {0},
};

const BerthConfItem berth_conf_pool[] = {
    {"pool", BERTH_STRING(BerthPoolIn, pool), NULL, "\"192.0.2.10 - 192.0.2.99\", \"2001:db8:1::100 - 2001:db8:1::1ff\", or a prefix", BERTH_CONF_REQUIRED},
    {"pool-id", BERTH_INT(BerthPoolIn, id), "0", "number for the pool's statistics", 0, 0, U32},
    {"option-data", BERTH_NODE(BerthPoolIn, options), NULL, "options for this pool"},
    GUARDS(BerthPoolIn),
    NAMING,
    CONTEXT(BerthPoolIn, user_context),
    {0},
};

const BerthConfItem berth_conf_naming[] = {NAMES(BerthNaming, ), {0}};

const BerthConfItem berth_conf_pdpool[] = {
    {"prefix", BERTH_STRING(BerthPdPoolIn, prefix), NULL, "the first address of the pool: \"2001:db8:8::\"", BERTH_CONF_REQUIRED},
    {"prefix-len", BERTH_INT(BerthPdPoolIn, prefix_len), NULL, "how long the pool's own prefix is", BERTH_CONF_REQUIRED, 1, 128},
    {"delegated-len", BERTH_INT(BerthPdPoolIn, delegated_len), NULL, "how long the prefixes are that clients get", BERTH_CONF_REQUIRED, 1, 128},
    {"excluded-prefix", BERTH_STRING(BerthPdPoolIn, excluded), "", "a prefix in the pool's first one, which its client must not use; likewise in the others (RFC 6603)"},
    {"excluded-prefix-len", BERTH_INT(BerthPdPoolIn, excluded_len), "0", "how long that one is", 0, 0, 128},
    {"pool-id", BERTH_INT(BerthPdPoolIn, id), "0", "number for the pool's statistics", 0, 0, U32},
    {"option-data", BERTH_NODE(BerthPdPoolIn, options), NULL, "options for this pool"},
    GUARDS(BerthPdPoolIn),
    {"metadata", BERTH_IGNORED, NULL, tags},
    CONTEXT(BerthPdPoolIn, user_context),
    {0},
};

/* ---- classes ---- */

const BerthConfItem berth_conf_class[] = {
    {"name", BERTH_STRING(BerthClassIn, name), NULL, "a name that no other class has", BERTH_CONF_REQUIRED},
    {"test", BERTH_STRING(BerthClassIn, test), NULL, "an expression that is true for its clients"},
    {"template-test", BERTH_STRING(BerthClassIn, template_test), NULL, "an expression that gives a string; who has one is in SPAWN_<name>_<string>, too"},
    {"only-in-additional-list", BERTH_BOOL(BerthClassIn, additional), "false", "looked at only where evaluate-additional-classes names it"},
    {"only-if-required", BERTH_ALIAS, "only-in-additional-list"},
    {"option-data", BERTH_NODE(BerthClassIn, options), NULL, "options for its clients"},
    {"valid-lifetime", BERTH_INT(BerthClassIn, valid_sec), NULL, "seconds that a lease lasts, whatever the subnet says", 0, 1, U32},
    {"min-valid-lifetime", BERTH_INT(BerthClassIn, min_valid_sec), NULL, "least seconds a client may ask for", 0, 1, U32},
    {"max-valid-lifetime", BERTH_INT(BerthClassIn, max_valid_sec), NULL, "most seconds a client may ask for", 0, 1, U32},
    {"metadata", BERTH_IGNORED, NULL, tags},
    CONTEXT(BerthClassIn, user_context),
    {0},
};

/* ---- reservations ---- */

const BerthConfItem berth_conf_host[] = {
    {"hw-address", BERTH_STRING(BerthHostIn, ids[BERTH_HOST_HWADDR]), NULL, "the client by its hardware address"},
    {"duid", BERTH_STRING(BerthHostIn, ids[BERTH_HOST_DUID]), NULL, "by its DUID; of DHCPv4 the one in a client identifier (RFC 4361)"},
    {"flex-id", BERTH_STRING(BerthHostIn, ids[BERTH_HOST_FLEX_ID]), NULL, "by what the plugin flex_id makes of its message"},
    {"hostname", BERTH_STRING(BerthHostIn, hostname), "", "its name"},
    {"option-data", BERTH_NODE(BerthHostIn, options), NULL, "options for it, before those of any other scope"},
    {"client-classes", BERTH_STRINGS(BerthHostIn, classes), NULL, "classes that it is in"},
    CONTEXT(BerthHostIn, user_context),
    {0},
};

const BerthConfItem berth_conf_host4[] = {
    {"client-id", BERTH_STRING(BerthHostIn, ids[BERTH_HOST_CLIENT_ID]), NULL, "by its client identifier: hex, or 'text'"},
    {"circuit-id", BERTH_STRING(BerthHostIn, ids[BERTH_HOST_CIRCUIT_ID]), NULL, "by what its relay calls the circuit: hex, or 'text'"},
    {"ip-address", BERTH_STRING(BerthHostIn, address), NULL, "its address"},
    {"next-server", BERTH_ADDR(BerthHostIn, next_server), "0.0.0.0", "address of its boot server (siaddr)"},
    {"server-hostname", BERTH_STRING(BerthHostIn, server_hostname), "", "name of its boot server (sname), at most 64 bytes"},
    {"boot-file-name", BERTH_STRING(BerthHostIn, boot_file_name), "", "its boot file (file), at most 128 bytes"},
    {0},
};

const BerthConfItem berth_conf_host6[] = {
    {"ip-addresses", BERTH_STRINGS(BerthHostIn, addresses), NULL, "its addresses"},
    {"prefixes", BERTH_STRINGS(BerthHostIn, prefixes), NULL, "its prefixes: \"2001:db8:8::/56\""},
    {"excluded-prefixes", BERTH_STRINGS(BerthHostIn, excluded), NULL, "for each of them what of it the client must not use (RFC 6603), \"\": nothing"},
    {0},
};

/* ---- options ---- */

#define OPTION(code_max, own_space)                                                                \
    {"name", BERTH_STRING(BerthOptionIn, name), NULL, "the option's name; or say its code"},       \
    {"code", BERTH_INT(BerthOptionIn, code), NULL, "the option's code", 0, 0, code_max},           \
    {"space", BERTH_STRING(BerthOptionIn, space), own_space, "the space that the name or code is of"}, \
    {"data", BERTH_STRING(BerthOptionIn, data), "", "the value"},                                  \
    {"csv-format", BERTH_BOOL(BerthOptionIn, csv), "true", "data holds fields separated by commas; false: hex"}, \
    {"always-send", BERTH_BOOL(BerthOptionIn, always_send), "false", "send it to clients that do not ask for it, too"}, \
    {"never-send", BERTH_BOOL(BerthOptionIn, never_send), "false", "never send it, whatever other scopes say"}, \
    {"client-classes", BERTH_STRINGS(BerthOptionIn, classes), NULL, "only for clients in one of these classes", BERTH_CONF_QUIET}, \
    {"metadata", BERTH_IGNORED, NULL, tags}

#define OPTDEF(code_max, own_space)                                                                \
    {"name", BERTH_STRING(BerthOptDefIn, name), NULL, "a name, new in its space", BERTH_CONF_REQUIRED}, \
    {"code", BERTH_INT(BerthOptDefIn, code), NULL, "a code, new in its space", BERTH_CONF_REQUIRED, 0, code_max}, \
    {"type", BERTH_STRING(BerthOptDefIn, type), NULL, "uint8, ipv4-address, fqdn, string, record, …", BERTH_CONF_REQUIRED}, \
    {"array", BERTH_BOOL(BerthOptDefIn, is_array), "false", "the value, or the record, may repeat"}, \
    {"record-types", BERTH_STRING(BerthOptDefIn, record_types), "", "the types of a record, separated by commas"}, \
    {"space", BERTH_STRING(BerthOptDefIn, space), own_space, "the space that the option is of"},   \
    {"encapsulate", BERTH_STRING(BerthOptDefIn, encapsulate), "", "the space of its sub-options"}, \
    {"metadata", BERTH_IGNORED, NULL, tags}

const BerthConfItem berth_conf_option4[] = {OPTION(255, "dhcp4"), {0}};
const BerthConfItem berth_conf_option6[] = {OPTION(65535, "dhcp6"), {0}};
const BerthConfItem berth_conf_optdef4[] = {OPTDEF(255, "dhcp4"), {0}};
const BerthConfItem berth_conf_optdef6[] = {OPTDEF(65535, "dhcp6"), {0}};

/* ---- loggers and plugins ---- */

const BerthConfItem berth_conf_output[] = {
    {"output", BERTH_STRING(BerthOutputIn, output), "stdout", "stdout, stderr, syslog, syslog:FACILITY or a file"},
    {"flush", BERTH_BOOL(BerthOutputIn, flush), "true", "write each line at once"},
    {"maxsize", BERTH_INT(BerthOutputIn, maxsize), "10240000", "bytes after which a file is put aside; 0: never", 0, 0, INT64_MAX},
    {"maxver", BERTH_INT(BerthOutputIn, maxver), "1", "files put aside that are kept", 0, 0, 10000},
    {"pattern", BERTH_STRING(BerthOutputIn, pattern), "", "how a line looks"},
    {0},
};

const BerthConfItem berth_conf_logger[] = {
    {"name", BERTH_STRING(BerthLoggerIn, name), NULL, "kea-dhcp4 or kea-dhcp6, or a part of it: kea-dhcp4.leases", BERTH_CONF_REQUIRED},
    {"severity", BERTH_WORD(BerthLoggerIn, severity), "INFO", "the least severity that is logged", .words = severities},
    {"debuglevel", BERTH_INT(BerthLoggerIn, debuglevel), "0", "how much is logged at severity DEBUG", 0, 0, 99},
    {"output-options", BERTH_LIST(BerthLoggerIn, outputs), NULL, "where it goes to", .items = berth_conf_output, .item_size = sizeof(BerthOutputIn)},
    {"output_options", BERTH_ALIAS, "output-options"},
    {0},
};

const BerthConfItem berth_conf_plugin[] = {
    {"name", BERTH_STRING(BerthPluginIn, name), NULL, "the plugin's name, or the path of its file", BERTH_CONF_REQUIRED},
    {"parameters", BERTH_NODE(BerthPluginIn, parameters), NULL, "the plugin's own keys"},
    {"enabled", BERTH_BOOL(BerthPluginIn, enabled), "true", "false: it is not loaded, not even as one of the usual set"},
    {0},
};

const BerthConfItem berth_conf_library[] = {
    {"library", BERTH_STRING(BerthPluginIn, name), NULL, "libdhcp_NAME.so stands for the plugin NAME", BERTH_CONF_REQUIRED},
    {"parameters", BERTH_NODE(BerthPluginIn, parameters), NULL, "the plugin's own keys"},
    {0},
};

const BerthConfTable berth_conf_tables[] = {
    {"Dhcp4, Dhcp6", berth_conf_global},
    {"Dhcp4", berth_conf_global4},
    {"Dhcp6", berth_conf_global6},
    {"Dhcp4, Dhcp6, shared-networks[], subnet4[], subnet6[]", berth_conf_params},
    {"Dhcp4, shared-networks[], subnet4[]", berth_conf_params4},
    {"Dhcp6, shared-networks[], subnet6[]", berth_conf_params6},
    {"interfaces-config", berth_conf_interfaces},
    {"Dhcp4.interfaces-config", berth_conf_interfaces4},
    {"Dhcp6.server-id", berth_conf_serverid},
    {"shared-networks[]", berth_conf_network},
    {"Dhcp4.shared-networks[]", berth_conf_network4},
    {"Dhcp6.shared-networks[]", berth_conf_network6},
    {"subnet4[], subnet6[]", berth_conf_subnet},
    {"subnet4[]", berth_conf_subnet4},
    {"subnet6[]", berth_conf_subnet6},
    {"relay of a network, of a subnet", berth_conf_relay},
    {"pools[]", berth_conf_pool},
    {"pools[], else as in the subnet", berth_conf_naming},
    {"pd-pools[]", berth_conf_pdpool},
    {"client-classes[]", berth_conf_class},
    {"Dhcp4.client-classes[]", berth_conf_class4},
    {"Dhcp6.client-classes[]", berth_conf_class6},
    {"reservations[]", berth_conf_host},
    {"reservations[] of Dhcp4", berth_conf_host4},
    {"reservations[] of Dhcp6", berth_conf_host6},
    {"option-data[] of Dhcp4", berth_conf_option4},
    {"option-data[] of Dhcp6", berth_conf_option6},
    {"Dhcp4.option-def[]", berth_conf_optdef4},
    {"Dhcp6.option-def[]", berth_conf_optdef6},
    {"expired-leases-processing", berth_conf_expired},
    {"sanity-checks", berth_conf_sanity},
    {"Dhcp4.compatibility", berth_conf_compat4},
    {"Dhcp6.compatibility", berth_conf_compat6},
    {"loggers[]", berth_conf_logger},
    {"loggers[].output-options[]", berth_conf_output},
    {"plugins[]", berth_conf_plugin},
    {"hooks-libraries[]", berth_conf_library},
    {0},
};
/* clang-format on */

const BerthFamilyTables berth_conf_family4 = {
    .map = "Dhcp4",
    .subnets = "subnet4",
    .space = "dhcp4",
    .lease_file = "kea-leases4.csv",
    .vendor = 125,
    .vendor_class = 124,
    .ip = "IPv4",
    .prefix = "192.0.2.0/24",
    .range = "192.0.2.10 - 192.0.2.99",
    .part = "192.0.2.64/26",
    .iface = "eth0/192.0.2.1",
    .global = {berth_conf_global, berth_conf_global4},
    .params = {berth_conf_params, berth_conf_params4},
    .network = {berth_conf_network, berth_conf_network4},
    .subnet = {berth_conf_subnet, berth_conf_subnet4},
    .class = {berth_conf_class, berth_conf_class4},
    .host = {berth_conf_host, berth_conf_host4},
    .interfaces = {berth_conf_interfaces, berth_conf_interfaces4},
    .compat = berth_conf_compat4,
    .option = berth_conf_option4,
    .optdef = berth_conf_optdef4,
};

const BerthFamilyTables berth_conf_family6 = {
    .map = "Dhcp6",
    .subnets = "subnet6",
    .space = "dhcp6",
    .lease_file = "kea-leases6.csv",
    .vendor = 17,
    .vendor_class = 16,
    .ip = "IPv6",
    .prefix = "2001:db8:1::/64",
    .range = "2001:db8:1::100 - 2001:db8:1::1ff",
    .part = "2001:db8:1::/80",
    .iface = "eth0/2001:db8::1",
    .global = {berth_conf_global, berth_conf_global6},
    .params = {berth_conf_params, berth_conf_params6},
    .network = {berth_conf_network, berth_conf_network6},
    .subnet = {berth_conf_subnet, berth_conf_subnet6},
    .class = {berth_conf_class, berth_conf_class6},
    .host = {berth_conf_host, berth_conf_host6},
    .interfaces = {berth_conf_interfaces},
    .compat = berth_conf_compat6,
    .option = berth_conf_option6,
    .optdef = berth_conf_optdef6,
};
