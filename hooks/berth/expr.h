/* berth/expr.h - Kea's expressions over a query, for plugins: "substring(option[60].hex, 0, 9) ==
 * 'PXEClient'". core/expr/README.md has the language. */
#pragma once

#include <berth/packet.h>

typedef struct BerthExpr BerthExpr;

typedef enum BerthExprType {
    BERTH_EXPR_BOOL = 1, /* true or false, as a class's `test` */
    BERTH_EXPR_BYTES,    /* a string */
} BerthExprType;

/* Reads it, in `prepare` or wherever a configuration is made. NULL with an error that tells the
 * column and what was expected. Options of the configuration's own option-def are known by their
 * codes only. */
BerthExpr *berth_expr_new(int family, BerthExprType type, const char *text, GError **error);
void berth_expr_free(BerthExpr *expr); /* NULL is fine */
/* About the packet's query, once that is parsed; nothing is allocated but the result. False as well
 * when it cannot be said: a packet of the other family, a value that a function does not take. */
bool berth_expr_holds(const BerthExpr *expr, BerthPacket *pkt);
/* The string, which lives as long as the packet. -EINVAL as above, -ENOSPC: no memory is left to
 * the packet. */
int berth_expr_bytes(const BerthExpr *expr, BerthPacket *pkt, BerthBytes *ret);
/* The same about its reply, once there is one; addresses and classes are the query's. */
bool berth_expr_holds_reply(const BerthExpr *expr, BerthPacket *pkt);
int berth_expr_bytes_reply(const BerthExpr *expr, BerthPacket *pkt, BerthBytes *ret);
