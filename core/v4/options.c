/* options - which configured options a reply has, and in which order. */
#include "core/packet/vendor.h"
#include "core/v4/steps4.h"

/* What the server says itself or never, whatever is configured or asked for. RFC 2131
 * section 4.3.5: an INFORM is answered without lease time and timers. */
static bool is_managed(const BerthPacket *pkt, uint8_t code)
{
    switch (code) {
    case 0:
    case BERTH_DHO_DHCP_LEASE_TIME:
    case BERTH_DHO_DHCP_MESSAGE_TYPE:
    case BERTH_DHO_DHCP_AGENT_OPTIONS:
    case 255:
        return true;
    case BERTH_DHO_DHCP_RENEWAL_TIME:
    case BERTH_DHO_DHCP_REBINDING_TIME:
        return pkt->n_leases == 0;
    default:
        return false;
    }
}

static bool is_asked(const BerthPacket *pkt, uint8_t code)
{
    BerthBytes asked;

    return berth_msg4_bytes(&pkt->v4.query, BERTH_DHO_DHCP_PARAMETER_REQUEST_LIST, &asked) &&
           asked.len > 0 && memchr(asked.data, code, asked.len);
}

/* Kea: where it stands in the subnet or its network, and will be told. */
bool v4_prefers_v6(const BerthPacket *pkt)
{
    const BerthScope scope = {
        .family = &pkt->conf->v4, .subnet = pkt->subnet, .classes = &pkt->class_set};

    return is_asked(pkt, BERTH_DHO_V6_ONLY_PREFERRED) &&
           berth_conf_link_has_option(pkt->subnet, &pkt->class_set, BERTH_DHO_V6_ONLY_PREFERRED) &&
           berth_conf_option(&scope, BERTH_DHO_V6_ONLY_PREFERRED);
}

static int add_configured(BerthPacket *pkt, const BerthScope *scope, uint8_t code)
{
    const BerthOptData *opt;

    if (berth_packet_is_of_vendors(pkt, code))
        return berth_packet_add_vendors(pkt, scope, code);
    if (is_managed(pkt, code) || berth_packet4_option(pkt, code))
        return 0;
    opt = berth_conf_option(scope, code);
    return opt ? berth_packet4_add_option(pkt, code, opt->value) : 0;
}

/* RFC 2132 section 9.8: the server tries the client's order. Then what Kea sends unasked, and what
 * is configured to be sent always. */
int v4_add_options(BerthPacket *pkt, const BerthScope *scope)
{
    static const uint8_t unasked[] = {BERTH_DHO_ROUTERS, BERTH_DHO_DOMAIN_NAME_SERVERS,
                                      BERTH_DHO_DOMAIN_NAME};
    BERTH_UNCLEARED uint16_t always[UINT8_MAX];
    unsigned n = berth_conf_always_sent(scope, always, G_N_ELEMENTS(always));
    BerthOptCodes codes = berth_conf_codes(scope);
    BerthBytes asked = {0};
    int r = 0;

    berth_msg4_bytes(&pkt->v4.query, BERTH_DHO_DHCP_PARAMETER_REQUEST_LIST, &asked);
    for (size_t i = 0; r == 0 && i < asked.len; i++)
        if (berth_codes_have(&codes, asked.data[i]))
            r = add_configured(pkt, scope, asked.data[i]);
    for (size_t i = 0; r == 0 && i < sizeof(unasked); i++)
        if (berth_codes_have(&codes, unasked[i]))
            r = add_configured(pkt, scope, unasked[i]);
    for (unsigned i = 0; r == 0 && i < n; i++)
        r = add_configured(pkt, scope, (uint8_t)always[i]);
    return r < 0 ? r : berth_packet_add_vendor_options(pkt, scope);
}
