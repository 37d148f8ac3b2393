/* conf - what berthperf was asked to do. Filled by options.c, read by every other room. */
#pragma once

#include <berth/types.h>
#include <glib.h>

#define PERF_CLIENTS_MAX (1u << 24)
#define PERF_RELAYS_MAX 65536u
#define PERF_LEVELS_MAX 32
#define PERF_LEVELS_UNSAID UINT32_MAX
#define PERF_WINDOW 64       /* in a closed loop, when nothing else is said */
#define PERF_ID_MAX 130      /* a DUID: RFC 9915 section 11.1 */
#define PERF_PACKET_MAX 1472 /* of DHCPv4; what Ethernet carries in one frame */

/* What a client is sent out to do; the names are DHCPv4's. */
typedef enum PerfKind {
    PERF_DORA,   /* DISCOVER, OFFER, REQUEST, ACK; or SOLICIT, ADVERTISE, REQUEST, REPLY */
    PERF_DO,     /* DISCOVER, OFFER; or SOLICIT, ADVERTISE */
    PERF_RENEW,  /* REQUEST, ACK of an address that it holds; or RENEW, REPLY */
    PERF_REBIND, /* the same, asked of any server */
    PERF_RELEASE /* of what it holds; nothing comes back in DHCPv4, a REPLY in DHCPv6 */
} PerfKind;
#define PERF_KINDS 5

/* A message that is sent; DHCPv6 has the same ones under other names. */
typedef enum PerfStep {
    PERF_DISCOVER,
    PERF_REQUEST,
    PERF_RENEWAL,
    PERF_GIVE_BACK,
    PERF_REBINDING
} PerfStep;
#define PERF_STEPS 5

/* What a client may be given. DHCPv4 has addresses only. */
typedef enum PerfPart { PERF_ADDRESS, PERF_PREFIX } PerfPart;
#define PERF_PARTS 2

typedef struct PerfOption {
    uint16_t code;
    GBytes *value;
} PerfOption;

/* Identities of clients, one behind the other: hardware addresses, or DUIDs. */
typedef struct PerfIds {
    GByteArray *bytes;
    GArray *ends; /* uint32_t: where in `bytes` each is over */
} PerfIds;

static inline BerthBytes perf_ids_get(const PerfIds *ids, uint32_t i)
{
    uint32_t begin = i ? g_array_index(ids->ends, uint32_t, i - 1) : 0;

    return (BerthBytes){ids->bytes->data + begin, g_array_index(ids->ends, uint32_t, i) - begin};
}

typedef struct PerfConf {
    bool is_v6;

    /* where; an address that was not given is :: */
    BerthAddr server;
    BerthAddr local; /* to be bound to */
    uint16_t server_port, local_port;
    bool merges;     /* leave by UDP_SEGMENT */
    char *interface; /* be clients there: DHCPv4 by frames, DHCPv6 by UDP */
    GArray *relays;  /* BerthAddr: giaddr or link-address of client i is relays[i % n] */
    uint32_t levels; /* DHCPv6: how many relays a message passes; 0: none */

    /* who */
    uint32_t n_clients;
    uint8_t base[PERF_ID_MAX]; /* identity of client 0; the next ones count up at its end */
    uint8_t base_len;
    PerfIds ids; /* from a file; `ends` is empty: counted from `base` */
    bool client_id, broadcast, rapid_commit;
    bool wants[PERF_PARTS];
    bool one_server;             /* the first that answers; others are not listened to */
    GArray *options;             /* PerfOption, beside berthperf's own */
    char *templates[PERF_STEPS]; /* "FILE[:xid=4,mac=28,…]" or NULL */

    /* what and how fast */
    double weights[PERF_KINDS];
    double renew_rate, release_rate; /* parts of `rate`; in the weights already */
    double rate;                     /* exchanges begun a second; 0: a closed loop */
    uint32_t window;                 /* of the closed loop */
    uint32_t preload;
    bool is_avalanche;

    /* how long */
    uint64_t n_exchanges; /* 0: no limit */
    double period_sec, warm_up_sec, drop_sec, report_sec, linger_sec;
    uint64_t max_drops;
    double max_drop_percent; /* 0: no limit */
    uint64_t seed;

    /* what comes out */
    bool is_json, is_quiet, is_null, wants_help, wants_version;
    char *record; /* file for a line a lease */
} PerfConf;

void perf_conf_init(PerfConf *conf);
void perf_conf_clear(PerfConf *conf);
/* The first client's identity, made of its hardware address. */
void perf_conf_set_mac(PerfConf *conf, const uint8_t mac[6]);
/* A DUID-LL (RFC 9915 section 11.4) of Ethernet. */
#define PERF_DUID_LL_LEN 10
void perf_duid_ll(const uint8_t mac[6], uint8_t ret[PERF_DUID_LL_LEN]);

/* The ports that everybody knows, of servers and relays, and of clients. */
uint16_t perf_conf_server_port(const PerfConf *conf);
uint16_t perf_conf_client_port(const PerfConf *conf);
/* Whether each client has frames of its own; only DHCPv4 needs that. */
bool perf_conf_uses_frames(const PerfConf *conf);
bool perf_conf_has_option(const PerfConf *conf, uint16_t code);
