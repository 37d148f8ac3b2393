/* stats - counters by Kea's names, and the answer of statistic-get-all.
 *
 * A counter is a plain 64-bit cell found once by name and then only incremented. Values that are
 * cheaper to compute than to keep (leases per subnet) are registered as a reader instead. */
#pragma once

#include "core/base/json.h"
#include <glib.h>

typedef struct BerthStats BerthStats;
typedef uint64_t BerthCounter;
struct BerthWorld;

BerthStats *berth_stats_new(struct BerthWorld *world);
void berth_stats_free(BerthStats *stats);

/* The cell of a name; made with 0 when new. Lives as long as `stats`. */
BerthCounter *berth_stats_counter(BerthStats *stats, const char *name);
/* Those of n names; g_free the array. */
BerthCounter **berth_stats_counters(BerthStats *stats, const char *const *names, size_t n);

/* Calls `read` for every answer; it adds its values with berth_stats_value. */
typedef struct BerthStatsAnswer BerthStatsAnswer;
typedef void (*BerthStatsRead)(void *data, BerthStatsAnswer *answer);
void berth_stats_add_reader(BerthStats *stats, BerthStatsRead read, void *data);
void berth_stats_remove_reader(BerthStats *stats, BerthStatsRead read, void *data);
void berth_stats_value(BerthStatsAnswer *answer, const char *name, BerthU128 value);

/* Writes the members `"name": [ [ value, "YYYY-MM-DD hh:mm:ss.uuuuuu" ] ]` of all statistics, or of
 * the one called `only`, into an object that is open in `json`. Returns how many were written. */
unsigned berth_stats_write(BerthStats *stats, const char *only, BerthJson *json);
