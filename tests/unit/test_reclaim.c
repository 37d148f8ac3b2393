/* reclaim: rounds, callouts, what is kept and for how long; the statistics; and everything together
 * at random, with free maps and statistics counted again from the table after every step. */
#include "core/lease/leases_i.h"
#include "tests/lib/lease_site.h"
#include "tests/lib/rows.h"

#include <stdlib.h>

/* One round, committed, and what is there afterwards. */
static void test_round(void)
{
    /* clang-format off */
    static const struct {
        const char *name, *script;
        BerthVerdict verdict;
        int64_t hold_sec;
        unsigned reclaimed;
        const char *table, *events;
    } rows[] = {
        {"nothing",                  "",            BERTH_CONTINUE, 600, 0, "",         ""},
        {"a valid one",              "+3a",         BERTH_CONTINUE, 600, 0, "3a",       ""},
        {"an expired one",           "~3a",         BERTH_CONTINUE, 600, 1, "3ar",      "e"},
        {"... not kept",             "~3a",         BERTH_CONTINUE, 0,   1, "",         "e"},
        {"... a callout says no",    "~3a",         BERTH_SKIP,     600, 0, "3a",       "e"},
        {"... a callout drops",      "~3a",         BERTH_DROP,     600, 0, "3a",       "e"},
        {"... offered to another",   "~3a ?3b",     BERTH_CONTINUE, 600, 0, "3a",       ""},
        {"reclaimed already",        "r3a",         BERTH_CONTINUE, 600, 0, "3ar",      ""},
        {"released",                 "s3a",         BERTH_CONTINUE, 600, 0, "3as",      ""},
        {"declined, in probation",   "!3",          BERTH_CONTINUE, 600, 0, "3!",       ""},
        {"several",                  "~1a ~2b +3c", BERTH_CONTINUE, 600, 2, "1ar 2br 3c", "ee"},
        {0},
    };
    /* clang-format on */

    for (int i = 0; rows[i].name; i++) {
        g_autofree char *table = NULL;
        Site site;

        berth_row("%s", rows[i].name);
        site_init(&site);
        site.conf.v4.hold_reclaimed_sec = rows[i].hold_sec;
        berth_leases_set_conf(site.leases, &site.conf);
        site.verdict = rows[i].verdict;
        site_set_up(&site, rows[i].script);
        CHECK_INT(berth_leases_reclaim(site.leases), rows[i].reclaimed);
        CHECK_TEXT(site.events->str, rows[i].events);
        CHECK_INT(berth_leases_reclaim(site.leases), 0);
        site_settle(&site);
        table = site_table(&site);
        CHECK_TEXT(table, rows[i].table);
        CHECK_INT(
            berth_freemap_is_free(berth_pools_find(&site.leases->pools, site_addr(3))->map, 3),
            !strstr(rows[i].script, "+3") && !strstr(rows[i].script, "!3") &&
                !strstr(rows[i].script, "?3"));
        site_clear(&site);
    }
}

/* Who gets a lease has chosen; whose lease only ended may have been offered another meanwhile. */
static void test_offer_to_owner(void)
{
    BerthClient a = site_client('a');
    BerthLease lease;
    BerthAddr addr;
    Site site;

    site_init(&site);
    site_set_up(&site, "~3a ?4a");
    CHECK_INT(berth_leases_reclaim(site.leases), 1);
    site_settle(&site);
    CHECK(berth_leases_held(site.leases, 1, &a, &addr) && addr.b[15] == 4);
    lease = site_lease(&site, 5, 'a');
    CHECK_INT(site_propose(&site, NULL, &lease), BERTH_PROPOSED);
    site_settle(&site);
    CHECK(!berth_leases_held(site.leases, 1, &a, &addr));
    CHECK(berth_freemap_is_free(berth_pools_find(&site.leases->pools, site_addr(4))->map, 4));
    site_clear(&site);
}

static void set_times(Site *site, int64_t wait_sec, int64_t max_leases)
{
    site->conf.v4.reclaim_wait_sec = wait_sec;
    site->conf.v4.max_reclaim_leases = max_leases;
    berth_leases_set_conf(site->leases, &site->conf);
}

static void check_table(const Site *site, const char *want)
{
    g_autofree char *table = site_table(site);

    CHECK_TEXT(table, want);
}

/* The life of a lease, by the timers alone. */
static void test_life(void)
{
    Site site;

    site_init(&site);
    set_times(&site, 10, 100);
    site_set_up(&site, "+3a");
    berth_row("valid to its last second");
    site_pass(&site, SITE_VALID - 1);
    check_table(&site, "3a");
    berth_row("reclaimed in the next round");
    site_pass(&site, 11);
    check_table(&site, "3ar");
    CHECK_INT(site_stat(&site, "reclaimed-leases"), 1);
    CHECK_INT(site_stat(&site, "assigned-addresses"), 0);
    berth_row("kept for its owner");
    site_pass(&site, 580);
    check_table(&site, "3ar");
    berth_row("removed");
    site_pass(&site, 60);
    check_table(&site, "");
    CHECK_TEXT(site.events->str, "e");
    site_clear(&site);
}

static void test_declined(void)
{
    BerthClient b = site_client('b');
    Site site;

    site_init(&site);
    set_times(&site, 10, 100);
    site_set_up(&site, "!3");
    berth_row("in probation");
    CHECK_INT(site_stat(&site, "declined-addresses"), 1);
    CHECK_INT(site_stat(&site, "assigned-addresses"), 1);
    site_pass(&site, SITE_VALID - 1);
    CHECK_INT(berth_leases_usable(site.leases, &site.subnets[0], site_addr(3), &b),
              BERTH_USABLE_DECLINED);
    berth_row("a callout keeps it declined");
    site.verdict = BERTH_SKIP;
    site_pass(&site, 11);
    check_table(&site, "3!");
    berth_row("back in its pool");
    site.verdict = BERTH_CONTINUE;
    site_pass(&site, 20);
    check_table(&site, "");
    CHECK_INT(site_stat(&site, "declined-addresses"), 0);
    CHECK_INT(site_stat(&site, "assigned-addresses"), 0);
    CHECK_INT(site_stat(&site, "reclaimed-declined-addresses"), 1);
    CHECK_INT(site_stat(&site, "subnet[1].reclaimed-declined-addresses"), 1);
    CHECK_INT(site_stat(&site, "subnet[1].pool[0].declined-addresses"), 0);
    site_clear(&site);
}

/* At most so many a round; a failed commit is tried again. */
static void test_bounds(void)
{
    Site site;

    site_init(&site);
    set_times(&site, 10, 2);
    site_set_up(&site, "~1a ~2b ~3c ~4d ~5e");
    berth_row("two a round");
    CHECK_INT(berth_leases_reclaim(site.leases), 2);
    site_settle(&site);
    CHECK_INT(berth_leases_reclaim(site.leases), 2);
    berth_row("those that failed come again");
    berth_fake_backend_answer(site.backend, BERTH_COMMIT_FAILED);
    site_settle(&site);
    site_pass(&site, 30);
    CHECK_INT(site_stat(&site, "reclaimed-leases"), 5);
    check_table(&site, "1ar 2br 3cr 4dr 5er");
    berth_row("max-reclaim-time");
    site.conf.v4.max_reclaim_leases = 0;
    site.conf.v4.max_reclaim_msec = 1;
    berth_leases_set_conf(site.leases, &site.conf);
    site_set_up(&site, "~1a ~2b");
    CHECK_INT(berth_leases_reclaim(site.leases), 2);
    site_settle(&site);
    berth_row("no store, no callouts");
    site_set_up(&site, "~1a");
    g_string_truncate(site.events, 0);
    berth_leases_set_backend(site.leases, NULL, NULL);
    CHECK_INT(berth_leases_reclaim(site.leases), 0);
    CHECK_TEXT(site.events->str, "");
    site_clear(&site);
}

/* A callout that takes 600 ms. */
static BerthVerdict slow_expire(void *data, BerthLease *lease, bool was_declined)
{
    (void)lease, (void)was_declined;
    ((Site *)data)->world->boot_usec += 600000;
    return BERTH_CONTINUE;
}

static void test_time_bound(void)
{
    static const struct {
        const char *name;
        int64_t max_msec;
        unsigned reclaimed;
    } rows[] = {{"no bound", 0, 5}, {"250 ms", 250, 1}, {"601 ms", 601, 2}, {"10 s", 10000, 5}};

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        Site site;

        berth_row("%s", rows[i].name);
        site_init(&site);
        site.conf.v4.max_reclaim_msec = rows[i].max_msec;
        berth_leases_set_conf(site.leases, &site.conf);
        berth_leases_on_expire(site.leases, slow_expire, &site);
        site_set_up(&site, "~1a ~2b ~3c ~4d ~5e");
        CHECK_INT(berth_leases_reclaim(site.leases), rows[i].reclaimed);
        site_clear(&site);
    }
}

static void count_slow(void *run, const BerthLogEvent *event)
{
    *(unsigned *)run += strcmp(event->id, "ALLOC_ENGINE_V4_LEASES_RECLAMATION_SLOW") == 0;
}

/* The warning comes with the round after so many that left something, and again after as many. */
static void test_slow(void)
{
    /* clang-format off */
    static const struct {
        const char *name;
        int64_t unwarned, max_leases;
        const char *warned; /* by rounds: so many until then */
    } rows[] = {
        {"after the third round",     2, 1, "0011111"},
        {"after each second one",     1, 1, "0112222"},
        {"never",                     0, 1, "0000000"},
        {"all are done in each",      1, 9, "0000000"},
        {"done with the third round",  2, 2, "0000000"},
    };
    /* clang-format on */
    static const BerthLogSink sink = {sizeof(sink), count_slow};
    static const BerthLogger warn = {"kea-dhcp4", BERTH_WARN, 0};

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(GString) got = g_string_new(NULL);
        unsigned warned = 0;
        Site site;

        berth_row("%s", rows[i].name);
        site_init(&site);
        berth_log_configure(site.log, &warn, 1);
        berth_log_add_sink(site.log, &sink, &warned);
        site.conf.v4.unwarned_reclaim_cycles = rows[i].unwarned;
        site.conf.v4.max_reclaim_leases = rows[i].max_leases;
        berth_leases_set_conf(site.leases, &site.conf);
        site_set_up(&site, "~1a ~2b ~3c ~4d ~5e ~6f");
        for (int n = 0; n < 7; n++) {
            berth_leases_reclaim(site.leases);
            site_settle(&site);
            g_string_append_printf(got, "%u", warned);
        }
        CHECK_TEXT(got->str, rows[i].warned);
        berth_log_remove_sink(site.log, &sink, &warned);
        site_clear(&site);
    }
}

static void count_done(void *data)
{
    g_string_append_c(((Site *)data)->events, '.');
}

/* All at once, whatever the bounds of a round; done when it is committed. */
static void test_all(void)
{
    /* clang-format off */
    static const struct {
        const char *name, *script;
        bool remove;
        BerthCommitResult result;
        const char *table, *events;
    } rows[] = {
        {"nothing",               "+1a",             true,  BERTH_COMMIT_OK,     "1a",          "."},
        {"kept for their owners", "~1a ~2b +3c ~4d", false, BERTH_COMMIT_OK,     "1ar 2br 3c 4dr", "eee."},
        {"removed",               "~1a ~2b +3c ~4d", true,  BERTH_COMMIT_OK,     "3c",          "eee."},
        {"reclaimed ones stay",   "~1a r2b s3c",     true,  BERTH_COMMIT_OK,     "2br 3cs",     "e."},
        {"a store that fails",    "~1a",             true,  BERTH_COMMIT_FAILED, "1a",          "e."},
    };
    /* clang-format on */

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *table = NULL;
        Site site;

        berth_row("%s", rows[i].name);
        site_init(&site);
        set_times(&site, 0, 1);
        site_set_up(&site, rows[i].script);
        if (rows[i].result != BERTH_COMMIT_OK)
            berth_fake_backend_answer(site.backend, rows[i].result);
        berth_leases_reclaim_all(site.leases, rows[i].remove, count_done, &site);
        CHECK_TEXT(site.events->str, "");
        site_settle(&site);
        site_pass(&site, 1);
        CHECK_TEXT(site.events->str, rows[i].events);
        table = site_table(&site);
        CHECK_TEXT(table, rows[i].table);
        site_clear(&site);
    }
}

/* Two at once are done one after the other; without a store neither waits for ever. */
static void test_all_twice(void)
{
    Site site;

    site_init(&site);
    set_times(&site, 0, 1);
    site_set_up(&site, "~1a ~2b");
    berth_row("two that want different things: the first one has it");
    berth_leases_reclaim_all(site.leases, false, count_done, &site);
    berth_leases_reclaim_all(site.leases, true, count_done, &site);
    site_settle(&site);
    site_pass(&site, 1);
    CHECK_TEXT(site.events->str, "ee..");
    check_table(&site, "1ar 2br");
    berth_row("no store");
    berth_leases_set_backend(site.leases, NULL, NULL);
    berth_leases_reclaim_all(site.leases, true, count_done, &site);
    site_pass(&site, 1);
    CHECK_TEXT(site.events->str, "ee...");
    berth_row("one that still waits at the end");
    berth_leases_reclaim_all(site.leases, true, count_done, &site);
    site_clear(&site);
}

/* What was reclaimed waits for its owner for hold-reclaimed-time, and goes to others only when
 * there is nothing else. */
static void test_affinity(void)
{
    static const BerthAllocator allocators[] = {BERTH_ALLOCATOR_ITERATIVE, BERTH_ALLOCATOR_RANDOM,
                                                BERTH_ALLOCATOR_FLQ};

    for (size_t i = 0; i < G_N_ELEMENTS(allocators); i++) {
        BerthClient a = site_client('a');
        BerthAddr addr;
        Site site;

        berth_row("allocator %d", allocators[i]);
        site_init(&site);
        site.subnets[0].params.allocator = allocators[i];
        set_times(&site, 10, 100);
        site_set_up(&site, "~5a");
        site_pass(&site, 11);
        check_table(&site, "5ar");
        CHECK(berth_leases_pick(site.leases, &site.subnets[0], &a, BERTH_ADDR4_ANY, &addr));
        CHECK_INT(addr.b[15], 5);
        site_clear(&site);
    }
}

/* Not while its owner is about to renew it, and not if it did. */
static void test_renewed(void)
{
    BerthLease before, after;
    Site site;

    site_init(&site);
    site_set_up(&site, "~3a");
    berth_table_get(berth_leases_table(site.leases), site_addr(3), &before);
    after = site_lease(&site, 3, 'a');
    berth_row("a renewal is pending");
    CHECK_INT(site_propose(&site, &before, &after), BERTH_PROPOSED);
    CHECK_INT(berth_leases_reclaim(site.leases), 0);
    CHECK_TEXT(site.events->str, "");
    site_settle(&site);
    site_pass(&site, 60);
    CHECK_INT(berth_leases_reclaim(site.leases), 0);
    check_table(&site, "3a");
    CHECK_TEXT(site.events->str, "o");
    site_clear(&site);
}

/* What a lease counts as when it goes from one client to another, or comes back. */
static void test_cumulative(void)
{
    static const struct {
        const char *name, *script;
        char client;
        int64_t cumulative, reclaimed;
    } rows[] = {
        {"new", "", 'a', 1, 0},
        {"renewed", "+3a", 'a', 1, 0},
        {"reclaimed", "r3a", 'a', 1, 0},
        {"another's, expired", "~3b", 'a', 2, 1},
        {"its own, expired", "~3a", 'a', 1, 0},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        BerthLease before, after;
        Site site;
        bool was;

        berth_row("%s", rows[i].name);
        site_init(&site);
        site_set_up(&site, rows[i].script);
        was = berth_table_get(berth_leases_table(site.leases), site_addr(3), &before);
        after = site_lease(&site, 3, rows[i].client);
        CHECK_INT(site_propose(&site, was ? &before : NULL, &after), BERTH_PROPOSED);
        site_settle(&site);
        CHECK_INT(site_stat(&site, "cumulative-assigned-addresses"), rows[i].cumulative);
        CHECK_INT(site_stat(&site, "subnet[1].reclaimed-leases"), rows[i].reclaimed);
        CHECK_INT(site_stat(&site, "subnet[1].pool[0].assigned-addresses"), 1);
        site_clear(&site);
    }
}

static void test_stats(void)
{
    /* clang-format off */
    static const struct {
        const char *name;
        int64_t want;
    } rows[] = {
        {"assigned-addresses",                              4},
        {"declined-addresses",                              1},
        {"cumulative-assigned-addresses",                   3},
        {"reclaimed-leases",                                0},
        {"subnet[1].total-addresses",                       8},
        {"subnet[1].assigned-addresses",                    3},
        {"subnet[1].declined-addresses",                    1},
        {"subnet[1].pool[0].total-addresses",               8},
        {"subnet[1].pool[0].assigned-addresses",            3},
        {"subnet[1].pool[0].cumulative-assigned-addresses", 2},
        {"subnet[2].total-addresses",                       356},
        {"subnet[2].assigned-addresses",                    1},
        {"subnet[2].pool[1].total-addresses",               256},
        {"subnet[2].pool[1].assigned-addresses",            0},
        {"subnet[2].pool[2].assigned-addresses",            1},
        {"subnet[2].pool[3].assigned-addresses",            -1},
        {"subnet[3].assigned-addresses",                    -1},
    };
    /* clang-format on */
    BerthLease lease;
    Site site;

    site_init(&site);
    site_set_up(&site, "+1a ~2b !4 r5c s6d");
    lease = site_lease(&site, 0, 'a');
    lease.addr = berth_addr4(0x0a020205);
    lease.subnet_id = 2;
    lease.pool_id = 2;
    CHECK_INT(berth_leases_loaded(site.leases, &lease), 0);
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        berth_row("%s", rows[i].name);
        CHECK_INT(site_stat(&site, rows[i].name), rows[i].want);
    }
    site_clear(&site);
}

/* ---- all together ---- */

static void check_maps(const Site *site)
{
    for (unsigned octet = 0; octet < 8; octet++) {
        const BerthSpace *space = berth_pools_find(&site->leases->pools, site_addr(octet));
        BerthAddr addr = site_addr(octet);
        BerthLease lease;
        bool taken;

        if (!space)
            continue;
        taken = berth_space_excludes(space, addr) || berth_leases_is_pending(site->leases, addr) ||
                berth_holds_of_addr(&site->leases->offers, addr) ||
                berth_holds_of_addr(&site->leases->unknowns, addr) ||
                (berth_table_get(site->leases->table, addr, &lease) &&
                 berth_lease_blocks(&lease, berth_leases_now(site->leases)));
        if (space->ring && berth_freemap_is_free(space->map, octet - space->first.b[15]))
            CHECK(berth_ring_has(space->ring, octet - space->first.b[15]));
        /* A lease that ended a moment ago may still be taken in the map, never the other way. */
        if (taken)
            CHECK(!berth_freemap_is_free(space->map, octet - (unsigned)space->first.b[15]));
    }
}

static void check_stats(Site *site)
{
    unsigned assigned = 0, declined = 0;
    uint32_t iter = 0;
    BerthLease lease;

    while (berth_table_next(berth_leases_table(site->leases), &iter, &lease)) {
        assigned += lease.state == BERTH_LEASE_ACTIVE || lease.state == BERTH_LEASE_DECLINED;
        declined += lease.state == BERTH_LEASE_DECLINED;
    }
    CHECK_INT(site_stat(site, "assigned-addresses"), assigned);
    CHECK_INT(site_stat(site, "subnet[1].assigned-addresses"), assigned);
    CHECK_INT(site_stat(site, "subnet[1].pool[0].declined-addresses"), declined);
}

/* The store holds what the table does, once nothing is pending. */
static void check_store(const Site *site)
{
    uint32_t iter = 0;
    unsigned n = 0;
    BerthLease lease;

    for (; berth_table_next(berth_leases_table(site->leases), &iter, &lease); n++) {
        const BerthLease *stored = g_hash_table_lookup(site->backend->leases, &lease.addr);

        CHECK(stored && stored->cltt == lease.cltt && stored->state == lease.state &&
              berth_hwaddr_equal(stored->hwaddr, lease.hwaddr));
    }
    CHECK_INT(g_hash_table_size(site->backend->leases), n);
}

/* A packet of this client: it gets an address, renews, releases or declines it. */
static void act(Site *site, char letter, unsigned dice)
{
    BerthClient client = site_client(letter);
    BerthLease found, after;
    BerthAddr addr;

    if (dice < 5) {
        if (!berth_leases_pick(site->leases, &site->subnets[0], &client, BERTH_ADDR4_ANY, &addr))
            return;
        after = site_lease(site, addr.b[15], letter);
        after.valid_sec = 20;
        if (dice == 0)
            berth_leases_hold(site->leases, addr, 1, &client);
        else if (berth_table_get(site->leases->table, addr, &found))
            site_propose(site, &found, &after);
        else
            site_propose(site, NULL, &after);
        return;
    }
    if (!berth_leases_of_client(site->leases, 1, &client, &found) ||
        found.state != BERTH_LEASE_ACTIVE)
        return;
    after = found;
    after.state = dice < 8 ? BERTH_LEASE_RELEASED : BERTH_LEASE_DECLINED;
    if (after.state == BERTH_LEASE_DECLINED) {
        after.hwaddr.len = 0;
        after.client_id.len = 0;
        after.cltt = berth_leases_now(site->leases);
    }
    site_propose(site, &found, &after);
}

static void change_conf(Site *site, GRand *rand)
{
    site->pools[0].first = site_addr((unsigned)g_rand_int_range(rand, 0, 3));
    site->pools[0].last = site_addr((unsigned)g_rand_int_range(rand, 4, 8));
    berth_leases_set_conf(site->leases, &site->conf);
}

static void random_step(Site *site, GRand *rand)
{
    unsigned dice = (unsigned)g_rand_int_range(rand, 0, 100);

    if (dice < 70)
        act(site, "abcdefABC"[g_rand_int_range(rand, 0, 9)], dice % 10);
    else if (dice < 80)
        berth_fake_backend_finish(site->backend);
    else if (dice < 84)
        berth_fake_backend_answer(site->backend, (BerthCommitResult)(dice % 4));
    else if (dice < 86)
        change_conf(site, rand);
    else
        berth_fake_world_pass(site->world, g_rand_int_range(rand, 0, 8000000));
}

static void random_run(BerthAllocator allocator)
{
    g_autoptr(GRand) rand = g_rand_new_with_seed(42);
    Site site;

    berth_row("seed 42, allocator %d", allocator);
    site_init(&site);
    site.subnets[0].params.allocator = allocator;
    set_times(&site, 3, 2);
    site.conf.v4.hold_reclaimed_sec = 30;
    berth_leases_set_conf(site.leases, &site.conf);
    for (int i = 0; i < 30000; i++) {
        random_step(&site, rand);
        check_maps(&site);
        if (i % 50 == 0) {
            check_stats(&site);
            /* UNKNOWN is "surely not" in this store. */
            site_settle(&site);
            check_store(&site);
        }
    }
    CHECK(site_stat(&site, "reclaimed-leases") > 100);
    CHECK(site_stat(&site, "reclaimed-declined-addresses") > 10);
    site_clear(&site);
}

static void test_random(void)
{
    random_run(BERTH_ALLOCATOR_ITERATIVE);
    random_run(BERTH_ALLOCATOR_RANDOM);
    random_run(BERTH_ALLOCATOR_FLQ);
}

static const BerthTest tests[] = {
    {"round", test_round},
    {"offer to owner", test_offer_to_owner},
    {"life", test_life},
    {"declined", test_declined},
    {"bounds", test_bounds},
    {"stats", test_stats},
    {"renewed", test_renewed},
    {"cumulative", test_cumulative},
    {"random", test_random},
    {"time bound", test_time_bound},
    {"slow", test_slow},
    {"all", test_all},
    {"all twice", test_all_twice},
    {"affinity", test_affinity},
    {0},
};

int main(int argc, char **argv)
{
    return berth_tests_main("reclaim", tests, argc, argv);
}
