/* release - RELEASE and DECLINE: a client gives back what it has, or says that somebody else uses
 * an address (RFC 9915 sections 18.3.7 and 18.3.8). */
#include "core/v6/steps6.h"

typedef void (*End)(BerthPacket *pkt, BerthPacketLease *pl);

static void release(BerthPacket *pkt, BerthPacketLease *pl)
{
    berth_packet_end_lease(pl, berth_leases_now(pkt->env->leases));
}

static void decline(BerthPacket *pkt, BerthPacketLease *pl)
{
    berth_packet_decline_lease(pl, berth_leases_now(pkt->env->leases),
                               pkt->conf->v6.decline_probation_sec);
}

static bool is_in_hand(const BerthPacket *pkt, BerthAddr addr)
{
    for (unsigned i = 0; i < pkt->n_leases; i++)
        if (berth_addr_equal(pkt->leases[i].before.addr, addr))
            return true;
    return false;
}

/* The lease if it is valid and of this IA. */
static bool find_own(const BerthPacket *pkt, const BerthPacketIa *ia, const BerthIaLease6 *named,
                     BerthLease *ret)
{
    BerthClient binding = v6_binding(pkt, ia);

    return berth_table_get(berth_leases_table(pkt->env->leases), named->addr, ret) &&
           ret->prefix_len == named->len && ret->type == ia->type &&
           ret->state == BERTH_LEASE_ACTIVE && berth_lease_belongs_to(ret, &binding) &&
           berth_lease_is_valid(ret, berth_leases_now(pkt->env->leases));
}

/* Why it is not the IA's: there is none, or it is another client's, or of another IA. */
typedef enum Foreign { NO_LEASE, OTHER_DUID, OTHER_IAID } Foreign;

static Foreign foreign(const BerthPacket *pkt, const BerthPacketIa *ia, const BerthIaLease6 *named)
{
    BerthLease at;

    if (!berth_table_get(berth_leases_table(pkt->env->leases), named->addr, &at) ||
        at.prefix_len != named->len || at.type != ia->type || at.client_id.len == 0 ||
        !berth_lease_is_valid(&at, berth_leases_now(pkt->env->leases)))
        return NO_LEASE;
    return berth_bytes_equal(at.client_id, pkt->client.client_id) ? OTHER_IAID : OTHER_DUID;
}

/* RFC 9915 section 18.3.7: what is another client's, or nobody's, is passed over. Of a release of
 * nobody's nothing is said, as with Kea. */
static void say_not_own(BerthPacket *pkt, const BerthPacketIa *ia, const BerthIaLease6 *named)
{
    static const char *const ids[][3] = {
        {NULL, "DHCP6_RELEASE_NA_FAIL_WRONG_DUID", "DHCP6_RELEASE_NA_FAIL_WRONG_IAID"},
        {NULL, "DHCP6_RELEASE_PD_FAIL_WRONG_DUID", "DHCP6_RELEASE_PD_FAIL_WRONG_IAID"},
        {"DHCP6_DECLINE_FAIL_NO_LEASE", "DHCP6_DECLINE_FAIL_DUID_MISMATCH",
         "DHCP6_DECLINE_FAIL_IAID_MISMATCH"},
    };
    static const char *const whys[] = {"there is no such lease", "it is another client's",
                                       "it is of another IAID"};
    const Foreign why = foreign(pkt, ia, named);
    const char *const *of = ids[pkt->v6.query.type == BERTH_DECLINE ? 2
                                : ia->type == BERTH_LEASE_PD        ? 1
                                                                    : 0];
    char text[BERTH_ADDR_TEXT];

    if (of[why])
        berth_packet_log(pkt, BERTH_INFO, "leases", of[why],
                         ": %s/%u is not a lease of this client's IAID %u: %s",
                         berth_addr_text(named->addr, text), named->len, ia->iaid, whys[why]);
}

/* RFC 9915 sections 18.3.7 and 18.3.8: an IA without a binding is answered with NoBinding. So is,
 * as with Kea, one of which nothing could be taken back; clients and tools look for the status in
 * each IA, and after a RELEASE for NoBinding beside them, too. */
static void say_ia(BerthPacket *pkt, BerthPacketIa *ia, bool ended)
{
    if (ended) {
        v6_set_status(ia, BERTH_STATUS6_SUCCESS, "It has been taken back.");
        return;
    }
    v6_set_status(ia, BERTH_STATUS6_NO_BINDING, "This is not in a binding of this IA.");
    if (pkt->v6.query.type == BERTH_RELEASE) {
        pkt->v6.status = BERTH_STATUS6_NO_BINDING;
        pkt->v6.status_text = "Not everything could be released.";
    }
}

static BerthVerdict end_ia(BerthPacket *pkt, BerthPacketIa *ia, BerthLeaseAct act, End end)
{
    unsigned before = pkt->n_leases;
    const BerthOption6 *at = NULL;
    BerthIaLease6 named;
    BerthLease own;

    while (v6_next_hint(ia, &at, &named)) {
        BerthPacketLease *pl;

        if (is_in_hand(pkt, named.addr))
            continue;
        if (!find_own(pkt, ia, &named, &own)) {
            say_not_own(pkt, ia, &named);
            continue;
        }
        pl = berth_packet_change_lease(pkt, act, &own);
        if (!pl)
            return berth_packet_drop(pkt, BERTH_DROP_MEMORY);
        pl->ia = (uint8_t)(ia - pkt->v6.ias);
        end(pkt, pl);
    }
    say_ia(pkt, ia, pkt->n_leases > before);
    return BERTH_CONTINUE;
}

static BerthVerdict end_all(BerthPacket *pkt, BerthLeaseAct act, End end, const char *text)
{
    BerthVerdict verdict = BERTH_CONTINUE;

    v6_start_over(pkt);
    pkt->v6.status = BERTH_STATUS6_SUCCESS;
    pkt->v6.status_text = text;
    for (unsigned i = 0; verdict == BERTH_CONTINUE && i < pkt->v6.n_ias; i++)
        verdict = end_ia(pkt, &pkt->v6.ias[i], act, end);
    return verdict;
}

BerthVerdict v6_find_released(BerthPacket *pkt)
{
    return end_all(pkt, BERTH_ACT_RELEASE, release, "What is yours has been released.");
}

/* RFC 9915 section 18.3.8: addresses are declined, prefixes are not. */
BerthVerdict v6_find_declined(BerthPacket *pkt)
{
    unsigned n = 0;

    for (unsigned i = 0; i < pkt->v6.n_ias; i++)
        if (pkt->v6.ias[i].type == BERTH_LEASE_NA)
            pkt->v6.ias[n++] = pkt->v6.ias[i];
    pkt->v6.n_ias = n;
    return end_all(pkt, BERTH_ACT_DECLINE, decline, "The addresses will not be used.");
}
