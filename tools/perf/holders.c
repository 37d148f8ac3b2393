/* holders - see holders.h. Open addressing, at most half full; what is dropped leaves no mark, for
 * those behind it move up. */
#include "tools/perf/holders.h"

#define PART_SHIFT 24 /* PERF_CLIENTS_MAX */
#define CLIENT_MASK (PERF_CLIENTS_MAX - 1)

void perf_holders_init(PerfHolders *holders, const PerfClients *clients)
{
    const PerfConf *conf = clients->conf;
    uint32_t n_parts = conf->wants[PERF_ADDRESS] + conf->wants[PERF_PREFIX];
    uint32_t size = 16;

    while (size < clients->n * n_parts * 2u)
        size *= 2;
    holders->clients = clients;
    holders->places = g_new0(PerfHolder, size);
    holders->mask = size - 1;
}

void perf_holders_clear(PerfHolders *holders)
{
    g_clear_pointer(&holders->places, g_free);
}

static uint32_t key_of(const PerfHolders *holders, const PerfLease *lease)
{
    BerthU128 number;
    uint64_t hash;

    if (!holders->clients->leases)
        return berth_addr_to4(lease->addr);
    number = berth_addr_to_number(lease->addr);
    hash = ((uint64_t)(number >> 64) * 0x9e3779b97f4a7c15u ^ (uint64_t)number) + lease->len;
    hash = (hash ^ hash >> 32) * 0xd6e8feb86659fd93u;
    return (uint32_t)(hash >> 32) | 1;
}

static PerfLease lease_at(const PerfHolders *holders, uint32_t holding)
{
    const PerfClient *client = &holders->clients->all[holding & CLIENT_MASK];

    return perf_client_lease(holders->clients, client, (PerfPart)(holding >> PART_SHIFT));
}

/* Equal keys of IPv4 are equal addresses; equal hashes need not be. */
static bool is_at(const PerfHolders *holders, const PerfHolder *holder, uint32_t key,
                  const PerfLease *lease)
{
    PerfLease theirs;

    if (holder->key != key || !holders->clients->leases)
        return holder->key == key;
    theirs = lease_at(holders, holder->holding);
    return perf_lease_equal(&theirs, lease);
}

static uint32_t home_of(const PerfHolders *holders, uint32_t key)
{
    uint32_t hash = key * 2654435769u; /* 2^32 / golden ratio */

    return (hash ^ hash >> 16) & holders->mask;
}

/* Its place, or the free one where it would be. */
static uint32_t place_of(const PerfHolders *holders, uint32_t key, const PerfLease *lease)
{
    uint32_t at = home_of(holders, key);

    while (holders->places[at].key && !is_at(holders, &holders->places[at], key, lease))
        at = (at + 1) & holders->mask;
    return at;
}

uint32_t perf_holders_find(const PerfHolders *holders, const PerfLease *lease, uint32_t now_sec)
{
    const PerfHolder *holder = &holders->places[place_of(holders, key_of(holders, lease), lease)];

    return holder->key && holder->until_sec > now_sec ? holder->holding & CLIENT_MASK : PERF_NOBODY;
}

void perf_holders_put(PerfHolders *holders, const PerfClient *client, PerfPart part,
                      uint32_t until_sec)
{
    PerfLease lease = perf_client_lease(holders->clients, client, part);
    uint32_t key = key_of(holders, &lease);

    holders->places[place_of(holders, key, &lease)] = (PerfHolder){
        key, perf_client_number(holders->clients, client) | part << PART_SHIFT, until_sec};
}

/* The one at `from` may move to `to` when its home does not lie behind `to`. */
static bool may_move(const PerfHolders *holders, uint32_t from, uint32_t to)
{
    uint32_t home = home_of(holders, holders->places[from].key);

    return ((from - home) & holders->mask) >= ((from - to) & holders->mask);
}

void perf_holders_drop(PerfHolders *holders, const PerfClient *client, PerfPart part)
{
    PerfLease lease = perf_client_lease(holders->clients, client, part);
    uint32_t hole = place_of(holders, key_of(holders, &lease), &lease), at = hole;

    if (!holders->places[hole].key ||
        holders->places[hole].holding !=
            (perf_client_number(holders->clients, client) | part << PART_SHIFT))
        return;
    for (;;) {
        at = (at + 1) & holders->mask;
        if (!holders->places[at].key)
            break;
        if (may_move(holders, at, hole)) {
            holders->places[hole] = holders->places[at];
            hole = at;
        }
    }
    holders->places[hole] = (PerfHolder){0};
}

uint32_t perf_holders_at(const PerfHolders *holders, uint32_t place, PerfLease *ret)
{
    const PerfHolder *holder = &holders->places[place];

    if (!holder->key)
        return PERF_NOBODY;
    *ret = lease_at(holders, holder->holding);
    return holder->holding & CLIENT_MASK;
}
