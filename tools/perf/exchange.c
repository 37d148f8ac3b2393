/* exchange - see exchange.h. */
#include "tools/perf/exchange.h"

#include "core/wire/msg4.h"

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
    load->random = conf->seed * 0x9e3779b97f4a7c15u | 1;
    for (size_t i = 0; i < PERF_STEPS; i++)
        if (!perf_template_make(&load->templates[i], (PerfStep)i, conf, error))
            return false;
    if (conf->record && !(load->record = perf_record_open(conf->record, error)))
        return false;
    perf_clients_init(&load->clients, conf, (uint32_t)(perf_random(&load->random) >> 32));
    perf_wheel_init(&load->wheel, load->clients.all);
    perf_holders_init(&load->holders, conf->n_clients);
    perf_report_begin(&load->report, conf, 0);
    return true;
}

void perf_load_clear(PerfLoad *load)
{
    perf_record_close(load->record);
    perf_clients_clear(&load->clients);
    perf_holders_clear(&load->holders);
}

static uint32_t now_ms(const PerfLoad *load)
{
    return (uint32_t)(load->now_usec / 1000);
}

static uint32_t now_sec(const PerfLoad *load)
{
    return (uint32_t)(load->now_usec / 1000000);
}

static PerfPair pair_of(PerfState state)
{
    return state == PERF_WAIT_OFFER ? PERF_PAIR_OFFER
           : state == PERF_WAIT_ACK ? PERF_PAIR_ACK
                                    : PERF_PAIR_RENEW;
}

static PerfStep step_of(PerfState state)
{
    return state == PERF_WAIT_OFFER ? PERF_DISCOVER
           : state == PERF_WAIT_ACK ? PERF_REQUEST
                                    : PERF_RENEWAL;
}

/* ---- sending ---- */

/* With frames: who has an address talks to the server, who has none to everybody. */
static PerfTo destination(const PerfLoad *load, PerfStep step, const PerfClient *client)
{
    PerfTo to = {.ip = BROADCAST, .mac = {255, 255, 255, 255, 255, 255}};

    if (!load->conf->interface)
        return (PerfTo){.ip = 0};
    if (step == PERF_RENEWAL || step == PERF_GIVE_BACK) {
        to.ip = client->server;
        to.source_ip = client->address;
        memcpy(to.mac, load->server_mac, 6);
    }
    return to;
}

static void transmit(PerfLoad *load, PerfStep step, const PerfClient *client, uint16_t secs)
{
    uint32_t number = perf_client_number(&load->clients, client);
    const PerfTemplate *template = &load->templates[step];
    PerfTo to = destination(load, step, client);
    PerfPatch patch = {.xid = client->xid,
                       .address = client->address,
                       .server = client->server,
                       .giaddr = perf_client_relay(&load->clients, number),
                       .secs = secs};

    perf_client_mac(&load->clients, number, patch.mac);
    memcpy(to.source_mac, patch.mac, 6);
    perf_template_patch(template, &patch, perf_wire_room(load->wire));
    perf_wire_push(load->wire, template->len, &to);
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
    perf_holders_drop(&load->holders, client->address, perf_client_number(&load->clients, client));
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

static void bind_to(PerfLoad *load, PerfClient *client, const PerfReply *reply)
{
    uint32_t number = perf_client_number(&load->clients, client);

    if (client->is_bound && client->address != reply->yiaddr)
        unbind(load, client);
    client->address = reply->yiaddr;
    client->server = reply->server;
    if (!client->is_bound)
        load->clients.n_bound++;
    client->is_bound = true;
    perf_holders_put(&load->holders, (PerfHolder){reply->yiaddr, number,
                                                  lease_end(load, client, reply->lifetime_sec)});
    perf_record_lease(load->record, reply->mac, reply->yiaddr, reply->lifetime_sec);
}

/* ---- beginning and ending ---- */

static void finish(PerfLoad *load, PerfClient *client, bool is_done)
{
    load->report.counts.done[client->kind] += is_done;
    if (is_done)
        load->last_usec = load->now_usec;
    perf_clients_put(&load->clients, client);
}

static void give_back(PerfLoad *load, PerfClient *client)
{
    uint8_t mac[6];

    transmit(load, PERF_GIVE_BACK, client, 0);
    perf_client_mac(&load->clients, perf_client_number(&load->clients, client), mac);
    perf_record_lease(load->record, mac, client->address, 0);
    unbind(load, client);
    finish(load, client, true);
}

bool perf_exchange_begin(PerfLoad *load, PerfKind kind)
{
    bool needs_address = kind == PERF_RENEW || kind == PERF_RELEASE;
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
        ask(load, client, kind == PERF_RENEW ? PERF_WAIT_RENEWED : PERF_WAIT_OFFER);
    return true;
}

/* ---- silence ---- */

static void ask_again(PerfLoad *load, PerfClient *client)
{
    uint32_t waited_sec = ((uint32_t)load->now_usec - client->sent_us) / 1000000;

    client->tries += client->tries < UINT8_MAX;
    if (client->state == PERF_WAIT_ACK && client->tries > REQUEST_TRIES) {
        perf_client_next_xid(&load->clients, client);
        ask(load, client, PERF_WAIT_OFFER);
    } else {
        transmit(load, step_of((PerfState)client->state), client,
                 (uint16_t)MIN(waited_sec, UINT16_MAX));
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
    load->report.counts.drops[pair_of((PerfState)client->state)]++;
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
    client->address = reply->yiaddr;
    client->server = reply->server;
    ask(load, client, PERF_WAIT_ACK);
}

static void on_ack(PerfLoad *load, PerfClient *client, const PerfReply *reply)
{
    bind_to(load, client, reply);
    finish(load, client, true);
}

/* RFC 2131 section 3.2 (4): begin anew; after a while, for it may be refused again. */
static void on_nak(PerfLoad *load, PerfClient *client)
{
    load->report.counts.naks[pair_of((PerfState)client->state)]++;
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
    bool is_ack = reply->type == BERTH_DHCPACK;
    PerfPair pair = is_ack && client->state == PERF_WAIT_OFFER ? PERF_PAIR_RAPID
                                                               : pair_of((PerfState)client->state);

    perf_wheel_stop(&load->wheel, client);
    if (reply->type == BERTH_DHCPNAK) {
        on_nak(load, client);
        return;
    }
    perf_report_answer(&load->report, pair, (uint32_t)load->now_usec - client->sent_us);
    if (is_ack)
        on_ack(load, client, reply);
    else
        on_offer(load, client, reply);
}

static bool is_held_by_another(const PerfLoad *load, const PerfClient *client,
                               const PerfReply *reply)
{
    uint32_t holder = perf_holders_find(&load->holders, reply->yiaddr, now_sec(load));

    return reply->type != BERTH_DHCPNAK && holder != PERF_NOBODY &&
           holder != perf_client_number(&load->clients, client);
}

static PerfWrong check(const PerfLoad *load, const PerfClient *client, const PerfReply *reply,
                       bool *ret_is_late)
{
    uint32_t number = perf_client_number(&load->clients, client);
    PerfExpected expected = {.state = (PerfState)client->state,
                             .giaddr = perf_client_relay(&load->clients, number),
                             .address = client->address,
                             .server = client->server,
                             .may_commit = load->conf->rapid_commit};
    PerfWrong wrong;

    perf_client_mac(&load->clients, number, expected.mac);
    wrong = perf_reply_check(reply, &expected, ret_is_late);
    if (wrong == PERF_RIGHT && !*ret_is_late && is_held_by_another(load, client, reply))
        return PERF_WRONG_HELD;
    return wrong;
}

/* An answer that is wrong is no answer: the client waits on, and is counted as dropped as well
 * unless the right one comes. */
static void on_message(PerfLoad *load, const PerfIn *in)
{
    PerfCounts *counts = &load->report.counts;
    PerfClient *client = NULL;
    PerfReply reply;
    bool is_late = false;
    PerfWrong wrong = perf_reply_read(in->message, &reply);
    PerfXid xid = perf_clients_find_xid(&load->clients, reply.xid, &client);

    counts->received++;
    if (reply.mac && xid == PERF_XID_UNKNOWN) {
        if (perf_clients_find_mac(&load->clients, reply.mac) == PERF_NOBODY) {
            counts->foreign++;
            return;
        }
        wrong = wrong ? wrong : PERF_WRONG_XID;
    }
    if (wrong == PERF_RIGHT && xid == PERF_XID_CURRENT)
        wrong = check(load, client, &reply, &is_late);
    if (wrong != PERF_RIGHT)
        perf_report_wrong(&load->report, wrong, in, &reply);
    else if (is_late || xid == PERF_XID_OLD)
        counts->late++;
    else {
        memcpy(load->server_mac, in->from_mac, 6);
        take_answer(load, client, &reply);
    }
}

/* Somebody looks for an address; the client that holds it is here. */
static void on_arp(PerfLoad *load, const PerfIn *in)
{
    uint32_t holder = perf_holders_find(&load->holders, in->arp_target, now_sec(load));
    uint8_t mac[6];

    if (holder == PERF_NOBODY)
        return;
    perf_client_mac(&load->clients, holder, mac);
    perf_wire_push_arp(load->wire, in, mac);
}

void perf_exchange_answer(PerfLoad *load, const PerfIn *in)
{
    if (in->is_arp)
        on_arp(load, in);
    else
        on_message(load, in);
}
