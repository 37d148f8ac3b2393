/* test_table - what has to be done so that the routes that there are become those that there should
 * be. A prefix is a letter, a next hop a digit: "a1" is 2001:db8:a::/48 via fe80::1. */
#include "table.h"
#include "tests/lib/rows.h"

#include <errno.h>

#define TAKE 8

static const RouteKind kind = {147, 254, 1024};

static BerthAddr prefix_of(char letter)
{
    return (BerthAddr){{0x20, 1, 0xd, 0xb8, 0, (uint8_t)letter}};
}

static Hop hop_of(char digit)
{
    Hop hop = {.via = {{0xfe, 0x80, [15] = (uint8_t)(digit - '0')}}};

    /* Higher ones are relays', which need no interface. */
    g_strlcpy(hop.interface, digit < '5' ? "eth0" : "", sizeof(hop.interface));
    return hop;
}

static BerthRoute route_of(const char *word)
{
    Hop hop = hop_of(word[1]);
    BerthRoute route = {.prefix = prefix_of(word[0]),
                        .prefix_len = 48,
                        .protocol = kind.protocol,
                        .via = hop.via,
                        .interface = "eth0",
                        .table = kind.table,
                        .metric = word[2] == '!' ? 7 : kind.metric};

    return route;
}

/* Words: +a1 want, -a unwant, "[a1 b2]" a check that finds these ("a1!" of another metric), K
 * another kind. */
static void run_script(Table *table, const char *script)
{
    g_auto(GStrv) words = g_strsplit(script, " ", -1);

    for (char **at = words; *at && **at; at++) {
        const char *word = *at;
        Hop hop = hop_of(word[0] == '+' ? word[2] : '1');

        if (*word == '+')
            CHECK_INT(table_want(table, prefix_of(word[1]), 48, &hop), 0);
        else if (*word == '-')
            table_unwant(table, prefix_of(word[1]), 48);
        else if (*word == 'K')
            table_set_kind(table, (RouteKind){147, 254, 7});
        if (*word == '[')
            table_begin_check(table);
        if (g_ascii_islower(word[*word == '['])) {
            BerthRoute route = route_of(word + (*word == '['));

            table_check(table, &route);
        }
        if (strchr(word, ']'))
            table_end_check(table);
    }
}

/* Takes the changes and gives them their results, from "a: -17 b: 0"; those not named succeed.
 * Between the two, `during` happens. */
static char *run_changes(Table *table, const char *results, const char *during)
{
    BerthRouteChange changes[TAKE];
    size_t n = table_take(table, changes, TAKE);
    GString *text = g_string_new(NULL);

    for (size_t i = 0; i < n; i++) {
        char letter = (char)changes[i].route.prefix.b[5], key[] = {letter, ':', '\0'};
        const char *at = results ? strstr(results, key) : NULL;

        changes[i].result = at ? atoi(at + 2) : 0;
        g_string_append_printf(text, "%s%c%c%d%s", i ? " " : "", changes[i].is_removal ? '-' : '+',
                               letter, changes[i].route.via.b[15],
                               changes[i].route.metric == 7 ? "!" : "");
    }
    if (during)
        run_script(table, during);
    table_done(table, changes, n);
    return g_string_free(text, FALSE);
}

typedef struct Step {
    const char *row, *script, *want, *results, *during;
    size_t count;
} Step;

/* A row without `script` goes on where the last one was; with one that begins with '.' too. */
static const Step steps[] = {
    // clang-format off
    {"nothing",                        "",              "",             NULL,     NULL, 0},
    {"two are wanted",                 "+a1 +b2",       "+a1 +b2",      NULL,     NULL, 2},
    {"they are there",                 ".",             "",             NULL,     NULL, 2},
    {"wanted again",                   ". +a1",         "",             NULL,     NULL, 2},
    {"one by another hop",             ". +a3",         "-a1",          NULL,     NULL, 2},
    {"then it is added",               ".",             "+a3",          NULL,     NULL, 2},
    {"one is wanted no more",          ". -b",          "-b2",          NULL,     NULL, 1},
    {"forgotten",                      ". -b -a",       "-a3",          NULL,     NULL, 0},
    {"never installed",                "+a1 -a",        "",             NULL,     NULL, 0},
    {"wanted, not, wanted",            "+a1 -a +a2",    "+a2",          NULL,     NULL, 1},

    {"given up while it is added",     "+a1",           "+a1",          NULL,     "-a", 1},
    {"it is removed again",            ".",             "-a1",          NULL,     NULL, 0},
    {"changed while it is added",      "+a1",           "+a1",          NULL,     "+a2", 1},
    {"first away",                     ".",             "-a1",          NULL,     NULL, 1},
    {"then anew",                      ".",             "+a2",          NULL,     NULL, 1},
    {"wanted while it is removed",     ". -a",          "-a2",          NULL,     "+a2", 1},
    {"it comes back",                  ".",             "+a2",          NULL,     NULL, 1},

    {"not added: it waits",            "+a1 +b1",       "+a1 +b1",      "a:-113", NULL, 2},
    {"nothing to do",                  ".",             "",             NULL,     NULL, 2},
    {"the check tries it again",       ". [b1]",        "+a1",          "a:-113", NULL, 2},
    {"so does the next renewal",       ". +a1",         "+a1",          "a:-113", NULL, 2},
    {"and another hop",                ". +a2",         "+a2",          NULL,     NULL, 2},
    {"not added, given up meanwhile",  "+a1",           "+a1",          "a:-113", "-a", 0},
    {"not added, changed meanwhile",   "+a1",           "+a1",          "a:-113", "+a2", 1},
    {"the other is tried",             ".",             "+a2",          NULL,     NULL, 1},
    {"not removed: it waits",          ". -a",          "-a2",          "a:-1",   NULL, 1},
    {"nothing to do, either",          ".",             "",             NULL,     NULL, 1},
    {"the check tries that again",     ". [a2]",        "-a2",          NULL,     NULL, 0},
    {"removed by somebody else",       "+a1",           "+a1",          NULL,     NULL, 1},
    {"is removed",                     ". -a",          "-a1",          "a:-3",   NULL, 0},

    {"start: all is as it should be",  "+a1 +b6 [a1 b6]", "",           NULL,     NULL, 2},
    {"start: one is missing",          "+a1 +b2 [a1]",  "+b2",          NULL,     NULL, 2},
    {"start: one is wanted by nobody", "+a1 [a1 b2 c3]", "-c3 -b2",     NULL,     NULL, 1},
    {"start: another hop",             "+a1 [a2]",      "-a2 +a1",      NULL,     NULL, 1},
    {"start: another metric",          "+a1 [a1! a1]",  "-a1!",         NULL,     NULL, 1},
    {"a stray that can't be removed",  "+a1 [a2]",      "-a2 +a1",      "a:-1",   NULL, 1},
    {"waits for the next check",       ". [a2]",        "-a2 +a1",      NULL,     NULL, 1},
    {"all are gone with the interface",". []",          "+a1",          NULL,     NULL, 1},
    {"another kind",                   ". K",           "+a1!",         NULL,     NULL, 1},
    {"and its old ones are strays",    "+a1 [a1] K [a1]", "-a1 +a1!",   NULL,     NULL, 1},
    // clang-format on
};

static void test_steps(void)
{
    Table *table = NULL;

    for (size_t i = 0; i < G_N_ELEMENTS(steps); i++) {
        const char *script = steps[i].script;
        g_autofree char *got = NULL;

        berth_row("%s", steps[i].row);
        if (*script != '.') {
            table_free(table);
            table = table_new(kind, 100);
        }
        run_script(table, script + (*script == '.') + g_str_has_prefix(script, ". "));
        got = run_changes(table, steps[i].results, steps[i].during);
        CHECK_TEXT(got, steps[i].want);
        CHECK_INT(table_count(table), steps[i].count);
    }
    table_free(table);
}

static void test_bounds(void)
{
    Table *table = table_new(kind, 2);
    Hop hop = hop_of('1');
    BerthRouteChange change;

    berth_row("no more than allowed");
    CHECK_INT(table_want(table, prefix_of('a'), 48, &hop), 0);
    CHECK_INT(table_want(table, prefix_of('b'), 48, &hop), 0);
    CHECK_INT(table_want(table, prefix_of('c'), 48, &hop), -ENOSPC);
    CHECK_INT(table_want(table, prefix_of('a'), 56, &hop), -ENOSPC);
    CHECK_INT(table_want(table, prefix_of('b'), 48, &hop), 0);
    berth_row("no more at once than asked for");
    CHECK_INT(table_take(table, &change, 1), 1);
    table_done(table, &change, 1);
    CHECK_INT(table_take(table, &change, 1), 1);
    CHECK_INT(change.route.prefix.b[5], 'b');
    table_done(table, &change, 1);
    CHECK_INT(table_take(table, &change, 1), 0);
    berth_row("room again");
    table_set_max(table, 3);
    CHECK_INT(table_want(table, prefix_of('a'), 56, &hop), 0);
    table_free(table);
}

int main(int argc, char **argv)
{
    static const BerthTest tests[] = {
        {"steps", test_steps},
        {"bounds", test_bounds},
        {0},
    };

    return berth_tests_main("route_table", tests, argc, argv);
}
