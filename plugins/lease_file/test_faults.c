/* Disks that fail: whatever call fails, and whenever the power fails after, what was answered OK is
 * there, and what was answered FAILED is not. */
#include "test_bench.h"
#include "tests/lib/rows.h"

#include <errno.h>

#define COMMITS 8
#define EXPIRE 1767229200u
#define SECOND INT64_C(1000000)

/* Whatever the family, journal and files are the same: the rows take turns. */
static int family_of(size_t row)
{
    return row % 2 ? 4 : 6;
}

/* What kind of call fails, and how. */
typedef struct Fault {
    const char *name;
    unsigned ops;
    int error;
    size_t keep;    /* of a failing append */
    unsigned times; /* 0: for ever */
} Fault;

#define OP(op) (1u << BERTH_DISK_##op)
#define WRITING (OP(APPEND) | OP(SYNC) | OP(TRUNCATE) | OP(OPEN) | OP(RENAME) | OP(SYNC_DIR))

/* clang-format off */
static const Fault faults[] = {
    {"append: disk full, once",            OP(APPEND), -ENOSPC, 0, 1},
    {"append: disk full after 20 bytes",   OP(APPEND), -ENOSPC, 20, 1},
    {"append: quota, for ever",            OP(APPEND), -EDQUOT, 30, 0},
    {"append: I/O error after a row",      OP(APPEND), -EIO, 1000, 1},
    {"append: cut short",                  OP(APPEND), 0, 7, 1},
    {"append: nothing written, no error",  OP(APPEND), 0, 0, 1},
    {"sync: I/O error, once",              OP(SYNC), -EIO, 0, 1},
    {"sync: twice",                        OP(SYNC), -EIO, 0, 2},
    {"sync: for ever",                     OP(SYNC), -EIO, 0, 0},
    {"sync and open",                      OP(SYNC) | OP(OPEN), -EMFILE, 0, 4},
    {"sync and rename",                    OP(SYNC) | OP(RENAME), -EIO, 0, 3},
    {"rename",                             OP(RENAME), -EIO, 0, 1},
    {"all that writes, once",              WRITING, -EIO, 11, 1},
    {"all that writes, twice",             WRITING, -EIO, 11, 2},
    {"all that writes, 5 times",           WRITING, -EIO, 11, 5},
    {"all that writes, for ever",          WRITING, -EROFS, 11, 0},
    {"append and truncate",                OP(APPEND) | OP(TRUNCATE), -EIO, 90, 2},
    {"append, truncate and sync",          OP(APPEND) | OP(TRUNCATE) | OP(SYNC), -EIO, 90, 3},
};
/* clang-format on */

/* Eight clients get addresses, and each second one moves and gives the first one up. `ok` has what
 * is to be there then. */
typedef struct History {
    bool there[2 * COMMITS];
    BerthCommitResult last;
} History;

static void play_one(Bench *bench, unsigned i, History *history)
{
    BenchText put, removed = {"-"}, row;
    const char *unit[] = {put.text, removed.text};

    bench_row(bench, i, 3600, EXPIRE, &put);
    history->last = bench_commit(bench, unit, 1);
    if (history->last == BERTH_COMMIT_OK)
        history->there[i] = true;
    if (i % 2 || !history->there[i])
        return;
    g_strlcat(removed.text, bench_row(bench, i, 0, EXPIRE, &row), sizeof(removed.text));
    bench_row(bench, i + COMMITS, 3600, EXPIRE, &put);
    history->last = bench_commit(bench, unit, 2);
    if (history->last == BERTH_COMMIT_OK) {
        history->there[i] = false;
        history->there[i + COMMITS] = true;
    }
}

static void play(Bench *bench, History *history)
{
    for (unsigned i = 0; i < COMMITS; i++) {
        play_one(bench, i, history);
        if (i % 3 == 2)
            berth_fake_world_pass(berth_fake_server_world(bench->server), SECOND);
    }
}

/* `exactly`: what was not answered OK is not there; else it may be, as long as no address that was
 * answered for is missing. */
static void check_there(Bench *bench, const History *history, bool exactly)
{
    g_autoptr(GError) error = NULL;

    CHECK_INT(bench_start(bench, &error), 0);
    CHECK_TEXT(error ? error->message : "", "");
    for (unsigned i = 0; i < 2 * COMMITS; i++) {
        BenchText text;
        const char *addr = bench_addr(bench, i, &text);
        bool there = g_hash_table_contains(bench->leases, addr);

        if (there != history->there[i] && (exactly || history->there[i]))
            CHECK_TEXT(there ? addr : "missing", there ? "missing" : addr);
    }
}

static BerthHealth health(Bench *bench)
{
    char why[200];
    BerthHealth h = bench->ops->health(bench->store, why, sizeof(why));

    CHECK_INT(*why == '\0', h == BERTH_HEALTH_UP);
    return h;
}

/* One story: the nth call fails, then the power fails. False when it had no such call any more. */
static bool run_fault(const Fault *fault, unsigned nth, const char *conf, GRand *rand)
{
    BerthDiskNth n = {fault->ops, nth, fault->times, fault->error, fault->keep, 0};
    History history = {0};
    BerthHealth h;
    Bench bench;

    bench_init(&bench, family_of(nth));
    bench.conf = conf;
    CHECK_INT(bench_start(&bench, NULL), 0);
    berth_disk_on_call(bench.disk, berth_disk_fault_nth, &n);
    play(&bench, &history);
    berth_disk_on_call(bench.disk, NULL, NULL);
    h = health(&bench);
    bench_crash(&bench, rand);
    check_there(&bench, &history, h != BERTH_HEALTH_DOWN);
    bench_clear(&bench);
    return n.seen >= nth;
}

static void test_every_call(void)
{
    g_autoptr(GRand) rand = g_rand_new_with_seed(7);
    unsigned stories = 0;

    for (size_t i = 0; i < G_N_ELEMENTS(faults); i++) {
        bool more = true;

        for (unsigned nth = 1; more; nth++) {
            berth_row("%s, call %u", faults[i].name, nth);
            more = run_fault(&faults[i], nth, NULL, NULL);
            for (int k = 0; k < 5; k++)
                run_fault(&faults[i], nth, NULL, rand);
            stories++;
        }
    }
    CHECK(stories > 150);
}

/* The same, but the disk works again: so does the server, and says so once. */
static void test_recovery(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(faults); i++) {
        BerthDiskNth n = {faults[i].ops, 3, faults[i].times, faults[i].error, faults[i].keep, 0};
        History history = {0};
        g_auto(GStrv) failed = NULL, recovered = NULL;
        Bench bench;

        berth_row("%s, then well again", faults[i].name);
        bench_init(&bench, family_of(i));
        CHECK_INT(bench_start(&bench, NULL), 0);
        berth_disk_on_call(bench.disk, berth_disk_fault_nth, &n);
        play(&bench, &history);
        berth_disk_on_call(bench.disk, NULL, NULL);
        berth_fake_world_pass(berth_fake_server_world(bench.server), 2 * SECOND);
        CHECK(health(&bench) != BERTH_HEALTH_DOWN);
        play(&bench, &history);
        CHECK_INT(history.last, BERTH_COMMIT_OK);
        CHECK_INT(health(&bench), BERTH_HEALTH_UP);
        failed = g_strsplit(berth_fake_server_log(bench.server), "LEASE_FILE_FAILED", -1);
        recovered = g_strsplit(berth_fake_server_log(bench.server), "LEASE_FILE_RECOVERED", -1);
        CHECK_INT(g_strv_length(failed), g_strv_length(recovered));
        /* Once, however many changes were refused. */
        if (faults[i].times == 0)
            CHECK_INT(g_strv_length(failed) - 1, 1);
        bench_crash(&bench, NULL);
        check_there(&bench, &history, true);
        bench_clear(&bench);
    }
}

/* Rows that are answered for and not yet synced survive a failing sync, for they are in memory. */
static void test_interval(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(faults); i++) {
        BerthDiskNth n = {faults[i].ops,  1, faults[i].times ? faults[i].times : 3, faults[i].error,
                          faults[i].keep, 0};
        History history = {0};
        Bench bench;

        berth_row("sync = interval, %s", faults[i].name);
        bench_init(&bench, family_of(i));
        bench.conf = "{\"sync\": \"interval\"}";
        CHECK_INT(bench_start(&bench, NULL), 0);
        play(&bench, &history);
        berth_disk_on_call(bench.disk, berth_disk_fault_nth, &n);
        berth_fake_world_pass(berth_fake_server_world(bench.server), SECOND);
        play(&bench, &history);
        berth_fake_world_pass(berth_fake_server_world(bench.server), 10 * SECOND);
        bench_crash(&bench, NULL);
        berth_disk_on_call(bench.disk, NULL, NULL);
        check_there(&bench, &history, true);
        bench_clear(&bench);
    }
}

/* HI-146 while the files are opened: it starts, or it refuses; nothing that was there is lost. */
static void test_start(void)
{
    History history = {0};

    for (unsigned op = 0; op < BERTH_DISK_OPS; op++) {
        for (unsigned nth = 1; nth < 12; nth++) {
            BerthDiskNth n = {1u << op, nth, 1, -EIO, 5, 0};
            g_autoptr(GError) error = NULL;
            Bench bench;
            int r;

            berth_row("starting, operation %u, call %u", op, nth);
            bench_init(&bench, family_of(nth));
            memset(&history, 0, sizeof(history));
            CHECK_INT(bench_start(&bench, NULL), 0);
            play(&bench, &history);
            bench_close(&bench);
            berth_disk_on_call(bench.disk, berth_disk_fault_nth, &n);
            r = bench_start(&bench, &error);
            CHECK_INT(r < 0, error != NULL);
            berth_disk_on_call(bench.disk, NULL, NULL);
            bench_crash(&bench, NULL);
            check_there(&bench, &history, true);
            bench_clear(&bench);
        }
    }
}

/* ---- the folder goes ---- */

#define ROW(addr) addr ",0a,,3600,1767229200,1,0,0,,0,,0"

static const char *const suffixes[] = {"", ".1", ".2", ".new", ".output", ".completed"};

/* Its files have no names any more; with `for_good` none can be made, either. */
static void take_folder(Bench *bench, bool for_good)
{
    for (size_t i = 0; i < G_N_ELEMENTS(suffixes); i++) {
        g_autofree char *path = g_strconcat(BENCH_PATH, suffixes[i], NULL);

        berth_disk_take(bench->disk, path);
        berth_disk_refuse(bench->disk, path, for_good ? -ENOENT : 0);
    }
}

static void give_folder(Bench *bench)
{
    for (size_t i = 0; i < G_N_ELEMENTS(suffixes); i++) {
        g_autofree char *path = g_strconcat(BENCH_PATH, suffixes[i], NULL);

        berth_disk_refuse(bench->disk, path, 0);
    }
}

/* A clean-up that stays half done: NAME.1 is there and waits for better times. */
static void clean_up_in_vain(Bench *bench)
{
    berth_disk_refuse(bench->disk, BENCH_PATH ".output", -EACCES);
    g_free(bench_command(bench, "kea-lfc-start"));
    bench_settle(bench);
    berth_disk_refuse(bench->disk, BENCH_PATH ".output", 0);
}

static void clean_up(Bench *bench)
{
    g_free(bench_command(bench, "kea-lfc-start"));
    bench_settle(bench);
}

static void nothing(Bench *bench)
{
    (void)bench;
}

static void start_again(Bench *bench)
{
    bench_close(bench);
    CHECK_INT(bench_start(bench, NULL), 0);
}

static void check_gone(Bench *bench)
{
    CHECK_INT(bench_commit1(bench, ROW("10.0.0.3")), BERTH_COMMIT_FAILED);
    CHECK_INT(bench_commit1(bench, ROW("10.0.0.3")), BERTH_COMMIT_FAILED);
    berth_fake_world_pass(berth_fake_server_world(bench->server), 5 * SECOND);
    CHECK_INT(bench_commit1(bench, ROW("10.0.0.3")), BERTH_COMMIT_FAILED);
    CHECK_INT(health(bench), BERTH_HEALTH_DOWN);
    CHECK_INT(bench_logged(bench, "LEASE_FILE_FAILED"), 1);
    CHECK_INT(bench_logged(bench, "LEASE_FILE_RECOVERED"), 0);
}

/* Nothing is answered that a start would not find; when there is a folder again, all is in it. */
static void test_folder_gone(void)
{
    static const struct {
        const char *name;
        void (*before)(Bench *bench);
    } rows[] = {
        {"one file", nothing},
        {"and what a clean-up left", clean_up},
        {"and half a clean-up", clean_up_in_vain},
        {"after a start, and what a clean-up left", start_again},
    };
    static const char *const confs[] = {"{}", "{\"sync\": \"interval\"}", "{\"sync\": \"never\"}"};

    for (size_t i = 0; i < G_N_ELEMENTS(rows) * G_N_ELEMENTS(confs); i++) {
        Bench bench;

        berth_row("%s, %s", rows[i / 3].name, confs[i % 3]);
        bench_init(&bench, 4);
        bench.conf = confs[i % 3];
        CHECK_INT(bench_start(&bench, NULL), 0);
        CHECK_INT(bench_commit1(&bench, ROW("10.0.0.1")), BERTH_COMMIT_OK);
        if (i >= 3 * G_N_ELEMENTS(confs))
            clean_up(&bench);
        rows[i / 3].before(&bench);
        CHECK_INT(bench_commit1(&bench, ROW("10.0.0.2")), BERTH_COMMIT_OK);
        take_folder(&bench, true);
        check_gone(&bench);
        give_folder(&bench);
        berth_fake_world_pass(berth_fake_server_world(bench.server), 2 * SECOND);
        CHECK_INT(bench_logged(&bench, "LEASE_FILE_RECOVERED"), 1);
        CHECK_INT(bench_commit1(&bench, ROW("10.0.0.4")), BERTH_COMMIT_OK);
        bench_close(&bench);
        bench_settle(&bench);
        bench_check_start(&bench, "10.0.0.1 10.0.0.2 10.0.0.4");
        bench_clear(&bench);
    }
}

/* Another file has its name: ours is what counts, and has it again at once. */
static void test_name_taken(void)
{
    Bench bench;

    berth_row("another file in its place");
    bench_begin(&bench, 4, NULL);
    CHECK_INT(bench_commit1(&bench, ROW("10.0.0.1")), BERTH_COMMIT_OK);
    take_folder(&bench, false);
    bench_put(&bench, "", BENCH_HEADER);
    CHECK_INT(bench_commit1(&bench, ROW("10.0.0.2")), BERTH_COMMIT_FAILED);
    CHECK_INT(bench_commit1(&bench, ROW("10.0.0.3")), BERTH_COMMIT_OK);
    bench_crash(&bench, NULL);
    bench_check_start(&bench, "10.0.0.1 10.0.0.3");
    bench_clear(&bench);
}

/* The lock is held until what is under way has ended. */
static void check_close(Bench *bench)
{
    bench_close(bench);
    CHECK_INT(bench_start(bench, NULL), -EWOULDBLOCK);
    bench_settle(bench);
    CHECK_INT(bench_start(bench, NULL), 0);
    CHECK_INT(g_hash_table_size(bench->leases), 1);
}

/* Closed while a write is under way: it ends by itself, and the lock is given up. */
static void test_closed_in_flight(void)
{
    Bench bench;

    berth_row("closed while a sync is running");
    bench_begin(&bench, 4, "{\"sync\": \"interval\"}");
    CHECK_INT(bench_commit1(&bench, "10.0.0.1,0a,,3600,1767229200,1,0,0,,0,,0"), BERTH_COMMIT_OK);
    berth_fake_server_world(bench.server)->boot_usec += SECOND;
    berth_timers_run(&berth_fake_server_world(bench.server)->world.timers,
                     berth_fake_server_world(bench.server)->boot_usec);
    check_close(&bench);
    bench_clear(&bench);
}

/* Closed while rows are read ahead: the same. */
static void test_closed_while_loading(void)
{
    const BerthLeaseSink nobody = {0};
    Bench bench;

    berth_row("closed while loading");
    bench_init(&bench, 6);
    bench_put(&bench, "",
              BENCH_HEADER6 "2001:db8::1,0a,3600,1767229200,1,60,0,7,128,0,0,,,0,,,,0\n");
    CHECK_INT(bench_open(&bench, NULL), 0);
    CHECK_INT(bench.ops->load(bench.store, 10, &nobody, NULL), BERTH_LOAD_WAITS);
    check_close(&bench);
    bench_clear(&bench);
}

int main(int argc, char **argv)
{
    static const BerthTest tests[] = {
        {"every_call", test_every_call},
        {"recovery", test_recovery},
        {"interval", test_interval},
        {"start", test_start},
        {"folder_gone", test_folder_gone},
        {"name_taken", test_name_taken},
        {"closed_in_flight", test_closed_in_flight},
        {"closed_while_loading", test_closed_while_loading},
        {0},
    };

    return berth_tests_main("lease_file_faults", tests, argc, argv);
}
