/* test_history - that the history of virtual clients shows what is broken: a few events a row, and
 * the invariant that they break. Times are seconds; the address is always the same. */
#include "tests/crowd/history6.h"
#include "tests/lib/rows.h"

#define SEC INT64_C(1000000)
#define LIFETIME_SEC 20
#define GRACE_SEC 4
#define PROBATION_SEC 40

typedef struct Row {
    const char *name, *events, *broken;
} Row;

/* "second verb client": a ACK, o OFFER, r RELEASE, l lost RELEASE, d DECLINE, s silence; and
 * without a client: u nothing can be stored, U it can, c clocks differ. */
static const Row rows[] = {
    {"released, and given to another", "0a1 1r1 2o2 2a2", ""},
    {"after its end", "0a1 25a2", ""},
    {"INV-01 before its end", "0a1 19a2", "INV-01/05: "},
    {"INV-05 within the grace", "0a1 23a2", "INV-01/05: "},
    {"INV-12 where clocks differ", "c 0a1 23a2", "INV-01/05/12: "},
    {"INV-06", "0a1 1d1 40a2", "INV-06: "},
    {"after the probation", "0a1 1d1 42a2", ""},
    {"INV-07 a lost release", "0a1 1l1 2a2", "INV-01/05/07: "},
    {"... where clocks differ", "c 0a1 1l1 2a2", "INV-01/05/07/12: "},
    {"... after its end", "0a1 1l1 25a2", ""},
    {"... whose client comes again", "0a1 1l1 2a1 3r1 4a2", ""},
    {"... and whose address it is then", "0a1 1l1 2a1 3a2", "INV-01/05: "},
    {"INV-07 offered before the release is stored", "0a1 u 1r1 2o2", "INV-07: "},
    {"INV-07 given before the release is stored", "0a1 u 1r1 2a2", "INV-07: "},
    {"... to its own client", "0a1 u 1r1 2o1 2a1", ""},
    {"... after it could be stored", "0a1 u 1r1 U 2o2 2a2", ""},
    {"... that was sent before", "0a1 1r1 2u 3o2 3a2", ""},
    {0},
};

static const Row rows6[] = {
    {"released, and given to another", "0a1 1r1 2o2 2a2", ""},
    {"INV-01 before its end", "0a1 19a2", "INV-01/05/21: "},
    {"INV-12 where clocks differ", "c 0a1 19a2", "INV-01/05/12/21: "},
    {"INV-07 a lost release", "0a1 1l1 2a2", "INV-01/05/07/21: "},
    {"... whose client comes again", "0a1 1l1 2a1 3s1 4a2", ""},
    {"INV-07 offered before the release is stored", "0a1 u 1r1 2o2", "INV-07: "},
    {"INV-07 given before the release is stored", "0a1 u 1r1 2a2", "INV-07: "},
    {"... after it could be stored", "0a1 u 1r1 U 2o2 2a2", ""},
    {"... for what was given up without a word", "0a1 u 1s1 2o2", ""},
    {0},
};

static Ending ending_of(char verb)
{
    static const char verbs[] = "rlds";

    return (Ending)(strchr(verbs, verb) - verbs);
}

static void happen4(History *history, int64_t now, char verb, int client)
{
    const BerthAddr addr = berth_addr4(0xc0000205);

    if (verb == 'a')
        history_ack(history, now, client, addr, now + LIFETIME_SEC * SEC);
    else if (verb == 'o')
        history_offer(history, now, client, addr);
    else
        history_give_back(history, now, client, addr, ending_of(verb));
}

static void happen6(History6 *history, int64_t now, char verb, int client)
{
    const Binding6 who = {client, BERTH_LEASE_PD};
    const BerthPrefix prefix = {{{0x20, 0x01, 0x0d, 0xb8}}, 64};

    if (verb == 'a')
        history6_ack(history, now, who, prefix, now + LIFETIME_SEC * SEC);
    else if (verb == 'o')
        history6_offer(history, now, who, prefix);
    else
        history6_give_back(history, now, who, prefix, ending_of(verb));
}

static void happen(History *history, History6 *history6, const char *event, int64_t *now)
{
    char *verb;
    int64_t sec = g_ascii_strtoll(event, &verb, 10);

    if (verb != event)
        *now = (sec + 1) * SEC;
    if (*verb == 'c')
        history->skew_usec = SEC;
    else if (*verb == 'u' || *verb == 'U')
        history_store(history, *now, *verb == 'U');
    else if (history6)
        happen6(history6, *now, *verb, verb[1] - '0');
    else
        happen4(history, *now, *verb, verb[1] - '0');
}

static void play(const Row *row, bool is_v6)
{
    g_auto(GStrv) events = g_strsplit(row->events, " ", -1);
    int64_t now = 0;
    History history;
    History6 history6;

    berth_row("%s", row->name);
    history_init(&history, 0, NULL);
    history6_init(&history6, &history);
    history.grace_usec = GRACE_SEC * SEC;
    history.probation_usec = PROBATION_SEC * SEC;
    history_calm(&history, 0);
    for (char **event = events; *event; event++)
        happen(&history, is_v6 ? &history6 : NULL, *event, &now);
    if (*row->broken)
        CHECK_HAS(history.broken, row->broken);
    else
        CHECK_TEXT(history.broken, "");
    history6_clear(&history6);
}

static void of_v4(void)
{
    for (const Row *row = rows; row->name; row++)
        play(row, false);
}

static void of_v6(void)
{
    for (const Row *row = rows6; row->name; row++)
        play(row, true);
}

static const BerthTest tests[] = {
    {"v4", of_v4},
    {"v6", of_v6},
    {0},
};

int main(int argc, char **argv)
{
    return berth_tests_main("history", tests, argc, argv);
}
