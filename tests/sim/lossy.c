/* lossy - see lossy.h. */
#include "tests/sim/lossy.h"

#define LOSS 0.1 /* of each datagram, each way */
#define DUPLICATE 0.05
#define DELAY_USEC_MAX 50000

bool lossy_chance(SimWorld *sim, double probability)
{
    return g_rand_double(sim_rand(sim)) < probability;
}

int64_t lossy_up_to(SimWorld *sim, int64_t usec)
{
    return (int64_t)(g_rand_double(sim_rand(sim)) * (double)usec);
}

void lossy_send(SimWorld *sim, const BerthDatagram *datagram)
{
    do {
        if (!lossy_chance(sim, LOSS))
            sim_deliver(sim, datagram, lossy_up_to(sim, DELAY_USEC_MAX));
    } while (lossy_chance(sim, DUPLICATE));
}

typedef struct Reply {
    BerthTimer *timer;
    LossyArrived arrived;
    void *data;
    uint8_t *bytes;
    size_t len;
} Reply;

static void on_reply(void *data)
{
    Reply *reply = data;

    reply->arrived(reply->data, (BerthBytes){reply->bytes, reply->len});
    berth_timer_free(reply->timer);
    g_free(reply->bytes);
    g_free(reply);
}

void lossy_take(SimWorld *sim, BerthBytes bytes, LossyArrived arrived, void *data)
{
    Reply *reply;

    if (lossy_chance(sim, LOSS))
        return;
    reply = g_new0(Reply, 1);
    *reply = (Reply){.arrived = arrived, .data = data, .len = bytes.len};
    reply->bytes = g_memdup2(bytes.data, bytes.len);
    reply->timer = sim_timer(sim, on_reply, reply);
    sim_timer_set(sim, reply->timer, lossy_up_to(sim, DELAY_USEC_MAX));
}
