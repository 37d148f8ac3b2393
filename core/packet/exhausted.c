/* exhausted - no address or prefix was left for a client: what is counted and said of it, as Kea
 * does. */
#include "core/packet/change.h"
#include "core/packet/classes.h"

typedef enum Reason { FAIL, SUBNET, NETWORK, NO_POOLS, CLASSES, REASONS } Reason;

static const struct {
    const char *statistic, *id4, *id6;
} reasons[REASONS] = {
    [FAIL] = {"", "ALLOC_ENGINE_V4_ALLOC_FAIL", "ALLOC_ENGINE_V6_ALLOC_FAIL"},
    [SUBNET] = {"-subnet", "ALLOC_ENGINE_V4_ALLOC_FAIL_SUBNET",
                "ALLOC_ENGINE_V6_ALLOC_FAIL_SUBNET"},
    [NETWORK] = {"-shared-network", "ALLOC_ENGINE_V4_ALLOC_FAIL_SHARED_NETWORK",
                 "ALLOC_ENGINE_V6_ALLOC_FAIL_SHARED_NETWORK"},
    [NO_POOLS] = {"-no-pools", "ALLOC_ENGINE_V4_ALLOC_FAIL_NO_POOLS",
                  "ALLOC_ENGINE_V6_ALLOC_FAIL_NO_POOLS"},
    [CLASSES] = {"-classes", "ALLOC_ENGINE_V4_ALLOC_FAIL_CLASSES",
                 "ALLOC_ENGINE_V6_ALLOC_FAIL_CLASSES"},
};

/* Kea has each for all and for the subnet that was tried last. */
static void count(const BerthPacket *pkt, Reason reason)
{
    const BerthEnv *env = pkt->env;
    g_autofree char *name =
        g_strdup_printf("v%d-allocation-fail%s", env->family, reasons[reason].statistic);
    g_autofree char *of_subnet = g_strdup_printf("subnet[%u].%s", pkt->subnet->id, name);

    ++*berth_stats_counter(env->stats, name);
    ++*berth_stats_counter(env->stats, of_subnet);
}

static void say(BerthPacket *pkt, Reason reason, const char *format, ...) G_GNUC_PRINTF(3, 4);

static void say(BerthPacket *pkt, Reason reason, const char *format, ...)
{
    const char *id = pkt->env->family == 6 ? reasons[reason].id6 : reasons[reason].id4;
    g_autofree char *text = NULL;
    va_list args;

    count(pkt, reason);
    va_start(args, format);
    text = g_strdup_vprintf(format, args);
    va_end(args);
    berth_packet_log(pkt, BERTH_WARN, "alloc-engine", id, ": %s", text);
}

static bool has_pool(const BerthPacket *pkt, const BerthSubnet *subnet, BerthLeaseType type)
{
    const bool is_pd = pkt->env->family == 6 && type == BERTH_LEASE_PD;
    const BerthPool *pools = is_pd ? subnet->pd_pools : subnet->pools;
    const size_t n = is_pd ? subnet->n_pd_pools : subnet->n_pools;

    for (size_t i = 0; i < n; i++)
        if (berth_guard_admits(&pools[i].guards.any, &pkt->class_set))
            return true;
    return false;
}

void berth_packet_say_exhausted(BerthPacket *pkt, BerthLeaseType type)
{
    const BerthSubnet *subnet = pkt->subnet, *at = subnet;
    g_autofree char *classes = berth_packet_class_names(pkt);
    const char *what = type == BERTH_LEASE_PD ? "prefix" : "address";
    unsigned with = 0, without = 0;

    do {
        if (has_pool(pkt, at, type))
            with++;
        else
            without++;
        at = berth_conf_next_subnet(subnet, at, &pkt->class_set);
    } while (at);
    if (subnet->network)
        say(pkt, NETWORK,
            "no %s is left in the shared network %s: %u subnets have none, %u have no pool for "
            "this client",
            what, subnet->network->name, with, without);
    else
        say(pkt, SUBNET, "no %s is left in the subnet %s, subnet-id %u", what, subnet->text,
            subnet->id);
    if (with == 0)
        say(pkt, NO_POOLS, "no pool is there for this client: no %s to give", what);
    else
        say(pkt, FAIL, "failed to allocate an %s; enlarge the pools", what);
    /* Kea: beside the reason, since classes may be why. */
    if (pkt->n_classes > 0)
        say(pkt, CLASSES, "failed to allocate an %s for a client in the classes %s", what, classes);
}
