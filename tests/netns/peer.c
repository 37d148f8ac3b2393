/* peer - see peer.h. */
#include "tests/netns/peer.h"

#include "core/base/addr.h"
#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define SOCKET_BUFFER (4 << 20)

PeerAsk peer_ask(BerthType4 type, uint32_t client)
{
    PeerAsk ask = {
        .type = type,
        .xid = g_random_int(),
        .mac = {2, 0xbe, client >> 24, client >> 16 & 255, client >> 8 & 255, client & 255}};

    ask.ciaddr = ask.requested = ask.server_id = BERTH_ADDR4_ANY;
    return ask;
}

/* ---- the socket ---- */

static int set_up(const Peer *peer, const char *iface)
{
    bool is_relay = !berth_addr_is_any(peer->relay);
    struct sockaddr_in at = {.sin_family = AF_INET,
                             .sin_addr = berth_addr_to_in(peer->relay),
                             .sin_port = htons(is_relay ? 67 : 68)};
    int on = 1, size = SOCKET_BUFFER;

    if (setsockopt(peer->fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) < 0 ||
        setsockopt(peer->fd, SOL_SOCKET, SO_BROADCAST, &on, sizeof(on)) < 0 ||
        setsockopt(peer->fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)) < 0)
        return -errno;
    if (iface &&
        setsockopt(peer->fd, SOL_SOCKET, SO_BINDTODEVICE, iface, (socklen_t)strlen(iface)) < 0)
        return -errno;
    return bind(peer->fd, (struct sockaddr *)&at, sizeof(at)) < 0 ? -errno : 0;
}

int peer_open(Peer *peer, const char *iface, BerthAddr relay, BerthAddr server)
{
    int r;

    *peer = (Peer){socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), relay, server};
    if (peer->fd < 0)
        return -errno;
    r = set_up(peer, iface);
    if (r < 0)
        peer_close(peer);
    return r;
}

void peer_close(Peer *peer)
{
    close(peer->fd);
    peer->fd = -1;
}

/* ---- sending ---- */

static size_t add_addr(BerthOption4 *options, size_t n, uint8_t code, const BerthAddr *addr)
{
    if (berth_addr_is_any(*addr))
        return n;
    options[n] = (BerthOption4){code, {addr->b + 12, 4}};
    return n + 1;
}

BerthBytes peer_write(const Peer *peer, const PeerAsk *ask, uint8_t *buffer, size_t size)
{
    BerthMsg4 msg = {.op = BERTH_BOOTREQUEST, .xid = ask->xid, .type = ask->type};
    BerthWriter w = berth_writer(buffer, size);
    BerthOption4 options[4];
    BerthMsg4Left left;
    size_t n = 0;

    msg.hwaddr = (BerthHwaddr){.type = 1, .len = 6};
    memcpy(msg.hwaddr.bytes, ask->mac, 6);
    msg.ciaddr = ask->ciaddr;
    msg.yiaddr = msg.siaddr = BERTH_ADDR4_ANY;
    msg.giaddr = peer->relay;
    msg.flags = berth_addr_is_any(peer->relay) ? BERTH_FLAG4_BROADCAST : 0;
    n = add_addr(options, n, BERTH_DHO_DHCP_REQUESTED_ADDRESS, &ask->requested);
    n = add_addr(options, n, BERTH_DHO_DHCP_SERVER_IDENTIFIER, &ask->server_id);
    if (ask->client_id.len > 0)
        options[n++] = (BerthOption4){BERTH_DHO_DHCP_CLIENT_IDENTIFIER, ask->client_id};
    berth_msg4_write(&msg, options, n, size, &w, &left);
    return berth_writer_bytes(&w);
}

int peer_send_bytes(Peer *peer, BerthBytes bytes)
{
    bool unicast = !berth_addr_is_any(peer->server);
    struct sockaddr_in to = {.sin_family = AF_INET,
                             .sin_addr =
                                 berth_addr_to_in(unicast ? peer->server : berth_addr4(UINT32_MAX)),
                             .sin_port = htons(67)};

    return sendto(peer->fd, bytes.data, bytes.len, 0, (struct sockaddr *)&to, sizeof(to)) < 0
               ? -errno
               : 0;
}

int peer_send(Peer *peer, const PeerAsk *ask)
{
    uint8_t buffer[600];

    return peer_send_bytes(peer, peer_write(peer, ask, buffer, sizeof(buffer)));
}

/* ---- receiving ---- */

static void take(const BerthMsg4 *msg, PeerAnswer *ret)
{
    BerthBytes id = msg->option[BERTH_DHO_DHCP_CLIENT_IDENTIFIER];

    *ret = (PeerAnswer){.type = msg->type, .xid = msg->xid, .addr = msg->yiaddr};
    ret->server_id = BERTH_ADDR4_ANY;
    memcpy(ret->mac, msg->hwaddr.bytes, sizeof(ret->mac));
    berth_msg4_u32(msg, BERTH_DHO_DHCP_LEASE_TIME, &ret->lifetime_sec);
    berth_msg4_addr(msg, BERTH_DHO_DHCP_SERVER_IDENTIFIER, &ret->server_id);
    ret->client_id_len = MIN(id.len, sizeof(ret->client_id));
    if (ret->client_id_len > 0)
        memcpy(ret->client_id, id.data, ret->client_id_len);
}

static void read_answer(BerthBytes bytes, PeerAnswer *ret)
{
    BerthArena arena;
    BerthMsg4 msg;

    berth_arena_init(&arena, 1 << 16);
    if (berth_msg4_parse(&msg, bytes, BERTH_BOOTREPLY, &arena) != BERTH_PARSE4_OK) {
        fprintf(stderr, "the server sent %zu bytes that are no DHCP reply\n", bytes.len);
        exit(3);
    }
    take(&msg, ret);
    berth_arena_clear(&arena);
}

bool peer_receive(Peer *peer, int wait_ms, PeerAnswer *ret)
{
    struct pollfd poll_fd = {peer->fd, POLLIN, 0};
    uint8_t buffer[2048];
    ssize_t n;

    if (poll(&poll_fd, 1, wait_ms) <= 0)
        return false;
    n = recv(peer->fd, buffer, sizeof(buffer), MSG_DONTWAIT);
    if (n < 0) /* a port unreachable, while the server is down */
        return false;
    read_answer((BerthBytes){buffer, (size_t)n}, ret);
    return true;
}

bool peer_receive_for(Peer *peer, uint32_t xid, int wait_ms, PeerAnswer *ret)
{
    gint64 until = g_get_monotonic_time() + wait_ms * INT64_C(1000);
    gint64 left;

    while ((left = until - g_get_monotonic_time()) >= 0)
        if (peer_receive(peer, (int)(left / 1000), ret) && ret->xid == xid)
            return true;
    return false;
}
