/* ground - what virtual clients stand on: a clock, timers, chance, and the way to the servers.
 *
 * The simulation gives one on its virtual clock, with loss (tests/sim/lossy.h); the tests with real
 * processes one of sockets (tests/netns/crowd.c). The clients are the same. */
#pragma once

#include "core/base/world.h"

#define GROUND_SEC INT64_C(1000000)
#define LOST_RELEASES 0.25 /* of the releases of clients */

typedef struct Ground {
    BerthTimers *timers;
    GRand *rand;
    int64_t (*now)(void *data); /* microseconds */
    /* From a client. To the broadcast address, or the group of DHCPv6 servers: to all servers. */
    void (*send)(void *data, const BerthDatagram *datagram);
    void *data;
    /* A client that has released comes back after `rest_usec`, so long may its message be under
     * way, and up to `pause_usec` more; a new one within half of that. */
    int64_t rest_usec, pause_usec;
} Ground;

static inline int64_t ground_now(const Ground *ground)
{
    return ground->now(ground->data);
}

static inline void ground_send(const Ground *ground, const BerthDatagram *datagram)
{
    ground->send(ground->data, datagram);
}

static inline void ground_timer_set(const Ground *ground, BerthTimer *timer, int64_t delay_usec)
{
    berth_timer_set_at(timer, ground_now(ground) + delay_usec);
}

static inline bool ground_chance(const Ground *ground, double probability)
{
    return g_rand_double(ground->rand) < probability;
}

static inline int64_t ground_up_to(const Ground *ground, int64_t usec)
{
    return (int64_t)(g_rand_double(ground->rand) * (double)usec);
}
