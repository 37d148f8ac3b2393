/* conf - what berthperf was asked to do. Filled by options.c, read by every other room. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#define PERF_PORT_SERVER 67
#define PERF_PORT_CLIENT 68
#define PERF_CLIENTS_MAX (1u << 24)
#define PERF_RELAYS_MAX 65536u
#define PERF_WINDOW 64 /* in a closed loop, when nothing else is said */

/* What a client is sent out to do. */
typedef enum PerfKind {
    PERF_DORA,   /* DISCOVER, OFFER, REQUEST, ACK */
    PERF_DO,     /* DISCOVER, OFFER */
    PERF_RENEW,  /* REQUEST, ACK of an address that it holds */
    PERF_RELEASE /* RELEASE of an address that it holds; nothing comes back */
} PerfKind;
#define PERF_KINDS 4

/* A message that is sent; DHCPv6 has the same four under other names. */
typedef enum PerfStep { PERF_DISCOVER, PERF_REQUEST, PERF_RENEWAL, PERF_GIVE_BACK } PerfStep;
#define PERF_STEPS 4

typedef struct PerfOption {
    uint8_t code;
    GBytes *value;
} PerfOption;

typedef struct PerfConf {
    /* where */
    uint32_t server; /* IPv4 in host order; 0 when direct */
    uint32_t local;  /* the address to be bound to, 0: all */
    uint16_t server_port, local_port;
    bool merges;     /* leave by UDP_SEGMENT */
    char *interface; /* frames on this interface instead of UDP */
    GArray *relays;  /* uint32_t: giaddr of client i is relays[i % n]; empty: none */

    /* who */
    uint32_t n_clients;
    uint8_t mac[6]; /* of client 0; the next ones count up */
    GArray *macs;   /* 6 bytes each, from a file; NULL: counted from `mac` */
    bool client_id, broadcast, rapid_commit;
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
    char *record; /* file for a line an ACK */
} PerfConf;

void perf_conf_init(PerfConf *conf);
void perf_conf_clear(PerfConf *conf);
