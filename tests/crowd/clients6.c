/* clients6 - see clients6.h. */
#include "tests/crowd/clients6.h"

#include "core/net/net.h"
#include "core/wire/msg6.h"

#define IAS 2 /* of a client: IA_NA and IA_PD */

typedef enum State {
    ST_IDLE,
    ST_SOLICITING,
    ST_REQUESTING,
    ST_BOUND,
    ST_RENEWING,
    ST_REBINDING,
    ST_GONE,
} State;

typedef struct Ia {
    bool wanted;
    BerthPrefix has; /* len 0: nothing */
    int64_t until;
} Ia;

typedef struct Client {
    Clients6 *clients;
    int id;
    State state;
    uint32_t xid;
    uint8_t server_id[BERTH_DUID_MAX];
    size_t server_id_len;
    Ia ias[IAS];
    int64_t asked, t1, t2;
    unsigned tries;
    BerthTimer *timer;
} Client;

struct Clients6 {
    const Ground *ground;
    History6 *history;
    Client *at;
    unsigned n;
};

static const BerthLeaseType types[IAS] = {BERTH_LEASE_NA, BERTH_LEASE_PD};
static const uint16_t ia_codes[IAS] = {BERTH_D6O_IA_NA, BERTH_D6O_IA_PD};
static const uint16_t lease_codes[IAS] = {BERTH_D6O_IAADDR, BERTH_D6O_IAPREFIX};

void clients6_duid(int client, uint8_t *ret)
{
    memcpy(ret, (uint8_t[]){0, 3, 0, 1, (uint8_t)(client >> 8), (uint8_t)client}, 6);
}

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

static BerthAddr link_local(const Client *c)
{
    return (BerthAddr){{0xfe, 0x80, [14] = (uint8_t)(1 + (c->id >> 8)), [15] = (uint8_t)c->id}};
}

/* ---- sending ---- */

/* Decline is for addresses only. */
static void write_ias(const Client *c, BerthWriter *w, BerthType6 type)
{
    for (int i = 0; i < IAS; i++) {
        const Ia *ia = &c->ias[i];
        BerthIa6 head = {.iaid = 1};
        BerthIaLease6 lease = {.addr = ia->has.addr, .len = ia->has.len};
        uint8_t *mark, *inner;

        if (!ia->wanted || (type == BERTH_DECLINE && i > 0))
            continue;
        mark = berth_write_ia6_begin(w, ia_codes[i], &head);
        if (ia->has.len > 0) {
            inner = berth_write_lease6_begin(w, lease_codes[i], &lease);
            berth_write_option6_end(w, inner);
        }
        berth_write_option6_end(w, mark);
    }
}

static void write_message(const Client *c, BerthWriter *w, BerthType6 type)
{
    bool names_server = type != BERTH_SOLICIT && type != BERTH_REBIND;
    uint8_t duid[6];

    clients6_duid(c->id, duid);
    berth_write_u32(w, (uint32_t)type << 24 | c->xid);
    berth_write_option6(w, BERTH_D6O_CLIENTID, (BerthBytes){duid, sizeof(duid)});
    if (names_server)
        berth_write_option6(w, BERTH_D6O_SERVERID, (BerthBytes){c->server_id, c->server_id_len});
    berth_write_option6(w, BERTH_D6O_ELAPSED_TIME, (BerthBytes){(const uint8_t[]){0, 0}, 2});
    write_ias(c, w, type);
}

static void send_message(const Client *c, BerthType6 type)
{
    uint8_t bytes[600];
    BerthWriter w = berth_writer(bytes, sizeof(bytes));
    BerthDatagram out = {
        .src = link_local(c),
        .dst = BERTH_GROUP_RELAYS_AND_SERVERS,
        .src_port = 546,
        .dst_port = 547,
    };
    uint8_t *mark;

    if (c->id % 2) {
        write_message(c, &w, type);
    } else {
        /* RFC 9915 section 19.1. */
        out.src = (BerthAddr){{0xfe, 0x80, [15] = 2}};
        out.src_port = 547;
        berth_write_u8(&w, BERTH_RELAY_FORW);
        berth_write_u8(&w, 0);
        berth_write_addr6(&w, (BerthAddr){{0x20, 0x01, 0x0d, 0xb8, 0, 1, [15] = 1}});
        berth_write_addr6(&w, link_local(c));
        mark = berth_write_option6_begin(&w, BERTH_D6O_RELAY_MSG);
        write_message(c, &w, type);
        berth_write_option6_end(&w, mark);
    }
    out.data = berth_writer_bytes(&w);
    ground_send(c->clients->ground, &out);
}

/* ---- the life of a client ---- */

static void wait_for(const Client *c, int64_t usec)
{
    ground_timer_set(c->clients->ground, c->timer, usec);
}

static void idle(Client *c, int64_t usec)
{
    c->state = ST_IDLE;
    c->tries = 0;
    wait_for(c, usec);
}

static void begin(Client *c)
{
    c->xid = g_rand_int(c->clients->ground->rand) & 0xffffff;
    c->asked = now_of(c);
}

static void ask(Client *c, State state, BerthType6 type)
{
    if (c->state != state) {
        c->state = state;
        c->tries = 0;
        begin(c);
    }
    c->tries++;
    send_message(c, type);
    wait_for(c, GROUND_SEC * MIN(1 << c->tries, 16) + up_to(c, GROUND_SEC));
}

/* From here on the client makes no claim to it, whether or not a server hears of it. */
static void leave(Client *c, int i, Ending ending)
{
    if (c->ias[i].has.len > 0)
        history6_give_back(c->clients->history, now_of(c), (Binding6){c->id, types[i]},
                           c->ias[i].has, ending);
    c->ias[i].has.len = 0;
}

static void forget(Client *c, int i)
{
    leave(c, i, ENDING_SILENT);
}

static void give_back(Client *c, Ending ending, int64_t rest_usec)
{
    begin(c);
    if (ending != ENDING_LOST_RELEASE)
        send_message(c, ending == ENDING_DECLINE ? BERTH_DECLINE : BERTH_RELEASE);
    for (int i = 0; i < (ending == ENDING_DECLINE ? 1 : IAS); i++)
        leave(c, i, ending);
    idle(c, rest_usec);
}

/* It has rebooted, and uses nothing of what it had. */
static void start_over(Client *c)
{
    for (int i = 0; i < IAS; i++)
        forget(c, i);
    ask(c, ST_SOLICITING, BERTH_SOLICIT);
}

static void live(Client *c)
{
    if (by_chance(c, 0.15))
        give_back(c, by_chance(c, LOST_RELEASES) ? ENDING_LOST_RELEASE : ENDING_RELEASE,
                  c->clients->ground->rest_usec + up_to(c, c->clients->ground->pause_usec));
    else if (by_chance(c, 0.1))
        start_over(c);
    else if (by_chance(c, 0.02))
        c->state = ST_GONE;
    else
        ask(c, ST_RENEWING, BERTH_RENEW);
}

static bool has_any(const Client *c)
{
    return c->ias[0].has.len > 0 || c->ias[1].has.len > 0;
}

static void drop_ended(Client *c)
{
    for (int i = 0; i < IAS; i++)
        if (c->ias[i].has.len > 0 && c->ias[i].until <= now_of(c))
            forget(c, i);
}

static void on_timer(void *data)
{
    Client *c = data;

    drop_ended(c);
    switch (c->state) {
    case ST_IDLE:
    case ST_SOLICITING:
        ask(c, ST_SOLICITING, BERTH_SOLICIT);
        break;
    case ST_REQUESTING:
        if (c->tries < 4)
            ask(c, ST_REQUESTING, BERTH_REQUEST);
        else
            idle(c, up_to(c, 5 * GROUND_SEC));
        break;
    case ST_BOUND:
        live(c);
        break;
    case ST_RENEWING:
    case ST_REBINDING:
        if (!has_any(c))
            idle(c, up_to(c, 5 * GROUND_SEC));
        else if (now_of(c) >= c->t2)
            ask(c, ST_REBINDING, BERTH_REBIND);
        else
            ask(c, ST_RENEWING, BERTH_RENEW);
        break;
    case ST_GONE:
        break;
    }
}

/* ---- receiving ---- */

/* The lease of an IA of the message; false: the message has no such IA, or nothing in it. */
static bool lease_of(const BerthMsg6 *msg, int i, BerthIaLease6 *ret)
{
    const BerthOption6 *ia = berth_options6_find(msg->options, ia_codes[i]);
    const BerthOption6 *lease =
        ia ? berth_options6_find(berth_option6_inside(ia), lease_codes[i]) : NULL;

    return lease && berth_option6_lease(lease, ret);
}

static void on_advertise(Client *c, const BerthMsg6 *msg)
{
    BerthIaLease6 lease;
    BerthBytes id;

    if (c->state != ST_SOLICITING || !berth_options6_bytes(msg->options, BERTH_D6O_SERVERID, &id) ||
        (!lease_of(msg, 0, &lease) && !lease_of(msg, 1, &lease)))
        return;
    memcpy(c->server_id, id.data, id.len);
    c->server_id_len = id.len;
    /* What it asks for is what the server found, and what it may have itself. */
    for (int i = 0; i < IAS; i++)
        if (c->ias[i].has.len == 0 && lease_of(msg, i, &lease)) {
            c->ias[i].has = (BerthPrefix){lease.addr, lease.len};
            c->ias[i].until = INT64_MAX;
        }
    ask(c, ST_REQUESTING, BERTH_REQUEST);
}

/* What the reply does not give, or gives no time, is over. */
static void take_lease(Client *c, const BerthMsg6 *msg, int i)
{
    Ia *ia = &c->ias[i];
    BerthIaLease6 lease;

    if (!ia->wanted)
        return;
    if (!lease_of(msg, i, &lease) || lease.valid_sec == 0) {
        forget(c, i);
        return;
    }
    if (ia->has.len > 0 && !berth_prefix_equal(ia->has, (BerthPrefix){lease.addr, lease.len}))
        forget(c, i);
    ia->has = (BerthPrefix){lease.addr, lease.len};
    ia->until = c->asked + (int64_t)lease.valid_sec * GROUND_SEC;
}

static void on_reply(Client *c, const BerthMsg6 *msg)
{
    int64_t until = INT64_MAX;

    if (c->state != ST_REQUESTING && c->state != ST_RENEWING && c->state != ST_REBINDING)
        return;
    for (int i = 0; i < IAS; i++) {
        take_lease(c, msg, i);
        if (c->ias[i].has.len > 0)
            until = MIN(until, c->ias[i].until);
    }
    if (until == INT64_MAX) {
        idle(c, GROUND_SEC + up_to(c, 10 * GROUND_SEC));
        return;
    }
    if (c->state == ST_REQUESTING && c->ias[0].has.len > 0 && by_chance(c, 0.02)) {
        give_back(c, ENDING_DECLINE, 10 * GROUND_SEC);
        return;
    }
    c->state = ST_BOUND;
    c->t1 = c->asked + (until - c->asked) / 2;
    c->t2 = c->asked + (until - c->asked) * 4 / 5;
    wait_for(c, MAX(c->t1 - now_of(c), GROUND_SEC));
}

static Client *client_of(const Clients6 *clients, const BerthMsg6 *msg)
{
    BerthBytes duid;
    unsigned id;

    if (!berth_options6_bytes(msg->options, BERTH_D6O_CLIENTID, &duid) || duid.len != 6)
        return NULL;
    id = (unsigned)duid.data[4] << 8 | duid.data[5];
    return id < clients->n ? &clients->at[id] : NULL;
}

void clients6_arrived(void *data, BerthBytes bytes)
{
    Clients6 *clients = data;
    BerthArena arena;
    BerthMsg6 msg;
    Client *c;

    berth_arena_init(&arena, 65536);
    if (berth_msg6_parse(&msg, bytes, &arena) == BERTH_PARSE6_OK &&
        (c = client_of(clients, &msg)) && c->xid == msg.xid) {
        if (msg.type == BERTH_ADVERTISE)
            on_advertise(c, &msg);
        else if (msg.type == BERTH_REPLY)
            on_reply(c, &msg);
    }
    berth_arena_clear(&arena);
}

static void tell_history(Clients6 *clients, const Client *c, const BerthMsg6 *msg)
{
    /* A late answer to what the client has since given back promises it nothing. */
    bool cares = c->xid == msg->xid && c->state >= ST_REQUESTING && c->state != ST_GONE;

    for (int i = 0; i < IAS; i++) {
        BerthIaLease6 lease;

        if (lease_of(msg, i, &lease) && lease.valid_sec > 0)
            history6_ack(clients->history, ground_now(clients->ground), (Binding6){c->id, types[i]},
                         (BerthPrefix){lease.addr, lease.len},
                         cares ? c->asked + (int64_t)lease.valid_sec * GROUND_SEC : 0);
    }
}

static void tell_offers(Clients6 *clients, const Client *c, const BerthMsg6 *msg)
{
    for (int i = 0; i < IAS; i++) {
        BerthIaLease6 lease;

        if (lease_of(msg, i, &lease) && lease.valid_sec > 0)
            history6_offer(clients->history, ground_now(clients->ground),
                           (Binding6){c->id, types[i]}, (BerthPrefix){lease.addr, lease.len});
    }
}

/* The history has a REPLY as soon as it has left the server, whether or not it arrives. */
void clients6_see(Clients6 *clients, BerthBytes bytes)
{
    BerthArena arena;
    BerthMsg6 msg;
    const Client *c;

    berth_arena_init(&arena, 65536);
    if (berth_msg6_parse(&msg, bytes, &arena) == BERTH_PARSE6_OK &&
        (c = client_of(clients, &msg))) {
        if (msg.type == BERTH_REPLY)
            tell_history(clients, c, &msg);
        else if (msg.type == BERTH_ADVERTISE)
            tell_offers(clients, c, &msg);
    }
    berth_arena_clear(&arena);
}

/* ---- making ---- */

Clients6 *clients6_new(const Ground *ground, History6 *history, unsigned n)
{
    Clients6 *clients = g_new0(Clients6, 1);

    *clients = (Clients6){.ground = ground, .history = history, .n = n};
    clients->at = g_new0(Client, n);
    for (unsigned i = 0; i < n; i++) {
        Client *c = &clients->at[i];

        *c = (Client){.clients = clients, .id = (int)i};
        c->ias[0].wanted = i % 3 != 0;
        c->ias[1].wanted = i % 3 != 1;
        c->timer = berth_timer_new_in(ground->timers, on_timer, c);
        idle(c, up_to(c, ground->pause_usec / 2));
    }
    return clients;
}

void clients6_free(Clients6 *clients)
{
    for (unsigned i = 0; i < clients->n; i++)
        berth_timer_free(clients->at[i].timer);
    g_free(clients->at);
    g_free(clients);
}
