/* index against an array: what is there is found, in whatever order it came; what is not is found
 * missing, mostly without a look at any entry. */
#include "core/set/index.h"
#include "tests/lib/rows.h"

#define ENTRIES 3000
#define STEPS 60000

typedef struct Owner {
    uint64_t hashes[ENTRIES + 1];
    uint32_t links[ENTRIES + 1];
    bool there[ENTRIES + 1];
    unsigned looks; /* at links */
} Owner;

static uint64_t hash_of(const void *owner, uint32_t handle)
{
    return ((const Owner *)owner)->hashes[handle];
}

static uint32_t *link_of(const void *owner, uint32_t handle)
{
    Owner *o = (Owner *)owner;

    o->looks++;
    return &o->links[handle];
}

static const BerthIndexOps ops = {hash_of, link_of};

static bool finds(const BerthIndex *index, const Owner *owner, uint32_t handle)
{
    uint32_t at = berth_index_first(index, owner->hashes[handle]);

    for (unsigned n = 0; at && at != handle; at = owner->links[at])
        if (!CHECK(++n <= ENTRIES))
            return false;
    return at == handle;
}

static void check_all(const BerthIndex *index, const Owner *owner)
{
    unsigned n = 0;

    for (uint32_t handle = 1; handle <= ENTRIES; handle++) {
        CHECK_INT(finds(index, owner, handle), owner->there[handle]);
        n += owner->there[handle];
    }
    CHECK_INT(index->count, n);
}

static uint64_t random_hash(GRand *rand, unsigned bits)
{
    uint64_t hash = (uint64_t)g_rand_int(rand) << 32 | g_rand_int(rand);

    return bits == 64 ? hash : hash & ((UINT64_C(1) << bits) - 1);
}

/* Full hashes, and such of few bits, which share their buckets. */
static void test_random(void)
{
    static const unsigned bits[] = {64, 38, 8, 0};

    for (size_t row = 0; row < G_N_ELEMENTS(bits); row++) {
        g_autoptr(GRand) rand = g_rand_new_with_seed(3);
        g_autofree Owner *owner = g_new0(Owner, 1);
        BerthIndex index;

        berth_row("%u bits", bits[row]);
        berth_index_init(&index, &ops, owner);
        for (int i = 0; i < STEPS; i++) {
            uint32_t handle = (uint32_t)g_rand_int_range(rand, 1, ENTRIES + 1);
            uint32_t other = (uint32_t)g_rand_int_range(rand, 1, ENTRIES + 1);

            if (!owner->there[handle]) {
                owner->hashes[handle] = random_hash(rand, bits[row]);
                berth_index_add(&index, handle, owner->hashes[handle]);
                owner->there[handle] = true;
            } else if (!owner->there[other] && i % 2) {
                owner->hashes[other] = owner->hashes[handle];
                berth_index_replace(&index, handle, other);
                owner->there[handle] = false;
                owner->there[other] = true;
            } else {
                berth_index_remove(&index, handle);
                owner->there[handle] = false;
            }
            if (i % (STEPS / 20) == 0)
                check_all(&index, owner);
        }
        check_all(&index, owner);
        berth_index_clear(&index);
    }
}

/* Four of five that are not there are found missing by the filter; also after many have come and
 * gone. */
static void test_filter(void)
{
    g_autoptr(GRand) rand = g_rand_new_with_seed(4);
    g_autofree Owner *owner = g_new0(Owner, 1);
    unsigned met = 0;
    BerthIndex index;

    berth_index_init(&index, &ops, owner);
    for (int i = 0; i < 20 * ENTRIES; i++) {
        uint32_t handle = (uint32_t)(i % ENTRIES) + 1;

        if (owner->there[handle])
            berth_index_remove(&index, handle);
        owner->hashes[handle] = random_hash(rand, 64);
        berth_index_add(&index, handle, owner->hashes[handle]);
        owner->there[handle] = true;
    }
    owner->looks = 0;
    for (int i = 0; i < 1000; i++)
        met += berth_index_first(&index, random_hash(rand, 64)) != 0;
    CHECK_INT(owner->looks, 0);
    CHECK(met < 200);
    berth_index_clear(&index);
}

int main(int argc, char **argv)
{
    static const BerthTest tests[] = {
        {"random", test_random},
        {"filter", test_filter},
        {0},
    };

    return berth_tests_main("index", tests, argc, argv);
}
