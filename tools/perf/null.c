/* null - see null.h. */
#include "tools/perf/null.h"

#include "core/base/addr.h"
#include "core/wire/msg4.h"
#include "tools/perf/v6/null6.h"
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <time.h>

#define FIRST_ADDRESS 0x0a000001u
#define N_ADDRESSES 0xfffffdu
#define NO_ADDRESS 0xc0000201u /* 192.0.2.1, the server's where its interface has none */
#define OPTION_END 255
#define TURNS_MAX 1024

/* Options of every answer, in this order: type, server, lifetime 3600 s, mask. */
static const uint8_t options[] = {53, 1, 0,  54, 4, 0, 0,   0, 0, 51, 4,
                                  0,  0, 14, 16, 1, 4, 255, 0, 0, 0,  OPTION_END};
#define TYPE_AT (BERTH_MSG4_HEADER + 2)
#define SERVER_AT (BERTH_MSG4_HEADER + 5)

static void put32(uint8_t *at, uint32_t value)
{
    for (int i = 0; i < 4; i++)
        at[i] = (uint8_t)(value >> (24 - 8 * i));
}

static uint32_t get32(const uint8_t *at)
{
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

/* ---- answering ---- */

typedef struct Query {
    uint8_t type;
    uint32_t requested;
} Query;

/* Bounds are looked at, sense is not. */
static Query read_query(BerthBytes query)
{
    Query ret = {.type = 0};

    for (size_t at = BERTH_MSG4_HEADER; at + 1 < query.len && query.data[at] != OPTION_END;
         at += query.data[at] ? 2u + query.data[at + 1] : 1u) {
        size_t len = query.data[at + 1];

        if (query.data[at] && len > query.len - at - 2)
            break;
        if (query.data[at] == BERTH_DHO_DHCP_MESSAGE_TYPE && len == 1)
            ret.type = query.data[at + 2];
        else if (query.data[at] == BERTH_DHO_DHCP_REQUESTED_ADDRESS && len == 4)
            ret.requested = get32(query.data + at + 2);
    }
    return ret;
}

/* A REQUEST gets what it asks for: in option 50, or in ciaddr when it renews. */
static bool choose(PerfNull *null, BerthBytes message, uint8_t *ret_type, uint32_t *ret_address)
{
    Query query = read_query(message);

    if (query.type == BERTH_DHCPDISCOVER) {
        *ret_type = BERTH_DHCPOFFER;
        *ret_address = FIRST_ADDRESS + null->counter++ % N_ADDRESSES;
        null->n_offers++;
        return true;
    }
    if (query.type != BERTH_DHCPREQUEST) {
        null->n_others++;
        return false;
    }
    *ret_type = BERTH_DHCPACK;
    *ret_address = query.requested ? query.requested : get32(message.data + 12);
    null->n_acks++;
    return true;
}

bool perf_null_answer(PerfNull *null, BerthBytes query, uint8_t *ret)
{
    uint32_t address;
    uint8_t type;

    if (query.len < BERTH_MSG4_HEADER || query.data[0] != BERTH_BOOTREQUEST ||
        !choose(null, query, &type, &address))
        return false;
    memset(ret, 0, PERF_NULL_LEN);
    ret[0] = BERTH_BOOTREPLY;
    memcpy(ret + 1, query.data + 1, 7);        /* htype, hlen, hops, xid */
    memcpy(ret + 10, query.data + 10, 2);      /* flags */
    put32(ret + 16, address);                  /* yiaddr */
    memcpy(ret + 24, query.data + 24, 4 + 16); /* giaddr, chaddr */
    memcpy(ret + 236, query.data + 236, 4);    /* the cookie */
    memcpy(ret + BERTH_MSG4_HEADER, options, sizeof(options));
    ret[TYPE_AT] = type;
    put32(ret + SERVER_AT, null->server);
    return true;
}

/* ---- running ---- */

typedef struct Responder {
    PerfWire *wire;
    PerfNull null;
    uint8_t mac[6];
    bool is_v6, is_frames;
} Responder;

static void answer(Responder *responder, const PerfIn *in)
{
    uint8_t *room = perf_wire_room(responder->wire);
    PerfTo to = {.name = &in->from};

    if (responder->is_v6) {
        size_t len = perf_null6_answer(&responder->null, in->message, room);

        if (len)
            perf_wire_push(responder->wire, len, &to);
        return;
    }
    if (!perf_null_answer(&responder->null, in->message, room))
        return;
    if (responder->is_frames) {
        to = (PerfTo){.ip = get32(room + 16), .source_ip = responder->null.server};
        memcpy(to.mac, room + 28, 6);
        memcpy(to.source_mac, responder->mac, 6);
    }
    perf_wire_push(responder->wire, PERF_NULL_LEN, &to);
}

/* All that has come, but so much that the clock is looked at in time. */
static void serve(Responder *responder)
{
    PerfIn in[PERF_BATCH];
    size_t n;

    for (int turns = 0; turns < TURNS_MAX && (n = perf_wire_receive(responder->wire, in));
         turns++) {
        for (size_t i = 0; i < n; i++)
            if (!in[i].is_arp)
                answer(responder, &in[i]);
        perf_wire_flush(responder->wire);
    }
}

/* What it says of itself as server identifier. */
static uint32_t own_address(const PerfConf *conf, uint8_t ret_mac[6])
{
    uint32_t ip = 0;

    if (conf->interface)
        perf_wire_interface(conf->interface, ret_mac, &ip);
    if (!berth_addr_is_any(conf->server))
        return berth_addr_to4(conf->server);
    if (ip)
        return ip;
    return berth_addr_is_any(conf->local) ? NO_ADDRESS : berth_addr_to4(conf->local);
}

static double now_sec(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void run(Responder *responder, double period_sec, int stop_fd)
{
    struct pollfd fds[] = {{.fd = perf_wire_fd(responder->wire), .events = POLLIN},
                           {.fd = stop_fd, .events = POLLIN}};
    double end_sec = period_sec > 0 ? now_sec() + period_sec : 0;

    while (!(fds[1].revents & POLLIN) && (end_sec <= 0 || now_sec() < end_sec)) {
        if (poll(fds, G_N_ELEMENTS(fds), 100) > 0 && fds[0].revents)
            serve(responder);
    }
}

int perf_null_run(const PerfConf *conf, int stop_fd)
{
    Responder responder = {.is_v6 = conf->is_v6, .is_frames = perf_conf_uses_frames(conf)};
    GError *error = NULL;

    if (!conf->is_v6)
        responder.null.server = own_address(conf, responder.mac);
    if (!perf_wire_open(conf, &responder.wire, &error)) {
        fprintf(stderr, "berthperf: %s\n", error->message);
        g_error_free(error);
        return 1;
    }
    if (!conf->is_quiet)
        fprintf(stderr, "berthperf: answering %s on %s port %u\n",
                conf->is_v6 ? "DHCPv6" : "DHCPv4", conf->interface ? conf->interface : "UDP",
                conf->local_port);
    run(&responder, conf->period_sec, stop_fd);
    printf("%" PRIu64 " %s, %" PRIu64 " %s, %" PRIu64 " other messages\n", responder.null.n_offers,
           conf->is_v6 ? "ADVERTISEs" : "OFFERs", responder.null.n_acks,
           conf->is_v6 ? "REPLYs" : "ACKs", responder.null.n_others);
    perf_wire_close(responder.wire);
    return 0;
}
