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
    {"bounds", test_bounds},
    {"slab", test_slab},
    {0},
};

int main(int argc, char **argv)
{
    return berth_tests_main("ring", tests, argc, argv);
}
