/* want - what a configuration asks for, of the interfaces that the system has: the rules that
 * differ between the families. net.c acts on them; see net.h for what they are. */
#pragma once

#include "core/base/world.h"

typedef struct BerthWant {
    char *name;     /* of an interface, or "*" */
    BerthAddr addr; /* any: none named */
    bool is_open;
    char why[128]; /* it is not, "" when it is */
} BerthWant;

typedef struct BerthWants {
    int family;
    GArray *list; /* of BerthWant */
} BerthWants;

void berth_wants_init(BerthWants *wants, int family);
void berth_wants_clear(BerthWants *wants);
void berth_wants_add(BerthWants *wants, const char *name, BerthAddr addr, const char *why);

bool berth_want_is_star(const BerthWant *want);
/* The entry means this interface, whether it can be served or not. */
bool berth_want_means(const BerthWant *want, const BerthIface *iface);
/* Why the entry is not served, or not wholly, on an interface that it means; NULL when it is. */
const char *berth_want_obstacle(const BerthWants *wants, const BerthWant *want,
                                const BerthIface *iface);

/* Whether a link should be open on the interface. */
bool berth_wants_iface(const BerthWants *wants, const BerthIface *iface);
/* What a packet sees of its interface: an IPv4 address that is not served must not be named as
 * ours. IPv6 names none, and all its addresses tell what link it is. */
BerthIface berth_wants_part(const BerthWants *wants, const BerthIface *iface);
/* Whether what was sent to `dst` and arrived on the interface is for us. */
bool berth_wants_take(const BerthWants *wants, const BerthIface *iface, BerthAddr dst);
/* Where an answer to `dst` comes from; any when the kernel has to choose. `part` is what
 * berth_wants_part() made. */
BerthAddr berth_wants_source(const BerthWants *wants, const BerthIface *part, BerthAddr dst);
