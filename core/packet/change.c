/* change - see change.h. RFC 2131 section 3.1(4), and RFC 9915 section 18.3: a binding is committed
 * to storage before the reply leaves. */
#include "core/packet/change.h"

/* ---- making changes ---- */

bool berth_packet_set_before(BerthPacket *pkt, BerthPacketLease *pl, const BerthLease *before)
{
    const BerthLease *copy = berth_lease_copy(before, &pkt->arena);

    if (!copy)
        return false;
    pl->before = *copy;
    pl->has_before = true;
    return true;
}

BerthPacketLease *berth_packet_change_lease(BerthPacket *pkt, BerthLeaseAct act,
                                            const BerthLease *own)
{
    BerthPacketLease *pl = berth_packet_add_lease(pkt, act);

    if (!pl || !berth_packet_set_before(pkt, pl, own))
        return NULL;
    pl->lease = pl->before;
    return pl;
}

uint32_t berth_lease_left(const BerthLease *lease, int64_t now)
{
    if (lease->valid_sec == BERTH_LIFETIME_INFINITE)
        return BERTH_LIFETIME_INFINITE;
    return (uint32_t)CLAMP(berth_lease_end(lease) - now, 1, (int64_t)lease->valid_sec);
}

static uint32_t preferred_left(const BerthLease *lease, int64_t now)
{
    if (lease->preferred_sec == BERTH_LIFETIME_INFINITE)
        return BERTH_LIFETIME_INFINITE;
    return (uint32_t)CLAMP(lease->cltt + lease->preferred_sec - now, 0,
                           (int64_t)lease->preferred_sec);
}

void berth_packet_keep_lease(BerthPacketLease *pl, int64_t now)
{
    pl->act = BERTH_ACT_NONE;
    pl->lease = pl->before;
    pl->lease.valid_sec = berth_lease_left(&pl->before, now);
    pl->lease.preferred_sec = preferred_left(&pl->before, now);
}

void berth_packet_end_lease(BerthPacketLease *pl, int64_t now)
{
    /* A lifetime of 0 would mean removal, so a lease of this very second begins a second earlier.
     */
    pl->lease.state = BERTH_LEASE_RELEASED;
    pl->lease.cltt = MIN(pl->lease.cltt, now - 1);
    pl->lease.valid_sec = (uint32_t)MIN(now - pl->lease.cltt, (int64_t)UINT32_MAX - 1);
    pl->lease.preferred_sec = MIN(pl->lease.preferred_sec, pl->lease.valid_sec);
}

void berth_packet_decline_lease(BerthPacketLease *pl, int64_t now, int64_t probation_sec)
{
    pl->lease = (BerthLease){
        .addr = pl->lease.addr,
        .type = pl->lease.type,
        .prefix_len = pl->lease.prefix_len,
        .state = BERTH_LEASE_DECLINED,
        .subnet_id = pl->lease.subnet_id,
        .pool_id = pl->lease.pool_id,
        .cltt = now,
        .valid_sec = (uint32_t)MAX(probation_sec, 1),
    };
}

bool berth_lease_is_fresh(const BerthPacketLease *pl, const BerthParams *params, int64_t now)
{
    const BerthLease *lease = &pl->before;
    int64_t age = now - lease->cltt;

    /* Whether what another server has written is as durable as it has to be, only that one knows;
     * it may not have answered. */
    if (lease->is_foreign)
        return false;
    /* As Kea: who is to have other lifetimes than it has gets them at once. */
    if (lease->valid_sec != pl->lease.valid_sec || lease->preferred_sec != pl->lease.preferred_sec)
        return false;
    if (lease->valid_sec == BERTH_LIFETIME_INFINITE)
        return lease->type == BERTH_LEASE_V4 || lease->preferred_sec == BERTH_LIFETIME_INFINITE;
    if (params->cache_threshold <= 0 || params->cache_threshold > 1 || age < 0 ||
        age >= lease->valid_sec)
        return false;
    if (params->cache_max_age_sec == 0)
        return false;
    if (params->cache_max_age_sec > 0 && age > params->cache_max_age_sec)
        return false;
    return (double)age <= params->cache_threshold * lease->valid_sec;
}

bool berth_packet_is_tight(const BerthPacket *pkt, const BerthSubnet *subnet, BerthPrefix prefix,
                           const BerthClient *client)
{
    const double threshold = subnet->params.adaptive_threshold;

    return threshold >= 0 && threshold < 1 &&
           berth_leases_occupancy(pkt->env->leases, subnet, prefix, client) >= threshold;
}

/* ---- a store that is not wholly there ---- */

bool berth_packet_only_known(const BerthPacket *pkt)
{
    return berth_leases_share(pkt->env->leases)->only_known;
}

bool berth_packet_may_confirm(const BerthPacket *pkt)
{
    return berth_leases_share(pkt->env->leases)->confirms_known;
}

void berth_packet_confirm_lease(BerthPacket *pkt, BerthPacketLease *pl)
{
    berth_packet_keep_lease(pl, berth_leases_now(pkt->env->leases));
    berth_leases_note_confirmed(pkt->env->leases);
}

/* A change that only makes a lease longer. */
static bool is_renewal(const BerthPacketLease *pl, int64_t now)
{
    BerthClient client = berth_lease_client(&pl->lease);

    return (pl->act == BERTH_ACT_RENEW || pl->act == BERTH_ACT_ASSIGN) && pl->has_before &&
           berth_prefix_equal(berth_lease_prefix(&pl->before), berth_lease_prefix(&pl->lease)) &&
           berth_lease_is_valid(&pl->before, now) && berth_lease_belongs_to(&pl->before, &client);
}

unsigned berth_packet_confirm_renewals(BerthPacket *pkt)
{
    int64_t now = berth_leases_now(pkt->env->leases);
    unsigned n = 0;

    if (pkt->commit != BERTH_COMMIT_FAILED || !berth_packet_may_confirm(pkt))
        return 0;
    for (unsigned i = 0; i < pkt->n_leases; i++) {
        if (!is_renewal(&pkt->leases[i], now))
            continue;
        berth_packet_confirm_lease(pkt, &pkt->leases[i]);
        n++;
    }
    return n;
}

/* ---- committing them ---- */

static bool changes_something(const BerthPacketLease *pl)
{
    return pl->act != BERTH_ACT_NONE && pl->act != BERTH_ACT_OFFER;
}

bool berth_packet_has_changed(const BerthPacket *pkt)
{
    for (unsigned i = 0; i < pkt->n_leases; i++)
        if (changes_something(&pkt->leases[i]))
            return true;
    return false;
}

/* A released lease that nobody wants to remember is removed. */
static const BerthLease *lease_after(const BerthPacket *pkt, const BerthPacketLease *pl)
{
    const BerthFamilyConf *conf = berth_packet_conf(pkt);
    bool forget = conf->hold_reclaimed_sec == 0 || conf->flush_reclaimed_wait_sec == 0;

    return pl->act == BERTH_ACT_LEAVE || (pl->act == BERTH_ACT_RELEASE && forget) ? NULL
                                                                                  : &pl->lease;
}

static BerthVerdict propose(BerthPacket *pkt)
{
    for (unsigned i = 0; i < pkt->n_leases; i++) {
        BerthPacketLease *pl = &pkt->leases[i];

        if (!changes_something(pl))
            continue;
        if (!pkt->unit)
            pkt->unit = berth_unit_new(pkt->env->leases);
        switch (
            berth_unit_add(pkt->unit, pl->has_before ? &pl->before : NULL, lease_after(pkt, pl))) {
        case BERTH_PROPOSED:
            break;
        case BERTH_PROPOSE_BUSY:
            return berth_packet_drop(pkt, BERTH_DROP_LEASE_BUSY);
        case BERTH_PROPOSE_UNFIT:
            return berth_packet_drop(pkt, BERTH_DROP_LEASE_UNFIT);
        case BERTH_PROPOSE_FULL:
            return berth_packet_drop(pkt, BERTH_DROP_TOO_MANY_PENDING);
        }
    }
    return BERTH_CONTINUE;
}

static void on_committed(void *data, BerthCommitResult result)
{
    BerthPacket *pkt = data;

    pkt->commit = result;
    berth_packet_resume(pkt->env->server, pkt->ticket, BERTH_CONTINUE);
}

BerthVerdict berth_packet_commit(BerthPacket *pkt)
{
    BerthVerdict verdict;

    pkt->commit = BERTH_COMMIT_OK;
    verdict = propose(pkt);
    if (verdict != BERTH_CONTINUE || !pkt->unit)
        return verdict;
    pkt->ticket = berth_packet_wait(pkt);
    berth_unit_submit(g_steal_pointer(&pkt->unit), on_committed, pkt);
    return BERTH_PARK;
}

BerthVerdict berth_packet_drop_uncommitted(BerthPacket *pkt)
{
    static const BerthDropReason reasons[] = {
        [BERTH_COMMIT_OK] = BERTH_DROP_NONE,
        [BERTH_COMMIT_CONFLICT] = BERTH_DROP_NOT_OWNER,
        [BERTH_COMMIT_FAILED] = BERTH_DROP_COMMIT_FAILED,
        [BERTH_COMMIT_UNKNOWN] = BERTH_DROP_COMMIT_UNKNOWN,
    };

    return berth_packet_drop(pkt, reasons[pkt->commit]);
}
