/* pipeline - any datagrams through the whole server, on the simulated world: what fuzz_pipeline.c
 * (DHCPv4) and fuzz_pipeline6.c have in common, and what they give to it.
 *
 * An input is one datagram, or several with "NEXT" between them, which arrive together. One server
 * takes all inputs of a run, so what one of them leaves behind meets the next. After each input
 * nothing is in work any more, every reply is sound and went where a reply may go, and now and then
 * a client of our own asks and is answered. */
#pragma once

#include "core/server/server.h"
#include "tests/fuzz/fuzz.h"
#include "tests/sim/simworld.h"

typedef struct Run {
    SimWorld *sim;
    BerthServer *server;
    unsigned inputs;
    uint32_t proof_xid; /* 0: an answer with it was seen */
} Run;

/* Ends the program when it does not hold. */
void require(bool held, const char *what);

/* ---- the target's ---- */

extern const char pipeline_conf[];
/* A datagram of the input arrives. */
void pipeline_deliver(Run *run, const uint8_t *data, size_t size);
/* The server sent something: it has to be sound. */
void pipeline_sent(Run *run, const BerthDatagram *datagram);
/* A client asks, under proof_xid. */
void pipeline_ask(Run *run);
