/* clients - see clients.h. */
#include "tests/crowd/clients.h"

#include "core/base/addr.h"
#include "core/wire/msg4.h"

typedef enum State {
    ST_IDLE, /* has nothing, waits */
    ST_SELECTING,
    ST_REQUESTING,
    ST_REBOOTING,
    ST_BOUND,
    ST_RENEWING,
    ST_REBINDING,
    ST_SWEPT, /* as RENEWING, but at a server of the test's choice */
    ST_GONE,  /* never comes back, never says so */
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
    const Ground *ground;
    History *history;
    Client *at;
    unsigned n;
    bool sweeping; /* see clients_sweep */
};

#define SWEEP_RESEND_USEC (GROUND_SEC / 2)

static int64_t now_of(const Client *c)
{
    return ground_now(c->clients->ground);
}

static bool by_chance(const Client *c, double probability)
{
    return ground_chance(c->clients->ground, probability);
}

static int64_t up_to(const Client *c, int64_t usec)
{
    return ground_up_to(c->clients->ground, usec);
}

void clients_mac(int client, BerthHwaddr *ret)
{
    *ret = (BerthHwaddr){1, 6, {0x0a, 0, 0, 0, (uint8_t)(client >> 8), (uint8_t)client}};
}

static const char *const names[] = {
    [BERTH_DHCPDISCOVER] = "DISCOVER", [BERTH_DHCPOFFER] = "OFFER", [BERTH_DHCPREQUEST] = "REQUEST",
    [BERTH_DHCPDECLINE] = "DECLINE",   [BERTH_DHCPACK] = "ACK",     [BERTH_DHCPNAK] = "NAK",
    [BERTH_DHCPRELEASE] = "RELEASE",
};

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
    bool unicast =
        c->state == ST_RENEWING || c->state == ST_SWEPT || msg->type == BERTH_DHCPRELEASE;
    BerthMsg4Left left;

    if (berth_msg4_write(msg, options, n, 548, &w, &left) < 0)
        return;
    out.data = berth_writer_bytes(&w);
    out.dst = unicast ? c->server : berth_addr4(UINT32_MAX);
    if (!berth_addr_is_any(msg->ciaddr))
        out.src = msg->ciaddr;
    history_note(c->clients->history, now_of(c), "%-8s client %d .%d to .%d, xid %08x",
                 names[msg->type], c->id, c->addr.b[15], out.dst.b[15], msg->xid);
    ground_send(c->clients->ground, &out);
}

static bool extends(const Client *c)
{
    return c->state == ST_RENEWING || c->state == ST_REBINDING || c->state == ST_SWEPT;
}

static void send_message(Client *c, BerthType4 type)
{
    BerthMsg4 msg = {.op = BERTH_BOOTREQUEST, .xid = c->xid, .type = type};
    bool configured = extends(c);
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

/* From here on the client makes no claim to its address, whether or not a server hears of it. */
static void give_back(Client *c, Ending ending)
{
    history_give_back(c->clients->history, now_of(c), c->id, c->addr, ending);
    if (ending == ENDING_LOST_RELEASE)
        history_note(c->clients->history, now_of(c), "LEAVES   client %d .%d", c->id,
                     c->addr.b[15]);
    else
        send_message(c, ending == ENDING_DECLINE ? BERTH_DHCPDECLINE : BERTH_DHCPRELEASE);
}

/* ---- the life of a client ---- */

static void wait_for(Client *c, int64_t usec)
{
    ground_timer_set(c->clients->ground, c->timer, usec);
}

static void idle(Client *c, int64_t usec)
{
    c->state = ST_IDLE;
    c->tries = 0;
    wait_for(c, usec);
}

/* RFC 2131 section 4.4.5: half of what remains to T2, and then to the end of the lease; its minimum
 * of a minute is a second here, as all times are shorter. Section 4.1: else it is doubled. */
static int64_t patience(const Client *c)
{
    if (c->state == ST_RENEWING)
        return MAX((c->t2 - now_of(c)) / 2, GROUND_SEC);
    if (c->state == ST_REBINDING)
        return MAX((c->bound_until - now_of(c)) / 2, GROUND_SEC);
    return GROUND_SEC * MIN(1 << c->tries, 16) + up_to(c, GROUND_SEC);
}

static void begin(Client *c, State state)
{
    c->state = state;
    c->tries = 0;
    c->xid = g_rand_int(c->clients->ground->rand);
    c->asked = now_of(c);
}

static void ask(Client *c, State state, BerthType4 type)
{
    if (c->state != state)
        begin(c, state);
    c->tries++;
    send_message(c, type);
    wait_for(c, patience(c));
}

static void discover(Client *c)
{
    /* Some ask for an address of their liking, others for the one they had. */
    if (by_chance(c, 0.3))
        c->addr = berth_addr4(0xc0000200 + (uint32_t)up_to(c, 256));
    ask(c, ST_SELECTING, BERTH_DHCPDISCOVER);
}

static void give_up(Client *c)
{
    idle(c, up_to(c, 5 * GROUND_SEC));
}

static void live(Client *c)
{
    if (by_chance(c, 0.15)) {
        give_back(c, by_chance(c, LOST_RELEASES) ? ENDING_LOST_RELEASE : ENDING_RELEASE);
        idle(c, c->clients->ground->rest_usec + up_to(c, c->clients->ground->pause_usec));
    } else if (by_chance(c, 0.15)) {
        ask(c, ST_REBOOTING, BERTH_DHCPREQUEST);
    } else if (by_chance(c, 0.03)) {
        c->state = ST_GONE;
    } else {
        ask(c, ST_RENEWING, BERTH_DHCPREQUEST);
    }
}

static void extend(Client *c)
{
    if (now_of(c) < c->bound_until) {
        ask(c, now_of(c) >= c->t2 ? ST_REBINDING : ST_RENEWING, BERTH_DHCPREQUEST);
        return;
    }
    history_lapsed(c->clients->history, now_of(c), c->id, c->addr, c->t2);
    give_up(c);
}

static void on_timer(void *data)
{
    Client *c = data;

    if (c->clients->sweeping && c->state != ST_SWEPT)
        return;
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
        extend(c);
        break;
    case ST_SWEPT:
        send_message(c, BERTH_DHCPREQUEST);
        wait_for(c, SWEEP_RESEND_USEC);
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
    c->asked = now_of(c);
    send_message(c, BERTH_DHCPREQUEST);
    wait_for(c, 2 * GROUND_SEC);
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
    if (c->state == ST_REQUESTING && by_chance(c, 0.02)) {
        give_back(c, ENDING_DECLINE);
        idle(c, 10 * GROUND_SEC);
        return;
    }
    c->state = ST_BOUND;
    c->bound_until = c->asked + (int64_t)lifetime * GROUND_SEC;
    c->t1 = c->asked + (int64_t)lifetime * GROUND_SEC / 2;
    c->t2 = c->asked + (int64_t)lifetime * GROUND_SEC * 7 / 8;
    if (!c->clients->sweeping)
        wait_for(c, MAX(c->t1 - now_of(c), GROUND_SEC));
}

static void on_nak(Client *c, const BerthMsg4 *msg)
{
    if (msg->xid != c->xid || c->state < ST_REQUESTING || c->state == ST_BOUND ||
        c->state == ST_GONE)
        return;
    c->addr = BERTH_ADDR4_ANY;
    idle(c, GROUND_SEC);
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

void clients_arrived(void *data, BerthBytes bytes)
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

/* ---- what the history is told ---- */

/* RFC 2131 section 4.4.1: the lease runs from when the client sent its request. `cares` false: a
 * late answer to what the client has since given back promises it nothing. */
static void tell_ack(Clients *clients, int id, const BerthMsg4 *msg, bool cares)
{
    uint32_t lifetime = 0;

    berth_msg4_u32(msg, BERTH_DHO_DHCP_LEASE_TIME, &lifetime);
    history_ack(clients->history, ground_now(clients->ground), id, msg->yiaddr,
                cares ? clients->at[id].asked + (int64_t)lifetime * GROUND_SEC : 0);
}

static void tell(Clients *clients, const BerthMsg4 *msg)
{
    int id = client_of(clients, msg);
    const Client *c = id >= 0 ? &clients->at[id] : NULL;
    bool cares = c && c->xid == msg->xid && c->state != ST_IDLE;
    int64_t now = ground_now(clients->ground);
    BerthAddr server = BERTH_ADDR4_ANY;

    if (!c || msg->type > BERTH_DHCPRELEASE)
        return;
    berth_msg4_addr(msg, BERTH_DHO_DHCP_SERVER_IDENTIFIER, &server);
    history_note(clients->history, now, "  %-6s client %d .%d from .%d, xid %08x", names[msg->type],
                 id, msg->yiaddr.b[15], server.b[15], msg->xid);
    if (msg->type == BERTH_DHCPACK)
        tell_ack(clients, id, msg, cares);
    else if (msg->type == BERTH_DHCPNAK)
        history_nak(clients->history, now, id, c->addr,
                    cares && (extends(c) || c->state == ST_REBOOTING));
    else if (msg->type == BERTH_DHCPOFFER)
        history_offer(clients->history, now, id, msg->yiaddr);
}

/* The history has an answer as soon as it has left the server, whether or not it arrives. */
void clients_see(Clients *clients, BerthBytes bytes)
{
    BerthArena arena;
    BerthMsg4 msg;

    berth_arena_init(&arena, 65536);
    if (parse_reply(bytes, &msg, &arena))
        tell(clients, &msg);
    berth_arena_clear(&arena);
}

/* ---- the sweep ---- */

void clients_sweep(Clients *clients, BerthAddr server)
{
    int64_t soon = ground_now(clients->ground) + CLIENTS_SWEEP_USEC;

    clients->sweeping = true;
    for (unsigned i = 0; i < clients->n; i++) {
        Client *c = &clients->at[i];

        if (!history_promises(clients->history, soon, c->id, c->addr)) {
            c->state = ST_GONE;
            continue;
        }
        begin(c, ST_SWEPT);
        c->server = server;
        wait_for(c, up_to(c, SWEEP_RESEND_USEC));
    }
}

bool clients_are_swept(const Clients *clients)
{
    for (unsigned i = 0; i < clients->n; i++)
        if (clients->at[i].state == ST_SWEPT)
            return false;
    return true;
}

unsigned clients_sweep_end(Clients *clients)
{
    unsigned confirmed = 0;

    for (unsigned i = 0; i < clients->n; i++) {
        const Client *c = &clients->at[i];

        confirmed += c->state == ST_BOUND;
        if (c->state == ST_SWEPT)
            history_broken(clients->history, ground_now(clients->ground),
                           "INV-03/11: server .%d does not renew .%d of client %d", c->server.b[15],
                           c->addr.b[15], c->id);
    }
    return confirmed;
}

/* ---- making ---- */

Clients *clients_new(const Ground *ground, History *history, unsigned n)
{
    Clients *clients = g_new0(Clients, 1);

    *clients = (Clients){.ground = ground, .history = history, .n = n};
    clients->at = g_new0(Client, n);
    for (unsigned i = 0; i < n; i++) {
        Client *c = &clients->at[i];

        *c = (Client){.clients = clients, .id = (int)i, .addr = BERTH_ADDR4_ANY};
        c->timer = berth_timer_new_in(ground->timers, on_timer, c);
        idle(c, up_to(c, ground->pause_usec / 2));
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
