/* tables4 - what Dhcp4 has that Dhcp6 has not, or has with another default; see tables.c. */
#include "core/conf/tables.h"

static const char *const allocators[] = {"iterative", "random", "flq", "shared-flq", NULL};
static const char *const socket_types[] = {"raw", "udp", NULL};
static const char *const outbounds[] = {"same-as-inbound", "use-routing", NULL};

static const char fouro6[] = "this version has no DHCPv4 over DHCPv6";

/* clang-format off */

#define I BERTH_CONF_INHERIT
const BerthConfItem berth_conf_params4[] = {
    {"allocator", BERTH_WORD(BerthParams, allocator), "iterative", "how a free address is chosen", I, .words = allocators},
    {"calculate-tee-times", BERTH_BOOL(BerthParams, calculate_tee_times), "false", "derive T1 and T2 from the lifetime where no timer is set", I},
    {"t2-percent", BERTH_REAL(BerthParams, t2_percent), "0.875", "T2 as a fraction of the lifetime", I, 0, 1},
    {"offer-lifetime", BERTH_INT(BerthParams, offer_sec), NULL, "seconds that an offered address is stored as a lease; absent, 0: it is held in memory for some seconds", I, 0, UINT32_MAX},
    {"rapid-commit", BERTH_BOOL(BerthParams, rapid_commit), "false", "answer a DISCOVER that asks for it with an ACK (RFC 4039); not known to Kea", I},
    {"authoritative", BERTH_BOOL(BerthParams, authoritative), "false", "refuse (NAK) addresses that this server knows nothing of", I},
    {"match-client-id", BERTH_BOOL(BerthParams, match_client_id), "true", "find a client by its client identifier first, not only by its hardware address", I},
    {"store-extended-info", BERTH_BOOL(BerthParams, store_extended_info), "false", "keep what the relay said in the lease's user-context", I},
    {"next-server", BERTH_ADDR(BerthParams, next_server), "0.0.0.0", "address of the boot server (siaddr)", I},
    {"server-hostname", BERTH_STRING(BerthParams, server_hostname), "", "name of the boot server (sname), at most 64 bytes", I},
    {"boot-file-name", BERTH_STRING(BerthParams, boot_file_name), "", "boot file (file), at most 128 bytes", I},
    {0},
};
#undef I

#define F BerthFamilyConf
const BerthConfItem berth_conf_global4[] = {
    {"subnet4", BERTH_NODE(F, maps.subnets), NULL, "the subnets"},
    {"host-reservation-identifiers", BERTH_STRINGS(F, host_ids_in), "hw-address,duid,circuit-id,client-id", "by what clients are looked for among the reservations, in this order: hw-address, duid, circuit-id, client-id, flex-id"},
    {"echo-client-id", BERTH_BOOL(F, echo_client_id), "true", "send the client identifier back (RFC 6842)"},
    {"stash-agent-options", BERTH_BOOL(F, stash_agent_options), "false", "a renewal without option 82 has that of its lease, where store-extended-info has kept it"},
    {0},
};

const BerthConfItem berth_conf_compat4[] = {
    {"lenient-option-parsing", BERTH_BOOL(F, lenient_options), "false", "pass over a malformed or contradictory option 81, and take what there is of an option 124 that runs over, instead of dropping the message"},
    {"ignore-dhcp-server-identifier", BERTH_BOOL(F, ignore_server_id), "false", "answer whatever server a client has chosen"},
    {"ignore-rai-link-selection", BERTH_BOOL(F, ignore_link_selection), "false", "do not let relays name the client's link (sub-option 5 of option 82)"},
    {"exclude-first-last-24", BERTH_BOOL(F, exclude_first_last_24), "false", "do not give out .0 and .255 in subnets of /24 and larger"},
    {0},
};
#undef F

const BerthConfItem berth_conf_interfaces4[] = {
    {"dhcp-socket-type", BERTH_WORD(BerthInterfacesIn, socket_type), "raw", "raw reaches clients without an address; udp is for relayed ones", .words = socket_types},
    {"outbound-interface", BERTH_WORD(BerthInterfacesIn, outbound), "same-as-inbound", "use-routing needs dhcp-socket-type udp", .words = outbounds},
    {0},
};

const BerthConfItem berth_conf_network4[] = {
    {"subnet4", BERTH_NODE(BerthNetworkIn, subnets), NULL, "the subnets of the link"},
    {0},
};

const BerthConfItem berth_conf_subnet4[] = {
    {"4o6-interface", BERTH_REFUSED, NULL, fouro6},
    {"4o6-interface-id", BERTH_REFUSED, NULL, fouro6},
    {"4o6-subnet", BERTH_REFUSED, NULL, fouro6},
    {0},
};

const BerthConfItem berth_conf_class4[] = {
    {"option-def", BERTH_NODE(BerthClassIn, optdefs), NULL, "what the options 43 and 224 to 254 are for its clients"},
    {"next-server", BERTH_ADDR(BerthClassIn, next_server), NULL, "address of the boot server (siaddr)"},
    {"server-hostname", BERTH_STRING(BerthClassIn, server_hostname), NULL, "name of the boot server (sname), at most 64 bytes"},
    {"boot-file-name", BERTH_STRING(BerthClassIn, boot_file_name), NULL, "boot file (file), at most 128 bytes"},
    {"offer-lifetime", BERTH_INT(BerthClassIn, offer_sec), NULL, "seconds that an offered address is stored as a lease", 0, 0, UINT32_MAX},
    {0},
};
/* clang-format on */
