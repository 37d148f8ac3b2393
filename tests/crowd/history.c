/* history - see history.h. */
#include "tests/crowd/history.h"

#include "core/base/addr.h"

/* A DECLINE is stored so long after it was sent, when all is well. */
#define DECLINE_USEC INT64_C(2000000)

void history_init(History *history, int64_t wall_offset, FILE *trace)
{
    memset(history, 0, sizeof(*history));
    history->wall_offset = wall_offset;
    history->trace = trace;
    history->served_since = history->calm_since = history->unstored_since = INT64_MAX;
    for (unsigned i = 0; i < HISTORY_ADDRS; i++)
        history->promises[i].client = -1;
}

void history_note(History *history, int64_t now, const char *format, ...)
{
    va_list args;

    if (!history->trace)
        return;
    fprintf(history->trace, "%10.6f  ", (double)now / 1e6);
    va_start(args, format);
    vfprintf(history->trace, format, args);
    va_end(args);
    putc('\n', history->trace);
}

void history_broken(History *history, int64_t now, const char *format, ...)
{
    va_list args;
    size_t n;

    if (*history->broken)
        return;
    n = (size_t)g_snprintf(history->broken, sizeof(history->broken),
                           "at %.6f s: ", (double)now / 1e6);
    va_start(args, format);
    g_vsnprintf(history->broken + n, sizeof(history->broken) - n, format, args);
    va_end(args);
    history_note(history, now, "BROKEN %s", history->broken);
}

static Promise *promise_of(History *history, int64_t now, BerthAddr addr)
{
    uint32_t a = berth_addr_to4(addr);

    if (a >> 8 == 0xc00002)
        return &history->promises[a & 255];
    history_broken(history, now, "an address outside the subnet was given: %08x", a);
    return NULL;
}

static bool holds(const Promise *promise, int64_t now)
{
    return promise->client >= 0 && !promise->given_back && promise->until > now;
}

bool history_promises(const History *history, int64_t until, int client, BerthAddr addr)
{
    const Promise *promise = &history->promises[addr.b[15]];

    return promise->client == client && holds(promise, until);
}

bool history_is_unstored(const History *history, int64_t released_usec)
{
    return released_usec >= history->unstored_since;
}

const char *history_broken_promise(const History *history, bool is_left)
{
    if (is_left)
        return history->skew_usec > 0 ? "INV-01/05/07/12" : "INV-01/05/07";
    return history->skew_usec > 0 ? "INV-01/05/12" : "INV-01/05";
}

static void check_release(History *history, int64_t now, int client, unsigned octet)
{
    const Promise *promise = &history->promises[octet];

    if (promise->client != client && promise->given_back &&
        history_is_unstored(history, promise->released_usec))
        history_broken(history, now,
                       "INV-07: .%u is for client %d, but the RELEASE of client %d, %.3f s ago, "
                       "can't be stored",
                       octet, client, promise->client,
                       (double)(now - promise->released_usec) / 1e6);
}

/* `is_new`: not an answer that was under way already when its client gave the address back. */
static void check_ack(History *history, int64_t now, int client, unsigned octet, bool is_new)
{
    const Promise *promise = &history->promises[octet];
    int64_t declined_for = now - promise->declined_usec;

    if (promise->client != client && holds(promise, now - history->grace_usec))
        history_broken(
            history, now,
            "%s: .%u was given to client %d, but is promised to client %d for %.3f s more",
            history_broken_promise(history, promise->is_left), octet, client, promise->client,
            (double)(promise->until - now) / 1e6);
    if (is_new)
        check_release(history, now, client, octet);
    if (is_new && promise->declined_usec > 0 && declined_for < history->probation_usec)
        history_broken(history, now, "INV-06: .%u was given to client %d, declined %.3f s ago",
                       octet, client, (double)declined_for / 1e6);
    if (octet > 0 && octet >= history->reserved_from && octet <= history->reserved_to)
        history_broken(history, now, "INV-08: .%u was given to client %d, but is reserved", octet,
                       client);
}

/* A client that has lost its lease, and asks for another, is told that the former one is over. */
static void leave_others(History *history, int client, unsigned octet)
{
    for (unsigned i = 0; i < HISTORY_ADDRS; i++)
        if (i != octet && history->promises[i].client == client)
            history->promises[i].given_back = true;
}

void history_ack(History *history, int64_t now, int client, BerthAddr addr, int64_t until)
{
    Promise *promise = promise_of(history, now, addr);

    if (!promise)
        return;
    history_note(history, now, "ACK      client %d .%d until %.3f s", client, addr.b[15],
                 (double)until / 1e6);
    check_ack(history, now, client, addr.b[15], until > 0 || promise->client != client);
    history->acks++;
    if (until == 0)
        return;
    leave_others(history, client, addr.b[15]);
    history->renewals += promise->client == client && holds(promise, now);
    if (promise->client != client || promise->given_back)
        promise->until = 0;
    promise->client = client;
    promise->given_back = promise->is_left = false;
    promise->released_usec = promise->declined_usec = 0;
    promise->until = MAX(promise->until, until);
}

void history_nak(History *history, int64_t now, int client, BerthAddr addr, bool asked_for_own)
{
    history->naks++;
    if (asked_for_own && history_promises(history, now, client, addr))
        history_broken(history, now,
                       "INV-03/04: client %d was refused .%d, which it is promised for %.3f s more",
                       client, addr.b[15],
                       (double)(history->promises[addr.b[15]].until - now) / 1e6);
}

void history_offer(History *history, int64_t now, int client, BerthAddr addr)
{
    history->offers++;
    if (promise_of(history, now, addr))
        check_release(history, now, client, addr.b[15]);
}

void history_give_back(History *history, int64_t now, int client, BerthAddr addr, Ending ending)
{
    Promise *promise = promise_of(history, now, addr);

    if (!promise || promise->client != client)
        return;
    promise->given_back = ending != ENDING_LOST_RELEASE;
    promise->is_left = ending == ENDING_LOST_RELEASE;
    promise->released_usec = ending == ENDING_RELEASE ? now : 0;
    history->lost_releases += promise->is_left;
    history->unstored_releases += history_is_unstored(history, promise->released_usec);
    history->declines += ending == ENDING_DECLINE;
    promise->declined_usec = ending == ENDING_DECLINE && history->calm_since <= now ? now : 0;
}

void history_lapsed(History *history, int64_t now, int client, BerthAddr addr, int64_t t2)
{
    history->lapsed++;
    history_note(history, now, "LAPSED   client %d .%d", client, addr.b[15]);
    if (history->served_since <= t2)
        history_broken(history, now,
                       "INV-04: the lease of .%d ended while client %d asked for it, since %.3f s "
                       "any server",
                       addr.b[15], client, (double)(now - t2) / 1e6);
}

void history_fault(History *history, int64_t now, bool served)
{
    history->calm_since = INT64_MAX;
    if (!served)
        history->served_since = INT64_MAX;
    else if (history->served_since == INT64_MAX)
        history->served_since = now;
    for (unsigned i = 0; i < HISTORY_ADDRS; i++)
        if (history->promises[i].declined_usec > now - DECLINE_USEC)
            history->promises[i].declined_usec = 0;
}

void history_calm(History *history, int64_t now)
{
    history->calm_since = now;
    history->served_since = MIN(history->served_since, now);
}

void history_store(History *history, int64_t now, bool is_there)
{
    history->unstored_since = is_there ? INT64_MAX : now;
}

static bool is_same_hwaddr(const BerthHwaddr *a, const BerthHwaddr *b)
{
    return a->len == b->len && memcmp(a->bytes, b->bytes, a->len) == 0;
}

void history_check_table(History *history, int64_t now, const BerthTable *table,
                         void (*mac_of)(int client, BerthHwaddr *ret))
{
    for (unsigned i = 0; i < HISTORY_ADDRS; i++) {
        const Promise *promise = &history->promises[i];
        BerthAddr addr = berth_addr4(0xc0000200 + i);
        BerthHwaddr mac;
        BerthLease lease;

        if (!holds(promise, now))
            continue;
        mac_of(promise->client, &mac);
        if (!berth_table_get(table, addr, &lease))
            history_broken(history, now,
                           "INV-02/03: the lease of .%u, acknowledged to client %d, is gone", i,
                           promise->client);
        else if (lease.state != BERTH_LEASE_ACTIVE || !is_same_hwaddr(&lease.hwaddr, &mac))
            history_broken(history, now, "INV-03: the lease of .%u is no longer client %d's", i,
                           promise->client);
        else if (berth_lease_end(&lease) + 1 <
                 (promise->until + history->wall_offset - history->skew_usec) / 1000000)
            history_broken(history, now,
                           "INV-03: the lease of .%u ends before what client %d was granted", i,
                           promise->client);
    }
}
