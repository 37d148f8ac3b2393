/* net - see net.h. One Slot for each interface that should be served; it holds the open link, or
 * the error that opening it met.
 *
 * Everything that can change (a configuration, the system's interfaces, time passing after an
 * error) ends in reconcile(), which compares what should be served with what is. So there is one
 * path, and an event that got lost is made good by the next one. */
#include "core/net/net.h"

#include "core/base/addr.h"
#include "core/net/want.h"
#include <errno.h>

/* An interface whose link could not be opened is tried again this often: another server may be
 * about to give the port up, and no event tells that. */
#define RETRY_USEC (10 * INT64_C(1000000))

typedef struct Slot {
    BerthNet *net;
    BerthIface iface;  /* as it is now */
    BerthIface served; /* the same with those addresses only that are served */
    BerthLinkKind kind;
    BerthLink *link; /* NULL: see error */
    int error;
    bool is_limited; /* not all that the kernel lets in is for us */
    bool is_wanted;  /* mark of reconcile() */
    size_t n_queued;
    BerthDatagram queue[BERTH_BATCH];
} Slot;

struct BerthNet {
    BerthWorld *world;
    BerthLog *log;
    BerthNetReceive receive;
    void *data;
    BerthTimer *retry;

    BerthWants wants;
    bool raw, use_routing;
    uint16_t port;

    GArray *ifaces; /* of BerthIface: all of them */
    bool is_told;   /* the world has told the interfaces */
    GArray *own;    /* of BerthAddr, sorted */
    uint64_t
        own_bits; /* a bit for the end of each of them: most that is asked for ends otherwise */

    GPtrArray *slots;     /* of Slot */
    GHashTable *by_index; /* ifindex -> Slot */
    Slot *last;           /* that something was sent by; NULL: none, or it has changed since */
    size_t lost;
};

/* ---- links ---- */

static bool is_all_for_us(const Slot *slot, const BerthDatagram *batch, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!berth_wants_take(&slot->net->wants, &slot->iface, batch[i].dst))
            return false;
    return true;
}

static void slot_receive(void *data, const BerthDatagram *batch, size_t n)
{
    Slot *slot = data;
    BerthNet *net = slot->net;
    BerthDatagram kept[BERTH_BATCH];
    size_t n_kept = 0;

    if (!slot->is_limited || is_all_for_us(slot, batch, n)) {
        net->receive(net->data, &slot->served, batch, n);
        return;
    }
    for (size_t i = 0; i < n && i < BERTH_BATCH; i++)
        if (berth_wants_take(&net->wants, &slot->iface, batch[i].dst))
            kept[n_kept++] = batch[i];
    if (n_kept > 0)
        net->receive(net->data, &slot->served, kept, n_kept);
}

/* Frames with hardware addresses of our own choice are for Ethernet; a tunnel has none. */
static BerthLinkKind kind_of(const BerthNet *net, const BerthIface *iface)
{
    bool is_ethernet = iface->hwaddr.type == 1 && iface->hwaddr.len == 6;

    if (net->wants.family == 6)
        return BERTH_LINK_UDP6;
    return net->raw && is_ethernet ? BERTH_LINK_RAW4 : BERTH_LINK_UDP4;
}

static void slot_open(Slot *slot)
{
    BerthNet *net = slot->net;
    BerthLinkConf conf = {slot->kind, &slot->iface, net->port, net->use_routing};
    int r = net->world->ops->link_open(net->world, &conf, slot_receive, slot, &slot->link);

    if (r == 0) {
        berth_log_to(net->log, BERTH_INFO, "dhcpsrv", "BERTH_LINK_OPEN",
                     "interface %s is served, port %u%s", slot->iface.name, net->port,
                     slot->kind == BERTH_LINK_RAW4 ? ", with raw frames" : "");
    } else if (r != slot->error) {
        berth_log_to(
            net->log, BERTH_WARN, "dhcpsrv", "DHCPSRV_OPEN_SOCKET_FAIL",
            "failed to open a socket on interface %s, port %u: %s; trying again every %d s",
            slot->iface.name, net->port, g_strerror(-r), (int)(RETRY_USEC / 1000000));
    }
    slot->error = r;
}

static void slot_flush(Slot *slot)
{
    size_t sent = 0;

    if (slot->n_queued == 0)
        return;
    if (slot->link)
        sent = slot->net->world->ops->link_send(slot->link, slot->queue, slot->n_queued);
    if (sent < slot->n_queued)
        slot->net->lost += slot->n_queued - sent;
    slot->n_queued = 0;
}

static void slot_close(Slot *slot, const char *why)
{
    BerthNet *net = slot->net;

    slot_flush(slot);
    if (!slot->link)
        return;
    net->world->ops->link_close(slot->link);
    slot->link = NULL;
    berth_log_to(net->log, BERTH_INFO, "dhcpsrv", "BERTH_LINK_CLOSE",
                 "interface %s is not served any more: %s", slot->iface.name, why);
}

static void slot_free(void *data)
{
    slot_close(data, "no longer wanted or not usable");
    g_free(data);
}

static Slot *slot_get(BerthNet *net, int ifindex)
{
    Slot *slot = g_hash_table_lookup(net->by_index, GINT_TO_POINTER(ifindex));

    if (!slot) {
        slot = g_new0(Slot, 1);
        slot->net = net;
        g_ptr_array_add(net->slots, slot);
        g_hash_table_insert(net->by_index, GINT_TO_POINTER(ifindex), slot);
    }
    return slot;
}

/* ---- what should be served against what is ---- */

static void serve(BerthNet *net, const BerthIface *iface)
{
    Slot *slot = slot_get(net, iface->index);
    BerthLinkKind kind = kind_of(net, iface);

    if (slot->link && slot->kind != kind)
        slot_close(slot, "opened in another way");
    slot->iface = *iface;
    slot->served = berth_wants_part(&net->wants, iface);
    slot->kind = kind;
    slot->is_wanted = true;
    slot->is_limited = net->wants.family == 6 || slot->served.n_addrs < iface->n_addrs;
    if (!slot->link)
        slot_open(slot);
}

static void close_unwanted(BerthNet *net)
{
    for (unsigned i = net->slots->len; i-- > 0;) {
        Slot *slot = g_ptr_array_index(net->slots, i);

        if (slot->is_wanted)
            continue;
        net->last = NULL;
        g_hash_table_remove(net->by_index, GINT_TO_POINTER(slot->iface.index));
        g_ptr_array_remove_index(net->slots, i);
    }
}

/* Why the entry is not served; NULL when it is, for "*" on one interface at least. An error of
 * opening sets *ret_is_logged, because slot_open() has told it. */
static const char *state_of(const BerthNet *net, const BerthWant *want, bool *ret_is_logged)
{
    const char *why = berth_want_is_star(want) ? "no interface but loopback" : "no such interface";

    for (unsigned i = 0; i < net->ifaces->len; i++) {
        const BerthIface *iface = &g_array_index(net->ifaces, BerthIface, i);
        const Slot *slot;

        if (!berth_want_means(want, iface))
            continue;
        why = berth_want_obstacle(&net->wants, want, iface);
        if (why)
            continue;
        slot = g_hash_table_lookup(net->by_index, GINT_TO_POINTER(iface->index));
        if (slot->link)
            return NULL;
        why = g_strerror(-slot->error);
        *ret_is_logged = true;
    }
    return why;
}

static void want_log(const BerthNet *net, const BerthWant *want)
{
    char addr[BERTH_ADDR_TEXT];
    bool is_limited = !berth_addr_is_any(want->addr);

    berth_log_to(net->log, BERTH_WARN, "dhcpsrv", "DHCPSRV_OPEN_SOCKET_FAIL",
                 "interface %s%s%s is not served: %s", want->name, is_limited ? "/" : "",
                 is_limited ? berth_addr_text(want->addr, addr) : "", want->why);
}

static void want_update(BerthNet *net, BerthWant *want)
{
    bool is_logged = false;
    const char *why = state_of(net, want, &is_logged);
    bool is_new = strcmp(want->why, why ? why : "") != 0;

    want->is_open = !why;
    g_strlcpy(want->why, why ? why : "", sizeof(want->why));
    if (why && is_new && !is_logged)
        want_log(net, want);
}

static bool has_failed_slot(const BerthNet *net)
{
    for (unsigned i = 0; i < net->slots->len; i++)
        if (!((const Slot *)g_ptr_array_index(net->slots, i))->link)
            return true;
    return false;
}

static void reconcile(void *data)
{
    BerthNet *net = data;

    if (!net->is_told)
        return;
    for (unsigned i = 0; i < net->slots->len; i++)
        ((Slot *)g_ptr_array_index(net->slots, i))->is_wanted = false;
    for (unsigned i = 0; i < net->ifaces->len; i++) {
        const BerthIface *iface = &g_array_index(net->ifaces, BerthIface, i);

        if (berth_wants_iface(&net->wants, iface))
            serve(net, iface);
    }
    close_unwanted(net);
    for (unsigned i = 0; i < net->wants.list->len; i++)
        want_update(net, &g_array_index(net->wants.list, BerthWant, i));
    if (has_failed_slot(net))
        berth_world_timer_set(net->world, net->retry, RETRY_USEC);
}

/* ---- the world's interfaces ---- */

static int compare_addrs(const void *a, const void *b)
{
    return berth_addr_compare(*(const BerthAddr *)a, *(const BerthAddr *)b);
}

static uint64_t own_bit(BerthAddr addr)
{
    return UINT64_C(1) << addr.b[15] % 64;
}

static void add_own(BerthNet *net, const BerthIface *iface)
{
    for (unsigned i = 0; i < iface->n_addrs; i++) {
        if (berth_addr_is_link_local(iface->addrs[i]))
            continue;
        g_array_append_val(net->own, iface->addrs[i]);
        net->own_bits |= own_bit(iface->addrs[i]);
    }
}

static void on_change(void *data, const BerthIface *all, size_t n)
{
    BerthNet *net = data;

    g_array_set_size(net->ifaces, 0);
    g_array_set_size(net->own, 0);
    net->own_bits = 0;
    if (n > 0)
        g_array_append_vals(net->ifaces, all, (guint)n);
    for (size_t i = 0; i < n; i++)
        add_own(net, &all[i]);
    g_array_sort(net->own, compare_addrs);
    net->is_told = true;
    reconcile(net);
}

/* ---- the interface ---- */

BerthNet *berth_net_new(BerthWorld *world, BerthLog *log, int family, BerthNetReceive receive,
                        void *data)
{
    BerthNet *net = g_new0(BerthNet, 1);

    net->world = world;
    net->log = log;
    net->receive = receive;
    net->data = data;
    berth_wants_init(&net->wants, family);
    net->ifaces = g_array_new(FALSE, FALSE, sizeof(BerthIface));
    net->own = g_array_new(FALSE, FALSE, sizeof(BerthAddr));
    net->slots = g_ptr_array_new_with_free_func(slot_free);
    net->by_index = g_hash_table_new(NULL, NULL);
    net->retry = berth_world_timer(world, reconcile, net);
    int r = berth_world_watch_ifaces(world, on_change, net);
    if (r < 0)
        berth_log_to(log, BERTH_ERROR, "dhcpsrv", "BERTH_IFACE_WATCH_FAIL",
                     "the system's interfaces cannot be watched, so none is served: %s",
                     g_strerror(-r));
    return net;
}

void berth_net_free(BerthNet *net)
{
    if (!net)
        return;
    berth_world_unwatch_ifaces(net->world, on_change, net);
    berth_timer_free(net->retry);
    g_ptr_array_unref(net->slots);
    g_hash_table_unref(net->by_index);
    g_array_unref(net->own);
    g_array_unref(net->ifaces);
    berth_wants_clear(&net->wants);
    g_free(net);
}

static void close_all(BerthNet *net, const char *why)
{
    for (unsigned i = 0; i < net->slots->len; i++) {
        Slot *slot = g_ptr_array_index(net->slots, i);

        slot_close(slot, why);
        slot->error = 0;
    }
}

void berth_net_configure(BerthNet *net, const BerthNetConf *conf)
{
    if (net->port != conf->port || net->use_routing != conf->use_routing)
        close_all(net, "the port or the routing was changed");
    net->raw = conf->raw;
    net->use_routing = conf->use_routing;
    net->port = conf->port;
    berth_wants_clear(&net->wants);
    berth_wants_init(&net->wants, net->wants.family);
    for (size_t i = 0; i < conf->n_names; i++)
        berth_wants_add(&net->wants, conf->names[i].name, conf->names[i].addr,
                        "the system has not told its interfaces");
    reconcile(net);
}

int berth_net_send(BerthNet *net, int ifindex, const BerthDatagram *out)
{
    Slot *slot = net->last;
    BerthDatagram *queued;

    if (!slot || slot->iface.index != ifindex)
        net->last = slot = g_hash_table_lookup(net->by_index, GINT_TO_POINTER(ifindex));
    if (!slot || !slot->link)
        return -ENODEV;
    queued = &slot->queue[slot->n_queued++];
    *queued = *out;
    if (berth_addr_is_any(out->src) && (!net->use_routing || out->to_hwaddr))
        queued->src = berth_wants_source(&net->wants, &slot->served, out->dst);
    if (slot->n_queued == BERTH_BATCH)
        slot_flush(slot);
    return 0;
}

int berth_net_find(const BerthNet *net, const char *name)
{
    for (unsigned i = 0; i < net->slots->len; i++) {
        const Slot *slot = g_ptr_array_index(net->slots, i);

        if (slot->link && strcmp(slot->iface.name, name) == 0)
            return slot->iface.index;
    }
    return -ENODEV;
}

void berth_net_flush(BerthNet *net, size_t *ret_lost)
{
    for (unsigned i = 0; i < net->slots->len; i++)
        slot_flush(g_ptr_array_index(net->slots, i));
    if (ret_lost)
        *ret_lost = net->lost;
    net->lost = 0;
}

bool berth_net_is_own(const BerthNet *net, BerthAddr addr)
{
    unsigned low = 0, high = net->own->len;

    if (!(net->own_bits & own_bit(addr)))
        return false;
    while (low < high) {
        unsigned middle = low + (high - low) / 2;
        int r = berth_addr_compare(addr, g_array_index(net->own, BerthAddr, middle));

        if (r == 0)
            return true;
        if (r < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return false;
}

size_t berth_net_status(const BerthNet *net, BerthNetStatus *ret, size_t max)
{
    size_t n = MIN(max, net->wants.list->len);

    for (size_t i = 0; i < n; i++) {
        const BerthWant *want = &g_array_index(net->wants.list, BerthWant, i);

        g_strlcpy(ret[i].name, want->name, sizeof(ret[i].name));
        ret[i].open = want->is_open;
        g_strlcpy(ret[i].why, want->why, sizeof(ret[i].why));
    }
    return n;
}
