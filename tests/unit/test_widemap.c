/* widemap against a list of what is taken; there are too many numbers for an array. */
#include "core/set/widemap.h"
#include "tests/lib/rows.h"

typedef struct Naive {
    uint64_t size;
    uint64_t taken[3000]; /* sorted */
    unsigned n;
} Naive;

static unsigned place_of(const Naive *naive, uint64_t number)
{
    unsigned i = 0;

    while (i < naive->n && naive->taken[i] < number)
        i++;
    return i;
}

static bool is_taken(const Naive *naive, uint64_t number)
{
    unsigned i = place_of(naive, number);

    return i < naive->n && naive->taken[i] == number;
}

static void set_taken(Naive *naive, uint64_t number, bool take)
{
    unsigned i = place_of(naive, number);

    if (is_taken(naive, number) == take)
        return;
    if (take) {
        memmove(&naive->taken[i + 1], &naive->taken[i], (naive->n++ - i) * sizeof(uint64_t));
        naive->taken[i] = number;
    } else {
        memmove(&naive->taken[i], &naive->taken[i + 1], (--naive->n - i) * sizeof(uint64_t));
    }
}

static bool naive_next(const Naive *naive, uint64_t from, uint64_t *ret)
{
    if (naive->n == naive->size)
        return false;
    while (is_taken(naive, from))
        from = from + 1 == naive->size ? 0 : from + 1;
    *ret = from;
    return true;
}

/* Numbers that are close together, so that words fill up; at either end, or in the middle. */
static uint64_t a_number(GRand *rand, uint64_t size)
{
    uint64_t span = MIN(size, 2500), from = 0;

    switch (g_rand_int_range(rand, 0, 3)) {
    case 1:
        from = size - span;
        break;
    case 2:
        from = (size - span) / 2;
        break;
    default:
        break;
    }
    return from + (uint64_t)g_rand_int_range(rand, 0, (gint32)MIN(span, 700));
}

static void check_next(const BerthWidemap *map, const Naive *naive, uint64_t from)
{
    uint64_t got = 17, want = 17;

    CHECK_INT(berth_widemap_next(map, from, &got), naive_next(naive, from, &want));
    CHECK(got == want);
}

static void test_size(uint64_t size)
{
    g_autoptr(GRand) rand = g_rand_new_with_seed((guint32)size);
    BerthWidemap *map = berth_widemap_new(size, g_rand_int(rand));
    g_autofree Naive *naive = g_new0(Naive, 1);

    naive->size = size;
    /* First mostly taking, then mostly giving. */
    for (int i = 0; i < 12000; i++) {
        uint64_t n = a_number(rand, size);
        bool take = g_rand_int_range(rand, 0, 10) < (i < 6000 ? 9 : 1);

        set_taken(naive, n, take);
        (take ? berth_widemap_take : berth_widemap_give)(map, n);
        CHECK_INT(berth_widemap_is_free(map, n), !take);
        CHECK(berth_widemap_count(map) == size - naive->n);
        if (i % 8 == 0)
            check_next(map, naive, a_number(rand, size));
    }
    for (unsigned i = naive->n; i-- > 0;)
        berth_widemap_give(map, naive->taken[i]);
    CHECK(berth_widemap_count(map) == size);
    CHECK(berth_widemap_size(map) == size);
    berth_widemap_free(map);
}

static void test_random(void)
{
    static const uint64_t sizes[] = {
        1,          2,
        63,         64,
        65,         700,
        4096,       4097,
        1ull << 24, (1ull << 24) + 1,
        1ull << 32, (1ull << 36) + 77,
        1ull << 63, UINT64_MAX - 64,
        UINT64_MAX,
    };

    for (size_t i = 0; i < G_N_ELEMENTS(sizes); i++) {
        berth_row("size %" G_GUINT64_FORMAT, sizes[i]);
        test_size(sizes[i]);
    }
}

/* So many in a row that several levels are full. */
static void test_run(void)
{
    uint64_t size = 1ull << 60, from = 5 * 64, n = 300000, got;
    BerthWidemap *map = berth_widemap_new(size, 1);

    berth_row("a run of %d", (int)n);
    for (uint64_t i = 0; i < n; i++)
        berth_widemap_take(map, from + i);
    CHECK(berth_widemap_next(map, from, &got) && got == from + n);
    CHECK(berth_widemap_next(map, 0, &got) && got == 0);
    berth_widemap_give(map, from + 262144);
    CHECK(berth_widemap_next(map, from + 1, &got) && got == from + 262144);
    CHECK(berth_widemap_next(map, from + 262145, &got) && got == from + n);
    CHECK(berth_widemap_count(map) == size - n + 1);
    berth_widemap_free(map);
}

/* Every number of a map is taken: the top level says so. */
static void test_full(void)
{
    BerthWidemap *map = berth_widemap_new(70000, 1);
    uint64_t got;

    berth_row("full");
    for (uint64_t i = 0; i < 70000; i++)
        berth_widemap_take(map, i);
    CHECK(!berth_widemap_next(map, 69999, &got));
    CHECK(!berth_widemap_next(map, 0, &got));
    CHECK(berth_widemap_count(map) == 0);
    berth_widemap_give(map, 69999);
    CHECK(berth_widemap_next(map, 3, &got) && got == 69999);
    berth_widemap_take(map, 70000);
    berth_widemap_give(map, 70000);
    CHECK(!berth_widemap_is_free(map, 70000));
    CHECK(berth_widemap_count(map) == 1);
    CHECK(berth_widemap_new(0, 1) == NULL);
    berth_widemap_free(map);
    berth_widemap_free(NULL);
}

static const BerthTest tests[] = {
    {"random", test_random},
    {"run", test_run},
    {"full", test_full},
    {0},
};

int main(int argc, char **argv)
{
    return berth_tests_main("widemap", tests, argc, argv);
}
