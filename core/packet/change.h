/* change - what the steps of both families do with the leases of a packet: make changes of them,
 * propose them all as one unit, and wait until that is durable. */
#pragma once

#include "core/packet/run.h"

/* A change of a lease that is there: `lease` begins as a copy of it. NULL: no memory, or too many.
 */
BerthPacketLease *berth_packet_change_lease(BerthPacket *pkt, BerthLeaseAct act,
                                            const BerthLease *own);
/* Notes what was there before; false: no memory. */
bool berth_packet_set_before(BerthPacket *pkt, BerthPacketLease *pl, const BerthLease *before);

/* Nothing is changed after all, and the client is told what is stored and the time that is left. */
void berth_packet_keep_lease(BerthPacketLease *pl, int64_t now);
/* It ends now, but stays on record for its owner. */
void berth_packet_end_lease(BerthPacketLease *pl, int64_t now);
/* It is nobody's for the probation period. */
void berth_packet_decline_lease(BerthPacketLease *pl, int64_t now, int64_t probation_sec);

/* Puts {"ISC": {KEY: value}} into the lease's user-context, whose other members stay. Nothing
 * changes when it says so already, when `value` (JSON) is longer than BERTH_LEASE_INFO_MAX, or when
 * the context can't take it. */
#define BERTH_LEASE_INFO_MAX 8192
void berth_packet_put_info(BerthPacket *pkt, BerthLease *lease, const char *key, const char *value);

/* Whether it is so young that it is confirmed as it is and nothing is written (cache-threshold). */
bool berth_lease_is_fresh(const BerthPacketLease *pl, const BerthParams *params, int64_t now);
/* Whether the pools of what the client is to have are as full as adaptive-lease-time-threshold
 * says. Then it has the least time, or what it has left already. */
bool berth_packet_is_tight(const BerthPacket *pkt, const BerthSubnet *subnet, BerthPrefix prefix,
                           const BerthClient *client);
static inline uint32_t berth_lifetime_tight(uint32_t usual, int64_t least, uint32_t left)
{
    return least < 0 ? usual : (uint32_t)MIN((int64_t)usual, MAX(least, (int64_t)left));
}
/* At least 1: a lease is valid through its last second. */
uint32_t berth_lease_left(const BerthLease *lease, int64_t now);

/* No address (or prefix) is left for it in any subnet of the link: counts and logs that. */
void berth_packet_say_exhausted(BerthPacket *pkt, BerthLeaseType type);

/* While the store may have lost leases: who has no lease gets none, and is told nothing else. */
bool berth_packet_only_known(const BerthPacket *pkt);
/* While the store is away, if the operator wants it so (BerthShare.confirms_known): a client with a
 * valid lease is told the time that remains of what was stored, and nothing is written. */
bool berth_packet_may_confirm(const BerthPacket *pkt);
void berth_packet_confirm_lease(BerthPacket *pkt, BerthPacketLease *pl); /* that valid lease */
/* After a commit that FAILED: confirms those leases of the packet that the client has, valid and at
 * the same place; how many. Others stay as they are. */
unsigned berth_packet_confirm_renewals(BerthPacket *pkt);

/* A step: proposes all changes of the packet as one unit and waits for what becomes of it. Then
 * pkt->commit tells; BERTH_COMMIT_OK also when there was nothing to change. */
BerthVerdict berth_packet_commit(BerthPacket *pkt);
/* Whether it proposes a change of any lease. */
bool berth_packet_has_changed(const BerthPacket *pkt);
/* After a commit that was not OK: DROP with its reason. */
BerthVerdict berth_packet_drop_uncommitted(BerthPacket *pkt);
