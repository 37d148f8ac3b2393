/* scope - see scope.h. */
#include "scope.h"

#include <errno.h>

#define SUBNET_ID_MAX INT64_C(4294967294)
#define MISSING "Mandatory 'subnet-id' parameter missing."

static bool fail(GError **error, char *text)
{
    berth_fail(error, -EINVAL, "%s", text);
    g_free(text);
    return false;
}

/* ---- its addresses ---- */

/* The i-th of the map's addresses, as text; NULL: no more. */
static const char *address_at(const Request *request, const BerthNode *map, unsigned i)
{
    const BerthNode *node =
        berth_node_get(map, request->family == 4 ? "ip-address" : "ip-addresses");

    if (request->family == 4)
        return i == 0 ? berth_node_string(node, NULL) : NULL;
    node = berth_node_first(node);
    while (node && i-- > 0)
        node = berth_node_next(node);
    return node ? berth_node_string(node, "") : NULL;
}

static bool is_within(const BerthSubnetView *subnet, BerthAddr addr)
{
    unsigned from = berth_addr_is4(subnet->prefix) ? 96 : 0, len = from + subnet->prefix_len;

    for (unsigned bit = from; bit < len; bit++)
        if ((subnet->prefix.b[bit / 8] ^ addr.b[bit / 8]) & 0x80 >> bit % 8)
            return false;
    return berth_addr_is4(subnet->prefix) == berth_addr_is4(addr);
}

/* What is no address at all is told of when the reservation is read. The first that is not within
 * the subnet; NULL: all are. */
static const char *stray(const Request *request, const BerthNode *map,
                         const BerthSubnetView *subnet)
{
    const char *text;
    BerthAddr addr;

    for (unsigned i = 0; (text = address_at(request, map, i)); i++)
        if (berth_addr_parse(text, &addr) == 0 && !is_within(subnet, addr))
            return text;
    return NULL;
}

/* ---- hints ---- */

typedef struct Hint {
    BerthSubnetView open, guarded; /* id 0: none */
    unsigned n;
} Hint;

static Hint find_hint(const Request *request, const BerthNode *map)
{
    BerthSubnetView view;
    Hint hint = {0};

    for (size_t i = 0; berth_server_nth_subnet(request->server, request->family, i, &view); i++) {
        BerthSubnetView *first = view.is_guarded ? &hint.guarded : &hint.open;

        if (stray(request, map, &view))
            continue;
        hint.n++;
        if (first->id == 0)
            *first = view;
    }
    return hint;
}

static bool fail_with_hint(const Request *request, const BerthNode *map, GError **error)
{
    g_autofree char *whose = request->family == 4 ? g_strdup_printf("The address '%s' belongs",
                                                                    address_at(request, map, 0))
                                                  : g_strdup("Reserved IPv6 addresses belong");
    const Hint hint = find_hint(request, map);
    const BerthSubnetView *subnet = hint.open.id ? &hint.open : &hint.guarded;

    if (hint.n == 0 && request->family == 4)
        return fail(error, g_strdup_printf(MISSING " %s to no configured subnet.", whose));
    if (hint.n == 0)
        return fail(error, g_strdup(MISSING " Reserved IPv6 addresses do not belong to a common "
                                            "configured subnet."));
    return fail(error, g_strdup_printf(MISSING " %s to %ssubnet '%s' id %u%s", whose,
                                       hint.open.id ? "" : "guarded ", subnet->text, subnet->id,
                                       hint.n > 1 ? " and others." : "."));
}

static bool assume(const Request *request, const BerthNode *map, Scope *ret, GError **error)
{
    if (address_at(request, map, 0))
        return fail_with_hint(request, map, error);
    if (berth_node_first(berth_node_get(map, "prefixes")))
        return fail(error, g_strdup(MISSING " Prefixes are not attached to subnets so no hint is "
                                            "available."));
    *ret = (Scope){BERTH_HOST_GLOBAL, true};
    return true;
}

/* ---- its subnet ---- */

static bool check(const Request *request, const BerthNode *map, uint32_t subnet_id, GError **error)
{
    BerthSubnetView subnet;
    const char *text;

    if (subnet_id == BERTH_HOST_GLOBAL)
        return true;
    if (!berth_server_subnet(request->server, request->family, subnet_id, &subnet))
        return fail(error, g_strdup_printf("IPv%d subnet with ID of '%u' is not configured",
                                           request->family, subnet_id));
    text = stray(request, map, &subnet);
    return !text || fail(error, g_strdup_printf(
                                    "specified reservation '%s' is not matching the IPv%d subnet "
                                    "prefix '%s'",
                                    text, request->family, subnet.text));
}

bool scope_read(const Request *request, const BerthNode *map, bool is_required, Scope *ret,
                GError **error)
{
    const BerthNode *node = berth_node_get(map, "subnet-id");
    int64_t id = berth_node_int(node, 0);

    if (!node && is_required)
        return fail(error, g_strdup(MISSING " Use `reservation-get-by-id' or "
                                            "'reservation-get-by-address' to get the list of "
                                            "reservations with given identifier or address."));
    if (!node)
        return assume(request, map, ret, error);
    if (berth_node_kind(node) != BERTH_NODE_INT)
        return fail(error, g_strdup("'subnet-id' parameter is not integer."));
    if (id < 0 || id > SUBNET_ID_MAX)
        return fail(error, g_strdup_printf("subnet-id: %" G_GINT64_FORMAT
                                           " is invalid, must be between 0 and %" G_GINT64_FORMAT
                                           " (inclusive).",
                                           id, SUBNET_ID_MAX));
    *ret = (Scope){(uint32_t)id, false};
    return check(request, map, ret->subnet_id, error);
}
