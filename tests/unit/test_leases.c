/* leases: finding, picking, offers, and propose, commit, answer with a backend that says what a row
 * wants. Reclaiming is in test_reclaim. */
#include "core/lease/leases_i.h"
#include "tests/lib/lease_site.h"
#include "tests/lib/rows.h"

#include <stdlib.h>

#define NONE 255

/* ---- picking ---- */

static void test_pick(void)
{
    /* clang-format off */
    static const struct {
        const char *name, *script;
        char client;
        unsigned hint; /* 0: none */
        unsigned picks; /* NONE: nothing */
    } rows[] = {
        {"an empty pool",                      "",                        'a', 0, 1},
        {"a hint",                             "",                        'a', 4, 4},
        {"its own lease",                      "+3a",                     'a', 0, 3},
        {"its own lease before its hint",      "+3a",                     'a', 4, 3},
        {"its expired lease",                  "~3a",                     'a', 0, 3},
        {"its reclaimed lease",                "r3a",                     'a', 4, 3},
        {"its released lease",                 "s3a",                     'a', 0, 3},
        {"an active one before others",        "+3a s4a r2a",             'a', 0, 3},
        {"former address is declined",         "+3a !3",                  'a', 0, 1},
        {"former address is offered away",     "~3a ?3b",                 'a', 0, 1},
        {"what it was offered",                "?5a",                     'a', 0, 5},
        {"a hint before what it was offered",  "?5a",                     'a', 4, 4},
        {"... but not another's lease",        "?5a +4b",                 'a', 4, 5},
        {"the last offer counts",              "?5a ?6a",                 'a', 0, 6},
        {"another's lease as a hint",          "+4b",                     'a', 4, 1},
        {"another's expired one as a hint",    "~4b",                     'a', 4, 4},
        {"another's reclaimed one as a hint",  "r4b",                     'a', 4, 4},
        {"a declined hint",                    "!4",                      'a', 4, 1},
        {"another's offer as a hint",          "?4b",                     'a', 4, 1},
        {"the network as a hint",              "",                        'a', 0, 1},
        {"the broadcast address as a hint",    "",                        'a', 7, 1},
        {"an address outside as a hint",       "",                        'a', 9, 1},
        {"the first are taken",                "+1b +2c",                 'a', 0, 3},
        {"one is offered",                     "?1b",                     'a', 0, 2},
        {"one is declined",                    "!1",                      'a', 0, 2},
        {"one is left",                        "+1b +2c +3d +4e +6f",     'a', 0, 5},
        {"none is left",                       "+1b +2c +3d +4e +5g +6f", 'a', 0, NONE},
        {"none, some only offered",            "+1b +2c +3d +4e ?5g ?6f", 'a', 0, NONE},
        {"full, but one has expired",          "+1b +2c +3d ~4e +5g +6f", 'a', 0, 4},
        {"full, but one is reclaimed",         "+1b r2c +3d +4e +5g +6f", 'a', 0, 2},
        {"full, but one is released",          "+1b +2c +3d +4e +5g s6f", 'a', 0, 6},
        {"full, with its own",                 "+1b +2c +3d +4e +5a +6f", 'a', 0, 5},
        {"by client identifier",               "+3A",                     'A', 0, 3},
        {"by hardware address alone",          "+3a",                     'A', 0, 3},
        {"the client has no identifier now",   "+3A",                     'a', 0, 3},
        {"other client, same case of letters", "+3A",                     'B', 0, 1},
        {0},
    };
    /* clang-format on */

    for (int i = 0; rows[i].name; i++) {
        BerthClient client = site_client(rows[i].client);
        BerthAddr got = site_addr(NONE);
        BerthAddr hint = rows[i].hint ? site_addr(rows[i].hint) : BERTH_ADDR4_ANY;
        Site site;

        berth_row("%s", rows[i].name);
        site_init(&site);
        site_set_up(&site, rows[i].script);
        CHECK_INT(berth_leases_pick(site.leases, &site.subnets[0], &client, hint, &got),
                  rows[i].picks != NONE);
        CHECK_INT(got.b[15], rows[i].picks);
        site_clear(&site);
    }
}

static void test_usable(void)
{
    /* clang-format off */
    static const struct {
        const char *name, *script;
        unsigned octet;
        char client;
        BerthUsable want;
    } rows[] = {
        {"free",                        "",        3, 'a', BERTH_USABLE},
        {"its own",                     "+3a",     3, 'a', BERTH_USABLE},
        {"another's",                   "+3b",     3, 'a', BERTH_USABLE_TAKEN},
        {"another's, expired",          "~3b",     3, 'a', BERTH_USABLE},
        {"declined",                    "!3",      3, 'a', BERTH_USABLE_DECLINED},
        {"offered to it",               "?3a",     3, 'a', BERTH_USABLE},
        {"offered to another",          "?3b",     3, 'a', BERTH_USABLE_HELD},
        {"its own, offered to another", "~3a ?3b", 3, 'a', BERTH_USABLE_HELD},
        {"no pool",                     "",       20, 'a', BERTH_USABLE_OUTSIDE},
        {"the network",                 "",        0, 'a', BERTH_USABLE_OUTSIDE},
        {"the broadcast address",       "",        7, 'a', BERTH_USABLE_OUTSIDE},
        {0},
    };
    /* clang-format on */

    for (int i = 0; rows[i].name; i++) {
        BerthClient client = site_client(rows[i].client);
        Site site;

        berth_row("%s", rows[i].name);
        site_init(&site);
        site_set_up(&site, rows[i].script);
        CHECK_INT(
            berth_leases_usable(site.leases, &site.subnets[0], site_addr(rows[i].octet), &client),
            rows[i].want);
        CHECK_INT(
            berth_leases_usable(site.leases, &site.subnets[1], site_addr(rows[i].octet), &client),
            BERTH_USABLE_OUTSIDE);
        site_clear(&site);
    }
}

/* .0 and .255 of the /24s in a larger network, by configuration; its second pool comes next. */
static void test_first_last_24(void)
{
    for (int exclude = 0; exclude < 2; exclude++) {
        BerthClient client = site_client('a');
        BerthAddr addr;
        unsigned n = 0;
        Site site;

        berth_row("exclude-first-last-24 is %d", exclude);
        site_init(&site);
        site.conf.v4.exclude_first_last_24 = exclude;
        berth_leases_set_conf(site.leases, &site.conf);
        for (; n < 1000 &&
               berth_leases_pick(site.leases, &site.subnets[1], &client, BERTH_ADDR4_ANY, &addr);
             n++) {
            berth_leases_hold(site.leases, addr, 2, &client);
            client.hwaddr.bytes[0] = (uint8_t)n;
            client.hwaddr.bytes[1] = (uint8_t)(1 + (n >> 8));
            CHECK(!exclude || (addr.b[15] != 0 && addr.b[15] != 255));
        }
        CHECK_INT(n, exclude ? 254 + 100 : 256 + 100);
        site_clear(&site);
    }
}

/* An address given back is not given out again while others are free. */
static void test_cursor(void)
{
    BerthClient a = site_client('a'), b = site_client('b');
    BerthAddr addr;
    Site site;

    berth_row("hold, give back, pick again");
    site_init(&site);
    for (unsigned octet = 1; octet <= 6; octet++) {
        CHECK(berth_leases_pick(site.leases, &site.subnets[0], &a, BERTH_ADDR4_ANY, &addr));
        CHECK_INT(addr.b[15], octet);
        berth_leases_hold(site.leases, addr, 1, &a);
        berth_leases_unhold(site.leases, 1, &a);
    }
    CHECK(berth_leases_pick(site.leases, &site.subnets[0], &b, BERTH_ADDR4_ANY, &addr));
    CHECK_INT(addr.b[15], 1);
    site_clear(&site);
}

/* ---- offers ---- */

static void test_hold(void)
{
    BerthClient a = site_client('a'), b = site_client('b');
    BerthAddr addr;
    Site site;

    site_init(&site);
    berth_row("held until its time is over");
    berth_leases_hold(site.leases, site_addr(3), 1, &a);
    CHECK(berth_leases_held(site.leases, 1, &a, &addr) && addr.b[15] == 3);
    CHECK(!berth_leases_held(site.leases, 2, &a, &addr));
    CHECK(!berth_leases_held(site.leases, 1, &b, &addr));
    site_pass(&site, BERTH_HOLD_SEC - 1);
    CHECK(berth_leases_held(site.leases, 1, &a, &addr));
    site_pass(&site, 1);
    CHECK(!berth_leases_held(site.leases, 1, &a, &addr));
    CHECK_INT(berth_leases_usable(site.leases, &site.subnets[0], site_addr(3), &b), BERTH_USABLE);
    CHECK_INT(berth_freemap_count(berth_pools_find(&site.leases->pools, site_addr(3))->map), 6);

    berth_row("a later hold of a client replaces the earlier one");
    berth_leases_hold(site.leases, site_addr(3), 1, &a);
    berth_leases_hold(site.leases, site_addr(4), 1, &a);
    CHECK_INT(berth_leases_usable(site.leases, &site.subnets[0], site_addr(3), &b), BERTH_USABLE);
    CHECK_INT(berth_freemap_count(berth_pools_find(&site.leases->pools, site_addr(3))->map), 5);

    berth_row("a lease ends the hold of its address");
    {
        BerthLease lease = site_lease(&site, 4, 'b');

        CHECK_INT(site_propose(&site, NULL, &lease), BERTH_PROPOSED);
        site_settle(&site);
        CHECK(!berth_leases_held(site.leases, 1, &a, &addr));
    }
    site_clear(&site);
}

/* Asked by its hashes alone: what is there is never missed, and what is not is mostly known. */
static void test_who(void)
{
    const char clients[] = "aBcD";
    unsigned n_wrong = 0;
    Site site;

    site_init(&site);
    for (unsigned i = 0; clients[i]; i++) {
        BerthLease lease = site_lease(&site, i + 1, clients[i]);
        BerthClient offered = site_client((char)(clients[i] + 4));

        CHECK(site_commit(&site, &lease));
        berth_leases_hold(site.leases, site_addr(i + 5), 1, &offered);
    }
    for (unsigned i = 0; clients[i]; i++) {
        BerthClient client = site_client(clients[i]), offered = site_client((char)(clients[i] + 4));
        BerthWho who, who_is_offered;

        berth_row("%c", clients[i]);
        berth_leases_who(site.leases, &client, &who);
        berth_leases_who(site.leases, &offered, &who_is_offered);
        CHECK(berth_leases_may_have(site.leases, &who, 1));
        CHECK(berth_leases_may_hold(site.leases, &who_is_offered, 1));
        for (unsigned subnet = 2; subnet < 102; subnet++) {
            n_wrong += berth_leases_may_have(site.leases, &who, subnet);
            n_wrong += berth_leases_may_hold(site.leases, &who_is_offered, subnet);
        }
    }
    berth_row("800 questions");
    CHECK(n_wrong < 400);
    site_clear(&site);
}

static void ignore_end(void *data, BerthPrefix prefix)
{
    (void)prefix;
    ++*(unsigned *)data;
}

/* The oldest goes when there are too many. */
static void test_hold_bound(void)
{
    BerthFakeWorld *world = berth_fake_world_new(1, NULL);
    BerthHolds holds;
    unsigned ended = 0;

    berth_row("10 holds where 4 may be");
    berth_holds_init(&holds, &world->world, 1000000, ignore_end, &ended);
    for (unsigned i = 0; i < 10; i++)
        berth_holds_put(&holds, &(BerthKey){{i, i}}, (BerthPrefix){site_addr(i), 32}, 4);
    CHECK_INT(ended, 6);
    CHECK(!berth_holds_of_addr(&holds, site_addr(5)));
    CHECK(berth_holds_of_addr(&holds, site_addr(6)));
    berth_fake_world_pass(world, 1000000);
    CHECK_INT(ended, 10);
    berth_holds_clear(&holds);
    berth_fake_world_free(world);
}

/* ---- committing ---- */

static void test_results(void)
{
    /* clang-format off */
    static const struct {
        const char *name, *script;
        BerthCommitResult result;
        char verb; /* + a new lease of a at .3, = renewed, - removed */
        const char *table, *events;
        BerthUsable usable; /* .3 for b, afterwards */
    } rows[] = {
        {"new, OK",          "",    BERTH_COMMIT_OK,       '+', "3a",  "o", BERTH_USABLE_TAKEN},
        {"new, CONFLICT",    "",    BERTH_COMMIT_CONFLICT, '+', "",    "c", BERTH_USABLE},
        {"new, FAILED",      "",    BERTH_COMMIT_FAILED,   '+', "",    "f", BERTH_USABLE},
        {"new, UNKNOWN",     "",    BERTH_COMMIT_UNKNOWN,  '+', "",    "u", BERTH_USABLE_BUSY},
        {"over reclaimed",   "r3b", BERTH_COMMIT_OK,       '+', "3a",  "o", BERTH_USABLE_TAKEN},
        {"... FAILED",       "r3b", BERTH_COMMIT_FAILED,   '+', "3br", "f", BERTH_USABLE},
        {"over expired",     "~3b", BERTH_COMMIT_OK,       '+', "3a",  "eo", BERTH_USABLE_TAKEN},
        {"renewed, OK",      "+3a", BERTH_COMMIT_OK,       '=', "3a",  "o", BERTH_USABLE_TAKEN},
        {"renewed, FAILED",  "+3a", BERTH_COMMIT_FAILED,   '=', "3a",  "f", BERTH_USABLE_TAKEN},
        {"renewed, UNKNOWN", "+3a", BERTH_COMMIT_UNKNOWN,  '=', "3a",  "u", BERTH_USABLE_BUSY},
        {"removed, OK",      "+3a", BERTH_COMMIT_OK,       '-', "",    "o", BERTH_USABLE},
        {"removed, FAILED",  "+3a", BERTH_COMMIT_FAILED,   '-', "3a",  "f", BERTH_USABLE_TAKEN},
        {"removed, UNKNOWN", "+3a", BERTH_COMMIT_UNKNOWN,  '-', "3a",  "u", BERTH_USABLE_BUSY},
        {"released, OK",     "+3a", BERTH_COMMIT_OK,       's', "3as", "o", BERTH_USABLE},
        {"declined, OK",     "+3a", BERTH_COMMIT_OK,       '!', "3!",  "o", BERTH_USABLE_DECLINED},
        {0},
    };
    /* clang-format on */

    for (int i = 0; rows[i].name; i++) {
        BerthClient b = site_client('b');
        g_autofree char *table = NULL;
        BerthLease before, after;
        Site site;
        bool was;

        berth_row("%s", rows[i].name);
        site_init(&site);
        site_set_up(&site, rows[i].script);
        was = berth_table_get(berth_leases_table(site.leases), site_addr(3), &before) &&
              before.state == BERTH_LEASE_ACTIVE;
        after = site_lease(&site, 3, 'a');
        after.cltt += 10;
        if (rows[i].verb == 's')
            after.state = BERTH_LEASE_RELEASED;
        if (rows[i].verb == '!') {
            after.state = BERTH_LEASE_DECLINED;
            after.hwaddr.len = 0;
        }
        berth_fake_backend_answer(site.backend, rows[i].result);
        CHECK_INT(site_propose(&site, was ? &before : NULL, rows[i].verb == '-' ? NULL : &after),
                  BERTH_PROPOSED);
        CHECK_TEXT(site.events->str, "");
        CHECK_INT(berth_leases_pending(site.leases), 1);
        CHECK_INT(berth_leases_usable(site.leases, &site.subnets[0], site_addr(3), &b),
                  BERTH_USABLE_BUSY);
        site_settle(&site);
        CHECK_INT(berth_leases_pending(site.leases), 0);
        CHECK_TEXT(site.events->str, rows[i].events);
        table = site_table(&site);
        CHECK_TEXT(table, rows[i].table);
        CHECK_INT(berth_leases_usable(site.leases, &site.subnets[0], site_addr(3), &b),
                  rows[i].usable);
        site_pass(&site, BERTH_UNKNOWN_SEC);
        CHECK(berth_leases_usable(site.leases, &site.subnets[0], site_addr(3), &b) !=
              BERTH_USABLE_BUSY);
        site_clear(&site);
    }
}

/* What is proposed first is at .3 for a; the row says what comes second, and what it gets. */
static void test_busy(void)
{
    /* clang-format off */
    static const struct {
        const char *name;
        unsigned octet;
        char client;
        BerthPropose want;
    } rows[] = {
        {"same address, same client",   3, 'a', BERTH_PROPOSE_BUSY},
        {"same address, other client",  3, 'b', BERTH_PROPOSE_BUSY},
        {"other address, same client",  4, 'a', BERTH_PROPOSE_BUSY},
        {"other address, other client", 4, 'b', BERTH_PROPOSED},
        {0},
    };
    /* clang-format on */

    for (int i = 0; rows[i].name; i++) {
        BerthLease first, second;
        Site site;

        berth_row("%s", rows[i].name);
        site_init(&site);
        first = site_lease(&site, 3, 'a');
        second = site_lease(&site, rows[i].octet, rows[i].client);
        CHECK_INT(site_propose(&site, NULL, &first), BERTH_PROPOSED);
        CHECK_INT(site_propose(&site, NULL, &second), rows[i].want);
        site_settle(&site);
        /* Another subnet's binding is another one. */
        second = site_lease(&site, 3, 'a');
        second.addr = berth_addr4(0x0a020103);
        second.subnet_id = 2;
        CHECK_INT(site_propose(&site, NULL, &second), BERTH_PROPOSED);
        site_settle(&site);
        site_clear(&site);
    }
}

/* The table is not as the caller found it. */
static void test_stale(void)
{
    /* clang-format off */
    static const struct {
        const char *name, *found, *now;
        BerthPropose want;
    } rows[] = {
        {"as found",                       "+3a", "",    BERTH_PROPOSED},
        {"nothing there, as found",        "",    "",    BERTH_PROPOSED},
        {"somebody has it by now",         "",    "+3b", BERTH_PROPOSE_BUSY},
        {"somebody declined it",           "",    "!3",  BERTH_PROPOSE_BUSY},
        {"a lease that keeps nobody away", "",    "~3b", BERTH_PROPOSED},
        {"another lease by now",           "~3b", "+3c", BERTH_PROPOSE_BUSY},
        {"reclaimed by now",               "+3a", "r3a", BERTH_PROPOSE_BUSY},
        {0},
    };
    /* clang-format on */

    for (int i = 0; rows[i].name; i++) {
        BerthLease after, found = {0};
        Site site;

        berth_row("%s", rows[i].name);
        site_init(&site);
        site_set_up(&site, rows[i].found);
        berth_table_get(berth_leases_table(site.leases), site_addr(3), &found);
        site_set_up(&site, rows[i].now);
        after = site_lease(&site, 3, 'a');
        CHECK_INT(site_propose(&site, *rows[i].found ? &found : NULL, &after), rows[i].want);
        site_settle(&site);
        site_clear(&site);
    }
}

static void test_unit(void)
{
    BerthLease a3, a4, b3, unfit;
    BerthUnit *unit;
    Site site;

    site_init(&site);
    site_set_up(&site, "+3a");
    a3 = site_lease(&site, 3, 'a');
    a4 = site_lease(&site, 4, 'a');
    b3 = site_lease(&site, 3, 'b');
    unfit = site_lease(&site, 5, 'a');
    unfit.subnet_id = 0;

    berth_row("a client moves: removal named first, done last");
    unit = berth_unit_new(site.leases);
    CHECK_INT(berth_unit_add(unit, &a3, NULL), BERTH_PROPOSED);
    CHECK_INT(berth_unit_add(unit, NULL, &a4), BERTH_PROPOSED);
    CHECK_INT(berth_unit_add(unit, NULL, &a4), BERTH_PROPOSE_BUSY);
    CHECK_INT(berth_unit_add(unit, NULL, &unfit), BERTH_PROPOSE_UNFIT);
    CHECK_INT(berth_unit_add(unit, NULL, NULL), BERTH_PROPOSE_UNFIT);
    CHECK_INT(berth_unit_add(unit, &a4, &a3), BERTH_PROPOSE_UNFIT);
    CHECK_INT(berth_unit_count(unit), 2);
    CHECK(berth_unit_after(unit, 0) && !berth_unit_before(unit, 0));
    CHECK(!berth_unit_after(unit, 1) && berth_unit_before(unit, 1));

    berth_row("abandoned: nothing was claimed");
    CHECK_INT(site_propose(&site, &a3, &a3), BERTH_PROPOSE_BUSY);
    berth_unit_abandon(unit);
    berth_unit_abandon(NULL);
    CHECK_INT(berth_freemap_count(berth_pools_find(&site.leases->pools, site_addr(3))->map), 5);
    CHECK_INT(site_propose(&site, &a3, &b3), BERTH_PROPOSED);
    site_settle(&site);
    CHECK_TEXT(site.events->str, "o");

    berth_row("an empty unit is OK, later, and no backend sees it");
    g_string_truncate(site.events, 0);
    berth_unit_submit(berth_unit_new(site.leases), site_committed, &site);
    CHECK_TEXT(site.events->str, "");
    site_settle(&site);
    CHECK_TEXT(site.events->str, "o");
    CHECK_INT(site.backend->commits, 1);

    berth_row("without a backend commits fail, later");
    g_string_truncate(site.events, 0);
    berth_leases_set_backend(site.leases, NULL, NULL);
    CHECK_INT(site_propose(&site, NULL, &a4), BERTH_PROPOSED);
    CHECK_TEXT(site.events->str, "");
    site_settle(&site);
    CHECK_TEXT(site.events->str, "f");
    site_clear(&site);
}

static BerthLease in_subnet2(const Site *site, unsigned i)
{
    BerthLease lease = site_lease(site, 0, 'x');

    lease.addr = berth_addr4(0x0a020000 + i);
    lease.subnet_id = 2;
    lease.hwaddr.bytes[0] = (uint8_t)i;
    lease.hwaddr.bytes[1] = (uint8_t)(i >> 8);
    return lease;
}

/* What comes while the backend is busy is one batch; too many are refused. */
static void test_batches(void)
{
    BerthLease lease;
    Site site;

    site_init(&site);
    berth_row("gathered until the world is idle");
    for (unsigned i = 0; i < 10; i++) {
        lease = in_subnet2(&site, i + 1);
        CHECK_INT(site_propose(&site, NULL, &lease), BERTH_PROPOSED);
        CHECK_INT(site.backend->commits, 0);
    }
    berth_fake_world_settle(site.world);
    CHECK_INT(site.backend->commits, 1);

    berth_row("no more in flight than the backend takes");
    for (unsigned i = 10; i < 20; i++) {
        lease = in_subnet2(&site, i + 1);
        CHECK_INT(site_propose(&site, NULL, &lease), BERTH_PROPOSED);
        berth_fake_world_settle(site.world);
    }
    CHECK_INT(site.backend->commits, 2);
    CHECK_INT(berth_leases_pending(site.leases), 20);
    CHECK_INT(berth_table_count(berth_leases_table(site.leases)), 0);
    site_settle(&site);
    CHECK_INT(site.backend->commits, 3);
    CHECK_INT(site.backend->most_in_flight, 2);
    CHECK_INT(berth_table_count(berth_leases_table(site.leases)), 20);

    berth_row("BERTH_PENDING_MAX");
    for (unsigned i = 0; i < BERTH_PENDING_MAX; i++) {
        lease = in_subnet2(&site, i + 1000);
        CHECK_INT(site_propose(&site, NULL, &lease), BERTH_PROPOSED);
    }
    lease = in_subnet2(&site, 9000);
    CHECK_INT(site_propose(&site, NULL, &lease), BERTH_PROPOSE_FULL);
    site_settle(&site);
    CHECK_INT(site_propose(&site, NULL, &lease), BERTH_PROPOSED);

    berth_row("what is pending is forgotten without a word");
    g_string_truncate(site.events, 0);
    berth_fake_world_settle(site.world);
    lease = in_subnet2(&site, 9001);
    CHECK_INT(site_propose(&site, NULL, &lease), BERTH_PROPOSED);
    CHECK_TEXT(site.events->str, "");
    site_clear(&site);
}

/* ---- configuration ---- */

static unsigned n_free(const Site *site, unsigned octet)
{
    return berth_freemap_count(berth_pools_find(&site->leases->pools, site_addr(octet))->map);
}

static void test_set_conf(void)
{
    BerthClient b = site_client('b');
    BerthLease a3;
    BerthAddr addr;
    Site site;

    site_init(&site);
    site_set_up(&site, "+1c ?2b !4");
    a3 = site_lease(&site, 3, 'a');
    CHECK_INT(site_propose(&site, NULL, &a3), BERTH_PROPOSED);

    berth_row("the same again: maps and cursors stay");
    CHECK_INT(n_free(&site, 3), 2);
    berth_pools_find(&site.leases->pools, site_addr(3))->cursor = 5;
    berth_leases_set_conf(site.leases, &site.conf);
    CHECK_INT(n_free(&site, 3), 2);
    CHECK_INT(berth_pools_find(&site.leases->pools, site_addr(3))->cursor, 5);

    berth_row("another range: lease, offer, declined and pending one are known");
    site.pools[0].last = site_addr(5);
    berth_leases_set_conf(site.leases, &site.conf);
    CHECK_INT(n_free(&site, 3), 1);
    CHECK(!berth_pools_find(&site.leases->pools, site_addr(6)));

    berth_row("they end in the new map");
    berth_fake_backend_answer(site.backend, BERTH_COMMIT_FAILED);
    site_settle(&site);
    berth_leases_unhold(site.leases, 1, &b);
    CHECK_INT(n_free(&site, 3), 3);

    berth_row("no pool any more");
    site.subnets[0].n_pools = 0;
    berth_leases_set_conf(site.leases, &site.conf);
    CHECK(!berth_leases_pick(site.leases, &site.subnets[0], &b, BERTH_ADDR4_ANY, &addr));
    CHECK_INT(berth_leases_usable(site.leases, &site.subnets[0], site_addr(1), &b),
              BERTH_USABLE_OUTSIDE);
    site_clear(&site);
}

static void test_loaded(void)
{
    g_autofree char *table = NULL;
    BerthLease lease;
    Site site;

    site_init(&site);
    berth_row("valid_sec 0 removes, and only its address counts");
    site_set_up(&site, "+1a +2b");
    berth_lease_clear(&lease);
    lease.addr = site_addr(1);
    CHECK_INT(berth_leases_loaded(site.leases, &lease), 0);
    lease.addr = site_addr(9);
    CHECK_INT(berth_leases_loaded(site.leases, &lease), 0);
    table = site_table(&site);
    CHECK_TEXT(table, "2b");
    CHECK_INT(site_stat(&site, "assigned-addresses"), 1);
    berth_row("unfit");
    lease.valid_sec = 1;
    CHECK(berth_leases_loaded(site.leases, &lease) < 0);
    berth_row("outside of every pool and subnet it is kept");
    lease = site_lease(&site, 77, 'c');
    lease.subnet_id = 99;
    CHECK_INT(berth_leases_loaded(site.leases, &lease), 0);
    CHECK_INT(berth_table_count(berth_leases_table(site.leases)), 2);
    site_clear(&site);
}

/* ---- following ---- */

static void on_change(void *data, const BerthLease *before, const BerthLease *after)
{
    Site *site = data;

    g_string_append_c(site->events, before ? (char)before->hwaddr.bytes[5] : '-');
    g_string_append_c(site->events, after ? (char)after->hwaddr.bytes[5] : '-');
    g_string_append_c(site->events, ' ');
}

static void check_told(Site *site, const BerthLease *before, const BerthLease *after,
                       const char *want)
{
    g_string_truncate(site->events, 0);
    CHECK_INT(site_propose(site, before, after), BERTH_PROPOSED);
    CHECK_TEXT(site->events->str, "");
    site_settle(site);
    CHECK_TEXT(site->events->str, want);
}

/* Told once of each change that became durable, before its committer is. */
static void test_follow(void)
{
    Site site;
    BerthLease a, longer, b;

    site_init(&site);
    longer = a = site_lease(&site, 5, 'a');
    longer.valid_sec++;
    b = site_lease(&site, 6, 'b');
    berth_leases_follow(site.leases, on_change, &site);
    berth_row("what is loaded is told to nobody");
    CHECK_INT(berth_leases_loaded(site.leases, &a), 0);
    CHECK_TEXT(site.events->str, "");
    berth_row("new, changed, removed");
    check_told(&site, NULL, &b, "-b o");
    check_told(&site, &a, &longer, "aa o");
    check_told(&site, &b, NULL, "b- o");
    berth_row("not stored");
    berth_fake_backend_answer(site.backend, BERTH_COMMIT_FAILED);
    check_told(&site, NULL, &b, "f");
    berth_fake_backend_answer(site.backend, BERTH_COMMIT_OK);
    berth_row("told no more");
    berth_leases_unfollow(site.leases, on_change, &site);
    check_told(&site, NULL, &b, "o");
    site_clear(&site);
}

static const BerthTest tests[] = {
    {"pick", test_pick},       {"follow", test_follow},
    {"usable", test_usable},   {"first_last_24", test_first_last_24},
    {"cursor", test_cursor},   {"hold", test_hold},
    {"who", test_who},         {"hold_bound", test_hold_bound},
    {"results", test_results}, {"busy", test_busy},
    {"stale", test_stale},     {"unit", test_unit},
    {"batches", test_batches}, {"set_conf", test_set_conf},
    {"loaded", test_loaded},   {0},
};

int main(int argc, char **argv)
{
    return berth_tests_main("leases", tests, argc, argv);
}
