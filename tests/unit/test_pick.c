/* pick: what each allocator gives, in which order, and to the last address of a full pool. */
#include "core/lease/leases_i.h"
#include "tests/lib/lease_site.h"
#include "tests/lib/rows.h"

#include <stdlib.h>

#define NEVER BERTH_LIFETIME_INFINITE

static void set_allocator(Site *site, BerthAllocator allocator)
{
    for (size_t i = 0; i < G_N_ELEMENTS(site->subnets); i++)
        site->subnets[i].params.allocator = allocator;
    berth_leases_set_conf(site->leases, &site->conf);
}

/* A client that nobody has seen before. */
static BerthClient stranger(unsigned number)
{
    BerthClient client = {.hwaddr = {.type = 1, .len = 6, .bytes = {2}}};

    client.hwaddr.bytes[4] = (uint8_t)(number >> 8);
    client.hwaddr.bytes[5] = (uint8_t)number;
    return client;
}

static void put(Site *site, BerthAddr addr, const BerthClient *client, uint32_t valid_sec,
                BerthLeaseState state)
{
    BerthLease lease = site_lease(site, 1, 'z'), before;
    bool was = berth_table_get(site->leases->table, addr, &before);

    lease.addr = addr;
    lease.hwaddr = client->hwaddr;
    lease.valid_sec = valid_sec;
    lease.state = (uint8_t)state;
    CHECK_INT(site_propose(site, was ? &before : NULL, &lease), BERTH_PROPOSED);
    site_settle(site);
}

static void let_go(Site *site, unsigned octet)
{
    BerthLease lease;

    CHECK(berth_table_get(site->leases->table, site_addr(octet), &lease));
    lease.state = BERTH_LEASE_RELEASED;
    put(site, lease.addr, &(BerthClient){lease.hwaddr, lease.client_id}, 10, BERTH_LEASE_RELEASED);
}

/* One word of a script: "p" gives an address to a stranger, "o" offers one and lets the offer pass,
 * "-3" is released, "+3" is taken by whoever asks for it, "w60" waits. */
static void step(Site *site, const char *word, unsigned number, GString *got)
{
    BerthClient client = stranger(number);
    unsigned n = (unsigned)strtoul(word + 1, NULL, 10);
    BerthAddr addr;

    if (*word == '-') {
        let_go(site, n);
    } else if (*word == 'w') {
        site_pass(site, n);
    } else if (berth_leases_pick(site->leases, &site->subnets[0], &client,
                                 *word == '+' ? site_addr(n) : BERTH_ADDR4_ANY, &addr)) {
        g_string_append_printf(got, "%s%u", got->len ? " " : "", addr.b[15]);
        if (*word == 'o') {
            berth_leases_hold(site->leases, addr, 1, &client);
            site_pass(site, BERTH_HOLD_SEC);
            return;
        }
        put(site, addr, &client, NEVER, BERTH_LEASE_ACTIVE);
    } else {
        g_string_append(got, got->len ? " full" : "full");
    }
}

static void run_script(Site *site, const char *script, unsigned stranger_from, GString *got)
{
    g_auto(GStrv) words = g_strsplit(script, " ", -1);

    for (unsigned i = 0; words[i]; i++)
        step(site, words[i], stranger_from + i, got);
}

static void test_order(void)
{
    /* Every row begins with the six addresses given to strangers. */
    /* clang-format off */
    static const struct {
        const char *name;
        BerthAllocator allocator;
        const char *script, *gives;
    } rows[] = {
        {"full",                              BERTH_ALLOCATOR_ITERATIVE, "p",                         "full"},
        {"full",                              BERTH_ALLOCATOR_RANDOM,    "p",                         "full"},
        {"full",                              BERTH_ALLOCATOR_FLQ,       "p",                         "full"},
        {"the only free one",                 BERTH_ALLOCATOR_ITERATIVE, "-4 p p",                    "4 full"},
        {"the only free one",                 BERTH_ALLOCATOR_RANDOM,    "-4 p p",                    "4 full"},
        {"the only free one",                 BERTH_ALLOCATOR_FLQ,       "-4 p p",                    "4 full"},
        {"by address, not by time",           BERTH_ALLOCATOR_ITERATIVE, "-3 -1 -5 p p p",            "1 3 5"},
        {"behind the last one, then round",   BERTH_ALLOCATOR_ITERATIVE, "-3 -5 p -3 -6 -1 p p p p",  "3 5 6 1 3"},
        {"freed longest ago first",           BERTH_ALLOCATOR_FLQ,       "-3 -1 -5 p p p",            "3 1 5"},
        {"... freed again is last",           BERTH_ALLOCATOR_FLQ,       "-3 -1 p -5 -3 p p p",       "3 1 5 3"},
        {"... one is asked for",              BERTH_ALLOCATOR_FLQ,       "-3 -1 -5 +1 p p p",         "1 3 5 full"},
        {"... an offer that came to nothing", BERTH_ALLOCATOR_FLQ,       "-3 -1 -5 o p p p",          "3 1 5 3"},
        {"... removing records changes none", BERTH_ALLOCATOR_FLQ,       "-3 w605 -5 w100 p p",       "3 5"},
        {"shared-flq is flq",                 BERTH_ALLOCATOR_SHARED_FLQ,"-3 -1 -5 p p p",            "3 1 5"},
        {0},
    };
    /* clang-format on */

    for (int i = 0; rows[i].name; i++) {
        g_autoptr(GString) got = g_string_new(NULL), all = g_string_new(NULL);
        Site site;

        berth_row("allocator %d: %s", rows[i].allocator, rows[i].name);
        site_init(&site);
        set_allocator(&site, BERTH_ALLOCATOR_ITERATIVE);
        run_script(&site, "p p p p p p", 0, all);
        CHECK_TEXT(all->str, "1 2 3 4 5 6");
        set_allocator(&site, rows[i].allocator);
        run_script(&site, rows[i].script, 100, got);
        CHECK_TEXT(got->str, rows[i].gives);
        site_clear(&site);
    }
}

/* As often as any other, whatever is taken around it. */
static void test_random_is_even(void)
{
    unsigned seen[3][256] = {0};
    BerthClient client = stranger(1);
    BerthAddr addr;
    Site site;

    site_init(&site);
    set_allocator(&site, BERTH_ALLOCATOR_RANDOM);
    /* Two runs of addresses, one of them alone: choosing the next free one from a random place on
     * would give it most of the time. */
    for (unsigned octet = 1; octet <= 200; octet++)
        put(&site, berth_addr4(0x0a020100 + octet), &(BerthClient){stranger(octet + 1).hwaddr, {0}},
            NEVER, BERTH_LEASE_ACTIVE);
    for (int i = 0; i < 30000; i++) {
        CHECK(berth_leases_pick(site.leases, &site.subnets[1], &client, BERTH_ADDR4_ANY, &addr));
        seen[addr.b[14]][addr.b[15]]++;
    }
    berth_row("55 in the first pool with .0 and 201 to 255, 100 in the second one");
    CHECK(seen[1][201] > 100 && seen[1][201] < 300);
    CHECK(seen[1][0] > 100 && seen[1][0] < 300);
    CHECK(seen[2][1] > 100 && seen[2][1] < 300);
    site_clear(&site);
}

/* All of a new pool, each once, and not in the order of addresses. */
static void test_new_queue(void)
{
    bool seen[2][256] = {0};
    unsigned last = 0, in_order = 0;
    Site site;

    site_init(&site);
    set_allocator(&site, BERTH_ALLOCATOR_FLQ);
    berth_row("356 addresses of two pools");
    for (unsigned i = 0; i < 356; i++) {
        BerthClient client = stranger(i);
        BerthAddr addr;

        if (!CHECK(
                berth_leases_pick(site.leases, &site.subnets[1], &client, BERTH_ADDR4_ANY, &addr)))
            break;
        CHECK(!seen[addr.b[14] - 1][addr.b[15]]);
        seen[addr.b[14] - 1][addr.b[15]] = true;
        in_order += addr.b[15] == last + 1;
        last = addr.b[15];
        put(&site, addr, &client, NEVER, BERTH_LEASE_ACTIVE);
    }
    CHECK(in_order < 20);
    site_clear(&site);
}

/* Two pools with one free address each. */
static void test_two_queues(void)
{
    static const uint32_t firsts[] = {0x0a020110, 0x0a020210};
    BerthClient client = stranger(9999);

    for (int first = 0; first < 2; first++) {
        BerthAddr addr;
        Site site;

        berth_row("the one of pool %d was freed before", first);
        site_init(&site);
        set_allocator(&site, BERTH_ALLOCATOR_FLQ);
        for (uint32_t i = 0; i < 356; i++)
            put(&site, berth_addr4(i < 256 ? 0x0a020100 + i : 0x0a020201 + i - 256),
                &(BerthClient){stranger(i).hwaddr, {0}}, NEVER, BERTH_LEASE_ACTIVE);
        CHECK(!berth_leases_pick(site.leases, &site.subnets[1], &client, BERTH_ADDR4_ANY, &addr));
        for (int i = 0; i < 2; i++)
            put(&site, berth_addr4(firsts[first ^ i]), &(BerthClient){stranger(1).hwaddr, {0}}, 10,
                BERTH_LEASE_RELEASED);
        CHECK(berth_leases_pick(site.leases, &site.subnets[1], &client, BERTH_ADDR4_ANY, &addr));
        CHECK_INT(berth_addr_to4(addr), firsts[first]);
        site_clear(&site);
    }
}

/* After a start: what has a record comes after what was never used. */
static void test_loaded(void)
{
    Site site;
    BerthClient client = stranger(1);
    BerthAddr addr;

    site_init(&site);
    set_allocator(&site, BERTH_ALLOCATOR_FLQ);
    site_set_up(&site, "s1a r2b ~4d s5e s6f");
    berth_row("only .3 is without a record");
    CHECK(berth_leases_pick(site.leases, &site.subnets[0], &client, BERTH_ADDR4_ANY, &addr));
    CHECK_INT(addr.b[15], 3);
    berth_row("the same after a reload that makes the pool anew");
    site.pools[0].last = site_addr(6);
    berth_leases_set_conf(site.leases, &site.conf);
    CHECK(berth_leases_pick(site.leases, &site.subnets[0], &client, BERTH_ADDR4_ANY, &addr));
    CHECK_INT(addr.b[15], 3);
    site_clear(&site);
}

static const BerthTest tests[] = {
    {"order", test_order},           {"random is even", test_random_is_even},
    {"a new queue", test_new_queue}, {"two queues", test_two_queues},
    {"loaded", test_loaded},         {0},
};

int main(int argc, char **argv)
{
    return berth_tests_main("pick", tests, argc, argv);
}
