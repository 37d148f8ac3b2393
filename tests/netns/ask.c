/* ask - sends one DHCP message and prints what comes back, for the scripts beside it:
 *
 *   ask -i IFACE [-t TYPE] [-m CLIENT] [-r REQUESTED] [-c CIADDR] [-s SERVER_ID] [-w MILLISECONDS]
 *   ask -g RELAY -d SERVER ...                    the same as a relay, unicast
 *
 * TYPE is the number in option 53 (1, DISCOVER), CLIENT a number that the hardware address is made
 * of. Prints "DHCPOFFER 192.0.2.10 from 192.0.2.1", or "silence". */
#include "core/base/addr.h"
#include "tests/netns/peer.h"
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

typedef struct Arguments {
    PeerAsk ask;
    const char *iface;
    BerthAddr relay, server;
    int wait_ms;
} Arguments;

static int number(const char *text)
{
    return atoi(text);
}

static bool read_addr(const char *text, BerthAddr *ret)
{
    if (berth_addr_parse(text, ret) == 0)
        return true;
    fprintf(stderr, "ask: %s is no address\n", text);
    return false;
}

static bool read_option(int c, Arguments *ret)
{
    switch (c) {
    case 'i':
        ret->iface = optarg;
        return true;
    case 't':
        ret->ask.type = (BerthType4)number(optarg);
        return true;
    case 'm':
        memcpy(ret->ask.mac, peer_ask(BERTH_DHCPDISCOVER, (uint32_t)number(optarg)).mac, 6);
        return true;
    case 'w':
        ret->wait_ms = number(optarg);
        return true;
    case 'r':
        return read_addr(optarg, &ret->ask.requested);
    case 'c':
        return read_addr(optarg, &ret->ask.ciaddr);
    case 's':
        return read_addr(optarg, &ret->ask.server_id);
    case 'g':
        return read_addr(optarg, &ret->relay);
    case 'd':
        return read_addr(optarg, &ret->server);
    default:
        return false;
    }
}

static int run(const Arguments *arguments)
{
    char addr[BERTH_ADDR_TEXT], from[BERTH_ADDR_TEXT];
    PeerAnswer answer;
    Peer peer;
    int r = peer_open(&peer, arguments->iface, arguments->relay, arguments->server);

    if (r == 0)
        r = peer_send(&peer, &arguments->ask);
    if (r < 0) {
        fprintf(stderr, "ask: %s\n", g_strerror(-r));
        return 2;
    }
    if (peer_receive_for(&peer, arguments->ask.xid, arguments->wait_ms, &answer))
        printf("%s %s from %s\n", berth_type4_name(answer.type), berth_addr_text(answer.addr, addr),
               berth_addr_text(answer.server_id, from));
    else
        printf("silence\n");
    peer_close(&peer);
    return 0;
}

int main(int argc, char **argv)
{
    Arguments arguments = {.ask = peer_ask(BERTH_DHCPDISCOVER, 1), .wait_ms = 1000};
    int c;

    arguments.relay = arguments.server = BERTH_ADDR4_ANY;
    while ((c = getopt(argc, argv, "i:t:m:r:c:s:g:d:w:")) != -1)
        if (!read_option(c, &arguments))
            return 2;
    return run(&arguments);
}
