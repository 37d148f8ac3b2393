/* limits - so many packets of a class or a subnet in a time, so many leases at all.
 *
 * Packets are counted at their receipt (by class) and when their subnet is known; leases where they
 * are granted. With its lease go the classes of a client, so that every server, and this one after
 * a restart, counts the same. */
#include "count.h"
#include "names.h"
#include "rate.h"

#define LOGGER "limits-hooks"
#define SERIES_MAX 65536 /* classes of clients, which clients can make */
#define SWEEP_USEC INT64_C(1000000)
#define WAIT_MSEC 10000 /* until leases are counted */

typedef struct Family {
    Counts *counts;        /* NULL: it is not served */
    GHashTable *by_class;  /* name -> RateSeries */
    GHashTable *by_subnet; /* id -> RateSeries */
    GArray *waiting;       /* of Waiting */
    const struct Run *run;
} Family;

typedef struct Run {
    BerthServer *server;
    int64_t swept_usec;
    Family families[2];
} Run;

/* A packet whose lease can't be judged yet. */
typedef struct Waiting {
    BerthTicket ticket;
    BerthLease *lease;
    const Conf *conf;
} Waiting;

static Family *family_of(Run *run, const BerthPacket *pkt)
{
    return &run->families[berth_packet_family(pkt) == 6];
}

/* ---- packets ---- */

static gboolean is_over(gpointer key, gpointer series, gpointer now_usec)
{
    (void)key;
    return rate_series_is_over(series, *(int64_t *)now_usec);
}

/* NULL: there are too many, and this one is not counted. */
static RateSeries *series_of_class(Run *run, Family *family, const char *name, int64_t now_usec)
{
    RateSeries *series = g_hash_table_lookup(family->by_class, name);

    if (series)
        return series;
    if (g_hash_table_size(family->by_class) >= SERIES_MAX &&
        now_usec > run->swept_usec + SWEEP_USEC) {
        g_hash_table_foreach_remove(family->by_class, is_over, &now_usec);
        run->swept_usec = now_usec;
    }
    if (g_hash_table_size(family->by_class) >= SERIES_MAX)
        return NULL;
    series = rate_series_new();
    g_hash_table_insert(family->by_class, g_strdup(name), series);
    return series;
}

static char *classes_text(const BerthPacket *pkt)
{
    g_autoptr(GString) text = g_string_new(NULL);
    const char *name;

    for (size_t i = 0; (name = berth_packet_class(pkt, i)); i++)
        g_string_append_printf(text, "%s%s", i ? ", " : "", name);
    return g_strdup(text->str);
}

static BerthVerdict exceeds_class(BerthPacket *pkt, Run *run, const Rate *rate, const char *name)
{
    if (berth_server_log_wants(run->server, BERTH_DEBUG, LOGGER)) {
        g_autofree char *classes = classes_text(pkt);

        berth_server_log(run->server, BERTH_DEBUG, LOGGER,
                         "LIMITS_PACKET_WITH_CLIENT_CLASSES_RATE_LIMIT_DROPPED",
                         "Packet assigned to client classes %s is being dropped for exceeding the "
                         "rate limit of %s for client class %s.",
                         classes, rate->text, name);
    }
    return berth_packet_over_limit(pkt);
}

static const Rate *rate_of_class(const Conf *conf, const BerthPacket *pkt, const char *name)
{
    const Limit *limit = conf_of_class(conf, berth_packet_family(pkt), name);

    return limit && limit->rate.text ? &limit->rate : NULL;
}

/* It counts for its classes only when it has room in all of them. */
static BerthVerdict on_receive(BerthPacket *pkt, const void *conf, void *run_state)
{
    Run *run = run_state;
    Family *family = family_of(run, pkt);
    int64_t now_usec = berth_server_boot_usec(run->server);
    RateSeries *series;
    const Rate *rate;
    const char *name;

    for (size_t i = 0; (name = berth_packet_class(pkt, i)); i++)
        if ((rate = rate_of_class(conf, pkt, name)) &&
            (series = series_of_class(run, family, name, now_usec)) &&
            !rate_series_has_room(series, rate, now_usec))
            return exceeds_class(pkt, run, rate, name);
    for (size_t i = 0; (name = berth_packet_class(pkt, i)); i++)
        if ((rate = rate_of_class(conf, pkt, name)) &&
            (series = series_of_class(run, family, name, now_usec)))
            rate_series_add(series, rate, now_usec);
    return BERTH_CONTINUE;
}

static BerthVerdict on_subnet(BerthPacket *pkt, const void *conf, void *run_state)
{
    Run *run = run_state;
    uint32_t id = berth_packet_subnet_id(pkt);
    const Limit *limit = conf_of_subnet(conf, berth_packet_family(pkt), id);
    GHashTable *all = family_of(run, pkt)->by_subnet;
    int64_t now_usec = berth_server_boot_usec(run->server);
    RateSeries *series;

    if (!limit || !limit->rate.text)
        return BERTH_CONTINUE;
    series = g_hash_table_lookup(all, GUINT_TO_POINTER(id));
    if (!series) {
        series = rate_series_new();
        g_hash_table_insert(all, GUINT_TO_POINTER(id), series);
    }
    if (!rate_series_has_room(series, &limit->rate, now_usec)) {
        BERTH_LOG(run->server, BERTH_DEBUG, LOGGER,
                  "LIMITS_PACKET_WITH_SUBNET_ID_RATE_LIMIT_DROPPED",
                  "Packet assigned to subnet with ID %u is being dropped for exceeding the rate "
                  "limit of %s.",
                  id, limit->rate.text);
        return berth_packet_over_limit(pkt);
    }
    rate_series_add(series, &limit->rate, now_usec);
    return BERTH_CONTINUE;
}

/* ---- leases ---- */

/* What the packet gives up by being granted this lease, and so does not count beside it. */
static bool is_given_up(const BerthPacket *pkt, size_t i, const BerthLease *granted)
{
    BerthLeaseAct act;
    const BerthLease *lease = berth_packet_lease(pkt, i, &act);

    return lease == granted || act == BERTH_ACT_LEAVE;
}

/* Of the class; NULL: of the subnet. */
static uint64_t given_up(const BerthPacket *pkt, const BerthLease *granted, const char *class)
{
    const BerthLease *before;
    BerthLeaseAct act;
    uint64_t n = 0;

    for (size_t i = 0; berth_packet_lease(pkt, i, &act); i++) {
        before = berth_packet_lease_before(pkt, i);
        if (!before || !is_given_up(pkt, i, granted) || count_kind(before) != count_kind(granted))
            continue;
        n += class ? count_is_of_class(before, class)
                   : count_is_held(before) &&
                         berth_lease_subnet_id(before) == berth_lease_subnet_id(granted);
    }
    return n;
}

static const char *kind_text(LimitKind kind)
{
    return kind == LIMIT_PREFIXES ? "prefix" : "address";
}

/* The limit that is reached, in Kea's words; NULL: none. g_free it. */
static char *exceeded(const BerthPacket *pkt, const BerthLease *lease, const Conf *conf,
                      const Counts *counts)
{
    int family = berth_packet_family(pkt);
    LimitKind kind = count_kind(lease);
    uint32_t id = berth_lease_subnet_id(lease);
    const Limit *limit;
    const char *name;
    uint64_t n;

    for (size_t i = 0; (name = berth_packet_class(pkt, i)); i++) {
        limit = conf_of_class(conf, family, name);
        if (!limit || limit->leases[kind] < 0)
            continue;
        n = counts_of_class(counts, name, kind);
        if (n - MIN(n, given_up(pkt, lease, name)) >= (uint64_t)limit->leases[kind])
            return g_strdup_printf("%s limit %u for client class \"%s\", current lease count %u",
                                   kind_text(kind), (unsigned)limit->leases[kind], name,
                                   (unsigned)n);
    }
    limit = conf_of_subnet(conf, family, id);
    if (!limit || limit->leases[kind] < 0)
        return NULL;
    n = counts_of_subnet(counts, id, kind);
    if (n - MIN(n, given_up(pkt, lease, NULL)) < (uint64_t)limit->leases[kind])
        return NULL;
    return g_strdup_printf("%s limit %u for subnet ID %u, current lease count %u", kind_text(kind),
                           (unsigned)limit->leases[kind], id, (unsigned)n);
}

static bool is_limited(const BerthPacket *pkt, const BerthLease *lease, const Conf *conf)
{
    int family = berth_packet_family(pkt);
    LimitKind kind = count_kind(lease);
    const Limit *limit = conf_of_subnet(conf, family, berth_lease_subnet_id(lease));
    const char *name;

    if (limit && limit->leases[kind] >= 0)
        return true;
    for (size_t i = 0; (name = berth_packet_class(pkt, i)); i++) {
        limit = conf_of_class(conf, family, name);
        if (limit && limit->leases[kind] >= 0)
            return true;
    }
    return false;
}

static BerthLeaseAct act_of(const BerthPacket *pkt, const BerthLease *lease)
{
    const BerthLease *at;
    BerthLeaseAct act;

    for (size_t i = 0; (at = berth_packet_lease(pkt, i, &act)); i++)
        if (at == lease)
            return act;
    return BERTH_ACT_NONE;
}

static BerthVerdict judge(BerthPacket *pkt, const BerthLease *lease, const Conf *conf, Run *run)
{
    Counts *counts = family_of(run, pkt)->counts;
    g_autofree char *limit = exceeded(pkt, lease, conf, counts);
    char text[BERTH_ADDR_TEXT];

    if (limit) {
        BERTH_LOG(run->server, BERTH_DEBUG, LOGGER, "LIMITS_LEASE_LIMIT_EXCEEDED",
                  "Lease was not allocated due to exceeding %s.", limit);
        return BERTH_SKIP;
    }
    BERTH_LOG(run->server, BERTH_DEBUG, LOGGER, "LIMITS_LEASE_WITHIN_LIMITS",
              "Lease with address %s is within limits.",
              berth_addr_text(berth_lease_addr(lease), text));
    /* An offer is only in mind. */
    if (act_of(pkt, lease) == BERTH_ACT_ASSIGN && !counts_grant(counts, pkt, lease))
        return BERTH_DROP;
    return BERTH_CONTINUE;
}

static void keep_classes(BerthPacket *pkt, BerthLease *lease)
{
    g_autofree char *text = names_put(berth_lease_context(lease), pkt);
    size_t len = text ? strlen(text) : 0;
    void *copy = len ? berth_packet_alloc(pkt, len) : NULL;

    if (copy)
        berth_lease_set_context(lease, (BerthBytes){memcpy(copy, text, len), len});
}

static BerthVerdict wait_for_counts(BerthPacket *pkt, BerthLease *lease, const Conf *conf,
                                    Family *family)
{
    Waiting waiting = {berth_packet_park(pkt, WAIT_MSEC), lease, conf};

    if (waiting.ticket == 0)
        return BERTH_DROP;
    g_array_append_val(family->waiting, waiting);
    return BERTH_PARK;
}

static BerthVerdict on_select(BerthPacket *pkt, BerthLease *lease, const void *conf,
                              void *run_state)
{
    Family *family = family_of(run_state, pkt);

    if (act_of(pkt, lease) == BERTH_ACT_ASSIGN)
        keep_classes(pkt, lease);
    if (!is_limited(pkt, lease, conf))
        return BERTH_CONTINUE;
    return counts_are_ready(family->counts) ? judge(pkt, lease, conf, run_state)
                                            : wait_for_counts(pkt, lease, conf, family);
}

/* Who has a lease keeps it, whatever the limits say by now. */
static BerthVerdict on_renew(BerthPacket *pkt, BerthLease *lease, const void *conf, void *run)
{
    (void)conf;
    (void)run;
    keep_classes(pkt, lease);
    return BERTH_CONTINUE;
}

static void on_ready(void *data)
{
    Family *family = data;
    Run *run = (Run *)family->run;

    for (unsigned i = 0; i < family->waiting->len; i++) {
        Waiting *waiting = &g_array_index(family->waiting, Waiting, i);
        BerthPacket *pkt = berth_packet_parked(run->server, waiting->ticket);

        if (pkt)
            berth_packet_resume(run->server, waiting->ticket,
                                judge(pkt, waiting->lease, waiting->conf, run));
    }
    g_array_set_size(family->waiting, 0);
}

static const BerthHook hooks[] = {
    BERTH_ON_PACKET("pkt4_receive", BERTH_NORMAL, on_receive),
    BERTH_ON_PACKET("subnet4_select", BERTH_NORMAL, on_subnet),
    BERTH_ON_LEASE("lease4_select", BERTH_LATE, on_select),
    BERTH_ON_LEASE("lease4_renew", BERTH_LATE, on_renew),
    BERTH_ON_PACKET("pkt6_receive", BERTH_NORMAL, on_receive),
    BERTH_ON_PACKET("subnet6_select", BERTH_NORMAL, on_subnet),
    BERTH_ON_LEASE("lease6_select", BERTH_LATE, on_select),
    BERTH_ON_LEASE("lease6_renew", BERTH_LATE, on_renew),
    BERTH_ON_LEASE("lease6_rebind", BERTH_LATE, on_renew),
    {0},
};

/* ---- the plugin ---- */

static int start(BerthServer *server, const void *conf, void *run_state, GError **error)
{
    Run *run = run_state;

    (void)conf;
    (void)error;
    run->server = server;
    for (int i = 0; i < 2; i++) {
        Family *family = &run->families[i];

        family->run = run;
        family->by_class = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, rate_series_free);
        family->by_subnet = g_hash_table_new_full(NULL, NULL, NULL, rate_series_free);
        family->waiting = g_array_new(FALSE, FALSE, sizeof(Waiting));
        family->counts = counts_new(server, i == 0 ? 4 : 6, on_ready, family);
    }
    return 0;
}

static void stop(void *run_state)
{
    Run *run = run_state;

    for (int i = 0; i < 2; i++) {
        Family *family = &run->families[i];

        counts_free(family->counts);
        g_hash_table_unref(family->by_class);
        g_hash_table_unref(family->by_subnet);
        g_array_unref(family->waiting);
    }
}

BERTH_PLUGIN(.name = "limits", .about = "limits rates of packets and numbers of leases",
             .conf_size = sizeof(Conf), .prepare = conf_prepare, .read_context = conf_read,
             .release = conf_release, .run_size = sizeof(Run), .start = start, .stop = stop,
             .hooks = hooks);
