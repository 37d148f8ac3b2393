/* Several batches, syncs and clean-ups under way at the same time: nothing is answered before a
 * sync that began after it was written has ended well, and what was answered is there, whatever
 * fails.
 *
 * BERTH_SLOW: 50,000 stories instead of 2,000. */
#include "journal_i.h"
#include "test_bench.h"
#include "tests/lib/rows.h"

#include <errno.h>

#define EXPIRE 1767229200u
#define SECOND INT64_C(1000000)

/* ---- told step by step ---- */

#define BATCHES 4

typedef struct Script {
    const char *name;
    /* a..d: a batch is handed over; J: the next job begins; 0..3: the nth of those under way ends;
     * f: the next sync fails; e: the next write; s: the next write takes long; t: a second passes;
     * l: as much time as a slow sync takes, w: a minute, and what is due then comes only with '.':
     * timers that are due; L: a clean-up is begun; C: closed;
     * {..}: just these have been answered by now, a capital letter: OK. */
    const char *steps;
    const char *there; /* of the batches, after the power has failed */
    const char *conf;
} Script;

/* clang-format off */
static const Script scripts[] = {
    {"one",                                    "aJ{}0{A}", "a", NULL},
    {"two, one after the other",               "aJ0{A}bJ{A}0{AB}", "ab", NULL},
    {"a sync that began before is not enough", "aJbJ{}0{A}", "a", NULL},
    {"each has its own",                       "aJbJ0{A}0{AB}", "ab", NULL},
    {"the second job has not begun",           "aJb0{A}", "a", NULL},
    {"answered in order",                      "aJbJ1{}0{AB}", "ab", NULL},
    {"a third waits for nobody but a place",   "aJbJ0{A}cJ0{AB}0{ABC}", "abc", NULL},
    {"a third is begun while the second runs", "aJbJ0{A}cJ{A}0{AB}", "ab", NULL},
    {"the first fails: neither is believed",   "afJbJ{}0{}0{}J{}0{ab}", "", NULL},
    {"the second's end comes first",           "afJbJ1{}0{}J0{ab}", "", NULL},
    {"the second fails",                       "aJbfJ0{A}0{A}J0{Ab}", "a", NULL},
    {"the second fails and ends first",        "aJbfJ1{}0{}J0{ab}", "", NULL},
    {"the second fails, then the power",       "aJbfJ0{A}", "a", NULL},
    {"then it goes on",                        "afJbJ00J0{ab}cJ0{abC}", "c", NULL},
    {"what waits is written when it is mended", "afJ{}0b{}J0{a}J0{aB}", "b", NULL},
    {"a clean-up waits for both",              "aJbJL0{A}0{AB}J0{AB}", "ab", NULL},
    {"and a batch for its first steps",        "aJLb{}0{A}J{A}0{A}JJ10{AB}", "ab", NULL},
    {"closed with two under way",              "aJbJC0{}0{}", "ab", NULL},
    {"closed with one that has not begun",     "aJbC0{}J0{}", "ab", NULL},
    {"closed while the first has failed",      "afJbJC0{}0{}", "", NULL},
    {"interval: written at once, answered soon", "a{}.{A}b{A}.{AB}", "", "{\"sync\": \"interval\"}"},
    {"interval: while a sync is under way",    "a.{A}tJbJ1{AB}0{AB}", "a", "{\"sync\": \"interval\"}"},
    {"interval: and then the next sync",       "a.tJbJ1{AB}0tJ0", "ab", "{\"sync\": \"interval\"}"},
    {"interval: after it",                     "a.tJ0b{A}.{AB}tJ0", "ab", "{\"sync\": \"interval\"}"},
    {"interval: a sync that fails",            "a.{A}tfJbJ1{AB}0J0{AB}", "ab", "{\"sync\": \"interval\"}"},
    {"interval: known before the write ends",  "a.{A}tfJbJ0{A}0{A}J0{Ab}", "a", "{\"sync\": \"interval\"}"},
    {"interval: a write that fails",           "e.{}a{}.{a}b.{aB}tJ0", "b", "{\"sync\": \"interval\"}"},
    {"interval: after a slow write jobs do it", "sa.{A}bJ{A}0{AB}tJ0", "ab", "{\"sync\": \"interval\"}"},
    {"interval: and after a slow sync",        "a.{A}tJl0bJ{A}0{AB}tJ0", "ab", "{\"sync\": \"interval\"}"},
    {"interval: but not for ever",             "sa.{A}w.J0b{A}.{AB}", "a", "{\"sync\": \"interval\"}"},
    {"interval: closed before the answer",     "aC{}.{}", "a", "{\"sync\": \"interval\"}"},
    {"interval: closed during a sync",         "a.tJbJ1{AB}C0", "ab", "{\"sync\": \"interval\"}"},
    {"interval: closed during both",           "a.{A}tJbJC0{A}0", "ab", "{\"sync\": \"interval\"}"},
    {"interval: closed, and the sync fails",   "a.tfJbJ1{AB}C0", "ab", "{\"sync\": \"interval\"}"},
    {"interval: a clean-up during a sync",     "a.{A}tJL0J0{A}", "a", "{\"sync\": \"interval\"}"},
    {"interval: a clean-up before the answer", "aL{}.{A}J0{A}", "a", "{\"sync\": \"interval\"}"},
    {"never: answered when written",           "a{}.{A}b.{AB}", "", "{\"sync\": \"never\"}"},
};
/* clang-format on */

typedef struct Scene {
    Bench bench;
    BenchCommit commits[BATCHES];
    GString *answered;
    BerthDiskNth nth;
    bool is_slow; /* the next write */
} Scene;

static int on_call(void *data, BerthDiskOp op, const char *path, size_t *len)
{
    Scene *scene = data;

    if (op == BERTH_DISK_APPEND && scene->is_slow) {
        berth_fake_server_world(scene->bench.server)->boot_usec += SECOND / 100;
        scene->is_slow = false;
    }
    return berth_disk_fault_nth(&scene->nth, op, path, len);
}

static void fail_next(Scene *scene, BerthDiskOp op)
{
    scene->nth = (BerthDiskNth){.ops = 1u << op, .nth = 1, .times = 1, .error = -EIO};
}

static void on_answer(BenchCommit *commit)
{
    Scene *scene = commit->data;
    char letter = (char)(commit - scene->commits);

    letter += commit->result == BERTH_COMMIT_OK ? 'A' : 'a';
    g_string_append_c(scene->answered, letter);
}

static void hand_over(Scene *scene, unsigned i)
{
    BenchText row;
    const char *rows[] = {bench_row(&scene->bench, i + 1, 3600, EXPIRE, &row)};

    scene->commits[i] = (BenchCommit){.answered = on_answer, .data = scene};
    bench_hand_over(&scene->bench, rows, 1, &scene->commits[i]);
}

/* Without settling anything. */
static void let_pass(Bench *bench, int64_t usec)
{
    BerthFakeWorld *world = berth_fake_server_world(bench->server);

    world->boot_usec += usec;
    berth_timers_run(&world->world.timers, world->boot_usec);
}

static void take_step(Scene *scene, char step)
{
    BerthFakeWorld *world = berth_fake_server_world(scene->bench.server);

    if (step >= 'a' && step < 'a' + BATCHES)
        hand_over(scene, (unsigned)(step - 'a'));
    else if (step == 'J')
        CHECK(berth_fake_world_begin(world));
    else if (step >= '0' && step <= '3')
        CHECK(berth_fake_world_end(world, (unsigned)(step - '0')));
    else if (step == 'f' || step == 'e')
        fail_next(scene, step == 'f' ? BERTH_DISK_SYNC : BERTH_DISK_APPEND);
    else if (step == 's')
        scene->is_slow = true;
    else if (step == 'l' || step == 'w')
        world->boot_usec += step == 'l' ? SECOND : 60 * SECOND;
    else if (step == 't' || step == '.')
        let_pass(&scene->bench, step == 't' ? SECOND : 0);
    else if (step == 'L')
        g_free(bench_command(&scene->bench, "kea-lfc-start"));
    else
        bench_close(&scene->bench);
}

static void take_steps(Scene *scene, const char *steps)
{
    berth_disk_on_call(scene->bench.disk, on_call, scene);
    for (const char *at = steps; *at; at++) {
        const char *end = *at == '{' ? strchr(at, '}') : NULL;

        if (end) {
            g_autofree char *want = g_strndup(at + 1, (gsize)(end - at - 1));

            CHECK_TEXT(scene->answered->str, want);
            at = end;
        } else {
            take_step(scene, *at);
        }
    }
    berth_disk_on_call(scene->bench.disk, NULL, NULL);
}

static void check_there(Scene *scene, const char *want)
{
    g_autoptr(GString) there = g_string_new(NULL);

    CHECK_INT(bench_start(&scene->bench, NULL), 0);
    for (unsigned i = 0; i < BATCHES; i++) {
        BenchText addr;

        if (g_hash_table_contains(scene->bench.leases, bench_addr(&scene->bench, i + 1, &addr)))
            g_string_append_c(there, (char)('a' + i));
    }
    CHECK_TEXT(there->str, want);
}

static void test_scripts(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(scripts); i++) {
        Scene scene = {.answered = g_string_new(NULL)};

        berth_row("%s", scripts[i].name);
        bench_init(&scene.bench, i % 2 ? 4 : 6);
        scene.bench.conf = scripts[i].conf;
        CHECK_INT(bench_start(&scene.bench, NULL), 0);
        take_steps(&scene, scripts[i].steps);
        bench_crash(&scene.bench, NULL);
        check_there(&scene, scripts[i].there);
        for (unsigned k = 0; k < BATCHES; k++)
            bench_commit_clear(&scene.commits[k]);
        bench_clear(&scene.bench);
        g_string_free(scene.answered, TRUE);
    }
}

/* ---- the order of rows ---- */

static void *write_in_thread(void *batch)
{
    journal_write_batch(batch);
    return NULL;
}

static void set_begun(void *data, int error)
{
    *(int *)data = error;
}

/* A real thread that comes too early waits for the one before it. The disk is not for several
 * threads: only one of them is at it at a time if this is so. */
static void test_turns(void)
{
    JournalOptions options = {.sync = JOURNAL_NEVER};
    g_autofree char *file = NULL;
    FileLock *lock = NULL;
    Journal *journal = NULL;
    Batch batches[2];
    int begun = 1;
    GThread *thread;
    Bench bench;

    berth_row("rows stand in the order of their batches");
    bench_init(&bench, 4);
    CHECK_INT(file_lock_take(bench.server, BENCH_PATH, &lock, NULL), 0);
    CHECK_INT(journal_open(bench.server, BENCH_PATH, lock, &options, &journal, NULL), 0);
    file_lock_unref(lock);
    journal_begin(journal, 0, "header\n", set_begun, &begun);
    bench_settle(&bench);
    CHECK_INT(begun, 0);
    for (unsigned i = 0; i < 2; i++)
        batches[i] = (Batch){.journal = journal,
                             .number = i,
                             .file = journal->file,
                             .rows = g_string_new(i ? "second\n" : "first\n")};
    thread = g_thread_new("second", write_in_thread, &batches[1]);
    g_usleep(20000); /* enough, as a rule, to be too early */
    journal_write_batch(&batches[0]);
    g_thread_join(thread);
    for (unsigned i = 0; i < 2; i++) {
        CHECK_INT(batches[i].result, 0);
        g_string_free(batches[i].rows, TRUE);
    }
    file = bench_get(&bench, "");
    CHECK_TEXT(file, "header\nfirst\nsecond\n");
    journal_close(journal);
    bench_clear(&bench);
}

/* ---- told by chance ---- */

#define ADDRS 40

typedef enum Lease { GONE, MAY, THERE } Lease;

typedef struct Story {
    Bench bench;
    GRand *rand;
    Lease leases[ADDRS];
    Lease wanted[ADDRS]; /* of those under way */
    BenchCommit commits[2];
    unsigned addrs[2]; /* of the commits */
    BerthDiskNth nth;
    unsigned overlaps; /* how often two were under way */
} Story;

/* What is refused is surely not there, unless the disk is down. */
static void learn(BenchCommit *commit)
{
    Story *story = commit->data;
    unsigned addr = story->addrs[commit - story->commits];

    if (commit->result == BERTH_COMMIT_OK)
        story->leases[addr] = story->wanted[addr];
}

static bool is_under_way(const Story *story, unsigned addr)
{
    for (unsigned i = 0; i < 2; i++)
        if (story->commits[i].batch && !story->commits[i].done && story->addrs[i] == addr)
            return true;
    return false;
}

static void change(Story *story)
{
    unsigned addr = (unsigned)g_rand_int_range(story->rand, 0, ADDRS);
    unsigned i = !story->commits[0].batch || story->commits[0].done ? 0 : 1;
    BenchCommit *commit = &story->commits[i];
    bool removed = story->leases[addr] == THERE;
    BenchText text = {"-"}, row;
    const char *rows[] = {text.text};

    if ((commit->batch && !commit->done) || is_under_way(story, addr))
        return;
    bench_commit_clear(commit);
    story->overlaps += i;
    g_strlcpy(text.text + removed, bench_row(&story->bench, addr + 1, 3600, EXPIRE, &row),
              sizeof(text.text) - removed);
    *commit = (BenchCommit){.answered = learn, .data = story};
    story->addrs[i] = addr;
    story->wanted[addr] = removed ? GONE : THERE;
    bench_hand_over(&story->bench, rows, 1, commit);
}

/* Some calls fail from some one on. */
static void break_disk(Story *story)
{
    static const unsigned ops[] = {
        1u << BERTH_DISK_SYNC,
        1u << BERTH_DISK_SYNC | 1u << BERTH_DISK_OPEN,
        1u << BERTH_DISK_APPEND | 1u << BERTH_DISK_SYNC,
        1u << BERTH_DISK_APPEND | 1u << BERTH_DISK_TRUNCATE,
        1u << BERTH_DISK_RENAME | 1u << BERTH_DISK_SYNC,
    };

    story->nth = (BerthDiskNth){
        .ops = ops[g_rand_int_range(story->rand, 0, G_N_ELEMENTS(ops))],
        .nth = (unsigned)g_rand_int_range(story->rand, 1, 6),
        .times = (unsigned)g_rand_int_range(story->rand, 1, 4),
        .error = -EIO,
        .keep = (size_t)g_rand_int_range(story->rand, 0, 60),
    };
}

static void live(Story *story, bool faulty)
{
    BerthFakeWorld *world = berth_fake_server_world(story->bench.server);

    world->chance = story->rand;
    for (unsigned i = 0; i < 120; i++) {
        gint32 dice = g_rand_int_range(story->rand, 0, 100);

        if (dice < 45)
            change(story);
        else if (dice < 90)
            berth_fake_world_step(world);
        else if (dice < 95)
            let_pass(&story->bench, SECOND / 2);
        else if (dice < 96)
            g_free(bench_command(&story->bench, "kea-lfc-start"));
        else if (faulty)
            break_disk(story);
    }
}

/* `exactly`: what was refused, or is still under way, is not there. */
static void check_leases(Story *story, bool exactly)
{
    CHECK_INT(bench_start(&story->bench, NULL), 0);
    for (unsigned i = 0; i < ADDRS; i++) {
        BenchText text;
        const char *addr = bench_addr(&story->bench, i + 1, &text);
        bool there = g_hash_table_contains(story->bench.leases, addr);

        if (there != (story->leases[i] == THERE) && (exactly || !is_under_way(story, i)))
            CHECK_TEXT(there ? addr : "missing", there ? "missing" : addr);
    }
}

static void story_init(Story *story, unsigned seed, const char *conf)
{
    *story = (Story){.rand = g_rand_new_with_seed(seed)};
    bench_init(&story->bench, seed % 2 ? 4 : 6);
    story->bench.conf = conf;
    CHECK_INT(bench_start(&story->bench, NULL), 0);
    berth_disk_on_call(story->bench.disk, berth_disk_fault_nth, &story->nth);
}

static void story_clear(Story *story)
{
    bench_clear(&story->bench);
    for (unsigned i = 0; i < 2; i++)
        bench_commit_clear(&story->commits[i]);
    g_rand_free(story->rand);
}

static unsigned count_stories(void)
{
    const char *slow = g_getenv("BERTH_SLOW");

    return slow && *slow ? 50000 : 2000;
}

/* The power fails in the middle; every second disk keeps what was not synced by chance. */
static void test_power(void)
{
    unsigned overlaps = 0;

    for (unsigned seed = 1; seed <= count_stories(); seed++) {
        Story story;

        berth_row("the power fails, story %u", seed);
        story_init(&story, seed, "{\"lfc-growth-rows\": 20}");
        live(&story, false);
        bench_crash(&story.bench, seed % 2 ? story.rand : NULL);
        check_leases(&story, false);
        overlaps += story.overlaps;
        story_clear(&story);
    }
    CHECK(overlaps > count_stories());
}

/* Calls fail, then the disk is well again: of what was answered nothing is lost, of what was
 * refused nothing there, when all that is to be durable is; also of what is synced at intervals. */
static void test_faults(void)
{
    static const char *const confs[] = {
        "{\"lfc-growth-rows\": 20}",
        "{\"lfc-growth-rows\": 20, \"sync\": \"interval\"}",
    };
    unsigned mended = 0;

    for (unsigned seed = 1; seed <= count_stories(); seed++) {
        Story story;

        berth_row("calls fail, story %u", seed);
        story_init(&story, seed, confs[seed % 4 / 2]);
        live(&story, true);
        story.nth = (BerthDiskNth){0};
        bench_settle(&story.bench);
        berth_fake_world_pass(berth_fake_server_world(story.bench.server), 3 * SECOND);
        mended += bench_logged(&story.bench, "LEASE_FILE_RECOVERED");
        bench_crash(&story.bench, NULL);
        check_leases(&story, true);
        story_clear(&story);
    }
    CHECK(mended > count_stories() / 4);
}

/* Closed in the middle of all that: what was answered is there. */
static void test_closed(void)
{
    for (unsigned seed = 1; seed <= count_stories() / 4; seed++) {
        Story story;

        berth_row("closed, story %u", seed);
        story_init(&story, seed, seed % 4 / 2 ? "{\"sync\": \"interval\"}" : "{}");
        live(&story, false);
        bench_close(&story.bench);
        bench_settle(&story.bench);
        bench_crash(&story.bench, NULL);
        check_leases(&story, false);
        story_clear(&story);
    }
}

int main(int argc, char **argv)
{
    static const BerthTest tests[] = {
        {"scripts", test_scripts}, {"turns", test_turns},   {"power", test_power},
        {"faults", test_faults},   {"closed", test_closed}, {0},
    };

    return berth_tests_main("lease_file_overlap", tests, argc, argv);
}
