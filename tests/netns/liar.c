/* liar - a responder that does one thing wrong, for berthperf to find out:
 *
 *   liar [-6] WHAT      on UDP port 67 or 547, until it is killed
 *
 *   xid      the transaction id of an OFFER is another one of the same client
 *   client   an ACK is for another client
 *   twice    every client is given the same address
 *   moved    the ACK has another address than the OFFER
 *   server   the ACK is from another server than the OFFER
 *   turns    every second OFFER is from another server, which does not answer the REQUEST
 *   type     REQUESTs are answered with OFFERs of nothing, DISCOVERs with NAKs; -6: ADVERTISEs,
 * REPLYs nak      REQUESTs are refused: not wrong, but nobody is served mute     every tenth
 * message is not answered: not wrong, but drops double   every answer comes twice: not wrong at all
 *
 * and with -6, to what came through one relay:
 *
 *   relay    the hop count of a REPLY is another one
 *   times    T1 of a REPLY is after T2
 *   moved-prefix, twice-prefix
 *   overlap  every prefix has all addresses in it */
#include "tools/perf/v6/null6.h"
#include "tools/perf/v6/template6.h"
#include <berth/packet.h>
#include <poll.h>
#include <stdio.h>

/* What is written over a good answer. */
typedef struct Lie {
    const char *what;
    bool is_v6, is_first; /* OFFER or ADVERTISE, not ACK or REPLY */
    unsigned at, len;
    uint8_t bytes[17];
    bool flips; /* these bits */
    bool turns; /* every second time */
} Lie;

/* Of DHCPv6 the message begins behind the head of one RELAY-REPL and of its option; null6 puts the
 * server identifier first, then the IAs, and the client identifier last. */
#define IN_RELAY(offset) (38 + (offset))
#define TYPE_AT 242
#define TYPE6_AT IN_RELAY(0)
#define CLIENT6_AT IN_RELAY(75)

/* clang-format off */
static const Lie lies[] = {
    {"xid",    false, true,    4, 1, {0x40}, true},
    {"twice",  false, true,   16, 4, {10, 9, 9, 9}, false},
    {"type",   false, true,  TYPE_AT, 1, {BERTH_DHCPNAK}, false},
    {"client", false, false,  33, 1, {1}, true},
    {"moved",  false, false,  19, 1, {1}, true},
    {"server", false, false, 248, 1, {1}, true},
    {"nak",    false, false, TYPE_AT, 1, {BERTH_DHCPNAK}, false},
    {"turns",  false, true,  248, 1, {1}, true, true},
    {"turns",  true,  true,  IN_RELAY(17), 1, {8}, true, true},
    {"xid",    true,  true,  IN_RELAY(1), 1, {0x40}, true},
    {"twice",  true,  true,  IN_RELAY(53), 1, {0x77}, false},
    {"type",   true,  true,  TYPE6_AT, 1, {BERTH_REPLY}, false},
    {"client", true,  false, CLIENT6_AT, 1, {1}, true},
    {"moved",  true,  false, IN_RELAY(53), 1, {0x80}, true},
    {"server", true,  false, IN_RELAY(17), 1, {8}, true},
    {"type",   true,  false, TYPE6_AT, 1, {BERTH_ADVERTISE}, false},
    {"nak",    true,  false, IN_RELAY(35), 5, {13, 0, 24, 0, 2}, false}, /* a status in place of an IAADDR */
    {"relay",  true,  false,   1, 1, {1}, true},
    {"times",  true,  false, IN_RELAY(28), 1, {0x70}, true},
    {"moved-prefix", true, false, IN_RELAY(97), 1, {0x80}, true},
    {"twice-prefix", true, true,  IN_RELAY(97), 1, {0x77}, false},
    {"overlap",      true, true,  IN_RELAY(90), 17, {32, 0x20, 0x01, 0x0d, 0xb8}, false},
};
/* clang-format on */

typedef struct Liar {
    const char *what;
    bool is_v6;
    PerfWire *wire;
    PerfNull null;
    unsigned n;
} Liar;

static bool does(const Liar *liar, const char *what)
{
    return strcmp(liar->what, what) == 0;
}

static void spoil(const Liar *liar, uint8_t *reply)
{
    bool is_first =
        liar->is_v6 ? reply[TYPE6_AT] == BERTH_ADVERTISE : reply[TYPE_AT] == BERTH_DHCPOFFER;

    for (size_t i = 0; i < G_N_ELEMENTS(lies); i++) {
        const Lie *lie = &lies[i];

        if (!does(liar, lie->what) || lie->is_v6 != liar->is_v6 || lie->is_first != is_first ||
            (lie->turns && liar->n % 2))
            continue;
        for (unsigned k = 0; k < lie->len; k++)
            reply[lie->at + k] = lie->flips ? reply[lie->at + k] ^ lie->bytes[k] : lie->bytes[k];
    }
}

static size_t answer_well(Liar *liar, BerthBytes query, uint8_t *ret)
{
    if (liar->is_v6)
        return perf_null6_answer(&liar->null, query, ret);
    return perf_null_answer(&liar->null, query, ret) ? PERF_NULL_LEN : 0;
}

static void answer(Liar *liar, const PerfIn *in)
{
    uint8_t *room = perf_wire_room(liar->wire), reply[PERF_PACKET6_MAX];
    PerfTo to = {.name = &in->from};
    size_t len = answer_well(liar, in->message, room);

    liar->n++;
    if (len == 0 || (does(liar, "mute") && liar->n % 10 == 0))
        return;
    spoil(liar, room);
    memcpy(reply, room, len);
    perf_wire_push(liar->wire, len, &to);
    if (!does(liar, "double"))
        return;
    memcpy(perf_wire_room(liar->wire), reply, len);
    perf_wire_push(liar->wire, len, &to);
}

int main(int argc, char **argv)
{
    Liar liar = {
        .what = argc > 1 ? argv[argc - 1] : "", .is_v6 = argc > 2, .null = {.server = 0xc0000201u}};
    PerfConf conf;
    PerfIn in[PERF_BATCH];

    perf_conf_init(&conf);
    conf.is_v6 = liar.is_v6;
    conf.local_port = perf_conf_server_port(&conf);
    if (!perf_wire_open(&conf, &liar.wire, NULL))
        return 1;
    puts("ready");
    fflush(stdout);
    for (;;) {
        struct pollfd fd = {.fd = perf_wire_fd(liar.wire), .events = POLLIN};
        size_t n;

        (void)poll(&fd, 1, -1);
        n = perf_wire_receive(liar.wire, in);
        for (size_t i = 0; i < n; i++)
            answer(&liar, &in[i]);
        perf_wire_flush(liar.wire);
    }
}
