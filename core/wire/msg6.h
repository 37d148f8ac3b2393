/* msg6 - a DHCPv6 message: parsed once into one bounded list of nested options, written into a
 * buffer and wrapped again for the relays that it came through.
 *
 * Parsing (RFC 9915 sections 8, 9 and 21) walks the levels of relays and all options once. Options
 * stand in one list in the order of their bytes; what is inside of an option follows it directly,
 * so that no pointer is needed and a look-up is a step over whole sub-trees. Depth, number and
 * levels are bounded. Nothing is copied: the bytes stay where they were. Meaning is left to
 * core/v6, text to opttype. */
#pragma once

#include "core/base/arena.h"
#include "core/base/bytes.h"
#include <berth/packet.h>

#define BERTH_MSG6_HEADER 4         /* type and transaction id */
#define BERTH_MSG6_RELAY_HEADER 34  /* type, hop count, link-address, peer-address */
#define BERTH_MSG6_MAX 65527        /* largest UDP payload over IPv6 */
#define BERTH_MSG6_OPTIONS_MAX 1024 /* those of all levels, nested ones counted */
#define BERTH_MSG6_DEPTH_MAX 4      /* options within options; deeper ones stay bytes */
#define BERTH_MSG6_RELAYS_MAX 32
#define BERTH_DUID_MIN 3 /* RFC 9915 section 11.1: the type, and 1..128 bytes */
#define BERTH_DUID_MAX 130

/* An option of a message, or one to be sent: then `value` is all of it and the counts are 0. */
typedef struct BerthOption6 {
    uint16_t code;
    uint16_t n_inside; /* options inside, at any depth: the next ones of the list */
    uint16_t head;     /* bytes of `value` before the first of them, where there are any */
    BerthBytes value;
} BerthOption6;

/* A part of the list: the options of a message, of a relay's level, or inside of one option. */
typedef struct BerthOptions6 {
    const BerthOption6 *first;
    unsigned n; /* nested ones counted */
} BerthOptions6;

/* One level of relaying: RELAY-FORW, or RELAY-REPL when a reply is read. */
typedef struct BerthRelay6 {
    uint8_t hops;
    BerthAddr link, peer;
    BerthOptions6 options; /* without the Relay Message option */
} BerthRelay6;

typedef struct BerthMsg6 {
    BerthType6 type; /* the client's, whatever was around it */
    uint32_t xid;    /* 24 bits */
    BerthOptions6 options;
    bool is_relay_reply; /* the levels are RELAY-REPL: no client or relay sends that to a server */
    unsigned n_relays;
    BerthRelay6 relays[BERTH_MSG6_RELAYS_MAX]; /* the first is the nearest to the server */
} BerthMsg6;

/* Empties it; relays without n_relays nobody looks at. */
static inline void berth_msg6_clear(BerthMsg6 *msg)
{
    memset(msg, 0, offsetof(BerthMsg6, relays));
}

/* Why a payload is no message. Every value is a row of core/packet/drops.def. */
typedef enum BerthParse6 {
    BERTH_PARSE6_OK,
    BERTH_PARSE6_SHORT,   /* less than a header, at any level */
    BERTH_PARSE6_RELAY,   /* no Relay Message option, or two; RELAY-REPL within RELAY-FORW */
    BERTH_PARSE6_HOPS,    /* more levels than BERTH_MSG6_RELAYS_MAX */
    BERTH_PARSE6_OPTIONS, /* an option, or one within an IA, runs past its end */
    BERTH_PARSE6_MANY,    /* more options than BERTH_MSG6_OPTIONS_MAX */
    BERTH_PARSE6_LENGTH,  /* an option that the server acts on has no length it may have */
    BERTH_PARSE6_TWICE,   /* two client or server identifiers, or authentications */
    BERTH_PARSE6_DUID,    /* an identifier shorter or longer than a DUID may be */
    BERTH_PARSE6_MEMORY,  /* the arena's limit */
} BerthParse6;

/* Parses into `msg`. Its list is in `arena`, and its bytes stay in `payload`, which has to live as
 * long. Containers that only somebody else's software makes (vendor options, NTP, S46, RSOO, lease
 * queries) and whose inside is broken are options with nothing inside, not a reason to refuse. */
BerthParse6 berth_msg6_parse(BerthMsg6 *msg, BerthBytes payload, BerthArena *arena);

/* ---- walking ---- */

/* The options directly inside of one. */
static inline BerthOptions6 berth_option6_inside(const BerthOption6 *option)
{
    return (BerthOptions6){option + 1, option->n_inside};
}

/* The option after `option` at the same level; NULL after the last. NULL asks for the first. */
static inline const BerthOption6 *berth_options6_next(BerthOptions6 in, const BerthOption6 *option)
{
    const BerthOption6 *next = option ? option + 1 + option->n_inside : in.first;

    return in.n > 0 && next < in.first + in.n ? next : NULL;
}

/* for (BERTH_EACH_OPTION6(option, msg->options)) */
#define BERTH_EACH_OPTION6(option, in)                          \
    const BerthOption6 *option = berth_options6_next(in, NULL); \
    option;                                                     \
    option = berth_options6_next(in, option)

/* The first of that code, NULL when there is none; and the next one after `after` (NULL: first). */
const BerthOption6 *berth_options6_find(BerthOptions6 in, uint16_t code);
const BerthOption6 *berth_options6_find_next(BerthOptions6 in, uint16_t code,
                                             const BerthOption6 *after);

/* The option of the relay nearest to the client that has it, NULL without. */
const BerthOption6 *berth_msg6_relay_option(const BerthMsg6 *msg, uint16_t code);

/* Typed readers of the first one: false when it is absent or its length is wrong. */
bool berth_options6_bytes(BerthOptions6 in, uint16_t code, BerthBytes *ret);
bool berth_options6_u8(BerthOptions6 in, uint16_t code, uint8_t *ret);
bool berth_options6_u16(BerthOptions6 in, uint16_t code, uint16_t *ret);
bool berth_options6_u32(BerthOptions6 in, uint16_t code, uint32_t *ret);
bool berth_options6_addr(BerthOptions6 in, uint16_t code, BerthAddr *ret);
/* Whether an option request (6, or a relay's 43) names the code. */
bool berth_options6_asks(BerthOptions6 in, uint16_t request, uint16_t code);

/* ---- what the options hold ---- */

BerthAddr berth_read_addr6(BerthReader *r);

/* IA_NA, IA_PD; an IA_TA has no times. */
typedef struct BerthIa6 {
    uint32_t iaid, t1, t2;
} BerthIa6;
bool berth_option6_ia(const BerthOption6 *option, BerthIa6 *ret);

/* IAADDR (length 128) and IAPREFIX. False also for a prefix of more than 128 bits. Host bits of a
 * prefix are as they came. */
bool berth_option6_lease(const BerthOption6 *option, BerthIaLease6 *ret);

typedef struct BerthStatusOption6 {
    uint16_t status; /* BerthStatus6, or what nobody knows */
    BerthBytes text;
} BerthStatusOption6;
bool berth_option6_status(const BerthOption6 *option, BerthStatusOption6 *ret);

/* Vendor class (16), vendor options (17), remote-id (37): an enterprise and what it defines. */
typedef struct BerthVendor6 {
    uint32_t enterprise;
    BerthBytes value;
} BerthVendor6;
bool berth_option6_vendor(const BerthOption6 *option, BerthVendor6 *ret);
/* The first option of that code (16, 17 or 37) that is of the enterprise, NULL without. */
const BerthOption6 *berth_options6_vendor(BerthOptions6 in, uint16_t code, uint32_t enterprise);

/* Client link-layer address (79, RFC 6939). False when it is longer than BERTH_HWADDR_MAX. */
bool berth_option6_hwaddr(const BerthOption6 *option, BerthHwaddr *ret);

/* Client FQDN (39, RFC 4704). The name is as it came, "" for the root, without a dot at
 * its end. False: no domain name, or letters that no text of ours holds. */
#define BERTH_FQDN6_S 1
#define BERTH_FQDN6_O 2
#define BERTH_FQDN6_N 4
typedef struct BerthFqdn6 {
    uint8_t flags;
    bool is_partial; /* no root at its end */
    char name[256];
} BerthFqdn6;
bool berth_option6_fqdn(const BerthOption6 *option, BerthFqdn6 *ret);

/* Prefix exclude (67, RFC 6603): the bits of `excluded` behind the delegated prefix. Reading gives
 * the whole excluded prefix. False: it is not longer than the delegated one, or not inside it. */
bool berth_pd_exclude_read(BerthBytes value, BerthAddr prefix, uint8_t prefix_len,
                           BerthAddr *ret_excluded, uint8_t *ret_len);
bool berth_pd_exclude_write(BerthWriter *w, BerthAddr prefix, uint8_t prefix_len,
                            BerthAddr excluded, uint8_t excluded_len);

/* ---- writing ---- */

/* An option whole, or nothing and `full`. */
void berth_write_option6(BerthWriter *w, uint16_t code, BerthBytes value);
/* An option around what is written until its end: `begin` answers a mark for `end`. When anything
 * in it had no room the writer is `full`, and the caller gives all of it up. */
uint8_t *berth_write_option6_begin(BerthWriter *w, uint16_t code);
void berth_write_option6_end(BerthWriter *w, uint8_t *mark);

void berth_write_addr6(BerthWriter *w, BerthAddr addr);
/* The beginning of IA_NA (3) or IA_PD (25) and of IAADDR or IAPREFIX (by `code`), to be closed. */
uint8_t *berth_write_ia6_begin(BerthWriter *w, uint16_t code, const BerthIa6 *ia);
uint8_t *berth_write_lease6_begin(BerthWriter *w, uint16_t code, const BerthIaLease6 *lease);
void berth_write_status6(BerthWriter *w, BerthStatus6 status, const char *text);

/* What had no room. */
typedef struct BerthMsg6Left {
    unsigned options;
} BerthMsg6Left;

/* Writes type and transaction id of `msg` and the n options in their order, and around them a
 * RELAY-REPL for each relay of `query` (RFC 9915 section 19.3): hop count and addresses as they
 * came, Interface-Id and relay port (RFC 8357) echoed, and what the relay asks to be echoed (RFC
 * 4994). An option for which the ones before it left no room is left out and counted; but without
 * identifiers, IAs and status codes there is no answer: -ENOSPC. Returns the length of all. */
int berth_msg6_write(const BerthMsg6 *msg, const BerthOption6 *options, size_t n,
                     const BerthMsg6 *query, BerthWriter *buffer, BerthMsg6Left *ret_left);

/* ---- text ---- */

/* "SOLICIT", or "UNKNOWN"; Kea's spelling. "NoAddrsAvail", or "". */
const char *berth_type6_name(BerthType6 type);
const char *berth_status6_name(uint16_t status);

/* Appends one line a field, as the vectors in tests/wire compare it: for each relay "relay 0 hops 1
 * link 2001:db8:: peer fe80::1" and its options as "relay 0 18 interface-id: 0x01"; then type,
 * transaction id and options, one inside another as "3.5 iaaddr: 2001:db8::1, 0, 0". Printable
 * ASCII. */
void berth_msg6_text(const BerthMsg6 *msg, GString *ret);
