/* addr - see addr.h; and the text of addresses and of plain bytes (berth/types.h). */
#include "core/base/addr.h"

#include <arpa/inet.h>
#include <endian.h>
#include <errno.h>
#include <glib.h>

bool berth_addr_is4(BerthAddr a)
{
    return memcmp(a.b, BERTH_ADDR4_ANY.b, 12) == 0;
}

bool berth_addr_is_link_local(BerthAddr a)
{
    return a.b[0] == 0xfe && (a.b[1] & 0xc0) == 0x80;
}

bool berth_addr_is_multicast(BerthAddr a)
{
    return berth_addr_is4(a) ? a.b[12] >> 4 == 14 : a.b[0] == 0xff;
}

BerthAddr berth_addr_from_number(BerthU128 number)
{
    const uint64_t halves[2] = {htobe64((uint64_t)(number >> 64)), htobe64((uint64_t)number)};
    BerthAddr a;

    memcpy(a.b, halves, sizeof(a.b));
    return a;
}

BerthAddr berth_addr_from_in(struct in_addr in)
{
    return berth_addr4(ntohl(in.s_addr));
}

BerthAddr berth_addr_from_in6(const struct in6_addr *in6)
{
    BerthAddr a;

    memcpy(a.b, in6, sizeof(a.b));
    return a;
}

struct in_addr berth_addr_to_in(BerthAddr a)
{
    return (struct in_addr){htonl(berth_addr_to4(a))};
}

/* Each row of a lease file has an address, so none goes through printf as in inet_ntop(). */
static void write_dotted(const uint8_t *octets, char *at)
{
    for (int i = 0; i < 4; i++) {
        unsigned octet = octets[i];

        if (octet >= 100)
            *at++ = (char)('0' + octet / 100);
        if (octet >= 10)
            *at++ = (char)('0' + octet / 10 % 10);
        *at++ = (char)('0' + octet % 10);
        *at++ = i < 3 ? '.' : '\0';
    }
}

static char *write_group(unsigned group, char *at)
{
    static const char digits[] = "0123456789abcdef";

    for (int shift = group >= 0x1000  ? 12
                     : group >= 0x100 ? 8
                     : group >= 0x10  ? 4
                                      : 0;
         shift >= 0; shift -= 4)
        *at++ = digits[group >> shift & 15];
    return at;
}

/* RFC 5952 section 4.2: "::" is the longest run of zero groups, the first of equal ones, and no
 * single group. */
static int longest_run(const unsigned groups[8], int *ret_begin)
{
    int longest = 1;

    for (int i = 0, run = 0; i < 8; i++) {
        run = groups[i] ? 0 : run + 1;
        if (run > longest) {
            longest = run;
            *ret_begin = i + 1 - run;
        }
    }
    return longest > 1 ? longest : 0;
}

static void write_groups(const uint8_t *octets, char *at)
{
    unsigned groups[8];
    int begin = -1, len;

    for (size_t i = 0; i < 8; i++)
        groups[i] = (unsigned)octets[2 * i] << 8 | octets[2 * i + 1];
    len = longest_run(groups, &begin);
    for (int i = 0; i < 8; i++) {
        if (i == begin) {
            i += len - 1;
            *at++ = ':';
            if (i == 7)
                *at++ = ':';
            continue;
        }
        if (i > 0)
            *at++ = ':';
        at = write_group(groups[i], at);
    }
    *at = '\0';
}

const char *berth_addr_text(BerthAddr addr, char *buffer)
{
    static const uint8_t zeros[8];

    if (berth_addr_is4(addr))
        write_dotted(addr.b + 12, buffer);
    else if (memcmp(addr.b, zeros, sizeof(zeros)) != 0)
        write_groups(addr.b, buffer);
    else /* ::1, and those with an IPv4 address at their end */
        inet_ntop(AF_INET6, addr.b, buffer, BERTH_ADDR_TEXT);
    return buffer;
}

int berth_addr_parse(const char *text, BerthAddr *ret)
{
    BerthAddr a = BERTH_ADDR4_ANY;

    if (inet_pton(AF_INET, text, a.b + 12) == 1) {
        *ret = a;
        return 0;
    }
    /* A mapped address written in the IPv6 way would silently change its family. */
    if (inet_pton(AF_INET6, text, a.b) != 1 || berth_addr_is4(a))
        return -EINVAL;
    *ret = a;
    return 0;
}

/* One to three digits up to `max`; -1 otherwise. strtoul would take signs and spaces. */
static int parse_len(const char *text, int max)
{
    int len = 0;

    if (strlen(text) - 1 > 2)
        return -1;
    for (; *text; text++) {
        if (!g_ascii_isdigit(*text))
            return -1;
        len = len * 10 + (*text - '0');
    }
    return len <= max ? len : -1;
}

int berth_prefix_parse(const char *text, BerthAddr *ret_addr, uint8_t *ret_len)
{
    const char *slash = strchr(text, '/');
    char head[BERTH_ADDR_TEXT];
    BerthAddr a;
    int len;

    if (!slash || (size_t)(slash - text) >= sizeof(head))
        return -EINVAL;
    memcpy(head, text, (size_t)(slash - text));
    head[slash - text] = 0;
    if (berth_addr_parse(head, &a) < 0)
        return -EINVAL;
    len = parse_len(slash + 1, berth_addr_is4(a) ? 32 : 128);
    if (len < 0)
        return -EINVAL;
    *ret_addr = a;
    *ret_len = (uint8_t)len;
    return 0;
}

/* The bits of an address of `a`'s family that are not in a prefix of `len`. */
static BerthU128 host_mask(BerthAddr a, uint8_t len)
{
    unsigned width = berth_addr_is4(a) ? 32 : 128;

    if (len >= width)
        return 0;
    return len == 0 && width == 128 ? ~(BerthU128)0 : ((BerthU128)1 << (width - len)) - 1;
}

BerthAddr berth_prefix_first(BerthAddr a, uint8_t len)
{
    return berth_addr_from_number(berth_addr_to_number(a) & ~host_mask(a, len));
}

BerthAddr berth_prefix_last(BerthAddr a, uint8_t len)
{
    return berth_addr_from_number(berth_addr_to_number(a) | host_mask(a, len));
}

bool berth_prefix_contains(BerthAddr prefix, uint8_t len, BerthAddr a)
{
    /* Masked within its own family, an address never comes to look like one of the other. */
    return berth_addr_equal(berth_prefix_first(prefix, len), berth_prefix_first(a, len));
}

bool berth_prefix_equal(BerthPrefix a, BerthPrefix b)
{
    return a.len == b.len && berth_addr_equal(a.addr, b.addr);
}

bool berth_prefix_overlaps(BerthPrefix a, BerthPrefix b)
{
    return a.len < b.len ? berth_prefix_contains(a.addr, a.len, b.addr)
                         : berth_prefix_contains(b.addr, b.len, a.addr);
}
