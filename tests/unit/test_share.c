/* share: how several servers share leases. Each gives its own stripe of the pools first; what has
 * ended is given to others, reclaimed and forgotten some time later, by one of them. */
#include "core/lease/leases_i.h"
#include "tests/lib/rows.h"
#include "tests/lib/shared_site.h"

#define GRACE 300
#define EXTRA 60

static void init(Site *site)
{
    site_init(site);
    site_share(site);
    site->backend->share.grace_sec = GRACE;
    site->backend->share.foreign_extra_sec = EXTRA;
    berth_fake_backend_announce(site->backend);
}

/* ---- stripes ---- */

static bool is_own(const Site *site, BerthAddr addr)
{
    const BerthSpace *space = berth_pools_find(&site->leases->pools, addr);
    uint64_t number;

    return space && berth_space_number(space, (BerthPrefix){addr, space->len}, &number) &&
           number >= space->own_from && number < space->own_until;
}

static BerthClient client_of(unsigned i)
{
    return (BerthClient){.hwaddr = {1, 6, {2, 0, 0, 0, (uint8_t)(i >> 8), (uint8_t)i}}};
}

static void set_stripe(Site *site, unsigned stripe, unsigned stripes)
{
    site->backend->share.stripe = stripe;
    site->backend->share.stripes = stripes;
    berth_fake_backend_announce(site->backend);
}

/* Of the two pools of subnet 2, 256 and 100 addresses of which two are nobody's: first all of the
 * stripe, and then all the others, each once. */
static void check_picks(Site *site, unsigned stripe, unsigned stripes)
{
    unsigned n = 0, n_own = 0, last_own = 0;
    BerthClient client;
    BerthAddr addr;

    set_stripe(site, stripe, stripes);
    for (client = client_of(0);
         berth_leases_pick(site->leases, &site->subnets[1], &client, BERTH_ADDR4_ANY, &addr);
         client = client_of(++n)) {
        berth_leases_hold(site->leases, addr, 2, &client);
        if (is_own(site, addr)) {
            n_own++;
            last_own = n;
        }
    }
    CHECK_INT(n, 356);
    CHECK_INT(n_own, 256 * (stripe + 1) / stripes - 256 * stripe / stripes +
                         100 * (stripe + 1) / stripes - 100 * stripe / stripes);
    CHECK_INT(last_own, n_own ? n_own - 1 : 0);
}

static void test_stripes(void)
{
    static const struct {
        const char *name;
        BerthAllocator allocator;
    } allocators[] = {
        {"iterative", BERTH_ALLOCATOR_ITERATIVE},
        {"random", BERTH_ALLOCATOR_RANDOM},
        {"flq", BERTH_ALLOCATOR_FLQ},
    };
    static const unsigned rows[][2] = {{0, 1}, {0, 2}, {1, 2}, {2, 3}, {6, 7}, {499, 1000}};

    for (size_t a = 0; a < G_N_ELEMENTS(allocators); a++) {
        for (size_t r = 0; r < G_N_ELEMENTS(rows); r++) {
            Site site;

            berth_row("%s, stripe %u of %u", allocators[a].name, rows[r][0], rows[r][1]);
            init(&site);
            site.subnets[1].params.allocator = allocators[a].allocator;
            berth_leases_set_conf(site.leases, &site.conf);
            check_picks(&site, rows[r][0], rows[r][1]);
            site_clear(&site);
        }
    }
}

/* In a pool of which there is no map of what is free. */
static void test_wide(void)
{
    static const BerthAllocator allocators[] = {BERTH_ALLOCATOR_ITERATIVE, BERTH_ALLOCATOR_RANDOM,
                                                BERTH_ALLOCATOR_FLQ};

    for (size_t a = 0; a < G_N_ELEMENTS(allocators); a++) {
        const BerthShare share = {.size = sizeof(share), .stripe = 2, .stripes = 3};
        Site site;

        berth_row("a /64, allocator %zu", a);
        site_init6(&site);
        berth_leases_set_share(site.leases, &share);
        site.subnets[0].params.allocator = allocators[a];
        berth_leases_set_conf(site.leases, &site.conf);
        for (int i = 0; i < 100; i++) {
            BerthClient client = site_client6((char)('a' + i % 26), BERTH_LEASE_NA, (uint32_t)i);
            BerthPick got;

            if (!CHECK(berth_leases_pick6(site.leases, &site.subnets[0], &client,
                                          (BerthPrefix){BERTH_ADDR6_ANY, 0}, &got)))
                break;
            CHECK(is_own(&site, got.prefix.addr));
            berth_leases_hold6(site.leases, got.prefix, 1, &client);
        }
        site_clear(&site);
    }
}

/* Another stripe from one moment to the next, and after a new configuration. */
static void test_restriped(void)
{
    Site site;

    berth_row("one after the other");
    init(&site);
    site.subnets[1].params.allocator = BERTH_ALLOCATOR_FLQ;
    berth_leases_set_conf(site.leases, &site.conf);
    for (unsigned i = 0; i < 8; i++) {
        BerthClient client = client_of(i);
        BerthAddr addr;

        set_stripe(&site, i % 4, 4);
        berth_leases_set_conf(site.leases, &site.conf);
        CHECK(berth_leases_pick(site.leases, &site.subnets[1], &client, BERTH_ADDR4_ANY, &addr));
        CHECK(is_own(&site, addr));
        berth_leases_hold(site.leases, addr, 2, &client);
    }
    site_clear(&site);
}

/* ---- after the end ---- */

static void test_grace(void)
{
    /* clang-format off */
    static const struct {
        const char *name, *script;
        char client;
        unsigned octet;
        BerthUsable usable;
    } rows[] = {
        {"its own",                          "=~5a",               'a', 5, BERTH_USABLE},
        {"another's, before its grace is over", "=~5a t298",       'b', 5, BERTH_USABLE_TAKEN},
        {"another's, when it is",            "=~5a t301",          'b', 5, BERTH_USABLE},
        {"of another server",                "o~5a f t298",        'b', 5, BERTH_USABLE_TAKEN},
        {"of another server, over",          "o~5a f t301",        'b', 5, BERTH_USABLE},
        {"declined, and not yet over",       "o!5 f t3700",        'b', 5, BERTH_USABLE_DECLINED},
        {"declined, and over",               "o!5 f t3905",        'b', 5, BERTH_USABLE},
        {"given back is over at once",       "=+5a os5a f",        'b', 5, BERTH_USABLE},
        {"reclaimed is over",                "=~5a or5a f",        'b', 5, BERTH_USABLE},
        {0},
    };
    /* clang-format on */

    for (int i = 0; rows[i].name; i++) {
        BerthClient client = site_client(rows[i].client);
        Site site;

        berth_row("%s", rows[i].name);
        init(&site);
        site_run(&site, rows[i].script);
        CHECK_INT(
            berth_leases_usable(site.leases, &site.subnets[0], site_addr(rows[i].octet), &client),
            rows[i].usable);
        site_clear(&site);
    }
}

/* A full pool in which one lease has ended. */
static void test_full(void)
{
    static const struct {
        const char *name, *script;
        char client;
        unsigned octet; /* 0: none */
    } rows[] = {
        {"its own", "", 'd', 4},
        {"another client", "", 'x', 0},
        {"another client, later", "t301", 'x', 4},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        BerthClient client = site_client(rows[i].client);
        BerthAddr addr = BERTH_ADDR4_ANY;
        Site site;

        berth_row("%s", rows[i].name);
        init(&site);
        site_run(&site, "=+1a =+2b =+3c =~4d =+5e =+6f");
        site_run(&site, rows[i].script);
        berth_leases_pick(site.leases, &site.subnets[0], &client, BERTH_ADDR4_ANY, &addr);
        CHECK_INT(berth_addr_is_any(addr) ? 0 : addr.b[15], rows[i].octet);
        site_clear(&site);
    }
}

/* ---- reclaiming ---- */

static void test_reclaim(void)
{
    /* clang-format off */
    static const struct {
        const char *name, *script, *table, *events;
    } rows[] = {
        {"its grace is not over",             "=~5a t298 R",          "5a",  ""},
        {"it is",                             "=~5a t301 R",          "5ar", "e"},
        {"another server's, too early",       "o~5a f t301 R",        "5a",  ""},
        {"... it is to do it first",          "o~5a f t358 R",        "5a",  ""},
        {"... it has not",                    "o~5a f t361 R",        "5ar", "e"},
        {"... it has",                        "o~5a f t301 or5a f t60 R", "5ar", ""},
        {"both at once: the other was first", "=~5a t301 or5a R f",   "5ar", ""},
        {"renewed at the other meanwhile",    "=~5a t301 o+5a R f",   "5a",  ""},
        {"not stored",                        "=~5a t301 F R",        "5a",  ""},
        {"... and once more",                 "=~5a t301 F R t6 R",   "5ar", "e"},
        {"not known, and was",                "=~5a t301 W R q",      "5ar", ""},
        {"the echo is first",                 "E =~5a t301 R",        "5ar", "e"},
        {"declined",                          "=!5 t3902 R",          "",    "d"},
        {"given to another client",           "=~5a t301 p+5b .",     "5b",  "eo"},
        {"forgotten, not yet",                "=r5a t880",            "5ar", ""},
        {"forgotten",                         "=r5a t930",            "",    ""},
        {"forgotten by the other, not yet",   "or5a f t940",          "5ar", ""},
        {"forgotten by the other",            "or5a f t1000",         "",    ""},
        {0},
    };
    /* clang-format on */

    for (int i = 0; rows[i].name; i++) {
        for (int verdict = BERTH_CONTINUE; verdict <= BERTH_DROP; verdict++) {
            g_autofree char *table = NULL;
            Site site;

            berth_row("%s, verdict %d", rows[i].name, verdict);
            init(&site);
            site.verdict = (BerthVerdict)verdict;
            site_run(&site, rows[i].script);
            table = site_table(&site);
            CHECK_TEXT(table, rows[i].table);
            CHECK_TEXT(site.events->str, rows[i].events);
            site_clear(&site);
        }
    }
}

static const BerthTest tests[] = {
    {"stripes", test_stripes},
    {"wide", test_wide},
    {"restriped", test_restriped},
    {"grace", test_grace},
    {"full", test_full},
    {"reclaim", test_reclaim},
    {0},
};

int main(int argc, char **argv)
{
    return berth_tests_main("share", tests, argc, argv);
}
