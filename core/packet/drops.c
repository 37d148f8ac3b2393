/* drops - the table of drops.def, and counting and reporting a packet's death in one place. */
#include "core/packet/classes.h"
#include "core/packet/runner.h"

struct BerthDropCounters {
    BerthCounter *all;
    BerthCounter *kea[BERTH_DROP_COUNT], *own[BERTH_DROP_COUNT];
};

static const BerthDropInfo drops[] = {
    [BERTH_DROP_NONE] = {NULL, NULL, NULL, NULL, NULL},
#define BERTH_DROP_REASON(NAME, statistic, id4, id6, text) \
    [BERTH_DROP_##NAME] = {#NAME, statistic, id4, id6, text},
#include "core/packet/drops.def"
#undef BERTH_DROP_REASON
};

const BerthDropInfo *berth_drop_info(BerthDropReason reason)
{
    return reason > BERTH_DROP_NONE && reason < BERTH_DROP_COUNT ? &drops[reason] : NULL;
}

static BerthCounter *counter(const BerthEnv *env, const char *prefix, const char *name)
{
    g_autofree char *full = g_strdup_printf("pkt%d-%s%s", env->family, prefix, name);

    return berth_stats_counter(env->stats, full);
}

static BerthCounter *own_counter(const BerthEnv *env, const BerthDropInfo *info)
{
    g_autofree char *lower = g_ascii_strdown(info->name, -1);

    return counter(env, "drop-", g_strdelimit(lower, "_", '-'));
}

BerthDropCounters *berth_drops_new(const BerthEnv *env)
{
    BerthDropCounters *counters = g_new0(BerthDropCounters, 1);

    counters->all = counter(env, "", "receive-drop");
    for (unsigned i = BERTH_DROP_NONE + 1; i < BERTH_DROP_COUNT; i++) {
        counters->kea[i] = counter(env, "", drops[i].statistic);
        counters->own[i] = own_counter(env, &drops[i]);
    }
    return counters;
}

void berth_drops_free(BerthDropCounters *counters)
{
    g_free(counters);
}

void berth_drop_count(BerthEnv *env, BerthDropReason reason)
{
    ++*env->drops->all;
    ++*env->drops->kea[reason];
    ++*env->drops->own[reason];
}

/* Kea: a packet that a class drops is no bad one. */
void berth_drops_report(BerthPacket *pkt, BerthDropReason reason)
{
    const BerthDropInfo *info = &drops[reason];
    const bool by_class = reason == BERTH_DROP_HOOK && berth_packet_has_class(pkt, "DROP");
    char from[BERTH_ADDR_TEXT];

    if (pkt->drop_said)
        return;
    berth_packet_log(pkt, BERTH_DEBUG, by_class ? "packets" : "bad-packets",
                     pkt->env->family == 4 ? info->id4 : info->id6,
                     ": packet from %s on interface %s dropped%s%s",
                     berth_addr_text(pkt->in.src, from), pkt->iface.name,
                     by_class ? " as member of the special class 'DROP'" : ": ",
                     by_class ? "" : info->text);
}
