/* work - how much is done to find an address, counted in branches that the code takes and not in
 * time: it does not grow with the size of a pool, nor with how full it is.
 *
 * core/lease, core/pool and core/set are compiled into this program once more, with a call at the
 * beginning of every basic block (-fsanitize-coverage=trace-pc). */
#include "core/lease/leases.h"
#include "tests/lib/lease_site.h"
#include "tests/lib/rows.h"

void __sanitizer_cov_trace_pc(void);

#define PICKS 200
#define SMALL 12 /* bits of a pool's size */
#define LARGE 16

static unsigned long n_blocks;

void __sanitizer_cov_trace_pc(void)
{
    n_blocks++;
}

static BerthClient client_of(unsigned i)
{
    return (BerthClient){
        .hwaddr = {
            1, 6, {2, (uint8_t)(i >> 24), (uint8_t)(i >> 16), (uint8_t)(i >> 8), (uint8_t)i, 0}}};
}

static BerthAddr addr_of(unsigned number)
{
    return berth_addr4(0x0a400000 + number);
}

/* Subnet 2 has one pool of 2^bits addresses. */
static void make_pool(Site *site, unsigned bits, BerthAllocator allocator)
{
    BerthSubnet *subnet = &site->subnets[1];

    subnet->prefix = addr_of(0);
    subnet->prefix_len = 10;
    subnet->n_pools = 1;
    subnet->params.allocator = allocator;
    site->pools[1].first = addr_of(1u << bits);
    site->pools[1].last = addr_of((2u << bits) - 1);
    site->conf.v4.n_pools = 2;
    berth_leases_set_conf(site->leases, &site->conf);
}

/* Every address has a lease but each `every`th of a mixed order; 0: none has. */
static void fill(Site *site, unsigned bits, unsigned every)
{
    unsigned refused = 0;

    for (unsigned i = 0; every && i < 1u << bits; i++) {
        /* An odd factor makes each number once. */
        unsigned number = (1u << bits) + (i * 40503u + 7) % (1u << bits);
        BerthLease lease = site_lease(site, 0, 'z');

        if (i % every == every - 1)
            continue;
        lease.subnet_id = 2;
        lease.addr = addr_of(number);
        lease.hwaddr = client_of(number).hwaddr;
        refused += berth_leases_loaded(site->leases, &lease) < 0;
    }
    CHECK_INT(refused, 0);
}

/* The most that a pick takes, of many, each for another new client, who then has the address. */
static unsigned long most_work(unsigned bits, unsigned every, BerthAllocator allocator,
                               unsigned stripes)
{
    const BerthShare share = {.size = sizeof(share), .stripe = stripes / 2, .stripes = stripes};
    unsigned long most = 0;
    Site site;

    site_init(&site);
    make_pool(&site, bits, allocator);
    berth_leases_set_share(site.leases, &share);
    fill(&site, bits, every);
    for (unsigned i = 0; i < PICKS && i < (1u << bits) / MAX(every, 1); i++) {
        BerthClient client = client_of(0xf0000000 + i);
        unsigned long from = n_blocks;
        BerthAddr addr;

        if (!CHECK(
                berth_leases_pick(site.leases, &site.subnets[1], &client, BERTH_ADDR4_ANY, &addr)))
            break;
        most = MAX(most, n_blocks - from);
        CHECK(berth_addr_to4(addr) >= berth_addr_to4(site.pools[1].first));
        CHECK(berth_leases_usable(site.leases, &site.subnets[1], addr, &client) == BERTH_USABLE);
        berth_leases_hold(site.leases, addr, 2, &client);
    }
    site_clear(&site);
    return most;
}

/* Their checks are blocks, too: about twice as many as without. A search address by address would
 * be tens of thousands. */
#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED 1
#endif
#endif
#ifdef SANITIZED
#define MOST 1000
#else
#define MOST 320
#endif

/* Adding up counts, as `random` does, takes up to 64
 * steps on each of four levels. */
static void test_pick(void)
{
    static const struct {
        const char *name;
        BerthAllocator allocator;
        unsigned stripes;
        unsigned long most;
    } rows[] = {
        {"iterative", BERTH_ALLOCATOR_ITERATIVE, 1, MOST},
        {"random", BERTH_ALLOCATOR_RANDOM, 1, MOST + 4 * 64 * 6},
        {"flq", BERTH_ALLOCATOR_FLQ, 1, MOST},
        {"a stripe, iterative", BERTH_ALLOCATOR_ITERATIVE, 5, 2 * MOST},
        {"a stripe, random", BERTH_ALLOCATOR_RANDOM, 5, 2 * MOST + 8 * 4 * 64 * 3},
        {"a stripe, flq", BERTH_ALLOCATOR_FLQ, 5, 2 * MOST + 4 * 4 * 64 * 3},
    };
    static const unsigned fills[] = {0, 2, 1000, 10000}; /* 0 %, 50 %, 99.9 %, 99.99 % */

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        for (unsigned bits = SMALL; bits <= LARGE; bits += LARGE - SMALL) {
            for (size_t f = 0; f < G_N_ELEMENTS(fills); f++) {
                unsigned long most;

                if (fills[f] > 1u << bits)
                    continue;
                most = most_work(bits, fills[f], rows[i].allocator, rows[i].stripes);
                berth_row("%s, 2^%u addresses, one of %u free: %lu", rows[i].name, bits, fills[f],
                          most);
                CHECK(most > 10);
                CHECK(most <= rows[i].most);
            }
        }
    }
}

/* The count sees what goes from address to address. */
static void test_count(void)
{
    unsigned long from;
    BerthLease lease;
    uint32_t at = 0;
    Site site;

    site_init(&site);
    make_pool(&site, SMALL, BERTH_ALLOCATOR_ITERATIVE);
    fill(&site, SMALL, 2);
    from = n_blocks;
    while (berth_table_next(berth_leases_table(site.leases), &at, &lease))
        ;
    CHECK(n_blocks - from > 1u << (SMALL - 1));
    site_clear(&site);
}

static const BerthTest tests[] = {
    {"the count", test_count},
    {"pick", test_pick},
    {0},
};

int main(int argc, char **argv)
{
    return berth_tests_main("work", tests, argc, argv);
}
