/* clients - see clients.h. */
#include "tools/perf/clients.h"

#include <string.h>

#define NUMBER_BITS_MIN 4

static guint mac_hash(gconstpointer key)
{
    const uint8_t *mac = key;

    return (guint)mac[5] | (guint)mac[4] << 8 | (guint)mac[3] << 16 |
           (guint)(mac[2] ^ mac[1]) << 24;
}

static gboolean mac_equal(gconstpointer a, gconstpointer b)
{
    return memcmp(a, b, 6) == 0;
}

static void index_macs(PerfClients *clients)
{
    const GArray *macs = clients->conf->macs;

    clients->by_mac = g_hash_table_new(mac_hash, mac_equal);
    for (uint32_t i = 0; i < clients->n; i++)
        g_hash_table_insert(clients->by_mac, macs->data + (size_t)i * 6, GUINT_TO_POINTER(i + 1));
}

void perf_clients_init(PerfClients *clients, const PerfConf *conf, uint32_t xid_mask)
{
    *clients = (PerfClients){.conf = conf,
                             .all = g_new0(PerfClient, conf->n_clients),
                             .n = conf->n_clients,
                             .idle = {PERF_EMPTY_LIST, PERF_EMPTY_LIST},
                             .number_bits = NUMBER_BITS_MIN,
                             .xid_mask = xid_mask};
    while (clients->n > 1u << clients->number_bits)
        clients->number_bits++;
    for (uint32_t i = 0; i < clients->n; i++) {
        clients->all[i].xid = i ^ xid_mask;
        perf_list_append(clients->all, &clients->idle[0], i);
    }
    if (conf->macs)
        index_macs(clients);
}

void perf_clients_clear(PerfClients *clients)
{
    g_free(clients->all);
    g_clear_pointer(&clients->by_mac, g_hash_table_unref);
}

/* ---- who ---- */

static uint64_t mac_number(const uint8_t mac[6])
{
    uint64_t number = 0;

    for (int i = 0; i < 6; i++)
        number = number << 8 | mac[i];
    return number;
}

void perf_client_mac(const PerfClients *clients, uint32_t number, uint8_t ret[6])
{
    uint64_t mac;

    if (clients->conf->macs) {
        memcpy(ret, clients->conf->macs->data + (size_t)number * 6, 6);
        return;
    }
    mac = mac_number(clients->conf->mac) + number;
    for (int i = 5; i >= 0; i--, mac >>= 8)
        ret[i] = (uint8_t)mac;
}

uint32_t perf_clients_find_mac(const PerfClients *clients, const uint8_t mac[6])
{
    uint64_t number;

    if (clients->by_mac)
        return GPOINTER_TO_UINT(g_hash_table_lookup(clients->by_mac, mac)) - 1u;
    number = (mac_number(mac) - mac_number(clients->conf->mac)) & 0xffffffffffff;
    return number < clients->n ? (uint32_t)number : PERF_NOBODY;
}

uint32_t perf_client_relay(const PerfClients *clients, uint32_t number)
{
    const GArray *relays = clients->conf->relays;

    return relays->len ? g_array_index(relays, uint32_t, number % relays->len) : 0;
}

/* ---- idle ones ---- */

void perf_list_append(PerfClient *all, PerfList *list, uint32_t number)
{
    all[number].next = PERF_NOBODY;
    all[number].prev = list->last;
    if (list->last == PERF_NOBODY)
        list->first = number;
    else
        all[list->last].next = number;
    list->last = number;
}

void perf_list_remove(PerfClient *all, PerfList *list, uint32_t number)
{
    const PerfClient *client = &all[number];

    if (client->prev == PERF_NOBODY)
        list->first = client->next;
    else
        all[client->prev].next = client->next;
    if (client->next == PERF_NOBODY)
        list->last = client->prev;
    else
        all[client->next].prev = client->prev;
}

PerfClient *perf_clients_take(PerfClients *clients, bool is_bound)
{
    uint32_t number = clients->idle[is_bound].first;

    if (number == PERF_NOBODY)
        return NULL;
    perf_list_remove(clients->all, &clients->idle[is_bound], number);
    return &clients->all[number];
}

void perf_clients_put(PerfClients *clients, PerfClient *client)
{
    client->state = PERF_IDLE;
    perf_list_append(clients->all, &clients->idle[client->is_bound],
                     perf_client_number(clients, client));
}

/* ---- transaction ids: the exchange's number above the client's ---- */

void perf_client_next_xid(const PerfClients *clients, PerfClient *client)
{
    client->xid =
        ((client->xid ^ clients->xid_mask) + (1u << clients->number_bits)) ^ clients->xid_mask;
}

/* Numbers of exchanges wrap, so the half of them before the current one counts as past. */
PerfXid perf_clients_find_xid(const PerfClients *clients, uint32_t xid, PerfClient **ret)
{
    uint32_t plain = xid ^ clients->xid_mask;
    uint32_t number = plain & ((1u << clients->number_bits) - 1), age;

    if (number >= clients->n)
        return PERF_XID_UNKNOWN;
    age = ((clients->all[number].xid ^ clients->xid_mask) - plain) >> clients->number_bits;
    if (age >= 1u << (31 - clients->number_bits))
        return PERF_XID_UNKNOWN;
    *ret = &clients->all[number];
    return age == 0 ? PERF_XID_CURRENT : PERF_XID_OLD;
}
