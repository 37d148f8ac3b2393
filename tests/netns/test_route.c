/* The system's routes, as the kernel has them: what is added, what is left alone. */
#include "core/base/addr.h"
#include "core/net/route.h"
#include "tests/netns/linkbench.h"
#include <errno.h>
#include <stdio.h>

#define MINE 80
#define TABLE_MAIN 254

/* "2001:db8:1::/48 via fe80::50 dev srv", the last two where they are. */
static BerthRoute route_of(const char *text)
{
    g_auto(GStrv) words = g_strsplit(text, " ", -1);
    BerthRoute route = {.protocol = MINE, .table = TABLE_MAIN, .metric = 1024};

    CHECK_INT(berth_prefix_parse(words[0], &route.prefix, &route.prefix_len), 0);
    for (size_t i = 1; words[i] && words[i + 1]; i += 2) {
        if (strcmp(words[i], "via") == 0)
            route.via = addr(words[i + 1]);
        else
            g_strlcpy(route.interface, words[i + 1], sizeof(route.interface));
    }
    return route;
}

static void add_text(void *data, const BerthRoute *route)
{
    GPtrArray *texts = data;
    char prefix[BERTH_ADDR_TEXT], via[BERTH_ADDR_TEXT];

    g_ptr_array_add(texts, g_strdup_printf("%s/%u via %s dev %s metric %u",
                                           berth_addr_text(route->prefix, prefix),
                                           route->prefix_len, berth_addr_text(route->via, via),
                                           route->interface, route->metric));
}

static gint compare_texts(gconstpointer a, gconstpointer b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void check_list(uint32_t table, const char *want)
{
    g_autoptr(GPtrArray) texts = g_ptr_array_new_with_free_func(g_free);
    g_autofree char *got = NULL;

    CHECK_INT(berth_route_list(MINE, table, add_text, texts), 0);
    g_ptr_array_sort(texts, compare_texts);
    g_ptr_array_add(texts, NULL);
    got = g_strjoinv(", ", (char **)texts->pdata);
    CHECK_TEXT(got, want);
}

static const struct {
    const char *row;
    bool is_removal;
    const char *route;
    int result;
    const char *list;
} changes[] = {
// clang-format off
#define A "2001:db8:a::/48 via fe80::50 dev srv metric 1024"
#define B "2001:db8:b::/56 via 2001:db8::50 dev srv metric 1024"
    {"to a neighbour",         false, "2001:db8:a::/48 via fe80::50 dev srv",  0,            A},
    {"by a relay",             false, "2001:db8:b::/56 via 2001:db8::50",      0,            A ", " B},
    {"the same again",         false, "2001:db8:a::/48 via fe80::50 dev srv",  -EEXIST,      A ", " B},
    {"another next hop",       false, "2001:db8:a::/48 via fe80::51 dev srv",  -EEXIST,      A ", " B},
    {"another's route",        false, "2001:db8:f::/48 via fe80::50 dev srv",  -EEXIST,      A ", " B},
    {"no such interface",      false, "2001:db8:c::/48 via fe80::50 dev nil",  -ENODEV,      A ", " B},
    {"a relay not in reach",   false, "2001:db8:c::/48 via 2001:db8:9::1",     -EHOSTUNREACH, A ", " B},
    {"remove another's",       true,  "2001:db8:f::/48 via fe80::50 dev srv",  -ESRCH,       A ", " B},
    {"remove by another hop",  true,  "2001:db8:a::/48 via fe80::51 dev srv",  -ESRCH,       A ", " B},
    {"remove it",              true,  "2001:db8:a::/48 via fe80::50 dev srv",  0,            B},
    {"remove it again",        true,  "2001:db8:a::/48 via fe80::50 dev srv",  -ESRCH,       B},
    {"a new next hop",         false, "2001:db8:a::/48 via fe80::51 dev srv",  0,            "2001:db8:a::/48 via fe80::51 dev srv metric 1024, " B},
    // clang-format on
};

static void test_changes(void)
{
    if (!can_run())
        return;
    plug();
    ip("-6 route add 2001:db8:f::/48 via fe80::50 dev srv metric 1024 proto static");
    check_list(TABLE_MAIN, "");
    for (size_t i = 0; i < G_N_ELEMENTS(changes); i++) {
        BerthRouteChange change = {route_of(changes[i].route), changes[i].is_removal, 1};

        berth_row("%s", changes[i].row);
        berth_route_change(&change, 1);
        CHECK_INT(change.result, changes[i].result);
        check_list(TABLE_MAIN, changes[i].list);
    }
    berth_row("another's is there at the end");
    ip("-6 route get 2001:db8:f::1 | grep -q 'proto static'");
}

/* A table that is not there is an empty one; many at once are one list. */
static void test_table(void)
{
    enum { N = 3000 };
    g_autofree BerthRouteChange *many = g_new0(BerthRouteChange, N);
    g_autoptr(GPtrArray) texts = g_ptr_array_new_with_free_func(g_free);

    if (!can_run())
        return;
    plug();
    berth_row("a table of its own");
    check_list(1000, "");
    for (unsigned i = 0; i < N; i++) {
        many[i].route = route_of("2001:db8::/64 via fe80::50 dev srv");
        many[i].route.table = 1000;
        many[i].route.metric = 7;
        many[i].route.prefix.b[4] = 1;
        many[i].route.prefix.b[6] = (uint8_t)(i >> 8);
        many[i].route.prefix.b[7] = (uint8_t)i;
    }
    berth_route_change(many, N);
    for (unsigned i = 0; i < N; i++)
        CHECK_INT(many[i].result, 0);
    check_list(TABLE_MAIN, "");
    CHECK_INT(berth_route_list(MINE, 1000, add_text, texts), 0);
    CHECK_INT(texts->len, N);
    berth_row("the link goes down, and the kernel takes them away");
    ip("link set srv down");
    check_list(1000, "");
}

int main(int argc, char **argv)
{
    static const BerthTest tests[] = {
        {"changes", test_changes},
        {"table", test_table},
        {0},
    };

    return berth_tests_main("netns-route", tests, argc, argv);
}
