/* t_hooks - a plugin whose callouts do what its rules say: for tests of what verdicts mean.
 *
 * Counts its calls as "t-hooks-POINT", and for those about a packet also what it does to its
 * leases, "t-hooks-POINT-assign", and those of them that were there before, "t-hooks-POINT-before";
 * resumes that came too late as "t-hooks-stale". */
#include <berth/plugin.h>
#include <errno.h>

typedef struct Rule {
    const char *point, *mac, *member;
    int verdict, resume; /* index into words */
    int64_t after_msec, deadline_msec, valid_sec, option, times;
    bool twice, empty;
} Rule;

typedef struct Conf {
    BerthList rules;
} Conf;

typedef struct Later {
    BerthServer *server;
    BerthTimer *timer;
    BerthTicket ticket;
    BerthVerdict verdict;
    bool twice;
    struct Later *next;
} Later;

typedef struct Run {
    BerthServer *server;
    Later *laters;
} Run;

/* In the order of BerthVerdict. */
static const char *const words[] = {"continue", "skip", "drop", "park", NULL};

static const BerthConfItem rule_items[] = {
    {"point", BERTH_STRING(Rule, point), NULL, "hook point"},
    {"mac", BERTH_STRING(Rule, mac), NULL, "only packets of this client"},
    {"verdict", BERTH_WORD(Rule, verdict), "continue", "what to answer", .words = words},
    {"resume", BERTH_WORD(Rule, resume), "continue", "what to resume with", .words = words},
    {"after", BERTH_INT(Rule, after_msec), NULL, "milliseconds until the resume; absent: none"},
    {"deadline", BERTH_INT(Rule, deadline_msec), "5000", "of parking, milliseconds"},
    {"valid", BERTH_INT(Rule, valid_sec), NULL, "lifetime to set"},
    {"option", BERTH_INT(Rule, option), "0", "an option to set in the reply"},
    {"member", BERTH_STRING(Rule, member), NULL, "a member to put into the lease's user-context"},
    {"times", BERTH_INT(Rule, times), "0", "only the first so many calls; 0: all"},
    {"twice", BERTH_BOOL(Rule, twice), "false", "resume twice"},
    {"empty", BERTH_BOOL(Rule, empty), "false", "give the packet an empty payload"},
    {0},
};

static const BerthConfItem conf_items[] = {
    {"rules", BERTH_LIST(Conf, rules), NULL, "what to do", .items = rule_items,
     .item_size = sizeof(Rule)},
    {0},
};

/* ---- parking ---- */

static void later_end(Run *run, Later *later)
{
    Later **at = &run->laters;

    while (*at != later)
        at = &(*at)->next;
    *at = later->next;
    berth_timer_free(later->timer);
    g_free(later);
}

static void on_later(void *data)
{
    Later *later = data;

    for (int i = 0; i < 1 + later->twice; i++)
        if (berth_packet_resume(later->server, later->ticket, later->verdict) == -ESTALE)
            ++*berth_server_counter(later->server, "t-hooks-stale");
    later->ticket = 0;
}

static BerthVerdict park(Run *run, const Rule *rule, BerthPacket *pkt)
{
    BerthTicket ticket = pkt ? berth_packet_park(pkt, (uint32_t)rule->deadline_msec) : 0;
    Later *later;

    if (!pkt)
        return BERTH_PARK;
    if (ticket == 0)
        return BERTH_DROP;
    if (rule->after_msec < 0)
        return BERTH_PARK;
    later = g_new0(Later, 1);
    *later = (Later){.server = run->server,
                     .ticket = ticket,
                     .verdict = (BerthVerdict)rule->resume,
                     .twice = rule->twice,
                     .next = run->laters};
    later->timer = berth_timer_new(run->server, on_later, later);
    run->laters = later;
    berth_timer_set(run->server, later->timer, rule->after_msec * 1000);
    return BERTH_PARK;
}

/* ---- rules ---- */

/* A client is told by its hardware address, which stands somewhere in what it sends. */
static bool is_for(const Rule *rule, const char *point, const BerthPacket *pkt)
{
    uint8_t mac[BERTH_HWADDR_MAX];
    BerthBytes bytes = pkt ? berth_query_bytes(pkt) : (BerthBytes){0};
    int len;

    if (strcmp(rule->point, point) != 0)
        return false;
    if (!rule->mac || !pkt)
        return true;
    len = berth_hex_parse(rule->mac, mac, sizeof(mac));
    return len > 0 && memmem(bytes.data, bytes.len, mac, (size_t)len);
}

static void put_member(const Rule *rule, BerthPacket *pkt, BerthLease *lease)
{
    g_autofree char *text = berth_json_put(berth_lease_context(lease), rule->member, "1");
    size_t len = text ? strlen(text) : 0;
    uint8_t *copy = berth_packet_alloc(pkt, len);

    if (copy)
        berth_lease_set_context(lease, (BerthBytes){memcpy(copy, text, len), len});
}

static void change(const Rule *rule, BerthPacket *pkt, BerthLease *lease)
{
    if (lease && rule->valid_sec >= 0)
        berth_lease_set_lifetimes(lease, (uint32_t)rule->valid_sec, (uint32_t)rule->valid_sec);
    if (pkt && lease && rule->member)
        put_member(rule, pkt, lease);
    if (pkt && rule->option > 0 &&
        berth_reply4_set(pkt, (uint8_t)rule->option, berth_bytes("hook")) < 0)
        berth_reply6_set(pkt, (uint16_t)rule->option, berth_bytes("hook"));
    if (pkt && rule->empty)
        berth_reply_set_bytes(pkt, (BerthBytes){NULL, 0});
}

/* In the order of BerthLeaseAct. */
static const char *const acts[] = {"none",    "offer",   "assign",   "renew",
                                   "release", "decline", "register", "leave"};

static void count(Run *run, const char *point, const char *what)
{
    g_autofree char *name = g_strdup_printf("t-hooks-%s-%s", point, what);

    ++*berth_server_counter(run->server, name);
}

static void count_leases(Run *run, const char *point, const BerthPacket *pkt)
{
    BerthLeaseAct did;

    for (size_t i = 0; berth_packet_lease(pkt, i, &did); i++) {
        count(run, point, acts[did]);
        if (berth_packet_lease_before(pkt, i))
            count(run, point, "before");
    }
}

static BerthVerdict act(const char *point, BerthPacket *pkt, BerthLease *lease, const Conf *conf,
                        Run *run)
{
    const Rule *rules = conf->rules.at;
    g_autofree char *name = g_strconcat("t-hooks-", point, NULL);

    for (size_t i = 0; i < conf->rules.n; i++) {
        BerthCounter *calls = berth_server_counter(run->server, name);

        if (!is_for(&rules[i], point, pkt))
            continue;
        ++*calls;
        if (pkt && !lease)
            count_leases(run, point, pkt);
        if (rules[i].times > 0 && *calls > (uint64_t)rules[i].times)
            return BERTH_CONTINUE;
        change(&rules[i], pkt, lease);
        return rules[i].verdict == BERTH_PARK ? park(run, &rules[i], pkt)
                                              : (BerthVerdict)rules[i].verdict;
    }
    return BERTH_CONTINUE;
}

/* ---- points ---- */

#define PACKET_POINT(point)                                                       \
    static BerthVerdict on_##point(BerthPacket *pkt, const void *conf, void *run) \
    {                                                                             \
        return act(#point, pkt, NULL, conf, run);                                 \
    }
#define LEASE_POINT(point)                                                                \
    static BerthVerdict on_##point(BerthPacket *pkt, BerthLease *lease, const void *conf, \
                                   void *run)                                             \
    {                                                                                     \
        return act(#point, pkt, lease, conf, run);                                        \
    }

PACKET_POINT(buffer4_receive)
PACKET_POINT(pkt4_receive)
PACKET_POINT(subnet4_select)
LEASE_POINT(lease4_select)
LEASE_POINT(lease4_renew)
LEASE_POINT(lease4_release)
LEASE_POINT(lease4_decline)
PACKET_POINT(leases4_committed)
LEASE_POINT(lease4_offer)
LEASE_POINT(lease4_server_decline)
PACKET_POINT(pkt4_send)
PACKET_POINT(buffer4_send)
LEASE_POINT(lease4_expire)
LEASE_POINT(lease4_recover)

PACKET_POINT(buffer6_receive)
PACKET_POINT(pkt6_receive)
PACKET_POINT(subnet6_select)
LEASE_POINT(lease6_select)
LEASE_POINT(lease6_renew)
LEASE_POINT(lease6_rebind)
LEASE_POINT(lease6_release)
LEASE_POINT(lease6_decline)
LEASE_POINT(addr6_register)
PACKET_POINT(leases6_committed)
PACKET_POINT(pkt6_send)
PACKET_POINT(buffer6_send)
LEASE_POINT(lease6_expire)
LEASE_POINT(lease6_recover)

#define ON_PACKET(point) BERTH_ON_PACKET(#point, BERTH_NORMAL, on_##point)
#define ON_LEASE(point) BERTH_ON_LEASE(#point, BERTH_NORMAL, on_##point)

static const BerthHook hooks[] = {
    ON_PACKET(buffer4_receive),
    ON_PACKET(pkt4_receive),
    ON_PACKET(subnet4_select),
    ON_LEASE(lease4_select),
    ON_LEASE(lease4_renew),
    ON_LEASE(lease4_release),
    ON_LEASE(lease4_decline),
    ON_PACKET(leases4_committed),
    ON_LEASE(lease4_offer),
    ON_LEASE(lease4_server_decline),
    ON_PACKET(pkt4_send),
    ON_PACKET(buffer4_send),
    ON_LEASE(lease4_expire),
    ON_LEASE(lease4_recover),
    ON_PACKET(buffer6_receive),
    ON_PACKET(pkt6_receive),
    ON_PACKET(subnet6_select),
    ON_LEASE(lease6_select),
    ON_LEASE(lease6_renew),
    ON_LEASE(lease6_rebind),
    ON_LEASE(lease6_release),
    ON_LEASE(lease6_decline),
    ON_LEASE(addr6_register),
    ON_PACKET(leases6_committed),
    ON_PACKET(pkt6_send),
    ON_PACKET(buffer6_send),
    ON_LEASE(lease6_expire),
    ON_LEASE(lease6_recover),
    {0},
};

static int start(BerthServer *server, const void *conf, void *run, GError **error)
{
    (void)conf;
    (void)error;
    ((Run *)run)->server = server;
    return 0;
}

static void stop(void *data)
{
    Run *run = data;

    while (run->laters)
        later_end(run, run->laters);
}

BERTH_PLUGIN(.name = "t_hooks", .about = "does what its rules say", .conf_size = sizeof(Conf),
             .conf = conf_items, .run_size = sizeof(Run), .start = start, .stop = stop,
             .hooks = hooks);
