/* test_fill - the map of a pool that a reload has changed learns of leases part by part; what is
 * leased is given to nobody else meanwhile. */
#include "core/lease/leases.h"
#include "core/lease/leases_i.h"
#include "tests/lib/lease_site.h"
#include "tests/lib/rows.h"

#define BITS 17 /* of the pool */
#define LEASED 100000
#define TURN_MAX 2048 /* leases that are marked before others have their turn */
#define ROUNDS 400    /* more than all of them need */

typedef struct Play {
    Site site;
    BerthTimer *timer;
    bool asks; /* a new client comes each turn */
    unsigned turns, busy;
    unsigned given, wrong;
    uint64_t free, most; /* marked in a turn */
    uint32_t serial;
} Play;

static BerthHwaddr hwaddr_of(uint8_t kind, uint32_t serial)
{
    return (BerthHwaddr){1,
                         6,
                         {2, kind, (uint8_t)(serial >> 24), (uint8_t)(serial >> 16),
                          (uint8_t)(serial >> 8), (uint8_t)serial}};
}

static uint64_t count_free(const Play *play)
{
    return berth_space_count(berth_pools_find(&play->site.leases->pools, site_large_addr(0)));
}

/* What a new client gets is then held for it. */
static void give(Play *play)
{
    const BerthClient client = {.hwaddr = hwaddr_of(1, ++play->serial)};
    const BerthSubnet *subnet = &play->site.subnets[1];
    BerthLease lease;
    BerthAddr addr;

    if (!berth_leases_pick(play->site.leases, subnet, &client, BERTH_ADDR4_ANY, &addr)) {
        play->busy = play->turns;
        return;
    }
    play->given++;
    play->wrong += berth_table_get(berth_leases_table(play->site.leases), addr, &lease);
    berth_leases_hold(play->site.leases, addr, subnet->id, &client);
}

static void on_turn(void *data)
{
    Play *play = data;
    const uint64_t free = count_free(play);

    play->most = MAX(play->most, play->free - free);
    if (play->asks)
        give(play);
    play->free = count_free(play);
    if (++play->turns < ROUNDS)
        berth_world_timer_set(&play->site.world->world, play->timer, 0);
}

static void load(Play *play)
{
    for (uint32_t i = 0; i < LEASED; i++) {
        const BerthLease lease = {
            .addr = site_large_addr(i),
            .type = BERTH_LEASE_V4,
            .prefix_len = 32,
            .state = BERTH_LEASE_ACTIVE,
            .subnet_id = 2,
            .valid_sec = SITE_VALID,
            .cltt = berth_leases_now(play->site.leases),
            .hwaddr = hwaddr_of(0, i),
        };

        CHECK_INT(berth_leases_loaded(play->site.leases, &lease), 0);
    }
}

/* As a reload has it: the same pool, but for its last address. */
static void change_pool(Play *play, BerthAllocator allocator)
{
    BerthPool *pool = &play->site.pools[1];

    pool->last =
        site_large_addr(berth_addr_to4(pool->last) - berth_addr_to4(site_large_addr(0)) - 1);
    play->site.subnets[1].params.allocator = allocator;
    berth_leases_set_conf(play->site.leases, &play->site.conf);
}

static void let_turns_pass(Play *play)
{
    play->turns = play->busy = play->given = play->wrong = 0;
    play->most = 0;
    play->free = count_free(play);
    berth_world_timer_set(&play->site.world->world, play->timer, 0);
    berth_fake_world_pass(play->site.world, 0);
}

static void play_init(Play *play)
{
    *play = (Play){0};
    site_init_large(&play->site, BITS);
    play->timer = berth_world_timer(&play->site.world->world, on_turn, play);
    berth_leases_set_conf(play->site.leases, &play->site.conf);
    load(play);
}

static void play_clear(Play *play)
{
    berth_timer_free(play->timer);
    berth_fake_world_settle(play->site.world);
    site_clear(&play->site);
}

static void test_turns(void)
{
    uint64_t free;
    Play play;

    play_init(&play);
    free = count_free(&play);
    change_pool(&play, BERTH_ALLOCATOR_ITERATIVE);
    CHECK(count_free(&play) >= free - 1 + LEASED - TURN_MAX);
    let_turns_pass(&play);
    CHECK(play.most > 0 && play.most <= TURN_MAX);
    CHECK_INT(count_free(&play), free - 1);

    berth_row("changed again before it is full");
    change_pool(&play, BERTH_ALLOCATOR_ITERATIVE);
    change_pool(&play, BERTH_ALLOCATOR_ITERATIVE);
    let_turns_pass(&play);
    CHECK_INT(count_free(&play), free - 3);
    play_clear(&play);
}

static void test_clients(void)
{
    static const struct {
        const char *name;
        BerthAllocator allocator;
    } rows[] = {
        {"iterative", BERTH_ALLOCATOR_ITERATIVE},
        {"random", BERTH_ALLOCATOR_RANDOM},
        {"flq", BERTH_ALLOCATOR_FLQ},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        uint64_t free;
        Play play;

        berth_row("%s", rows[i].name);
        play_init(&play);
        free = count_free(&play);
        play.asks = true;
        change_pool(&play, rows[i].allocator);
        let_turns_pass(&play);
        CHECK_INT(play.wrong, 0);
        CHECK(play.given > ROUNDS / 2);
        /* Each turn of the clients steps over 4096 of them itself. */
        CHECK(play.busy < LEASED / TURN_MAX + 2);
        CHECK_INT(count_free(&play), free - 1 - play.given);
        play_clear(&play);
    }
}

/* What is taken out in the middle of it, where it has been and where it has not, is free then. */
static void test_changes(void)
{
    uint64_t free;
    Play play;

    berth_row("two leases less");
    play_init(&play);
    free = count_free(&play);
    change_pool(&play, BERTH_ALLOCATOR_ITERATIVE);
    for (unsigned i = 0; i < 2; i++) {
        BerthLease lease = {.addr = site_large_addr(i ? LEASED - 1 : 1)};

        CHECK_INT(berth_leases_loaded(play.site.leases, &lease), 0);
    }
    let_turns_pass(&play);
    CHECK_INT(count_free(&play), free - 1 + 2);
    play_clear(&play);
}

int main(int argc, char **argv)
{
    static const BerthTest tests[] = {
        {"turns", test_turns},
        {"clients", test_clients},
        {"changes", test_changes},
        {0},
    };

    return berth_tests_main("fill", tests, argc, argv);
}
