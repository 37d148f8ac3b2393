/* exchange - see exchange.h. */
#include "tools/perf/exchange.h"

#define BROADCAST 0xffffffffu
/* RFC 2131 section 4.1: the wait doubles up to 64 s, here from -d on; and a client whose REQUEST
 * stays unanswered so often begins anew. */
#define BACKOFF_MAX_MS 64000u
#define BACKOFF_DOUBLINGS 6
#define REQUEST_TRIES 4

/* xorshift64*: fast, and the same run for the same seed. */
uint64_t perf_random(uint64_t *state)
{
    uint64_t x = *state;

    x ^= x >> 12;
    x ^= x << 25;
    x ^= x >> 27;
    *state = x;
    return x * 0x2545f4914f6cdd1du;
}

bool perf_load_init(PerfLoad *load, const PerfConf *conf, GError **error)
{
    memset(load, 0, sizeof(*load));
    load->conf = conf;
    load->family = perf_family(conf);
    load->random = conf->seed * 0x9e3779b97f4a7c15u | 1;
    if (!(load->own = perf_family_open(conf, error)))
        return false;
    if (conf->record && !(load->record = perf_record_open(conf, error)))
        return false;
    perf_clients_init(&load->clients, conf, (uint32_t)(perf_random(&load->random) >> 32));
    perf_wheel_init(&load->wheel, load->clients.all);
    perf_holders_init(&load->holders, &load->clients);
    perf_nested_init(&load->nested, &load->holders);
    perf_report_begin(&load->report, conf, 0);
    return true;
}

void perf_load_clear(PerfLoad *load)
{
    g_free(load->own);
    perf_record_close(load->record);
    perf_nested_clear(&load->nested);
    perf_holders_clear(&load->holders);
    perf_clients_clear(&load->clients);
}

static uint32_t now_ms(const PerfLoad *load)
{
    return (uint32_t)(load->now_usec / 1000);
}

static uint32_t now_sec(const PerfLoad *load)
{
    return (uint32_t)(load->now_usec / 1000000);
}

/* Pairs are in the order of the states, without PERF_IDLE. */
static PerfPair pair_of(const PerfClient *client)
{
    return (PerfPair)(client->state - PERF_WAIT_OFFER);
}

static PerfStep step_of(PerfState state)
{
    static const PerfStep steps[] = {[PERF_WAIT_OFFER] = PERF_DISCOVER,
                                     [PERF_WAIT_ACK] = PERF_REQUEST,
                                     [PERF_WAIT_RENEWED] = PERF_RENEWAL,
                                     [PERF_WAIT_REBOUND] = PERF_REBINDING,
                                     [PERF_WAIT_RELEASED] = PERF_GIVE_BACK};

    return steps[state];
}

/* ---- sending ---- */

/* With frames: who has an address talks to the server, who has none to everybody, and so does who
 * looks for another server. */
static PerfTo destination(const PerfLoad *load, PerfStep step, const PerfClient *client)
{
    PerfTo to = {.ip = BROADCAST, .mac = {255, 255, 255, 255, 255, 255}};

    if (step == PERF_DISCOVER || step == PERF_REQUEST)
        return to;
    to.source_ip = client->address;
    if (step != PERF_REBINDING) {
        to.ip = client->server;
        memcpy(to.mac, load->server_mac, 6);
    }
    return to;
}

static void transmit(PerfLoad *load, PerfStep step, const PerfClient *client, uint32_t waited_ms)
{
    uint32_t number = perf_client_number(&load->clients, client);
    uint8_t buffer[PERF_ID_MAX];
    PerfTo to = {.name = NULL};
    PerfPatch patch = {.xid = client->xid,
                       .waited_ms = waited_ms,
                       .id = perf_client_id(&load->clients, number, buffer),
                       .relay = perf_client_relay(&load->clients, number),
                       .server = client->server};
    size_t len;

    for (size_t i = 0; i < PERF_PARTS; i++)
        patch.leases[i] = perf_client_lease(&load->clients, client, (PerfPart)i);
    if (perf_conf_uses_frames(load->conf)) {
        to = destination(load, step, client);
        memcpy(to.source_mac, patch.id.data, 6);
    }
    len = load->family->write(load->own, step, &patch, perf_wire_room(load->wire));
    perf_wire_push(load->wire, len, &to);
    load->report.counts.sent[step]++;
}

/* Retransmissions differ by up to an eighth, so that clients do not keep step. */
static uint32_t wait_ms(PerfLoad *load, unsigned tries)
{
    uint64_t ms = (uint64_t)(load->conf->drop_sec * 1000);

    if (!load->conf->is_avalanche)
        return (uint32_t)MAX(ms, 1);
    ms = MIN(MAX(ms, 8) << MIN(tries, BACKOFF_DOUBLINGS), BACKOFF_MAX_MS);
    return (uint32_t)(ms - ms / 8 + perf_random(&load->random) % (ms / 4));
}

/* The first message of a pair, and waiting for its answer. */
static void ask(PerfLoad *load, PerfClient *client, PerfState state)
{
    client->state = (uint8_t)state;
    client->tries = 0;
    client->sent_us = (uint32_t)load->now_usec;
    transmit(load, step_of(state), client, 0);
    perf_wheel_set(&load->wheel, client, now_ms(load) + wait_ms(load, 0));
}

/* ---- holding ---- */

static void unbind(PerfLoad *load, PerfClient *client)
{
    if (!client->is_bound)
        return;
    for (PerfPart part = 0; part < PERF_PARTS; part++) {
        PerfLease lease = perf_client_lease(&load->clients, client, part);

        if (!load->conf->wants[part])
            continue;
        perf_holders_drop(&load->holders, client, part);
        if (load->conf->is_v6)
            perf_nested_drop(&load->nested, &lease);
    }
    client->is_bound = false;
    load->clients.n_bound--;
}

/* The lease began after the message for it left; so, seen from here, it ends not before that time
 * plus its length, and before then nobody else may have the address. */
static uint32_t lease_end(const PerfLoad *load, const PerfClient *client, uint32_t lifetime_sec)
{
    uint32_t age_sec = ((uint32_t)load->now_usec - client->sent_us) / 1000000;
    uint64_t end = (uint64_t)now_sec(load) - MIN(age_sec, now_sec(load)) + lifetime_sec;

    return (uint32_t)MIN(end, UINT32_MAX);
}

static void bind_part(PerfLoad *load, PerfClient *client, const PerfReply *reply, PerfPart part)
{
    const PerfLease *lease = &reply->leases[part];
    uint32_t until_sec = lease_end(load, client, reply->lifetimes_sec[part]);

    perf_client_set_lease(&load->clients, client, part, *lease);
    perf_holders_put(&load->holders, client, part, until_sec);
    if (load->conf->is_v6)
        perf_nested_add(&load->nested, lease, perf_client_number(&load->clients, client),
                        until_sec);
    perf_record_lease(load->record, reply->id, lease, reply->lifetimes_sec[part]);
}

static void bind_to(PerfLoad *load, PerfClient *client, const PerfReply *reply)
{
    unbind(load, client);
    for (PerfPart part = 0; part < PERF_PARTS; part++)
        if (load->conf->wants[part])
            bind_part(load, client, reply, part);
    client->server = reply->server;
    client->is_bound = true;
    load->clients.n_bound++;
}

/* ---- beginning and ending ---- */

static void finish(PerfLoad *load, PerfClient *client, bool is_done)
{
    load->report.counts.done[client->kind] += is_done;
    if (is_done)
        load->last_usec = load->now_usec;
    perf_clients_put(&load->clients, client);
}

/* It is not used any more from the moment in which the RELEASE leaves (RFC 9915 section 18.2.7), so
 * whatever the server says, another client may have it. */
static void give_back(PerfLoad *load, PerfClient *client)
{
    uint8_t buffer[PERF_ID_MAX];
    BerthBytes id =
        perf_client_id(&load->clients, perf_client_number(&load->clients, client), buffer);

    for (PerfPart part = 0; part < PERF_PARTS; part++) {
        PerfLease lease = perf_client_lease(&load->clients, client, part);

        if (load->conf->wants[part])
            perf_record_lease(load->record, id, &lease, 0);
    }
    unbind(load, client);
    if (load->family->release_is_answered) {
        ask(load, client, PERF_WAIT_RELEASED);
        return;
    }
    transmit(load, PERF_GIVE_BACK, client, 0);
    finish(load, client, true);
}

static PerfState first_state(PerfKind kind)
{
    return kind == PERF_RENEW    ? PERF_WAIT_RENEWED
           : kind == PERF_REBIND ? PERF_WAIT_REBOUND
                                 : PERF_WAIT_OFFER;
}

bool perf_exchange_begin(PerfLoad *load, PerfKind kind)
{
    bool needs_address = kind != PERF_DORA && kind != PERF_DO;
    PerfClient *client = perf_clients_take(&load->clients, needs_address);

    if (!client)
        client = perf_clients_take(&load->clients, !needs_address);
    if (!client)
        return false;
    if (needs_address && !client->is_bound)
        kind = PERF_DORA;
    client->kind = (uint8_t)kind;
    load->report.counts.begun[kind]++;
    perf_client_next_xid(&load->clients, client);
    if (kind == PERF_RELEASE)
        give_back(load, client);
    else
        ask(load, client, first_state(kind));
    return true;
}

/* ---- silence ---- */

static void ask_again(PerfLoad *load, PerfClient *client)
{
    uint32_t waited_ms = ((uint32_t)load->now_usec - client->sent_us) / 1000;

    client->tries += client->tries < UINT8_MAX;
    if (client->state == PERF_WAIT_ACK && client->tries > REQUEST_TRIES) {
        perf_client_next_xid(&load->clients, client);
        ask(load, client, PERF_WAIT_OFFER);
    } else {
        transmit(load, step_of((PerfState)client->state), client, waited_ms);
        perf_wheel_set(&load->wheel, client, now_ms(load) + wait_ms(load, client->tries));
    }
    load->report.counts.sent_again++;
}

void perf_exchange_timeout(PerfLoad *load, PerfClient *client)
{
    if (load->conf->is_avalanche) {
        ask_again(load, client);
        return;
    }
    load->report.counts.drops[pair_of(client)]++;
    finish(load, client, false);
}

/* ---- answers ---- */

static void on_offer(PerfLoad *load, PerfClient *client, const PerfReply *reply)
{
    if (client->kind == PERF_DO) {
        finish(load, client, true);
        return;
    }
    unbind(load, client);
    for (PerfPart part = 0; part < PERF_PARTS; part++)
        perf_client_set_lease(&load->clients, client, part, reply->leases[part]);
    client->server = reply->server;
    if (load->family->has_new_xid)
        perf_client_next_xid(&load->clients, client);
    ask(load, client, PERF_WAIT_ACK);
}

static void on_ack(PerfLoad *load, PerfClient *client, const PerfReply *reply)
{
    if (client->state != PERF_WAIT_RELEASED)
        bind_to(load, client, reply);
    finish(load, client, true);
}

/* RFC 2131 section 3.2 (4): begin anew; after a while, for it may be refused again. */
static void on_nak(PerfLoad *load, PerfClient *client, const PerfReply *reply)
{
    perf_report_refused(&load->report, pair_of(client), reply);
    unbind(load, client);
    if (!load->conf->is_avalanche) {
        finish(load, client, false);
        return;
    }
    perf_client_next_xid(&load->clients, client);
    client->state = PERF_WAIT_OFFER;
    client->sent_us = (uint32_t)load->now_usec;
    perf_wheel_set(&load->wheel, client, now_ms(load) + wait_ms(load, client->tries));
}

static void take_answer(PerfLoad *load, PerfClient *client, const PerfReply *reply)
{
    bool is_ack = reply->answer == PERF_ACKED;
    PerfPair pair = is_ack && client->state == PERF_WAIT_OFFER ? PERF_PAIR_RAPID : pair_of(client);

    perf_wheel_stop(&load->wheel, client);
    if (reply->answer == PERF_REFUSED) {
        on_nak(load, client, reply);
        return;
    }
    perf_report_answer(&load->report, pair, (uint32_t)load->now_usec - client->sent_us);
    if (is_ack)
        on_ack(load, client, reply);
    else
        on_offer(load, client, reply);
}

static PerfWrong check_part(const PerfLoad *load, uint32_t number, const PerfReply *reply,
                            PerfPart part)
{
    const PerfLease *lease = &reply->leases[part];
    uint32_t holder = perf_holders_find(&load->holders, lease, now_sec(load));

    if (holder != PERF_NOBODY && holder != number)
        return part == PERF_ADDRESS ? PERF_WRONG_HELD : PERF_WRONG_PREFIX_HELD;
    if (load->conf->is_v6 && perf_nested_find(&load->nested, lease, number, now_sec(load)))
        return PERF_WRONG_OVERLAP;
    return PERF_RIGHT;
}

static PerfWrong check_held(const PerfLoad *load, uint32_t number, const PerfReply *reply)
{
    PerfWrong wrong = PERF_RIGHT;

    for (PerfPart part = 0; part < PERF_PARTS && wrong == PERF_RIGHT; part++)
        if (reply->answer != PERF_REFUSED && !perf_lease_is_none(&reply->leases[part]))
            wrong = check_part(load, number, reply, part);
    return wrong;
}

static PerfWrong check(const PerfLoad *load, const PerfClient *client, const PerfReply *reply,
                       bool *ret_is_late)
{
    uint32_t number = perf_client_number(&load->clients, client);
    uint8_t buffer[PERF_ID_MAX];
    PerfExpected expected = {.state = (PerfState)client->state,
                             .id = perf_client_id(&load->clients, number, buffer),
                             .relay = perf_client_relay(&load->clients, number),
                             .server = client->server};
    PerfWrong wrong;

    for (PerfPart part = 0; part < PERF_PARTS; part++)
        expected.leases[part] = perf_client_lease(&load->clients, client, part);
    wrong = load->family->check(load->conf, reply, &expected, ret_is_late);
    return wrong == PERF_RIGHT && !*ret_is_late ? check_held(load, number, reply) : wrong;
}

/* Whether this run keeps to another server. */
static bool is_not_listened_to(PerfLoad *load, const PerfReply *reply)
{
    if (!load->conf->one_server)
        return false;
    if (!load->has_first_server)
        load->first_server = reply->server;
    load->has_first_server = true;
    return reply->server != load->first_server;
}

/* An answer that is wrong is no answer: the client waits on, and is counted as dropped as well
 * unless the right one comes. */
static void on_message(PerfLoad *load, const PerfIn *in)
{
    PerfCounts *counts = &load->report.counts;
    PerfClient *client = NULL;
    PerfReply reply;
    bool is_late = false;
    PerfWrong wrong = load->family->read(load->own, load->conf, in->message, &reply);
    PerfXid xid = perf_clients_find_xid(&load->clients, reply.xid, reply.id, &client);

    counts->received++;
    if (reply.id.data && xid == PERF_XID_UNKNOWN) {
        if (perf_clients_find_id(&load->clients, reply.id) == PERF_NOBODY) {
            counts->foreign++;
            return;
        }
        wrong = wrong ? wrong : PERF_WRONG_XID;
    }
    if (wrong == PERF_RIGHT && xid == PERF_XID_CURRENT)
        wrong = check(load, client, &reply, &is_late);
    if (wrong != PERF_RIGHT)
        perf_report_wrong(&load->report, wrong, in, &reply);
    else if (is_late || xid == PERF_XID_OLD || is_not_listened_to(load, &reply))
        counts->late++;
    else {
        memcpy(load->server_mac, in->from_mac, 6);
        take_answer(load, client, &reply);
    }
}

/* Somebody looks for an address; the client that holds it is here. */
static void on_arp(PerfLoad *load, const PerfIn *in)
{
    PerfLease lease = {berth_addr4(in->arp_target), 128};
    uint32_t holder = perf_holders_find(&load->holders, &lease, now_sec(load));
    uint8_t buffer[PERF_ID_MAX];

    if (holder != PERF_NOBODY)
        perf_wire_push_arp(load->wire, in, perf_client_id(&load->clients, holder, buffer).data);
}

void perf_exchange_answer(PerfLoad *load, const PerfIn *in)
{
    if (in->is_arp)
        on_arp(load, in);
    else
        on_message(load, in);
}
