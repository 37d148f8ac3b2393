/* options - which configured options a reply has, and in which order. */
#include "core/packet/vendor.h"
#include "core/v6/steps6.h"

#define IRT_MINIMUM_SEC 600 /* RFC 9915 section 7.6 */

bool v6_asks(const BerthPacket *pkt, uint16_t code)
{
    return berth_options6_asks(pkt->v6.query.options, BERTH_D6O_ORO, code);
}

/* What the server says itself or never, whatever is configured or asked for. */
static bool is_managed(uint16_t code)
{
    switch (code) {
    case BERTH_D6O_CLIENTID:
    case BERTH_D6O_SERVERID:
    case BERTH_D6O_IA_NA:
    case BERTH_D6O_IA_TA:
    case BERTH_D6O_IAADDR:
    case BERTH_D6O_ORO:
    case BERTH_D6O_ELAPSED_TIME:
    case BERTH_D6O_RELAY_MSG:
    case BERTH_D6O_AUTH:
    case BERTH_D6O_STATUS_CODE:
    case BERTH_D6O_RAPID_COMMIT:
    case BERTH_D6O_INTERFACE_ID:
    case BERTH_D6O_RECONF_MSG:
    case BERTH_D6O_IA_PD:
    case BERTH_D6O_IAPREFIX:
    case BERTH_D6O_RSOO:
    case BERTH_D6O_PD_EXCLUDE:
    case BERTH_D6O_RELAY_SOURCE_PORT:
    case BERTH_D6O_ADDR_REG_ENABLE:
        return true;
    default:
        return false;
    }
}

static bool has_option(const BerthPacket *pkt, uint16_t code)
{
    for (unsigned i = 0; i < pkt->v6.n_options; i++)
        if (pkt->v6.options[i].code == code)
            return true;
    return false;
}

/* RFC 9915 section 21.23: a client takes no shorter time than this. */
static int add_refresh_time(BerthPacket *pkt, BerthBytes value)
{
    BerthReader r = berth_reader(value);
    uint8_t bytes[4];
    BerthWriter w = berth_writer(bytes, sizeof(bytes));
    uint32_t sec = berth_read_u32(&r);

    berth_write_u32(&w, MAX(sec, IRT_MINIMUM_SEC));
    return berth_packet6_add_option(pkt, BERTH_D6O_INFORMATION_REFRESH_TIME, berth_writer_bytes(&w),
                                    false);
}

static int add_configured(BerthPacket *pkt, const BerthScope *scope, uint16_t code)
{
    const BerthOptData *opt;

    if (berth_packet_is_of_vendors(pkt, code))
        return berth_packet_add_vendors(pkt, scope, code);
    if (is_managed(code) || has_option(pkt, code))
        return 0;
    opt = berth_conf_option(scope, code);
    if (!opt)
        return 0;
    if (code == BERTH_D6O_INFORMATION_REFRESH_TIME)
        return add_refresh_time(pkt, opt->value);
    return berth_packet6_add_option(pkt, code, opt->value, true);
}

/* RFC 9686 section 4.1: told to whoever asks whether addresses are registered here. */
static int add_registration(BerthPacket *pkt)
{
    if (!pkt->conf->v6.allow_address_registration || !v6_asks(pkt, BERTH_D6O_ADDR_REG_ENABLE))
        return 0;
    return berth_packet6_add_option(pkt, BERTH_D6O_ADDR_REG_ENABLE, (BerthBytes){0}, true);
}

/* RFC 6422 section 6: what relays supply for the client, the nearest to it first, as far as it may
 * be supplied and the server has no value of its own. */
static int add_supplied(BerthPacket *pkt, const BerthScope *scope)
{
    const BerthMsg6 *query = &pkt->v6.query;
    int r = 0;

    for (unsigned i = query->n_relays; i > 0; i--) {
        const BerthOption6 *rsoo =
            berth_options6_find(query->relays[i - 1].options, BERTH_D6O_RSOO);

        if (!rsoo)
            continue;
        for (BERTH_EACH_OPTION6(option, berth_option6_inside(rsoo))) {
            if (is_managed(option->code) || has_option(pkt, option->code) ||
                !berth_conf_relay_supplies(&pkt->conf->v6, option->code) ||
                berth_conf_option(scope, option->code))
                continue;
            r = berth_packet6_add_option(pkt, option->code, option->value, true);
            if (r < 0)
                return r;
        }
    }
    return r;
}

/* The client's order (RFC 9915 section 21.7), then what is sent unasked. */
static int add_options(BerthPacket *pkt, const BerthScope *scope)
{
    BERTH_UNCLEARED uint16_t always[UINT8_MAX];
    unsigned n = berth_conf_always_sent(scope, always, G_N_ELEMENTS(always));
    BerthOptCodes have = berth_conf_codes(scope);
    BerthBytes asked = {0};
    BerthReader codes;
    int r = 0;

    berth_options6_bytes(pkt->v6.query.options, BERTH_D6O_ORO, &asked);
    codes = berth_reader(asked);
    while (r == 0 && berth_reader_left(&codes) >= 2) {
        uint16_t code = berth_read_u16(&codes);

        if (berth_codes_have(&have, code))
            r = add_configured(pkt, scope, code);
    }
    for (unsigned i = 0; r == 0 && i < n; i++)
        r = add_configured(pkt, scope, always[i]);
    if (r == 0)
        r = berth_packet_add_vendor_options(pkt, scope);
    if (r == 0)
        r = add_registration(pkt);
    if (r == 0)
        r = add_supplied(pkt, scope);
    return r;
}

/* RFC 9915 sections 18.3.7 and 18.3.8: the reply to a RELEASE or DECLINE says what came of it, and
 * as with Kea nothing else. */
int v6_add_options(BerthPacket *pkt, const BerthScope *scope)
{
    const unsigned type = pkt->v6.query.type;

    return type == BERTH_RELEASE || type == BERTH_DECLINE ? 0 : add_options(pkt, scope);
}
