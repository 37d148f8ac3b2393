/* counters - the statistics of counters6.def. */
#include "core/v6/steps6.h"

BerthCounter **v6_counters_new(BerthStats *stats)
{
    static const char *const names[] = {
#define BERTH_COUNTER6(NAME, name) name,
#include "core/v6/counters6.def"
#undef BERTH_COUNTER6
    };

    return berth_stats_counters(stats, names, V6_COUNTERS);
}
