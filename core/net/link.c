/* link - see link.h. */
#include "core/net/link.h"

#include "core/base/addr.h"
#include "core/base/bytes.h"
#include "core/net/echo.h"
#include "core/net/iface.h"
#include "core/net/raw4.h"
#include "core/net/route.h"
#include "core/net/socket.h"
#include "core/net/udp.h"
#include <errno.h>
#include <poll.h>
#include <unistd.h>

/* So many datagrams are taken before anything else has its turn. */
#define DATAGRAMS_PER_WAKEUP 512
/* A descriptor that answers with an error is left alone for so long, so that an error that stays
 * does not keep the server busy. What arrives meanwhile waits in the kernel. */
#define PAUSE_USEC INT64_C(1000000)

/* What the real world's net owns; world->net. */
typedef struct Net {
    BerthWorld *world;
    BerthInbox *inbox;
    unsigned n_links;

    BerthIfaces *ifaces;
    BerthFdWatch *watch;
    BerthTimer *timer; /* for the first telling, and after an error */
    BerthIfaceChange change;
    void *data;
} Net;

typedef struct Link {
    BerthLink base;
    Net *net;
    BerthLinkKind kind;
    uint16_t port;
    BerthAddr src; /* for frames, when none is given */
    int fd;
    int routed_fd; /* -1 without use_routing */
    BerthRaw4 raw;
    BerthFdWatch *watch;
    BerthTimer *timer; /* ends a pause */
    BerthReceive receive;
    void *data;
    bool is_receiving;
    bool is_closed; /* while receiving */
} Link;

static Net *net_get(BerthWorld *world)
{
    Net *net = world->net;

    if (!net) {
        net = world->net = g_new0(Net, 1);
        net->world = world;
        net->inbox = berth_inbox_new();
    }
    return net;
}

static void net_drop_unused(Net *net)
{
    if (net->n_links > 0 || net->ifaces)
        return;
    net->world->net = NULL;
    berth_inbox_free(net->inbox);
    g_free(net);
}

/* ---- interfaces ---- */

static void tell(Net *net)
{
    size_t n;
    const BerthIface *all = berth_ifaces_list(net->ifaces, &n);

    net->change(net->data, all, n);
}

/* False when it could not be read and a pause has begun. */
static bool read_ifaces(Net *net, bool *ret_is_changed)
{
    if (berth_ifaces_read(net->ifaces, ret_is_changed) == 0)
        return true;
    berth_world_real_unwatch_fd(g_steal_pointer(&net->watch));
    berth_world_timer_set(net->world, net->timer, PAUSE_USEC);
    return false;
}

static void on_events(void *data, unsigned events)
{
    Net *net = data;
    bool is_changed = false;

    (void)events;
    if (read_ifaces(net, &is_changed) && is_changed)
        tell(net);
}

static void watch_events(void *data)
{
    Net *net = data;
    bool is_changed;

    if (!net->watch)
        net->watch = berth_world_real_watch_fd(net->world, berth_ifaces_fd(net->ifaces), POLLIN,
                                               on_events, net);
    if (read_ifaces(net, &is_changed))
        tell(net);
}

static void stop_watch(Net *net)
{
    if (!net->ifaces)
        return;
    if (net->watch)
        berth_world_real_unwatch_fd(g_steal_pointer(&net->watch));
    berth_timer_free(g_steal_pointer(&net->timer));
    berth_ifaces_free(g_steal_pointer(&net->ifaces));
}

static int start_watch(Net *net)
{
    int r = berth_ifaces_new(&net->ifaces);

    if (r == 0)
        net->timer = berth_world_timer(net->world, watch_events, net);
    return r;
}

static int real_iface_watch(BerthWorld *world, BerthIfaceChange change, void *data)
{
    Net *net = net_get(world);
    int r = 0;

    if (!change)
        stop_watch(net);
    else if (!net->ifaces)
        r = start_watch(net);
    if (net->ifaces) {
        net->change = change;
        net->data = data;
        berth_world_timer_set(world, net->timer, 0);
    }
    net_drop_unused(net);
    return r;
}

/* ---- receiving ---- */

static void link_free(Link *link)
{
    Net *net = link->net;

    berth_timer_free(link->timer);
    if (link->watch)
        berth_world_real_unwatch_fd(link->watch);
    if (link->fd >= 0)
        close(link->fd);
    if (link->routed_fd >= 0)
        close(link->routed_fd);
    if (link->raw.fd >= 0)
        close(link->raw.fd);
    g_free(link);
    net->n_links--;
    net_drop_unused(net);
}

/* An error is not told to anybody: the link is left alone for a while. */
static void pause_link(Link *link)
{
    berth_world_real_unwatch_fd(g_steal_pointer(&link->watch));
    berth_world_timer_set(link->base.world, link->timer, PAUSE_USEC);
}

/* What one call fetches; returns how many that were, 0 when there is no more. */
static size_t receive_some(Link *link, unsigned max)
{
    BerthInbox *inbox = link->net->inbox;
    BERTH_UNCLEARED BerthDatagram batch[BERTH_BATCH];
    size_t n, sum = 0;
    int r = berth_udp_fetch(link->fd, inbox, max);

    if (r < 0)
        pause_link(link);
    while (r >= 0 && !link->is_closed && (n = berth_inbox_next(inbox, link->port, batch)) > 0) {
        link->receive(link->data, batch, n);
        sum += n;
    }
    return r > 0 && !link->is_closed ? sum : 0;
}

static void on_readable(void *data, unsigned events)
{
    Link *link = data;
    size_t n;

    (void)events;
    link->is_receiving = true;
    for (unsigned left = DATAGRAMS_PER_WAKEUP; left > 0; left -= MIN(left, (unsigned)n)) {
        n = receive_some(link, left);
        if (n == 0)
            break;
    }
    link->is_receiving = false;
    if (link->is_closed)
        link_free(link);
}

static void watch_link(void *data)
{
    Link *link = data;

    link->watch = berth_world_real_watch_fd(link->base.world, link->fd, POLLIN, on_readable, link);
}

/* ---- opening and closing ---- */

static int open_sockets(Link *link, const BerthLinkConf *conf)
{
    int r = berth_socket_open(conf, &link->fd);

    if (r == 0 && conf->use_routing)
        r = berth_socket_open_routed(conf, &link->routed_fd);
    if (r == 0 && conf->kind == BERTH_LINK_RAW4)
        r = berth_raw4_open(&link->raw);
    return r;
}

static BerthAddr first_addr4(const BerthIface *iface)
{
    for (unsigned i = 0; i < iface->n_addrs; i++)
        if (berth_addr_is4(iface->addrs[i]))
            return iface->addrs[i];
    return BERTH_ADDR4_ANY;
}

static Link *link_new(BerthWorld *world, const BerthLinkConf *conf)
{
    Link *link = g_new0(Link, 1);

    link->base.world = world;
    link->net = net_get(world);
    link->net->n_links++;
    link->kind = conf->kind;
    link->port = conf->port;
    link->src = first_addr4(conf->iface);
    link->fd = link->routed_fd = -1;
    link->raw = (BerthRaw4){.fd = -1, .ifindex = conf->iface->index};
    world->ops->random(world, &link->raw.next_id, sizeof(link->raw.next_id));
    return link;
}

static int real_link_open(BerthWorld *world, const BerthLinkConf *conf, BerthReceive receive,
                          void *data, BerthLink **ret)
{
    Link *link = link_new(world, conf);
    int r = open_sockets(link, conf);

    if (r < 0) {
        link_free(link);
        return r;
    }
    link->receive = receive;
    link->data = data;
    link->timer = berth_world_timer(world, watch_link, link);
    watch_link(link);
    *ret = &link->base;
    return 0;
}

/* Within its own receive callback a link ends when the callback has. */
static void real_link_close(BerthLink *base)
{
    Link *link = (Link *)base;

    link->is_closed = true;
    if (!link->is_receiving)
        link_free(link);
}

/* ---- sending ---- */

/* A batch sorted by the way it leaves. The copies are for those that have to be changed. */
typedef struct Outbox {
    const BerthDatagram *frames[BERTH_BATCH], *direct[BERTH_BATCH], *routed[BERTH_BATCH];
    size_t n_frames, n_direct, n_routed;
    BerthDatagram copies[BERTH_BATCH];
    size_t n_copies;
} Outbox;

static void put_frame(const Link *link, const BerthDatagram *d, Outbox *box)
{
    if (berth_addr_is_any(d->src)) {
        BerthDatagram *copy = &box->copies[box->n_copies++];

        *copy = *d;
        copy->src = link->src;
        d = copy;
    }
    box->frames[box->n_frames++] = d;
}

static void put_broadcast(const BerthDatagram *d, Outbox *box)
{
    BerthDatagram *copy = &box->copies[box->n_copies++];

    *copy = *d;
    copy->dst = berth_addr4(INADDR_BROADCAST);
    box->direct[box->n_direct++] = copy;
}

/* What stays on its interface whatever the routing table says. */
static bool is_for_the_link(BerthAddr dst)
{
    return berth_addr_equal(dst, berth_addr4(INADDR_BROADCAST)) || berth_addr_is_link_local(dst);
}

static void put(const Link *link, const BerthDatagram *d, Outbox *box)
{
    if (d->to_hwaddr && link->kind == BERTH_LINK_RAW4)
        put_frame(link, d, box);
    else if (d->to_hwaddr)
        put_broadcast(d, box);
    else if (link->routed_fd >= 0 && !is_for_the_link(d->dst))
        box->routed[box->n_routed++] = d;
    else
        box->direct[box->n_direct++] = d;
}

static size_t send_outbox(Link *link, const Outbox *box)
{
    size_t sent = 0;

    if (box->n_frames > 0)
        sent += berth_raw4_send(&link->raw, box->frames, box->n_frames);
    if (box->n_direct > 0)
        sent += berth_udp_send(link->fd, box->direct, box->n_direct);
    if (box->n_routed > 0)
        sent += berth_udp_send(link->routed_fd, box->routed, box->n_routed);
    return sent;
}

static size_t real_link_send(BerthLink *base, const BerthDatagram *batch, size_t n)
{
    Link *link = (Link *)base;
    size_t sent = 0;

    for (size_t at = 0; at < n; at += BERTH_BATCH) {
        BERTH_UNCLEARED Outbox box;

        box.n_frames = box.n_direct = box.n_routed = box.n_copies = 0;
        for (size_t i = at; i < n && i < at + BERTH_BATCH; i++)
            put(link, &batch[i], &box);
        sent += send_outbox(link, &box);
    }
    return sent;
}

/* ---- routes ---- */

static void real_routes_change(BerthWorld *world, BerthRouteChange *changes, size_t n)
{
    (void)world;
    berth_route_change(changes, n);
}

static int real_routes_list(BerthWorld *world, uint8_t protocol, uint32_t table,
                            BerthRouteEach each, void *data)
{
    (void)world;
    return berth_route_list(protocol, table, each, data);
}

void berth_net_attach(BerthWorld *real)
{
    static const BerthWorldOps ops = {
        .iface_watch = real_iface_watch,
        .link_open = real_link_open,
        .link_send = real_link_send,
        .link_close = real_link_close,
        .echo_open = berth_echo_real_open,
        .echo_send = berth_echo_real_send,
        .echo_close = berth_echo_real_close,
        .routes_change = real_routes_change,
        .routes_list = real_routes_list,
    };

    berth_world_real_add_net(real, &ops);
}
