/* clients - see clients.h. */
#include "tests/sim/clients.h"

#include "core/base/addr.h"
#include "core/wire/msg4.h"
#include "tests/sim/lossy.h"

typedef enum State {
    ST_IDLE, /* has nothing, waits */
    ST_SELECTING,
    ST_REQUESTING,
    ST_REBOOTING,
    ST_BOUND,
    ST_RENEWING,
    ST_REBINDING,
    ST_GONE, /* never comes back, never says so */
} State;

typedef struct Client {
    Clients *clients;
    int id;
    State state;
    uint32_t xid;
    BerthAddr addr, server;
    int64_t asked, bound_until, t1, t2;
    unsigned tries;
    BerthTimer *timer;
} Client;

struct Clients {
    SimWorld *sim;
    History *history;
    Client *at;
    unsigned n;
};

static bool by_chance(Clients *clients, double probability)
{
    return lossy_chance(clients->sim, probability);
}

static int64_t up_to(Clients *clients, int64_t usec)
{
    return lossy_up_to(clients->sim, usec);
}

void clients_mac(int client, BerthHwaddr *ret)
{
    *ret = (BerthHwaddr){1, 6, {0x0a, 0, 0, 0, (uint8_t)(client >> 8), (uint8_t)client}};
}

/* ---- sending ---- */

/* Even clients have a client identifier, odd ones have none. */
static BerthBytes client_id(const Client *c, uint8_t *buffer)
{
    buffer[0] = 0;
    buffer[1] = 'c';
    buffer[2] = (uint8_t)(c->id >> 8);
    buffer[3] = (uint8_t)c->id;
    return (BerthBytes){buffer, c->id % 2 ? 0 : 4};
}

static size_t add_option(BerthOption4 *options, size_t n, uint8_t code, BerthBytes value)
{
    if (value.len == 0)
        return n;
    options[n] = (BerthOption4){code, value};
    return n + 1;
}

static void transmit(Client *c, const BerthMsg4 *msg, const BerthOption4 *options, size_t n)
{
    uint8_t bytes[600];
    BerthWriter w = berth_writer(bytes, sizeof(bytes));
    BerthDatagram out = {.src_port = 68, .dst_port = 67, .src = BERTH_ADDR4_ANY};
    bool unicast = c->state == ST_RENEWING || msg->type == BERTH_DHCPRELEASE;
    BerthMsg4Left left;

    if (berth_msg4_write(msg, options, n, 548, &w, &left) < 0)
        return;
    out.data = berth_writer_bytes(&w);
    out.dst = unicast ? berth_addr4(0xc0000201) : berth_addr4(UINT32_MAX);
    if (!berth_addr_is_any(msg->ciaddr))
        out.src = msg->ciaddr;
    lossy_send(c->clients->sim, &out);
}

static void send_message(Client *c, BerthType4 type)
{
    BerthMsg4 msg = {.op = BERTH_BOOTREQUEST, .xid = c->xid, .type = type};
    bool configured = c->state == ST_RENEWING || c->state == ST_REBINDING;
    BerthOption4 options[4];
    uint8_t id[4];
    size_t n = 0;

    clients_mac(c->id, &msg.hwaddr);
    msg.ciaddr = msg.yiaddr = msg.siaddr = msg.giaddr = BERTH_ADDR4_ANY;
    if (configured || type == BERTH_DHCPRELEASE)
        msg.ciaddr = c->addr;
    else if (!berth_addr_is_any(c->addr))
        n = add_option(options, n, BERTH_DHO_DHCP_REQUESTED_ADDRESS,
                       (BerthBytes){c->addr.b + 12, 4});
    if (c->state == ST_REQUESTING || type == BERTH_DHCPRELEASE || type == BERTH_DHCPDECLINE)
        n = add_option(options, n, BERTH_DHO_DHCP_SERVER_IDENTIFIER,
                       (BerthBytes){c->server.b + 12, 4});
    n = add_option(options, n, BERTH_DHO_DHCP_CLIENT_IDENTIFIER, client_id(c, id));
    transmit(c, &msg, options, n);
}

/* From here on the client makes no claim to its address, whether or not the server hears of it. */
static void give_back(Client *c, BerthType4 type)
{
    history_give_back(c->clients->history, sim_now(c->clients->sim), c->id, c->addr);
    send_message(c, type);
}

/* ---- the life of a client ---- */

static void wait_for(Client *c, int64_t usec)
{
    sim_timer_set(c->clients->sim, c->timer, usec);
}

static void idle(Client *c, int64_t usec)
{
    c->state = ST_IDLE;
    c->tries = 0;
    wait_for(c, usec);
}

static void ask(Client *c, State state, BerthType4 type)
{
    if (c->state != state) {
        c->state = state;
        c->tries = 0;
        c->xid = g_rand_int(sim_rand(c->clients->sim));
        c->asked = sim_now(c->clients->sim);
    }
    c->tries++;
    send_message(c, type);
    wait_for(c, SIM_SEC * MIN(1 << c->tries, 16) + up_to(c->clients, SIM_SEC));
}

static void discover(Client *c)
{
    /* Some ask for an address of their liking, others for the one they had. */
    if (by_chance(c->clients, 0.3))
        c->addr = berth_addr4(0xc0000200 + (uint32_t)up_to(c->clients, 256));
    ask(c, ST_SELECTING, BERTH_DHCPDISCOVER);
}

static void give_up(Client *c)
{
    idle(c, up_to(c->clients, 5 * SIM_SEC));
}

static void live(Client *c)
{
    Clients *clients = c->clients;

    if (by_chance(clients, 0.15)) {
        give_back(c, BERTH_DHCPRELEASE);
        idle(c, SIM_SEC + up_to(clients, 60 * SIM_SEC));
    } else if (by_chance(clients, 0.15)) {
        ask(c, ST_REBOOTING, BERTH_DHCPREQUEST);
    } else if (by_chance(clients, 0.03)) {
        c->state = ST_GONE;
    } else {
        ask(c, ST_RENEWING, BERTH_DHCPREQUEST);
    }
}

static void on_timer(void *data)
{
    Client *c = data;
    int64_t now = sim_now(c->clients->sim);

    switch (c->state) {
    case ST_IDLE:
        discover(c);
        break;
    case ST_SELECTING:
        ask(c, ST_SELECTING, BERTH_DHCPDISCOVER);
        break;
    case ST_REQUESTING:
    case ST_REBOOTING:
        if (c->tries < 4)
            ask(c, c->state, BERTH_DHCPREQUEST);
        else
            give_up(c);
        break;
    case ST_BOUND:
        live(c);
        break;
    case ST_RENEWING:
    case ST_REBINDING:
        if (now >= c->bound_until)
            give_up(c);
        else
            ask(c, now >= c->t2 ? ST_REBINDING : ST_RENEWING, BERTH_DHCPREQUEST);
        break;
    case ST_GONE:
        break;
    }
}

/* ---- receiving ---- */

static void on_offer(Client *c, const BerthMsg4 *msg)
{
    if (c->state != ST_SELECTING || msg->xid != c->xid)
        return;
    c->addr = msg->yiaddr;
    berth_msg4_addr(msg, BERTH_DHO_DHCP_SERVER_IDENTIFIER, &c->server);
    c->state = ST_REQUESTING;
    c->tries = 1;
    c->asked = sim_now(c->clients->sim);
    send_message(c, BERTH_DHCPREQUEST);
    wait_for(c, 2 * SIM_SEC);
}

static void on_ack(Client *c, const BerthMsg4 *msg)
{
    uint32_t lifetime = 0;

    if (msg->xid != c->xid || c->state < ST_REQUESTING || c->state == ST_BOUND ||
        c->state == ST_GONE)
        return;
    berth_msg4_u32(msg, BERTH_DHO_DHCP_LEASE_TIME, &lifetime);
    berth_msg4_addr(msg, BERTH_DHO_DHCP_SERVER_IDENTIFIER, &c->server);
    c->addr = msg->yiaddr;
    if (c->state == ST_REQUESTING && by_chance(c->clients, 0.02)) {
        give_back(c, BERTH_DHCPDECLINE);
        idle(c, 10 * SIM_SEC);
        return;
    }
    c->state = ST_BOUND;
    c->bound_until = c->asked + (int64_t)lifetime * SIM_SEC;
    c->t1 = c->asked + (int64_t)lifetime * SIM_SEC / 2;
    c->t2 = c->asked + (int64_t)lifetime * SIM_SEC * 7 / 8;
    wait_for(c, MAX(c->t1 - sim_now(c->clients->sim), SIM_SEC));
}

static void on_nak(Client *c, const BerthMsg4 *msg)
{
    if (msg->xid != c->xid || c->state < ST_REQUESTING || c->state == ST_BOUND ||
        c->state == ST_GONE)
        return;
    c->addr = BERTH_ADDR4_ANY;
    idle(c, SIM_SEC);
}

static bool parse_reply(BerthBytes bytes, BerthMsg4 *msg, BerthArena *arena)
{
    return berth_msg4_parse(msg, bytes, BERTH_BOOTREPLY, arena) == BERTH_PARSE4_OK;
}

static int client_of(const Clients *clients, const BerthMsg4 *msg)
{
    int id = msg->hwaddr.bytes[4] << 8 | msg->hwaddr.bytes[5];

    return (unsigned)id < clients->n ? id : -1;
}

static void on_reply(void *data, BerthBytes bytes)
{
    Clients *clients = data;
    BerthArena arena;
    BerthMsg4 msg;
    int id;

    berth_arena_init(&arena, 65536);
    if (parse_reply(bytes, &msg, &arena) && (id = client_of(clients, &msg)) >= 0) {
        if (msg.type == BERTH_DHCPOFFER)
            on_offer(&clients->at[id], &msg);
        else if (msg.type == BERTH_DHCPACK)
            on_ack(&clients->at[id], &msg);
        else if (msg.type == BERTH_DHCPNAK)
            on_nak(&clients->at[id], &msg);
    }
    berth_arena_clear(&arena);
}

/* RFC 2131 section 4.4.1: the lease runs from when the client sent its request. */
static void tell_ack(Clients *clients, const BerthMsg4 *msg)
{
    int64_t now = sim_now(clients->sim);
    int id = client_of(clients, msg);
    const Client *c = id >= 0 ? &clients->at[id] : NULL;
    /* A late answer to what the client has since given back promises it nothing. */
    bool cares = c && c->xid == msg->xid && c->state != ST_IDLE;
    uint32_t lifetime = 0;

    berth_msg4_u32(msg, BERTH_DHO_DHCP_LEASE_TIME, &lifetime);
    history_ack(clients->history, now, id, msg->yiaddr,
                cares ? c->asked + (int64_t)lifetime * SIM_SEC : 0);
}

/* The history has an ACK as soon as it has left the server, whether or not it arrives. */
static void tell_history(Clients *clients, BerthBytes bytes)
{
    BerthArena arena;
    BerthMsg4 msg;

    berth_arena_init(&arena, 65536);
    if (parse_reply(bytes, &msg, &arena)) {
        if (msg.type == BERTH_DHCPACK)
            tell_ack(clients, &msg);
        clients->history->naks += msg.type == BERTH_DHCPNAK;
        clients->history->offers += msg.type == BERTH_DHCPOFFER;
    }
    berth_arena_clear(&arena);
}

void clients_take(void *data, const BerthDatagram *datagram)
{
    Clients *clients = data;

    tell_history(clients, datagram->data);
    lossy_take(clients->sim, datagram->data, on_reply, clients);
}

/* ---- making ---- */

Clients *clients_new(SimWorld *sim, History *history, unsigned n)
{
    Clients *clients = g_new0(Clients, 1);

    *clients = (Clients){.sim = sim, .history = history, .n = n};
    clients->at = g_new0(Client, n);
    for (unsigned i = 0; i < n; i++) {
        Client *c = &clients->at[i];

        *c = (Client){.clients = clients, .id = (int)i, .addr = BERTH_ADDR4_ANY};
        c->timer = sim_timer(sim, on_timer, c);
        idle(c, up_to(clients, 30 * SIM_SEC));
    }
    return clients;
}

void clients_free(Clients *clients)
{
    for (unsigned i = 0; i < clients->n; i++)
        berth_timer_free(clients->at[i].timer);
    g_free(clients->at);
    g_free(clients);
}
