/* sanity - see sanity.h. */
#include "core/server/sanity.h"

#include "core/base/json.h"
#include "core/v4/steps4.h"

typedef enum Check { NONE, WARN, FIX, FIX_DEL, DEL } Check;

/* ---- lease-checks ---- */

static void say(BerthLog *log, const BerthLease *lease, BerthLevel level, const char *id,
                const char *what)
{
    char text[BERTH_ADDR_TEXT];

    berth_log_to(log, level, "dhcpsrv", id,
                 "the lease %s does not belong to the subnet with ID %u%s",
                 berth_addr_text(lease->addr, text), lease->subnet_id, what);
}

static bool is_within(const BerthSubnet *subnet, const BerthLease *lease)
{
    return subnet && berth_prefix_contains(subnet->prefix, subnet->prefix_len, lease->addr);
}

static bool check_subnet(const BerthFamilyConf *family, BerthLog *log, BerthLease *lease)
{
    const Check check = (Check)family->lease_checks;
    const BerthSubnet *subnet;

    /* Kea: a delegated prefix need not lie in the prefix of its subnet. */
    if (check == NONE || lease->type == BERTH_LEASE_PD ||
        is_within(berth_conf_subnet_by_id(family, lease->subnet_id), lease))
        return true;
    subnet = berth_conf_subnet_of(family, lease->addr, NULL);
    if (subnet && (check == FIX || check == FIX_DEL)) {
        say(log, lease, BERTH_INFO, "DHCPSRV_LEASE_SANITY_FIXED",
            "; it is of the one that has its address now");
        lease->subnet_id = subnet->id;
        return true;
    }
    if (check == FIX_DEL || check == DEL) {
        say(log, lease, BERTH_INFO, "DHCPSRV_LEASE_SANITY_FAIL_DISCARD", "; it is left out");
        return false;
    }
    say(log, lease, BERTH_WARN, "DHCPSRV_LEASE_SANITY_FAIL", "");
    return true;
}

/* ---- extended-info-checks ---- */

/* What Kea 2.2 wrote: the sub-options by themselves. NULL: nothing is to be done. */
static char *newer_info4(BerthBytes isc)
{
    char hex[BERTH_LEASE_INFO_MAX];
    BERTH_UNCLEARED uint8_t bytes[BERTH_LEASE_INFO_MAX / 2];
    g_autofree char *info = NULL;
    int len;

    if (!berth_json_find_string(isc, "relay-agent-info", hex, sizeof(hex)))
        return NULL;
    len = berth_hex_parse(hex, bytes, sizeof(bytes));
    if (len <= 0 || !berth_sub4_valid((BerthBytes){bytes, (size_t)len}))
        return NULL;
    info = v4_relay_info((BerthBytes){bytes, (size_t)len});
    return berth_json_put(isc, "relay-agent-info", info);
}

/* And of DHCPv6: the list had another name. */
static char *newer_info6(BerthBytes isc)
{
    BerthBytes relays;
    g_autofree char *value = NULL, *without = NULL;

    if (berth_json_find(isc, "relays", &relays) != 1)
        return NULL;
    value = g_strndup((const char *)relays.data, relays.len);
    without = berth_json_put(isc, "relays", NULL);
    return without ? berth_json_put(berth_bytes(without), "relay-info", value) : NULL;
}

static char *newer_context(const BerthLease *lease)
{
    g_autofree char *newer = NULL;
    BerthBytes isc;

    if (lease->context.len == 0 || berth_json_find(lease->context, "ISC", &isc) != 1)
        return NULL;
    newer = lease->type == BERTH_LEASE_V4 ? newer_info4(isc) : newer_info6(isc);
    return newer ? berth_json_put(lease->context, "ISC", newer) : NULL;
}

bool berth_sanity_check(const BerthFamilyConf *family, BerthLog *log, BerthLease *lease,
                        char **ret_context)
{
    *ret_context = NULL;
    if (lease->valid_sec == 0)
        return true;
    if (family->extended_info_checks != 0)
        *ret_context = newer_context(lease);
    if (*ret_context)
        lease->context = berth_bytes(*ret_context);
    return check_subnet(family, log, lease);
}
