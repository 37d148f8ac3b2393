/* history6 - see history6.h. */
#include "tests/crowd/history6.h"

typedef struct Promise6 {
    Binding6 who;
    BerthPrefix prefix;
    int64_t until;
    bool given_back, is_left;
    int64_t released_usec;
} Promise6;

void history6_init(History6 *history, History *common)
{
    *history = (History6){.common = common};
    history->promises = g_array_new(FALSE, FALSE, sizeof(Promise6));
}

void history6_clear(History6 *history)
{
    g_array_unref(history->promises);
}

static Promise6 *promise_at(const History6 *history, unsigned i)
{
    return &g_array_index(history->promises, Promise6, i);
}

static bool holds(const Promise6 *promise, int64_t now)
{
    return !promise->given_back && promise->until > now;
}

static bool is_of(const Promise6 *promise, Binding6 who)
{
    return promise->who.client == who.client && promise->who.type == who.type;
}

static const char *text_of(BerthPrefix prefix)
{
    static char text[4][BERTH_PREFIX_TEXT];
    static unsigned at;
    char addr[BERTH_ADDR_TEXT];

    at = (at + 1) % 4;
    g_snprintf(text[at], sizeof(text[at]), "%s/%u", berth_addr_text(prefix.addr, addr), prefix.len);
    return text[at];
}

static Promise6 *promise_of(const History6 *history, Binding6 who, BerthPrefix prefix)
{
    for (unsigned i = 0; i < history->promises->len; i++) {
        Promise6 *promise = promise_at(history, i);

        if (is_of(promise, who) && berth_prefix_equal(promise->prefix, prefix))
            return promise;
    }
    return NULL;
}

static void check_overlaps(History6 *history, int64_t now, Binding6 who, BerthPrefix prefix)
{
    for (unsigned i = 0; i < history->promises->len; i++) {
        const Promise6 *other = promise_at(history, i);

        if (holds(other, now) && berth_prefix_overlaps(other->prefix, prefix) &&
            !(is_of(other, who) && berth_prefix_equal(other->prefix, prefix)))
            history_broken(history->common, now,
                           "%s/21: %s was given to client %d (type %d), but %s is promised to "
                           "client %d (type %d) for %.3f s more",
                           history_broken_promise(history->common, other->is_left), text_of(prefix),
                           who.client, who.type, text_of(other->prefix), other->who.client,
                           other->who.type, (double)(other->until - now) / 1e6);
    }
}

static void check_releases(History6 *history, int64_t now, Binding6 who, BerthPrefix prefix)
{
    for (unsigned i = 0; i < history->promises->len; i++) {
        const Promise6 *other = promise_at(history, i);

        if (other->given_back && history_is_unstored(history->common, other->released_usec) &&
            !is_of(other, who) && berth_prefix_overlaps(other->prefix, prefix))
            history_broken(history->common, now,
                           "INV-07: %s is for client %d (type %d), but the RELEASE of %s by client "
                           "%d, %.3f s ago, can't be stored",
                           text_of(prefix), who.client, who.type, text_of(other->prefix),
                           other->who.client, (double)(now - other->released_usec) / 1e6);
    }
}

void history6_offer(History6 *history, int64_t now, Binding6 who, BerthPrefix prefix)
{
    history_note(history->common, now, "ADVERTISE client %d %s", who.client, text_of(prefix));
    check_releases(history, now, who, prefix);
}

void history6_ack(History6 *history, int64_t now, Binding6 who, BerthPrefix prefix, int64_t until)
{
    Promise6 *promise = promise_of(history, who, prefix);

    history_note(history->common, now, "REPLY    client %d %s until %.3f s", who.client,
                 text_of(prefix), (double)until / 1e6);
    check_overlaps(history, now, who, prefix);
    *(who.type == BERTH_LEASE_PD ? &history->pds : &history->nas) += 1;
    if (until == 0)
        return;
    check_releases(history, now, who, prefix);
    if (!promise) {
        Promise6 made = {.who = who, .prefix = prefix};

        g_array_append_val(history->promises, made);
        promise = promise_at(history, history->promises->len - 1);
    }
    promise->until = promise->given_back ? until : MAX(promise->until, until);
    promise->given_back = promise->is_left = false;
    promise->released_usec = 0;
}

void history6_give_back(History6 *history, int64_t now, Binding6 who, BerthPrefix prefix,
                        Ending ending)
{
    static const char *const texts[] = {"RELEASES", "LEAVES", "DECLINES", "ENDS"};
    Promise6 *promise = promise_of(history, who, prefix);

    history_note(history->common, now, "%-8s client %d %s", texts[ending], who.client,
                 text_of(prefix));
    history->ended++;
    if (!promise)
        return;
    promise->given_back = ending != ENDING_LOST_RELEASE;
    promise->is_left = ending == ENDING_LOST_RELEASE;
    promise->released_usec = ending == ENDING_RELEASE ? now : 0;
    history->common->lost_releases += promise->is_left;
    history->common->unstored_releases +=
        history_is_unstored(history->common, promise->released_usec);
}

static void check_promise(History6 *history, int64_t now, const BerthTable *table,
                          const Promise6 *promise, void (*duid_of)(int client, uint8_t *ret))
{
    uint8_t duid[6];
    BerthLease lease;

    duid_of(promise->who.client, duid);
    if (!berth_table_get(table, promise->prefix.addr, &lease))
        history_broken(history->common, now, "INV-02/03: the lease of %s of client %d is gone",
                       text_of(promise->prefix), promise->who.client);
    else if (lease.state != BERTH_LEASE_ACTIVE || lease.prefix_len != promise->prefix.len ||
             lease.type != promise->who.type ||
             !berth_bytes_equal(lease.client_id, (BerthBytes){duid, sizeof(duid)}))
        history_broken(history->common, now, "INV-03: the lease of %s is no longer client %d's",
                       text_of(promise->prefix), promise->who.client);
    else if (berth_lease_end(&lease) + 1 <
             (promise->until + history->common->wall_offset - history->common->skew_usec) / 1000000)
        history_broken(history->common, now,
                       "INV-03: the lease of %s ends before what client %d was granted",
                       text_of(promise->prefix), promise->who.client);
}

static void check_lease(History6 *history, int64_t now, const BerthLeases *leases, uint32_t iter,
                        BerthPrefix prefix)
{
    int64_t lease_now = berth_leases_now(leases);
    BerthLease other;

    while (berth_table_next(berth_leases_table(leases), &iter, &other))
        if (berth_lease_is_valid(&other, lease_now) &&
            berth_prefix_overlaps(prefix, berth_lease_prefix(&other)))
            history_broken(history->common, now, "INV-21: the leases of %s and %s overlap",
                           text_of(prefix), text_of(berth_lease_prefix(&other)));
}

void history6_check_table(History6 *history, int64_t now, const BerthLeases *leases,
                          void (*duid_of)(int client, uint8_t *ret))
{
    const BerthTable *table = berth_leases_table(leases);
    uint32_t iter = 0;
    BerthLease lease;

    for (unsigned i = 0; i < history->promises->len; i++)
        if (holds(promise_at(history, i), now))
            check_promise(history, now, table, promise_at(history, i), duid_of);
    while (berth_table_next(table, &iter, &lease))
        if (berth_lease_is_valid(&lease, berth_leases_now(leases)))
            check_lease(history, now, leases, iter, berth_lease_prefix(&lease));
}
