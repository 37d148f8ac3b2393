/* reply - ADVERTISE and REPLY: identifiers, status, identity associations (RFC 9915 section 18.3).
 * Values that others make are put into bytes here; what is configured is added by options.c,
 * packing is in dest.c. */
#include "core/packet/hosts.h"
#include "core/v6/steps6.h"

#include <errno.h>

#define IA_HEAD 16      /* IA_NA and IA_PD with their own header */
#define IA_LEASE_MAX 56 /* IAPREFIX with a PD_EXCLUDE inside, rounded up */
#define STATUS_HEAD 6

static void start_reply(BerthPacket *pkt, BerthType6 type)
{
    pkt->has_reply = true;
    pkt->v6.n_options = 0;
    berth_msg6_clear(&pkt->v6.reply);
    pkt->v6.reply.type = type;
    pkt->v6.reply.xid = pkt->v6.query.xid;
}

/* RFC 9915 section 18.3: every answer names the server, and the client if it has named itself. */
static int add_identifiers(BerthPacket *pkt)
{
    BerthBytes id;
    int r = 0;

    if (berth_options6_bytes(pkt->v6.query.options, BERTH_D6O_CLIENTID, &id))
        r = berth_packet6_add_option(pkt, BERTH_D6O_CLIENTID, id, true);
    if (r == 0)
        r = berth_packet6_add_option(pkt, BERTH_D6O_SERVERID, pkt->env->duid, true);
    return r;
}

/* ---- status and identity associations ---- */

/* A buffer of the packet's; an option is made in it and then added without another copy. */
static bool make_writer(BerthPacket *pkt, size_t size, BerthWriter *ret)
{
    uint8_t *buffer = berth_arena_take(&pkt->arena, size);

    *ret = berth_writer(buffer, buffer ? size : 0);
    return buffer != NULL;
}

/* What stands behind the header of the option that was written alone into `w`. */
static int add_written(BerthPacket *pkt, uint16_t code, const BerthWriter *w)
{
    BerthBytes bytes = berth_writer_bytes(w);

    if (w->full)
        return -ENOSPC;
    return berth_packet6_add_option(pkt, code, (BerthBytes){bytes.data + 4, bytes.len - 4}, true);
}

static int add_status(BerthPacket *pkt)
{
    const char *text = pkt->v6.status_text;
    BerthWriter w;

    if (!text)
        return 0;
    if (!make_writer(pkt, STATUS_HEAD + strlen(text), &w))
        return -ENOSPC;
    berth_write_status6(&w, pkt->v6.status, text);
    return add_written(pkt, BERTH_D6O_STATUS_CODE, &w);
}

/* RFC 6603 section 4.2: only for a client that asks for it. */
static void write_excluded(BerthPacket *pkt, const BerthLease *lease, BerthWriter *w)
{
    const BerthSubnet *subnet = v6_subnet_of(pkt, lease);
    const BerthPool *pool = subnet ? berth_conf_pd_pool_of(subnet, lease->addr) : NULL;
    const BerthHostAddr *reserved = v6_reserved_as(pkt, lease);

    if (!v6_asks(pkt, BERTH_D6O_PD_EXCLUDE))
        return;
    if (reserved && reserved->excluded_len > 0)
        berth_pd_exclude_write(w, lease->addr, lease->prefix_len, reserved->excluded,
                               reserved->excluded_len);
    else if (!reserved && pool && pool->excluded_len > 0 &&
             pool->delegated_len == lease->prefix_len)
        berth_pd_exclude_write(w, lease->addr, lease->prefix_len,
                               berth_conf_excluded(pool, lease->addr), pool->excluded_len);
}

static void write_lease(BerthPacket *pkt, const BerthLease *lease, BerthWriter *w)
{
    const bool is_prefix = lease->type == BERTH_LEASE_PD;
    const BerthIaLease6 value = {
        .addr = lease->addr,
        .len = lease->prefix_len,
        /* RFC 9915 section 21.6: never above the valid lifetime. */
        .preferred_sec = MIN(lease->preferred_sec, lease->valid_sec),
        .valid_sec = lease->valid_sec,
    };
    uint8_t *mark =
        berth_write_lease6_begin(w, is_prefix ? BERTH_D6O_IAPREFIX : BERTH_D6O_IAADDR, &value);

    if (is_prefix && lease->valid_sec > 0)
        write_excluded(pkt, lease, w);
    berth_write_option6_end(w, mark);
}

static unsigned count_told(const BerthPacket *pkt, unsigned ia)
{
    unsigned n = 0;

    for (unsigned i = 0; i < pkt->n_leases; i++)
        n += pkt->leases[i].told && pkt->leases[i].ia == ia;
    return n;
}

static bool has_status(const BerthPacketIa *ia)
{
    return ia->status != BERTH_STATUS6_SUCCESS || ia->text;
}

static int add_ia(BerthPacket *pkt, unsigned i, unsigned n_told)
{
    const BerthPacketIa *ia = &pkt->v6.ias[i];
    const char *text = ia->text ? ia->text : berth_status6_name((uint16_t)ia->status);
    uint16_t code = ia->type == BERTH_LEASE_PD ? BERTH_D6O_IA_PD : BERTH_D6O_IA_NA;
    BerthIa6 value = {.iaid = ia->iaid};
    uint8_t *mark;
    BerthWriter w;

    if (!make_writer(pkt, IA_HEAD + n_told * IA_LEASE_MAX + STATUS_HEAD + strlen(text), &w))
        return -ENOSPC;
    /* RFC 9915 sections 18.3.2 and 18.3.4: the same T1 and T2 in all of them. */
    if (n_told > 0)
        v6_timers(pkt, &value.t1, &value.t2);
    mark = berth_write_ia6_begin(&w, code, &value);
    for (unsigned l = 0; l < pkt->n_leases; l++)
        if (pkt->leases[l].told && pkt->leases[l].ia == i)
            write_lease(pkt, &pkt->leases[l].lease, &w);
    if (has_status(ia))
        berth_write_status6(&w, ia->status, text);
    berth_write_option6_end(&w, mark);
    return add_written(pkt, code, &w);
}

static int add_ias(BerthPacket *pkt)
{
    int r = 0;

    for (unsigned i = 0; r == 0 && i < pkt->v6.n_ias; i++)
        if (pkt->v6.ias[i].told)
            r = add_ia(pkt, i, count_told(pkt, i));
    return r;
}

static void find_pools(const BerthPacket *pkt, BerthScope *scope)
{
    const BerthSubnet *subnet;
    const BerthPool *pool;
    unsigned n = 0;

    for (unsigned i = 0; pkt->subnet && i < pkt->n_leases && n < BERTH_SCOPE_POOLS; i++) {
        const BerthLease *lease = &pkt->leases[i].lease;

        if (!pkt->leases[i].told || lease->valid_sec == 0)
            continue;
        subnet = v6_subnet_of(pkt, lease);
        pool = lease->type == BERTH_LEASE_PD ? berth_conf_pd_pool_of(subnet, lease->addr)
                                             : berth_conf_pool_of(subnet, lease->addr);
        if (pool)
            scope->pools[n++] = pool;
    }
}

/* ---- the replies ---- */

static BerthVerdict build(BerthPacket *pkt, BerthType6 type)
{
    BerthScope scope = {.family = &pkt->conf->v6,
                        .subnet = pkt->subnet,
                        .host = berth_packet_host_options(pkt),
                        .classes = &pkt->class_set};
    int r;

    start_reply(pkt, type);
    find_pools(pkt, &scope);
    r = add_identifiers(pkt);
    /* RFC 9915 section 18.3.1: it says that the bindings are committed. */
    if (r == 0 && type == BERTH_REPLY && pkt->v6.query.type == BERTH_SOLICIT)
        r = berth_packet6_add_option(pkt, BERTH_D6O_RAPID_COMMIT, (BerthBytes){0}, true);
    if (r == 0)
        r = add_status(pkt);
    if (r == 0)
        r = add_ias(pkt);
    if (r == 0)
        r = v6_add_fqdn(pkt);
    if (r == 0 && type == BERTH_REPLY)
        r = v6_add_reconfigure(pkt);
    if (r == 0)
        r = v6_add_options(pkt, &scope);
    return r < 0 ? berth_packet_drop(pkt, BERTH_DROP_MEMORY) : BERTH_CONTINUE;
}

BerthVerdict v6_build_advertise(BerthPacket *pkt)
{
    return build(pkt, BERTH_ADVERTISE);
}

BerthVerdict v6_build_reply(BerthPacket *pkt)
{
    return build(pkt, BERTH_REPLY);
}

BerthVerdict v6_build_register_reply(BerthPacket *pkt)
{
    BerthBytes address = {0};
    int r;

    start_reply(pkt, BERTH_ADDR_REG_REPLY);
    berth_options6_bytes(pkt->v6.query.options, BERTH_D6O_IAADDR, &address);
    r = add_identifiers(pkt);
    /* RFC 9686 section 4.3: the address as it was registered. */
    if (r == 0)
        r = berth_packet6_add_option(pkt, BERTH_D6O_IAADDR, address, true);
    return r < 0 ? berth_packet_drop(pkt, BERTH_DROP_MEMORY) : BERTH_CONTINUE;
}
