/* pick6: what IPv6 bindings get, in which order, and that nothing ever overlaps. */
#include "core/lease/leases_i.h"
#include "tests/lib/lease_site.h"
#include "tests/lib/rows.h"

#include <stdlib.h>

/* ---- by script ---- */

static bool pick(Site *site, unsigned subnet, const BerthClient *client, BerthPrefix hint,
                 BerthPick *ret)
{
    return berth_leases_pick6(site->leases, &site->subnets[subnet], client, hint, ret);
}

#define NA "2001:db8:1::"
#define P56 "2001:db8:a000:"
#define P60 "2001:db8:b000:"

static void test_order(void)
{
    /* Client a asks with IAID 1 in subnet 1. */
    /* clang-format off */
    static const struct {
        const char *name;
        BerthLeaseType type;
        const char *before, *hint, *gives;
    } rows[] = {
        {"nothing known",                    BERTH_LEASE_NA, "",                                       NULL,          NA "1"},
        {"what it asks for",                 BERTH_LEASE_NA, "",                                       NA "77",       NA "77"},
        {"... is another's",                 BERTH_LEASE_NA, "+b1:" NA "77",                           NA "77",       NA "1"},
        {"... of its own other IA",          BERTH_LEASE_NA, "+a2:" NA "77",                           NA "77",       NA "1"},
        {"... was another's",                BERTH_LEASE_NA, "~b1:" NA "77",                           NA "77",       NA "77"},
        {"... is held",                      BERTH_LEASE_NA, "?b1:" NA "77",                           NA "77",       NA "1"},
        {"... is held for its other IA",     BERTH_LEASE_NA, "?a2:" NA "77",                           NA "77",       NA "1"},
        {"... is declined",                  BERTH_LEASE_NA, "!b1:" NA "77",                           NA "77",       NA "1"},
        {"... is registered",                BERTH_LEASE_NA, "gb1:" NA "77",                           NA "77",       NA "1"},
        {"... is in no pool",                BERTH_LEASE_NA, "",                                       "2001:db8:7::7", NA "1"},
        {"... is in another subnet's pool",  BERTH_LEASE_NA, "",                                       "2001:db8:2::7", NA "1"},
        {"... is the routers'",              BERTH_LEASE_NA, "",                                       NA,            NA "1"},
        {"... is in a prefix pool",          BERTH_LEASE_NA, "",                                       P56 ":1",      NA "1"},
        {"its lease",                        BERTH_LEASE_NA, "+a1:" NA "5",                            NA "77",       NA "5"},
        {"... the valid one",                BERTH_LEASE_NA, "+a1:" NA "5 ~a1:" NA "6",                NULL,          NA "5"},
        {"... has expired",                  BERTH_LEASE_NA, "~a1:" NA "5",                            NA "77",       NA "5"},
        {"... is released",                  BERTH_LEASE_NA, "sa1:" NA "5",                            NULL,          NA "5"},
        {"... is reclaimed",                 BERTH_LEASE_NA, "ra1:" NA "5",                            NULL,          NA "5"},
        {"... and is held for another",      BERTH_LEASE_NA, "ra1:" NA "5 ?b1:" NA "5",                NULL,          NA "1"},
        {"... is in no pool any more",       BERTH_LEASE_NA, "+a1:2001:db8:7::7",                      NULL,          NA "1"},
        {"... before what is held",          BERTH_LEASE_NA, "?a1:" NA "6 ra1:" NA "5",                NULL,          NA "5"},
        {"what it registered is not that",   BERTH_LEASE_NA, "ga1:" NA "5",                            NULL,          NA "1"},
        {"its lease of another IA",          BERTH_LEASE_NA, "+a2:" NA "1",                            NULL,          NA "2"},
        {"its lease of the other type",      BERTH_LEASE_NA, "+A1:" P56 ":/56",                        NULL,          NA "1"},
        {"what is held for it",              BERTH_LEASE_NA, "?a1:" NA "6",                            NULL,          NA "6"},
        {"what it asks for goes before it",  BERTH_LEASE_NA, "?a1:" NA "6",                            NA "77",       NA "77"},
        {"... but not what is another's",    BERTH_LEASE_NA, "?a1:" NA "6 +b1:" NA "77",               NA "77",       NA "6"},
        {"a prefix: nothing known",          BERTH_LEASE_PD, "",                                       NULL,          P56 ":/56"},
        {"its prefix",                       BERTH_LEASE_PD, "~A1:" P60 "20::/60",                     "::/56",       P60 "20::/60"},
        {"its address is not that",          BERTH_LEASE_PD, "+a1:" NA "5",                            NULL,          P56 ":/56"},
        {"exactly what it asks for",         BERTH_LEASE_PD, "",                                       P56 "300::/56", P56 "300::/56"},
        {"the same with another length",     BERTH_LEASE_PD, "",                                       P60 "20::/56", P60 "20::/60"},
        {"... around a longer one",          BERTH_LEASE_PD, "",                                       P56 "3a0::/60", P56 "300::/56"},
        {"... is taken: by length",          BERTH_LEASE_PD, "+B1:" P56 "300::/56",                    P56 "3a0::/60", P60 ":/60"},
        {"by length",                        BERTH_LEASE_PD, "",                                       "::/60",       P60 ":/60"},
        {"... the larger",                   BERTH_LEASE_PD, "",                                       "::/58",       P56 ":/56"},
        {"... no larger one: the smaller",   BERTH_LEASE_PD, "",                                       "::/48",       P56 ":/56"},
        {"... the closest larger one",       BERTH_LEASE_PD, "",                                       "::/64",       P60 ":/60"},
        {"from no pool, by length",          BERTH_LEASE_PD, "",                                       "2001:db8:77::/60", P60 ":/60"},
        {"from an address pool",             BERTH_LEASE_PD, "",                                       NA "1/128",    P60 ":/60"},
        {0},
    };
    /* clang-format on */

    for (int i = 0; rows[i].name; i++) {
        BerthClient a = site_client6('a', rows[i].type, 1);
        BerthPrefix hint = rows[i].hint ? site_prefix(rows[i].hint) : (BerthPrefix){0};
        char text[BERTH_PREFIX_TEXT] = "";
        BerthPick got;
        Site site;

        berth_row("%d %s", i, rows[i].name);
        site_init6(&site);
        site_set_up6(&site, rows[i].before);
        if (CHECK(pick(&site, 0, &a, hint, &got))) {
            CHECK_TEXT(site_prefix_text(got.prefix, text), rows[i].gives);
            CHECK(got.pool && got.pool->id == got.pool_id);
            CHECK(got.pool && got.pool->delegated_len == got.prefix.len);
        }
        site_clear(&site);
    }
}

/* ---- each allocator ---- */

static void set_allocator(Site *site, BerthAllocator allocator)
{
    for (size_t i = 0; i < G_N_ELEMENTS(site->subnets); i++)
        site->subnets[i].params.allocator = site->subnets[i].params.pd_allocator = allocator;
    berth_leases_set_conf(site->leases, &site->conf);
}

/* Every one that subnet 2 has, each once, and then none. */
static void test_until_full(void)
{
    static const BerthAllocator allocators[] = {BERTH_ALLOCATOR_ITERATIVE, BERTH_ALLOCATOR_RANDOM,
                                                BERTH_ALLOCATOR_FLQ};
    static const struct {
        BerthLeaseType type;
        unsigned n;
    } rows[] = {{BERTH_LEASE_NA, 15}, {BERTH_LEASE_PD, 4}};

    for (unsigned i = 0; i < 6; i++) {
        BerthLeaseType type = rows[i % 2].type;
        BerthPick got;
        unsigned n = 0;
        Site site;

        berth_row("allocator %d, type %d", allocators[i / 2], type);
        site_init6(&site);
        set_allocator(&site, allocators[i / 2]);
        for (; n < 100; n++) {
            BerthClient client = site_client6('a', type, n);
            BerthLease lease;

            if (!pick(&site, 1, &client, (BerthPrefix){0}, &got))
                break;
            CHECK(berth_prefix_contains(type == BERTH_LEASE_NA ? site.subnets[1].prefix
                                                               : site.pools[4].first,
                                        type == BERTH_LEASE_NA ? 64 : 62, got.prefix.addr));
            lease = site_lease6(&site, got.prefix, &client);
            lease.subnet_id = 2;
            CHECK(site_commit(&site, &lease));
        }
        CHECK_INT(n, rows[i % 2].n);
        CHECK_INT((int64_t)berth_table_count(site.leases->table), n);
        site_clear(&site);
    }
}

/* A /64 as flq or at random gives what nobody could go through. */
static void test_large(void)
{
    static const BerthAllocator allocators[] = {BERTH_ALLOCATOR_RANDOM, BERTH_ALLOCATOR_FLQ};

    for (size_t a = 0; a < G_N_ELEMENTS(allocators); a++) {
        unsigned high = 0;
        Site site;

        berth_row("allocator %d", allocators[a]);
        site_init6(&site);
        set_allocator(&site, allocators[a]);
        for (uint32_t i = 0; i < 500; i++) {
            BerthClient client = site_client6('a', BERTH_LEASE_NA, i);
            BerthPick got;

            if (!CHECK(pick(&site, 0, &client, (BerthPrefix){0}, &got)))
                break;
            high += got.prefix.addr.b[8] >> 7;
            CHECK(!berth_table_get(site.leases->table, got.prefix.addr, &(BerthLease){0}));
            CHECK(site_commit(&site, &(BerthLease){
                                         .addr = got.prefix.addr,
                                         .type = BERTH_LEASE_NA,
                                         .prefix_len = 128,
                                         .subnet_id = 1,
                                         .iaid = i,
                                         .valid_sec = 100,
                                         .cltt = berth_leases_now(site.leases),
                                         .client_id = client.client_id,
                                     }));
        }
        CHECK(high > 150 && high < 350);
        site_clear(&site);
    }
}

/* ---- what lies across the pools ---- */

static void delegate(Site *site, unsigned pool, uint8_t len)
{
    site->pools[pool].delegated_len = len;
    berth_leases_set_conf(site->leases, &site->conf);
}

/* All that is left is found by each allocator, however the leases of before lie. */
static void test_other_length(void)
{
    static const BerthAllocator allocators[] = {BERTH_ALLOCATOR_ITERATIVE, BERTH_ALLOCATOR_RANDOM,
                                                BERTH_ALLOCATOR_FLQ};
    /* clang-format off */
    static const struct {
        const char *name;
        const char *before;
        uint8_t len;
        unsigned left; /* of the first prefix pool, of 16 bits below /48 */
    } rows[] = {
        {"smaller ones than before",            "+A1:" P56 ":/56 +A2:" P56 "100::/56",      60, 4096 - 32},
        {"... in the middle",                   "+A1:" P56 "8000::/56",                     60, 4096 - 16},
        {"... at the end",                      "+A1:" P56 "ff00::/56",                     60, 4096 - 16},
        {"larger ones",                         "+A1:" P56 ":/56 +A2:" P56 "100::/56",      52, 15},
        {"... each blocks another",             "+A1:" P56 ":/56 +A2:" P56 "f100::/56",     52, 14},
        {"... one that has ended blocks none",  "~A1:" P56 ":/56 +A2:" P56 "f100::/56",     52, 15},
        {"an address within",                   "+a1:" P56 ":5 +a2:" P56 "8000::7",         56, 254},
        {"one that is larger than the pool",    "+A1:2001:db8:a000::/44",                   56, 0},
        {"... elsewhere",                       "+A1:2001:db8:a010::/44",                   56, 256},
        {0},
    };
    /* clang-format on */

    for (int i = 0; rows[i].name; i++)
        for (size_t a = 0; a < G_N_ELEMENTS(allocators); a++) {
            unsigned left = 0;
            BerthPick got;
            Site site;

            berth_row("allocator %d: %s", allocators[a], rows[i].name);
            site_init6(&site);
            site.subnets[0].n_pd_pools = 1;
            set_allocator(&site, allocators[a]);
            site_set_up6(&site, rows[i].before);
            delegate(&site, 1, rows[i].len);
            for (; left < 5000; left++) {
                BerthClient client = site_client6('b', BERTH_LEASE_PD, left);
                BerthLease lease;

                if (!pick(&site, 0, &client, (BerthPrefix){0}, &got))
                    break;
                lease = site_lease6(&site, got.prefix, &client);
                if (!CHECK(site_commit(&site, &lease)))
                    break;
            }
            CHECK_INT(left, rows[i].left);
            site_clear(&site);
        }
}

/* A number of a pool gives way to a longer prefix at its address, and is had again after that. */
static void test_replaced(void)
{
    BerthClient a = site_client6('a', BERTH_LEASE_PD, 1), b = site_client6('b', BERTH_LEASE_PD, 1);
    BerthPrefix whole = site_prefix(P56 ":/56");
    BerthUnit *unit;
    BerthLease lease;
    Site site;

    berth_row("replaced by another length");
    site_init6(&site);
    site_set_up6(&site, "+A1:" P56 ":/56");
    site_pass(&site, SITE_VALID + 2);
    /* Nobody has noticed yet that it has ended. */
    CHECK(!berth_space_is_free(berth_pools_find(&site.leases->pools, whole.addr), 0));
    lease = site_lease6(&site, site_prefix(P56 ":/60"), &b);
    unit = berth_unit_new(site.leases);
    CHECK_INT(berth_unit_add(unit, NULL, &lease), BERTH_PROPOSED);
    CHECK_INT(berth_leases_lapse(site.leases, 1), 1);
    berth_unit_abandon(unit);
    CHECK(berth_space_is_free(berth_pools_find(&site.leases->pools, whole.addr), 0));
    CHECK(site_commit(&site, &lease));
    CHECK_INT(berth_leases_usable6(site.leases, &site.subnets[0], whole, &a), BERTH_USABLE_TAKEN);
    CHECK_INT((int64_t)berth_strays_count(site.leases->strays), 1);
    lease.state = BERTH_LEASE_RELEASED;
    CHECK(site_commit(&site, &lease));
    CHECK_INT((int64_t)berth_strays_count(site.leases->strays), 0);
    CHECK_INT(berth_leases_usable6(site.leases, &site.subnets[0], whole, &a), BERTH_USABLE);
    CHECK(berth_space_is_free(berth_pools_find(&site.leases->pools, whole.addr), 0));
    site_clear(&site);
}

/* What is a stray under one configuration is a number of a pool under the next. */
static void test_no_stray_any_more(void)
{
    static const uint8_t lens[] = {56, 60, 56};
    Site site;

    site_init6(&site);
    site_set_up6(&site, "+A1:" P56 ":/56 +A2:" P56 "100::/56 +a1:" NA "5 ga1:2001:db8:7::7");
    for (size_t i = 0; i < G_N_ELEMENTS(lens); i++) {
        berth_row("delegated-len %u", lens[i]);
        delegate(&site, 1, lens[i]);
        CHECK_INT((int64_t)berth_strays_count(site.leases->strays), lens[i] == 56 ? 0 : 2);
        CHECK(berth_space_count(berth_pools_find(&site.leases->pools, site.pools[1].first)) ==
              (lens[i] == 56 ? 254 : 4096));
    }
    site_clear(&site);
}

/* ---- against a naive model ---- */

#define OPERATIONS 4000
#define NAIVE_MAX 2000

typedef struct Model {
    Site site;
    GRand *rand;
    unsigned picks, full;
} Model;

static unsigned below(Model *model, unsigned n)
{
    return (unsigned)g_rand_int_range(model->rand, 0, (int)n);
}

static bool keeps_away(const BerthLease *lease, int64_t now)
{
    return (lease->state == BERTH_LEASE_ACTIVE || lease->state == BERTH_LEASE_DECLINED ||
            lease->state == BERTH_LEASE_REGISTERED) &&
           lease->cltt + lease->valid_sec >= now;
}

/* Everything that keeps others away from the kind. */
static unsigned all_taken(const Model *model, bool is_pd, BerthPrefix *ret)
{
    const BerthLeases *leases = model->site.leases;
    int64_t now = berth_leases_now(leases);
    uint32_t iter = 0;
    unsigned n = 0;
    BerthLease lease;

    while (berth_table_next(leases->table, &iter, &lease))
        if (keeps_away(&lease, now) && !(is_pd && lease.state == BERTH_LEASE_REGISTERED))
            ret[n++] = berth_lease_prefix(&lease);
    for (const BerthHold *hold = NULL; (hold = berth_holds_next(&leases->offers, hold));)
        ret[n++] = hold->prefix;
    return n;
}

/* INV-01 and INV-21: two that overlap are one: a lease that its owner is offered again. */
static void check_overlaps(const Model *model)
{
    BerthPrefix taken[NAIVE_MAX];
    unsigned n = all_taken(model, true, taken);

    for (unsigned i = 0; i < n; i++)
        for (unsigned j = 0; j < i; j++)
            if (berth_prefix_overlaps(taken[i], taken[j]))
                CHECK(berth_prefix_equal(taken[i], taken[j]));
}

static bool is_free_for(const BerthPrefix *taken, unsigned n, BerthPrefix prefix)
{
    for (unsigned i = 0; i < n; i++)
        if (berth_prefix_overlaps(taken[i], prefix))
            return false;
    return true;
}

/* Whether a pool of the type has something that overlaps with nothing. */
static bool is_any_free(const Model *model, BerthLeaseType type)
{
    BerthPrefix taken[NAIVE_MAX];
    unsigned n = all_taken(model, type == BERTH_LEASE_PD, taken);

    for (unsigned p = 0; p < 5; p++) {
        const BerthPool *pool = &model->site.pools[p];
        BerthU128 step = (BerthU128)1 << (128 - pool->delegated_len);
        BerthU128 at = berth_addr_to_number(pool->first), last = berth_addr_to_number(pool->last);

        if (pool->subnet->id != 1 || pool->type != type)
            continue;
        for (at += type == BERTH_LEASE_NA; at <= last; at += step)
            if (is_free_for(taken, n,
                            (BerthPrefix){berth_addr_from_number(at), pool->delegated_len}))
                return true;
    }
    return false;
}

static BerthClient a_client(Model *model)
{
    BerthLeaseType type = below(model, 4) ? BERTH_LEASE_PD : BERTH_LEASE_NA;

    return site_client6((char)('a' + below(model, 8)), type, below(model, 4));
}

static BerthPrefix a_hint(Model *model)
{
    static const char *const bases[] = {"2001:db8:1::", "2001:db8:a000::", "2001:db8:b000::", "::"};
    BerthPrefix hint = site_prefix(bases[below(model, G_N_ELEMENTS(bases))]);

    hint.addr.b[6] = (uint8_t)(below(model, 3) << 4);
    hint.addr.b[7] = (uint8_t)(below(model, 4) << 4);
    hint.addr.b[15] = (uint8_t)below(model, 3);
    hint.len = (uint8_t)(below(model, 3) ? 52 + 4 * below(model, 4) : below(model, 129));
    return hint;
}

static bool is_of_binding(const Model *model, const BerthClient *client)
{
    return berth_leases_of_client(model->site.leases, 1, client, &(BerthLease){0}) ||
           berth_leases_held6(model->site.leases, 1, client, &(BerthPrefix){0});
}

static void pick_one(Model *model)
{
    BerthClient client = a_client(model);
    bool has = is_of_binding(model, &client);
    bool can = is_any_free(model, client.type), found;
    BerthLease lease;
    BerthPick got;

    found = pick(&model->site, 0, &client, a_hint(model), &got);
    model->picks++;
    model->full += !found;
    if (!has)
        CHECK_INT(found, can);
    if (!found)
        return;
    CHECK_INT(
        berth_leases_usable6(model->site.leases, &model->site.subnets[0], got.prefix, &client),
        BERTH_USABLE);
    if (below(model, 3) == 0) {
        berth_leases_hold6(model->site.leases, got.prefix, 1, &client);
        return;
    }
    lease = site_lease6(&model->site, got.prefix, &client);
    lease.valid_sec = 50 + below(model, 500);
    CHECK(site_commit(&model->site, &lease));
}

/* A lease that comes from anywhere: refused where it overlaps, taken where it does not. */
static void put_stray(Model *model)
{
    static const uint8_t lens[] = {44, 50, 55, 57, 61, 128};
    BerthPrefix taken[NAIVE_MAX], prefix = a_hint(model);
    BerthClient client = a_client(model);
    unsigned n;
    BerthLease lease, at;

    prefix.len = lens[below(model, G_N_ELEMENTS(lens))];
    prefix.addr = berth_prefix_first(prefix.addr, prefix.len);
    if (berth_addr_is_any(prefix.addr) ||
        berth_table_get(model->site.leases->table, prefix.addr, &at))
        return;
    client.type = prefix.len == 128 ? BERTH_LEASE_NA : BERTH_LEASE_PD;
    lease = site_lease6(&model->site, prefix, &client);
    lease.valid_sec = 20 + below(model, 200);
    lease.state =
        prefix.len == 128 && below(model, 2) ? BERTH_LEASE_REGISTERED : BERTH_LEASE_ACTIVE;
    n = all_taken(model, client.type == BERTH_LEASE_PD, taken);
    CHECK_INT(site_commit(&model->site, &lease),
              lease.state == BERTH_LEASE_REGISTERED || is_free_for(taken, n, prefix));
}

static void end_one(Model *model)
{
    BerthPrefix taken[NAIVE_MAX];
    unsigned n = all_taken(model, true, taken);
    BerthLease lease;

    if (n == 0 ||
        !berth_table_get(model->site.leases->table, taken[below(model, n)].addr, &lease) ||
        lease.state != BERTH_LEASE_ACTIVE)
        return;
    lease.state = below(model, 3) || lease.type == BERTH_LEASE_PD ? BERTH_LEASE_RELEASED
                                                                  : BERTH_LEASE_DECLINED;
    CHECK(site_commit(&model->site, &lease));
}

static void configure(Model *model)
{
    static const uint8_t lens[] = {52, 54, 56, 58};

    set_allocator(&model->site, (BerthAllocator)below(model, 3));
    delegate(&model->site, 1, lens[below(model, G_N_ELEMENTS(lens))]);
}

static void operate(Model *model)
{
    unsigned n = below(model, 100);

    if (n < 60)
        pick_one(model);
    else if (n < 70)
        put_stray(model);
    else if (n < 85)
        end_one(model);
    else if (n < 98)
        site_pass(&model->site, below(model, 20));
    else
        configure(model);
    if (below(model, 200) == 0)
        berth_leases_reclaim(model->site.leases);
    site_settle(&model->site);
}

/* Pools so small that they are full now and then. */
static void shrink(Site *site)
{
    site->pools[0].last = site_prefix("2001:db8:1::6").addr;
    site->pools[1].last = site_prefix("2001:db8:a000:3fff:ffff:ffff:ffff:ffff").addr;
    site->pools[2].last = site_prefix("2001:db8:b000:7f:ffff:ffff:ffff:ffff").addr;
    site->conf.v6.reclaim_wait_sec = 10;
    site->conf.v6.hold_reclaimed_sec = 60;
    berth_leases_set_conf(site->leases, &site->conf);
}

static void test_random(void)
{
    for (unsigned seed = 1; seed <= 3; seed++) {
        Model model = {.rand = g_rand_new_with_seed(seed)};

        berth_row("seed %u", seed);
        site_init6(&model.site);
        shrink(&model.site);
        for (int i = 0; i < OPERATIONS; i++) {
            operate(&model);
            check_overlaps(&model);
        }
        CHECK(model.full > 20 && model.full < model.picks / 2);
        site_clear(&model.site);
        g_rand_free(model.rand);
    }
}

static const BerthTest tests[] = {
    {"replaced", test_replaced}, {"no_stray_any_more", test_no_stray_any_more},
    {"order", test_order},       {"until_full", test_until_full},
    {"large", test_large},       {"other_length", test_other_length},
    {"random", test_random},     {0},
};

int main(int argc, char **argv)
{
    return berth_tests_main("pick6", tests, argc, argv);
}
