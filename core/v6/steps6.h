/* steps6 - what RFC 9915 asks of a server, one step a function; core/server/pipeline.c is their
 * order.
 *
 * A client asks for several things in one message: each IA_NA and IA_PD of the query is an entry of
 * pkt->v6.ias, and what becomes of it stands in the packet's leases that name it and in its status.
 * The steps up to the commit fill that in; the reply tells it: an IA for each entry that is
 * `told`, in it an IAADDR or IAPREFIX for each lease that is `told`, with the lifetimes of its
 * `lease` (0 and 0 where the client must give it up), and its status where that is not Success or
 * has a text. All IAs of a reply have the same T1 and T2 (RFC 9915 section 18.3: the shortest of
 * all that they could be).
 *
 * Steps read and write their packet, ask the lease room, and answer with a verdict. They know
 * neither sockets nor backends nor which step comes next, with one exception: a step may send the
 * packet to another path (berth_packet_enter). */
#pragma once

#include "core/packet/change.h"

#define BERTH_PORT6_SERVER 547
#define BERTH_PORT6_CLIENT 546

/* Paths, defined in core/server/pipeline.c. */
extern const BerthPath berth_receive6, berth_solicit6, berth_request6, berth_assign6, berth_renew6,
    berth_renewing6, berth_rebind6, berth_rebinding6, berth_release6, berth_releasing6,
    berth_decline6, berth_declining6, berth_confirm6, berth_inform6, berth_register6, berth_send6;

/* The statistics of counters6.def, found once: BerthEnv.counters by these numbers. */
typedef enum V6Counter {
#define BERTH_COUNTER6(NAME, name) V6_##NAME,
#include "core/v6/counters6.def"
#undef BERTH_COUNTER6
    V6_COUNTERS,
} V6Counter;

/* Makes them; g_free the array. */
BerthCounter **v6_counters_new(BerthStats *stats);

static inline void v6_count(BerthEnv *env, V6Counter counter)
{
    ++*env->counters[counter];
}

/* receive: from a payload to a message of a known client */
BerthVerdict v6_skip_parse(BerthPacket *pkt); /* buffer6_receive said SKIP: a callout has parsed */
BerthVerdict v6_parse(BerthPacket *pkt);
BerthVerdict v6_check(BerthPacket *pkt);        /* RFC 9915 section 16, identity; counts by type */
BerthVerdict v6_claim_client(BerthPacket *pkt); /* one packet of a client at a time */
BerthVerdict v6_dispatch(BerthPacket *pkt);

/* select. Without a subnet most messages have an answer all the same. */
BerthVerdict v6_select_subnet(BerthPacket *pkt);
BerthVerdict v6_no_subnet(BerthPacket *pkt); /* subnet6_select said SKIP */

/* ia: what the client asks for */
BerthVerdict v6_read_ias(BerthPacket *pkt);

/* assign: SOLICIT and REQUEST */
BerthVerdict v6_rapid_commit(BerthPacket *pkt); /* off to berth_assign6, if asked for and allowed */
BerthVerdict v6_pick_leases(BerthPacket *pkt);  /* what to offer */
BerthVerdict v6_hold_offers(BerthPacket *pkt);
BerthVerdict v6_assign_leases(BerthPacket *pkt);
/* lease6_select said SKIP: as Kea, the next subnet of the link is asked. */
BerthVerdict v6_no_lease(BerthPacket *pkt);

/* extend: RENEW and REBIND */
BerthVerdict v6_extend_leases(BerthPacket *pkt);
BerthVerdict v6_keep_lease(BerthPacket *pkt); /* lease6_renew, _rebind, _release, … said SKIP */

/* release and decline */
BerthVerdict v6_find_released(BerthPacket *pkt);
BerthVerdict v6_find_declined(BerthPacket *pkt);

/* register: ADDR-REG-INFORM, RFC 9686 */
BerthVerdict v6_find_registered(BerthPacket *pkt);
BerthVerdict v6_not_stored(BerthPacket *pkt); /* addr6_register said SKIP */

/* reach: what RECONFIGURE needs, if the client accepts it */
BerthVerdict v6_find_reach(BerthPacket *pkt);

/* commit; berth_packet_commit stands before it */
BerthVerdict v6_committed(BerthPacket *pkt);

/* confirm and inform */
BerthVerdict v6_confirm(BerthPacket *pkt); /* the status that answers a CONFIRM, or silence */

/* reply */
BerthVerdict v6_build_advertise(BerthPacket *pkt);
BerthVerdict v6_build_reply(BerthPacket *pkt); /* also with Rapid Commit, where it is the answer */
BerthVerdict v6_build_inform_reply(BerthPacket *pkt);
BerthVerdict v6_build_register_reply(BerthPacket *pkt);
BerthVerdict v6_address_reply(BerthPacket *pkt); /* where it goes, RFC 9915 section 18.3.10 */
BerthVerdict v6_skip_pack(BerthPacket *pkt);     /* pkt6_send said SKIP: a callout has packed */
BerthVerdict v6_pack(BerthPacket *pkt);          /* and around it RELAY-REPL for each relay */
BerthVerdict v6_transmit(BerthPacket *pkt);

/* ---- between the files of this room ---- */

/* Who an IA is for: the packet's client with its type and IAID. */
BerthClient v6_binding(const BerthPacket *pkt, const BerthPacketIa *ia);
/* The addresses or prefixes that the client wrote into the IA, one after the other: start with NULL
 * in *at. What can't be meant (a preferred lifetime beyond the valid one) is passed over, and so
 * are the bits behind a prefix. */
bool v6_next_hint(const BerthPacketIa *ia, const BerthOption6 **at, BerthIaLease6 *ret);
/* The hint about this address, else the first one; false when there is none. */
bool v6_hint_for(const BerthPacketIa *ia, BerthAddr addr, BerthIaLease6 *ret);
/* Whether the query has the Rapid Commit option and the subnet allows it. */
bool v6_is_rapid(const BerthPacket *pkt);
/* The name that is kept with a lease, in the packet's arena; empty: none. */
BerthBytes v6_hostname(BerthPacket *pkt, const BerthLease *lease);
/* Whether option 39 of the query, if it is there, can be read, or need not be. */
bool v6_fqdn_is_good(const BerthPacket *pkt);
/* Adds option 39 to the reply, where the client has sent it and something of its name, or what is
 * reserved, may be told. -ENOSPC. */
int v6_add_fqdn(BerthPacket *pkt);
/* Whether the client's option request names the code. */
bool v6_asks(const BerthPacket *pkt, uint16_t code);
/* What is configured for the client, into its reply, behind what is there: asked for, or sent
 * without being asked; and what relays supply. -ENOSPC. */
int v6_add_options(BerthPacket *pkt, const BerthScope *scope);
/* T1 and T2 of all IAs of the reply, from what is told; 0: the client shall decide. */
void v6_timers(const BerthPacket *pkt, uint32_t *ret_t1, uint32_t *ret_t2);
bool v6_is_link_local(BerthAddr addr);
/* The client's hardware address, from where the configuration says (mac-sources). */
void v6_find_hwaddr(BerthPacket *pkt);
/* The subnet of the client's link that a lease is of; the selected one when it is of none. */
const BerthSubnet *v6_subnet_of(const BerthPacket *pkt, const BerthLease *lease);
/* Whether an address could be of the client's link: in the prefix of one of its subnets. */
bool v6_is_on_link(const BerthPacket *pkt, BerthAddr addr);
/* All leases of a binding in the subnets of the link, whatever their state or age; start with {0}.
 * `subnet` is that of the lease in hand. */
typedef struct V6Walk {
    const BerthSubnet *subnet;
    uint32_t iter;
    BerthWho who;
} V6Walk;
bool v6_next_own(const BerthPacket *pkt, const BerthClient *binding, V6Walk *walk, BerthLease *ret);
void v6_unhold(const BerthPacket *pkt, const BerthClient *binding);
/* The subnet of the link that is asked first: where the binding's own is, what it asks for, what is
 * held for it, in this order; else the selected one. */
const BerthSubnet *v6_first_subnet(const BerthPacket *pkt, const BerthClient *binding,
                                   BerthPrefix hint);
/* The packet is about the subnet of its last lease from here on: options. */
void v6_settle(BerthPacket *pkt);

/* That goes into the lease's user-context, or out of it. */
void v6_keep_reach(BerthPacket *pkt, BerthLease *lease);
/* Whether the server accepts RECONFIGURE to be sent, and the client's key, where they belong into
 * the reply. -ENOSPC. */
int v6_add_reconfigure(BerthPacket *pkt);
/* Forgets what an earlier try made of the IAs. */
void v6_start_over(BerthPacket *pkt);
void v6_set_status(BerthPacketIa *ia, BerthStatus6 status, const char *text);
/* NoAddrsAvail or NoPrefixAvail. */
void v6_set_none(BerthPacketIa *ia, const char *text);
/* A lease for the IA, from now on, with the lifetimes that the client asks for within the limits of
 * the subnet; told. false: no memory. */
bool v6_set_lease(BerthPacket *pkt, BerthPacketIa *ia, BerthPacketLease *pl,
                  const BerthSubnet *subnet, const BerthPick *pick);
/* The same for one that is there: it goes on from now. NULL: no memory, or too many. */
BerthPacketLease *v6_prolong_lease(BerthPacket *pkt, BerthPacketIa *ia, const BerthLease *own);
/* What the relays of the query said goes into the lease's user-context, where the subnet wants it.
 */
void v6_keep_relay_info(BerthPacket *pkt, BerthLease *lease);
/* Whether the lease of that subnet is so young, and so like what was, that nothing is written. */
bool v6_is_fresh(const BerthPacketLease *pl, const BerthSubnet *subnet, int64_t now);
/* It is young enough to be confirmed as it is: nothing is written. */
void v6_reuse_lease(BerthPacket *pkt, BerthPacketLease *pl);
/* Tells the client to give something up that is not its lease. */
bool v6_tell_gone(BerthPacket *pkt, const BerthPacketIa *ia, BerthPrefix prefix);
/* Whether the packet tells of this already, in any IA. */
/* reserve: what is reserved for the client and not told of in the packet: what the IA has already,
 * else the first that it can have; NULL: nothing. Whether a lease is reserved for its client. */
const BerthSubnet *v6_pick_reserved(const BerthPacket *pkt, const BerthClient *binding,
                                    BerthPick *ret);
bool v6_is_reserved(const BerthPacket *pkt, const BerthLease *lease);
/* The reservation that the lease is of; NULL: of none. */
const BerthHostAddr *v6_reserved_as(const BerthPacket *pkt, const BerthLease *lease);
/* The client loses this one, and is told so with lifetimes of 0 if `told`; false: no memory. */
bool v6_leave(BerthPacket *pkt, const BerthPacketIa *ia, const BerthLease *own, bool told);
/* When the IA gets `got`: what it has of others' reservations goes, and, where `got` is reserved
 * for it, what is not. */
bool v6_leave_others(BerthPacket *pkt, const BerthPacketIa *ia, BerthPrefix got, bool got_reserved);
/* It does not get what is reserved for it after all: what went for that alone stays. */
void v6_stay(BerthPacket *pkt, const BerthPacketIa *ia);
bool v6_is_told(const BerthPacket *pkt, BerthAddr addr);
/* Something for the IA, held for it from now on: CONTINUE, and *ret_found tells whether there was
 * anything; what it had before and can't keep is given up with it. */
BerthVerdict v6_give(BerthPacket *pkt, BerthPacketIa *ia, BerthLeaseAct act, bool *ret_found);
/* There is none for the IA: that is counted and, unless something else is told in it, its status.
 */
void v6_say_none(BerthPacket *pkt, BerthPacketIa *ia, bool told);
/* All that there is of the lease, where DEBUG is wanted. */
void v6_say_lease(BerthPacket *pkt, const BerthLease *lease);
/* "2001:db8::1", "2001:db8:8::/56", into BERTH_PREFIX_TEXT bytes. */
const char *v6_lease_text(const BerthLease *lease, char *buffer);
