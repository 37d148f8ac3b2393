/* contract - see contract.h.
 *
 * The rows are small scripts. A word is a unit, ',' stands between its changes, '/' ends a batch:
 *   +1a  address 1 goes to client a (leases.c); over another's lease, it is replaced
 *   =1   the lease there is renewed       -1  it is removed
 *   !    the store is closed and opened   *   the power fails, and it is opened
 * Address 1 is 10.0.0.1, or 2001:db8::1; of IPv6 every third is a prefix.
 * A model of 256 addresses is changed by what ended OK, and what the store loads must be equal. */
#include "tests/contract/contract_i.h"

const BerthContract *contract_subject;
int contract_family;
#define subject contract_subject
#define family contract_family
#define ADDRS CONTRACT_ADDRS
#define START CONTRACT_START

typedef struct Loaded {
    BerthLease *at[ADDRS];
    BerthArena arena;
    unsigned calls, refuse;
    bool is_ready; /* `load` may be called */
} Loaded;

/* ---- the store under test, and what it should hold ---- */

typedef struct Bench {
    void *place, *store;
    BerthLeaseSink sink;
    Cell model[ADDRS], next[ADDRS]; /* durable; as the units on their way would have it */
    BerthBatch *batch;
    GPtrArray *units;
    unsigned ok, done;
    bool in_commit;
} Bench;

static void batch_done(void *data, BerthBatch *batch)
{
    Bench *bench = data;

    CHECK(!bench->in_commit);
    for (size_t i = 0; i < berth_batch_count(batch); i++)
        bench->ok += berth_batch_unit(batch, i)->result == BERTH_COMMIT_OK;
    bench->done++;
    berth_batch_destroy(batch);
}

static int load_one(void *data, const BerthLease *lease)
{
    Loaded *loaded = data;
    unsigned octet = contract_octet(lease);

    loaded->calls++;
    if (!CHECK(octet < ADDRS))
        return -1;
    /* As in Kea's files, a lease without a lifetime is none any more. */
    if (lease->valid_sec == 0) {
        loaded->at[octet] = NULL;
        return 0;
    }
    if (!CHECK_TEXT(berth_lease_unfit(lease), NULL) || (loaded->refuse && loaded->refuse--))
        return -1;
    loaded->at[octet] = berth_lease_copy(lease, &loaded->arena);
    return 0;
}

static void expect(void *data, uint64_t leases)
{
    (void)leases;
    CHECK_INT(((Loaded *)data)->calls, 0);
}

static void ready(void *data)
{
    Loaded *loaded = data;

    CHECK(!loaded->is_ready);
    loaded->is_ready = true;
}

/* What a shared store says meanwhile is for the rows of shared.c. */
static int ignore_lease(void *data, const BerthLease *lease)
{
    (void)data;
    (void)lease;
    return 0;
}

static void ignore(void *data)
{
    (void)data;
}

static void ignore_share(void *data, const BerthShare *share)
{
    (void)data;
    CHECK(share->size > 0);
}

/* What is under way gets its time where `load` waits for it, and may get it at any other call. */
static void load(Bench *bench, unsigned max_rows, Loaded *loaded)
{
    g_autoptr(GError) error = NULL;
    int r, slices = 0;

    bench->sink = (BerthLeaseSink){
        .take = load_one,
        .expect = expect,
        .ready = ready,
        .data = loaded,
        .changed = ignore_lease,
        .settled = ignore_lease,
        .reload = ignore,
        .share = ignore_share,
    };
    berth_arena_init(&loaded->arena, 1 << 24);
    do {
        loaded->is_ready = true;
        r = subject->ops->load(bench->store, max_rows, &bench->sink, &error);
        loaded->is_ready = r != BERTH_LOAD_WAITS;
        if (!loaded->is_ready || slices % 2)
            subject->settle(bench->place);
    } while (r > 0 && CHECK(loaded->is_ready) && ++slices < 10000);
    CHECK_INT(r, BERTH_LOAD_DONE);
    CHECK_TEXT(error ? error->message : "", "");
}

static void check_loaded(const Bench *bench, const Loaded *loaded)
{
    for (unsigned i = 0; i < ADDRS; i++) {
        if (CHECK_INT(loaded->at[i] != NULL, bench->model[i].kind != NULL) && loaded->at[i])
            contract_check(loaded->at[i], i, bench->model[i]);
    }
}

static bool open_store(Bench *bench)
{
    g_autoptr(GError) error = NULL;

    bench->store = subject->open(bench->place, &error);
    CHECK_TEXT(error ? error->message : "", "");
    return bench->store != NULL;
}

static bool bench_init(Bench *bench)
{
    *bench = (Bench){.place = subject->make(family)};
    bench->units = g_ptr_array_new_with_free_func((GDestroyNotify)berth_unit_destroy);
    return open_store(bench);
}

static void bench_clear(Bench *bench)
{
    if (bench->store)
        subject->close(bench->place, bench->store);
    subject->destroy(bench->place);
    g_ptr_array_unref(bench->units);
}

/* Opens again and compares; the load is in slices of `max_rows`. */
static bool reopen(Bench *bench, bool crash, unsigned max_rows)
{
    Loaded loaded = {0};

    (crash ? subject->crash : subject->close)(bench->place, bench->store);
    if (!open_store(bench))
        return false;
    load(bench, max_rows, &loaded);
    check_loaded(bench, &loaded);
    berth_arena_clear(&loaded.arena);
    return true;
}

static bool start(Bench *bench)
{
    Loaded loaded = {0};

    if (!bench_init(bench))
        return false;
    load(bench, 1000, &loaded);
    berth_arena_clear(&loaded.arena);
    return CHECK_INT(loaded.calls, 0);
}

/* ---- scripts ---- */

/* The highest revision that the client has anywhere. */
static uint64_t known_of(const Bench *bench, const BerthLease *lease)
{
    uint8_t buffer[BERTH_BINDING_MAX], other[BERTH_BINDING_MAX], id[255];
    BerthBytes binding = berth_lease_binding(lease, buffer);
    uint64_t known = 0;
    BerthLease there;

    for (unsigned i = 0; subject->open_other && binding.len && i < ADDRS; i++) {
        if (!bench->model[i].kind || bench->model[i].revision <= known)
            continue;
        contract_fill_cell(&there, i, bench->model[i], id);
        if (berth_bytes_equal(berth_lease_binding(&there, other), binding))
            known = there.revision;
    }
    return known;
}

static void put_change(Bench *bench, BerthUnit *unit, unsigned octet, Cell after)
{
    uint8_t before_id[255], after_id[255];
    BerthLease before_lease, after_lease;
    Cell before = bench->next[octet];
    const BerthLease *claimant;
    BerthChange *change;

    if (before.kind)
        contract_fill_cell(&before_lease, octet, before, before_id);
    if (after.kind)
        contract_fill_cell(&after_lease, octet, after, after_id);
    change =
        berth_unit_put(unit, before.kind ? &before_lease : NULL, after.kind ? &after_lease : NULL);
    claimant = CHECK(change != NULL) && change ? berth_change_claimant(change) : NULL;
    if (claimant)
        change->known = known_of(bench, claimant);
    bench->next[octet] = after;
}

static const char *add_change(Bench *bench, BerthUnit *unit, const char *at)
{
    char verb = *at++, *end;
    unsigned octet = (unsigned)strtoul(at, &end, 10) % ADDRS;
    Cell after = {0};

    if (verb == '=')
        after = (Cell){bench->next[octet].kind, bench->next[octet].version + 1, 0};
    if (verb == '+')
        after.kind = contract_kind(*end++);
    put_change(bench, unit, octet, after);
    return end;
}

static bool claims(const BerthUnit *unit, BerthAddr addr, BerthBytes binding)
{
    uint8_t buffer[BERTH_BINDING_MAX];

    for (size_t i = 0; i < berth_unit_count(unit); i++) {
        const BerthChange *change = g_ptr_array_index(unit->changes, i);
        BerthBytes other = berth_unit_binding(unit, i, buffer);

        if (berth_addr_equal(change->prefix.addr, addr) ||
            (binding.len && berth_bytes_equal(other, binding)))
            return true;
    }
    return false;
}

/* Whether a change of the unit that begins here claims what one that is under way has claimed. A
 * core never proposes such; a store of one writer must bear it nevertheless. */
static bool is_claimed(const Bench *bench, const char *at)
{
    uint8_t buffer[BERTH_BINDING_MAX], id[255];
    BerthLease lease;

    for (char *end; *at && *at != ' '; at = *end == ',' ? end + 1 : end) {
        char verb = *at;
        unsigned octet = (unsigned)strtoul(at + 1, &end, 10) % ADDRS;
        Cell cell = bench->next[octet];

        if (verb == '+')
            cell.kind = contract_kind(*end++);
        contract_fill_cell(&lease, octet,
                           (Cell){.kind = cell.kind ? cell.kind : contract_kind('a')}, id);
        /* What is nobody's claims its former owner. */
        if (berth_lease_binding(&lease, buffer).len == 0 && bench->next[octet].kind)
            contract_fill_cell(&lease, octet, bench->next[octet], id);
        for (unsigned i = 0; i < bench->units->len; i++)
            if (claims(g_ptr_array_index(bench->units, i), lease.addr,
                       berth_lease_binding(&lease, buffer)))
                return true;
        if (*end != ',')
            break;
    }
    return false;
}

static BerthUnit *add_unit(Bench *bench)
{
    BerthUnit *unit = berth_unit_make();

    if (!bench->batch)
        bench->batch = berth_batch_make(batch_done, bench);
    g_ptr_array_add(bench->units, unit);
    g_ptr_array_add(bench->batch->units, unit);
    return unit;
}

static void hand_over(Bench *bench)
{
    BerthBatch *batch = g_steal_pointer(&bench->batch);

    if (!batch)
        return;
    bench->in_commit = true;
    subject->ops->commit(bench->store, batch);
    bench->in_commit = false;
}

static void note_revisions(Bench *bench)
{
    for (unsigned u = 0; u < bench->units->len; u++) {
        const BerthUnit *unit = g_ptr_array_index(bench->units, u);

        for (unsigned i = 0; i < unit->changes->len; i++) {
            const BerthChange *change = g_ptr_array_index(unit->changes, i);
            Cell *cell =
                &bench->next[contract_octet(change->after ? change->after : change->before)];

            CHECK_INT(change->revision > 0, subject->open_other != NULL);
            if (cell->kind)
                cell->revision = change->revision;
        }
    }
}

/* All that was handed over ends, and OK: the model follows. */
static void settle(Bench *bench)
{
    unsigned units = bench->units->len;

    hand_over(bench);
    subject->settle(bench->place);
    CHECK_INT(bench->ok, units);
    bench->ok = bench->done = 0;
    note_revisions(bench);
    g_ptr_array_set_size(bench->units, 0);
    memcpy(bench->model, bench->next, sizeof(bench->model));
}

static const char *run_unit(Bench *bench, const char *at)
{
    BerthUnit *unit;

    if (subject->open_other && is_claimed(bench, at))
        settle(bench);
    unit = add_unit(bench);
    at = add_change(bench, unit, at);
    while (*at == ',')
        at = add_change(bench, unit, at + 1);
    return at;
}

static void run_script(Bench *bench, const char *script)
{
    for (const char *at = script; *at;) {
        if (*at == '/') {
            hand_over(bench);
            settle(bench);
            at++;
        } else if (*at == '!' || *at == '*') {
            settle(bench);
            if (!reopen(bench, *at == '*' && subject->crash, 1000))
                return;
            at++;
        } else if (*at == ' ') {
            at++;
        } else {
            at = run_unit(bench, at);
        }
    }
    settle(bench);
    reopen(bench, false, 3);
}

typedef struct Row {
    const char *name, *script;
} Row;

/* clang-format off */
static const Row script_rows[] = {
    {"nothing",                         ""},
    {"nothing, opened again",           "! !"},
    {"one lease",                       "+1a"},
    {"one lease after a power cut",     "+1a *"},
    {"every kind of lease",             "+1a +2b +3c +4d +5e +6f +7g +8h +9r +10s +11m +12n"},
    {"every kind after a power cut",    "+1a +2b +3c +4d +5e +6f +7g +8h +9r +10s +11m +12n *"},
    {"a renewal",                       "+1a / =1"},
    {"many renewals of one lease",      "+1b / =1 / =1 / =1 / =1 / =1"},
    {"a renewal after opening again",   "+1b ! =1 * =1"},
    {"a lease and its renewal in one batch", "+1a =1 =1"},
    {"an address changes its owner",    "+1a / +1b"},
    {"... in one batch",                "+1a +1b +1c"},
    {"a removal",                       "+1a +2b / -1"},
    {"a removal in the same batch",     "+1a -1 +2b"},
    {"a removal after opening again",   "+1a +2b ! -1 *"},
    {"all removed",                     "+1a +2b +3c / -1 -2 / -3"},
    {"removed and given again",         "+1a / -1 / +1a"},
    {"... to another, in one batch",    "+1a -1 +1b"},
    {"a client moves",                  "+1b / +2b,-1"},
    {"... its removal named first",     "+1b / -1,+2b"},
    {"a unit of many changes",          "+1a,+2b,+3c,+4d / =1,-2,=3,+5e,-4"},
    {"units of several in one batch",   "+1a,+2b +3c,+4d =1,=3 -2,-4"},
    {"released, then given again",      "+1b / +1r / +1d"},
    {"declined, then given again",      "+1b / +1g * +1a"},
    {"reclaimed, then removed",         "+1b / +1h ! -1"},
    {"long runs of one batch",          "+0a +1a +2a +3a +4a +5a +6a +7a +8a +9a +10a +11a +12a +13a"
                                        " =0 =1 =2 =3 =4 =5 =6 =7 =8 =9 -0 -1 -2 -3 +255b"},
    {0},
};
/* clang-format on */

static void test_scripts(void)
{
    for (const Row *row = script_rows; row->name; row++) {
        Bench bench;

        berth_row("%s", row->name);
        if (start(&bench))
            run_script(&bench, row->script);
        bench_clear(&bench);
    }
}

/* As many batches as the backend takes, without waiting; what was handed over later wins. */
static void test_in_flight(void)
{
    unsigned n = MAX(subject->ops->max_in_flight, 1u);
    char word[16];
    Bench bench;

    berth_row("%u batches in flight", n);
    if (start(&bench)) {
        run_unit(&bench, "+1a");
        hand_over(&bench);
        for (unsigned i = 1; i < n; i++) {
            if (subject->open_other)
                g_snprintf(word, sizeof(word), "+%u%c", i + 1, CONTRACT_LETTERS[i]);
            else
                g_strlcpy(word, "=1", sizeof(word));
            run_unit(&bench, word);
            hand_over(&bench);
        }
        subject->settle(bench.place);
        CHECK_INT(bench.done, n);
        settle(&bench);
        reopen(&bench, subject->crash != NULL, 1000);
    }
    bench_clear(&bench);
}

static void random_change(Bench *bench, GRand *rand, char word[16])
{
    unsigned octet = (unsigned)g_rand_int_range(rand, 0, ADDRS);
    bool is_there = bench->next[octet].kind != NULL;
    int dice = g_rand_int_range(rand, 0, 10);
    size_t n_kinds = strlen(CONTRACT_LETTERS);

    if (is_there && dice < 4)
        g_snprintf(word, 16, "=%u", octet);
    else if (is_there && dice < 6)
        g_snprintf(word, 16, "-%u", octet);
    else
        g_snprintf(word, 16, "+%u%c", octet,
                   CONTRACT_LETTERS[g_rand_int_range(rand, 0, (int)n_kinds)]);
}

/* 2000 random changes in batches of random size, opened again at random. */
static void test_random(void)
{
    GRand *rand = g_rand_new_with_seed(4711);
    Bench bench;
    char word[16];

    berth_row("random changes, seed 4711");
    for (int i = 0, r = start(&bench); r && i < 2000; i++) {
        random_change(&bench, rand, word);
        run_unit(&bench, word);
        if (g_rand_int_range(rand, 0, 20) == 0)
            settle(&bench);
        if (bench.units->len == 0 && g_rand_int_range(rand, 0, 10) == 0)
            r = reopen(&bench, subject->crash && g_rand_boolean(rand), 10);
    }
    settle(&bench);
    reopen(&bench, false, 1);
    bench_clear(&bench);
    g_rand_free(rand);
}

/* A lease that the core refuses does not end the load. */
static void test_refused(void)
{
    Loaded loaded = {.refuse = 1};
    unsigned there = 0;
    Bench bench;

    berth_row("the first loaded lease is refused");
    if (start(&bench)) {
        run_unit(&bench, "+1a,+2b,+3c");
        settle(&bench);
        subject->close(bench.place, bench.store);
        if (open_store(&bench))
            load(&bench, 1000, &loaded);
        for (unsigned i = 0; i < ADDRS; i++)
            there += loaded.at[i] != NULL;
        CHECK_INT(there, 2);
        berth_arena_clear(&loaded.arena);
    }
    bench_clear(&bench);
}

/* What cannot be written is not OK and not there later; when the store works again, so does it. */
static void test_broken(void)
{
    Bench bench;

    if (!subject->break_down) {
        berth_test_skip("this store cannot be broken");
        return;
    }
    berth_row("a store that breaks down and comes back");
    if (start(&bench)) {
        run_unit(&bench, "+1a");
        settle(&bench);
        subject->break_down(bench.place, true);
        run_unit(&bench, "+2b");
        hand_over(&bench);
        subject->settle(bench.place);
        CHECK_INT(bench.done, 1);
        CHECK_INT(bench.ok, 0);
        g_ptr_array_set_size(bench.units, 0);
        memcpy(bench.next, bench.model, sizeof(bench.next));
        subject->break_down(bench.place, false);
        run_unit(&bench, "+3c");
        settle(&bench);
        reopen(&bench, subject->crash != NULL, 1000);
    }
    bench_clear(&bench);
}

static void test_health(void)
{
    char why[200] = "unset";
    Bench bench;

    berth_row("a fresh store");
    if (start(&bench)) {
        CHECK_INT(subject->ops->health(bench.store, why, sizeof(why)), BERTH_HEALTH_UP);
        CHECK_TEXT(why, "");
    }
    bench_clear(&bench);
}

static void test_role(void)
{
    berth_row("the role");
    CHECK(subject->ops->size >= sizeof(size_t));
    CHECK(subject->ops->size <= sizeof(BerthLeaseBackend));
    CHECK(subject->ops->max_in_flight >= 1);
    CHECK(subject->ops->open && subject->ops->close && subject->ops->load && subject->ops->commit &&
          subject->ops->health);
}

static const BerthTest tests[] = {
    {"role", test_role},       {"health", test_health},
    {"scripts", test_scripts}, {"in_flight", test_in_flight},
    {"random", test_random},   {"refused", test_refused},
    {"broken", test_broken},   {0},
};

static int run(const char *name, int argc, char **argv)
{
    g_autoptr(GArray) all = g_array_new(TRUE, TRUE, sizeof(BerthTest));

    for (const BerthTest *test = tests; test->name; test++)
        g_array_append_vals(all, test, 1);
    for (const BerthTest *test = contract_shared_tests; test->name; test++)
        g_array_append_vals(all, test, 1);
    for (const BerthTest *test = contract_swap_tests; test->name; test++)
        g_array_append_vals(all, test, 1);
    return berth_tests_main(name, (const BerthTest *)all->data, argc, argv);
}

int berth_contract_main(const BerthContract *contract, int argc, char **argv)
{
    g_autofree char *name6 = g_strconcat(contract->name, "6", NULL);
    int r4, r6;

    subject = contract;
    family = 4;
    r4 = run(contract->name, argc, argv);
    family = 6;
    r6 = run(name6, argc, argv);
    return MAX(r4, r6);
}
