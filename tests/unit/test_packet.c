/* test_packet - the loop, parking, claims, drops, and what plugins see of a packet; on a world that
 * is only a clock. Steps and callouts leave letters in a trace. */
#include "core/packet/run.h"
#include "tests/lib/rows.h"
#include <errno.h>

typedef struct Bench {
    BerthEnv env; /* first: a step finds the bench by its packet's env */
    BerthWorld world;
    BerthConf conf;
    int64_t now_usec;
    GString *trace;
    BerthTicket ticket;   /* of the last packet that parked */
    BerthVerdict said[4]; /* what the callouts at one point answer, in order */
    unsigned n_said;
    bool shrugs; /* goes on when it may not park */
} Bench;

/* ---- a world that is only a clock ---- */

static int64_t boot_usec(BerthWorld *world)
{
    return ((Bench *)((char *)world - offsetof(Bench, world)))->now_usec;
}

static void fill_random(BerthWorld *world, void *ret, size_t len)
{
    (void)world;
    memset(ret, 7, len);
}

static const BerthWorldOps world_ops = {
    .wall_usec = boot_usec, .boot_usec = boot_usec, .random = fill_random};

static void bench_init(Bench *bench)
{
    *bench = (Bench){.conf = {.refs = 1}, .trace = g_string_new(NULL)};
    berth_world_init(&bench->world, &world_ops);
    bench->env.world = &bench->world;
    bench->env.log = berth_log_new(&bench->world);
    bench->env.stats = berth_stats_new(&bench->world);
    bench->env.family = 4;
    bench->env.drops = berth_drops_new(&bench->env);
    bench->env.runner = berth_runner_new(&bench->world);
}

static void bench_clear(Bench *bench)
{
    berth_runner_free(bench->env.runner);
    CHECK_INT(bench->conf.refs, 1);
    berth_callouts_free(bench->conf.callouts);
    berth_drops_free(bench->env.drops);
    berth_stats_free(bench->env.stats);
    berth_log_free(bench->env.log);
    berth_world_clear(&bench->world);
    g_string_free(bench->trace, TRUE);
}

static void pass(Bench *bench, int64_t usec)
{
    bench->now_usec += usec;
    berth_timers_run(&bench->world.timers, bench->now_usec);
}

static BerthPacket *packet(Bench *bench)
{
    static const uint8_t payload[] = {1, 2, 3};
    static const BerthIface iface = {.index = 2, .name = "eth0"};
    BerthDatagram in = {.src = BERTH_ADDR4_ANY, .data = {payload, sizeof(payload)}};

    return berth_runner_packet(&bench->env, &bench->conf, &iface, &in);
}

static uint64_t counter(Bench *bench, const char *name)
{
    return *berth_stats_counter(bench->env.stats, name);
}

/* ---- steps and callouts that leave letters ---- */

static Bench *bench_of(const BerthPacket *pkt)
{
    return (Bench *)pkt->env;
}

static BerthVerdict say(BerthPacket *pkt, char letter, BerthVerdict verdict)
{
    g_string_append_c(bench_of(pkt)->trace, letter);
    return verdict;
}

static BerthVerdict step_a(BerthPacket *pkt)
{
    return say(pkt, 'a', BERTH_CONTINUE);
}

static BerthVerdict step_z(BerthPacket *pkt)
{
    return say(pkt, 'z', BERTH_CONTINUE);
}

static BerthVerdict step_skip(BerthPacket *pkt)
{
    return say(pkt, 'k', BERTH_SKIP);
}

static BerthVerdict step_drop(BerthPacket *pkt)
{
    say(pkt, 'd', BERTH_CONTINUE);
    return berth_packet_drop(pkt, BERTH_DROP_NO_SUBNET);
}

static BerthVerdict step_wait(BerthPacket *pkt)
{
    bench_of(pkt)->ticket = berth_packet_wait(pkt);
    return say(pkt, 'w', BERTH_PARK);
}

static BerthVerdict step_forgets(BerthPacket *pkt)
{
    return say(pkt, 'f', BERTH_PARK);
}

static BerthVerdict step_claim(BerthPacket *pkt)
{
    return say(pkt, 'c', berth_packet_claim_client(pkt, berth_bytes("client")));
}

static BerthVerdict step_leases(BerthPacket *pkt)
{
    berth_packet_add_lease(pkt, BERTH_ACT_RENEW)->lease.subnet_id = 1;
    berth_packet_add_lease(pkt, BERTH_ACT_ASSIGN)->lease.subnet_id = 2;
    berth_packet_add_lease(pkt, BERTH_ACT_NONE)->lease.subnet_id = 3;
    berth_packet_add_lease(pkt, BERTH_ACT_ASSIGN)->lease.subnet_id = 4;
    return BERTH_CONTINUE;
}

static BerthVerdict skip_s(BerthPacket *pkt)
{
    if (pkt->n_leases > 0)
        say(pkt, (char)('0' + pkt->leases[pkt->lease_at].lease.subnet_id), BERTH_CONTINUE);
    return say(pkt, 's', BERTH_CONTINUE);
}

static const BerthStep tail_steps[] = {
    {step_z, BERTH_POINT_NONE, 0, NULL, false},
    {NULL, BERTH_POINT_NONE, 0, NULL, false},
};
static const BerthPath tail = {"tail", tail_steps, NULL};

static BerthVerdict step_enter(BerthPacket *pkt)
{
    say(pkt, 'e', BERTH_CONTINUE);
    return berth_packet_enter(pkt, &tail);
}

static BerthVerdict step_again(BerthPacket *pkt)
{
    say(pkt, 'r', BERTH_CONTINUE);
    return berth_packet_enter(pkt, pkt->path);
}

/* The n-th callout of a point is called with n as its configuration. */
static BerthVerdict answer(BerthPacket *pkt, const void *conf, Bench *bench)
{
    unsigned n = *(const unsigned *)conf;
    BerthVerdict verdict = n < bench->n_said ? bench->said[n] : BERTH_CONTINUE;

    if (verdict == BERTH_PARK)
        bench->ticket = berth_packet_park(pkt, 1000);
    if (verdict == BERTH_PARK && bench->ticket == 0)
        verdict = bench->shrugs ? BERTH_CONTINUE : BERTH_DROP;
    return say(pkt, (char)('A' + n), verdict);
}

static BerthVerdict on_packet(BerthPacket *pkt, const void *conf, void *run)
{
    return answer(pkt, conf, run);
}

static BerthVerdict on_lease(BerthPacket *pkt, BerthLease *lease, const void *conf, void *run)
{
    say(pkt, (char)('0' + lease->subnet_id), BERTH_CONTINUE);
    return answer(pkt, conf, run);
}

static const BerthHook all_hooks[] = {
    BERTH_ON_PACKET("buffer4_receive", 0, on_packet),
    BERTH_ON_PACKET("pkt4_receive", 0, on_packet),
    BERTH_ON_PACKET("subnet4_select", 0, on_packet),
    BERTH_ON_LEASE("lease4_select", 0, on_lease),
    BERTH_ON_LEASE("lease4_release", 0, on_lease),
    BERTH_ON_PACKET("leases4_committed", 0, on_packet),
    BERTH_ON_PACKET("pkt4_send", 0, on_packet),
    BERTH_ON_PACKET("buffer4_send", 0, on_packet),
    {0},
};

/* Two callouts, A and B, at each point. */
static void add_callouts(Bench *bench)
{
    static const unsigned numbers[] = {0, 1};
    BerthPlugin plugin = {.name = "letters", .hook_size = sizeof(BerthHook), .hooks = all_hooks};

    bench->conf.callouts = berth_callouts_new();
    for (size_t i = 0; i < G_N_ELEMENTS(numbers); i++)
        CHECK_INT(berth_callouts_add(bench->conf.callouts, &plugin, &numbers[i], bench, NULL, NULL),
                  0);
    berth_callouts_freeze(bench->conf.callouts);
}

#define AT(point) BERTH_POINT_##point
#define ONLY BERTH_POINT_NONE
#define END                                    \
    {                                          \
        NULL, BERTH_POINT_NONE, 0, NULL, false \
    }

/* ---- the loop ---- */

static void test_loop(void)
{
    static const unsigned assign = 1u << BERTH_ACT_ASSIGN;
    static const struct {
        const char *name;
        BerthStep steps[4];
        BerthVerdict said[2];
        const char *trace;
        BerthDropReason drop;
    } rows[] = {
        /* clang-format off */
        {"steps in order", {{step_a, ONLY, 0, NULL, false}, {step_a, ONLY, 0, NULL, false}, END}, {0}, "aaz", 0},
        {"step, then hook", {{step_a, AT(pkt4_receive), 0, NULL, false}, END}, {0}, "aABz", 0},
        {"only a hook", {{NULL, AT(pkt4_receive), 0, NULL, false}, END}, {0}, "ABz", 0},
        {"a step that drops", {{step_drop, AT(pkt4_receive), 0, NULL, false}, END}, {0}, "d", BERTH_DROP_NO_SUBNET},
        {"a step that skips its hook", {{step_skip, AT(pkt4_receive), 0, NULL, false}, {step_a, ONLY, 0, NULL, false}, END}, {0}, "kaz", 0},
        {"a step that parks without a ticket", {{step_forgets, ONLY, 0, NULL, false}, END}, {0}, "f", BERTH_DROP_HOOK},
        {"entering another path", {{step_enter, AT(pkt4_receive), 0, NULL, false}, END}, {0}, "ez", 0},
        {"entering too often", {{step_again, ONLY, 0, NULL, false}, END}, {0}, "rrrrrrrrr", BERTH_DROP_TOO_MANY_RETRIES},
        {"drop by a callout", {{step_a, AT(pkt4_receive), 0, NULL, false}, END}, {BERTH_DROP}, "aA", BERTH_DROP_HOOK},
        {"skip that drops", {{step_a, AT(pkt4_receive), 0, NULL, false}, END}, {BERTH_SKIP}, "aA", BERTH_DROP_HOOK},
        {"skip that is ignored", {{step_a, AT(leases4_committed), 0, NULL, false}, END}, {BERTH_SKIP}, "aABz", 0},
        {"skip that overrules", {{step_a, AT(subnet4_select), 0, skip_s, false}, END}, {BERTH_SKIP}, "aAsz", 0},
        {"skip that overrules with nothing", {{step_a, AT(subnet4_select), 0, NULL, false}, END}, {BERTH_SKIP}, "aAz", 0},
        {"skip by the second callout", {{step_a, AT(subnet4_select), 0, skip_s, false}, END}, {BERTH_CONTINUE, BERTH_SKIP}, "aABsz", 0},
        {"skip whose step drops", {{step_a, AT(subnet4_select), 0, step_drop, false}, END}, {BERTH_SKIP}, "aAd", BERTH_DROP_NO_SUBNET},
        {"skip whose step goes elsewhere", {{step_a, AT(subnet4_select), 0, step_enter, false}, END}, {BERTH_SKIP}, "aAez", 0},
        {"park where none may", {{step_a, AT(buffer4_send), 0, NULL, false}, END}, {BERTH_PARK}, "aABz", 0},
        {"a lease point runs for its acts", {{step_leases, AT(lease4_select), assign, skip_s, false}, END}, {0}, "2A2B4A4Bz", 0},
        {"skip is about one lease", {{step_leases, AT(lease4_select), assign, skip_s, false}, END}, {BERTH_CONTINUE, BERTH_SKIP}, "2A2B2s4A4B4sz", 0},
        {"no lease of these acts", {{step_leases, AT(lease4_select), 1u << BERTH_ACT_DECLINE, skip_s, false}, END}, {BERTH_DROP}, "z", 0},
        {"drop at a lease", {{step_leases, AT(lease4_select), assign, skip_s, false}, END}, {BERTH_DROP}, "2A", BERTH_DROP_HOOK},
        {"a drop that keeps", {{step_leases, AT(lease4_release), assign, skip_s, true}, END}, {BERTH_DROP}, "2A2s4A4sz", 0},
        /* clang-format on */
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        BerthPath path = {"head", rows[i].steps, &tail};
        Bench bench;

        berth_row("%s", rows[i].name);
        bench_init(&bench);
        add_callouts(&bench);
        memcpy(bench.said, rows[i].said, sizeof(rows[i].said));
        bench.n_said = 2;
        berth_runner_start(bench.env.runner, packet(&bench), &path);
        CHECK_TEXT(bench.trace->str, rows[i].trace);
        CHECK_INT(berth_runner_in_work(bench.env.runner), 0);
        CHECK_INT(counter(&bench, "pkt4-receive-drop"), rows[i].drop != BERTH_DROP_NONE);
        if (rows[i].drop) {
            g_autofree char *name =
                g_strdup_printf("pkt4-%s", berth_drop_info(rows[i].drop)->statistic);

            CHECK_INT(counter(&bench, name), 1);
        }
        bench_clear(&bench);
    }
}

/* ---- parking ---- */

static void test_resume(void)
{
    static const struct {
        const char *name;
        BerthStep step;
        BerthVerdict said[2], resumed;
        const char *before, *after;
        BerthDropReason drop;
    } rows[] = {
        /* clang-format off */
        {"a callout, continue", {step_a, AT(pkt4_receive), 0, NULL, false}, {BERTH_PARK}, BERTH_CONTINUE, "aA", "aABz", 0},
        {"the last callout", {step_a, AT(pkt4_receive), 0, NULL, false}, {BERTH_CONTINUE, BERTH_PARK}, BERTH_CONTINUE, "aAB", "aABz", 0},
        {"a callout, drop", {step_a, AT(pkt4_receive), 0, NULL, false}, {BERTH_PARK}, BERTH_DROP, "aA", "aA", BERTH_DROP_HOOK},
        {"a callout, skip", {step_a, AT(subnet4_select), 0, skip_s, false}, {BERTH_PARK}, BERTH_SKIP, "aA", "aAsz", 0},
        {"park is no answer", {step_a, AT(pkt4_receive), 0, NULL, false}, {BERTH_PARK}, BERTH_PARK, "aA", "aABz", 0},
        {"a step, continue", {step_wait, AT(pkt4_receive), 0, NULL, false}, {0}, BERTH_CONTINUE, "w", "wABz", 0},
        {"a step, skip", {step_wait, AT(pkt4_receive), 0, NULL, false}, {0}, BERTH_SKIP, "w", "wz", 0},
        {"an on_skip", {step_a, AT(subnet4_select), 0, step_wait, false}, {BERTH_SKIP}, BERTH_CONTINUE, "aAw", "aAwz", 0},
        /* clang-format on */
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        BerthStep steps[] = {rows[i].step, END};
        BerthPath path = {"head", steps, &tail};
        BerthPacket *pkt;
        Bench bench;

        berth_row("%s", rows[i].name);
        bench_init(&bench);
        add_callouts(&bench);
        memcpy(bench.said, rows[i].said, sizeof(rows[i].said));
        bench.n_said = 2;
        pkt = packet(&bench);
        berth_runner_start(bench.env.runner, pkt, &path);
        CHECK_TEXT(bench.trace->str, rows[i].before);
        CHECK(berth_runner_parked_packet(bench.env.runner, bench.ticket) == pkt);
        CHECK_INT(berth_runner_resume(bench.env.runner, bench.ticket, rows[i].resumed), 0);
        CHECK_INT(berth_runner_resume(bench.env.runner, bench.ticket, BERTH_CONTINUE), -ESTALE);
        CHECK(!berth_runner_parked_packet(bench.env.runner, bench.ticket));
        CHECK_TEXT(bench.trace->str, rows[i].before);
        berth_runner_run_resumed(bench.env.runner);
        CHECK_TEXT(bench.trace->str, rows[i].after);
        CHECK_INT(berth_runner_in_work(bench.env.runner), 0);
        CHECK_INT(counter(&bench, "pkt4-drop-hook"), rows[i].drop == BERTH_DROP_HOOK);
        bench_clear(&bench);
    }
}

static const BerthStep parking_steps[] = {
    {step_a, AT(pkt4_receive), 0, NULL, false},
    END,
};
static const BerthPath parking = {"parking", parking_steps, &tail};

static void test_deadline(void)
{
    Bench bench;

    bench_init(&bench);
    add_callouts(&bench);
    bench.said[0] = BERTH_PARK;
    bench.n_said = 1;
    berth_runner_start(bench.env.runner, packet(&bench), &parking);
    CHECK_INT(berth_runner_parked(bench.env.runner), 1);
    pass(&bench, 999 * 1000);
    CHECK_INT(berth_runner_in_work(bench.env.runner), 1);
    pass(&bench, 1000);
    CHECK_INT(berth_runner_in_work(bench.env.runner), 0);
    CHECK_INT(berth_runner_parked(bench.env.runner), 0);
    CHECK_INT(counter(&bench, "pkt4-drop-park-timeout"), 1);
    CHECK_INT(counter(&bench, "pkt4-processing-failed"), 1);
    CHECK_INT(berth_runner_resume(bench.env.runner, bench.ticket, BERTH_CONTINUE), -ESTALE);
    CHECK_TEXT(bench.trace->str, "aA");
    bench_clear(&bench);
}

static void test_stale(void)
{
    static const BerthTicket never[] = {0,          1,          BERTH_PACKETS_MAX,
                                        UINT64_MAX, 1ull << 32, 2ull << 32};
    BerthTicket first;
    Bench bench;

    bench_init(&bench);
    add_callouts(&bench);
    for (size_t i = 0; i < G_N_ELEMENTS(never); i++)
        CHECK_INT(berth_runner_resume(bench.env.runner, never[i], BERTH_CONTINUE), -ESTALE);
    bench.said[0] = BERTH_PARK;
    bench.n_said = 1;
    berth_runner_start(bench.env.runner, packet(&bench), &parking);
    first = bench.ticket;
    pass(&bench, 1000 * 1000);
    /* The same place, another generation. */
    berth_runner_start(bench.env.runner, packet(&bench), &parking);
    CHECK(bench.ticket != first);
    CHECK_INT(berth_runner_resume(bench.env.runner, first, BERTH_CONTINUE), -ESTALE);
    CHECK_INT(berth_runner_resume(bench.env.runner, bench.ticket, BERTH_CONTINUE), 0);
    /* Resumed before its deadline: the deadline is void, and the wake timer runs it. */
    pass(&bench, 2 * 1000 * 1000);
    CHECK_TEXT(bench.trace->str, "aAaABz");
    CHECK_INT(counter(&bench, "pkt4-drop-park-timeout"), 1);
    bench_clear(&bench);
}

static void test_limit(void)
{
    static const struct {
        int64_t limit;
        unsigned started, parked;
    } rows[] = {{2, 3, 2}, {0, 300, 300}, {BERTH_PACKETS_MAX + 1, 3, 3}};

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        Bench bench;

        berth_row("limit %d", (int)rows[i].limit);
        bench_init(&bench);
        add_callouts(&bench);
        bench.conf.v4.parked_packet_limit = rows[i].limit;
        bench.said[0] = BERTH_PARK;
        bench.n_said = 1;
        for (unsigned n = 0; n < rows[i].started; n++)
            berth_runner_start(bench.env.runner, packet(&bench), &parking);
        CHECK_INT(berth_runner_parked(bench.env.runner), rows[i].parked);
        CHECK_INT(counter(&bench, "pkt4-drop-too-many-parked"), rows[i].started - rows[i].parked);
        CHECK_INT(counter(&bench, "pkt4-queue-full"), rows[i].started - rows[i].parked);
        bench.shrugs = true;
        if (rows[i].parked < rows[i].started)
            berth_runner_start(bench.env.runner, packet(&bench), &parking);
        CHECK_INT(counter(&bench, "pkt4-receive-drop"), rows[i].started - rows[i].parked);
        bench_clear(&bench);
    }
}

/* Resumes its packet before it says PARK, as a plugin with the answer at hand does. */
static BerthVerdict on_packet_at_once(BerthPacket *pkt, const void *conf, void *run)
{
    BerthTicket ticket = berth_packet_park(pkt, 1000);

    (void)conf;
    (void)run;
    CHECK_INT(berth_runner_resume(pkt->env->runner, ticket, BERTH_CONTINUE), 0);
    CHECK_INT(berth_packet_park(pkt, 1000), 0);
    return say(pkt, 'O', BERTH_PARK);
}

/* Takes a ticket and then decides otherwise. */
static BerthVerdict on_packet_after_all(BerthPacket *pkt, const void *conf, void *run)
{
    (void)conf;
    ((Bench *)run)->ticket = berth_packet_park(pkt, 1000);
    return say(pkt, 'N', BERTH_CONTINUE);
}

static void test_parking_oddly(void)
{
    static const BerthHook hooks[] = {BERTH_ON_PACKET("pkt4_receive", 0, on_packet_at_once),
                                      BERTH_ON_PACKET("pkt4_receive", 0, on_packet_after_all),
                                      {0}};
    BerthPlugin plugin = {.name = "odd", .hook_size = sizeof(BerthHook), .hooks = hooks};
    Bench bench;

    bench_init(&bench);
    bench.conf.callouts = berth_callouts_new();
    berth_callouts_add(bench.conf.callouts, &plugin, NULL, &bench, NULL, NULL);
    berth_callouts_freeze(bench.conf.callouts);
    berth_runner_start(bench.env.runner, packet(&bench), &parking);
    CHECK_TEXT(bench.trace->str, "aO");
    pass(&bench, 0);
    CHECK_TEXT(bench.trace->str, "aONz");
    CHECK_INT(berth_runner_resume(bench.env.runner, bench.ticket, BERTH_CONTINUE), -ESTALE);
    CHECK_INT(berth_runner_parked(bench.env.runner), 0);
    pass(&bench, 5 * 1000 * 1000);
    CHECK_INT(counter(&bench, "pkt4-receive-drop"), 0);
    bench_clear(&bench);
}

/* ---- one packet of a client at a time ---- */

static const BerthStep claim_steps[] = {
    {step_claim, ONLY, 0, NULL, false},
    {step_wait, ONLY, 0, NULL, false},
    END,
};
static const BerthPath claiming = {"claiming", claim_steps, &tail};

static void test_claim(void)
{
    BerthTicket first;
    Bench bench;

    bench_init(&bench);
    berth_runner_start(bench.env.runner, packet(&bench), &claiming);
    first = bench.ticket;
    berth_runner_start(bench.env.runner, packet(&bench), &claiming);
    CHECK_TEXT(bench.trace->str, "cwc");
    berth_runner_start(bench.env.runner, packet(&bench), &claiming);
    CHECK_INT(counter(&bench, "pkt4-drop-duplicate"), 1);
    CHECK_INT(counter(&bench, "pkt4-duplicate"), 1);
    CHECK_INT(berth_runner_in_work(bench.env.runner), 2);
    berth_runner_resume(bench.env.runner, first, BERTH_CONTINUE);
    pass(&bench, 0);
    CHECK_TEXT(bench.trace->str, "cwccz");
    pass(&bench, 0);
    CHECK_TEXT(bench.trace->str, "cwcczw");
    /* The second holds the claim now, and a third waits behind it. */
    berth_runner_start(bench.env.runner, packet(&bench), &claiming);
    CHECK_TEXT(bench.trace->str, "cwcczwc");
    for (int i = 0; i < 2; i++) {
        berth_runner_resume(bench.env.runner, bench.ticket, BERTH_CONTINUE);
        pass(&bench, 0);
        pass(&bench, 0);
    }
    CHECK_TEXT(bench.trace->str, "cwcczwczwz");
    CHECK_INT(berth_runner_in_work(bench.env.runner), 0);
    /* Nobody holds it now. */
    berth_runner_start(bench.env.runner, packet(&bench), &claiming);
    CHECK_TEXT(bench.trace->str, "cwcczwczwzcw");
    bench_clear(&bench);
}

static void test_bounded(void)
{
    Bench bench;

    bench_init(&bench);
    for (unsigned i = 0; i < BERTH_PACKETS_MAX; i++)
        berth_runner_start(bench.env.runner, packet(&bench),
                           &(const BerthPath){"waiting", claim_steps + 1, NULL});
    CHECK_INT(berth_runner_in_work(bench.env.runner), BERTH_PACKETS_MAX);
    CHECK(packet(&bench) == NULL);
    CHECK_INT(counter(&bench, "pkt4-drop-too-many-packets"), 1);
    CHECK_INT(counter(&bench, "pkt4-receive-drop"), 1);
    bench_clear(&bench);
}

/* ---- what plugins see ---- */

static void test_classes(void)
{
    BerthPacket *pkt;
    char name[16];
    Bench bench;

    bench_init(&bench);
    pkt = packet(&bench);
    CHECK_INT(berth_packet_add_class(pkt, ""), -EINVAL);
    CHECK_INT(berth_packet_add_class(pkt, "pxe"), 0);
    CHECK_INT(berth_packet_add_class(pkt, "pxe"), 0);
    CHECK(berth_packet_has_class(pkt, "pxe"));
    CHECK(!berth_packet_has_class(pkt, "px"));
    CHECK_TEXT(berth_packet_class(pkt, 0), "pxe");
    CHECK(berth_packet_class(pkt, 1) == NULL);
    for (int i = 1; i < BERTH_CLASSES_MAX; i++) {
        g_snprintf(name, sizeof(name), "c%d", i);
        CHECK_INT(berth_packet_add_class(pkt, name), 0);
    }
    CHECK_INT(berth_packet_add_class(pkt, "one-too-many"), -ENOSPC);
    CHECK_INT(berth_packet_add_class(pkt, "c1"), 0);
    berth_runner_start(bench.env.runner, pkt, &tail);
    bench_clear(&bench);
}

static void test_memory(void)
{
    static const char one, two;
    BerthPacket *pkt;
    uint8_t *slot;
    Bench bench;

    bench_init(&bench);
    pkt = packet(&bench);
    slot = berth_packet_slot(pkt, &one, 16);
    CHECK(slot && slot[15] == 0);
    slot[15] = 1;
    CHECK(berth_packet_slot(pkt, &one, 16) == slot);
    CHECK(berth_packet_slot(pkt, &one, 17) == NULL);
    CHECK(berth_packet_slot(pkt, &two, 16) != slot);
    CHECK(berth_packet_alloc(pkt, 100) != NULL);
    CHECK(berth_packet_alloc(pkt, BERTH_PACKET_ARENA) == NULL);
    CHECK(berth_packet_slot(pkt, &bench, BERTH_PACKET_ARENA) == NULL);
    berth_runner_start(bench.env.runner, pkt, &tail);
    /* The pool hands the same packet out again, as good as new. */
    CHECK(packet(&bench) == pkt);
    CHECK(pkt->slots == NULL);
    CHECK_BYTES(berth_query_bytes(pkt), ((BerthBytes){(const uint8_t *)"\1\2\3", 3}));
    for (int i = 0; i < 4; i++) {
        CHECK(berth_packet_alloc(pkt, 100000) != NULL);
        berth_runner_start(bench.env.runner, pkt, &tail);
        CHECK(packet(&bench) == pkt);
    }
    bench_clear(&bench);
}

static void test_options(void)
{
    static const struct {
        const char *name;
        uint8_t code;
        const char *value;
        int r;
    } rows[] = {
        {"new", 12, "host", 0},
        {"replaced", 12, "other", 0},
        {"empty", 80, "", 0},
        {"padding", 0, "x", -EINVAL},
        {"message type", 53, "x", -EINVAL},
        {"overload", 52, "x", -EINVAL},
        {"end", 255, "x", -EINVAL},
    };
    BerthPacket *pkt;
    BerthBytes got;
    Bench bench;

    bench_init(&bench);
    pkt = packet(&bench);
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        berth_row("%s", rows[i].name);
        CHECK_INT(berth_reply4_set(pkt, rows[i].code, berth_bytes(rows[i].value)), rows[i].r);
        CHECK_INT(berth_reply4_get(pkt, rows[i].code, &got), rows[i].r == 0);
        if (rows[i].r == 0)
            CHECK_BYTES(got, berth_bytes(rows[i].value));
    }
    berth_row("after");
    CHECK_INT(pkt->v4.n_options, 2);
    berth_reply4_remove(pkt, 12);
    berth_reply4_remove(pkt, 13);
    CHECK_INT(pkt->v4.n_options, 1);
    CHECK_INT(pkt->v4.options[0].code, 80);
    for (unsigned code = 1; code < 255; code++)
        CHECK_INT(berth_packet4_add_option(pkt, (uint8_t)code, berth_bytes("v")), 0);
    CHECK_INT(berth_reply4_type(pkt), 0);
    bench_clear(&bench);
}

static void test_payload(void)
{
    static uint8_t big[BERTH_MSG4_MAX + 1];
    BerthPacket *pkt;
    Bench bench;

    bench_init(&bench);
    pkt = packet(&bench);
    CHECK_TEXT(berth_packet_interface(pkt), "eth0");
    CHECK_INT(berth_query4_type(pkt), 0);
    CHECK_INT(berth_packet_subnet_id(pkt), 0);
    CHECK_HAS(berth_packet_label(pkt), "not parsed");
    CHECK_INT(berth_query_set_bytes(pkt, berth_bytes("new")), 0);
    CHECK_BYTES(berth_query_bytes(pkt), berth_bytes("new"));
    CHECK_INT(berth_query_set_bytes(pkt, (BerthBytes){big, sizeof(big)}), -ENOSPC);
    CHECK_BYTES(berth_query_bytes(pkt), berth_bytes("new"));
    CHECK_INT(berth_reply_bytes(pkt).len, 0);
    CHECK_INT(berth_reply_set_bytes(pkt, berth_bytes("reply")), 0);
    CHECK_BYTES(berth_reply_bytes(pkt), berth_bytes("reply"));
    CHECK_INT(berth_reply_set_bytes(pkt, (BerthBytes){big, sizeof(big)}), -ENOSPC);
    bench_clear(&bench);
}

/* A DISCOVER of aa:bb:cc:dd:ee:ff with the client identifier 0x0011. */
static BerthPacket *packet4(Bench *bench)
{
    uint8_t bytes[BERTH_MSG4_HEADER + 8] = {1, 1, 6, 0, 1, 2, 3, 4};
    BerthPacket *pkt = packet(bench);

    memcpy(bytes + 28, "\xaa\xbb\xcc\xdd\xee\xff", 6);
    memcpy(bytes + 236,
           "\x63\x82\x53\x63"
           "\x35\x01\x01"
           "\x3d\x02\x00\x11"
           "\xff",
           12);
    CHECK_INT(berth_query_set_bytes(pkt, (BerthBytes){bytes, sizeof(bytes)}), 0);
    return pkt;
}

static void test_change4(void)
{
    static const struct {
        const char *name;
        uint8_t code;
        BerthBytes value;
        int r;
    } rows[] = {
        {"an option that it has not", 12, {(const uint8_t *)"host", 4}, 0},
        {"an empty one", 80, {NULL, 0}, 0},
        {"padding", 0, {(const uint8_t *)"x", 1}, -EINVAL},
        {"end", 255, {(const uint8_t *)"x", 1}, -EINVAL},
        {"a type of two bytes", 53, {(const uint8_t *)"xy", 2}, -EINVAL},
        {"a client identifier of one byte", 61, {(const uint8_t *)"x", 1}, -EINVAL},
        {"another type", 53, {(const uint8_t *)"\3", 1}, 0},
        {"another client identifier", 61, {(const uint8_t *)"\0new", 4}, 0},
    };
    BerthPacket *pkt;
    BerthBytes got;
    Bench bench;

    bench_init(&bench);
    pkt = packet4(&bench);
    CHECK_INT(berth_query4_set(pkt, 12, berth_bytes("no")), -EINVAL);
    CHECK_INT(berth_query_parse(pkt), 0);
    CHECK_HAS(berth_packet_label(pkt), "cid=[00:11]");
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        berth_row("%s", rows[i].name);
        CHECK_INT(berth_query4_set(pkt, rows[i].code, rows[i].value), rows[i].r);
        if (rows[i].r == 0 && CHECK(berth_query4_get(pkt, rows[i].code, &got)))
            CHECK_BYTES(got, rows[i].value);
    }
    berth_row("what follows");
    CHECK_INT(berth_query4_type(pkt), BERTH_DHCPREQUEST);
    CHECK_INT(pkt->client.client_id.len, 4);
    CHECK_HAS(berth_packet_label(pkt), "cid=[00:6e:65:77]");
    CHECK_INT(berth_query4_remove(pkt, 12), 0);
    CHECK(!berth_query4_get(pkt, 12, &got));
    CHECK_INT(berth_query4_remove(pkt, 61), -EINVAL);
    pkt->client.hwaddr = pkt->v4.query.hwaddr;
    CHECK_INT(berth_query4_remove(pkt, 61), 0);
    CHECK_INT(pkt->client.client_id.len, 0);
    CHECK_INT(berth_query4_remove(pkt, 53), 0);
    CHECK_INT(berth_query4_type(pkt), 0);
    CHECK_INT(berth_query6_set(pkt, 7, berth_bytes("x")), -EINVAL);
    bench_clear(&bench);
}

/* A reply without a type is one of BOOTP. */
static void test_bootp_reply(void)
{
    BerthPacket *pkt;
    Bench bench;

    bench_init(&bench);
    pkt = packet4(&bench);
    pkt->has_reply = true;
    pkt->v4.reply.type = BERTH_DHCPACK;
    berth_reply4_remove(pkt, 53);
    CHECK_INT(pkt->v4.reply.type, 0);
    berth_reply4_limit(pkt, 400);
    CHECK_INT((int64_t)pkt->v4.limit, 400);
    bench_clear(&bench);
}

/* A SOLICIT through one relay: an IA with an address, two vendor options, an option request. */
static const char solicit[] = "0c00"
                              "20010db8000000000000000000000001"
                              "fe800000000000000000000000000001"
                              "00120001aa"
                              "0009005e"
                              "01abcdef"
                              "0001000a00030001020000000001"
                              "0003002800000001"
                              "0000000000000000"
                              "0005001820010db8000000000000000000000005"
                              "0000000000000000"
                              "001100080000000a00010000"
                              "0011000a0000118b000200026869"
                              "000600020017";

static BerthPacket *packet6(Bench *bench)
{
    uint8_t bytes[256];
    int len = berth_hex_parse(solicit, bytes, sizeof(bytes));
    BerthPacket *pkt;

    bench->env.family = 6;
    pkt = packet(bench);
    CHECK_INT(berth_query_set_bytes(pkt, (BerthBytes){bytes, (size_t)MAX(len, 0)}), 0);
    return pkt;
}

static void test_query6(void)
{
    BerthBytes got = {0};
    BerthAddr link, peer;
    char text[BERTH_ADDR_TEXT];
    BerthPacket *pkt;
    Bench bench;

    bench_init(&bench);
    pkt = packet6(&bench);
    CHECK_TEXT(berth_packet_label(pkt), "duid=[no info], tid=[not parsed]");
    CHECK_INT(berth_query6_type(pkt), 0);
    CHECK(!berth_query6_get(pkt, BERTH_D6O_CLIENTID, 0, &got));
    CHECK_INT(berth_msg6_parse(&pkt->v6.query, pkt->in.data, &pkt->arena), BERTH_PARSE6_OK);
    pkt->parsed = true;
    CHECK_INT(berth_query6_type(pkt), BERTH_SOLICIT);
    CHECK_INT(berth_query6_xid(pkt), 0xabcdef);
    CHECK_INT(berth_query4_type(pkt), 0);
    CHECK(berth_query6_get(pkt, BERTH_D6O_VENDOR_OPTS, 1, &got) && got.len == 10);
    CHECK(!berth_query6_get(pkt, BERTH_D6O_VENDOR_OPTS, 2, &got));
    CHECK(berth_query6_get_sub(pkt, BERTH_D6O_IA_NA, 0, BERTH_D6O_IAADDR, &got) && got.len == 24);
    CHECK(!berth_query6_get_sub(pkt, BERTH_D6O_IA_NA, 0, BERTH_D6O_IAPREFIX, &got));
    CHECK(!berth_query6_get_sub(pkt, BERTH_D6O_IA_NA, 1, BERTH_D6O_IAADDR, &got));
    CHECK(berth_query6_get_vendor(pkt, 4491, 2, &got));
    CHECK_BYTES(got, berth_bytes("hi"));
    CHECK(!berth_query6_get_vendor(pkt, 10, 2, &got));
    CHECK(berth_query6_asks(pkt, BERTH_D6O_DNS_SERVERS));
    CHECK(!berth_query6_asks(pkt, BERTH_D6O_DOMAIN_SEARCH));
    CHECK_INT(berth_query6_relays(pkt), 1);
    CHECK(berth_query6_relay(pkt, 0, &link, &peer));
    CHECK_TEXT(berth_addr_text(peer, text), "fe80::1");
    CHECK(!berth_query6_relay(pkt, 1, &link, &peer));
    CHECK(berth_query6_relay_get(pkt, 0, BERTH_D6O_INTERFACE_ID, &got) && got.data[0] == 0xaa);
    CHECK(!berth_query6_relay_get(pkt, 0, BERTH_D6O_REMOTE_ID, &got));
    CHECK(!berth_query6_relay_get(pkt, 1, BERTH_D6O_INTERFACE_ID, &got));
    CHECK(berth_query6_relay_find(pkt, BERTH_D6O_INTERFACE_ID, &got) && got.data[0] == 0xaa);
    CHECK(!berth_query6_relay_find(pkt, BERTH_D6O_REMOTE_ID, &got));
    CHECK_TEXT(berth_packet_label(pkt), "duid=[00:03:00:01:02:00:00:00:00:01], tid=0xabcdef");
    bench_clear(&bench);
}

static void test_change6(void)
{
    static const uint8_t duid[] = {0, 0, 'n', 'e', 'w'},
                         ia[] = {0, 0, 0, 9, 0, 0, 0, 0, 0, 0, 0, 0};
    static const uint8_t broken[] = {0, 0, 0, 9, 0, 0, 0, 0, 0, 0, 0, 0, 5};
    static const struct {
        const char *name;
        uint16_t code;
        BerthBytes value;
        int r;
    } rows[] = {
        {"an option that it has not", 7, {(const uint8_t *)"\1", 1}, 0},
        {"a length that it can't have", 8, {(const uint8_t *)"\1", 1}, -EINVAL},
        {"another DUID", BERTH_D6O_CLIENTID, {duid, sizeof(duid)}, 0},
        {"no DUID", BERTH_D6O_CLIENTID, {duid, 2}, -EINVAL},
        {"an IA that is broken inside", BERTH_D6O_IA_NA, {broken, sizeof(broken)}, -EINVAL},
        {"another IA", BERTH_D6O_IA_NA, {ia, sizeof(ia)}, 0},
    };
    BerthLeaseType type;
    BerthPacket *pkt;
    BerthBytes got;
    uint32_t iaid;
    Bench bench;

    bench_init(&bench);
    pkt = packet6(&bench);
    CHECK_INT(berth_query6_set(pkt, 7, berth_bytes("x")), -EINVAL);
    CHECK_INT(berth_query_parse(pkt), 0);
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        berth_row("%s", rows[i].name);
        CHECK_INT(berth_query6_set(pkt, rows[i].code, rows[i].value), rows[i].r);
        if (rows[i].r == 0 && CHECK(berth_query6_get(pkt, rows[i].code, 0, &got)))
            CHECK_BYTES(got, rows[i].value);
    }
    berth_row("what follows, and what stays");
    CHECK_BYTES(berth_query6_duid(pkt), ((BerthBytes){duid, sizeof(duid)}));
    CHECK_TEXT(berth_packet_label(pkt), "duid=[00:00:6e:65:77], tid=0xabcdef");
    CHECK(berth_query6_ia(pkt, 0, &type, &iaid) && iaid == 9);
    CHECK(!berth_query6_get_sub(pkt, BERTH_D6O_IA_NA, 0, BERTH_D6O_IAADDR, &got));
    CHECK(berth_query6_get_vendor(pkt, 4491, 2, &got));
    CHECK(berth_query6_relay_get(pkt, 0, BERTH_D6O_INTERFACE_ID, &got) && got.data[0] == 0xaa);
    /* However much is added. */
    for (uint16_t code = 200; code < 260; code++)
        CHECK_INT(berth_query6_set(pkt, code, berth_bytes("sixteen bytes or")), 0);
    CHECK_INT(berth_query6_remove(pkt, BERTH_D6O_VENDOR_OPTS), 0);
    CHECK(!berth_query6_get(pkt, BERTH_D6O_VENDOR_OPTS, 0, &got));
    CHECK_INT(berth_query6_remove(pkt, BERTH_D6O_CLIENTID), -EINVAL);
    bench_clear(&bench);
}

/* The relays of a message, from the server to the client, and the link that they tell. */
static void test_link6(void)
{
    static const struct {
        const char *name, *links[3], *expected;
    } rows[] = {
        {"no relay", {NULL}, NULL},
        {"one", {"2001:db8::1"}, "2001:db8::1"},
        {"two: the one next to the client", {"2001:db8::1", "2001:db8::2"}, "2001:db8::2"},
        {"a relay of layer 2", {"2001:db8::1", "::"}, "2001:db8::1"},
        {"one that names a link-local address", {"2001:db8::1", "fe80::2"}, "2001:db8::1"},
        {"none of them has one", {"::", "fe80::2"}, NULL},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        char text[BERTH_ADDR_TEXT];
        BerthAddr link;
        BerthPacket *pkt;
        Bench bench;

        berth_row("%s", rows[i].name);
        bench_init(&bench);
        pkt = packet6(&bench);
        pkt->parsed = true;
        for (; rows[i].links[pkt->v6.query.n_relays]; pkt->v6.query.n_relays++)
            berth_addr_parse(rows[i].links[pkt->v6.query.n_relays],
                             &pkt->v6.query.relays[pkt->v6.query.n_relays].link);
        CHECK_TEXT(berth_query6_link(pkt, &link) ? berth_addr_text(link, text) : NULL,
                   rows[i].expected);
        bench_clear(&bench);
    }
}

/* Header, IA_NA 5, elapsed time, IA_PD 5 with two prefixes. */
static const char ias[] = "01000001"
                          "0003000c000000050000000000000000"
                          "000800020000"
                          "00190046000000050000000000000000"
                          "001a001900000e1000001c203820010db8000800000000000000000000"
                          "001a001900000000000000003000000000000000000000000000000000";

static void test_ias6(void)
{
    uint8_t bytes[256];
    int len = berth_hex_parse(ias, bytes, sizeof(bytes));
    char text[BERTH_ADDR_TEXT];
    BerthLeaseType type = BERTH_LEASE_V4;
    BerthIaLease6 lease = {0};
    uint32_t iaid = 0;
    BerthPacket *pkt;
    Bench bench;

    bench_init(&bench);
    pkt = packet6(&bench);
    CHECK_INT(berth_query_set_bytes(pkt, (BerthBytes){bytes, (size_t)MAX(len, 0)}), 0);
    CHECK(!berth_query6_ia(pkt, 0, &type, &iaid));
    CHECK_INT(berth_msg6_parse(&pkt->v6.query, pkt->in.data, &pkt->arena), BERTH_PARSE6_OK);
    pkt->parsed = true;
    CHECK_INT(berth_packet_family(pkt), 6);
    CHECK(berth_query6_ia(pkt, 0, &type, &iaid) && type == BERTH_LEASE_NA && iaid == 5);
    CHECK(!berth_query6_ia_lease(pkt, 0, 0, &lease));
    CHECK(berth_query6_ia(pkt, 1, &type, &iaid) && type == BERTH_LEASE_PD && iaid == 5);
    CHECK(berth_query6_ia_lease(pkt, 1, 0, &lease));
    CHECK_TEXT(berth_addr_text(lease.addr, text), "2001:db8:8::");
    CHECK(lease.len == 56 && lease.preferred_sec == 3600 && lease.valid_sec == 7200);
    CHECK(berth_query6_ia_lease(pkt, 1, 1, &lease) && lease.len == 48);
    CHECK(!berth_query6_ia_lease(pkt, 1, 2, &lease));
    CHECK(!berth_query6_ia(pkt, 2, &type, &iaid));
    CHECK(!berth_query6_ia_lease(pkt, 2, 0, &lease));

    CHECK_INT(berth_reply6_ia_status(pkt, BERTH_LEASE_PD, 5), BERTH_STATUS6_SUCCESS);
    pkt->v6.n_ias = 2;
    pkt->v6.ias[0] = (BerthPacketIa){.type = BERTH_LEASE_NA, .iaid = 5};
    pkt->v6.ias[1] =
        (BerthPacketIa){.type = BERTH_LEASE_PD, .iaid = 5, .status = BERTH_STATUS6_NO_PREFIX_AVAIL};
    CHECK_INT(berth_reply6_ia_status(pkt, BERTH_LEASE_NA, 5), BERTH_STATUS6_SUCCESS);
    CHECK_INT(berth_reply6_ia_status(pkt, BERTH_LEASE_PD, 5), BERTH_STATUS6_NO_PREFIX_AVAIL);
    CHECK_INT(berth_reply6_ia_status(pkt, BERTH_LEASE_PD, 6), BERTH_STATUS6_SUCCESS);
    CHECK_INT(berth_reply6_status(pkt), BERTH_STATUS6_SUCCESS);
    pkt->v6.status = BERTH_STATUS6_NOT_ON_LINK;
    CHECK_INT(berth_reply6_status(pkt), BERTH_STATUS6_NOT_ON_LINK);
    bench_clear(&bench);
}

static void test_leases(void)
{
    BerthLeaseAct act = BERTH_ACT_NONE;
    BerthPacketLease *pl;
    BerthPacket *pkt;
    Bench bench;

    bench_init(&bench);
    pkt = packet(&bench);
    CHECK_INT(berth_packet_family(pkt), 4);
    CHECK(berth_packet_lease(pkt, 0, &act) == NULL);
    CHECK(berth_packet_lease_before(pkt, 0) == NULL);
    pl = berth_packet_add_lease(pkt, BERTH_ACT_ASSIGN);
    CHECK(berth_packet_lease(pkt, 0, &act) == &pl->lease && act == BERTH_ACT_ASSIGN);
    CHECK(berth_packet_lease_before(pkt, 0) == NULL);
    pl = berth_packet_add_lease(pkt, BERTH_ACT_LEAVE);
    pl->has_before = true;
    CHECK(berth_packet_lease(pkt, 1, &act) == &pl->lease && act == BERTH_ACT_LEAVE);
    CHECK(berth_packet_lease_before(pkt, 1) == &pl->before);
    CHECK(berth_packet_lease(pkt, 2, &act) == NULL);
    bench_clear(&bench);
}

static void test_reply6(void)
{
    BerthBytes got = {0};
    BerthPacket *pkt;
    Bench bench;

    bench_init(&bench);
    pkt = packet6(&bench);
    CHECK_INT(berth_reply6_type(pkt), 0);
    pkt->has_reply = true;
    pkt->v6.reply.type = BERTH_REPLY;
    CHECK_INT(berth_reply6_type(pkt), BERTH_REPLY);
    CHECK_INT(berth_reply6_add(pkt, 17, berth_bytes("one")), 0);
    CHECK_INT(berth_reply6_add(pkt, 23, berth_bytes("dns")), 0);
    CHECK_INT(berth_reply6_add(pkt, 17, berth_bytes("two")), 0);
    CHECK(berth_reply6_get(pkt, 17, 1, &got));
    CHECK_BYTES(got, berth_bytes("two"));
    CHECK_INT(berth_reply6_set(pkt, 17, berth_bytes("three")), 0);
    CHECK(berth_reply6_get(pkt, 17, 0, &got));
    CHECK_BYTES(got, berth_bytes("three"));
    CHECK_INT(berth_reply6_set(pkt, 24, (BerthBytes){NULL, 0}), 0);
    CHECK(berth_reply6_get(pkt, 24, 0, &got) && got.len == 0);
    berth_reply6_remove(pkt, 17);
    CHECK(!berth_reply6_get(pkt, 17, 0, &got));
    CHECK_INT(pkt->v6.n_options, 2);
    CHECK_INT(berth_reply4_set(pkt, 12, berth_bytes("no")), -EINVAL);
    while (pkt->v6.n_options < BERTH_REPLY_OPTIONS_MAX && berth_reply6_add(pkt, 99, got) == 0)
        continue;
    CHECK_INT(pkt->v6.n_options, BERTH_REPLY_OPTIONS_MAX);
    CHECK_INT(berth_reply6_add(pkt, 99, got), -ENOSPC);
    CHECK_INT(berth_reply6_set(pkt, 23, berth_bytes("more")), 0);
    bench_clear(&bench);
    bench_init(&bench);
    CHECK_INT(berth_reply6_set(packet(&bench), 23, berth_bytes("no")), -EINVAL);
    bench_clear(&bench);
}

static void note_end(void *data)
{
    g_string_append_c(((Bench *)data)->trace, 'E');
}

static BerthVerdict step_at_end(BerthPacket *pkt)
{
    for (int i = 0; i < 2; i++)
        CHECK(berth_packet_at_end(pkt, note_end, bench_of(pkt)));
    return BERTH_CONTINUE;
}

static BerthVerdict step_over_limit(BerthPacket *pkt)
{
    return berth_packet_over_limit(pkt);
}

/* However a packet ends, whoever asked for it is told, once. */
static void test_at_end(void)
{
    static const struct {
        const char *row;
        BerthVerdict (*last)(BerthPacket *pkt);
        const char *trace, *counter;
    } rows[] = {
        {"at the end of its path", step_a, "aEE", NULL},
        {"dropped", step_drop, "dEE", "pkt4-drop-no-subnet"},
        {"over a limit", step_over_limit, "EE", "pkt4-limit-exceeded"},
        {"waiting when the server ends", step_wait, "wEE", NULL},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        const BerthStep steps[] = {{step_at_end, BERTH_POINT_NONE, 0, NULL, false},
                                   {rows[i].last, BERTH_POINT_NONE, 0, NULL, false},
                                   {NULL, BERTH_POINT_NONE, 0, NULL, false}};
        const BerthPath path = {"path", steps, NULL};
        Bench bench;

        berth_row("%s", rows[i].row);
        bench_init(&bench);
        berth_runner_start(bench.env.runner, packet(&bench), &path);
        berth_runner_free(bench.env.runner);
        bench.env.runner = NULL;
        CHECK_TEXT(bench.trace->str, rows[i].trace);
        if (rows[i].counter)
            CHECK_INT(counter(&bench, rows[i].counter), 1);
        bench_clear(&bench);
    }
}

static void test_drop_table(void)
{
    CHECK(berth_drop_info(BERTH_DROP_NONE) == NULL);
    CHECK(berth_drop_info(BERTH_DROP_COUNT) == NULL);
    CHECK_TEXT(berth_drop_info(BERTH_DROP_NO_SUBNET)->name, "NO_SUBNET");
    CHECK_TEXT(berth_drop_info(BERTH_DROP_NO_SUBNET)->statistic, "admin-filtered");
    CHECK_TEXT(berth_drop_info(BERTH_DROP_NO_SUBNET)->id4, "DHCP4_PACKET_NAK_0001");
    CHECK_TEXT(berth_drop_info(BERTH_DROP_NO_SUBNET)->id6, "DHCP6_SUBNET_SELECTION_FAILED");
}

int main(int argc, char **argv)
{
    static const BerthTest tests[] = {
        {"loop", test_loop},
        {"resume", test_resume},
        {"deadline", test_deadline},
        {"stale", test_stale},
        {"limit", test_limit},
        {"parking-oddly", test_parking_oddly},
        {"claim", test_claim},
        {"bounded", test_bounded},
        {"classes", test_classes},
        {"memory", test_memory},
        {"options", test_options},
        {"payload", test_payload},
        {"change4", test_change4},
        {"bootp-reply", test_bootp_reply},
        {"query6", test_query6},
        {"change6", test_change6},
        {"link6", test_link6},
        {"ias6", test_ias6},
        {"leases", test_leases},
        {"reply6", test_reply6},
        {"at-end", test_at_end},
        {"drop-table", test_drop_table},
        {0},
    };

    return berth_tests_main("packet", tests, argc, argv);
}
