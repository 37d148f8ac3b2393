/* packet - one packet on its way: query, reply, client, subnet, leases, verdict, cursor, arena.
 *
 * Packets come from a bounded pool and return to it; all they need on the way is in their arena.
 * Each pins the configuration snapshot that it was received under. */
#pragma once

#include "core/base/arena.h"
#include "core/base/world.h"
#include "core/conf/conf.h"
#include "core/lease/leases.h"
#include "core/net/net.h"
#include "core/wire/ids.h"
#include "core/wire/msg4.h"

typedef enum BerthDropReason {
    BERTH_DROP_NONE,
#define BERTH_DROP_REASON(NAME, statistic, id, text) BERTH_DROP_##NAME,
#include "core/packet/drops.def"
#undef BERTH_DROP_REASON
    BERTH_DROP_COUNT,
} BerthDropReason;

#define BERTH_PACKET_ARENA (256u << 10) /* most that one packet may use */
#define BERTH_PACKETS_MAX 8192          /* in work at one time, parked ones included */
#define BERTH_CLASSES_MAX 64
#define BERTH_REPLY_OPTIONS_MAX 256
#define BERTH_PACKET_LEASES_MAX 8
#define BERTH_GOTO_MAX 8 /* how often steps may send the cursor elsewhere */

/* What a packet does to a lease; a LEASE point is about one kind of it. */
typedef enum BerthLeaseAct {
    BERTH_ACT_NONE,
    BERTH_ACT_OFFER,   /* in mind only: lease4_select, lease4_offer */
    BERTH_ACT_ASSIGN,  /* new to this client: lease4_select */
    BERTH_ACT_RENEW,   /* the client's own: lease4_renew */
    BERTH_ACT_RELEASE, /* lease4_release */
    BERTH_ACT_DECLINE, /* lease4_decline */
    BERTH_ACT_LEAVE,   /* given up for another address, and removed with its assignment */
} BerthLeaseAct;

typedef struct BerthPacketLease {
    BerthLeaseAct act;
    bool has_before;
    BerthLease before; /* as it was; bytes in the packet's arena */
    BerthLease lease;  /* as it shall be; what callouts see */
} BerthPacketLease;

typedef struct BerthPath BerthPath;

/* What steps may reach beyond their packet. One per server. */
typedef struct BerthEnv {
    BerthWorld *world;
    BerthLog *log;
    BerthStats *stats;
    BerthLeases *leases;
    struct BerthRunner *runner;
    BerthNet *net;
    BerthArena *out;          /* bytes of replies until the links are flushed */
    BerthCounter **counters4; /* core/v4/counters4.def */
    BerthServer *server;      /* opaque here, for plugins */
} BerthEnv;

struct BerthPacket {
    BerthEnv *env;
    BerthConf *conf; /* pinned */
    BerthArena arena;

    /* where it came from */
    BerthDatagram in; /* data is in the arena */
    int64_t received_usec;

    /* query and client */
    bool parsed; /* msg is filled; set by a callout that parses itself */
    BerthClient client;
    char *label;
    unsigned n_classes;

    /* what was found */
    const BerthSubnet *subnet;
    unsigned n_leases;
    BerthUnit *unit;          /* proposed, not yet submitted */
    BerthCommitResult commit; /* what the backend said of it */

    /* reply */
    bool has_reply;
    unsigned n_options;
    BerthDatagram out; /* data set when packed */
    bool packed;

    /* the loop's: core/packet/run.c */
    const BerthPath *path;
    unsigned row, lease_at,
        callout_at; /* the cursor; leases[lease_at] is what a LEASE point is about */
    unsigned stage; /* of the row: BerthStage */
    unsigned gotos;
    bool entered; /* a step has sent the cursor elsewhere */
    BerthDropReason drop;

    /* parking: core/packet/park.c */
    bool running; /* within the loop */
    bool counted; /* against parked-packet-limit */
    bool resumed;
    BerthVerdict resumed_as;
    BerthTicket ticket; /* non-zero: parked */
    BerthTimer *deadline;

    /* one packet of a client at a time: core/packet/claim.c */
    BerthBytes claim; /* empty: none claimed */
    unsigned claim_hash;
    struct BerthPacket *waiting; /* the next packet of the same client */

    unsigned slot; /* in the runner's table */
    struct BerthSlot *slots;
    struct BerthPacket *next; /* in a queue or the pool */

    /* What is large stands last and is not cleared as a whole when a packet is used again: of these
     * only so many are valid as the counts above say, of a message only what berth_msg4_clear
     * clears. */
    BerthMsg4 query;
    BerthMsg4 reply;  /* header fields and type */
    BerthIface iface; /* as it was when the packet came */
    const char *classes[BERTH_CLASSES_MAX];
    BerthPacketLease leases[BERTH_PACKET_LEASES_MAX];
    BerthOption4 options[BERTH_REPLY_OPTIONS_MAX];
};

/* ---- for steps ---- */

/* `return berth_packet_drop(pkt, BERTH_DROP_NO_SUBNET);` */
BerthVerdict berth_packet_drop(BerthPacket *pkt, BerthDropReason reason);
/* Adds a lease that the packet is about; NULL beyond BERTH_PACKET_LEASES_MAX. */
BerthPacketLease *berth_packet_add_lease(BerthPacket *pkt, BerthLeaseAct act);
/* An option of the reply; replaces one of the same code. The bytes are copied into the arena unless
 * `borrow`. -ENOSPC. */
int berth_packet_set_option(BerthPacket *pkt, uint8_t code, BerthBytes value, bool borrow);
void berth_packet_remove_option(BerthPacket *pkt, uint8_t code);

/* ---- reasons ---- */

typedef struct BerthDropInfo {
    const char *name;      /* "NO_SUBNET" */
    const char *statistic; /* "pkt4-admin-filtered" */
    const char *id;
    const char *text;
} BerthDropInfo;
const BerthDropInfo *berth_drop_info(BerthDropReason reason); /* NULL for NONE */

/* Logs "label: text" under the packet's identifier when wanted; for per-packet messages. */
#define berth_packet_log(pkt, level, logger, id, format, ...)                              \
    berth_log_to((pkt)->env->log, level, logger, id, "%s" format, berth_packet_label(pkt), \
                 ##__VA_ARGS__)
