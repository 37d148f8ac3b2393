/* hook - the hook mechanism: points, callouts frozen into arrays, and running them from a cursor.
 *
 * It knows no packet and no lease: subjects are opaque. A BerthCallouts belongs to a configuration
 * snapshot; it is filled while the snapshot is made, frozen, and never changes again. The core's
 * own private header; plugins use <berth/plugin.h>. */
#pragma once

#include <berth/plugin.h>

typedef enum BerthPoint {
#define BERTH_POINT(name, subject, park, skip) BERTH_POINT_##name,
#include "hooks/points.def"
#undef BERTH_POINT
    BERTH_POINT_COUNT,
    BERTH_POINT_NONE = BERTH_POINT_COUNT,
} BerthPoint;

typedef enum BerthSkip { BERTH_SKIP_IGNORED, BERTH_SKIP_DROPS, BERTH_SKIP_OVERRULES } BerthSkip;

typedef struct BerthPointInfo {
    const char *name;
    BerthSubject subject;
    bool may_park;
    BerthSkip skip;
} BerthPointInfo;

/* 4 or 6. */
static inline int berth_point_family(BerthPoint point)
{
    return point < BERTH_POINT_dhcp6_srv_configured ? 4 : 6;
}

const BerthPointInfo *berth_point_info(BerthPoint point);
BerthPoint berth_point_find(const char *name); /* BERTH_POINT_NONE when unknown */
/* The known name nearest to `name`, NULL when none is near. */
const char *berth_point_suggest(const char *name);

/* A callout with what it gets. `plugin` is for messages and statistics. */
typedef struct BerthCallout {
    BerthHook hook;
    const char *plugin;
    const void *conf;
    void *run;
    struct BerthCalloutStats *stats; /* process lifetime, shared by snapshots of one server */
} BerthCallout;

/* Counted always; timed at every BERTH_CALLOUT_SAMPLE-th call. */
#define BERTH_CALLOUT_SAMPLE 64
typedef struct BerthCalloutStats {
    uint64_t calls, skips, drops, parks;
    uint64_t sampled, sampled_nsec;
} BerthCalloutStats;

typedef struct BerthCallouts BerthCallouts;

BerthCallouts *berth_callouts_new(void);
void berth_callouts_free(BerthCallouts *callouts);

/* The clock that samples are timed by, microseconds; this room has none of its own. Without it
 * nothing is timed. */
void berth_callouts_set_clock(BerthCallouts *callouts, int64_t (*usec)(void *data), void *data);

/* Adds every hook of a plugin (ended by {0}, `hook_size` bytes apart) but its commands, which go to
 * the command registry. 0, or -EINVAL with `error`: unknown point (with a suggestion), or the wrong
 * subject for it. `stats` has one element for each hook of the array, or is NULL. */
int berth_callouts_add(BerthCallouts *callouts, const BerthPlugin *plugin, const void *conf,
                       void *run, BerthCalloutStats *stats, GError **error);
/* The same, but only those at the points of a family. */
int berth_callouts_add_for(BerthCallouts *callouts, const BerthPlugin *plugin, int family,
                           const void *conf, void *run, BerthCalloutStats *stats, GError **error);
/* Sorts by priority (stable) and packs into one array. Nothing may be added after. */
void berth_callouts_freeze(BerthCallouts *callouts);

/* The callouts of a point, in order. */
const BerthCallout *berth_callouts_at(const BerthCallouts *callouts, BerthPoint point,
                                      size_t *ret_n);
/* Whether it has any. Of a point that there is. */
bool berth_callouts_any(const BerthCallouts *callouts, BerthPoint point);

/* The i-th hook of a plugin as this core knows it, whatever size its elements have; false at the
 * end. */
bool berth_plugin_hook(const BerthPlugin *plugin, size_t i, BerthHook *ret);

/* Runs the callouts of `point` from *cursor on and stops at the first verdict that is not CONTINUE;
 * *cursor is then the index after the callout that said it, where a resumed packet goes on. `lease`
 * is NULL at PACKET points. PARK at a point that may not park, and SKIP
 * where it is ignored, count as CONTINUE. */
BerthVerdict berth_callouts_run(const BerthCallouts *callouts, BerthPoint point, BerthPacket *pkt,
                                BerthLease *lease, unsigned *cursor);
/* `*ret_plugin` is whose callout said it, when the verdict is not CONTINUE. */
BerthVerdict berth_callouts_run_server(const BerthCallouts *callouts, BerthPoint point,
                                       BerthServer *server, const char **ret_plugin);
