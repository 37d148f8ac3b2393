/* inside - options within the bytes of an option: finding, adding and taking out. */
#pragma once

#include <berth/plugin.h>

/* How an option holds others. */
typedef struct Inside {
    int family; /* 4: code and length of one byte; 6: of two */
    uint16_t container;
    uint32_t enterprise; /* of the vendor; 0: it is no vendor's */
} Inside;

/* Whose options a container holds that is one of vendors (125, or 17 of DHCPv6); 0: it is none, or
 * too short. */
uint32_t inside_enterprise(const Inside *inside, BerthBytes value);
bool inside_has(const Inside *inside, BerthBytes value, uint16_t code);
bool inside_is_empty(const Inside *inside, BerthBytes value);
/* The container without the code, and, unless `add` is NULL, with that in its place, among the
 * others by the order of codes. `value` with len 0 is a container that is to be made. -EINVAL: too
 * long; -ENOSPC: no memory is left to the packet. */
int inside_put(const Inside *inside, BerthPacket *pkt, BerthBytes value, uint16_t code,
               const BerthBytes *add, BerthBytes *ret);
