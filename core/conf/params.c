/* The parameters that scopes inherit: whether they fit together, and what is in force of them. */
#include "core/conf/build.h"

#define SNAME_MAX 64
#define FILE_MAX 128

static const BerthNode *place(const BerthNode *map, const char *key)
{
    const BerthNode *node = berth_node_get(map, key);

    return node ? node : map;
}

/* ---- lifetimes ---- */

typedef struct Lifetime {
    const char *name; /* its keys are name, min-name and max-name */
    int64_t min, value, max;
} Lifetime;

static Lifetime valid_of(const BerthParams *params)
{
    return (Lifetime){"valid-lifetime", params->min_valid_sec, params->valid_sec,
                      params->max_valid_sec};
}

static Lifetime preferred_of(const BerthParams *params)
{
    return (Lifetime){"preferred-lifetime", params->min_preferred_sec, params->preferred_sec,
                      params->max_preferred_sec};
}

static bool same_lifetime(Lifetime a, Lifetime b)
{
    return a.min == b.min && a.value == b.value && a.max == b.max;
}

static void check_lifetime(BerthBuild *build, const BerthNode *node, const char *path,
                           Lifetime lifetime)
{
    g_autofree char *min = g_strdup_printf("min-%s", lifetime.name);
    g_autofree char *max = g_strdup_printf("max-%s", lifetime.name);

    if (lifetime.min > lifetime.value)
        berth_errors_add(build->fill.errors, place(node, min), path,
                         "%s %" G_GINT64_FORMAT " is above %s %" G_GINT64_FORMAT, min, lifetime.min,
                         lifetime.name, lifetime.value);
    if (lifetime.max >= 0 && lifetime.max < lifetime.value)
        berth_errors_add(build->fill.errors, place(node, max), path,
                         "%s %" G_GINT64_FORMAT " is below %s %" G_GINT64_FORMAT, max, lifetime.max,
                         lifetime.name, lifetime.value);
}

/* As Kea has it: 0.625 of the valid lifetime where nothing else is said, or nothing that fits. What
 * is derived keeps within the bounds that clients are given. */
static void set_preferred(BerthBuild *build, const BerthNode *node, const char *path,
                          BerthParams *params)
{
    const bool is_given = params->preferred_sec >= 0;

    if (is_given && params->preferred_sec <= params->valid_sec)
        return;
    if (is_given)
        berth_build_warn(build, place(node, "preferred-lifetime"), path,
                         "preferred-lifetime %" G_GINT64_FORMAT
                         " is above valid-lifetime %" G_GINT64_FORMAT "; 0.625 of that is used",
                         params->preferred_sec, params->valid_sec);
    params->preferred_sec = MAX(params->valid_sec * 5 / 8, 1);
    if (params->max_preferred_sec >= 0)
        params->preferred_sec = MIN(params->preferred_sec, params->max_preferred_sec);
    if (params->min_preferred_sec >= 0)
        params->preferred_sec = MAX(params->preferred_sec, params->min_preferred_sec);
}

static void read_lifetimes(BerthBuild *build, const BerthNode *node, const char *path,
                           BerthParams *params, const BerthParams *outer)
{
    const bool same_valid = outer && same_lifetime(valid_of(params), valid_of(outer));

    if (!same_valid)
        check_lifetime(build, node, path, valid_of(params));
    if (build->family->family != 6)
        return;
    const bool same = same_valid && same_lifetime(preferred_of(params), preferred_of(outer));

    set_preferred(build, node, path, params);
    if (same)
        return;
    check_lifetime(build, node, path, preferred_of(params));
    if (params->valid_sec > 0 && params->min_preferred_sec > params->valid_sec)
        berth_errors_add(build->fill.errors, place(node, "min-preferred-lifetime"), path,
                         "min-preferred-lifetime %" G_GINT64_FORMAT
                         " is above valid-lifetime %" G_GINT64_FORMAT,
                         params->min_preferred_sec, params->valid_sec);
}

/* ---- timers ---- */

static void warn_of_timer(BerthBuild *build, const BerthNode *node, const char *path,
                          const char *const names[2], const int64_t values[2])
{
    berth_build_warn(build, place(node, names[0]), path,
                     "%s %" G_GINT64_FORMAT " is not below %s %" G_GINT64_FORMAT "; it is not sent",
                     names[0], values[0], names[1], values[1]);
}

/* RFC 2131 section 4.4.5: T1 is before T2 and T2 before the lease ends; RFC 9915 section 21.4 knows
 * the first alone. Kea leaves a timer that does not fit away, reply by reply, and so do we. */
static void warn_of_timers(BerthBuild *build, const BerthNode *node, const char *path,
                           const BerthParams *params)
{
    static const char *const t2_valid[] = {"rebind-timer", "valid-lifetime"},
                             *const t1_t2[] = {"renew-timer", "rebind-timer"},
                             *const t1_valid[] = {"renew-timer", "valid-lifetime"};
    const int64_t t1 = params->renew_sec, t2 = params->rebind_sec, valid = params->valid_sec;
    const bool ends = build->family->family == 4;
    const bool has_t2 = t2 > 0 && (!ends || t2 < valid);

    if (ends && t2 >= valid)
        warn_of_timer(build, node, path, t2_valid, (int64_t[]){t2, valid});
    if (has_t2 && t1 >= t2)
        warn_of_timer(build, node, path, t1_t2, (int64_t[]){t1, t2});
    else if (ends && !has_t2 && t1 >= valid)
        warn_of_timer(build, node, path, t1_valid, (int64_t[]){t1, valid});
}

/* As Kea, which leaves away what else does not fit. */
static void check_timers(BerthBuild *build, const BerthNode *node, const char *path,
                         const BerthParams *params)
{
    if (params->renew_sec < 0 || params->rebind_sec < 0 || params->renew_sec <= params->rebind_sec)
        return;
    berth_errors_add(build->fill.errors, place(node, "renew-timer"), path,
                     "the value of renew-timer (%" G_GINT64_FORMAT
                     ") is greater than the value of rebind-timer (%" G_GINT64_FORMAT ")",
                     params->renew_sec, params->rebind_sec);
}

static void check_percents(BerthBuild *build, const BerthNode *node, const char *path,
                           const BerthParams *params)
{
    if (params->t1_percent > 0 && params->t1_percent < params->t2_percent && params->t2_percent < 1)
        return;
    berth_errors_add(build->fill.errors, place(node, "t1-percent"), path,
                     "t1-percent %g and t2-percent %g do not fit; 0 < t1-percent < t2-percent < 1 "
                     "is needed",
                     params->t1_percent, params->t2_percent);
}

/* ---- the fields of BOOTP ---- */

void berth_build_check_boot(BerthBuild *build, const BerthNode *node, const char *path,
                            const BerthParams *params)
{
    if (!berth_addr_is4(params->next_server))
        berth_errors_add(build->fill.errors, place(node, "next-server"), path,
                         "next-server must be an IPv4 address");
    if (params->server_hostname && strlen(params->server_hostname) > SNAME_MAX)
        berth_errors_add(build->fill.errors, place(node, "server-hostname"), path,
                         "server-hostname is longer than %d bytes", SNAME_MAX);
    if (params->boot_file_name && strlen(params->boot_file_name) > FILE_MAX)
        berth_errors_add(build->fill.errors, place(node, "boot-file-name"), path,
                         "boot-file-name is longer than %d bytes", FILE_MAX);
}

/* As with Kea, an empty name leaves the field to the scope around. */
static void inherit_boot(BerthParams *params, const BerthParams *outer)
{
    if (params->server_hostname && !*params->server_hostname)
        params->server_hostname = outer->server_hostname;
    if (params->boot_file_name && !*params->boot_file_name)
        params->boot_file_name = outer->boot_file_name;
}

/* What a scope has from `outer` was reported there. */
void berth_build_params(BerthBuild *build, const BerthNode *node, const char *path,
                        BerthParams *params, const BerthParams *outer)
{
    read_lifetimes(build, node, path, params, outer);
    if (!outer || params->t1_percent != outer->t1_percent ||
        params->t2_percent != outer->t2_percent)
        check_percents(build, node, path, params);
    if (!outer || params->renew_sec != outer->renew_sec || params->rebind_sec != outer->rebind_sec)
        check_timers(build, node, path, params);
    if (build->family->family == 4 &&
        (!outer || berth_node_get(node, "next-server") || berth_node_get(node, "server-hostname") ||
         berth_node_get(node, "boot-file-name")))
        berth_build_check_boot(build, node, path, params);
    if (outer)
        inherit_boot(params, outer);
    berth_build_naming(build, node, path, &params->naming, outer ? &outer->naming : NULL);
    warn_of_timers(build, node, path, params);
}

/* ---- reservations ---- */

static const struct {
    const char *name;
    bool global, in_subnet, out_of_pool;
} host_modes[] = {
    {"all", false, true, false},
    {"out-of-pool", false, true, true},
    {"global", true, false, false},
    {"disabled", false, false, false},
};

static bool says_hosts(const BerthNode *node)
{
    return berth_node_get(node, "reservations-global") ||
           berth_node_get(node, "reservations-in-subnet") ||
           berth_node_get(node, "reservations-out-of-pool");
}

/* What it says is inherited as if it had been said by the newer keys. */
void berth_build_host_mode(BerthBuild *build, const BerthNode *node, const char *path,
                           BerthParams *params)
{
    const char *mode = params->hosts_mode;

    params->hosts_mode = NULL;
    if (!mode)
        return;
    if (says_hosts(node))
        berth_build_fail(build, place(node, "reservation-mode"), path,
                         "reservation-mode is the older spelling of reservations-global, "
                         "reservations-in-subnet and reservations-out-of-pool; leave it out");
    for (size_t i = 0; i < G_N_ELEMENTS(host_modes); i++) {
        if (strcmp(mode, host_modes[i].name) != 0)
            continue;
        params->hosts_global = host_modes[i].global;
        params->hosts_in_subnet = host_modes[i].in_subnet;
        params->hosts_out_of_pool = host_modes[i].out_of_pool;
        return;
    }
    berth_build_fail(
        build, place(node, "reservation-mode"), path,
        "\"%s\" is no reservation-mode; there are all, out-of-pool, global and disabled", mode);
}

/* ---- classes ---- */

/* Kea: where a class says a limit only, that is the lifetime. */
static void complete(int64_t *value, int64_t min, int64_t max)
{
    if (*value < 0)
        *value = min >= 0 ? min : max;
}

void berth_build_class_params(const BerthReading *reading, BerthParams *params)
{
    complete(&params->valid_sec, params->min_valid_sec, params->max_valid_sec);
    complete(&params->preferred_sec, params->min_preferred_sec, params->max_preferred_sec);
    check_lifetime(reading->build, reading->node, reading->path, valid_of(params));
    check_lifetime(reading->build, reading->node, reading->path, preferred_of(params));
    berth_build_check_boot(reading->build, reading->node, reading->path, params);
}
