/* route - see route.h. Each call has a socket of its own, so that calls in different threads know
 * nothing of one another. */
#include "core/net/route.h"

#include "core/base/addr.h"
#include "core/net/netlink.h"
#include <errno.h>
#include <glib.h>
#include <net/if.h>

#define LIST_TRIES 4 /* a list that was disturbed by a change is asked for again */

typedef struct Request {
    struct nlmsghdr head;
    struct rtmsg route;
    uint8_t attributes[128];
} Request;

/* ---- changing ---- */

static void nothing(void *data, const struct nlmsghdr *msg)
{
    (void)data;
    (void)msg;
}

/* With NLM_F_EXCL a route that is there is left alone, whosever it is: without, a second next hop
 * would be added to it. RTM_DELROUTE takes only what has the same protocol away. */
static Request request_of(const BerthRoute *route, bool is_removal)
{
    Request request = {
        .head = {.nlmsg_len = NLMSG_LENGTH(sizeof(struct rtmsg)),
                 .nlmsg_type = is_removal ? RTM_DELROUTE : RTM_NEWROUTE,
                 .nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK},
        .route = {.rtm_family = AF_INET6,
                  .rtm_dst_len = route->prefix_len,
                  .rtm_protocol = route->protocol,
                  .rtm_scope = RT_SCOPE_UNIVERSE,
                  .rtm_type = RTN_UNICAST},
    };

    if (!is_removal)
        request.head.nlmsg_flags |= NLM_F_CREATE | NLM_F_EXCL;
    berth_netlink_put(&request.head, RTA_DST, &route->prefix, sizeof(route->prefix));
    berth_netlink_put(&request.head, RTA_TABLE, &route->table, sizeof(route->table));
    berth_netlink_put(&request.head, RTA_PRIORITY, &route->metric, sizeof(route->metric));
    if (!berth_addr_is_any(route->via))
        berth_netlink_put(&request.head, RTA_GATEWAY, &route->via, sizeof(route->via));
    return request;
}

static int change(BerthNetlink *nl, const BerthRouteChange *wanted)
{
    Request request = request_of(&wanted->route, wanted->is_removal);
    unsigned index = *wanted->route.interface ? if_nametoindex(wanted->route.interface) : 0;

    if (*wanted->route.interface && index == 0)
        return -ENODEV;
    if (index)
        berth_netlink_put(&request.head, RTA_OIF, &index, sizeof(index));
    return berth_netlink_ask(nl, &request.head, nothing, NULL);
}

void berth_route_change(BerthRouteChange *changes, size_t n)
{
    g_autofree BerthNetlink *nl = g_new(BerthNetlink, 1);
    int r = berth_netlink_open(nl);

    for (size_t i = 0; i < n; i++)
        changes[i].result = r < 0 ? r : change(nl, &changes[i]);
    berth_netlink_close(nl);
}

/* ---- listing ---- */

typedef struct Listing {
    uint8_t protocol;
    uint32_t table;
    GArray *routes; /* of BerthRoute */
} Listing;

static void read_attr(BerthRoute *route, const struct rtattr *rta)
{
    size_t len = RTA_PAYLOAD(rta);
    uint32_t number = 0;

    if (len >= sizeof(number))
        memcpy(&number, RTA_DATA(rta), sizeof(number));
    if (rta->rta_type == RTA_DST && len == sizeof(route->prefix))
        memcpy(&route->prefix, RTA_DATA(rta), len);
    else if (rta->rta_type == RTA_GATEWAY && len == sizeof(route->via))
        memcpy(&route->via, RTA_DATA(rta), len);
    else if (rta->rta_type == RTA_TABLE)
        route->table = number;
    else if (rta->rta_type == RTA_PRIORITY)
        route->metric = number;
    else if (rta->rta_type == RTA_OIF && !if_indextoname(number, route->interface))
        *route->interface = '\0'; /* gone since, and the route with it */
}

/* A kernel that can't choose sends all routes of the system, and those that it made for itself. */
static void put_in_list(void *data, const struct nlmsghdr *msg)
{
    Listing *listing = data;
    const struct rtmsg *info = NLMSG_DATA(msg);
    int len = (int)RTM_PAYLOAD(msg);
    BerthRoute route = {.prefix_len = 0};

    if (msg->nlmsg_type != RTM_NEWROUTE || msg->nlmsg_len < NLMSG_LENGTH(sizeof(*info)) ||
        info->rtm_family != AF_INET6 || info->rtm_protocol != listing->protocol ||
        (info->rtm_flags & RTM_F_CLONED))
        return;
    route.prefix_len = info->rtm_dst_len;
    route.protocol = info->rtm_protocol;
    route.table = info->rtm_table;
    for (const struct rtattr *rta = RTM_RTA(info); RTA_OK(rta, len); rta = RTA_NEXT(rta, len))
        read_attr(&route, rta);
    if (route.table == listing->table)
        g_array_append_val(listing->routes, route);
}

static int ask_list(BerthNetlink *nl, Listing *listing)
{
    Request request = {
        .head = {.nlmsg_len = NLMSG_LENGTH(sizeof(struct rtmsg)),
                 .nlmsg_type = RTM_GETROUTE,
                 .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP},
        .route = {.rtm_family = AF_INET6, .rtm_protocol = listing->protocol},
    };
    int r = -EAGAIN, on = 1;

    /* With it the kernel sends only what is asked for; Linux before 4.20 hasn't got it. */
    if (setsockopt(nl->fd, SOL_NETLINK, NETLINK_GET_STRICT_CHK, &on, sizeof(on)) == 0)
        berth_netlink_put(&request.head, RTA_TABLE, &listing->table, sizeof(listing->table));
    for (int i = 0; i < LIST_TRIES && r == -EAGAIN; i++) {
        g_array_set_size(listing->routes, 0);
        r = berth_netlink_ask(nl, &request.head, put_in_list, listing);
    }
    return r == -ENOENT ? 0 : r; /* a table without routes is not there */
}

int berth_route_list(uint8_t protocol, uint32_t table, BerthRouteEach each, void *data)
{
    g_autofree BerthNetlink *nl = g_new(BerthNetlink, 1);
    g_autoptr(GArray) routes = g_array_new(FALSE, FALSE, sizeof(BerthRoute));
    Listing listing = {protocol, table, routes};
    int r = berth_netlink_open(nl);

    if (r == 0)
        r = ask_list(nl, &listing);
    for (unsigned i = 0; r == 0 && i < routes->len; i++)
        each(data, &g_array_index(routes, BerthRoute, i));
    berth_netlink_close(nl);
    return r;
}
