/* query - what plugins see of the bytes of a query and of its reply (berth/packet.h), whatever the
 * family: its bytes, those of its reply, and what an expression says of it (berth/expr.h). */
#include "core/expr/expr.h"
#include "core/packet/packet.h"

#include <errno.h>

#define PAYLOAD_MAX 65507 /* of a UDP datagram */

BerthBytes berth_query_bytes(const BerthPacket *pkt)
{
    return pkt->in.data;
}

int berth_query_set_bytes(BerthPacket *pkt, BerthBytes bytes)
{
    BerthBytes copy = berth_arena_copy(&pkt->arena, bytes);

    if (bytes.len > PAYLOAD_MAX || (bytes.len > 0 && !copy.data))
        return -ENOSPC;
    pkt->in.data = copy;
    return 0;
}

BerthAddr berth_query_source(const BerthPacket *pkt)
{
    return pkt->in.src;
}

BerthAddr berth_query_destination(const BerthPacket *pkt)
{
    return pkt->in.dst;
}

BerthBytes berth_reply_bytes(const BerthPacket *pkt)
{
    return pkt->packed ? pkt->out.data : (BerthBytes){NULL, 0};
}

int berth_reply_set_bytes(BerthPacket *pkt, BerthBytes bytes)
{
    BerthBytes copy = berth_arena_copy(&pkt->arena, bytes);

    if (bytes.len > PAYLOAD_MAX || (bytes.len > 0 && !copy.data))
        return -ENOSPC;
    pkt->out.data = copy;
    pkt->packed = true;
    return 0;
}

/* ---- expressions ---- */

static bool is_member(const void *data, const char *name, unsigned number)
{
    (void)number;
    return berth_packet_has_class(data, name);
}

static BerthExprSubject subject_of(const BerthPacket *pkt)
{
    const bool is6 = pkt->env->family == 6;

    return (BerthExprSubject){
        .family = pkt->parsed ? pkt->env->family : 0,
        .msg4 = is6 ? NULL : &pkt->v4.query,
        .msg6 = is6 ? &pkt->v6.query : NULL,
        .src = pkt->in.src,
        .dst = pkt->in.dst,
        .len = pkt->in.data.len,
        .iface = pkt->iface.name,
        .data = pkt,
        .is_member = is_member,
    };
}

bool berth_expr_holds(const BerthExpr *expr, BerthPacket *pkt)
{
    const BerthExprSubject subject = subject_of(pkt);
    BERTH_UNCLEARED uint8_t bytes[BERTH_EXPR_SCRATCH];
    BerthWriter scratch = berth_writer(bytes, sizeof(bytes));
    BerthExprValue value;

    return berth_expr_type(expr) == BERTH_EXPR_BOOL &&
           berth_expr_eval(expr, &subject, &scratch, &value) == 0 && value.truth;
}

int berth_expr_bytes(const BerthExpr *expr, BerthPacket *pkt, BerthBytes *ret)
{
    const BerthExprSubject subject = subject_of(pkt);
    BERTH_UNCLEARED uint8_t bytes[BERTH_EXPR_SCRATCH];
    BerthWriter scratch = berth_writer(bytes, sizeof(bytes));
    BerthExprValue value;
    BerthBytes copy;

    if (berth_expr_type(expr) != BERTH_EXPR_BYTES ||
        berth_expr_eval(expr, &subject, &scratch, &value) < 0)
        return -EINVAL;
    copy = berth_arena_copy(&pkt->arena, value.bytes);
    if (copy.len > 0 && !copy.data)
        return -ENOSPC;
    *ret = copy;
    return 0;
}
