/* act - one thing that is done to a packet: an option, or one inside of it, is added, superseded or
 * removed, by what an expression says of the packet. */
#pragma once

#include <berth/plugin.h>

typedef enum ActKind { ACT_ADD, ACT_SUPERSEDE, ACT_REMOVE } ActKind;

typedef struct Act {
    ActKind kind;
    int family;
    uint16_t code;          /* of the option; of the one inside where `is_inside` */
    const BerthOptDef *def; /* csv-format: the expression gives text; NULL: it gives the bytes */
    BerthExpr *expr;        /* its own */
    const char *class;      /* NULL: for everybody */
    bool from_reply, to_query;

    /* of an option inside of another */
    bool is_inside;
    uint16_t container;
    const char *container_class;
    uint32_t enterprise;  /* the container holds those of a vendor; 0: it does not */
    bool moves_container; /* makes it when it is not there; removes it when it is empty */
} Act;

void act_clear(Act *act);
/* 0; negative with `error`: it cannot be done. */
int act_do(const Act *act, BerthPacket *pkt, GError **error);
