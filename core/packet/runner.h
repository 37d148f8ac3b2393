/* runner - what the files of this room share: the packets in work, the queue of resumed ones,
 * claims. Nobody outside core/packet includes this. */
#pragma once

#include "core/packet/run.h"

/* Where in its row a packet is; a parked one goes on with the verdict that it is resumed with. */
typedef enum BerthStage {
    BERTH_STAGE_STEP, /* the row's step */
    BERTH_STAGE_HOOK, /* its callouts */
    BERTH_STAGE_SKIP, /* its on_skip */
} BerthStage;

void berth_drops_report(BerthPacket *pkt, BerthDropReason reason);

/* A place for a packet in work. The generation makes the tickets of one place differ. */
typedef struct BerthPlace {
    BerthPacket *pkt;
    uint32_t generation;
} BerthPlace;

/* How often packets that were not needed since the last time go back to the system, but a few. */
#define BERTH_PACKETS_TRIM_USEC (INT64_C(10) * 1000000)
#define BERTH_PACKETS_KEPT 64

/* Packets that wait to be used again. */
typedef struct BerthPacketPool {
    BerthPacket *first;
    unsigned n, least; /* now, and at the fewest since the last trim */
} BerthPacketPool;

struct BerthRunner {
    BerthWorld *world;
    BerthPlace *places;    /* BERTH_PACKETS_MAX */
    uint16_t *free_places; /* a stack of their indexes */
    unsigned in_work, parked;
    BerthPacketPool pools[2]; /* a packet stays of its family */
    BerthTimer *trim;
    BerthPacket *resumed_first, *resumed_last;
    BerthTimer *wake;     /* so that the world does not sleep on resumed packets */
    BerthPacket *running; /* within the loop; NULL: none */
    BerthPacket **claims; /* BERTH_PACKETS_MAX buckets of packets that hold a claim */
    BerthHashSeed seed;
};

/* run.c: goes on at the cursor as if what parked there had answered `verdict`. */
void berth_runner_go_on(BerthRunner *runner, BerthPacket *pkt, BerthVerdict verdict);
/* pool.c: counts and reports pkt->drop if there is one, and returns the packet to the pool. */
void berth_runner_end(BerthRunner *runner, BerthPacket *pkt);

/* park.c */
void berth_park_init(BerthPacket *pkt);
/* Makes the ticket void and forgets a resume. */
void berth_park_cancel(BerthRunner *runner, BerthPacket *pkt);

/* claim.c */
/* Gives up the packet's claim; the next packet of the client takes it and is resumed. */
void berth_claim_release(BerthRunner *runner, BerthPacket *pkt);
