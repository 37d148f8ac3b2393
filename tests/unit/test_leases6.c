/* leases of IPv6: finding by binding, units of several leases, holds, ends, statistics. */
#include "core/lease/leases_i.h"
#include "tests/lib/lease_site.h"
#include "tests/lib/rows.h"

#define NA "2001:db8:1::"
#define P56 "2001:db8:a000:"

/* ---- finding ---- */

static void count_found(const Site *site, uint32_t subnet, const BerthClient *client,
                        unsigned *ret_binding, unsigned *ret_duid)
{
    uint32_t iter = 0;
    BerthLease lease;

    *ret_binding = *ret_duid = 0;
    while (berth_leases_of_binding(site->leases, subnet, client, &iter, &lease)) {
        CHECK(berth_lease_belongs_to(&lease, client));
        ++*ret_binding;
    }
    for (iter = 0; berth_leases_of_duid(site->leases, subnet, client->client_id, &iter, &lease);)
        ++*ret_duid;
}

static void test_find(void)
{
    /* clang-format off */
    static const struct {
        const char *name;
        char client;
        BerthLeaseType type;
        uint32_t iaid, subnet;
        unsigned of_binding, of_duid;
    } rows[] = {
        {"two of one IA",        'a', BERTH_LEASE_NA, 1, 1, 2, 5},
        {"one of another",       'a', BERTH_LEASE_NA, 2, 1, 1, 5},
        {"the same IAID for PD", 'a', BERTH_LEASE_PD, 1, 1, 1, 5},
        {"IAID 0",               'a', BERTH_LEASE_NA, 0, 1, 1, 5},
        {"no such IAID",         'a', BERTH_LEASE_NA, 3, 1, 0, 5},
        {"another client",       'b', BERTH_LEASE_NA, 1, 1, 1, 1},
        {"an unknown one",       'c', BERTH_LEASE_NA, 1, 1, 0, 0},
        {"another subnet",       'a', BERTH_LEASE_NA, 1, 2, 0, 0},
        {0},
    };
    /* clang-format on */
    Site site;

    site_init6(&site);
    site_set_up6(&site, "+a1:" NA "1 ra1:" NA "2 +a2:" NA "3 +A1:" P56 ":/56 +a0:" NA "4 +b1:" NA
                        "5 !c1:" NA "6");
    for (int i = 0; rows[i].name; i++) {
        BerthClient client = site_client6(rows[i].client, rows[i].type, rows[i].iaid);
        unsigned of_binding, of_duid;
        BerthLease lease;

        berth_row("%s", rows[i].name);
        /* The hardware address is nobody's identity. */
        client.hwaddr = (BerthHwaddr){1, 6, {2, 0, 0, 0, 0, 1}};
        count_found(&site, rows[i].subnet, &client, &of_binding, &of_duid);
        CHECK_INT(of_binding, rows[i].of_binding);
        CHECK_INT(of_duid, rows[i].of_duid);
        CHECK_INT(berth_leases_of_client(site.leases, rows[i].subnet, &client, &lease),
                  rows[i].of_binding > 0);
        if (rows[i].of_binding > 0)
            CHECK_INT(lease.state, BERTH_LEASE_ACTIVE);
    }
    site_clear(&site);
}

/* ---- units ---- */

static BerthPropose add(Site *site, BerthUnit *unit, const char *word)
{
    bool is_pd = g_ascii_isupper(word[0]);
    BerthClient client =
        site_client6((char)g_ascii_tolower(word[0]), is_pd ? BERTH_LEASE_PD : BERTH_LEASE_NA,
                     (uint32_t)(word[1] - '0'));
    BerthLease lease = site_lease6(site, site_prefix(word + 3), &client), before;
    bool was = berth_table_get(site->leases->table, lease.addr, &before);

    /* The same hardware address for all: it must not matter. */
    lease.hwaddr = (BerthHwaddr){1, 6, {2, 0, 0, 0, 0, 1}};
    return berth_unit_add(unit, was ? &before : NULL, &lease);
}

/* Answers one letter a word: '.' taken on, 'b' busy, 'u' unfit. */
static BerthUnit *propose(Site *site, const char *script, GString *ret)
{
    g_auto(GStrv) words = g_strsplit(script, " ", -1);
    BerthUnit *unit = berth_unit_new(site->leases);

    for (int i = 0; words[i]; i++)
        g_string_append_c(ret, ".bfu"[add(site, unit, words[i])]);
    return unit;
}

static void test_units(void)
{
    /* clang-format off */
    static const struct {
        const char *name, *unit;
        BerthCommitResult result;
        const char *taken, *table;
    } rows[] = {
        {"an address and a prefix",     "a1:" NA "1 A1:" P56 ":/56",              BERTH_COMMIT_OK,       "..",  "a1:" NA "1 A1:" P56 ":/56"},
        {"... FAILED: neither",         "a1:" NA "1 A1:" P56 ":/56",              BERTH_COMMIT_FAILED,   "..",  ""},
        {"... CONFLICT: neither",       "a1:" NA "1 A1:" P56 ":/56",              BERTH_COMMIT_CONFLICT, "..",  ""},
        {"... UNKNOWN: neither yet",    "a1:" NA "1 A1:" P56 ":/56",              BERTH_COMMIT_UNKNOWN,  "..",  ""},
        {"several IAs",                 "a1:" NA "1 a2:" NA "2 a3:" NA "3",       BERTH_COMMIT_OK,       "...", "a1:" NA "1 a2:" NA "2 a3:" NA "3"},
        {"two addresses of one IA",     "a1:" NA "1 a1:" NA "2",                  BERTH_COMMIT_OK,       "..",  "a1:" NA "1 a1:" NA "2"},
        {"an address twice",            "a1:" NA "1 a2:" NA "1",                  BERTH_COMMIT_OK,       ".b",  "a1:" NA "1"},
        {"... in one IA",               "a1:" NA "1 a1:" NA "1",                  BERTH_COMMIT_OK,       ".b",  "a1:" NA "1"},
        {"a prefix within another",     "A1:" P56 ":/56 A2:" P56 "10::/60",       BERTH_COMMIT_OK,       ".b",  "A1:" P56 ":/56"},
        {"... around another",          "A1:" P56 "10::/60 A2:" P56 ":/56",       BERTH_COMMIT_OK,       ".b",  "A1:" P56 "10::/60"},
        {"an address within a prefix",  "A1:" P56 ":/56 a1:" P56 ":1",            BERTH_COMMIT_OK,       ".b",  "A1:" P56 ":/56"},
        {"... around an address",       "a1:" P56 ":1 A1:" P56 ":/56",            BERTH_COMMIT_OK,       ".b",  "a1:" P56 ":1"},
        {"around the address pool",     "a1:" NA "1 A1:2001:db8:1::/48",          BERTH_COMMIT_OK,       ".b",  "a1:" NA "1"},
        {"... nothing of which is used", "A1:2001:db8:2::/48",                    BERTH_COMMIT_OK,       ".",   "A1:2001:db8:2::/48"},
        {"host bits",                   "A1:" P56 ":1/56",                        BERTH_COMMIT_OK,       "u",   ""},
        {0},
    };
    /* clang-format on */

    for (int i = 0; rows[i].name; i++) {
        g_autoptr(GString) taken = g_string_new(NULL);
        g_autofree char *table = NULL;
        BerthUnit *unit;
        Site site;

        berth_row("%s", rows[i].name);
        site_init6(&site);
        unit = propose(&site, rows[i].unit, taken);
        CHECK_TEXT(taken->str, rows[i].taken);
        if (rows[i].result != BERTH_COMMIT_OK)
            berth_fake_backend_answer(site.backend, rows[i].result);
        berth_unit_submit(unit, site_committed, &site);
        CHECK_INT((int64_t)berth_table_count(site.leases->table), 0);
        site_settle(&site);
        table = site_table6(&site);
        CHECK_TEXT(table, rows[i].table);
        site_clear(&site);
    }
}

/* While a unit for a1 and A1 is under way, others want what the row says. */
static void test_claims(void)
{
    /* clang-format off */
    static const struct {
        const char *name, *unit, *taken;
    } rows[] = {
        {"the same binding, elsewhere",   "a1:" NA "7",          "b"},
        {"... of the other type",         "A1:" P56 "700::/56",  "b"},
        {"another IA of the client",      "a2:" NA "7",          "."},
        {"... its other type",            "A2:" P56 "700::/56",  "."},
        {"another client, the address",   "b1:" NA "1",          "b"},
        {"... the prefix",                "B1:" P56 ":/56",      "b"},
        {"... within the prefix",         "B1:" P56 "10::/60",   "b"},
        {"... an address within it",      "b1:" P56 ":9",        "b"},
        {"... around it",                 "B1:2001:db8:a000::/47", "b"},
        {"... with the same IAID",        "b1:" NA "7",          "."},
        {0},
    };
    /* clang-format on */

    for (int i = 0; rows[i].name; i++) {
        g_autoptr(GString) taken = g_string_new(NULL);
        BerthUnit *first, *second;
        Site site;

        berth_row("%s", rows[i].name);
        site_init6(&site);
        first = propose(&site, "a1:" NA "1 A1:" P56 ":/56", taken);
        CHECK_TEXT(taken->str, "..");
        second = propose(&site, rows[i].unit, taken);
        CHECK_TEXT(taken->str + 2, rows[i].taken);
        berth_unit_abandon(second);
        /* What vanishes leaves nothing behind. */
        berth_unit_abandon(first);
        second = propose(&site, rows[i].unit, taken);
        CHECK_TEXT(taken->str + 3, ".");
        berth_unit_abandon(second);
        CHECK_INT((int64_t)berth_strays_count(site.leases->strays), 0);
        site_clear(&site);
    }
}

/* A lease that overlaps already, because a store brought it, may still be renewed. */
static void test_renew_overlapped(void)
{
    BerthClient a = site_client6('a', BERTH_LEASE_PD, 1);
    BerthLease lease;
    Site site;

    berth_row("renewed though another overlaps");
    site_init6(&site);
    site_set_up6(&site, "+A1:" P56 ":/56 +B1:" P56 "10::/60");
    lease = site_lease6(&site, site_prefix(P56 ":/56"), &a);
    lease.cltt++;
    CHECK(site_commit(&site, &lease));
    /* One that has ended may not. */
    site_pass(&site, SITE_VALID + 5);
    site_set_up6(&site, "+B1:" P56 "10::/60");
    lease.cltt = berth_leases_now(site.leases);
    CHECK(!site_commit(&site, &lease));
    site_clear(&site);
}

/* ---- holds ---- */

static void test_holds(void)
{
    BerthClient a = site_client6('a', BERTH_LEASE_NA, 1), a2 = site_client6('a', BERTH_LEASE_NA, 2);
    BerthClient pd = site_client6('a', BERTH_LEASE_PD, 1), b = site_client6('b', BERTH_LEASE_PD, 1);
    BerthPrefix prefix = site_prefix(P56 "300::/56"), held;
    BerthPick got;
    Site site;

    berth_row("one for each binding of a client");
    site_init6(&site);
    site_set_up6(&site, "?a1:" NA "1 ?a2:" NA "2 ?A1:" P56 "300::/56");
    CHECK(berth_leases_held6(site.leases, 1, &a, &held) && held.addr.b[15] == 1);
    CHECK(berth_leases_held6(site.leases, 1, &a2, &held) && held.addr.b[15] == 2);
    CHECK(berth_leases_held6(site.leases, 1, &pd, &held) && berth_prefix_equal(held, prefix));
    CHECK_INT(berth_leases_usable6(site.leases, &site.subnets[0], prefix, &b), BERTH_USABLE_HELD);
    CHECK_INT(berth_leases_usable6(site.leases, &site.subnets[0], prefix, &pd), BERTH_USABLE);
    berth_row("the next one of a binding takes the place of its first");
    site_set_up6(&site, "?A1:" P56 "400::/56");
    CHECK_INT(berth_leases_usable6(site.leases, &site.subnets[0], prefix, &b), BERTH_USABLE);
    CHECK(berth_leases_held6(site.leases, 1, &a, &held) && held.addr.b[15] == 1);
    berth_row("let go, and over");
    berth_leases_unhold(site.leases, 1, &a);
    CHECK(!berth_leases_held6(site.leases, 1, &a, &held));
    CHECK(berth_leases_held6(site.leases, 1, &a2, &held));
    site_pass(&site, BERTH_HOLD_SEC);
    CHECK(!berth_leases_held6(site.leases, 1, &a2, &held));
    CHECK(berth_leases_pick6(site.leases, &site.subnets[0], &b, site_prefix(P56 "400::/56"), &got));
    CHECK_INT(got.prefix.addr.b[6], 4);
    site_clear(&site);
}

/* ---- ends ---- */

static void test_ends(void)
{
    /* clang-format off */
    static const struct {
        const char *name, *before;
        BerthVerdict verdict;
        bool remove;
        const char *events, *table;
    } rows[] = {
        {"an address",               "~a1:" NA "1",        BERTH_CONTINUE, false, "e",  "a1:" NA "1r"},
        {"a prefix",                 "~A1:" P56 ":/56",    BERTH_CONTINUE, false, "e",  "A1:" P56 ":/56r"},
        {"... not kept",             "~A1:" P56 ":/56",    BERTH_CONTINUE, true,  "e",  ""},
        {"... SKIP",                 "~A1:" P56 ":/56",    BERTH_SKIP,     false, NULL, "A1:" P56 ":/56"},
        {"a valid one",              "+a1:" NA "1",        BERTH_CONTINUE, true,  "",   "a1:" NA "1"},
        {"both",                     "~a1:" NA "1 ~A1:" P56 ":/56", BERTH_CONTINUE, false, "ee", "a1:" NA "1r A1:" P56 ":/56r"},
        {0},
    };
    /* clang-format on */

    for (int i = 0; rows[i].name; i++) {
        g_autofree char *table = NULL;
        Site site;

        berth_row("%s", rows[i].name);
        site_init6(&site);
        if (rows[i].remove)
            site.conf.v6.hold_reclaimed_sec = 0;
        berth_leases_set_conf(site.leases, &site.conf);
        site.verdict = rows[i].verdict;
        site_set_up6(&site, rows[i].before);
        berth_leases_reclaim(site.leases);
        site_settle(&site);
        table = site_table6(&site);
        CHECK_TEXT(table, rows[i].table);
        if (rows[i].events)
            CHECK_TEXT(site.events->str, rows[i].events);
        site_clear(&site);
    }
}

/* After its probation a declined address is free; a registered one is forgotten. */
static void test_ends_for_good(void)
{
    g_autofree char *table = NULL;
    Site site;

    berth_row("declined and registered ones");
    site_init6(&site);
    site_set_up6(&site, "!a1:" NA "1 ga2:" NA "2");
    site_pass(&site, SITE_VALID + 2);
    berth_leases_reclaim(site.leases);
    site_settle(&site);
    table = site_table6(&site);
    CHECK_TEXT(table, "");
    CHECK(strspn(site.events->str, "de") == 2);
    CHECK_INT(site_stat(&site, "reclaimed-declined-addresses"), 1);
    site_clear(&site);
}

/* ---- registered addresses ---- */

static void test_registered(void)
{
    /* clang-format off */
    static const struct {
        const char *name, *addr;
        char in; /* whose prefix it lies in */
    } rows[] = {
        {"of a prefix of the pool",      P56 ":1",               'a'},
        {"... its last address",         P56 "ff:ffff:ffff:ffff:ffff", 'a'},
        {"... the next prefix",          P56 "100::1",           0},
        {"... one that has expired",     P56 "200::1",           0},
        {"of a prefix from elsewhere",   "2001:db8:f000:1::1",   'b'},
        {"... of another length",        P56 "310::1",           'c'},
        {"of the link",                  NA "77",                0},
        {"of nowhere",                   "2001:db8:9::1",        0},
        {0},
    };
    /* clang-format on */
    BerthClient d = site_client6('d', BERTH_LEASE_NA, 0), e = site_client6('e', BERTH_LEASE_PD, 1);
    Site site;

    site_init6(&site);
    site_set_up6(&site, "+A1:" P56 ":/56 ~D1:" P56 "200::/56 +B1:2001:db8:f000::/48 +C1:" P56
                        "310::/60 +a1:" NA "1");
    for (int i = 0; rows[i].name; i++) {
        BerthLease around, lease = site_lease6(&site, site_prefix(rows[i].addr), &d);
        bool found = berth_leases_delegated(site.leases, lease.addr, &around);

        berth_row("%s", rows[i].name);
        if (CHECK_INT(found, rows[i].in != 0) && found)
            CHECK_INT(around.client_id.data[5], rows[i].in);
        /* It is taken on wherever it lies, and keeps nobody from a prefix. */
        lease.state = BERTH_LEASE_REGISTERED;
        CHECK(site_commit(&site, &lease));
    }
    CHECK_INT((int64_t)berth_strays_count(site.leases->strays), 2);
    CHECK_INT(berth_leases_usable6(site.leases, &site.subnets[0], site_prefix(P56 "100::/56"), &e),
              BERTH_USABLE);
    CHECK_INT(berth_leases_usable6(site.leases, &site.subnets[0], site_prefix(NA "77"), &d),
              BERTH_USABLE_TAKEN);
    site_clear(&site);
}

/* ---- statistics ---- */

static void check_stats(Site *site, const char *want)
{
    g_auto(GStrv) words = g_strsplit(want, " ", -1);

    for (int i = 0; words[i]; i++) {
        char *value = strchr(words[i], '=');

        *value++ = 0;
        berth_row("%s", words[i]);
        CHECK_INT(site_stat(site, words[i]), g_ascii_strtoll(value, NULL, 10));
    }
}

static void test_stats(void)
{
    g_autoptr(GString) text = g_string_new(NULL);
    BerthJson *json;
    BerthClient b = site_client6('b', BERTH_LEASE_PD, 1);
    BerthLease lease;
    Site site;

    site_init6(&site);
    site_set_up6(&site, "+a1:" NA "1 +a2:" NA "2 !a3:" NA "3 ga4:" NA "4 ra5:" NA "5 +A1:" P56
                        ":/56 ~A2:" P56 "100::/56");
    check_stats(&site, "assigned-nas=3 cumulative-assigned-nas=2 declined-addresses=1 "
                       "cumulative-registered-nas=1 assigned-pds=2 cumulative-assigned-pds=2 "
                       "reclaimed-leases=0 assigned-addresses=-1 registered-nas=-1 "
                       "subnet[1].assigned-nas=3 subnet[1].registered-nas=1 "
                       "subnet[1].assigned-pds=2 subnet[1].total-pds=512 subnet[2].total-nas=16 "
                       "subnet[2].total-pds=4 subnet[2].assigned-nas=0 "
                       "subnet[1].pool[0].assigned-nas=3 subnet[1].pd-pool[1].total-pds=256 "
                       "subnet[1].pool[0].assigned-pds=-1 subnet[1].pool[1].total-nas=-1 "
                       "subnet[2].pd-pool[4].assigned-pds=0 subnet[2].pool[3].declined-addresses=0 "
                       "subnet[2].pd-pool[4].declined-addresses=-1 total-nas=-1");
    lease = site_lease6(&site, site_prefix(P56 "700::/56"), &b);
    lease.pool_id = 1;
    CHECK(site_commit(&site, &lease));
    berth_leases_reclaim(site.leases);
    site_settle(&site);
    check_stats(&site, "assigned-pds=2 cumulative-assigned-pds=3 reclaimed-leases=1 "
                       "subnet[1].reclaimed-leases=1 subnet[1].pd-pool[1].assigned-pds=1 "
                       "subnet[1].pool[0].reclaimed-leases=0");
    /* More than 64 bits. */
    json = berth_json_new(text, 0);
    berth_json_begin_object(json, NULL);
    berth_stats_write(site.stats, "subnet[1].total-nas", json);
    berth_json_end(json);
    berth_json_free(json);
    CHECK_HAS(text->str, "18446744073709551616,");
    site_clear(&site);
}

static const BerthTest tests[] = {
    {"find", test_find},
    {"units", test_units},
    {"claims", test_claims},
    {"renew_overlapped", test_renew_overlapped},
    {"holds", test_holds},
    {"ends", test_ends},
    {"ends_for_good", test_ends_for_good},
    {"registered", test_registered},
    {"stats", test_stats},
    {0},
};

int main(int argc, char **argv)
{
    return berth_tests_main("leases6", tests, argc, argv);
}
