/* The arena hands out zeroed, aligned memory up to its limit, and forgets it all at once. */
#include "core/base/arena.h"
#include "tests/lib/rows.h"

static void test_alloc(void)
{
    static const size_t sizes[] = {0, 1, 15, 16, 17, 4000, 20000, 1, 3000000, 5};
    BerthArena arena;

    berth_arena_init(&arena, 4000000);
    for (int round = 0; round < 3; round++) {
        for (size_t i = 0; i < G_N_ELEMENTS(sizes); i++) {
            uint8_t *at = berth_arena_alloc(&arena, sizes[i]);
            size_t dirty = 0;

            berth_row("round %d, %zu bytes", round, sizes[i]);
            if (!CHECK(at != NULL))
                continue;
            CHECK_INT((uintptr_t)at % 16, 0);
            for (size_t j = 0; j < sizes[i]; j++)
                dirty += at[j] != 0;
            CHECK_INT((int64_t)dirty, 0);
            memset(at, 0xee, sizes[i]);
        }
        berth_arena_reset(&arena);
        CHECK_INT((int64_t)arena.used, 0);
    }
    berth_arena_clear(&arena);
    CHECK(!arena.first);
}

static void test_limit(void)
{
    static const struct {
        size_t limit, size;
        unsigned times; /* that it fits */
    } rows[] = {
        {1000, 1000, 1},     {1000, 1001, 0},
        {1000, SIZE_MAX, 0}, {1000, SIZE_MAX - 8, 0},
        {0, 1, 0},           {100000, 16, 6250},
        {100000, 20000, 5},  {SIZE_MAX, SIZE_MAX, 0},
        {7, 7, 1},           {SIZE_MAX, SIZE_MAX / 2 + 1, 0},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        BerthArena arena;
        unsigned n = 0;

        berth_row("%zu of %zu", rows[i].size, rows[i].limit);
        berth_arena_init(&arena, rows[i].limit);
        while (berth_arena_alloc(&arena, rows[i].size))
            n++;
        CHECK_INT(n, rows[i].times);
        CHECK(arena.used <= arena.limit);
        berth_arena_clear(&arena);
    }
}

static void test_reset_keeps_block(void)
{
    BerthArena arena;
    void *first;

    berth_arena_init(&arena, 1 << 20);
    first = berth_arena_alloc(&arena, 100);
    berth_arena_alloc(&arena, 100000);
    berth_arena_reset(&arena);
    CHECK(berth_arena_alloc(&arena, 100) == first);
    berth_arena_clear(&arena);
}

static void test_copies(void)
{
    BerthArena arena;
    BerthBytes bytes;

    berth_arena_init(&arena, 64);
    CHECK_TEXT(berth_arena_strdup(&arena, "abc"), "abc");
    CHECK_TEXT(berth_arena_printf(&arena, "%d-%s", 7, "x"), "7-x");
    bytes = berth_arena_copy(&arena, berth_bytes("wxyz"));
    CHECK_BYTES(bytes, berth_bytes("wxyz"));
    CHECK_INT((int64_t)berth_arena_copy(&arena, (BerthBytes){NULL, 0}).len, 0);
    bytes = berth_arena_copy(&arena, berth_bytes("more than what is left in it"));
    CHECK(!bytes.data && bytes.len == 28);
    CHECK(!berth_arena_strdup(&arena, "also more than what is left"));
    CHECK(!berth_arena_printf(&arena, "%100d", 1));
    berth_arena_clear(&arena);
}

int main(int argc, char **argv)
{
    static const BerthTest tests[] = {
        {"alloc", test_alloc},
        {"limit", test_limit},
        {"reset_keeps_block", test_reset_keeps_block},
        {"copies", test_copies},
        {0},
    };

    return berth_tests_main("arena", tests, argc, argv);
}
