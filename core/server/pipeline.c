/* pipeline - the way of a packet, as a page: one row a line, read from top to bottom.
 *
 * A row is: do this step; then let this hook point overrule it; and on SKIP do that instead. A path
 * ends by going on with another one. The loop that runs the rows is core/packet/run.c; the steps
 * are in core/v4 and core/v6; what a hook point is about, and what SKIP means there, is in
 * hooks/points.def. */
#include "core/v4/steps4.h"
#include "core/v6/steps6.h"

#define AT(point) BERTH_POINT_##point
#define ONLY BERTH_POINT_NONE
#define ABOUT(act) (1u << BERTH_ACT_##act)

/* clang-format off */

/* ---- DHCPv4 ---- */

static const BerthStep receive4[] = {
    {NULL,                  AT(buffer4_receive),   0,              v4_skip_parse, false},
    {v4_parse,              ONLY,                  0,              NULL,          false},
    {v4_check,              AT(pkt4_receive),      0,              NULL,          false},
    {v4_claim_client,       ONLY,                  0,              NULL,          false},
    {v4_dispatch,           ONLY,                  0,              NULL,          false},
    {NULL,                  ONLY,                  0,              NULL,          false},
};

static const BerthStep discover4[] = {
    {v4_select_subnet,      AT(subnet4_select),    0,              v4_no_subnet,  false},
    {v4_need_subnet,        ONLY,                  0,              NULL,          false},
    {v4_rapid_commit,       ONLY,                  0,              NULL,          false},
    {NULL,                  ONLY,                  0,              NULL,          false},
};

/* What follows discover4; from here again after a lost commit. */
static const BerthStep offer4[] = {
    {v4_pick_lease,         AT(lease4_select),     ABOUT(OFFER),   v4_no_lease,   false},
    {v4_store_offer,        ONLY,                  0,              NULL,          false},
    {berth_packet_commit,   ONLY,                  0,              NULL,          false},
    {v4_offer_stored,       ONLY,                  0,              NULL,          false},
    {NULL,                  AT(classify4),         0,              NULL,          false},
    {v4_build_offer,        AT(lease4_offer),      ABOUT(OFFER),   NULL,          false},
    {v4_hold_offer,         ONLY,                  0,              NULL,          false},
    {NULL,                  ONLY,                  0,              NULL,          false},
};

/* Instead of an offer, where lease4_offer finds that somebody else has the address. */
static const BerthStep taken4[] = {
    {v4_decline_offer,      ONLY,                  0,              NULL,          false},
    {berth_packet_commit,   ONLY,                  0,              NULL,          false},
    {v4_offer_declined,     AT(lease4_server_decline), ABOUT(DECLINE), NULL,      false},
    {NULL,                  ONLY,                  0,              NULL,          false},
};

static const BerthStep request4[] = {
    {v4_select_subnet,      AT(subnet4_select),    0,              v4_no_subnet,  false},
    {v4_need_subnet,        ONLY,                  0,              NULL,          false},
    {v4_check_request,      ONLY,                  0,              NULL,          false},
    {NULL,                  ONLY,                  0,              NULL,          false},
};

/* What follows request4 and a DISCOVER that commits rapidly; from here again after a lost commit. */
static const BerthStep assign4[] = {
    {v4_assign_lease,       AT(lease4_select),     ABOUT(ASSIGN),  v4_no_lease,   false},
    {NULL,                  AT(lease4_renew),      ABOUT(RENEW),   v4_keep_lease, false},
    {berth_packet_commit,   ONLY,                  0,              NULL,          false},
    {v4_committed,          ONLY,                  0,              NULL,          false},
    {NULL,                  AT(classify4),         0,              NULL,          false},
    {v4_build_ack,          AT(leases4_committed), 0,              NULL,          false},
    {NULL,                  ONLY,                  0,              NULL,          false},
};

/* What follows request4 for a client that is to use IPv6 alone. */
static const BerthStep noaddress4[] = {
    {NULL,                  AT(classify4),         0,              NULL,          false},
    {v4_build_ack,          ONLY,                  0,              NULL,          false},
    {NULL,                  ONLY,                  0,              NULL,          false},
};

static const BerthStep nak4[] = {
    {v4_build_nak,          ONLY,                  0,              NULL,          false},
    {NULL,                  ONLY,                  0,              NULL,          false},
};

static const BerthStep decline4[] = {
    {v4_select_subnet,      AT(subnet4_select),    0,              v4_no_subnet,  false},
    {v4_need_subnet,        ONLY,                  0,              NULL,          false},
    {NULL,                  ONLY,                  0,              NULL,          false},
};

/* What follows decline4; from here again after a lost commit. */
static const BerthStep declining4[] = {
    {v4_find_declined,      AT(lease4_decline),    ABOUT(DECLINE), v4_keep_lease, true},
    {berth_packet_commit,   ONLY,                  0,              NULL,          false},
    {v4_committed,          AT(leases4_committed), 0,              NULL,          false},
    {NULL,                  ONLY,                  0,              NULL,          false},
};

static const BerthStep release4[] = {
    {v4_select_subnet,      AT(subnet4_select),    0,              v4_no_subnet,  false},
    {v4_need_subnet,        ONLY,                  0,              NULL,          false},
    {NULL,                  ONLY,                  0,              NULL,          false},
};

static const BerthStep releasing4[] = {
    {v4_find_released,      AT(lease4_release),    ABOUT(RELEASE), v4_keep_lease, true},
    {berth_packet_commit,   ONLY,                  0,              NULL,          false},
    {v4_committed,          AT(leases4_committed), 0,              NULL,          false},
    {NULL,                  ONLY,                  0,              NULL,          false},
};

static const BerthStep inform4[] = {
    {v4_select_subnet,      AT(subnet4_select),    0,              v4_no_subnet,  false},
    {v4_need_subnet,        ONLY,                  0,              NULL,          false},
    {NULL,                  AT(classify4),         0,              NULL,          false},
    {v4_build_inform_ack,   ONLY,                  0,              NULL,          false},
    {NULL,                  ONLY,                  0,              NULL,          false},
};

static const BerthStep send4[] = {
    {v4_address_reply,      AT(pkt4_send),         0,              v4_skip_pack,  false},
    {v4_pack,               AT(buffer4_send),      0,              NULL,          false},
    {v4_transmit,           ONLY,                  0,              NULL,          false},
    {NULL,                  ONLY,                  0,              NULL,          false},
};

const BerthPath berth_receive4   = {"receive4",   receive4,   NULL};
const BerthPath berth_discover4  = {"discover4",  discover4,  &berth_offer4};
const BerthPath berth_offer4     = {"offer4",     offer4,     &berth_send4};
const BerthPath berth_taken4     = {"taken4",     taken4,     NULL};
const BerthPath berth_request4   = {"request4",   request4,   &berth_assign4};
const BerthPath berth_assign4    = {"assign4",    assign4,    &berth_send4};
const BerthPath berth_noaddress4 = {"noaddress4", noaddress4, &berth_send4};
const BerthPath berth_nak4       = {"nak4",       nak4,       &berth_send4};
const BerthPath berth_decline4   = {"decline4",   decline4,   &berth_declining4};
const BerthPath berth_declining4 = {"declining4", declining4, NULL};
const BerthPath berth_release4   = {"release4",   release4,   &berth_releasing4};
const BerthPath berth_releasing4 = {"releasing4", releasing4, NULL};
const BerthPath berth_inform4    = {"inform4",    inform4,    &berth_send4};
const BerthPath berth_send4      = {"send4",      send4,      NULL};

/* ---- DHCPv6 ---- */

static const BerthStep receive6[] = {
    {NULL,                  AT(buffer6_receive),   0,               v6_skip_parse, false},
    {v6_parse,              ONLY,                  0,               NULL,          false},
    {v6_check,              AT(pkt6_receive),      0,               NULL,          false},
    {v6_claim_client,       ONLY,                  0,               NULL,          false},
    {v6_dispatch,           ONLY,                  0,               NULL,          false},
    {NULL,                  ONLY,                  0,               NULL,          false},
};

static const BerthStep solicit6[] = {
    {v6_select_subnet,      AT(subnet6_select),    0,               v6_no_subnet,  false},
    {v6_read_ias,           ONLY,                  0,               NULL,          false},
    {v6_find_reach,         ONLY,                  0,               NULL,          false},
    {v6_rapid_commit,       ONLY,                  0,               NULL,          false},
    {v6_pick_leases,        AT(lease6_select),     ABOUT(OFFER),    v6_no_lease,   false},
    {v6_hold_offers,        ONLY,                  0,               NULL,          false},
    {NULL,                  AT(classify6),         0,               NULL,          false},
    {v6_build_advertise,    ONLY,                  0,               NULL,          false},
    {NULL,                  ONLY,                  0,               NULL,          false},
};

static const BerthStep request6[] = {
    {v6_select_subnet,      AT(subnet6_select),    0,               v6_no_subnet,  false},
    {v6_read_ias,           ONLY,                  0,               NULL,          false},
    {v6_find_reach,         ONLY,                  0,               NULL,          false},
    {NULL,                  ONLY,                  0,               NULL,          false},
};

/* What follows request6 and a SOLICIT that commits rapidly; from here again after a lost commit. */
static const BerthStep assign6[] = {
    {v6_assign_leases,      AT(lease6_select),     ABOUT(ASSIGN),   v6_no_lease,   false},
    {berth_packet_commit,   ONLY,                  0,               NULL,          false},
    {v6_committed,          ONLY,                  0,               NULL,          false},
    {NULL,                  AT(classify6),         0,               NULL,          false},
    {v6_build_reply,        AT(leases6_committed), 0,               NULL,          false},
    {NULL,                  ONLY,                  0,               NULL,          false},
};

/* renew6 and rebind6 begin as request6 does. */
static const BerthStep renewing6[] = {
    {v6_extend_leases,      AT(lease6_renew),      ABOUT(RENEW),    v6_keep_lease, false},
    {NULL,                  AT(lease6_select),     ABOUT(ASSIGN),   v6_no_lease,   false},
    {berth_packet_commit,   ONLY,                  0,               NULL,          false},
    {v6_committed,          ONLY,                  0,               NULL,          false},
    {NULL,                  AT(classify6),         0,               NULL,          false},
    {v6_build_reply,        AT(leases6_committed), 0,               NULL,          false},
    {NULL,                  ONLY,                  0,               NULL,          false},
};

static const BerthStep rebinding6[] = {
    {v6_extend_leases,      AT(lease6_rebind),     ABOUT(RENEW),    v6_keep_lease, false},
    {NULL,                  AT(lease6_select),     ABOUT(ASSIGN),   v6_no_lease,   false},
    {berth_packet_commit,   ONLY,                  0,               NULL,          false},
    {v6_committed,          ONLY,                  0,               NULL,          false},
    {NULL,                  AT(classify6),         0,               NULL,          false},
    {v6_build_reply,        AT(leases6_committed), 0,               NULL,          false},
    {NULL,                  ONLY,                  0,               NULL,          false},
};

static const BerthStep release6[] = {
    {v6_select_subnet,      AT(subnet6_select),    0,               v6_no_subnet,  false},
    {v6_read_ias,           ONLY,                  0,               NULL,          false},
    {NULL,                  ONLY,                  0,               NULL,          false},
};

static const BerthStep releasing6[] = {
    {v6_find_released,      AT(lease6_release),    ABOUT(RELEASE),  v6_keep_lease, true},
    {berth_packet_commit,   ONLY,                  0,               NULL,          false},
    {v6_committed,          ONLY,                  0,               NULL,          false},
    {NULL,                  AT(classify6),         0,               NULL,          false},
    {v6_build_reply,        AT(leases6_committed), 0,               NULL,          false},
    {NULL,                  ONLY,                  0,               NULL,          false},
};

static const BerthStep decline6[] = {
    {v6_select_subnet,      AT(subnet6_select),    0,               v6_no_subnet,  false},
    {v6_read_ias,           ONLY,                  0,               NULL,          false},
    {NULL,                  ONLY,                  0,               NULL,          false},
};

static const BerthStep declining6[] = {
    {v6_find_declined,      AT(lease6_decline),    ABOUT(DECLINE),  v6_keep_lease, false},
    {berth_packet_commit,   ONLY,                  0,               NULL,          false},
    {v6_committed,          ONLY,                  0,               NULL,          false},
    {NULL,                  AT(classify6),         0,               NULL,          false},
    {v6_build_reply,        AT(leases6_committed), 0,               NULL,          false},
    {NULL,                  ONLY,                  0,               NULL,          false},
};

static const BerthStep confirm6[] = {
    {v6_select_subnet,      AT(subnet6_select),    0,               v6_no_subnet,  false},
    {v6_confirm,            ONLY,                  0,               NULL,          false},
    {NULL,                  AT(classify6),         0,               NULL,          false},
    {v6_build_reply,        ONLY,                  0,               NULL,          false},
    {NULL,                  ONLY,                  0,               NULL,          false},
};

static const BerthStep inform6[] = {
    {v6_select_subnet,      AT(subnet6_select),    0,               v6_no_subnet,  false},
    {v6_find_reach,         ONLY,                  0,               NULL,          false},
    {NULL,                  AT(classify6),         0,               NULL,          false},
    {v6_build_inform_reply, ONLY,                  0,               NULL,          false},
    {NULL,                  ONLY,                  0,               NULL,          false},
};

static const BerthStep register6[] = {
    {v6_select_subnet,      AT(subnet6_select),    0,               v6_no_subnet,  false},
    {v6_find_registered,    AT(addr6_register),    ABOUT(REGISTER), v6_not_stored, false},
    {berth_packet_commit,   ONLY,                  0,               NULL,          false},
    {v6_committed,          ONLY,                  0,               NULL,          false},
    {v6_build_register_reply, ONLY,                0,               NULL,          false},
    {NULL,                  ONLY,                  0,               NULL,          false},
};

static const BerthStep send6[] = {
    {v6_address_reply,      AT(pkt6_send),         0,               v6_skip_pack,  false},
    {v6_pack,               AT(buffer6_send),      0,               NULL,          false},
    {v6_transmit,           ONLY,                  0,               NULL,          false},
    {NULL,                  ONLY,                  0,               NULL,          false},
};

const BerthPath berth_receive6   = {"receive6",   receive6,   NULL};
const BerthPath berth_solicit6   = {"solicit6",   solicit6,   &berth_send6};
const BerthPath berth_request6   = {"request6",   request6,   &berth_assign6};
const BerthPath berth_assign6    = {"assign6",    assign6,    &berth_send6};
const BerthPath berth_renew6     = {"renew6",     request6,   &berth_renewing6};
const BerthPath berth_renewing6  = {"renewing6",  renewing6,  &berth_send6};
const BerthPath berth_rebind6    = {"rebind6",    request6,   &berth_rebinding6};
const BerthPath berth_rebinding6 = {"rebinding6", rebinding6, &berth_send6};
const BerthPath berth_release6   = {"release6",   release6,   &berth_releasing6};
const BerthPath berth_releasing6 = {"releasing6", releasing6, &berth_send6};
const BerthPath berth_decline6   = {"decline6",   decline6,   &berth_declining6};
const BerthPath berth_declining6 = {"declining6", declining6, &berth_send6};
const BerthPath berth_confirm6   = {"confirm6",   confirm6,   &berth_send6};
const BerthPath berth_inform6    = {"inform6",    inform6,    &berth_send6};
const BerthPath berth_register6  = {"register6",  register6,  &berth_send6};
const BerthPath berth_send6      = {"send6",      send6,      NULL};

/* clang-format on */
