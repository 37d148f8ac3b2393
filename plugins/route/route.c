/* route - a route of the system for each delegated prefix, to whoever asked for it.
 *
 * The next hop is where a query came from: the client on the same link, or the relay next to us. It
 * is put into the lease (hop.h) before that is stored; from there on the leases alone say what
 * routes there should be, so it is the same whether a packet, a command, the clock or another
 * server changes them. The kernel is spoken to in jobs, one at a time. */
#include "hop.h"
#include "table.h"

#include <errno.h>

#define MSEC INT64_C(1000)
#define LOADING_MSEC 100
#define WALK_MAX 1000   /* leases of a turn */
#define CHANGES_MAX 512 /* of a job */
#define WARNINGS_MAX 10 /* between two checks */
#define RETRY_SEC 60    /* after a check that failed, where there is no interval */

typedef struct Conf {
    int64_t protocol, table, metric, max_routes, check_interval_sec;
} Conf;

static const BerthConfItem conf_items[] = {
    {"protocol", BERTH_INT(Conf, protocol), "147",
     "number (rtm_protocol) by which our routes are told from others'", .min = 5, .max = 255},
    {"table", BERTH_INT(Conf, table), "254", "routing table; 254 is the main one", .min = 1,
     .max = UINT32_MAX},
    {"metric", BERTH_INT(Conf, metric), "1024", "metric of the routes", .min = 1,
     .max = UINT32_MAX},
    {"max-routes", BERTH_INT(Conf, max_routes), "65536", "prefixes beyond get no route", .min = 1,
     .max = 1 << 24},
    {"check-interval", BERTH_INT(Conf, check_interval_sec), "60",
     "seconds between comparisons with what the system has; 0: only at the start", .min = 0,
     .max = 86400},
    {0},
};

typedef enum State {
    LOADING, /* the leases are not there yet */
    WALKING, /* through those that are */
    CHECKING,
    RUNNING,
} State;

typedef struct Run {
    BerthServer *server;
    Table *table;
    RouteKind kind, old_kind; /* the old one: its routes are to be removed */
    Conf conf;
    bool is_changed; /* `conf` is yet to be followed */
    State state;
    uint32_t iter;   /* of the walk */
    struct Job *job; /* that runs, or NULL */
    BerthTimer *turn, *check;
    unsigned warnings;
    bool is_full;
    BerthCounter *added, *removed, *failed;
} Run;

/* ---- jobs ---- */

typedef struct Job {
    Run *run; /* NULL: stopped meanwhile */
    BerthServer *server;
    /* a check */
    bool is_check;
    RouteKind kinds[2];
    GArray *routes; /* of BerthRoute */
    int result;
    /* or changes */
    size_t n;
    BerthRouteChange changes[];
} Job;

static void next(Run *run);

static void job_free(Job *job)
{
    if (job->routes)
        g_array_unref(job->routes);
    g_free(job);
}

static void add_route(void *routes, const BerthRoute *route)
{
    g_array_append_vals(routes, route, 1);
}

static void job_work(void *data)
{
    Job *job = data;

    if (!job->is_check) {
        berth_routes_change(job->server, job->changes, job->n);
        return;
    }
    for (size_t i = 0; i < job->n && job->result == 0; i++)
        job->result = berth_routes_list(job->server, job->kinds[i].protocol, job->kinds[i].table,
                                        add_route, job->routes);
}

static void warn(Run *run, const BerthRouteChange *change)
{
    char prefix[BERTH_ADDR_TEXT], via[BERTH_ADDR_TEXT];
    const BerthRoute *route = &change->route;

    ++*run->failed;
    if (run->warnings++ >= WARNINGS_MAX)
        return;
    BERTH_LOG(run->server, BERTH_WARN, "route", "BERTH_ROUTE_FAIL",
              "the route to %s/%u via %s%s%s can't be %s: %s",
              berth_addr_text(route->prefix, prefix), route->prefix_len,
              berth_addr_text(route->via, via), *route->interface ? " on " : "", route->interface,
              change->is_removal ? "removed" : "added",
              change->result == -EEXIST ? "there is another of the same metric"
                                        : g_strerror(-change->result));
}

static void changes_done(Run *run, const Job *job)
{
    for (size_t i = 0; i < job->n; i++) {
        const BerthRouteChange *change = &job->changes[i];

        if (change->result == 0)
            ++*(change->is_removal ? run->removed : run->added);
        else if (!change->is_removal || (change->result != -ESRCH && change->result != -ENODEV))
            warn(run, change);
    }
    table_done(run->table, job->changes, job->n);
}

static void check_done(Run *run, const Job *job)
{
    if (run->warnings > WARNINGS_MAX)
        BERTH_LOG(run->server, BERTH_WARN, "route", "BERTH_ROUTE_FAIL_MORE",
                  "and %u more since the last check", run->warnings - WARNINGS_MAX);
    run->warnings = 0;
    run->state = RUNNING;
    if (job->result < 0 || run->conf.check_interval_sec > 0)
        berth_timer_set(run->server, run->check,
                        (run->conf.check_interval_sec ? run->conf.check_interval_sec : RETRY_SEC) *
                            1000 * MSEC);
    if (job->result < 0) {
        BERTH_LOG(run->server, BERTH_WARN, "route", "BERTH_ROUTE_LIST_FAIL",
                  "the system's routes can't be listed: %s", g_strerror(-job->result));
        return;
    }
    run->old_kind = run->kind;
    table_begin_check(run->table);
    for (unsigned i = 0; i < job->routes->len; i++)
        table_check(run->table, &g_array_index(job->routes, BerthRoute, i));
    table_end_check(run->table);
}

static void job_done(void *data)
{
    Job *job = data;
    Run *run = job->run;

    if (run) {
        run->job = NULL;
        if (job->is_check)
            check_done(run, job);
        else
            changes_done(run, job);
        next(run);
    }
    job_free(job);
}

static void start_job(Run *run, Job *job)
{
    job->run = run;
    job->server = run->server;
    run->job = job;
    berth_job_run(run->server, job_work, job_done, job);
}

static bool is_same_list(RouteKind a, RouteKind b)
{
    return a.protocol == b.protocol && a.table == b.table;
}

static void start_check(Run *run)
{
    Job *job = g_new0(Job, 1);

    job->is_check = true;
    job->kinds[0] = run->kind;
    job->kinds[1] = run->old_kind;
    job->n = is_same_list(run->kind, run->old_kind) ? 1 : 2;
    job->routes = g_array_new(FALSE, FALSE, sizeof(BerthRoute));
    start_job(run, job);
}

static void start_changes(Run *run)
{
    Job *job = g_malloc0(sizeof(Job) + CHANGES_MAX * sizeof(BerthRouteChange));

    job->n = table_take(run->table, job->changes, CHANGES_MAX);
    if (job->n > 0)
        start_job(run, job);
    else
        job_free(job);
}

static RouteKind kind_of(const Conf *conf)
{
    return (RouteKind){(uint8_t)conf->protocol, (uint32_t)conf->table, (uint32_t)conf->metric};
}

static bool is_same_kind(RouteKind a, RouteKind b)
{
    return is_same_list(a, b) && a.metric == b.metric;
}

static void follow_conf(Run *run)
{
    RouteKind kind = kind_of(&run->conf);

    run->is_changed = false;
    if (!is_same_kind(kind, run->kind)) {
        run->kind = kind;
        table_set_kind(run->table, kind);
    }
    table_set_max(run->table, (size_t)run->conf.max_routes);
    run->state = CHECKING;
}

/* What comes next, when no job runs and the leases have been walked. */
static void next(Run *run)
{
    if (run->job || run->state < CHECKING)
        return;
    if (run->is_changed)
        follow_conf(run);
    if (run->state == CHECKING)
        start_check(run);
    else
        start_changes(run);
}

static void on_check(void *data)
{
    Run *run = data;

    if (run->state == RUNNING)
        run->state = CHECKING;
    next(run);
}

/* ---- leases ---- */

static bool is_routed(const BerthLease *lease, Hop *ret)
{
    return lease && berth_lease_type(lease) == BERTH_LEASE_PD &&
           berth_lease_state(lease) == BERTH_LEASE_ACTIVE &&
           hop_read(berth_lease_context(lease), ret);
}

static void want(Run *run, const BerthLease *lease, const Hop *hop)
{
    if (table_want(run->table, berth_lease_addr(lease), berth_lease_prefix_len(lease), hop) == 0)
        return;
    ++*run->failed;
    if (!run->is_full)
        BERTH_LOG(run->server, BERTH_ERROR, "route", "BERTH_ROUTE_FULL",
                  "there are %zu routes, and max-routes allows no more", table_count(run->table));
    run->is_full = true;
}

static void unwant(Run *run, const BerthLease *lease)
{
    table_unwant(run->table, berth_lease_addr(lease), berth_lease_prefix_len(lease));
    run->is_full = false;
}

static bool is_same_prefix(const BerthLease *a, const BerthLease *b)
{
    return a && b && berth_lease_prefix_len(a) == berth_lease_prefix_len(b);
}

/* A lease keeps its address through all changes, but another may get a prefix of another length
 * there. */
static void on_change(void *data, const BerthLease *before, const BerthLease *after)
{
    Run *run = data;
    Hop hop;
    bool is_wanted = is_routed(after, &hop);

    if (before && berth_lease_type(before) == BERTH_LEASE_PD &&
        !(is_wanted && is_same_prefix(before, after)))
        unwant(run, before);
    if (is_wanted)
        want(run, after, &hop);
    /* What comes in one batch is one job. */
    if (run->state == RUNNING)
        berth_timer_set(run->server, run->turn, 0);
}

static int on_lease(void *data, const BerthLease *lease)
{
    Run *run = data;
    Hop hop;

    if (is_routed(lease, &hop) && berth_lease_expires(lease) > berth_server_now(run->server))
        want(run, lease, &hop);
    return 0;
}

static void on_turn(void *data)
{
    Run *run = data;
    int r;

    if (run->state >= CHECKING) {
        next(run);
        return;
    }
    r = berth_server_leases(run->server, 6, &run->iter, WALK_MAX, on_lease, run);
    run->state = r == -EAGAIN ? LOADING : r > 0 ? WALKING : CHECKING;
    berth_timer_set(run->server, run->turn, run->state == LOADING ? LOADING_MSEC * MSEC : 0);
}

/* ---- packets ---- */

static bool is_link_local(BerthAddr addr)
{
    return addr.b[0] == 0xfe && (addr.b[1] & 0xc0) == 0x80;
}

/* Direct clients ask from their link-local address, relays from one that we can answer. */
static bool hop_of(const BerthPacket *pkt, Hop *ret)
{
    Hop hop = {.via = berth_query_source(pkt), .interface = ""};

    if (is_link_local(hop.via))
        g_strlcpy(hop.interface, berth_packet_interface(pkt), sizeof(hop.interface));
    *ret = hop;
    return memcmp(&hop.via, &BERTH_ADDR6_ANY, sizeof(hop.via)) != 0;
}

static BerthVerdict on_lease_change(BerthPacket *pkt, BerthLease *lease, const void *conf,
                                    void *run)
{
    BerthBytes context = berth_lease_context(lease);
    g_autofree char *text = NULL;
    size_t size;
    uint8_t *copy;
    Hop hop, known;

    (void)conf;
    (void)run;
    if (berth_lease_type(lease) != BERTH_LEASE_PD || !hop_of(pkt, &hop) ||
        (hop_read(context, &known) && hop_equal(&hop, &known)))
        return BERTH_CONTINUE;
    text = hop_write(context, &hop);
    size = text ? strlen(text) : 0;
    copy = size ? berth_packet_alloc(pkt, size) : NULL;
    if (copy)
        berth_lease_set_context(lease, (BerthBytes){memcpy(copy, text, size), size});
    return BERTH_CONTINUE;
}

static const BerthHook hooks[] = {
    BERTH_ON_LEASE("lease6_select", BERTH_LATE, on_lease_change),
    BERTH_ON_LEASE("lease6_renew", BERTH_LATE, on_lease_change),
    BERTH_ON_LEASE("lease6_rebind", BERTH_LATE, on_lease_change),
    {0},
};

/* ---- the plugin ---- */

static int start(BerthServer *server, const void *conf, void *run_state, GError **error)
{
    Run *run = run_state;

    if (berth_server_follow_leases(server, 6, on_change, run) < 0)
        return berth_fail(error, -EINVAL,
                          "routes are for delegated prefixes, and there is no Dhcp6");
    run->server = server;
    run->conf = *(const Conf *)conf;
    run->kind = run->old_kind = kind_of(&run->conf);
    run->table = table_new(run->kind, (size_t)run->conf.max_routes);
    run->added = berth_server_counter_in(server, 6, "route-added");
    run->removed = berth_server_counter_in(server, 6, "route-removed");
    run->failed = berth_server_counter_in(server, 6, "route-failed");
    run->turn = berth_timer_new(server, on_turn, run);
    run->check = berth_timer_new(server, on_check, run);
    berth_timer_set(server, run->turn, 0);
    return 0;
}

static void apply(const void *conf, void *run_state)
{
    Run *run = run_state;

    run->conf = *(const Conf *)conf;
    run->is_changed = true;
    next(run);
}

/* The routes stay: the leases do, too, and the next start compares both. */
static void stop(void *run_state)
{
    Run *run = run_state;

    berth_server_unfollow_leases(run->server, 6, on_change, run);
    if (run->job)
        run->job->run = NULL;
    berth_timer_free(run->turn);
    berth_timer_free(run->check);
    table_free(run->table);
}

BERTH_PLUGIN(.name = "route", .about = "routes for delegated prefixes", .conf_size = sizeof(Conf),
             .conf = conf_items, .run_size = sizeof(Run), .start = start, .apply = apply,
             .stop = stop, .hooks = hooks);
