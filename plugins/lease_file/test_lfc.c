/* Cleaning the lease files up: what is left of them, when it happens, and what is told of it. */
#include "test_bench.h"
#include "tests/lib/rows.h"

#include "core/base/json.h"

#include <errno.h>

#define OLD_HEADER \
    "address,hwaddr,client_id,valid_lifetime,expire,subnet_id,fqdn_fwd,fqdn_rev,hostname\n"
#define ROW(addr, expire) addr ",02:00:00:00:00:01,,3600," expire ",1,0,0,,0,,0"
#define OLD_ROW(addr) addr ",02:00:00:00:00:01,,3600,1767229200,1,0,0,\n"
#define A ROW("10.0.0.1", "1767229200") "\n"
#define A_LATER ROW("10.0.0.1", "1767229999") "\n"
#define A_EXPIRED ROW("10.0.0.1", "10000") "\n"
#define A_UNFIT ROW("10.0.0.1", "0") "\n"
#define NO_A "10.0.0.1,02:00:00:00:00:01,,0,1767225600,1,0,0,,0,,0\n"
#define B ROW("10.0.0.2", "1767229200") "\n"
#define C ROW("10.0.0.3", "1767229200") "\n"
#define C_ODD "10.0.0.3,,01:02,3600,1767229200,1,1,1,a&#x2cb&#x26,0,{ \"a\": 1 },7\n"
#define ROW6(addr, valid, rest) \
    addr ",00:03:00:01:0a," #valid "," #valid ",1,1800," rest ",0,0,,,0,,,,0\n"
#define NA(valid) ROW6("2001:db8::1", valid, "0,5,128")
#define NEXT ROW6("2001:db8::3", 3, "0,5,128")
#define NEXT_HIGH ROW6("a001:db8::1", 3, "0,5,128")
#define PD(valid) ROW6("2001:db8:1::", valid, "2,5,56")
#define ODD6                                                                                       \
    "2001:db8::4,00:02,4294967295,6062196495,4000000,0,0,4294967295,128,1,1,a&#x2cb&#x26,0a:0b,4," \
    "{},"                                                                                          \
    "32,0,7\n"
#define SECOND INT64_C(1000000)

/* One clean-up by command: the files that are there, and NAME.2 after it. Then there is nothing
 * beside it but an empty NAME, and a start finds what it found before. */
typedef struct Clean {
    const char *name, *file;
    const char *completed, *output, *two, *one;
    const char *after; /* NAME.2, without the header */
    int family;        /* 0: 4 */
} Clean;

/* clang-format off */
static const Clean cleans[] = {
    {.name = "v6, an address and a prefix", .family = 6, .file = BENCH_HEADER6 NA(1) PD(1), .after = NA(1) PD(1)},
    {.name = "v6, overtaken", .family = 6, .file = BENCH_HEADER6 NA(1) PD(1) NA(2) PD(2), .after = NA(2) PD(2)},
    {.name = "v6, removed", .family = 6, .file = BENCH_HEADER6 NA(1) PD(1) NA(0) PD(0) PD(2), .after = PD(2)},
    {.name = "v6, addresses that differ in one bit", .family = 6, .file = BENCH_HEADER6 NA(1) NEXT NA(0) NEXT_HIGH, .after = NEXT NEXT_HIGH},
    {.name = "v6, every column", .family = 6, .file = BENCH_HEADER6 ODD6, .after = ODD6},
    {.name = "v6, schema 1.0", .family = 6, .after = "2001:db8::3,0a,60,1767229200,1,30,0,1,128,0,0,,,0,,,,0\n" NA(1),
     .file = "address,duid,valid_lifetime,expire,subnet_id,pref_lifetime,lease_type,iaid,prefix_len,fqdn_fwd,fqdn_rev,hostname\n"
             "2001:db8::3,0a,60,1767229200,1,30,0,1,128,0,0,\n" NA(1)},
    {.name = "v6, interrupted: .2, .1", .family = 6, .two = BENCH_HEADER6 NA(1) PD(1), .one = BENCH_HEADER6 NA(0), .file = BENCH_HEADER6 NEXT, .after = PD(1) NEXT},
    {.name = "an empty file", .file = "", .after = ""},
    {.name = "two rows", .file = BENCH_HEADER A B, .after = A B},
    {.name = "an overtaken row", .file = BENCH_HEADER A B A_LATER, .after = B A_LATER},
    {.name = "twice the same", .file = BENCH_HEADER A A, .after = A},
    {.name = "a removed lease", .file = BENCH_HEADER A B NO_A, .after = B},
    {.name = "removed and given again", .file = BENCH_HEADER A NO_A A_LATER, .after = A_LATER},
    {.name = "all removed", .file = BENCH_HEADER A NO_A, .after = ""},
    {.name = "an expired lease stays", .file = BENCH_HEADER A_EXPIRED B, .after = A_EXPIRED B},
    {.name = "every column", .file = BENCH_HEADER C_ODD, .after = C_ODD},
    {.name = "a row of nobody's address", .file = BENCH_HEADER "0.0.0.0,0a,,0,0,1,0,0,,0,,0\n" A, .after = A},
    {.name = "an unfit row overtakes nothing", .file = BENCH_HEADER A A_UNFIT, .after = A},
    {.name = "a damaged row overtakes nothing", .file = BENCH_HEADER A "10.0.0.1,zz\n", .after = A},
    {.name = "a row that is torn", .file = BENCH_HEADER A "10.0.0", .after = A},
    {.name = "schema 1.0", .file = OLD_HEADER OLD_ROW("10.0.0.1") B, .after = A B},
    {.name = "a newer schema, CRLF", .after = A,
     .file = "address,hwaddr,client_id,valid_lifetime,expire,subnet_id,fqdn_fwd,fqdn_rev,hostname,state,user_context,pool_id,x\r\n"
             ROW("10.0.0.1", "1767229200") ",y\r\n"},
    {.name = "without a header", .file = A B, .after = A B},
    {.name = "behind a former one", .two = BENCH_HEADER A B, .file = BENCH_HEADER A_LATER, .after = B A_LATER},
    {.name = "removed since", .two = BENCH_HEADER A B, .file = BENCH_HEADER NO_A, .after = B},
    {.name = "interrupted: .1", .one = BENCH_HEADER A, .file = BENCH_HEADER C, .after = A C},
    {.name = "interrupted: .1 and no file", .one = BENCH_HEADER A B, .after = A B},
    {.name = "interrupted: .2, .1", .two = BENCH_HEADER A B, .one = BENCH_HEADER NO_A, .file = BENCH_HEADER C, .after = B C},
    {.name = "interrupted: .2, .1, half an output", .output = BENCH_HEADER "10.0.", .two = BENCH_HEADER A B, .one = BENCH_HEADER NO_A,
     .file = BENCH_HEADER C, .after = B C},
    {.name = "interrupted: completed", .completed = BENCH_HEADER B, .two = BENCH_HEADER A B, .one = BENCH_HEADER NO_A,
     .file = BENCH_HEADER C, .after = B C},
    {.name = "interrupted: completed, no .2", .completed = BENCH_HEADER B, .one = BENCH_HEADER A B NO_A, .file = BENCH_HEADER C, .after = B C},
    {.name = "interrupted: completed alone", .completed = BENCH_HEADER B, .file = BENCH_HEADER C, .after = B C},
    {.name = "interrupted: .1 not removed", .two = BENCH_HEADER B, .one = BENCH_HEADER A NO_A B, .file = BENCH_HEADER, .after = B},
};
/* clang-format on */

static int family_of(const Clean *clean)
{
    return clean->family ? clean->family : 4;
}

static void start_cleanup(Bench *bench)
{
    g_autofree char *answer = bench_command(bench, "kea-lfc-start");

    CHECK_TEXT(answer, "{ \"result\": 0, \"text\": \"kea-lfc started\" }");
}

static void check_gone(Bench *bench, const char *suffix)
{
    g_autofree char *text = bench_get(bench, suffix);

    CHECK_TEXT(text, NULL);
}

static void put_files(Bench *bench, const Clean *clean)
{
    const struct {
        const char *suffix, *text;
    } files[] = {
        {"", clean->file},          {".completed", clean->completed},
        {".output", clean->output}, {".2", clean->two},
        {".1", clean->one},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(files); i++)
        if (files[i].text)
            bench_put(bench, files[i].suffix, files[i].text);
}

static void test_cleans(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(cleans); i++) {
        const Clean *clean = &cleans[i];
        g_autofree char *before = NULL, *file = NULL, *two = NULL;
        const char *header = clean->family == 6 ? BENCH_HEADER6 : BENCH_HEADER;
        g_autofree char *want = g_strconcat(header, clean->after, NULL);
        Bench bench;

        berth_row("%s", clean->name);
        bench_init(&bench, family_of(clean));
        put_files(&bench, clean);
        CHECK_INT(bench_start(&bench, NULL), 0);
        before = bench_addresses(&bench);
        bench_settle(&bench); /* What was interrupted is done first, by itself. */
        start_cleanup(&bench);
        bench_settle(&bench);
        two = bench_get(&bench, ".2");
        file = bench_get(&bench, "");
        CHECK_TEXT(two, want);
        CHECK_TEXT(file, header);
        check_gone(&bench, ".1");
        check_gone(&bench, ".output");
        check_gone(&bench, ".completed");
        check_gone(&bench, ".new");
        bench_crash(&bench, NULL);
        bench_check_start(&bench, before);
        bench_clear(&bench);
    }
}

/* An interrupted run is finished without being asked. */
static void test_finishes(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(cleans); i++) {
        Bench bench;

        if (!cleans[i].one && !cleans[i].completed)
            continue;
        berth_row("%s, by itself", cleans[i].name);
        bench_init(&bench, family_of(&cleans[i]));
        put_files(&bench, &cleans[i]);
        CHECK_INT(bench_start(&bench, NULL), 0);
        bench_settle(&bench);
        check_gone(&bench, ".1");
        check_gone(&bench, ".completed");
        CHECK_INT(bench_logged(&bench, "LFC_WRITE_STATS"), 1);
        bench_clear(&bench);
    }
}

/* ---- occasions ---- */

static void renew(Bench *bench, unsigned times)
{
    for (unsigned i = 0; i < times; i++) {
        char row[100];

        g_snprintf(row, sizeof(row), "=" ROW("10.0.0.1", "%u"), 1767229200 + i);
        CHECK_INT(bench_commit1(bench, row), BERTH_COMMIT_OK);
    }
}

static void test_growth(void)
{
    static const struct {
        const char *name, *conf;
        unsigned renewals, runs;
    } rows[] = {
        {"not by default", "{}", 1000, 0},
        {"ten rows are allowed", "{\"lfc-growth-rows\": 10}", 10, 0},
        {"eleven are not", "{\"lfc-growth-rows\": 10}", 11, 1},
        /* Then one lease is left, which allows twelve. */
        {"nor twelve after it", "{\"lfc-growth-rows\": 10}", 11 + 12, 1},
        {"but thirteen", "{\"lfc-growth-rows\": 10}", 11 + 13, 2},
        {"without an interval", "{\"lfc-growth-rows\": 10, \"lfc-interval\": 0}", 1000, 77},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        Bench bench;

        berth_row("%s", rows[i].name);
        bench_init(&bench, 4);
        bench.conf = rows[i].conf;
        CHECK_INT(bench_start(&bench, NULL), 0);
        renew(&bench, rows[i].renewals);
        CHECK_INT(bench_logged(&bench, "DHCPSRV_MEMFILE_LFC_START"), rows[i].runs);
        CHECK_INT(bench_logged(&bench, "LFC_READ_STATS"), rows[i].runs);
        CHECK_INT(bench_logged(&bench, "LFC_WRITE_STATS Leases: 1, attempts: 1, errors: 0."),
                  rows[i].runs);
        bench_crash(&bench, NULL);
        bench_check_start(&bench, "10.0.0.1");
        bench_clear(&bench);
    }
}

/* New leases alone are nothing to clean up, however many; when they are gone again, they are. */
static void test_growth_of_new(void)
{
    char row[100];
    Bench bench;

    berth_row("leases come and go");
    bench_begin(&bench, 4, "{\"lfc-growth-rows\": 10}");
    for (unsigned i = 0; i < 100; i++) {
        g_snprintf(row, sizeof(row), ROW("10.0.0.%u", "1767229200"), i);
        CHECK_INT(bench_commit1(&bench, row), BERTH_COMMIT_OK);
    }
    CHECK_INT(bench_logged(&bench, "DHCPSRV_MEMFILE_LFC_START"), 0);
    for (unsigned i = 0; i < 60; i++) {
        g_snprintf(row, sizeof(row), "-" ROW("10.0.0.%u", "1767229200"), i);
        CHECK_INT(bench_commit1(&bench, row), BERTH_COMMIT_OK);
    }
    CHECK_INT(bench_logged(&bench, "LFC_WRITE_STATS"), 1);
    bench_clear(&bench);
}

/* What has grown before the start counts, and what the last run left. */
static void test_growth_at_start(void)
{
    static const struct {
        const char *name, *file, *two;
        unsigned runs;
    } rows[] = {
        {"small", BENCH_HEADER A B, NULL, 0},
        {"large", BENCH_HEADER A B C, NULL, 1},
        {"not larger than what is left", BENCH_HEADER A B C, BENCH_HEADER A, 0},
        {"larger", BENCH_HEADER A B C A B, BENCH_HEADER A, 1},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        Bench bench;

        berth_row("at the start: %s", rows[i].name);
        bench_init(&bench, 4);
        bench.conf = "{\"lfc-growth-rows\": 2}";
        bench_put(&bench, "", rows[i].file);
        if (rows[i].two)
            bench_put(&bench, ".2", rows[i].two);
        CHECK_INT(bench_start(&bench, NULL), 0);
        bench_settle(&bench);
        CHECK_INT(bench_logged(&bench, "LFC_WRITE_STATS"), rows[i].runs);
        bench_clear(&bench);
    }
}

static void test_interval(void)
{
    BerthFakeWorld *world;
    Bench bench;

    berth_row("every 100 s, when something has changed");
    bench_begin(&bench, 4, "{\"lfc-interval\": 100}");
    CHECK_INT(bench_logged(&bench, "DHCPSRV_MEMFILE_LFC_SETUP setting up the Lease File Cleanup "
                                   "interval to 100 sec"),
              1);
    world = berth_fake_server_world(bench.server);
    berth_fake_world_pass(world, 250 * SECOND);
    CHECK_INT(bench_logged(&bench, "LFC_WRITE_STATS"), 0);
    renew(&bench, 1);
    berth_fake_world_pass(world, 49 * SECOND);
    CHECK_INT(bench_logged(&bench, "LFC_WRITE_STATS"), 0);
    berth_fake_world_pass(world, 1 * SECOND);
    CHECK_INT(bench_logged(&bench, "LFC_WRITE_STATS"), 1);
    berth_fake_world_pass(world, 500 * SECOND);
    CHECK_INT(bench_logged(&bench, "LFC_WRITE_STATS"), 1);
    bench_close(&bench);

    berth_row("no interval");
    bench.conf = "{\"lfc-interval\": 0}";
    berth_fake_server_clear_log(bench.server);
    CHECK_INT(bench_start(&bench, NULL), 0);
    renew(&bench, 1);
    berth_fake_world_pass(world, 100000 * SECOND);
    CHECK_INT(bench_logged(&bench, "LFC_"), 0);
    bench_clear(&bench);
}

static void check_answer(Bench *bench, const char *want)
{
    g_autofree char *answer = bench_command(bench, "kea-lfc-start");

    CHECK_TEXT(answer, want);
}

static void test_command(void)
{
    Bench bench;

    berth_row("the command when it cannot be");
    bench_init(&bench, 4);
    check_answer(&bench, "{ \"result\": 1, \"text\": \"the lease backend in use is not "
                         "'memfile'\" }");
    CHECK_INT(bench_open(&bench, NULL), 0);
    check_answer(&bench, "{ \"result\": 1, \"text\": \"the leases are still being loaded\" }");
    bench_close(&bench);
    bench.conf = "{\"persist\": false}";
    CHECK_INT(bench_start(&bench, NULL), 0);
    check_answer(&bench, "{ \"result\": 1, \"text\": \"'persist' parameter of 'memfile' lease "
                         "backend was configured to 'false'\" }");
    bench_close(&bench);

    berth_row("one is running");
    bench.conf = NULL;
    CHECK_INT(bench_start(&bench, NULL), 0);
    start_cleanup(&bench);
    check_answer(&bench, "{ \"result\": 1, \"text\": \"kea-lfc already running\" }");
    bench_settle(&bench);
    start_cleanup(&bench);
    bench_clear(&bench);
}

static void test_status(void)
{
    GString *text = g_string_new(NULL);
    BerthJson *json = berth_json_new(text, 0);
    Bench bench;

    berth_row("what status-get shows");
    bench_init(&bench, 4);
    bench_put(&bench, "", BENCH_HEADER A A_LATER "x\n");
    CHECK_INT(bench_start(&bench, NULL), 0);
    start_cleanup(&bench);
    bench_settle(&bench);
    renew(&bench, 2);
    berth_fake_world_pass(berth_fake_server_world(bench.server), 7 * SECOND);
    berth_json_begin_object(json, NULL);
    bench.ops->status(bench.store, json);
    berth_json_end(json);
    CHECK_TEXT(text->str, "{ \"lfc\": { \"running\": false, \"rows-in-file\": 2, \"runs\": 1, "
                          "\"failures\": 0, \"last\": { \"age\": 7, \"duration-ms\": 0, "
                          "\"rows-read\": 3, \"rows-damaged\": 1, \"leases-written\": 1 } } }");
    berth_json_free(json);
    g_string_free(text, TRUE);
    bench_clear(&bench);
}

/* ---- what goes wrong ---- */

/* No call that would change the files whose names end so. */
static int fail_suffix(void *data, BerthDiskOp op, const char *path, size_t *len)
{
    if (op == BERTH_DISK_READ || op == BERTH_DISK_UNLINK || !g_str_has_suffix(path, data))
        return 0;
    *len = 0;
    return -ENOSPC;
}

/* The clean-up fails for hours: commits don't, it is told once, and heals by itself. */
static void test_fails(void)
{
    static const char *const suffixes[] = {".output", ".completed", ".1", ".new", ".2"};

    for (size_t i = 0; i < G_N_ELEMENTS(suffixes); i++) {
        g_autofree char *two = NULL;
        BerthFakeWorld *world;
        char why[200];
        Bench bench;

        berth_row("%s cannot be written", suffixes[i]);
        bench_init(&bench, 4);
        bench.conf = "{\"lfc-growth-rows\": 3, \"lfc-interval\": 0}";
        bench_put(&bench, ".2", BENCH_HEADER B);
        CHECK_INT(bench_start(&bench, NULL), 0);
        world = berth_fake_server_world(bench.server);
        berth_disk_on_call(bench.disk, fail_suffix, (void *)suffixes[i]);
        renew(&bench, 30);
        berth_fake_world_pass(world, 3600 * SECOND);
        renew(&bench, 30);
        CHECK_INT(bench_logged(&bench, "ERROR LFC_FAIL_PROCESS"), 1);
        CHECK_INT(bench.ops->health(bench.store, why, sizeof(why)), BERTH_HEALTH_DEGRADED);
        CHECK_HAS(why, "No space left on device");
        CHECK_HAS(why, "lease file cleanup: ");
        CHECK_INT(bench_logged(&bench, "LFC_WRITE_STATS"), 0);
        CHECK(bench_logged(&bench, "DHCPSRV_MEMFILE_LFC_START") < 10);
        berth_disk_on_call(bench.disk, NULL, NULL);
        berth_fake_world_pass(world, 3840 * SECOND);
        CHECK_INT(bench.ops->health(bench.store, why, sizeof(why)), BERTH_HEALTH_UP);
        two = bench_get(&bench, ".2");
        CHECK_TEXT(two, BENCH_HEADER B ROW("10.0.0.1", "1767229229") "\n");
        check_gone(&bench, ".1");
        bench_clear(&bench);
    }
}

/* Room for rows but not for a second file beside them: it is not begun, or taken away again. */
static void test_disk_full(void)
{
    static const struct {
        const char *name;
        uint64_t room;
        BerthHealth health;
    } rows[] = {
        {"no room for the output", 5000, BERTH_HEALTH_DEGRADED},
        {"none beside it", UINT64_C(8) << 20, BERTH_HEALTH_DEGRADED},
        {"room for all", UINT64_C(9) << 20, BERTH_HEALTH_UP},
    };
    g_autoptr(GString) file = g_string_new(BENCH_HEADER);

    for (unsigned i = 0; i < 1000; i++)
        g_string_append_printf(file, ROW("10.1.%u.%u", "1767229200") "\n", i / 200, i % 200 + 1);
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        char why[200];
        Bench bench;

        berth_row("%s", rows[i].name);
        bench_init(&bench, 4);
        bench_put(&bench, "", file->str);
        CHECK_INT(bench_start(&bench, NULL), 0);
        berth_disk_set_capacity(bench.disk, file->len + rows[i].room);
        start_cleanup(&bench);
        bench_settle(&bench);
        CHECK_INT(bench.ops->health(bench.store, why, sizeof(why)), rows[i].health);
        check_gone(&bench, ".output");
        renew(&bench, 10);
        CHECK_INT(bench_logged(&bench, "LEASE_FILE_FAILED"), 0);
        bench_crash(&bench, NULL);
        CHECK_INT(bench_start(&bench, NULL), 0);
        CHECK_INT(g_hash_table_size(bench.leases), 1001);
        bench_clear(&bench);
    }
}

/* What was damaged when it was loaded is kept aside then, and not once more; what is found damaged
 * later is kept aside before it goes. */
static void test_keeps_damaged(void)
{
    g_autofree char *kept = NULL, *later = NULL;
    Bench bench;

    berth_row("damage that was known");
    bench_init(&bench, 4);
    bench_put(&bench, "", BENCH_HEADER A "x\n" B);
    CHECK_INT(bench_start(&bench, NULL), 0);
    start_cleanup(&bench);
    bench_settle(&bench);
    kept = bench_get(&bench, ".damaged");
    CHECK_TEXT(kept, BENCH_HEADER A "x\n" B);
    check_gone(&bench, ".1.damaged");
    check_gone(&bench, ".2.damaged");

    berth_row("damage since");
    bench_put(&bench, ".2", BENCH_HEADER "10.0.0.1,rot\n" B);
    start_cleanup(&bench);
    bench_settle(&bench);
    later = bench_get(&bench, ".2.damaged");
    CHECK_TEXT(later, BENCH_HEADER "10.0.0.1,rot\n" B);
    check_gone(&bench, ".1.damaged");
    bench_clear(&bench);
}

/* The server ends while the files are rewritten: it does not wait for long, nobody else gets at
 * them before, and the next start goes on. */
static void test_closed(void)
{
    enum { JOBS = 2 }; /* to rotate and to rewrite; then one that closes what is over */
    BerthFakeWorld *world;
    Bench bench;
    unsigned steps = 0;

    for (bool more = true; more; steps++) {
        berth_row("closed after %u jobs", steps);
        bench_init(&bench, 4);
        bench_put(&bench, "", BENCH_HEADER A A B);
        CHECK_INT(bench_start(&bench, NULL), 0);
        world = berth_fake_server_world(bench.server);
        start_cleanup(&bench);
        for (unsigned i = 0; i < steps; i++)
            berth_fake_world_step(world);
        more = !g_queue_is_empty(&world->jobs);
        bench_close(&bench);
        CHECK_INT(bench_open(&bench, NULL), steps < JOBS ? -EWOULDBLOCK : 0);
        bench_close(&bench);
        bench_settle(&bench);
        check_gone(&bench, ".output");
        bench_check_start(&bench, "10.0.0.1 10.0.0.2");
        bench_clear(&bench);
    }
    CHECK_INT(steps, JOBS + 2);
}

int main(int argc, char **argv)
{
    static const BerthTest tests[] = {
        {"cleans", test_cleans},
        {"finishes", test_finishes},
        {"growth", test_growth},
        {"growth_of_new", test_growth_of_new},
        {"growth_at_start", test_growth_at_start},
        {"interval", test_interval},
        {"command", test_command},
        {"status", test_status},
        {"fails", test_fails},
        {"disk_full", test_disk_full},
        {"keeps_damaged", test_keeps_damaged},
        {"closed", test_closed},
        {0},
    };

    return berth_tests_main("lease_file_lfc", tests, argc, argv);
}
