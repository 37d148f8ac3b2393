/* classes - what a packet has from the classes that it is in. berth/packet.h has the rest. */
#pragma once

#include "core/expr/expr.h"
#include "core/packet/packet.h"

/* What an expression is asked about: the query. */
BerthExprSubject berth_packet_subject(const BerthPacket *pkt);
/* The string of an expression, in the packet's arena. */
int berth_packet_eval_bytes(BerthPacket *pkt, const BerthExpr *expr,
                            const BerthExprSubject *subject, BerthBytes *ret);
bool berth_packet_eval_holds(const BerthExpr *expr, const BerthExprSubject *subject);

/* Whose lifetimes are in force: those of the first class that says any, else `params`. */
const BerthParams *berth_packet_valid(const BerthPacket *pkt, const BerthParams *params);
const BerthParams *berth_packet_preferred(const BerthPacket *pkt, const BerthParams *params);

/* DHCPv4: for how long an offer is a lease, likewise; 0: it is none. */
uint32_t berth_packet_offer_sec(const BerthPacket *pkt, const BerthParams *params);

/* The fields of BOOTP, likewise; NULL: empty. */
typedef struct BerthBoot {
    BerthAddr next_server;
    const char *server_hostname, *boot_file_name;
} BerthBoot;
BerthBoot berth_packet_boot(const BerthPacket *pkt, const BerthParams *params);

/* "ALL, KNOWN", to be g_free'd. */
char *berth_packet_class_names(const BerthPacket *pkt);

/* Takes it out of all classes that tests put it into, so that they can be made again. */
void berth_packet_forget_classes(BerthPacket *pkt);

/* Whether the client is to get nothing (the class REJECT). */
static inline bool berth_packet_is_rejected(const BerthPacket *pkt)
{
    return berth_classes_have(&pkt->class_set, BERTH_CLASS_REJECT);
}
