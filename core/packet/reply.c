/* reply - expressions over a reply that is being made (berth/expr.h), and bytes of its options from
 * text (berth/setup.h). A reply is a list of options to be written, so for an expression it is made
 * a message first, as one that was read. */
#include "core/packet/classes.h"

#include <errno.h>

/* False: no memory is left to the packet, or what callouts put there is no option. */
static bool as_message4(BerthPacket *pkt, const BerthMsg4 **ret)
{
    BerthMsg4 *msg = berth_arena_take(&pkt->arena, sizeof(*msg));
    uint8_t *type = berth_arena_take(&pkt->arena, 1);

    if (!msg || !type)
        return false;
    memcpy(msg, &pkt->v4.reply, offsetof(BerthMsg4, has_option));
    memset(msg->has_option, 0, sizeof(msg->has_option));
    memcpy(msg->sname, pkt->v4.reply.sname, sizeof(msg->sname));
    memcpy(msg->file, pkt->v4.reply.file, sizeof(msg->file));
    *type = (uint8_t)msg->type;
    msg->has_option[BERTH_DHO_DHCP_MESSAGE_TYPE] = *type != 0;
    msg->option[BERTH_DHO_DHCP_MESSAGE_TYPE] = (BerthBytes){type, 1};
    for (unsigned i = 0; i < pkt->v4.n_options; i++) {
        msg->has_option[pkt->v4.options[i].code] = true;
        msg->option[pkt->v4.options[i].code] = pkt->v4.options[i].value;
    }
    *ret = msg;
    return true;
}

static bool as_message6(BerthPacket *pkt, const BerthMsg6 **ret)
{
    BerthMsg6 *msg = berth_arena_take(&pkt->arena, sizeof(*msg));
    size_t size = BERTH_MSG6_HEADER;
    uint8_t *bytes;
    BerthWriter w;

    for (unsigned i = 0; i < pkt->v6.n_options; i++)
        size += 4 + pkt->v6.options[i].value.len;
    bytes = berth_arena_take(&pkt->arena, size);
    if (!msg || !bytes)
        return false;
    w = berth_writer(bytes, size);
    berth_write_u32(&w, (uint32_t)pkt->v6.reply.type << 24 | pkt->v6.reply.xid);
    for (unsigned i = 0; i < pkt->v6.n_options; i++)
        berth_write_option6(&w, pkt->v6.options[i].code, pkt->v6.options[i].value);
    *ret = msg;
    return berth_msg6_parse(msg, berth_writer_bytes(&w), &pkt->arena) == BERTH_PARSE6_OK;
}

static bool subject_of_reply(BerthPacket *pkt, BerthExprSubject *ret)
{
    *ret = berth_packet_subject(pkt);
    if (!pkt->has_reply)
        return false;
    return pkt->env->family == 6 ? as_message6(pkt, &ret->msg6) : as_message4(pkt, &ret->msg4);
}

bool berth_expr_holds_reply(const BerthExpr *expr, BerthPacket *pkt)
{
    BerthExprSubject subject;

    return subject_of_reply(pkt, &subject) && berth_packet_eval_holds(expr, &subject);
}

int berth_expr_bytes_reply(const BerthExpr *expr, BerthPacket *pkt, BerthBytes *ret)
{
    BerthExprSubject subject;

    return subject_of_reply(pkt, &subject) ? berth_packet_eval_bytes(pkt, expr, &subject, ret)
                                           : -EINVAL;
}

int berth_optdef_bytes(const BerthOptDef *def, BerthPacket *pkt, BerthBytes text, BerthBytes *ret,
                       GError **error)
{
    char *copy = berth_arena_take(&pkt->arena, text.len + 1);

    if (!copy)
        return berth_fail(error, -ENOSPC, "no memory is left to the packet");
    if (text.len > 0)
        memcpy(copy, text.data, text.len);
    copy[text.len] = '\0';
    return berth_opt_from_text(def, copy, true, &pkt->arena, ret, error);
}
