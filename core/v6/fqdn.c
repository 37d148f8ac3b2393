/* fqdn - what a client is called: what it says (option 39) or what is reserved for it, as it is
 * kept with its leases and told in the reply. By Kea's rules for a server that sends no name to
 * DNS. */
#include "core/packet/hosts.h"
#include "core/packet/name.h"
#include "core/v6/steps6.h"

#include <errno.h>

typedef struct Fqdn {
    uint8_t buffer[BERTH_NAME_MAX];
    BerthWriter name;
    uint8_t flags;
    bool to_make; /* of an address */
} Fqdn;

/* False: it can't be read. */
static bool read_option(BerthBytes value, const BerthNaming *naming, Fqdn *fqdn)
{
    fqdn->name = berth_writer(fqdn->buffer, sizeof(fqdn->buffer));
    if (value.len == 0)
        return false;
    fqdn->flags = value.data[0];
    fqdn->to_make = value.len == 1;
    /* RFC 4704 section 4.1: never both. */
    if ((fqdn->flags & BERTH_FQDN6_S) && (fqdn->flags & BERTH_FQDN6_N))
        return false;
    return berth_name_add_labels(&fqdn->name, naming,
                                 (BerthBytes){value.data + 1, value.len - 1}) &&
           !fqdn->name.full;
}

bool v6_fqdn_is_good(const BerthPacket *pkt)
{
    BerthBytes value;
    BERTH_UNCLEARED Fqdn fqdn;

    /* With lenient-option-parsing one that can't be read is not there. */
    return pkt->conf->v6.lenient_options ||
           !berth_options6_bytes(pkt->v6.query.options, BERTH_D6O_CLIENT_FQDN, &value) ||
           read_option(value, NULL, &fqdn);
}

static const char *reserved_name(const BerthPacket *pkt)
{
    const BerthHost *host = berth_packet_host(pkt);

    return host ? berth_host_hostname(host) : "";
}

/* Of prefixes no name is made: `lease` NULL, and one of them, has what the subnet says. */
static const BerthNaming *naming_of(const BerthPacket *pkt, const BerthLease *lease)
{
    if (!pkt->subnet)
        return &pkt->conf->v6.params.naming;
    if (!lease || lease->type == BERTH_LEASE_PD)
        return &pkt->subnet->params.naming;
    return berth_conf_naming_of(pkt->subnet, lease->addr);
}

static bool replaces(const BerthNaming *naming)
{
    return naming->mode == BERTH_NAME_ALWAYS || naming->mode == BERTH_NAME_WHEN_PRESENT;
}

static void add_reserved(BerthWriter *name, const char *reserved)
{
    for (const char *at = reserved; *at; at++)
        berth_write_u8(name, (uint8_t)g_ascii_tolower(*at));
}

/* What is told is small as a whole, however the domain is written in the configuration. */
static void qualify(BerthWriter *name, const BerthNaming *naming)
{
    berth_name_qualify(name, naming, true);
    for (uint8_t *at = name->start; at < name->at; at++)
        *at = (uint8_t)g_ascii_tolower((char)*at);
}

static void add_made(BerthWriter *name, const BerthNaming *naming, BerthAddr addr)
{
    berth_name_make(name, naming, addr);
    qualify(name, naming);
}

/* RFC 4704 section 4.2: without the root's label the name is part of a longer one. */
static bool is_partial(BerthBytes value)
{
    return value.data[value.len - 1] != 0;
}

/* What is reserved goes before what the client says. False: it has sent no option, or of its name
 * nothing is left that may be kept. */
static bool find_name(const BerthPacket *pkt, const BerthNaming *naming, Fqdn *fqdn)
{
    const char *reserved = reserved_name(pkt);
    BerthBytes value;

    if (!berth_options6_bytes(pkt->v6.query.options, BERTH_D6O_CLIENT_FQDN, &value) ||
        !read_option(value, naming, fqdn))
        return false;
    if (reserved[0] || replaces(naming))
        fqdn->name.at = fqdn->name.start;
    fqdn->to_make = !reserved[0] && (fqdn->to_make || replaces(naming));
    if (fqdn->to_make)
        return true;
    add_reserved(&fqdn->name, reserved);
    if (berth_name_has_gap(berth_writer_bytes(&fqdn->name)))
        return false;
    if (reserved[0] || is_partial(value))
        qualify(&fqdn->name, naming);
    return !fqdn->name.full;
}

/* The first address of the reply; NULL: it has none. */
static const BerthLease *first_address(const BerthPacket *pkt)
{
    for (unsigned i = 0; i < pkt->n_leases; i++) {
        const BerthLease *lease = &pkt->leases[i].lease;

        if (pkt->leases[i].told && lease->type != BERTH_LEASE_PD && lease->valid_sec > 0)
            return lease;
    }
    return NULL;
}

BerthBytes v6_hostname(BerthPacket *pkt, const BerthLease *lease)
{
    const BerthNaming *naming = naming_of(pkt, lease);
    BERTH_UNCLEARED Fqdn fqdn;

    if (find_name(pkt, naming, &fqdn)) {
        if (fqdn.to_make && lease->type != BERTH_LEASE_PD)
            add_made(&fqdn.name, naming, lease->addr);
    } else {
        /* Kea: as it is reserved, for a client that says nothing of its name. */
        fqdn.name = berth_writer(fqdn.buffer, sizeof(fqdn.buffer));
        if (!berth_options6_find(pkt->v6.query.options, BERTH_D6O_CLIENT_FQDN))
            add_reserved(&fqdn.name, reserved_name(pkt));
    }
    if (fqdn.name.full)
        return (BerthBytes){0};
    return berth_arena_copy(&pkt->arena, berth_writer_bytes(&fqdn.name));
}

static bool gives_leases(const BerthPacket *pkt)
{
    const unsigned type = pkt->v6.query.type;

    return type == BERTH_SOLICIT || type == BERTH_REQUEST || type == BERTH_RENEW ||
           type == BERTH_REBIND;
}

/* RFC 4704 section 5: N, and no S, for nothing is sent to DNS. */
int v6_add_fqdn(BerthPacket *pkt)
{
    BERTH_UNCLEARED uint8_t bytes[BERTH_NAME_MAX + 3];
    const BerthLease *first = first_address(pkt);
    const BerthNaming *naming = naming_of(pkt, first);
    BerthWriter w = berth_writer(bytes, sizeof(bytes));
    BERTH_UNCLEARED Fqdn fqdn;

    if (!gives_leases(pkt) || !find_name(pkt, naming, &fqdn))
        return 0;
    berth_write_u8(&w, BERTH_FQDN6_N | (fqdn.flags & BERTH_FQDN6_S ? BERTH_FQDN6_O : 0));
    /* A client without a name is told one when it has an address. */
    if (fqdn.to_make && first && pkt->v6.reply.type == BERTH_REPLY)
        add_made(&fqdn.name, naming, first->addr);
    if (!fqdn.to_make || fqdn.name.at > fqdn.name.start)
        if (!berth_name_write_labels(&w, berth_writer_bytes(&fqdn.name)))
            return 0;
    return w.full ? -ENOSPC
                  : berth_packet6_add_option(pkt, BERTH_D6O_CLIENT_FQDN, berth_writer_bytes(&w),
                                             false);
}
