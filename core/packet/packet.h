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
#include "core/wire/msg6.h"

typedef enum BerthDropReason {
    BERTH_DROP_NONE,
#define BERTH_DROP_REASON(NAME, statistic, id4, id6, text) BERTH_DROP_##NAME,
#include "core/packet/drops.def"
#undef BERTH_DROP_REASON
    BERTH_DROP_COUNT,
} BerthDropReason;

#define BERTH_PACKET_ARENA (256u << 10) /* most that one packet may use */
#define BERTH_PACKETS_MAX 8192          /* in work at one time, parked ones included */
#define BERTH_REPLY_OPTIONS_MAX 256
#define BERTH_PACKET_LEASES_MAX 32
#define BERTH_PACKET_IAS_MAX 16
#define BERTH_GOTO_MAX 8 /* how often steps may send the cursor elsewhere */

/* One of those that the packet is about; a LEASE point is about one kind of BerthLeaseAct. */
typedef struct BerthPacketLease {
    BerthLeaseAct act;
    bool has_before;
    /* DHCPv6: the client is told of it, with its lifetimes, in the IA of that index. */
    bool told;
    uint8_t ia;
    /* DHCPv6: where it was looked for first on the link; NULL: it is reserved. */
    const BerthSubnet *first;
    BerthLease before; /* as it was; bytes in the packet's arena */
    BerthLease lease;  /* as it shall be; what callouts see */
} BerthPacketLease;

/* Who is told when the packet ends. */
typedef struct BerthAtEnd {
    struct BerthAtEnd *next;
    void (*call)(void *data);
    void *data;
} BerthAtEnd;

typedef struct BerthPath BerthPath;

/* What steps may reach beyond their packet. One for each family that the server serves; the runner
 * and the arena are the same in all. */
typedef struct BerthEnv {
    int family; /* 4 or 6 */
    BerthWorld *world;
    BerthLog *log;
    BerthStats *stats;
    BerthLeases *leases;
    BerthHosts *hosts; /* those of plugins; the configuration has its own */
    struct BerthRunner *runner;
    BerthNet *net;
    BerthArena *out;         /* bytes of replies until the links are flushed */
    BerthCounter **counters; /* core/v4/counters4.def, core/v6/counters6.def */
    struct BerthDropCounters *drops;
    BerthBytes duid;                   /* DHCPv6: the server identifier */
    struct V6Reconfigure *reconfigure; /* DHCPv6 */
    BerthServer *server;               /* opaque here, for plugins */
} BerthEnv;

/* What a packet of DHCPv4 has for itself. When it is used again berth_packet4_clear empties it: of
 * the lists their counts, and of the messages nothing, for nobody looks at them before the query is
 * parsed and the reply begun, which clears them. */
typedef struct BerthPacket4 {
    bool asked_directly;     /* it came to an address of ours */
    bool in_use;             /* what is offered, by somebody else */
    bool relay_info_stashed; /* option 82 is from the lease: the query had none */
    uint32_t offered_sec;    /* what the client is told, however long the offer is a lease */
    size_t limit;            /* of the reply as a callout wants it, bytes; 0: as the client says */
    BerthMsg4 query;
    BerthMsg4 reply; /* header fields and type */
    unsigned n_options;
    BerthOption4 options[BERTH_REPLY_OPTIONS_MAX];
} BerthPacket4;

/* One IA_NA or IA_PD of the query, and what is said of it as a whole. Its leases are those of the
 * packet that name its index. */
typedef struct BerthPacketIa {
    BerthLeaseType type;
    uint32_t iaid;
    bool told;            /* it stands in the reply */
    BerthOptions6 inside; /* what the client wrote into it */
    BerthStatus6 status;  /* the reply has none when it is Success, unless text says so */
    const char *text;
} BerthPacketIa;

/* What a packet of DHCPv6 has for itself; see BerthPacket4. */
typedef struct BerthPacket6 {
    unsigned n_ias;
    unsigned n_options;
    uint8_t hwaddr_source; /* how client.hwaddr was found: 1 << BerthMacSource, 0 without */
    BerthStatus6 status;   /* of the message as a whole; `status_text` NULL: the reply has none */
    const char *status_text;
    const struct V6Reach *reach; /* for RECONFIGURE; NULL: the client gets none */
    BerthMsg6 query;
    BerthMsg6 reply; /* type and transaction id */
    BerthPacketIa ias[BERTH_PACKET_IAS_MAX];
    BerthOption6 options[BERTH_REPLY_OPTIONS_MAX]; /* of the reply, each whole */
} BerthPacket6;

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
    BerthClassSet class_set; /* the same by their numbers */

    /* what was found */
    const BerthSubnet *subnet;
    BerthBytes flex_id;   /* of the plugin flex_id; empty: none */
    BerthHostList *hosts; /* that the client is: core/packet/hosts.c */
    unsigned n_leases;
    BerthUnit *unit;          /* proposed, not yet submitted */
    BerthCommitResult commit; /* what the backend said of it */

    /* reply */
    bool has_reply;
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
    bool drop_said; /* whoever dropped it has logged why */

    /* parking: core/packet/park.c */
    bool running; /* within the loop */
    bool counted; /* against parked-packet-limit */
    bool resumed;
    BerthVerdict resumed_as;
    BerthTicket ticket; /* non-zero: parked */
    BerthTimer *deadline;

    /* one packet of a client at a time: core/packet/claim.c */
    BerthBytes claim; /* empty: none claimed */
    uint64_t claim_hash;
    struct BerthPacket *next_claim; /* in its bucket */
    struct BerthPacket *waiting;    /* the next packet of the same client */

    unsigned slot; /* in the runner's table */
    struct BerthSlot *slots;
    BerthAtEnd *at_end;
    struct BerthPacket *next; /* in a queue or the pool */

    /* What is large stands last and is not cleared as a whole when a packet is used again: of these
     * only so many are valid as the counts above say. */
    BerthIface iface; /* as it was when the packet came */
    const char *classes[BERTH_CLASSES_MAX];
    uint16_t class_numbers[BERTH_CLASSES_MAX];
    BerthLinkMemo link; /* of class_set */
    BerthPacketLease leases[BERTH_PACKET_LEASES_MAX];
    union { /* by env->family, for the whole life of a packet in the pool */
        BerthPacket4 v4;
        BerthPacket6 v6;
    };
};

/* ---- for steps ---- */

/* `return berth_packet_drop(pkt, BERTH_DROP_NO_SUBNET);` */
BerthVerdict berth_packet_drop(BerthPacket *pkt, BerthDropReason reason);
/* The same where the caller has logged what it is dropped for. */
BerthVerdict berth_packet_drop_said(BerthPacket *pkt, BerthDropReason reason);
/* Adds a lease that the packet is about, to be filled by the caller: `lease`, and `before` where
 * has_before. NULL beyond BERTH_PACKET_LEASES_MAX. */
BerthPacketLease *berth_packet_add_lease(BerthPacket *pkt, BerthLeaseAct act);
/* The configuration of the packet's family. */
const BerthFamilyConf *berth_packet_conf(const BerthPacket *pkt);

/* ---- for steps of DHCPv4 ---- */

/* An option of the reply, NULL: it has none of the code. */
BerthOption4 *berth_packet4_option(BerthPacket *pkt, uint8_t code);
/* One more, of a code that it has not. The bytes live as long as the packet. -ENOSPC. */
int berth_packet4_add_option(BerthPacket *pkt, uint8_t code, BerthBytes value);
void berth_packet4_remove_option(BerthPacket *pkt, uint8_t code);
void berth_packet4_clear(BerthPacket *pkt);

/* ---- for steps of DHCPv6 ---- */

/* An option of the reply, behind those that are there: IAs and vendor options stand there several
 * times. The bytes are copied into the arena unless `borrow`. -ENOSPC. */
int berth_packet6_add_option(BerthPacket *pkt, uint16_t code, BerthBytes value, bool borrow);
void berth_packet6_remove_options(BerthPacket *pkt, uint16_t code); /* all of the code */
void berth_packet6_clear(BerthPacket *pkt);

/* ---- reasons ---- */

typedef struct BerthDropInfo {
    const char *name;      /* "NO_SUBNET" */
    const char *statistic; /* "admin-filtered", after pkt4- or pkt6- */
    const char *id4, *id6;
    const char *text;
} BerthDropInfo;
const BerthDropInfo *berth_drop_info(BerthDropReason reason); /* NULL for NONE */

/* The counters of `env->drops`, found once; free after the last packet. */
typedef struct BerthDropCounters BerthDropCounters;
BerthDropCounters *berth_drops_new(const BerthEnv *env);
void berth_drops_free(BerthDropCounters *counters);

/* Logs "label: text" under the packet's identifier when wanted; for per-packet messages. */
#define berth_packet_log(pkt, level, logger, id, format, ...)                              \
    berth_log_to((pkt)->env->log, level, logger, id, "%s" format, berth_packet_label(pkt), \
                 ##__VA_ARGS__)
