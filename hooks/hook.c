/* hook - see hook.h. Callouts are gathered in one array with their point and order, sorted once,
 * and packed: a point without callouts costs one comparison. */
#include "hooks/hook.h"

#include "hooks/near.h"
#include <errno.h>

static const BerthPointInfo points[] = {
#define PARK true
#define NO_PARK false
#define BERTH_POINT(name, subject, park, skip) \
    {#name, BERTH_SUBJECT_##subject, park, BERTH_SKIP_##skip},
#include "hooks/points.def"
#undef BERTH_POINT
#undef NO_PARK
#undef PARK
};

typedef struct Entry {
    BerthPoint point;
    unsigned order; /* of adding */
    BerthCallout callout;
} Entry;

struct BerthCallouts {
    GArray *entries; /* of Entry; NULL once frozen */
    BerthCallout *packed;
    unsigned first[BERTH_POINT_COUNT + 1]; /* where a point's callouts begin in `packed` */
    int64_t (*usec)(void *data);
    void *usec_data;
};

/* ---- points ---- */

const BerthPointInfo *berth_point_info(BerthPoint point)
{
    return point < BERTH_POINT_COUNT ? &points[point] : NULL;
}

BerthPoint berth_point_find(const char *name)
{
    for (unsigned i = 0; i < BERTH_POINT_COUNT; i++)
        if (strcmp(points[i].name, name) == 0)
            return (BerthPoint)i;
    return BERTH_POINT_NONE;
}

const char *berth_point_suggest(const char *name)
{
    unsigned best = berth_near_limit(name) + 1;
    const char *found = NULL;

    for (unsigned i = 0; i < BERTH_POINT_COUNT; i++) {
        unsigned distance = berth_near_distance(name, points[i].name);

        if (distance < best) {
            best = distance;
            found = points[i].name;
        }
    }
    return found;
}

static const char *subject_word(BerthSubject subject)
{
    switch (subject) {
    case BERTH_SUBJECT_PACKET:
        return "BERTH_ON_PACKET";
    case BERTH_SUBJECT_LEASE:
        return "BERTH_ON_LEASE";
    case BERTH_SUBJECT_SERVER:
        return "BERTH_ON_SERVER";
    case BERTH_SUBJECT_COMMAND:
        return "BERTH_ON_COMMAND";
    }
    return "an unknown macro";
}

/* ---- gathering ---- */

BerthCallouts *berth_callouts_new(void)
{
    BerthCallouts *callouts = g_new0(BerthCallouts, 1);

    callouts->entries = g_array_new(FALSE, TRUE, sizeof(Entry));
    return callouts;
}

void berth_callouts_free(BerthCallouts *callouts)
{
    if (!callouts)
        return;
    if (callouts->entries)
        g_array_unref(callouts->entries);
    g_free(callouts->packed);
    g_free(callouts);
}

void berth_callouts_set_clock(BerthCallouts *callouts, int64_t (*usec)(void *data), void *data)
{
    callouts->usec = usec;
    callouts->usec_data = data;
}

bool berth_plugin_hook(const BerthPlugin *plugin, size_t i, BerthHook *ret)
{
    const uint8_t *at = (const uint8_t *)plugin->hooks;
    BerthHook hook = {0};

    if (!at)
        return false;
    /* A plugin built against another 1.x has shorter or longer elements: take what both know. */
    memcpy(&hook, at + i * plugin->hook_size, MIN(plugin->hook_size, sizeof(hook)));
    if (!hook.name)
        return false;
    *ret = hook;
    return true;
}

static int check_hook(const BerthHook *hook, BerthPoint *ret_point, GError **error)
{
    BerthPoint point = berth_point_find(hook->name);
    const char *near = berth_point_suggest(hook->name);

    if (point == BERTH_POINT_NONE)
        return berth_fail(error, -EINVAL, "there is no hook point '%s'%s%s%s", hook->name,
                          near ? "; did you mean '" : ", see hooks/points.def", near ? near : "",
                          near ? "'?" : "");
    if (points[point].subject != hook->subject)
        return berth_fail(error, -EINVAL, "hook point '%s' takes %s, not %s", hook->name,
                          subject_word(points[point].subject), subject_word(hook->subject));
    if (!hook->call.packet)
        return berth_fail(error, -EINVAL, "the callout for hook point '%s' is NULL", hook->name);
    *ret_point = point;
    return 0;
}

/* `family` 0: whatever point it is at. */
int berth_callouts_add_for(BerthCallouts *callouts, const BerthPlugin *plugin, int family,
                           const void *conf, void *run, BerthCalloutStats *stats, GError **error)
{
    unsigned before = callouts->entries->len;
    BerthHook hook;

    for (size_t i = 0; berth_plugin_hook(plugin, i, &hook); i++) {
        Entry entry = {.order = callouts->entries->len,
                       .callout = {hook, plugin->name, conf, run, stats ? &stats[i] : NULL}};
        int r;

        if (hook.subject == BERTH_SUBJECT_COMMAND)
            continue;
        r = check_hook(&hook, &entry.point, error);
        if (r < 0) {
            g_array_set_size(callouts->entries, before);
            return r;
        }
        if (family == 0 || berth_point_family(entry.point) == family)
            g_array_append_val(callouts->entries, entry);
    }
    return 0;
}

int berth_callouts_add(BerthCallouts *callouts, const BerthPlugin *plugin, const void *conf,
                       void *run, BerthCalloutStats *stats, GError **error)
{
    return berth_callouts_add_for(callouts, plugin, 0, conf, run, stats, error);
}

static int compare(const void *a_entry, const void *b_entry)
{
    const Entry *a = a_entry, *b = b_entry;

    if (a->point != b->point)
        return a->point < b->point ? -1 : 1;
    if (a->callout.hook.priority != b->callout.hook.priority)
        return a->callout.hook.priority < b->callout.hook.priority ? -1 : 1;
    return a->order < b->order ? -1 : 1;
}

void berth_callouts_freeze(BerthCallouts *callouts)
{
    GArray *entries = g_steal_pointer(&callouts->entries);

    if (!entries)
        return;
    g_array_sort(entries, compare);
    callouts->packed = g_new(BerthCallout, entries->len);
    for (unsigned i = 0; i < entries->len; i++) {
        const Entry *entry = &g_array_index(entries, Entry, i);

        callouts->packed[i] = entry->callout;
        callouts->first[entry->point + 1]++;
    }
    for (unsigned point = 0; point < BERTH_POINT_COUNT; point++)
        callouts->first[point + 1] += callouts->first[point];
    g_array_unref(entries);
}

const BerthCallout *berth_callouts_at(const BerthCallouts *callouts, BerthPoint point,
                                      size_t *ret_n)
{
    *ret_n = 0;
    if (!callouts || point >= BERTH_POINT_COUNT || !callouts->packed)
        return NULL;
    *ret_n = callouts->first[point + 1] - callouts->first[point];
    return callouts->packed + callouts->first[point];
}

bool berth_callouts_any(const BerthCallouts *callouts, BerthPoint point)
{
    return callouts && callouts->first[point + 1] != callouts->first[point];
}

/* ---- running ---- */

/* What a callout may be called with. */
typedef struct Subject {
    BerthPacket *pkt;
    BerthLease *lease;
    BerthServer *server;
} Subject;

static BerthVerdict call(const BerthCallout *callout, const Subject *subject)
{
    switch (callout->hook.subject) {
    case BERTH_SUBJECT_PACKET:
        return callout->hook.call.packet(subject->pkt, callout->conf, callout->run);
    case BERTH_SUBJECT_LEASE:
        return callout->hook.call.lease(subject->pkt, subject->lease, callout->conf, callout->run);
    case BERTH_SUBJECT_SERVER:
        return callout->hook.call.server(subject->server, callout->conf, callout->run);
    case BERTH_SUBJECT_COMMAND:
        break;
    }
    return BERTH_CONTINUE;
}

static void count(BerthCalloutStats *stats, BerthVerdict verdict)
{
    stats->calls++;
    stats->skips += verdict == BERTH_SKIP;
    stats->drops += verdict == BERTH_DROP;
    stats->parks += verdict == BERTH_PARK;
}

static BerthVerdict call_counted(const BerthCallouts *callouts, const BerthCallout *callout,
                                 const Subject *subject)
{
    BerthCalloutStats *stats = callout->stats;
    bool sampled = stats && callouts->usec && stats->calls % BERTH_CALLOUT_SAMPLE == 0;
    int64_t began = sampled ? callouts->usec(callouts->usec_data) : 0;
    BerthVerdict verdict = call(callout, subject);

    if (sampled) {
        stats->sampled++;
        stats->sampled_nsec += (uint64_t)(callouts->usec(callouts->usec_data) - began) * 1000;
    }
    if (stats)
        count(stats, verdict);
    return verdict;
}

static BerthVerdict run(const BerthCallouts *callouts, BerthPoint point, const Subject *subject,
                        unsigned *cursor)
{
    size_t n;
    const BerthCallout *at = berth_callouts_at(callouts, point, &n);

    while (*cursor < n) {
        BerthVerdict verdict = call_counted(callouts, &at[(*cursor)++], subject);

        if (verdict == BERTH_DROP ||
            (verdict == BERTH_SKIP && points[point].skip != BERTH_SKIP_IGNORED) ||
            (verdict == BERTH_PARK && points[point].may_park))
            return verdict;
    }
    return BERTH_CONTINUE;
}

BerthVerdict berth_callouts_run(const BerthCallouts *callouts, BerthPoint point, BerthPacket *pkt,
                                BerthLease *lease, unsigned *cursor)
{
    return run(callouts, point, &(Subject){pkt, lease, NULL}, cursor);
}

BerthVerdict berth_callouts_run_server(const BerthCallouts *callouts, BerthPoint point,
                                       BerthServer *server, const char **ret_plugin)
{
    unsigned cursor = 0;
    BerthVerdict verdict = run(callouts, point, &(Subject){NULL, NULL, server}, &cursor);
    size_t n;

    if (verdict != BERTH_CONTINUE)
        *ret_plugin = berth_callouts_at(callouts, point, &n)[cursor - 1].plugin;
    return verdict;
}
