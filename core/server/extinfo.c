/* extinfo - see extinfo.h. */
#include "core/server/extinfo.h"

#include "core/base/json.h"
#include "core/conf/node.h"
#include "core/v4/steps4.h"

/* ---- older forms ---- */

/* What Kea 2.2 wrote: the sub-options by themselves. NULL: they can't be read. */
static char *newer_info4(BerthBytes isc)
{
    char hex[BERTH_LEASE_INFO_MAX];
    BERTH_UNCLEARED uint8_t bytes[BERTH_LEASE_INFO_MAX / 2];
    int len;

    if (!berth_json_find_string(isc, "relay-agent-info", hex, sizeof(hex)))
        return NULL;
    len = berth_hex_parse(hex, bytes, sizeof(bytes));
    if (len <= 0 || !berth_sub4_valid((BerthBytes){bytes, (size_t)len}))
        return NULL;
    return v4_relay_info((BerthBytes){bytes, (size_t)len});
}

/* And of DHCPv6: the list had another name. Where both are the newer one counts. */
static char *newer_isc6(BerthBytes isc)
{
    g_autofree char *value = NULL, *without = NULL;
    BerthBytes relays, newer;

    if (berth_json_find(isc, "relays", &relays) != 1)
        return NULL;
    value = g_strndup((const char *)relays.data, relays.len);
    without = berth_json_put(isc, "relays", NULL);
    if (!without || berth_json_find(isc, "relay-info", &newer) == 1)
        return g_steal_pointer(&without);
    return berth_json_put(berth_bytes(without), "relay-info", value);
}

static char *newer_isc4(BerthBytes isc)
{
    g_autofree char *info = newer_info4(isc);

    return info ? berth_json_put(isc, "relay-agent-info", info) : NULL;
}

/* ---- what is wrong ---- */

static bool is_hex(const BerthNode *node, bool may_be_empty)
{
    BERTH_UNCLEARED uint8_t bytes[BERTH_LEASE_INFO_MAX];
    const char *text = berth_node_string(node, NULL);
    const int len = text ? berth_hex_parse(text, bytes, sizeof(bytes)) : -1;

    return len > 0 || (len == 0 && may_be_empty);
}

static bool is_address(const BerthNode *node)
{
    const char *text = berth_node_string(node, NULL);
    BerthAddr addr;

    return text && berth_addr_parse(text, &addr) == 0 && !berth_addr_is4(addr);
}

static bool has_others(const BerthNode *map, const char *const known[])
{
    for (const BerthNode *at = berth_node_first(map); at; at = berth_node_next(at))
        if (!g_strv_contains(known, berth_node_key(at)))
            return true;
    return false;
}

static const char *bad_ids(const BerthNode *map)
{
    const BerthNode *remote = berth_node_get(map, "remote-id");
    const BerthNode *relay = berth_node_get(map, "relay-id");

    if (remote && !is_hex(remote, false))
        return "remote-id is not hex";
    return relay && !is_hex(relay, false) ? "relay-id is not hex" : NULL;
}

static const char *problem4(const BerthNode *info, BerthExtinfoCheck check)
{
    static const char *const known[] = {"sub-options", "remote-id", "relay-id", "comment", NULL};
    const BerthNode *sub_options = berth_node_get(info, "sub-options");
    const char *problem;

    if (berth_node_kind(info) != BERTH_NODE_MAP)
        return berth_node_kind(info) == BERTH_NODE_STRING
                   ? "relay-agent-info holds no sub-options"
                   : "relay-agent-info is not a map or a string";
    if (check == BERTH_EXTINFO_FIX)
        return NULL;
    if (sub_options && !is_hex(sub_options, true))
        return "sub-options is not hex";
    problem = bad_ids(info);
    if (!problem && check == BERTH_EXTINFO_PEDANTIC && has_others(info, known))
        problem = "relay-agent-info has a spurious entry";
    return problem;
}

static const char *problem_of_relay(const BerthNode *relay, BerthExtinfoCheck check)
{
    static const char *const known[] = {"hop",       "link",     "peer",    "options",
                                        "remote-id", "relay-id", "comment", NULL};
    const BerthNode *options = berth_node_get(relay, "options");
    const char *problem;

    if (berth_node_kind(relay) != BERTH_NODE_MAP)
        return "a relay is not a map";
    if (options && !is_hex(options, true))
        return "the options of a relay are not hex";
    if (check == BERTH_EXTINFO_FIX)
        return NULL;
    if (!is_address(berth_node_get(relay, "link")))
        return "link of a relay is not an IPv6 address";
    problem = bad_ids(relay);
    if (problem || check != BERTH_EXTINFO_PEDANTIC)
        return problem;
    if (!is_address(berth_node_get(relay, "peer")))
        return "peer of a relay is not an IPv6 address";
    if (berth_node_kind(berth_node_get(relay, "hop")) != BERTH_NODE_INT)
        return "hop of a relay is not an integer";
    return has_others(relay, known) ? "a relay has a spurious entry" : NULL;
}

static const char *problem6(const BerthNode *relays, BerthExtinfoCheck check)
{
    const char *problem = NULL;

    if (berth_node_kind(relays) != BERTH_NODE_LIST)
        return "relay-info is not a list";
    if (!berth_node_first(relays))
        return "relay-info is empty";
    for (const BerthNode *at = berth_node_first(relays); at && !problem; at = berth_node_next(at))
        problem = problem_of_relay(at, check);
    return problem;
}

/* Of the value, which is JSON. */
static const char *problem_of(BerthBytes value, bool is4, BerthExtinfoCheck check)
{
    const char *problem = "it can't be read";
    BerthErrors errors;
    BerthDoc *doc;

    /* Nearly always there is nothing more to see. */
    if (is4 && check == BERTH_EXTINFO_FIX && value.data[0] == '{')
        return NULL;
    berth_errors_init(&errors);
    doc = berth_doc_parse_json(value, "<user-context>", false, &errors);
    if (doc)
        problem = is4 ? problem4(doc->root, check) : problem6(doc->root, check);
    berth_doc_free(doc);
    berth_errors_clear(&errors);
    return problem;
}

/* ---- all of it ---- */

static bool is_empty(const char *object)
{
    return strspn(object, "{} ") == strlen(object);
}

/* The context with this as its "ISC"; without, where nothing is in there. */
static char *with_isc(BerthBytes context, const char *isc)
{
    g_autofree char *with = berth_json_put(context, "ISC", is_empty(isc) ? NULL : isc);

    return with && is_empty(with) ? g_strdup("") : g_steal_pointer(&with);
}

char *berth_extinfo_check(const BerthLease *lease, BerthExtinfoCheck check,
                          const char **ret_problem)
{
    const bool is4 = lease->type == BERTH_LEASE_V4;
    const char *key = is4 ? "relay-agent-info" : "relay-info";
    g_autofree char *newer = NULL, *without = NULL;
    BerthBytes isc, info;

    *ret_problem = NULL;
    if (check == BERTH_EXTINFO_NONE || lease->context.len == 0 ||
        berth_json_find(lease->context, "ISC", &isc) != 1)
        return NULL;
    newer = is4 ? newer_isc4(isc) : newer_isc6(isc);
    if (newer)
        isc = berth_bytes(newer);
    if (berth_json_find(isc, key, &info) == 1 && info.len > 0)
        *ret_problem = problem_of(info, is4, check);
    if (*ret_problem)
        without = berth_json_put(isc, key, NULL);
    if (!newer && !without)
        return NULL;
    return with_isc(lease->context, without ? without : newer);
}
