/* backend - a lease backend on a store of tests/model/store.h: the rules of plugins/lease_redis
 * without Redis, on a network that the test breaks.
 *
 * A ModelCluster is the store; a ModelPlace one server's way to it, with the journal of what that
 * server has acknowledged, which outlives the server. The role is opened with a ModelConf. */
#pragma once

#include "tests/crowd/ground.h"
#include "tests/model/store.h"

typedef struct ModelCluster {
    ModelStore *master;
    ModelStore *old;     /* a master that does not know it is none any more; NULL */
    bool stalled;        /* takes requests, and does nothing */
    bool waits;          /* a commit is OK when a replica has it */
    bool has_no_replica; /* then it is UNKNOWN */
    unsigned servers;
    unsigned guard_sec, grace_sec, foreign_extra_sec;
} ModelCluster;

typedef struct ModelBackend ModelBackend;

typedef struct ModelPlace {
    const Ground *ground;
    ModelCluster *cluster;
    unsigned server; /* from 0 */
    bool is_cut;     /* nothing passes */
    bool is_deaf;    /* follows nothing */
    enum {
        MODEL_LOSES_NOTHING,
        MODEL_LOSES_REQUEST, /* the connection breaks before the next commit arrives */
        MODEL_LOSES_ANSWER,  /* and when it is done */
    } loses;
    bool at_old; /* speaks with the old master, while there is one */
    /* How far the follower is behind, at most. */
    int64_t lag_usec;

    GArray *journal;   /* of what it was told is stored: see backend.c */
    uint64_t top;      /* the highest revision that it has seen */
    uint16_t asserted; /* the epoch up to which what the journal has was written back */
    GQueue calls;      /* on their way, or being done */
    unsigned connection;
    int64_t last_usec; /* when the last request arrives; they stay in order */
    ModelBackend *backend;
    unsigned commits, conflicts, unknowns, reasserted, reloads; /* so far */
} ModelPlace;

/* `place` is the address of a ModelPlace as a number: a configuration file can say it. */
typedef struct ModelConf {
    const char *type;
    const char *place;
} ModelConf;

extern const BerthLeaseBackend model_backend; /* max_in_flight is 4 */

void model_place_init(ModelPlace *place, const Ground *ground, ModelCluster *cluster,
                      unsigned server);
void model_place_clear(ModelPlace *place);
/* The connection breaks. What is under way may have arrived or not; it is not answered. */
void model_place_break(ModelPlace *place);
