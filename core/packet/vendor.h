/* vendor - what the clients of a vendor get: options 124 and 125 of DHCPv4, 16 and 17 of DHCPv6. */
#pragma once

#include "core/packet/packet.h"

/* Whether there is one option of this code for each enterprise. */
bool berth_packet_is_of_vendors(const BerthPacket *pkt, uint16_t code);

/* Whether the vendor classes of the query can be read. */
bool berth_packet_has_sound_vendors(const BerthPacket *pkt);

/* Adds to the reply what is configured of such a code: one option for each enterprise that it has
 * none of. -ENOSPC. */
int berth_packet_add_vendors(BerthPacket *pkt, const BerthScope *scope, uint16_t code);

/* Adds what is configured in the spaces vendor-N, for each enterprise N that the query names or
 * that the reply has an option of: what is sent always, and what a client of CableLabs asks for.
 * -ENOSPC. */
int berth_packet_add_vendor_options(BerthPacket *pkt, const BerthScope *scope);
