/* ring against an array in order, and slab: handles that come back. */
#include "core/set/ring.h"
#include "core/set/slab.h"
#include "tests/lib/rows.h"

#define SIZE 50

typedef struct Naive {
    uint32_t at[SIZE];
    unsigned n;
} Naive;

static bool take_out(Naive *naive, uint32_t number)
{
    for (unsigned i = 0; i < naive->n; i++) {
        if (naive->at[i] != number)
            continue;
        naive->n--;
        memmove(&naive->at[i], &naive->at[i + 1], (naive->n - i) * sizeof(*naive->at));
        return true;
    }
    return false;
}

static void check_same(const BerthRing *ring, const Naive *naive)
{
    uint32_t number;
    bool there = berth_ring_first(ring, &number);

    for (unsigned i = 0; i < naive->n; i++) {
        if (!CHECK(there))
            return;
        CHECK_INT(number, naive->at[i]);
        CHECK(berth_ring_has(ring, number));
        there = berth_ring_next(ring, number, &number);
    }
    CHECK(!there);
}

/* What is in [from, until) stands in the first order, all else in the other; each as it was. */
static void check_split(BerthRing *ring, const Naive *naive, uint32_t from, uint32_t until)
{
    uint32_t number;

    berth_ring_split(ring, from, until);
    for (int other = 0; other < 2; other++) {
        bool there =
            other ? berth_ring_first_other(ring, &number) : berth_ring_first(ring, &number);

        for (unsigned i = 0; i < naive->n; i++) {
            if ((naive->at[i] >= from && naive->at[i] < until) == other)
                continue;
            if (!CHECK(there))
                return;
            CHECK_INT(number, naive->at[i]);
            there = berth_ring_next(ring, number, &number);
        }
        CHECK(!there);
    }
}

static void test_split(void)
{
    static const uint32_t ranges[][2] = {{0, SIZE}, {10, 20}, {20, SIZE}, {0, 0}};
    uint32_t number;

    for (size_t r = 0; r < G_N_ELEMENTS(ranges); r++) {
        BerthRing *ring = berth_ring_new(SIZE);
        Naive naive = {.n = 0};

        berth_row("none: %u to %u", ranges[r][0], ranges[r][1]);
        check_split(ring, &naive, ranges[r][0], ranges[r][1]);
        berth_ring_split(ring, 0, SIZE);
        for (uint32_t i = 0; i < SIZE; i += 3) {
            naive.at[naive.n] = i * 7 % SIZE;
            berth_ring_add(ring, naive.at[naive.n++]);
        }
        berth_row("%u to %u", ranges[r][0], ranges[r][1]);
        check_split(ring, &naive, ranges[r][0], ranges[r][1]);
        berth_row("%u to %u, and in one again", ranges[r][0], ranges[r][1]);
        berth_ring_split(ring, 0, SIZE);
        CHECK(!berth_ring_first_other(ring, &number));
        for (bool there = berth_ring_first(ring, &number); there;
             there = berth_ring_next(ring, number, &number))
            CHECK(take_out(&naive, number));
        CHECK_INT(naive.n, 0);
        berth_ring_free(ring);
    }
}

static void test_random(void)
{
    g_autoptr(GRand) rand = g_rand_new_with_seed(7);
    BerthRing *ring = berth_ring_new(SIZE);
    Naive naive = {.n = 0};

    for (int i = 0; i < 20000; i++) {
        uint32_t number = (uint32_t)g_rand_int_range(rand, 0, SIZE);
        bool was = take_out(&naive, number);

        CHECK_INT(berth_ring_has(ring, number), was);
        if (g_rand_int_range(rand, 0, 10) < (i / 1000 % 10)) {
            berth_ring_add(ring, number);
            naive.at[naive.n++] = number;
        } else {
            berth_ring_drop(ring, number);
        }
        check_same(ring, &naive);
    }
    berth_ring_free(ring);
}

static void test_bounds(void)
{
    BerthRing *ring = berth_ring_new(1);
    uint32_t number;

    berth_row("a number outside");
    berth_ring_add(ring, 1);
    berth_ring_drop(ring, 1);
    CHECK(!berth_ring_has(ring, 1));
    CHECK(!berth_ring_first(ring, &number));
    berth_row("one alone");
    berth_ring_add(ring, 0);
    berth_ring_add(ring, 0);
    CHECK(berth_ring_first(ring, &number) && number == 0);
    CHECK(!berth_ring_next(ring, 0, &number));
    berth_ring_free(ring);
    berth_ring_free(NULL);
}

static void test_slab(void)
{
    BerthSlab slab;
    uint64_t *record;

    berth_slab_init(&slab, sizeof(uint64_t), 3000);
    berth_row("handles count from 1");
    for (uint32_t i = 1; i <= 3000; i++) {
        CHECK_INT(berth_slab_take(&slab), i);
        record = berth_slab_at(&slab, i);
        CHECK_INT(*record, 0);
        *record = i * UINT64_C(0x100000001);
    }
    berth_row("no more than the maximum");
    CHECK_INT(berth_slab_take(&slab), 0);
    berth_row("records stay");
    CHECK_INT((uint32_t) * (uint64_t *)berth_slab_at(&slab, 1025), 1025);
    berth_row("the last one given back is the next one taken, as zeros");
    berth_slab_give(&slab, 17);
    berth_slab_give(&slab, 2900);
    CHECK_INT(berth_slab_take(&slab), 2900);
    CHECK_INT(*(uint64_t *)berth_slab_at(&slab, 2900), 0);
    CHECK_INT(berth_slab_take(&slab), 17);
    CHECK_INT(berth_slab_take(&slab), 0);
    berth_slab_clear(&slab);
}

static const BerthTest tests[] = {
    {"random", test_random},
    {"split", test_split},
    {"bounds", test_bounds},
    {"slab", test_slab},
    {0},
};

int main(int argc, char **argv)
{
    return berth_tests_main("ring", tests, argc, argv);
}
