/* berth/packet.h - a packet on its way: the query, the reply, and what is known of the client. */
#pragma once

#include <berth/lease.h>
#include <berth/types.h>
#include <berth/world.h>

typedef struct BerthPacket BerthPacket;

/* Option codes by name: BERTH_DHO_ROUTERS, BERTH_D6O_DNS_SERVERS and so on. */
enum {
#define BERTH_OPTION4(code, NAME, name, format) BERTH_DHO_##NAME = code,
#include <berth/options4.def>
#undef BERTH_OPTION4
#define BERTH_OPTION6(code, NAME, name, format) BERTH_D6O_##NAME = code,
#include <berth/options6.def>
#undef BERTH_OPTION6
};

/* DHCPv4 message types, RFC 2132 section 9.6. */
typedef enum BerthType4 {
    BERTH_DHCPDISCOVER = 1,
    BERTH_DHCPOFFER,
    BERTH_DHCPREQUEST,
    BERTH_DHCPDECLINE,
    BERTH_DHCPACK,
    BERTH_DHCPNAK,
    BERTH_DHCPRELEASE,
    BERTH_DHCPINFORM,
} BerthType4;

/* DHCPv6 message types, RFC 9915 section 7.3. */
typedef enum BerthType6 {
    BERTH_SOLICIT = 1,
    BERTH_ADVERTISE,
    BERTH_REQUEST,
    BERTH_CONFIRM,
    BERTH_RENEW,
    BERTH_REBIND,
    BERTH_REPLY,
    BERTH_RELEASE,
    BERTH_DECLINE,
    BERTH_RECONFIGURE,
    BERTH_INFORMATION_REQUEST,
    BERTH_RELAY_FORW,
    BERTH_RELAY_REPL,
    BERTH_ADDR_REG_INFORM = 36, /* RFC 9686 */
    BERTH_ADDR_REG_REPLY,
} BerthType6;

/* DHCPv6 status codes, RFC 9915 section 21.13. */
typedef enum BerthStatus6 {
    BERTH_STATUS6_SUCCESS,
    BERTH_STATUS6_UNSPEC_FAIL,
    BERTH_STATUS6_NO_ADDRS_AVAIL,
    BERTH_STATUS6_NO_BINDING,
    BERTH_STATUS6_NOT_ON_LINK,
    BERTH_STATUS6_USE_MULTICAST,
    BERTH_STATUS6_NO_PREFIX_AVAIL,
} BerthStatus6;

BerthServer *berth_packet_server(const BerthPacket *pkt);
int berth_packet_family(const BerthPacket *pkt); /* 4 or 6 */
/* "[hwtype=1 aa:bb:cc:dd:ee:ff], cid=[no info], tid=0x1a2b3c4d", or "duid=[00:03:...], ..." with
 * what mac-sources found: for log messages. */
const char *berth_packet_label(BerthPacket *pkt);
const char *berth_packet_interface(const BerthPacket *pkt);
int berth_packet_interface_index(const BerthPacket *pkt);
/* Id of the selected subnet; 0 before the selection and when there is none. */
uint32_t berth_packet_subnet_id(const BerthPacket *pkt);
/* Its prefix; false when there is none. */
bool berth_packet_subnet(const BerthPacket *pkt, BerthAddr *ret_prefix, uint8_t *ret_len);

/* Zeroed memory that lives as long as the packet; NULL when the packet's share is used up. */
void *berth_packet_alloc(BerthPacket *pkt, size_t size);
/* A slot of the packet that belongs to `owner` (any address of the plugin's): made zeroed at the
 * first call, the same at every later one. NULL as above. */
void *berth_packet_slot(BerthPacket *pkt, const void *owner, size_t size);

/* Calls when the packet ends, however it does, and once: what was counted for it is counted no
 * more. False as above. */
bool berth_packet_at_end(BerthPacket *pkt, void (*call)(void *data), void *data);
/* `return berth_packet_over_limit(pkt);` is DROP, counted as pkt4-limit-exceeded or
 * pkt6-limit-exceeded instead of as what a plugin wants. */
BerthVerdict berth_packet_over_limit(BerthPacket *pkt);

/* Classes. Adding one that is there already does nothing; -ENOSPC beyond 128. */
int berth_packet_add_class(BerthPacket *pkt, const char *name);
bool berth_packet_has_class(const BerthPacket *pkt, const char *name);
/* The i-th class, NULL beyond the last. */
const char *berth_packet_class(const BerthPacket *pkt, size_t i);
/* What VENDOR_CLASS_ is followed by: the content of option 60; of DHCPv6 what the i-th option 16
 * says, which may be nothing. */
bool berth_packet_vendor_class(const BerthPacket *pkt, size_t i, BerthBytes *ret);
/* Tests classes of the configuration and adds those that hold, in its order; the plugin classify
 * says when. FIRST: those that ask for neither KNOWN nor UNKNOWN; KNOWN: the others; ADDITIONAL:
 * what the lists of the pools, the subnet and the network of the leases name. */
typedef enum BerthClassify {
    BERTH_CLASSIFY_FIRST,
    BERTH_CLASSIFY_KNOWN,
    BERTH_CLASSIFY_ADDITIONAL,
} BerthClassify;
void berth_packet_classify(BerthPacket *pkt, BerthClassify moment);

/* Before returning BERTH_PARK: a ticket for berth_packet_resume. When `deadline_msec` (1..60000)
 * passes first the packet is dropped. 0 when too many packets are parked already: return DROP. */
BerthTicket berth_packet_park(BerthPacket *pkt, uint32_t deadline_msec);
/* Lets the packet go on as if the callout had returned `verdict` (not PARK), soon, not within this
 * call. -ESTALE when the ticket was used or its deadline has passed. */
int berth_packet_resume(BerthServer *server, BerthTicket ticket, BerthVerdict verdict);
/* The packet of a ticket that is still good, else NULL. */
BerthPacket *berth_packet_parked(BerthServer *server, BerthTicket ticket);

/* lease4_offer, before it goes on with CONTINUE: somebody else has the address. It is declined, and
 * there is no offer. */
void berth_packet_set_in_use(BerthPacket *pkt);

/* ---- its leases: none before lease4_select or lease6_select; of DHCPv6 they may be many ---- */

/* What a packet does to a lease. */
typedef enum BerthLeaseAct {
    BERTH_ACT_NONE,     /* it stays as it is, or there is none: the client is only told of it */
    BERTH_ACT_OFFER,    /* in mind only: lease4_select, lease4_offer; lease6_select */
    BERTH_ACT_ASSIGN,   /* new to this client: lease4_select, lease6_select */
    BERTH_ACT_RENEW,    /* the client's own: lease4_renew; lease6_renew, lease6_rebind */
    BERTH_ACT_RELEASE,  /* lease4_release, lease6_release */
    BERTH_ACT_DECLINE,  /* lease4_decline, lease6_decline */
    BERTH_ACT_REGISTER, /* an address that the client made itself: addr6_register */
    BERTH_ACT_LEAVE,    /* given up for another address, and removed with its assignment */
} BerthLeaseAct;

/* The i-th lease as it shall be; from leases4_committed and leases6_committed on it is so. NULL
 * beyond the last. */
const BerthLease *berth_packet_lease(const BerthPacket *pkt, size_t i, BerthLeaseAct *ret_act);
/* The i-th as it is stored while the packet wants to change it; NULL: it is not stored. */
const BerthLease *berth_packet_lease_before(const BerthPacket *pkt, size_t i);

/* ---- the query; before pkt4_receive or pkt6_receive there is only the raw payload ---- */

BerthBytes berth_query_bytes(const BerthPacket *pkt);
/* buffer4_receive, buffer6_receive: replaces the payload; the bytes are copied. -ENOSPC: more than
 * the packet may hold. */
int berth_query_set_bytes(BerthPacket *pkt, BerthBytes bytes);
/* The same points: reads the payload now, so that the functions below know it, and the server does
 * not read it again. 0; -EINVAL: it is no message, and the server will say so. */
int berth_query_parse(BerthPacket *pkt);
BerthAddr berth_query_source(const BerthPacket *pkt);
BerthAddr berth_query_destination(const BerthPacket *pkt);
uint16_t berth_query_source_port(const BerthPacket *pkt);
uint16_t berth_query_destination_port(const BerthPacket *pkt);

BerthType4 berth_query4_type(const BerthPacket *pkt);
uint32_t berth_query4_xid(const BerthPacket *pkt);
uint8_t berth_query4_hops(const BerthPacket *pkt);
uint16_t berth_query4_secs(const BerthPacket *pkt);
uint16_t berth_query4_flags(const BerthPacket *pkt);
BerthAddr berth_query4_ciaddr(const BerthPacket *pkt);
BerthAddr berth_query4_yiaddr(const BerthPacket *pkt);
BerthAddr berth_query4_siaddr(const BerthPacket *pkt);
BerthAddr berth_query4_giaddr(const BerthPacket *pkt);
BerthHwaddr berth_query4_hwaddr(const BerthPacket *pkt);
/* The option's bytes, joined per RFC 3396. False when the client did not send it. */
bool berth_query4_get(const BerthPacket *pkt, uint8_t code, BerthBytes *ret);
/* A sub-option of an option that holds code-length-value sub-options, such as 82. */
bool berth_query4_get_sub(const BerthPacket *pkt, uint8_t code, uint8_t sub, BerthBytes *ret);
/* Until the subnet is selected: the query from now on is as if it had come with this option, or
 * without it. Bytes are copied. Who the client is follows option 61, what it wants option 53.
 * -EINVAL: the code or the length is none that the option can have, or nothing else identifies the
 * client; -ENOSPC. */
int berth_query4_set(BerthPacket *pkt, uint8_t code, BerthBytes value);
int berth_query4_remove(BerthPacket *pkt, uint8_t code);

/* DHCPv6. Of options that stand there several times `i` counts those of one code, from 0. Options
 * with options inside are whole. */
BerthType6 berth_query6_type(const BerthPacket *pkt);
uint32_t berth_query6_xid(const BerthPacket *pkt);
BerthBytes berth_query6_duid(const BerthPacket *pkt); /* len 0: the client has not named itself */
/* As the configuration's mac-sources find it; len 0: they do not. */
BerthHwaddr berth_query6_hwaddr(const BerthPacket *pkt);
bool berth_query6_get(const BerthPacket *pkt, uint16_t code, size_t i, BerthBytes *ret);
/* An option directly inside of one, such as IAADDR (5) in IA_NA (3). */
bool berth_query6_get_sub(const BerthPacket *pkt, uint16_t code, size_t i, uint16_t sub,
                          BerthBytes *ret);
/* A sub-option of the vendor options (17) of an enterprise. */
bool berth_query6_get_vendor(const BerthPacket *pkt, uint32_t enterprise, uint16_t sub,
                             BerthBytes *ret);
/* Whether the client asks for the option (option request, 6). */
bool berth_query6_asks(const BerthPacket *pkt, uint16_t code);
/* The relays that it came through; the first, 0, is the nearest to the server. */
size_t berth_query6_relays(const BerthPacket *pkt);
bool berth_query6_relay(const BerthPacket *pkt, size_t i, BerthAddr *ret_link, BerthAddr *ret_peer);
bool berth_query6_relay_get(const BerthPacket *pkt, size_t i, uint16_t code, BerthBytes *ret);
/* The option of the relay nearest to the client that has it: interface-id (18), remote-id (37), the
 * client's link-layer address (79). */
bool berth_query6_relay_find(const BerthPacket *pkt, uint16_t code, BerthBytes *ret);
/* What tells the client's link: the link-address of the relay nearest to the client that has one.
 * False: it came directly, or through relays of layer 2 alone. */
bool berth_query6_link(const BerthPacket *pkt, BerthAddr *ret);
/* As for DHCPv4; who the client is follows option 1. Set replaces the first of the code or adds it,
 * remove takes all of it. What relays put around the message stays. */
int berth_query6_set(BerthPacket *pkt, uint16_t code, BerthBytes value);
int berth_query6_remove(BerthPacket *pkt, uint16_t code);

/* An address (len 128) or prefix within an IA. */
typedef struct BerthIaLease6 {
    BerthAddr addr;
    uint8_t len;
    uint32_t preferred_sec, valid_sec;
} BerthIaLease6;

/* The i-th IA_NA or IA_PD of the query, in the order of the client. */
bool berth_query6_ia(const BerthPacket *pkt, size_t i, BerthLeaseType *ret_type,
                     uint32_t *ret_iaid);
/* The n-th address or prefix that the client wrote into its i-th IA. */
bool berth_query6_ia_lease(const BerthPacket *pkt, size_t i, size_t n, BerthIaLease6 *ret);

/* ---- the reply; exists from lease4_offer, leases4_committed or leases6_committed on ---- */

BerthType4 berth_reply4_type(const BerthPacket *pkt); /* 0: no reply yet, or none at all */
BerthAddr berth_reply4_yiaddr(const BerthPacket *pkt);
bool berth_reply4_get(const BerthPacket *pkt, uint8_t code, BerthBytes *ret);
/* Replaces or adds; the bytes are copied and split on the wire as RFC 3396 says. -ENOSPC. */
int berth_reply4_set(BerthPacket *pkt, uint8_t code, BerthBytes value);
/* Without 53 it is a reply of BOOTP, and has no option 52 either. */
void berth_reply4_remove(BerthPacket *pkt, uint8_t code);
/* The most bytes that it may have, 300 at least; options for which there is no room are left out.
 * 0: as many as the client says. */
void berth_reply4_limit(BerthPacket *pkt, size_t bytes);

BerthType6 berth_reply6_type(const BerthPacket *pkt); /* 0: no reply yet, or none at all */
bool berth_reply6_get(const BerthPacket *pkt, uint16_t code, size_t i, BerthBytes *ret);
/* What the server says of the message as a whole, and of one IA: from lease6_select on. Success
 * where it says nothing. */
BerthStatus6 berth_reply6_status(const BerthPacket *pkt);
BerthStatus6 berth_reply6_ia_status(const BerthPacket *pkt, BerthLeaseType type, uint32_t iaid);
/* Replaces the first of the code, or adds it; the bytes are copied. -ENOSPC. */
int berth_reply6_set(BerthPacket *pkt, uint16_t code, BerthBytes value);
/* Adds one more of the code. */
int berth_reply6_add(BerthPacket *pkt, uint16_t code, BerthBytes value);
void berth_reply6_remove(BerthPacket *pkt, uint16_t code); /* all of the code */

/* buffer4_send, buffer6_send: the packed reply, and replacing it. */
BerthBytes berth_reply_bytes(const BerthPacket *pkt);
int berth_reply_set_bytes(BerthPacket *pkt, BerthBytes bytes);
