/* swap - the contract of what is optional in the role: how a server goes over from one store to
 * another. */
#include "tests/contract/contract_i.h"

#include <errno.h>

#define DATA_SET "6ba7b810-9dad-11d1-80b4-00c04fd430c8"
#define OTHER_SET "f81d4fae-7dec-11d0-a765-00a0c91e6bf6"
#define REVISION(epoch, counter) ((uint64_t)(epoch) << BERTH_REVISION_EPOCH_SHIFT | (counter))

typedef struct Bench {
    void *place, *store;
    BerthLeaseSink sink;
    GPtrArray *units;
    char letters[CONTRACT_ADDRS]; /* what was loaded */
    uint64_t revisions[CONTRACT_ADDRS];
    unsigned ok, loaded;
    bool is_superseded;
    char why[256];
} Bench;

/* ---- the sink ---- */

static int on_take(void *data, const BerthLease *lease)
{
    Bench *bench = data;
    unsigned octet = contract_octet(lease);

    if (!CHECK(octet < CONTRACT_ADDRS))
        return -1;
    bench->letters[octet] =
        (char)(lease->client_id.len ? lease->client_id.data[0] : lease->hwaddr.bytes[0]);
    bench->revisions[octet] = lease->revision;
    bench->loaded++;
    return 0;
}

static int on_lease(void *data, const BerthLease *lease)
{
    (void)data;
    (void)lease;
    return 0;
}

static void on_expect(void *data, uint64_t n)
{
    (void)data;
    (void)n;
}

static void nothing(void *data)
{
    (void)data;
}

static void on_share(void *data, const BerthShare *share)
{
    (void)data;
    (void)share;
}

/* ---- opening, loading, filling ---- */

typedef enum Way {
    LOAD,
    FILL,
} Way;

/* Opens the store and loads or fills it; what came of it, and why in `why`. */
static int open_for(Bench *bench, Way way, const char *data_set)
{
    const BerthLeaseBackend *ops = contract_subject->ops;
    g_autoptr(GError) error = NULL;
    int r = 0, slices = 0;

    bench->loaded = 0;
    bench->store = contract_subject->open(bench->place, &error);
    if (bench->store)
        do {
            r = way == LOAD ? ops->load(bench->store, 100, &bench->sink, &error)
                            : ops->fill(bench->store, data_set, &bench->sink, &error);
            contract_subject->settle(bench->place);
        } while (r > 0 && ++slices < 10000);
    else
        r = -EPERM;
    g_strlcpy(bench->why, error ? error->message : "", sizeof(bench->why));
    return r;
}

static void close_store(Bench *bench)
{
    if (bench->store)
        contract_subject->close(bench->place, g_steal_pointer(&bench->store));
}

static void bench_init(Bench *bench)
{
    *bench = (Bench){.place = contract_subject->make(contract_family)};
    bench->units = g_ptr_array_new_with_free_func((GDestroyNotify)berth_unit_destroy);
    bench->sink = (BerthLeaseSink){
        .take = on_take,
        .expect = on_expect,
        .ready = nothing,
        .data = bench,
        .changed = on_lease,
        .settled = on_lease,
        .reload = nothing,
        .share = on_share,
    };
}

static void bench_clear(Bench *bench)
{
    close_store(bench);
    contract_subject->destroy(bench->place);
    g_ptr_array_unref(bench->units);
}

static void on_done(void *data, BerthBatch *batch)
{
    Bench *bench = data;

    for (size_t i = 0; i < berth_batch_count(batch); i++)
        bench->ok += berth_batch_unit(batch, i)->result == BERTH_COMMIT_OK;
    berth_batch_destroy(batch);
}

typedef void (*HandOver)(void *store, BerthBatch *batch);

/* One change as a batch of its own; what the store gave it. `before` and `after` 0: none. */
static uint64_t put(Bench *bench, HandOver hand_over, unsigned octet, char before, uint64_t was,
                    char after, uint64_t is)
{
    BerthUnit *unit = berth_unit_make();
    BerthBatch *batch = berth_batch_make(on_done, bench);
    uint8_t before_id[255], after_id[255];
    BerthLease before_lease, after_lease;
    BerthChange *change;

    contract_fill(&before_lease, octet, before ? before : 'a', 0, before_id);
    contract_fill(&after_lease, octet, after ? after : 'a', 0, after_id);
    before_lease.revision = was;
    after_lease.revision = is;
    change = berth_unit_put(unit, before ? &before_lease : NULL, after ? &after_lease : NULL);
    change->known = was;
    g_ptr_array_add(bench->units, unit);
    g_ptr_array_add(batch->units, unit);
    hand_over(bench->store, batch);
    contract_subject->settle(bench->place);
    return change->revision;
}

/* ---- tests ---- */

static bool can(bool has, const char *what)
{
    if (!has)
        berth_test_skip("this store has no %s", what);
    return has;
}

static void import_some(Bench *bench)
{
    HandOver import = contract_subject->ops->import;

    put(bench, import, 1, 0, 0, 'a', 0);
    put(bench, import, 2, 0, 0, 'b', REVISION(1, 7));
    put(bench, import, 3, 0, 0, 'c', REVISION(3, 99));
    /* Again, and older: the swap knows. */
    put(bench, import, 3, 'c', REVISION(3, 99), 'd', REVISION(2, 5));
    put(bench, import, 4, 0, 0, 'b', REVISION(2, 100));
    put(bench, import, 5, 0, 0, 'b', REVISION(2, 101));
    put(bench, import, 5, 'b', REVISION(2, 101), 0, 0);
    /* What stands there does not matter. */
    put(bench, import, 2, 'd', REVISION(9, 9), 'b', REVISION(1, 8));
    CHECK_INT(bench->ok, 8);
}

static void check_imported(Bench *bench)
{
    CHECK_INT(bench->loaded, 4);
    CHECK_INT(bench->letters[1], 'a');
    CHECK_INT(bench->letters[2], 'b');
    CHECK_INT(bench->letters[3], 'd');
    CHECK_INT(bench->letters[4], 'b');
    CHECK(bench->revisions[1] == 0);
    CHECK(bench->revisions[2] == REVISION(1, 8));
    CHECK(bench->revisions[3] == REVISION(2, 5));
    CHECK(bench->revisions[4] == REVISION(2, 100));
}

/* A lease of revision 0 is there, and what is given later is later than all that was imported. */
static void check_goes_on(Bench *bench)
{
    HandOver commit = contract_subject->ops->commit;
    bool is_shared = contract_subject->open_other != NULL;

    bench->ok = 0;
    CHECK_INT(put(bench, commit, 1, 'a', 0, 'a', 0) > REVISION(2, 101), is_shared);
    CHECK_INT(put(bench, commit, 4, 'b', REVISION(2, 100), 0, 0) > REVISION(2, 101), is_shared);
    CHECK_INT(bench->ok, 2);
    if (!is_shared)
        return;
    put(bench, commit, 2, 0, 0, 'b', 0);
    CHECK_INT(bench->ok, 2);
}

static void on_superseded(void *data, const GError *error)
{
    Bench *bench = data;

    bench->is_superseded = true;
    g_strlcpy(bench->why, error ? error->message : "", sizeof(bench->why));
}

/* All that was to be filled in is there. */
static void end_filling(Bench *bench)
{
    if (!BERTH_BACKEND_HAS(contract_subject->ops, supersede) || !bench->store)
        return;
    bench->is_superseded = false;
    contract_subject->ops->supersede(bench->store, NULL, on_superseded, bench);
    CHECK(!bench->is_superseded);
    contract_subject->settle(bench->place);
    CHECK(bench->is_superseded);
    CHECK_TEXT(bench->why, "");
}

static void test_import(void)
{
    const BerthLeaseBackend *ops = contract_subject->ops;
    Bench bench;

    if (!can(BERTH_BACKEND_HAS(ops, import) && BERTH_BACKEND_HAS(ops, fill), "import of its own"))
        return;
    berth_row("leases keep their revisions");
    bench_init(&bench);
    CHECK_INT(open_for(&bench, FILL, DATA_SET), 0);
    CHECK_TEXT(bench.why, "");
    if (bench.store)
        import_some(&bench);
    end_filling(&bench);
    close_store(&bench);
    CHECK_INT(open_for(&bench, LOAD, NULL), 0);
    check_imported(&bench);
    if (bench.store)
        check_goes_on(&bench);
    bench_clear(&bench);
}

static void test_fill(void)
{
    const BerthLeaseBackend *ops = contract_subject->ops;
    Bench bench;

    if (!can(BERTH_BACKEND_HAS(ops, fill) && BERTH_BACKEND_HAS(ops, data_set), "fill"))
        return;
    bench_init(&bench);
    berth_row("an empty store takes the name of the data set");
    CHECK_INT(open_for(&bench, FILL, DATA_SET), 0);
    CHECK_TEXT(bench.why, "");
    CHECK_TEXT(ops->data_set(bench.store), DATA_SET);
    put(&bench, ops->commit, 1, 0, 0, 'a', 0);
    CHECK_INT(bench.ok, 1);
    end_filling(&bench);
    close_store(&bench);
    berth_row("and has it, and its leases, when it is opened again");
    CHECK_INT(open_for(&bench, LOAD, NULL), 0);
    CHECK_INT(bench.loaded, 1);
    CHECK_TEXT(ops->data_set(bench.store), DATA_SET);
    close_store(&bench);
    berth_row("a store that is not empty is not filled");
    CHECK_INT(open_for(&bench, FILL, DATA_SET), -EEXIST);
    CHECK(*bench.why);
    close_store(&bench);
    CHECK_INT(open_for(&bench, FILL, OTHER_SET), -EEXIST);
    CHECK(*bench.why);
    close_store(&bench);
    berth_row("and keeps what it has");
    CHECK_INT(open_for(&bench, LOAD, NULL), 0);
    CHECK_INT(bench.loaded, 1);
    bench_clear(&bench);
}

static void supersede(Bench *bench)
{
    bench->is_superseded = false;
    contract_subject->ops->supersede(bench->store, "redis at 192.0.2.7", on_superseded, bench);
    CHECK(!bench->is_superseded);
    contract_subject->settle(bench->place);
    CHECK(bench->is_superseded);
}

/* Half of a data set is refused at a start, and filled by the next swap. */
static void supersede_again(Bench *bench)
{
    const BerthLeaseBackend *ops = contract_subject->ops;

    CHECK_INT(open_for(bench, LOAD, NULL), 0);
    if (bench->store)
        supersede(bench);
    close_store(bench);
    CHECK_INT(open_for(bench, FILL, DATA_SET), 0);
    if (bench->store)
        put(bench, BERTH_BACKEND_HAS(ops, import) ? ops->import : ops->commit, 1, 0, 0, 'a', 0);
    close_store(bench);
    CHECK_INT(open_for(bench, FILL, DATA_SET), 0);
    end_filling(bench);
    close_store(bench);
    CHECK_INT(open_for(bench, LOAD, NULL), 0);
    CHECK_INT(bench->loaded, 0);
}

static void test_supersede(void)
{
    const BerthLeaseBackend *ops = contract_subject->ops;
    Bench bench;

    if (!can(BERTH_BACKEND_HAS(ops, supersede) && BERTH_BACKEND_HAS(ops, fill), "supersede"))
        return;
    bench_init(&bench);
    CHECK_INT(open_for(&bench, FILL, DATA_SET), 0);
    put(&bench, ops->commit, 1, 0, 0, 'a', 0);
    end_filling(&bench);
    berth_row("is given up");
    supersede(&bench);
    CHECK_TEXT(bench.why, "");
    close_store(&bench);
    berth_row("is refused, and says in favour of what");
    CHECK(open_for(&bench, LOAD, NULL) < 0);
    CHECK_HAS(bench.why, "redis at 192.0.2.7");
    close_store(&bench);
    berth_row("is not filled with another data set");
    CHECK_INT(open_for(&bench, FILL, OTHER_SET), -EEXIST);
    close_store(&bench);
    berth_row("is filled again with its own, and empty then");
    CHECK_INT(open_for(&bench, FILL, DATA_SET), 0);
    CHECK_TEXT(bench.why, "");
    end_filling(&bench);
    close_store(&bench);
    CHECK_INT(open_for(&bench, LOAD, NULL), 0);
    CHECK_INT(bench.loaded, 0);
    close_store(&bench);
    berth_row("is filled again when a swap that fills it did not end");
    supersede_again(&bench);
    bench_clear(&bench);
}

static void test_in_use(void)
{
    void *other;
    Bench bench;

    if (!can(contract_subject->open_other && BERTH_BACKEND_HAS(contract_subject->ops, supersede),
             "other servers"))
        return;
    bench_init(&bench);
    berth_row("another server uses it");
    CHECK_INT(open_for(&bench, LOAD, NULL), 0);
    other = contract_subject->open_other(bench.place, NULL);
    if (CHECK(other != NULL) && other) {
        CHECK_INT(contract_subject->ops->load(other, 100, &bench.sink, NULL) >= 0, true);
        contract_subject->settle(bench.place);
        supersede(&bench);
        CHECK(*bench.why);
        contract_subject->close(bench.place, other);
    }
    close_store(&bench);
    CHECK_INT(open_for(&bench, LOAD, NULL), 0);
    bench_clear(&bench);
}

const BerthTest contract_swap_tests[] = {
    {"import", test_import},
    {"fill", test_fill},
    {"supersede", test_supersede},
    {"in_use", test_in_use},
    {0},
};
