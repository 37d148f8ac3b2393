/* net - see net.h. One Slot for each interface that should be served; it holds the open link, or
 * the error that opening it met.
 *
 * Everything that can change (a configuration, the system's interfaces, time passing after an
 * error) ends in reconcile(), which compares what should be served with what is. So there is one
 * path, and an event that got lost is made good by the next one. */
#include "core/net/net.h"

#include "core/base/addr.h"
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
    bool is_limited; /* some of its addresses are not served */
    bool is_wanted;  /* mark of reconcile() */
    size_t n_queued;
    BerthDatagram queue[BERTH_BATCH];
} Slot;

typedef struct Name {
    char *name;
    BerthAddr addr;
    bool is_open;
    char why[sizeof(((BerthNetStatus *)0)->why)];
} Name;

struct BerthNet {
    BerthWorld *world;
    BerthLog *log;
    BerthNetReceive receive;
    void *data;
    BerthTimer *retry;

    GArray *names; /* of Name */
    bool raw, use_routing;
    uint16_t port;

    GArray *ifaces; /* of BerthIface: all of them */
    bool is_told;   /* the world has told the interfaces */
    GArray *own;    /* of BerthAddr, sorted */

    GPtrArray *slots;     /* of Slot */
    GHashTable *by_index; /* ifindex -> Slot */
    size_t lost;
};

/* ---- which addresses of which interfaces ---- */

static bool is_star(const Name *name)
{
    return strcmp(name->name, "*") == 0;
}

static bool has_addr(const BerthIface *iface, BerthAddr addr)
{
    for (unsigned i = 0; i < iface->n_addrs; i++)
        if (berth_addr_equal(iface->addrs[i], addr))
            return true;
    return false;
}

static bool has_addr4(const BerthIface *iface)
{
    for (unsigned i = 0; i < iface->n_addrs; i++)
        if (berth_addr_is4(iface->addrs[i]))
            return true;
    return false;
}

/* The entry means this interface, whether it can be served or not. */
static bool name_means(const Name *name, const BerthIface *iface)
{
    return is_star(name) ? !iface->loopback : strcmp(name->name, iface->name) == 0;
}

/* Whether the entry asks for this address of an interface that it means. */
static bool name_serves(const Name *name, BerthAddr addr)
{
    return berth_addr_is_any(name->addr) || berth_addr_equal(name->addr, addr);
}

/* Why an interface cannot be served for an entry that means it; NULL when it can. */
static const char *obstacle(const Name *name, const BerthIface *iface)
{
    if (!iface->up)
        return "down";
    if (!has_addr4(iface))
        return "no IPv4 address yet";
    if (!berth_addr_is_any(name->addr) && !has_addr(iface, name->addr))
        return "the interface does not have this address yet";
    return NULL;
}

static bool is_served(const BerthNet *net, const BerthIface *iface, BerthAddr addr)
{
    for (unsigned i = 0; i < net->names->len; i++) {
        const Name *name = &g_array_index(net->names, Name, i);

        if (name_means(name, iface) && name_serves(name, addr))
            return true;
    }
    return false;
}

static bool should_serve(const BerthNet *net, const BerthIface *iface)
{
    for (unsigned i = 0; i < net->names->len; i++) {
        const Name *name = &g_array_index(net->names, Name, i);

        if (name_means(name, iface) && !obstacle(name, iface))
            return true;
    }
    return false;
}

/* ---- links ---- */

/* An address of ours that is not served gets no answer; broadcasts and all else that the kernel let
 * in is for every server on the interface. */
static bool is_for_us(const Slot *slot, BerthAddr dst)
{
    return !has_addr(&slot->iface, dst) || is_served(slot->net, &slot->iface, dst);
}

static void slot_receive(void *data, const BerthDatagram *batch, size_t n)
{
    Slot *slot = data;
    BerthNet *net = slot->net;
    BerthDatagram kept[BERTH_BATCH];
    size_t n_kept = 0;

    if (!slot->is_limited) {
        net->receive(net->data, &slot->served, batch, n);
        return;
    }
    for (size_t i = 0; i < n && i < BERTH_BATCH; i++)
        if (is_for_us(slot, batch[i].dst))
            kept[n_kept++] = batch[i];
    if (n_kept > 0)
        net->receive(net->data, &slot->served, kept, n_kept);
}

/* Frames with hardware addresses of our own choice are for Ethernet; a tunnel has none. */
static BerthLinkKind kind_of(const BerthNet *net, const BerthIface *iface)
{
    bool is_ethernet = iface->hwaddr.type == 1 && iface->hwaddr.len == 6;

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

/* What a packet sees of its interface: an address that is not served must not be named as ours. */
static BerthIface served_part(const BerthNet *net, const BerthIface *iface)
{
    BerthIface part = *iface;

    part.n_addrs = 0;
    for (unsigned i = 0; i < iface->n_addrs; i++) {
        if (berth_addr_is4(iface->addrs[i]) && !is_served(net, iface, iface->addrs[i]))
            continue;
        part.addrs[part.n_addrs] = iface->addrs[i];
        part.prefix_lens[part.n_addrs++] = iface->prefix_lens[i];
    }
    return part;
}

static void serve(BerthNet *net, const BerthIface *iface)
{
    Slot *slot = slot_get(net, iface->index);
    BerthLinkKind kind = kind_of(net, iface);

    if (slot->link && slot->kind != kind)
        slot_close(slot, "opened in another way");
    slot->iface = *iface;
    slot->served = served_part(net, iface);
    slot->kind = kind;
    slot->is_wanted = true;
    slot->is_limited = slot->served.n_addrs < iface->n_addrs;
    if (!slot->link)
        slot_open(slot);
}

static void close_unwanted(BerthNet *net)
{
    for (unsigned i = net->slots->len; i-- > 0;) {
        Slot *slot = g_ptr_array_index(net->slots, i);

        if (slot->is_wanted)
            continue;
        g_hash_table_remove(net->by_index, GINT_TO_POINTER(slot->iface.index));
        g_ptr_array_remove_index(net->slots, i);
    }
}

/* Why the entry is not served; NULL when it is, for "*" on one interface at least. An error of
 * opening sets *ret_is_logged, because slot_open() has told it. */
static const char *state_of(const BerthNet *net, const Name *name, bool *ret_is_logged)
{
    const char *why = is_star(name) ? "no interface but loopback" : "no such interface";

    for (unsigned i = 0; i < net->ifaces->len; i++) {
        const BerthIface *iface = &g_array_index(net->ifaces, BerthIface, i);
        const Slot *slot;

        if (!name_means(name, iface))
            continue;
        why = obstacle(name, iface);
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

static void name_log(const BerthNet *net, const Name *name)
{
    char addr[BERTH_ADDR_TEXT];
    bool is_limited = !berth_addr_is_any(name->addr);

    berth_log_to(net->log, BERTH_WARN, "dhcpsrv", "DHCPSRV_OPEN_SOCKET_FAIL",
                 "interface %s%s%s is not served: %s", name->name, is_limited ? "/" : "",
                 is_limited ? berth_addr_text(name->addr, addr) : "", name->why);
}

static void name_update(BerthNet *net, Name *name)
{
    bool is_logged = false;
    const char *why = state_of(net, name, &is_logged);
    bool is_new = strcmp(name->why, why ? why : "") != 0;

    name->is_open = !why;
    g_strlcpy(name->why, why ? why : "", sizeof(name->why));
    if (why && is_new && !is_logged)
        name_log(net, name);
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

        if (should_serve(net, iface))
            serve(net, iface);
    }
    close_unwanted(net);
    for (unsigned i = 0; i < net->names->len; i++)
        name_update(net, &g_array_index(net->names, Name, i));
    if (has_failed_slot(net))
        berth_world_timer_set(net->world, net->retry, RETRY_USEC);
}

/* ---- the world's interfaces ---- */

static int compare_addrs(const void *a, const void *b)
{
    return berth_addr_compare(*(const BerthAddr *)a, *(const BerthAddr *)b);
}

static void on_change(void *data, const BerthIface *all, size_t n)
{
    BerthNet *net = data;

    g_array_set_size(net->ifaces, 0);
    g_array_set_size(net->own, 0);
    if (n > 0)
        g_array_append_vals(net->ifaces, all, (guint)n);
    for (size_t i = 0; i < n; i++)
        if (all[i].n_addrs > 0)
            g_array_append_vals(net->own, all[i].addrs, all[i].n_addrs);
    g_array_sort(net->own, compare_addrs);
    net->is_told = true;
    reconcile(net);
}

/* ---- the interface ---- */

static void name_clear(void *data)
{
    g_free(((Name *)data)->name);
}

static GArray *names_new(void)
{
    GArray *names = g_array_new(FALSE, TRUE, sizeof(Name));

    g_array_set_clear_func(names, name_clear);
    return names;
}

BerthNet *berth_net_new(BerthWorld *world, BerthLog *log, BerthNetReceive receive, void *data)
{
    BerthNet *net = g_new0(BerthNet, 1);

    net->world = world;
    net->log = log;
    net->receive = receive;
    net->data = data;
    net->names = names_new();
    net->ifaces = g_array_new(FALSE, FALSE, sizeof(BerthIface));
    net->own = g_array_new(FALSE, FALSE, sizeof(BerthAddr));
    net->slots = g_ptr_array_new_with_free_func(slot_free);
    net->by_index = g_hash_table_new(NULL, NULL);
    net->retry = berth_world_timer(world, reconcile, net);
    int r = world->ops->iface_watch(world, on_change, net);
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
    net->world->ops->iface_watch(net->world, NULL, NULL);
    berth_timer_free(net->retry);
    g_ptr_array_unref(net->slots);
    g_hash_table_unref(net->by_index);
    g_array_unref(net->own);
    g_array_unref(net->ifaces);
    g_array_unref(net->names);
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
    g_array_unref(net->names);
    net->names = names_new();
    for (size_t i = 0; i < conf->n_names; i++) {
        Name name = {.name = g_strdup(conf->names[i].name), .addr = conf->names[i].addr};

        g_strlcpy(name.why, "the system has not told its interfaces", sizeof(name.why));
        g_array_append_val(net->names, name);
    }
    reconcile(net);
}

static BerthAddr source_of(const Slot *slot)
{
    for (unsigned i = 0; i < slot->served.n_addrs; i++)
        if (berth_addr_is4(slot->served.addrs[i]))
            return slot->served.addrs[i];
    return BERTH_ADDR4_ANY;
}

int berth_net_send(BerthNet *net, int ifindex, const BerthDatagram *out)
{
    Slot *slot = g_hash_table_lookup(net->by_index, GINT_TO_POINTER(ifindex));
    BerthDatagram *queued;

    if (!slot || !slot->link)
        return -ENODEV;
    queued = &slot->queue[slot->n_queued++];
    *queued = *out;
    if (berth_addr_is_any(out->src) && (!net->use_routing || out->to_hwaddr))
        queued->src = source_of(slot);
    if (slot->n_queued == BERTH_BATCH)
        slot_flush(slot);
    return 0;
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
    return g_array_binary_search(net->own, &addr, compare_addrs, NULL);
}

size_t berth_net_status(const BerthNet *net, BerthNetStatus *ret, size_t max)
{
    size_t n = MIN(max, net->names->len);

    for (size_t i = 0; i < n; i++) {
        const Name *name = &g_array_index(net->names, Name, i);

        g_strlcpy(ret[i].name, name->name, sizeof(ret[i].name));
        ret[i].open = name->is_open;
        g_strlcpy(ret[i].why, name->why, sizeof(ret[i].why));
    }
    return n;
}
