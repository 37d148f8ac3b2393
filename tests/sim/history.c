/* history - see history.h. */
#include "tests/sim/history.h"

#include "core/base/addr.h"
#include <stdio.h>

void history_init(History *history, int64_t wall_offset, bool trace)
{
    memset(history, 0, sizeof(*history));
    history->wall_offset = wall_offset;
    history->trace = trace;
    for (unsigned i = 0; i < HISTORY_ADDRS; i++)
        history->promises[i].client = -1;
}

void history_note(History *history, int64_t now, const char *format, ...)
{
    va_list args;

    if (!history->trace)
        return;
    printf("%10.6f  ", (double)now / 1e6);
    va_start(args, format);
    vprintf(format, args);
    va_end(args);
    putchar('\n');
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

void history_ack(History *history, int64_t now, int client, BerthAddr addr, int64_t until)
{
    Promise *promise = promise_of(history, now, addr);

    if (!promise)
        return;
    history_note(history, now, "ACK      client %d .%d until %.3f s", client, addr.b[15],
                 (double)until / 1e6);
    if (promise->client != client && holds(promise, now))
        history_broken(
            history, now,
            "INV-01/05: .%d was given to client %d, but is promised to client %d for %.3f s more",
            addr.b[15], client, promise->client, (double)(promise->until - now) / 1e6);
    history->acks++;
    if (until == 0)
        return;
    if (promise->client != client || promise->given_back)
        promise->until = 0;
    promise->client = client;
    promise->given_back = false;
    promise->until = MAX(promise->until, until);
}

void history_give_back(History *history, int64_t now, int client, BerthAddr addr)
{
    Promise *promise = promise_of(history, now, addr);

    if (promise && promise->client == client)
        promise->given_back = true;
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
        else if (berth_lease_end(&lease) + 1 < (promise->until + history->wall_offset) / 1000000)
            history_broken(history, now,
                           "INV-03: the lease of .%u ends before what client %d was granted", i,
                           promise->client);
    }
}
