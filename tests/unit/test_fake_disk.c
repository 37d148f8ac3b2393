/* The fake disk: what a crash keeps is what was synced, and nothing else by certainty. */
#include "tests/lib/fake_disk.h"
#include "tests/lib/rows.h"

#include <errno.h>

/* A story in letters, on file /d/a (and /d/b by rename), a number of letters a test row:
 * o open for appending, n open emptied, 1..9 append that digit, s sync, d sync_dir, t truncate to
 * 1, r rename a to b, u unlink a, f a sync that fails, X crash. */
static void play(BerthDisk *disk, BerthDiskFile **file, const char *story)
{
    BerthDiskNth nth = {.ops = 1u << BERTH_DISK_SYNC, .nth = 1, .error = -EIO};

    for (; *story; story++) {
        if (*story == 'o' || *story == 'n') {
            berth_disk_close(*file);
            CHECK_INT(berth_disk_open(disk, "/d/a",
                                      *story == 'o' ? BERTH_OPEN_APPEND : BERTH_OPEN_NEW, file),
                      0);
        } else if (*story >= '1' && *story <= '9') {
            CHECK_INT(berth_disk_append(*file, story, 1), 1);
        } else if (*story == 's') {
            CHECK_INT(berth_disk_sync(*file), 0);
        } else if (*story == 'f') {
            berth_disk_on_call(disk, berth_disk_fault_nth, &nth);
            CHECK_INT(berth_disk_sync(*file), -EIO);
            berth_disk_on_call(disk, NULL, NULL);
        } else if (*story == 'd') {
            CHECK_INT(berth_disk_sync_dir(disk, "/d"), 0);
        } else if (*story == 't') {
            CHECK_INT(berth_disk_truncate(*file, 1), 0);
        } else if (*story == 'r') {
            CHECK_INT(berth_disk_rename(disk, "/d/a", "/d/b"), 0);
        } else if (*story == 'u') {
            CHECK_INT(berth_disk_unlink(disk, "/d/a"), 0);
        } else {
            berth_disk_crash(disk);
        }
    }
}

static char *contents(BerthDisk *disk, const char *path)
{
    BerthBytes bytes = berth_disk_get(disk, path);
    char *text;

    if (!bytes.data)
        return NULL;
    text = g_strndup((const char *)bytes.data, bytes.len);
    for (size_t i = 0; i < bytes.len; i++)
        text[i] = bytes.data[i] ? (char)bytes.data[i] : '0';
    return text;
}

static void test_stories(void)
{
    static const struct {
        const char *name, *story, *a, *b;
    } rows[] = {
        {"seen at once", "o12", "12", NULL},
        {"never synced", "o12X", NULL, NULL},
        {"data without name", "o12sX", NULL, NULL},
        {"name without data", "o12dX", "", NULL},
        {"data and name", "od12sX", "12", NULL},
        {"unsynced tail is lost", "od12s34X", "12", NULL},
        {"failed sync zeros for ever", "od12s34f5sX", "12005", NULL},
        {"failed sync is readable", "od12s34f", "1234", NULL},
        {"truncation unsynced", "od123stX", "123", NULL},
        {"truncation synced", "od123stsX", "1", NULL},
        {"truncated and grown", "od123st45sX", "145", NULL},
        {"emptied unsynced", "od12sn3X", "12", NULL},
        {"emptied synced", "od12sn3sX", "3", NULL},
        {"rename seen", "od12sr", NULL, "12"},
        {"rename unsynced", "od12srX", "12", NULL},
        {"rename synced", "od12srdX", NULL, "12"},
        {"unlink unsynced", "od12suX", "12", NULL},
        {"unlink synced", "od12sudX", NULL, NULL},
        {"rename then new", "od1srdo2sdX", "2", "1"},
        {"crash twice", "od1sXXo2X", "1", NULL},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        BerthDisk *disk = berth_disk_new();
        BerthDiskFile *file = NULL;
        g_autofree char *a = NULL, *b = NULL;

        berth_row("%s", rows[i].name);
        play(disk, &file, rows[i].story);
        a = contents(disk, "/d/a");
        b = contents(disk, "/d/b");
        CHECK_TEXT(a, rows[i].a);
        CHECK_TEXT(b, rows[i].b);
        berth_disk_close(file);
        berth_disk_free(disk);
    }
}

/* Two descriptors, two jobs. 1..9 append; p, q: a job syncs by the first descriptor, by the second;
 * P, Q: it ends; f, g: a job's sync fails on the first, on the second; t truncates to 1. */
static void play_jobs(BerthDisk *disk, BerthDiskFile *const files[2], const char *story)
{
    static const char jobs[] = "pqfg";
    BerthDiskNth nth = {.ops = 1u << BERTH_DISK_SYNC, .nth = 1, .error = -EIO};

    for (; *story; story++) {
        const char *job = strchr(jobs, *story);

        if (*story >= '1' && *story <= '9') {
            CHECK_INT(berth_disk_append(files[0], story, 1), 1);
        } else if (*story == 't') {
            CHECK_INT(berth_disk_truncate(files[0], 1), 0);
        } else if (job) {
            berth_disk_on_call(disk, job >= jobs + 2 ? berth_disk_fault_nth : NULL, &nth);
            berth_disk_work(disk, job);
            CHECK_INT(berth_disk_sync(files[(job - jobs) % 2]), job >= jobs + 2 ? -EIO : 0);
            berth_disk_work(disk, NULL);
            berth_disk_on_call(disk, NULL, NULL);
        } else {
            berth_disk_ended(disk, *story == 'P' ? jobs : jobs + 1);
        }
    }
}

/* What of the file is durable while syncs of several jobs are under way. */
static void test_overlapping_syncs(void)
{
    static const struct {
        const char *name, *story, *durable;
    } rows[] = {
        {"durable when it ends", "1pP", "1"},
        {"not before", "1p", ""},
        {"of what is written meanwhile it keeps nothing", "1p2P", "1"},
        {"two, each what it began with", "1p2q3PQ", "12"},
        {"the second ends first", "1p2q3QP", "12"},
        {"the first alone", "1p2q3P", "1"},
        {"the second alone", "1p2q3Q", "12"},
        {"of a failure on one descriptor the other's is not told", "1p2gP", "10"},
        {"by one descriptor both cannot be told", "1p2fP", "00"},
        {"cut off meanwhile", "12p3tP", "1"},
        {"cut off to what it keeps", "1p2tP", "1"},
        {"a job goes on: its sync has ended", "1p2p", "1"},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        BerthDisk *disk = berth_disk_new();
        BerthDiskFile *files[2] = {NULL, NULL};
        g_autofree char *a = NULL;

        berth_row("%s", rows[i].name);
        play(disk, &files[0], "osd");
        CHECK_INT(berth_disk_open(disk, "/d/a", BERTH_OPEN_READ, &files[1]), 0);
        play_jobs(disk, files, rows[i].story);
        berth_disk_crash(disk);
        a = contents(disk, "/d/a");
        CHECK_TEXT(a, rows[i].durable);
        berth_disk_close(files[0]);
        berth_disk_close(files[1]);
        berth_disk_free(disk);
    }
}

/* Each descriptor is told of a failure, once; one that is opened later is not. */
static void test_who_is_told(void)
{
    BerthDisk *disk = berth_disk_new();
    BerthDiskFile *file = NULL, *twin = NULL, *later = NULL;

    berth_row("who is told of a failed sync");
    play(disk, &file, "osd1");
    CHECK_INT(berth_disk_open(disk, "/d/a", BERTH_OPEN_READ, &twin), 0);
    play(disk, &file, "f");
    CHECK_INT(berth_disk_open(disk, "/d/a", BERTH_OPEN_READ, &later), 0);
    CHECK_INT(berth_disk_sync(later), 0);
    CHECK_INT(berth_disk_sync(twin), -EIO);
    CHECK_INT(berth_disk_sync(twin), 0);
    CHECK_INT(berth_disk_sync(file), 0);
    berth_disk_close(file);
    berth_disk_close(twin);
    berth_disk_close(later);
    berth_disk_free(disk);
}

static void test_random_crash(void)
{
    g_autoptr(GRand) rand = g_rand_new_with_seed(1);
    unsigned seen = 0;

    for (unsigned i = 0; i < 400; i++) {
        BerthDisk *disk = berth_disk_new();
        BerthDiskFile *file = NULL;
        g_autofree char *a = NULL;

        berth_row("crash %u", i);
        play(disk, &file, "od12s345");
        berth_disk_crash_at_random(disk, rand);
        a = contents(disk, "/d/a");
        if (CHECK(a && strlen(a) >= 2 && strlen(a) <= 5 && g_str_has_prefix(a, "12")))
            seen |= 1u << strlen(a) | (strchr(a, '0') ? 1u << 6 : 0);
        CHECK_INT(berth_disk_append(file, "x", 1), -EBADF);
        berth_disk_close(file);
        berth_disk_free(disk);
    }
    CHECK_INT(seen, 1u << 2 | 1u << 3 | 1u << 4 | 1u << 5 | 1u << 6);
}

/* What was cut off without a sync may have been written before, and come back. */
static void test_random_truncation(void)
{
    g_autoptr(GRand) rand = g_rand_new_with_seed(1);
    unsigned back = 0, gone = 0;

    for (unsigned i = 0; i < 100; i++) {
        BerthDisk *disk = berth_disk_new();
        BerthDiskFile *file = NULL;
        g_autofree char *a = NULL;

        berth_row("crash %u", i);
        play(disk, &file, i % 2 ? "od1s23t" : "od1s23ts");
        berth_disk_crash_at_random(disk, rand);
        a = contents(disk, "/d/a");
        back += strcmp(a, "123") == 0;
        gone += strcmp(a, "1") == 0;
        berth_disk_close(file);
        berth_disk_free(disk);
    }
    CHECK_INT(back + gone, 100);
    CHECK(back > 10 && gone > 60);
}

static void test_faults(void)
{
    BerthDisk *disk = berth_disk_new();
    BerthDiskFile *file = NULL, *other = NULL;
    BerthDiskNth nth = {
        .ops = 1u << BERTH_DISK_APPEND, .nth = 2, .times = 1, .error = -EIO, .keep = 1};
    g_autofree char *a = NULL;

    play(disk, &file, "o");
    berth_disk_on_call(disk, berth_disk_fault_nth, &nth);
    CHECK_INT(berth_disk_append(file, "12", 2), 2);
    CHECK_INT(berth_disk_append(file, "34", 2), -EIO);
    CHECK_INT(berth_disk_append(file, "56", 2), 2);
    berth_disk_on_call(disk, NULL, NULL);
    berth_disk_set_capacity(disk, 6);
    CHECK_INT(berth_disk_append(file, "78", 2), 1);
    CHECK_INT(berth_disk_append(file, "8", 1), -ENOSPC);
    a = contents(disk, "/d/a");
    CHECK_TEXT(a, "123567");

    CHECK_INT(berth_disk_open(disk, "/d/a", BERTH_OPEN_READ, &other), 0);
    CHECK_INT(berth_disk_lock(file), 0);
    CHECK_INT(berth_disk_lock(other), -EWOULDBLOCK);
    berth_disk_close(file);
    CHECK_INT(berth_disk_lock(other), 0);
    CHECK_INT(berth_disk_append(other, "x", 1), -EBADF);
    berth_disk_close(other);

    berth_disk_refuse(disk, "/d/a", -EISDIR);
    CHECK_INT(berth_disk_open(disk, "/d/a", BERTH_OPEN_READ, &other), -EISDIR);
    CHECK_INT(berth_disk_open(disk, "/d/none", BERTH_OPEN_READ, &other), -ENOENT);
    berth_disk_free(disk);
}

int main(int argc, char **argv)
{
    static const BerthTest tests[] = {
        {"stories", test_stories},
        {"overlapping_syncs", test_overlapping_syncs},
        {"who_is_told", test_who_is_told},
        {"random_crash", test_random_crash},
        {"random_truncation", test_random_truncation},
        {"faults", test_faults},
        {0},
    };

    return berth_tests_main("fake_disk", tests, argc, argv);
}
