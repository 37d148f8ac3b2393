/* fqdn - what a client calls itself (option 39), as it is kept with its leases and told in the
 * reply: by Kea's rules for a server that sends no name to DNS. */
#include "core/packet/name.h"
#include "core/v6/steps6.h"

#include <errno.h>

/* False: there is none, or one that can't be read. */
static bool read_name(const BerthPacket *pkt, uint8_t *ret_flags, BerthWriter *name,
                      bool *ret_empty)
{
    BerthBytes value;

    if (!berth_options6_bytes(pkt->v6.query.options, BERTH_D6O_CLIENT_FQDN, &value) ||
        value.len == 0)
        return false;
    *ret_flags = value.data[0];
    *ret_empty = value.len == 1;
    /* RFC 4704 section 4.1: never both. */
    if ((*ret_flags & BERTH_FQDN6_S) && (*ret_flags & BERTH_FQDN6_N))
        return false;
    return berth_name_add_labels(name, NULL, (BerthBytes){value.data + 1, value.len - 1}) &&
           !berth_name_has_gap(berth_writer_bytes(name)) && !name->full;
}

bool v6_fqdn_is_good(const BerthPacket *pkt)
{
    BERTH_UNCLEARED uint8_t buffer[BERTH_NAME_MAX];
    BerthWriter name = berth_writer(buffer, sizeof(buffer));
    uint8_t flags;
    bool empty;

    return !berth_options6_find(pkt->v6.query.options, BERTH_D6O_CLIENT_FQDN) ||
           read_name(pkt, &flags, &name, &empty);
}

/* The first address of the reply, for a name made of it. */
static void make_name(const BerthPacket *pkt, BerthWriter *name)
{
    for (unsigned i = 0; i < pkt->n_leases; i++) {
        const BerthLease *lease = &pkt->leases[i].lease;

        if (!pkt->leases[i].told || lease->type == BERTH_LEASE_PD || lease->valid_sec == 0)
            continue;
        berth_name_make(name, NULL, lease->addr);
        berth_write_u8(name, '.');
        return;
    }
}

BerthBytes v6_hostname(BerthPacket *pkt, const BerthLease *lease)
{
    BERTH_UNCLEARED uint8_t buffer[BERTH_NAME_MAX];
    BerthWriter name = berth_writer(buffer, sizeof(buffer));
    uint8_t flags;
    bool empty;

    if (!read_name(pkt, &flags, &name, &empty))
        return (BerthBytes){0};
    if (empty && lease->type != BERTH_LEASE_PD) {
        berth_name_make(&name, NULL, lease->addr);
        berth_write_u8(&name, '.');
    }
    return berth_arena_copy(&pkt->arena, berth_writer_bytes(&name));
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
    BERTH_UNCLEARED uint8_t buffer[BERTH_NAME_MAX], bytes[BERTH_NAME_MAX + 3];
    BerthWriter name = berth_writer(buffer, sizeof(buffer));
    BerthWriter w = berth_writer(bytes, sizeof(bytes));
    uint8_t flags;
    bool empty;

    if (!gives_leases(pkt) || !read_name(pkt, &flags, &name, &empty))
        return 0;
    berth_write_u8(&w, BERTH_FQDN6_N | (flags & BERTH_FQDN6_S ? BERTH_FQDN6_O : 0));
    /* A client without a name is told one when it has an address. */
    if (empty && pkt->v6.reply.type == BERTH_REPLY)
        make_name(pkt, &name);
    if (!empty || name.at > name.start)
        if (!berth_name_write_labels(&w, berth_writer_bytes(&name)))
            return 0;
    return w.full ? -ENOSPC
                  : berth_packet6_add_option(pkt, BERTH_D6O_CLIENT_FQDN, berth_writer_bytes(&w),
                                             false);
}
