/* test_reserve - what is reserved is given to nobody else, whatever the maps of what is free know
 * yet; and a set of many hosts that comes or goes is marked there part by part. */
#include "core/lease/leases.h"
#include "tests/lib/lease_site.h"
#include "tests/lib/rows.h"

#define BITS 17 /* of the pool */
#define RESERVED 120000
#define TURN_MAX 2048 /* hosts that are marked before others have their turn */
#define ROUNDS 400    /* more than all of them need */

typedef struct Play {
    Site site;
    BerthTimer *timer;
    unsigned turns, busy; /* those in which something reserved did not look so yet, or no more */
    unsigned given, wrong;
    uint32_t serial;
} Play;

static BerthHosts *make_hosts(void)
{
    BerthHosts *hosts = berth_hosts_new(true);

    berth_hosts_expect(hosts, RESERVED);
    for (uint32_t i = 0; i < RESERVED; i++) {
        const BerthHostAddr addr = {.addr = site_large_addr(i), .len = 32};
        const BerthHostSpec spec = {
            .family = 4,
            .subnet_id = 2,
            .id_type = BERTH_HOST_CLIENT_ID,
            .id = {(const uint8_t *)&i, sizeof(i)},
            .addrs = &addr,
            .n_addrs = 1,
        };
        BerthHost *host = berth_host_new(&spec);

        berth_hosts_put(hosts, host, NULL);
        berth_host_unref(host);
    }
    return hosts;
}

/* A new client's address, which is then held for it. */
static bool give(Play *play, BerthAddr *ret)
{
    const uint32_t serial = ++play->serial;
    const BerthClient client = {.hwaddr = {1,
                                           6,
                                           {2, 0, (uint8_t)(serial >> 24), (uint8_t)(serial >> 16),
                                            (uint8_t)(serial >> 8), (uint8_t)serial}}};
    const BerthSubnet *subnet = &play->site.subnets[1];

    if (!berth_leases_pick(play->site.leases, subnet, &client, BERTH_ADDR4_ANY, ret))
        return false;
    berth_leases_hold(play->site.leases, *ret, subnet->id, &client);
    return true;
}

static bool is_reserved(BerthAddr addr)
{
    return berth_addr_compare(addr, site_large_addr(RESERVED)) < 0;
}

/* Between the turns of the marking. */
static void on_turn(void *data)
{
    Play *play = data;
    BerthAddr addr;

    if (give(play, &addr)) {
        play->given++;
        play->wrong += is_reserved(addr);
    } else {
        play->busy = play->turns;
    }
    if (++play->turns < ROUNDS)
        berth_world_timer_set(&play->site.world->world, play->timer, 0);
}

static void let_turns_pass(Play *play)
{
    play->turns = play->busy = play->given = play->wrong = 0;
    berth_world_timer_set(&play->site.world->world, play->timer, 0);
    berth_fake_world_pass(play->site.world, 0);
}

static void play_init(Play *play)
{
    *play = (Play){0};
    site_init_large(&play->site, BITS);
    play->site.subnets[1].params.hosts_in_subnet = true;
    play->timer = berth_world_timer(&play->site.world->world, on_turn, play);
}

static void play_clear(Play *play)
{
    berth_timer_free(play->timer);
    berth_fake_world_settle(play->site.world);
    site_clear(&play->site);
}

/* As a plugin has them, and clears them. */
static void set_in_database(Play *play, BerthHosts *hosts)
{
    BerthHosts *none = hosts ? NULL : berth_hosts_new(true);

    berth_leases_set_hosts(play->site.leases, BERTH_HOSTS_DATABASE, hosts ? hosts : none);
    berth_hosts_unref(none);
}

/* As reloads bring them, and take them away. */
static void set_in_conf(Play *play, BerthHosts *hosts)
{
    play->site.conf.v4.hosts = hosts;
    berth_leases_set_conf(play->site.leases, &play->site.conf);
}

static void check_coming_and_going(void (*set)(Play *play, BerthHosts *hosts))
{
    BerthHosts *hosts = make_hosts();
    BerthAddr addr;
    Play play;

    play_init(&play);
    berth_leases_set_conf(play.site.leases, &play.site.conf);
    CHECK(give(&play, &addr));
    CHECK(is_reserved(addr)); /* nothing is, yet */
    set(&play, hosts);
    let_turns_pass(&play);
    CHECK_INT(play.wrong, 0);
    CHECK(play.given > 0);
    berth_row("busy for %u turns", play.busy);
    /* Each turn of the clients steps over 4096 of them itself. */
    CHECK(play.busy + 1 >= RESERVED / (4096 + TURN_MAX));
    CHECK(play.busy < RESERVED / TURN_MAX + 2);
    set(&play, NULL);
    berth_hosts_unref(hosts);
    let_turns_pass(&play);
    for (uint32_t i = 0; i < (1u << BITS) - RESERVED + 100; i++)
        if (!CHECK(give(&play, &addr)))
            break;
    CHECK(is_reserved(addr)); /* which it is no more */
    play_clear(&play);
}

static void test_conf(void)
{
    check_coming_and_going(set_in_conf);
}

static void test_database(void)
{
    check_coming_and_going(set_in_database);
}

int main(int argc, char **argv)
{
    static const BerthTest tests[] = {{"conf", test_conf}, {"database", test_database}, {0}};

    return berth_tests_main("reserve", tests, argc, argv);
}
