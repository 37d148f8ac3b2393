/* lossy - see lossy.h. */
#include "tests/sim/lossy.h"

#define LOSS 0.1 /* of each datagram, each way */
#define DUPLICATE 0.05
#define DELAY_USEC_MAX 50000

#define PAUSE_USEC (60 * SIM_SEC)

static bool chance(SimWorld *sim, double probability)
{
    return g_rand_double(sim_rand(sim)) < probability;
}

static int64_t delay(SimWorld *sim)
{
    return (int64_t)(g_rand_double(sim_rand(sim)) * DELAY_USEC_MAX);
}

static void send_lossy(void *data, const BerthDatagram *datagram)
{
    SimWorld *sim = data, *to;

    do {
        for (unsigned i = 0; (to = sim_machine(sim, i)); i++)
            if (sim_is_for(to, datagram->dst) && !chance(sim, LOSS))
                sim_deliver(to, datagram, delay(sim));
    } while (chance(sim, DUPLICATE));
}

static int64_t now(void *data)
{
    return sim_now(data);
}

Ground lossy_ground(SimWorld *sim)
{
    return (Ground){
        .timers = sim_timers(sim),
        .rand = sim_rand(sim),
        .now = now,
        .send = send_lossy,
        .data = sim,
        .rest_usec = SIM_SEC,
        .pause_usec = PAUSE_USEC,
    };
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

    if (chance(sim, LOSS))
        return;
    reply = g_new0(Reply, 1);
    *reply = (Reply){.arrived = arrived, .data = data, .len = bytes.len};
    reply->bytes = g_memdup2(bytes.data, bytes.len);
    reply->timer = sim_timer(sim, on_reply, reply);
    sim_timer_set(sim, reply->timer, delay(sim));
}
