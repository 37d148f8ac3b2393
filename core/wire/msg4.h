/* msg4 - a DHCPv4 message: parsed once into one linear copy, written under the client's size limit.
 *
 * Parsing (RFC 2131 section 2 and 4.1, RFC 2132, RFC 3396) checks the fixed part and the cookie,
 * walks options, then file and sname when option 52 says so, joins repeated options in that order
 * and leaves an O(1) index by code. Meaning is left to core/v4, text to opttype. Writing places
 * options in the given order, the relay agent information last, splits what is longer than 255
 * bytes, uses file and sname when the option field is full, and never exceeds the limit: it leaves
 * out and reports. */
#pragma once

#include "core/base/arena.h"
#include "core/base/bytes.h"
#include <berth/packet.h>

#define BERTH_BOOTREQUEST 1
#define BERTH_BOOTREPLY 2
#define BERTH_FLAG4_BROADCAST 0x8000
#define BERTH_MSG4_MIN 300    /* least BOOTP message sent, RFC 1542 section 2.1 */
#define BERTH_MSG4_HEADER 240 /* fixed part and cookie */
#define BERTH_MSG4_MAX 65507  /* largest UDP payload */
#define BERTH_IP_UDP4 28      /* what IP and UDP take of the size in option 57 */

#define BERTH_SNAME4 64 /* most in these fields */
#define BERTH_FILE4 128
#define BERTH_CHADDR4 16

/* The fixed part as it is on the wire (RFC 2131 figure 1), and the cookie; numbers are big endian.
 */
typedef struct __attribute__((packed)) BerthWire4 {
    uint8_t op, htype, hlen, hops;
    uint32_t xid;
    uint16_t secs, flags;
    uint8_t ciaddr[4], yiaddr[4], siaddr[4], giaddr[4];
    uint8_t chaddr[BERTH_CHADDR4];
    char sname[BERTH_SNAME4], file[BERTH_FILE4];
    uint32_t cookie;
} BerthWire4;
#define BERTH_COOKIE4 0x63825363

typedef struct BerthMsg4 {
    uint8_t op, hops;
    uint16_t secs, flags;
    uint32_t xid;
    BerthAddr ciaddr, yiaddr, siaddr, giaddr;
    BerthHwaddr hwaddr;     /* htype, hlen, chaddr */
    BerthType4 type;        /* option 53, 0 when absent */
    bool has_option[256];   /* by code; option.len may be 0 */
    BerthBytes option[256]; /* joined per RFC 3396; only where has_option */
    char sname[BERTH_SNAME4 + 1], file[BERTH_FILE4 + 1]; /* text, when they do not hold options */
} BerthMsg4;

/* Empties all but the options: what a message that is written has. */
static inline void berth_msg4_clear_fixed(BerthMsg4 *msg)
{
    memset(msg, 0, offsetof(BerthMsg4, has_option));
    *msg->sname = *msg->file = '\0';
}

/* Empties it. The bytes of options stay as they are: without has_option nobody looks at them, and
 * they are most of what a message takes. */
static inline void berth_msg4_clear(BerthMsg4 *msg)
{
    berth_msg4_clear_fixed(msg);
    memset(msg->has_option, 0, sizeof(msg->has_option));
}

/* Why a payload is no message. Every value is a row of core/packet/drops.def. */
typedef enum BerthParse4 {
    BERTH_PARSE4_OK,
    BERTH_PARSE4_SHORT,    /* less than the fixed part and the cookie */
    BERTH_PARSE4_COOKIE,   /* no DHCP magic cookie: BOOTP without vendor field, or noise */
    BERTH_PARSE4_OP,       /* op is not BOOTREQUEST (or BOOTREPLY when reading as a client) */
    BERTH_PARSE4_HLEN,     /* hlen > 16 */
    BERTH_PARSE4_OPTIONS,  /* the option field ends inside an option, or has no END */
    BERTH_PARSE4_OVERLOAD, /* option 52 is not 1, 2 or 3, or what it announces is malformed */
    BERTH_PARSE4_LENGTH,   /* a fixed-size option has another size (RFC 2132) */
    BERTH_PARSE4_MEMORY,   /* the arena's limit */
} BerthParse4;

/* Parses into `msg`. Its options are in `payload`, and in `arena` where they came in parts: both
 * must live as long as it is read. `op` is what is expected. */
BerthParse4 berth_msg4_parse(BerthMsg4 *msg, BerthBytes payload, uint8_t op, BerthArena *arena);

/* Typed readers: false when the option is absent or its length is wrong. */
bool berth_msg4_u8(const BerthMsg4 *msg, uint8_t code, uint8_t *ret);
bool berth_msg4_u16(const BerthMsg4 *msg, uint8_t code, uint16_t *ret);
bool berth_msg4_u32(const BerthMsg4 *msg, uint8_t code, uint32_t *ret);
bool berth_msg4_addr(const BerthMsg4 *msg, uint8_t code, BerthAddr *ret);
bool berth_msg4_bytes(const BerthMsg4 *msg, uint8_t code, BerthBytes *ret);

/* The first sub-option `sub` of bytes that hold code-length-value items; false when there is none
 * or an item before it runs past the end. */
bool berth_sub4_find(BerthBytes items, uint8_t sub, BerthBytes *ret);
/* Whether there is an item and all lie within `items` (RFC 3046 section 2.0: at least two octets).
 */
bool berth_sub4_valid(BerthBytes items);

/* An option to be sent. */
typedef struct BerthOption4 {
    uint8_t code;
    BerthBytes value;
} BerthOption4;

/* What had no room. */
typedef struct BerthMsg4Left {
    unsigned options; /* 82 among them */
    bool relay_info;
} BerthMsg4Left;

/* Writes `msg` (its has_option and option are not looked at, its type is: option 53 comes first)
 * with the n options in their order, 82 moved to the end, END, and padding to BERTH_MSG4_MIN. Codes
 * 0, 53 and 255 are the writer's own and passed over, and 52 where it has one itself. `limit` is
 * the largest payload; less than BERTH_MSG4_MIN means that. When the option field is too small,
 * options go on in file and sname, as far as these are empty, and option 52 says so (a message
 * without type has no such option); 82 and what is
 * longer than 255 bytes stay out of there. What does not fit is left out: each option for which the
 * ones before it left no room, with room kept for 82, unless that would cost an option that no
 * reply can do without (54, 51, 58, 59, 1, 61): then 82 is (RFC 3046 section 2.2). Returns the
 * length, or -ENOSPC when `buffer` is less than BERTH_MSG4_MIN. */
int berth_msg4_write(const BerthMsg4 *msg, const BerthOption4 *options, size_t n, size_t limit,
                     BerthWriter *buffer, BerthMsg4Left *ret_left);

/* "DHCPDISCOVER", or "UNKNOWN"; Kea's spelling. */
const char *berth_type4_name(BerthType4 type);

/* Appends one line a field, as the vectors in tests/wire compare it; what is zero or empty has
 * none. An option is "12 host-name: laptop", a sub-option "82.1 circuit-id: 0x0102". Printable
 * ASCII. */
void berth_msg4_text(const BerthMsg4 *msg, GString *ret);
