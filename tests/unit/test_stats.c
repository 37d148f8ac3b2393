/* Counters by name, readers, and the answer of statistic-get-all. */
#include "core/base/stats.h"
#include "core/base/world.h"
#include "tests/lib/rows.h"

#include <time.h>

static int64_t wall_usec(BerthWorld *world)
{
    (void)world;
    return 1700000000123456;
}

static const BerthWorldOps ops = {.wall_usec = wall_usec};
#define WHEN ", \"2023-11-14 22:13:20.123456\" ] ]"

static void on_read(void *data, BerthStatsAnswer *answer)
{
    berth_stats_value(answer, "subnet[1].total-addresses", *(uint64_t *)data);
    berth_stats_value(answer, "subnet[1].assigned-addresses", 7);
}

static void check_answer(BerthStats *stats, const char *only, unsigned n, const char *want)
{
    g_autoptr(GString) out = g_string_new(NULL);
    BerthJson *json = berth_json_new(out, 0);

    berth_row("%s", only ? only : "all");
    berth_json_begin_object(json, NULL);
    CHECK_INT(berth_stats_write(stats, only, json), n);
    berth_json_end(json);
    CHECK_TEXT(out->str, want);
    berth_json_free(json);
}

static void test_stats(void)
{
    BerthWorld world = {.ops = &ops};
    BerthStats *stats = berth_stats_new(&world);
    BerthCounter *received = berth_stats_counter(stats, "pkt4-received");

    CHECK_INT((int64_t)*received, 0);
    for (int i = 0; i < 1000; i++) {
        g_autofree char *name = g_strdup_printf("subnet[%d].x", i);

        *berth_stats_counter(stats, name) += (uint64_t)i;
    }
    *received += 3;
    CHECK(berth_stats_counter(stats, "pkt4-received") == received);
    check_answer(stats, "pkt4-received", 1, "{ \"pkt4-received\": [ [ 3" WHEN " }");
    check_answer(stats, "subnet[999].x", 1, "{ \"subnet[999].x\": [ [ 999" WHEN " }");
    check_answer(stats, "pkt4", 0, "{ }");
    berth_stats_free(stats);
}

static void test_stats_readers(void)
{
    BerthWorld world = {.ops = &ops};
    BerthStats *stats = berth_stats_new(&world);
    uint64_t total = UINT64_MAX;

    *berth_stats_counter(stats, "b") = 1;
    *berth_stats_counter(stats, "a") = 2;
    berth_stats_add_reader(stats, on_read, &total);
    check_answer(stats, NULL, 4,
                 "{ \"b\": [ [ 1" WHEN ", \"a\": [ [ 2" WHEN
                 ", \"subnet[1].total-addresses\": [ [ 18446744073709551615" WHEN
                 ", \"subnet[1].assigned-addresses\": [ [ 7" WHEN " }");
    check_answer(stats, "subnet[1].assigned-addresses", 1,
                 "{ \"subnet[1].assigned-addresses\": [ [ 7" WHEN " }");
    berth_stats_remove_reader(stats, on_read, NULL);
    check_answer(stats, "subnet[1].assigned-addresses", 1,
                 "{ \"subnet[1].assigned-addresses\": [ [ 7" WHEN " }");
    berth_stats_remove_reader(stats, on_read, &total);
    check_answer(stats, NULL, 2, "{ \"b\": [ [ 1" WHEN ", \"a\": [ [ 2" WHEN " }");
    berth_stats_free(stats);
}

int main(int argc, char **argv)
{
    static const BerthTest tests[] = {
        {"stats", test_stats},
        {"stats_readers", test_stats_readers},
        {0},
    };

    g_setenv("TZ", "UTC", TRUE);
    tzset();
    return berth_tests_main("stats", tests, argc, argv);
}
