/* queue - handles in the order of a time: a heap that knows where each of its entries is. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* Where the entry's own record keeps its place; 0: in no queue. */
typedef uint32_t *(*BerthQueuePlace)(const void *owner, uint32_t handle);

typedef struct BerthQueue {
    BerthQueuePlace place;
    const void *owner;
    int64_t *times;
    uint32_t *handles; /* both from 1 */
    uint32_t count, room;
} BerthQueue;

void berth_queue_init(BerthQueue *queue, BerthQueuePlace place, const void *owner);
void berth_queue_clear(BerthQueue *queue);
void berth_queue_add(BerthQueue *queue, uint32_t handle, int64_t time);
/* Moves an entry of this queue to another time. */
void berth_queue_move(BerthQueue *queue, uint32_t handle, int64_t time);
void berth_queue_remove(BerthQueue *queue, uint32_t handle);
bool berth_queue_first(const BerthQueue *queue, uint32_t *ret_handle, int64_t *ret_time);
