/* The power fails within any call that changes the disk, of journal and clean-up, again and again:
 * every start succeeds, and finds each address as it was answered for.
 *
 * BERTH_SLOW: 100,000 cases instead of 2,000. */
#include "test_bench.h"
#include "tests/lib/rows.h"

#include <errno.h>
#include <stdio.h>

#define ADDRS 12
#define LIVES 4
#define VALUES_MAX 64

/* What an address may be found with: number 0 is "no lease", others are the seconds that its lease
 * has beyond BASE. One value is certain; what was refused while the disk failed may be there or
 * not.
 */
#define BASE 1767229200u
typedef struct Known {
    unsigned values[VALUES_MAX], n;
} Known;

typedef struct Met Met;

typedef struct Story {
    Bench bench;
    Met *met;
    GRand *rand;
    Known known[ADDRS];
    unsigned value;      /* the last one given out */
    unsigned calls_left; /* that change the disk, until the power fails; 0: it does not */
    bool power_off;
    unsigned faults_in, faults; /* so many calls until some of them fail, with the power on */
    struct Change {
        BenchCommit commit;
        unsigned addr, other; /* OTHER_NONE: it is about one */
        unsigned value;
    } changes[2]; /* the last ones */
} Story;

#define OTHER_NONE ADDRS

/* In which calls the power failed, by the file's suffix: all of a journal and a clean-up. */
static const struct {
    BerthDiskOp op;
    const char *suffix;
} cuts[] = {
    {BERTH_DISK_APPEND, ""},        {BERTH_DISK_SYNC, ""},
    {BERTH_DISK_APPEND, ".new"},    {BERTH_DISK_SYNC, ".new"},
    {BERTH_DISK_APPEND, ".output"}, {BERTH_DISK_SYNC, ".output"},
    {BERTH_DISK_RENAME, ""},        {BERTH_DISK_RENAME, ".new"},
    {BERTH_DISK_RENAME, ".output"}, {BERTH_DISK_RENAME, ".completed"},
    {BERTH_DISK_UNLINK, ".1"},      {BERTH_DISK_UNLINK, ".new"},
    {BERTH_DISK_SYNC_DIR, ""},      {BERTH_DISK_TRUNCATE, ""},
};

/* What the starts found, over all stories, and where the power failed: a test that never meets a
 * state proves nothing of it. */
struct Met {
    unsigned completed, copy_alone, copy_and_previous, output, no_file, failed_starts, cleanups;
    unsigned cuts[G_N_ELEMENTS(cuts)];
};

/* ---- power ---- */

static bool is_faulty(Story *story)
{
    if (story->faults_in > 0 && --story->faults_in > 0)
        return false;
    if (story->faults == 0)
        return false;
    story->faults--;
    return true;
}

/* Of the folder: the call's kind alone. */
static void note_cut(Met *met, BerthDiskOp op, const char *path)
{
    const char *suffix = strlen(path) > strlen(BENCH_PATH) ? path + strlen(BENCH_PATH) : "";

    for (size_t i = 0; i < G_N_ELEMENTS(cuts); i++)
        met->cuts[i] += cuts[i].op == op && strcmp(cuts[i].suffix, suffix) == 0;
}

static int on_call(void *data, BerthDiskOp op, const char *path, size_t *len)
{
    Story *story = data;
    bool changes = op != BERTH_DISK_OPEN && op != BERTH_DISK_READ && op != BERTH_DISK_LOCK;

    if (!story->power_off && changes && story->calls_left > 0 && --story->calls_left == 0) {
        story->power_off = true;
        note_cut(story->met, op, path);
    }
    if (!story->power_off && !(changes && is_faulty(story)))
        return 0;
    if (op == BERTH_DISK_APPEND && *len > 0)
        *len = (size_t)g_rand_int_range(story->rand, 0, (gint32)*len + 1);
    return -EIO;
}

static bool has_file(const Story *story, const char *suffix)
{
    g_autofree char *text = bench_get(&story->bench, suffix);

    return text != NULL;
}

static void meet(const Story *story)
{
    Met *met = story->met;
    bool copy = has_file(story, ".1"), previous = has_file(story, ".2");

    met->completed += has_file(story, ".completed");
    met->copy_alone += copy && !previous;
    met->copy_and_previous += copy && previous;
    met->output += has_file(story, ".output");
    met->no_file += !has_file(story, "") && copy;
}

/* ---- what is known ---- */

static unsigned loaded_value(const Story *story, unsigned addr)
{
    unsigned expire = bench_loaded_expire(&story->bench, addr + 1);

    return expire ? expire - BASE : 0;
}

static void check_loaded(Story *story)
{
    for (unsigned addr = 0; addr < ADDRS; addr++) {
        Known *known = &story->known[addr];
        unsigned value = loaded_value(story, addr);
        bool may = false;

        for (unsigned i = 0; i < known->n; i++)
            may = may || known->values[i] == value;
        if (!may)
            CHECK_INT(value, known->values[0]);
        *known = (Known){{value}, 1};
    }
}

/* ---- what happens ---- */

static char *row_of(const Story *story, unsigned addr, unsigned value)
{
    BenchText row;

    return g_strconcat(value ? "" : "-",
                       bench_row(&story->bench, addr + 1, 3600, BASE + value, &row), NULL);
}

static bool is_under_way(const struct Change *change)
{
    return change->commit.batch && !change->commit.done;
}

/* Of the two, the server has to have answered one before another comes. */
static struct Change *free_change(Story *story)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(story->changes); i++)
        if (!is_under_way(&story->changes[i]))
            return &story->changes[i];
    return NULL;
}

static bool is_claimed(const Story *story, unsigned addr)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(story->changes); i++) {
        const struct Change *change = &story->changes[i];

        if (is_under_way(change) && (change->addr == addr || change->other == addr))
            return true;
    }
    return false;
}

/* Without power no answer reaches anybody. */
static void on_answer(BenchCommit *commit)
{
    struct Change *change = (struct Change *)commit;
    Story *story = commit->data;

    if (commit->result != BERTH_COMMIT_OK || story->power_off)
        return;
    story->known[change->addr] = (Known){{change->value}, 1};
    if (change->other != OTHER_NONE)
        story->known[change->other] = (Known){{0}, 1};
}

static void may_become(Known *known, unsigned value)
{
    if (known->n < VALUES_MAX)
        known->values[known->n++] = value;
}

/* A client gets, keeps or loses an address, or moves from one to another. Until it is answered, it
 * may have happened or not. */
static void change(Story *story)
{
    unsigned addr = (unsigned)g_rand_int_range(story->rand, 0, ADDRS);
    unsigned kind = (unsigned)g_rand_int_range(story->rand, 0, 4);
    unsigned value = kind == 0 ? 0 : ++story->value;
    unsigned other = kind == 1 ? (addr + 1) % ADDRS : OTHER_NONE;
    g_autofree char *row = row_of(story, addr, value), *gone = row_of(story, (addr + 1) % ADDRS, 0);
    const char *rows[] = {row, gone};
    struct Change *change = free_change(story);

    if (!change || is_claimed(story, addr) || is_claimed(story, other))
        return;
    bench_commit_clear(&change->commit);
    *change = (struct Change){{.answered = on_answer, .data = story}, addr, other, value};
    may_become(&story->known[addr], value);
    if (other != OTHER_NONE)
        may_become(&story->known[other], 0);
    bench_hand_over(&story->bench, rows, kind == 1 ? 2 : 1, &change->commit);
}

static void live(Story *story, unsigned changes)
{
    BerthFakeWorld *world = berth_fake_server_world(story->bench.server);

    world->chance = story->rand;
    for (unsigned i = 0; i < changes && !story->power_off; i++) {
        change(story);
        for (gint32 steps = g_rand_int_range(story->rand, 0, 6); steps > 0; steps--)
            berth_fake_world_step(world);
        if (g_rand_int_range(story->rand, 0, 8) == 0)
            g_free(bench_command(&story->bench, "kea-lfc-start"));
        if (g_rand_int_range(story->rand, 0, 10) == 0)
            berth_fake_world_pass(world, INT64_C(61) * G_USEC_PER_SEC);
    }
    if (!story->power_off)
        bench_settle(&story->bench);
}

/* One life, of a server that dies of a power failure: at the nth call, or at its end, which is then
 * said. Then the disk has what it was to keep, or by chance some more. */
static bool one_life(Story *story, unsigned nth, bool strict)
{
    unsigned faults = story->faults;
    bool ended;

    g_autoptr(GError) error = NULL;

    meet(story);
    story->calls_left = nth;
    story->faults = 0;
    berth_disk_on_call(story->bench.disk, on_call, story);
    if (bench_start(&story->bench, &error) == 0) {
        check_loaded(story);
        story->faults = faults;
        live(story, 30);
    } else {
        CHECK_TEXT(story->power_off ? "" : error->message, "");
        story->met->failed_starts++;
    }
    ended = !story->power_off;
    story->power_off = true;
    story->met->cleanups += bench_logged(&story->bench, "LFC_WRITE_STATS");
    berth_fake_server_clear_log(story->bench.server);
    bench_crash(&story->bench, strict ? NULL : story->rand);
    for (unsigned i = 0; i < G_N_ELEMENTS(story->changes); i++)
        bench_commit_clear(&story->changes[i].commit);
    story->power_off = false;
    return ended;
}

/* Of each family is every second story, with faults and without, ordered and not. */
static void story_init(Story *story, guint32 seed, const char *conf, Met *met)
{
    *story = (Story){.rand = g_rand_new_with_seed(seed), .met = met};
    bench_init(&story->bench, (seed / 2 ^ seed / 4) % 2 ? 6 : 4);
    story->bench.conf = conf;
    for (unsigned addr = 0; addr < ADDRS; addr++)
        story->known[addr] = (Known){{0}, 1};
}

static void story_end(Story *story)
{
    Bench *bench = &story->bench;

    CHECK_INT(bench_start(bench, NULL), 0);
    check_loaded(story);
    bench_clear(bench);
    g_rand_free(story->rand);
}

/* The nth call of the first life is where the power fails, the mth of the second. True: the first
 * life has no nth call. */
static bool one_case(unsigned seed, const unsigned *nth, unsigned n, Met *met)
{
    static const char *const confs[] = {
        "{\"lfc-growth-rows\": 1}",
        "{\"lfc-growth-rows\": 5}",
        "{\"lfc-growth-rows\": 8, \"lfc-interval\": 60}",
    };
    bool ended = false;
    Story story;

    story_init(&story, seed, confs[seed % G_N_ELEMENTS(confs)], met);
    if (seed % 4 == 1)
        berth_disk_set_unordered(story.bench.disk);
    for (unsigned life = 0; life < n; life++) {
        story.faults_in = (unsigned)g_rand_int_range(story.rand, 1, 60);
        story.faults = seed % 8 < 4 ? 0 : (unsigned)g_rand_int_range(story.rand, 0, 4);
        if (one_life(&story, nth[life], seed % 4 == 0) && life == 0)
            ended = true;
    }
    story_end(&story);
    return ended;
}

static void check_met(const Met *met)
{
    CHECK(met->completed > 0);
    CHECK(met->copy_alone > 0);
    CHECK(met->copy_and_previous > 0);
    CHECK(met->output > 0);
    CHECK(met->no_file > 0);
    CHECK(met->failed_starts > 0);
    CHECK(met->cleanups > 100);
    for (size_t i = 0; i < G_N_ELEMENTS(cuts); i++) {
        berth_row("power failed in operation %u of NAME%s", cuts[i].op, cuts[i].suffix);
        CHECK(met->cuts[i] > 0);
    }
}

/* Every call of a first life, and every second one of what comes after, in eight stories. */
static void test_every_call(void)
{
    unsigned cases = 0;
    Met met = {0};

    for (unsigned seed = 0; seed < 8; seed++) {
        bool ended = false;

        for (unsigned first = 1; !ended; first++)
            for (unsigned second = 1 + seed / 4; second <= 16 && !ended; second += 2, cases++) {
                const unsigned nth[] = {first, second};

                berth_row("story %u: the power fails at call %u, then at call %u", seed, first,
                          second);
                ended = one_case(seed, nth, 2, &met);
            }
    }
    check_met(&met);
    printf("every call: %u cases, %u clean-ups\n", cases, met.cleanups);
}

static void test_random(void)
{
    const char *slow = g_getenv("BERTH_SLOW");
    unsigned cases = slow && *slow ? 100000 : 2000;
    Met met = {0};

    for (unsigned seed = 1; seed <= cases; seed++) {
        g_autoptr(GRand) rand = g_rand_new_with_seed(seed);
        unsigned nth[LIVES];

        for (unsigned life = 0; life < LIVES; life++)
            nth[life] = (unsigned)g_rand_int_range(rand, 1, life % 2 ? 30 : 150);
        berth_row("case %u", seed);
        one_case(seed, nth, LIVES, &met);
    }
    check_met(&met);
    printf("%u cases, %u power failures, %u clean-ups\n", cases, cases * LIVES, met.cleanups);
}

int main(int argc, char **argv)
{
    static const BerthTest tests[] = {
        {"every_call", test_every_call},
        {"random", test_random},
        {0},
    };

    return berth_tests_main("lease_file_power", tests, argc, argv);
}
