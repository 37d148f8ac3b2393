/* exchange - the life of a client: it asks, is answered or not, holds an address, gives it back.
 *
 *                  begin                OFFER                 ACK
 *   idle, unbound ------> WAIT_OFFER ---------> WAIT_ACK ------------> idle, bound
 *   idle, bound   ------> WAIT_RENEWED, WAIT_REBOUND ------- ACK ----> idle, bound
 *                 ------> (RELEASE, no answer) ----------------------> idle, unbound
 *
 * Silence until its time is over, or a NAK, makes it idle again; in an avalanche it asks again. For
 * DHCPv6 read ADVERTISE, REPLY and a REPLY with a status that says no; there a RELEASE is answered,
 * too, and what a client holds may be a prefix, or both. */
#pragma once

#include "tools/perf/nested.h"
#include "tools/perf/record.h"
#include "tools/perf/report.h"
#include "tools/perf/wheel.h"

typedef struct PerfLoad {
    const PerfConf *conf;
    const PerfFamily *family;
    void *own; /* the family's */
    PerfClients clients;
    PerfWheel wheel;
    PerfHolders holders;
    PerfNested nested; /* of DHCPv6 */
    PerfWire *wire;
    PerfRecord *record;
    PerfReport report;
    uint64_t random;       /* state of perf_random() */
    int64_t now_usec;      /* since the start; set by the loop, as fine as its rounds are */
    int64_t last_usec;     /* the last exchange was completed */
    uint8_t server_mac[6]; /* with frames: where the last answer came from */
    bool has_first_server;
    uint32_t first_server; /* who answered first, for conf->one_server */
} PerfLoad;

/* Everything but the wire; false with an error. */
bool perf_load_init(PerfLoad *load, const PerfConf *conf, GError **error);
void perf_load_clear(PerfLoad *load);

/* Sends an idle client out, and renewals and releases turn into full exchanges while nobody holds
 * an address. False when all clients are busy. */
bool perf_exchange_begin(PerfLoad *load, PerfKind kind);
/* Something arrived. */
void perf_exchange_answer(PerfLoad *load, const PerfIn *in);
/* The client, which is in no list now, has waited long enough. */
void perf_exchange_timeout(PerfLoad *load, PerfClient *client);

uint64_t perf_random(uint64_t *state);
