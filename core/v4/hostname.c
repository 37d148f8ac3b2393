/* hostname - what a client calls itself, as it is kept with its lease and told in the reply: by
 * Kea's rules for a server that sends no name to DNS, with Kea's defaults.
 *
 * Of a name letters, digits, '.' and '-' are kept (hostname-char-set), small. Option 81 comes
 * before option 12 and is always written with the dot of the root. */
#include "core/packet/name.h"
#include "core/v4/steps4.h"

#include <errno.h>

#define LABEL_MAX 63
#define TEXT_MAX 254
/* RFC 4702 section 2.1 */
#define FQDN_HEADER 3
#define FQDN_S 1 /* the server shall update A records */
#define FQDN_O 2 /* the server does not as the client wants */
#define FQDN_E 4 /* the name is in wire format */
#define FQDN_N 8 /* the server shall update nothing */
#define FQDN_RCODE 255

typedef enum Given {
    GIVEN_NOTHING,
    GIVEN_NAME,
    GIVEN_EMPTY, /* the client wants one */
} Given;

/* RFC 1035 section 3.1: labels of 1 to 63 octets; the last one of a name is the root's. */
static bool is_well_formed(BerthBytes name)
{
    size_t len = 0;

    for (size_t i = 0; i < name.len; i++) {
        len = name.data[i] == '.' ? 0 : len + 1;
        if (len > LABEL_MAX || (len == 0 && (i == 0 || name.data[i - 1] == '.')))
            return false;
    }
    return name.len <= TEXT_MAX;
}

static bool is_margin(uint8_t c)
{
    return c == '\0' || g_ascii_isspace((char)c);
}

static BerthBytes trim(BerthBytes text)
{
    while (text.len && is_margin(text.data[text.len - 1]))
        text.len--;
    while (text.len && is_margin(text.data[0])) {
        text.data++;
        text.len--;
    }
    return text;
}

/* Its end: there is none. */
static const uint8_t *first_dot(const BerthWriter *name)
{
    const uint8_t *at = name->start;

    while (at < name->at && *at != '.')
        at++;
    return at;
}

/* A name without a domain loses its last dot, for it may be part of a longer one. */
static Given read_host_name(BerthBytes text, BerthWriter *name)
{
    text = trim(text);
    if (text.len == 1 && text.data[0] == '.')
        return GIVEN_EMPTY;
    if (!is_well_formed(text))
        return GIVEN_NOTHING;
    berth_name_add_kept(name, text);
    if (first_dot(name) + 1 == name->at)
        name->at--;
    return name->at > name->start ? GIVEN_NAME : GIVEN_NOTHING;
}

static bool add_ascii(BerthWriter *name, BerthBytes text)
{
    if (!is_well_formed(text))
        return false;
    berth_name_add_kept(name, text);
    if (name->at > name->start && name->at[-1] != '.')
        berth_write_u8(name, '.');
    return true;
}

static bool has_more_than_dots(const BerthWriter *name)
{
    for (const uint8_t *at = name->start; at < name->at; at++)
        if (*at != '.')
            return true;
    return false;
}

/* False: malformed, or a contradiction. */
static bool add_fqdn_name(BerthWriter *name, BerthBytes value)
{
    uint8_t flags = value.len >= FQDN_HEADER ? value.data[0] : FQDN_S | FQDN_N;
    BerthBytes rest;

    /* RFC 4702 section 2.1: never both. */
    if ((flags & FQDN_S) && (flags & FQDN_N))
        return false;
    rest = (BerthBytes){value.data + FQDN_HEADER, value.len - FQDN_HEADER};
    return (flags & FQDN_E ? berth_name_add_labels : add_ascii)(name, rest);
}

static Given read_fqdn(BerthBytes value, BerthWriter *name)
{
    if (!add_fqdn_name(name, value))
        return GIVEN_NOTHING;
    if (value.len == FQDN_HEADER)
        return GIVEN_EMPTY;
    return has_more_than_dots(name) && !berth_name_has_gap(berth_writer_bytes(name))
               ? GIVEN_NAME
               : GIVEN_NOTHING;
}

bool v4_fqdn_is_good(const BerthPacket *pkt)
{
    BERTH_UNCLEARED uint8_t buffer[BERTH_NAME_MAX];
    BerthWriter name = berth_writer(buffer, sizeof(buffer));
    BerthBytes value;

    return !berth_msg4_bytes(&pkt->v4.query, BERTH_DHO_FQDN, &value) || add_fqdn_name(&name, value);
}

BerthBytes v4_reserved_name(BerthPacket *pkt, const char *name)
{
    BERTH_UNCLEARED uint8_t buffer[BERTH_NAME_MAX];
    BerthWriter w = berth_writer(buffer, sizeof(buffer));

    for (const char *at = name; *at; at++)
        berth_write_u8(&w, (uint8_t)g_ascii_tolower(*at));
    if (w.full)
        return (BerthBytes){0};
    return berth_arena_copy(&pkt->arena, berth_writer_bytes(&w));
}

BerthBytes v4_hostname(BerthPacket *pkt, BerthAddr addr)
{
    const BerthMsg4 *query = &pkt->v4.query;
    const BerthHost *host = berth_packet_host(pkt);
    bool has_fqdn = query->has_option[BERTH_DHO_FQDN];
    BERTH_UNCLEARED uint8_t buffer[BERTH_NAME_MAX];
    BerthWriter name = berth_writer(buffer, sizeof(buffer));
    Given given = GIVEN_NOTHING;

    if (host && berth_host_hostname(host)[0])
        return v4_reserved_name(pkt, berth_host_hostname(host));
    if (has_fqdn)
        given = read_fqdn(query->option[BERTH_DHO_FQDN], &name);
    else if (query->has_option[BERTH_DHO_HOST_NAME])
        given = read_host_name(query->option[BERTH_DHO_HOST_NAME], &name);
    if (given == GIVEN_EMPTY)
        berth_name_make(&name, addr);
    if (given == GIVEN_EMPTY && has_fqdn)
        berth_write_u8(&name, '.');
    if (given == GIVEN_NOTHING || name.full)
        return (BerthBytes){0};
    return berth_arena_copy(&pkt->arena, berth_writer_bytes(&name));
}

/* RFC 4702 section 2.1: the name in the client's encoding. */
static bool write_name(BerthWriter *w, uint8_t flags, BerthBytes name)
{
    if (flags & FQDN_E)
        return berth_name_write_labels(w, name);
    berth_write(w, name);
    if (name.len == 0 || name.data[name.len - 1] != '.')
        berth_write_u8(w, '.');
    return true;
}

/* RFC 4702 section 4: N, and no S, for nothing is sent to DNS. Section 2.2: both RCODEs are 255. */
static int add_fqdn(BerthPacket *pkt, uint8_t asked, BerthBytes name)
{
    const size_t size = FQDN_HEADER + name.len + 2;
    uint8_t *buffer = berth_arena_take(&pkt->arena, size);
    BerthWriter w = berth_writer(buffer, buffer ? size : 0);
    const uint8_t flags = (uint8_t)((asked & FQDN_E) | FQDN_N | (asked & FQDN_S ? FQDN_O : 0));

    berth_write_u8(&w, flags);
    berth_write_u8(&w, FQDN_RCODE);
    berth_write_u8(&w, FQDN_RCODE);
    if (!write_name(&w, flags, name))
        return 0;
    return w.full ? -ENOSPC : berth_packet4_add_option(pkt, BERTH_DHO_FQDN, berth_writer_bytes(&w));
}

int v4_add_name(BerthPacket *pkt, BerthBytes name)
{
    const BerthMsg4 *query = &pkt->v4.query;
    BerthBytes fqdn;

    if (berth_msg4_bytes(query, BERTH_DHO_FQDN, &fqdn) && fqdn.len >= FQDN_HEADER)
        return add_fqdn(pkt, fqdn.data[0], name);
    if (!query->has_option[BERTH_DHO_HOST_NAME] || name.len == 0)
        return 0;
    return berth_packet4_add_option(pkt, BERTH_DHO_HOST_NAME, name);
}
