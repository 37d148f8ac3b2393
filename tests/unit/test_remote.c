/* remote: what other servers change in a shared store, in whatever order it comes; see
 * shared_site.h for the words. */
#include "core/lease/leases_i.h"
#include "tests/lib/rows.h"
#include "tests/lib/shared_site.h"

/* Of changes: '+' new, '=' changed, '-' gone; and the results of units. */
static void on_change(void *data, const BerthLease *before, const BerthLease *after)
{
    g_string_append_c(((Site *)data)->events, !before ? '+' : after ? '=' : '-');
}

static int64_t assigned(Site *site)
{
    return site_stat(site, "assigned-addresses");
}

/* What the store holds, in the words of site_table. */
static void check_agrees(Site *site, const char *table)
{
    g_autofree char *got = site_table(site);
    uint32_t iter = 0;
    unsigned n = 0;
    BerthLease lease;

    CHECK_TEXT(got, table);
    while (berth_table_next(berth_leases_table(site->leases), &iter, &lease)) {
        const BerthFakeKept *kept = berth_fake_data_get(site->backend->data, lease.addr);

        if (CHECK(kept != NULL) && kept) {
            CHECK_INT(lease.revision, kept->lease.revision);
            CHECK_INT(lease.is_foreign, kept->writer != site->backend);
        }
        n++;
    }
    CHECK_INT(n, g_hash_table_size(site->backend->leases));
}

/* The free map says the same as what is there. */
static void check_free(Site *site)
{
    for (unsigned octet = 1; octet < 7; octet++) {
        const BerthSpace *space = berth_pools_find(&site->leases->pools, site_addr(octet));
        BerthClient nobody = site_client('Z');
        bool is_usable = berth_leases_usable(site->leases, &site->subnets[0], site_addr(octet),
                                             &nobody) == BERTH_USABLE;

        CHECK_INT(berth_space_is_free(space, octet), is_usable);
    }
}

typedef struct Row {
    const char *name, *script, *table, *events;
    int assigned;
} Row;

/* clang-format off */
static const Row rows[] = {
    /* own changes, and their echoes */
    {"a lease of one's own",                    "p+1a .",                         "1a",    "+o",     1},
    {"its echo changes nothing",                "p+1a . f",                       "1a",    "+o",     1},
    {"its echo comes twice",                    "p+1a . f =+2b f",                "1a 2b", "+o+",    2},
    {"a removal and its echo",                  "=+1a p-1 . f",                   "",      "+-o",    0},
    {"a removal, then the echo of the lease",   "p+1a . p-1 . f",                 "",      "+o-o",   0},
    {"... in the wrong order",                  "p+1a . p-1 . e",                 "",      "+o-o",   0},
    {"removed and given again, echoes late",    "p+1a . p-1 . p+1b . f",          "1b",    "+o-o+o", 1},
    {"... in the wrong order",                  "p+1a . p-1 . p+1b . e",          "1b",    "+o-o+o", 1},
    {"the echo is first",                       "E p+1a .",                       "1a",    "+o",     1},
    {"... of a removal",                        "=+1a E p-1 .",                   "",      "+-o",    0},
    {"... of another owner of an ended one",    "=~1a E p+1b .",                  "1b",    "+=eo",   1},
    {"... with a later change behind it",       "E p+1a . o+1a f",                "1a",    "+o=",    1},
    {"failed: nothing is known",                "F p+1a . f",                     "",      "f",      0},
    /* what others change */
    {"another's lease",                         "o+1a f",                         "1a",    "+",      1},
    {"another's renewal",                       "o+1a f o+1a f",                  "1a",    "+=",     1},
    {"another's removal",                       "o+1a f o-1 f",                   "",      "+-",     0},
    {"a lease and its removal",                 "o+1a o-1 f",                     "",      "+-",     0},
    {"... in the wrong order",                  "o+1a o-1 e",                     "",      "",       0},
    {"an address changes hands",                "o+1a o-1 o+1b f",                "1b",    "+-+",    1},
    {"... in the wrong order",                  "o+1a o-1 o+1b e",                "1b",    "+",      1},
    {"another declines it",                     "=+1a o!1 f",                     "1!",    "+=",     1},
    {"another reclaims it",                     "=~1a or1a f",                    "1ar",   "+=",     0},
    {"another releases it",                     "=+1a os1a f",                    "1as",   "+=",     0},
    {"a removal of what is not known",          "o-3 f",                          "",      "",       0},
    /* who was first */
    {"another was first, not yet followed",     "o+1b p+1a .",                    "1b",    "+c",     1},
    {"... and what comes by the stream",        "o+1b p+1a . f",                  "1b",    "+c",     1},
    {"another renewed first",                   "=+1a o+1a p+1a . f",             "1a",    "+=c",    1},
    {"another removed it first",                "=+1a o-1 p+1a .",                "",      "+-c",    0},
    {"another removed it, and gave it again",   "=+1a o-1 o+1b p+1a . f",         "1b",    "+=c",    1},
    {"followed while one's own is under way",   "=+1a p+1a o+1a f . f",           "1a",    "+=c",    1},
    {"followed, and one's own is refused",      "p+1a o+1b f .",                  "1b",    "+c",     1},
    {"what one wanted to remove was renewed",   "=+1a o+1a p-1 . f",              "1a",    "+=c",    1},
    /* the client was first at another server */
    {"the client has an address by another",    "o+2a p+1a .",                    "2a",    "+c",     1},
    {"... which is followed",                   "o+2a f p+1a . f",                "1a 2a", "++o",    2},
    {"... which it has given back since",       "o+2a o-2 p+1a . f",              "1a",    "+o+-",   1},
    {"the client renewed by another",           "=+2a o+2a p+1a . f",             "2a",    "+=c",    1},
    {"another's client of the same server",     "o+2b p+1a . f",                  "1a 2b", "+o+",    2},
    {"one's end needs no claim",                "=~1a o+2a pr1a . f",             "1ar 2a", "+e=o+", 1},
    /* not known */
    {"UNKNOWN and not written",                 "U p+1a . q",                     "",      "u",      0},
    {"UNKNOWN and written",                     "W p+1a . q",                     "1a",    "u+",     1},
    {"... its echo before it is read again",    "W p+1a . f q",                   "1a",    "u+",     1},
    {"... its echo after that",                 "W p+1a . q f",                   "1a",    "u+",     1},
    {"a renewal that was not written",          "=+1a U p+1a . q",                "1a",    "+u",     1},
    {"a renewal that was written",              "=+1a W p+1a . q",                "1a",    "+u=",    1},
    {"a removal that was written",              "=+1a W p-1 . q",                 "",      "+u-",    0},
    {"a removal that was not",                  "=+1a U p-1 . q",                 "1a",    "+u",     1},
    {"another took it meanwhile",               "U p+1a . o+1b q f",              "1b",    "u+",     1},
    {"... and was followed",                    "U p+1a . o+1b f q",              "1b",    "u+",     1},
    {"another removed it meanwhile",            "=+1a U p+1a . o-1 q f",          "",      "+u-",    0},
    {"not to be had before it is known",        "U p+1a . p+1b q p+1b .",         "1b",    "ub+o",   1},
    {"... however long that is",                "U p+1a . t86400 p+1b q p+1b .",  "1b",    "ub+o",   1},
    /* read anew */
    {"a reload that finds nothing new",         "=+1a =+2b L z",                  "1a 2b", "++",     2},
    {"a lease was missed",                      "=+1a o+2b L z",                  "1a 2b", "++",     2},
    {"a removal was missed",                    "=+1a =+2b o-2 L z",              "1a",    "++-",    1},
    {"another owner was missed",                "=+1a =+2b o+2c L z",             "1a 2c", "++=",    2},
    {"all was missed",                          "=+1a =+2b o-1 o-2 o+3c o+4d L z", "3c 4d", "++++--", 2},
    {"given while it is read",                  "=+1a L l p+2b . z",              "1a 2b", "++o",    2},
    {"given to others while it is read",        "=+1a L l o+2b f z",              "1a 2b", "++",     2},
    {"removed while it is read",                "=+1a =+2b =+3c L l l p-1 . p-2 . p-3 . z", "", "+++-o-o-o", 0},
    {"renewed while it is read",                "=+1a =+2b =+3c L l l p+1a . p+2b . p+3c . z", "1a 2b 3c", "+++=o=o=o", 3},
    {"once more while it is read",              "=+1a =+2b L l l o-2 o-1 L z",    "",      "++--",   0},
    {"... before it was begun",                 "=+1a =+2b o-2 L L z",            "1a",    "++-",    1},
    {"... after it was done",                   "=+1a =+2b L z o-2 L z",          "1a",    "++-",    1},
    {"not known and read anew",                 "=+1a U p+1b . W p+2b . L z q",   "1a 2b", "+uu+",   2},
    {"a removal is not undone",                 "=+1a p-1 . L z f",               "",      "+-o",    0},
    /* another master */
    {"it has lost nothing",                     "=+1a N z",                       "1a",    "+",      1},
    {"it has lost a lease",                     "=+1a =+2b x2 N z",               "1a",    "++-",    1},
    {"it has lost a renewal",                   "=+1a =+1a y1a N z",              "1a",    "+==",    1},
    {"... in the same epoch it can't have",     "=+1a =+1a y1a L z =+1a",         "1a",    "+==",    1},
    {"it has lost a removal",                   "=+1a =-1 y1a N z",               "1a",    "+-+",    1},
    {"given in the new epoch meanwhile",        "=+1a =+2b x1 x2 N l p+2c . p+2c . z", "2c", "++-c+o-", 1},
    {0},
};
/* clang-format on */

static void test_rules(void)
{
    for (const Row *row = rows; row->name; row++) {
        Site site;

        berth_row("%s", row->name);
        site_init(&site);
        site_share(&site);
        berth_leases_follow(site.leases, on_change, &site);
        site_run(&site, row->script);
        CHECK_TEXT(site.events->str, row->events);
        check_agrees(&site, row->table);
        CHECK_INT(assigned(&site), row->assigned);
        check_free(&site);
        site_clear(&site);
    }
}

/* Whoever got a lease from another server does not come for the offer; whoever is offered what
 * another server has given must not get it. */
static void test_offers(void)
{
    /* clang-format off */
    static const struct {
        const char *name, *script;
        char client;
        unsigned held; /* 0: nothing */
    } offer_rows[] = {
        {"nothing changed",                        "?5a",             'a', 5},
        {"the address is given to another",        "?5a o+5b f",      'a', 0},
        {"the client has got another address",     "?5a o+4a f",      'a', 0},
        {"the client has got it",                  "?5a o+5a f",      'a', 0},
        {"another address, another client",        "?5a o+4b f",      'a', 5},
        {"the client has given an address back",   "=+4a ?5a os4a f", 'a', 5},
        {"the address is declined",                "?5a o!5 f",       'a', 0},
        {"another's lease there is removed",       "=~5b ?5a o-5 f",  'a', 0},
        {"an older change changes nothing",        "=+5b =s5b ?5a e", 'a', 5},
        {"the address is found in a reload",       "?5a o+5b L z",    'a', 0},
        {0},
    };
    /* clang-format on */

    for (int i = 0; offer_rows[i].name; i++) {
        BerthClient client = site_client(offer_rows[i].client);
        BerthAddr held = BERTH_ADDR4_ANY;
        Site site;

        berth_row("%s", offer_rows[i].name);
        site_init(&site);
        site_share(&site);
        site_run(&site, offer_rows[i].script);
        berth_leases_held(site.leases, 1, &client, &held);
        CHECK_INT(berth_addr_is_any(held) ? 0 : held.b[15], offer_rows[i].held);
        check_free(&site);
        site_clear(&site);
    }
}

/* However many are removed, what is remembered of them is bounded. */
static void test_bounded(void)
{
    BerthLease gone;
    Site site;

    berth_row("100000 removals");
    site_init(&site);
    site_share(&site);
    for (unsigned i = 1; i <= 100000; i++) {
        berth_lease_clear(&gone);
        gone.addr = berth_addr4(0x0a000000 + i);
        gone.revision = UINT64_C(1) << BERTH_REVISION_EPOCH_SHIFT | i;
        CHECK_INT(berth_leases_changed(site.leases, &gone), 0);
    }
    CHECK_INT(site.leases->gone.count, 65536);
    CHECK(berth_leases_revision(site.leases, gone.addr) == gone.revision);
    site_pass(&site, 301);
    CHECK_INT(berth_leases_revision(site.leases, gone.addr), 0);
    site_clear(&site);
}

/* IPv6: another server gives a prefix of another length at an address, as after a change of its
 * configuration; what overlaps is nobody else's, and free again when it is gone. */
static void test_prefixes(void)
{
    static const struct {
        const char *name, *prefix;
        uint32_t valid_sec;
        const char *table;
        BerthUsable usable; /* 2001:db8:a000::/56 for another client */
    } steps[] = {
        {"a number of the pool", "2001:db8:a000::/56", 3600, "A1:2001:db8:a000::/56",
         BERTH_USABLE_TAKEN},
        {"a part of it", "2001:db8:a000::/60", 3600, "A1:2001:db8:a000::/60", BERTH_USABLE_TAKEN},
        {"another address", "2001:db8:a000:80::/60", 3600,
         "A1:2001:db8:a000::/60 A1:2001:db8:a000:80::/60", BERTH_USABLE_TAKEN},
        {"one is gone", "2001:db8:a000::/60", 0, "A1:2001:db8:a000:80::/60", BERTH_USABLE_TAKEN},
        {"both are", "2001:db8:a000:80::/60", 0, "", BERTH_USABLE},
    };
    BerthClient client = site_client6('a', BERTH_LEASE_PD, 1);
    BerthClient other = site_client6('b', BERTH_LEASE_PD, 1);
    const BerthShare share = {.size = sizeof(share), .epoch = 1};
    Site site;

    site_init6(&site);
    berth_leases_set_share(site.leases, &share);
    for (size_t i = 0; i < G_N_ELEMENTS(steps); i++) {
        BerthLease lease = site_lease6(&site, site_prefix(steps[i].prefix), &client);
        g_autofree char *table = NULL;

        berth_row("%s", steps[i].name);
        lease.revision = i + 1;
        lease.is_foreign = true;
        lease.valid_sec = steps[i].valid_sec;
        CHECK_INT(berth_leases_changed(site.leases, &lease), 0);
        table = site_table6(&site);
        CHECK_TEXT(table, steps[i].table);
        CHECK_INT(berth_leases_usable6(site.leases, &site.subnets[0],
                                       site_prefix("2001:db8:a000::/56"), &other),
                  steps[i].usable);
    }
    CHECK_INT(site_stat(&site, "assigned-pds"), 0);
    site_clear(&site);
}

/* What is not fit is told, and changes nothing. */
static void test_unfit(void)
{
    BerthLease lease;
    Site site;

    site_init(&site);
    site_share(&site);
    berth_row("an address of the other family");
    lease = site_lease(&site, 1, 'a');
    lease.revision = 1;
    lease.addr = site_prefix("2001:db8::1").addr;
    CHECK(berth_leases_changed(site.leases, &lease) < 0);
    CHECK(berth_leases_settled(site.leases, &lease) < 0);
    berth_row("no identity");
    lease = site_lease(&site, 1, 'a');
    lease.revision = 1;
    lease.hwaddr.len = 0;
    CHECK(berth_leases_changed(site.leases, &lease) < 0);
    CHECK_INT(berth_table_count(berth_leases_table(site.leases)), 0);
    site_clear(&site);
}

static void random_word(GRand *rand, char word[16])
{
    static const char *const others[] = {".", ".", "f", "f", "e", "q",  "F",  "U",
                                         "W", "L", "N", "l", "l", "t1", "t70"};
    static const char verbs[] = "++++~-!rs";
    unsigned octet = (unsigned)g_rand_int_range(rand, 1, 7);
    char client = (char)('a' + g_rand_int_range(rand, 0, 4));
    char verb = verbs[g_rand_int_range(rand, 0, sizeof(verbs) - 1)];

    if (g_rand_int_range(rand, 0, 3) == 0)
        g_strlcpy(word, others[g_rand_int_range(rand, 0, G_N_ELEMENTS(others))], 16);
    else
        g_snprintf(word, 16, "%c%c%u%c", g_rand_boolean(rand) ? 'o' : 'p', verb, octet, client);
}

/* Whatever happens and in whatever order it is told: when all is told and settled, this server
 * knows what the store has. */
static void test_random(void)
{
    for (guint32 seed = 1; seed <= 1000; seed++) {
        g_autoptr(GRand) rand = g_rand_new_with_seed(seed);
        g_autoptr(GString) script = g_string_new(NULL);
        g_autofree char *table = NULL;
        char word[16];
        Site site;

        site_init(&site);
        site_share(&site);
        for (int i = 0; i < 60; i++) {
            random_word(rand, word);
            /* There is nothing to be removed. */
            if (word[0] == 'o' && word[1] == '-' &&
                !berth_fake_data_get(site.other->data, site_addr((unsigned)(word[2] - '0'))))
                continue;
            g_string_append_printf(script, "%s ", word);
            berth_row("seed %u: %s", seed, script->str);
            site_run(&site, word);
        }
        site_run(&site, "z . q f");
        table = site_table(&site);
        check_agrees(&site, table);
        check_free(&site);
        site_clear(&site);
    }
}

static const BerthTest tests[] = {
    {"random", test_random},
    {"rules", test_rules},
    {"offers", test_offers},
    {"bounded", test_bounded},
    {"prefixes", test_prefixes},
    {"unfit", test_unfit},
    {0},
};

int main(int argc, char **argv)
{
    return berth_tests_main("remote", tests, argc, argv);
}
