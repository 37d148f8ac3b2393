/* holders - see holders.h. Open addressing, at most half full; what is dropped leaves no mark, for
 * those behind it move up. */
#include "tools/perf/holders.h"

void perf_holders_init(PerfHolders *holders, uint32_t n_clients)
{
    uint32_t size = 16;

    while (size < n_clients * 2u)
        size *= 2;
    holders->places = g_new0(PerfHolder, size);
    holders->mask = size - 1;
}

void perf_holders_clear(PerfHolders *holders)
{
    g_clear_pointer(&holders->places, g_free);
}

static uint32_t home_of(const PerfHolders *holders, uint32_t address)
{
    uint32_t hash = address * 2654435769u; /* 2^32 / golden ratio */

    return (hash ^ hash >> 16) & holders->mask;
}

/* Its place, or the free one where it would be. */
static uint32_t place_of(const PerfHolders *holders, uint32_t address)
{
    uint32_t at = home_of(holders, address);

    while (holders->places[at].address && holders->places[at].address != address)
        at = (at + 1) & holders->mask;
    return at;
}

uint32_t perf_holders_find(const PerfHolders *holders, uint32_t address, uint32_t now_sec)
{
    const PerfHolder *holder = &holders->places[place_of(holders, address)];

    return holder->address && holder->until_sec > now_sec ? holder->client : PERF_NOBODY;
}

void perf_holders_put(PerfHolders *holders, PerfHolder holder)
{
    holders->places[place_of(holders, holder.address)] = holder;
}

/* The one at `from` may move to `to` when its home does not lie behind `to`. */
static bool may_move(const PerfHolders *holders, uint32_t from, uint32_t to)
{
    uint32_t home = home_of(holders, holders->places[from].address);

    return ((from - home) & holders->mask) >= ((from - to) & holders->mask);
}

void perf_holders_drop(PerfHolders *holders, uint32_t address, uint32_t client)
{
    uint32_t hole = place_of(holders, address), at = hole;

    if (!holders->places[hole].address || holders->places[hole].client != client)
        return;
    for (;;) {
        at = (at + 1) & holders->mask;
        if (!holders->places[at].address)
            break;
        if (may_move(holders, at, hole)) {
            holders->places[hole] = holders->places[at];
            hole = at;
        }
    }
    holders->places[hole] = (PerfHolder){0};
}
