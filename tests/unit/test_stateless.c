/* test_stateless - clients without a lease that accept RECONFIGURE: so many, who of them make room,
 * and in which order they are to be asked. */
#include "core/v6/stateless.h"
#include "tests/lib/fake_world.h"
#include "tests/lib/rows.h"

typedef struct Bench {
    BerthFakeWorld *fake;
    V6Stateless *stateless;
} Bench;

static void bench_init(Bench *b)
{
    b->fake = berth_fake_world_new(1, NULL);
    b->stateless = v6_stateless_new(&b->fake->world);
}

static void bench_clear(Bench *b)
{
    v6_stateless_free(b->stateless);
    berth_fake_world_free(b->fake);
}

/* A client is a number, which its DUID and its port are made of. */
static BerthBytes duid_of(uint32_t client)
{
    static _Thread_local uint8_t bytes[6];

    memcpy(bytes, (uint8_t[]){0, 3, 0, 1, (uint8_t)(client >> 8), (uint8_t)client}, sizeof(bytes));
    return (BerthBytes){bytes, sizeof(bytes)};
}

static void put(Bench *b, uint32_t client, uint32_t subnet_id)
{
    V6Reach reach = {.port = (uint16_t)client, .relays = berth_bytes("relays")};

    v6_stateless_put(b->stateless, duid_of(client), subnet_id, &reach);
}

static bool is_known(Bench *b, uint32_t client)
{
    V6Reach reach;

    return v6_stateless_find(b->stateless, duid_of(client), &reach) && reach.port == client &&
           berth_bytes_equal(reach.relays, berth_bytes("relays"));
}

/* Those that are marked, in their order: "1 2 3". */
static char *marked(Bench *b)
{
    GString *text = g_string_new(NULL);
    BerthBytes duid;

    while (v6_stateless_next_marked(b->stateless, &duid))
        g_string_append_printf(text, "%s%u", text->len > 0 ? " " : "",
                               (unsigned)duid.data[4] << 8 | duid.data[5]);
    return g_string_free(text, FALSE);
}

static void test_known(void)
{
    Bench b;

    bench_init(&b);
    CHECK(!is_known(&b, 1));
    put(&b, 1, 7);
    put(&b, 2, 7);
    CHECK(is_known(&b, 1) && is_known(&b, 2));
    berth_row("heard again");
    put(&b, 1, 8);
    CHECK(is_known(&b, 1));
    berth_row("removed, twice");
    v6_stateless_remove(b.stateless, duid_of(1));
    v6_stateless_remove(b.stateless, duid_of(1));
    CHECK(!is_known(&b, 1) && is_known(&b, 2));
    bench_clear(&b);
}

static void test_bounded(void)
{
    Bench b;

    bench_init(&b);
    for (uint32_t i = 0; i < V6_STATELESS_MAX; i++)
        put(&b, i, 1);
    put(&b, 0, 1);
    berth_row("one more: who was heard longest ago is gone");
    put(&b, V6_STATELESS_MAX, 1);
    CHECK(is_known(&b, 0) && !is_known(&b, 1) && is_known(&b, 2));
    CHECK(is_known(&b, V6_STATELESS_MAX));
    bench_clear(&b);
}

static void test_gone(void)
{
    Bench b;

    bench_init(&b);
    put(&b, 1, 1);
    berth_fake_world_pass(b.fake, INT64_C(1000000) * V6_STATELESS_SEC);
    put(&b, 2, 1);
    berth_row("to the end of the time");
    CHECK(is_known(&b, 1));
    berth_fake_world_pass(b.fake, 1);
    berth_row("behind it");
    CHECK(!is_known(&b, 1) && is_known(&b, 2));
    bench_clear(&b);
}

static void test_marked(void)
{
    g_autoptr(GHashTable) subnets = g_hash_table_new(NULL, NULL);
    char *text;
    Bench b;

    bench_init(&b);
    for (uint32_t i = 1; i <= 6; i++)
        put(&b, i, i % 2);
    g_hash_table_add(subnets, GUINT_TO_POINTER(1));
    berth_row("of a subnet");
    v6_stateless_mark(b.stateless, subnets);
    CHECK_TEXT(text = marked(&b), "1 3 5");
    g_free(text);
    berth_row("of a subnet, then all");
    v6_stateless_mark(b.stateless, subnets);
    v6_stateless_mark(b.stateless, NULL);
    CHECK_TEXT(text = marked(&b), "1 3 5 2 4 6");
    g_free(text);
    berth_row("not one that has been removed meanwhile, and each once");
    v6_stateless_mark(b.stateless, NULL);
    v6_stateless_mark(b.stateless, NULL);
    v6_stateless_remove(b.stateless, duid_of(4));
    put(&b, 1, 0);
    CHECK_TEXT(text = marked(&b), "1 2 3 5 6");
    g_free(text);
    CHECK_TEXT(text = marked(&b), "");
    g_free(text);
    bench_clear(&b);
}

int main(int argc, char **argv)
{
    static const BerthTest tests[] = {
        {"known", test_known},
        {"bounded", test_bounded},
        {"gone", test_gone},
        {"marked", test_marked},
        {0},
    };

    return berth_tests_main("stateless", tests, argc, argv);
}
