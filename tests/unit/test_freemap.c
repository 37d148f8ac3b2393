/* freemap against an array of bools. */
#include "core/set/freemap.h"
#include "tests/lib/rows.h"

#define SIZE_MAX_TESTED 300000

static bool naive[SIZE_MAX_TESTED];

static bool naive_next(uint32_t size, uint32_t from, uint32_t *ret)
{
    for (uint32_t i = 0; i < size; i++) {
        uint32_t at = (from + i) % size;

        if (naive[at]) {
            *ret = at;
            return true;
        }
    }
    return false;
}

static void check_next(const BerthFreemap *map, uint32_t size, uint32_t from)
{
    uint32_t got = UINT32_MAX, want = UINT32_MAX;

    CHECK_INT(berth_freemap_next(map, from, &got), naive_next(size, from, &want));
    CHECK_INT(got, want);
}

static void check_rank(const BerthFreemap *map, uint32_t size, uint32_t number)
{
    uint32_t n = 0;

    for (uint32_t i = 0; i < number && i < size; i++)
        n += berth_freemap_is_free(map, i);
    CHECK_INT(berth_freemap_rank(map, number), n);
}

static void check_nth(const BerthFreemap *map, uint32_t size, uint32_t n)
{
    uint32_t got = UINT32_MAX, want = 0, seen = 0;

    for (; want < size && (!naive[want] || seen++ < n); want++)
        ;
    CHECK_INT(berth_freemap_nth(map, n, &got), want < size);
    CHECK_INT(got, want < size ? want : UINT32_MAX);
}

static void test_size(uint32_t size)
{
    g_autoptr(GRand) rand = g_rand_new_with_seed(size);
    BerthFreemap *map = berth_freemap_new(size);
    uint32_t count = size;

    memset(naive, true, sizeof(naive));
    /* First mostly taking, so that it fills up; then mostly giving. */
    for (int i = 0; i < 20000; i++) {
        uint32_t n = (uint32_t)g_rand_int_range(rand, 0, (int)size);
        bool give = g_rand_int_range(rand, 0, 10) < (i < 10000 ? 1 : 9);

        count += give - naive[n];
        naive[n] = give;
        (give ? berth_freemap_give : berth_freemap_take)(map, n);
        CHECK_INT(berth_freemap_is_free(map, n), give);
        if (i % 16 == 0)
            check_next(map, size, (uint32_t)g_rand_int_range(rand, 0, (int)size));
        if (i % 256 == 0) {
            check_rank(map, size, (uint32_t)g_rand_int_range(rand, 0, (int)size + 1));
            check_nth(map, size, (uint32_t)g_rand_int_range(rand, 0, (int)size));
        }
    }
    CHECK_INT(berth_freemap_count(map), count);
    CHECK_INT(berth_freemap_size(map), size);
    berth_freemap_free(map);
}

static void test_random(void)
{
    static const uint32_t sizes[] = {1, 2, 63, 64, 65, 100, 4095, 4096, 4097, 262145, 300000};

    for (size_t i = 0; i < G_N_ELEMENTS(sizes); i++) {
        berth_row("size %u", sizes[i]);
        test_size(sizes[i]);
    }
}

/* All taken but one, everywhere that a summary word could be wrong. */
static void test_last_one(void)
{
    static const uint32_t lasts[] = {0, 63, 64, 4095, 4096, 262143, 262144, (1u << 24) - 1};
    BerthFreemap *map = berth_freemap_new(BERTH_FREEMAP_MAX);
    uint32_t got;

    for (uint32_t i = 0; i < BERTH_FREEMAP_MAX; i++)
        berth_freemap_take(map, i);
    CHECK_INT(berth_freemap_count(map), 0);
    CHECK(!berth_freemap_next(map, 0, &got));
    CHECK(!berth_freemap_next(map, BERTH_FREEMAP_MAX - 1, &got));
    for (size_t i = 0; i < G_N_ELEMENTS(lasts); i++) {
        berth_row("only %u is free", lasts[i]);
        berth_freemap_give(map, lasts[i]);
        CHECK(berth_freemap_next(map, 0, &got) && got == lasts[i]);
        CHECK(berth_freemap_next(map, lasts[i], &got) && got == lasts[i]);
        CHECK(berth_freemap_next(map, lasts[i] + 1, &got) && got == lasts[i]);
        CHECK(berth_freemap_nth(map, 0, &got) && got == lasts[i]);
        CHECK(!berth_freemap_nth(map, 1, &got));
        berth_freemap_take(map, lasts[i]);
    }
    berth_freemap_free(map);
}

static void test_bounds(void)
{
    BerthFreemap *map = berth_freemap_new(10);

    berth_row("bounds");
    CHECK(berth_freemap_new(0) == NULL);
    CHECK(berth_freemap_new(BERTH_FREEMAP_MAX + 1) == NULL);
    berth_freemap_give(map, 10);
    berth_freemap_take(map, 10);
    berth_freemap_take(map, 3);
    berth_freemap_take(map, 3);
    CHECK(!berth_freemap_is_free(map, 10));
    CHECK_INT(berth_freemap_count(map), 9);
    berth_freemap_give(map, 3);
    berth_freemap_give(map, 3);
    CHECK_INT(berth_freemap_count(map), 10);
    berth_freemap_free(map);
    berth_freemap_free(NULL);
}

static const BerthTest tests[] = {
    {"random", test_random},
    {"last_one", test_last_one},
    {"bounds", test_bounds},
    {0},
};

int main(int argc, char **argv)
{
    return berth_tests_main("freemap", tests, argc, argv);
}
