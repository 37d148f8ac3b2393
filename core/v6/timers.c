/* timers - T1 and T2 of a reply (RFC 9915 sections 14.2 and 21.4): one pair for all of its IAs. */
#include "core/v6/steps6.h"

/* Of all that the client may go on using. False: there is nothing. */
static bool shortest_preferred(const BerthPacket *pkt, uint32_t *ret)
{
    bool any = false;

    for (unsigned i = 0; i < pkt->n_leases; i++) {
        const BerthLease *lease = &pkt->leases[i].lease;
        uint32_t preferred = MIN(lease->preferred_sec, lease->valid_sec);

        if (!pkt->leases[i].told || preferred == 0)
            continue;
        *ret = any ? MIN(*ret, preferred) : preferred;
        any = true;
    }
    return any;
}

/* As configured, or a part of that time; 0: the client decides. */
static uint32_t timer(const BerthParams *params, int64_t configured, double part,
                      uint32_t preferred)
{
    if (configured >= 0)
        return (uint32_t)configured;
    if (!params->calculate_tee_times)
        return 0;
    /* RFC 9915 section 14.2: what is preferred for ever needs no renewal. */
    return preferred == BERTH_LIFETIME_INFINITE ? preferred : (uint32_t)(part * preferred + 0.5);
}

void v6_timers(const BerthPacket *pkt, uint32_t *ret_t1, uint32_t *ret_t2)
{
    const BerthParams *params = pkt->subnet ? &pkt->subnet->params : &pkt->conf->v6.params;
    uint32_t preferred;

    *ret_t1 = *ret_t2 = 0;
    if (!shortest_preferred(pkt, &preferred))
        return;
    *ret_t1 = timer(params, params->renew_sec, params->t1_percent, preferred);
    *ret_t2 = timer(params, params->rebind_sec, params->t2_percent, preferred);
    /* RFC 9915 section 21.4: T1 is not after T2. As Kea: then the client decides. */
    if (*ret_t1 >= *ret_t2 && *ret_t1 != BERTH_LIFETIME_INFINITE)
        *ret_t1 = 0;
}
