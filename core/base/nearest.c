/* nearest - see nearest.h. What counts as near is hooks/near's. */
#include "core/base/nearest.h"

#include "hooks/near.h"

const char *berth_nearest(const char *name, const char *(*candidate)(const void *data, size_t i),
                          const void *data)
{
    unsigned best = berth_near_limit(name) + 1;
    const char *nearest = NULL;
    const char *known;

    for (size_t i = 0; (known = candidate(data, i)); i++) {
        unsigned distance = berth_near_distance(name, known);

        if (distance >= best)
            continue;
        nearest = known;
        best = distance;
    }
    return nearest;
}
