/* iface - see iface.h. Two sockets: one that only gets events, one that asks for dumps and waits
 * for them (the kernel answers on the spot). Applying an event twice does no harm, so the dump that
 * begins after the subscription needs no order with the events that came meanwhile. */
#include "core/net/iface.h"

#include "core/base/addr.h"
#include "core/net/netlink.h"
#include "core/net/udp.h"
#include <errno.h>
#include <net/if.h>
#include <unistd.h>

#define READS_PER_WAKEUP 64 /* what is left waits until the others had their turn */
#define DUMP_TRIES 4        /* a dump that was disturbed by a change is asked for again */

struct BerthIfaces {
    int events_fd;
    BerthNetlink ask;
    bool is_stale; /* events were lost */
    GArray *list;  /* of BerthIface */
};

/* ---- the list ---- */

static int find(const GArray *list, int index)
{
    for (unsigned i = 0; i < list->len; i++)
        if (g_array_index(list, BerthIface, i).index == index)
            return (int)i;
    return -1;
}

static int find_addr(const BerthIface *iface, BerthAddr addr)
{
    for (unsigned i = 0; i < iface->n_addrs; i++)
        if (berth_addr_equal(iface->addrs[i], addr))
            return (int)i;
    return -1;
}

/* Where a new address goes, -1 when there is no room. A link-local one finds it in any case, for
 * without it the interface can't be served by IPv6. */
static int place_for(BerthIface *iface, BerthAddr addr)
{
    if (iface->n_addrs < BERTH_IFACE_ADDRS_MAX)
        return (int)iface->n_addrs++;
    return berth_addr_is_link_local(addr) ? BERTH_IFACE_ADDRS_MAX - 1 : -1;
}

static bool addr_add(BerthIface *iface, BerthAddr addr, uint8_t prefix_len)
{
    int at = find_addr(iface, addr);

    if (at >= 0 && iface->prefix_lens[at] == prefix_len)
        return false;
    if (at < 0)
        at = place_for(iface, addr);
    if (at < 0)
        return false;
    iface->addrs[at] = addr;
    iface->prefix_lens[at] = prefix_len;
    return true;
}

static bool addr_remove(BerthIface *iface, BerthAddr addr)
{
    int at = find_addr(iface, addr);
    size_t after;

    if (at < 0)
        return false;
    after = --iface->n_addrs - (unsigned)at;
    memmove(&iface->addrs[at], &iface->addrs[at + 1], after * sizeof(iface->addrs[0]));
    memmove(&iface->prefix_lens[at], &iface->prefix_lens[at + 1], after);
    return true;
}

/* ---- messages ---- */

static BerthBytes rta_bytes(const struct rtattr *rta)
{
    return (BerthBytes){RTA_DATA(rta), RTA_PAYLOAD(rta)};
}

static void link_attr(BerthIface *iface, const struct rtattr *rta)
{
    BerthBytes value = rta_bytes(rta);

    switch (rta->rta_type) {
    case IFLA_IFNAME:
        g_strlcpy(iface->name, (const char *)value.data, MIN(sizeof(iface->name), value.len + 1));
        break;
    case IFLA_MTU:
        if (value.len == sizeof(iface->mtu))
            memcpy(&iface->mtu, value.data, sizeof(iface->mtu));
        break;
    case IFLA_ADDRESS:
        iface->hwaddr.len = (uint8_t)MIN(value.len, BERTH_HWADDR_MAX);
        memset(iface->hwaddr.bytes, 0, sizeof(iface->hwaddr.bytes));
        memcpy(iface->hwaddr.bytes, value.data, iface->hwaddr.len);
        break;
    default:
        break;
    }
}

/* But for the addresses, which come in messages of their own. */
static bool is_same_link(const BerthIface *a, const BerthIface *b)
{
    return a->up == b->up && a->loopback == b->loopback && a->broadcast == b->broadcast &&
           a->mtu == b->mtu && strcmp(a->name, b->name) == 0 && a->hwaddr.type == b->hwaddr.type &&
           a->hwaddr.len == b->hwaddr.len &&
           memcmp(a->hwaddr.bytes, b->hwaddr.bytes, a->hwaddr.len) == 0;
}

/* Attributes that the message leaves out keep their values, for some events tell only a part. */
static bool link_set(GArray *list, const struct ifinfomsg *info, const struct rtattr *rta, int len)
{
    int at = find(list, info->ifi_index);
    BerthIface iface = {.index = info->ifi_index};
    bool is_changed;

    if (at >= 0)
        iface = g_array_index(list, BerthIface, at);
    iface.up = (info->ifi_flags & IFF_UP) && (info->ifi_flags & IFF_RUNNING);
    iface.loopback = info->ifi_flags & IFF_LOOPBACK;
    iface.broadcast = info->ifi_flags & IFF_BROADCAST;
    iface.hwaddr.type = info->ifi_type;
    for (; RTA_OK(rta, len); rta = RTA_NEXT(rta, len))
        link_attr(&iface, rta);
    is_changed = at < 0 || !is_same_link(&iface, &g_array_index(list, BerthIface, at));
    if (at < 0)
        g_array_append_val(list, iface);
    else
        g_array_index(list, BerthIface, at) = iface;
    return is_changed;
}

static bool on_link(GArray *list, const struct nlmsghdr *msg)
{
    const struct ifinfomsg *info = NLMSG_DATA(msg);
    int at;

    if (msg->nlmsg_len < NLMSG_LENGTH(sizeof(*info)))
        return false;
    /* A bridge tells in its own family that a port leaves it; the interface lives on. */
    if (info->ifi_family != AF_UNSPEC)
        return false;
    if (msg->nlmsg_type == RTM_NEWLINK)
        return link_set(list, info, IFLA_RTA(info), (int)IFLA_PAYLOAD(msg));
    at = find(list, info->ifi_index);
    if (at >= 0)
        g_array_remove_index(list, (unsigned)at);
    return at >= 0;
}

static bool read_addr(uint8_t family, BerthBytes value, BerthAddr *ret)
{
    struct in_addr in;
    struct in6_addr in6;

    if (family == AF_INET && value.len == sizeof(in)) {
        memcpy(&in, value.data, sizeof(in));
        *ret = berth_addr_from_in(in);
        return true;
    }
    if (family == AF_INET6 && value.len == sizeof(in6)) {
        memcpy(&in6, value.data, sizeof(in6));
        *ret = berth_addr_from_in6(&in6);
        return true;
    }
    return false;
}

/* On a point-to-point interface IFA_ADDRESS is the other side's; IFA_LOCAL is always ours. */
static bool find_local(const struct ifaddrmsg *info, const struct rtattr *rta, int len,
                       BerthAddr *ret)
{
    bool is_local = false, is_found = false;

    for (; RTA_OK(rta, len); rta = RTA_NEXT(rta, len)) {
        if (rta->rta_type != IFA_LOCAL && (rta->rta_type != IFA_ADDRESS || is_local))
            continue;
        if (!read_addr(info->ifa_family, rta_bytes(rta), ret))
            continue;
        is_found = true;
        is_local |= rta->rta_type == IFA_LOCAL;
    }
    return is_found;
}

/* RFC 4862 5.4: an address that is being tried, or was found to be another's, is not ours to use;
 * the kernel would neither take it as a source nor let in what is sent to it. It tells when that
 * has changed. */
static bool is_usable(const struct ifaddrmsg *info)
{
    bool is_tried = (info->ifa_flags & IFA_F_TENTATIVE) && !(info->ifa_flags & IFA_F_OPTIMISTIC);

    return !is_tried && !(info->ifa_flags & IFA_F_DADFAILED);
}

static bool on_addr(GArray *list, const struct nlmsghdr *msg)
{
    const struct ifaddrmsg *info = NLMSG_DATA(msg);
    BerthIface *iface;
    BerthAddr addr;
    int at;

    if (msg->nlmsg_len < NLMSG_LENGTH(sizeof(*info)))
        return false;
    at = find(list, (int)info->ifa_index);
    if (at < 0 || !find_local(info, IFA_RTA(info), (int)IFA_PAYLOAD(msg), &addr))
        return false;
    iface = &g_array_index(list, BerthIface, at);
    if (msg->nlmsg_type == RTM_NEWADDR && is_usable(info))
        return addr_add(iface, addr, info->ifa_prefixlen);
    return addr_remove(iface, addr);
}

static bool on_message(GArray *list, const struct nlmsghdr *msg)
{
    switch (msg->nlmsg_type) {
    case RTM_NEWLINK:
    case RTM_DELLINK:
        return on_link(list, msg);
    case RTM_NEWADDR:
    case RTM_DELADDR:
        return on_addr(list, msg);
    default:
        return false;
    }
}

/* ---- dumps ---- */

static void put_in_list(void *list, const struct nlmsghdr *msg)
{
    on_message(list, msg);
}

static int dump(BerthIfaces *ifaces, uint16_t type, GArray *list)
{
    struct {
        struct nlmsghdr head;
        struct ifinfomsg info; /* both kinds of request begin with the family */
    } request = {
        .head = {.nlmsg_len = NLMSG_LENGTH(sizeof(struct ifinfomsg)),
                 .nlmsg_type = type,
                 .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP},
        .info = {.ifi_family = AF_UNSPEC},
    };

    return berth_netlink_ask(&ifaces->ask, &request.head, put_in_list, list);
}

static int fill(BerthIfaces *ifaces)
{
    int r = -EAGAIN;

    for (int i = 0; i < DUMP_TRIES && r == -EAGAIN; i++) {
        GArray *list = g_array_new(FALSE, FALSE, sizeof(BerthIface));

        r = dump(ifaces, RTM_GETLINK, list);
        if (r == 0)
            r = dump(ifaces, RTM_GETADDR, list);
        if (r == 0) {
            ifaces->is_stale = false;
            g_array_unref(g_steal_pointer(&ifaces->list));
            ifaces->list = g_steal_pointer(&list);
        }
        if (list)
            g_array_unref(list);
    }
    return r;
}

/* ---- events ---- */

static bool read_events(BerthIfaces *ifaces, size_t len)
{
    const struct nlmsghdr *msg;
    bool is_changed = false;
    size_t at = 0;

    while ((msg = berth_netlink_next(&ifaces->ask, &at, len)))
        is_changed |= on_message(ifaces->list, msg);
    return is_changed;
}

int berth_ifaces_read(BerthIfaces *ifaces, bool *ret_is_changed)
{
    bool is_changed = false;

    for (int i = 0; i < READS_PER_WAKEUP; i++) {
        ssize_t len = berth_netlink_receive(&ifaces->ask, ifaces->events_fd);

        if (len == -EAGAIN)
            break;
        if (len == -ENOBUFS)
            ifaces->is_stale = true;
        else if (len < 0)
            return (int)len;
        else
            is_changed |= read_events(ifaces, (size_t)len);
    }
    if (ifaces->is_stale) {
        int r = fill(ifaces);

        if (r < 0)
            return r;
        is_changed = true;
    }
    *ret_is_changed = is_changed;
    return 0;
}

/* ---- the interface ---- */

static int open_sockets(BerthIfaces *ifaces)
{
    struct sockaddr_nl groups = {.nl_family = AF_NETLINK,
                                 .nl_groups =
                                     RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR};
    int r = berth_netlink_open(&ifaces->ask);

    if (r < 0)
        return r;
    ifaces->events_fd = socket(AF_NETLINK, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, NETLINK_ROUTE);
    if (ifaces->events_fd < 0)
        return -errno;
    berth_socket_buffer(ifaces->events_fd, SO_RCVBUF, BERTH_SOCKET_BUFFER);
    return bind(ifaces->events_fd, (struct sockaddr *)&groups, sizeof(groups)) < 0 ? -errno : 0;
}

int berth_ifaces_new(BerthIfaces **ret)
{
    BerthIfaces *ifaces = g_new0(BerthIfaces, 1);
    int r;

    ifaces->list = g_array_new(FALSE, FALSE, sizeof(BerthIface));
    ifaces->events_fd = ifaces->ask.fd = -1;
    r = open_sockets(ifaces);
    if (r == 0)
        r = fill(ifaces);
    if (r < 0)
        berth_ifaces_free(ifaces);
    else
        *ret = ifaces;
    return r;
}

void berth_ifaces_free(BerthIfaces *ifaces)
{
    if (!ifaces)
        return;
    if (ifaces->events_fd >= 0)
        close(ifaces->events_fd);
    berth_netlink_close(&ifaces->ask);
    g_array_unref(ifaces->list);
    g_free(ifaces);
}

int berth_ifaces_fd(const BerthIfaces *ifaces)
{
    return ifaces->events_fd;
}

const BerthIface *berth_ifaces_list(const BerthIfaces *ifaces, size_t *ret_n)
{
    *ret_n = ifaces->list->len;
    return (const BerthIface *)ifaces->list->data;
}
