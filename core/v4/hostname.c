/* hostname - what a client calls itself, as it is kept with its lease and told in the reply: by
 * Kea's rules for a server that sends no name to DNS.
 *
 * Of a name is kept what hostname-char-set leaves, in small letters. Option 81 comes before option
 * 12 and is always written with the dot of the root. */
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
    GIVEN_EMPTY, /* the client wants one, or shall have one whatever it wants */
} Given;

static bool replaces(const BerthNaming *naming, bool is_present)
{
    return naming->mode == BERTH_NAME_ALWAYS ||
           naming->mode == (is_present ? BERTH_NAME_WHEN_PRESENT : BERTH_NAME_WHEN_NOT_PRESENT);
}

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

/* A dot that is not the root's. */
static bool has_domain(BerthBytes text)
{
    return text.len > 0 && memchr(text.data, '.', text.len - 1);
}

/* A name without a domain loses its last dot, for it may be part of a longer one. */
static Given read_host_name(BerthBytes text, const BerthNaming *naming, BerthWriter *name)
{
    text = trim(text);
    if (text.len == 1 && text.data[0] == '.')
        return GIVEN_EMPTY;
    if (text.len == 0 || !is_well_formed(text))
        return GIVEN_NOTHING;
    if (replaces(naming, true))
        return GIVEN_EMPTY;
    berth_name_add_kept(name, naming, text);
    if (name->at == name->start || *name->start == '.')
        return GIVEN_NOTHING;
    if (!has_domain(text))
        berth_name_qualify(name, naming, false);
    return GIVEN_NAME;
}

static bool add_ascii(BerthWriter *name, const BerthNaming *naming, BerthBytes text)
{
    if (!is_well_formed(text))
        return false;
    berth_name_add_dotted(name, naming, text);
    berth_name_add_root(name);
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
static bool add_fqdn_name(BerthWriter *name, const BerthNaming *naming, BerthBytes value)
{
    uint8_t flags = value.len >= FQDN_HEADER ? value.data[0] : FQDN_S | FQDN_N;
    BerthBytes rest;

    /* RFC 4702 section 2.1: never both. */
    if ((flags & FQDN_S) && (flags & FQDN_N))
        return false;
    rest = (BerthBytes){value.data + FQDN_HEADER, value.len - FQDN_HEADER};
    return (flags & FQDN_E ? berth_name_add_labels : add_ascii)(name, naming, rest);
}

/* RFC 4702 section 3.1: a partial name lacks the root's label, or in ASCII the last dot. */
static bool is_partial(BerthBytes value)
{
    return value.data[value.len - 1] != (value.data[0] & FQDN_E ? '\0' : '.');
}

static Given read_fqdn(BerthBytes value, const BerthNaming *naming, BerthWriter *name)
{
    if (!add_fqdn_name(name, naming, value))
        return GIVEN_NOTHING;
    if (value.len == FQDN_HEADER)
        return GIVEN_EMPTY;
    if (!has_more_than_dots(name) || berth_name_has_gap(berth_writer_bytes(name)))
        return GIVEN_NOTHING;
    if (replaces(naming, true)) {
        name->at = name->start;
        return GIVEN_EMPTY;
    }
    if (is_partial(value))
        berth_name_qualify(name, naming, true);
    return GIVEN_NAME;
}

/* Whether option 81 can be read, if it is there. */
static bool fqdn_is_sound(const BerthPacket *pkt)
{
    BERTH_UNCLEARED uint8_t buffer[BERTH_NAME_MAX];
    BerthWriter name = berth_writer(buffer, sizeof(buffer));
    BerthBytes value;

    return !berth_msg4_bytes(&pkt->v4.query, BERTH_DHO_FQDN, &value) ||
           add_fqdn_name(&name, NULL, value);
}

bool v4_fqdn_is_good(const BerthPacket *pkt)
{
    return pkt->conf->v4.lenient_options || fqdn_is_sound(pkt);
}

/* With lenient-option-parsing one that can't be read is not there. */
static bool has_fqdn(const BerthPacket *pkt)
{
    return pkt->v4.query.has_option[BERTH_DHO_FQDN] &&
           (!pkt->conf->v4.lenient_options || fqdn_is_sound(pkt));
}

BerthBytes v4_reserved_name(BerthPacket *pkt, const char *name, BerthAddr addr)
{
    BERTH_UNCLEARED uint8_t buffer[BERTH_NAME_MAX];
    BerthWriter w = berth_writer(buffer, sizeof(buffer));

    for (const char *at = name; *at; at++)
        berth_write_u8(&w, (uint8_t)g_ascii_tolower(*at));
    berth_name_qualify(&w, berth_conf_naming_of(pkt->subnet, addr), has_fqdn(pkt));
    if (w.full)
        return (BerthBytes){0};
    return berth_arena_copy(&pkt->arena, berth_writer_bytes(&w));
}

BerthBytes v4_hostname(BerthPacket *pkt, BerthAddr addr)
{
    const BerthMsg4 *query = &pkt->v4.query;
    const BerthHost *host = berth_packet_host(pkt);
    const BerthNaming *naming = berth_conf_naming_of(pkt->subnet, addr);
    const bool full = has_fqdn(pkt);
    BERTH_UNCLEARED uint8_t buffer[BERTH_NAME_MAX];
    BerthWriter name = berth_writer(buffer, sizeof(buffer));
    Given given = GIVEN_NOTHING;

    if (host && berth_host_hostname(host)[0])
        return v4_reserved_name(pkt, berth_host_hostname(host), addr);
    if (full)
        given = read_fqdn(query->option[BERTH_DHO_FQDN], naming, &name);
    else if (query->has_option[BERTH_DHO_HOST_NAME])
        given = read_host_name(query->option[BERTH_DHO_HOST_NAME], naming, &name);
    else if (replaces(naming, false))
        given = GIVEN_EMPTY;
    if (given == GIVEN_EMPTY) {
        berth_name_make(&name, naming, addr);
        berth_name_qualify(&name, naming, full);
    }
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

int v4_add_name(BerthPacket *pkt, const BerthLease *lease)
{
    const BerthBytes name = lease->hostname;
    const BerthMsg4 *query = &pkt->v4.query;
    const bool has_name = query->has_option[BERTH_DHO_HOST_NAME];

    if (has_fqdn(pkt) && query->option[BERTH_DHO_FQDN].len >= FQDN_HEADER)
        return add_fqdn(pkt, query->option[BERTH_DHO_FQDN].data[0], name);
    if (name.len == 0 ||
        (!has_name && !replaces(berth_conf_naming_of(pkt->subnet, lease->addr), false)))
        return 0;
    return berth_packet4_add_option(pkt, BERTH_DHO_HOST_NAME, name);
}
