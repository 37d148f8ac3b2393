/* pools: spaces and their numbers, what is nobody's, strays, and finding spaces by what overlaps.
 */
#include "core/pool/pools.h"
#include "core/pool/strays.h"
#include "tests/lib/lease_site.h"
#include "tests/lib/rows.h"

/* ---- one space ---- */

static BerthSpace *space_of(BerthLeaseType type, const char *first, const char *last, uint8_t len,
                            const char *subnet)
{
    BerthPrefix in = site_prefix(subnet);
    BerthSpace like = {
        .type = type,
        .len = len,
        .first = site_prefix(first).addr,
        .last = site_prefix(last).addr,
        .subnet = in.addr,
        .subnet_len = in.len,
        .no_first_last_24 = true,
    };

    return berth_space_new(&like, 1);
}

static const char *text_of(BerthPrefix prefix, char text[BERTH_PREFIX_TEXT])
{
    char addr[BERTH_ADDR_TEXT];

    g_snprintf(text, BERTH_PREFIX_TEXT, "%s/%u", berth_addr_text(prefix.addr, addr), prefix.len);
    return text;
}

static void test_numbers(void)
{
    /* clang-format off */
    static const struct {
        BerthLeaseType type;
        const char *first, *last;
        uint8_t len;
        uint64_t number;
        const char *is;
    } rows[] = {
        {BERTH_LEASE_V4, "10.0.0.0",      "10.0.0.255",                              32, 0,          "10.0.0.0/32"},
        {BERTH_LEASE_V4, "10.0.0.0",      "10.0.0.255",                              32, 255,        "10.0.0.255/32"},
        {BERTH_LEASE_V4, "10.0.0.0",      "13.255.255.255",                          32, 1 << 25,    "12.0.0.0/32"},
        {BERTH_LEASE_NA, "2001:db8::",    "2001:db8::ffff:ffff:ffff:ffff",           128, 0,         "2001:db8::/128"},
        {BERTH_LEASE_NA, "2001:db8::",    "2001:db8::ffff:ffff:ffff:ffff",           128, 1ull << 63, "2001:db8:0:0:8000::/128"},
        {BERTH_LEASE_PD, "2001:db8::",    "2001:db8:0:ffff:ffff:ffff:ffff:ffff",     56, 3,          "2001:db8:0:300::/56"},
        {BERTH_LEASE_PD, "2001:db8::",    "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff",  64, 0xfffffffe, "2001:db8:ffff:fffe::/64"},
        {BERTH_LEASE_PD, "2001:db8::",    "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff",  32, 0,          "2001:db8::/32"},
        {0},
    };
    /* clang-format on */

    for (int i = 0; rows[i].first; i++) {
        BerthSpace *space =
            space_of(rows[i].type, rows[i].first, rows[i].last, rows[i].len, "2001:db8::/32");
        BerthPrefix prefix = berth_space_at(space, rows[i].number);
        char text[BERTH_PREFIX_TEXT];
        uint64_t number = 17;

        berth_row("%s", rows[i].is);
        CHECK_TEXT(text_of(prefix, text), rows[i].is);
        CHECK(berth_space_number(space, prefix, &number) && number == rows[i].number);
        CHECK(berth_space_nearest(space, prefix.addr) == rows[i].number);
        /* Of another length it is none. */
        prefix.len--;
        CHECK(!berth_space_number(space, prefix, &number));
        berth_space_free(space);
    }
}

static void test_sizes(void)
{
    /* clang-format off */
    static const struct {
        BerthLeaseType type;
        const char *first, *last;
        uint8_t len;
        BerthU128 size;
        uint64_t numbers;
    } rows[] = {
        {BERTH_LEASE_NA, "::",         "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", 128, ~(BerthU128)0,      UINT64_MAX},
        {BERTH_LEASE_NA, "2001:db8::", "2001:db8::ffff:ffff:ffff:ffff",           128, (BerthU128)1 << 64, UINT64_MAX},
        {BERTH_LEASE_NA, "2001:db8::", "2001:db8::ff:ffff",                       128, 1 << 24,            1 << 24},
        {BERTH_LEASE_PD, "2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff",   64, 1ull << 32,         1ull << 32},
        {BERTH_LEASE_PD, "2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff",   32, 1,                  1},
        {0},
    };
    /* clang-format on */

    for (int i = 0; rows[i].first; i++) {
        BerthSpace *space =
            space_of(rows[i].type, rows[i].first, rows[i].last, rows[i].len, "2001:db8::/32");

        berth_row("%s - %s as /%u", rows[i].first, rows[i].last, rows[i].len);
        CHECK(berth_space_size(space) == rows[i].size);
        CHECK(space->numbers == rows[i].numbers);
        CHECK_INT(space->map != NULL, rows[i].numbers <= BERTH_FREEMAP_MAX);
        berth_space_free(space);
    }
}

/* What is given, one after the other, until none is left or `n` were. */
static void take_all(BerthSpace *space, uint64_t from, unsigned n, GString *ret)
{
    char text[BERTH_ADDR_TEXT];
    uint64_t number;

    for (; n > 0 && berth_space_next(space, false, from, &number); n--) {
        g_string_append_printf(ret, "%s%s", ret->len ? " " : "",
                               berth_addr_text(berth_space_at(space, number).addr, text));
        berth_space_take(space, number);
        from = number + 1;
    }
}

/* V6-061, and the addresses of a network that no host has. */
static void test_excluded(void)
{
    /* clang-format off */
    static const struct {
        const char *name;
        const char *subnet, *first, *last;
        const char *from;
        unsigned n;
        const char *gives;
    } rows[] = {
        {"anycast of the routers",         "2001:db8::/64",  "2001:db8::",                    "2001:db8::2",                    NULL, 9, "2001:db8::1 2001:db8::2"},
        {"... of a long subnet",           "2001:db8::/126", "2001:db8::",                    "2001:db8::3",                    NULL, 9, "2001:db8::1 2001:db8::2 2001:db8::3"},
        {"... not of a link of two",       "2001:db8::/127", "2001:db8::",                    "2001:db8::1",                    NULL, 9, "2001:db8:: 2001:db8::1"},
        {"... of each /64 of a short one", "2001:db8::/48",  "2001:db8::ffff:ffff:ffff:fffd", "2001:db8:0:1::2",                NULL, 9, "2001:db8::ffff:ffff:ffff:fffd 2001:db8::ffff:ffff:ffff:fffe 2001:db8::ffff:ffff:ffff:ffff 2001:db8:0:1::1 2001:db8:0:1::2"},
        {"subnet anycast (RFC 2526)",      "2001:db8::/64",  "2001:db8::fdff:ffff:ffff:ff7e", "2001:db8::fe00:0:0:0",           NULL, 9, "2001:db8::fdff:ffff:ffff:ff7e 2001:db8::fdff:ffff:ffff:ff7f 2001:db8:0:0:fe00::"},
        {"... begins within",              "2001:db8::/64",  "2001:db8::fdff:ffff:ffff:ff90", "2001:db8::fe00:0:0:1",           NULL, 9, "2001:db8:0:0:fe00:: 2001:db8::fe00:0:0:1"},
        {"... and nothing else",           "2001:db8::/64",  "2001:db8::fdff:ffff:ffff:ff90", "2001:db8::fdff:ffff:ffff:ff99",  NULL, 9, ""},
        {"RFC 5453",                       "2001:db8::/64",  "2001:db8::200:5eff:fe00:0",     "2001:db8::200:5eff:ff00:0",        NULL, 9, "2001:db8::200:5eff:ff00:0"},
        {"a /64, from its beginning",      "2001:db8::/64",  "2001:db8::",                    "2001:db8::ffff:ffff:ffff:ffff",  NULL, 2, "2001:db8::1 2001:db8::2"},
        {"... in front of RFC 5453",       "2001:db8::/64",  "2001:db8::",                    "2001:db8::ffff:ffff:ffff:ffff",  "2001:db8::200:5eff:fdff:ffff", 2, "2001:db8::200:5eff:fdff:ffff 2001:db8::200:5eff:ff00:0"},
        {"... within",                     "2001:db8::/64",  "2001:db8::",                    "2001:db8::ffff:ffff:ffff:ffff",  "2001:db8::fdff:ffff:ffff:ffa0", 1, "2001:db8:0:0:fe00::"},
        {"... at its end, and round",      "2001:db8::/64",  "2001:db8::",                    "2001:db8::ffff:ffff:ffff:fffe",  "2001:db8::ffff:ffff:ffff:fffe", 2, "2001:db8::ffff:ffff:ffff:fffe 2001:db8::1"},
        {"an IPv4 network",                "10.0.0.0/30",    "10.0.0.0",                      "10.0.0.3",                       NULL, 9, "10.0.0.1 10.0.0.2"},
        {"... its /24s",                   "10.0.0.0/8",     "10.0.0.254",                    "10.0.1.1",                       NULL, 9, "10.0.0.254 10.0.1.1"},
        {"... a large one",                "10.0.0.0/7",     "10.0.0.0",                      "11.255.255.255",                 "10.0.0.254", 2, "10.0.0.254 10.0.1.1"},
        {0},
    };
    /* clang-format on */

    for (int i = 0; rows[i].name; i++) {
        g_autoptr(GString) got = g_string_new(NULL);
        bool is4 = !strchr(rows[i].first, ':');
        BerthSpace *space = space_of(is4 ? BERTH_LEASE_V4 : BERTH_LEASE_NA, rows[i].first,
                                     rows[i].last, is4 ? 32 : 128, rows[i].subnet);
        uint64_t from =
            rows[i].from ? berth_space_nearest(space, site_prefix(rows[i].from).addr) : 0;

        berth_row("%s", rows[i].name);
        take_all(space, from, rows[i].n, got);
        CHECK_TEXT(got->str, rows[i].gives);
        berth_space_free(space);
    }
}

/* A new map looks only where something may be excluded. */
static void test_excluded_all(void)
{
    static const struct {
        const char *subnet, *first, *last;
    } rows[] = {
        {"10.0.0.0/8", "10.0.0.0", "10.0.200.77"},
        {"10.0.0.0/8", "10.0.7.129", "10.0.8.254"},
        {"10.0.0.0/8", "10.255.255.255", "10.255.255.255"},
        {"2001:db8::/48", "2001:db8::ffff:ffff:ffff:3", "2001:db8:0:1::1:7"},
        {"2001:db8::/64", "2001:db8::fdff:ffff:ffff:fe81", "2001:db8::fe00:0:0:181"},
        {"2001:db8::/64", "2001:db8::200:5eff:fdff:fff0", "2001:db8::200:5eff:fe01:2"},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        bool is4 = !strchr(rows[i].first, ':');
        BerthSpace *space = space_of(is4 ? BERTH_LEASE_V4 : BERTH_LEASE_NA, rows[i].first,
                                     rows[i].last, is4 ? 32 : 128, rows[i].subnet);
        uint64_t wrong = 0;

        berth_row("%s - %s", rows[i].first, rows[i].last);
        for (uint64_t number = 0; number < space->numbers; number++)
            wrong += berth_space_is_free(space, number) ==
                     berth_space_excludes(space, berth_space_at(space, number).addr);
        CHECK(space->numbers > 0 && wrong == 0);
        berth_space_free(space);
    }
}

/* Every number of a space that is just too large for a bitmap is given, and then it is full. */
static void test_large_is_full(void)
{
    BerthSpace *space =
        space_of(BERTH_LEASE_NA, "2001:db8::1", "2001:db8::100:1", 128, "2001:db8::/64");
    uint64_t number, left = space->numbers;

    berth_row("a space of 2^24 + 1");
    CHECK(space->wide && left == (1 << 24) + 1);
    for (uint64_t from = 12345; left > 0 && berth_space_next(space, false, from, &number); left--) {
        berth_space_take(space, number);
        from = number + 1;
    }
    CHECK_INT((int64_t)left, 0);
    CHECK(!berth_space_next(space, false, 5, &number));
    CHECK(berth_space_count(space) == 0);
    berth_space_give(space, 77777);
    CHECK(berth_space_next(space, false, 77778, &number) && number == 77777);
    berth_space_free(space);
}

/* ---- strays ---- */

#define STRAYS 64

typedef struct Naive {
    BerthPrefix at[STRAYS];
    bool is_there[STRAYS], passes[STRAYS];
} Naive;

static BerthPrefix some_prefix(GRand *rand)
{
    static const uint8_t lens[] = {40, 44, 48, 52, 56, 60, 64, 128};
    uint8_t len = lens[g_rand_int_range(rand, 0, G_N_ELEMENTS(lens))];
    BerthAddr addr = {{0x20, 0x01, 0x0d, 0xb8, 0}};

    /* Few bits, so that much overlaps; the last one is within the interface identifier. */
    addr.b[5] = (uint8_t)(g_rand_int_range(rand, 0, 3) << 4 | g_rand_int_range(rand, 0, 2));
    addr.b[6] = (uint8_t)(g_rand_int_range(rand, 0, 2) << 4 | g_rand_int_range(rand, 0, 2));
    addr.b[7] = (uint8_t)(g_rand_int_range(rand, 0, 2) << 4 | g_rand_int_range(rand, 0, 2));
    addr.b[15] = (uint8_t)g_rand_int_range(rand, 0, 3);
    return (BerthPrefix){berth_prefix_first(addr, len), len};
}

static bool passes(void *data, BerthPrefix stray)
{
    const Naive *naive = data;

    for (int i = 0; i < STRAYS; i++)
        if (naive->is_there[i] && berth_prefix_equal(naive->at[i], stray))
            return naive->passes[i];
    CHECK(false);
    return false;
}

static bool naive_overlaps(const Naive *naive, BerthPrefix prefix)
{
    for (int i = 0; i < STRAYS; i++)
        if (naive->is_there[i] && naive->passes[i] && !berth_prefix_equal(naive->at[i], prefix) &&
            berth_prefix_overlaps(naive->at[i], prefix))
            return true;
    return false;
}

static bool is_twice(const Naive *naive, int which, BerthPrefix prefix)
{
    for (int i = 0; i < STRAYS; i++)
        if (i != which && naive->is_there[i] && berth_prefix_equal(naive->at[i], prefix))
            return true;
    return false;
}

static void test_strays(void)
{
    g_autoptr(GRand) rand = g_rand_new_with_seed(7);
    BerthStrays *strays = berth_strays_new();
    Naive naive = {0};
    uint64_t count = 0;

    berth_row("strays");
    for (int i = 0; i < 50000; i++) {
        int which = g_rand_int_range(rand, 0, STRAYS);
        BerthPrefix prefix = some_prefix(rand), other = {0};

        if (naive.is_there[which]) {
            berth_strays_set(strays, naive.at[which], false);
            berth_strays_set(strays, naive.at[which], false);
        }
        count -= naive.is_there[which];
        naive.is_there[which] =
            g_rand_int_range(rand, 0, 8) == 0 && !is_twice(&naive, which, prefix);
        if (naive.is_there[which]) {
            naive.at[which] = prefix;
            naive.passes[which] = g_rand_int_range(rand, 0, 2);
            berth_strays_set(strays, prefix, true);
            berth_strays_set(strays, prefix, true);
            count++;
        }
        CHECK(berth_strays_count(strays) == count);
        prefix = some_prefix(rand);
        if (CHECK_INT(berth_strays_overlap(strays, prefix, passes, &naive, &other),
                      naive_overlaps(&naive, prefix)) &&
            other.len)
            CHECK(berth_prefix_overlaps(prefix, other));
    }
    berth_strays_clear(strays);
    CHECK(berth_strays_count(strays) == 0);
    CHECK(!berth_strays_overlap(strays, site_prefix("::/0"), passes, &naive, &(BerthPrefix){0}));
    berth_strays_free(strays);
    berth_strays_free(NULL);
}

static bool never(void *data, BerthPrefix stray)
{
    (void)stray;
    ++*(unsigned *)data;
    return false;
}

/* However many there are, one question costs a bounded time. */
static void test_strays_bound(void)
{
    BerthStrays *strays = berth_strays_new();
    BerthPrefix other;
    unsigned tests = 0;

    berth_row("many strays in one prefix");
    for (unsigned i = 0; i < BERTH_STRAYS_TESTED; i++)
        berth_strays_set(strays, (BerthPrefix){{{0x20, [6] = (uint8_t)i}}, 56}, true);
    CHECK(!berth_strays_overlap(strays, site_prefix("2000::/32"), never, &tests, &other));
    CHECK_INT(tests, BERTH_STRAYS_TESTED);
    berth_strays_set(strays, site_prefix("2000::1"), true);
    CHECK(berth_strays_overlap(strays, site_prefix("2000::/32"), never, &tests, &other));
    berth_strays_free(strays);
}

/* ---- all spaces ---- */

static unsigned count_overlaps(const BerthPools *pools, BerthPrefix prefix)
{
    const BerthSpace *space;
    unsigned iter = 0, n = 0;

    while ((space = berth_pools_overlap(pools, prefix, &iter))) {
        CHECK(berth_addr_compare(space->first, berth_prefix_last(prefix.addr, prefix.len)) <= 0);
        CHECK(berth_addr_compare(prefix.addr, space->last) <= 0);
        n++;
    }
    return n;
}

static void test_overlap(void)
{
    static const struct {
        const char *prefix;
        unsigned n;
    } rows[] = {
        {"2001:db8::/32", 5},
        {"2001:db8:1::/64", 1},
        {"2001:db8:1::/48", 1},
        {"2001:db8:1:1::/64", 0},
        {"2001:db8:1::5", 1},
        {"2001:db8:2::f", 1},
        {"2001:db8:2::10", 0},
        {"2001:db8:a000:100::/56", 1},
        {"2001:db8:a000:180::/57", 1},
        {"2001:db8:8000::/33", 3},
        {"2001:db8:a000::/35", 2},
        {"2001:db8:b000:1000::/52", 0},
        {"::/1", 5},
        {"8000::/1", 0},
        {"2001:db8:c000:4::/64", 0},
        {"2001:db8:c000:3::/64", 1},
        {"2001:db8:b000:fff::ffff", 1},
    };
    Site site;

    site_init6(&site);
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        BerthPools pools;

        berth_row("%s", rows[i].prefix);
        berth_pools_init(&pools, (BerthHashSeed){0});
        CHECK(berth_pools_set(&pools, &site.conf.v6));
        CHECK_INT(count_overlaps(&pools, site_prefix(rows[i].prefix)), rows[i].n);
        CHECK_INT(berth_pools_find(&pools, site_prefix(rows[i].prefix).addr) != NULL,
                  count_overlaps(&pools, (BerthPrefix){site_prefix(rows[i].prefix).addr, 128}));
        /* Nothing has changed. */
        berth_pools_set_known(&pools);
        CHECK(!berth_pools_set(&pools, &site.conf.v6));
        berth_pools_clear(&pools);
    }
    site_clear(&site);
}

static const BerthTest tests[] = {
    {"numbers", test_numbers},
    {"sizes", test_sizes},
    {"excluded", test_excluded},
    {"excluded_all", test_excluded_all},
    {"large_is_full", test_large_is_full},
    {"strays", test_strays},
    {"strays_bound", test_strays_bound},
    {"overlap", test_overlap},
    {0},
};

int main(int argc, char **argv)
{
    return berth_tests_main("pools", tests, argc, argv);
}
