/* remote - what other servers change in a shared store. See leases_i.h.
 *
 * Changes come by several ways: the follower's, one after the other; as what a commit has lost to;
 * as an answer to what was read again; as rows of a reload; and one's own come back as an echo.
 * Which of two states of an address is the later one is told by their revisions alone. Of an
 * address without a lease the revision of the removal is remembered for some time, or a late one
 * would bring the lease back, until the follower comes to the removal. */
#include "core/lease/leases_i.h"

#include <errno.h>

#define USEC INT64_C(1000000)
/* A follower is behind for some seconds at worst, or what it missed is read anew. */
#define GONE_SEC 300
#define GONE_MAX (1u << 16)

static void read_counts(void *data, BerthStatsAnswer *answer)
{
    const BerthLeases *leases = data;
    const BerthShareCounts *counts = &leases->share_counts;

    if (!berth_leases_is_shared(leases))
        return;
    berth_stats_value(answer, "lease-backend-conflicts", counts->conflicts);
    berth_stats_value(answer, "lease-backend-unknown", counts->unknown);
    berth_stats_value(answer, "lease-backend-followed", counts->followed);
    berth_stats_value(answer, "lease-backend-confirmed", counts->confirmed);
    berth_stats_value(answer, "lease-backend-reloads", counts->reloads);
}

void berth_remote_init(BerthLeases *leases)
{
    berth_stats_add_reader(leases->stats, read_counts, leases);
    berth_holds_init(&leases->gone, leases->world, GONE_SEC * USEC, NULL, NULL);
}

void berth_remote_clear(BerthLeases *leases)
{
    berth_stats_remove_reader(leases->stats, read_counts, leases);
    berth_holds_clear(&leases->gone);
}

/* Said when it begins and when it ends, and not for each packet. */
static void say_changed(BerthLeases *leases, const BerthShare *was)
{
    const BerthShare *is = &leases->share;
    uint64_t n = leases->share_counts.confirmed - leases->confirmed_before;

    if (is->only_known && !was->only_known)
        berth_log_to(leases->log, BERTH_WARN, "leases", "LEASES_ONLY_KNOWN",
                     "the store may have lost leases: until this is settled only clients that have "
                     "one are served");
    if (!is->only_known && was->only_known)
        berth_log_to(leases->log, BERTH_INFO, "leases", "LEASES_ALL_CLIENTS",
                     "all clients are served again");
    if (is->confirms_known && !was->confirms_known) {
        leases->confirmed_before = leases->share_counts.confirmed;
        berth_log_to(
            leases->log, BERTH_WARN, "leases", "LEASES_CONFIRMS_KNOWN",
            "the store is away: clients that renew are told the time that remains of their "
            "leases, others nothing");
    }
    if (!is->confirms_known && was->confirms_known)
        berth_log_to(leases->log, BERTH_INFO, "leases", "LEASES_RENEWS_AGAIN",
                     "leases are renewed again; %" G_GUINT64_FORMAT
                     " were confirmed for the time that remained",
                     n);
}

void berth_leases_set_share(BerthLeases *leases, const BerthShare *share)
{
    BerthShare was = leases->share;

    leases->share = (BerthShare){0};
    if (share)
        memcpy(&leases->share, share, MIN(share->size, sizeof(*share)));
    berth_pools_set_stripe(&leases->pools, leases->share.stripe, leases->share.stripes);
    /* What is not known may be asked of a shared store, and no time makes it known. */
    berth_holds_set_duration(&leases->unknowns, share ? INT64_MAX : BERTH_UNKNOWN_SEC * USEC);
    say_changed(leases, &was);
}

BerthShareCounts berth_leases_share_counts(const BerthLeases *leases)
{
    return leases->share_counts;
}

size_t berth_leases_unknown(const BerthLeases *leases)
{
    return leases->unknowns.count;
}

void berth_leases_note_confirmed(BerthLeases *leases)
{
    leases->share_counts.confirmed++;
}

const BerthShare *berth_leases_share(const BerthLeases *leases)
{
    return &leases->share;
}

/* ---- revisions ---- */

uint64_t berth_leases_known(const BerthLeases *leases, const BerthLease *lease)
{
    BerthClient client = berth_lease_client(lease);
    BerthKey key = berth_leases_client_key(leases, lease->subnet_id, &client), other;
    uint64_t known = 0;
    uint32_t iter = 0;
    BerthLease found;

    while (berth_leases_next_of(leases, lease->subnet_id, &client, &iter, &found)) {
        other = berth_leases_key(leases, &found);
        if (berth_key_equal(&key, &other))
            known = MAX(known, found.revision);
    }
    return known;
}

static uint64_t gone_revision(const BerthLeases *leases, BerthAddr addr)
{
    const BerthHold *gone = berth_holds_of_addr(&leases->gone, addr);

    return gone ? gone->revision : 0;
}

uint64_t berth_leases_revision(const BerthLeases *leases, BerthAddr addr)
{
    BerthLease lease;

    return berth_table_get(leases->table, addr, &lease) ? lease.revision
                                                        : gone_revision(leases, addr);
}

void berth_leases_set_gone(BerthLeases *leases, BerthPrefix prefix, uint64_t revision)
{
    if (revision)
        berth_holds_put(&leases->gone, NULL, prefix, GONE_MAX)->revision = revision;
    else
        berth_holds_drop(&leases->gone, berth_holds_of_addr(&leases->gone, prefix.addr));
}

/* ---- what comes ---- */

/* A client has got a lease from another server, so it will not come for what it was offered. */
static void end_offer(BerthLeases *leases, const BerthLease *lease)
{
    BerthClient client = berth_lease_client(lease);

    if (lease->state == BERTH_LEASE_ACTIVE && berth_lease_has_identity(lease))
        berth_leases_unhold(leases, lease->subnet_id, &client);
}

void berth_leases_replace(BerthLeases *leases, const BerthLease *lease)
{
    const BerthLease *after = lease->valid_sec > 0 ? lease : NULL;
    BerthPrefix is = berth_lease_prefix(lease), was = is;
    BerthLease old;

    leases->share_counts.followed += lease->is_foreign || !after;
    if (berth_table_get(leases->table, lease->addr, &old))
        was = berth_lease_prefix(&old);
    berth_leases_enter(leases, is, after, NULL, lease->revision);
    if (after)
        end_offer(leases, after);
    berth_leases_mark_used(leases, was);
    if (is.len != was.len)
        berth_leases_mark_used(leases, is);
}

static bool is_fit(const BerthLeases *leases, const BerthLease *lease)
{
    if (berth_addr_is4(lease->addr) != (leases->family == 4))
        return false;
    return lease->valid_sec == 0 || !berth_lease_unfit(lease);
}

int berth_leases_changed(BerthLeases *leases, const BerthLease *lease)
{
    if (!is_fit(leases, lease))
        return -EINVAL;
    if (lease->revision > berth_leases_revision(leases, lease->addr))
        berth_leases_replace(leases, lease);
    return 0;
}

int berth_leases_settled(BerthLeases *leases, const BerthLease *lease)
{
    const BerthHold *unknown = berth_holds_of_addr(&leases->unknowns, lease->addr);
    uint64_t known = berth_leases_revision(leases, lease->addr);
    BerthLease found = *lease;

    if (!is_fit(leases, lease))
        return -EINVAL;
    /* That there is nothing has no revision. It is later than what was known when the unit ended;
     * what has come since is later still. */
    if (lease->valid_sec == 0 && lease->revision == 0 && unknown && known <= unknown->revision)
        found.revision = known + 1;
    if (found.revision > known)
        berth_leases_replace(leases, &found);
    berth_holds_drop(&leases->unknowns, unknown);
    return 0;
}
