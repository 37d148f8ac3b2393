/* queue - see queue.h.
 *
 * The times stand beside the handles, four children to a parent and in one run, so that looking for
 * a place touches few cache lines and no record but those that move. */
#include "core/set/queue.h"

#include <glib.h>

#define CHILDREN 4
#define ROOM_MIN 64

void berth_queue_init(BerthQueue *queue, BerthQueuePlace place, const void *owner)
{
    *queue = (BerthQueue){.place = place, .owner = owner, .room = ROOM_MIN};
    queue->times = g_new0(int64_t, ROOM_MIN);
    queue->handles = g_new0(uint32_t, ROOM_MIN);
}

void berth_queue_clear(BerthQueue *queue)
{
    g_free(queue->times);
    g_free(queue->handles);
}

static void set(BerthQueue *queue, uint32_t i, uint32_t handle, int64_t time)
{
    queue->handles[i] = handle;
    queue->times[i] = time;
    *queue->place(queue->owner, handle) = i;
}

static uint32_t parent(uint32_t i)
{
    return (i - 2) / CHILDREN + 1;
}

static uint32_t first_child(uint32_t i)
{
    return (i - 1) * CHILDREN + 2;
}

/* The earliest child of i, or 0. */
static uint32_t least_child(const BerthQueue *queue, uint32_t i)
{
    uint32_t from = first_child(i), to = MIN(from + CHILDREN, queue->count + 1), least = from;

    if (from > queue->count)
        return 0;
    for (uint32_t child = from + 1; child < to; child++)
        if (queue->times[child] < queue->times[least])
            least = child;
    return least;
}

/* Puts an entry where it belongs, from place i on, which is empty. */
static void settle(BerthQueue *queue, uint32_t i, uint32_t handle, int64_t time)
{
    uint32_t child;

    while (i > 1 && time < queue->times[parent(i)]) {
        set(queue, i, queue->handles[parent(i)], queue->times[parent(i)]);
        i = parent(i);
    }
    while ((child = least_child(queue, i)) && queue->times[child] < time) {
        set(queue, i, queue->handles[child], queue->times[child]);
        i = child;
    }
    set(queue, i, handle, time);
}

void berth_queue_add(BerthQueue *queue, uint32_t handle, int64_t time)
{
    if (queue->count + 1 == queue->room) {
        queue->room *= 2;
        queue->times = g_renew(int64_t, queue->times, queue->room);
        queue->handles = g_renew(uint32_t, queue->handles, queue->room);
    }
    queue->count++;
    queue->times[queue->count] = INT64_MAX;
    settle(queue, queue->count, handle, time);
}

void berth_queue_move(BerthQueue *queue, uint32_t handle, int64_t time)
{
    settle(queue, *queue->place(queue->owner, handle), handle, time);
}

void berth_queue_remove(BerthQueue *queue, uint32_t handle)
{
    uint32_t *place = queue->place(queue->owner, handle), i = *place;
    uint32_t last = queue->handles[queue->count];
    int64_t time = queue->times[queue->count];

    queue->count--;
    if (last != handle)
        settle(queue, i, last, time);
    *place = 0;
}

bool berth_queue_first(const BerthQueue *queue, uint32_t *ret_handle, int64_t *ret_time)
{
    if (queue->count == 0)
        return false;
    *ret_handle = queue->handles[1];
    *ret_time = queue->times[1];
    return true;
}
