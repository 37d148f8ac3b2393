/* query4 - what plugins see of a DHCPv4 query and its reply (berth/packet.h), and the making of the
 * reply. Before the query is parsed its fields are empty, and so they are of a packet of the other
 * family; before there is a reply so are the reply's. */
#include "core/packet/packet.h"

#include <errno.h>

void berth_packet4_clear(BerthPacket *pkt)
{
    pkt->v4.n_options = 0;
    pkt->v4.in_use = false;
    pkt->v4.limit = 0;
}

/* ---- the query ---- */

/* What there is before it is parsed, and of the other family. */
static const BerthMsg4 none = {.ciaddr.b = {[10] = 0xff, [11] = 0xff},
                               .yiaddr.b = {[10] = 0xff, [11] = 0xff},
                               .siaddr.b = {[10] = 0xff, [11] = 0xff},
                               .giaddr.b = {[10] = 0xff, [11] = 0xff}};

static const BerthMsg4 *query4(const BerthPacket *pkt)
{
    return pkt->parsed && pkt->env->family == 4 ? &pkt->v4.query : &none;
}

BerthType4 berth_query4_type(const BerthPacket *pkt)
{
    return query4(pkt)->type;
}

uint32_t berth_query4_xid(const BerthPacket *pkt)
{
    return query4(pkt)->xid;
}

uint8_t berth_query4_hops(const BerthPacket *pkt)
{
    return query4(pkt)->hops;
}

uint16_t berth_query4_flags(const BerthPacket *pkt)
{
    return query4(pkt)->flags;
}

uint16_t berth_query4_secs(const BerthPacket *pkt)
{
    return query4(pkt)->secs;
}

BerthAddr berth_query4_ciaddr(const BerthPacket *pkt)
{
    return query4(pkt)->ciaddr;
}

BerthAddr berth_query4_yiaddr(const BerthPacket *pkt)
{
    return query4(pkt)->yiaddr;
}

BerthAddr berth_query4_siaddr(const BerthPacket *pkt)
{
    return query4(pkt)->siaddr;
}

BerthAddr berth_query4_giaddr(const BerthPacket *pkt)
{
    return query4(pkt)->giaddr;
}

BerthHwaddr berth_query4_hwaddr(const BerthPacket *pkt)
{
    return query4(pkt)->hwaddr;
}

bool berth_query4_get(const BerthPacket *pkt, uint8_t code, BerthBytes *ret)
{
    return berth_msg4_bytes(query4(pkt), code, ret);
}

bool berth_query4_get_sub(const BerthPacket *pkt, uint8_t code, uint8_t sub, BerthBytes *ret)
{
    BerthBytes option;

    return berth_query4_get(pkt, code, &option) && berth_sub4_find(option, sub, ret);
}

/* Whether an option of the code could have come with so many bytes, where something hangs on it. */
static bool may_be(uint8_t code, size_t len)
{
    switch (code) {
    case 0:
    case 255:
        return false;
    case BERTH_DHO_DHCP_MESSAGE_TYPE:
        return len == 1;
    case BERTH_DHO_DHCP_CLIENT_IDENTIFIER: /* RFC 2132 section 9.14 */
        return len >= 2 && len <= 255;
    default:
        return true;
    }
}

/* What the server has taken out of the option already. */
static void follow4(BerthPacket *pkt, uint8_t code)
{
    BerthBytes value = {0};

    berth_msg4_bytes(&pkt->v4.query, code, &value);
    if (code == BERTH_DHO_DHCP_MESSAGE_TYPE)
        pkt->v4.query.type = value.len ? (BerthType4)value.data[0] : 0;
    if (code == BERTH_DHO_DHCP_CLIENT_IDENTIFIER)
        pkt->client.client_id = value;
    pkt->label = NULL;
}

int berth_query4_set(BerthPacket *pkt, uint8_t code, BerthBytes value)
{
    BerthBytes kept;

    if (query4(pkt) == &none || !may_be(code, value.len))
        return -EINVAL;
    kept = berth_arena_copy(&pkt->arena, value);
    if (value.len > 0 && !kept.data)
        return -ENOSPC;
    pkt->v4.query.has_option[code] = true;
    pkt->v4.query.option[code] = kept;
    follow4(pkt, code);
    return 0;
}

int berth_query4_remove(BerthPacket *pkt, uint8_t code)
{
    if (query4(pkt) == &none ||
        (code == BERTH_DHO_DHCP_CLIENT_IDENTIFIER && pkt->client.hwaddr.len == 0))
        return -EINVAL;
    pkt->v4.query.has_option[code] = false;
    follow4(pkt, code);
    return 0;
}

/* ---- the reply ---- */

static bool has_reply4(const BerthPacket *pkt)
{
    return pkt->has_reply && pkt->env->family == 4;
}

BerthType4 berth_reply4_type(const BerthPacket *pkt)
{
    return has_reply4(pkt) ? pkt->v4.reply.type : 0;
}

BerthAddr berth_reply4_yiaddr(const BerthPacket *pkt)
{
    return has_reply4(pkt) ? pkt->v4.reply.yiaddr : BERTH_ADDR4_ANY;
}

BerthOption4 *berth_packet4_option(BerthPacket *pkt, uint8_t code)
{
    for (unsigned i = 0; pkt->env->family == 4 && i < pkt->v4.n_options; i++)
        if (pkt->v4.options[i].code == code)
            return &pkt->v4.options[i];
    return NULL;
}

bool berth_reply4_get(const BerthPacket *pkt, uint8_t code, BerthBytes *ret)
{
    const BerthOption4 *option = berth_packet4_option((BerthPacket *)pkt, code);

    if (option)
        *ret = option->value;
    return option != NULL;
}

/* Padding, overload, message type and end are the writer's own. */
static bool is_writers(uint8_t code)
{
    return code == 0 || code == BERTH_DHO_DHCP_OPTION_OVERLOAD ||
           code == BERTH_DHO_DHCP_MESSAGE_TYPE || code == 255;
}

int berth_reply4_set(BerthPacket *pkt, uint8_t code, BerthBytes value)
{
    BerthOption4 *option = berth_packet4_option(pkt, code);
    BerthBytes kept;

    if (is_writers(code) || pkt->env->family != 4)
        return -EINVAL;
    kept = berth_arena_copy(&pkt->arena, value);
    if (value.len > 0 && !kept.data)
        return -ENOSPC;
    if (!option)
        return berth_packet4_add_option(pkt, code, kept);
    option->value = kept;
    return 0;
}

void berth_reply4_remove(BerthPacket *pkt, uint8_t code)
{
    if (has_reply4(pkt) && code == BERTH_DHO_DHCP_MESSAGE_TYPE)
        pkt->v4.reply.type = 0;
    berth_packet4_remove_option(pkt, code);
}

void berth_reply4_limit(BerthPacket *pkt, size_t bytes)
{
    if (pkt->env->family == 4)
        pkt->v4.limit = bytes;
}

int berth_packet4_add_option(BerthPacket *pkt, uint8_t code, BerthBytes value)
{
    if (pkt->v4.n_options >= BERTH_REPLY_OPTIONS_MAX)
        return -ENOSPC;
    pkt->v4.options[pkt->v4.n_options++] = (BerthOption4){code, value};
    return 0;
}

void berth_packet4_remove_option(BerthPacket *pkt, uint8_t code)
{
    BerthOption4 *option = berth_packet4_option(pkt, code);
    BerthOption4 *end = pkt->v4.options + pkt->v4.n_options;

    if (!option)
        return;
    memmove(option, option + 1, (size_t)(end - option - 1) * sizeof(*option));
    pkt->v4.n_options--;
}
