/* addr - BerthAddr: order, arithmetic, prefixes. Its text and hex text are in berth/types.h.
 *
 * Arithmetic treats an address as a 128-bit number, so ranges of IPv4 and IPv6 addresses and of
 * delegated prefixes are one thing. */
#pragma once

#include <berth/types.h>
#include <endian.h>
#include <netinet/in.h>

__extension__ typedef unsigned __int128 BerthU128;

/* Longest text of an address with "/128" and its NUL. */
#define BERTH_PREFIX_TEXT 50

/* What is leased: a prefix, or an address, which is a prefix of all its bits (32 or 128). */
typedef struct BerthPrefix {
    BerthAddr addr;
    uint8_t len; /* within the family of the address */
} BerthPrefix;

static inline BerthAddr berth_addr4(uint32_t host_order)
{
    return (BerthAddr){{[10] = 0xff,
                        [11] = 0xff,
                        [12] = host_order >> 24,
                        [13] = host_order >> 16,
                        [14] = host_order >> 8,
                        [15] = host_order}};
}

/* The IPv4 address in host byte order; only for addresses with berth_addr_is4(). */
static inline uint32_t berth_addr_to4(BerthAddr a)
{
    return (uint32_t)a.b[12] << 24 | (uint32_t)a.b[13] << 16 | (uint32_t)a.b[14] << 8 | a.b[15];
}

static inline bool berth_addr_equal(BerthAddr a, BerthAddr b)
{
    return memcmp(a.b, b.b, sizeof(a.b)) == 0;
}

static inline bool berth_addr_is_any(BerthAddr a) /* 0.0.0.0 or :: */
{
    return berth_addr_equal(a, BERTH_ADDR4_ANY) || berth_addr_equal(a, BERTH_ADDR6_ANY);
}

bool berth_addr_is_link_local(BerthAddr a); /* fe80::/10 */
bool berth_addr_is_multicast(BerthAddr a);  /* of either family */

static inline BerthU128 berth_addr_to_number(BerthAddr a)
{
    uint64_t halves[2];

    memcpy(halves, a.b, sizeof(a.b));
    return (BerthU128)be64toh(halves[0]) << 64 | be64toh(halves[1]);
}

static inline int berth_addr_compare(BerthAddr a, BerthAddr b)
{
    BerthU128 x = berth_addr_to_number(a), y = berth_addr_to_number(b);

    return (x > y) - (x < y);
}

BerthAddr berth_addr_from_number(BerthU128 number);

BerthAddr berth_addr_from_in(struct in_addr in);
BerthAddr berth_addr_from_in6(const struct in6_addr *in6);
struct in_addr berth_addr_to_in(BerthAddr a);

/* Reads "192.0.2.0/24"; the length counts within the family (0..32 or 0..128). Host bits are
 * allowed and kept; see berth_prefix_first. Returns 0 or -EINVAL. */
int berth_prefix_parse(const char *text, BerthAddr *ret_addr, uint8_t *ret_len);

/* First and last address of the prefix that `a` lies in; `len` counts within the family of `a`. */
BerthAddr berth_prefix_first(BerthAddr a, uint8_t len);
BerthAddr berth_prefix_last(BerthAddr a, uint8_t len);
bool berth_prefix_equal(BerthPrefix a, BerthPrefix b);
/* Whether they have an address in common: one of them contains the other. Of one family. */
bool berth_prefix_overlaps(BerthPrefix a, BerthPrefix b);
bool berth_prefix_contains(BerthAddr prefix, uint8_t len, BerthAddr a);
