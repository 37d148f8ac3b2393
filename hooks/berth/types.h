/* berth/types.h - the few plain values that core, plugins and tests all speak in.
 *
 * Everything else a plugin meets is opaque and reached by functions (berth/plugin.h). These are
 * passed by value, own nothing, and will not change their layout within major version 1. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* A run of bytes that somebody else owns. `data` may be NULL when `len` is 0. Not NUL-terminated.
 */
typedef struct BerthBytes {
    const uint8_t *data;
    size_t len;
} BerthBytes;

/* The bytes of a string, its NUL left out. */
static inline BerthBytes berth_bytes(const char *text)
{
    return (BerthBytes){(const uint8_t *)text, text ? strlen(text) : 0};
}

static inline bool berth_bytes_equal(BerthBytes a, BerthBytes b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

static inline bool berth_bytes_start_with(BerthBytes bytes, const char *prefix)
{
    size_t len = strlen(prefix);

    return bytes.len >= len && (len == 0 || memcmp(bytes.data, prefix, len) == 0);
}

/* An address of either family in network byte order. IPv4 is kept as ::ffff:a.b.c.d, so that one
 * comparison, one hash and one arithmetic serve both; no DHCPv6 lease is ever v4-mapped. */
typedef struct BerthAddr {
    uint8_t b[16];
} BerthAddr;

/* Text of an address into a buffer of BERTH_ADDR_TEXT bytes; returns the buffer. */
#define BERTH_ADDR_TEXT 46
const char *berth_addr_text(BerthAddr addr, char *buffer);
/* Reads "192.0.2.1" or "2001:db8::1". 0, or -EINVAL with *ret untouched. */
int berth_addr_parse(const char *text, BerthAddr *ret);
bool berth_addr_is4(BerthAddr addr);

/* Lower-case hex with `separator` between the bytes (0: none), at most `size` - 1 characters,
 * always terminated; returns `buffer`. "aa:bb:cc" for a hardware address or client identifier. */
const char *berth_hex_text(BerthBytes bytes, char separator, char *buffer, size_t size);
/* Reads hex digits, with or without a ':' ' ' or '-' between bytes and with or without "0x"; "a:b"
 * means 0a 0b. The number of bytes, -EINVAL, or -ENOSPC when they exceed `size`. */
int berth_hex_parse(const char *text, uint8_t *ret, size_t size);

/* 0.0.0.0 and ::, "no address" in their family. */
#define BERTH_ADDR4_ANY ((BerthAddr){{[10] = 0xff, [11] = 0xff}})
#define BERTH_ADDR6_ANY ((BerthAddr){{0}})

/* A link-layer address: ARP hardware type (1 = Ethernet) and at most 20 bytes. len 0: none known.
 */
#define BERTH_HWADDR_MAX 20
typedef struct BerthHwaddr {
    uint16_t type;
    uint8_t len;
    uint8_t bytes[BERTH_HWADDR_MAX];
} BerthHwaddr;

/* The four words that steps and callouts answer with. What SKIP and PARK mean at a hook point, and
 * whether they are allowed there, is the row of that point in hooks/points.def. */
typedef enum BerthVerdict {
    BERTH_CONTINUE, /* go on */
    BERTH_SKIP,     /* leave out what this point is about */
    BERTH_DROP,     /* the packet ends here, counted under a reason */
    BERTH_PARK,     /* wait; somebody holds a ticket and will resume it, or its deadline passes */
} BerthVerdict;

/* Names a parked packet. 0 is no ticket. A ticket is good for exactly one resume. */
typedef uint64_t BerthTicket;

/* Seriousness of a log message, Kea's words. */
typedef enum BerthLevel {
    BERTH_DEBUG,
    BERTH_INFO,
    BERTH_WARN,
    BERTH_ERROR,
    BERTH_FATAL,
} BerthLevel;
