/* sanity - see sanity.h. */
#include "core/server/sanity.h"

#include "core/server/extinfo.h"

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

static void check_info(const BerthFamilyConf *family, BerthLog *log, BerthLease *lease,
                       char **ret_context)
{
    char text[BERTH_ADDR_TEXT];
    const char *problem;

    *ret_context =
        berth_extinfo_check(lease, (BerthExtinfoCheck)family->extended_info_checks, &problem);
    if (problem)
        berth_log_to(log, BERTH_ERROR, "dhcpsrv",
                     lease->type == BERTH_LEASE_V4 ? "DHCPSRV_LEASE4_EXTENDED_INFO_SANITY_FAIL"
                                                   : "DHCPSRV_LEASE6_EXTENDED_INFO_SANITY_FAIL",
                     "extended info for lease %s failed checks (%s)",
                     berth_addr_text(lease->addr, text), problem);
    if (*ret_context)
        lease->context = berth_bytes(*ret_context);
}

bool berth_sanity_check(const BerthFamilyConf *family, BerthLog *log, BerthLease *lease,
                        char **ret_context)
{
    *ret_context = NULL;
    if (lease->valid_sec == 0)
        return true;
    check_info(family, log, lease, ret_context);
    return check_subnet(family, log, lease);
}
