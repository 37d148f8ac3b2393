/* want - see want.h. */
#include "core/net/want.h"

#include "core/base/addr.h"
#include "core/net/net.h"

static void want_clear(void *data)
{
    g_free(((BerthWant *)data)->name);
}

void berth_wants_init(BerthWants *wants, int family)
{
    wants->family = family;
    wants->list = g_array_new(FALSE, TRUE, sizeof(BerthWant));
    g_array_set_clear_func(wants->list, want_clear);
}

void berth_wants_clear(BerthWants *wants)
{
    g_array_unref(wants->list);
}

void berth_wants_add(BerthWants *wants, const char *name, BerthAddr addr, const char *why)
{
    BerthWant want = {.name = g_strdup(name), .addr = addr};

    g_strlcpy(want.why, why, sizeof(want.why));
    g_array_append_val(wants->list, want);
}

static const BerthWant *nth(const BerthWants *wants, unsigned i)
{
    return &g_array_index(wants->list, BerthWant, i);
}

bool berth_want_is_star(const BerthWant *want)
{
    return strcmp(want->name, "*") == 0;
}

bool berth_want_means(const BerthWant *want, const BerthIface *iface)
{
    return berth_want_is_star(want) ? !iface->loopback : strcmp(want->name, iface->name) == 0;
}

/* ---- addresses ---- */

bool berth_iface_has_addr(const BerthIface *iface, BerthAddr addr)
{
    for (unsigned i = 0; i < iface->n_addrs; i++)
        if (berth_addr_equal(iface->addrs[i], addr))
            return true;
    return false;
}

/* An IPv6 address that is served with every interface. The loopback has no link-local one. */
static bool is_basic6(const BerthIface *iface, BerthAddr addr)
{
    return !berth_addr_is4(addr) && (berth_addr_is_link_local(addr) || iface->loopback);
}

/* An address without which nothing on the interface is served. */
static bool has_basic(const BerthWants *wants, const BerthIface *iface)
{
    for (unsigned i = 0; i < iface->n_addrs; i++)
        if (wants->family == 4 ? berth_addr_is4(iface->addrs[i])
                               : is_basic6(iface, iface->addrs[i]))
            return true;
    return false;
}

static bool is_named(const BerthWants *wants, BerthAddr addr)
{
    for (unsigned i = 0; i < wants->list->len; i++)
        if (berth_addr_equal(nth(wants, i)->addr, addr))
            return true;
    return false;
}

/* ---- interfaces ---- */

const char *berth_want_obstacle(const BerthWants *wants, const BerthWant *want,
                                const BerthIface *iface)
{
    bool has_name = !berth_addr_is_any(want->addr);
    bool has_named = has_name && berth_iface_has_addr(iface, want->addr);

    if (!iface->up)
        return "down";
    if (has_named)
        return NULL;
    if (!has_basic(wants, iface))
        return wants->family == 4 ? "no IPv4 address yet" : "no IPv6 link-local address yet";
    return has_name ? "the interface does not have this address yet" : NULL;
}

/* An IPv6 address that is waited for keeps nobody from the groups. */
static bool can_open(const BerthWants *wants, const BerthWant *want, const BerthIface *iface)
{
    return !berth_want_obstacle(wants, want, iface) ||
           (wants->family == 6 && iface->up && has_basic(wants, iface));
}

bool berth_wants_iface(const BerthWants *wants, const BerthIface *iface)
{
    for (unsigned i = 0; i < wants->list->len; i++)
        if (berth_want_means(nth(wants, i), iface) && can_open(wants, nth(wants, i), iface))
            return true;
    return false;
}

static bool is_served4(const BerthWants *wants, const BerthIface *iface, BerthAddr addr)
{
    for (unsigned i = 0; i < wants->list->len; i++) {
        const BerthWant *want = nth(wants, i);

        if (berth_want_means(want, iface) &&
            (berth_addr_is_any(want->addr) || berth_addr_equal(want->addr, addr)))
            return true;
    }
    return false;
}

BerthIface berth_wants_part(const BerthWants *wants, const BerthIface *iface)
{
    BerthIface part = *iface;

    if (wants->family == 6)
        return part;
    part.n_addrs = 0;
    for (unsigned i = 0; i < iface->n_addrs; i++) {
        if (berth_addr_is4(iface->addrs[i]) && !is_served4(wants, iface, iface->addrs[i]))
            continue;
        part.addrs[part.n_addrs] = iface->addrs[i];
        part.prefix_lens[part.n_addrs++] = iface->prefix_lens[i];
    }
    return part;
}

/* ---- datagrams ---- */

/* RFC 9915 7.1: clients and relays reach us through the groups. A group that somebody else on this
 * machine has joined is none of ours. */
static bool is_taken6(const BerthWants *wants, const BerthIface *iface, BerthAddr dst)
{
    if (berth_addr_is_multicast(dst))
        return berth_addr_equal(dst, BERTH_GROUP_RELAYS_AND_SERVERS) ||
               berth_addr_equal(dst, BERTH_GROUP_SERVERS);
    return is_basic6(iface, dst) || is_named(wants, dst);
}

/* An IPv4 address of ours that is not served gets no answer; broadcasts and all else that the
 * kernel let in is for every server on the interface. */
bool berth_wants_take(const BerthWants *wants, const BerthIface *iface, BerthAddr dst)
{
    if (wants->family == 6)
        return is_taken6(wants, iface, dst);
    return !berth_iface_has_addr(iface, dst) || is_served4(wants, iface, dst);
}

static bool is_source(const BerthWants *wants, const BerthIface *part, BerthAddr addr,
                      BerthAddr dst)
{
    if (wants->family == 4)
        return berth_addr_is4(addr);
    if (berth_addr_is_link_local(dst))
        return berth_addr_is_link_local(addr);
    return is_named(wants, addr) || (is_basic6(part, addr) && !berth_addr_is_link_local(addr));
}

BerthAddr berth_wants_source(const BerthWants *wants, const BerthIface *part, BerthAddr dst)
{
    for (unsigned i = 0; i < part->n_addrs; i++)
        if (is_source(wants, part, part->addrs[i], dst))
            return part->addrs[i];
    return wants->family == 4 ? BERTH_ADDR4_ANY : BERTH_ADDR6_ANY;
}
