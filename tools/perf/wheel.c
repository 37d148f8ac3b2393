/* wheel - see wheel.h. */
#include "tools/perf/wheel.h"

void perf_wheel_init(PerfWheel *wheel, PerfClient *all)
{
    wheel->all = all;
    wheel->now_ms = 0;
    wheel->n = 0;
    for (size_t i = 0; i < PERF_WHEEL_SLOTS; i++)
        wheel->slots[i] = PERF_EMPTY_LIST;
}

static PerfList *slot_of(PerfWheel *wheel, uint32_t ms)
{
    return &wheel->slots[ms % PERF_WHEEL_SLOTS];
}

void perf_wheel_set(PerfWheel *wheel, PerfClient *client, uint32_t due_ms)
{
    client->due_ms = due_ms < wheel->now_ms ? wheel->now_ms : due_ms;
    perf_list_append(wheel->all, slot_of(wheel, client->due_ms), (uint32_t)(client - wheel->all));
    wheel->n++;
}

void perf_wheel_stop(PerfWheel *wheel, PerfClient *client)
{
    perf_list_remove(wheel->all, slot_of(wheel, client->due_ms), (uint32_t)(client - wheel->all));
    wheel->n--;
}

static PerfClient *due_in_slot(PerfWheel *wheel)
{
    for (uint32_t i = slot_of(wheel, wheel->now_ms)->first; i != PERF_NOBODY;
         i = wheel->all[i].next)
        if (wheel->all[i].due_ms <= wheel->now_ms)
            return &wheel->all[i];
    return NULL;
}

PerfClient *perf_wheel_due(PerfWheel *wheel, uint32_t now_ms)
{
    for (;;) {
        PerfClient *client = wheel->n ? due_in_slot(wheel) : NULL;

        if (client) {
            perf_wheel_stop(wheel, client);
            return client;
        }
        if (wheel->now_ms >= now_ms)
            return NULL;
        /* Nobody waits: no need to visit what lies between. */
        wheel->now_ms = wheel->n ? wheel->now_ms + 1 : now_ms;
    }
}
