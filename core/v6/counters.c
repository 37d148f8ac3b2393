/* counters - the statistics of counters6.def. */
#include "core/v6/steps6.h"

BerthCounter **v6_counters_new(BerthStats *stats)
{
    static const char *const names[] = {
#define BERTH_COUNTER6(NAME, name) name,
#include "core/v6/counters6.def"
#undef BERTH_COUNTER6
    };
    BerthCounter **counters = g_new(BerthCounter *, V6_COUNTERS);

    for (unsigned i = 0; i < V6_COUNTERS; i++)
        counters[i] = berth_stats_counter(stats, names[i]);
    return counters;
}
