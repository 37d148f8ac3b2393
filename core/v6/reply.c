/* reply - ADVERTISE and REPLY: identifiers, status, identity associations, and which options in
 * which order (RFC 9915 section 18.3). Values that others make (leases, configuration) are put into
 * bytes here; packing is in dest.c. */
#include "core/v6/steps6.h"

#include <errno.h>

#define IRT_MINIMUM_SEC 600 /* RFC 9915 section 7.6 */
#define IA_HEAD 16          /* IA_NA and IA_PD with their own header */
#define IA_LEASE_MAX 56     /* IAPREFIX with a PD_EXCLUDE inside, rounded up */
#define STATUS_HEAD 6

static void start_reply(BerthPacket *pkt, BerthType6 type)
{
    pkt->has_reply = true;
    pkt->v6.n_options = 0;
    berth_msg6_clear(&pkt->v6.reply);
    pkt->v6.reply.type = type;
    pkt->v6.reply.xid = pkt->v6.query.xid;
}

static bool is_asked(const BerthPacket *pkt, uint16_t code)
{
    return berth_options6_asks(pkt->v6.query.options, BERTH_D6O_ORO, code);
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

    if (pool && pool->excluded_len > 0 && pool->delegated_len == lease->prefix_len &&
        is_asked(pkt, BERTH_D6O_PD_EXCLUDE))
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

/* ---- configured options ---- */

/* What the server says itself or never, whatever is configured or asked for. */
static bool is_managed(uint16_t code)
{
    switch (code) {
    case BERTH_D6O_CLIENTID:
    case BERTH_D6O_SERVERID:
    case BERTH_D6O_IA_NA:
    case BERTH_D6O_IA_TA:
    case BERTH_D6O_IAADDR:
    case BERTH_D6O_ORO:
    case BERTH_D6O_ELAPSED_TIME:
    case BERTH_D6O_RELAY_MSG:
    case BERTH_D6O_AUTH:
    case BERTH_D6O_UNICAST: /* RFC 9915 section 21.12: obsolete, never sent */
    case BERTH_D6O_STATUS_CODE:
    case BERTH_D6O_RAPID_COMMIT:
    case BERTH_D6O_INTERFACE_ID:
    case BERTH_D6O_RECONF_MSG:
    case BERTH_D6O_RECONF_ACCEPT:
    case BERTH_D6O_IA_PD:
    case BERTH_D6O_IAPREFIX:
    case BERTH_D6O_CLIENT_FQDN:
    case BERTH_D6O_RSOO:
    case BERTH_D6O_PD_EXCLUDE:
    case BERTH_D6O_RELAY_SOURCE_PORT:
    case BERTH_D6O_ADDR_REG_ENABLE:
        return true;
    default:
        return false;
    }
}

/* RFC 9915 section 21: some options say something in one kind of reply alone. */
static bool belongs_here(const BerthPacket *pkt, uint16_t code)
{
    switch (code) {
    case BERTH_D6O_PREFERENCE:
        return pkt->v6.reply.type == BERTH_ADVERTISE;
    case BERTH_D6O_INFORMATION_REFRESH_TIME:
    case BERTH_D6O_INF_MAX_RT:
        return pkt->v6.query.type == BERTH_INFORMATION_REQUEST;
    default:
        return true;
    }
}

static bool has_option(const BerthPacket *pkt, uint16_t code)
{
    for (unsigned i = 0; i < pkt->v6.n_options; i++)
        if (pkt->v6.options[i].code == code)
            return true;
    return false;
}

/* RFC 9915 section 21.23: a client takes no shorter time than this. */
static int add_refresh_time(BerthPacket *pkt, BerthBytes value)
{
    BerthReader r = berth_reader(value);
    uint8_t bytes[4];
    BerthWriter w = berth_writer(bytes, sizeof(bytes));
    uint32_t sec = berth_read_u32(&r);

    berth_write_u32(&w, MAX(sec, IRT_MINIMUM_SEC));
    return berth_packet6_add_option(pkt, BERTH_D6O_INFORMATION_REFRESH_TIME, berth_writer_bytes(&w),
                                    false);
}

static uint32_t enterprise_of(BerthBytes value)
{
    BerthReader r = berth_reader(value);

    return berth_read_u32(&r);
}

/* Whether the client has said that it is of this vendor. */
static bool is_of_vendor(const BerthPacket *pkt, uint32_t enterprise)
{
    BerthOptions6 options = pkt->v6.query.options;

    return berth_options6_vendor(options, BERTH_D6O_VENDOR_CLASS, enterprise) ||
           berth_options6_vendor(options, BERTH_D6O_VENDOR_OPTS, enterprise);
}

static bool names_vendor(const BerthPacket *pkt)
{
    return berth_options6_find(pkt->v6.query.options, BERTH_D6O_VENDOR_CLASS) ||
           berth_options6_find(pkt->v6.query.options, BERTH_D6O_VENDOR_OPTS);
}

/* One option for each enterprise: those that the client names, or all if it names none. */
static int add_vendor_options(BerthPacket *pkt, const BerthOptData *opt)
{
    bool selective = names_vendor(pkt);
    int r = 0;

    for (unsigned i = 0; r == 0 && i <= opt->more; i++)
        if (berth_guard_admits(&opt[i].guard, &pkt->class_set) &&
            (opt[i].always_send || !selective || is_of_vendor(pkt, enterprise_of(opt[i].value))))
            r = berth_packet6_add_option(pkt, opt[i].code, opt[i].value, true);
    return r;
}

static int add_configured(BerthPacket *pkt, const BerthScope *scope, uint16_t code)
{
    const BerthOptData *opt;

    if (is_managed(code) || !belongs_here(pkt, code) || has_option(pkt, code))
        return 0;
    opt = berth_conf_option(scope, code);
    if (!opt)
        return 0;
    if (code == BERTH_D6O_INFORMATION_REFRESH_TIME)
        return add_refresh_time(pkt, opt->value);
    if (code == BERTH_D6O_VENDOR_OPTS)
        return add_vendor_options(pkt, opt);
    return berth_packet6_add_option(pkt, code, opt->value, true);
}

/* RFC 9686 section 4.1: told to whoever asks whether addresses are registered here. */
static int add_registration(BerthPacket *pkt)
{
    if (!pkt->conf->v6.allow_address_registration || !is_asked(pkt, BERTH_D6O_ADDR_REG_ENABLE))
        return 0;
    return berth_packet6_add_option(pkt, BERTH_D6O_ADDR_REG_ENABLE, (BerthBytes){0}, true);
}

/* RFC 6422 section 6: what relays supply for the client, the nearest to it first, as far as it may
 * be supplied and the server has no value of its own. */
static int add_supplied(BerthPacket *pkt, const BerthScope *scope)
{
    const BerthMsg6 *query = &pkt->v6.query;
    int r = 0;

    for (unsigned i = query->n_relays; i > 0; i--) {
        const BerthOption6 *rsoo =
            berth_options6_find(query->relays[i - 1].options, BERTH_D6O_RSOO);

        if (!rsoo)
            continue;
        for (BERTH_EACH_OPTION6(option, berth_option6_inside(rsoo))) {
            if (is_managed(option->code) || has_option(pkt, option->code) ||
                !berth_conf_relay_supplies(&pkt->conf->v6, option->code) ||
                berth_conf_option(scope, option->code))
                continue;
            r = berth_packet6_add_option(pkt, option->code, option->value, true);
            if (r < 0)
                return r;
        }
    }
    return r;
}

/* The client's order (RFC 9915 section 21.7), then what is sent unasked. */
static int add_options(BerthPacket *pkt, const BerthScope *scope)
{
    BERTH_UNCLEARED uint16_t always[UINT8_MAX];
    unsigned n = berth_conf_always_sent(scope, always, G_N_ELEMENTS(always));
    BerthOptCodes have = berth_conf_codes(scope);
    BerthBytes asked = {0};
    BerthReader codes;
    int r = add_configured(pkt, scope, BERTH_D6O_PREFERENCE);

    berth_options6_bytes(pkt->v6.query.options, BERTH_D6O_ORO, &asked);
    codes = berth_reader(asked);
    while (r == 0 && berth_reader_left(&codes) >= 2) {
        uint16_t code = berth_read_u16(&codes);

        if (berth_codes_have(&have, code))
            r = add_configured(pkt, scope, code);
    }
    for (unsigned i = 0; r == 0 && i < n; i++)
        r = add_configured(pkt, scope, always[i]);
    if (r == 0)
        r = add_registration(pkt);
    if (r == 0)
        r = add_supplied(pkt, scope);
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
    BerthScope scope = {
        .family = &pkt->conf->v6, .subnet = pkt->subnet, .classes = &pkt->class_set};
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
    if (r == 0 && type == BERTH_REPLY)
        r = v6_add_reconfigure(pkt);
    if (r == 0)
        r = add_options(pkt, &scope);
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
