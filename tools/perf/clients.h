/* clients - what is kept of each simulated client, in 32 bytes, and who a transaction id belongs
 * to.
 *
 * A client is always in exactly one list: idle with an address, idle without, or in a slot of the
 * ring of timeouts. The lists are threaded through the clients themselves, so that nothing is
 * allocated while the load runs. A transaction id holds the client's number and the number of its
 * exchange; so a reply finds its client without a search, and a late one is told from one whose id
 * was never sent. */
#pragma once

#include "tools/perf/conf.h"

#define PERF_NOBODY UINT32_MAX

typedef enum PerfState { PERF_IDLE, PERF_WAIT_OFFER, PERF_WAIT_ACK, PERF_WAIT_RENEWED } PerfState;

typedef struct PerfClient {
    uint32_t xid;     /* of the running exchange, or of the last one */
    uint32_t address; /* offered or held, host order */
    uint32_t server;  /* who offered it (option 54) */
    uint32_t sent_us; /* when the message that now waits for its answer left for the first time */
    uint32_t due_ms;  /* when to give it up */
    uint32_t next, prev;
    uint8_t state; /* PerfState */
    uint8_t kind;  /* PerfKind of the running exchange */
    uint8_t tries; /* avalanche: how often this message was sent again */
    bool is_bound; /* holds `address` */
} PerfClient;
_Static_assert(sizeof(PerfClient) == 32, "two to a cache line");

/* A list of clients by their numbers. */
typedef struct PerfList {
    uint32_t first, last;
} PerfList;
#define PERF_EMPTY_LIST ((PerfList){PERF_NOBODY, PERF_NOBODY})

typedef struct PerfClients {
    const PerfConf *conf;
    PerfClient *all;
    uint32_t n, n_bound;
    PerfList idle[2]; /* [1]: those that hold an address */
    unsigned number_bits;
    uint32_t xid_mask;
    GHashTable *by_mac; /* of a list of MAC addresses */
} PerfClients;

void perf_clients_init(PerfClients *clients, const PerfConf *conf, uint32_t xid_mask);
void perf_clients_clear(PerfClients *clients);

static inline uint32_t perf_client_number(const PerfClients *clients, const PerfClient *client)
{
    return (uint32_t)(client - clients->all);
}

void perf_client_mac(const PerfClients *clients, uint32_t number, uint8_t ret[6]);
/* giaddr of this client's relay, 0 when there is none. */
uint32_t perf_client_relay(const PerfClients *clients, uint32_t number);
/* PERF_NOBODY when none of ours has this address. */
uint32_t perf_clients_find_mac(const PerfClients *clients, const uint8_t mac[6]);

/* The client that has waited longest, taken out of its list; NULL when all of that sort are busy.
 */
PerfClient *perf_clients_take(PerfClients *clients, bool is_bound);
/* Back into the list of the idle; it must be in no list. */
void perf_clients_put(PerfClients *clients, PerfClient *client);
/* Gives the client a transaction id that it did not use lately. */
void perf_client_next_xid(const PerfClients *clients, PerfClient *client);

typedef enum PerfXid {
    PERF_XID_CURRENT,
    PERF_XID_OLD,     /* of an exchange that is over */
    PERF_XID_UNKNOWN, /* never sent */
} PerfXid;
/* Whose it is; *ret is set unless it is unknown. */
PerfXid perf_clients_find_xid(const PerfClients *clients, uint32_t xid, PerfClient **ret);

void perf_list_append(PerfClient *all, PerfList *list, uint32_t number);
void perf_list_remove(PerfClient *all, PerfList *list, uint32_t number);
