/* steps4 - what RFC 2131 asks of a server, one step a function; core/server/pipeline.c is their
 * order.
 *
 * Steps read and write their packet, ask the lease room, and answer with a verdict. They know
 * neither sockets nor backends nor which step comes next, with one exception: a step may send the
 * packet to another path (berth_packet_enter). */
#pragma once

#include "core/packet/change.h"

#define BERTH_PORT4_SERVER 67
#define BERTH_PORT4_CLIENT 68
#define V4_RAPID_COMMIT 80 /* RFC 4039; Kea has no definition of it */

/* Paths, defined in core/server/pipeline.c. */
extern const BerthPath berth_receive4, berth_discover4, berth_offer4, berth_request4, berth_assign4,
    berth_noaddress4, berth_nak4, berth_decline4, berth_declining4, berth_taken4, berth_release4,
    berth_releasing4, berth_inform4, berth_send4;

/* The statistics of counters4.def, found once: BerthEnv.counters by these numbers. */
typedef enum V4Counter {
#define BERTH_COUNTER4(NAME, name) V4_##NAME,
#include "core/v4/counters4.def"
#undef BERTH_COUNTER4
    V4_COUNTERS,
} V4Counter;

/* Makes them; g_free the array. */
BerthCounter **v4_counters_new(BerthStats *stats);

static inline void v4_count(BerthEnv *env, V4Counter counter)
{
    ++*env->counters[counter];
}

/* receive: from a payload to a message of a known client */
BerthVerdict v4_skip_parse(BerthPacket *pkt); /* buffer4_receive said SKIP: a callout has parsed */
BerthVerdict v4_parse(BerthPacket *pkt);
BerthVerdict v4_check(BerthPacket *pkt);        /* sanity, identity; counts by type */
BerthVerdict v4_claim_client(BerthPacket *pkt); /* one packet of a client at a time */
BerthVerdict v4_dispatch(BerthPacket *pkt);

/* select */
BerthVerdict v4_select_subnet(BerthPacket *pkt);
BerthVerdict v4_need_subnet(BerthPacket *pkt); /* after subnet4_select: drops without one */
BerthVerdict v4_no_subnet(BerthPacket *pkt);   /* subnet4_select said SKIP */

/* assign: DISCOVER and REQUEST */
BerthVerdict v4_rapid_commit(BerthPacket *pkt); /* off to an ACK, if both sides want it */
BerthVerdict v4_pick_lease(BerthPacket *pkt);   /* an address to offer */
BerthVerdict v4_store_offer(BerthPacket *pkt);  /* offer-lifetime: it becomes a lease for so long */
BerthVerdict v4_offer_stored(BerthPacket *pkt); /* and is an offer again */
BerthVerdict v4_hold_offer(BerthPacket *pkt);
BerthVerdict v4_check_request(BerthPacket *pkt); /* which of the four kinds, and is it for us */
BerthVerdict v4_assign_lease(BerthPacket *pkt);  /* ASSIGN, RENEW, or off to the NAK */
BerthVerdict v4_no_lease(BerthPacket *pkt);      /* lease4_select said SKIP */
BerthVerdict v4_keep_lease(BerthPacket *pkt);    /* lease4_renew, _release, _decline said SKIP */

/* release and decline */
BerthVerdict v4_find_released(BerthPacket *pkt);
BerthVerdict v4_find_declined(BerthPacket *pkt);
/* lease4_offer found that somebody else has the address: the server declines it itself */
BerthVerdict v4_decline_offer(BerthPacket *pkt);
BerthVerdict v4_offer_declined(BerthPacket *pkt);

/* commit; berth_packet_commit stands before it */
BerthVerdict v4_committed(BerthPacket *pkt);

/* reply */
BerthVerdict v4_build_offer(BerthPacket *pkt);
BerthVerdict v4_build_ack(BerthPacket *pkt);
BerthVerdict v4_build_nak(BerthPacket *pkt);
BerthVerdict v4_build_inform_ack(BerthPacket *pkt);
BerthVerdict v4_address_reply(BerthPacket *pkt); /* where it goes, RFC 2131 section 4.1 */
BerthVerdict v4_skip_pack(BerthPacket *pkt);     /* pkt4_send said SKIP: a callout has packed */
BerthVerdict v4_pack(BerthPacket *pkt);
BerthVerdict v4_transmit(BerthPacket *pkt);

/* ---- between the files of this room ---- */

/* Where a link has several subnets: makes the packet's that one which `addr` lies in, if any. */
void v4_settle(BerthPacket *pkt, BerthAddr addr);
/* The client's lease of any subnet of the link, a valid one first. */
bool v4_own_lease(const BerthPacket *pkt, BerthLease *ret);
/* What is held for the client in any of them; and nothing any more. */
bool v4_held(const BerthPacket *pkt, BerthAddr *ret);
void v4_unhold(BerthPacket *pkt);
/* What is reserved for the client on the link: a usable one, whose subnet is the packet's then;
 * whether that is it; whether the client could have that, and `addr` is another one. */
bool v4_pick_reserved(BerthPacket *pkt, BerthAddr *ret);
bool v4_is_reserved(const BerthPacket *pkt, BerthAddr addr);
bool v4_misses_reserved(const BerthPacket *pkt, BerthAddr addr);
/* Whether a pool of the link has this address, whoever it is for. */
bool v4_link_has_address(const BerthPacket *pkt, BerthAddr addr);

/* The address of ours that this packet is answered from. False: the interface has none. */
bool v4_own_address(BerthPacket *pkt, BerthAddr *ret);
/* What option 54 names: a configured address, else the one above. */
bool v4_server_id(BerthPacket *pkt, BerthAddr *ret);
/* Whether option 54 of the query, if it is there, is ours. */
bool v4_server_id_is_ours(BerthPacket *pkt, BerthAddr id);
/* DROP where the query names another server, or must not name any; CONTINUE otherwise. */
BerthVerdict v4_check_server_id(BerthPacket *pkt);
/* Whether `addr` is one of the two that no host of this IPv4 network has: its own, its broadcast.
 */
bool v4_is_net_itself(BerthAddr net, uint8_t len, BerthAddr addr);
/* Whether it can be the address of another host of the client's link. */
bool v4_is_other_host(const BerthPacket *pkt, BerthAddr addr);
/* The name that is kept with a lease of `addr`, in the packet's arena; empty: none. */
BerthBytes v4_hostname(BerthPacket *pkt, BerthAddr addr);
/* A renewal that came past the relay has what that once said, where the configuration wants it. */
void v4_recover_relay_info(BerthPacket *pkt);
/* Whether option 81 of the query, if it is there, can be read, or need not be. */
bool v4_fqdn_is_good(const BerthPacket *pkt);
/* Adds to the reply the name of the lease, in the option that the client gave one in. -ENOSPC. */
int v4_add_name(BerthPacket *pkt, const BerthLease *lease);
/* Messages that several steps log: that a client does not get what it asked for, which `what`
 * tells; that a DECLINE is of no lease, or of another client's; what is known of the client when
 * its subnet is; and that subnet. */
void v4_say_asked(BerthPacket *pkt, const char *id, const char *what);
void v4_say_not_declined(BerthPacket *pkt, BerthAddr addr, const BerthLease *lease);
void v4_say_client(BerthPacket *pkt);
void v4_say_subnet(BerthPacket *pkt, const BerthSubnet *subnet);
/* And that it gets an address, which it has already or has not. */
void v4_say_lease(BerthPacket *pkt, BerthAddr addr, bool is_own);
/* RFC 8925 section 3.3: the client can do without an IPv4 address, and on its link it shall. */
bool v4_prefers_v6(const BerthPacket *pkt);
/* What is configured for the client, into its reply, behind what is there: asked for, or sent
 * without being asked. -ENOSPC. */
int v4_add_options(BerthPacket *pkt, const BerthScope *scope);
/* A reserved name as it is told and kept with a lease of `addr`: in small letters, with the domain,
 * in the packet's arena. */
BerthBytes v4_reserved_name(BerthPacket *pkt, const char *name, BerthAddr addr);
/* The same as it stands there: JSON, to be g_free'd. */
char *v4_relay_info(BerthBytes sub_options);
/* What the relay said goes into the lease's user-context, where the subnet wants it. */
void v4_keep_relay_info(BerthPacket *pkt, BerthLease *lease);
/* A lease of this client for `addr` in the packet's subnet, from now on. */
BerthPacketLease *v4_new_lease(BerthPacket *pkt, BerthLeaseAct act, BerthAddr addr,
                               const BerthLease *before);
