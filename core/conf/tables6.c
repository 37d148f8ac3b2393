/* tables6 - what Dhcp6 has that Dhcp4 has not, or has with another default; see tables.c. */
#include "core/conf/tables.h"

#define U32 UINT32_MAX

/* In the order of BerthAllocator. Kea has no free-lease queue for IPv6 addresses either: their
 * pools are too large for one. */
static const char *const allocators[] = {"iterative", "random", NULL};
static const char *const pd_allocators[] = {"iterative", "random", "flq", "shared-flq", NULL};
/* In the order of BerthDuidType. */
static const char *const duid_types[] = {"LLT", "EN", "LL", NULL};

/* clang-format off */

#define I BERTH_CONF_INHERIT
const BerthConfItem berth_conf_params6[] = {
    {"preferred-lifetime", BERTH_INT(BerthParams, preferred_sec), NULL, "seconds that an address is preferred; absent, or above valid-lifetime: 0.625 of that", I, 1, U32},
    {"min-preferred-lifetime", BERTH_INT(BerthParams, min_preferred_sec), NULL, "least preferred seconds a client may ask for; absent: preferred-lifetime", I, 1, U32},
    {"max-preferred-lifetime", BERTH_INT(BerthParams, max_preferred_sec), NULL, "most preferred seconds a client may ask for; absent: preferred-lifetime", I, 1, U32},
    {"calculate-tee-times", BERTH_BOOL(BerthParams, calculate_tee_times), "true", "derive T1 and T2 from the preferred lifetime where no timer is set", I},
    {"t2-percent", BERTH_REAL(BerthParams, t2_percent), "0.8", "T2 as a fraction of the lifetime", I, 0, 1},
    {"rapid-commit", BERTH_BOOL(BerthParams, rapid_commit), "false", "answer a SOLICIT that asks for it with a REPLY", I},
    {"store-extended-info", BERTH_BOOL(BerthParams, store_extended_info), "false", "keep what relays said in the lease's user-context", I},
    {"allocator", BERTH_WORD(BerthParams, allocator), "iterative", "how a free address is chosen", I, .words = allocators},
    {"pd-allocator", BERTH_WORD(BerthParams, pd_allocator), "iterative", "how a free prefix is chosen", I, .words = pd_allocators},
    {0},
};
#undef I

#define F BerthFamilyConf
const BerthConfItem berth_conf_global6[] = {
    {"subnet6", BERTH_NODE(F, maps.subnets), NULL, "the subnets"},
    {"host-reservation-identifiers", BERTH_STRINGS(F, host_ids_in), "hw-address,duid", "by what clients are looked for among the reservations, in this order: hw-address, duid, flex-id"},
    {"server-id", BERTH_NODE(F, maps.server_id), NULL, "what the server's own DUID is made of"},
    {"mac-sources", BERTH_STRINGS(F, mac_sources_in), "any", "where a client's hardware address is taken from: any, or some of raw, duid, ipv6-link-local, client-link-addr-option, remote-id, subscriber-id, docsis-cmts, docsis-modem, in the order in which they are tried"},
    {"relay-supplied-options", BERTH_STRINGS(F, relay_supplied_in), NULL, "codes or names of options that relays may supply for their clients, beside 65 (RFC 6422)"},
    {"allow-address-registration", BERTH_BOOL(F, allow_address_registration), "true", "take registrations of addresses that clients made themselves (RFC 9686)"},
    {"reconfigure-accept", BERTH_BOOL(F, reconfigure_accept), "false", "give a key for RECONFIGURE to clients that accept it, and keep that in their leases, or in memory for those that have none; without it the command reconfigure reaches nobody"},
    {"reconfigure-on-change", BERTH_BOOL(F, reconfigure_on_change), "false", "after a reload, send RECONFIGURE to the clients of subnets that have changed"},
    {"data-directory", BERTH_IGNORED, NULL, "the environment says it: KEA_DHCP_DATA_DIR"},
    {0},
};

const BerthConfItem berth_conf_compat6[] = {
    {"lenient-option-parsing", BERTH_BOOL(F, lenient_options), "false", "pass over a malformed or contradictory option 39, and take what there is of an option 16 that runs over, instead of dropping the message"},
    {0},
};
#undef F

const BerthConfItem berth_conf_serverid[] = {
    {"type", BERTH_WORD(BerthServerIdIn, type), "LLT", "of what it is made: hardware address and time, enterprise number, or hardware address", .words = duid_types},
    {"identifier", BERTH_STRING(BerthServerIdIn, identifier), "", "in hex: the hardware address, or for EN any bytes; empty: an interface's, or random ones"},
    {"htype", BERTH_INT(BerthServerIdIn, htype), "0", "hardware type; 0: the interface's", 0, 0, 65535},
    {"time", BERTH_INT(BerthServerIdIn, time), "0", "seconds since 2000 for LLT; 0: now", 0, 0, U32},
    {"enterprise-id", BERTH_INT(BerthServerIdIn, enterprise_id), "0", "enterprise number for EN; 0: that of Kea", 0, 0, U32},
    {"persist", BERTH_BOOL(BerthServerIdIn, persist), "true", "keep it in the file kea-dhcp6-serverid"},
    {0},
};

const BerthConfItem berth_conf_network6[] = {
    {"subnet6", BERTH_NODE(BerthNetworkIn, subnets), NULL, "the subnets of the link"},
    {"interface-id", BERTH_STRING(BerthNetworkIn, interface_id), NULL, "clients whose relay sends this interface-id belong here"},
    {0},
};

const BerthConfItem berth_conf_subnet6[] = {
    {"pd-pools", BERTH_NODE(BerthSubnetIn, pd_pools), NULL, "the prefixes that are delegated"},
    {"interface-id", BERTH_STRING(BerthSubnetIn, interface_id), NULL, "clients whose relay sends this interface-id belong here"},
    {0},
};
const BerthConfItem berth_conf_class6[] = {
    {"preferred-lifetime", BERTH_INT(BerthClassIn, preferred_sec), NULL, "seconds that an address is preferred, whatever the subnet says", 0, 1, UINT32_MAX},
    {"min-preferred-lifetime", BERTH_INT(BerthClassIn, min_preferred_sec), NULL, "least seconds a client may ask for", 0, 1, UINT32_MAX},
    {"max-preferred-lifetime", BERTH_INT(BerthClassIn, max_preferred_sec), NULL, "most seconds a client may ask for", 0, 1, UINT32_MAX},
    {0},
};
/* clang-format on */
