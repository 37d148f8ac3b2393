/* cluster - two or three simulated servers, of both families, on one store of tests/model; and what
 * can happen to them. */
#pragma once

#include "core/server/server.h"
#include "tests/crowd/history6.h"
#include "tests/model/backend.h"
#include "tests/sim/simworld.h"

#define CLUSTER_SERVERS_MAX 3
#define CLUSTER_GUARD_SEC 60

typedef struct Machine {
    SimWorld *sim;
    BerthServer *server;  /* NULL: it is down */
    ModelPlace places[2]; /* of DHCPv4 and DHCPv6 */
    char *conf_path;
} Machine;

typedef struct Cluster {
    SimWorld *sim; /* the first machine's */
    const Ground *ground;
    History *history;
    ModelCluster stores[2];
    Machine machines[CLUSTER_SERVERS_MAX];
    unsigned n;
    unsigned fail_overs, lost; /* so far; scripts that a fail-over has lost */
} Cluster;

/* The servers' clocks differ by up to twice the history's skew. `waits`: a commit is acknowledged
 * when a replica has it, so that a fail-over loses none. */
void cluster_init(Cluster *cluster, const Ground *ground, SimWorld *sim, History *history,
                  unsigned n, bool waits);
void cluster_clear(Cluster *cluster);

void cluster_start(Cluster *cluster, unsigned i);
void cluster_kill(Cluster *cluster, unsigned i);
/* The connections of a server break; `stay_cut`: and nothing passes any more. */
void cluster_cut(Cluster *cluster, unsigned i, bool stay_cut);
void cluster_mend(Cluster *cluster, unsigned i);
/* Another master without the last `lose` scripts that no replica has. Server `behind` goes on with
 * the old one (-1: none), until cluster_mend. */
void cluster_fail_over(Cluster *cluster, unsigned lose, int behind);
/* All is well from now on. */
void cluster_heal(Cluster *cluster);
/* Once nobody talks any more: every server has the same leases as the store, and all promises. */
bool cluster_is_same(const Cluster *cluster);
void cluster_check(Cluster *cluster, History6 *history6);
