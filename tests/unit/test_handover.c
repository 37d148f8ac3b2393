/* Going over from one store to another: each phase with each fault, and at random, under changes.
 *
 * Both stores are fake: nothing is decided, imported or marked before the test says so. */
#include "core/store/handover.h"

#include "core/lease/leases_i.h"
#include "tests/lib/lease_site.h"
#include "tests/lib/rows.h"

#include <stdlib.h>

#define ADDRS 40
#define DATA_SET "11111111-2222-4333-8444-555555555555"

typedef struct Bench {
    Site site;
    BerthFakeBackend *from, *to;
    BerthHandover *handover;
    BerthLeaseSink sink;
    unsigned filled;
    bool ended;
    char *error;
} Bench;

static int on_take(void *data, const BerthLease *lease)
{
    (void)lease;
    berth_handover_taken(((Bench *)data)->handover);
    return 0;
}

static void on_expect(void *data, uint64_t n)
{
    (void)data, (void)n;
}

static void on_ready(void *data)
{
    berth_handover_ready(((Bench *)data)->handover);
}

static void on_filled(void *data)
{
    ((Bench *)data)->filled++;
}

static void on_ended(void *data, const GError *error)
{
    Bench *bench = data;

    CHECK(!bench->ended);
    bench->ended = true;
    bench->error = error ? g_strdup(error->message) : NULL;
}

static void bench_init(Bench *bench, const char *leases)
{
    *bench = (Bench){0};
    site_init(&bench->site);
    bench->from = bench->site.backend;
    bench->from->is_open = true;
    bench->from->data->data_set = g_strdup(DATA_SET);
    bench->to = berth_fake_backend_new();
    bench->to->is_open = true;
    bench->sink =
        (BerthLeaseSink){.take = on_take, .expect = on_expect, .ready = on_ready, .data = bench};
    site_set_up(&bench->site, leases);
    /* What is in the table is in the old store. */
    for (uint32_t iter = 0;;) {
        BerthLease lease;

        if (!berth_table_next(berth_leases_table(bench->site.leases), &iter, &lease))
            break;
        CHECK(site_commit(&bench->site, &lease));
    }
}

static void begin(Bench *bench, unsigned slice)
{
    bench->handover = berth_handover_new(&(BerthHandoverConf){
        .world = &bench->site.world->world,
        .leases = bench->site.leases,
        .from = {&berth_fake_backend, bench->from},
        .to = {&berth_fake_backend, bench->to},
        .from_text = "FROM",
        .to_text = "TO",
        .sink = &bench->sink,
        .slice = slice,
        .events = {on_filled, on_ended, bench},
    });
}

static void bench_clear(Bench *bench)
{
    berth_handover_free(bench->handover);
    berth_fake_backend_free(bench->to);
    g_free(bench->error);
    site_clear(&bench->site);
}

static void pass(Bench *bench, int64_t usec)
{
    berth_fake_world_pass(bench->site.world, usec);
}

/* All that is asked of the stores is done, as long as anything is. */
static void settle(Bench *bench)
{
    unsigned n;

    do {
        pass(bench, 1);
        n = bench->from->is_open ? berth_fake_backend_finish(bench->from) : 0;
        n += bench->to->is_open ? berth_fake_backend_finish(bench->to) : 0;
    } while (n > 0);
    pass(bench, 1);
}

/* ---- leases ---- */

/* Renewed by so many seconds, or new. */
static BerthLease lease_of(const Bench *bench, unsigned octet, char client, unsigned version)
{
    BerthLease lease = site_lease(&bench->site, octet, client);

    lease.valid_sec += version;
    return lease;
}

static bool propose(Bench *bench, unsigned octet, const BerthLease *after)
{
    BerthLease before;
    bool was = berth_table_get(berth_leases_table(bench->site.leases), site_addr(octet), &before);

    if (!was && !after)
        return false;
    return site_propose(&bench->site, was ? &before : NULL, after) == BERTH_PROPOSED;
}

static char *text_of_lease(const BerthLease *lease)
{
    return lease ? g_strdup_printf("%u:%c+%u ", lease->addr.b[15], lease->hwaddr.bytes[5],
                                   lease->valid_sec - SITE_VALID)
                 : g_strdup("");
}

static const BerthLease *lease_at(const BerthFakeBackend *fake, BerthAddr addr)
{
    const BerthFakeKept *kept = berth_fake_data_get(fake->data, addr);

    return kept ? &kept->lease : NULL;
}

/* "1:a+0 2:b+3 ", in the order of addresses. */
static char *store_text(const BerthFakeBackend *fake)
{
    GString *text = g_string_new(NULL);

    for (unsigned octet = 0; octet < 256; octet++) {
        g_autofree char *one = text_of_lease(lease_at(fake, site_addr(octet)));

        g_string_append(text, one);
    }
    return g_string_free(text, FALSE);
}

static void check_store(const BerthFakeBackend *fake, const char *want)
{
    g_autofree char *text = store_text(fake);

    CHECK_TEXT(text, want);
}

/* What holds in the end: one is the backend, has all, and is not marked; the other one is closed.
 */
static void check_end(Bench *bench, const char *error, const char *leases)
{
    BerthFakeBackend *in_use = error ? bench->from : bench->to,
                     *other = error ? bench->to : bench->from;
    BerthLease lease = lease_of(bench, 200, 'q', 0);

    CHECK(bench->ended);
    CHECK_TEXT(bench->error ? bench->error : "-", error ? error : "-");
    CHECK(in_use->is_open);
    CHECK(!other->is_open);
    CHECK(!in_use->data->superseded_by);
    check_store(in_use, leases);
    /* And serves. */
    CHECK(propose(bench, 200, &lease));
    settle(bench);
    CHECK(lease_at(in_use, site_addr(200)) != NULL);
    CHECK(lease_at(other, site_addr(200)) == NULL);
    CHECK(berth_handover_is_idle(bench->handover));
}

/* ---- the way when nothing fails ---- */

static void leases_go_over(void)
{
    Bench bench;

    bench_init(&bench, "+1a +2b +3c ~4d r5e");
    begin(&bench, 2);
    settle(&bench);
    CHECK_INT(bench.filled, 1);
    CHECK_TEXT(bench.from->data->superseded_by, "TO");
    CHECK_TEXT(bench.to->data->data_set, DATA_SET);
    CHECK_INT(berth_handover_phase(bench.handover), BERTH_HANDOVER_OVER);
    check_end(&bench, NULL, "1:a+0 2:b+0 3:c+0 4:d+0 5:e+0 ");
    bench_clear(&bench);
}

static void nothing_to_copy(void)
{
    Bench bench;

    bench_init(&bench, "");
    begin(&bench, 0);
    settle(&bench);
    check_end(&bench, NULL, "");
    bench_clear(&bench);
}

/* Nothing is answered before it is in both. */
static void changes_go_to_both(void)
{
    Bench bench;
    BerthLease renewed, fresh;

    bench_init(&bench, "+1a +2b +3c");
    g_string_truncate(bench.site.events, 0);
    begin(&bench, 1);
    pass(&bench, 1);
    CHECK_INT(berth_handover_phase(bench.handover), BERTH_HANDOVER_COPYING);
    renewed = lease_of(&bench, 1, 'a', 7);
    fresh = lease_of(&bench, 9, 'n', 0);
    CHECK(propose(&bench, 1, &renewed));
    CHECK(propose(&bench, 9, &fresh));
    CHECK(propose(&bench, 2, NULL));
    pass(&bench, 1);
    CHECK_INT(berth_fake_backend_finish(bench.from), 1);
    pass(&bench, 1);
    CHECK_TEXT(bench.site.events->str, "");
    CHECK_INT(berth_fake_backend_finish(bench.to), 2); /* of the copies that were under way */
    pass(&bench, 1);
    CHECK_TEXT(bench.site.events->str, "");
    CHECK(berth_fake_backend_finish(bench.to) > 0);
    CHECK_TEXT(bench.site.events->str, "ooo");
    settle(&bench);
    check_end(&bench, NULL, "1:a+7 3:c+0 9:n+0 ");
    bench_clear(&bench);
}

/* What the old store refuses does not reach the new one. */
static void the_old_one_decides(void)
{
    Bench bench;
    BerthLease lease;

    bench_init(&bench, "+1a +2b");
    begin(&bench, 1);
    pass(&bench, 1);
    g_string_truncate(bench.site.events, 0);
    berth_fake_backend_answer(bench.from, BERTH_COMMIT_CONFLICT);
    berth_fake_backend_answer(bench.from, BERTH_COMMIT_FAILED);
    berth_fake_backend_answer(bench.from, BERTH_COMMIT_UNKNOWN);
    for (unsigned i = 0; i < 4; i++) {
        lease = lease_of(&bench, 10 + i, (char)('k' + i), 0);
        CHECK(propose(&bench, 10 + i, &lease));
    }
    settle(&bench);
    CHECK_TEXT(bench.site.events->str, "cfuo");
    check_end(&bench, NULL, "1:a+0 2:b+0 13:n+0 ");
    bench_clear(&bench);
}

/* A change that was on its way to the old store when it began, and one of another server. */
static void changes_from_aside(void)
{
    Bench bench;
    BerthLease lease;

    bench_init(&bench, "+1a +2b +3c");
    lease = lease_of(&bench, 1, 'a', 5);
    CHECK(propose(&bench, 1, &lease));
    berth_world_run_idle(&bench.site.world->world);
    CHECK_INT(bench.from->batches.length, 1);
    begin(&bench, 0);
    pass(&bench, 1);
    CHECK_INT(bench.to->batches.length, 1); /* of 1 as it was */
    CHECK_INT(berth_fake_backend_finish(bench.from), 1);
    lease = lease_of(&bench, 2, 'x', 0);
    lease.revision = 9;
    CHECK_INT(berth_leases_changed(bench.site.leases, &lease), 0);
    lease = lease_of(&bench, 3, 'c', 0);
    lease.revision = 10;
    lease.valid_sec = 0;
    CHECK_INT(berth_leases_changed(bench.site.leases, &lease), 0);
    settle(&bench);
    check_end(&bench, NULL, "1:a+5 2:x+0 ");
    bench_clear(&bench);
}

/* ---- each phase, each fault ---- */

typedef enum Fault {
    FAULT_NONE,
    FAULT_FILL,       /* the new store refuses to be filled */
    FAULT_NOT_EMPTY,  /* it holds leases */
    FAULT_FILL_HANGS, /* it never gets ready */
    FAULT_CONFLICT,   /* it does not take what it is given */
    FAULT_FAILED,
    FAULT_UNKNOWN,
    FAULT_DOWN,
    FAULT_HANGS,
    FAULT_UNMARK, /* it can't be taken into use */
    FAULT_MARK,   /* the old one can't be given up */
    FAULT_ABORT,
} Fault;

typedef struct Row {
    const char *name;
    BerthHandoverPhase phase; /* in which it happens */
    Fault fault;
    const char *error;
    const char *new_mark; /* what the new store is marked with after, NULL: with nothing */
} Row;

#define FILLING "nothing: it is being filled"
/* clang-format off */
static const Row rows[] = {
    {"fill refused",    BERTH_HANDOVER_FILLING,  FAULT_FILL,       "no room", NULL},
    {"not empty",       BERTH_HANDOVER_FILLING,  FAULT_NOT_EMPTY,  "the store holds 1 leases; empty it, or name another one", NULL},
    {"fill hangs",      BERTH_HANDOVER_FILLING,  FAULT_FILL_HANGS, "the new store does not answer", NULL},
    {"fill, abort",     BERTH_HANDOVER_FILLING,  FAULT_ABORT,      "aborted", NULL},
    {"copy conflicts",  BERTH_HANDOVER_COPYING,  FAULT_CONFLICT,   "the new store did not take 1 of 1 changes (CONFLICT)", FILLING},
    {"copy fails",      BERTH_HANDOVER_COPYING,  FAULT_FAILED,     "the new store did not take 1 of 1 changes (FAILED)", FILLING},
    {"copy unknown",    BERTH_HANDOVER_COPYING,  FAULT_UNKNOWN,    "the new store did not take 1 of 1 changes (UNKNOWN)", FILLING},
    {"copy, down",      BERTH_HANDOVER_COPYING,  FAULT_DOWN,       "the new store is down: the test says so", FILLING},
    {"copy hangs",      BERTH_HANDOVER_COPYING,  FAULT_HANGS,      "the new store does not answer", FILLING},
    {"copy, abort",     BERTH_HANDOVER_COPYING,  FAULT_ABORT,      "aborted", FILLING},
    {"unmark fails",    BERTH_HANDOVER_AGREEING, FAULT_UNMARK,     "the new store cannot be taken into use: no", FILLING},
    {"agree, down",     BERTH_HANDOVER_AGREEING, FAULT_DOWN,       "the new store is down: the test says so", FILLING},
    {"agree, abort",    BERTH_HANDOVER_AGREEING, FAULT_ABORT,      "aborted", "FROM"},
    {"mark refused",    BERTH_HANDOVER_MARKING,  FAULT_MARK,       "the old store stays: no", "FROM"},
};
/* clang-format on */

static void prepare(Bench *bench, Fault fault)
{
    static const BerthCommitResult results[] = {
        [FAULT_CONFLICT] = BERTH_COMMIT_CONFLICT,
        [FAULT_FAILED] = BERTH_COMMIT_FAILED,
        [FAULT_UNKNOWN] = BERTH_COMMIT_UNKNOWN,
    };
    BerthLease lease = lease_of(bench, 77, 'z', 0);

    if (fault >= FAULT_CONFLICT && fault <= FAULT_UNKNOWN)
        berth_fake_backend_answer(bench->to, results[fault]);
    bench->to->refuses_fill = fault == FAULT_FILL ? "no room" : NULL;
    bench->to->waits = fault == FAULT_FILL_HANGS;
    if (fault == FAULT_NOT_EMPTY)
        berth_fake_data_put(bench->to->data, &lease, NULL);
}

/* Until it is in the phase, with whatever that asked of the stores still to be done. */
static void run_to(Bench *bench, BerthHandoverPhase phase)
{
    for (unsigned i = 0; i < 100 && berth_handover_phase(bench->handover) < phase; i++) {
        if (i % 2 == 0)
            berth_fake_backend_finish(bench->from);
        else
            berth_fake_backend_finish(bench->to);
        pass(bench, 1);
    }
    CHECK_INT(berth_handover_phase(bench->handover), phase);
}

static void do_fault(Bench *bench, Fault fault)
{
    if (fault == FAULT_UNMARK)
        bench->to->refuses_supersede = "no";
    if (fault == FAULT_MARK)
        bench->from->refuses_supersede = "no";
    if (fault == FAULT_ABORT)
        CHECK(berth_handover_abort(bench->handover, "aborted"));
    if (fault == FAULT_DOWN) {
        bench->to->down = "the test says so";
        pass(bench, 300000);
    }
    if (fault == FAULT_HANGS || fault == FAULT_FILL_HANGS)
        pass(bench, INT64_C(31) * G_USEC_PER_SEC);
}

static void faults(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        const Row *row = &rows[i];
        Bench bench;
        BerthLease lease;

        berth_row("%s", row->name);
        bench_init(&bench, "+1a +2b +3c");
        prepare(&bench, row->fault);
        begin(&bench, 1);
        if (row->phase > BERTH_HANDOVER_FILLING)
            run_to(&bench, row->phase);
        lease = lease_of(&bench, 4, 'd', 0);
        CHECK(propose(&bench, 4, &lease));
        do_fault(&bench, row->fault);
        settle(&bench);
        CHECK_TEXT(bench.to->data->superseded_by ? bench.to->data->superseded_by : "-",
                   row->new_mark ? row->new_mark : "-");
        if (row->fault == FAULT_NOT_EMPTY)
            g_hash_table_remove_all(bench.to->leases);
        check_end(&bench, row->error, "1:a+0 2:b+0 3:c+0 4:d+0 ");
        bench_clear(&bench);
    }
}

/* Once the old store is being marked nobody but that store can stop it. */
static void too_late(void)
{
    Bench bench;

    bench_init(&bench, "+1a");
    begin(&bench, 0);
    run_to(&bench, BERTH_HANDOVER_MARKING);
    CHECK(!berth_handover_abort(bench.handover, "aborted"));
    bench.to->down = "the test says so";
    pass(&bench, INT64_C(60) * G_USEC_PER_SEC);
    CHECK(!bench.ended);
    settle(&bench);
    CHECK(bench.ended && !bench.error);
    CHECK(!berth_handover_abort(bench.handover, "aborted"));
    bench_clear(&bench);
}

/* While the old store is marked changes wait, and go to whichever it is in the end. */
static void changes_wait_for_the_mark(void)
{
    for (int fails = 0; fails < 2; fails++) {
        Bench bench;
        BerthLease lease;

        berth_row("%s", fails ? "refused" : "marked");
        bench_init(&bench, "+1a");
        begin(&bench, 0);
        run_to(&bench, BERTH_HANDOVER_MARKING);
        lease = lease_of(&bench, 2, 'b', 0);
        CHECK(propose(&bench, 2, &lease));
        pass(&bench, 1000);
        lease = lease_of(&bench, 3, 'c', 0);
        CHECK(propose(&bench, 3, &lease));
        pass(&bench, 1000);
        CHECK_INT(bench.from->batches.length + bench.to->batches.length, 0);
        bench.from->refuses_supersede = fails ? "no" : NULL;
        settle(&bench);
        check_end(&bench, fails ? "the old store stays: no" : NULL, "1:a+0 2:b+0 3:c+0 ");
        CHECK_HAS(bench.site.events->str, "oooo");
        bench_clear(&bench);
    }
}

/* And back again, into the store that was given up. */
static void back_again(void)
{
    Bench bench;
    BerthLease lease;
    BerthFakeBackend *first;

    bench_init(&bench, "+1a +2b");
    begin(&bench, 0);
    settle(&bench);
    check_end(&bench, NULL, "1:a+0 2:b+0 ");
    CHECK(propose(&bench, 2, NULL));
    lease = lease_of(&bench, 1, 'a', 3);
    CHECK(propose(&bench, 1, &lease));
    settle(&bench);
    berth_handover_free(bench.handover);
    first = bench.from;
    bench.from = bench.to;
    bench.to = first;
    bench.to->is_open = true;
    bench.ended = false;
    begin(&bench, 0);
    settle(&bench);
    CHECK(bench.ended && !bench.error);
    check_store(bench.to, "1:a+3 200:q+0 ");
    CHECK(!bench.to->data->superseded_by);
    CHECK_TEXT(bench.from->data->superseded_by, "TO");
    /* As lease_site has it. */
    bench.site.backend = bench.to;
    bench.to = bench.from;
    bench_clear(&bench);
}

/* ---- at random ---- */

typedef struct Chance {
    GRand *rand;
    unsigned version;
} Chance;

static void change_something(Bench *bench, Chance *chance)
{
    unsigned octet = (unsigned)g_rand_int_range(chance->rand, 0, ADDRS);
    BerthLease lease = lease_of(bench, octet, (char)('a' + g_rand_int_range(chance->rand, 0, 26)),
                                ++chance->version);

    propose(bench, octet, g_rand_int_range(chance->rand, 0, 4) ? &lease : NULL);
}

static void answer_something(BerthFakeBackend *fake, Chance *chance, bool is_old)
{
    if (!fake->is_open)
        return;
    if (g_rand_int_range(chance->rand, 0, is_old ? 6 : 100) == 0)
        berth_fake_backend_answer(fake, (BerthCommitResult)g_rand_int_range(chance->rand, 1, 4));
    berth_fake_backend_finish(fake);
}

static void step(Bench *bench, Chance *chance)
{
    switch (g_rand_int_range(chance->rand, 0, 6)) {
    case 0:
    case 1:
        change_something(bench, chance);
        break;
    case 2:
        answer_something(bench->from, chance, true);
        break;
    case 3:
        answer_something(bench->to, chance, false);
        break;
    case 4:
        if (g_rand_int_range(chance->rand, 0, 60) == 0)
            berth_handover_abort(bench->handover, "aborted");
        break;
    default:
        pass(bench, g_rand_int_range(chance->rand, 1, 2000));
        break;
    }
}

/* The store that a start would find has what the table has, but for what is under way. */
static void check_truth(Bench *bench, unsigned seed)
{
    const BerthFakeBackend *truth = bench->from->data->superseded_by ? bench->to : bench->from;
    const BerthTable *table = berth_leases_table(bench->site.leases);

    CHECK(!truth->data->superseded_by);
    for (unsigned octet = 0; octet < ADDRS; octet++) {
        BerthLease lease;
        bool has = berth_table_get(table, site_addr(octet), &lease);
        g_autofree char *want = text_of_lease(has ? &lease : NULL);
        g_autofree char *got = text_of_lease(lease_at(truth, site_addr(octet)));

        /* A change is under way there: either is right. */
        if (berth_leases_is_pending(bench->site.leases, site_addr(octet)))
            continue;
        if (strcmp(got, want) != 0) {
            berth_row("seed %u", seed);
            CHECK_TEXT(got, want);
        }
    }
}

static unsigned outcomes[2];

static void one_seed(unsigned seed)
{
    Chance chance = {.rand = g_rand_new_with_seed(seed)};
    unsigned slice = (unsigned)g_rand_int_range(chance.rand, 1, 12);
    Bench bench;

    bench_init(&bench, "+1a +2b +3c +4d +5e +6f +7g +8h +9i +10j +11k +12l +13m +14n +15o");
    begin(&bench, slice);
    for (unsigned i = 0; i < 1000 && !bench.ended; i++) {
        step(&bench, &chance);
        check_truth(&bench, seed);
    }
    if (bench.ended)
        outcomes[bench.error != NULL]++;
    if (g_rand_int_range(chance.rand, 0, 2)) {
        settle(&bench);
        check_truth(&bench, seed);
    }
    g_rand_free(chance.rand);
    bench_clear(&bench);
}

static void at_random(void)
{
    for (unsigned seed = 1; seed <= 500; seed++)
        one_seed(seed);
    CHECK(outcomes[0] > 100);
    CHECK(outcomes[1] > 50);
}

/* The power fails in each phase. */
static void power_fails(void)
{
    for (int phase = BERTH_HANDOVER_FILLING; phase <= BERTH_HANDOVER_MARKING; phase++) {
        Bench bench;
        BerthLease lease;

        berth_row("phase %d", phase);
        bench_init(&bench, "+1a +2b +3c");
        begin(&bench, 1);
        lease = lease_of(&bench, 4, 'd', 0);
        CHECK(propose(&bench, 4, &lease));
        if (phase > BERTH_HANDOVER_FILLING)
            run_to(&bench, (BerthHandoverPhase)phase);
        bench_clear(&bench);
    }
}

static const BerthTest tests[] = {
    {"leases_go_over", leases_go_over},
    {"nothing_to_copy", nothing_to_copy},
    {"changes_go_to_both", changes_go_to_both},
    {"the_old_one_decides", the_old_one_decides},
    {"changes_from_aside", changes_from_aside},
    {"faults", faults},
    {"too_late", too_late},
    {"changes_wait_for_the_mark", changes_wait_for_the_mark},
    {"back_again", back_again},
    {"at_random", at_random},
    {"power_fails", power_fails},
    {0},
};

int main(int argc, char **argv)
{
    return berth_tests_main("handover", tests, argc, argv);
}
