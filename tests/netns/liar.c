/* liar - a responder that does one thing wrong, for berthperf to find out:
 *
 *   liar WHAT      on UDP port 67, until it is killed
 *
 *   xid     the transaction id of an OFFER is another one of the same client
 *   mac     an ACK is for another client
 *   twice   every client is given the same address
 *   moved   the ACK has another address than the OFFER
 *   server  the ACK is from another server than the OFFER
 *   type    REQUESTs are answered with OFFERs of nothing, DISCOVERs with NAKs
 *   nak     REQUESTs are refused: not wrong, but nobody is served
 *   mute    every tenth message is not answered: not wrong, but drops
 *   double  every answer comes twice: not wrong at all */
#include "tools/perf/null.h"
#include <berth/packet.h>
#include <poll.h>
#include <stdio.h>

#define TYPE_AT 242
#define SERVER_AT 245

typedef struct Liar {
    const char *what;
    PerfWire *wire;
    PerfNull null;
    unsigned n;
} Liar;

static bool does(const Liar *liar, const char *what)
{
    return strcmp(liar->what, what) == 0;
}

static void spoil_offer(const Liar *liar, uint8_t *reply)
{
    if (does(liar, "xid"))
        reply[4] ^= 0x40;
    if (does(liar, "twice"))
        memcpy(reply + 16, (uint8_t[]){10, 9, 9, 9}, 4);
    if (does(liar, "type"))
        reply[TYPE_AT] = BERTH_DHCPNAK;
}

static void spoil_ack(const Liar *liar, uint8_t *reply)
{
    if (does(liar, "mac"))
        reply[33] ^= 1;
    if (does(liar, "moved"))
        reply[19] ^= 1;
    if (does(liar, "server"))
        reply[SERVER_AT + 3] ^= 1;
    if (does(liar, "nak"))
        reply[TYPE_AT] = BERTH_DHCPNAK;
}

static void answer(Liar *liar, const PerfIn *in)
{
    uint8_t *room = perf_wire_room(liar->wire), reply[PERF_NULL_LEN];
    PerfTo to = {.name = &in->from};

    liar->n++;
    if (!perf_null_answer(&liar->null, in->message, room) ||
        (does(liar, "mute") && liar->n % 10 == 0))
        return;
    if (room[TYPE_AT] == BERTH_DHCPOFFER)
        spoil_offer(liar, room);
    else
        spoil_ack(liar, room);
    memcpy(reply, room, sizeof(reply));
    perf_wire_push(liar->wire, PERF_NULL_LEN, &to);
    if (!does(liar, "double"))
        return;
    memcpy(perf_wire_room(liar->wire), reply, sizeof(reply));
    perf_wire_push(liar->wire, PERF_NULL_LEN, &to);
}

int main(int argc, char **argv)
{
    Liar liar = {.what = argc > 1 ? argv[1] : "", .null = {.server = 0xc0000201u}};
    PerfConf conf;
    PerfIn in[PERF_BATCH];

    perf_conf_init(&conf);
    conf.local_port = 67;
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
