/* hostname - what a client calls itself, as it is kept with its lease: by Kea's rules for a server
 * that sends no name to DNS, with Kea's defaults.
 *
 * Of a name letters, digits, '.' and '-' are kept (hostname-char-set), small. Option 81 comes
 * before option 12 and is always written with the dot of the root. */
#include "core/v4/steps4.h"

#define LABEL_MAX 63
#define TEXT_MAX 254
#define NAME_MAX_LEN 255 /* of a lease */
/* RFC 4702 section 2.1 */
#define FQDN_HEADER 3
#define FQDN_S 1 /* the server shall update A records */
#define FQDN_E 4 /* the name is in wire format */
#define FQDN_N 8 /* the server shall update nothing */

typedef enum Given {
    GIVEN_NOTHING,
    GIVEN_NAME,
    GIVEN_EMPTY, /* the client wants one */
} Given;

static void add_kept(BerthWriter *name, BerthBytes text)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = (char)text.data[i];

        if (g_ascii_isalnum(c) || c == '.' || c == '-')
            berth_write_u8(name, (uint8_t)g_ascii_tolower(c));
    }
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
    add_kept(name, text);
    if (first_dot(name) + 1 == name->at)
        name->at--;
    return name->at > name->start ? GIVEN_NAME : GIVEN_NOTHING;
}

/* RFC 4702 section 2.3.1: without the root's label the name is partial, which makes no difference
 * here. */
static bool add_labels(BerthWriter *name, BerthBytes wire)
{
    BerthReader r = berth_reader(wire);

    while (berth_reader_left(&r)) {
        size_t len = berth_read_u8(&r);
        BerthBytes label = berth_read(&r, len);

        if (len > LABEL_MAX || r.failed)
            return false;
        if (len == 0)
            break;
        add_kept(name, label);
        berth_write_u8(name, '.');
    }
    return true;
}

static bool add_ascii(BerthWriter *name, BerthBytes text)
{
    if (!is_well_formed(text))
        return false;
    add_kept(name, text);
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

static Given read_fqdn(BerthBytes value, BerthWriter *name)
{
    uint8_t flags = value.len >= FQDN_HEADER ? value.data[0] : FQDN_S | FQDN_N;
    BerthBytes rest = {value.data + FQDN_HEADER, value.len - FQDN_HEADER};

    /* RFC 4702 section 2.1: never both. */
    if ((flags & FQDN_S) && (flags & FQDN_N))
        return GIVEN_NOTHING;
    if (rest.len == 0)
        return GIVEN_EMPTY;
    if (!(flags & FQDN_E ? add_labels : add_ascii)(name, rest))
        return GIVEN_NOTHING;
    return has_more_than_dots(name) ? GIVEN_NAME : GIVEN_NOTHING;
}

static void make_name(BerthWriter *name, BerthAddr addr, bool qualified)
{
    const uint8_t *b = addr.b + 12;
    char text[40];

    g_snprintf(text, sizeof(text), "myhost-%u-%u-%u-%u%s", b[0], b[1], b[2], b[3],
               qualified ? "." : "");
    berth_write(name, berth_bytes(text));
}

BerthBytes v4_hostname(BerthPacket *pkt, BerthAddr addr)
{
    const BerthMsg4 *query = &pkt->v4.query;
    bool has_fqdn = query->has_option[BERTH_DHO_FQDN];
    BERTH_UNCLEARED uint8_t buffer[NAME_MAX_LEN];
    BerthWriter name = berth_writer(buffer, sizeof(buffer));
    Given given = GIVEN_NOTHING;

    if (has_fqdn)
        given = read_fqdn(query->option[BERTH_DHO_FQDN], &name);
    else if (query->has_option[BERTH_DHO_HOST_NAME])
        given = read_host_name(query->option[BERTH_DHO_HOST_NAME], &name);
    if (given == GIVEN_EMPTY)
        make_name(&name, addr, has_fqdn);
    if (given == GIVEN_NOTHING || name.full)
        return (BerthBytes){0};
    return berth_arena_copy(&pkt->arena, berth_writer_bytes(&name));
}
