/* family - what DHCPv4 and DHCPv6 do each in its own way: how a message is made, and how a reply is
 * read and judged. All the rest of berthperf knows neither. */
#pragma once

#include "tools/perf/clients.h"
#include "tools/perf/wrong.h"

/* What differs from message to message. */
typedef struct PerfPatch {
    uint32_t xid;
    uint32_t waited_ms; /* since this message was sent first */
    BerthBytes id;      /* of the client */
    BerthAddr relay;
    uint32_t server; /* as in PerfClient */
    PerfLease leases[PERF_PARTS];
} PerfPatch;

/* A question with its answer, whose time is measured; all but the last in the order of PerfState.
 */
typedef enum PerfPair {
    PERF_PAIR_OFFER, /* DISCOVER, OFFER; SOLICIT, ADVERTISE */
    PERF_PAIR_ACK,   /* REQUEST, ACK; REQUEST, REPLY */
    PERF_PAIR_RENEW, /* and what the answer to it is, here and below */
    PERF_PAIR_REBIND,
    PERF_PAIR_RELEASE, /* only in DHCPv6 */
    PERF_PAIR_RAPID,   /* DISCOVER, ACK; SOLICIT, REPLY */
} PerfPair;
#define PERF_PAIRS 6

typedef enum PerfAnswer {
    PERF_NO_ANSWER, /* a type of message that is none */
    PERF_OFFERED,
    PERF_ACKED,
    PERF_REFUSED,
} PerfAnswer;

#define PERF_STATUS_MAX 24 /* above the codes of DHCPv6 that there are */

/* A reply; its bytes belong to the message. From `relays` on it is not cleared. */
typedef struct PerfReply {
    uint32_t xid;
    uint8_t type; /* as in the message */
    uint8_t answer;
    BerthBytes id; /* whom it is for: hardware address, or DUID; data is NULL before it is read */
    bool has_server;
    uint32_t server; /* as in PerfClient */
    PerfLease leases[PERF_PARTS];
    uint32_t lifetimes_sec[PERF_PARTS];

    /* DHCPv4 */
    BerthAddr giaddr;
    bool has_lifetime;

    /* DHCPv6 */
    uint16_t status;   /* why it is refused; 0: nothing was said */
    bool is_withdrawn; /* something has a lifetime of 0 */
    bool has_rapid_commit;
    unsigned levels;
    const uint8_t *relays[PERF_LEVELS_MAX]; /* RELAY-REPLs, the outermost first */
} PerfReply;

static inline void perf_reply_clear(PerfReply *reply)
{
    memset(reply, 0, offsetof(PerfReply, relays));
}

/* What the client of this transaction id waits for. */
typedef struct PerfExpected {
    PerfState state;
    BerthBytes id;
    BerthAddr relay;
    uint32_t server;
    PerfLease leases[PERF_PARTS];
} PerfExpected;

typedef struct PerfFamily {
    const char *name;
    const char *steps[PERF_STEPS]; /* "DISCOVER" */
    const char *kinds[PERF_KINDS]; /* "dora", as in --mix */
    const char *pairs[PERF_PAIRS]; /* "DISCOVER-OFFER" */
    const char *refused;           /* "NAKs" */
    const char *id;                /* "mac": a client's identity in --record */
    bool release_is_answered;
    bool has_new_xid; /* each message; else the REQUEST has that of its DISCOVER */

    /* `own` is what it keeps, own_size bytes that are zero at first: templates, … */
    size_t own_size;
    /* Makes the template of a step; false with an error. */
    bool (*make)(void *own, PerfStep step, const PerfConf *conf, GError **error);
    /* The message; its length, at most what perf_wire_room() has. */
    size_t (*write)(const void *own, PerfStep step, const PerfPatch *patch, uint8_t *room);
    /* PERF_RIGHT, or why it is no reply; then as much is filled in as could be read. */
    PerfWrong (*read)(void *own, const PerfConf *conf, BerthBytes message, PerfReply *ret);
    /* Whether it answers what the client asked. An answer to what it asked before (a second OFFER)
     * is PERF_RIGHT with *ret_is_late set. */
    PerfWrong (*check)(const PerfConf *conf, const PerfReply *reply, const PerfExpected *expected,
                       bool *ret_is_late);
    const char *(*type_name)(uint8_t type);
    const char *(*status_name)(uint16_t status);
} PerfFamily;

extern const PerfFamily perf_family4, perf_family6;

static inline const PerfFamily *perf_family(const PerfConf *conf)
{
    return conf->is_v6 ? &perf_family6 : &perf_family4;
}

/* The family's own, to be freed; NULL with an error. */
void *perf_family_open(const PerfConf *conf, GError **error);
