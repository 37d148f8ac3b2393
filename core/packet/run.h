/* run - the loop that takes packets along their paths, and parking. It knows no protocol.
 *
 * A path is a table of rows: do a step, then let a hook point overrule it, and on SKIP do something
 * else. The cursor is (path, row, lease, callout), so a packet can stop at any callout and go on
 * there later. Parked packets are counted and bounded, each has a ticket and a deadline; a ticket
 * is good once. One packet of a client is in work at a time: the next waits behind it, a further
 * one is dropped as a duplicate. */
#pragma once

#include "core/packet/packet.h"

/* CONTINUE: to the row's hook point. SKIP: leave the hook point out. DROP: the packet ends, counted
 * under what berth_packet_drop was given. PARK: after berth_packet_wait. */
typedef BerthVerdict (*BerthStepRun)(BerthPacket *pkt);

typedef struct BerthStep {
    BerthStepRun run; /* NULL: only the hook point */
    BerthPoint point; /* BERTH_POINT_NONE: only the step */
    unsigned acts;    /* LEASE points: bit mask of 1 << BerthLeaseAct that it is about */
    /* For OVERRULES: what SKIP does; its verdict counts. NULL: go on. At a LEASE point it is about
     * pkt->leases[pkt->lease_at], which it must not move: an act of NONE takes a lease out, and
     * with SKIP there is another one in its place, which the callouts are asked about in turn. */
    BerthStepRun on_skip;
    bool keep_on_drop; /* DROP is treated as SKIP (lease4_release, lease4_decline) */
} BerthStep;

struct BerthPath {
    const char *name;
    const BerthStep *steps;       /* ended by a row with neither step nor point */
    const struct BerthPath *next; /* where a packet goes on at the end; NULL: it is done */
};

/* Steps may change the path: the loop goes on at its first row. At most BERTH_GOTO_MAX times a
 * packet, beyond that TOO_MANY_RETRIES. Returns CONTINUE or DROP, to be returned by the step. */
BerthVerdict berth_packet_enter(BerthPacket *pkt, const BerthPath *path);

typedef struct BerthRunner BerthRunner;
BerthRunner *berth_runner_new(BerthWorld *world);
/* Ends all packets without a reply. */
void berth_runner_free(BerthRunner *runner);

/* A fresh packet with the datagram's bytes copied, the snapshot pinned; NULL when BERTH_PACKETS_MAX
 * are in work or memory is short (then the drop is already counted). */
BerthPacket *berth_runner_packet(BerthEnv *env, BerthConf *conf, const BerthIface *iface,
                                 const BerthDatagram *in);
/* Starts it on a path; it runs until it parks or ends. */
void berth_runner_start(BerthRunner *runner, BerthPacket *pkt, const BerthPath *path);

/* Claims the client for this packet: CONTINUE; PARK when an earlier packet of the client is in work
 * (this one is resumed after it); DROP DUPLICATE when one is already waiting. Called by a step once
 * the client is known; key bytes identify it, and live as long as the packet. */
BerthVerdict berth_packet_claim_client(BerthPacket *pkt, BerthBytes key);

/* For steps of the core that wait for something themselves (a commit): like berth_packet_park, but
 * not counted against parked-packet-limit and without a deadline. The step returns PARK; when
 * resumed with CONTINUE the loop goes on AFTER the step, at the row's hook point. */
BerthTicket berth_packet_wait(BerthPacket *pkt);

/* Hands the packed reply (pkt->out) to the net, and says so: `id` of the log, name and number of
 * the reply's type. DROP: it is empty, or the interface is gone. */
BerthVerdict berth_packet_send(BerthPacket *pkt, const char *id, const char *name, unsigned type);
/* The same for what is no packet's; the bytes are copied. -errno. */
int berth_env_send(BerthEnv *env, int ifindex, const BerthDatagram *out);

/* Runs what was resumed since the last call and returns how many that were. The server calls it
 * when the world is idle; what is resumed meanwhile wakes the world by a timer. */
unsigned berth_runner_run_resumed(BerthRunner *runner);

/* Counts the drop of a datagram that never became a packet. */
void berth_drop_count(BerthEnv *env, BerthDropReason reason);

/* berth_packet_resume and berth_packet_parked for whoever has the runner at hand. */
int berth_runner_resume(BerthRunner *runner, BerthTicket ticket, BerthVerdict verdict);
BerthPacket *berth_runner_parked_packet(const BerthRunner *runner, BerthTicket ticket);
/* core/server answers this: BerthServer is opaque here. */
BerthRunner *berth_server_runner(BerthServer *server);

/* The packet that is within the loop now, and its callouts; NULL: none. */
const BerthPacket *berth_runner_running(const BerthRunner *runner);
unsigned berth_runner_in_work(const BerthRunner *runner);
unsigned berth_runner_parked(const BerthRunner *runner);
