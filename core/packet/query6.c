/* query6 - what plugins see of a DHCPv6 query and its reply (berth/packet.h), and the making of the
 * reply. Before the query is parsed its fields are empty, and so they are of a packet of the other
 * family; before there is a reply so are the reply's. */
#include "core/packet/packet.h"

#include <errno.h>

void berth_packet6_clear(BerthPacket *pkt)
{
    BerthPacket6 *v6 = &pkt->v6;

    v6->n_ias = v6->n_options = 0;
    v6->hwaddr_source = 0;
    v6->status = BERTH_STATUS6_SUCCESS;
    v6->status_text = NULL;
    v6->reach = NULL;
    berth_msg6_clear(&v6->query);
    berth_msg6_clear(&v6->reply);
}

/* ---- the query ---- */

/* What there is before it is parsed, and of the other family. */
static const BerthMsg6 none;

static bool has_query6(const BerthPacket *pkt)
{
    return pkt->parsed && pkt->env->family == 6;
}

static const BerthMsg6 *query6(const BerthPacket *pkt)
{
    return has_query6(pkt) ? &pkt->v6.query : &none;
}

BerthType6 berth_query6_type(const BerthPacket *pkt)
{
    return query6(pkt)->type;
}

uint32_t berth_query6_xid(const BerthPacket *pkt)
{
    return query6(pkt)->xid;
}

BerthBytes berth_query6_duid(const BerthPacket *pkt)
{
    return has_query6(pkt) ? pkt->client.client_id : (BerthBytes){NULL, 0};
}

BerthHwaddr berth_query6_hwaddr(const BerthPacket *pkt)
{
    return has_query6(pkt) ? pkt->client.hwaddr : (BerthHwaddr){0};
}

/* The n-th option of the code, counted from 0; NULL when there are not so many. */
static const BerthOption6 *nth(BerthOptions6 in, uint16_t code, size_t n)
{
    const BerthOption6 *option = berth_options6_find(in, code);

    while (option && n-- > 0)
        option = berth_options6_find_next(in, code, option);
    return option;
}

static bool value_of(const BerthOption6 *option, BerthBytes *ret)
{
    if (option)
        *ret = option->value;
    return option != NULL;
}

bool berth_query6_get(const BerthPacket *pkt, uint16_t code, size_t i, BerthBytes *ret)
{
    return value_of(nth(query6(pkt)->options, code, i), ret);
}

bool berth_query6_get_sub(const BerthPacket *pkt, uint16_t code, size_t i, uint16_t sub,
                          BerthBytes *ret)
{
    const BerthOption6 *option = nth(query6(pkt)->options, code, i);

    return option && berth_options6_bytes(berth_option6_inside(option), sub, ret);
}

bool berth_query6_get_vendor(const BerthPacket *pkt, uint32_t enterprise, uint16_t sub,
                             BerthBytes *ret)
{
    const BerthOption6 *option =
        berth_options6_vendor(query6(pkt)->options, BERTH_D6O_VENDOR_OPTS, enterprise);

    return option && berth_options6_bytes(berth_option6_inside(option), sub, ret);
}

bool berth_query6_asks(const BerthPacket *pkt, uint16_t code)
{
    return berth_options6_asks(query6(pkt)->options, BERTH_D6O_ORO, code);
}

size_t berth_query6_relays(const BerthPacket *pkt)
{
    return query6(pkt)->n_relays;
}

bool berth_query6_relay(const BerthPacket *pkt, size_t i, BerthAddr *ret_link, BerthAddr *ret_peer)
{
    if (i >= berth_query6_relays(pkt))
        return false;
    *ret_link = pkt->v6.query.relays[i].link;
    *ret_peer = pkt->v6.query.relays[i].peer;
    return true;
}

bool berth_query6_relay_get(const BerthPacket *pkt, size_t i, uint16_t code, BerthBytes *ret)
{
    return i < berth_query6_relays(pkt) &&
           berth_options6_bytes(pkt->v6.query.relays[i].options, code, ret);
}

bool berth_query6_relay_find(const BerthPacket *pkt, uint16_t code, BerthBytes *ret)
{
    return value_of(berth_msg6_relay_option(query6(pkt), code), ret);
}

bool berth_query6_link(const BerthPacket *pkt, BerthAddr *ret)
{
    for (size_t i = berth_query6_relays(pkt); i > 0; i--) {
        BerthAddr link = pkt->v6.query.relays[i - 1].link;

        if (berth_addr_is_any(link) || berth_addr_is_link_local(link))
            continue;
        *ret = link;
        return true;
    }
    return false;
}

/* ---- changing the query ---- */

/* The options at the top as they are, but without those of the code; `value` stands in place of the
 * first, or behind all, unless it is NULL. */
static void write_options(const BerthPacket *pkt, uint16_t code, const BerthBytes *value,
                          BerthWriter *w)
{
    bool is_done = value == NULL;

    for (BERTH_EACH_OPTION6(option, pkt->v6.query.options)) {
        if (option->code != code)
            berth_write_option6(w, option->code, option->value);
        else if (!is_done)
            berth_write_option6(w, code, *value);
        is_done |= option->code == code;
    }
    if (!is_done)
        berth_write_option6(w, code, *value);
}

/* RFC 9915 section 8: the message without what relays put around it. */
static BerthBytes rewrite(BerthPacket *pkt, uint16_t code, const BerthBytes *value)
{
    const size_t head = 4; /* of an option */
    size_t size = BERTH_MSG6_HEADER + head + (value ? value->len : 0);
    uint8_t *bytes;
    BerthWriter w;

    for (BERTH_EACH_OPTION6(option, pkt->v6.query.options))
        size += head + option->value.len;
    bytes = berth_arena_take(&pkt->arena, size);
    w = berth_writer(bytes, bytes ? size : 0);
    berth_write_u32(&w, (uint32_t)pkt->v6.query.type << 24 | pkt->v6.query.xid);
    write_options(pkt, code, value, &w);
    return w.full ? (BerthBytes){NULL, 0} : berth_writer_bytes(&w);
}

static int change_query6(BerthPacket *pkt, uint16_t code, const BerthBytes *value)
{
    BERTH_UNCLEARED BerthMsg6 changed;
    BerthBytes bytes;

    if (!has_query6(pkt))
        return -EINVAL;
    bytes = rewrite(pkt, code, value);
    if (!bytes.data)
        return -ENOSPC;
    if (berth_msg6_parse(&changed, bytes, &pkt->arena) != BERTH_PARSE6_OK || changed.n_relays > 0)
        return -EINVAL;
    pkt->v6.query.options = changed.options;
    if (code == BERTH_D6O_CLIENTID)
        berth_options6_bytes(changed.options, code, &pkt->client.client_id);
    pkt->label = NULL;
    return 0;
}

int berth_query6_set(BerthPacket *pkt, uint16_t code, BerthBytes value)
{
    return change_query6(pkt, code, &value);
}

int berth_query6_remove(BerthPacket *pkt, uint16_t code)
{
    /* Nothing else identifies the client. */
    return code == BERTH_D6O_CLIENTID ? -EINVAL : change_query6(pkt, code, NULL);
}

/* ---- identity associations ---- */

static const BerthOption6 *nth_ia(const BerthPacket *pkt, size_t n, BerthIa6 *ret)
{
    for (BERTH_EACH_OPTION6(option, query6(pkt)->options))
        if ((option->code == BERTH_D6O_IA_NA || option->code == BERTH_D6O_IA_PD) &&
            berth_option6_ia(option, ret) && n-- == 0)
            return option;
    return NULL;
}

bool berth_query6_ia(const BerthPacket *pkt, size_t i, BerthLeaseType *ret_type, uint32_t *ret_iaid)
{
    BerthIa6 ia;
    const BerthOption6 *option = nth_ia(pkt, i, &ia);

    if (!option)
        return false;
    *ret_type = option->code == BERTH_D6O_IA_PD ? BERTH_LEASE_PD : BERTH_LEASE_NA;
    *ret_iaid = ia.iaid;
    return true;
}

bool berth_query6_ia_lease(const BerthPacket *pkt, size_t i, size_t n, BerthIaLease6 *ret)
{
    BerthIa6 ia;
    BerthIaLease6 lease;
    const BerthOption6 *option = nth_ia(pkt, i, &ia);
    uint16_t code =
        option && option->code == BERTH_D6O_IA_PD ? BERTH_D6O_IAPREFIX : BERTH_D6O_IAADDR;

    if (!option)
        return false;
    for (BERTH_EACH_OPTION6(inside, berth_option6_inside(option)))
        if (inside->code == code && berth_option6_lease(inside, &lease) && n-- == 0) {
            *ret = lease;
            return true;
        }
    return false;
}

/* ---- the reply ---- */

static bool has_reply6(const BerthPacket *pkt)
{
    return pkt->has_reply && pkt->env->family == 6;
}

BerthType6 berth_reply6_type(const BerthPacket *pkt)
{
    return has_reply6(pkt) ? pkt->v6.reply.type : 0;
}

/* Those of the reply as a list; nothing is inside of anything there. */
static BerthOptions6 reply_options(const BerthPacket *pkt)
{
    return (BerthOptions6){pkt->v6.options, has_reply6(pkt) ? pkt->v6.n_options : 0};
}

bool berth_reply6_get(const BerthPacket *pkt, uint16_t code, size_t i, BerthBytes *ret)
{
    return value_of(nth(reply_options(pkt), code, i), ret);
}

BerthStatus6 berth_reply6_status(const BerthPacket *pkt)
{
    return has_query6(pkt) ? pkt->v6.status : BERTH_STATUS6_SUCCESS;
}

BerthStatus6 berth_reply6_ia_status(const BerthPacket *pkt, BerthLeaseType type, uint32_t iaid)
{
    for (unsigned i = 0; has_query6(pkt) && i < pkt->v6.n_ias; i++)
        if (pkt->v6.ias[i].type == type && pkt->v6.ias[i].iaid == iaid)
            return pkt->v6.ias[i].status;
    return BERTH_STATUS6_SUCCESS;
}

int berth_reply6_add(BerthPacket *pkt, uint16_t code, BerthBytes value)
{
    if (pkt->env->family != 6)
        return -EINVAL;
    return berth_packet6_add_option(pkt, code, value, false);
}

int berth_reply6_set(BerthPacket *pkt, uint16_t code, BerthBytes value)
{
    BerthBytes copy = berth_arena_copy(&pkt->arena, value);
    BerthOption6 *option;

    if (pkt->env->family != 6)
        return -EINVAL;
    if (value.len > UINT16_MAX || (value.len > 0 && !copy.data))
        return -ENOSPC;
    option = (BerthOption6 *)nth(reply_options(pkt), code, 0);
    if (!option)
        return berth_packet6_add_option(pkt, code, copy, true);
    option->value = copy;
    return 0;
}

void berth_reply6_remove(BerthPacket *pkt, uint16_t code)
{
    if (pkt->env->family == 6)
        berth_packet6_remove_options(pkt, code);
}

int berth_packet6_add_option(BerthPacket *pkt, uint16_t code, BerthBytes value, bool borrow)
{
    BerthBytes kept = borrow ? value : berth_arena_copy(&pkt->arena, value);

    if (value.len > UINT16_MAX || (value.len > 0 && !kept.data) ||
        pkt->v6.n_options >= BERTH_REPLY_OPTIONS_MAX)
        return -ENOSPC;
    pkt->v6.options[pkt->v6.n_options++] = (BerthOption6){.code = code, .value = kept};
    return 0;
}

void berth_packet6_remove_options(BerthPacket *pkt, uint16_t code)
{
    unsigned kept = 0;

    for (unsigned i = 0; i < pkt->v6.n_options; i++)
        if (pkt->v6.options[i].code != code)
            pkt->v6.options[kept++] = pkt->v6.options[i];
    pkt->v6.n_options = kept;
}
