/* drops - the table of drops.def, and counting and reporting a packet's death in one place. */
#include "core/packet/runner.h"

static const BerthDropInfo drops[] = {
    [BERTH_DROP_NONE] = {NULL, NULL, NULL, NULL},
#define BERTH_DROP_REASON(NAME, statistic, id, text) \
    [BERTH_DROP_##NAME] = {#NAME, "pkt4-" statistic, id, text},
#include "core/packet/drops.def"
#undef BERTH_DROP_REASON
};

const BerthDropInfo *berth_drop_info(BerthDropReason reason)
{
    return reason > BERTH_DROP_NONE && reason < BERTH_DROP_COUNT ? &drops[reason] : NULL;
}

static BerthCounter *own_counter(BerthStats *stats, const BerthDropInfo *info)
{
    g_autofree char *lower = g_ascii_strdown(info->name, -1);
    g_autofree char *name = g_strdup_printf("pkt4-drop-%s", g_strdelimit(lower, "_", '-'));

    return berth_stats_counter(stats, name);
}

void berth_drops_init(BerthDropCounters *counters, BerthStats *stats)
{
    counters->all = berth_stats_counter(stats, "pkt4-receive-drop");
    for (unsigned i = BERTH_DROP_NONE + 1; i < BERTH_DROP_COUNT; i++) {
        counters->kea[i] = berth_stats_counter(stats, drops[i].statistic);
        counters->own[i] = own_counter(stats, &drops[i]);
    }
}

void berth_drops_count(BerthDropCounters *counters, BerthDropReason reason)
{
    ++*counters->all;
    ++*counters->kea[reason];
    ++*counters->own[reason];
}

void berth_drop_count(BerthEnv *env, BerthDropReason reason)
{
    berth_drops_count(&env->runner->drops, reason);
}

void berth_drops_report(BerthPacket *pkt, BerthDropReason reason)
{
    const BerthDropInfo *info = &drops[reason];
    char from[BERTH_ADDR_TEXT];

    berth_packet_log(pkt, BERTH_DEBUG, "bad-packets", info->id,
                     ": packet from %s on interface %s dropped: %s",
                     berth_addr_text(pkt->in.src, from), pkt->iface.name, info->text);
}
