/* clients - see clients.h. */
#include "tools/perf/clients.h"

#define NUMBER_BITS_MIN 4
#define EXCHANGE_BITS_MIN 8 /* of a transaction id: less, and late answers look like wrong ones */
#define COUNTED 6           /* bytes of an identity that are counted up */

static guint id_hash(gconstpointer key)
{
    const BerthBytes *id = key;
    guint hash = 5381;

    for (size_t i = 0; i < id->len; i++)
        hash = hash * 33 ^ id->data[i];
    return hash;
}

static gboolean id_equal(gconstpointer a, gconstpointer b)
{
    return berth_bytes_equal(*(const BerthBytes *)a, *(const BerthBytes *)b);
}

static void index_ids(PerfClients *clients)
{
    clients->ids = g_new(BerthBytes, clients->n);
    clients->by_id = g_hash_table_new(id_hash, id_equal);
    for (uint32_t i = 0; i < clients->n; i++) {
        clients->ids[i] = perf_ids_get(&clients->conf->ids, i);
        g_hash_table_add(clients->by_id, &clients->ids[i]);
    }
}

void perf_clients_init(PerfClients *clients, const PerfConf *conf, uint32_t xid_mask)
{
    *clients = (PerfClients){.conf = conf,
                             .all = g_new0(PerfClient, conf->n_clients),
                             .n = conf->n_clients,
                             .idle = {PERF_EMPTY_LIST, PERF_EMPTY_LIST},
                             .number_bits = NUMBER_BITS_MIN,
                             .xid_bits = conf->is_v6 ? 24 : 32,
                             .xid_mask = conf->is_v6 ? xid_mask >> 8 : xid_mask};
    while (clients->n > 1u << clients->number_bits &&
           clients->number_bits < clients->xid_bits - EXCHANGE_BITS_MIN)
        clients->number_bits++;
    for (uint32_t i = 0; i < clients->n; i++) {
        clients->all[i].xid = (i & ((1u << clients->number_bits) - 1)) ^ clients->xid_mask;
        perf_list_append(clients->all, &clients->idle[0], i);
    }
    if (conf->is_v6)
        clients->leases = g_malloc0_n(conf->n_clients, sizeof(*clients->leases));
    if (conf->ids.ends->len)
        index_ids(clients);
}

void perf_clients_clear(PerfClients *clients)
{
    g_free(clients->all);
    g_free(clients->leases);
    g_clear_pointer(&clients->by_id, g_hash_table_unref);
    g_free(clients->ids);
}

/* ---- who ---- */

static uint64_t end_number(BerthBytes id)
{
    uint64_t number = 0;

    for (size_t i = id.len - COUNTED; i < id.len; i++)
        number = number << 8 | id.data[i];
    return number;
}

BerthBytes perf_client_id(const PerfClients *clients, uint32_t number, uint8_t buffer[PERF_ID_MAX])
{
    const PerfConf *conf = clients->conf;
    size_t len = conf->base_len;
    uint64_t end;

    if (clients->ids)
        return clients->ids[number];
    memcpy(buffer, conf->base, len);
    end = end_number((BerthBytes){buffer, len}) + number;
    for (size_t i = 1; i <= COUNTED; i++, end >>= 8)
        buffer[len - i] = (uint8_t)end;
    return (BerthBytes){buffer, len};
}

uint32_t perf_clients_find_id(const PerfClients *clients, BerthBytes id)
{
    const PerfConf *conf = clients->conf;
    BerthBytes base = {conf->base, conf->base_len};
    uint64_t number;

    if (clients->by_id) {
        const BerthBytes *found = g_hash_table_lookup(clients->by_id, &id);

        return found ? (uint32_t)(found - clients->ids) : PERF_NOBODY;
    }
    if (id.len != base.len || memcmp(id.data, base.data, base.len - COUNTED) != 0)
        return PERF_NOBODY;
    number = (end_number(id) - end_number(base)) & 0xffffffffffff;
    return number < clients->n ? (uint32_t)number : PERF_NOBODY;
}

BerthAddr perf_client_relay(const PerfClients *clients, uint32_t number)
{
    const GArray *relays = clients->conf->relays;

    if (relays->len)
        return g_array_index(relays, BerthAddr, number % relays->len);
    return clients->conf->is_v6 ? BERTH_ADDR6_ANY : BERTH_ADDR4_ANY;
}

/* ---- what they hold ---- */

const char *perf_lease_text(const PerfLease *lease, char ret[BERTH_PREFIX_TEXT])
{
    berth_addr_text(lease->addr, ret);
    if (lease->len < 128)
        g_snprintf(ret + strlen(ret), 5, "/%u", lease->len);
    return ret;
}

PerfLease perf_client_lease(const PerfClients *clients, const PerfClient *client, PerfPart part)
{
    if (clients->leases)
        return clients->leases[perf_client_number(clients, client)][part];
    if (part != PERF_ADDRESS || client->address == 0)
        return (PerfLease){.len = 0};
    return (PerfLease){berth_addr4(client->address), 128};
}

void perf_client_set_lease(PerfClients *clients, PerfClient *client, PerfPart part, PerfLease lease)
{
    if (clients->leases)
        clients->leases[perf_client_number(clients, client)][part] = lease;
    else if (part == PERF_ADDRESS)
        client->address = berth_addr_to4(lease.addr);
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

static uint32_t number_mask(const PerfClients *clients)
{
    return (1u << clients->number_bits) - 1;
}

/* All bits that a transaction id has. */
static uint32_t xid_cut(const PerfClients *clients, uint32_t plain)
{
    return plain & UINT32_MAX >> (32 - clients->xid_bits);
}

void perf_client_next_xid(const PerfClients *clients, PerfClient *client)
{
    uint32_t plain = (client->xid ^ clients->xid_mask) + (1u << clients->number_bits);

    client->xid = xid_cut(clients, plain) ^ clients->xid_mask;
}

/* Whose number is in a transaction id, and where that is only the end of it, in the identity. */
static uint32_t number_of(const PerfClients *clients, uint32_t plain, BerthBytes id)
{
    uint32_t number = plain & number_mask(clients);

    if (clients->n > 1u << clients->number_bits) {
        uint32_t whole = perf_clients_find_id(clients, id);

        return ((whole ^ number) & number_mask(clients)) == 0 ? whole : PERF_NOBODY;
    }
    return number < clients->n ? number : PERF_NOBODY;
}

/* Numbers of exchanges wrap, so the half of them before the current one counts as past. */
PerfXid perf_clients_find_xid(const PerfClients *clients, uint32_t xid, BerthBytes id,
                              PerfClient **ret)
{
    uint32_t plain = xid ^ clients->xid_mask;
    uint32_t number = number_of(clients, plain, id), age;

    if (number == PERF_NOBODY)
        return PERF_XID_UNKNOWN;
    age = xid_cut(clients, (clients->all[number].xid ^ clients->xid_mask) - plain) >>
          clients->number_bits;
    if (age >= 1u << (clients->xid_bits - 1 - clients->number_bits))
        return PERF_XID_UNKNOWN;
    *ret = &clients->all[number];
    return age == 0 ? PERF_XID_CURRENT : PERF_XID_OLD;
}
