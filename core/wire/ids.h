/* ids - identifiers of clients and their text: client-id, DUID, hardware address, the log label. */
#pragma once

#include "core/wire/msg4.h"
#include "core/wire/msg6.h"

/* "[hwtype=1 aa:bb:cc:dd:ee:ff], cid=[01:aa:…], tid=0x1a2b" with "no hwaddr info" and "no info"
 * where absent. At most `size` - 1 characters; returns `buffer`. */
#define BERTH_LABEL_SIZE 900
const char *berth_label4(const BerthMsg4 *msg, char *buffer, size_t size);
/* "duid=[00:01:…], [hwtype=1 aa:bb:cc:dd:ee:ff], tid=0x1a2b", "no info" for a missing DUID; nothing
 * for a hardware address of len 0. */
const char *berth_label6(const BerthMsg6 *msg, BerthHwaddr hwaddr, char *buffer, size_t size);

/* Types of DUID, RFC 9915 section 11 and RFC 6355. */
typedef enum BerthDuidType {
    BERTH_DUID_LLT = 1,
    BERTH_DUID_EN,
    BERTH_DUID_LL,
    BERTH_DUID_UUID,
} BerthDuidType;

/* Whether it has a length that a DUID may have: to all but its owner it is opaque. */
static inline bool berth_duid_is_valid(BerthBytes duid)
{
    return duid.len >= BERTH_DUID_MIN && duid.len <= BERTH_DUID_MAX;
}

/* Its type, 0 when it is too short for one. */
uint16_t berth_duid_type(BerthBytes duid);
/* Why the bytes are no DUID of the type that they name, NULL when they are: for one that somebody
 * wrote down. A type that nobody knows is fine. */
const char *berth_duid_unfit(BerthBytes duid);
/* The hardware address in a DUID-LLT or DUID-LL. */
bool berth_duid_hwaddr(BerthBytes duid, BerthHwaddr *ret);
/* "00:01:…", the text that berth_duid_parse reads; at most `size` - 1 characters. */
#define BERTH_DUID_TEXT (3 * BERTH_DUID_MAX + 1)
const char *berth_duid_text(BerthBytes duid, char *buffer, size_t size);
/* Reads hex as berth_hex_parse does, and checks it: the length, or -EINVAL. */
int berth_duid_parse(const char *text, uint8_t ret[BERTH_DUID_MAX]);

/* Makes one, and answers its length. `time_sec` is since 2000 (RFC 9915 section 11.2). -EINVAL: an
 * empty or too long identifier. */
int berth_duid_make_llt(uint32_t time_sec, const BerthHwaddr *hwaddr, uint8_t ret[BERTH_DUID_MAX]);
int berth_duid_make_ll(const BerthHwaddr *hwaddr, uint8_t ret[BERTH_DUID_MAX]);
int berth_duid_make_en(uint32_t enterprise, BerthBytes id, uint8_t ret[BERTH_DUID_MAX]);
