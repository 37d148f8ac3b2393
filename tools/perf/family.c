/* family - see family.h. */
#include "tools/perf/family.h"

void *perf_family_open(const PerfConf *conf, GError **error)
{
    const PerfFamily *family = perf_family(conf);
    g_autofree void *own = g_malloc0(family->own_size);

    for (size_t i = 0; i < PERF_STEPS; i++)
        if (!family->make(own, (PerfStep)i, conf, error))
            return NULL;
    return g_steal_pointer(&own);
}
