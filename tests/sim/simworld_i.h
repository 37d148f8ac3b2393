/* simworld_i - what the files of simworld share. */
#pragma once

#include "tests/sim/simworld.h"

#define SIM_PAUSED_USEC 10000 /* how soon it is looked at again what waits for a paused machine */

typedef struct SimJob SimJob;
typedef struct SimLink SimLink;

/* What machines share. */
typedef struct SimTime {
    BerthTimers events;
    GRand *rand;
    int64_t boot_usec;
    GPtrArray *machines; /* of SimWorld */
} SimTime;

struct SimWorld {
    BerthWorld world; /* first */
    SimTime *time;
    BerthDisk *disk;
    int64_t skew_usec; /* of its wall clock */
    int64_t read_usec; /* of each read of a file */
    SimJob *jobs;      /* in the order of their making */
    int64_t slowness_usec;
    SimLink *links[2]; /* of IPv4 and IPv6 */
    GArray *arrivals;
    BerthTimer *arrival_timer, *change_timer;
    BerthIfaceChange change;
    void *change_data;
    BerthIface iface;
    SimSent sent;
    void *sent_data;
    unsigned calls_left; /* disk calls until the power fails; 0: it does not */
    bool power_off, is_paused;
};

static inline SimWorld *sim_of(BerthWorld *world)
{
    return (SimWorld *)world;
}

/* ---- simnet.c: the network ---- */

/* Number 1 is 192.0.2.1 and fe80::1. */
void sim_net_init(SimWorld *sim, unsigned number);
void sim_net_clear(SimWorld *sim);

int sim_iface_watch(BerthWorld *world, BerthIfaceChange change, void *data);
int sim_link_open(BerthWorld *world, const BerthLinkConf *conf, BerthReceive receive, void *data,
                  BerthLink **ret);
size_t sim_link_send(BerthLink *link, const BerthDatagram *batch, size_t n);
void sim_link_close(BerthLink *base);
