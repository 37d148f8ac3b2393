/* clients - what is kept of each simulated client, in 32 bytes (33 more in DHCPv6), and who a
 * transaction id belongs to.
 *
 * A client is always in exactly one list: idle with an address, idle without, or in a slot of the
 * ring of timeouts. The lists are threaded through the clients themselves, so that nothing is
 * allocated while the load runs. A transaction id holds the client's number and the number of its
 * exchange; so a reply finds its client without a search, and a late one is told from one whose id
 * was never sent. One of DHCPv6 is 24 bits short: with many clients it holds a part of the number,
 * and the rest is found by the client's identity. */
#pragma once

#include "core/base/addr.h"
#include "tools/perf/conf.h"

#define PERF_NOBODY UINT32_MAX

typedef enum PerfState {
    PERF_IDLE,
    PERF_WAIT_OFFER,
    PERF_WAIT_ACK,
    PERF_WAIT_RENEWED,
    PERF_WAIT_REBOUND,
    PERF_WAIT_RELEASED, /* only in DHCPv6 */
} PerfState;

/* An address or a prefix; none: :: */
typedef struct PerfLease {
    BerthAddr addr;
    uint8_t len; /* of a prefix; 128 of an address, of IPv4, too */
} PerfLease;

static inline bool perf_lease_is_none(const PerfLease *lease)
{
    return berth_addr_is_any(lease->addr);
}

static inline bool perf_lease_equal(const PerfLease *a, const PerfLease *b)
{
    return memcmp(a, b, sizeof(*a)) == 0;
}

/* "192.0.2.1", "2001:db8::1", "2001:db8::/56". */
const char *perf_lease_text(const PerfLease *lease, char ret[BERTH_PREFIX_TEXT]);

typedef struct PerfClient {
    uint32_t xid;     /* of the running exchange, or of the last one */
    uint32_t address; /* DHCPv4: offered or held, host order */
    uint32_t server;  /* who offered it: its address, or its number in v6/servers */
    uint32_t sent_us; /* when the message that now waits for its answer left for the first time */
    uint32_t due_ms;  /* when to give it up */
    uint32_t next, prev;
    uint8_t state; /* PerfState */
    uint8_t kind;  /* PerfKind of the running exchange */
    uint8_t tries; /* avalanche: how often this message was sent again */
    bool is_bound; /* holds what it was given */
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
    unsigned xid_bits, number_bits;
    uint32_t xid_mask;
    PerfLease (*leases)[PERF_PARTS]; /* DHCPv6: offered or held; NULL: `address` is it */
    BerthBytes *ids;                 /* of a list */
    GHashTable *by_id;
} PerfClients;

void perf_clients_init(PerfClients *clients, const PerfConf *conf, uint32_t xid_mask);
void perf_clients_clear(PerfClients *clients);

static inline uint32_t perf_client_number(const PerfClients *clients, const PerfClient *client)
{
    return (uint32_t)(client - clients->all);
}

/* Its hardware address, or its DUID; in `buffer` where it is not from a list. */
BerthBytes perf_client_id(const PerfClients *clients, uint32_t number, uint8_t buffer[PERF_ID_MAX]);
/* The address of this client's relay, 0.0.0.0 or :: when there is none. */
BerthAddr perf_client_relay(const PerfClients *clients, uint32_t number);
/* PERF_NOBODY when it is none of ours. */
uint32_t perf_clients_find_id(const PerfClients *clients, BerthBytes id);

PerfLease perf_client_lease(const PerfClients *clients, const PerfClient *client, PerfPart part);
void perf_client_set_lease(PerfClients *clients, PerfClient *client, PerfPart part,
                           PerfLease lease);

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
/* Whose it is, of a client with this identity where the number is not all in it; *ret is set unless
 * it is unknown. */
PerfXid perf_clients_find_xid(const PerfClients *clients, uint32_t xid, BerthBytes id,
                              PerfClient **ret);

void perf_list_append(PerfClient *all, PerfList *list, uint32_t number);
void perf_list_remove(PerfClient *all, PerfList *list, uint32_t number);
