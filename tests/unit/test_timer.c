/* Timers run in the order of their deadlines, whatever their callbacks do to them. */
#include "core/base/timer.h"
#include "tests/lib/rows.h"

typedef struct Probe {
    BerthTimer *timer, *other;
    int64_t again; /* set to this time by its own callback */
    char name;
    GString *seen;
    bool frees_itself, stops_other;
} Probe;

static void on_timer(void *data)
{
    Probe *p = data;

    g_string_append_c(p->seen, p->name);
    if (p->again)
        berth_timer_set_at(p->timer, p->again);
    if (p->stops_other)
        berth_timer_stop(p->other);
    if (p->frees_itself)
        g_clear_pointer(&p->timer, berth_timer_free);
}

static void test_order(void)
{
    BerthTimers timers;
    Probe probes[200];
    uint32_t random = 12345;
    int64_t last = 0;
    unsigned run = 0;

    berth_timers_init(&timers);
    for (size_t i = 0; i < G_N_ELEMENTS(probes); i++) {
        probes[i] = (Probe){.name = 'x', .seen = g_string_new(NULL)};
        probes[i].timer = berth_timer_new_in(&timers, on_timer, &probes[i]);
        random = random * 1103515245 + 12345;
        berth_timer_set_at(probes[i].timer, 1 + (random >> 16) % 1000);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(probes); i += 3)
        berth_timer_stop(probes[i].timer);
    for (size_t i = 0; i < G_N_ELEMENTS(probes); i += 2)
        berth_timer_set_at(probes[i].timer, 2000 - (int64_t)i);
    while (berth_timers_next(&timers) < INT64_MAX) {
        int64_t next = berth_timers_next(&timers);

        CHECK(next > last);
        CHECK_INT(berth_timers_run(&timers, next - 1), 0);
        run += berth_timers_run(&timers, next);
        last = next;
    }
    CHECK_INT(run, 200 - 33); /* the odd multiples of 3 stay stopped */
    for (size_t i = 0; i < G_N_ELEMENTS(probes); i++) {
        CHECK_INT((int64_t)probes[i].seen->len, i % 6 == 3 ? 0 : 1);
        g_string_free(probes[i].seen, TRUE);
        berth_timer_free(probes[i].timer);
    }
    berth_timers_clear(&timers);
}

static void on_run(void *data)
{
    ++*(unsigned *)data;
}

static uint32_t next_random(uint32_t *state)
{
    *state = *state * 1664525 + 1013904223;
    return *state >> 16;
}

/* Whatever was set, moved and stopped: the nearest deadline is the smallest, and all come in order.
 */
static void test_random(void)
{
    BerthTimers timers;
    BerthTimer *all[64];
    int64_t at[64];
    unsigned run = 0;
    uint32_t state = 7;

    berth_timers_init(&timers);
    for (size_t i = 0; i < G_N_ELEMENTS(all); i++) {
        all[i] = berth_timer_new_in(&timers, on_run, &run);
        at[i] = INT64_MAX;
    }
    for (unsigned step = 0; step < 20000; step++) {
        size_t i = next_random(&state) % G_N_ELEMENTS(all);
        int64_t nearest = INT64_MAX;

        berth_row("step %u", step);
        at[i] = next_random(&state) % 3 ? next_random(&state) : INT64_MAX;
        if (at[i] < INT64_MAX)
            berth_timer_set_at(all[i], at[i]);
        else
            berth_timer_stop(all[i]);
        for (size_t j = 0; j < G_N_ELEMENTS(all); j++)
            nearest = MIN(nearest, at[j]);
        if (!CHECK_INT(berth_timers_next(&timers), nearest))
            break;
    }
    for (size_t i = 0; i < G_N_ELEMENTS(all); i++)
        berth_timer_free(all[i]);
    berth_timers_clear(&timers);
}

static void test_callbacks(void)
{
    g_autoptr(GString) seen = g_string_new(NULL);
    BerthTimers timers;
    Probe a = {.name = 'a', .seen = seen, .again = 5}, b = {.name = 'b', .seen = seen};
    Probe c = {.name = 'c', .seen = seen, .frees_itself = true};

    berth_timers_init(&timers);
    a.timer = berth_timer_new_in(&timers, on_timer, &a);
    b.timer = berth_timer_new_in(&timers, on_timer, &b);
    c.timer = berth_timer_new_in(&timers, on_timer, &c);
    berth_row("equal deadlines run as they were set; one set again in its call waits a round");
    berth_timer_set_at(c.timer, 10);
    berth_timer_set_at(a.timer, 10);
    berth_timer_set_at(b.timer, 10);
    CHECK_INT(berth_timers_run(&timers, 10), 3);
    CHECK_TEXT(seen->str, "caa");
    CHECK(!c.timer);
    CHECK_INT(berth_timers_next(&timers), 5);

    berth_row("a callback stops another that is due");
    g_string_truncate(seen, 0);
    a = (Probe){.name = 'a', .seen = seen, .timer = a.timer, .other = b.timer, .stops_other = true};
    berth_timer_set_at(b.timer, 30);
    berth_timer_set_at(a.timer, 20);
    CHECK_INT(berth_timers_run(&timers, 100), 1);
    CHECK_TEXT(seen->str, "a");
    CHECK_INT(berth_timers_next(&timers), INT64_MAX);

    berth_row("freeing a running one stops it");
    berth_timer_set_at(b.timer, 40);
    berth_timer_free(b.timer);
    berth_timer_free(a.timer);
    berth_timer_free(NULL);
    CHECK_INT(berth_timers_run(&timers, 100), 0);
    berth_timers_clear(&timers);
}

int main(int argc, char **argv)
{
    static const BerthTest tests[] = {
        {"order", test_order},
        {"random", test_random},
        {"callbacks", test_callbacks},
        {0},
    };

    return berth_tests_main("timer", tests, argc, argv);
}
