/* timer - see timer.h. A binary heap; each timer knows its place, so that stopping is cheap too. */
#include "core/base/timer.h"

#include <stdbool.h>

#define NOT_SET G_MAXUINT

struct BerthTimer {
    BerthTimers *timers;
    void (*call)(void *data);
    void *data;
    int64_t at;
    uint64_t number; /* of the setting: equal deadlines run in the order in which they were set */
    unsigned index;  /* in the heap, or NOT_SET */
};

void berth_timers_init(BerthTimers *timers)
{
    *timers = (BerthTimers){.heap = g_ptr_array_new()};
}

void berth_timers_clear(BerthTimers *timers)
{
    g_clear_pointer(&timers->heap, g_ptr_array_unref);
}

static BerthTimer *timer_at(const BerthTimers *timers, unsigned index)
{
    return g_ptr_array_index(timers->heap, index);
}

static void put(BerthTimers *timers, unsigned index, BerthTimer *timer)
{
    g_ptr_array_index(timers->heap, index) = timer;
    timer->index = index;
}

static bool before(const BerthTimer *a, const BerthTimer *b)
{
    return a->at != b->at ? a->at < b->at : a->number < b->number;
}

static void sift_up(BerthTimers *timers, unsigned index)
{
    BerthTimer *timer = timer_at(timers, index);

    while (index > 0 && before(timer, timer_at(timers, (index - 1) / 2))) {
        put(timers, index, timer_at(timers, (index - 1) / 2));
        index = (index - 1) / 2;
    }
    put(timers, index, timer);
}

static void sift_down(BerthTimers *timers, unsigned index)
{
    BerthTimer *timer = timer_at(timers, index);
    unsigned child;

    while ((child = 2 * index + 1) < timers->heap->len) {
        if (child + 1 < timers->heap->len &&
            before(timer_at(timers, child + 1), timer_at(timers, child)))
            child++;
        if (!before(timer_at(timers, child), timer))
            break;
        put(timers, index, timer_at(timers, child));
        index = child;
    }
    put(timers, index, timer);
}

BerthTimer *berth_timer_new_in(BerthTimers *timers, void (*call)(void *data), void *data)
{
    BerthTimer *timer = g_new0(BerthTimer, 1);

    *timer = (BerthTimer){.timers = timers, .call = call, .data = data, .index = NOT_SET};
    return timer;
}

void berth_timer_free(BerthTimer *timer)
{
    if (timer)
        berth_timer_stop(timer);
    g_free(timer);
}

void berth_timer_set_at(BerthTimer *timer, int64_t boot_usec)
{
    berth_timer_stop(timer);
    timer->at = boot_usec;
    timer->number = timer->timers->settings++;
    g_ptr_array_add(timer->timers->heap, timer);
    sift_up(timer->timers, timer->timers->heap->len - 1);
}

void berth_timer_stop(BerthTimer *timer)
{
    GPtrArray *heap = timer->timers->heap;
    unsigned index = timer->index;

    if (index == NOT_SET)
        return;
    timer->index = NOT_SET;
    g_ptr_array_remove_index_fast(heap, index);
    if (index == heap->len)
        return;
    /* The last one took the free place; it may have to go either way. */
    sift_down(timer->timers, index);
    sift_up(timer->timers, index);
}

int64_t berth_timers_next(const BerthTimers *timers)
{
    return timers->heap->len > 0 ? timer_at(timers, 0)->at : INT64_MAX;
}

/* As deep as the heap is high. */
static unsigned count_due(const BerthTimers *timers, unsigned index, int64_t boot_usec)
{
    if (index >= timers->heap->len || timer_at(timers, index)->at > boot_usec)
        return 0;
    return 1 + count_due(timers, 2 * index + 1, boot_usec) +
           count_due(timers, 2 * index + 2, boot_usec);
}

unsigned berth_timers_run(BerthTimers *timers, int64_t boot_usec)
{
    unsigned due = count_due(timers, 0, boot_usec);
    unsigned n = 0;

    while (n < due && berth_timers_next(timers) <= boot_usec) {
        BerthTimer *timer = timer_at(timers, 0);

        berth_timer_stop(timer);
        n++;
        timer->call(timer->data);
    }
    return n;
}
